"""Between our requests and samples and what vLLM takes and returns."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from harness.engines import cut_at_stop
from harness.records import Adapter, Request, Sample

Read = Callable[[Request, Any], Sample]


def lora_request(adapter: Adapter) -> Any:
    """Return the adapter as vLLM takes it, under a name and number that follow its content."""
    from vllm.lora.request import LoRARequest

    number = int(adapter.digest[:12], 16) % (2**31 - 1) + 1
    return LoRARequest(f"sha-{adapter.digest[:16]}", number, str(adapter.path))


@lru_cache(maxsize=1024)
def generate_params(max_new_tokens: int, stop: tuple[str, ...]) -> Any:
    """Return greedy sampling without penalties; vLLM copies it for each request."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        temperature=0.0,
        repetition_penalty=1.0,
        max_tokens=max_new_tokens,
        stop=list(stop) or None,
        include_stop_str_in_output=True,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


@lru_cache(maxsize=1)
def score_params(max_new_tokens: int, stop: tuple[str, ...]) -> Any:
    """Return what makes vLLM report each prompt token's own log-probability; both arguments are unused."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        temperature=0.0,
        max_tokens=1,
        prompt_logprobs=0,
        detokenize=False,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def read_answer(request: Request, output: Any) -> Sample:
    """Return the sample of a finished answer; one that max_model_len cut short is an error."""
    answer = output.outputs[0]
    written = len(answer.token_ids)
    if answer.finish_reason == "length" and written < request.max_new_tokens:
        return Sample(
            request.key,
            finish="error",
            error=f"engine vllm: max_model_len ended the answer after {written} of {request.max_new_tokens} "
            "tokens; pass a higher --engine-option max_model_len.",
        )
    text, cut = cut_at_stop(answer.text, request.stop)
    finish = "stop" if cut or answer.finish_reason == "stop" else "length"
    return Sample(request.key, text=text, token_ids=tuple(answer.token_ids), finish=finish)  # type: ignore[arg-type]


def read_score(request: Request, output: Any) -> Sample:
    """Return the log-probabilities (nats) of a request's target tokens."""
    table = output.prompt_logprobs[len(request.token_ids) :]
    chosen = [row[token].logprob for row, token in zip(table, request.target_ids, strict=True)]
    return Sample(request.key, logprobs=tuple(chosen), finish="score")


VERBS: dict[str, tuple[Callable[..., Any], Read]] = {
    "generate": (generate_params, read_answer),
    "score": (score_params, read_score),
}


def too_long(request: Request, length: int, longest: int) -> Sample:
    """Return the sample of a prompt of ``length`` tokens that leaves no room for an answer."""
    return Sample(
        request.key,
        finish="error",
        error=f"engine vllm: its prompt has {length} tokens, and max_model_len is {longest}; "
        f"pass --engine-option max_model_len={length + max(1, request.max_new_tokens)} or more.",
    )
