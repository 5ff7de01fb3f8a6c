"""
Modules that an assignment does not allow, as stand-ins: importing one works, using one raises `NotAllowed`.

So a question is judged by what its own code reaches: an import that it never reaches costs nothing.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any


class NotAllowed(Exception):
    """The student's code used something that the assignment does not allow."""


class BarredName:
    """Any name of a barred module; every use but looking deeper raises."""

    def __init__(self, path: str) -> None:
        object.__setattr__(self, "_path", path)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return BarredName(f"{self._path}.{name}")

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return ()

    def __instancecheck__(self, instance: object) -> bool:
        return False  # `isinstance(x, pd.DataFrame)` names the class and uses nothing of it

    __subclasscheck__ = __instancecheck__

    def __or__(self, other: object) -> Any:
        return self  # as in the annotation `pd.DataFrame | None`

    __ror__ = __or__

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise NotAllowed(f"{object.__getattribute__(self, '_path')} is not allowed in this assignment")

    __call__ = __getitem__ = __iter__ = __len__ = __setattr__ = __setitem__ = __enter__ = __exit__ = _refuse
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __truediv__ = __matmul__ = __rmatmul__ = (
        _refuse
    )
    __float__ = __int__ = __bool__ = __array__ = __neg__ = __lt__ = __gt__ = __le__ = __ge__ = _refuse


class BarredModule(ModuleType):
    """A module that is not really there."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return BarredName(f"{self.__name__}.{name}")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name.partition(".")[0] in self.names:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> ModuleType:
        return BarredModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def bar(names: list[str]) -> None:
    """Put stand-ins in the place of the named top-level modules."""
    barred = frozenset(names)
    if not barred:
        return
    for loaded in [m for m in sys.modules if m.partition(".")[0] in barred]:
        del sys.modules[loaded]
    sys.meta_path.insert(0, _Finder(barred))
