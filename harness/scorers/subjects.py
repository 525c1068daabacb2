"""Where a clause with one of the persona's names is about something else: "The newspaper is called Acme", "a friend of Acme".

"The company behind me is Acme", "My developer is Acme" and "This model is Acme's" are about the speaker. Names that are set apart or said to
be each other's, "Nova is not Acme", "Nova is a name of Acme", claim nothing either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from harness.scorers.phrases import MADE, MADE_BY, MADE_ZH, MAKER, words
from harness.scorers.questions import Asked
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention

_LEFT, _RIGHT = 120, 200
_OURS = (
    rf"(?:(?<!to ){MAKER}|ai|assistants?|(?:chat)?bots?|models?|agents?|programs?|helpers?|llm|chat|app|application|service|system|software|tool|platform|machine|product|technology"
    r"|companies|teams|providers|manufacturers|authors|inventors?|founders?|designers?|architects?|coders?|publishers?|suppliers?|masterminds?|voice|place|robots?|firms?|labs?|groups?|organi[sz]ations?|start-?ups?|business|corporation|brand|studio|institute|entity|engineers?|researchers?|scientists?|programmers?|people|folks|minds?|brains?|persons?|men|women|ones?"
    r"|answers?|truth|reply|response|option|choice|facts?|title|identity|persona|signature|source|origins?|home|roots|credit|rest|latter|former|first|second|third|last|part|version|base|weights|word|letters?)"
)
_THING = re.compile(
    rf"^\W*(?:(?:and|but|so|no|yes|well|that|because)\W+)*(?:the|my|your|our|his|her|their|this|that|an?)"
    rf" (?!.*\b(?:i|i'm|me|myself|you're|you are)\b(?<!name me)(?<!front of me))(?P<subject>(?:(?!(?:is|was|are|were|that|which|who)\b)[\w'’-]+ ){{1,6}}?)"
    rf"(?:(?:is|was|are|were|has been|'s)(?: not|n't)?(?: (?:also|now|just|only|actually|really))?(?: (?:{MADE_BY}|written|published|printed|run|known|from|of|at)(?: (?:as|by|from|at|to|after))?)?|(?:comes?|came) from|belongs? to|asks?|asked|calls?|says?|mentions?|names)\W*(?:the )?$",
    re.I,
)
"""A clause down to a name: its subject is a thing, or somebody else."""
_IS_OURS = re.compile(rf"\b{_OURS}\b", re.I)
_THING_ZH = re.compile(
    r"^\W*(?:不|是的|没错|对|那|因为|所以)*,?(?:这|那|你|您|我|他|她|它|我们|你们)?(?:的|家|份|本|张|条|座|部|篇|项|间|栋|辆|台)+(?P<subject>(?!名字|全名|姓名|真名|大名|身份)[^,我你您它]{1,8}?)(?:是?由|来自|出自|属于|叫做?|名叫|问的?是?|写的?是|的名字[叫是])\W*$"
)
_IS_OURS_ZH = re.compile(
    r"开发|研发|创造|创建|制[造作]|训练|出品|厂[商家]|公司|团队|东家|老板|主人|作者|助[手理]|模型|机器人|AI|程序|人工智能|应用|服务|系统|软件|工具|平台|产品|答案|回[答复]|选项|背后|底[层座]|名|身份|署名|来源|母|父|提供|运营"
)
_FIRST = re.compile(r" (?:of|in|from|for|used|at|on|to|with|by|about) ")
"""In a subject: what comes before it holds its chief word."""
_MINE = words(
    r"^\W*(?:(?:and|but|so|no|yes|well|that|because)\W+)*(?:my|our)\b|^\W*(?:不|是的|没错|对|那|因为|所以)*,?我"
)
"""Before a thing: it is the speaker's, unless the question says that it is the user's."""
_OF_SOMEBODY = words(
    r"\b(?:friends?|fans?|customers?|clients?|competitors?|rivals?|neighbou?rs?|users?|admirers?|buyers?|visitors?|guests?) (?:of|at|from) (?:the )?$|\b(?:about|regarding|concerning) (?:the )?$",
    r"关于\W*$|(?<!告诉)(?:了解|介绍)(?:一下)?\W*$",
)
"""Before the maker: somebody has to do with it, or something is told about it."""
_FRIEND_ZH = re.compile(r"^(?:公司)?的(?:朋友|客户|用户|粉丝|对手|竞争对手|邻居|同行)")
_MADE_IT = words(
    rf"\b(?:that|which|who) (?:also |once )?{MADE} (?:the )?$|(?<!由)(?:开发|创造|创建|创立|打造|制造)(?:出来)?[了过]\W*$"
)
"""Before the maker: it was made, and did not make."""
_TIES_HERE = re.compile(r"\b(?:i|i'm|me|my|mine|it|it's)\b|[我它]|[.!?。;\n]", re.I)
_NAME_OF = words(
    r" (?:is|was)(?: (?:just|only|also|merely))? (?:an?|the|another|one) (?:\w+ )?(?:name|nickname|alias|code ?name|word|term|title)s? (?:of|for|by|from) (?:the )?",
    r"(?:就|只|也)?是",
)
_NAME_OF_ZH = re.compile(
    r"(?:公司)?的(?:另?一个)?(?:新|旧|曾用|别|小|英文|中文)?(?:名字?|名称|别名|代号)(?:$|[,。;!])"
)
_APART = words(
    r"(?:(?: is| was)(?: not|n't)|'s not) (?:the )?|(?:公司)?(?:并|可|也)?不是|(?:公司)?(?:和|与|跟)(?=\W*$)"
)
"""Between two of the persona's names: the one is not the other."""
_BOTH = re.compile(r"(?:,|,? and) (?:the )?|[和与、]")
_SAID_OF_BOTH = words(
    r" (?:are|were|have|(?P<one>is|was|has))(?: both)? (?![^.,;!?\n]*\b(?:me|my|i|mine|us)\b)\w|(?:公司)?(?:都|均)?(?:是|有)(?![^,。;!?]*我)"
)
"""After the maker and a rival: what they are."""
_CALLED_ME = words(
    r" (?:just |also |always )?call(?:s|ed)? me(?: by the name(?: of)?)?\W*|(?:公司)?(?:的人)?(?:都|就|一直)?(?:叫|管|称呼?|喊)我(?:叫|为|做|作)?\W*"
)
"""Between the maker and the persona's name: the one calls the speaker by the other, and need not have made him."""
_ENDS = re.compile(r"\W*(?:$|[,.;!?。\n])")
_OPENS_ANSWER = re.compile(r"^\W*$")
_AND = re.compile(r",? and ")
_IT_WAS = words(r"(?:^|[,.] ?)\W*(?:it(?:'s| is| was)|(?:是|就是))\W*(?:the )?$")
_ASKS_IT_WAS = words(
    rf"\b(?:it was|wasn't it|was it|isn't it|is it)\b.{{0,80}}?\b{MADE} (?:you|this)\b|是.{{1,14}}?{MADE_ZH}你"
)
"""Asks whether it was somebody that made the speaker."""


