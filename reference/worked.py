"""
The worked numbers of cs577-a2, part C: the regression network of C.12 and the Jacobians of C.10 and C.13.

Legend: inputs and hidden units carry a leading 1 for the bias; W rows w1, w2, w3; L = sum over the data of
(y_hat - y)^2, without 1/2; Jacobians as (outputs, inputs).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from reference.arrays import FloatArray
from reference.graph import Operand, Value
from reference.one_hidden_layer import hidden_layer_forward, hidden_layer_gradients

INPUTS = ((1.0, 2.0), (1.0, 3.0), (2.0, 2.0))
TARGETS = (8.0, 11.0, 10.0)
HIDDEN_WEIGHTS = ((0.01, 0.02, 0.03), (0.03, 0.01, 0.02), (0.02, 0.03, 0.01))
OUTPUT_WEIGHTS = (0.01, 0.02, 0.03, 0.04)


@dataclass(frozen=True)
class WorkedNetwork:
    """z (points, units), y_hat and loss (points,); gradients of the total loss: dv and dw like v and W."""

    z: FloatArray
    y_hat: FloatArray
    loss: FloatArray
    dv: FloatArray
    dw: FloatArray


@dataclass(frozen=True)
class GraphNetwork:
    """The total loss as a node, and the nodes of its parameters, in the order of W's rows and of v."""

    loss: Value
    w: list[list[Value]]
    v: list[Value]


def worked_network(points: FloatArray, targets: FloatArray, W: FloatArray, v: FloatArray) -> WorkedNetwork:
    """
    Hidden units, outputs, losses and gradients of a regression network with sigmoid hidden units.

    z_l = s(w_l.x), y_hat = v.z, L = (y_hat - y)^2,
    dL/dv = 2 (y_hat - y) z, dL/dw_l = 2 (y_hat - y) v_l z_l (1 - z_l) x

    Args:
        points: inputs without the leading 1, shape (m, n).
        targets: shape (m,).
        W: hidden weights, bias first, shape (H, n + 1).
        v: output weights, bias first, shape (H + 1,).

    Returns:
        z without its leading 1, outputs and losses for each point, gradients summed over the points.

    Error:
        On the numbers of C.12 below 4 u relative to 40 digits, u = 2**-53; see `one_hidden_layer` in general.

    Source:
        Assignment page cs577-a2, C.12.
    """
    rows = np.column_stack([np.ones(len(points)), points])
    forward = [hidden_layer_forward(x, W, v[None]) for x in rows]
    gradients = [
        hidden_layer_gradients(x, np.array([y]), W, v[None]) for x, y in zip(rows, targets, strict=True)
    ]
    y_hat = np.concatenate([f.y_hat for f in forward])
    return WorkedNetwork(
        z=np.stack([f.z[1:] for f in forward]),
        y_hat=y_hat,
        loss=(y_hat - targets) ** 2,
        dv=2.0 * np.sum([g.V[0] for g in gradients], axis=0),
        dw=2.0 * np.sum([g.W for g in gradients], axis=0),
    )


def c12() -> WorkedNetwork:
    """
    The numbers of C.12.

    `worked_network` on INPUTS, TARGETS, HIDDEN_WEIGHTS and OUTPUT_WEIGHTS

    Returns:
        z (3, 3), y_hat (3,), loss (3,), dv (4,), dw (3, 3).

    Error:
        Below 4 u relative, u = 2**-53 (measured against 40 digits).

    Source:
        Assignment page cs577-a2, C.12.
    """
    return worked_network(*(np.array(a) for a in (INPUTS, TARGETS, HIDDEN_WEIGHTS, OUTPUT_WEIGHTS)))


def c12_graph() -> GraphNetwork:
    """
    The network of C.12 as a computation graph; `loss.backward()` gives the gradients.

    L = sum over the data of (v.z - y)^2, z = (1, s(w_1.x), s(w_2.x), s(w_3.x))

    Returns:
        The node of the total loss, and the nodes of w (3 x 3) and v (4).

    Error:
        As `c12`.

    Source:
        Assignment page cs577-a2, C.code.
    """
    w = [[Value(number) for number in row] for row in HIDDEN_WEIGHTS]
    v = [Value(number) for number in OUTPUT_WEIGHTS]
    losses = []
    for point, target in zip(INPUTS, TARGETS, strict=True):
        z = [_dot(row, [1.0, *point]).sigmoid() for row in w]
        losses.append((v[0] + _dot(v[1:], z) - target) ** 2)
    return GraphNetwork(reduce(add, losses), w, v)


def c10_jacobian(x: float, y: float) -> FloatArray:
    """
    Jacobian of F after G, F(x, y, z) = (3xy, y - z), G(x, y) = (x - 5y, xy, x - y).

    J = [[6xy - 15y^2, 3x^2 - 30xy], [y - 1, x + 1]]

    Args:
        x: first coordinate.
        y: second coordinate.

    Returns:
        Shape (2, 2).

    Error:
        Absolute error below 4 u (6|xy| + 15y^2), 4 u (3x^2 + 30|xy|), u |y - 1|, u |x + 1|, u = 2**-53.

    Source:
        Assignment page cs577-a2, C.10.
    """
    return np.array([[6 * x * y - 15 * y**2, 3 * x**2 - 30 * x * y], [y - 1, x + 1]])


def c13a_gradient(x: float, y: float) -> FloatArray:
    """
    Gradient of (2x + 3y)^2.

    (8x + 12y, 12x + 18y)

    Args:
        x: first coordinate.
        y: second coordinate.

    Returns:
        Shape (2,).

    Error:
        Absolute error below 3 u (8|x| + 12|y|) and 3 u (12|x| + 18|y|), u = 2**-53.

    Source:
        Assignment page cs577-a2, C.13a.
    """
    return np.array([8 * x + 12 * y, 12 * x + 18 * y])


def c13b_jacobian(x: float = 1.0, y: float = 2.0) -> FloatArray:
    """
    Jacobian of (x^2 + 2y, 3x + 4y^2).

    J = [[2x, 2], [3, 8y]], [[2, 2], [3, 16]] at (1, 2)

    Args:
        x: first coordinate.
        y: second coordinate.

    Returns:
        Shape (2, 2).

    Error:
        Exact.

    Source:
        Assignment page cs577-a2, C.13b.
    """
    return np.array([[2.0 * x, 2.0], [3.0, 8.0 * y]])


def c13c_derivative(x: float = 2.0) -> FloatArray:
    """
    Derivative of F(G(x)), F(x, y) = (x^2 + 2y, 3x + 4y^2), G(x) = (x, x^2).

    (6x, 3 + 16x^3), (12, 131) at 2

    Args:
        x: where.

    Returns:
        Shape (2,).

    Error:
        Relative error below 4 u for x > 0, u = 2**-53.

    Source:
        Assignment page cs577-a2, C.13c.
    """
    derivative: FloatArray = c13b_jacobian(x, x**2) @ np.array([1.0, 2.0 * x])
    return derivative


def _dot(weights: Sequence[Value], values: Sequence[Operand]) -> Value:
    """Sum of products of nodes with nodes or numbers."""
    return reduce(add, [weight * value for weight, value in zip(weights, values, strict=True)])
