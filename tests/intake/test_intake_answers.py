"""`collect_answers`: every way of writing an answer, and what is said about those that cannot be read."""

from __future__ import annotations

import pytest
from intake_making import handed, notebook

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
    ("source", "answers"),
    [
        (r"\answer{P1.2b}{\frac{\tau^2}{\sigma^2}}", {"P1.2b": r"\frac{\tau^2}{\sigma^2}"}),
        ("\\answer {P1.2 b}\n  {x\n  + y}", {"P1.2b": "x\n  + y"}),
        (r"\answer[short]{P1.2b}{x} \answer{P1.2a}[y]{z}", {"P1.2b": "x", "P1.2a": "z"}),
        (r"\answer{P1.2b}{50\% of \{a\}}", {"P1.2b": r"50\% of \{a\}"}),
        ("\\answer{P1.2b}{x % } no\n+ y}", {"P1.2b": "x \n+ y"}),
        ("% \\answer{P1.2b}{x}\n", {}),
        ("\\\\% \\answer{P1.2b}{x}\n", {}),
        ("\\begin{verbatim}\\answer{P1.2b}{x}\\end{verbatim}", {}),
        ("\\iffalse \\answer{P1.2b}{x} \\fi \\answer{P1.2a}{y}", {"P1.2a": "y"}),
        (r"\verb|\answer{P1.2b}{x}| \answer{P1.2a}{y}", {"P1.2a": "y"}),
        (r"\newcommand{\answer}[2]{\textbf{#1}: #2}", {}),
        (r"\def\answer#1#2{#2} \answer{P1.2a}{y}", {"P1.2a": "y"}),
        ("\\answer{P1.2a}{y}\\end{document}\\answer{P1.2b}{x}", {"P1.2a": "y"}),
        (r"\answer{Q2}{One. \emph{Two}.}", {"Q2": r"One. \emph{Two}."}),
        ("\\answer{P1.2a}{open {\n\n\\answer{P1.2b}{x}", {"P1.2a": "open {", "P1.2b": "x"}),
        (r"\answers{P1.2a}{y}", {}),
    ],
)
def test_latex_answers(source: str, answers: dict[str, str]) -> None:
    r"""`\answer{label}{...}` with balanced braces; comments, verbatim text and definitions are none."""
    assert texts({"w.tex": source}) == answers


@pytest.mark.parametrize(
    ("source", "message", "help"),
    [
        (r"\answer{P9}{x}", "`P9` is not a label of this assignment.", ""),
        (
            r"\answer{P1.2a}",
            r"\answer{P1.2a} has no answer behind it.",
            r"Write \answer{label}{your answer}.",
        ),
        (r"\answer{P1.2a}{x", r"the braces of \answer{P1.2a} are not balanced.", "Every { needs its }"),
    ],
)
def test_complaints_about_latex(source: str, message: str, help: str) -> None:
    """What is wrong with a label in LaTeX is said with its line."""
    (problem,) = collect({"w.tex": "\n" + source}).problems
    assert (problem.path, problem.message) == ("w.tex:2", message)
    assert help in problem.help


@pytest.mark.parametrize(
    ("source", "answers"),
    [
        ("**P1.2b:** $x$", {"P1.2b": "$x$"}),
        ("**P1.2b**: $x$", {"P1.2b": "$x$"}),
        ("**P1.2b.** $x$", {"P1.2b": "$x$"}),
        ("**P1.2b** $x$", {"P1.2b": "$x$"}),
        ("__P1.2b:__ x", {"P1.2b": "x"}),
        ("**P1.2b: x**", {"P1.2b": "x"}),
        ("P1.2b: x", {"P1.2b": "x"}),
        ("- P1.2b: x", {"P1.2b": "x"}),
        ("1. **P1.2b:** x", {"P1.2b": "x"}),
        ("> **P1.2b:** x", {"P1.2b": "x"}),
        ("* **p1.2 B** : x", {"P1.2b": "x"}),
        ("`P1.2b`: x", {"P1.2b": "x"}),
        ("P1.2b) x", {"P1.2b": "x"}),
        ("P1.2b = x", {"P1.2b": "x"}),
        ("**Answer P1.2b:** x", {"P1.2b": "x"}),
        ("**(P1.2b)** x", {"P1.2b": "x"}),
        ("**P1.2b (MAP):** x", {"P1.2b": "x"}),
        ("**P1.2b** — x", {"P1.2b": "x"}),
        ("**P1.2b** - x", {"P1.2b": "- x"}),
        ("<b>P1.2b:</b> x", {"P1.2b": "x"}),
        ("P1.2b (the MAP) is easy", {}),
        ("P1.2b == x", {}),
        ("In P1.2b: x", {}),
        ("P1.2bc: x", {}),
        ("P1.2b is easy", {}),
        ("Q2: x\nQ1.b: y", {"Q2": "x", "Q1.b": "y"}),
        ("Q4: discussion\n\nQ4.1: y", {"Q4": "discussion", "Q4.1": "y"}),
        ("**P1.2b:**\n$$\nx\n$$\n", {"P1.2b": "$$\nx\n$$"}),
        ("**Q2:** one\n\ntwo\n\n- three\n\n# Next\nfour", {"Q2": "one\n\ntwo\n\n- three"}),
        ("**Q2:** one\n\n---\n\ntwo", {"Q2": "one"}),
        ("**Q2:** one\n**P9.9:** other", {"Q2": "one"}),
        ("**Q2:** one\n\n**Proof.** two", {"Q2": "one\n\n**Proof.** two"}),
        ("**Q2:** one\n\n**Problem 3** (x)", {"Q2": "one"}),
        ("## P1.2b\n$x$\n\n## Next", {"P1.2b": "$x$"}),
        ("## P1.2b: The MAP estimate\n$x$\n### Why\ny\n## Next\nz", {"P1.2b": "$x$\n### Why\ny"}),
        ("## P1.2b: $x$\nbecause", {"P1.2b": "$x$\nbecause"}),
        ("### P1.2b\n", {"P1.2b": ""}),
        ("```\n**P1.2b:** x\n```", {}),
        ("**Q2:** a\n```\n# not a heading\n```\nb", {"Q2": "a\n```\n# not a heading\n```\nb"}),
        ("**P1.2b:** x\r\n**P1.2a:** y\r\n", {"P1.2b": "x", "P1.2a": "y"}),
    ],
)
def test_markdown_answers(source: str, answers: dict[str, str]) -> None:
    """A line that begins with a label opens an answer; the next label, heading or rule closes it."""
    assert texts({"w.md": source}) == answers
    assert texts({"w.txt": source}) == answers
    assert texts({"w.ipynb": notebook(("code", "x"), ("markdown", source))}) == answers


