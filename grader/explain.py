"""
One check of one student, told again: the calls with their inputs, what came, what was expected, the diagnosis.

The check is carried out anew over the record. Only calls that are not in it (another grader, another Python, `--fresh`)
go to the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from grader.checks.recipe import Observation, Recipe, evaluate
from grader.compare import as_array, compare
from grader.errors import GraderError, StudentFault, UsageError
from grader.intake import discover, read
from grader.model import Submission, Verdict
from grader.record import Record, Tape
from grader.rubric import Check, Rubric
from grader.run import attempt, meet
from grader.student import Answer, CodeSpec, Handle, Live, Scope, Student

MOST_CALLS = 60
_SHELL = """
import ast, contextlib, io, traceback
space = {}
def own(value, name):
    space[name] = value
def line(text):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            tree = ast.parse(text)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "<shell>", "exec"), space)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "<shell>", "eval"), space)
                if value is not None:
                    print(repr(value))
        except BaseException as e:
            print("".join(traceback.format_exception_only(e)).rstrip())
    return said.getvalue()[:20000]
"""


class NotRecorded(GraderError):
    """A call is not in the record."""


class Replay(Live):
    """Answers nothing: what is not in the record stays unknown."""

    def __init__(self, sandboxes: Live) -> None:
        self.sandboxes = sandboxes

    def versions(self, spec: CodeSpec) -> str:
        """Those of the sandboxes: part of every key."""
        return self.sandboxes.versions(spec)

    def layers(self, spec: CodeSpec) -> list[str]:
        """None: nothing runs."""
        return []

    def load(self, student: Student, spec: CodeSpec) -> dict[str, Any]:
        """Refuse."""
        raise NotRecorded("loading the code is not in the record")

    def converse(self, student: Student, spec: CodeSpec) -> Any:
        """Refuse."""
        raise NotRecorded("a call is not in the record")


@dataclass(frozen=True)
class Call:
    """One request and what came."""

    text: str
    answer: Answer | StudentFault


@dataclass
class Story:
    """What is told of one check."""

    check: Check
    verdict: Verdict
    calls: list[Call] = field(default_factory=list)
    seen: list[tuple[Recipe, Observation]] = field(default_factory=list)
    made: int = 0
    """Calls that the sandbox had to make."""
    student: Student | None = None


# --- finding what is meant -------------------------------------------------------------------------------------------


def find_check(rubrics: Mapping[str, Rubric], check: str, assignment: str) -> tuple[str, Check]:
    """
    The assignment and the check of that id.

    Raises:
        UsageError: there is none, or several.
    """
    chosen = {n: r for n, r in rubrics.items() if assignment in ("", n)}
    found = [(n, c) for n, r in chosen.items() for _, checks in r.questions for c in checks if c.id == check]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{check}: in {', '.join(n for n, _ in found)}. Name one with --assignment.")
    known = [c.id for r in chosen.values() for _, checks in r.questions for c in checks]
    raise UsageError(
        f"{check}: there is no such check in {', '.join(chosen) or assignment}. There are: {', '.join(known[:40])}."
    )


def submission_of(student: str, folder: Path, roster: str, rubric: Rubric) -> Submission:
    """
    What a student handed in.

    Raises:
        UsageError: there is no such student.
    """
    usual = [name for group in rubric.file.code for name in group.usual]
    found = discover(folder, roster=Path(roster) if roster else None, usual=usual)
    source = next((s for s in found.sources if student in (s.student, s.name)), None)
    if source is None:
        raise UsageError(
            f"{student}: no such student in {folder}. There are: {', '.join(s.student for s in found.sources[:20])}."
        )
    return read(source)


def tape_of(out: Path, submission: Submission) -> Tape:
    """What is recorded of a hand-in; nothing, where there is no record."""
    path = out / "record.sqlite"
    if not path.exists():
        return Tape()
    record = Record(path, read_only=True)
    try:
        return record.tape(submission.digest)
    finally:
        record.db.close()


# --- telling it ------------------------------------------------------------------------------------------------------


def story(check: Check, rubric: Rubric, submission: Submission, tape: Tape, sandboxes: Live) -> Story:
    """Carry the check out over the record; where that does not suffice, over record and sandbox."""
    told = _attempt(check, meet(submission, rubric, tape, Replay(sandboxes)))
    if told is None:
        student = meet(submission, rubric, tape, sandboxes)
        told = _attempt(check, student)
        assert told is not None
        told.made = len(tape.new_calls)
    return told


def _attempt(check: Check, student: Student) -> Story | None:
    calls: list[Call] = []
    listen(student, calls)
    verdict = attempt(check, student)
    if verdict.staff and "NotRecorded" in verdict.staff:
        return None
    told = Story(check, verdict, calls, student=student)
    try:
        told.seen = [(recipe, seen) for recipe in recipes_of(check) for seen in recipe.observe(student)]
    except NotRecorded:
        return None
    return told


def listen(student: Student, calls: list[Call]) -> None:
    """Keep every request of this student's scopes with what came."""
    plain = student.scope

    def scope(name: str) -> Scope:
        found = plain(name)
        ask = found.ask

        def heard(
            op: str, name: str, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None, **more: Any
        ) -> Answer:
            text = _request(op, name, args, kwargs or {}, more)
            try:
                answer = ask(op, name, args, kwargs, **more)
            except StudentFault as fault:
                calls.append(Call(text, fault))
                raise
            calls.append(Call(text, answer))
            return answer

        found.ask = heard  # type: ignore[method-assign]
        return found

    student.scope = scope  # type: ignore[method-assign]


