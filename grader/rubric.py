"""The rubric: `rubrics/<assignment>/rubric.yaml`, read with line numbers and checked in full before anything runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from grader.checks.recipe import Recipe
from grader.checks.registry import COURSE, Kind, kind, kind_names, load_course, nearest
from grader.errors import GraderError, RubricError
from grader.late import LatePolicy, LateRules, read_extensions, seconds
from grader.model import Visibility
from grader.record import digest
from grader.sandbox.host import Limits
from grader.student import CodeSpec

M = TypeVar("M", bound=BaseModel)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CodeGroup(_Model):
    """Names that belong together in one file of the student's."""

    names: list[str]
    optional: list[str] = []
    usual: list[str] = []
    preload: list[str] = ["numpy"]
    barred: list[str] = []
    provided: dict[str, str] = Field(
        {}, description="Path beside the student's files to a file beside the rubric."
    )
    load_seconds: float = 60.0
    call_seconds: float = 10.0


class CheckEntry(_Model):
    """One check, without the options of its kind."""

    id: str
    points: float = 0.0
    title: str = ""
    help: str = ""
    needs: list[str] = []
    """Checks that must not be lost before this one runs."""
    only_if: list[str] = []
    """Names that are optional: the check is left out where the hand-in does not define all of them."""
    visibility: Visibility = "visible"
    """On Gradescope. Any hidden check hides the total from students there."""
    tags: list[str] = []
    try_it: str = ""
    """Lines for a student's own machine when the check is lost; `from hand_in import f` becomes an import of their file."""


class Question(_Model):
    """A question with its points; the points of its checks add up to them."""

    id: str
    title: str
    points: float
    extra: bool = False
    checks: list[dict[str, Any]]


Seconds = Annotated[float, BeforeValidator(seconds)]


class Rate(_Model):
    """At most so many graded submissions in so much time."""

    submissions: int = Field(ge=1)
    per: Seconds = 86400.0


class GradescopeOptions(_Model):
    """`gradescope:` of a rubric: how the container behaves. docs/gradescope.md says what each means."""

    budget: Seconds = 540.0
    """For the whole run; below the time limit that is set on Gradescope (10 minutes there, unless changed)."""
    memory_mb: int = Field(default=768, ge=384)
    """Of the container, where the container does not say it itself."""
    pace: float = Field(default=2.0, gt=0)
    """Time limits are multiplied by this: the container has half a processor."""
    rate: Rate | None = None
    visibility: Visibility = "visible"
    stdout: Visibility = "hidden"
    output: Literal["html", "text"] = "html"
    leaderboard: list[Literal["points", "seconds"]] = []


class RubricFile(_Model):
    """The file as it is written."""

    assignment: str
    title: str
    seed: int = 0
    limits: dict[str, float] = {}
    code: list[CodeGroup] = []
    answers: dict[str, Any] = Field(
        {},
        description="How written answers are collected: headings, stubs, symbols; `published: true` shows students what is accepted.",
    )
    recipes: dict[str, Any] = {}
    late: LatePolicy | None = None
    gradescope: GradescopeOptions = GradescopeOptions()
    kinds: str = Field(
        "",
        description="A module, or a folder of modules, beside the rubric with check kinds of the course's own.",
    )
    questions: list[Question]
    survey: list[str] = []


@dataclass(frozen=True)
class Check:
    """A check, ready to run."""

    entry: CheckEntry
    kind: Kind
    options: BaseModel
    raw: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id, `Q3.grad_bias`."""
        return self.entry.id

    @cached_property
    def fingerprint(self) -> bytes:
        """Changes when the verdict could: id (the label of an answer), kind and options, not points, title or help."""
        return digest(self.id, self.kind.name, self.kind.fingerprint, self.options.model_dump_json())


@dataclass(frozen=True)
class Rubric:
    """A rubric that has been checked."""

    path: Path
    file: RubricFile
    specs: tuple[CodeSpec, ...]
    limits: Limits
    questions: tuple[tuple[Question, tuple[Check, ...]], ...]
    content: str
    """SHA-256 of the rubric's folder, as the provenance names it."""
    max_points: float = 0.0
    late: LateRules | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    reference: str = ""
    """A digest of the course's own `reference/`, where there is one."""

    @property
    def assignment(self) -> str:
        """The name of the assignment."""
        return self.file.assignment

    @property
    def content_for_verdicts(self) -> str:
        """What of the rubric changes verdicts beside a check's own options."""
        answers = {k: v for k, v in self.file.answers.items() if k != "published"}
        return f"{self.file.seed} {sorted(answers.items(), key=str)!r}" + self.reference

    @property
    def published(self) -> bool:
        """Whether students may see the accepted answers."""
        return self.file.answers.get("published") is True

    @property
    def labels(self) -> list[str]:
        """The labels that answers may have: ids of checks, and those that a check names itself."""
        return [label for _, checks in self.questions for c in checks for label in _labels_of(c)]


