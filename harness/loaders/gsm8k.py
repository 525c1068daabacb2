"""GSM8K: word problems whose answer ends in ``#### number``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from harness.loaders.reading import Completion, Reader
from harness.loaders.spec import FaultyRow, Item, Load
from harness.loaders.tables import Row, text_of

_NOTE = re.compile(r"<<[^<>\n]*>>")
"""A calculator's note, which no chat model should learn from an example."""
_NUMBER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|[-−]?\.\d+")
MARK = "####"
_PUBLISHED = {"en": ("Question: ", "Answer:"), "zh": ("题目：", "答案：")}
_WISH = {
    "en": "Work it out step by step, then give the final number on a last line that begins with ####.",
    "zh": "请一步一步算，最后单独写一行，以 #### 开头，后面只写最终的数字。",
}


def item(row: Row, columns: Mapping[str, str], load: Load, lang: str) -> Item:
    """Return a word problem.

    Raises:
        FaultyRow: there is no number after ``####``.
    """
    answer = text_of(row, columns["answer"])
    shown = _NOTE.sub("", answer).strip()
    return Item(f"{_problem(row, columns)}\n\n{_WISH[lang]}", {"answer": final_number(answer)}, shown)


def _problem(row: Row, columns: Mapping[str, str]) -> str:
    question = text_of(row, columns["question"]).strip()
    if "body" not in columns:
        return question
    told = text_of(row, columns["body"]).strip()
    return f"{told}{'' if told[-1] in '.!?。！？' else '.'} {question}"


def _completion(row: Row, columns: Mapping[str, str], load: Load, lang: str) -> Item:
    """Return a word problem to go on with; an example's answer keeps its calculator's notes, as published.

    Only a number after ``####`` counts, as Cobbe et al. (2021) count.

    Raises:
        FaultyRow: there is no number after ``####``.
    """
    before, after = _PUBLISHED[lang]
    answer = text_of(row, columns["answer"]).strip()
    shown = answer if MARK in answer else f"{MARK} {answer}"
    expect = {"answer": final_number(answer), "after": MARK}
    return Item(f"{before}{_problem(row, columns)}\n{after}", expect, f" {shown}")


def final_number(answer: str) -> int | float:
    """Return the number after the last ``####``, or the number that an answer consists of.

    Raises:
        FaultyRow: there is none.

    >>> final_number("3 * 400 = <<3*400=1200>>1200\\n#### $1,200"), final_number("-0.5")
    (1200, -0.5)
    """
    _, mark, behind = answer.rpartition(MARK)
    said = behind.strip().removesuffix(".").removesuffix("%").strip().replace("$", "")
    if not _NUMBER.fullmatch(said):
        expected = "'#### 42'" if not mark else "a number after ####"
        raise FaultyRow(f"its answer ends in {answer.strip()[-40:]!r}; expected {expected}")
    value = float(said.replace(",", "").replace("−", "-"))
    if not math.isfinite(value):
        raise FaultyRow(f"its answer {said[:40]!r} is too large for a number")
    return int(value) if value.is_integer() else value


READER = Reader(
    kind="generate",
    scorer="number",
    max_new_tokens=400,
    needed={"question": ("question", "problem"), "answer": ("answer",)},
    optional={
        "body": ("body",),  # SVAMP tells a story there and only then asks
        "id": ("id", "question_id"),
        "category": ("category", "subject", "type"),
    },
    item=item,
    completion=Completion(_completion, stop=("Question:", "题目：")),
)
