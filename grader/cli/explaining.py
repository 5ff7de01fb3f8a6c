"""`grade explain`: one check of one student, from the record; with `--shell` on by hand."""

from __future__ import annotations

import codeop
import contextlib
import sys
from pathlib import Path

from grader.desk.classfile import classes
from grader.errors import StudentFault, UsageError
from grader.explain import Shell, Story, find_check, lines, story, submission_of, tape_of
from grader.live import Sandboxes
from grader.model import Submission
from grader.report.text import visible
from grader.rubric import Rubric, load
from grader.run import meet


def explain(student: str, check: str, out: Path, assignment: str, shell: bool, unsafe: bool) -> int:
    """The command; returns the exit status."""
    found = classes(out)
    if not found:
        raise UsageError(
            f"{out}: nothing is graded here. Run `grade SUBMISSIONS --out {out}` first, or name the folder with --out."
        )
    rubrics = {n: load(Path(f.rubric)) for n, f in found.items() if assignment in ("", n)}
    name, wanted = find_check(rubrics, check, assignment)
    rubric, file = rubrics[name], found[name]
    submission = submission_of(student, Path(file.submissions), file.roster, rubric)
    sandboxes = Sandboxes(rubric.limits, unsafe=unsafe)
    try:
        told = story(wanted, rubric, submission, tape_of(out, submission), sandboxes)
        for line in lines(told):
            print(visible(line))
        if shell:
            _shell(told, rubric, submission, sandboxes)
    finally:
        sandboxes.close()
    return 0


def _shell(told: Story, rubric: Rubric, submission: Submission, sandboxes: Sandboxes) -> None:
    """Lines from the keyboard or a pipe, until the end of input."""
    from grader.record import Tape

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - arrow keys and history at the prompt
    sandboxes.end()
    try:
        session = Shell(told, meet(submission, rubric, Tape(), sandboxes))
    except StudentFault as fault:
        print(f"The shell cannot begin: {visible(fault.message)}")
        return
    print(
        f"\nInside the sandbox, beside the student's code. Known: {', '.join(session.names)}. End with Ctrl-D."
    )
    try:
        while (text := _read()) is not None:
            if text.strip():
                print(visible(session.line(text)), end="")
    except StudentFault as fault:
        print(f"The process ended: {visible(fault.message)}")
    finally:
        session.close()


def _read() -> str | None:
    """The next statement: lines until it is whole, as Python's own prompt does it; None at the end of input."""
    asks = sys.stdin.isatty()
    try:
        text = input(">>> " if asks else "")
        while _goes_on(text):
            text += "\n" + input("... " if asks else "")
    except EOFError:
        if asks:
            print()
        return None
    return text


def _goes_on(text: str) -> bool:
    try:
        return codeop.compile_command(text) is None
    except (SyntaxError, ValueError, OverflowError):
        return False  # the sandbox says what is wrong with it
