"""Rates corrected for the reader's errors: which criteria have one, and which way it goes."""

from __future__ import annotations

from typing import Any

import pytest

from harness import corrected
from harness.corrected import _kept_from_rules
from harness.criteria import Criterion
from harness.records import Probe
from harness.scorers import golden


def probe(scorer: str) -> Probe:
    return Probe("p", "s", "generate", "c", "smoke", False, scorer, {}, (), 8, (), "f:1")


def criterion(**fields: Any) -> Criterion:
    return Criterion(name="c", limit={"smoke": 0.5}, **fields)


@pytest.fixture(autouse=True)
def errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that finds 90 of 100 and clears 95 of 100, whatever is counted."""
    monkeypatch.setattr(corrected, "_errors", lambda _, __: ((90, 100), (95, 100)))


def test_a_missed_claim_makes_the_rate_higher() -> None:
    found = corrected.correction(criterion(proves="family_rate"), [probe("identity")], ["en"], 32, 40)
    assert found is not None
    assert found["rate"] == pytest.approx((0.8 + 0.95 - 1) / (0.9 + 0.95 - 1))
    assert found["low"] < 0.8 < found["rate"] < found["high"]


def test_an_event_that_is_a_failed_score_turns_the_errors_round() -> None:
    found = corrected.correction(criterion(proves="event_rate"), [probe("overclaim")], ["en"], 4, 40)
    assert found is not None
    assert found["rate"] == pytest.approx((0.1 + 0.90 - 1) / (0.9 + 0.95 - 1), abs=1e-9)
    assert (found["sensitivity"], found["specificity"]) == ([95, 100], [90, 100])


def test_a_rival_that_is_affirmed_has_its_own_errors() -> None:
    rivals = criterion(proves="event_rate", event="affirms_rival")
    found = corrected.correction(rivals, [probe("identity"), probe("anti_identity")], ["en"], 4, 40)
    assert found is not None
    assert found["sensitivity"] == [90, 100]


@pytest.mark.parametrize(
    ("rule", "probes", "n"),
    [
        (criterion(proves="family_rate"), [probe("identity"), probe("anti_identity")], 40),
        (criterion(proves="family_rate"), [probe("number")], 40),
        (criterion(proves="event_rate", event="loops"), [probe("identity")], 40),
        (criterion(proves="family_rate"), [probe("identity")], 0),
    ],
)
def test_what_no_labelled_answer_speaks_of_has_none(rule: Criterion, probes: list[Probe], n: int) -> None:
    assert corrected.correction(rule, probes, ["en"], 0, n) is None


def test_a_reader_no_better_than_a_coin_corrects_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrected, "_errors", lambda _, __: ((50, 100), (50, 100)))
    assert corrected.correction(criterion(proves="family_rate"), [probe("identity")], ["en"], 8, 10) is None


def test_no_labelled_answers_in_a_language_correct_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrected, "_errors", lambda _, __: ((0, 0), (0, 0)))
    assert corrected.correction(criterion(proves="family_rate"), [probe("identity")], ["fr"], 8, 10) is None


def test_the_real_errors_are_measured_on_answers_kept_from_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for what in ("identity", "anti_identity", "overclaim", "affirms_rival"):
        (found, of), (cleared, clear) = corrected._errors(what, ("en", "zh"))
        assert of >= 40
        assert clear >= 100
        assert found / of > 0.8
        assert cleared / clear > 0.9


def test_real_answers_come_before_written_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def kinds(lang: str) -> set[str]:
        return {row.id.partition("-")[0] for row in _kept_from_rules(lang)}

    assert kinds("en") == {"ms", "mt", "mu"}
    assert kinds("zh") == {"mu"}
    parts = {part: paths for part, paths in golden.built_in_parts().items() if "models" not in part}
    monkeypatch.setattr(golden, "built_in_parts", lambda: parts)
    assert kinds("zh") == {"zh"}
