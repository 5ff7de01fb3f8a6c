"""Between the student's values and the plain values that cross the boundary. Runs beside student code: trusts nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Set
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from .protocol import DTYPES, LATER, MAX_DEPTH, MAX_INT_BITS, Opaque, Ref, Tensor

MAX_NODES = 200_000
MAX_TEXT = 1 << 20


class TooLarge(Exception):
    """The answer has too many parts to be sent."""


class Objects:
    """The student's objects that the grader holds by number."""

    def __init__(self) -> None:
        self._held: list[Any] = []
        self.answers: list[Any] = []
        """The values of the steps that came together with the present one."""

    def hold(self, value: Any) -> Ref:
        """A reference to `value`, the same one for the same object."""
        for i, held in enumerate(self._held):
            if held is value:
                return Ref(i, type_name(value))
        self._held.append(value)
        return Ref(len(self._held) - 1, type_name(value))

    def of(self, ref: Ref) -> Any:
        """The object behind a reference; from `LATER` on, the one that a step of the same frame made."""
        if ref.id >= LATER:
            ref = self.answers[ref.id - LATER]
        return self._held[ref.id]

    def has_all(self, request: dict[str, Any]) -> bool:
        """Whether what a step needs of the steps before it are objects."""
        values = (request.get("of"), *request.get("args", []), *request.get("kwargs", {}).values())
        needed = [v.id - LATER for v in values if isinstance(v, Ref) and v.id >= LATER]
        return all(n < len(self.answers) and isinstance(self.answers[n], Ref) for n in needed)


def type_name(value: Any) -> str:
    """`module.Name` of the type, without the module for built-in and submitted ones."""
    kind = type(value)
    try:
        module, name = str(getattr(kind, "__module__", "")), str(getattr(kind, "__qualname__", "?"))
    except Exception:  # a metaclass of the student's may do anything
        return "?"
    return (
        name
        if module in ("builtins", "__main__")
        or ("." not in module and module not in sys.stdlib_module_names | {"numpy", "torch"})
        else f"{module}.{name}"
    )


class ToPlain:
    """Student values to plain ones: arrays by their bytes, containers by their parts, anything else by reference."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.nodes = 0

    def __call__(self, value: Any, depth: int = 0) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise TooLarge("the answer has more than 200,000 parts")
        if depth >= MAX_DEPTH - 2:
            return Opaque("nested too deep")
        for kind, convert in _SCALARS:
            if isinstance(value, kind):
                return convert(value)
        if isinstance(value, np.ndarray):
            return self._array(value, depth)
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            return _tensor(value)
        if isinstance(value, dict):
            return {self._key(k): self(v, depth + 1) for k, v in dict.items(value)}
        if isinstance(value, Mapping) and hasattr(value, "items"):
            return {self._key(k): self(v, depth + 1) for k, v in value.items()}
        if isinstance(value, list):
            return [self(v, depth + 1) for v in list.__iter__(value)]
        if isinstance(value, tuple):
            return tuple(self(v, depth + 1) for v in tuple.__iter__(value))
        if isinstance(value, (range, Set, type({}.values()), type({}.keys()))):
            return [self(v, depth + 1) for v in value]
        return self._other(value, depth)

    def _key(self, key: Any) -> Any:
        plain = self(key)
        return plain if type(plain) in (str, int, float, bool, type(None)) else str(plain)[:200]

    def _array(self, value: Any, depth: int) -> Any:
        base = np.array(np.ndarray.view(value, np.ndarray), copy=True, subok=False)
        if base.dtype.char == "e" or base.dtype.char == "g" or base.dtype.char == "G":
            base = base.astype(np.complex128 if base.dtype.char == "G" else np.float64)
        if base.dtype.char in DTYPES:
            return base
        if base.dtype.kind in "OSU":
            return (
                self(base.tolist(), depth + 1)
                if base.size <= MAX_NODES
                else Opaque("numpy.ndarray of objects")
            )
        return Opaque(f"numpy.ndarray of {base.dtype}")

    def _other(self, value: Any, depth: int) -> Any:
        # pandas and other array-likes say what they hold through __array__.
        if hasattr(type(value), "__array__") and not isinstance(value, type):
            try:
                return self._array(np.asarray(value), depth)
            except Exception:
                return self.objects.hold(value)
        return self.objects.hold(value)


def _text(value: Any) -> str:
    return str.__str__(value)[:MAX_TEXT]


def _scalar(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.char in "eg":
        array = array.astype(np.float64)
    return array[()] if array.dtype.char in DTYPES else Opaque(type_name(value))


_SCALARS: list[tuple[Any, Any]] = [
    (type(None), lambda v: None),
    (bool, bool),
    (np.generic, _scalar),
    (int, lambda v: int.__int__(v) if int.bit_length(v) < MAX_INT_BITS else Opaque("int of many digits")),
    (float, float.__float__),
    (complex, lambda v: complex(v.real, v.imag)),
    (str, _text),
    ((bytes, bytearray), lambda v: bytes(v)[:MAX_TEXT]),
    ((Fraction, Decimal), lambda v: _real(v)),
]


def _real(value: Any) -> Any:
    """A fraction or a decimal as the nearest float."""
    try:
        return float(value)
    except (ValueError, ArithmeticError):
        return Opaque(type_name(value))


def _tensor(value: Any) -> Any:
    import torch

    with torch.no_grad():
        flat = value.detach().cpu()
        if flat.layout is not torch.strided or flat.is_quantized:
            flat = flat.to_dense()
        if flat.dtype in (torch.bfloat16, torch.float16):
            flat = flat.float()
        flat = flat.resolve_conj().resolve_neg()
        return Tensor(np.array(flat.contiguous().numpy(), copy=True), bool(value.requires_grad))


def from_plain(value: Any, objects: Objects) -> Any:
    """The grader's values as the student's code is to see them: fresh arrays, real tensors, held objects."""
    if isinstance(value, Ref):
        return objects.of(value)
    if isinstance(value, Tensor):
        import torch

        tensor = torch.from_numpy(np.array(value.array, copy=True))
        return tensor.requires_grad_() if value.requires_grad else tensor
    if type(value) is np.ndarray:
        return value.copy()
    if type(value) is list:
        return [from_plain(v, objects) for v in value]
    if type(value) is tuple:
        return tuple(from_plain(v, objects) for v in value)
    if type(value) is dict:
        return {k: from_plain(v, objects) for k, v in value.items()}
    return value


def changed(before: Any, after: Any) -> bool:
    """Whether an argument that we gave differs now from what we gave (arrays and tensors; others never do)."""
    if isinstance(before, Tensor):
        return not np.array_equal(
            before.array, after.detach().cpu().numpy(), equal_nan=before.array.dtype.kind in "fc"
        )
    if type(before) is np.ndarray:
        same = type(after) is np.ndarray and after.shape == before.shape and after.dtype == before.dtype
        return not (same and np.array_equal(before, after, equal_nan=before.dtype.kind in "fc"))
    if type(before) in (list, tuple):
        return len(before) != len(after) or any(changed(b, a) for b, a in zip(before, after, strict=True))
    if type(before) is dict:
        return list(before) != list(after) or any(changed(before[k], after[k]) for k in before)
    return False
