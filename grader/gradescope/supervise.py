"""
The first process of a run: it starts the one that grades, and whatever becomes of that, leaves a valid results.json.

Nothing but the standard library: this process stays at 10 MB and has nothing that can fail for want of memory.
    results.json: "is being graded" -> after each check, by the grading process -> the end, or what went wrong
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

NOT_GRADED = (
    "The grader could not finish this submission. This is not your fault and costs you nothing; the staff has been "
    "informed. {known}"
)
KNOWN = "What was found until then is shown below, without points."
GRACE = 10.0
"""Seconds that the grading process gets to end by itself."""
DEFAULT_BUDGET = 540.0


def main(root: Path = Path("/autograder")) -> int:
    """Run; the exit status is 0 whenever there is a results.json to look at."""
    started = time.monotonic()
    results = root / "results" / "results.json"
    write(results, failure("It was not started yet."))
    settings = _settings(Path(__file__).resolve())
    budget = float(settings.get("budget", DEFAULT_BUDGET))
    command = [
        sys.executable,
        "-I",
        "-m",
        "grader.gradescope.container",
        str(root),
        str(settings.get("rubric", "")),
        f"{budget:g}",
    ]
    reason = watch(command, budget)
    if reason:
        print(f"grade: {reason}", flush=True)
        write(results, ended(_read(results), reason, time.monotonic() - started))
    return 0


def _settings(here: Path) -> Mapping[str, Any]:
    """What `build` wrote beside the course; found through the environment variable that run_autograder sets."""
    place = Path(os.environ.get("GRADE_SETTINGS", str(here.parent / "settings.json")))
    try:
        found = json.loads(place.read_bytes())
    except (OSError, ValueError) as e:
        print(f"grade: {place}: {e}", flush=True)
        return {}
    return found if isinstance(found, dict) else {}


def watch(
    command: list[str], budget: float, grace: float = GRACE, clock: Callable[[], float] = time.monotonic
) -> str:
    """Run the grading process to its end, or to the end of the budget; returns what went wrong, for the staff."""
    deadline = clock() + budget
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as e:
        return f"the grading process could not be started: {e}"
    try:
        status = process.wait(max(deadline - clock(), 0.0))
    except subprocess.TimeoutExpired:
        end(process, grace)
        return f"the time budget of {budget:g} s is over; the run was stopped"
    if status == -signal.SIGKILL:
        return "the grading process was killed (signal 9): the container ran out of memory"
    if status < 0:
        return f"the grading process ended by signal {-status}"
    return (
        "" if status == 0 else f"the grading process ended with exit status {status}; its traceback is above"
    )


def end(process: subprocess.Popen[bytes], grace: float) -> None:
    """Ask the process to end, then end it with everything that it started."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


# --- results.json --------------------------------------------------------------------------------------------------


def failure(reason: str, known: str = "") -> dict[str, Any]:
    """Results without any score, with a sentence for the student and the reason for the staff's eyes."""
    return {
        "output": NOT_GRADED.format(known=known).strip(),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": 0.0,
        "tests": [
            {
                "name": "For the staff",
                "number": "0",
                "output": f"Not graded: {reason} Details are in the output of the autograder.",
                "output_format": "text",
                "visibility": "hidden",
            }
        ],
        "leaderboard": [],
        "extra_data": {"status": "not_graded"},
    }


def ended(partial: Mapping[str, Any], reason: str, seconds: float) -> dict[str, Any]:
    """The results of a run that did not come to its end: what was found, without points."""
    tests = [t for t in partial.get("tests", []) if isinstance(t, dict) and t.get("number") != "0"]
    bare = [{k: v for k, v in test.items() if k not in ("score", "max_score")} for test in tests]
    made = failure(f"{reason}.", KNOWN if bare else "")
    formats = {k: partial[k] for k in ("test_output_format", "test_name_format") if k in partial}
    return made | formats | {"tests": [*made["tests"], *bare], "execution_time": round(seconds, 1)}


def write(path: Path, results: Mapping[str, Any]) -> None:
    """Write through a neighbour and a rename: there is never half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(results, file, allow_nan=False)
    os.chmod(name, 0o644)
    os.replace(name, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("/autograder")))
