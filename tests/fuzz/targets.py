"""
What is fuzzed: each reader of things that others write, as a function of bytes that raises only when the reader breaks its word.

`test_fuzz.py` feeds them mutations of good inputs (hypothesis); `python -m tests.fuzz.atheris_run TARGET RUNS` lets atheris look for
inputs by the branches that they take.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

from grader.answers import judge
from grader.answers.spec import AnswerSpec
from grader.errors import RubricError
from grader.intake import collect_answers, read
from grader.intake.notebook import NotANotebookError, read_notebook, static_code
from grader.model import HandedFile, Source, Submission
from grader.predictions import read_predictions
from grader.rubric import load
from grader.sandbox.box import protocol
from grader.sandbox.kernel_client import _message
from grader.sandbox.outputs import node, output_of
from tests.answers.harness import specs

ROOT = Path(__file__).parents[2]
SMALL = b"assignment: a\ntitle: A\ncode:\n  - {names: [f], usual: [f.py]}\nrecipes:\n  r:\n    sizes: [{n: 3}]\n    draw: {x: normal(n)}\n    steps: [y = f(x)]\n    reference: 2 * x\nquestions:\n  - id: Q1\n    title: F\n    points: 2\n    checks:\n      - {id: Q1.a, points: 2, value: {recipe: r, of: y}}\n"


def read_frame(data: bytes) -> None:
    """A frame from inside is a message that can be written again, or a `ProtocolError`."""
    size = min(max(len(data) - 1, 0), data[0] * 4 if data else 0)
    with contextlib.suppress(protocol.ProtocolError):
        message = protocol.unpack(data[1 : 1 + size], data[1 + size :])
        again = protocol.pack(message)
        assert again[:4] == protocol.MAGIC


def read_notebook_file(data: bytes) -> None:
    """A notebook has cells whose code can be made static, or is none."""
    with contextlib.suppress(NotANotebookError):
        for cell in read_notebook(data.decode("utf-8", "replace")).cells:
            static_code(cell.source)


def read_kernel_message(data: bytes) -> None:
    """A message of a kernel counts or does not, and what counts can be put into a notebook and written down."""
    kinds = (
        "display_data",
        "stream",
        "error",
        "execute_result",
        "status",
        "clear_output",
        "update_display_data",
        "x",
    )
    message = _message({"type": kinds[data[0] % 8], "content": data[1:], "parent": "1"}) if data else None
    if message is not None:
        json.dumps(node(output_of(message["msg_type"], message["content"])), indent=1)


def read_archive(data: bytes) -> None:
    """A hand-in is files and problems, whatever its bytes are."""
    ends = (".zip", ".tar.gz", ".tar", ".ipynb", ".py", "")
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        path = Path(folder, "hw" + ends[data[0] % len(ends)] if data else "hw")
        path.write_bytes(data[1:])
        submission = read(Source("ada", (str(path),)))
        assert submission.files or submission.problems
        assert not any(p.ours for p in submission.problems)
        assert all(".." not in f.path.split("/") and not f.path.startswith("/") for f in submission.files)


@cache
def _some_specs() -> list[tuple[str, AnswerSpec]]:
    every = {**specs("cs181-hw3"), **specs("cs577-a2"), **specs("nyu-dl-hw1"), **specs("cs434-hw3")}
    return sorted(every.items())


def read_answer(data: bytes) -> None:
    """An answer gets a judgement, with a short message."""
    chosen = _some_specs()
    label, spec = chosen[(data[0] if data else 0) % len(chosen)]
    judgement = judge(data[1:].decode("utf-8", "replace"), spec, label=label)
    assert len(judgement.message) < 500


def read_answers_file(data: bytes) -> None:
    """A file of answers gives answers and problems."""
    names = ("answers.yaml", "w.tex", "w.md", "a.ipynb", "answers.json", "experiments.yaml")
    file = HandedFile(names[(data[0] if data else 0) % len(names)], data[1:])
    labels = ["Q1.b", "Q2", "P1.2a", "P3.1.W1", "P3.2b", "Q4.1"]
    collect_answers(Submission(Source("ada", ("made",)), (file,)), labels, {"Problem 1": ["P1.2a"]})


def read_predictions_file(data: bytes) -> None:
    """A file of predictions is complete, or says what is wrong with it."""
    found = read_predictions(data, 5)
    assert (found.classes is None) == bool(found.problems)


def read_rubric(data: bytes) -> None:
    """A rubric is read, or complained about by file and line."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        path = Path(folder, "rubric.yaml")
        path.write_bytes(data)
        try:
            load(path)
        except RubricError as e:
            assert "rubric.yaml" in str(e)


