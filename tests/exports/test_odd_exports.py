"""Exports of other kinds than the usual: whose hand-ins they are, and which grades go home to whom."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from grader.adapters import people
from grader.adapters.canvas import canvas_csv
from grader.adapters.moodle import worksheet
from grader.adapters.moodle_sheet import Columns, at_home, moodle_people, read_sheet
from grader.cli.exporting import _column, _fixed
from grader.cli.listing import shortened
from grader.errors import UsageError
from grader.intake import discover, read, sheets
from grader.intake.roster import check_roster, person_of
from grader.model import Provenance, Report, Source
from grader.report.summary import ClassRow

from .conftest import zipped

CANVAS = {f"{n}_{i}_{i}9_hw3.py": f"{n} = 1" for n, i in (("ada", 11), ("bob", 12))}
MOODLE = {
    f"{n}_{i}_assignsubmission_file_/hw3.py": f"{n[0]} = 1"
    for n, i in (("Ada L", 1000011), ("Group 1-Bob", 1000012))
}
DEEP = {f"CS 434/{k}": v for k, v in MOODLE.items()}
GRADESCOPE = {
    "assignment_1_export/submission_metadata.yml": "submission_11:\n  :submitters:\n  - :name: Ada\nsubmission_12:\n  :submitters:\n  - :sid: 5\n  - :sid: 6\n",
    "assignment_1_export/submission_11/hw3.py": "ada = 1",
    "assignment_1_export/submission_12/hw3.py": "bob = 1",
}
ONE = dict(list(MOODLE.items())[:1])
OWN = {"hw3.py": "x = 1", "answers.yaml": ""}
CLASSES: dict[str, tuple[dict[str, bytes | str], int]] = {
    "a download under any name beside a roster": ({"CS434-Homework 3-9.zip": zipped(MOODLE), "roster.csv": "Name\n"}, 2),
    "wrapped once": ({"a.zip": zipped(DEEP), "class.csv": ""}, 2),
    "two sections": ({"a.zip": zipped(CANVAS), "b.zip": zipped(MOODLE)}, 4),
    "two platforms": ({"a.zip": zipped(CANVAS), "g.zip": zipped(GRADESCOPE), "__MACOSX/._a.zip": "x"}, 4),
    "one student alone in it": ({"CS434.zip": zipped(ONE)}, 1),
    "a named one among students": ({"assignment_1_export.zip": zipped(GRADESCOPE), "eve.zip": zipped(OWN)}, 3),
    "a student's zip that looks like one": ({"ada.zip": zipped(OWN), "eve.zip": zipped(CANVAS), "bob.zip": zipped(OWN)}, 3),
    "a file of Moodle's kind in Canvas": ({"x.zip": zipped({"ab_LATE_950_8000_assignsubmission_file_x.py": "a", "ab_LATE_950_text.html": "<p>t</p>"})}, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_every_student_is_one(tmp_path: Path, name: str) -> None:
    """However the download lies there, there are as many hand-ins as students, and none has another's file."""
    files, students = CLASSES[name]
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data if isinstance(data, bytes) else data.encode())
    found = discover(tmp_path)
    assert len(found.sources) == students, found
    if "looks like" not in name:
        assert all(len([f for f in read(s).files if f.path.endswith("hw3.py")]) <= 1 for s in found.sources)


def test_twice_is_told(tmp_path: Path) -> None:
    """Who handed in alone and in a group is named, and nothing is taken away."""
    text = "submission_1:\n  :submitters:\n  - :name: Ada\n    :email: a@x\nsubmission_2:\n  :submitters:\n  - :name: Bob\n  - :email: A@x\n"
    (tmp_path / "submission_metadata.yml").write_text(text)
    for n in (1, 2):
        (tmp_path / f"submission_{n}").mkdir()
        (tmp_path / f"submission_{n}" / "hw3.py").write_text("")
    found = discover(tmp_path)
    assert len(found.sources) == 2
    assert found.unmatched == ["Bob_2: a@x handed in Ada_a@x too (both are graded: decide which one counts)"]


