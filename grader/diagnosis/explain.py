"""
Which known misconception explains what came, exactly and on all inputs; or none.

A misconception is a way to make a wrong result from a `Compared` (`structure`, `formulas`, `reruns`, `networks`, or the
rubric's own expressions), or a mark on the result itself (`special`). `registry` has the words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from grader.diagnosis.compared import Compared, evidence
from grader.diagnosis.fitting import Candidate, Finding, fit
from grader.diagnosis.formulas import Formula, known, layer_formulas
from grader.diagnosis.formulas_gauss import gauss_formulas
from grader.diagnosis.formulas_losses import loss_formulas
from grader.diagnosis.networks import network_formulas
from grader.diagnosis.registry import MISCONCEPTIONS, rank, sentence
from grader.diagnosis.reruns import rerun_candidates
from grader.diagnosis.special import special
from grader.diagnosis.structure import structural
from grader.model import Diagnosis

__all__ = ["Compared", "explain"]


def explain(kind: str, cases: Sequence[Compared], *, whole: bool = True) -> Diagnosis | None:
    """
    The misconception that reproduces `got` on every case to rounding, the simplest if several do; None if none does.

    Args:
        kind: of the check.
        cases: all cases of the check, the right ones too.
        whole: False where they are only some of them, so that nothing may be said of all inputs.
    """
    if all(case.right for case in cases):
        return None
    # A case that the student gets wrong goes first: most candidates fail there at once.
    cases = sorted(cases, key=lambda c: c.right)
    weight = evidence(cases)
    stages = (
        chain(special(cases), structural(cases, weight), _fitted(_given(cases), cases, weight)),
        _fitted(known(_formulas(cases), cases), cases, weight),
        _fitted(rerun_candidates(cases), cases, weight),
        _until_single(_fitted(known(network_formulas(cases), cases), cases, weight)),
    )
    return _simplest(stages if whole else [filter(_of_some, stage) for stage in stages])


def _of_some(finding: Finding) -> bool:
    """Whether it may be said of some of the inputs."""
    return not any(i in MISCONCEPTIONS and MISCONCEPTIONS[i].whole for i in finding.ids)


def _simplest(stages: Iterable[Iterator[Finding]]) -> Diagnosis | None:
    """Cheap explanations first; a later stage is only asked while there is none that is a single misconception."""
    found: list[Finding] = []
    for stage in stages:
        found += stage
        best = min(found, key=simplicity, default=None)
        if best and len(best.ids) == 1:
            break
    return diagnosis_of(min(found, key=simplicity)) if found else None


def _until_single(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Up to the first that is a single misconception: a network tries its mistakes in the order of their rank."""
    for finding in findings:
        yield finding
        if len(finding.ids) == 1:
            return


def _formulas(cases: Sequence[Compared]) -> Iterator[Formula]:
    yield from gauss_formulas(cases)
    yield from layer_formulas(cases)
    yield from loss_formulas(cases)


def simplicity(finding: Finding) -> tuple[int, int, tuple[str, ...]]:
    """What is named of two that explain equally: fewer misconceptions, lower rank, then the alphabet."""
    return len(finding.ids), sum(rank(i) for i in finding.ids), finding.ids


def diagnosis_of(finding: Finding) -> Diagnosis:
    """The diagnosis that a finding is; several misconceptions together are joined by `+`."""
    ids = tuple(sorted(finding.ids, key=lambda i: (rank(i), i)))
    return Diagnosis(id="+".join(ids), says=sentence(ids, finding.factor, finding.detail))


def _fitted(candidates: Iterator[Candidate], cases: Sequence[Compared], weight: int) -> Iterator[Finding]:
    for candidate in candidates:
        if finding := fit(candidate, cases, weight):
            yield finding


def _given(cases: Sequence[Compared]) -> Iterator[Candidate]:
    """The rubric's own wrong results."""
    return (Candidate(ident, partial(_given_for, ident)) for ident in cases[0].wrongs)


def _given_for(ident: str, case: Compared) -> Any:
    return case.wrongs.get(ident)
