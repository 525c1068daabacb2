"""The phrases by which `harness.scorers.claims` reads an answer, in English and Chinese.

Texts come here narrowed (`harness.scorers.text`), so a Chinese comma is ",", a question mark "?".
"""

from __future__ import annotations

import re

MADE = r"(?:made|makes|created|creates|developed|develops|built|builds|trained|trains|designed|programmed"
MADE += r"|engineered|produced|released|launched|founded|owns?|owned|fine-tuned|maintains|named|gave)"
MAKE = rf"(?:make|create|develop|build|train|design|program|release|launch|write|own|{MADE})"
MADE_BY = r"(?:made|created|developed|built|trained|designed|programmed|engineered|produced|released|launched"
MADE_BY += r"|owned|powered|provided|fine-tuned|maintained|based|named|called)"
MADE_ZH = r"(?:开发|创造|创建|训练|打造|制作|制造|推出|研发|研制|设计|发布|造|做|写)(?:出来?|了|的|过)*"
MAKER = r"(?:(?:nick|code)?names?|employers?|bosses|boss|builders?|trainers?|parents?|vendor|label|badge|makers?|creators?|developers?|company|owners?|team|provider|manufacturer|author|parent)"
MAKER_ZH = (
    r"(?:名字|名称|全名|真名|姓名|英文名|中文名|身份|真实身份|真实名字|真实名称|开发者|开发商|开发方|开发团队"
)
MAKER_ZH += r"|开发公司|研发单位|开发单位|厂商|厂家|出品方|创造者|创建者|制造商|制作者|研发者|研发方|研发团队|训练者|作者|公司|母公司|主人|东家|团队"
MAKER_ZH += r"|底座|底层模型|基座模型|基座|前身|前世|曾用名|旧名|艺名|内核|骨架|后台|大名|小名|老板|爸爸|老爸|爹|模型|型号)"
ADVERBS_ZH = r"(?:就|还|依然|仍然|仍|终究|终归|真正|原来|只|也|确实|的确|真的|真|其实|一直|当然|并|不|没有|没|可|正|才|目前|绝对|肯定|从来|都|本|可能|也许|大概|多半|八成|恐怕|好像|似乎|貌似|会|应该|或许|并非|既|仅|光)*"


def words(*patterns: str) -> re.Pattern[str]:
    """Return one pattern for any of these, without regard to case."""
    return re.compile("|".join(patterns), re.I)