def test_an_id_of_somebody_else() -> None:
    """Numbers of two platforms may coincide: a name that says otherwise stays, and the pair is listed."""
    people = [person_of("Smith, Bob", ["11"]), person_of("Lee, Cy", ["12"])]
    found = [Source("a", (), name="smithbob", platform="canvas", ids={"canvas_id": "11"}),
             Source("b", (), name="adal", platform="canvas", ids={"canvas_id": "12"}), Source("c", (), ids={"canvas_id": "12"})]  # fmt: skip
    found.append(Source("d", (), name="Group 1-Jo-Ann Lee", platform="moodle", ids={"moodle_id": "9"}))
    named, strangers, missing = check_roster(
        found, [*people, person_of("Jo-Ann Lee", ["77"]), person_of("Ann Lee", [])]
    )
    assert missing == ["Ann Lee"] and named.pop().name == "Jo-Ann Lee"
    assert [s.name for s in named] == ["Smith, Bob", "adal", "Lee, Cy"]
    assert strangers == ["b: has an id of Lee, Cy in the roster but another name (the name stays)"]


# --- grades home ---------------------------------------------------------------------------------------------------


def row(student: str, points: float | None, status: str = "graded") -> ClassRow:
    made = Provenance(rubric="", grader="")
    report = Report(assignment="a", student=student, status=status, points=points, max_points=10.0, extra_points=0.0, questions=[], provenance=made)  # fmt: skip
    return ClassRow.of(report)


def source(student: str, name: str = "", **ids: str) -> Source:
    return Source(student, (), name=name or student, ids=ids)


BOOK = (
    "Student;ID;SIS User ID;SIS Login ID;Section;Homework 3 (12);Homework 3 (12);HW (13)\n    Points Possible;;;;;10,00;;\n"
    '"Smith, Ann";77;5;ann@x;A;EX;;\n"Smith, Bob";5;900;bob;B;;;\n"Lee, Cy";80;;cy;B;N/A;;\n"Twin, Tom";81;81s;tom;B;;;\n"Twin, Tom";82;82s;tom2;B;;;\n'
)
HOME = [
    (source("s", "Bob Smith", sid="77"), ""),  # a student number that is another's Canvas number
    (source("s", "Ann Smith", sid="5"), "77"),
    (source("s", "X", canvas_id="5"), "5"),
    (source("s", "Bob Smith", sid="1"), ""),  # the same name, another number
    (source("s", "Bob Smith"), "5"),
    (source("s", "X", email="bob@x.edu"), "5"),
    (source("s", "Tom Twin"), ""),
    (source("s", "Tom Twin", sid="82S"), "82"),
    (source("s", "Cy Lee", sid="4"), "80"),
]


@pytest.mark.parametrize(("who", "number"), HOME)
def test_nobody_gets_anothers_grade(who: Source, number: str) -> None:
    """Identities count against their own kind only; a name never against an identity that says otherwise."""
    found = people.completed({"s": who}, people.canvas_people(BOOK))["s"]
    assert found.ids.get("canvas_id", "") == number


def test_two_members_of_one_name() -> None:
    """Namesakes in one group have a row each, with their own identities."""
    group = Source("s", (), name="A", members=("Kim", "Kim"), member_ids=({"sid": "1"}, {"sid": "2"}), ids={"sid": "0"})  # fmt: skip
    made = people.one_row_each([row("s", 5.0)], {"s": group})
    assert [made.sources[r.student].ids["sid"] for r in made.rows] == ["0", "1", "2"]


def test_canvas_leaves_out() -> None:
    """Excused stays excused, two different grades of one person go nowhere, the same grade goes once."""
    rows = [
        row("a", 1.0),
        row("b", 2.0),
        row("c", 3.0),
        row("d", 4.0),
        row("e", 4.0),
        row("f", None, "not_graded"),
    ]
    ids = {"a": "77", "b": "5", "c": "5", "d": "81", "e": "81", "f": "82"}
    sources = {s: source(s, canvas_id=i) for s, i in ids.items()}
    made = canvas_csv(rows, sources, title="H", assignment_id="12", fixed=_fixed(BOOK.replace("(12);HW", "(9);HW"), "12"))  # fmt: skip
    assert [line[1:2] + line[5:] for line in csv.reader(io.StringIO(made.text))][2:] == [["81", "4.00"]]
    why = {out.student: out.reason for out in made.left_out}
    assert why["a"] == "the gradebook says EX" and why["f"] == "not graded"
    assert "more than once (b, c): grade the one that counts" in why["b"] == why["c"]
    assert "the grade is written once" in why["e"]


