"""What came back from inside: untrusted, so everything in it is given the type and the size that it must have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import StudentFault


@dataclass(frozen=True)
class Answer:
    """What came back from one call."""

    value: Any
    type: str = ""
    changed: tuple[int, ...] = ()
    """Positions of the arguments that the call altered."""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Heard:
    """A reply, and the frame that it came in if it is kept as it came."""

    reply: dict[str, Any]
    frame: bytes | None = None


def guarded(ask: Callable[[], Heard]) -> Heard:
    """What came back, or the fault that stands for nothing."""
    try:
        return ask()
    except StudentFault as e:
        told = {"kind": e.kind, "message": e.message, "final": True, "where": list(e.where), "help": e.help}
        return Heard({"fault": told})


def load_report(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report of a load with the types that it must have, whatever came from inside."""
    names, faults, notes = report.get("names"), report.get("faults"), report.get("notes")
    clean: dict[str, Any] = {
        "names": {text(n): text(k) for n, k in names.items()} if type(names) is dict else {},
        "faults": [f for f in faults[:20] if type(f) is dict] if type(faults) is list else [],
        "notes": [text(n) for n in notes[:20]] if type(notes) is list else [],
        "layers": report.get("layers", []),
    }
    return clean | {k: report[k] for k in ("fault", "notebook", "executed") if k in report}


def answer_of(reply: Mapping[str, Any]) -> Answer:
    """The answer that a reply holds."""
    changed = reply.get("changed", [])
    said = reply.get("said", [])
    return Answer(
        value=reply.get("value"),
        type=text(reply.get("type")),
        changed=tuple(i for i in changed if type(i) is int) if type(changed) is list else (),
        warnings=tuple(text(s) for s in said) if type(said) is list else (),
        seconds=number(reply.get("seconds")),
    )


def number(value: object) -> float:
    """A number of seconds from inside; 0.0 for anything that is none."""
    return float(value) if type(value) in (int, float) and 0 <= value < 1e6 else 0.0  # type: ignore[operator,arg-type]


def text(value: object) -> str:
    """Text from inside, made fit for a page: bounded, without control characters or lone surrogates."""
    kept = value[:600] if type(value) is str else ""
    if kept.isprintable():
        return kept
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in kept)
