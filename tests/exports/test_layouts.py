"""The platforms' downloads, graded by one command each; and the grades back by the platforms' own import rules."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from .conftest import grade


def points(course: Path, platform: str) -> dict[str, float | None]:
    found = {}
    for path in (course / platform / "grades" / "demo").glob("*/report.json"):
        report = json.loads(path.read_text())
        found[report["student"]] = report["points"]
    return found


def test_gradescope(course: Path, graded) -> None:
    """Every folder of the export is a student: groups, odd file names, nested zips; late marks by the policy, extensions heeded."""
    assert graded["gradescope"].returncode == 0, graded["gradescope"].stderr
    assert points(course, "gradescope") == {
        "Ada_O_Neil-Smith_0123456789": 10.0,
        "Late_Larry_larry@x.edu": 7.0,  # 48 h 34 min late: the third day has begun
        "Extended_Eve_eve@x.edu": 10.0,
        "submission_409194026": 5.0,
    }


def test_nothing_is_dropped_in_silence(graded) -> None:
    """What belongs to nobody, and who handed in nothing, is listed with the reason."""
    said = graded["gradescope"].stdout
    assert "not matched: submission_409194099: is in submission_metadata.yml but not in the export" in said
    assert "not matched: stray.txt: is not in submission_metadata.yml" in said
    assert "not matched: Nobody Ned: is in the roster and handed in nothing" in said
    assert "is not in the roster (it is graded all the same)" in said


def test_late_is_a_line_of_its_own(course: Path, graded) -> None:
    """The deduction is in the report, on the page and in grades.csv; the points of the questions stay what they were."""
    folder = course / "gradescope" / "grades" / "demo" / "Late_Larry_larry@x.edu"
    report = json.loads((folder / "report.json").read_text())
    says = "Handed in 2 d 34 min late: 30 % of the points earned are deducted."
    assert report["late"] | {"due": ""} == {
        "submitted_at": "2026-04-28 17:34:00.861687000 Z", "due": "", "days": 3, "fraction": 0.3, "deduction": 3.0, "says": says,
    }  # fmt: skip
    assert [q["points"] for q in report["questions"]] == [10.0]
    assert f"Late: {says} (-3 points)" in (folder / "report.html").read_text()
    rows = list(csv.DictReader(io.StringIO((folder.parent / "grades.csv").read_text())))
    assert {r["student"]: r["late_deduction"] for r in rows}["Late_Larry_larry@x.edu"] == "3"


def test_canvas(course: Path, graded) -> None:
    """Every student of a Canvas download is graded; the mark LATE without a time counts as one day."""
    assert graded["canvas"].returncode == 0, graded["canvas"].stderr
    found = points(course, "canvas")
    assert {k: v for k, v in found.items() if k.startswith("smithbob")} == {"smithbob_340934": 10.0}
    assert found["oneilsmithzoë_340935"] == 9.0
    assert found["team_7_red_340936"] == 5.0
    assert found["doe_340938"] == 10.0
    assert found["linkonly_340939"] == 0.0
    assert sorted(v for k, v in found.items() if "340937" in k) == [10.0]
    assert sorted(v for k, v in found.items() if "ab12C" in k) == [10.0]
    heard = graded["canvas"].stdout + " ".join(found)
    assert "grades-template" in heard


def test_moodle(course: Path, graded) -> None:
    """Files and folders, groups and blind marking of a Moodle download are graded."""
    assert graded["moodle"].returncode == 0, graded["moodle"].stderr
    found = points(course, "moodle")
    by_id = {next(i for i in range(1234567, 1234572) if str(i) in k): v for k, v in found.items()}
    assert by_id == {1234567: 10.0, 1234568: 10.0, 1234569: 5.0, 1234570: 10.0, 1234571: 10.0}


BOOK = """Student,ID,SIS User ID,SIS Login ID,Section,Homework 3 (12345),Current Score
    Points Possible,,,,,10.00,(read only)
