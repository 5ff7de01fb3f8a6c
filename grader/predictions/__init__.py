"""A file of predictions: which one is meant, what is wrong with it, and how good it is. No code of a student's is run."""

from grader.predictions.choose import Choice, choose
from grader.predictions.problems import Predictions, read_predictions
from grader.predictions.score import Interval, bootstrap, pseudonym, public_rows

__all__ = [
    "Choice",
    "Interval",
    "Predictions",
    "bootstrap",
    "choose",
    "pseudonym",
    "public_rows",
    "read_predictions",
]
