"""
Loading a script the way a notebook runs: statement by statement.

A statement that fails does not hide the definitions after it: a missing data file at the top of a script costs nothing
that a question asks for. The module is never `__main__`.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import os
import signal
import sys
import time
import types
import typing
from typing import Any

from . import faults


class TooSlow(BaseException):
    """The file ran longer than it may while it was loaded."""


class Module:
    """One loaded file of the submission."""

    def __init__(self, path: str, root: str) -> None:
        self.path = path
        stem = os.path.splitext(os.path.basename(path))[0]
        name = stem if stem.isidentifier() and stem not in sys.modules else "submission"
        self.module = types.ModuleType(name)
        self.module.__file__ = os.path.join(root, path)
        self.module.__package__ = _package(path, root)
        sys.modules.setdefault(name, self.module)
        self.faults: list[dict[str, Any]] = []


_HANDIN = "handed_in"


def _package(path: str, root: str) -> str:
    """Where relative imports of a file start: its folder, in a package that stands for the whole hand-in."""
    top = sys.modules.setdefault(_HANDIN, types.ModuleType(_HANDIN))
    top.__path__ = [root]
    return ".".join([_HANDIN, *path.split("/")[:-1]])


def load_script(module: Module, text: str, own: dict[str, str], seconds: float) -> None:
    """
    Execute a file in its module; what goes wrong is collected in `module.faults`.

    Args:
        module: the empty module.
        text: the source.
        own: see `faults.describe`.
        seconds: limit for all statements together (`Clock`).
    """
    filename = str(module.module.__file__)
    try:
        tree = ast.parse(text, filename)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        module.faults.append(faults.describe(e, own))
        return
    flags = _future_flags(tree)
    clock = Clock(seconds)
    late = False
    for statement in tree.body:
        if late and not isinstance(
            statement, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.AsyncFunctionDef)
        ):
            continue
        try:
            code = compile(ast.Module([statement], []), filename, "exec", flags, dont_inherit=True)
            _run_until(clock if not late else Clock(1.0), code, module.module.__dict__)
        except TooSlow:
            late = True
            where = f"{module.path}:{statement.lineno}"
            module.faults.append(
                {"kind": "timeout", "type": "", "message": f"{seconds:g}", "where": [where], "line": ""}
            )
        except BaseException as e:
            module.faults.append(faults.describe(e, own))
    _definitions_behind_the_guard(tree, module, flags)


def _future_flags(tree: ast.Module) -> int:
    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
    return flags


class Clock:
    """
    The time that loading may take: the limit counts the file's own work, so that a busy machine stops nobody.

    Past the limit on the wall clock the file goes on while it computes, until it has computed for so long.
    """

    MOST = 6.0

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.wall, self.work = time.monotonic(), time.process_time()
        self.seen = self.work

    def left(self) -> float:
        """Seconds until `over` is to be asked."""
        return max(0.1, self.wall + self.seconds - time.monotonic())

    def over(self) -> bool:
        """Whether the time is up."""
        wall, work = time.monotonic() - self.wall, time.process_time()
        idle = work - self.seen < 0.002
        self.seen = work
        return wall >= self.seconds and (
            work - self.work >= self.seconds or idle or wall >= self.MOST * self.seconds
        )


def _run_until(clock: Clock, code: Any, namespace: dict[str, Any]) -> None:
    def stop(signum: int, frame: Any) -> None:
        if clock.over():
            raise TooSlow
        signal.setitimer(signal.ITIMER_REAL, clock.left())

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, clock.left())
    try:
        exec(code, namespace)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _definitions_behind_the_guard(tree: ast.Module, module: Module, flags: int) -> None:
    """Functions and classes that stand only behind `if __name__ == "__main__":` are defined all the same."""
    space = module.module.__dict__
    for statement in tree.body:
        if not (isinstance(statement, ast.If) and "__name__" in ast.dump(statement.test)):
            continue
        missing = {
            d.name
            for d in statement.body
            if isinstance(d, (ast.FunctionDef, ast.ClassDef)) and d.name not in space
        }
        for inner in statement.body if missing else ():
            # Imports that stand beside them are what they work with.
            if isinstance(inner, (ast.Import, ast.ImportFrom)) or getattr(inner, "name", None) in missing:
                try:
                    one = ast.Module([inner], [])
                    exec(compile(one, str(module.module.__file__), "exec", flags, dont_inherit=True), space)
                except BaseException as e:
                    module.faults.append(faults.describe(e, {}))


def write_files(root: str, files: list[dict[str, Any]]) -> None:
    """Lay the submission's files out below `root`; a name that cannot be made is left out."""
    for file in files:
        target = os.path.normpath(os.path.join(root, file["path"]))
        if not target.startswith(root + os.sep):
            continue
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as out:
                out.write(file["data"])
        except (OSError, ValueError):
            continue


def own_files(root: str, files: list[dict[str, Any]]) -> dict[str, str]:
    """File names as tracebacks show them to the names that the student knows."""
    return {
        os.path.normpath(os.path.join(root, f["path"])): f["path"] for f in files if f["path"].endswith(".py")
    }


def lookup_in(modules: list[Module], homes: dict[str, str]) -> Any:
    """
    A function from a name to its value.

    Args:
        modules: in order of preference.
        homes: name to the file that defines it, where several could.
    """

    def lookup(name: str) -> Any:
        ordered = sorted(modules, key=lambda m: m.path != homes.get(name))
        for module in ordered:
            if name in module.module.__dict__:
                return module.module.__dict__[name]
        raise KeyError(name)

    return lookup


def quiet_builtins() -> None:
    """`input()` has nobody to ask."""

    def no_input(prompt: object = "") -> str:
        raise EOFError("input() has nobody to ask while the work is graded")

    builtins.input = no_input


def name_types(names: list[str]) -> None:
    """What code in the syntax of a newer Python calls its type parameters (`T`, `*Ts`, `**P`) and aliases."""
    for name in names:
        stars = name.count("*")
        kind = (typing.TypeVar, typing.TypeVarTuple, typing.ParamSpec)[stars]
        setattr(builtins, name[stars:], kind(name[stars:]))
