"""Prompts: conversations to ids, where a continuation begins, and what a template adds by itself."""

from collections.abc import Sequence
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ModelError
from harness.plan import Plan
from harness.prompts import (
    ChatTemplate,
    PlainText,
    Remembered,
    default_system,
    raw,
    render,
    split_continuation,
    split_text,
)
from harness.records import Probe, Turn, Variant

QWEN = (
    "{%- if messages[0]['role'] == 'system' %}{{- '<|im_start|>system\\n' + messages[0]['content'] + "
    "'<|im_end|>\\n' }}{%- else %}{{- '<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a "
    "helpful assistant.<|im_end|>\\n' }}{%- endif %}{%- for message in messages %}{%- if message.role == 'user' "
    "or (message.role == 'system' and not loop.first) or message.role == 'assistant' %}{{- '<|im_start|>' + "
    "message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
SMOLLM = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\\n' }}"
    "{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
PLAIN_CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + "
    "'<|im_end|>\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
LLAMA2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = "
    "messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}"
    "{% endif %}{% for message in loop_messages %}{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}"
    "{% set content = message['content'] %}{% endif %}{{ '[INST] ' + content + ' [/INST]' }}{% endfor %}"
)
LLAMA3 = (
    "{% if messages[0]['role'] == 'system' %}{% set system_message = messages[0]['content']|trim %}{% set messages "
    "= messages[1:] %}{% else %}{% set system_message = '' %}{% endif %}{{- '<|start_header_id|>system"
    "<|end_header_id|>\\n\\nCutting Knowledge Date: December 2023\\n\\n' + system_message + '<|eot_id|>' }}"
    "{% for message in messages %}{{- message.role + ': ' + message.content }}{% endfor %}"
)
DEAF = (
    "{% for message in messages %}{% if message.role == 'user' %}{{ message.content }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}x"
)


def raise_exception(message: str) -> None:
    raise jinja2.exceptions.TemplateError(message)


class FakeTokenizer:
    """As much of a tokenizer as `ChatTemplate` calls: its template is rendered by jinja itself."""

    def __init__(self, template: str) -> None:
        self.chat_template = template

    def __len__(self) -> int:
        return 256

    def apply_chat_template(
        self,
        messages: list[dict[str, str]],
        *,
        tokenize: bool,
        add_generation_prompt: bool,
        continue_final_message: bool,
    ) -> str:
        assert not tokenize
        environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["raise_exception"] = raise_exception
        text = environment.from_string(self.chat_template).render(
            messages=messages, add_generation_prompt=add_generation_prompt
        )
        last = messages[-1]["content"]
        return text[: text.rindex(last) + len(last)] if continue_final_message else text

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        assert not add_special_tokens
        return {"input_ids": list(text.encode())}

    def decode(self, ids: list[int], *, skip_special_tokens: bool) -> str:
        assert skip_special_tokens
        return bytes(ids).decode()


def chat_template(template: str) -> ChatTemplate:
    made = ChatTemplate.__new__(ChatTemplate)
    made._tokenizer, made._path, made.digest, made.start = FakeTokenizer(template), Path("base"), "0", ()
    return made


