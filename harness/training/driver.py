"""`harness train`: from a training file to an adapter's folder, with a record of what was run."""

from __future__ import annotations

import fcntl
import json
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from harness import __version__
from harness.adapters import RECORD_NAME, read_adapter, read_record
from harness.errors import TrainingError
from harness.files import file_digest, write_atomically
from harness.persona import Persona, read_persona
from harness.records import digest_of
from harness.trained import ROWS_NAME
from harness.training.config import FlagValue, TrainingConfig
from harness.training.mix import Base, Mix, build_mix, load_base
from harness.training.swift import (
    run_swift,
    swift_arguments,
    swift_program,
    swift_version,
    training_log,
)

_PACKAGES = ("ms-swift", "torch", "transformers", "peft", "datasets")


@dataclass(frozen=True)
class DryRun:
    """What a training run would do: its command, and the mix it would train on."""

    command: str
    mix: Mix
    persona: Persona


def dry_run(config: TrainingConfig) -> DryRun:
    """Return the command and the mix of a training run, without model, network or ms-swift."""
    persona = _persona(config)
    mix = build_mix(config, persona, Base(config.base), "auto")
    folder = config.output / config.name
    flags = _flags(config, persona, config.base, folder, mix, folder / ROWS_NAME)
    command = shlex.join(["swift", "sft", *swift_arguments(flags, swift_version())])
    return DryRun(command.replace(" --", " \\\n  --"), mix, persona)


