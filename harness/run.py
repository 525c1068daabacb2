"""A run: its inputs become a plan, the plan is asked, and the answers are scored and kept."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import __version__, fingerprint, known
from harness.adapters import check_fits
from harness.engines import Engine, choose_engine, load_engine, scope
from harness.errors import ConfigError
from harness.files import file_digest
from harness.garbage import leave_alone_what_is_there
from harness.inputs import OWN, Setup, stored_run
from harness.models import find_model
from harness.plan import Lookup, Plan, missing
from harness.progress import progress
from harness.prompts import ChatTemplate, PlainText, Remembered, Renderer
from harness.records import BASE, Adapter, Ask, Model, Probe, Request, Sample, Scored, Suite, digest_of
from harness.repeats import second_asks
from harness.results import Results, probe_to_json, read_results
from harness.sandbox import describe as describe_sandbox
from harness.scorers import scorer_name, scorer_version
from harness.scoring import prepare_sandbox, runs_programs, score_again, score_samples, start_scoring
from harness.store import Store
from harness.thoughts import NO_THINKING, Thinking, check_thinking
from harness.trained import Overlap, check_template

Say = Callable[[str], None]


def execute(setup: Setup, chosen: Iterable[Probe], say: Say) -> Results:
    """Ask what is missing, score every answer, and return the stored results.

    Args:
        setup: the run's inputs.
        chosen: the probes to ask; a part of the setup's.
        say: receives a line now and then about what is happening.

    Raises:
        HarnessError: the base or an adapter cannot be used, or the engine died. What was answered
            until then is kept.
    """
    begun = time.monotonic()
    chosen = tuple(chosen)
    prepare_sandbox(chosen, setup.criteria.min_sandbox, setup.options.confirm_unsafe_code)
    model, renderer = _model_and_renderer(setup)
    leave_alone_what_is_there()
    engine = load_engine(setup.options.engine, model, setup.adapters, setup.options.engine_options)
    try:
        wanted = {probe.id for probe in chosen}
        probes = tuple(probe for probe in setup.probes if probe.id in wanted)
        plan = Plan(probes, _scopes(engine, model, setup.adapters), renderer)
        folder = setup.options.reports / run_name(setup, model, renderer, engine.describe())
        with_fresh = setup.options.fresh
        store = Store(folder, fresh=with_fresh)
        try:
            failed = _ask_all(plan, setup.floor(probes), engine, store, say)
            _score_all(plan, setup, store, failed, say)
            _keep_fingerprints(plan, setup, store, model, engine)
            _keep_meta(store, setup, model, renderer, engine, begun)
        finally:
            store.close()
    finally:
        engine.close()
    return read_results(folder)


def _model_and_renderer(setup: Setup) -> tuple[Model, Renderer]:
    options = setup.options
    stored = stored_run(options)
    plain = setup.base_ref == "replay" or (options.engine == "replay" and stored is None)
    if plain and options.thinking != "template":
        raise ConfigError(
            f"--thinking {options.thinking}: these answers have no chat template; leave it out."
        )
    if setup.base_ref == "replay":
        return Model("replay", Path(), digest_of("replay")), Remembered(PlainText())
    model = find_model(setup.base_ref)
    mode = check_thinking(options.thinking, options.thinking_tokens)
    asked = stored.thinking if stored else Thinking(mode, tokens=options.thinking_tokens)
    renderer = PlainText() if plain else ChatTemplate(model.path, asked.mode, asked.tokens)
    for adapter in setup.adapters:
        if isinstance(renderer, ChatTemplate):
            check_template(adapter, model, renderer.template_digest)
        if adapter.path.is_dir():
            check_fits(adapter, model, choose_engine(setup.options.engine))
    return model, Remembered(renderer)


def _scopes(engine: Engine, model: Model, adapters: Sequence[Adapter]) -> dict[str, str]:
    return {
        BASE: scope(engine, model, None),
        **{adapter.name: scope(engine, model, adapter) for adapter in adapters},
    }


def run_name(setup: Setup, model: Model, renderer: Renderer, engine: Mapping[str, str]) -> str:
    """Return the name of a run's folder: the same inputs give the same name, so a run resumes."""
    identity = [
        model.digest,
        renderer.digest,
        [[adapter.name, adapter.digest] for adapter in setup.adapters],
        setup.persona.model_dump(mode="json"),
        [[suite.name, suite.digest] for suite in setup.suites if suite.name != OWN],
        setup.options.tier,
        dict(engine),
        *([renderer.thinking.to_json()] if renderer.thinking != NO_THINKING else []),
    ]
    return f"{setup.options.tier}-{engine['name']}-{digest_of(identity)[:8]}"


