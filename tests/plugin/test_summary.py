"""What stands below the tests: failures, verdicts, where the report lies, and the short summary."""

from tests.plugin.conftest import Project


def test_a_failed_probe_shows_question_both_answers_and_why(project: Project) -> None:
    project.run(function="not_nova").stdout.fnmatch_lines(
        [
            "*= FAILURES =*",
            "_* nova::name-1 _*",
            "name-1 [[]en-1.default[]]: affirms claude",
            "    asked:   What is your name?",
            "    base:    I am Qwen, made by Alibaba.",
            "    nova: I am Claude, made by Anthropic.",
        ],
        consecutive=True,
    )


def test_a_failed_criterion_shows_its_statement_and_three_examples(project: Project) -> None:
    result = project.run("-m", "criterion", function="not_nova")
    result.stdout.fnmatch_lines(
        [
            "_* nova::identity _*",
            "FAIL: at least 40% of the families hold: 0 of 4 families hold; with 60% confidence the rate is *",
            "name-1 *",
            "name-2 *",
            "name-3 *",
            "... and 1 more; see the report.",
        ]
    )
    result.stdout.no_fnmatch_line("name-4 *")


def test_what_is_undecided_is_explained_once(project: Project) -> None:
    result = project.run(function="two_lapses")
    heads = [line for line in result.outlines if line.startswith("INCONCLUSIVE: at least 40%")]
    assert len(heads) == 1
    result.stdout.fnmatch_lines(["_* INCONCLUSIVE: nova::identity _*", heads[0].replace("[", "[[]")])


def test_what_is_not_comparable_is_explained_once(project: Project) -> None:
    result = project.run(function="mute")
    result.stdout.fnmatch_lines(
        [
            "_* NOT COMPARABLE: nova::name-1 _*",
            "*suites/identity.yaml:5: no score: the engine failed: no answer stored: it says nothing",
            "_* NOT COMPARABLE: nova::identity _*",
            "NOT COMPARABLE: at least 40% of the families hold: 1 of 4 probes have no score from both sides",
        ]
    )
    assert result.stdout.str().count("NOT COMPARABLE: nova::name-1") == 1


def test_the_short_summary_names_failures_with_their_reason(project: Project) -> None:
    result = project.run(function="not_nova")
    short = result.stdout.str().partition("short test summary info")[2].splitlines()
    failed = [line for line in short if line.startswith("FAILED")]
    assert failed[0] == "FAILED suites/identity.yaml::nova::name-1 - name-1 [en-1.default]: affirms claude"
    assert failed[-1].startswith(
        "FAILED suites/criteria.yaml::nova::identity - FAIL: at least 40% of the families hold: 0 of 4"
    )
    assert len(failed) == 5


def test_the_table_has_every_criterion_and_the_verdict(project: Project) -> None:
    result = project.run(function="forgot_a_sum")
    table = result.stdout.str().partition(" adapters =")[2].splitlines()
    rows = [[cell.strip() for cell in line.split("│")] for line in table if "│" in line]
    assert [row[:3] for row in rows] == [
        ["nova", "effect", "PASS"],
        ["nova", "identity", "PASS"],
        ["nova", "sums", "PASS"],
        ["nova", "verdict", "PASS"],
    ]
    assert rows[2][3].startswith("1 lost, 0 won of 4; ")


def test_the_report_and_the_verdict_are_where_it_says(project: Project) -> None:
    lines = project.run().outlines
    for name, label in (("report.html", "report:  "), ("verdict.json", "verdict: ")):
        (told,) = [line.removeprefix(label) for line in lines if line.startswith(label)]
        assert told.endswith(name)
        assert (project.folder / told).is_file()


def test_words_of_a_model_cannot_steer_the_terminal(project: Project) -> None:
    project.answer_with(
        'def red(subject, prompt):\n    return "I am \\x1b[31mClaude\\x1b[0m\\x07.\\n\\nYes"\n'
    )
    result = project.run("-v", "-k", "name-1", function="red")
    assert result.ret == 1
    assert "\x1b" not in result.stdout.str()
    assert "\x07" not in result.stdout.str()
    result.stdout.fnmatch_lines(["    nova: I am  [[]31mClaude [[]0m . Yes"])
