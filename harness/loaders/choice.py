"""Multiple choice as MMLU, C-Eval, ARC and HellaSwag write it, judged by log-likelihood."""

from __future__ import annotations

import ast
import io
import json
import re
import string
import tokenize
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from harness.errors import ConfigError
from harness.loaders.reading import Reader
from harness.loaders.spec import AnswerForm, FaultyRow, Item, LeftOut, Load
from harness.loaders.tables import Roles, Row, text_of

_CONTEXT = ("ctx", "context")
_NEEDED = {"question": ("question", "query", "题目", "问题", *_CONTEXT)}
_OPTIONAL: Roles = {
    "answer": ("answer", "label", "answerkey", "gold", "target", "答案"),
    "choices": ("choices", "options", "endings", "选项"),
    **{letter: (letter.lower(), f"option_{letter.lower()}") for letter in string.ascii_uppercase[:10]},
    "passage": ("passage", "article", *_CONTEXT),
    "id": ("id", "question_id"),
    "category": ("subject", "category", "activity_label", "topic", "学科"),
}
_FORMS: tuple[AnswerForm, ...] = ("letter", "index", "number", "text")
_EXPECTED = {
    "letter": "a letter such as 'A'",
    "index": "the right choice's place, counted from 0",
    "number": "the right choice's place, counted from 1",
    "text": "the right choice's text",
}
_WORDS = {"en": ("Question: ", "Answer:", " "), "zh": ("题目：", "答案：", "")}


def settle(rows: Sequence[Row], columns: Mapping[str, str], load: Load, place: str) -> Load:
    """Return the load with the form of its answers settled: the one that fits most of the file's rows.

    One row alone could mislead, such as the answer "2" to the choices "1", "2" and "3".

    Raises:
        ConfigError: there is no column of answers, or none of choices.
    """
    missing = [role for role in ("answer", "choices") if role not in columns]
    if "A" in columns and "B" in columns and "choices" in missing:
        missing.remove("choices")
    if missing:
        present = ", ".join(dict.fromkeys(name for row in rows for name in row.cells))
        raise ConfigError(
            "\n".join(
                f"{place}: has no column for {role!r}; has: {present[:160]}. Expected "
                f"{' or '.join(map(repr, _OPTIONAL[role]))}{', or A, B, C, D' if role == 'choices' else ''}; "
                f"name yours with `columns: {{{role}: ...}}`."
                for role in missing
            )
        )
    if load.answers:
        return load
    fits = {form: sum(_fits(row, columns, form) for row in rows) for form in _FORMS}
    return load.model_copy(update={"answers": max(_FORMS, key=lambda form: fits[form])})


def _fits(row: Row, columns: Mapping[str, str], form: AnswerForm) -> bool:
    try:
        choices, labels = _choices(row, columns)
        _place(row.cells.get(columns["answer"]), choices, labels, form)
    except FaultyRow:
        return False
    return True


def item(row: Row, columns: Mapping[str, str], load: Load, lang: str) -> Item:
    """Return a question with its choices as continuations.

    Raises:
        FaultyRow: the choices or the answer cannot be read. LeftOut: two choices are the same text.
    """
    question = text_of(row, columns["question"]).strip()
    passage = columns.get("passage")
    if passage not in (None, columns["question"]):
        question = f"{text_of(row, passage).strip()}\n{question}"
    choices, labels = _choices(row, columns)
    assert load.answers is not None
    answer = _place(row.cells.get(columns["answer"]), choices, labels, load.answers)
    before, after, gap = _WORDS[lang]
    if load.letters:
        shown = string.ascii_uppercase[: len(choices)]
        listed = "\n".join(f"{letter}. {text}" for letter, text in zip(shown, choices, strict=True))
        question, choices = f"{before}{question}\n{listed}\n{after}", list(shown)
    elif columns["question"].strip().lower() not in _CONTEXT:
        question = f"{before}{question}\n{after}"
    if len({text.casefold() for text in choices}) < len(choices):
        raise LeftOut("two of the choices are the same")
    continuations = [gap + text for text in choices]
    return Item(question, {"choices": continuations, "answer": answer}, continuations[answer])


