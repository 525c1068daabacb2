"""Adapters with one fault each, as they are found in the wild or as somebody might send them.

`HOSTILE` are those that files show; `SILENT` are whole by their files, and only answers show that
they change nothing.

    python -m tests.hostile_adapters    # writes their messages into docs/adapters.md
"""

import os
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.adapters import check_fits, read_adapter
from harness.errors import AdapterError
from harness.models import find_model
from harness.preflight.features import FEATURES
from tests.adapter_makers import (
    SHAPES,
    Shapes,
    a_hole,
    add,
    an_overlap,
    cancelling,
    cast,
    config,
    config_text,
    content,
    doubled_name,
    embeddings,
    fill,
    foreign_record,
    header,
    lora_biases,
    no_config,
    of_rank,
    output_layer,
    pickled,
    pointer,
    renamed,
    replaced_by,
    three_sided,
    weights,
    wider,
    without,
    write_hostile_base,
)

DOC = Path(__file__).parents[1] / "docs" / "adapters.md"


@dataclass(frozen=True)
class Hostile:
    """One kind. ``engine`` is the run's where the fault counts on one engine alone.

    ``told`` is what its message must say; the whole of it stands in docs/adapters.md.
    """

    kind: str
    make: Callable[[Path, Shapes], object]
    told: str
    engine: str = ""


def refusal(hostile: Hostile, folder: Path) -> str:
    """Make an adapter and its base below a folder, and return what a run says before a model loads."""
    adapter, base = folder / "adapter", write_hostile_base(folder / "base")
    hostile.make(adapter, SHAPES)
    try:
        check_fits(read_adapter("nova", adapter), find_model(str(base)), hostile.engine)
    except AdapterError as fault:
        told = str(fault).replace(str(adapter), "FOLDER").replace(str(base), "BASE")
        # The digest of the made base is of the library's bytes that wrote it.
        return re.sub(r"is [0-9a-f]{12};", "is DIGEST;", told)
    return "not refused"


NOT_IN_BASE = (".layers.", ".decoder.layers.")
BOTH = ["q_proj", "up_proj"]

