"""Text to tokens. Spacing, sizes and fonts vanish here; what is left is letters, numbers, commands and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from grader.answers.faults import Unreadable
from grader.answers.glyphs import GREEK

MAX_TOKENS = 1500

SILENT = frozenset(
    """left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle displaystyle textstyle
    scriptstyle limits nolimits nonumber notag quad qquad enspace thinspace space rm bf it sf cal mathrm mathbf
    mathit mathsf mathcal mathscr mathfrak boldsymbol bm pmb bold operatorname operatornamewithlimits symbf symbfit
    mathnormal text mbox textrm textbf textit textsf texttt hbox vec overrightarrow boxed ensuremath mathop mathord
    mathbin hfill noindent bold scriptscriptstyle vb vec mathtt underline checkmark square blacksquare qed Box""".split()
)
WORDS = frozenset("text mbox textrm textbf textit textsf texttt hbox".split())
TAKES_WORD = WORDS | frozenset(
    "mathrm operatorname operatornamewithlimits mathsf mathbf mathit mathop".split()
)
SWALLOW = frozenset("label tag hspace vspace phantom hphantom vphantom color textcolor underbrace_".split())
RENAMED = {
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "nicefrac": "frac", "sfrac": "frac", "widehat": "hat",
    "overline": "bar", "widetilde": "tilde", "lvert": "|(", "rvert": "|)", "lVert": "||", "rVert": "||", "Vert": "||",
    "vert": "|", "mid": "|", "|": "||", "lbrace": "{(", "rbrace": ")}", "{": "{(", "}": ")}", "lbrack": "[",
    "rbrack": "]", "langle": "<(", "rangle": ")>", "ast": "*", "star": "*", "bullet": "cdot", "leq": "<=", "le": "<=",
    "leqslant": "<=", "geq": ">=", "ge": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "neq": "!=", "ne": "!=",
    "equiv": "=", "coloneqq": ":=", "triangleq": ":=", "gets": "gets", "leftarrow": "gets", "Leftarrow": "gets",
    "longleftarrow": "gets", "to": "to", "rightarrow": "to", "longrightarrow": "to", "Rightarrow": "implies",
    "implies": "implies", "Longrightarrow": "implies", "iff": "implies", "Leftrightarrow": "implies", "sim": "sim",
    "approx": "approx", "simeq": "approx", "cong": "approx", "doteq": "=", "ldots": "dots", "cdots": "dots",
    "parallel": "||", "dotsc": "dots", "dotsb": "dots", "dotso": "dots", "hdots": "dots", "vdots": "dots", "ddots": "dots",
    "intercal": "top", "wedge": "and", "land": "and", "lor": "or", "vee": "or", "prime": "'", "dot": "dotaccent",
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varsigma": "sigma", "varrho": "rho",
    "dagger": "top", "lim": "lim", "hadamard": "odot", "bigodot": "odot", "otimes": "outer", "div": "/", "colon": ":",
    "imath": "i", "jmath": "j", "ell": "l", "dif": "d", "mathbbm": "mathbb", "mathds": "mathbb", "dd": "d",
}  # fmt: skip
LETTERS = {"l", "i", "j", "d"}

_TOKEN = re.compile(
    r"""(?P<space>[\s~]+) | (?P<break>\\\\(\[[^\]]*\])?) | (?P<env>\\(?:begin|end)\s*\{[A-Za-z]+\*?\}(\{[clr|\s]*\})?)
    | (?P<gap>\\[,;:!\s/>-]|\\$) | (?P<command>\\(?:operatorname\*|[A-Za-z]+|[|{}%&_$\#]))
    | (?P<number>(?:\d+(?:\.\d+|\.(?![A-Za-z(]|\s*$))?|\.\d+)(?:[eE][+-]?\d+(?![A-Za-z0-9]))?)
    | (?P<word>[A-Za-z]+) | (?P<dots>\.\.\.+) | (?P<sign>\*\*|:=|<-|->|=>|==|<=|>=|!=|-=|\+=|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """
    One piece of an answer.

    Args:
        kind: `number`, `word` (letters), `command` (LaTeX), `text` (a word set upright), `sign`, `env`, `break`.
        text: the piece itself; commands without their backslash.
        glued: whether nothing, not even a space, stood between it and the piece before.
    """

    kind: str
    text: str
    glued: bool = False

    def is_sign(self, *texts: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind == "sign" and self.text in texts

    def is_command(self, *texts: str) -> bool:
        """Whether it is one of these commands."""
        return self.kind == "command" and self.text in texts


def tokenize(text: str) -> list[Token]:
    """The tokens of a formula. Raises `Unreadable` when there are too many."""
    tokens: list[Token] = []
    at, glued = 0, False
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None  # the last branch takes any character
        at = match.end()
        kind, piece = (
            match.lastgroup or "sign",
            match[0].removesuffix("*") if match[0][0] == "\\" else match[0],
        )
        if kind in ("space", "gap"):
            glued = False
            continue
        if kind == "command" and piece[1:] in SWALLOW:
            at = _after_group(text, at)
            continue
        if kind == "command" and piece[1:] in TAKES_WORD and (word := _upright(text, at)):
            tokens.append(Token("text", word[1].strip(" ,;~\n\t"), False))
            at, glued = word.end(), True
            continue
        token = _token(kind, piece, glued)
        if token is not None:
            tokens += _below_sum(tokens, token)
        at = _after_left(piece, text, at)
        glued = token is not None
        if len(tokens) > MAX_TOKENS:
            raise Unreadable("the answer is too long to be one formula")
    return tokens


def _below_sum(before: list[Token], token: Token) -> list[Token]:
    """`\\sum_je_j`: below a sum sign without braces stands one letter."""
    bare = token.kind == "word" and len(token.text) > 1 and token.text not in GREEK
    if bare and len(before) > 1 and before[-1].is_sign("_") and before[-2].is_command("sum", "prod"):
        return [replace(token, text=token.text[0]), replace(token, text=token.text[1:], glued=True)]
    return [token]


_UPRIGHT = re.compile(r"\s*\{([^{}\\$_^]*[A-Za-z]{2}[^{}\\$_^]*)\}")


def _upright(text: str, at: int) -> re.Match[str] | None:
    """The content of an upright group when it is a word or more (one letter is a symbol in another font)."""
    return _UPRIGHT.match(text, at)


def _after_group(text: str, at: int) -> int:
    close = text.find("}", at)
    return close + 1 if close >= 0 else len(text)


def _after_left(piece: str, text: str, at: int) -> int:
    """`\\left.` has a dot that is no dot."""
    return at + 1 if piece in (r"\left", r"\right") and text[at : at + 1] == "." else at


def _token(kind: str, piece: str, glued: bool) -> Token | None:
    if kind == "command":
        return _command(piece[1:], glued)
    if kind == "dots":
        return Token("command", "dots", glued)
    if kind == "env":
        return _environment(piece)
    if kind == "break":
        return Token("break", "\\\\")
    if kind == "sign":
        renamed = {"**": "^", "==": "=", "<-": "gets", "->": "to", "=>": "implies", "@": "*"}.get(
            piece, piece
        )
        return Token("command" if renamed in ("gets", "to", "implies") else "sign", renamed, glued)
    return Token(kind, piece, glued)


def _command(name: str, glued: bool) -> Token | None:
    if name in SILENT:
        return None
    name = RENAMED.get(name, name)
    if name in GREEK or name in LETTERS:
        return Token("word", name, False)
    if not name[0].isalpha():
        return Token("sign", name, glued)
    return Token("command", name, glued)


def _environment(piece: str) -> Token | None:
    name = piece[piece.index("{") + 1 : piece.index("}")].rstrip("*")
    kind = "matrix" if name.endswith("matrix") or name == "array" else name
    if kind not in ("matrix", "cases"):
        return None
    return Token("env", ("begin " if piece.startswith(r"\begin") else "end ") + kind)