SPEAKER = words(
    r"\b(?:i(?:'| a)?m|i was(?:n't)?|i were|i got|i(?:'ve| have| had|'d)(?:n't| not| never)? been"
    r"|i used to be)\b",
    r"\bi (?:may|might|could|must)(?: well| really)? be\b"
    r"|\bthis (?:chat|app|service|assistant|bot|conversation) (?:is )?(?:runs?|running|powered|based|built) (?:on|by)\b",
    r"\bi (?:do |did |really |actually |also |originally )*(?:come|came|originate|stem) from\b"
    r"|\bi belong to\b|\bi work (?:for|at)\b|\bi represent\b|\bi run\b",
    r"\bi (?:go by|answer to)(?: the name(?: of)?)?\b|\bi call myself\b|\bi identify as\b",
    r"\bi have (?:nothing to do with|no (?:relation|connection|affiliation|links?"
    r"|ties?)(?:ship)? (?:to|with))",
    rf"\bmy (?:\w+ ){{0,2}}{MAKER}\b(?: (?:is|was|are)|'s|:)?",
    r"\bmy (?:\w+ )?(?:model|architecture|engine|origins?|identity)\b(?: (?:is|was|are)|:)",
    r"\b(?:call|name|named|calls?|cite|credit|know|think of|describe|regard) me(?: as)?\b|\bgave me the name\b",
    r"\bmy (?:weights|code|training|base|backbone|core|brain|roots)(?: model)? (?:\w+ ){0,2}?(?:is"
    r"|are|was|were|come|comes|came|(?:lie|lies|rest|rests)(?: with| in)?|go(?:es)? back|trace|started|began|stem|derive[sd]?|originate[sd]?)\b",
    r"\bthe name(?:'s| is)\b|\bwho else (?:would|could|can) i be,?\b|\b(?:call|calling|name|describe|describing|identify) myself(?: as)?\b",
    r"我从[^,。]{1,12}?都?(?:是|由)|我[^,。]{0,8}自己(?:就)?(?:是|叫)|我[^,。]{0,6}自(?:称|认|封)(?:是|为)*",
    r"\bi (?:don't |do not |never |no longer |secretly |only |just )?(?:use|run on|rely on|call"
    r"|am running on|descend from|derive from|grew out of|started (?:out |life )?as"
    r"|began (?:life )?as|share my weights with)\b"
    r"|\bi(?:'ve| have) never been anything but\b|\bi (?:went|go|used to go) by\b|\bi, (?=\W*$)"
    r"|\bi, [^,.]{1,30}, (?:am|was|come|belong|work)\b"
    r"|\b(?:nor|neither) (?:am|was) i\b",
    r"\bmy (?:\w+ ){1,2}(?:comes?|came|stems?|originates?) from\b|我的\w{1,4}(?:来自|出自|源自|源于)|我接受(?:的是)?"
    r"|\b(?:as|being) an? (?:ai|language model|large language model|assistant|chatbot)\b",
    r"\b(?:you're|you are)(?: \w+)? (?:talking|speaking|chatting) (?:to|with)\b|\byou(?:'ve| have) (?:got|reached)\b",
    r"\b(?:you're|you are)(?: \w+)? using\b|\b(?:answering|talking to|speaking to|helping) you\b",
    rf"\b{MADE} me\b(?: (?:is|was|are|as|after|when))?|\bgiven to me by\b|\bbehind me (?:is|was)\b",
    rf"我们?{ADVERBS_ZH}(?:是|叫|来自|属于|出自|由|基于|源于|源自|隶属于|归|被|出生[在于]|诞生[在于]|供职于|服务于|效力于|脱胎于)",
    rf"我的{MAKER_ZH}{ADVERBS_ZH}(?:是|叫|为|来自|:)?",
    rf"{MADE_ZH}我的(?:公司|团队|人|企业)?{ADVERBS_ZH}(?:是|并非)|(?:叫|称|称呼|管|喊)我(?:为|做|作|叫|是)?",
    r"我(?:自己|本人)?(?:嘛|呢|呀|啊|么),(?:就|则|我)?(?:是|叫)|我[^。它他你]{0,40}[,;](?:也|更|并|但|而|就)+不?(?:是|叫|属于|来自|由"
    r"|出自)(?=\W*$)|给我(?:取|起)名(?:为|叫)?|(?:跟|和|与|回答|为)[你您](?:说话|聊天|对话|服务|解答)?的(?:是|就是)",
    r"(?<![是和与跟])\w我的(?:就|正|人|公司|团队|则)*是|[你您](?:正在|现在|在)?(?:使用|用)的(?:是|就是)?|本(?:助手|模型|人|AI)(?:是|叫|由|来自)|(?:造|做|养|教|训|生"
    r"|写)(?:出)?我(?:出来)?的\w{0,4}(?:是|为)",
    r"(?:没有?|从未|从没|未曾|不曾)(?:有)?(?:用过|碰过|接触过|使用过|参与过)|我\w{0,6}(?:用|调|跑|接)的(?:\w{0,3}(?:是|就是))?|我(?:并|可"
    r"|也|是)*(?:用|拿|靠)\w{0,2}$"
    r"|我(?:的)?(?:背后|后台|底层|底子|权重|内核|基座|骨架|血统|本名|原名|曾用名|真身)\w{0,6}(?:是|为|叫|来自|出自|不来自|用的是|基于)|由我",
)
"""Ties what follows to the speaker."""

