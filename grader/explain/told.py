"""The story of a check as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.checks._expressions import evaluate
from grader.checks.recipe import Observation, Recipe
from grader.compare import compare
from grader.errors import StudentFault
from grader.explain.story import Story
from grader.explain.values import short
from grader.rubric import Check
from grader.student import Answer, Handle

MOST_CALLS = 60
_TOLD_ELSEWHERE = frozenset("curves image html try_it complaint case recipe output_digest".split())


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
    known = {k: v for k, v in verdict.evidence.items() if k not in _TOLD_ELSEWHERE}
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
    yield from judged(check, recipe, seen)


def judged(check: Check, recipe: Recipe, seen: Observation) -> Iterator[str]:
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
