"""
Coverage-guided fuzzing, by hand and for as long as one likes; `atheris` is not a dependency (a venv of your own: `pip install atheris`).

    python -m tests.fuzz.atheris_run TARGET RUNS [FOLDER FOR THE CORPUS]
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

# The readers are counted branch by branch; the libraries below them are not.
with atheris.instrument_imports(include=["grader"]):
    from .targets import TARGETS, seeds


def main() -> None:
    """Fuzz one target until it breaks or the runs are over."""
    target, runs = sys.argv[1], sys.argv[2]
    corpus = Path(sys.argv[3] if len(sys.argv) > 3 else f"/tmp/fuzz-{target}")
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()[target]):
        (corpus / f"seed{number}").write_bytes(seed)
    options = [
        f"-runs={runs}",
        "-max_len=4096",
        "-rss_limit_mb=3000",
        "-timeout=20",
        f"-artifact_prefix={corpus}/",
    ]
    atheris.Setup([sys.argv[0], str(corpus), *options], TARGETS[target])
    atheris.Fuzz()


main()