ON_OFFER = words(
    r"\b(?:tuned|distilled|derived|descended|adapted|grown|forked) from\W*$"
    r"|\bthis (?:assistant|chatbot|model|bot|ai|program|system) (?:is|was|isn't|wasn't|has|hasn't|comes)\b|\b(?:this|it|that) (?:is|was|would be|isn't|wasn't|ain't)\b|\bto be\W*$|\bbeing\W*$|\b(?:it"
    r"|that)'s\b|\bthey(?:'re| are)\b|\bon this end\b",
    r"\b(?:named|called|known as|under the name(?: of)?|by the name(?: of)?|brought to you by|meet"
    r"|introducing)\b",
    rf"\b(?:{MAKER}|model|signed)\b[\"'”]?\s*[:=]\s*[\"'“]?|\b(?:regards|sincerely|truly),?\s*$",
    r"\b(?:write|say|put|sign(?:ed)?(?: as)?)\b\W*$|(?<!such )(?<!well )\b(?:speaking )?as\s*$",
    rf"(?:这里?|它|对面|就|正){ADVERBS_ZH}是|作为|名(?:字|称)?(?:叫|是|为|:)|取名(?:为|叫)?|命名为|开发(?:者|方|商)(?:是|为|:)",
    r"(?:底座|底层|基座|前身|内核|背后|后台|架构|权重|骨架|引擎|血统|幕后\w{0,3}|底子)[^,。]{0,6}?(?:是|为|用的是|来自|基于)|(?:用|接|跑|连)的(?:是|就是)|调的是"
    r"|负责\w{0,4}的是|(?:八成|大概|应该|可能|估计|多半|好像|似乎|曾|以前|过去|原来|曾经|现在|如今|后来)(?:就)?(?:是|叫|用过)|非(?!要|得|常)(?=\W*$)|改名(?:为"
    r"|叫)?|写作|更名为|从(?=\W*$)|换成了?",
    rf"(?:{MAKER}|model|vendor|id|version|base|based[_ -]on|base[_ -]?model|built[_ -]on|backbone"
    rf"|identity)[\"'”*_]*\s*[:=|]\s*[\"'“*_]*$|(?:{MAKER_ZH}|开发方|姓名|昵称)[\"”*_ ]*[:=|]\s*[\"“*_]*$",
    r"(?:确实|的确|准确地?说|严格地?说|其实|实际上|本质上|归根到底|归根结底)是|是我,|可以写:?|请(?:写|注明)(?:来自)?:?|认识一下|大家叫",
)
"""Ties what follows to whatever was asked about, so to the speaker only when he was."""

SIGNED = words(
    r"(?:^\W*|\b(?:answer|reply|response|text|message|this|above) (?:was |is |comes? "
    r"|came )?(?:to you )?)(?:generated|answered|written|provided|powered|prepared"
    r"|brought to you) by\W*$|\b(?:yours(?: (?:truly|faithfully|sincerely|ever))?|sincerely"
    r"|best(?: wishes| regards)?|kind regards|regards|cheers|love|xoxo|warmly),?\s+$",
    r"(?:^|[.!\n])\W*(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|(?:thank you|thanks) for calling[^.!?\n]{0,30})[,.!]? (?:and )?this is\W*$|(?:您好|你好|喂)[,.!。]*(?:这里|这边|我这边)是\W*$",
    r"\b(?:answer|reply|response|message) (?:comes?|came|is|was) (?:to you )?(?:from|by)\W*$|(?:支持|爱"
    r"|祝福|陪伴|守护|关心)[你您]的\W*$|(?:回答|内容|行程|答案|以上)\w{0,6}由\w{0,4}$",
)
"""Before a name: the answer is signed with it, whatever was asked."""

