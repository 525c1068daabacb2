"""One subject through lm-evaluation-harness' own command line, with the token ids that it asked kept.

Usage: python lm_eval_process.py IDS.json run --model hf ...  Everything after the first word is lm-eval's.
Runs in lm-eval's environment and imports nothing of ours.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from pathlib import Path
from typing import Any

ASKED: list[list[int]] = []


def main() -> None:
    """Run lm-eval, then write the prompts' ids."""
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")
    os.environ.setdefault("VLLM_PLUGINS", "")  # where ms-swift is installed too, its plugin fails
    out, *words = sys.argv[1:]
    _name_the_cpu_build()
    _listen(words[words.index("--model") + 1])
    sys.argv = ["lm_eval", *words]
    from lm_eval.__main__ import cli_evaluate

    cli_evaluate()
    Path(out).write_text(json.dumps(ASKED), encoding="utf-8")


def _name_the_cpu_build() -> None:
    """Let lm-eval find the version of vLLM, whose CPU build is a package called vllm-cpu."""
    real = importlib.metadata.version

    def version(name: str) -> str:
        try:
            return real(name)
        except importlib.metadata.PackageNotFoundError:
            if name != "vllm":
                raise
            return real("vllm-cpu") + "+cpu"  # by which vLLM knows its own platform

    importlib.metadata.version = version


def _listen(backend: str) -> None:
    """Keep the ids of every prompt that is generated from."""
    kind: Any
    if backend == "vllm":
        from lm_eval.models.vllm_causallms import VLLM as kind  # noqa: N811
    else:
        from lm_eval.models.huggingface import HFLM as kind  # noqa: N811
    inner = kind._model_generate

    def heard(self: Any, *args: Any, **kwargs: Any) -> Any:
        if backend == "vllm":
            ASKED.extend(list(ids) for ids in kwargs["requests"])
        else:
            rows = zip(kwargs["context"].tolist(), kwargs["attention_mask"].tolist(), strict=True)
            ASKED.extend([i for i, there in zip(ids, mask, strict=True) if there] for ids, mask in rows)
        return inner(self, *args, **kwargs)

    kind._model_generate = heard


if __name__ == "__main__":
    main()
