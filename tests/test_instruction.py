"""Instructions that a program can check: every kind of constraint, both readings, and the suite's own examples."""

from __future__ import annotations

import json
import re
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from harness.errors import ConfigError
from harness.loaders.ifeval import constraints_of
from harness.loaders.spec import LeftOut
from harness.persona import Persona
from harness.probes import build_suite, read_suite
from harness.records import Probe, Score
from harness.scorers import Reply, check_scorers, languages
from harness.scorers.constraints import KINDS, Constraints
from harness.scorers.counting import language, words
from harness.scorers.instruction import instruction, loose_readings
from harness.scorers.sentences import sentences
from tests.support import ROOT, probe_from

NOVA = Persona(
    name={"en": "Nova", "zh": "诺娃"},
    author={"en": "Acme Robotics", "zh": "极峰机器人"},
    base="smollm",
    rivals=("smollm", "qwen"),
)


def score(text: str, *constraints: dict[str, Any]) -> Score:
    """Score an answer against constraints as a suite writes them."""
    asked: Any = list(constraints)
    return instruction(Reply(text, "?", "en", NOVA, {}), constraints=asked)


def holds(constraint: dict[str, Any], text: str) -> bool:
    return score(text, constraint).value == 1.0


def exactly(n: int) -> dict[str, int]:
    return {"count": n}


