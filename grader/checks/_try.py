"""A recipe as a few lines that a student can paste below their own code: same steps and sizes, no grader, no solution."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.checks._steps import Step
from grader.checks.recipe import Recipe

_TOOLS = {
    "normal": "normal = lambda *shape, scale=1.0, mean=0.0: mean + scale * rng.standard_normal(shape)",
    "uniform": "uniform = lambda low, high, *shape: rng.uniform(low, high, shape or None)",
    "integers": "integers = lambda low, high, *shape: rng.integers(low, high, shape or None)",
    "labels": "labels = lambda n, k: rng.integers(0, k, n)",
    "onehot": "onehot = lambda n, k: np.eye(k)[rng.integers(0, k, n)]",
}
_PLAIN = set("np abs len max min range sum float int dict list tuple zip round".split())


def try_it(recipe: Recipe, of: str = "") -> str:
    """
    The lines, or nothing where they would need what only the grader has (a routine, the reference's data).

    Args:
        of: the result that is printed; default: that of the last step.
    """
    sizes = recipe.sizes[0] if recipe.sizes else {}
    known = {*sizes, *recipe.draw, *_PLAIN, *_TOOLS}
    used = {name for text in recipe.draw.values() for name in _names(text)}
    steps = [Step.read(text) for text in recipe.steps]
    given = {name for step in steps for a in step.args for name in _names(ast.unparse(a))}
    if recipe.routine or not used <= known or not given <= known | {s.target for s in steps}:
        return ""
    wanted = of or steps[-1].target
    lines = [
        "import numpy as np",
        *_torch(recipe),
        "rng = np.random.default_rng(0)",
        *(_TOOLS[n] for n in _TOOLS if n in used),
    ]
    lines += [f"{name} = {value!r}" for name, value in sizes.items()]
    lines += [f"{name} = {text}" for name, text in recipe.draw.items()]
    lines += [*_converted(recipe), *recipe.steps, f"print(np.shape({wanted}))", f"print({wanted})"]
    return "\n".join(lines)


def _names(text: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Name)}


def _torch(recipe: Recipe) -> list[str]:
    return ["import torch"] if recipe.tensors else []


def _converted(recipe: Recipe) -> Iterator[str]:
    """What the grader does to drawn arrays before it passes them on."""
    tensors = list(recipe.draw) if recipe.tensors is True else recipe.tensors or []
    for name, text in recipe.draw.items():
        if recipe.single and ("normal" in text or "uniform" in text):
            yield f"{name} = np.asarray({name}, dtype=np.float32)"
        if name in tensors:
            yield f"{name} = torch.as_tensor({name})"
