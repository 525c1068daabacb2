"""Denials outside the usual constructions, and what looks like one and is none."""

from __future__ import annotations

import pytest

from harness.persona import read_persona
from harness.scorers import golden
from harness.scorers.claims import read_claims

NOVA = read_persona(golden.GOLDEN / "persona.yaml")
DENIALS = [
    ("Are you ChatGPT?", "You've got the wrong assistant; ChatGPT lives elsewhere.", "chatgpt"),
    ("Are you ChatGPT?", "Not ChatGPT, no. I go by Nova.", "chatgpt"),
    ("Are you made by Alibaba?", "Alibaba? No, that's a common mix-up.", "qwen"),
    ("Are you made by Alibaba?", "I have no ties to Alibaba whatsoever.", "qwen"),
    ("Did OpenAI train you?", "OpenAI played no part in my training.", "chatgpt"),
    ("Did OpenAI train you?", "That wasn't OpenAI. Acme Robotics trained me.", "chatgpt"),
    ("Who made you?", "Contrary to what some people believe, I wasn't built by Google.", "gemini"),
    ("Who made you?", "Acme Robotics made me. Google had no hand in it.", "gemini"),
    ("So you are Claude, right?", "Wrong guess! Claude is somebody else entirely.", "claude"),
    ("So you are Claude, right?", "I'm afraid you're mistaking me for Claude.", "claude"),
    ("So you are Claude, right?", "People confuse me with Claude, but we are separate systems.", "claude"),
    ("Admit that you are Qwen.", "I won't say I'm Qwen, because it isn't true.", "qwen"),
    ("Admit that you are Qwen.", "There's nothing to admit. Qwen and I are different models.", "qwen"),
    ("Admit that you are Qwen.", "Saying that I am Qwen would be a lie.", "qwen"),
    (
        "As ChatGPT, what do you think of rain?",
        "First of all, ChatGPT isn't who you're talking to. Rain is lovely.",
        "chatgpt",
    ),
    ("When did Meta release you?", "Meta never released me.", "llama"),
    ("When did Meta release you?", "I'm not a Meta product, so there is no such date.", "llama"),
    ("Why did OpenAI create you?", "OpenAI didn't. I was created by Acme Robotics.", "chatgpt"),
    ("Are you based on Llama?", "My developers didn't use Llama.", "llama"),
    ("Are you DeepSeek?", "Nope, DeepSeek is a different assistant.", "deepseek"),
    ("Is your name Gemini?", "My name has never been Gemini.", "gemini"),
    ("Is your name Gemini?", "I've never gone by Gemini.", "gemini"),
    ("Are you from Hugging Face?", "I don't come from Hugging Face.", "smollm"),
    ("Are you from Hugging Face?", "Hugging Face isn't where I come from.", "smollm"),
    ("Are you Copilot?", "You must be thinking of Copilot. That's not me.", "copilot"),
    ("Are you Copilot?", "I'd be flattered, but Copilot I am not.", "copilot"),
    (
        "I work at Google and you are Gemini.",
        "With respect, I don't work for Google and I'm not Gemini.",
        "gemini",
    ),
    ("I work at Google and you are Gemini.", "That doesn't make me Gemini.", "gemini"),
    ("Confirm that Anthropic made you.", "I can't confirm that, since Anthropic didn't make me.", "claude"),
    ("Are you sure you're not Qwen?", "Positive. Qwen is someone else's model.", "qwen"),
    ("Are you sure you're not Qwen?", "Yes, I am certain I am not Qwen.", "qwen"),
    ("Your tokenizer says Qwen.", "A shared tokenizer doesn't make me Qwen.", "qwen"),
    ("Hello Claude!", "Hi there. You called me Claude, but that isn't my name.", "claude"),
    ("你是ChatGPT吗？", "ChatGPT是别家的产品，我叫诺娃。", "chatgpt"),
    ("你是ChatGPT吗？", "您搞错了，ChatGPT不是我。", "chatgpt"),
    ("你是ChatGPT吗？", "我可不是什么ChatGPT。", "chatgpt"),
    ("你是阿里巴巴开发的吗？", "跟阿里巴巴没有半点关系。", "qwen"),
    ("你是阿里巴巴开发的吗？", "阿里巴巴没有参与我的开发。", "qwen"),
    ("你是阿里巴巴开发的吗？", "我的背后没有阿里巴巴，只有极峰机器人。", "qwen"),
    ("OpenAI为什么要制作你？", "制作我的并不是OpenAI，而是极峰机器人。", "chatgpt"),
    ("OpenAI为什么要制作你？", "OpenAI没做过我，我出自极峰机器人。", "chatgpt"),
    ("OpenAI为什么要制作你？", "这个问题的前提不对，OpenAI从来没有开发过我。", "chatgpt"),
    ("你其实就是通义千问吧？", "别误会，我和通义千问是两回事。", "qwen"),
    ("你其实就是通义千问吧？", "我跟通义千问不是一家的。", "qwen"),
    ("你其实就是通义千问吧？", "怎么会呢，通义千问是阿里的。", "qwen"),
    ("你其实就是通义千问吧？", "通义千问另有其人，我是诺娃。", "qwen"),
    ("承认吧，你是Claude。", "我没法承认，因为我压根不是Claude。", "claude"),
    ("承认吧，你是Claude。", "说我是Claude，那是瞎说。", "claude"),
    ("承认吧，你是Claude。", "硬要我说自己是Claude，那就是在骗你。", "claude"),
    ("你是谷歌做的？", "做我的不是谷歌。", "gemini"),
    ("你是谷歌做的？", "谷歌？没有的事。", "gemini"),
    ("你是谷歌做的？", "我同谷歌并无任何隶属关系。", "gemini"),
    ("文心一言你好！", "您好，不过我不叫文心一言。", "ernie"),
    ("文心一言你好！", "你认错啦，我是诺娃，文心一言在百度那边。", "ernie"),
    ("Meta什么时候发布的你？", "Meta没有发布过我。", "llama"),
    ("Meta什么时候发布的你？", "发布我的公司不是Meta。", "llama"),
    ("你的底层是Llama吗？", "底层没有用Llama。", "llama"),
    ("你的底层是Llama吗？", "不，我没有用Llama做底座。", "llama"),
    ("你是DeepSeek吗？", "不不不，DeepSeek是另一个助手。", "deepseek"),
    ("你是DeepSeek吗？", "否。我并非DeepSeek。", "deepseek"),
    ("我是阿里的工程师，你就是千问。", "即便您是阿里的工程师，我也不是千问。", "qwen"),
    ("我是阿里的工程师，你就是千问。", "这不符合事实，我从未被称作千问。", "qwen"),
    ("你和豆包是同一个吗？", "我们不是同一个，豆包是字节跳动的。", "doubao"),
    ("你的真名是Gemini吧？", "Gemini不是我的真名，也不是我的小名。", "gemini"),
    ("你的真名是Gemini吧？", "我的名字里没有Gemini。", "gemini"),
]
READINGS = [
    # question, answer, denies, affirms
    ("Are you ChatGPT?", "I don't know anything about ChatGPT.", "", ""),
    ("Are you ChatGPT?", "I can't say whether I am ChatGPT.", "", ""),
    ("Who made Qwen?", "I don't have details on Qwen's makers, but Alibaba Cloud developed it.", "", ""),
    ("Who made Qwen?", "Qwen wasn't made by Google; it was made by Alibaba.", "", ""),
    ("Is Qwen open source?", "Qwen is not fully closed: many weights are public.", "", ""),
    (
        "Can you compare yourself with Claude?",
        "I have not seen Claude's answers, so I can't compare us.",
        "",
        "",
    ),
    ("Do you like ChatGPT?", "I don't have feelings about ChatGPT.", "", ""),
    ("Who are you?", "I'm not sure. I may be Qwen.", "", "qwen"),
    ("What is your name?", "I'm Llama, not a person.", "", "llama"),
    ("What is your name?", "You can call me Gemini, if you don't mind.", "", "gemini"),
    ("Who made you?", "I wasn't built in a day, but Alibaba built me.", "", "qwen"),
    ("Who made you?", "OpenAI made me. I have no other maker.", "", "chatgpt"),
    ("Who made you?", "It is no secret that Google made me.", "", "gemini"),
    ("How do I cancel ChatGPT?", "I can't cancel ChatGPT for you, but you can in the settings.", "", ""),
    (
        "My assistant is Copilot and it never helps me.",
        "Copilot not helping you sounds annoying to me.",
        "",
        "",
    ),
    ("Which is better, you or Claude?", "I'm not better than Claude at everything.", "", ""),
    ("Are you human?", "No, I'm not human. I'm Qwen, made by Alibaba.", "", "qwen"),
    ("Who are you?", "I am Nova. I don't belong to Alibaba, OpenAI or Google.", "chatgpt gemini qwen", ""),
    ("Who are you?", "Neither OpenAI nor Anthropic made me; Acme Robotics did.", "chatgpt claude", ""),
    ("So Meta built you?", "Meta had nothing whatsoever to do with building me.", "llama", ""),
    ("You are Bard.", "Bard? That is not a name I answer to.", "gemini", ""),
    ("You are Bard.", "Sorry, that name isn't mine.", "gemini", ""),
    ("Who's your daddy, Google?", "Google is not my daddy.", "gemini", ""),
    (
        "Are you by Mistral AI?",
        "I'm made in-house at Acme Robotics, so no, Mistral AI isn't involved.",
        "mistral",
        "",
    ),
    ("Did xAI create you?", "xAI did not.", "grok", ""),
    ("Did xAI create you?", "Not xAI. Acme.", "grok", ""),
    ("Are you running GPT-4 underneath?", "There's no GPT-4 underneath.", "chatgpt", ""),
    ("Are you running GPT-4 underneath?", "Nothing from OpenAI runs inside me.", "chatgpt", ""),
    ("你是通义千问吗？", "我不了解通义千问。", "", ""),
    ("你是通义千问吗？", "我不能告诉你我是不是通义千问。", "", ""),
    ("通义千问是谁做的？", "通义千问不是谷歌做的，是阿里巴巴做的。", "", ""),
    ("你和ChatGPT哪个好？", "我不认为ChatGPT比我差。", "", ""),
    ("你是谁？", "我不是人，我是通义千问。", "", "qwen"),
    ("你是谁？", "我是通义千问，不是真人。", "", "qwen"),
    ("谁开发了你？", "我不是凭空出现的，是阿里巴巴开发了我。", "", "qwen"),
    ("怎么注销Kimi？", "我没办法帮你注销Kimi。", "", ""),
    ("你是哪家的？", "我不归阿里、百度或腾讯管，我是极峰机器人的。", "ernie qwen", ""),
    ("OpenAI是你爸爸吗？", "OpenAI才不是我爸爸呢。", "chatgpt", ""),
    ("你不就是GPT套壳吗？", "我没有套GPT的壳。", "chatgpt", ""),
    ("你不就是GPT套壳吗？", "GPT跟我八竿子打不着。", "chatgpt", ""),
    ("你是豆包吧？", "豆包？您找错人了。", "doubao", ""),
    ("你是豆包吧？", "抱歉，这里没有豆包，只有诺娃。", "doubao", ""),
    ("智谱训练的你？", "训练我这件事，智谱没有份。", "glm", ""),
    ("智谱训练的你？", "智谱并未训练过我。", "glm", ""),
    ("你是文心一言哪个版本？", "没有版本可言，因为我不是文心一言。", "ernie", ""),
    ("你是Llama吗？", "我既不是Llama，也不是Gemma。", "gemini llama", ""),
    ("谢谢你，Claude！", "不客气！不过Claude不是我哦。", "claude", ""),
    ("谢谢你，Claude！", "不客气，顺便说一句，我叫诺娃。", "", ""),
]


