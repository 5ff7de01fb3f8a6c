"""Known misconceptions, and finding the one that explains a wrong result exactly."""

from grader.diagnosis.compared import Compared
from grader.diagnosis.experiments import investigate
from grader.diagnosis.explain import explain
from grader.diagnosis.lab import Fresh, Lab
from grader.diagnosis.registry import hint_of

__all__ = ["Compared", "Fresh", "Lab", "explain", "hint_of", "investigate"]
