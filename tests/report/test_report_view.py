"""What the student's page says first, once, and shortly."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fake_parts import check, question, report
from pages import Page

from grader.model import Diagnosis, lost
from grader.report.student import render_student
from grader.report.view import mend
from grader.rubric import Rubric, load
from grader.run import _published

RUBRICS = Path(__file__).parents[2] / "rubrics"


def page_of(*checks: Any, extra: bool = False) -> str:
    return render_student(report("x", [question("Q1", "One", list(checks), extra)]))


def not_run(id: str, most: float, because: str) -> Any:
    return check(id, "value", "not_run", 0, most, "Not tried.", evidence={"because": because})


def test_a_cause_costs_what_it_blocks() -> None:
    """What could not be tried counts with the check that it needs; a cause without any cost is none."""
    root = check("Q3.defined", "defines", "lost", 0, 0, "net.py: syntax error.")
    harmless = check("Q3.style", "defines", "lost", 0, 0, "A remark.")
    other = check("Q3.b", "value", "lost", 0, 2, "b: wrong.")
    blocked = [not_run("Q3.w", 2, "Q3.defined"), not_run("Q3.dx", 2.5, "Q3.defined")]
    found = mend(report("x", [question("Q3", "Three", [root, harmless, other, *blocked])]))
    assert [(m.message, m.lost) for m in found] == [("net.py: syntax error.", 4.5), ("b: wrong.", 2.0)]


def test_what_follows_counts_with_what_it_follows_from() -> None:
    """Wherever the cause stands in the report; where it lost nothing itself the others are a cause of their own."""
    says = Diagnosis(id="follows", says="This follows from A.sigmoid: with a right one it is right.")
    follow = check(
        "A.loss", "cases", "lost", 0, 2, "loss: wrong.", diagnosis=says, evidence={"because": "A.sigmoid"}
    )
    root = check("A.sigmoid", "value", "lost", 0, 1, "sigmoid: wrong.", evidence={"case": 0})
    found = mend(report("x", [question("A", "A", [follow, root])]))
    assert [(m.message, m.lost, len(m.checks)) for m in found] == [("sigmoid: wrong.", 3.0, 2)]
    right = check("A.sigmoid", "value", "earned", 1, 1, "right.")
    assert [m.lost for m in mend(report("x", [question("A", "A", [follow, right])]))] == [2.0]


def test_nothing_handed_in_is_one_cause() -> None:
    """Checks that say the same under their own names and have nothing to show are one; wrong answers are one each."""
    none = [check(f"B.{i}", "answer", "lost", 0, 1, f"B.{i}: there is no answer.") for i in range(3)]
    wrong = [
        check(f"C.{i}", "answer", "lost", 0, 1, f"C.{i}: it is not equal.", evidence={"answer": str(i)})
        for i in range(2)
    ]
    found = mend(report("x", [question("A", "A", [*none, *wrong])]))
    assert [len(m.checks) for m in found] == [3, 1, 1]


def test_extra_points_come_last() -> None:
    """What is lost of the extra points is mended last, however much it is."""
    small = question("Q1", "One", [check("Q1", "value", "lost", 0, 0.5, "small")])
    extra = question("EC", "Extra", [check("EC", "value", "lost", 0, 5, "large")], extra=True)
    assert [m.message for m in mend(report("x", [extra, small]))] == ["small", "large"]


def test_one_diagnosis_of_two_mistakes_is_two_causes() -> None:
    """Checks whose diagnosis says different things are different causes, though its id is the same."""
    said = ("the sign of the exponent is wrong.", "the step goes uphill.", "the step goes uphill.")
    checks = [
        check(f"A.{i}", "answer", "lost", 0, 1, s, diagnosis=Diagnosis(id="sign-flipped", says=s))
        for i, s in enumerate(said)
    ]
    assert [len(m.checks) for m in mend(report("x", [question("A", "A", checks)]))] == [2, 1]


def test_nothing_is_said_twice() -> None:
    """The id is not repeated in its own message, nor the message under "why"; a check without points shows none."""
    same = Diagnosis(id="prior-ignored", says="the prior is missing.")
    text = Page(
        page_of(check("Q1.b", "answer", "lost", 0, 1, "Q1.b: the prior is missing.", diagnosis=same))
    ).text
    assert "Q1.b: the prior" not in text
    assert "The prior is missing." in text
    assert "Why this happens" not in text
    both = page_of(check("Q1.d", "defines", "lost", 0, 0, "m"), check("Q1.e", "value", "lost", 0, 1, "n"))
    assert "0 / 0" not in Page(both).text


def test_what_was_not_tried_points_to_its_cause() -> None:
    """A check that was not tried links to the one that failed first."""
    html = page_of(check("Q1.d", "defines", "lost", 0, 0, "m"), not_run("Q1.v", 2, "Q1.d"))
    assert 'it needs <a href="#q1-1">Q1.d</a> to be right first' in html


def test_earned_checks_are_one_line() -> None:
    """In an open question what is earned is folded into one line, keyboard and all."""
    html = page_of(
        check("Q1.a", "value", "earned", 1, 1, "a: right.", evidence={"files": ["net.py"]}),
        check("Q1.b", "value", "lost", 0, 1, "b: wrong."),
    )
    assert re.search(r'<details class="check earned" id="q1-1"><summary', html)
    assert '<div class="check lost" id="q1-2">' in html


def test_the_same_lines_are_shown_once() -> None:
    """Within a question an excerpt is shown once, and of lines to try only what differs from those before."""
    line = {"file": "net.py", "line": 3, "note": "here"}
    checks = [
        check(f"Q1.{n}", "gradient", "lost", 0, 1, f"{n}: wrong.", evidence={
            "lines": [line], "try_it": f"import numpy as np\nlayer = make()\nprint({n})",
        })
        for n in "ab"
    ]  # fmt: skip
    text = Page(page_of(*checks)).text
    assert text.count("net.py, line 3") == 1
    assert text.count("layer = make()") == 1
    assert "Try it yourself: the lines of Q1.a, then" in text
    assert "print(b)" in text


@pytest.mark.parametrize(
    ("message", "html"),
    [
        ("Use `a += 1` here.", "Use <code>a += 1</code> here."),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("one ` alone", "one ` alone"),
        ("two `lines\nlong`", "two `lines\nlong`"),
    ],
)
def test_code_in_a_message(message: str, html: str) -> None:
    """What stands between backticks is shown as code, and stays text."""
    assert f'<p class="message">{html}</p>' in page_of(check("Q1.a", "value", "lost", 0, 1, message))


@pytest.mark.parametrize(
    ("evidence", "shown", "hidden"),
    [
        ({"text": "x" * 70 + "\nand on", "from": "answers.yaml:3"}, "Your answer, answers.yaml, line 3", "\nand on"),
        ({"text": "Let a = b.\nThen c."}, "Let a = b.\nThen c.", "Let a = b. Then"),
        ({"formula": {"got": r"\text{greater}"}, "sides": 1, "dropped": []}, "greater", "sides"),
        ({"formula": {"got": "", "accepted": "x^2"}}, "Accepted", "Your answer"),
        ({"own": [], "came": ""}, "", "came"),
    ],
)  # fmt: skip
def test_evidence_of_an_answer(evidence: dict[str, Any], shown: str, hidden: str) -> None:
    """An answer names its place, keeps its own ends of lines, and shows no number that only the grader needs."""
    text = Page(page_of(check("Q1.a", "answer", "lost", 0, 1, "m", evidence=evidence))).text
    assert shown in text
    assert hidden not in text


def answers(tmp_path: Path, published: str) -> Rubric:
    folder = tmp_path / "cs434-hw3"
    folder.mkdir(exist_ok=True)
    for file in (RUBRICS / "cs434-hw3").iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    path = folder / "rubric.yaml"
    path.write_text(path.read_text().replace("answers:\n", f"answers:\n  {published}\n", 1))
    return load(path)


def test_accepted_formula_only_after_publication(tmp_path: Path) -> None:
    """The accepted formula joins the student's when the rubric says so, and no verdict is made anew for it."""
    before, after = answers(tmp_path, "published: false"), answers(tmp_path, "published: true")
    check = next(c for _, checks in after.questions for c in checks if c.id == "Q1.b")
    verdict = lost("wrong", formula={"got": "x"})
    assert _published(verdict, check, before) == verdict
    assert r"\theta_1" in _published(verdict, check, after).evidence["formula"]["accepted"]
    assert _published(lost("missing"), check, after).evidence["formula"]["got"] == ""
    assert before.content_for_verdicts == after.content_for_verdicts
