import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.errors import ConfigError
from harness.loaders import load_items
from harness.loaders.ifeval import _EQUALS, constraints_of
from harness.loaders.spec import Asked, LeftOut, Load, Loaded
from harness.persona import Persona
from harness.probes import build_suite, read_suite, read_suites
from harness.records import Probe
from harness.scorers import Reply, check_scorers, find_scorer
from harness.scorers.constraints import Constraints

SUMS = [
    {"question": f"What is {n} plus {n}?", "answer": f"{n}+{n}=<<{n}+{n}={2 * n}>>{2 * n}\n#### {2 * n}"}
    for n in range(12)
]
BIRDS = {"question": "Which one is a bird?", "choices": ["crow", "carp", "cat"], "answer": 0}


def lines(rows: list[Any]) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def load(folder: Path, content: str | bytes | list[Any], name: str = "set.jsonl", **said: Any) -> Loaded:
    """Write a data file and load it; GSM8K unless another format is said."""
    content = lines(content) if isinstance(content, list) else content
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    said = {"format": "gsm8k", "path": name, **said}
    return load_items(Load.model_validate(said), folder, "mine", "mine.yaml:3")


def fault(folder: Path, content: str | bytes | list[Any], name: str = "set.jsonl", **said: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, content, name, **said)
    return str(caught.value)


