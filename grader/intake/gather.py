"""Reading each file of a hand-in that may carry answers, by what it is."""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from grader.alarm import TookTooLong, at_most
from grader.intake.grids import latex_grids, markdown_grids
from grader.intake.labels import Labels
from grader.intake.latex import read_latex, unknown, without_comments
from grader.intake.limits import MB
from grader.intake.markdown import Line, lines_of, read_markdown
from grader.intake.modules import code_text
from grader.intake.names import ending
from grader.intake.notebook import NotANotebookError, looks_like_notebook, read_notebook
from grader.intake.pieces import Complaint, Experiment, Gathered, HandedAnswer, SurveyLine, place
from grader.intake.survey import is_survey_root, survey_lines
from grader.intake.tables import ENDINGS, MAX_BYTES, read_grids, read_table
from grader.intake.yamls import Entry, as_number, read_yaml
from grader.model import HandedFile, Submission

_MAX_TEXT = 4 * MB
_MAX_NOTEBOOK = 32 * MB
_MAX_FILES = 100
_MAX_ANSWERS = 100_000
_MAX_CURVES = 400_000
"""Characters that YAML is asked to read: it takes a second for the longer ones."""
_MOST_COMPLAINTS = 10
_SHORT = "Hand in your answers in a short text file."
_SECONDS = 20.0
"""Of processor time for all files of a hand-in together; the largest honest ones take a tenth of it."""
_ANSWERS = re.compile(r"answers?(?:[^A-Za-z].*)?", re.IGNORECASE)
_EXPERIMENTS = re.compile(r"experiments?(?:[^A-Za-z].*)?", re.IGNORECASE)
_MEASURES = re.compile(r"(?i)loss|acc")
_YAML = (".yaml", ".yml", ".json")


def gather(submission: Submission, labels: Labels, sections: Sequence[str]) -> Gathered:
    """What all files give, in the order of their names."""
    total = Gathered()
    kinds = [(file, kind) for file in submission.files if (kind := _kind(file))]
    written = [(file, kind) for file, kind in kinds if kind != "table"]
    # Where there are too many, the forms that answers usually have come first.
    chosen = sorted(written, key=lambda pair: ending(pair[0].path) == ".txt")[:_MAX_FILES]
    taken = {file.path for file, _ in [*chosen, *[pair for pair in kinds if pair[1] == "table"][:_MAX_FILES]]}
    until = time.process_time() + _SECONDS
    for file, kind in kinds:
        if file.path in taken:
            _read(total, file, kind, partial(_READERS[kind], file, labels, sections), until)
    if len(written) > _MAX_FILES:
        many = f"Of {len(written)} text files only {_MAX_FILES} are searched for answers."
        total.complaints.append(Complaint("", 0, many, _SHORT))
    return total


def _read(total: Gathered, file: HandedFile, kind: str, reader: Callable[[], Gathered], until: float) -> None:
    """Add what one file gives, or why it is set aside."""
    most = _MAX_NOTEBOOK if kind == "notebook" else _MAX_TEXT
    try:
        if len(file.data) > most:
            size = f"{len(file.data) / MB:.0f} MB; at most {most // MB} MB are"
            total.complaints.append(_not_searched(file.path, f"it is too large ({size})"))
        else:
            _add(total, at_most(max(0.1, until - time.process_time()), reader))
    except TookTooLong:
        total.complaints.append(_not_searched(file.path, "it takes too long to read"))


def _not_searched(path: str, why: str) -> Complaint:
    return Complaint(path, 1, f"is not searched for answers: {why}.", _SHORT)


def _add(total: Gathered, more: Gathered) -> None:
    total.answers += more.answers
    total.boxes += more.boxes
    total.complaints += more.complaints
    total.survey += more.survey
    total.experiments += more.experiments


def _kind(file: HandedFile) -> str:
    suffix = ending(file.path)
    base = posixpath.basename(file.path)
    if suffix in (".ipynb", ".txt", ".json", "") and looks_like_notebook(file.data):
        return "notebook"
    if suffix == ".txt" and re.search(r"\.ya?ml\.txt$", base, re.IGNORECASE):
        return "yaml"
    if suffix in (".yaml", ".yml") or (suffix in (".json", "") and _ANSWERS.fullmatch(base)):
        return "yaml"
    if suffix in (".tex", ".latex", ".ltx"):
        return "tex"
    if suffix in ENDINGS and len(file.data) <= MAX_BYTES:
        return "table"
    return "markdown" if suffix in (".md", ".markdown", ".mkd", ".txt", ".rmd", ".qmd") else ""


# --- YAML -----------------------------------------------------------------------------------------------------------


def _yaml(file: HandedFile, labels: Labels, _: Sequence[str]) -> Gathered:
    gathered = Gathered()
    base = posixpath.basename(file.path)
    experiments = bool(_EXPERIMENTS.fullmatch(base))
    found = read_yaml(code_text(file.data), _MAX_CURVES if experiments else _MAX_ANSWERS)
    ours = bool(_ANSWERS.fullmatch(base)) or experiments
    entries = [(entry, _label(entry, labels)) for entry in found.entries]
    if not ours and not any(label for _, label in entries):
        return gathered
    for wrong in found.wrong[:_MOST_COMPLAINTS]:
        text = f"YAML cannot read this: {wrong.why}."
        advice = "Correct it; whatever has the form `label: value` was still read."
        gathered.complaints.append(Complaint(file.path, wrong.line, text, advice))
    for key, line in found.twice[:_MOST_COMPLAINTS]:
        text = f"`{key[:60]}` is in this file twice; the last one counts."
        gathered.complaints.append(Complaint(file.path, line, text, "Delete one of them."))
    used: set[tuple[str, ...]] = set()
    inner = {entry.path[:-1] for entry in found.entries}
    strange: list[Entry] = []
    parts: dict[str, Experiment] = {}
    for entry, label in entries:
        if experiments and (part := _one_number(entry, labels)):
            used.add(entry.path)
            known = parts.get(part[0])
            value = {**(known.value if known else {}), part[1]: _value(entry)}
            parts[part[0]] = Experiment(part[0], value, file.path, entry.line)
            continue
        if any(entry.path[:length] in used for length in range(1, len(entry.path))):
            continue
        if label is not None:
            used.add(entry.path)
            _labelled(file, entry, label, experiments, gathered)
        elif not _survey(file, entry, gathered) and ours and entry.path not in inner:
            strange.append(entry)
    gathered.experiments.extend(parts.values())
    for entry in strange[:_MOST_COMPLAINTS]:
        gathered.complaints.append(unknown(file.path, entry.line, ".".join(entry.path), labels))
    return gathered


