"""A spec is checked when it is made, so that a rubric's mistake is its author's to see and not a student's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.answers.faults import Misfit, SpecError, Unreadable

if TYPE_CHECKING:
    from grader.answers.spec import AnswerSpec, Misconception, Truth


def check_spec(spec: AnswerSpec) -> None:
    """Raise `SpecError` (a ValueError, which pydantic reports with its place) when a spec cannot work."""
    if spec.form == "choice":
        _check_choice(spec)
        return
    _check_names(spec)
    _check_truths(spec)


def _check_choice(spec: AnswerSpec) -> None:
    if isinstance(spec.truth, bool):
        return
    if not isinstance(spec.truth, str):
        raise SpecError("a choice needs a truth: the name of one of its choices")
    if spec.choices and spec.truth not in spec.choices:
        raise SpecError(f"the truth {spec.truth!r} is not one of the choices {', '.join(spec.choices)}")


def _check_names(spec: AnswerSpec) -> None:
    for name in (*(spec.uses or ()), *spec.varies, *spec.free):
        if name not in spec.symbols:
            raise SpecError(f"`{name}` is used but not declared among the symbols {', '.join(spec.symbols)}")
    for name, declaration in spec.symbols.items():
        for size in (*declaration.shape, declaration.index, declaration.of):
            if isinstance(size, str) and (size not in spec.symbols or spec.symbols[size].size is None):
                raise SpecError(f"symbol {name}: `{size}` is not declared as a size")
    for letter in spec.free:
        if spec.symbols[letter].index is None:
            raise SpecError(f"`{letter}` is asked as an index but not declared as one")


def _check_truths(spec: AnswerSpec) -> None:
    from grader.answers.meaning import prepare, truth_value
    from grader.answers.world import Budget

    truths: list[Truth | Misconception] = [*spec.truths(), *spec.misconceptions]
    for truth in truths:
        try:
            meaning = prepare(spec, truth, {}, 0, Budget(nodes=2_000_000, until=float("inf")), points=1)
            truth_value(meaning, meaning.groups[0][0])
        except (Misfit, Unreadable) as error:
            raise SpecError(f"the truth {truth.truth!r} cannot be evaluated: {error}") from None
