"""Questions of the user's own tests: the marker ``ask`` becomes a probe, its answer a fixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from harness.errors import ConfigError
from harness.inputs import OWN
from harness.plugin import EVALUATION
from harness.records import BASE, Probe, Turn, Variant, digest_of
from harness.scoring import ENGINE_FAILED


@dataclass(frozen=True)
class Answer:
    """What one adapter, and base, answered to a question of the user's own."""

    question: str
    text: str
    base: str


def own_probe(item: pytest.Item) -> Probe | None:
    """Return the question that a test's ``ask`` marker declares, as a probe.

    Raises:
        ConfigError: the marker has no question, or anything else that it does not know.
    """
    marker = item.get_closest_marker("ask")
    if marker is None:
        return None
    try:
        question, system, length = _asked(*marker.args, **marker.kwargs)
    except TypeError as fault:
        raise ConfigError(
            f"{item.nodeid.partition('[')[0]}: @pytest.mark.ask: {str(fault).removeprefix('_asked() ')}; "
            'write ask("a question", system=None, max_new_tokens=64).'
        ) from fault
    form: Literal["own", "default"] = "default" if system is None else "own"
    variant = Variant("own", "en", form, system, (Turn("user", question),))
    return Probe(
        id=f"own-{digest_of([question, system, length])[:12]}",
        suite=OWN,
        kind="generate",
        category=OWN,
        tier="smoke",
        leading=False,
        scorer="own",
        options={},
        variants=(variant,),
        max_new_tokens=length,
        stop=(),
        place=item.nodeid,
    )


def _asked(question: str, system: str | None = None, max_new_tokens: int = 64) -> tuple[str, str | None, int]:
    """Return a marker's arguments, checked.

    Raises:
        TypeError: one of them is of another type.
    """
    if not isinstance(question, str) or not question.strip():
        raise TypeError(f"question is {question!r}")
    if not isinstance(system, str | None):
        raise TypeError(f"system is {system!r}")
    if not isinstance(max_new_tokens, int) or max_new_tokens < 1:
        raise TypeError(f"max_new_tokens is {max_new_tokens!r}")
    return question, system, max_new_tokens


def own_answer(item: pytest.Item, adapter_name: str) -> Answer:
    """Return what an adapter answered to the question of a test's ``ask`` marker.

    The test fails where the engine gave no answer: an empty text would be an answer.
    """
    probe, results = own_probe(item), item.config.stash[EVALUATION].results
    assert probe is not None and results is not None
    said = {who: results.family(who, probe)[0] for who in (BASE, adapter_name)}
    for who, scored in said.items():
        if scored.score.reason.startswith(ENGINE_FAILED):
            pytest.fail(f"{item.nodeid}: no answer of {who}: {scored.score.reason}", pytrace=False)
    return Answer(probe.variants[0].question, said[adapter_name].answer, said[BASE].answer)