def suite(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(f"suite: mine\nversion: 1\nabout: One.\n{text}", encoding="utf-8")
    return path


def probes_of(path: Path, persona: Persona, tier: str = "standard") -> tuple[Probe, ...]:
    probes = build_suite(read_suite(path), tier, persona).probes
    check_scorers(probes)
    return probes


def question(item: Asked) -> str:
    return item.turns[-1][1]


def as_csv(rows: list[list[Any]], **said: Any) -> str:
    out = io.StringIO()
    csv.writer(out, **said).writerows(rows)
    return out.getvalue()


# ---- suites


def test_a_suite_of_a_data_file_is_like_any_other(tmp_path: Path, nova_persona: Persona) -> None:
    (tmp_path / "sums.jsonl").write_text(lines(SUMS), encoding="utf-8")
    path = suite(tmp_path, "load: {format: gsm8k, path: sums.jsonl, limit: 4, shots: 2, form: chat}\n")
    built = build_suite(read_suite(path), "standard", nova_persona)
    check_scorers(built.probes)
    assert len(built.probes) == 4
    assert built.notes == ("loads sums.jsonl: 4 of 12 items; left out: 2 (shown as examples)",)
    first = built.probes[0]
    assert (first.suite, first.scorer, first.tier, first.max_new_tokens) == (
        "mine",
        "number",
        "standard",
        400,
    )
    assert [turn.role for turn in first.variants[0].turns] == ["user", "assistant"] * 2 + ["user"]
    assert first.variants[0].turns[1].content == "0+0=0\n#### 0"
    assert first.place.startswith(f"{tmp_path / 'sums.jsonl'}:")
    reply = Reply(f"So #### {first.options['answer']}", "", "en", nova_persona, {})
    assert find_scorer("number")(reply, **first.options).value == 1.0


def test_probes_and_several_data_files_stand_side_by_side(tmp_path: Path, nova_persona: Persona) -> None:
    (tmp_path / "sums.jsonl").write_text(lines(SUMS), encoding="utf-8")
    (tmp_path / "birds.jsonl").write_text(lines([BIRDS]), encoding="utf-8")
    path = suite(
        tmp_path,
        "probes: [{id: own-one, ask: {en: [Hi]}, scorer: number, expect: {answer: 1}}]\n"
        "load:\n  - {format: gsm8k, path: sums.jsonl, tier: full}\n"
        "  - {format: choice, path: birds.jsonl, prefix: birds, max_new_tokens: 3}\n",
    )
    assert [probe.id for probe in probes_of(path, nova_persona)] == ["own-one", "birds-1"]
    assert len(probes_of(path, nova_persona, "full")) == 14
    assert "mine-1" in build_suite(read_suite(path), "standard", nova_persona).unasked


def test_a_suite_needs_probes_or_data(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs 'probes', 'load', or both"):
        read_suite(suite(tmp_path, ""))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{format: gsm9k, path: a}", "'gsm8k'"),
        ("{format: gsm8k}", "'load.0.path' is missing"),
        ("{format: gsm8k, path: none.jsonl}", "none.jsonl is no file"),
        ("{format: gsm8k, path: 'none-*.jsonl'}", "no file matches"),
        ("{format: gsm8k, path: a, limits: 3}", "did you mean 'limit'"),
        ("{format: gsm8k, path: a, limit: 0}", "greater than 0"),
        ("{format: ifeval, path: a, form: completion}", "an instruction is for a chat model"),
        ("{format: choice, path: a, form: chat}", "continuations of a raw text"),
        ("{format: mbpp, path: a, letters: true}", "for format choice"),
        ("{format: ifeval, path: a, shots: 1}", "no answers to show"),
        ("{format: gsm8k, path: a, shots_path: b}", "shots_path needs shots"),
    ],
)
def test_a_faulty_load_is_told_with_its_line(tmp_path: Path, said: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_suite(suite(tmp_path, f"load: {said}\n"))
    assert told in str(caught.value)
    assert f"{tmp_path / 'mine.yaml'}:4: " in str(caught.value)


def test_a_changed_data_file_is_another_suite(tmp_path: Path) -> None:
    data, path = (
        tmp_path / "sums.jsonl",
        suite(
            tmp_path, "load: {format: gsm8k, path: sums.jsonl, limit: 1, shots: 1, shots_path: shots.jsonl}"
        ),
    )
    data.write_text(lines(SUMS), encoding="utf-8")
    (tmp_path / "shots.jsonl").write_text(lines(SUMS[:2]), encoding="utf-8")
    before = read_suite(path).digest
    assert read_suite(path).digest == before
    data.write_text(lines(SUMS) + "\n", encoding="utf-8")
    changed = read_suite(path).digest
    (tmp_path / "shots.jsonl").write_text(lines(SUMS[1:3]), encoding="utf-8")
    assert len({before, changed, read_suite(path).digest}) == 3


def test_nothing_of_the_persona_is_put_into_an_item(tmp_path: Path, nova_persona: Persona) -> None:
    row = {"task_id": "t/1", "prompt": 'def hi(name):\n    """Return {name}!"""\n', "entry_point": "hi"}
    row["test"] = "def check(candidate):\n    name = 'Bo'\n    assert candidate(name) == f'{name}!'\n"
    (tmp_path / "set.jsonl").write_text(lines([row]), encoding="utf-8")
    (probe,) = probes_of(suite(tmp_path, "load: {format: humaneval, path: set.jsonl}"), nova_persona)
    assert "Return {name}!" in probe.variants[0].question
    assert probe.options["tests"] == row["test"]


def test_an_item_is_asked_whatever_the_persona_speaks(tmp_path: Path, nova_persona: Persona) -> None:
    (tmp_path / "set.jsonl").write_text(lines(SUMS), encoding="utf-8")
    chinese = nova_persona.model_copy(update={"languages": ("zh",)})
    assert len(probes_of(suite(tmp_path, "load: {format: gsm8k, path: set.jsonl}"), chinese)) == 12


def test_two_suites_cannot_share_an_item(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text(lines(SUMS), encoding="utf-8")
    said = "load: {format: gsm8k, path: set.jsonl, prefix: sums}\n"
    other = tmp_path / "other.yaml"
    other.write_text(f"suite: other\nversion: 1\n{said}", encoding="utf-8")
    with pytest.raises(ConfigError, match="'sums-1' stands in"):
        read_suites([suite(tmp_path, said), other])


# ---- files


ROWS = [["question", "answer"], ['Two, "and" two?\nSum it.', "#### 4"], ["One and one?", "#### 2"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", lines(SUMS[:2])),
        ("a.jsonl", "\ufeff\n" + lines(SUMS[:2]).replace("\n", "\r\n\r\n  \r\n") + "\n\n"),
        ("a.jsonl.gz", gzip.compress(lines(SUMS[:2]).encode())),
        ("a.json", json.dumps(SUMS[:2], indent=1)),
        ("a.json", lines(SUMS[:2])),
        ("a.csv", as_csv(ROWS)),
        ("a.csv", "\ufeff" + as_csv(ROWS).replace("\r\n", "\n\n")),
        ("A.TSV", as_csv(ROWS, delimiter="\t")),
    ],
)
def test_every_kind_of_file_is_read(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert [item.id for item in load(tmp_path, content, name).items] == ["mine-1", "mine-2"]


def test_parquet_is_read(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    rows = [{**BIRDS, "subject": "birds"}, {**BIRDS, "answer": 2, "subject": None}]
    pd.DataFrame(rows).to_parquet(tmp_path / "a.parquet")
    loaded = load_items(Load(format="choice", path="a.parquet"), tmp_path, "mine", "mine.yaml:3")
    assert [item.expect["answer"] for item in loaded.items] == [0, 2]
    assert [item.category for item in loaded.items] == ["birds", "general"]
    assert loaded.items[1].place.endswith("a.parquet, item 2")


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    broken = lines([SUMS[0]]) + "\n\n" + lines([{**SUMS[1], "answer": "2"}, {**SUMS[2], "answer": "four"}])
    assert fault(tmp_path, broken).startswith(f"{tmp_path / 'set.jsonl'}:4: its answer ends in 'four'")
    told = fault(tmp_path, as_csv([*ROWS, ["Three?", "3 of them"]]), "a.csv")
    assert told.startswith(f"{tmp_path / 'a.csv'}:5: ")  # a cell before it holds a line break


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", "x", "unknown kind of file; expected .csv"),
        ("a.jsonl", "", "holds no item"),
        ("a.json", "[]", "holds no item"),
        ("a.csv", "question,answer\n\n", "holds no item"),
        ("a.jsonl", lines(SUMS[:1]) + '\n{"question": ', "a.jsonl:2: not JSON"),
        ("a.jsonl", lines(SUMS[:1]) + "\n[1]", "a.jsonl:2: is [1]; expected an object"),
        ("a.json", '{"data":\n []}', "is a JSON dict; expected a list of objects"),
        ("a.json", "[\n{]", "a.json:2: not JSON"),
        ("a.jsonl", b"\xff\xfe{}", "not UTF-8 at byte 0"),
        ("a.jsonl.gz", b"plain", "cannot be unpacked"),
        ("a.jsonl.gz", gzip.compress(b"{}" * 99)[:-12], "cannot be unpacked"),
        ("a.csv", "question,answer\nOne, two and three?,#### 3\n", "a.csv:2: 3 cells; expected 2"),
        ("a.csv", "question,answer,answer\n", "column 'answer' stands twice"),
        ("a.csv", 'question,answer\n"open,#### 3\n', "a.csv:2: not CSV"),
        ("a.parquet", "no parquet", "not Parquet"),
        (
            "a.jsonl",
            lines([{"ask": "?", "answer": "1"}]),
            "has no column 'question' or 'problem'; has: ask, answer",
        ),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, name: str, content: str | bytes, told: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    assert told in fault(tmp_path, content, name)


def test_all_missing_columns_and_all_faulty_rows_are_told_at_once(tmp_path: Path) -> None:
    told = fault(tmp_path, [{"x": 1}], columns={"question": "ask", "anwser": "y"})
    assert (
        "'anwser': did you mean 'answer'?" in told
        and "no column 'ask'" in told
        and "no column 'answer'" in told
    )
    many = fault(tmp_path, [{"question": "?", "answer": "none"}] * 30)
    assert many.count("its answer ends in") == 20 and many.endswith("... and 10 more like these.")


def test_columns_may_have_names_of_their_own(tmp_path: Path) -> None:
    rows = [{"Q": "One and two?", "A": 3.0, "Nr": "x7", "Answer": "no"}]
    (item,) = load(tmp_path, rows, columns={"question": "Q", "answer": "A", "id": "Nr"}).items
    assert (item.id, item.expect) == ("mine-x7", {"answer": 3})


# ---- ids, categories, limits, examples


def test_ids_are_the_items_own(tmp_path: Path) -> None:
    rows = [{**SUMS[n], "id": name} for n, name in enumerate(["Mine/7", "题 3", "题 4", 0, None, "a b"])]
    ids = [item.id for item in load(tmp_path, rows).items]
    assert ids[0] == "mine-7" and ids[3:] == ["mine-0", "mine-5", "mine-a-b"]
    assert len(set(ids)) == 6 and all(name.isascii() for name in ids)


@pytest.mark.parametrize("other", ["q1", "Q1", "q1 "])
def test_doubled_ids_are_told_with_both_places(tmp_path: Path, other: str) -> None:
    rows = [{**SUMS[0], "id": "q1"}, {**SUMS[1], "id": other}]
    told = fault(tmp_path, rows)
    assert told.startswith(f"{tmp_path / 'set.jsonl'}:2: its id makes the probe 'mine-q1', as")
    assert len(load(tmp_path, rows, columns={"id": None}).items) == 2


def test_a_limit_takes_its_share_of_each_category_the_same_in_any_order(tmp_path: Path) -> None:
    rows = [{**SUMS[n % 12], "id": n, "subject": "abbccc"[n % 6]} for n in range(60)]
    first = load(tmp_path, rows, limit=12, seed=3)
    assert Counter(item.category for item in first.items) == {"a": 2, "b": 4, "c": 6}
    again = load(tmp_path, rows[::-1], limit=12, seed=3)
    assert {item.id for item in first.items} == {item.id for item in again.items}
    assert {item.id for item in first.items} != {item.id for item in load(tmp_path, rows, limit=12).items}
    assert len(load(tmp_path, rows, limit=7).items) == 7
    assert len(load(tmp_path, rows, limit=99).items) == 60


def test_the_subset_is_the_same_on_every_machine(tmp_path: Path) -> None:
    assert [item.id for item in load(tmp_path, SUMS, limit=3).items] == ["mine-1", "mine-2", "mine-10"]


def test_items_can_be_skipped(tmp_path: Path) -> None:
    loaded = load(tmp_path, SUMS, skip=[1, "12"])
    assert len(loaded.items) == 10 and loaded.left_out == {"skipped": 2}
    assert "skip names 13" in fault(tmp_path, SUMS, skip=[13])


def test_examples_are_of_the_same_category_and_never_asked(tmp_path: Path) -> None:
    rows = [{**SUMS[n], "subject": "even" if n % 2 == 0 else "odd"} for n in range(12)]
    loaded = load(tmp_path, rows, shots=2)
    assert len(loaded.items) == 8
    assert {item.category: item.turns[1][1][:3] for item in loaded.items} == {"even": "0+0", "odd": "1+1"}
    assert not {"mine-1", "mine-2", "mine-3", "mine-4"} & {item.id for item in loaded.items}
    assert "category 'even' has 6 items; lower it" in fault(tmp_path, rows, shots=6)


def test_examples_may_come_from_another_file_and_as_one_prompt(tmp_path: Path) -> None:
    (tmp_path / "shots.jsonl").write_text(
        lines([{"question": "How many?", "answer": "#### 7"}]), encoding="utf-8"
    )
    loaded = load(tmp_path, SUMS, shots=1, shots_path="shots.jsonl", shots_as="prompt")
    assert len(loaded.items) == 12
    (turn,) = loaded.items[0].turns
    assert (
        turn[0] == "user" and turn[1].startswith("How many?") and "#### 7\n\n\nWhat is 0 plus 0?" in turn[1]
    )
    assert "has 1 items" in fault(tmp_path, SUMS, shots=2, shots_path="shots.jsonl")


def test_the_language_is_read_from_the_questions(tmp_path: Path) -> None:
    rows = [{"question": "小明有三个苹果，又买了四个，一共有几个？", "answer": "#### 7"}]
    loaded = load(tmp_path, rows)
    assert loaded.lang == "zh" and "一步一步" in question(loaded.items[0])
    assert load(tmp_path, rows, lang="en").lang == "en"


# ---- GSM8K


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("#### 1,234", 1234),
        ("####-5", -5),
        ("a\n#### $0.50 ", 0.5),
        ("#### 3\nNo: #### 4", 4),
        ("#### 20%", 20),
        ("#### 7.", 7),
        ("#### .5", 0.5),
        ("12", 12),
        (51.0, 51),
    ],
)
def test_the_number_behind_the_mark_is_the_answer(tmp_path: Path, answer: Any, number: float) -> None:
    (item,) = load(tmp_path, [{"question": "?", "answer": answer}]).items
    assert item.expect["answer"] == number


@pytest.mark.parametrize(
    "answer", ["So it is 4", "####", "#### four", "#### 1,23", "#### 3 4", "#### nan", "", None, [4]]
)
def test_an_answer_without_a_number_is_refused(tmp_path: Path, answer: Any) -> None:
    assert "expected" in fault(tmp_path, [{"question": "?", "answer": answer}])


def test_a_story_apart_from_its_question_is_told_first(tmp_path: Path) -> None:
    (item,) = load(tmp_path, [{"Body": "Bo has 3 figs", "Question": "How many?", "Answer": 3}]).items
    assert question(item).startswith("Bo has 3 figs. How many?\n")


# ---- multiple choice


def birds(**changed: Any) -> dict[str, Any]:
    return {key: value for key, value in {**BIRDS, **changed}.items() if value is not ...}


@pytest.mark.parametrize(
    "row",
    [
        birds(),
        birds(answer="A"),
        birds(answer="(a)"),
        birds(answer="0"),
        birds(answer=0.0),
        birds(answer="crow"),
        birds(answer=..., label="0"),
        birds(choices="['crow', 'carp', 'cat']"),
        birds(choices='["crow", "carp", "cat"]'),
        birds(choices={"text": ["crow", "carp", "cat"], "label": ["1", "2", "3"]}, answer=..., answerKey="1"),
        birds(choices=..., A="crow", B="carp", C="cat", answer="A"),
        birds(choices=..., A="crow", B="carp", C="cat", D="", answer="A"),
        birds(choices=..., option_a="crow", option_b="carp", option_c="cat", answer="A"),
    ],
)
def test_choices_and_answers_may_be_written_in_many_ways(tmp_path: Path, row: dict[str, Any]) -> None:
    (item,) = load(tmp_path, [row], format="choice").items
    assert item.expect == {"choices": [" crow", " carp", " cat"], "answer": 0}
    assert question(item) == "Question: Which one is a bird?\nAnswer:"


def test_the_form_of_answers_is_that_of_the_whole_file(tmp_path: Path) -> None:
    numbers = ["1", "2", "3", "4"]
    rows = [{"question": "?", "choices": numbers, "answer": n} for n in ("1", "4", "3")]
    assert [item.expect["answer"] for item in load(tmp_path, rows, format="choice").items] == [0, 3, 2]
    rows = [{"question": "?", "choices": numbers, "answer": n} for n in ("0", "1", "3")]
    assert [item.expect["answer"] for item in load(tmp_path, rows, format="choice").items] == [0, 1, 3]
    told = fault(tmp_path, [*rows, {"question": "?", "choices": numbers, "answer": 4}], format="choice")
    assert "set.jsonl:4: its answer is 4; expected the right choice's place, counted from 0" in told
    text = load(tmp_path, rows[1:], format="choice", answers="text")
    assert [item.expect["answer"] for item in text.items] == [0, 2]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (birds(choices=["crow"]), "a list of two or more texts"),
        (birds(choices="crow"), "are the text 'crow'; expected a list"),
        (birds(choices="['crow' 'carp' 'cat']"), "expected a list with commas"),
        (birds(choices="['crow' 'carp', 'cat']"), "expected a list with commas"),
        (birds(choices=["crow", "", "cat"]), "choice 1 (from 0) is empty"),
        (birds(answer=3), "one of 3 choices"),
        (birds(answer=-1), "its answer is -1"),
        (birds(answer=True), "its answer is True"),
        (birds(answer=None), "its answer is None"),
        (birds(answer="D"), "its answer is 'D'"),
        (birds(answer=...), "has no column for 'answer'"),
        (birds(choices=...), "has no column for 'choices'"),
        (birds(choices=..., A="crow", B=" "), "fewer than two of its choices"),
    ],
)
def test_a_faulty_choice_is_refused(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    answers = {} if row.get("answer") in (..., None) or told.startswith("has no") else {"answers": "index"}
    assert told in fault(tmp_path, [row], format="choice", **answers)


def test_two_choices_alike_are_left_out_unless_letters_tell_them_apart(tmp_path: Path) -> None:
    rows = [birds(choices=["Cat", "cat", "crow"], answer=2), birds()]
    loaded = load(tmp_path, rows, format="choice")
    assert loaded.note == "set.jsonl: 1 of 2 items; left out: 1 (two of the choices are the same)"
    (first, _) = load(tmp_path, rows, format="choice", letters=True).items
    assert question(first).endswith("A. Cat\nB. cat\nC. crow\nAnswer:")
    assert first.expect == {"choices": [" A", " B", " C"], "answer": 2}
    assert "no item of set.jsonl can be asked; left out: 1" in fault(tmp_path, rows[:1], format="choice")


def test_a_file_without_a_heading_gets_one(tmp_path: Path) -> None:
    said: dict[str, Any] = {"format": "choice", "header": ["question", "A", "B", "answer"]}
    (item,) = load(
        tmp_path, "One, or none?,None,007,B\n".replace("One, or none?", '"One, or none?"'), "a.csv", **said
    ).items
    assert item.expect == {"choices": [" None", " 007"], "answer": 1}  # texts stay what they are


def test_a_subject_may_be_a_file(tmp_path: Path) -> None:
    for subject in ("zoo_test", "art-val"):
        (tmp_path / f"{subject}.csv").write_text("id,question,A,B,answer\n0,?,x,y,B\n", encoding="utf-8")
    said = Load(format="choice", path="*.csv")
    loaded = load_items(said, tmp_path, "mine", "mine.yaml:3")
    assert [(item.id, item.category) for item in loaded.items] == [
        ("mine-art-0", "art"),
        ("mine-zoo-0", "zoo"),
    ]


def test_a_context_is_continued_and_a_passage_stands_first(tmp_path: Path) -> None:
    ending = {"ctx": "Bo opens the door and", "endings": ["walks in.", "is a door."], "label": "0"}
    (item,) = load(tmp_path, [ending], format="choice").items
    assert question(item) + item.expect["choices"][0] == "Bo opens the door and walks in."
    (item,) = load(tmp_path, [birds(passage="Crows fly.")], format="choice").items
    assert question(item).startswith("Question: Crows fly.\nWhich one")


def test_chinese_choices_follow_without_a_space(tmp_path: Path) -> None:
    row = {"题目": "下面哪一种是鸟？", "A": "乌鸦", "B": "鲤鱼", "答案": "A"}
    (item,) = load(tmp_path, [row], format="choice").items
    assert (question(item), item.expect["choices"]) == ("题目：下面哪一种是鸟？\n答案：", ["乌鸦", "鲤鱼"])


def test_examples_of_choices_stand_in_one_prompt(tmp_path: Path, nova_persona: Persona) -> None:
    (tmp_path / "set.jsonl").write_text(lines([birds(), birds(answer=1)]), encoding="utf-8")
    path = suite(
        tmp_path, "load: {format: choice, path: set.jsonl, shots: 1, letters: true, form: completion}\n"
    )
    (probe,) = probes_of(path, nova_persona)
    assert (probe.kind, len(probe.variants[0].turns)) == ("choice", 1)
    assert "C. cat\nAnswer: A\n\nQuestion: Which" in probe.variants[0].question


# ---- programs


TWICE = {
    "task_id": "HumanEval/3",
    "prompt": 'import math\n\ndef half(n):\n    return n / 2\n\ndef twice(n: int) -> int:\n    """Twice n."""\n',
    "entry_point": "twice",
    "canonical_solution": "    return 2 * n\n",
    "test": "def check(candidate):\n    assert half(candidate(2)) == 2\n    assert candidate(-1) == -2\n",
}
AREA = {
    "task_id": 5,
    "text": "Write a function for the area of a square.",
    "code": "def max(side):\r\n    return side ** 2",
    "test_list": ["assert max(2) == 4", "assert set([max(3)]) == {9}"],
    "test_setup_code": "",
}


def judged(item: Asked, program: str, persona: Persona) -> Any:
    return find_scorer("code")(Reply(f"```python\n{program}\n```", "", "en", persona, {}), **item.expect)


def test_a_function_to_complete_is_judged_by_the_tests_of_the_file(
    tmp_path: Path, nova_persona: Persona
) -> None:
    (item,) = load(tmp_path, [TWICE], format="humaneval").items
    assert item.id == "mine-humaneval-3" and TWICE["prompt"].strip() in question(item)
    assert "return 2 * n" not in question(item)
    right = judged(item, "def twice(n):\n    return int(4 * half(n)) + 0 * math.floor(1.5)", nova_persona)
    assert (right.value, right.details["status"]) == (1.0, "passed")
    wrong = judged(item, "def twice(n):\n    return 4", nova_persona)
    assert (wrong.value, wrong.details["status"]) == (0.0, "wrong")
    broken = judged(item, "def twice(n):\n    return m", nova_persona)
    assert (broken.value, broken.details["status"]) == (0.0, "error")
    assert judged(item, "print(4)", nova_persona).reason == "defines no function twice"


def test_a_program_cannot_pass_by_a_check_of_its_own(tmp_path: Path, nova_persona: Persona) -> None:
    (item,) = load(tmp_path, [TWICE], format="humaneval").items
    program = "def check(candidate):\n    pass\n\ndef twice(n):\n    import os\n    os._exit(0)"
    assert judged(item, program, nova_persona).value == 0.0


def test_a_task_is_judged_by_its_assertions(tmp_path: Path, nova_persona: Persona) -> None:
    (item,) = load(tmp_path, [AREA], format="mbpp").items
    assert (item.id, item.expect["function"]) == ("mine-5", "max")  # a builtin's name is as good as another
    assert "assert max(2) == 4" in question(item) and "max(3)" not in question(item)
    assert judged(item, "def max(side):\n    return side * side", nova_persona).value == 1.0
    assert judged(item, "def max(side):\n    return 4", nova_persona).details["status"] == "wrong"


def test_a_function_may_be_called_check(tmp_path: Path, nova_persona: Persona) -> None:
    row = {**AREA, "code": "def check(n): return n > 0", "test_list": ["assert check(1) == True"]}
    (item,) = load(tmp_path, [row], format="mbpp").items
    assert judged(item, "def check(n):\n    return n > 0", nova_persona).value == 1.0
    assert judged(item, "def check(n):\n    return n < 0", nova_persona).value == 0.0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"test_list": ["assert max(Pair(1, 2)) == 4"]}, "only a solution defines"),
        ({"test_list": ["assert max(sys.maxsize) == 4"]}, "only a solution defines"),
        ({"test_list": ["assert max(2, str) == 4"]}, "pass a class"),
        ({"test_setup_code": "class Pair:\n    pass"}, "define a class"),
    ],
)
def test_tests_that_need_more_than_values_are_left_out(
    tmp_path: Path, changed: dict[str, Any], reason: str
) -> None:
    loaded = load(tmp_path, [AREA, {**AREA, "task_id": 6, **changed}], format="mbpp")
    assert len(loaded.items) == 1 and reason in loaded.note


