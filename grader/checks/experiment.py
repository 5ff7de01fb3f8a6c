"""The kind `experiment`."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from grader.checks._curves import CurvesFile
from grader.checks._expressions import Expression
from grader.checks._training import Digits, Run, digits, panels, train
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
        epochs: of our own run: enough to tell the outcomes apart.
        rerun: accuracy on new images that our run of the student's classes must show, lowest and highest.
        tries: runs from other seeds before an accuracy outside of `rerun` counts: some schedules are chaotic.
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
    tries: int = 2
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
    most: int = 0,
    timeout: float = 60.0,
    curves: CurvesFile = {},  # noqa: B006 - a default of the options' schema
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
        most: training images at most, 0 for all.
        timeout: for one run, in seconds.
        curves: a file with the reference's curves by label, drawn behind the student's.
    """
    given = digits(data, student.seed, most)
    runs: dict[str, Run] = {}
    complaints: list[str] = []
    waiting: list[str] = []
    names = _data_set(student, trials)
    run: Run | StudentFault | None = None
    for trial in trials:
        if not (
            isinstance(run, StudentFault) and run.kind == "timeout"
        ):  # one that hangs is not awaited again
            run = _tried(student, trial, classes, given, batch, width, timeout)
        if isinstance(run, Run):
            runs[trial.label] = run
        told = _told(student, trial.label)
        if complaint := _rerun_complaint(trial, run) or _reported_complaint(trial, told, names):
            complaints.append(complaint)
        elif not told:
            (waiting if _in_notebook(student) else complaints).append(_nothing(trial.label))
    return _verdict(trials, panels(runs, curves), runs, complaints, waiting)


def _tried(
    student: Student, trial: Trial, classes: list[str], given: Digits, batch: int, width: int, timeout: float
) -> Run | StudentFault:
    """The first run inside the band, or the last one."""
    for attempt in range(trial.tries):
        run = _run(student, trial, classes, given, batch, width, timeout, student.seed + attempt)
        if isinstance(run, StudentFault) or trial.rerun[0] <= run.accuracy <= trial.rerun[1]:
            break
    return run


def _run(
    student: Student, trial: Trial, classes: list[str], given: Digits, batch: int, width: int, timeout: float, seed: int
) -> Run | StudentFault:  # fmt: skip
    try:
        return train(
            student, classes, given, shape=(width, trial.layers, trial.activation), step=trial.step, batch=batch,
            epochs=trial.epochs, seed=seed, timeout=timeout,
        )  # fmt: skip
    except StudentFault as fault:
        return fault


def _rerun_complaint(trial: Trial, run: Run | StudentFault) -> str:
    if isinstance(run, StudentFault):
        return f"{trial.label}: {run.message}"
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
    if trial.seeds > 1 and (count := len(told.get("val_accuracy", []))) < trial.seeds:
        return f"{trial.label}: expected {trial.seeds} numbers under val_accuracy, one for each seed, got {count}."
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
    """The numbers that the student reports for a label, by name; names are matched loosely, unknown ones left out."""
    found = student.answers.experiments.get(label)
    if found is None:
        return {}
    values = found.value if isinstance(found.value, dict) else {"val_accuracy": found.value}
    told: dict[str, list[float]] = {}
    for name, value in values.items():
        standard, numbers = _standard(str(name), value), _numbers(value)
        if standard and numbers:
            told.setdefault(standard, []).extend(numbers)
    return told


_SPREAD = re.compile(r"std|stdev|deviation|spread|var|variance|range|sem|sd")


def _standard(name: str, value: Any) -> str:
    """`val_accuracy` for `Validation acc.`, or nothing for what is neither a loss nor an accuracy (`std`, `seeds`)."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    if _SPREAD.fullmatch(plain.removeprefix("val").removesuffix("accuracy").removesuffix("acc")):
        return ""
    if plain in ("", "seed", "seeds", "accuracies", "results", "runs"):
        # `seeds: [102, 103]` are the seeds, `102: 0.87` is what one of them gave
        return (
            "" if plain in ("seed", "seeds") and all(n == int(n) for n in _numbers(value)) else "val_accuracy"
        )
    if "loss" not in plain and "acc" not in plain:
        return (
            "val_accuracy"
            if re.fullmatch(r"val|validation|valid|test|dev|seed[a-z]*|run[a-z]*", plain)
            else ""
        )
    part = "train" if "train" in plain else "val"
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


def _verdict(
    trials: list[Trial], curves: list[dict[str, Any]], runs: dict[str, Run], complaints: list[str], waiting: list[str]
) -> Verdict:  # fmt: skip
    shown: dict[str, Any] = {"curves": curves, "table": _table(trials, runs, [*complaints, *waiting])}
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
        else "The numbers and the outcome of every experiment are those of a right network."
    )
    return partial(fraction, message, problems=complaints, **shown)


def _table(trials: list[Trial], runs: dict[str, Run], said: list[str]) -> dict[str, Any]:
    of = {
        t.label: next((s.partition(": ")[2] for s in said if s.startswith(f"{t.label}: ")), "right")
        for t in trials
    }
    rows = [
        [
            t.label,
            f"step {t.step:g}, {t.layers} layers, {t.activation}, {t.epochs} epochs",
            t.expect,
            f"{runs[t.label].accuracy:.1%}" if t.label in runs else "-",
            of[t.label],
        ]
        for t in trials
    ]
    return {
        "columns": ["experiment", "change", "expected", "your network, trained again", "verdict"],
        "rows": rows,
    }
