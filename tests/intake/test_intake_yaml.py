"""answers.yaml: what students type, read as they mean it, line by line where YAML cannot."""

from __future__ import annotations

import pytest
from intake_making import handed

from grader.intake import HandedAnswers, collect_answers

LABELS = [
    "Q1.b",
    "Q1.w",
    "Q2",
    "P1.1.mean",
    "P1.2a",
    "P1.2b",
    "P1.2c",
    "P1.2d.mle.mean",
    "P1.3a.mle",
    "P1.3b",
    "P3.1.W1",
    "P3.1.b1",
    "P3.2a",
    "P3.2b",
    "Q4",
    "Q4.1",
    "Q6",
]
SECTIONS = {"Problem 1": ["P1.2a", "P1.2b"], "Problem 3": ["P3.1.W1", "P3.2a", "P3.2b"]}
LEFT = {"P3.2a": "b_2", "P3.2b": "W_2", "P1.2a": "MLE", "P1.2b": "MAP"}


def collect(files: dict[str, str]) -> HandedAnswers:
    return collect_answers(
        handed(files), LABELS, SECTIONS, lambda label, box: LEFT.get(label, "?") in box.split("=")[0]
    )


def texts(files: dict[str, str]) -> dict[str, str]:
    return {label: answer.text for label, answer in collect(files).answers.items()}


@pytest.mark.parametrize(
    ("line", "label", "text"),
    [
        ("P1.2b: x", "P1.2b", "x"),
        ("p1.2B: x", "P1.2b", "x"),
        ("P1.2 b: x", "P1.2b", "x"),
        ("'P1.2b': x", "P1.2b", "x"),
        ('"P1.2b" : x', "P1.2b", "x"),
        ("P1_2b: x", "P1.2b", "x"),
        ("P1.3b: yes", "P1.3b", "yes"),
        ("P1.3b: no", "P1.3b", "no"),
        ("P1.3b: true", "P1.3b", "true"),
        ("P1.3b: NO", "P1.3b", "NO"),
        ("P1.3b: null", "P1.3b", "null"),
        ("Q2: 0", "Q2", "0"),
        ("Q2: 0x10", "Q2", "0x10"),
        ("Q2: 012", "Q2", "012"),
        ("Q2: 1e-3", "Q2", "1e-3"),
        ("Q2: .50", "Q2", ".50"),
        ("Q2: 12:30", "Q2", "12:30"),
        ("Q2: 2026-01-01", "Q2", "2026-01-01"),
        ("Q2:", "Q2", ""),
        ("Q2: # nothing", "Q2", ""),
        ("Q2: 5 # five", "Q2", "5"),
        (r"Q2: \frac{a}{b}", "Q2", r"\frac{a}{b}"),
        (r"Q2: '\frac{a}{b}'", "Q2", r"\frac{a}{b}"),
        (r'Q2: "\frac{\theta}{\beta}"', "Q2", r"\frac{\theta}{\beta}"),
        (r'Q2: "\nabla \rho \alpha \vec{x} \sigma"', "Q2", r"\nabla \rho \alpha \vec{x} \sigma"),
        (r'Q2: "\\frac{a}{b}"', "Q2", r"\frac{a}{b}"),
        ('Q2: "say \\"a\\""', "Q2", 'say "a"'),
        (r"Q2: {\hat y} - y", "Q2", r"{\hat y} - y"),
        (r"Q2: {a}", "Q2", "{a}"),
        ("Q2: [1, 2]", "Q2", "[1, 2]"),
        ("Q2: [[a, b], [c, d]]", "Q2", "[[a, b], [c, d]]"),
        (r"Q2: [\frac{1}{2}, x_{1}]", "Q2", r"[\frac{1}{2}, x_{1}]"),
        ("Q2: (1, 2) and: more", "Q2", "(1, 2) and: more"),
        ("Q2: a: b", "Q2", "a: b"),
        ("Q2: *x", "Q2", "*x"),
        ("Q2: %5", "Q2", "%5"),
        ("Q2: @x", "Q2", "@x"),
        ("Q2: `x`", "Q2", "`x`"),
        ("Q2: 'unclosed", "Q2", "unclosed"),
        ("Q2: 'it's'", "Q2", "it's"),
        ("Q2: $x$", "Q2", "$x$"),
        ("Q2: -1", "Q2", "-1"),
        ("Q2: - x", "Q2", "- x"),
        ("Q2: > 3", "Q2", "> 3"),
        ("Q2: |x|", "Q2", "|x|"),
        ("Q2:\tx", "Q2", "x"),
        ("Q2:x", "Q2", "x"),
        ("\tQ2: x", "Q2", "x"),
        ("Q2: !x", "Q2", "!x"),
        ("Q2: |\n  one\n\n  two", "Q2", "one\n\ntwo"),
        ("Q2: >\n  one\n  two", "Q2", "one two"),
        ("Q2: one\n  two", "Q2", "one two"),
        ("Q2:\n  - 1\n  - 2", "Q2", "[1, 2]"),
        ("P1.2d:\n  mle:\n    mean: x", "P1.2d.mle.mean", "x"),
        ("P1.2d: {mle: {mean: x}}", "P1.2d.mle.mean", "x"),
        ("P1:\n  2b: x", "P1.2b", "x"),
        ("answers:\n  P1.2b: x", "P1.2b", "x"),
        ("- P1.2b: x\n- P1.2a: y", "P1.2b", "x"),
        ("---\nP1.2b: x\n...", "P1.2b", "x"),
        ("\ufeffP1.2b: x", "P1.2b", "x"),
        ("P1.2b: x\r\nQ2: y\r\n", "P1.2b", "x"),
    ],
)
def test_one_entry_of_answers_yaml(line: str, label: str, text: str) -> None:
    """A value is what the student typed, also where YAML would make something else of it or nothing at all."""
    assert texts({"answers.yaml": line})[label] == text
    assert texts({"answers.yaml": f"P3.2b: before\n{line}\nQ1.b: after\n"}).get("P3.2b") in ("before", None)


