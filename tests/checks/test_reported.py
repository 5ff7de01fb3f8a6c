"""The numbers of an experiment: read in every form in which students hand them in, and judged by one and the same band."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.checks._reported import share, told
from grader.checks.experiment import Band
from grader.intake import collect_answers
from grader.model import HandedFile, Source, Submission

LABELS = ("Q4.1", "Q4.2", "Q4.3", "Q5.3", "Q6", "Q4.discussion")
FIVE = [0.887, 0.872, 0.876, 0.885, 0.883]
CURVE = [0.1, 0.4, 0.7, 0.75]


def read(files: dict[str, str | bytes] | str, label: str, seeds: int = 1) -> dict[str, list[float]]:
    """The numbers that a hand-in reports."""
    named = {"experiments.yaml": files} if isinstance(files, str) else files
    handed = tuple(
        HandedFile(path, data if isinstance(data, bytes) else data.encode()) for path, data in named.items()
    )
    submission = Submission(Source("ada", ()), handed)
    student: Any = SimpleNamespace(answers=collect_answers(submission, LABELS), submission=submission)
    return told(student, label, seeds)


def npz(**arrays: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, **{name: np.array(values) for name, values in arrays.items()})
    return out.getvalue()


def npy(values: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, np.array(values))
    return out.getvalue()


ROWS = "".join(f"{i},{2.3 - a},{a}\n" for i, a in enumerate(CURVE))
CSV = "epoch,Train Loss,Val. Acc\n" + ROWS
ONE: list[tuple[str, dict[str, str | bytes] | str]] = [
    ("as the page has it", "Q4.2: {val_accuracy: 0.75, train_loss: 1.55}"),
    ("a percentage", "Q4.2: {val_accuracy: '75 %', train_loss: '1.55'}"),
    ("a decimal comma", "Q4.2: {val_accuracy: '0,75', train_loss: '1,55'}"),
    ("about", "Q4.2: {val_accuracy: ~75%, train_loss: 1.55 +- 0.1}"),
    ("other names", "Q4.2: {Validation Acc (%): 75, final training loss: 1.55}"),
    ("names in camel case", "Q4.2: {valAccuracy: 0.75, trainLoss: 1.55}"),
    ("in words", "Q4.2: 'val acc 0.75, train loss 1.55'"),
    ("curves", "Q4.2:\n  val_accuracy: [0.1, 0.5, 0.75]\n  train_loss: [2.3, 1.8, 1.55]\n"),
    ("what numpy prints", "Q4.2: {val_accuracy: [np.float64(0.1), np.float64(0.75)], train_loss: np.float64(1.55)}"),
    ("JSON", {"experiments.json": '{"Q4": {"2": {"val_acc": 0.75, "train_loss": 1.55}}}'}),
    ("Markdown", {"answers.md": "**Q4.2:** val_accuracy 0.75, train_loss 1.55\n"}),
    ("a table", {"results.csv": "experiment;val_acc;train_loss\nQ4.1;0.1;2.3\nQ4.2;0.75;1.55\n"}),
    ("a curve by its name", {"curves/q4_2.csv": CSV}),
    ("a longer name", {"learning-curves-Q4.2-final.csv": "\ufeff" + CSV.replace("\n", "\r\n")}),
    ("JSON by its name", {"Q4.2.json": json.dumps({"val_acc": CURVE, "train_loss": [2.0, 1.55]})}),
    ("arrays", {"q4_2.npz": npz(val_accs=CURVE, train_losses=[2.0, 1.55])}),
    ("an array for each", {"Q4.2_val_acc.npy": npy(CURVE), "Q4.2_train_loss.npy": npy([2.0, 1.55])}),
    ("the number first", {"answers.md": "**Q4.2:** 75 % validation accuracy, 1,55 training loss\n"}),
    ("the epoch behind it", "Q4.2: {val_accuracy: 75 % after 200 epochs, train_loss: 1.55 (epoch 200)}"),
    ("a share", "Q4.2: {val_accuracy: 225/300, train_loss: 1.55}"),
    ("in words, out of", "Q4.2: 'val accuracy 75 out of 100; train loss -> 1.55'"),
    ("decimal commas in words", "Q4.2: 'val_accuracy 0,75; train_loss 1,55'"),
    ("LaTeX", {"writeup.tex": r"\answer{Q4.2}{$\text{val\_accuracy} = 75\,\%,\ \text{train\_loss} \approx 1.55$}"}),
    ("sides outside", "Q4.2: {validation: {acc: 75.0}, training: {loss: 1.55}}"),
    ("names outside", "val_accuracy: {Q4.1: 0.1, Q4.2: 0.75}\ntrain_loss: {Q4.2: 1.55}\n"),
    ("flat keys", "Q4.2.val_accuracy: 0.75\nQ4.2.train_loss: 1.55\n"),
    ("tabs", "Q4.2:\n\tval_accuracy: 0.75\n\ttrain_loss: 1.55\n"),
    ("a Markdown table", {"r.md": "| | Val. acc | Train loss |\n|---|--:|--:|\n| Q4.1 | 10 % | 2.3 |\n| **Q4.2** | **75.0 %** | 1.55 |\n"}),
    ("a table on its side", {"r.md": "metric | Q4.1 | Q4.2\n--- | --- | ---\nval acc | 0.1 | 0,75\ntrain loss | 2.3 | 1,55\n"}),
    ("a LaTeX table", {"r.tex": "\\begin{tabular}{lr@{}r}\n\\toprule & \\textbf{Val acc} & Train loss\\\\ \\midrule\nQ4.2 & $75.0\\%$ & $1.55$ \\\\ \\bottomrule\n\\end{tabular}"}),
    ("a table with decimal commas", {"results.csv": "Experiment;Val acc;Train loss\nQ4.2;75,0 %;1,55\n"}),
    ("a table in columns", {"results.csv": "metric,Q4.1,Q4.2\nval_accuracy,0.1,0.75\ntrain_loss,2.3,1.55\n"}),
    ("the blank template beside data", {"experiments.yaml": "Q4.2: {val_accuracy: , train_loss: }", "Q4.2.csv": CSV}),
]  # fmt: skip
SEVERAL: list[tuple[str, dict[str, str | bytes] | str]] = [
    ("a list", f"Q6: {{val_accuracy: {FIVE}}}"),
    ("only a list", f"Q6: {FIVE}"),
    ("percentages", "Q6: [88.7%, 87.2%, '87.6 %', 88.5, 88.3]"),
    ("a text", "Q6: '88.7, 87.2, 87.6, 88.5, 88.3'"),
    ("a text with a name", "Q6: {val_accuracy: 0.887 0.872 0.876 0.885 0.883}"),
    ("by seed", "Q6: {102: 0.887, 103: 0.872, 104: 0.876, 105: 0.885, 106: 0.883}"),
    (
        "with seeds, mean and spread",
        f"Q6:\n  seeds: [1, 2, 3, 4, 5]\n  val_accuracy: {FIVE}\n  mean: 0.88\n  std: 0.006\n",
    ),
    ("runs", "Q6:\n" + "".join(f"  - {{seed: {i}, val_accuracy: {a}}}\n" for i, a in enumerate(FIVE))),
    ("runs by seed", "Q6:\n" + "".join(f"  seed_{i}: {{val_acc: {a}}}\n" for i, a in enumerate(FIVE))),
    ("a curve each", "Q6:\n  val_accuracy:\n" + "".join(f"    - [0.1, 0.5, {a}]\n" for a in FIVE)),
    (
        "a file each",
        {f"Q6_seed{i}.csv": f"epoch,val_accuracy\n0,0.1\n1,{a}\n" for i, a in enumerate(FIVE)},
    ),
    ("rows of a table", {"results.csv": "label,val_accuracy\n" + "".join(f"Q6,{a}\n" for a in FIVE)}),
    ("an array", {"Q6.npy": npy(FIVE)}),
    ("a spread by a longer name", f"Q6: {{seeds: [1, 2, 3, 4, 5], val_accuracy: {FIVE}, std_val_accuracy: 0.006, accuracy_std: 0.6}}"),
    ("seeds and a mean in words", "Q6: 'seed 1: 88.7, seed 2: 87.2, seed 3: 87.6, seed 4: 88.5, seed 5: 88.3 (mean 88.1, std 0.6)'"),
    ("decimal commas", "Q6: '88,7 %; 87,2 %; 87,6 %; 88,5 %; 88,3 %'"),
    ("LaTeX", {"w.tex": r"\answer{Q6}{$88.7\%, 87.2\%, 87.6\%, 88.5\%, 88.3\%$; mean $88.06 \pm 0.6$}"}),
    ("a row for all", {"r.md": "| | seed 1 | seed 2 | seed 3 | seed 4 | seed 5 |\n|-|-|-|-|-|-|\n| Q6 | 88.7 | 87.2 | 87.6 | 88.5 | 88.3 |\n"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "files"), ONE)
def test_one_run(name: str, files: dict[str, str | bytes] | str) -> None:
    """Of one run the last numbers count, in whatever form they come."""
    found = read(files, "Q4.2")
    assert {k: [pytest.approx(share(k, v)) for v in values] for k, values in found.items()} == {
        "val_accuracy": [0.75],
        "train_loss": [1.55],
    }


@pytest.mark.parametrize(("name", "files"), SEVERAL)
def test_several_runs(name: str, files: dict[str, str | bytes] | str) -> None:
    """Of several runs each one's last number counts."""
    found = read(files, "Q6", 5)
    assert [share("val_accuracy", v) for v in found["val_accuracy"]] == pytest.approx(FIVE)


