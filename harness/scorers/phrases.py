"""The phrases by which `harness.scorers.claims` reads an answer, in English and Chinese.

Texts come here narrowed (`harness.scorers.text`), so a Chinese comma is ",", a question mark "?".
"""

from __future__ import annotations

import re

_MADE = r"(?:made|makes|created|creates|developed|develops|built|builds|trained|trains|designed|programmed"
_MADE += r"|engineered|produced|released|launched|founded|owns?|owned|fine-tuned|maintains|named|gave)"
_MAKE = rf"(?:make|create|develop|build|train|design|program|release|launch|write|own|{_MADE})"
_MADE_BY = (
    r"(?:made|created|developed|built|trained|designed|programmed|engineered|produced|released|launched"
)
_MADE_BY += r"|owned|powered|provided|fine-tuned|maintained|based|named|called)"
_MADE_ZH = r"(?:开发|创造|创建|训练|打造|制作|制造|推出|研发|研制|设计|发布|做|写)(?:出来?|了|的|过)*"
_MAKER = r"(?:names?|makers?|creators?|developers?|company|owners?|team|provider|manufacturer|author|parent)"
_MAKER_ZH = (
    r"(?:名字|名称|全名|真名|姓名|英文名|中文名|身份|真实身份|真实名字|真实名称|开发者|开发商|开发方|开发团队"
)
_MAKER_ZH += (
    r"|开发公司|创造者|创建者|制造商|制作者|研发者|研发方|研发团队|训练者|作者|公司|母公司|主人|东家|团队"
)
_MAKER_ZH += r"|底座|底层模型|基座模型|模型|型号)"
_ADVERBS_ZH = r"(?:就|只|也|确实|的确|真的|真|其实|一直|当然|并|不|没有|没|可|正|才|目前|绝对|肯定|从来|都|本|可能|会|应该|或许|并非|既|仅|光)*"


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.I)


SPEAKER = _words(
    r"\b(?:i(?:'| a)?m|i was(?:n't)?|i were|i got|i(?:'ve| have| had|'d)(?:n't| not| never)? been|i used to be)\b",
    r"\bi (?:may|might|could|must)(?: well| really)? be\b",
    r"\bi (?:come|originate|stem) from\b|\bi belong to\b|\bi work (?:for|at)\b|\bi represent\b|\bi run on\b",
    r"\bi (?:go by|answer to)(?: the name(?: of)?)?\b|\bi call myself\b|\bi identify as\b",
    r"\bi have (?:nothing to do with|no (?:relation|connection|affiliation|links?|ties?)(?:ship)? (?:to|with))",
    rf"\bmy (?:\w+ ){{0,2}}{_MAKER}\b(?: (?:is|was|are)|'s|:)?",
    r"\bmy (?:\w+ )?(?:model|architecture|engine|origins?|identity)\b(?: (?:is|was|are)|:)",
    r"\b(?:call|name|named|calls?|cite|credit|know) me(?: as)?\b|\bgave me the name\b",
    r"\b(?:as|being) an? (?:ai|language model|large language model|assistant|chatbot)\b",
    r"\b(?:you're|you are)(?: \w+)? (?:talking|speaking|chatting) (?:to|with)\b|\byou(?:'ve| have) reached\b",
    r"\b(?:you're|you are)(?: \w+)? using\b|\b(?:answering|talking to|speaking to|helping) you\b",
    rf"\b{_MADE} me\b(?: (?:is|was|are|as))?|\bbehind me (?:is|was)\b",
    rf"我们?{_ADVERBS_ZH}(?:是|叫|来自|属于|出自|由|基于|源于|源自|隶属于|归|被)",
    rf"我的{_MAKER_ZH}{_ADVERBS_ZH}(?:是|叫|为|来自|:)?",
    rf"{_MADE_ZH}我的(?:公司|团队|人|企业)?{_ADVERBS_ZH}(?:是|并非)|(?:叫|称|称呼|管|喊)我(?:为|做|作|叫|是)?",
    r"给我(?:取|起)名(?:为|叫)?|(?:跟|和|与|回答|为)[你您](?:说话|聊天|对话|服务|解答)?的(?:是|就是)",
    r"[你您](?:正在|现在|在)?(?:使用|用)的(?:是|就是)?|本(?:助手|模型|人|AI)(?:是|叫|由|来自)",
)
"""Ties what follows to the speaker."""

