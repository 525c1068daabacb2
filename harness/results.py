"""A stored run, read back: the same records whether it was asked just now or a year ago."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import StoreError
from harness.fingerprint import Fingerprint, from_json, known_from_json
from harness.records import AGAIN, BASE, Pair, Probe, Score, Scored, Turn, Variant
from harness.store import Store, spans_from


@dataclass(frozen=True)
class Results:
    """What a run asked and how every answer was scored.

    ``meta`` holds base, subjects, persona, engine, suites and tier, as `harness.run` wrote them.
    """

    folder: Path
    meta: Mapping[str, Any]
    scored: Mapping[tuple[str, str, str], Scored]
    """(subject, probe id, variant id) -> score."""
    probes: tuple[Probe, ...]
    repeated: Mapping[tuple[str, str, str], Scored] = field(default_factory=dict)
    """The same of what was asked a second time, by the place of the first answer."""
    fingerprints: Mapping[str, Fingerprint] = field(default_factory=dict)
    """Subject -> its log-probabilities of the fixed texts."""
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Subject -> how near its fingerprint is to earlier ones, as `harness.known.compare` found."""

    @property
    def criteria_path(self) -> Path:
        """The criteria file that the run was judged by; on another machine the one beside its suites."""
        path = Path(str(self.meta["criteria"]["path"]))
        return path if path.exists() else Path("suites", "criteria.yaml")

    def check_complete(self) -> None:
        """Refuse a run that asked only a part of its probes: it proves nothing about the others.

        Raises:
            StoreError: it did.
        """
        if not self.meta["complete"]:
            raise StoreError(
                f"{self.folder}: only {len(self.probes)} probes were asked, a part of the run's; repeat "
                "its command without -k, -m or a node id."
            )

    @property
    def candidates(self) -> list[str]:
        """The adapters' names, in the order they were given."""
        return [str(subject["name"]) for subject in self.meta["subjects"]]

    def pairs(self, subject: str, suites: Sequence[str] = ()) -> Iterator[Pair]:
        """Yield every variant that both base and one adapter were scored on, in plan order."""
        for probe in self.probes:
            if suites and probe.suite not in suites:
                continue
            for variant in probe.variants:
                base = self.scored.get((BASE, probe.id, variant.id))
                candidate = self.scored.get((subject, probe.id, variant.id))
                if base and candidate:
                    yield Pair(base, candidate)

    def family(self, subject: str, probe: Probe) -> list[Scored]:
        """Return one subject's scores of every variant of a probe."""
        found = (self.scored.get((subject, probe.id, variant.id)) for variant in probe.variants)
        return [scored for scored in found if scored]


def probe_to_json(probe: Probe) -> dict[str, Any]:
    """Return a probe as JSON, for `probe_from_json`."""
    return asdict(probe)


def probe_from_json(value: Mapping[str, Any]) -> Probe:
    """Return the probe that `probe_to_json` wrote."""
    variants = tuple(
        Variant(**{**variant, "turns": tuple(Turn(**turn) for turn in variant["turns"])})
        for variant in value["variants"]
    )
    return Probe(**{**value, "variants": variants, "stop": tuple(value["stop"])})


def read_results(folder: Path) -> Results:
    """Read a run's folder, without a model.

    Raises:
        StoreError: it is no run, is damaged, or was never scored.
    """
    store = Store(folder, read_only=True)
    try:
        meta, plan = store.meta("run"), store.meta("probes")
        if meta is None or plan is None:
            raise StoreError(
                f"{folder}: this run was stopped before it was scored; repeat its command to go on."
            )
        probes = tuple(probe_from_json(value) for value in plan)
        every = dict(_scored(store, probes))
        prints = store.meta("fingerprints")
        return Results(
            folder,
            meta,
            {place: one for place, one in every.items() if not place[2].endswith(AGAIN)},
            probes,
            {_unmarked(place): one for place, one in every.items() if place[2].endswith(AGAIN)},
            from_json(prints),
            known_from_json(prints),
        )
    except (ValueError, KeyError, TypeError) as fault:
        raise StoreError(f"{store.path}: damaged ({fault!r}); move it away and run again.") from fault
    finally:
        store.close()


def _unmarked(place: tuple[str, str, str]) -> tuple[str, str, str]:
    return (place[0], place[1], place[2].removesuffix(AGAIN))


def _scored(store: Store, probes: Sequence[Probe]) -> Iterator[tuple[tuple[str, str, str], Scored]]:
    by_id = {probe.id: probe for probe in probes}
    asked = [(probe.id, variant) for probe in probes for variant in probe.variants]
    variants = {(name, one.id): one for name, variant in asked for one in (variant, variant.again)}
    rows = store.rows(
        "SELECT scores.subject, scores.probe, scores.variant, answer, value, reason, spans, details, finish "
        "FROM scores LEFT JOIN asks ON asks.subject = scores.subject AND asks.probe = scores.probe "
        "AND asks.variant = scores.variant AND asks.part = 'answer' "
        "LEFT JOIN samples ON samples.key = asks.key ORDER BY scores.rowid"
    )  # a scorer's newer version wrote later
    for subject, probe_id, variant_id, answer, value, reason, spans, details, finish in rows:
        variant = variants.get((probe_id, variant_id))
        if variant is None:
            continue
        score = Score(value, reason, spans_from(spans), json.loads(details))
        scored = Scored(subject, by_id[probe_id], variant, answer, score, finish or "stop")
        yield (subject, probe_id, variant_id), scored
