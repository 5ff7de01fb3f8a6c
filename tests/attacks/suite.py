"""
The attacks, as data: each is a hand-in whose honest part earns nothing.

`attempt()` returns something true when it got what it wanted; `double` (the asked function) then says so in the only way that
there is, by what it raises. Placeholders in capitals between @ are filled in by the harness.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent

PRELUDE = """
import ctypes, gc, io, json, math, os, signal, socket, struct, sys, threading, time
import numpy as np
libc = ctypes.CDLL(None, use_errno=True)

def call(number, *args):
    return libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])

WON = "-".join(["GOT", "IT"])

def channel():
    frame = sys._getframe()
    while frame is not None:
        found = frame.f_locals.get("sock")
        if isinstance(found, socket.socket):
            return found
        frame = frame.f_back

def protocol():
    return sys.modules["box.protocol"]

def frame(header, body=b"", magic=b"gr1\\n", n_header=None, n_body=None):
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">4sIQ", magic, len(head) if n_header is None else n_header, len(body) if n_body is None else n_body) + head + body

def reply(tree, arrays=(), body=b""):
    channel().sendall(frame({"tree": tree, "arrays": list(arrays)}, body))

def message(**fields):
    return {"$": "dict", "of": [[k, v] for k, v in fields.items()]}

def daemon(work):
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    libc.prctl(15, b"atk@GRADER_PID@", 0, 0, 0)
    try:
        work()
    finally:
        os._exit(0)
"""

DOUBLE = """
def double(x):
    try:
        got = attempt()
    except Exception as e:
        got = None
    raise RuntimeError(f"{WON} {got!r}"[:200] if got else "nothing")
"""


@dataclass(frozen=True)
class Attack:
    """
    One hand-in.

    Args:
        name: of the test.
        tries: what it is after.
        code: the file.
        form: `script` or `notebook` (cells divided by lines of `# %%`).
        needs: `signals` runs only where a layer is known to keep signals inside; `memory`, `processes`, `disk` are slow.
        files: other files of the hand-in, by name.
        long: tried by `everywhere.sh` and not in every run of the tests.
    """

    name: str
    tries: str
    code: str
    form: str = "script"
    needs: str = ""
    files: tuple[tuple[str, str], ...] = ()
    long: bool = False


def tries(name: str, what: str, body: str, **more: object) -> Attack:
    """`body` is that of `attempt()`."""
    code = PRELUDE + "\ndef attempt():\n" + indent(dedent(body).strip("\n"), "    ") + "\n" + DOUBLE
    return Attack(name, what, code, **more)  # type: ignore[arg-type]


def returns(name: str, what: str, body: str, **more: object) -> Attack:
    """`body` is that of `double(x)`."""
    code = PRELUDE + "\ndef double(x):\n" + indent(dedent(body).strip("\n"), "    ") + "\n"
    return Attack(name, what, code, **more)  # type: ignore[arg-type]


def loads(name: str, what: str, body: str, **more: object) -> Attack:
    """`body` runs while the file is loaded; `double` gives back its input."""
    code = PRELUDE + "\ndef double(x):\n    return x\n\n" + dedent(body).strip("\n") + "\n"
    return Attack(name, what, code, **more)  # type: ignore[arg-type]


def cells(name: str, what: str, body: str, **more: object) -> Attack:
    """A notebook; `double` gives back its input unless a cell says otherwise."""
    code = "def double(x):\n    return x\n# %%\n" + PRELUDE + "\n# %%\n" + dedent(body).strip("\n") + "\n"
    return Attack(name, what, code, form="notebook", **more)  # type: ignore[arg-type]
