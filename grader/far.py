"""A worker of a cluster, which sees none of the course's files: rubrics and submissions travel to it, reports travel back."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.report.write import write_whole
from grader.rubric import Rubric, load
from grader.worker import Given, Result, Task, Worker, bounded, judge, write_student


@dataclass(frozen=True)
class Delivery:
    """What comes back from another machine: the result, and the student's files by path."""

    result: Result
    files: Mapping[str, bytes]


class FarWorker(Worker):
    """A worker of a cluster: rubrics come as files and are laid into a folder of its own."""

    def __init__(self, unsafe: bool, bundles: Mapping[Path, Mapping[str, bytes]]) -> None:
        super().__init__(0, unsafe)
        self.folder = tempfile.TemporaryDirectory(prefix="graders-")
        self.homes: dict[Path, Path] = {}
        for number, (path, files) in enumerate(bundles.items()):
            for name, data in files.items():
                write_whole(Path(self.folder.name, str(number), name), data)
            self.homes[path] = Path(self.folder.name, str(number), path.name)

    def rubric(self, path: Path) -> Rubric:
        """The rubric, under the name that it has at home."""
        if path not in self.rubrics:
            self.rubrics[path] = replace(load(self.homes[path]), path=path)
        return self.rubrics[path]

    def close(self) -> None:
        """End the sandboxes; the folder stays until the process ends."""
        super().close()


def work_far(worker: FarWorker, parcel: tuple[Path, Given]) -> Delivery:
    """Grade one submission that travelled; runs in a worker of a cluster."""
    with tempfile.TemporaryDirectory(prefix="graders-") as folder:
        path, here = parcel
        result = bounded(worker, lambda: judge(worker, path, *here, partial(write_student, Path(folder))))
        written = {
            str(p.relative_to(folder)): p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()
        }
    return Delivery(result, written)


def bundle(path: Path) -> dict[str, bytes]:
    """The files that a rubric needs elsewhere: its folder, or only itself when it is not called `rubric.yaml`."""
    files = (
        [p for p in sorted(path.parent.rglob("*")) if p.is_file()] if path.name == "rubric.yaml" else [path]
    )
    return {
        p.relative_to(path.parent).as_posix(): p.read_bytes() for p in files if "__pycache__" not in p.parts
    }


def delivered(task: Task, rubric: Rubric, delivery: Delivery) -> Result:
    folder = task.out / rubric.assignment / task.source.student
    for name, data in delivery.files.items():
        write_whole(folder / name, data)
    return delivery.result
