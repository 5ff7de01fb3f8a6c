"""A recipe as a few lines that run beside the student's own file: same steps and sizes, no grader, no solution."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict

from grader.checks._steps import Step
from grader.checks.recipe import Recipe

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
    recipe: Recipe, of: str = "", home: Mapping[str, str] | None = None, slope: Slope | None = None
) -> str:
    """
    The lines, or nothing where they would need what only the grader has (a routine, the reference's data).

    Args:
        of: the result that is printed; default: that of the last step.
        home: the student's names and the file that each is imported from.
        slope: a gradient is printed beside the slopes that the student's own code shows.
    """
    sizes = recipe.sizes[0] if recipe.sizes else {}
    known = {*sizes, *recipe.draw, *_PLAIN, *_TOOLS}
    used = {name for text in recipe.draw.values() for name in _names(text)}
    steps = [Step.read(text) for text in recipe.steps]
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
    lines += [*_converted(recipe), "", *recipe.steps, *_measured(recipe, slope), ""]
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


def _measured(recipe: Recipe, slope: Slope | None) -> Iterator[str]:
    """A difference quotient for every entry; wide steps in single precision."""
    if slope is None:
        return
    tiny = "1e-2" if recipe.single else "1e-6"
    yield f"\ndef total({slope.moves}):"
    for text in recipe.steps:
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
