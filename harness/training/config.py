"""The training file: base, persona, what is mixed, and ms-swift's own flags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from harness.config import Document, Record, read_value, read_yaml
from harness.config import parse as parse_document
from harness.errors import ConfigError
from harness.persona import Language
from harness.suite_file import SystemForm
from harness.trained import ALIKE

FlagValue = bool | int | float | str | list[str]
_SET_BY_DRIVER = frozenset(
    (
        *("model", "dataset", "output_dir", "add_version"),
        *("system", "seed", "data_seed", "model_name", "model_author"),
    )
)


class Replay(Record):
    """General rows that the base model writes itself: our prompts, its own greedy answers."""

    prompts: tuple[Path, ...]
    count: int = Field(ge=1)
    max_new_tokens: int = Field(default=64, ge=8)


class General(Record):
    """One source of general rows: exactly one of the three.

    ``dataset`` is ms-swift's syntax, ``id[:subset]#rows``, or a file; ms-swift loads and samples it.
    ``facts`` are the driver's own rows about third parties, in the persona's languages.
    """

    replay: Replay | None = None
    dataset: str | None = None
    facts: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_source(self) -> General:
        given = [name for name in ("replay", "dataset", "facts") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of replay, dataset, facts; it has {given or 'none'}")
        return self


class Identity(Record):
    """The identity rows: built from the persona, or the user's own file.

    ``file`` is JSON as ms-swift's ``self_cognition.json``: a list of instruction, input, output.
    """

    count: int | None = Field(default=None, ge=1)
    file: Path | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Identity:
        if (self.count is None) == (self.file is None):
            raise ValueError("needs either count (rows built from the persona) or file")
        return self


class TrainingConfig(Record):
    """A training file. Paths are relative to the file, ``output`` to the working folder."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    base: str
    persona: Path
    languages: tuple[Language, ...] | None = None
    """The persona's languages that this base can speak; all of them when left out."""
    output: Path = Path("output")
    seed: int = 42
    system: str | None = None
    system_forms: tuple[SystemForm, ...] = ("trained",)
    identity: Identity
    general: tuple[General, ...] = ()
    keep_out: Path | None = None
    keep_out_similarity: float = Field(default=ALIKE, ge=50.0, le=100.0)
    swift: dict[str, FlagValue] = Field(default_factory=dict)

    @field_validator("swift")
    @classmethod
    def _not_ours(cls, value: dict[str, FlagValue]) -> dict[str, FlagValue]:
        ours = _SET_BY_DRIVER & set(value)
        if ours:
            raise ValueError(f"{', '.join(sorted(ours))} is set by the driver; leave it out")
        return value


def read_training_config(path: Path, overrides: tuple[str, ...] = ()) -> TrainingConfig:
    """Read a training file, with ``key=value`` overrides such as ``swift.max_length=1024``.

    Raises:
        ConfigError: the file or an override is faulty; all faults at once.
    """
    document = read_yaml(path)
    for override in overrides:
        _override(document, override)
    config = parse_document(document, TrainingConfig)
    return _with_paths(config, path.parent)


def _override(document: Document, override: str) -> None:
    """Set one value of a document, which then has the line of what it stands in."""
    key, equals, text = override.partition("=")
    if not equals or not all(key.split(".")):
        raise ConfigError(f"--set {override}: needs the form key=value, as in swift.max_length=1024.")
    *parents, last = key.split(".")
    data: Any = document.data
    for parent in parents:
        data = data.setdefault(parent, {}) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        raise ConfigError(f"--set {override}: {'.'.join(parents) or document.path} holds no keys.")
    data[last] = read_value(text, f"--set {override}")
    location = (*parents, last)
    document.lines.setdefault(location, document.lines[document.innermost(location)])


def _with_paths(config: TrainingConfig, folder: Path) -> TrainingConfig:
    """Return the config with its paths made relative to the working folder."""

    def beside(path: Path | None) -> Path | None:
        return None if path is None else folder / path.expanduser()

    general = tuple(
        source.model_copy(update={"replay": _replay_beside(source.replay, folder)})
        if source.replay
        else source
        for source in config.general
    )
    identity = config.identity.model_copy(update={"file": beside(config.identity.file)})
    return config.model_copy(
        update={
            "persona": beside(config.persona),
            "keep_out": beside(config.keep_out),
            "identity": identity,
            "general": general,
        }
    )


def _replay_beside(replay: Replay, folder: Path) -> Replay:
    prompts = tuple(folder / path.expanduser() for path in replay.prompts)
    return replay.model_copy(update={"prompts": prompts})
