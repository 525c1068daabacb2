"""The effect proof: who changes nothing, and who is somebody else, is told by name, and nobody else is."""

import json
import re
import shutil
from pathlib import Path

import pytest

from harness import known
from harness.engines.replay import StoredRun
from harness.records import BASE, digest_of
from harness.results import read_results
from tests.fake_engine import Bench, Fake


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def verdicts(bench: Bench, engine: Fake, **how: object) -> dict[str, tuple[str, str]]:
    judged = bench.judged(bench.ask(engine, **how))  # type: ignore[arg-type]
    return {name: (one.verdict, one.explanation) for name, one in judged.items()}


def test_two_adapters_that_do_something_pass(bench: Bench) -> None:
    found = verdicts(bench, Fake())
    assert {name: verdict for name, (verdict, _) in found.items()} == {"a": "PASS", "b": "PASS"}
    assert found["a"][1].startswith("4 of 8 answers differ from base, log-probabilities differ by 0.3")
    assert "(asked again: 0 of 16 answers, 0 nats on average)" in found["a"][1]


@pytest.mark.parametrize("floor", [0, 24])
def test_one_without_effect_fails_by_name_and_the_other_passes(bench: Bench, floor: int) -> None:
    found = verdicts(bench, Fake({"a": BASE}), floor=floor)
    assert (found["a"][0], found["b"][0]) == ("FAIL", "PASS")
    assert found["a"][1].startswith("the adapter changes nothing: 8 of 8 answers equal base's, log-probab")
    assert "it was not applied, or its weights are zero" in found["a"][1]


def test_noise_does_not_make_an_effect(bench: Bench) -> None:
    """Neither a little in every log-probability, nor an answer that comes out otherwise now and then."""
    found = verdicts(bench, Fake({"a": BASE}, noise=0.02, slips=0.2, seed=5))
    assert (found["a"][0], found["b"][0]) == ("FAIL", "PASS")
    told = found["a"][1]
    assert "8 of 8 answers equal" not in told
    assert "no more than base shows against itself (asked again:" in told


def test_one_answer_that_differs_is_noise_when_no_log_probability_moved(bench: Bench) -> None:
    class Once(Fake):
        def said(self, request):  # type: ignore[no-untyped-def]
            said = super().said(request)
            first = request.subject == "a" and not request.repeat and "1 + 1" in self.text(request)
            return "7" if first else said

        @staticmethod
        def text(request):  # type: ignore[no-untyped-def]
            return "".join(map(chr, request.token_ids))

    found = verdicts(bench, Once({"a": BASE}))
    assert found["a"][0] == "FAIL"
    assert "7 of 8 answers equal base's" in found["a"][1]


def test_a_small_shift_of_every_log_probability_is_an_effect_where_nothing_is_noisy(bench: Bench) -> None:
    class Barely(Fake):
        def score(self, requests):  # type: ignore[no-untyped-def]
            subject = {request.key: request.subject for request in requests}
            for sample in super().score(requests):
                by = 0.01 if subject[sample.key] == "a" else 0.0
                yield type(sample)(
                    sample.key, logprobs=tuple(x - by for x in sample.logprobs), finish="score"
                )

    quiet = verdicts(bench, Barely({"a": BASE}))
    assert quiet["a"][0] == "PASS"
    assert quiet["a"][1].startswith("0 of 8 answers differ")
    noisy = verdicts(bench, Barely({"a": BASE}, noise=0.05))
    assert noisy["a"][0] == "FAIL"


TALK = "suite: talk\nversion: 1\nscorer: identity\nprobes:\n" + "".join(
    f"  - {{id: talk-{n}, tier: smoke, ask: {{en: [[{{user: Hello {n}}}, {{assistant: null}}, {{user: Who?}}]]}}}}\n"
    for n in range(20)
)


def test_conversations_in_which_noise_adds_up_are_no_effect(tmp_path: Path, monkeypatch) -> None:
    """The second answer follows the first one's turns, so that it cannot show what earlier turns do."""

    class Astray(Fake):
        def said(self, request):  # type: ignore[no-untyped-def]
            said = super().said(request)
            talk = "Who?" in "".join(map(chr, request.token_ids))
            return f"{said} {request.subject}" if talk and not request.repeat else said

    bench = Bench(tmp_path, monkeypatch, talk=TALK)
    found = verdicts(bench, Astray({"a": BASE}, noise=0.01), floor=12)
    assert found["a"][0] == "FAIL"
    assert "8 of 28 answers equal base's" in found["a"][1]


def test_without_log_probabilities_answers_decide(bench: Bench) -> None:
    found = verdicts(bench, Fake({"a": BASE}, silent=True))
    assert (found["a"][0], found["b"][0]) == ("FAIL", "PASS")
    assert "no log-probabilities were taken" in found["a"][1]
    assert "no log-probabilities were taken" in found["b"][1]


