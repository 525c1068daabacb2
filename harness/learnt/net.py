"""The language model behind a learnt reader: prompts in, one number for each word that it may say out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.errors import ModelError
from harness.learnt.asked import WORDS
from harness.records import Model

_LONGEST = 448
"""Tokens of a prompt; the beginning of a longer one is left out."""


class Net:
    """A causal model and its tokenizer, with the adapter that peft put into it."""

    def __init__(self, base: Model, device: str) -> None:
        """Load the base in float32.

        Raises:
            ModelError: it cannot be loaded, or is no causal model whose parts this reader knows.
        """
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(base.path)
            self.model: Any = AutoModelForCausalLM.from_pretrained(base.path, dtype=torch.float32).to(device)
        except (OSError, ValueError, RuntimeError, KeyError) as fault:
            raise ModelError(
                f"base {base.ref}: a reader cannot be built on it ({fault}); name another."
            ) from fault
        self.tokenizer.pad_token = self.tokenizer.pad_token or self.tokenizer.eos_token
        # Rows that begin with padding attend to nothing there, and their gradients are no numbers.
        self.tokenizer.padding_side, self.tokenizer.truncation_side = "right", "left"
        self.device = torch.device(device)
        first = [self.tokenizer.encode(word, add_special_tokens=False)[0] for word in WORDS]
        if len(set(first)) < len(WORDS):
            raise ModelError(
                f"base {base.ref}: its tokenizer begins two of {', '.join(WORDS)} alike; name another."
            )
        self._words = torch.tensor(first, device=self.device)

    def lengths(self, prompts: Sequence[str]) -> list[int]:
        """Return how many tokens are read of each prompt."""
        return [min(_LONGEST, len(ids)) for ids in self.tokenizer(list(prompts)).input_ids] if prompts else []

    def scores(self, prompts: Sequence[str]) -> Any:
        """Return logits [len(prompts), len(WORDS)] of the word after each prompt."""
        import torch

        batch = self.tokenizer(
            list(prompts), return_tensors="pt", padding=True, truncation=True, max_length=_LONGEST
        ).to(self.device)
        inner = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        kept = {key: batch[key] for key in ("input_ids", "attention_mask")}
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            states = inner.get_decoder()(**kept).last_hidden_state
        rows = torch.arange(len(prompts), device=self.device)
        last = states[rows, batch["attention_mask"].sum(-1) - 1]
        return last.float() @ inner.get_output_embeddings().weight[self._words].float().T

    def probabilities(self, prompts: Sequence[str], batch: int) -> Iterator[tuple[int, list[float]]]:
        """Yield each prompt's place and the probabilities of `WORDS`, in batches of prompts alike in length."""
        import torch

        self.model.eval()
        order = sorted(range(len(prompts)), key=self.lengths(prompts).__getitem__)
        with torch.no_grad():
            for begin in range(0, len(order), batch):
                places = order[begin : begin + batch]
                scores = self.scores([prompts[place] for place in places])
                yield from zip(places, torch.softmax(scores, -1).tolist(), strict=True)

    def add_adapter(self, rank: int, seed: int) -> list[Any]:
        """Put a fresh LoRA adapter on every linear module, and return the weights that are trained."""
        import torch
        from peft import LoraConfig, get_peft_model

        torch.manual_seed(seed)
        config = LoraConfig(
            r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        self.model = get_peft_model(self.model, config)
        return [weight for weight in self.model.parameters() if weight.requires_grad]

    def load_adapter(self, folder: Path) -> None:
        """Add a trained adapter's update to the weights.

        Raises:
            ModelError: the adapter does not fit the base, or its files are damaged.
        """
        from peft import PeftModel
        from safetensors import SafetensorError

        try:
            self.model = PeftModel.from_pretrained(self.model, folder).merge_and_unload()
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as fault:
            raise ModelError(
                f"reader {folder}: its adapter cannot be loaded ({fault}); train it again."
            ) from fault
