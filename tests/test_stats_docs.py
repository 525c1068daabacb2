"""The numbers of docs/statistics.md are those that the code gives."""

import math
import re
from pathlib import Path

import pytest

from harness import stats
from harness.criteria import Grading
from harness.judging.graded import graded_verdict
from harness.simulation import scenarios, simulate

PAGE = (Path(__file__).parents[1] / "docs" / "statistics.md").read_text(encoding="utf-8")
REPEATS = 400


def table(head: str) -> list[list[str]]:
    """Return the cells of the table whose first line begins with ``head``, without that line."""
    lines = PAGE.split(head, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_families_needed() -> None:
    for rate, *cells in table("| rate |"):
        needed = [stats.trials_needed(float(rate), failures) for failures in (0, 1, 2, 5)]
        assert [int(cell) for cell in cells] == needed


def test_pairs_needed() -> None:
    for margin, *cells in table("| margin |"):
        for cell, discordance in zip(cells, (0.02, 0.05, 0.10, 0.20), strict=True):
            exact, first_order = map(int, re.findall(r"\d+", cell))
            assert first_order == stats.first_order_pairs(float(margin), discordance)
            assert exact == stats.pairs_for_power(float(margin), discordance)


def test_graded_pairs_needed() -> None:
    for limit, *cells in table("| limit | no grade changes |"):
        spreads = [stats.graded_pairs_for_half(float(limit), sd) for sd in (0.1, 0.2, 0.3, 0.5)]
        assert [int(cell) for cell in cells] == [stats.graded_pairs_needed(float(limit)), *spreads]


def test_how_often_each_graded_bound_passes_what_lost_all_in_a_few() -> None:
    from scipy.stats import binom

    def chance(by: Grading) -> float:
        passed = [
            graded_verdict([1.0] * 60, [0.0] * k + [1.0] * (60 - k), 0.05, 0.95, by)[0] == "PASS"
            for k in range(6)
        ]
        return float(sum(binom.pmf(k, 60, 0.05) for k, one in enumerate(passed) if one))

    assert "it passes 19 % of such adapters, the other two 4.6 %" in PAGE
    assert [f"{100 * chance(by):.1f}" for by in ("sign_flip", "paired_t", "bca")] == ["19.2", "4.6", "4.6"]


def test_certifiable_drops() -> None:
    for n, *cells in table("| n | discordance"):
        for cell, discordance in zip(cells, (0.02, 0.05, 0.10, 0.20), strict=True):
            assert float(cell) == pytest.approx(stats.certifiable_drop(int(n), discordance), abs=5.1e-4)


def test_the_worst_of_tango_s_bound() -> None:
    sizes, margins = (20, 24, 30, 40, 50, 76, 100, 150, 200, 500, 1000), (0.02, 0.03, 0.05, 0.1, 0.15, 0.2)
    settings = [
        (n, discordance, margin)
        for n in sizes
        for margin in (*margins, 0.25, 0.3)
        for discordance in (margin, 1.2 * margin, 1.5 * margin, 2 * margin, 3 * margin, 4 * margin, 0.5)
        if margin <= discordance <= 0.5 and n >= stats.pairs_needed(margin)
    ]
    chances = [stats.power_noninferior(n, r, -margin, margin) for n, r, margin in settings]
    told = re.search(
        r"for (\d+) settings .*? chance of ([\d.]+) % at worst, and above 5.5 % in (\d+)", PAGE, re.S
    )
    assert told
    found = (len(chances), f"{100 * max(chances):.1f}", sum(chance > 0.055 for chance in chances))
    assert (int(told[1]), told[2], int(told[3])) == found


def test_the_simulated_rows() -> None:
    """Drawn again, fewer times and from another seed, they come out the same but for chance."""
    known = {(one.method, str(one.n), one.setting) for one in scenarios()}
    drawn = {(row.method, str(row.n), row.setting): row for row in simulate(seed=1, repeats=REPEATS)}
    rows = table("| method |")
    assert len(rows) >= 20
    for *name, bad, harmless, by_estimate, by_silence in rows:
        assert tuple(name) in known
        row = drawn[name[0], name[1], name[2]]
        shares = (row.false_pass, row.power, row.by_estimate, row.by_silence)
        for cell, share in zip((bad, harmless, by_estimate, by_silence), shares, strict=True):
            told = float(cell.rstrip("*%")) / 100
            error = math.sqrt(max(told * (1 - told), 0.001) / REPEATS)
            assert share == pytest.approx(told, abs=4.5 * error)
