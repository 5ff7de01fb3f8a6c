"""A page as a browser's parser sees it, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_NAMES = """
html head meta style title body a svg symbol circle path blockquote use header p h1 h2 h3 h4 div strong span i
b nav ul li main
    section ol bdi code details summary figure figcaption pre table thead tbody tr th td dl dt dd footer rect
    text img script button label input math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup
    munder mover munderover mtable mtr mtd mstyle
"""
ALLOWED = frozenset(_NAMES.split())
VOID = frozenset({"meta", "img", "input"})


@dataclass
class Page(HTMLParser):
    """Tags with their attributes, the text, and what is left open."""

    html: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    text: str = ""
    open: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every such element."""
        return [attributes for name, attributes in self.tags if name == tag]

    def policy(self) -> str:
        """The content security policy."""
        return next(
            m["content"] for m in self.all("meta") if m.get("http-equiv") == "Content-Security-Policy"
        )
