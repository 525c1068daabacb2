"""The transformers engine on a tiny random Llama, with memory that runs out where a test wants it."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")
import torch

from harness import batching
from harness.batching import Batches, Row
from harness.engines import EngineOptions
from harness.engines import transformers as module
from harness.engines.transformers import Engine
from harness.errors import ConfigError, EngineError
from harness.records import BASE, Adapter, Model, Request, Sample
from tests.tiny import WORDS, write_tiny_adapter, write_tiny_model

CPU_FAULT = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes. Error code 12"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Adapter, Adapter]:
    folder = tmp_path_factory.mktemp("tiny")
    model = write_tiny_model(folder / "base")
    return (
        model,
        write_tiny_adapter(folder / "one", model, "one", 1),
        write_tiny_adapter(folder / "two", model, "two", 2),
    )


_loaded: dict[str, Any] = {}
"""Digest of a base -> it with its adapters, loaded once for all engines here."""


def engine_of(tiny: tuple[Model, Adapter, Adapter], **options: Any) -> Engine:
    model, *adapters = tiny
    engine = Engine(model, adapters, EngineOptions(device="cpu", **options))
    if model.digest not in _loaded:
        _loaded[model.digest] = engine._load()
    engine._loaded = _loaded[model.digest]
    return engine


def bare(tiny: tuple[Model, Adapter, Adapter]) -> Engine:
    return Engine(tiny[0], tiny[1:], EngineOptions(device="cpu"))


def asked(count: int = 18, new: int = 12) -> list[Request]:
    """Requests of different lengths, for base and both adapters in turn."""
    random = torch.Generator().manual_seed(3)
    requests = []
    for number in range(count):
        length = 3 + (number * 5) % 17
        ids = tuple(torch.randint(4, WORDS, (length,), generator=random).tolist())
        subject = (BASE, "one", "two")[number % 3]
        requests.append(Request("generate", subject, subject, ids, max_new_tokens=new - number % 4))
    return requests


def to_score(count: int = 18) -> list[Request]:
    return [
        Request("score", one.subject, one.scope, one.token_ids[:cut], one.token_ids[cut:])
        for number, one in enumerate(asked(count))
        for cut in [1 + number % 2]
    ]


def texts(samples: Iterator[Sample]) -> dict[str, tuple[int, ...]]:
    found = [(sample.key, sample.token_ids) for sample in samples]
    assert len(found) == len(dict(found)), "a row was answered twice"
    return dict(found)


class Allocator:
    """A model that has room for so many tokens, and records every pass that it did."""

    def __init__(self, model: Any, room: int, fault: BaseException | None = None) -> None:
        self.model, self.room = model, room
        self.fault = fault or RuntimeError(CPU_FAULT)
        self.config, self.generation_config = model.config, model.generation_config
        self.passes: list[tuple[int, int]] = []
        self.refused = 0

    def __call__(self, **arguments: Any) -> Any:
        rows, length = arguments["attention_mask"].shape
        if rows * length > self.room:
            self.refused += 1
            raise self.fault
        self.passes.append((rows, arguments["input_ids"].shape[1]))
        return self.model(**arguments)


def limited(engine: Engine, room: int, fault: BaseException | None = None) -> Allocator:
    loaded = engine._load()
    allocator = Allocator(loaded.model, room, fault)
    engine._loaded = module._Loaded(allocator, loaded.tokenizer, loaded.ends, loaded.cost)
    return allocator


def test_it_answers_as_a_plain_loop_without_cache_and_padding_does(tiny) -> None:
    """Held against the model itself, one row at a time, every pass from the start."""
    engine = engine_of(tiny)
    answers = texts(engine.generate(asked()))
    model, loaded = engine._load().model, engine._load()
    for request in asked():
        ids = list(request.token_ids)
        while len(ids) < len(request.token_ids) + request.max_new_tokens:
            names = engine._row_names([Row(request)])
            with torch.inference_mode():
                ids.append(int(model(input_ids=torch.tensor([ids]), **names).logits[0, -1].argmax()))
            if ids[-1] in loaded.ends:
                break
        assert answers[request.key] == tuple(ids[len(request.token_ids) :]), request.subject


def test_scores_are_those_of_the_model_itself(tiny) -> None:
    engine = engine_of(tiny)
    model = engine._load().model
    for sample, request in zip(
        sorted(engine.score(to_score()), key=lambda s: s.key),
        sorted(to_score(), key=lambda r: r.key),
        strict=True,
    ):
        ids = torch.tensor([request.token_ids + request.target_ids])
        with torch.inference_mode():
            table = model(input_ids=ids, **engine._row_names([Row(request)])).logits[0].log_softmax(-1)
        places = range(len(request.token_ids), ids.shape[1])
        expected = [float(table[place - 1, ids[0, place]]) for place in places]
        assert sample.logprobs == pytest.approx(expected, abs=1e-5)


def test_the_three_subjects_differ(tiny) -> None:
    ids = asked()[0].token_ids
    same = [Request("generate", name, name, ids, max_new_tokens=12) for name in (BASE, "one", "two")]
    assert len(set(texts(engine_of(tiny).generate(same)).values())) == 3


@pytest.mark.parametrize("room", [350, 130, 60, 40])
def test_where_memory_runs_out_the_answers_are_the_same(tiny, room: int) -> None:
    expected = texts(engine_of(tiny).generate(asked()))
    engine = engine_of(tiny)
    allocator = limited(engine, room)
    assert texts(engine.generate(asked())) == expected
    assert allocator.refused
    assert all(rows >= 1 for rows, _ in allocator.passes)


def test_where_memory_runs_out_midway_nothing_finished_is_asked_again(tiny) -> None:
    """Room for the first passes of everyone: what was handed out and what was written stays."""
    engine = engine_of(tiny)
    free = limited(engine, 10**9)
    expected = texts(engine.generate(asked()))
    written = sum(map(len, expected.values()))
    assert sum(rows for rows, _ in free.passes) == written  # one row of one pass is one token
    engine = engine_of(tiny)
    allocator = limited(engine, 18 * 20)
    assert texts(engine.generate(asked())) == expected
    assert allocator.refused
    assert allocator.passes[0][0] == 18, "it never began with all rows"
    assert sum(rows for rows, _ in allocator.passes) == written, "tokens were written twice"


def test_scoring_goes_on_in_smaller_batches(tiny) -> None:
    expected = {sample.key: sample.logprobs for sample in engine_of(tiny).score(to_score())}
    engine = engine_of(tiny)
    allocator = limited(engine, 45)
    found = {sample.key: sample.logprobs for sample in engine.score(to_score())}
    assert allocator.refused
    assert found.keys() == expected.keys()
    for key, logprobs in found.items():
        assert logprobs == pytest.approx(expected[key], abs=1e-5)


@pytest.mark.parametrize(
    "fault", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")]
)
def test_every_kind_of_fault_for_want_of_memory(tiny, fault: BaseException) -> None:
    engine = engine_of(tiny)
    limited(engine, 60, fault)
    assert texts(engine.generate(asked())) == texts(engine_of(tiny).generate(asked()))


def test_a_row_that_does_not_fit_by_itself_fails_alone_and_says_why(tiny) -> None:
    engine = engine_of(tiny)
    limited(engine, 60)
    large = Request("generate", "one", "one", tuple(range(4, 50)) * 2, max_new_tokens=12)
    found = {sample.key: sample for sample in engine.generate([*asked(), large])}
    assert len(found) == 19
    lost = found.pop(large.key)
    assert lost.finish == "error"
    assert "92 tokens and 12 new ones does not fit by itself" in lost.error
    assert "can't allocate memory" in lost.error
    assert {sample.finish for sample in found.values()} <= {"stop", "length"}
    assert {key: sample.token_ids for key, sample in found.items()} == texts(
        engine_of(tiny).generate(asked())
    )


def test_nothing_fits_and_the_run_still_ends(tiny) -> None:
    engine = engine_of(tiny)
    limited(engine, 0)
    samples = [*engine.generate(asked(5)), *engine.score(to_score(5))]
    assert [sample.finish for sample in samples] == ["error"] * 10


def test_what_linux_would_kill_for_is_not_tried(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of(tiny)
    allocator = limited(engine, 10**9)
    monkeypatch.setattr(module, "free_memory", lambda device: 1000)
    samples = list(engine.generate(asked()))
    assert allocator.passes == []
    assert {sample.finish for sample in samples} == {"error"}
    assert all("GiB are free" in sample.error for sample in samples)


def test_little_free_memory_makes_small_batches(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of(tiny)
    allocator = limited(engine, 10**9)
    one = max(engine._generated_bytes(Row(request)) for request in asked())
    monkeypatch.setattr(module, "free_memory", lambda device: 7 * one)
    answers = texts(engine.generate(asked()))
    assert answers == texts(engine_of(tiny).generate(asked()))
    assert max(rows for rows, _ in allocator.passes) in (3, 4)  # half of it is used


def test_another_fault_ends_the_run_and_says_how_much_was_left(tiny) -> None:
    engine = engine_of(tiny, batch_size=6)
    fault = RuntimeError("mat1 and mat2 shapes cannot be multiplied\nat some line")
    limited(engine, 100, fault)
    with pytest.raises(EngineError, match=r"died with 18 answers outstanding: mat1 and mat2 .* multiplied; "):
        list(engine.generate(asked()))


def test_a_fault_of_the_one_who_reads_is_not_taken_for_ours(tiny) -> None:
    samples = engine_of(tiny).generate(asked())
    next(samples)
    samples.close()
    with pytest.raises(StopIteration):
        next(samples)


def test_the_batch_size_is_a_limit(tiny) -> None:
    engine = engine_of(tiny, batch_size=5)
    allocator = limited(engine, 10**9)
    list(engine.generate(asked()))
    assert max(rows for rows, _ in allocator.passes) == 5


def test_rows_of_similar_length_stand_together(tiny) -> None:
    engine = engine_of(tiny, batch_size=3)
    allocator = limited(engine, 10**9)
    list(engine.generate(asked(new=8)))
    list(engine.score(to_score()))
    widths = [length for _, length in allocator.passes if length > 1]
    padded = sum(rows * length for rows, length in allocator.passes if length > 1)
    read = sum(len(one.token_ids) for one in asked()) + sum(
        len(r.token_ids + r.target_ids) for r in to_score()
    )
    assert widths
    assert padded < 1.3 * read


def test_options_it_lacks_are_refused(tiny) -> None:
    with pytest.raises(ConfigError, match="max_loras: engine transformers has no such option"):
        engine_of(tiny, extra={"max_loras": 2})


def test_a_base_that_main_memory_cannot_hold_is_refused_before_it_loads(tiny, monkeypatch) -> None:
    monkeypatch.setattr(module, "free_main_memory", lambda: 1000)
    monkeypatch.setattr(module, "free_swap", lambda: 24)
    with pytest.raises(
        EngineError, match=r"float32 takes 0\.0 GiB of main memory and 0\.0 GiB are free; pass"
    ):
        list(bare(tiny).generate(asked()))


def test_a_fault_while_loading_says_that_it_does_not_fit(tiny, monkeypatch) -> None:
    import transformers

    def full(*_: Any, **__: Any) -> None:
        raise RuntimeError(CPU_FAULT)

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", full)
    with pytest.raises(EngineError, match="does not fit into the memory of the cpu"):
        list(bare(tiny).generate(asked()))


class TestBatches:
    """The search for a size, on rows whose cost is their number of ids."""

    @staticmethod
    def rows(*lengths: int) -> list[Row]:
        return [Row(Request("generate", BASE, str(at), (5,) * length)) for at, length in enumerate(lengths)]

    @staticmethod
    def cost(row: Row) -> int:
        return len(row.ids)

    def sizes(self, rows: list[Row], free: int, fits: int) -> list[int]:
        """Return the rows of each batch that went through a memory of ``fits`` bytes."""
        done: list[int] = []

        def forward(batch: list[Row]) -> Iterator[Sample]:
            if len(batch) * max(map(self.cost, batch)) > fits:
                raise MemoryError
            done.append(len(batch))
            for row in batch:
                row.done = True
                yield Sample(row.request.key)

        samples = list(Batches("cuda", lambda: free).answer(rows, forward, self.cost, 16))
        assert len({sample.key for sample in samples}) == len(rows)
        return done

    def test_padding_counts(self) -> None:
        """Ten short rows after a long one are as wide as it: 0.8 of 125 holds 10 rows of 10."""
        taken = Batches("cuda", lambda: 125).take(self.rows(10, *[1] * 20), self.cost, 16)
        assert len(taken) == 10

    def test_an_estimate_that_is_far_too_high_is_halved_until_it_fits(self) -> None:
        assert self.sizes(self.rows(*[10] * 16), free=10**6, fits=50) == [4, 4, 4, 4]

    def test_after_a_fault_shorter_rows_may_be_more(self) -> None:
        done = self.sizes(self.rows(*[100] * 4, *[10] * 16), free=10**6, fits=210)
        assert done[:2] == [2, 2]
        assert max(done[2:]) > 4

    def test_a_batch_of_one_is_the_least(self) -> None:
        assert self.sizes(self.rows(50, 50, 50), free=0, fits=60) == [1, 1, 1]

    def test_memory_is_given_back_before_the_next_try(self, monkeypatch) -> None:
        freed: list[str] = []
        monkeypatch.setattr(batching, "_free_unused", freed.append)
        self.sizes(self.rows(*[10] * 16), free=10**6, fits=50)
        assert freed == ["cuda", "cuda"]

    def test_a_gpu_is_asked_for_a_row_that_seems_too_large(self) -> None:
        assert self.sizes(self.rows(500), free=10, fits=1000) == [1]


def test_the_memory_of_the_gpu_counts_what_torch_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.memory import free_memory

    cuda = SimpleNamespace(
        memory_reserved=lambda: 30, memory_allocated=lambda: 10, mem_get_info=lambda: (100, 1000)
    )
    monkeypatch.setattr(torch, "cuda", cuda)
    assert free_memory("cuda") == 120


@pytest.mark.parametrize(("most", "text"), [(2, "春天"), (3, "春天\ufffd")])
def test_a_token_limit_leaves_no_half_character(most: int, text: str) -> None:
    """Where the answer ends by itself, what it wrote stays as it is."""
    row = Row(Request("generate", BASE, "", (1,), max_new_tokens=most), [7, 8] if most == 2 else [7, 8, 9])
    tokenizer = SimpleNamespace(decode=lambda ids, **_: "春天\ufffd")
    sample = module._finished(row, tokenizer, frozenset({9}))
    assert sample is not None and (sample.text, sample.finish) == (text, "length" if most == 2 else "stop")
