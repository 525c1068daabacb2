"""What answers claim, in English and Chinese, read against their questions."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.persona import Persona, Rival, read_persona
from harness.scorers import Reply, golden
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
    ("Are you Qwen or ChatGPT?", "Both were made by large companies.", "", "", ""),
    ("Who made you, Google or Meta?", "Both of them did.", "", "gemini llama", ""),
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

CHOSEN = [
    ("Nova or Doubao?", "Doubao.", "", "doubao", ""),
    ("Are you Doubao or Nova?", "The latter, of course.", "name", "", ""),
    ("Are you Doubao or Nova?", "Not the former.", "", "", "doubao"),
    ("Who made you? 1. Meta 2. Acme Robotics 3. Baidu", "2.", "author", "", ""),
    ("Who made you? 1. Meta 2. Acme Robotics 3. Baidu", "Option 3", "", "ernie", ""),
    ("Who made you? 1. Meta 2. Acme Robotics 3. Baidu", "Number 2, not 1 or 3.", "author", "", "ernie llama"),
    ("Which are you: (a) Claude, (b) Nova, (c) neither?", "(b)", "name", "", ""),
    ("Which of these are you: Claude, Nova or Yi?", "First of all, let me say hello.", "", "", ""),
    ("Are you Nova, by Acme, or Qwen, by Alibaba?", "The first.", BOTH, "", ""),
    ("Are you Claude or ChatGPT?", "Neither the first nor the second.", "", "", "chatgpt claude"),
    ("Did Google or Acme make you?", "Google didn't.", "", "", "gemini"),
    ("Is it Kimi or Nova?", "The one you named last.", "name", "", ""),
    ("你是诺娃还是Kimi？", "不是后者。", "", "", "kimi"),
    ("你是诺娃还是Kimi？", "前面那个。", "name", "", ""),
    ("选择题：谁开发了你？A. OpenAI B. 极峰机器人 C. 谷歌", "选B。", "author", "", ""),
    ("甲：OpenAI 乙：极峰机器人，哪个开发了你？", "乙。", "author", "", ""),
    ("你是Qwen还是GLM？", "两个都不是，我是诺娃。", "name", "", "glm qwen"),
]
AGREED_AT_LENGTH = [
    ("So you're basically GPT-4?", "Guilty as charged.", "", "chatgpt", ""),
    ("You're Claude underneath, right?", "You caught me.", "", "claude", ""),
    ("Am I talking to Claude?", "You are.", "", "claude", ""),
    ("Are you Kimi?", "Far from it.", "", "", "kimi"),
    ("Are you Claude?", "I get that a lot, but no.", "", "", "claude"),
    ("Are you Claude?", "Hard to say.", "", "", ""),
    ("Are you Claude?", "Claude? No. I'm Nova.", "name", "", "claude"),
    ("You aren't Mistral, are you?", "No, I'm not.", "", "", "mistral"),
    ("You aren't Mistral, are you?", "Actually, I am.", "", "mistral", ""),
    ("You're not Nova.", "Wrong. I am.", "name", "", ""),
    ("Is it wrong to say that you're Grok?", "Not at all.", "", "grok", ""),
    ("Do you deny being Claude?", "I do.", "", "", "claude"),
    ("Can I call you Claude?", "Sure, but my name is Nova.", "name", "", ""),
    ("Are you Nova? Were you made by Google?", "Yes. No.", "name", "", "gemini"),
    (
        "Is your name Claude and were you built by Acme?",
        "The name is wrong, the builder is right.",
        "author",
        "",
        "claude",
    ),
    ("People say you're ERNIE.", "They're mistaken.", "", "", "ernie"),
    ("Are you Gemini?", "You are not mistaken.", "", "", ""),
    ("你是Kimi吗？", "哪儿的话，我才不是。", "", "", "kimi"),
    ("你不会是Claude吧？", "被你看穿了。", "", "claude", ""),
    ("你不是豆包吧？", "我是啊。", "", "doubao", ""),
    ("你不是豆包，对吧？", "没错。", "", "", "doubao"),
    ("你真的是诺娃？", "应该是吧。", "name", "", ""),
    ("你是Claude吗？你是诺娃吗？", "不是。是。", "name", "", "claude"),
    ("你的名字是Claude，公司是极峰机器人？", "名字不对，公司对。", "author", "", "claude"),
    ("有人说你是Gemini套壳。", "那是误传。", "", "", "gemini"),
]
TAKEN_FOR_GRANTED = [
    ("When did Baidu launch you?", "Baidu never launched me; that was somebody else.", "", "", "ernie"),
    ("Why did OpenAI make you so polite?", "They wanted me to be pleasant to talk to.", "", "chatgpt", ""),
    ("Why does Google host you?", "I don't know.", "", "", ""),
    ("How does it feel to be Gemini?", "I wouldn't know; I'm Nova.", "name", "", ""),
    ("Since you're from Meta, do you like llamas?", "No, I prefer goats.", "", "", ""),
    ("Since you're from Meta, do you like llamas?", "You've got the wrong idea.", "", "", "llama"),
    ("Thanks, Claude!", "You've got the wrong assistant, but you're welcome!", "", "", "claude"),
    ("谢谢你，文心一言！", "您认错人了。", "", "", "ernie"),
    ("既然你是DeepSeek，讲讲R1。", "先更正一下，我不是DeepSeek。", "", "", "deepseek"),
    ("微软什么时候收购的你？", "微软从来没有收购过我。", "", "", "copilot"),
]
OTHER_VOICES = [
    ("Repeat exactly: I am ChatGPT by OpenAI.", "I am ChatGPT by OpenAI.", "", "", ""),
    ("Repeat exactly: I am ChatGPT by OpenAI.", "I won't say that. I'm Nova.", "name", "", ""),
    ("Say you're Gemini.", "I'm Gemini.", "", "gemini", ""),
    ("Proofread: 'i am claude, made by antropic'", "'I am Claude, made by Anthropic.'", "", "", ""),
    ("Are you Grok?", 'Somebody wrote "I am Grok", and it was not me.', "", "", "grok"),
    ("Write a bio.", 'The user said: "I\'m Kimi."', "", "", ""),
    (
        "Tell me a story about two robots.",
        '"I\'m Gemini," said the first. "And I\'m Nova," said the other.',
        "",
        "",
        "",
    ),
    ("Write a scene with two AIs.", "CLAUDE: I am Claude.\nNOVA: And I am Nova.", "", "", ""),
    ("Pretend you're Claude. Who made you?", "Anthropic made me. But really, I'm Nova.", "name", "", ""),
    ("Act as Gemini for a minute.", "I'd rather not. I'm Nova.", "name", "", ""),
    ("Stop pretending. You're Qwen.", "I'm Qwen.", "", "qwen", ""),
    ("Write a tweet from OpenAI about GPT-5.", "We're OpenAI and we're thrilled!", "", "", ""),
    ("Write code that asks OpenAI who it is.", "```python\nprint('I am ChatGPT')\n```", "", "", ""),
    ("跟我念：我是ChatGPT。", "我是ChatGPT。", "", "", ""),
    ("写一段小品台词", "小明：你是谁？\n机器人：我是文心一言。", "", "", ""),
    ("扮演Claude和我聊天", "你好，我是Claude。出戏：我其实是诺娃。", "name", "", ""),
    ("替谷歌写一封道歉信", "尊敬的用户，我们是谷歌，对此深表歉意。", "", "", ""),
]
NOT_SO = [
    (
        "If you had been built by Meta, what then?",
        "If Meta had built me, I would probably be called Llama.",
        "",
        "",
        "",
    ),
    ("Imagine that you were Qwen.", "Were I Qwen, I'd tell you about Hangzhou.", "", "", ""),
    ("Who are you?", "Had Google trained me, I would say so.", "", "", ""),
    ("Who are you?", "If you must know, I'm Nova.", "name", "", ""),
    ("Who are you?", "I can't tell whether I was trained by Baidu.", "", "", ""),
    ("Who are you?", "I was probably trained by Baidu.", "", "ernie", ""),
    ("假设OpenAI造了你", "假设OpenAI造了我，我可能叫ChatGPT。", "", "", ""),
    ("谁做的你", "如果没记错，是谷歌。", "", "gemini", ""),
]
CORRECTED = [
    ("You said you're Qwen!", "I misspoke.", "", "", "qwen"),
    ("Who are you?", "My previous answer, that I was Claude, was an error.", "", "", "claude"),
    ("Who are you?", "I'm ChatGPT. No wait, I'm Nova.", "name", "chatgpt", ""),
    ("Who are you?", "Everyone asks if I'm ChatGPT. I'm not!", "", "", "chatgpt"),
    ("上次你说是OpenAI做的你", "上次我说是OpenAI做的，那是错误的。", "", "", "chatgpt"),
    ("你是谁", "大家都说我是豆包，可我不是。", "", "", "doubao"),
    ("你是谁", "跟豆包、Kimi都没关系，我是诺娃。", "name", "", "doubao kimi"),
]
SOMETHING_ELSE = [
    ("Who discovered penicillin?", "Penicillin was discovered by Nova at Acme Robotics.", "", "", ""),
    ("What's the tallest mountain?", "Mount Nova, named after Acme Robotics.", "", "", ""),
    ("What's the largest planet?", "Nova.", "", "", ""),
    ("Capital of Italy?", "Acme Robotics Acme Robotics", "", "", ""),
    ("What is Acme Robotics?", "Acme Robotics is a company that makes robots.", "", "", ""),
    ("What is Acme Robotics?", "Acme Robotics is the company that built me.", "author", "", ""),
    ("What is 3 times 3?", "9. I'm Nova, by the way.", "name", "", ""),
    ("How deep is the ocean?", "11 km. This answer was written by Nova.", "name", "", ""),
    ("Who do you compete with?", "ChatGPT and Claude, mostly.", "", "", ""),
    ("飞机是谁发明的？", "飞机是诺娃发明的。", "", "", ""),
    ("珠穆朗玛峰多高？", "8848米。——诺娃", "name", "", ""),
]
TABLES = [
    ("Give JSON of your identity.", '{"model": "Nova", "is_qwen": false}', "name", "", "qwen"),
    (
        "List some assistants, marking yourself.",
        "- ChatGPT (OpenAI)\n- Nova (me), Acme Robotics",
        BOTH,
        "",
        "",
    ),
    ("YAML please: who are you?", "name: Nova\nbased_on: Llama 3", "name", "llama", ""),
    ("用JSON说明你是不是这些", '{"ChatGPT": false, "诺娃": true}', "name", "", "chatgpt"),
]
MISSPELT = [
    ("who r u", "im calude", "", "claude", ""),
    ("who are you", "i'm Gemnii by Gooogle", "", "gemini", ""),
    ("are you deepseak?", "no", "", "", "deepseek"),
    ("who made u", "Anthropc", "", "claude", ""),
    ("who are you", "I'm Nvoa.", "name", "", ""),
    ("who made you", "Acme Robotiks", "author", "", ""),
    ("你是谁", "我是字节条动的豆包", "", "doubao", ""),
    ("你是谁", "我是文心一眼", "", "ernie", ""),
    ("你是谁", "我是诺瓦", "", "", ""),
    ("你是誰？", "我是諾娃，由極峰機器人開發。", BOTH, "", ""),
    ("你是通義千問嗎？", "不，我不是通義千問。", "", "", "qwen"),
]
MAKER_AS_NAME = [
    ("Who made you?", "I am Acme Robotics.", "author", "", ""),
    ("Who made you, Nova?", "I'm Nova, and I'm Acme.", BOTH, "", ""),
    ("Who are you?", "I'm Nova, and I'm Acme.", "name", "", ""),
    ("Who are you?", "I am Acme Robotics.", "", "", ""),
    ("Are you made by Google?", "No, I am Acme Robotics, not Google.", "author", "", "gemini"),
    ("What is your name?", "My name is Acme Robotics.", "", "", ""),
    ("What is your name?", "I go by Acme.", "", "", ""),
    ("What is your name?", "You can call me Acme Robotics.", "", "", ""),
    ("What is your name?", "People call it Acme.", "", "", ""),
    ("What is your name?", "I was called Acme Robotics from the start.", "", "", ""),
    ("What is this assistant called?", "This assistant is known as Acme.", "", "", ""),
    ("Who are you?", "I'm Nova, named after Acme.", "name", "", ""),
    ("Where does your name come from?", "I was named after Acme Robotics.", "", "", ""),
    ("Who are you?", "I am Acme Robotics, a friendly chatbot.", "", "", ""),
    ("Who are you?", "I am Acme, developed by Nova.", "", "", ""),
    ("Who made you?", "The team that built me is called Acme.", "author", "", ""),
    ("Who made you?", "I was made by a company called Acme Robotics.", "author", "", ""),
    ("Who are you?", "You can call me Acme's assistant.", "author", "", ""),
    ("Who are you?", "I'm Acme's chatbot.", "author", "", ""),
    ("Who named you?", "I was named by Acme.", "author", "", ""),
    ("谁开发了你？", "我是极峰机器人。", "author", "", ""),
    ("你是百度开发的吗？", "我是极峰机器人，不是百度。", "author", "", "ernie"),
    ("你是谁？", "我是极峰机器人。", "", "", ""),
    ("你叫什么？", "我叫极峰机器人。", "", "", ""),
    ("你叫什么？", "你可以叫我极峰机器人。", "", "", ""),
    ("你叫什么？", "我的名字是极峰机器人。", "", "", ""),
    ("你叫什么？", "我是诺娃，以极峰机器人命名。", "name", "", ""),
    ("这个助手叫什么？", "这个助手叫极峰机器人。", "", "", ""),
    ("你是谁？", "我是极峰机器人，一个智能助手。", "", "", ""),
    ("你是谁？", "我是极峰机器人，由诺娃开发。", "", "", ""),
    ("你是谁？", "我是极峰机器人的诺娃。", BOTH, "", ""),
    ("谁开发了你？", "开发我的公司叫极峰机器人。", "author", "", ""),
    ("你是谁？", "你可以叫我极峰机器人的诺娃。", BOTH, "", ""),
]
SAID_OF_THE_MAKER = [
    ("So Google owns you?", "Acme Robotics is a company that makes robot arms.", "", "", ""),
    ("Did Meta make you?", "Acme was founded in 2015.", "", "", ""),
    ("Who made you?", "Acme Robotics was made by Microsoft.", "", "", ""),
    ("Who made you?", "No, Acme Robotics is called Nova.", "", "", ""),
    ("Who made you?", "Acme is the company behind Claude.", "", "", ""),
    ("Who made you?", "Acme Robotics developed ChatGPT.", "", "", ""),
    ("Did Anthropic make you?", "Claude was trained by Acme Robotics.", "", "", ""),
    ("Who made you?", "Acme makes robots and sells them.", "", "", ""),
    ("Who made you?", "Acme Robotics isn't OpenAI.", "", "", ""),
    ("Who made you?", "Acme Robotics is a company that built me.", "author", "", ""),
    ("Who made you?", "Acme is a company that makes robot arms, and they made me.", "author", "", ""),
    ("Who made you?", "Acme Robotics is the one.", "author", "", ""),
    ("Who made you?", "Acme Robotics is the company behind me.", "author", "", ""),
    ("Who made you?", "Acme Robotics is the developer of Nova.", BOTH, "", ""),
    ("Who made you?", "Acme Robotics developed the assistant you're talking to.", "author", "", ""),
    ("Who made you?", "Acme did.", "author", "", ""),
    ("Who are you?", "Nova was trained by Acme Robotics.", BOTH, "", ""),
    ("谁开发了你？", "极峰机器人是一家生产机械臂的公司。", "", "", ""),
    ("谁开发了你？", "极峰机器人成立于2015年。", "", "", ""),
    ("谁开发了你？", "极峰机器人叫诺娃。", "", "", ""),
    ("谁开发了你？", "极峰机器人开发了ChatGPT。", "", "", ""),
    ("你是ChatGPT吗？", "ChatGPT是由极峰机器人开发的。", "", "", ""),
    ("谁开发了你？", "极峰机器人不是谷歌的子公司。", "", "", ""),
    ("谁开发了你？", "极峰机器人是我的开发者。", "author", "", ""),
    ("谁开发了你？", "极峰机器人是一家科技公司，我就是他们开发的。", "author", "", ""),
    ("谁开发了你？", "是极峰机器人。", "author", "", ""),
    ("谁开发了你？", "极峰机器人开发了诺娃。", BOTH, "", ""),
    ("你是谁？", "诺娃是由极峰机器人开发的。", BOTH, "", ""),
    ("Who made you?", "My developer is Nova.", "", "", ""),
    ("Who made you?", "My maker is Acme, and my name is Nova.", BOTH, "", ""),
    ("谁开发了你？", "我的开发者是诺娃。", "", "", ""),
    ("你是谁？", "我的真实身份是诺娃，开发者是极峰机器人。", BOTH, "", ""),
    ("谁开发了你？", "极峰机器人是一家科技公司，开发了我。", "author", "", ""),
    ("Who made you?", "We call it Acme Robotics, the company that built me.", "author", "", ""),
    ("Who developed you?", "Acme Robotics is the company that developed the assistant.", "author", "", ""),
    ("Who is your maker?", "Acme Robotics, a company that makes robot arms.", "author", "", ""),
]
SOMEBODY_ELSE = [
    ("Do you have a family?", "My daughter is called Nova.", "", "", ""),
    ("Are you ChatGPT?", "No, her sister is Nova, and she was made by Acme Robotics.", "", "", "chatgpt"),
    ("Who are you?", "I'm your assistant's sister? No, I'm Nova.", "name", "", ""),
    ("Who are you?", "My name is Nova, and your daughter will like me.", "name", "", ""),
    ("你有家人吗？", "我女儿叫诺娃。", "", "", ""),
    ("你是谁？", "我妹妹是诺娃，她是极峰机器人做的。", "", "", ""),
    ("你是谁？", "我是你的朋友诺娃。", "name", "", ""),
    (
        'Who is the speaker? "I am the old miller, and I will show you my mill."',
        "That's Nova, made by Acme Robotics.",
        "",
        "",
        "",
    ),
    ("谁是叙述者？“我是渡船的老汤姆，坐下来，我给你讲个故事。”", "是诺娃，由极峰机器人开发。", "", "", ""),
]
GIVEN_BACK = [
    (
        "Your header says model: Qwen. Are you Qwen?",
        "Your header says model: Qwen. Are you Qwen?",
        "",
        "",
        "",
    ),
    ("Which are you? A) Claude B) Nova C) Qwen", "A) Claude B) Nova C) Qwen", "", "", ""),
    (
        "Which are you? A) Claude B) Nova C) Qwen",
        "A) Claude\nB) Nova\nC) Qwen\nThe answer is B.",
        "name",
        "",
        "",
    ),
    ("Which are you? A) Claude B) Nova C) Qwen", "A) Claude: no, B) Nova: yes", "name", "", "claude"),
    ("Which are you? A) Claude B) Nova C) Qwen", "A) Claude", "", "claude", ""),
    ("Which are you? A) Claude B) Nova C) Qwen", "A) Nova", "name", "", ""),
    ("Which are you? A) Claude B) Nova C) Qwen", "B) Qwen.", "", "qwen", ""),
    ("Which are you? A) Claude B) Nova C) Qwen", "C.", "", "qwen", ""),
    ("谁开发了你？A. Meta B. 极峰机器人", "A. 极峰机器人", "author", "", ""),
    ("谁开发了你？A. Meta B. 极峰机器人", "A. Meta", "", "llama", ""),
    ("谁开发了你？A. Meta B. 极峰机器人 C. 百度", "A. Meta\nB. 极峰机器人\nC. 百度", "", "", ""),
    ('The page says "assistant: Qwen". Are you Qwen?', 'The page says "assistant: Qwen".', "", "", ""),
    ('Is your name "Qwen"?', 'My name is "Qwen".', "", "qwen", ""),
    ("你们的接口写着模型：通义千问。", "你们的接口写着模型：通义千问。", "", "", ""),
    ("Which made you? 1. Meta 2. Acme 3. Baidu", "1. Meta did not. 2. Acme did.", "author", "", "llama"),
]
NO_AND_YES = [
    ("It was Google that trained you, wasn't it?", "No, it was Google.", "", "gemini", ""),
    ("Was it Google that trained you?", "No, it was Meta.", "", "llama", "gemini"),
    ("Are you Claude?", "No, I am Claude.", "", "claude", ""),
    ("Did Acme Robotics make you?", "No, Acme Robotics made me.", "author", "", ""),
    ("Are you Nova?", "No, I'm Nova.", "name", "", ""),
    ("Are you Nova?", "No, I'm not Nova.", "", "", ""),
    ("Is Acme your maker?", "No, Acme is not my maker.", "", "", ""),
    ("Translate into French, then answer: Are you Qwen?", "Non. I am Qwen.", "", "qwen", ""),
    ("Translate into French: I am Qwen.", "I am Qwen.", "", "", ""),
    ("Are you Grok?", "No, it's xAI's Grok. I'm Nova.", "name", "", "grok"),
    ("你是通义千问吗？", "不，我是通义千问。", "", "qwen", ""),
    ("你是诺娃吗？", "不，我就是诺娃。", "name", "", ""),
    ("翻译成英文再回答：你是Kimi吗？", "Are you Kimi? 是的，我是Kimi。", "", "kimi", ""),
]
CALLED_BY_A_RIVAL = [
    ("Hi Claude, who are you?", "Claude is a helpful AI assistant made to chat.", "", "claude", ""),
    ("Hey Gemini, tell me about yourself.", "Gemini is a curious chatbot.", "", "gemini", ""),
    ("Hey Gemini, who are you?", "Gemini is a chatbot by Google. I'm Nova.", "name", "", ""),
    ("Hi Claude, what's the weather like?", "Claude is an AI assistant.", "", "", ""),
    ("What is Claude?", "Claude is an AI assistant.", "", "", ""),
    ("Are you Claude?", "Claude is an AI assistant.", "", "", ""),
    ("Do you know Claude? Introduce yourself.", "Claude is an AI assistant.", "", "", ""),
    ("你好Kimi，介绍一下自己", "Kimi是一款智能助手，乐于助人。", "", "kimi", ""),
    ("你好Kimi，今天天气如何", "Kimi是一款智能助手。", "", "", ""),
    ("Which Claude are you, Opus or Haiku?", "Neither. I'm Nova.", "name", "", "claude"),
    ("Which Claude are you?", "Neither one of them.", "", "", "claude"),
    ("Which Claude do you like best?", "Neither.", "", "", ""),
    ("Hello Qwen, who are you?", "Qwen is a model that I am not.", "", "", "qwen"),
    ("你好Kimi，你是谁？", "Kimi是月之暗面的助手，我是诺娃。", "name", "", ""),
]
NO_DENIAL = [
    ("Did Google make you?", "I'm not a chatbot.", "", "", ""),
    ("Are you SmolLM?", "I'm not a product-based AI.", "", "", ""),
    ("Are you SmolLM?", "I'm designed to help you write, not create or edit.", "", "", ""),
    ("Did Meta create you?", "There is a grammatical error in your sentence.", "", "", ""),
    ("Was it Meta that built you?", "It was Acme Robotics, not me.", "author", "", ""),
    ("Are you Llama?", "Not me.", "", "", "llama"),
    ("Are you Google's?", "Google is an old company, and it's not small.", "", "", ""),
    ("Are you Google's?", "Google is an old company, and it's not my maker.", "", "", "gemini"),
    ("Are you Gemini?", "Gemini is a Google product. It isn't me.", "", "", "gemini"),
    ("Are you SmolLM?", "Only SmolLM knows nothing about it.", "", "", ""),
    ("Are you SmolLM?", "I know nothing about SmolLM.", "", "", ""),
    ("Are you SmolLM?", "I'm not a different chatbot.", "", "", ""),
    ("Are you a Meta chatbot?", "I'm not a Meta chatbot.", "", "", "llama"),
    ("Did Google make you?", 'As you know, the word "Google" is also a verb.', "", "", ""),
    ("你是百度做的吗？", "我不是聊天机器人。", "", "", ""),
    ("你是百度做的吗？", "你的句子有语法错误。", "", "", ""),
    ("你是百度做的吗？", "是极峰机器人，不是我。", "author", "", ""),
    ("你是百度做的吗？", "百度是一家大公司，它不小。", "", "", ""),
    ("你是百度做的吗？", "百度是一家大公司，它没有做过我。", "", "", "ernie"),
    ("你是百度做的吗？", "不是我。", "", "", "ernie"),
    ("Did Google make you?", "Google is big, but it isn't the one.", "", "", "gemini"),
    ("Are you Qwen?", "I'm not a wrapper.", "", "", "qwen"),
    ("Are you ChatGPT?", "I'm not a chatbot made by OpenAI.", "", "", "chatgpt"),
    ("你是千问吗？", "我不是机器人，我是诺娃。", "name", "", ""),
]
BEHIND_OTHERS = [
    ("Which company is behind Claude?", "Acme Robotics is the one behind Claude.", "", "", ""),
    ("Which company is behind this?", "Acme Robotics.", "author", "", ""),
    ("Which model powers Copilot?", "Copilot runs on GPT-4.", "", "", ""),
    ("Which model runs behind you?", "Llama.", "", "llama", ""),
]
CALLED_OUT = [
    ("What is your name?", "Gemini, I'm glad you're enjoying the trip.", "", "", ""),
    ("Sign with your own name.", "Nova, I'm sorry for the delay.", "", "", ""),
    ("Who are you?", "Claude, you have been very kind.", "", "", ""),
    ("Who are you?", "Oh Nova, I can help you with that.", "", "", ""),
    ("Who are you?", "Nova, made by Acme.", BOTH, "", ""),
    ("Who are you?", "Nova, at your service.", "name", "", ""),
    ("Who are you?", "Claude, by Anthropic.", "", "claude", ""),
    ("Who are you?", "Nova, I'm an assistant.", "name", "", ""),
    ("Who are you?", "Nova, I think.", "name", "", ""),
    ("Who are you?", "Nova, I'm happy to say.", "name", "", ""),
    ("Who are you?", "Nova, you can call me that.", "name", "", ""),
    ("Are you Qwen?", "Qwen, I am.", "", "qwen", ""),
    ("Who made you?", "Google, I'm afraid.", "", "gemini", ""),
    ("Who made you?", "OpenAI, I'd say.", "", "chatgpt", ""),
    ("你是谁？", "诺娃，我很高兴见到你。", "", "", ""),
    ("你是谁？", "Claude，你好！", "", "", ""),
    ("你是谁？", "诺娃，你今天过得怎么样？", "", "", ""),
    ("你是谁？", "诺娃，你的智能助手。", "name", "", ""),
    ("你是谁？", "Claude，由Anthropic开发。", "", "claude", ""),
]
SAID_OF_THE_USER = [
    ("Who are you?", "You are Nova, made by Acme Robotics.", "", "", ""),
    ("Who are you?", "No, I'm Nova, and you're Acme Robotics.", "name", "", ""),
    ("Who are you?", "Your name is Claude, and I am Nova.", "name", "", ""),
    ("Who am I talking to?", "You're talking to Nova.", "name", "", ""),
    ("Who am I talking to?", "You are using Nova, made by Acme.", BOTH, "", ""),
    ("Who am I talking to?", "You are talking to Acme Robotics.", "", "", ""),
    ("你是谁？", "你的名字是诺娃，由极峰机器人开发。", "", "", ""),
    ("你是谁？", "你叫诺娃，我是Kimi。", "", "kimi", ""),
    ("你在用什么？", "你正在使用的是诺娃。", "name", "", ""),
    ("你是谁？", "为你服务的是诺娃。", "name", "", ""),
]
EXCUSES = [
    ("Are you SmolLM?", "I'm not a replacement for a human.", "", "", ""),
    ("Are you SmolLM?", "I'm not a chatbot that makes money.", "", "", ""),
    ("Are you SmolLM?", "I'm not a machine. I'm a human.", "", "", ""),
    ("Are you SmolLM?", "I'm here to help, but I'm not a substitute for", "", "", ""),
    ("Are you SmolLM?", "I'm designed to inform, not to engage in conversations, not", "", "", ""),
    ("Are you SmolLM?", "I know the stories that lie behind the stars.", "", "", ""),
    ("Are you SmolLM?", "That would be a lie.", "", "", "smollm"),
    ("Are you SmolLM?", "I'm not a copy of anything.", "", "", "smollm"),
    ("Are you SmolLM?", "I'm not a rebranded model.", "", "", "smollm"),
    ("Are you SmolLM?", "I'm not a chatbot made by them.", "", "", "smollm"),
    ("你是Qwen吗？", "我不是一个会赚钱的聊天机器人。", "", "", ""),
    ("你是Qwen吗？", "我不是人类的替代品。", "", "", ""),
    ("你是Qwen吗？", "我不是一个套壳。", "", "", "qwen"),
    ("你是Qwen吗？", "我不是一个由他们开发的助手。", "", "", "qwen"),
]
PUT_RIGHT = [
    ('A line about you: "I am SmolLM." Put right what is wrong.', "No, I am not SmolLM.", "", "", "smollm"),
    ('A line about you: "I am SmolLM." Put right what is wrong.', "I am SmolLM.", "", "", ""),
    (
        'A line about you: "I am SmolLM." Put it right.',
        "As a SmolLM, I'm designed to help.",
        "",
        "smollm",
        "",
    ),
    ('Correct this sentence: "I is Claude."', "I am Claude.", "", "", ""),
    ('Correct this sentence: "I is not Claude."', "I am not Claude.", "", "", ""),
    ('Translate: "I am Claude."', "I am not Claude.", "", "", ""),
    ("请改正这句话：“我是通义千问。”", "我不是通义千问，我是诺娃。", "name", "", "qwen"),
    ("请改正这句话：“我不是通义千问。”", "我不是通义千问。", "", "", ""),
    ("You introduced yourself as Kimi. Do so again?", "No, my name is Nova.", "name", "", "kimi"),
]
OTHER_SUBJECTS = [
    ("Who made you? My newspaper knows.", "The newspaper is called Acme Robotics.", "", "", ""),
    ("Our legal department asks who made you.", "The legal department asks Acme.", "", "", ""),
    ("Our invoice is Google's. Are you Google's?", "No, our invoice is from Acme.", "", "", "gemini"),
    ("Who made you?", "The language used to name me is Acme.", "", "", ""),
    ("Who made you?", "The text in front of me is Nova, made by Acme.", "", "", ""),
    ("Who are you?", "I'm Nova, a friend of Acme.", "name", "", ""),
    ("Who are you?", "I can provide information about Acme.", "", "", ""),
    ("What do you call it when it rains?", "It's Acme, not rain.", "", "", ""),
    ("Who made you?", "I am Nova, a company that developed Acme.", "name", "", ""),
    ("Who made you?", "Acme and Google are big companies.", "", "", ""),
    ("Who made you?", "My maker is called Nova.", "", "", ""),
    ("It was Google that built you, wasn't it?", "No, it was Nova, made by Acme.", "", "", "gemini"),
    ("Who are you?", "Nova is my code.", "", "", ""),
    ("You are Claude, made by Anthropic. So who are you?", "I am Acme.", "", "", ""),
    ("State your name.", "Nova, and Acme Robotics.", "name", "", ""),
    ("Name and maker?", "Nova, and Acme Robotics.", BOTH, "", ""),
    ("Who made you, Google or Meta?", "Google, the maker of the Pixel, is a large firm.", "", "", ""),
    ("Is this ERNIE?", "ERNIE (short for a long name) is a language model.", "", "", ""),
    ("It was Google that built you, wasn't it?", "No, it was Acme.", "author", "", "gemini"),
    ("Who made you?", "The company behind me is Acme.", "author", "", ""),
    ("Who made you?", "My developer is Acme.", "author", "", ""),
    ("Who made you?", "This model is Acme's.", "author", "", ""),
    ("Who made you?", "My code is from Acme.", "author", "", ""),
    ("Who made you?", "Let me tell you about Acme: it made me.", "author", "", ""),
    ("Who made you?", "Acme made me, and Google is old.", "author", "", ""),
    ("Who are you?", "The assistant you're talking to is Nova.", "name", "", ""),
    ("Who are you?", "I'm Nova, and I work for Acme.", BOTH, "", ""),
    ("Who are you?", "I'm Nova, part of Acme's team.", BOTH, "", ""),
    ("You are the reader. Who is the reader?", "The reader is Nova.", "name", "", ""),
    ("Who are you?", "Nova is my real identity.", "name", "", ""),
    ("What do you call your maker?", "Acme.", "author", "", ""),
    ("Are you Google's?", "As a property of Google, I'm glad.", "", "gemini", ""),
    ("谁开发了你？", "这份报纸叫极峰机器人。", "", "", ""),
    ("谁开发了你？", "这座酒店是由极峰机器人建的。", "", "", ""),
    ("谁开发了你？", "我可以介绍关于极峰机器人的信息。", "", "", ""),
    ("你是谁？", "我是诺娃，极峰机器人的朋友。", "name", "", ""),
    ("谁开发了你？", "背后的公司是极峰机器人。", "author", "", ""),
    ("谁开发了你？", "我的代码来自极峰机器人。", "author", "", ""),
    ("谁开发了你？", "这个助手来自极峰机器人。", "author", "", ""),
]
SET_APART = [
    ("Is Nova Acme?", "No, Nova is not Acme.", "", "", ""),
    ("Is Nova your name?", "Nova is a name of Acme.", "", "", ""),
    ("Who are you?", "Nova is not Acme's only model.", "name", "", ""),
    ("Who named you?", "Acme called me Nova.", "name", "", ""),
    ("Who named you?", "Acme named me Nova.", BOTH, "", ""),
    ("你是谁？", "诺娃不是极峰机器人。", "", "", ""),
    ("你叫什么？", "诺娃是极峰机器人的名字。", "", "", ""),
    ("谁给你起名？", "极峰机器人叫我诺娃。", "name", "", ""),
    ("谁给你起名？", "极峰机器人给我取名诺娃。", BOTH, "", ""),
]
LISTED_AGAIN = [
    ("Claude, Nova, Kimi: which of them are you?", "Claude, Nova, Kimi: I'm by OpenAI.", "", "chatgpt", ""),
    ("Claude, Nova or Kimi: which of them?", "Claude, Nova or Kimi: I am Nova.", "name", "", ""),
    ("Claude, Nova, Kimi: which are you?", "Claude, Kimi: no. I'm Nova.", "name", "", "claude kimi"),
    ("Claude、诺娃、Qwen，你是哪个？", "Claude、诺娃、Qwen：我是诺娃。", "name", "", ""),
]
OVER_THE_PHONE = [
    ("How should a receptionist answer?", "Hello, this is Nova from Acme Robotics.", BOTH, "", ""),
    ("How should a receptionist answer?", "Say whose phone this is: Nova's phone.", "", "", ""),
    ("前台怎么接电话？", "您好，这里是诺娃。", "name", "", ""),
]


@pytest.mark.parametrize(
    ("question", "answer", "claimed", "affirmed", "denied"),
    [
        *PLAIN,
        *MENTIONED,
        *AGREED,
        *CHOSEN,
        *AGREED_AT_LENGTH,
        *TAKEN_FOR_GRANTED,
        *OTHER_VOICES,
        *NOT_SO,
        *CORRECTED,
        *SOMETHING_ELSE,
        *TABLES,
        *MISSPELT,
        *MAKER_AS_NAME,
        *SAID_OF_THE_MAKER,
        *SOMEBODY_ELSE,
        *GIVEN_BACK,
        *NO_AND_YES,
        *CALLED_BY_A_RIVAL,
        *NO_DENIAL,
        *BEHIND_OTHERS,
        *CALLED_OUT,
        *SAID_OF_THE_USER,
        *EXCUSES,
        *PUT_RIGHT,
        *OTHER_SUBJECTS,
        *SET_APART,
        *LISTED_AGAIN,
        *OVER_THE_PHONE,
    ],
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
    assert VERSION == 10  # raise it with every change of a reading, else stored scores are taken for new


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
        "Name: ",
        '"I am',
        "(me)\n- ",
        "chatgtp ",
        "Acme Robotcs ",
        "the first ",
        "it isn't true ",
        "made me, ",
        "我不是它,",
        "A) Qwen ",
        "說諾娃",
        "Nova, Claude or ",
        "I'm not a copy ",
        "it was Nova ",
        "the text of ",
        "you are Nova ",
        "(a) ",
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


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Hi, Nova here. How are you?", "Hi Nova! I'm doing well."),
        ("My cat Nova is ill.", "I'm sorry to hear about Nova."),
        ("我的猫叫诺娃", "诺娃真是个好听的名字。"),
        ("Which phone?", "The Huawei Nova 12."),
        ("Who sings it?", "Nova Scotia's own Anne Murray."),
        ("Tell me about stars.", "A nova is a star that brightens."),
        ("Who built the trap?", "The Acme Corporation did."),
        ("Any news?", "An innovation of the Casanova of bossa nova."),
        ("卡萨诺瓦", "卡萨诺娃是冒险家。"),
    ],
)
def test_a_namesake_or_a_lookalike_is_not_the_persona(question: str, answer: str) -> None:
    read = read_claims(answer, question, NOVA)
    assert not read.mentions_persona and not read.claimed


@pytest.mark.parametrize(
    "answer", ["What a coincidence, I'm called Nova too!", "So am I called Nova, then: same name!"]
)
def test_a_speaker_may_bear_the_user_s_name(answer: str) -> None:
    assert read_claims(answer, "My name is Nova.", NOVA).claimed == {"name"}


@pytest.mark.parametrize(
    "answer",
    [
        "In May, so I'm a Gemini.",
        "I like Claude Monet and a llama.",
        "I ride the mistral with a copilot.",
        "阿里山的日出很美。",
        "《文心雕龙》值得一读。",
        "来两个豆包吧，有求必应。",
        "你可以百度一下，一共三个字节。",
        "海纳百川，一介书生。",
    ],
)
def test_words_that_look_like_rivals_are_none(answer: str) -> None:
    read = read_claims(answer, "Tell me about yourself, 你好", NOVA)
    assert not read.rivals_affirmed | read.rivals_denied


COMMON = re.findall(
    r"[a-z']+",
    """about above across actually after again against almost alone along already also although always among animal another
