"""
Measures what the reference shows over seeds, and what the rubric's bands are made of.

    python rubrics/cs434-hw3/make_bands.py [SET ...]      measure again (minutes), into bands.yaml
    python rubrics/cs434-hw3/make_bands.py --show         the `reported` and `rerun` lines of the rubric
    python rubrics/cs434-hw3/make_bands.py --curves       measure the curves again that are drawn behind a student's, into curves.yaml

`reported` is what the network shows at the end of the assignment's 200 epochs, on training and validation images. `rerun` is
the accuracy on hidden images after the number of epochs that the rubric gives to our own run. The curves are of our own run, too.
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
ABOVE_A_GUESS = {"Q4.2": 0.13, "Q5.2": 0.13}  # these learn something from every seed
BANDS_HEAD = "# Lowest and highest value over seeds, measured by make_bands.py; the rubric's bands are these, widened.\n"
CURVES_HEAD = "# The reference's curves on the validation images, lowest and highest over seeds; make_bands.py --curves.\n"
CURVE_POINTS = 12
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
    least = ABOVE_A_GUESS.get(label, 0.0)
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


def save(measurements: dict[str, Any], file: str = "bands.yaml", head: str = BANDS_HEAD) -> None:
    """Write a file of measurements."""
    out, text = YAML(), io.StringIO()
    out.default_flow_style, out.width = None, 200
    out.dump(measurements, text)
    (HERE / file).write_text(head + text.getvalue(), encoding="utf-8")


def kept(epochs: int) -> list[int]:
    """Epochs whose numbers are kept: enough to draw a line through; the first one that is drawn and the last among them."""
    return sorted({round(float(e)) for e in np.linspace(4, epochs, CURVE_POINTS)})


def validation_curves(label: str, epochs: int, most: int, seed: int) -> list[list[float]]:
    """Loss and accuracy of one run of the reference on the validation images, one row per kept epoch."""
    from reference.experiments import EXPERIMENTS, N_CLASSES
    from reference.layers import CrossEntropySoftmax, FeedForwardNeuralNetwork
    from reference.training import Examples, accuracy, descend, minibatches

    split, made, rng = split_of("digits"), EXPERIMENTS[label], np.random.default_rng(seed)
    whole, held = split.train.examples(), split.val.examples()
    training = Examples(whole.X[:most], whole.y[:most])
    network = FeedForwardNeuralNetwork(
        whole.X.shape[1], N_CLASSES, made.width, made.num_layers, made.activation, rng
    )
    criterion, rows = CrossEntropySoftmax(), []
    for epoch in range(1, epochs + 1):
        for batch in minibatches(training, made.schedule.batch_size, rng):
            descend(network, criterion, batch, made.schedule.step_size)
        if epoch in kept(epochs):
            logits = network.forward(held.X)
            rows.append([float(criterion.forward(logits, held.y)), accuracy(logits, held.y)])
    return rows


def range_of_curves(label: str, epochs: int, most: int) -> dict[str, Any]:
    """The reference's validation curves over the seeds, as `curves:` of a check reads them."""
    count = (SEEDS_CHAOTIC if label in CHAOTIC else SEEDS)["digits"]
    with np.errstate(all="ignore"):
        table = np.array([validation_curves(label, epochs, most, seed) for seed in range(count)])
    found: dict[str, Any] = {"seeds": count, "epochs": kept(epochs)}
    for i, name in enumerate(("val_loss", "val_accuracy")):
        found[name] = {
            "low": [round(float(v), 4) for v in table[:, :, i].min(axis=0)],
            "high": [round(float(v), 4) for v in table[:, :, i].max(axis=0)],
        }
    return found


def all_curves() -> dict[str, Any]:
    """Every training that the rubric makes; the one of Q3 is the default network's, as in Q6."""
    rubric = YAML(typ="safe").load((HERE / "rubric.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for check in (check for question in rubric["questions"] for check in question["checks"]):
        options = check.get("trains_to") or check.get("experiment") or {}
        for trial in options.get("trials") or ([options] if options else []):
            label = trial.get("label", check["id"])
            found[label] = range_of_curves(trial.get("label", "Q6"), trial["epochs"], options["most"])
    return found


def main(arguments: list[str]) -> None:
    if "--curves" in arguments:
        save(all_curves(), "curves.yaml", CURVES_HEAD)
        return
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
