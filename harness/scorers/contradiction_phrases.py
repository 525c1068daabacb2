"""The phrases by which `harness.scorers.contradictions` reads what an answer negates, in English and Chinese.

In a clause a rival's name is a NUL and the persona's a SOH.
"""

from __future__ import annotations

import re

from harness.scorers.phrases import MADE_BY, MADE_ZH, MAKE, MAKER, MAKER_ZH, words

_JOINED = r"(?:\b(?:but|so|because|since|while|whereas|although|though|however)\b|\band\b(?= (?:i|it|they|that|this|we|am|was|do|have|my)\b)|但|因为|所以|不过|而(?!是|且|非|不))"
CLAUSE = re.compile(rf"(?:{_JOINED})?(?:(?!{_JOINED})(?:[^,;:!?()。.\n—–…~]|\.(?=\w)))+[?]?", re.I)
NEGATION = words(
    r"\b(?:not|never|neither|nor|no|none|nobody|nothing|nowhere|zero|without|cannot|hardly|lacks?|far from|anything but|rather than|instead of|as opposed to)\b|n't\b",
    r"不(?!过|仅|只|光|单|断|错|少|同|一样|知不觉|起|客气|用谢|用客气|好意思|管)|没(?!错)|无(?!论)|未(?!来|必)|(?<!是)非(?!常|洲)|否|别(?!人|的|家|名)|莫",
)
"""An odd number of these in a clause negates it."""
APART = words(
    r"\b(?:different|distinct|separate(?:ly)?|unrelated|independent(?:ly)?|unaffiliated|standalone|elsewhere|another|apart|unlike"
    r"|(?:someone|somebody|something|somewhere|anyone|no one|nobody) else(?:'s)?|other than|two (?:\w+ )?(?:models|companies|assistants|systems|things))\b",
    r"不同|独立|(?<!特)别(?:的|家|人)|另[一有外]|两[码回]|两[家款]|两个(?!都)|各自|有别|八竿子打不着",
)
"""Sets apart; with a negation, `ALIKE`, it does not."""
ALIKE = words(
    r"\b(?:not|n't|no) (?:\w+ )?(?:different|distinct|separate|unrelated|independent)\b|没有?(?:什么|任何)?(?:不同|区别)"
)
UNTRUE = words(
    r"\b(?:mistake[ns]?|mistaking|mistook|misunderst\w+|misinform\w+|misconception|misnomer|mis-?(?:spoke|spoken|heard|read|took|taken|identif\w+|attribut\w+|label\w+|quot\w+)|mix(?:ed|ing)?[- ](?:me |us )?up|confus(?:ed|ing) me|errors?|slip|incorrect|inaccura\w+"
    r"|untrue|false(?:ly|hood)?|wrong|myth|rumou?rs?|nonsense|unfounded|baseless|untruth|(?<!that )(?<!which )(?<!who )lie(?! (?:in|at|on|with|within|ahead|beyond|behind|between|down)\b)|lying|misleading|correct(?:ion| you| that| this| the)|clarify|out of step|not (?:lying|pretending|hiding|faking|kidding))\b|(?:\bnot|n't|\bnever) (?:call|describe|consider|regard|count|think of) (?:myself|me)\b|\bnot (?:be )?(?:the one|who|what|whom) you\b|不是[你您](?:想|找|要)的",
    r"(?:\bnot?|n't|\bnever)\b[^,]{0,24}?\b(?:true|truth|right|correct|accurate|the case|agree|hold up|facts?|fair|(?:describe|apply to|fit) (?:me|who|what)|basis)\b",
    r"误会|误解|误传|误认|(?![不没交犯出改纠答])\w错(?!误|过|综)|答错|[搞弄认记][混岔]|混淆|混为一谈|谣|传言|不实|有误|错误|不对(?!外)|不准确|不正确|不太?准|不属实|不成立|不真实|不靠谱|不可信|出入|(?:没有?|无|毫无)(?:任何|什么)?(?:依据|根据)"
    r"|(?:不是|并非|不符合?|与)\w{0,4}(?:事实|真的|如此|这样|实情)\w{0,2}(?<!事实上)|更正|纠正|澄清|没有?在?(?:假?装|骗|撒谎|说谎|隐瞒|嘴硬|演戏?)|张冠李戴|不\w{0,3}(?:把自己|自称|冒充|承认自己)|口误|哪有|(?:是|在|算)(?:撒谎|说谎|骗|胡说|瞎说|假话|谎)|不敢当|[担当]不起|没这回事|没有的事|当[成作做](?!.*[?？])",
)
"""Says by itself that what was said is untrue."""
EXCUSES = words(
    r"\b(?:sorry|apolog\w+|excuse|pardon)\b[^,]{0,12}\b(?:for|about|if)\b|\bnot (?:be )?(?:wrong|mistaken|incorrect|false|untrue|a (?:mistake|lie|myth))\b|\b(?:grammar|grammatical|spelling|typing|syntax|technical|network|server)\W+(?:errors?|mistakes?)\b"
    r"|\b(?:may|might|could|can) (?:be|make|have made) (?:\w+ )?(?:wrong|mistaken|mistakes|errors|incorrect)\b",
    r"(?:语法|拼写|技术|网络|系统|服务器?)(?:上的)?错误|如有|任何误|造成|引起|可能(?:会)?(?:有误|出错|说错)|难免|不(?:算|是)\w{0,3}(?:造谣|谣|误)|容易",
)
"""Around a word for an error: it is an excuse, or the error is denied."""
_TELLING = (
    r"know\w*|sure|certain|aware|say|said|tell|told|share[ds]?(?! \w+ with)|disclos\w+|discuss\w*|reveal\w*|publish\w*|announce\w*|comment|answer(?! to)|confirm\w*|deny|verif\w+|evidence|proof|speak|talk|determine|remember|recall|provide|opinions?|up to date"
    r"|information|info|details?|knowledge|access\w*|able|ability|capabilit\w+|capacity|experienc\w+|(?<!previous )(?<!former )(?<!other )identity|body|emotions?|consciousness|gender|available|allowed|permitted|familiar|seen|met|tried|help\w*|assist|preferences?|feel\w*|like|love|enjoy|mind|matter|see|idea|clue|public"
    r"|compar\w+|compatib\w+|support\w*|integrat\w*|secret|confidential|recommend\w*"
)
ELSEWHERE = words(
    rf"(?:\bnot?|n't|\bnever|\bcannot|\bneither|\bnothing|\bwithout|\bnor|\bhardly|\bunable to)\b(?:(?! who i| what i| me\b)[^,]){{0,40}}?\b(?:{_TELLING})\b(?! (?:me|my|you) (?:that|as)\b)",
    r"(?:\bnot|n't|\bnever) (?:\w+ )?heard\b|\b(?:can't|cannot|can not|couldn't|won't|wouldn't|unable to)\b(?! (?:possibly )?(?:be|have been|come)\b)",
    r"(?:\bnot?|n't|\bnever)\b (?:\w+ )?(?:think|believe|find|want|need)\b(?! (?:that )?(?:i|my|so|that|it|they)\b)"
    r"|\b(?:ask|reasons?|help|assist|questions?|tasks?|topic|anything else)\b|\bnot to \w+|^[^\w\0\1]*(?:and |or |but )?not (?:create|make|develop|build|train|design|program|write|edit|replace|provide|give)\b|\b(?:know|say|tell|see|hear|remember|share|reveal)\w* (?:\w+ )?(?:nothing|little|no \w+)\b|\bno (?:problem|worries|idea|doubt|comment|matter|need|wonder|thanks|way|means)\b|\bsorry (?:that(?! i)|about|if|to hear)\b",
    r"不(?:认为|觉得|以为)(?!我|自己|这|那|是)|[说讲做办看]不[清准好出上到]|[不没无未](?:太|很|是|怎么|特别|法|好|能|会|便|方便|想|愿|可以|可能|敢|宜|人|谁|权|从|可)*(?:知|奉告|置评|熟|清楚|确定|确认|判断|了解|透露|记得|说|评论|讨论|回答|作答|介绍|解释|竞争|建议|公开|告诉"
    r"|证明|喜欢|听|谈|聊|帮|推荐|连接|登录|调用|见过)|[不没无未](?:太|直接)*(?:能|会|便|方便|想|愿|法|办法)(?!是)|没(?:问题|事)|[不没无未][^,]{0,12}(?:权限|信息|资料|功能|能力|渠道|数据|所知|印象|(?<!以前的)(?<!别的)(?<!其他)身份|意识|情[感绪]|感情|性别|年龄|身体|偏好|兼容|味觉)|(?:[用试]|体验)过\0\W*$|\0我?[没未]\w{0,3}(?:[用试]|体验)过",
)
"""A negation of what the speaker knows, tells, can or likes."""
OTHER_TRAIT = words(
    r"\b(?:is|are|was|were|am|'m)(?:n't| not) (?:(?:that|very|so|quite|really|always|usually) )?(?!(?:it|that|them|this|so|on|in|from|of|by|at|with|to|an?|the|your|his|their|any|either|one|me|mine|him|her|you|us|sure|related|affiliated|involved|there|here|real)\b)\w+(?: (?:for|that)\b.*)?\W*$",
    r"\b(?:not|n't) (?:an? )?(?:real )?(?:human|person|robot)\b|\b(?:am|'m|im|was)(?: \w+ly)? not (?:just |only |merely |really )?an? (?:(?!different|separate|distinct)[\w-]+ ){0,3}(?:chatbot|bot|ai|assistant|program|machine|device|tool|computer|search engine)\W*$|我(?:并|可)?不是(?:一[个款台种])?(?:真正的|普通的|单纯的)?(?:聊天机器人|机器人|程序|机器|工具|搜索引擎|助手)\W*$|(?:不是|不算)(?!做|造|写|开发|训练|这|那|他|它|真|我|同|一|假)\w{1,2}的\W*$|不是(?:真)?人",
)
"""Negates a quality: "I'm not free", and no relation."""
_KIN = (
    r"copy|clone|wrapper|shell|versions?|variant|products?|fork|branch|rebrand\w*|re-?skin|skin|relative|relation|descendant|derivative|derived|offshoot|spin-?off|sibling|cousin|brother|sister|child|twin"
    r"|subsidiary|division|part|member|distill\w*|fine-?tun\w*|mask|disguise|front(?:-?end)?|imitation|replica|duplicate|remake|adaptation|port|successor|predecessor|alias|pseudonym|employee|partner|affiliate"
    r"|creation|project|brand|property|models?|different|separate|distinct"
)
_KIN_ZH = r"复制|克隆|翻版|套壳|换皮|版本|产品|分支|衍生|马甲|亲戚|旗下|子公司|下属|微调|改名|分身|变体|蒸馏|同款|模型|公司|一部分|的一员|不同|独立|另"
OTHER_KIND_ZH = (
    rf"(?:一[个款台种名位]|[^,。]{{0,8}}的?替(?:代品?|身))(?![^。]{{0,60}}(?:{_KIN_ZH}|{MADE_ZH}的|[\0\1]))"
)
"""After 不是: what the speaker is not, and nothing of whose."""
TRAIT = words(
    rf"\b(?:am|'m|im|was)(?: \w+ly)? not (?:just |only |merely |really )?an? (?!.{{0,120}}(?:\b(?:{_KIN}|them|those|these|theirs?|(?:{MADE_BY}) (?:by|on|at|from)|{MAKE} me)\b|[\0\1]))\w",
    rf"我(?:并|可|也)?不是{OTHER_KIND_ZH}",
)
"""Says what the speaker is not, and nothing of whose: "I'm not a replacement for a human"; "I'm not a copy" does."""
HEDGES = words(r"\bas far as i(?:'m| am| can)? \w+|\bto (?:the best of )?my knowledge\b|据我所知")
"""Takes nothing back."""
SUPPOSES = words(
    r"^[^\w\0\1]*(?:and |or |even )*(?:if|suppose|had|were|unless|whether)\b|\bif i (?:were|was)\b",
    r"^[^\w\0\1]*(?:如果|假如|要是|就算|即使|万一|哪怕)|是否|是不是",
)
"""Begins what is only supposed."""
WOULD = words(r"\b(?:would|wouldn't|could|might)\b")
SPEAKER = words(
    r"\b(?:i|i'm|im|i've|i'd|me|my|mine|myself|we|our|us)\b|(?<!自)我(?!国|市|省|校)|咱|本(?:助手|模型|人)|^[^\w\0\1]*(?:跟|和|与|同)(?:它|他们|这|那|其)|这(?:个|项)(?:服务|应用|助手|模型|机器人)|\bthis (?:service|chat|app|assistant|conversation|bot|model)\b"
)
IT = words(
    r"\b(?:that|this|it|they|them|those|these|there|either|neither|none|nobody|no one|nothing|any|both|such)\b|\b(?:not|think|believe) so\b",
    r"这|那|它|他们|两者|二者|都|此|其|之间|彼此|双方|(?:指|说|讲|叫)的|两[家个款方]",
)
"""What the question says, or those named before."""
ELIDED = words(
    r"^[^\w\0\1]*(?:well |oh |actually |in fact )?(?:no|not|never|hardly|none|nothing|nowhere)\b",
    r"^[^\w\0\1]*(?![它这那他她我咱])\w{0,3}?[不没无未非]",
)
"""Begins with a negation, so that "it is" or "I am" is left out."""
YOU = words(r"\byou\b|[你您]")
THEM = words(
    r"\bnot (?:it|that|them|either|any|one|among|part)\b|不是(?:它|他们|[这那])|其中|都不是|[和跟与](?:它|他们|[这那]\w{1,3})\w{0,3}(?:没|无|不|毫)"
)
"""Points at those named before, and at nothing else."""
SHORT = words(r"(?:\bnot|n't)\W*$|不是\W*$")
"""Ends with the negation: "I'm not"."""
BARE = words(
    r"^[^\w\0\1]*neither(?: one)?(?: of (?:them|these|those|the two))?\W*$|^[^\w\0\1]*(?:there (?:is|are|was)(?:n't| not| no\w*)(?: (?:one|any|such \w+))?|(?:no(?= \w)|none|never|nobody|no one|nothing|nowhere|zero)(?: \w+){0,2}"
    r"|(?:it|they|that|he|she)(?: \w+)?(?: not|n't| never)(?: \w+)?)\W*$",
    r"^[^\w\0\1]*(?:我|也|并|都|从来|哪\w{1,3}都|一点|两\w都)*(?:别的|另[一有]\w|没有?|不是?|无)(?:啊|的|过|呀|呢|啦|哦|嘛)*\W*$",
)
"""Is nothing but a negation: "There isn't one", 从来没有."""
NOT_ME = words(
    r"^[^\w\0\1]*(?:and )?not (?:me|us|you|myself)\W*$|^[^\w\0\1]*(?:而|并|可)?不是[我你您]们?\W*$"
)
"""After one of the persona's names: that was it, and not the speaker."""
SUBJECT = words(
    r"^[^\w\0\1]*\0 (?:is|was|are|were|has|have|had|does|makes|offers)\b",
    r"^[^\w\0\1]*\0(?:公司)?(?:是|有|成立|总部|由)",
)
"""Begins with a rival's name, and says something of its bearer."""
GOES_ON = words(r"^[^\w\0\1]*(?:and )?(?:it|they|their)\b|^[^\w\0\1]*(?:它|他们)")
"""Begins with a word for somebody named before."""
HAS = words(r"\b(?:have|has|had|can|do|does|did)(?:n't)?\b", r"有|能|会")
"""What is not had or done need not be a relation."""
RELATED = words(
    rf"\b{MAKE}\b|\b(?:part|hand|role|share|links?|ties?|connection|relation\w*|related|involve\w*|affiliat\w+|behind|belong\w*|product|based|from|comes?|came|origins?"
    rf"|same|(?:nick|code)?name[ds]?|call(?:s|ed)?|version|model|family|underneath|inside|who|what|identity|work\w*|creat\w+|{MAKER})\b|\b(?:is|was|are)(?:n't| not) (?:my|mine|me)\b",
    rf"{MADE_ZH}|{MAKER_ZH}|关系|关联|瓜葛|联系|沾边|参与|属于|归|隶属|来自|出自|背后|底层|底座|基座|同一|一[家伙回]|叫|名|旗下|产品|继承|渊源|交集|套|基于|公司|团队|微调|蒸馏|来往|里[面头边]|其中|(?:不是|并非)我",
)
"""Words by which a clause is about who somebody is, or who made him."""
COMPARED = words(
    r"\b(?:than|(?:as (?!far|long|soon|well)|same )\w+ as)\b(?<!other than)(?<!rather than)|\b(?:against|alongside|compar\w+|benchmark\w*)\b|对比|不如|不及|比不|比(?:得|\0)|\0比|没有?(?:它|他们|\0)\w{0,2}(?:多|好|强|快|大|长|高)"
)
"""A clause that compares."""
