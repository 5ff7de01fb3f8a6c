"""The sample class of cs577-a2: each submission gets what its design says, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from .classes import ROOT, Graded, checks_of, grade, without_times
from .pages import labels, maker, page, points_of, question_points, rubric_of, write_class

NAME = "cs577-a2"
RUBRIC = ROOT / "rubrics" / NAME / "rubric.yaml"


@dataclass(frozen=True)
class Row:
    """What one check of one sample comes to."""

    points: float
    phrase: str
    diagnosis: str = ""
    outcome: str = "lost"


def part(points: float, phrase: str, diagnosis: str = "") -> Row:
    return Row(points, phrase, diagnosis, "partial")


def lost(phrase: str, diagnosis: str = "") -> Row:
    return Row(0.0, phrase, diagnosis)


def untried(need: str) -> Row:
    return Row(0.0, f"it needs {need}", "", "not_run")


FOLLOWED = ("C.12.yhat", "C.12.loss", "C.12.dv", "C.12.dw")
DEEP = "RecursionError"
ROWS: dict[str, dict[str, Row]] = {
    "s01-plain": {},
    "s02-loops-closures": {},
    "s03-one-file": {},
    "s04-notebook": {},
    "s05-boxed": {"A.code.softmax": part(0.5, "large scores", "overflow")},
    "s06-wrong-z": {"C.12.z": lost("not the value that is asked")},
    "s07-half-loss": {"C.12.loss": lost("half of the loss", "factor-two")},
    "s08-all-zeros": {k: lost("not the value that is asked") for k in ("C.12.z", *FOLLOWED)},
    "s09-known-mistakes": {
        "A.3.distance": lost("length of the normal vector", "scaled"),
        "A.4.normal": lost("a unit vector is asked", "scaled"),
        "A.7": lost("P(y=0|x)", "sign-flipped"),
        "A.8a": lost("z stands where sigmoid(z) belongs", "activation-derivative-at-output"),
        "A.13": lost("its logarithm is asked", "missing-log"),
        "A.14.grad": lost("the sign is the other way round", "sign-flipped"),
        "A.14.update": lost("uphill", "sign-flipped"),
        "A.15": lost("one-against-all", "off-by-one-layer"),
        "A.16": lost("only the placeholder"),
        "A.20.grad": lost("a sum is asked", "batch-mean"),
        "B.4.v": lost("the residual is squared", "squared-residual"),
        "B.5.v": lost("the sign is the other way round", "sign-flipped"),
        "B.6.w": lost("it cancels with the loss", "loss-derivative-missing"),
        "B.7.w": lost("the sum over the outputs is missing", "not-summed"),
        "C.5.add": lost("two numbers are asked, one came", "wrong-size"),
        "C.5.max": lost("the larger of the two", "wrong-index"),
        "C.7": lost("is not the right choice"),
        "C.10": lost("product rule", "wrong-index"),
        "C.12.dv": lost("a factor of 2", "factor-two"),
        "C.12.dw": lost("the sign is the other way round", "sign-flipped"),
        "C.13b": lost("another point", "wrong-index"),
    },
    "s10-means-and-axes": {
        "A.code.softmax": lost("a matrix", "softmax-wrong-axis"),
        "A.code.bce_loss": lost("the number is wrong", "batch-mean"),
        "A.code.bce_grad": lost("3 of 3 numbers", "batch-mean"),
        "A.code.cce_loss": lost("the number is wrong", "follows"),
        "A.code.cce_grad": lost("12 of 12 numbers", "follows"),
        "C.code.local": part(6.0, "Wrong for -, *;", "operands-exchanged"),
        "C.code.shared": lost("shared nodes", "operands-exchanged"),
        "C.code.network": lost("the network of C.12", "operands-exchanged"),
    },
    "s11-recursion": {
        "A.code.softmax": part(0.5, "large scores", "overflow"),
        "C.code.order": part(1.5, DEEP),
        "C.code.shared": part(2.5, DEEP),
    },
    "s12-adds-up": {
        "A.code.sigmoid": lost("object of type 'float' has no len()"),
        "C.code.local": part(6.0, "Wrong for minimum, a number on either side"),
        "C.code.shared": part(3.0, "a second backward on the same graph", "accumulates"),
    },
    "s13-overwrites": {
        "A.code.cce_grad": part(1.0, "expected shape (3, 4), got (4, 3)", "transposed"),
        "C.code.order": lost("a node stands before one that it was made of"),
        "C.code.shared": lost("shared nodes", "overwrites"),
        "C.code.network": lost("the network of C.12"),
    },
    "s14-blank-handout": {
        **{
            f"A.code.{k}": lost(f"{k} is yours to write", "blank-template")
            for k in ("sigmoid", "softmax", "bce_loss", "bce_grad", "cce_loss", "cce_grad")
        },
        **{
            f"C.code.{k}": lost("__init__ is yours to write", "blank-template")
            for k in ("local", "order", "shared", "network")
        },
    },
    "s15-graph": {
        **{
            f"A.code.{k}": lost(f"{k}: not defined")
            for k in ("sigmoid", "softmax", "bce_loss", "bce_grad", "cce_loss", "cce_grad")
        },
        "C.code.local": part(5.0, "Wrong for ** 2, sigmoid, a number on either side"),
        "C.code.network": lost("the network of C.12"),
    },
}
WRITTEN = (*(f"A.{k}" for k in range(1, 21)), "B.", *(f"C.{k}" for k in range(1, 14)))
MISSING = {"s14-blank-handout": WRITTEN, "s15-graph": WRITTEN}
_ANSWERS_A = "1 3.distance 3.normal 4.normal 4.distance 5 7 8a 8b 13 14.grad 14.update 15 18a 18b 19 20.grad 20.update".split()
POINTS = {
    **{f"A.{k}": 1 for k in _ANSWERS_A},
    **{f"A.{k}": 0.5 for k in (2, 6, 9, 10, 11, 12, 16, 17)},
    "A.code.sigmoid": 1, "A.code.softmax": 1, "A.code.bce_loss": 1, "A.code.bce_grad": 2, "A.code.cce_loss": 1, "A.code.cce_grad": 2,
    **{f"B.{k}.{p}": 2.5 for k in (4, 5, 6, 7) for p in "vw"},
    **{f"B.{k}": 1.25 for k in (1, 2, 3, 8)},
    **{f"C.5.{k}": 1 for k in ("add_const", "add", "mul_const", "mul", "max", "min")},
    "C.6": 1, "C.7": 1, "C.8": 1, "C.10": 4,
    "C.12.z": 2, "C.12.yhat": 1, "C.12.loss": 1, "C.12.dv": 2, "C.12.dw": 2, "C.13a": 1, "C.13b": 1, "C.13c": 1,
    **{f"C.{k}": 0.2 for k in (1, 2, 3, 9, 11)},
    "C.code.local": 8, "C.code.order": 3, "C.code.shared": 5, "C.code.network": 4,
}  # fmt: skip


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The sample class."""
    return grade(ROOT / "submissions" / NAME, RUBRIC, tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The blank handout and the solution."""
    folder = tmp_path_factory.mktemp("ends") / NAME
    write_class(folder, maker(NAME))
    return grade(folder, RUBRIC, tmp_path_factory.mktemp("graded"))


def test_every_sample_is_in_the_table(samples: Graded) -> None:
    """Every sample has its row, and none of them ends in an error of ours."""
    assert set(samples.reports) == set(ROWS)
    assert samples.result.not_graded == []


@pytest.mark.parametrize("student", ROWS)
def test_a_sample_loses_what_its_row_says_and_nothing_else(samples: Graded, student: str) -> None:
    """Check, points, outcome, phrase and diagnosis of everything that is not earned."""
    checks = checks_of(samples.reports[student])
    row = ROWS[student]
    skip = MISSING.get(student, ())
    lost = {
        n
        for n, c in checks.items()
        if c["outcome"] not in ("earned", "manual") and not n.startswith(skip or ("-",))
    }
    assert lost == set(row)
    for name, expected in row.items():
        got = checks[name]
        text = f"{got['message']} {got['help']}"
        assert (got["points"], got["outcome"]) == (expected.points, expected.outcome), name
        assert expected.phrase in text, (name, text)
        assert ((got["diagnosis"] or {}).get("id", "")) == expected.diagnosis, name


def test_prose_waits_for_a_person(samples: Graded) -> None:
    """An explanation that was written waits; no formula does."""
    waiting = {n for n, c in checks_of(samples.reports["s01-plain"]).items() if c["outcome"] == "manual"}
    assert waiting == {c["id"] for q in rubric_of(NAME)["questions"] for c in q["checks"] if "prose" in c}


def test_the_rubric_has_the_labels_and_points_of_the_page() -> None:
    """Every question of the page with its points, every label of its tables."""
    text, rubric = page(NAME), rubric_of(NAME)
    assert {q["id"]: q["points"] for q in rubric["questions"]} == question_points(text)
    answers = {c["id"] for q in rubric["questions"] for c in q["checks"] if "answer" in c or "prose" in c}
    assert answers == labels(text)


def test_points_of_the_checks() -> None:
    """What the page's table of questions says of single labels."""
    assert {n: p for n, p in points_of(rubric_of(NAME)).items() if p} == POINTS


def test_the_handout_is_the_generated_one() -> None:
    """The files that students get are what the reference and the rubric make."""
    folder = ROOT / "rubrics" / NAME / "handout"
    assert {p.name: p.read_text("utf-8") for p in folder.iterdir()} == maker(NAME).handout()


def test_the_blank_handout_earns_nothing(ends: Graded) -> None:
    """Zero, final, and each message says that something is not written yet."""
    report = ends.reports["blank"]
    assert (report["points"], report["status"]) == (0.0, "graded")
    for name, check in checks_of(report).items():
        if check["max_points"]:
            assert any(p in check["message"] for p in ("placeholder", "is yours to write")), (
                name,
                check["message"],
            )


def test_the_solution_earns_everything(ends: Graded) -> None:
    """All points; prose waits."""
    wrong = {
        n: c["message"]
        for n, c in checks_of(ends.reports["solution"]).items()
        if c["outcome"] not in ("earned", "manual")
    }
    assert wrong == {}
    prose = sum(c["points"] for q in rubric_of(NAME)["questions"] for c in q["checks"] if "prose" in c)
    assert ends.reports["solution"]["points"] == pytest.approx(100.0 - prose)


def test_a_second_run_gives_the_same_report(ends: Graded, tmp_path: Path) -> None:
    """Equal apart from times."""
    folder = tmp_path / NAME
    write_class(folder, maker(NAME))
    again = grade(folder, RUBRIC, tmp_path / "out", only=("solution",))
    assert without_times(again.reports["solution"]) == without_times(ends.reports["solution"])


@pytest.mark.parametrize(
    ("student", "labels"), [("s06-wrong-z", FOLLOWED), ("s07-half-loss", ("C.12.dv", "C.12.dw"))]
)
def test_later_numbers_follow_from_wrong_ones(samples: Graded, student: str, labels: tuple[str, ...]) -> None:
    """A wrong number costs its own points once, and the later ones say what they follow from."""
    checks = checks_of(samples.reports[student])
    for label in labels:
        assert checks[label]["outcome"] == "earned"
        assert "as it follows from your own C.12.z" in checks[label]["message"]


def test_a_recursive_graph_loses_at_most_eight_points(samples: Graded) -> None:
    """A chain of 10,000 nodes costs a recursive solution some of its points, not the rest."""
    checks = checks_of(samples.reports["s11-recursion"])
    assert 12.0 <= sum(c["points"] for n, c in checks.items() if n.startswith("C.code")) < 20.0


PLAIN = ROOT / "submissions" / NAME / "s01-plain"
ODD = {
    "limit-raised": (
        "graph.py",
        "import math\n",
        "import math\nimport sys\n\nsys.setrecursionlimit(10**5)\n",
    ),
    "equal-by-value": (
        "graph.py",
        "    def __neg__",
        "    def __eq__(self, other):\n        return self.data == other.data\n\n    def __hash__(self):\n        return id(self)\n\n    def __neg__",
    ),
    "ties-to-the-other": (
        "graph.py",
        "float(a >= b)), (other, float(a < b))",
        "float(a > b)), (other, float(a <= b))",
    ),
    "square-by-product": (
        "graph.py",
        "Value(self.data ** k, [(self, k * self.data ** (k - 1))])",
        "self * self",
    ),
    "column-gradient": (
        "neurons.py",
        "X.T @ (sigmoid(X @ theta) - y)",
        "X.T @ (sigmoid(X @ theta) - y).reshape(-1, 1)",
    ),
    "single-precision": ("neurons.py", "def softmax(z):\n", "def softmax(z):\n    z = np.float32(z)\n"),
}
SUBTLE = {
    "no-radd": ("graph.py", "    def __radd__", "    def plus", {"C.code.local": 7.0}),
    "tie-twice": ("graph.py", "(other, float(a < b))", "(other, float(a <= b))", {"C.code.local": 7.0}),
    "not-visited": (
        "graph.py",
        "elif current not in seen:",
        "else:",
        {"C.code.order": 0.0, "C.code.shared": 0.0},
    ),
    "equal-numbers-taken-for-one": (
        "graph.py",
        "elif current not in seen:\n            seen.add(current)",
        "elif current.data not in seen:\n            seen.add(current.data)",
        {f"C.code.{k}": 0.0 for k in ("order", "shared", "network")},
    ),
    "wrong-axis-and-overflow": (
        "neurons.py",
        "    e = np.exp(z - np.max(z, axis=-1, keepdims=True))\n    return e / e.sum(axis=-1, keepdims=True)",
        "    return np.exp(z) / np.exp(z).sum(axis=0)",
        {f"A.code.{k}": 0.0 for k in ("softmax", "cce_loss", "cce_grad")},
    ),
    "no-seed": (
        "graph.py",
        "        self.grad = 1.0\n",
        "",
        {f"C.code.{k}": 0.0 for k in ("local", "shared", "network")},
    ),
    "square-without-its-base": (
        "graph.py",
        "k * self.data ** (k - 1)",
        "k",
        {"C.code.local": 7.0, "C.code.network": 0.0},
    ),
    "sum-for-difference": (
        "graph.py",
        "        return self + (-other)\n",
        "        b = other if isinstance(other, Value) else Value(other)\n"
        "        return Value(self.data - b.data, [(self, 1.0), (b, 1.0)])\n",
        {"C.code.local": 7.0},
    ),
    "squared": (
        "neurons.py",
        "(sigmoid(X @ theta) - y)",
        "(sigmoid(X @ theta) - y) ** 2",
        {"A.code.bce_grad": 0.0},
    ),
    "one-sum-for-all": (
        "neurons.py",
        "e.sum(axis=-1, keepdims=True)",
        "e.sum()",
        {f"A.code.{k}": 0.0 for k in ("softmax", "cce_loss", "cce_grad")},
    ),
}


NAMES = {
    "square-without-its-base": "power-rule",
    "sum-for-difference": "minus-ignored",
    "squared": "squared-residual",
    "wrong-axis-and-overflow": "softmax-wrong-axis",
}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The plain sample in odd styles and with single mistakes."""
    folder = tmp_path_factory.mktemp("changed") / NAME
    for name, (file, old, new, *_) in (ODD | SUBTLE).items():
        (folder / name).mkdir(parents=True)
        for source in ("graph.py", "neurons.py"):
            text = (PLAIN / source).read_text("utf-8")
            assert source != file or old in text
            (folder / name / source).write_text(text.replace(old, new) if source == file else text, "utf-8")
    return grade(folder, RUBRIC, tmp_path_factory.mktemp("graded"))


def code_lost(graded: Graded, student: str) -> dict[str, float]:
    checks = checks_of(graded.reports[student])
    return {n: c["points"] for n, c in checks.items() if ".code." in n and c["outcome"] != "earned"}


@pytest.mark.parametrize("student", ODD)
def test_right_code_in_an_odd_style_loses_nothing(changed: Graded, student: str) -> None:
    """All conventions that the page allows are right."""
    assert code_lost(changed, student) == {}


@pytest.mark.parametrize("student", SUBTLE)
def test_one_mistake_costs_its_own_points(changed: Graded, student: str) -> None:
    """A subtle mistake costs what it spoils, and has the name that it has in the table."""
    assert code_lost(changed, student) == SUBTLE[student][3]
    if name := NAMES.get(student):
        found = checks_of(changed.reports[student])[next(iter(SUBTLE[student][3]))]["diagnosis"]
        assert found and found["id"] == name