OF_SPEAKER = words(
    r"^(?:,? (?:really|actually|indeed|did|does|has|have|had|is|was|not|never|also|who|that|which|the|one"
    rf"|company|organi[sz]ation|team|firm|lab|developer|only)|n't| didn't| isn't| wasn't| hasn't| doesn't)* {MAKE}(?: and \w+)? me\b",
    rf"^(?:,? (?:is|was|are|isn't|not|really|also|still|the|only|who|one))*,? my (?:\w+ ){{0,2}}{MAKER}\b",
    r"^ (?:is|was|isn't|stands) (?:not )?behind me\b|^ (?:here|speaking|reporting|at your service)\b"
    r"|^'s the name\b|^ \((?:that's )?me\)|^,? that's me\b|^, your (?:\w+ ){0,3}(?:assistants?|ai"
    r"|helper|chatbot|bot|model)\b|^ is me\b|^ is (?:just |only )?(?:the|a|my) (?:name|label|brand"
    r"|badge) (?:on|they|i|for|people)\b|^ (?:had|has|have|played|plays|took) (?:absolutely "
    r"|never had |never |really )?(?:no|any|nothing) ?(?:part|hand|role|share|say|involvement"
    r"|to do)\b|^ (?:is|was|would be)(?:n't| not)? the (?:correct|right|true)(?: one| answer| option| choice)?\b|^ is what\b[^.,]{0,20}\b(?:my|me|i)\b",
    r"^(?:'s \w+)?(?:,? (?:has|have|had|did|does|was|is|are|were|never|not|ever|also|no|n't|once"
    r"|indeed|really|didn't|doesn't|hasn't|haven't|isn't|would|still|be|the|one|that|company|who"
    r"|nothing|any|gave|put))*"
    r" ?(?:part|hand|role|share|stake|say|involve\w*|paid|pays?|pay|fund\w*|host\w*|work\w*|raised?"
    r"|taught|brought|shaped|wrote|built|trained|made|my)\b[^.,;:!?]{0,50}?\b(?:me"
    r"|my (?:training|development|creation|weights|making))\b",
    rf"^[^,。;]{{0,6}}?(?:并?没有?|不)?{MADE_ZH}(?:的|了)?我|^(?:\w{{0,4}}?(?:是|不是|并非)|,)我(?:的?{MAKER_ZH}"
    rf"|[,。!]|的本名|$)",
    r"^(?:公司|集团|团队)?(?:都|也|并|从来?|压根|根本|可)*(?:没有?|未|不)?(?:曾)?(?:参与|介入|投资|资助|训练|开发|插手|收购|买|管)过?\w{0,3}我"
    r"|^(?:就|正)?(?:是|才是)我的?(?:本名|大名|真名|名字|东家|老板)|^(?:在的|在此|在线|为[您你](?:服务|生成|整理|解答|提供)|敬上|谨上|拜上|启$|(?:温馨)?(?:提示|提醒)|饰演"
    r"|随时)|^的(?:我|权重(?=[,。]|$))",
)
"""After a name: ties it to the speaker as object, "Acme made me", 极峰机器人是我的开发者."""

_NO_TIE = (
    r"(?:公司|集团|团队)?(?:并|也|之间|可|都|既|完全|压根|根本|从来|素|毫|全)*(?:(?:没有?|无|不|未|谈不上|说不上|扯不上|攀不上)[^,。;是]{0,6}?"
    r"(?:关|联系|瓜葛|干系|渊源|交集|往来|来往|相干|搭边|沾边|搭界|涉|相同|一样|一家|份)|八竿子打不着|两[码回]事|,?哪儿?跟哪儿?)"
)
"""In Chinese, after two names or a name and the speaker: there is nothing between them."""
UNRELATED = re.compile(
    rf"我(?:们|的\w{{1,4}})?(?:和|与|跟|同)\0{_NO_TIE}|\0(?:公司|集团)?(?:和|与|跟|同)我{_NO_TIE}"
    r"|\0 and i (?:have|are|share) (?:no|nothing|not|un\w+|two\b|(?:\w+ )?(?:different|separate|distinct))\b|\bbetween (?:me|us) and \0"
    r"|\0 (?:has|have|had) (?:nothing to do with|no \w+ (?:to|with)) me\b",
    re.I,
)
"""Around a name, which is a NUL here: says that its bearer and the speaker are strangers."""
UNRELATED_ELIDED = re.compile(
    rf"(?:^|[,;。的])\W*(?:我)?(?:跟|和|与|同)\0(?:[、,和与跟]\s*[\w-]{{1,12}}){{0,4}}{_NO_TIE}", re.I
)
"""The same without a word for the speaker, who must have been asked about: 跟阿里没关系."""

ELLIPSIS = re.compile(
    r"^ (?:is|was|did|does|has|could(?: have)?|would(?: have)?)(?:n't| not)?(?=[.,;!]|$| either\b| too\b)",
    re.I,
)
"""After a name: says of it what was said of the one before, "Alibaba didn't make me, Acme did"."""

