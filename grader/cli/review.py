"""`grade review`: the desk on this machine alone."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

from grader.course import publish
from grader.desk.book import Book
from grader.desk.classfile import ClassFile, classes
from grader.errors import UsageError
from grader.rubric import load


def review(out: Path, rubric: Path | None, port: int, who: str, anonymous: bool) -> int:
    """Serve the desk until it is stopped; returns the exit status."""
    books = open_books(out, rubric, anonymous)
    try:
        import uvicorn

        from grader.desk.app import Desk, app
        from grader.desk.gate import Gate
    except ImportError as e:
        raise UsageError(
            f"grade review needs the package {e.name}: install it with `pip install 'grade[desk]'`."
        ) from e
    listener = _listener(port)
    gate = Gate(listener.getsockname()[1])
    desk = Desk(books, gate, lambda book: published(out, book), who)
    print(f"Review desk: http://127.0.0.1:{gate.port}/?token={gate.token}", flush=True)
    print("The address lets in whoever has it. Ctrl-C ends the desk; what is decided is kept.", flush=True)
    config = uvicorn.Config(
        app(desk), log_level="warning", access_log=False, server_header=False, date_header=False
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def published(out: Path, book: Book) -> Sequence[str]:
    """The students whose report changed."""
    return publish(out, book.rubric)


def open_books(out: Path, rubric: Path | None, anonymous: bool) -> dict[str, Book]:
    """
    The graded assignments below a folder of grades.

    Raises:
        UsageError: there is nothing graded, or a rubric is not where it was.
    """
    found = classes(out)
    if not found:
        raise UsageError(
            f"{out}: nothing is graded here. Run `grade SUBMISSIONS --out {out}` first, or name the folder with --out."
        )
    books = {name: _book(out / name, file, rubric, anonymous) for name, file in found.items()}
    if rubric is not None:
        name = load(_rubric_file(rubric)).assignment
        if name not in books:
            raise UsageError(f"{out}: {name} is not graded here; there is {', '.join(books)}.")
        return {name: books[name]}
    return books


def _book(folder: Path, file: ClassFile, rubric: Path | None, anonymous: bool) -> Book:
    path = _rubric_file(rubric) if rubric else Path(file.rubric)
    if not path.exists():
        raise UsageError(
            f"{path}: the rubric of {folder.name} is not there. Start in the folder where `grade` ran, or name it with --rubric."
        )
    return Book(folder, load(path), file.names, anonymous)


def _rubric_file(path: Path) -> Path:
    return path / "rubric.yaml" if path.is_dir() else path


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(64)  # whoever is faster than the server's start waits instead of being refused
    except OSError as e:
        listener.close()
        raise UsageError(f"port {port}: {e.strerror}. Choose another with --port, or leave it out.") from e
    return listener
