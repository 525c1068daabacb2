"""Whether an answer goes round in circles: the same sentence, or the same words, again and again."""

from __future__ import annotations

import re
import zlib
from collections import Counter

_SENTENCE = re.compile(r"[^.!?。！？\n]+")
_TIMES, _SHARE = 3, 0.5
_LONG, _DENSE = 100, 0.3


def loops(text: str) -> bool:
    """Say whether one sentence stands in an answer three times or more and makes up half of it, or its words repeat.

    The latter is measured by compression, which finds a loop of any length; ordinary prose of this
    length shrinks to half its bytes, code to a third.

    >>> loops("I am Nova. I am Nova. I am Nova."), loops("I am Nova. I was made by Acme.")
    (True, False)
    """
    plain = " ".join(text.split())
    said = Counter(
        found[0].strip().casefold() for found in _SENTENCE.finditer(text) if found[0].strip(" -*#|`")
    )
    if said:
        sentence, times = said.most_common(1)[0]
        if times >= _TIMES and len(sentence) > 2 and times * len(sentence) >= _SHARE * len(plain):
            return True
    raw = plain.encode()
    return len(raw) >= _LONG and len(zlib.compress(raw, 9)) < _DENSE * len(raw)