def _choices(row: Row, columns: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the choices and the file's own labels of them, if it has any."""
    labels: list[str] = []
    if "choices" in columns:
        held = row.cells.get(columns["choices"])
        held = _unwritten(held) if isinstance(held, str) else held
        if isinstance(held, dict):
            labels = [str(label) for label in held.get("label", ())]
            held = held.get("text", list(held.values()) if not labels else None)
        texts = list(held) if isinstance(held, list | tuple) else None
    else:
        texts = _lettered(row, columns)
    if texts is None or len(texts) < 2 or len(texts) > len(string.ascii_uppercase):
        raise FaultyRow(f"its choices are {held!r:.60}; expected a list of two or more texts")
    if any(_is_blank(text) for text in texts):
        raise FaultyRow(
            f"choice {next(at for at, text in enumerate(texts) if _is_blank(text))} (from 0) is empty"
        )
    return [str(text).strip() for text in texts], labels if len(labels) == len(texts) else []


def _lettered(row: Row, columns: Mapping[str, str]) -> list[Any]:
    """Return the choices of the columns A, B, C ...; the last ones may be blank."""
    letters = [letter for letter in string.ascii_uppercase[:10] if letter in columns]
    texts = [row.cells.get(columns[letter]) for letter in letters]
    while texts and _is_blank(texts[-1]):
        texts.pop()
    if len(texts) < 2:
        raise FaultyRow(f"fewer than two of its choices {', '.join(letters)} have a text")
    return texts


def _is_blank(text: Any) -> bool:
    return text is None or isinstance(text, bool | list | dict) or not str(text).strip()


def _unwritten(written: str) -> Any:
    """Return the list that a cell of a CSV file holds as text, written by JSON or by Python.

    Raises:
        FaultyRow: it is none, or numpy wrote it, ``['a' 'b']``, which Python would read as one text.
    """
    with suppress(ValueError, RecursionError):
        return json.loads(written)
    try:
        held = ast.literal_eval(written.strip())
        glued = _n_texts(held) < _n_written(written.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError):
        held, glued = None, False
    if glued or not isinstance(held, list | dict | tuple):
        raise FaultyRow(
            f'its choices are the text {written!r:.60}; expected a list with commas, ["a", "b"], or a file of '
            "JSON lines or Parquet"
        )
    return held


def _n_texts(held: Any) -> int:
    if isinstance(held, dict):
        return sum(map(_n_texts, (*held, *held.values())))
    return sum(map(_n_texts, held)) if isinstance(held, list | tuple) else int(isinstance(held, str))


def _n_written(written: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(written).readline)
    return sum(token.type == tokenize.STRING for token in tokens)


def _place(answer: Any, choices: Sequence[str], labels: Sequence[str], form: AnswerForm) -> int:
    """Return the right choice's place, counted from 0.

    Raises:
        FaultyRow: the answer does not name exactly one of the choices.
    """
    said = str(int(answer) if isinstance(answer, float) and answer.is_integer() else answer).strip()
    if form == "letter":
        named = [label.strip() for label in labels] or list(string.ascii_uppercase[: len(choices)])
        places = [at for at, name in enumerate(named) if name.casefold() == said.casefold().strip("().")]
    elif form == "text":
        places = [at for at, text in enumerate(choices) if text == said]
    else:
        wanted = int(said) - (form == "number") if re.fullmatch(r"\d{1,3}", said) else -1
        places = [wanted] if 0 <= wanted < len(choices) else []
    if len(places) != 1 or answer is None or isinstance(answer, bool):
        raise FaultyRow(
            f"its answer is {answer!r:.60}; expected {_EXPECTED[form]}, one of {len(choices)} choices "
            f"(`answers:` says which form a file has)"
        )
    return places[0]


READER = Reader(
    kind="choice",
    scorer="choice",
    max_new_tokens=1,
    needed=_NEEDED,
    optional=_OPTIONAL,
    item=item,
    settle=settle,
)