HOSTILE: tuple[Hostile, ...] = (
    Hostile(
        "the folder of a run, not of a checkpoint",
        no_config,
        "one of its folders is: checkpoint-10, checkpoint-20",
    ),
    Hostile("no weights", replaced_by(lambda file: None), "there are no weights"),
    Hostile("weights that are a pickle", replaced_by(pickled), "it is a pickle, which could run a program"),
    Hostile(
        "weights whose link leads nowhere",
        replaced_by(lambda file: file.symlink_to("elsewhere")),
        "its link leads nowhere",
    ),
    Hostile("weights that are a pipe", replaced_by(os.mkfifo), "it is no regular file"),
    Hostile("weights that were never fetched (Git LFS)", replaced_by(pointer), "run `git lfs pull`"),
    Hostile(
        "a web page in place of weights",
        content(lambda held: b"<html>404 Not Found</html>" * 9),
        "is damaged: its header claims 3473469848023230524 bytes of 234",
    ),
    Hostile(
        "weights cut off",
        content(lambda held: held[:-4]),
        "is damaged: it has 1724 bytes of values where its header says 1728",
    ),
    Hostile(
        "weights with something behind them",
        content(lambda held: held + b"PK"),
        "is damaged: it has 1730 bytes of values where its header says 1728",
    ),
    Hostile(
        "a header of 9 exabytes",
        content(lambda held: struct.pack("<Q", 2**63) + held[8:]),
        "its header claims 9223372036854775808 bytes of ",
    ),
    Hostile(
        "a header nested 100,000 deep",
        content(lambda held: struct.pack("<Q", 100_000) + b"[" * 100_000),
        "its header is nested too deeply",
    ),
    Hostile(
        "a tensor's name twice in the header", content(doubled_name), "lora_A.weight' stands in it twice"
    ),
    Hostile("tensors that overlap", header(an_overlap), "begins at byte 0 where 128 is next"),
    Hostile(
        "bytes that belong to no tensor",
        header(a_hole),
        "it has 1728 bytes of values where its header says 1600",
    ),
    Hostile(
        "a configuration cut off", config_text(lambda text: text[:-9]), "adapter_config.json: cannot be read"
    ),
    Hostile(
        "a key twice in the configuration",
        config_text(lambda text: text.replace("{", '{"r": 64, ', 1)),
        "key 'r' stands in it twice",
    ),
    Hostile("an alpha that is NaN", config(lora_alpha=float("nan")), "NaN stands in it for a number"),
    Hostile("another kind of adapter", config(peft_type="IA3"), "peft_type is 'IA3'; only LORA is supported"),
    Hostile("rank 0", config(r=0), "rank r is 0, not 1 or more"),
    Hostile("rank true", config(r=True), "rank r is True, not 1 or more"),
    Hostile("no alpha", config(lora_alpha=...), "lora_alpha is None, not a number"),
    Hostile("alpha 0", config(lora_alpha=0), "it changes nothing: the scale is 0"),
    Hostile("no target modules", config(target_modules=...), "it names no target_modules"),
    Hostile("target modules that are a number", config(target_modules=7), "target_modules is 7, not names"),
    Hostile(
        "a rank pattern of words",
        config(rank_pattern={"q_proj": "eight"}),
        "rank_pattern gives 'q_proj' the value 'eight'",
    ),
    Hostile(
        "a pattern that never ends",
        config(target_modules=r"([a-z0-9_.]+)+!"),
        "takes longer than 2 s to match; peft would hang on it",
    ),
    Hostile(
        "a pattern that is none", config(alpha_pattern={"(q_proj": 8}), "'(q_proj' is no regular expression"
    ),
    Hostile("DoRA", config(use_dora=True), "DoRA rescales the base's own weights"),
    Hostile("trained biases", config(bias="lora_only"), "biases of the base were trained"),
    Hostile(
        "whole modules announced",
        config(modules_to_save=["lm_head"]),
        "modules_to_save: whole modules were trained",
    ),
    Hostile(
        "whole modules held",
        weights(add("lm_head.weight", 16, 8)),
        "it holds tensors beside lora_A and lora_B: base_model.model.lm_head.weight",
    ),
    Hostile("trained tokens", config(trainable_token_indices=[1, 2]), "rows of the embedding were trained"),
    Hostile(
        "PiSSA",
        config(init_lora_weights="pissa_niter_4"),
        "one that changed the base's weights before training",
    ),
    Hostile(
        "OLoRA", config(init_lora_weights="olora"), "one that changed the base's weights before training"
    ),
    Hostile(
        "CorDA", config(init_lora_weights="corda"), "one that changed the base's weights before training"
    ),
    Hostile(
        "LoftQ", config(init_lora_weights="loftq"), "one that changed the base's weights before training"
    ),
    Hostile(
        "an init that nobody knows",
        config(init_lora_weights="sorcery"),
        "init_lora_weights is 'sorcery', which peft 0.20 does not know",
    ),
    Hostile(
        "replicated layers",
        config(layer_replication=[[0, 3], [1, 3]]),
        "layers of the base are used several times",
    ),
    Hostile("aLoRA", config(alora_invocation_tokens=[5, 6]), "the adapter works only after certain tokens"),
    Hostile(
        "trained parameters",
        config(target_parameters=["experts.gate_up_proj"]),
        "bare parameters, such as fused experts, were trained",
    ),
    Hostile("QALoRA", config(use_qalora=True), "it is no plain LoRA"),
    Hostile(
        "biases on lora_B",
        weights(lora_biases, lora_bias=True),
        "lora_bias: lora_B has a bias; use the engine transformers",
        "vllm",
    ),
    Hostile("rank 600", of_rank(600), "rank 600 is above 512, vLLM's highest", "vllm"),
    Hostile(
        "the configuration of another training",
        config(r=8),
        "lora_A.weight has rank 4, but adapter_config.json says 8 (12 tensors disagree)",
    ),
    Hostile(
        "a rank pattern that the weights do not follow",
        config(rank_pattern={"layers.1.mlp.up_proj": 2}),
        "lora_A.weight has rank 4, but adapter_config.json says 2 (2 tensors disagree)",
    ),
    Hostile(
        "half a pair",
        weights(without("layers.1.mlp.up_proj.lora_B")),
        "layers.1.mlp.up_proj.lora_A.weight has no partner",
    ),
    Hostile(
        "NaN",
        weights(fill(float("nan"), count=1)),
        "tensors hold NaN or Inf: base_model.model.model.layers.0.mlp.up_proj.lora_B.weight",
    ),
    Hostile("Inf", weights(fill(float("inf"), "lora_A")), "tensors hold NaN or Inf: 6 tensors"),
    Hostile(
        "an untrained adapter (lora_B is zero)",
        weights(fill(0.0)),
        "it changes nothing: every lora_B·lora_A is zero",
    ),
    Hostile(
        "an update that cancels (B·A is zero)",
        weights(cancelling),
        "it changes nothing: every lora_B·lora_A is zero",
    ),
    Hostile("whole numbers", weights(cast("i4")), "values of type I32: 12 tensors"),
    Hostile(
        "weights of convolutions", weights(three_sided), "of shape [4, 8, 1]; only matrices are supported"
    ),
    Hostile(
        "the adapter's name in every key",
        renamed(lambda key: key.replace(".weight", ".default.weight")),
        "names carry the adapter's own",
    ),
    Hostile(
        "keys without peft's prefix",
        renamed(lambda key: key.removeprefix("base_model.model.")),
        "names without base_model.model., of which peft would apply nothing: 12 tensors",
    ),
    Hostile(
        "a key that moves the cursor",
        renamed(lambda key: key.replace("layers.0", "layers.0\x1b[2J")),
        "no name of a tensor: 4 names (first: base_model.model.model.layers.0?[2J",
    ),
    Hostile(
        "a key that is a path",
        renamed(lambda key: key.replace("layers.0", "../../etc")),
        "no name of a tensor: 4 names",
    ),
    Hostile(
        "modules that the configuration does not name",
        config(target_modules=["q_proj"]),
        "it changes 3 modules (first: model.layers.0.mlp.up_proj), which target_modules",
    ),
    Hostile(
        "the record of another base",
        foreign_record,
        "trained on base some/base (000000000000), but --base BASE is",
    ),
    Hostile(
        "sizes of another base",
        weights(wider),
        "has size 10, but base BASE has 8 there (6 tensors do not fit)",
    ),
    Hostile(
        "names of another base",
        renamed(lambda key: key.replace(*NOT_IN_BASE)),
        "so that an engine that looks for names would serve base without a word",
    ),
    Hostile(
        "names with a wrapper's prefix",
        renamed(lambda key: key.replace(".model.model.", ".model.module.model.")),
        "the names carry 'module.' too much",
    ),
    Hostile(
        "names of the same base inside another model",
        renamed(lambda key: key.replace(".model.model.", ".model.model.text_model.")),
        "base calls it model.layers.0.mlp.up_proj",
    ),
    Hostile(
        "one layer under a wrong name",
        renamed(lambda key: key.replace("layers.2", "layers.7")),
        "it changes 2 modules (first: model.layers.7.mlp.up_proj), which base BASE does not have",
    ),
    Hostile(
        "a layer left out",
        weights(without("layers.1.")),
        "names 2 modules (first: model.layers.1.mlp.up_proj), which no tensor changes",
    ),
    Hostile(
        "a weight of base's, but of another base",
        weights(add("model.embed_tokens.base_layer.weight", 16, 8)),
        "it is a weight of the base's, but not that of base BASE",
    ),
    Hostile(
        "an adapter of the output layer",
        weights(output_layer, target_modules=[*BOTH, "lm_head"]),
        "it changes the output layer, which vLLM leaves out of log-probabilities",
        "vllm",
    ),
    Hostile(
        "an adapter of the embeddings",
        weights(embeddings, target_modules=[*BOTH, "embed_tokens"]),
        "it changes the embeddings, which vLLM 0.32 does not offer for model type 'qwen2'",
        "vllm",
    ),
)

