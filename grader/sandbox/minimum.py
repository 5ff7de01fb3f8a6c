"""The layers without which no student code runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from grader.errors import IsolationError


def require_minimum() -> None:
    """
    What must hold before student code may run, from what can be told without a sandbox.

    Raises:
        IsolationError: student code would not be locked in here.
    """
    missing = {}
    if not sys.platform.startswith("linux"):
        missing["Landlock and seccomp"] = f"{sys.platform} has none"
    else:
        from grader.sandbox.box import callfilter, kernel_calls

        if not kernel_calls.landlock_abi():
            missing["landlock"] = "the kernel has none"
        try:
            callfilter.seccomp_program(signals=True)
        except (ImportError, OSError, RuntimeError) as e:
            missing["seccomp"] = f"{type(e).__name__}: {e}"
    if missing:
        raise not_locked_in(missing)


def not_locked_in(missing: Mapping[str, str]) -> IsolationError:
    """The error that names what is missing, by layer, and what to do."""
    reasons = "; ".join(f"{name}: {why}" for name, why in missing.items())
    return IsolationError(
        f"student code would not be locked in here ({reasons}). Grade in the container of docs/operator.md, "
        "or accept the risk with --unsafe (on Gradescope: `gradescope: {unsafe: true}` in the rubric)."
    )
