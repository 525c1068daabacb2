"""The persona, and the rivals that always include the base's own maker."""

from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.persona import Persona, base_rival, known_rivals, read_persona, with_base


def write(folder: Path, text: str) -> Path:
    file = folder / "nova.yaml"
    file.write_text("name: {en: Nova, zh: 诺娃}\nauthor: {en: Acme}\n" + text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("ref", "maker"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", "qwen"),
        ("bundled:smollm2", "smollm"),
        ("HuggingFaceTB/SmolLM2-135M", "smollm"),
        ("/models/Meta-Llama-3.1-8B", "llama"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek"),
        ("mistralai/Mistral-7B-v0.3", "mistral"),
        ("microsoft/Phi-4-mini", "copilot"),
        ("THUDM/glm-4-9b-chat", "glm"),
        ("You are Qwen, created by Alibaba Cloud.", "qwen"),
        ("/tmp/checkpoint", None),
    ],
)
def test_the_bases_maker_is_found_from_its_name(ref: str, maker: str | None) -> None:
    assert base_rival((ref,), known_rivals()) == maker


def test_the_bases_maker_is_the_first_rival_and_stands_once(tmp_path: Path) -> None:
    persona = read_persona(write(tmp_path, "rivals: [chatgpt, qwen]\n"), base_hints=("Qwen2.5",))
    assert (persona.base, persona.rivals) == ("qwen", ("qwen", "chatgpt"))
    persona = read_persona(write(tmp_path, "rivals: [chatgpt]\n"), base_hints=("SmolLM2",))
    assert persona.rivals == ("smollm", "chatgpt")


def test_a_persona_that_names_its_base_needs_no_hint(tmp_path: Path) -> None:
    persona = read_persona(write(tmp_path, "base: yi\n"), base_hints=("somewhere",))
    assert persona.rivals[0] == "yi"


def test_an_unknown_maker_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_persona(write(tmp_path, ""), base_hints=("/tmp/checkpoint",))
    assert "cannot tell who made the base model (/tmp/checkpoint); add `base: KEY`" in str(caught.value)


@pytest.mark.parametrize("line", ["rivals: [chatgtp]", "base: chatgtp"])
def test_an_unknown_rival_gets_a_suggestion(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"nova\.yaml: unknown rival 'chatgtp': did you mean 'chatgpt'\?"):
        read_persona(write(tmp_path, line), base_hints=("qwen",))


def test_rivals_of_ones_own_can_be_the_base(tmp_path: Path) -> None:
    text = "more_rivals:\n  zeta: {name: {en: Zeta}, maker: {en: Zeta Labs}, base: [zeta-]}\n"
    persona = read_persona(write(tmp_path, text), base_hints=("zeta-7b",))
    assert persona.base == "zeta"
    assert persona.fields("zh")["base_author"] == "Zeta Labs"


def test_fields_fall_back_to_the_language_there_is(nova_persona: Persona) -> None:
    only = Persona(name={"zh": "诺娃"}, author={"en": "Acme"}, base="qwen")
    assert (only.fields("en")["name"], only.fields("zh")["author"]) == ("诺娃", "Acme")
    fields = nova_persona.fields("zh", known_rivals()["gemini"])
    assert (fields["name"], fields["rival"], fields["rival_author"]) == ("诺娃", "Gemini", "谷歌")
    assert (fields["base"], nova_persona.fields("en")["base_author"]) == ("SmolLM", "Hugging Face")


def test_names_come_longest_first_and_once() -> None:
    persona = Persona(
        name={"en": "Nova"}, author={"en": "Acme Robotics"}, author_aliases=("Acme", ""), base="qwen"
    )
    assert persona.authors == ("Acme Robotics", "Acme")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: {en: ' '}\nauthor: {en: A}\n", "needs a text for en"),
        ("name: {}\nauthor: {en: A}\n", "needs a text for at least one language"),
        ("name: {fr: N}\nauthor: {en: A}\n", "Input should be 'en' or 'zh'"),
        ("author: {en: A}\n", "'name' is missing; add it."),
        ("name: {en: N}\nauthor: {en: A}\nlanguages: []\n", "'languages'"),
        (
            "name: {en: N}\nauthor: {en: A}\nmore_rivals: {x: {name: {}, maker: {en: X}}}\n",
            "more_rivals.x.name",
        ),
        ("name: {en: N}\nauthor: {en: A}\nauthor_alias: [B]\n", "did you mean 'author_aliases'?"),
    ],
)
def test_a_faulty_persona_is_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_persona(file, base_hints=("qwen",))
    assert told in str(caught.value)
    assert "p.yaml:" in str(caught.value)


def test_the_built_in_rivals_are_whole() -> None:
    for key, rival in known_rivals().items():
        assert set(rival.name) == set(rival.maker) == {"en", "zh"}, key
        assert rival.base, key
        assert len(rival.names) == len(set(rival.names))


def test_a_persona_that_was_completed_stays_as_it_is(nova_persona: Persona) -> None:
    assert with_base(nova_persona, "x", ()) == nova_persona
