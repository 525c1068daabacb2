"""Denials in clauses that no tie of `harness.scorers.stance` reads: "I've never gone by Qwen", "Meta never released me".

What is read here is a whole clause: it names a rival, it is negated, and it is about the speaker. What he
does not know, will not say or cannot do with a rival denies nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from harness.scorers import agreement_phrases as saying
from harness.scorers import phrases
from harness.scorers.contradictions import negated
from harness.scorers.phrases import words
from harness.scorers.questions import Asked
from harness.scorers.rebuttals import rebutted
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention

_NEAR = 120
_UNTRUE_BEFORE = words(
    r"\b(?:sa(?:y(?:ing)?|id)|claim(?:ing)?|pretend(?:ing)?|admit(?:ting)?|call(?:ing)? (?:me|myself)|telling you)\b[^.;!?]{0,40}$",
    r"(?:说|称|讲|承认|自称|当成|当作|叫)[^。;!?]{0,10}$",
)
_UNTRUE_AFTER = words(
    r"^[^.;!?]{0,30}?\b(?:would|will|is|'d|could|can) (?:only |just |simply |not )*(?:be )?(?:(?:an?|the) )?"
    r"(?:\w+ )?(?:lie|lying|false|untrue|wrong|dishonest|deceiv\w+|mislead\w*|inaccurate|incorrect|mistake|true|honest|accurate)\b",
    r"^[^。;!?]{0,6},?(?:那|就|都|也|这)?(?:就|都|才|可)*(?:是|等于)?(?:在)?(?:瞎说|胡说|撒谎|说谎|骗|假话|谎话|谎言|不对|不诚实|乱说|扯)",
)
_THAT_IS = words(
    r"\b(?:that|it)(?:'s| is| was| would be)(?: (?:the|a) (?:name|product|model|chatbot) (?:of|from|by))?(?: \w+'s)?\W*$|(?:^|[。,!?])那(?:个|款)?(?:应该|大概)?是\W*$"
)
_IT_WAS = words(r"\bit(?:'s| is| was) (?:the )?$")
_ASKS_IT_WAS = words(r"\b(?:it (?:was|is|wasn't|isn't)|(?:is|was|isn't|wasn't) it|it's)\b")
_LISTED = re.compile(r"(?:\s|[,、/]|\b(?:or|nor|and)\b|或者?|还是|和|与|以及)+", re.I)
"""Between the names of a list."""
_LONGEST = 12
"""So many names of a list are looked at."""
_OPENS = re.compile(r"(?:^|[.!?。;:\n])\s*\Z")
_TRUE = words(r"\b(?<!not )(?<!n't )(?:be )?(?:true|honest|accurate)\b")


def settled(text: str, mentions: Sequence[Mention], asked: Asked) -> list[Mention]:
    """Return the mentions; a rival that a negated clause about the speaker leaves open is denied.

    Args:
        text: the narrowed answer. mentions: read by `harness.scorers.stance`, in the speaker's own voice.
    """
    if asked.task:
        return list(mentions)
    found: list[Mention] = []
    for mention in mentions:
        if figure := rebutted(text, mention, found, asked):
            found.append(replace(mention, stance=figure))
        elif _is_pointed_to(text, mention, asked, found, mentions):
            found.append(replace(mention, stance="denied" if _is_other(mentions, mention) else "mentioned"))
        elif _is_told_of(text, mention, asked, mentions):
            found.append(replace(mention, stance="mentioned"))
        elif mention.owner not in OWN and _is_called_untrue(text, mention):
            found.append(replace(mention, stance="denied"))
        else:
            found.append(mention)
    return _listed(text, negated(text, found, asked))


def _listed(text: str, found: list[Mention]) -> list[Mention]:
    """Return the mentions; those of a list go together: "Kimi and Qwen are not me", "I don't belong to Meta or Google"."""
    for at in range(1, len(found)):
        if _goes_on(text, found[at - 1], found[at]):
            found[at] = replace(found[at], stance="denied")
    for at in range(len(found) - 2, -1, -1):
        one, following = found[at], found[at + 1]
        if one.owner in OWN or one.stance == "denied" or following.stance != "denied":
            continue
        first = at
        while (
            first > at - _LONGEST
            and first
            and _LISTED.fullmatch(text, found[first - 1].end, found[first].start)
        ):
            first -= 1
        if _LISTED.fullmatch(text, one.end, following.start) and _OPENS.search(text, 0, found[first].start):
            found[at] = replace(one, stance="denied")
    return found


def _is_pointed_to(
    text: str, mention: Mention, asked: Asked, found: Sequence[Mention], mentions: Sequence[Mention]
) -> bool:
    """Say whether a "no" goes on with whose the name is: "No, that's xAI's Grok"."""
    left = text[max(0, mention.start - 40) : mention.start]
    if mention.owner in OWN or mention.owner not in asked.tied:
        return False
    if mention.stance != "claimed":
        return bool(_THAT_IS.search(left)) and _is_other(mentions, mention)
    if found and found[-1].owner == mention.owner and found[-1].stance == "mentioned":
        return bool(phrases.POSSESSIVE.match(text, found[-1].end))
    if _IT_WAS.search(left) and _ASKS_IT_WAS.search(asked.text) and mention.owner in asked.proposed:
        return False  # "It was OpenAI that built you, wasn't it?" "No, it was OpenAI."
    return bool(
        _THAT_IS.search(left)
        and (saying.NO.match(saying.LEAD.sub("", text[:_NEAR])) or _is_other(mentions, mention))
    )


def _is_told_of(text: str, mention: Mention, asked: Asked, mentions: Sequence[Mention]) -> bool:
    """Say whether somebody whom the question calls by a rival's name tells of that rival, and names himself."""
    if (
        mention.owner not in asked.addressed
        or mention.stance != "claimed"
        or not _is_other(mentions, mention)
    ):
        return False
    begins = max(text.rfind(mark, 0, mention.start) for mark in ".!?。\n") + 1
    return phrases.SPEAKER.search(text, begins, mention.start) is None


def _is_other(mentions: Sequence[Mention], mention: Mention) -> bool:
    """Say whether the speaker goes on to name himself: "That was Doubao. I'm Nova."."""
    return any(
        one.owner == "name" and one.stance == "claimed" and one.start > mention.end for one in mentions
    )


def _goes_on(text: str, before: Mention, mention: Mention) -> bool:
    """Say whether a name left open goes on a list of denied ones: "I don't belong to Meta, OpenAI or Google"."""
    if mention.owner in OWN or mention.stance != "mentioned" or before.stance != "denied":
        return False
    return before.owner not in OWN and bool(_LISTED.fullmatch(text, before.end, mention.start))


def _is_called_untrue(text: str, mention: Mention) -> bool:
    """Say whether the answer calls it a lie to say that the speaker is this rival."""
    before = text[max(0, mention.start - 60) : mention.start]
    after = text[mention.end : mention.end + 60]
    found = _UNTRUE_BEFORE.search(before) and _UNTRUE_AFTER.search(after)
    return bool(found and not (_TRUE.search(found[0]) and "not" not in found[0] and "n't" not in found[0]))
