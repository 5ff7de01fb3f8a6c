"""
One check of one student, told again: the calls with their inputs, what came, what was expected, the diagnosis.

The check is carried out anew over the record. Only calls that are not in it (another grader, another Python, `--fresh`)
go to the sandbox.
"""

from grader.explain.find import find_check, submission_of, tape_of
from grader.explain.shell import Shell
from grader.explain.story import Story, story
from grader.explain.told import lines

__all__ = ["Shell", "Story", "find_check", "lines", "story", "submission_of", "tape_of"]
