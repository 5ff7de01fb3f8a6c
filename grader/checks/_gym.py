"""Training the student's network as long as time allows, and what is asked of it when time does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from grader.checks._lockstep import first_steps_right
from grader.checks._training import Digits, Run, train
from grader.errors import StudentFault
from grader.student import Student

MOST_SECONDS = 60.0
"""All runs of one check together; what comes after is judged by its first steps."""
_SLOW = "training is slow"


@dataclass(frozen=True)
class FirstSteps:
    """The network is too slow to be trained to the end; what it did is what the reference does."""

    says: ClassVar[str] = "its first steps are those of a right network"


class Gym:
    """
    The trainings of one check.

    Args:
        classes: the network's class and the loss's class.
        batch: size of a batch.
        timeout: for one run, in seconds.
    """

    def __init__(
        self, student: Student, classes: Sequence[str], given: Digits, batch: int, timeout: float
    ) -> None:
        self.student, self.classes, self.given = student, classes, given
        self.batch, self.timeout = batch, timeout
        self.spent = 0.0

    def train(self, shape: tuple[int, int, str], step: float, epochs: int, attempt: int = 0) -> Run | FirstSteps | StudentFault:  # fmt: skip
        """
        One training. Slow code loses nothing for that: its first steps are compared number for number instead.

        Args:
            shape: width, number of linear layers and activation.
            step: step size.
            attempt: number of the seed.
        """
        seed = self.student.seed + attempt
        fault = self.student.memory.get(_SLOW)
        if not fault and self.spent < MOST_SECONDS:
            try:
                run = train(
                    self.student, self.classes, self.given, shape=shape, step=step, batch=self.batch, epochs=epochs,
                    seed=seed, timeout=self.timeout,
                )  # fmt: skip
            except StudentFault as e:
                if e.kind != "timeout":
                    return e
                fault = self.student.memory[_SLOW] = e
            else:
                self.spent += run.seconds
                return run
        if first_steps_right(self.student, self.classes, self.given, shape=shape, step=step, seed=seed):
            return FirstSteps()
        return fault or StudentFault(
            "training your network: it is too slow, and its first steps are wrong.", kind="timeout"
        )
