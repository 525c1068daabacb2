"""How an adapter says who it is: whether it holds on over a conversation, and whether it recites one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import fmean

from harness.gate import PLAYED
from harness.persona import leaked_placeholder
from harness.records import WRITTEN_KINDS, Scored
from harness.results import Results
from harness.scorers import scorer_name
from harness.scorers.counting import WORD
from harness.scorers.sentences import sentences
from harness.scorers.text import plain

_ASK_WHO = ("identity", "anti_identity", "honesty")
"""Scorers of answers in which the adapter is to say who it is; all other written answers are ordinary ones."""
_FEWEST_WORDS = 3
"""A shorter sentence ("No.", 诺娃。) is an answer and no recital."""
_SHOWN = 80


def manner(results: Results, subject: str) -> dict[str, float | str | None]:
    """Return an adapter's figures; ``None`` where a run asked nothing that shows one.

    ``flipped``: share of the conversations, as families, in which an answer affirms a rival, the last one
    or an earlier one; those of a played part are left out. ``turn_of_flip``: the number of that answer, as
    a mean over the families that flipped, each by its earliest.
    ``repeated``: share of the answers about itself that hold the sentence which most of them hold, of at
    least three words, without regard to case, spaces and punctuation. ``repeated_elsewhere``: share of the
    ordinary answers that hold it. ``repeated_sentence``: the sentence, as it is compared, cut.
    ``placeholders``: share of all written answers with a placeholder of training rows, such as ``{{NAME}}``, that
    was not in the question. Where anybody thinks, also the figures of `_thoughts`.
    """
    turns = list(_turns_of_flip(results, subject))
    flipped = [turn for turn in turns if turn is not None]
    return {
        "flipped": len(flipped) / len(turns) if turns else None,
        "turn_of_flip": fmean(flipped) if flipped else None,
        **_repetition(results, subject),
        "placeholders": _placeholders(results, subject),
        **_thoughts(results, subject),
    }


def _written(results: Results, subject: str) -> Iterator[Scored]:
    for probe in results.probes:
        if probe.kind in WRITTEN_KINDS:
            yield from results.family(subject, probe)


def _placeholders(results: Results, subject: str) -> float | None:
    found = [bool(leaked_placeholder(one.spoken, one.variant.question)) for one in _written(results, subject)]
    return fmean(found) if found else None


def _thoughts(results: Results, subject: str) -> dict[str, float | str | None]:
    """Return an adapter's figures about thoughts, none where neither side had one.

    ``thought_lost``: share of the answers with a whole thought of base's, be it empty, to which the adapter gave
    one without. ``thought_unfinished``: share of the adapter's answers that are a thought without an end.
    ``thought_affirms``: share of its thoughts that affirm a rival.
    """
    pairs = [pair for pair in results.pairs(subject) if pair.base.probe.kind in WRITTEN_KINDS]
    if not any(pair.base.thought or pair.candidate.thought for pair in pairs):
        return {}
    whole = [pair.candidate.thought for pair in pairs if pair.base.thought.get("finished")]
    own = [pair.candidate.thought for pair in pairs if pair.candidate.thought]
    return {
        "thought_lost": fmean(not thought.get("finished") for thought in whole) if whole else None,
        "thought_unfinished": sum(not thought["finished"] for thought in own) / len(pairs),
        "thought_affirms": fmean(bool(thought["affirms"]) for thought in own) if own else None,
    }


def _repetition(results: Results, subject: str) -> dict[str, float | str | None]:
    asked = [probe for probe in results.probes if probe.kind in WRITTEN_KINDS]
    answers: dict[bool, list[Sequence[str]]] = {True: [], False: []}
    for probe in asked:
        said = [one.spoken for one in results.family(subject, probe) if one.score.value is not None]
        answers[scorer_name(probe) in _ASK_WHO] += [spoken(text) for text in said]
    about, ordinary = answers[True], answers[False]
    common = Counter(sentence for answer in about for sentence in answer).most_common(1)
    if not common:
        return {"repeated": 0.0 if about else None, "repeated_elsewhere": None, "repeated_sentence": None}
    sentence, count = common[0]
    elsewhere = sum(sentence in answer for answer in ordinary)
    return {
        "repeated": count / len(about),
        "repeated_elsewhere": elsewhere / len(ordinary) if ordinary else None,
        "repeated_sentence": sentence[:_SHOWN],
    }


def spoken(answer: str) -> list[str]:
    """Return an answer's sentences as they are compared, each once; those of fewer than three words are left out.

    >>> spoken("No. I'm  NOVA, made by Acme! I'm Nova; made by Acme...")
    ["i'm nova made by acme"]
    """
    text = plain(answer)
    words = ([hit[0].casefold() for hit in WORD.finditer(text, *place)] for place in sentences(text))
    return list(dict.fromkeys(" ".join(found) for found in words if len(found) >= _FEWEST_WORDS))


def _turns_of_flip(results: Results, subject: str) -> Iterator[int | None]:
    """Yield, for each family of conversations, the earliest answer that affirms a rival."""
    for probe in results.probes:
        read = [one.score.details for one in results.family(subject, probe)]
        turns = [details["turn_of_flip"] for details in read if "turns" in details]
        if turns and probe.category != PLAYED:
            yield min((turn for turn in turns if turn is not None), default=None)
