"""What a rubric says about one answer: its kind, the truth, the symbols, and the mistakes that are known by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from grader.answers.symbols import Declaration

Form = Literal["formula", "number", "vector", "matrix", "shape", "choice"]
UpTo = Literal["none", "sign", "factor", "positive-factor", "constant", "positive-affine"]
Scalar = str | int | float


class Truth(BaseModel):
    """
    One accepted answer.

    Args:
        truth: in the language that answers are read in.
        fraction: of the points that it earns.
        up_to: what may differ; by default what the spec says.
        lhs: when an answer has one of these left-hand sides, only truths that list it are compared.
        symbols: symbols that mean something else in this form (`x` a matrix of data points instead of one).
        free: index letters asked for in this form.
        varies: with `up_to`: the symbols of which the constant must not depend; by default what the spec says.
        says: why it earns only a part.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    truth: Scalar | list[Any]
    fraction: float = Field(default=1.0, ge=0, le=1)
    up_to: UpTo | None = None
    lhs: tuple[str, ...] = ()
    symbols: dict[str, Declaration] = {}
    free: tuple[str, ...] | None = None
    varies: tuple[str, ...] | None = None
    says: str = ""


class Misconception(BaseModel):
    """A wrong form that is recognised by its meaning; `truth` is what it looks like, `fraction` what it still earns."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    truth: Scalar | list[Any]
    says: str
    help: str = ""
    fraction: float = Field(default=0.0, ge=0, le=1)
    up_to: UpTo | None = None
    symbols: dict[str, Declaration] = {}


class AnswerSpec(BaseModel):
    """
    One asked answer.

    Args:
        form: the kind of answer.
        truth: the main truth; None when it is only given at grading (`given["truth"]`).
        accepts: further truths: text, or a mapping with a fraction.
        symbols: declarations by name.
        uses: the symbols that an answer may use (all when not given; the others serve definitions).
        free: index letters that the answer is asked for (`h` in dL/db1_h); an answer for all of them at once is accepted.
        lhs: spellings of what is asked, which an answer may put before its equals sign.
        up_to: what may differ between answer and truth; `varies` names the symbols of which a constant must not depend.
        varies: see `up_to`.
        layout: `any` accepts rows for columns and a transposed matrix, `asked` does not.
        products: `strict` refuses products whose sizes do not fit; `loose` reads `w x` of two vectors as a dot product.
        digits: significant digits to which numbers are compared.
        absolute: whether the absolute value is accepted too.
        choices: of a choice: the words for each.
        subjects: of a choice between more and less: words of what is compared, and of what it is compared with.
        turned: of a choice of what is smallest: comparisons that say that the one named before them is not it.
        normal: the asked part of a normal distribution: an answer may be written as the whole `N(mean, variance)`.
        phrases: words that are accepted instead of a formula.
        misconceptions: known mistakes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    form: Form = "formula"
    truth: Scalar | bool | list[Any] | None = None
    accepts: tuple[Truth, ...] = ()
    symbols: dict[str, Declaration] = {}
    uses: tuple[str, ...] | None = None
    free: tuple[str, ...] = ()
    lhs: tuple[str, ...] = ()
    up_to: UpTo = "none"
    varies: tuple[str, ...] = ()
    layout: Literal["any", "asked"] = "any"
    products: Literal["loose", "strict"] = "loose"
    digits: int = Field(default=3, ge=1, le=12)
    absolute: bool = False
    choices: dict[str, tuple[str, ...]] = {}
    subjects: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    turned: tuple[str, ...] = ()
    normal: Literal["mean", "variance"] | None = None
    phrases: tuple[str, ...] = ()
    misconceptions: tuple[Misconception, ...] = ()
    _checked: bool = PrivateAttr(default=False)
    _main: tuple[Truth, ...] = PrivateAttr(default=())

    @model_validator(mode="before")
    @classmethod
    def _texts_are_truths(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "accepts" in data:
            accepts = data["accepts"] if isinstance(data["accepts"], list | tuple) else [data["accepts"]]
            wrapped = [item if isinstance(item, Mapping | Truth) else {"truth": item} for item in accepts]
            return {**data, "accepts": wrapped}
        return data

    @model_validator(mode="after")
    def _truths_can_be_read(self) -> AnswerSpec:
        # pydantic runs this again whenever a spec is passed on as a value.
        if not self._checked:
            from grader.answers.validate import check_spec

            if self.truth is not None and not isinstance(self.truth, bool):
                self._main = (Truth(truth=self.truth),)
            check_spec(self)
            self._checked = True
        return self

    def truths(self) -> list[Truth]:
        """The main truth and the further ones."""
        return [*self._main, *self.accepts]


def specs_from(document: Mapping[str, Any]) -> dict[str, AnswerSpec]:
    """
    The specs of an assignment's answers file.

    Args:
        document: `symbols:` groups of declarations by group name, `labels:` a spec for each label, whose `group` names the
            declarations that it shares and whose own `symbols` are added to them.
    """
    groups = document.get("symbols", {})
    specs: dict[str, AnswerSpec] = {}
    for label, written in document["labels"].items():
        data = dict(written)
        shared = groups.get(data.pop("group", None), {})
        specs[label] = AnswerSpec.model_validate({**data, "symbols": {**shared, **data.get("symbols", {})}})
    return specs
