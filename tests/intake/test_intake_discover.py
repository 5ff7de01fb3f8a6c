"""`discover`: who handed in, in every kind of folder and export."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_making import paths, write_tree, zipped

from grader.errors import UsageError
from grader.intake import discover, discover_one, read
from grader.intake.gradescope import read_metadata

CODE = "class LinearLayer: pass\n"
CANVAS = {
    "smithbob_340934_208490284_hw1.py": CODE,
    "smithbob_340934_208490285_answers.yaml": "Q1: 1",
    "doejane_LATE_340935_208490286_hw1-2.ipynb": "{}",
    "anon_ab12C_99_x.ipynb": "{}",
    "müllerzoë_340936_1_hw.zip": zipped([("net.py", CODE)]),
}
MOODLE_FLAT = {
    "Jane Doe_1234567_assignsubmission_file_hw1.ipynb": "{}",
    "Jane Doe_1234567_assignsubmission_onlinetext_onlinetext.html": "<p>Q1: 2</p>",
    "Participant_77_assignsubmission_file_net.py": CODE,
}
MOODLE_FOLDERS = {
    "Jane Doe_1234567_assignsubmission_file_/hw/net.py": CODE,
    "Ann B. Li_1234568_assignsubmission_file/net.py": CODE,
}
METADATA = """---
submission_409194023:
  :submitters:
  - :name: First Last
    :sid: '123456789'
    :email: first@x.edu
  - :name: "Second \\"Q\\" Last"
    :sid: 7
  :created_at: 2026-04-26 17:34:00.861687000 Z
  :score: 2.0
  :results:
    tests:
    - name: 'submission_9:'
      output: |-
        submission_8:
          :submitters:
  :history:
  - :id: 1
submission_409194024:
  :submitters: []
  :created_at: 2026-04-26 17:34:00 Z
submission_5:
  :submitters:
  - :name: Gone
