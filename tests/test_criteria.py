"""Criteria files: lists of probes set apart, and files that change another."""

from pathlib import Path

import pytest

from harness.criteria import check_criteria, read_criteria
from harness.errors import ConfigError
from harness.records import Suite

from .support import only_run, replay, run_python, suite_from

BASE = """\
confidence: 0.9
criteria:
  - {name: effect, proves: effect}
  - {name: sums, proves: noninferior, suites: [sums], limit: {smoke: 0.4}}
"""
LISTED = "must_hold: [{probe: sum-1, reason: broke in 0.1, since: 2026-11-01}]\n"
SET_APART = "quarantine: [{probe: sum-1, reason: its question is being rewritten, since: 2026-11-02}]\n"


def write(folder: Path, text: str, name: str = "criteria.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def sums(tmp_path: Path, nova_persona) -> Suite:
    probes = "".join(
        f"  - {{id: sum-{n}, tier: smoke, ask: {{en: ['1 + {n}?']}}, expect: {{answer: {n + 1}}}}}\n"
        for n in range(1, 5)
    )
    late = "  - {id: late, tier: full, ask: {en: ['9 + 9?']}, expect: {answer: 18}}\n"
    return suite_from(
        tmp_path, f"suite: sums\nversion: 1\nscorer: number\nprobes:\n{probes}{late}", nova_persona
    )


def test_a_file_that_extends_replaces_adds_and_drops(tmp_path: Path) -> None:
    write(tmp_path, BASE + LISTED, "below.yaml")
    file = read_criteria(
        write(
            tmp_path,
            "extends: below.yaml\ndrop: [effect]\ncriteria:\n"
            "  - {name: sums, proves: noninferior, suites: [sums], limit: {smoke: 0.2}}\n"
            "  - {name: more, proves: family_rate, suites: [sums], limit: {smoke: 0.5}}\n"
            + SET_APART.replace("sum-1", "sum-2"),
        )
    )
    assert [criterion.name for criterion in file.criteria] == ["sums", "more", "must_hold"]
    assert file.criteria[0].limit == {"smoke": 0.2}
    assert file.confidence == 0.9
    assert [entry.probe for entry in (*file.must_hold, *file.quarantine)] == ["sum-1", "sum-2"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("extends: criteria.yaml\n", "extends criteria.yaml, which extends it"),
        ("extends: below.yaml\ndrop: [efect]\n", "no criterion 'efect': did you mean 'effect'?"),
        (BASE + LISTED + SET_APART, "sum-1 is in must_hold and in quarantine"),
        (
            BASE + LISTED.replace("[{", "[{probe: sum-1, reason: x, since: 2026-01-01}, {"),
            "must_hold lists sum-1 twice",
        ),
        (BASE + LISTED.replace(", since: 2026-11-01", ""), "since"),
        (BASE + LISTED.replace("broke in 0.1", "''"), "reason"),
        (BASE + "  - {name: must_hold, proves: effect}\n", "the list 'must_hold' makes it"),
    ],
)
def test_faults_are_told(tmp_path: Path, text: str, told: str) -> None:
    write(tmp_path, BASE, "below.yaml")
    with pytest.raises(ConfigError, match=None) as fault:
        read_criteria(write(tmp_path, text))
    assert told in str(fault.value)


def test_listed_probes_must_exist_in_some_tier(tmp_path: Path, sums: Suite) -> None:
    both = "must_hold: [{probe: sum-9, reason: x, since: 2026-01-01}, {probe: late, reason: x, since: 2026-01-01}]\n"
    path = write(tmp_path, BASE + both)
    with pytest.raises(ConfigError) as fault:
        check_criteria(read_criteria(path), path, [sums], "smoke")
    assert "unknown probe 'sum-9': did you mean 'sum-" in str(fault.value)
    assert "unknown probe 'late'" not in str(fault.value)
    only_late = write(tmp_path, BASE + both.replace("{probe: sum-9, reason: x, since: 2026-01-01}, ", ""))
    with pytest.raises(ConfigError, match="'must_hold': no probe of tier smoke"):
        check_criteria(read_criteria(only_late), only_late, [sums], "smoke")


def test_quarantine_leaves_a_criterion_with_fewer_families(tmp_path: Path, sums: Suite) -> None:
    path = write(tmp_path, BASE.replace("0.4", "0.32"))
    check_criteria(read_criteria(path), path, [sums], "smoke")
    path = write(tmp_path, BASE.replace("0.4", "0.32") + SET_APART)
    with pytest.raises(ConfigError, match="3 families in tier smoke can certify no less than"):
        check_criteria(read_criteria(path), path, [sums], "smoke")


def verdicts(folder: Path) -> dict[str, str]:
    import json

    document = json.loads((only_run(folder) / "verdict.json").read_text())
    return {row["name"]: row["verdict"] for row in document["criteria"]}


def lists(text: str) -> str:
    from .support import CRITERIA

    return CRITERIA + text


@pytest.mark.parametrize(
    ("function", "verdict", "status"), [("answer", "PASS", 0), ("forgot_a_sum", "FAIL", 1)]
)
def test_one_broken_listed_probe_fails_an_adapter(
    tmp_path: Path, function: str, verdict: str, status: int
) -> None:
    from .support import lay_out

    lay_out(tmp_path, criteria=lists(LISTED))
    done = replay(tmp_path, function=function)
    assert verdicts(tmp_path)["must_hold"] == verdict
    assert verdicts(tmp_path)["sums"] == "PASS"
    assert done.returncode == status
    assert ("sum-1 (listed 2026-11-01: broke in 0.1)" in done.stdout) == (status == 1)


def test_a_quarantined_probe_is_shown_and_not_counted(tmp_path: Path) -> None:
    from .support import lay_out

    lay_out(tmp_path, criteria=lists(SET_APART))
    done = replay(tmp_path, "-v", "-rx", function="forgot_a_sum")
    assert "suites/sums.yaml::nova::sum-1 QUARANTINED" in done.stdout
    assert verdicts(tmp_path)["sums"] == "PASS"
    assert "of 3; with" in done.stdout
    assert done.returncode == 0
    again = run_python("-m", "harness", "gate", str(only_run(tmp_path)), cwd=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr
