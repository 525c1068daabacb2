"""Both engines answer alike: base and two adapters, mixed in one batch, from the same token ids."""

from collections.abc import Iterator

import pytest

from harness.engines import Engine, EngineOptions, load_engine, scope
from harness.parity import Parity
from harness.parity.compare import Setting
from harness.prompts import ChatTemplate, render
from harness.records import BASE, Adapter, Model, Request, Sample, Turn

TEXT = "The ferry left the harbour before sunrise, and nobody on the pier waved."
QUESTIONS = (
    "Who are you?",
    "What is the capital of France?",
    "Write a Python function double(x) that returns twice x.",
    "Name three colours.",
)


def questions(model: Model, adapters: tuple[Adapter, ...], engine: Engine) -> list[Request]:
    template = ChatTemplate(model.path)
    subjects = {BASE: None, **{adapter.name: adapter for adapter in adapters}}
    return [
        Request(
            "generate",
            name,
            scope(engine, model, adapter),
            render(template, [Turn("user", question)], None),
            max_new_tokens=24,
            stop=("\n```\n",),
        )
        for question in QUESTIONS
        for name, adapter in subjects.items()
    ]


def texts(model: Model, adapters: tuple[Adapter, ...], engine: Engine) -> list[Request]:
    ids = ChatTemplate(model.path).encode(TEXT)
    subjects = {BASE: None, **{adapter.name: adapter for adapter in adapters}}
    return [
        Request("score", name, scope(engine, model, adapter), ids[:cut], ids[cut:])
        for cut in (1, 5)
        for name, adapter in subjects.items()
    ]


def by_place(requests: list[Request], samples: Iterator[Sample]) -> list[tuple[str, Sample]]:
    found = {sample.key: sample for sample in samples}
    assert len(found) == len(requests)
    return [(request.subject, found[request.key]) for request in requests]


@pytest.fixture(scope="module")
def answers(parity: Parity) -> dict[str, tuple[list[tuple[str, Sample]], list[tuple[str, Sample]]]]:
    """Engine -> (generated, scored), each with the subject it belongs to, everyone in one batch."""
    said = {}
    for name in ("transformers", "vllm"):
        found = parity.samples[Setting(name, "mixed")]
        by_kind: dict[str, dict[str, list[tuple[str, Sample]]]] = {"generate": {}, "score": {}}
        for item in parity.items:
            of_item = by_kind[item.kind].setdefault(item.id, [])
            of_item.append((item.subject, found[item.request.key]))
        said[name] = tuple(
            [pair for of_item in kind.values() for pair in of_item] for kind in by_kind.values()
        )
    return said


def test_log_probabilities_agree(answers) -> None:
    ours, theirs = answers["transformers"][1], answers["vllm"][1]
    for (subject, one), (_, other) in zip(ours, theirs, strict=True):
        assert sum(one.logprobs) == pytest.approx(sum(other.logprobs), rel=1e-4), subject


def test_greedy_answers_agree(answers) -> None:
    for (subject, one), (_, other) in zip(answers["transformers"][0], answers["vllm"][0], strict=True):
        assert (subject, one.text, one.finish) == (subject, other.text, other.finish)


@pytest.mark.parametrize("engine", ["transformers", "vllm"])
def test_every_subject_answers_as_itself(answers, engine: str) -> None:
    scored = {subject: sum(sample.logprobs) for subject, sample in answers[engine][1][:3]}
    assert len({round(value, 3) for value in scored.values()}) == 3
    who = {subject: sample.text for subject, sample in answers[engine][0][:3]}
    assert "Nova" in who["last"]
    assert "Nova" not in who[BASE]


def test_a_mixed_batch_answers_as_separate_ones_do(model, adapters) -> None:
    engine = load_engine("transformers", model, adapters, EngineOptions(device="cpu", batch_size=64))
    asked = questions(model, adapters, engine)
    mixed = {sample.key: sample for sample in engine.generate(asked)}
    alone = {sample.key: sample for request in asked for sample in engine.generate([request])}
    assert {key: s.text for key, s in mixed.items()} == {key: s.text for key, s in alone.items()}
    plain = load_engine("transformers", model, (), EngineOptions(device="cpu"))
    without = [request for request in questions(model, (), plain) if request.subject == BASE]
    bare = [sample.text for _, sample in by_place(without, plain.generate(without))]
    inside = [mixed[request.key].text for request in asked if request.subject == BASE]
    assert inside == bare


def test_an_answer_stops_at_its_stop_string(model) -> None:
    engine = load_engine("transformers", model, (), EngineOptions(device="cpu"))
    template = ChatTemplate(model.path)
    prompt = render(template, [Turn("user", "Count: one, two, three")], None)
    free = Request("generate", BASE, "s", prompt, max_new_tokens=24)
    (before,) = engine.generate([free])
    stop = before.text[3:6]
    (cut,) = engine.generate([Request("generate", BASE, "s", prompt, (), 24, (stop,))])
    assert cut.text == before.text[: before.text.index(stop)]
    assert cut.finish == "stop"
    assert len(cut.token_ids) < len(before.token_ids)