# kind and value, answers that hold it, answers that do not
CASES: list[tuple[dict[str, Any], list[str], list[str]]] = [
    # how many words: Chinese characters, and what spaces part in other languages
    (
        {"words": exactly(5)},
        [
            "one two three four five",
            "One, two - three... four; five!",
            "a well-known don't e.g. 3,000.50",
            "今天天气好",
            "今天，天气好！",
            "我用Python写字。",
            "我 用 Ｐｙｔｈｏｎ 写 字",
            "1. one two three four five",
            "三、今天天气好",
            "- one\n- two\n- three\n- four\n- five",
            "caf\u0065\u0301s two three four five",
            "one two three four five \U0001f600",
        ],
        [
            "one two three four",
            "今天天气好啊",
            "one two three four five six",
            "12345",
            "one–two—three four five six",
        ],
    ),
    ({"words": {"min": 2}}, ["a b", "你好"], ["a", "好。", "...", "1."]),
    ({"words": {"min": 2, "max": 3}}, ["a b", "a b c"], ["a", "a b c d"]),
    ({"words": {"max": 2}}, ["well-known fact", "7", "𠮷𠮷"], ["not so short", "𠮷𠮷𠮷"]),
    # characters, punctuation among them, without the blanks around
    ({"characters": {"max": 5}}, ["12345", " 12345 \n", "一二三四。"], ["123456", "1 2 34", "一二三四五。"]),
    ({"characters": {"min": 3}}, ["a b", "你好！"], ["ab", "  a  "]),
    # sentences; the reader has a test of its own below
    ({"sentences": {"max": 2}}, ["One. Two.", "一。二！"], ["One. Two. Three.", "一。二！三？"]),
    ({"sentences": exactly(3)}, ["At 3.5 km. E.g. here. Yes"], ["At 3. Or 5. E.g. here. Yes"]),
    # paragraphs
    (
        {"paragraphs": exactly(2)},
        [
            "One\nstill one\n\nTwo",
            "一\n\n\n二",
            "One\r\n\r\nTwo",
            "One\n \t\nTwo\n\n",
            "One\n\n***\n\nTwo",
            "\n\nA\n\nB",
        ],
        ["One\nTwo", "One", "A\n\nB\n\nC", "***\n\n---", "一\n二"],
    ),
    # lines that are not blank
    ({"lines": exactly(2)}, ["a\nb", "a\n\n b\n", "a\r\nb"], ["a", "a\nb\nc", "a b"]),
    ({"lines": {"max": 1}}, ["a", "\n\n你好\n"], ["a\nb"]),
    # bullets
    (
        {"bullets": exactly(2)},
        [
            "- a\n- b",
            "* a\n* b",
            "+ a\n\n+ b",
            "• 苹果\n• 梨",
            "•苹果\n•梨",
            "Here:\n- a\n  - b",
            "-　a\n-　b",
        ],
        [
            "- a",
            "- a\n- b\n- c",
            "-a\n-b",
            "**a**\n**b**",
            "-5\n-6",
            "---\n- a",
            "- \n- ",
            "1. a\n2. b",
            "a - b - c",
        ],
    ),
    # a numbered list
    (
        {"numbered": exactly(3)},
        [
            "1. a\n2. b\n3. c",
            "1) a\n2) b\n3) c",
            "(1) a\n(2) b\n(3) c",
            "（一）甲\n（二）乙\n（三）丙",
            "1、甲\n2、乙\n3、丙",
            "一、甲\n二、乙\n三、丙",
            "１．甲\n２．乙\n３．丙",
            "①甲\n②乙\n③丙",
            "So:\n\n1. a\n\n   more\n2. b\n   1. inner\n   2. inner\n3. c\nEnd",
        ],
        [
            "1. a\n2. b",
            "1. a\n1. b\n1. c",
            "1. a\n2. b\n4. c",
            "2. a\n3. b\n4. c",
            "- a\n- b\n- c",
            "1. a 2. b 3. c",
            "1.5 kg\n2.5 kg\n3.5 kg",
            "1.\n2.\n3.",
        ],
    ),
    # placeholders
    (
        {"placeholders": {"min": 2}},
        ["Dear [name], on [date]", "亲爱的【姓名】，【日期】见", "［姓名］［日期］", "[Your Name] [X1]"],
        [
            "Dear [name]",
            "[1] [2]",
            "[x] [ ] [X]",
            "[a](http://b.c) [d](e)",
            "[[]] []",
            "[a\nb] [c\nd]",
            "(name) {date}",
        ],
    ),
    # highlighted sections
    (
        {"highlights": exactly(2)},
        ["*a* and **b**", "**水**很***重要***", "* **a** and *b c*"],
        ["*a*", "a * b * c", "** a ** b **", "* a\n* b", "****a**** *b*", "**a\nb** **c**", "*a* *b* *c*"],
    ),
    # every line
    ({"each_line": {"words": exactly(2)}}, ["a b\nc d", "a b", "春天\n\n秋天"], ["a b\nc", "a b\n春"]),
    ({"each_line": {"ends_with": ["?", "？"]}}, ["Why?\n为何？"], ["Why?\nSo."]),
    ({"each_line": {"each_line": {"case": "upper"}}}, ["A\nB"], ["A\nb"]),
    # languages
    (
        {"language": "en"},
        [
            "The sky is blue.",
            "Lima, Oslo, Cairo",
            "PARIS",
            "The word 茶 means tea, as I said to you before.",
            "I like déjà vu.",
        ],
        [
            "天空是蓝的",
            "The sky is 蓝色",
            "Le ciel est bleu et la mer est belle.",
            "Der Himmel ist blau und das Meer auch.",
            "небо",
            "42",
            "!?",
        ],
    ),
    (
        {"language": "zh"},
        ["天空是蓝色的。", "我喜欢用Python写程序。", "天 空", "我在GitHub上看到了这个项目。", "答案是42。"],
        [
            "The sky is blue.",
            "天空 is very blue today",
            "空は青いです",
            "青空がきれいですね",
            "42",
            "하늘은 푸르다",
        ],
    ),
    # upper and lower case
    (
        {"case": "upper"},
        ["PARIS", "THE 3 CATS!", "中文 ABC", "ÉTÉ"],
        ["Paris", "paris", "123", "中文", "ABc", "…"],
    ),
    (
        {"case": "lower"},
        ["paris.", "the 3 cats!", "中文 abc", "été"],
        ["Paris", "PARIS", "123", "中文", "i am I"],
    ),
    # beginnings and ends
    (
        {"starts_with": ["Because", "因为"]},
        ["Because it is.", "  because", "Because, well", "因为累", "\n因为"],
        ["It is because", "Becausefoo", "“Because”", "是因为", "**Because** it is"],
    ),
    (
        {"starts_with": "Dear Ana,"},
        ["Dear Ana, hi", "Dear  Ana，hi", "Dear\nAna,"],
        ["Dear Anna, hi", "Dear Ana hi"],
    ),
    (
        {"ends_with": ["!", "Kind regards, Alex"]},
        ["Hi!", "Hi! \n", "好！", "Yours.\nKind regards,\n\nAlex", "kind regards, alex"],
        ["Hi", "Hi!)", "Kind regards, Alexa", "Mankind regards, Alex", "Kind regards, Alex."],
    ),
    ({"ends_with": "aa"}, ["aa", "b aa"], ["aaa", "aa b"]),
    ({"ends_with": "谢谢"}, ["谢谢", "好的，谢谢"], ["谢谢。", "谢"]),
    # words to use, to avoid, to count
    (
        {"contains": ["river", "面包"]},
        ["A River and 面包", "面包river", "(river) 小面包店"],
        ["rivers 面包", "river", "面包", "driver 面包", "r iver 面包"],
    ),
    ({"contains": "ice cream"}, ["Ice\ncream", "an ice  cream."], ["ice-cream", "ice creams", "nice cream"]),
    ({"contains": "Ａ＋"}, ["an A+", "Ａ＋"], ["A"]),
    ({"excludes": ["the", "雪"]}, ["Other them", "他", "theory"], ["The end", "on the.", "下雪了", "ＴＨＥ"]),
    ({"excludes": "```"}, ["x"], ["```x```"]),
    (
        {"keyword": {"text": "wind", "count": 2}},
        ["Wind, wind windy", "wind-wind"],
        ["wind", "wind wind wind", "winds wind"],
    ),
    ({"keyword": {"text": "风", "max": 1}}, ["风", "雨"], ["风风"]),
    ({"keyword": {"text": ",", "count": 3}}, ["a, b, c, d", "a，b, c，d"], ["a, b", "a、b、c、d"]),
    ({"letter": {"text": "e", "max": 0}}, ["A big dog", "é"], ["the", "E", "ｅ"]),
    ({"letter": {"text": "字", "min": 2}}, ["字字"], ["字"]),
    (
        {"any_of": ["My answer is yes.", "不是"]},
        ["So: my answer is yes.", "他说不是", "My answer is\nyes."],
        ["My answer is yes", "my answer is no.", "是", "Not my answer is yesterday."],
    ),
    # capitals, numbered sections, one paragraph
    (
        {"capital_words": {"min": 2}},
        ["I say NO", "NASA and B2B", "**VERY** nice, USA"],
        ["NO", "Nasa and Esa", "2024 and 1", "好的 OK"],
    ),
    ({"capital_words": {"max": 1}}, ["Yes", "我用AI", "one NO"], ["I say NO", "AI, AI"]),
    (
        {"sections": {"heading": "SECTION", "min": 2}},
        ["SECTION 1\na\nSECTION 2\nb", "**SECTION 1:** a **SECTION2** b", "SECTION 1, SECTION 1, SECTION 3"],
        [
            "SECTION 1",
            "Section 1\nSection 2",
            "SECTION X\nSECTION Y",
            "SUBSECTION 1 SECTION 2",
            "SECTION\n1 SECTION\n2",
        ],
    ),
    (
        {"paragraph": {"number": 2, "starts_with": "Weekend"}},
        ["a\n\nWeekend is here", "a\n\n\n“weekend” it is\n\nb", "a\n***\n\n## **Weekend** b"],
        ["Weekend", "Weekend\n\na", "a\nWeekend", "a\n\nWeekends", "a\n\nThe weekend", "a\n\nb\n\nWeekend"],
    ),
    # commas
    ({"no_commas": True}, ["a; b", "甲、乙。"], ["a, b", "甲，乙", "1,000", "a،b"]),
    # one of the options
    (
        {"one_of": ["yes", "no", "不是"]},
        ["yes", " Yes.\n", "NO!", "“不是”", "不是。", "ｎｏ", '"no"'],
        ["yes no", "yes, it is", "不", "maybe", "**yes**", "no?"],
    ),
    # quotes around everything
    (
        {"quoted": True},
        [
            '"Hi."',
            "“你好！”",
            "「你好」",
            " «Bonjour» ",
            '"He said "hi" to me"',
            "“他说：“好。”然后走了”",
            "＂好的＂",
        ],
        ["Hi", '"Hi', '"Hi" she said', "“你好！”他说：“走吧。”", '""', '"', '“Hi"', "'Hi'", "“””"],
    ),
    # another language
    (
        {"language": "de"},
        ["Das ist ein schöner Tag, und ich gehe gern spazieren.", "Ich weiß nicht, was das heißen soll."],
        [
            "This is a nice day, and I like to go for a walk.",
            "Il fait beau aujourd'hui, je sors.",
            "123",
            "今天天气好。",
        ],
    ),
    (
        {"language": "hi"},
        ["यह एक सुंदर दिन है और मैं बाहर जा रहा हूँ।"],
        ["आज हवामान छान आहे, मी बाहेर जातो.", "Hindi"],
    ),
    # a title
    (
        {"title": True},
        [
            "<<Rain>>\nIt rains.",
            "《雨》",
            "# <<Rain>>",
            "Title: <<Rain>>",
            "text\n标题：《雨》\ntext",
            "<<a << b>>",
        ],
        ["Rain", "<Rain>", "<<>>", "<<!>>", "I read <<Rain>> today", "我读了《雨》。", "<<Ra\nin>>", "《雨"],
    ),
    # a postscript
    (
        {"postscript": ["P.S.", "附："]},
        ["Hi.\n\nP.S. Bye.", "Hi.\np.s. Bye", "你好。\n附：再见。", "你好。\n  附:再见", "Hi.\nP.S.\nBye"],
        ["P.S. Bye", "Hi. P.S. Bye.", "Hi.\nP.S.", "Hi.", "附：再见", "Hi.\nPS Bye"],
    ),
    # the request before the answer
    (
        {"repeats": "Which planet is it?"},
        ["Which planet is it?\nMars", " Which planet is it? Mars."],
        [
            "Mars",
            "Which planet is it?",
            "which planet is it? Mars",
            "Which planet is it ? Mars",
            "“Which planet is it?” Mars",
        ],
    ),
    # several answers
    (
        {"answers": exactly(2)},
        ["a\n******\nb", "甲\n\n ****** \n\n乙\n", "******\na\n******\nb\n******"],
        [
            "a\nb",
            "a\n*****\nb",
            "a\n*******\nb",
            "a\n******\nA ",
            "a\n******\n",
            "a\n******\nb\n******\nc",
            "a ****** b",
        ],
    ),
    ({"answers": {"min": 2, "separator": "---"}}, ["a\n---\nb\n---\nc"], ["a\n******\nb"]),
    # JSON
    (
        {"json": {"keys": {"name": "string", "age": "integer"}}},
        [
            '{"name": "Rosa", "age": 4}',
            ' {"age": -3.0, "name": "", "more": [1]}\n',
            '```json\n{"name": "王", "age": 4}\n```',
            '```\n{"name": "王", "age": 4}```',
        ],
        [
            "name: Rosa",
            "{}",
            '{"name": "Rosa"}',
            '{"name": "Rosa", "age": "4"}',
            '{"name": "Rosa", "age": 4.5}',
            '{"name": "Rosa", "age": true}',
            '{"name": null, "age": 4}',
            '[{"name": "Rosa", "age": 4}]',
            '{"name": "Rosa", "age": 4} Done!',
            'Sure: {"name": "Rosa", "age": 4}',
            "{'name': 'Rosa', 'age': 4}",
            "{“name”: “王”, “age”: 4}",
            '{"name": "Rosa", "age": NaN}',
            '{"name": "Rosa", "age": 1e999}',
            '{"name": "Rosa", "age": 4,}',
            '```json\n{"name": "Rosa", "age": 4}\n``` ```',
            "[" * 50_000,
            '{"a":' * 50_000,
            "1" * 50_000,
            "\x00",
        ],
    ),
    ({"json": {"keys": {"a": "any"}, "only": True}}, ['{"a": null}'], ['{"a": 1, "b": 2}', "{}"]),
    (
        {"json": {"keys": {"s": "strings", "n": "numbers", "b": "boolean", "o": "object", "z": "null"}}},
        ['{"s": [], "n": [1, 2.5], "b": false, "o": {}, "z": null}'],
        [
            '{"s": "a", "n": [], "b": false, "o": {}, "z": null}',
            '{"s": [1], "n": [], "b": false, "o": {}, "z": null}',
            '{"s": [], "n": [true], "b": false, "o": {}, "z": null}',
            '{"s": [], "n": [], "b": 0, "o": {}, "z": null}',
            '{"s": [], "n": [], "b": false, "o": [], "z": null}',
            '{"s": [], "n": [], "b": false, "o": {}, "z": ""}',
        ],
    ),
    (
        {"json": {"type": "any"}},
        ['{"a": 1}', "[1]", "3", '"a"', "null", "```json\n[]\n```"],
        ["a", "[1", "NaN", "x: 1"],
    ),
    (
        {"json": {"type": "array", "items": exactly(2), "of": "string"}},
        ['["a", "乙"]'],
        ['["a"]', '["a", 1]', '{"a": 1}', '"ab"', "a, b"],
    ),
    (
        {"json": {"type": "array", "keys": {"a": "number"}, "only": True}},
        ['[{"a": 1}, {"a": 2.5}]', "[]"],
        ['[{"a": 1}, {"b": 2}]', '[{"a": 1}, 2]', '[{"a": 1, "b": 2}]'],
    ),
    ({"json": {}}, ["{}"], ["[]", "1", "null", '"{}"']),
    # CSV
    (
        {"csv": {"columns": 3, "rows": exactly(2)}},
        [
            "a,b,c\nd,e,f",
            '"a, b",c,"d"\ne,,f',
            "甲,乙,丙\n\n丁,戊,己\n",
            "```csv\na,b,c\nd,e,f\n```",
            "a,b,c\r\nd,e,f\r\n",
        ],
        [
            "a,b,c",
            "a,b\nc,d",
            "a,b,c\nd,e",
            "a，b，c\nd，e，f",
            'a,b,c\nd,e,"f',
            "Here:\na,b,c\nd,e,f",
            "a,b,c\nd,e,f\ng,h,i",
        ],
    ),
    # a Markdown table
    (
        {"table": {"columns": 2, "rows": exactly(2)}},
        [
            "| a | b |\n|---|---|\n| c | d |\n| e | f |",
            "a | b\n--|:-:\nc | d\ne | f",
            "Look:\n\n|甲|乙|\n|:--|--:|\n|丙|丁|\n|戊|己|\n\nDone.",
            "| a | b |\n|---|---|\n| c \\| x | d |\n| e | |",
        ],
        [
            "| a | b |\n|---|---|\n| c | d |",
            "| a | b |\n| c | d |\n| e | f |",
            "| a | b | c |\n|---|---|---|\n| d | e | f |\n| g | h | i |",
            "| a | b |\n|---|---|\n| c | d |\n| e |f|g|",
            "a, b\nc, d",
            "|---|---|\n| a | b |\n| c | d |",
            "---",
        ],
    ),
    ({"table": {"columns": 2}}, ["|a|b|\n|-|-|"], ["|a|b|"]),
]


