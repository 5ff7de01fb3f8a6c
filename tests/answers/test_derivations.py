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


# As students write: the chain rule first, words between, the answer somewhere near the end.
WRITTEN = [
    (
        "P1.2b",
        "right",
        "mu_MAP = (n*tau^2/(n*tau^2+sigma^2)) * xbar   [derivation: d/dmu log posterior = n(xbar-mu)/sigma^2 - mu/tau^2 = 0]",
    ),
    (
        "P1.2b",
        "right",
        "log posterior: -n(xbar-mu)^2/(2 sigma^2) - mu^2/(2 tau^2)\nderivative: n(xbar - mu)/sigma^2 - mu/tau^2 = 0\n=> mu_MAP = n tau^2 xbar / (n tau^2 + sigma^2)",
    ),
    (
        "P1.2b",
        "wrong",
        "log posterior: -n(xbar-mu)^2/(2 sigma^2) - mu^2/(2 tau^2)\nderivative: n(xbar - mu)/sigma^2 - mu/tau^2 = 0\n=> mu_MAP = n xbar / (n tau^2 + sigma^2)",
    ),
    ("P1.2a", "right", "d/dmu sum (x_i - mu)^2 = 0\n-2 sum (x_i - mu) = 0\nmu = (1/n) sum x_i"),
    ("P3.2b", "right", "dL/dW2_h = dL/da2 * da2/dW2_h = (yhat - y) * z1_h"),
    (
        "P3.2c",
        "right",
        "**Solution.** Using the chain rule:\n\n$$\n\\frac{\\partial L}{\\partial b_1^h} = \\frac{\\partial L}{\\partial a_2}\\cdot\\frac{\\partial a_2}{\\partial z_1^h}\\cdot\\frac{\\partial z_1^h}{\\partial a_1^h}\n$$\n\n- $\\frac{\\partial L}{\\partial a_2} = \\hat y - y$\n- $\\frac{\\partial a_2}{\\partial z_1^h} = W_2^h$\n- $\\frac{\\partial z_1^h}{\\partial a_1^h} = z_1^h(1-z_1^h)$\n\n**Final answer:** $(\\hat y - y)W_2^h z_1^h(1-z_1^h)$",
    ),
    (
        "P3.2c",
        "wrong",
        "**Solution.** Using the chain rule:\n\n- $\\frac{\\partial L}{\\partial a_2} = \\hat y - y$\n- $\\frac{\\partial a_2}{\\partial z_1^h} = W_2^h$\n\n**Final answer:** $(\\hat y - y)W_2^h z_1^h$",
    ),
    (
        "P3.2d",
        "right",
        "Answer: $\\partial L/\\partial W_1^{h,m} = (\\hat y - y) W_2^h z_1^h (1-z_1^h) x_m$.\n\nExplanation: $a_1^h = \\sum_m W_1^{h,m} x_m + b_1^h$, so $\\partial a_1^h/\\partial W_1^{h,m} = x_m$.",
    ),
    (
        "P2.2.objective",
        "right",
        "Taking the negative log: $-\\log p(w|X,y) = \\frac{1}{2\\sigma^2}\\|y-Xw\\|_2^2 + \\frac{1}{\\tau}\\|w-\\mu\\|_1 + C$. So $w_{MAP} = \\arg\\min_w \\frac{1}{2\\sigma^2}\\|y-Xw\\|_2^2 + \\frac{1}{\\tau}\\|w-\\mu\\|_1$.",
    ),
    (
        "P2.2.lambda",
        "right",
        "Comparing with $\\|Xw-y\\|^2+\\lambda\\|w-\\mu\\|_1$ after multiplying by $2\\sigma^2$: $\\lambda = 2\\sigma^2/\\tau$. A smaller $\\tau$ means a larger $\\lambda$.",
    ),
    ("P1.4", "right", "1. The prior is forgotten as n grows."),
    ("P1.4", "right", "The limit is 1, since $\\frac{n\\tau^2}{n\\tau^2+\\sigma^2}\\to 1$."),
    ("P1.2e.limit", "right", "As n -> infinity the first term goes to 0 so the variance goes to sigma^2"),
    ("P1.3a.map", "right", "Both are zero when $\\sum_i x_i = 0$."),
    ("A.14.update", "right", "repeat until convergence:\n  theta := theta - alpha * sum_i (h_i - y_i) x_i"),
    ("A.14.update", "wrong", "repeat until convergence:\n  theta := theta + alpha * sum_i (h_i - y_i) x_i"),
    (
        "A.13",
        "right",
        "log L(theta) = log prod_i h_i^{y_i} (1-h_i)^{1-y_i}\n= sum_i y_i log(h_i) + (1-y_i) log(1-h_i)",
    ),
    (
        "A.18b",
        "right",
        "$\\log softmax_j = \\theta_j^Tx - \\log\\sum_l e^{\\theta_l^Tx}$. Taking the derivative: $\\delta_{ij}x - softmax_i\\, x = (\\delta_{ij}-softmax_i)x$.",
    ),
    (
        "A.3.normal",
        "right",
        "Two points on the line differ by a vector orthogonal to $(b_1,b_2)$, hence the normal is $(b_1, b_2)^T$.",
    ),
    ("A.15", "right", "k(k-1)/2 classifiers, e.g. for k = 4 we need 6."),
    ("A.15", "right", "k choose 2 = k(k-1)/2"),
    (
        "B.4.w",
        "right",
        "E = 1/2 (yhat - y)^2\ndE/dyhat = yhat - y\ndyhat/dz_l = v_l\ndz_l/dw_l = z_l (1 - z_l) x\nso dE/dw_l = (yhat - y) v_l z_l (1 - z_l) x",
    ),
    (
        "B.4.w",
        "wrong",
        "E = 1/2 (yhat - y)^2\ndE/dyhat = yhat - y\ndyhat/dz_l = v_l\nso dE/dw_l = (yhat - y) v_l x",
    ),
    (
        "B.6.w",
        "right",
        "The error signal at the output is $\\hat y - y$ (sigmoid and cross entropy cancel). Backpropagating through $v_l$ and the hidden sigmoid gives $(\\hat y-y)v_l z_l(1-z_l)x$.",
    ),
    ("C.5.min", "right", "Since a > b, min(a,b) = b: d/da = 0, d/db = 1."),
    ("C.5.add_const", "right", "The derivative of a + c with respect to a is 1."),
    ("C.5.mul_const", "right", "c (the constant)"),
    (
        "C.12.z",
        "right",
        "z = [[0.522485, 0.519989, 0.517493], [0.529964, 0.524979, 0.519989], [0.527472, 0.522485, 0.524979]]",
    ),
    ("C.13a", "right", "df/dx = 8x+12y\ndf/dy = 12x+18y"),
    (
        "C.10",
        "right",
        "By the chain rule J = J_F(G) J_G.\nJ_F = [[3y, 3x, 0],[0,1,-1]] at (x-5y, xy, x-y) = [[3xy, 3(x-5y), 0],[0,1,-1]]\nJ_G = [[1,-5],[y,x],[1,-1]]\nJ = [[6xy-15y^2, 3x^2-30xy],[y-1, x+1]]",
    ),
    ("T1.2.z1", "right", "z1 = W1 x + b1  (input x)"),
    ("T1.3.dW2", "right", "dl/dW2 = (dl/dyhat * dyhat/dz3)^T z2^T"),
    (
        "T1.4.dldyhat",
        "right",
        "l = (yhat - y)^T (yhat - y), so dl/dyhat = 2 (yhat - y)^T, a row vector of size K",
    ),
    ("T2.1", "right", "By the chain rule: $\\frac{1}{1+e^{-cyw^Tx}}\\cdot e^{-cyw^Tx}\\cdot(-yw^Tx)$"),
    ("T2.4", "right", "0, but it is not reached for any finite c"),
    ("T2.3", "right", "No: for separable data the loss keeps decreasing as the norm grows"),
    (
        "Q1.b",
        "right",
        "From Bayes' rule the log odds are $\\log\\frac{\\pi}{1-\\pi}+\\sum_j x_j\\log\\frac{\\theta_{j1}}{\\theta_{j0}}+(1-x_j)\\log\\frac{1-\\theta_{j1}}{1-\\theta_{j0}}$. The constant part is $b=\\log\\frac{P(y=1)}{P(y=0)}+\\sum_j\\log\\frac{1-\\theta_{j1}}{1-\\theta_{j0}}$.",
    ),
    (
        "P1.1.mean",
        "right",
        r"Completing the square, the posterior is Gaussian with precision $\frac{n}{\sigma^2}+\frac{1}{\tau^2}$ and mean $\frac{\sum_i x_i/\sigma^2}{n/\sigma^2+1/\tau^2}$.",
    ),
    (
        "P1.1.var",
        "right",
        r"Completing the square, the posterior is Gaussian with mean $\frac{n\tau^2\bar x}{\sigma^2+n\tau^2}$ and variance $\frac{\sigma^2\tau^2}{\sigma^2+n\tau^2}$.",
    ),
    (
        "P1.1.var",
        "wrong",
        r"The posterior variance is the precision: $\sigma_n^2 = \frac{n}{\sigma^2}+\frac{1}{\tau^2}$",
    ),
    (
        "P1.2a",
        "right",
        r"Setting $\sum_i (x_i-\mu) = 0$ we find $n\mu = \sum_i x_i$, i.e. $\mu = \frac1n\sum_i x_i$",
    ),
    (
        "P1.2b",
        "right",
        r"The posterior is Gaussian so its mode equals its mean: $\frac{n\tau^2\bar{x}}{n\tau^2+\sigma^2}$",
    ),
    (
        "P1.2b",
        "wrong",
        r"Differentiate: $\frac{n}{\sigma^2}(\bar x-\mu)-\frac{\mu}{\tau^2}=0$ hence $\mu=\frac{n\sigma^2\bar x}{n\sigma^2+\tau^2}$",
    ),
    ("P1.2c", "right", r"They're the same: both are $\frac{n\tau^2 \bar x}{n\tau^2+\sigma^2}$."),
    (
        "P1.3b",
        "right",
        r"$\mu_{MAP}=\frac{n\tau^2}{n\tau^2+\sigma^2}\mu_{MLE}$ and the factor is smaller than one, so yes, $\mu_{MLE}$ is greater.",
    ),
    ("P1.3c", "right", r"No. The MAP is shrunk towards 0, hence $\mu_{MAP} > \mu_{MLE}$ for negative sums."),
    (
        "P2.5",
        "right",
        r"$w_{mean}$, because the posterior mean minimizes the expected squared error while $w_{MAP}$ is the mode.",
    ),
    (
        "P2.5",
        "right",
        r"The expected test MSE is $\sigma^2+E\|w-\hat w\|^2$, which is minimised by the mean. So $w_{mean}$ has the lower MSE.",
    ),
    ("P2.5", "wrong", r"The MAP estimate maximises the posterior, so $w_{MAP}$ has the lower MSE."),
    ("P2.4.limit", "right", r"The penalty dominates as $\tau\to 0$, so $w_{MAP}\to\mu$."),
    (
        "P3.1.W1",
        "right",
        r"$W_1 \in \mathbb{R}^{H\times M}$ since it maps $x\in\mathbb{R}^M$ to $a_1\in\mathbb{R}^H$",
    ),
    ("P3.1.W2", "right", r"row vector with $H$ entries, i.e. $1\times H$"),
    (
        "P3.2a",
        "right",
        r"Let $\delta = \frac{\partial L}{\partial a_2}$. We computed $\delta = \hat y - y$. Since $\frac{\partial a_2}{\partial b_2}=1$, $\frac{\partial L}{\partial b_2} = \delta = \hat y-y$.",
    ),
    (
        "P3.2c",
        "right",
        r"With $\delta = \hat y - y$: $\frac{\partial L}{\partial b_1^h} = \delta\, W_2^h\, z_1^h(1-z_1^h)$",
    ),
    (
        "P3.2c",
        "wrong",
        r"With $\delta = \hat y - y$: $\frac{\partial L}{\partial b_1^h} = \delta\, W_2^h\, z_1^h$",
    ),
    (
        "A.4.normal",
        "right",
        r"The normal vector is $(2,3)$ with length $\sqrt{13}$, so the unit normal is $\left(\frac{2}{\sqrt{13}},\frac{3}{\sqrt{13}}\right)$.",
    ),
    ("A.4.distance", "right", r"$\frac{|1|}{\sqrt{2^2+3^2}} = \frac{1}{\sqrt{13}} \approx 0.277$"),
    ("A.5", "right", r"$\phi(x) = [1, x_1, x_2, \dots, x_n]^T$"),
    (
        "A.13",
        "right",
        r"\begin{align*}\ell(\theta) &= \log \prod_{i=1}^m h_i^{y_i}(1-h_i)^{1-y_i}\\ &= \sum_{i=1}^m \left[y_i \log h_i + (1-y_i)\log(1-h_i)\right]\end{align*}",
    ),
    (
        "A.14.grad",
        "right",
        r"Since $\frac{\partial h_i}{\partial\theta} = h_i(1-h_i)x_i$ we get $\nabla J = -\sum_i \left(\frac{y_i}{h_i}-\frac{1-y_i}{1-h_i}\right)h_i(1-h_i)x_i = \sum_i (h_i-y_i)x_i$",
    ),
    (
        "A.14.grad",
        "wrong",
        r"Since $\frac{\partial h_i}{\partial\theta} = h_i(1-h_i)x_i$ we get $\nabla J = \sum_i (y_i-h_i)x_i$",
    ),
    (
        "A.19",
        "right",
        r"$E = -\log\prod_i\prod_j s_j(x_i)^{1(y_i=j)} = -\sum_i\sum_j 1(y_i=j)\log \text{softmax}_j(x_i)$",
    ),
    (
        "A.20.grad",
        "right",
        r"$\sum_{i=1}^m (\text{softmax}_j(x_i) - 1(y_i=j))\,x_i$, just as in the binary case.",
    ),
    ("B.5.v", "right", r"For the $j$-th output: $\partial E/\partial v_j = (\hat y_j - y_j)\cdot z$"),
    (
        "B.7.w",
        "right",
        r"Put $\delta_j = \hat y_j - y_j$. Then $\frac{\partial E}{\partial w_l} = \Big(\sum_j \delta_j v_{jl}\Big) z_l(1-z_l)x$.",
    ),
    (
        "B.7.w",
        "wrong",
        r"Put $\delta_j = \hat y_j - y_j$. Then $\frac{\partial E}{\partial w_l} = \delta_j v_{jl} z_l(1-z_l)x$.",
    ),
    ("C.5.add", "right", r"df/da = 1 and df/db = 1"),
    ("C.5.mul", "right", r"$\frac{\partial f}{\partial a} = b$, $\frac{\partial f}{\partial b} = a$"),
    (
        "C.5.max",
        "right",
        r"When $a>b$ we have $\max(a,b)=a$, so the local gradients are $1$ for $a$ and $0$ for $b$: $(1, 0)$",
    ),
    (
        "C.13b",
        "right",
        r"$J = \begin{bmatrix}2x & 2\\ 3 & 8y\end{bmatrix}$, at $(1,2)$: $\begin{bmatrix}2 & 2\\ 3 & 16\end{bmatrix}$",
    ),
    (
        "C.13c",
        "right",
        r"$F(G(x)) = (x^2+2x^2, 3x+4x^4) = (3x^2, 3x+4x^4)$, derivative $(6x, 3+16x^3)$, at $x=2$: $(12, 131)$",
    ),
    ("C.7", "right", r"A vector by a vector gives a matrix (the Jacobian), so the rank is 2."),
    (
        "T1.2.z2",
        "right",
        r"The hidden activations are $z_2=f(z_1)$ with $f = 5\,\mathrm{ReLU}$, so $z_2 = 5\max(0, W_1x+b_1)$.",
    ),
    (
        "T1.3.db1",
        "right",
        r"$$\frac{\partial l}{\partial b_1} = \frac{\partial l}{\partial \hat y}\frac{\partial \hat y}{\partial z_3}\frac{\partial z_3}{\partial z_2}\frac{\partial z_2}{\partial z_1}\frac{\partial z_1}{\partial b_1} = \frac{\partial l}{\partial \hat y}\frac{\partial \hat y}{\partial z_3}W_2\frac{\partial z_2}{\partial z_1}$$",
    ),
    (
        "T1.4.dldyhat",
        "right",
        r"$$\frac{\partial l}{\partial \hat y_i} = \frac{\partial}{\partial \hat y_i}\sum_k(\hat y_k-y_k)^2 = 2(\hat y_i-y_i)$$",
    ),
    (
        "T1.4.dyhatdz3",
        "right",
        r"$\hat y_i = z_{3,i}$, so $\frac{\partial \hat y_i}{\partial z_{3,j}} = \delta_{ij}$",
    ),
    (
        "T2.4",
        "right",
        r"As $c \to \infty$ every term goes to $\log 1 = 0$; the infimum is 0 and it is never attained.",
    ),
    (
        "T2.2",
        "right",
        r"$y w^Tx>0$ for a correctly classified point and the denominator is positive, so the derivative is negative.",
    ),
    (
        "Q1.w",
        "right",
        r"$w_j = \log\frac{\theta_{j1}}{1-\theta_{j1}} - \log\frac{\theta_{j0}}{1-\theta_{j0}}$",
    ),
    ("T1.2.z1", "right", r"$z_1 = \text{Linear}_1(x) = W^{(1)}x + b^{(1)}$"),
    ("T1.2.z2", "right", r"Input: $z_1 = W_1x+b_1$. Output: $z_2 = 5\cdot\text{ReLU}(W_1x+b_1)$"),
    ("T1.2.z3", "right", r"$z_3 = W^{(2)}z_2 + b^{(2)}$ where $z_2 = 5\,\mathrm{ReLU}(W^{(1)}x + b^{(1)})$"),
    ("T1.2.yhat", "right", r"Since $g$ is the identity, $\hat y = z_3$."),
    ("T1.2.yhat", "right", r"$\hat{y} = g(z_3) = z_3 = 5W^{(2)}(W^{(1)}x+b^{(1)})^+ + b^{(2)}$"),
    (
        "T1.3.dW2",
        "right",
        r"By the chain rule, \begin{align*}\frac{\partial l}{\partial W^{(2)}} &= \frac{\partial l}{\partial \hat{y}}\frac{\partial \hat{y}}{\partial z_3}\frac{\partial z_3}{\partial W^{(2)}}\\ &= \left(\frac{\partial l}{\partial \hat{y}}\frac{\partial \hat{y}}{\partial z_3}\right)^\top z_2^\top\end{align*}",
    ),
    (
        "T1.3.db2",
        "right",
        r"$$\frac{\partial \ell}{\partial b^{(2)}} = \frac{\partial \ell}{\partial \hat y}\frac{\partial \hat y}{\partial z_3}\frac{\partial z_3}{\partial b^{(2)}} = \frac{\partial \ell}{\partial \hat y}\frac{\partial \hat y}{\partial z_3}$$ because $\frac{\partial z_3}{\partial b^{(2)}} = I$.",
    ),
    (
        "T1.3.dW1",
        "right",
        r"$$\frac{\partial l}{\partial W^{(1)}} = \left(\frac{\partial l}{\partial \hat y}\frac{\partial \hat y}{\partial z_3}W^{(2)}\frac{\partial z_2}{\partial z_1}\right)^T x^T$$",
    ),
    (
        "T1.4.dldyhat",
        "right",
        r"$l = \|\hat y - y\|^2 = \sum_i (\hat y_i - y_i)^2$, therefore $\frac{\partial l}{\partial \hat y} = 2(\hat y - y)^T$",
    ),
    ("T1.4.dldyhat", "right", r"$\left(\frac{\partial l}{\partial \hat{y}}\right)_i = 2(\hat y_i - y_i)$"),
    (
        "T1.4.dldyhat",
        "wrong",
        r"$l = \|\hat y - y\|^2$, therefore $\frac{\partial l}{\partial \hat y} = (\hat y - y)^T$",
    ),
    (
        "T1.4.dz2dz1",
        "right",
        r"$$\left(\frac{\partial z_2}{\partial z_1}\right)_{ij} = \begin{cases}5 & i=j \text{ and } z_{1,i}>0\\ 0 & \text{otherwise}\end{cases}$$",
    ),
    ("T1.4.dyhatdz3", "right", r"As $\hat y = z_3$ the Jacobian is the identity matrix $I_K$."),
    (
        "T2.1",
        "right",
        r"Let $m = y w\cdot x$. Then $\frac{d}{dc}\log(1+e^{-cm}) = \frac{-m e^{-cm}}{1+e^{-cm}} = \frac{-m}{1+e^{cm}}$",
    ),
    (
        "T2.1",
        "wrong",
        r"Let $m = y w\cdot x$. Then $\frac{d}{dc}\log(1+e^{-cm}) = \frac{m e^{-cm}}{1+e^{-cm}} = \frac{m}{1+e^{cm}}$",
    ),
    (
        "T2.2",
        "right",
        r"Negative, because $y w\cdot x > 0$ for a correctly classified point, so the derivative is $< 0$.",
    ),
    ("T2.3", "right", r"No, there is no finite minimiser: scaling $w$ always decreases the loss."),
    ("T2.3", "right", r"It does not have a finite minimizer since the derivative is always negative."),
    ("T2.4", "right", r"$\lim_{c\to\infty} L(cw) = 0$, so the infimum is $0$ (not attained)."),
    ("A.1", "right", r"$0.1\cdot 1 + 0.2\cdot 1 + 0.3\cdot 1 = 0.6$"),
    (
        "A.3.distance",
        "right",
        r"The distance from a point $p$ to the plane is $\frac{|g(p)|}{\|b\|}$; for the origin: $\frac{|b_0|}{\sqrt{b_1^2+b_2^2}}$",
    ),
    (
        "A.7",
        "right",
        r"$\log\frac{p}{1-p} = \theta^Tx \implies \frac{p}{1-p} = e^{\theta^T x} \implies p = \frac{e^{\theta^T x}}{1+e^{\theta^T x}} = \frac{1}{1+e^{-\theta^Tx}}$",
    ),
    (
        "A.8a",
        "right",
        r"$\frac{d}{dz}\frac{1}{1+e^{-z}} = \frac{e^{-z}}{(1+e^{-z})^2} = \sigma(z)(1-\sigma(z))$",
    ),
    ("A.8b", "right", r"$\frac{d}{dz}\log\sigma(z) = \frac{\sigma'(z)}{\sigma(z)} = 1-\sigma(z)$"),
    (
        "A.13",
        "right",
        r"The likelihood is $\prod_{i} h_i^{y_i}(1-h_i)^{1-y_i}$ and so the log-likelihood is $\sum_{i=1}^m y_i\log h_i + (1-y_i)\log(1-h_i)$.",
    ),
    ("A.14.grad", "right", r"$\nabla_\theta = \sum_{i=1}^m \left(h(x^{(i)}) - y^{(i)}\right)x^{(i)}$"),
    (
        "A.14.update",
        "right",
        r"Gradient descent: $\theta^{(t+1)} = \theta^{(t)} - \alpha\sum_{i=1}^{m}(h_\theta(x^{(i)})-y^{(i)})x^{(i)}$",
    ),
    ("A.15", "right", r"one for each pair of classes, i.e. $\binom{k}{2} = \frac{k(k-1)}{2}$"),
    (
        "B.4.v",
        "right",
        r"$\frac{\partial E}{\partial v} = \frac{\partial E}{\partial \hat y}\frac{\partial \hat y}{\partial v} = (\hat y - y) z$",
    ),
    (
        "B.4.w",
        "right",
        r"$\frac{\partial E}{\partial w_l} = \frac{\partial E}{\partial \hat y}\frac{\partial \hat y}{\partial z_l}\frac{\partial z_l}{\partial w_l} = (\hat y - y)\, v_l\, z_l(1-z_l)\,x$",
    ),
    (
        "B.5.w",
        "right",
        r"$$\frac{\partial E}{\partial w_l} = \sum_{j=1}^k \frac{\partial E}{\partial \hat y_j}\frac{\partial \hat y_j}{\partial z_l}\frac{\partial z_l}{\partial w_l} = \left[\sum_{j=1}^k (\hat y_j - y_j)v_{jl}\right]z_l(1-z_l)x$$",
    ),
    (
        "B.6.v",
        "right",
        r"Sigmoid and cross-entropy together give $\frac{\partial E}{\partial \hat{y}}\hat y(1-\hat y) = \hat y - y$, so $\frac{\partial E}{\partial v} = (\hat y - y)z$.",
    ),
    (
        "C.13a",
        "right",
        r"$f = (2x+3y)^2$. $f_x = 2(2x+3y)\cdot 2 = 8x+12y$, $f_y = 2(2x+3y)\cdot 3 = 12x+18y$. So $\nabla f = (8x+12y, 12x+18y)$.",
    ),
    (
        "C.10",
        "right",
        r"$F(G(x,y)) = (3(x-5y)xy, xy - x + y) = (3x^2y - 15xy^2, xy-x+y)$. The Jacobian is $$\begin{pmatrix}6xy-15y^2 & 3x^2-30xy\\ y-1 & x+1\end{pmatrix}$$",
    ),
    ("C.6", "right", r"The derivative of a scalar by a vector is a vector, hence rank 1."),
    ("C.8", "right", r"2 (it is a matrix)"),
    (
        "Q1.b",
        "right",
        r"\begin{align}b &= \log\frac{P(y=1)}{P(y=0)} + \sum_j \log\frac{1-\theta_{j1}}{1-\theta_{j0}}\end{align}",
    ),
    (
        "P3.2b",
        "right",
        r"$\frac{\partial L}{\partial W_2^h} = \frac{\partial L}{\partial a_2}\frac{\partial a_2}{\partial W_2^h} = (\hat y - y)z_1^h$",
    ),
    (
        "P3.2d",
        "right",
        r"$$\frac{\partial L}{\partial W_1^{h,m}} = \frac{\partial L}{\partial a_2}\frac{\partial a_2}{\partial z_1^h}\frac{\partial z_1^h}{\partial a_1^h}\frac{\partial a_1^h}{\partial W_1^{h,m}} = (\hat{y}-y)W_2^h z_1^h(1-z_1^h)x_m$$",
    ),
    (
        "P2.1",
        "right",
        r"$$p(w|X,y)\propto p(y|X,w)p(w) \propto \exp\left(-\frac{1}{2\sigma^2}\|y-Xw\|_2^2\right)\exp\left(-\frac{1}{\tau}\|w-\mu\|_1\right)$$",
    ),
    (
        "P2.1",
        "right",
        r"$y|X,w\sim\mathcal N(Xw,\sigma^2I)$ so $$p(w|X,y)\propto \mathcal{N}(y; Xw, \sigma^2 I)\, \exp\left(-\frac{\|w-\mu\|_1}{\tau}\right)$$",
    ),
    (
        "P2.2.lambda",
        "right",
        r"Multiplying the objective by $2\sigma^2$ gives $\|Xw-y\|_2^2 + \frac{2\sigma^2}{\tau}\|w-\mu\|_1$, so $\lambda = \frac{2\sigma^2}{\tau}$.",
    ),
    (
        "P1.4",
        "right",
        r"$\frac{\mu_{MAP}}{\mu_{MLE}} = \frac{n\tau^2}{n\tau^2+\sigma^2} \to 1$ as $n\to\infty$",
    ),
    (
        "P1.2e.limit",
        "right",
        r"$\lim_{n\to\infty}\left(\frac{n}{\sigma^2}+\frac{1}{\tau^2}\right)^{-1}+\sigma^2 = 0 + \sigma^2 = \sigma^2$",
    ),
    ("A.18a", "right", r"$s_j(\mathbf 1[i=j]-s_i)x$ where $s=\mathrm{softmax}(\Theta^\top x)$"),
    ("A.18a", "wrong", r"$s_j(\mathbf 1[i=j]-s_j)x$ where $s=\mathrm{softmax}(\Theta^\top x)$"),
    (  # which of the three it is a person says
        "A.18a",
        "unreadable",
        r"For $i=j$ it is $s_j(1-s_j)x$ and for $i\neq j$ it is $-s_i s_j x$, together $s_j(\delta_{ij}-s_i)x$ with $s_j$ the softmax.",
    ),
    ("A.18a", "wrong", r"For $i=j$ it is $s_j(1-s_j)x$ and for $i\neq j$ it is $s_i s_j x$."),
    ("A.19", "right", r"$-\sum_i\sum_j 1(y_i=j)\log s_{ij}$ with $s_i=\mathrm{softmax}(\Theta^T x_i)$"),
    ("A.19", "wrong", r"$\sum_i\sum_j 1(y_i=j)\log s_{ij}$ with $s_i=\mathrm{softmax}(\Theta^T x_i)$"),
    (
        "P1.1.mean",
        "right",
        r"The posterior mean is the average of the prior mean $0$ and the data mean: $$\mu_n=\frac{n\tau^2}{n\tau^2+\sigma^2}\,\bar x$$ We had $q=1$.",
    ),
]


@pytest.mark.parametrize(("label", "outcome", "text"), WRITTEN)
def test_answers_in_the_words_of_a_write_up(label: str, outcome: str, text: str) -> None:
    """What stands before the answer, and the reasons behind it, change nothing."""
    assert judge(text, spec_of(label), label=label).outcome == outcome
