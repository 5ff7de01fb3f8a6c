"""
`Student`: the only door to student code. Live, it asks the sandbox; recorded, it answers from the tape.

Calls without a common object are independent: each runs in its own fork, so their order cannot matter. Calls on an
object (`student.scope()`, `student.new(...)`) share a fork, and the key of each holds everything that came before it.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from grader.errors import Missing, StudentFault
from grader.intake import CodeChoice
from grader.model import Json, Submission
from grader.record import Tape, digest
from grader.sandbox.box import protocol
from grader.sandbox.box.protocol import Opaque, Ref, Tensor
from grader.sandbox.host import Limits

__all__ = ["Answer", "Clock", "CodeSpec", "Handle", "Opaque", "Ref", "Scope", "Student", "Tensor"]


@dataclass(frozen=True)
class CodeSpec:
    """
    What the rubric says of one group of code.

    Args:
        names: what the assignment asks for.
        optional: what may be handed in.
        usual: usual names of the file.
        preload: modules that the zygote imports.
        barred: top-level modules that are not allowed.
        provided: files laid beside the student's (data, stand-in modules), path to content.
        load_seconds, call_seconds: limits.
    """

    names: tuple[str, ...]
    optional: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    preload: tuple[str, ...] = ("numpy",)
    barred: tuple[str, ...] = ()
    provided: Mapping[str, bytes] = field(default_factory=dict)
    load_seconds: float = 60.0
    call_seconds: float = 10.0

    @property
    def all_names(self) -> tuple[str, ...]:
        """Asked and optional names."""
        return self.names + self.optional

    @cached_property
    def fingerprint(self) -> bytes:
        """Everything of the rubric that could change an answer."""
        provided = {path: digest(data).hex() for path, data in sorted(self.provided.items())}
        parts = [self.names, self.optional, self.preload, self.barred, provided, self.load_seconds]
        return json.dumps(parts).encode()


@dataclass(frozen=True)
class Answer:
    """What came back from one call."""

    value: Any
    type: str = ""
    changed: tuple[int, ...] = ()
    """Positions of the arguments that the call altered."""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0


class Clock:
    """The time that one submission's code took, in seconds of wall clock: for the check under way and in all."""

    def __init__(self) -> None:
        self.total = self.check = 0.0

    @contextlib.contextmanager
    def running(self, *, of_check: bool = True) -> Iterator[None]:
        """The student's code has the word; loading is nobody's check."""
        began = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - began
            self.total += spent
            self.check += spent * of_check

    def left(self, name: str, seconds: float, limits: Limits) -> float:
        """
        How much of `seconds` a call still has.

        Raises:
            StudentFault: the time of the check or of the submission is used up.
        """
        check = max(limits.check, seconds) - self.check
        if limits.total <= self.total:
            raise StudentFault(
                f"{name}: not run: the code as a whole took its {limits.total:g} s before.",
                kind="timeout",
                help=_SLOW,
            )
        if check <= 0:
            raise StudentFault(
                f"{name}: not run: the calls of this check took their {limits.check:g} s before.",
                kind="timeout",
                help=_SLOW,
            )
        return min(seconds, check, limits.total - self.total)


_SLOW = "Look for loops that do not end, and for work at the top of the file that could stand behind the `__main__` guard."


class Live:
    """Where live answers come from; `run` gives one that opens sandbox sessions (see `grader.live`)."""

    def versions(self, spec: CodeSpec) -> str:
        """The versions of what the numbers depend on."""
        raise NotImplementedError

    def packages(self, specs: Sequence[CodeSpec]) -> dict[str, str]:
        """Package to version, for the provenance."""
        raise NotImplementedError

    def layers(self, spec: CodeSpec) -> list[str]:
        """The isolation layers around a group's code."""
        raise NotImplementedError

    def load(self, student: Student, spec: CodeSpec) -> dict[str, Json]:
        """Open a session, load the code and report."""
        raise NotImplementedError

    def converse(self, student: Student, spec: CodeSpec) -> Any:
        """A fresh conversation with the loaded code."""
        raise NotImplementedError


