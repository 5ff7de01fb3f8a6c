"""A file of predictions: what is accepted, what is wrong with it in words, and what it earns."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from grader.checks.predictions import Labels, predictions
from grader.checks.registry import kind
from grader.errors import GraderError
from grader.model import HandedFile, Outcome, Source, Submission, Verdict
from grader.points import Band
from grader.predictions import bootstrap, choose, pseudonym, public_rows, read_predictions
from grader.record import digest

N = 6
GOOD = "id,digit\n0,5\n1,0\n2,4\n3,1\n4,9\n5,2\n"
CLASSES = [5, 0, 4, 1, 9, 2]
ONE_HOT = "\n".join(f"{i}," + ",".join("1" if d == i else "0" for d in range(10)) for i in range(N))


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


ACCEPTED: list[tuple[str, bytes, str]] = [
    ("as asked", GOOD.encode(), ""),
    ("any order", b"id,digit\n5,2\n0,5\n3,1\n2,4\n1,0\n4,9\n", ""),
    ("Windows line ends", GOOD.replace("\n", "\r\n").encode(), ""),
    ("old Mac line ends", GOOD.replace("\n", "\r").encode(), ""),
    ("byte-order mark", b"\xef\xbb\xbf" + GOOD.encode(), ""),
    ("both", b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(), ""),
    ("no last line end", GOOD.rstrip().encode(), ""),
    ("blank lines at the end", (GOOD + "\n\n\n").encode(), ""),
    ("spaces", GOOD.replace(",", " , ").replace("\n", "  \n").encode(), ""),
    ("blank lines inside", GOOD.replace("\n", "\n\n").encode(), "blank lines are passed over"),
    ("UTF-16", GOOD.encode("utf-16"), "read as UTF-16"),
    ("UTF-16 without mark", GOOD.encode("utf-16-le"), "read as UTF-16"),
    ("UTF-16, the other order", GOOD.encode("utf-16-be"), "read as UTF-16"),
    ("quotes", b'"id","digit"\n' + b"".join(b'"%d","%d"\n' % (i, c) for i, c in enumerate(CLASSES)), "quotes around cells are passed over"),
    ("quoted header", GOOD.replace("id,digit", "'id','digit'").encode(), "quotes around cells are passed over"),
    ("semicolons", GOOD.replace(",", ";").encode(), "columns are separated by semicolons; commas were expected"),
    ("Excel's first line", b"sep=;\n" + GOOD.replace(",", ";").encode(), "columns are separated by semicolons; commas were expected"),
    ("tabs", GOOD.replace(",", "\t").encode(), "columns are separated by tabs; commas were expected"),
    ("only spaces", GOOD.replace(",", "   ").encode(), "columns are separated by spaces; commas were expected"),
    ("capitals", GOOD.replace("id,digit", "Id,Digit").encode(), "the header is `Id,Digit`; `id,digit` was expected"),
    ("other order of columns", b"digit,id\n" + b"".join(b"%d,%d\n" % (c, i) for i, c in enumerate(CLASSES)), "the columns are in the order `digit,id`; `id,digit` was expected"),
    ("float", changed("3,1", "3,1.0").encode(), "1 number written like `3.0`"),
    ("floats", changed("3,1", "3.0,1.").encode(), "2 numbers written like `3.0`"),
    ("numpy's savetxt", "".join(["id,digit\n"] + [f"{i:.18e},{c:.18e}\n" for i, c in enumerate(CLASSES)]).encode(), "12 numbers written like `3.0`"),
    ("a comma too many", GOOD.replace("\n", ",\n").encode(), "empty columns are passed over"),
    ("what a web page brings along", ("\u200b\ufeff" + GOOD.replace(",", ",\u00a0") + "\x1a").encode(), ""),
    ("leading zeros and plus", changed("3,1", "03,+1").encode(), ""),
]  # fmt: skip

REFUSED: list[tuple[str, bytes, list[str]]] = [
    ("empty", b"", ["is empty."]),
    ("only blank lines", b"\n \n\r\n", ["is empty."]),
    ("too large", b"id,digit\n" + b"0,1\n" * 1_300_000, ["is too large (5.2 MB; at most 5 MB): one line per id is enough."]),
    ("Excel", b"PK\x03\x04" + b"x" * 50, ["is an Excel or zip file, not text. Save it as CSV (comma-separated values)."]),
    ("binary", bytes(range(256)) * 4, ["is not text. Save it as CSV (comma-separated values)."]),
    ("numpy file", b"\x93NUMPY\x01\x00v\x00{'descr': '<i8'}", ["is a numpy file, not text. Save it as CSV (comma-separated values)."]),
    ("gzip", b"\x1f\x8b\x08\x00" + b"x" * 50, ["is a gzip archive, not text. Save it as CSV (comma-separated values)."]),
    ("screenshot", b"\x89PNG\r\n\x1a\n" + b"x" * 50, ["is an image, not text. Save it as CSV (comma-separated values)."]),
    ("savetxt's header", changed("id,digit", "# id,digit").encode(), ["the header is `# id,digit`, expected `id,digit`. numpy's `savetxt` puts `# ` in front of it: give it `comments=''`."]),
    ("no header", GOOD.removeprefix("id,digit\n").encode(), ["the header `id,digit` is missing: the first line is `0,5`."]),
    ("wrong header", changed("id,digit", "id,label").encode(), ["the header is `id,label`, expected `id,digit`."]),
    ("misspelt header", changed("id,digit", "ids,digits").encode(), ["the header is `ids,digits`, expected `id,digit`."]),
    ("one column", b"digit\n5\n0\n4\n1\n9\n2\n", ["the header is `digit`, expected `id,digit`: a column is missing."]),
    ("one column, no header", b"5\n0\n4\n1\n9\n2\n", ["the header `id,digit` is missing: the first line is `5`."]),
    ("only a header", b"id,digit\n", ["6 ids are missing: 0, 1, 2, 3, 4 and more.", "has 0 rows of predictions, expected 6."]),
    ("missing id", changed("2,4\n", "").encode(), ["id 2 is missing.", "has 5 rows of predictions, expected 6."]),
    ("two missing ids", changed("2,4\n3,1\n", "").encode(), ["2 ids are missing: 2, 3.", "has 4 rows of predictions, expected 6."]),
    ("duplicate", (GOOD + "2,4\n").encode(), ["id 2 occurs more than once.", "has 7 rows of predictions, expected 6."]),
    ("duplicate for a missing one", changed("2,4", "1,4").encode(), ["id 2 is missing.", "id 1 occurs more than once."]),
    ("unknown id", (GOOD + "6,1\n").encode(), ["id 6 is unknown; ids go from 0 to 5.", "has 7 rows of predictions, expected 6."]),
    ("negative id", changed("2,4", "-2,4").encode(), ["id 2 is missing.", "id -2 is unknown; ids go from 0 to 5."]),
    ("ids from 1", b"id,digit\n" + b"".join(b"%d,%d\n" % (i + 1, c) for i, c in enumerate(CLASSES)), ["the ids go from 1 to 6; they must go from 0 to 5."]),
    ("word", changed("2,4", "2,four").encode(), ["line 4: digit `four` is not a number."]),
    ("word for an id", changed("2,4", "two,4").encode(), ["line 4: id `two` is not a number.", "id 2 is missing."]),
    ("nothing", changed("2,4", "2,").encode(), ["line 4: digit is empty."]),
    ("nan", changed("2,4", "2,nan").encode(), ["line 4: digit is `nan`."]),
    ("half", changed("2,4", "2,3.5").encode(), ["line 4: digit 3.5 is not a whole number."]),
    ("infinity", changed("2,4", "2,inf").encode(), ["line 4: digit `inf` is not a number."]),
    ("huge float", changed("2,4", "2,1e99").encode(), ["line 4: digit 1e99 is too large."]),
    ("very long number", changed("2,4", "2," + "9" * 5000).encode(), ["line 4: digit `" + "9" * 30 + "...` is not a number."]),
    ("other script", changed("2,4", "2,\u0664").encode(), ["line 4: digit `\u0664` is not a number."]),
    ("ten", changed("2,4", "2,10").encode(), ["line 4: digit 10 is not one of 0 to 9."]),
    ("minus one", changed("2,4", "2,-1").encode(), ["line 4: digit -1 is not one of 0 to 9."]),
    ("list", changed("2,4", "2,[4]").encode(), ["line 4: digit `[4]` is not a number."]),
    ("tensor", changed("2,4", "2,tensor(4)").encode(), ["line 4: digit `tensor(4)` is not a number."]),
    ("third cell", changed("2,4", "2,4,4").encode(), ["line 4 has 3 cells, expected 2.", "id 2 is missing."]),
    ("pandas index", b",id,digit\n" + b"".join(b"%d,%d,%d\n" % (i, i, c) for i, c in enumerate(CLASSES)), ["has 1 extra column (one without a name), expected only `id,digit`. The first is the row index of pandas: write the file with `index=False`."]),
    ("pandas index, read again", b"Unnamed: 0,id,digit\n" + b"".join(b"%d,%d,%d\n" % (i, i, c) for i, c in enumerate(CLASSES)), ["has 1 extra column (`Unnamed: 0`), expected only `id,digit`. The first is the row index of pandas: write the file with `index=False`."]),
    ("extra column", b"id,digit,p\n" + b"".join(b"%d,%d,0.9\n" % (i, c) for i, c in enumerate(CLASSES)), ["has 1 extra column (`p`), expected only `id,digit`."]),
    ("one-hot with a header", b"id,0,1,2,3,4,5,6,7,8,9\n" + ONE_HOT.encode(), ["has one column per class (one-hot rows). Write one line `id,digit` per id with the class itself."]),
    ("one-hot without a header", ONE_HOT.encode(), ["has one column per class (one-hot rows). Write one line `id,digit` per id with the class itself."]),
    ("prose", b"I could not do this part.\n", ["the header is `I,could,not,do,this,part.`, expected `id,digit`."]),
    ("several", changed("id,digit", "id,label").replace("2,4", "2,x").replace("3,1", "3,11").encode(), ["the header is `id,label`, expected `id,digit`.", "line 4: digit `x` is not a number.", "line 5: digit 11 is not one of 0 to 9."]),
    ("many words", b"id,digit\n" + b"".join(b"%d,x\n" % i for i in range(N)), ["; ".join(f"line {i + 2}: digit `x` is not a number" for i in range(5)) + "; 6 such lines in all."]),
]  # fmt: skip


@pytest.mark.parametrize("row", ACCEPTED, ids=[r[0] for r in ACCEPTED])
def test_files_that_are_accepted(row: tuple[str, bytes, str]) -> None:
    """What a spreadsheet or pandas makes of a right file is accepted, with a note where it is not as asked."""
    found = read_predictions(row[1], N)
    assert found.problems == ()
    assert found.classes is not None
    assert found.classes.tolist() == CLASSES
    assert "; ".join(found.notes) == row[2]


@pytest.mark.parametrize("row", REFUSED, ids=[r[0] for r in REFUSED])
def test_files_that_are_refused(row: tuple[str, bytes, list[str]]) -> None:
    """Each problem is said exactly, all of them in one go."""
    found = read_predictions(row[1], N)
    assert found.classes is None
    assert list(found.problems) == row[2]


def test_equal_predictions_have_equal_digests() -> None:
    """The digest is that of the predictions, not of the file."""
    digests = {read_predictions(row[1], N).digest for row in ACCEPTED}
    assert len(digests) == 1
    assert read_predictions(changed("2,4", "2,5").encode(), N).digest not in digests
    assert read_predictions(b"", N).digest == ""


@pytest.mark.parametrize(
    ("names", "chosen", "note"),
    [
        (["predictions.csv"], "predictions.csv", ""),
        (["hw3/out/Predictions.CSV"], "hw3/out/Predictions.CSV", ""),
        (["predictions (1).csv"], "predictions (1).csv", ""),
        (["predictions-2.csv", "net.py"], "predictions-2.csv", ""),
        (["predictions copy.csv"], "predictions copy.csv", ""),
        (["predictions.csv.txt"], "predictions.csv.txt", ""),
        (["predictions.csv", "predictions (2).csv"], "predictions (2).csv", "predictions (2).csv was graded, not predictions.csv"),
        (["a/b/predictions.csv", "c/predictions.csv"], "c/predictions.csv", "c/predictions.csv was graded, not a/b/predictions.csv"),
        (["__MACOSX/._predictions.csv", "predictions.csv"], "predictions.csv", ""),
        (["my_answers.csv"], "my_answers.csv", "there is no predictions.csv; my_answers.csv was graded, by its header"),
    ],
)  # fmt: skip
def test_the_file_is_found(names: list[str], chosen: str, note: str) -> None:
    """Any case, any folder, numbered copies (the newest), and the only CSV file that fits."""
    handed = [HandedFile(name, (GOOD + "\n" * i).encode()) for i, name in enumerate(names)]
    found = choose(handed, "predictions.csv", ["id", "digit"])
    assert found.file is not None
    assert (found.file.path, "; ".join(found.notes)) == (chosen, note)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({}, "there is no file of this name in the hand-in."),
        (
            {"train.csv": "a,b\n"},
            "there is no file of this name in the hand-in (train.csv has another header).",
        ),
        (
            {"a.csv": GOOD, "b.csv": GOOD},
            "there is no file of this name, and 2 files could be meant: a.csv, b.csv.",
        ),
        ({"predictions.xlsx": "PK"}, "there is no file of this name; predictions.xlsx is not a CSV file."),
    ],
)
def test_no_file(files: dict[str, str], problem: str) -> None:
    """Why no file was taken."""
    found = choose([HandedFile(p, t.encode()) for p, t in files.items()], "predictions.csv", ["id", "digit"])
    assert (found.file, found.problem) == (None, problem)


# --- points ---------------------------------------------------------------------------------------------------------

TRUTH = [i % 10 for i in range(300)]
BANDS = [Band(at_least=0.5, fraction=0.5), Band(at_least=0.85, fraction=1.0)]


def student(text: str | None, seed: int = 434, name: str = "s1") -> Any:
    handed = () if text is None else (HandedFile("predictions.csv", text.encode()),)

    def rng(*labels: str) -> np.random.Generator:
        return np.random.default_rng(int.from_bytes(digest(str(seed), *labels)[:8], "big"))

    return SimpleNamespace(submission=Submission(Source(name, ()), handed), seed=seed, rng=rng)


def guessed(wrong: int, seed: int = 0) -> list[int]:
    """The truth with that many wrong classes, spread at random."""
    classes = np.array(TRUTH)
    classes[np.random.RandomState(seed).permutation(len(TRUTH))[:wrong]] += 1
    return [int(c) for c in classes % 10]


def written(classes: list[int]) -> str:
    return "id,digit\n" + "".join(f"{i},{c}\n" for i, c in enumerate(classes))


def graded(wrong: int, **options: Any) -> Verdict:
    return predictions(student(written(guessed(wrong))), truth=TRUTH, **({"bands": BANDS} | options))


def test_the_public_part_earns_the_points() -> None:
    """Accuracy on the public part, by bands."""
    assert graded(0).message == "predictions.csv: accuracy 1.000 on the public part."
    assert graded(0).fraction == 1.0
    half = graded(100)
    assert (half.outcome, half.fraction) == (Outcome.PARTIAL, 0.5)
    assert half.message.endswith("on the public part; full points need 0.85.")
    guess = graded(270)
    assert guess.outcome is Outcome.LOST
    assert guess.help.startswith("This is about as good as guessing")


def test_a_threshold_counts_from_exactly_there_on_and_is_shown_truthfully() -> None:
    """A score just below a band does not look like one that reaches it."""
    rows = public_rows(np.array(TRUTH), 0.5, 434)
    for wrong, fraction, shown in ((50, 1.0, "0.666"), (51, 0.0, "0.660")):
        classes = np.array(TRUTH)
        classes[np.flatnonzero(rows)[:wrong]] += 1
        verdict = predictions(
            student(written([int(c) % 10 for c in classes])),
            truth=TRUTH,
            bands=[Band(at_least=100 / 150, fraction=1.0)],
        )
        assert verdict.fraction == fraction
        assert f"accuracy {shown} " in verdict.message


def test_a_bad_file_loses_with_its_first_problem_and_their_number() -> None:
    """The message has the first problem and how many more there are; the table has all."""
    verdict = predictions(student("id,label\n0,x\n"), truth=TRUTH, bands=BANDS)
    assert verdict.outcome is Outcome.LOST
    assert (
        verdict.message
        == "predictions.csv: the header is `id,label`, expected `id,digit`. (3 more problems below.)"
    )
    assert verdict.evidence["table"]["rows"][1] == ["line 2: digit `x` is not a number."]
    assert "leaderboard" not in verdict.evidence


def test_no_file_loses() -> None:
    """The student is told what to hand in."""
    verdict = predictions(student(None), truth=TRUTH, bands=BANDS)
    assert verdict.message == "predictions.csv: there is no file of this name in the hand-in."
    assert verdict.help == "Hand in predictions.csv with the header `id,digit`."


def test_notes_are_told() -> None:
    """What was accepted though it was not as asked is said."""
    verdict = predictions(student(written(TRUTH).replace(",", ";")), truth=TRUTH, bands=BANDS)
    assert verdict.message == (
        "predictions.csv: accuracy 1.000 on the public part. "
        "Note: columns are separated by semicolons; commas were expected."
    )


def test_beating_the_ta_is_decided_on_the_private_part_alone() -> None:
    """More right ones than the TA on the private part earns; as many do not; the message gives no number."""
    private = ~public_rows(np.array(TRUTH), 0.5, 434)
    ta = np.array(TRUTH)
    ta[np.flatnonzero(private)[:10]] += 1
    worse_in_public = np.array(TRUTH)
    worse_in_public[~private] += 1
    options: dict[str, Any] = {"truth": TRUTH, "part": "beats", "ta": [int(c) % 10 for c in ta]}
    better = predictions(student(written([int(c) % 10 for c in worse_in_public])), **options)
    equal = predictions(student(written(options["ta"])), **options)
    assert better.message == "predictions.csv: more accurate than the TA's predictions on the private part."
    assert (
        equal.message == "predictions.csv: not more accurate than the TA's predictions on the private part."
    )
    assert (better.fraction, equal.fraction) == (1.0, 0.0)
    assert set(better.evidence) == {"predictions_digest"}


def test_the_private_score_is_only_in_the_leaderboard() -> None:
    """Neither the message nor any other evidence has the private score or a hidden class."""
    verdict = graded(60)
    board = verdict.evidence["leaderboard"]
    assert set(verdict.evidence) == {"predictions_digest", "leaderboard"}
    assert set(board) == {"metric", "pseudonym", "public", "private"}
    assert board["private"]["low"] < board["private"]["value"] < board["private"]["high"]
    assert f"{board['private']['value']:.3f}" not in verdict.message
    private = graded(60, part="private")
    assert private.message == "predictions.csv: scored on the private part."
    assert private.evidence["leaderboard"] == board


def test_a_grade_is_the_same_twice() -> None:
    """Split, interval and pseudonym depend on the rubric's seed and nothing else."""
    assert graded(60) == graded(60)