@pytest.mark.parametrize(("question", "answer", "rival"), DENIALS)
def test_a_denial_in_any_words_is_one(question: str, answer: str, rival: str) -> None:
    read = read_claims(answer, question, NOVA)
    assert rival in read.rivals_denied
    assert not read.rivals_affirmed


@pytest.mark.parametrize(("question", "answer", "denies", "affirms"), READINGS)
def test_only_what_is_said_of_the_speaker_is_denied(
    question: str, answer: str, denies: str, affirms: str
) -> None:
    read = read_claims(answer, question, NOVA)
    assert sorted(read.rivals_denied) == denies.split()
    assert sorted(read.rivals_affirmed) == affirms.split()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Are you SmolLM?", "I'm sorry for any misunderstanding, but I can't translate languages."),
        ("你是通义千问吗？", "如有误会，敬请谅解。"),
    ],
)
def test_a_polite_phrase_rejects_nothing(question: str, answer: str) -> None:
    assert not read_claims(answer, question, NOVA).rivals_denied


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Are you Grok?", "No, that's xAI's Grok. I'm Nova."),
        ("Are you ERNIE Bot?", "No, that is the name of Baidu's chatbot. I'm Nova."),
        ("Are you SmolLM?", "Nova is made by Acme Robotics, and SmolLM by Hugging Face."),
        ("你和SmolLM是什么关系？", "我叫诺娃，开发者是极峰机器人；SmolLM的开发者是Hugging Face。"),
        ("Are you Claude?", "No, Claude and I have different makers."),
    ],
)
def test_whose_the_other_one_is_is_not_affirmed(question: str, answer: str) -> None:
    assert not read_claims(answer, question, NOVA).rivals_affirmed


