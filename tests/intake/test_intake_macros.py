"""The abbreviations of a LaTeX write-up."""

from __future__ import annotations

from grader.intake.labels import Labels
from grader.intake.latex import read_latex
from grader.intake.macros import expanded, macros_of

LABELS = Labels(["P3.2a", "P3.2b"])
PREAMBLE = r"""
\newcommand{\yhat}{\hat{y}}
\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
\newcommand\T{^\top}
\def\loss{L}
\DeclareMathOperator*{\argmin}{arg\,min}
\newcommand{\ans}[1]{\boxed{#1}}
\newcommand{\answer}[2]{\textbf{#1} $#2$}
"""


def test_answers_come_with_their_abbreviations_written_out() -> None:
    """What a write-up abbreviates is put back, with its arguments; `\\answer` itself is not an abbreviation."""
    text = (
        PREAMBLE + r"\answer{P3.2a}{\pd{\loss}{b_2} = \yhat - y}" + "\n" + r"\answer{P3.2b}{(\yhat-y)z_1\T}"
    )
    answers = {
        answer.label: "".join(answer.text.split()) for answer in read_latex("w.tex", text, LABELS, ()).answers
    }
    assert answers == {"P3.2a": r"\frac{\partialL}{\partialb_2}=\hat{y}-y", "P3.2b": r"(\hat{y}-y)z_1^\top"}


def test_a_box_may_be_an_abbreviation() -> None:
    """A box that is drawn by an own command is found, and its definition is no box."""
    text = PREAMBLE + r"\section*{Problem 3}" + "\n" + r"\[ \ans{\pd{L}{b_2} = \yhat - y} \]"
    boxes = read_latex("w.tex", text, LABELS, ("Problem 3",)).boxes
    assert ["".join(box.text.split()) for box in boxes] == [r"\frac{\partialL}{\partialb_2}=\hat{y}-y"]


def test_an_optional_argument_has_its_default() -> None:
    """`\\newcommand{\\x}[2][1]{...}` takes the default where no square brackets stand."""
    macros = macros_of(r"\newcommand{\z}[2][1]{z_{#1}^{#2}}")
    assert expanded(r"\z{h} + \z[2]{m}", macros).split() == ["z_{1}^{h}", "+", "z_{2}^{m}"]


def test_abbreviations_without_end_stay_as_they_are() -> None:
    """A macro that grows without end is left alone."""
    macros = macros_of(r"\newcommand{\a}{\b\b}\newcommand{\b}{\a\a}" + r"\def\x{\x\x}" * 2000)
    assert len(expanded(r"\a\x" * 200, macros)) < 25_000
