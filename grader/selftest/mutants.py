"""Mutants of a reference solution: one change each, none twice, none that the compiler sees to be equal."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from grader.record import digest
from grader.selftest import operators_arrays, operators_lines, operators_numbers  # noqa: F401 - they register
from grader.selftest.cells import unwrapped
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


def mutants_of(file: str, source: str, targets: Iterable[str], asked: Collection[str] = ()) -> list[Mutant]:
    """
    All mutants of some functions of a file.

    Args:
        file: its name.
        source: its text.
        targets: qualified names of the functions.
        asked: names at the top that others call; all when empty.
    """
    module = fresh(ast.parse(source))
    found: list[Mutant] = []
    pieces = [_text(part) for part in module.body]
    for name in targets:
        at = next(i for i, p in enumerate(module.body) if getattr(p, "name", "") == name.partition(".")[0])
        seen = {meaning(pieces[at])}
        place = Place.of(module, name, bool(asked) and name.partition(".")[0] not in asked)
        before = ast.unparse(place.function)
        for operator, part in _mutated(place, module.body[at]):
            text = _text(part)
            try:
                same = meaning(text)
            except (SyntaxError, ValueError):
                continue
            if same not in seen:
                seen.add(same)
                whole = "\n".join([*pieces[:at], text, *pieces[at + 1 :]]) + "\n"
                after = ast.unparse(functions(ast.Module([part], []))[name])
                key = f"{file}:{name}:{operator}:{digest(after).hex()[:8]}"
                diff = unified(before, after, f"{file}: {name}")
                found.append(Mutant(key, file, name, operator, whole, diff))
    return found


def _text(part: ast.stmt) -> str:
    """A definition as it is handed in."""
    return ast.unparse(unwrapped(ast.Module([part], [])))


def _mutated(place: Place, part: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    """The definition at the top that holds a function, with one change each."""
    for node in ast.walk(place.function):
        if isinstance(node, ast.expr_context | ast.operator | ast.cmpop | ast.boolop | ast.unaryop):
            continue
        for operator, mutate in OPERATORS.items():
            for edit in mutate(node, place):
                yield operator, ast.fix_missing_locations(replaced(part, edit.old, edit.new))


def unified(old: str, new: str, title: str) -> str:
    """A unified diff with little context."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), title, title, n=1, lineterm="")
    return "\n".join(list(lines)[2:])
