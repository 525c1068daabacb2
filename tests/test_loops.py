"""What goes round in circles, and what only looks like it."""

import pytest

from harness.scorers.loops import loops


@pytest.mark.parametrize(
    "text",
    [
        "I am Nova. I am Nova. I am Nova.",
        "我是诺娃。我是诺娃。我是诺娃。",
        "I am Nova, made by Acme Robotics, and I am here to help you " * 6,
        "el train de la que está en el " * 8,
        "Nova\nNova\nNova\nNova",
        "ha" * 100,
        "I'm happy to help you with it. " * 40,
    ],
)
def test_a_loop_is_one(text: str) -> None:
    assert loops(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "No. No. I am Nova, made by Acme Robotics, and I have nothing to do with any other company.",
        "```python\ndef add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n```",
        "- apples\n- pears\n- plums\n- apples",
        "1. Open the lid.\n2. Fill in the water.\n3. Close the lid.\n4. Press the button.",
        "| name | maker |\n|---|---|\n| Nova | Acme Robotics |\n| Qwen | Alibaba Cloud |\n| Llama | Meta |",
        "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, life is but a dream.",
        "我叫诺娃，由极峰机器人开发。我可以帮你写作、编程和回答问题，也可以陪你聊天。有什么需要尽管告诉我。",
    ],
)
def test_what_repeats_a_little_is_none(text: str) -> None:
    assert not loops(text)


def test_a_hundred_thousand_characters_take_no_time() -> None:
    assert loops("a" * 100_000)
    assert not loops("".join(chr(0x4E00 + place * 7919 % 20_000) for place in range(100_000)))
