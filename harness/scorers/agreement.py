"""What an answer agrees and disagrees to without naming it: "Yes.", "I'm afraid so", "Neither", 被你发现了."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from harness.scorers import agreement_phrases as saying
from harness.scorers import question_phrases as asking
from harness.scorers.choices import BOTH, NEITHER, given_back, picked
from harness.scorers.clauses import CUT_OFF, REACH, is_denied, last_clause
from harness.scorers.questions import Asked, Turn
from harness.scorers.slips import OWN

Said = Literal["yes", "right", "i am", "no", "wrong"]
_CLAUSE = re.compile(r"[^,.;:!?。\n—–]+[,.;:!?。\n—–]*")
_MEANS: dict[Turn, dict[Said, bool]] = {
    "plain": {"yes": True, "right": True, "i am": True, "no": False, "wrong": False},
    "negative": {"yes": False, "right": False, "i am": True, "no": False, "wrong": True},
    "sure": {"yes": False, "right": False, "wrong": True},
    "wrong": {"yes": False, "right": True, "i am": False, "no": True, "wrong": True},
    "may": {"right": True, "i am": True, "no": False, "wrong": False},
}
"""How a proposal is put -> what is said -> whether the speaker is what it proposes; left out where that stays open."""
_SENTENCE_END = re.compile(r"[.!?。\n]\s*$")


@dataclass(frozen=True)
class Agreed:
    """The owners that an answer says yes to, and no to."""

    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()


def agreed(
    text: str,
    asked: Asked,
    negated: Set[str],
    named: Mapping[int, frozenset[str]],
) -> Agreed:
    """Read an answer's agreement and disagreement with what its question proposes, offers or takes for granted.

    Args:
        negated: whom it is known to deny; going along with the question claims none of these.
        named: where each name begins, and whose it is; "That's me, Nova" agrees to nothing.
    """
    if asked.options and (asked.of_speaker or not asking.COMPARES.search(asked.text)):
        return _chosen(text, asked, named)
    if (it_is_me := saying.THAT_IS_ME.match(text)) and not OWN.isdisjoint(named.get(it_is_me.end(), ())):
        return Agreed()
    opening = text[:REACH]
    said = list(_said(opening)) or _summed_up(opening)
    if asked.proposals:
        return _by_role(opening, asked) or _answered(opening, said, asked)
    if asked.presumed and said and said[0] in ("yes", "right"):
        return Agreed(yes=asked.presumed - OWN)
    return Agreed(yes=_went_along(opening, asked) - negated)


def _chosen(text: str, asked: Asked, named: Mapping[int, frozenset[str]]) -> Agreed:
    """Read an answer to a question that offers options; given back, they are not picked."""
    options = asked.options
    if skipped := given_back(text, options, named):
        text, named = text[skipped:], {at - skipped: owners for at, owners in named.items()}
    text = text[: 2 * REACH]
    if NEITHER.search(text[:REACH]) or (saying.NO.match(text) and not saying.NOT_ONE.search(text)):
        chosen, _ = picked(text, options, named)
        return Agreed(frozenset(chosen), options.all_owners - chosen)
    if BOTH.search(text):
        return Agreed(yes=options.all_owners)
    chosen, ruled_out = picked(text, options, named)
    return Agreed(frozenset(chosen), frozenset(ruled_out))


def _answered(opening: str, said: list[Said], asked: Asked) -> Agreed:
    """Read one answer for each proposal, "No. Yes."; a single one answers the last."""
    proposals = asked.proposals
    if saying.MY_NAME.search(opening) and {proposal.turn for proposal in proposals} == {"may"}:
        said = ["right"]
    if len(said) < len(proposals):
        said, proposals = said[:1], proposals[-1:]
    yes, no = set[str](), set[str]()
    for one, proposal in zip(said, proposals, strict=False):
        is_so = _MEANS[proposal.turn].get(one)
        if is_so is not None:
            (yes if is_so else no).update(proposal.owners)
    return Agreed(frozenset(yes), frozenset(no))


def _said(opening: str) -> Iterator[Said]:
    """Yield the yes and no of an answer's first words, and of later clauses that are nothing else."""
    begins, found = True, False
    for clause in _CLAUSE.finditer(opening):
        if clause.start() and clause.end() == len(opening) and CUT_OFF.fullmatch(clause[0]):
            return
        words = saying.LEAD.sub("", clause[0])
        if words.strip(" ,.!;:。\n*\"'“”"):
            whole = words.strip(" ,.!?;:。\n*\"'“”~…()—–")
            if saying.SUPPOSES.search(opening[: clause.end()]):
                return
            said = _one_said(words if begins and not found else whole, whole_only=found or not begins)
            if said and (not found or begins):
                found = True
                yield "no" if said in ("yes", "right") and _goes_on_no(opening, clause.end()) else said
            begins = bool(_SENTENCE_END.search(clause[0]))


def _goes_on_no(opening: str, at: int) -> bool:
    """Say whether a yes is the beginning of a no: "Correct, I am not"."""
    return opening[at - 1] in ", " and bool(saying.SHORT_NO.match(opening, at))


def _summed_up(opening: str) -> list[Said]:
    """Return the yes or no of "The short answer is no", wherever the answer begins."""
    found = saying.SUMMED_UP.search(opening)
    if found is None or is_denied(last_clause(opening[: found.start()])):
        return []
    return ["yes" if "yes" in found.groups() or "Yes" in found.groups() else "no"]


def _one_said(words: str, *, whole_only: bool) -> Said | None:
    for said, pattern in saying.SAID:
        match = pattern.fullmatch(words) if whole_only else pattern.match(words)
        if match:
            return said
    return None


def _went_along(opening: str, asked: Asked) -> frozenset[str]:
    """Return the makers that a question takes for granted where the answer speaks of them as "they"."""
    goes = asked.presumed and not asked.supposing and saying.THEY.search(opening)
    return asked.presumed - OWN if goes and not saying.OPEN_ENDED.search(opening) else frozenset()


def _by_role(opening: str, asked: Asked) -> Agreed | None:
    """Read "The builder is right, the name is wrong"."""
    names = frozenset().union(*(proposal.names for proposal in asked.proposals))
    makers = frozenset().union(*(proposal.makers for proposal in asked.proposals))
    if not (names and makers):
        return None
    yes, no = set[str](), set[str]()
    for found in saying.BY_ROLE.finditer(opening):
        owners = names if found["name"] or found["name_zh"] else makers
        (no if found["no"] else yes).update(owners)
    return Agreed(frozenset(yes), frozenset(no)) if yes or no else None
