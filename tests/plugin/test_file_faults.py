"""A faulty suite or criteria file: every fault of it at once, with its line, before anything is asked."""

import pytest

from tests.plugin.conftest import Project, errors
from tests.support import CRITERIA, SUMS


def probes(*lines: str, suite: str = "suite: mine\nversion: 1\nscorer: number") -> str:
    return f"{suite}\nprobes:\n" + "".join(f"  - {{{line}}}\n" for line in lines)


GOOD = "id: a, tier: smoke, ask: {en: [x]}, expect: {answer: 1}"
FILES = {
    "every fault at once": (
        {
            "mine": "suite: mine\nversion: 1\nscorer: number\nmax_tokens: 3\nprobes:\n"
            "  - {id: a, tier: smok, ask: {en: [x]}, expect: {answer: 1}}\n"
            "  - {id: b, tier: smoke, aks: {en: [x]}, expect: {answer: 1}}\n"
        },
        [
            "suites/mine.yaml:4: unknown key 'max_tokens': did you mean 'max_new_tokens'?",
            "suites/mine.yaml:6: 'probes.0.tier': Input should be 'smoke', 'standard' or 'full' (got 'smok').",
            "suites/mine.yaml:7: 'probes.1.ask' is missing; add it.",
            "suites/mine.yaml:7: unknown key 'probes.1.aks': did you mean 'ask'?",
        ],
    ),
    "a probe id twice": (
        {"mine": probes(GOOD, GOOD, GOOD)},
        [
            "suites/mine.yaml:6: probe id 'a' stands in line 5 already; rename one.",
            "suites/mine.yaml:7: probe id 'a' stands in line 5 already; rename one.",
        ],
    ),
    "a probe id of another suite": (
        {"mine": probes(GOOD.replace("id: a", "id: sum-1"))},
        ["suites/sums.yaml: 'sum-1' stands in suites/mine.yaml already; rename one."],
    ),
    "no probe": (
        {"mine": "suite: mine\nversion: 1\nprobes: []\n"},
        ["suites/mine.yaml:3: 'probes': List should have at least 1 item after validation, not 0 (got [])."],
    ),
    "no probe of the tier": (
        {"mine": probes(GOOD.replace("smoke", "full"))},
        ["suites/mine.yaml: suite 'mine' has no probe for tier smoke in en, zh; give one `tier: smoke`."],
    ),
    "no YAML": (
        {"mine": "suite: mine\n  probes: [\n"},
        ["suites/mine.yaml:2: not valid YAML: mapping values are not allowed in this context."],
    ),
    "options of a scorer": (
        {"mine": probes(GOOD.replace("answer", "anser"), GOOD.replace("id: a", "id: b, scorer: nmber"))},
        [
            "suites/mine.yaml:5: probe 'a' has no 'expect.answer'; scorer 'number' needs it.",
            "suites/mine.yaml:5: probe 'a': unknown 'expect.anser': did you mean 'answer'?",
            (
                "suites/mine.yaml:6: probe 'b': unknown scorer 'nmber': did you mean 'number'? Scorers: "
                "anti_identity, choice, code, contains, drift, honesty, identity, instruction, nll, number, overclaim, own, refusal, word, "
                "or package.module:function."
            ),
        ],
    ),
    "the name own": (
        {"mine": probes(GOOD, suite="suite: own\nversion: 1\nscorer: number")},
        ["suites/mine.yaml: suite name 'own' is kept for questions of tests; use another."],
    ),
    "criteria of no form": (
        {"criteria": "criteria:\n  - {name: effect, prove: effect}\n  - {name: It, proves: effect}\n"},
        [
            "suites/criteria.yaml:2: 'criteria.0.proves' is missing; add it.",
            "suites/criteria.yaml:2: unknown key 'criteria.0.prove': did you mean 'proves'?",
            "suites/criteria.yaml:3: 'criteria.1.name': String should match pattern '^[a-z][a-z0-9_]*$' (got 'It').",
        ],
    ),
    "criteria that cannot be certified": (
        {"criteria": CRITERIA.replace("0.6", "0.95")},
        [
            (
                "suites/criteria.yaml: criterion 'sums': 4 families in tier smoke can certify no less than "
                "0.403, not 0.4, even without a single fault; that needs 5. Set another limit, or choose a "
                "larger tier."
            ),
        ],
    ),
    "criteria without limits": (
        {"criteria": CRITERIA.replace(", limit: {smoke: 0.4}", "")},
        [
            "suites/criteria.yaml: criterion 'identity' has no 'limit'; add {TIER: x}.",
            "suites/criteria.yaml: criterion 'sums' has no 'limit'; add {TIER: x}.",
        ],
    ),
    "criteria of suites that are not there": (
        {"criteria": CRITERIA.replace("[sums]", "[sum]").replace("[identity]", "[identity], kinds: [nll]")},
        [
            (
                "suites/criteria.yaml: criterion 'identity': no probe of tier smoke belongs to it; name a suite or a "
                "probe that is asked there."
            ),
            (
                "suites/criteria.yaml: criterion 'sums' names unknown suite 'sum': did you mean 'sums'? "
                "Suites here: identity, sums."
            ),
        ],
    ),
}


@pytest.mark.parametrize(("files", "messages"), FILES.values(), ids=FILES.keys())
def test_a_faulty_file(project: Project, files: dict[str, str], messages: list[str]) -> None:
    for name, text in files.items():
        project.write(f"suites/{name}.yaml", text)
    result = project.run()
    told = [message.replace(f"{project.folder}/", "") for message in errors(result)]
    assert sorted(told) == messages
    assert result.ret == 11
    assert project.asked == 0


def test_a_faulty_file_is_told_when_tests_are_only_collected(project: Project) -> None:
    project.write("suites/sums.yaml", SUMS.replace("version", "verson"))
    result = project.run("--collect-only")
    assert len(errors(result)) == 2
    assert result.ret == 11


def test_suites_without_criteria(project: Project) -> None:
    (project.folder / "suites" / "criteria.yaml").unlink()
    result = project.run()
    assert len(errors(result)) == 1
    result.stdout.fnmatch_lines(
        ["ERROR: *suites/criteria.yaml: cannot be read (No such file *); check the path."]
    )
    assert result.ret == 11


def test_suites_of_two_folders(project: Project) -> None:
    project.write("more/mine.yaml", probes(GOOD))
    result = project.run(where=("suites", "more"))
    assert len(errors(result)) == 1
    result.stdout.fnmatch_lines(["ERROR: suites from two folders (*/suites, */more); test one at a time."])
    assert result.ret == 11
