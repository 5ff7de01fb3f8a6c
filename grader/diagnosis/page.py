"""The page `docs/misconceptions.md`, made from the registry: `python -m grader.diagnosis.page`."""

from __future__ import annotations

from pathlib import Path

from grader.diagnosis.catalogue_code import CODE
from grader.diagnosis.catalogue_graphs import GRAPHS
from grader.diagnosis.catalogue_losses import LOSSES
from grader.diagnosis.catalogue_networks import NETWORKS
from grader.diagnosis.catalogue_numbers import NUMBERS
from grader.diagnosis.misconception import Misconception

PAGE = Path(__file__).parents[2] / "docs" / "misconceptions.md"
_INTRODUCTION = """# Known misconceptions

When a check is lost, the grader tries the mistakes below on its own solution and on your inputs. One is named only if it
reproduces your numbers on every input, to rounding. If none does, none is named: the mistake is then another one. Two names
joined by `+` mean that both are needed to explain the numbers.

This page is made from the registry by `python -m grader.diagnosis.page`; do not edit it by hand.
"""
_PARTS = (
    ("Factors, shapes, axes, numbers that are not finite", NUMBERS),
    ("Derivatives, layers, estimators", NETWORKS),
    ("Losses and their gradients", LOSSES),
    ("Computation graphs", GRAPHS),
    ("What shows when the code runs again", CODE),
)
_BY = {
    "numbers": "from the numbers",
    "experiment": "by running your code again",
    "both": "from the numbers, or by running your code again",
}


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for title, entries in _PARTS:
        parts += [f"## {title}\n", *(_entry(m) for m in sorted(entries, key=lambda m: (m.rank, m.id)))]
    return "\n".join(parts)


def _entry(m: Misconception) -> str:
    return (
        f"### {m.id}\n\n"
        f"- **What it looks like:** {m.looks}\n"
        f"- **Why it happens:** {m.why}\n"
        f"- **How to find it:** {m.find}\n"
        f"- **What to do:** {m.hint}\n"
        f"- **Tried on:** {m.applies} ({_BY[m.by]}).\n"
    )


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
