"""The kind `cases`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from grader.checks._elsewhere import Elsewhere, from_elsewhere
from grader.checks._expressions import Expression, evaluate
from grader.checks._groups import Tried, attributed, settle
from grader.checks._judged import Came, Kinds, judged
from grader.checks._right import Asked, names_of, shown_by
from grader.checks.recipe import Cook
from grader.checks.registry import check
from grader.compare import RTOL, as_array
from grader.diagnosis import Compared, explain
from grader.diagnosis.registry import hint_of, sentence
from grader.model import Diagnosis, Verdict
from grader.student import Student

_ALTERED = "arrays that are passed in"
MOST_KINDS = 8
"""Most kinds of inputs that are explained one by one."""


@check
def cases(
    student: Student,
    *,
    recipes: list[Cook],
    of: Expression,
    against: Expression = "ref",
    any_of: Expression = "None",
    free: Expression = "False",
    each: Expression = "''",
    beside: Expression = "''",
    cost: float = 1.0,
    costs: dict[str, float] = {},  # noqa: B006 - copied by pydantic
    named: dict[str, str] = {},  # noqa: B006
    like: Literal["value", "gradient"] = "value",
    called: str = "",
    rtol: float = RTOL,
    atol: float = 0.0,
    also: list[Expression] = [],  # noqa: B006
    wrong: dict[str, Expression] = {},  # noqa: B006
    partial: dict[str, float] = {},  # noqa: B006
    keeps: list[str] = [],  # noqa: B006
    elsewhere: list[Elsewhere] = [],  # noqa: B006
    hint: str = "",
) -> Verdict:
    """
    The results are right on every kind of inputs; a kind that goes wrong costs its own part of the points.

    Args:
        recipes: what to run (`grader.checks.recipe`), one after the other; all give a result of the same name.
        of: which result of them.
        against: the reference's result, as an expression over `ref` and the inputs.
        any_of: where conventions differ: an expression for a list of results, each of which is right.
        free: an expression for the entries (true) that only have to be finite.
        each: an expression for the name of the kind of inputs that a case belongs to.
        beside: an expression for another kind that a case belongs to as well: where that one is wrong too, the case counts to
            it, so that one mistake costs once.
        cost: fraction of the points that a kind of inputs costs when it goes wrong.
        costs: the same for kinds by name.
        named: kind of inputs to the diagnosis id that says what goes wrong there, where the numbers do not say more.
        like: what kind of result it is, for the search for the cause.
        called: how messages name it; default: `of`.
        rtol: relative tolerance; results in single precision are allowed 1e-3.
        atol: absolute tolerance.
        also: shapes that are right too, as expressions over the sizes.
        wrong: diagnosis id to the wrong result that it makes, or a list of them.
        partial: diagnosis id to the fraction of the points that is kept at least.
        keeps: steps that must leave the arrays as they are that they are given; if not, that costs as one more kind of inputs.
        elsewhere: earlier parts that this one uses, each with the experiment that shows that the mistake is there.
        hint: what to look at next.
    """
    called = called or of
    asked = Asked(of, against, any_of, also, rtol)
    tried, came = judged(student, recipes, asked, Kinds(each, beside, free, atol))
    tried = attributed(tried, cost, costs)
    if any(step in c.seen.answers and c.seen.answers[step].changed for c in came for step in keeps):
        tried.append(Tried(_ALTERED, "an array that was passed in is another one after the call"))
    follows = (
        None if all(t.right for t in tried) else from_elsewhere(student, recipes, elsewhere, asked, atol)
    )
    if follows is not None:
        cause, check = follows
        kept = partial.get(cause.id, 0.0)
        verdict = settle(
            called, tried, cost=cost, costs=costs, keeps=kept, diagnosis=cause, explained=True, hint=hint_of(cause)
        )  # fmt: skip
        return replace(verdict, evidence={**verdict.evidence, "because": check})
    diagnosis = _cause(like, tried, came, wrong, {_ALTERED: "mutates-input", **named})
    shown = shown_by(student, recipes, asked, free) if _unexplained(diagnosis, tried, len(recipes)) else None
    diagnosis = shown or diagnosis
    kept = partial.get(diagnosis.id, 0.0) if diagnosis and not any(t.fault for t in tried) else 0.0
    return settle(
        called,
        tried,
        cost=cost,
        costs=costs,
        keeps=kept,
        diagnosis=diagnosis,
        explained=shown is not None,
        hint=hint or hint_of(diagnosis),
    )


def _unexplained(diagnosis: Diagnosis | None, tried: Sequence[Tried], recipes: int) -> bool:
    """The code raised, or what is wrong is explained by nothing but two mistakes together."""
    if recipes == 1 and any(t.fault for t in tried):
        return True
    return not all(t.right for t in tried) and (diagnosis is None or "+" in diagnosis.id)


def _compared(came: Came, wrong: Mapping[str, str]) -> Compared:
    names = names_of(came.recipe, came.seen)
    array = as_array(came.got)
    wrongs = {i: _closest(array, evaluate(text, names)) for i, text in wrong.items()}
    made = {i: w for i, w in wrongs.items() if w is not None}
    return Compared(came.got if array is None else array, np.asarray(came.want), came.seen.case.names, made)


def _closest(got: Any, made: Any) -> Any:
    """Of several forms that a mistake takes, the one that came."""
    if not isinstance(made, list):
        return made
    found = [np.asarray(m) for m in made]
    if got is None or not found:
        return found[0] if found else None

    def distance(m: Any) -> float:
        if m.shape != got.shape:
            return np.inf
        with np.errstate(all="ignore"):
            return float(np.nan_to_num(np.abs(m - got), nan=np.inf).max(initial=0.0))

    return min(found, key=distance)


def _cause(
    like: str, tried: list[Tried], came: list[Came], wrong: Mapping[str, str], named: Mapping[str, str]
) -> Diagnosis | None:
    """What explains all cases, or else those of the kinds that are wrong, or those of them without a name or asked in full."""
    wrong_ones = [t for t in tried if not t.right]
    groups = {t.group for t in wrong_ones}
    if not groups or groups == {_ALTERED}:
        return _by_name(groups, named)
    if failed := {t.group for t in tried if t.fault}:
        numbers = [(c.group, _compared(c, wrong)) for c in came if c.group in groups - failed - named.keys()]
        return _by_name(groups, named) or _each(like, numbers, least=1)
    if all(t.evidence.get("complaint") == "nan" for t in wrong_ones) and (found := _by_name(groups, named)):
        return found
    compared = [(c, _compared(c, wrong)) for c in came]
    choices = [
        [m for _, m in compared],
        [m for c, m in compared if c.group in groups],
        [m for c, m in compared if c.group in groups and c.group not in named],
        [m for c, m in compared if c.group in groups and not c.loose],
    ]
    explained = (explain(like, choice, whole=len(choice) == len(compared)) for choice in choices if choice)
    found = next((f for f in explained if f is not None), None) or _by_name(groups, named)
    return found or _each(
        like, [(c.group, m) for c, m in compared if c.group in groups and c.group not in named]
    )


def _each(like: str, wrong: list[tuple[str, Compared]], least: int = 2) -> Diagnosis | None:
    """What explains each kind of inputs that is wrong, where no one mistake explains them all; nothing if one stays open."""
    groups = list(dict.fromkeys(group for group, _ in wrong))
    if not least <= len(groups) <= MOST_KINDS:
        return None
    found: dict[str, tuple[Diagnosis, list[str]]] = {}
    for group in groups:
        diagnosis = explain(like, [m for g, m in wrong if g == group], whole=False)
        if diagnosis is None:
            return None
        found.setdefault(diagnosis.id, (diagnosis, []))[1].append(group)
    parts = [f"{', '.join(kinds)}: {diagnosis.says}" for diagnosis, kinds in found.values()]
    return Diagnosis(id="+".join(found), says=" ".join(parts))


def _by_name(wrong: set[str], named: Mapping[str, str]) -> Diagnosis | None:
    ids = {named.get(group, "") for group in wrong}
    if len(ids) != 1 or "" in ids:
        return None
    name = ids.pop()
    return Diagnosis(id=name, says=sentence([name]))
