"""`grade`: the command line. Heavy imports happen inside the commands, so that `grade --help` answers at once."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from grader import __version__

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, no_args_is_help=True
)
COMMANDS = (
    "run",
    "doctor",
    "selftest",
    "gradescope",
    "export",
    "review",
    "explain",
    "similarity",
    "new",
    "schema",
    "diff",
    "prune",
)


def main() -> None:
    """Entry point: `grade SUBMISSIONS` is short for `grade run SUBMISSIONS`."""
    first = next((a for a in sys.argv[1:] if not a.startswith("-")), None)
    if first is not None and first not in COMMANDS:
        sys.argv.insert(1, "run")
    sys.argv[1:] = several(sys.argv[1:])
    from grader.errors import GraderError, RubricError, UsageError

    try:
        app()
    except (RubricError, UsageError) as e:
        _stop(str(e), 2)
    except GraderError as e:
        _stop(str(e), 1)
    except OSError as e:
        _stop(
            f"{e.filename or 'the output folder'}: {e.strerror}. Check the disk and the permissions; the same command goes on from here.",
            1,
        )
    except (KeyboardInterrupt, SystemExit) as e:
        if isinstance(e, SystemExit) and e.code != 130:  # typer makes this of Ctrl-C
            raise
        _stop("Stopped. What is graded is kept; the same command goes on from here.", 130)


def several(arguments: list[str]) -> list[str]:
    """
    `--only ada ben` as `--only ada --only ben`: every name up to the next option.

    Where nothing else can be the folder of the hand-ins (`--only ada submissions/`), the last name is.
    """
    written: list[str] = []
    follows, free, last = 0, 0, -1
    for word in arguments:
        before = written[-1] if written else ""
        follows = 0 if word.startswith("-") else follows + (bool(follows) or before == "--only")
        if follows > 1:
            last = len(written)
            written.append("--only")
        elif not follows and not word.startswith("-") and before not in _WITH_VALUE:
            free += 1  # the command and the folder
        written.append(word)
    if free < 2 and last >= 0:
        del written[last]
    return written


_WITH_VALUE = ("--rubric", "--out", "--workers", "--cluster", "--roster")


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
    only: Annotated[list[str] | None, typer.Option(help="Only these students: one name, or several.")] = None,
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
    from grader.ahead import HeadStart
    from grader.plan import plan

    if unsafe:
        print("grade: WARNING: --unsafe: student code may run without being locked in.", file=sys.stderr)
    chosen = tuple(only or ())
    with HeadStart(0 if cluster else min(workers, len(chosen) or workers), unsafe) as ahead:
        assignments = plan(submissions, rubric)
        ahead.guess(assignments[0].rubric, assignments[0].folder)
        # Slow to import: the zygotes start meanwhile. What is imported stays: no collection need look through it, nor the end.
        gc.disable()
        from grader.cli.grading import grade
        from grader.course import Options

        gc.freeze()
        gc.enable()
        options = Options(out, workers, chosen, fresh, unsafe, roster, cluster or "")
        raise typer.Exit(grade(assignments, options, ahead))


@app.command()
def doctor() -> None:
    """Show which isolation layers are active here, and what each protects."""
    from grader.cli.doctor import examine

    raise typer.Exit(examine())


@app.command()
def selftest(
    rubric: Annotated[Path, typer.Argument(help="A rubric.yaml, or its folder.")],
    budget: Annotated[float, typer.Option(min=0, help="Seconds for all of it; 0: as long as it takes.")] = 0,
    seeds: Annotated[int, typer.Option(min=0, help="Further seeds for right hand-ins.")] = 20,
    workers: Annotated[int, typer.Option(min=1, help="Processes; default: one per core.")] = os.cpu_count()
    or 1,
    json: Annotated[Path | None, typer.Option(help="Where to write everything that was found.")] = None,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Run even where code cannot be locked in.")
    ] = False,
) -> None:
    """Try a rubric: right hand-ins earn everything, blank ones nothing, every mutant loses something."""
    from grader.cli.selftest import run_selftest

    raise typer.Exit(run_selftest(rubric, budget, seeds, workers, json, unsafe))


gradescope = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Gradescope's autograder: build the zip to upload."
)
app.add_typer(gradescope, name="gradescope")


@gradescope.callback()
def _gradescope() -> None:
    """Gradescope's autograder: build the zip to upload."""


@gradescope.command("build")
def build_autograder(
    rubric: Annotated[Path, typer.Argument(help="A rubric.yaml, or its folder.")],
    out: Annotated[Path, typer.Option(help="The zip to write.")] = Path("autograder.zip"),
    hashes: Annotated[
        bool, typer.Option("--hashes/--no-hashes", help="Lock the packages' wheels too; asks the index.")
    ] = True,
    machine: Annotated[str, typer.Option(help="Of the container: x86_64 or aarch64.")] = "x86_64",
    torch_index: Annotated[
        str, typer.Option(help="Address of an index with the processor-only build of torch.")
    ] = "",
) -> None:
    """Build autograder.zip for one rubric."""
    from grader.cli.gradescope import build_zip

    raise typer.Exit(build_zip(rubric, out, hashes, machine, torch_index))


