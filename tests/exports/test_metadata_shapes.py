"""`submission_metadata.yml` in every form that a YAML writer may give it, and what students may have printed into it."""

from __future__ import annotations

import pytest

from grader.intake.gradescope import Submitted, read_metadata

HEAD = "submission_1:\n  :submitters:\n"
TIME = "2026-04-26 17:34:00.861 Z"
ADA = [{"name": "Ada", "email": "a@x"}]
PLAIN = "  - :name: Ada\n    :email: a@x\n"
SHAPES: dict[str, tuple[str, list[dict[str, str]], str]] = {
    "a history after it": (
        f"{HEAD}{PLAIN}  :created_at: {TIME}\n  :history:\n  - :id: 5\n    :created_at: 2020-01-01 00:00:00 Z\n"
        "    :submitters:\n    - :name: Eve\n", ADA, TIME),
    "a student prints names": (
        f"{HEAD}{PLAIN}  :output: |-\n    :submitters:\n    - :name: Victim\n      :email: v@x\n    :created_at: 2000-01-01\n"
        f"  :results:\n    output: |-\n      :created_at: 2000-01-01\n  :created_at: {TIME}\n", ADA, TIME),
    "four columns": (f"submission_1:\n    submitters:\n        - name: Ada\n          email: a@x\n    created_at: {TIME}\n", ADA, TIME),
    "no indentation of the list": (f"submission_1:\n  :submitters:\n  - :email: a@x\n    :name: Ada\n  :created_at: '{TIME}'\n", ADA, TIME),
    "flow": (f"{HEAD}  - {{:name: Ada, :email: a@x}}\n  :created_at: {TIME}\n", ADA, TIME),
    "flow on one line": (f'submission_1: {{":submitters": [{{":name": Ada, ":email": a@x}}], ":created_at": "{TIME}"}}\n', ADA, TIME),
    "tags": (f"submission_1: !ruby/hash:Access\n  :submitters:\n  - !ruby/hash:Access\n    name: Ada\n    email: a@x\n  :created_at: {TIME}\n", ADA, TIME),
    "anchors": (f"{HEAD}  - :name: &1 Ada\n    :email: a@x\n  - :name: *1\n    :email: b@x\n  :created_at: &2 {TIME}\n",
                [*ADA, {"name": "Ada", "email": "b@x"}], TIME),
    "folded": (f"{HEAD}  - :name: A long\n      name\n    :email: a@x\n", [{"name": "A long name", "email": "a@x"}], ""),
    "block": (f"{HEAD}  - :name: |-\n      Ada\n    :email: a@x\n", ADA, ""),
    "bytes": (f"{HEAD}  - :name: !binary |-\n      WmHDqw==\n", [{"name": "Zaë"}], ""),
    "quotes": (f"{HEAD}  - :name: 'O''Neil: A'\n    :sid: '007'\n  - :name: \"A \\\"B\\\" \\u00EB\"\n",
               [{"name": "O'Neil: A", "sid": "007"}, {"name": 'A "B" ë'}], ""),
    "nulls and numbers": (f"{HEAD}  - :name: Ada\n    :email:\n    :sid: 12\n    :Section: ~\n",
                          [{"name": "Ada", "email": "", "sid": "12", "section": ""}], ""),
    "something below a person": (f"{HEAD}  - :name: Ada\n    :email: a@x\n    :more:\n      :name: Eve\n", [{**ADA[0], "more": ""}], ""),
    "comments, marks, line ends": (f"\ufeff# x\r\n---\r\nsubmission_1:   # y\r\n  :submitters:\r\n{PLAIN}".replace("\n", "\r\n"), ADA, ""),
    "nobody": ("submission_1:\n  :submitters: []\n", [], ""),
    "a PDF's name": ("'1.pdf':\n  :submitters:\n" + PLAIN, ADA, ""),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_who_and_when(shape: str) -> None:
    """The people and the time are those of the entry itself, in whatever form they are written."""
    text, people, time = SHAPES[shape]
    (found,) = read_metadata(text.splitlines(keepends=True))
    assert (found.submitters, found.created_at, found.problem) == (people, time, "")


def test_an_alias_of_another_entry() -> None:
    """A person who was written out for an earlier submission is found again."""
    text = f"{HEAD}  - &1\n    :name: Ada\n    :email: a@x\nsubmission_2:\n  :submitters:\n  - *1\n"
    assert [e.submitters for e in read_metadata(text.splitlines())] == [ADA, ADA]


@pytest.mark.parametrize(
    "people", ["  - {:name: [\n", "  :submitters: x\n", "  - :name: *9\n", "  - :name: 'open\n"]
)
def test_what_cannot_be_read_is_named(people: str) -> None:
    """Where it cannot be known who handed in, the entry says so, and the next one is read."""
    text = HEAD + people if people.startswith("  -") else "submission_1:\n" + people
    first, second = read_metadata((text + "submission_2:\n  :submitters:\n" + PLAIN).splitlines())
    assert first.problem.startswith("who handed it in cannot be read") and not first.submitters
    assert second == Submitted("submission_2", ADA)