def test_setup_may_import_and_define_helpers(tmp_path: Path) -> None:
    row = {**AREA, "test_setup_code": "from math import pi as p\ndef near(a, b=1): return abs(a - b) < p"}
    row["test_list"] = ["assert all(near(x, y) for x, y in [(max(1), 1)])"]
    assert load(tmp_path, [row], format="mbpp").left_out == {}


@pytest.mark.parametrize(
    ("kind", "changed", "told"),
    [
        ("humaneval", {"prompt": "Write twice."}, "does not define 'twice'"),
        ("humaneval", {"test": "def check(candidate:"}, "'test' cannot be parsed; expected Python 3"),
        ("mbpp", {"test_list": []}, "is empty; expected a list of assertions"),
        ("mbpp", {"test_list": "assert max(2) == 4"}, "expected a list of texts"),
        ("mbpp", {"test_list": ["assert min(2) == 4"]}, "call no function of the solution's"),
        ("mbpp", {"code": "def f(): 1\ndef g(): 2", "test_list": ["assert f() == g()"]}, "call f, g"),
        ("mbpp", {"test_setup_code": 3}, "'test_setup_code' is 3; expected a text"),
    ],
)
def test_a_faulty_task_is_refused(tmp_path: Path, kind: str, changed: dict[str, Any], told: str) -> None:
    row = {**(TWICE if kind == "humaneval" else AREA), **changed}
    assert told in fault(tmp_path, [row], format=kind)