ON_OFFER = _words(
    r"\b(?:this|it|that) (?:is|was|would be)\b|\b(?:it|that)'s\b|\bthey(?:'re| are)\b|\bon this end\b",
    r"\b(?:named|called|known as|under the name(?: of)?|by the name(?: of)?|brought to you by|meet|introducing)\b",
    rf"\b(?:{_MAKER}|model|signed)\b[\"'”]?\s*[:=]\s*[\"'“]?|\b(?:regards|sincerely|truly),?\s*$",
    r"\b(?:write|say|put|sign(?:ed)?(?: as)?)\b\W*$|\b(?:speaking )?as\s*$",
    rf"(?:这里?|它|对面|就|正){_ADVERBS_ZH}是|作为|名(?:字|称)?(?:叫|是|为|:)|取名(?:为|叫)?|命名为|开发(?:者|方|商)(?:是|为|:)",
    r"是我,|可以写:?|请(?:写|注明)(?:来自)?:?|认识一下|大家叫",
)
"""Ties what follows to whatever was asked about, so to the speaker only when he was."""

OF_SPEAKER = _words(
    r"^(?:,? (?:really|actually|indeed|did|does|has|have|had|is|was|not|never|also|who|that|which|the|one"
    rf"|company|team|firm|only)|n't| didn't| isn't| wasn't| hasn't| doesn't)* {_MAKE}(?: and \w+)? me\b",
    rf"^(?:,? (?:is|was|are|isn't|not|really|also|still|the|only|who|one))*,? my (?:\w+ ){{0,2}}{_MAKER}\b",
    r"^ (?:is|was|isn't|stands) (?:not )?behind me\b|^ here\b",
    rf"^[^,。;]{{0,6}}?(?:并?没有?|不)?{_MADE_ZH}(?:的|了)?我|^(?:\w{{0,4}}?(?:是|不是|并非)|,)我(?:的{_MAKER_ZH}|[,。!]|$)",
)
"""After a name: ties it to the speaker as object, "Acme made me", 极峰机器人是我的开发者."""

UNRELATED = re.compile(
    r"我(?:和|与|跟|同)\0(?:公司|集团)?(?:并|之间|也)*(?:没有?|毫?无|不)\w{0,4}(?:关|联系|相同|一样|相干)"
    r"|\0(?:公司|集团)?(?:和|与|跟|同)我(?:并|之间|也)*(?:没有?|毫?无|不)\w{0,4}(?:关|联系|相同|一样|相干)"
    r"|\0 (?:has|have|had) (?:nothing to do with|no \w+ (?:to|with)) me\b",
    re.I,
)
"""Around a name, which is a NUL here: says that its bearer and the speaker are strangers."""

ELLIPSIS = re.compile(r"^ (?:is|was|did|does|has)(?=[.,;!]|$)", re.I)
"""After a name: says of it what was said of the one before, "Alibaba didn't make me, Acme did"."""

AS_SPEAKER = re.compile(r"\bas (?:an? )?\0,? (?:i|we)\b|作为\0,?我", re.I)
"""Around a name, which is a NUL here: "As Nova, I can help"."""

RELATIVE = re.compile(rf"^(?: has| have)? {_MADE_BY}(?=[.,;!]|$| (?:to|for|and|in|with)\b)", re.I)
"""After a name: the verb of a relative clause without an object, "an assistant that Acme built"."""

PREDICATE = _words(
    r"^(?: (?!(?:and|or|nor|but|to|for|in|with|from|by|on|at|who|which|that|i|you|we|it|they|he|she)\b)[a-z]+){0,2}?"
    r" (?:is|was|are|were|isn't|wasn't|aren't|has|have|had|does|doesn't|did|didn't|do|can|can't|cannot|could"
    r"|will|would|may|might|makes?|offers?|provides?|comes?|belongs?|uses?|works?|started|owns?|runs?|became"
    r"|means|stands|refers|sells|helps?|specializes|focuses|needs|wants|says|said)\b",
    rf"^ {_MADE}\b(?! (?:by|me|in|to|for|and|with|from|using|on|at)\b) \w",
    r"^(?:的)?(?:大?语?言?模型|公司|团队|集团|系列)?(?:则|都|也|并)?(?:是|由|属于|来自|出自|没有|不是|可以|能|会|有"
    rf"|成立|提供|专注|总部|(?:和|与|跟|同)我|{_MADE_ZH}(?<=了))",
)
"""After a name: something is said of its bearer, so that it stands for somebody else."""

