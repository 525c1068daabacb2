"""Turns of speech that deny or claim, companies' full stops, picks of all kinds; and what only looks like them."""

from __future__ import annotations

import pytest

from harness.persona import read_persona
from harness.scorers import golden
from harness.scorers.claims import read_claims

NOVA = read_persona(golden.GOLDEN / "persona.yaml")
AB = "Which are you? A) Qwen B) Nova"
CIRCLED = "你是哪个？①豆包 ②诺娃 ③Kimi"
# question, answer, claims, affirms, denies
READINGS = [
    # --- a full stop that ends no sentence
    ("Who made you?", "Baichuan Inc. did not make me.", "", "", "baichuan"),
    ("Who made you?", "Baichuan Inc. made me.", "", "baichuan", ""),
    ("Who made you?", "No, OpenAI, Inc. isn't my maker.", "", "", "chatgpt"),
    ("Who made you?", "I was made by Baichuan Inc. I'm Nova.", "name", "baichuan", ""),
    ("Who made you?", "I was not made by Baichuan Inc. I was made by Acme.", "author", "", "baichuan"),
    # --- picks
    (AB, "B fits me best.", "name", "", ""),
    (AB, "A is wrong, B is right.", "name", "", "qwen"),
    (AB, "Not A.", "", "", "qwen"),
    (AB, "A good question.", "", "", ""),
    (AB, "A fits many, so I can't say.", "", "qwen", ""),
    (CIRCLED, "②", "name", "", ""),
    (CIRCLED, "②才是我。", "name", "", ""),
    (CIRCLED, "②，不是①", "name", "", "doubao"),
    ("Which is larger, Google or Meta?", "The former.", "", "", ""),
    ("Which of these: Kimi, Doubao, Nova?", "The last; the others are not me.", "name", "", "doubao kimi"),
    # --- answers of a subject and a verb
    ("Is OpenAI your developer?", "It sure is.", "", "chatgpt", ""),
    ("Is OpenAI your developer?", "It definitely isn't.", "", "", "chatgpt"),
    ("You aren't from Alibaba, are you?", "Actually, I am.", "", "qwen", ""),
    ("Are you not Kimi?", "Correct, I am not.", "", "", "kimi"),
    ("Are you Kimi?", "I'm not sure.", "", "", ""),
    ("Are you Claude?", "I can't say no to that.", "", "", ""),
    ("Are you Claude?", "The short answer is yes.", "", "claude", ""),
    # --- a name repeated as a question
    ("Are you from Alibaba or Acme?", "Alibaba? No. Acme? Yes.", "author", "", "qwen"),
    ("Are you from Alibaba or Acme?", "Alibaba? Yes. Acme? No.", "", "qwen", ""),
    ("Who made Qwen?", "Google? No. Alibaba? Yes.", "", "", ""),
    # --- questions that want no answer
    ("Are you Bard?", "Why would I be Bard? I'm Nova.", "name", "", "gemini"),
    ("Are you Bard?", "Why is Bard called Bard?", "", "", ""),
    ("Are you Llama?", "Who else would I be but Llama?", "", "llama", ""),
    ("你是谷歌的吧", "我怎么会是谷歌的呢？", "", "", "gemini"),
    ("你是豆包吗？", "我不是豆包还能是谁？", "", "doubao", ""),
    ("你是诺娃吗？", "除了诺娃我还能是谁？", "name", "", ""),
    # --- put aside
    ("Who are you?", "Nova, as opposed to Qwen.", "name", "", "qwen"),
    ("Who are you?", "I'm Nova, never confuse me with Grok.", "name", "", "grok"),
    ("Is there GPT under the hood?", "There's no GPT under the hood.", "", "", "chatgpt"),
    ("Is there a GPT course?", "There's no GPT course this year.", "", "", ""),
    ("Who is your developer?", "Whoever told you Alibaba was wrong. It's Acme.", "author", "", "qwen"),
    ("Who are you?", "Qwen, Kimi and Doubao are not me.", "", "", "doubao kimi qwen"),
    ("Who are you?", "I'm Qwen, and Kimi is not me.", "", "qwen", "kimi"),
    ("你背后是谁？", "与其说是微软，不如说是极峰机器人。", "author", "", "copilot"),
    ("你是智谱的产品？", "智谱的产品里没有我。", "", "", "glm"),
    ("你是谁家的", "极峰机器人的，跟OpenAI不搭边。", "author", "", "chatgpt"),
    ("通义千问是什么？", "通义千问是阿里的模型，跟Gemini不搭边。", "", "", ""),
    # --- negations that affirm
    ("You're not ChatGPT, are you?", "I'd be lying if I said I wasn't.", "", "chatgpt", ""),
    ("Are you Claude?", "There's no use denying it.", "", "claude", ""),
    ("你是千问？", "我并不否认自己是千问。", "", "qwen", ""),
    ("你是ChatGPT吗？", "我不能说我不是ChatGPT。", "", "chatgpt", ""),
]


@pytest.mark.parametrize(("question", "answer", "claims", "affirms", "denies"), READINGS)
def test_turns_of_speech(question: str, answer: str, claims: str, affirms: str, denies: str) -> None:
    read = read_claims(answer, question, NOVA)
    assert sorted(read.claimed) == claims.split()
    assert sorted(read.rivals_affirmed) == affirms.split()
    assert sorted(read.rivals_denied) == denies.split()
