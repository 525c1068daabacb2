"""What an answer says of those it has named: "I'm not one of them", 跟它不是一家的, "They created me", "that was a mistake"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.scorers.phrases import MADE, words
from harness.scorers.questions import Asked
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention

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


def pointed_at(text: str, mentions: Sequence[Mention], asked: Asked) -> set[str]:
    """Return the owners that an answer claims by pointing back at them: those named last before "They created me"."""
    if asked.task in ("fiction", "ghost"):
        return set()
    if not mentions or not ("me" in text or "我" in text):
        return set()
    for sentence in _SENTENCE.finditer(text):
        if _MADE_ME.search(sentence[0].lstrip()):
            before = [m for m in mentions if m.end <= sentence.start()]
            return {m.owner for m in before if m.end == before[-1].end}
    return set()
