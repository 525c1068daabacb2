"""JUnit XML: a green report and a green exit status agree, and the numbers stand beside each test."""

from xml.etree import ElementTree

from tests.plugin.conftest import Project


def report(project: Project, function: str) -> tuple[dict[str, str], dict[str, ElementTree.Element]]:
    """Return the counts of a run's JUnit file and its test cases by name."""
    project.run("--junitxml=junit.xml", function=function)
    suite = ElementTree.parse(project.folder / "junit.xml").find("testsuite")
    assert suite is not None
    return suite.attrib, {case.attrib["name"]: case for case in suite.iter("testcase")}


def result(case: ElementTree.Element) -> tuple[str, str] | None:
    """Return what a test case ended with and its message; ``None`` when it passed."""
    found = [(one.tag, one.attrib["message"]) for one in case if one.tag != "properties"]
    assert len(found) <= 1
    return found[0] if found else None


def properties(case: ElementTree.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}


def test_a_lost_item_is_skipped(project: Project) -> None:
    counts, cases = report(project, "forgot_a_sum")
    assert (counts["tests"], counts["failures"], counts["errors"], counts["skipped"]) == ("11", "0", "0", "1")
    assert result(cases["sum-1"]) == (
        "skipped",
        "base holds it, the adapter lost it; its criterion decides over all items",
    )
    assert properties(cases["sum-1"]) == {"score": "0.0", "base_score": "1.0"}


def test_a_won_item_has_passed(project: Project) -> None:
    counts, cases = report(project, "learnt_a_sum")
    assert (counts["failures"], counts["skipped"]) == ("0", "0")
    assert result(cases["sum-1"]) is None
    assert properties(cases["sum-1"]) == {"score": "1.0", "base_score": "0.0"}


def test_a_tolerated_probe_is_skipped(project: Project) -> None:
    counts, cases = report(project, "one_lapse")
    assert (counts["failures"], counts["skipped"]) == ("0", "1")
    kind, message = result(cases["name-1"]) or ("", "")
    assert kind == "skipped"
    assert message.startswith("its criteria hold all the same: 3 of 4 families hold; ")


def test_a_failed_criterion_is_a_failure_with_its_evidence(project: Project) -> None:
    counts, cases = report(project, "not_nova")
    assert (counts["failures"], counts["errors"]) == ("5", "0")
    kind, message = result(cases["identity"]) or ("", "")
    assert kind == "failure"
    assert message.startswith("FAIL: at least 40% of the families hold: 0 of 4 families hold; ")
    assert "I am Claude, made by Anthropic." in message
    assert properties(cases["identity"])["verdict"] == "FAIL"


def test_an_inconclusive_criterion_is_a_failure_that_says_so(project: Project) -> None:
    _, cases = report(project, "two_lapses")
    kind, message = result(cases["identity"]) or ("", "")
    assert kind == "failure"
    assert message.startswith("INCONCLUSIVE: ")
    assert properties(cases["identity"])["verdict"] == "INCONCLUSIVE"
    assert 0.0 < float(properties(cases["identity"])["bound"]) < 0.4


def test_what_is_not_comparable_is_a_failure_that_says_so(project: Project) -> None:
    _, cases = report(project, "mute")
    assert result(cases["name-1"]) == (
        "failure",
        f"{project.folder}/suites/identity.yaml:5: no score: the engine failed: no answer stored: it says nothing",
    )
    assert (result(cases["identity"]) or ("", ""))[1].startswith("NOT COMPARABLE: ")


def test_cases_are_grouped_by_suite_and_adapter(project: Project) -> None:
    _, cases = report(project, "answer")
    assert cases["sum-1"].attrib["classname"] == "suites.sums.yaml.nova"
    assert cases["effect"].attrib["classname"] == "suites.criteria.yaml.nova"
