"""
What the coordinator of a cluster run spends on one notebook submission, without any worker: for `docs/scale.md`.

    python -m benchmarks.coordinator [N]

One notebook is really graded; its delivery is then packed, unpacked, stored and written N times under other names.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import question
from benchmarks.run import HERE, write_cells
from grader.cluster import squeeze, unsqueeze
from grader.far import FarWorker, bundle, work_far
from grader.intake import discover
from grader.record import Record
from grader.report.write import write_whole
from grader.worker import Task, Worker, given


def main(number: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        root, rubric = Path(folder), HERE / "linear" / "notebook.yaml"
        write_cells(root / "in" / "ada" / "hw.ipynb", question.cells(1))
        [source] = discover(root / "in").sources
        record = Record(root / "record.sqlite")
        home = Worker(0, False)
        files = {p.name: p.read_bytes() for p in rubric.parent.iterdir() if p.is_file()}
        far = FarWorker(False, {rubric: files or bundle(rubric)})
        answer = squeeze(work_far(far, (rubric, given(home, Task(source, rubric, root, False)))))
        far.close()
        began, sent = time.process_time(), 0
        for _ in range(number):
            sent = len(squeeze((rubric, given(home, Task(source, rubric, root, False)))))
        packed, began = time.process_time() - began, time.process_time()
        written = 0
        for n in range(number):
            delivery = unsqueeze(answer)
            record.store(f"{n:064d}", delivery.result.additions)
            for name, data in delivery.files.items():
                write_whole(root / "out" / f"s{n}" / name, data)
            written = sum(map(len, delivery.files.values()))
            delivery = replace(delivery, files={})
        stored = time.process_time() - began
        record.close()
        size = (root / "record.sqlite").stat().st_size
        print(
            f"{number} times: packing {1e3 * packed / number:.2f} ms, taking {1e3 * stored / number:.2f} ms of processor; "
            f"{sent / 1e3:.1f} kB there, {len(answer) / 1e3:.1f} kB back, files {written / 1e3:.1f} kB, record {size / number / 1e3:.2f} kB"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