"Smith, Bob",340934,S1,bob,A,,
"O'Neil-Smith, Zoë",340935,S2,zoe,A,3.00,
"""


def canvas_import(text: str) -> dict[str, str]:
    """The importer's rules: places and names of the columns, the number of the assignment in its header, students by id."""
    header, possible, *rest = csv.reader(io.StringIO(text))
    assert len(header) > 3 and "Student" in header[0] and "ID" in header[1] and "Section" in header[4]
    assert header[5] == "Homework 3 (12345)" and "Points Possible" in possible[0]
    return {row[1]: row[5] for row in rest}


def test_back_to_canvas(course: Path, graded) -> None:
    """Canvas takes the grades by its own ids; the anonymous hand-in is left out aloud."""
    (course / "book.csv").write_text(BOOK.replace("10.00,(read", "8.00,(read"))
    done = grade(course, "export", "canvas", "canvas/grades/demo", "--sheet", "book.csv")
    assert done.returncode == 0, done.stderr
    found = canvas_import((course / "canvas" / "grades" / "demo" / "canvas.csv").read_text())
    assert found["340934"] == "10.00" and found["340935"] == "9.00" and "ab12C" not in str(found)
    assert "the hand-in is anonymous" in done.stdout and "out of 8.00, the rubric out of 10" in done.stdout


def test_from_gradescope_to_canvas(course: Path, graded) -> None:
    """Grades cross platforms by the ids of the gradebook, and every member of a group gets the grade."""
    (course / "cross.csv").write_text(BOOK + '"Beta, Zoë",91,77,zb,B,,\n"Smith, Ada",90,0123456789,ada,B,,\n')
    done = grade(
        course, "export", "canvas", "gradescope/grades/demo", "--sheet", "cross.csv", "--out", "cross-out.csv"
    )
    assert done.returncode == 0, done.stderr
    found = canvas_import((course / "cross-out.csv").read_text())
    assert found["90"] == "10.00" and found["91"] == "10.00"


WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (submission),"
    "Last modified (grade),Feedback comments\r\n"
    'Participant 1234567,Jane Doe,j@x,Submitted,,10.00,Yes,"Monday, 1 June 2026","Tuesday, 2 June, 1:00 PM",\r\n'
    "Participant 1234568,Zoë O'Neil,z@x,Submitted,,10.00,Yes,-,-,\r\nParticipant 999,Nobody,n@x,-,,10.00,Yes,-,-,\r\n"
)


def test_back_to_moodle(course: Path, graded) -> None:
    """The worksheet keeps Moodle's header, times and other rows; the feedback zip has the folder names of the download."""
    (course / "sheet.csv").write_text(WORKSHEET, encoding="utf-8-sig")
    done = grade(course, "export", "moodle", "moodle/grades/demo", "--sheet", "sheet.csv", "--comma")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO((course / "moodle/grades/demo/moodle.csv").read_text())))
    assert [r["Grade"] for r in rows] == ["10", "10", ""]
    assert rows[0]["Last modified (grade)"] == "Tuesday, 2 June, 1:00 PM"
    names = zipfile.ZipFile(course / "moodle/grades/demo/moodle-feedback.zip").namelist()
    assert "Jane Doe_1234567_assignsubmission_file_/report.html" in names
    assert "left out" in done.stdout and "not in the worksheet" in done.stdout


def test_plain_csv(course: Path, graded) -> None:
    """The plain table has one row per person with every identity, and no cell is a formula."""
    done = grade(course, "export", "csv", "gradescope/grades/demo", "--out", "plain.csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO((course / "plain.csv").read_text())))
    assert [(r["name"], r["email"], r["points"]) for r in rows if "Ada" in r["student"]] == [
        ("Ada O'Neil-Smith", "ada@x.edu", "10"),
        ("Zoë Beta", "zoe@x.edu", "10"),
    ]
    assert not any(cell[:1] in "=+-@" for r in rows for cell in r.values() if cell)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("gradescope", "canvas/grades/demo"), "Gradescope takes no grades from outside"),
        (("blackboard", "canvas/grades/demo"), "expected canvas, moodle or csv"),
        (("csv", "nowhere"), "there is no such folder"),
        (("csv", "rubrics/demo"), "students.json: No such file or directory. Grade the assignment again"),
    ],
)
def test_bad_usage(course: Path, graded, arguments: tuple[str, str], says: str) -> None:
    """A mistake of the operator's ends with status 2 and what to do."""
    done = grade(course, "export", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
