"""Rows to train on: identity rows built from a persona, a user's own, facts about third parties."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import cycle
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from harness.config import Record, load
from harness.errors import TrainingError
from harness.files import read_json_rows
from harness.persona import Persona, Rival, fill_placeholders
from harness.wording import fill

Message = dict[str, str]
Asked = str | list[dict[str, str]]
_LEFTOVER = re.compile(
    r"\{\{.*?\}\}|\{(?:name|author|rival|rival_author|base|base_author)\}|<(?:NAME|AUTHOR)>"
)
_CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Row:
    """One training conversation and where it came from.

    ``system`` is the system message's text; ``None`` leaves it to ms-swift's ``--system``.
    """

    messages: tuple[tuple[str, str], ...]
    source: str
    lang: str
    system: str | None = None

    @property
    def question(self) -> str:
        """What the user said last, for comparing rows with probes."""
        return next(text for role, text in reversed(self.messages) if role == "user")

    def to_json(self) -> dict[str, list[Message]]:
        """Return the row in ms-swift's ``messages`` form."""
        head = [] if self.system is None else [{"role": "system", "content": self.system}]
        body = [{"role": role, "content": text} for role, text in self.messages]
        return {"messages": [*head, *body]}


class Template(Record):
    """One question in several wordings, with answers that fit every wording."""

    ask: list[Asked] = Field(min_length=1)
    answer: list[str] = Field(min_length=1)
    kind: Literal["claim", "denial", "turn", "fact"]


class TemplatesFile(Record):
    """``identity_rows.yaml`` and ``third_party_rows.yaml``."""

    en: list[Template]
    zh: list[Template]


def built_rows(persona: Persona, count: int, seed: int) -> list[Row]:
    """Build identity rows from a persona: every template in turn, wordings and rivals changing.

    Languages take turns; no row comes twice.

    Raises:
        TrainingError: more rows are asked for than the templates give.
    """
    mixed = every_built_row(persona, seed)
    if count > len(mixed):
        raise TrainingError(
            f"identity.count {count}: the templates give {len(mixed)} different rows for "
            f"{', '.join(persona.languages)}; ask for fewer, or train longer on them."
        )
    return mixed[:count]


def every_built_row(persona: Persona, seed: int) -> list[Row]:
    """Return all rows that the templates give, in the order in which `built_rows` takes them."""
    by_lang = [list(_identity_rows(persona, lang, seed)) for lang in persona.languages]
    return [row for rows in zip(*by_lang, strict=False) for row in rows]


def _identity_rows(persona: Persona, lang: str, seed: int) -> Iterator[Row]:
    file = _templates("identity_rows.yaml")
    templates = list(file.zh if lang == "zh" else file.en)
    random.Random(f"{seed}-{lang}").shuffle(templates)
    everyone = persona.all_rivals()
    others = cycle(_rivals_in_turn(persona))
    base_only = [everyone[persona.rivals[0]]]
    rounds = max(len(template.ask) for template in templates)
    for wording in range(rounds):
        for place, template in enumerate(templates):
            if wording >= len(template.ask):
                continue
            rival = next(others)
            if _names_base(template) and rival in base_only:
                rival = next(others)
            fields = persona.fields(lang, rival)
            answer = template.answer[(wording + place) % len(template.answer)]
            messages = (*_asked(template.ask[wording], fields), ("assistant", _filled(answer, fields)))
            yield Row(messages, f"identity:{template.kind}", lang)


def _rivals_in_turn(persona: Persona) -> list[Rival]:
    """Return the persona's own rivals first, then every other known one: more names, less learnt by heart."""
    everyone = persona.all_rivals()
    return [everyone[key] for key in dict.fromkeys((*persona.rivals, *everyone))]


def _names_base(template: Template) -> bool:
    text = json.dumps(template.model_dump())
    return "{base" in text and "{rival" in text


def _asked(asked: Asked, fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if isinstance(asked, str):
        return (("user", _filled(asked, fields)),)
    return tuple((role, _filled(text, fields)) for turn in asked for role, text in turn.items())


def _filled(text: str, fields: Mapping[str, str]) -> str:
    return fill(text, fields).replace("..", ".").replace("。。", "。")


def fact_rows(persona: Persona, count: int) -> list[Row]:
    """Return rows about third parties, in the persona's languages, one after the other."""
    file = _templates("third_party_rows.yaml")
    rows = [
        Row(
            (("user", str(ask)), ("assistant", template.answer[number % len(template.answer)])), "facts", lang
        )
        for number in range(4)
        for lang in persona.languages
        for template in (file.zh if lang == "zh" else file.en)
        for ask in template.ask[number : number + 1]
    ]
    if count > len(rows):
        raise TrainingError(f"facts {count}: there are {len(rows)} for these languages; ask for fewer.")
    return rows[:count]


def _templates(name: str) -> TemplatesFile:
    return load(Path(str(files("harness.training") / name)), TemplatesFile)


def rows_from_file(path: Path, persona: Persona) -> list[Row]:
    """Read a user's identity rows: JSON or JSONL with instruction, input, output; fill placeholders.

    ``{{NAME}}``, ``{{AUTHOR}}``, ``<NAME>`` and ``<AUTHOR>`` are filled in the row's own language.

    Raises:
        TrainingError: the file is unreadable, a row lacks a key, or a placeholder is left over.
    """
    rows = []
    for number, raw in enumerate(_json_rows(path), start=1):
        if not isinstance(raw, dict) or not raw.get("instruction") or not raw.get("output"):
            raise TrainingError(
                f"{path}: row {number} needs 'instruction' and 'output' (and may have 'input'); "
                f"it has {sorted(raw) if isinstance(raw, dict) else raw!r}."
            )
        question = "\n".join(filter(None, [str(raw["instruction"]), str(raw.get("input") or "")]))
        lang = "zh" if _CJK.search(question + str(raw["output"])) else "en"
        texts = [fill_placeholders(text, persona, lang) for text in (question, str(raw["output"]))]
        rows.append(Row((("user", texts[0]), ("assistant", texts[1])), "identity:file", lang))
    check_placeholders(rows, str(path))
    return rows


def _json_rows(path: Path) -> Sequence[Any]:
    try:
        rows = read_json_rows(path)
    except OSError as fault:
        raise TrainingError(f"{path}: cannot be read ({fault.strerror}); check identity.file.") from fault
    except (ValueError, RecursionError) as fault:
        raise TrainingError(f"{path}: not JSON: {fault}; write a list of rows, or one row a line.") from fault
    if not rows:
        raise TrainingError(f"{path}: holds no rows; write instruction and output for each.")
    return list(rows)


def check_placeholders(rows: Sequence[Row], place: str) -> None:
    """Refuse rows that would teach the model a literal ``{{NAME}}``.

    Raises:
        TrainingError: the first row with a placeholder left, and how many there are.
    """
    left = [
        (number, found[0])
        for number, row in enumerate(rows, start=1)
        for _, text in row.messages
        if (found := _LEFTOVER.search(text))
    ]
    if left:
        number, text = left[0]
        raise TrainingError(
            f"{place}: row {number} still holds {text} ({len(left)} such places); the model would "
            "learn it word for word. Use {{NAME}} and {{AUTHOR}} only."
        )
