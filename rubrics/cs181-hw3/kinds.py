"""Kinds of check for the notebook of problem 4: its parameters, `net` and `train`, by the conventions that the page lists."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from grader.checks._training import accuracy
from grader.checks.recipe import Cook, _from_file
from grader.checks.registry import check
from grader.compare import RTOL_SINGLE, as_array, compare, name_of, shape_text
from grader.diagnosis.registry import hint_of, sentence
from grader.errors import Missing, StudentFault
from grader.intake.notebook import NotANotebookError, read_notebook, static_code
from grader.model import Diagnosis, Verdict, earned, lost, manual, partial
from grader.points import Bands, fraction_for
from grader.student import Student, Tensor
from reference.activations import relu, sigmoid, softmax
from reference.digits import load_digit_split

Routine = Annotated[str, BeforeValidator(_from_file)]
NAMES = ("W1", "b1", "W2", "b2")


def _named(id: str, says: str = "") -> Diagnosis:
    return Diagnosis(id=id, says=says or sentence([id]))


# --- parameters ----------------------------------------------------------------------------------------------------


@check
def parameters(
    student: Student, *, look: Literal["sizes", "shapes", "gradients", "start"], routine: Routine
) -> Verdict:
    """
    The parameters of the network are as the page asks.

    What the notebook's own training made of them does not matter: the statements that make them run once more.

    Args:
        look: at the sizes, the shapes, whether they collect gradients, or the numbers that they start from.
        routine: the file with `starting`.
    """
    told = _starting(student, routine)
    if look == "sizes":
        return _sizes(told.get("sizes") or {})
    missing = [name for name in NAMES if name not in told]
    if missing:
        raise Missing(
            f"{missing[0]}: not defined as a tensor.",
            help=f"Define `{missing[0]}` at the top level of the notebook.",
        )
    return {"shapes": _shapes, "gradients": _gradients, "start": _start}[look](told)


def _starting(student: Student, routine: str) -> dict[str, Any]:
    group = student.group("W1")
    choice = student.choices[group]
    if not choice.files:
        student.require("W1")
    student.loaded(group)
    file = student.submission.file(choice.primary or "")
    statements = list(
        making(file.text() if file else "", set(NAMES) | {"n_inputs", "n_hiddens", "n_outputs"})
    )
    functions = [n for n in ("train", "net", "softmax", "relu", "sgd", "cross_entropy") if _has(student, n)]
    if not functions:
        student.require("W1")
        raise Missing("W1: there is no function beside it that could use it.")
    value = student.run(
        routine,
        "starting",
        statements,
        student.inner_seed,
        names=functions[:1],
        timeout=30.0,
        called="W1, b1, W2, b2",
    ).value
    return value if isinstance(value, dict) else {}


def _has(student: Student, name: str) -> bool:
    try:
        return bool(student.require(name) + 1)
    except StudentFault:
        return False


def making(text: str, names: set[str]) -> Iterator[str]:
    """The top-level statements of a notebook or script that make or change these variables, without those that train."""
    names = set(names)
    for cell in _cells(text):
        try:
            body = ast.parse(static_code(cell)).body
        except (SyntaxError, ValueError, RecursionError):
            continue
        for statement in body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom) or _trains(
                statement
            ):
                continue
            bound = _bound(statement)
            if bound & names or _changes(statement, names):
                yield ast.unparse(statement)
            if (
                isinstance(statement, ast.Assign)
                and isinstance(statement.value, ast.List | ast.Tuple)
                and _read(statement.value) & names
            ):
                yield ast.unparse(statement)
                names |= bound


def _cells(text: str) -> list[str]:
    try:
        return [cell.source for cell in read_notebook(text).code]
    except NotANotebookError:
        return [text]


def _trains(statement: ast.stmt) -> bool:
    called = {ast.unparse(n.func) for n in ast.walk(statement) if isinstance(n, ast.Call)}
    return any(
        c.rpartition(".")[2] in ("backward", "show", "plot") or c.startswith(("train", "fit", "print"))
        for c in called
    )


def _bound(statement: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _read(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _changes(statement: ast.stmt, names: set[str]) -> bool:
    """`W1 *= 0.01`, `W1.data = ...`, `W1.requires_grad_()`, `init(W1)`, a loop or block of such."""
    if isinstance(statement, ast.For | ast.With | ast.If | ast.Expr):
        return bool(_read(statement) & names)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return any(t is not None and not isinstance(t, ast.Name) and _read(t) & names for t in targets)


def _sizes(sizes: dict[str, Any]) -> Verdict:
    for name, asked in (("n_inputs", 784), ("n_outputs", 10)):
        if sizes.get(name) is None:
            return lost(
                f"{name}: not defined as a whole number.", f"Define `{name} = {asked}` in the notebook."
            )
        if sizes[name] != asked:
            return lost(
                f"{name}: expected {asked}, got {sizes[name]}.",
                "The images have 28 x 28 pixels and 10 classes.",
            )
    hidden = sizes.get("n_hiddens")
    if not isinstance(hidden, int) or hidden < 1:
        return lost(
            "n_hiddens: not defined as a whole number above 0.", "Choose the width of the hidden layer."
        )
    return earned(f"n_inputs = 784, n_hiddens = {hidden}, n_outputs = 10.")


def _shapes(told: dict[str, Any]) -> Verdict:
    sizes = told.get("sizes") or {}
    shape = {name: tuple(told[name]["shape"]) for name in NAMES}
    hidden = sizes.get("n_hiddens") or int(np.prod(shape["b1"]))
    wanted = {"W1": (784, hidden), "b1": (hidden,), "W2": (hidden, 10), "b2": (10,)}
    for name in NAMES:
        rows = wanted[name]
        allowed = [rows, rows[::-1]] if len(rows) == 2 else [rows, (1, *rows), (*rows, 1)]
        if shape[name] not in allowed:
            evidence = [{"name": name, "got": list(shape[name]), "expected": [list(a) for a in allowed[:2]]}]
            text = f"{name}: expected shape {shape_text(rows)}, got {shape_text(shape[name])}."
            return lost(
                text,
                "The page gives the four shapes; the transposed of a weight is right too.",
                shapes=evidence,
            )
    return earned("W1, b1, W2, b2: the shapes fit together.")


def _gradients(told: dict[str, Any]) -> Verdict:
    wrong = [name for name in NAMES if not told[name]["grad"]]
    if not wrong:
        return earned("W1, b1, W2, b2: all four collect gradients.")
    text = f"{', '.join(wrong)}: no gradient is collected, so training cannot change {'it' if len(wrong) == 1 else 'them'}."
    advice = (
        "Call `requires_grad_()` last: the result of `0.01 * tensor` is a new tensor, which is no parameter."
    )
    return lost(text, advice)


def _start(told: dict[str, Any]) -> Verdict:
    complaints = []
    for name in NAMES:
        found = as_array(told[name].get("start"))
        if found is None or not found.size:
            return lost(f"{name}: not a tensor of numbers.")
        complaint = _unlike_start(name, found.astype(np.float64))
        if complaint:
            complaints.append((complaint, bool(told[name]["fresh"])))
    if not complaints:
        return earned("W1 and W2 start as 0.01 times standard normal numbers, b1 and b2 at 0.")
    if not all(fresh for _, fresh in complaints):
        text = "How the parameters start could not be seen after the notebook's own training: a person looks at the code."
        return manual(text, "Make the parameters in statements of their own, before the training.")
    return partial(
        1.0 - 0.25 * len(complaints),
        complaints[0][0],
        "The page asks for 0.01 times standard normal numbers, and biases of 0.",
    )


def _unlike_start(name: str, found: Any) -> str:
    if name.startswith("b"):
        return "" if not found.any() else f"{name}: expected zeros at the start, got others."
    if not np.isfinite(found).all():
        return f"{name}: contains nan or inf."
    spread, slack = float(np.sqrt(np.mean(found**2))), 0.02 + 5.0 / np.sqrt(found.size)
    if abs(spread / 0.01 - 1.0) > slack:
        return f"{name}: expected numbers of about 0.01 at the start (standard deviation), got {spread:.2g}."
    tails = float(np.mean((found / spread) ** 4))
    if found.size > 1000 and abs(tails - 3.0) > 0.1 + 40.0 / np.sqrt(found.size):
        return f"{name}: the size is right, but these are not normal random numbers."
    return ""


# --- sgd -----------------------------------------------------------------------------------------------------------


@check
def steps(student: Student, *, recipe: Cook, look: Literal["values", "gradients"], scaled: float = 256.0, keeps: float = 0.5) -> Verdict:  # fmt: skip
    """
    `sgd` moves its parameters in place by minus lr times their gradients, and sets those back to zero.

    Args:
        recipe: what to run; `out` tells of `values`, `gradients` and `others`.
        look: at the parameters, or at their gradients afterwards.
        scaled: a batch size that the step may be divided by.
        keeps: fraction of the points that such a step keeps.
    """
    for seen in recipe.observe(student):
        names, got = seen.case.names, seen.value(f"out['{look}']")
        before, slope = (np.concatenate([names[k].ravel() for k in pair]) for pair in ("Pp", "Gg"))
        lr = names["lr"]
        right = before - lr * slope if look == "values" else 0.0 * slope
        complaint = compare(got, right, atol=1e-6)
        if complaint is None:
            continue
        if (
            seen.value("out['others']") is True
            and compare(got, before if look == "values" else slope, atol=1e-6) is None
        ):
            says = "`sgd` changes the variables of the notebook in place of the parameters that it is given."
            return lost(
                "sgd: the parameters that it is given stay as they are.",
                "Go through `params`.",
                _named("reads-global", says),
            )
        wrong = {
            "values": {
                "out-of-place": (
                    "The parameters stay as they are: `p = p - ...` makes a new tensor.",
                    before,
                ),
                "sign-flipped": ("", before + lr * slope),
                "scaled": (
                    f"The step is divided by {scaled:g}, a batch size: `sgd` gets the gradient as it is.",
                    before - lr * slope / scaled,
                ),
                "ignores-lr": ("The step is 0.1 whatever lr is given.", before - 0.1 * slope),
                "wrong-step-size": ("The gradient is not multiplied by lr.", before - slope),
            },
            "gradients": {
                "accumulates": ("The gradients stay, and the next batch's are added to them.", slope)
            },
        }[look]
        for name, (says, result) in wrong.items():
            if compare(got, result, atol=1e-6) is None:
                cause = _named(name, says)
                called = "the parameters" if look == "values" else "the gradients"
                return partial(
                    keeps if name == "scaled" else 0.0,
                    f"sgd: {called} afterwards: {complaint.text}.",
                    hint_of(cause),
                    cause,
                )
        return lost(
            f"sgd: afterwards: {complaint.text}.",
            "p -= lr * p.grad inside `torch.no_grad()`, then `p.grad.zero_()`.",
        )
    return earned(
        "sgd: "
        + (
            "the parameters move as they should."
            if look == "values"
            else "the gradients are zero afterwards."
        )
    )


# --- net -----------------------------------------------------------------------------------------------------------


@check
def network(student: Student, *, routine: Routine, keeps: dict[str, float] = {}, rows: int = 5) -> Verdict:  # noqa: B006
    """
    The network flattens, applies a hidden relu layer and gives the softmax of the outputs.

    Judged with the student's relu and softmax, or with right ones in their place, or by what follows from the student's own:
    a mistake in those costs its points there.

    Args:
        routine: the file with `forward`.
        keeps: diagnosis id to the fraction of the points that is kept.
        rows: images.
    """
    images = student.rng("network").random((rows, 1, 28, 28)).astype(np.float32)
    told = student.run(routine, "forward", Tensor(images), names=["net"], called="net").value
    told = told if isinstance(told, dict) else {}
    sizes = [told.get(k) for k in ("inputs", "hidden", "outputs")]
    if not all(isinstance(s, int) and 0 < s <= 1 << 16 for s in sizes) or sizes[0] != 784 or sizes[2] != 10:
        return lost(
            "net: its parameters do not fit images of 784 pixels and 10 classes.",
            "Correct the shapes of W1, b1, W2, b2.",
        )
    maps = _Maps(images.reshape(rows, -1).astype(np.float64), sizes[1])
    want = maps.right()
    if compare(told.get("own"), want, rtol=RTOL_SINGLE) is None:
        return earned(f"net: right on {rows} images, with random numbers in its parameters.")
    if compare(told.get("fixed"), want, rtol=RTOL_SINGLE) is None:
        return earned(
            "net: right, with a right relu and softmax in place of yours: those cost their points above."
        )
    own = as_array(told.get("composed"))
    if (
        own is not None
        and _means_something(own, rows)
        and compare(told.get("own"), own, rtol=RTOL_SINGLE) is None
    ):
        return earned("net: right, going by your own relu and softmax: those cost their points above.")
    if isinstance(told.get("own"), str):
        # It fails: once more on its own, so that the message has the line.
        student.run(routine, "alone", Tensor(images), names=["net"], called="net")
        return lost(f"net: {told['own'].rstrip('.')}.")
    return _wrong_net(told, want, maps, keeps)


def _means_something(composed: Any, rows: int) -> bool:
    """Not the same for all images or all classes: a softmax that returns constants makes nothing of `net` visible."""
    if composed.shape != (rows, 10) or composed.dtype.kind != "f" or not np.isfinite(composed).all():
        return False
    size = float(np.abs(composed).max())
    return size > 0 and all(composed.std(axis=axis).min() > 1e-4 * size for axis in (0, 1))


class _Maps:
    """What a network of the known parameters gives, right and wrong."""

    def __init__(self, X: Any, hidden: int) -> None:
        self.X = X
        self.W1, self.b1, self.W2, self.b2 = test_values(784, hidden, 10)

    def right(self) -> Any:
        return softmax(self.logits())

    def logits(self, bend: Any = relu, b1: float = 1.0, b2: float = 1.0) -> Any:
        return bend(self.X @ self.W1 + b1 * self.b1) @ self.W2 + b2 * self.b2

    def wrong(self) -> Iterator[tuple[str, str, Any]]:
        """Diagnosis id, words, result."""
        yield (
            "probabilities-for-logits",
            "net returns the logits: the softmax at its end is missing.",
            self.logits(),
        )
        yield (
            "activation-missing",
            "The relu of the hidden layer is missing.",
            softmax(self.logits(lambda a: a)),
        )
        yield (
            "wrong-activation",
            "The hidden layer has a sigmoid where a relu is asked.",
            softmax(self.logits(sigmoid)),
        )
        yield (
            "wrong-activation",
            "The hidden layer has a tanh where a relu is asked.",
            softmax(self.logits(np.tanh)),
        )
        yield "wrong-index", "b1 is not added.", softmax(self.logits(b1=0.0))
        yield "wrong-index", "b2 is not added.", softmax(self.logits(b2=0.0))
        yield "wrong-index", "Neither b1 nor b2 is added.", softmax(self.logits(b1=0.0, b2=0.0))
        yield (
            "activation-derivative-at-output",
            "A relu is applied to the output too.",
            softmax(relu(self.logits())),
        )
        yield "softmax-wrong-axis", "", softmax(self.logits().T).T
        yield "probabilities-for-logits", "net returns logarithms of the probabilities.", np.log(self.right())


def _wrong_net(told: dict[str, Any], want: Any, maps: _Maps, keeps: dict[str, float]) -> Verdict:
    complaint = compare(told.get("own"), want, rtol=RTOL_SINGLE)
    assert complaint is not None
    if complaint.kind != "shape":
        for name, says, result in maps.wrong():
            for part in ("own", "fixed"):
                if compare(told.get(part), result, rtol=RTOL_SINGLE) is None:
                    cause = _named(name, says)
                    return partial(keeps.get(name, 0.0), f"net: {complaint.text}.", hint_of(cause), cause)
    else:
        got = as_array(told.get("own"))
        shapes = [{"name": "net(X)", "got": list(got.shape), "expected": [list(want.shape)]}]  # type: ignore[union-attr]
        return lost(f"net: {complaint.text}.", "One row of 10 probabilities for each image.", shapes=shapes)
    return lost(f"net: {complaint.text}.", "softmax(relu(X W1 + b1) W2 + b2), with X flattened to (n, 784).")


# As in routines.py: the same numbers inside and outside.
def numbers(count: int, start: int) -> Any:
    """Numbers in [-1, 1) that look random and are the same everywhere."""
    k = np.arange(start, start + count, dtype=np.float64)
    return 2.0 * np.modf(np.abs(np.sin(k * 12.9898 + 4.1414) * 43758.5453))[0] - 1.0


def test_values(inputs: int, hidden: int, outputs: int) -> tuple[Any, Any, Any, Any]:
    """Parameters for one look at `net`, in the page's layout."""
    return (
        0.12 * numbers(inputs * hidden, 1).reshape(inputs, hidden),
        0.7 * numbers(hidden, 1_000_003),
        3.0 * numbers(hidden * outputs, 2_000_003).reshape(hidden, outputs) / np.sqrt(hidden),
        0.7 * numbers(outputs, 3_000_017),
    )