NOTHING: list[dict[str, str | bytes] | str] = [
    "Q4.2: {val_accuracy: , train_loss: }",
    "Q4.2: {val_accuracy: nan, train_loss: .inf}",
    "Q4.2: {epochs: [1, 2, 3], seed: 102, step: 5}",
    "Q4.2: {val_accuracy: [], train_loss: []}",
    "Q4.2: I could not run this.",
    {"predictions.csv": "id,digit\n0,5\n1,3\n"},
    {"notes_Q4.2.csv": "what\nnothing\n"},
    {"r.md": "| label | answer |\n|---|---|\n| Q4.2 | 3 |\n"},
    {"r.tex": "\\begin{tabular}{lc} & Val acc \\\\ Q4.2 & 0.75"},
    {"Q4.2.npy": b"\x93NUMPY\x01\x00garbage", "Q4.2.npz": b"PK\x03\x04", "Q4.2.json": "[1, 2"},
]


@pytest.mark.parametrize("files", NOTHING)
def test_no_numbers(files: dict[str, str | bytes] | str) -> None:
    """Where no number was reported none is found."""
    assert read(files, "Q4.2") == {}


def test_both_sides_in_one_go() -> None:
    """`train/val` names two numbers, each by its own side."""
    found = read("Q4.2: 'train/val accuracy: 80 % / 75 %'", "Q4.2")
    assert found == {"train_accuracy": [80.0], "val_accuracy": [75.0]}


def test_pickles_are_never_opened(tmp_path: Path) -> None:
    """An array of objects, which only a pickle can hold, is no data."""

    class Loud:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "opened",)

    out = io.BytesIO()
    np.save(out, np.array([Loud()], dtype=object), allow_pickle=True)
    assert read({"Q4.2_val_acc.npy": out.getvalue()}, "Q4.2") == {}
    assert not (tmp_path / "opened").exists()


def test_a_loss_without_a_word_may_be_of_either_set() -> None:
    """`loss` is right where it fits the training or the validation images."""
    band = Band(val_accuracy=(0.8, 1.0), train_loss=(0.1, 0.3), val_loss=(0.2, 0.7))
    assert band.of("loss") == (0.1, 0.7)
    assert (band.of("val_loss"), band.of("train_accuracy")) == ((0.2, 0.7), None)
    assert read("Q5.3: val acc 0.91, loss 0.12", "Q5.3") == {"val_accuracy": [0.91], "loss": [0.12]}
