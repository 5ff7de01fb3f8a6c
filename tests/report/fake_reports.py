"""Realistic reports for tests and for looking at pages: right, wrong in many ways, waiting, not graded."""

from __future__ import annotations

from fake_parts import NET, board, check, curves, question, report

from grader.model import CodeFile, Diagnosis, Report

BIAS = r"\log\frac{\theta_1}{\theta_0} + \sum_{i=1}^d \log\frac{1-\theta_{i1}}{1-\theta_{i0}}"
TRY_IT = """import numpy as np
from net import LinearLayer

layer = LinearLayer(4, 3)
x, g = np.random.randn(5, 4), np.random.randn(5, 3)
layer.forward(x); layer.backward(g)
print(layer.grad_weights / sum(np.outer(a, b) for a, b in zip(x, g)))  # all ones when right"""


def full_marks(student: str = "ada") -> Report:
    """Everything earned, extra credit too."""
    layer = [check(f"Q3.{part}", "gradient", "earned", 2, 2, title=title) for part, title in _PARTS]
    return report(
        student,
        [
            question(
                "Q1",
                "Naive Bayes as a linear classifier",
                [
                    check(
                        "Q1.b",
                        "answer",
                        "earned",
                        2,
                        2,
                        evidence={"formula": {"got": BIAS}},
                    ),
                    check("Q1.w", "answer", "earned", 2, 2),
                ],
            ),
            question(
                "Q2",
                "A duplicated feature",
                [check("Q2.proof", "prose", "earned", 1, 1, "Graded by a person.")],
            ),
            question("Q3", "Backward pass of the linear layer", layer),
            question(
                "Q4",
                "Step sizes",
                [
                    check(
                        "Q4.1",
                        "experiment",
                        "earned",
                        1,
                        1,
                        title="Step size 0.0001",
                        evidence={"curves": curves(0.03)},
                    ),
                    check("Q4.text", "prose", "earned", 1, 1),
                ],
            ),
            question(
                "Q5", "Depth", [check("Q5.1", "trains_to", "earned", 1.5, 1.5, title="Five layers, sigmoid")]
            ),
            question(
                "Q7",
                "Predictions",
                [check("Q7.file", "predictions", "earned", 8, 8, evidence={"leaderboard": board(0.921)})],
            ),
            question(
                "EC",
                "Beats the staff's predictions",
                [check("EC", "predictions", "earned", 1.25, 1.25)],
                extra=True,
            ),
        ],
        survey={"hours": 9.5, "difficulty": "moderate", "understanding": 85},
        code=[CodeFile(path="net.py", text=NET)],
    )


_PARTS = (
    ("grad_weights", "Gradient of the weights"),
    ("grad_bias", "Gradient of the bias"),
    ("grad_input", "Gradient of the input"),
)