# --- train ---------------------------------------------------------------------------------------------------------


@check
def learns(
    student: Student,
    *,
    routine: Routine,
    bands: Bands,
    times: int = 10,
    batch: int = 256,
    epochs: int = 10,
    timeout: float = 90.0,
    most: int = Field(default=0),
) -> Verdict:
    """
    The student's own `train` makes the network learn: accuracy on images that it has not seen.

    With the student's own parts; where that is not enough, once more with right ones in place of them: a mistake in those
    costs its points there.

    Args:
        routine: the file with `learn`.
        bands: accuracy to fraction of the points.
        times: how often an epoch shows each digit.
        batch, epochs: of the training.
        timeout: of one training, in seconds.
        most: training digits at most, 0 for all.
    """
    student.require("train")
    images = _images(student.seed, most)
    given = (*images[:5], times, batch, epochs, student.inner_seed)
    own, fault = _run(student, routine, given, "", timeout, images[5])
    if own is not None and fraction_for(own["accuracy"], bands) == 1.0:
        return _learned(own, bands, epochs, "")
    if fault is not None and fault.kind == "timeout":
        raise fault
    for loss in ("rows", "mean"):
        ours, other = _run(student, routine, given, loss, timeout, images[5])
        better = ours is not None and (own is None or ours["accuracy"] > own["accuracy"])
        if ours is not None and better and fraction_for(ours["accuracy"], bands) > 0.0:
            how = " with right parts in place of your own, which cost their points elsewhere"
            return _learned(ours, bands, epochs, how)
        if other is None or other.kind != "crashed":
            break
    if own is None:
        assert fault is not None
        raise fault
    return _learned(own, bands, epochs, "")