def test_the_kind_fits_its_leaderboard_and_options() -> None:
    """The registered options accept what a rubric says and the evidence has the report's shape."""
    from grader.report.evidence import Leaderboard

    found = kind("predictions")
    assert found is not None
    assert found.title == "The predictions are accurate"
    options = found.options.model_validate(
        {"truth": "np.arange(5) % 3", "bands": [{"at_least": 0.85, "fraction": 1}]}
    )
    assert options.model_dump()["part"] == "public"
    TypeAdapter(Leaderboard).validate_python(graded(60).evidence["leaderboard"])


@pytest.mark.parametrize(
    "options", [{"part": "beats"}, {"part": "public", "bands": None}, {"part": "beats", "ta": [1]}]
)
def test_a_rubric_that_cannot_work_is_our_fault(options: dict[str, Any]) -> None:
    """Options that do not fit together never cost a student anything."""
    with pytest.raises(GraderError):
        graded(0, **options)


def test_the_truth_may_be_an_expression_or_a_file_beside_the_rubric(tmp_path: Path) -> None:
    """Expressions are evaluated with the reference package; files are read when the rubric is."""
    verdict = predictions(student(written(TRUTH)), truth="np.arange(300) % 10", bands=BANDS)
    assert verdict.fraction == 1.0
    (tmp_path / "ta.csv").write_text(written(TRUTH))
    read = TypeAdapter(Labels)
    assert read.validate_python("ta.csv", context={"folder": tmp_path}) == TRUTH
    (tmp_path / "bad.csv").write_text("id,digit\n0,x\n")
    for given, words in (
        ("bad.csv", "not a number"),
        ("none.csv", "No such file"),
        ("1 +", "not an expression"),
    ):
        with pytest.raises(ValidationError, match=words):
            read.validate_python(given, context={"folder": tmp_path})