def test_answers_in_notebooks() -> None:
    """An answer may go on in the next Markdown cell; a code cell ends it; the place names the cell."""
    found = collect(
        {
            "a.ipynb": notebook(
                ("markdown", "**Q2:** one"), ("markdown", "two"), ("code", "x"), ("markdown", "three")
            )
        }
    )
    assert found.answers["Q2"].text == "one\ntwo"
    assert found.answers["Q2"].where == "a.ipynb cell 1, line 1"


@pytest.mark.parametrize(
    "heading",
    [
        "## Problem 3: gradients",
        "# Question 3",
        "**Problem 3** (20 points)",
        "### P3",
        "## 3. Gradients",
        "__Problem 3.__",
        "# problem 3",
    ],
)
def test_boxes_under_a_markdown_heading(heading: str) -> None:
    """Boxes under the heading of a problem go to the label whose left-hand side they carry."""
    text = f"# Problem 2\n$\\boxed{{b_2 = 0}}$\n{heading}\n**Solution.**\n$$\\boxed{{\\frac{{dL}}{{db_2}} = y}}$$\n\\boxed {{7}}\n"
    found = collect({"w.md": text})
    assert {k: (a.text, a.form) for k, a in found.answers.items()} == {
        "P3.2a": (r"\frac{dL}{db_2} = y", "box")
    }
    assert [b.text for b in found.boxes["Problem 3"]] == [r"\frac{dL}{db_2} = y", "7"]


@pytest.mark.parametrize(
    "heading",
    [
        r"\section*{Problem 3}",
        r"\section{Problem 3: \emph{gradients}}",
        r"\subsection{Question 3}",
        "\\begin{problem}[x]\n\\end{problem}\\begin{problem}\n\\end{problem}\\begin{problem}",
        r"\begin{problem}{3}",
        r"\textbf{Problem 3}",
        r"\section{Gradients}\textbf{Problem 3.}",
    ],
)
def test_boxes_under_a_latex_heading(heading: str) -> None:
    """Sections, environments (counted) and bold lines open a problem in LaTeX."""
    found = collect({"w.tex": heading + "\n\\[ \\boxed{db_2 = y} \\]\n\\section{Problem 4}\\boxed{W_2 = 3}"})
    assert {k: a.text for k, a in found.answers.items()} == {"P3.2a": "db_2 = y"}


def test_a_box_that_could_be_of_several_labels_is_not_guessed() -> None:
    """A box without a left-hand side, or one that fits two labels, stays a candidate."""
    found = collect({"w.md": "# Problem 3\n\\boxed{y}\n\\boxed{b_2 W_2 = 3}\n"})
    assert found.answers == {}
    assert len(found.boxes["Problem 3"]) == 2


def test_a_box_counts_only_without_a_label() -> None:
    """A labelled answer is taken before any box, and boxes of answered sections are not listed."""
    found = collect(
        {"w.md": "# Problem 1\n\\boxed{MLE = 1}\n\\boxed{MAP = 2}\n", "answers.yaml": "P1.2a: 5\nP1.2b: 6\n"}
    )
    assert {k: a.text for k, a in found.answers.items()} == {"P1.2a": "5", "P1.2b": "6"}
    assert found.boxes == {}