@app.command()
def export(
    platform: Annotated[str, typer.Argument(help="canvas, moodle, gradescope or csv.")],
    grades: Annotated[Path, typer.Argument(help="The folder of one assignment: grades/<assignment>.")],
    out: Annotated[Path | None, typer.Option(help="The file to write; default: beside the grades.")] = None,
    title: Annotated[str, typer.Option(help="Canvas: the assignment's title there, exactly.")] = "",
    assignment_id: Annotated[str, typer.Option(help="Canvas: its number there.")] = "",
    sheet: Annotated[
        Path | None, typer.Option(help="What the platform gave: Canvas's gradebook or Moodle's worksheet.")
    ] = None,
    comma: Annotated[bool, typer.Option("--comma", help="Moodle: decimal commas.")] = False,
    columns: Annotated[
        str,
        typer.Option(help="Moodle, where columns are not found: identifier,grade,modified,feedback,maximum."),
    ] = "",
    section: Annotated[str, typer.Option(help="Canvas: the section of all students.")] = "",
) -> None:
    """Write the grades of an assignment as a platform takes them."""
    from grader.cli.exporting import Wanted, export_grades

    raise typer.Exit(
        export_grades(Wanted(platform, grades, out, title, assignment_id, sheet, comma, columns, section))
    )


@app.command()
def review(
    out: Annotated[Path, typer.Option(help="The folder of grades.")] = Path("grades"),
    rubric: Annotated[
        Path | None, typer.Option(help="A rubric.yaml, or its folder: only this assignment, by this rubric.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on this machine; default: a free one.")
    ] = 0,
    who: Annotated[str, typer.Option(help="Your name in the audit file; default: the desk asks.")] = "",
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Call students by pseudonyms.")] = False,
) -> None:
    """Grade prose, override checks and comment, in the browser; the next run applies it too."""
    from grader.cli.review import review as serve

    raise typer.Exit(serve(out, rubric, port, who, anonymous))


@app.command()
def explain(
    student: Annotated[str, typer.Argument(help="The student, as in grades.csv.")],
    check: Annotated[str, typer.Argument(help="The check, as in the report: Q3.grad_bias.")],
    out: Annotated[Path, typer.Option(help="The folder of grades.")] = Path("grades"),
    assignment: Annotated[str, typer.Option(help="Which one, when the check is in several.")] = "",
    shell: Annotated[
        bool,
        typer.Option("--shell", help="Go on by hand inside the sandbox, at the first case that went wrong."),
    ] = False,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Run even where student code cannot be locked in.")
    ] = False,
) -> None:
    """Show one check of one student: the calls, what came, what was expected, the diagnosis."""
    from grader.cli.explaining import explain as tell

    raise typer.Exit(tell(student, check, out, assignment, shell, unsafe))


@app.command()
def similarity(
    assignment: Annotated[
        str, typer.Argument(help="The name of a graded assignment, or a folder of hand-ins.")
    ],
    out: Annotated[Path, typer.Option(help="The folder of grades.")] = Path("grades"),
    rubric: Annotated[
        Path | None,
        typer.Option(help="The rubric whose handout is subtracted, for a folder that was not graded."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Pairs to show.")] = 20,
) -> None:
    """Show hand-ins with equal passages of code or equal predictions: evidence for a person, never a verdict."""
    from grader.cli.similar import similarity as compare

    raise typer.Exit(compare(assignment, out, rubric, top))


@app.command()
def new(
    course: Annotated[Path, typer.Argument(help="The folder to make.")],
    assignment: Annotated[str, typer.Option(help="The name of its first assignment.")] = "hw1",
) -> None:
    """Begin a course: a rubric, a reference, a handout and three hand-ins that can be graded at once."""
    from grader.cli.new import new as begin

    raise typer.Exit(begin(course, assignment))


@app.command()
def schema() -> None:
    """Print the JSON Schema of rubric.yaml, for editors."""
    from grader.cli.new import print_schema

    raise typer.Exit(print_schema())


@app.command()
def diff(
    submissions: Annotated[Path, typer.Argument(help="As for `grade SUBMISSIONS`.")] = Path("submissions"),
    rubric: Annotated[
        Path | None, typer.Option(help="The new rubric, when SUBMISSIONS is a single assignment.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the reports are that it is compared with.")] = Path(
        "grades"
    ),
    workers: Annotated[int, typer.Option(min=1, help="Processes; default: one per core.")] = os.cpu_count()
    or 1,
    only: Annotated[list[str] | None, typer.Option(help="Only these students: one name, or several.")] = None,
    json: Annotated[Path | None, typer.Option(help="Where to write all of it as JSON.")] = None,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Run new calls even where code cannot be locked in.")
    ] = False,
) -> None:
    """Show whose grade would change, and why, before anything is published; 1 when somebody's would."""
    from grader.cli.diffing import diff as compare
    from grader.course import Options

    raise typer.Exit(
        compare(submissions, rubric, Options(out, workers, tuple(only or ()), unsafe=unsafe), json)
    )


@app.command()
def prune(
    submissions: Annotated[
        Path, typer.Argument(help="Everything that is still wanted, as for `grade SUBMISSIONS`.")
    ] = Path("submissions"),
    rubric: Annotated[
        Path | None, typer.Option(help="The rubric, when SUBMISSIONS is a single assignment.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder of the record.")] = Path("grades"),
    workers: Annotated[int, typer.Option(min=1, help="Processes; default: one per core.")] = os.cpu_count()
    or 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Drop recorded calls and verdicts that no present submission and rubric use."""
    from grader.cli.pruning import prune as drop

    raise typer.Exit(drop(submissions, rubric, out, workers, dry_run))
