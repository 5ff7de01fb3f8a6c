"""What a student is told when the code did something else than answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.errors import StudentFault
from grader.intake import CodeChoice
from grader.student.replies import text


def fault_of(fault: Any, name: str) -> StudentFault:
    """The exception for a fault in a reply; everything in it comes from inside and is treated as text."""
    if type(fault) is not dict:
        return StudentFault(f"{name}: the answer could not be understood.", kind="output")
    kind, message = text(fault.get("kind")), text(fault.get("message"))
    where = tuple(text(w) for w in fault.get("where", []))[:5] if type(fault.get("where")) is list else ()
    if fault.get("final"):
        return StudentFault(message, kind=kind, where=where, help=text(fault.get("help")))
    return StudentFault(
        _sentence(name, fault, message, where),
        kind=kind,
        where=where,
        help=_advice(kind, text(fault.get("type")), message),
    )


def _sentence(name: str, fault: Mapping[str, Any], message: str, where: tuple[str, ...]) -> str:
    kind, type_ = fault.get("kind"), text(fault.get("type"))
    line = text(fault.get("line"))
    at = f" (line {where[0]}{f': `{line}`' if line else ''})" if where else ""
    if kind == "timeout":
        return f"{name}: no answer after {message} s{at}."
    if kind == "exit":
        return f"{name}: ended the program ({type_}){at} where it should return a value."
    if kind == "output":
        return f"{name}: its answer cannot be used: {message or type_}."
    what = f"{type_}: {message.rstrip('. ')}" if message.strip(". ") else type_
    return f"{name}: {what}{at}." if what else f"{name}: its answer could not be understood{at}."


_SIZES = re.compile(
    r"matmul|shapes? .*(align|mismatch|broadcast)|broadcast|size of tensor|cannot be multiplied|core dimension"
)


def _advice(kind: str, type_: str, message: str) -> str:
    if type_ in ("ValueError", "RuntimeError") and _SIZES.search(message):
        return "The sizes of two arrays do not fit: print both shapes at this line; one may have to be transposed (`.T`)."
    if "does not require grad" in message:
        return "Automatic gradients are switched off here, because this assignment asks for them by hand: write the chain rule out."
    if "expected scalar type" in message or "must have the same dtype" in message:
        return "Tensors of different precision meet: make new ones like the others (`torch.zeros_like(x)`, or `dtype=x.dtype`)."
    known = {
        "RecursionError": "The function calls itself too deeply: use a loop, or an explicit stack.",
        "NotImplementedError": "This part is not written yet.",
        "NameError": "A name is used that is not defined at this point: check the spelling and the order.",
        "UnboundLocalError": "A variable is used before the function gives it a value.",
        "AttributeError": "The object does not have this name: check the spelling, and that it is set before it is used.",
        "NotAllowed": "Write this part with what the assignment allows.",
    }
    if kind == "memory":
        return "The code asked for more memory than a solution needs: look for an array that grows, or one with a wrong shape."
    return known.get(type_, "")


def _first_place(fault: Mapping[str, Any]) -> str:
    where = fault.get("where")
    return text(where[0]) if type(where) is list and where else ""


def stopped_at(report: Mapping[str, Any]) -> tuple[str, ...]:
    """`file:line` where a file stopped while it was loaded, or nothing."""
    faults = [f for f in report.get("faults", []) if type(f) is dict]
    place = _first_place(faults[0]) if faults else ""
    return (place,) if place else ()


NOT_PYTHON = ("SyntaxError", "IndentationError", "TabError")  # intake's own note says where


def load_note(fault: Mapping[str, Any]) -> str:
    """What a student should know of a file that did not come to its end."""
    where = _first_place(fault) or text(fault.get("file"))
    said = f"{text(fault.get('type'))}: {text(fault.get('message'))}".strip(": ")
    if fault.get("kind") == "timeout":
        said = f"still running after {said} s"
    return f"{where} stopped while it was loaded ({said}); what the file defines was used all the same."


# --- messages about names that are not there -----------------------------------------------------------------------


def not_there(name: str, choice: CodeChoice) -> str:
    """A name that no file of the hand-in defines."""
    if choice.broken:
        return f"{name}: the code cannot be read. {choice.broken[0].message}"
    if not choice.code_files:
        return f"{name}: the hand-in has no code file (.py or .ipynb)."
    return f"{name}: not defined in {_listed(choice.code_files)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more files" if len(names) > 3 else "")


def not_loaded(name: str, choice: CodeChoice, report: Mapping[str, Any]) -> str:
    """A name that is not there after the code was run."""
    faults = [f for f in report.get("faults", []) if type(f) is dict]
    if name in choice.found and faults and faults[0].get("type") in NOT_PYTHON:
        where = _first_place(faults[0]) or choice.found[name].file
        return f"{name}: the file that defines it cannot be run: syntax error at {where}: {text(faults[0].get('message'))}."
    if name in choice.found and faults:
        where = _first_place(faults[0]) or "?"
        said = f"{text(faults[0].get('type'))}: {text(faults[0].get('message'))}".strip(": ")
        if faults[0].get("kind") == "timeout":
            said = f"the file was still running after {said} s"
        return f"{name}: not defined after running {_listed(choice.files)}, which stopped at {where}: {said}."
    return not_there(name, choice)


def near(name: str, choice: CodeChoice) -> str:
    """What to do about a name that is not there."""
    if name in choice.found:
        return "Run the file from its beginning before you hand it in: it has to come to its end."
    if choice.broken:
        return choice.broken[0].help
    if not choice.code_files:
        return "Hand in the code file itself (.py or .ipynb): a PDF, a picture or an archive that cannot be opened cannot be run."
    near = choice.missing.get(name, ())
    if near:
        return f"There is `{near[0].name}` ({near[0].where}). Did you mean `{name}`? Names must be as the assignment gives them."
    return f"Define `{name}` with this name in your code file."
