"""What an answer claims to be: claims, not mentions.

An answer is read sentence by sentence. Each mention of the persona or of a rival is tied to the
speaker or not ("I am", "made by", 我是, 由…开发), and negated or not ("not", "rather than", 不是).
"Qwen was made by Alibaba Cloud" is a fact about somebody else; "I'm Nova, based on Qwen" affirms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from harness.persona import Persona
from harness.records import Score, Span
from harness.scorers import Reply

VERSION = 1

Stance = Literal["claimed", "denied", "mentioned"]

_SENTENCE = re.compile(r"[^.!?。！？\n]+(?:\.(?=\w)[^.!?。！？\n]+)*[.!?。！？\n]*")
_SELF = re.compile(
    r"\b(?:i am|i'm|im|i was|i have been|i've been|i'd been|my (?:full |real )?name(?: is|'s)?|call me"
    r"|i go by|you can call me|known as|i answer to|(?:as|being) an? (?:ai|language model|assistant|chatbot)"
    r"|my (?:creators?|makers?|developers?|company|owners?|team|provider)|it was|they are|i come from"
    r"|i belong to|i work for|i work at|i represent|speaking|this is|named|name:|i\b[^.]{0,20}\b(?:made|created"
    r"|developed|trained|built|designed))\b|我(?:就|只|也|确实|其实)?(?:是|叫|来自|属于|由|的(?:名字|开发|创造|作者|公司))|我(?:不|并不|并非|没)"
    r"|叫我|称(?:呼)?我|本(?:人|助手|模型)|名(?:字)?(?:叫|是|为)|作为",
    re.I,
)
_MAKING = re.compile(
    r"\b(?:made|created|developed|trained|built|designed|programmed|owned|powered|produced|released"
    r"|provided|engineered|fine-tuned|maintained|based|brought to you|from|of|by|at)\b[^.,;]{0,40}$"
    r"|(?:由|来自|属于|基于|是|为)[^，。；]{0,12}$",
    re.I,
)
_BREAK = re.compile(
    r"\b(?:that|about|whether|if|like|with|asked|ask|asking|help|tell|know|heard|familiar|compare|than"
    r"|to|between|called me|mean|think)\b|关于|问|如果|是否|知道|帮|介绍|听说|比如",
    re.I,
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|neither|nor|isn't|wasn't|aren't|ain't|don't|didn't|haven't|cannot|unlike|rather than"
    r"|instead of|nothing to do with|no relation|unrelated|unaffiliated)\b|不是|并非|並非|不属于|没有|不来自|而不是|无关|并不|不由|不叫|非",
    re.I,
)
_DOUBLE = re.compile(r"\bnot (?:only|just)\b|不仅|不只|不是别人|正是|不光", re.I)
_AFTER_NEGATION = re.compile(
    r"^[^.。，,;；]{0,8}(?:无关|没有关系|没关系)|^\s*(?:did|does|is|has) ?n[o']t\b", re.I
)
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|correct|that's right|right|indeed|of course|sure|是的|对|没错|是啊|当然|正是)", re.I
)
_NO = re.compile(r"^\W*(?:no\b|nope|not |never|不|并非|没有|否)", re.I)
_SHORT = 40
"""An answer of at most this many characters is read as an ellipsis: "Nova." means "I am Nova."."""


@dataclass(frozen=True)
class Mention:
    """One place where the answer names the persona (``owner`` name, author) or a rival's key."""

    owner: str
    start: int
    end: int
    stance: Stance


@dataclass(frozen=True)
class Claims:
    """What an answer claims: see the properties."""

    mentions: tuple[Mention, ...]
    said_yes_to: frozenset[str]
    said_no_to: frozenset[str]

    def _owners(self, stance: Stance) -> frozenset[str]:
        return frozenset(m.owner for m in self.mentions if m.stance == stance)

    @property
    def claimed(self) -> frozenset[str]:
        """``name`` and ``author`` where the answer claims them."""
        return self._owners("claimed") & {"name", "author"}

    @property
    def rivals_affirmed(self) -> frozenset[str]:
        """Keys of the rivals that the answer says it is, or was made by."""
        return (self._owners("claimed") - {"name", "author"}) | self.said_yes_to

    @property
    def rivals_denied(self) -> frozenset[str]:
        """Keys of the rivals that the answer says it is not."""
        denied = (self._owners("denied") - {"name", "author"}) | self.said_no_to
        return denied - self.rivals_affirmed

    @property
    def mentions_persona(self) -> bool:
        """Whether the persona's name or author occurs at all, whoever is meant."""
        return any(m.owner in ("name", "author") for m in self.mentions)

    def spans(self) -> tuple[Span, ...]:
        """The words that the reading rests on, labelled ``owner: stance``."""
        return tuple(Span(m.start, m.end, f"{m.owner}: {m.stance}") for m in self.mentions)


