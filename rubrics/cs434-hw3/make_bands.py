"""
Measures what the reference shows over seeds, and what the rubric's bands are made of.

    python rubrics/cs434-hw3/make_bands.py [SET ...]      measure again (minutes), into bands.yaml
    python rubrics/cs434-hw3/make_bands.py --show         the `reported` and `rerun` lines of the rubric

`reported` is what the network shows at the end of the assignment's 200 epochs, on training and validation images. `rerun` is
the accuracy on hidden images after the number of epochs that the rubric gives to our own run.
"""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
MNIST = HERE.parents[2] / "shared" / "data" / "mnist_small.npz"
NAMES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
CHAOTIC = {"Q4.2": 0.65, "Q4.3": 0.3}  # seeds differ freely: the margin of accuracies
ABOVE_A_GUESS = 0.13  # Q4.2 learns something from every seed
SEEDS = {"digits": 12, "mnist-small": 5}
SEEDS_CHAOTIC = {"digits": 24, "mnist-small": 5}


def trials() -> dict[str, dict[str, Any]]:
    """The experiments as the rubric has them, by label."""
    rubric = YAML(typ="safe").load((HERE / "rubric.yaml").read_text(encoding="utf-8"))
    checks = [
        check for question in rubric["questions"] for check in question["checks"] if "experiment" in check
    ]
    return {trial["label"]: trial for check in checks for trial in check["experiment"]["trials"]}


def split_of(name: str) -> Any:
    """Training, validation and test images of a set."""
    from reference import digits, mnist

    return digits.load_digit_split(28) if name == "digits" else mnist.load_mnist_split(str(MNIST))


def finals(label: str, name: str, seed: int) -> dict[str, float]:
    """The last numbers of one run of the reference from a seed: on training and validation images, and `rerun`."""
    from reference.experiments import EXPERIMENTS, run_experiment
    from reference.training import Examples

    split, experiment = split_of(name), EXPERIMENTS[label]
    with np.errstate(all="ignore"):
        curves = run_experiment(experiment, split.train.examples(), split.val.examples(), seed)
        found = {n: float(getattr(curves, n)[-1]) for n in NAMES}
        if name == "digits":
            short = replace(
                experiment, schedule=replace(experiment.schedule, epochs=trials()[label]["epochs"])
            )
            hidden: Examples = split.test.examples()
            found["rerun"] = float(
                run_experiment(short, split.train.examples(), hidden, seed).val_accuracy[-1]
            )
    return found


def measured(label: str, name: str) -> dict[str, list[float]]:
    """Lowest and highest of each number over the seeds."""
    count = (SEEDS_CHAOTIC if label in CHAOTIC else SEEDS)[name]
    runs = [finals(label, name, seed) for seed in range(count)]
    return {n: [round(f(r[n] for r in runs), 4) for f in (min, max)] for n in runs[0]}


def widened(label: str, name: str, low: float, high: float) -> list[float]:
    """
    The band of a number whose lowest and highest value over the seeds are known.

    Accuracies: by the range itself, at least 0.06, on either side. Losses: half and double. Where training is chaotic a range
    says little: `CHAOTIC` on either side, and a factor of 4.
    """
    if name.endswith("loss"):
        factor = 4.0 if label in CHAOTIC else 2.0
        return [round(low / factor, 3), round(high * factor, 3)]
    margin = CHAOTIC.get(label, max(high - low, 0.06))
    least = ABOVE_A_GUESS if label == "Q4.2" else 0.0
    return [round(max(least, low - margin), 3), round(min(1.0, high + margin), 3)]


def bands(measurements: dict[str, Any]) -> dict[str, dict[str, dict[str, list[float]]]]:
    """The `reported` bands of the rubric: by label, set of data and number."""
    return {
        label: {
            name: {n: widened(label, n, *found[label][n]) for n in NAMES}
            for name, found in measurements.items()
        }
        for label in next(iter(measurements.values()))
    }


def load() -> dict[str, Any]:
    """What was measured: by set of data, label and number."""
    return dict(YAML(typ="safe").load((HERE / "bands.yaml").read_text(encoding="utf-8")))


def save(measurements: dict[str, Any]) -> None:
    """Write bands.yaml."""
    out, text = YAML(), io.StringIO()
    out.default_flow_style, out.width = None, 200
    out.dump(measurements, text)
    head = "# Lowest and highest value over seeds, measured by make_bands.py; the rubric's bands are these, widened.\n"
    (HERE / "bands.yaml").write_text(head + text.getvalue(), encoding="utf-8")


def main(arguments: list[str]) -> None:
    if "--show" not in arguments:
        known = load() if (HERE / "bands.yaml").exists() else {}
        for name in arguments or list(SEEDS):
            known[name] = {label: measured(label, name) for label in trials()}
            save(known)
    for label, sets in bands(load()).items():
        print(f"{label}: rerun measured {load()['digits'][label].get('rerun')}")
        for name, band in sets.items():
            print(f"  {name}: {{{', '.join(f'{n}: {b}' for n, b in band.items())}}}")


if __name__ == "__main__":
    main(sys.argv[1:])
