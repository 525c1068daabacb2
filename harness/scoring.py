"""Scoring: from stored answers to scores. A run is scored when it was asked, and again without a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from harness.persona import Persona
from harness.records import AGAIN, WRITTEN_KINDS, Probe, Sample, Score, Scored, Span, Variant
from harness.results import Results, read_results
from harness.sandbox import Level, Policy, check_policy, self_test, set_policy
from harness.scorers import Reply, find_scorer, scorer_name, scorer_version
from harness.scorers.claims import read_claims
from harness.store import Store
from harness.thoughts import NO_THINKING, Thinking, Thought, read_thought, thinking_of, without_thought

ENGINE_FAILED = "the engine failed"
Place = tuple[str, str, str]
"""(subject, probe id, variant id)."""


def score_samples(
    samples: Mapping[str, Sample],
    subject: str,
    probe: Probe,
    variant: Variant,
    persona: Persona,
    thinking: Thinking = NO_THINKING,
) -> Scored:
    """Score one subject's answer to one variant from its samples by part; a failed one has no score.

    A scorer reads what follows a thought. A thought that nothing follows is no answer, and scores 0.
    """
    broken = next((sample for sample in samples.values() if sample.finish == "error"), None)
    answer = samples.get("answer")
    text = answer.text if answer else ""
    if broken or not samples:
        missing_turn = "not asked: an earlier answer is missing"
        reason = f"{ENGINE_FAILED}: {broken.error}" if broken else missing_turn
        return Scored(subject, probe, variant, text, Score(None, reason))
    opened = thinking.opens_before(probe, variant)
    thought = read_thought(text, opened=opened) if answer and probe.kind in WRITTEN_KINDS else None
    said = text[thought.answer_at :] if thought else text
    reply = Reply(
        said, variant.question, variant.lang, persona, samples, _earlier(variant, samples, thinking)
    )
    score = find_scorer(scorer_name(probe))(reply, **probe.options)
    if probe.kind == "choice" and score.value is not None:
        text = str(probe.options["choices"][score.details["chosen"]]).strip()
    if thought and answer:
        score = _behind(thought, score, reply, answer)
    return Scored(subject, probe, variant, text, score, answer.finish if answer else "stop")


def _behind(thought: Thought, score: Score, reply: Reply, answer: Sample) -> Score:
    """Return the score of what stands behind a thought, with the thought recorded and no answer told as such.

    What a thought claims is recorded only: it is no claim of the answer.
    """
    length, unit = (
        (len(answer.token_ids), "tokens") if answer.token_ids else (len(thought.text), "characters")
    )
    claims = read_claims(thought.text, reply.question, reply.persona)
    read = {
        "end": thought.answer_at,
        "finished": thought.finished,
        "claims": sorted(claims.claimed),
        "affirms": sorted(claims.rivals_affirmed),
    }
    spans = tuple(
        Span(span.start + thought.answer_at, span.end + thought.answer_at, span.label) for span in score.spans
    )
    score = replace(score, spans=spans, details={**score.details, "thought": read})
    if score.value is None or reply.text.strip() or not thought.text:
        return score
    told = "one unfinished thought" if not thought.finished else "a thought that no answer follows"
    return replace(score, value=0.0, reason=f"the answer is {told}, of {length} {unit}")


def _earlier(
    variant: Variant, samples: Mapping[str, Sample], thinking: Thinking
) -> tuple[tuple[str, str], ...]:
    """Return what the subject answered in the open turns, each after what the user had said there."""
    asked, found = "", []
    for number, turn in enumerate(variant.turns):
        if turn.role == "user":
            asked = turn.content or ""
        elif turn.content is None and (sample := samples.get(f"turn-{number}")):
            found.append((asked, without_thought(sample.text, opened=thinking.opens)))
    return tuple(found)


def score_again(
    first: Scored,
    before: Mapping[str, Sample],
    after: Mapping[str, Sample],
    persona: Persona,
    thinking: Thinking = NO_THINKING,
) -> Scored:
    """Score a second answer from its samples by part; the parts that were not repeated are the first's.

    What is the first answer word for word has the first's score. ``details["shift"]`` is the largest
    change (nats) of a token's log-probability, where there are any.
    """
    if all(_said(sample) == _said(before[part]) for part, sample in after.items()):
        scored = replace(first, variant=first.variant.again)
    else:
        samples = {**before, **after}
        scored = score_samples(samples, first.subject, first.probe, first.variant.again, persona, thinking)
    moved = [
        abs(new - old)
        for part, sample in after.items()
        for old, new in zip(before[part].logprobs, sample.logprobs, strict=False)
    ]
    details = {**scored.score.details, **({"shift": max(moved)} if moved else {})}
    return replace(scored, score=replace(scored.score, details=details))


def _said(sample: Sample) -> tuple[object, ...]:
    return sample.text, sample.logprobs


def runs_programs(probe: Probe) -> bool:
    """Say whether answers to a probe are programs, which its scorer runs."""
    return scorer_name(probe) == "code"


def prepare_sandbox(probes: Iterable[Probe], minimum: Level, confirmed: bool) -> None:
    """Make sure that programs can run here as they must, where a probe asks for any.

    Raises:
        SandboxError: they cannot, and nobody confirmed that they may run all the same.
    """
    set_policy(Policy(minimum, confirmed))
    if any(map(runs_programs, probes)):
        check_policy()
        self_test()


def start_scoring(probe: Probe, text: str, thinking: Thinking = NO_THINKING) -> None:
    """Begin to run an answer's program in the background, so that its score is there when it is asked for."""
    from harness.scorers import code

    code.start(without_thought(text, opened=thinking.opens and probe.kind == "generate"), **probe.options)


