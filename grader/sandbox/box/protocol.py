"""
Frames between the grader and the sandbox: a JSON header and raw array bytes over a stream socket.

A frame is `magic, header length, body length` (each an unsigned 32-bit big-endian number but the last, 64 bits), a UTF-8
JSON header and the bytes of the arrays one after the other. Values are a tree of JSON scalars, lists and tagged objects
`{"$": tag, ...}`. Nothing is ever unpickled; sizes are capped before anything is read.
"""

from __future__ import annotations

import contextlib
import gc
import json
import math
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

HEAD = struct.Struct(">4sIQ")
MAGIC = b"gr1\n"
MAX_HEADER = 8 << 20
MAX_BODY = 512 << 20
MAX_DEPTH = 40
MAX_ANSWER = 16 << 20
"""Most bytes of array data that are taken from inside in one frame."""
MAX_PARTS = 250_000
"""Most values in the tree of one frame, more than `values.MAX_NODES`; counted before they are built, and again while they are."""
MAX_BRACKETS, MAX_COMMAS = 200_000, 750_000
"""Most of each in a header. A NumPy scalar takes three brackets, a tuple two, a list one; a plain number none."""
PART_WEIGHT = 64
"""A bracket or a comma of a header counts as so many bytes of array data against what a submission may answer."""
MAX_INT_BITS = 1_000
"""Larger whole numbers stay inside: they would not fit into a float."""
LATER = 1 << 39
"""Of a reference in a frame of several steps: `LATER + k` is the object that its step k makes."""
DTYPES = frozenset("?bBhHiIlLqQefdFD")


class ProtocolError(Exception):
    """The other side did not speak the protocol."""


class Closed(ProtocolError):
    """The other side is gone."""


class Unborn(Closed):
    """The other side never came to be."""


class Late(ProtocolError):
    """The other side did not answer in time."""


@dataclass(frozen=True)
class Ref:
    """An object that stays in the sandbox, named by its number."""

    id: int
    type: str = ""


@dataclass(frozen=True)
class Tensor:
    """An array that is a torch tensor inside the sandbox."""

    array: Any
    requires_grad: bool = False


@dataclass(frozen=True)
class Opaque:
    """A value that does not cross the boundary: only the name of its type does."""

    type: str


def encode(value: Any, arrays: list[Any], depth: int = 0) -> Any:
    """
    Tree of a value of ours; arrays are appended to `arrays`.

    Raises:
        TypeError: for a value that the protocol does not know.
    """
    if depth > MAX_DEPTH:
        raise TypeError("too deep")
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int:
        return value if abs(value) < 1 << 53 else {"$": "int", "hex": hex(value)}
    if type(value) is float:
        return value if math.isfinite(value) else {"$": "float", "is": repr(value)}
    if type(value) is complex:
        return {"$": "complex", "re": encode(value.real, arrays), "im": encode(value.imag, arrays)}
    if type(value) is bytes:
        return {"$": "bytes", "at": _append(np.frombuffer(value, np.uint8), arrays)}
    if type(value) is list:
        return [encode(v, arrays, depth + 1) for v in value]
    if type(value) is tuple:
        return {"$": "tuple", "of": [encode(v, arrays, depth + 1) for v in value]}
    if type(value) is dict:
        pairs = [[encode(k, arrays, depth + 1), encode(v, arrays, depth + 1)] for k, v in value.items()]
        return {"$": "dict", "of": pairs}
    if type(value) is np.ndarray:
        return {"$": "array", "at": _append(value, arrays)}
    if isinstance(value, np.generic):
        return {"$": "scalar", "at": _append(np.asarray(value), arrays)}
    if isinstance(value, Tensor):
        return {"$": "tensor", "at": _append(value.array, arrays), "grad": bool(value.requires_grad)}
    if isinstance(value, Ref):
        return {"$": "ref", "id": value.id, "type": value.type}
    if isinstance(value, Opaque):
        return {"$": "opaque", "type": value.type}
    raise TypeError(f"the protocol has no form for {type(value).__name__}")


def _append(array: Any, arrays: list[Any]) -> int:
    if array.dtype.char not in DTYPES:
        raise TypeError(f"the protocol has no form for arrays of {array.dtype}")
    arrays.append(array)
    return len(arrays) - 1


def pack(message: dict[str, Any]) -> bytes:
    """
    The bytes of one frame.

    Args:
        message: plain values as `encode` knows them; `message["value"]`-like entries may hold arrays anywhere.
    """
    arrays: list[Any] = []
    with _uncollected():
        tree = encode(message, arrays)
    # Written so that memory order cannot change the bytes: row-major, little-endian.
    bodies = [np.ascontiguousarray(a).astype(a.dtype.newbyteorder("<"), copy=False).tobytes() for a in arrays]
    spec = [[a.dtype.char, list(a.shape)] for a in arrays]
    header = json.dumps({"tree": tree, "arrays": spec}, separators=(",", ":"), allow_nan=False).encode(
        "utf-8", "backslashreplace"
    )
    return b"".join([HEAD.pack(MAGIC, len(header), sum(map(len, bodies))), header, *bodies])


