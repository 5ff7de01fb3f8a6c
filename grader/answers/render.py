"""A tree as LaTeX, so that a student sees how the answer was read."""

from __future__ import annotations

from collections.abc import Mapping

from grader.answers.glyphs import GREEK
from grader.answers.symbols import Declaration
from grader.answers.syntax import (
    Apply,
    Big,
    Binary,
    Cases,
    Compare,
    Constant,
    Dots,
    Index,
    Listing,
    Node,
    Number,
    Pick,
    Symbol,
    Unary,
)  # fmt: skip

LEVELS = {"+": 1, "-": 1, "*": 2, ".": 2, "o": 2, "e": 2, "outer": 2, "/": 4, "^": 4}
SIGNS = {
    "*": r"\,",
    ".": r" \cdot ",
    "o": r" \odot ",
    "e": " * ",
    "outer": r" \otimes ",
    "+": " + ",
    "-": " - ",
}
RELATIONS = {"<=": r"\le", ">=": r"\ge", "!=": r"\ne", "and": r"\land", "or": r"\lor"}
CONSTANTS = {
    "pi": r"\pi",
    "infinity": r"\infty",
    "identity": "I",
    "ones": r"\mathbf{1}",
    "e": "e",
    "all": ":",
}
MAX_SHOWN = 1200


def render(node: Node, symbols: Mapping[str, Declaration]) -> str:
    """The LaTeX of a tree, at most a screenful."""
    text = _Renderer(symbols).show(node)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + r"\ldots"


class _Renderer:
    def __init__(self, symbols: Mapping[str, Declaration]) -> None:
        self.symbols = symbols

    def show(self, node: Node, level: int = 0) -> str:
        """A node, in brackets when it binds less than its place asks."""
        match node:
            case Number(text):
                return text
            case Index(name):
                return _letter(name)
            case Constant(name, size):
                return CONSTANTS[name] + (f"_{{{self.show(size)}}}" if size is not None else "")
            case Symbol(name, indices):
                return self._symbol(name, indices)
            case Binary():
                return self._binary(node, level)
            case Unary(kind, of):
                return self._unary(kind, of, level)
            case Apply(function, arguments, index):
                return self._apply(function, arguments, index)
            case Big("stack", _, _, _, body, _):
                return self.show(body, level)
            case Big(kind, index, low, high, body, _):
                below = index + (f"={self.show(low)}" if low is not None else "")
                above = f"^{{{self.show(high)}}}" if high is not None else ""
                return _bracket(rf"\{kind}_{{{below}}}{above} {self.show(body, 2)}", level > 1)
            case Compare(kind, left, right):
                return rf"[{self.show(left)} {RELATIONS.get(kind, kind)} {self.show(right)}]"
            case Listing(rows, _):
                grid = r" \\ ".join(" & ".join(self.show(item) for item in row) for row in rows)
                return rf"\begin{{bmatrix}} {grid} \end{{bmatrix}}"
            case Cases(branches):
                lines = r" \\ ".join(self._branch(value, test) for value, test in branches)
                return rf"\begin{{cases}} {lines} \end{{cases}}"
            case Pick(of, indices):
                return f"{self.show(of, 5)}_{{{','.join(self.show(index) for index in indices)}}}"
            case Dots():
                return r"\ldots"

    def _symbol(self, name: str, indices: tuple[Node, ...]) -> str:
        declaration = self.symbols.get(name)
        aliases = declaration.aliases if declaration else ()
        base = next((alias for alias in aliases if "\\" in alias or "_" in alias), _letter(name))
        if not indices:
            return base
        low = ",".join(self.show(index) for index in indices)
        return f"{{{base}}}_{{{low}}}"

    def _binary(self, node: Binary, level: int) -> str:
        own = LEVELS[node.kind]
        if node.kind == "/":
            return rf"\frac{{{self.show(node.left)}}}{{{self.show(node.right)}}}"
        if node.kind == "^":
            return f"{self.show(node.left, 5)}^{{{self.show(node.right)}}}"
        right = self.show(node.right, own + (node.kind in "-*.oe"))
        sign = r" \cdot " if node.kind == "*" and right[:1].isdigit() else SIGNS[node.kind]
        return _bracket(self.show(node.left, own) + sign + right, own < level)

    def _unary(self, kind: str, of: Node, level: int) -> str:
        if kind == "-":
            return _bracket("-" + self.show(of, 2), level > 1)
        if kind == "T":
            return f"{self.show(of, 5)}^{{\\top}}"
        if kind == "abs":
            return rf"\left|{self.show(of)}\right|"
        return rf"\lVert {self.show(of)} \rVert_{{{kind[-1]}}}"

    def _apply(self, function: str, arguments: tuple[Node, ...], index: Node | None) -> str:
        inside = ", ".join(self.show(argument) for argument in arguments)
        low = f"_{{{self.show(index)}}}" if index is not None else ""
        if function == "sqrt":
            return rf"\sqrt{{{inside}}}"
        return rf"{_function(function)}{low}\left({inside}\right)"

    def _branch(self, value: Node, test: Node | None) -> str:
        return f"{self.show(value)} & " + (r"\text{otherwise}" if test is None else self.show(test))


def _letter(name: str) -> str:
    if name in GREEK:
        return "\\" + name
    return name if len(name) == 1 else rf"\mathrm{{{name.replace('_', ' ')}}}"


def _function(name: str) -> str:
    bare = name.rstrip("'")
    primes = name[len(bare) :]
    shown = {"exp": r"\exp", "log": r"\log", "ln": r"\ln", "max": r"\max", "min": r"\min"}.get(
        bare, _letter(bare)
    )
    return shown + primes


def _bracket(text: str, needed: bool) -> str:
    return rf"\left({text}\right)" if needed else text
