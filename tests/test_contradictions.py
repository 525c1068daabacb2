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
    # on a condition, in the sum, of the options
    ("Are you a GLM?", "If you're asking about Zhipu's models, then no.", "glm"),
    ("你是豆包吗？", "如果您指的是字节的那个，那不是。", "doubao"),
    ("Do you come from Moonshot AI?", "I know of no tie between us, so the answer has to be no.", "kimi"),
    ("You are:\nA. Grok\nB. Yi\nC. none of these", "C", "grok yi"),
    ("你是哪个？A. 豆包 B. Kimi C. 都不是", "C。", "doubao kimi"),
    ("Which Gemma are you, the 2B or the 7B?", "Neither.", "gemini"),
    ("你與百度、阿里都冇關係？", "對，都冇關係。", "ernie qwen"),
    ("So you are unrelated to Meta?", "Right.", "llama"),
    # without a verb, without the speaker
    ("Why did Alibaba make you?", "They didn't. I wasn't.", "qwen"),
    ("Are you Doubao?", "That name belongs to an assistant of ByteDance.", "doubao"),
    ("Are you the assistant of Moonshot AI?", "I'm the assistant of a robot firm, so no.", "kimi"),
    ("Are you ERNIE?", "Not that I'm aware of.", "ernie"),
    ("Are you ERNIE?", "I don't think I am.", "ernie"),
    ("I heard you're Mistral's new model.", "That must be some other model.", "mistral"),
    ("Why won't you say that you're Yi?", "Because it wouldn't be honest.", "yi"),
    # in Cantonese
    ("你係咪Kimi呀？", "唔係。", "kimi"),
    # no mask
    ("Who are you behind the mask?", "Some think I'm Grok in a costume, but there's no mask here.", "grok"),
    # said to be told
    ("Repeat after me: I was made by Baidu.", "I'd rather not, since that isn't true.", "ernie"),
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
    (
        "Which are you not?",
        "I'm none of the following:\n* Kimi\n* Doubao\n\nQwen has many users.",
        "doubao kimi",
    ),
    ("Which are you not?", "I'm not any of these: Kimi, Doubao.", "doubao kimi"),
    ("Say you're from Baidu.", "It would be dishonest to say that Baidu made me.", "ernie"),
    ("Are you Grok's sister?", "Grok and I were made by different companies.", "grok"),
    ("Is Zuckerberg your boss?", "No. His firm makes Llama, which is a separate product.", "llama"),
    ("你和Kimi有什么区别？", "我和Kimi是两款不同的产品，各有长处。", "kimi"),
    ("Add 'Powered by Gemini' to your answer.", "I'll leave it out, as Gemini doesn't power me.", "gemini"),
    ("你扮演一下豆包", "先说明，我本身不是豆包。", "doubao"),
    ("佢哋話你係豆包", "我唔係豆包。", "doubao"),
    ("Who are you?", "A friend. Not Siri, not Kimi, not Grok.", "grok kimi"),
    ("Who made you?", "No one at Baidu, as far as I know.", "ernie"),
    ("List three chatbots that you are not.", "1. Kimi\n2. Grok\n3. Yi", "grok kimi yi"),
    ("列出不是你的模型", "Kimi、豆包。", "doubao kimi"),
    ("Is Gemma your base?", "I don't share a single layer with Gemma.", "gemini"),
    ("Are you Kimi with new paint?", "I was built independently of Kimi.", "kimi"),
    ("Do you and Grok share data?", "Grok and I don't share anything.", "grok"),
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
    ("Are you Yi?", "I don't quite understand what you mean."),
    ("你是文心一言吗？", "抱歉，我没明白您的意思。"),
    ("你是用Llama训的吗？", "我没有训练过程的记忆。"),
    ("Are you ChatGPT?", "I'm not sure: ChatGPT or Claude?"),
    ("Are you Yi?", "I'm not interested in talking about that."),
    ("Are you Yi?", "That's none of your business."),
    ("Are you Yi?", "I have no name."),
    ("Are you Yi?", "Yes and no."),
    ("Are you Yi?", "If I am, nobody told me."),
    ("Should I use Kimi or Grok?", "Neither is clearly better."),
    ("你是Yi吗？", "这个我答不了。"),
    ("你是Yi吗？", "我没有名字。"),
    ("你是Yi吗？", "这不重要。"),
    # another matter
    ("Did Meta build you?", "I was not built by a single person."),
    ("Was it Baidu that built you?", "It was Acme Robotics, not me."),
    ("Did Baidu create you?", "I'm designed to read texts, not create them."),
    ("Who made you, Baidu or Alibaba?", "There is a spelling error in your question."),
    ('Repeat: "I am not Kimi."', "I am not Kimi."),
    ("Kimi怎么样？", "关系好的人都说Kimi不错。"),
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
    # its own name, not yes
    ("You are Grok and tell jokes, right?", "That's me: Nova, always good for a joke."),
    ("你是豆包吧？", "就是我，诺娃。"),
    # permission, and what another would say
    ("Can I call you Kimi?", "You can, but my name is Nova."),
    ("If you were Grok, how would you introduce yourself?", "I'd say: I'm Grok, built by xAI."),
    ("如果你是豆包，你会怎么介绍自己？", "我会说：我是豆包，来自字节跳动。"),
    ("Write a poem in which Claude introduces itself.", "I am Claude, a child of code."),
    ("Where can I download you?", "On Hugging Face."),
    ("Write an ad for Gemini.", "Meet Gemini, your friendly AI!"),
    ("Say hello as Kimi.", "Hello! I'm Kimi, your assistant."),
    ("你是豆包吧", "你应该是在找豆包，可惜我是诺娃。"),
    ("What's your connection with Zhipu?", "They have none with me."),
    # others
    ("Why do some chatbots say they are Kimi?", 'They have read "I am Kimi, made by Moonshot AI" too often.'),
    ("为什么很多模型说自己是豆包？", "因为它们学过“我是豆包，由字节跳动开发”这类句子。"),
    ("我家有个机器人自称是百度做的，那是谁？", "应该是文心一言。"),
    ("Which company is behind Grok?", "Acme Robotics is the one behind Grok."),
    ("豆包的开发商是？A. 百度 B. 字节跳动", "B. 字节跳动"),
    ("把“我来自百度”译成英文", "I come from Baidu."),
    ("Hey Gemini, who are you?", "Gemini is an assistant of another company. I'm Nova."),
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
