"""Probes without an answer: texts whose NLL rose are `lost`, and only their criterion turns red."""

from xml.etree import ElementTree

import pytest

from tests.plugin.conftest import Project, outcomes

TEXTS = """\
suite: texts
version: 1
probes:
  - {id: rain, kind: nll, tier: smoke, ask: {en: ["Rain fell on the roof all night."]}}
  - {id: coins, kind: nll, tier: smoke, ask: {en: ["She counted the coins twice."]}}
  - {id: hill, kind: drift, tier: smoke, ask: {en: ["What is a hill?"]}}
  - id: cat
    kind: choice
    tier: smoke
    ask: {en: ["The cat"]}
    expect: {choices: [" sleeps", " sleep"], answer: 0}
"""
CRITERIA = """\
confidence: 0.6
criteria:
  - {name: effect, proves: effect}
  - {name: texts, proves: increase, suites: [texts], kinds: [nll], limit: {smoke: 0.5}}
"""
FUNCTIONS = """
def likely(subject, prompt):
    return answer(subject, prompt)


def strange(subject, prompt):
    return answer(subject, prompt)


def surprise(subject, context, target):
    rain = subject != "base" and (context + target).startswith("Rain fell")
    return -len(target) * (3.0 if rain else 1.0)


def choose(subject, context, target):
    return -1.0 if target.endswith("sleeps") == (subject == "base") else -9.0


strange.logprob, likely.logprob = surprise, choose
"""
RAIN, CAT, TEXT_CRITERION = (
    "suites/texts.yaml::nova::rain",
    "suites/texts.yaml::nova::cat",
    "suites/criteria.yaml::nova::texts",
)


@pytest.fixture
def read(project: Project) -> Project:
    """A project whose criteria count the texts alone."""
    project.write("suites/texts.yaml", TEXTS)
    project.write("suites/criteria.yaml", CRITERIA)
    project.answer_with(FUNCTIONS)
    for name in ("identity", "sums"):
        (project.folder / "suites" / f"{name}.yaml").unlink()
    return project


def test_a_text_that_became_strange_is_lost_and_its_criterion_decides(read: Project) -> None:
    result = read.run("-v", function="strange")
    words = outcomes(result)
    assert words[RAIN] == "LOST"
    assert words[RAIN.replace("rain", "coins")] == "PASSED"
    result.stdout.fnmatch_lines([f"{RAIN} LOST (NLL rises by 2.000 nats per token; its criterion decides*"])
    assert words[TEXT_CRITERION] != "PASSED"


def test_texts_as_likely_as_before_pass(read: Project) -> None:
    words = outcomes(read.run("-v", function="answer"))
    assert words[RAIN] == words[TEXT_CRITERION] == "PASSED"


def test_a_choice_is_lost_when_another_became_likelier(read: Project) -> None:
    words = outcomes(read.run("-v", function="likely"))
    assert words[CAT] == "LOST"


def test_the_rise_stands_in_the_junit_file(read: Project) -> None:
    read.run("--junitxml=junit.xml", function="strange")
    root = ElementTree.parse(read.folder / "junit.xml").getroot()
    (rain,) = [case for case in root.iter("testcase") if case.attrib["name"] == "rain"]
    values = {one.attrib["name"]: one.attrib["value"] for one in rain.iter("property")}
    assert float(values["nll_rise"]) == 2.0
