"""Submissions that are no submissions: each gets a report that says so, and the class goes on."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.samples.classes import ROOT, Graded, grade

RIGHT = """\
import numpy as np

class LinearLayer:
    def __init__(self, input_dim, output_dim):
        self.weights = np.random.randn(input_dim, output_dim)
        self.bias = np.full((1, output_dim), 0.5)

    def forward(self, input):
        self.input = input
        return input @ self.weights + self.bias

    def backward(self, grad):
        self.grad_weights = self.input.T @ grad
        self.grad_bias = grad.sum(axis=0)
        return grad @ self.weights.T

    def step(self, step_size):
        pass
"""
RUBRIC = """\
assignment: broken
title: A layer
code:
  - {names: [LinearLayer], usual: [net.py]}
recipes:
  linear:
    sizes: [{n: 5, i: 4, o: 3}, {n: 1, i: 3, o: 6}]
    draw: {X: "normal(n, i)", W: "normal(i, o)", b: "normal(1, o)", G: "normal(n, o)"}
    steps: ["layer = LinearLayer(i, o)", "layer.weights = W", "layer.bias = b", "Z = layer.forward(X)", "dX = layer.backward(G)"]
    reference: layers.linear_backward(X, W, b, G)
questions:
  - id: Q3
    title: The input gradient
    points: 2
    checks:
      - {id: Q3.grad_input, points: 2, gradient: {recipe: linear, of: dX, against: ref.input}}
"""


def zipped(name: str = "net.py", text: str = RIGHT) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return raw.getvalue()


def locked() -> bytes:
    """A zip whose one file is marked as encrypted, in both of its headers."""
    data = bytearray(zipped())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | 1)
    return bytes(data)


def sparse(path: Path, size: int) -> None:
    with open(path, "wb") as file:
        file.truncate(size)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    root = tmp_path_factory.mktemp("broken")
    (root / "rubric.yaml").write_text(RUBRIC)
    folder = root / "submissions"
    files = {
        "notebook/hw3.ipynb": b'{"cells": [ this is no JSON',
        "half-notebook/hw3.ipynb": b'{"cells": [{"cell_type": "code", "source": ["class LinearLayer:',
        "binary/net.py": bytes(range(256)) * 40,
        "other/net.py": b"class Layer:\n    pass\n",
        "near/net.py": RIGHT.replace("LinearLayer", "Linearlayer").encode(),
        "pdf/homework.pdf": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
        "right/net.py": RIGHT.encode(),
        "truncated.zip": zipped()[:180],
        "no-zip.zip": b"this is not a zip",
        "locked.zip": locked(),
        "right-in-a-zip.zip": zipped(),
        "right-file.py": RIGHT.encode(),
        "nothing.py": b"",
    }
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "empty").mkdir()
    (folder / "huge").mkdir()
    sparse(folder / "huge" / "net.py", 300 * 1024 * 1024)
    (folder / "huge-beside").mkdir()
    (folder / "huge-beside" / "net.py").write_text(RIGHT)
    sparse(folder / "huge-beside" / "weights.bin", 300 * 1024 * 1024)
    return grade(folder, root / "rubric.yaml", tmp_path_factory.mktemp("grades"))


def words(report: Any) -> str:
    """Everything that the student reads of what went wrong."""
    check = report["questions"][0]["checks"][0]
    problems = [f"{p['path']}: {p['message']} {p['help']}" for p in report["problems"]]
    return "\n".join([*problems, *report["notes"], check["message"], check["help"]])


SAID = {
    "empty": "Nothing was found in the hand-in",
    "truncated": "truncated.zip: is damaged or was cut off",
    "no-zip": "no-zip.zip: is damaged",
    "locked": "password",
    "notebook": "hw3.ipynb: is not a notebook",
    "half-notebook": "hw3.ipynb: is not a notebook",
    "binary": "net.py: is not text but binary data",
    "other": "LinearLayer: not defined in net.py",
    "near": "Did you mean `LinearLayer`?",
    "pdf": "Hand in the code file itself (.py or .ipynb)",
    "huge": "300 MB",
    "nothing": "not defined in nothing.py",
}


def test_everyone_gets_a_report(graded: Graded) -> None:
    """No broken submission stops the class, and none is a fault of ours."""
    assert set(graded.reports) == {*SAID, "right", "right-in-a-zip", "right-file", "huge-beside"}
    assert not graded.result.not_graded


@pytest.mark.parametrize("student", SAID)
def test_a_broken_submission_is_told_what_is_wrong(graded: Graded, student: str) -> None:
    """The report says in words what could not be read, and the grade is 0 and final."""
    report = graded.reports[student]
    assert (report["status"], report["points"]) == ("graded", 0.0)
    assert SAID[student] in words(report), words(report)
    assert "Traceback" not in words(report)


@pytest.mark.parametrize("student", ["right", "right-in-a-zip", "right-file", "huge-beside"])
def test_the_others_get_their_grades(graded: Graded, student: str) -> None:
    """What is right beside them, or beside one bad file, earns its points."""
    report = graded.reports[student]
    assert (report["status"], report["points"]) == ("graded", 2.0)


def test_each_breakage_has_its_own_words(graded: Graded) -> None:
    """Different breakages are told apart by what is said first."""
    kinds = ("empty", "truncated", "locked", "notebook", "binary", "other", "pdf", "huge")
    assert len({words(graded.reports[s]) for s in kinds}) == len(kinds)


def test_the_tests_stand_where_they_look() -> None:
    """The root of the project is found."""
    assert (ROOT / "grader").is_dir()
