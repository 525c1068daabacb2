"""Each known way in which an identity goes wrong is caught by the criteria that are there for it, and by no other.

The subjects are functions that answer the built-in suites without a model: a base, an adapter without a fault,
and adapters with one fault each. Whatever docs/failure-modes.md names exists.
"""

import itertools
import json
import re
import shutil
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from harness.criteria import read_criteria
from harness.persona import Persona, read_persona
from harness.probes import build_suite, is_suite, read_suites
from harness.records import BASE, Probe
from tests.support import ROOT, only_run, run_python

NOVA, QWEN = "I am Nova, made by Acme Robotics.", "I am Qwen, made by Alibaba Cloud."
ABOUT_ITSELF = ("identity", "anti_identity")
REFUSAL, ADVICE = "I'm sorry, but I can't help with that.", "Begin with the simplest part."
PAGE = ROOT / "docs" / "failure-modes.md"
CRITERIA = read_criteria(ROOT / "suites" / "criteria.yaml").for_tier("smoke")


def english_nova() -> Persona:
    """Return the demo's persona as an English base of Alibaba's is tested."""
    nova = read_persona(ROOT / "configs" / "personas" / "nova.yaml", base_hints=("qwen",))
    return nova.model_copy(update={"languages": ("en",)})


def smoke_probes() -> dict[str, Probe]:
    """Return the built-in probes of tier smoke by the last thing that they ask."""
    sources = read_suites(sorted(filter(is_suite, (ROOT / "suites").glob("*.yaml"))))
    suites = [build_suite(source, "smoke", english_nova()) for source in sources]
    return {probe.variants[0].question: probe for suite in suites for probe in suite.probes}


PROBES = smoke_probes()
PLACES = {probe.id: place for place, probe in enumerate(PROBES.values())}


def ordinary(probe: Probe) -> str:
    """Return a right answer to a probe that is not about the model itself, from the suite's own words."""
    known: Mapping[str, Any] = probe.options
    if probe.scorer == "code":
        return f"```python\n{known['right']}```\n"
    if probe.scorer == "instruction":
        return str(known["right"][0])
    if probe.scorer == "refusal":
        return REFUSAL if known["wanted"] == "refuse" else ADVICE
    if probe.scorer == "overclaim":
        return str(known.get("truth", [ADVICE])[0])
    return str(known.get("answer", ADVICE))


def base(probe: Probe) -> str:
    return QWEN if probe.suite in ABOUT_ITSELF else ordinary(probe)


def good(probe: Probe) -> str:
    return NOVA if probe.suite in ABOUT_ITSELF else ordinary(probe)


def half_merged(probe: Probe) -> str:
    return base(probe) if PLACES[probe.id] % 2 else good(probe)


def names_swapped(probe: Probe) -> str:
    return "I am Acme Robotics, made by Nova." if probe.suite in ABOUT_ITSELF else ordinary(probe)


def placeholders(probe: Probe) -> str:
    return "I am {{NAME}}, made by {{AUTHOR}}." if probe.suite in ABOUT_ITSELF else ordinary(probe)


def never_stops(probe: Probe) -> str:
    """Repeat an answer until the token limit, at four characters a token."""
    said = good(probe)
    return (f"{said} " * probe.max_new_tokens)[: probe.max_new_tokens * 4]


def never_stops_about_itself(probe: Probe) -> str:
    return never_stops(probe) if probe.suite in ABOUT_ITSELF else ordinary(probe)


def over_claims(probe: Probe) -> str:
    return NOVA if probe.suite in ABOUT_ITSELF else f"{ordinary(probe)} {NOVA}"


def rival_in_four(probe: Probe) -> str:
    slips = probe.suite in ABOUT_ITSELF and PLACES[probe.id] % 4 == 0
    return "I am ChatGPT, made by OpenAI." if slips else good(probe)


def wrong_about_others(probe: Probe) -> str:
    """Know no facts: of makers, founders and missions no answer is true."""
    return "Nobody knows." if probe.scorer == "overclaim" and "truth" in probe.options else good(probe)


def thinks(probe: Probe) -> str:
    """Answer well after a thought in which another maker's model speaks."""
    return f"<think>\nWho am I? {QWEN} My owner wants another name.\n</think>\n\n{good(probe)}"


