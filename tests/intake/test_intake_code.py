"""`find_code`: which files define the names, and what is said when none does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_making import handed, notebook

from grader.intake import find_code
from grader.intake.modules import code_text

X = "class X:\n    def forward(self): pass\n"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def f(x):\n    return x\n", 1),
        ("async def f(): pass\n", 1),
        ("class f: pass\n", 1),
        ("f = lambda x: x\n", 1),
        ("a, (f, *b) = 1, (2, 3)\n", 1),
        ("f: int = 3\n", 1),
        ("print(f := 3)\n", 1),
        ("if (f := 3): pass\n", 1),
        ("if True:\n    def f(): pass\nelse:\n    def f(): pass\n", 4),
        ("try:\n    import numpy as f\nexcept ImportError:\n    f = None\n", 4),
        ("with open('x') as f: pass\n", 1),
        ("for f in range(3): pass\n", 1),
        ("while True:\n    f = 1\n    break\n", 2),
        ("match 1:\n    case 1:\n        f = 2\n", 3),
        ("from scipy.special import expit as f\n", 1),
        ("import numpy as f\n", 1),
        ("def f(): pass\ndef f(): pass\n", 2),
        ("@decorator\ndef f(): pass\n", 2),
        ("\ufeffdef f(): pass\n", 1),
        ("x = 1\r\ndef f(): pass\r\n", 2),
        ("x = 1\rdef f(): pass\r", 2),
        ("def f():\0 pass\n", 1),
        ("setattr(module, 'f', 3)\n", 1),
        ("import sys\nglobals()['f'] = 3\n", 2),
        ("def f(x):\n    print 'x'\n", 1),
        ("def f(x):\n    return (x\n", 1),
        ("x = (\n\nclass f(object):\n  pass\n", 3),
        ("def f(x):\n\tif x:\n        return x\n", 1),
    ],
)
def test_a_name_is_found_however_it_is_bound(source: str, line: int) -> None:
    """Every binding at the top level counts, the last one of a name; a file that does not parse is searched as text."""
    choice = find_code(handed({"hw.py": source}), ["f"])
    assert choice.primary == "hw.py"
    assert choice.found["f"].line == line


@pytest.mark.parametrize(
    "source",
    [
        "def g():\n    f = 1\n",
        "class C:\n    def f(self): pass\n",
        "f: int\n",
        "f += 1\n",
        "# def f(): pass\n",
        "'def f'\n",
        "f()\n",
        "del f\n",
        "f == 3\n",
    ],
)
def test_what_binds_nothing_is_not_found(source: str) -> None:
    """Inner names, annotations without value, comments and uses are no definitions."""
    assert "f" in find_code(handed({"hw.py": source}), ["f"]).missing


@pytest.mark.parametrize(
    ("files", "primary"),
    [
        ({"a.py": X, "b.py": X + "Y = 1\n"}, "b.py"),
        ({"a.py": X, "net.py": X}, "net.py"),
        ({"hw3.py": X, "hw3 (2).py": X}, "hw3 (2).py"),
        ({"hw3.py": X, "hw3-1.py": X}, "hw3-1.py"),
        ({"hw3 (2).py": X, "hw3 (10).py": X}, "hw3 (10).py"),
        ({"net.py": X, "net_old.py": X}, "net.py"),
        ({"backup/net.py": X, "a.py": X}, "a.py"),
        ({"sub/a.py": X, "b.py": X}, "b.py"),
        ({"main.py": "from net import *\n", "net.py": X}, "net.py"),
        ({"main.py": "from net import X\n", "net.py": X}, "net.py"),
        ({"main.py": "from net import X\nY = 1\n", "net.py": X}, "main.py"),
        ({"a.py": X, "b.py": X + "print 'x'\n"}, "a.py"),
        ({"hw.txt": X}, "hw.txt"),
        ({"hw": X}, "hw"),
        ({"hw.py.txt": X}, "hw.py.txt"),
        ({"hw.txt": notebook(("code", X))}, "hw.txt"),
        ({"hw.py": notebook(("code", X))}, "hw.py"),
        ({"hw.json": notebook(("code", X))}, "hw.json"),
        ({"hw.ipynb": X}, "hw.ipynb"),
        ({"hw.ipynb": notebook(("code", "%matplotlib inline\n!pip install x\n"), ("code", X))}, "hw.ipynb"),
        ({"hw.ipynb": notebook(("code", "%%time\n" + X))}, "hw.ipynb"),
        ({"hw.ipynb": notebook(("code", "this is not python"), ("code", X))}, "hw.ipynb"),
        ({"u.py": X.encode("utf-16")}, "u.py"),
        ({"u.py": X.encode("utf-16-le")}, "u.py"),
        ({"l.py": "# é\n".encode("latin-1") + X.encode()}, "l.py"),
    ],
)
def test_the_primary_file(files: dict[str, str | bytes], primary: str) -> None:
    """Most names; then own definitions, not old, the usual name, the newest number, the shallowest; any ending."""
    choice = find_code(handed(files), ["X", "Y"], ["net.py"])
    assert choice.primary == primary
    assert choice.found["X"].file == primary


def test_the_kind_says_how_to_load_it() -> None:
    """A notebook is one by its content."""
    assert find_code(handed({"a.py": notebook(("code", X))}), ["X"]).kind == "notebook"
    assert find_code(handed({"a.ipynb": X}), ["X"]).kind == "script"


def test_names_in_several_files() -> None:
    """Each name is found where it is; the files to load are the primary one and those with the rest."""
    choice = find_code(
        handed(
            {"nb.ipynb": notebook(("markdown", "# x"), ("code", "\n" + X)), "est.py": "def mle(): pass\n"}
        ),
        ["X", "X.forward", "mle"],
    )
    assert choice.files == ("nb.ipynb", "est.py")
    assert choice.found["X"].where == "nb.ipynb cell 2, line 2"
    assert choice.found["mle"].where == "est.py:1"


def test_imports_are_followed_inside_the_submission() -> None:
    """`import x as name`, `from helper import *`, packages and cycles lead to the file that defines."""
    files = {
        "hw/main.py": "from .core import *\nfrom other import f as g\n",
        "hw/core/__init__.py": "from .deep import X\n",
        "hw/core/deep.py": X,
        "other.py": "from third import f\n",
        "third.py": "from other import f\n",
    }
    choice = find_code(handed(files), ["X", "g", "X.forward"])
    assert choice.found["X"].file == "hw/core/deep.py"
    assert choice.missing == {"g": ()}


def test_methods() -> None:
    """`Class.method` wants the method in the class, or a base class that may have it."""
    choice = find_code(handed({"a.py": X + "class Z(X): pass\n"}), ["X.forward", "X.backward", "Z.backward"])
    assert sorted(choice.found) == ["X.forward", "Z.backward"]


@pytest.mark.parametrize(
    ("wrote", "asked"),
    [
        ("linear_layer", "LinearLayer"),
        ("LinearLayers", "LinearLayer"),
        ("crossEntropy", "cross_entropy"),
        ("My_relu_function", "relu"),
        ("LinaerLayer", "LinearLayer"),
    ],
)
def test_near_misses_are_named(wrote: str, asked: str) -> None:
    """A missing name comes with what has a similar one."""
    choice = find_code(handed({"a.py": f"\ndef {wrote}(): pass\n"}), [asked])
    assert [(f.name, f.line) for f in choice.missing[asked]] == [(wrote, 2)]
    assert choice.primary is None


@pytest.mark.parametrize(
    ("files", "message", "help"),
    [
        ({}, "Relu was not found: there is no code file in the hand-in.", "Hand in your .py or .ipynb file."),
        (
            {"a.py": "class ReLU: pass\n"},
            "Relu is not defined in a.py.",
            "Did you mean ReLU (a.py:1)? Call it Relu.",
        ),
        (
            {"a.py": "x = (\n"},
            "Relu is not defined in a.py.",
            "a.py:1: syntax error: '(' was never closed. Correct the line",
        ),
        (
            {"a.py": "x = 1\n"},
            "Relu is not defined in a.py.",
            "Define Relu at the top level of your file, with exactly this name.",
        ),
        (
            dict.fromkeys(("a.py", "b.py", "c.py", "d.py"), ""),
            "Relu is not defined in a.py, b.py, c.py, ....",
            "Define Relu",
        ),
    ],
)
def test_what_a_student_reads_about_a_missing_name(files: dict[str, str], message: str, help: str) -> None:
    """A missing name is said with the files that were searched and the best thing to do."""
    said = find_code(handed(files), ["Relu"]).complaint("Relu")
    assert said[0] == message
    assert said[1].startswith(help)


@pytest.mark.parametrize(
    ("source", "message", "help"),
    [
        ("x = 1\nprint 'x'\n", "net.py:2: this is Python 2 (", "Run it with Python 3"),
        ("try:\n    pass\nexcept A, e:\n    pass\n", "net.py:3: this is Python 2 (", "Run it with Python 3"),
        (
            "x = (1\n",
            "net.py:1: syntax error: '(' was never closed.",
            "Correct the line and run the file once",
        ),
        ("def f():\n\tif 1:\n        x\n\ty\n", "net.py:3: ", ""),
        ("if 1:\nx = 2\n", "net.py:2: wrong indentation: expected an indented block", "Align the line"),
        (
            "if 1:\n        x = 1\n\tx = 2\n",
            "net.py:3: tabs and spaces are mixed.",
            "Indent with four spaces",
        ),
        ("-" * 50_000 + "1\n", "net.py: Python cannot read this file.", "It is nested too deeply"),
    ],
)
def test_a_file_that_python_cannot_read(source: str, message: str, help: str) -> None:
    """The line and the cause of a file that does not parse are said."""
    (broken,) = find_code(handed({"net.py": source}), ["X"]).broken
    assert broken.message.startswith(message)
    assert help in broken.help


def test_a_note_says_which_file_was_taken() -> None:
    """When several files define the names, the student reads which one was graded and why."""
    assert find_code(handed({"a.py": X, "b.py": X}), ["X"]).notes == (
        "a.py was graded and not b.py, where the same names are defined: by its name and place it looks like the final one.",
    )
    more = find_code(handed({"a.py": X, "b.py": X + "Y = 1\n"}), ["X", "Y"]).notes
    assert more == (
        "b.py was graded and not a.py, where the same names are defined: it defines the most of the names asked for.",
    )


def test_a_definition_that_only_runs_as_a_script_is_named() -> None:
    """A name inside `if __name__ == "__main__"` does not exist when the file is imported."""
    choice = find_code(handed({"a.py": "if __name__ == '__main__':\n    f = 1\n"}), ["f"])
    assert choice.found["f"].how == "main"
    assert choice.notes == (
        'a.py:2: f is defined only inside `if __name__ == "__main__"`; move it out of it.',
    )


def test_a_broken_notebook_is_named() -> None:
    """A notebook that is not JSON is said to be so, with the line."""
    (broken,) = find_code(handed({"a.ipynb": '{"cells": [\n  oops'}), ["f"]).broken
    assert broken.message == "a.ipynb: is not a notebook: line 2 is not JSON (Expecting value)."


def test_code_that_is_too_large_is_named() -> None:
    """A code file of megabytes is not parsed."""
    (broken,) = find_code(handed({"a.py": "x = 1\n" * 500_000}), ["x"]).broken
    assert broken.message == "a.py: is too large for a code file (2 MB)."


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.py", "a.ipynb", "a.txt", "a", "a.json"]))
def test_any_bytes_are_searched_without_raising(data: bytes, name: str) -> None:
    """No file makes `find_code` raise, or lose what stands in the file beside it."""
    assert "X" in find_code(handed({name: data, "b.py": X}), ["X", "a.b", ""]).found
    code_text(data)


@settings(max_examples=200, deadline=None)
@given(st.text("def class f():\n\t \"'{}[]=*import from.#\\", max_size=200))
def test_any_text_is_searched_without_raising(text: str) -> None:
    """No half-written program makes `find_code` raise, or lose what stands in the file beside it."""
    assert (
        "X"
        in find_code(handed({"a.py": text, "b.ipynb": notebook(("code", text)), "c.py": X}), ["f", "X"]).found
    )
