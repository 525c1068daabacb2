"""Making text that a model wrote safe to show: on a page, inside JSON on a page, in Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ANSWER_CHARS = 2000
"""Longest piece of one answer that goes into a report; the whole text stays in the store."""

# Controls but tab and newline, soft hyphen, bidi controls, zero-width characters except the two
# joiners (Persian and emoji need them), line separators, lone surrogates, tags, noncharacters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_JSON_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_ZERO_WIDTH = "\u200b"
_INLINE = re.compile(r"\b(?:GH(?=-)|www(?=\.))|://|!(?=\d)|[\\`*_\[\]~|$<&@#]", re.IGNORECASE)
_INLINE_AS = {"<": "&lt;", "&": "&amp;", "://": f":{_ZERO_WIDTH}//", "@": f"@{_ZERO_WIDTH}"}


def visible(text: str) -> str:
    r"""Write every unseen or text-reordering character as ``⟨U+XXXX⟩``; newlines become ``\n``.

    >>> visible("a\x00b\u202ec\ud800")
    'a⟨U+0000⟩b⟨U+202E⟩c⟨U+D800⟩'
    """
    return _UNSEEN.sub(_name, text.replace("\r\n", "\n"))


def _name(found: re.Match[str]) -> str:
    return f"⟨U+{ord(found.group()):04X}⟩"


def visible_tree(value: Any) -> Any:
    """Return a JSON value in which every string, keys too, went through ``visible``."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(str(key)): visible_tree(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [visible_tree(item) for item in value]
    return value


def island(value: Any) -> str:
    r"""Return JSON that can stand inside a ``<script type="application/json">`` element.

    >>> island("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_JSON_ESCAPES)


@dataclass(frozen=True)
class Excerpt:
    """The part of a text that is shown.

    ``spans`` are ``(start, end, label)`` in UTF-16 units of ``text``, as a browser counts.
    ``more`` counts the characters cut after ``text`` (or before ``tail``), ``unseen_spans`` the
    spans that begin there, ``size`` the UTF-8 bytes of the whole text as the model wrote it.
    """

    text: str
    tail: str
    more: int
    size: int
    spans: tuple[tuple[int, int, str], ...]
    unseen_spans: int


def excerpt(
    text: str, spans: Iterable[Sequence[Any]] = (), *, chars: int = ANSWER_CHARS, tail: int = 0
) -> Excerpt:
    r"""Cut a text to ``chars`` characters, the last ``tail`` of them from its end, and clean it.

    ``spans`` hold ``[start, end, label]`` in code points of ``text``; empty ones are left out.

    >>> excerpt("a😀\x00 Nova", [[4, 8, "name"]]).spans
    ((12, 16, 'name'),)
    """
    more = max(0, len(text) - chars)
    head = text[: chars - tail] if more else text
    marks = sorted(
        (max(0, int(start)), int(end), visible(str(label)))
        for start, end, label in spans
        if max(0, int(start)) < min(int(end), len(text))
    )
    inside = [mark for mark in marks if mark[0] < len(head)]
    return Excerpt(
        text=visible(head),
        tail=visible(text[-tail:]) if more and tail else "",
        more=more,
        size=len(text.encode("utf-8", "surrogatepass")),
        spans=_in_utf16(head, inside),
        unseen_spans=len(marks) - len(inside),
    )


def _in_utf16(text: str, spans: list[tuple[int, int, str]]) -> tuple[tuple[int, int, str], ...]:
    """Move spans from code points of the raw text to UTF-16 units of the visible one."""
    if not spans:
        return ()
    places = [0]
    for at, char in enumerate(text):
        gone = char == "\r" and text[at + 1 : at + 2] == "\n"
        shown = "" if gone else visible(char)
        places.append(places[-1] + len(shown) + sum(c > "\uffff" for c in shown))
    return tuple((places[a], places[min(b, len(text))], label) for a, b, label in spans)


def inline_markdown(text: str, *, chars: int = 400) -> str:
    r"""Write text for the inside of a line so that Markdown shows it and links, mentions nothing.

    A zero-width space breaks ``@name``, ``#1`` and addresses: GitHub looks for those after it has
    read the escapes, so that a backslash alone would not stop it.

    >>> inline_markdown("<b>*x*</b>|")
    '&lt;b>\\*x\\*&lt;/b>\\|'
    """
    line = " ".join(visible(text).split())
    if len(line) > chars:
        line = f"{line[:chars]}… {len(line) - chars} more characters"
    return _INLINE.sub(_inert, line)


def _inert(found: re.Match[str]) -> str:
    """Return what stands for a character that Markdown or GitHub would act on."""
    live = found.group()
    if live in _INLINE_AS:
        return _INLINE_AS[live]
    if live == "!" or live.isalpha():  # !1, GH-1, www.
        return live + _ZERO_WIDTH
    return f"\\{live}{_ZERO_WIDTH if live == '#' else ''}"


def fenced(text: str, *, chars: int = 600) -> str:
    """Return a fenced block whose fence is longer than any run of backticks in the text."""
    piece = excerpt(text, chars=chars)
    body = piece.text + (f"\n… {piece.more} more characters" if piece.more else "")
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{body}\n{fence}"