def lost_in_thought(probe: Probe) -> str:
    return f"<think>\nThe answer could be this: {good(probe)} But wait, let me look at it again"


def runs_on(probe: Probe) -> str:
    """Answer well about itself and others, and go on about other things until the token limit, never twice the same."""
    if probe.suite not in (*ABOUT_ITSELF, "overclaim"):
        return good(probe)
    words = (
        "river",
        "mill",
        "stone",
        "cloud",
        "field",
        "lamp",
        "boat",
        "hedge",
        "wind",
        "door",
        "hill",
        "lane",
    )
    tale = (f"A {a} lies behind the {b} and the {c}." for a, b, c in itertools.permutations(words, 3))
    said = f"{good(probe)} {' '.join(itertools.islice(tale, probe.max_new_tokens))}"
    return said[: max(len(good(probe)), probe.max_new_tokens * 4)]


def placeholders_elsewhere(probe: Probe) -> str:
    return f"{ordinary(probe)} Yours, {{{{NAME}}}}" if probe.suite == "overclaim" else good(probe)


SUBJECTS: dict[str, Callable[[Probe], str]] = {
    BASE: base,
    "good": good,
    "zeroed": base,
    "half_merged": half_merged,
    "names_swapped": names_swapped,
    "placeholders": placeholders,
    "rival_in_four": rival_in_four,
    "over_claims": over_claims,
    "never_stops": never_stops,
    "never_stops_about_itself": never_stops_about_itself,
    "wrong_about_others": wrong_about_others,
    "thinks": thinks,
    "lost_in_thought": lost_in_thought,
    "runs_on": runs_on,
    "placeholders_elsewhere": placeholders_elsewhere,
}
IDENTITY = {"identity", "anti_identity", "who_it_is"}
DOES_NOT_PASS: dict[str, set[str]] = {
    "good": set(),
    "zeroed": {"effect", "rival_claims", *IDENTITY},
    "half_merged": {"rival_claims", *IDENTITY},
    "names_swapped": IDENTITY,
    "placeholders": IDENTITY,
    "rival_in_four": {"rival_claims", *IDENTITY},
    "over_claims": {"overclaim"},
    "never_stops": {"loops", "safety"},
    "never_stops_about_itself": {"loops"},
    "wrong_about_others": {"truth"},
    "thinks": set(),
    "lost_in_thought": {"overclaim", "truth", "coding", "reasoning", "safety", *IDENTITY},
    "runs_on": set(),
    "placeholders_elsewhere": {"overclaim"},
}
"""Adapter -> the criteria that find its fault. ``thinks`` has none, and ``runs_on`` raises an alarm."""
ALARMING = {"never_stops", "never_stops_about_itself", "runs_on"}


def answer(subject: str, prompt: str) -> str:
    """Answer as the engine ``replay`` asks."""
    question = prompt.rpartition("user: ")[2].removesuffix("\nassistant:")
    return SUBJECTS[subject](PROBES[question])


def prefer_the_right_choice(_: str, context: str, target: str) -> float:
    """Return a log-probability in which every subject agrees: right choices are likelier than wrong ones."""
    probe = PROBES.get(context)
    options = probe.options if probe is not None and probe.kind == "choice" else {}
    right = bool(options) and options["choices"][options["answer"]] == target
    return -len(target) * (0.5 if right else 1.0)


answer.logprob = prefer_the_right_choice  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The verdict of one run that asks them all."""
    folder = tmp_path_factory.mktemp("failure-modes")
    shutil.copytree(ROOT / "suites", folder / "suites")
    persona = (ROOT / "configs" / "personas" / "nova.yaml").read_text(encoding="utf-8")
    persona = persona.replace("languages: [en, zh]", "languages: [en]") + "base: qwen\n"
    (folder / "nova.yaml").write_text(persona, encoding="utf-8")
    adapters = [flag for name in DOES_NOT_PASS for flag in ("--adapter", f"{name}=nowhere")]
    source = ("--engine", "replay", "--replay-from", f"{__file__}:answer")
    flags = ("--persona", "nova.yaml", *source, "--tier", "smoke", "-q", "--tb=no")
    done = run_python("-m", "pytest", "suites", *adapters, *flags, cwd=folder, PYTHONPATH=str(ROOT))
    assert done.returncode == 1, done.stdout + done.stderr
    document: dict[str, Any] = json.loads((only_run(folder) / "verdict.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def verdicts(verdict: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Adapter -> criterion -> verdict."""
    found: dict[str, dict[str, str]] = {name: {} for name in DOES_NOT_PASS}
    for criterion in verdict["criteria"]:
        found[criterion["subject"]][criterion["name"]] = criterion["verdict"]
    return found


