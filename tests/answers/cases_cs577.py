"""Answers of cs577-a2 in many styles, and near misses."""

from __future__ import annotations

Z = "[[.522485,.519989,.517493],[.529964,.524979,.519989],[.527472,.522485,.524979]]"
BV: list[object] = [
    r"(\hat y - y) z",
    r"(\hat{y}-y)\mathbf{z}",
    "(yhat - y) * z",
    r"\frac{\partial E}{\partial v} = (\hat y - y)z",
    r"\sum_i (\hat y_i - y_i) z_i",
    r"-(y-\hat y)z",
    r"z(\hat y - y)",
    r"\frac{\partial E}{\partial v_l} = (\hat y - y) z_l_unused",
]
BV = [*BV[:-1], r"(\hat y - y) z^T", r"\sum_{i=1}^n (\hat y^{(i)} - y^{(i)}) z^{(i)}"]
BW: list[object] = [
    r"(\hat y - y) v_l z_l (1-z_l) x",
    "(yhat-y)*v_l*z_l*(1-z_l)*x",
    r"\frac{\partial E}{\partial w_l} = (\hat y-y)\,v_l\,z_l(1-z_l)\,\mathbf{x}",
    r"x (\hat y-y) v_l (z_l - z_l^2)",
    r"\sum_{i=1}^n (\hat y_i - y_i) v_l z_{il}(1-z_{il}) x_i",
    r"-(y - \hat y) v_l z_l (1-z_l) x^T",
]
BVJ: list[object] = [
    r"(\hat y_j - y_j) z",
    "(yhat_j - y_j) z",
    r"\frac{\partial E}{\partial v_j} = (\hat{y}_j - y_j)\,z",
    r"(\hat y - y) z^T",
    r"\sum_i (\hat y_{ij} - y_{ij}) z_i",
    r"-(y_j-\hat y_j)z",
]
BWJ: list[object] = [
    r"\sum_j (\hat y_j-y_j) v_{jl} z_l(1-z_l) x",
    r"z_l(1-z_l) x \sum_{j=1}^k (\hat y_j-y_j)v_{jl}",
    r"\left(\sum_{j} (\hat y_j - y_j) v_{j,l}\right) z_l (1-z_l)\, x",
    r"\sum_{i}\sum_{j} (\hat y_{ij}-y_{ij})v_{jl}z_{il}(1-z_{il})x_i",
    "sum_j (yhat_j - y_j) v_jl z_l (1 - z_l) x",
    r"\sum_{j=1}^K (\hat y_j-y_j) v_{lj} z_l(1-z_l) x",
]
BV_WRONG: list[tuple[object, str]] = [
    (r"(\hat y-y)^2 z", "squared-residual"),
    (r"(y-\hat y)z", "sign-flipped"),
    (r"(\hat y-y)\hat y(1-\hat y)z", "loss-derivative-missing"),
    (r"(\hat y - y)x", "wrong-index"),
    (r"(\hat y-y)", "summed-to-scalar"),
    (r"2(\hat y-y)z", "factor-two"),
    (r"(\hat y-y)v", ""),
]
BW_WRONG: list[tuple[object, str]] = [
    (r"(\hat y-y)^2 v_l z_l(1-z_l)x", "squared-residual"),
    (r"(y-\hat y)v_lz_l(1-z_l)x", "sign-flipped"),
    (r"(\hat y-y)v_l x", "activation-derivative-missing"),
    (r"(\hat y-y)z_l(1-z_l)x", "upstream-ignored"),
    (r"(\hat y-y)v_lz_l(1-z_l)", "summed-to-scalar"),
    (r"(\hat y-y)v_l z_l(1-z_l)z", ""),
]
BVJ_WRONG: list[tuple[object, str]] = [
    (r"(\hat y_j-y_j)^2 z", "squared-residual"),
    (r"(y_j-\hat y_j)z", "sign-flipped"),
    (r"(\hat y_j-y_j)\hat y_j(1-\hat y_j)z", "loss-derivative-missing"),
    (r"\sum_j(\hat y_j-y_j)z", "not-summed"),
    (r"\hat y_j-y_j", "summed-to-scalar"),
]
BWJ_WRONG: list[tuple[object, str]] = [
    (r"\sum_j(\hat y_j-y_j)^2 v_{jl}z_l(1-z_l)x", "squared-residual"),
    (r"\sum_j(y_j-\hat y_j) v_{jl}z_l(1-z_l)x", "sign-flipped"),
    (r"\sum_j(\hat y_j-y_j) v_{jl}x", "activation-derivative-missing"),
    (r"\sum_j(\hat y_j-y_j)z_l(1-z_l)x", "upstream-ignored"),
    (r"\sum_j(\hat y_j-y_j) v_{jl}z_l(1-z_l)", "summed-to-scalar"),
]

