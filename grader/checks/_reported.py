"""The numbers that a student reports for an experiment, in the many ways in which they are written down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.checks._quantities import named_in, numbers_in
from grader.student import Student

Told = dict[str, list[float]]
"""By name (`val_accuracy`, `train_loss`, `loss` for either): the last number of each run."""

_SPREAD = re.compile(r"std|stdev|deviation|spread|var|variance|range|sem|sd|mean|average|avg|median|min|max")
_DEVIATION = re.compile(
    r"(?i)(?:^|[^a-z])(?:std|stdev|std_?dev|sd|sem|variance|deviation|spread)(?![a-z])|Std"
)
_SIDES = re.compile(r"(?i)(train|val)(?:ing|id|idation)?")
_MOST_NUMBERS = 50_000


def told(student: Student, label: str, seeds: int) -> Told:
    """
    The numbers that the student reports for a label, by name; names are matched loosely, unknown ones left out.

    Args:
        seeds: how many runs are asked for: of one, a list is a learning curve, of several a list has one number for each.
    """
    found = student.answers.experiments.get(label)
    answer = student.answers.answers.get(label)
    value = found.value if found is not None else answer and (answer.value or answer.text)
    numbers: Told = {}
    for name, finals in _finals(value, "", seeds > 1):
        numbers.setdefault(name, []).extend(finals)
    return {name: values if seeds > 1 else values[-1:] for name, values in numbers.items()}


def share(name: str, value: float) -> float:
    """Accuracies may be percentages."""
    return value / 100 if name.endswith("accuracy") and value > 1.0 else value


def _finals(value: Any, name: str, several: bool, side: str = "") -> Iterator[tuple[str, list[float]]]:
    """The numbers under the name that they are reported by; of a learning curve the last one."""
    if isinstance(value, dict):
        for key, inner in value.items():
            run = isinstance(inner, dict) and _is_run(str(key))
            known = _standard(f"{side} {key}", inner) or (name if _is_run(str(key)) else "")
            if known or isinstance(inner, dict) or _has_parts(inner):
                within = _SIDES.fullmatch(str(key).strip()) if isinstance(inner, dict) else None
                yield from _finals(inner, known, several and not run, within[1] if within else side)
    elif _has_parts(value):
        for inner in value:
            yield from _finals(inner, name, False, side)
    elif isinstance(value, list | tuple) and several and any(_is_curve(v) for v in value):
        yield name or "val_accuracy", [n for v in value for n in _numbers(v)[-1:]]
    elif isinstance(value, str) and not name and (pairs := list(named_in(value, _measured, several))):
        yield from pairs
    elif numbers := _numbers(value):
        yield name or "val_accuracy", numbers if several else numbers[-1:]


def _has_parts(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(v, dict) for v in value)


def _is_curve(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) > 1


def _is_run(key: str) -> bool:
    return not re.sub(r"[^a-z]", "", key.lower()) or bool(re.match(r"(?i)seed|run|trial", key.strip()))


def _standard(name: str, value: Any) -> str:
    """`val_accuracy` for `Validation acc.`, or nothing for what is neither a loss nor an accuracy (`std`, `seeds`)."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    if _DEVIATION.search(name):
        return ""
    if _SPREAD.fullmatch(plain.removeprefix("val").removesuffix("accuracy").removesuffix("acc")):
        return ""
    if plain in ("", "seed", "seeds", "accuracies", "results", "runs"):
        # `seeds: [102, 103]` are the seeds, `102: 0.87` is what one of them gave
        seeds = plain in ("seed", "seeds") and all(n == int(n) for n in _numbers(value))
        return "" if seeds or (isinstance(value, dict | list) and not _numbers(value)) else "val_accuracy"
    if "loss" not in plain and "acc" not in plain:
        return (
            "val_accuracy"
            if re.fullmatch(r"val|validation|valid|test|dev|seed[a-z]*|run[a-z]*", plain)
            else ""
        )
    what = "loss" if "loss" in plain else "accuracy"
    if "train" in plain:
        return f"train_{what}"
    return what if plain in ("loss", "avgloss", "finalloss", "crossentropyloss") else f"val_{what}"


def _measured(words: str) -> str:
    """What words before or behind a number measure."""
    return _standard(words, 0.0)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return [float(value)] if np.isfinite(value) else []
    if isinstance(value, str):
        return numbers_in(value[: 20 * _MOST_NUMBERS])
    if isinstance(value, list | tuple):
        return [n for v in value[:_MOST_NUMBERS] for n in _numbers(v)]
    return []
