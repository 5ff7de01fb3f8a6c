"""Rubric mistakes: exit status 2 and `file:line: what, what was expected, did you mean`."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import RubricError
from grader.rubric import load

from .conftest import RUBRIC

MISTAKES = [
    ("gradient: {recipe: linear, of: gw", "gradiant: {recipe: linear, of: gw", "unknown check kind 'gradiant'. Did you mean 'gradient'?"),
    ("{recipe: linear, of: gw", "{recipe: lineal, of: gw", "there is no recipe 'lineal'; the rubric has linear, twice"),
    ("of: gw, against", "off: gw, against", "'off'"),
    ("points: 3", "points: 4", "question Q1: has 4 points, its checks add up to 3"),
    ("needs: [Q2.defined]", "needs: [Q2.define]", "needs 'Q2.define', which no check before it has as its id"),
    ("id: Q1.b", "id: Q1.w", "the id is used twice"),
    ("title: A layer", "titel: A layer", "unknown key 'titel'. Did you mean 'title'?"),
    ("assignment: demo\n", "", "'assignment' is missing"),
    ("seed: 7", "seed: seven", "valid integer"),
    ("steps: [y = double(x)]", "steps: [y = 2 * double]", "is not a call, nor reads or sets an attribute"),
    ("  - id: Q2", "  - id: [Q2", "not YAML"),
    ("draw: {x: normal(n)}", "draw: {x: normal(n}", "is not an expression"),
    ("against: ref.weights", "against: ref.weights, shape: {}", "unknown key 'shape'"),
    ("points: 1, gradient", "points: many, gradient", "valid number"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "phrase"), MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, phrase: str) -> None:
    """Each mistake of a rubric is named with file, line and what was expected."""
    assert old in RUBRIC
    path = tmp_path / "rubric.yaml"
    path.write_text(RUBRIC.replace(old, new, 1))
    with pytest.raises(RubricError) as caught:
        load(path)
    place, text = str(caught.value).split(": ", 1)
    assert phrase in text
    # The line that was changed; where a key went missing, the mapping that lacks it.
    line = RUBRIC[: RUBRIC.index(old)].count("\n") + 1
    assert int(place.rpartition(":")[2]) in (line, line + 1) if new else place


@pytest.mark.parametrize("data", [b"", b"[1, 2]", b"\xff\xfe\x00", b"a: &a [*a]"])
def test_what_is_no_rubric(tmp_path: Path, data: bytes) -> None:
    """A file that is no rubric at all is refused with its name."""
    path = tmp_path / "rubric.yaml"
    path.write_bytes(data)
    with pytest.raises(RubricError, match=r"rubric.yaml:\d+: "):
        load(path)


def test_points_and_wording_leave_the_verdicts(tmp_path: Path) -> None:
    """A change of points, title or help changes no check's fingerprint; a change of tolerance does."""

    def prints(text: str) -> list[bytes]:
        path = tmp_path / "rubric.yaml"
        path.write_text(text)
        return [c.fingerprint for _, checks in load(path).questions for c in checks]

    before = prints(RUBRIC)
    assert (
        prints(RUBRIC.replace("points: 3", "points: 4").replace("Q1.w, points: 1", "Q1.w, points: 2"))
        == before
    )
    after = prints(RUBRIC.replace("of: gw,", "of: gw, rtol: 1.0e-3,"))
    assert [a != b for a, b in zip(after, before, strict=True)] == [True, False, False, False, False, False]


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "rubrics").glob("*/rubric.yaml")), ids=lambda p: p.parent.name
)
def test_no_two_checks_share_a_verdict(path: Path) -> None:
    """Checks that look alike (a question of prose beside another) have verdicts of their own in the record."""
    checks = [check for _, checks in load(path).questions for check in checks]
    assert len({check.fingerprint for check in checks}) == len(checks)
