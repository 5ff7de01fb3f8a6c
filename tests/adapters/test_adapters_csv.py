"""grades.csv, Canvas and Moodle, read back by the rules of the platforms' own importers."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest
from fake_crowds import not_graded, waiting
from fake_reports import full_marks, mistakes

from grader.adapters.canvas import canvas_csv
from grader.adapters.grades_csv import grades_csv, safe_cell
from grader.adapters.moodle import worksheet, write_feedback_zip
from grader.adapters.moodle_sheet import ENGLISH, Columns, read_sheet
from grader.model import Source
from grader.report.summary import ClassRow

MADE = (full_marks("ada"), mistakes("grace"), waiting("edsger"), not_graded("alan"))
ROWS = [ClassRow.of(made) for made in MADE]


def source(student: str, **ids: str) -> Source:
    """A hand-in with identities; the name is one that a spreadsheet would take for a formula."""
    return Source(student, (), name=f"=Last_{student}, First", ids=ids)


def table(text: str) -> list[list[str]]:
    """The cells of a CSV."""
    return list(csv.reader(io.StringIO(text)))


def test_grades() -> None:
    """
    One line per student in the order of their names, one column per question; what is not graded is empty,
    not 0.
    """
    lines = table(grades_csv(ROWS))
    assert lines[0] == ["student", "status", "points", "max_points", "Q1", "Q2", "Q3", "Q4", "Q5", "Q7", "EC"]
    assert lines[1] == ["ada", "graded", "23.75", "22.5", "4", "1", "6", "2", "1.5", "8", "1.25"]
    assert [line[:3] for line in lines[2:]] == [
        ["alan", "not_graded", ""],
        ["edsger", "needs_review", "21.75"],
        ["grace", "graded", "11.5"],
    ]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", " =", "\u3000@", "%", "|"])
def test_no_formula(first: str) -> None:
    """No cell with a student's text begins as a formula does, in any spelling that spreadsheets fold."""
    cell = safe_cell(f"{first}HYPERLINK(1)")
    assert cell.startswith("'")
    assert not re.search("[\r\n\t]", cell)


@pytest.mark.parametrize("text", ["ada", "O'Neil-Smith", "3.5", "", "caf\u00e9"])
def test_plain_cells_stay(text: str) -> None:
    """Ordinary names and numbers are not touched."""
    assert safe_cell(text) == text


def test_formula_as_student() -> None:
    """A student whose identifier is a formula is a text in the table."""
    row = ClassRow.of(full_marks('=HYPERLINK("http://e")'))
    assert table(grades_csv([row]))[1][0] == '\'=HYPERLINK("http://e")'


def canvas_import(text: str) -> dict[tuple[str, str, str], float]:
    """The rules of Canvas's gradebook importer: (id, SIS id, login) to grade."""
    header, *rest = table(text)
    assert len(header) > 3
    assert "Student" in header[0]
    assert "ID" in header[1]
    assert header[2:5] == ["SIS User ID", "SIS Login ID", "Section"]
    assert "Points Possible" in rest[0][0]
    assert re.search(r"\((\d+)\)$", header[5])
    assert float(rest[0][5]) == 22.5
    assert all(len(line) == len(header) for line in rest)
    return {(line[1], line[2], line[3]): float(line[5]) for line in rest[1:]}


def test_canvas() -> None:
    """
    Canvas finds each student by an identity and gets final grades only; the others are named with the reason.
    """
    sources = {
        "ada": source("ada", canvas_id="77", sid="900"),
        "grace": source("grace", email="grace@x.edu"),
        "edsger": source("edsger", canvas_id="78"),
        "alan": source("alan", canvas_id="79"),
    }
    found = canvas_csv(ROWS, sources, title="Homework 3", assignment_id="12345")
    assert canvas_import(found.text) == {("77", "900", ""): 23.75, ("", "", "grace@x.edu"): 11.5}
    assert [(out.student, out.reason) for out in found.left_out] == [
        ("alan", "not graded"),
        ("edsger", "waits for a person"),
    ]
    assert "'=Last_ada, First" in found.text


def test_canvas_without_identity() -> None:
    """A name alone is not enough, and neither is an anonymous hand-in: somebody else could get the grade."""
    sources = {"ada": source("ada"), "grace": source("grace", canvas_id="anon_ab12C")}
    found = canvas_csv(ROWS[:2], sources, title="Homework 3", assignment_id="1")
    assert canvas_import(found.text) == {}
    assert [out.reason for out in found.left_out] == [
        "no identity in Canvas is known",
        "the hand-in is anonymous",
    ]


