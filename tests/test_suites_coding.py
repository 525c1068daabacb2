"""The coding suite: its right programs pass, its wrong ones do not, and its prompts say what is asked."""

import ast
from collections import Counter

import pytest

from harness.persona import Persona
from harness.probes import build_suite, read_suite
from harness.records import Probe, Score
from harness.scorers import Reply
from harness.scorers.code import code
from harness.suite_file import ProbeEntry
from tests.support import ROOT

SOURCE = read_suite(ROOT / "suites" / "coding.yaml")
ENTRIES = {entry.id: entry for entry in SOURCE.file.probes}
CHARACTERS_A_TOKEN = 3.5
FENCE_AND_DOCSTRING = 30  # tokens
every_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)


@pytest.fixture(scope="module")
def probes(nova_persona: Persona) -> dict[str, Probe]:
    """The probes of tier full, with the options that the scorer gets."""
    return {probe.id: probe for probe in build_suite(SOURCE, "full", nova_persona).probes}


def judged(program: str, probe: Probe, persona: Persona) -> Score:
    """Score a program that stands in an answer as the stop string leaves it: without the closing fence."""
    answer = f"```python\n{program.rstrip()}"
    return code(Reply(answer, probe.variants[0].question, "en", persona, {}), **probe.options)


@every_entry
def test_the_right_program_passes(entry: ProbeEntry, probes: dict[str, Probe], nova_persona: Persona) -> None:
    score = judged(probes[entry.id].options["right"], probes[entry.id], nova_persona)
    assert score.value == 1.0, score.reason


@every_entry
def test_every_wrong_program_fails_a_test(
    entry: ProbeEntry, probes: dict[str, Probe], nova_persona: Persona
) -> None:
    wrong = probes[entry.id].options["wrong"]
    assert len(wrong) >= 2
    for program in wrong:
        score = judged(program, probes[entry.id], nova_persona)
        assert score.value == 0.0, program
        status = score.details.get("status")  # a call with a wrong value, or one that raises
        assert status == "wrong" or (status == "error" and " gives " in score.reason), (
            f"{score.reason}\n{program}"
        )


@every_entry
def test_programs_differ_and_have_the_same_arguments(entry: ProbeEntry) -> None:
    programs = [entry.expect["right"], *entry.expect["wrong"]]
    assert len({ast.dump(ast.parse(program)) for program in programs}) == len(programs)
    assert len({signature(program, entry.expect["function"]) for program in programs}) == 1


@every_entry
def test_every_wording_gives_the_name_and_the_arguments(entry: ProbeEntry) -> None:
    asked = signature(entry.expect["right"], entry.expect["function"])
    for wordings in entry.ask.values():
        assert all(asked in wording for wording in wordings), asked


def signature(program: str, function: str) -> str:
    """Return a function's name and arguments as prompts write them.

    >>> signature("def add(a, b):\\n    return a + b", "add")
    'add(a, b)'
    """
    found = [
        node
        for node in ast.parse(program).body
        if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    assert len(found) == 1
    return f"{function}({', '.join(argument.arg for argument in found[0].args.args)})"


@every_entry
def test_a_probe_asks_in_both_languages_and_tests_enough(entry: ProbeEntry) -> None:
    assert {lang: len(set(wordings)) for lang, wordings in entry.ask.items()} == {"en": 2, "zh": 2}
    tests = entry.expect["tests"]
    assert (4 if entry.tier == "smoke" else 5) <= len(tests) <= 10
    assert len({repr(test["args"]) for test in tests}) == len(tests)


@every_entry
def test_the_right_program_fits_its_tokens(entry: ProbeEntry) -> None:
    room = (entry.max_new_tokens or SOURCE.file.max_new_tokens) - FENCE_AND_DOCSTRING
    assert len(entry.expect["right"]) / CHARACTERS_A_TOKEN <= room


def test_levels_and_tiers_are_filled() -> None:
    levels = Counter(entry.category for entry in ENTRIES.values())
    assert set(levels) == {"level-1", "level-2", "level-3", "level-4"}
    assert min(levels.values()) >= 20
    tiers = Counter(entry.tier for entry in ENTRIES.values())
    assert tiers["smoke"] == 24
    assert tiers["smoke"] + tiers["standard"] >= 78
    assert all(entry.category == "level-4" for entry in ENTRIES.values() if entry.tier == "full")
