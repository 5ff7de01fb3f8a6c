"""The code of a file as our Python is to run it."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from grader.intake.modules import code_text
from grader.intake.newer import Older, older, older_notebook
from grader.intake.notebook import NotANotebookError, looks_like_notebook, read_notebook, static_code
from grader.model import HandedFile


def source(file: HandedFile, newer: bool = False) -> Older:
    """
    The code of a file; of a notebook that stands beside a script, its cells one after the other.

    Args:
        file: of the hand-in.
        newer: whether it is in the syntax of a newer Python than ours.
    """
    if not looks_like_notebook(file.data):
        return older(code_text(file.data)) if newer else Older(file.text().replace("\0", ""))
    made = older_notebook(file.text()) if newer else Older(file.text().replace("\0", ""))
    with contextlib.suppress(NotANotebookError):
        cells = [c.source for c in read_notebook(made.text).cells if c.kind == "code"]
        return replace(made, text="\n".join(map(static_code, cells)))
    return made
