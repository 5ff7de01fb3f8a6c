"""Code in the syntax of a newer Python means here what it means there."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import typing

import pytest

from grader.intake.newer import older
from grader.intake.notebook import parses
from grader.sandbox.box.loader import name_types

# What Python 3.13 prints was looked at once and is written down beside the code.
PRINTS = {
    'd = {"k": 3}\nprint(f"{d["k"]:>5} left")': "    3 left",
    'x = [1, 2]\nprint(f"{"\\n".join(map(str, x))}|{x!r:>8}|{len(x)=}|{x = }")': "1\n2|  [1, 2]|len(x)=2|x = [1, 2]",
    'd = {"v": 3.14159}\nw, p = 8, 2\nprint(f"{d["v"]:{w}.{p}f}" " tail {}" f"{d["v"]}")': "    3.14 tail {}3.14159",
    "print(f'{f'{f'{1 + 1}'}'}')": "2",
    'd = {"a": 1}\nprint(f"""x {\n  d["a"]  # "note\n} {{y}}""", f"{d["a"]}"\n  # c\n  f"more {d["a"]}")': "x 1 {y} 1more 1",
    'x = {"a": {"b": 2}}\nprint(f"{x["a"]["b"]!s:^{3 + 2}}", rf"\\d{x["a"]["b"]}", f"{{{x["a"]["b"]}}}")': "  2   \\d2 {2}",
    'y = 3\nd = {"a": 1}\nprint(f"{y == 3} {y != 4} {y:=^5} {d["a"] == 1=}")': 'True True ==3== d["a"] == 1=True',
    'print(f"{(lambda q: q * 2)("ab")} {1 if "a" != "b" else 2}")': "abab 1",
    "class A: pass\nclass B[T](A):\n  def get[U](self, u: U, x: T | None = None) -> list[U]: return [u]\nprint(B[int]().get(2))": "[2]",
    'type V = list[int]\ntype M[K] = dict[K, V]\ndef f(x: M[str]) -> V: return x["a"]\nprint(f({"a": [1]}))': "[1]",
    "type Tree = dict[str, Tree]\ndef f(x: Tree) -> int: return len(x)\nprint(f({}))": "0",
    "from typing import Protocol\nclass P[T](Protocol): ...\nclass Q[*Ts, **Ps]: ...\nclass R[T](metaclass=type): ...\nprint(R[int].__name__)": "R",
    "from dataclasses import dataclass\n@dataclass(slots=True)\nclass Box[\n  T: (int, str),\n]:\n  v: T\nprint(Box[int](4).v)": "4",
    "try:\n  1 / 0\nexcept ValueError, ZeroDivisionError:\n  print('z')": "z",
}  # fmt: skip


@pytest.mark.parametrize("code", PRINTS)
def test_newer_syntax_keeps_its_meaning(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rewritten code prints what the code prints in the Python that it is written for, on as many lines."""
    made, space, said = older(code), {"__name__": "__main__"}, io.StringIO()
    for name in made.types:
        monkeypatch.setattr(builtins, name.lstrip("*"), None, raising=False)
    name_types(list(made.types))
    with contextlib.redirect_stdout(said):
        for part in _statements(made.text):
            with contextlib.suppress(NameError):  # an alias that names itself: the loader goes on
                exec(part, space)
    assert said.getvalue() == PRINTS[code] + "\n"
    assert made.text.count("\n") == code.count("\n")


def _statements(text: str) -> list[typing.Any]:
    return [compile(ast.Module([one], []), "hand_in", "exec") for one in ast.parse(text).body]


@pytest.mark.parametrize(
    "code",
    [
        "def f(:\n  pass",
        "x = f'{d['a'}'",
        "x = (1",
        'f"{}" f"{d["k"]}"',
        "type = 3\ntype x",
        "def f[T(x): pass",
        "f'{" * 40,
        "'''",
    ],
)
def test_what_no_python_reads_stays(code: str) -> None:
    """A mistake is no newer syntax."""
    assert not parses(code)
    assert older(code).text == code
