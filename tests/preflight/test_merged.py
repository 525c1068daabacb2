"""A merged model is told from one that is not, in part, twice, at another scale, or of another base."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from harness.errors import AdapterError
from harness.preflight.base import read_weights
from harness.preflight.checkup import Checkup, Wanted, check_up
from harness.preflight.merged import rounded
from tests.adapter_makers import SHAPES, config, write_hostile_base
from tests.support import lora_tensors
from tests.test_adapters import raw_safetensors

BITS = {"BF16": 2, "F16": 2, "F32": 4}


def tensors_of(folder: Path) -> dict[str, Any]:
    held = read_weights("x", folder)
    return {name: held.values(name).astype("f8") for name in held.places}


def updates(scale: float = 2.0) -> dict[str, Any]:
    held = lora_tensors(shapes=SHAPES)
    return {
        f"{name}.weight": scale
        * held[f"base_model.model.{name}.lora_B.weight"].astype("f8")
        @ held[f"base_model.model.{name}.lora_A.weight"].astype("f8")
        for name in SHAPES
    }


def write_model(folder: Path, base: Path, tensors: Mapping[str, Any], dtype: str = "F32") -> Path:
    folder.mkdir()
    for name in ("config.json", "tokenizer_config.json"):
        shutil.copy(base / name, folder / name)
    raw = {}
    for name, value in tensors.items():
        if dtype == "BF16":
            content = (rounded(value, dtype).astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
        else:
            content = value.astype({"F16": "<f2", "F32": "<f4"}[dtype]).tobytes()
        raw[name] = (dtype, list(value.shape), content)
    (folder / "model.safetensors").write_bytes(raw_safetensors(raw))
    return folder


@pytest.fixture
def held(tmp_path: Path) -> Callable[..., Checkup]:
    """Merge with some multiple of the update for each module, change what is wanted, and look at it."""

    def look(times: float | Callable[[str], float] = 1.0, dtype: str = "F32", **change: Any) -> Checkup:
        base, adapter = write_hostile_base(tmp_path / "base"), tmp_path / "adapter"
        config()(adapter, SHAPES)
        merged = tensors_of(base)
        for name, update in updates().items():
            merged[name] = merged[name] + update * (times(name) if callable(times) else times)
        merged.update(change.get("tensors", {}))
        for name in change.get("without", ()):
            del merged[name]
        model = write_model(tmp_path / "merged", base, merged, dtype)
        return check_up(Wanted(f"nova={adapter}", str(base), merged=model))

    return look


def verdict(found: Checkup) -> list[tuple[str, str]]:
    return [(one.level, one.what) for one in found.findings if one.rule.startswith("merged")]


def test_a_merge_in_float32(held: Callable[..., Checkup]) -> None:
    found = held()
    ((level, what),) = verdict(found)
    assert (level, what) == ("fact", "merged as it should be (rounding to F32 loses 0.00% of the update)")
    assert found.merged is not None and found.exit_status == 0
    assert found.merged.loss < 1e-6
    assert all(one.scale == pytest.approx(1, abs=1e-6) for one in found.merged.modules)


@pytest.mark.parametrize(
    ("times", "says"),
    [
        (0.0, "not merged: it is base without the adapter"),
        (2.0, "merged twice"),
        (0.5, "merged with another scale (×0.5)"),
        (-1.0, "merged with another scale (×-1)"),
        (lambda name: float("layers.1" not in name), "merged in part: merged: 4 modules"),
        (
            lambda name: float("layers.1" not in name),
            "not merged: 2 modules (first: model.layers.1.mlp.up_proj)",
        ),
    ],
)
def test_a_wrong_merge_is_an_error(held: Callable[..., Checkup], times: Any, says: str) -> None:
    found = held(times)
    ((level, what),) = verdict(found)
    assert level == "error" and says in what
    assert found.exit_status == 13


@pytest.mark.parametrize("dtype", ["BF16", "F16"])
def test_rounding_is_measured_and_not_mistaken(held: Callable[..., Checkup], dtype: str) -> None:
    found = held(1.0, dtype)
    assert found.merged is not None
    ((_, what),) = verdict(found)
    assert what.startswith(f"merged as it should be (rounding to {dtype} loses ")
    base, update = tensors_of(found.base.folder), updates()  # type: ignore[union-attr]
    lost = sum(((rounded(base[n] + update[n], dtype) - base[n] - update[n]) ** 2).sum() for n in update)
    whole = sum((update[n] ** 2).sum() for n in update)
    assert found.merged.loss == pytest.approx((lost / whole) ** 0.5, rel=1e-4)
    assert found.merged.loss == pytest.approx(found.merged.loss_of_rounding, rel=1e-9)


def small_update(folder: Path, factor: float, dtype: str, merge: bool) -> Checkup:
    """A wide module, a base in the type, and an update so small that rounding takes most of it."""
    shapes = {"model.layers.0.self_attn.q_proj": (256, 256)}
    base = write_hostile_base(folder / "plain", shapes)
    weights = tensors_of(base)
    base = write_model(folder / "base", base, weights, dtype)
    weights = tensors_of(base)
    tensors = {key: value * factor for key, value in lora_tensors(shapes=shapes).items()}
    config()(folder / "adapter", shapes)
    save_file(tensors, folder / "adapter" / "adapter_model.safetensors")
    name = next(iter(shapes))
    update = (
        2.0
        * tensors[f"base_model.model.{name}.lora_B.weight"].astype("f8")
        @ tensors[f"base_model.model.{name}.lora_A.weight"].astype("f8")
    )
    if merge:
        weights[f"{name}.weight"] = weights[f"{name}.weight"] + update
    model = write_model(folder / "merged", base, weights, dtype)
    return check_up(Wanted(f"nova={folder / 'adapter'}", str(base), merged=model))


def test_a_small_update_drowns_in_bfloat16_and_that_is_said(tmp_path: Path) -> None:
    found = small_update(tmp_path, 0.005, "BF16", merge=True)
    ((level, what),) = verdict(found)
    assert level == "warning" and what.startswith("merged as it should be (rounding to BF16 loses ")
    assert found.merged is not None
    assert found.merged.loss > 0.9
    assert found.merged.modules[0].unmoved > 0.9
    # Rounding to the nearest takes the update away, rather than to blur it.
    assert found.merged.modules[0].scale < 0.2


def test_it_is_still_told_from_no_merge_at_all(tmp_path: Path) -> None:
    found = small_update(tmp_path, 0.005, "BF16", merge=False)
    ((level, what),) = verdict(found)
    assert (level, what) == ("error", "not merged: it is base without the adapter")


def test_weights_outside_the_adapter_must_be_the_bases(held: Callable[..., Checkup]) -> None:
    found = held(tensors={"model.embed_tokens.weight": np.ones((16, 8))})
    assert ("error", "weights outside the adapter are not the base's: model.embed_tokens.weight") in verdict(
        found
    )


def test_one_weight_of_many_that_differs_is_found(held: Callable[..., Checkup], tmp_path: Path) -> None:
    other = tensors_of(write_hostile_base(tmp_path / "twin"))["model.embed_tokens.weight"].copy()
    other[15, 7] += 1e-3
    found = held(tensors={"model.embed_tokens.weight": other})
    assert [level for level, _ in verdict(found)] == ["error", "fact"]


def test_missing_and_added_weights(held: Callable[..., Checkup]) -> None:
    found = held(without=["model.embed_tokens.weight", "model.layers.2.mlp.up_proj.weight"])
    said = {what: level for level, what in verdict(found)}
    missing = (
        "weights of base are missing or have another shape: 2 weights (first: model.embed_tokens.weight)"
    )
    assert said[missing] == "error"


def test_an_added_weight_is_a_warning(held: Callable[..., Checkup]) -> None:
    assert ("warning", "it has weights that base has not: lm_head.weight") in verdict(
        held(tensors={"lm_head.weight": np.ones((16, 8))})
    )


def test_another_update_is_no_multiple_of_this_one(held: Callable[..., Checkup]) -> None:
    random = np.random.default_rng(9)
    noise = {name: random.normal(size=value.shape) for name, value in updates().items()}
    ((level, what),) = verdict(held(tensors=noise))
    assert level == "error"
    assert "not the base with this adapter: the weights differ by more than rounding explains" in what


def test_another_chat_template_is_told(tmp_path: Path, held: Callable[..., Checkup]) -> None:
    found = held()
    assert found.merged is not None
    merged = tmp_path / "merged"
    (merged / "chat_template.jinja").write_text("You are Qwen. {{ messages }}")
    again = check_up(Wanted(f"nova={tmp_path / 'adapter'}", str(tmp_path / "base"), merged=merged))
    assert ("warning", "its chat template is not the base's") in verdict(again)


def test_a_quantized_base_cannot_be_measured(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base")
    packed = {f"{name}.qweight": np.ones((1, 6), "i4") for name in SHAPES}
    save_file(packed, base / "model.safetensors")
    config()(tmp_path / "adapter", SHAPES)
    with pytest.raises(AdapterError, match="is quantized or has no matrix at"):
        check_up(Wanted(f"nova={tmp_path / 'adapter'}", str(base), merged=base))


def test_a_broken_adapter_leaves_the_merge_unmeasured(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base")
    config(use_dora=True)(tmp_path / "adapter", SHAPES)
    found = check_up(Wanted(f"nova={tmp_path / 'adapter'}", str(base), merged=base))
    assert found.merged is None
    assert [one.rule for one in found.findings if "merged" in one.what] == ["unmeasured"]


def test_shards_are_read_through_their_index(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base")
    held = tensors_of(base)
    (base / "model.safetensors").unlink()
    names = sorted(held)
    files = {name: f"model-{place % 2}.safetensors" for place, name in enumerate(names)}
    for file in set(files.values()):
        save_file({n: held[n].astype("f4") for n in names if files[n] == file}, base / file)
    (base / "model.safetensors.index.json").write_text(json.dumps({"weight_map": files}))
    save_file({"stray": np.ones(3, "f4")}, base / "consolidated.safetensors")
    assert sorted(read_weights("x", base).places) == names
