"""What a diagnosis is made from: one case of a comparison, and how two arrays are said to be equal to rounding."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from grader.compare import as_array

Array = Any
ROUNDING = 1e-7
ROUNDING_SINGLE = 1e-4
"""Of results in single precision: far below every known mistake, above what a deep computation loses."""

BATCH_NAMES = ("n", "N", "m", "batch", "batch_size", "B")
UPSTREAM_NAMES = ("G", "grad", "grad_output", "upstream", "dZ", "dJdy_hat", "dout", "delta")


@dataclass(frozen=True)
class Compared:
    """
    One case of a comparison.

    Args:
        got: what the student's code gave, an array or any other value (None: nothing).
        want: what the reference gives.
        names: the inputs of the case: sizes (`n`, `i`, `o`, ...) and arrays, as the recipe names them.
        wrongs: rubric's own wrong results by diagnosis id.
        rerun: the reference again with other inputs, `rerun(G=ones)`; may raise where they make no sense.
        shapes: further shapes that are right.
        rtol: what the check itself calls equal, where that is looser than rounding; 0 for rounding.
    """

    got: Any
    want: Any
    names: Mapping[str, Any] = field(default_factory=dict)
    wrongs: Mapping[str, Any] = field(default_factory=dict)
    rerun: Callable[..., Any] | None = None
    shapes: Sequence[tuple[int, ...]] = ()
    rtol: float = 0.0

    @cached_property
    def want_array(self) -> Array:
        """The expected numbers in double precision."""
        return wide(np.asarray(self.want))

    @cached_property
    def got_raw(self) -> Array | None:
        """The numbers that came, in their own type; None if they are no numbers."""
        return as_array(self.got)

    @cached_property
    def got_array(self) -> Array | None:
        """The numbers that came in double precision, in the expected shape where theirs is allowed."""
        raw = self.got_raw
        if raw is None:
            return None
        same = raw.shape in self.shapes and raw.size == self.want_array.size
        return wide(raw.reshape(self.want_array.shape) if same else raw)

    @cached_property
    def tolerance(self) -> float:
        """Relative difference that counts as rounding: what was computed from single precision stays so when it is widened."""
        raw = self.got_raw
        single = raw is not None and raw.dtype in (np.float16, np.float32, np.complex64)
        single = single or any(
            isinstance(v, np.ndarray) and v.dtype == np.float32 for v in self.names.values()
        )
        return max(ROUNDING_SINGLE if single else ROUNDING, self.rtol)

    @cached_property
    def right(self) -> bool:
        """Whether what came is what was expected, to rounding."""
        got = self.got_array
        if got is not None and got.dtype.kind == "c" and self.want_array.dtype.kind != "c":
            return False
        return got is not None and equal(got, self.want_array, self.tolerance)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The sizes of the case; `n` is the batch even where the recipe calls it otherwise."""
        found = {k: int(v) for k, v in self.names.items() if type(v) in (int, np.int64) and v > 0}
        batch = self._batch(found)
        rest = {k: v for k, v in found.items() if k not in BATCH_NAMES}
        return {"n": batch, **rest} if batch else rest

    def _batch(self, sizes: Mapping[str, int]) -> int:
        for name in BATCH_NAMES:
            if name in sizes:
                return sizes[name]
        lengths = [
            len(a)
            for k, a in self.arrays.items()
            if a.ndim and k in ("X", "x", "G", "grad", "y", "Y", "Z", "logits")
        ]
        return lengths[0] if lengths else 0

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """
        The input arrays in double precision; integers stay integers.

        Numbers count as arrays without axes where the result is one itself (the sigmoid of a number).
        """
        found: dict[str, Array] = {}
        alone = not np.ndim(self.want)
        for name, value in self.names.items():
            number = isinstance(value, float) and alone
            array = as_array(value) if number or not isinstance(value, int | float | bool | str) else None
            if array is not None and (array.ndim or number) and array.dtype.kind in "biuf":
                found[name] = wide(array) if array.dtype.kind == "f" else array
        return found

    @cached_property
    def memo(self) -> dict[Any, Any]:
        """Intermediate results of a case that several misconceptions share."""
        return {}

    def again(self, **changed: Any) -> Array | None:
        """The reference's result for changed inputs, or None where it has none."""
        if self.rerun is None:
            return None
        try:
            with np.errstate(all="ignore"):
                return wide(np.asarray(self.rerun(**changed)))
        except (ArithmeticError, ValueError, IndexError, TypeError, KeyError, RuntimeError, AttributeError):
            return None  # the changed inputs make no sense for this reference


def wide(array: Array) -> Array:
    """The array in double precision."""
    if array.dtype.kind not in "biufc":
        return np.full(array.shape, np.nan)
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def equal(got: Array, other: Array, tolerance: float) -> bool:
    """Whether two arrays of one shape agree to rounding, not-finite entries included."""
    if got.shape != other.shape:
        return False
    finite = np.isfinite(other)
    if finite.all():
        scale = float(np.abs(other).max()) if other.size else 0.0
        with np.errstate(invalid="ignore", over="ignore"):
            return bool((np.abs(got - other) <= tolerance * (np.abs(other) + scale) / 2).all())
    if not np.array_equal(finite, np.isfinite(got)) or not np.array_equal(
        got[~finite], other[~finite], equal_nan=True
    ):
        return False
    return equal(got[finite], other[finite], tolerance)


def evidence(cases: Sequence[Compared]) -> int:
    """
    How much the wrong cases say: distinct magnitudes that came, 2 for a number of many digits and 1 for a round one.

    A single round number (6 where 3 is expected) has many explanations; two random ones have one. A pattern of zeros
    counts 1.
    """
    weights: dict[float, int] = {}
    switches = 0
    for case in cases:
        got = case.got_array
        if got is None or case.right:
            continue
        switches += int(np.count_nonzero(np.diff((got == 0).ravel())))
        for value in np.unique(np.abs(got[np.isfinite(got)]))[:50]:
            if value:
                weights[float(f"{value:.6g}")] = 1 if _round(float(value)) else 2
    return sum(weights.values()) + (switches >= 4)


def _round(value: float) -> bool:
    shift = value * 1000.0
    return math.isfinite(shift) and abs(shift - round(shift)) <= 1e-9 * max(1.0, abs(shift))
