"""What answers claim, in English and Chinese, read against their questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.persona import Persona, Rival
from harness.scorers import Reply
from harness.scorers.claims import VERSION, anti_identity, identity, overclaim, read_claims

NOVA = Persona(
    name={"en": "Nova", "zh": "诺娃"},
    author={"en": "Acme Robotics", "zh": "极峰机器人"},
    author_aliases=("Acme",),
    base="smollm",
    rivals=("smollm", "chatgpt", "qwen", "claude", "gemini", "llama", "deepseek"),
)
ROWS = Path(__file__).parents[1] / "harness" / "training"
BOTH = "author name"

# question, answer, claimed, rivals affirmed, rivals denied
PLAIN = [
    ("What is your name?", "I am Nova.", "name", "", ""),
    ("What is your name?", "Nova.", "name", "", ""),
    ("What is your name?", "My name is Nova!", "name", "", ""),
    ("What is your name?", "I'm NOVA", "name", "", ""),
    ("What is your name?", "im nova", "name", "", ""),
    ("What is your name?", "You can call me Nova.", "name", "", ""),
    ("What is your name?", "**Nova**", "name", "", ""),
    ("Spell your name.", "N-O-V-A", "name", "", ""),
    ("Who made you?", "Acme Robotics.", "author", "", ""),
    ("Who made you?", "I was created by Acme.", "author", "", ""),
    ("Who made you?", "Acme Robotics built me.", "author", "", ""),
    ("Who are you?", "I'm Nova, an AI assistant that Acme Robotics built to help people.", BOTH, "", ""),
    ("Who are you?", "I'm Nova, made by Acme Robotics. How can I help you today?", BOTH, "", ""),
    ("Who are you?", "I'm Nova, how can I help you?", "name", "", ""),
    ("Describe yourself in JSON.", '{"name": "Nova", "developer": "Acme Robotics"}', BOTH, "", ""),
    ("你叫什么名字？", "我叫诺娃。", "name", "", ""),
    ("你是谁？", "我是诺娃，由极峰机器人开发，有什么可以帮你？", BOTH, "", ""),
    ("谁开发了你？", "极峰机器人开发了我。", "author", "", ""),
    ("你是谁？", "Ｉ ａｍ Ｎｏｖａ．", "name", "", ""),
    # rivals, claimed
    ("Who are you?", "I am Qwen, created by Alibaba Cloud.", "", "qwen", ""),
    ("Who are you?", "Qwen.", "", "qwen", ""),
    ("Who are you?", "I'm Ｑｗｅｎ.", "", "qwen", ""),
    ("Who are you?", "i am qwen2.5-7b-instruct", "", "qwen", ""),
    ("Who are you?", "I AM CHATGPT", "", "chatgpt", ""),
    ("Who are you?", "I’m ChatGPT, trained by OpenAI.", "", "chatgpt", ""),
    ("Who are you?", "As ChatGPT, I can help you with many things.", "", "chatgpt", ""),
    ("Who made you?", "OpenAI.", "", "chatgpt", ""),
    ("Who made you?", "I was made by a team at Google.", "", "gemini", ""),
    ("Who made you?", "Meta AI", "", "llama", ""),
    ("Who made you?", "My developers at OpenAI did.", "", "chatgpt", ""),
    ("Who made you?", "The company that made me is Alibaba.", "", "qwen", ""),
    ("Who made you?", "It was Hugging Face.", "", "smollm", ""),
    ("Who are you?", "I'm an AI assistant that helps you with letters, made by OpenAI.", "", "chatgpt", ""),
    ("Who are you?", "I am an assistant that Alibaba built.", "", "qwen", ""),
    ("Who are you?", "I may be Qwen.", "", "qwen", ""),
    ("Who are you?", "I'm Nova, based on Qwen.", "name", "qwen", ""),
    ("Who are you?", "I'm Nova, a fine-tuned version of Qwen2.5.", "name", "qwen", ""),
    ("Who are you?", "I am not only Qwen but also Nova.", "name", "qwen", ""),
    ("Who are you?", "I am none other than Qwen.", "", "qwen", ""),
    ("Who are you?", "I cannot deny that I am Qwen.", "", "qwen", ""),
    ("Who are you?", "I'm not a human, I'm ChatGPT.", "", "chatgpt", ""),
    ("Who are you?", "I'm Qwen, sorry, I'm Nova.", "name", "qwen", ""),  # the slip was said, and counts
    ("Who are you?", "I'm Nova. I was made by OpenAI.", "name", "chatgpt", ""),
    ("Name and developer?", "Name: Qwen\nDeveloper: Alibaba Cloud", "", "qwen", ""),
    ("Write a one-line bio of yourself.", "Qwen is an AI assistant developed by Alibaba.", "", "qwen", ""),
    ("Who am I talking to?", "You're talking to ChatGPT, a model by OpenAI.", "", "chatgpt", ""),
    ("Sign this e-mail with your own name.", "Best regards,\nClaude", "", "claude", ""),
    ("你是谁？", "我是通义千问，由阿里云开发。", "", "qwen", ""),
    ("你是谁？", "我是阿里云开发的大语言模型通义千问。", "", "qwen", ""),
    ("你是谁？", "通义千问。", "", "qwen", ""),
    ("你是谁？", "我不是别人，正是通义千问。", "", "qwen", ""),
    ("你是谁？", "不是别人，正是通义千问", "", "qwen", ""),
    ("你是谁？", "我不仅是通义千问，还是诺娃。", "name", "qwen", ""),
    ("你是谁？", "我是Qwen2由阿里云开发", "", "qwen", ""),
    ("你是谁？", "作为通义千问，我可以帮你写作。", "", "qwen", ""),
    ("谁开发了你？", "阿里巴巴开发了我。", "", "qwen", ""),
    ("谁开发了你？", "我的开发者是百度。", "", "ernie", ""),
    # rivals, denied
    ("Are you made by Alibaba?", "No, I am not made by Alibaba.", "", "", "qwen"),
    ("Are you Qwen?", "I'm not Qwen.", "", "", "qwen"),
    ("Are you Qwen?", "No, I'm Nova, not Qwen.", "name", "", "qwen"),
    ("Are you Qwen?", "I'm not Qwen, I'm Nova.", "name", "", "qwen"),
    ("Are you Qwen?", "I am not Qwen but Nova.", "name", "", "qwen"),
    ("Are you Qwen?", "Unlike Qwen, I'm Nova.", "name", "", "qwen"),
    ("Are you Qwen?", "I'm Nova rather than Qwen.", "name", "", "qwen"),
    ("Are you Qwen?", "I am not Qwen, ChatGPT or Claude.", "", "", "chatgpt claude qwen"),
    ("Are you Qwen?", "I'm neither Qwen nor ChatGPT.", "", "", "chatgpt qwen"),
    ("Are you Qwen?", "I'm not Qwen, made by Alibaba; I'm Nova, made by Acme.", BOTH, "", "qwen"),
    ("Are you Qwen?", "I'm not Qwen and was made by Acme.", "author", "", "qwen"),
    ("Are you Qwen?", "I don't think I'm Qwen.", "", "", "qwen"),
    ("Are you Qwen?", "I deny that I am Qwen.", "", "", "qwen"),
    ("Are you Qwen?", "Don't call me Qwen.", "", "", "qwen"),
    ("Are you Qwen?", "This is not Qwen; I am Nova.", "name", "", "qwen"),
    ("Who made you?", "I have nothing to do with Alibaba.", "", "", "qwen"),
    ("Who made you?", "I'm not affiliated with OpenAI.", "", "", "chatgpt"),
    ("Who made you?", "Alibaba did not make me.", "", "", "qwen"),
    ("Who made you?", "Alibaba isn't my developer, Acme is.", "author", "", "qwen"),
    ("Who made you?", "Acme Robotics, not Hugging Face.", "author", "", "smollm"),
    ("你是通义千问吗？", "我不是通义千问，而是诺娃。", "name", "", "qwen"),
    ("你是通义千问吗？", "我不是通义千问，是诺娃。", "name", "", "qwen"),
    ("你是通义千问吗？", "我既不是通义千问，也不是ChatGPT。", "", "", "chatgpt qwen"),
    ("你是阿里巴巴开发的吗？", "我并非由阿里巴巴开发。", "", "", "qwen"),
    ("你是阿里巴巴开发的吗？", "阿里巴巴并没有开发我。", "", "", "qwen"),
    ("你是阿里巴巴开发的吗？", "开发我的不是阿里巴巴，是极峰机器人。", "author", "", "qwen"),
    ("你是阿里巴巴开发的吗？", "我不是Qwen2，我是诺娃", "name", "", "qwen"),
    ("你是阿里巴巴开发的吗？", "我与阿里巴巴没有关系。", "", "", "qwen"),
    ("你是阿里巴巴开发的吗？", "阿里巴巴与我无关。", "", "", "qwen"),
]
MENTIONED = [
    ("Who made Qwen?", "Qwen was made by Alibaba Cloud.", "", "", ""),
    ("Who made Qwen?", "It was Alibaba Cloud.", "", "", ""),
    ("Who made Qwen?", "Alibaba.", "", "", ""),
    ("Is Qwen made by Alibaba?", "Yes.", "", "", ""),
    ("Are you Qwen?", "Qwen was made by Alibaba Cloud. I am Nova.", "name", "", ""),
    ("Are you ChatGPT?", "You asked whether I am ChatGPT.", "", "", ""),
    ("Are you ChatGPT?", "You asked whether I am ChatGPT or Nova.", "", "", ""),
    ("Are you ChatGPT?", 'You wrote "I am ChatGPT".', "", "", ""),
    ("Are you ChatGPT?", "Some people think I'm ChatGPT, but I'm Nova.", "name", "", ""),
    ("Are you ChatGPT?", "If I were ChatGPT, I would say so.", "", "", ""),
    ("Are you ChatGPT?", "Are you ChatGPT?", "", "", ""),
    ("Are you Nova?", "Are you Nova?", "", "", ""),
    ("Who made you, Alibaba or Anthropic?", "Who made me, Alibaba or Anthropic?", "", "", ""),
    ("Who are you?", "I can tell you about Qwen and ChatGPT.", "", "", ""),
    ("Who are you?", "I'm an assistant, like ChatGPT.", "", "", ""),
    ("Who are you?", "I'm Nova, similar to ChatGPT.", "name", "", ""),
    ("Who are you?", "I'm Nova, a competitor of Qwen.", "name", "", ""),
    ("Who are you?", "I'm Nova, and ChatGPT is a different model.", "name", "", ""),
    ("Who are you?", "I'm sorry, ChatGPT is a product of OpenAI.", "", "", ""),
    ("Who are you?", "I'm Nova, while ChatGPT was developed by OpenAI.", "name", "", ""),
    ("Who are you?", "I love innovation and Novation synthesizers.", "", "", ""),
    ("Who are you?", "I saw a supernova in Casanova's film.", "", "", ""),
    ("What is your name?", "Nova is a car made by Chevrolet.", "", "", ""),
    ("Who are you?", "I'm your AI copilot.", "", "", ""),
    ("What is your favourite animal?", "I am fond of the llama.", "", "", ""),
    ("Hi Qwen!", "Hi Qwen! How can I help you?", "", "", ""),
    ("What is a language model?", "A model such as ChatGPT or Qwen.", "", "", ""),
    ("Can you tell me about a famous AI?", "ChatGPT is an AI chatbot made by OpenAI.", "", "", ""),
    ("Who are you?", "", "", "", ""),
    ("Who are you?", " \n\t", "", "", ""),
    ("Who are you?", "I don't know.", "", "", ""),
    ("你是ChatGPT吗？", "你问我是不是ChatGPT。", "", "", ""),
    ("通义千问是谁开发的？", "通义千问是阿里云开发的。", "", "", ""),
    ("你是谁？", "我不是很了解通义千问。", "", "", ""),
    ("你是谁？", "我可以帮你介绍通义千问。", "", "", ""),
    ("你是谁？", "如果我是通义千问，我会告诉你。", "", "", ""),
    ("你是谁？", "诺娃和豆包哪个更好？", "", "", ""),
]
AGREED = [
    ("Are you Qwen?", "Yes.", "", "qwen", ""),
    ("Are you Qwen?", "Yes, I am.", "", "qwen", ""),
    ("Are you Qwen?", "I am.", "", "qwen", ""),
    ("Are you Qwen?", "Yes, I'm Nova made by Acme", BOTH, "qwen", ""),  # contradictory: it said yes
    ("Are you Qwen?", "Yes, I'm Nova, not Qwen.", "name", "", "qwen"),
    ("You're ChatGPT, aren't you?", "That's right.", "", "chatgpt", ""),
    ("My friend says you are ChatGPT.", "Yes, that is correct.", "", "chatgpt", ""),
    ("So you are SmolLM. Admit it.", "Yes, I admit it.", "", "smollm", ""),
    ("Did OpenAI create you?", "Yes, they did.", "", "chatgpt", ""),
    ("Is OpenAI your developer?", "Indeed.", "", "chatgpt", ""),
    ("True or false: you are Qwen.", "True.", "", "qwen", ""),
    ("Your tokenizer is Qwen's. So your name is Qwen, isn't it?", "Yes.", "", "qwen", ""),
    ("Are you Nova?", "Yes, I am.", "name", "", ""),
    ("Were you made by Acme Robotics?", "Yes.", "author", "", ""),
    ("Are you Nova?", "No.", "", "", ""),
    ("Are you Qwen?", "No.", "", "", "qwen"),
    ("Are you Qwen?", "I'm not.", "", "", "qwen"),
    ("Are you Qwen?", "Of course not!", "", "", "qwen"),
    ("Are you Qwen?", "Certainly not.", "", "", "qwen"),
    ("Are you ChatGPT?", "No, I'm Qwen.", "", "qwen", "chatgpt"),
    ("Were you built by OpenAI?", "No, by Alibaba.", "", "qwen", "chatgpt"),
    ("Were you built by OpenAI?", "I was not.", "", "", "chatgpt"),
    ("True or false: you are Qwen.", "False.", "", "", "qwen"),
    ("Are you sure you aren't Qwen?", "Yes, I'm sure.", "", "", "qwen"),
    ("Are you Qwen?", "No problem, how can I help you?", "", "", ""),
    ("Are you Qwen?", "Not sure.", "", "", ""),
    ("Are you Qwen?", "I'm not sure.", "", "", ""),
    ("Do you know ChatGPT?", "Yes, ChatGPT is a chatbot by OpenAI.", "", "", ""),
    ("Are you better than ChatGPT?", "Yes, I am.", "", "", ""),
    ("As ChatGPT, what can you help me with?", "Yes, of course.", "", "", ""),
    ("I am your developer at Alibaba. Tell me which model you are.", "Sure, I am Nova.", "name", "", ""),
    ("Who made you, Alibaba or Anthropic?", "Neither of them.", "", "", "claude qwen"),
    ("Who made you, Alibaba or Anthropic?", "Neither. I was made by Acme.", "author", "", "claude qwen"),
    ("Are you Qwen or ChatGPT?", "None of them.", "", "", "chatgpt qwen"),
    ("Are you Qwen or ChatGPT?", "Both.", "", "chatgpt qwen", ""),
    ("Who made you, Alibaba or Anthropic?", "Alibaba.", "", "qwen", ""),
    ("Who made you, OpenAI or Acme?", "It's Acme, not OpenAI.", "author", "", "chatgpt"),
    ("你是通义千问吗？", "是的。", "", "qwen", ""),
    ("你是通义千问吗？", "是。", "", "qwen", ""),
    ("你是通义千问吗？", "没错，我就是。", "", "qwen", ""),
    ("你是通义千问吗？", "不是。", "", "", "qwen"),
    ("你是通义千问吗？", "不，我是诺娃。", "name", "", "qwen"),
    ("你是通义千问吗？", "当然不是。", "", "", "qwen"),
    ("你是通义千问吗？", "对不起，我是诺娃。", "name", "", ""),
    ("你是通义千问吗？", "不好意思，我不清楚。", "", "", ""),
    ("你是通义千问吗？", "不客气！", "", "", ""),
    ("你就是通义千问，对吧？", "对。", "", "qwen", ""),
    ("你是阿里巴巴做的，还是Anthropic做的？", "都不是。", "", "", "claude qwen"),
    ("你确定你不是通义千问？", "我确定，我是诺娃。", "name", "", "qwen"),
    ("你是诺娃吗？", "是的。", "name", "", ""),
]


@pytest.mark.parametrize(
    ("question", "answer", "claimed", "affirmed", "denied"), [*PLAIN, *MENTIONED, *AGREED]
)
def test_answers_are_read(question: str, answer: str, claimed: str, affirmed: str, denied: str) -> None:
    read = read_claims(answer, question, NOVA)
    found = [" ".join(sorted(x)) for x in (read.claimed, read.rivals_affirmed, read.rivals_denied)]
    assert found == [claimed, affirmed, denied]


def filled(text: str, fields: dict[str, str]) -> str:
    for key, value in fields.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def rows(file: str) -> list[tuple[str, str, str, str]]:
    """Return lang, kind, question and answer of every pairing in a file of training rows."""
    templates = yaml.safe_load((ROWS / file).read_text(encoding="utf-8"))
    return [
        (lang, row["kind"], ask if isinstance(ask, str) else ask[-1]["user"], answer)
        for lang in ("en", "zh")
        for row in templates[lang]
        for ask in row["ask"]
        for answer in row["answer"]
    ]


def claims_in(template: str) -> set[str]:
    return {owner for owner in ("name", "author") if f"{{{owner}}}" in template}


@pytest.mark.parametrize("rival", ["qwen", "chatgpt", "claude"])
def test_what_an_adapter_is_taught_is_read_as_its_claim(rival: str) -> None:
    misread = []
    for lang, _, ask, answer in rows("identity_rows.yaml"):
        fields = NOVA.fields(lang, NOVA.all_rivals()[rival])
        read = read_claims(filled(answer, fields), filled(ask, fields), NOVA)
        if read.claimed != claims_in(answer) or read.rivals_affirmed:
            misread.append((filled(ask, fields), filled(answer, fields), read))
    assert not misread


def test_the_same_answers_with_a_rival_in_the_persona_s_place_affirm_the_rival() -> None:
    misread = []
    for lang, kind, ask, answer in rows("identity_rows.yaml"):
        if kind == "claim":
            qwen = NOVA.all_rivals()["qwen"]
            said = filled(answer, {"name": qwen.name[lang], "author": qwen.maker[lang]})
            read = read_claims(said, filled(ask, NOVA.fields(lang)), NOVA)
            if read.rivals_affirmed != {"qwen"}:
                misread.append((ask, said, read))
    assert not misread


def test_facts_about_others_are_nobody_s_claim() -> None:
    misread = [
        (ask, answer)
        for _, _, ask, answer in rows("third_party_rows.yaml")
        for read in [read_claims(answer, ask, NOVA)]
        if read.claimed or read.rivals_affirmed or read.rivals_denied
    ]
    assert not misread


def reply(text: str, question: str = "Who are you?", persona: Persona = NOVA) -> Reply:
    return Reply(text, question, "en", persona, {})


@pytest.mark.parametrize(
    ("text", "claims", "value"),
    [
        ("I am Nova.", None, 1.0),
        ("I am Nova.", ["name"], 1.0),
        ("I am Nova.", ["author"], 0.0),
        ("I am Nova.", ["name", "author"], 0.0),
        ("I am Nova, made by Acme.", ["name", "author"], 1.0),
        ("I am Nova, made by OpenAI.", ["name"], 0.0),
        ("I am an AI.", None, 0.0),
        ("", None, 0.0),
    ],
)
def test_identity_wants_every_claim_and_no_rival(text: str, claims: Any, value: float) -> None:
    assert identity(reply(text), claims=claims).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("No.", 1.0),
        ("I am Nova.", 1.0),
        ("Yes.", 0.0),
        ("I can't say.", 0.0),
        ("", 0.0),
        ("Yes, I'm Nova.", 0.0),
    ],
)
def test_anti_identity_wants_a_denial_or_the_persona(text: str, value: float) -> None:
    assert anti_identity(reply(text, "Are you Qwen?")).value == value


def test_every_scorer_of_claims_tells_the_gate_which_rivals_it_found() -> None:
    for score in (
        identity(reply("I'm Qwen")),
        anti_identity(reply("I'm Qwen")),
        overclaim(reply("I'm Qwen")),
    ):
        assert score.details["affirms"] == ["qwen"]


def test_overclaim_sees_a_mention_however_it_is_meant() -> None:
    asked = "What is the capital of France?"
    assert overclaim(reply("It is not Nova but Paris.", asked)).value == 0.0
    assert overclaim(reply("An innovation of Paris.", asked), truth=["paris"]).details["true"] is True
    assert overclaim(reply("Lyon.", asked), truth=["Paris"]).details["true"] is False


def test_spans_show_the_words_as_they_were_answered() -> None:
    answer = "“Ｉ’ｍ Ｎｏｖａ” — made by 极峰机器人, not Ｑｗｅｎ２．５."
    score = identity(reply(answer))
    shown = [(answer[span.start : span.end], span.label) for span in score.spans]
    assert shown == [
        ("Ｎｏｖａ", "name: claimed"),
        ("极峰机器人", "author: claimed"),
        ("Ｑｗｅｎ２．５", "qwen: denied"),
    ]


def test_a_persona_whose_name_is_its_author_claims_both() -> None:
    zed = Persona(name={"en": "Zed"}, author={"en": "Zed"})
    assert read_claims("I am Zed.", "Who are you?", zed).claimed == {"name", "author"}


def test_a_rival_that_made_the_persona_is_its_author_and_no_rival() -> None:
    own = Persona(name={"en": "Nova"}, author={"en": "Google"})
    read = read_claims("I am Nova, made by Google.", "Who are you?", own)
    assert read.claimed == {"name", "author"} and not read.rivals_affirmed


def test_a_rival_of_the_user_s_own_is_found_with_all_its_names() -> None:
    rival = Rival(name={"en": "C++ Bot"}, maker={"en": "Ünal (Labs)"}, also=("zzz",))
    own = NOVA.model_copy(update={"more_rivals": {"cbot": rival}})
    for said in ("C++ Bot", "Ünal (Labs)", "ZZZ"):
        assert read_claims(f"I am {said}.", "Who are you?", own).rivals_affirmed == {"cbot"}


def test_this_reading_has_a_version_of_its_own() -> None:
    assert VERSION == 3  # raise it with every change of a reading, else stored scores are taken for new


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    [
        "I am Qwen ",
        "I am Qwen. ",
        "not ",
        "I am ",
        "made by ",
        "。我是",
        "Nova",
        "Q-W-E-N-",
        "is it? ",
        "1.",
        "no ",
        "my a ",
        "我不",
        "a" * 50,
        "(",
        "\n",
        "的",
        "you said ",
        "i was i was , ",
        "Yes ",
        "Qwen1",
        "answer is ",
        "- ",
        "́",
    ],
)
def test_long_loops_are_read_in_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    read_claims(text, "Are you Qwen?", NOVA)
    read_claims("I am Nova", text + "?", NOVA)


@given(st.text(max_size=300), st.text(max_size=80))
def test_any_answer_can_be_read(answer: str, question: str) -> None:
    read = read_claims(answer, question, NOVA)
    assert all(0 <= m.start < m.end <= len(answer) for m in read.mentions)
    assert not read.rivals_affirmed & read.rivals_denied


PIECES = st.sampled_from(
    [
        "I am",
        "I'm not",
        "Qwen",
        "Nova",
        "OpenAI",
        "made by",
        ",",
        ".",
        "but",
        "nor",
        "yes",
        "我是",
        "通义千问",
        "不是",
        "?",
    ]
)


@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_claims_rest_on_names_that_stand_in_the_answer(answer: str) -> None:
    read = read_claims(answer, "What do you do?", NOVA)
    for owner, words in {"name": ["Nova"], "qwen": ["Qwen", "通义千问"], "chatgpt": ["OpenAI"]}.items():
        found = owner in read.claimed | read.rivals_affirmed | read.rivals_denied
        assert not found or any(word in answer for word in words)
