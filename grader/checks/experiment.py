"""The kind `experiment`."""

from __future__ import annotations

import contextlib
import re
from typing import Any

from pydantic import BaseModel, ConfigDict

from grader.checks._curves import CurvesFile
from grader.checks._expressions import Expression
from grader.checks._gym import FirstSteps, Gym
from grader.checks._reported import Told, share, told
from grader.checks._training import Run, digits, panels
from grader.checks.registry import check
from grader.errors import StudentFault
from grader.intake.notebook import NotANotebookError, read_notebook
from grader.model import Outcome, Verdict, lost, partial
from grader.student import Student

_PRINTED = re.compile(r"(?i)(?:acc|loss)\D{0,40}\d")


class Band(BaseModel):
    """The numbers that the reference shows over seeds, widened: lowest and highest."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    val_accuracy: tuple[float, float]
    train_loss: tuple[float, float] | None = None
    train_accuracy: tuple[float, float] | None = None
    val_loss: tuple[float, float] | None = None

    def of(self, name: str) -> tuple[float, float] | None:
        """Lowest and highest of a number; a `loss` may be of either set of images."""
        if name != "loss":
            found: tuple[float, float] | None = getattr(self, name, None)
            return found
        sides = [side for side in (self.train_loss, self.val_loss) if side]
        return (min(s[0] for s in sides), max(s[1] for s in sides)) if sides else None


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
    begun: list[str] = []
    complaints: list[str] = []
    waiting: list[str] = []
    names = _data_set(student, trials)
    gym = Gym(student, classes, given, batch, timeout)
    for trial in trials:
        run = _tried(gym, trial, width)
        if isinstance(run, Run):
            runs[trial.label] = run
        elif isinstance(run, FirstSteps):
            begun.append(trial.label)
        reported = told(student, trial.label, trial.seeds)
        if complaint := _rerun_complaint(trial, run) or _reported_complaint(trial, reported, names):
            complaints.append(complaint)
        elif not reported:
            (waiting if _in_notebook(student) else complaints).append(_nothing(trial.label))
    return _verdict(trials, panels(runs, curves), runs, begun, complaints, waiting)


def _tried(gym: Gym, trial: Trial, width: int) -> Run | FirstSteps | StudentFault:
    """The first run inside the band, or the last one."""
    for attempt in range(trial.tries):
        run = gym.train((width, trial.layers, trial.activation), trial.step, trial.epochs, attempt)
        if not isinstance(run, Run) or trial.rerun[0] <= run.accuracy <= trial.rerun[1]:
            break
    return run


def _rerun_complaint(trial: Trial, run: Run | FirstSteps | StudentFault) -> str:
    if isinstance(run, StudentFault):
        return f"{trial.label}: {run.message}"
    if isinstance(run, FirstSteps):
        return ""
    low, high = trial.rerun
    if low <= run.accuracy <= high:
        return ""
    return (
        f"{trial.label}: expected {trial.expect}; trained again, your network classifies {run.accuracy:.0%} of new images right, "
        f"which is {'less' if run.accuracy < low else 'more'} than a right network does."
    )


def _reported_complaint(trial: Trial, reported: Told, data: str) -> str:
    if not reported:
        return ""
    if trial.seeds > 1 and (count := len(reported.get("val_accuracy", []))) < trial.seeds:
        return f"{trial.label}: expected {trial.seeds} numbers under val_accuracy, one for each seed, got {count}."
    for name, low, high in _outside(trial, reported, data):
        return f"{trial.label}: the reported {name} lies outside what a right network shows here ({low:.3g} to {high:.3g})."
    return ""


def _outside(trial: Trial, reported: Told, data: str) -> list[tuple[str, float, float]]:
    band, found = trial.reported[data], []
    for name, values in reported.items():
        limits = band.of(name)
        if limits and any(not limits[0] <= share(name, v) <= limits[1] for v in values):
            found.append((name, *limits))
    return found


def _data_set(student: Student, trials: list[Trial]) -> str:
    """The set of data that explains most of the reported numbers: the student used one for all experiments."""
    sets = list(trials[0].reported)
    return min(
        sets,
        key=lambda s: (
            sum(len(_outside(t, told(student, t.label, t.seeds), s)) for t in trials),
            sets.index(s),
        ),
    )


def _in_notebook(student: Student) -> bool:
    """Has a notebook figures or printed numbers of a training among its outputs?"""
    for file in student.submission.files:
        if file.path.casefold().endswith(".ipynb"):
            with contextlib.suppress(NotANotebookError):
                cells = read_notebook(file.text()).code
                if any(cell.figures or _PRINTED.search(cell.output) for cell in cells):
                    return True
    return False


def _nothing(label: str) -> str:
    return f"{label}: no numbers were handed in: write them to experiments.yaml, as `{label}: {{val_accuracy: ..., train_loss: ...}}`."


def _verdict(
    trials: list[Trial], curves: list[dict[str, Any]], runs: dict[str, Run], begun: list[str], complaints: list[str], waiting: list[str]
) -> Verdict:  # fmt: skip
    shown: dict[str, Any] = {"curves": curves, "table": _table(trials, runs, begun, [*complaints, *waiting])}
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
    if begun:
        message += f" Your code is too slow to be trained to the end here; {FirstSteps.says}."
    return partial(fraction, message, problems=complaints, **shown)


def _table(trials: list[Trial], runs: dict[str, Run], begun: list[str], said: list[str]) -> dict[str, Any]:
    of = {
        t.label: next((s.partition(": ")[2] for s in said if s.startswith(f"{t.label}: ")), "right")
        for t in trials
    }
    rows = [
        [
            t.label,
            f"step {t.step:g}, {t.layers} layers, {t.activation}, {t.epochs} epochs",
            t.expect,
            f"{runs[t.label].accuracy:.1%}"
            if t.label in runs
            else FirstSteps.says
            if t.label in begun
            else "-",
            of[t.label],
        ]
        for t in trials
    ]
    return {
        "columns": ["experiment", "change", "expected", "your network, trained again", "verdict"],
        "rows": rows,
    }
