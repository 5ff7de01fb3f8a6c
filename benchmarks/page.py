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

One worker, {students} hand-ins whose own compute is below a millisecond (22 recorded calls on 3 sets of inputs each; report, page and results written).

"""
_CLASSES = """\
## Classes

Linear-layer scripts through `grade`, two workers: the first run, then again with other points and with another tolerance (no student code
runs). Memory is the peak of the whole tree (proportional set size): coordinator, workers, zygotes and sandboxes.

"""
_WHERE = """\
## Where the time goes

For a script of 22 calls on 3 sets of inputs (`cProfile` on processor time, `getrusage` at the seams of the sandbox, page faults from `/proc`):

- A submission costs two forks: one session, one conversation for all inputs of its recipe. Each costs 1.3 ms of processor for the fork itself (copied
  page tables), 0.7 ms until its first line runs, and its end. A call in a conversation that exists costs 0.1 ms.
- The lock-down takes 1.7 ms and 260 page faults, loading a file of 30 lines 1.1 ms.
- The zygote loads and calls one small submission 20 times before it forks (`sandbox/box/rehearsal.py`): Python specialises what has run a few times, and a
  fork that finds it done neither does it again nor copies the memory for it. Libraries that homework rarely asks for are left to those that do: each is
  copied (its page tables) at every fork.
- The steps of a set of inputs travel in one frame and their answers come one by one; requests are the same for all students and are packed once for the class;
  replies are kept in the record as they came, without packing them again.
- The end of a session and the start of the next overlap with the writing of the report: 20 to 23 ms became 18 to 19.5, both trees in turn on a quiet machine. The rest of a script's time is one
  process waiting for the other, so more would need two hand-ins of a worker under way at once.
- A fresh `grade FILE` starts the sandbox first, reads the rubric meanwhile and imports no scikit-learn on our side: 3.3 s became 1.8. What is left is the sandbox's own
  import of what the rubric preloads (1.0 s for scikit-learn, 1.3 s for torch), which a fresh interpreter of any way pays. Collections are off during the imports (a tenth of
  their time), and what was imported is left out of all later ones and of the interpreter's end (0.15 s).
- One fork server imports for all workers of a machine: with two workers and torch the whole tree's peak fell from 521 to 303 MB (scripts) and from 744 to 613 MB
  (scripts and notebooks), both trees in turn.

The two mends of forks and packing and the rehearsal took the processor time for such a script from 47 ms (15 on our side, 32 in the sandbox) to 25 ms (9 and 16), measured in
turn on one busy machine. What is left on our side is a third each: the steps, the verdicts, the student's files.

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
