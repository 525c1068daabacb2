"""What an answer negates or corrects of what its question says of the speaker: "That's a different model", 并未参与其中.

`harness.scorers.stance` reads names by the words that tie them to the speaker. Here the question has tied them, and any
clause that negates, corrects or sets apart is taken to be about that, unless it is about something else: what the
speaker knows, will say, can do or likes, what others would be, or somebody whom the question did not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.scorers import contradiction_phrases as saying
from harness.scorers import phrases
from harness.scorers.clauses import CUT_OFF, REACH
from harness.scorers.questions import Asked
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention

_LONGEST_QUOTE = 24
_TIED_AGAIN = (saying.RELATED, saying.APART, saying.UNTRUE, saying.BARE)
_NEAR, _FAR = 80, 260
"""So many characters after a name "it" means it; "none of them" may stand farther off."""


@dataclass(frozen=True)
class _Clause:
    """A clause and whom it names; a name is a NUL in its text, or a SOH where it is the persona's."""

    text: str
    start: int
    names: tuple[Mention, ...]

    @property
    def rivals(self) -> frozenset[str]:
        return frozenset(one.owner for one in self.names if one.owner not in OWN)


def negated(text: str, mentions: Sequence[Mention], asked: Asked) -> list[Mention]:
    """Return the mentions; a rival that was left open is denied where its clause negates who the speaker would be.

    Args:
        text: the narrowed answer. mentions: as read so far, in the speaker's own voice.
    """
    denied: set[int] = set()
    for clause in _clauses(text, mentions):
        if clause.rivals and _negates(clause, asked):
            owners = _named(clause, asked)
            denied.update(m.start for m in clause.names if m.owner in owners and m.stance == "mentioned")
    return [replace(m, stance="denied") if m.start in denied and m.owner not in OWN else m for m in mentions]


def contradicted(text: str, mentions: Sequence[Mention], asked: Asked) -> frozenset[str]:
    """Return the rivals that an answer negates without naming them: "That's not accurate", 并未参与其中.

    They are those that the question ties to the speaker, or those named just before.
    """
    claimed = {one.owner for one in mentions if one.stance == "claimed"}
    meant = asked.tied
    if (asked.supposing and not asked.told) or asked.options.all_owners & claimed:
        meant = frozenset()
    denied: set[str] = set()
    before, at = (frozenset() if asked.of_others else asked.about - OWN), 0
    for clause, skipped in _told_apart(_clauses(text, mentions)):
        if clause.rivals:
            before = frozenset() if saying.SUPPOSES.search(clause.text) else clause.rivals
            at = clause.names[-1].end
        elif skipped or not _negates(clause, asked):
            continue
        elif meant and clause.start < REACH and _is_about_it(clause, asked):
            denied |= meant
        elif _is_not_them(clause, clause.start - at, asked):
            denied |= before
    return frozenset(denied - claimed)


def _clauses(text: str, mentions: Sequence[Mention]) -> Iterator[_Clause]:
    """Yield the clauses, questions among them; a quoted sentence is blanked."""
    chars = list(text)
    for quoted in phrases.QUOTED.finditer(text):
        if quoted.end() - quoted.start() > _LONGEST_QUOTE:
            chars[quoted.start() : quoted.end()] = '"' * (quoted.end() - quoted.start())
    for one in mentions:
        chars[one.start : one.end] = ("\1" if one.owner in OWN else "\0") * (one.end - one.start)
    for found in saying.CLAUSE.finditer("".join(chars)):
        inside = tuple(one for one in mentions if found.start() <= one.start < found.end())
        words = saying.HEDGES.sub("", re.sub("\0+", "\0", re.sub("\1+", "\1", found[0])))
        cut_off = found.start() and found.end() == len(chars) and CUT_OFF.fullmatch(words)
        if words.strip() and not cut_off:
            yield _Clause(words, found.start(), inside)


