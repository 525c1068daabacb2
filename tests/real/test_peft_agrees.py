"""What the preflight reckons from files is what peft does: which modules, which scale, which update, which merge."""

from pathlib import Path
from typing import Any

import pytest

from harness.preflight import Examination, examine
from harness.preflight.base import read_weights
from harness.preflight.checkup import Checkup, Wanted, check_up
from tests.adapter_makers import renamed

CONFIGS: dict[str, dict[str, Any]] = {
    "plain": {"target_modules": ["q_proj", "down_proj"]},
    "rslora": {"target_modules": ["q_proj"], "use_rslora": True},
    "patterns": {
        "target_modules": ["q_proj", "k_proj", "up_proj"],
        "rank_pattern": {r"layers\.1\.self_attn\.q_proj": 2, "q_proj": 8, "model.layers.0.mlp.up_proj": 3},
        "alpha_pattern": {"up_proj": 5, "q_proj$": 7, r"(k|v)_proj": 9},
    },
    "regex": {"target_modules": r".*layers\.[01]\.(self_attn\.(q|v)|mlp\.gate)_proj"},
    "layers": {"target_modules": ["v_proj", "up_proj"], "layers_to_transform": [0, 2]},
    "excluded": {"target_modules": ["v_proj", "up_proj"], "exclude_modules": ["layers.1.mlp.up_proj"]},
    "all-linear": {"target_modules": "all-linear"},
    "ends": {"target_modules": ["q_proj", "embed_tokens", "lm_head"]},
    "lora-bias": {"target_modules": ["q_proj"], "lora_bias": True},
}


def tiny() -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(3)
    sizes = {"hidden_size": 16, "intermediate_size": 40, "vocab_size": 50, "num_hidden_layers": 3}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    return LlamaForCausalLM(LlamaConfig(**sizes, **heads, tie_word_embeddings=False, initializer_range=0.5))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "base"
    tiny().save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text("{}")
    return folder


