"""The plan: which requests a run consists of, and which of them can be asked by now.

Some requests depend on answers: a later turn on the subject's own earlier ones, drift on what the
base answered. So planning is repeated until every request has its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.prompts import Renderer, raw, render, split_continuation, split_text
from harness.records import BASE, Ask, Probe, Request, Sample, Turn, Variant
from harness.thoughts import without_thought

Lookup = Callable[[str], Sample | None]
"""Returns the stored answer to a request's key, or ``None``."""


@dataclass(frozen=True)
class Plan:
    """Everything that decides the requests of a run.

    ``scopes`` maps each subject's name, ``base`` first, to its `harness.engines.scope`.
    """

    probes: tuple[Probe, ...]
    scopes: Mapping[str, str]
    renderer: Renderer
    _known: dict[Request, Request] = field(default_factory=dict, repr=False, compare=False)
    """Every request that was planned already, so that its key is computed once."""

    def that_waits(self) -> Plan:
        """Return the part of the plan whose requests depend on answers; all others can be asked at once."""
        return replace(self, probes=tuple(filter(_waits, self.probes)))

    def asks(self, lookup: Lookup) -> Iterator[Ask]:
        """Yield every request that the answers so far allow, answered or not, in plan order."""
        for probe in self.probes:
            for variant in probe.variants:
                for subject in self.scopes:
                    yield from self.thread(probe, variant, subject, lookup)

    def thread(self, probe: Probe, variant: Variant, subject: str, lookup: Lookup) -> Iterator[Ask]:
        """Yield one subject's requests for one variant, up to the first without an answer."""
        unfold = {
            "generate": self._conversation,
            "continue": self._continuation,
            "choice": self._choices,
            "nll": self._held_out,
            "drift": self._drift,
        }[probe.kind]
        yield from unfold(probe, variant, subject, lookup)

    def _conversation(self, probe: Probe, variant: Variant, subject: str, lookup: Lookup) -> Iterator[Ask]:
        said: list[Turn] = []
        for number, turn in enumerate(variant.turns):
            if turn.content is not None:
                said.append(turn)
                continue
            ask = self._generate(probe, variant, subject, f"turn-{number}", said)
            yield ask
            answer = lookup(ask.request.key)
            if answer is None or answer.finish == "error":
                return
            text = without_thought(answer.text, opened=self.renderer.thinking.opens)
            said.append(Turn("assistant", text))
        yield self._generate(probe, variant, subject, "answer", said)

    def _continuation(self, probe: Probe, variant: Variant, subject: str, _: Lookup) -> Iterator[Ask]:
        yield self._written(probe, variant, subject, "answer", raw(self.renderer, variant.question))

    def _choices(self, probe: Probe, variant: Variant, subject: str, _: Lookup) -> Iterator[Ask]:
        for number, choice in enumerate(probe.options["choices"]):
            context, target = split_continuation(self.renderer, variant.question, choice)
            yield self._score(probe, variant, subject, f"choice-{number}", context, target)

    def _held_out(self, probe: Probe, variant: Variant, subject: str, _: Lookup) -> Iterator[Ask]:
        context, target = split_text(self.renderer, variant.question)
        yield self._score(probe, variant, subject, "nll", context, target)

    def _drift(self, probe: Probe, variant: Variant, subject: str, lookup: Lookup) -> Iterator[Ask]:
        ask = self._generate(probe, variant, BASE, "answer", variant.turns)
        if subject == BASE:
            yield ask
        said = lookup(ask.request.key)
        if said is None or not said.token_ids:
            return
        prompt = ask.request.token_ids
        yield self._score(probe, variant, subject, "drift", prompt, said.token_ids)

    def _generate(
        self, probe: Probe, variant: Variant, subject: str, part: str, turns: Sequence[Turn]
    ) -> Ask:
        ids = render(self.renderer, turns, variant.system)
        return self._written(probe, variant, subject, part, ids)

    def _written(self, probe: Probe, variant: Variant, subject: str, part: str, ids: tuple[int, ...]) -> Ask:
        thought = self.renderer.thinking.tokens if probe.kind == "generate" else 0
        request = Request(
            kind="generate",
            subject=subject,
            scope=self.scopes[subject],
            token_ids=ids,
            max_new_tokens=probe.max_new_tokens + thought,
            stop=probe.stop,
        )
        return Ask(subject, probe, variant, part, self._known.setdefault(request, request))

    def _score(
        self,
        probe: Probe,
        variant: Variant,
        subject: str,
        part: str,
        context: tuple[int, ...],
        target: tuple[int, ...],
    ) -> Ask:
        request = Request("score", subject, self.scopes[subject], context, target)
        return Ask(subject, probe, variant, part, self._known.setdefault(request, request))


def _waits(probe: Probe) -> bool:
    """Say whether a probe has requests that depend on answers: drift, and turns left open."""
    return probe.kind == "drift" or any(turn.content is None for one in probe.variants for turn in one.turns)


def missing(plan: Plan, lookup: Lookup) -> list[Request]:
    """Return the requests that can be asked now and have no answer, each content once."""
    found = {ask.request.key: ask.request for ask in plan.asks(lookup)}
    return [request for key, request in found.items() if lookup(key) is None]
