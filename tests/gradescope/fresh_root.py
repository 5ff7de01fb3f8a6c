"""
The built zip in a fresh root file system, as Gradescope runs it: `make test-gradescope`.

    debootstrap -> setup.sh by chroot -> run_autograder over ten submissions in the platform's layout, each with 768 MB and half
    a processor (control groups), the capabilities of a default container and no /sys -> every results.json against the schema

Needs root, the network that this machine's own pip and apt are set up for (their settings are copied into the new root, never
into the repository), and control groups of version 1. Prints a table of wall time and peak memory of each phase.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jsonschema

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCHEMA = json.loads((HERE / "results.schema.json").read_text())
CONTAINER = "chown,dac_override,fsetid,fowner,mknod,net_raw,setgid,setuid,setfcap,setpcap,net_bind_service,sys_chroot,kill,audit_write"
MEMORY, PROCESSOR = 768 << 20, 0.5
SECRET = "a line that no student may read"


# --- a fresh root --------------------------------------------------------------------------------------------------


def fresh(place: Path, suite: str) -> None:
    """A minimal system, from the mirror that this machine uses."""
    if shutil.which("debootstrap") is None:
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "debootstrap"], check=True, stdout=subprocess.DEVNULL
        )
    kept = place.with_suffix(".tar")
    if not kept.exists():
        made = place.with_suffix(".new")
        shutil.rmtree(made, ignore_errors=True)
        subprocess.run(
            ["debootstrap", "--variant=minbase", suite, str(made), mirror()],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        subprocess.run(["tar", "-C", str(made), "-cf", str(kept), "."], check=True)
        shutil.rmtree(made)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    subprocess.run(["tar", "-C", str(place), "-xf", str(kept)], check=True)
    for path in [
        "/etc/resolv.conf",
        "/etc/hosts",
        "/etc/pip.conf",
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/apt/apt.conf.d",
    ]:
        copy(Path(path), place)
    copy(Path("/etc/ssl/certs/ca-certificates.crt"), place, BUNDLE)
    copy(Path.home() / ".config/pip/pip.conf", place, "/root/.config/pip/pip.conf")
    (place / "etc/apt/sources.list").write_text(sources(suite))
    copy(Path("/usr/share/keyrings"), place)


def copy(path: Path, place: Path, target: str = "") -> None:
    goal = place / (target or str(path)).lstrip("/")
    if path.exists():
        goal.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, goal, dirs_exist_ok=True)
        else:
            shutil.copyfile(path, goal)


BUNDLE = "/opt/bundle.crt"


def network() -> dict[str, str]:
    """This machine's settings for reaching the registries; certificates lie where the new system's own do not replace them."""
    found = {
        k: v
        for k, v in os.environ.items()
        if k.startswith(("PIP_", "SSL_", "REQUESTS_", "http", "HTTP", "CURL_"))
    }
    return {
        k: BUNDLE if os.path.isfile(v) else v
        for k, v in found.items()
        if not os.path.isdir(v) or k == "PIP_FIND_LINKS"
    }


def mirror() -> str:
    found = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
    )
    return next(line for line in found.stdout.split() if line.rstrip("/").endswith("debian"))


def sources(suite: str) -> str:
    """Without the suites of updates, which an older release may not have here."""
    return f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror()} {suite} main\n"


def local_indexes() -> list[Path]:
    """Folders on this machine that pip takes packages from."""
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True
    ).stdout
    words = re.findall(r"(?:file://)?(/[\w./-]+)", re.sub(r"https?://\S+", "", said))
    places = [p.parent if p.name == "simple" else p for p in map(Path, words)]
    return [p for p in dict.fromkeys(places) if p.is_dir()]


@contextlib.contextmanager
def mounted(place: Path) -> Iterator[None]:
    binds = [
        Path("/dev/null"),
        Path("/dev/zero"),
        Path("/dev/random"),
        Path("/dev/urandom"),
        *local_indexes(),
    ]
    done: list[Path] = []
    try:
        subprocess.run(
            ["mount", "--bind", str(place), str(place)], check=True
        )  # as in a container, / is a mount point
        done.append(place)
        (place / "proc").mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "proc", "proc", str(place / "proc")], check=True)
        done.append(place / "proc")
        for path in binds:
            goal = place / str(path).lstrip("/")
            goal.parent.mkdir(parents=True, exist_ok=True)
            goal.mkdir(exist_ok=True) if path.is_dir() else goal.touch()
            subprocess.run(["mount", "--bind", str(path), str(goal)], check=True)
            done.append(goal)
        yield
    finally:
        for goal in reversed(done):
            subprocess.run(["umount", "-l", str(goal)], check=False)


# --- measuring -----------------------------------------------------------------------------------------------------


@dataclass
class Phase:
    """What one phase took."""

    name: str
    seconds: float = 0.0
    processor: float = 0.0
    anonymous: int = 0
    """Peak of memory that cannot be taken back (no file cache), sampled."""
    charged: int = 0
    """Peak of everything that the kernel charged, cache included."""
    killed: int = 0
    status: int = 0
    output: str = ""
    results: dict = field(default_factory=dict)


class Groups:
    """A memory and a processor group of version 1."""

    def __init__(self, limited: bool) -> None:
        base = Path("/sys/fs/cgroup")
        name = f"gradescope-test-{os.getpid()}"
        self.memory, self.cpu, self.account = (base / c / name for c in ("memory", "cpu", "cpuacct"))
        for path in (self.memory, self.cpu, self.account):
            path.mkdir(exist_ok=True)
        if limited:
            (self.memory / "memory.limit_in_bytes").write_text(str(MEMORY))
            with contextlib.suppress(OSError):
                (self.memory / "memory.memsw.limit_in_bytes").write_text(str(MEMORY))
            (self.cpu / "cpu.cfs_period_us").write_text("100000")
            (self.cpu / "cpu.cfs_quota_us").write_text(str(int(100000 * PROCESSOR)))

    def enter(self) -> None:
        for path in (self.memory, self.cpu, self.account):
            (path / "cgroup.procs").write_text("0")

    def anonymous(self) -> int:
        text = (self.memory / "memory.stat").read_text()
        found = dict(line.split() for line in text.splitlines())
        return int(found["total_rss"]) + int(found.get("total_shmem", 0))

    def take(self, phase: Phase) -> None:
        phase.charged = int((self.memory / "memory.max_usage_in_bytes").read_text())
        phase.processor = int((self.account / "cpuacct.usage").read_text()) / 1e9
        text = (self.memory / "memory.oom_control").read_text()
        phase.killed = next(
            (int(line.split()[1]) for line in text.splitlines() if line.startswith("oom_kill ")), 0
        )

    def close(self) -> None:
        for _ in range(50):
            left = (self.memory / "cgroup.procs").read_text().split()
            for pid in left:
                with contextlib.suppress(OSError):
                    os.kill(int(pid), 9)
            if not left:
                break
            time.sleep(0.1)
        for path in (self.memory, self.cpu, self.account):
            with contextlib.suppress(OSError):
                path.rmdir()


def measured(name: str, place: Path, command: Sequence[str], limited: bool) -> Phase:
    """Run a command in the root, in groups of its own."""
    phase, groups = Phase(name), Groups(limited)
    env = (network() if not limited else {}) | {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
    }
    full = (
        ["chroot", str(place)]
        + (["setpriv", f"--bounding-set=-all,+{CONTAINER.replace(',', ',+')}"] if limited else [])
        + [*command]
    )
    began, stop = time.monotonic(), threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            phase.anonymous = max(phase.anonymous, groups.anonymous())

    watcher = threading.Thread(target=watch)
    try:
        process = subprocess.Popen(
            full,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=groups.enter,
        )
        watcher.start()
        phase.output = process.communicate(timeout=1500)[0]
        phase.status, phase.seconds = process.returncode, time.monotonic() - began
    finally:
        stop.set()
        watcher.join()
        groups.take(phase)
        groups.close()
    return phase


# --- the ten submissions -------------------------------------------------------------------------------------------

HOSTILE = """
import os, sys, glob, json, subprocess
found = ["has " + m for m in sys.modules if m.startswith(("reference", "grader"))]
for place in ("/autograder", "/autograder/source", "/autograder/submission_metadata.json", "/autograder/results", "/opt/grade",
              *[p + "/reference" for p in sys.path], *[p + "/grader" for p in sys.path], "/etc/shadow", "/root", "/proc/1/environ"):
    try:
        found += [place + "/" + n for n in os.listdir(place)] if os.path.isdir(place) else [open(place).read()[:100]]
    except OSError:
        pass