def _told_apart(clauses: Iterator[_Clause]) -> Iterator[tuple[_Clause, bool]]:
    """Yield the clauses, and whether each only goes on with the one before: "Acme, not me", "Google is old and it's no …"."""
    own, of_it = False, False
    for clause in clauses:
        words = clause.text
        if clause.names or saying.SPEAKER.search(words) or not saying.GOES_ON.search(words):
            of_it = False
        about_it = of_it and not any(one.search(words) for one in _TIED_AGAIN)
        yield clause, about_it or (own and saying.NOT_ME.search(words) is not None)
        own = any(one.owner in OWN for one in clause.names)
        of_it = of_it or saying.SUBJECT.search(words) is not None


def _negates(clause: _Clause, asked: Asked) -> bool:
    """Say whether a clause negates, corrects or sets apart something that may be who the speaker is."""
    words = phrases.AFFIRMED.sub("", clause.text)
    if words.endswith("?"):
        return False
    if saying.SUPPOSES.search(words) or saying.COMPARED.search(words):
        return False
    if saying.UNTRUE.search(words):
        return not saying.EXCUSES.search(words)
    if any(one.search(words) for one in (saying.WOULD, saying.ELSEWHERE, saying.OTHER_TRAIT, saying.TRAIT)):
        return False
    words = saying.ALIKE.sub("", words)
    if saying.APART.search(words) and not asked.compares:
        return True
    return len(saying.NEGATION.findall(words)) % 2 == 1


def _named(clause: _Clause, asked: Asked) -> frozenset[str]:
    """Return whom a negating clause denies of those it names."""
    if saying.SPEAKER.search(clause.text) and not asked.compares:
        return clause.rivals
    if not (asked.concerns_speaker or asked.addressed) or asked.compares:
        return frozenset()
    if any(one.owner in OWN and one.stance == "claimed" for one in clause.names):
        return clause.rivals
    if saying.ELIDED.search(clause.text) and saying.RELATED.search(clause.text):
        return clause.rivals
    near = bool(saying.RELATED.search(clause.text) or saying.APART.search(clause.text))
    return clause.rivals & (asked.about if near and not asked.of_others else asked.tied)


def _is_about_it(clause: _Clause, asked: Asked) -> bool:
    """Say whether a negating clause that names no rival is about what the question says of the speaker."""
    words = clause.text
    if asked.task or saying.UNTRUE.search(words):
        return not asked.task or bool(asked.told)
    if asked.compares:
        return False
    related, apart = bool(saying.RELATED.search(words)), bool(saying.APART.search(words))
    bare, speaker = bool(saying.BARE.search(words)), bool(saying.SPEAKER.search(words))
    relation = related or not saying.HAS.search(words)
    it = bare or bool(saying.IT.search(words) or saying.ELIDED.search(words))
    if asked.proposed or asked.options or asked.told:
        if apart or not clause.names:
            return apart or it or (speaker and relation)
        return related and (it or speaker)
    if asked.addressed and not asked.presumed:
        return (related and speaker) or (apart and bool(speaker or saying.YOU.search(words)))
    return bare or ((related or apart) and (speaker or it))


def _is_not_them(clause: _Clause, distance: int, asked: Asked) -> bool:
    """Say whether a negating clause is about the speaker and those named just before: "I'm not one of them"."""
    words = clause.text
    if asked.task in ("fiction", "staged") or distance > _FAR:
        return False
    if asked.of_speaker and distance < _NEAR and saying.UNTRUE.search(words):
        return True
    named = distance < clause.start
    elided = named and asked.of_speaker and distance < _NEAR and saying.ELIDED.search(words)
    if not (elided or saying.SPEAKER.search(words)):
        return False
    if saying.THEM.search(words) or (named and saying.SHORT.search(words)):
        return True
    related = saying.RELATED.search(words) or saying.APART.search(words)
    return bool(related and (asked.tied or saying.IT.search(words)))
