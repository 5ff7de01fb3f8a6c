"""The grading process of a container: one submission in the platform's layout becomes results.json, check by check."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.adapters.gradescope import results_json, write_results
from grader.assemble import outcome_of
from grader.gradescope import rate
from grader.gradescope.metadata import Metadata, read_metadata
from grader.gradescope.room import memory_for_student, seconds_for_student
from grader.intake import read
from grader.late import apply_late
from grader.live import Sandboxes
from grader.model import CheckReport, Json, Outcome, Provenance, QuestionReport, Report, Source
from grader.record import Tape
from grader.rubric import Question, Rubric, load
from grader.run import grade_one

_SO_FAR = (
    "Being graded: {done} of {all} checks are done. If it stays so, the time of the whole run was used up: what is shown "
    "counts, the other checks were not reached. Ask the staff to grade it again if the time was not yours."
)
_TIMELESS = (
    "When and by whom this was handed in could not be read, so that no lateness was counted and no limit on the number of "
    "submissions. The staff sees why."
)


def main(root: Path, rubric_path: Path, budget: float) -> None:
    """Grade `root/submission`; anything that is raised is ours and ends the process, which its parent sees."""
    rubric = fitted(load(rubric_path), budget)
    metadata = read_metadata(root / "submission_metadata.json")
    results = root / "results" / "results.json"
    if metadata.problem:
        print(f"grade: {metadata.problem}", flush=True)
    limit = rubric.file.gradescope.rate
    if limit is not None and (again := rate.too_many(metadata, limit)):
        write_results(results, rate.turned_away(metadata, limit, again))
        return
    found = graded(root / "submission", metadata, rubric, results)
    if metadata.problem and (limit or rubric.late):
        found["output"] = f"{_TIMELESS}\n{found['output']}"
    write_results(results, found)


def graded(folder: Path, metadata: Metadata, rubric: Rubric, results: Path) -> dict[str, Json]:
    """The results of the submission; partial ones are written to `results` on the way."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: the platform put no submission there")
    source = metadata.source(folder)
    board = Board(rubric, source, results)
    board.write()
    live = Sandboxes(rubric.limits, unsafe=rubric.file.gradescope.unsafe)
    try:
        done = grade_one(read(source), rubric, Tape(), live, board.tell)
    finally:
        live.close()
    for check, text in done.staff.items():
        print(f"grade: check {check} could not be graded:\n{text}", flush=True)
    print(
        f"grade: isolation: {', '.join(done.report.provenance.isolation) or 'no student code was run'}",
        flush=True,
    )
    return as_results(done.report, rubric, source)


def as_results(report: Report, rubric: Rubric, source: Source) -> dict[str, Json]:
    """The report as the rubric's `gradescope:` wants it shown."""
    options = rubric.file.gradescope
    return results_json(
        report,
        visibility=options.visibility,
        stdout_visibility=options.stdout,
        output=options.output,
        leaderboard=options.leaderboard,
        group=[n for n in (source.name, *source.members) if n],
    )


def fitted(rubric: Rubric, budget: float) -> Rubric:
    """The rubric with limits that the container can keep: more time for each call, not more in all than there is, less memory."""
    pace = rubric.file.gradescope.pace
    specs = tuple(
        replace(s, load_seconds=s.load_seconds * pace, call_seconds=s.call_seconds * pace)
        for s in rubric.specs
    )
    most = seconds_for_student(budget)
    limits = rubric.limits
    torch = any(m.partition(".")[0] == "torch" for s in specs for m in s.preload)
    limits = replace(
        limits,
        load=min(limits.load * pace, most),
        call=min(limits.call * pace, most),
        check=min(limits.check * pace, most),
        cell=min(limits.cell * pace, most),
        total=min(limits.total * pace, most),
        memory=min(limits.memory, memory_for_student(rubric.file.gradescope.memory_mb << 20, torch)),
        scratch=min(limits.scratch, 32 << 20),
        file=min(limits.file, 32 << 20),
    )
    return replace(rubric, specs=specs, limits=limits)


@dataclass
class Board:
    """What is known so far, written after every check."""

    rubric: Rubric
    source: Source
    results: Path
    done: list[tuple[Question, CheckReport]] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def tell(self, question: Question, check: CheckReport) -> None:
        """One more check is done."""
        self.done.append((question, check))
        self.write()

    def write(self) -> None:
        """Write what is known."""
        write_results(self.results, self.partial())

    def partial(self) -> dict[str, Json]:
        """
        The results so far: points of the checks that are done, and the names of the others.

        This is what stands when the platform's own time limit ends everything, so it has a score.
        """
        found = as_results(self._report(), self.rubric, self.source)
        everything = sum(len(checks) for _, checks in self.rubric.questions)
        found["output"] = f"{_SO_FAR.format(done=len(self.done), all=everything)}\n{found['output']}"
        found["tests"] += self._not_reached()
        found["extra_data"]["status"] = "partial"
        return found

    def _report(self) -> Report:
        questions = [self._question(q) for q, _ in self.rubric.questions]
        whole = Report(
            assignment=self.rubric.assignment,
            title=self.rubric.file.title,
            student=self.source.student,
            status="not_graded" if any(c.points is None for _, c in self.done) else "graded",
            points=None
            if any(c.points is None for _, c in self.done)
            else sum(q.points for q in questions if not q.extra),
            max_points=self.rubric.max_points,
            extra_points=sum(q.points for q in questions if q.extra),
            questions=questions,
            provenance=Provenance(
                rubric=self.rubric.content, grader="", seconds=round(time.monotonic() - self.started, 1)
            ),
        )
        return apply_late(whole, self.rubric.late, self.source)

    def _question(self, question: Question) -> QuestionReport:
        checks = [c for q, c in self.done if q.id == question.id]
        return QuestionReport(
            id=question.id,
            title=question.title,
            points=round(sum(c.points or 0.0 for c in checks), 6),
            max_points=question.points,
            extra=question.extra,
            outcome=outcome_of(checks) if checks else Outcome.NOT_RUN,
            checks=checks,
        )

    def _not_reached(self) -> list[dict[str, Json]]:
        told = [c.id for _, c in self.done]
        order = [(q, c) for q, checks in self.rubric.questions for c in checks]
        last = max((i for i, (_, c) in enumerate(order) if c.id in told), default=-1)
        return [
            {"name": f"{c.id}: not reached yet", "number": f"{len(self.rubric.questions) + 1}.{n}", "output": "Not reached yet.", "output_format": "text"}
            for n, (_, c) in enumerate(order[last + 1 :], 1)
        ]  # fmt: skip


def command(arguments: Sequence[str]) -> None:
    """`ROOT RUBRIC SECONDS`, from `supervise`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main(Path(arguments[0]), Path(arguments[1]), float(arguments[2]))


if __name__ == "__main__":
    command(sys.argv[1:])
