"""What only an experiment shows is established with the student's code in the real sandbox."""

from __future__ import annotations

import pytest

from grader.record import Tape

from .conftest import Grade

WRONG = {
    "accumulates": (
        "again",
        "accumulates",
        "self.grad_weights = self.X.T @ G",
        "self.grad_weights = getattr(self, 'grad_weights', 0) + self.X.T @ G",
    ),
    "first input kept": ("again", "stale-state", "self.X = X", "self.X = getattr(self, 'X', X)"),
    "first gradient kept": (
        "again",
        "stale-state",
        "self.grad_weights = self.X.T @ G",
        "self.grad_weights = getattr(self, 'grad_weights', self.X.T @ G)",
    ),
    "steps in backward": (
        "x",
        "uses-updated-weights",
        "return G @ self.weights.T",
        "self.weights = self.weights - 0.0317 * np.tanh(self.grad_weights); return G @ self.weights.T",
    ),
    "changes its argument": ("center", "mutates-input", "return (x - x.mean())", "x -= x.min(); x /= x.std(); return (x - x.mean())"),
    "reads a global": ("softmax", "reads-global", "def softmax(Z):", "logits = np.ones((2, 2))\n\ndef softmax(Z):\n    Z = logits"),
    "reads a name that is nowhere": ("softmax", "reads-global", "def softmax(Z):\n    e = np.exp(Z", "def softmax(x):\n    e = np.exp(Z"),
    "reads a name that is nowhere, in a class": ("w", "reads-global", "= self.X.T @ G", "= X.T @ G"),
    "upstream not used": ("w", "unused-input", "self.X.T @ G", "np.cos(self.X).T @ np.ones_like(G)"),
    "weights of the start": ("x", "unused-input", "return G @ self.weights.T", "return np.tanh(G) @ np.arange(self.weights.size).reshape(self.weights.T.shape)"),
    "hard-coded batch": ("softmax", "hardcoded-size", "    return e / e.sum(axis=1, keepdims=True)", "    return e / e.sum(axis=1).reshape(5, 1)"),
    "hard-coded count": ("center", "hardcoded-size", "x.mean()", "x.sum() / 8"),
    "random numbers": ("center", "nondeterministic", "return (x", "return np.random.default_rng().normal() + (x"),
    "seeded random numbers": ("center", "nondeterministic", "return (x", "return np.random.normal() + (x"),
    "not written yet, in words": ("softmax", "blank-template", "def softmax(Z):", "def softmax(Z):\n    raise Exception(\"You haven't implemented softmax yet.\")\n"),
    "not written yet": ("softmax", "blank-template", "def softmax(Z):", "def softmax(Z):\n    raise NotImplementedError\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_an_experiment_establishes_the_cause(name: str, grade: Grade) -> None:
    """Each mistake that shows only in how the code runs is named, on the check that it costs."""
    check, expected, old, new = WRONG[name]
    found = grade(old, new)[check]
    assert found.outcome == "lost"
    assert found.diagnosis is not None, found.message
    assert found.diagnosis.id == expected
    assert found.help


UNKNOWN = {
    "another function": ("softmax", "e = np.exp(", "e = 1.1 + np.sin("),
    "a crash of its own": ("center", "return (x - x.mean())", "return (x - x.mean(axis=3))"),
    "an unknown name": ("softmax", "e / e.sum", "epsilon / e.sum"),
    "a missing attribute": ("w", "self.grad_weights = ", "self.gradient = "),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_no_experiment_explains_the_unknown(name: str, grade: Grade) -> None:
    """Where no experiment proves a cause, none is named, and the student's own error is told."""
    check, old, new = UNKNOWN[name]
    found = grade(old, new)[check]
    assert found.outcome == "lost"
    assert found.diagnosis is None


def test_right_code_needs_no_experiment(grade: Grade) -> None:
    """Right code earns everything, and no call is made beyond those of the recipes."""
    tape = Tape()
    assert {c.outcome for c in grade(tape=tape).values()} == {"earned"}
    shared = 1  # both recipes begin with the same layer
    assert len(tape.new_calls) == 1 + 3 * 6 + 2 * 8 + 2 + 2 - shared


def test_experiments_are_replayed(grade: Grade) -> None:
    """The second run of an experiment comes from the record and says the same."""
    tape = Tape()
    _, _, old, new = WRONG["accumulates"]
    first = grade(old, new, tape=tape)
    calls = len(tape.new_calls)
    tape.new_verdicts.clear()
    assert grade(old, new, tape=tape) == first
    assert len(tape.new_calls) == calls
