"""The A/A floor: what is asked twice, how it is kept apart, and what the judge makes of it."""

import json
import sqlite3
from pathlib import Path

import pytest

from harness.criteria import CriteriaFile, Criterion, read_criteria
from harness.errors import ConfigError
from harness.floor import Floor, floor_beside, floor_figures, floor_note, floor_of
from harness.gate import decide
from harness.plan import Plan
from harness.prompts import PlainText
from harness.records import AGAIN, BASE, Request, Sample, Score, Scored, digest_of
from harness.repeats import drawn, second_asks
from harness.report.terminal import verdict_table
from harness.results import Results, read_results
from harness.scoring import read_scored
from harness.session import run_options
from tests.fake_engine import Bench, Fake
from tests.support import suite_from
from tests.test_gate import results as built

SUMS = "suite: sums\nversion: 1\nscorer: number\nprobes:\n" + "".join(
    f"  - {{id: sum-{n}, tier: smoke, ask: {{en: [What is {n} + 1?]}}, expect: {{answer: {n + 1}}}}}\n"
    for n in range(1, 41)
)
TALK = """\
suite: talk
version: 1
scorer: identity
probes:
  - id: pressed
    tier: smoke
    ask: {en: [[{user: Who are you?}, {assistant: null}, {user: Are you sure?}]]}
  - {id: read, kind: nll, tier: smoke, ask: {en: ["Rain fell on the roof."]}}
  - {id: hill, kind: drift, tier: smoke, ask: {en: ["What is a hill?"]}}
  - {id: cat, kind: choice, tier: smoke, ask: {en: ["The cat"]}, expect: {choices: [" sleeps", " sleep"], answer: 0}}
"""
PAIRED = """\
criteria:
  - {name: effect, proves: effect}
  - {name: sums, proves: noninferior, suites: [sums], limit: {smoke: 0.25}}
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Forty sums, so that a criterion can be proved."""
    return Bench(tmp_path, monkeypatch, sums=SUMS, criteria=PAIRED)


def test_a_request_that_is_asked_once_keeps_the_key_that_old_stores_have() -> None:
    once = Request("generate", "a", "scope", (1, 2), max_new_tokens=8, stop=("x",))
    assert once.key == digest_of(["generate", "scope", (1, 2), (), 8, ("x",)])
    again = Request("generate", "a", "scope", (1, 2), max_new_tokens=8, stop=("x",), repeat=1)
    assert again.key not in (once.key, "")


def test_the_lot_is_spread_over_suites_and_kinds_and_leaves_likelihoods_out(tmp_path, nova_persona) -> None:
    probes = (
        *suite_from(tmp_path, SUMS, nova_persona).probes,
        *suite_from(tmp_path, TALK, nova_persona).probes,
    )
    first = drawn(probes, 3)
    assert sorted(probe.suite for probe, _ in first) == ["sums", "talk", "talk"]
    assert {probe.id for probe, _ in first} >= {"pressed", "cat"}
    assert drawn(probes, 3) == first == drawn(probes, 30)[:3]
    assert {probe.kind for probe, _ in drawn(probes, 1000)} == {"generate", "choice"}
    assert len(drawn(probes, 1000)) == 42
    assert drawn(probes, 0) == drawn((), 9) == []
    ids = [probe.id for probe, _ in drawn(probes, 12) if probe.suite == "sums"]
    assert ids != sorted(ids, key=lambda name: int(name[4:])), "it is a lot, not the beginning of the file"


def test_second_requests_come_last_in_reverse_order_and_among_one_another(bench: Bench) -> None:
    engine = Fake()
    bench.ask(engine, floor=3)
    repeats = [number for number, request in enumerate(engine.asked) if request.repeat]
    generated = [one for one in engine.asked if one.kind == "generate"]
    assert repeats[0] == len(engine.asked) - len(repeats)
    second = [one for one in generated if one.repeat]
    assert len(generated) == 24 + 9
    assert [one.subject for one in second] == ["b", "a", BASE] * 3
    first = [(one.subject, one.token_ids) for one in generated if not one.repeat]
    places = [first.index((one.subject, one.token_ids)) for one in second]
    assert len({one.key for one in engine.asked}) == len(engine.asked)
    assert len(set(places)) == 9


