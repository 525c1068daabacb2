"""`harness doctor --parity` on the bundled model: transformers and vLLM, float32, on a CPU."""

import json
from itertools import product
from pathlib import Path

import pytest

from harness.models import BUNDLED
from harness.parity import Parity, show
from harness.parity.compare import LIMITS, Setting, compare
from harness.records import BASE
from tests.real.conftest import harness

ENGINES = ("transformers", "vllm")


def test_nothing_differs(parity: Parity) -> None:
    assert parity.same, "\n".join(show.detail_lines(parity))
    assert {one.limits for one in parity.comparisons} == {LIMITS["float32"]}


def test_every_pair_was_held_against_each_other(parity: Parity) -> None:
    between = {(name, "mixed", "mixed") for name in (BASE, "last", "halfway")}
    within = {(BASE, "plain", "mixed"), ("last", "alone", "mixed"), ("halfway", "alone", "mixed")}
    found = [
        (one.subject, one.one.call, one.other.call, one.one.engine, one.other.engine)
        for one in parity.comparisons
    ]
    assert {one[:3] for one in found if one[3] != one[4]} == between
    assert {one[:4] for one in found if one[3] == one[4]} == {
        (*pair, engine) for pair, engine in product(within, ENGINES)
    }
    assert all((one.answers, len(one.nlls)) == (4, 4) for one in parity.comparisons)


def test_the_numbers_are_those_of_a_model(parity: Parity) -> None:
    """Equal because both are empty, or constant, would be no parity."""
    nlls = [pair[0] for one in parity.comparisons for pair in one.nlls.values()]
    assert len(set(nlls)) >= 12
    assert all(10 < nll < 500 for nll in nlls)


@pytest.mark.parametrize(("asked", "answering"), [("last", BASE), (BASE, "last"), ("last", "halfway")])
@pytest.mark.parametrize("engine", ENGINES)
def test_another_subject_under_its_name_is_seen(
    parity: Parity, asked: str, answering: str, engine: str
) -> None:
    """The samples of one subject put under the keys of another, as a mixed-up engine would."""
    found = parity.samples[Setting(engine, "mixed")]
    place = {(item.subject, item.kind, item.id): item for item in parity.items}
    own = [item for item in parity.items if item.subject == asked]
    wrong = {item.request.key: found[place[answering, item.kind, item.id].request.key] for item in own}
    sides = (Setting("transformers", "mixed"), Setting("vllm", "mixed"))
    assert compare(own, sides, (found, found), LIMITS["bfloat16"]).same
    mixed_up = compare(own, sides, (found, wrong), LIMITS["bfloat16"])
    assert not mixed_up.same
    assert mixed_up.worst[1] > LIMITS["bfloat16"].nll


def test_the_command(checkpoint: Path) -> None:
    done = harness("doctor", f"nova={checkpoint}", "--parity", "--engines", "transformers", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    value = json.loads(done.stdout)
    assert (value["base"], value["adapters"], value["same"]) == (BUNDLED, ["nova"], True)
    assert {one["subject"] for one in value["comparisons"]} == {BASE, "nova"}
    assert {len(one["nll"]["texts"]) for one in value["comparisons"]} == {12}
    assert "without LoRA" in done.stderr
