"""The page for students and the words of the registry."""

from __future__ import annotations

import re

import pytest

from grader.diagnosis.misconception import Misconception
from grader.diagnosis.page import PAGE, page
from grader.diagnosis.registry import MISCONCEPTIONS, hint_of, sentence
from grader.model import Diagnosis

FIXED = """sign-flipped batch-mean batch-sum scaled transposed wrong-axis not-summed summed-to-scalar
activation-derivative-missing activation-derivative-at-output upstream-ignored loss-derivative-missing uses-updated-weights
stale-state accumulates mutates-input returns-nothing right-values-wrong-shape wrong-dtype overflow log-of-zero
std-for-variance reads-global hardcoded-size nondeterministic softmax-wrong-axis probabilities-for-logits squared-residual
wrong-index off-by-one-layer prior-ignored factor-two blank-template""".split()


def test_the_page_is_current() -> None:
    """`docs/misconceptions.md` is what the registry gives now; if not: `python -m grader.diagnosis.page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_fixed_ids_are_there() -> None:
    """Every id that the interface fixes is in the registry."""
    assert set(FIXED) <= set(MISCONCEPTIONS)


@pytest.mark.parametrize("m", MISCONCEPTIONS.values(), ids=lambda m: m.id)
def test_the_words_are_complete(m: Misconception) -> None:
    """Every text of a misconception is there and ends as a sentence; no placeholder is left in what a student reads."""
    for text in (m.says, m.hint, m.looks, m.why, m.find):
        assert text.endswith((".", "`", "?")) and text[0] == text[0].strip()
    shown = sentence([m.id], "2", "(here)")
    assert "{" not in shown and "  " not in shown


def test_several_mistakes_are_told_together() -> None:
    """Two mistakes are announced as two and numbered."""
    text = sentence(["sign-flipped", "batch-mean"])
    assert text.startswith(
        "Two mistakes together explain the numbers exactly. (1) Every entry has the opposite sign"
    )
    assert "(2) Every entry is 1/n of what is expected" in text


def test_a_rubrics_own_id_has_a_sentence() -> None:
    """An id that the registry does not know is told by its name."""
    assert sentence(["five-twice"]) == "The numbers are exactly those of a known mistake: five twice."


def test_hints_follow_the_diagnosis() -> None:
    """The hint of a pair is the hints of both; none for none."""
    assert hint_of(None) == ""
    both = hint_of(Diagnosis(id="sign-flipped+transposed", says=""))
    assert MISCONCEPTIONS["sign-flipped"].hint in both and MISCONCEPTIONS["transposed"].hint in both


@pytest.mark.parametrize("m", MISCONCEPTIONS.values(), ids=lambda m: m.id)
def test_without_detail_the_sentence_is_whole(m: Misconception) -> None:
    """A detail that is not known leaves no lone colon, no double space and no space before a stop."""
    assert not re.search(r":[.,]|  | [.,:]|\{", sentence([m.id], "2"))
