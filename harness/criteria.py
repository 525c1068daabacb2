"""What an adapter has to prove: ``criteria.yaml``, read and held against what a tier can prove at all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from harness import stats
from harness.config import Record, parse, read_yaml
from harness.errors import ConfigError, suggestion
from harness.records import Probe, Suite
from harness.sandbox import MINIMUM, Level

Method = Literal["family_rate", "event_rate", "noninferior", "increase", "effect", "must_hold"]
Grading = Literal["paired_t", "sign_flip", "bca"]
Event = Literal["failed", "affirms_rival", "loops"]
Reading = Literal["score", "truth"]
LIKELIHOOD_KINDS = ("nll", "drift")
"""Kinds whose score is a probability, so that none of their answers is right or wrong."""
MUST_HOLD: Literal["must_hold"] = "must_hold"
"""The criterion that the list of this name makes."""


class Criterion(Record):
    """A statement to be proved of every adapter, with its limit in each tier.

    ``family_rate``: at least ``limit`` of the families hold. ``event_rate``: at most ``limit`` of
    the families show the event. ``noninferior``: accuracy falls by less than ``limit``; with ``score:
    graded`` the mean grade does, by the bound that ``by`` names.
    ``increase``: the mean NLL rises by at most ``limit`` nats per token. ``effect``: something
    changes at all, and the adapter answers as itself.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    proves: Method
    suites: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    event: Event = "failed"
    reads: Reading = "score"
    """What of an answer is right or wrong: its score, or whether it is ``true`` where the scorer knows the truth."""
    score: Literal["holds", "graded"] = "holds"
    """What is compared for ``noninferior``: whether a family holds, or its mean grade in [0, 1]."""
    by: Grading = "paired_t"
    sd: float | None = Field(default=None, gt=0.0, le=1.0)
    """The standard deviation of a family's change that is expected; only planning takes it."""
    limit: dict[str, float] = Field(default_factory=dict)
    tiers: tuple[Literal["smoke", "standard", "full"], ...] = ("smoke", "standard", "full")
    """The tiers in which it is judged; in the others its suites are asked and shown."""
    why: str = ""


class Listed(Record):
    """A probe set apart by its id, why, and since when."""

    probe: str
    reason: str = Field(min_length=1)
    since: date


class CriteriaFile(Record):
    """``criteria.yaml``.

    ``must_hold``: probes of which a single broken one fails an adapter; they make a criterion of that
    name. ``min_sandbox``: the lowest sandbox level at which programs count. ``max_trained``: of a
    criterion's probes, the share that an adapter's training data may ask. ``max_floor``: from a larger
    share of flips between two answers to the same on, pairs decide nothing. ``quarantine``: probes that
    are asked and shown but counted by no criterion.
    """

    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    max_unscored: float = Field(default=0.05, ge=0.0, lt=1.0)
    max_trained: float = Field(default=0.10, ge=0.0, le=1.0)
    max_floor: float = Field(default=0.05, ge=0.0, lt=1.0)
    min_sandbox: Level = MINIMUM
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    must_hold: tuple[Listed, ...] = ()
    quarantine: tuple[Listed, ...] = ()

    @property
    def quarantined(self) -> frozenset[str]:
        """The ids of the probes that no criterion counts."""
        return frozenset(entry.probe for entry in self.quarantine)

    def without_effect(self) -> CriteriaFile:
        """Return the file without what only base can be held against: that an adapter does something."""
        return self.model_copy(update={"criteria": tuple(c for c in self.criteria if c.proves != "effect")})

    def for_tier(self, tier: str) -> CriteriaFile:
        """Return the file with the criteria that one tier judges."""
        return self.model_copy(update={"criteria": tuple(c for c in self.criteria if tier in c.tiers)})

    def counts(self, criterion: Criterion, probe: Probe) -> bool:
        """Say whether a criterion counts a probe."""
        if probe.suite == "own" or probe.id in self.quarantined:
            return False
        if criterion.proves == MUST_HOLD:
            return any(entry.probe == probe.id for entry in self.must_hold)
        return (
            (criterion.proves != "increase" or probe.kind in LIKELIHOOD_KINDS)
            and (not criterion.suites or probe.suite in criterion.suites)
            and (not criterion.kinds or probe.kind in criterion.kinds)
            and (criterion.reads != "truth" or bool(probe.options.get("truth")))
        )