@pytest.mark.parametrize(
    "bad",
    [
        "Q2: a: b",
        "Q2: *x",
        "Q2: 'open",
        r'Q2: "\s" x',
        "Q2: {a",
        "Q2: ]",
        "\tQ2: x",
        "Q2: @",
        "not yaml at all",
        "Q2: &",
        "%x",
    ],
)
def test_a_bad_line_costs_only_itself(bad: str) -> None:
    """Whatever a line is, the entries before and after it are read, and a problem names its line."""
    found = collect(
        {"answers.yaml": f'P1.2a: first\n{bad}\nP1.2b: "\\frac{{1}}{{2}}"\nP1.2d:\n  mle:\n    mean: 3\n'}
    )
    assert {k: a.text for k, a in found.answers.items() if k != "Q2"} == {
        "P1.2a": "first",
        "P1.2b": r"\frac{1}{2}",
        "P1.2d.mle.mean": "3",
    }
    assert [p.path for p in found.problems if p.message.startswith("YAML cannot read this: ")] == [
        "answers.yaml:2"
    ] or bad == "not yaml at all"


@pytest.mark.parametrize(
    ("text", "path", "message", "help"),
    [
        (
            "Q1.b: 1\nQ2: a: b\n",
            "answers.yaml:2",
            "YAML cannot read this: a value contains `: `; put the value in single quotes.",
            "Correct it; whatever has",
        ),
        (
            "Q1.b: 1\nQ2: {a} b\n",
            "answers.yaml:2",
            "YAML cannot read this: a value begins with a character that means something in YAML; put the value in single quotes.",
            "",
        ),
        (
            "Q1.b: 1\n\tQ2: 2\n",
            "answers.yaml:2",
            "YAML cannot read this: a tab is used where YAML wants spaces.",
            "",
        ),
        ("Q1.b: 1\nQ2: 'x\n", "answers.yaml:2", "YAML cannot read this: a quote is not closed.", ""),
        (
            "Q2: " + "[" * 100,
            "answers.yaml:1",
            "YAML cannot read this: brackets are nested too deeply, or not closed.",
            "",
        ),
        (
            "Q2: " + "x" * 300_000,
            "answers.yaml:1",
            "YAML cannot read this: the file is far too long for a file of answers.",
            "",
        ),
        (
            "Q1.b: 1\nQ2:x\nQ1.w: 2\n",
            "answers.yaml:2",
            "YAML cannot read this: it has not the form `label: value`, with a space behind the colon.",
            "",
        ),
        ("Q1.bb: 1\n", "answers.yaml:1", "`Q1.bb` is not a label of this assignment.", "Did you mean Q1.b?"),
        (
            "zebra: 1\n",
            "answers.yaml:1",
            "`zebra` is not a label of this assignment.",
            "Use the labels of the assignment page.",
        ),
        (
            "Q2: 1\nQ2: 2\n",
            "answers.yaml:2",
            "`Q2` is in this file twice; the last one counts.",
            "Delete one of them.",
        ),
    ],
)
def test_complaints_about_yaml(text: str, path: str, message: str, help: str) -> None:
    """What is wrong with answers.yaml is said with its line and what to do."""
    problem = collect({"answers.yaml": text}).problems[0]
    assert (problem.path, problem.message) == (path, message)
    assert help in problem.help


@pytest.mark.parametrize(
    "name",
    [
        "answers.yaml",
        "ANSWERS.YML",
        "answers (1).yaml",
        "answers-1.yaml",
        "hw/Answers.yaml",
        "answer.yml",
        "hw3.yaml",
        "answers.yaml.txt",
        "answers.json",
    ],
)
def test_names_of_the_file(name: str) -> None:
    """Any YAML file with labels is one of answers, whatever its name."""
    content = '{"Q2": "x"}' if name.endswith("json") else "Q2: x"
    assert texts({name: content}) == {"Q2": "x"}