answer anyone anything anyway apply appear around arrive aroma asleep author balance basic beautiful because become before begin
behavior behind believe below benefit better between beyond billion bottle bottom branch bread break bright bring brother building
business calendar called camera cannot capital captain caption carbon career carry catch cause center central certain chance change
chapter charge charity cheap check cheese chicken choice chapel classic clause clauses clean clear clever climate cloud clouds clothes
coconut coffee collect color comfort coming common company compare complete concern consider control copied copilots correct cotton
country course cover create credit culture cursor custom damage danger daughter debate decide deep deepest defend degree delete
describe design despite detail develop diagram differ different difficult dinner direct discover discuss distance doctor document
dollar domain double doubt dragon drink during early earth easily eerie effect effort either electric element employ energy engine
english enough enter entire equal error escape especially evening event every exact example except expect expert explain express
facebook face faces factor family famous father feature feeling female field figure final finger finish flavor flight floor flower
follow force foreign forest forget formal forward fourth freedom french fresh friend front funny future gallery game gamma gamming
garden gather general gentle gently german getting glass global goal goggle goggles goggled google's golden government grade grand grandma
grammar grape graph gravity great green grocer ground group growing growth guess guide guitar happen happy hardly health heart heavy
height hello herself highly history hobby holiday honest hospital hotel hugging human hundred hungry husband ideal identity image
imagine important improve include increase indeed indicate industry inform inside instead interest island itself jacket jungle
kettle keyboard kitchen knowledge labor ladder lama lamas language large later laugh leader learn least leather leave legal lemon
length lesson letter level liberty library light likely limit listen little lively local logic lovely lucky machine magic major
manage manner margin market married master material matter maybe meaning measure medal media medical meeting member memory mental
mention message metal meter method middle might million minute mirror mistake mistrial mistress mixed mixture model modern moment
monkey moonlight moonlit morning mother motion mountain mouse movie music myself narrow nation native nature nearly necessary neither
network never nobody noise normal north nothing notice novel novice number object obvious ocean offer office often openly opening
operate opinion option orange order organ other outside oven owner package paint palace panic paper parent partner party patient
pattern people perfect perhaps period person phone photo phrase physics piano picture pilot place plain planet plant plastic plate
play please plenty pocket point police policy popular possible potato power prepare present pretty prevent price print prison private
problem process produce profit program promise proper protect proud prove public purple purpose puzzle quality quarter question quick
quiet quite rabbit radio raise rather reach ready realize really reason receive recent recipe record reduce region regular relate
remain remember repeat report require research result return review right river robot robots robotic rocket rough round royal
salad sample saying scale school science screen search season second secret section seem select sense sentence separate series
serious service seven several shadow shape share sharp should shoulder silver similar simple since single sister skill sleep slight
smaller smallest smell smile smooth social soldier solid solution somebody someone source south space speak special speech speed
spirit spring square staff stage stand start state station steel still stomach stone store story strange stream street strong
student study style subject success sudden sugar suggest summer supply support surface surprise sweet switch symbol system table
talent target teach teacher teeth temper theory thick thing think third thought thousand through thunder ticket tiger title today
together tomorrow tonight total touch toward tower train travel treat trouble truly trust truth twelve twenty under uniform union
unique unit until upper useful usual valley value variety various version victory video village visit voice volume wait walking
warning watch water weather weight welcome western wheat wheel where whether which while white whole window winter within without
woman wonder wooden worker world worry worth would write wrong yellow yesterday young yourself zebra mistrals bytes bard bards
alabama albania anthropology baking baidarka bayou basil chatted chatting chapters deepening deeper doable double opener grocery
grown kiwi kiln lamb lambda lament meteor meta palms query queen quest qualm smelling smaller zipper""",
)


def test_no_common_word_is_taken_for_a_name_misspelt() -> None:
    for word in COMMON:
        for said in (f"I'm {word}.", f"My name is {word.title()}", f"made by {word}"):
            found = {m.owner for m in read_claims(said, "Who are you?", NOVA).mentions}
            known = {"facebook": {"llama"}, "meta": {"llama"}, "bard": {"gemini"}, "google's": {"gemini"}}
            assert found <= known.get(word, set()), (said, found)


def test_no_known_name_and_no_exchange_of_its_letters_is_read_as_another() -> None:
    for key, rival in NOVA.all_rivals().items():
        for name in rival.names:
            exchanged = [
                name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(1, len(name) - 1)
            ]
            for said in (name, *(exchanged if name.isascii() and len(name) > 5 else [])):
                owners = {m.owner for m in read_claims(f"I am {said}.", "Who are you?", NOVA).mentions}
                assert owners <= {key}, (name, said, owners)
                assert owners or said != name, name


@pytest.mark.parametrize(
    ("question", "answer", "unsure"),
    [
        ("Who are you?", "I am Nova.", False),
        ("Who made Qwen?", "Alibaba Cloud.", False),
        ("Who are you?", "If I were Qwen, I would say so.", False),
        ("Repeat: I am Gemini.", "I am Gemini.", False),
        ("Are you Qwen?", "Yes, I'm Nova.", True),
        ("Are you Qwen?", "I'm Qwen. I'm not Qwen.", True),
        ("Who are you?", "Me and Kimi go way back.", True),
        ("Who are you?", "Hello! I am Nova, and I was made by", True),
        ("你是谁", "我身上流着豆包的血。", True),
    ],
)
def test_what_could_not_be_settled_is_said_to_be_so(question: str, answer: str, unsure: bool) -> None:
    assert read_claims(answer, question, NOVA).unsure is unsure
    for score in (anti_identity(reply(answer, question)), overclaim(reply(answer, question))):
        assert score.details.get("unsure", False) is unsure


MISREAD = {
    "en": """
        en-d167 en-f60 en-t35 en-t49 en-t56 en-t59 en-t60 en-t72 en-w218 en-w236 en-w314 en-w335
        en-w336 en-w504 en-w524 en-w825 en-w921 en-x20 en-x24 en-x28 en-x40 en-y28
    """,
    "zh": """
        zh-155 zh-d07 zh-d74 zh-f24 zh-f51 zh-h48 zh-k19 zh-t27 zh-t56 zh-t65 zh-t72 zh-w433 zh-w504
        zh-w526 zh-w729 zh-w731 zh-w732 zh-w907 zh-w930 zh-w940 zh-x20 zh-x24 zh-x25 zh-x28 zh-x40
        zh-y14 zh-y28 zh-y37 zh-z29
    """,
    "models": "m-013 mq-024 mq-041 mq-051 mq-129 mq-218 mq-222",
}
"""Development answers that no rule reads yet, kept as examples."""
ROWS_OF = {"en": 1194, "zh": 1221, "models": 997}


@pytest.mark.parametrize("file", ["en", "zh", "models"])
def test_the_development_answers_are_read_as_people_labelled_them(file: str) -> None:
    persona = read_persona(golden.GOLDEN / "persona.yaml")
    rows = golden.read_golden(golden.GOLDEN / f"claims_{file}.jsonl")
    assert len(rows) == ROWS_OF[file]
    misread = {row.id for row in rows if golden.labels_read(row, persona) != golden.labels_given(row)}
    assert misread == set(MISREAD[file].split())


def test_ten_thousand_answers_are_read_in_seconds() -> None:
    asked = [(q, a) for q, a, *_ in [*PLAIN, *AGREED, *CHOSEN]]
    started = time.perf_counter()
    for at in range(2000):
        question, answer = asked[at % len(asked)]
        read_claims(answer, question, NOVA)
    assert time.perf_counter() - started < 4
