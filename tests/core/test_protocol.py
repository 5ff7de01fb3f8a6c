"""Frames: what is packed comes back, and nothing else is ever built."""

from __future__ import annotations

import json
import math
import socket
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.sandbox.box import protocol
from grader.sandbox.box.protocol import Opaque, ProtocolError, Ref, Tensor

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.complex_numbers() | st.binary()
)
ARRAYS = hnp.arrays(
    st.sampled_from([bool, np.int64, np.float32, np.float64, np.complex128]),
    hnp.array_shapes(min_dims=0, max_side=4),
)
VALUES = st.recursive(
    SCALARS
    | ARRAYS
    | st.builds(Ref, st.integers(0, 9), st.text(max_size=5))
    | st.builds(Opaque, st.text(max_size=5)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return (
            type(b) is np.ndarray and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        )
    if isinstance(a, float) and math.isnan(a):
        return isinstance(b, float) and math.isnan(b)
    if isinstance(a, complex):
        return isinstance(b, complex) and same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and bool(a == b)


def split(frame: bytes) -> tuple[bytes, bytes]:
    _, n, _ = protocol.HEAD.unpack(frame[: protocol.HEAD.size])
    start = protocol.HEAD.size
    return frame[start : start + n], frame[start + n :]


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_what_is_packed_comes_back(value: Any) -> None:
    """Every value of ours survives the crossing with type, shape and bytes."""
    message = {"value": value}
    try:
        frame = protocol.pack(message)
    except TypeError:
        return  # too many digits or too deep: refused on the way out
    try:
        back = protocol.unpack(*split(frame))
    except ProtocolError as e:
        assert "too large a number" in str(e)
        return
    assert same(back["value"], value)


@given(st.binary(max_size=200), st.binary(max_size=64))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_a_protocol_error(header: bytes, body: bytes) -> None:
    """Bytes that are no frame raise `ProtocolError` and nothing else."""
    with pytest.raises(ProtocolError):
        protocol.unpack(header, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(["$", "tuple", "array", "at", "of", "d", "int", "hex", "dict"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["$", "at", "of", "hex", "is", "re", "im", "id", "type", "grad"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON, JSON, st.binary(max_size=32))
@settings(max_examples=500, deadline=None)
def test_any_tree_is_read_or_refused(tree: Any, arrays: Any, body: bytes) -> None:
    """A tree that nobody packed gives a message of plain values or a `ProtocolError`."""
    try:
        message = protocol.unpack(json.dumps({"tree": tree, "arrays": arrays}).encode(), body)
    except ProtocolError:
        return
    assert type(message) is dict


HOSTILE = {
    "deep": b'{"tree":' + b"[" * 5000 + b"]" * 5000 + b',"arrays":[]}',
    "very deep": b"[" * 100_000,
    "nan": b'{"tree":{"$":"dict","of":[["a",NaN]]},"arrays":[]}',
    "long integer": b'{"tree":' + b"9" * 10_000 + b',"arrays":[]}',
    "object array": b'{"tree":{"$":"dict","of":[]},"arrays":[["O",[1]]]}',
    "negative shape": b'{"tree":{"$":"dict","of":[]},"arrays":[["d",[-1]]]}',
    "huge shape": b'{"tree":{"$":"dict","of":[]},"arrays":[["d",[9999999999]]]}',
    "many zeros": b'{"tree":{"$":"dict","of":[]},"arrays":[["d",[0,99999999999999999999]]]}',
    "no such array": b'{"tree":{"$":"dict","of":[["a",{"$":"array","at":3}]]},"arrays":[]}',
    "array before the first": b'{"tree":{"$":"dict","of":[["a",{"$":"array","at":-1}]]},"arrays":[["d",[0]]]}',
    "list as a key": b'{"tree":{"$":"dict","of":[[[1],1]]},"arrays":[]}',
    "a string": b'{"tree":"hello","arrays":[]}',
    "unhashable tag": b'{"tree":{"$":[]},"arrays":[]}',
    # Pairs of numbers can be chosen so that all have one hash: 30,000 such keys took 14 s.
    "pair as a key": b'{"tree":{"$":"dict","of":[[{"$":"tuple","of":[1,2]},1]]},"arrays":[]}',
    "lists without end": b'{"tree":{"$":"dict","of":[["a",['
    + b"[]," * 300_000
    + b"[]]]]}"
    + b',"arrays":[]}',
    "numbers without end": b'{"tree":{"$":"dict","of":[["a",['
    + b"1," * 300_000
    + b"1]]]}"
    + b',"arrays":[]}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers_are_refused(name: str) -> None:
    """Deep, huge, negative and foreign headers are refused without being built."""
    with pytest.raises(ProtocolError):
        protocol.unpack(HOSTILE[name], b"")


def test_sizes_are_capped_before_they_are_read() -> None:
    """An announced size above the limit is refused at once."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(protocol.HEAD.pack(protocol.MAGIC, 10, 1 << 60))
        with pytest.raises(ProtocolError, match="the limit is"):
            protocol.receive(ours, time.monotonic() + 1)


def test_a_trickle_does_not_move_the_deadline() -> None:
    """One byte now and then does not keep the reader beyond its deadline."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(protocol.HEAD.pack(protocol.MAGIC, 10, 0) + b"{")
        started = time.monotonic()
        with pytest.raises(protocol.Late):
            protocol.receive(ours, started + 0.2)
        assert time.monotonic() - started < 2


def test_tensors_keep_their_kind() -> None:
    """A tensor comes back as one."""
    back = protocol.unpack(*split(protocol.pack({"t": Tensor(np.ones((2, 1)), True)})))
    assert isinstance(back["t"], Tensor)
    assert back["t"].requires_grad
    assert back["t"].array.shape == (2, 1)
