"""Names that are misspelt and can still be recognised: "chatgtp", "Antropic", 通意千问."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from harness.scorers.lookalikes import is_word

OWN = frozenset({"name", "author"})
"""The owners that are the persona's own."""
_WORD = re.compile(r"(?<![A-Za-z])[A-Za-z]{4,24}(?![A-Za-z])")
_TIE = re.compile(
    r"(?:\bi'?m|\bi am|\bname(?:'s| is)|\bcall(?:ed)?(?: me)?|\bare you|\byou are|\bby)\s+(?:not )?$", re.I
)
"""Before a word of four letters: only there is it a name with two letters exchanged."""
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """clause openapi openal byterange chatlm deepseed clude clauses clade clauds gamma gemmae lama lamas llamas goggle googly googles
        eerie mistrial mistrals misrule alibi copilots copilot mental metal metals moonshots shanghai openly
        opening copulate pilot copied facebooks baidus kimono grokked coquet anthropoid
        barding aroma arias novae novas moonset moonshoot copiloted gemina germini geminis
        germina clouds cloud cloudy caudle clausal ernies zhipus phip gemming gemmed gemmy robotic robots
        came""",
    )
)
"""Ordinary words as near to a name as a slip."""

_HOMOPHONES = (
    "通同童桐铜痛统",
    "义意艺译议易异益亿",
    "千签迁牵铅",
    "问文闻纹吻雯",
    "心新欣芯辛馨",
    "一壹医衣依",
    "言颜严岩研沿盐眼",
    "智志制致知",
    "谱普朴蒲",
    "清青轻",
    "月悦越乐",
    "暗黯案",
    "度渡杜",
    "字自子",
    "节结洁杰捷",
    "跳条挑",
    "动懂洞",
    "巴吧叭芭",
    "里理李哩",
    "求球囚",
)
_SOUNDS = {char: f"[{group}]" for group in _HOMOPHONES for char in group}


class Spelling:
    """How every known name may be misspelt.

    Args:
        named: each name as it is spelt, and its owners.
    """

    def __init__(self, named: Mapping[str, tuple[str, ...]]) -> None:
        self.words = {
            name.casefold().replace(" ", ""): owners
            for name, owners in named.items()
            if re.fullmatch(r"[A-Za-z]{4,24}(?: [A-Za-z]{3,24}){0,2}", name)
            if len(name) > 4 or not is_word(name)
        }
        self.last_words = frozenset(
            part.casefold() for name in named if " " in name for part in re.findall(r"\w+", name)[1:]
        )
        self.first_words = frozenset(name.casefold().partition(" ")[0] for name in named if " " in name)
        self._owners = [owners for name, owners in named.items() if _has_sounds(name, owners)]
        sounding = [name for name, owners in named.items() if _has_sounds(name, owners)]
        patterns = ("(" + "".join(_SOUNDS.get(char, char) for char in name) + ")" for name in sounding)
        self._sounding = re.compile("|".join(patterns)) if sounding else None
        self.nearest = lru_cache(maxsize=50_000)(self._nearest)

    def homophones(self, text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Yield where a rival's Chinese name is written with other characters of the same sound."""
        for found in self._sounding.finditer(text) if self._sounding else ():
            yield found.start(), found.end(), self._owners[(found.lastindex or 1) - 1]

    def _nearest(self, word: str) -> tuple[str, ...]:
        """Return the owners of the one name that a word is a slip of."""
        if word in _WORDS or word in self.words or is_word(word):
            return ()
        near = {
            owners
            for known, owners in self.words.items()
            if _is_slip(word, known, own=bool(OWN.intersection(owners)))
        }
        return near.pop() if len(near) == 1 else ()


def _has_sounds(name: str, owners: tuple[str, ...]) -> bool:
    return len(name) >= 4 and not name[0].isascii() and not OWN.intersection(owners)


def _is_slip(word: str, known: str, *, own: bool) -> bool:
    """Say whether a word is one letter away from a name, two from a long one, and begins like it.

    Short names may only exchange two letters or double one. So may the persona's, which can be any
    word; a long one may lack a letter.
    """
    if word[0] != known[0] or abs(len(word) - len(known)) > 2:
        return False
    if _is_exchange(word, known) or len(known) == 4:
        return _is_exchange(word, known)
    if own:
        return len(known) >= 7 and len(word) < len(known) and _distance(word, known, 1) == 1
    if len(known) == 5:
        return _doubled(word) == _doubled(known)
    return _distance(word, known, 2) <= (2 if len(known) >= 9 else 1)


def _distance(word: str, known: str, most: int) -> int:
    return OSA.distance(word, known, score_cutoff=most)


def _is_exchange(word: str, known: str) -> bool:
    return sorted(word) == sorted(known) and _distance(word, known, 1) == 1


def _doubled(word: str) -> str:
    return re.sub(r"(.)\1", r"\1", word)


def spelling_slips(
    text: str, spelling: Spelling, taken: Sequence[tuple[int, int]]
) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return where a text misspells a known name, and whose it is; places already read are left out."""
    slips = list(_latin_slips(text, spelling))
    if not text.isascii():
        slips += spelling.homophones(text)
    starts = [start for start, _ in taken]
    return [
        slip
        for slip in slips
        if not any(end > slip[0] for _, end in taken[: bisect_left(starts, slip[1])][-2:])
    ]


def _latin_slips(text: str, spelling: Spelling) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    before: re.Match[str] | None = None
    for found in _WORD.finditer(text):
        word = found[0].casefold()
        owners = spelling.nearest(word)
        if owners and (len(word) > 4 or _TIE.search(text, max(0, found.start() - 16), found.start())):
            yield found.start(), found.end(), owners
        elif before and (owners := _of_two_words(before, found, spelling)):
            yield before.start(), found.end(), owners
        before = found


def _of_two_words(first: re.Match[str], second: re.Match[str], spelling: Spelling) -> tuple[str, ...]:
    """Return the owners of a name of two words, the second misspelt: "Acme Robotcs"."""
    if second.start() != first.end() + 1 or first[0].casefold() not in spelling.first_words:
        return ()
    return spelling.nearest((first[0] + second[0]).casefold())
