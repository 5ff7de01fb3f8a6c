"""The kind `ordered`."""

from __future__ import annotations

from typing import Any

from grader.checks._expressions import Expression, evaluate
from grader.checks._groups import Tried, settle
from grader.checks.recipe import Cook, Observation
from grader.checks.registry import check
from grader.errors import StudentFault
from grader.model import Verdict
from grader.student import Student


@check
def ordered(
    student: Student,
    *,
    recipes: list[Cook],
    of: Expression,
    after: Expression,
    each: Expression = "''",
    cost: float = 1.0,
    costs: dict[str, float] = {},  # noqa: B006 - copied by pydantic
    called: str = "",
    hint: str = "",
) -> Verdict:
    """
    A list has every item once, each after those that it depends on.

    Args:
        recipes: what to run; the result holds for each known item the list of its positions.
        of: which result of them.
        after: an expression for pairs (i, j) over the inputs: item i stands after item j.
        each: an expression for the name of the kind of inputs that a case belongs to.
        cost: fraction of the points that a kind of inputs costs when it goes wrong.
        costs: the same for kinds by name.
        called: how messages name the list.
        hint: what to look at next.
    """
    called = called or of
    tried = []
    for recipe in recipes:
        for seen in recipe.observe(student):
            group = str(evaluate(each, seen.case.names))
            tried.append(_tried(group, seen, of, evaluate(after, seen.case.names)))
    return settle(called, tried, cost=cost, costs=costs, hint=hint)


def _tried(group: str, seen: Observation, of: str, pairs: Any) -> Tried:
    try:
        places = seen.value(of)
    except StudentFault as fault:
        return Tried(group, fault=fault)
    complaint = _complaint(places, pairs)
    return Tried(group, f"{complaint} ({group})" if complaint and group else complaint)


def _complaint(places: Any, pairs: Any) -> str:
    known = 1 + max((max(pair) for pair in pairs), default=-1)
    if type(places) is not list or len(places) < known or not all(_are_positions(p) for p in places):
        return "expected a list of nodes"
    missing = sum(not p for p in places)
    if missing:
        return f"{missing} of {len(places)} nodes are not in the list"
    twice = sum(len(p) > 1 for p in places)
    late = sum(places[i][0] < places[j][-1] for i, j in pairs)
    if late and not twice:
        return f"{late} of {len(pairs)} times a node stands before one that it was made of"
    return f"{twice} of {len(places)} nodes are in the list more than once" if twice else ""


def _are_positions(found: Any) -> bool:
    return type(found) is list and all(type(p) is int for p in found)
