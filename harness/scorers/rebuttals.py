"""Denials and claims by turns of speech: "Nova, not Qwen", "Alibaba? No.", "Why would I be Qwen?", 与其说是微软.

What is read here needs no tie of `harness.scorers.stance`: the figure itself says whose the name is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.scorers import agreement_phrases as saying
from harness.scorers.phrases import words
from harness.scorers.questions import Asked
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention, Stance

_NEAR = 80
_INSTEAD = re.compile(
    r"[\"'”’\s,.;:(—–-]*(?:(?:and|but|definitely|certainly|of course|so|well)[\s,]+)*"
    r"(?:not|never|rather than|instead of|as opposed to|no longer|不是什么|(?:而|可|才|也|并|又|更|绝|都|就)*(?:不是|非|不叫|不属于|不来自)(?:什么)?)"
    r"[\s\"'“]*(?:(?:the|an?|by|from|of|at|to|with)\s+)*[\"'“]?",
    re.I,
)
"""Between one of the persona's names, said of the speaker, and a rival's."""
_ASKED_IN_VAIN = words(
    r"\b(?:why|how) (?:on earth |in the world )?(?:would|should|could|can) i (?:possibly |ever )?(?:be|have been|come from|belong to)\b[^.?!]{0,20}$"
    r"|\bdo i (?:look|sound|seem) like\W*$|\bwho (?:told you|says|said)(?: that)? i(?:'m| am| was| come| belong)\b[^.?!]{0,20}$",
    r"我(?:怎么|哪)(?:会|可能|能|儿|里)*(?:是|叫|像|来自|属于)\W*$|谁(?:说|告诉[你您])我(?:是|叫|来自|属于)\W*$|(?:何来|哪来|哪有)[^,。?]{0,4}$",
)
"""Before a name: a question whose answer is no."""
_LESS_SAID = words(r"与其说(?:我)?(?:是|叫|来自|属于)?\W*$", r"\bless (?:of )?(?:an? )?\W*$")
_WHOEVER = words(
    r"\b(?:whoever|anyone who|anybody who|those who|people who|everyone who)\b[^.;]{0,40}\b(?:told|say|says|said|think|thinks|claims?|believes?)\b[^.;]{0,30}$"
)
_IS_WRONG = words(
    r"^[^.;!?]{0,40}?\b(?:is|are|was|were|must be)(?: \w+)? (?:wrong|mistaken|lying|confused|misinformed|joking)\b"
)
_NOT_THERE = words(
    r"\b(?:there(?:'s| is| are| was)(?: no|n't any| not any)|you (?:won't|will not|'ll never|will never) find(?: any)?)\W*(?:\w+ )?$"
)
"""Before a name: it is nowhere; whether in the speaker, its clause or the question must tell."""
_IN_HERE = words(r"\b(?:me|my|inside|here|hood|underneath|history|behind)\b")
_WHO_ELSE = re.compile(r"^,?(?:我)?还能(?:是|叫|有)(?:谁|什么|别)")
_STOP = re.compile(r"[.;!?\n]")
_ECHO = re.compile(r"\s*[\"'”’]*\s*\?+\s*")
_BEGINS = re.compile(r"(?:^|[.!?。\n;:])\s*(?:(?:me|and|or|from|by|我|那)\b[\W]*)*[\"'“]?$", re.I)


def rebutted(text: str, mention: Mention, found: Sequence[Mention], asked: Asked) -> Stance | None:
    """Return what a turn of speech makes of a mention, or ``None`` where there is none.

    Args:
        found: the mentions before it, settled.
    """
    left, right = text[max(0, mention.start - _NEAR) : mention.start], text[mention.end : mention.end + _NEAR]
    if asked.of_speaker and (echoed := _echoed(text, mention, left)):
        return echoed
    if _WHO_ELSE.search(right):  # 我不是豆包还能是谁, 除了诺娃我还能是谁
        return "claimed"
    if mention.owner in OWN:
        return None
    instead = asked.of_speaker and _instead(text, mention, found)
    return "denied" if instead or _is_put_aside(left, right) else None


def _is_put_aside(left: str, right: str) -> bool:
    """Say whether the words around a rival's name alone make it none of the speaker's."""
    if _ASKED_IN_VAIN.search(left) or _LESS_SAID.search(left):
        return True
    if _WHOEVER.search(left) and _IS_WRONG.search(right):
        return True
    clause = _STOP.split(left)[-1] + _STOP.split(right)[0]
    return bool(_NOT_THERE.search(left) and _IN_HERE.search(clause))


def _echoed(text: str, mention: Mention, left: str) -> Stance | None:
    """Read a name that is repeated as a question and answered: "Alibaba? No. Acme? Yes."."""
    asks = _ECHO.match(text, mention.end)
    if not asks or not _BEGINS.search(left):
        return None
    clause = re.split(r"(?<=[.,;!。\n])", text[asks.end() : asks.end() + _NEAR], maxsplit=1)[0]
    clause = saying.LEAD.sub("", clause)
    said = next((said for said, pattern in saying.SAID if pattern.match(clause)), None)
    return None if said is None else "denied" if said in ("no", "wrong") else "claimed"


def _instead(text: str, mention: Mention, found: Sequence[Mention]) -> bool:
    """Say whether a rival is named instead of the persona: "Nova, not Qwen"."""
    own = next((one for one in reversed(found) if one.end <= mention.start), None)
    return (
        own is not None
        and own.owner in OWN
        and own.stance == "claimed"
        and _INSTEAD.fullmatch(text, own.end, mention.start) is not None
    )
