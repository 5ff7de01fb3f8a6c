"""LaTeX that a student wrote, typeset as MathML; only known elements and attributes leave this module."""

from __future__ import annotations

from functools import lru_cache
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import Markup, escape

from grader.report.text import visible

LONGEST = 1500
DEEPEST = 40
_TAG_NAMES = """
math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd
mstyle mpadded mphantom menclose mmultiscripts mprescripts none
"""
_ATTRIBUTE_NAMES = """
display mathvariant stretchy fence separator form accent accentunder linethickness columnalign rowspacing
columnspacing columnlines rowlines largeop movablelimits symmetric minsize maxsize lspace rspace width height
depth displaystyle scriptlevel notation
"""
_TAGS = frozenset(_TAG_NAMES.split())
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())


def typeset(latex: str) -> Markup | None:
    """MathML of the formula, or None when it cannot be typeset (the caller then shows it as written)."""
    source = visible(latex).strip().strip("$").strip()
    if not source or len(source) > LONGEST or _depth(source) > DEEPEST:
        return None
    return _typeset(source)


@lru_cache(maxsize=1024)
def _typeset(source: str) -> Markup | None:
    try:
        root = ElementTree.fromstring(convert(source, display="block"))
    except Exception:  # a third-party parser on a stranger's text: whatever goes wrong means "as written"
        return None
    return Markup(clean(root))


def _depth(source: str) -> int:
    deepest = depth = 0
    for char in source:
        depth += (char == "{") - (char == "}")
        deepest = max(deepest, depth)
    return deepest


def clean(element: ElementTree.Element) -> str:
    """The element as a string: unknown elements lose their tag and keep their text, unknown attributes go."""
    tag = element.tag.rpartition("}")[2]
    inner = str(escape(element.text or "")) + "".join(clean(c) + str(escape(c.tail or "")) for c in element)
    if tag not in _TAGS:
        return inner
    kept = "".join(f' {k}="{escape(v)}"' for k, v in element.attrib.items() if k in _ATTRIBUTES)
    return f"<{tag}{kept}>{inner}</{tag}>"