def mistakes(student: str = "grace") -> Report:
    """Many mistakes with their diagnoses, arrays, curves, formulas and marked code."""
    mean = Diagnosis(
        id="batch-mean",
        says="Your gradient is exactly the right one divided by the batch size. In this homework the loss "
        "already averages (backward of CrossEntropySoftmax divides by n), so the layer has to sum.",
    )
    rows = Diagnosis(
        id="not-summed",
        says="Each row of your grad_bias is one example's gradient. The bias is shared by the whole batch, "
        "so its gradient is the sum of the rows.",
    )
    layer = [
        check(
            "Q3.grad_weights",
            "gradient",
            "lost",
            0,
            2,
            "grad_weights: every entry is 0.2 times what it has to be (batch of 5).",
            title="Gradient of the weights",
            help="Compare with a batch of 1: there your gradient is right.",
            diagnosis=mean,
            evidence={
                "lines": [
                    {
                        "file": "net.py",
                        "line": 30,
                        "note": "Here the sum over the batch is divided by its size.",
                    }
                ],
                "arrays": [
                    {
                        "name": "grad_weights",
                        "got": [
                            [0.12, -0.31, 0.044],
                            [0.2, 0.05, -0.17],
                            [-0.08, 0.21, 0.3],
                            [0.0, -0.02, 0.11],
                        ],
                        "expected": [
                            [0.6, -1.55, 0.22],
                            [1.0, 0.25, -0.85],
                            [-0.4, 1.05, 1.5],
                            [0.0, -0.1, 0.55],
                        ],
                        "wrong": [[0, 0], [0, 1], [1, 0], [2, 2]],
                        "worst": [0, 1],
                    }
                ],
                "try_it": TRY_IT,
            },
        ),
        check(
            "Q3.grad_bias",
            "gradient",
            "lost",
            0,
            2,
            "grad_bias: expected shape (1, 3) or (3,), got (5, 3): "
            "it looks like the rows were not summed over the batch.",
            title="Gradient of the bias",
            help="np.sum has an axis argument.",
            diagnosis=rows,
            evidence={
                "shapes": [{"name": "grad_bias", "got": [5, 3], "expected": [[1, 3], [3]]}],
                "lines": [
                    {"file": "net.py", "line": 31, "note": "One row per example; the bias has a single row."}
                ],
            },
        ),
        check("Q3.grad_input", "gradient", "earned", 2, 2, title="Gradient of the input"),
    ]
    return report(
        student,
        [
            question(
                "Q1",
                "Naive Bayes as a linear classifier",
                [
                    check(
                        "Q1.b",
                        "answer",
                        "lost",
                        0,
                        2,
                        "Q1.b: the prior is missing: your bias does not change when θ₁ changes.",
                        help="Start from P(y = 1 | x) > P(y = 0 | x) and write out Bayes' rule.",
                        diagnosis=Diagnosis(
                            id="prior-ignored",
                            says="Your formula equals the right one for θ₁ = 1/2 and only there.",
                        ),
                        evidence={
                            "formula": {
                                "got": r"\sum_{i=1}^d \log\frac{1-\theta_{i1}}{1-\theta_{i0}}",
                                "accepted": BIAS,
                            }
                        },
                    ),
                    check("Q1.w", "answer", "earned", 2, 2),
                ],
            ),
            question(
                "Q2",
                "A duplicated feature",
                [
                    check(
                        "Q2.proof",
                        "prose",
                        "lost",
                        0,
                        1,
                        "Q2: the answer is the template's own text.",
                        help="Write the proof below the label **Q2:**.",
                    )
                ],
            ),
            question("Q3", "Backward pass of the linear layer", layer),
            question(
                "Q4",
                "Step sizes",
                [
                    check(
                        "Q4.1",
                        "experiment",
                        "partial",
                        0.5,
                        1,
                        "Q4.1: you report a validation accuracy of 0.91; "
                        "with your classes the run reaches 0.34 to 0.38.",
                        title="Step size 0.0001",
                        help="Run the experiment again with the classes that you handed in.",
                        evidence={
                            "curves": curves(0.008, 0.06),
                            "table": {
                                "columns": ["number", "reported", "re-run", "reference, 5 seeds"],
                                "rows": [
                                    ["validation accuracy", 0.91, 0.361, "0.34 to 0.38"],
                                    ["training loss", 0.3, 2.01, "1.98 to 2.05"],
                                ],
                            },
                        },
                    ),
                    check("Q4.text", "prose", "earned", 1, 1, "Graded by a person."),
                ],
            ),
            question(
                "Q5",
                "Depth",
                [
                    check(
                        "Q5.1",
                        "trains_to",
                        "not_run",
                        0,
                        1.5,
                        "Not checked: it needs LinearLayer.backward (Q3).",
                        title="Five layers, sigmoid",
                    )
                ],
            ),
            question(
                "Q7",
                "Predictions",
                [
                    check(
                        "Q7.file",
                        "predictions",
                        "partial",
                        6,
                        8,
                        "predictions.csv: accuracy 0.874 on the public part; 8 points need 0.89.",
                        evidence={"leaderboard": board(0.874), "missing_ids": [17, 211, 3050]},
                    )
                ],
            ),
            question(
                "EC",
                "Beats the staff's predictions",
                [check("EC", "predictions", "lost", 0, 1.25, "Below the staff's predictions.")],
                extra=True,
            ),
        ],
        notes=[
            "Your code uses np.int, which numpy removed in 1.24; the grader supplied it. Write int instead.",
            "Handed in 2 h after the due date.",
        ],
        survey={
            "hours": 21,
            "difficulty": "difficult",
            "worked": "discussed",
            "understanding": 40,
            "comments": "The sum over the batch took me a whole evening.",
        },
        code=[
            CodeFile(
                path="net.py",
                text=NET,
                marks={
                    30: "Q3.grad_weights: divided by the batch size.",
                    31: "Q3.grad_bias: not summed over the batch.",
                    40: "np.int was removed from numpy; the grader supplied it.",
                },
            ),
            CodeFile(path="plots.py", text="import matplotlib.pyplot as plt\n"),
        ],
    )