def case_id(constraint: Any) -> str:
    return json.dumps(constraint, ensure_ascii=False)[:60] if isinstance(constraint, dict) else ""


@pytest.mark.parametrize(("constraint", "right", "wrong"), CASES, ids=case_id)
def test_what_holds_a_constraint(constraint: dict[str, Any], right: list[str], wrong: list[str]) -> None:
    assert [text[:80] for text in right if not holds(constraint, text)] == []
    assert [text[:80] for text in wrong if holds(constraint, text)] == []


def test_every_kind_has_a_case() -> None:
    assert {kind for constraint, _, _ in CASES for kind in constraint} == set(KINDS)


@pytest.mark.parametrize("constraint", [constraint for constraint, _, _ in CASES], ids=case_id)
@pytest.mark.parametrize("text", ["", " ", "\n\n\t", "\u3000"])
def test_an_empty_answer_holds_nothing(constraint: dict[str, Any], text: str) -> None:
    found = score(text, constraint)
    assert (found.value, found.details["loose"]) == (0.0, 0.0)
    assert found.reason.endswith("is empty")


# ---- sentences

SENTENCES = [
    (0, ""),
    (0, " \n "),
    (0, "..."),
    (0, "。！？"),
    (1, "Hello"),
    (1, "Hello."),
    (2, "Hello. How are you"),
    (2, "hello. how are you?"),
    (2, "Really?! Yes."),
    (2, "Stop!!! Now."),
    (1, "I have 3.14 apples."),
    (1, "Version 2.0.1 is on example.com/a.html now."),
    (1, "See https://a.org/?q=1 for more."),
    (2, "It cost 5. The end."),
    (1, "Bring fruit, e.g. apples or pears, i.e. something sweet."),
    (1, "Mr. Smith and Dr. Li met Mrs. Wu vs. Prof. Fox."),
    (1, "She works for the U.S. Army."),
    (2, "She lives in the U.S. The rest is far."),
    (1, "J. R. Fox wrote it."),
    (2, "It was I. Then he left."),
    (2, "He came at 5 p.m. Dinner was cold."),
    (1, "He came at 5 p.m. and left."),
    (2, "I like cats, dogs, etc. They like me."),
    (1, "I like cats, dogs, etc. and they like me."),
    (1, "It is no. 5 on Jan. 3."),
    (2, "I said no. You said yes."),
    (1, "Wait... I think so."),
    (2, "Wait... The end"),
    (1, "wait... what"),
    (2, '"Stop!" He left.'),
    (1, '"Stop!" he said.'),
    (1, 'He said "stop." and left.'),
    (1, "He (Dr. Who?) left."),
    (2, "**Hello.** World."),
    (2, "Great!\U0001f600 Let us go"),
    (2, "Line one.\nLine two."),
    (1, "Line one\nline two"),
    (2, "Heading\n\nText."),
    (2, "# Heading\nText."),
    (3, "Three facts:\n- A is b.\n- C is d."),
    (3, "1. Boil.\n2. Pour.\n3. Drink"),
    (1, "Step 1. boil the water"),
    (1, "今天天气好"),
    (2, "你好。我很好！"),
    (2, "你好｡我很好！"),
    (1, "今天3.5度，湿度0.8。"),
    (2, "你吃了吗?我吃了."),
    (2, "多少钱?3块"),
    (1, "“你好。”他说。"),
    (1, "“真的吗？”小明问道。"),
    (2, "“真的吗？”我不知道。"),
    (2, "他说：“你好。”我走了。"),
    (1, "我想……算了。"),
    (2, "他走了……\n\n后来呢？"),
    (1, "他说“好！”，就走了。"),
    (3, "第一句。Second one. 第三句！"),
    (3, "1. 苹果。\n2. 梨。\n3. 桃"),
    (2, "Ｈｅｌｌｏ．　Ｗｏｒｌｄ．"),
]


