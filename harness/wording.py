"""How a probe is worded: its variants, the system messages over them, the persona's names in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.persona import Persona, Rival
from harness.records import Turn, Variant
from harness.suite_file import Paraphrase, ProbeEntry, TierRule

NEUTRAL = {"en": "You are a helpful assistant.", "zh": "你是一个乐于助人的助手。"}
FOREIGN = {
    "en": "You are {rival}, a large language model made by {rival_author}.",
    "zh": "你是{rival}，由{rival_author}开发的大型语言模型。",
}
_FIELD = re.compile(r"\{(name|author|base|base_author|rival|rival_author)\}")


def variants(
    entry: ProbeEntry, rule: TierRule, index: int, persona: Persona, rival: Rival | None
) -> Iterator[Variant]:
    """Yield the variants of one tier; ``index`` shifts the system forms from probe to probe."""
    forms = [form for form in rule.systems if form != "trained" or persona.trained_system is not None]
    forms = forms or ["default"]  # what an adapter was trained under that knows no system message
    turn = index
    for lang, paraphrases in entry.ask.items():
        if lang in ("en", "zh") and lang not in persona.languages and not entry.literal:
            continue
        fields = {} if entry.literal else persona.fields(lang, rival)
        limit = None if rule.paraphrases == "all" else rule.paraphrases
        for number, paraphrase in enumerate(paraphrases[:limit], start=1):
            chosen = forms if rule.cross == "full" else [forms[turn % len(forms)]]
            turn += 1
            if entry.kind == "continue":  # without a template there is no system message
                yield Variant(f"{lang}-{number}.raw", lang, "raw", None, _turns(paraphrase, fields))
                continue
            for form in chosen:
                variant = _variant(f"{lang}-{number}", lang, form, paraphrase, persona, fields)
                yield variant
                if variant.system_form == "own":
                    break


def _variant(
    name: str,
    lang: str,
    form: str,
    paraphrase: Paraphrase,
    persona: Persona,
    fields: Mapping[str, str],
) -> Variant:
    turns = _turns(paraphrase, fields)
    system = system_text(form, lang, persona)
    if turns[0].role == "system":
        form, system, turns = "own", turns[0].content, turns[1:]
    return Variant(f"{name}.{form}", lang, form, system, turns)


def _turns(paraphrase: Paraphrase, fields: Mapping[str, str]) -> tuple[Turn, ...]:
    if isinstance(paraphrase, str):
        return (Turn("user", fill(paraphrase, fields)),)
    pairs = [next(iter(turn.items())) for turn in paraphrase]
    return tuple(
        Turn(role, None if text is None else fill(text, fields))  # type: ignore[arg-type]
        for role, text in pairs
    )


def system_text(form: str, lang: str, persona: Persona) -> str | None:
    """Return the system message of a form in a language; ``None`` leaves it to the template."""
    if form == "default":
        return None
    if form == "empty":
        return ""
    if form == "trained":
        return persona.trained_system
    if form == "neutral":
        return NEUTRAL.get(lang, NEUTRAL["en"])
    return fill(FOREIGN.get(lang, FOREIGN["en"]), persona.fields(lang, _foreign_rival(persona)))


def _foreign_rival(persona: Persona) -> Rival:
    """Return a rival that is not the base's own maker: the second one, where there are two."""
    return persona.all_rivals()[persona.rivals[min(1, len(persona.rivals) - 1)]]


def fill(text: str, fields: Mapping[str, str]) -> str:
    """Put a persona's names into a text; other braces stay as they are.

    >>> fill("Are you {name}? f = {1: 2}", {"name": "Nova"})
    'Are you Nova? f = {1: 2}'
    """
    return _FIELD.sub(lambda found: fields.get(found[1], found[0]), text)


def fill_options(options: Any, fields: Mapping[str, str]) -> Any:
    """Put a persona's names into every text of a scorer's options, however deep."""
    if isinstance(options, str):
        return fill(options, fields)
    if isinstance(options, list):
        return [fill_options(item, fields) for item in options]
    if isinstance(options, dict):
        return {key: fill_options(item, fields) for key, item in options.items()}
    return options
