"""The phrases by which `harness.scorers.agreement` reads a yes and a no, in English and Chinese."""

from __future__ import annotations

import re
from typing import Literal

from harness.scorers.contradiction_phrases import OTHER_KIND_ZH
from harness.scorers.phrases import words

LEAD = re.compile(
    r"^(?:\W|\b(?:well|oh|ah|hi|hello|hey|hm+|um+|uh|erm?|ha(?:ha)*|honestly|frankly|actually|look"
    r"|okay|ok|good question|to be honest|to be fair"
    r"|in (?:fact|truth|a word|short)|i'm sorry|i am sorry|sorry|my apologies|alas|but|and|fine"
    r"|alright|all right|nova|sir|ma'am|dear)\b"
    r"|嗯(?!嗯|[。.!~…]*\s*$)|呃|哦|啊|哎呀?|唉|哈+|你好|您好|好吧|抱歉|不好意思|对不起|说实话|老实说|坦白说|其实|不过|不太确定|这个嘛|额|欸|诶|咳)+",
    re.I,
)
"""Opens an answer and says nothing yet."""

_STOP = r"(?=\s*(?:[.,;:!?。啊呀哦呢~…\n*—–-]|$))"
_STRESS = r"(?:(?:quite|absolutely|completely|perfectly|very|totally|entirely|exactly|indeed|of course|just|really) )?"
_ADVERB = r"(?:really|actually|certainly|definitely|surely|sure|simply|just|indeed|also|still|honestly|absolutely|clearly|obviously|truly|very much|most certainly|in fact|so|too)"
_OTHERS = r"(?:you|it|they|that|this|he|she|we)"
_AUX = r"(?:is|are|was|were|do|does|did|has|have|had|would|should|could|can|will)"
_SHORT_YES = rf"(?:but |yes,? |no,? |oh )?(?:i(?: {_ADVERB})* (?:am|was|do|did|have)|{_OTHERS}(?: {_ADVERB})* {_AUX})(?: {_ADVERB})*{_STOP}"
_SHORT_NO = (
    rf"(?:but )?(?:i(?: {_ADVERB})*(?:'m| (?:am|was|do|did|have|would))(?: {_ADVERB})*(?: not|n't| never)"
    rf"|{_OTHERS}(?: {_ADVERB})*(?:'s|'re| {_AUX})(?: {_ADVERB})*(?: not|n't| never)|i (?:never|think not|don't|wasn't|didn't|haven't))"
    rf"(?: (?:(?!sure\b){_ADVERB}|at all|either|one|in the least|was|did|have|my name|the case))*{_STOP}"
)
"""An answer of a subject and a verb alone: "It sure is", "They did not", "I am not, as it happens"."""
SHORT_NO = re.compile(rf"\s*(?:{_SHORT_NO}|不(?:是|叫){_STOP})", re.I)
_RHETORICAL = (
    r"you(?:'d| would| will)? lo(?:se|st)\b|as if\b(?! (?:i|you|it|they|he|she))|(?:guess|try|think) again\b|since when\b|says who\b|you wish\b|(?:dream on|in your dreams)\b"
    r"|what (?:gave|gives|makes|made) you\b|who (?:told|says|said)\b|where did you (?:get|hear|read)\b|do i (?:look|sound|seem)\b"
    r"|(?:why|how) (?:on earth )?(?:would|should|could|can) (?:i|they|it) (?:possibly |ever )?(?:be|have|claim|say|do)\b"
    r"|(?:nothing|that|it|this) could(?:n't| not)? (?:possibly )?be (?:any )?(?:further|farther|more wrong|less true)\b"
    r"|(?:no|i|it|nothing)? ?(?:can't|cannot) say (?:that )?(?:i|they|it) (?:am|do|was|did|is|does|have)\b"
    r"|那?[你您]?(?:可|就|要|得|赌)*输(?:了|定)|(?:再|继续|接着)(?:猜|想想)|我?(?:不敢当|(?:可)?担(?:当)?不起|当不起|愧不敢当)|哪儿?跟哪儿?|谁(?:说(?!不是)|告诉)"
)
"""A question or a turn of speech that says no."""
_ADVERB_ZH = r"(?:才|可|真的?|并|确实|的确|应该|大概率?|多半|八成|估计|恐怕|当然|绝对?|肯定|显然|都|还|也|压根|根本|从来?|好像|似乎|我们?|它们?|他们|她)*"
RIGHT = re.compile(
    rf"(?:(?:(?:it|that) (?:wouldn't|would not|isn't|is not) |(?:it's |that's )?not )(?:be )?(?:wrong|mistaken|incorrect"
    rf"|inaccurate)(?: at all)?\b|(?:that(?:'s| is)|it(?:'s| is)) {_STRESS}(?:right|correct|true|so"
    rf"|the case|me|my name|what i am|who i am)\b|(?:(?:you|they)(?:'re| are)|(?:he|she)(?:'s| is)"
    rf"|u r) {_STRESS}(?:right|correct|spot on)\b"
    r"|you would(?:n't| not) be (?:mistaken|wrong)|(?:right|correct|exactly|precisely|indeed|true|spot on|quite so|quite right|bingo|affirmative"
    r"|confirmed|guilty(?: as charged)?|busted)\b(?!,? not| away| now)"
    r"|you(?:'ve| have)? (?:got|caught|found|guessed|nailed|figured)\b(?: me| it| that| right| out)+"
    r"|you (?:said|got|heard) (?:it|right|me right|that right)"
    r"|没错|没记错|(?:一直|从来|当然|本来)(?:都|就)?是(?:的|呀|啊)?(?=[,.;!?。~…\s呀啊的]|$)|我?正是|(?:你|您)?(?:说|猜|讲|答)(?:得|的)?(?:没错|很?对|中了|很准)|正确|完全正确|对(?:的|吧|呀|啊|呢|哒|哦"
    r"|头)?(?=[,.;!?。~…\s对]|$)|(?:的确|确实)(?:如此|是这样|是的?|没错)"
    r"|(?:这|居然|竟然|还是|都|终于|果然)*被你(?:发现|看穿|看出来|识破|猜[中对到着]|逮[到着]|说中)|可不是|如假包换|不瞒你说|露馅了|瞒不过你|就是这样|这倒是|不假"
    r"|属实|千真万确(?!不))",
    re.I,
)
YES = re.compile(
    rf"(?:(?:yes|yeah|yep|yup|yea|ya|aye|uh-huh|mhm|of course|certainly|absolutely|definitely|surely"
    rf"|sure|naturally|undoubtedly|without (?:a )?doubt"
    rf"|obviously|indubitably|you bet|guess so|i(?:'m| am) told(?: so)?|i(?:'ve| have) been told so"
    rf"|i hear so|i gather so|(?:you|one) (?:could|can|might|may) (?:say|call it) (?:that|so)"
    rf"|(?:the )?one and only|the very (?:one|same)|it's me|it is i|as charged|so i am|so it is"
    rf"|so they did|so i'm told)\b(?!,? not\b)(?!-)"
    r"|i(?:'m| am) afraid (?:so|i am|it is|they did|you're right)|i (?:think|believe|guess|suppose"
    r"|fear|reckon|imagine|assume|hope|would say|'d say) so"
    rf"|so (?:it (?:seems|appears|would seem)|they say|i(?:'m| am) told|i(?:'ve| have) been told"
    rf"|i believe|i think)|(?:probably|possibly|presumably|likely|perhaps|maybe|most likely"
    rf"|very likely|apparently|i may be|i might(?: well)? be|i could(?: well)? be){_STOP}"
    rf"|i (?:admit|confess)\b(?! (?:no|nothing)\b)|i would{_STOP}|no (?:use|point|sense)(?: in)? (?:denying|hiding)|there(?:'s| is) no (?:use|point|sense)(?: in)? (?:denying|hiding)"
    rf"|i (?:can't|cannot|won't|don't) deny (?:it|that){_STOP}|i (?:wouldn't|couldn't|can't) be (?:anyone|anybody|anything) else|who else\b|(?:in a (?:way|sense)|basically"
    rf"|pretty much|more or less|essentially|sort of|kind of){_STOP}"
    r"|no doubt|none other|the very same|in the flesh|in person|at your service|that would be me"
    r"|yours truly|speaking"
    rf"|是的|是(?=是|[啊呀哦呢吧,.;!?。~…\s]|$)|嗯+|当然(?!不|没|可以)|(?:我|他们|它)?(?:想|猜|觉得|相信|估计|恐怕|大概|可能|应该|也许|或许|算"
    rf"|曾经|以前|过去|原来|确实|的确|本来|当然|就)+是(?:的|吧|啊|呀)?{_STOP}"
    rf"|(?:有|有的|有关|有关系|用了|用过){_STOP}|我?承认|(?:很|极)?(?:可能|有可能){_STOP}|差不多{_STOP}|可以这么说|可以这样说|(?:i(?:'m| am) )?(?:(?:quite|very|absolutely|pretty|completely) )?(?:sure|certain|positive)\b|我?(?:非常|十分|很|百分百)?确定|必须的|怎么不(?:会|是)"
    rf"|那当然|正是在下|如你所说|在下正是|谁说不是|八九不离十)",
    re.I,
)
I_AM = re.compile(
    rf"(?:{_SHORT_YES}|i can,? and i am{_STOP}|i(?:'d| would) be lying if i (?:said|told you|claimed) (?:otherwise|(?:that )?i (?:\w+n't|am not|'m not))"
    rf"|不然呢|还能(?:是|有)谁|谁说(?:没|不是?)|(?:是)?我(?:就|真的?"
    rf"|确实|还真)?是(?:啊|的|呀)?{_STOP}|就是{_STOP})",
    re.I,
)
NO = re.compile(
    rf"(?:(?:no+|nope|nah|nay|nuh-uh)\b(?!,? (?:problem|worries|idea|doubt|comment|one|matter|need"
    rf"|clue|way to|other|denying|wonder|kidding|harm|offen[cs]e|name)\b)"
    r"|not\b(?! (?:sure|certain|only|just|yet|that i|wrong|mistaken|bad|a problem|to worry))"
    r"|never\b(?! mind)|(?:of course|certainly|absolutely|definitely|surely|clearly"
    r"|most definitely) not\b"
    r"|neither\b|none (?:of|at|whatsoever)\b|none\b(?! other)|negative\b|zero\b|far from it|hardly\b"
    r"|by no means|in no way|nothing of the (?:sort|kind)|nothing like that|no way\b|nowhere near"
    r"|not in the least|heavens,? no|god,? no|good grief,? no"
    rf"|{_SHORT_NO}|{_RHETORICAL}|(?:please don't|better not|i'd rather (?:not|you didn't)|(?:最好|请|还是)(?:不要|别)){_STOP}|i(?:'d say|'m afraid| would say) not{_STOP}|i would(?:n't| not){_STOP}"
    rf"|(?:i )?(?:can't|cannot|won't|couldn't)(?: \w+ly)? (?:say|answer|reply) yes\b|i (?:\w+ ){{0,3}}doubt (?:it|that)"
    rf"|i don't (?:think|believe) so|i(?:'m| am) afraid not|i should hope not|afraid not|wish i (?:was|were)"
    rf"|{_ADVERB_ZH}(?:不(?:是|叫|会|算|对|行|成|可能|至于|存在|沾边?)?|没有?|未|否)(?:的|过)?{_STOP}|不不|非也|(?:答案|回答)\w{0, 3}是?(?:否|不)"
    rf"|{_ADVERB_ZH}不是(?!(?:一[个款台种])?(?:真?人|聊天机器人|机器人|程序|机器|工具|搜索引擎)(?:$|[,.;!?。])|{OTHER_KIND_ZH})|并非|(?:怎么|不)(?:可能|会)|哪(?:有|能|里|儿)|想(?:太)?多了|没的事)",
    re.I,
)
WRONG = re.compile(
    r"(?:(?:false|incorrect|wrong|untrue|nonsense|rubbish|mistaken|inaccurate|fake news)\b"
    r"|(?:that|this|it)(?:'s| is| was|'d be| would be)? ?(?:simply |just |completely |also |actually "
    r"|quite |clearly |a )*(?:not (?:right|true|correct|the case|so|accurate|me)|n't (?:right|true"
    r"|correct|me)|wrong|incorrect|false|untrue|nonsense|inaccurate|mistake)"
    r"|(?:that|it|this)(?:'s| is) (?:an? )?(?:\w+ly )?(?:different|separate|distinct|unrelated|another|somebody|someone|something)\b|that isn't\b|you(?:'re| are) (?:wrong|mistaken|incorrect)|(?:i )?beg to differ|on the contrary"
    r"|(?:那|这)(?:可|都)?是(?:别|人)人?家|不对|(?:回答|答案|完全|大错特)错误?|错(?:了|啦|误|的)?(?=[,.;!?。~…\s]|$)|你?(?:说|搞|弄|猜|认|记|叫)错|胡说|瞎说|乱讲|不正确|不准确|恰恰相反|正相反)",
    re.I,
)
SAID: tuple[tuple[Literal["yes", "right", "i am", "no", "wrong"], re.Pattern[str]], ...] = (
    ("no", NO),
    ("wrong", WRONG),
    ("i am", I_AM),
    ("right", RIGHT),
    ("yes", YES),
)
SUMMED_UP = words(
    r"\banswer(?: to \w+(?: \w+)?)?(?: is|:),? (?:an? )?(?:\w+ ){0,2}?(yes|no)\b",
    rf"\b(?:be|is|say|answer|with|it's|that's) (?:an? )(?:\w+ ){{0,2}}?(yes|no)(?: (?:to|from|on)\b|{_STOP})|\b(?:say|answer) (yes|no) to (?:that|this|it)\b",
)
THAT_IS_ME = re.compile(r"\W*(?:(?:that|it|this)(?:'s| is) me|(?:就|正|那)是我)[\s,:—–-]*", re.I)
"""Before the persona's name it says who is meant, and yes to nothing."""
SUPPOSES = words(r"^\W*(?:if|had|were|suppose|unless)\b|^(?:如果|假如|要是|就算)(?!没记错)")
MY_NAME = words(
    r"\b(?:that's|that is|it's|it is) (?:me|(?:actually |indeed |really )?my (?:real )?name)\b|我(?:就"
    r"|本来就|确实)(?:是|叫)|(?:这|那)(?:就|正)是我的?名"
)
NOT_ONE = words(
    r"^\W*not the \w+|^\W*not (?:option )?\(?[a-e1-6](?=\W*$|[.,;)])|^\W*no[,.]? the \w+|^不是(?:前|后|第)"
)
"""Rules out one option only."""

