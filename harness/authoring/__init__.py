"""For people who write suites: what a folder asks, what is wrong with it, and a file to start from.

    overview  ls        show  one suite or probe        start  new
    validate  every rule at once        rules  those about one suite file

Works without a model, and without a persona file: its names then stay in braces.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.config import load
from harness.errors import ConfigError, suggestion
from harness.persona import Persona, Rival, with_base
from harness.probes import SuiteSource, build_suite, is_suite, read_suites
from harness.records import TIERS, Probe

_BASE = "qwen"
_UNNAMED = Rival(name={"en": "{base}"}, maker={"en": "{base_author}"})


def author_persona(path: Path | None) -> Persona:
    """Return a persona file, or one that leaves every placeholder as it is written.

    A file that names no base is read as if Qwen were it, with ``{base}`` left open: six rivals.

    >>> author_persona(None).fields("en")["base_author"]
    '{base_author}'
    """
    given = load(path, Persona) if path else Persona(name={"en": "{name}"}, author={"en": "{author}"})
    if given.base is None:
        rivals = {_BASE: _UNNAMED, **given.more_rivals}
        given = given.model_copy(update={"base": _BASE, "more_rivals": rivals})
    return with_base(given, str(path), ())


def check_folder(folder: Path) -> None:
    """Raise `ConfigError` where a folder of suites is none."""
    if folder.is_file():
        raise ConfigError(f"{folder}: a file; pass the folder it lies in, {folder.parent}.")
    if not folder.is_dir():
        raise ConfigError(
            f"{folder}: no such folder; `harness init` copies the built-in suites, "
            "`harness suites new NAME` begins one of your own."
        )


def no_suite(folder: Path) -> ConfigError:
    """Return the fault of a folder without a suite."""
    return ConfigError(
        f"{folder}: no suite file here (*.yaml with `suite:` at the beginning of a line); "
        "`harness suites new NAME` begins one."
    )


def suites_in(folder: Path) -> list[SuiteSource]:
    """Read the suites of a folder, sorted by name.

    Raises:
        ConfigError: there is none, or one is faulty.
    """
    check_folder(folder)
    sources = read_suites(sorted(filter(is_suite, folder.glob("*.yaml"))))
    if not sources:
        raise no_suite(folder)
    return sources


def tiers_asked(tier: str | None) -> tuple[str, ...]:
    """Return one tier, or all of them for ``None``.

    Raises:
        ConfigError: it is unknown.
    """
    if tier is None:
        return TIERS
    if tier not in TIERS:
        hint = suggestion(tier, list(TIERS)) or "."
        raise ConfigError(f"--tier: unknown tier {tier!r}{hint} Tiers: {', '.join(TIERS)}.")
    return (tier,)


def probes_in(source: SuiteSource, tier: str, persona: Persona) -> Sequence[Probe]:
    """Return what a tier asks of a suite; a tier without a probe is no fault here."""
    try:
        return build_suite(source, tier, persona).probes
    except ConfigError:  # a known tier: nothing but that it is empty
        return ()
