"""docs/adapters.md names every rule, says of every feature what the code says, and shows the document as it is."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.preflight.checkup import Wanted, check_up
from harness.preflight.features import FEATURES
from tests.adapter_makers import SHAPES, config, write_hostile_base
from tests.hostile_adapters import features_table, part_of_docs

ROOT = Path(__file__).parents[2]
SOURCES = "\n".join(
    file.read_text(encoding="utf-8") for file in (ROOT / "harness" / "preflight").glob("*.py")
)
RULES = set(re.findall(r'Finding\(\s*"(?:error|warning|fact)",\s*"([a-z-]+)"', SOURCES))
RULES |= set(re.findall(r'_error\("([a-z-]+)"', SOURCES)) | {feature.rule for feature in FEATURES}
PAGE = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")


def test_rules_are_found_in_the_sources() -> None:
    assert len(RULES) > 60


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_is_on_the_page(rule: str) -> None:
    assert f"`{rule}`" in PAGE


def test_the_page_names_no_rule_that_is_none() -> None:
    tables = PAGE.partition("## Findings")[2].partition("## Size")[0]
    first = [line.split("|")[1] for line in tables.splitlines() if line.startswith("| `")]
    assert {name for cell in first for name in re.findall(r"`([a-z-]+)`", cell)} == RULES


def test_the_table_of_features_is_the_codes() -> None:
    assert part_of_docs("features") == features_table(), "run: python -m tests.hostile_adapters"


def keys(value: Any, place: str = "") -> set[str]:
    """Return the keys of a document as paths; lists count by their first member."""
    if isinstance(value, dict):
        return {f"{place}.{key}" for key in value}.union(*(keys(v, f"{place}.{k}") for k, v in value.items()))
    return keys(value[0], f"{place}[]") if isinstance(value, list) and value else set()


def test_the_document_has_the_keys_of_the_page(tmp_path: Path) -> None:
    base = write_hostile_base(tmp_path / "base")
    config(base_model_name_or_path="other")(tmp_path / "nova", SHAPES)
    nova = str(tmp_path / "nova")
    found = check_up(Wanted(nova, str(base), (f"other={nova}",), base))
    shown = json.loads(part_of_docs("document").removeprefix("```json").removesuffix("```"))
    assert keys(shown) == keys(found.to_json())
