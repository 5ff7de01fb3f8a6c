"""The student's page."""

from __future__ import annotations

import base64
import hashlib
import re
import time

import pytest
from fake_crowds import enormous, hostile, not_graded, waiting
from fake_parts import check, question, report
from fake_reports import full_marks, mistakes
from pages import ALLOWED, Page

from grader.model import CodeFile, Report
from grader.report import wording
from grader.report.code import highlight
from grader.report.student import MOST_BYTES, render_student
from grader.report.text import visible

MAKERS = [full_marks, mistakes, waiting, not_graded, hostile, enormous]


@pytest.mark.parametrize("make", MAKERS)
def test_well_formed(make) -> None:
    """Every element is one that our templates write, every element is closed, and ids are unique."""
    page = Page(render_student(make()))
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert not page.wrong
    assert not page.open
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("make", MAKERS)
def test_self_contained(make) -> None:
    """
    The page asks for nothing: links stay inside, images are data, no script, and the policy names the style
    by its hash.
    """
    html = render_student(make())
    page = Page(html)
    assert all(a.get("href", "#").startswith("#") for _, a in page.tags)
    assert all(re.match(r"data:image/(png|jpeg);base64,", image["src"]) for image in page.all("img"))
    assert "script" not in {tag for tag, _ in page.tags}
    assert not [key for _, a in page.tags for key in a if key.startswith("on") or key == "style"]
    style = re.search("<style>(.*?)</style>", html, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.policy()
    assert page.policy().startswith("default-src 'none'")
    assert "url(" not in style[1]
    assert "@import" not in style[1]


@pytest.mark.parametrize("make", MAKERS)
def test_size(make) -> None:
    """No report makes a page of 500 kB."""
    assert len(render_student(make()).encode()) <= MOST_BYTES < 500_000


@pytest.mark.parametrize("make", MAKERS)
def test_links_have_targets(make) -> None:
    """Every link of the page leads to something on it."""
    page = Page(render_student(make()))
    ids = {a["id"] for _, a in page.tags if "id" in a}
    assert {a["href"][1:] for a in page.all("a")} <= ids


def test_hostile_strings() -> None:
    """
    What a student writes is text: never an element, never an attribute, never hidden, never in another
    direction.
    """
    html = render_student(hostile())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    page = Page(html)
    assert "<script>alert(1)</script>" in page.text
    assert "{{7*7}}" in page.text
    assert "\u27e8U+202E\u27e9" in page.text
    assert not [a for _, a in page.tags if "javascript:" in "".join(a.values()) and "href" in a]
    assert "display:none" not in html.split("</style>")[1]


def test_not_graded_says_nothing_of_our_error() -> None:
    """A report with an error of ours has no grade, says whose fault it is, and shows no detail of it."""
    page = Page(render_student(not_graded()))
    assert "No grade yet" in page.text
    assert wording.NOT_GRADED in page.text
    assert wording.OUR_FAULT in page.text
    assert "KeyError" not in page.text
    assert "/srv" not in page.text


def test_waiting_names_what_waits() -> None:
    """A report that waits for a person says how many points wait, and where."""
    page = Page(render_student(waiting()))
    assert "2 more points wait for a person (Q2.proof, Q4.text)." in page.text
    assert "Not final" in page.text


def test_earned_is_folded() -> None:
    """Questions that are earned are folded, all others open."""
    folded = {a["id"]: "open" not in a for a in Page(render_student(mistakes())).all("details") if "id" in a}
    assert not any(folded[f"q{n}"] for n in range(1, 8))
    everything = Page(render_student(full_marks())).all("details")
    assert all("open" not in a for a in everything)


def test_outcome_in_words() -> None:
    """The outcome of every check is written, not only coloured."""
    text = Page(render_student(mistakes())).text
    assert all(word in text for word in ("Earned", "Partly earned", "Not earned", "Not checked"))


def test_evidence_is_drawn() -> None:
    """Each kind of evidence has its drawing, with a description in words where it is a picture."""
    html = render_student(mistakes())
    page = Page(html)
    labels = [a["aria-label"] for a in page.all("svg") if "aria-label" in a]
    assert any("train goes from" in label for label in labels)
    assert "grad_weights, yours: 4 by 3, 4 entries differ" in labels
    assert html.count("<math") == 2
    assert "(1, 3) or (3,)" in page.text
    assert "0.34 to 0.38" in page.text
    assert "Here the sum over the batch is divided by its size." in page.text
    assert "Try it yourself" in page.text
    assert "17, 211, 3050" in page.text


def test_private_score_stays_private() -> None:
    """The private part of the leaderboard is not on the student's page."""
    text = Page(render_student(full_marks())).text
    assert "0.921 (95 % interval 0.909 to 0.932)" in text
    assert "0.917" not in text


def test_mend_joins_one_cause() -> None:
    """Checks that share a message are one thing to mend with the sum of their points, most points first."""
    broken = "hw3.py, line 7: this is not Python: '(' was never closed."
    checks = [check(f"Q3.{i}", "value", "lost", 0, 2, broken) for i in range(3)]
    other = check("Q1.a", "answer", "lost", 0, 4, "Q1.a: no answer.")
    html = render_student(report("x", [question("Q1", "One", [other]), question("Q3", "Three", checks)]))
    assert "The two things to mend first" in html
    assert re.findall(r'class="worth"><strong>(.*?)<', html) == ["6", "4"]


def test_nothing_to_mend() -> None:
    """Full marks have no list of things to mend."""
    assert "to mend" not in render_student(full_marks())


def test_malformed_evidence_is_shown_plainly() -> None:
    """Evidence that does not fit its shape becomes a key and a value; the page is still made."""
    keys = (
        "shapes",
        "lines",
        "arrays",
        "curves",
        "formula",
        "table",
        "image",
        "html",
        "try_it",
        "leaderboard",
        "own",
    )
    for value in (7, "x", None, [1, "a"], {"a": [1.5]}, [[]], [{"name": "n"}]):
        made = check("Q1", "value", "lost", 0, 1, "m", evidence=dict.fromkeys(keys, value))
        page = Page(render_student(report("x", [question("Q1", "t", [made])])))
        assert not page.wrong
        assert "own" in page.text


@pytest.mark.parametrize("data", [b"GIF89a....", b"<svg onload='x'/>", b"", b"\x89PNG"])
def test_only_png_and_jpeg(data: bytes) -> None:
    """A picture that does not begin as PNG or JPEG do is left out, and the page says so."""
    image = {"data": base64.b64encode(data).decode()}
    made = check("Q1", "value", "lost", 0, 1, "m", evidence={"image": image})
    page = Page(render_student(report("x", [question("Q1", "t", [made])])))
    assert not page.all("img")
    assert "The figure is neither PNG nor JPEG." in page.text


def test_same_after_reading_back() -> None:
    """The page of a report and of the same report read back from its JSON are equal."""
    from grader.report.write import report_json

    made = mistakes()
    assert render_student(Report.model_validate_json(report_json(made))) == render_student(made)


def test_highlighter_is_the_callers() -> None:
    """The caller's highlighter is asked once per file, so its memory is what counts."""
    asked: list[str] = []

    def remember(file: CodeFile) -> str:
        asked.append(file.path)
        return highlight(file)

    made = mistakes()
    assert render_student(made, highlighter=remember) == render_student(made)
    assert asked == ["net.py", "plots.py"]


def test_highlight_keeps_lines() -> None:
    """
    Highlighting gives as many lines as Python counts, whatever the line ends and strings over several lines.
    """
    text = '\n\nx = """a\r\n\rb\n"""\x0c\ny = 1\n'
    lines = highlight(CodeFile(path="a.py", text=text)).split("\n")
    assert len(lines) == 7
    assert all(line.count("<span") == line.count("</span") for line in lines)


def test_long_code_is_cut_visibly() -> None:
    """Too long lines and files end with a word about it."""
    code = [CodeFile(path="a.py", text="x = 1  # " + "y" * 1000 + "\n" + "z = 2\n" * 20_000)]
    text = Page(render_student(report("x", [], code=code))).text
    assert "more characters" in text
    assert re.search(r"[\d,]+ more lines are not shown", text)


def test_visible() -> None:
    """Hidden characters become signs; joiners that scripts and emoji need stay; terminal colours go."""
    assert visible("a\u202eb\x00\r\n\x1b[31mred\x1b[0m") == "a\u27e8U+202E\u27e9b\u27e8U+0000\u27e9\nred"
    assert (
        visible("\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f4bb caf\u00e9")
        == "\u0645\u06cc\u200c\u062e \U0001f469\u200d\U0001f4bb caf\u00e9"
    )


def test_speed() -> None:
    """
    A typical page costs about 3 ms with the code's colours remembered (five times as much allowed here).
    """
    made = mistakes()
    memory = {file.path: highlight(file) for file in made.code}
    render_student(made)
    times = []
    for _ in range(15):
        start = time.perf_counter()
        render_student(made, highlighter=lambda file: memory[file.path])
        times.append(time.perf_counter() - start)
    assert min(times) < 0.015
