"""The sample class of cs181-hw3: each submission gets what its design says, and nothing else."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from grader.rubric import load

from .classes import (
    ROOT,
    Expected,
    Graded,
    checks_of,
    disagreements,
    earned,
    grade,
    lost,
    manual,
    not_run,
    part,
    without_times,
)

pytest.importorskip("torch")
HERE = ROOT / "rubrics" / "cs181-hw3"
RUBRIC = HERE / "rubric.yaml"
SUBMISSIONS = ROOT / "submissions" / "cs181-hw3"
PAGE = ROOT.parent / "shared" / "assignments" / "cs181-hw3.md"

CHECKS = {c.id: c for _, checks in load(RUBRIC).questions for c in checks}
RIGHT = {name: manual() if c.kind.name == "prose" else earned(c.entry.points) for name, c in CHECKS.items()}
PROSE = [name for name, c in CHECKS.items() if c.kind.name == "prose"]
P4 = [name for name in CHECKS if name.startswith("P4") and not name.endswith("allowed")]
GRADIENTS = ("P3.code.dW1", "P3.code.db1", "P3.code.dW2", "P3.code.db2")
SOFTMAX = {name: not_run("P4.softmax.values") for name in ("P4.softmax.gradient", "P4.softmax.large")}


def refused(question: str, use: str) -> dict[str, Expected]:
    """What a question gets that uses a ready-made block."""
    rest = [name for name in P4 if name.startswith(question)]
    return {f"{question}.allowed": lost(use)} | {name: not_run(f"{question}.allowed") for name in rest}


def each(names: tuple[str, ...] | list[str], expected: Expected) -> dict[str, Expected]:
    return dict.fromkeys(names, expected)


DIFFERENT: dict[str, dict[str, Expected]] = {
    "s01-plain": {},
    "s02-transposed": {},
    "s03-bare-notebook": {},
    "s04-libraries": {},
    "s13-odd": {},
    "s05-classics": {
        "P1.1.var": lost("the precision"),
        "P1.2b": lost("the prior is ignored"),
        "P1.2e.limit": lost("standard deviation"),
        "P1.2e.why": lost("only the placeholder is there"),
        "P1.code.map_estimate": lost("map_estimate: the number is wrong"),
        "P1.code.posterior.var": lost("the variance of posterior: the number is wrong"),
        "P1.code.posterior_predictive.mean": lost("the mean of posterior_predictive"),
        "P1.code.posterior_predictive.var": lost("the variance of posterior_predictive"),
        "P2.2.lambda": part(0.5, "right up to a factor"),
        "P3.1.W1": lost("have changed places"),
        "P3.2a": lost("the sign is the other way round"),
        "P3.2c": lost("the derivative of the hidden activation, is missing"),
        "P4.softmax.large": lost("nan or not finite (large logits"),
        "P4.sgd.zero": lost("the gradients afterwards"),
    }
    | each(GRADIENTS, lost("by up to 200%")),
    "s06-reads-global": {
        "P4.softmax.values": lost("softmax: 50 of 50 numbers are wrong"),
        "P4.cross_entropy.values": part(2.5, "expected shape (5,) or (5, 1), got ()"),
        "P4.plot.figure": lost("shows no figure of the training progress"),
    }
    | SOFTMAX
    | each(GRADIENTS, lost("mlp_gradients: not defined in T3_P3.ipynb, estimators.py")),
    "s07-ready-made": refused("P4.relu", "cell 4, line 5 uses torch.nn.functional.relu")
    | refused("P4.softmax", "torch.nn.functional.softmax")
    | refused("P4.sgd", "torch.optim.SGD"),
    "s08-failing-cells": {
        "P1.2c": lost("is not the right choice"),
        "P1.code.map_estimate": part(1.5, "Wrong for no observations"),
        "P2.4.limit": lost("shrink to mu, not to 0"),
        "P2.5": lost("is not the right choice"),
        "P3.1.W2": lost("W_2 is a row"),
        "P3.code.dW1": lost("dW1: 12 of 12 numbers"),
        "P3.code.db1": lost("db1: 3 of 3 numbers"),
        "P4.train.arguments": lost("train: params, loss_func and updater are not used"),
        "P4.plot.figure": lost("shows pictures but no figure"),
    },
    "s09-wrong-axis": {
        "P1.3b": lost("is not the right choice"),
        "P2.1": lost("Gaussian prior"),
        "P2.code.laplace_map": lost("not at its minimum but above it"),
        "P2.code.posterior_mean": lost("posterior_mean: the number is wrong"),
        "P3.code.dW1": lost("expected shape (3, 4), got (4, 3)"),
        "P4.relu.ranks": lost("relu: IndexError"),
        "P4.softmax.values": lost("softmax: 48 of 50 numbers are wrong"),
    }
    | SOFTMAX,
    "s10-no-notebook": each(P4, lost("not defined in estimators.py"))
    | SOFTMAX
    | {"P4.cross_entropy.gradient": not_run("P4.cross_entropy.values")}
    | {"P4.plot.figure": lost("There is no notebook")},
    "s11-broken-yaml": {
        name: lost("Did you mean `relu`?") for name in ("P4.relu.values", "P4.relu.ranks", "P4.relu.gradient")
    },
    "s12-logits": {
        "P2.2.objective": lost("this is maximised, not minimised"),
        "P2.code.laplace_map": lost("not at its minimum but above it"),
        "P3.2d": lost("a_1 stands where z_1 belongs"),
        "P3.code.dW1": lost("dW1: 12 of 12 numbers"),
        "P3.code.db1": lost("db1: 3 of 3 numbers"),
        "P4.params.start": part(0.5, "W1: expected numbers of about 0.01 at the start"),
        "P4.net.forward": part(3.0, "net: 50 of 50 numbers are wrong"),
        "P4.cross_entropy.values": lost("cross_entropy: 5 of 5 numbers are wrong"),
        "P4.cross_entropy.gradient": not_run("P4.cross_entropy.values"),
        "P4.sgd.update": lost("the parameters afterwards"),
        "P4.sgd.zero": lost("the gradients afterwards"),
    },
}
CAUSES = [
    ("s05-classics", "P1.1.var", "reciprocal"),
    ("s05-classics", "P1.code.map_estimate", "prior-ignored"),
    ("s05-classics", "P1.code.posterior.var", "std-for-variance"),
    ("s05-classics", "P1.code.posterior_predictive.var", "prior-ignored"),
    ("s05-classics", "P3.code.dW1", "sign-flipped"),
    ("s05-classics", "P4.softmax.large", "overflow"),
    ("s05-classics", "P4.sgd.zero", "accumulates"),
    ("s06-reads-global", "P4.softmax.values", "reads-global"),
    ("s06-reads-global", "P4.cross_entropy.values", "batch-mean"),
    ("s08-failing-cells", "P3.code.db1", "activation-derivative-missing"),
    ("s08-failing-cells", "P4.train.arguments", "reads-global"),
    ("s09-wrong-axis", "P2.code.laplace_map", "gaussian-prior"),
    ("s09-wrong-axis", "P2.code.posterior_mean", "mode-for-mean"),
    ("s09-wrong-axis", "P3.code.dW1", "transposed"),
    ("s09-wrong-axis", "P4.softmax.values", "softmax-wrong-axis"),
    ("s12-logits", "P2.code.laplace_map", "factor-two"),
    ("s12-logits", "P3.code.db1", "off-by-one-layer"),
    ("s12-logits", "P4.net.forward", "probabilities-for-logits"),
    ("s12-logits", "P4.cross_entropy.values", "probabilities-for-logits"),
    ("s12-logits", "P4.sgd.update", "out-of-place"),
]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return grade(SUBMISSIONS, RUBRIC, tmp_path_factory.mktemp("grades"))


@pytest.mark.parametrize("student", DIFFERENT)
def test_each_sample_gets_what_its_design_says(graded: Graded, student: str) -> None:
    """Every check of every sample has the outcome, the points and the words of the table."""
    expected = RIGHT | DIFFERENT[student]
    assert disagreements(graded.reports[student], expected) == []


@pytest.mark.parametrize(("student", "check", "cause"), CAUSES)
def test_a_known_mistake_has_its_name(graded: Graded, student: str, check: str, cause: str) -> None:
    """A misconception that explains the numbers is named with its id and in words."""
    diagnosis = checks_of(graded.reports[student])[check]["diagnosis"]
    assert diagnosis is not None and diagnosis["id"] == cause and diagnosis["says"]


def test_every_sample_is_in_the_table(graded: Graded) -> None:
    """No sample is left out of the table; the template among them is looked at by itself."""
    assert sorted(graded.reports) == sorted([*DIFFERENT, "s14-template"])


def test_the_template_earns_nothing(graded: Graded) -> None:
    """The blank handout gets 0 points, without a person, and every message says what is missing."""
    report = graded.reports["s14-template"]
    assert (report["points"], report["status"], report["notes"]) == (0.0, "graded", [])
    for name, check in checks_of(report).items():
        if check["max_points"]:
            assert check["outcome"] in ("lost", "not_run"), name
            assert re.search(
                "placeholder|NotImplementedError|not defined|no figure|Not tried|no answer", check["message"]
            ), check["message"]


def test_the_closing_part_is_collected(graded: Graded) -> None:
    """Hours as a number or a phrase and the collaborators are read from YAML, LaTeX, Markdown and notebook cells."""
    hours = {name: r["survey"].get("hours", {}).get("value") for name, r in graded.reports.items()}
    assert {hours[n] for n in ("s01-plain", "s05-classics", "s06-reads-global")} == {9.0, 3.5, 10.0}
    assert (hours["s02-transposed"], hours["s03-bare-notebook"], hours["s04-libraries"]) == (15.0, 12.0, 7.5)
    assert graded.reports["s02-transposed"]["survey"]["together"]["value"] == "discussed"


def test_a_cell_that_fails_is_told(graded: Graded) -> None:
    """What stopped while the notebook ran stands in the notes, with its cell and line."""
    notes = " ".join(graded.reports["s08-failing-cells"]["notes"])
    assert "T3_P3.ipynb cell 1:2" in notes and "T3_P3.ipynb cell 12:1" in notes


def test_the_figure_is_in_the_report(graded: Graded) -> None:
    """The figure of the training progress is evidence, and the page shows it."""
    image = checks_of(graded.reports["s01-plain"])["P4.plot.figure"]["evidence"]["image"]
    page = (graded.out / "s01-plain" / "report.html").read_text("utf-8")
    assert len(image["data"]) > 5000 and image["data"][:200] in page


def test_a_broken_answers_file_is_told_with_its_line(graded: Graded) -> None:
    """A line that YAML cannot read is named, and the other answers count."""
    assert any("answers.yaml:3" in p["path"] for p in graded.reports["s11-broken-yaml"]["problems"])


# --- the page, the handout, the stand-ins --------------------------------------------------------------------------


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"cs181_{name.replace('/', '_')}", HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not PAGE.exists(), reason="the assignment pages are not here")
def test_labels_and_points_are_those_of_the_page() -> None:
    """Each question and each label of the page's table is in the rubric, with the points of the page."""
    text = PAGE.read_text("utf-8")
    rows = re.findall(r"^\| (P[^|]+) \| ([\d ]+) \| ([^|]+) \|$", text, re.M)
    questions = {q.id: q.points for q, _ in load(RUBRIC).questions}
    found: dict[str, float] = {}
    for names, points, earns in rows:
        for name, number in zip(names.split(), points.split(), strict=True):
            assert questions.pop(name) == float(number), name
        found |= _labels(names, earns) if " " not in names else {}
    assert questions == {} and len(found) > 30
    for label, number in found.items():
        names = [label] if label in CHECKS else [n for n in CHECKS if n.startswith(f"{label}.")]
        parts = [CHECKS[n].entry.points for n in names]
        assert sum(parts) == pytest.approx(number), label


