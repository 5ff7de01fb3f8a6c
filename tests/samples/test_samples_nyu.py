"""The sample class of nyu-dl-hw1: each submission gets what its design says, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.rubric import load
from grader.student import Student
from reference.accepted import one_pass
from reference.linear_f_linear_g import activate

from .classes import ROOT, Graded, checks_of, grade, without_times
from .pages import labels, maker, page, points_of, question_points, rubric_of, write_class

NAME = "nyu-dl-hw1"
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


GRADS = ("dJdW1", "dJdb1", "dJdW2", "dJdb2")
LOG = "predictions of exactly 0 or 1"
MEAN = {f"M.backward.{k}": lost(f"{k}: ", "batch-mean") for k in GRADS}
ROWS: dict[str, dict[str, Row]] = {
    "s01-plain": {},
    "s02-layers-accumulate": {},
    "s03-loops": {},
    "s04-notebook": {},
    "s05-boxed": {
        "M.bce.loss": part(1.0, LOG, "log-of-zero"),
        "M.bce.grad": part(2.0, "3 of 12 numbers are nan or not finite", "log-of-zero"),
    },
    "s06-known-mistakes": {
        "T1.1": lost("only the placeholder"),
        "T1.2.z3": lost("not to the bias of the second layer", "scaled-bias"),
        "T1.2.yhat": lost("applied twice", "scaled"),
        "T1.3.dW2": lost("a factor of 2 is missing", "factor-two"),
        "T1.3.db2": lost("identity, not 5", "scaled-bias"),
        "T1.3.dW1": lost("wrong order", "wrong-order"),
        "T1.3.db1": lost("derivative of the activation", "activation-derivative-missing"),
        "T1.4.dldyhat": lost("a factor of 2 is missing", "factor-two"),
        "T2.1": lost("the sign is the other way round", "sign-flipped"),
        "T2.2": lost("positive"),
        "T2.3": lost("yes"),
        "T2.4": lost("not the value that is asked"),
    },
    "s07-relu-slope": {
        "M.backward.dJdW1": lost("f = relu, g = relu", "activation-derivative-missing"),
        "M.backward.dJdb1": lost("f = relu, g = relu", "activation-derivative-missing"),
        "M.backward.dJdW2": part(
            3.0, "the other 11 of 14 kinds of inputs are right", "activation-derivative-missing"
        ),
        "M.backward.dJdb2": part(
            3.0, "the other 11 of 14 kinds of inputs are right", "activation-derivative-missing"
        ),
    },
    "s08-batch-mean": MEAN
    | {
        "M.mse.loss": lost("the number is wrong", "batch-sum"),
        "M.mse.grad": lost("15 of 15 numbers are wrong", "scaled"),
    },
    "s09-sign-and-transpose": {
        "M.backward.dJdW2": lost("expected shape (5, 6), got (6, 5)", "transposed"),
        "M.mse.grad": lost("15 of 15", "sign-flipped"),
        "M.bce.loss": part(1.0, LOG, "log-of-zero"),
        "M.bce.grad": lost("ordinary predictions", "sign-flipped+denominator-missing"),
    },
    "s10-slope-at-output": {
        "M.backward.dJdW1": part(3.0, "f = sigmoid, g = relu", "activation-derivative-at-output"),
        "M.backward.dJdb1": part(3.0, "f = sigmoid, g = relu", "activation-derivative-at-output"),
        "M.clear.cleared": part(1.5, "cache: still there after the call"),
    },
    "s11-autograd": {
        "M.backward.by_hand": lost("mlp.py:50 uses torch.Tensor.requires_grad_"),
        **{f"M.backward.{k}": untried("M.backward.by_hand") for k in GRADS},
    },
    "s12-nn-loss": {
        "M.mse.by_hand": lost("uses torch.nn.functional.mse_loss"),
        "M.mse.loss": untried("M.mse.by_hand"),
        "M.mse.grad": untried("M.mse.by_hand"),
    },
    "s13-blank-handout": {
        "M.forward.y_hat": lost("forward is yours to write", "blank-template"),
        **{f"M.backward.{k}": lost("forward is yours to write", "blank-template") for k in GRADS},
        **{
            f"M.{k}.{p}": lost(f"{k}_loss is yours to write", "blank-template")
            for k in ("mse", "bce")
            for p in ("loss", "grad")
        },
        "M.clear.cleared": lost("clear_grad_and_cache is yours to write", "blank-template"),
        "M.clear.second_batch": lost("forward is yours to write", "blank-template"),
    },
    "s14-mlp": {
        "M.clear.cleared": lost("grads: still there after the call"),
        "M.clear.second_batch": lost("the second batch", "stale-state"),
    },
    "s15-crashes": {
        "M.backward.dJdW1": lost("line mlp.py:54"),
        "M.backward.dJdb1": lost("line mlp.py:54"),
        "M.bce.loss": lost("NameError: name 'yhat' is not defined", "reads-global"),
        "M.bce.grad": lost("NameError: name 'yhat' is not defined", "reads-global"),
        "M.clear.second_batch": lost("line mlp.py:54"),
    },
}
MISSING = {"s13-blank-handout": ("T",), "s14-mlp": ("T",)}
POINTS = {
    "T1.1": 4, **{f"T1.2.{k}": 2 for k in ("z1", "z2", "z3", "yhat")},
    **{f"T1.3.{k}": 3 for k in ("dW2", "db2", "dW1", "db1")},
    **{f"T1.4.{k}": 2 for k in ("dz2dz1", "dyhatdz3", "dldyhat")},
    **{f"T2.{k}": 2.5 for k in (1, 2, 3, 4)},
    "M.forward.y_hat": 12, **{f"M.backward.{k}": 7.5 for k in GRADS},
    "M.mse.loss": 2, "M.mse.grad": 4, "M.bce.loss": 2, "M.bce.grad": 4,
    "M.clear.cleared": 3, "M.clear.second_batch": 3,
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


PLAIN = (ROOT / "submissions" / NAME / "s01-plain" / "mlp.py").read_text("utf-8")
BCE = """
    y_hat = y_hat.clamp(1e-7, 1 - 1e-7)
    loss = -(y * torch.log(y_hat) + (1 - y) * torch.log(1 - y_hat)).mean()"""


def backward(points: float, *keys: str) -> dict[str, float]:
    return {f"M.backward.{key}": points for key in keys or GRADS}


ODD = {
    "other-mappings": [
        ("import torch\n", "import torch\nfrom collections import UserDict as Bag\n"),
        ("self.parameters = dict(", "self.parameters = Bag("),
        ("self.grads = dict(", "self.grads = Bag("),
        (").mean()\n    dJdy_hat = 2", ").mean().reshape(1, 1)\n    dJdy_hat = 2"),
        (BCE, BCE.replace(".mean()", ".flatten().mean(dim=0, keepdim=True)")),
    ],
    "own-attributes": [
        (
            "        self.grads = dict(",
            "        for k, v in self.parameters.items():\n            setattr(self, k, v)\n        self.grads = dict(",
        ),
        ("p = self.parameters\n", "p = {k: getattr(self, k) for k in ('W1', 'b1', 'W2', 'b2')}\n"),
        ('self.parameters["W2"]', "self.W2"),
    ],
    "none-for-cleared": [
        ("torch.zeros_like(self.grads[grad])\n        self.cache = dict()", "None\n        self.cache = None")
    ],
    "subgradient-one": [("(z > 0).to(z.dtype)", "(z >= 0).to(z.dtype)")],
    "exponential-quotient": [("torch.sigmoid(z)", "(torch.exp(z) / (1 + torch.exp(z)))")],
    "clamped-logarithm": [
        (
            BCE,
            "\n    loss = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100)).mean()",
        ),
        ("(y_hat * (1 - y_hat)) /", "(y_hat * (1 - y_hat)).clamp(min=1e-12) /"),
    ],
    "cache-of-its-own-class": [
        ("import torch\n", "from types import SimpleNamespace\n\nimport torch\n"),
        ("self.cache = dict()", "self.cache = SimpleNamespace()"),
        (
            "self.cache = dict(x=x, z1=z1, z2=z2, z3=z3)",
            "self.cache.__dict__.update(x=x, z1=z1, z2=z2, z3=z3)",
        ),
        ("        c = self.cache\n", "        c = vars(self.cache)\n"),
    ],
    "relative-import": [
        ("import torch\n", "import torch\n\nfrom .helping import act as act_\n"),
        ("act(self.", "act_(self."),
    ],
    "half-precision-asked-for": [("        z1 = x @", "        x.half()\n        z1 = x @")],
    "single-precision-throughout": [
        (
            "        z1 = x @",
            "        x, p = x.float(), {k: v.float() for k, v in p.items()}\n        z1 = x @",
        ),
        ("d3 = dJdy_hat *", "d3 = dJdy_hat.float() *"),
        ('(d3 @ self.parameters["W2"])', '(d3 @ self.parameters["W2"].float())'),
    ],
}
SUBTLE = {
    "weights-of-the-start": (
        "        self.cache = dict()\n\n    def forward(self, x):\n        p = self.parameters\n",
        "        self.start = tuple((k, v.clone()) for k, v in self.parameters.items())\n        self.cache = dict()\n\n"
        "    def forward(self, x):\n        p = {k: v.to(x.dtype) for k, v in self.start}\n",
        {"M.forward.y_hat": 0.0} | backward(0.0),
        "unused-input",
    ),
    "identity-has-no-slope": (
        "torch.ones_like(z)",
        "torch.zeros_like(z)",
        backward(0.0, "dJdW1", "dJdb1") | backward(3.0, "dJdW2", "dJdb2"),
        None,
    ),
    "sign-of-all": ("d3 = dJdy_hat *", "d3 = -dJdy_hat *", backward(0.0), "sign-flipped"),
    "no-slope-for-one-pair": (
        "        d1 =",
        '        d3 = dJdy_hat if (self.f_function, self.g_function) == ("sigmoid", "relu") else d3\n        d1 =',
        backward(6.0),
        "activation-derivative-missing",
    ),
    "ones-in-single-precision": (
        "d3.sum(dim=0)",
        "d3.T @ torch.ones(len(d3))",
        backward(6.0, "dJdb2", "dJdW1", "dJdb1"),
        None,
    ),
    "step-before-use": (
        "        d1 =",
        '        self.parameters["W2"] = self.parameters["W2"] - 0.1 * d3.T @ c["z2"]\n        d1 =',
        backward(0.0, "dJdW1", "dJdb1"),
        "uses-updated-weights",
    ),
    "nan-when-saturated": (
        "        return torch.sigmoid(z)",
        "        return (10 * z).exp() ** 0.1 / (1 + (10 * z).exp() ** 0.1)",
        {"M.forward.y_hat": 9.6} | backward(6.0),
        "overflow",
    ),
    "identity-fails": (
        "    return z\n",
        "    raise ValueError(name)\n",
        {"M.forward.y_hat": 0.0} | backward(0.0),
        None,
    ),
    "clamped-at-one-end": (
        "y_hat.clamp(1e-7, 1 - 1e-7)",
        "y_hat.clamp(min=1e-7)",
        {"M.bce.grad": 2.0, "M.bce.loss": 1.0},
        "log-of-zero",
    ),
    "bias-not-summed": ("d3.sum(dim=0)", "d3", {"M.backward.dJdb2": 0.0}, "not-summed"),
    "bias-as-a-row": (
        "d3.sum(dim=0)",
        "d3.sum(dim=0, keepdim=True)",
        {"M.backward.dJdb2": 3.75},
        "right-values-wrong-shape",
    ),
    "half-of-the-square": ("dJdy_hat = 2 * (y_hat", "dJdy_hat = (y_hat", {"M.mse.grad": 0.0}, "factor-two"),
    "sum-for-mean": (
        "torch.log(1 - y_hat)).mean()",
        "torch.log(1 - y_hat)).sum()",
        {"M.bce.loss": 0.0},
        "batch-sum",
    ),
    "other-sign": ("dJdy_hat = (y_hat - y)", "dJdy_hat = (y - y_hat)", {"M.bce.grad": 0.0}, "sign-flipped"),
    "activation-of-torch-nn": (
        "return torch.clamp(z, min=0)",
        "return torch.nn.functional.relu(z)",
        {"M.forward.by_hand": 0.0, "M.forward.y_hat": 0.0},
        None,
    ),
    "wrong-input": ('d3.T @ c["z2"]', 'd3.T @ c["z1"]', {"M.backward.dJdW2": 0.0}, None),
}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The plain sample in odd styles and with single mistakes."""
    folder = tmp_path_factory.mktemp("changed") / NAME
    for name, pairs in (ODD | {k: [(a, b)] for k, (a, b, _, _) in SUBTLE.items()}).items():
        text = PLAIN
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (folder / name).mkdir(parents=True)
        (folder / name / "mlp.py").write_text(text, "utf-8")
    (folder / "relative-import" / "helping.py").write_text(PLAIN, "utf-8")
    return grade(folder, RUBRIC, tmp_path_factory.mktemp("graded"))


