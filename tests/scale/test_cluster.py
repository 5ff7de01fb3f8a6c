"""`--cluster`: the same reports from workers that see none of our files, and a worker that is lost in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.apart import squeeze, unsqueeze
from grader.cluster import Cluster
from grader.errors import UsageError
from tests.scale import far_tasks

from .conftest import ROOT, calls, files, grade

pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")
"""Dask's own warnings are not ours."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A scheduler and two workers as processes of their own; the path of the scheduler's file."""
    folder = tmp_path_factory.mktemp("cluster")
    file = folder / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

    def start(*args: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *args]
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def worker() -> subprocess.Popen[bytes]:
        local = ["--local-directory", str(folder)]
        return start(
            "worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--no-nanny", *local
        )

    local = ["--host", "127.0.0.1", "--port", "0"]
    started = [start("scheduler", "--scheduler-file", str(file), "--no-dashboard", *local)]
    _until(file.exists)
    started += [worker(), worker()]
    _wait_for_workers(file, 2)
    yield file
    for process in reversed(started):
        process.kill()
        process.wait()


def _until(ready: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "the cluster did not start"
        time.sleep(0.05)


def _wait_for_workers(file: Path, number: int) -> None:
    from distributed import Client

    with Client(scheduler_file=str(file), set_as_default=False) as client:
        client.wait_for_workers(number, timeout=60)


def test_the_cluster_gives_what_this_machine_gives(graded: Path, cluster: Path) -> None:
    """Reports, pages' data and the class file are equal apart from times, and so is what is recorded: a local run replays it."""
    out = graded / "far"
    done = grade(graded, "submissions", "--cluster", str(cluster), "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    assert calls(done)[0] > 0
    for name in ("report.json", "results.json"):
        assert files(out, name) == files(graded / "grades", name)
    assert (out / "demo" / "grades.csv").read_bytes() == (
        graded / "grades" / "demo" / "grades.csv"
    ).read_bytes()
    assert calls(grade(graded, "submissions", "--out", str(out)))[0] == 0
    assert calls(grade(graded, "submissions", "--out", str(out), "--cluster", str(cluster)))[0] == 0


def test_without_a_scheduler_it_says_so(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nobody answers is bad usage, not a traceback."""
    monkeypatch.setattr("grader.cluster._CONNECT_SECONDS", 0.5)
    with pytest.raises(UsageError, match="no scheduler answers there"):
        Cluster("tcp://127.0.0.1:9", dict, far_tasks.tenfold, pack=_same, unpack=_second)


def _same(task: object) -> object:
    return task


def _second(task: object, answer: object) -> object:
    return answer


def test_a_raise_fails_its_own_task(cluster: Path) -> None:
    """What goes wrong in a worker is the failure of its task; the others are done."""
    far = Cluster(str(cluster), dict, far_tasks.tenfold, pack=_same, unpack=_second)
    try:
        done = {d.task: (d.result, d.failure) for d in far.map([1, 13, 2, *range(20, 40)])}
    finally:
        far.close()
    assert "ValueError: thirteen" in done[13][1]
    assert {t: r for t, (r, _) in done.items() if t != 13} == {t: t * 10 for t in [1, 2, *range(20, 40)]}


def test_work_without_end_is_stopped_there_too(cluster: Path) -> None:
    """The alarm rings in a worker of a cluster, in the middle of one step; what cannot be read here fails alone."""

    def pack(task: int) -> int:
        return [1, 2, 3].index(task)

    far = Cluster(str(cluster), dict, far_tasks.endless, pack=pack, unpack=_second)
    try:
        failures = {d.task: d.failure for d in far.map([7, 1])}
    finally:
        far.close()
    assert "TookTooLong: stopped after 0.2 s" in failures[1]
    assert "ValueError: 7 is not in list" in failures[7]


def test_a_lost_worker_is_made_up_for(cluster: Path, tmp_path: Path) -> None:
    """A worker that is killed in the middle, or its process, costs time and nothing else. (The last test: one worker is left.)"""
    marker = str(tmp_path / "killed")
    far = Cluster(str(cluster), dict, far_tasks.slow, pack=_same, unpack=_second)
    try:
        done = list(far.map((n, marker) for n in range(12)))
    finally:
        far.close()
    assert os.path.exists(f"{marker}-3") and os.path.exists(f"{marker}-6")
    assert [d.failure for d in done] == [""] * 12
    assert sorted(d.result for d in done) == list(range(12))


def test_what_travels_is_compressed() -> None:
    """Packed values come back, and are smaller than what was packed."""
    value = {"code": "x = 1\n" * 1000}
    assert unsqueeze(squeeze(value)) == value
    assert len(squeeze(value)) < 200
