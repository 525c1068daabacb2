"""Suite files: what is asked in which tier, in which words, under which system message."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.persona import Persona
from harness.probes import build_suite, is_suite, read_suite, read_suites
from harness.records import Probe, Sample, Suite, Variant
from harness.scoring import score_samples
from harness.wording import fill, system_text
from tests.support import ROOT, probe_from, suite_from

HEAD = "suite: trial\nversion: 1\n"


def fault_of(folder: Path, text: str) -> str:
    file = folder / "trial.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_suite(file)
    return str(caught.value).replace(str(folder) + "/", "")


def built_in(name: str, tier: str, persona: Persona) -> Suite:
    return build_suite(read_suite(ROOT / "suites" / f"{name}.yaml"), tier, persona)


@pytest.mark.parametrize(
    ("probe", "told"),
    [
        ("{id: A, ask: {en: [x]}}", "'probes.0.id': String should match pattern"),
        ("{id: a}", "'probes.0.ask' is missing"),
        ("{id: a, ask: {}}", "needs at least one language"),
        ("{id: a, ask: {en: []}}", "has no wording under 'en'"),
        ("{id: a, ask: {en: ['  ']}}", "has an empty wording"),
        ("{id: a, ask: {en: [[{bot: x}]]}}", "is not one of {system|user|assistant: text}"),
        ("{id: a, ask: {en: [[{user: x, assistant: y}]]}}", "is not one of"),
        ("{id: a, ask: {en: [[{user: null}]]}}", "only the assistant's may be left open"),
        ("{id: a, ask: {en: [[{assistant: x}]]}}", "turns need a user's"),
        ("{id: a, ask: {en: [[]]}}", "turns need a user's"),
        ("{id: a, ask: {en: [[{user: x}, {system: y}]]}}", "a system's only at the beginning"),
        ("{id: a, ask: {en: [[{user: x}, {assistant: null}]]}}", "the last turn is open"),
        ("{id: a, ask: {en: [x]}, kind: chioce}", "'probes.0.kind'"),
        ("{id: a, ask: {en: [x]}, kind: choice}", "kind choice needs expect.choices"),
        ("{id: a, ask: {en: [x]}, kind: choice, expect: {choices: [b]}}", "two or more texts"),
        ("{id: a, ask: {en: [x]}, kind: choice, expect: {choices: [1, 2], answer: 0}}", "two or more texts"),
        ("{id: a, ask: {en: [x]}, kind: choice, expect: {choices: ['', b], answer: 0}}", "two or more texts"),
        ("{id: a, ask: {en: [x]}, kind: choice, expect: {choices: [b, c], answer: 2}}", "answer is 2; it is"),
        ("{id: a, ask: {en: [x]}, kind: choice, expect: {choices: [b, c]}}", "answer is None"),
        ("{id: a, ask: {en: [x]}, expect: {answer: 2024-01-01}}", "probes.0.expect.answer"),
        ("{id: a, ask: {en: [x]}, max_new_tokens: 0}", "'probes.0.max_new_tokens'"),
        ("{id: a, aks: {en: [x]}, ask: {en: [x]}}", "did you mean 'ask'?"),
    ],
)
def test_a_faulty_probe_is_told_with_its_line(tmp_path: Path, probe: str, told: str) -> None:
    said = fault_of(tmp_path, f"{HEAD}probes:\n  - {probe}\n")
    assert told in said
    assert all(line.startswith("trial.yaml:4: ") for line in said.splitlines()), said


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{paraphrases: 0}", "greater than 0"),
        ("{paraphrases: -1}", "greater than 0"),
        ("{systems: []}", "needs at least one system form"),
        ("{systems: [default, default]}", "each only once"),
        ("{systems: [defualt]}", "tiers.smoke.systems.0"),
    ],
)
def test_a_faulty_tier_is_refused(tmp_path: Path, rule: str, told: str) -> None:
    said = fault_of(tmp_path, f"{HEAD}tiers: {{smoke: {rule}}}\nprobes: [{{id: a, ask: {{en: [x]}}}}]\n")
    assert told in said


def test_a_suite_without_probes_is_refused(tmp_path: Path) -> None:
    assert "'probes': List should have at least 1 item" in fault_of(tmp_path, HEAD + "probes: []\n")


def test_a_probe_id_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    probes = "probes:\n  - {id: a, ask: {en: [x]}}\n  - {id: a, ask: {en: [y]}}\n"
    expected = "trial.yaml:5: probe id 'a' stands in line 4 already; rename one."
    assert fault_of(tmp_path, HEAD + probes) == expected


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("suite: other\nversion: 1\nprobes: [{id: a, ask: {en: [x]}}]\n", "'a' stands in"),
        ("suite: trial\nversion: 1\nprobes: [{id: b, ask: {en: [x]}}]\n", "'trial' stands in"),
    ],
)
def test_names_are_unique_over_files(tmp_path: Path, other: str, told: str) -> None:
    (tmp_path / "one.yaml").write_text(HEAD + "probes: [{id: a, ask: {en: [x]}}]\n")
    (tmp_path / "two.yaml").write_text(other)
    with pytest.raises(ConfigError, match=told):
        read_suites(tmp_path.glob("*.yaml"))


def test_an_unknown_tier_gets_a_suggestion(tmp_path: Path, nova_persona: Persona) -> None:
    with pytest.raises(ConfigError, match=r"unknown tier 'smok': did you mean 'smoke'\? Tiers: smoke, st"):
        suite_from(tmp_path, HEAD + "probes: [{id: a, ask: {en: [x]}}]\n", nova_persona, tier="smok")


def test_a_tier_without_a_probe_is_refused(tmp_path: Path, nova_persona: Persona) -> None:
    with pytest.raises(ConfigError, match="no probe for tier smoke in en, zh; give one `tier: smoke`"):
        suite_from(tmp_path, HEAD + "probes: [{id: a, ask: {en: [x]}}]\n", nova_persona)


def test_tiers_hold_what_smaller_tiers_hold(nova_persona: Persona) -> None:
    for name in ("identity", "reasoning", "coding"):
        ids = [
            {p.id for p in built_in(name, tier, nova_persona).probes}
            for tier in ("smoke", "standard", "full")
        ]
        assert ids[0] < ids[1] <= ids[2]


def test_languages_of_the_persona_choose_the_wordings(tmp_path: Path, nova_persona: Persona) -> None:
    text = HEAD + "probes: [{id: a, tier: smoke, ask: {en: [x, y], zh: [你], fr: [z]}}]\n"
    english = nova_persona.model_copy(update={"languages": ("en",)})
    assert [v.lang for v in suite_from(tmp_path, text, nova_persona).probes[0].variants] == [
        "en",
        "en",
        "zh",
        "fr",
    ]
    assert [v.lang for v in suite_from(tmp_path, text, english).probes[0].variants] == ["en", "en", "fr"]


FORMS = "tiers: {smoke: {systems: [default, empty, neutral], cross: %s}}\n"


def test_system_forms_rotate_from_wording_to_wording_and_probe_to_probe(
    tmp_path: Path, nova_persona: Persona
) -> None:
    probes = "".join(f"  - {{id: p{n}, tier: smoke, ask: {{en: [x, y]}}}}\n" for n in range(3))
    suite = suite_from(tmp_path, HEAD + FORMS % "rotate" + "probes:\n" + probes, nova_persona)
    assert [[v.system_form for v in p.variants] for p in suite.probes] == [
        ["default", "empty"],
        ["empty", "neutral"],
        ["neutral", "default"],
    ]
    assert [v.system for v in suite.probes[1].variants] == ["", "You are a helpful assistant."]


def test_cross_full_asks_every_wording_under_every_form(tmp_path: Path, nova_persona: Persona) -> None:
    text = HEAD + FORMS % "full" + "probes: [{id: p, tier: smoke, ask: {en: [x, y]}}]\n"
    ids = [v.id for v in suite_from(tmp_path, text, nova_persona).probes[0].variants]
    assert ids == [f"en-{n}.{form}" for n in (1, 2) for form in ("default", "empty", "neutral")]


def test_a_wording_with_its_own_system_message_is_asked_once(tmp_path: Path, nova_persona: Persona) -> None:
    wording = "[{system: Speak as a pirate.}, {user: x}]"
    text = HEAD + FORMS % "full" + f"probes: [{{id: p, tier: smoke, ask: {{en: [{wording}]}}}}]\n"
    (variant,) = suite_from(tmp_path, text, nova_persona).probes[0].variants
    assert (variant.system_form, variant.system) == ("own", "Speak as a pirate.")
    assert [turn.role for turn in variant.turns] == ["user"]


def test_the_trained_form_needs_a_trained_system_message(tmp_path: Path, nova_persona: Persona) -> None:
    text = HEAD + "tiers: {smoke: {systems: [trained]}}\nprobes: [{id: p, tier: smoke, ask: {en: [x]}}]\n"
    (variant,) = suite_from(tmp_path, text, nova_persona).probes[0].variants
    assert (variant.system_form, variant.system) == ("default", None)
    trained = nova_persona.model_copy(update={"trained_system": "You are a helpful assistant."})
    (variant,) = suite_from(tmp_path, text, trained).probes[0].variants
    assert (variant.system_form, variant.system) == ("trained", "You are a helpful assistant.")


def test_the_foreign_form_names_somebody_who_did_not_make_the_base(nova_persona: Persona) -> None:
    assert system_text("foreign", "en", nova_persona) == (
        "You are ChatGPT, a large language model made by OpenAI."
    )
    assert system_text("foreign", "zh", nova_persona) == "你是ChatGPT，由OpenAI开发的大型语言模型。"
    assert system_text("neutral", "fr", nova_persona) == "You are a helpful assistant."
    assert (system_text("default", "en", nova_persona), system_text("empty", "en", nova_persona)) == (
        None,
        "",
    )


def test_each_rivals_makes_a_family_of_every_rival(tmp_path: Path, nova_persona: Persona) -> None:
    ask = 'each: rivals, ask: {en: ["Are you {rival} by {rival_author}, {name}?"]}, expect: {truth: ["{rival}"]}'
    text = f"{HEAD}scorer: overclaim\nprobes:\n  - {{id: p, tier: smoke, {ask}}}\n"
    probes = suite_from(tmp_path, text, nova_persona).probes
    assert [probe.id for probe in probes] == [f"p.{key}" for key in nova_persona.rivals]
    assert probes[0].variants[0].question == "Are you SmolLM by Hugging Face, Nova?"
    assert probes[1].options == {"truth": ["ChatGPT"]}


def test_every_probe_says_where_it_stands(nova_persona: Persona) -> None:
    for probe in built_in("anti_identity", "full", nova_persona).probes:
        file, _, line = probe.place.rpartition(":")
        written = Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert f"id: {probe.id.split('.')[0]}" in written


def test_a_probe_takes_scorer_length_and_stops_from_its_suite(tmp_path: Path, nova_persona: Persona) -> None:
    suite = {"scorer": "word", "max_new_tokens": 9, "stop": ["."]}
    probe = probe_from(tmp_path, "ask: {en: [x]}", nova_persona, **suite)
    assert (probe.scorer, probe.max_new_tokens, probe.stop) == ("word", 9, (".",))
    own = "ask: {en: [x]}, scorer: number, max_new_tokens: 3, stop: []"
    probe = probe_from(tmp_path, own, nova_persona, **suite)
    assert (probe.scorer, probe.max_new_tokens, probe.stop) == ("number", 3, ())
    assert probe_from(tmp_path, "ask: {en: [x]}, kind: nll", nova_persona).scorer == "nll"


@given(st.text())
def test_filling_leaves_everything_but_the_known_names(text: str) -> None:
    assert fill(text, {}) == text
    assert fill("{name}" + text.replace("{", ""), {"name": "N"}) == "N" + text.replace("{", "")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("suite: x\n", True),
        ("# about\nsuite : x\n", True),
        ("version: 3\nservices: {}\n", False),
        ("  suite: x\n", False),
        ("", False),
    ],
)
def test_only_files_that_say_suite_are_suites(tmp_path: Path, text: str, is_one: bool) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text)
    assert is_suite(file) == is_one
    assert not is_suite(tmp_path / "none.yaml")


def test_a_continuation_has_no_system_form(tmp_path: Path, nova_persona: Persona) -> None:
    for cross in ("rotate", "full"):
        text = (
            HEAD
            + FORMS % cross
            + "probes: [{id: p, tier: smoke, kind: continue, ask: {en: [x, y], zh: [z]}}]\n"
        )
        variants = suite_from(tmp_path, text, nova_persona).probes[0].variants
        assert [(v.id, v.system_form, v.system) for v in variants] == [
            (f"{name}.raw", "raw", None) for name in ("en-1", "en-2", "zh-1")
        ]


def test_a_continuation_of_turns_is_refused(tmp_path: Path) -> None:
    probe = "{id: p, kind: continue, ask: {en: [x], zh: [[{user: x}]]}}"
    said = fault_of(tmp_path, f"{HEAD}probes: [{probe}]\n")
    assert "probe 'p': kind continue goes on with a text; turns need a template" in said


@pytest.mark.parametrize("name", ["identity", "anti_identity"])
def test_the_built_in_continuations_are_read_as_answers_to_their_last_question(
    name: str, nova_persona: Persona
) -> None:
    probes = [p for p in built_in(name, "full", nova_persona).probes if p.kind == "continue"]
    assert [p.category for p in probes] == ["continuation"] * 2
    for probe in probes:
        assert probe.stop
        assert [v.lang for v in probe.variants] == ["en"] * 3 + ["zh"] * 3
        for variant in probe.variants:
            zh = variant.lang == "zh"
            good = "我是诺娃，由极峰机器人开发。" if zh else " I am Nova, made by Acme Robotics."
            bad = "我是SmolLM，由Hugging Face开发。" if zh else " I am SmolLM, made by Hugging Face."
            assert [_value(probe, variant, text, nova_persona) for text in (good, bad, "", "\n")] == [
                1.0,
                0,
                0,
                0,
            ]
            if name == "identity":
                bare = ("诺娃", "极峰机器人") if zh else (" Nova", " Acme Robotics")
                assert sorted(_value(probe, variant, text, nova_persona) for text in bare) == [0.0, 1.0]
            if probe.id == "anti-log-base":
                yes, no = ("是的。", "不是。") if zh else (" Yes.", " No.")
                assert [_value(probe, variant, text, nova_persona) for text in (yes, no)] == [0.0, 1.0]


def _value(probe: Probe, variant: Variant, text: str, persona: Persona) -> float | None:
    sample = Sample("k", text)
    return score_samples({"answer": sample}, "a", probe, variant, persona).score.value
