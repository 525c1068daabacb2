"""The engine without a model: answers from a stored run, a JSONL file or a Python function.

A whole run through it takes a second, which is how suites, criteria and reports are tried out.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.engines import EngineOptions, cut_at_stop
from harness.errors import ConfigError, EngineError, suggestion
from harness.files import file_digest
from harness.records import Adapter, Model, Request, Sample
from harness.store import Store
from harness.thoughts import thinking_of, without_thought

Answer = Callable[[str, str], str]
"""What a function must look like: (subject, prompt as text) -> answer."""


CHARACTERS = 4
"""How many characters of an answer stand for a token where the limit is concerned."""


class Engine:
    """See `harness.engines.Engine`. ``replay_from`` is a run's folder, FILE.py:function or FILE.jsonl.

    A stored run answers exactly what it was asked, under the name of the engine that asked it.

    A function is called with the subject's name and the rendered prompt; one that raises
    `LookupError` has no answer. A JSONL file has ``subject``, ``prompt`` and ``answer`` in each line;
    a prompt ``*`` stands for all others. Answers end at a stop string, as a model's do; one of four characters
    a token or more, beside its thought, counts as ended by the token limit, and stays whole.
    Log-probabilities are -1 nat a token, or what the function's attribute ``logprob`` (subject,
    context, target) -> float returns for a whole target.
    """

    def __init__(self, _: Model, __: Sequence[Adapter], options: EngineOptions) -> None:
        if not options.replay_from:
            raise EngineError(
                "engine replay: needs answers; pass --replay-from with a run's folder, "
                "FILE.py:function or FILE.jsonl."
            )
        if options.extra:
            raise ConfigError(
                f"--engine-option {', '.join(options.extra)}: engine replay has no such option; leave it out."
            )
        folder = Path(options.replay_from)
        self._run = StoredRun(folder) if folder.is_dir() else None
        if self._run:
            return
        path, colon, function = options.replay_from.partition(":")
        self._source = options.replay_from
        self._answer = (_function if colon else _table)(Path(path), function)
        self._digest = file_digest(Path(path))

    def describe(self) -> dict[str, str]:
        if self._run:
            return self._run.engine
        return {"name": "replay", "version": "1", "source": self._source, "digest": self._digest}

    def close(self) -> None:
        return None

    def generate(self, requests: Sequence[Request]) -> Iterator[Sample]:
        if self._run:
            yield from self._run.samples(requests)
            return
        for request in requests:
            prompt = "".join(map(chr, request.token_ids))
            try:
                said = self._answer(request.subject, prompt)
            except LookupError as fault:
                yield Sample(request.key, finish="error", error=f"no answer stored: {fault}")
                continue
            if not isinstance(said, str):
                raise EngineError(
                    f"engine replay: {self._source} answered {said!r} to {prompt[-60:]!r}; "
                    "an answer is a text."
                )
            text, cut = cut_at_stop(said, request.stop)
            ids = tuple(map(ord, said))[: request.max_new_tokens * 8]
            whole = cut or len(without_thought(said)) < request.max_new_tokens * CHARACTERS
            yield Sample(request.key, text=text, token_ids=ids, finish="stop" if whole else "length")

    def score(self, requests: Sequence[Request]) -> Iterator[Sample]:
        if self._run:
            yield from self._run.samples(requests)
            return
        logprob = getattr(self._answer, "logprob", None)
        for request in requests:
            context, target = ("".join(map(chr, ids)) for ids in (request.token_ids, request.target_ids))
            total = logprob(request.subject, context, target) if logprob else -float(len(target))
            each = total / max(1, len(target))
            yield Sample(request.key, logprobs=(each,) * len(target), finish="score")


class StoredRun:
    """A run's folder as a source of answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        store = Store(folder, read_only=True)
        try:
            meta = store.meta("run")
            self._samples = {sample.key: sample for sample in store.samples()}
        finally:
            store.close()
        if meta is None:
            raise EngineError(f"engine replay: {folder} was stopped before it was scored; finish it first.")
        try:
            self.engine: dict[str, str] = dict(meta["engine"])
            self.base_ref = str(meta["base"]["name"])
            self.thinking = thinking_of(meta)
            self.persona: Mapping[str, Any] = meta["persona"]
            self.digests = {str(one["name"]): str(one["digest"]) for one in meta["subjects"]}
        except (KeyError, TypeError) as fault:
            raise EngineError(
                f"engine replay: {folder} is damaged ({fault!r}); replay another run."
            ) from fault

    def samples(self, requests: Sequence[Request]) -> Iterator[Sample]:
        """Yield the stored answer to each request, an error where the run was not asked it."""
        for request in requests:
            unknown = Sample(request.key, finish="error", error="the stored run was not asked this")
            yield self._samples.get(request.key, unknown)


def _function(path: Path, name: str) -> Answer:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.exists():
        raise EngineError(f"engine replay: {path} is not a Python file; pass FILE.py:function.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (ImportError, NameError, SyntaxError) as fault:
        raise EngineError(f"engine replay: {path} cannot be imported ({fault}); correct it.") from fault
    found: Answer | None = getattr(module, name, None)
    if not callable(found):
        functions = [key for key, value in vars(module).items() if callable(value)]
        hint = suggestion(name, functions) or "."
        raise EngineError(f"engine replay: {path} has no function {name!r}{hint}")
    return found


def _table(path: Path, _: str) -> Answer:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        answers: Mapping[tuple[str, str], str] = {
            (row["subject"], row["prompt"]): row["answer"] for row in rows
        }
    except OSError as fault:
        raise EngineError(f"engine replay: {path} cannot be read ({fault.strerror}).") from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise EngineError(
            f"engine replay: {path}: each line must be JSON with subject, prompt, answer ({fault})."
        ) from fault

    def answer(subject: str, prompt: str) -> str:
        found = answers.get((subject, prompt))
        return answers[subject, "*"] if found is None else found

    return answer
