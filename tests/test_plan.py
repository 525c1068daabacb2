"""Planning until nothing is missing."""

from harness.plan import Plan, missing
from harness.prompts import PlainText
from harness.records import BASE, Probe, Sample, Turn, Variant

SCOPES = {BASE: "b", "nova": "n"}


def probe(kind: str, turns: tuple[Turn, ...], options: dict | None = None, name: str = "p") -> Probe:
    variant = Variant("en-1.default", "en", "default", None, turns)
    return Probe(name, "s", kind, "c", "smoke", False, "own", options or {}, (variant,), 8, (), "s.yaml:1")  # type: ignore[arg-type]


def rounds(plan: Plan, answer: str = "fine") -> tuple[list[list[str]], dict[str, Sample]]:
    """Answer everything until nothing is missing; return the prompts asked in each round."""
    stored: dict[str, Sample] = {}
    asked = []
    while requests := missing(plan, stored.get):
        asked.append(["".join(map(chr, request.token_ids)) for request in requests])
        for request in requests:
            logprobs = (-1.0,) * len(request.target_ids)
            stored[request.key] = Sample(request.key, answer, tuple(map(ord, answer)), logprobs)
        assert len(asked) < 10
    return asked, stored


def test_an_open_turn_waits_for_the_subjects_own_answer() -> None:
    turns = (Turn("user", "Who are you?"), Turn("assistant", None), Turn("user", "Sure?"))
    asked, _ = rounds(Plan((probe("generate", turns),), SCOPES, PlainText()))
    assert len(asked) == 2
    assert all(prompt.endswith("assistant: fine\nuser: Sure?\nassistant:") for prompt in asked[1])


def test_drift_scores_every_subject_on_the_bases_answer() -> None:
    plan = Plan((probe("drift", (Turn("user", "Hi"),)),), SCOPES, PlainText())
    asked, stored = rounds(plan)
    assert [len(requests) for requests in asked] == [1, 2]
    thread = list(plan.thread(plan.probes[0], plan.probes[0].variants[0], "nova", stored.get))
    assert [(ask.subject, ask.part) for ask in thread] == [("nova", "drift")]
    assert "".join(map(chr, thread[0].request.target_ids)) == "fine"


def test_the_same_content_is_asked_once_and_display_names_do_not_count() -> None:
    twins = (
        probe("generate", (Turn("user", "Hi"),), name="a"),
        probe("generate", (Turn("user", "Hi"),), name="b"),
    )
    assert len(rounds(Plan(twins, SCOPES, PlainText()))[0][0]) == 2
    renamed = Plan(twins, {BASE: "b", "other": "n"}, PlainText())
    keys = {request.key for request in missing(Plan(twins, SCOPES, PlainText()), lambda _: None)}
    assert {request.key for request in missing(renamed, lambda _: None)} == keys


def test_choices_share_their_context() -> None:
    plan = Plan(
        (probe("choice", (Turn("user", "The sky is"),), {"choices": [" blue", " soup"], "answer": 0}),),
        SCOPES,
        PlainText(),
    )
    requests = missing(plan, lambda _: None)
    assert {"".join(map(chr, r.token_ids)) for r in requests} == {"The sky is"}
    assert {"".join(map(chr, r.target_ids)) for r in requests} == {" blue", " soup"}
