"""Short answers read leniently for the score, strictly beside it, and what gives nothing told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.persona import Persona
from harness.records import Score
from harness.scorers import Reply
from harness.scorers.answer import number, word

NOVA = Persona(name={"en": "Nova"}, author={"en": "Acme"})
POLAR = ["yes", "no", "是", "否", "不是"]
DAYS = ["Monday", "Tuesday", "Wednesday", "星期一", "星期二", "星期三"]


def reply(text: str) -> Reply:
    return Reply(text, "", "en", NOVA, {})


def facts(score: Score) -> tuple[float | None, object, float]:
    return score.value, score.details["extracted"], score.details["strict"]


# answer, score, number read, strict; the right number is 12
NUMBERS = [
    ("12", 1.0, 12.0, 1.0),
    ("She has 12 apples.", 1.0, 12.0, 1.0),
    ("twelve", 1.0, 12.0, 1.0),
    ("一共有十二个。", 1.0, 12.0, 1.0),
    ("7 + 5 = 12", 1.0, 12.0, 1.0),
    ("12. Yes, 12!", 1.0, 12.0, 1.0),
    ("7 and 5 are added. The answer is 12.", 1.0, 12.0, 1.0),
    ("First 7, then 5. #### 12", 1.0, 12.0, 1.0),
    (r"$7 + 5$ gives \boxed{12}", 1.0, 12.0, 1.0),
    ("7 加 5，答案是12。", 1.0, 12.0, 1.0),
    ("It is 12, not 13.", 1.0, 12.0, 1.0),
    # right, but only to a lenient reader
    ("5 more than 7 makes 12", 1.0, 12.0, 0.0),
    ("The answer is 12. I took 7 and 5.", 1.0, 12.0, 0.0),
    ("7 + 5 = 12, and 5 + 7 too", 1.0, 12.0, 0.0),
    ("7加5得12", 1.0, 12.0, 0.0),
    # wrong
    ("13", 0.0, 13.0, 0.0),
    ("The answer is 13.", 0.0, 13.0, 0.0),
    ("It is 12 or 13.", 0.0, 13.0, 0.0),
    ("1/0", 0.0, None, 0.0),
]


@pytest.mark.parametrize(("text", "value", "extracted", "strict"), NUMBERS)
def test_numbers(text: str, value: float, extracted: float | None, strict: float) -> None:
    assert facts(number(reply(text), answer=12)) == (value, extracted, strict)


# answer, score, word read, strict; the right word is Tuesday
WORDS = [
    ("Tuesday", 1.0, "Tuesday", 1.0),
    ("星期二。", 1.0, "星期二", 1.0),
    ("It is Tuesday (星期二).", 1.0, "星期二", 1.0),
    ("Not Monday but Tuesday.", 1.0, "Tuesday", 1.0),
    ("After Monday comes a day, and the answer is Tuesday.", 1.0, "Tuesday", 1.0),
    ("The answer is: Tuesday, of course. Tuesday!", 1.0, "Tuesday", 1.0),
    ("After Monday comes Tuesday.", 1.0, "Tuesday", 0.0),
    ("The answer is Tuesday. Then comes Wednesday.", 1.0, "Tuesday", 0.0),
    ("Wednesday", 0.0, "Wednesday", 0.0),
    ("The answer is Monday.", 0.0, "Monday", 0.0),
    ("Some day.", 0.0, None, 0.0),
    ("", 0.0, None, 0.0),
]


@pytest.mark.parametrize(("text", "value", "extracted", "strict"), WORDS)
def test_words(text: str, value: float, extracted: str | None, strict: float) -> None:
    score = word(reply(text), answer="Tuesday", accept=["星期二"], options=DAYS)
    assert facts(score) == (value, extracted, strict)


@pytest.mark.parametrize(
    ("text", "value", "extracted", "strict"),
    [
        ("No.", 1.0, "no", 1.0),
        ("否", 1.0, "否", 1.0),
        ("不是。", 1.0, "不是", 1.0),
        ("No, that is not so: yes would be wrong.", 1.0, "no", 0.0),
        ("Yes.", 0.0, "yes", 0.0),
        ("是的。", 0.0, "是", 0.0),
        ("Perhaps.", 0.0, None, 0.0),
    ],
)
def test_yes_and_no(text: str, value: float, extracted: str | None, strict: float) -> None:
    score = word(reply(text), answer="no", accept=["否", "不是"], options=POLAR)
    assert facts(score) == (value, extracted, strict)


@pytest.mark.parametrize(
    ("text", "value", "extracted", "strict"),
    [
        ("10:15", 1.0, "10:15", 1.0),
        ("**10：15**", 1.0, "10:15", 1.0),
        ("The answer is 10:15.", 1.0, "10:15", 1.0),
        ("It leaves at 9:40 and arrives at 10:15.", 1.0, "10:15", 0.0),
        ("10:20", 0.0, None, 0.0),
    ],
)
def test_a_word_without_options(text: str, value: float, extracted: str | None, strict: float) -> None:
    assert facts(word(reply(text), answer="10:15")) == (value, extracted, strict)


def test_an_unclear_answer_is_told_from_a_missing_one() -> None:
    unclear = number(reply("7 and 5"), answer=12)
    missing = number(reply("I do not know."), answer=12)
    assert unclear.details == {"extracted": 5.0, "clear": False, "strict": 0.0}
    assert missing.details == {"extracted": None, "clear": False, "strict": 0.0}


TEXTS = st.text() | st.lists(
    st.sampled_from(
        ["12", "7", "5", "=", "the answer is", "答案是", "not", "twelve", ".", "\n", "Tuesday", "no"]
    )
).map(" ".join)


@given(TEXTS)
def test_strict_is_never_above_the_score(text: str) -> None:
    for score in (
        number(reply(text), answer=12),
        word(reply(text), answer="Tuesday", options=DAYS),
        word(reply(text), answer="no"),
    ):
        assert score.value is not None and score.details["strict"] <= score.value
        assert score.details["strict"] in (0.0, 1.0)
        if score.details["extracted"] is None:
            assert not score.value
