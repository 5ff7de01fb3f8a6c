"""Going on by hand, beside the student's code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.checks.recipe import Observation, Recipe
from grader.explain.story import Story
from grader.explain.told import judged
from grader.student import Student

_SHELL = """
import ast, contextlib, io, traceback
space = {}
def own(value, name):
    space[name] = value
def line(text):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            tree = ast.parse(text)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "<shell>", "exec"), space)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "<shell>", "eval"), space)
                if value is not None:
                    print(repr(value))
        except BaseException as e:
            print("".join(traceback.format_exception_only(e)).rstrip())
    return said.getvalue()[:20000]
"""


class Shell:
    """
    Lines of Python beside the student's code, in its own locked-down process.

    Args:
        told: whose recipe is carried out first, on the first case that went wrong (or the first).
        student: with live sandboxes.
    """

    def __init__(self, told: Story, student: Student) -> None:
        self.student = student
        self.names: list[str] = []
        group = [n for spec in student.specs for n in spec.all_names if n in student.choice(n).found]
        self.scope = student.scope(_first_name(told) or (group[0] if group else ""))
        self._take([n for n in group if student.group(n) == self.scope.group])
        if told.seen:
            self._carry_out(*_first_wrong(told))

    def _take(self, names: Sequence[str]) -> None:
        loaded = self.student.loaded(self.scope.group).get("names", {})
        there = [n for n in names if loaded.get(n)]
        for name in there:
            self.scope.run(_SHELL, "own", name, names=[name])
        self.names += there

    def _carry_out(self, recipe: Recipe, seen: Observation) -> None:
        for name, value in recipe._given(seen.case).items():
            self.scope.run(_SHELL, "own", value, name)
            self.names.append(name)
        if recipe.routine:
            self.scope.run(_SHELL, "line", recipe.routine)
        for step in recipe.steps:
            self.line("import numpy as np")
            said = self.line(step)
            if said.strip() and "Error" in said:
                self.names.append(f"({step}: {said.strip().splitlines()[-1]})")
                break
            if re.match(r"^\w+ =", step):
                self.names.append(step.partition(" =")[0])

    def line(self, text: str) -> str:
        """
        What a line prints.

        Raises:
            StudentFault: the process ended, or took too long.
        """
        answer = self.scope.run(_SHELL, "line", text, timeout=60.0)
        return answer.value if isinstance(answer.value, str) else ""

    def close(self) -> None:
        """Hang up."""
        self.scope.close()


def _first_name(told: Story) -> str:
    names = [recipe.first_name for recipe, _ in told.seen]
    entry = [*getattr(told.check.options, "names", []), *getattr(told.check.options, "classes", [])]
    return next((n for n in [*names, *entry] if n), "")


def _first_wrong(told: Story) -> tuple[Recipe, Observation]:
    for recipe, seen in told.seen:
        if list(judged(told.check, recipe, seen))[-1:] not in ([], ["  right"]):
            return recipe, seen
    return told.seen[0]