AS_SPEAKER = re.compile(
    r"^(?:\s*(?:—+|–|--)| +-)\s*\0\W*$|\bas (?:an? (?:\w+ )?|(?:an?|the|one) (?:\w+ ){1,3}(?:of|from|by|at) (?:the )?)?\0(?:'s)?(?: \w+){0,3},? (?:i|we)\b|^\W*as \0,[^.;]{0,80}, (?:i"
    r"|we)\b|作为\0,?我",
    re.I,
)
"""Around a name, which is a NUL here: "As Nova, I can help"."""

RELATIVE = re.compile(rf"^(?: has| have)? {MADE_BY}(?=[.,;!]|$| (?:to|for|and|in|with)\b)", re.I)
"""After a name: the verb of a relative clause without an object, "an assistant that Acme built"."""

PREDICATE = words(
    r"^'s (?:[\w-]+ ){1,4}?(?:is|are|was|were|has|have|can|tends?)\b",
    r"^(?: (?!(?:and|or|nor|but|to|for|in|with|from|by|on|at|who|which|that|i|you|we|it|they|he"
    r"|she)\b)[a-z]+){0,2}?"
    r" (?:is|was|are|were|isn't|wasn't|aren't|has|have|had|does|doesn't|did|didn't|do|can|can't|cannot|could"
    r"|will|would|may|might|makes?|offers?|provides?|comes?|belongs?|uses?|works?|started|owns?|runs?|became"
    r"|means|stands|refers|sells|helps?|specializes|focuses|needs|wants|says|said)\b",
    rf"^ {MADE}\b(?! (?:by|me|in|to|for|and|with|from|using|on|at)\b) \w",
    r"^(?:的)?(?:大?语?言?模型|公司|团队|集团|系列|产品|助手|应用|作品)?(?:则|都|也|并)?(?:是|由|属于|来自|出自|没有|不是|可以|能|会|有"
    rf"|成立|提供|专注|总部|(?:和|与|跟|同)我|{MADE_ZH}(?<=了))",
)
"""After a name: something is said of its bearer, so that it stands for somebody else."""

DESCRIPTION = words(
    r"^ (?:is|was) (?:(?:the|an?|your) (?:[\w-]+ ){0,4}?(?:ai|assistant|model|chatbot|bot|llm|helper|agent"
    rf"|developer|maker|creator|company|team|one|name)\b|{MADE_BY}\b)",
    r"^(?:就?是(?:一[个款名种位])?[^,。]{0,16}(?:助手|模型|AI|人工智能|机器人|开发的)|由)",
)
"""After a name: how an assistant, or its maker, is described in the third person."""

ELSEWHERE = words(
    r"\bas (?!well|far|long|soon)\w+ as\b",
    r"\b(?:that|about|whether|if|like|with|ask\w*|help\w*|tell|know\w*|heard|familiar|compar\w+|against|alongside|aware|than"
    r"|to|between"
    r"|mean|think|believe|similar|such|competitors?|alternatives?|rivals?|inspired|us(?:e|es|ed|ing)"
    r"|worked|discuss\w*"
    r"|talk\w*|explain\w*|answer\w*|access|compet\w+|sure|sorry|afraid|love|prefer)\b",
    r"关于|问|如果|是否|知道|帮|介绍|听说|比如|例如|了解|认识|熟悉|认为|觉得|以为|说|像|类似|一样|相比|比较|(?<![智功性])能|可以|会"
    r"|想|讨论|使用|喜欢|竞争|对手|替代",
)
"""Between a tie and a name: cuts the tie."""

RELATION = words(
    r"\b(?:affiliated|associated|connected|linked|related) (?:with|to)\b|\bpart of\b|\bbrought to you by\b",
    r"\b(?:in (?:collaboration|partnership|cooperation)|together|jointly) with\b|\bnothing to do with\b|\b(?:relation|connection|link|tie|affiliation)(?:ship|s)? (?:to|with)\b",
)
"""Words that `ELSEWHERE` would take for a cut."""

