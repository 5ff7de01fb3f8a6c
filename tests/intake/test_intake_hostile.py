"""Readers of answers on texts made to hurt, and on any text at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_making import handed, notebook

from grader.intake import HandedAnswers, collect_answers

LABELS = [
    "Q1.b",
    "Q1.w",
    "Q2",
    "P1.1.mean",
    "P1.2a",
    "P1.2b",
    "P1.2c",
    "P1.2d.mle.mean",
    "P1.3a.mle",
    "P1.3b",
    "P3.1.W1",
    "P3.1.b1",
    "P3.2a",
    "P3.2b",
    "Q4",
    "Q4.1",
    "Q6",
]
SECTIONS = {"Problem 1": ["P1.2a", "P1.2b"], "Problem 3": ["P3.1.W1", "P3.2a", "P3.2b"]}
LEFT = {"P3.2a": "b_2", "P3.2b": "W_2", "P1.2a": "MLE", "P1.2b": "MAP"}


def collect(files: dict[str, str]) -> HandedAnswers:
    return collect_answers(
        handed(files), LABELS, SECTIONS, lambda label, box: LEFT.get(label, "?") in box.split("=")[0]
    )


def texts(files: dict[str, str]) -> dict[str, str]:
    return {label: answer.text for label, answer in collect(files).answers.items()}


HOSTILE = [
    "\\boxed{" * 100_000, "\\answer{Q2}{" * 100_000, "\\answer[" * 100_000, "\\verb|" * 100_000, "\\section" + " " * 200_000,
    "\\begin{verbatim}" * 50_000, "%" * 500_000, " " * 500_000, "\n" * 300_000, "**" * 200_000, "#" * 300_000, "# " + " " * 300_000 + "x",
    "Q2:" * 100_000, "- " * 100_000, "? " * 100_000, "[" * 200_000, "{a: " * 50_000, "a: &x [*x, *x]\n" * 3_000, "a: b: " * 50_000,
    "\n".join(" " * i + "a:" for i in range(600)), "a: |\n" * 30_000, "'" * 100_000, '"\\' * 100_000, "**1" * 100_000, "hours" * 100_000, "a:\n\n" * 50_000,
    "&a [" * 30, "a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d]\nQ2: [*e,*e,*e,*e,*e,*e]\n",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["answers.yaml", "w.tex", "w.md"])
def test_hostile_texts_end_soon(number: int, name: str) -> None:
    """No text makes a reader take longer than a moment."""
    import time

    start = time.process_time()
    collect({name: HOSTILE[number]})
    assert time.process_time() - start < 10


@settings(max_examples=400, deadline=None)
@given(
    st.text(max_size=300) | st.text("Q2P1.b: \n\t'\"\\{}[]|>-*&!#%$`boxedanswer", max_size=300),
    st.sampled_from(["answers.yaml", "w.tex", "w.md", "experiments.yaml"]),
)
def test_any_text_is_searched_without_raising(text: str, name: str) -> None:
    """Whatever a write-up says, `collect_answers` gives answers to what was asked, or problems, and never raises."""
    assert set(collect({name: text, "a.ipynb": notebook(("markdown", text))}).answers) <= set(LABELS)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["answers.yaml", "w.tex", "w.md", "a.ipynb", "answers.json"]))
def test_any_bytes_are_searched_without_raising(data: bytes, name: str) -> None:
    """Nor do bytes that are no text; nothing is found that was not asked."""
    assert set(collect_answers(handed({name: data}), LABELS, SECTIONS).answers) <= set(LABELS)