def recipes_of(check: Check) -> list[Recipe]:
    """The recipes that a check carries out."""
    one, several = getattr(check.options, "recipe", None), getattr(check.options, "recipes", None)
    return [r for r in [one, *(several or [])] if isinstance(r, Recipe)]


def _request(
    op: str, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], more: Mapping[str, Any]
) -> str:
    given = [short(a) for a in args] + [f"{k}={short(v)}" for k, v in kwargs.items()]
    owner = (
        f"object {more['of'].number if hasattr(more.get('of'), 'number') else ''}".strip() + "."
        if more.get("of") is not None
        else ""
    )
    if op == "set":
        return f"{owner}{name} = {given[0] if given else ''}"
    if op == "get":
        return f"{owner}{name}"
    return f"{owner}{name}({', '.join(given)})"


def short(value: Any, most: int = 160) -> str:
    """A value in a line: shape, type and the first numbers of an array."""
    if isinstance(value, Handle):
        return f"<{value.name}>"
    array = as_array(value)
    if array is not None and array.ndim:
        with np.printoptions(precision=4, threshold=12, edgeitems=2, linewidth=10_000):
            numbers = re.sub(r"\s+", " ", str(array))
        return f"{array.dtype}{list(array.shape)} {numbers}"[: most + 40]
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"


def lines(told: Story) -> Iterator[str]:
    """The story as text."""
    verdict = told.verdict
    yield f"{told.check.id} ({told.check.kind.name}): {verdict.outcome.value}"
    yield f"  {verdict.message}"
    if verdict.diagnosis:
        yield f"  diagnosis {verdict.diagnosis.id}: {verdict.diagnosis.says}"
    if verdict.help:
        yield f"  next: {verdict.help}"
    if verdict.staff:
        yield f"  our error: {verdict.staff.strip().splitlines()[-1]}"
    for recipe, seen in told.seen:
        yield ""
        yield from _case(told.check, recipe, seen)
    if not told.seen and told.calls:
        yield ""
        yield f"calls ({len(told.calls)}):"
        for call in told.calls[:MOST_CALLS]:
            yield f"  {call.text}"
            yield f"    -> {_came(call.answer)}"
        if len(told.calls) > MOST_CALLS:
            yield f"  and {len(told.calls) - MOST_CALLS} more"
    known = {k: v for k, v in verdict.evidence.items() if k not in ("curves", "image", "html", "try_it")}
    if known:
        yield ""
        yield "evidence:"
        yield from (f"  {k}: {short(v)}" for k, v in known.items())
    yield ""
    yield f"From the record{f'; {told.made} calls made anew in the sandbox' if told.made else ', no student code was run'}."


def _came(answer: Any) -> str:
    if isinstance(answer, StudentFault):
        return f"{answer.kind}: {answer.message}"
    if isinstance(answer, Answer):
        return short(answer.value) + (f"  warnings: {'; '.join(answer.warnings)}" if answer.warnings else "")
    return short(answer)