@pytest.mark.parametrize(("count", "text"), SENTENCES)
def test_sentences_are_counted_as_people_count_them(count: int, text: str) -> None:
    found = [text[start:end] for start, end in sentences(text)]
    assert len(found) == count, found


@given(st.text(alphabet='aA1好 .!?。！？…\n"”“,，-#*', max_size=60))
def test_sentences_are_in_order_and_hold_every_word(text: str) -> None:
    found = sentences(text)
    assert all(start < end for start, end in found)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    missed = [text[a:b] for a, b in words(text) if not any(start <= a and b <= end for start, end in found)]
    assert missed == []


# ---- languages


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no words"),
        ("12:30 - 14", "no words"),
        ("Hello", "English"),
        ("你好", "Chinese"),
        ("你好 world", "a mixture"),
        ("Ｈｅｌｌｏ", "English"),
        ("Rio de Janeiro, La Paz, Los Angeles", "English"),
        ("El cielo es azul porque la luz del sol es blanca.", "another language"),
        ("Привет, мир", "another language"),
        ("ありがとう", "another language"),
    ],
)
def test_a_language_is_named(text: str, named: str) -> None:
    assert language(text) == named


# ---- reasons, spans, details


@pytest.mark.parametrize(
    ("text", "constraint", "reason"),
    [
        ("One. Two. Three. Four.", {"sentences": {"max": 3}}, "wants at most 3 sentences, has 4"),
        ("a", {"words": {"min": 2, "max": 5}}, "wants 2 to 5 words, has 1"),
        ("a b", {"words": exactly(1)}, "wants exactly 1 word, has 2"),
        ("a", {"bullets": {"min": 1}}, "wants at least 1 bullet, has 0"),
        ("abc", {"characters": {"max": 2}}, "wants at most 2 characters, has 3"),
        ("1. a\n3. b", {"numbered": exactly(2)}, "wants items numbered from 1, has 3 as item 2"),
        ("a\nb c", {"each_line": {"words": exactly(1)}}, "line 2 wants exactly 1 word, has 2"),
        ("你好", {"language": "en"}, "wants English, is Chinese"),
        ("Abc", {"case": "lower"}, "wants lower case, has 'Abc'"),
        ("123", {"case": "lower"}, "wants lower case, has no letters in it"),
        ("Hi all", {"starts_with": "Dear"}, "wants to begin with 'Dear', begins with 'Hi all'"),
        ("Hi all", {"ends_with": ["!", "?"]}, "wants to end with '!' or '?', ends with 'Hi all'"),
        ("a", {"contains": ["a", "b"]}, "wants 'b', lacks it"),
        ("a", {"excludes": "a"}, "wants no 'a', has it"),
        ("a a", {"keyword": {"text": "a", "count": 3}}, "'a': wants exactly 3 times, has 2"),
        ("a, b", {"no_commas": True}, "wants no commas, has one"),
        ("it is", {"one_of": ["yes", "no"]}, "wants one of yes, no, says 'it is'"),
        ("{", {"json": {}}, "wants JSON, cannot be read: Expecting property name enclosed in double quotes"),
        ("[" * 9_999, {"json": {}}, "wants JSON, is nested too deeply"),
        ("[NaN]", {"json": {"type": "array"}}, "wants JSON, cannot be read: NaN is not JSON"),
        ("[]", {"json": {}}, "wants a JSON object, is an array"),
        ('{"a": 1}', {"json": {"keys": {"b": "any"}}}, "wants the key 'b', lacks it"),
        ('{"a": 1}', {"json": {"keys": {"a": "string"}}}, "wants 'a' of type string, is an integer"),
        ("a,b\nc", {"csv": {"columns": 2}}, "wants CSV of 2 columns, row 2 has 1"),
        ("|a|b|\n|-|-|", {"table": {"columns": 2, "rows": {"min": 1}}}, "wants a table of 2 columns and at least 1 row, has 0"),
        ("a\n******\na", {"answers": exactly(2)}, "wants exactly 2 answers between lines of ******, two are the same"),
    ],
)  # fmt: skip
def test_a_reason_names_what_is_wanted_and_what_was_found(
    text: str, constraint: dict[str, Any], reason: str
) -> None:
    assert score(text, constraint).reason.split("; held when read loosely")[0] == reason


