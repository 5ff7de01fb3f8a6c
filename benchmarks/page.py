"""`docs/performance.md`, from `results.json` and nothing else."""

from __future__ import annotations

from typing import Any

_HEAD = """\
# Performance

Made by `make bench` (`benchmarks/run.py`) from `benchmarks/results.json`; do not edit. Python {python}, {cores} cores, {when}.
The load of the machine (waiting processes, before and after each part) says how far to trust the seconds: above the number of cores
other work ran at the same time, and only ratios within one table mean something. Load: {load}.
"""
_PEERS = """\
## Beside what courses use

{students} right hand-ins of the same question (a linear layer with its gradients, softmax, cross-entropy, a network trained on
`load_digits`; 10 tests, 11 points), one student after the other over all ways, medians. The floor is the students' own code with the tests
in a warm process. "In a class" is one warm worker of ours, every file written; the others are a fresh process for each hand-in.

"""
_OVERHEAD = """\
## Beyond the students' own compute

One worker, {students} hand-ins whose own compute is below a millisecond (22 recorded calls in 3 forks each; report, page and results written).

"""
_CLASSES = """\
## Classes

Linear-layer scripts through `grade`, two workers: the first run, then again with other points and with another tolerance (no student code
runs). Memory is the peak of the whole tree (proportional set size): coordinator, workers, zygotes and sandboxes.

"""
_WHERE = """\
## Where the time goes

For a script of 22 calls in 3 forks (profiled with `cProfile` on processor time, page faults from `/proc`):

- Four forks (one session, three cases) and their page faults are most of the sandbox's share: about 800 faults for a session with its lock-down,
  600 for loading, 580 for each case, against 11 for a call that follows another one. A fault cost about 4 microseconds here, under load.
  So calls are nearly free once a fork exists, and forks are not; what the zygote has imported is copied (its page tables) at each fork,
  which is why `numpy.testing` (3.6 of 23 MB) is not among it.
- The steps of a recipe's case travel in one frame and their answers come one by one. It halved the context switches (115 to 60 for each submission, start-up included); keys
  and replies of the record are those of steps that are sent one by one (`tests/scale/test_steps.py`).
- The end of a session overlaps with the writing of the report.
- Of the processor time on our side the profile gives 46 % to the steps of the recipe (keys, packing, the socket), 23 % to the student's files and
  16 % to the report; half of that last share was the search for old numpy names, which now reads only files whose text could hold one.

The floor of this design is the four forks: 2 to 4 ms of processor time each, fork, faults and exit together, measured under load. Fewer would give up that cases cannot see each other.

## The record

One file, one writer, write-ahead log. Replies are compressed; arrays of 2 kB and more are stored once, whoever's code they came from.
`grade prune` drops what no present hand-in and rubric use.
"""


def page(results: dict[str, Any]) -> str:
    """The page; parts that were not measured are left out."""
    about = results["about"]
    loads = "; ".join(f"{part} {before} and {after}" for part, (before, after) in about["load"].items())
    parts = [_HEAD.format(**{**about, "load": loads})]
    if "peers" in results:
        parts.append(_PEERS.format(**results["peers"]) + _peers(results["peers"]))
    if "overhead" in results:
        parts.append(_OVERHEAD.format(**results["overhead"]) + _overhead(results))
    if "classes" in results:
        parts.append(_CLASSES + _classes(results["classes"]))
    if "start" in results:
        s = results["start"]
        parts.append(
            f"## Start\n\n`grade --help`: {s['help']['median']:.2f} s (least {s['help']['least']:.2f}); "
            f"`python -c pass` beside it: {s['python']['median']:.2f} s. Budget 0.2 s.\n"
        )
    return "\n".join([*parts, _WHERE])


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _peers(found: dict[str, Any]) -> str:
    base = found["seconds"]["floor"]["median"]
    rows = []
    for name, s in found["seconds"].items():
        peak = found["peak_mb"].get(name)
        spread = f"{s['least']:.2f} to {s['most']:.2f}"
        rows.append(
            [name, f"{s['median']:.3f}", spread, f"{s['median'] / base:.2f}", f"{peak:.0f}" if peak else ""]
        )
    return _table(["way", "seconds", "spread", "times the floor", "peak MB"], rows)


def _overhead(results: dict[str, Any]) -> str:
    budgets = {"script": 15, "notebook": 250}
    rows = [
        [name, f"{1e3 * s['median']:.0f} ms", f"{1e3 * s['least']:.0f} ms", f"{budgets[name]} ms"]
        for name, s in results["overhead"]["seconds"].items()
    ]
    return _table(["", "median", "least", "budget"], rows)


def _classes(found: list[dict[str, Any]]) -> str:
    rows = []
    for row in found:
        cells = [f"{row[k]['wall']:.1f} s ({row[k]['cpu']:.0f} s)" for k in ("first", "points", "tolerance")]
        made = "/".join(str(row[k]["made"]) for k in ("first", "points", "tolerance"))
        size = f"{row['record_bytes'] / row['students'] / 1e3:.1f} kB"
        rows.append(
            [
                str(row["students"]),
                *cells,
                made,
                f"{row['first']['peak_mb']:.0f} MB",
                f"{row['points']['peak_mb']:.0f} MB",
                size,
            ]
        )
    head = [
        "students",
        "first (processor)",
        "other points",
        "other tolerance",
        "calls made",
        "peak first",
        "peak again",
        "record each",
    ]
    return _table(head, rows)