def read_criteria(path: Path) -> CriteriaFile:
    """Read a criteria file; one with ``extends`` changes another file's.

    Raises:
        ConfigError: it is faulty, or names a criterion or a listed probe twice.
    """
    file = _read_extending(path, ())
    faults = [
        f"criteria stand twice: {name}; rename one." for name in _doubled(c.name for c in file.criteria)
    ]
    for title, entries in (("must_hold", file.must_hold), ("quarantine", file.quarantine)):
        faults += [f"{title} lists {name} twice." for name in _doubled(entry.probe for entry in entries)]
    both = sorted({entry.probe for entry in file.must_hold} & file.quarantined)
    faults += [f"{name} is in must_hold and in quarantine; take it out of one." for name in both]
    for criterion in file.criteria:
        if MUST_HOLD in (criterion.name, criterion.proves):
            faults.append(f"criterion {criterion.name!r}: the list 'must_hold' makes it; write the list.")
        elif criterion.proves != "effect" and not criterion.limit:
            faults.append(f"criterion {criterion.name!r} has no 'limit'; add {{TIER: x}}.")
        if criterion.reads != "score" and criterion.proves != "noninferior":
            faults.append(
                f"criterion {criterion.name!r}: 'reads: truth' goes with 'proves: noninferior' alone."
            )
        faults += _idle_options(criterion)
    if faults:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in faults))
    if not file.must_hold:
        return file
    never = Criterion(name=MUST_HOLD, proves=MUST_HOLD, why="What must never break again.")
    return file.model_copy(update={"criteria": (*file.criteria, never)})


def _idle_options(criterion: Criterion) -> Iterator[str]:
    """Yield a fault for each option of graded judging that has no effect where it stands."""
    if criterion.score == "graded" and criterion.proves != "noninferior":
        yield f"criterion {criterion.name!r}: 'score: graded' is for 'noninferior', not {criterion.proves!r}; leave it out."
    if criterion.score == "holds":
        for option in sorted({"by", "sd"} & criterion.model_fields_set):
            yield f"criterion {criterion.name!r}: {option!r} is for 'score: graded'; add that, or leave it out."


