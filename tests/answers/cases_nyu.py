"""Answers of nyu-dl-hw1 in many styles, and near misses."""

from __future__ import annotations

D = r"\frac{\partial \ell}{\partial \hat y}"
DZ = r"\frac{\partial \hat y}{\partial z_3}"
ZZ = r"\frac{\partial z_2}{\partial z_1}"
Z3: list[object] = [
    r"5 W_2 \max(0, W_1 x + b_1) + b_2", r"W_2 z_2 + b_2", r"5W_2\,\mathrm{ReLU}(W_1x+b_1)+b_2", "5*W2@relu(W1@x+b1)+b2", r"W_2 f(W_1 x + b_1) + b_2",
    r"z_3 = W_2 z_2 + b_2 = 5W_2\operatorname{ReLU}(z_1) + b_2", r"b_2 + \mathbf{W}_2 (5 (\mathbf{W}_1\mathbf{x} + \mathbf{b}_1)^+)_unused",
]  # fmt: skip
Z3 = Z3[:-1]
Z3_WRONG: list[tuple[object, str]] = [
    (r"5(W_2 \max(0, W_1x+b_1) + b_2)", "scaled-bias"),
    (r"W_2\max(0, W_1x+b_1)+b_2", "scaled"),
    (r"25 W_2 \max(0,W_1x+b_1)+b_2", "scaled"),
    (r"5 W_2 \max(0, W_1x+b_1)", "wrong-index"),
    (r"W_2(W_1x+b_1)+b_2", ""),
    (r"5\max(0,W_1x+b_1) W_2 + b_2", ""),
]

