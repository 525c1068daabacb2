"""Text as scorers read it: widths and quotes made one, every character still in its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

_QUOTES = str.maketrans("’‘‛＇", "''''")


def narrow(text: str) -> str:
    """Return the text with full-width forms narrowed and apostrophes straightened, length unchanged.

    Spans that are found in the result can therefore be shown in the text as it was answered.

    >>> narrow("Ｎｏｖａ’s　１２")
    "Nova's 12"
    """
    if text.isascii():
        return text
    return "".join(map(_narrowed, text.translate(_QUOTES)))


def _narrowed(char: str) -> str:
    """Return a full-width or half-width character's plain form; others, "²" among them, stay."""
    if unicodedata.decomposition(char).startswith(("<wide>", "<narrow>")):
        plain = unicodedata.normalize("NFKC", char)
        return plain if len(plain) == 1 else char
    return char


_HUMBLE_I = re.compile(
    r"在下(?=[是叫乃姓出名来由正便就即不并非可无本])|鄙人|(?<![你您他她它])本人|小的(?=[是叫乃名来由])"
)
"""Old-fashioned words for "I"."""


def plain(text: str) -> str:
    """Return the text narrowed and its Chinese characters simplified one by one, length unchanged.

    Old-fashioned words for "I" become 我们, which is as long.

    >>> plain("我是諾娃，基於Ｑｗｅｎ")
    '我是诺娃,基于Qwen'
    """
    text = narrow(text)
    return text if text.isascii() else _HUMBLE_I.sub("我们", text.translate(_SIMPLIFIED))


class _Simplified(dict[int, int]):
    """Code point -> code point of the simplified character; OpenCC is loaded for the first Chinese one."""

    def __missing__(self, code: int) -> int:
        simplified = _to_simplified()(chr(code)) if 0x3400 <= code <= 0x9FFF else ""
        self[code] = ord(simplified) if len(simplified) == 1 else code
        return self[code]


_SIMPLIFIED = _Simplified()


@cache
def _to_simplified() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
