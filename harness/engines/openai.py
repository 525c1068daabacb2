"""The engine for a server: any OpenAI-compatible one that completes token ids, such as ``vllm serve``.

The base and its adapters are models of that server; the prompt goes there as token ids, rendered here
once, so that the server's own chat template cannot disagree. The key comes from the environment alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from importlib.util import find_spec
from itertools import islice
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from harness.engines import EngineOptions, cut_at_stop
from harness.errors import ConfigError, EngineError, suggestion
from harness.records import BASE, Adapter, Model, Request, Sample

_DEFAULTS: Mapping[str, Any] = {
    "url": "http://127.0.0.1:8000/v1",
    "concurrency": 32,
    "timeout": 120.0,
    "retries": 5,
    "key_variable": "OPENAI_API_KEY",
}
"""What ``--engine-option`` may set, and what holds without it: ``timeout`` in seconds for one answer."""


_GREEDY: Mapping[str, Any] = {
    "temperature": 0.0,
    "top_p": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
}
"""Said with every request, since a server fills what is left out from the model's generation_config.json."""
_GREEDY_VLLM: Mapping[str, Any] = {"repetition_penalty": 1.0, "top_k": -1, "min_p": 0.0}
"""The same where only vLLM, of the servers that complete token ids, is known to take it."""


