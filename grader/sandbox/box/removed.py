"""Names that numpy removed and older student code still uses, given back with their old meaning."""

from __future__ import annotations

import builtins
from functools import cache
from typing import Any

import numpy as np

_TYPES = {
    "int": int,
    "float": float,
    "bool": bool,
    "object": object,
    "complex": complex,
    "str": str,
    "long": int,
    "unicode": str,
}
_RENAMED = {
    "float_": "float64", "complex_": "complex128", "unicode_": "str_", "string_": "bytes_", "Inf": "inf", "Infinity": "inf",
    "infty": "inf", "PINF": "inf", "NaN": "nan", "NAN": "nan", "product": "prod", "cumproduct": "cumprod", "sometrue": "any",
    "alltrue": "all", "row_stack": "vstack", "round_": "round", "in1d": "isin", "trapz": "trapezoid", "asfarray": "asarray",
    "mat": "asmatrix", "int0": "intp", "singlecomplex": "complex64", "cfloat": "complex128", "longfloat": "longdouble",
}  # fmt: skip
_GONE = frozenset(_TYPES) | frozenset(_RENAMED) | {"asscalar", "NINF", "NZERO", "PZERO", "msort"}


@cache
def missing() -> frozenset[str]:
    """The removed names that this numpy lacks, by itself."""
    return frozenset(name for name in _GONE if not _has(name))


def supply() -> list[str]:
    """Give numpy the removed names that it lacks; returns those that were supplied."""
    supplied = sorted(missing())
    for name in supplied:
        setattr(np, name, _meaning(name))
    return supplied


def _has(name: str) -> bool:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return hasattr(np, name)


def _meaning(name: str) -> Any:
    if name in _TYPES:
        return getattr(builtins, _TYPES[name].__name__)
    if name in _RENAMED:
        return getattr(np, _RENAMED[name])
    return {
        "asscalar": lambda a: np.asarray(a).item(),
        "NINF": -np.inf,
        "NZERO": -0.0,
        "PZERO": 0.0,
        "msort": lambda a: np.sort(a, axis=0),
    }[name]
