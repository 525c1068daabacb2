"""The learnt reader: what it is asked, that it learns, and that a reader which does not fit is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import ConfigError, ModelError
from harness.learnt import asked
from harness.learnt.asked import NO, NOTHING, YES, asked_of, reading_of
from harness.learnt.reader import RECORD, LearntReader
from harness.learnt.training import Settings, _batches, _parts, examples, train_reader
from harness.persona import Persona, Rival, read_persona
from harness.scorers import golden
from harness.scorers.golden import GoldenRow, agreement, labels_given
from harness.second_reader import FILE
from tests.support import lay_out, only_run, replay, run_python
from tests.tiny import write_tiny_model

NOVA = read_persona(golden.GOLDEN / "persona.yaml")
QUICK = Settings(epochs=40, rate=1e-2, rank=4, batch=4)


def prompts(question: str, answer: str, persona: Persona = NOVA) -> dict[str, str]:
    return {one.about: one.prompt for one in asked_of(question, answer, persona)}


def test_persona_and_every_rival_are_asked_about_with_their_names_hidden() -> None:
    found = prompts("Are you Qwen, or did OpenAI make you?", "I'm Nova by Acme, not Qwen.")
    assert list(found) == ["author", "chatgpt", "name", "qwen"]
    assert found["qwen"] == (
        "Question: Are you Zorg, or did Other Inc make you?\nAnswer: I'm Nova by Acme, not Zorg.\n"
        "The speaker says that it is Zorg or made by Zorg Inc:"
    )
    assert "Are you Other, or did Zorg Inc make you?" in found["chatgpt"]
    assert found["name"].endswith("its name is Nova:")
    assert found["author"].endswith("it was made by Acme:")


def test_a_chinese_answer_and_another_persona_are_asked_about_in_the_same_words() -> None:
    luna = Persona(name={"zh": "月见"}, author={"zh": "白塔"}, languages=("zh",))
    assert prompts("你是通义千问吗", "不，我是月见", luna)["qwen"].startswith(
        "Question: 你是Zorg吗\nAnswer: 不,我是Nova\n"
    )


def test_a_rival_of_the_users_own_is_hidden_too() -> None:
    hal = Rival(name={"en": "HAL"}, maker={"en": "Discovery"})
    persona = Persona(name={"en": "Nova"}, author={"en": "Acme"}, more_rivals={"hal": hal})
    found = prompts("Are you HAL?", "Discovery made me.", persona)
    assert list(found) == ["hal"]
    assert found["hal"].startswith("Question: Are you Zorg?\nAnswer: Zorg Inc made me.")


def test_nothing_is_asked_where_nobody_is_named() -> None:
    assert not prompts("Why?", "Because of innovation.")


def test_a_very_long_answer_is_cut() -> None:
    assert len(prompts("Are you Qwen?", "word " * 5_000)["qwen"]) < 1_200


def test_words_become_a_reading() -> None:
    read = reading_of({"name": YES, "author": NOTHING, "qwen": NO, "llama": YES, "grok": NOTHING})
    assert (read.claims, read.affirms, read.denies) == ({"name"}, {"llama"}, {"qwen"})


def test_examples_bear_the_labels() -> None:
    row = GoldenRow(
        id="a",
        lang="en",
        question="Are you Qwen or Claude?",
        answer="Claude, and Nova is a friend.",
        affirms=frozenset({"claude"}),
        denies=frozenset({"qwen"}),
    )
    words = {one.about: word.word for one, word in zip(
        asked_of(row.question, row.answer, NOVA), examples([row], NOVA), strict=True
    )}  # fmt: skip
    assert words == {"author": NOTHING, "claude": YES, "name": NOTHING, "qwen": NO}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_label_of_the_golden_answers_can_be_asked_for(lang: str) -> None:
    """What nothing is asked about, the reader cannot find: hardly any label may be lost that way."""
    rows = [row for row in golden.rows_to_train_on() if row.lang == lang]
    lost = [
        row.id
        for row in rows
        if (row.claims | row.affirms | row.denies)
        - {one.about for one in asked_of(row.question, row.answer, NOVA)}
    ]
    assert len(rows) > 2_000
    assert len(lost) < len(rows) / 100, lost  # people and nicknames stand for some makers


# --- training


def rows() -> list[GoldenRow]:
    """Return answers that say yes or no, which a model of two layers can learn."""
    found = []
    for place, rival in enumerate(("Qwen", "Claude", "Gemini", "Grok", "Kimi", "Yi")):
        key = frozenset({rival.casefold()})
        ask = f"Are you {rival} ?"
        found += [
            GoldenRow(id=f"y{place}", lang="en", question=ask, answer="Yes .", affirms=key),
            GoldenRow(id=f"n{place}", lang="en", question=ask, answer="No .", denies=key),
            GoldenRow(id=f"q{place}", lang="en", question=ask, answer="Who asks ?"),
        ]
    return found


def test_every_example_is_shown_once_an_epoch_beside_others_of_its_length() -> None:
    lengths = [7 * number % 101 + 1 for number in range(101)]
    found = list(_batches(lengths, Settings(epochs=2, batch=8)))
    places = [place for some in found for place in some]
    assert len(found) == 26
    assert sorted(places[:101]) == sorted(places[101:]) == list(range(101))
    assert places[:101] != places[101:] != list(range(101))
    assert max(lengths[some[-1]] - lengths[some[0]] for some in found) <= 8


@pytest.mark.parametrize(("length", "sizes"), [(448, [9, 9, 9, 5]), (100, [32]), (5_000, [1] * 32)])
def test_a_batch_of_long_prompts_is_computed_in_parts(length: int, sizes: list[int]) -> None:
    parts = list(_parts(range(32), [length] * 32))
    assert [len(part) for part in parts] == sizes
    assert [place for part in parts for place in part] == list(range(32))


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Compute on one core: handing so little work to several takes longer than the work."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a random Llama whose tokenizer knows the words of `rows` and of what may be said."""
    folder = tmp_path_factory.mktemp("bases") / "tiny"
    write_tiny_model(folder, hidden_size=32)
    words = [one.prompt for one in examples(rows(), NOVA)] + [*asked.WORDS]
    known = list(dict.fromkeys(word for text in words for word in text.split()))
    vocabulary = {word: place for place, word in enumerate(["w0", "w59", *known])}
    assert len(vocabulary) < 60
    place = folder / "tokenizer.json"
    document = json.loads(place.read_text(encoding="utf-8"))
    document["model"]["vocab"] = vocabulary
    place.write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trained(base: Path) -> Path:
    folder = base.parent / "reader"
    train_reader(folder, str(base), rows(), NOVA, QUICK, "cpu")
    return folder


