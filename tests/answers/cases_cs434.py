"""Answers of cs434-hw3 in many styles, and near misses."""

from __future__ import annotations

RIGHT: dict[str, list[object]] = {
    "Q1.b": [
        r"\log\frac{\theta_1}{\theta_0}+\sum_{i=1}^d \log\frac{1-\theta_{i1}}{1-\theta_{i0}}",
        r"b = \ln\theta_1 - \ln\theta_0 + \sum_i \ln(1-\theta_{i1}) - \ln(1-\theta_{i0})",
        "log(theta_1/theta_0) + sum_i log((1-theta_i1)/(1-theta_i0))",
        r"$\log \left( \frac{\theta_1}{\theta_0} \prod_{i=1}^{d} \frac{1-\theta_{i1}}{1-\theta_{i0}} \right)$",
        r"\log \frac{\theta_1}{1-\theta_1} + \sum_{j=1}^D \log \frac{1-\theta_{j1}}{1-\theta_{j0}}",
        "log θ₁ − log θ₀ + ∑_i [log(1 − θ_{i1}) − log(1 − θ_{i0})]",
        r"The bias is $b = \log\frac{\theta_1 \prod_i (1-\theta_{i,1})}{\theta_0 \prod_i (1-\theta_{i,0})}$.",
        r"\log \frac{P(y=1)}{P(y=0)} + \sum_{i=1}^d \log \frac{1-P(x_i=1|y=1)}{1-P(x_i=1|y=0)}",
        r"-\log\left(\frac{1-\theta_1}{\theta_1}\prod_{i}\frac{1-\theta_{i0}}{1-\theta_{i1}}\right)",
        r"\boxed{b = \ln\left(\dfrac{\theta_1}{\theta_0}\right) + \sum\limits_{i=1}^{d}\ln\left(\dfrac{1-\theta_{i1}}{1-\theta_{i0}}\right)}",
        "ln(theta_1/theta_0 * prod_i (1-theta_i1)/(1-theta_i0))",
        "np.log(theta_1) - np.log(1 - theta_1) + sum_i (np.log(1 - theta_i1) - np.log(1 - theta_i0))",
    ],
    "Q1.w": [
        r"w_i = \log\frac{\theta_{i1}}{\theta_{i0}} - \log\frac{1-\theta_{i1}}{1-\theta_{i0}}",
        "log(theta_i1/(1-theta_i1)) - log(theta_i0/(1-theta_i0))",
        r"\ln \frac{\theta_{i1}(1-\theta_{i0})}{\theta_{i0}(1-\theta_{i1})}",
        r"w_j = \log\frac{\theta_{j1}(1-\theta_{j0})}{\theta_{j0}(1-\theta_{j1})}",
        "log θ_{i1} + log(1−θ_{i0}) − log θ_{i0} − log(1−θ_{i1})",
        r"\log \theta_{i1} (1-\theta_{i0}) - \log \theta_{i0} (1-\theta_{i1})",
        r"w_i = \log\left(\frac{\theta_{i1}}{1-\theta_{i1}} \cdot \frac{1-\theta_{i0}}{\theta_{i0}}\right)",
        r"\log{\frac{P(x_i=1|y=1)(1-P(x_i=1|y=0))}{P(x_i=1|y=0)(1-P(x_i=1|y=1))}}",
    ],
}  # fmt: skip

WRONG: dict[str, list[tuple[object, str]]] = {
    "Q1.b": [
        (r"\log\frac{\theta_0}{\theta_1}+\sum_{i=1}^d \log\frac{1-\theta_{i1}}{1-\theta_{i0}}", "reciprocal"),
        (r"\sum_{i=1}^d \log\frac{1-\theta_{i1}}{1-\theta_{i0}}", "prior-ignored"),
        (r"\log\frac{\theta_1}{\theta_0}", "features-ignored"),
        (r"\log\frac{\theta_1}{\theta_0}+\sum_{i} \log\frac{\theta_{i1}}{\theta_{i0}}", "wrong-index"),
        (r"\frac{\theta_1}{\theta_0}\prod_i\frac{1-\theta_{i1}}{1-\theta_{i0}}", "missing-log"),
        (r"\log_{10}\frac{\theta_1}{\theta_0}+\sum_{i} \log_{10}\frac{1-\theta_{i1}}{1-\theta_{i0}}", "log-base"),
        (r"\log_2\frac{\theta_1}{\theta_0}+\sum_{i} \log_2\frac{1-\theta_{i1}}{1-\theta_{i0}}", "log-base"),
        (r"\log\frac{\theta_1}{\theta_0}-\sum_{i} \log\frac{1-\theta_{i1}}{1-\theta_{i0}}", ""),
        (r"\log\left(\frac{\theta_1}{\theta_0}\right)\prod_i\left(\frac{1-\theta_{i1}}{1-\theta_{i0}}\right)", ""),
        ("b", ""),
    ],
    "Q1.w": [
        (r"\log\frac{\theta_{i1}}{\theta_{i0}}", "features-ignored"),
        (r"\log\frac{\theta_{i0}(1-\theta_{i1})}{\theta_{i1}(1-\theta_{i0})}", "sign-flipped"),
        (r"\frac{\theta_{i1}(1-\theta_{i0})}{\theta_{i0}(1-\theta_{i1})}", "missing-log"),
        (r"\log\frac{\theta_{i1}(1-\theta_{i1})}{\theta_{i0}(1-\theta_{i0})}", "wrong-index"),
        (r"\log\frac{1-\theta_{i1}}{1-\theta_{i0}}", "not-summed"),
        (r"w_i = \log\frac{\theta_{i1}}{\theta_{i0}} + \log\frac{1-\theta_{i1}}{1-\theta_{i0}}", "wrong-index"),
        (r"\sum_i \log\frac{\theta_{i1}(1-\theta_{i0})}{\theta_{i0}(1-\theta_{i1})}", ""),
    ],
}  # fmt: skip

UNREADABLE: dict[str, list[object]] = {
    "Q1.b": [r"\log\frac{q}{r}", r"\frac{\theta_1}{", "see my drawing", "log(theta_1/theta_0", "x_{i} + w"],
    "Q1.w": [r"\log \phi_i", "left as an exercise", r"\log\frac{\theta_{i1}}{"],
}
