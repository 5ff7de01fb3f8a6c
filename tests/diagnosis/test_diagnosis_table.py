"""Each known mistake is named, from wrong code that runs as a student's would."""

from __future__ import annotations

import pytest

from grader.diagnosis import explain

from .wrong_code import TABLE, Code, Task, cases_of


@pytest.mark.parametrize(
    ("expected", "task", "code"), TABLE, ids=[f"{k}-{row[0]}" for k, row in enumerate(TABLE)]
)
def test_wrong_code_is_named(expected: str, task: Task, code: Code) -> None:
    """Wrong code gets the one diagnosis that its mistake deserves."""
    found = explain("value", cases_of(task, code))
    assert found is not None
    assert found.id == expected
