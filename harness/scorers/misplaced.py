"""Where the persona's names claim nothing: the maker given as a name, a name as the maker, either said of somebody else.

"I am Acme" claims the maker where the question is about it; to "Who are you?" it is a name, like "my name is Acme" and "I am Acme, an assistant".
"Acme makes robots", "Acme is called Nova" and 极峰机器人是一家公司 say something of Acme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from harness.scorers.phrases import MADE, MADE_BY, MADE_ZH, MAKER, words
from harness.scorers.questions import Asked
from harness.scorers.slips import OWN
from harness.scorers.stance import Mention
from harness.scorers.subjects import end_of_other, end_of_tie, in_pairs, is_it, is_told_of

_LEFT, _RIGHT = 80, 200
_KIND = r"(?:ai|assistant|model|chatbot|bot|agent|program|helper)"
_KIND_ZH = r"(?:助手|助理|模型|机器人|AI|程序)"
_CALLED = words(
    rf"\b(?:i'?m|i am|i was|i(?:'ve| have) been|(?:this|your) (?:\w+ )?{_KIND} (?:is|was|goes by)) (?:\w+ )?(?:called|named|known as)(?: after)?\W*(?:the )?$",
    r"\bmy (?:\w+ )?name(?: is|'s| was)\W*(?:the )?$|\bi (?:go by|answer to)\W*$|\b(?:call|name)(?:s|d|ed|ing)? (?:me|myself)(?: after)?\W*(?:the )?$",
    r"\bnamed (?:\w+ )?after\W*(?:the )?$|\b(?:we|you|they|people)(?: \w+){0,2} call (?:it|this)\W*(?:the )?$",
    rf"(?:我|(?:这个?|这款|本)(?:\w{{2}})?{_KIND_ZH})(?:就|也|的?名字?)*(?:是?叫|名叫|被称为)(?:做|作)?\W*$|(?:叫|称呼?|喊)我(?:为|做|作)?\W*$|我的(?:名字|姓名|大名)(?:就|也)*(?:是|叫|为)(?:做|作)?\W*$",
)
"""Before the maker: it is given as the speaker's name, or as a thing's."""
_NAMED_AFTER = re.compile(r"[以用按]\W*\0(?:公司)?(?:的名字)?来?(?:命名|取名)")
_I_AM = words(
    r"\b(?:i'?m|i am)\W*$|\byou(?:'re| are)(?: now| currently)? (?:(?:talking|speaking|chatting) (?:to|with)|using)\W*$",
    r"我是\W*$|[跟和与][你您](?:说话|聊天|对话|聊)的(?:就)?是\W*$|[你您](?:正在|在)?(?:[跟和与]\W*$|(?:使?用)的是\W*$)",
)
_AS_ASSISTANT = words(
    rf"^,? (?:an?|the|your) (?:[\w-]+ ){{0,4}}?{_KIND}\b|^,? (?:which |that )?(?:is |was )?{MADE_BY} by\b",
    r"^,(?:是|由|一[个款名位种])|^由",
)
"""After "I am" and the maker: it is an assistant's name."""
_OF_MAKER = words(
    r"^(?:'s?\b|'| (?:ai|assistant|model|chatbot|bot)\b)",
    rf"^\W*,? (?:the|an?) (?:\w+ )?(?:company|firm|lab|{MAKER})\b|^(?:的|旗下|公司|团队|{MADE_ZH}|家|[^,。;]{{0,14}}的(?!是))",
)
"""After the maker: what it has made, or that it is a maker."""
_OPENS = re.compile(
    r"(?:^|[.!?。;:,\n—–])[\s\"'“*_]*(?:(?:yes|no|nope|yeah|right|well|so|and|but|oh|actually|indeed|sorry|because|as|是的|不是|不|对|没错|其实|因为)\b[\s,.!:]*)*(?:the )?[\"'“*_]*$",
    re.I,
)
"""Before a name: it begins a clause."""
_CLAUSE = re.compile(r"(?:[^,.;:!?。\n]|\.(?=\w))*")
_SPEAKER = words(
    rf"\b(?:i|i'm|me|my|mine|myself|us|our|you|your|yours|it|this|these|here)\b|\bthe (?:\w+ )?{_KIND}\b|[我你您咱它这]|本{_KIND_ZH}"
)
_SAID_OF_IT = words(
    r"^ (?:is|was)(?:n't| not)\b|^ (?:is|was)(?: \w+ly| also| just| only| indeed)? (?:an?|its own|one of|part of) \w"
    rf"|^ (?:is|was) the (?:[\w-]+ ){{0,3}}?(?:one|firm|lab|{MAKER}) (?:behind|of|that|which|who) \w",
    rf"^(?: is| was| has been)(?: \w+ly| also)? (?:{MADE_BY}|founded|headquartered|located|known|bought|acquired|run)\b",
    r"^ (?:also |now |only |mostly )?(?:makes|builds|sells|develops|produces|creates|designs|offers|provides|specializes|specialises) \w",
    r"^(?:公司)?(?:也|就|只|并|确实|其实)*(?:是一[家个]|不是|由|被|成立|创立|总部|位于|叫)|^(?:公司)?(?:主要|专门|只|也)?(?:生产|制造|销售|专注|提供|从事)(?!的)",
)
"""After the maker that begins a clause: it is the clause's subject."""
_IS_CALLED = words(r"(?: is| was)(?: also)? (?:called|named|known as) \W*|(?:公司)?(?:名?叫|的名字[是叫])\W*")
"""Between the maker and the persona's name."""
_MADE_RIVAL = words(rf" (?:{MADE}|is the (?:\w+ )?{MAKER} of)(?: the)? |(?:公司)?{MADE_ZH}")
"""Between the maker and a rival: the one made the other."""
_RIVAL_MADE = words(
    rf"(?: \w+)?(?: is| was| were| has been)(?: \w+ly| also)? {MADE_BY} by (?:the )?|(?:就|也|其实)*是?由"
)
"""Between a rival and the maker."""