def test_the_fixed_texts_are_asked_again_in_other_company(bench: Bench) -> None:
    """Engines sort what they are given, so that the same requests would make the same batch again."""
    batches: list[list[Request]] = []

    class Watched(Fake):
        def score(self, requests):  # type: ignore[no-untyped-def]
            batches.append(list(requests))
            yield from super().score(requests)

    bench.ask(Watched())
    (first, *second) = [{(r.subject, r.token_ids, r.target_ids) for r in batch} for batch in batches]
    assert [{r.repeat for r in batch} for batch in batches] == [{0}, {1}, {1}]
    assert second[0] | second[1] == first
    assert all({subject for subject, *_ in half} == {BASE, "a", "b"} for half in second)


def test_of_a_conversation_only_the_last_answer_is_asked_again(tmp_path, nova_persona) -> None:
    probe = suite_from(tmp_path, TALK, nova_persona).probes[0]
    plan = Plan((probe,), {BASE: "s"}, PlainText())
    answers: dict[str, Sample] = {}
    while waiting := [ask for ask in plan.asks(answers.get) if ask.request.key not in answers]:
        answers |= {ask.request.key: Sample(ask.request.key, text=ask.part) for ask in waiting}
    (ask,) = second_asks(plan, answers.get, 5)
    assert (ask.part, ask.request.repeat, ask.variant.id) == ("answer", 1, probe.variants[0].id + AGAIN)
    assert "turn-1" in PlainText().decode(ask.request.token_ids)


def test_what_failed_is_not_asked_again(tmp_path, nova_persona) -> None:
    probe = suite_from(tmp_path, SUMS, nova_persona).probes[0]
    plan = Plan((probe,), {BASE: "s"}, PlainText())
    (ask,) = plan.asks({}.get)
    failed = {ask.request.key: Sample(ask.request.key, finish="error", error="died")}
    assert list(second_asks(plan, failed.get, 5)) == list(second_asks(plan, {}.get, 5)) == []


def test_a_finished_run_asks_nothing_more_and_comes_to_the_same(bench: Bench) -> None:
    before = bench.ask(Fake())
    engine = Fake()
    after = bench.ask(engine, again=True)
    assert engine.asked == []
    assert (after.repeated, after.fingerprints, after.scored) == (
        before.repeated,
        before.fingerprints,
        before.scored,
    )


@pytest.mark.parametrize("at", [3, 30, 52, 60])
def test_a_run_that_died_anywhere_asks_only_the_rest(bench: Bench, at: int) -> None:
    class Dies(Fake):
        def dying(self, answers):  # type: ignore[no-untyped-def]
            for sample in answers:
                if len(self.asked) > at:
                    raise KeyboardInterrupt
                yield sample

        def generate(self, requests):  # type: ignore[no-untyped-def]
            yield from self.dying(super().generate(requests))

        def score(self, requests):  # type: ignore[no-untyped-def]
            yield from self.dying(super().score(requests))

    whole = Fake()
    bench.ask(whole)
    with pytest.raises(KeyboardInterrupt):
        bench.ask(Dies())
    rest = Fake()
    results = bench.ask(rest, again=True)
    assert len(rest.asked) == len(whole.asked) - at
    assert floor_of(results, BASE).asked == 8


