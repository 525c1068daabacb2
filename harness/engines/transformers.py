"""The engine for a laptop: transformers and peft, base and adapters mixed in one batch.

A loop of our own, not `generate`: rows that are finished leave the batch at once, each answer
is handed out when it is finished, and nothing of generation_config.json takes part. A batch is as
large as memory should allow; where it runs out after all, what is finished stays finished.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.batching import Batches, Cost, Forward, Row
from harness.engines import EngineOptions, choose_device, choose_dtype, cut_at_stop, without_half_a_character
from harness.errors import ConfigError, EngineError, first_line
from harness.memory import (
    GIB,
    RowCost,
    free_main_memory,
    free_memory,
    free_swap,
    is_out_of_memory,
    weight_bytes,
)
from harness.records import Adapter, Model, Request, Sample

if TYPE_CHECKING:
    import torch

_BASE_ROW = "__base__"
"""peft's word for a row without an adapter."""


_ITEM_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


@dataclass(frozen=True)
class _Loaded:
    model: Any
    tokenizer: Any
    ends: frozenset[int]
    cost: RowCost


class Engine:
    """See `harness.engines.Engine`. Greedy, left-padded, long rows first."""

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
        if options.extra:
            raise ConfigError(
                f"--engine-option {', '.join(options.extra)}: engine transformers has no such option; it takes "
                "device, dtype and batch_size."
            )
        self._base, self._adapters = model, adapters
        self._device = choose_device(options.device)
        self._dtype = choose_dtype(options.dtype, self._device)
        self._most = options.batch_size or (48 if self._device == "cpu" else 256)
        self._batches = Batches(self._device, lambda: free_memory(self._device))
        self._versions = f"{transformers.__version__}, peft {peft.__version__}"
        self._torch_version = str(torch.__version__)
        self._loaded: _Loaded | None = None

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
        yield from self._answer(ordered, self._generate_batch, self._generated_bytes, self._most)

    def score(self, requests: Sequence[Request]) -> Iterator[Sample]:
        ordered = sorted(requests, key=lambda r: -len(r.token_ids) - len(r.target_ids))
        yield from self._answer(ordered, self._score_batch, self._scored_bytes, max(1, self._most // 3))

    def _generated_bytes(self, row: Row) -> int:
        return self._load().cost.generated(len(row.ids), row.new)

    def _scored_bytes(self, row: Row) -> int:
        return self._load().cost.scored(len(row.ids), len(row.request.target_ids))

    def _answer(self, ordered: list[Request], forward: Forward, cost: Cost, most: int) -> Iterator[Sample]:
        rows = [Row(request) for request in ordered]
        try:
            yield from self._batches.answer(rows, forward, cost, most)
        except RuntimeError as fault:
            outstanding = sum(not row.done for row in rows)
            raise EngineError(
                f"engine transformers died with {outstanding} answers outstanding: {first_line(fault)}; "
                "what was answered is kept, so the same command goes on from here."
            ) from fault

    def _load(self) -> _Loaded:
        """Return the model and what belongs to it, loading it on first use."""
        if self._loaded is None:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
            from transformers.utils.logging import disable_progress_bar

            disable_progress_bar()
            self._check_room()
            try:
                tokenizer = AutoTokenizer.from_pretrained(self._base.path)
                model = AutoModelForCausalLM.from_pretrained(
                    self._base.path, dtype=getattr(torch, self._dtype)
                )
                model = self._with_adapters(model).to(self._device).eval()
            except (OSError, RuntimeError, ValueError, MemoryError) as fault:
                raise EngineError(self._load_failure(fault)) from fault
            cost = RowCost.of(model.config, _ITEM_BYTES[self._dtype])
            self._loaded = _Loaded(model, tokenizer, _end_ids(model, tokenizer), cost)
        return self._loaded

    def _check_room(self) -> None:
        """Refuse a model that main memory cannot hold: the attempt would end by a signal, without a word."""
        needed = weight_bytes(self._base.path, _ITEM_BYTES[self._dtype])
        free = free_main_memory() + free_swap()
        if needed > free:
            raise EngineError(
                f"engine transformers: {self._base.ref} in {self._dtype} takes {needed / GIB:.1f} GiB of main "
                f"memory and {free / GIB:.1f} GiB are free; pass --engine-option dtype=bfloat16, or a smaller base."
            )

    def _load_failure(self, fault: BaseException) -> str:
        said = first_line(fault)
        if is_out_of_memory(fault):
            return (
                f"engine transformers: {self._base.ref} in {self._dtype} does not fit into the memory of the "
                f"{self._device} ({said}); free some, pass --engine-option dtype=bfloat16, or a smaller base."
            )
        return f"engine transformers: {self._base.ref} cannot be loaded: {said}"

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

    def _row_names(self, rows: Sequence[Row]) -> dict[str, list[str]]:
        """Return the keyword that tells peft which adapter answers which row."""
        if not self._adapters:
            return {}
        by_name = {adapter.name: _served_name(adapter) for adapter in self._adapters}
        return {"adapter_names": [by_name.get(row.request.subject, _BASE_ROW) for row in rows]}

    def _generate_batch(self, rows: list[Row]) -> Iterator[Sample]:
        import torch
        from transformers import DynamicCache

        loaded = self._load()
        with torch.inference_mode():
            ids, mask = self._padded(rows)
            cache = DynamicCache()
            while rows:
                positions = _positions(mask)[:, -ids.shape[1] :]
                logits = loaded.model(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=positions,
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,
                    **self._row_names(rows),
                ).logits[:, -1]  # (rows, vocabulary)
                chosen = logits.float().argmax(-1)
                kept = []
                for place, (row, token) in enumerate(zip(rows, chosen.tolist(), strict=True)):
                    row.tokens.append(token)
                    sample = _finished(row, loaded.tokenizer, loaded.ends)
                    if sample:
                        row.done = True
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

    def _score_batch(self, rows: list[Row]) -> Iterator[Sample]:
        import torch

        with torch.inference_mode():
            ids, mask = self._padded(rows)
            kept = max(len(row.request.target_ids) for row in rows) + 1
            logits = (
                self._load()
                .model(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=_positions(mask),
                    use_cache=False,
                    logits_to_keep=kept,
                    **self._row_names(rows),
                )
                .logits
            )  # (rows, kept, vocabulary); the last column predicts what nobody asked for
            for place, row in enumerate(rows):
                targets = torch.tensor(row.request.target_ids, device=logits.device)
                own = logits[place, kept - 1 - len(targets) : kept - 1].float()
                chosen = own.log_softmax(-1).gather(1, targets[:, None])[:, 0]
                row.done = True
                yield Sample(row.request.key, logprobs=tuple(chosen.tolist()), finish="score")

    def _padded(self, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids and mask, (rows, longest) each, padded with id 0 on the left."""
        import torch

        width = max(len(row.ids) for row in rows)
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        mask = torch.zeros(len(rows), width, dtype=torch.long)
        for place, row in enumerate(rows):
            begin = width - len(row.ids)
            ids[place, begin:] = torch.tensor(row.ids)
            mask[place, begin:] = 1
        return ids.to(self._device), mask.to(self._device)


def _positions(mask: torch.Tensor) -> torch.Tensor:
    """Return the place of every token in its own row, (rows, longest); padding gets 0."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


def _served_name(adapter: Adapter) -> str:
    """A name by content; peft mistakes one that is part of ``lora_`` for its own parameters."""
    return f"sha-{adapter.digest[:16]}"


def _end_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    configured = getattr(model.generation_config, "eos_token_id", None)
    listed = configured if isinstance(configured, list) else [configured]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)


def _finished(row: Row, tokenizer: Any, ends: frozenset[int]) -> Sample | None:
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
    text = text if finish == "stop" else without_half_a_character(text)
    return Sample(request.key, text=text, token_ids=tuple(tokens), finish=finish)  # type: ignore[arg-type]
