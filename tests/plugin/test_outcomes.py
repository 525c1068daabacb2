"""What a probe and a criterion are called in `-v`, as a letter, and in the last line."""

import pytest

from tests.plugin.conftest import Project, outcomes

NAME, SUM = "suites/identity.yaml::nova::name-1", "suites/sums.yaml::nova::sum-1"
IDENTITY, EFFECT = "suites/criteria.yaml::nova::identity", "suites/criteria.yaml::nova::effect"
CASES = [
    ("one_lapse", {NAME: "TOLERATED"}, ["t...", "....", "..."], "10 passed, 1 tolerated"),
    ("forgot_a_sum", {SUM: "LOST"}, ["....", "l...", "..."], "10 passed, 1 lost"),
    ("learnt_a_sum", {SUM: "WON"}, ["....", "w...", "..."], "10 passed, 1 won"),
    ("never_knew", {SUM: "BOTH WRONG"}, ["....", "b...", "..."], "10 passed, 1 both wrong"),
    (
        "two_lapses",
        {NAME: "FAILED", NAME.replace("1", "4"): "FAILED", IDENTITY: "INCONCLUSIVE"},
        ["F..F", "....", ".I."],
        "2 failed, 8 passed, 1 inconclusive",
    ),
    (
        "mute",
        {NAME: "NOT COMPARABLE", IDENTITY: "NOT COMPARABLE", EFFECT: "NOT COMPARABLE"},
        ["N...", "....", "NN."],
        "8 passed, 3 not comparable",
    ),
    (
        "same_as_base",
        {**{f"{NAME[:-1]}{i}": "FAILED" for i in range(1, 5)}, IDENTITY: "FAILED", EFFECT: "FAILED"},
        ["FFFF", "....", "FF."],
        "6 failed, 5 passed",
    ),
]


@pytest.mark.parametrize(("function", "words", "letters", "last"), CASES, ids=[case[0] for case in CASES])
def test_words_letters_and_the_last_line(
    project: Project, function: str, words: dict[str, str], letters: list[str], last: str
) -> None:
    told = project.run("-v", function=function)
    assert {name: word for name, word in outcomes(told).items() if word != "PASSED"} == words
    short = project.run(function=function)
    lines = [line.split() for line in short.outlines if line.startswith("suites/")]
    assert lines == [
        [f"suites/{name}.yaml", shown, *rest]
        for name, shown, rest in zip(
            ("identity", "sums", "criteria"), letters, (["[", "36%]"], ["[", "72%]"], ["[100%]"]), strict=True
        )
    ]
    short.stdout.fnmatch_lines([f"*= {last} in *"])


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("one_lapse", "its criteria hold all the same: 3 of 4 families hold; *"),
        ("forgot_a_sum", "base holds it, the adapter lost it; its criterion decides over all items"),
        ("never_knew", "base does not hold it either"),
    ],
)
def test_verbose_output_says_why_a_fault_is_no_failure(project: Project, function: str, reason: str) -> None:
    project.run("-v", function=function).stdout.fnmatch_lines([f"suites/* ({reason})*"])


def test_everything_that_holds_has_passed(project: Project) -> None:
    words = outcomes(project.run("-v"))
    assert len(words) == 11
    assert set(words.values()) == {"PASSED"}


def test_probes_come_before_the_criteria_that_rest_on_them(project: Project) -> None:
    project.write("suites/zoo.yaml", (project.folder / "suites/sums.yaml").read_text().replace("sum", "zoo"))
    places = [name.split("::")[0] for name in outcomes(project.run("-v"))]
    assert list(dict.fromkeys(places)) == [
        "suites/identity.yaml",
        "suites/sums.yaml",
        "suites/zoo.yaml",
        "suites/criteria.yaml",
    ]


def test_runxfail_shows_what_was_tolerated_as_failed(project: Project) -> None:
    result = project.run("--runxfail", "-v", function="one_lapse")
    assert outcomes(result)[NAME] == "FAILED"
    result.stdout.fnmatch_lines(["*= FAILURES =*", "name-1 *: affirms qwen", "*1 failed, 10 passed*"])
    assert result.ret == 1
