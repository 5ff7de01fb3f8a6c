"""From `rubric.yaml` to a rubric that is checked in full, with a line for every complaint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from grader.checks.recipe import Recipe
from grader.checks.registry import COURSE, kind, kind_names, load_course, nearest
from grader.errors import GraderError, RubricError
from grader.late import LateRules, read_extensions
from grader.record import digest
from grader.rubric.checked import Check, Rubric
from grader.rubric.entries import CheckEntry, CodeGroup, Question, RubricFile
from grader.rubric.lines import Lines, validated
from grader.sandbox.limits import Limits
from grader.student import CodeSpec


def load(path: Path) -> Rubric:
    """
    Read and check a rubric.

    Raises:
        RubricError: `file:line: what is wrong, what was expected`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        reason = e.strerror if isinstance(e, OSError) else "not UTF-8 text"
        raise RubricError(f"{path}:1: cannot be read: {reason}") from e
    data, lines = _parse(path, text)
    file = validated(RubricFile, data, lines, ())
    recipes = {
        n: validated(Recipe, r, lines, ("recipes", n), {"folder": path.parent})
        for n, r in file.recipes.items()
    }
    context = {"recipes": recipes, "folder": path.parent, "answer_specs": _answer_specs(path, file, lines)}
    _load_own_kinds(path, file, lines)
    questions = tuple((q, _checks(q, i, lines, context)) for i, q in enumerate(file.questions))
    _check_ids(questions, lines)
    specs = tuple(_spec(group, i, path, lines) for i, group in enumerate(file.code))
    limits = _limits(file.limits, lines)
    total = sum(q.points for q, _ in questions if not q.extra)
    late = _late(path, file, lines)
    content = digest(text, *(s.fingerprint for s in specs), *([repr(late)] if late else [])).hex()
    return Rubric(path, file, specs, limits, questions, content, total, late, reference=_own_reference(path))


def _parse(path: Path, text: str) -> tuple[Any, Lines]:
    try:
        yaml = YAML(typ="safe", pure=True)
        root = yaml.compose(text)
        data = yaml.constructor.construct_document(root) if root is not None else None
    except YAMLError as e:
        mark = getattr(e, "problem_mark", None) or getattr(e, "context_mark", None)
        problem = getattr(e, "problem", None) or str(e)
        raise RubricError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {problem}") from None
    if not isinstance(data, dict):
        raise RubricError(f"{path}:1: expected a mapping with assignment, title and questions")
    return data, Lines(path, root)


def _checks(question: Question, number: int, lines: Lines, context: dict[str, Any]) -> tuple[Check, ...]:
    where = ("questions", number)
    checks = tuple(
        _check(question, raw, (*where, "checks", i), lines, context) for i, raw in enumerate(question.checks)
    )
    total = sum(c.entry.points for c in checks)
    if abs(total - question.points) > 1e-9:
        raise lines.error(
            (*where, "points"),
            f"question {question.id}: has {question.points:g} points, its checks add up to {total:g}",
        )
    return checks


def _check(
    question: Question, raw: dict[str, Any], where: tuple[Any, ...], lines: Lines, context: dict[str, Any]
) -> Check:
    common = {k: v for k, v in raw.items() if k in CheckEntry.model_fields}
    entry = validated(CheckEntry, common, lines, where, name=f"question {question.id}")
    keys = [k for k in raw if k not in common]
    if len(keys) != 1:
        found = ", ".join(map(repr, keys)) or "none"
        raise lines.error(
            where, f"question {question.id}: check {entry.id} needs exactly one kind of check, it has {found}"
        )
    name = keys[0]
    found_kind = kind(name)
    if found_kind is None:
        raise lines.error(
            (*where, name),
            f"question {question.id}: unknown check kind '{name}'.{nearest(name, kind_names())}",
        )
    options = validated(
        found_kind.options,
        raw[name] or {},
        lines,
        (*where, name),
        {**context, "id": entry.id, "points": entry.points},
        f"check {entry.id}",
    )
    return Check(entry, found_kind, options, raw)


