"""Known misconceptions, and finding the one that explains a wrong result exactly."""

from grader.diagnosis.explain import Compared, explain

__all__ = ["Compared", "explain"]