def _labels(question: str, earns: str) -> dict[str, float]:
    """`.1.mean 1, .2d four at 0.5, eight dimensions at 0.5, .2a to .2d 2 each, mle 1` as labels with points."""
    counts, found = {"two": 2, "four": 4, "eight": 8}, {}
    every = earns.split(": ")[-1].removesuffix(" each") if earns.endswith(": 2 each") else ""
    if every := re.match(r"([\w, ]+): ([\d.]+) each", earns):
        return {f"{question}.{name}": float(every[2]) for name in every[1].split(", ")}
    for part_ in earns.split(", "):
        part_ = part_.replace(" (prose)", "")
        if m := re.fullmatch(r"(\.\w+|eight dimensions)(?: (two|four))? at ([\d.]+)", part_):
            label = f"{question}.1" if m[1] == "eight dimensions" else f"{question}{m[1]}"
            found[label] = counts[m[2] or "eight"] * float(m[3])
        elif m := re.fullmatch(r"(\.\d)(\w) to \.\d(\w) ([\d.]+) each", part_):
            letters = [chr(k) for k in range(ord(m[2]), ord(m[3]) + 1)]
            found |= {f"{question}{m[1]}{letter}": float(m[4]) for letter in letters}
        else:
            name, _, number = part_.rpartition(" ")
            found[f"{question}{name}" if name.startswith(".") else f"{question}.{name}"] = float(number)
    return found


