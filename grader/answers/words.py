"""The words of an answer: which of its tokens belong to a sentence, and what such words do to the formula."""

from __future__ import annotations

from collections.abc import Callable

from grader.answers.functions import NAMES
from grader.answers.glyphs import GREEK
from grader.answers.lexer import Token

VERBS = frozenset(
    """is are be equals equal get obtain obtained gives give yields have has becomes answer to as being converges
    converge approaches approach tends tend goes go moves move shrinks shrink""".split()
)
ALSO = frozenset("or i.e ie equivalently i.e. that which namely".split())
DEFINING = frozenset(
    "where with using let letting given for when and since as here if setting set denoting".split()
)
DANGER = frozenset(
    """times divided plus minus over squared cubed transposed inverse except not negative double twice half root without never
    multiplied scaled ignoring unless""".split()
)
ENGLISH = VERBS | ALSO | DEFINING | DANGER | frozenset(
    """the a an but answer we so thus hence therefore because by of this that it its in from up on at then can final result
    simply just would will should must vector matrix scalar constant additive multiplicative normalizing normalising factor
    value values number mean variance estimate derivative gradient likelihood posterior prior loss update rule bias weight weights
    output input layer hidden function bernoulli element elements entry entries row column component index unit each every all any
    chain rule cross entropy note means product denotes define defined notation sigmoid activation per point points data total sum
    approximately about roughly exactly respectively i think ans solution solving simplifies simplifying after dimension shape
    dimensions size neurons rounded digits decimal decimals figures significant ignoring same
   attained reached achieved met attains reaches believe guess suppose found find would am my got calculated computed derived
    units origin distance normal unit degrees rank log-likelihood sample data both also too respectively column-vector respect element-wise elementwise logs natural logarithm maximum minimum when""".split()
)  # fmt: skip
NAME_HEADS = frozenset(
    "p P Pr E Var var V Cov L l J C f g h q D mathbb argmin argmax arg lim MLE MAP ML".split()
)
REASONS = frozenset(
    "because since as due so therefore hence thus which by where with for using if given when here note assuming from it this that (".split()
)
ATTAINED = frozenset("attained reached achieved met attains reaches".split())
ARROWS = frozenset({"approx", "propto", "gets", "to", "implies", "so", "sim"})
PRONOUN_VERBS = frozenset(
    "think believe get got find found would guess suppose am have obtain obtained calculated computed derived".split()
)
CONCLUDING = frozenset("so hence thus therefore".split())


def with_prose(tokens: list[Token], known: Callable[[str], bool]) -> list[Token]:
    """Tokens in which words that could be names are marked as words: `where` without a bracket, the article `a`."""
    after = [*tokens[1:], Token("end", "")][: len(tokens)]
    return [_as_prose(token, behind, known) for token, behind in zip(tokens, after, strict=True)]


def _as_prose(token: Token, after: Token, known: Callable[[str], bool]) -> Token:
    if (
        token.kind in ("word", "text")
        and after.is_sign(":")
        and len(token.text) > 1
        and not known(token.text)
    ):
        return Token("text", "the")
    if token.text == "where" and not after.is_sign("("):
        return Token("text", "where:")
    if token.text in ("mean", "variance", "var") and after.is_sign(":"):
        return Token("text", "the")
    article = token.kind in ("word", "text") and token.text in ("a", "A", "an", "An")
    if token.text == "I" and after.kind == "word" and after.text in PRONOUN_VERBS:
        return Token("text", "the")
    if article and after.kind in ("word", "text") and len(after.text) > 1 and is_prose(after, known):
        return Token("text", "the")
    return token


def is_prose(token: Token, known: Callable[[str], bool], after: Token | None = None) -> bool:
    """Whether a word is a word of a sentence rather than a name; one with a bracket right behind it is a function."""
    if token.kind not in ("word", "text"):
        return False
    word = token.text.split(" ")[0].strip(".,:;").lower()
    if token.text in GREEK or token.text in NAMES or token.text in NAME_HEADS or token.text == "Id":
        return False
    if len(word) > 1 and word in ENGLISH:
        return not known(token.text) or word in VERBS | DEFINING
    if after is not None and after.is_sign("(", "^", "_") and after.glued:
        return False
    if token.kind == "text":
        return not known(token.text)
    if token.text[0] == "d" and known(token.text[1:]):
        return False
    return len(token.text) > 3 and not known(token.text)


def first_word(token: Token) -> str:
    """The first word of a token in lower case without punctuation."""
    return token.text.split(" ")[0].lower().strip(".,:;()")


def words_of(tokens: list[Token]) -> list[str]:
    """Every word of the tokens in lower case without punctuation."""
    return [
        word.lower().strip(".,:;()")
        for t in tokens
        if t.kind in ("word", "text")
        for word in t.text.split(" ")
    ]


def danger(words: list[str]) -> str:
    """A word that may change the formula before it, or the empty string; `not attained` changes nothing."""
    if ATTAINED & set(words):
        words = [word for word in words if word not in ("not", "never", "without")]
    words = [
        word
        for word, after in zip(words, [*words[1:], ""], strict=False)
        if not (word == "negative" and after.startswith(("log", "nll")))
    ]
    return next((word for word in words if word in DANGER), "")
