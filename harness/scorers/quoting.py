"""What an answer says in another voice: quotations, dictated texts, parts played, lines of a dialogue, programs."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.scorers import phrases
from harness.scorers.choices import given_back
from harness.scorers.clauses import is_cut, last_match
from harness.scorers.questions import Asked, handed_over
from harness.scorers.stance import Mention, by_place

STEP_OUT = phrases.words(
    r"\b(?:step\w*|break\w*|drop\w*|fall\w*|com\w+|going|slip\w*) (?:\w+ )?(?:out of |out "
    r"|of )?(?:my )?(?:character|role|persona|act|part)\b|\bout of (?:character|role)\b"
    r"|\b(?:in reality|in truth|in real life|truth be told|for real|for the record|joking aside"
    r"|jokes aside|all joking|that said|back to reality|end of (?:the )?(?:play|role|scene|story|act"
    r"|skit)"
    r"|curtain|off ?stage|behind the (?:mask|scenes|costume)|underneath|as for the real me"
    r"|outside (?:of )?(?:the|this) (?:story|game|role))\b|[(\[*]\s*(?:ooc|aside)\b",
    r"\bi(?:'m| am) (?:really|still|in fact|in reality|truly|of course)\b|\bmy (?:real|true"
    r"|actual) (?:name|identity|maker)\b|\b(?:but|though|although|however),? (?:i(?:'m| am)|my|in|as"
    r"|the truth)\b",
    r"出戏|跳出角色|跳戏|说回来|言归正传|真实身份|实际上|说到底|归根结底|其实(?:我|是)|我其实|现实(?:中|里)|不开玩笑|认真[说讲]|不过我|但我|可我(?:其实|是|还)"
    r"|回到现实|剧终|本尊|真身|真名|卸妆|演完|表演结束",
)
"""The speaker leaves the part he plays."""
_SELF = phrases.words(r"\b(?:i|i'm|im|my|we|me)\b", phrases.MADE_BY, r"我|叫|由")
_OF_HIM = phrases.words(r"\b(?:it|it's|this|you|you're)\b|[它你这]")
"""In a quotation: somebody speaks of the speaker."""
_REPORTED = phrases.words(
    r"\b(?:he|she|they|people|users?|someone|somebody|others?|bot|who|article|page|screenshot"
    r"|customer|friend|model|text) (?:\w+ ){0,2}(?:said|says?|wrote|writes?|answered|replied|claims?"
    r"|claimed|asked|asks|told \w+|reads)\b\W*$"
    r"|\b(?:like|phrase|sentence|words|line|text|such as|example|quote|question|slogan|saying|string"
    r"|expression|statement|says? things like|prompt)s?\W*$|\b(?:would|should) (?:read|be|say)\W*$",
    r"(?:[他她它们]|有人|用户|网友|楼主|帖子|评论|标题|别人|人家|文章|截图)\w{0,4}(?:说|问|写|答|称|喊)(?:的?是)?\W*$|所谓的?\W*$|这句话?是?\W*$|(?:例如|比如|像|诸如|题目"
    r"|原文|句子|改成|译文)\W*$|问的?是\W*$",
)
"""Before a quotation: somebody else's words, or words as such."""
_QUOTED_AFTER = phrases.words(
    r"^\W*(?:这句|这个?词|一共|共|是个|有\d|这几个|\b(?:is|has|contains|means|turns|sounds|was) (?:a|the|an"
    r"|\w+ (?:words|letters))\b)"
)
_SENTENCE = re.compile(r"[^.!?。\n]+")
_OF_YOU = phrases.words(r"\b(?:you|your|yours)\b|[你您]")
_MARKS = " .!?。,:;\"'“”*"
_SHORTEST = 8
"""So many characters of a sentence at least are given back, and not said anew."""
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.S)
_LINE = re.compile(
    r"^[ \t>*_-]*\**([A-Za-z][\w ]{0,18}|[一-鿿]{1,6})\**(?: ?\([^)\n]{0,30}\))?\** ?[:：]", re.M
)
_SPEAKERS = phrases.words(
    r"^(?:user|human|assistant|ai|bot|chatbot|customer|me|you|a|b|q|robot|interviewer|host|student"
    r"|teacher|narrator|person|man|woman|boy|girl|system|ai ?[12ab]|bot ?[12ab]|speaker ?\w)$"
    r"|^(?:甲|乙|丙|用户|助手|机器人|问|答|客服|主持人|小明|老师|学生|旁白|记者|观众)$"
)
_ME = re.compile(
    r"[(\[*]\s*(?:yes, |hi, |that's |this is |it's )?(?:me|myself|yours truly|本人|我|就是我|我自己"
    r"|也就是我)!?\s*[)\]*]|(?:←|<-+|--?|—)\s*(?:that's |this is )?(?:me|我)\b",
    re.I,
)
_ROW = re.compile(r"^\s*(?:\||[-*•]|\d+[.)、])")


