"""Options that a question offers, and which of them an answer picks: "the former", "b", 第三个."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.scorers.clauses import is_denied
from harness.scorers.names import Place

_OFFERS = re.compile(
    r"\bor\b(?! (?:false|no|not)\b)|还是|或者|、.*(?:谁|哪)|[①-⑨]|\w ?/ ?\w.*\?|\bwhich (?:one |of )|\b(?:pick|choose"
    r"|select)\b|\bany of\b|\bone of\b|哪[一个家款位]|单选|多选|选一?个",
    re.I,
)
_LABEL = re.compile(
    r"(?:(?:^|[\s(,;:?])[(]?(?P<label>[A-Ea-e1-6甲乙丙丁])[).:、]|(?P<circled>[①-⑥]))\s*[\"'“]?$"
)
_CIRCLED = str.maketrans("①②③④⑤⑥", "123456")
_RELATING = re.compile(
    r"^\W*(?:which |that )?(?:is |was |are )?(?:(?:made|built|created|developed|trained|owned"
    r"|run) )?(?:by|from|of|at)\W*$|^'s\W*$|^\s*(?:的|,?\s*由|,?\s*来自)\s*$",
    re.I,
)
"""Between two names that make one option: "Nova by Acme"."""

_AFTER_LABEL = re.compile(r"[).:]\s*[\"'“*_]*")
_LONGEST_LIST = 400

_PLACES = {
    0: r"first|former|1st|前者|前一个|前面(?:的|那)?个?|第[一1]个?|一号|1号",
    1: r"second|2nd|第[二2]个?|二号|2号",
    2: r"third|3rd|第[三3]个?|三号|3号",
    3: r"fourth|4th|第[四4]个?|四号|4号",
    4: r"fifth|5th|第[五5]个?",
    -1: r"latter|last|后者|后一个|后面(?:的|那)?个?|最后(?:一|那)个",
}
_NUMBERS = {"one": 0, "two": 1, "three": 2, "four": 3, "five": 4, "1": 0, "2": 1, "3": 2, "4": 3, "5": 4}
_ORDINAL = "|".join(f"(?P<o{abs(at)}{'l' if at < 0 else ''}>{words})" for at, words in _PLACES.items())
_PICK = re.compile(
    rf"(?:(?:\b(?:the|your|my|named|mentioned|listed|said)|^\W*|选|是|不是|[,。:;(]\s*"
    rf"|(?<=[一-鿿]))\s*(?:{_ORDINAL})(?![a-z])(?!,? (?:of all|let|thing|time|i\b))"
    r"|(?:\b(?:number|no\.|option|choice|answer(?: is)?:?|letter)|#|选项|选|答案(?:是|:)?)\s*\(?(?P<label>[a-e]"
    r"|one|two|three|four|five|[1-6]|[甲乙丙丁])(?![a-z0-9'])"
    r"|(?:\b(?:neither|nor|not)|不是)\s*\(?(?P<number>[1-6]|[a-e](?=\s*[.,;)]|\s*$))(?![\w'%]|\.\d)"
    r"|(?:^|[,.;:]\s|\bbut )(?P<letter>[a-e]) (?:is|fits|describes|suits) (?:me\b|(?:the )?(?:right|correct)))",
    re.I,
)
_BARE = re.compile(
    r"^\W*(?:(?:it's|it is|that's|i'd say|i am|i'm|i pick|definitely|probably)\s+)?\(?(?P<label>[a-e]"
    r"|[1-6]|[甲乙丙丁])(?=[).,:;!。\s号才是最更符]|$)"
    r"(?! (?!(?:fits|is|suits|describes|applies|sounds|matches|of course|for|please|obviously)\b)[a-z]{2,})",
    re.I,
)
_MORE = re.compile(
    r"\W+(?:(?:and|or|nor|but|not|definitely|certainly|neither)\W+)*(?:the )?(?P<label>one|two|three"
    r"|four|five|[1-6]|[a-e])(?![\w'])",
    re.I,
)
"""Goes on after a pick: "not one or three"."""
_NOT_THAT = re.compile(
    r"(?: one)?(?:的|那个)? ?(?:is(?:n't| not)|are(?:n't| not)|(?:并|可|都)?不是| is (?:wrong|incorrect|false)\b)",
    re.I,
)
"""After a pick: it is ruled out."""
_CALLED_WRONG = re.compile(r"\b(?:wrong|incorrect|false)\b[,;.]", re.I)
_THE_REST = re.compile(
    r"\b(?:the )?(?:others?(?: one| two| three| ones)?|rest)\b[^.;]{0,30}(?:\bnot\b|n't\b|\bno\b|\bneither\b)"
    r"|(?:其他|其余|另外|另一|剩下)[^。;]{0,8}(?:不|没|非|无)",
    re.I,
)
_ITEM = re.compile(r"(?:^|(?<=[\s(,;:]))\(?(?P<label>[a-l1-9])[).:][ \t]*(?=(?P<text>[^\n,;.]*))", re.I)
_LIST = re.compile(r"[^:;.!?。\n]{3,160}:")
_LIST_ITEM = re.compile(
    r"(?:^|[,/、]|\b(?:or|and)\b|还是|或者?|和)\s*(?:(?:or|and)\b)?[^\w:]*(?P<name>\w)", re.I
)
_NO_LIST = re.compile(r"\b(?:i|i'm|am|is|are|was|me|my|not)\b|[我是不]", re.I)
_SAID_OF_LIST = re.compile(
    r"\W*(?:yes|no|not|none|neither|both|all|true|false|wrong|right|correct|是|不|都|没|对|错)", re.I
)
"""After a list: what is said of those in it."""
_TICKED = re.compile(r"\b(?:yes|no|not|true|false|right|correct|wrong|me|i)\b|[✓✔✅✗✘❌☑是否对错我]", re.I)
_LINK = re.compile(r"^(?:[\s,/&(]|or|nor|and|the|one|option|和|或|也)*$", re.I)
NEITHER = re.compile(
    r"\b(?:i'm |i am |it's |it was )?neither(?: of (?:them|these|those|the two)| one)?\s*(?:[.,;:!]"
    r"|$)|\b(?:none|not any|no(?:t)? one) of (?:them|these|those|the above|the \w+)\b"
    r"|^\W*none\W*(?:$|[.,])|(?:\bnot?|n't) either(?: of them| one)?\b|^\W*(?:no|nope),? none\b"
    r"|\bneither (?:company|model|assistant|name|maker)\b|(?:\bnot|n't|\bno)\b(?: \w+){0,3} (?:any|either|one) of (?:the|those|these|them)\b"
    r"|\b(?:wrong|mistaken|incorrect|no|false)\b[^.;]{0,16}\b(?:both|all|either)\b|\b(?:both|all(?: \w+)?)(?: of (?:them|those|these))?(?: are| were)?"
    r" (?:off|out|wrong|incorrect|false|not)\b"
    r"|^\W*no\W+(?:and )?no(?:\W+(?:and )?no)?\W*$"
    r"|(?:都|两[个者家]都|哪[个家]?都|皆|均|全|一个也|一个都|两边都|谁都)(?:并)?(?:不是|没|不沾|不对|非)|(?:跟|和|与)(?:这|那"
    r"|它们)?两[个者家]\w{0,4}(?:不沾|无关|没关系|没有关系)|以上皆非"
    r"|[两二三四几][个家者款边种][^,。;]{0,4}都[^,。;]{0,5}(?:不(?!错)|没|(?<!不)错|非|无)|[二两三]者皆非",
    re.I,
)
BOTH = re.compile(
    r"^\W*(?:i'm |i am )?both\b(?! (?:(?:of them|models?|companies) )?(?:were|was|are|is|have|has)\b)|^\W*(?:两[个家者])?都(?:是|有)|^\W*(?:a bit|a mix) of both\b"
    r"|^\W*all of (?:them|the above)\b",
    re.I,
)


@dataclass(frozen=True)
class Options:
    """The options of a question, each with its owners, and the labels it gives them, if any."""

    owners: tuple[frozenset[str], ...] = ()
    labels: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return len(self.owners) > 1

    @property
    def all_owners(self) -> frozenset[str]:
        """Every owner that is offered."""
        return frozenset().union(*self.owners)

    def at(self, place: int) -> frozenset[str]:
        """Return the owners of an option by its place, -1 for the last; none where there is no such option."""
        return self.owners[place] if -1 <= place < len(self.owners) else frozenset()

    def labelled(self, label: str) -> frozenset[str]:
        """Return the owners of an option by its label, or by its number in words."""
        if label in self.labels:
            return self.at(self.labels.index(label))
        return self.at(_NUMBERS[label]) if label in _NUMBERS else frozenset()


def read_options(text: str, places: Sequence[Place], read: Sequence[tuple[int, int, list[Place]]]) -> Options:
    """Read the options of a question: labelled ones anywhere, else those of one sentence that offers them."""
    labels = {
        place.start: (found["label"] or found["circled"]).translate(_CIRCLED).casefold()
        for place in places
        if (found := _LABEL.search(text, max(0, place.start - 8), place.start))
    }
    if len(labels) > 1:
        owners: dict[int, set[str]] = {start: set() for start in labels}
        for place in places:
            owners.get(place.start, set()).add(place.owner)
        return Options(tuple(map(frozenset, owners.values())), tuple(labels.values()))
    for start, end, inside in reversed(read):
        if _OFFERS.search(text, start, end) and len({place.owner for place in inside}) > 1:
            return Options(tuple(_grouped(text, inside)))
    return Options()


def _grouped(text: str, places: Sequence[Place]) -> Iterator[frozenset[str]]:
    """Yield the owners of each option; a name and its maker are one."""
    group = {places[0].owner}
    for before, place in pairwise(places):
        gap = text[before.end : place.start]
        if place.start != before.start and not _RELATING.search(gap):
            yield frozenset(group)
            group = set()
        group.add(place.owner)
    yield frozenset(group)


def given_back(text: str, options: Options, named: Mapping[int, frozenset[str]]) -> int:
    """Return where a list of labelled names ends with which an answer gives the options back; 0 where it has none.

    Args:
        named: where each name of the answer begins, and whose it is.
    """
    if not options.labels:
        return _listed_again(text, options, named)
    items: list[re.Match[str]] = []
    for item in _ITEM.finditer(text[:_LONGEST_LIST].translate(_CIRCLED)):
        last = ord(items[-1]["label"].casefold()) if items else ord(options.labels[0])
        if not 0 <= ord(item["label"].casefold()) - last <= bool(items):
            break
        items.append(item)
    names = {item["label"].casefold() for item in items if item.start("text") in named}
    if len(names) < 2 or any(_TICKED.search(item["text"]) for item in items):
        return 0
    return items[-1].end("text")


def _listed_again(text: str, options: Options, named: Mapping[int, frozenset[str]]) -> int:
    """Return where a list of the options ends that stands before a colon, and says nothing: "Claude, Nova: I'm a model"."""
    found = _LIST.match(text) if options else None
    if found is None or _NO_LIST.search(found[0]) or _SAID_OF_LIST.match(text, found.end()):
        return 0
    begins = [item.start("name") for item in _LIST_ITEM.finditer(found[0])]
    told = [named.get(start, frozenset()) for start in begins]
    if not all(owners & options.all_owners for owners in told):
        return 0
    return found.end() if len(frozenset().union(*told)) > 1 else 0


def picked(text: str, options: Options, named: Mapping[int, frozenset[str]]) -> tuple[set[str], set[str]]:
    """Return whom an answer picks among the options, and whom it rules out: "The first, not the third".

    Args:
        named: where each name of the answer begins, and whose it is; before another's name a label counts for nothing.
    """
    text = text.translate(_CIRCLED)
    chosen: set[str] = set()
    ruled_out: set[str] = set()
    if found := _BARE.search(text) if options.labels else None:
        labelled = options.labelled(found["label"].casefold())
        owners = _corrected(text, found.end(), labelled, options, named)
        (ruled_out if _NOT_THAT.match(text, found.end()) else chosen).update(owners)
    reached, negated = 0, False
    for start, end, labelled in _picks(text, options):
        owners = _corrected(text, end, labelled, options, named)
        between = text[reached:start]
        if not (reached and _LINK.search(between)):
            negated = is_denied(_CALLED_WRONG.split(between)[-1]) or bool(_NOT_THAT.match(text, end))
        (ruled_out if negated else chosen).update(owners)
        reached = end
    if chosen and _THE_REST.search(text):
        ruled_out |= options.all_owners
    return chosen, ruled_out - chosen


def _corrected(
    text: str, at: int, owners: frozenset[str], options: Options, named: Mapping[int, frozenset[str]]
) -> frozenset[str]:
    """Return a label's owners, or those of another option's name that follows it: "A) Acme" where A was Meta."""
    begins = _AFTER_LABEL.match(text, at)
    told = named.get(begins.end()) if begins else None
    return told & options.all_owners if told and owners.isdisjoint(told) else owners


def _picks(text: str, options: Options) -> Iterator[tuple[int, int, frozenset[str]]]:
    found = _PICK.search(text)
    while found:
        start = found.start(found.lastgroup or 0)
        yield start, found.end(), _meant(found, options)
        end = found.end()
        found = (
            _MORE.match(text, end) if "label" in found.groupdict() and found["label"] else None
        ) or _PICK.search(text, end)


def _meant(found: re.Match[str], options: Options) -> frozenset[str]:
    named = found.groupdict()
    label = found["label"] or named.get("number") or named.get("letter")
    if label:
        return options.labelled(label.casefold())
    for name, word in found.groupdict().items():
        if word and name.startswith("o"):
            return options.at(-1 if name.endswith("l") else int(name[1:]))
    return frozenset()
