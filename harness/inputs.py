"""A run's inputs: what was asked for, read and checked from files alone before a model loads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.adapters import RECORD_NAME, parse_adapter_flag, read_adapter
from harness.criteria import CriteriaFile, check_criteria, read_criteria
from harness.engines import EngineOptions, choose_engine
from harness.engines.replay import StoredRun
from harness.errors import AdapterError, ConfigError
from harness.persona import Persona, read_persona, with_base
from harness.probes import build_suite, is_suite, read_suites
from harness.records import Adapter, Probe, Suite, digest_of
from harness.repeats import default_floor
from harness.results import probe_to_json
from harness.scorers import check_scorers
from harness.thoughts import check_thinking
from harness.trained import Overlap, overlaps_of

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
    thinking: str = "template"
    thinking_tokens: int = 1024
    """How many tokens a thought may take, where the model thinks."""
    trained_on: tuple[str, ...] = ()
    """Files of training rows, each ``FILE`` or ``NAME=FILE``."""
    floor: int | None = None
    """Answers of each subject that are asked twice; ``None``: see `harness.repeats.default_floor`."""
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
    overlaps: Mapping[str, Overlap] = field(default_factory=dict)
    """Adapter -> which probes its training data ask, for those whose data are known."""

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Every probe of every suite, in order."""
        return tuple(probe for suite in self.suites for probe in suite.probes)

    def floor(self, probes: Iterable[Probe]) -> int:
        """Return how many answers of each subject are asked twice; a function's are not by themselves."""
        if self.options.floor is not None:
            return self.options.floor
        made = self.options.engine == "replay" and stored_run(self.options) is None
        return 0 if made else default_floor(probes)


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
    check_thinking(options.thinking, options.thinking_tokens)
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
    probes = [probe for suite in suites for probe in suite.probes]
    overlaps = overlaps_of(adapters, options.trained_on, probes, persona)
    return Setup(options, base_ref, adapters, persona, suites, criteria, criteria_path, overlaps)


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
