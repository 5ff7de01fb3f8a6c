"""Answers in words, in code, by components and in lists, over all pages: each was judged by a person first."""

from __future__ import annotations

import pytest

from grader.answers import judge

from .harness import ASSIGNMENTS, specs

FORMS: list[tuple[str, str, str]] = [
    ("Q1.w", 'w_i=\\log\\frac{\\theta_{i1}}{\\theta_{i0}}-\\log\\frac{1-\\theta_{i1}}{1-\\theta_{i0}}, \\quad i = 1, \\ldots, d', "right"),
    ("Q1.w", '\\log\\frac{\\theta_{i1}}{\\theta_{i0}}-\\log\\frac{1-\\theta_{i1}}{1-\\theta_{i0}}\\quad\\text{for } i=1,\\dots,d', "right"),
    ("Q1.w", 'np.log(theta[i,1]*(1-theta[i,0])/(theta[i,0]*(1-theta[i,1])))', "right"),
    ("Q1.b", 'np.log(theta_1/theta_0) + np.sum(np.log((1-theta[:,1])/(1-theta[:,0])))', "right"),
    ("Q1.b", 'log(θ₁/θ₀) + Σᵢ log((1-θᵢ₁)/(1-θᵢ₀))', "right"),
    ("P1.1.mean", '\\mu | D \\sim \\mathcal{N}\\left(\\frac{n\\tau^2\\bar x}{\\sigma^2+n\\tau^2}, \\frac{\\sigma^2\\tau^2}{\\sigma^2+n\\tau^2}\\right)', "right"),
    ("P1.2d.mle.var", 'x|\\mu_{MLE} \\sim N(\\mu_{MLE}, \\sigma^2)', "right"),
    ("P1.2d.mle.var", 'N(\\mu_{MLE}, \\sigma^2/n)', "wrong"),
    ("P1.1.var", '(1/tau**2 + n/sigma**2)**(-1)', "right"),
    ("P1.2a", 'sum(x)/len(x)', "right"),
    ("P1.2a", 'x.mean()', "right"),
    ("P1.2a", 'the sample mean', "right"),
    ("P1.2b", '\\frac{\\tau^2 \\sum_{x_i \\in D} x_i}{n \\tau^2 + \\sigma^2}', "right"),
    ("P1.2c", 'They differ', "wrong"),
    ("P1.2c", '!=', "wrong"),
    ("P1.3b", '\\mu_{MAP} < \\mu_{MLE}', "right"),
    ("P1.3b", '\\mu_{MAP} > \\mu_{MLE}', "wrong"),
    ("P1.3b", 'mu_MAP is not greater than mu_MLE', "right"),
    ("P1.3a.mle", '\\mu_{MLE} = \\frac{1}{n} \\cdot 0 = 0', "right"),
    ("P1.4", '\\frac{n \\tau^2}{n\\tau^2+\\sigma^2} \\to 1', "right"),
    ("P2.2.objective", 'w_{MAP}=\\underset{w}{\\operatorname{argmin}}\\;\\frac{1}{2\\sigma^2}\\|Xw-y\\|_2^2+\\frac{1}{\\tau}|w-\\mu|_1', "right"),
    ("P2.4.direction", 'moves away from the OLS solution towards mu', "right"),
    ("P2.4.limit", 'w_MAP converges to mu', "right"),
    ("P2.4.limit", 'w_j = \\mu_j', "right"),
    ("P2.5", 'w_MAP has a higher test MSE than w_mean', "right"),
    ("P2.5", 'w_mean has a higher MSE', "wrong"),
    ("P2.5", 'w_MAP, not w_mean', "wrong"),
    ("P2.5", 'not w_MAP but w_mean', "right"),
    ("P3.1.W1", 'H rows and M columns', "right"),
    ("P3.1.W1", 'M rows and H columns', "wrong"),
    ("P3.1.W2", 'row vector of length H', "right"),
    ("P3.1.b1", 'H-dimensional vector', "right"),
    ("P3.1.b2", 'b_2 \\in \\mathbb{R}', "right"),
    ("P3.2c", '(yhat - y) * W2[0,h] * z1[h] * (1 - z1[h])', "right"),
    ("T1.2.z1", '\\sum_{j=1}^{n} W_{1,ij} x_j + b_{1,i}', "right"),
    ("T1.2.z1", 'np.dot(W1, x) + b1', "right"),
    ("T1.2.z2", '5 [W_1x+b_1]_+', "right"),
    ("T1.3.dW2", '\\frac{\\partial l}{\\partial W_{2,ij}} = \\left(\\frac{\\partial l}{\\partial\\hat y}\\frac{\\partial\\hat y}{\\partial z_3}\\right)_i z_{2,j}', "right"),
    ("T1.4.dz2dz1", '5 if z1_i > 0 and i = j, otherwise 0', "right"),
    ("T1.4.dyhatdz3", '\\begin{bmatrix}1&0&\\cdots&0\\\\0&1&\\cdots&0\\\\\\vdots&\\vdots&\\ddots&\\vdots\\\\0&0&\\cdots&1\\end{bmatrix}', "right"),
    ("T1.4.dldyhat", '\\left[2(\\hat y_1-y_1),\\dots,2(\\hat y_K-y_K)\\right]', "right"),
    ("T2.1", '-\\frac{m}{1+e^{cm}} \\text{ where } m=y\\,w^Tx', "right"),
    ("T2.2", 'smaller than zero', "right"),
    ("T2.2", 'non-negative', "wrong"),
    ("T2.3", 'none', "right"),
    ("T2.4", 'zero, but not attained', "right"),
    ("A.1", 'w^T x = 0.6', "right"),
    ("A.4.distance", '1/√13', "right"),
    ("A.5", '[1\\; x^T]^T', "right"),
    ("A.8a", '\\frac14\\operatorname{sech}^2(z/2)', "right"),
    ("A.7", '\\operatorname{sigm}(\\theta^Tx)', "right"),
    ("A.7", '\\operatorname{frobnicate}(\\theta^Tx)', "unreadable"),
    ("A.14.grad", '\\frac{\\partial E}{\\partial\\theta_j}=\\sum_{i=1}^m(h_i-y_i)x_{ij}', "right"),
    ("A.14.update", '\\theta^{k+1} = \\theta^{k} - \\alpha \\sum_{i=1}^{m} (h_i - y_i) x_i', "right"),
    ("A.18a", 'softmax_j(I_{ij}-softmax_i)x', "right"),
    ("A.18a", 'softmax_j\\delta_{ij}x-softmax_jsoftmax_ix', "right"),
    ("A.20.update", '\\theta_j^{(k+1)}=\\theta_j^{(k)}-\\alpha\\sum_i(p_{ij}-1(y_i=j))x_i', "right"),
    ("B.4.w", '(\\hat y-y)v_l\\sigma(w_l^Tx)(1-\\sigma(w_l^Tx))x', "right"),
    ("B.4.v", '(v^Tz-y)z', "right"),
    ("B.6.v", '(v^Tz-y)z', "wrong"),
    ("B.5.v", '(\\hat y_k-y_k)z', "right"),
    ("C.5.max", '0 for b, 1 for a', "right"),
    ("C.5.max", '1 for b, 0 for a', "wrong"),
    ("C.5.mul", 'df/db = a, df/da = b', "right"),
    ("C.6", 'rank-1', "right"),
    ("C.7", 'a matrix, so rank 2', "right"),
    ("C.12.yhat", '[0.0567 0.0571 0.0572]', "right"),
    ("C.12.dv", '[-57.6578 -30.3882 -30.1403 -30.041 ]', "right"),
    ("C.12.dw", 'w1: (-.2874,-.3866,-.6839), w2: (-.4315,-.5804,-1.0268), w3: (-.5755,-.7739,-1.3696)', "right"),
    ("C.13a", '\\left[8x+12y\\;\\;12x+18y\\right]', "right"),
    ("C.13b", '\\begin{bmatrix}2x&2\\\\3&8y\\end{bmatrix}=\\begin{bmatrix}2&2\\\\3&16\\end{bmatrix}', "right"),
]  # fmt: skip
MISSING_SUMS = [
    ("A.14.grad", "(h_i-y_i)x_i"),
    ("A.20.grad", "(softmax_j(x_i)-1(y_i=j))x_i"),
    ("B.5.w", r"(\hat y_j-y_j)v_{jl}z_l(1-z_l)x"),
]