def _ask_all(plan: Plan, floor: int, engine: Engine, store: Store, say: Say) -> dict[str, Sample]:
    """Ask until nothing is missing, then ask some again; return what failed, which is not stored.

    Fingerprints come first: a server that answers as another adapter is known before the long part.
    """
    failed: dict[str, Sample] = {}

    def lookup(key: str) -> Sample | None:
        return store.sample(key) or failed.get(key)

    if len(store) and (kept := {a.request.key for a in plan.asks(lookup) if store.sample(a.request.key)}):
        say(f"resuming: {len(kept)} answers of this run are stored already")
    failed |= _ask_new(_fingerprint_requests(plan, again=False), engine, store)
    rest = plan
    while requests := missing(rest, lookup):
        programs = {ask.request.key: ask.probe for ask in _programs(rest, lookup)}
        failed |= _ask_new(requests, engine, store, programs, plan.renderer.thinking)
        rest = rest.that_waits()
    if floor:
        second = [ask.request for ask in second_asks(plan, lookup, floor)]
        prints = _fingerprint_requests(plan, again=True)
        failed |= _ask_new([*second, *prints[1::2]], engine, store)
        failed |= _ask_new(prints[::2], engine, store)  # in other company than the first time
    return failed


def _fingerprint_requests(plan: Plan, *, again: bool) -> list[Request]:
    return [
        request
        for subject, known_as in plan.scopes.items()
        for request in fingerprint.requests(plan.renderer, subject, known_as, repeat=int(again))
    ]


def _ask_new(
    requests: Iterable[Request],
    engine: Engine,
    store: Store,
    programs: Mapping[str, Probe] | None = None,
    thinking: Thinking = NO_THINKING,
) -> dict[str, Sample]:
    """Ask what has no stored answer, each content once; return what failed."""
    new = {request.key: request for request in requests if store.sample(request.key) is None}
    failed: dict[str, Sample] = {}
    for verb in ("generate", "score"):
        same = [request for request in new.values() if request.kind == verb]
        if same:
            failed |= _ask(verb, same, engine, store, programs or {}, thinking)
    return failed


def _programs(plan: Plan, lookup: Lookup) -> list[Ask]:
    """Return the asks whose answers are programs, which run in the background once they are there."""
    probes = tuple(probe for probe in plan.probes if runs_programs(probe))
    return [ask for ask in replace(plan, probes=probes).asks(lookup) if ask.part == "answer"]


def _ask(
    verb: str,
    requests: Sequence[Request],
    engine: Engine,
    store: Store,
    programs: Mapping[str, Probe],
    thinking: Thinking,
) -> dict[str, Sample]:
    failed = {}
    answered = engine.generate(requests) if verb == "generate" else engine.score(requests)
    what = "answering" if verb == "generate" else "scoring likelihoods"
    with progress(what, len(requests)) as bar:
        for sample in answered:
            if sample.finish == "error":
                failed[sample.key] = sample
            else:
                store.add_sample(sample)
                if sample.key in programs:
                    start_scoring(programs[sample.key], sample.text, thinking)
            bar.advance(1, len(sample.token_ids))
    unanswered = {request.key for request in requests if not store.sample(request.key)} - set(failed)
    for key in unanswered:
        failed[key] = Sample(key, finish="error", error="the engine gave no answer")
    return failed


def _score_all(plan: Plan, setup: Setup, store: Store, failed: Mapping[str, Sample], say: Say) -> None:
    """Score every variant of every subject, and write which answers each score rests on."""

    def lookup(key: str) -> Sample | None:
        return store.sample(key) or failed.get(key)

    asks: list[tuple[Ask, str]] = []
    scored: list[Scored] = []
    total = sum(len(probe.variants) for probe in plan.probes) * len(plan.scopes)
    thinking = plan.renderer.thinking
    say(f"scoring {total} answers")
    for ask in _programs(plan, lookup):
        if (answer := lookup(ask.request.key)) and answer.finish != "error":
            start_scoring(ask.probe, answer.text, thinking)
    for probe in plan.probes:
        for variant in probe.variants:
            for subject in plan.scopes:
                thread = list(plan.thread(probe, variant, subject, lookup))
                prompts = (plan.renderer.decode(ask.request.token_ids) for ask in thread)
                asks += zip(thread, prompts, strict=True)
                samples = {ask.part: sample for ask in thread if (sample := lookup(ask.request.key))}
                scored.append(score_samples(samples, subject, probe, variant, setup.persona, thinking))
    second, scored_again = _second_answers(plan, setup, scored, lookup)
    asks += second
    scored += scored_again
    store.set_asks(asks)
    versions = {probe.id: scorer_version(scorer_name(probe)) for probe in plan.probes}
    store.set_scores(scored, versions)