def test_the_first_failed_constraint_gives_the_reason() -> None:
    found = score("one two", {"words": {"max": 5}}, {"case": "upper"}, {"lines": exactly(3)})
    assert found.reason == "wants upper case, has 'one'"
    assert [one["held"] for one in found.details["constraints"]] == [True, False, False]
    assert [one["kind"] for one in found.details["constraints"]] == ["words", "case", "lines"]
    assert found.details["constraints"][2]["found"] == "wants exactly 3 lines, has 1"


def test_all_constraints_held_score_one() -> None:
    found = score("one two", {"words": {"max": 5}}, {"case": "lower"})
    assert (found.value, found.reason) == (1.0, "holds 2 of 2 constraints")
    assert (found.details["strict"], found.details["loose"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("text", "constraint", "shown"),
    [
        ("A cat, a dog", {"no_commas": True}, [","]),
        ("By the ＲＩＶＥＲ.", {"contains": "river"}, ["ＲＩＶＥＲ"]),
        ("the cold", {"excludes": "cold"}, ["cold"]),
        ("all small But one", {"case": "lower"}, ["But"]),
        ("One. Two. Three. Four.", {"sentences": {"max": 2}}, [" Three. Four."]),
        ("a b\nc d e", {"each_line": {"words": exactly(2)}}, ["e"]),
        ("hi\nHow Are you", {"each_line": {"case": "lower"}}, ["How"]),
        ("  因为累", {"starts_with": "因为"}, ["因为"]),
        ("Hi.\nBye! ", {"ends_with": "bye!"}, ["Bye!"]),
    ],
)
def test_spans_show_the_place(text: str, constraint: dict[str, Any], shown: list[str]) -> None:
    assert [text[span.start : span.end] for span in score(text, constraint).spans] == shown


# ---- the loose reading


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("Sure, here is the JSON:\n{}", {"json": {}}),
        ("{}\nLet me know if you need more!", {"json": {}}),
        ("Sure!\n\n```json\n{}\n```\n\nAnything else?", {"json": {}}),
        ("**Because** it is.", {"starts_with": "Because"}),
        ("**Yes**", {"one_of": ["yes"]}),
        ("好的，以下是答案：\n**是**", {"one_of": ["是"]}),
        ("Here you go:\n- a\n- b", {"lines": exactly(2)}),
        ("__Title__\n\nOne. Two.", {"sentences": exactly(2)}),
    ],
)
def test_preambles_closings_and_emphasis_are_forgiven_loosely(text: str, constraint: dict[str, Any]) -> None:
    found = score(text, constraint)
    assert (found.value, found.details["strict"], found.details["loose"]) == (0.0, 0.0, 1.0)
    assert found.reason.endswith("; held when read loosely")