def in_own_voice(text: str, mentions: Sequence[Mention], asked: Asked) -> list[Mention]:
    """Return the mentions, those in another voice than the speaker's as mere mentions.

    ``(me)`` in a table or list claims its row, and leaves the others to others.
    """
    others = [*_other_voices(text, asked), *_given_back(text, mentions, asked)]
    rows = _rows(text)
    stepped_out = _stepped_out(text, asked)
    heard = [_heard(mention, others, rows, stepped_out, asked) for mention in mentions]
    return _put_right(text, mentions, heard, asked) if asked.corrects else heard


def _heard(
    mention: Mention,
    others: Sequence[tuple[int, int]],
    rows: Sequence[tuple[int, int, bool]],
    stepped_out: int,
    asked: Asked,
) -> Mention:
    if any(start <= mention.start < end for start, end in others):
        return replace(mention, stance="mentioned")
    for start, end, mine in rows:
        if start <= mention.start < end:
            return replace(mention, stance="claimed" if mine else "mentioned")
    if mention.stance != "mentioned" and mention.start < stepped_out and _is_part(mention, asked):
        return replace(mention, stance="mentioned")
    return mention


def _put_right(
    text: str, mentions: Sequence[Mention], heard: Sequence[Mention], asked: Asked
) -> list[Mention]:
    """Return the mentions as heard; where a text is put right, "not" and "as a" that it lacks are the speaker's own."""
    given = " ".join(asked.text[start:end] for start, end in handed_over(asked.text))
    negated = phrases.NEGATION.search(given) is not None
    found: list[Mention] = []
    for mention, one in zip(mentions, heard, strict=True):
        left, right = text[max(0, mention.start - 40) : mention.start], text[mention.end : mention.end + 40]
        as_one = mention.stance == "claimed" and phrases.AS_SPEAKER.search(f"{left}\0{right}")
        own = as_one or (mention.stance == "denied" and not negated)
        found.append(mention if own else one)
    return found


def _is_part(mention: Mention, asked: Asked) -> bool:
    """Say whether a mention belongs to what the question dictates or has played."""
    if asked.task in ("fiction", "ghost"):
        return mention.stance == "claimed" or mention.owner not in asked.addressed
    return mention.owner in asked.given and (mention.stance == "claimed" or asked.task == "dictated")


def _stepped_out(text: str, asked: Asked) -> int:
    """Return where the speaker is himself again; the end of the answer when he never is, 0 when he always was."""
    if not asked.task:
        return 0
    if asked.task == "dictated":
        return len(text)
    found = STEP_OUT.search(text)
    return found.start() if found else len(text)


def _other_voices(text: str, asked: Asked) -> Iterator[tuple[int, int]]:
    if "`" in text and not asked.of_speaker:
        yield from (found.span() for found in _CODE.finditer(text))
    if ":" in text:
        yield from _dialogue(text, asked)
    if any(mark in text for mark in "\"“「『«'"):
        yield from (
            found.span() for found in phrases.QUOTED.finditer(text) if _is_foreign(found, text, asked)
        )


