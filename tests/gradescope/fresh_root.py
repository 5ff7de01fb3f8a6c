"""
The built zip in a fresh root file system, as Gradescope runs it: `make test-gradescope`, and `make test-gradescope-old`.

    debootstrap -> setup.sh by chroot -> run_autograder over ten submissions in the platform's layout, each with 768 MB and half
    a processor (control groups), the capabilities of a default container and no /sys -> every results.json against the schema

`--bring 3.13` is for a system whose Python is too old, as that of the platform's usual image is: setup.sh has to say so where no interpreter
can be had, and then to bring one by uv from a list and an archive that are put into the root (`standalone.py`).

Needs root, the network that this machine's own pip and apt are set up for (their settings are copied into the new root, never
into the repository), and control groups of version 1. Prints a table of wall time and peak memory of each phase.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import jsonschema
from measuring import Phase, measured
from rootfs import fresh, mounted
from standalone import INSIDE, LIST, standalone
from ten import GIVEN, OWN, SECRET, put

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCHEMA = json.loads((HERE / "results.schema.json").read_text())


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


def set_up(place: Path, archive: Path, brought: Path | None) -> tuple[list[Phase], list[str]]:
    """The phases of setup.sh: once more after it is done, and first without an interpreter where one is brought."""
    settings, wrong = {}, []
    phases: list[Phase] = []

    def run(name: str) -> Phase:
        command = ["bash", "/autograder/source/setup.sh"]
        phases.append(measured(name, place, command, limited=False, settings=settings))
        print(phases[-1].output, flush=True)
        return phases[-1]

    upload(place, archive)
    if brought is not None:
        said = run("setup.sh, no Python to be had")
        if said.status != 1 or "no Python of 3.11 to 3.13 could be had" not in said.output:
            wrong.append("setup.sh without an interpreter: it did not say so")
        if "from the distribution" in said.output.replace("neither from the distribution", ""):
            wrong.append("setup.sh took another package of the distribution for a Python")
        shutil.copytree(brought, place / INSIDE.lstrip("/"), dirs_exist_ok=True)
        settings = {"UV_PYTHON_DOWNLOADS_JSON_URL": f"file://{INSIDE}/{LIST}"}
    if run("setup.sh").status or run("setup.sh once more").status:
        wrong.append("setup.sh failed")
    return phases, wrong


def table(phases: Sequence[Phase]) -> None:
    print(
        f"{'phase':32}{'wall s':>8}{'cpu s':>8}{'anon MB':>9}{'charged MB':>12}{'killed':>8}{'score':>8}  status"
    )
    for p in phases:
        score = p.results.get("score", "-") if p.results else "-"
        status = p.results.get("extra_data", {}).get("status", "") if p.results else f"exit {p.status}"
        print(
            f"{p.name:32}{p.seconds:8.1f}{p.processor:8.1f}{p.anonymous / 1e6:9.0f}{p.charged / 1e6:12.0f}{p.killed:8}{score!s:>8}  {status}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--place", type=Path, default=ROOT / "build" / "gradescope", help="where the new roots go"
    )
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--rubric", type=Path, default=ROOT / "rubrics" / "cs434-hw3")
    parser.add_argument("--zip", type=Path, help="a built zip; one is built otherwise")
    parser.add_argument("--only", nargs="*", help="these submissions (needed for another rubric)")
    parser.add_argument("--bring", default="", help="a version of Python that uv brings, built here")
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
        brought = standalone(options.place, options.suite, options.bring) if options.bring else None
        phases += [Phase("build the interpreter", time.monotonic() - began)] * bool(brought)
        began = time.monotonic()
        fresh(place, options.suite)
        phases.append(Phase("fresh root", time.monotonic() - began))
    wrong: list[str] = []
    with mounted(place):
        if not options.keep:
            done, wrong = set_up(place, archive, brought)
            phases += done
            if wrong:
                table(phases)
                print("\n".join(wrong))
                return 1
        for name in options.only or (*GIVEN, *OWN, "empty"):
            put(place, name, options.rubric.name)
            phase = measured(name, place, ["/autograder/run_autograder"], limited=True)
            wrong += examine(phase, place)
            phases.append(phase)
            print(f"{name}: {phase.seconds:.1f} s; {phase.output.strip()[-400:]}", flush=True)
    table(phases)
    print("\n".join(wrong) or "all results.json are valid")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