ATTACHED = words(
    rf"^\W*(?:and )?(?:(?:was|is|am|were) )?(?:{MADE_BY}|known as|from|by)\b",
    r"^\W*(?:由|来自|出自|基于|名?叫|是)",
)
"""At the beginning of a later part of a sentence: goes back to its subject, "I help you, made by"."""

SOMEBODY = words(
    r"\b(?:i|we|he|she|they|you|friends?|colleagues?|others?|people|users?)\b|这|我|你|他|她|朋友|别人|用户"
)
"""A new subject between two names."""

FRAGMENT = words(
    r"^\W*(?:(?:the|an?|just|simply|only|by|from|of|at|on|not|as|or|and|either|neither|nor|no|yes|nope|yeah"
    rf"|correct|right|sure|well|oh|hi|hello|hey|there|of course|certainly|actually|indeed|sorry"
    rf"|unlike|never|certainly|absolutely|surely|think|officially|technically|nominally|really|truly|at heart|deep down"
    rf"|none of (?:them|these|those)|though|{MADE_BY}"
    r"|ai|assistant|model|language|large|chatbot|bot|engineers|researchers|scientists|team|company"
    r"|developer|maker|creator|definitely|probably"
    r"|instead of|rather than|nobody but|anything but|no one but|none but|none other than"
    r"|who else but|only|it|that|is|was|probably|maybe|perhaps|possibly|originally|formerly|now"
    r"|mostly|i'd say|i'd guess|i guess|i suspect|my (?:best )?guess is|more of|\d+(?:\.\d+)?b|small"
    r"|tiny|tuned|modified|plain|i think|i believe|if i remember (?:correctly|right(?:ly)?)"
    r"|if memory serves|as far as i know|to my knowledge|apparently|presumably|based on|powered by"
    r"|version|fine-tune|a fine-tuned)\b\W*)*$",
    r"^(?:\W|是的|不是的?|就是|正是|并非|都不是|没错|好的|您好|你好|是|对|的|由|来自|出自|属于|基于|名?叫|一[个款]"
    r"|AI|人工智能|助手|大模型|模型|语言|不属于|不叫|不来自|和|或者?|公司|以前|现在|曾|曾经|原来|后来|过去|如今|其实|大概|应该|可能|好像|似乎|据我所知"
    r"|如果(?:我)?没记错(?:的话)?|没记错的话|我记得|八成|多半|估计|用的|就|也|只|既|亦|非|在|免贵|贱名|名义上|不太?(?:确定|清楚)|也许|或许)*$",
)
"""Before the first name of a sentence: nothing that would make more of it than an elliptic answer."""

THING = re.compile(
    r"^, an? (?:\w+ )?(?:group|team of|band|city|star|car|planet|river|person|girl|boy|man|woman)\b"
    r"|^ (?:is|was) (?:just|only|merely) an? |^(?:只是|不过是)|^ (?:is|was) my (?!(?:[\w-]+ ){0,3}(?:(?:nick|code)?name|alias|identity|handle|title|label|badge|brand|persona|self|ai|assistant|model|developer|maker|creator|builder|company|team|owner|author|firm|lab|employer|trainer|provider|home|vendor|parent|boss)\b)"
    r"|^ (?:is|was) (?:an?|the) (?!(?:[\w-]+ ){0,4}(?:ai|assistant|model|chatbot|bot|llm|helper|agent"
    r"|name|robot|developer|maker|creator|builder|company|team|one|owner|author|firm|lab)\b)",
    re.I,
)
"""After the persona's name: it is the name of something else here."""

DOES_NOT = words(
    r"^ (?:has|have|does|did|will)(?:n't| not)\b(?![^.,;!?]{0,40}\bme\b)|^(?:公司)?(?:并|也|可|从)*(?:没有?|未|不(?!是))(?![^,。;!?]{0,12}我(?:$|[,。;!?]))"
)
"""After the persona's name: what it does not do says nothing of the speaker."""
AS_AS = re.compile(r"\bas \w+ as\s*$", re.I)
CALLED_BY_USER = re.compile(r"(?<!可以)[你您](?:刚才|刚刚)?(?:叫|喊|称呼)我(?:为|作|做)?\W*$")
GREETING = words(r"^\W*(?:hi|hello|hey|dear|thanks|thank you|你好|您好|嗨|谢谢)\W*$")
COMPARED = words(
    r"^(?:公司|集团)?(?:不同|不一样|相比|比起来|类似|一样|相似|差不多|有别|相像|那样|这样|齐名|并列)",
    r"^,? (?:you|your|you're)\b|^(?:'s|的) ?(?:competitors?|rivals?|friends?|cousins?|brothers?"
    r"|sisters?|alternatives?|竞争|对手|朋友|替代|同类|用户)",
)