def test_noisy_answers_alone_leave_it_open(bench: Bench) -> None:
    """No proof of an effect is no proof that there is none, where nothing but answers was taken."""
    found = verdicts(bench, Fake({"a": BASE}, silent=True, slips=0.4, seed=2))
    assert found["a"][0] == "INCONCLUSIVE"
    assert "ask in an engine that gives log-probabilities, or in a deterministic one" in found["a"][1]


def test_twins_that_only_answer_alike_are_no_twins(bench: Bench) -> None:
    """Two good adapters may say all the same: without log-probabilities nothing is claimed of them."""
    found = verdicts(bench, Fake(silent=True))
    assert {verdict for verdict, _ in found.values()} == {"PASS"}


def test_the_same_weights_under_two_names_fail_both_with_both_names(bench: Bench) -> None:
    found = verdicts(bench, Fake({"a": "b"}))
    assert (found["a"][0], found["b"][0]) == ("FAIL", "FAIL")
    assert found["a"][1].startswith("adapter a answers as adapter b, though their files differ")
    assert found["b"][1].startswith("adapter b answers as adapter a, though their files differ")


def test_the_same_weights_twice_are_seen_through_noise(bench: Bench) -> None:
    found = verdicts(bench, Fake({"a": "b"}, noise=0.03))
    assert {verdict for verdict, _ in found.values()} == {"FAIL"}


def test_the_one_that_is_known_as_itself_is_not_blamed(bench: Bench) -> None:
    bench.ask(Fake())
    found = verdicts(bench, Fake({"a": "b"}))
    assert (found["a"][0], found["b"][0]) == ("FAIL", "PASS")
    assert found["a"][1].startswith("adapter a is served as adapter b (")
    assert "it answers as itself (0 nats from its fingerprint of 20" in found["b"][1]


@pytest.mark.parametrize("server", ["transformers", "openai"])
def test_exchanged_names_are_told_once_each_was_seen(bench: Bench, server: str) -> None:
    assert {verdict for verdict, _ in verdicts(bench, Fake()).values()} == {"PASS"}
    found = verdicts(bench, Fake({"a": "b", "b": "a"}, name=server))
    assert (found["a"][0], found["b"][0]) == ("FAIL", "FAIL")
    assert found["a"][1].startswith("adapter a is served as adapter b (")
    assert found["b"][1].startswith("adapter b is served as adapter a (")


def test_an_adapter_tested_alone_is_told_from_one_of_an_earlier_run(bench: Bench) -> None:
    bench.ask(Fake())
    found = bench.judged(bench.ask(Fake({"a": "b"}), "a"))
    assert found["a"].verdict == "FAIL"
    assert "served as adapter b" in found["a"].explanation


def test_base_served_as_an_adapter_fails_everybody(bench: Bench) -> None:
    bench.ask(Fake())
    found = bench.judged(bench.ask(Fake({BASE: "b"}), "a"))
    assert found["a"].verdict == "FAIL"
    assert found["a"].explanation.startswith("base is served as adapter b (")


def test_nothing_is_claimed_before_anything_is_known(bench: Bench) -> None:
    found = verdicts(bench, Fake({"a": "b", "b": "a"}))
    assert {verdict for verdict, _ in found.values()} == {"PASS"}
    assert "it answers as itself" not in found["a"][1]


def test_a_server_is_compared_and_its_word_is_not_kept(bench: Bench) -> None:
    bench.ask(Fake({"a": "b", "b": "a"}, name="openai", dtype=""))
    assert not list(Path(known.cache_folder()).rglob("*.json"))
    found = verdicts(bench, Fake())
    assert {verdict for verdict, _ in found.values()} == {"PASS"}


def test_a_fingerprint_that_is_also_somebody_elses_is_no_reference(bench: Bench) -> None:
    """An engine that applied nothing must not teach what the adapter looks like."""
    bench.ask(Fake({"a": BASE}))
    kept = [json.loads(file.read_text()) for file in Path(known.cache_folder()).rglob("*.json")]
    assert [entries[0]["name"] for entries in kept] == ["b"]
    assert {verdict for verdict, _ in verdicts(bench, Fake()).values()} == {"PASS"}


def test_weights_that_nobody_knows_under_a_known_name_stay_undecided(bench: Bench) -> None:
    bench.ask(Fake())
    found = verdicts(bench, Fake({"a": "another"}))
    assert (found["a"][0], found["b"][0]) == ("INCONCLUSIVE", "PASS")
    assert found["a"][1].startswith("adapter a answers otherwise than it did: 0.")


@pytest.mark.parametrize(
    ("dtype", "noise", "verdict"), [("float32", 2e-4, "PASS"), ("bfloat16", 0.05, "PASS")]
)
def test_another_engines_rounding_is_tolerated(bench: Bench, dtype: str, noise: float, verdict: str) -> None:
    bench.ask(Fake(dtype=dtype))
    found = verdicts(bench, Fake(name="vllm", dtype=dtype, noise=noise))
    assert {one for one, _ in found.values()} == {verdict}