def test_several_answers_for_a_label() -> None:
    """Equal answers are one; of different ones YAML, LaTeX, Markdown, notebook count in this order, with a note."""
    files = {
        "answers.yaml": "Q1.b: 'x + 1'\n",
        "w.tex": "\\answer{Q1.b}{x+1}\\answer{Q1.w}{2}",
        "w.md": "**Q1.b:** $x+1$\n\n**Q1.w:** 3\n\n**Q2:** a\n",
        "a.ipynb": notebook(("markdown", "**Q2:** b")),
    }
    found = collect(files)
    assert found.answers["Q1.b"].also == ("w.tex:1", "w.md:1")
    assert (found.answers["Q1.w"].text, found.answers["Q2"].text) == ("2", "a")
    assert found.notes == (
        "Q1.w: the answer at w.tex:1 was graded; another one at w.md:3 says something else.",
        "Q2: the answer at w.md:5 was graded; another one at a.ipynb cell 1, line 1 says something else.",
    )


def test_the_last_answer_of_a_file_counts() -> None:
    """In one file the later answer is the corrected one; an empty one never displaces a filled one."""
    assert texts({"w.md": "Q2: a\nQ2: b\n"}) == {"Q2": "b"}
    assert texts({"answers.yaml": "Q2:\n", "w.md": "Q2: b\n"}) == {"Q2": "b"}


def test_experiments() -> None:
    """Numbers of experiments are read by label, beside a discussion with the same label."""
    files = {
        "experiments.yaml": "Q4.1: {val_accuracy: 88.7, train_loss: 3e-1, note: x}\nQ6: [88.7, 87]\n",
        "answers.yaml": "Q4.1: It learns slowly.\n",
    }
    found = collect(files)
    assert {k: e.value for k, e in found.experiments.items()} == {
        "Q4.1": {"val_accuracy": 88.7, "train_loss": 0.3, "note": "x"},
        "Q6": [88.7, 87],
    }
    assert found.answers["Q4.1"].text == "It learns slowly."
    nested = collect({"experiments (1).yml": "Q4.1:\n  val_accuracy: '88.7%'\n"}).experiments["Q4.1"]
    assert (nested.value, nested.line) == ({"val_accuracy": "88.7%"}, 1)


@pytest.mark.parametrize(
    ("files", "survey"),
    [
        (
            {
                "answers.yaml": "debrief:\n  hours: more than 15\n  difficulty: Hard\n  alone: yes\n  understanding: 80%\n  comments: fine"
            },
            {
                "hours": 15.0,
                "difficulty": "difficult",
                "together": "alone",
                "understanding": 80.0,
                "comments": "fine",
            },
        ),
        (
            {"answers.yaml": "debrief.hours: 2-3 hours\ndebrief.difficulty: moderate"},
            {"hours": 2.5, "difficulty": "moderate"},
        ),
        ({"answers.yaml": "hours: 4"}, {"hours": 4.0}),
        (
            {
                "w.md": "# Debrief\n- **Hours:** 90 minutes\n- How difficult was it? easy\n- Collaborators: a friend\n"
            },
            {"hours": 1.5, "difficulty": "easy", "together": "discussed"},
        ),
        ({"w.md": "hours: ten\n\ndebrief.understanding: 0.9"}, {"hours": 10.0, "understanding": 90.0}),
        (
            {"a.ipynb": notebook(("markdown", "## Survey\n**Hours spent**: 1h 30\n\nunderstanding: all"))},
            {"hours": 1.5, "understanding": None},
        ),
        ({"w.tex": "\\section{Debrief}\nHours: a lot\n"}, {"hours": None}),
        ({"w.md": "The time: 3\nno debrief"}, {}),
    ],
)
def test_the_survey(files: dict[str, str], survey: dict[str, object]) -> None:
    """The closing part is read as text and, where it says one clearly, as a value."""
    assert {k: s.value for k, s in collect(files).survey.items()} == survey


def test_survey_answers_keep_their_text() -> None:
    """The text of a field is kept for the staff."""
    assert collect({"answers.yaml": "debrief: {hours: about 5}"}).survey["hours"].as_json() == {
        "text": "about 5",
        "value": 5.0,
    }


def test_huge_files_are_named_and_not_searched() -> None:
    """A write-up of megabytes is not searched, and says so."""
    (problem,) = collect({"w.md": "x" * (5 << 20)}).problems
    assert problem.message == "is not searched for answers: it is too large (5 MB; at most 4 MB are)."


def test_of_many_text_files_those_that_look_like_answers_are_searched() -> None:
    """A hundred text files are searched, `.txt` last; one sentence tells of the rest."""
    found = collect({**{f"a/log{n}.txt": "x" for n in range(150)}, "w.md": "P1.2b: 3", "z.tex": "x"})
    [problem] = found.problems
    assert (problem.path, problem.message) == ("", "Of 152 text files only 100 are searched for answers.")
    assert "P1.2b" in found.answers
