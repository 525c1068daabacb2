"""One subject through `vllm.LLM.generate`, in a process of its own: the least that a process a subject costs.

Usage: python raw_vllm_process.py PROMPTS.json MODEL OPTIONS.json [ADAPTER]
PROMPTS.json: [[token ids, max_new_tokens], ...]. OPTIONS.json: arguments of `vllm.LLM`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Load the model, answer every prompt greedily, and end."""
    os.environ.setdefault("VLLM_PLUGINS", "")
    from vllm import LLM, SamplingParams
    from vllm.lora.request import LoRARequest

    prompts, model, options, *adapter = sys.argv[1:]
    arguments: dict[str, Any] = json.loads(options)
    request = None
    if adapter:
        config = json.loads((Path(adapter[0]) / "adapter_config.json").read_text(encoding="utf-8"))
        arguments |= {"enable_lora": True, "max_lora_rank": config["r"]}
        request = LoRARequest("adapter", 1, adapter[0])
    llm = LLM(model=model, **arguments)
    asked = json.loads(Path(prompts).read_text(encoding="utf-8"))
    outputs = llm.generate(
        [{"prompt_token_ids": ids} for ids, _ in asked],
        [SamplingParams(temperature=0.0, max_tokens=length) for _, length in asked],
        lora_request=request,
    )
    assert len(outputs) == len(asked)


if __name__ == "__main__":
    main()
