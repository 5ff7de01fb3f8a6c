"""Correct variants of a reference solution, each of which must earn what the solution earns."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from grader.selftest import rewrites_algebra, rewrites_code  # noqa: F401 - they register
from grader.selftest.cells import WRAPPED, unwrapped
from grader.selftest.mutants import unified
from grader.selftest.mutation import Place
from grader.selftest.rewriting import HELPERS_NUMPY, HELPERS_TORCH, REWRITES
from grader.selftest.tree import altered, fresh, functions, library_of, meaning, replaced


@dataclass(frozen=True)
class Variant:
    """
    A solution that is just as right.

    Args:
        key: file and rewrite.
        file: the file that is another one.
        rewrite: its name.
        source: the whole file.
        diff: unified diff without comments.
    """

    key: str
    file: str
    rewrite: str
    source: str
    diff: str


def variants_of(file: str, source: str, targets: Iterable[str]) -> list[Variant]:
    """
    The variants of a file: each rewrite in all the functions where it finds something.

    Args:
        file: its name.
        source: its text.
        targets: qualified names of the functions.
    """
    names = [name for name in targets if not name.startswith(WRAPPED)]
    before = fresh(ast.parse(source))
    plain, found = ast.unparse(unwrapped(before)), []
    seen = {meaning(plain)}
    for rewrite in REWRITES:
        text = rewritten(source, names, rewrite)
        if text is not None and meaning(text) not in seen:
            seen.add(meaning(text))
            found.append(Variant(f"{file}:{rewrite}", file, rewrite, text, unified(plain, text, file)))
    return found


def rewritten(source: str, names: Iterable[str], rewrite: str) -> str | None:
    """The source with a rewrite in some functions; None where it finds nothing."""
    module, done = fresh(ast.parse(source)), False
    for name in names:
        function = REWRITES[rewrite](Place.of(module, name))
        if function is not None:
            module, done = fresh(replaced(module, functions(module)[name], function)), True
    complete = _with_helpers(module) if done else None
    return ast.unparse(unwrapped(complete)) if complete else None


def _with_helpers(module: ast.Module) -> ast.Module | None:
    """The module with those of our helpers that it uses; None where nothing is imported that they need."""
    library = library_of(module)
    helpers = ast.parse(HELPERS_TORCH if library == "torch" else HELPERS_NUMPY).body
    used = {n.id for n in ast.walk(module) if isinstance(n, ast.Name)}
    needed = [h for h in helpers if isinstance(h, ast.FunctionDef) and h.name in used]
    if needed and not library:
        return None
    at = max(
        (i + 1 for i, s in enumerate(module.body) if isinstance(s, ast.Import | ast.ImportFrom)), default=0
    )
    body = [*module.body[:at], *needed, *module.body[at:]]
    return ast.fix_missing_locations(altered(module, body=body))