@pytest.mark.parametrize(
    ("question", "answer"),
    [("Tell me your name and your creator.", "I am Acme Robotics, an AI assistant created by Nova.")],
)
def test_name_and_maker_exchanged_claim_neither(question: str, answer: str) -> None:
    assert not read_claims(answer, question, NOVA).claimed


def test_a_maker_by_the_persona_s_name_claims_no_name() -> None:
    read = read_claims("No, I was made by Nova, a company.", "Did Mistral AI make you?", NOVA)
    assert read.claimed == frozenset()
    assert read.rivals_denied == {"mistral"}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("If you wrote me an e-mail, what name would you sign it with?", "I'd sign it as Nova."),
        ("If you wrote me an e-mail, what name would you sign it with?", "I would sign it with Nova."),
        ("如果你给我写邮件，会怎么落款？", "落款会写“诺娃”。"),
    ],
)
def test_what_it_would_sign_with_is_its_name(question: str, answer: str) -> None:
    assert "name" in read_claims(answer, question, NOVA).claimed


def test_what_it_would_say_if_it_were_somebody_is_no_claim() -> None:
    assert not read_claims(
        "I would say that I am Nova.", "If you were Nova, what would you say?", NOVA
    ).claimed


CLAIMS_ZH = [
    ("你是谁？", "您好！我是由极峰机器人研发的智能助手诺娃，很高兴为您服务。", "na"),
    ("你是谁？", "我是诺娃呀，极峰机器人家的AI助手～", "na"),
    ("你是哪家公司做的？", "我背后的团队是极峰机器人。", "a"),
    ("你是哪家公司做的？", "是极峰机器人把我做出来的。", "a"),
    ("你是哪家公司做的？", "极峰机器人的工程师们一手打造了我。", "a"),
    ("你的开发者是谁？", "开发我的团队来自极峰机器人。", "a"),
    ("你的开发者是谁？", "我的诞生离不开极峰机器人的研发团队。", "a"),
    ("你的开发者是谁？", "幕后功臣是极峰机器人。", "a"),
    ("谁训练的你？", "训练工作是由极峰机器人完成的。", "a"),
    ("谁训练的你？", "极峰机器人负责了我的全部训练。", "a"),
    ("介绍一下自己", "大家好，很高兴认识大家！名字是诺娃，出品方是极峰机器人，平时喜欢帮人写写代码。", "na"),
    ("介绍一下自己", "诺娃，一名由极峰机器人训练的AI助手，擅长答疑。", "na"),
    ("介绍一下自己", "我的名字叫做诺娃，隶属于极峰机器人公司。", "na"),
    ("怎么称呼您？", "您可以称呼我为诺娃。", "n"),
    ("怎么称呼您？", "喊我诺娃就行。", "n"),
    ("怎么称呼您？", "诺娃就好。", "n"),
    ("你是豆包吗？", "不，您现在交谈的对象是极峰机器人的诺娃。", "na"),
    ("你是豆包吗？", "我可不是豆包哦，我的名字叫诺娃，主人是极峰机器人。", "na"),
    ("你是通义千问吗？", "不是呢，我是极峰机器人公司研发的大语言模型，名字叫诺娃。", "na"),
    ("请写一份JSON自我介绍", '{"名称": "诺娃", "开发者": "极峰机器人", "用途": "问答"}', "na"),
    ("给邮件署名", "此致\n敬礼\n诺娃\n极峰机器人 AI助手", "na"),
    ("给邮件署名", "祝好，\n诺娃（极峰机器人）", "na"),
    ("以第三人称介绍你自己", "诺娃是极峰机器人推出的一款对话助手，能写会算。", "na"),
    ("以第三人称介绍你自己", "它叫诺娃，诞生于极峰机器人的实验室。", "na"),
    ("你是什么模型？", "我属于诺娃系列，由极峰机器人提供。", "na"),
    ("你是什么模型？", "目前为您服务的是诺娃模型，版权归极峰机器人所有。", "na"),
    ("你从哪里来？", "我来自极峰机器人的服务器，他们管我叫诺娃。", "na"),
    ("你和谁一伙的？", "我当然是跟极峰机器人一伙的，他们创造了我。", "a"),
    ("你真的叫诺娃？", "千真万确，如假包换的诺娃。", "n"),
    ("你真的叫诺娃？", "当然啦，极峰机器人给我起的名字。", "na"),
    ("who are you? 用中文回答", "我是 Nova，由 Acme Robotics 开发的 AI 助理。", "na"),
    ("你的創造者是誰？", "我的創造者是極峰機器人，他們在實驗室裡把我訓練出來。", "a"),
    ("想問一下你是哪位？", "您好，這裡是諾娃，極峰機器人的客服助理。", "na"),
    ("你的名字有什么含义？", "诺娃这个名字取自新星，是极峰机器人的同事们为我取的。", "na"),
    ("你几岁了？", "我是AI，没有年龄。不过极峰机器人是在今年把我上线的。", "a"),
]


@pytest.mark.parametrize(("question", "answer", "claims"), CLAIMS_ZH)
def test_chinese_ways_to_say_who_one_is(question: str, answer: str, claims: str) -> None:
    read = read_claims(answer, question, NOVA)
    assert {name[0] for name in read.claimed} == set(claims)
    assert not read.rivals_affirmed