class Engine:
    """See `harness.engines.Engine`.

    Every subject is a model of the server: an adapter under its name in this run
    (``vllm serve --lora-modules NAME=PATH``), the base under the server's first model that is no adapter.
    ``model.NAME=SERVED`` says otherwise. Requests that time out, are refused for their number or meet a
    server's fault are repeated with growing pauses.

    Raises:
        EngineError: the openai package is missing. ConfigError: an unknown option, or a key in one.
    """

    def __init__(self, model: Model, adapters: Sequence[Adapter], options: EngineOptions) -> None:
        _check_installed()
        asked = {"device": options.device, "dtype": options.dtype}
        for key, value in asked.items():
            if value != "auto":
                raise ConfigError(f"--engine-option {key}={value}: the server decides that; leave it out.")
        self._names = {
            key.removeprefix("model."): str(value)
            for key, value in options.extra.items()
            if key.startswith("model.")
        }
        self._settings = {**_DEFAULTS, **_checked(options.extra)}
        self._model, self._adapters = model, adapters
        self._client: Any = None
        self._served: dict[str, str] = {}
        self._is_vllm = False
        self._version = ""

    def describe(self) -> dict[str, str]:
        self._connect()
        names = {f"model.{subject}": served for subject, served in sorted(self._names.items())}
        return {
            "name": "openai",
            "version": self._version,
            "server": without_secrets(str(self._settings["url"])),
            **names,
        }

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def generate(self, requests: Sequence[Request]) -> Iterator[Sample]:
        yield from self._each(requests, self._answer)

    def score(self, requests: Sequence[Request]) -> Iterator[Sample]:
        yield from self._each(requests, self._likelihood)

    def _answer(self, request: Request) -> Sample:
        own = {"return_token_ids": True, "include_stop_str_in_output": True, **_GREEDY_VLLM}
        completion = self._client.completions.create(
            model=self._served[request.subject],
            prompt=list(request.token_ids),
            max_tokens=request.max_new_tokens,
            **_GREEDY,
            stop=list(request.stop) or None,
            extra_body=own if self._is_vllm else {},
        )
        choice = completion.choices[0]
        text, cut = cut_at_stop(choice.text, request.stop)
        ids = (choice.model_extra or {}).get("token_ids") or ()
        finish = "stop" if cut or choice.finish_reason == "stop" else "length"
        return Sample(request.key, text=text, token_ids=tuple(ids), finish=finish)  # type: ignore[arg-type]

    def _likelihood(self, request: Request) -> Sample:
        if not self._is_vllm:
            return Sample(
                request.key,
                finish="error",
                error="this server gives no log-probabilities of a prompt; vLLM does",
            )
        completion = self._client.completions.create(
            model=self._served[request.subject],
            prompt=[*request.token_ids, *request.target_ids],
            max_tokens=1,
            **_GREEDY,
            extra_body={"prompt_logprobs": 0, "add_special_tokens": False, **_GREEDY_VLLM},
        )
        rows = (completion.choices[0].model_extra or {}).get("prompt_logprobs") or []
        table = rows[len(request.token_ids) :]
        if len(table) != len(request.target_ids):
            return Sample(
                request.key,
                finish="error",
                error=f"{len(table)} of {len(request.target_ids)} log-probabilities came back",
            )
        chosen = [row[str(token)]["logprob"] for row, token in zip(table, request.target_ids, strict=True)]
        return Sample(request.key, logprobs=tuple(map(float, chosen)), finish="score")

    def _each(self, requests: Sequence[Request], ask: Callable[[Request], Sample]) -> Iterator[Sample]:
        """Ask ``concurrency`` requests at a time and yield each answer as it comes.

        Raises:
            EngineError: the server cannot be reached any more, or refuses the key.
        """
        self._connect()
        ordered = iter(sorted(requests, key=lambda request: (request.subject, request.token_ids)))
        with ThreadPoolExecutor(int(self._settings["concurrency"])) as pool:
            waiting: set[Future[Sample]] = set()
            try:
                for request in islice(ordered, 2 * int(self._settings["concurrency"])):
                    waiting.add(pool.submit(self._one, request, ask))
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for request in islice(ordered, len(done)):
                        waiting.add(pool.submit(self._one, request, ask))
                    for future in done:
                        yield future.result()
            finally:
                for future in waiting:
                    future.cancel()

    def _one(self, request: Request, ask: Callable[[Request], Sample]) -> Sample:
        import openai

        try:
            return ask(request)
        except (openai.AuthenticationError, openai.PermissionDeniedError) as fault:
            raise EngineError(self._refused(fault)) from fault
        except openai.APITimeoutError:
            limit = f"{self._settings['timeout']:g} s, {int(self._settings['retries']) + 1} times"
            return Sample(request.key, finish="error", error=f"no answer within {limit}")
        except openai.APIConnectionError as fault:
            raise EngineError(
                f"engine openai: {self._where()} does not answer any more ({_first(fault)}); what was "
                "answered is kept, so the same command goes on from here."
            ) from fault
        except openai.APIError as fault:
            return Sample(request.key, finish="error", error=f"the server refused it: {_first(fault)}")

    def _connect(self) -> None:
        """Reach the server once, and find out which of its models each subject is."""
        if self._client is not None:
            return
        import openai

        settings = self._settings
        client = open_client(
            str(settings["url"]),
            str(settings["key_variable"]),
            timeout=float(settings["timeout"]),
            retries=int(settings["retries"]),
        )
        try:
            models = list(client.models.list())
        except (openai.AuthenticationError, openai.PermissionDeniedError) as fault:
            raise EngineError(self._refused(fault)) from fault
        except openai.APIError as fault:
            raise EngineError(
                f"engine openai: no server at {self._where()} ({_first(fault)}); start one, for instance "
                f"`{self._start_command()}`, or pass --engine-option url=http://HOST:PORT/v1."
            ) from fault
        self._is_vllm = any(one.owned_by == "vllm" for one in models)
        self._version = _version(client) if self._is_vllm else "unknown"
        self._served = self._find(models)
        self._client = client

    def _find(self, models: Sequence[Any]) -> dict[str, str]:
        names = [str(one.id) for one in models]
        own = [str(one.id) for one in models if not (one.model_extra or {}).get("parent")]
        own = [name for name in own if name not in {adapter.name for adapter in self._adapters}]
        found = {adapter.name: self._names.get(adapter.name, adapter.name) for adapter in self._adapters}
        found[BASE] = self._names.get(BASE, own[0] if own else "")
        for subject, served in found.items():
            if served not in names:
                hint = suggestion(served, names) or "."
                raise EngineError(
                    f"engine openai: {self._where()} serves no {served or 'base model'!r} for {subject}{hint} It "
                    f"serves {', '.join(names) or 'nothing'}; start it with --lora-modules "
                    f"{self._modules()}, or pass --engine-option model.{subject}=ITS_NAME."
                )
        unknown = sorted(set(self._names) - set(found))
        if unknown:
            raise ConfigError(
                f"--engine-option model.{unknown[0]}: no subject of that name; there are {', '.join(found)}."
            )
        return found

    def _start_command(self) -> str:
        """Return how vLLM serves these subjects.

        Without the list of modules it wraps lm_head too, and log-probabilities end a server on a CPU.
        """
        targets = sorted({module for adapter in self._adapters for module in adapter.target_modules})
        lora = f" --enable-lora --lora-modules {self._modules()}" if self._adapters else ""
        wrapped = f" --lora-target-modules {' '.join(targets)}" if targets else ""
        return f"vllm serve {self._model.path}{lora}{wrapped} --max-loras {len(self._adapters) + 1}"

    def _modules(self) -> str:
        return " ".join(f"{adapter.name}={adapter.path}" for adapter in self._adapters) or "NAME=PATH"

    def _where(self) -> str:
        return without_secrets(str(self._settings["url"]))

    def _refused(self, fault: Exception) -> str:
        variable = self._settings["key_variable"]
        state = "is refused" if os.environ.get(str(variable)) else "is not set"
        return (
            f"engine openai: {self._where()} wants a key and ${variable} {state} ({_first(fault)}); "
            f"export {variable}=..., or name another variable with --engine-option key_variable=NAME."
        )


