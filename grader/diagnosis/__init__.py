"""Known misconceptions, and finding the one that explains a wrong result exactly."""

from grader.diagnosis.compared import Compared
from grader.diagnosis.explain import explain
from grader.diagnosis.registry import hint_of

__all__ = ["Compared", "explain", "hint_of"]
