"""A suite that loads a data file is asked, judged, recorded and reported as any other."""

import json

from tests.plugin.conftest import Project, errors, outcomes

SUITE = "suite: sums\nversion: 1\nload: {format: gsm8k, path: sums.jsonl, tier: smoke, shots: 1}\n"
ROWS = [{"question": f"What is 1 + {n}?", "answer": f"#### {n + 1}"} for n in range(5)]


def write(project: Project, rows: list[dict[str, str]]) -> None:
    project.write("suites/sums.jsonl", "\n".join(map(json.dumps, rows)))
    project.write("suites/sums.yaml", SUITE)


def test_a_loaded_suite_is_judged_by_its_criterion(project: Project) -> None:
    write(project, ROWS)
    result = project.run("-v")
    assert result.ret == 0, result.stdout.str()
    assert outcomes(result)["suites/sums.yaml::nova::sums-2"] == "PASSED"
    assert outcomes(result)["suites/criteria.yaml::nova::sums"] == "PASSED"
    told = "sums.jsonl: 4 of 5 items; left out: 1 (shown as examples)"
    assert f"suite sums loads {told}" in result.outlines
    assert told in project.verdicts[0].read_text(encoding="utf-8")


def test_what_is_loaded_is_told_before_anything_is_asked(project: Project) -> None:
    write(project, ROWS)
    result = project.run("--collect-only", "-q")
    assert "suites/sums.yaml::nova::sums-5" in result.outlines
    assert any(line.startswith("suite sums loads sums.jsonl: 4 of 5 items") for line in result.outlines)
    assert project.asked == 0


def test_a_faulty_data_file_ends_the_session_with_its_line(project: Project) -> None:
    write(project, [*ROWS, {"question": "What is 2 + 2?", "answer": "four"}])
    result = project.run()
    (told,) = errors(result)
    assert "sums.jsonl:6: its answer ends in 'four'; expected '#### 42'" in told
    assert result.ret == 11
    assert project.asked == 0


def test_a_set_of_a_higher_tier_asks_nothing_and_says_so(project: Project) -> None:
    write(project, ROWS)
    project.write("suites/more.jsonl", "\n".join(map(json.dumps, ROWS)))
    project.write("suites/more.yaml", "suite: more\nversion: 1\nload: {format: gsm8k, path: more.jsonl}\n")
    result = project.run("-v")
    assert result.ret == 0, result.stdout.str()
    assert "suite more asks nothing in tier smoke: what it loads is of tier standard" in result.outlines
    assert not [case for case in outcomes(result) if "more" in case]
    assert [case for case in outcomes(result) if "sums.yaml" in case]
