"""A small class with prose in it, graded once; a desk that serves a copy of it; a browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.course import Options, grade_course
from grader.plan import plan

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split()
XSS = "</blockquote><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
RUBRIC = """
assignment: essay
title: An essay and a function
seed: 3
code:
  - {names: [double], load_seconds: 3, call_seconds: 2}
recipes:
  twice:
    sizes: [{n: 3}, {n: 4}]
    draw: {x: normal(n)}
    steps: [y = double(x)]
    reference: 2 * x
questions:
  - id: Q1
    title: Why
    points: 2
    checks:
      - {id: Q1, points: 2, title: Why it works, prose: {look_for: "the chain rule"}}
  - id: Q2
    title: A function
    points: 3
    checks:
      - {id: Q2.defined, defines: {names: [double]}}
      - {id: Q2.value, points: 3, title: Twice as much, needs: [Q2.defined], value: {recipe: twice, of: y, called: double}}
"""
PEOPLE = {
    "ada": ("def double(x):\n    return 2 * x\n", "Because of the chain rule."),
    "ben": ("def double(x):\n    return 3 * x\n", XSS),
    "cleo": ("def double(x):\n    return 3 * x\n", "It just does."),
    "dan": ("def double(x):\n    return 3 * x\n", ""),
}


def made(root: Path) -> Path:
    """A course with the class of this folder."""
    (root / "rubrics" / "essay").mkdir(parents=True)
    (root / "rubrics" / "essay" / "rubric.yaml").write_text(RUBRIC)
    for name, (code, text) in PEOPLE.items():
        folder = root / "submissions" / "essay" / name
        folder.mkdir(parents=True)
        (folder / "work.py").write_text(code)
        (folder / "answers.md").write_text(f"# Q1\n\n{text}\n")
    return root


def grade(root: Path, *only: str) -> None:
    """Grade the class into `grades/`."""
    assignments = plan(root / "submissions", None)
    grade_course(assignments, Options(root / "grades", 1, only), lambda *step: None)


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = made(tmp_path_factory.mktemp("desk"))
    grade(root)
    return root


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    """A copy of the graded class that a test may change."""
    shutil.copytree(graded, tmp_path / "course", ignore=shutil.ignore_patterns(".lock"))
    root = tmp_path / "course"
    book = root / "grades" / "essay" / "class.json"
    book.write_text(book.read_text().replace(str(graded), str(root)))
    return root


@dataclass
class Served:
    """A desk that runs."""

    root: Path
    url: str
    """With the token."""

    @property
    def base(self) -> str:
        return self.url.partition("/?")[0]


@pytest.fixture
def serve(course: Path) -> Iterator[Callable[..., Served]]:
    """Starts `grade review` in a process of its own, as often as asked."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> Served:
        command = [sys.executable, "-c", "from grader.cli.main import main; main()", "review", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, cwd=course, stdout=subprocess.PIPE, text=True, env=environment)
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        return Served(course, re.search(r"http\S+", line)[0])  # type: ignore[index]

    yield start
    for process in running:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser, the system's or Playwright's own. Without one: a skip, in CI a failure."""
    sync_api = pytest.importorskip("playwright.sync_api")
    refuse = pytest.fail if os.environ.get("CI") else pytest.skip
    try:
        playwright = sync_api.sync_playwright().start()
    except Exception as error:
        refuse(f"Playwright does not start ({error}): `make test` as root installs what its driver needs")
    if CHROMIUM is None and not Path(playwright.chromium.executable_path).exists():
        playwright.stop()
        refuse("no Chromium on this machine: `make test` as root installs it")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()
    playwright.stop()


@pytest.fixture
def browse(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page of a person of their own: no cookie in common."""
    contexts = []

    def open_page(**options: Any) -> Any:
        context = chromium.new_context(**options)
        context.set_default_timeout(30000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def axe() -> Callable[[Any], list[str]]:
    """Audits a page with axe-core; gives `rule: element` for each violation."""
    package = pytest.importorskip("axe_playwright_python")
    source = next(Path(package.__file__).parent.rglob("axe.min.js")).read_text()

    def audit(page: Any) -> list[str]:
        page.evaluate(source)  # not an element: the page's own policy forbids one
        found = page.evaluate("async () => (await axe.run()).violations")
        return [f"{v['id']}: {n['html'][:160]}" for v in found for n in v["nodes"]]

    return audit
