"""A conversation with loaded code: its breakdowns are faults with a sentence for the student."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from grader.errors import KilledError, StudentFault
from grader.sandbox.box import protocol
from grader.sandbox.ending import unless_from_outside
from grader.sandbox.session import TOO_MUCH, Conversation
from grader.student import Clock, Request
from grader.student.replies import Heard

if TYPE_CHECKING:
    from grader.live import Sandboxes


class Talk:
    """A conversation whose breakdowns are faults with a sentence for the student."""

    def __init__(
        self,
        owner: Sandboxes,
        conversation: Conversation,
        clock: Clock,
        again: Callable[[], Conversation] | None = None,
    ) -> None:
        self.owner = owner
        self.session = owner.session
        self.conversation = conversation
        self.clock = clock
        self.again = again
        """Loads the code once more, for when something ended it before this fork came to be."""
        self.began = 0.0
        """When the code can have begun with what it answers next, on `time.monotonic`'s clock."""

    def ask(
        self, request: Request, seconds: float, *, ahead: Collection[Request] = (), sent: bool = False
    ) -> Heard:
        """
        One request.

        Args:
            ahead: requests that will come next: the code is told them at once, and goes on by itself.
            sent: the request was among those.

        Raises:
            StudentFault: kinds `timeout`, `died`, `output`.
            KilledError: the code was ended from outside.
        """
        name = request.asked["name"]
        allowed = self.clock.left(name, seconds, self.owner.limits)
        frames = b"" if sent else _frames(request, ahead)
        self.began = self.began if sent else time.monotonic()
        try:
            with self.clock.running(lambda: self.conversation.pid):
                frame = self.conversation.ask(frames, allowed)
            self.clock.answered += protocol.weight(frame)
            heard = _believable(frame, time.monotonic() - self.began)
            self.began += heard.reply["seconds"]
            return heard
        except protocol.Late as e:
            if allowed < seconds:
                self.clock.left(name, seconds, self.owner.limits)
            advice = "Look for a loop that does not end, or for work that a matrix product would do at once."
            raise StudentFault(f"{name}: no answer after {seconds:g} s.", kind="timeout", help=advice) from e
        except protocol.Unborn as e:
            if self.again is None:
                raise StudentFault("The loaded code does not answer any more.", kind="died") from e
            self.conversation, self.again = self.again(), None
            self.session = self.owner.session
            return self.ask(request, seconds, ahead=ahead)
        except protocol.Closed as e:
            self._unless_from_outside()
            raise StudentFault(
                f"{name}: {self._death()}", kind="died", help="Remove calls that end the program."
            ) from e
        except protocol.ProtocolError as e:
            raise StudentFault(f"{name}: its answer cannot be used: {e}.", kind="output") from e

    def _unless_from_outside(self) -> None:
        if self.session is None or self.session is not self.owner.session:
            raise KilledError(sure=True)  # we ended it, for another one
        try:
            unless_from_outside(self.session, self.clock.doubt)
        except KilledError:
            self.owner.end()
            raise

    def _death(self) -> str:
        assert self.session is not None
        if (cause := self.session.zygote.cause()) in TOO_MUCH:
            return f"the program was stopped: it used more {TOO_MUCH[cause]} than it may."
        number = self.session.last_signal()
        if number == signal.SIGSEGV:
            return "the program crashed (segmentation fault) instead of returning."
        if number == signal.SIGXCPU:
            return "the program was stopped: it used more processor time than it may."
        return "the program ended instead of returning."

    def close(self) -> None:
        """Hang up."""
        self.conversation.close()


def _frames(request: Request, ahead: Collection[Request]) -> bytes:
    """The request as it travels, with those that come along."""
    if not ahead:
        return request.frame
    several = protocol.pack({"op": "steps", "number": 1 + len(ahead)})
    return b"".join([several, request.frame, *(r.frame for r in ahead)])


def _believable(frame: bytes, elapsed: float) -> Heard:
    """A reply without what only we may say: no time but what passed, no final word."""
    reply = protocol.opened(frame)
    seconds, fault = reply.get("seconds"), reply.get("fault")
    if type(seconds) is float and 0.0 <= seconds <= elapsed and type(fault) is not dict:
        return Heard(reply, frame)
    if type(fault) is dict:
        fault.pop("final", None)
    known = type(seconds) is float and 0.0 <= seconds <= elapsed
    return Heard(reply | {"seconds": seconds if known else elapsed})
