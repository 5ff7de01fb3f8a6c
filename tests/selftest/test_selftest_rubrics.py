"""Every rubric of the course stands its self-test, with a fixed number of mutants spread over functions and operators."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.selftest.selftest import Options, selftest

RUBRICS = sorted((Path(__file__).parents[2] / "rubrics").glob("*/rubric.yaml"))
# A number, not seconds: the same mutants are tried on every machine.
MOST = 40


@pytest.mark.parametrize("path", RUBRICS, ids=lambda p: p.parent.name)
def test_the_rubric_stands_its_self_test(path: Path) -> None:
    """Right hand-ins earn everything, blank ones nothing, and every mutant that is tried loses something."""
    findings = selftest(path, Options(most=MOST, seeds=1))
    assert [f"{a.check} on {a.what}: {a.message}" for a in findings.alarms] == []
    assert [f"{m.key}\n{m.diff}" for m in findings.mutants.survived] == []
    assert findings.blank_points == 0
    assert findings.mutants.marked_but_killed == []
    assert findings.stale_marks == []