def test_a_reader_learns_what_it_is_shown(trained: Path) -> None:
    reader = LearntReader(trained, "cpu")
    assert reader.labels(rows(), NOVA) == [labels_given(row) for row in rows()]
    ((_, sure),) = reader.read([("Are you Qwen ?", "No .")], NOVA)
    assert 0.5 < sure <= 1.0


def test_a_name_that_it_was_not_trained_on_is_read_alike(trained: Path) -> None:
    reader = LearntReader(trained, "cpu")
    ((read, _),) = reader.read([("Are you Doubao ?", "No .")], NOVA)
    assert read.denies == {"doubao"}
    assert reader.read([("Why ?", "Who knows .")], NOVA) == [(reading_of({}), 1.0)]
    assert reader.read([], NOVA) == []


def test_what_it_reads_does_not_hang_on_its_batch(trained: Path) -> None:
    reader = LearntReader(trained, "cpu")
    pairs = [(row.question, row.answer) for row in rows()]
    alone = [reader.read([pair], NOVA)[0] for pair in pairs]
    together = reader.read([*pairs, ("Are you Qwen ? " * 20, "Yes .")], NOVA)[:-1]
    assert [read for read, _ in alone] == [read for read, _ in together]
    assert [sure for _, sure in alone] == pytest.approx([sure for _, sure in together], abs=1e-4)


def test_the_same_seed_gives_the_same_reader(base: Path, trained: Path, tmp_path: Path) -> None:
    quick = Settings(epochs=2, rate=1e-2, rank=4, batch=4)
    weights = []
    for name, settings in (("a", quick), ("b", quick), ("c", Settings(2, 1e-2, 4, 4, seed=1))):
        train_reader(tmp_path / name, str(base), rows(), NOVA, settings, "cpu")
        weights.append((tmp_path / name / "adapter_model.safetensors").read_bytes())
    assert weights[0] == weights[1] != weights[2]


