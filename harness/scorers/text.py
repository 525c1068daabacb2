"""Text as scorers read it: widths and quotes made one, every character still in its place."""

from __future__ import annotations

import unicodedata

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
