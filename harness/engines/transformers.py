"""The engine for a laptop: transformers and peft, base and adapters mixed in one batch.

A loop of our own, not `generate`: rows that are finished leave the batch at once, each answer
is handed out when it is finished, and nothing of generation_config.json takes part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.engines import EngineOptions, batches, choose_device, choose_dtype, cut_at_stop
from harness.errors import EngineError
from harness.records import Adapter, Model, Request, Sample

if TYPE_CHECKING:
    import torch

_BASE_ROW = "__base__"
"""peft's word for a row without an adapter."""


@dataclass
class _Row:
    request: Request
    tokens: list[int] = field(default_factory=list)


class Engine:
    """See `harness.engines.Engine`. Greedy, left-padded, long prompts first."""

    def __init__(self, model: Model, adapters: Sequence[Adapter], options: EngineOptions) -> None:
        try:
            import peft
            import torch
            import transformers
        except ImportError as fault:
            raise EngineError(
                f"engine transformers: {fault.name} is not installed; "
                "run `pip install 'identity-harness[transformers]'`."
            ) from fault
        self._base, self._adapters = model, adapters
        self._device = choose_device(options.device)
        self._dtype = choose_dtype(options.dtype, self._device)
        self._batch_size = options.batch_size or (48 if self._device == "cpu" else 256)
        self._versions = f"{transformers.__version__}, peft {peft.__version__}"
        self._torch_version = str(torch.__version__)
        self._loaded: tuple[Any, Any, frozenset[int]] | None = None

    def describe(self) -> dict[str, str]:
        return {
            "name": "transformers",
            "version": self._versions,
            "torch": self._torch_version,
            "dtype": self._dtype,
            "device": self._device,
        }

    def close(self) -> None:
        self._loaded = None

    def generate(self, requests: Sequence[Request]) -> Iterator[Sample]:
        ordered = sorted(requests, key=lambda r: (-r.max_new_tokens, -len(r.token_ids)))
        for batch in batches(ordered, self._batch_size):
            yield from self._generate_batch([_Row(request) for request in batch])

    def score(self, requests: Sequence[Request]) -> Iterator[Sample]:
        ordered = sorted(requests, key=lambda r: -len(r.token_ids) - len(r.target_ids))
        for batch in batches(ordered, max(1, self._batch_size // 3)):
            yield from self._score_batch(batch)

    def _load(self) -> tuple[Any, Any, frozenset[int]]:
        """Return model, tokenizer and the ids that end an answer, loading them on first use."""
        if self._loaded is None:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
            from transformers.utils.logging import disable_progress_bar

            disable_progress_bar()
            tokenizer = AutoTokenizer.from_pretrained(self._base.path)
            try:
                model = AutoModelForCausalLM.from_pretrained(
                    self._base.path, dtype=getattr(torch, self._dtype)
                )
                model = self._with_adapters(model).to(self._device).eval()
            except torch.cuda.OutOfMemoryError as fault:
                raise EngineError(f"engine transformers: {self._base.ref} does not fit: {fault}") from fault
            except (OSError, RuntimeError, ValueError) as fault:
                first = str(fault).strip().splitlines()[0]
                raise EngineError(
                    f"engine transformers: {self._base.ref} cannot be loaded: {first}"
                ) from fault
            self._loaded = model, tokenizer, _end_ids(model, tokenizer)
        return self._loaded

    def _with_adapters(self, model: Any) -> Any:
        from peft import PeftModel

        for number, adapter in enumerate(self._adapters):
            name = _served_name(adapter)
            if number == 0:
                model = PeftModel.from_pretrained(
                    model, str(adapter.path), adapter_name=name, autocast_adapter_dtype=False
                )
            else:
                model.load_adapter(str(adapter.path), adapter_name=name, autocast_adapter_dtype=False)
        return model

    def _row_names(self, requests: Sequence[Request]) -> dict[str, list[str]]:
        """Return the keyword that tells peft which adapter answers which row."""
        if not self._adapters:
            return {}
        by_name = {adapter.name: _served_name(adapter) for adapter in self._adapters}
        return {"adapter_names": [by_name.get(r.subject, _BASE_ROW) for r in requests]}

    def _generate_batch(self, rows: list[_Row]) -> Iterator[Sample]:
        import torch
        from transformers import DynamicCache

        model, tokenizer, ends = self._load()
        with torch.inference_mode():
            ids, mask = self._padded([row.request.token_ids for row in rows], left=True)
            cache = DynamicCache()
            while rows:
                positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
                logits = model(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=positions,
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,
                    **self._row_names([row.request for row in rows]),
                ).logits[:, -1]  # (rows, vocabulary)
                chosen = logits.float().argmax(-1)
                kept = []
                for place, (row, token) in enumerate(zip(rows, chosen.tolist(), strict=True)):
                    row.tokens.append(token)
                    sample = _finished(row, tokenizer, ends)
                    if sample:
                        yield sample
                    else:
                        kept.append(place)
                if len(kept) < len(rows):
                    index = torch.tensor(kept, dtype=torch.long, device=mask.device)
                    cache.batch_select_indices(index)
                    mask, chosen = mask[index], chosen[index]
                    rows = [rows[place] for place in kept]
                ids = chosen[:, None]
                mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)

    def _score_batch(self, requests: Sequence[Request]) -> Iterator[Sample]:
        import torch

        model, _, _ = self._load()
        with torch.inference_mode():
            ids, mask = self._padded([r.token_ids + r.target_ids for r in requests], left=False)
            shortest = min(len(r.token_ids) for r in requests)
            kept = ids.shape[1] - shortest + 1
            logits = model(
                input_ids=ids,
                attention_mask=mask,
                use_cache=False,
                logits_to_keep=kept,
                **self._row_names(requests),
            ).logits  # (rows, kept, vocabulary); column c predicts token shortest + c
            for row, request in enumerate(requests):
                begin = len(request.token_ids) - shortest
                own = logits[row, begin : begin + len(request.target_ids)].float()
                targets = torch.tensor(request.target_ids, device=own.device)
                chosen = own.log_softmax(-1).gather(1, targets[:, None])[:, 0]
                yield Sample(request.key, logprobs=tuple(chosen.tolist()), finish="score")

    def _padded(self, rows: Sequence[Sequence[int]], *, left: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids and mask, (rows, longest) each, padded with id 0 on one side."""
        import torch

        width = max(len(row) for row in rows)
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        mask = torch.zeros(len(rows), width, dtype=torch.long)
        for place, row in enumerate(rows):
            begin = width - len(row) if left else 0
            ids[place, begin : begin + len(row)] = torch.tensor(row)
            mask[place, begin : begin + len(row)] = 1
        return ids.to(self._device), mask.to(self._device)


def _served_name(adapter: Adapter) -> str:
    """A name by content; peft mistakes one that is part of ``lora_`` for its own parameters."""
    return f"sha-{adapter.digest[:16]}"


def _end_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    configured = getattr(model.generation_config, "eos_token_id", None)
    listed = configured if isinstance(configured, list) else [configured]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)


def _finished(row: _Row, tokenizer: Any, ends: frozenset[int]) -> Sample | None:
    """Return the row's sample once it has ended, else ``None``."""
    request = row.request
    ended = row.tokens[-1] in ends
    stopped = False
    if request.stop and not ended:
        stopped = cut_at_stop(tokenizer.decode(row.tokens[-16:]), request.stop)[1]
    if not ended and not stopped and len(row.tokens) < request.max_new_tokens:
        return None
    tokens = row.tokens
    text = tokenizer.decode(tokens[:-1] if ended else tokens, skip_special_tokens=True)
    text, cut = cut_at_stop(text, request.stop)
    finish = "stop" if ended or cut else "length"
    return Sample(request.key, text=text, token_ids=tuple(tokens), finish=finish)  # type: ignore[arg-type]
