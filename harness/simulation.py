"""How often the gate errs: adapters that are just too bad, and harmless ones, judged again and again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from harness import stats
from harness.gate import event_verdict, increase_verdict, noninferior_verdict, rate_verdict

if TYPE_CHECKING:
    import numpy as np

    Draw = Callable[[np.random.Generator, bool, int], Iterable[Any]]
    """(generator, whether the adapter is bad, repeats) -> what each repeat measured."""

CONFIDENCE = stats.DEFAULT_CONFIDENCE
_BASE_ACCURACY = 0.7
_SPREAD_NATS = 0.2
_SAMPLES = 4


@dataclass(frozen=True)
class Scenario:
    """One method at one n: how to draw a run, and three rules that may pass it.

    ``gate`` is the real decision. ``by_estimate`` passes when the estimate itself is within the
    limit, ``by_silence`` when no significant harm was found.
    """

    method: str
    n: int
    setting: str
    draw: Draw
    gate: Callable[[Any], bool]
    by_estimate: Callable[[Any], bool]
    by_silence: Callable[[Any], bool]


@dataclass(frozen=True)
class Row:
    """Shares of ``repeats`` runs that passed; all but ``power`` for an adapter just at the limit."""

    method: str
    n: int
    setting: str
    repeats: int
    false_pass: float
    power: float
    by_estimate: float
    by_silence: float

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of ``false_pass``, taken at the promised rate."""
        return math.sqrt(CONFIDENCE * (1.0 - CONFIDENCE) / self.repeats)

    @property
    def broken(self) -> bool:
        """Whether bad adapters pass more often than promised, beyond three Monte-Carlo errors."""
        return self.false_pass > 1.0 - CONFIDENCE + 3.0 * self.error


def simulate(seed: int, repeats: int) -> list[Row]:
    """Judge ``repeats`` runs of a bad and of a harmless adapter in every scenario.

    The same seed gives the same rows; 5,000 repeats take about a minute.
    """
    import numpy as np

    streams = np.random.default_rng(seed).spawn(len(scenarios()))
    return [_row(one, stream, repeats) for one, stream in zip(scenarios(), streams, strict=True)]


def _row(one: Scenario, stream: np.random.Generator, repeats: int) -> Row:
    bad = [
        (one.gate(run), one.by_estimate(run), one.by_silence(run)) for run in one.draw(stream, True, repeats)
    ]
    false_pass, by_estimate, by_silence = (sum(passed) / repeats for passed in zip(*bad, strict=True))
    power = sum(one.gate(run) for run in one.draw(stream, False, repeats)) / repeats
    return Row(one.method, one.n, one.setting, repeats, false_pass, power, by_estimate, by_silence)


def scenarios() -> list[Scenario]:
    """Return every scenario, in the order of the table."""
    rates = ((20, 0.70, 0.95), (50, 0.90, 0.99), (200, 0.95, 0.99), (1000, 0.98, 0.99))
    events = ((20, 0.20, 0.02), (50, 0.10, 0.01), (200, 0.05, 0.01), (1000, 0.02, 0.01))
    pairs = (
        *((20, 0.30, 0.25), (20, 0.50, 0.35), (50, 0.15, 0.15), (50, 0.25, 0.20)),
        *((200, 0.06, 0.05), (200, 0.10, 0.05), (1000, 0.05, 0.02), (1000, 0.10, 0.03)),
    )
    rises = ((20, 0.15), (50, 0.10), (200, 0.05), (1000, 0.02))
    grades = ((20, 0.25), (50, 0.15), (200, 0.06), (1000, 0.03))
    clustered = ((50, 0.30, 10), (200, 0.15, 40), (1000, 0.10, 100))
    return [
        *(_family_rate(*numbers) for numbers in rates),
        *(_event_rate(*numbers) for numbers in events),
        *(_noninferior(*numbers) for numbers in pairs),
        *(_increase(*numbers, skewed=skewed) for skewed in (False, True) for numbers in rises),
        *(_skew_adjusted(*numbers) for numbers in rises),
        *(_graded(*numbers) for numbers in grades),
        *(_graded(*numbers) for numbers in clustered),
    ]


def _family_rate(n: int, limit: float, good: float) -> Scenario:
    def draw(stream: np.random.Generator, bad: bool, repeats: int) -> list[int]:
        return [int(count) for count in stream.binomial(n, limit if bad else good, repeats)]

    return Scenario(
        "family_rate",
        n,
        f"at least {limit:g}; harmless: {good:g}",
        draw,
        cache(lambda passed: rate_verdict(passed, n, limit, CONFIDENCE)[0] == "PASS"),
        lambda passed: passed / n >= limit,
        cache(lambda passed: rate_verdict(passed, n, limit, CONFIDENCE)[0] != "FAIL"),
    )