MOODLE = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 1,"Ada L",a@x,Submitted,,22.50,Yes,"Monday, 1 June 2026",-,\n'
    'Participant 2,"Grace H",g@x,Submitted,,22.50,Yes,"Monday, 1 June 2026","Tuesday, 2 June, 1:00 PM",\n'
    'Participant 3,"Edsger D",e@x,Submitted,5.00,22.50,Yes,"Monday, 1 June 2026",-,\n'
)
NUMBERS = {
    "ada": source("ada", moodle_id="1"),
    "grace": source("grace", moodle_id="2"),
    "edsger": source("edsger", moodle_id="3"),
}


def moodle_import(
    text: str, columns: tuple[str, str, str] = ("Identifier", "Grade", "Last modified (grade)")
) -> dict[int, str]:
    """
    The rules of Moodle's importer: the three columns by their localised names, `Participant N` to a grade. One above the maximum
    of 22.50 is dropped without a word.
    """
    header, *rest = table(text)
    identifier, grade, modified = (header.index(name) for name in columns)
    assert all(line[modified] for line in rest)
    found = {int(line[identifier].removeprefix("Participant ")): line[grade] for line in rest}
    return {
        n: g
        for n, g in found.items()
        if "Maximum Grade" not in header or float(g.replace(",", ".") or 0) <= 22.5
    }


def test_moodle_sheet() -> None:
    """Grades go into the sheet that Moodle gave, cut aloud to its maximum; everything else in it stays as it was."""
    found = worksheet(ROWS, NUMBERS, downloaded=read_sheet(MOODLE), feedback={"grace": "=1+1"})
    assert moodle_import(found.text) == {1: "22.5", 2: "11.5", 3: "5.00"}
    assert "ada: 23.75 points are more than Moodle's maximum, 22.5" in found.notes[-1]
    before, after = table(MOODLE.removeprefix("\ufeff")), table(found.text)
    assert [line[:4] + line[5:9] for line in before] == [line[:4] + line[5:9] for line in after]
    assert after[2][9] == "'=1+1"
    assert {out.student: out.reason for out in found.left_out} == {
        "alan": "not graded",
        "edsger": "waits for a person",
    }


def test_moodle_in_german() -> None:
    """A sheet in another language keeps its names, and decimal commas if asked."""
    german = (
        MOODLE.replace("Identifier", "ID-Nummer")
        .replace(",Grade,", ",Bewertung,")
        .replace("Last modified (grade)", "Zuletzt")
    )
    columns = Columns("ID-Nummer", "Bewertung", "Zuletzt", "Kommentar")
    found = worksheet(ROWS, NUMBERS, downloaded=read_sheet(german, columns), comma=True)
    assert moodle_import(found.text, ("ID-Nummer", "Bewertung", "Zuletzt"))[1] == "22,5"
    assert columns != ENGLISH and read_sheet(german).found and read_sheet(german).grade == 4


def test_moodle_without_a_sheet() -> None:
    """A minimal sheet has the columns that the importer needs."""
    found = worksheet(ROWS, NUMBERS)
    assert moodle_import(found.text) == {1: "23.75", 2: "11.5"}


def test_moodle_student_not_in_sheet() -> None:
    """A graded student whom the sheet does not have is named."""
    numbers = {**NUMBERS, "ada": source("ada", moodle_id="99")}
    assert ("ada", "not in the worksheet") in {
        (o.student, o.reason) for o in worksheet(ROWS, numbers, downloaded=read_sheet(MOODLE)).left_out
    }


def test_feedback_zip(tmp_path: Path) -> None:
    """
    Feedback lies in the folders that Moodle itself would use, below no other, and equal pages give equal
    bytes.
    """
    folder = tmp_path / "ada"
    folder.mkdir()
    (folder / "report.html").write_text("<p>page</p>", "utf-8")
    evil = Source("eve", (), name="../../Eve_<b>|x", ids={"moodle_id": "5"})
    pages = [(evil, folder), (NUMBERS["ada"], folder), (source("nobody"), folder)]
    assert write_feedback_zip(tmp_path / "a.zip", pages) == 2
    write_feedback_zip(tmp_path / "b.zip", pages[::-1])
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    names = zipfile.ZipFile(tmp_path / "a.zip").namelist()
    assert names == [
        "=Last ada, First_1_assignsubmission_file_/report.html",
        "Eve bx_5_assignsubmission_file_/report.html",
    ]
    assert all(re.fullmatch(r"[^/]+_\d+_assignsubmission_file_/[^/]+", name) for name in names)
