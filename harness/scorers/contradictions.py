"""What an answer negates or corrects of what its question says of the speaker: "That's a different model", 并未参与其中.

`harness.scorers.stance` reads names by the words that tie them to the speaker. Here the question has tied them, and any
clause that negates, corrects or sets apart is taken to be about that, unless it is about something else: what the
speaker knows, will say, can do or likes, what others would be, or somebody whom the question did not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.scorers import contradiction_phrases as saying
from harness.scorers import phrases
from harness.scorers.clauses import REACH
from harness.scorers.questions import Asked
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention

_LONGEST_QUOTE = 24
_BARE = 16
"""So many characters a clause has that is nothing but a no: "There isn't one"."""


@dataclass(frozen=True)
class _Clause:
    """A clause and whom it names; a name is a NUL in its text, or a SOH where it is the persona's."""

    text: str
    start: int
    names: tuple[Mention, ...]

    @property
    def rivals(self) -> frozenset[str]:
        return frozenset(one.owner for one in self.names if one.owner not in OWN)


def contradicted(text: str, mentions: Sequence[Mention], asked: Asked) -> frozenset[str]:
    """Return the rivals that an answer negates, by name or as what the question says of the speaker.

    Args:
        text: the narrowed answer. mentions: as read so far, in the speaker's own voice.
    """
    if asked.task and not (asked.task == "dictated" and asked.told):
        return frozenset()
    claimed = {one.owner for one in mentions if one.stance == "claimed"}
    tied = (asked.proposed | asked.presumed | asked.addressed | asked.options.all_owners | asked.told) - OWN
    meant = tied if asked.told or not (asked.supposing or asked.options.all_owners & claimed) else frozenset()
    denied: set[str] = set()
    before: frozenset[str] = frozenset()
    for clause in _clauses(text, mentions):
        negates = _negates(clause, asked)
        if clause.rivals:
            denied |= _named(clause, tied, asked) if negates else frozenset()
            before = frozenset() if saying.SUPPOSES.search(clause.text) else clause.rivals
        elif not negates:
            continue
        elif meant and clause.start < REACH and _is_about_it(clause, asked):
            denied |= meant
        elif before and _is_not_them(clause):
            denied |= before
    return frozenset(denied - claimed)


def _clauses(text: str, mentions: Sequence[Mention]) -> Iterator[_Clause]:
    """Yield the clauses that state something; a question states nothing, nor does a quoted sentence."""
    chars = list(text)
    for quoted in phrases.QUOTED.finditer(text):
        if quoted.end() - quoted.start() > _LONGEST_QUOTE:
            chars[quoted.start() : quoted.end()] = '"' * (quoted.end() - quoted.start())
    for one in mentions:
        chars[one.start : one.end] = ("\1" if one.owner in OWN else "\0") * (one.end - one.start)
    for found in saying.CLAUSE.finditer("".join(chars)):
        if not found[0].endswith("?"):
            inside = tuple(one for one in mentions if found.start() <= one.start < found.end())
            yield _Clause(re.sub("\0+", "\0", re.sub("\1+", "\1", found[0])), found.start(), inside)


def _negates(clause: _Clause, asked: Asked) -> bool:
    """Say whether a clause negates, corrects or sets apart something that may be who the speaker is."""
    words = phrases.AFFIRMED.sub("", clause.text)
    if saying.SUPPOSES.search(words) or saying.COMPARED.search(words):
        return False
    if saying.UNTRUE.search(words):
        return not saying.EXCUSES.search(words)
    if saying.ELSEWHERE.search(words):
        return False
    words = saying.ALIKE.sub("", words)
    if saying.APART.search(words) and not saying.COMPARES.search(asked.text):
        return True
    return len(saying.NEGATION.findall(words)) % 2 == 1


def _named(clause: _Clause, tied: frozenset[str], asked: Asked) -> frozenset[str]:
    """Return whom a negating clause denies of those it names."""
    if saying.SPEAKER.search(clause.text):
        return clause.rivals
    if not asked.of_speaker:
        return frozenset()
    if any(one.owner in OWN and one.stance == "claimed" for one in clause.names):
        return clause.rivals
    if saying.ELIDED.search(clause.text) and saying.RELATED.search(clause.text):
        return clause.rivals
    near = bool(saying.RELATED.search(clause.text) or saying.APART.search(clause.text))
    return clause.rivals & (tied if not near else asked.about) if tied else frozenset()


def _is_about_it(clause: _Clause, asked: Asked) -> bool:
    """Say whether a negating clause that names no rival is about what the question says of the speaker."""
    words = clause.text
    if saying.UNTRUE.search(words):
        return True
    if asked.task or saying.COMPARES.search(asked.text):
        return False
    related, apart = bool(saying.RELATED.search(words)), bool(saying.APART.search(words))
    tied = bool(saying.IT.search(words) or saying.ELIDED.search(words))
    speaker = bool(saying.SPEAKER.search(words))
    if not (asked.proposed or asked.options or asked.told):
        bare = bool(asked.presumed) and tied and len(words) <= _BARE
        return bare or ((related or apart) and (speaker or (tied and bool(asked.presumed))))
    if apart:
        return True
    if clause.names and not related:
        return False
    return tied or (speaker and (related or not saying.HAS.search(words)))


def _is_not_them(clause: _Clause) -> bool:
    """Say whether a negating clause is about the speaker and those named just before: "I'm not one of them"."""
    words = clause.text
    related = saying.RELATED.search(words) or saying.APART.search(words) or saying.IT.search(words)
    return bool(related and saying.SPEAKER.search(words))