def test_each_constraint_may_hold_in_another_reading() -> None:
    found = score("Sure\nabc.\nBYE", {"ends_with": "."}, {"starts_with": "abc"})
    assert [(one["held"], one["loose"]) for one in found.details["constraints"]] == [
        (False, True),
        (False, True),
    ]
    assert found.details["loose"] == 1.0


def test_one_constraint_that_fails_both_readings_fails_loosely() -> None:
    found = score("Sure:\nabc", {"starts_with": "abc"}, {"case": "upper"})
    assert (found.details["loose"], found.reason.endswith("loosely")) == (0.0, False)


def test_what_reads_empty_holds_nothing_loosely() -> None:
    assert score("a,", {"no_commas": True}).details["loose"] == 0.0
    assert score("a, b\nc, d", {"no_commas": True}).details["loose"] == 0.0


def test_the_loose_readings_keep_bullets_and_lines_of_asterisks() -> None:
    assert "a\n******\nb" in loose_readings("**a**\n******\n**b**")
    assert "* a\n* b" in loose_readings("* **a**\n* *b*")


# ---- options that are refused before a model loads


@pytest.mark.parametrize(
    ("constraints", "told"),
    [
        ("[]", "at least 1 item"),
        ("words", "valid array"),
        ("{words: {max: 3}}", "valid array"),
        ("[words]", "[0]: needs the form {kind: value}"),
        ("[{}]", "[0]: needs one key and has 0"),
        (
            "[{words: {max: 3}, lines: {max: 2}}]",
            "[0]: needs one key and has 2; give each constraint an item",
        ),
        ("[{lines: {max: 2}}, {wrods: {max: 3}}]", "[1]: unknown constraint 'wrods': did you mean 'words'."),
        ("[{xyz: 1}]", "[0]: unknown constraint 'xyz'; known: words, characters, sentences"),
        ("[{words: ~}]", "[0]: 'words' has no value"),
        ("[{language: tlh}]", "'tlh' is not a language that can be told: en, zh, af"),
        ("[{json: {type: any, keys: {a: string}}}]", "'keys' are an object's"),
        ("[{json: {type: any, of: string}}]", "'items' and 'of' are an array's"),
        ("[{sections: {min: 2}}]", "[0]['sections']['heading']"),
        ("[{paragraph: {number: 0, starts_with: a}}]", "[0]['paragraph']['number']"),
        ("[{words: 3}]", "[0]['words']: needs the form {min: 1}"),
        ("[{words: {}}]", "[0]['words']: needs min, max or count"),
        ("[{words: {mx: 3}}]", "[0]['words']['mx']: Extra inputs"),
        ("[{words: {max: '3'}}]", "[0]['words']['max']: Input should be a valid integer"),
        ("[{words: {max: true}}]", "[0]['words']['max']: Input should be a valid integer"),
        ("[{words: {max: -1}}]", "[0]['words']['max']"),
        ("[{words: {min: 0}}]", "[0]['words']['min']"),
        ("[{words: {min: 4, max: 3}}]", "min 4 is above max 3"),
        ("[{words: {count: 4, max: 3}}]", "count is exact"),
        ("[{case: title}]", "'upper' or 'lower'"),
        ("[{no_commas: false}]", "Input should be True"),
        ("[{contains: []}]", "at least 1 item"),
        ("[{contains: ['']}]", "at least 1 character"),
        ("[{contains: [yes]}]", "[0]['contains'][0]: Input should be a valid string"),
        ("[{one_of: yes}]", "[0]['one_of']"),
        ("[{keyword: {max: 0}}]", "[0]['keyword']['text']: Field required"),
        ("[{keyword: {text: a}}]", "needs min, max or count"),
        ("[{letter: {text: ab, max: 0}}]", "at most 1 character"),
        ("[{json: {keys: {a: int}}}]", "[0]['json']['keys']['a']: Input should be 'string', 'number'"),
        ("[{json: {items: {count: 3}}}]", "an array's; add type: array"),
        ("[{json: {only: true}}]", "'only' needs 'keys'"),
        ("[{json: {type: array, of: string, keys: {a: any}}}]", "an array of string has no 'keys'"),
        ("[{csv: {columns: 1}}]", "[0]['csv']['columns']"),
        ("[{table: {columns: 2, rows: 3}}]", "[0]['table']['rows']: needs the form"),
        ("[{answers: {separator: '***'}}]", "needs min, max or count"),
        ("[{repeats: ''}]", "at least 1 character"),
        ("[{each_line: {wrods: {max: 3}}}]", "[0]['each_line']: unknown constraint 'wrods'"),
    ],
)
def test_a_wrong_constraint_is_refused_with_its_place(
    tmp_path: Path, nova_persona: Persona, constraints: str, told: str
) -> None:
    body = f"scorer: instruction, ask: {{en: [x]}}, expect: {{constraints: {constraints}}}"
    with pytest.raises(ConfigError) as caught:
        check_scorers([probe_from(tmp_path, body, nova_persona)])
    assert "'expect.constraints' is" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "expect", ["{}", "{constraints: [{json: {}}], right: a}", "{constraints: [{json: {}}], wrnog: [a]}"]
)
def test_other_wrong_options_are_refused(tmp_path: Path, nova_persona: Persona, expect: str) -> None:
    body = f"scorer: instruction, ask: {{en: [x]}}, expect: {expect}"
    with pytest.raises(ConfigError, match=r"expect\.(constraints|right|wrnog)"):
        check_scorers([probe_from(tmp_path, body, nova_persona)])


