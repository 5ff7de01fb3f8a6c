"""Calls that belong together: they share one fork of the loaded code, and the key of each holds everything before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from grader.errors import KilledError, StudentFault
from grader.record import digest
from grader.sandbox.box import protocol
from grader.sandbox.box.protocol import Ref
from grader.student.replies import Answer, Heard, answer_of, guarded, number
from grader.student.sentences import fault_of

if TYPE_CHECKING:
    from grader.student.student import Student


@dataclass(frozen=True, eq=False)
class Request:
    """What the sandbox is asked: `op`, `name`, `args`, `kwargs`, `of`, `seed` and what a routine brings."""

    asked: Mapping[str, Any]

    @cached_property
    def frame(self) -> bytes:
        """As it travels, and as it counts for the key."""
        return protocol.pack(dict(self.asked))


class Scope:
    """Calls in one fork, in order. Opened when the first call that is not on the tape comes."""

    def __init__(self, student: Student, group: int) -> None:
        self.student = student
        self.group = group
        self.key = digest(student.base(group), "scope")
        self.history: list[tuple[Request, float]] = []
        self.talk: Any = None
        self.upcoming: Callable[[], Sequence[Request]] = tuple
        """The requests that will follow the present one, as far as they can be told: they are sent along with it."""
        self.ahead: deque[Request] = deque()
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
        return self.send(self.request(op, name, args, kwargs, of=of, extra=extra), timeout, called or name)

    def send(self, request: Request, timeout: float | None = None, called: str = "") -> Answer:
        """
        The same for a request that is made already.

        Args:
            called: what a message about its failure names; default: the name that is asked.

        Raises:
            StudentFault: what the student's code did instead of answering.
        """
        if self.over is not None:
            raise self.over
        seconds = timeout or self.student.specs[self.group].call_seconds
        self.key = digest(self.key, request.frame, f"{seconds:g}")
        self.history.append((request, seconds))
        frame = self.student.tape.find(self.key)
        if frame is None:
            heard = self._live()
            self.student.tape.add(self.key, heard.frame or protocol.pack(heard.reply))
            reply = heard.reply
        else:
            reply = protocol.opened(frame)
        self.student.seconds += number(reply.get("seconds"))
        if "fault" in reply:
            fault = fault_of(reply["fault"], called or request.asked["name"])
            if type(reply["fault"]) is dict and reply["fault"].get("final"):
                self.over = fault
                self.close()
            raise fault
        return answer_of(reply)

    def request(
        self,
        op: str,
        name: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        of: Ref | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Request:
        """What the sandbox is sent."""
        plain = [a.ref if isinstance(a, Handle) else a for a in args]
        asked = {"op": op, "name": name, "args": plain, "kwargs": dict(kwargs or {}), "of": of}
        return Request(asked | {"seed": self.student.inner_seed} | dict(extra or {}))

    def _live(self) -> Heard:
        """Ask the sandbox; once more in a fresh one if it was ended from outside."""
        try:
            with self.student.time.unless_killed():
                return self._heard()
        except KilledError:
            self.close()
            return self._heard()

    def _heard(self) -> Heard:
        """Ask the sandbox, after bringing a new fork to where the tape already is."""
        if self.ahead and not _is(self.ahead[0], self.history[-1][0], self.answers):
            self.close()  # it went another way than we do: once more, in a fresh fork
        todo = self.history[-1:]
        if self.talk is None:
            self.talk = self.student.live.converse(self.student, self.student.specs[self.group])
            todo = self.history
        heard = Heard({})
        for request, seconds in todo:
            last = request is self.history[-1][0]
            heard = guarded(lambda r=request, s=seconds, a=last: self._ask(r, s, a))  # type: ignore[misc]
        return heard

    def _ask(self, request: Request, seconds: float, look_ahead: bool) -> Heard:
        if self.ahead:
            self.ahead.popleft()
            heard: Heard = self.talk.ask(request, seconds, sent=True)
        else:
            self.ahead, self.answers = deque(self.upcoming() if look_ahead else ()), []
            heard = self.talk.ask(request, seconds, ahead=self.ahead)
        self.answers.append(heard.reply.get("value"))
        if "fault" in heard.reply or (self.ahead and not _has_all(self.ahead[0], self.answers)):
            self.ahead.clear()  # the sandbox stopped here too
        return heard

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


def _has_all(request: Request, answers: Sequence[Any]) -> bool:
    """Whether what a request needs of those that were sent with it are objects (as the sandbox sees it)."""
    asked = request.asked
    values = (asked["of"], *asked["args"], *asked["kwargs"].values())
    needed = [v.id - protocol.LATER for v in values if isinstance(v, Ref) and v.id >= protocol.LATER]
    return all(n < len(answers) and isinstance(answers[n], Ref) for n in needed)


def _is(expected: Request, request: Request, answers: Sequence[Any]) -> bool:
    """Whether a request is the one that was told before its turn."""
    if expected is request:
        return True
    told, asked = expected.asked, request.asked
    if told.keys() != asked.keys() or any(
        told[k] != asked[k] for k in told.keys() - {"args", "kwargs", "of"}
    ):
        return False
    if len(told["args"]) != len(asked["args"]) or told["kwargs"].keys() != asked["kwargs"].keys():
        return False
    pairs = [(told["of"], asked["of"]), *zip(told["args"], asked["args"], strict=True)]
    pairs += [(v, asked["kwargs"][k]) for k, v in told["kwargs"].items()]
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
