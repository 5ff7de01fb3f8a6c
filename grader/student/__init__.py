"""
`Student`: the only door to student code. Live, it asks the sandbox; recorded, it answers from the tape.

Calls without a common object are independent: each runs in its own fork, so their order cannot matter. Calls on an
object (`student.scope()`, `student.new(...)`) share a fork, and the key of each holds everything that came before it.
"""

from grader.sandbox.box.protocol import Opaque, Ref, Tensor
from grader.student.replies import Answer
from grader.student.scope import Handle, Request, Scope
from grader.student.spec import Clock, CodeSpec, Live
from grader.student.student import Student

__all__ = [
    "Answer",
    "Clock",
    "CodeSpec",
    "Handle",
    "Live",
    "Opaque",
    "Ref",
    "Request",
    "Scope",
    "Student",
    "Tensor",
]
