"""Writes `commands.md` and `checks.md` from the code: `python docs/reference.py`. A test holds that they are fresh."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from grader.checks.registry import built_in, kind
from grader.cli.main import app

HERE = Path(__file__).parent
_NOTE = "This page is made from the code by `python docs/reference.py`; do not edit it by hand.\n"


def commands() -> str:
    """All commands with their arguments and options."""
    group = typer.main.get_command(app)
    parts = [
        "# Commands\n",
        _NOTE,
        "`grade SUBMISSIONS` is short for `grade run SUBMISSIONS`. Exit status: 0 all is well, 1 something could not be graded,\n2 bad usage or a mistake in a rubric.\n",
    ]
    for name, command in _all(group, ""):
        parts += [f"## grade {name}\n", f"{(command.help or '').strip()}\n", *_parameters(command)]
    return "\n".join(parts)


def _all(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _all(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _parameters(command: Any) -> Iterator[str]:
    rows = [_row(p) for p in command.params if p.name != "help"]
    if rows:
        yield "| | |\n| --- | --- |\n" + "\n".join(rows) + "\n"


def _row(parameter: Any) -> str:
    words = "`, `".join(parameter.opts) if parameter.param_type_name == "option" else parameter.name.upper()
    default = parameter.default
    machine = parameter.name == "workers"
    shown = (
        f" Default: `{default}`."
        if isinstance(default, str | int | Path)
        and not isinstance(default, bool)
        and str(default)
        and not machine
        else ""
    )
    return f"| `{words}` | {(parameter.help or '').strip()}{shown} |"


def checks() -> str:
    """All kinds of checks with their options."""
    parts = [
        "# Kinds of checks\n",
        _NOTE,
        "A check of a rubric has an `id`, `points`, perhaps `title`, `help`, `needs`, `only_if`, `visibility`, `try_it`, and one of these kinds.\n",
    ]
    for name in built_in():
        found = kind(name)
        assert found is not None
        parts += [f"## {name}\n", f"{found.title}.\n", *_options(found)]
    return "\n".join(parts)


def _options(found: Any) -> Iterator[str]:
    said = _said(inspect.getdoc(found.function) or "")
    rows = []
    for name, field in found.options.model_fields.items():
        default = "required" if field.is_required() else f"`{field.default!r}`".replace("|", "\\|")
        rows.append(f"| `{name}` | {default} | {said.get(name, '')} |".replace("\n", " "))
    yield (
        "| option | default | |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n" if rows else "No options.\n"
    )


def _said(docstring: str) -> dict[str, str]:
    """Argument to its words, of an `Args:` section; `a, b: words` stands for both."""
    _, _, section = docstring.partition("Args:\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.split("\n\n")[0].splitlines():
        if begun := re.match(r"^ {4}([\w, ]+): (.*)$", line):
            names = [n.strip() for n in begun[1].split(",")]
            found |= dict.fromkeys(names, begun[2])
        else:
            found |= {n: f"{found[n]} {line.strip()}" for n in names}
    return {n: text.replace("|", "\\|") for n, text in found.items()}


if __name__ == "__main__":
    (HERE / "commands.md").write_text(commands(), "utf-8")
    (HERE / "checks.md").write_text(checks(), "utf-8")
