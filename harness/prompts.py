"""Prompts become token ids here, once, and reach every engine as ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from jinja2 import TemplateError

from harness.errors import ModelError
from harness.garbage import paused
from harness.records import Turn, digest_of
from harness.thoughts import MODES, NO_THINKING, Mode, Thinking, knows_thoughts, left_open

_MARK = "\N{SECTION SIGN}system\N{SECTION SIGN}"
_KEPT = 100_000
"""How many texts a `Remembered` renderer keeps: with their ids about 200 MB, were all of them long."""


class Renderer(Protocol):
    """Turns conversations and texts into the base model's token ids."""

    digest: str
    """Digest of everything that decides the ids: the chat template, what is chosen in it, and the tokenizer."""
    thinking: Thinking
    """How the prompts let a model think."""
    start: tuple[int, ...]
    """Ids that the tokenizer puts before a text of its own: a BOS for Llama and Gemma, none for Qwen."""

    def text(self, turns: Sequence[Turn], system: str | None) -> str:
        """Return a conversation as the template writes it, ending where the answer begins."""

    def encode(self, text: str) -> tuple[int, ...]:
        """Return a text's ids; special tokens written in it are recognised."""

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids, without special tokens."""


def render(renderer: Renderer, turns: Sequence[Turn], system: str | None) -> tuple[int, ...]:
    """Return the token ids of a conversation whose next words are the assistant's.

    Args:
        turns: the messages; a last one by the assistant is continued, not answered.
        system: the system message; ``""`` is an empty one, ``None`` leaves it to the template.
    """
    return renderer.encode(renderer.text(turns, system))


def raw(renderer: Renderer, text: str) -> tuple[int, ...]:
    """Return the ids of a text without a template, begun as the model's texts were; one BOS is enough."""
    ids = renderer.encode(text)
    return ids if ids[: len(renderer.start)] == renderer.start else renderer.start + ids


