"""A recipe as a few lines that run beside the student's own file: same steps and sizes, no grader, no solution."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict

from grader.checks._steps import Step
from grader.checks.recipe import Observation, Recipe
from grader.errors import StudentFault
from grader.model import Verdict
from grader.student import Student

_TOOLS = {
    "normal": "normal = lambda *shape, scale=1.0, mean=0.0: mean + scale * rng.standard_normal(shape)",
    "uniform": "uniform = lambda low, high, *shape: rng.uniform(low, high, shape or None)",
    "integers": "integers = lambda low, high, *shape: rng.integers(low, high, shape or None)",
    "labels": "labels = lambda n, k: rng.integers(0, k, n)",
    "onehot": "onehot = lambda n, k: np.eye(k)[rng.integers(0, k, n)]",
}
_PLAIN = set("np abs len max min range sum float int dict list tuple zip round".split())


class Slope(BaseModel):
    """
    What a gradient is the slope of, so that the lines can measure it by moving entries: of `sum(upstream * output)`, or of
    `output` alone.

    Args:
        moves: the drawn array whose entries are moved.
        output: the result of the step that is differentiated.
        upstream: the drawn array that weighs it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    moves: str
    output: str
    upstream: str = ""


def try_it(
    recipe: Recipe,
    of: str = "",
    home: Mapping[str, str] | None = None,
    slope: Slope | None = None,
    case: int = 0,
    without: frozenset[str] = frozenset(),
) -> str:
    """
    The lines, or nothing where they would need what only the grader has (a routine, the reference's data).

    Args:
        of: the result that is printed; default: that of the last step.
        home: the student's names and the file that each is imported from.
        slope: a gradient is printed beside the slopes that the student's own code shows.
        case: whose sizes are taken: those of the first one that went wrong.
        without: targets of steps to leave out: they failed, and the result came all the same.
    """
    sizes = recipe.sizes[case] if case < len(recipe.sizes) else {}
    known = {*sizes, *recipe.draw, *_PLAIN, *_TOOLS}
    used = {name for text in recipe.draw.values() for name in _names(text)}
    written = [text for text in recipe.steps if Step.read(text).target not in without]
    steps = [Step.read(text) for text in written]
    given = {name for step in steps for a in step.args for name in _names(ast.unparse(a))}
    if recipe.routine or not used <= known or not given <= known | {s.target for s in steps}:
        return ""
    wanted = of or steps[-1].target
    lines = [
        "import numpy as np",
        *_torch(recipe),
        *_imports(_theirs(steps), home or {}),
        "",
        "rng = np.random.default_rng(0)",
        *(_TOOLS[n] for n in _TOOLS if n in used),
    ]
    if sizes:
        lines.append(f"{', '.join(sizes)} = {', '.join(map(repr, sizes.values()))}")
    lines += [f"{name} = {text}" for name, text in recipe.draw.items()]
    lines += [*_converted(recipe), "", *written, *_measured(recipe, written, slope), ""]
    lines += [f'print("{_quoted(wanted)}, shape", np.shape({wanted}))', f"print({wanted})"]
    if slope:
        lines.append('print("slopes that your own code shows:", slopes, sep="\\n")')
    return "\n".join(lines)


