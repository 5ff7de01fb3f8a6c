"""What a rewrite is: another way to write a function that is just as right."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import cast

from grader.selftest.mutation import Place
from grader.selftest.tree import Function

Whole = Callable[[Place], "Function | None"]
Small = Callable[[ast.expr, Place], "ast.expr | None"]
REWRITES: dict[str, Whole] = {}


def rewrite(function: Whole) -> Whole:
    """Register a rewrite of a whole function; it gives None when there is nothing to rewrite."""
    assert inspect.getdoc(function), function
    REWRITES[function.__name__.rstrip("_").replace("_", "-")] = function
    return function


def everywhere(small: Small) -> Small:
    """Register a rewrite of expressions, applied to every one in a function, from the inside out."""

    def whole(place: Place) -> Function | None:
        worker = _Everywhere(small, place)
        result = cast(Function, worker.visit(place.function))
        return result if worker.done else None

    whole.__name__, whole.__doc__ = small.__name__, small.__doc__
    rewrite(whole)
    return small


class _Everywhere(ast.NodeTransformer):
    def __init__(self, small: Small, place: Place) -> None:
        self.small, self.place, self.done = small, place, 0

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return node
        new = self.small(node, self.place)
        self.done += new is not None
        return new or node


HELPERS_NUMPY = """
def _single_precision(value):
    return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype == np.float64 else value


def _double_precision(value):
    return value.astype(np.float64) if isinstance(value, np.ndarray) and value.dtype == np.float32 else value


def _column_order(value):
    return np.asfortranarray(value) if isinstance(value, np.ndarray) and value.ndim > 1 else value


def _every_second(value):
    return np.repeat(value, 2, axis=0)[::2] if isinstance(value, np.ndarray) and value.ndim else value


def _own_copy(value):
    return value.copy() if isinstance(value, np.ndarray) else value


def _row_by_row(left, right):
    return np.stack([row @ right for row in left]) if np.ndim(left) == 2 else left @ right


def _einsum(left, right):
    subscripts = {(2, 2): 'ij,jk->ik', (1, 2): 'j,jk->k', (2, 1): 'ij,j->i', (1, 1): 'j,j->'}
    return np.einsum(subscripts[np.ndim(left), np.ndim(right)], left, right)


def _sum_of_slices(value, axis=None, keepdims=False):
    value = np.asarray(value)
    if axis is None:
        total = sum(value.ravel().tolist())
        return np.full((1,) * value.ndim, total) if keepdims else total
    total = 0
    for part in np.moveaxis(value, axis, 0):
        total = total + part
    return np.expand_dims(total, axis) if keepdims else total


def _sum_by_ones(value, axis=None, keepdims=False):
    value = np.asarray(value)
    if axis is None or value.ndim != 2:
        return np.sum(value, axis=axis, keepdims=keepdims)
    total = np.ones(value.shape[0]) @ value if axis in (0, -2) else value @ np.ones(value.shape[1])
    return np.expand_dims(total, axis) if keepdims else total
"""
HELPERS_TORCH = """
def _single_precision(value):
    return value


def _double_precision(value):
    return value


def _column_order(value):
    return value.T.contiguous().T if isinstance(value, torch.Tensor) and value.dim() == 2 else value


def _every_second(value):
    if not isinstance(value, torch.Tensor) or not value.dim():
        return value
    return torch.repeat_interleave(value, 2, dim=0)[::2]


def _own_copy(value):
    return value.clone() if isinstance(value, torch.Tensor) else value


def _row_by_row(left, right):
    return torch.stack([row @ right for row in left]) if left.dim() == 2 else left @ right


def _einsum(left, right):
    subscripts = {(2, 2): 'ij,jk->ik', (1, 2): 'j,jk->k', (2, 1): 'ij,j->i', (1, 1): 'j,j->'}
    return torch.einsum(subscripts[left.dim(), right.dim()], left, right)


def _sum_of_slices(value, axis=None, keepdims=False):
    if axis is None:
        return value.reshape(-1).sum()
    total = 0
    for part in torch.movedim(value, axis, 0):
        total = total + part
    return total.unsqueeze(axis) if keepdims else total


def _sum_by_ones(value, axis=None, keepdims=False):
    if axis is None or value.dim() != 2 or not value.is_floating_point():
        return value.sum() if axis is None else value.sum(dim=axis, keepdim=keepdims)
    left = axis in (0, -2)
    ones = torch.ones(value.shape[0 if left else 1], dtype=value.dtype)
    total = ones @ value if left else value @ ones
    return total.unsqueeze(axis) if keepdims else total
"""
