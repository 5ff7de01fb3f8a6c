"""What `make_handout.py` of an assignment is made with: skeletons and solutions from `reference/`, forms from the rubric."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
STUB = "Write your answer here."
PROSE = "The argument in full sentences: first what is given, then what follows from it, and why nothing else can."


def skeleton(module: str, docs: Mapping[str, str], given: Sequence[str], head: str) -> str:
    """
    The code file that students get.

    Args:
        module: of `reference/`; it has the names, the parameters and what is given.
        docs: docstrings by name (`MLP`, `MLP.forward`); what is named here is in the skeleton, in this order.
        given: names whose bodies students get.
        head: docstring and imports.
    """
    parts = [head.strip()]
    found = _definitions(module)
    for name in (n for n in docs if "." not in n):
        node = found[name]
        if isinstance(node, ast.ClassDef):
            methods = {n: found[n] for n in docs if n.startswith(f"{name}.")}
            inlined = {n: _inlined(m, found, name) if n in given else m for n, m in methods.items()}
            bodies = [_without(m, docs[n], n in given) for n, m in inlined.items()]
            node = ast.ClassDef(name, [], [], [_docstring(docs[name]), *bodies], [])
            parts.append(ast.unparse(ast.fix_missing_locations(node)))
        else:
            parts.append(ast.unparse(ast.fix_missing_locations(_without(node, docs[name], name in given))))
    return "\n\n\n".join(parts).replace("\n    @", "\n\n    @") + "\n"


def _definitions(module: str) -> dict[str, Any]:
    tree = ast.parse((REFERENCE / f"{module}.py").read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
            if isinstance(node, ast.ClassDef):
                found |= {f"{node.name}.{m.name}": m for m in node.body if isinstance(m, ast.FunctionDef)}
    return found


def _inlined(node: ast.FunctionDef, found: Mapping[str, Any], owner: str) -> ast.FunctionDef:
    """The method with the bodies of the methods that it only calls: those are for the students to write."""
    body: list[ast.stmt] = []
    for statement in node.body:
        called = found.get(ast.unparse(statement).replace("self", owner, 1).removesuffix("()"))
        body += [s for s in called.body if not _is_docstring(s)] if called is not None else [statement]
    return ast.FunctionDef(node.name, node.args, body, [], None)


def _without(node: ast.FunctionDef, doc: str, given: bool) -> ast.FunctionDef:
    """The function without annotations, and without its body unless that is given."""
    for arg in node.args.args:
        arg.annotation = None
    body: list[ast.stmt] = [_docstring(doc)] if doc else []
    if given:
        kept = [_plain(s) for s in node.body if not _is_docstring(s)]
    else:
        kept = [ast.parse(f"raise NotImplementedError('{node.name} is yours to write')").body[0]]
    return ast.FunctionDef(node.name, node.args, body + kept, [], None)


def _plain(node: ast.stmt) -> ast.stmt:
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return ast.Assign([node.target], node.value, lineno=0)
    return node


def _docstring(text: str) -> ast.stmt:
    return ast.Expr(ast.Constant(text))


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def solution(modules: Sequence[str]) -> str:
    """Modules of `reference/` as one file that a student could hand in."""
    lines = []
    for module in modules:
        for line in (REFERENCE / f"{module}.py").read_text(encoding="utf-8").splitlines():
            if not line.startswith(("from reference", "__all__")):
                lines.append(line)
    return "\n".join(lines) + "\n"


def form(rubric: Mapping[str, Any]) -> str:
    """answers.yaml with every label and nothing filled in."""
    lines = [
        "# Formulas in single quotes: '\\frac{a}{b}'. Longer text after `|`, indented. What each label asks is in README.md."
    ]
    for check in _checks(rubric):
        if "answer" in check:
            lines += ["", f"# {check['title']}", f"{check['id']}: ''"]
        elif "prose" in check:
            lines += ["", f"# {check['title']}", f"{check['id']}: |", f"  {STUB}"]
    return "\n".join(lines) + "\n"


def filled(rubric: Mapping[str, Any], specs: Mapping[str, Any]) -> dict[str, Any]:
    """The form, filled in with what is right."""
    answers: dict[str, Any] = {}
    for check in _checks(rubric):
        if "answer" in check:
            answers[check["id"]] = specs["labels"][check["id"]]["truth"]
        elif "prose" in check:
            answers[check["id"]] = PROSE
    return answers


def table(rubric: Mapping[str, Any], asked: Mapping[str, str]) -> str:
    """The labels with their points and what is asked."""
    rows = ["| label | points | |", "| --- | --- | --- |"]
    for check in _checks(rubric):
        if "answer" in check or "prose" in check:
            says = asked.get(check["id"], check["title"]) + (" (in words)" if "prose" in check else "")
            rows.append(f"| {check['id']} | {check['points']:g} | {says} |")
    return "\n".join(rows)


def questions(rubric: Mapping[str, Any]) -> str:
    """The questions with their points."""
    rows = [f"| {q['id']} | {q['points']:g} | {q['title']} |" for q in rubric["questions"]]
    return "\n".join(["| question | points | |", "| --- | --- | --- |", *rows])


def _checks(rubric: Mapping[str, Any]) -> list[Any]:
    return [check for question in rubric["questions"] for check in question["checks"]]
