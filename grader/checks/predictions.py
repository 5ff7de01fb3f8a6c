"""The kind `predictions`."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, ValidationInfo

from grader.checks._expressions import evaluate, parsed
from grader.checks.registry import check
from grader.errors import GraderError
from grader.model import Json, Verdict, earned, lost, partial
from grader.points import Bands, fraction_for
from grader.predictions import (
    Interval,
    Predictions,
    bootstrap,
    choose,
    pseudonym,
    public_rows,
    read_predictions,
)
from grader.record import digest
from grader.student import Student
from grader.usage import Spec, Use, model_behind

Part = Literal["public", "private", "beats"]
_MOST_PROBLEMS = 20
_GUESSING = "This is about as good as guessing: are the ids in the order of the test images, and is the model trained?"


def _labels_from(value: Any, info: ValidationInfo) -> Any:
    """Classes by id from a CSV file beside the rubric, or an expression over the reference package."""
    if not isinstance(value, str):
        return value
    folder = (info.context or {}).get("folder")
    if not value.endswith(".csv"):
        parsed(value)
        return value
    if folder is None:
        raise ValueError(f"{value}: a file beside the rubric, but there is no rubric's folder")
    try:
        data = (folder / value).read_bytes()
    except OSError as e:
        raise ValueError(f"{value} beside the rubric: {e.strerror}") from None
    rows = sum(1 for line in data.splitlines() if line.strip()) - 1
    found = read_predictions(data, max(rows, 0))
    if found.classes is None:
        raise ValueError(f"{value} beside the rubric: {found.problems[0]}")
    return found.classes.tolist()


Labels = Annotated[str | list[int], BeforeValidator(_labels_from)]
"""An expression such as `digits.load_digit_split().test.labels`, or a file `truth.csv` beside the rubric."""


@check
def predictions(
    student: Student,
    *,
    truth: Labels,
    file: str = "predictions.csv",
    part: Part = "public",
    bands: Bands | None = None,
    ta: Labels | None = None,
    public_share: Annotated[float, Field(gt=0, lt=1)] = 0.5,
    classes: Annotated[int, Field(ge=2)] = 10,
    header: list[str] = ["id", "digit"],  # noqa: B006 - copied by pydantic
    not_from: list[str] = [],  # noqa: B006
    hint: str = "",
) -> Verdict:
    """
    The predictions are accurate.

    Args:
        truth: the hidden classes by id; only outcomes and the public accuracy are ever shown.
        file: its name; any case, any folder and numbered copies are found.
        part: `public` and `private` score by bands on that part, `beats` asks for more than the TA's on the private part.
        bands: rising accuracies and the fraction of the points from there on; for `public` and `private`.
        ta: the TA's classes by id; for `beats`.
        public_share: of the rows, the same rows for every student.
        classes: they go from 0 to classes - 1.
        header: the names of the two columns.
        not_from: modules that are not allowed; a file that the handed-in code fills with what a model of theirs predicts
            earns nothing.
        hint: what to look at next when points are lost.
    """
    if (part == "beats" and ta is None) or (part != "beats" and bands is None):
        raise GraderError(f"predictions: part '{part}' needs {'ta' if part == 'beats' else 'bands'}")
    labels = _labels(truth)
    choice = choose(student.submission.files, file, header)
    if choice.file is None:
        return lost(f"{file}: {choice.problem}", f"Hand in {file} with the header `{','.join(header)}`.")
    found = read_predictions(choice.file.data, len(labels), header=header, classes=classes)
    if found.classes is None:
        return _bad(choice.file.path, found)
    if not_from and (
        made := model_behind(student.submission.files, _base(choice.file.path), Spec(tuple(not_from)))
    ):
        return _ready_made(choice.file.path, made)
    public = public_rows(labels, public_share, student.seed)
    right = found.classes == labels
    evidence: dict[str, Json] = {"predictions_digest": found.digest}
    if notes := [*choice.notes, *found.notes]:
        evidence["notes"] = "; ".join(notes)
    if part == "beats":
        of_ta = _labels(ta)
        if len(of_ta) != len(labels):
            raise GraderError(f"predictions: ta has {len(of_ta)} classes, truth has {len(labels)}")
        return _beats(right[~public], (of_ta == labels)[~public], choice.file.path, hint, evidence)
    scores = [bootstrap(right[rows], student.rng("predictions", "bootstrap")) for rows in (public, ~public)]
    evidence["leaderboard"] = _board(student, labels, *scores)
    return _scored(choice.file.path, part, scores[part == "private"], bands or [], hint, evidence)


def _labels(given: Any) -> Any:
    return _evaluated(given) if isinstance(given, str) else np.asarray(given, dtype=np.int64)


@lru_cache(maxsize=8)
def _evaluated(text: str) -> Any:
    """Computed once for the class."""
    labels = np.asarray(evaluate(text, {})).reshape(-1)
    if labels.dtype.kind not in "iu" or not len(labels):
        raise GraderError(f"predictions: '{text}' gives no classes by id")
    return labels.astype(np.int64)


# --- verdicts -------------------------------------------------------------------------------------------------------


def _bad(path: str, found: Predictions) -> Verdict:
    problems = found.problems
    more = (
        f" ({len(problems) - 1} more {'problem' if len(problems) == 2 else 'problems'} below.)"
        if problems[1:]
        else ""
    )
    first = problems[0]
    rows: list[list[str]] = [[text] for text in problems[:_MOST_PROBLEMS]]
    evidence: dict[str, Json] = {"table": {"columns": ["problem"], "rows": rows}}
    if found.notes:
        evidence["notes"] = "; ".join(found.notes)
    return lost(f"{path}: {first}{more}", "Correct the file; until then it cannot be scored.", **evidence)


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _ready_made(path: str, made: Use) -> Verdict:
    file = f"{made.file} cell {made.cell}" if made.cell else made.file
    place = f"{file}, line {made.line}" if made.cell else f"{file}:{made.line}"
    text = f"{path}: {place} fills it with what {made.name} predicts, which this assignment does not allow."
    note = f"{made.name} is not allowed in this assignment."
    lines: list[Json] = [{"file": file, "line": made.line, "note": note}]
    return lost(text, "Predict with the network that you wrote.", lines=lines, names=[made.name])


def _beats(right: Any, ta_right: Any, path: str, hint: str, evidence: dict[str, Json]) -> Verdict:
    if int(right.sum()) > int(ta_right.sum()):
        return earned(f"{path}: more accurate than the TA's predictions on the private part.", **evidence)
    return lost(f"{path}: not more accurate than the TA's predictions on the private part.", hint, **evidence)


def _scored(
    path: str, part: Part, score: Interval, bands: Bands, hint: str, evidence: dict[str, Json]
) -> Verdict:
    fraction = fraction_for(score.value, bands)
    if part == "private":
        return partial(fraction, f"{path}: scored on the private part.", hint, **evidence)
    message = f"{path}: accuracy {_shown(score):.3f} on the public part"
    hint = "" if fraction >= 1.0 else hint or (_GUESSING if score.value < 0.2 else "")
    message += "." if fraction >= 1.0 else f"; full points need {bands[-1].at_least:g}."
    if "notes" in evidence:
        message += f" Note: {evidence['notes']}."
    return partial(fraction, message, hint, **evidence)


def _shown(score: Interval) -> float:
    """Three decimals, rounded down: 0.8497 does not look like the 0.85 that it misses."""
    return score.hits * 1000 // score.of / 1000 if score.of else 0.0


def _board(student: Student, labels: Any, public: Interval, private: Interval) -> dict[str, Json]:
    """For the leaderboard; the report shows the student the public part only."""
    secret = digest(labels.tobytes(), str(student.seed))
    return {
        "metric": "accuracy",
        "pseudonym": pseudonym(student.submission.student, secret),
        "public": {"value": _shown(public), "low": round(public.low, 3), "high": round(public.high, 3)},
        "private": {"value": private.value, "low": private.low, "high": private.high},
    }
