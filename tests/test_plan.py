"""The plan: what is asked, what waits for an answer, and under which key an answer is kept."""

from collections.abc import Callable, Iterable
from pathlib import Path

from harness.persona import Persona
from harness.plan import Plan, missing
from harness.prompts import PlainText
from harness.records import BASE, Ask, Probe, Request, Sample, digest_of
from tests.support import probe_from

SCOPES = {BASE: "base-digest", "nova": "nova-digest"}


def plan_of(*probes: Probe, scopes: dict[str, str] | None = None) -> Plan:
    return Plan(probes, scopes or SCOPES, PlainText())


def said(request: Request) -> str:
    return f"<{request.subject} {digest_of(list(request.token_ids))[:4]}>"


def answer(requests: Iterable[Request], say: Callable[[Request], str] = said) -> dict[str, Sample]:
    answers = {}
    for request in requests:
        text = say(request)
        answers[request.key] = Sample(request.key, text=text, token_ids=tuple(map(ord, text)))
    return answers


def rounds(plan: Plan, say: Callable[[Request], str] = said) -> tuple[list[list[Request]], dict[str, Sample]]:
    """Ask until nothing is missing; return what each round asked, and every answer."""
    answers: dict[str, Sample] = {}
    asked = []
    while requests := missing(plan, answers.get):
        asked.append(requests)
        answers |= answer(requests, say)
    return asked, answers


def prompts(requests: Iterable[Request]) -> list[str]:
    return [PlainText().decode(request.token_ids) for request in requests]


def asks(plan: Plan, answers: dict[str, Sample], subject: str) -> list[Ask]:
    return [ask for ask in plan.asks(answers.get) if ask.subject == subject]


def test_every_subject_is_asked_every_variant_once(tmp_path: Path, nova_persona: Persona) -> None:
    probe = probe_from(tmp_path, "ask: {en: [x, y]}", nova_persona)
    asked, _ = rounds(plan_of(probe))
    assert [(r.subject, text) for r, text in zip(asked[0], prompts(asked[0]), strict=True)] == [
        (who, f"user: {word}\nassistant:") for word in "xy" for who in (BASE, "nova")
    ]
    assert len(asked) == 1


def test_the_same_content_is_asked_once(tmp_path: Path, nova_persona: Persona) -> None:
    one = probe_from(tmp_path, "ask: {en: [x, x]}", nova_persona)
    asked, _ = rounds(plan_of(one))
    assert len(asked[0]) == 2
    assert len(list(plan_of(one).asks({}.get))) == 4


def test_open_turns_take_each_subjects_own_answers(tmp_path: Path, nova_persona: Persona) -> None:
    turns = "[{user: a}, {assistant: null}, {user: b}, {assistant: null}, {user: c}]"
    plan = plan_of(probe_from(tmp_path, f"ask: {{en: [{turns}]}}", nova_persona))
    asked, answers = rounds(plan)
    assert [len(requests) for requests in asked] == [2, 2, 2]
    for subject in SCOPES:
        parts = asks(plan, answers, subject)
        assert [ask.part for ask in parts] == ["turn-1", "turn-3", "answer"]
        text = prompts([parts[-1].request])[0]
        first, second = (answers[ask.request.key].text for ask in parts[:2])
        assert text == f"user: a\nassistant: {first}\nuser: b\nassistant: {second}\nuser: c\nassistant:"
        assert first.startswith(f"<{subject} ")


def test_a_conversation_stops_at_a_turn_that_failed(tmp_path: Path, nova_persona: Persona) -> None:
    plan = plan_of(
        probe_from(tmp_path, "ask: {en: [[{user: a}, {assistant: null}, {user: b}]]}", nova_persona)
    )
    answers = answer(missing(plan, {}.get))
    failed = {key: Sample(key, finish="error", error="died") for key in answers}
    assert missing(plan, failed.get) == []
    assert [ask.part for ask in plan.asks(failed.get)] == ["turn-1", "turn-1"]


def test_drift_scores_every_subject_on_the_bases_answer(tmp_path: Path, nova_persona: Persona) -> None:
    plan = plan_of(probe_from(tmp_path, "kind: drift, ask: {en: [x]}", nova_persona))
    asked, answers = rounds(plan)
    assert [(r.subject, r.kind) for r in asked[0]] == [(BASE, "generate")]
    assert [(r.subject, r.kind) for r in asked[1]] == [(BASE, "score"), ("nova", "score")]
    base_said = answers[asked[0][0].key]
    assert {r.target_ids for r in asked[1]} == {base_said.token_ids}
    assert {r.token_ids for r in asked[1]} == {asked[0][0].token_ids}


def test_drift_waits_for_the_base_and_not_for_silence(tmp_path: Path, nova_persona: Persona) -> None:
    plan = plan_of(probe_from(tmp_path, "kind: drift, ask: {en: [x]}", nova_persona))
    asked, _ = rounds(plan, say=lambda _: "")
    assert len(asked) == 1


def test_choices_continue_the_question_and_are_not_chatted(tmp_path: Path, nova_persona: Persona) -> None:
    body = "kind: choice, ask: {en: ['The sky is']}, expect: {choices: [' blue', ' green'], answer: 0}"
    asked, _ = rounds(plan_of(probe_from(tmp_path, body, nova_persona), scopes={BASE: "b"}))
    (requests,) = asked
    assert [prompts([r])[0] for r in requests] == ["The sky is", "The sky is"]
    assert ["".join(map(chr, r.target_ids)) for r in requests] == [" blue", " green"]