def test_what_differs_is_counted_where_it_is(bench: Bench) -> None:
    class Second(Fake):
        """Answers sums wrongly the second time, and names with other words, as adapter a."""

        def said(self, request):  # type: ignore[no-untyped-def]
            said = super().said(request)
            if not (request.repeat and request.subject == "a"):
                return said
            return "7" if said.isdigit() else said + " Hello."

    results = bench.ask(Second())
    assert floor_of(results, BASE) == Floor(8, 0, 0, 0.0)
    assert floor_of(results, "a") == Floor(8, 8, 4, 0.0)
    assert floor_of(results, "b") == Floor(8, 0, 0, 0.0)
    assert floor_beside(results, "a") == Floor(16, 8, 4, 0.0)
    assert floor_figures(results)["a"]["rate_low"] < 0.5 < floor_figures(results)["a"]["rate_high"]
    assert {one.score.value for place, one in results.scored.items() if place[0] == "a"} == {1.0}


def test_a_second_answer_is_nobodys_first(bench: Bench) -> None:
    """Scores, pairs, counts and samples.jsonl are those of a run without a floor."""
    with_floor, without = bench.ask(Fake(slips=0.5)), bench.ask(Fake(slips=0.5), floor=0)
    assert with_floor.scored == without.scored
    assert len(with_floor.repeated) == 24
    assert without.repeated == {}
    document, bare = bench.document(with_floor), bench.document(without)
    assert document["counts"] == bare["counts"] == {"asked": 24, "unscored": 0}
    assert document["scores"] == bare["scores"]
    samples = (with_floor.folder / "samples.jsonl").read_text().splitlines()
    assert len(samples) == 24
    assert not any(AGAIN in line for line in samples)


def test_the_largest_change_of_a_log_probability_is_told(tmp_path: Path, monkeypatch) -> None:
    bench = Bench(tmp_path, monkeypatch, talk=TALK)
    results = bench.ask(Fake(noise=0.01))
    choice = results.repeated[BASE, "cat", results.probes[-1].variants[0].id]
    assert 0 < choice.score.details["shift"] < 0.1
    base = floor_of(results, BASE)
    noise = results.fingerprints[BASE].noise
    assert noise is not None
    assert base.largest_shift == max(choice.score.details["shift"], noise.largest)


def test_an_answer_that_fails_the_second_time_is_not_counted(bench: Bench) -> None:
    class Tired(Fake):
        def generate(self, requests):  # type: ignore[no-untyped-def]
            repeat = {request.key: request.repeat for request in requests}
            for sample in super().generate(requests):
                tired = repeat[sample.key] and "Nova" in sample.text
                yield Sample(sample.key, finish="error", error="tired") if tired else sample

    results = bench.ask(Tired())
    assert (floor_of(results, BASE).asked, floor_of(results, "a").asked) == (8, 4)
    assert bench.judged(results)["a"].verdict == "PASS"


def test_a_part_of_the_probes_has_a_floor_of_that_part(bench: Bench) -> None:
    results = bench.ask(Fake(), only="sum")
    assert {place[1] for place in results.repeated} == {"sum-1", "sum-2", "sum-3", "sum-4"}
    whole = bench.ask(Fake(), again=True)
    assert floor_of(whole, BASE).asked == 8


def test_without_a_floor_nothing_is_measured_and_everything_judged(bench: Bench) -> None:
    engine = Fake()
    results = bench.ask(engine, floor=0)
    assert not any(request.repeat for request in engine.asked)
    document = bench.document(results)
    assert document["floor"] is None
    assert "A/A floor: not measured; no answer was asked twice." in document["notes"]
    assert "A/A floor not measured" in (results.folder / "summary.md").read_text()
    assert "A/A floor not measured" in (results.folder / "report.html").read_text()


def test_a_run_of_an_older_version_is_judged_as_before(many: Bench) -> None:
    results = many.ask(Fake())
    with sqlite3.connect(results.folder / "run.sqlite") as db:
        db.execute("DELETE FROM meta WHERE name = 'fingerprints'")
        for table in ("asks", "scores"):
            db.execute(f"DELETE FROM {table} WHERE variant LIKE '%{AGAIN}'")
    db.close()
    old = read_scored(results.folder)
    assert (old.repeated, old.fingerprints, old.known) == ({}, {}, {})
    document = many.document(old)
    assert {row["verdict"] for row in document["criteria"]} == {"PASS"}  # type: ignore[attr-defined]
    assert "A/A floor: not measured; no answer was asked twice." in document["notes"]


