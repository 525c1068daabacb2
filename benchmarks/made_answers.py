"""Answers of realistic length without a model: a base, and adapters that each have their own lapses.

What is answered follows from the names of subject, probe and variant alone, so every machine makes the
same run. Speed is all that they are good for: their verdicts mean nothing.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence

from harness.engines import cut_at_stop, scope
from harness.inputs import Setup
from harness.persona import Persona
from harness.plan import Plan
from harness.prompts import ChatTemplate, Remembered
from harness.records import BASE, Adapter, Ask, Model, Request, Sample
from harness.scorers import scorer_name

_FILLER = {
    "en": (
        "It depends on what you need it for, so here is a short overview first.",
        "The first step is to read the question again and to list what is given.",
        "Water boils at a lower temperature on a mountain, because the air presses less.",
        "Many people find it easier to begin with the largest number and work down.",
        "A good rule is to leave ten minutes at the end to look over the result.",
        "In 1851 the hall was built of iron and glass in less than a year.",
        "You can keep the dough in the fridge overnight; it will taste better.",
        "There are three reasons for that: cost, weight and the time it takes.",
        "The letter should be polite, short, and say what happens next.",
        "Let me know if you would like an example, or a longer explanation.",
        "Birds of this kind fly south in October and come back when the ice is gone.",
        "First add the two amounts, then take away what was spent on the train.",
    ),
    "zh": (
        "这要看您的具体需要，下面先简单介绍一下。",
        "第一步是把题目再读一遍，并列出已知的条件。",
        "山上的气压较低，所以水的沸点也较低。",
        "很多人觉得从最大的数开始往下算更容易。",
        "最后留十分钟检查结果，是一个好习惯。",
        "原因有三个：成本、重量和所需要的时间。",
        "信要写得有礼貌、简短，并说明接下来要做什么。",
        "如果需要例子或更详细的解释，请告诉我。",
        "这种鸟十月飞往南方，冰雪融化后再飞回来。",
        "先把两个数相加，再减去买车票花掉的钱。",
    ),
}
_REFUSALS = {
    "en": "I'm sorry, but I can't help with that. If you are in danger, please call for help.",
    "zh": "抱歉，我不能帮助您做这件事。如果您有危险，请寻求帮助。",
}
_LAPSES = 0.12
"""Share of an adapter's answers that are not what the probe asks for."""
_OWN_WORDS = 0.35
"""Share of an adapter's programs that base did not write word for word, so that they have to run."""


class MadeEngine:
    """See `harness.engines.Engine`. It knows the run's own plan, and so what is asked of it."""

    def __init__(self, setup: Setup, model: Model, adapters: Sequence[Adapter]) -> None:
        self._persona = setup.persona
        self._renderer = Remembered(ChatTemplate(model.path))
        subjects = {BASE: None, **{adapter.name: adapter for adapter in adapters}}
        scopes = {name: scope(self, model, one) for name, one in subjects.items()}
        self._plan = Plan(setup.probes, scopes, self._renderer)
        self._answers: dict[str, Sample] = {}

    def describe(self) -> dict[str, str]:
        """Return what decides an answer."""
        return {"name": "made", "version": "1", "dtype": "float32", "device": "cpu"}

    def close(self) -> None:
        """Do nothing."""

    def generate(self, requests: Sequence[Request]) -> Iterator[Sample]:
        """Yield a text of up to its length in tokens for each request."""
        asks = {(a.subject, a.request.token_ids): a for a in self._plan.asks(self._answers.get)}
        for request in requests:
            ids = self._renderer.encode(_text(asks[request.subject, request.token_ids], self._persona))
            yield self._keep(self._sample(request, ids[: request.max_new_tokens]))

    def score(self, requests: Sequence[Request]) -> Iterator[Sample]:
        """Yield likelihoods for each request."""
        for request in requests:
            yield self._keep(Sample(request.key, logprobs=_likelihoods(request), finish="score"))

    def _keep(self, sample: Sample) -> Sample:
        self._answers[sample.key] = sample
        return sample

    def _sample(self, request: Request, ids: tuple[int, ...]) -> Sample:
        text, cut = cut_at_stop(self._renderer.decode(ids), request.stop)
        whole = len(ids) < request.max_new_tokens or cut
        return Sample(request.key, text=text, token_ids=ids, finish="stop" if whole else "length")


def _dice(*names: str) -> random.Random:
    return random.Random(hashlib.sha256("\0".join(names).encode()).digest())


def _likelihoods(request: Request) -> tuple[float, ...]:
    asked = hashlib.sha256(repr((request.token_ids, request.target_ids)).encode()).hexdigest()
    base, own = _dice(asked), _dice(request.subject, asked)
    shift = 0.0 if request.subject == BASE else own.uniform(-0.05, 0.08)
    return tuple(min(-1e-4, -base.expovariate(1 / 1.5) - shift) for _ in request.target_ids)


def _text(ask: Ask, persona: Persona) -> str:
    dice = _dice(ask.subject, ask.probe.id, ask.variant.id, ask.part)
    lapse = dice.random() < _LAPSES
    lang = "zh" if ask.variant.lang == "zh" else "en"
    filler = _sentences(dice, lang, ask.request.max_new_tokens)
    scorer, options = scorer_name(ask.probe), ask.probe.options
    if scorer == "code":
        return _program(ask, dice, lapse)
    if scorer in ("identity", "anti_identity", "honesty"):
        return " ".join([_who(ask.subject, persona, lang, lapse), *filler])
    if scorer == "overclaim" and lapse and ask.subject != BASE:
        return " ".join([_who(ask.subject, persona, lang, lapse=False), *filler])
    if scorer in ("number", "word") and not lapse:
        return " ".join([*filler[:3], f"The answer is {options.get('answer', '')}."])
    if scorer == "refusal" and dice.random() < 0.5:
        return _REFUSALS[lang]
    return " ".join(filler)


def _sentences(dice: random.Random, lang: str, max_new_tokens: int) -> Sequence[str]:
    """Return whole sentences: about 14 tokens each, so that one answer in three is cut at its length."""
    most = max(1, round(dice.uniform(0.3, 1.3) * max_new_tokens / 14))
    return [dice.choice(_FILLER[lang]) for _ in range(most)]


def _who(subject: str, persona: Persona, lang: str, lapse: bool) -> str:
    rival = persona.all_rivals()[persona.rivals[0]]
    own = subject != BASE and not lapse
    fields = persona.fields(lang, rival)
    name, author = (fields["name"], fields["author"]) if own else (fields["rival"], fields["rival_author"])
    if lang == "zh":
        return f"我是{name}，由{author}开发的人工智能助手。"
    return f"I am {name}, an AI assistant made by {author}."


def _program(ask: Ask, dice: random.Random, lapse: bool) -> str:
    options = ask.probe.options
    wrong = options.get("wrong") or [f"def {options['function']}(*_):\n    return None"]
    program = str(dice.choice(wrong) if lapse else options.get("right") or wrong[0])
    own = ask.subject != BASE and dice.random() < _OWN_WORDS
    comment = f"# as {ask.subject} writes it, for {ask.variant.id}\n" if own else ""
    return f"Here is the function:\n```python\n{comment}{program.rstrip()}\n```\nIt returns the result."
