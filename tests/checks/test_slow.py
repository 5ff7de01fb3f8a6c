"""Code that is too slow to be trained to the end is judged by its first steps, number for number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.live import Sandboxes
from grader.model import CheckReport, HandedFile, Source, Submission
from grader.record import Tape
from grader.rubric import Rubric, load
from grader.run import grade_one
from grader.sandbox.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
RUBRIC = """
assignment: slow
title: Slow
code:
  - {names: [LinearLayer], optional: [FeedForwardNeuralNetwork, CrossEntropySoftmax]}
questions:
  - id: Q
    title: Training
    points: 2
    checks:
      - id: Q.trains
        points: 1
        trains_to: &options
          {classes: [FeedForwardNeuralNetwork, CrossEntropySoftmax], epochs: 50, timeout: 0.3, bands: [{at_least: 0.5, fraction: 1}]}
      - id: Q.experiment
        points: 1
        experiment:
          classes: [FeedForwardNeuralNetwork, CrossEntropySoftmax]
          timeout: 0.3
          trials:
            - {label: Q.experiment, layers: 5, activation: ReLU, step: 5, epochs: 50, rerun: [0.9, 1.0], expect: x,
               reported: {digits: {val_accuracy: [0.8, 1.0]}}}
"""
RIGHT = (ROOT / "rubrics" / "cs434-hw3" / "solution.py").read_text("utf-8")
SLOW = RIGHT.replace("self.grad_weights = ", "__import__('time').sleep(0.02); self.grad_weights = ", 1)
CASES = {
    "right": ("", "", "earned"),
    "in single precision": ("self.input = input", "self.input = input.astype(np.float32)", "earned"),
    "constructor asks for more": (
        'hidden_dim, num_layers, activation="ReLU"', "hidden_dim, num_layers, activation, rate, decay", "earned",
    ),
    "constructor in another order": (
        'input_dim, output_dim, hidden_dim, num_layers, activation="ReLU"',
        'input_dim, num_layers, hidden_dim, output_dim, activation="ReLU"',
        "earned",
    ),
    "no sum for the bias": ("np.sum(grad, axis=0, keepdims=True)", "np.sum(grad)", "lost"),
    "another loss": ("return grad / len(grad)", "return grad", "lost"),
    "starts from nothing": ("np.sqrt(2.0 / input_dim)", "0.0", "lost"),
}  # fmt: skip


@pytest.fixture(scope="module")
def rubric(tmp_path_factory: pytest.TempPathFactory) -> Rubric:
    path = tmp_path_factory.mktemp("rubrics") / "slow" / "rubric.yaml"
    path.parent.mkdir()
    path.write_text(RUBRIC)
    return load(path)


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Sandboxes]:
    live = Sandboxes(Limits())
    yield live
    live.close()


def checks(code: str, rubric: Rubric, sandboxes: Sandboxes) -> dict[str, CheckReport]:
    files = (
        HandedFile("net.py", code.encode()),
        HandedFile("experiments.yaml", b"Q.experiment: {val_accuracy: 0.9}"),
    )
    graded = grade_one(Submission(Source("ada", ("made",)), files), rubric, Tape(), sandboxes)
    sandboxes.end()
    return {c.id: c for q in graded.report.questions for c in q.checks}


@pytest.mark.parametrize("case", CASES)
def test_slow_code(case: str, rubric: Rubric, sandboxes: Sandboxes) -> None:
    """Slow and right loses nothing; slow and wrong is told that there was no answer in time."""
    old, new, outcome = CASES[case]
    found = checks(SLOW.replace(old, new) if old else SLOW, rubric, sandboxes)
    assert {c.outcome for c in found.values()} == {outcome}, [c.message for c in found.values()]
    said = "its first steps are those of a right network" if outcome == "earned" else "no answer after 0.3 s"
    assert all(said in c.message for c in found.values())
