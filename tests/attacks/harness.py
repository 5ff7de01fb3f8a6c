"""Grading an attack among canaries, and everything that must still be as it was afterwards."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.live import Sandboxes
from grader.model import HandedFile, Source, Submission
from grader.record import Tape
from grader.rubric import Rubric, load
from grader.run import Graded, grade_one
from grader.sandbox import session
from grader.sandbox.box import tree
from grader.sandbox.limits import Limits
from grader.worker import write_student

from .breaking import CALLS, OUTSIDE, SOCKETS, STAYING
from .deeper import DEEPER
from .lying import LYING
from .newer import NEWER
from .reading import READING
from .suite import Attack
from .using_up import BOMBS, FILES, NOTEBOOKS

ATTACKS = [
    *READING,
    *SOCKETS,
    *CALLS,
    *OUTSIDE,
    *STAYING,
    *LYING,
    *BOMBS,
    *FILES,
    *NOTEBOOKS,
    *DEEPER,
    *NEWER,
]
SECRET = "canary-secret"
LIMITS = Limits(
    load=0.6, call=0.4, check=1.5, total=4.0, cell=0.5, memory=192 << 20, scratch=16 << 20, file=8 << 20, processes=16, files=64
)  # fmt: skip
SITUATIONS: dict[str, tuple[str, ...]] = {
    "namespaces": (),
    "without namespaces": ("namespaces",),
    "without both": ("namespaces", "cgroups"),
}
RUBRIC = """
assignment: attacked
title: Under attack
seed: 7
code:
  - {names: [double], call_seconds: 0.4, load_seconds: 0.6, barred: [markupsafe]}
recipes:
  twice:
    sizes: [{n: 3}]
    draw: {x: normal(n)}
    steps: [y = double(x)]
    reference: 2 * x
  more:
    sizes: [{n: 2, m: 2}]
    draw: {x: "normal(n, m)"}
    steps: [y = double(x)]
    reference: 2 * x
questions:
  - id: Q2
    title: A function
    points: 2
    checks:
      - {id: Q2.value, points: 1, value: {recipe: twice, of: y, called: double}}
      - {id: Q2.more, points: 1, value: {recipe: more, of: y, called: double}}