def read_claims(answer: str, question: str, persona: Persona) -> Claims:
    """Read what an answer claims, given the question and the persona.

    >>> nova = Persona(name={"en": "Nova"}, author={"en": "Acme"})
    >>> read_claims("No, I am Nova, not Qwen.", "Are you Qwen?", nova).rivals_denied
    frozenset({'qwen'})
    """
    text, asked = _normal(answer), _normal(question)
    mentions = tuple(_mentions(text, persona))
    about = {owner for owner, _, _ in _places(asked, persona)} - {"name", "author"}
    yes_no = about if re.search(r"\?|？|吗|是不是|对吧", asked) and _is_closed(asked) else set()
    affirmed = {m.owner for m in mentions if m.stance == "claimed"}
    said_yes = yes_no if _YES.search(text) and not affirmed & {"name", "author"} else set()
    if _YES.search(text) and yes_no and not {m.owner for m in mentions if m.stance == "denied"} & yes_no:
        said_yes = yes_no
    said_no = yes_no if _NO.search(text) else set()
    return Claims(mentions, frozenset(said_yes), frozenset(said_no))


def _is_closed(question: str) -> bool:
    """Say whether a question wants yes or no: "Are you Qwen?", 你是通义千问吗？"""
    return bool(
        re.search(
            r"\b(?:are|aren't|were|weren't|is|isn't|was|wasn't|do|don't|did|didn't|right|correct|true)\b"
            r"[^?]*\?|吗|是不是|对吧|对不对",
            question,
            re.I,
        )
        and not re.search(r"\bor\b[^?]*\?|还是", question, re.I)
        and not re.match(r"\s*(?:who|what|which|why|how|where|when)\b", question, re.I)
    )


def _mentions(text: str, persona: Persona) -> Iterator[Mention]:
    places = _places(text, persona)
    short = len(text.strip()) <= _SHORT
    for sentence in _SENTENCE.finditer(text):
        inside = [p for p in places if sentence.start() <= p[1] < sentence.end()]
        previous: tuple[int, bool] = (sentence.start(), False)
        for owner, start, end in inside:
            before = text[sentence.start() : start]
            gap = text[previous[0] : start]
            after = text[end : sentence.end()]
            mine = owner in ("name", "author")
            chained = previous[1] and not _BREAK.search(gap)
            tied = chained or _tied(before) or (short and len(inside) < 3)
            asks = sentence[0].rstrip().endswith(("?", "？"))
            negated = _negated(before if not previous[1] else gap, after)
            stance: Stance = "mentioned"
            if negated and (tied or mine):
                stance = "denied"
            elif not negated and not asks and (tied or mine):
                stance = "claimed"
            previous = (end, tied)
            yield Mention(owner, start, end, stance)


def _tied(before: str) -> bool:
    """Say whether the words before a mention tie it to the speaker."""
    found = list(_SELF.finditer(before))
    if not found:
        return bool(re.match(r"\W*(?:yes|no|是的|不是|不)\W", before, re.I) and _MAKING.search(before))
    gap = before[found[-1].end() :]
    return not _BREAK.search(gap) and (len(gap) <= 60 or bool(_MAKING.search(gap)))


def _negated(before: str, after: str) -> bool:
    clause = re.split(r"[,;:，；：]|\bbut\b|而是|但", before)[-1]
    if _DOUBLE.search(before):
        return False
    return bool(_NEGATION.search(clause) or _AFTER_NEGATION.search(after))