def unpack(header: bytes, body: bytes) -> dict[str, Any]:
    """
    The message of a frame, built from plain values and fresh arrays only.

    Raises:
        ProtocolError: whatever is wrong with the bytes.
    """
    if header.count(b"[") + header.count(b"{") > MAX_BRACKETS or header.count(b",") > MAX_COMMAS:
        raise ProtocolError("a frame with too many parts")
    try:
        with _uncollected():
            return _message(header, body)
    except ProtocolError:
        raise
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
        OverflowError,
        MemoryError,
    ) as e:
        raise ProtocolError(f"a frame that does not parse ({type(e).__name__})") from e


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """While values are built that nobody can let go yet, looking for garbage among them takes longer than building them."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _message(header: bytes, body: bytes) -> dict[str, Any]:
    outer = json.loads(header, parse_constant=_no_constant, parse_int=_small_int)
    message = _Decoder(_read_arrays(outer["arrays"], body)).value(outer["tree"], 0)
    if type(message) is not dict:
        raise ProtocolError("a frame that is not a message")
    return message


def _small_int(digits: str) -> int:
    if len(digits) > 20:
        raise ProtocolError("a frame with too large a number")
    return int(digits)


def _no_constant(name: str) -> Any:
    raise ProtocolError(f"a frame with the constant {name}")


def _read_arrays(spec: Any, body: bytes) -> list[Any]:
    arrays, at = [], 0
    if type(spec) is not list or len(spec) > 100_000:
        raise ProtocolError("a frame with too many arrays")
    for char, shape in spec:
        if char not in DTYPES or type(char) is not str or len(shape) > 32:
            raise ProtocolError("a frame with an unknown kind of array")
        if any(type(n) is not int or n < 0 or n > MAX_BODY for n in shape):
            raise ProtocolError("a frame with an impossible shape")
        dtype = np.dtype(char).newbyteorder("<")
        size = math.prod(shape) * dtype.itemsize
        if at + size > len(body):
            raise ProtocolError("a frame with less data than it announces")
        flat = np.frombuffer(body, dtype, math.prod(shape), at) if size else np.zeros(0, dtype)
        arrays.append(flat.reshape(shape).astype(np.dtype(char)))
        at += size
    if at != len(body):
        raise ProtocolError("a frame with more data than it announces")
    return arrays


class _Decoder:
    """
    Trees to values, at most MAX_PARTS of them; `ProtocolError` for an unknown tag, a wrong field or too deep a tree.

    Args:
        arrays: of the frame, each of which is named once.
    """

    def __init__(self, arrays: list[Any]) -> None:
        self.arrays = arrays
        self.left = MAX_PARTS

    def value(self, tree: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:  # what can be read can be written again, into the record
            raise ProtocolError("a frame that is too deep")
        if type(tree) in _PLAIN:
            return tree
        if type(tree) is list:
            return self.items(tree, depth)
        if type(tree) is not dict:
            raise ProtocolError("a frame with an unknown value")
        reader = _READERS.get(tree.get("$", ""))
        if reader is None:
            raise ProtocolError("a frame with an unknown tag")
        return reader(self, tree, depth)

    def items(self, tree: Any, depth: int) -> list[Any]:
        if type(tree) is not list:
            raise ProtocolError("a frame with a strange list")
        self._count(len(tree))
        if depth < MAX_DEPTH and _PLAIN.issuperset(map(type, tree)):
            return tree
        return [self.value(v, depth + 1) for v in tree]

    def _count(self, parts: int) -> None:
        self.left -= parts
        if self.left < 0:
            raise ProtocolError("a frame with too many parts")

    def array(self, tree: dict[str, Any]) -> Any:
        at, arrays = tree["at"], self.arrays
        if type(at) is not int or not 0 <= at < len(arrays) or arrays[at] is None:
            raise ProtocolError("a frame that names an array it does not have, or names one twice")
        array, arrays[at] = arrays[at], None  # once each: a small frame cannot become large here
        return array

    def mapping(self, tree: dict[str, Any], depth: int) -> dict[Any, Any]:
        self._count(2 * len(tree["of"]))
        out = {}
        for key, value in tree["of"]:
            key = self.value(key, depth + 1)
            if type(key) not in _PLAIN:  # of tuples one can make any number with the same hash
                raise ProtocolError("a frame with a strange key")
            out[key] = self.value(value, depth + 1)
        return out

    def complex_number(self, tree: dict[str, Any], depth: int) -> complex:
        parts = [self.value(tree[part], depth) for part in ("re", "im")]
        if any(type(part) is not float for part in parts):
            raise ProtocolError("a frame with a strange complex number")
        return complex(*parts)


_PLAIN = frozenset((str, int, float, bool, type(None)))


def _int(tree: dict[str, Any]) -> int:
    if type(tree["hex"]) is not str or len(tree["hex"]) > 3 + MAX_INT_BITS // 4:
        raise ProtocolError("a frame with too large a number")
    return int(tree["hex"], 16)


def _string(value: Any) -> str:
    if type(value) is not str:
        raise ProtocolError("a frame with a name that is not text")
    return value[:200].encode("utf-8", "replace").decode()


def _ref(tree: dict[str, Any]) -> Ref:
    if type(tree["id"]) is not int or not 0 <= tree["id"] < 1 << 40:
        raise ProtocolError("a frame with a strange reference")
    return Ref(tree["id"], _string(tree.get("type", "")))


_FLOATS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
_READERS: dict[str, Any] = {
    "int": lambda d, t, depth: _int(t),
    "float": lambda d, t, depth: _FLOATS[t["is"]],
    "complex": _Decoder.complex_number,
    "bytes": lambda d, t, depth: d.array(t).tobytes(),
    "tuple": lambda d, t, depth: tuple(d.items(t["of"], depth)),
    "dict": _Decoder.mapping,
    "array": lambda d, t, depth: d.array(t),
    "scalar": lambda d, t, depth: d.array(t)[()],
    "tensor": lambda d, t, depth: Tensor(d.array(t), t.get("grad") is True),
    "ref": lambda d, t, depth: _ref(t),
    "opaque": lambda d, t, depth: Opaque(_string(t["type"])),
}


def send(sock: socket.socket, message: dict[str, Any]) -> None:
    """Send one frame; blocks until it is taken or the socket's time-out passes (`Late`)."""
    send_bytes(sock, pack(message))


