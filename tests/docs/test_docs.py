"""The documentation: complete, fresh, and every block of code in it run."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from ruamel.yaml import YAML

from grader.checks.registry import built_in
from grader.cli.main import COMMANDS
from grader.rubric import load

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.S | re.M)
NOT_HERE = {
    "docker": "needs a container engine",
    "python3": "makes an environment",
    "pip": "installs",
    ".venv/bin/pip": "installs",
    "sudo": "changes the system",
}


@dataclass(frozen=True)
class Block:
    """A block of code of a page."""

    page: Path
    number: int
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(page, n, m[1], m[2]) for n, m in enumerate(_BLOCK.finditer(page.read_text()), 1)]


def of(*languages: str) -> list[Block]:
    return [b for page in PAGES for b in blocks(page) if b.language in languages]


def name(block: Block) -> str:
    return f"{block.page.stem}-{block.number}"


def grade(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from grader.cli.main import main; main()", *args]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_reference", ROOT / "docs" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_pages_are_fresh(reference: ModuleType) -> None:
    """`docs/commands.md` and `docs/checks.md` are what the code says today."""
    assert (ROOT / "docs" / "commands.md").read_text() == reference.commands()
    assert (ROOT / "docs" / "checks.md").read_text() == reference.checks()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    """Every command has a section, and every option in it has words."""
    text = (ROOT / "docs" / "commands.md").read_text()
    assert re.search(rf"^## grade {command}\b", text, re.M)
    assert not re.findall(r"^\| `[^`]+` \|\s*\|$", text, re.M)


def test_every_command_is_in_the_list() -> None:
    """Every command of the program is told from a folder's name."""
    import typer

    from grader.cli.main import app

    assert set(typer.main.get_command(app).commands) == set(COMMANDS)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", built_in())
def test_every_kind_is_documented(kind: str) -> None:
    """Every kind of check has a section, and every option of it has words."""
    section = (ROOT / "docs" / "checks.md").read_text().partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    assert section
    assert not re.findall(r"^\| `\w+` \| .* \|  \|$", section, re.M)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of ours leads to a file."""
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("block", of("python"), ids=name)
def test_python_blocks_run(block: Block) -> None:
    """Every block of Python runs by itself."""
    from grader.checks import registry

    before = dict(registry._KINDS)
    try:
        exec(compile(block.text, name(block), "exec"), {"__name__": "docs"})
    finally:
        registry._KINDS.clear()
        registry._KINDS.update(before)


@pytest.mark.parametrize("block", of("json"), ids=name)
def test_json_blocks_are_json(block: Block) -> None:
    """Every block of JSON can be read."""
    json.loads(block.text)


@pytest.mark.parametrize("block", of("yaml"), ids=name)
def test_yaml_blocks_are_rubrics(block: Block, tmp_path: Path) -> None:
    """A block with questions is a rubric, with a title and the recipe of the tutorial added where it has none."""
    data = YAML(typ="safe").load(block.text)
    if not isinstance(data, dict) or "questions" not in data:
        return
    random = {
        "sizes": [{"n": 5, "d": 3}],
        "draw": {"X": "normal(n, d)"},
        "steps": ["Z = standardize(X)"],
        "reference": "ours.standardize(X)",
    }
    whole = {
        "assignment": "docs",
        "title": "docs",
        **data,
        "recipes": {"random": random, **data.get("recipes", {})},
    }
    path = tmp_path / "rubrics" / "docs" / "rubric.yaml"
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        YAML(typ="safe").dump(whole, file)
    load(path)


@pytest.mark.parametrize(
    "page", [p for p in PAGES if any(b.language == "sh" for b in blocks(p))], ids=lambda p: p.stem
)
def test_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    """The commands of a page, in order, in a new course (the tutorial makes its own), all end well."""
    lines = [
        line
        for b in blocks(page)
        if b.language == "sh"
        for line in b.text.splitlines()
        if line.strip() and not line.startswith("#")
    ]
    here = tmp_path
    if not any(line.startswith("grade new") for line in lines) and any("grade" in line for line in lines):
        assert grade(tmp_path, "new", "mycourse").returncode == 0
        here = tmp_path / "mycourse"
        assert grade(here, "submissions/").returncode == 0
    for line in lines:
        here = carried_out(line.partition(" > ")[0].partition(" #")[0], here)


def carried_out(line: str, here: Path) -> Path:
    """Do one line; gives the folder in which the next one is done."""
    words = shlex.split(line)
    if words[0] == "cd":
        return here / words[1]
    if words[0] == "make":
        subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, check=True, capture_output=True)
    elif Path(words[0]).name == "grade":
        done = served(here, *words[1:]) if words[1] == "review" else grade(here, *words[1:])
        if words[1:2] != ["doctor"] and words[1:2] != ["gradescope"]:
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    else:
        assert words[0] in NOT_HERE, f"{line}: nobody said how this is tried"
    return here


def served(here: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """The desk, until it says where it is."""
    pytest.importorskip("uvicorn")
    command = [sys.executable, "-c", "from grader.cli.main import main; main()", *args]
    with subprocess.Popen(
        command, cwd=here, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.terminate()
    assert "http://127.0.0.1" in first
    return subprocess.CompletedProcess(command, 0, first, "")
