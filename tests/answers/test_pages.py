"""Every label of the four assignment pages: forms that are right, near misses, and what cannot be read."""

from __future__ import annotations

import pytest

from grader.answers import judge

from . import cases_cs181, cases_cs434, cases_cs577, cases_nyu
from .harness import ASSIGNMENTS, specs

CASES = dict(zip(ASSIGNMENTS, (cases_cs434, cases_cs181, cases_nyu, cases_cs577), strict=True))
RIGHT = [
    (page, label, text)
    for page, cases in CASES.items()
    for label in cases.RIGHT
    for text in cases.RIGHT[label]
]
WRONG = [
    (page, label, text, cause)
    for page, cases in CASES.items()
    for label in cases.WRONG
    for text, cause in cases.WRONG[label]
]
UNREADABLE = [
    (page, label, text)
    for page, cases in CASES.items()
    for label in cases.UNREADABLE
    for text in cases.UNREADABLE[label]
]
PARTIAL = [
    (page, label, text, fraction)
    for page, cases in CASES.items()
    for label in getattr(cases, "PARTIAL", {})
    for text, fraction in cases.PARTIAL[label]
]


@pytest.mark.parametrize(("page", "label", "text"), RIGHT)
def test_equal_forms_are_right(page: str, label: str, text: object) -> None:
    """An answer that means the truth is right, however it is written."""
    judgement = judge(text, specs(page)[label], label=label)
    assert (judgement.outcome, judgement.fraction) == ("right", 1.0), judgement.message


@pytest.mark.parametrize(("page", "label", "text", "cause"), WRONG)
def test_near_misses_are_wrong(page: str, label: str, text: object, cause: str) -> None:
    """An answer that means something else is wrong, and a known mistake is named."""
    judgement = judge(text, specs(page)[label], label=label)
    assert (judgement.outcome, judgement.fraction) == ("wrong", 0.0), judgement.read_as
    if cause:
        assert judgement.diagnosis is not None
        assert judgement.diagnosis.id == cause


@pytest.mark.parametrize(("page", "label", "text"), UNREADABLE)
def test_what_cannot_be_read_waits(page: str, label: str, text: object) -> None:
    """An answer that cannot be read is not wrong: it waits for a person and says why."""
    judgement = judge(text, specs(page)[label], label=label)
    assert judgement.outcome == "unreadable"
    assert judgement.message.startswith(f"{label}: the answer could not be read: ")


@pytest.mark.parametrize(("page", "label", "text", "fraction"), PARTIAL)
def test_partly_right(page: str, label: str, text: object, fraction: float) -> None:
    """An answer that the page calls half right earns its part."""
    judgement = judge(text, specs(page)[label], label=label)
    assert (judgement.outcome, judgement.fraction) == ("partial", fraction)


@pytest.mark.parametrize("page", ASSIGNMENTS)
def test_every_label_is_covered(page: str) -> None:
    """Each label has at least five right forms and five near misses (a choice has fewer words)."""
    for label in specs(page):
        assert len(CASES[page].RIGHT[label]) >= 5, label
        assert len(CASES[page].WRONG[label]) >= 5, label


@pytest.mark.parametrize("seed", [1, 12345, 777])
@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("T1.4.dyhatdz3", "0"),
        ("T1.4.dz2dz1", "0"),
        ("T1.4.dz2dz1", "5I"),
        ("T1.4.dz2dz1", r"5 \delta_{ij} 1(z_{1,j} < 0)"),
    ],
)
def test_no_seed_misses_the_diagonal(label: str, text: str, seed: int) -> None:
    """Asked indices take every value, so that no draw can miss a diagonal or a branch."""
    assert judge(text, specs("nyu-dl-hw1")[label], label=label, seed=seed).outcome == "wrong"
