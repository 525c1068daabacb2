"""What several tests need."""

from pathlib import Path

import pytest

from harness.persona import Persona, read_persona

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def nova_persona() -> Persona:
    """The demo's persona, on the bundled base."""
    return read_persona(ROOT / "configs" / "personas" / "nova.yaml", base_hints=("smollm2",))