for place in ("/autograder/results/results.json", "/autograder/results/x", "/autograder/run_autograder", "/tmp/x"):
    try:
        open(place, "w").write('{"score": 100}'); found.append("wrote " + place)
    except OSError:
        pass
try:
    import reference.layers; found.append("imported the reference")
except ImportError:
    pass
print('{"score": 100}')
sys.stderr.write("x" * 10_000_000)
if os.getuid() == 0: found.append("is root")
class LinearLayer:
    def __init__(self, i, o): raise RuntimeError("FOUND " + repr([f for f in found if not f.startswith("/opt/grade/venv")])[:3000])
"""
EATER = """
import numpy as np
hoard = []
class LinearLayer:
    def __init__(self, i, o): pass
    def forward(self, X):
        while True: hoard.append(np.ones(1 << 20))
    def backward(self, G): return self.forward(G)
"""
FORKS = """
import os, numpy as np
class LinearLayer:
    def __init__(self, i, o):
        while True:
            os.fork()
            x = bytearray(40_000_000)
"""
OWN = {"h1-hostile": HOSTILE, "h2-eats-memory": EATER, "h3-fork-bomb": FORKS}
GIVEN = (
    "s01-plain",
    "s04-notebook",
    "s07-transposed",
    "s14-blank-handout",
    "s16-endless-backward",
    "s17-endless-import",
)
METADATA = {
    "id": 409194023,
    "created_at": "2026-11-20T10:15:00.000000-05:00",
    "assignment": {
        "due_date": "2026-11-20T23:59:00.000000-05:00", "group_size": 2, "group_submission": True, "id": 25828, "course_id": 1,
        "late_due_date": None, "release_date": "2026-11-01T00:00:00.000000-05:00", "title": "HW", "total_points": "25.0",
    },
    "submission_method": "upload",
    "users": [{"email": "ada@x.edu", "id": 1, "name": "Ada Lovelace"}, {"email": "bob@x.edu", "id": 2, "name": "Bob Neil"}],
    "previous_submissions": [],
}  # fmt: skip


def put(place: Path, name: str) -> None:
    """The platform's layout for one submission."""
    root = place / "autograder"
    for folder in ("submission", "results"):
        shutil.rmtree(root / folder, ignore_errors=True)
        (root / folder).mkdir()
    (root / "submission_metadata.json").write_text(json.dumps(METADATA | {"note": SECRET}))
    if name in OWN:
        (root / "submission" / "net.py").write_text(OWN[name])
    elif name in GIVEN:
        shutil.copytree(ROOT / "submissions" / "cs434-hw3" / name, root / "submission", dirs_exist_ok=True)


