"""The submission as the checks see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.errors import Missing
from grader.intake import CodeChoice
from grader.model import Json, Submission
from grader.record import Tape, digest
from grader.sandbox.box import protocol
from grader.student.replies import Answer, Heard, guarded, load_report, text
from grader.student.scope import Handle, Scope
from grader.student.sentences import NOT_PYTHON, fault_of, load_note, near, not_loaded, not_there, stopped_at
from grader.student.spec import Clock, CodeSpec, Live


class Student:
    """
    One submission as the checks see it.

    Args:
        submission: the files.
        specs: groups of code by the rubric.
        choices: for each group, which files define its names.
        answers: the written answers by label (`grader.intake.answers`).
        tape: recorded calls.
        live: where the others are made.
        seed: of the rubric.
    """

    def __init__(
        self,
        submission: Submission,
        *,
        specs: Sequence[CodeSpec],
        choices: Sequence[CodeChoice],
        answers: Any,
        tape: Tape,
        live: Live,
        seed: int,
    ) -> None:
        self.submission = submission
        self.specs = specs
        self.choices = choices
        self.answers = answers
        self.tape = tape
        self.live = live
        self.seed = seed
        self.inner_seed = int.from_bytes(digest(str(seed), "inside")[:4], "big")
        """Seeds the student's random numbers. The rubric's own stays outside: it tells what will be drawn."""
        self.time = Clock()
        self.seconds = 0.0
        self.memory: dict[Any, Any] = {}
        """What checks keep for one another while this submission is graded."""
        self._loaded: dict[int, dict[str, Json]] = {}
        self._bases: dict[int, bytes] = {}

    # --- what is known without running anything ---

    def group(self, name: str) -> int:
        """The number of the group of code that a name belongs to."""
        top = name.partition(".")[0]
        listed = [i for i, spec in enumerate(self.specs) if top in spec.all_names]
        return next((i for i in listed if top in self.choices[i].found), listed[0] if listed else 0)

    def choice(self, name: str) -> CodeChoice:
        """Where the names of this one's group are defined."""
        return self.choices[self.group(name)]

    def rng(self, *labels: str) -> np.random.Generator:
        """Random numbers of this rubric for these labels, the same for every student."""
        return np.random.default_rng(int.from_bytes(digest(str(self.seed), *labels)[:8], "big"))

    # --- what needs the code ---

    def base(self, group: int) -> bytes:
        """The part of every key that stands for the loaded code."""
        if group not in self._bases:
            spec = self.specs[group]
            self._bases[group] = digest(
                self.submission.digest,
                spec.fingerprint,
                str(self.seed),
                self.live.versions(spec),
                str(self.choices[group].files),
            )
        return self._bases[group]

    def loaded(self, group: int) -> dict[str, Json]:
        """
        The report of loading a group: `names`, `faults`, `printed`.

        Raises:
            StudentFault: the load itself came to nothing.
        """
        if group not in self._loaded:
            key = digest(self.base(group), "load")
            frame = self.tape.find(key)
            if frame is None:
                report = guarded(lambda: Heard(self.live.load(self, self.specs[group]))).reply
                frame = protocol.pack(report | {"layers": self.live.layers(self.specs[group])})
                self.tape.add(key, frame)
            self._loaded[group] = load_report(protocol.opened(frame))
        report = self._loaded[group]
        if "fault" in report:
            raise fault_of(report["fault"], "loading the code")
        return report

    def require(self, name: str) -> int:
        """
        The group of a name that must be there.

        Raises:
            Missing: it is not, with the reason and near misses.
        """
        group = self.group(name)
        top = name.partition(".")[0]
        choice = self.choices[group]
        if not choice.files:
            raise Missing(not_there(top, choice), help=near(top, choice))
        report = self.loaded(group)
        if not report.get("names", {}).get(top):
            raise Missing(not_loaded(top, choice, report), help=near(top, choice), where=stopped_at(report))
        return group

    def loads(self) -> list[dict[str, Json]]:
        """The reports of the groups that were loaded, now or when the calls were recorded; runs nothing."""
        keys = [digest(self.base(group), "load") for group in range(len(self.specs))]
        frames = [frame for key in keys if (frame := self.tape.find(key)) is not None]
        return [load_report(protocol.opened(frame)) for frame in frames]

    def executed(self) -> dict[str, bytes]:
        """Notebooks as they ran, by file name."""
        found = [(r.get("notebook"), r.get("executed")) for r in self.loads()]
        return {name: data for name, data in found if type(name) is str and type(data) is bytes}

    def isolation(self) -> list[str]:
        """The layers that were around the code when it ran."""
        return sorted({text(layer) for report in self.loads() for layer in report.get("layers", [])})

    def code_notes(self) -> list[str]:
        """What the student should know of how the code was loaded."""
        notes = []
        for report in self.loads():
            notes += [text(n) for n in report.get("notes", [])]
            faults = [
                f for f in report.get("faults", []) if type(f) is dict and f.get("type") not in NOT_PYTHON
            ]
            notes += [load_note(f) for f in faults[:3]]
        return notes

    def scope(self, name: str) -> Scope:
        """A fork of the loaded code that has `name`, for calls that belong together."""
        return Scope(self, self.require(name))

    def ask(self, name: str, *args: Any, timeout: float | None = None, **kwargs: Any) -> Answer:
        """Call a function of the student's in a fork of its own."""
        return self.scope(name).ask("call", name, args, kwargs, timeout=timeout)

    def call(self, name: str, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The value that a function of the student's returns."""
        return self.ask(name, *args, timeout=timeout, **kwargs).value

    def new(self, name: str, *args: Any, **kwargs: Any) -> Handle:
        """An object of the student's class, in a fork of its own."""
        return self.scope(name).new(name, *args, **kwargs)

    def get(self, name: str) -> Any:
        """The value of a global of the student's."""
        return self.scope(name).ask("get", name).value

    def run(
        self,
        source: str,
        function: str,
        *args: Any,
        names: Sequence[str],
        timeout: float | None = None,
        called: str = "",
    ) -> Answer:
        """
        Run a routine of ours beside the student's `names`, which it receives before `args`.

        Args:
            called: what a message about its failure names; default: the routine.
        """
        scope = self.scope(names[0])
        return scope.run(source, function, *args, names=names, timeout=timeout, called=called)