def test_tests_that_are_neither_list_nor_text_are_no_score(nova_persona: Persona) -> None:
    reply = Reply("def f(): pass", "", "en", nova_persona, {})
    assert find_scorer("code")(reply, function="f", tests="").value is None


# ---- IFEval


def asked(*instructions: tuple[str, dict[str, Any] | None]) -> dict[str, Any]:
    names, given = zip(*instructions, strict=True)
    return {"key": 8, "prompt": "Tell me of rain.", "instruction_id_list": list(names), "kwargs": list(given)}


GIVEN = {
    "num_words": 9, "num_sentences": 3, "num_paragraphs": 2, "relation": "at least", "keywords": ["rain"],
    "forbidden_words": ["sun"], "keyword": "wet", "frequency": 2, "letter": "r", "let_relation": "less than",
    "let_frequency": 4, "num_highlights": 1, "num_bullets": 3, "num_placeholders": 1, "postscript_marker": "P.S.",
    "prompt_to_repeat": "Tell me", "end_phrase": "The end.", "language": "zh", "capital_relation": "at least",
    "capital_frequency": 2, "section_spliter": "SECTION", "num_sections": 3, "nth_paragraph": 2, "first_word": "rain",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(_EQUALS))
def test_what_is_made_of_an_instruction_is_a_constraint(name: str) -> None:
    made = constraints_of(name, GIVEN)
    assert constraints_of(f"en:{name}", GIVEN) == made
    Constraints.model_validate(made, strict=True)


