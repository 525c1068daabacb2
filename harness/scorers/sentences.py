"""Where the sentences of an answer end, in English, Chinese and a mixture of both.

What stands around a mark is looked at through a window, so that the time is linear in the length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.scorers.counting import HAN, LINE, WORD, Place, paragraphs, word_set

_MARKS = re.compile(r"[.!?。！？．｡…]++")
_CLOSERS = re.compile(r"[\"'”’」』）)\]】*_`]*+")
_QUOTES = frozenset("\"'”’」』）)]】")
_WIDE = frozenset("。！？｡")
_DOTS = frozenset(".．")
_WINDOW = 24
"""How many characters around a mark are looked at."""
_HAN = re.compile(rf"[{HAN}]")
_INK = re.compile(r"\S")
_OPENS_BLOCK = re.compile(
    rf"[^\S\n]*+(?:[-*+•·●][^\S\n]|#{{1,6}}\s|>|\||(?:\d{{1,3}}|[A-Za-z])[.)、](?=[\s{HAN}]))"
)
_HEADING = re.compile(r"[^\S\n]*+#{1,6}\s")
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘*_]+$")
_NEXT_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?(?!\.)")
_SPEAKER = re.compile(rf"[{HAN}]{{0,4}}?(?:[说问喊叫答笑]|(?<!知)道)[道着，,。：:！!]")
_PRONOUN = re.compile(r"I(?![\w.])")
_CARRIES_ON = frozenset("，,、；;：:")
_INSIDE_A_WORD = frozenset("/_-=&#@—")
_DOTTED = re.compile(r"(?:[a-z]\.)*[a-z]")
_NEVER_LAST = word_set(
    "mr mrs ms dr prof st vs e.g i.e cf approx gen gov sen rep capt sgt col mt rev hon messrs mme mlle"
)
"""What a name or an example follows, so that its full stop ends no sentence."""
_BEFORE_A_NUMBER = word_set(
    "no nos fig p pp vol ch sec art eq jan feb mar apr jun jul aug sep sept oct nov dec"
)
_SOMETIMES_LAST = word_set("etc inc ltd co corp a.m p.m jr sr ph.d al dept est ave")
_STARTERS = word_set(
    "the it he she they we i you this that these those in on at a an but and so however then there my his"
    " her our its their after when if for as it's he's she's i'm we're they're"
)


def sentences(text: str) -> list[Place]:
    """Return the sentences; what a paragraph or a list item ends without a full stop is one too.

    Abbreviations, initials, decimals, addresses and list numbers end none, nor does a mark inside a
    quotation that the sentence carries on from; an ellipsis does only before a capital.

    >>> text = 'Dr. Li paid 3.50, e.g. for tea. "Is it hot?" she asked... Yes'
    >>> [text[start:end].strip() for start, end in sentences(text)]
    ['Dr. Li paid 3.50, e.g. for tea.', '"Is it hot?" she asked...', 'Yes']
    """
    found = []
    for start, end in _blocks(text):
        begin = start
        for stop in (*_stops(text, start, end), end):
            if WORD.search(text, begin, stop):
                found.append((begin, stop))
            begin = stop
    return found


def _blocks(text: str) -> Iterator[Place]:
    """Yield what no sentence reaches beyond: paragraphs, list items, headings, rows of a table."""
    for start, end in paragraphs(text):
        begin, heading = start, False
        for line in LINE.finditer(text, start, end):
            if line.start() > begin and (heading or _OPENS_BLOCK.match(text, line.start())):
                yield begin, line.start()
                begin = line.start()
            heading = bool(_HEADING.match(text, line.start()))
        yield begin, end


def _stops(text: str, start: int, end: int) -> Iterator[int]:
    """Yield the ends of the sentences that a mark ends, closing quotes included."""
    for mark in _MARKS.finditer(text, start, end):
        closers = _CLOSERS.match(text, mark.end(), end)
        assert closers, "it matches nothing at all, too"
        ink = _INK.search(text, closers.end(), end)
        if ink is None:
            return
        before = text[max(start, mark.start() - _WINDOW) : mark.start()]
        spaced = ink.start() > closers.end()
        if _ends(before, mark[0], closers[0], spaced, text[ink.start() : min(end, ink.start() + _WINDOW)]):
            yield closers.end()


def _ends(before: str, mark: str, closers: str, spaced: bool, after: str) -> bool:
    """Say whether a mark ends a sentence, from what stands around it."""
    quoted, full_stop = not _QUOTES.isdisjoint(closers), _DOTS.issuperset(mark)
    if after[0] in _CARRIES_ON:
        return False
    if not _WIDE.isdisjoint(mark):
        return not (quoted and _SPEAKER.match(after))
    if "…" in mark or (full_stop and len(mark) > 1):
        return spaced and after[0].isupper() and not _PRONOUN.match(after)
    if not spaced:
        return _touches_no_word(before, after) and not (full_stop and _numbers_an_item(before))
    if quoted or not full_stop:
        return not (quoted and after[0].islower())
    return _full_stop_ends(before, after)


def _touches_no_word(before: str, after: str) -> bool:
    """Say whether a mark without a space behind it may end a sentence: "Ja.我", not "3.5" or "a.org"."""
    chinese = _HAN.match(after) or _HAN.match(before[-1:])
    return bool(chinese) or not (after[0].isalnum() or after[0] in _INSIDE_A_WORD)


def _numbers_an_item(before: str) -> bool:
    """Say whether "1" or "a" stands before a full stop, alone in its line so far."""
    line = before.rpartition("\n")[2].strip()
    whole = len(before) < _WINDOW or "\n" in before
    return whole and (line.isdecimal() or (len(line) == 1 and line.isascii() and line.isalpha()))


def _full_stop_ends(before: str, after: str) -> bool:
    """Say whether a single full stop with a space behind it ends a sentence."""
    last = _LAST_WORD.search(before)
    word = last[0].casefold() if last else ""
    if word in _SOMETIMES_LAST or word.isdecimal():
        return not after[0].islower() and not _numbers_an_item(before)
    if word != "i" and _DOTTED.fullmatch(word) and word not in _NEVER_LAST:
        following = _NEXT_WORD.match(after)
        begins = following is not None and following[0].casefold() in _STARTERS
        return begins and not _numbers_an_item(before)
    return word not in _NEVER_LAST and not (word in _BEFORE_A_NUMBER and after[0].isdecimal())