def _case(check: Check, recipe: Recipe, seen: Observation) -> Iterator[str]:
    sizes = recipe.sizes[seen.case.number]
    yield f"case {seen.case.number + 1}: " + (
        ", ".join(f"{k} = {short(v)}" for k, v in sizes.items()) or "no sizes"
    )
    for name in recipe.draw:
        yield f"  {name} = {short(seen.case.names[name])}"
    for step in recipe.steps:
        target = step.partition("=")[0].strip() if "=" in step else step
        yield f"  > {step}"
        if target in seen.results:
            found = seen.results[target]
            if isinstance(found, StudentFault) or (found is not None and not isinstance(found, Handle)):
                yield f"    -> {_came(found)}"
    yield from _judged(check, recipe, seen)


def _judged(check: Check, recipe: Recipe, seen: Observation) -> Iterator[str]:
    of, against = getattr(check.options, "of", None), getattr(check.options, "against", None)
    if not isinstance(of, str) or not isinstance(against, str) or recipe.reference is None:
        return
    want = evaluate(against, {**seen.case.names, "ref": recipe.want(seen.case)})
    try:
        got = seen.value(of)
    except StudentFault as fault:
        yield f"  came      {fault.kind}: {fault.message}"
        yield f"  expected  {short(want)}"
        return
    yield f"  came      {short(got)}"
    yield f"  expected  {short(want)}"
    shapes = [tuple(evaluate(text, seen.case.names)) for text in getattr(check.options, "also", [])]
    complaint = compare(
        got,
        np.asarray(want),
        rtol=getattr(check.options, "rtol", 1e-5),
        atol=getattr(check.options, "atol", 0.0),
        shapes=shapes,
    )
    yield f"  {complaint.text if complaint else 'right'}"


# --- going on by hand ------------------------------------------------------------------------------------------------


class Shell:
    """
    Lines of Python beside the student's code, in its own locked-down process.

    Args:
        told: whose recipe is carried out first, on the first case that went wrong (or the first).
        student: with live sandboxes.
    """

    def __init__(self, told: Story, student: Student) -> None:
        self.student = student
        self.names: list[str] = []
        group = [n for spec in student.specs for n in spec.all_names if n in student.choice(n).found]
        self.scope = student.scope(_first_name(told) or (group[0] if group else ""))
        self._take([n for n in group if student.group(n) == self.scope.group])
        if told.seen:
            self._carry_out(*_first_wrong(told))

    def _take(self, names: Sequence[str]) -> None:
        loaded = self.student.loaded(self.scope.group).get("names", {})
        there = [n for n in names if loaded.get(n)]
        for name in there:
            self.scope.run(_SHELL, "own", name, names=[name])
        self.names += there

    def _carry_out(self, recipe: Recipe, seen: Observation) -> None:
        for name, value in recipe._given(seen.case).items():
            self.scope.run(_SHELL, "own", value, name)
            self.names.append(name)
        if recipe.routine:
            self.scope.run(_SHELL, "line", recipe.routine)
        for step in recipe.steps:
            self.line("import numpy as np")
            said = self.line(step)
            if said.strip() and "Error" in said:
                self.names.append(f"({step}: {said.strip().splitlines()[-1]})")
                break
            if re.match(r"^\w+ =", step):
                self.names.append(step.partition(" =")[0])

    def line(self, text: str) -> str:
        """
        What a line prints.

        Raises:
            StudentFault: the process ended, or took too long.
        """
        answer = self.scope.run(_SHELL, "line", text, timeout=60.0)
        return answer.value if isinstance(answer.value, str) else ""

    def close(self) -> None:
        """Hang up."""
        self.scope.close()


def _first_name(told: Story) -> str:
    names = [recipe.first_name for recipe, _ in told.seen]
    entry = [*getattr(told.check.options, "names", []), *getattr(told.check.options, "classes", [])]
    return next((n for n in [*names, *entry] if n), "")


def _first_wrong(told: Story) -> tuple[Recipe, Observation]:
    for recipe, seen in told.seen:
        if list(_judged(told.check, recipe, seen))[-1:] not in ([], ["  right"]):
            return recipe, seen
    return told.seen[0]
