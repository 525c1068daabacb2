"""Warnings and facts: what a run lets pass and a person should know."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.preflight import examine
from harness.preflight.base import read_weights
from harness.preflight.features import FEATURES
from harness.preflight.settings import read_settings
from tests.adapter_makers import (
    SHAPES,
    TEMPLATE,
    add,
    config,
    embeddings,
    fill,
    output_layer,
    weights,
    without,
    write_hostile_base,
)
from tests.support import lora_tensors, write_adapter

Q = [name for name in SHAPES if "q_proj" in name]


def rules(folder: Path, *, base: Path | None = None) -> dict[str, str]:
    """Return rule -> level and text of everything found, where nothing is an error."""
    found = examine(folder)
    if base is not None:
        found = found.against(read_weights("base", base))
    assert [one.line for one in found.findings if one.level == "error"] == []
    return {one.rule: f"{one.level}: {one.line}" for one in found.findings}


def made(folder: Path, make: Callable[[Path, Any], object] | None = None) -> Path:
    (make or config())(folder, SHAPES)
    return folder


def test_a_good_adapter_raises_no_word(tmp_path: Path) -> None:
    assert rules(made(tmp_path / "a"), base=write_hostile_base(tmp_path / "base")) == {}


@pytest.mark.parametrize(
    ("make", "rule", "says"),
    [
        (config(use_rslora=True), "rslora", "fact: adapter_config.json: rsLoRA: the scale is alpha / sqrt(r)."),
        (config(rank_pattern={"q_proj": 4}), "rank-pattern", "fact: "),
        (config(alpha_pattern={"q_proj": 4}), "alpha-pattern", "fact: "),
        (config(alpha_pattern={"k_proj": 4}), "idle-pattern", "warning: adapter_config.json: alpha_pattern names k_proj"),
        (config(init_lora_weights="lora_ga"), "init-lora-ga", "warning: "),
        (config(init_lora_weights="eva"), "init", "fact: "),
        (config(lora_bias=True), "lora-bias", "warning: "),
        (config(fan_in_fan_out=True), "fan-in-fan-out", "fact: "),
        (config(lora_alpha=-8), "negative", "warning: adapter_config.json: the scale is negative"),
        (config(quantum_rank=3), "unknown-key", "warning: adapter_config.json: unknown to peft 0.20: quantum_rank"),
        (config(auto_mapping={"parent_library": "os"}), "library", "warning: adapter_config.json: auto_mapping names 'os'"),
        (config(target_modules=["q_proj", "up_proj", "o_proj"]), "unheld", "warning: adapter_config.json: target_modules names o_proj"),
        (weights(fill(0.0, count=2)), "some-zero", "warning: adapter_model.safetensors: the updates of 2 of 6 modules are zero"),
        (weights(without("layers.1.mlp")), "gaps", "warning: adapter_model.safetensors: layers between others are left out: model.layers.1.mlp.up_proj"),
    ],
)  # fmt: skip
def test_what_is_told_without_a_base(tmp_path: Path, make: Any, rule: str, says: str) -> None:
    assert rules(made(tmp_path / "a", make))[rule].startswith(says)


@pytest.mark.parametrize("value", [None, False, {}, [], ""])
@pytest.mark.parametrize(
    "key", ["use_dora", "lora_bias", "layer_replication", "modules_to_save", "quantum_rank"]
)
def test_a_feature_that_is_off_is_none(tmp_path: Path, key: str, value: object) -> None:
    assert rules(made(tmp_path / "a", config(**{key: value}))) == {}


def test_every_feature_has_its_own_rule_and_both_engines_words() -> None:
    assert len({one.rule for one in FEATURES}) == len(FEATURES)
    assert all(one.transformers and one.vllm for one in FEATURES)
    assert all(bool(one.advice) == (one.level != "fact") for one in FEATURES)
    refused = [one for one in FEATURES if "refused" in one.vllm and "refused" in one.transformers]
    assert all(one.level == "error" for one in refused)


def test_one_update_that_towers_above_the_others(tmp_path: Path) -> None:
    def tower(tensors: dict[str, Any]) -> None:
        tensors[f"base_model.model.{Q[2]}.lora_B.weight"] *= 1000

    says = rules(made(tmp_path / "a", weights(tower)))["uneven"]
    assert says.startswith(f"fact: adapter_model.safetensors: the update of {Q[2]} is ")


def test_layers_to_transform_explains_gaps(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base")
    folder = made(tmp_path / "a", weights(without("layers.1."), layers_to_transform=[0, 2]))
    assert rules(folder, base=base) == {}


def test_a_regular_hybrid_has_no_gaps(tmp_path: Path) -> None:
    shapes = {f"model.layers.{layer}.self_attn.q_proj": (8, 8) for layer in (3, 7, 11)}
    shapes |= {f"model.layers.{layer}.mlp.up_proj": (8, 8) for layer in range(12)}
    assert rules(write_adapter(tmp_path / "a", lora_tensors(shapes=shapes))) == {}


@pytest.mark.parametrize(
    ("named", "same"),
    [
        ("base", True),
        ("hub/Base", True),
        ("/cache/models--hub--base/snapshots/0a1b", True),
        ("/models/hub/base/", True),
        ("hub/other", False),
        ("", False),
        (None, False),
        (7, False),
    ],
)
def test_the_name_of_the_base(tmp_path: Path, named: object, same: bool) -> None:
    base = write_hostile_base(tmp_path / "base")
    found = rules(made(tmp_path / "a", config(base_model_name_or_path=named)), base=base)
    assert ("base-name" not in found) is same
    assert found.get("base-name", "warning").startswith("warning")


def test_files_that_lie_beside_the_weights(tmp_path: Path) -> None:
    folder = made(tmp_path / "a")
    for name in ("optimizer.pt", "training_args.bin", "rng_state.pth", "adapter_model.bin"):
        (folder / name).write_bytes(b"\x80\x05.")
    (folder / "modeling.py").write_text("import os")
    found = rules(folder)
    assert found["pickles"].startswith(
        "fact: pickles lie beside the weights: adapter_model.bin, optimizer.pt, rng_state.pth, training_args.bin;"
    )
    assert found["programs"].startswith("warning: programs lie beside the weights: modeling.py;")


def test_links_that_lead_out_are_told(tmp_path: Path) -> None:
    folder = made(tmp_path / "a")
    (tmp_path / "elsewhere").mkdir()
    (folder / "adapter_model.safetensors").rename(tmp_path / "elsewhere" / "w")
    (folder / "adapter_model.safetensors").symlink_to(tmp_path / "elsewhere" / "w")
    assert rules(folder)["link"].startswith(
        "warning: links lead out of the folder: adapter_model.safetensors;"
    )


def test_links_inside_the_folder_and_the_hubs_own_are_no_matter(tmp_path: Path) -> None:
    home = tmp_path / "models--nova" / "snapshots" / "0a1b"
    made(home)
    blobs = tmp_path / "models--nova" / "blobs"
    blobs.mkdir()
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        (home / name).replace(blobs / name)
        (home / name).symlink_to(Path("../../blobs") / name)
    (home / "README.md").symlink_to("adapter_config.json")
    assert rules(home) == {}


def test_a_tokenizer_without_a_template_is_a_fact(tmp_path: Path) -> None:
    folder = made(tmp_path / "a")
    (folder / "tokenizer_config.json").write_text("{}")
    assert rules(folder)["tokenizer"].startswith(
        "fact: it holds files of a tokenizer (tokenizer_config.json)"
    )


@pytest.mark.parametrize("place", ["chat_template.jinja", "tokenizer_config.json"])
def test_a_template_is_held_against_the_bases(tmp_path: Path, place: str) -> None:
    folder, base = made(tmp_path / "a"), write_hostile_base(tmp_path / "base")
    text = TEMPLATE
    write = (folder / place).write_text
    write(text if place.endswith("jinja") else f'{{"chat_template": "{text}"}}')
    assert set(rules(folder, base=base)) == {"tokenizer"}
    assert "template" in rules(folder)  # without a base nobody can say
    write("{{ other }}" if place.endswith("jinja") else '{"chat_template": "{{ other }}"}')
    found = rules(folder, base=base)
    assert found["template"].startswith("warning: it holds another chat template than the base's")


def test_a_copy_of_the_bases_own_embeddings_is_a_fact(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base")
    held = read_weights("base", base).values("model.embed_tokens.weight")

    def copied(tensors: dict[str, Any]) -> None:
        embeddings(tensors)
        add("model.embed_tokens.base_layer.weight", 16, 8)(tensors)
        tensors["base_model.model.model.embed_tokens.base_layer.weight"] = np.array(held)

    found = rules(
        made(tmp_path / "a", weights(copied, target_modules=["q_proj", "up_proj", "embed_tokens"])), base=base
    )
    assert found["base-copy"].startswith("fact: ")
    assert found["embeddings"].startswith("warning: ")


def test_embeddings_that_vllm_offers_are_no_warning(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base", model_type="llama")
    targets = ["q_proj", "up_proj", "embed_tokens"]
    assert rules(made(tmp_path / "a", weights(embeddings, target_modules=targets)), base=base) == {}


def test_an_output_layer_that_base_ties_is_told(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base")
    targets = ["q_proj", "up_proj", "lm_head"]
    found = rules(made(tmp_path / "a", weights(output_layer, target_modules=targets)), base=base)
    assert set(found) == {"output-layer", "tied"}


def test_a_model_for_pictures_is_not_judged_by_its_files_names(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base", text_config={"model_type": "qwen2"})
    shapes = {name.replace("model.", "model.language_model."): shape for name, shape in SHAPES.items()}
    found = rules(
        write_adapter(tmp_path / "a", lora_tensors(shapes=shapes), base_model_name_or_path="base"), base=base
    )
    assert found["unchecked"].startswith("warning: base base keeps its weights under other names")


def test_a_base_without_safetensors_is_not_judged(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base")
    (base / "model.safetensors").unlink()
    assert "unchecked" in rules(made(tmp_path / "a"), base=base)


@pytest.mark.parametrize("targets", [r".*\.(q|up)_proj", "all-linear", r"model\.layers\.\d+\..*_proj"])
def test_target_modules_may_be_a_pattern(tmp_path: Path, targets: str) -> None:
    base = write_hostile_base(tmp_path / "base")
    assert rules(made(tmp_path / "a", config(target_modules=targets)), base=base) == {}


def test_excluded_modules_are_not_missed(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base")
    folder = made(tmp_path / "a", weights(without("layers.1.mlp"), exclude_modules=["layers.1.mlp.up_proj"]))
    assert set(rules(folder, base=base)) <= {"gaps"}


def test_a_linear_layer_that_stores_in_and_out_turned(tmp_path: Path) -> None:
    base = write_hostile_base(
        tmp_path / "base", {name: shape[::-1] for name, shape in SHAPES.items()}, model_type="gpt2"
    )
    assert rules(made(tmp_path / "a"), base=base) == {}


def test_settings_of_layers(tmp_path: Path) -> None:
    folder = made(tmp_path / "a", config(layers_to_transform=2, layers_pattern="layers"))
    settings, findings = read_settings(folder)
    assert findings == [] and settings is not None
    assert [name for name in SHAPES if settings.wraps(name)] == [
        name for name in SHAPES if "layers.2" in name
    ]
    assert not settings.wraps("model.blocks.2.q_proj")