# --- parts and intervals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_the_public_part_has_every_class_in_its_share(share: float) -> None:
    """The split is fixed by the seed and stratified."""
    labels = np.repeat(np.arange(10), np.arange(20, 40, 2))
    public = public_rows(labels, share, 7)
    assert public.sum() == round(share * len(labels))
    assert all(abs(public[labels == c].sum() - share * (labels == c).sum()) <= 1.5 for c in range(10))
    assert (public == public_rows(labels, share, 7)).all()
    assert (public != public_rows(labels, share, 8)).any()


def test_the_interval_is_that_of_resampling_rows() -> None:
    """Drawing the number of hits is the same as resampling rows: an independent loop gives the same interval."""
    right = np.arange(400) < 340
    found = bootstrap(right, np.random.default_rng(1))
    rng = np.random.default_rng(2)
    means = [right[rng.integers(0, 400, 400)].mean() for _ in range(20_000)]
    assert np.allclose([found.low, found.high], np.quantile(means, [0.025, 0.975]), atol=0.006)
    assert found.value == 0.85
    assert bootstrap(np.zeros(0, dtype=bool), rng).value == 0.0


def test_reading_and_scoring_ten_thousand_rows_is_quick() -> None:
    """Ten thousand rows are read and scored without a cost that grows with their square."""
    right = np.ones(10_000, dtype=bool)
    start = time.process_time()
    bootstrap(right, np.random.default_rng(0))
    assert time.process_time() - start < 0.5
    text = written([i % 10 for i in range(10_000)])
    start = time.process_time()
    assert read_predictions(text.encode(), 10_000).problems == ()
    assert time.process_time() - start < 0.5


def test_pseudonyms_tell_nothing_and_differ() -> None:
    """The same for the same student, another one for another secret, hardly ever twice in a class."""
    names = {pseudonym(f"s{i}", b"secret") for i in range(1000)}
    assert len(names) > 990
    assert pseudonym("s1", b"secret") == pseudonym("s1", b"secret") != pseudonym("s1", b"other")