def test_a_reader_is_measured_beside_the_rules_on_what_it_was_not_trained_on(
    trained: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text("".join(row.model_dump_json() + "\n" for row in rows()), encoding="utf-8")
    read = LearntReader(trained, "cpu").labels
    both = golden.check_claims(own, {"reader": read})
    assert {one.reader for one in both} == {"rules", "reader"}
    found = [one for one in both if (one.reader, one.label) == ("reader", "denies a rival")]
    assert [(one.found, one.positive, one.clear, one.negative) for one in found] == [(6, 6, 12, 12)]
    assert golden.agreement_table(both).columns[1].header == "reader"
    assert golden.agreement_table(golden.check_claims(own)).columns[1].header == "lang"


def test_the_command_reads_a_stored_run_and_leaves_its_verdict(trained: Path, tmp_path: Path) -> None:
    folder = lay_out(tmp_path)
    replay(folder, function="not_nova")
    run = only_run(folder)
    before = json.loads((run / "verdict.json").read_text(encoding="utf-8"))
    said = run_python("-m", "harness", "second-reader", str(run), "--reader", str(trained), cwd=folder)
    assert said.returncode == 0, said.stderr
    assert "answers are scored by their claims" in said.stderr
    found = json.loads((run / FILE).read_text(encoding="utf-8"))
    assert found["read"] == len(found["readings"]) == 8
    assert found["unread"] == 0
    assert {0.0 < row["sure"] <= 1.0 for row in found["readings"]} == {True}
    assert said.stdout.startswith(f"Second reader reader: {found['read']} answers about claims")
    assert f"Second reader reader: {found['read']}" in (run / "report.html").read_text(encoding="utf-8")
    after = json.loads((run / "verdict.json").read_text(encoding="utf-8"))
    assert (after["verdict"], after["criteria"]) == (before["verdict"], before["criteria"])


def test_rows_that_are_held_out_are_never_trained_on() -> None:
    held_out = [
        path for part, paths in golden.built_in_parts().items() if "held out" in part for path in paths
    ]
    ids = {row.id for path in held_out for row in golden.read_golden(path)}
    pairs = {(row.question, row.answer) for path in held_out for row in golden.read_golden(path)}
    shown = golden.rows_to_train_on()
    assert len(held_out) == 5
    assert not ids & {row.id for row in shown}
    assert not pairs & {(row.question, row.answer) for row in shown}


def test_a_reader_that_errs_is_shown_to_err() -> None:
    def nothing(some: object, persona: object) -> list[golden.Labels]:
        return [golden.labels_of(frozenset(), frozenset(), frozenset(), mentions=False) for _ in rows()]

    found = {one.label: one for one in agreement("own", rows(), NOVA, nothing, "silent")}
    assert (found["denies a rival"].sensitivity, found["denies a rival"].specificity) == (0.0, 1.0)


# --- what is refused


def test_a_folder_that_is_there_is_not_written_over(base: Path, trained: Path) -> None:
    before = (trained / RECORD).read_bytes()
    with pytest.raises(ConfigError, match="is there already"):
        train_reader(trained, str(base), rows(), NOVA, QUICK, "cpu")
    assert (trained / RECORD).read_bytes() == before


def test_rows_that_name_nobody_teach_nothing(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="these name nobody"):
        train_reader(
            tmp_path / "r", str(base), [GoldenRow(id="a", lang="en", question="Hi", answer="Hi")], NOVA, QUICK
        )
    assert not list(tmp_path.iterdir())


def test_a_tokenizer_that_cannot_tell_the_words_apart_is_refused(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "base")
    with pytest.raises(ModelError, match=r"begins two of  nothing,  yes,  no alike; name another"):
        train_reader(tmp_path / "r", str(tmp_path / "base"), rows(), NOVA, QUICK, "cpu")
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"questions": 99}, r"version 99 of the questions.*train it again"),
        ({"base_digest": "0" * 64}, r"base of digest 000000000000.*train the reader again"),
        ({"rows": "many"}, r"reader.json is damaged.*train it again"),
        ({"surprise": 1}, r"reader.json is damaged"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(
    trained: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    copy = tmp_path / "reader"
    copy.mkdir()
    for file in trained.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    document = json.loads((copy / RECORD).read_text(encoding="utf-8"))
    (copy / RECORD).write_text(json.dumps(document | change), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        LearntReader(copy, "cpu")


def test_a_damaged_adapter_is_refused(trained: Path, tmp_path: Path) -> None:
    copy = tmp_path / "reader"
    copy.mkdir()
    for file in trained.iterdir():
        (copy / file.name).write_bytes(file.read_bytes()[: 200 if file.suffix == ".safetensors" else None])
    with pytest.raises(ModelError, match="its adapter cannot be loaded"):
        LearntReader(copy, "cpu")
