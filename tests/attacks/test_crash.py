"""Crashes and resumption: whatever happens to a run, the next one ends with the grades of an undisturbed one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.box import tree

from .harness import RIGHT, RUBRIC

ROOT = Path(__file__).parents[2]
STUDENTS = {
    **{f"right{n}": RIGHT + f"# {n}\n" for n in range(4)},
    "slow": "import time\ndef double(x):\n    time.sleep(0.2)\n    return 2 * x\n",
    "wrong": "def double(x):\n    return x\n",
    "hangs": "def double(x):\n    while True:\n        pass\n",
    "dies": "import os\ndef double(x):\n    os._exit(1)\n",
}
MOMENTS = int(os.environ.get("GRADE_MOMENTS", "6"))
"""`GRADE_MOMENTS=50` for the long run."""


def command(*args: str) -> list[str]:
    return [
        sys.executable,
        "-c",
        "from grader.cli.main import main; main()",
        "submissions",
        "--workers",
        "2",
        *args,
    ]


def start(course: Path, *args: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.Popen(
        command(*args),
        cwd=course,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A suite that runs in the background of a shell has Ctrl-C switched off, and so would everything that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, error = process.communicate(timeout=120)
    return process.returncode, out + error


def run(course: Path, *args: str) -> tuple[int, str]:
    return finish(start(course, *args))


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in ("seconds", "started")}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def grades(out: Path) -> dict[str, Any]:
    """What a run left: every report without its times, and the table byte for byte."""
    reports = {
        p.parent.name: without_times(json.loads(p.read_text())) for p in out.glob("attacked/*/report.json")
    }
    return {**reports, "grades.csv": (out / "attacked" / "grades.csv").read_bytes()}


def wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    found = tree.look(pid)
    return found is None or found.dead


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    (root / "rubrics" / "attacked").mkdir(parents=True)
    (root / "rubrics" / "attacked" / "rubric.yaml").write_text(RUBRIC)
    for name, code in STUDENTS.items():
        (root / "submissions" / "attacked" / name).mkdir(parents=True)
        (root / "submissions" / "attacked" / name / "net.py").write_text(code)
    return root


@pytest.fixture(scope="module")
def undisturbed(course: Path) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    status, said = run(course, "--out", "undisturbed")
    assert status == 0, said
    return grades(course / "undisturbed"), time.monotonic() - began


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_at_any_moment_it_goes_on(
    course: Path, undisturbed: tuple[dict[str, Any], float], moment: int, tmp_path: Path
) -> None:
    """Killed with -9 at any moment, and once more while it goes on, a run ends with the grades of an undisturbed one; nobody stays."""
    want, seconds = undisturbed
    for part in ((moment + 0.5) / MOMENTS, 0.6):
        process = start(course, "--out", str(tmp_path / "g"))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(part * seconds)
        below = tree.below(process.pid)
        process.kill()
        process.communicate()
        wait_for(lambda pids=below: all(map(is_gone, pids)))  # type: ignore[misc]
    status, said = run(course, "--out", str(tmp_path / "g"))
    assert status == 0, said
    assert grades(tmp_path / "g") == want


def test_nothing_is_recorded_twice(course: Path, undisturbed: tuple[dict[str, Any], float]) -> None:
    """A second run adds no call to the record."""

    def count() -> list[int]:
        with contextlib.closing(sqlite3.connect(course / "undisturbed" / "record.sqlite")) as db:
            return [
                db.execute(f"SELECT {what} FROM calls").fetchone()[0]
                for what in ("count(*)", "sum(length(reply))")
            ]

    before = count()
    assert run(course, "--out", "undisturbed")[0] == 0
    assert count() == before
    assert grades(course / "undisturbed") == undisturbed[0]


def test_a_killed_worker_costs_nobody_anything(
    course: Path, undisturbed: tuple[dict[str, Any], float], tmp_path: Path
) -> None:
    """A worker killed in the middle: its submission is tried once more, everybody has the grade of an undisturbed run."""
    process = start(course, "--out", str(tmp_path / "g"))
    reports = tmp_path / "g" / "attacked"
    wait_for(lambda: reports.is_dir() and len(list(reports.glob("*/report.json"))) >= 2)
    children = [
        p
        for p in tree.below(process.pid)
        if (Path("/proc") / str(p) / "stat").read_text().rsplit(")", 1)[1].split()[1] == str(process.pid)
        and b"zygote" not in (Path("/proc") / str(p) / "cmdline").read_bytes()
    ]
    os.kill(children[0], signal.SIGKILL)
    status, said = finish(process)
    assert status == 0, said
    assert grades(tmp_path / "g") == undisturbed[0]


def test_control_c(course: Path, undisturbed: tuple[dict[str, Any], float], tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and a sentence; what was graded is kept, nobody stays, and the next run goes on."""
    process = start(course, "--out", str(tmp_path / "g"))
    reports = tmp_path / "g" / "attacked"
    wait_for(lambda: reports.is_dir() and list(reports.glob("*/report.json")))
    below = tree.below(process.pid)
    os.kill(process.pid, signal.SIGINT)
    status, said = finish(process)
    assert status == 130, said
    assert "What is graded is kept" in said
    assert "Traceback" not in said
    wait_for(lambda: all(map(is_gone, below)))
    assert run(course, "--out", str(tmp_path / "g"))[0] == 0
    assert grades(tmp_path / "g") == undisturbed[0]