RIGHT: dict[str, list[object]] = {
    "T1.2.z1": [r"W_1 x + b_1", "W1 x + b1", "W1 @ x + b1", r"z_1 = b_1 + W_1 x", r"\mathbf{W}_1\mathbf{x}+\mathbf{b}_1", r"W^{(1)}x + b^{(1)}", r"$W_1x+b_1$"],
    "T1.2.z2": [r"5\max(0, W_1x+b_1)", r"5\,\mathrm{ReLU}(W_1 x+b_1)", r"z_2 = f(z_1) = 5\operatorname{ReLU}(z_1)", "5*relu(W1@x+b1)", r"5 z_1 \odot \mathbb{1}(z_1>0)", "5 max(0, z1)", "5*np.maximum(0, W1 @ x + b1)"],
    "T1.2.z3": Z3,
    "T1.2.yhat": [*Z3, "z_3", r"\hat y = g(z_3) = z_3", r"\hat{y} = z_3 = 5 W_2 \max(0, W_1x+b_1)+b_2"],
    "T1.3.dW2": [
        rf"\left({D} {DZ}\right)^T z_2^T", rf"({D})^\top z_2^\top", r"2(\hat y-y) z_2^T", r"z_2 \frac{\partial l}{\partial \hat y}\frac{\partial \hat y}{\partial z_3}", rf"\frac{{\partial \ell}}{{\partial W_2}} = (z_2 {D})^T",
        rf"{DZ}^T ({D})^T z_2^T", r"\delta_3^T z_2^T", r"\left(\frac{d\ell}{d\hat{y}}\frac{d\hat{y}}{dz_3}\right)^{\top} z_2^{\top}", r"(\partial l/\partial \hat y)_unused",
    ][:-1],
    "T1.3.db2": [rf"({D} {DZ})^T", rf"{D} {DZ}", D, r"2(\hat y - y)", r"\frac{\partial L}{\partial \hat{\mathbf{y}}}\frac{\partial \hat{\mathbf{y}}}{\partial \mathbf{z}_3}", r"2(\hat y - y)^T", r"\delta_3"],
    "T1.3.dW1": [
        rf"({D} {DZ} W_2 {ZZ})^T x^T", rf"({D} W_2 {ZZ})^\top x^\top", rf"x {D} {DZ} W_2 {ZZ}", rf"{ZZ}^T W_2^T {DZ}^T {D}^T x^T", rf"\left(x {D}{DZ}W_2{ZZ}\right)^T",
        rf"\delta_1^T x^T, \delta_1 = {D} {DZ} W_2 {ZZ}", rf"{ZZ} W_2^T 2(\hat y - y) x^T",
    ],
    "T1.3.db1": [rf"({D} {DZ} W_2 {ZZ})^T", rf"{D} {DZ} W_2 {ZZ}", rf"{ZZ}^T W_2^T ({D})^T", rf"{D} W_2 {ZZ}", rf"{ZZ} W_2^T 2(\hat y-y)"],
    "T1.4.dz2dz1": [
        r"5\,\mathrm{diag}(\mathbb{1}(z_1>0))", r"\begin{cases}5 & i=j, z_{1,i}>0\\0&\text{otherwise}\end{cases}", r"5\delta_{ij}\mathbb{1}\{z_{1,i}>0\}", "5*diag(z1 > 0)",
        r"\left(\frac{\partial z_2}{\partial z_1}\right)_{ij} = \begin{cases} 5 & \text{if } i = j \text{ and } z_{1,i} > 0 \\ 0 & \text{if } i \neq j \text{ or } z_{1,i} < 0 \end{cases}",
        r"\operatorname{diag}(5 \cdot \mathbf{1}_{z_1 > 0})", "5 on the diagonal where z1_i > 0 and 0 elsewhere",
    ],
    "T1.4.dyhatdz3": ["I", r"I_K", r"\mathbf{I}", r"\delta_{ij}", "identity matrix", r"\mathbb{I}_{K\times K}", r"\begin{cases}1 & i=j\\0 & i\ne j\end{cases}", r"\frac{\partial \hat y}{\partial z_3} = I", "eye(K)"],
    "T1.4.dldyhat": [r"2(\hat y - y)", r"2(\hat y-y)^T", r"2(\hat{y}_i - y_i)", "2*(yhat-y)", r"-2(y-\hat y)^\top", r"\frac{\partial l}{\partial \hat y} = 2\left(\hat{\mathbf{y}}-\mathbf{y}\right)^{T}", r"2\hat y_k - 2y_k", r"[2(\hat y_1 - y_1), \dots, 2(\hat y_K - y_K)]_unused"][:-1],
    "T2.1": [
        r"-\frac{y w^Tx}{1+e^{c y w^T x}}", r"\frac{-y\,w\cdot x\,e^{-cy\,w\cdot x}}{1+e^{-cy\,w\cdot x}}", r"-y_i w^\top x_i \sigma(-c y_i w^\top x_i)", "-y*(w.x)/(1+exp(c*y*(w.x)))".replace(".", "@"),
        r"-y_i (w \cdot x_i) (1 - \sigma(c y_i (w\cdot x_i)))", r"\frac{-y_i w^Tx_i}{1+\exp(c y_i w^Tx_i)}", r"-\frac{y\langle w, x\rangle}{1+\exp(cy\langle w,x\rangle)}",
    ],
    "T2.2": ["negative", "<0", "< 0", "Negative, since y w.x > 0", r"$<0$", "always negative", r"\frac{dL}{dc} < 0"],
    "T2.3": ["no", False, "No, the infimum is not attained", "it does not", "no finite minimizer", "No."],
    "T2.4": [0, "0", "0.0", r"\inf_c L = 0", r"$0$", "zero", r"\lim_{c\to\infty} L(cw) = 0"],
}  # fmt: skip