def _check_ids(questions: Any, lines: Lines) -> None:
    seen: set[str] = set()
    for i, (_, checks) in enumerate(questions):
        for j, check in enumerate(checks):
            where = ("questions", i, "checks", j)
            if check.id in seen:
                raise lines.error((*where, "id"), f"check {check.id}: the id is used twice")
            for need in check.entry.needs:
                if need not in seen:
                    raise lines.error(
                        (*where, "needs"),
                        f"check {check.id}: needs '{need}', which no check before it has as its id",
                    )
            seen.add(check.id)


def _spec(group: CodeGroup, number: int, path: Path, lines: Lines) -> CodeSpec:
    provided: dict[str, bytes] = {}
    for target, source in group.provided.items():
        place = path.parent / source
        files = (
            sorted(p for p in place.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            if place.is_dir()
            else [place]
        )
        for file in files:
            name = f"{target}/{file.relative_to(place).as_posix()}" if place.is_dir() else target
            try:
                provided[name] = file.read_bytes()
            except OSError as e:
                raise lines.error(("code", number, "provided", target), f"{source}: {e.strerror}") from e
    return CodeSpec(
        tuple(group.names), tuple(group.optional), tuple(group.usual), tuple(group.preload), tuple(group.barred),
        provided, group.load_seconds, group.call_seconds,
    )  # fmt: skip


def _answer_specs(path: Path, file: RubricFile, lines: Lines) -> Mapping[str, Any]:
    """What is asked under each label, from the file that `answers: specs:` names."""
    if "specs" not in file.answers:
        return {}
    from grader.answers import specs_from

    place = path.parent / str(file.answers["specs"])
    try:
        return specs_from(YAML(typ="safe").load(place.read_text(encoding="utf-8")))
    except (OSError, YAMLError, ValueError) as e:
        raise lines.error(("answers", "specs"), f"answers: {place.name}: {e}") from e


def _own_reference(path: Path) -> str:
    """Make the modules of the course's own `reference/` known as `reference.<name>`; ours come first."""
    import reference

    place = path.resolve().parent.parent.parent / "reference"
    if not place.is_dir() or str(place) in map(str, list(reference.__path__)[:1]):
        return ""
    if str(place) not in reference.__path__:
        reference.__path__.append(str(place))
    return digest(*(f.read_bytes() for f in sorted(place.rglob("*.py")))).hex()


def _late(path: Path, file: RubricFile, lines: Lines) -> LateRules | None:
    if file.late is None:
        return None
    if not file.late.extensions:
        return LateRules(file.late)
    place = path.parent / file.late.extensions
    try:
        return LateRules(file.late, read_extensions(place.read_text(encoding="utf-8-sig"), file.late.zone))
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else str(e)
        raise lines.error(("late", "extensions"), f"late: {file.late.extensions}: {reason}") from e


def _limits(values: Mapping[str, float], lines: Lines) -> Limits:
    known = Limits.__dataclass_fields__
    for name in values:
        if name not in known:
            raise lines.error(
                ("limits", name), f"limits: unknown limit '{name}'.{nearest(name, list(known))}"
            )
    whole = {n: int(v) if known[n].type in (int, "int") else float(v) for n, v in values.items()}
    return Limits(**whole)  # type: ignore[arg-type]


def _load_own_kinds(path: Path, file: RubricFile, lines: Lines) -> None:
    """A course's own check kinds, imported from a module or a folder of modules beside the rubric."""
    if not file.kinds:
        return
    place = path.parent / file.kinds
    name = f"{COURSE}{digest(str(place)).hex()[:8]}"
    try:
        load_course(name, place)
    except FileNotFoundError:
        raise lines.error(
            ("kinds",), f"kinds: {file.kinds} is not a Python file, or a folder of such, beside the rubric"
        ) from None
    except GraderError as e:
        raise lines.error(("kinds",), f"kinds: {e}") from e
    except Exception as e:
        raise lines.error(
            ("kinds",), f"kinds: {file.kinds} cannot be imported: {type(e).__name__}: {e}"
        ) from e