def test_held_out_text_is_scored_from_its_second_token_on(tmp_path: Path, nova_persona: Persona) -> None:
    asked, _ = rounds(plan_of(probe_from(tmp_path, "kind: nll, ask: {en: [abc]}", nova_persona)))
    assert [("".join(map(chr, r.token_ids)), "".join(map(chr, r.target_ids))) for r in asked[0]] == [
        ("a", "bc")
    ] * 2


def test_keys_are_content_and_not_names(tmp_path: Path, nova_persona: Persona) -> None:
    probe = probe_from(tmp_path, "ask: {en: [x]}", nova_persona)
    one, _ = rounds(plan_of(probe, scopes={BASE: "b", "nova": "n"}))
    renamed, _ = rounds(plan_of(probe, scopes={BASE: "b", "release-7": "n"}))
    assert [r.key for r in one[0]] == [r.key for r in renamed[0]]


def test_all_that_changes_an_answer_changes_its_key() -> None:
    plain = Request("generate", "nova", "scope", (1, 2), max_new_tokens=8, stop=("\n",))
    others = [
        Request("generate", "nova", "other scope", (1, 2), max_new_tokens=8, stop=("\n",)),
        Request("generate", "nova", "scope", (1, 2, 3), max_new_tokens=8, stop=("\n",)),
        Request("generate", "nova", "scope", (1, 2), max_new_tokens=9, stop=("\n",)),
        Request("generate", "nova", "scope", (1, 2), max_new_tokens=8),
        Request("score", "nova", "scope", (1, 2), max_new_tokens=8, stop=("\n",)),
        Request("score", "nova", "scope", (1,), (2,)),
        Request("score", "nova", "scope", (1, 2)),
    ]
    assert len({request.key for request in [plain, *others]}) == len(others) + 1


def test_a_part_of_the_answers_leaves_the_rest_missing(tmp_path: Path, nova_persona: Persona) -> None:
    plan = plan_of(probe_from(tmp_path, "ask: {en: [x, y, z]}", nova_persona))
    every = missing(plan, {}.get)
    answers = answer(every[:2])
    assert missing(plan, answers.get) == every[2:]


def test_a_continuation_is_the_plain_text_without_a_template(tmp_path: Path, nova_persona: Persona) -> None:
    body = "kind: continue, ask: {en: ['User: hi\\nAssistant:', 'A: {name}']}, stop: ['U'], max_new_tokens: 7"
    body = body.replace("'User: hi\\nAssistant:'", '"User: hi\\nAssistant:"')
    plan = plan_of(probe_from(tmp_path, body, nova_persona))
    asked, answers = rounds(plan)
    (requests,) = asked
    assert prompts(requests) == ["User: hi\nAssistant:"] * 2 + ["A: Nova"] * 2
    assert {(r.kind, r.stop, r.max_new_tokens, r.target_ids) for r in requests} == {
        ("generate", ("U",), 7, ())
    }
    assert [ask.part for ask in asks(plan, answers, "nova")] == ["answer", "answer"]


def test_a_continuation_is_another_request_than_the_same_words_in_a_chat(
    tmp_path: Path, nova_persona: Persona
) -> None:
    raw = probe_from(tmp_path, "kind: continue, ask: {en: [x]}", nova_persona)
    chat = probe_from(tmp_path, "ask: {en: [x]}", nova_persona)
    keys = [{r.key for r in missing(plan_of(probe), {}.get)} for probe in (raw, chat)]
    assert keys[0].isdisjoint(keys[1])


def test_a_request_is_the_same_object_in_every_round(tmp_path: Path, nova_persona: Persona) -> None:
    probe = probe_from(tmp_path, "ask: {en: [x, [{user: a}, {assistant: null}, {user: b}]]}", nova_persona)
    plan = plan_of(probe)
    _, answers = rounds(plan)
    first, again = ([ask.request for ask in plan.asks(answers.get)] for _ in range(2))
    assert len(first) == 2 * 3
    assert all(one is other for one, other in zip(first, again, strict=True))


def test_only_what_depends_on_answers_waits(tmp_path: Path, nova_persona: Persona) -> None:
    bodies = {
        "plain": "ask: {en: [x]}",
        "turns": "ask: {en: [x, [{user: a}, {assistant: null}, {user: b}]]}",
        "given": "ask: {en: [[{user: a}, {assistant: so}, {user: b}]]}",
        "drift": "kind: drift, ask: {en: [y]}",
        "held": "kind: nll, ask: {en: [z z]}",
        "choice": "kind: choice, ask: {en: [q]}, expect: {choices: [a, b], answer: 0}",
    }
    probes = {name: probe_from(tmp_path, body, nova_persona) for name, body in bodies.items()}
    plan = plan_of(*probes.values())
    assert plan.that_waits().probes == (probes["turns"], probes["drift"])


def test_asking_only_what_waits_asks_as_much(tmp_path: Path, nova_persona: Persona) -> None:
    turns = "[{user: a}, {assistant: null}, {user: b}, {assistant: null}, {user: c}]"
    probes = [
        probe_from(tmp_path, body, nova_persona)
        for body in ("ask: {en: [x]}", f"ask: {{en: [{turns}]}}", "kind: drift, ask: {en: [y]}")
    ]
    whole, _ = rounds(plan_of(*probes))
    plan, answers, asked = plan_of(*probes), {}, []
    while requests := missing(plan, answers.get):
        asked.append(requests)
        answers |= answer(requests)
        plan = plan.that_waits()
    assert asked == whole
    assert len(whole) == 3
