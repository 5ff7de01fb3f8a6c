"""Which statement of a write-up is the answer, what its definitions mean in it, and when a person has to look."""

from __future__ import annotations

import pytest

from grader.answers import AnswerSpec, judge
from grader.answers.heads import asks
from grader.answers.spoken import in_signs
from grader.answers.statements import Equation, Statement, equations, statements

from .harness import ASSIGNMENTS, specs


def spec_of(label: str) -> AnswerSpec:
    """The spec of a label."""
    return next(specs(page)[label] for page in ASSIGNMENTS if label in specs(page))


def outcome(label: str, text: str) -> str:
    """What a text comes to."""
    return judge(text, spec_of(label), label=label).outcome


LOSS = r"\frac{\partial L}{\partial b_1}"


@pytest.mark.parametrize(
    ("head", "asked", "same"),
    [
        (r"\frac{dL}{db_{1,h}}", LOSS, True),
        ("dL/db1[h]", LOSS, True),
        (r"\nabla_{\mathbf{b}_1}\mathcal{L}", LOSS, True),
        (r"\left(\frac{\partial\ell}{\partial b^{(1)}}\right)_h", LOSS, True),
        (r"\frac{\partial L}{\partial b_2}", LOSS, False),
        (r"\frac{\partial a_1}{\partial b_1}", LOSS, False),
        ("z_{1,i}", "z_1", True),
        ("z_2", "z_1", False),
        (r"\frac{d}{dz}\sigma(z)", r"\frac{d}{dz}\log\sigma(z)", False),
    ],
)
def test_heads_are_compared_by_what_they_ask_for(head: str, asked: str, same: bool) -> None:
    """The notation of a derivative and its index letters do not matter; what is differentiated by what does."""
    assert asks(head, [asked]) is same


def test_a_statement_defines_every_name_in_it() -> None:
    """Of a chain of equal forms the last is the definition; `=:` names what stands before it."""
    text = r"Let $a := \frac{dL}{dx} = y - t$ and $b_{1,h} = 2a$"
    assert equations(Statement(text, False)) == [Equation("a", "y - t"), Equation("b_{1,h}", "2a")]
    assert equations(Statement(r"\hat y - y =: \delta", True)) == [Equation(r"\delta", r"\hat y - y")]


def test_numbers_of_equations_are_no_factors() -> None:
    """`\\qquad (2)` behind a display is its number."""
    assert [s.text for s in statements("$$a = b \\qquad (2)$$")] == ["a = b"]


