"""Which files belong to which group of code, where the groups of a rubric meet in one hand-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grader.intake import CodeChoice, find_code
from grader.model import Submission
from grader.student import CodeSpec


def united(submission: Submission, specs: Sequence[CodeSpec]) -> tuple[CodeSpec, ...]:
    """
    The groups of a hand-in: those that have their main file in common are one, so that it runs once.

    Args:
        submission: the hand-in.
        specs: the groups of the rubric, in order.
    """
    found: dict[object, CodeSpec] = {}
    for number, spec in enumerate(specs):
        primary = find_code(submission, spec.all_names, spec.usual).primary if len(specs) > 1 else None
        key = (primary, spec.barred) if primary else number
        found[key] = _both(found[key], spec) if key in found else spec
    return tuple(found.values())


def _both(a: CodeSpec, b: CodeSpec) -> CodeSpec:
    return CodeSpec(
        names=tuple(dict.fromkeys(a.names + b.names)),
        optional=tuple(n for n in dict.fromkeys(a.optional + b.optional) if n not in a.names + b.names),
        usual=a.usual + b.usual,
        preload=tuple(dict.fromkeys(a.preload + b.preload)),
        barred=a.barred,
        provided={**a.provided, **b.provided},
        load_seconds=max(a.load_seconds, b.load_seconds),
        call_seconds=max(a.call_seconds, b.call_seconds),
    )


def choose(submission: Submission, specs: Sequence[CodeSpec]) -> list[CodeChoice]:
    """
    The files of each group. A name that several groups list belongs to the first whose main file defines it: the others do
    not load a file just for it.
    """
    choices = [find_code(submission, spec.all_names, spec.usual) for spec in specs]
    return [_without(choice, _elsewhere(k, specs, choices)) for k, choice in enumerate(choices)]


def _elsewhere(number: int, specs: Sequence[CodeSpec], choices: Sequence[CodeChoice]) -> frozenset[str]:
    """Names of a group that are at home in another one."""
    names = specs[number].all_names
    homes = {
        name: next(
            (
                k
                for k, spec in enumerate(specs)
                if name in spec.all_names
                and name in choices[k].found
                and choices[k].found[name].file == choices[k].primary
            ),
            number,
        )
        for name in names
    }
    return frozenset(name for name, home in homes.items() if home != number)


def _without(choice: CodeChoice, names: frozenset[str]) -> CodeChoice:
    if not names:
        return choice
    return replace(choice, found={n: f for n, f in choice.found.items() if n not in names})
