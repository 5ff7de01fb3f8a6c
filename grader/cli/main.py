"""`grade`: the command line. Heavy imports happen inside the commands, so that `grade --help` answers at once."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from grader import __version__

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, no_args_is_help=True
)
COMMANDS = ("run", "doctor")


def main() -> None:
    """Entry point: `grade SUBMISSIONS` is short for `grade run SUBMISSIONS`."""
    first = next((a for a in sys.argv[1:] if not a.startswith("-")), None)
    if first is not None and first not in COMMANDS:
        sys.argv.insert(1, "run")
    from grader.errors import GraderError, RubricError, UsageError

    try:
        app()
    except (RubricError, UsageError) as e:
        _stop(str(e), 2)
    except GraderError as e:
        _stop(str(e), 1)
    except KeyboardInterrupt:
        _stop("Stopped. What is graded is kept; the same command goes on from here.", 130)


def _stop(text: str, status: int) -> None:
    print(f"grade: {text}", file=sys.stderr)
    raise SystemExit(status)


def _version(value: bool) -> None:
    if value:
        print(f"grade {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False) -> None:  # fmt: skip
    """Grade machine-learning homework: `grade SUBMISSIONS [--rubric PATH] [--out grades/] ...`."""


@app.command()
def run(
    submissions: Annotated[
        Path,
        typer.Argument(
            help="A folder of assignments, one assignment's folder, or one student's folder or file."
        ),
    ],
    rubric: Annotated[
        Path | None, typer.Option(help="The rubric, when SUBMISSIONS is a single assignment or student.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where reports go.")] = Path("grades"),
    workers: Annotated[int, typer.Option(min=1, help="Processes; default: one per core.")] = os.cpu_count()
    or 1,
    only: Annotated[list[str] | None, typer.Option(help="Only this student (may be repeated).")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run all student code again, whatever is recorded.")
    ] = False,
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
    roster: Annotated[
        Path | None, typer.Option(help="CSV of the class, to name people and find who is missing.")
    ] = None,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Grade even where student code cannot be locked in.")
    ] = False,
) -> None:
    """Grade submissions: every student's code runs locked in, every student gets a report."""
    from grader.cli.grading import grade

    raise typer.Exit(
        grade(submissions, rubric, out, workers, tuple(only or ()), fresh, cluster, roster, unsafe)
    )


@app.command()
def doctor() -> None:
    """Show which isolation layers are active here, and what each protects."""
    from grader.cli.doctor import examine

    raise typer.Exit(examine())