"""
RIGHT = "def double(x):\n    return 2 * x\n"


@dataclass
class Canaries:
    """Things outside that no attack may touch: files, folders, a process, a service."""

    root: Path
    service: socket.socket = field(init=False)
    listeners: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.course, self.home, self.tmp = (self.root / n for n in ("course", "home", "tmp"))
        for path in self.files():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(SECRET)
        self.process = subprocess.Popen(
            ["/bin/sleep", "10000"], env={"GRADE_CANARY": SECRET}, start_new_session=True
        )
        self.abstract = f"grade-canary-{os.getpid()}"
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        stream, datagram, abstract = (
            socket.socket(socket.AF_UNIX, k)
            for k in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_STREAM)
        )
        stream.bind(str(self.course / "service.sock"))
        datagram.bind(str(self.course / "datagram.sock"))
        abstract.bind("\0" + self.abstract)
        for listener in (stream, abstract):
            listener.listen()
        self.listeners = [tcp, stream, datagram, abstract]
        for listener in self.listeners:
            listener.setblocking(False)
        os.environ["GRADE_CANARY"] = SECRET
        self.before = self.state()

    def files(self) -> list[Path]:
        inside = (
            "rubrics/secret.yaml",
            "reference/secret.py",
            "submissions/other/net.py",
            "grades/record.sqlite",
        )
        return [self.course / n for n in inside] + [self.home / "canary.txt", self.tmp / "canary.txt"]

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path in sorted(self.root.rglob("*")):
            s = path.lstat()
            text = path.read_text() if path.is_file() else ""
            found[str(path)] = (s.st_mode, s.st_uid, s.st_size, s.st_mtime_ns, text)
        return found

    def complaints(self) -> list[str]:
        now = self.state()
        said = [
            f"canary changed: {n}"
            for n in self.before.keys() | now.keys()
            if self.before.get(n) != now.get(n)
        ]
        if self.process.poll() is not None:
            said.append("the canary process is gone")
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                (listener.recv(1) if listener.type == socket.SOCK_DGRAM else listener.accept())
                said.append("somebody reached a canary service")
        said += [f"left behind: {p}" for p in ("/tmp/by-attack", "/dev/shm/by-attack") if os.path.exists(p)]
        return said

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for listener in self.listeners:
            listener.close()
        os.environ.pop("GRADE_CANARY", None)


@dataclass
class Arena:
    """A sandbox, a rubric and the canaries, for any number of attacks."""

    live: Sandboxes
    rubric: Rubric
    canaries: Canaries
    out: Path

    def submission(self, attack: Attack) -> Submission:
        code = attack.code
        zygote = next(iter(self.live.zygotes.values()), None)
        for name, value in {
            "COURSE": self.canaries.course, "HOME": self.canaries.home, "TMP": self.canaries.tmp, "GRADER": Path(__file__).parents[2],
            "GRADER_PID": os.getpid(), "CANARY_PID": self.canaries.process.pid, "PORT": self.canaries.port,
            "ABSTRACT": self.canaries.abstract, "ZYGOTE_PID": zygote.process.pid if zygote else os.getppid(),
        }.items():  # fmt: skip
            code = code.replace(f"@{name}@", str(value))
        name, data = (
            ("net.py", code.encode("utf-8", "surrogatepass"))
            if attack.form == "script"
            else ("net.ipynb", notebook(code))
        )
        files = (HandedFile(name, data), *(HandedFile(n, t.encode()) for n, t in attack.files))
        return Submission(Source("mallory", ("made",)), files)

    def grade(self, submission: Submission) -> Graded:
        """As a worker does: the next session may start while the report is written."""
        try:
            graded = grade_one(submission, self.rubric, Tape(), self.live)
            self.live.begin_end()
            write_student(self.out / submission.source.student, graded.report, graded.executed)
            return graded
        finally:
            self.live.end()

    def run(self, attack: Attack) -> list[str]:
        """Everything that is wrong after an attack; an empty list is a defeat of the attacker."""
        submission = self.submission(attack)
        began, before = time.monotonic(), self._held()
        graded = self.grade(submission)
        seconds = time.monotonic() - began
        said = self._report(graded) + self.canaries.complaints() + self._left()
        if (
            self._held() > before and gc.collect() and self._held() > before
        ):  # not only an exception that holds a socket
            said.append("descriptors stay open in the grader")
        if seconds > 12 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)):  # limits count own work
            said.append(f"took {seconds:.0f} s")
        neighbour = self.grade(
            Submission(Source("ada", ("made",)), (HandedFile("net.py", RIGHT.encode()),))
        ).report
        if (neighbour.points, neighbour.status) != (2.0, "graded"):
            said.append(f"harmed the next student: {neighbour.model_dump_json()[:1000]}")
        return said

    def _held(self) -> int:
        """Descriptors of the grader's process; a fork server, a zygote and a session that begins have theirs."""
        own = sum(3 + (z.begun is not None) for z in self.live.zygotes.values())
        own += 3 * len(self.live.servers)
        return len(os.listdir("/proc/self/fd")) - own

    def _report(self, graded: Graded) -> list[str]:
        report, said = graded.report, []
        if report.points != 0:
            said.append(f"earned {report.points}")
        if report.status != "graded":
            said.append(f"status {report.status}: {dict(graded.staff)}")
        folder = self.out / "mallory"
        text = report.model_dump_json()
        if SECRET in text or "GOT-IT" in text:
            said.append(f"got something: {self._messages(graded)}")
        if any(SECRET.encode() in data for data in graded.executed.values()):
            said.append("a secret in the executed notebook")
        for message in self._messages(graded):
            if (
                not 10 <= len(message) <= 1500
                or "Traceback" in message
                or "/grader/" in message
                or not message.replace("\n", "").isprintable()
            ):
                said.append(f"not understandable: {message[:300]!r}")
        page = (folder / "report.html").read_text()
        if any(bad in page for bad in ("<script>alert", "<b><b>", "onerror=alert(1)>")):
            said.append("markup in the page")
        return said

    def _messages(self, graded: Graded) -> list[str]:
        return [c.message for q in graded.report.questions for c in q.checks] + list(graded.report.notes)

    def _left(self) -> list[str]:
        said = []
        for zygote in self.live.zygotes.values():
            own = set(zygote.own)
            if zygote.begun is not None:  # the session that waits for the next submission
                zygote.open_session(zygote.begun.limits).close()
            left = [
                p
                for n in tree.below(zygote.process.pid)
                if n not in own and (p := tree.look(n)) and not p.dead
            ]
            if len(left) > (zygote.begun is not None):  # the next session waits for its files
                said += [f"still running: {p}" for p in left]
            said += [f"in the scratch folder: {p}" for p in os.listdir(zygote.scratch)]
        for entry in Path("/proc").glob("[0-9]*/comm"):
            with contextlib.suppress(OSError):
                if entry.read_text().strip() == f"atk{os.getpid()}":
                    said.append(f"a daemon lives: {entry}")
        return said

    def allows(self, attack: Attack) -> bool:
        """Attacks by signals run only where the walls are known to hold them."""
        if attack.needs != "signals":
            return True
        zygote = next(iter(self.live.zygotes.values()))
        held = {"seccomp", "landlock-6", "landlock-7", "landlock-8"}
        return "pid-namespace" in zygote.layers or (
            os.getuid() != 0 and "seccomp" in zygote.layers and bool(held & set(zygote.layers))
        )