def _images(seed: int, most: int) -> tuple[Any, ...]:
    """Training, validation and hidden images; the digits' names are shuffled, so that a known table is worth nothing."""
    split = load_digit_split(28)
    names = np.random.default_rng(seed).permutation(10)
    (X, y), (Xv, yv), (Xh, yh) = [
        ((p.pixels / 255.0).astype(np.float32), names[p.labels]) for p in (split.train, split.val, split.test)
    ]
    cut = slice(0, most or None)
    return Tensor(X[cut]), Tensor(y[cut]), Tensor(Xv), Tensor(yv), Tensor(Xh), yh


def _run(student: Student, routine: str, given: Sequence[Any], loss: str, timeout: float, labels: Any) -> tuple[dict[str, Any] | None, StudentFault | None]:  # fmt: skip
    try:
        told = student.run(
            routine, "learn", *given, loss, names=["train"], timeout=timeout, called="train"
        ).value
    except StudentFault as fault:
        return None, fault
    told = told if isinstance(told, dict) else {}
    scores = as_array(told.get("scores"))
    if scores is None or scores.shape != (len(labels), 10) or scores.dtype.kind not in "fiu":
        got = shape_text(scores.shape) if scores is not None else name_of(told.get("scores"))
        return None, StudentFault(
            f"net: after training it gives {got} for {len(labels)} images, not one row of 10 each.",
            kind="output",
        )
    losses = [v for v in told.get("losses", []) if type(v) is float]
    return {
        "accuracy": accuracy(scores, labels),
        "losses": losses,
        "steps": told.get("steps"),
        "per_epoch": -(-len(given[0].array) * given[5] // given[6]),
    }, None


def _learned(run: dict[str, Any], bands: Bands, epochs: int, how: str) -> Verdict:
    fraction = fraction_for(run["accuracy"], bands)
    steps, asked = run["steps"], epochs * run["per_epoch"]
    few = (
        f" It made {steps} steps, where {epochs} epochs have {asked}."
        if isinstance(steps, int) and steps < asked
        else ""
    )
    text = (
        f"train: after {epochs} epochs{how}, {run['accuracy']:.1%} of new images are classified right.{few}"
    )
    lines = [{"name": "training", "y": [round(v, 5) if np.isfinite(v) else None for v in run["losses"]]}]
    curves = (
        [{"title": "loss", "lines": lines, "x_label": "epoch", "y_label": "loss"}] if run["losses"] else []
    )
    advice = (
        ""
        if fraction == 1
        else "Batches of 256, lr 0.1, the mean of the batch's losses, one step for each batch."
    )
    return partial(fraction, text, advice, accuracy=round(run["accuracy"], 3), curves=curves)


ASKED = ("net", "params", "train_iter", "loss_func", "updater")


@check
def takes_arguments(student: Student, *, routine: Routine) -> Verdict:
    """
    `train` works with the network, parameters, data, loss and updater that it is given.

    Args:
        routine: the file with `arguments_used`.
    """
    told = student.run(routine, "arguments_used", names=["train"], called="train").value
    told = told if isinstance(told, dict) else {}
    unused = [name for name in ASKED if told.get(name) is not True]
    if not unused:
        return earned("train: uses all of its arguments.")
    if told.get("error") and type(told["error"]) is str:
        text = f"train: does not get through with a net, data and loss of ours: {told['error'].rstrip('.')}."
        blank = _named("blank-template") if told["error"].startswith("NotImplementedError") else None
        return lost(text, "Inside `train`, use only its parameters (and `epochs`, `lr`).", blank)
    share = 1.0 - len(unused) / 2
    return partial(
        share, f"train: {_listed(unused)} {'is' if len(unused) == 1 else 'are'} not used.",
        "Call `train` with other arguments once: it must train those.", _reads(unused[0]),
    )  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _reads(name: str) -> Diagnosis:
    says = f"`train` uses a variable of the notebook in place of its argument `{name}`: handed others, it left them alone."
    return _named("reads-global", says)
