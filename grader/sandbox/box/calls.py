"""One conversation with the loaded submission: requests in, replies out, in a process of its own."""

from __future__ import annotations

import random
import socket
import sys
import time
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import faults
from .protocol import MAX_ANSWER, ProtocolError, Reader, Ref, pack, send_bytes
from .values import Objects, TooLarge, ToPlain, changed, from_plain, type_name


class Conversation:
    """
    The names of the loaded submission and the objects made of them.

    Args:
        lookup: a name of the submission to its value; raises KeyError.
        own: see `faults.describe`.
    """

    def __init__(self, lookup: Callable[[str], Any], own: dict[str, str]) -> None:
        self.lookup = lookup
        self.own = own
        self.objects = Objects()
        self.routines: dict[str, types.ModuleType] = {}

    def serve(self, sock: socket.socket) -> None:
        """Answer requests until the grader hangs up."""
        reader = Reader(sock)
        while True:
            request = reader.receive()
            if request.get("op") == "steps":
                self._steps(sock, [reader.receive() for _ in range(request["number"])])
            else:
                self._reply(sock, request)

    def _steps(self, sock: socket.socket, requests: list[dict[str, Any]]) -> None:
        """Requests that came together, each answered by itself, until one has a fault or lacks an object of one before."""
        self.objects.answers = []
        for request in requests:
            if not self.objects.has_all(request):
                return
            reply = self._reply(sock, request)
            if "fault" in reply:
                return
            self.objects.answers.append(reply["value"])

    def _reply(self, sock: socket.socket, request: dict[str, Any]) -> dict[str, Any]:
        """Send the answer to one request and return it."""
        try:
            reply = self.answer(request)
            frame = pack(reply)
        except (TypeError, TooLarge, MemoryError, RecursionError) as e:
            reply = _unusable(type(e).__name__, str(e)[:200])
            frame = pack(reply)
        if len(frame) > MAX_ANSWER:
            reply = _unusable("", f"the answer is larger than {MAX_ANSWER >> 20} MiB")
            frame = pack(reply)
        send_bytes(sock, frame)
        return reply

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The reply to one request: `value` or `fault`, `changed` (positions of arguments), `seconds`, `said` (warnings)."""
        seed_everything(request.get("seed", 0))
        given = (request.get("args", []), request.get("kwargs", {}))
        try:
            args = [from_plain(v, self.objects) for v in given[0]]
            kwargs = {k: from_plain(v, self.objects) for k, v in given[1].items()}
        except MemoryError as e:
            return {"fault": faults.describe(e, self.own)}
        started = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = getattr(self, "do_" + request["op"])(request, args, kwargs)
                seconds = time.perf_counter() - started
                value = self.objects.hold(result) if request["op"] == "new" else ToPlain(self.objects)(result)
                altered = [i for i, v in enumerate(given[0]) if changed(v, args[i])]
            except (KeyboardInterrupt, ProtocolError):
                raise
            except BaseException as e:
                fault = faults.describe(e, self.own)
                return {"fault": fault, "seconds": time.perf_counter() - started}
        return {
            "value": value,
            "type": type_name(result),
            "changed": altered,
            "seconds": seconds,
            "said": _said(caught),
        }

    def target(self, request: dict[str, Any]) -> Any:
        """What a request is about: a held object or a name, and the attribute of it."""
        thing = self.objects.of(request["of"]) if isinstance(request.get("of"), Ref) else None
        for part in request["name"].split(".") if request.get("name") else []:
            thing = self._named(part) if thing is None else getattr(thing, part)
        return thing

    def _named(self, name: str) -> Any:
        try:
            return self.lookup(name)
        except KeyError:
            raise NameError(f"name '{name}' is not defined") from None

    def do_call(self, request: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Call a function, a method or a class."""
        return self.target(request)(*args, **kwargs)

    do_new = do_call

    def do_get(self, request: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
        """The value of a name or attribute."""
        return self.target(request)

    def do_set(self, request: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> None:
        """Set an attribute of a held object."""
        setattr(self.objects.of(request["of"]), request["name"], args[0])

    def do_run(self, request: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Run a routine of the grader beside the student's objects; its names resolve through `names`."""
        source = request["source"]
        module = self.routines.get(source)
        if module is None:
            module = types.ModuleType("routine")
            exec(compile(source, "<grader>", "exec"), module.__dict__)
            self.routines[source] = module
        named = [self._named(n) for n in request.get("names", [])]
        return getattr(module, request["name"])(*named, *args, **kwargs)


def _unusable(type_: str, message: str) -> dict[str, Any]:
    return {"fault": {"kind": "output", "type": type_, "message": message, "where": [], "line": ""}}


def _said(caught: list[Any]) -> list[str]:
    said = {
        f"{type(w.message).__name__}: {str(w.message)[:160]}"
        for w in caught[:200]
        if isinstance(w.message, Warning)
    }
    return sorted(said)[:5]


def seed_everything(seed: int) -> None:
    """The same random numbers for every call."""
    random.seed(seed)
    np.random.seed(seed % (1 << 32))
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "manual_seed"):
        torch.manual_seed(seed)
