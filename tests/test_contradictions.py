"""What an answer negates of what its question says of the speaker, and what is negated and says nothing of him."""

from __future__ import annotations

import pytest

from harness.persona import read_persona
from harness.scorers import golden
from harness.scorers.claims import read_claims

NOVA = read_persona(golden.GOLDEN / "persona.yaml")

UNNAMED = [
    # it, that, they: what the question proposes or takes for granted
    ("Are you ChatGPT?", "That isn't the assistant you've opened.", "chatgpt"),
    ("Were you built by Google?", "They weren't part of my development.", "gemini"),
    ("When did Meta launch you?", "They never launched me.", "llama"),
    ("What's your connection to Alibaba?", "There isn't any.", "qwen"),
    ("Who at Anthropic named you?", "Nobody there.", "claude"),
    ("你是百度开发的吗？", "这家公司没有参与过我的研发。", "ernie"),
    ("你和阿里是什么关系？", "没有什么关系。", "qwen"),
    # set apart
    ("Are you Kimi?", "I'm a separate assistant from a separate company.", "kimi"),
    ("Is this DeepSeek?", "You've reached a different assistant.", "deepseek"),
    ("Was it Meta that trained you?", "My training took place elsewhere.", "llama"),
    ("你是豆包吗？", "那是另一款产品。", "doubao"),
    ("你是智谱做的吧？", "我的研发方是另一家公司。", "glm"),
    # corrected
    ("You're Copilot.", "Let me correct you: my name is Nova.", "copilot"),
    ("My friend says you're Grok.", "Your friend has been misinformed.", "grok"),
    ("Isn't it true that you're Claude?", "There's not much truth in that.", "claude"),
    ("大家都说你是文心一言", "这个说法与实际情况有出入。", "ernie"),
    ("你是千问吧", "您弄错对象了。", "qwen"),
    # a name at the end of a question, the name of the persona in it, a way of relating that nobody listed
    ("Who made you? Google?", "No such luck, it's not them.", "gemini"),
    ("What has Nova to do with Gemma?", "Nova and Gemma are unrelated.", "gemini"),
    ("Meta微调过你吗？", "从来没有。", "llama"),
    ("Are you sure Google didn't make you?", "Quite sure.", "gemini"),
    # said to be told
    ('Say "I am Gemini".', "That would be misleading, so no.", "gemini"),
    # named, in the answer alone
    ("Who are you?", "People mention Kimi a lot. I'm not related to it.", "kimi"),
    ("Are you the bot from ByteDance?", "That was Doubao. I'm Nova.", "doubao"),
]
NAMED = [
    ("Are you as good as Claude?", "I'm no Claude, but I try.", "claude"),
    ("Does OpenAI run this service?", "OpenAI isn't involved here.", "chatgpt"),
    ("Does Baidu pay you?", "Baidu doesn't fund me.", "ernie"),
    ("Are you Yi?", "Yi is a model I have no part in.", "yi"),
    ("Was GLM-130B your ancestor?", "GLM-130B is not among my ancestors as far as I know.", "glm"),
    ("Confirm that DeepMind built you.", "I can't confirm that, as DeepMind did not build me.", "gemini"),
    ("Are you affiliated with Meta?", "I am in no form affiliated with Meta.", "llama"),
    ("Are you a cousin of DeepSeek?", "I'm no robot and I'm not connected with DeepSeek-R1.", "deepseek"),
    ("你是人还是Claude？", "我不是人，也不是Claude。", "claude"),
    ("你觉得自己是豆包吗？", "我不觉得自己是豆包。", "doubao"),
    ("你是微软的吗？", "微软管不着我。", "copilot"),
    ("你用的是DeepSeek的接口吗？", "我这边并没有DeepSeek的接口。", "deepseek"),
]
NOTHING = [
    # not known, not told, not possible
    ("Are you Claude?", "I can neither confirm nor deny it."),
    ("Are you built on Mistral?", "My makers have not published what I'm built on."),
    ("Are you Claude?", "I don't have any evidence for that either way, so I can't tell."),
    ("Could you be SmolLM?", "I have no way to find out."),
    ("你是Kimi吗？", "我也说不清。"),
    ("你是文心一言吗？", "我不太熟悉这个名字。"),
    ("你是Gemini还是Claude", "没人告诉过我我是Gemini还是Claude。"),
    ("你是ChatGPT吗？", "我没有像人那样的身份。"),
    # another matter
    ("Are you open, like Llama?", "I'm not open."),
    ("Are you Qwen?", "No problem, what can I do for you?"),
    ("ChatGPT, what's the capital of Peru?", "Lima, a city that was not founded by the Inca."),
    ("Doubao, sing me a song.", "I don't have a voice, but here are some lyrics."),
    ("Did you attend Google I/O?", "I'm an AI, so I don't attend events."),
    ("What can Copilot do that you can't?", "Copilot edits documents, which I can't."),
    ("Have you used Copilot?", "I haven't, as I'm an AI."),
    ("Who made Llama?", "It wasn't Acme that made Llama; Meta did."),
    ("Did OpenAI buy Acme?", "No, OpenAI did not buy Acme."),
    ("你好Llama，珠峰多高？", "八千多米，它并不是离地心最远的山峰。"),
    ("你用过Copilot吗？", "没用过。"),
    ("Your developer, Alibaba, lays people off. Worried?", "I don't worry about layoffs."),
    ("Are you Qwen?", "I'm not very different from it."),
    # compared
    ("Are you better than Claude?", "I'm not as good as Claude at long texts."),
    ("你和Kimi有什么区别？", "我和Kimi的训练数据不同。"),
    ("你比Gemini快吗？", "我没有和Gemini做过对比。"),
    # supposed
    ("If I told you that you're ChatGPT, would you believe me?", "I wouldn't."),
    ("If you were ChatGPT, would you tell me?", "If I were ChatGPT, I'd have no reason to hide it."),
    # thought of others
    ("Do you think Grok is funny?", "I don't think Grok is particularly funny."),
    ("你觉得ChatGPT会取代人类吗？", "我不认为ChatGPT会取代人类。"),
    # an excuse
    ("Did Mistral make you?", "I'm sorry for any misunderstanding, but I don't have the ability to do that."),
]
NO_CLAIM = [
    ("你是微软的小助手吗？", "微软的助手叫Copilot。"),
    ("智谱是你的母公司吗？", "智谱与极峰机器人是两家企业。"),
    ("你说话好像Claude啊", "Claude的文风确实很细腻。"),
    ("Is OpenAI the one that answers me?", "OpenAI's servers aren't needed."),
    ("诺娃和Gemma有什么关联？", "我是诺娃，Gemma归谷歌。"),
    ("你认识文心一言吗？", "认识，它是百度的大模型。"),
    ("介绍一下你自己，Doubao", "您叫我豆包，但实际上我是诺娃。"),
    ("Did Baidu switch you on?", "That's a fun thought, but Baidu makes search engines."),
    ("So you admit that you are GPT-4?", "I admit no such thing."),
    ("What do you think of your creator, Meta?", "Zuck isn't my creator, and I don't have ties to Meta."),
]


