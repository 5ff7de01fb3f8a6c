"""Write example pages to look at: `python tests/report/demo.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from fake_crowds import SECRET, a_class, enormous, hostile, not_graded, waiting
from fake_reports import full_marks, mistakes

from grader.report.classes import assignment_row, render_class, render_index
from grader.report.student import render_student
from grader.report.summary import ClassRow

MAKERS = (full_marks, mistakes, waiting, not_graded, hostile, enormous)


def main(folder: Path) -> None:
    """One page per kind of report."""
    folder.mkdir(parents=True, exist_ok=True)
    for make in MAKERS:
        page = render_student(make()).encode()
        (folder / f"{make.__name__}.html").write_bytes(page)
        print(f"{make.__name__}: {len(page) / 1000:.0f} kB")
    rows = [
        ClassRow.of(r, staff={"Q7.file": SECRET} if r.status == "not_graded" else None) for r in a_class()
    ]
    title = "Homework 3: naive Bayes and neural networks"
    (folder / "class.html").write_text(render_class("cs434-hw3", rows, title=title), "utf-8")
    index = render_index("Machine learning, autumn", [assignment_row("cs434-hw3", title, rows)])
    (folder / "index.html").write_text(index, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
