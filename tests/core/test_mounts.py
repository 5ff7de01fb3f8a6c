"""Nothing that the sandbox mounts is ever seen outside it."""

from __future__ import annotations

import pytest

from grader.sandbox.host import Zygote
from grader.sandbox.limits import Preload


@pytest.mark.parametrize("without", [(), ("namespaces",)])
def test_the_machines_mounts_stay_as_they_are(without: tuple[str, ...]) -> None:
    """Starting and ending a sandbox leaves the mounts of the machine alone, with namespaces and without."""
    with open("/proc/self/mountinfo") as f:
        before = f.read()
    zygote = Zygote(Preload(), without=without, unsafe=True)
    with open("/proc/self/mountinfo") as f:
        during = f.read()
    zygote.close()
    assert during == before