def _names(text: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'")


def _theirs(steps: list[Step]) -> list[str]:
    """The student's names that the steps call, in order."""
    called = [s.function.partition(".")[0] for s in steps if s.function and not s.attribute_of]
    made = {s.target for s in steps}
    return [n for n in dict.fromkeys(called) if n not in made and n != "np"]


def _imports(names: list[str], home: Mapping[str, str]) -> Iterator[str]:
    """Where the names come from: an import, or a word about where the lines belong."""
    files: dict[str, list[str]] = {}
    for name in names:
        if name in home:
            files.setdefault(home[name], []).append(name)
    for file, found in files.items():
        path = PurePosixPath(file)
        if path.suffix == ".ipynb":
            yield f"# in a new cell at the end of {path.name}"
        elif path.suffix == ".py" and path.stem.isidentifier() and not keyword.iskeyword(path.stem):
            where = f"  # in the folder {path.parent}" if len(path.parts) > 1 else ""
            yield f"from {path.stem} import {', '.join(found)}{where}"
        else:
            yield f"# below your own code{f', {path.name}' if path.name else ''}"


def _torch(recipe: Recipe) -> list[str]:
    return ["import torch"] if recipe.tensors else []


def _converted(recipe: Recipe) -> Iterator[str]:
    """What the grader does to drawn arrays before it passes them on."""
    tensors = list(recipe.draw) if recipe.tensors is True else recipe.tensors or []
    for name, text in recipe.draw.items():
        if recipe.single and ("normal" in text or "uniform" in text):
            yield f"{name} = np.asarray({name}, dtype=np.float32)"
        if name in tensors:
            yield f"{name} = torch.as_tensor({name})"


def _measured(recipe: Recipe, steps: Sequence[str], slope: Slope | None) -> Iterator[str]:
    """A difference quotient for every entry; wide steps in single precision."""
    if slope is None:
        return
    tiny = "1e-2" if recipe.single else "1e-6"
    yield f"\ndef total({slope.moves}):"
    for text in steps:
        yield f"    {text}"
        if Step.read(text).target == slope.output:
            break
    weighed = f"({slope.upstream} * {slope.output}).sum()" if slope.upstream else slope.output
    yield f"    return float({weighed})"
    yield f"\nslopes = np.zeros(np.shape({slope.moves}))"
    yield "for at in np.ndindex(slopes.shape):"
    yield f"    up, down = {slope.moves} + 0, {slope.moves} + 0"
    yield f"    up[at] += {tiny}"
    yield f"    down[at] -= {tiny}"
    yield f"    slopes[at] = (total(up) - total(down)) / {2 * float(tiny):g}"


# --- for a verdict ---------------------------------------------------------------------------------------------------

_HAND_IN = re.compile(r"^from hand_in import (.+)$", re.MULTILINE)


def lines_for(verdict: Verdict, options: BaseModel, student: Student, own: str = "") -> str:
    """
    The lines for a check that was lost; nothing where there is nothing to try.

    Args:
        options: of the check: the recipe is there.
        own: lines of the rubric's own, instead; their `from hand_in import f, g` becomes an import of the student's files.
    """
    blank = verdict.diagnosis is not None and verdict.diagnosis.id == "blank-template"
    if blank or verdict.evidence.get("fault") == "missing":
        return ""
    if own:
        return _placed(own, _homes(student))
    one, of = getattr(options, "recipe", None), getattr(options, "of", "")
    if not isinstance(of, str):
        return ""
    recipes = [r for r in [one, *(getattr(options, "recipes", None) or [])] if isinstance(r, Recipe)]
    for number, recipe in enumerate(recipes):
        case = _case(verdict, number, recipe, of, student)
        if case is not None:
            slope, without = getattr(options, "slope", None), _failed_beside(recipe, of, case, student)
            return try_it(recipe, of, _homes(student), slope, case, without)
    return ""


def _case(verdict: Verdict, number: int, recipe: Recipe, of: str, student: Student) -> int | None:
    """The case of this recipe that the verdict speaks of, or else the first in which there was no result."""
    told = verdict.evidence.get("case")
    if isinstance(told, int):
        return told if verdict.evidence.get("recipe", 0) == number else None
    seen: Sequence[Observation] = student.memory.get(("recipe", id(recipe)), ())
    return next((s.case.number for s in seen if of and _failed(s, of)), None)


def _failed_beside(recipe: Recipe, of: str, case: int, student: Student) -> frozenset[str]:
    """The steps that failed without keeping the result from coming."""
    seen: Sequence[Observation] = student.memory.get(("recipe", id(recipe)), ())
    found = next((s for s in seen if s.case.number == case), None)
    if found is None or _failed(found, of):
        return frozenset()
    return frozenset(target for target, value in found.results.items() if isinstance(value, StudentFault))


def _failed(seen: Observation, of: str) -> bool:
    try:
        seen.value(of)
    except StudentFault:
        return True
    return False


def _homes(student: Student) -> dict[str, str]:
    """Each of the student's names with the file to import it from; no file for what only the main program defines."""
    found = [pair for choice in student.choices for pair in choice.found.items()]
    return {name: "" if place.how == "main" else place.origin or place.file for name, place in found}


def _placed(lines: str, home: Mapping[str, str]) -> str:
    def own(match: re.Match[str]) -> str:
        names = [name.strip() for name in match[1].split(",")]
        return "\n".join(_imports(names, home)) or "# below your own code"

    return _HAND_IN.sub(own, lines.strip())