SILENT: Mapping[str, Callable[[Path, Shapes], object]] = {
    "a lora_B of 1e-30": weights(fill(1e-30)),
}
"""Whole by their files; only answers show that they change nothing."""


def documented() -> str:
    """Return the table of docs/adapters.md: every kind with its whole message."""
    rows = ["| adapter | what a run says of it |", "|---|---|"]
    for hostile in HOSTILE:
        with TemporaryDirectory() as folder:
            lines = refusal(hostile, Path(folder)).splitlines()
        said = "<br>".join(f"`{line.replace('`', chr(39))}`" for line in lines)
        on = f" (engine {hostile.engine})" if hostile.engine else ""
        rows.append(f"| {hostile.kind}{on} | {said} |")
    return "\n".join(rows)


def features_table() -> str:
    """Return the table of docs/adapters.md: what each engine does with which feature of peft."""
    rows = [
        "| rule | level | what the configuration has | `transformers` | `vllm` |",
        "|---|---|---|---|---|",
    ]
    for one in FEATURES:
        rows.append(f"| `{one.rule}` | {one.level} | {one.what} | {one.transformers} | {one.vllm} |")
    return "\n".join(rows)


def part_of_docs(name: str) -> str:
    """Return what stands between the marks of a part of the page."""
    page = DOC.read_text(encoding="utf-8")
    return page.partition(f"<!-- {name}: begin -->")[2].partition(f"<!-- {name}: end -->")[0].strip()


def write_part(name: str, text: str) -> None:
    """Put a text between the marks of a part of the page."""
    page = DOC.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, after = page.split(begin)[0], page.split(end)[1]
    DOC.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    write_part("hostile", documented())
    write_part("features", features_table())
