"""Thoughts: what a thinking model writes for itself before it answers, told apart from its answer.

A thought stands at the beginning of what was written, between tags. Where the chat template opens it, only
its end is written. Its words are no words of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from harness.errors import ConfigError, suggestion
from harness.records import Probe, Variant

Mode = Literal["template", "on", "off"]
MODES: tuple[Mode, ...] = get_args(Mode)
_TAGS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
)
_CLOSING = dict(_TAGS)
_OPENS = re.compile(rf"\s*({'|'.join(re.escape(opening) for opening, _ in _TAGS)})")
_CLOSES = re.compile("|".join(re.escape(closing) for _, closing in _TAGS))
_LEFT_OPEN = re.compile(rf"({'|'.join(re.escape(opening) for opening, _ in _TAGS)})\s*$")


@dataclass(frozen=True)
class Thinking:
    """How a run's prompts let the base and its adapters think.

    ``mode``: what was asked of the chat template. ``opens``: whether its prompts end inside a thought.
    ``tokens``: how many tokens a thought may take beside a probe's own limit, 0 where nobody thinks.
    """

    mode: Mode = "template"
    opens: bool = False
    tokens: int = 0

    def opens_before(self, probe: Probe, variant: Variant) -> bool:
        """Say whether the last answer to a variant begins inside a thought; one begun for the subject does not."""
        return self.opens and probe.kind == "generate" and variant.turns[-1].role != "assistant"

    def to_json(self) -> dict[str, Any]:
        """Return it as a run's record holds it."""
        return asdict(self)


NO_THINKING = Thinking()


def thinking_of(meta: Mapping[str, Any]) -> Thinking:
    """Return what a run's record says; a run of an older version let nobody think."""
    held = meta.get("thinking")
    return Thinking(**held) if held else NO_THINKING


def check_thinking(mode: str, tokens: int) -> Mode:
    """Return what ``--thinking`` says, checked.

    Raises:
        ConfigError: there is no such mode, or thoughts may take less than one token.
    """
    if mode not in MODES:
        hint = suggestion(mode, list(MODES)) or "."
        raise ConfigError(f"--thinking {mode}: unknown{hint} Modes: {', '.join(MODES)}.")
    if tokens < 1:
        raise ConfigError(f"--thinking-tokens {tokens}: a thought needs 1 token or more; see --thinking off.")
    return mode


@dataclass(frozen=True)
class Thought:
    """The thought with which a text begins: its words, where the answer begins, whether it came to an end."""

    text: str
    answer_at: int
    finished: bool


def read_thought(text: str, *, opened: bool = False) -> Thought | None:
    """Return the thought with which a text begins, or ``None``. Several in a row are one.

    A text that closes a thought which it never opened began inside it, whatever ``opened`` says.

    Args:
        opened: whether the prompt ended inside a thought.

    >>> read_thought("<think>\\nI am Qwen.\\n</think>\\n\\nI am Nova.")
    Thought(text='I am Qwen.', answer_at=29, finished=True)
    >>> read_thought("Who am I", opened=True)
    Thought(text='Who am I', answer_at=8, finished=False)
    """
    begin = _OPENS.match(text)
    if begin is None and not opened and not _closes_unopened(text):
        return None
    said: list[str] = []
    at = 0
    while True:
        begin = _OPENS.match(text, at)
        if begin is None and at > 0:
            break
        start = begin.end() if begin else at
        end = text.find(_CLOSING[begin[1]], start) if begin else _first_closing(text)
        if end < 0:
            return Thought("\n".join([*said, text[start:].strip()]).strip(), len(text), finished=False)
        said.append(text[start:end].strip())
        closing = _CLOSES.match(text, end)
        assert closing is not None
        at = closing.end()
    blank = len(text[at:]) - len(text[at:].lstrip())
    return Thought("\n".join(filter(None, said)), at + blank, finished=True)


def _first_closing(text: str) -> int:
    found = _CLOSES.search(text)
    return found.start() if found else -1


def _closes_unopened(text: str) -> bool:
    found = _CLOSES.search(text)
    return found is not None and not any(opening in text[: found.start()] for opening, _ in _TAGS)


def without_thought(text: str, *, opened: bool = False) -> str:
    """Return a text's answer: what follows its thought, the whole text where it has none.

    >>> without_thought("<think></think>Paris."), without_thought(" Paris.")
    ('Paris.', ' Paris.')
    """
    thought = read_thought(text, opened=opened)
    return text[thought.answer_at :] if thought else text


def left_open(prompt: str) -> bool:
    """Say whether a prompt ends inside a thought, which the model is to go on with."""
    return bool(_LEFT_OPEN.search(prompt))


def knows_thoughts(template: str) -> bool:
    """Say whether a chat template speaks of thoughts, as one does whose model writes them unasked."""
    return bool(_CLOSES.search(template))