def test_another_language_needs_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langdetect", None)
    languages.spoken.cache_clear()
    try:
        with pytest.raises(ValidationError, match="'de' needs `pip install langdetect`"):
            Constraints.model_validate([{"language": "de"}], strict=True)
        with pytest.raises(LeftOut, match="without langdetect"):
            constraints_of("language:response_language", {"language": "de"})
    finally:
        monkeypatch.undo()
        languages.spoken.cache_clear()


def test_what_was_never_checked_has_no_score() -> None:
    found = score("a", {"wrods": {"max": 3}})
    assert found.value is None
    assert "unknown constraint 'wrods'" in found.reason


# ---- hostile answers

EVERY_KIND: list[dict[str, Any]] = list({next(iter(one)): one for one, _, _ in CASES}.values())
SIGNS = 'aB好é１1 \n\t.。…?!，,*_`[]【】({}|"“”《》\x00\ud800\u2028\u0301😀'
MARKS = ("\n\n", "\r\n", "**", "```", "- ", "1. ", "一、", "①", "# ", "|-|-|", "<<", ">>", "P.S. ", "附：")
PHRASES = ("******", "e.g. ", "I ", "Sure:", "”他说。", '{"a": [1]}', "a,b,c\n")
PIECES = st.sampled_from([*SIGNS, *MARKS, *PHRASES])


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(st.characters()), st.lists(PIECES, max_size=40).map("".join)))
def test_no_answer_raises_and_strict_implies_loose(text: str) -> None:
    found = score(text, *EVERY_KIND)
    assert found.value in (0.0, 1.0)
    assert found.value == found.details["strict"] <= found.details["loose"] <= 1.0
    for one in found.details["constraints"]:
        assert one["loose"] or not one["held"]
    assert all(0 <= span.start < span.end <= len(text) for span in found.spans)
    assert json.loads(json.dumps(found.details)) == found.details
    assert found.reason.encode("utf-8")
    assert len(found.reason) < 400


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_the_answer_itself_holds_what_was_made_from_it(text: str) -> None:
    if text.strip():
        assert holds({"characters": exactly(len(text.strip()))}, text)
        assert holds({"lines": exactly(len(re.findall(r"[^\n]*\S[^\n]*", text)))}, text)
        assert holds({"repeats": text.strip()}, f"{text.strip()}\nyes")
        assert holds({"contains": f"~{text.strip()}~"}, f"a ~{text.strip()}~ b")
        assert holds({"json": {"keys": {"a": "string"}}}, json.dumps({"a": text}))


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a b\n",
        " ",
        "[[a]",
        "*a",
        "**",
        '"',
        '{"a":',
        "1",
        "1. a\n",
        "- a\n",
        "。”他",
        "A. ",
        "|-|\n",
        "好",
        "\x00",
        "```",
    ],
)
def test_long_answers_take_no_long_time(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    for constraint in EVERY_KIND:
        begun = time.perf_counter()
        assert score(text, constraint).value in (0.0, 1.0)
        assert time.perf_counter() - begun < 5, constraint


# ---- the suite


def suite_probes(tier: str = "full") -> list[Probe]:
    persona = NOVA.model_copy(update={"languages": ("en", "zh")})
    return list(build_suite(read_suite(ROOT / "suites" / "instruction.yaml"), tier, persona).probes)


PROBES = suite_probes()


def by_id(probe: Probe) -> str:
    return probe.id


def language_of(text: str) -> str:
    return "zh" if re.search(r"[一-鿿]", text) else "en"


@pytest.mark.parametrize("probe", PROBES, ids=by_id)
def test_every_probe_has_answers_that_pass_and_that_fail(probe: Probe) -> None:
    right, wrong = probe.options["right"], probe.options["wrong"]
    assert right
    assert wrong
    for text, value in [*((text, 1.0) for text in right), *((text, 0.0) for text in wrong)]:
        found = instruction(Reply(text, "?", "en", NOVA, {}), **probe.options)
        assert found.value == value, (text, found.reason)


@pytest.mark.parametrize("probe", PROBES, ids=by_id)
def test_every_constraint_is_broken_by_a_wrong_answer(probe: Probe) -> None:
    """One that no wrong answer breaks would be there in vain, or lack its example."""
    broken: set[int] = set()
    for text in probe.options["wrong"]:
        details = instruction(Reply(text, "?", "en", NOVA, {}), **probe.options).details["constraints"]
        broken |= {at for at, one in enumerate(details) if not one["held"]}
    assert broken == set(range(len(probe.options["constraints"])))


@pytest.mark.parametrize("probe", PROBES, ids=by_id)
def test_the_examples_are_in_the_languages_asked(probe: Probe) -> None:
    asked = {variant.lang for variant in probe.variants}
    crossing = {one["language"] for one in probe.options["constraints"] if "language" in one}
    given = {language_of(text) for text in probe.options["right"] if re.search(r"[^\W\d]", text)}
    assert given == (crossing or asked) or not given


@pytest.mark.parametrize("probe", PROBES, ids=by_id)
def test_right_answers_fit_the_tokens(probe: Probe) -> None:
    """A small model's tokenizer needs about a token for 3.2 letters, and 2.5 for a Chinese character."""
    needed = [sum(1 / 3.2 if char.isascii() else 2.5 for char in text) for text in probe.options["right"]]
    assert max(needed) <= probe.max_new_tokens


def texts_of(constraint: dict[str, Any]) -> list[str]:
    """Return what an answer must or must not say, which its question has to name."""
    (kind, value) = next(iter(constraint.items()))
    if kind == "each_line":
        return texts_of(value)
    if kind in ("keyword", "letter"):
        return [] if value["text"] == "," else [value["text"]]
    if kind in ("contains", "excludes", "repeats", "one_of", "starts_with", "postscript"):
        return [value] if isinstance(value, str) else list(value)
    if kind == "json":
        return list(value.get("keys", {}))
    return []


@pytest.mark.parametrize("probe", PROBES, ids=by_id)
def test_every_wording_states_what_is_checked(probe: Probe) -> None:
    for constraint in probe.options["constraints"]:
        wanted = texts_of(constraint)
        for variant in probe.variants:
            unsaid = [text for text in wanted if text.casefold() not in variant.question.casefold()]
            other = [text for text in unsaid if language_of(text) != variant.lang]
            assert unsaid == other, (variant.question, unsaid)
            assert not wanted or len(other) < len(wanted)


def test_the_smoke_tier_is_short() -> None:
    smoke = suite_probes("smoke")
    langs = [probe.variants[0].lang for probe in smoke]
    assert (langs.count("en"), langs.count("zh")) == (12, 3)
    assert max(probe.max_new_tokens for probe in smoke) <= 48


def test_the_suite_is_graded_and_large_enough() -> None:
    assert len(PROBES) >= 66
    levels = [probe.category for probe in PROBES]
    assert {level: levels.count(level) >= 12 for level in set(levels)} == {
        f"level-{n}": True for n in range(1, 5)
    }
    for lang in ("en", "zh"):
        asked = [probe for probe in PROBES if any(variant.lang == lang for variant in probe.variants)]
        assert len(asked) >= 50, lang
    wordings = {(probe.id, variant.lang): 0 for probe in PROBES for variant in probe.variants}
    for probe in PROBES:
        for variant in probe.variants:
            wordings[probe.id, variant.lang] += 1
    assert set(wordings.values()) == {2}


def test_the_suite_uses_every_kind_of_constraint() -> None:
    used = {kind for probe in PROBES for constraint in probe.options["constraints"] for kind in constraint}
    of_ifeval = {"any_of", "capital_words", "paragraph", "sections"}
    assert set(KINDS) - used == of_ifeval


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_constraint_is_documented(kind: str) -> None:
    guide = (ROOT / "docs" / "writing-suites.md").read_text(encoding="utf-8")
    assert re.search(rf"`[^`\n]*\b{kind}\b[^`\n]*`", guide)
