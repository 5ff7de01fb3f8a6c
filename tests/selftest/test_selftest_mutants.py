"""The mutation engine: which mistakes it makes of which code."""

from __future__ import annotations

import ast
import textwrap

import pytest

from grader.selftest.mutants import mutants_of
from grader.selftest.mutation import OPERATORS
from grader.selftest.sampling import spread

HEAD = "import numpy as np\n\n"

# operator, body of `def f(a, b, n):`, lines that one of its mutants has instead
TABLE = [
    ("sign", "return a + b", "return a - b"),
    ("sign", "return -a", "return a"),
    ("sign", "a.x -= b", "a.x += b"),
    ("sign", "return np.exp(a)", "return -np.exp(a)"),
    ("factor", "return np.exp(a)", "return 2 * np.exp(a)"),
    ("factor", "return a * b", "return a * b / 2"),
    ("factor", "return a * b", "return a * b + 1"),
    ("averaged", "return a.T @ b", "return a.T @ b / len(a)"),
    ("operand-dropped", "return a + b", "return b"),
    ("operand-dropped", "return a * b", "return a"),
    ("operand-dropped", "return a / b", "return a"),
    ("operand-dropped", "return a - b", "return -b"),
    ("operand-dropped", "return a ** 2", "return a"),
    ("operand-dropped", "return a and b", "return a"),
    ("operands-swapped", "return a @ b", "return b @ a"),
    ("operands-swapped", "return a - b", "return b - a"),
    ("operator-changed", "return a @ b", "return a * b"),
    ("operator-changed", "return a * b", "return a / b"),
    ("constant", "return a * 3", "return a * 4"),
    ("constant", "return a + 1e-08", "return a + 2e-08"),
    ("flag", "return g(a, fast=True)", "return g(a, fast=False)"),
    ("comparison", "return a > 0", "return a >= 0"),
    ("comparison", "return a == b", "return a != b"),
    ("condition", "return a if n else b", "return a if not n else b"),
    ("condition", "return a if n else b", "return a if False else b"),
    ("condition", "return not a", "return a"),
    ("condition", "return [x for x in a if x]", "return [x for x in a]"),
    ("axis", "return np.sum(a, axis=0)", "return np.sum(a, axis=1)"),
    ("axis", "return np.sum(a, axis=0)", "return np.sum(a)"),
    ("axis", "return a.mean(1)", "return a.mean(0)"),
    ("axis", "return a.max(dim=-1)", "return a.max(dim=0)"),
    ("transposed", "return a.T @ b", "return a @ b"),
    ("transposed", "return a @ b", "return a @ b.T"),
    ("transposed", "return a @ b", "return (a @ b).T"),
    ("transposed", "return a.t()", "return a"),
    ("index", "return a[0]", "return a[0 + 1]"),
    ("index", "return a[:, 1:]", "return a[:, 1 + 1:]"),
    ("index", "return a[:n]", "return a[:n - 1]"),
    ("index", "return list(range(n))", "return list(range(n - 1))"),
    ("index", "return list(range(n))", "return list(range(1, n))"),
    ("name-swapped", "return a - n", "return b - n"),
    ("name-swapped", "return a['W1'] + b['W2']", "return a['W2'] + b['W2']"),
    ("call-dropped", "return np.log(a)", "return a"),
    ("call-dropped", "return np.maximum(0, a)", "return a"),
    ("call-dropped", "return a.copy()", "return a"),
    ("call-changed", "return np.mean(a)", "return np.sum(a)"),
    ("call-changed", "return a.argmax()", "return a.argmin()"),
    ("arguments-swapped", "return np.dot(a, b)", "return np.dot(b, a)"),
    ("returned", "return a + b", "return"),
    ("returned", "return (a, b)", "return (b, a)"),
    ("accumulated", "a.x += b", "a.x = b"),
    ("accumulated", "a.x = b", "a.x += b"),
]  # fmt: skip


def lines_of(operator: str, body: str) -> set[str]:
    """Bodies of the mutants that an operator makes of a function."""
    source = f"{HEAD}def f(a, b, n):\n{textwrap.indent(body, '    ')}\n"
    made = [m for m in mutants_of("f.py", source, ["f"]) if m.operator == operator]
    return {ast.unparse(ast.parse(m.source).body[1].body) for m in made}  # type: ignore[attr-defined]


@pytest.mark.parametrize(("operator", "body", "mutated"), TABLE)
def test_each_operator_makes_its_mistake(operator: str, body: str, mutated: str) -> None:
    """An operator makes the mistake that its name says."""
    assert (
        ast.unparse(ast.parse(mutated)) in lines_of(operator, body)
        if "return" not in mutated
        else any(mutated == line for line in lines_of(operator, body))
    )


METHOD = """
class Layer:
    def __init__(self, n):
        self.x = None
        self.g = 0

    def forward(self, x):
        self.x = x @ x
        self.g = self.x + 1
        return self.g

    def step(self, rate):
        self.x -= rate * self.g
        self.g = self.x * 2
"""


@pytest.mark.parametrize(
    ("function", "operator", "line"),
    [
        ("forward", "stale-state", "self.x = getattr(self, 'x', x @ x)"),
        ("forward", "input-changed", "x[...] = 0"),
        ("forward", "name-swapped", "return self.x"),
        ("forward", "line-deleted", "self.g = self.x + 1"),
        ("step", "reordered", "self.g = self.x * 2"),
    ],
)
def test_mistakes_of_methods(function: str, operator: str, line: str) -> None:
    """State, inputs, attributes and the order of updates are mistaken too."""
    made = [m for m in mutants_of("f.py", HEAD + METHOD, [f"Layer.{function}"]) if m.operator == operator]
    sign = "-" if operator == "line-deleted" else "+"
    assert any(f"{sign}    {line}" in m.diff.splitlines() for m in made), [m.diff for m in made]


def test_no_mutant_is_made_twice_or_equals_the_solution() -> None:
    """Programs that the compiler cannot tell apart are one mutant, and none of them is the solution."""
    made = mutants_of("f.py", f"{HEAD}def f(a, b):\n    return a * 1 + b\n", ["f"])
    assert len({m.source for m in made}) == len(made)
    assert all(m.diff for m in made)


def test_keys_stay_when_other_functions_change() -> None:
    """A mutant's key depends on its own function alone, so that marks survive changes elsewhere."""
    one = mutants_of("f.py", "def f(a, b):\n    return a - b\n", ["f"])
    two = mutants_of("f.py", "X = 1\n\ndef g():\n    return 2\n\ndef f(a, b):\n    return a - b\n", ["f"])
    assert [m.key for m in one] == [m.key for m in two]


def test_every_operator_is_in_the_table() -> None:
    """No operator goes without a row."""
    methods = {"stale-state", "input-changed", "line-deleted", "reordered", "default"}
    assert set(OPERATORS) == {row[0] for row in TABLE} | methods


def test_the_sample_is_spread_over_operators_and_always_the_same() -> None:
    """Whatever the budget, the first mutants are of different functions and operators."""
    source = f"{HEAD}def f(a, b):\n    return a @ b - np.sum(a, axis=0)\n\ndef g(a, b):\n    return np.log(a) / b\n"
    made = mutants_of("f.py", source, ["f", "g"])
    order = spread(made)
    kinds = {(m.function, m.operator) for m in made}
    assert len({(m.function, m.operator) for m in order[: len(kinds)]}) == len(kinds)
    assert [m.key for m in order] == [m.key for m in spread(reversed(made))]