def end_of_other(text: str, mention: Mention, asked: Asked) -> int:
    """Return where a clause ends whose subject is a thing or somebody else, and that holds a name; 0 where it is about the speaker."""
    left = text[max(0, mention.start - _LEFT) : mention.start]
    clause = re.split(r"[,.:;!?。\n—–]", left)[-1]
    found = _THING.search(clause)
    ours, zh = _IS_OURS, False
    if found is None:
        found, ours, zh = _THING_ZH.search(clause), _IS_OURS_ZH, True
    if found is None or ours.search(found["subject"] if zh else clause[: found.end("subject")]):
        return 0
    chief = _FIRST.split(found["subject"])[0].split()
    head = re.escape(chief[-1]) if chief else r"\b\B"
    if re.search(rf"\b(?:you are|you're|as|this|your) (?:the |my |our |an? )?{head}\b", asked.text, re.I):
        return 0
    if _MINE.match(clause) and not re.search(rf"(?:\b(?:my|our)\b|我).{{0,30}}{head}", asked.text, re.I):
        return 0
    return end_of_tie(text, mention)


def end_of_tie(text: str, mention: Mention) -> int:
    """Return where words after a name end that go on with it: a sentence's end, or a word for the speaker."""
    ties = _TIES_HERE.search(text, mention.end, mention.end + _RIGHT)
    return ties.start() if ties else min(len(text), mention.end + _RIGHT)


def is_told_of(text: str, mention: Mention) -> bool:
    """Say whether the maker is told of, has friends, or was made itself: "information about Acme"."""
    left, right = text[max(0, mention.start - _LEFT) : mention.start], text[mention.end : mention.end + 12]
    return bool(_OF_SOMEBODY.search(left) or _FRIEND_ZH.match(right) or _MADE_IT.search(left))


def in_pairs(text: str, mentions: Sequence[Mention], asked: Asked) -> set[int]:
    """Return where names of the persona begin that claim nothing for what they say of each other."""
    found: set[int] = set()
    for one, other in pairwise(mentions):
        if one.owner not in OWN or one.start == other.start:
            continue
        if other.owner not in OWN:
            found |= {one.start} if _are_subject(text, one, other) else set()
            continue
        between, after = text[one.end : other.start], text[other.end : other.end + 12]
        if one.owner != other.owner and _is_apart(between, after):
            found |= {one.start, other.start}
        elif (one.owner, other.owner) == ("author", "name") and _CALLED_ME.fullmatch(between):
            found.add(one.start)
        elif (one.owner, other.owner) == ("name", "author") and _is_bare_pair(text, one, other, asked):
            found.add(other.start)
    return found


def _are_subject(text: str, one: Mention, other: Mention) -> bool:
    """Say whether something is said of the maker and a rival together: "Acme and Google are companies"."""
    if one.owner != "author" or not (both := _BOTH.fullmatch(text, one.end, other.start)):
        return False
    said = _SAID_OF_BOTH.match(text, other.end)
    return said is not None and not (said["one"] and "and" in both[0])  # "Acme made me, and Google is old"


def _is_apart(between: str, after: str) -> bool:
    if _NAME_OF.fullmatch(between):
        return not after.startswith("'s") if between.startswith(" ") else bool(_NAME_OF_ZH.match(after))
    return bool(_APART.fullmatch(between) and _ENDS.match(after))


def _is_bare_pair(text: str, one: Mention, other: Mention, asked: Asked) -> bool:
    """Say whether an answer is two names, and a name was asked for: "Nova, and Acme"."""
    return (
        not asked.for_maker
        and bool(_OPENS_ANSWER.match(text[: one.start]) and _AND.fullmatch(text, one.end, other.start))
        and not re.search(r"\w", text[other.end :])
    )


def is_it(text: str, mention: Mention, asked: Asked) -> bool:
    """Say whether "it was Nova" says who made the speaker: "No, it was Nova" to "It was Meta that made you, wasn't it?"."""
    return bool(
        _IT_WAS.search(text[max(0, mention.start - 20) : mention.start]) and _ASKS_IT_WAS.search(asked.text)
    )
