"""What can be wrong with a suite file that its shape does not show. Each rule yields messages with their line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.config import Document, Location
from harness.errors import suggestion
from harness.persona import Persona
from harness.probes import SuiteSource
from harness.records import Probe
from harness.scorers import Reply, scorer_name
from harness.scorers.code import start
from harness.scorers.instruction import instruction
from harness.suite_file import Paraphrase

PLACEHOLDERS = ("name", "author", "base", "base_author", "rival", "rival_author")
NEARLY_EQUAL = 95
"""Likeness of two questions, 0 to 100, from which on they count as one."""
_BRACES = re.compile(r"([{｛])([A-Za-z_]+)([}｝])")
_UNFILLED = ("tests", "right", "wrong")
"""Options that hold programs and answers, where braces mean something else."""


def placeholder_messages(document: Document) -> Iterator[tuple[bool, str]]:
    """Yield (is a fault, message) for each word in braces that no persona fills.

    A slip for a known one is a fault, any other word is suspicious. Held-out texts may hold any braces.
    """
    for location, text in _texts(document):
        for opening, word, closing in dict.fromkeys(_BRACES.findall(text)):
            place = document.place(*location)
            written = f"{opening}{word}{closing}"
            if word in PLACEHOLDERS and written != f"{{{word}}}":
                yield True, f"{place}: {written} has full-width braces; write {{{word}}}."
            elif word in PLACEHOLDERS or written != f"{{{word}}}":
                continue
            elif hint := suggestion(word.lower(), list(PLACEHOLDERS)):
                meant = f"; write {{ {word} }} where the braces are meant."
                yield True, f"{place}: unknown placeholder {written}{hint.rstrip('?')}{meant}"
            else:
                known = ", ".join(PLACEHOLDERS)
                yield False, f"{place}: {written} stays as it is: no placeholder; known: {known}."


def _texts(document: Document) -> Iterator[tuple[Location, str]]:
    """Yield the texts in which placeholders are filled, with their places, faulty as the file may be."""
    for index, entry in enumerate(listed_probes(document)):
        if not isinstance(entry, dict) or entry.get("kind") == "nll":
            continue
        for key in ("ask", "expect"):
            yield from _texts_below(entry.get(key), ("probes", index, key))


def _texts_below(value: Any, location: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(value, str):
        yield location, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts_below(item, (*location, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (location[-1] == "expect" and key in _UNFILLED):
                yield from _texts_below(item, (*location, str(key)))


def listed_probes(document: Document) -> list[Any]:
    """Return what a file lists as its probes, whatever it is."""
    probes = document.data.get("probes") if isinstance(document.data, dict) else None
    return probes if isinstance(probes, list) else []


def doubled_names(documents: Sequence[Document]) -> Iterator[str]:
    """Yield a fault for each suite name and probe id that stands twice, in one file or in two."""
    homes: dict[str, str] = {}
    for document in documents:
        own = [("suite", document.data["suite"], document.place("suite"))] if _named(document) else []
        for index, entry in enumerate(listed_probes(document)):
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                own.append(("probe id", entry["id"], document.place("probes", index)))
        for what, name, place in own:
            home = homes.setdefault(name, place)
            if home is not place and not _suite_and_its_probe(document, name, home):
                yield f"{place}: {what} {name!r} stands in {home} already; rename one."


def _named(document: Document) -> bool:
    return isinstance(document.data, dict) and isinstance(document.data.get("suite"), str)


def _suite_and_its_probe(document: Document, name: str, home: str) -> bool:
    """Say whether a name's first home is its own suite's name, which a probe may share."""
    return _named(document) and document.data["suite"] == name and home == document.place("suite")


def nearly_equal_questions(source: SuiteSource) -> Iterator[str]:
    """Yield a warning for each two probes that ask nearly the same in the same language."""
    wordings: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for index, entry in enumerate(source.file.probes):
        for lang, paraphrases in entry.ask.items():
            wordings[lang] += [(index, _spoken(paraphrase)) for paraphrase in paraphrases]
    told = set()
    for lang, asked in wordings.items():
        for (one, _), (other, again), likeness in _alike(asked):
            if (one, other) not in told:
                told.add((one, other))
                ids = source.file.probes
                first = source.document.place("probes", one)
                yield (
                    f"{source.document.place('probes', other)}: probe {ids[other].id!r} asks in {lang} nearly what "
                    f"{ids[one].id!r} ({first}) asks ({likeness:.0f} % alike): {again!r:.60}; reword one, or drop it."
                )


def _alike(
    asked: Sequence[tuple[int, str]],
) -> Iterator[tuple[tuple[int, str], tuple[int, str], float]]:
    """Yield pairs of texts of different probes that are nearly equal, with their likeness in percent."""
    import numpy as np
    from rapidfuzz import fuzz, process

    texts = [text.casefold() for _, text in asked]
    likeness = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=NEARLY_EQUAL)
    for i, j in zip(*np.nonzero(np.triu(likeness, 1)), strict=True):
        if asked[i][0] != asked[j][0]:
            yield asked[i], asked[j], float(likeness[i, j])


def _spoken(paraphrase: Paraphrase) -> str:
    if isinstance(paraphrase, str):
        return paraphrase
    return "\n".join(text or "" for turn in paraphrase for text in turn.values())


def one_language_only(source: SuiteSource, persona: Persona) -> Iterator[str]:
    """Yield one warning for each language in which alone a suite asks some probes.

    Held-out texts, and questions whose answers are only measured, need no translation.
    """
    if len(persona.languages) < 2:
        return
    alone: defaultdict[str, list[int]] = defaultdict(list)
    for index, entry in enumerate(source.file.probes):
        if len(entry.ask) == 1 and entry.kind not in ("nll", "drift"):
            alone[next(iter(entry.ask))].append(index)
    for lang, found in alone.items():
        ids = [source.file.probes[index].id for index in found]
        what = f"probe {ids[0]!r} asks" if len(ids) == 1 else f"{len(ids)} probes ask"
        which = "" if len(ids) == 1 else f": {', '.join(ids[:5])}{', ...' if len(ids) > 5 else ''}"
        place = source.document.place("probes", found[0])
        yield f"{place}: {what} in {lang} only{which}; translate what does not depend on the language."


def false_examples(source: SuiteSource, probes: Mapping[int, Probe], persona: Persona) -> Iterator[str]:
    """Yield a fault for each ``right`` answer of an instruction that fails, each ``wrong`` one that passes.

    Args:
        probes: the suite's probes by their place in the file, with options that fit their scorers.
    """
    for index, probe in probes.items():
        if scorer_name(probe) != "instruction":
            continue
        for claim, number, text in _examples(probe):
            reply = Reply(text, probe.variants[0].question, probe.variants[0].lang, persona, {})
            score = instruction(reply, constraints=probe.options["constraints"])
            if score.value != _MEANT[claim]:
                yield _false(source, index, claim, number, score.reason)


def false_programs(source: SuiteSource, probes: Mapping[int, Probe]) -> Iterator[str]:
    """Yield a fault for each ``right`` program that fails its tests, and each ``wrong`` one that passes.

    Raises:
        SandboxError: programs cannot be run safely on this machine.
    """
    begun = [
        (index, claim, number, start(f"```python\n{text.rstrip()}\n```", **_tests(probe)))
        for index, probe in probes.items()
        if scorer_name(probe) == "code"
        for claim, number, text in _examples(probe)
    ]
    for index, claim, number, future in begun:
        score = future.result()
        if score.value != _MEANT[claim] or "status" not in score.details:
            yield _false(source, index, claim, number, score.reason)


_MEANT = {"right": 1.0, "wrong": 0.0}


def count_programs(probes: Mapping[int, Probe]) -> int:
    """Return how many programs `false_programs` would run."""
    return sum(len(list(_examples(probe))) for probe in probes.values() if scorer_name(probe) == "code")


def _tests(probe: Probe) -> dict[str, Any]:
    return {"function": probe.options["function"], "tests": probe.options["tests"]}


def _examples(probe: Probe) -> Iterator[tuple[str, int | None, str]]:
    """Yield (right or wrong, its number in the list, text) of a probe's examples."""
    for claim in _MEANT:
        given = probe.options.get(claim) or []
        if isinstance(given, str):
            yield claim, None, given
        else:
            yield from ((claim, number, text) for number, text in enumerate(given))


def _false(source: SuiteSource, index: int, claim: str, number: int | None, reason: str) -> str:
    last = () if number is None else (number,)
    which = claim if number is None else f"{claim}[{number}]"
    entry = source.entries[index]
    loaded = index >= len(source.file.probes)
    place = source.place(index) if loaded else source.document.place("probes", index, "expect", claim, *last)
    return f"{place}: probe {entry.id!r}: 'expect.{which}' is not {claim}: {reason}; correct one of the two."