@pytest.mark.parametrize(("label", "text", "outcome"), FORMS)
def test_forms_are_judged_by_meaning(label: str, text: str, outcome: str) -> None:
    """Words, code, components and lists are judged by what they mean; what may be meant otherwise waits."""
    page = next(page for page in ASSIGNMENTS if label in specs(page))
    judgement = judge(text, specs(page)[label], label=label)
    assert judgement.outcome == outcome, judgement.message


@pytest.mark.parametrize(("label", "text"), MISSING_SUMS)
def test_a_missing_sum_is_named(label: str, text: str) -> None:
    """Terms that would be right with a sum in front of them are wrong, and the sum is named."""
    judgement = judge(text, specs("cs577-a2")[label], label=label)
    assert judgement.outcome == "wrong"
    assert judgement.diagnosis is not None
    assert judgement.diagnosis.id == "not-summed"


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("T1.4.dz2dz1", "5 along the main diagonal but 0 if z1_i < 0"),
        ("P1.2a", "twice xbar"),
        ("P1.2a", "half of xbar"),
        ("A.1", "not 0.6"),
        ("C.5.add", "1 in the first place and then 2 + 3 elsewhere"),
    ],
)
def test_formulas_among_words_wait(label: str, text: str) -> None:
    """An answer whose words hold more formulas is never wrong for the part that was read."""
    page = next(page for page in ASSIGNMENTS if label in specs(page))
    assert judge(text, specs(page)[label], label=label).outcome == "unreadable"


def test_iteration_marks_need_to_count_up() -> None:
    """Only the mark that the left-hand side counts up is taken off."""
    spec = specs("cs577-a2")["A.14.update"]
    wrong = judge(r"\theta^{t+1} = \theta^{t} - \alpha \sum_i (h_i - y_i) x_i^{2}", spec, label="X")
    assert wrong.outcome != "right"