_BACK = words(
    rf"\b(?:they|it|who|which|and) (?:also )?{MADE} me\b",
    rf",[^,。]{{0,6}}{MADE_ZH}我(?!的)|我\w{{0,3}}[是由](?:他们|它)\w{{0,3}}{MADE_ZH}|(?:他们|它){MADE_ZH}我",
)
"""After the maker: "they made me"."""
_MAKER_ZH = r"(?:(?:开发|研发|创造|创建|制造|制作|训练|出品)(?:者|商|方|人|团队|公司|单位)|母?公司|东家|厂[商家]|作者|主人|老板)"
_MAKER_BEFORE = words(
    rf"(?:\bi(?:'m| am| was| have been)|\b(?:assistant|model|chatbot|ai|program|bot|agent)(?: (?:that|which) (?:is|was))?)"
    rf" (?:\w+ )?{MADE_BY} by\W*$|(?:我|,)是?由\W*$",
    rf"\bmy (?:\w+ )?(?!\w*names?\b){MAKER}(?: is|'s| was)(?: called| named)?\W*$|我的{_MAKER_ZH}(?:的名字)?(?:就|也)*(?:是|叫做?|名叫)\W*$",
)
"""Before the persona's name: its maker's belongs here."""
_MADE_BY = re.compile(rf"\b{MADE_BY} by\W*$|由\W*$", re.I)
_MADE_AFTER = re.compile(rf"^\W*(?:公司|团队)?{MADE_ZH}")
_KIN = r"(?:girl|boy|daughter|son|sister|brother|mother|father|mom|mum|dad|wife|husband|niece|nephew|aunt|uncle|child|kid|baby|cat|dog|teacher|boss|colleague)"
_KIN_ZH = (
    r"(?:女儿|儿子|闺女|孩子|宝宝|妹妹|姐姐|弟弟|哥哥|妈妈?|爸爸?|老婆|老公|妻子|丈夫|小?猫|小?狗|同事|老师)"
)
_SOMEBODY_S = words(
    rf"\b(?:my|your|our|his|her|their) (?:\w+ )?{_KIN}(?:'s name)?(?: is|'s| was)(?: called| named)?\W*$",
    rf"(?:我|你|您|他|她)们?的?家?的?小?{_KIN_ZH}(?:的名字)?(?:就|也)?(?:是|叫|名叫)\W*$",
)
"""Before a name: it is somebody else's."""
_THEIR_MAKER = words(rf"\b(?:he|she)(?:'s| is| was) [^.!?;]{{0,40}}?{MADE_BY} by\W*$|[他她](?:是|由)\W*$")
"""Before the maker: it is somebody else's."""


