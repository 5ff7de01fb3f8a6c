"""What rubric.yaml can say, as models: their fields are its keys, their schema is what editors are given."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from grader.late import LatePolicy, seconds
from grader.model import Visibility

Seconds = Annotated[float, BeforeValidator(seconds)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CodeGroup(_Model):
    """Names that belong together in one file of the student's."""

    names: list[str]
    optional: list[str] = []
    usual: list[str] = []
    preload: list[str] = ["numpy"]
    barred: list[str] = []
    provided: dict[str, str] = Field(
        {}, description="Path beside the student's files to a file beside the rubric."
    )
    load_seconds: float = 60.0
    call_seconds: float = 10.0


class CheckEntry(_Model):
    """One check, without the options of its kind."""

    id: str
    points: float = 0.0
    title: str = ""
    help: str = ""
    needs: list[str] = []
    """Checks that must not be lost before this one runs."""
    only_if: list[str] = []
    """Names that are optional: the check is left out where the hand-in does not define all of them."""
    visibility: Visibility = "visible"
    """On Gradescope. Any hidden check hides the total from students there."""
    tags: list[str] = []
    try_it: str = ""
    """Lines for a student's own machine when the check is lost; `from hand_in import f` becomes an import of their file."""


class Question(_Model):
    """A question with its points; the points of its checks add up to them."""

    id: str
    title: str
    points: float
    extra: bool = False
    checks: list[dict[str, Any]]


class Rate(_Model):
    """At most so many graded submissions in so much time."""

    submissions: int = Field(ge=1)
    per: Seconds = 86400.0


class GradescopeOptions(_Model):
    """`gradescope:` of a rubric: how the container behaves. docs/gradescope.md says what each means."""

    budget: Seconds = 540.0
    """For the whole run; below the time limit that is set on Gradescope (10 minutes there, unless changed)."""
    memory_mb: int = Field(default=768, ge=384)
    """Of the container, where the container does not say it itself."""
    pace: float = Field(default=2.0, gt=0)
    """Time limits are multiplied by this: the container has half a processor."""
    rate: Rate | None = None
    visibility: Visibility = "visible"
    stdout: Visibility = "hidden"
    output: Literal["html", "text"] = "html"
    leaderboard: list[Literal["points", "seconds"]] = []
    unsafe: bool = False
    """Grade also where the platform's kernel cannot lock student code in; by its user id alone it is kept from the course."""


class RubricFile(_Model):
    """The file as it is written."""

    assignment: str
    title: str
    seed: int = 0
    limits: dict[str, float] = {}
    code: list[CodeGroup] = []
    answers: dict[str, Any] = Field(
        {},
        description="How written answers are collected: headings, stubs, symbols; `published: true` shows students what is accepted.",
    )
    recipes: dict[str, Any] = {}
    late: LatePolicy | None = None
    gradescope: GradescopeOptions = GradescopeOptions()
    kinds: str = Field(
        "",
        description="A module, or a folder of modules, beside the rubric with check kinds of the course's own.",
    )
    questions: list[Question]
    survey: list[str] = []
