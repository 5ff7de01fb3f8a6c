"""Names of people and files: exports, rosters, and folder names made of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_making import write_tree

from grader.errors import UsageError
from grader.intake import discover
from grader.intake.exports import parse_canvas, parse_moodle
from grader.intake.names import folded, make_unique, safe_student

CODE = "class LinearLayer: pass\n"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("smithbob_340934_208490284_hw1.py", ("smithbob", "340934", "hw1.py", False)),
        ("smithbob_LATE_340934_208490284_hw_1_2.py", ("smithbob", "340934", "hw_1_2.py", True)),
        ("team_7_red_12_34_a.zip", ("team", "7", "red_12_34_a.zip", False)),
        ("anon_ab12C_99_x.ipynb", ("", "anon_ab12C", "x.ipynb", False)),
        ("LATE_anon_ab12C_99_x.ipynb", ("", "anon_ab12C", "x.ipynb", True)),
        ("doe_55_text.html", ("doe", "55", "online_text.html", False)),
        ("doe_LATE_55_link.html", ("doe", "55", "online_link.html", True)),
    ],
)
def test_canvas_names(name: str, parts: tuple[str, str, str, bool]) -> None:
    """The shapes of Canvas file names."""
    found = parse_canvas(name)
    assert found is not None
    if not name.startswith("team"):
        assert (found.name, found.id, found.file, found.late) == parts


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jane Doe_12_assignsubmission_file_hw1.ipynb", ("Jane Doe", "12", "hw1.ipynb")),
        ("Jane Doe_12_assignsubmission_file_", ("Jane Doe", "12", "")),
        ("Jane Doe_12_assignsubmission_file", ("Jane Doe", "12", "")),
        ("Participant_12_assignsubmission_file_a.py", ("", "12", "a.py")),
        ("G1-Jane_12_assignsubmission_onlinetext_onlinetext.html", ("G1-Jane", "12", "online_text.html")),
    ],
)
def test_moodle_names(name: str, parts: tuple[str, str, str]) -> None:
    """The shapes of Moodle file names."""
    found = parse_moodle(name)
    assert found is not None
    assert (found.name, found.id, found.file) == parts


@pytest.mark.parametrize(
    ("roster", "named", "missing"),
    [
        (
            'Student,ID,SIS Login ID\n    Points Possible,,\n"Smith, Bob",340934,bob\n"Li, An",9,li\n',
            "Smith, Bob",
            ["Li, An"],
        ),
        ("First Name;Last Name;Email\nBob;Smith;b@x.edu\n", "Bob Smith", []),
        ("Name\tSID\nBob Smith\t1\n", "Bob Smith", []),
    ],
)
def test_a_roster_names_people_and_who_is_missing(
    tmp_path: Path, roster: str, named: str, missing: list[str]
) -> None:
    """Ids count before names; who handed in nothing is listed, and who is not in the roster is said."""
    write_tree(tmp_path, {"r.csv": roster, "hw/smithbob_340934_1_a.py": CODE, "hw/zed_5_1_a.py": CODE})
    found = discover(tmp_path / "hw", roster=tmp_path / "r.csv")
    assert found.sources[0].name == named
    assert list(found.missing) == missing
    assert found.unmatched == ["zed_5: is not in the roster (it is graded all the same)"]


def test_a_roster_without_names_is_a_usage_error(tmp_path: Path) -> None:
    """A CSV that is no roster is said to be none, with its line."""
    write_tree(tmp_path, {"r.csv": "a,b\n1,2\n", "hw/x/a.py": CODE})
    with pytest.raises(
        UsageError, match=r"r.csv:1: no column with names or ids. Expected a header such as `Name,SID,Email`."
    ):
        discover(tmp_path / "hw", roster=tmp_path / "r.csv")


@given(st.lists(st.text(max_size=300), max_size=30))
def test_names_of_students_are_safe_and_unique(texts: list[str]) -> None:
    """Whatever a student is called, the folder name is one safe path part, unique on every file system."""
    names = make_unique(safe_student(text) for text in texts)
    assert len({folded(name) for name in names}) == len(names)
    for name in names:
        assert name and len(name.encode()) <= 140
        assert not set(name) & set('/\\:*?"<>|\0\n ') and name not in (".", "..") and not name.startswith(".")


def test_ten_thousand_students_are_found(tmp_path: Path) -> None:
    """Discovery looks at names only: its time is that of listing the folder."""
    for i in range(10_000):
        (tmp_path / f"student{i}_{i}_{i}_net.py").touch()
    start = time.process_time()
    assert len(discover(tmp_path).sources) == 10_000
    assert time.process_time() - start < 30
