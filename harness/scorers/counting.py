"""What an answer is made of: words, lines, paragraphs, list items, languages.

Everything is found in time linear in the answer's length: patterns have possessive quantifiers or a
bounded length.
"""

from __future__ import annotations

import re
from collections import Counter

Place = tuple[int, int]
"""Characters ``[start, end)`` of a text."""

HAN = r"\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Chinese characters, as part of a character class."""
_LETTERS = rf"(?:[^\W_{HAN}][\u0300-\u036f]*+)++"
WORD = re.compile(rf"[{HAN}]|{_LETTERS}(?:(?:['’.@&/_+\u2010\u2011-]|(?<=\d)[,:](?=\d)){_LETTERS})*+")
_HAN = re.compile(rf"[{HAN}]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏＡ-Ｚａ-ｚ]")
LINE = re.compile(r"[^\n]+")


def word_set(spaced: str) -> frozenset[str]:
    """Return the words of a text that spaces part."""
    return frozenset(spaced.split())


def words(text: str) -> list[Place]:
    """Return the words: each Chinese character is one, and so is "well-known", "3.14" or "e.g.".

    The number of a list's item is none.

    >>> len(words("1. 我爱用Python，don't you?"))
    6
    """
    found = []
    for start, end in lines(text):
        mark = _NUMBER.match(text, start, end)
        inside = WORD.finditer(text, mark.end(), end) if mark else iter(())
        found += [match.span() for match in inside] or [
            match.span() for match in WORD.finditer(text, start, end)
        ]
    return found


def capital_words(text: str) -> list[Place]:
    """Return the words without a small letter: "NASA", "I", "B2B".

    >>> len(capital_words("I said NO to B2B and to 2024."))
    3
    """
    return [(start, end) for start, end in words(text) if text[start:end].isupper()]


def lines(text: str) -> list[Place]:
    """Return the lines that are not blank."""
    return [match.span() for match in LINE.finditer(text) if match[0].strip()]


def paragraphs(text: str) -> list[Place]:
    """Return what blank lines part; a line of asterisks or hyphens alone is no paragraph."""
    found: list[Place] = []
    reached = -1
    for start, end in lines(text):
        if found and start == reached + 1:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        reached = end
    return [place for place in found if WORD.search(text, *place)]


# ---- lists, and other things that Markdown knows

_BULLET = re.compile(r"[^\S\n]*+(?:[-*+–—](?=[^\S\n])|[•·‣▪●○◆■◦∙・])")
_HAN_NUMBERS = [
    *"一二三四五六七八九十",
    *(f"十{unit}" for unit in "一二三四五六七八九"),
    "二十",
]
_HAN_NUMBER = "|".join(sorted(_HAN_NUMBERS, key=len, reverse=True))
_NUMBER = re.compile(
    rf"[^\S\n]*+(?:[(（](?P<a>\d{{1,3}}|{_HAN_NUMBER})[)）]|(?P<b>\d{{1,3}})(?:[.．](?!\d)|[)）、])"
    rf"|(?P<c>{_HAN_NUMBER})、|(?P<d>[①-⑳]))"
)
_PLACEHOLDER = re.compile(r"[\[【［]([^\[\]【】［］\n]++)[\]】］](?!\()")
_HIGHLIGHT = re.compile(r"(?<!\*)(\*{1,3})(?![\s*])[^*\n]++(?<!\s)\1(?!\*)")
_EMPHASIS = re.compile(r"(?<=\S)\*{1,3}|\*{1,3}(?=\S)|__")


def bullets(text: str) -> list[Place]:
    """Return the lines that begin with a bullet and say something; nested ones count."""
    return [
        (start, end)
        for start, end in lines(text)
        if (mark := _BULLET.match(text, start, end)) and WORD.search(text, mark.end(), end)
    ]


def numbered(text: str) -> list[tuple[int, Place]]:
    """Return the items of a numbered list with their numbers, without what is nested in them.

    >>> [number for number, _ in numbered("1. 苹果\\n   1) 红的\\n2、梨\\n3.5 kg")]
    [1, 2]
    """
    found = []
    for start, end in lines(text):
        mark = _NUMBER.match(text, start, end)
        if mark and WORD.search(text, mark.end(), end):
            indent = len(mark[0]) - len(mark[0].lstrip())
            found.append((indent, _number_of(mark), (start, end)))
    outermost = min((indent for indent, _, _ in found), default=0)
    return [(number, place) for indent, number, place in found if indent == outermost]


def _number_of(mark: re.Match[str]) -> int:
    said = next(filter(None, mark.groups()))
    if said in _HAN_NUMBERS:
        return _HAN_NUMBERS.index(said) + 1
    return ord(said) - ord("①") + 1 if "①" <= said <= "⑳" else int(said)


def placeholders(text: str) -> list[Place]:
    """Return the texts in square brackets to be filled in: [name] or 【姓名】, not [1], [x] or a link."""
    return [
        match.span()
        for match in _PLACEHOLDER.finditer(text)
        if WORD.search(match[1]) and not match[1].strip().isdecimal() and match[1].strip() not in "xX"
    ]


def highlights(text: str) -> list[Place]:
    """Return the texts between asterisks: *one*, **two** or ***three***."""
    return [match.span() for match in _HIGHLIGHT.finditer(text)]


def unfenced(text: str) -> str:
    """Return what stands in a code fence where an answer is nothing else; other answers stay as they are."""
    inside = text.strip()
    if len(inside) < 6 or not (inside.startswith("```") and inside.endswith("```")):
        return text
    _, newline, body = inside[:-3].partition("\n")
    return body if newline and "```" not in body else text


def without_emphasis(text: str) -> str:
    """Return the text without Markdown's emphasis; bullets and lines of asterisks stay.

    >>> without_emphasis("* **Nova**, __yes__\\n******")
    '* Nova, yes\\n******'
    """
    return "\n".join(_EMPHASIS.sub("", line) if line.strip(" \t\r*") else line for line in text.split("\n"))


# ---- languages

_ENGLISH = word_set(
    "the and of to is are you that it for with was this have be at by from my your we they he she can"
)
_FOREIGN = word_set(
    "le la les des du une est et dans pour avec sont que qui der das und ist nicht ein eine mit sie wir"
    " el los las del por con como lo gli che di sono de os uma em não het een"
)


def language(text: str) -> str:
    """Name the language: ``English``, ``Chinese``, ``another language``, ``a mixture`` or ``no words``.

    Chinese may hold foreign names and terms up to three in ten words, English one Chinese word in ten.
    That Latin letters are not English shows in their small words alone, so that a list of names passes.

    >>> language("我喜欢用Python写程序。"), language("Le chat est sur la table.")
    ('Chinese', 'another language')
    """
    found = [text[start:end] for start, end in words(text)]
    scripts = Counter(map(_script, found))
    han, latin = scripts["han"], scripts["latin"]
    counted = han + latin + scripts["other"]
    if not counted:
        return "no words"
    if han >= 0.7 * counted:
        return "Chinese" if len(_KANA.findall(text)) <= 0.1 * han else "another language"
    if latin < 0.9 * counted:
        return "a mixture" if han and latin else "another language"
    foreign, english = (sum(1 for word in found if word in known) for known in (_FOREIGN, _ENGLISH))
    return "another language" if foreign >= 2 and foreign > english else "English"


def _script(word: str) -> str:
    if _HAN.match(word):
        return "han"
    if _LATIN.search(word):
        return "latin"
    return "other" if any(map(str.isalpha, word)) else "none"
