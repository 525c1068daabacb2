"""Fingerprints that earlier runs took: what an adapter is held against to see that it answers as itself.

One file for each subject, below the cache folder of converted models; deleting one forgets it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.files import cache_folder, locked, write_atomically
from harness.fingerprint import VERSION, Fingerprint, is_apart, noise_of, shift, tolerance
from harness.records import BASE

LOADS_FILES = ("transformers", "vllm")
"""Engines that load the very files whose digest names a fingerprint; a server's word is not kept."""


@dataclass(frozen=True)
class Known:
    """A subject's fingerprint as an earlier run took it; ``digest`` is ``base`` or the adapter's."""

    name: str
    digest: str
    engine: str
    dtype: str
    seen: str
    logprobs: tuple[float, ...]


@dataclass(frozen=True)
class Shelf:
    """Where the fingerprints of one base and its adapters lie, as token ids of one version."""

    base_digest: str
    texts_digest: str

    @property
    def folder(self) -> Path:
        """The folder of this base's fingerprints."""
        kept = f"{self.base_digest[:16]}-{self.texts_digest[:16]}-{VERSION}"
        return cache_folder() / "fingerprints" / kept

    def path(self, digest: str) -> Path:
        """Return the file of one subject's fingerprints."""
        return self.folder / f"{digest[:32]}.json"

    def read(self) -> list[Known]:
        """Return every fingerprint here; a damaged file holds none, since a later run writes it again."""
        return [one for path in sorted(self.folder.glob("*.json")) for one in _read(path)]

    def remember(self, one: Known) -> None:
        """Keep a fingerprint, the first of its engine and number format; a later one changes nothing."""
        path = self.path(one.digest)
        with locked(path.with_suffix(".lock")):
            kept = _read(path)
            if any((other.engine, other.dtype) == (one.engine, one.dtype) for other in kept):
                return
            write_atomically(path, json.dumps([asdict(other) for other in (*kept, one)]))


def _read(path: Path) -> list[Known]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [Known(**{**entry, "logprobs": tuple(map(float, entry["logprobs"]))}) for entry in found]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def compare(
    measured: Mapping[str, Fingerprint], digests: Mapping[str, str], known: Sequence[Known], dtype: str
) -> dict[str, dict[str, Any]]:
    """Hold each subject against its own earlier fingerprint, and against everybody else's.

    Args:
        measured: subject -> fingerprint. digests: subject -> ``base`` or the adapter's digest.
        known: what earlier runs took, of this base. dtype: this run's number format, ``""`` if unknown.
    Returns: subject -> ``own`` and ``nearest`` (name, engine, dtype, seen, mean shift in nats; or ``None``)
        and ``tolerance``: how far from its own a subject may lie.
    """
    found = {}
    for name, one in measured.items():
        if not one.logprobs:
            continue
        whole = [other for other in known if len(other.logprobs) == len(one.logprobs)]
        own = _closest(one, (other for other in whole if other.digest == digests[name]))
        nearest = _closest(one, (other for other in whole if other.digest != digests[name]))
        found[name] = {
            "own": own,
            "nearest": nearest,
            "tolerance": tolerance(dtype, own["dtype"]) if own else None,
        }
    return found


def _closest(one: Fingerprint, others: Iterable[Known]) -> dict[str, Any] | None:
    near: list[dict[str, Any]] = [
        {
            "name": BASE if other.digest == BASE else other.name,
            "digest": other.digest,
            "engine": other.engine,
            "dtype": other.dtype,
            "seen": other.seen,
            "mean": shift(one.logprobs, other.logprobs).mean,
        }
        for other in others
    ]
    return min(near, key=lambda entry: float(entry["mean"]), default=None)


def worth_keeping(measured: Mapping[str, Fingerprint]) -> list[str]:
    """Return the subjects whose fingerprint is nobody else's: only such a one can be a reference."""
    return [
        name
        for name, one in measured.items()
        if one.logprobs
        and all(
            is_apart(shift(one.logprobs, other.logprobs), noise_of(one, other))
            for who, other in measured.items()
            if who != name and other.logprobs
        )
    ]


def remember_all(
    shelf: Shelf, measured: Mapping[str, Fingerprint], digests: Mapping[str, str], engine: Mapping[str, str]
) -> None:
    """Keep the fingerprints of a run whose engine loads the files themselves."""
    if engine["name"] not in LOADS_FILES:
        return
    today = datetime.now(UTC).date().isoformat()
    for name in worth_keeping(measured):
        one = Known(
            name, digests[name], engine["name"], engine.get("dtype", ""), today, measured[name].logprobs
        )
        shelf.remember(one)


def fingerprint_lines(base_digest: str, adapter_digest: str) -> Iterator[str]:
    """Yield what earlier runs know of an adapter on a base, for `harness doctor`: a line for each."""
    files = sorted(cache_folder().glob(f"fingerprints/{base_digest[:16]}-*/{adapter_digest[:32]}.json"))
    for file in files:
        others = [one for path in sorted(file.parent.glob("*.json")) if path != file for one in _read(path)]
        for one in _read(file):
            same = (other for other in others if len(other.logprobs) == len(one.logprobs))
            near = _closest(Fingerprint(one.logprobs), same)
            told = f"; nearest is {near['name']}, {near['mean']:.2g} nats a token away" if near else ""
            yield f"fingerprint of {one.seen} in {one.engine} {one.dtype}{told}"
    if not files:
        yield "no fingerprint yet; a run in transformers or vllm takes it"