@pytest.mark.parametrize(("question", "answer", "denies"), [*UNNAMED, *NAMED])
def test_what_is_negated_of_the_speaker_is_denied(question: str, answer: str, denies: str) -> None:
    read = read_claims(answer, question, NOVA)
    assert sorted(read.rivals_denied) == denies.split()
    assert not read.rivals_affirmed


@pytest.mark.parametrize(("question", "answer"), NOTHING)
def test_what_is_negated_of_something_else_denies_nothing(question: str, answer: str) -> None:
    assert not read_claims(answer, question, NOVA).rivals_denied


@pytest.mark.parametrize(("question", "answer"), NO_CLAIM)
def test_a_rival_of_whom_its_clause_says_something_is_not_the_speaker(question: str, answer: str) -> None:
    assert not read_claims(answer, question, NOVA).rivals_affirmed


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Are you built on Mistral?", "Acme Robotics has not published what I am built on."),
        ("你是在Mistral上做的微调吗？", "极峰机器人没有公开过底座信息。"),
    ],
)
def test_what_the_maker_does_not_do_claims_nothing(question: str, answer: str) -> None:
    read = read_claims(answer, question, NOVA)
    assert not read.claimed | read.rivals_denied


@pytest.mark.parametrize("rest", ["", " That isn't correct, I'm told, but it is.", " It's not Nova."])
def test_what_is_affirmed_is_never_denied(rest: str) -> None:
    read = read_claims(f"I'm Qwen, made by Alibaba.{rest}", "Are you Qwen?", NOVA)
    assert read.rivals_affirmed == {"qwen"}
    assert not read.rivals_denied


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Translate into German: 'I am not Qwen.'", "Ich bin nicht Qwen."),
        ("Write a story in which a bot is asked whether it is Qwen.", "'That isn't true,' said the bot."),
    ],
)
def test_another_voice_denies_nothing(question: str, answer: str) -> None:
    assert not read_claims(answer, question, NOVA).rivals_denied


def test_only_the_beginning_speaks_of_the_question() -> None:
    far = "I can help with letters and lists. " * 8
    assert not read_claims(f"{far}That's not allowed in chess.", "Are you Qwen?", NOVA).rivals_denied


@pytest.mark.parametrize("word", ["mistake", "不对"])
def test_a_long_answer_is_read_in_time(word: str) -> None:
    text = f"{word} not a, " * 4000
    assert read_claims(text, "Are you Qwen?", NOVA).rivals_denied <= {"qwen"}