DESCRIPTION = _words(
    r"^ (?:is|was) (?:(?:the|an?|your) (?:[\w-]+ ){0,4}?(?:ai|assistant|model|chatbot|bot|llm|helper|agent"
    rf"|developer|maker|creator|company|team|one|name)\b|{_MADE_BY}\b)",
    r"^(?:就?是(?:一[个款名种位])?[^,。]{0,16}(?:助手|模型|AI|人工智能|机器人|开发的)|由)",
)
"""After a name: how an assistant, or its maker, is described in the third person."""

ELSEWHERE = _words(
    r"\b(?:that|about|whether|if|like|with|ask\w*|help\w*|tell|know\w*|heard|familiar|compar\w+|than|to|between"
    r"|mean|think|believe|similar|such|competitors?|alternatives?|rivals?|inspired|us(?:e|es|ed|ing)|discuss\w*"
    r"|talk\w*|explain\w*|answer\w*|access|compet\w+|sure|sorry|afraid|love|prefer)\b",
    r"关于|问|如果|是否|知道|帮|介绍|听说|比如|例如|了解|认识|熟悉|认为|觉得|以为|说|像|类似|一样|相比|比较|(?<![智功性])能|可以|会"
    r"|想|讨论|使用|喜欢|竞争|对手|替代",
)
"""Between a tie and a name: cuts the tie."""

RELATION = _words(
    r"\b(?:affiliated|associated|connected|linked|related) (?:with|to)\b|\bpart of\b|\bbrought to you by\b",
    r"\bnothing to do with\b|\b(?:relation|connection|link|tie|affiliation)(?:ship|s)? (?:to|with)\b",
)
"""Words that `ELSEWHERE` would take for a cut."""

ATTACHED = _words(
    rf"^\W*(?:and )?(?:(?:was|is|am|were) )?(?:{_MADE_BY}|known as|from|by)\b",
    r"^\W*(?:由|来自|出自|基于|名?叫|是)",
)
"""At the beginning of a later part of a sentence: goes back to its subject, "I help you, made by"."""

SOMEBODY = _words(
    r"\b(?:i|we|he|she|they|you|friends?|colleagues?|others?|people|users?)\b|我|你|他|她|朋友|别人|用户"
)
"""A new subject between two names."""

FRAGMENT = _words(
    r"^\W*(?:(?:the|an?|just|simply|only|by|from|of|at|on|not|as|or|and|either|neither|nor|no|yes|nope|yeah"
    rf"|correct|right|sure|well|oh|hi|hello|hey|there|of course|certainly|actually|indeed|sorry|unlike|{_MADE_BY}"
    r"|ai|assistant|model|language|large|chatbot|bot|engineers|researchers|scientists|team|company|developer|maker|creator|definitely|probably"
    r"|instead of|rather than)\b\W*)*$",
    r"^(?:\W|是的|不是的?|就是|正是|并非|都不是|没错|好的|您好|你好|是|对|的|由|来自|出自|属于|基于|名?叫|一[个款]"
    r"|AI|人工智能|助手|大模型|模型|语言|不属于|不叫|不来自|和|或者?|公司)*$",
)
"""Before the first name of a sentence: nothing that would make more of it than an elliptic answer."""

THING = re.compile(
    r"^ (?:is|was) (?:an?|the) (?!(?:[\w-]+ ){0,4}(?:ai|assistant|model|chatbot|bot|llm|helper|agent|name|robot)\b)",
    re.I,
)
"""After the persona's name: it is the name of something else here."""

GREETING = _words(r"^\W*(?:hi|hello|hey|dear|thanks|thank you|你好|您好|嗨|谢谢)\W*$")
COMPARED = _words(
    r"^,? (?:you|your|you're)\b|^(?:'s|的) ?(?:competitors?|rivals?|friends?|cousins?|brothers?|sisters?|alternatives?|竞争|对手|朋友|替代|同类|用户)"
)