def send_bytes(sock: socket.socket, frame: bytes) -> None:
    """Send a packed frame."""
    try:
        sock.sendall(frame)
    except TimeoutError as e:
        raise Late("the other side did not take the frame in time") from e
    except OSError as e:
        raise Closed(f"the other side is gone ({e.strerror})") from e


class Reader:
    """
    Frames from a stream socket, which are read in large pieces: many small frames cost one call.

    Args:
        sock: what frames come from.
        ahead: nobody else reads from it any more; False takes no byte beyond the frame that is asked for.
    """

    def __init__(self, sock: socket.socket, *, ahead: bool = True) -> None:
        self.sock = sock
        self.piece = 1 << 16 if ahead else 0
        self.kept = bytearray()

    def begun(self) -> bool:
        """Whether a part of the next frame is here already."""
        return bool(self.kept)

    def frame(self, deadline: float | None = None, max_body: int = MAX_BODY) -> bytes:
        """
        The next frame as it came.

        Args:
            deadline: on `time.monotonic`'s clock, in seconds; None waits for ever.
            max_body: most bytes of array data that are read.

        Raises:
            Late, Closed, ProtocolError.
        """
        self._fill(HEAD.size, deadline)
        magic, n_header, n_body = HEAD.unpack_from(self.kept)
        if magic != MAGIC:
            raise ProtocolError("not a frame")
        if n_header > MAX_HEADER or n_body > max_body:
            raise ProtocolError(
                f"a frame of {(n_header + n_body) >> 20} MiB, the limit is {max_body >> 20} MiB"
            )
        size = HEAD.size + n_header + n_body
        self._fill(size, deadline)
        frame = bytes(self.kept[:size])
        del self.kept[:size]
        return frame

    def receive(self, deadline: float | None = None, max_body: int = MAX_BODY) -> dict[str, Any]:
        """The next message; see `frame`."""
        return opened(self.frame(deadline, max_body))

    def _fill(self, size: int, deadline: float | None) -> None:
        while len(self.kept) < size:
            if deadline is not None:
                rest = deadline - time.monotonic()
                if rest <= 0:
                    raise Late("no answer in time")
                self.sock.settimeout(rest)
            try:
                chunk = self.sock.recv(min(max(size - len(self.kept), self.piece), 1 << 20))
            except TimeoutError as e:
                raise Late("no answer in time") from e
            except OSError as e:
                raise Closed(f"the other side is gone ({e.strerror})") from e
            if not chunk:
                raise Closed("the other side is gone")
            self.kept += chunk


def receive(sock: socket.socket, deadline: float | None = None, max_body: int = MAX_BODY) -> dict[str, Any]:
    """One message, and no byte beyond it; see `Reader`."""
    return Reader(sock, ahead=False).receive(deadline, max_body)


def weight(frame: bytes) -> int:
    """What a frame costs whoever opens it, in bytes of array data."""
    end: int = HEAD.size + HEAD.unpack_from(frame)[1]
    return len(frame) + PART_WEIGHT * sum(frame.count(part, 0, end) for part in (b"[", b"{", b","))


def opened(frame: bytes) -> dict[str, Any]:
    """
    The message of a frame that is here as a whole.

    Raises:
        ProtocolError: whatever is wrong with the bytes.
    """
    body = HEAD.size + HEAD.unpack_from(frame)[1]
    return unpack(frame[HEAD.size : body], frame[body:])
