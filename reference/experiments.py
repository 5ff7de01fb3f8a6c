"""The training experiments of cs434-hw3: what the reference network does in each, and how it varies."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from reference.arrays import FloatArray
from reference.layers import CrossEntropySoftmax, FeedForwardNeuralNetwork
from reference.training import Curves, Examples, Schedule, train

N_CLASSES = 10
DEFAULT_SEED = 102


@dataclass(frozen=True)
class Experiment:
    """Network and schedule of one experiment; the defaults are the assignment's."""

    num_layers: int = 2
    width: int = 16
    activation: str = "Sigmoid"
    schedule: Schedule = field(default_factory=Schedule)


DEFAULT = Experiment()
DEEP = replace(DEFAULT, num_layers=5)
EXPERIMENTS: dict[str, Experiment] = {
    "default": DEFAULT,
    "Q4.1": replace(DEFAULT, schedule=Schedule(step_size=0.0001)),
    "Q4.2": replace(DEFAULT, schedule=Schedule(step_size=5.0)),
    "Q4.3": replace(DEFAULT, schedule=Schedule(step_size=10.0)),
    "Q5.1": DEEP,
    "Q5.2": replace(DEEP, schedule=Schedule(step_size=0.1)),
    "Q5.3": replace(DEEP, activation="ReLU"),
    "Q6": DEFAULT,
}


@dataclass(frozen=True)
class Band:
    """Smallest and largest final value over the seeds, each (low, high): nats; accuracies in [0, 1]."""

    train_loss: FloatArray
    train_accuracy: FloatArray
    val_loss: FloatArray
    val_accuracy: FloatArray


def run_experiment(
    experiment: Experiment, training: Examples, validation: Examples, seed: int = DEFAULT_SEED
) -> Curves:
    """
    Train the reference network from a seed.

    Args:
        experiment: which network and schedule.
        training: scaled inputs (n, features) and labels (n, 1).
        validation: the same, measured only.
        seed: fixes the start and the order of the examples.

    Returns:
        Loss and accuracy on both sets after every epoch.

    Error:
        Deterministic on one machine; see `train` for others.

    Source:
        Assignment page cs434-hw3, Q4 to Q6.
    """
    rng = np.random.default_rng(seed)
    network = FeedForwardNeuralNetwork(
        training.X.shape[1], N_CLASSES, experiment.width, experiment.num_layers, experiment.activation, rng
    )
    return train(network, CrossEntropySoftmax(), training, validation, experiment.schedule, rng)


def band(experiment: Experiment, training: Examples, validation: Examples, seeds: Iterable[int]) -> Band:
    """
    Range of the final numbers of an experiment over seeds.

    Args:
        experiment: which network and schedule.
        training: scaled inputs (n, features) and labels (n, 1).
        validation: the same, measured only.
        seeds: at least one.

    Returns:
        Low and high of each of the four numbers, shape (2,).

    Error:
        The range of a sample: a further seed lies outside with probability 2 / (len(seeds) + 1).

    Source:
        Assignment page cs434-hw3, Q4 to Q6.
    """
    runs = [run_experiment(experiment, training, validation, seed) for seed in seeds]
    finals = [[c.train_loss[-1], c.train_accuracy[-1], c.val_loss[-1], c.val_accuracy[-1]] for c in runs]
    return Band(*np.stack([np.min(finals, axis=0), np.max(finals, axis=0)], axis=1))