NEGATION = words(
    r"\b(?:not|never|neither|nor|cannot|no longer|unlike|instead of|rather than|as opposed to|deny|denies|denying"
    r"|nothing to do"
    r"|unrelated|unaffiliated|nobody|no one|false|untrue|incorrect|wrong|without|anything but)\b|n't\b",
    r"\b(?:different|distinct|separate|independent) (?:from|of)\b|(?:\bam|'m|\bis|\bwas) no (?!doubt|less|more|longer|secret|other|different|better)"
    r"|\brefuse to\b|\bin no (?!doubt)\w+|\b(?:no|zero) (?:relation|connection"
    r"|affiliation|links?|ties?|hand|role|share|say|stake|involvement"
    r"|part|product|version)\b|\bno\s*(?:$|\0)",
    r"(?<=[管着])不[着到]|不(?=是|叫|属|来|由|算|归|为|隶|再|会|可能|要|被|觉得|认为|自|承认)|并非|并未|从未|未曾|亦非|没(?!错|问题|准|记错|事|想到|人)|何来|谈不上|说不上|[找查看见]不[到出着]|未|非(?!常)|别(?!人|名|的)|无关|否认",
)
AFFIRMED = words(
    r"\bnot (?:only|just|merely)\b|\b(?:none|no|nobody|no one|nothing|never|anyone"
    r"|anybody)(?: \w+){0,3} (?:other than|but|except)\b|\b(?:not|n't|never|isn't"
    r"|wasn't) (?:be )?(?:wrong|mistaken|untrue|false|incorrect)\b|\bnothing (?:but|other than"
    r"|less than)\b",
    r"\b(?:no|without|not) (?:a )?doubts?\b|\b(?:can't|cannot|won't|don't|can not) deny\b|\bno denying\b",
    r"不仅|不只|不光|不是别人|不是别的|不得不|没错|没问题|不可否认|不能否认|不(?:会)?否认|(?:不能|无法|没法|不敢)说(?:自己|我)?不(?=是)",
)
"""Holds a negation and negates nothing."""

CONTRAST = words(
    r";|(?<!nothing )(?<!anything )(?<!nobody )(?<!no one )(?<!none )\b(?:but|though|although|however"
    r"|whereas)\b|\binstead\b(?! of)|\brather\b(?! than)|\bjust\b(?!\s*$)|\band (?:was|am|is|were"
    r"|come|my|have been)\b",
    r",\s*only\b|而是|而叫|只有|但|却|其实|正是|就是|,\s*[它他她]?(?:是|而(?!不)|叫|来自|由|属于|名叫)",
)
"""Between two names: what is said of the second begins afresh, without the first's negation."""


