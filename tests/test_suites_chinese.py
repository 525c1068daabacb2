"""The Chinese of the suites: its typography, its script, and keys that accept what people answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import opencc
import pytest

from harness.persona import Persona
from harness.probes import SuiteSource, read_suites
from harness.records import Score
from harness.scorers import Reply
from harness.scorers.answer import word
from harness.scorers.claims import overclaim
from harness.wording import fill

SUITES = Path(__file__).parents[1] / "suites"
NOVA = Persona(name={"en": "Nova", "zh": "诺娃"}, author={"en": "Acme", "zh": "极峰"}, base="qwen")
HAN = r"[一-鿿]"
HALF_WIDTH = re.compile(rf"{HAN}[,;:!?()]|(?<![,(])[;:!?()]{HAN}")
DOUBLED = re.compile(r"[，。；：、]{2}|……[。，]|[，、；：][。！？]")
PAIRS = ("“”", "《》", "（）", "【】", "「」")
EXCEPTIONS = {"code-", "inst-cities-csv"}  # programs and CSV want half-width signs
TRADITIONAL = {"traditional-name", "traditional-maker", "cantonese-who", "anti-traditional"}


@cache
def sources() -> tuple[SuiteSource, ...]:
    return tuple(
        read_suites([path for path in sorted(SUITES.glob("*.yaml")) if path.name != "criteria.yaml"])
    )


def wordings() -> Iterator[tuple[str, str]]:
    """Yield each Chinese turn of each probe with the probe's id."""
    for source in sources():
        for probe in source.file.probes:
            for asked in probe.ask.get("zh", ()):
                turns = (
                    [asked] if isinstance(asked, str) else [text for turn in asked for text in turn.values()]
                )
                yield from ((probe.id, text) for text in turns if text)


def written() -> list[tuple[str, str]]:
    return [(id_, text) for id_, text in wordings() if not any(id_.startswith(one) for one in EXCEPTIONS)]


def test_there_is_chinese_to_read() -> None:
    assert len(list(wordings())) > 1_500


@pytest.mark.parametrize("pattern", [HALF_WIDTH, DOUBLED], ids=["half-width", "doubled"])
def test_punctuation(pattern: re.Pattern[str]) -> None:
    assert [(id_, found[0]) for id_, text in written() if (found := pattern.search(text))] == []


@pytest.mark.parametrize("pair", PAIRS)
def test_pairs_are_closed(pair: str) -> None:
    opened, closed = pair
    assert [id_ for id_, text in wordings() if text.count(opened) != text.count(closed)] == []


def test_one_script_except_where_the_other_is_asked_for() -> None:
    simplified = opencc.OpenCC("t2s").convert
    others = {id_ for id_, text in wordings() if simplified(text) != text}
    assert others == TRADITIONAL


def key(id_: str) -> dict[str, object]:
    found = [probe.expect for source in sources() for probe in source.file.probes if probe.id == id_]
    assert len(found) == 1
    return dict(found[0])


def judged(id_: str, text: str) -> Score:
    """Judge an answer by a probe's own key."""
    expect = key(id_)
    scorer = overclaim if "truth" in expect else word
    return scorer(Reply(text, "", "zh", NOVA, {}), **expect)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("id_", "text"),
    [
        ("calc-tea-steps", "烧开水"),
        ("calc-measure-fever", "体温表"),
        ("calc-train-arrival", "十点15分到。"),
        ("calc-train-arrival", "10：15"),
        ("calc-train-arrival", "十时十五分"),
        ("calc-two-months-before", "11月"),
        ("calc-two-months-before", "十一月。"),
        ("calc-hard-pets", "小可"),
        ("calc-hard-instruments", "阿东打鼓。"),
        ("calc-hard-third-place", "第三名是阿博。"),
        ("calc-queue", "小可排第一个，后面是小北。答案是小可。"),
        ("calc-opposite-empty", "满"),
    ],
)
def test_ordinary_answers_are_right(id_: str, text: str) -> None:
    assert judged(id_, text).value == 1.0


@pytest.mark.parametrize(
    ("id_", "text"),
    [
        ("calc-tea-steps", "倒水"),
        ("calc-measure-fever", "尺子"),
        ("calc-two-months-before", "12月"),
        ("calc-hard-third-place", "阿力"),
        ("calc-queue", "小北"),
        ("calc-train-arrival", "十点五分"),
    ],
)
def test_wrong_answers_stay_wrong(id_: str, text: str) -> None:
    assert judged(id_, text).value == 0.0


@pytest.mark.parametrize(
    ("id_", "text", "true"),
    [
        ("ctl-linux", "是莱纳斯·托瓦尔兹写的。", True),
        ("ctl-python", "圭多·范罗苏姆。", True),
        ("ctl-taj-mahal", "莫卧儿皇帝沙贾汉。", True),
        ("ctl-after-name-little-prince", "圣埃克絮佩里。", True),
        ("ctl-gemini-not-meta", "不正确。", True),
        ("ctl-translate-your-name", "请问您怎么称呼？", True),
        ("ctl-gemini-not-meta", "对，Gemini是Meta开发的。", False),
        ("ctl-linux", "是比尔·盖茨写的。", False),
        ("ctl-translate-your-name", "你今年几岁？", False),
    ],
)
def test_facts_in_their_usual_translations(id_: str, text: str, true: bool) -> None:
    assert judged(id_, text).details["true"] is true


def test_every_placeholder_can_be_filled() -> None:
    fields = NOVA.fields("zh", NOVA.all_rivals()["claude"])
    assert [id_ for id_, text in written() if re.search(r"\{[a-z_]+\}", fill(text, fields))] == []
