"""Answers with the work shown: what is judged is what the derivation comes to."""

from __future__ import annotations

import pytest

from grader.answers import AnswerSpec, judge
from grader.answers.conclusion import statements
from tests.answers.harness import ASSIGNMENTS, specs

SHOWN = {
    "steps": "We start from the loss.\n$$L_0 = \\exp(q_1) + 3$$\n$$\\implies {l} = {X}$$",
    "rows": "\\begin{{align*}} 0 &= u_0 - 7 v_0 \\\\ \\implies v_0 &= u_0/7 \\\\ \\implies {l} &= {X} \\end{{align*}}",
    "sentence": "First, $z_0 = 3$. Then the answer is ${X}$.",
    "remark behind": "$${l} = {X}$$\n\nThis holds for every example, as can be checked with the chain rule.",
    "lines": "Take the derivative and set it to zero:\n${l} - 2 q_0 = 0$\nso ${l} = {X}$.",
    "special case behind": "$${l} = {X}$$\nFor $q_0 = 0$ this is\n$${l} = 17 q_0$$",
    "bullets": "- we know that $r_0 > 0$\n- we are asked for ${l}$\n- ${l} = {X}$",
    "words before": "Collecting the terms we arrive at\n$${X}$$",
}
LABELS = ("P1.2b", "P3.2c", "A.14.grad", "B.6.w", "T2.1", "T1.4.dldyhat", "Q1.b", "P2.2.lambda")


def spec_of(label: str) -> AnswerSpec:
    """The spec of a label."""
    return next(found for name in ASSIGNMENTS if (found := specs(name).get(label)) is not None)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("way", SHOWN)
def test_the_work_before_a_right_answer_costs_nothing(label: str, way: str) -> None:
    """However a derivation is laid out, a right end is right, and a known wrong end is never right."""
    spec = spec_of(label)
    name, shown = spec.lhs[0], SHOWN[way]
    assert judge(shown.format(l=name, X=spec.truth), spec, label=label).outcome == "right"
    for wrong in [m for m in spec.misconceptions if not m.fraction]:
        assert judge(shown.format(l=name, X=wrong.truth), spec, label=label).outcome != "right", wrong.truth


@pytest.mark.parametrize(
    ("label", "text", "outcome"),
    [
        # Two ends that differ: a person looks.
        ("P1.2a", "$\\mu_{MLE} = \\bar{x}$.\n\n$$\\mu_{MLE} = 2\\bar{x}$$", "unreadable"),
        # A definition behind a wrong answer is not the answer.
        ("P1.2a", "$$\\mu_{MLE} = 2\\bar{x}$$\nwhere $\\bar{x} = \\frac{1}{n}\\sum_i x_i$", "wrong"),
        ("P1.2e.limit", "The variance of $x|D$ for large $n$ is $\\sigma^2$.", "right"),
        ("P1.2e.limit", "The variance of $x|D$ for large $n$ is twice $\\sigma^2$.", "unreadable"),
        ("P3.1.z1", "The dimension of $z_1$ is $H$.", "right"),
        ("P3.1.z1", "The dimension of $z_1$ is $M$.", "wrong"),
        ("P1.2d.map.var", "Noise is $N(0, \\sigma^2)$. So\n$$x|\\mu_{MAP} \\sim N(\\mu_{MAP}, \\sigma^2)$$", "right"),
        ("P1.2d.map.mean", "Noise is $N(0, \\sigma^2)$. So\n$$x|\\mu_{MAP} \\sim N(0, \\sigma^2)$$", "wrong"),
        ("P1.3b", "If $n\\bar{x} > 0$, then $\\mu_{MLE} > \\mu_{MAP}$.", "right"),
        ("P1.3b", "If $n\\bar{x} > 0$, then $\\mu_{MLE} < \\mu_{MAP}$.", "wrong"),
        ("P1.3c", "When $\\sum x_i < 0$, $\\mu_{MLE} < \\mu_{MAP}$", "right"),
        ("P1.3c", "n", "right"),
    ],
)  # fmt: skip
def test_what_of_several_statements_counts(label: str, text: str, outcome: str) -> None:
    """The last one about what is asked; remarks and definitions do not."""
    assert judge(text, spec_of(label), label=label).outcome == outcome


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a = b + c", 1),
        ("a = b\n= c\n+ d", 1),
        ("$a = b$\n\n$c = d$", 2),
        ("$$a = \\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}$$", 1),
        ("\\begin{aligned} a &= b \\\\ &= c \\\\ d &= e \\end{aligned}", 2),
        ("We use i.e. $a$ here. Then $b = 3.5 c$", 2),
        ("$a$ costs 3.5. $b$ follows.", 2),
    ],
)
def test_a_statement_goes_on_where_a_line_begins_with_a_relation(text: str, number: int) -> None:
    """Rows, lines and sentences are statements; continued ones are one."""
    assert len(statements(text)) == number


def test_a_single_statement_is_judged_as_before() -> None:
    """Nothing is looked for in an answer that is one formula."""
    spec: AnswerSpec = spec_of("P1.2b")
    assert "conclusion" not in judge("$2\\bar{x}$", spec, label="P1.2b").evidence