def test_two_runs_at_once(course: Path, tmp_path: Path) -> None:
    """The second run on one output folder ends with 2 and says who is there; the first is not disturbed."""
    first = start(course, "--out", str(tmp_path / "g"))
    wait_for(lambda: (tmp_path / "g" / ".lock").exists() and (tmp_path / "g" / ".lock").read_text())
    status, said = run(course, "--out", str(tmp_path / "g"))
    assert status == 2
    assert f"process {first.pid}, since" in said
    assert "--out" in said
    assert finish(first)[0] == 0


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data), 7):
        data[at] ^= 0x5A
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "flipped": flip,
    "cut": lambda p: os.truncate(p, 5000),
    "beginning-lost": lambda p: p.write_bytes(b"x" * 100 + p.read_bytes()[100:]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_record(
    course: Path, undisturbed: tuple[dict[str, Any], float], tmp_path: Path, damage: str
) -> None:
    """A damaged record is said in words, costs no report that is there, and once it is moved away the run ends as ever."""
    out = tmp_path / "g"
    assert run(course, "--out", str(out))[0] == 0
    reports = {p: p.read_bytes() for p in out.glob("attacked/*/report.json")}
    for rest in ("record.sqlite-wal", "record.sqlite-shm"):
        (out / rest).unlink(missing_ok=True)
    DAMAGE[damage](out / "record.sqlite")
    status, said = run(course, "--out", str(out))
    assert status == 1, said
    assert "damaged" in said
    assert "Move it away" in said
    assert "Traceback" not in said
    assert {p: p.read_bytes() for p in reports} == reports
    (out / "record.sqlite").rename(tmp_path / "old.sqlite")
    assert run(course, "--out", str(out))[0] == 0
    assert grades(out) == undisturbed[0]


@pytest.mark.skipif(os.getuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder(course: Path, tmp_path: Path) -> None:
    """An output folder that cannot be written is bad usage, with what to do."""
    out = tmp_path / "g"
    out.mkdir(mode=0o500)
    status, said = run(course, "--out", str(out))
    assert status == 2
    assert "cannot be written" in said


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(course: Path, undisturbed: tuple[dict[str, Any], float], tmp_path: Path) -> None:
    """A full disk is said in words with status 1; with room again, the run ends as an undisturbed one."""
    out = tmp_path / "small"
    out.mkdir()
    grade = " ".join(f"'{part}'" for part in command("--out", str(out)))
    script = f"""
        mount -t tmpfs -o size=300k none {out} || exit 99
        {grade}; echo "first: $?"
        mount -o remount,size=50m {out}
        {grade} > /dev/null; echo "second: $?"
        cp -r {out}/. {tmp_path}/kept
    """
    (tmp_path / "kept").mkdir()
    done = subprocess.run(
        ["unshare", "-m", "--propagation", "private", "sh", "-c", script],
        cwd=course, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "first: 1" in said, said
    assert "second: 0" in said, said
    assert "No space left" in said or "disk" in said
    assert "Traceback" not in said
    assert grades(tmp_path / "kept") == undisturbed[0]