def open_client(url: str, key_variable: str, *, timeout: float, retries: int) -> Any:
    """Return a client; the key is the environment's ``key_variable``, ``timeout`` is in seconds.

    Raises:
        EngineError: the openai package is missing.
    """
    _check_installed()
    import openai

    key = os.environ.get(key_variable) or "none"
    return openai.OpenAI(base_url=url, api_key=key, timeout=timeout, max_retries=retries)


def _check_installed() -> None:
    if find_spec("openai") is None:
        raise EngineError("the client for servers is missing; run `pip install 'identity-harness[openai]'`.")


def _checked(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are not ``model.*``, checked."""
    settings = {key: value for key, value in extra.items() if not key.startswith("model.")}
    for key, value in settings.items():
        if key in ("api_key", "key", "token"):
            raise ConfigError(
                f"--engine-option {key}: a key never goes into options, which are recorded; export "
                "OPENAI_API_KEY, or name its variable with --engine-option key_variable=NAME."
            )
        if key not in _DEFAULTS:
            hint = suggestion(key, list(_DEFAULTS)) or f"; it knows {', '.join(_DEFAULTS)}, model.NAME."
            raise ConfigError(f"--engine-option {key}: engine openai has no such option{hint}")
        wanted = type(_DEFAULTS[key])
        if wanted is not str and (
            isinstance(value, bool) or not isinstance(value, int | float) or value < (key != "retries")
        ):
            raise ConfigError(f"--engine-option {key}={value!r}: must be a number, 1 or more.")
    if "url" in settings and urlsplit(str(settings["url"])).scheme not in ("http", "https"):
        raise ConfigError(f"--engine-option url={settings['url']!r}: must be http://HOST:PORT/v1.")
    return settings


def _version(client: Any) -> str:
    """Return what vLLM's ``/version``, beside ``/v1``, says."""
    import openai

    url = str(client.base_url).rstrip("/").removesuffix("/v1") + "/version"
    try:
        return f"vllm {client.get(url, cast_to=dict[str, object])['version']}"
    except (openai.APIError, ValueError, KeyError, TypeError):
        return "vllm"


def without_secrets(url: str) -> str:
    """Return a URL without its user, password and query.

    >>> without_secrets("https://me:secret@host:8000/v1?key=1")
    'https://host:8000/v1'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _first(fault: Exception) -> str:
    text = str(fault).strip()
    return text.splitlines()[0][:200] if text else type(fault).__name__