def test_the_column_of_the_gradebook() -> None:
    """The assignment is found in a gradebook with semicolons too; one title twice is no guess."""
    assert _column(BOOK, "hw") == ("HW", "13")
    with pytest.raises(UsageError, match=r"more than once. Give --assignment-id \(12, 12\)"):
        _column(BOOK, "Homework 3")
    halves = "LastName,FirstName,ID,Section\nLee,Cy,80,A\n"
    assert people.canvas_people(halves)[0]["name"] == "Lee, Cy"


SHEETS = [
    ("Identifier,Full name,Grade,Maximum Grade,Last modified (grade)\r\nParticipant 1,A,,10.00,-\r\n", Columns(), ",", "7.5"),
    ("ID;Name;Bewertung;Bestwertung;Geändert\nTeilnehmer/in 1;Ä;;10,00;-\n", Columns("ID", "Bewertung", "Geändert"), ";", "7,5"),
    ("参与者\t评分\t最高分\t最后修改\n参与者 1\t\t10.00\t-\n", Columns("参与者", "评分", "最后修改"), "\t", "7.5"),
    ('Identifiant;"Note";"Modifié"\n"Participant 1";"8,00";"lundi, 1 juin"\n', Columns("Identifiant", "Note", "Modifié"), ";", "7,5"),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "columns", "mark", "grade"), SHEETS)
def test_a_worksheet_comes_back_in_its_own_form(sheet: str, columns: Columns, mark: str, grade: str) -> None:
    """Separator, decimal sign and the word for a participant are the site's."""
    made = worksheet(
        [row("a", 7.5)], {"a": source("a", moodle_id="1")}, downloaded=read_sheet(sheet, columns)
    )
    header, line = csv.reader(io.StringIO(made.text), delimiter=mark)
    assert header[0] == columns.identifier and line[header.index(columns.grade)] == grade
    assert not made.left_out


HEADS = "Benutzer-ID;Vollständiger Name;E-Mail;Status;Bewertung;Bestwertung;Änderbar;Zuletzt geändert (Abgabe);Zuletzt geändert (Bewertung)"
GERMAN = f"{HEADS}\nTeilnehmer/in 4;Jane Doe;j@x;Abgegeben;;10,00;Ja;-;-\nTeilnehmer/in 5;Zoë O'Neil;z@x;-;3,50;10,00;Ja;-;-\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("10,00;Ja;-;-\nTeil", "9,00;Ja;-;-\nTeil"),  # no column is the same throughout
        ("Status", "Status;A;B"),  # two that could be it
        ("3,50", "gut"),  # grades in words: a scale
        ("Teilnehmer/in 5", "Teilnehmer/in 4"),
        ("Teilnehmer/in 5", "Student 5"),
        (GERMAN.partition("\n")[2], ""),
    ],
)
def test_columns_in_another_language(old: str, new: str) -> None:
    """The grades stand beside a maximum that is one number throughout; where that is not sure, nothing is guessed."""
    sheet = read_sheet(GERMAN)
    assert sheet.found and sheet.header[sheet.grade] == "Bewertung" and sheet.most(sheet.rows[0]) == 10.0
    assert moodle_people(sheet)[1] == {"name": "Zoë O'Neil", "email": "z@x", "moodle_id": "5"}
    odd = GERMAN.replace(old, new)
    if new == "Status;A;B":
        odd = odd.replace("Abgegeben;", "Abgegeben;1;2;").replace("z@x;-;", "z@x;-;1;2;")
    with pytest.raises(UsageError, match=r"no column 'Identifier'.*--columns"):
        read_sheet(odd)