"""
GRADESCOPE = {
    "submission_metadata.yml": METADATA,
    "submission_409194023/net.py": CODE,
    "submission_409194024/net.py": CODE,
    "submission_77/net.py": CODE,
    "stray.txt": "?",
}


@pytest.mark.parametrize(
    ("files", "students"),
    [
        (
            {"ada/net.py": CODE, "bob.zip": zipped([]), "eve.py": CODE, "dan.tar.gz": b""},
            ["ada", "bob", "dan", "eve"],
        ),
        ({"ada.py": CODE, "bob.py": CODE}, ["ada", "bob"]),
        ({"ada.py": CODE, "ada.yaml": "Q1: 1", "bob.ipynb": "{}", "x/y": ""}, None),
        ({"net.py": CODE, "ada/x.py": "", "bob/x.py": ""}, ["ada", "bob", "net"]),
        ({"ada/net.py": CODE}, ["ada"]),
        ({"ada.csv": "id,digit", "bob.csv": "id,digit"}, ["ada", "bob"]),
        ({"Ada/a.py": CODE, "ada.py": CODE, "b/a.py": CODE}, ["Ada", "ada-2", "b"]),
        (CANVAS, ["anon_ab12C", "doejane_340935", "müllerzoë_340936", "smithbob_340934"]),
        (MOODLE_FLAT, ["77", "Jane_Doe_1234567"]),
        (MOODLE_FOLDERS, ["Ann_B._Li_1234568", "Jane_Doe_1234567"]),
        ({"a/b/m.zip": zipped(MOODLE_FOLDERS.items())}, ["Ann_B._Li_1234568", "Jane_Doe_1234567"]),
        (
            {**MOODLE_FOLDERS, "Default group_assignsubmission_file_/net.py": CODE},
            ["Ann_B._Li_1234568", "Default_group", "Jane_Doe_1234567"],
        ),
        ({"x.zip": zipped([("y.zip", zipped([("q_1_2_a.py", CODE)]))])}, ["x"]),
        (GRADESCOPE, ["First_Last_123456789", "submission_409194024", "submission_77"]),
        (
            {f"assignment_1_export/{k}": v for k, v in GRADESCOPE.items()},
            ["First_Last_123456789", "submission_409194024", "submission_77"],
        ),
        (
            {"x_submissions.zip": zipped(CANVAS.items())},
            ["anon_ab12C", "doejane_340935", "müllerzoë_340936", "smithbob_340934"],
        ),
        ({"m.zip": zipped(MOODLE_FOLDERS.items())}, ["Ann_B._Li_1234568", "Jane_Doe_1234567"]),
        (
            {"g.zip": zipped((f"a_export/{k}", v) for k, v in GRADESCOPE.items())},
            ["First_Last_123456789", "submission_409194024", "submission_77"],
        ),
        (
            {"s1_submissions.zip": zipped(CANVAS.items()), "late/net.py": CODE},
            ["anon_ab12C", "doejane_340935", "late", "müllerzoë_340936", "smithbob_340934"],
        ),
    ],
)
def test_students_of_a_class(
    tmp_path: Path, files: dict[str, str | bytes], students: list[str] | None
) -> None:
    """Folders, archives, bare files and every export give the students that are in it, with safe unique names."""
    found = discover(write_tree(tmp_path / "hw", files), shape="class" if students is None else "auto")
    assert found.shape == "class"
    assert sorted(s.student for s in found.sources) == (students or ["ada", "bob", "x"])


@pytest.mark.parametrize(
    "files",
    [
        {"net.py": CODE},
        {"net.py": CODE, "answers.yaml": "Q1: 1"},
        {"a.py": CODE, "b.py": "from a import LinearLayer\n"},
        {"a.py": "import layers\n", "layers/x.py": CODE, "other/y.py": ""},
        {"a.py": CODE, "b.py": CODE, "README.md": ""},
        {"net.ipynb": "{}", "data/x.csv": "1"},
        {"net.py": CODE, "stuff/x.csv": "1"},
        {"src/net.py": CODE, "data/x.csv": "1"},
        {"writeup.tex": "x"},
        {"answers (1).yaml": "x", "code.zip": zipped([])},
        {},
    ],
)
def test_one_students_folder(tmp_path: Path, files: dict[str, str]) -> None:
    """A folder with the parts of one hand-in is one student, named by the folder."""
    (tmp_path / "ada").mkdir()
    found = discover(write_tree(tmp_path / "ada", files))
    assert found.shape == "student"
    assert [s.student for s in found.sources] == ["ada"]


def test_the_shape_can_be_said(tmp_path: Path) -> None:
    """`shape` overrules the guess, both ways, and `usual` names of the rubric make it one student."""
    folder = write_tree(tmp_path / "hw", {"a.py": CODE, "b.py": CODE})
    assert len(discover(folder).sources) == 2
    assert len(discover(folder, shape="student").sources) == 1
    assert len(discover(folder, usual=["b.py"]).sources) == 1
    assert (
        len(discover(write_tree(tmp_path / "x", {"main.py": CODE, "b.py": CODE}), shape="class").sources) == 2
    )


def test_nothing_is_dropped_in_silence(tmp_path: Path) -> None:
    """What belongs to nobody is listed with its reason; junk is not."""
    folder = write_tree(
        tmp_path / "hw",
        {"ada/net.py": CODE, "bob/n.py": "", "roster.csv": "x", ".DS_Store": "", "__MACOSX/x": ""},
    )
    (folder / "link").symlink_to("/etc")
    assert discover(folder).unmatched == [
        "link: is a link, and links are not followed",
        "roster.csv: is neither a folder, an archive nor a code file",
    ]


def test_gradescope_says_who(tmp_path: Path) -> None:
    """Names, groups, ids and times come from the metadata; what is only on one side is named."""
    found = discover(write_tree(tmp_path, GRADESCOPE))
    first = found.sources[0]
    assert (first.name, first.members, first.submitted_at) == (
        "First Last",
        ('Second "Q" Last',),
        "2026-04-26 17:34:00.861687000 Z",
    )
    assert first.ids == {"submission_id": "409194023", "sid": "123456789", "email": "first@x.edu"}
    assert found.unmatched == [
        "submission_5: is in submission_metadata.yml but not in the export",
        "stray.txt: is not in submission_metadata.yml",
    ]


def test_other_shapes_of_the_metadata() -> None:
    """Flow style, indented lists, extra columns and unknown text are read or passed over."""
    text = "s_1:\n    :submitters: [{:name: A B, :sid: 1}]\ns_2:\n  :submitters:\n    - :name: 'It''s'\n      :Section: Z\n      :email:\njunk\n12.pdf:\n"
    found = list(read_metadata(text.splitlines()))
    assert [e.folder for e in found] == ["s_1", "s_2", "12.pdf"]
    assert found[0].submitters == [{"name": "A B", "sid": "1"}]
    assert found[1].submitters == [{"name": "It's", "section": "Z", "email": ""}]


def test_an_export_in_a_zip_is_read_student_by_student(tmp_path: Path) -> None:
    """The hand-ins inside of one zip open as if they had been unpacked."""
    path = tmp_path / "all.zip"
    path.write_bytes(
        zipped([*((f"e/{k}", v) for k, v in GRADESCOPE.items()), ("e/submission_77/sub/x.py", "")])
    )
    found = discover(path)
    assert [paths(read(s)) for s in found.sources] == [["net.py"], ["net.py"], ["net.py", "sub/x.py"]]
    path.write_bytes(zipped(CANVAS.items()))
    by_student = {s.student: paths(read(s)) for s in discover(path).sources}
    assert by_student["smithbob_340934"] == ["answers.yaml", "hw1.py"]
    assert by_student["müllerzoë_340936"] == ["net.py"]
    assert [s.late for s in discover(path).sources if "doe" in s.student] == [True]


def test_one_file_or_archive_is_one_student(tmp_path: Path) -> None:
    """A path to a file is its student's hand-in; an ordinary zip is not taken for an export."""
    folder = write_tree(tmp_path, {"ada.py": CODE, "bob.tar.gz": b"", "eve.zip": zipped([("net.py", CODE)])})
    assert [discover(folder / n).sources[0].student for n in ("ada.py", "bob.tar.gz", "eve.zip")] == [
        "ada",
        "bob",
        "eve",
    ]
    assert discover_one(folder / "ada.py").student == "ada"


def test_a_missing_path_is_a_usage_error(tmp_path: Path) -> None:
    """A path that is not there ends the command with what to give."""
    with pytest.raises(
        UsageError, match=r"there is no such file or folder. Give the folder with the hand-ins."
    ):
        discover(tmp_path / "gone")


@pytest.mark.parametrize("files", [CANVAS, MOODLE_FOLDERS, GRADESCOPE])
def test_a_class_is_not_taken_for_one_student(tmp_path: Path, files: dict[str, str]) -> None:
    """A download in a zip in a zip is refused with what to do; among other hand-ins nobody can stop the class with one."""
    (tmp_path / "x.zip").write_bytes(zipped([("hw_submissions.zip", zipped(files.items()))]))
    for place in (tmp_path, tmp_path / "x.zip"):
        with pytest.raises(UsageError, match="in a zip of its own"):
            discover(place)
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "net.py").write_text(CODE)
    assert [s.student for s in discover(tmp_path).sources] == ["ada", "x"]
