"""What a self-test found: the JSON that `--json` writes, and what follows from who killed what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import BaseModel


class Alarm(BaseModel):
    """A right hand-in that lost something, or a fault of ours."""

    what: str
    seed: int
    threads: int = 1
    check: str
    message: str
    diff: str = ""


class MutantFinding(BaseModel):
    """A mutant and what became of it."""

    key: str
    file: str
    function: str
    operator: str
    killed_by: list[str] = []
    diagnoses: list[str] = []
    reason: str = ""
    """Why it is equivalent, as the file beside the rubric says."""
    diff: str = ""


class Mutants(BaseModel):
    """All mutants in numbers, and those that need a look."""

    made: int = 0
    tried: int = 0
    killed: int = 0
    equivalent: int = 0
    left_out: int = 0
    named: int = 0
    """Killed with a diagnosis."""
    survived: list[MutantFinding] = []
    marked_but_killed: list[MutantFinding] = []
    by_operator: dict[str, list[int]] = {}
    """Operator to killed and tried."""
    by_function: dict[str, list[int]] = {}


class CheckFinding(BaseModel):
    """One check over everything that was tried."""

    kills: int = 0
    alone: int = 0
    """Mutants that no other check kills."""
    strain: float | None = None
    """Largest share of the tolerance that a right hand-in used."""
    strained_by: str = ""
    seconds: float = 0.0
    late: bool = False
    """Takes long: tried only on mutants that nothing else kills."""


class Findings(BaseModel):
    """The result of `grade selftest`."""

    schema_version: int = 1
    rubric: str
    seconds: float = 0.0
    points: float = 0.0
    max_points: float = 0.0
    blank_points: float = 0.0
    alarms: list[Alarm] = []
    variants: int = 0
    right_tried: int = 0
    """Right hand-ins that were tried: the solution and its variants over seeds and thread counts."""
    right_left_out: int = 0
    seeds: list[int] = []
    mutants: Mutants = Mutants()
    checks: dict[str, CheckFinding] = {}
    complete: bool = False
    """Every mutant met every check that does not take long: only then is it known what follows."""
    useless: list[str] = []
    """Checks that no mutant loses."""
    redundant: list[list[str]] = []
    """Checks that always fail together."""
    stale_marks: list[str] = []
    matrix: dict[str, list[str]] = {}
    """Mutant to the checks that it lost."""

    @property
    def ok(self) -> bool:
        """Nothing survived and no right hand-in lost anything."""
        return not self.alarms and not self.mutants.survived


def redundant_groups(matrix: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Groups of checks that lose exactly the same mutants, at least two."""
    killers: dict[str, set[str]] = {}
    for mutant, checks in matrix.items():
        for check in checks:
            killers.setdefault(check, set()).add(mutant)
    groups: dict[frozenset[str], list[str]] = {}
    for check, mutants in killers.items():
        groups.setdefault(frozenset(mutants), []).append(check)
    return sorted(sorted(g) for mutants, g in groups.items() if len(g) > 1 and len(mutants) > 1)


def kills_of(matrix: Mapping[str, Sequence[str]]) -> tuple[Counter[str], Counter[str]]:
    """By check: how many mutants it kills, and how many it alone."""
    every = Counter(check for checks in matrix.values() for check in checks)
    alone = Counter(checks[0] for checks in matrix.values() if len(checks) == 1)
    return every, alone