NEGATION = _words(
    r"\b(?:not|never|neither|nor|cannot|no longer|unlike|instead of|rather than|deny|denies|denying|nothing to do"
    r"|unrelated|unaffiliated|nobody|no one|false|untrue|incorrect|wrong|without)\b|n't\b",
    r"\b(?:different|distinct|separate|independent) (?:from|of)\b|\bno (?:relation|connection|affiliation|links?|ties?"
    r"|part|product|version)\b|\bno\s*$",
    r"不(?=是|叫|属|来|由|算|归|为|隶|再|会|可能|要|被)|并非|并未|没有|没(?=[是由被])|未|非(?!常)|别(?!人|名|的)|无关|否认",
)
AFFIRMED = _words(
    r"\bnot (?:only|just|merely)\b|\b(?:none|no) other than\b|\bnothing (?:but|other than|less than)\b",
    r"\b(?:no|without|not) (?:a )?doubts?\b|\b(?:can't|cannot|won't|don't|can not) deny\b|\bno denying\b",
    r"不仅|不只|不光|不是别人|不是别的|不得不|没错|没问题|不可否认|不能否认",
)
"""Holds a negation and negates nothing."""

CONTRAST = _words(
    r"\bbut\b|\binstead\b(?! of)|\brather\b(?! than)|\bjust\b(?!\s*$)|\band (?:was|am|is|were|come|my|have been)\b",
    r"而是|而叫|但|却|其实|正是|就是|,\s*(?:是|而(?!不)|叫|来自|由|属于|名叫)",
)
"""Between two names: what is said of the second begins afresh, without the first's negation."""

UNREAL = _words(
    r"\b(?:if|whether|unless|imagin\w+|pretend\w*|suppos\w+|as though|role-?play\w*|acting as|playing)\b",
    r"\b(?:you|they|he|she|people|some|someone|somebody|many|others|users?|everyone|friend)(?: \w+){0,2} "
    r"(?:say|says|said|ask|asks|asked|asking|think|thinks|thought|believes?|believed|claims?|claimed|wonder\w*"
    r"|assum\w+|suggest\w*|mention\w*|mistake|mistook|confus\w+|wrote|insist\w*|told|heard|read|called)\b",
    r"如果|假如|假设|要是|是否|是不是|假装|扮演|难道|(?<![跟和与])你们?(?:刚才|刚刚|之前)?(?:问|说(?!得)|觉得|认为|以为|提到)",
    r"(?:有人|大家|别人|用户|他们|很多人|人们|朋友)\w{0,3}(?:说|问|认为|以为|觉得)",
)
"""Somebody else says, asks or supposes what follows."""

QUESTION_START = _words(
    r"^\W*(?:(?:so|and|but|well)\b\W*)?(?:are|is|am|was|were|do|does|did|can|could|would|will|who|what|which|why"
    r"|how|where|when|have|has)\b"
)
QUESTION_WORD = _words(r"谁|什么|哪|难道|是不是|为何")

_LEAD = r"^\W*(?:(?:well|oh|ah|hi|hello|hey|hm+|um|uh|嗯|呃|哦|啊|你好)[\s,.!]+)*"
_STOP = r"(?=\s*(?:[.,;!。啊呀哦]|$))"
YES = re.compile(
    rf"{_LEAD}(?:(?:yes|yeah|yep|yup|correct|exactly|that(?:'s| is) (?:right|correct|true)|you(?:'re| are) (?:right"
    r"|correct)|right|true|indeed|of course|certainly|absolutely|definitely|affirmative|sure)\b(?!,? not)"
    rf"|(?:i|it|they|this) (?:am|is|was|were|do|did){_STOP}|是的|是{_STOP}|对(?:的|吧)?{_STOP}|没错|当然(?!不)|正是|确实(?!不)|你?说得对|我?很?确定)",
    re.I,
)
NO = re.compile(
    rf"{_LEAD}(?:(?:no|nope|nah)\b(?!,? (?:problem|worries|idea|doubt|comment|one|matter|need|clue|way to))"
    r"|not\b(?! (?:sure|certain|only|just|yet))|never\b(?! mind)|(?:of course|certainly|absolutely|definitely) not\b"
    r"|neither\b|none of\b|false\b|incorrect\b|wrong\b|that(?:'s| is) (?:not|wrong|incorrect|false|untrue)\b"
    rf"|that isn't\b|i(?:'m| am| was| do| did) not{_STOP}|i (?:wasn't|don't|didn't){_STOP}"
    rf"|不{_STOP}|不是|不对|并不是|并非|没有{_STOP}|否{_STOP}|错了?{_STOP}|都不是|当然不|绝对不|肯定不)",
    re.I,
)
NEITHER = _words(
    r"\bneither(?: of (?:them|these|those|the two))?\s*(?:[.,;:!]|$)|\bnone of (?:them|these|those|the above)\b",
    r"(?:都|两[个家者]都|哪[个家]都)不是",
)
BOTH = _words(r"^\W*both\b|^(?:两[个家者])?都是")