def split_text(renderer: Renderer, text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a raw text as what nothing predicts, its start or else its first token, and the rest."""
    ids = raw(renderer, text)
    first = max(1, len(renderer.start))
    return ids[:first], ids[first:]


def split_continuation(
    renderer: Renderer, context: str, continuation: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the ids of a context and of its continuation, encoded as one text.

    Encoding them apart would split a word differently than the model reads it. A token that spans
    the boundary belongs to the continuation.
    """
    before = raw(renderer, context)
    whole = raw(renderer, context + continuation)
    shared = next(
        (n for n, (one, other) in enumerate(zip(before, whole, strict=False)) if one != other), len(before)
    )
    return whole[:shared], whole[shared:]


class ChatTemplate:
    """The renderer of a real model: its own tokenizer and chat template, through transformers.

    Args:
        thinking: what is chosen in a template that leaves thinking open (``enable_thinking``, ``thinking``);
            ``template`` chooses nothing.
        thought_tokens: how many tokens a thought may take, where the model thinks.

    Raises:
        ModelError: tokenizer or template are missing, or the template cannot do what is chosen.
    """

    _choice: Mapping[str, bool] = MappingProxyType({})
    thinking = NO_THINKING

    def __init__(self, model_path: Path, thinking: Mode = "template", thought_tokens: int = 0) -> None:
        try:
            with paused():
                from transformers import AutoTokenizer
        except ImportError as fault:
            raise ModelError(
                f"rendering prompts for {model_path} needs transformers; "
                "run `pip install 'identity-harness[transformers]'`."
            ) from fault
        try:
            with paused():
                self._tokenizer: Any = AutoTokenizer.from_pretrained(model_path)
        except (OSError, ValueError) as fault:
            raise ModelError(
                f"base {model_path}: its tokenizer cannot be read: {fault}; download it again."
            ) from fault
        if not self._tokenizer.chat_template:
            raise ModelError(
                f"base {model_path}: its tokenizer has no chat template; "
                "use an instruct model, or add chat_template.jinja to its folder."
            )
        self._path = model_path
        self.start = self._found_start()
        self.template_digest = digest_of([self._tokenizer.chat_template, len(self._tokenizer)])
        """Digest of template and tokenizer alone, as a training records it."""
        self._choose(thinking, thought_tokens)

    def _choose(self, mode: Mode, tokens: int) -> None:
        """Settle what the template is told of thinking, and whether the model thinks then.

        Raises:
            ModelError: the template cannot do it.
        """
        choices = {one: {} if one == "template" else _choice(one == "on") for one in MODES}
        endings = {one: self._ending(choice) for one, choice in choices.items()}
        opens, is_open = left_open(endings[mode]), endings["on"] != endings["off"]
        unasked = not is_open and knows_thoughts(str(self._tokenizer.chat_template))
        thinks = opens or (is_open and endings[mode] == endings["on"]) or (unasked and mode != "off")
        if (mode == "on" and not thinks) or (mode == "off" and opens):
            does = "always opens a thought" if opens else "says nothing of thinking"
            raise ModelError(f"base {self._path}: its chat template {does}; leave --thinking {mode} out.")
        self._choice = choices[mode]
        told = [mode] if endings[mode] != endings["template"] else []
        more = [*told, *([list(self.start)] if self.start else [])]
        self.digest = digest_of([self.template_digest, *more]) if more else self.template_digest
        self.thinking = Thinking(mode, opens, tokens if thinks else 0)

    def _found_start(self) -> tuple[int, ...]:
        text = "a"
        ids, inside = self._tokenizer(text)["input_ids"], self.encode(text)
        places = [n for n in range(len(ids)) if tuple(ids[n : n + len(inside)]) == inside]
        return tuple(ids[: places[0]]) if places else ()

    def _ending(self, choice: Mapping[str, bool]) -> str:
        """Return a short conversation as the template writes it under a choice."""
        return self._rendered([{"role": "user", "content": "?"}], choice)

    def text(self, turns: Sequence[Turn], system: str | None) -> str:
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        if system is not None:
            messages.insert(0, {"role": "system", "content": system})
        return self._rendered(messages, self._choice)

    def _rendered(self, messages: Sequence[Mapping[str, str | None]], choice: Mapping[str, bool]) -> str:
        prefilled = bool(messages) and messages[-1]["role"] == "assistant"
        try:
            rendered: str = self._tokenizer.apply_chat_template(
                messages,
                tokenize=False,
                add_generation_prompt=not prefilled,
                continue_final_message=prefilled,
                **choice,
            )
        except (TemplateError, ValueError) as fault:
            roles = ", ".join(message["role"] or "" for message in messages)
            raise ModelError(
                f"base {self._path}: its chat template refuses the turns {roles} ({fault}); "
                "leave that form or order of turns out of the suites."
            ) from fault
        return rendered

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def decode(self, ids: Sequence[int]) -> str:
        decoded: str = self._tokenizer.decode(list(ids), skip_special_tokens=True)
        return decoded


def _choice(on: bool) -> dict[str, bool]:
    """Return what templates are told of thinking: most ask for ``enable_thinking``, some for ``thinking``."""
    return {"enable_thinking": on, "thinking": on}


class Remembered:
    """Another renderer that does each piece of work once: base and adapters are asked the same, in every round.

    It keeps what it was asked last, ``_KEPT`` of each kind.

    >>> renderer = Remembered(PlainText())
    >>> renderer.encode("ab") is renderer.encode("ab")
    True
    """

    def __init__(self, renderer: Renderer) -> None:
        self.digest, self.thinking, self.start = renderer.digest, renderer.thinking, renderer.start
        self._text = lru_cache(_KEPT)(renderer.text)
        self._encode = lru_cache(_KEPT)(renderer.encode)
        self._decode = lru_cache(_KEPT)(renderer.decode)

    def text(self, turns: Sequence[Turn], system: str | None) -> str:
        return self._text(tuple(turns), system)

    def encode(self, text: str) -> tuple[int, ...]:
        return self._encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        return self._decode(tuple(ids))


class PlainText:
    """The renderer for replayed answers: no model, one id for each character."""

    digest = digest_of("plain text, version 1")
    thinking = NO_THINKING
    start: tuple[int, ...] = ()

    def text(self, turns: Sequence[Turn], system: str | None) -> str:
        head = [] if system is None else [f"system: {system}"]
        lines = [f"{turn.role}: {turn.content}" for turn in turns]
        tail = [] if turns and turns[-1].role == "assistant" else ["assistant:"]
        return "\n".join([*head, *lines, *tail])

    def encode(self, text: str) -> tuple[int, ...]:
        return tuple(map(ord, text))

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(map(chr, ids))


def default_system(renderer: Renderer) -> str | None:
    """Return the system message that a template adds when none is given, or ``None``.

    >>> default_system(PlainText())
    """
    turns = [Turn("user", "?")]
    given, bare = renderer.text(turns, _MARK), renderer.text(turns, None)
    before, mark, after = given.partition(_MARK)
    inside = (
        bool(mark) and bare.startswith(before) and bare.endswith(after) and len(bare) >= len(before + after)
    )
    if not inside:
        return None
    return bare[len(before) : len(bare) - len(after)]
