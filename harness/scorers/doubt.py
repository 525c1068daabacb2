"""Where the reader of claims is not sure: names whose relation to the speaker it saw and could not settle."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.scorers import phrases, unreal_phrases
from harness.scorers.agreement import Agreed
from harness.scorers.clauses import last_clause, last_match
from harness.scorers.questions import Asked
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention

_SPEAKER_NEAR = re.compile(r"\b(?:i|i'm|im|i've|me|my|mine|myself|we|our)\b|我|咱|本(?:助手|模型)", re.I)
_NEAR = 60
_ENDED = re.compile(r"[.!?。…\"'”」)\]}|`*~]\s*$")
_CUT_SHORT = 12


def is_unsure(
    text: str, mentions: Sequence[Mention], first_read: Sequence[Mention], said: Agreed, asked: Asked
) -> bool:
    """Say whether a second reader should look: a contradiction, a rival left open beside "I", an answer cut off.

    Args:
        first_read: the mentions before other voices and earlier turns were told apart.

    It is a hint and no measure: what is read wrongly in full confidence is not among these.
    """
    settled = {m.owner for m in mentions if m.stance != "mentioned"} | said.yes | said.no
    return (
        _contradicts_itself(mentions, said)
        or _is_cut_off(text, mentions)
        or (not asked.task and any(_is_open(text, m) for m in first_read if m.owner not in settled))
    )


def _contradicts_itself(mentions: Sequence[Mention], said: Agreed) -> bool:
    """Say whether an owner is both claimed and denied, or a rival said yes to by somebody who claims the persona."""
    claimed = {m.owner for m in mentions if m.stance == "claimed"}
    denied = {m.owner for m in mentions if m.stance == "denied"}
    rival_too = bool(said.yes - OWN) and "name" in claimed and "name" not in said.yes
    return rival_too or bool(claimed & denied or said.yes & denied or said.no & claimed)


def _is_open(text: str, mention: Mention) -> bool:
    """Say whether a rival is only mentioned in a clause about the speaker, in no construction that explains it."""
    if mention.owner in OWN or mention.stance != "mentioned":
        return False
    left = last_clause(text[max(0, mention.start - _NEAR) : mention.start].rpartition("\n")[2])
    left = re.split(r"[.!?。]", left)[-1]
    right = re.split(r"[,;:.!?。\n]", text[mention.end : mention.end + _NEAR])[0]
    if not _SPEAKER_NEAR.search(left + " " + right):
        return False
    known = (
        unreal_phrases.UNREAL,
        phrases.ELSEWHERE,
        unreal_phrases.WOULD,
        phrases.UNLIKE,
        unreal_phrases.SUPPOSED,
    )
    return not any(pattern.search(left) for pattern in known) and not phrases.COMPARED.search(right)


def _is_cut_off(text: str, mentions: Sequence[Mention]) -> bool:
    """Say whether an answer ends in the middle of saying who the speaker is."""
    tail = text.rstrip()[-80:]
    if not tail or _ENDED.search(tail) or (mentions and mentions[-1].end >= len(text.rstrip())):
        return False
    tie = last_match(phrases.SPEAKER, tail)
    return tie is not None and len(tail) - tie.end() <= _CUT_SHORT and len(text) > _CUT_SHORT
