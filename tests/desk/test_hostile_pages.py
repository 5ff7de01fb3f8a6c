"""Whatever a student can write, on every page that is written from it, in a real browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, RUBRIC, Served, grade
from .test_desk_browser import enter, to_item

OWN = "document.title='owned'"
ALL = "".join((
    f"<script>{OWN}</script>", f"\"><img src=x onerror=\"{OWN}\">", f"</pre></code></style></textarea></title><svg/onload={OWN}>",
    f"<a href=\"javascript:{OWN}\">x</a>", "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>", "<base href=http://127.0.0.1:9/>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x><style>@import url(http://127.0.0.1:9/y);</style>",
    f"<iframe srcdoc=\"<script>parent.{OWN}</script>\"></iframe>", f"<details open ontoggle={OWN}>", "{{7*7}}{% raw %}\u202e\x1b[2J]]>-->",
    f"<math><mglyph><svg><mtext><textarea><path id=\"</textarea><img onerror={OWN} src=1>\">", f"<input autofocus onfocus={OWN}>",
))  # fmt: skip
CODE = f"""# {ALL}
import warnings
A = {ALL!r}
def double(x):
    warnings.warn(A)
    print(A)
    raise type('<script>{OWN[:8]}', (Exception,), {{}})(A)
"""
SHOWS = f"""from IPython.display import HTML, Javascript, Latex, Markdown, display
display(HTML(A), Javascript("{OWN}"), Markdown(A), Latex(A))
display({{'image/png': A, 'image/svg+xml': A, 'text/html': A, 'text/plain': A}}, raw=True)
raise ValueError(A)
"""
WROTE = f"# Q1 {ALL}\n\n{ALL} [x](javascript:{OWN}) ![y](http://127.0.0.1:9/i.png) $\\text{{{ALL}}} \\href{{javascript:{OWN}}}{{x}}$\n\n**Q3:** $\\text{{{ALL}}} x^2 \\url{{javascript:x}}$\n"
# What would run, leave the page or change where its links go; the page's own policy is the one `meta` that there may be.
LIVE = """() => [...document.querySelectorAll('*')].filter(e =>
    [...e.attributes].some(a => /^on/i.test(a.name) || (/^(href|src|action|formaction|xlink:href|srcdoc)$/i.test(a.name) && /^\\s*(javascript|vbscript|https?:|\\/\\/)/i.test(a.value)))
    || ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'LINK'].includes(e.tagName) || (e.tagName === 'META' && e.httpEquiv && e.httpEquiv !== 'Content-Security-Policy')
).map(e => e.outerHTML.slice(0, 120))"""


def book() -> str:
    cells = [{"cell_type": "markdown", "metadata": {}, "id": "a", "source": WROTE}]
    cells += [
        {"cell_type": "code", "metadata": {"tags": [ALL]}, "id": i, "execution_count": None, "outputs": [], "source": s}
        for i, s in (("b", CODE), ("c", SHOWS))
    ]  # fmt: skip
    about = {"title": ALL, "kernelspec": {"name": ALL, "display_name": ALL}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": about, "cells": cells})


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of hostile students: in a script, its copy, a notebook, and the names of files."""
    root = tmp_path_factory.mktemp("hostile")
    (root / "rubrics" / "essay").mkdir(parents=True)
    asked = "  - {id: Q3, title: A square, points: 1, checks: [{id: Q3, points: 1, answer: {}}]}\n"
    specs = "symbols: {one: {x: {}}}\nlabels: {Q3: {group: one, truth: x^3}}\n"
    text = RUBRIC.replace("recipes:", "answers: {specs: answers.yaml}\nrecipes:") + asked
    (root / "rubrics" / "essay" / "rubric.yaml").write_text(text)
    (root / "rubrics" / "essay" / "answers.yaml").write_text(specs)
    nasty = f"=1+<img src=x onerror={OWN}>"
    for student, files in {
        nasty: {"work.py": CODE, "answers.md": WROTE},
        "twin": {"work.py": CODE + "# 2\n", "answers.md": WROTE},
        "ben": {f"{nasty}.ipynb": book()},
        "files": {f"{nasty}.py": "def double(x): (", f"{nasty}.md": WROTE, "answers.yaml": f"Q3: [{ALL}"},
    }.items():
        folder = root / "submissions" / "essay" / student
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).write_text(content)
    grade(root)
    command = [sys.executable, "-c", "from grader.cli.main import main; main()", "similarity", "essay"]
    done = subprocess.run(command, cwd=root, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"\x1b[2J" not in done.stdout
    return root


def test_nothing_that_a_student_writes_comes_alive(hostile: Path, browse: Callable[..., Any]) -> None:
    """On no page of any kind a script runs, a request leaves, or an element is there that could; the policy has nothing to stop."""
    page, asked, said = browse(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    pages = sorted(p for n in range(3) for p in (hostile / "grades").glob("*/" * n + "*.html"))
    assert {p.name for p in pages} == {"index.html", "similarity.html", "report.html"}
    for path in pages:
        asked.clear()
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert page.evaluate(LIVE) == [], path
        assert page.title() != "owned", path
        assert path.name == "index.html" or "&lt;script&gt;" in path.read_text()
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert said == []


def test_nothing_comes_alive_on_the_desk(
    hostile: Path, serve: Callable[..., Served], browse: Callable[..., Any], course: Path
) -> None:
    """The same on the review desk, whose pages come from a service."""
    for folder in ("grades", "rubrics", "submissions"):
        subprocess.run(["cp", "-rT", str(hostile / folder), str(course / folder)], check=True)
    book = course / "grades" / "essay" / "class.json"
    book.write_text(book.read_text().replace(str(hostile), str(course)))
    served, page = serve(), browse()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    enter(page, served, "Kim")
    to_item(page, "ben")
    assert page.evaluate(LIVE.replace("'LINK'", "'OBJECT'")) == []
    assert "<script>" in page.inner_text("#answer")
    assert page.title() != "owned"
    assert said == []