RIGHT: dict[str, list[object]] = {
    "A.1": [0.6, "0.6", ".6", "3/5", r"\frac{3}{5}", "0.60", "The output is 0.6", r"0.1 + 0.2\cdot 1 + 0.3 \cdot 1 = 0.6", "60%", r"6\times10^{-1}", "0.1+0.2+0.3", r"\approx 0.6"],
    "A.3.distance": [r"\frac{b_0}{\sqrt{b_1^2+b_2^2}}", r"\frac{|b_0|}{\sqrt{b_1^2+b_2^2}}", "b0/sqrt(b1^2+b2^2)", r"b_0 (b_1^2+b_2^2)^{-1/2}", r"d = \frac{b_0}{\|(b_1,b_2)\|}", "b0 / (b1**2 + b2**2)**0.5", r"\frac{b_0}{\left\lVert [b_1, b_2] \right\rVert_2}"],
    "A.3.normal": ["(b1, b2)", r"\begin{pmatrix}b_1\\b_2\end{pmatrix}", "[b_1, b_2]^T", r"\frac{(b_1,b_2)}{\sqrt{b_1^2+b_2^2}}", r"(-b_1,-b_2)", ["b1", "b2"], r"\vec n = [b_1\ b_2]_unused"][:-1],
    "A.4.normal": [r"\frac{1}{\sqrt{13}}(2,3)", "(2/sqrt(13), 3/sqrt(13))", r"\begin{bmatrix}\frac{2}{\sqrt{13}}\\\frac{3}{\sqrt{13}}\end{bmatrix}", "[0.5547, 0.8321]", [0.555, 0.832], r"(2,3)/\sqrt{13}", r"-\frac{1}{\sqrt{13}}\begin{pmatrix}2\\3\end{pmatrix}", r"\pm(2,3)/\sqrt{13}"],
    "A.4.distance": [r"\frac{1}{\sqrt{13}}", "1/sqrt(13)", 0.277, "0.2774", r"\frac{1}{\sqrt{13}} \approx 0.277", r"\frac{\sqrt{13}}{13}", "13^{-1/2}", r"\frac{1}{\sqrt{2^2+3^2}}"],
    "A.5": ["(1, x_1, ..., x_n)", r"[1, x_1, x_2, \dots, x_n]^T", r"\begin{bmatrix}1\\x_1\\\vdots\\x_n\end{bmatrix}", "(x_1,...,x_n,1)", r"(x_0, x_1, \ldots, x_n), x_0 = 1", r"\begin{pmatrix}1\\x\end{pmatrix}", r"x = (1, x_1, \dots, x_n)", r"(x_0,x_1,\dots,x_n)^T \text{ where } x_0=1"],
    "A.7": [r"\frac{1}{1+e^{-\theta^Tx}}", r"\sigma(\theta^\top x)", "1/(1+exp(-theta.x))".replace(".", "@"), r"P(y=1|x) = \frac{e^{\theta\cdot x}}{1+e^{\theta\cdot x}}", r"\frac{1}{1+\exp(-\theta\cdot x)}", r"1 - \frac{1}{1+e^{\theta^T x}}", r"\frac{1}{1+e^{-x^T\theta}}", r"\frac{1}{1+\exp\{-\sum_{j}\theta_jx_j\}}", r"\left(1+e^{-\theta^{T}x}\right)^{-1}", r"p(y=1\mid x;\theta) = \sigma(\theta^T x)"],
    "A.8a": [r"\sigma(z)(1-\sigma(z))", "s(z)(1-s(z))", r"\frac{e^{-z}}{(1+e^{-z})^2}", r"\sigma(z)\sigma(-z)", r"\sigma'(z) = \sigma(z)(1-\sigma(z))", "σ(z)·(1−σ(z))", r"\sigma(z) - \sigma^2(z)", r"\frac{1}{1+e^{-z}}\left(1-\frac{1}{1+e^{-z}}\right)", r"\text{sigmoid}(z)(1-\text{sigmoid}(z))", r"\frac{d\sigma(z)}{dz} = \sigma(z) - \sigma(z)^2", r"\frac{1}{2+e^z+e^{-z}}"],
    "A.8b": [r"1-\sigma(z)", "1 - s(z)", r"\sigma(-z)", r"\frac{1}{1+e^z}", r"\frac{d}{dz}\log\sigma(z) = \frac{1}{\sigma(z)}\sigma(z)(1-\sigma(z)) = 1-\sigma(z)", r"\frac{e^{-z}}{1+e^{-z}}"],
    "A.13": [
        r"\sum_i (y_i\log h_i + (1-y_i)\log(1-h_i))", r"\sum_{i=1}^m y_i \log h_i + (1-y_i)\log(1-h_i)", r"\ell(\theta) = \sum_{i=1}^{n}\left[y_i\ln h_i+(1-y_i)\ln(1-h_i)\right]", r"\sum_i y_i\log\sigma(\theta^Tx_i)+(1-y_i)\log(1-\sigma(\theta^Tx_i))",
        r"\log\prod_i h_i^{y_i}(1-h_i)^{1-y_i}", "sum_i (y_i*log(h_i) + (1-y_i)*log(1-h_i))", r"\sum_{i=1}^N y^{(i)} \log h_\theta(x^{(i)}) + (1-y^{(i)}) \log(1-h_\theta(x^{(i)}))", r"\sum_i \left( y_i \theta^T x_i - \log(1+e^{\theta^Tx_i})\right)", r"\sum_{i} y_{i} \log \hat{y}_{i}+\left(1-y_{i}\right) \log \left(1-\hat{y}_{i}\right)",
    ],
    "A.14.grad": [r"\sum_i (h_i-y_i)x_i", r"X^T(h-y)", r"\nabla_\theta E = \sum_{i=1}^m (\sigma(\theta^Tx_i)-y_i)x_i", r"-\sum_i (y_i-h_i)x_i", "sum_i (h_i - y_i) x_i", r"X^\top(\sigma(X\theta)-y)", r"\sum_i x_i(h_\theta(x_i) - y_i)", r"\sum_{i=1}^m \left(h(x_i) - y_i\right) x_i"],
    "A.14.update": [r"\theta - \alpha\sum_i(h_i-y_i)x_i", r"\theta \leftarrow \theta - \alpha \sum_{i=1}^m (h_i-y_i)x_i", r"\theta := \theta + \alpha\sum_i(y_i-h_i)x_i", r"\theta^{(t+1)} = \theta^{(t)} - \alpha X^T(h-y)", r"\theta_{t+1} = \theta_t - \eta\sum_i(h_i-y_i)x_i", "theta = theta - alpha*sum_i (h_i - y_i)*x_i", r"\theta_{new} = \theta_{old} - \alpha\sum_i(h_i-y_i)x_i", "theta -= alpha * sum_i (h_i - y_i) x_i"],
    "A.15": [r"\frac{k(k-1)}{2}", "k(k-1)/2", r"\binom{k}{2}", "k*(k-1)/2", r"\frac{k^2-k}{2}", r"{k \choose 2}_unused"][:-1],
    "A.18a": [r"softmax_j(\delta_{ij}-softmax_i)x", r"\text{softmax}_j(\delta_{ij}-\text{softmax}_i)x", r"\begin{cases} \text{softmax}_j(1-\text{softmax}_j)x & i=j\\ -\text{softmax}_j\text{softmax}_i x & i\neq j\end{cases}", r"s_j(\delta_{ij}-s_i)x", r"\operatorname{softmax}_j(x)\left(\mathbb{1}(i=j)-\operatorname{softmax}_i(x)\right)x", r"\hat y_j(1\{i=j\}-\hat y_i)x", r"p_j \delta_{ij} x - p_jp_i x"],
    "A.18b": [r"(\delta_{ij}-softmax_i)x", r"(\mathbb{1}(i=j)-\mathrm{softmax}_i)\,x", r"(\delta_{ij} - p_i)x", r"([i=j]-\operatorname{softmax}_i(x))x", r"\delta_{ij}x - \frac{e^{\theta_i^Tx}}{\sum_l e^{\theta_l^Tx}}x", r"\left(I(i=j) - \text{softmax}_i(\theta^T x)\right)x_unused"][:-1],
    "A.19": [
        r"-\sum_i\sum_j 1(y_i=j)\log softmax_j(x_i)", r"-\sum_{i=1}^m\sum_{j=1}^k \mathbb{1}(y_i=j)\log\text{softmax}_j(x_i)", r"-\sum_{i=1}^{m} \sum_{j=1}^{k} \mathbb{1}\{y_i=j\} \log \frac{e^{\theta_j^T x_i}}{\sum_{l=1}^k e^{\theta_l^Tx_i}}", r"-\sum_i \log softmax_{y_i}(x_i)", r"-\sum_{i,j} [y_i=j]\log p_{ij}", r"-\sum_i\sum_j y_{ij}\log\hat y_{ij}", r"\sum_{i=1}^m \left(\log\sum_j e^{\theta_j\cdot x_i} - \theta_{y_i}\cdot x_i\right)", r"-\sum_{i=1}^m \sum_{j=1}^k \mathbf{1}_{\{y_i = j\}} \log \operatorname{softmax}_j(x_i)",
    ],
    "A.20.grad": [r"\sum_i(softmax_j(x_i)-1(y_i=j))x_i", r"\sum_{i=1}^m\left(\text{softmax}_j(x_i)-\mathbb{1}(y_i=j)\right)x_i", r"-\sum_i(\mathbb{1}\{y_i=j\}-p_{ij})x_i", r"\sum_i(\hat y_{ij}-y_{ij})x_i", r"\sum_{i} (p_{ij} - [y_i = j]) x_i", r"\nabla_{\theta_j}L = \sum_i (\operatorname{softmax}_j(x_i)-I(y_i=j))\,x_i"],
    "A.20.update": [r"\theta_j-\alpha\sum_i(softmax_j(x_i)-1(y_i=j))x_i", r"\theta_j \leftarrow \theta_j - \alpha\sum_{i=1}^m(\text{softmax}_j(x_i)-\mathbb{1}(y_i=j))x_i", r"\theta_j := \theta_j + \alpha\sum_i(\mathbb{1}(y_i=j)-p_{ij})x_i", r"\theta_j^{(t+1)} = \theta_j^{(t)} - \eta\sum_i(p_{ij}-1(y_i=j))x_i", r"\theta_j = \theta_j - \alpha \sum_i (\hat y_{ij} - y_{ij}) x_i"],
    "B.4.v": BV, "B.4.w": BW, "B.6.v": BV, "B.6.w": BW, "B.5.v": BVJ, "B.5.w": BWJ, "B.7.v": BVJ, "B.7.w": BWJ,
    "C.5.add_const": [1, "1", "1.0", r"\frac{\partial}{\partial a}(a+c) = 1", "$1$"],
    "C.5.add": ["(1, 1)", [1, 1], "[1, 1]", r"\begin{pmatrix}1\\1\end{pmatrix}", "(1,1)"],
    "C.5.mul_const": ["c", r"$c$", r"\frac{\partial (ac)}{\partial a} = c", "1*c", "c^1"],
    "C.5.mul": ["(b, a)", "[b, a]", ["b", "a"], r"\begin{bmatrix} b & a \end{bmatrix}", "(b,a)^T"],
    "C.5.max": ["(1, 0)", [1, 0], "[1,0]", r"\begin{pmatrix}1\\0\end{pmatrix}", "(1.0, 0.0)"],
    "C.5.min": ["(0, 1)", [0, 1], "[0,1]", r"\begin{pmatrix}0\\1\end{pmatrix}", "(0.0, 1.0)"],
    "C.6": [1, "1", "rank 1", "vector", "1.0"], "C.7": [2, "2", "matrix", "rank 2", "two"], "C.8": [2, "2", "a matrix", "rank 2", "$2$"],
    "C.10": ["[[6xy-15y^2, 3x^2-30xy],[y-1,x+1]]", r"\begin{pmatrix}6xy-15y^2 & 3x^2-30xy\\ y-1 & x+1\end{pmatrix}", r"J = \begin{bmatrix}3y(2x-5y) & 3x(x-10y)\\y-1&1+x\end{bmatrix}", "[[6*x*y - 15*y**2, 3*x**2 - 30*x*y], [y - 1, x + 1]]", [["6xy-15y^2", "3x^2-30xy"], ["y-1", "x+1"]],
             r"\left[\begin{array}{cc} 6xy - 15y^2 & 3x^2-30xy \\ y-1 & x+1 \end{array}\right]"],
    "C.12.z": [Z, [[0.522, 0.520, 0.517], [0.530, 0.525, 0.520], [0.527, 0.522, 0.525]], r"\begin{bmatrix}.5225&.5200&.5175\\.5300&.5250&.5200\\.5275&.5225&.5250\end{bmatrix}", "[[.522485,.529964,.527472],[.519989,.524979,.522485],[.517493,.519989,.524979]]", "(.522485,.519989,.517493), (.529964,.524979,.519989), (.527472,.522485,.524979)"],
    "C.12.yhat": [[0.056749, 0.057148, 0.057223], "(0.0567, 0.0571, 0.0572)", ".056749, .057148, .057223", r"\hat y = (5.67\times10^{-2}, 5.71\times10^{-2}, 5.72\times 10^{-2})", "[0.05675, 0.05715, 0.05722]"],
    "C.12.loss": [[63.09524, 119.746, 98.85881], "63.1, 119.7, 98.86", "[63.095, 120, 98.9]", "(63.1, 120, 98.9, 282)", r"[63.0952, 119.7460, 98.8588, 281.7000]"],
    "C.12.dv": ["(-57.6578, -30.3882, -30.1403, -30.0410)", [-57.7, -30.4, -30.1, -30.0], r"\begin{pmatrix}-57.66\\-30.39\\-30.14\\-30.04\end{pmatrix}", "[-57.658,-30.388,-30.140,-30.041]", "-57.66, -30.39, -30.14, -30.04"],
    "C.12.dw": [[[-0.2874, -0.3866, -0.6839], [-0.4315, -0.5804, -1.0268], [-0.5755, -0.7739, -1.3696]], "[[-.287,-.387,-.684],[-.432,-.580,-1.03],[-.576,-.774,-1.37]]", "[[-.2874,-.4315,-.5755],[-.3866,-.5804,-.7739],[-.6839,-1.0268,-1.3696]]", "(-.2874,-.3866,-.6839), (-.4315,-.5804,-1.0268), (-.5755,-.7739,-1.3696)", r"\begin{bmatrix}-0.2874&-0.3866&-0.6839\\-0.4315&-0.5804&-1.0268\\-0.5755&-0.7739&-1.3696\end{bmatrix}"],
    "C.13a": ["(8x+12y, 12x+18y)", r"\begin{pmatrix}4(2x+3y)\\6(2x+3y)\end{pmatrix}", "[8*x+12*y, 12*x+18*y]", r"\nabla f = (8x+12y,\ 12x+18y)^T", r"2(2x+3y)(2,3)", ["8x+12y", "12x+18y"]],
    "C.13b": ["[[2,2],[3,16]]", r"\begin{pmatrix}2&2\\3&16\end{pmatrix}", [[2, 2], [3, 16]], r"J(1,2) = \begin{bmatrix}2&2\\3&16\end{bmatrix}", "((2,2),(3,16))"],
    "C.13c": ["(12, 131)", [12, 131], "[12,131]", r"\begin{pmatrix}12\\131\end{pmatrix}", "(12, 131)^T"],
}  # fmt: skip

