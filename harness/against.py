"""A run held against an earlier one: yesterday's release takes the place of base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import NotComparableError
from harness.records import BASE, Probe, Scored
from harness.results import Results

_SHOWN = 8


@dataclass(frozen=True)
class Difference:
    """One thing in which two runs were not asked the same: what, and its value in each."""

    what: str
    now: str
    before: str

    def __str__(self) -> str:
        return f"{self.what}: {self.now}, but {self.before} in the earlier run"


def against(results: Results, earlier: Results, adapter: str | None = None) -> Results:
    """Return a run's adapters with an earlier run's adapter in the place of base.

    Args:
        results: the run to be judged.
        earlier: the run of what was released before.
        adapter: the earlier run's adapter; needed when it tested several.

    Raises:
        NotComparableError: the two were not asked the same; every difference is named.
    """
    released = _adapter(earlier, adapter)
    differences = list(differences_between(results, earlier))
    if differences:
        told = "\n".join(f"    {difference}" for difference in differences[:_SHOWN])
        more = f"\n    and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
        raise NotComparableError(
            f"{results.folder} cannot be judged against {earlier.folder}: they were not asked the same.\n"
            f"{told}{more}\nTest the earlier adapter again beside the new one: --adapter new=... --adapter old=..."
        )
    scored = _with_released(results.scored, earlier.scored, released)
    repeated = _with_released(results.repeated, earlier.repeated, released)
    meta = {**results.meta, "against": {"run": str(earlier.meta["run"]), "adapter": released}}
    folder = results.folder / f"against-{earlier.folder.name}-{released}"
    return Results(folder, meta, _in_order(scored, results.probes), results.probes, repeated)


def _with_released(
    now: Mapping[tuple[str, str, str], Scored], before: Mapping[tuple[str, str, str], Scored], released: str
) -> dict[tuple[str, str, str], Scored]:
    """Return a run's scores with those of the earlier run's adapter in the place of base's."""
    kept = {place: one for place, one in now.items() if place[0] != BASE}
    for (subject, probe, variant), one in before.items():
        if subject == released:
            kept[BASE, probe, variant] = replace(one, subject=BASE)
    return kept


def _adapter(earlier: Results, name: str | None) -> str:
    names = earlier.candidates
    if name is None and len(names) == 1:
        return names[0]
    if name in names:
        return str(name)
    wanted = f"has no adapter {name!r}" if name else "tested several adapters"
    raise NotComparableError(
        f"{earlier.folder}: {wanted}; name one with --against-adapter: {', '.join(names)}."
    )


def _in_order(
    scored: Mapping[tuple[str, str, str], Scored], probes: tuple[Probe, ...]
) -> dict[tuple[str, str, str], Scored]:
    place = {(p.id, v.id): number for number, (p, v) in enumerate((p, v) for p in probes for v in p.variants)}
    return dict(sorted(scored.items(), key=lambda item: place.get(item[0][1:], len(place))))


def differences_between(now: Results, before: Results) -> Iterator[Difference]:
    """Yield everything in which two runs differ so that their answers cannot be held side by side."""
    for path in ("tier", "base.digest", "base.template", "engine.name", "engine.dtype"):
        yield from _difference(path.replace(".", " "), _at(now.meta, path), _at(before.meta, path))
    for key in ("name", "author", "languages", "trained_system"):
        yield from _difference(
            f"persona {key}", _at(now.meta, f"persona.{key}"), _at(before.meta, f"persona.{key}")
        )
    bases = [(_at(run.meta, "persona.open_base") or "decline") for run in (now, before)]
    yield from _difference("persona open_base", *bases)
    theirs = {probe.id: probe for probe in before.probes}
    for probe in now.probes:
        other = theirs.pop(probe.id, None)
        if other is None:
            yield Difference(f"probe {probe.id}", "asked", "not asked")
        else:
            yield from _probe_differences(probe, other)
    for name in theirs:
        yield Difference(f"probe {name}", "not asked", "asked")


def _at(meta: Mapping[str, Any], path: str) -> Any:
    found: Any = meta
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _difference(what: str, now: Any, before: Any) -> Iterator[Difference]:
    if now != before:
        yield Difference(what, repr(now)[:80], repr(before)[:80])


def _probe_differences(now: Probe, before: Probe) -> Iterator[Difference]:
    for field in ("kind", "scorer", "options", "max_new_tokens", "stop"):
        yield from _difference(f"probe {now.id}, {field}", getattr(now, field), getattr(before, field))
    theirs = {variant.id: variant for variant in before.variants}
    for variant in now.variants:
        other = theirs.pop(variant.id, None)
        if other is None:
            yield Difference(f"probe {now.id}, variant {variant.id}", "asked", "not asked")
            continue
        yield from _difference(
            f"probe {now.id}, system message of {variant.id}", variant.system, other.system
        )
        yield from _difference(f"probe {now.id}, turns of {variant.id}", variant.turns, other.turns)
    for name in theirs:
        yield Difference(f"probe {now.id}, variant {name}", "not asked", "asked")
