"""The kind `experiment`."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from grader.checks._training import Digits, Run, digits, panels, train
from grader.checks.recipe import Expression
from grader.checks.registry import check
from grader.errors import StudentFault
from grader.model import Outcome, Verdict, lost, partial
from grader.student import Student


class Band(BaseModel):
    """The numbers that the reference shows over seeds, widened: lowest and highest."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    val_accuracy: tuple[float, float]
    train_loss: tuple[float, float] | None = None
    train_accuracy: tuple[float, float] | None = None
    val_loss: tuple[float, float] | None = None


class Trial(BaseModel):
    """
    One experiment: a label, a network, a schedule, and what is expected.

    Args:
        label: of the student's numbers (`Q4.1`).
        seeds: how many numbers are reported (Q6: five).
        rerun: accuracy on new images that our run of the student's classes must show, lowest and highest.
        reported: per set of data that students may have used, the band of the numbers.
        expect: in words.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    label: str
    step: float = 0.01
    layers: int = 2
    activation: str = "Sigmoid"
    seeds: int = 1
    epochs: int = 200
    rerun: tuple[float, float]
    reported: dict[str, Band]
    expect: str


@check
def experiment(
    student: Student,
    *,
    trials: list[Trial],
    classes: list[str],
    data: Expression = "digits.load_digit_split(28)",
    batch: int = 200,
    width: int = 16,
    timeout: float = 60.0,
) -> Verdict:
    """
    The experiments were made, and their numbers are those of a right network.

    Each is run again with the student's own classes; the numbers that the student reports must lie in the band of the
    reference for one and the same set of data.

    Args:
        trials: the experiments.
        classes: the network's class and the loss's class.
        data: the grader's images.
        batch, width: of all experiments.
        timeout: for one run, in seconds.
    """
    given = digits(data, student.seed, 0)
    runs, complaints, waiting = {}, [], []
    names = _data_set(student, trials)
    for trial in trials:
        run = _run(student, trial, classes, given, batch, width, timeout)
        if isinstance(run, Run):
            runs[trial.label] = run
        told = _told(student, trial.label)
        if complaint := _rerun_complaint(trial, run) or _reported_complaint(trial, told, names):
            complaints.append(complaint)
        elif not told:
            (waiting if _in_notebook(student) else complaints).append(_nothing(trial.label))
    return _verdict(trials, runs, complaints, waiting)


def _run(
    student: Student, trial: Trial, classes: list[str], given: Digits, batch: int, width: int, timeout: float
) -> Run | StudentFault:
    try:
        return train(
            student, classes, given, shape=(width, trial.layers, trial.activation), step=trial.step, batch=batch,
            epochs=trial.epochs, seed=student.seed, timeout=timeout,
        )  # fmt: skip
    except StudentFault as fault:
        return fault


def _rerun_complaint(trial: Trial, run: Run | StudentFault) -> str:
    if isinstance(run, StudentFault):
        return f"{trial.label}: your network could not be trained again: {run.message}"
    low, high = trial.rerun
    if low <= run.accuracy <= high:
        return ""
    return (
        f"{trial.label}: expected {trial.expect}; trained again, your network classifies {run.accuracy:.0%} of new images right, "
        f"which is {'less' if run.accuracy < low else 'more'} than a right network does."
    )


def _reported_complaint(trial: Trial, told: dict[str, list[float]], data: str) -> str:
    if not told:
        return ""
    if "val_accuracy" in told and len(told["val_accuracy"]) < trial.seeds:
        return f"{trial.label}: expected {trial.seeds} numbers under val_accuracy, got {len(told['val_accuracy'])}."
    for name, low, high in _outside(trial, told, data):
        return f"{trial.label}: the reported {name} lies outside what a right network shows here ({low:.3g} to {high:.3g})."
    return ""


def _outside(trial: Trial, told: dict[str, list[float]], data: str) -> list[tuple[str, float, float]]:
    band, found = trial.reported[data], []
    for name, values in told.items():
        limits = getattr(band, name, None)
        # A list of one experiment is a learning curve: its last number counts. Of several seeds every one does.
        counted = values if trial.seeds > 1 else values[-1:]
        if limits and any(not limits[0] <= _share(name, v) <= limits[1] for v in counted):
            found.append((name, *limits))
    return found


def _share(name: str, value: float) -> float:
    """Accuracies may be percentages."""
    return value / 100 if name.endswith("accuracy") and value > 1.0 else value


def _data_set(student: Student, trials: list[Trial]) -> str:
    """The set of data that explains most of the reported numbers: the student used one for all experiments."""
    sets = list(trials[0].reported)
    return min(
        sets, key=lambda s: (sum(len(_outside(t, _told(student, t.label), s)) for t in trials), sets.index(s))
    )


def _told(student: Student, label: str) -> dict[str, list[float]]:
    """The numbers that the student reports for a label, by name; names are matched loosely."""
    found = student.answers.experiments.get(label)
    if found is None:
        return {}
    values = found.value if isinstance(found.value, dict) else {"val_accuracy": found.value}
    told = {}
    for name, value in values.items():
        numbers = _numbers(value)
        if numbers:
            told[_standard(str(name))] = numbers
    return told


def _standard(name: str) -> str:
    plain = re.sub(r"[^a-z]", "", name.lower())
    part = (
        "val"
        if "val" in plain
        or "test" in plain
        or "seed" in plain
        or plain in ("accuracy", "acc", "accuracies", "mean")
        else "train"
    )
    return f"{part}_{'loss' if 'loss' in plain else 'accuracy'}"


def _numbers(value: Any) -> list[float]:
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return [float(value)] if np.isfinite(value) else []
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(-?\d+(?:[.,]\d+)?(?:e-?\d+)?)\s*%?\s*", value, re.IGNORECASE)
        number = float(match[1].replace(",", ".")) if match else None
        return [] if number is None else [number]
    if isinstance(value, list | tuple):
        return [n for v in value for n in _numbers(v)]
    if isinstance(value, dict):
        return [n for v in value.values() for n in _numbers(v)]
    return []


def _in_notebook(student: Student) -> bool:
    return any(f.path.endswith(".ipynb") and b"image/png" in f.data for f in student.submission.files)


def _nothing(label: str) -> str:
    return f"{label}: no numbers were handed in: write them to experiments.yaml, as `{label}: {{val_accuracy: ..., train_loss: ...}}`."


def _verdict(trials: list[Trial], runs: dict[str, Run], complaints: list[str], waiting: list[str]) -> Verdict:
    shown: dict[str, Any] = {"curves": panels(runs), "table": _table(trials, runs)}
    if complaints and len(complaints) + len(waiting) == len(trials):
        return lost(complaints[0], problems=complaints, **shown)
    if waiting:
        text = "The experiments are in the notebook's outputs: waits for a person to compare them."
        return Verdict(Outcome.MANUAL, 0.0, text, evidence={"problems": complaints, **shown})
    right = len(trials) - len(complaints)
    fraction = 1.0 if not complaints else 0.5 if right * 2 >= len(trials) else 0.0
    message = (
        complaints[0]
        if complaints
        else f"{right} of {len(trials)} experiments: the numbers and the outcome are those of a right network."
    )
    return partial(fraction, message, problems=complaints, **shown)


def _table(trials: list[Trial], runs: dict[str, Run]) -> dict[str, Any]:
    rows = [
        [
            t.label,
            f"step {t.step:g}, {t.layers} layers, {t.activation}",
            t.expect,
            f"{runs[t.label].accuracy:.1%}" if t.label in runs else "-",
        ]
        for t in trials
    ]
    return {"columns": ["experiment", "change", "expected", "your network, trained again"], "rows": rows}
