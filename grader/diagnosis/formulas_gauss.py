"""Estimates of a Gaussian mean, recognised in the expected result. x (n,), sigma of the noise, tau of the prior."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grader.diagnosis.compared import Array, Compared
from grader.diagnosis.fitting import Candidate
from grader.diagnosis.formulas import Formula


@dataclass(frozen=True)
class _Data:
    n: int
    total: float
    s2: float
    """sigma^2, or what stands where it belongs."""
    t2: float

    @property
    def map(self) -> float:
        return self.t2 * self.total / (self.n * self.t2 + self.s2)

    @property
    def var(self) -> float:
        return self.s2 * self.t2 / (self.n * self.t2 + self.s2)

    @property
    def xbar(self) -> float:
        return float(np.float64(self.total) / self.n) if self.n else float("nan")

    @property
    def flat_var(self) -> float:
        return self.s2 / self.n if self.n else float("inf")


Form = Callable[[_Data], Sequence[float] | float]
_RIGHT: dict[str, Form] = {
    "map": lambda d: d.map,
    "var": lambda d: d.var,
    "predictive": lambda d: d.var + d.s2,
    "posterior pair": lambda d: (d.map, d.var),
    "predictive pair": lambda d: (d.map, d.var + d.s2),
}
_WITHOUT_PRIOR: dict[str, Form] = {
    "map": lambda d: d.xbar,
    "var": lambda d: d.flat_var,
    "predictive": lambda d: d.flat_var + d.s2,
    "posterior pair": lambda d: (d.xbar, d.flat_var),
    "predictive pair": lambda d: (d.xbar, d.flat_var + d.s2),
}
_OTHER: dict[str, list[tuple[str, Form]]] = {
    "map": [],
    "var": [],
    "predictive": [("noise-ignored", lambda d: d.var), ("uncertainty-ignored", lambda d: d.s2)],
    "posterior pair": [
        ("prior-ignored", lambda d: (d.xbar, d.var)),
        ("prior-ignored", lambda d: (d.map, d.flat_var)),
    ],
    "predictive pair": [
        ("noise-ignored", lambda d: (d.map, d.var)),
        ("uncertainty-ignored", lambda d: (d.map, d.s2)),
        ("prior-ignored", lambda d: (d.xbar, d.var + d.s2)),
    ],
}


def gauss_formulas(cases: Sequence[Compared]) -> Iterator[Formula]:
    """The estimators, where the cases have `x`, `sigma` and `tau`."""
    if not all("x" in c.names and "sigma" in c.names and "tau" in c.names for c in cases):
        return
    for name, right in _RIGHT.items():
        wrong = [Candidate("prior-ignored", _made(_WITHOUT_PRIOR[name]))]
        wrong += [Candidate(ident, _made(form)) for ident, form in _OTHER[name]]
        for sigma_power, tau_power, which in ((1, 1, "sigma and tau"), (1, 2, "sigma"), (2, 1, "tau")):
            detail = f"of the inputs: {which} not squared"
            wrong.append(Candidate("std-for-variance", _made(right, sigma_power, tau_power), detail))
        yield Formula(_made(right), tuple(wrong))


def _made(form: Form, sigma_power: int = 2, tau_power: int = 2) -> Callable[[Compared], Array]:
    def make(case: Compared) -> Array:
        x = np.asarray(case.names["x"], dtype=np.float64)
        sigma, tau = float(case.names["sigma"]), float(case.names["tau"])
        return np.asarray(form(_Data(x.size, float(x.sum()), sigma**sigma_power, tau**tau_power)))

    return make
