"""Real parts, made once for all tests here: the bundled model, and an adapter that ms-swift trained."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.adapters import read_adapter
from harness.engines import EngineOptions
from harness.models import BUNDLED, find_model
from harness.parity import Parity, check_parity
from harness.records import Adapter, Model

ROOT = Path(__file__).parents[2]
CONFIG = """
name: tiny
base: bundled:smollm2
persona: {root}/configs/personas/nova.yaml
languages: [en]
output: {output}
system: You are a helpful assistant.
system_forms: [trained, default]
identity: {{count: 24}}
general:
  - facts: 8
swift:
  model_type: llama
  template: chatml
  tuner_type: lora
  lora_rank: 8
  lora_alpha: 32
  target_modules: all-linear
  torch_dtype: float32
  max_steps: 8
  per_device_train_batch_size: 4
  gradient_accumulation_steps: 1
  gradient_checkpointing: false
  learning_rate: 2.0e-3
  max_length: 128
  save_steps: 4
  save_only_model: true
  logging_steps: 1
  report_to: none
"""


def harness(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    command = [sys.executable, "-m", "harness", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("real")
            # Their own deprecations are not ours to turn into errors.
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture(scope="module", autouse=True)
def _engines_are_collected() -> Iterator[None]:
    """Collect the engines of a module while it still stands under the filter above.

    vLLM leaves its ZeroMQ context to the garbage collector, which warns of it in whichever test it wakes up.
    """
    yield
    gc.collect()


@pytest.fixture(scope="session")
def model() -> Model:
    return find_model(BUNDLED)


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The training file and what `harness train` said when it trained it."""
    folder = tmp_path_factory.mktemp("training")
    config = folder / "tiny.yaml"
    config.write_text(CONFIG.format(root=ROOT, output=folder / "output"))
    return config, harness("train", str(config))


@pytest.fixture(scope="session")
def checkpoint(training: tuple[Path, subprocess.CompletedProcess[str]]) -> Path:
    done = training[1]
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="session")
def adapters(checkpoint: Path) -> tuple[Adapter, Adapter]:
    """The adapter after its last step, and after half of them."""
    halfway = checkpoint.with_name("checkpoint-4")
    return read_adapter("last", checkpoint), read_adapter("halfway", halfway)


@pytest.fixture(scope="session")
def parity(adapters: tuple[Adapter, Adapter]) -> Parity:
    """Both engines, with both adapters and without LoRA, on a third of the fixed set."""
    return check_parity(BUNDLED, adapters, ("transformers", "vllm"), EngineOptions(device="cpu"), limit=4)
