"""The reference's curves behind a student's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from grader.checks._curves import Curves, Range
from grader.checks._training import Run, panels
from grader.checks.trains_to import _panels
from grader.errors import RubricError
from grader.points import Band
from grader.rubric import load

ROOT = Path(__file__).parents[2]
RUBRIC = """
assignment: a
title: A
code: [{names: [N, C]}]
questions:
  - id: Q1
    title: T
    points: 1
    checks:
      - id: Q1
        points: 1
        trains_to: {classes: [N, C], bands: [{at_least: 0.5, fraction: 1}], curves: curves.yaml}
"""
SIDES = "val_accuracy: {low: [0.1], high: [0.2]}"
KNOWN = Curves(
    seeds=3,
    epochs=[4, 12],
    val_loss=Range(low=[2.0, 1.0], high=[3.0, 2.0]),
    val_accuracy=Range(low=[0.1, 0.5], high=[0.2, 0.9]),
)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "curves.yaml beside the rubric: No such file"),
        ("a: [", "curves.yaml beside the rubric: not YAML"),
        ("a: {seeds: 1, epochs: [1], val_loss: {low: [1], high: [1]}}", "val_accuracy"),
        (
            f"a: {{seeds: 1, epochs: [1, 2], val_loss: {{low: [1], high: [1]}}, {SIDES}}}",
            "one number for each",
        ),
        (
            "a: {seeds: 1, epochs: [2, 2], val_loss: {low: [1, 1], high: [1, 1]}, val_accuracy: {low: [1, 1], high: [1, 1]}}",
            "epochs grow",
        ),
    ],
)
def test_a_file_that_cannot_be_used(text: str | None, complaint: str, tmp_path: Path) -> None:
    """A mistake in the file is a mistake in the rubric, told with the rubric's line."""
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    if text is not None:
        (tmp_path / "curves.yaml").write_text(text)
    with pytest.raises(RubricError, match=rf"rubric\.yaml:12: .*{complaint}"):
        load(tmp_path / "rubric.yaml")


def test_band_between_and_beyond() -> None:
    """Between two epochs the range is interpolated; beyond the measured ones there is none."""
    band = KNOWN.band("val_loss", [1, 4, 8, 12, 20])
    assert band["low"] == [None, 2.0, 1.5, 1.0, None]
    assert band["high"] == [None, 3.0, 2.5, 2.0, None]
    assert band["name"] == "a right network, validation, 3 seeds"


def test_panels_lie_over_the_reference() -> None:
    """Loss and accuracy of a run lie over the reference's range of the same label, and over nothing where it was not measured."""
    run = Run(0.8, np.array([[4, 2.2, 0.3, 2.3, 0.2], [8, 1.9, 0.5, 2.0, 0.4]]), 0.1)
    found = panels({"Q4.1": run, "Q4.2": run}, {"Q4.1": KNOWN})
    assert [p["title"] for p in found] == [
        "Q4.1: loss",
        "Q4.1: accuracy",
        "Q4.2: loss",
        "Q4.2: accuracy",
    ]
    assert [p["bands"][0]["low"] for p in found[:2]] == [[2.0, 1.5], [0.1, 0.3]]
    assert not any("bands" in p for p in found[2:])


def test_training_shows_what_full_points_take() -> None:
    """The accuracy of a training is drawn with the line from which it earns everything."""
    run = Run(0.8, np.array([[4, 2.2, 0.3, 2.3, 0.2]]), 0.1)
    bands = [Band(at_least=0.3, fraction=0.5), Band(at_least=0.5, fraction=1)]
    loss, accuracy = _panels(run, "Q3", {"Q3": KNOWN}, bands)
    assert [line["name"] for line in loss["lines"]] == ["training", "validation"]
    assert accuracy["lines"][-1] == {"name": "full points from 50%", "y": [0.5]}
    assert accuracy["bands"][0]["high"] == [0.2]


def test_measured_for_every_training_of_the_rubric() -> None:
    """cs434-hw3 has curves for each training that it makes, up to its last epoch; if not: make_bands.py --curves."""
    rubric = load(ROOT / "rubrics" / "cs434-hw3" / "rubric.yaml")
    for check in (c for _, checks in rubric.questions for c in checks if hasattr(c.options, "curves")):
        for trial in getattr(check.options, "trials", None) or [check.options]:
            label = getattr(trial, "label", "") or check.id
            assert check.options.curves[label].epochs[-1] == trial.epochs  # type: ignore[attr-defined]