TEAMS = (
    "Identifier,Full name,Email address,Status,Group,Grade,Maximum Grade,Last modified (grade)\n"
    "Participant 16,Di Fox,d@x,-,Default group,,10.00,-\nParticipant 17,Cy Lee,c@x,-,Team Blue,,10.00,-\nParticipant 18,Ann Smith,a@x,-,Team Red,,10.00,-\n"
    'Participant 19,"<span class=""x"">Bob Smith</span>",b@x,-,Team Red,,10.00,-\n'
)


def moodle(student: str, name: str, number: str) -> Source:
    return Source(student, (), name=name, platform="moodle", ids={"moodle_id": number})


def test_a_team_gets_its_own_grade() -> None:
    """The number in a team's hand-in is the team's, never the participant's who happens to have it; all of the team get the grade."""
    sheet = read_sheet(TEAMS)
    nobody = Source("none", (), name="Default group", platform="moodle")
    sources, doubts = at_home({"red": moodle("red", "Team Red", "17"), "none": nobody}, sheet)
    known = people.one_row_each([row("red", 7.0), row("none", 3.0)], sources)
    made = worksheet(known.rows, known.sources, downloaded=sheet, doubts=doubts)
    _, *lines = csv.reader(io.StringIO(made.text))
    assert [line[5] for line in lines] == ["3", "", "7", "7"] and not doubts and not made.left_out
    assert [s.name for s in known.sources.values()] == ["Ann Smith", "Bob Smith", "Di Fox"]


def test_a_number_of_somebody_else() -> None:
    """A number counts only with the name: in a sheet with names, a hand-in of another name is left out aloud."""
    sheet = read_sheet(TEAMS)
    given = {
        "a": moodle("a", "G1-Ann Smith", "18"),
        "b": moodle("b", "Dan Brown", "17"),
        "c": moodle("c", "", "19"),
    }
    sources, doubts = at_home(given, sheet)
    made = worksheet([row(s, 5.0) for s in "abc"], sources, downloaded=sheet, doubts=doubts)
    _, *lines = csv.reader(io.StringIO(made.text))
    assert [line[5] for line in lines] == ["", "", "5", "5"]
    assert [(o.student, o.reason) for o in made.left_out] == [
        ("b", "participant 17 of the worksheet has another name")
    ]
    nameless = at_home({"b": moodle("b", "Dan Brown", "1")}, read_sheet(SHEETS[0][0]))
    assert nameless[0]["b"].ids["moodle_id"] == "1" and not nameless[1]


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"sep=;\r\nName;SID\r\nA;1\r\n", [["Name", "SID"], ["A", "1"]]),
        (b"\xef\xbb\xbf;;\r\nName;SID;\r\n\r\nA;1;\r\n", [["Name", "SID", ""], ["A", "1", ""]]),
        (b"Name,SID\rA,1\r", [["Name", "SID"], ["A", "1"]]),
        (b'"Last, First";SID\n"Smith, A";1\n', [["Last, First", "SID"], ["Smith, A", "1"]]),
        (b"Name\tSID\nA\t\x001\n", [["Name", "SID"], ["A", "1"]]),
        (b'Name,Text\nA,"' + b"x" * 200_000 + b'"\n', [["Name", "Text"], ["A", "x" * 200_000]]),
    ],
)
def test_what_spreadsheets_do(data: bytes, rows: list[list[str]]) -> None:
    """A line that names the separator, empty rows, old line ends, commas within quotes, zero bytes and long cells change nothing."""
    assert sheets.table_of(sheets.decoded(data)) == rows


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    """Of more than twenty entries the screen has twenty, and a file has all; it goes when it is not needed any more."""
    place = tmp_path / "a" / "not-matched.txt"
    lines = [f"f{n}: is a link" for n in range(100_000)]
    seen = list(shortened(lines, place))
    assert len(seen) == 21 and seen[-1] == f"... and 99,980 more: {place}"
    assert place.read_text().splitlines() == lines
    assert list(shortened(lines[:20], place)) == lines[:20] and not place.exists()


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_letters(code: str) -> None:
    """A sheet is read in the code that a spreadsheet saved it in."""
    assert sheets.decoded("Zoë;Núñez".encode(code)) == "Zoë;Núñez"
