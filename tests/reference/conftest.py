"""What every test of the references needs: a seeded generator and errors in units of the last place."""

from collections.abc import Callable

import mpmath
import numpy as np
import pytest

UNIT = 2.0**-53


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that starts afresh for each test."""
    return np.random.default_rng(20)


@pytest.fixture
def in_units() -> Callable[[object, object], float]:
    """Relative error of a float against an exact mpmath number, in units of u = 2**-53."""
    mpmath.mp.dps = 60

    def error(actual: object, exact: object) -> float:
        value = mpmath.mpf(float(actual))  # type: ignore[arg-type]
        if exact == 0:
            return 0.0 if value == 0 else float("inf")
        return float(abs((value - exact) / exact)) / UNIT

    return error
