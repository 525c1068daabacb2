"""A Llama of random weights, a few kilobytes large, with a tokenizer of its own and adapters."""

from __future__ import annotations

from pathlib import Path

from harness.adapters import read_adapter
from harness.models import find_model
from harness.records import Adapter, Model

WORDS = 60
TEMPLATE = (
    "{% for m in messages %}w1 {{ m['content'] }} w2 {% endfor %}{% if add_generation_prompt %}w3{% endif %}"
)


def write_tiny_model(folder: Path, *, hidden_size: int = 16) -> Model:
    """Write the model; its vocabulary is w0 .. w59, and w0 ends an answer."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=WORDS,
        hidden_size=hidden_size,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.6,
        eos_token_id=0,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    words = Tokenizer(WordLevel({f"w{n}": n for n in range(WORDS)}, unk_token="w59"))
    words.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="w0", unk_token="w59")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    return find_model(str(folder))


def write_tiny_adapter(folder: Path, model: Model, name: str, seed: int) -> Adapter:
    """Write an adapter whose B is not zero, so that it changes every answer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    base = AutoModelForCausalLM.from_pretrained(model.path)
    modules = ["q_proj", "v_proj", "up_proj"]
    tuned = get_peft_model(base, LoraConfig(r=4, lora_alpha=16, target_modules=modules))
    for key, weight in tuned.named_parameters():
        if "lora_B" in key:
            torch.nn.init.normal_(weight, std=0.4)
    tuned.save_pretrained(folder)
    return read_adapter(name, folder)