def _event_rate(n: int, limit: float, good: float) -> Scenario:
    def draw(stream: np.random.Generator, bad: bool, repeats: int) -> list[int]:
        return [int(count) for count in stream.binomial(n, limit if bad else good, repeats)]

    return Scenario(
        "event_rate",
        n,
        f"at most {limit:g}; harmless: {good:g}",
        draw,
        cache(lambda events: event_verdict(events, n, limit, CONFIDENCE)[0] == "PASS"),
        lambda events: events / n <= limit,
        cache(lambda events: event_verdict(events, n, limit, CONFIDENCE)[0] != "FAIL"),
    )


def _noninferior(n: int, discordance: float, margin: float) -> Scenario:
    def draw(stream: np.random.Generator, bad: bool, repeats: int) -> Iterator[tuple[int, int, int]]:
        lost = (discordance + margin) / 2 if bad else discordance / 2
        shares = [lost, discordance - lost, _BASE_ACCURACY - lost, 1 - _BASE_ACCURACY - discordance + lost]
        for table in stream.multinomial(n, shares, repeats).tolist():
            yield table[0], table[1], table[0] + table[2]

    def gate(run: tuple[int, int, int]) -> bool:
        lost, won, right = run
        return noninferior_verdict(lost, won, n, right, margin, CONFIDENCE)[0] == "PASS"

    return Scenario(
        "noninferior",
        n,
        f"margin {margin:g}, discordance {discordance:g}",
        draw,
        cache(gate),
        lambda run: (run[1] - run[0]) / n >= -margin,
        cache(lambda run: stats.mcnemar_p_value(run[0], run[1]) > 1 - CONFIDENCE),
    )


def _increase(n: int, limit: float, *, skewed: bool) -> Scenario:
    return Scenario(
        "increase",
        n,
        f"at most {limit:g} nats, {'skewness 2' if skewed else 'normal'}",
        _rises(n, limit, skewed=skewed),
        lambda rises: increase_verdict(rises, limit, CONFIDENCE)[0] == "PASS",
        lambda rises: sum(rises) / n <= limit,
        lambda rises: stats.mean_bounds(rises, confidence=CONFIDENCE)[0] <= 0.0,
    )


def _skew_adjusted(n: int, limit: float) -> Scenario:
    """What `increase` would do with skew-adjusted bounds; the gate does not use them."""
    return Scenario(
        "(skew-adjusted)",
        n,
        f"at most {limit:g} nats, skewness 2",
        _rises(n, limit, skewed=True),
        lambda rises: stats.skew_adjusted_bounds(rises, confidence=CONFIDENCE)[1] <= limit,
        lambda rises: sum(rises) / n <= limit,
        lambda rises: stats.skew_adjusted_bounds(rises, confidence=CONFIDENCE)[0] <= 0.0,
    )


def _rises(n: int, limit: float, *, skewed: bool) -> Draw:
    def draw(stream: np.random.Generator, bad: bool, repeats: int) -> Iterator[list[float]]:
        for _ in range(repeats):
            noise = stream.exponential(size=n) - 1.0 if skewed else stream.normal(size=n)
            yield (_SPREAD_NATS * noise + (limit if bad else 0.0)).tolist()

    return draw


def _graded(n: int, margin: float, groups: int | None = None) -> Scenario:
    """Items of four samples each; the bad adapter loses some items, or some whole clusters, for good."""
    clusters = None if groups is None else [item % groups for item in range(n)]

    def draw(stream: np.random.Generator, bad: bool, repeats: int) -> Iterator[list[float]]:
        import numpy as np

        for _ in range(repeats):
            chance = stream.beta(8 * _BASE_ACCURACY, 8 * (1 - _BASE_ACCURACY), n)
            gone = stream.random(groups or n) < (margin / _BASE_ACCURACY if bad else 0.0)
            after = np.where(np.resize(gone, n), 0.0, chance)
            yield ((stream.binomial(_SAMPLES, after) - stream.binomial(_SAMPLES, chance)) / _SAMPLES).tolist()

    def gate(run: list[float]) -> bool:
        return stats.graded_lower_bound(run, clusters=clusters, confidence=CONFIDENCE) > -margin

    return Scenario(
        "graded",
        n,
        f"margin {margin:g}, {_SAMPLES} samples" + (f", {groups} clusters" if groups else ""),
        draw,
        gate,
        lambda run: sum(run) / n >= -margin,
        lambda run: stats.mean_bounds(run, confidence=CONFIDENCE)[1] >= 0.0,
    )


def render(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table; an asterisk marks a promise that was not kept."""
    heads = ("method", "n", "setting", "bad passes", "harmless passes", "by estimate", "by silence")
    table = [heads, ("---",) * len(heads), *map(_cells, rows)]
    lines = [f"| {' | '.join(cells)} |" for cells in table]
    told = (
        f"{rows[0].repeats} repeats; Monte-Carlo error of 'bad passes': {rows[0].error:.2%}. "
        f"* above {1.0 - CONFIDENCE:.0%} by more than three of these."
    )
    return "\n".join([*lines, "", told])


def _cells(row: Row) -> tuple[str, ...]:
    shares = (row.false_pass, row.power, row.by_estimate, row.by_silence)
    bad, *others = (f"{share:.1%}" for share in shares)
    return row.method, str(row.n), row.setting, bad + ("*" if row.broken else ""), *others