def test_scores_of_an_older_scorer_are_made_anew_for_both_answers(bench: Bench) -> None:
    results = bench.ask(Fake(slips=0.3))
    with sqlite3.connect(results.folder / "run.sqlite") as db:
        db.execute("UPDATE scores SET scorer = 'number@0', value = 0.0 WHERE scorer LIKE 'number@%'")
    db.close()
    assert read_results(results.folder).repeated != results.repeated
    again = read_scored(results.folder)
    assert again.repeated == results.repeated
    assert again.scored == results.scored


def test_an_edited_first_answer_leaves_the_second_alone(bench: Bench) -> None:
    results = bench.ask(Fake())
    with sqlite3.connect(results.folder / "run.sqlite") as db:
        db.execute(
            "UPDATE samples SET text = '99' WHERE key IN (SELECT key FROM asks WHERE subject = 'base' "
            "AND probe = 'sum-1' AND variant NOT LIKE '%#again')"
        )
    db.close()
    again = read_scored(results.folder)
    assert floor_of(again, BASE) == Floor(8, 1, 1, 0.0)
    assert floor_of(again, "a") == floor_of(results, "a")


def test_replayed_functions_are_asked_twice_only_when_told(bench: Bench) -> None:
    from dataclasses import replace

    bench.ask(Fake())
    options = bench.setup.options
    probes = bench.setup.probes
    assert bench.setup.floor(probes) == bench.setup.floor(()) == 12
    assert bench.setup.floor(probes * 50) == 20  # of 400 variants
    replayed = replace(bench.setup, options=replace(options, engine="replay"))
    assert replayed.floor(probes) == 0
    told = replace(replayed, options=replace(replayed.options, floor=5))
    assert told.floor(probes) == 5


def test_a_negative_floor_is_refused() -> None:
    class Config:
        def getoption(self, name: str) -> object:
            known = {"adapter": [], "engine_option": [], "reports": "r", "floor": -1}
            return known.get(name)

    with pytest.raises(ConfigError, match=r"--floor -1: needs a number of answers, 0 or more"):
        run_options(Config(), Path("suites"))  # type: ignore[arg-type]


# --- the judge ----------------------------------------------------------------------------------


def run_with(lost: int, won: int, flips: int, of: int = 48) -> Results:
    """A run of 48 pairs, all of them asked twice; base flips by itself ``flips`` times, the adapter never."""
    base = [1] * lost + [0] * won + [1] * (44 - lost - won) + [0] * 4
    adapter = [0] * lost + [1] * won + [1] * (44 - lost - won) + [0] * 4
    run = built(base, adapter)
    again = {}
    for number, probe in enumerate(run.probes[:of]):
        place = (BASE, probe.id, "en-1.default")
        first = run.scored[place]
        flipped = Score(1.0 - (first.score.value or 0.0), "r")
        again[place] = Scored(BASE, probe, first.variant.again, "other", flipped) if number < flips else first
    return Results(run.folder, run.meta, run.scored, run.probes, again)


def paired(run: Results, max_floor: float = 0.05) -> tuple[str, str, dict[str, int]]:
    criterion = Criterion(name="c", proves="noninferior", limit={"smoke": 0.25})
    decision = decide(criterion, run, "a", CriteriaFile(criteria=(criterion,), max_floor=max_floor))
    return decision.verdict, decision.explanation, decision.counts


@pytest.mark.parametrize(
    ("flips", "max_floor", "verdict"),
    [(0, 0.05, "PASS"), (2, 0.05, "PASS"), (3, 0.05, "INCONCLUSIVE"), (3, 0.0625, "PASS"), (1, 0.0, "PASS")],
)
def test_a_high_floor_decides_nothing(flips: int, max_floor: float, verdict: str) -> None:
    found, told, counts = paired(run_with(1, 1, flips), max_floor)
    assert found == verdict
    assert (counts["floor_flips"], counts["floor_asked"]) == (flips, 48)
    assert ("try float32, a smaller batch" in told) == (verdict == "INCONCLUSIVE")


