"""`read`: folders on disk, several files of one student, and what `read` does on any bytes."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_making import (
    handed,
    messages,
    notebook,
    paths,
    read_file,
    tarred,
    write_tree,
    zipped,
)

from grader.intake import read
from grader.model import Source

CODE = "class LinearLayer: pass\n"
TWO = [("net.py", CODE), ("answers.yaml", "Q1.b: 1\n")]


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    """A link on disk is refused, to a file or to a folder, and a pipe does not block."""
    folder = write_tree(tmp_path / "ada", {"net.py": CODE})
    (folder / "secret").symlink_to("/etc/passwd")
    (folder / "all").symlink_to("/etc")
    os.mkfifo(folder / "pipe")
    submission = read(Source("ada", (str(folder),)))
    assert paths(submission) == ["net.py"]
    assert len(submission.problems) == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_permission_is_our_fault(tmp_path: Path) -> None:
    """What the operating system refuses is flagged as ours, so that it is `not graded` and never a 0."""
    folder = write_tree(tmp_path / "ada", {"net.py": CODE})
    (folder / "net.py").chmod(0)
    submission = read(Source("ada", (str(folder),)))
    assert [p.ours for p in submission.problems] == [True, True]


def test_a_source_that_is_gone_is_our_fault(tmp_path: Path) -> None:
    """A hand-in that was found and cannot be found again is ours to explain."""
    submission = read(Source("ada", (str(tmp_path / "gone"),)))
    assert submission.problems[0].fatal
    assert submission.problems[0].ours


def test_an_empty_folder_says_what_to_hand_in(tmp_path: Path) -> None:
    """Nothing handed in is fatal, and the message says what is wanted."""
    (tmp_path / "ada").mkdir()
    (problem,) = read(Source("ada", (str(tmp_path / "ada"),))).problems
    assert problem.fatal
    assert not problem.ours
    assert problem.message == "Nothing was found in the hand-in."
    assert problem.help.startswith("Hand in your code file (.py or .ipynb) and your answers")


def test_a_wrapper_that_the_code_imports_stays(tmp_path: Path) -> None:
    """The single top folder is stripped, but not when it is the package that the code imports by name."""
    plain = write_tree(tmp_path / "a", {"hw/net.py": CODE, "hw/data/x.csv": "1"})
    package = write_tree(
        tmp_path / "b", {"hw/net.py": "from hw.layers import X\n", "hw/layers.py": "X = 1\n"}
    )
    assert paths(read(Source("a", (str(plain),)))) == ["data/x.csv", "net.py"]
    assert paths(read(Source("b", (str(package),)))) == ["hw/layers.py", "hw/net.py"]


def test_canvas_files_get_their_own_names_back(tmp_path: Path) -> None:
    """The prefix of a Canvas export goes, and so does the number of an attempt, unless two files would be one."""
    names = [
        "doe_1_2_net-1.py",
        "doe_1_3_part-1.md",
        "doe_1_4_part-2.md",
        "doe_1_text.html",
        "doe_1_link.html",
    ]
    folder = write_tree(tmp_path, dict.fromkeys(names, "<p><b>P1:</b> x &amp; y</p>"))
    submission = read(Source("doe", tuple(str(folder / n) for n in names), platform="canvas"))
    assert paths(submission) == ["net.py", "online_text.md", "part-1.md", "part-2.md"]
    assert submission.files[1].text() == "**P1:** x & y\n"
    assert messages(submission) == ["the link that you handed in was not opened: links are not followed."]


def test_data_archives_are_left_alone(tmp_path: Path) -> None:
    """Formats that are zips or gzips inside (.npz, .docx, .csv.gz) stay the files that they are."""
    files = {"a.npz": zipped(TWO), "b.docx": zipped(TWO), "c.csv.gz": gzip.compress(b"1"), "net.py": CODE}
    submission = read(Source("ada", (str(write_tree(tmp_path / "ada", files)),)))
    assert paths(submission) == ["a.npz", "b.docx", "c.csv.gz", "net.py"]


@pytest.mark.parametrize("name", ["hw.zip", "hw.tar.gz", "hw.rar", "hw.7z", "hw.tar"])
def test_a_page_that_is_called_an_archive(tmp_path: Path, name: str) -> None:
    """Something else under an archive's name (a login page, nothing) is named, alone or in a folder."""
    alone = read_file(tmp_path, name, "<html>Please log in</html>")
    beside = read(Source("a", (str(write_tree(tmp_path / "a", {name: "", "net.py": CODE})),)))
    for submission in (alone, beside):
        said = submission.problems[-1].message
        assert (
            said == "is not the archive that its name says, or it is damaged."
            or "is damaged or was cut off" in said
        )
    assert alone.problems[0].fatal
    assert paths(beside) == ["net.py"]


def test_an_archive_with_something_before_it(tmp_path: Path) -> None:
    """A self-extracting zip is a zip."""
    assert paths(read_file(tmp_path, "s.zip", b"MZ" + b"\0" * 400 + zipped(TWO))) == [
        "answers.yaml",
        "net.py",
    ]


def test_moodles_online_text_in_a_folder(tmp_path: Path) -> None:
    """What was typed into Moodle's form is text, also when each student is a folder."""
    folder = write_tree(
        tmp_path / "J D_1_assignsubmission_onlinetext", {"onlinetext.html": "<p>Q1: 2</p><script>x</script>"}
    )
    (file,) = read(Source("jd", (str(folder),), platform="moodle")).files
    assert (file.path, file.text()) == ("online_text.md", "Q1: 2\n")


def test_many_problems_are_counted(tmp_path: Path) -> None:
    """Beyond fifty problems the rest is one line."""
    submission = read_file(tmp_path, "hw.zip", zipped([*TWO, *((f"../{i}.py", "x") for i in range(70))]))
    assert len(submission.problems) == 51
    assert submission.problems[-1].message == "20 more files could not be used."


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_are_read_without_raising(tmp_path: Path, data: st.DataObject) -> None:
    """No bytes whatever, under any name, make `read` raise."""
    valid = [
        zipped(TWO),
        tarred(TWO),
        tarred(TWO, "w"),
        zipped([("a.zip", zipped(TWO))]),
        notebook(("code", "x=1")).encode(),
    ]
    base = bytearray(data.draw(st.sampled_from(valid) | st.binary(max_size=600)))
    for _ in range(data.draw(st.integers(0, 8))):
        if base:
            base[data.draw(st.integers(0, len(base) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(base)))
    name = data.draw(st.sampled_from(["x.zip", "x.tar.gz", "x.tar", "x.py", "x", "x.ipynb"]))
    submission = read_file(tmp_path, name, bytes(base[: cut or None]))
    assert submission.files or submission.problems[0].fatal


def test_the_same_bytes_give_the_same_digest(tmp_path: Path) -> None:
    """A folder and its zip are the same submission."""
    folder = read(Source("a", (str(write_tree(tmp_path / "a", dict(TWO))),)))
    assert folder.digest == read_file(tmp_path, "b.zip", zipped(TWO)).digest == handed(dict(TWO)).digest
