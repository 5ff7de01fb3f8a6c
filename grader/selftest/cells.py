"""
A notebook as a script to make mutants of: mutants of a notebook are tried as scripts, which takes a hundredth of the time.

What only runs the student's own functions (training, its plot) is left out. Lines that students write outside of functions stand
in functions of their own while mutants are made, `outside_functions_1`, and come out of them again before anything runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from grader.intake.notebook import read_notebook, static_code
from grader.selftest.tree import Function, loads, stores

WRAPPED = "outside_functions_"


def code_of(notebook: bytes) -> str:
    """The code cells of a notebook, one after the other."""
    cells = read_notebook(notebook.decode()).cells
    return "\n".join(static_code(c.source) for c in cells if c.kind == "code")


def script_of(notebook: bytes, blank: bytes | None) -> str:
    """
    The notebook as a script, with the students' own lines wrapped.

    Args:
        notebook: the solution.
        blank: the handout's notebook; lines that it has too are not the students'.
    """
    body = list(_without_runs(ast.parse(code_of(notebook)).body))
    given = {ast.dump(line) for line in ast.parse(code_of(blank)).body} if blank else set()
    return ast.unparse(ast.fix_missing_locations(ast.Module(_wrapped(body, given), [])))


def _without_runs(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Definitions and what they need; not what calls them, nor what depends on that."""
    own = {part.name for part in body if isinstance(part, ast.FunctionDef | ast.ClassDef)}
    gone: set[str] = set()
    for line in body:
        called = {
            n.func.id for n in ast.walk(line) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        if not isinstance(line, ast.FunctionDef | ast.ClassDef) and (called & own or loads(line) & gone):
            gone |= stores(line)
        elif not (isinstance(line, ast.Expr) and "plt." in ast.unparse(line)):
            yield line


def _wrapped(body: Sequence[ast.stmt], given: set[str]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for line in body:
        theirs = isinstance(line, ast.Assign | ast.AugAssign) and ast.dump(line) not in given
        if not theirs:
            found.append(line)
        elif found and isinstance(found[-1], ast.FunctionDef) and found[-1].name.startswith(WRAPPED):
            found[-1].body.append(line)
        else:
            number = sum(getattr(f, "name", "").startswith(WRAPPED) for f in found) + 1
            nothing = ast.arguments([], [], None, [], [], None, [])
            found.append(Function(f"{WRAPPED}{number}", nothing, [line], [], None))
    return found


def unwrapped(module: ast.Module) -> ast.Module:
    """The module with the lines outside of functions again where they belong."""
    body: list[ast.stmt] = []
    for part in module.body:
        wrapped = isinstance(part, ast.FunctionDef) and part.name.startswith(WRAPPED)
        body += part.body if isinstance(part, ast.FunctionDef) and wrapped else [part]
    return ast.fix_missing_locations(ast.Module(body, []))
