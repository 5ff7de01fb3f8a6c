"""What an assignment does not allow, and one use of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

UseKind = Literal["use", "import", "mention", "dead", "unsure"]
_STRAY = {"np": "numpy", "numpy": "numpy", "math": "math", "warnings": "warnings", "importlib": "importlib"}
_SAME = {
    "torch.nn.parameter.Parameter": "torch.nn.Parameter",
    "torch._C._nn": "torch.nn.functional",
    "torch.functional.F": "torch.nn.functional",
    "torch._VF": "torch",
    "torch._C._VariableFunctions": "torch",
    "torch.ops.aten": "torch",
    "torch.special.softmax": "torch.softmax",
}


@dataclass(frozen=True)
class Spec:
    """
    What is not allowed.

    Args:
        modules: modules with everything in them, by their full names.
        names: modules, functions or classes, by their full names.
        allowed: what is allowed all the same; the longest name that fits decides.
        methods: methods of arrays and tensors.
    """

    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()

    @cached_property
    def barred(self) -> tuple[str, ...]:
        """Modules and names."""
        return (*self.modules, *self.names)

    @cached_property
    def roots(self) -> frozenset[str]:
        """The top-level modules that it is about."""
        return frozenset(name.partition(".")[0] for name in self.barred)

    @cached_property
    def all_methods(self) -> frozenset[str]:
        """The methods, with those of names such as `torch.Tensor.softmax`."""
        of_tensors = (name.rpartition(".Tensor.")[2] for name in self.names if ".Tensor." in name)
        return frozenset((*self.methods, *of_tensors))

    def forbids(self, path: str) -> bool:
        """Is the thing of that full name not allowed?"""
        return _longest(path, self.barred) > _longest(path, self.allowed)

    def is_passage(self, path: str) -> bool:
        """A module that is not allowed itself, with something in it that is (`torch.nn`): naming it alone is harmless."""
        return any(name.startswith(f"{path}.") for name in self.allowed)

    def leads_to(self, path: str) -> bool:
        """Is there anything forbidden in it?"""
        return self.forbids(path) or any(name.startswith(f"{path}.") for name in self.barred)

    def method_name(self, method: str) -> str:
        """What messages call a method: `torch.Tensor.relu` or `.relu()`."""
        full = f"torch.Tensor.{method}"
        return full if "torch" in self.roots else f".{method}()"


def _longest(path: str, names: Iterable[str]) -> int:
    return max((len(n) for n in names if path == n or path.startswith(f"{n}.")), default=0)


def canonical(path: str) -> str:
    """The usual full name of something: without detours through modules that import one another."""
    root, *rest = path.split(".")
    for i in range(len(rest) - 1, -1, -1):
        if rest[i] == root or (rest[i] in _STRAY and root in ("torch", "sklearn", "pandas", "seaborn")):
            return ".".join([_STRAY.get(rest[i], root), *rest[i + 1 :]])
    for detour, usual in _SAME.items():
        if path == detour or path.startswith(f"{detour}."):
            return usual + path[len(detour) :]
    return path


@dataclass(frozen=True, order=True)
class Use:
    """Something that is not allowed, where a student's code has it."""

    file: str
    cell: int
    """The notebook's cell, from 1; 0 in a script."""
    line: int
    """From 1; in a notebook counted in the cell."""
    written: str
    """As the student wrote it."""
    name: str
    """Its full name: `torch.nn.functional.relu`."""
    inside: str = ""
    """The function, class or `Class.method` that it is in; empty at the top level."""
    kind: UseKind = "use"
    """`use` counts. `import`: only the import; `mention`: an annotation or an `isinstance`; `dead`: code that is never
    carried out; `unsure`: code that only a person can judge."""
    entry: str = ""
    """The entry whose code reaches it; empty when none does."""

    @property
    def counts(self) -> bool:
        """Is it a use that an entry's code reaches?"""
        return self.kind == "use" and bool(self.entry)

    @property
    def where(self) -> str:
        """`net.py:12` or `hw.ipynb cell 3, line 12`."""
        return f"{self.file} cell {self.cell}, line {self.line}" if self.cell else f"{self.file}:{self.line}"

    @property
    def called(self) -> str:
        """The full name, with the student's words where they do not show it."""
        if self.written == self.name or self.name.endswith(f".{self.written}") or not self.written:
            return self.name
        return f"{self.name} (written `{self.written}`)"
