"""Reports that wait, that are not graded, that try to break pages; and a whole class."""

from __future__ import annotations

import base64
import math
import random

from fake_parts import HOSTILE, NET, board, check, curves, png, question, report
from fake_reports import full_marks, mistakes

from grader.model import CodeFile, Diagnosis, Report


def waiting(student: str = "edsger") -> Report:
    """Everything earned but two texts that a person has to read."""
    base = full_marks(student)
    text = "Let a = p(x given 1) > c = p(x given 0). Then a²/(a² + c²) > a/(a + c) because ..."
    questions = [
        question(
            q.id,
            q.title,
            [
                check(c.id, c.kind, "manual", 0, c.max_points, "Waits for a person.", evidence={"text": text})
                if c.kind == "prose"
                else c
                for c in q.checks
            ],
            q.extra,
        )
        for q in base.questions
    ]
    return report(student, questions, code=base.code)


SECRET = "KeyError: 'private_labels' in /srv/grader/secret.py"


def not_graded(student: str = "alan") -> Report:
    """One check ended in an error of ours."""
    questions = full_marks(student).questions
    broken = check(
        "Q7.file", "predictions", "error", None, 8, SECRET, help=SECRET, evidence={"traceback": SECRET}
    )
    return report(student, [*questions[:5], question("Q7", "Predictions", [broken]), *questions[6:]])


def hostile() -> Report:
    """Every field that a student can reach holds markup, control characters and direction overrides."""
    bad = HOSTILE
    evidence = {
        "shapes": [{"name": bad, "got": bad, "expected": [bad]}],
        "lines": [{"file": bad, "line": 1, "note": bad}, {"file": "gone" + bad, "line": 9, "note": bad}],
        "arrays": [
            {"name": bad, "got": [1.0, math.nan, math.inf, -2.0], "wrong": [[9, 9], [0]], "worst": [77, 1]}
        ],
        "curves": [
            {
                "title": bad,
                "lines": [{"name": bad, "y": [math.nan, 1.0, math.inf, 2.0]}],
                "y_label": bad,
                "x_label": bad,
                "bands": [{"name": bad, "low": [0.0], "high": [math.nan]}],
            }
        ],
        "formula": {
            "got": r"\text{" + bad + r"} \href{javascript:alert(1)}{x}",
            "accepted": bad,
            "note": bad,
        },
        "table": {"columns": [bad], "rows": [[bad], [None], [math.nan]]},
        "image": [
            {"data": base64.b64encode(b"<svg onload=alert(1)>").decode(), "alt": bad},
            {"data": "%%%"},
            {"data": base64.b64encode(png()).decode(), "alt": bad},
        ],
        "html": "<b onclick='alert(1)'>bold</b><script>alert(1)</script><a href='javascript:alert(1)'>x</a>"
        "<img src='http://evil/x.png'><style>*{display:none}</style>",
        "try_it": bad,
        "leaderboard": board(0.5, bad),
        bad: {"nested": [bad]},
    }
    lost = check(
        bad,
        bad,
        "lost",
        0,
        2,
        bad,
        title=bad,
        help=bad,
        diagnosis=Diagnosis(id=bad, says=bad),
        evidence=evidence,
    )
    return report(
        bad,
        [question(bad, bad, [lost, check("x", "k", "earned", 1, 1, bad, evidence={"output": bad})])],
        title=bad,
        notes=[bad],
        problems=[{"path": bad, "message": bad, "help": bad}],
        survey={bad: bad, "comments": bad},
        code=[
            CodeFile(path=bad, text=f"# {bad}\nx = '''{bad}\n{bad}'''\n", marks={1: bad}, language=bad),
            CodeFile(path="a.py", text=f"print('{bad}')\r\n\x0c"),
        ],
    )


def enormous() -> Report:
    """Far too much of everything."""
    big = HOSTILE * 2000
    checks = [
        check(
            f"Q.{i}", "value", "lost", 0, 1, big, help=big, evidence={"output": big, "curves": curves(0.01)}
        )
        for i in range(600)
    ]
    return report(
        "big",
        [question("Q", "Large", checks)],
        code=[CodeFile(path="a.py", text=NET * 500)],
        notes=[big] * 90,
    )


def a_class(count: int = 120, seed: int = 7) -> list[Report]:
    """A class of mixed reports."""
    rng = random.Random(seed)
    makers = (full_marks, mistakes, mistakes, waiting)
    reports = [rng.choice(makers)(f"student{i:04d}") for i in range(count)]
    for made in reports:
        skill = rng.gauss(0.7, 0.2)
        for q in made.questions:
            q.points = (
                round(min(max(q.points * rng.uniform(0.6, 1.1) * skill + 0.2, 0.0), q.max_points) * 4) / 4
            )
        made.points = sum(q.points for q in made.questions if not q.extra)
        made.survey = {
            "hours": round(max(1.0, rng.gauss(14 - 4 * skill, 4)), 1),
            "difficulty": rng.choice(["easy", "moderate", "difficult"]),
            "understanding": round(100 * min(max(skill, 0), 1)),
        }
        made.provenance.seconds = round(rng.lognormvariate(0.2, 0.6), 2)
        made.questions[-2].checks[0].evidence["leaderboard"] = board(
            min(0.6 + 0.3 * skill + rng.gauss(0, 0.02), 0.97), f"otter {made.student[-4:]}"
        )
    reports[3] = not_graded("alan")
    return reports
