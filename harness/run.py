"""A run: what was asked for becomes a plan, the plan is asked, and the answers are scored and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness import __version__
from harness.adapters import RECORD_NAME, check_fits, parse_adapter_flag, read_adapter
from harness.criteria import CriteriaFile, check_criteria, read_criteria
from harness.engines import Engine, EngineOptions, choose_engine, load_engine, scope
from harness.engines.replay import StoredRun
from harness.errors import AdapterError, ConfigError
from harness.files import file_digest
from harness.models import find_model
from harness.persona import Persona, read_persona, with_base
from harness.plan import Lookup, Plan, missing
from harness.probes import build_suite, is_suite, read_suites
from harness.progress import progress
from harness.prompts import ChatTemplate, PlainText, Remembered, Renderer
from harness.records import (
    BASE,
    Adapter,
    Ask,
    Model,
    Probe,
    Request,
    Sample,
    Scored,
    Suite,
    digest_of,
)
from harness.results import Results, probe_to_json, read_results
from harness.sandbox import describe as describe_sandbox
from harness.scorers import check_scorers, scorer_name, scorer_version
from harness.scoring import prepare_sandbox, runs_programs, score_samples, start_scoring
from harness.store import Store

Say = Callable[[str], None]
OWN = "own"
"""The suite of the questions that a user's own tests declare."""


@dataclass(frozen=True)
class RunOptions:
    """What a user asked for, as flags or as fields of a file."""

    adapters: tuple[str, ...]
    suites: Path = Path("suites")
    base: str | None = None
    persona: Path | None = None
    engine: str = "auto"
    tier: str = "smoke"
    reports: Path = Path("reports")
    criteria: Path | None = None
    fresh: bool = False
    confirm_unsafe_code: bool = False
    engine_options: EngineOptions = field(default_factory=EngineOptions)