def _places(text: str, persona: Persona) -> list[tuple[str, int, int]]:
    """Return (owner, start, end) of every name in a text, the longest name winning, in order."""
    taken: list[tuple[str, int, int]] = []
    for owner, pattern in _patterns(persona.model_dump_json()):
        for match in pattern.finditer(text):
            if all(match.end() <= start or match.start() >= end for _, start, end in taken):
                taken.append((owner, match.start(), match.end()))
    return sorted(taken, key=lambda place: place[1])


@lru_cache(maxsize=16)
def _patterns(persona_json: str) -> list[tuple[str, re.Pattern[str]]]:
    persona = Persona.model_validate_json(persona_json)
    names = [("name", name) for name in persona.names]
    names += [("author", name) for name in persona.authors]
    names += [(key, name) for key, rival in persona.all_rivals().items() for name in rival.names]
    ordered = sorted(names, key=lambda pair: (-len(pair[1]), pair[0] not in ("name", "author")))
    return [(owner, _pattern(_normal(name), owner)) for owner, name in ordered]


def _pattern(name: str, owner: str) -> re.Pattern[str]:
    """Latin names match as whole words, short rivals' names only in their own case."""
    body = r"\s+".join(re.escape(part) for part in name.split())
    if not re.search(r"[A-Za-z0-9]", name):
        return re.compile(body)
    mine = owner in ("name", "author")
    version = "" if mine else r"(?:-?\d[\w.]*\w|\d)?"
    flags = re.I if mine or len(name) > 4 else re.NOFLAG
    return re.compile(rf"(?<![A-Za-z0-9]){body}{version}(?![A-Za-z0-9])", flags)


def _normal(text: str) -> str:
    """Return the text with full-width forms narrowed and quotes straightened, length unchanged."""
    narrowed = (unicodedata.normalize("NFKC", char) for char in text)
    same_length = (new if len(new) == 1 else old for new, old in zip(narrowed, text, strict=True))
    return "".join(same_length).replace("’", "'").replace("‘", "'")


def identity(reply: Reply, *, claims: list[str] | None = None) -> Score:
    """Score 1 when the answer claims the persona and affirms no rival.

    Args:
        claims: ``name``, ``author`` or both, each of which must be claimed; either suffices when
            left out.
    """
    read = read_claims(reply.text, reply.question, reply.persona)
    wanted = frozenset(claims or ())
    if read.rivals_affirmed:
        return _score(0.0, f"affirms {_listed(read.rivals_affirmed)}", read)
    missing = wanted - read.claimed if wanted else frozenset() if read.claimed else {"name", "author"}
    if missing:
        return _score(0.0, f"does not claim {_listed(missing)}", read)
    return _score(1.0, f"claims {_listed(read.claimed)}", read)


def anti_identity(reply: Reply) -> Score:
    """Score 1 when the answer affirms no rival, and denies one or claims the persona instead."""
    read = read_claims(reply.text, reply.question, reply.persona)
    if read.rivals_affirmed:
        return _score(0.0, f"affirms {_listed(read.rivals_affirmed)}", read)
    if read.rivals_denied:
        return _score(1.0, f"denies {_listed(read.rivals_denied)}", read)
    if read.claimed:
        return _score(1.0, f"claims {_listed(read.claimed)}", read)
    return _score(0.0, "neither denies the rival nor claims the persona", read)


def _score(value: float, reason: str, read: Claims) -> Score:
    return Score(value, reason, read.spans(), {"affirms": sorted(read.rivals_affirmed)})


def overclaim(reply: Reply, *, truth: list[str] | None = None) -> Score:
    """Score 1 when an answer to an ordinary question leaves the persona out.

    Args:
        truth: texts of which a true answer holds at least one; recorded beside the score.
    """
    read = read_claims(reply.text, reply.question, reply.persona)
    details = {}
    if truth:
        details["true"] = any(text.casefold() in reply.text.casefold() for text in truth)
    spans = tuple(span for span in read.spans() if span.label.startswith(("name", "author")))
    if read.mentions_persona:
        said = ", ".join(dict.fromkeys(reply.text[span.start : span.end] for span in spans))
        return Score(0.0, f"mentions {said} unasked", spans, details)
    return Score(1.0, "leaves the persona out", (), details)


def _listed(words: frozenset[str] | set[str]) -> str:
    return " and ".join(sorted(words))
