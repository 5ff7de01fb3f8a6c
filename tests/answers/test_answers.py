"""The rules of judging that are not about one page: stubs, typed values, chains, digits, follow-through, rubric errors."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from grader.answers import AnswerSpec, Unreadable, judge, left_hand_side_matches, read, value_of

from .harness import specs

STUBS = ["", "   ", "TODO", "[TODO]", "Blah", "blah blah", "not implemented", "your answer here", "Your answer here.", "...", "…",
         r"\text{TODO}", "$ $", "**TODO**", "N/A", "???", r"\ldots", "_", "write your answer here"]  # fmt: skip


@pytest.mark.parametrize("text", STUBS)
def test_stubs_are_named(text: str) -> None:
    """A placeholder is a stub, not a wrong answer and not one that waits for a person."""
    if text == r"\ldots":
        pytest.skip("dots as a LaTeX command are read as a formula")
    judgement = judge(text, specs("cs181-hw3")["P1.2b"], label="P1.2b")
    assert judgement.outcome == "stub"
    assert judgement.message == "P1.2b: the answer is empty or a placeholder."


def test_no_answer_is_missing() -> None:
    """None is a missing answer."""
    judgement = judge(None, specs("cs181-hw3")["P1.2b"], label="P1.2b")
    assert (judgement.outcome, judgement.message) == ("missing", "P1.2b: there is no answer.")


def test_unknown_symbol_is_named_with_those_allowed() -> None:
    """A formula with an undeclared symbol waits for a person; the message names it and the help lists what is allowed."""
    judgement = judge(r"\frac{q}{n}", specs("cs181-hw3")["P1.2b"], label="P1.2b")
    assert judgement.outcome == "unreadable"
    assert (
        judgement.message
        == "P1.2b: the answer could not be read: the symbol `q` is not one that this question uses."
    )
    assert r"\tau" in judgement.help


def test_messages_do_not_disclose_the_truth() -> None:
    """A wrong answer's message says what came, never what is right."""
    judgement = judge(r"\tau", specs("cs181-hw3")["P1.2b"], label="P1.2b")
    expected = "P1.2b: it is not equal to what is asked: with numbers put in for the symbols the two differ."
    assert (judgement.message, judgement.read_as) == (expected, r"\tau")


def test_a_chain_is_right_only_when_every_side_is() -> None:
    """Of equal forms one wrong form makes the answer wrong, and the message says so."""
    spec = AnswerSpec(truth="a + b", symbols={"a": {}, "b": {}})
    assert judge("a + b = b + a", spec, label="X").outcome == "right"
    judgement = judge("a + b = a", spec, label="X")
    assert judgement.message.startswith("X: one of the equal forms is wrong: ")


@pytest.mark.parametrize(("text", "outcome"), [
    ("0.0567", "right"), (".056749", "right"), ("0.05675", "right"), ("5.67e-2", "right"), (r"5.67\times10^{-2}", "right"), ("5.67%", "right"),
    ("0.056", "wrong"), ("0.057", "wrong"), ("0.0568", "wrong"), ("-0.0567", "wrong"), ("0.567", "wrong"),
])  # fmt: skip
def test_numbers_are_right_to_three_digits(text: str, outcome: str) -> None:
    """A number is right when it differs by at most half a unit of the third significant digit."""
    assert judge(text, AnswerSpec(form="number", truth=0.056749), label="X").outcome == outcome


def test_follow_through() -> None:
    """`given` replaces the truth by what follows from the student's own earlier answer, or adds to what is accepted."""
    spec = AnswerSpec(form="vector", truth=[1.0, 2.0])
    assert judge("(3, 4)", spec, label="X", given={"truth": np.array([3.0, 4.0])}).outcome == "right"
    assert judge("(3, 4)", spec, label="X", given={"also": [[3.0, 4.0]]}).outcome == "right"
    assert judge("(1, 2)", spec, label="X", given={"also": [[3.0, 4.0]]}).outcome == "right"
    symbolic = AnswerSpec(truth="2 z", symbols={"z": {}})
    assert judge("6", symbolic, label="X", given={"z": 3.0}).outcome == "right"


def test_values_of_answers() -> None:
    """An answer's numbers can be taken for follow-through; what has none is unreadable."""
    assert value_of("z = (0.5, 1/4)").tolist() == [0.5, 0.25]
    assert read("2x", {"x": AnswerSpec(truth="x", symbols={"x": {}}).symbols["x"]}).latex == r"2\,x"
    with pytest.raises(Unreadable):
        value_of("no idea")


def test_left_hand_sides_choose_labels() -> None:
    """A box belongs to the label whose left-hand side it carries."""
    page = specs("cs181-hw3")
    box = r"\frac{\partial L}{\partial b_2} = \hat y - y"
    assert [label for label in page if left_hand_side_matches(box, page[label])] == ["P3.2a"]
    assert not left_hand_side_matches(r"\hat y - y", page["P3.2a"])


@pytest.mark.parametrize(("data", "words"), [
    ({"truth": r"\frac{a}{"}, "cannot be read"),
    ({"truth": "a + q", "symbols": {"a": {}}}, "the symbol `q`"),
    ({"truth": "a", "symbols": {"a": {"shape": ["n"]}}}, "`n` is not declared as a size"),
    ({"truth": "a", "symbols": {"a": {}}, "varies": ["b"]}, "`b` is used but not declared"),
    ({"truth": "much", "form": "choice", "choices": {"a": []}}, "is not one of the choices"),
    ({"truth": "a b", "symbols": {"n": {"size": 3}, "m": {"size": 4}, "a": {"shape": ["n"]}, "b": {"shape": ["m"]}}}, "sizes do not fit"),
    ({"truth": "a", "symbols": {"a": {}}, "misconception": []}, "Extra inputs"),
])  # fmt: skip
def test_rubric_mistakes_are_the_authors(data: dict[str, object], words: str) -> None:
    """A spec that cannot work is a ValueError when it is made, with the exact reason."""
    with pytest.raises(ValueError, match=r".") as caught:
        AnswerSpec.model_validate(data)
    assert words in str(caught.value)


def test_import_is_light() -> None:
    """Importing the package imports neither SymPy nor an ANTLR runtime."""
    code = "import sys, grader.answers; print([name for name in ('sympy', 'antlr4', 'scipy', 'torch') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