@dataclass(frozen=True)
class Setup:
    """A run's inputs, read and checked from files alone: no model was touched."""

    options: RunOptions
    base_ref: str
    adapters: tuple[Adapter, ...]
    persona: Persona
    suites: tuple[Suite, ...]
    criteria: CriteriaFile
    criteria_path: Path

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Every probe of every suite, in order."""
        return tuple(probe for suite in self.suites for probe in suite.probes)


def set_up(options: RunOptions, extra_probes: Sequence[Probe] = ()) -> Setup:
    """Read and check everything that a run needs, from files alone.

    Args:
        options: what was asked for.
        extra_probes: questions that a user's own tests declared; they join the same batch.

    Raises:
        HarnessError: the first kind of fault found, with all faults of that kind.
    """
    if options.engine != "auto":
        choose_engine(options.engine)
    adapters = _read_adapters(options)
    base_ref = _base_ref(options, adapters)
    persona = _persona(options, adapters, base_ref)
    suites = tuple(
        build_suite(source, options.tier, persona)
        for source in read_suites(sorted(filter(is_suite, options.suites.glob("*.yaml"))))
    )
    if taken := [suite.path for suite in suites if suite.name == OWN]:
        raise ConfigError(f"{taken[0]}: suite name {OWN!r} is kept for questions of tests; use another.")
    if not suites:
        raise ConfigError(
            f"{options.suites}: no suite file here; run `harness init` to get the built-in suites."
        )
    _check_ids_apart(suites)
    if extra_probes:
        suites += (_own_suite(tuple(extra_probes), options.suites),)
    check_scorers(probe for suite in suites for probe in suite.probes)
    criteria_path = options.criteria or options.suites / "criteria.yaml"
    criteria = read_criteria(criteria_path).for_tier(options.tier)
    check_criteria(criteria, criteria_path, suites, options.tier)
    return Setup(options, base_ref, adapters, persona, suites, criteria, criteria_path)


def _check_ids_apart(suites: Sequence[Suite]) -> None:
    """Refuse probes that share an id once ``each: rivals`` has multiplied them."""
    first: dict[str, Probe] = {}
    for probe in (probe for suite in suites for probe in suite.probes):
        if first.setdefault(probe.id, probe) is not probe:
            raise ConfigError(
                f"{probe.place}: probe id {probe.id!r} also comes from {first[probe.id].place}; rename one."
            )


def _own_suite(probes: tuple[Probe, ...], path: Path) -> Suite:
    digest = digest_of([probe_to_json(probe) for probe in probes])
    return Suite(OWN, 1, "Questions of the user's own tests.", path, digest, probes)


def _read_adapters(options: RunOptions) -> tuple[Adapter, ...]:
    if not options.adapters:
        raise ConfigError("no adapter to test; pass --adapter name=path (as often as needed).")
    flags = [parse_adapter_flag(flag) for flag in options.adapters]
    names = [name for name, _ in flags]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise AdapterError(
            f"--adapter: two adapters are called {', '.join(doubled)}; name them apart: name=path."
        )
    if options.engine == "replay":
        stored = stored_run(options)
        return tuple(_replayed(name, path, stored) for name, path in flags)
    adapters = tuple(read_adapter(name, path) for name, path in flags)
    by_digest: dict[str, str] = {}
    for adapter in adapters:
        twin = by_digest.setdefault(adapter.digest, adapter.name)
        if twin != adapter.name:
            raise AdapterError(f"adapters {twin} and {adapter.name} are the same files; pass one.")
    return adapters


def stored_run(options: RunOptions) -> StoredRun | None:
    """Return the run that ``--replay-from`` names, or ``None`` when it names no run."""
    source = options.engine_options.replay_from
    if options.engine != "replay" or not source or not Path(source).is_dir():
        return None
    return StoredRun(Path(source))


def _replayed(name: str, path: Path, stored: StoredRun | None) -> Adapter:
    """Replayed answers need no weights: a folder is read when there is one, else only named."""
    if path.is_dir():
        return read_adapter(name, path)
    if stored and name not in stored.digests:
        raise AdapterError(
            f"--adapter {name}: the stored run has no adapter of that name; it has "
            f"{', '.join(stored.digests)}."
        )
    digest = stored.digests[name] if stored else digest_of(["replayed", name])
    return Adapter(name, path, digest, rank=1, target_modules=())


def _base_ref(options: RunOptions, adapters: Sequence[Adapter]) -> str:
    if options.base:
        return options.base
    recorded = {str(a.record["base"]["ref"]) for a in adapters if a.record}
    if len(recorded) == 1:
        return recorded.pop()
    if len(recorded) > 1:
        raise AdapterError(
            f"the adapters were trained on different bases ({', '.join(sorted(recorded))}); "
            "test them in separate runs."
        )
    if options.engine == "replay":
        stored = stored_run(options)
        return stored.base_ref if stored else "replay"
    raise ConfigError(
        "the base model is not known: the adapter was not trained by `harness train`; pass --base."
    )


def _persona(options: RunOptions, adapters: Sequence[Adapter], base_ref: str) -> Persona:
    """Return the persona of the flag, or of the adapters' own record; its base's maker known."""
    records = [adapter.record for adapter in adapters if adapter.record]
    if options.persona:
        persona = read_persona(options.persona, base_hints=(base_ref,))
    elif records:
        kinds = {digest_of(record["persona"]) for record in records}
        if len(kinds) > 1:
            raise AdapterError("the adapters were trained for different personas; pass --persona.")
        place = next(str(adapter.path / RECORD_NAME) for adapter in adapters if adapter.record)
        persona = with_base(_recorded_persona(records[0]["persona"], place), place, (base_ref,))
    elif stored := stored_run(options):
        persona = _recorded_persona(stored.persona, str(stored.folder))
    else:
        raise ConfigError(
            "the persona is not known: the adapter was not trained by `harness train`; pass --persona."
        )
    systems = {str(record["trained_system"]) for record in records if record.get("trained_system")}
    if persona.trained_system is None and len(systems) == 1:
        persona = persona.model_copy(update={"trained_system": systems.pop()})
    return persona


def _recorded_persona(recorded: Mapping[str, Any], place: str) -> Persona:
    try:
        return Persona.model_validate(recorded)
    except ValidationError as fault:
        raise ConfigError(
            f"{place}: its persona is of another version ({fault.errors()[0]['msg']}); pass --persona."
        ) from fault


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
    engine = load_engine(setup.options.engine, model, setup.adapters, setup.options.engine_options)
    try:
        wanted = {probe.id for probe in chosen}
        probes = tuple(probe for probe in setup.probes if probe.id in wanted)
        plan = Plan(probes, _scopes(engine, model, setup.adapters), renderer)
        folder = setup.options.reports / run_name(setup, model, renderer, engine.describe())
        with_fresh = setup.options.fresh
        store = Store(folder, fresh=with_fresh)
        try:
            failed = _ask_all(plan, engine, store, say)
            _score_all(plan, setup, store, failed, say)
            _keep_meta(store, setup, model, renderer, engine, begun)
        finally:
            store.close()
    finally:
        engine.close()
    return read_results(folder)


def _model_and_renderer(setup: Setup) -> tuple[Model, Renderer]:
    if setup.base_ref == "replay":
        return Model("replay", Path(), digest_of("replay")), Remembered(PlainText())
    model = find_model(setup.base_ref)
    for adapter in setup.adapters:
        if adapter.path.is_dir():
            check_fits(adapter, model)
    if setup.options.engine == "replay" and stored_run(setup.options) is None:
        return model, Remembered(PlainText())
    return model, Remembered(ChatTemplate(model.path))


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
    ]
    return f"{setup.options.tier}-{engine['name']}-{digest_of(identity)[:8]}"


def _ask_all(plan: Plan, engine: Engine, store: Store, say: Say) -> dict[str, Sample]:
    """Ask until nothing is missing; return the requests that failed, which are not stored."""
    failed: dict[str, Sample] = {}

    def lookup(key: str) -> Sample | None:
        return store.sample(key) or failed.get(key)

    if len(store):
        say(f"resuming: {len(store)} answers of this run are stored already")
    while requests := missing(plan, lookup):
        programs = {ask.request.key: ask.probe for ask in _programs(plan, lookup)}
        for verb in ("generate", "score"):
            same = [request for request in requests if request.kind == verb]
            if same:
                failed |= _ask(verb, same, engine, store, programs)
        plan = plan.that_waits()
    return failed


def _programs(plan: Plan, lookup: Lookup) -> list[Ask]:
    """Return the asks whose answers are programs, which run in the background once they are there."""
    probes = tuple(probe for probe in plan.probes if runs_programs(probe))
    return [ask for ask in replace(plan, probes=probes).asks(lookup) if ask.part == "answer"]


def _ask(
    verb: str, requests: Sequence[Request], engine: Engine, store: Store, programs: Mapping[str, Probe]
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
                    start_scoring(programs[sample.key], sample.text)
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
    say(f"scoring {total} answers")
    for ask in _programs(plan, lookup):
        if (answer := lookup(ask.request.key)) and answer.finish != "error":
            start_scoring(ask.probe, answer.text)
    for probe in plan.probes:
        for variant in probe.variants:
            for subject in plan.scopes:
                thread = list(plan.thread(probe, variant, subject, lookup))
                prompts = (plan.renderer.decode(ask.request.token_ids) for ask in thread)
                asks += zip(thread, prompts, strict=True)
                samples = {ask.part: sample for ask in thread if (sample := lookup(ask.request.key))}
                scored.append(score_samples(samples, subject, probe, variant, setup.persona))
    store.set_asks(asks)
    versions = {probe.id: scorer_version(scorer_name(probe)) for probe in plan.probes}
    store.set_scores(scored, versions)


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
            "engine": engine.describe(),
            "sandbox": describe_sandbox() if any(map(runs_programs, probes)) else None,
            "persona": setup.persona.model_dump(mode="json"),
            "suites": [_suite_meta(suite) for suite in setup.suites],
            "subjects": [_adapter_meta(adapter) for adapter in setup.adapters],
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
        **({"loaded": list(suite.notes)} if suite.notes else {}),
    }


def _adapter_meta(adapter: Adapter) -> dict[str, Any]:
    trained = (adapter.record or {}).get("trained_at")
    step = (adapter.record or {}).get("step")
    return {
        "name": adapter.name,
        "path": str(adapter.path),
        "digest": adapter.digest,
        "trained_at": trained,
        "step": step,
    }