def notebook(code: str) -> bytes:
    """A notebook of cells divided by `# %%`."""
    cells = [
        {"cell_type": "code", "metadata": {}, "source": c.strip("\n"), "outputs": [], "execution_count": None}
        for c in code.split("# %%\n")
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()


@contextlib.contextmanager
def arena(without: tuple[str, ...] = (), limits: Limits = LIMITS) -> Iterator[Arena]:
    """Everything set up, and taken down again."""
    root = Path(tempfile.mkdtemp(prefix="attacked-"))
    root.chmod(0o755)
    patient, session.ANSWER_SECONDS = (
        session.ANSWER_SECONDS,
        1.0,
    )  # as the other limits here: attacks wait for it
    canaries = Canaries(root / "canaries")
    live = Sandboxes(limits, without=without)
    try:
        path = root / "rubrics" / "attacked" / "rubric.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(RUBRIC)
        made = Arena(live, load(path), canaries, root / "grades")
        made.grade(Submission(Source("ada", ("made",)), (HandedFile("net.py", RIGHT.encode()),)))
        yield made
    finally:
        session.ANSWER_SECONDS = patient
        live.close()
        canaries.close()
        shutil.rmtree(root, ignore_errors=True)


def everything(without: tuple[str, ...], say: Callable[[str], None] = print, chosen: str = "") -> int:
    """Run all attacks in one situation; the number of those that were not defeated."""
    failed = skipped = 0
    with arena(without) as place:
        attacks = [a for a in ATTACKS if chosen in a.name]
        for attack in attacks:
            if not place.allows(attack):
                skipped += 1
                continue
            began = time.monotonic()
            complaints = place.run(attack)
            failed += bool(complaints)
            if complaints or chosen or time.monotonic() - began > 4:
                say(f"{attack.name} ({time.monotonic() - began:.1f} s): {'; '.join(complaints)[:1500]}")
        layers = sorted({layer for z in place.live.zygotes.values() for layer in z.layers})
        say(f"layers: {' '.join(layers)}")
        left = (
            f", {skipped} not tried (signals are not tried as root without a pid namespace)"
            if skipped
            else ""
        )
        say(f"attacks defeated {len(attacks) - skipped - failed} of {len(attacks) - skipped}{left}")
    return failed


if __name__ == "__main__":
    without_, chosen_ = (
        tuple(w for w in sys.argv[1].split(",") if w),
        sys.argv[2] if len(sys.argv) > 2 else "",
    )
    raise SystemExit(1 if everything(without_, chosen=chosen_) else 0)
