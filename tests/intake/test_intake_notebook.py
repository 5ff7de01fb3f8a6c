"""`notebook`: cells are read whatever the format, and their code is made readable for Python line by line."""

from __future__ import annotations

import ast
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake_making import notebook

from grader.intake.notebook import NotANotebookError, looks_like_notebook, read_notebook, static_code


def test_format_4_and_3_give_the_same_cells() -> None:
    """Format 3 keeps its cells in worksheets and calls the source of code `input`; headings become Markdown."""
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": "T"},
                    {"cell_type": "code", "input": ["x = 1\n", "y = 2"]},
                ]
            }
        ],
    }
    new = notebook(("markdown", "## T"), ("code", "x = 1\ny = 2"))
    assert read_notebook(json.dumps(old)).cells == read_notebook(new).cells


def test_outputs_are_summed_up() -> None:
    """Figures are counted, printed text is kept, a stored error is named."""
    outputs = [
        {"output_type": "display_data", "data": {"image/png": "aa", "text/plain": "<Figure>"}},
        {"output_type": "stream", "text": ["a\n", "b"]},
        {"output_type": "error", "ename": "NameError", "evalue": "x"},
    ]
    tree = {"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "outputs": outputs}]}
    (cell,) = read_notebook(json.dumps(tree)).code
    assert (cell.figures, cell.output, cell.error) == (1, "<Figure>a\nb", "NameError: x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a notebook: line 1 is not JSON (Expecting value)"),
        ("[1]", "is not a notebook: it has no cells"),
        ("{}", "is not a notebook: it has no cells"),
        ('{"cells": 3}', "is not a notebook: it has no cells"),
        ("[" * 200_000, "is not a notebook: its JSON is nested too deeply"),
        ('{"cells": ' + '{"a":' * 200_000, "is not a notebook: its JSON is nested too deeply"),
        ('{"cells": [' + "9" * 5000 + "]}", "is not a notebook: its JSON cannot be read"),
        ('"' + '\\"' * 200_000, "is not a notebook: line 1 is not JSON (Unterminated string starting at)"),
    ],
)
def test_what_is_no_notebook_is_said_to_be_none(text: str, message: str) -> None:
    """Broken, foreign and hostile JSON is refused in words."""
    with pytest.raises(NotANotebookError) as error:
        read_notebook(text)
    assert str(error.value) == message


def test_a_notebook_is_known_by_its_content() -> None:
    """Whatever its name; a Python file or other JSON is none."""
    assert looks_like_notebook(notebook(("code", "x")).encode())
    assert looks_like_notebook(b"\xef\xbb\xbf" + notebook().encode())
    assert looks_like_notebook(notebook().encode("utf-16"))
    assert not looks_like_notebook(b'{"cells": 1}')
    assert not looks_like_notebook(b"x = {'cells': 1, 'nbformat': 2}")


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\nx = 1",
        "!pip install numpy\nx = 1",
        "if a:\n    !ls\n    x = 1",
        "if a:\n    %time f()\nx = 1",
        "%%time\nx = 1",
        "\n\n%%timeit -n 3\nx = 1",
        "%%bash\nrm -rf /\nfor x in y; do",
        "%%writefile a.py\nclass X: pass\nthis is (",
        "files = !ls\nx = 1",
        "t = %timeit -o f()\nx = 1",
        "np.dot?\nx = 1",
        "?np.dot\nx = 1",
        "np.dot??",
        "!pip install \\\n   numpy\nx = 1",
        "%load_ext autoreload\n%autoreload 2",
        "x = '''\n!not a magic\n'''",
        "a = (b\n     %c)",
    ],
)
def test_magics_become_python_of_as_many_lines(source: str) -> None:
    """IPython's syntax is neutralised, and every other line keeps its number."""
    code = static_code(source)
    ast.parse(code)
    assert code.count("\n") == source.count("\n")
    lines = code.split("\n")
    if "%%bash" not in source and "x = 1" in source:
        assert (
            lines[source.split("\n").index(next(t for t in source.split("\n") if "x = 1" in t))].strip()
            == "x = 1"
        )


def test_code_without_magics_is_left_alone() -> None:
    """What Python can read is not touched, not even text that looks like a magic."""
    source = "s = '''\n%time\n!ls\n'''\nx = (5\n%y)"
    assert static_code(source) == source


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.text(max_size=9) | st.integers(),
        lambda c: (
            st.lists(c, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["cells", "source", "outputs", "data", "cell_type", "text", "worksheets", "level"]
                ),
                c,
                max_size=4,
            )
        ),
        max_leaves=30,
    )
)
def test_any_json_is_read_or_refused(tree: object) -> None:
    """Whatever JSON a file holds, the reader gives cells or says `NotANotebookError`."""
    try:
        read_notebook(json.dumps(tree))
    except NotANotebookError as error:
        assert str(error)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_cell_is_neutralised_without_raising(source: str) -> None:
    """Line numbers hold for any text in a cell."""
    assert static_code(source).count("\n") == source.count("\n")
