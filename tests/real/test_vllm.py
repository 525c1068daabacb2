"""vLLM itself: fewer slots than adapters, several engines that share the work, and starts that fail."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engines import Engine, EngineOptions, load_engine
from harness.engines.vllm import Engine as VllmEngine
from harness.errors import ConfigError, EngineError
from harness.records import BASE, Adapter, Model, Request, Sample
from tests.real.test_engines import by_place, questions, texts
from tests.tiny import write_tiny_adapter, write_tiny_model

Said = tuple[list[tuple[str, str, str]], list[float]]


def said(engine: Engine, model: Model, adapters: tuple[Adapter, ...]) -> Said:
    asked, scored = questions(model, adapters, engine), texts(model, adapters, engine)
    answers = by_place(asked, engine.generate(asked))
    likelihoods = by_place(scored, engine.score(scored))
    return (
        [(subject, sample.text, sample.finish) for subject, sample in answers],
        [sum(sample.logprobs) for _, sample in likelihoods],
    )


@pytest.fixture(scope="module")
def expected(model: Model, adapters: tuple[Adapter, Adapter]) -> Said:
    engine = load_engine("transformers", model, adapters, EngineOptions(device="cpu"))
    try:
        return said(engine, model, adapters)
    finally:
        engine.close()


@pytest.fixture(scope="module")
def two_workers(model: Model, adapters: tuple[Adapter, Adapter]) -> Iterator[VllmEngine]:
    options = EngineOptions(device="cpu", max_model_len=512, extra={"data_parallel": 2})
    engine = VllmEngine(model, adapters, options)
    yield engine
    engine.close()


def test_adapters_that_wait_for_a_slot_answer_as_they_do_otherwise(
    model: Model, adapters: tuple[Adapter, Adapter], expected: Said
) -> None:
    options = EngineOptions(device="cpu", max_model_len=64, extra={"max_loras": 1, "order": "mixed"})
    engine = load_engine("vllm", model, adapters, options)
    try:
        answers, likelihoods = said(engine, model, adapters)
        long = [
            Request("generate", BASE, "s", tuple(range(1000, 1064)), max_new_tokens=4),
            Request("generate", BASE, "s", tuple(range(1000, 1062)), max_new_tokens=4),
            Request("generate", BASE, "s", tuple(range(1000, 1058)), max_new_tokens=4),
        ]
        refused = {sample.key: sample for sample in engine.generate(long)}
    finally:
        engine.close()
    assert answers == expected[0]
    assert likelihoods == pytest.approx(expected[1], rel=1e-4)
    assert [refused[request.key].finish for request in long[:2]] == ["error", "error"]
    assert "has 64 tokens, and max_model_len is 64" in refused[long[0].key].error
    assert "ended the answer after 2 of 4 tokens" in refused[long[1].key].error
    assert refused[long[2].key].finish in ("stop", "length")


def test_two_engines_share_the_work_and_answer_as_one(
    two_workers: VllmEngine, model: Model, adapters: tuple[Adapter, Adapter], expected: Said
) -> None:
    answers, likelihoods = said(two_workers, model, adapters)
    assert answers == expected[0]
    assert likelihoods == pytest.approx(expected[1], rel=1e-4)
    assert "data_parallel" not in two_workers.describe()


def test_a_model_split_over_the_cores_answers_as_a_whole_one(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "base", hidden_size=128)  # vLLM's attention wants heads of 32
    adapters = tuple(write_tiny_adapter(tmp_path / name, model, name, n) for n, name in enumerate("ab", 1))
    asked = [
        Request("generate", who, who, tuple(range(5 + n, 20 + n)), max_new_tokens=12)
        for who in (BASE, "a", "b")
        for n in range(4)
    ]
    split = EngineOptions(device="cpu", max_model_len=256, extra={"tensor_parallel_size": 2})
    answers = []
    for engine in (
        load_engine("transformers", model, adapters, EngineOptions(device="cpu")),
        load_engine("vllm", model, adapters, split),
    ):
        try:
            answers.append({sample.key: sample.token_ids for sample in engine.generate(asked)})
        finally:
            engine.close()
    assert answers[0] == answers[1]
    assert len(set(answers[0].values())) > len(asked) // 2


def test_a_worker_that_dies_is_told_and_what_was_answered_is_kept(
    two_workers: VllmEngine, model: Model, adapters: tuple[Adapter, Adapter]
) -> None:
    asked = [
        Request("generate", request.subject, f"{request.scope}{n}", request.token_ids, max_new_tokens=24)
        for n in range(4)
        for request in questions(model, adapters, two_workers)
    ]
    answers = two_workers.generate(asked)
    kept: list[Sample] = [next(answers)]
    assert two_workers._pool is not None
    victims = [worker.process.pid for worker in two_workers._pool._workers]
    os.killpg(victims[-1], signal.SIGKILL)
    with pytest.raises(EngineError, match=r"worker [12] of 2 died .* answers outstanding") as told:
        kept.extend(answers)
    assert 0 < len(kept) < len(asked)
    assert "the same command goes on from here" in str(told.value)
    assert not [pid for pid in victims if Path(f"/proc/{pid}").exists()]


def test_unknown_arguments_are_told_with_the_nearest_name(capfd: pytest.CaptureFixture[str]) -> None:
    options = EngineOptions(device="cpu", extra={"max_num_seq": 4, "ordr": "mixed", "zzz": 1, "seed": 3})
    with pytest.raises(ConfigError) as told:
        VllmEngine(Model("m", Path("/base"), "0"), (), options)
    nothing_near = (
        "--engine-option zzz: neither this engine nor vLLM has such an option; "
        "`python -m pydoc vllm.EngineArgs` lists what vLLM takes."
    )
    assert str(told.value).splitlines() == [
        "--engine-option max_num_seq: neither this engine nor vLLM has such an option: did you mean 'max_num_seqs'?",
        "--engine-option ordr: neither this engine nor vLLM has such an option: did you mean 'order'?",
        nothing_near,
    ]
    assert capfd.readouterr() == ("", "")


def damaged(model: Model, folder: Path) -> Model:
    copy = shutil.copytree(model.path, folder / "damaged")
    weights = next(copy.glob("*.safetensors"))
    with weights.open("r+b") as file:
        file.truncate(weights.stat().st_size // 2)
    return Model("damaged", copy, "0")


def unknown(model: Model, folder: Path) -> Model:
    copy = shutil.copytree(model.path, folder / "unknown")
    config = copy / "config.json"
    config.write_text(config.read_text().replace("LlamaForCausalLM", "NovaForCausalLM"))
    return Model("unknown", copy, "0")


@pytest.mark.parametrize(
    ("made", "options", "cache", "message"),
    [
        (
            None,
            {"max_model_len": 1_000_000},
            "1",
            r"max_model_len \(1000000\) is greater .*; pass --engine-option max_model_len=8192 or less",
        ),
        (unknown, {}, "1", r"'NovaForCausalLM'\] are not supported for now; pass --engine transformers"),
        (damaged, {}, "1", r"SafetensorError: .*; the base's weights are damaged; copy them again"),
        (None, {}, "0", r"No available memory for the cache blocks; .* set VLLM_CPU_KVCACHE_SPACE, in GiB"),
    ],
    ids=["too long", "unknown architecture", "damaged weights", "no KV cache"],
)
def test_a_start_that_fails_says_why_and_what_to_set(
    made, options, cache, message, model, tmp_path, monkeypatch, capfd
) -> None:
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", cache)
    base = made(model, tmp_path) if made else model
    engine = load_engine("vllm", base, (), EngineOptions(device="cpu", **options))
    asked = [Request("generate", BASE, "s", (1, 2, 3), max_new_tokens=2)]
    capfd.readouterr()
    with pytest.raises(EngineError, match=message) as told:
        engine.generate(asked)
    assert f"engine vllm cannot start with {base.ref} in float32: " in str(told.value)
    assert "\n" not in str(told.value)
    log = Path(str(told.value).rpartition("vLLM's log: ")[2].rstrip(")"))
    assert log.is_file()
    log.unlink()
    seen = capfd.readouterr()
    assert "Traceback" not in seen.out + seen.err
