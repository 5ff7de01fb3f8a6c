"""Mutants of a reference solution: one change each, none twice, none that the compiler sees to be equal."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.record import digest
from grader.selftest import operators_arrays, operators_lines, operators_numbers  # noqa: F401 - they register
from grader.selftest.mutation import OPERATORS, Place
from grader.selftest.tree import fresh, functions, meaning, replaced


@dataclass(frozen=True)
class Mutant:
    """
    A solution with one mistake.

    Args:
        key: stable name: file, function, operator, and a hash of the mutated function.
        file: the file that is another one.
        function: qualified name of the function.
        operator: what was done.
        source: the whole file.
        diff: unified diff of the function, without comments.
    """

    key: str
    file: str
    function: str
    operator: str
    source: str
    diff: str


def mutants_of(file: str, source: str, targets: Iterable[str]) -> list[Mutant]:
    """
    All mutants of some functions of a file.

    Args:
        file: its name.
        source: its text.
        targets: qualified names of the functions.
    """
    module = fresh(ast.parse(source))
    seen = {meaning(ast.unparse(module))}
    found = []
    for name in targets:
        for operator, tree in _mutated(module, name):
            text = ast.unparse(ast.fix_missing_locations(tree))
            try:
                same = meaning(text)
            except (SyntaxError, ValueError):
                continue
            if same not in seen:
                seen.add(same)
                found.append(_mutant(file, name, operator, module, tree, text))
    return found


def _mutated(module: ast.Module, name: str) -> Iterator[tuple[str, ast.Module]]:
    place = Place.of(module, name)
    for node in ast.walk(place.function):
        if isinstance(node, ast.expr_context | ast.operator | ast.cmpop | ast.boolop | ast.unaryop):
            continue
        for operator, mutate in OPERATORS.items():
            for edit in mutate(node, place):
                yield operator, replaced(module, edit.old, edit.new)


def _mutant(file: str, name: str, operator: str, before: ast.Module, after: ast.Module, text: str) -> Mutant:
    old, new = (ast.unparse(functions(tree)[name]) for tree in (before, after))
    key = f"{file}:{name}:{operator}:{digest(new).hex()[:8]}"
    return Mutant(key, file, name, operator, text, unified(old, new, f"{file}: {name}"))


def unified(old: str, new: str, title: str) -> str:
    """A unified diff with little context."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), title, title, n=1, lineterm="")
    return "\n".join(list(lines)[2:])