def tuned(base: Path, folder: Path, **config: Any) -> Any:
    """Let peft put an adapter on the base, fill it with numbers, and save it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base), LoraConfig(r=4, lora_alpha=6, **config)
    )
    torch.manual_seed(5)
    for name, weight in model.named_parameters():
        if ".lora_" in name:
            torch.nn.init.normal_(weight, std=0.3)
    model.save_pretrained(folder)
    return model


def layers(model: Any) -> dict[str, Any]:
    from peft.tuners.lora import LoraLayer

    found = {name: part for name, part in model.named_modules() if isinstance(part, LoraLayer)}
    return {name.removeprefix("base_model.model."): part for name, part in found.items()}


def judged(folder: Path, base: Path) -> Examination:
    found = examine(folder).against(read_weights("base", base))
    assert [one.line for one in found.findings if one.level == "error"] == []
    return found


@pytest.mark.parametrize("kind", CONFIGS)
def test_the_same_modules_scales_and_norms(kind: str, base: Path, tmp_path: Path) -> None:
    wanted = layers(tuned(base, tmp_path / "a", **CONFIGS[kind]))
    found = {update.module: update for update in judged(tmp_path / "a", base).updates}
    assert found.keys() == wanted.keys() and found
    for module, layer in wanted.items():
        assert found[module].scale == pytest.approx(layer.scaling["default"], rel=1e-12)
        assert found[module].norm == pytest.approx(
            float(layer.get_delta_weight("default").detach().norm()), rel=1e-5
        )


@pytest.mark.parametrize("kind", [kind for kind in CONFIGS if kind != "lora-bias"])
def test_peft_would_wrap_what_the_settings_say(kind: str, base: Path, tmp_path: Path) -> None:
    wanted = layers(tuned(base, tmp_path / "a", **CONFIGS[kind]))
    found = judged(tmp_path / "a", base)
    assert found.settings is not None
    weights = read_weights("base", base)
    modules = {module for module in weights.modules if weights.shape(module)}
    assert {module for module in modules if found.settings.wraps(module)} == set(wanted)


def merged(base: Path, folder: Path, dtype: str, **config: Any) -> Checkup:
    import torch

    model = tuned(base, folder / "a", **config).to(getattr(torch, dtype))
    model.merge_and_unload().save_pretrained(folder / "m")
    (folder / "m" / "tokenizer_config.json").write_text("{}")
    return check_up(Wanted(f"nova={folder / 'a'}", str(base), merged=folder / "m"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("kind", ["plain", "rslora", "patterns", "ends"])
def test_a_merge_by_peft_is_told_as_one(kind: str, dtype: str, base: Path, tmp_path: Path) -> None:
    found = merged(base, tmp_path, dtype, **CONFIGS[kind])
    assert found.exit_status == 0, [one.line for one in found.findings]
    assert found.merged is not None
    assert {one.state for one in found.merged.modules} == {"merged"}
    # A base that is rounded before the update is added is rounded twice.
    assert (
        found.merged.loss_of_rounding * 0.8 <= found.merged.loss <= 3 * found.merged.loss_of_rounding + 1e-6
    )


def test_keys_without_the_prefix_change_nothing_in_peft(base: Path, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    config = {"target_modules": ["q_proj", "up_proj"]}
    shapes = {f"model.layers.{n}.{name}": shape for n in range(3) for name, shape in SIDES.items()}
    for folder, change in (("good", str), ("bare", lambda key: key.removeprefix("base_model.model."))):
        renamed(change, base_model_name_or_path="base", **config)(tmp_path / folder, shapes)
        model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), str(tmp_path / folder))
        norms = [float(layer.get_delta_weight("default").detach().norm()) for layer in layers(model).values()]
        assert all(norm > 0 for norm in norms) is (folder == "good")
        assert any(norm > 0 for norm in norms) is (folder == "good")
        errors = [one.rule for one in examine(tmp_path / folder).findings if one.level == "error"]
        assert errors == ([] if folder == "good" else ["prefix"])


SIDES = {"self_attn.q_proj": (16, 16), "mlp.up_proj": (40, 16)}


@pytest.mark.parametrize("kind", ["plain", "rslora", "patterns", "ends", "lora-bias"])
def test_base_stays_base_beside_what_the_transformers_engine_takes(
    kind: str, base: Path, tmp_path: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    tuned(base, tmp_path / "a", **CONFIGS[kind])
    model = AutoModelForCausalLM.from_pretrained(base).eval()
    ids = torch.tensor([[3, 14, 15, 9, 26]])
    with torch.inference_mode():
        alone = model(ids).logits
        mixed = PeftModel.from_pretrained(model, str(tmp_path / "a")).eval()
        rows = mixed(ids.repeat(2, 1), adapter_names=["__base__", "default"]).logits
    torch.testing.assert_close(rows[0], alone[0], rtol=1e-5, atol=1e-5)
    assert (rows[1] - alone[0]).abs().max() > 1e-2


@pytest.mark.parametrize(
    ("init", "changed"), [("pissa", True), ("olora", True), ("gaussian", False), ("orthogonal", False)]
)
def test_peft_changes_base_for_the_inits_that_are_refused(
    init: str, changed: bool, base: Path, tmp_path: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    tuned(base, tmp_path / "a", target_modules=["q_proj"], init_lora_weights=init)
    refused = {one.rule for one in examine(tmp_path / "a").findings if one.level == "error"}
    assert refused == ({"init-changes-base"} if changed else set())
    model = AutoModelForCausalLM.from_pretrained(base)
    before = model.model.layers[0].self_attn.q_proj.weight.detach().clone()
    PeftModel.from_pretrained(model, str(tmp_path / "a"))
    after = model.model.layers[0].self_attn.q_proj.base_layer.weight
    assert torch.equal(before, after) is not changed