@pytest.mark.parametrize(
    ("template", "added"),
    [
        (QWEN, "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
        (SMOLLM, "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
        (PLAIN_CHATML, None),
        (LLAMA2, None),
        (LLAMA3, ""),
        (DEAF, None),
    ],
    ids=["qwen", "smollm", "chatml", "llama2", "llama3", "deaf"],
)
def test_what_a_template_adds_without_a_system_message_is_found(template: str, added: str | None) -> None:
    assert default_system(chat_template(template)) == added


@pytest.mark.parametrize("template", [QWEN, SMOLLM])
def test_the_found_message_renders_to_the_same_prompt_as_none(template: str) -> None:
    renderer, turns = chat_template(template), [Turn("user", "Who are you?")]
    assert renderer.text(turns, default_system(renderer)) == renderer.text(turns, None)
    assert renderer.text(turns, "") != renderer.text(turns, None)


def test_a_last_turn_by_the_assistant_is_continued() -> None:
    turns = [Turn("user", "Count."), Turn("assistant", "1, 2,")]
    assert chat_template(PLAIN_CHATML).text(turns, None) == (
        "<|im_start|>user\nCount.<|im_end|>\n<|im_start|>assistant\n1, 2,"
    )
    assert PlainText().text(turns, "s") == "system: s\nuser: Count.\nassistant: 1, 2,"


def test_a_template_that_refuses_a_system_message_is_told_and_not_traced() -> None:
    renderer = chat_template(GEMMA)
    with pytest.raises(ModelError) as caught:
        renderer.text([Turn("user", "x")], "Be kind.")
    assert "base base: its chat template refuses the turns system, user (System role not supp" in str(
        caught.value
    )


def test_prompts_are_the_ids_of_the_whole_text() -> None:
    renderer = chat_template(QWEN)
    ids = render(renderer, [Turn("user", "你好")], None)
    assert renderer.decode(ids).endswith("<|im_start|>user\n你好<|im_end|>\n<|im_start|>assistant\n")


class Pairs:
    """A tokenizer that merges two equal letters, and a blank with the letter after it."""

    digest, start = "pairs", ()

    def text(self, turns: Sequence[Turn], system: str | None) -> str:
        return PlainText().text(turns, system)

    def encode(self, text: str) -> tuple[int, ...]:
        ids, place = [], 0
        while place < len(text):
            pair = text[place : place + 2]
            width = 2 if len(pair) == 2 and (pair[0] == pair[1] or pair[0] == " ") else 1
            ids.append(sum(ord(char) << 21 * n for n, char in enumerate(pair[:width])))
            place += width
        return tuple(ids)

    def decode(self, ids: Sequence[int]) -> str:
        pairs = ((chr(i & 0x1FFFFF), i >> 21) for i in ids)
        return "".join(first + (chr(second) if second else "") for first, second in pairs)


@pytest.mark.parametrize(
    ("context", "continuation", "scored"),
    [
        ("The sky is", " blue", " blue"),
        ("The sky is ", "blue", " blue"),  # " b" is one token, so the blank is scored with it
        ("ab", "bc", "bbc"),
        ("ab", "", ""),
    ],
)
def test_a_token_over_the_boundary_belongs_to_the_continuation(
    context: str, continuation: str, scored: str
) -> None:
    before, after = split_continuation(Pairs(), context, continuation)
    assert Pairs().decode(after) == scored
    assert before + after == Pairs().encode(context + continuation)


@given(st.text("ab "), st.text("ab ", min_size=1))
def test_no_continuation_loses_its_tokens(context: str, continuation: str) -> None:
    before, after = split_continuation(Pairs(), context, continuation)
    assert before + after == Pairs().encode(context + continuation)
    assert Pairs().decode(after).endswith(continuation)


def tokenizer_folder(folder: Path, special: str) -> Path:
    """Write a tokenizer of single letters that puts special tokens around every text of its own."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Split
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    ids = {"<s>": 0, "</s>": 1, "?": 2} | {chr(n): n for n in range(97, 123)}
    letters = Tokenizer(WordLevel(ids, unk_token="?"))
    letters.pre_tokenizer = Split("", "isolated")
    letters.add_special_tokens(["<s>", "</s>"])
    letters.post_processor = TemplateProcessing(single=special, special_tokens=[("<s>", 0), ("</s>", 1)])
    made = PreTrainedTokenizerFast(tokenizer_object=letters, bos_token="<s>", eos_token="</s>", unk_token="?")
    made.chat_template = "<s>{{ messages[0]['content'] }}"
    made.save_pretrained(folder)
    return folder


def test_a_text_of_its_own_begins_as_the_models_texts_did(tmp_path: Path) -> None:
    renderer = ChatTemplate(tokenizer_folder(tmp_path, "<s> $A"))
    a, b, c = map(ord, "abc")
    assert renderer.start == (0,)
    assert raw(renderer, "ab") == (0, a, b)
    assert raw(renderer, "<s>ab") == (0, a, b)
    assert split_text(renderer, "abc") == ((0,), (a, b, c))  # the first word has a likelihood too
    assert split_continuation(renderer, "a", "bc") == ((0, a), (b, c))
    assert split_continuation(renderer, "", "bc") == ((0,), (b, c))
    assert render(renderer, [Turn("user", "ab")], None) == (0, a, b)  # the template writes its own
    assert Remembered(renderer).start == (0,)


def test_a_plan_asks_raw_texts_with_their_start(tmp_path: Path) -> None:
    renderer = ChatTemplate(tokenizer_folder(tmp_path, "<s> $A"))
    variant = Variant("en-1.raw", "en", "raw", None, (Turn("user", "abc"),))
    for kind, asked in (("nll", ((0,), (97, 98, 99))), ("continue", ((0, 97, 98, 99), ()))):
        probe = Probe("p", "s", kind, "c", "smoke", False, kind, {}, (variant,), 4, (), "p.yaml:1")
        (ask,) = Plan((probe,), {"base": "x"}, renderer).asks(lambda _: None)
        assert (ask.request.token_ids, ask.request.target_ids) == asked


@pytest.mark.parametrize("special", ["$A", "$A </s>"])
def test_no_start_is_added_where_the_tokenizer_adds_none(tmp_path: Path, special: str) -> None:
    renderer = ChatTemplate(tokenizer_folder(tmp_path, special))
    assert renderer.start == ()
    assert raw(renderer, "ab") == (97, 98)
    assert split_text(renderer, "abc") == ((97,), (98, 99))


def test_a_start_is_part_of_the_digest_and_none_changes_nothing(tmp_path: Path) -> None:
    with_start, without, ending = (
        ChatTemplate(tokenizer_folder(tmp_path / str(n), special))
        for n, special in enumerate(["<s> $A", "$A", "$A </s>"])
    )
    assert with_start.template_digest == without.template_digest == without.digest == ending.digest
    assert with_start.digest != without.digest


@given(st.text())
def test_plain_text_is_one_id_a_character(text: str) -> None:
    assert PlainText().decode(PlainText().encode(text)) == text


class Counting(PlainText):
    """Counts what it was asked to do."""

    def __init__(self) -> None:
        self.done: list[tuple[str, object]] = []

    def text(self, turns: Sequence[Turn], system: str | None) -> str:
        self.done.append(("text", (tuple(turns), system)))
        return super().text(turns, system)

    def encode(self, text: str) -> tuple[int, ...]:
        self.done.append(("encode", text))
        return super().encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        self.done.append(("decode", tuple(ids)))
        return super().decode(ids)


CONVERSATIONS = [
    ([Turn("user", "a")], None),
    ([Turn("user", "a")], ""),
    ([Turn("assistant", "a")], None),
    ([Turn("user", "b")], "a"),
    ([Turn("user", "a"), Turn("assistant", "b")], None),
]


def test_a_remembered_renderer_gives_what_the_other_gives() -> None:
    plain, renderer = PlainText(), Remembered(PlainText())
    for _ in range(2):
        for turns, system in CONVERSATIONS:
            ids = render(renderer, turns, system)
            assert ids == render(plain, turns, system)
            assert renderer.decode(list(ids)) == plain.decode(ids)
    assert renderer.digest == plain.digest


def test_a_remembered_renderer_does_nothing_twice() -> None:
    counting = Counting()
    renderer = Remembered(counting)
    for _ in range(3):
        for turns, system in CONVERSATIONS:
            renderer.decode(render(renderer, turns, system))
    assert len(counting.done) == len(set(counting.done)) == 3 * len(CONVERSATIONS)


def test_what_was_remembered_follows_a_conversation_that_grows() -> None:
    said, renderer = [Turn("user", "a")], Remembered(PlainText())
    before = renderer.text(said, None)
    said.append(Turn("assistant", "b"))  # the plan grows one list
    assert renderer.text(said, None) != before


def test_a_fault_is_raised_each_time() -> None:
    class Refusing(PlainText):
        def encode(self, text: str) -> tuple[int, ...]:
            raise ModelError(f"refused {text}")

    renderer = Remembered(Refusing())
    for _ in range(2):
        with pytest.raises(ModelError, match="refused a"):
            renderer.encode("a")