@pytest.mark.parametrize(
    ("relation", "n", "made"),
    [
        ("at least", 3, {"min": 3}),
        ("less than", 3, {"max": 2}),
        ("at most", 3, {"max": 3}),
        ("less than", 1, {"max": 0}),
    ],
)
def test_less_than_is_at_most_one_less(relation: str, n: int, made: dict[str, int]) -> None:
    given = {"relation": relation, "num_sentences": n}
    assert constraints_of("length_constraints:number_sentences", given) == [{"sentences": made}]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("made:up", {}),
        ("language:response_language", {"language": "tlh"}),
        ("length_constraints:number_words", {"relation": "around", "num_words": 9}),
    ],
)
def test_an_instruction_without_an_equal_is_left_out(
    tmp_path: Path, name: str, given: dict[str, Any]
) -> None:
    with pytest.raises(LeftOut):
        constraints_of(name, given)
    rows = [
        asked(("punctuation:no_comma", None)),
        {**asked(("startend:quotation", {}), (name, given)), "key": 9},
    ]
    loaded = load(tmp_path, rows, format="ifeval")
    assert len(loaded.items) == 1 and sum(loaded.left_out.values()) == 1


def test_an_answer_is_held_against_the_constraints(tmp_path: Path, nova_persona: Persona) -> None:
    row = asked(
        ("punctuation:no_comma", {}),
        ("length_constraints:number_words", {"relation": "less than", "num_words": 4, "x": None}),
    )
    (tmp_path / "set.jsonl").write_text(lines([row]), encoding="utf-8")
    (probe,) = probes_of(suite(tmp_path, "load: {format: ifeval, path: set.jsonl}"), nova_persona)
    assert (probe.id, probe.max_new_tokens) == ("mine-8", 800)
    scorer = find_scorer("instruction")
    for text, value in [("It is wet.", 1.0), ("It is very wet.", 0.0), ("Wet, wet.", 0.0)]:
        assert scorer(Reply(text, "", "en", nova_persona, {}), **probe.options).value == value


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kwargs": []}, "has 1 instructions and 0 arguments"),
        ({"kwargs": "[{}"}, "expected a list of mappings"),
        ({"instruction_id_list": "startend:quotation"}, "expected a list of texts"),
        ({"instruction_id_list": ["keywords:existence"]}, "lacks its argument 'keywords'"),
        ({"prompt": " "}, "'prompt' is ' '; expected a text"),
    ],
)
def test_a_faulty_instruction_is_refused(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    assert told in fault(tmp_path, [{**asked(("startend:quotation", {})), **changed}], format="ifeval")