class Student:
    """
    One submission as the checks see it.

    Args:
        submission: the files.
        specs: groups of code by the rubric.
        choices: for each group, which files define its names.
        answers: the written answers by label (`grader.intake.answers`).
        tape: recorded calls.
        live: where the others are made.
        seed: of the rubric.
    """

    def __init__(
        self,
        submission: Submission,
        *,
        specs: Sequence[CodeSpec],
        choices: Sequence[CodeChoice],
        answers: Any,
        tape: Tape,
        live: Live,
        seed: int,
    ) -> None:
        self.submission = submission
        self.specs = specs
        self.choices = choices
        self.answers = answers
        self.tape = tape
        self.live = live
        self.seed = seed
        self.inner_seed = int.from_bytes(digest(str(seed), "inside")[:4], "big")
        """Seeds the student's random numbers. The rubric's own stays outside: it tells what will be drawn."""
        self.time = Clock()
        self.seconds = 0.0
        self.memory: dict[Any, Any] = {}
        """What checks keep for one another while this submission is graded."""
        self._loaded: dict[int, dict[str, Json]] = {}
        self._bases: dict[int, bytes] = {}

    # --- what is known without running anything ---

    def group(self, name: str) -> int:
        """The number of the group of code that a name belongs to."""
        top = name.partition(".")[0]
        listed = [i for i, spec in enumerate(self.specs) if top in spec.all_names]
        return next((i for i in listed if top in self.choices[i].found), listed[0] if listed else 0)

    def choice(self, name: str) -> CodeChoice:
        """Where the names of this one's group are defined."""
        return self.choices[self.group(name)]

    def rng(self, *labels: str) -> np.random.Generator:
        """Random numbers of this rubric for these labels, the same for every student."""
        return np.random.default_rng(int.from_bytes(digest(str(self.seed), *labels)[:8], "big"))

    # --- what needs the code ---

    def base(self, group: int) -> bytes:
        """The part of every key that stands for the loaded code."""
        if group not in self._bases:
            spec = self.specs[group]
            self._bases[group] = digest(
                self.submission.digest,
                spec.fingerprint,
                str(self.seed),
                self.live.versions(spec),
                str(self.choices[group].files),
            )
        return self._bases[group]

    def loaded(self, group: int) -> dict[str, Json]:
        """
        The report of loading a group: `names`, `faults`, `printed`.

        Raises:
            StudentFault: the load itself came to nothing.
        """
        if group not in self._loaded:
            key = digest(self.base(group), "load")
            frame = self.tape.find(key)
            if frame is None:
                report = _guarded(lambda: self.live.load(self, self.specs[group]))
                frame = protocol.pack(report | {"layers": self.live.layers(self.specs[group])})
                self.tape.add(key, frame)
            self._loaded[group] = _load_report(_unframe(frame))
        report = self._loaded[group]
        if "fault" in report:
            raise fault_of(report["fault"], "loading the code")
        return report

    def require(self, name: str) -> int:
        """
        The group of a name that must be there.

        Raises:
            Missing: it is not, with the reason and near misses.
        """
        group = self.group(name)
        top = name.partition(".")[0]
        choice = self.choices[group]
        if not choice.files:
            raise Missing(_not_there(top, choice), help=_near(top, choice))
        report = self.loaded(group)
        if not report.get("names", {}).get(top):
            raise Missing(_not_loaded(top, choice, report), help=_near(top, choice))
        return group

    def loads(self) -> list[dict[str, Json]]:
        """The reports of the groups that were loaded, now or when the calls were recorded; runs nothing."""
        keys = [digest(self.base(group), "load") for group in range(len(self.specs))]
        frames = [frame for key in keys if (frame := self.tape.find(key)) is not None]
        return [_load_report(_unframe(frame)) for frame in frames]

    def executed(self) -> dict[str, bytes]:
        """Notebooks as they ran, by file name."""
        found = [(r.get("notebook"), r.get("executed")) for r in self.loads()]
        return {name: data for name, data in found if type(name) is str and type(data) is bytes}

    def isolation(self) -> list[str]:
        """The layers that were around the code when it ran."""
        return sorted({_text(layer) for report in self.loads() for layer in report.get("layers", [])})

    def code_notes(self) -> list[str]:
        """What the student should know of how the code was loaded."""
        notes = []
        for report in self.loads():
            notes += [_text(n) for n in report.get("notes", [])]
            faults = [
                f for f in report.get("faults", []) if type(f) is dict and f.get("type") not in _NOT_PYTHON
            ]
            notes += [_load_note(f) for f in faults[:3]]
        return notes

    def scope(self, name: str) -> Scope:
        """A fork of the loaded code that has `name`, for calls that belong together."""
        return Scope(self, self.require(name))

    def ask(self, name: str, *args: Any, timeout: float | None = None, **kwargs: Any) -> Answer:
        """Call a function of the student's in a fork of its own."""
        return self.scope(name).ask("call", name, args, kwargs, timeout=timeout)

    def call(self, name: str, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The value that a function of the student's returns."""
        return self.ask(name, *args, timeout=timeout, **kwargs).value

    def new(self, name: str, *args: Any, **kwargs: Any) -> Handle:
        """An object of the student's class, in a fork of its own."""
        return self.scope(name).new(name, *args, **kwargs)

    def get(self, name: str) -> Any:
        """The value of a global of the student's."""
        return self.scope(name).ask("get", name).value

    def run(
        self,
        source: str,
        function: str,
        *args: Any,
        names: Sequence[str],
        timeout: float | None = None,
        called: str = "",
    ) -> Answer:
        """
        Run a routine of ours beside the student's `names`, which it receives before `args`.

        Args:
            called: what a message about its failure names; default: the routine.
        """
        scope = self.scope(names[0])
        return scope.run(source, function, *args, names=names, timeout=timeout, called=called)


class Scope:
    """Calls in one fork, in order. Opened when the first call that is not on the tape comes."""

    def __init__(self, student: Student, group: int) -> None:
        self.student = student
        self.group = group
        self.key = digest(student.base(group), "scope")
        self.history: list[tuple[dict[str, Any], float]] = []
        self.talk: Any = None
        self.upcoming: Callable[[], Sequence[dict[str, Any]]] = tuple
        """The requests that will follow the present one, as far as they can be told: they are sent along with it."""
        self.ahead: deque[dict[str, Any]] = deque()
        """Requests that were sent and not yet asked for."""
        self.answers: list[Any] = []
        """The values that came back for what was sent together."""
        self.over: StudentFault | None = None
        """What ended this fork; every later call in it meets the same end."""

    def new(self, name: str, *args: Any, **kwargs: Any) -> Handle:
        """An object of the student's class."""
        answer = self.ask("new", name, args, kwargs)
        if not isinstance(answer.value, Ref):
            raise StudentFault(f"{name}: not an object.", kind="output")
        return Handle(self, answer.value, name)

    def call(self, name: str, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The value that a function of the student's returns, in this fork."""
        return self.ask("call", name, args, kwargs, timeout=timeout).value

    def run(
        self,
        source: str,
        function: str,
        *args: Any,
        names: Sequence[str] = (),
        timeout: float | None = None,
        called: str = "",
    ) -> Answer:
        """Run a routine of ours in this fork."""
        extra = {"source": source, "names": list(names)}
        return self.ask("run", function, args, timeout=timeout, extra=extra, called=called)

    def ask(
        self,
        op: str,
        name: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        of: Ref | None = None,
        timeout: float | None = None,
        extra: Mapping[str, Any] | None = None,
        called: str = "",
    ) -> Answer:
        """
        One request, answered from the tape or by the sandbox.

        Raises:
            StudentFault: what the student's code did instead of answering.
        """
        if self.over is not None:
            raise self.over
        spec = self.student.specs[self.group]
        seconds = timeout or spec.call_seconds
        request = self.request(op, name, args, kwargs, of=of, extra=extra)
        self.key = digest(self.key, protocol.pack(request), f"{seconds:g}")
        self.history.append((request, seconds))
        frame = self.student.tape.find(self.key)
        if frame is None:
            reply = self._live()
            self.student.tape.add(self.key, protocol.pack(reply))
        else:
            reply = _unframe(frame)
        self.student.seconds += _number(reply.get("seconds"))
        if "fault" in reply:
            fault = fault_of(reply["fault"], called or name)
            if type(reply["fault"]) is dict and reply["fault"].get("final"):
                self.over = fault
                self.close()
            raise fault
        return _answer(reply)

    def request(
        self,
        op: str,
        name: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        of: Ref | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """What the sandbox is sent."""
        plain = [a.ref if isinstance(a, Handle) else a for a in args]
        asked = {"op": op, "name": name, "args": plain, "kwargs": dict(kwargs or {}), "of": of}
        return asked | {"seed": self.student.inner_seed} | dict(extra or {})

    def _live(self) -> dict[str, Any]:
        """Ask the sandbox, after bringing a new fork to where the tape already is."""
        if self.ahead and not _is(self.ahead[0], self.history[-1][0], self.answers):
            self.close()  # it went another way than we do: once more, in a fresh fork
        todo = self.history[-1:]
        if self.talk is None:
            self.talk = self.student.live.converse(self.student, self.student.specs[self.group])
            todo = self.history
        reply: dict[str, Any] = {}
        for request, seconds in todo:
            last = request is self.history[-1][0]
            reply = _guarded(lambda r=request, s=seconds, a=last: self._ask(r, s, a))  # type: ignore[misc]
        return reply

    def _ask(self, request: dict[str, Any], seconds: float, look_ahead: bool) -> dict[str, Any]:
        if self.ahead:
            self.ahead.popleft()
            reply = self.talk.ask(request, seconds, sent=True)
        else:
            self.ahead, self.answers = deque(self.upcoming() if look_ahead else ()), []
            reply = self.talk.ask(request, seconds, ahead=self.ahead)
        self.answers.append(reply.get("value"))
        if "fault" in reply or (self.ahead and not _has_all(self.ahead[0], self.answers)):
            self.ahead.clear()  # the sandbox stopped here too
        return dict(reply)

    def close(self) -> None:
        """Hang up."""
        self.ahead.clear()
        talk, self.talk = self.talk, None
        if talk is not None:
            talk.close()

    def __enter__(self) -> Scope:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def _has_all(request: Mapping[str, Any], answers: Sequence[Any]) -> bool:
    """Whether what a request needs of those that were sent with it are objects (as the sandbox sees it)."""
    values = (request["of"], *request["args"], *request["kwargs"].values())
    needed = [v.id - protocol.LATER for v in values if isinstance(v, Ref) and v.id >= protocol.LATER]
    return all(n < len(answers) and isinstance(answers[n], Ref) for n in needed)


def _is(told: Mapping[str, Any], request: Mapping[str, Any], answers: Sequence[Any]) -> bool:
    """Whether a request is the one that was told before its turn."""
    if told.keys() != request.keys() or any(
        told[k] != request[k] for k in told.keys() - {"args", "kwargs", "of"}
    ):
        return False
    if len(told["args"]) != len(request["args"]) or told["kwargs"].keys() != request["kwargs"].keys():
        return False
    pairs = [(told["of"], request["of"]), *zip(told["args"], request["args"], strict=True)]
    pairs += [(v, request["kwargs"][k]) for k, v in told["kwargs"].items()]
    return all(_is_value(a, b, answers) for a, b in pairs)


def _is_value(told: Any, value: Any, answers: Sequence[Any]) -> bool:
    if isinstance(told, Ref) and told.id >= protocol.LATER:
        return bool(value == answers[told.id - protocol.LATER])
    return told is value or protocol.pack({"is": told}) == protocol.pack({"is": value})


class Handle:
    """An object of the student's that stays in the sandbox."""

    def __init__(self, scope: Scope, ref: Ref, name: str) -> None:
        self.scope = scope
        self.ref = ref
        self.name = name

    def ask(self, method: str, *args: Any, timeout: float | None = None, **kwargs: Any) -> Answer:
        """Call a method."""
        return self.scope.ask("call", method, args, kwargs, of=self.ref, timeout=timeout)

    def call(self, method: str, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The value that a method returns."""
        return self.ask(method, *args, timeout=timeout, **kwargs).value

    def get(self, attribute: str) -> Any:
        """The value of an attribute (dotted names go deeper)."""
        return self.scope.ask("get", attribute, of=self.ref).value

    def set(self, attribute: str, value: Any) -> None:
        """Set an attribute."""
        self.scope.ask("set", attribute, [value], of=self.ref)


# --- replies -------------------------------------------------------------------------------------------------------


def _guarded(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A reply, or the fault that stands for none."""
    try:
        return ask()
    except StudentFault as e:
        return {
            "fault": {
                "kind": e.kind,
                "message": e.message,
                "final": True,
                "where": list(e.where),
                "help": e.help,
            }
        }


def _load_report(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report of a load with the types that it must have, whatever came from inside."""
    names, faults, notes = report.get("names"), report.get("faults"), report.get("notes")
    clean: dict[str, Any] = {
        "names": {_text(n): _text(k) for n, k in names.items()} if type(names) is dict else {},
        "faults": [f for f in faults[:20] if type(f) is dict] if type(faults) is list else [],
        "notes": [_text(n) for n in notes[:20]] if type(notes) is list else [],
        "layers": report.get("layers", []),
    }
    return clean | {k: report[k] for k in ("fault", "notebook", "executed") if k in report}


def _unframe(frame: bytes) -> dict[str, Any]:
    _, n_header, _ = protocol.HEAD.unpack(frame[: protocol.HEAD.size])
    start = protocol.HEAD.size
    return protocol.unpack(frame[start : start + n_header], frame[start + n_header :])


def _answer(reply: Mapping[str, Any]) -> Answer:
    changed = reply.get("changed", [])
    said = reply.get("said", [])
    return Answer(
        value=reply.get("value"),
        type=_text(reply.get("type")),
        changed=tuple(i for i in changed if type(i) is int) if type(changed) is list else (),
        warnings=tuple(_text(s) for s in said) if type(said) is list else (),
        seconds=_number(reply.get("seconds")),
    )


def _number(value: object) -> float:
    return float(value) if type(value) in (int, float) and 0 <= value < 1e6 else 0.0  # type: ignore[operator,arg-type]


def _text(value: object) -> str:
    """Text from inside, made fit for a page: bounded, without control characters or lone surrogates."""
    text = value if type(value) is str else ""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text[:600])


def fault_of(fault: Any, name: str) -> StudentFault:
    """The exception for a fault in a reply; everything in it comes from inside and is treated as text."""
    if type(fault) is not dict:
        return StudentFault(f"{name}: the answer could not be understood.", kind="output")
    kind, message = _text(fault.get("kind")), _text(fault.get("message"))
    where = tuple(_text(w) for w in fault.get("where", []))[:5] if type(fault.get("where")) is list else ()
    if fault.get("final"):
        return StudentFault(message, kind=kind, where=where, help=_text(fault.get("help")))
    return StudentFault(
        _sentence(name, fault, message, where),
        kind=kind,
        where=where,
        help=_advice(kind, _text(fault.get("type")), message),
    )


def _sentence(name: str, fault: Mapping[str, Any], message: str, where: tuple[str, ...]) -> str:
    kind, type_ = fault.get("kind"), _text(fault.get("type"))
    line = _text(fault.get("line"))
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
    return _text(where[0]) if type(where) is list and where else ""


_NOT_PYTHON = ("SyntaxError", "IndentationError", "TabError")  # intake's own note says where


def _load_note(fault: Mapping[str, Any]) -> str:
    where = _first_place(fault) or _text(fault.get("file"))
    text = f"{_text(fault.get('type'))}: {_text(fault.get('message'))}".strip(": ")
    if fault.get("kind") == "timeout":
        text = f"still running after {text} s"
    return f"{where} stopped while it was loaded ({text}); what the file defines was used all the same."


# --- messages about names that are not there -----------------------------------------------------------------------


def _not_there(name: str, choice: CodeChoice) -> str:
    if choice.broken:
        return f"{name}: the code cannot be read. {choice.broken[0].message}"
    if not choice.code_files:
        return f"{name}: the hand-in has no code file (.py or .ipynb)."
    return f"{name}: not defined in {_listed(choice.code_files)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more files" if len(names) > 3 else "")


def _not_loaded(name: str, choice: CodeChoice, report: Mapping[str, Any]) -> str:
    faults = [f for f in report.get("faults", []) if type(f) is dict]
    if name in choice.found and faults and faults[0].get("type") in _NOT_PYTHON:
        where = _first_place(faults[0]) or choice.found[name].file
        return f"{name}: the file that defines it cannot be run: syntax error at {where}: {_text(faults[0].get('message'))}."
    if name in choice.found and faults:
        where = _first_place(faults[0]) or "?"
        text = f"{_text(faults[0].get('type'))}: {_text(faults[0].get('message'))}".strip(": ")
        if faults[0].get("kind") == "timeout":
            text = f"the file was still running after {text} s"
        return f"{name}: not defined after running {_listed(choice.files)}, which stopped at {where}: {text}."
    return _not_there(name, choice)


def _near(name: str, choice: CodeChoice) -> str:
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