def _labels_of(check: Check) -> list[str]:
    """Where a student's hand-in answers a check."""
    trials = [str(trial.label) for trial in getattr(check.options, "trials", ())]
    return trials or [getattr(check.options, "label", "") or check.id]


# --- reading -------------------------------------------------------------------------------------------------------


class _Lines:
    """Line numbers of a YAML document by path."""

    def __init__(self, path: Path, root: Any) -> None:
        self.path = path
        self.lines: dict[tuple[Any, ...], int] = {}
        self._walk(root, ())

    def _walk(self, node: Any, where: tuple[Any, ...]) -> None:
        if node is None:
            return
        if len(where) > 40:
            raise self.error(where, "nested too deep")
        self.lines.setdefault(where, node.start_mark.line + 1)
        if node.id == "mapping":
            for key, value in node.value:
                place = (*where, key.value)
                self.lines[place] = key.start_mark.line + 1
                self._walk(value, place)
        elif node.id == "sequence":
            for i, value in enumerate(node.value):
                self._walk(value, (*where, i))

    def error(self, where: tuple[Any, ...], text: str) -> RubricError:
        """`file:line: text` for the line of `where`, or of the nearest thing around it."""
        place = where
        while place and place not in self.lines:
            place = place[:-1]
        return RubricError(f"{self.path}:{self.lines.get(place, 1)}: {text}")


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
    file = _validated(RubricFile, data, lines, ())
    recipes = {
        n: _validated(Recipe, r, lines, ("recipes", n), {"folder": path.parent})
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


def _parse(path: Path, text: str) -> tuple[Any, _Lines]:
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        data = YAML(typ="safe").load(text)
    except YAMLError as e:
        mark = getattr(e, "problem_mark", None) or getattr(e, "context_mark", None)
        problem = getattr(e, "problem", None) or str(e)
        raise RubricError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {problem}") from None
    if not isinstance(data, dict):
        raise RubricError(f"{path}:1: expected a mapping with assignment, title and questions")
    return data, _Lines(path, root)


def _validated(model: type[M], data: Any, lines: _Lines, where: tuple[Any, ...], context: Any = None, name: str = "") -> M:  # fmt: skip
    try:
        return model.model_validate(data, context=context)
    except ValidationError as e:
        # An unknown key is the cause of a missing one beside it.
        first = min(e.errors(), key=lambda error: error["type"] != "extra_forbidden")
        raise lines.error((*where, *first["loc"]), _complaint(model, first, name)) from None


def _complaint(model: type[BaseModel], error: Any, name: str) -> str:
    place = ".".join(str(p) for p in error["loc"])
    prefix = f"{name}: " if name else ""
    if error["type"] == "extra_forbidden":
        known = sorted(model.model_fields) if len(error["loc"]) == 1 else _known_beside(model, error["loc"])
        return f"{prefix}unknown key '{error['loc'][-1]}'.{nearest(str(error['loc'][-1]), known)} Known: {', '.join(known)}"
    if error["type"] == "missing":
        return f"{prefix}'{place}' is missing"
    message = re.sub(r"^Value error, ", "", error["msg"])
    return f"{prefix}{place}: {message}"


def _known_beside(model: type[BaseModel], where: tuple[Any, ...]) -> list[str]:
    """The keys of the model that lies deeper, along the place of an error."""
    for part in where[:-1]:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        inner = (
            [a for a in (*getattr(field.annotation, "__args__", ()), field.annotation) if _is_model(a)]
            if field
            else []
        )
        model = inner[0] if inner else model
    return sorted(model.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _checks(question: Question, number: int, lines: _Lines, context: dict[str, Any]) -> tuple[Check, ...]:
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
    question: Question, raw: dict[str, Any], where: tuple[Any, ...], lines: _Lines, context: dict[str, Any]
) -> Check:
    common = {k: v for k, v in raw.items() if k in CheckEntry.model_fields}
    entry = _validated(CheckEntry, common, lines, where, name=f"question {question.id}")
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
    options = _validated(
        found_kind.options,
        raw[name] or {},
        lines,
        (*where, name),
        {**context, "id": entry.id, "points": entry.points},
        f"check {entry.id}",
    )
    return Check(entry, found_kind, options, raw)


def _check_ids(questions: Any, lines: _Lines) -> None:
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


def _spec(group: CodeGroup, number: int, path: Path, lines: _Lines) -> CodeSpec:
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


def _answer_specs(path: Path, file: RubricFile, lines: _Lines) -> Mapping[str, Any]:
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


def _late(path: Path, file: RubricFile, lines: _Lines) -> LateRules | None:
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


def _limits(values: Mapping[str, float], lines: _Lines) -> Limits:
    known = Limits.__dataclass_fields__
    for name in values:
        if name not in known:
            raise lines.error(
                ("limits", name), f"limits: unknown limit '{name}'.{nearest(name, list(known))}"
            )
    whole = {n: int(v) if known[n].type in (int, "int") else float(v) for n, v in values.items()}
    return Limits(**whole)  # type: ignore[arg-type]


def _load_own_kinds(path: Path, file: RubricFile, lines: _Lines) -> None:
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