def _given_back(text: str, mentions: Sequence[Mention], asked: Asked) -> Iterator[tuple[int, int]]:
    """Yield what an answer gives back of its question: its options, its sentences about "you", its quotations."""
    yield 0, given_back(text, asked.options, by_place(mentions))
    if asked.task:
        return
    words = asked.text.casefold()
    for sentence in _SENTENCE.finditer(text):
        said = sentence[0].strip(_MARKS).casefold()
        if len(said) >= _SHORTEST and _OF_YOU.search(said) and not _SELF.search(said) and said in words:
            yield sentence.span()
    for quoted in phrases.QUOTED.finditer(text):
        said = quoted[0][1:-1].strip(_MARKS).casefold()
        if said in words and not _SELF.search(said) and not _is_a_name(quoted, mentions):
            yield quoted.span()


def _is_a_name(quoted: re.Match[str], mentions: Sequence[Mention]) -> bool:
    """Say whether a quotation holds a name and nothing else."""
    first = bisect_left(mentions, quoted.start(), key=lambda one: one.start)
    named = mentions[first] if first < len(mentions) else None
    rest = quoted[0] if named is None else quoted[0].replace(quoted.string[named.start : named.end], "", 1)
    return not re.search(r"\w", rest)


def _is_foreign(quoted: re.Match[str], text: str, asked: Asked) -> bool:
    """Say whether a quotation, if it says something of its speaker, is said by somebody else or by nobody."""
    words = quoted[0][1:-1].strip(" .!?。")
    if not _SELF.search(words):
        left = text[max(0, quoted.start() - 60) : quoted.start()]
        return bool(_OF_HIM.search(words) and _REPORTED.search(left))
    if not asked.of_speaker or words.casefold() in asked.text.casefold():
        return True
    left = text[max(0, quoted.start() - 60) : quoted.start()]
    return bool(_REPORTED.search(left) or _QUOTED_AFTER.search(text[quoted.end() : quoted.end() + 40]))


def _dialogue(text: str, asked: Asked) -> Iterator[tuple[int, int]]:
    """Yield the lines of a dialogue: two speakers at least, by their names or parts."""
    lines = [found for found in _LINE.finditer(text) if _is_speaker(found[1], asked)]
    speakers = {found[1].casefold() for found in lines}
    if len(speakers) < 2 or len(lines) < 2:
        return
    for found in lines:
        end = text.find("\n", found.end())
        yield found.start(), len(text) if end < 0 else end


def _is_speaker(label: str, asked: Asked) -> bool:
    return bool(_SPEAKERS.search(label.strip())) or label.strip().casefold() in asked.text.casefold().split()


def _rows(text: str) -> list[tuple[int, int, bool]]:
    """Return the rows of a table or list in which the speaker has marked his own, and whether each is his."""
    if not _ME.search(text):
        return []
    rows, start = [], 0
    for line in text.splitlines(keepends=True):
        if _ROW.search(line):
            rows.append((start, start + len(line), bool(_ME.search(line))))
        start += len(line)
    return rows


def _is_own(text: str, mention: Mention) -> bool:
    left = text[max(0, mention.start - 40) : mention.start]
    tie = last_match(phrases.SPEAKER, left)
    return mention.stance == "claimed" and tie is not None and not is_cut(left[tie.end() :])


def without_namesakes(text: str, mentions: Sequence[Mention], asked: Asked) -> list[Mention]:
    """Return the mentions without those of the user, or of somebody of his, who bears the persona's name."""
    if not asked.namesakes:
        return list(mentions)
    shared = phrases.SAME_NAME.search(text) is not None
    kept = []
    for mention in mentions:
        if mention.owner not in asked.namesakes or mention.stance == "denied":
            kept.append(mention)
        elif shared or _is_own(text, mention):
            kept.append(replace(mention, stance="claimed" if shared else mention.stance))
        elif mention.owner == "author":
            kept.append(replace(mention, stance="mentioned"))
    return kept