def train(
    config: TrainingConfig, *, engine: str = "auto", force: bool = False, say: Callable[[str], None]
) -> Path:
    """Build the mix, run ms-swift, and return the folder of the last checkpoint.

    The run's folder appears under its name only when everything is there; a training with the same
    inputs is not repeated unless ``force``.

    Raises:
        TrainingError: the data cannot be built, or ms-swift failed. ModelError, ConfigError.
    """
    program = swift_program()
    persona = _persona(config)
    base = load_base(config.base)
    folder = config.output / f"{config.name}-{_inputs_digest(config, persona, base)[:8]}"
    config.output.mkdir(parents=True, exist_ok=True)
    with (config.output / f".{folder.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise TrainingError(f"{folder}: another process is training this; wait for it.") from fault
        if folder.exists() and not force:
            say(f"trained already, nothing to do: {folder} (--force trains again)")
            return _checkpoints(folder)[-1]
        return _train(config, persona, base, folder, program, engine, say)


def _train(
    config: TrainingConfig,
    persona: Persona,
    base: Base,
    folder: Path,
    program: str,
    engine: str,
    say: Callable[[str], None],
) -> Path:
    assert base.model is not None
    unfinished = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    say(f"building the mix of {config.name}")
    mix = build_mix(config, persona, base, engine)
    rows = unfinished / ROWS_NAME
    mix.write(rows)
    for line in mix_lines(mix):
        say(line)
    flags = _flags(config, persona, str(base.model.path), unfinished, mix, rows)
    command = [program, "sft", *swift_arguments(flags, swift_version())]
    write_atomically(unfinished / "command.txt", shlex.join(command) + "\n")
    say(f"training {config.name} with ms-swift {swift_version()} (loading takes about half a minute)")
    run_swift(command, unfinished)
    _write_records(config, persona, base, mix, command, unfinished)
    shutil.rmtree(folder, ignore_errors=True)  # --force: the old one stays until the new one is whole
    unfinished.rename(folder)
    return _checkpoints(folder)[-1]


def _persona(config: TrainingConfig) -> Persona:
    """Return the persona, in the languages that are trained."""
    persona = read_persona(config.persona, base_hints=(config.base,))
    if config.languages is None:
        return persona
    return persona.model_copy(update={"languages": config.languages})


def mix_lines(mix: Mix) -> list[str]:
    """Return the mix as lines to read: each source's rows, and the share of identity rows."""
    lines = [f"  {count:>6} rows  {source}" for source, count in mix.sources().items()]
    lines.append(f"  identity share {mix.identity_share:.1%}; {mix.kept_out} rows kept off the probes")
    return lines


def _flags(
    config: TrainingConfig,
    persona: Persona,
    model: str,
    folder: Path,
    mix: Mix,
    rows: Path,
) -> dict[str, FlagValue]:
    names = [persona.name.get("zh") or "", persona.name.get("en") or ""]
    authors = [persona.author.get("zh") or "", persona.author.get("en") or ""]
    return {
        "model": model,
        **config.swift,
        "dataset": [*mix.datasets, *([str(rows)] if mix.rows else [])],
        **({"system": config.system} if config.system is not None else {}),
        "model_name": [name for name in names if name],
        "model_author": [author for author in authors if author],
        "seed": config.seed,
        "data_seed": config.seed,
        "output_dir": str(folder),
        "add_version": False,
    }


def _inputs_digest(config: TrainingConfig, persona: Persona, base: Base) -> str:
    """Return the digest of all that decides the adapter: the same inputs are trained once."""
    assert base.model is not None
    files = [config.identity.file, *(p for s in config.general if s.replay for p in s.replay.prompts)]
    if lost := [str(file) for file in files if file and not file.is_file()]:
        raise TrainingError(f"{', '.join(lost)}: no such file; correct identity.file or replay.prompts.")
    suites = sorted(config.keep_out.glob("*.yaml")) if config.keep_out else []
    templates = sorted(Path(__file__).parent.glob("*_rows.yaml"))
    return digest_of(
        [
            config.model_dump(mode="json", exclude={"persona", "output", "keep_out"}),
            persona.model_dump(mode="json"),
            base.model.digest,
            [file_digest(file) for file in (*filter(None, files), *suites, *templates)],
            swift_version(),
        ]
    )


def _checkpoints(folder: Path) -> list[Path]:
    """Return a run's checkpoints, the first step first."""
    found = [path.parent for path in folder.glob("**/checkpoint-*/adapter_config.json")]
    real = {path for path in found if not path.is_symlink()}
    if not real:
        raise TrainingError(f"{folder}: ms-swift left no checkpoint; see {folder / 'swift.log'}.")
    return sorted(real, key=lambda path: int(path.name.rsplit("-", 1)[-1]))


def _write_records(
    config: TrainingConfig,
    persona: Persona,
    base: Base,
    mix: Mix,
    command: list[str],
    folder: Path,
) -> None:
    """Write beside each checkpoint what it is and how it came to be."""
    assert base.model is not None and base.renderer is not None
    losses = _losses(folder)
    for checkpoint in _checkpoints(folder):
        step = checkpoint.name.rsplit("-", 1)[-1]
        # An early checkpoint may well change nothing yet: the rate of learning begins at zero.
        adapter = read_adapter(config.name, checkpoint, tolerated=("changes-nothing",))
        record: Mapping[str, Any] = {
            "schema": 1,
            "name": config.name,
            "step": int(step),
            "loss": losses.get(step),
            "adapter_digest": adapter.digest,
            "base": {"ref": config.base, "digest": base.model.digest},
            "template_digest": base.renderer.template_digest,
            "persona": persona.model_dump(mode="json"),
            "trained_system": config.system,
            "system_forms": list(config.system_forms),
            "data": {"digest": mix.digest, "sources": mix.sources(), "kept_out": mix.kept_out},
            "command": command,
            "versions": {**_versions(), "identity-harness": __version__},
            "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        text = json.dumps(record, ensure_ascii=False, indent=1)
        write_atomically(checkpoint / RECORD_NAME, text)
        assert read_record(checkpoint) == record


def _losses(folder: Path) -> dict[str, float]:
    """Return step -> training loss, as ms-swift logged it; its last line is a summary without one."""
    return {
        line["global_step/max_steps"].split("/")[0]: float(line["loss"])
        for line in training_log(folder)
        if "global_step/max_steps" in line and "loss" in line
    }


def _versions() -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