def _one_number(entry: Entry, labels: Labels) -> tuple[str, str] | None:
    """Label and name where one key has both (`Q4.1.val_accuracy`) or the name is outside (`val_accuracy: {Q4.1: ...}`)."""
    *outer, last = entry.path
    for cut in re.finditer(r"[._ \-]", last[:80]):
        name = last[cut.end() :]
        if _MEASURES.search(name) and (label := labels.match(last[: cut.start()])):
            return label, name
    if outer and _MEASURES.search(outer[-1]) and (label := labels.match(last)):
        return label, outer[-1]
    return None


def _value(entry: Entry) -> Any:
    return entry.value if entry.value is not None else as_number(entry.text)


def _label(entry: Entry, labels: Labels) -> str | None:
    """The label that the keys spell, all of them (`P1.2d: {mle: {mean: ..}}`) or without outer ones (`answers:`)."""
    for start in range(len(entry.path)):
        if label := labels.match(".".join(entry.path[start:])):
            return label
    return None


def _labelled(file: HandedFile, entry: Entry, label: str, experiment: bool, gathered: Gathered) -> None:
    if experiment or _is_experiment(entry.value):
        gathered.experiments.append(Experiment(label, _value(entry), file.path, entry.line))
    else:
        gathered.answers.append(HandedAnswer(label, entry.text, file.path, entry.line, value=entry.value))


def _is_experiment(value: Any) -> bool:
    return isinstance(value, dict) and any(_is_measured(v) for v in value.values())


def _is_measured(value: Any) -> bool:
    return isinstance(value, (int, float, list)) or bool(re.fullmatch(r"[\d.,]+ *%", str(value)))


def _survey(file: HandedFile, entry: Entry, gathered: Gathered) -> bool:
    """Take a field of the closing part; False when the entry is none."""
    roots = [i for i, key in enumerate(entry.path) if is_survey_root(key)]
    dotted = re.match(r"(?:debrief|survey)\.(.+)", entry.path[-1], re.IGNORECASE)
    if dotted or entry.path[-1].casefold() in ("hours", "hours spent"):
        key = dotted[1] if dotted else entry.path[-1]
    elif roots:
        key = entry.path[-1] if roots[-1] < len(entry.path) - 1 else "comments" if entry.value is None else ""
    else:
        return entry.path[-1].casefold() in (
            "name",
            "names",
            "collaborators",
            "student",
            "answers",
            "id",
            "email",
        )
    if key:
        gathered.survey.append(SurveyLine(key, entry.text, place(file.path, entry.line)))
    return True


# --- data -----------------------------------------------------------------------------------------------------------


def _table(file: HandedFile, labels: Labels, _: Sequence[str]) -> Gathered:
    return Gathered(experiments=read_table(file, labels))


# --- LaTeX, Markdown, notebooks --------------------------------------------------------------------------------------


def _tex(file: HandedFile, labels: Labels, sections: Sequence[str]) -> Gathered:
    text = code_text(file.data)
    gathered = read_latex(file.path, text, labels, sections)
    gathered.experiments.extend(read_grids(file.path, latex_grids(without_comments(text)), labels))
    gathered.survey.extend(_survey_of(file.path, list(lines_of(text))))
    return gathered


def _markdown(file: HandedFile, labels: Labels, sections: Sequence[str]) -> Gathered:
    lines = list(lines_of(code_text(file.data)))
    gathered = read_markdown(file.path, lines, labels, sections, "markdown")
    gathered.experiments.extend(_tables_in(file.path, lines, labels))
    gathered.survey.extend(_survey_of(file.path, lines))
    return gathered


def _notebook(file: HandedFile, labels: Labels, sections: Sequence[str]) -> Gathered:
    try:
        notebook = read_notebook(file.text())
    except NotANotebookError:
        return Gathered()  # `find_code` says what is wrong with it
    lines: list[Line] = []
    after_code = False
    for cell in notebook.cells:
        if cell.kind == "code":
            after_code = True
        else:
            lines.extend(lines_of(cell.source, cell.index, after_code))
            after_code = False
    gathered = read_markdown(file.path, lines, labels, sections, "notebook")
    gathered.experiments.extend(_tables_in(file.path, lines, labels))
    gathered.survey.extend(_survey_of(file.path, lines))
    return gathered


def _tables_in(path: str, lines: Sequence[Line], labels: Labels) -> list[Experiment]:
    return read_grids(path, markdown_grids([line.text for line in lines]), labels)


def _survey_of(file: str, lines: Sequence[Line]) -> Iterator[SurveyLine]:
    return survey_lines([(place(file, line.number, line.cell), line.text) for line in lines])


_READERS = {"yaml": _yaml, "table": _table, "tex": _tex, "markdown": _markdown, "notebook": _notebook}
