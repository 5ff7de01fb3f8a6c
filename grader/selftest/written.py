"""Written answers: the right ones, made from the rubric, and wrong ones made from those."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML

from grader.checks.recipe import evaluate
from grader.record import digest
from grader.rubric import Check, Rubric
from grader.selftest.mutants import Mutant, unified

PROSE = "An explanation in the student's own words, which a person reads before it counts for anything."
ANSWERS = "answers.yaml"


def _checks(rubric: Rubric, kind: str) -> list[Check]:
    return [check for _, checks in rubric.questions for check in checks if check.kind.name == kind]


def _label(check: Check) -> str:
    return getattr(check.options, "label", "") or check.id


def right_answers(rubric: Rubric) -> dict[str, Any]:
    """Label to the rubric's own truth; what is prose gets a text."""
    truths = {_label(c): c.options.spec.truth for c in _checks(rubric, "answer")}  # type: ignore[attr-defined]
    prose = {_label(c): PROSE for c in _checks(rubric, "prose")}
    return {label: value for label, value in {**truths, **prose}.items() if value is not None}


def answers_yaml(rubric: Rubric) -> str:
    """answers.yaml with all that is right."""
    return dumped(right_answers(rubric))


def experiments_yaml(rubric: Rubric) -> str:
    """experiments.yaml with numbers from the middle of the rubric's bands."""
    told: dict[str, Any] = {}
    for check in _checks(rubric, "experiment"):
        for trial in check.options.trials:  # type: ignore[attr-defined]
            band = next(iter(trial.reported.values()))
            limits = {n: getattr(band, n) for n in type(band).model_fields if getattr(band, n) is not None}
            told[trial.label] = {n: _middle(b, trial.seeds) for n, b in limits.items()}
    return dumped(told)


def _middle(band: tuple[float, float], seeds: int) -> Any:
    value = round((band[0] + band[1]) / 2, 4)
    return value if seeds == 1 else [value] * seeds


def predictions_files(rubric: Rubric) -> dict[str, str]:
    """Files of predictions that are all right."""
    found = {}
    for check in _checks(rubric, "predictions"):
        options: Any = check.options
        truth = evaluate(options.truth, {}) if isinstance(options.truth, str) else options.truth
        rows = [",".join(options.header), *(f"{i},{int(label)}" for i, label in enumerate(truth))]
        found[options.file] = "\n".join(rows) + "\n"
    return found


def dumped(values: dict[str, Any]) -> str:
    """YAML text."""
    if not values:
        return ""
    yaml, out = YAML(typ="safe"), io.StringIO()
    yaml.width = 1000
    yaml.dump(values, out)
    return out.getvalue()


def missing_files(files: Mapping[str, bytes], blank: Mapping[str, bytes]) -> list[Mutant]:
    """Hand-ins without one of the files that students make."""
    return [
        Mutant(f"{name}:file-missing", name, "", "file-missing", "", f"-{name}")
        for name, data in files.items()
        if blank.get(name) != data
    ]


# --- wrong answers -------------------------------------------------------------------------------------------------


def wrong_answers(rubric: Rubric) -> list[Mutant]:
    """One mutant of answers.yaml for each mistake in each answer."""
    right, found = right_answers(rubric), []
    for check in _checks(rubric, "answer"):
        label, spec = _label(check), check.options.spec  # type: ignore[attr-defined]
        if label not in right:
            continue
        for operator, value in _mistakes(right[label], spec):
            key = f"{ANSWERS}:{label}:{operator}:{digest(repr(value)).hex()[:8]}"
            source = dumped({**right, label: value})
            diff = unified(f"{label}: {right[label]}", f"{label}: {value}", ANSWERS)
            found.append(Mutant(key, ANSWERS, check.id, operator, source, diff))
    return found


def _mistakes(truth: Any, spec: Any) -> Iterator[tuple[str, Any]]:
    if spec.form == "choice":
        yield from (("choice", name) for name in spec.choices if name != truth)
    elif isinstance(truth, list):
        yield from _parts(truth)
    elif isinstance(truth, str | int | float) and not isinstance(truth, bool):
        yield from _of_formula(str(truth), spec)


def _of_formula(truth: str, spec: Any) -> Iterator[tuple[str, Any]]:
    free = {
        "none": "", "sign": "sign", "factor": "sign factor", "positive-factor": "factor", "constant": "added",
        "positive-affine": "factor added",
    }[spec.up_to].split()  # fmt: skip
    if truth.strip() == "0":
        free += ["sign", "factor"]
    if not spec.absolute and "sign" not in free:
        yield "sign", f"-({truth})"
    if "factor" not in free:
        yield "factor", f"2 ({truth})"
        yield "factor", f"({truth}) / 3"
    if "added" not in free and spec.form in ("formula", "number"):
        yield "constant", f"({truth}) + 1"
    for i, term in enumerate(terms := _terms(truth)):
        if len(terms) > 1 and term.strip(" +-"):
            yield "term-dropped", "".join(terms[:i] + terms[i + 1 :]).strip().removeprefix("+").strip()


def _terms(text: str) -> list[str]:
    """The terms of a sum with their signs; only signs outside of all brackets and bars divide."""
    found, depth, barred, start = [], 0, False, 0
    for i, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        barred ^= c == "|"
        outside = depth == 0 and not barred
        if c in "+-" and outside and text[start:i].strip() and re.search(r"[\w)\]}|]\s*$", text[:i]):
            found.append(text[start:i])
            start = i
    return [*found, text[start:]]


def _parts(truth: Any) -> Iterator[tuple[str, Any]]:
    """A list with its parts in another order, or one of them missing or another."""
    if not isinstance(truth, list) or not truth:
        return
    if truth[::-1] != truth:
        yield "order", truth[::-1]
    if len(truth) > 1:
        yield "part-dropped", truth[:-1]
    if all(isinstance(p, int | float | str) for p in truth):
        yield "constant", [p + 1 if isinstance(p, int | float) else f"({p}) + 1" for p in truth]
