"""Which statements of a notebook make its parameters and do not train them; which `train` the page means."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator, Sequence

from grader.intake.notebook import NotANotebookError, read_notebook, static_code
from grader.student import Student

PARAMETERS = frozenset(("W1", "b1", "W2", "b2"))
SIZES = frozenset(("n_inputs", "n_hiddens", "n_outputs"))
_STEPS = frozenset(("backward", "step", "grad", "show", "plot"))
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def text_of(student: Student, name: str) -> str:
    """The text of the notebook or script that defines a name."""
    file = student.submission.file(student.choice(name).primary or "")
    return file.text() if file else ""


def making(text: str) -> Iterator[str]:
    """The top-level statements of a notebook or script that make or change its parameters, without those that train."""
    statements = list(_statements(text))
    trainers = _trainers(statements)
    names = {*PARAMETERS, *SIZES, *_sources(statements)}
    for statement in statements:
        if isinstance(statement, (*_FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)) or _trains(
            statement, trainers
        ):
            continue
        bound = _bound(statement)
        if bound & names or _changes(statement, names):
            yield ast.unparse(statement)
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.List | ast.Tuple)
            and _read(statement.value) & names
        ):
            yield ast.unparse(statement)
            names |= bound


def _statements(text: str) -> Iterator[ast.stmt]:
    for cell in _cells(text):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            yield from ast.parse(static_code(cell)).body


def _sources(statements: Sequence[ast.stmt]) -> set[str]:
    """Variables that the parameters are made from: in `W1, b1, W2, b2 = params` those in `params` have to be made again."""
    assigned = [s for s in statements if isinstance(s, ast.Assign)]
    read = {name for s in assigned if _bound(s) & PARAMETERS for name in _read(s.value)}
    return read & {name for s in assigned for name in _bound(s)}


def _trainers(statements: Sequence[ast.stmt]) -> set[str]:
    """Functions and methods that run a backward pass, by themselves or through others."""
    every = [n for s in statements for n in ast.walk(s) if isinstance(n, _FUNCTIONS)]
    called = {n.name: {c.rpartition(".")[2] for c in _calls(n)} for n in every}
    found = {name for name, calls in called.items() if calls & {"backward", "grad"}}
    while more := {name for name, calls in called.items() if calls & found} - found:
        found |= more
    return found


def _calls(node: ast.AST) -> set[str]:
    return {ast.unparse(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}


def _cells(text: str) -> list[str]:
    try:
        return [cell.source for cell in read_notebook(text).code]
    except NotANotebookError:
        return [text]


def _trains(statement: ast.stmt, trainers: set[str]) -> bool:
    return any(
        c.rpartition(".")[2] in _STEPS | trainers or c.startswith(("train", "fit", "print"))
        for c in _calls(statement)
    )


def _bound(statement: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _read(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _changes(statement: ast.stmt, names: set[str]) -> bool:
    """`W1 *= 0.01`, `W1.data = ...`, `W1.requires_grad_()`, `init(W1)`, a loop or block of such."""
    if isinstance(statement, ast.For | ast.With | ast.If | ast.Expr):
        return bool(_read(statement) & names)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return any(t is not None and not isinstance(t, ast.Name) and _read(t) & names for t in targets)


ASKED = ("net", "params", "train_iter", "loss_func", "updater")


def asked_train(text: str) -> tuple[str, int]:
    """
    The last `train` with the page's arguments, where one with others follows it; else nothing.

    The original notebook replaces the student's `train` by one that also keeps the accuracies for the figure.

    Returns:
        Its source and the number of its cell, from 1; empty and 0 when the last one is meant.
    """
    found: list[tuple[ast.FunctionDef, int]] = []
    for number, cell in enumerate(_cells(text), 1):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            body = ast.parse(static_code(cell)).body
            found += [(s, number) for s in body if isinstance(s, ast.FunctionDef) and s.name == "train"]
    fitting = [pair for pair in found if _arguments(pair[0])[: len(ASKED)] == ASKED]
    if not fitting or fitting[-1] is found[-1]:
        return "", 0
    return ast.unparse(fitting[-1][0]), fitting[-1][1]


def _arguments(function: ast.FunctionDef) -> tuple[str, ...]:
    return tuple(a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs))
