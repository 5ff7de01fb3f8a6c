"""
The shapes of evidence that the report draws. Plain JSON: a check passes them by keyword to `lost`, `partial`,
`earned`.

    return lost("grad_bias: ...", shapes=[{"name": "grad_bias", "got": [5, 3], "expected": [[1, 3], [3]]}])

| key           | shape              | shown as                                                      |
| ------------- | ------------------ | ------------------------------------------------------------- |
| `shapes`      | list of `Shape`    | got and expected side by side                                 |
| `lines`       | list of `Line`     | excerpts of the student's code with the note under the line   |
| `arrays`      | list of `Array`    | heat maps with one shared scale, the worst entry ringed       |
| `curves`      | list of `Panel`    | line charts with the reference's band behind                  |
| `formula`     | `Formula`          | the student's formula, typeset, and as it was written         |
| `table`       | `Table`            | a table                                                       |
| `image`       | `Image`, or a list | a PNG or JPEG found in a notebook; anything else is left out  |
| `html`        | str                | HTML that a notebook printed, sanitised                       |
| `text`        | str                | an answer in prose, as the student wrote it                   |
| `try_it`      | str                | lines of Python that show the failure on one's own machine    |
| `leaderboard` | `Leaderboard`      | the public value with its interval; the private one for staff |
| `predictions_digest`, `output_digest` | str | nothing: equal ones are put together for the staff |
| anything else | JSON               | a short list of keys and values, by name                      |

What does not fit its shape is shown as a key and its value; a report never fails because of evidence.
Everything but `leaderboard.private` is for the student's eyes: a value of a hidden test never belongs in
here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired

# pydantic reads these at run time and needs this one before Python 3.12
from typing_extensions import TypedDict

Number = float | None
"""A finite number; None (or NaN, inf) is drawn as a gap."""


class Shape(TypedDict):
    """
    An array's shape: `got` as a list of sizes (or words), `expected` as one or several that would have been
    right.
    """

    name: str
    got: list[int] | str
    expected: list[list[int] | str]


class Line(TypedDict):
    """A line of the student's code (counted from 1) and what is to be said of it."""

    file: str
    line: int
    note: str


class Array(TypedDict):
    """
    A vector or matrix of the student's. `expected` only where the rubric lets values be shown; `wrong` lists
    the entries that differ (`[row, column]`, or `[index]` for a vector) and shows no value; `worst` is one of
    them.
    """

    name: str
    got: list[Number] | list[list[Number]]
    expected: NotRequired[list[Number] | list[list[Number]]]
    wrong: NotRequired[list[list[int]]]
    worst: NotRequired[list[int]]


class Series(TypedDict):
    """One line of a chart; `y[i]` belongs to `x[i]` of its panel."""

    name: str
    y: list[Number]


class Band(TypedDict):
    """The range in which the reference lies over its seeds, same x as the panel."""

    name: str
    low: list[Number]
    high: list[Number]


class Panel(TypedDict):
    """One chart. `x` defaults to 1, 2, 3, ...; `log` draws the y axis by powers of ten."""

    title: str
    lines: list[Series]
    y_label: NotRequired[str]
    x_label: NotRequired[str]
    x: NotRequired[list[float]]
    bands: NotRequired[list[Band]]
    log: NotRequired[bool]


class Formula(TypedDict):
    """LaTeX of the student; `accepted` only after publication."""

    got: str
    accepted: NotRequired[str]
    note: NotRequired[str]


class Table(TypedDict):
    """Column names and rows of as many cells."""

    columns: list[str]
    rows: list[list[str | int | float | bool | None]]


class Image(TypedDict):
    """Base64 of a PNG or JPEG; `alt` says in words what it shows."""

    data: str
    alt: NotRequired[str]


class Score(TypedDict):
    """A score with its bootstrap interval."""

    value: float
    low: NotRequired[float]
    high: NotRequired[float]


class Leaderboard(TypedDict):
    """One entry of the class's leaderboard. Ranked by `private` where there is one, else by `public`."""

    metric: str
    pseudonym: str
    public: NotRequired[Score]
    private: NotRequired[Score]
    order: NotRequired[Literal["desc", "asc"]]


def learning_curves(
    *,
    loss: Mapping[str, Sequence[Number]],
    accuracy: Mapping[str, Sequence[Number]] | None = None,
    loss_band: Band | None = None,
    accuracy_band: Band | None = None,
    x_label: str = "epoch",
) -> list[Panel]:
    """
    The two usual charts of a training run, for `curves=`.

    Args:
        loss: name of the line ("train", "validation") to its values, one per epoch; diverged values may be
            NaN or None.
        accuracy: the same for accuracies, as fractions.
        loss_band: the reference's range of losses.
        accuracy_band: the reference's range of accuracies.
        x_label: what one step is.

    Returns:
        One panel, or two when accuracies are given.
    """
    panels = [_panel("Loss", "loss", loss, loss_band, x_label)]
    if accuracy:
        panels.append(_panel("Accuracy", "accuracy", accuracy, accuracy_band, x_label))
    return panels


def _panel(
    title: str, y_label: str, values: Mapping[str, Sequence[Number]], band: Band | None, x_label: str
) -> Panel:
    lines: list[Series] = [{"name": name, "y": list(y)} for name, y in values.items()]
    panel: Panel = {"title": title, "y_label": y_label, "x_label": x_label, "lines": lines}
    if band is not None:
        panel["bands"] = [band]
    return panel
