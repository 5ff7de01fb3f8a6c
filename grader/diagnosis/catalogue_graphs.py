"""The catalogue, fourth part: computation graphs of scalars."""

from __future__ import annotations

from grader.diagnosis.misconception import Misconception

GRAPHS = (
    Misconception(
        "minus-ignored", 30,
        says="The minus of a subtraction is missing in its gradient: b gets from a - b what it would get from a + b.",
        hint="The local gradients of a - b are 1 and -1.",
        looks="Sums are right, differences are wrong in their second operand.",
        why="The backward step of the addition was copied.",
        find="Differentiate 3 - x: the gradient of x is -1.",
        applies="computation graphs",
    ),
    Misconception(
        "operands-exchanged", 31,
        says="The local gradients of the two operands of an operation stand in each other's place.",
        hint="From a b the gradient of a is b, and that of b is a; of a maximum the larger one gets it.",
        looks="Right where both operands are equal.",
        why="`self.grad += self.data * out.grad` was written for `other.data`, or a comparison is the wrong way round.",
        find="Multiply 2 by 5: the gradient of the 2 is 5.",
        applies="computation graphs",
    ),
    Misconception(
        "operand-ignored", 31,
        says="Only one of the two operands of an operation receives its gradient.",
        hint="Each operand gets its own local gradient times the gradient of the result.",
        looks="The other operand keeps a gradient of 0.",
        why="The second line of the backward step was forgotten, or the operand is not stored with the node.",
        find="Make one operation of two leaves and print both gradients.",
        applies="computation graphs",
    ),
    Misconception(
        "power-rule", 32,
        says="The local gradient of a ** 2 is wrong; it is 2 a.",
        hint="The derivative of a^2 is 2 a.",
        looks="Right at single numbers only, such as a = 1 or a = 2.",
        why="The exponent came down and the base was left out, or kept its exponent.",
        find="Differentiate x ** 2 at 3: the gradient is 6.",
        applies="computation graphs with squares",
    ),
    Misconception(
        "wrong-seed", 29,
        says="The backward pass starts with another number than 1 at the last node.",
        hint="Set the gradient of the node on which `backward` is called to 1.",
        looks="All gradients are wrong by one common factor.",
        why="The gradient of the result for itself is 1, not its value and not 0.",
        find="Print the gradient of the node on which `backward` was called.",
        applies="computation graphs",
        whole=True,
    ),
)  # fmt: skip
