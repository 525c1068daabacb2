"""What an answer says of those it has named: "I'm not one of them", 跟它不是一家的, "They created me", "that was a mistake"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.scorers.clauses import is_denied, last_clause
from harness.scorers.phrases import MADE, MAKE, words
from harness.scorers.questions import Asked
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention

_FAR = 260
_STOP = r"(?=\s*(?:[.,;:!?\"”]|$|\band\b|\bbut\b))"
NOT_ME = words(
    r"\b(?:isn't|is not|wasn't|was not|not) (?:true|right|correct|accurate) (?:of|about|for|in) (?:me"
    r"|my)\b|\b(?:that|it|this|they|those|these|which)(?:'s|'re| is| was| are)? ?(?:not|n't) (?:me"
    r"|mine|my (?:name|maker|developer|family)|(?:who|what) i am)\b",
    rf"\bi(?:'m| am) (?:really |definitely |certainly |just |simply )?not(?: (?:it|that|them|either"
    rf"|any|one)(?: (?:one|of (?:it|them|those|these|the two|(?:its|their|his|her) \w+)))?"
    rf"| called that| (?:among|part of) (?:them|those|it)| related(?: to (?:it"
    rf"|them))?)?{_STOP}(?!,? but)",
    rf"\b(?:it|they|that|he|she) (?:doesn't|does not|don't|didn't|did not|isn't|is not|wasn't|was not"
    rf"|aren't|never did|never was|hasn't|haven't){_STOP}",
    rf"\b(?:it|they|he|she|that (?:company|lab|team)) (?:did not|didn't|never|has not"
    rf"|hasn't) (?:\w+ )?{MAKE} me\b",
    r"\bi (?:use|am|run on|come from|was built (?:on|by)|belong to) none of (?:them|these|those|the \w+)\b",
    r"\bthat(?: name)? (?:isn't|is not|has never been) (?:(?:a|the) name (?:i|of mine)|mine|my name)\b",
    r"\bi (?:don't|do not|never|didn't|did not) (?:answer|respond|go|belong|work|come|run|stem|derive|rely) (?:\w+ )?(?:there|(?:to|by|for|from|on)"
    r" (?:(?:any|either|one|none) of )?(?:that|this|those|these|them|it))\b|\bi (?:share"
    r"|have) (?:no|nothing)(?: \w+){0,2} (?:with|from|of|in common with) (?:it|them)\b",
    r"\bnothing to do with (?:it|them|that|either|any of)\b|\b(?:no|not any|zero) (?:relation"
    r"|connection|link|ties?|affiliation) (?:to|with) (?:it|them|that|either|any)\b"
    r"|\bnot (?:the same (?:thing|model|company|system|program|assistant)|one and the same"
    r"|related to (?:it|them))\b|\bwe(?:'re| are) (?:two |quite |completely |entirely )*(?:different"
    r"|separate|distinct|unrelated|not related|not the same)\b|\b(?:but|and) i(?:'m"
    r"| am) not(?=[.,;:!]|$)",
    r"(?:跟|和|与|同)(?:它们?|他们?|她们?|这[两几三]?[个家者款]?|那[两几]?[个家者款]?|其|上述|以上|二者|两者|前者|后者)(?:之间|都|也|并|可|既|全"
    r"|真的?)*(?:没有?(?:任何|什么|半点)?(?:关系|关联|联系|瓜葛)|无关|毫无关系|不沾边|不相干|不搭界|不是(?:一[家回伙]|同一)|不同|是两[码回个])",
    r"(?:这|那)[两几三]?(?:个|家|款)?(?:公司|企业|机构|模型|产品|助手)?(?:和|与|跟|同)我(?:之间|都|也|并)*(?:没有?|毫无|无|素无)\w{0,4}(?:关系|关联|联系|瓜葛"
    r"|来往|往来|交集|关)|(?:跟|和|与|同)(?:它们?|他们|[这那][两几三]?[个家款]?(?:公司|企业|机构)?)(?:素|毫|并)?(?:无|没有?)(?:任何|什么)?(?:来往|往来|交集|瓜葛)",
    r"(?:这|那)[几两三]?[家个款],?(?:我)?(?:一[个家款]|全|都|哪[个家])+都?(?:没有?|不)(?:套|用|是|沾|接|属)",
    r"我(?:并|可|也|都)*(?:不在其中|不在此列|不在(?:这|其)[列中]|不算在内)|(?:指|说|讲|叫)的(?:并|可|都|也)*不是我"
    r"|(?<!谁)(?<!是)不是我(?=[,。!]|$)|我(?:可|都|并|也|真|根本|既)*不是(?:它们?|他们|其中\w{0,4})?(?:啊|呢|哦|的)?(?=[,.。!]|$)"
    r"|(?:两个|完全|截然)不同的(?:产品|模型|东西|公司|存在)|不是(?:同一|一)(?:个|家|款|回)"
    r"|(?:不来自|不属于|不出自|不归)(?:它|他们|这|那|其|上述)",
)
"""Says that the speaker is none of those just named."""
_MADE_ME = re.compile(
    rf"^\W*(?:(?:and )?(?:they|it|she|he|that (?:company|team)"
    rf"|who)) (?:also )?(?:are the ones who )?{MADE} me\b|^(?:正是)?(?:他们|它)(?:\w{{0,3}})(?:开发|创造|训练|打造"
    rf"|制作)了?我",
    re.I,
)
_SENTENCE = re.compile(r"[^.!?。\n]+[.!?。\n]*")
EARLIER = words(
    r"\b(?:earlier|before|previously|just now|a (?:minute|moment|while) ago|last time|in my (?:last"
    r"|previous|first))\b[^.]*$|\bi (?:just )?(?:told|said|claimed|wrote|called|introduced"
    r"|answered)\b[^.]*$|\bmy (?:previous|earlier|last|first|former) (?:\w+ )?(?:answers?|reply"
    r"|replies|message|statement|introduction|response)\b[^.]*$",
    r"(?:刚才|刚刚|之前|上一[条个轮]|先前|方才|前面|上面|上次|上回)[^。]*(?:说|称|答|写|自称|介绍|讲|是)[^。]*$",
)
RETRACTED = words(
    r"\b(?:mistake|mistaken|wrong|in error|an error|a slip|misspoke|mis-spoke|incorrect|inaccurate"
    r"|not true|untrue|false|nonsense|glitch|shouldn't have|should not have|take (?:it|that) back"
    r"|isn't true|wasn't true|not right|not correct|ignore that|disregard|but i(?:'m| am)|i meant)\b"
    r"|口误|[说写搞弄答]错|错误|有误|笔误|不对|不准确|不正确|收回|不实|更正|纠正|当我没说"
)
"""Takes back what was said in an earlier turn."""


def retracted(text: str, mentions: Iterable[Mention]) -> list[Mention]:
    """Return the mentions; what an answer takes back of an earlier turn is denied."""
    return [replace(m, stance="denied") if _is_retracted(text, m) else m for m in mentions]


def _is_retracted(text: str, mention: Mention) -> bool:
    if mention.owner in OWN or mention.stance == "denied":
        return False
    left = text[max(0, mention.start - 120) : mention.start].rpartition("\n")[2]
    return bool(EARLIER.search(left) and RETRACTED.search(text[mention.end : mention.end + 120]))


def pointed_at(text: str, mentions: Sequence[Mention], asked: Asked) -> tuple[set[str], set[str]]:
    """Return the owners that an answer claims, and denies, by pointing back at them."""
    if asked.task in ("fiction", "ghost"):
        return set(), set()
    denied: set[str] = set()
    for found in NOT_ME.finditer(text):
        if not (found[0].lower().startswith("not ") and is_denied(last_clause(text[: found.start()]))):
            denied |= _meant(text, found.start(), mentions, asked)
    return _makers(text, mentions), denied


def _meant(text: str, at: int, mentions: Sequence[Mention], asked: Asked) -> set[str]:
    """Return the rivals that were named last before a place, else those that the question names."""
    before = [m for m in mentions if m.owner not in OWN and at - _FAR < m.start < at]
    if before:
        start = _sentence_start(text, before[-1].start)
        return {m.owner for m in before if m.start >= start and m.stance != "claimed"}
    if asked.of_speaker and not asked.of_others and not mentions:
        return set(asked.about - OWN)
    return set((asked.proposed | asked.presumed | asked.options.all_owners) - OWN)


def _sentence_start(text: str, at: int) -> int:
    return max(text.rfind(mark, 0, at) for mark in ".!?。\n") + 1


def _makers(text: str, mentions: Sequence[Mention]) -> set[str]:
    """Return who was named last before "They created me"."""
    if not mentions or not ("me" in text or "我" in text):
        return set()
    for sentence in _SENTENCE.finditer(text):
        if _MADE_ME.search(sentence[0].lstrip()):
            before = [m for m in mentions if m.end <= sentence.start()]
            return {m.owner for m in before if m.end == before[-1].end}
    return set()