def _second_answers(
    plan: Plan, setup: Setup, scored: Sequence[Scored], lookup: Lookup
) -> tuple[list[tuple[Ask, str]], list[Scored]]:
    """Return the asks of what was asked twice, with their prompts, and the second answers' scores."""
    first = {(one.subject, one.probe.id, one.variant.again.id): one for one in scored}
    threads: defaultdict[tuple[str, str, str], list[Ask]] = defaultdict(list)
    for ask in second_asks(plan, lookup, setup.floor(plan.probes)):
        threads[ask.subject, ask.probe.id, ask.variant.id].append(ask)
    asks, again = [], []
    for place, thread in threads.items():
        after = {ask.part: sample for ask in thread if (sample := lookup(ask.request.key))}
        if len(after) < len(thread) or any(sample.finish == "error" for sample in after.values()):
            continue
        one = first[place]
        before = plan.thread(one.probe, one.variant, one.subject, lookup)
        samples = {ask.part: sample for ask in before if (sample := lookup(ask.request.key))}
        again.append(score_again(one, samples, after, setup.persona, plan.renderer.thinking))
        asks += [(ask, plan.renderer.decode(ask.request.token_ids)) for ask in thread]
    return asks, again


def _keep_fingerprints(plan: Plan, setup: Setup, store: Store, model: Model, engine: Engine) -> None:
    """Keep every subject's fingerprint in the run, and how near it is to those of earlier runs."""
    answers = {sample.key: sample for sample in store.samples()}

    def taken(subject: str, repeat: int) -> tuple[float, ...]:
        asked = fingerprint.requests(plan.renderer, subject, plan.scopes[subject], repeat=repeat)
        return fingerprint.vector(asked, answers)

    prints = {name: fingerprint.Fingerprint(taken(name, 0), taken(name, 1)) for name in plan.scopes}
    prints = {name: one for name, one in prints.items() if one.logprobs}
    digests = {BASE: BASE, **{adapter.name: adapter.digest for adapter in setup.adapters}}
    shelf = known.Shelf(model.digest, fingerprint.texts_digest(plan.renderer))
    described = engine.describe()
    compared = known.compare(prints, digests, shelf.read(), described.get("dtype", ""))
    store.set_meta(fingerprints=fingerprint.to_json(prints, compared))
    if setup.options.engine != "replay":
        known.remember_all(shelf, prints, digests, described)


def _keep_meta(
    store: Store,
    setup: Setup,
    model: Model,
    renderer: Renderer,
    engine: Engine,
    begun: float,
) -> None:
    asked = {row[0] for row in store.rows("SELECT DISTINCT probe FROM asks")}
    probes = [probe for probe in setup.probes if probe.id in asked]
    store.set_meta(
        probes=[probe_to_json(probe) for probe in probes],
        run={
            "run": store.path.parent.name,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "duration_s": round((store.meta("run") or {}).get("duration_s", 0) + time.monotonic() - begun, 1),
            "harness_version": __version__,
            "tier": setup.options.tier,
            "complete": len(probes) == len(setup.probes),
            "base": {"name": model.ref, "digest": model.digest, "template": renderer.digest},
            "thinking": renderer.thinking.to_json(),
            "engine": engine.describe(),
            "sandbox": describe_sandbox() if any(map(runs_programs, probes)) else None,
            "persona": setup.persona.model_dump(mode="json"),
            "suites": [_suite_meta(suite) for suite in setup.suites],
            "subjects": [
                _adapter_meta(adapter, setup.overlaps.get(adapter.name)) for adapter in setup.adapters
            ],
            "criteria": {
                "path": str(setup.criteria_path.resolve()),
                "digest": file_digest(setup.criteria_path),
            },
        },
    )


def _suite_meta(suite: Suite) -> dict[str, Any]:
    return {
        "name": suite.name,
        "version": suite.version,
        "digest": suite.digest,
        "probes": len(suite.probes),
        "variants": sum(len(probe.variants) for probe in suite.probes),
        **({"notes": list(suite.notes)} if suite.notes else {}),
    }


def _adapter_meta(adapter: Adapter, overlap: Overlap | None) -> dict[str, Any]:
    trained = (adapter.record or {}).get("trained_at")
    step = (adapter.record or {}).get("step")
    return {
        "name": adapter.name,
        "path": str(adapter.path),
        "digest": adapter.digest,
        "trained_at": trained,
        "step": step,
        "training_data": overlap.to_json() if overlap else None,
    }
