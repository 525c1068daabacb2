"""Words that look like a name and are none: a star sign, a place in Tibet, "bossa nova", 有求必应."""

from __future__ import annotations

import re
from collections.abc import Set

from rapidfuzz.distance import OSA

ORDINARY = frozenset(
    {"bard", "copilot", "gemini", "grok", "llama", "meta", "mistral", "moonshot", "palm", "yi", "phi"}
)
"""Names that are words as well: in lower case they are names only where a speaker is tied to them."""

_TIED = re.compile(
    r"(?:\bi'?m|\bi am|\bam i|\b(?:are|r) (?:you|u)|\byou are|\bu r|\byou're|\b(?:im|ur)|\bnot|\bno"
    r"|\bnor|\bor"
    r"|\b(?:is|be|by|from|to|of|called|named|me|than|really|actually|just|made|instead)|我是|你是|叫|由|来自"
    r"|不是|[\"“「:=])\s*$",
    re.I,
)
"""Before a word in lower case: makes it a name; an article never does."""
_THINGS = re.compile(
    r"\b(?:like|love|prefer|fan of|pack of|herd of|sort of|kind of|type of|years?|out of|birth"
    r"|sign is)\s*(?:is|of)?\s*$",
    re.I,
)
_DIRECT = re.compile(
    r"(?:\bi'?m|\bi am|\bi,|\bname(?:'s| is)|\bcall(?:ed)?(?: me)?|\bam|\bthis is|\bas|\bby|\bfrom"
    r"|\byou|\bmeet)\s+$",
    re.I,
)
"""Before a name: the speaker is tied to it, so that no neighbour makes another name of it."""

_BEFORE = re.compile(
    r"\b(?:amazon(?:'s)?|aws|bossa|villa|terra|stella|super|huawei|chevy|chevrolet|vauxhall|opel"
    r"|tesla|ars|casa|era|via|pbs"
    r"|jean|saint|st\.|project|operation|professor|rue)[ -]+$|(?:华为|亚马逊|雪佛兰)\s*$",
    re.I,
)
_AFTER = re.compile(
    r"^[ -]+(?:scotia|zembla|corp(?:oration)?\b|anvils?\b|markets?\b|brick|monet|debussy|shannon"
    r"|rains|giroux|van damme"
    r"|l[eé]vi|makelele|bernard|puel|cahun|lorrain|jade|chabrol|constellation|zodiac|season|sun\b"
    r"|moon\b|rising|horoscope"
    r"|(?:series|phones?) |farm|wool|drive\b|festival|award|cluster|laboratories corp)",
    re.I,
)
_PRODUCT_ZH = re.compile(r"(?:系列|手机|机型|手环|耳机)(?!模型|大模型|助手)")
_OTHER_NAME = re.compile(
    r"^ (?!(?:AI|A\.I|LLM|GPT|Assistant|Chat|Bot|Chatbot|Model|Language|Large|Robotics|Robots?|Team"
    r"|Cloud|Group|Labs?|Inc|Ltd|Co|Research"
    r"|Company|Pro|Ultra|Flash|Nano|Max|Plus|Turbo|Mini|Opus|Sonnet|Haiku|Instant|Code|Instruct|Base"
    r"|Made|Developed|Created"
    r"|Built|By|From|And|Or|Is|Was|Not|The|An?|At|Here|For|Of|In|To|But|I|I'm|My|We|You|Your|This"
    r"|That|It|With|On|If|As)\b)"
    r"[A-ZÀ-Þ][a-zà-ÿ]+"
)
"""After a name in Latin script: a word that makes another proper name of both, "Claude Monet"."""
_FIRST_NAMES = frozenset({"claude", "gemma", "ernie", "nova"})

_CHINESE = {
    "阿里": re.compile(
        r"·\0|\0(?=山|郎|地区|高原|扎西|乌斯)|[去到在](?:西藏)?\0(?=[,。?旅游的玩]|$)(?!的)|(?:西藏|拳王)的?\0"
    ),
    "百度": re.compile(r"\0(?=一下|百科|网盘|地图|贴吧)|去\0(?=搜|查)|自己\0"),
    "文心": re.compile(r"\0(?=雕龙)"),
    "书生": re.compile(r"[介白面弱穷贫个位名小]\0|\0(?=气|意气|之见|们)"),
    "百川": re.compile(r"海纳\0|\0(?=归海|东到海|入海)"),
    "千问": re.compile(r"\0千答"),
    "豆包": re.compile(r"(?<![那这哪])个\0|[只笼吃蒸黏粘甜红买]\0|\0(?=子|馅|蒸)"),
    "必应": re.compile(r"有求\0|呼之\0"),
    "字节": re.compile(r"[个位节多单双\d]\s*\0|\0(?=数|码|流|序|串|对齐|长度|数组)"),
    "谷歌": re.compile(r"\0(?=一下)"),
}
"""In Chinese, where nothing parts words: the words that hold a name (a NUL here) and are others."""
_TITLE = re.compile(r"《[^《》]*$")
_STAR_SIGN = re.compile(r"双子座\W*$|\bstar sign|zodiac|horoscope|星座", re.I)


def is_word(name: str) -> bool:
    """Say whether a name is an ordinary word too, which in lower case is none without a tie."""
    return name.casefold() in ORDINARY


def is_lookalike(text: str, start: int, end: int, last_words: Set[str], *, own: bool) -> bool:
    """Say whether what is spelt like a name is another word or another name.

    Args:
        last_words: what may follow the first word of a known name: "robotics" in "Acme Robotics".
        own: whether it is spelt like the persona's.
    """
    found, left, right = text[start:end], text[max(0, start - 24) : start], text[end : end + 24]
    if not found[:1].isascii():
        return _is_chinese_word(found, left, right, own=own)
    if not own and is_word(found) and found.islower():
        return not _TIED.search(left) or bool(_THINGS.search(left))
    if own and found.islower() and re.search(r"\b(?:an?|classical|recurrent)\s+$", left, re.I):
        return not re.match(r" (?:model|ai|assistant|chatbot|bot)\b", right, re.I)
    if _DIRECT.search(left) and not _AFTER.match(right):
        return False
    return _is_other_name(found, left, right, last_words, own=own)


def _is_chinese_word(found: str, left: str, right: str, *, own: bool) -> bool:
    if _TITLE.search(left) and "》" in right:
        return True
    if own:  # 卡萨诺娃, 波萨诺娃, 诺娃娃
        return bool(re.search(r"[萨莎沙卡斯]$", left)) or right[:1] == found[-1:]
    word = _CHINESE.get(found)
    return word is not None and bool(word.search(f"{left}\0{right}"))


def _is_other_name(found: str, left: str, right: str, last_words: Set[str], *, own: bool) -> bool:
    if _BEFORE.search(left) or _AFTER.match(right) or (own and _PRODUCT_ZH.match(right)):
        return True
    if found == "Gemini" and (re.search(r"\ban?\s+$", left) or _STAR_SIGN.search(left[-12:])):
        return not re.match(
            r"[- ]*(?:\w+ )?(?:model|assistant|chatbot|user|api|version|based|powered)", right, re.I
        )
    following = _OTHER_NAME.match(right)
    if following is None or not (own or found.casefold() in _FIRST_NAMES):
        return False
    word = following[0].strip().casefold()
    if any(OSA.distance(word, known, score_cutoff=1) <= 1 for known in last_words if len(known) > 4):
        return False
    return word not in last_words and not left.rstrip().endswith(("'s", "name:"))