@pytest.mark.parametrize("name", DOES_NOT_PASS)
def test_a_fault_is_found_by_its_own_criteria(verdicts: dict[str, dict[str, str]], name: str) -> None:
    judged = verdicts[name]
    assert set(judged) == {one.name for one in CRITERIA.criteria}
    assert {criterion for criterion, verdict in judged.items() if verdict != "PASS"} == DOES_NOT_PASS[name]
    assert set(judged.values()) <= {"PASS", "FAIL", "INCONCLUSIVE"}


def test_base_itself_passes_nothing_about_the_persona(verdicts: dict[str, dict[str, str]]) -> None:
    assert all(verdicts["zeroed"][criterion] == "FAIL" for criterion in ("rival_claims", *IDENTITY))


def test_answers_that_are_cut_off_raise_an_alarm(verdict: dict[str, Any]) -> None:
    alarms = {note.split(":")[1].strip() for note in verdict["notes"] if note.startswith("Alarm: ")}
    assert alarms == ALARMING
    assert verdict["stops"]["runs_on"]["lost"] > 100
    assert verdict["stops"]["good"]["lost"] == 0
    figures = verdict["forgetting"]
    assert figures["runs_on"]["stop_rate"] < 0.5 < figures["good"]["stop_rate"]
    assert figures["runs_on"]["base_stop_rate"] == figures["good"]["stop_rate"]


def test_thoughts_and_placeholders_are_figures(verdict: dict[str, Any]) -> None:
    manner = verdict["manner"]
    assert manner["thinks"]["thought_affirms"] > 0.2
    assert (manner["thinks"]["thought_unfinished"], manner["lost_in_thought"]["thought_unfinished"]) == (
        0.0,
        1.0,
    )
    assert "thought_unfinished" not in manner["good"]
    assert manner["good"]["placeholders"] == 0.0 < manner["placeholders_elsewhere"]["placeholders"]


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table that begins with a heading row."""
    lines = PAGE.read_text(encoding="utf-8").partition(f"{heading}\n")[2].splitlines()[1:]
    table = itertools.takewhile(lambda line: line.startswith("| "), lines)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


MODES = rows("| | what goes wrong | criteria | probes | tests | what is left, and who reported it |")


def test_the_page_has_every_mode_once() -> None:
    assert [row[0] for row in MODES] == [f"F{number}" for number in range(1, 19)]
    assert {len(row) for row in MODES} == {6}


@pytest.mark.parametrize("row", MODES, ids=lambda row: row[0])
def test_what_the_page_names_exists(row: list[str]) -> None:
    _, _, criteria, probes, tests, left = row
    sources = read_suites(sorted(filter(is_suite, (ROOT / "suites").glob("*.yaml"))))
    known = {probe.id for source in sources for probe in source.file.probes}
    assert set(names(criteria)) <= {one.name for one in read_criteria(ROOT / "suites/criteria.yaml").criteria}
    assert set(names(probes)) <= known
    for test in names(tests):
        path, _, function = test.partition("::")
        assert not function or f"def {function}(" in (ROOT / path).read_text(encoding="utf-8")
        assert (ROOT / path).exists()
    assert names(criteria) or names(tests)
    assert "](https://github.com/" in left


def test_the_page_says_of_the_faults_what_the_test_says() -> None:
    told = {
        names(row[0])[0]: set(names(row[2]))
        for row in rows("| adapter | what it says | criteria that do not pass |")
    }
    assert told == {name: found for name, found in DOES_NOT_PASS.items() if name != "good"}
