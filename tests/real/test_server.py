"""The engine for a server, against a real `vllm serve` with two adapters."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from harness.engines import Engine, EngineOptions, load_engine
from harness.records import Adapter, Model
from tests.real.test_engines import by_place, questions, texts

START_SECONDS = 300


@pytest.fixture(scope="module")
def url(
    model: Model, adapters: tuple[Adapter, Adapter], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    modules = [f"{adapter.name}={adapter.path}" for adapter in adapters]
    # One adapter slot is left free: vLLM on a CPU computes base rows with the last one when all are taken.
    command = [
        sys.executable,
        "-m",
        "vllm.entrypoints.openai.api_server",
        "--model",
        str(model.path),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--served-model-name", "smollm2", "--dtype", "float32", "--max-model-len", "512"]
    command += ["--enable-lora", "--max-loras", str(len(adapters) + 1), "--max-lora-rank", "8"]
    modules_of = sorted({name for adapter in adapters for name in adapter.target_modules})
    command += ["--lora-target-modules", *modules_of]  # without it log-probabilities end the server
    command += ["--generation-config", "vllm", "--lora-modules", *modules]
    environment = os.environ | {"VLLM_PLUGINS": "", "VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1"}
    with log.open("w") as out:
        server = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(60)


def _wait_until_up(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < START_SECONDS:
        if server.poll() is not None:
            break
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(1)
    pytest.fail(f"vllm serve did not start:\n{log.read_text()[-3000:]}")


def test_a_server_answers_as_the_engine_in_our_own_process_does(
    url: str, model: Model, adapters: tuple[Adapter, Adapter]
) -> None:
    served = load_engine(
        "openai", model, adapters, EngineOptions(extra={"url": url, "model.base": "smollm2"})
    )
    ours = load_engine("transformers", model, adapters, EngineOptions(device="cpu"))

    def said(engine: Engine) -> tuple[list[tuple[str, str, str]], list[float]]:
        asked, scored = questions(model, adapters, engine), texts(model, adapters, engine)
        answers = by_place(asked, engine.generate(asked))
        likelihoods = by_place(scored, engine.score(scored))
        return (
            [(subject, sample.text, sample.finish) for subject, sample in answers],
            [sum(sample.logprobs) for _, sample in likelihoods],
        )

    try:
        assert served.describe()["version"].startswith("vllm 0.")
        (theirs, their_sums), (own, own_sums) = said(served), said(ours)
    finally:
        served.close()
        ours.close()
    assert theirs == own
    assert their_sums == pytest.approx(own_sums, rel=1e-4)
    assert len({round(total, 3) for total in own_sums[:3]}) == 3
