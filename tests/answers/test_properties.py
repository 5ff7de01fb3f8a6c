"""Properties: rewriting an answer keeps its judgement, changing its meaning changes it."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from grader.answers import AnswerSpec, judge

SPEC = AnswerSpec(
    truth=r"\frac{a^2 b}{c + d} + a - \frac{c}{b}",
    symbols={name: {"domain": "positive"} for name in "abcd"},
)
REWRITES = (
    lambda text: f"({text})",
    lambda text: rf"\left({text}\right)",
    lambda text: rf"{text} + d - d",
    lambda text: rf"\frac{{2({text})}}{{2}}",
    lambda text: rf"-(-({text}))",
    lambda text: rf"\log(\exp({text}))",
    lambda text: rf"({text}) \cdot \frac{{a + b}}{{b + a}}",
    lambda text: rf"\sum_{{q=1}}^{{3}} \frac{{{text}}}{{3}}",
    lambda text: rf"$ {text} $",
    lambda text: rf"\displaystyle {text} ,",
)
TERMS = (r"\frac{a^2 b}{c + d}", "a", r"\frac{c}{b}")
MUTATED = (
    r"\frac{a b^2}{c + d}",
    r"\frac{a^2 b}{c - d + 3}",
    "2a",
    r"\frac{b}{c}",
    "0",
    r"\frac{a^2 b}{c} + d",
    "a^2",
    "-a",
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(REWRITES[:-2]), max_size=4), st.sampled_from((*REWRITES[-2:], str)))
def test_rewriting_keeps_an_answer_right(steps: list[object], last: object) -> None:
    """Algebra that changes nothing, and spelling, keep the truth right."""
    text = str(SPEC.truth)
    for step in [*steps, last]:
        text = step(text)  # type: ignore[operator]
    assert judge(text, SPEC, label="X").outcome == "right", text


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2), st.sampled_from(MUTATED), st.lists(st.sampled_from(REWRITES[:-2]), max_size=2))
def test_changing_a_term_makes_it_wrong(place: int, term: str, steps: list[object]) -> None:
    """Another term in the place of one of the truth's makes the answer wrong."""
    terms = list(TERMS)
    terms[place] = term
    text = f"{terms[0]} + {terms[1]} - ({terms[2]})"
    for step in steps:
        text = step(text)  # type: ignore[operator]
    assert judge(text, SPEC, label="X").outcome == "wrong", text


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=string.printable + "σμ²∑\\{}^_", max_size=60))
def test_any_text_gets_a_judgement(text: str) -> None:
    """Whatever is handed in is judged without an exception."""
    judgement = judge(text, SPEC, label="X")
    assert judgement.outcome in ("wrong", "unreadable", "stub")
    assert "fault" not in judgement.evidence
