"""Live answers for `Student`: zygotes by what they preload, one session at a time on each."""

from __future__ import annotations

import contextlib
import importlib.metadata
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from grader.errors import IsolationError, StudentFault
from grader.intake import CodeChoice
from grader.intake.newer import older_notebook
from grader.intake.sources import source
from grader.model import Json
from grader.record import digest
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.host import Zygote
from grader.sandbox.limits import Limits, Preload
from grader.sandbox.session import Conversation, Session
from grader.student import CodeSpec, Live, Student
from grader.talk import Talk

_DEAD_HELP = "Run the notebook from its first cell with a fresh kernel: it must come to its end."
GREETING_SECONDS = 10.0
"""How long a loaded program may take to fork."""


class Sandboxes(Live):
    """
    The live side of one worker.

    Args:
        limits: of every session.
        slot: tells the workers of one machine apart.
        unsafe: grade even where student code is not locked in.
        without: layers to leave out (tests of the other situations).
        started: zygotes that were started ahead.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        slot: int = 0,
        unsafe: bool = False,
        without: tuple[str, ...] = (),
        started: Mapping[Preload, Zygote] | None = None,
    ) -> None:
        self.limits = limits
        self.started = dict(started or {})
        self.servers = {p.modules: z.server for p, z in self.started.items()}
        self.options: dict[str, Any] = {"slot": slot, "unsafe": unsafe, "without": without}
        self.zygotes: dict[Preload, Zygote] = {}
        self.session: Session | None = None
        self.session_of: tuple[str, bytes] | None = None
        self.dead: tuple[str, bytes] | None = None
        """A notebook that no start survived: it is not started again for every check."""

    def versions(self, spec: CodeSpec) -> str:
        """Python, the preloaded packages and the code of the sandbox itself."""
        names = sorted({m.partition(".")[0] for m in spec.preload})
        return f"{sys.version} {[_version(n) for n in names]} {_box_version()} {self.limits}"

    def packages(self, specs: Sequence[CodeSpec]) -> dict[str, str]:
        """Python and the preloaded packages."""
        names = sorted({m.partition(".")[0] for spec in specs for m in spec.preload})
        found = {n: _version(n).partition(" ")[2] for n in names}
        return {"python": sys.version.split()[0]} | {n: v for n, v in found.items() if v}

    def layers(self, spec: CodeSpec) -> list[str]:
        """The isolation layers of the zygotes that preload what the group asks for."""
        return sorted(
            {
                layer
                for p, z in self.zygotes.items()
                if set(spec.preload) <= set(p.modules)
                for layer in z.layers
            }
        )

    def zygote(self, preload: Preload) -> Zygote:
        """The zygote for what is preloaded, started when it is first needed."""
        known = self.zygotes.get(preload) or self.started.pop(preload, None)
        if known is not None and not known.alive():
            known.close()
            known = None
        if known is None:
            known = Zygote(preload, **self.options, server=self._server(preload.modules))
        self.zygotes[preload] = known
        known.ready()
        return known

    def _server(self, modules: tuple[str, ...]) -> ForkServer:
        """What forks the zygotes with these modules."""
        known = self.servers.get(modules)
        if known is None or not known.alive():
            if known is not None:
                known.close()
            self.servers[modules] = known = ForkServer()
        return known

    def _open(self, preload: Preload, limits: Limits) -> Session:
        """A session; a zygote that ended between two submissions costs nobody anything."""
        try:
            return self.zygote(preload).open_session(limits)
        except IsolationError:
            self.zygote(preload).close()
            return self.zygote(preload).open_session(limits)

    def load(self, student: Student, spec: CodeSpec) -> dict[str, Json]:
        """
        Open a session for a group of code; the one before ends. Once more if it is ended from outside, or does not begin.

        Raises:
            StudentFault: the load came to nothing, or the time of the submission is used up.
            IsolationError: it was ended from outside twice, or does not begin.
        """
        try:
            with student.time.unless_killed():
                return self._load_once(student, spec)
        except IsolationError:
            return self._load_once(student, spec)

    def _load_once(self, student: Student, spec: CodeSpec) -> dict[str, Json]:
        self.end()
        choice = student.choices[student.specs.index(spec)]
        kind = "notebook" if choice.kind == "notebook" else "script"
        preload = Preload.of_code(kind, spec.preload, spec.barred)
        self.zygote(preload)  # before the student's clock runs
        student.time.left("loading the code", 0.0, self.limits)
        with student.time.running(lambda: self.session.pid if self.session else 0, of_check=False):
            report = self._load(student, spec, choice, preload)
        self.session_of = (student.submission.digest, spec.fingerprint)
        return report

    def _load(
        self, student: Student, spec: CodeSpec, choice: CodeChoice, preload: Preload
    ) -> dict[str, Json]:
        limits = replace(self.limits, load=spec.load_seconds)
        order = _order(student, spec, choice)
        if preload.kind == "notebook":
            from grader.sandbox import notebook

            handed = student.submission.file(choice.primary or "")
            text = handed.text() if handed else ""
            text = older_notebook(text).text if choice.primary in choice.newer else text
            run = notebook.execute(self.zygote(preload), text, order, limits, doubt=student.time.doubt)
            self.session = run.session
            if not run.alive:
                self.dead = (student.submission.digest, spec.fingerprint)
            return {**run.report, "notebook": choice.primary or "", "executed": run.executed}
        self.session = self._open(preload, limits)
        said = self.session.load(order, 1.25 * spec.load_seconds + 3.0, doubt=student.time.doubt)
        return {k: said[k] for k in ("names", "faults") if k in said}

    def converse(self, student: Student, spec: CodeSpec) -> Talk:
        """A fork of the loaded code; loads it again if another group or a fault has taken its place."""
        if self.dead == (student.submission.digest, spec.fingerprint):
            raise StudentFault(
                "The notebook ends its own process every time it runs.", kind="died", help=_DEAD_HELP
            )
        if self.session is None or self.session_of != (student.submission.digest, spec.fingerprint):
            self.load(student, spec)

        def again() -> Conversation:
            self.end()
            self.load(student, spec)
            return self._conversation(student)

        try:
            return Talk(self, self._conversation(student), student.time, again)
        except StudentFault:
            return Talk(self, again(), student.time)

    def _conversation(self, student: Student) -> Conversation:
        assert self.session is not None
        seconds = student.time.left("the code", GREETING_SECONDS, self.limits)
        with student.time.running():
            return self.session.converse(seconds)

    def begin_end(self) -> None:
        """
        Let the session of the current submission end, and the next one start, while something else is done.

        The next one only where its scratch folder is its own: in one that it shares with the one before, what lies there
        until it is cleared would count to it.
        """
        if self.session is not None:
            self.session.begin_close()
            zygote = self.session.zygote
            with contextlib.suppress(IsolationError):  # told when it is needed
                if "scratch-quota" in zygote.layers:
                    zygote.begin_session(self.session.limits)

    def end(self) -> None:
        """End the session of the current submission."""
        session, self.session, self.session_of = self.session, None, None
        if session is not None:
            session.close()

    def close(self) -> None:
        """End everything."""
        self.end()
        for zygote in (*self.zygotes.values(), *self.started.values()):
            zygote.close()
        for server in self.servers.values():
            server.close()
        self.zygotes.clear()
        self.started.clear()
        self.servers.clear()


def _order(student: Student, spec: CodeSpec, choice: CodeChoice) -> dict[str, Any]:
    """What a session is told: files, which to load, which file each name is from."""
    files = {f.path: f.data for f in student.submission.files} | dict(spec.provided)
    sources = [f for f in student.submission.files if f.path in choice.files]
    rewritten = {f.path: source(f, newer=True) for f in student.submission.files if f.path in choice.newer}
    files |= {path: one.text.encode() for path, one in rewritten.items() if path.endswith(".py")}
    return {
        "files": [{"path": path, "data": data} for path, data in sorted(files.items())],
        "sources": [{"path": f.path, "text": rewritten.get(f.path, source(f)).text} for f in sources],
        "types": sorted({name for one in rewritten.values() for name in one.types}),
        "entries": list(choice.files),
        "homes": {n: choice.found[n].file if n in choice.found else "" for n in spec.all_names},
        "seed": student.inner_seed,
        "seconds": spec.load_seconds,
        "barred": list(spec.barred),
        "provided": sorted(
            {path.partition("/")[0].removesuffix(".py") for path in spec.provided if path.endswith(".py")}
        ),
    }


@cache
def _version(name: str) -> str:
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return name


@cache
def _box_version() -> str:
    box = Path(__file__).parent / "sandbox" / "box"
    return digest(*(p.read_bytes() for p in sorted(box.glob("*.py")))).hex()
