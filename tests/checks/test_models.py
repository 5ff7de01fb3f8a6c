"""Predictions that a library's ready-made model makes: what is seen in the code that writes the file."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from grader.checks.predictions import predictions
from grader.model import HandedFile, Outcome, Source, Submission
from grader.points import Band
from grader.usage import Spec, model_behind

SKLEARN = Spec(("sklearn", "pandas"))
IMPORTS = "import csv\nimport numpy as np\nimport pandas as pd\nfrom sklearn.svm import SVC\nimport sklearn.neighbors as near\n"
FIT = "clf = SVC()\nclf.fit(X, y)\npred = clf.predict(T)\n"
OWN = "net = FeedForwardNeuralNetwork(784, 10, 16, 2)\nown = net.forward(T).argmax(1)\n"

MODELS = {
    "savetxt": FIT + "np.savetxt('predictions.csv', np.c_[np.arange(len(pred)), pred], header='id,digit')",
    "rows": FIT + "with open('out/predictions.csv', 'w') as f:\n    f.write('id,digit\\n')\n    for i, p in enumerate(pred):\n        f.write(f'{i},{p}\\n')",
    "writer": FIT + "fh = open('predictions.csv', 'w')\nw = csv.writer(fh)\nw.writerow(['id', 'digit'])\nw.writerows(enumerate(pred))",
    "pandas": "pd.DataFrame({'id': ids, 'digit': SVC().fit(X, y).predict(T)}).to_csv('Predictions.csv')",
    "lines": "OUT = 'predictions.csv'\n" + FIT + "lines = ['id,digit']\nfor i, p in enumerate(pred):\n    lines.append(f'{i},{p}')\nopen(OUT, 'w').write('\\n'.join(lines))",
    "functions": "def fit():\n    k = near.KNeighborsClassifier(3)\n    return k.fit(X, y)\ndef save(labels, path='predictions.csv'):\n    np.savetxt(path, labels)\ndef guess(T):\n    m = fit()\n    return m.predict(T)\nsave(guess(T))",
    "main": "def write(rows, path):\n    np.savetxt(path, rows)\ndef main():\n    clf = SVC().fit(X, y)\n    write(clf.predict(T), 'predictions.csv')\nmain()",
}  # fmt: skip
OTHERS = {
    "a network of one's own": OWN + "pd.DataFrame({'id': ids, 'digit': own}).to_csv('predictions.csv', index=False)",
    "a baseline beside it": FIT + OWN + "print((pred == own).mean())\nnp.savetxt('predictions.csv', own)\nnp.savetxt('svm.csv', pred)",
    "written twice": FIT + "np.savetxt('predictions.csv', pred)\n" + OWN + "np.savetxt('predictions.csv', own)",
    "another variable of the name": FIT + "def main():\n    pred = net.forward(T).argmax(1)\n    np.savetxt('predictions.csv', pred)",
    "a predict of one's own": "from sklearn.preprocessing import StandardScaler\nnet = Net()\nown = net.predict(StandardScaler().fit_transform(T))\nnp.savetxt('predictions.csv', own)",
    "never written": FIT + "print(pred)",
    "no model": "np.savetxt('predictions.csv', np.zeros(3))",
    "not Python": "clf = SVC(\n",
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_model_behind_the_file_is_seen(name: str) -> None:
    """However the labels get into the file, the line of `predict` is named."""
    found = model_behind(
        [HandedFile("hw3.py", (IMPORTS + MODELS[name]).encode())], "predictions.csv", SKLEARN
    )
    assert found is not None
    assert ".predict(T)" in found.written
    assert found.name in ("sklearn.svm.SVC", "sklearn.neighbors.KNeighborsClassifier")


@pytest.mark.parametrize("name", OTHERS)
def test_what_may_be_the_students_own_is_left_alone(name: str) -> None:
    """Where something else may have made the file nothing is said."""
    assert model_behind([HandedFile("hw3.py", (IMPORTS + OTHERS[name]).encode())], "predictions.csv", SKLEARN) is None  # fmt: skip


def test_such_a_file_earns_nothing_and_the_line_is_named() -> None:
    """In a notebook as well: the cell, the line and the name of the model are in the message."""
    cells = [
        {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
        for text in ("%matplotlib inline\n" + IMPORTS, FIT + "np.savetxt('predictions.csv', pred)")
    ]
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    files = (
        HandedFile("hw3.ipynb", notebook.encode()),
        HandedFile("predictions.csv", b"id,digit\n0,1\n1,0\n"),
    )
    student: Any = SimpleNamespace(submission=Submission(Source("ada", ()), files), seed=1)
    verdict = predictions(
        student, truth=[1, 0], bands=[Band(at_least=0.5, fraction=1.0)], not_from=["sklearn"]
    )
    assert (verdict.outcome, verdict.fraction) == (Outcome.LOST, 0.0)
    assert verdict.message == (
        "predictions.csv: hw3.ipynb cell 2, line 3 fills it with what sklearn.svm.SVC predicts, which this assignment does not allow."
    )