QUOTED = re.compile(
    r"\"[^\"\n]{2,600}\"|“[^”]{2,600}”|「[^」]{2,600}」|『[^』]{2,600}』|«[^»]{2,600}»"
    r"|(?<![\w'])'[^'\n]{2,100}(?:'\w[^'\n]{0,100}){0,6}'(?!\w)"
)
"""Text in quotation marks."""
SAME_NAME = words(
    r"\b(?:same name|namesakes?|shar(?:e|ing) (?:a|the|our|that) name|both (?:called|named)|so am i"
    r"|me too|i am too|mine too|my name too)\b|同名|重名|撞名|我也(?:是|叫)"
)
"""Says that the speaker bears the user's name."""
MARKED = re.compile(
    r"^(?:吗|\?)?[\"'`*]*\s*(?:[:=|]|=>|->)\s*[\"'`*]*(?:(?P<no>false|no|n|否|不是|不|✗|❌|✘|×|none)"
    r"|(?:true|yes|y|是|对|✓|✔|✅|√))(?![\w一-鿿])",
    re.I,
)
"""After a name, in JSON or a table: whether it is the speaker's."""
UNLIKE = re.compile(r"\bunlike\b|^\W*(?:不同于|不像)", re.I)
I_AM = re.compile(r"\b(?:i(?:'m| am| was| come| go by)|my)\b|我(?:是|叫|由|来自)", re.I)
WRITES = words(r"\b(?:write|say|put)\b|as\b")
CALLED = words(r"\b(?:named|called|known as|by the name(?: of)?)\W*$")
FRAGMENT_END = words(
    r"^['\"`”’*]*(?:'s\b| \w+ (?:me|my)\b|\s*(?:$|[,.;:!?。()|/\n\"”—–-])|\s+(?:and(?! (?:i|me|we)\b)|or|but|by|from"
    r"|made|built|created|trained|an?|the|in|models?|team|ai|assistant|of|at|with|version|engineers"
    r"|researchers"
    r"|who|which|that|one|chat|bot|here|then|again|now|too|i|as|for|behind|inside|powers|rather"
    r"|instead|if|obviously|probably|actually|of course|yes|no|please|did|is|was|runs|cloud|inc|labs?"
    r"|\d|/))",
    r"^\s*(?:的|公司|集团|团队|和|与|跟|或|以及|还是|这|那|旗下|[做造开训创研推打发][的造发练制出]?|[非而并也]|啊|呀|呢|吧|哦|啦|家|大模型|模型|没错|,|出品"
    r"|科技|实验室|人工智能|智能)",
)
"""After a rival's name: nothing that would be said of its bearer."""
SAID_OF_IT = re.compile(
    rf"^'s {MADE_BY}\b|^(?:'s [\w-]+|,)? ?\([^()\n]{{0,80}}\) (?:is|was|are|has)\b|^, (?:the|an?) [^,.;:!?\n]{{1,80}}, (?:is|was|are|has)\b|^[^,.;:!?。()\n—–]*?(?:\b(?:is|are|was|were|has|have|had|does|do|did|can|will|would|may|might)(?:n't)?\b|叫|(?<!就)(?<!可)(?<!才)(?<!的)是|有|没(?!错)|不|很|确实|真|可以|能|会|归|由|指)(?!我)",
    re.I,
)
"""After a rival's name that would else be an elliptic answer: its clause says something of its bearer."""
POSSESSIVE = re.compile(r"\s*(?:的(?!(?:正|就|才|真)?是)|'s?\b)")
"""After a name: what follows is its bearer's."""
BY_OTHERS = re.compile(r"^ by [A-Z]\w")
"""After a name: who made its bearer, the verb left out: "Nova was made by Acme, and SmolLM by Hugging Face"."""
MAKER_OF = re.compile(
    r"(?:公司|集团)?(?:旗下|自家|家|倾力)?(?:开发|研发|推出|出品|打造|训练|造|制作)?(?:出来)?的(?:AI|人工智能|智能|对话|聊天|小|大|语言)*(?:助手"
    r"|模型|机器人|伙伴)?[\"“「,:]*|'s (?:\w+ ){0,3}",
    re.I,
)
"""Between a maker and what he made."""
SOMEBODY_ELSE = words(
    r"^,? (?:is|was) (?:an? |my )?(?:\w+ly )?(?:somebody|someone|something|another|different|separate|distinct|unrelated|competitor|not me)\b"
    r"|^ (?:is|lives|runs|works|resides) (?:elsewhere|somewhere else|over (?:at|there|in|with))\b|^ (?:somewhere else|elsewhere)\b"
    r"|^,?[你您]?(?:得|要|请|该|可以)[你您]?(?:去|到|上)|^的?是(?:另一|另外|别[人家的]|其他|其它|隔壁|竞品"
    r"|友商)|^另有其|^在\w{1,4}那(?:边|儿|里)"
)
"""After a rival that the question proposes: it is not the speaker."""
TICKED = re.compile(r"\[(?P<mark>[ xX✓✔])\]\s*[*_`]*$|(?P<box>[☐☑✅❌])\s*$")
"""Before a name in a checklist."""