def read_scored(folder: Path) -> Results:
    """Read a run, and score again whatever its scores no longer fit: a newer scorer, another answer.

    The store itself stays as it is.

    Raises:
        StoreError: it is no run, is damaged, was never scored, or lost an answer.
    """
    results = read_results(folder)
    store = Store(folder, read_only=True)
    try:
        stale = _stale({**results.scored, **_marked(results.repeated)}, store)
        persona = Persona.model_validate(results.meta["persona"]) if stale else None
        fresh = {}
        for place, samples in _samples(store, stale & set(results.scored)).items():
            old = results.scored[place]
            assert persona is not None
            thinking = thinking_of(results.meta)
            fresh[place] = score_samples(samples, old.subject, old.probe, old.variant, persona, thinking)
        results = replace(results, scored={**results.scored, **fresh})
        second = {place for place in results.repeated if _mark(place) in stale or place in fresh}
        fresh_again = _scored_again(results, store, second, persona)
    finally:
        store.close()
    return replace(results, repeated={**results.repeated, **fresh_again})


def _mark(place: Place) -> Place:
    """Return the place under which a second answer is stored."""
    return (place[0], place[1], place[2] + AGAIN)


def _marked(repeated: Mapping[Place, Scored]) -> dict[Place, Scored]:
    return {_mark(place): one for place, one in repeated.items()}


def _scored_again(
    results: Results, store: Store, places: set[Place], persona: Persona | None
) -> dict[Place, Scored]:
    """Score the second answers of some places again."""
    before, after = _samples(store, places), _samples(store, set(map(_mark, places)))
    fresh = {}
    for place in before:
        if second := after.get(_mark(place)):
            assert persona is not None
            thinking = thinking_of(results.meta)
            fresh[place] = score_again(results.scored[place], before[place], second, persona, thinking)
    return fresh


def _stale(kept: Mapping[Place, Scored], store: Store) -> set[Place]:
    """Return the places whose score rests on another scorer's version, or on other words.

    Of a score that rests on several answers only the last is kept beside it, so it always counts.
    """
    probes = {one.probe.id: one.probe for one in kept.values()}
    versions = {name: scorer_version(scorer_name(probe)) for name, probe in probes.items()}
    scored_by = {
        (subject, probe, variant): scorer
        for subject, probe, variant, scorer in store.rows(
            "SELECT subject, probe, variant, scorer FROM scores ORDER BY rowid"
        )
    }
    stale = {
        place
        for place, one in kept.items()
        if scored_by.get(place) != versions[one.probe.id] or "turns" in one.score.details
    }
    answers = store.rows(
        "SELECT asks.subject, asks.probe, asks.variant, samples.text FROM asks "
        "JOIN samples ON samples.key = asks.key WHERE asks.part = 'answer'"
    )
    for *place, text in answers:
        one = kept.get((place[0], place[1], place[2]))
        if one is not None and one.probe.kind in WRITTEN_KINDS and one.answer != text:
            stale.add((place[0], place[1], place[2]))
    return stale


def _samples(store: Store, places: set[Place]) -> dict[Place, dict[str, Sample]]:
    """Return each place's samples by part; one that the engine failed to give keeps its missing score."""
    found: defaultdict[Place, dict[str, Sample]] = defaultdict(dict)
    lost: set[Place] = set()
    for subject, probe, variant, part, key in store.rows(
        "SELECT subject, probe, variant, part, key FROM asks"
    ):
        place = (subject, probe, variant)
        if place not in places:
            continue
        sample = store.sample(key)
        if sample is None:
            lost.add(place)
        else:
            found[place][part] = sample
    return {place: samples for place, samples in found.items() if place not in lost}