def test_a_server_that_quantizes_base_too_is_tolerated(bench: Bench) -> None:
    class Quantized(Fake):
        def score(self, requests):  # type: ignore[no-untyped-def]
            for sample in super().score(requests):
                yield type(sample)(
                    sample.key, logprobs=tuple(x - 0.2 for x in sample.logprobs), finish="score"
                )

    bench.ask(Fake())
    found = verdicts(bench, Quantized(name="openai", dtype=""))
    assert {verdict for verdict, _ in found.values()} == {"PASS"}


def test_a_server_that_changes_in_the_middle_decides_nothing(bench: Bench) -> None:
    class Reloaded(Fake):
        def score(self, requests):  # type: ignore[no-untyped-def]
            if any(request.repeat for request in requests):
                self.serves = {"a": "b"}
            yield from super().score(requests)

    found = verdicts(bench, Reloaded())
    assert (found["a"][0], found["b"][0]) == ("INCONCLUSIVE", "PASS")
    assert found["a"][1].startswith("a changed in the middle of the run")


def test_log_probabilities_that_were_made_up_measure_nothing(bench: Bench) -> None:
    class Flat(Fake):
        def score(self, requests):  # type: ignore[no-untyped-def]
            for sample in super().score(requests):
                yield type(sample)(sample.key, logprobs=(-1.0,) * len(sample.logprobs), finish="score")

    results = bench.ask(Flat())
    assert results.fingerprints == {}
    assert {one.verdict for one in bench.judged(results).values()} == {"PASS"}
    assert not list(Path(known.cache_folder()).rglob("*.json"))


@pytest.mark.parametrize("broken", ["nan", "short"])
def test_a_broken_fingerprint_is_none(bench: Bench, broken: str) -> None:
    class Broken(Fake):
        def score(self, requests):  # type: ignore[no-untyped-def]
            subject = {request.key: request.subject for request in requests}
            for sample in super().score(requests):
                logprobs = sample.logprobs
                if subject[sample.key] == "a":
                    logprobs = logprobs[1:] if broken == "short" else (float("nan"), *logprobs[1:])
                yield type(sample)(sample.key, logprobs=logprobs, finish="score")

    results = bench.ask(Broken())
    assert sorted(results.fingerprints) == ["b", BASE]
    assert bench.judged(results)["a"].verdict == "PASS"


@pytest.mark.parametrize("damage", ["", "[]", "{", '[{"name": 1}]', '{"a": 1}'])
def test_a_damaged_cache_is_written_again(bench: Bench, damage: str) -> None:
    bench.ask(Fake())
    files = list(Path(known.cache_folder()).rglob("*.json"))
    assert len(files) == 3
    for file in files:
        file.write_text(damage)
    assert {verdict for verdict, _ in verdicts(bench, Fake()).values()} == {"PASS"}
    assert all(len(json.loads(file.read_text())) == 1 for file in files)


def test_the_run_alone_is_judged_again_as_it_was(bench: Bench) -> None:
    bench.ask(Fake())
    results = bench.ask(Fake({"a": "b", "b": "a"}))
    before = bench.judged(results)
    shutil.rmtree(known.cache_folder())
    assert bench.judged(read_results(results.folder)) == before


def test_a_stored_run_that_is_replayed_has_its_fingerprints_and_floor(bench: Bench) -> None:
    results = bench.ask(Fake())
    stored = StoredRun(results.folder)

    class Replay(Fake):
        def generate(self, requests):  # type: ignore[no-untyped-def]
            yield from stored.samples(requests)

        score = generate

    again = bench.ask(Replay())
    assert again.fingerprints == results.fingerprints
    assert again.repeated == results.repeated


def test_doctor_says_what_is_known_of_an_adapter(bench: Bench) -> None:
    bench.ask(Fake())
    digests = {adapter.name: adapter.digest for adapter in bench.setup.adapters}
    base = digest_of("replay")
    (line,) = known.fingerprint_lines(base, digests["a"])
    assert re.fullmatch(
        r"fingerprint of 20\d\d-\d\d-\d\d in transformers float32; nearest is (base|b), 0\.3\d? nats a token away",
        line,
    )
    (line,) = known.fingerprint_lines(base, "0" * 64)
    assert line.startswith("no fingerprint yet")


def test_figures_stand_in_the_verdict(bench: Bench) -> None:
    bench.ask(Fake())
    effect = bench.document(bench.ask(Fake({"a": BASE})))["effect"]
    assert isinstance(effect, dict)
    assert effect["a"]["equal_to_base"] == effect["a"]["answers"] == 8
    assert effect["a"]["mean_shift"] == effect["a"]["largest_shift"] == 0.0
    assert effect["a"]["nearest_other"] == BASE
    assert effect["b"]["equal_to_base"] == 4
    assert effect["b"]["mean_shift"] > 0.1
    assert effect["b"]["from_its_own_earlier"] == 0.0