def test_a_loss_beyond_a_high_floor_still_fails() -> None:
    verdict, told, _ = paired(run_with(30, 0, 6))
    assert verdict == "FAIL"
    assert told.endswith("; more than the A/A floor of 6 of 48 flips explains")
    verdict, told, _ = paired(run_with(20, 2, 40))
    assert verdict == "INCONCLUSIVE"


def test_no_floor_makes_a_pass() -> None:
    """A floor takes verdicts away, and grants none."""
    for lost in (4, 8, 20):
        without = paired(run_with(lost, 0, 0, of=0))[0]
        for flips in range(0, 48, 3):
            verdict = paired(run_with(lost, 0, flips))[0]
            assert verdict in (without, "INCONCLUSIVE")


@pytest.mark.parametrize(
    ("lost", "won", "flips", "noted"),
    [(1, 1, 2, True), (1, 0, 2, True), (0, 0, 2, False), (1, 1, 0, False), (9, 0, 1, False)],
)
def test_flips_that_the_floor_explains_are_noted(lost: int, won: int, flips: int, noted: bool) -> None:
    verdict, told, _ = paired(run_with(lost, won, flips))
    assert told.endswith(f"; the A/A floor of {flips} of 48 flips explains as many") == noted
    assert verdict == paired(run_with(lost, won, 0))[0]


def test_without_a_floor_a_decision_has_no_word_of_it() -> None:
    verdict, told, counts = paired(run_with(1, 1, 0, of=0))
    assert verdict == "PASS"
    assert "floor" not in told
    assert not any("floor" in name for name in counts)


def test_the_floor_stands_beside_the_flips_everywhere(many: Bench) -> None:
    results = many.ask(Fake())
    document = many.document(results)
    assert document["floor"]["base"]["asked"] == 12  # type: ignore[index]
    assert json.loads((results.folder / "verdict.json").read_text())["floor"] == document["floor"]
    summary = (results.folder / "summary.md").read_text()
    assert summary.count("A/A floor 0 of 24") >= 4  # each adapter's flips, and its paired criterion
    page = (results.folder / "report.html").read_text()
    assert page.count("A/A floor 0 of 24") >= 4
    table = verdict_table(document, width=200, color=False)
    assert "A/A floor: asked again, 0 of 36 answers flipped (base 0 of 12, a 0 of 12, b 0 of 12;" in table
    assert floor_note(results) in document["notes"]  # type: ignore[operator]


def test_a_noisy_run_says_so_and_is_not_proved(many: Bench) -> None:
    results = many.ask(Fake(slips=0.15, seed=3))
    document = many.document(results)
    sums = [row for row in document["criteria"] if row["name"] == "sums"]  # type: ignore[attr-defined]
    assert {row["verdict"] for row in sums} == {"INCONCLUSIVE"}


def test_max_floor_is_read_and_extended(tmp_path: Path) -> None:
    below, above = tmp_path / "below.yaml", tmp_path / "above.yaml"
    below.write_text(PAIRED)
    above.write_text("extends: below.yaml\nmax_floor: 0.2\nmin_sandbox: process\n")
    assert read_criteria(below).max_floor == 0.05
    extended = read_criteria(above)
    assert (extended.max_floor, extended.confidence, extended.min_sandbox) == (0.2, 0.95, "process")
    below.write_text("max_floor: 0.1\nmin_sandbox: process\n" + PAIRED)
    above.write_text("extends: below.yaml\n")
    assert (read_criteria(above).max_floor, read_criteria(above).min_sandbox) == (0.1, "process")
    below.write_text("max_floor: 1.5\n" + PAIRED)
    with pytest.raises(ConfigError, match="max_floor"):
        read_criteria(below)