def _doubled(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return sorted({name for name in listed if listed.count(name) > 1})


class _ExtendingFile(CriteriaFile):
    """A criteria file that takes another one's and changes some: the user's beside the built-in."""

    extends: Path
    criteria: tuple[Criterion, ...] = ()
    drop: tuple[str, ...] = ()


def _read_extending(path: Path, above: tuple[Path, ...]) -> CriteriaFile:
    """Return a file with what it extends: criteria of one name are replaced, lists grow."""
    document = read_yaml(path)
    if not (isinstance(document.data, dict) and "extends" in document.data):
        return parse(document, CriteriaFile)
    own = parse(document, _ExtendingFile)
    below = path.parent / own.extends
    if below.resolve() in (path.resolve(), *above):
        raise ConfigError(f"{path}: extends {own.extends}, which extends it; break the circle.")
    base = _read_extending(below, (path.resolve(), *above))
    known = [criterion.name for criterion in base.criteria]
    for name in own.drop:
        if name not in known:
            hint = suggestion(name, known) or f"; it has {', '.join(known)}."
            raise ConfigError(f"{path}: drop: {below} has no criterion {name!r}{hint}")
    changed = {criterion.name: criterion for criterion in own.criteria}
    kept = [changed.pop(c.name, c) for c in base.criteria if c.name not in own.drop]
    single = ("confidence", "max_unscored", "max_trained", "max_floor", "min_sandbox")
    return CriteriaFile(
        **{key: getattr(own if key in own.model_fields_set else base, key) for key in single},
        criteria=(*kept, *changed.values()),
        must_hold=(*base.must_hold, *own.must_hold),
        quarantine=(*base.quarantine, *own.quarantine),
    )


def check_criteria(file: CriteriaFile, path: Path, suites: Sequence[Suite], tier: str) -> None:
    """Refuse, before a model loads, what the tier's probes cannot prove whatever they answer.

    Raises:
        ConfigError: an unknown suite, no limit for the tier, or a limit that n cannot certify.
    """
    known = [suite.name for suite in suites]
    faults = []
    for criterion in file.criteria:
        if unknown := [name for name in criterion.suites if name not in known]:
            faults += [
                f"{path}: criterion {criterion.name!r} names unknown suite {name!r}"
                f"{suggestion(name, known) or '.'} Suites here: {', '.join(known)}."
                for name in unknown
            ]
            continue
        probes = [probe for suite in suites for probe in suite.probes if file.counts(criterion, probe)]
        fault = _cannot_certify(criterion, probes, tier, file.confidence)
        if fault:
            faults.append(f"{path}: criterion {criterion.name!r}: {fault}")
    faults += [f"{path}: {fault}" for fault in _unknown_probes(file, suites)]
    if faults:
        raise ConfigError("\n".join(faults))


def _unknown_probes(file: CriteriaFile, suites: Sequence[Suite]) -> Iterator[str]:
    """Yield a fault for each listed probe that no suite has, in any tier."""
    known = [name for suite in suites for name in (*(probe.id for probe in suite.probes), *suite.unasked)]
    for title, entries in (("must_hold", file.must_hold), ("quarantine", file.quarantine)):
        for entry in entries:
            if entry.probe not in known:
                hint = suggestion(entry.probe, known) or "; no suite has it."
                yield f"{title}: unknown probe {entry.probe!r}{hint}"


def _cannot_certify(
    criterion: Criterion, probes: Sequence[Probe], tier: str, confidence: float
) -> str | None:
    """Return why a tier's probes cannot prove a criterion, or ``None``."""
    n, limit = len(probes), criterion.limit.get(tier)
    if n == 0 and criterion.proves != "effect":
        return f"no probe of tier {tier} belongs to it; name a suite or a probe that is asked there."
    if criterion.proves in ("effect", MUST_HOLD):
        return None
    if limit is None:
        return f"no limit for tier {tier}; add one under 'limit'."
    if criterion.proves != "increase" and any(probe.kind in LIKELIHOOD_KINDS for probe in probes):
        return f"{criterion.proves} counts right answers, and kinds nll and drift have none; set 'kinds'."
    return _says_nothing(criterion, n, limit, tier, confidence)


def _says_nothing(criterion: Criterion, n: int, limit: float, tier: str, confidence: float) -> str | None:
    """Say why n probes are too few for the limit, by what is proved."""
    if criterion.proves == "increase":
        return _no_spread(n, limit)
    return (
        _too_few_grades(n, limit, tier, criterion.sd, confidence)
        if criterion.score == "graded"
        else _too_few(criterion.proves, n, limit, tier, confidence)
    )


def _no_spread(n: int, limit: float) -> str | None:
    if not math.isfinite(limit):
        return f"limit {limit} is no number of nats; give one."
    return None if n > 1 else f"{n} text cannot show a spread; give it more."


def _too_few_grades(n: int, limit: float, tier: str, sd: float | None, confidence: float) -> str | None:
    """Say how many families are needed where n of them could not prove it: with equal grades, or with this spread."""
    if not 0.0 < limit < 1.0:
        return f"limit {limit:g} for tier {tier} is not between 0 and 1, so nothing can prove it."
    needed = stats.graded_pairs_needed(limit, confidence=confidence)
    if n < needed:
        best = (
            "no margin"
            if n < 2
            else f"no less than {-stats.graded_lower_bound([0.0] * n, confidence=confidence):.3f}"
        )
        return (
            f"{n} families in tier {tier} can certify {best}, not {limit:g}, even without a single change; "
            f"that needs {needed}. Set another limit, or choose a larger tier."
        )
    if sd is None or n >= (needed := stats.graded_pairs_for_half(limit, sd, confidence=confidence)):
        return None
    return (
        f"with changes of standard deviation {sd:g}, {n} families in tier {tier} prove a loss below {limit:g} for "
        f"less than half of the adapters that lost nothing; half needs {needed}. Set another limit, or choose a larger tier."
    )


def _too_few(proves: Method, n: int, limit: float, tier: str, confidence: float) -> str | None:
    """Say how many families are needed where n of them without a single fault are not enough."""
    if not 0.0 < limit < 1.0:
        return f"limit {limit:g} for tier {tier} is not between 0 and 1, so nothing can prove it."
    if proves == "noninferior":
        needed = stats.pairs_needed(limit, confidence=confidence)
    else:
        rate = limit if proves == "family_rate" else 1 - limit
        needed = stats.trials_needed(rate, 0, confidence=confidence)
    if n >= needed:
        return None
    possible = "at most" if proves == "family_rate" else "no less than"
    return (
        f"{n} families in tier {tier} can certify {possible} {_best(proves, n, confidence):.3f}, not {limit:g}, even "
        f"without a single fault; that needs {needed}. Set another limit, or choose a larger tier."
    )


def _best(proves: Method, n: int, confidence: float) -> float:
    """Return the limit that n families without a single fault prove."""
    if proves == "noninferior":
        return -stats.tango_lower_bound(0, 0, n, confidence=confidence)
    if proves == "event_rate":
        return stats.binomial_upper_bound(0, n, confidence=confidence)
    return stats.binomial_lower_bound(n, n, confidence=confidence)
