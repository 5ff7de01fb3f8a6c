"""Answers as they stand in write-ups: steps, definitions, wrappings, code; and the reasons that wrong ones get."""

from __future__ import annotations

import pytest

from grader.answers import judge

from .harness import ASSIGNMENTS, specs

READ = [
    ("P3.2c", r"\delta_2=\hat y-y\\ \delta_1=\delta_2W_2^T\odot z_1\odot(1-z_1)\\ \frac{\partial L}{\partial b_1}=\delta_1", "right"),
    ("P3.2c", r"\delta_2=\hat y-y\\ \delta_1=\delta_2W_2^T\odot z_1\\ \frac{\partial L}{\partial b_1}=\delta_1", "wrong"),
    ("P3.2c", r"\delta=\hat y-y,\quad\frac{\partial L}{\partial b_1^h}=\delta W_2^hz_1^h(1-z_1^h)", "right"),
    ("P3.2a", r"\frac{\partial L}{\partial b_2}=\hat y-y,\quad\frac{\partial L}{\partial W_2}=(\hat y-y)z_1^T", "right"),
    ("T1.3.dW1", r"\delta_2=2(\hat y-y)\\ \delta_1=W_2^T\delta_2\\ \frac{\partial\ell}{\partial W_1}=\delta_1x^T", "wrong"),
    ("A.14.grad", r"r=h-y\\ \nabla E=X^Tr", "right"),
    ("B.5.w", r"\left(\sum_j\delta_jv_{jl}\right)z_l(1-z_l)x,\quad\delta_j=\hat y_j-y_j", "right"),
    ("A.3.distance", r"\frac{b_0}{\|b\|},\ b=(b_1,b_2)", "right"),
    ("P1.1.var", "precision = n/sigma^2 + 1/tau^2, so variance = 1/(n/sigma^2 + 1/tau^2)", "right"),
    ("A.7", r"\frac{p}{1-p}=e^{\theta^Tx}\implies p=\frac{e^{\theta^Tx}}{1+e^{\theta^Tx}}", "right"),
    ("P1.2b", "```latex\n\\frac{n\\tau^2\\bar x}{n\\tau^2+\\sigma^2}\n```", "right"),
    ("C.5.add", r"\begin{equation}\frac{\partial}{\partial a}=1,\ \frac{\partial}{\partial b}=1 \tag{3}\end{equation}", "right"),
    ("C.5.add", r"\frac{\partial}{\partial a}=\frac{\partial}{\partial b}=1", "right"),
    ("C.12.loss", "63.095 + 119.746 + 98.859 = 281.70", "right"),
    ("C.12.yhat", r"\hat y^{(1)}=0.0567 \\ \hat y^{(2)}=0.0571 \\ \hat y^{(3)}=0.0572", "right"),
    ("C.12.yhat", "(0,0567; 0,0571; 0,0572)", "right"),
    ("A.4.normal", r"\frac{1}{\sqrt{13}}(2,3)\approx(0.55,0.83)", "right"),
    ("A.4.normal", "(0.55, 0.83)", "wrong"),
    ("P2.1", r"\mathcal N(y;Xw,\sigma^2I)\prod_j\mathrm{Laplace}(w_j\mid\mu_j,\tau)", "right"),
    ("P2.1", r"\mathcal N(y;Xw,\sigma^2I)\,\mathcal N(w;\mu,\tau^2I)", "wrong"),
    ("P3.2b", r"(\hat y-y)z_1^m", "wrong"),
    ("P1.2a", r"\frac1n\mathbf 1^\top x", "right"),
    ("P1.2a", r"2\cdot\frac1n\mathbf 1^\top x", "wrong"),
    ("T1.3.dW1", "np.outer(W2.T @ (2*(yhat-y)) * 5*(z1>0), x)", "right"),
    ("T1.4.dyhatdz3", "I think it is 1", "wrong"),
    ("T1.4.dz2dz1", r"\mathrm{diag}(5\cdot\mathbb 1(z_{1,i}>0))", "right"),
    ("A.18a", r"i=j:\ p_i(1-p_i)x;\quad i\ne j:\ -p_ip_jx", "right"),
    ("A.20.grad", r"\left((P-Y)^TX\right)_j", "right"),
    ("B.4.v", r"\hat yz-yz", "right"),
    ("C.13b", r"\begin{pmatrix}2&3\\2&16\end{pmatrix}", "wrong"),
    ("P1.2e.compare", "$>$ because it adds the uncertainty of mu", "right"),
]  # fmt: skip


@pytest.mark.parametrize(("label", "text", "outcome"), READ)
def test_write_ups_are_judged_by_what_they_say_of_what_is_asked(label: str, text: str, outcome: str) -> None:
    """Steps are not judged as the answer, names mean what the answer defines them to be, wrappings and dialects change nothing."""
    page = next(page for page in ASSIGNMENTS if label in specs(page))
    judgement = judge(text, specs(page)[label], label=label)
    assert judgement.outcome == outcome, judgement.message


REASONS = [
    ("P3.2c", r"(\hat y-y)W_{2,h}z_{1,h}(1+z_{1,h})", "the sign of one term is the other way round."),
    ("P1.1.var", r"\frac{n\sigma^2\tau^2}{\sigma^2+n\tau^2}", "a factor is too many."),
    ("B.4.w", r"(\hat y-y)v_lz_lx", "a factor is missing."),
    ("P1.1.mean", r"\frac{n\tau^2\bar x^2}{\sigma^2+n\tau^2}", "a power is too many."),
    ("T1.2.z1", r"W_1x+b_1+b_1", "a term is too many."),
    ("A.14.update", r"\theta-\alpha(h_i-y_i)x_i", "the sum is missing."),
    ("C.12.dv", "(-57.66,-30.39,-30.14,-31.04)", "one of the four numbers is wrong."),
    ("C.12.dv", "(-30.39,-30.14,-30.04)", "four numbers are asked, three came."),
    ("A.4.distance", "0.28", "right to two digits; three are asked."),
    ("P3.1.W1", "N x N x N", "these are not the sizes that are asked."),
    ("C.7", "1", "`1` is not the right choice."),
]  # fmt: skip


@pytest.mark.parametrize(("label", "text", "says"), REASONS)
def test_a_wrong_answer_gets_the_reason_that_explains_it(label: str, text: str, says: str) -> None:
    """Where one small change makes a wrong answer right in every world, the message says which."""
    page = next(page for page in ASSIGNMENTS if label in specs(page))
    judgement = judge(text, specs(page)[label], label=label)
    assert judgement.outcome == "wrong"
    assert says in judgement.message
