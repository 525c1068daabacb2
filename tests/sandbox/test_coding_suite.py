"""The built-in coding suite: every right program passes all its hidden tests, every wrong one fails one."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.scorers.code import start

SUITE = Path(__file__).parents[2] / "suites" / "coding.yaml"
PROBES = yaml.safe_load(SUITE.read_text(encoding="utf-8"))["probes"]


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe["id"])
def test_a_probe_tells_right_from_wrong(probe: dict[str, Any]) -> None:
    expect = probe["expect"]
    right = start(expect["right"], **expect).result()
    assert right.value == 1.0, right.reason
    for program in expect["wrong"]:
        wrong = start(program, **expect).result()
        assert wrong.value == 0.0, (program, wrong.reason)
        assert wrong.details["status"] in ("wrong", "error", "timeout"), wrong.reason