TARGETS: dict[str, Callable[[bytes], None]] = {
    f.__name__.removeprefix("read_"): f
    for f in (
        read_frame,
        read_notebook_file,
        read_kernel_message,
        read_archive,
        read_answer,
        read_answers_file,
        read_predictions_file,
        read_rubric,
    )
}


def zipped() -> bytes:
    """A small archive with an archive in it."""
    inner, outer = BytesIO(), BytesIO()
    for raw, name, content in ((inner, "a/b.py", b"x = 1\n" * 50), (outer, "in.zip", b"")):
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content or inner.getvalue())
    return outer.getvalue()


def seeds() -> dict[str, list[bytes]]:
    """Good inputs to begin with."""
    import numpy as np

    value = {
        "a": [1, 2.5, None, True, 1j, 2**70],
        "b": np.ones((2, 3)),
        "c": (np.float32(1), "x"),
        "d": {"e": b"x"},
    }
    frame = protocol.pack({"value": value, "ref": protocol.Ref(1, "A"), "t": protocol.Tensor(np.ones(2))})
    _, size, _ = protocol.HEAD.unpack(frame[: protocol.HEAD.size])
    rest = frame[protocol.HEAD.size :]
    cut = -size % 4  # the target reads lengths in steps of four: spaces after JSON are JSON
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "code", "metadata": {}, "source": ["%%time\n", "x = 1\n", "!ls"], "outputs": [{"output_type": "stream", "text": "1"}]},
        {"cell_type": "markdown", "metadata": {}, "source": "**Q2:** $\\frac{1}{2}$"},
    ]}  # fmt: skip
    shown = {"data": {"text/plain": "1", "application/json": {"a": [1]}}, "metadata": {"a": 1}, "transient": {"display_id": "x"}, "text": "a", "name": "stdout", "traceback": ["a"]}  # fmt: skip
    answers = [r"\frac{\sum_{i=1}^{n} x_i}{n}", r"\sigma^2 \tau / (n\tau^2 + \sigma^2)", "X^T (P - Y)", "[[1, 2], [3, 4]]", "yes, because", r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", r"\mathbb{1}[y = k] - p_k"]  # fmt: skip
    texts = [
        "Q1.b: 3\nQ2: |\n  $x$\n",
        "\\section{Problem 1}\n\\answer{P1.2a}{\\frac{1}{n}}\n\\boxed{x}",
        "# Problem 1\n**P1.2a:** $x$\n",
    ]
    return {
        "frame": [bytes([(size + cut) // 4]) + rest[:size] + b" " * cut + rest[size:]]
        if size + cut < 1020
        else [b"\x00"],
        "notebook_file": [json.dumps(book).encode()],
        "kernel_message": [bytes([k]) + json.dumps(shown).encode() for k in range(7)],
        "archive": [b"\x00" + zipped()],
        "answer": [bytes([k]) + a.encode() for k, a in enumerate(answers)],
        "answers_file": [bytes([k]) + t.encode() for k, t in enumerate(texts)]
        + [b"\x03" + json.dumps(book).encode()],
        "predictions_file": [b"id,digit\n0,1\n1,2\n2,3\n3,4\n4,5\n", b"\xff\xfei\x00d\x00", b"0;1\r\n1;2"],
        "rubric": [SMALL],
    }