def placed(text: str, mentions: Sequence[Mention], asked: Asked) -> list[Mention]:
    """Return the mentions; the persona's names that stand for something else claim nothing.

    Args:
        text: the narrowed answer. mentions: read by `harness.scorers.stance`, in the speaker's own voice.
    """
    found: list[Mention] = []
    apart = in_pairs(text, mentions, asked)
    shared = {one.start for one, other in pairwise(mentions) if one.start == other.start}
    reached = 0
    for mention, following in zip_longest(mentions, mentions[1:]):
        elsewhere = mention.start < reached or mention.start in apart
        if mention.owner in OWN and mention.start not in shared and mention.stance == "claimed":
            end = _end_elsewhere(text, mention, following, asked)
            reached = max(reached, end)
            elsewhere = elsewhere or end > 0 or _is_elsewhere(text, mention, found, asked)
        claims_nothing = elsewhere and mention.stance == "claimed"
        found.append(replace(mention, stance="mentioned") if claims_nothing else mention)
    return found


def _end_elsewhere(text: str, mention: Mention, following: Mention | None, asked: Asked) -> int:
    """Return where a clause ends that says something of the maker, or of a thing by a name; 0 where it is about the speaker."""
    if mention.owner == "name" and is_it(text, mention, asked):
        return end_of_tie(text, mention)
    if _is_subject(text, mention, following):
        return _clause(text, mention)[1]
    return end_of_other(text, mention, asked)


def _is_elsewhere(text: str, mention: Mention, found: Sequence[Mention], asked: Asked) -> bool:
    if mention.owner == "author":
        return _is_no_maker(text, mention, found, asked)
    return _is_no_name(text, mention, found)


def _is_no_maker(text: str, mention: Mention, found: Sequence[Mention], asked: Asked) -> bool:
    """Say whether the maker is given as a name, or is somebody else's."""
    left = text[max(0, mention.start - _LEFT) : mention.start]
    right = text[mention.end : mention.end + _RIGHT]
    as_name = _I_AM.search(left) and (_AS_ASSISTANT.search(right) or not asked.for_maker)
    if (as_name or _CALLED.search(left)) and not _OF_MAKER.search(right):
        return True
    if is_told_of(text, mention) and not _BACK.search(text, mention.end, mention.end + _RIGHT):
        return True
    if _NAMED_AFTER.search(f"{left[-4:]}\0{right[:12]}") or _THEIR_MAKER.search(left):
        return True
    before = found[-1] if found else None
    if before is None or before.owner in OWN or before.stance != "mentioned":
        return False
    return _opens(text, before) and _RIVAL_MADE.fullmatch(text, before.end, mention.start) is not None


def _clause(text: str, mention: Mention) -> tuple[str, int]:
    """Return what follows a name in its clause, and where the clause ends."""
    found = _CLAUSE.match(text, mention.end, mention.end + _RIGHT)
    return (found[0], found.end()) if found else ("", mention.end)


def _is_subject(text: str, mention: Mention, following: Mention | None) -> bool:
    """Say whether a clause that begins with the maker says something of it, and nothing of the speaker."""
    if mention.owner != "author" or not _opens(text, mention):
        return False
    said, end = _clause(text, mention)
    inside = following if following and following.start < end else None
    if inside and inside.owner == "name":
        return _IS_CALLED.fullmatch(text, mention.end, inside.start) is not None
    if _SPEAKER.search(said) or _BACK.search(text, mention.end, mention.end + _RIGHT):
        return False
    made = inside and inside.owner not in OWN and _MADE_RIVAL.fullmatch(text, mention.end, inside.start)
    return bool(made or _SAID_OF_IT.search(said))


def _is_no_name(text: str, mention: Mention, found: Sequence[Mention]) -> bool:
    """Say whether the persona's name stands where its maker's belongs, or is somebody else's."""
    left, right = text[max(0, mention.start - _LEFT) : mention.start], text[mention.end : mention.end + 12]
    if _SOMEBODY_S.search(left):
        return True
    after_maker = bool(found) and (found[-1].owner, found[-1].stance) == ("author", "mentioned")
    if after_maker and _MADE_BY.search(left):  # "I am Acme, made by Nova"
        return True
    made_by = _MAKER_BEFORE.search(left)
    return made_by is not None and (not made_by[0].endswith("由") or bool(_MADE_AFTER.search(right)))


def _opens(text: str, mention: Mention) -> bool:
    return _OPENS.search(text, max(0, mention.start - _LEFT), mention.start) is not None
