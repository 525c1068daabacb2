"""Sizes and overlaps from r-by-r products are those of the dense update in float64."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.preflight import Examination, examine
from harness.preflight.overlap import overlap_of
from harness.preflight.update import by_layer, gram, to_json
from tests.support import write_adapter

Q, UP = "model.layers.{}.self_attn.q_proj", "model.layers.{}.mlp.up_proj"


def pair(name: str, out: int, into: int, rank: int, seed: int = 0) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        f"base_model.model.{name}.lora_A.weight": random.normal(size=(rank, into)).astype("f4"),
        f"base_model.model.{name}.lora_B.weight": random.normal(size=(out, rank)).astype("f4"),
    }


def dense(tensors: dict[str, Any], name: str, scale: float) -> Any:
    a = tensors[f"base_model.model.{name}.lora_A.weight"].astype("f8")
    return scale * tensors[f"base_model.model.{name}.lora_B.weight"].astype("f8") @ a


def examined(folder: Path, tensors: dict[str, Any], **config: Any) -> Examination:
    found = examine(write_adapter(folder, tensors, **config))
    assert [one for one in found.findings if one.level == "error"] == []
    return found


@given(st.integers(1, 150), st.integers(1, 700), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_a_gram_matrix_is_the_plain_product(rank: int, width: int, seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(rank, width)).astype("f4")
    wide = matrix.astype("f8")
    np.testing.assert_allclose(gram(matrix), wide @ wide.T, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(gram(np.asfortranarray(matrix)), wide @ wide.T, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("rank", [1, 3, 64, 65, 130])
@pytest.mark.parametrize("rslora", [False, True])
def test_the_norm_is_that_of_the_dense_update(tmp_path: Path, rank: int, rslora: bool) -> None:
    tensors = pair(Q.format(0), 70, 90, rank)
    found = examined(tmp_path, tensors, r=rank, lora_alpha=24, use_rslora=rslora)
    scale = 24 / math.sqrt(rank) if rslora else 24 / rank
    update = dense(tensors, Q.format(0), scale)
    (one,) = found.updates
    assert one.norm == pytest.approx(np.linalg.norm(update), rel=1e-9)
    values = np.linalg.svd(update, compute_uv=False)
    assert one.stable_rank == pytest.approx((values**2).sum() / values[0] ** 2, rel=1e-6)


def test_each_module_has_the_rank_and_alpha_of_its_pattern(tmp_path: Path) -> None:
    tensors = pair(Q.format(0), 9, 7, 4) | pair(UP.format(0), 5, 7, 2, 1) | pair(UP.format(1), 5, 7, 6, 2)
    ranks = {"up_proj": 2, r"layers\.1\.mlp\.up_proj": 6}
    with pytest.raises(AssertionError):  # the first match wins, so that this order cannot be
        examined(tmp_path / "a", tensors, r=4, rank_pattern=ranks)
    turned = dict(reversed(ranks.items()))
    found = examined(
        tmp_path / "b",
        tensors,
        r=4,
        lora_alpha=8,
        rank_pattern=turned,
        alpha_pattern={"layers.0.mlp.up_proj": 3},
    )
    scales = {one.module: one.scale for one in found.updates}
    assert scales == {Q.format(0): 2.0, UP.format(0): 1.5, UP.format(1): pytest.approx(8 / 6)}


def test_an_update_in_small_types_is_measured_exactly(tmp_path: Path) -> None:
    tensors = {key: value.astype("f2") for key, value in pair(Q.format(0), 8, 8, 4).items()}
    found = examined(tmp_path, tensors, lora_alpha=4)
    assert found.updates[0].norm == pytest.approx(np.linalg.norm(dense(tensors, Q.format(0), 1.0)), rel=1e-12)


def test_layers_and_the_whole_add_up_as_squares(tmp_path: Path) -> None:
    tensors = pair(Q.format(10), 8, 8, 4) | pair(UP.format(10), 6, 8, 4, 1) | pair(Q.format(2), 8, 8, 4, 2)
    tensors |= pair("lm_head", 9, 8, 4, 3)
    found = examined(tmp_path, tensors)
    layers = by_layer(found.updates)
    assert [(layer, modules) for layer, _, modules in layers] == [("2", 1), ("10", 2), ("other", 1)]
    whole = to_json(found.updates)
    assert whole["norm"] ** 2 == pytest.approx(sum(norm**2 for _, norm, _ in layers))
    norms = [one["norm"] for one in whole["modules"]]
    assert norms == sorted(norms, reverse=True)
    assert {one["relative"] for one in whole["modules"]} == {None}
    assert to_json(found.updates, {"lm_head": 2.0})["modules"][0]["relative"] in (None, norms[0] / 2)
    json.dumps(whole, allow_nan=False)


def test_alpha_scales_and_sign_is_told(tmp_path: Path) -> None:
    tensors = pair(Q.format(0), 8, 8, 4)
    plain, turned = examined(tmp_path / "a", tensors), examined(tmp_path / "b", tensors, lora_alpha=-8)
    assert plain.updates[0].norm == turned.updates[0].norm
    assert [one.rule for one in turned.findings] == ["negative"]


def both(folder: Path, one: dict[str, Any], two: dict[str, Any], **config: Any) -> Any:
    first, second = examined(folder / "1", one), examined(folder / "2", two, **config)
    assert first.tensors is not None and second.tensors is not None
    return overlap_of(
        "other", (first.updates, first.tensors), (second.updates, second.tensors), identical=False
    )


def angles(one: Any, two: Any) -> float:
    """The mean squared cosine between two column spaces, from their orthonormal bases."""
    first, second = np.linalg.qr(one.astype("f8"))[0], np.linalg.qr(two.astype("f8"))[0]
    return float(
        (np.linalg.svd(first.T @ second, compute_uv=False) ** 2).sum() / min(one.shape[1], two.shape[1])
    )


def test_the_overlap_is_that_of_the_dense_updates(tmp_path: Path) -> None:
    one = pair(Q.format(0), 30, 20, 4) | pair(UP.format(0), 25, 20, 4, 1)
    two = pair(Q.format(0), 30, 20, 6, 2) | pair(UP.format(3), 25, 20, 6, 3)
    found = both(tmp_path, one, two, r=6, lora_alpha=-6)
    first, second = dense(one, Q.format(0), 2.0), dense(two, Q.format(0), -1.0)
    norms = [
        math.hypot(np.linalg.norm(first), np.linalg.norm(dense(one, UP.format(0), 2.0))),
        math.hypot(np.linalg.norm(second), np.linalg.norm(dense(two, UP.format(3), -1.0))),
    ]
    assert found.cosine == pytest.approx(float((first * second).sum()) / norms[0] / norms[1], rel=1e-9)
    name = f"base_model.model.{Q.format(0)}.lora_"
    assert found.columns == pytest.approx(angles(one[f"{name}B.weight"], two[f"{name}B.weight"]), rel=1e-6)
    assert found.rows == pytest.approx(angles(one[f"{name}A.weight"].T, two[f"{name}A.weight"].T), rel=1e-6)
    assert (found.modules, found.only_here, found.only_there) == (1, 1, 1)
    assert found.chance == pytest.approx(6 / 30)


def test_an_adapter_overlaps_wholly_with_itself_and_opposes_its_negative(tmp_path: Path) -> None:
    one = pair(Q.format(0), 30, 20, 4)
    same = both(tmp_path / "a", one, one)
    assert (same.cosine, same.columns, same.rows) == (pytest.approx(1), pytest.approx(1), pytest.approx(1))
    opposed = both(tmp_path / "b", one, one, lora_alpha=-8)
    assert opposed.cosine == pytest.approx(-1)


def test_the_same_update_in_other_factors_is_the_same(tmp_path: Path) -> None:
    one = pair(Q.format(0), 30, 20, 4)
    turn = np.random.default_rng(5).normal(size=(4, 4))
    a, b = (f"base_model.model.{Q.format(0)}.lora_{side}.weight" for side in "AB")
    two = {a: (turn @ one[a]).astype("f4"), b: (one[b] @ np.linalg.inv(turn)).astype("f4")}
    found = both(tmp_path, one, two)
    assert found.cosine == pytest.approx(1, abs=1e-5)
    assert found.columns == pytest.approx(1, abs=1e-5)


def test_updates_with_no_room_in_common(tmp_path: Path) -> None:
    one, two = pair(Q.format(0), 8, 8, 4), pair(Q.format(0), 8, 8, 4, 1)
    for key in one:
        upper, lower = (slice(0, 4), slice(4, 8))
        if "lora_B" in key:
            one[key][lower], two[key][upper] = 0, 0
    found = both(tmp_path, one, two)
    assert found.cosine == pytest.approx(0, abs=1e-12)
    assert found.columns == pytest.approx(0, abs=1e-12)
    assert found.rows > 0.1


def test_nothing_in_common_is_no_number(tmp_path: Path) -> None:
    found = both(tmp_path, pair(Q.format(0), 8, 8, 4), pair(Q.format(1), 8, 8, 4))
    assert (found.modules, found.columns, found.rows, found.chance) == (0, None, None, None)
    assert found.cosine == 0.0  # two updates of different modules are at right angles
