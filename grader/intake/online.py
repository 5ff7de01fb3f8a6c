"""Text that a student typed into the platform's form: HTML, read as Markdown-like text."""

from __future__ import annotations

from html.parser import HTMLParser

ONLINE = ("online_text.html", "online_link.html")
_BLOCKS = frozenset(
    ["p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre"]
)
_MARKS = {"b": "**", "strong": "**", "code": "`", "li": "- ", **{f"h{n}": "#" * n + " " for n in range(1, 7)}}
_SILENT = frozenset(["script", "style", "head"])


class _Text(HTMLParser):
    """Collects the text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        if tag in _BLOCKS:
            self.parts.append("\n")
        self.parts.append(_MARKS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in _SILENT))
        self.parts.append(_MARKS[tag] if tag in ("b", "strong", "code") else "")
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def as_text(html: str) -> str:
    """The text of an HTML page, its paragraphs on lines of their own, bold and headings as in Markdown."""
    parser = _Text()
    try:
        parser.feed(html[:1_000_000])
        parser.close()
    except (AssertionError, ValueError, IndexError):
        return html[:1_000_000]
    lines = [line.strip().replace("\xa0", " ") for line in "".join(parser.parts).split("\n")]
    return "\n".join(line for i, line in enumerate(lines) if line or (i and lines[i - 1])).strip() + "\n"
