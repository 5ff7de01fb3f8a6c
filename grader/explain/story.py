"""A check carried out anew over the record, with every call that it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.checks.recipe import Observation, Recipe
from grader.errors import GraderError, StudentFault
from grader.explain.values import short
from grader.model import Submission, Verdict
from grader.record import Tape
from grader.rubric import Check, Rubric
from grader.run import attempt, meet
from grader.student import Answer, CodeSpec, Live, Scope, Student


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