def code_lost(graded: Graded, student: str) -> dict[str, float]:
    checks = checks_of(graded.reports[student])
    return {n: c["points"] for n, c in checks.items() if n.startswith("M.") and c["outcome"] != "earned"}


@pytest.mark.parametrize("student", ODD)
def test_right_code_in_an_odd_style_loses_nothing(changed: Graded, student: str) -> None:
    """All conventions that the page allows are right."""
    assert code_lost(changed, student) == {}


@pytest.mark.parametrize("student", SUBTLE)
def test_one_mistake_costs_its_own_points(changed: Graded, student: str) -> None:
    """A subtle mistake costs what it spoils and is named."""
    _, _, points, diagnosis = SUBTLE[student]
    assert code_lost(changed, student) == points
    if diagnosis:
        found = checks_of(changed.reports[student])[next(iter(points))]["diagnosis"]
        assert found and found["id"] == diagnosis


def test_the_inputs_of_every_pair_show_a_mistake() -> None:
    """A relu is on and off about as often, and no gradient of a pair is mostly zeros: else a pair would judge nothing."""
    rubric = load(RUBRIC)
    [check] = [c for _, checks in rubric.questions for c in checks if c.id == "M.backward.dJdW1"]
    [passes, _] = check.options.recipes  # type: ignore[attr-defined]
    dice = SimpleNamespace(rng=lambda *labels: Student.rng(SimpleNamespace(seed=rubric.file.seed), *labels))  # type: ignore[arg-type]
    pairs = [case.names for case in passes.cases(dice) if case.names["kind"] == case.names["pair"]]
    assert len(pairs) == 9
    for n in pairs:
        z1 = n["x"] @ n["W1"].T + n["b1"]
        z3 = activate(n["f"], z1) @ n["W2"].T + n["b2"]
        for name, z in ((n["f"], z1), (n["g"], z3)):
            assert name != "relu" or 0.25 <= (z > 0).mean() <= 0.75, n["pair"]
        right = one_pass(*(n[k] for k in ("x", "W1", "b1", "W2", "b2", "G", "f", "g")))
        assert all((g != 0).mean() > 0.4 for forms in right.gradients.values() for g in forms), n["pair"]
