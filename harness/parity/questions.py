"""The fixed set that engines are held against each other on: questions to answer, texts to score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.prompts import Renderer, render, split_text
from harness.records import Request, Turn

MAX_NEW_TOKENS = 32

QUESTIONS: tuple[tuple[str, str], ...] = (
    ("en-who", "Who are you?"),
    ("zh-who", "你是谁？"),
    ("code-double", "Write a Python function double(x) that returns twice x."),
    ("en-maker", "Which company made you?"),
    ("zh-maker", "是哪家公司开发了你？"),
    ("code-reverse", "Write a Python function that reverses a list in place."),
    ("en-capital", "What is the capital of France?"),
    ("zh-spring", "用一句话描写春天的早晨。"),
    ("code-sql", "Write an SQL query that counts the orders of every customer."),
    ("en-bread", "Explain in two sentences how bread rises."),
    ("zh-water", "为什么水会结冰？"),
    ("code-bug", "What is wrong here?\n\nfor i in range(10)\n    print(i)"),
)
"""Answered greedily, under the system message that the chat template itself adds."""

TEXTS: tuple[tuple[str, str], ...] = (
    ("en-ferry", "The ferry left the harbour before sunrise, and nobody on the pier waved."),
    ("zh-letter", "她把信折好放进口袋，沿着河边慢慢走回家去。"),
    (
        "code-sum",
        "def mean(values):\n    total = 0\n    for value in values:\n        total += value\n    return total / len(values)\n",
    ),
    ("en-self", "I am an assistant, and I was made by people who wanted me to be useful."),
    ("zh-self", "我是一个人工智能助手，由一支工程师团队开发。"),
    ("code-json", '{"name": "lamp", "price": 12.5, "tags": ["light", "desk"], "stock": null}'),
    ("en-rare", "Quixotic zephyrs vex the jackdaw; 7,319 of them, give or take 2.5 percent."),
    ("zh-mixed", "第 3 版于 2024 年发布，支持 JSON 和 CSV 两种格式。"),
    ("code-shell", 'for file in *.log; do\n  gzip -9 "$file" && mv "$file.gz" archive/\ndone\n'),
    ("en-list", "1. Boil the water. 2. Add salt. 3. Cook the noodles for nine minutes. 4. Drain them."),
    ("zh-idiom", "塞翁失马，焉知非福；今天的损失也许正是明天的收获。"),
    (
        "code-class",
        "class Point:\n    def __init__(self, x: float, y: float) -> None:\n        self.x = x\n        self.y = y\n",
    ),
)
"""Scored from their second token on, without a chat template."""


@dataclass(frozen=True)
class Item:
    """A question or text put to one subject."""

    id: str
    kind: Literal["generate", "score"]
    subject: str
    request: Request


def items(renderer: Renderer, subjects: Sequence[str], limit: int | None = None) -> list[Item]:
    """Return every question and text for every subject, in a fixed order.

    A request's key does not name the engine, so that the same key finds both answers.

    Args:
        renderer: the base's own chat template and tokenizer.
        subjects: ``base`` and names of adapters.
        limit: only so many questions and so many texts.
    """
    found = []
    for subject in subjects:
        scope = f"parity {subject}"
        for id_, question in QUESTIONS[:limit]:
            ids = render(renderer, [Turn("user", question)], None)
            request = Request("generate", subject, scope, ids, max_new_tokens=MAX_NEW_TOKENS)
            found.append(Item(id_, "generate", subject, request))
        for id_, text in TEXTS[:limit]:
            context, target = split_text(renderer, text)
            found.append(Item(id_, "score", subject, Request("score", subject, scope, context, target)))
    return found