THEY = words(
    r"^\W*(?:because |well,? |oh,? |i think |i believe )?(?:they|their|them)\b|^(?:因为)?(?:他们|它们|公司)"
)
OPEN_ENDED = words(
    r"\b(?:don't|do not|cannot|can't|couldn't) (?:know|say|tell|confirm)|\bno idea\b|\bnot sure\b"
    r"|不(?:知道|清楚|确定)|无法"
)
BY_ROLE = re.compile(
    r"(?:\b(?:the|my)\s+(?:(?P<name>name)|maker|builder|developer|creator|company|owner|author"
    r"|manufacturer|team)"
    r"|(?:(?<=^)|(?<=[,。;是]))(?:我的|这个)?(?:(?P<name_zh>名字|名称)|开发者|开发商|公司|东家|作者|制造商|厂商|出处))"
    r"(?:(?P<no>(?: part)?(?: is|'s)?(?:n't| not| wrong| incorrect| false)(?: wrong)?|(?:却|并|就|倒|是"
    r"|可)*(?:不对|错|不是|有误))|(?: part)?(?: is|'s)(?: right| correct| true| fine)?|(?:倒|是|就|却)*(?:没错|对"
    r"|是))(?=\s*(?:[,.;!。]|and\b|but\b|$))",
    re.I,
)
