"""The zip: executable at its root, whole, equal for equal input, without anything of other assignments."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.gradescope.build import FILES, build
from grader.gradescope.lock import Lock, lock
from grader.gradescope.wheel import wheel_bytes, wheel_name
from grader.rubric import load

from ..exports.conftest import RUBRIC

LOCK = Lock({"numpy": "2.4.6"}, {"numpy": ("a" * 64, "b" * 64)}, torch="2.13.0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "rubrics" / "demo"
    place.mkdir(parents=True)
    (place / "rubric.yaml").write_text(RUBRIC)
    (place / "extensions.csv").write_text("email,days\n")
    (tmp_path / "rubrics" / "other").mkdir()
    (tmp_path / "rubrics" / "other" / "secret.py").write_text("x")
    return place


def test_zip(folder: Path, tmp_path: Path) -> None:
    """`setup.sh` and `run_autograder` lie at the root with their executable bits; the rubric's own folder is there, no other one."""
    built = build(load(folder / "rubric.yaml"), tmp_path / "a.zip", LOCK)
    with zipfile.ZipFile(built.path) as archive:
        modes = {i.filename: i.external_attr >> 16 for i in archive.infolist()}
        assert archive.read("setup.sh").startswith(b"#!/usr/bin/env bash\n") and b"\r" not in archive.read(
            "setup.sh"
        )
        assert (
            json.loads(archive.read("settings.json"))["rubric"]
            == "/autograder/source/rubrics/demo/rubric.yaml"
        )
        assert archive.read("torch.txt") == b"torch==2.13.0\n"
        assert archive.read("requirements.txt").decode().count("--hash=sha256:") == 2
    assert modes["setup.sh"] == modes["run_autograder"] == 0o100755
    assert {n for n in modes if n.startswith("rubrics/")} == {
        "rubrics/demo/rubric.yaml",
        "rubrics/demo/extensions.csv",
    }
    again = build(load(folder / "rubric.yaml"), tmp_path / "b.zip", LOCK)
    assert again.path.read_bytes() == built.path.read_bytes()


def test_nothing_from_outside(folder: Path, tmp_path: Path) -> None:
    """A link out of the rubric's folder is refused with what to do."""
    rubric = load(folder / "rubric.yaml")
    (folder / "link.py").symlink_to(tmp_path / "rubrics" / "other" / "secret.py")
    with pytest.raises(UsageError, match="leads out of the rubric's folder"):
        build(rubric, tmp_path / "a.zip", LOCK)


def test_wheel(tmp_path: Path) -> None:
    """The wheel holds the packages with their data and a record that fits; equal twice."""
    data = wheel_bytes()
    assert data == wheel_bytes()
    (tmp_path / wheel_name()).write_bytes(data)
    with zipfile.ZipFile(tmp_path / wheel_name()) as archive:
        names = archive.namelist()
        for needed in ("grader/report/templates/student.html.j2", "grader/report/report.schema.json", "reference/py.typed",
                       "grader/gradescope/files/setup.sh", "grader/sandbox/box/zygote.py"):  # fmt: skip
            assert needed in names
        assert not [n for n in names if n.endswith(".pyc") or n.startswith(("tests/", "rubrics/"))]
        record = next(n for n in names if n.endswith("RECORD"))
        lines = archive.read(record).decode().splitlines()
        assert len(lines) == len(names)
        name, said, size = next(line for line in lines if line.startswith("grader/run.py")).split(",")
        assert int(size) == len(archive.read(name))
        assert said.startswith("sha256=") and len(hashlib.sha256(archive.read(name)).digest()) == 32


def test_lock() -> None:
    """The lock names what is installed here: all that the grader needs to run, nothing for developing, torch only when asked."""
    found = lock(torch=False, hashes=False)
    assert {"numpy", "pydantic-core", "ipykernel", "pyseccomp", "jinja2"} <= set(found.versions)
    assert not {"pytest", "mypy", "torch", "hypothesis"} & set(found.versions)
    assert found.torch == "" and "--hash" not in found.requirements()
    assert "numpy==" in found.requirements()


def test_hashes_for_all_or_none() -> None:
    """Half a set of hashes would be refused by pip: then there are none."""
    assert "--hash" not in Lock({"a": "1", "b": "2"}, {"a": ("c" * 64,)}).requirements()


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck here")
@pytest.mark.parametrize("name", ["setup.sh", "run_autograder"])
def test_scripts_are_clean(name: str) -> None:
    """shellcheck has nothing to say about the two scripts."""
    done = subprocess.run(["shellcheck", str(FILES / name)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