WRONG: dict[str, list[tuple[object, str]]] = {
    "T1.2.z1": [(r"W_1 x", "wrong-index"), (r"W_1 x - b_1", ""), (r"x W_1 + b_1", ""), (r"5\max(0,W_1x+b_1)", "activation-derivative-at-output"), (r"W_1^T x + b_1", ""), (r"W_1(x + b_1)", "")],
    "T1.2.z2": [*[(r"\max(0,W_1x+b_1)", "scaled"), (r"W_1x+b_1", "wrong-index"), (r"\max(5, W_1x+b_1)", ""), (r"5\max(0,W_1x)+b_1", ""), (r"5\sigma(W_1x)_u"[:-2], "")][:4], (r"5(W_1x+b_1)", "")],
    "T1.2.z3": Z3_WRONG,
    "T1.2.yhat": Z3_WRONG,
    "T1.3.dW2": [(rf"{D}{DZ} z_2^T", ""), (rf"({D}{DZ})^T z_2", ""), (rf"5({D})^T z_2^T", "scaled"), (r"-2(\hat y-y)z_2^T", "sign-flipped"), (r"(\hat y - y)z_2^T", "factor-two"), (rf"({D})^T z_1^T", "wrong-index"), (rf"z_2^T ({D})^T", "")],
    "T1.3.db2": [(rf"5 {D}", "scaled-bias"), (rf"-{D}", "sign-flipped"), (r"\hat y - y", "factor-two"), (rf"{D} W_2", ""), (rf"{D} z_2^T", "")],
    "T1.3.dW1": [(rf"x^T ({D} {DZ} W_2 {ZZ})^T", ""), (rf"({D} W_2)^T x^T", "activation-derivative-missing"), (rf"({D} {ZZ} W_2)^T x^T", ""), (rf"5({D} W_2 {ZZ})^T x^T", "scaled"), (rf"-({D} W_2 {ZZ})^T x^T", "sign-flipped"), (rf"({D} {DZ} W_2 {ZZ})^T z_1^T", "")],
    "T1.3.db1": [(rf"{D} W_2", "activation-derivative-missing"), (rf"5 {D} W_2 {ZZ}", "scaled"), (rf"-{D} W_2 {ZZ}", "sign-flipped"), (rf"W_2 {ZZ} {D}", ""), (rf"{D} {ZZ}", "")],
    "T1.4.dz2dz1": [(r"\mathrm{diag}(\mathbb{1}(z_1>0))", "scaled"), ("5I", "activation-derivative-missing"), (r"5\,\mathrm{diag}(\mathbb{1}(z_1<0))", ""), ("5", ""), (r"5\,\mathrm{diag}(\max(0,z_1))", "activation-derivative-at-output"), (r"25\,\mathrm{diag}(\mathbb{1}(z_1>0))", "")],
    "T1.4.dyhatdz3": [("5I", "scaled"), ("0", ""), ("1", ""), (r"1-\delta_{ij}", ""), ("2I", "")],
    "T1.4.dldyhat": [(r"2(y-\hat y)", "sign-flipped"), (r"\hat y - y", "factor-two"), (r"(\hat y_k-y_k)^2", "squared-residual"), (r"\frac{2}{K}(\hat y-y)", "batch-mean"), (r"2\hat y", "")],
    "T2.1": [(r"\frac{y w^Tx}{1+e^{c y w^T x}}", "sign-flipped"), (r"\frac{-1}{1+e^{cyw^Tx}}", "upstream-ignored"), (r"-\frac{yw^Tx}{1+e^{-cyw^Tx}}", "loss-derivative-missing"), (r"-\frac{c y w^Tx}{1+e^{cyw^Tx}}", "scaled"), (r"-\frac{e^{-cyw^Tx}}{1+e^{-cyw^Tx}}", "upstream-ignored")],
    "T2.2": [("positive", ""), ("> 0", ""), ("zero", ""), ("0", ""), ("increasing", "")],
    "T2.3": [("yes", ""), (True, ""), ("Yes, it does", ""), ("true", ""), ("it does", "")],
    "T2.4": [(1, ""), (r"\log 2", ""), (r"-\infty", ""), ("0.5", ""), (r"\infty", "")],
}  # fmt: skip

UNREADABLE: dict[str, list[object]] = {
    "T1.3.dW2": [r"\frac{\partial L}{\partial z_3} q", "chain rule"],
    "T2.1": [r"\frac{u}{v}", r"\frac{-y w^T x}{1 + e^{"],
    "T2.2": ["depends on c?"],
}
PARTIAL: dict[str, list[tuple[object, float]]] = {"T1.4.dz2dz1": [(r"5\cdot\mathbb{1}(z_{1,i}>0)", 0.5)]}