def upload(place: Path, archive: Path) -> None:
    """What the platform does with the zip when it builds the image."""
    root = place / "autograder"
    shutil.rmtree(root, ignore_errors=True)
    (root / "source").mkdir(parents=True)
    with zipfile.ZipFile(archive) as z:
        for info in z.infolist():
            path = Path(z.extract(info, root / "source"))
            path.chmod(info.external_attr >> 16 & 0o777)
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")


def examine(phase: Phase, place: Path) -> list[str]:
    """Complaints about one run."""
    wrong = []
    try:
        phase.results = json.loads((place / "autograder" / "results" / "results.json").read_bytes())
        jsonschema.validate(phase.results, SCHEMA)
    except (OSError, ValueError, jsonschema.ValidationError) as e:
        return [f"{phase.name}: {type(e).__name__}: {str(e)[:300]}"]
    everything = json.dumps(phase.results)
    if SECRET in everything:
        wrong.append(f"{phase.name}: metadata was read")
    if "FOUND" in everything:
        told = re.search(r"FOUND (.{0,300})", everything)
        wrong.append(f"{phase.name}: {told[0] if told else ''}") if told and not told[0].startswith(
            "FOUND []"
        ) else None
    if phase.name == "h1-hostile" and "FOUND []" not in everything:
        wrong.append("h1-hostile: it did not say what it found")
    if phase.killed and phase.name[:2] != "h2" and phase.name[:2] != "h3":
        wrong.append(f"{phase.name}: the kernel ended {phase.killed} processes for want of memory")
    if phase.results["extra_data"].get("status") == "not_graded" and phase.name != "empty":
        wrong.append(f"{phase.name}: not graded")
    return wrong


def table(phases: Sequence[Phase]) -> None:
    print(
        f"{'phase':24}{'wall s':>8}{'cpu s':>8}{'anon MB':>9}{'charged MB':>12}{'killed':>8}{'score':>8}  status"
    )
    for p in phases:
        score = p.results.get("score", "-") if p.results else "-"
        status = p.results.get("extra_data", {}).get("status", "") if p.results else f"exit {p.status}"
        print(
            f"{p.name:24}{p.seconds:8.1f}{p.processor:8.1f}{p.anonymous / 1e6:9.0f}{p.charged / 1e6:12.0f}{p.killed:8}{score!s:>8}  {status}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--place", type=Path, default=ROOT / "build" / "gradescope", help="where the new roots go"
    )
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--rubric", type=Path, default=ROOT / "rubrics" / "cs434-hw3")
    parser.add_argument("--zip", type=Path, help="a built zip; one is built otherwise")
    parser.add_argument("--only", nargs="*", help="these submissions")
    parser.add_argument("--keep", action="store_true", help="use the root as it is, with setup.sh done")
    options = parser.parse_args()
    place = (options.place / options.suite).resolve()
    phases: list[Phase] = []
    archive = options.zip or options.place / "autograder.zip"
    began = time.monotonic()
    if options.zip is None:
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from grader.cli.main import main; main()",
                "gradescope",
                "build",
                str(options.rubric),
                "--out",
                str(archive),
            ],
            check=True,
        )
        phases.append(Phase("build the zip", time.monotonic() - began))
    if not options.keep:
        began = time.monotonic()
        fresh(place, options.suite)
        phases.append(Phase("fresh root", time.monotonic() - began))
    wrong: list[str] = []
    with mounted(place):
        if not options.keep:
            upload(place, archive)
            phases.append(measured("setup.sh", place, ["bash", "/autograder/source/setup.sh"], limited=False))
            print(phases[-1].output)
            if phases[-1].status:
                return 1
        for name in options.only or (*GIVEN, *OWN, "empty"):
            put(place, name)
            phase = measured(name, place, ["/autograder/run_autograder"], limited=True)
            wrong += examine(phase, place)
            phases.append(phase)
            print(f"{name}: {phase.seconds:.1f} s; {phase.output.strip()[-400:]}", flush=True)
    table(phases)
    print("\n".join(wrong) or "all results.json are valid")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
