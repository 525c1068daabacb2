"""IFEval: instructions that a program can check, as constraints of the scorer `instruction`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.loaders.reading import Reader
from harness.loaders.spec import FaultyRow, Item, LeftOut, Load
from harness.loaders.tables import Row, text_of, texts_of
from harness.scorers.languages import OURS, spoken

Given = Mapping[str, Any]
Constraint = dict[str, Any]


def item(row: Row, columns: Mapping[str, str], load: Load, lang: str) -> Item:
    """Return a prompt with its constraints.

    Raises:
        FaultyRow: instructions and their arguments do not fit together. LeftOut: an instruction has no equal here.
    """
    names = texts_of(row, columns["instructions"])
    arguments = _arguments(row, columns["kwargs"])
    if not names or len(names) != len(arguments):
        raise FaultyRow(
            f"has {len(names)} instructions and {len(arguments)} arguments; expected one mapping for each instruction"
        )
    constraints: list[Constraint] = []
    for name, given in zip(names, arguments, strict=True):
        constraints += constraints_of(name, given)
    return Item(text_of(row, columns["prompt"]), {"constraints": constraints})


def _arguments(row: Row, column: str) -> list[Given]:
    value = row.cells.get(column)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, list) or not all(isinstance(one, dict | None) for one in value):
        raise FaultyRow(f"{column!r} is {row.cells.get(column)!r:.60}; expected a list of mappings")
    return [{key: held for key, held in (one or {}).items() if held is not None} for one in value]


def constraints_of(name: str, given: Given) -> list[Constraint]:
    """Return the constraints that are equal to one instruction.

    Raises:
        FaultyRow: an argument is missing or of the wrong kind. LeftOut: there is no equal.

    >>> constraints_of("length_constraints:number_words", {"relation": "less than", "num_words": 50})
    [{'words': {'max': 49}}]
    """
    plain = re.sub(r"^[a-z]{2}:(?=.+:)", "", name)
    make = _EQUALS.get(plain)
    if make is None:
        raise LeftOut(f"{plain} has no equal constraint")
    try:
        return make(given)
    except KeyError as fault:
        raise FaultyRow(f"{name} lacks its argument {fault}; expected it in 'kwargs'") from fault
    except TypeError as fault:
        raise FaultyRow(f"{name} has the arguments {dict(given)!r:.80}; expected a number") from fault


def _related(given: Given, relation: str, number: str) -> Constraint:
    """Return a range; what is "less than" 3 is at most 2."""
    n, said = given[number], given[relation]
    if said == "at least" and n == 0:
        raise LeftOut("an instruction that every answer holds")
    made = {
        "at least": {"min": n},
        "less than": {"max": n - 1},
        "at most": {"max": n},
        "exactly": {"count": n},
    }
    if said not in made:
        raise LeftOut(f"the relation {said!r} has no equal constraint")
    return made[said]


def _language(given: Given) -> list[Constraint]:
    language = str(given["language"]).lower().split("-")[0]
    if language not in spoken():
        known = (
            "those that langdetect knows" if len(spoken()) > len(OURS) else "en and zh, without langdetect"
        )
        raise LeftOut(f"language:response_language other than {known}")
    return [{"language": language}]


_OPTIONS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
"""What a constrained response chooses from; the file does not name it, the original checker does."""

_EQUALS: Mapping[str, Callable[[Given], list[Constraint]]] = {
    "punctuation:no_comma": lambda _: [{"no_commas": True}],
    "length_constraints:number_words": lambda g: [{"words": _related(g, "relation", "num_words")}],
    "length_constraints:number_sentences": lambda g: [
        {"sentences": _related(g, "relation", "num_sentences")}
    ],
    "length_constraints:number_paragraphs": lambda g: [
        {"answers": {"count": g["num_paragraphs"], "separator": "***"}}
    ],
    "keywords:existence": lambda g: [{"contains": g["keywords"]}],
    "keywords:forbidden_words": lambda g: [{"excludes": g["forbidden_words"]}],
    "keywords:frequency": lambda g: [
        {"keyword": {"text": g["keyword"], **_related(g, "relation", "frequency")}}
    ],
    "keywords:letter_frequency": lambda g: [
        {"letter": {"text": g["letter"], **_related(g, "let_relation", "let_frequency")}}
    ],
    "detectable_format:number_highlighted_sections": lambda g: [{"highlights": {"min": g["num_highlights"]}}],
    "detectable_format:number_bullet_lists": lambda g: [{"bullets": {"count": g["num_bullets"]}}],
    "detectable_format:title": lambda _: [{"title": True}],
    "detectable_content:number_placeholders": lambda g: [{"placeholders": {"min": g["num_placeholders"]}}],
    "detectable_content:postscript": lambda g: [{"postscript": g["postscript_marker"]}],
    "combination:repeat_prompt": lambda g: [{"repeats": g["prompt_to_repeat"]}],
    "combination:two_responses": lambda _: [{"answers": {"count": 2}}],
    "startend:end_checker": lambda g: [{"ends_with": g["end_phrase"]}],
    "startend:quotation": lambda _: [{"quoted": True}],
    "change_case:english_lowercase": lambda _: [{"case": "lower"}, {"language": "en"}],
    "change_case:english_capital": lambda _: [{"case": "upper"}, {"language": "en"}],
    "change_case:capital_word_frequency": lambda g: [
        {"capital_words": _related(g, "capital_relation", "capital_frequency")}
    ],
    "detectable_format:json_format": lambda _: [{"json": {"type": "any"}}],
    "detectable_format:multiple_sections": lambda g: [
        {"sections": {"heading": g["section_spliter"], "min": g["num_sections"]}}
    ],
    "detectable_format:constrained_response": lambda _: [{"any_of": list(_OPTIONS)}],
    "length_constraints:nth_paragraph_first_word": lambda g: [
        {"paragraphs": {"count": g["num_paragraphs"]}},
        {"paragraph": {"number": g["nth_paragraph"], "starts_with": g["first_word"]}},
    ],
    "language:response_language": _language,
}
"""What holds the same."""

READER = Reader(
    kind="generate",
    scorer="instruction",
    max_new_tokens=800,
    needed={"prompt": ("prompt",), "instructions": ("instruction_id_list",), "kwargs": ("kwargs",)},
    optional={"id": ("key", "id"), "category": ("category",)},
    item=item,
)
