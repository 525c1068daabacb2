"""The simulation plays through the gate's verdicts, and finds in them what theory says."""

import math
import subprocess
import sys

import pytest

from harness import stats
from harness.simulation import Row, render, scenarios, simulate

REPEATS = 400


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return simulate(seed=0, repeats=REPEATS)


def test_the_same_seed_gives_the_same_rows(rows: list[Row]) -> None:
    assert [(row.method, row.n, row.setting) for row in rows] == [
        (one.method, one.n, one.setting) for one in scenarios()
    ]
    once, again, other = simulate(0, 10), simulate(0, 10), simulate(1, 10)
    assert once == again != other


def test_bad_adapters_seldom_pass(rows: list[Row]) -> None:
    """But for few rises with a long upper tail, which even the adjusted bound passes too often."""
    broken = [row for row in rows if row.broken]
    assert all("skewness 2" in row.setting for row in broken)
    assert all(row.false_pass < 0.12 for row in broken)


def test_harmless_adapters_pass_more_often_than_bad_ones(rows: list[Row]) -> None:
    assert all(row.power > 0.5 > row.false_pass for row in rows)


def test_naive_rules_pass_bad_adapters(rows: list[Row]) -> None:
    assert all(row.by_estimate > 0.4 for row in rows)
    assert all(row.by_silence > 0.9 for row in rows if row.method.endswith("_rate"))


def test_paired_rows_agree_with_enumeration(rows: list[Row]) -> None:
    for row in (row for row in rows if row.method == "noninferior"):
        _, margin, _, discordance = row.setting.replace(",", "").split()
        for difference, share in ((-float(margin), row.false_pass), (0.0, row.power)):
            exact = stats.power_noninferior(row.n, float(discordance), difference, float(margin))
            assert share == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / REPEATS))


def test_the_table_marks_broken_promises() -> None:
    kept = Row("m", 20, "s", 10_000, 0.05, 0.9, 0.5, 0.6)
    broken = Row("m", 20, "s", 10_000, 0.06, 0.9, 0.5, 0.6)
    head, rule, first, second, _, told = render([kept, broken]).splitlines()
    assert head.count("|") == rule.count("|") == first.count("|")
    assert "| 5.0% | 90.0% | 50.0% | 60.0% |" in first
    assert "| 6.0%* |" in second
    assert "10000 repeats" in told and "0.22%" in told


def test_the_command_prints_the_table() -> None:
    command = [sys.executable, "-m", "harness", "simulate", "--seed", "0", "--repeats", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("| method | n |")
    assert done.stdout.count("\n") == len(scenarios()) + 4