WRONG: dict[str, list[tuple[object, str]]] = {
    "A.1": [(0.5, ""), ("0.59", ""), ("6", ""), ("0.7", ""), (r"\sigma_"[:-1] and "-0.6", "sign-flipped")],
    "A.3.distance": [("b0", "scaled"), (r"\frac{b_0}{b_1^2+b_2^2}", "missing-root"), (r"\frac{b_0}{\sqrt{b_0^2+b_1^2+b_2^2}}", "wrong-index"), (r"\frac{b_0}{b_1+b_2}", ""), (r"\frac{b_0}{\sqrt{b_1+b_2}}", "")],
    "A.3.normal": [("(b2, b1)", "wrong-index"), ("(-b2, b1)", "tangent"), ("(b0, b1, b2)", "wrong-index"), ("(b0, b1)", ""), ("0", ""), ("(b1, -b2)", "")],
    "A.4.normal": [("(2, 3)", "scaled"), (r"(1,2,3)/\sqrt{14}", "wrong-index"), ("(2,3)/13", "missing-root"), (r"(3,2)/\sqrt{13}", ""), ("(0.55, 0.83)", ""), (r"(2,-3)/\sqrt{13}", "")],
    "A.4.distance": [("1", "scaled"), ("1/13", "missing-root"), (r"1/\sqrt{14}", "wrong-index"), ("0.28", ""), (r"\frac{1}{\sqrt{13}} = 0.3", ""), (r"\sqrt{13}", "")],
    "A.5": [("(x_1, ..., x_n)", "wrong-index"), ("(0, x_1, ..., x_n)", "wrong-index"), ("(1, x_1, x_2)", ""), ("(b, 1)_u"[:0] or "(2, x_1, ..., x_n)", ""), ("1", "")],
    "A.7": [(r"\frac{1}{1+e^{\theta^Tx}}", "sign-flipped"), (r"e^{\theta^Tx}", "odds"), (r"\theta^Tx", "probabilities-for-logits"), (r"\frac{e^{\theta^Tx}}{1-e^{\theta^Tx}}", ""), (r"\frac{1}{1-e^{-\theta^Tx}}", ""), (r"\log\frac{1}{1+e^{-\theta^Tx}}", "")],
    "A.8a": [(r"z(1-z)", "activation-derivative-at-output"), (r"1-\sigma(z)", "wrong-index"), (r"\sigma(z)(\sigma(z)-1)", "sign-flipped"), (r"\sigma(z)(1+\sigma(z))", ""), (r"1-\sigma(z)^2", "wrong-index"), (r"\sigma(z)", ""), (r"\sigma(z(1-z))", "")],
    "A.8b": [(r"\sigma(z)(1-\sigma(z))", "wrong-index"), (r"\sigma(z)", "wrong-index"), (r"\sigma(z)-1", "sign-flipped"), (r"\frac{1}{\sigma(z)}", "upstream-ignored"), (r"\frac{1}{1+e^{-z}}", "wrong-index")],
    "A.13": [(r"-\sum_i (y_i\log h_i+(1-y_i)\log(1-h_i))", "sign-flipped"), (r"\prod_i h_i^{y_i}(1-h_i)^{1-y_i}", "missing-log"), (r"\frac1m\sum_i(y_i\log h_i+(1-y_i)\log(1-h_i))", "batch-mean"), (r"\sum_i y_i\log h_i", "prior-ignored"), (r"\sum_i y_i\log h_i-(1-y_i)\log(1-h_i)", ""), (r"\sum_i (y_i\log h_i + (1-y_i)\log(1+h_i))", "")],
    "A.14.grad": [(r"\sum_i(y_i-h_i)x_i", "sign-flipped"), (r"\frac1m\sum_i(h_i-y_i)x_i", "batch-mean"), (r"\sum_i(h_i-y_i)^2x_i", "squared-residual"), (r"\sum_i(h_i-y_i)h_i(1-h_i)x_i", "loss-derivative-missing"), (r"\sum_i(h_i-y_i)", "summed-to-scalar"), (r"X(h-y)", "")],
    "A.14.update": [(r"\theta+\alpha\sum_i(h_i-y_i)x_i", "sign-flipped"), (r"\theta-\sum_i(h_i-y_i)x_i", "scaled"), (r"-\alpha\sum_i(h_i-y_i)x_i", "stale-state"), (r"\theta", ""), (r"\theta-\frac{\alpha}{m}\sum_i(h_i-y_i)x_i", "batch-mean")],
    "A.15": [("k(k-1)", "factor-two"), ("k", "off-by-one-layer"), ("k(k+1)/2", "wrong-index"), ("k^2/2", ""), ("2^k", "")],
    "A.18a": [(r"softmax_j(softmax_i-\delta_{ij})x", "sign-flipped"), (r"softmax_j(\delta_{ij}-softmax_j)x", "wrong-index"), (r"softmax_j(\delta_{ij}-softmax_i)", "upstream-ignored"), (r"(\delta_{ij}-softmax_i)x", "wrong-index"), (r"softmax_j(1-softmax_i)x", "wrong-index"), (r"softmax_j(1-softmax_j)x", "")],
    "A.18b": [(r"(softmax_i-\delta_{ij})x", "sign-flipped"), (r"(\delta_{ij}-softmax_j)x", "wrong-index"), (r"\delta_{ij}-softmax_i", "upstream-ignored"), (r"(1-softmax_i)x", "wrong-index"), (r"softmax_j(\delta_{ij}-softmax_i)x", "")],
    "A.19": [(r"\sum_i\sum_j 1(y_i=j)\log softmax_j(x_i)", "sign-flipped"), (r"-\frac1m\sum_i\sum_j 1(y_i=j)\log softmax_j(x_i)", "batch-mean"), (r"-\sum_i\sum_j\log softmax_j(x_i)", "wrong-index"), (r"-\sum_i\sum_j 1(y_i=j)softmax_j(x_i)", "missing-log"), (r"-\sum_i\sum_j 1(y_i\ne j)\log softmax_j(x_i)", "")],
    "A.20.grad": [(r"\sum_i(1(y_i=j)-softmax_j(x_i))x_i", "sign-flipped"), (r"\frac1m\sum_i(softmax_j(x_i)-1(y_i=j))x_i", "batch-mean"), (r"\sum_i(softmax_j(x_i)-1)x_i", "wrong-index"), (r"\sum_i(softmax_j(x_i)-1(y_i=j))", "upstream-ignored"), (r"\sum_i softmax_j(x_i)x_i", "")],
    "A.20.update": [(r"\theta_j+\alpha\sum_i(softmax_j(x_i)-1(y_i=j))x_i", "sign-flipped"), (r"\theta_j-\sum_i(softmax_j(x_i)-1(y_i=j))x_i", "scaled"), (r"-\alpha\sum_i(softmax_j(x_i)-1(y_i=j))x_i", "stale-state"), (r"\theta_j-\alpha\sum_i(softmax_j(x_i)-1)x_i", ""), (r"\theta_j", "")],
    "B.4.v": BV_WRONG, "B.4.w": BW_WRONG, "B.6.v": BV_WRONG, "B.6.w": BW_WRONG, "B.5.v": BVJ_WRONG, "B.5.w": BWJ_WRONG, "B.7.v": BVJ_WRONG, "B.7.w": BWJ_WRONG,
    "C.5.add_const": [(0, ""), ("a", ""), ("c", ""), ("2", ""), ("a+c", "")],
    "C.5.add": [(1, ""), ("(1, 0)", ""), ("(a, b)", ""), ("2", ""), ("(0, 0)", "")],
    "C.5.mul_const": [("a", ""), ("1", ""), ("ac", ""), ("0", ""), ("2c", "factor-two")],
    "C.5.mul": [("(a, b)", "wrong-index"), ("b", ""), ("(b, 1)", ""), ("(1, 1)", ""), ("ab", "")],
    "C.5.max": [("(0, 1)", "wrong-index"), ("1", ""), ("(1, 1)", "wrong-index"), ("(a, 0)", ""), ("(0.5, 0.5)", "")],
    "C.5.min": [("(1, 0)", "wrong-index"), ("1", ""), ("(1, 1)", ""), ("(0, b)", ""), ("0", "")],
    "C.6": [(0, ""), ("1.5", ""), ("5", ""), ("9", ""), (2, ""), ("3", ""), ("0", "")], "C.7": [(1, ""), ("1.5", ""), ("5", ""), (0, ""), ("3", ""), ("4", "")], "C.8": [(1, ""), ("1.5", ""), ("5", ""), (0, ""), ("3", ""), ("4", "")],
    "C.10": [("[[6xy-15y^2, 3x^2-30xy],[y+1,x+1]]", ""), ("[[6xy-15y^2, 3x^2-15xy],[y-1,x+1]]", ""), ("[[3xy-15y^2, 3x^2-30xy],[y-1,x+1]]", ""), ("[[y-1,x+1],[6xy-15y^2, 3x^2-30xy]]", ""), ("[6xy-15y^2, 3x^2-30xy]", "")],
    "C.12.z": [([[0.5, 0.52, 0.517], [0.53, 0.525, 0.52], [0.527, 0.522, 0.525]], ""), ("[.522485,.519989,.517493]", ""), ("[[.53,.52,.52],[.53,.52,.52],[.53,.52,.52]]", ""), (Z.replace(".524979]]", ".534979]]"), ""), ("0.52", "")],
    "C.12.yhat": [([0.056, 0.057, 0.057], ""), ("(0.06, 0.06, 0.06)", ""), ("0.0567", ""), ("(0.0567, 0.0571, 0.0582)", ""), ("(0.567, 0.571, 0.572)", "")],
    "C.12.loss": [([31.5476, 59.873, 49.4294], "factor-two"), ("281.7", "summed-to-scalar"), ("[63, 119, 98]", ""), ("[64.0, 121.0, 100.0]", ""), ("(63.1, 120, 98.9, 290)", "")],
    "C.12.dv": [("(57.6578, 30.3882, 30.1403, 30.0410)", "sign-flipped"), ("(-28.83, -15.19, -15.07, -15.02)", "factor-two"), ("(-58, -30, -30, -30)", ""), ("(-30.3882, -30.1403, -30.0410)", ""), ("(-19.22,-10.13,-10.05,-10.01)", "batch-mean")],
    "C.12.dw": [([[-0.1437, -0.1933, -0.342], [-0.2158, -0.2902, -0.5134], [-0.2878, -0.387, -0.6848]], "factor-two"), ([[0.2874, 0.3866, 0.6839], [0.4315, 0.5804, 1.0268], [0.5755, 0.7739, 1.3696]], "sign-flipped"), ("[[-.2874,-.3866,-.6839],[-.4315,-.5804,-1.0268]]", ""), ("-0.2874", ""), ("[[-.29,-.39,-.68],[-.43,-.58,-1.0],[-.58,-.77,-1.4]]", "")],
    "C.13a": [("(4x+6y, 4x+6y)", "upstream-ignored"), ("(4x+6y, 6x+9y)", "factor-two"), ("(12x+18y, 8x+12y)", "wrong-index"), ("20x+30y", ""), ("(8x+12y, 12x+12y)", "")],
    "C.13b": [("[[2,2],[3,8]]", "wrong-index"), ("[[1,2],[3,16]]", ""), ("[[2,2],[3,4]]", ""), ("[2,2,3,16]", ""), ("[[5,2],[3,16]]", "")],
    "C.13c": [("(12, 130)_"[:-1] and "(12, 125)", ""), ("(131, 12)", ""), ("12", ""), ("(6, 35)", "wrong-index"), ("(12, 128)", "")],
}  # fmt: skip

UNREADABLE: dict[str, list[object]] = {
    "A.1": ["zero point six-ish?", "w^T x"],
    "A.5": [r"(x_0, x_1, \dots, x_n)"],
    "A.13": [r"\sum_i (y_i \log q_i", "see notebook"],
    "C.10": ["[[6xy, 1], [2]]"],
}
PARTIAL: dict[str, list[tuple[object, float]]] = {}