JUDGED = [
    # Definitions go along with the statement that uses them, wherever they stand.
    ("P3.2d", r"Define $\delta_2 := \frac{\partial L}{\partial a_2} = \hat y-y$ and $\delta_{1,h} := \delta_2 W_2^h z_1^h(1-z_1^h)$. Then $$\frac{\partial L}{\partial W_1^{h,m}} = \delta_{1,h}x_m$$", "right"),
    ("P3.2d", r"Define $\delta_2 := \frac{\partial L}{\partial a_2} = \hat y-y$ and $\delta_{1,h} := \delta_2 W_2^h z_1^h$. Then $$\frac{\partial L}{\partial W_1^{h,m}} = \delta_{1,h}x_m$$", "wrong"),
    ("P1.1.mean", r"Write $\lambda_0=1/\tau^2$ and $\lambda=1/\sigma^2$. The posterior mean is $\frac{n\lambda\bar x}{\lambda_0+n\lambda}$.", "right"),
    ("T1.3.dW2", r"Let $\delta=\frac{\partial l}{\partial z_3}^\top$. Then $\frac{\partial l}{\partial W_2}=\delta z_2^\top$, $\frac{\partial l}{\partial b_2}=\delta$.", "right"),
    ("P1.2b", "sum x_i/sigma^2 = mu (n/sigma^2 + 1/tau^2)\nmu_MAP = (sum x_i/sigma^2)/(n/sigma^2 + 1/tau^2)", "right"),
    # Equations in environments with numbers, and about other quantities, are steps.
    ("P1.1.var", "\\begin{equation}\\label{a}\\frac{1}{\\sigma_n^2}=\\frac{n}{\\sigma^2}+\\frac{1}{\\tau^2}\\end{equation} and, inverting \\eqref{a}, \\begin{equation}\\sigma_n^2=\\frac{\\sigma^2\\tau^2}{n\\tau^2+\\sigma^2}\\end{equation}", "right"),
    ("A.18b", r"$$\log s_j=\theta_j^Tx-\log\sum_l e^{\theta_l^Tx}\qquad(1)$$ Thus $$\frac{\partial\log s_j}{\partial\theta_i}=(\delta_{ij}-s_i)x\qquad(2)$$", "right"),
    ("P1.2b", r"The log posterior is maximal; this happens at $\mu=\frac{n\tau^2\bar x}{n\tau^2+\sigma^2}$.", "right"),
    ("P1.2a", r"$\ell'(\mu)=\frac{1}{\sigma^2}\sum_i(x_i-\mu)=0$; this happens at $\mu=\bar x$.", "right"),
    # The answer first, its reason behind it.
    ("B.4.v", r"$(\hat y-y)^2z$: by the chain rule $\frac{\partial E}{\partial v}=\frac{\partial E}{\partial\hat y}\cdot\frac{\partial\hat y}{\partial v}$, with $\frac{\partial\hat y}{\partial v}=z$.", "wrong"),
    ("A.15", r"$\frac{k(k-1)}{2}$. Each of the $k$ classes meets the $k-1$ others, and each pair is counted twice.", "right"),
    # Two statements about what is asked that differ: a person looks, also where the later one is right.
    ("A.8a", "$\\sigma'(z)=\\sigma(z)(1+\\sigma(z))$\n\nProof. $\\sigma'(z)=(1+e^{-z})^{-2}e^{-z}$.", "unreadable"),
    # In one chain of equal forms all have to be right.
    ("A.8a", r"$\sigma'(z)=\sigma(z)(1+\sigma(z))=\sigma(z)(1-\sigma(z))$", "wrong"),
    # A sentence that leads to its equation.
    ("P1.2b", r"So after a lot of algebra I finally get that $\mu_{MAP}=\frac{n\tau^2\bar x}{n\tau^2+\sigma^2}$!", "right"),
    ("P1.2b", r"Twice the estimate that we are after is $\mu_{MAP}=\frac{n\tau^2\bar x}{n\tau^2+\sigma^2}$", "unreadable"),
    # Index letters as the left-hand side has them.
    ("A.18b", r"$\frac{\partial\log softmax_i}{\partial\theta_j}=(\delta_{ij}-softmax_j)x$", "right"),
    ("A.18b", r"$\frac{\partial\log softmax_i}{\partial\theta_j}=(\delta_{ij}-softmax_i)x$", "wrong"),
    ("A.20.grad", r"$\nabla_{\theta_c}L=\sum_{n=1}^N(p_c(x_n)-1(y_n=c))x_n$", "right"),
    ("T1.3.dW2", r"$\frac{\partial l}{\partial W_{2,kh}}=2(\hat y_k-y_k)z_{2,h}$", "right"),
    ("T1.3.dW2", r"$\frac{\partial l}{\partial W_{2,kh}}=2(\hat y_h-y_h)z_{2,k}$", "wrong"),
    ("A.13", r"$\sum_n y_n\ln\sigma(\theta^\top x_n)+(1-y_n)\ln(1-\sigma(\theta^\top x_n))$", "right"),
    # Notations.
    ("T1.4.dz2dz1", r"$5I\odot 1(z_1>0)$", "right"),
    ("T1.4.dz2dz1", "diagonal matrix with $5$ where $z_1 > 0$ and 0 elsewhere", "right"),
    ("T1.4.dz2dz1", "diagonal matrix with $1$ where $z_1 > 0$ and 0 elsewhere", "wrong"),
    ("T1.4.dz2dz1", r"$\frac{\partial z_{2,k}}{\partial z_{1,l}}=5$ if $k=l$ and $z_{1,k}>0$, and $0$ otherwise.", "right"),
    ("T1.4.dyhatdz3", r"Since g is the identity function, the Jacobian is the identity matrix of size $K\times K$.", "right"),
    ("T1.3.db1", r"$(W_2'\cdot 2(\hat y-y)) .* (5\cdot(z_1>0))$", "right"),
    ("A.7", r"$\frac{1}{1+e^{-(\theta_0+\theta_1x_1+\theta_2x_2)}}$", "right"),
    ("A.7", r"$\frac{1}{1+e^{\theta_0+\theta_1x_1+\theta_2x_2}}$", "wrong"),
    ("B.5.w", r"$z_l(1-z_l)\big(v_{:,l}^\top(\hat y-y)\big)x$", "right"),
    ("B.5.w", r"$z_l(1-z_l)\big(v_{:,l}^\top(y-\hat y)\big)x$", "wrong"),
    ("B.4.v", r"$(\hat y-y)\begin{pmatrix}1\\z_1\\z_2\\\vdots\\z_L\end{pmatrix}$", "right"),
    ("A.4.distance", r"$\frac{1}{\sqrt{13}}\approx0{,}277$", "right"),
    ("A.3.distance", r"$\left(\frac{b_0}{\sqrt{b_1^2+b_2^2}}\right$", "right"),
    ("C.12.yhat", "yhat1 = 0.0567, yhat2 = 0.0572, yhat3 = 0.0571", "wrong"),
    ("B.5.w", r"$e_j=\hat y_j-y_j$, $s_l=\sum_je_jv_{jl}$, $\nabla_{w_l}E=s_lz_l(1-z_l)x$", "right"),
    ("B.5.w", r"$e_j=\hat y_j-y_j$, $s_l=\sum_je_j^2v_{jl}$, $\nabla_{w_l}E=s_lz_l(1-z_l)x$", "wrong"),
    ("A.19", r"$p_{ij}=softmax_j(x_i)$, $t_{ij}=[y_i=j]$, $E=-\sum_{ij}t_{ij}\log p_{ij}$", "right"),
    # Choices in other languages.
    ("P1.3b", "Oui", "right"),
    ("P1.3c", "Nein", "right"),
    ("P1.2e.compare", "größer", "right"),
    ("P1.2e.compare", "kleiner", "wrong"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "text", "expected"), JUDGED)
def test_what_a_write_up_comes_to(label: str, text: str, expected: str) -> None:
    """The statement about what is asked is judged with what the write-up says of its names; where two differ a person looks."""
    assert outcome(label, text) == expected


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("sum over i of x_i", r"\sum_{i} x_i"),
        ("sum from i=1 to n of x_i", "sum from"),
        ("5 on the diagonal and 0 elsewhere", r"\operatorname{diag}(5)"),
        ("the sum over the classes", "the sum over the classes"),
    ],
)
def test_matrices_and_sums_in_words(text: str, signs: str) -> None:
    """What is said in words is written in signs; other words stay."""
    assert signs in in_signs(text).replace("\\sum_{i=1}^{n}", "sum from")