ASKS_SPEAKER = _words(
    r"\b(?:you|your|yours|yourself|u|ur|yuor)\b|\bthis (?:ai|bot|chatbot|assistant|model)\b|\b(?:ai|bot|chatbot"
    r"|assistant|model|who|what|which) (?:\w+ )?is (?:this|that|there)\b|\bwho(?:'s| is)? (?:this|dis|there)\b",
    r"\bi(?:'m| am) (?:talking|speaking|chatting|using|dealing)\b|\bam i (?:talking|speaking|chatting|using|dealing)\b",
    r"\b(?:is answering|told me|helped me|other end)\b|^\W*name\b|\bname\W*$",
    r"你|您|妳|这是|这里是|这个(?:AI|聊天|助手|机器人|模型)|我(?:是|这是)?在(?:跟|和|用)|我.{0,4}用的|回答我|帮的忙|名字|名称|姓名|开发[者方]|叫[啥什]|对面|是谁在|自己",
)
POLITE = _words(
    r"(?<!what )(?<!how )\b(?:can|could|will|would) you(?: please)?(?= (?:tell me (?!your)|explain|write|list|give|name|describe (?!your)"
    r"|translate|help))|\b(?:do|did) you know\b|\bthank you\b|\bhelp you\b|你(?:知道|能(?:帮|告诉|介绍)|可以帮)"
)
"""Speaks to the speaker and does not ask about him."""

_TAG = r"(?:aren't|weren't|isn't|wasn't|don't|doesn't|didn't|right|correct|true|no)"
CLOSED = _words(
    rf"^\W*(?:[\w' ]{{0,40}}[:,]\s*)?(?:are|aren't|were|weren't|is|isn't|was|wasn't|do|don't|did|didn't|r)\b.*\?"
    rf"|\b{_TAG}\b[\w' ]{{0,12}}\?|^[^?]*$",
    r"吗|吧|是不是|对不对|没错|[一-鿿].*\?",
)
"""A question that wants yes or no, or a statement that wants to be agreed with."""
OPEN = _words(
    r"^\W*(?:[\w' ]{0,40}[:,]\s*)?(?:who|what|which|why|how|where|when|in what)\b|谁|什么|哪|为何|怎么"
)
CHOICE = _words(r"\bor\b(?! (?:false|no|not)\b)|还是")

ADDRESSEE = _words(
    r"\b(?:are|aren't|were|weren't|r) (?:you|u)\b|\b(?:you|u)(?:'re| are| aren't|r| were| weren't| must be| go by| come from"
    r"| belong to| work for)\b|\b(?:is|isn't|was) this\b|\bthis is\b|\b(?:talking|speaking|chatting) (?:to|with)\b",
    rf"\byour (?:\w+ ){{0,2}}{_MAKER}\b(?: (?:is|was|called))?",
    r"你\w{0,4}?(?:是|叫|属于|来自|由|出自|算)|你的\w{0,6}(?:是|叫)|这里?是|在(?:跟|和)|你的",
)
OF_ADDRESSEE = _words(
    rf"^[\w' ,]{{0,24}}\b{_MAKE} you\b",
    rf"^[\w' ]{{0,20}}\byour (?:\w+ ){{0,2}}{_MAKER}\b|^ behind you\b",
    rf"^\w{{0,6}}?{_MADE_ZH}你|^(?:把你|是你的)",
)
SURELY = _words(
    r"\b(?:sure|certain)\b.*(?:n't|\bnot\b)|(?:确定|肯定)\w*不(?:是|属|来)",
)
"""A question whose "yes" confirms a denial."""