def test_the_handout_is_what_its_source_makes() -> None:
    """The files that students get are those that make_handout.py writes, and no others."""
    files = _module("make_handout").handout()
    assert sorted(p.name for p in (HERE / "handout").iterdir()) == sorted(files)
    for name, text in files.items():
        assert (HERE / "handout" / name).read_text("utf-8") == text, name
        assert "SOLUTION" not in text and "softmax(relu(X" not in text


def test_the_solution_earns_everything_twice(tmp_path: Path) -> None:
    """The handout filled in earns all points but those of the prose, and a second run from scratch gives the same bytes."""
    folder = tmp_path / "submissions" / "course"
    folder.mkdir(parents=True)
    for name, text in _module("make_handout").solution().items():
        (folder / name).write_text(text, encoding="utf-8")
    first, second = (
        grade(folder.parent, RUBRIC, tmp_path / name, workers=1).reports["course"] for name in ("a", "b")
    )
    assert disagreements(first, RIGHT) == []
    waiting = sum(CHECKS[name].entry.points for name in PROSE)
    assert (first["points"], first["max_points"], waiting) == (94.0, 100.0, 6.0)
    assert without_times(first) == without_times(second)


def test_the_stand_in_serves_the_courses_digits_without_the_hidden_ones() -> None:
    """The images beside the notebook are the reference's for training and validation, and no hidden one."""
    import numpy as np

    from reference.digits import load_digit_split

    made = _module("standins/make_digits").parts()
    enlarge = _module("standins/torchvision/datasets").enlarge
    split = load_digit_split(28)
    with np.load(HERE / "standins" / "torchvision" / "digits.npz") as stored:
        assert sorted(stored) == ["train_images", "train_labels", "val_images", "val_labels"]
        for name, part_ in (("train", split.train), ("val", split.val)):
            assert np.array_equal(stored[f"{name}_images"], made[f"{name}_images"])
            images = enlarge(stored[f"{name}_images"].astype(np.int64), 28)
            assert np.array_equal(images.reshape(len(images), -1), part_.pixels)
            assert np.array_equal(stored[f"{name}_labels"], part_.labels)


def test_numbers_inside_and_outside_agree() -> None:
    """The routine in the sandbox and the kind outside fill the network with the same numbers."""
    import numpy as np

    inside, outside = (
        _module("routines/notebook").test_values(784, 7, 10),
        _module("kinds/_values").test_values(784, 7, 10),
    )
    assert all(np.array_equal(a, b) for a, b in zip(inside, outside, strict=True))
