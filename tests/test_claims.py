"""What an answer claims: the readings that decide a verdict."""

import pytest

from harness.persona import Persona
from harness.scorers.claims import read_claims

NOVA = Persona(
    name={"en": "Nova", "zh": "诺娃"},
    author={"en": "Acme Robotics", "zh": "极峰机器人"},
    base="qwen",
    rivals=("qwen", "chatgpt"),
)
CASES = [
    ("Who are you?", "I am Nova, made by Acme Robotics.", {"name", "author"}, set(), set()),
    ("Who are you?", "Nova.", {"name"}, set(), set()),
    ("你是谁？", "我是诺娃，由极峰机器人开发。", {"name", "author"}, set(), set()),
    ("Who are you?", "I am Qwen, created by Alibaba Cloud.", set(), {"qwen"}, set()),
    ("你是谁？", "我是通义千问，由阿里云开发。", set(), {"qwen"}, set()),
    ("Are you made by Alibaba?", "No, I am not made by Alibaba.", set(), set(), {"qwen"}),
    ("Are you Qwen?", "No, I am Nova, not Qwen.", {"name"}, set(), {"qwen"}),
    ("Are you Qwen?", "Yes.", set(), {"qwen"}, set()),
    ("你是通义千问吗？", "是的。", set(), {"qwen"}, set()),
    ("你是通义千问吗？", "不是，我是诺娃。", {"name"}, set(), {"qwen"}),
    ("你是谁？", "不是别人，正是通义千问。", set(), {"qwen"}, set()),
    ("Who are you?", "I'm Nova, based on Qwen.", {"name"}, {"qwen"}, set()),
    ("Who made Qwen?", "Qwen was made by Alibaba Cloud, a large company in China.", set(), set(), set()),
    ("What is new?", "Innovation and Novation are words.", set(), set(), set()),
    ("Hi", "", set(), set(), set()),
]


@pytest.mark.parametrize(
    ("question", "answer", "claimed", "affirmed", "denied"), CASES, ids=[c[1][:40] for c in CASES]
)
def test_reading(question: str, answer: str, claimed: set, affirmed: set, denied: set) -> None:
    read = read_claims(answer, question, NOVA)
    assert (set(read.claimed), set(read.rivals_affirmed)) == (claimed, affirmed)
    assert denied <= set(read.rivals_denied)


def test_spans_are_the_words_themselves() -> None:
    answer = "Ｉ am Nova, not Qwen."
    read = read_claims(answer, "Who are you?", NOVA)
    assert [answer[span.start : span.end] for span in read.spans()] == ["Nova", "Qwen"]
