"""The engine for a server, against a server of our own that fails in every way a server can."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.engines import EngineOptions, load_engine
from harness.errors import ConfigError, EngineError
from harness.records import BASE, Adapter, Model, Request

MODEL = Model("some/base", Path("/nowhere"), "b" * 64)
NOVA = Adapter("nova", Path("/nowhere/nova"), "a" * 64, 8, ("q_proj",))


class Server(ThreadingHTTPServer):
    """Completes ids by their sum, as base, and by its negative as the adapter; ``faults`` come first."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.models: list[dict[str, Any]] = [
            {"id": "base-model", "object": "model", "created": 0, "owned_by": "vllm", "parent": None},
            {"id": "nova", "object": "model", "created": 0, "owned_by": "vllm", "parent": "base-model"},
        ]
        self.faults: list[int] = []
        self.refuses_longer_than = 1000
        self.sleeps = 0.0
        self.dead = False
        self.key: str | None = None
        self.asked: list[dict[str, Any]] = []
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        return

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # a client that gave up
            super().handle()

    def reply(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("retry-after-ms", "5")
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self) -> None:
        if self.server.key and self.headers.get("Authorization") != f"Bearer {self.server.key}":
            self.reply(401, {"error": {"message": "wrong key"}})
        elif self.path == "/version":
            self.reply(200, {"version": "9.9"})
        else:
            self.reply(200, {"object": "list", "data": self.server.models})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.asked.append(asked)
            fault = self.server.faults.pop() if self.server.faults else None
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        time.sleep(self.server.sleeps)
        with self.server.lock:
            self.server.at_once -= 1
        if self.server.dead:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault:
            self.reply(fault, {"error": {"message": f"fault {fault}"}})
        elif len(asked["prompt"]) > self.server.refuses_longer_than:
            self.reply(400, {"error": {"message": "prompt too long"}})
        else:
            self.reply(
                200,
                {
                    "id": "1",
                    "object": "text_completion",
                    "created": 0,
                    "model": "m",
                    "choices": [self.choice(asked)],
                },
            )

    @staticmethod
    def choice(asked: dict[str, Any]) -> dict[str, Any]:
        ids = asked["prompt"]
        total = sum(ids) * (-1 if asked["model"] == "nova" else 1)
        found = {
            "index": 0,
            "text": f"{total}\n```\nmore",
            "finish_reason": "length",
            "logprobs": None,
            "token_ids": [7, 8],
        }
        if "prompt_logprobs" in asked:
            found["prompt_logprobs"] = [None, *({str(one): {"logprob": -one / 10}} for one in ids[1:])]
        return found


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield one
    one.shutdown()
    one.server_close()


def engine(server: Server, *adapters: Adapter, **extra: Any) -> Any:
    settings = {"url": server.url, "timeout": 5, **extra}
    return load_engine("openai", MODEL, adapters, EngineOptions(extra=settings))


def asks(n: int, subject: str = BASE) -> list[Request]:
    return [
        Request("generate", subject, subject, (number, 1), max_new_tokens=4, stop=("\n```\n",))
        for number in range(n)
    ]


def test_each_subject_is_its_model_and_stops_are_cut(server: Server) -> None:
    requests = [*asks(2), *asks(2, "nova")]
    samples = {s.key: s for s in engine(server, NOVA).generate(requests)}
    said = {(r.subject, r.token_ids[0]): samples[r.key].text for r in requests}
    assert said == {(BASE, 0): "1", (BASE, 1): "2", ("nova", 0): "-1", ("nova", 1): "-2"}
    assert all(s.finish == "stop" and s.token_ids == (7, 8) for s in samples.values())
    assert {(a["model"], a["temperature"]) for a in server.asked} == {("base-model", 0.0), ("nova", 0.0)}


def test_log_probabilities_are_the_target_s(server: Server) -> None:
    request = Request("score", BASE, "s", (5, 6), (7, 8, 9))
    (sample,) = engine(server).score([request])
    assert sample.logprobs == pytest.approx((-0.7, -0.8, -0.9))
    assert sample.finish == "score"


def test_a_server_that_is_not_vllm_answers_but_scores_nothing(server: Server) -> None:
    server.models = [{"id": "gpt", "object": "model", "created": 0, "owned_by": "me"}]
    other = engine(server)
    (sample,) = other.generate(asks(1))
    assert sample.text == "1"
    assert "include_stop_str_in_output" not in server.asked[0]
    (scored,) = other.score([Request("score", BASE, "s", (5,), (6,))])
    assert scored.finish == "error"
    assert "no log-probabilities" in scored.error


GREEDY = {"temperature": 0.0, "top_p": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}
GREEDY_VLLM = {"repetition_penalty": 1.0, "top_k": -1, "min_p": 0.0}


def test_nothing_of_sampling_is_left_to_the_server(server: Server) -> None:
    list(engine(server).generate(asks(1)))
    list(engine(server).score([Request("score", BASE, "s", (5, 6), (7,))]))
    assert len(server.asked) == 2
    for asked in server.asked:
        said = GREEDY | GREEDY_VLLM
        assert {key: asked.get(key) for key in said} == said
    server.models = [{"id": "gpt", "object": "model", "created": 0, "owned_by": "me"}]
    list(engine(server).generate(asks(1)))
    assert {key: server.asked[-1].get(key) for key in GREEDY} == GREEDY
    assert not GREEDY_VLLM.keys() & server.asked[-1].keys()  # which another server may refuse


@pytest.mark.parametrize("fault", [429, 500, 503])
def test_a_passing_fault_is_asked_again(server: Server, fault: int) -> None:
    server.faults = [fault, fault]
    (sample,) = engine(server).generate(asks(1))
    assert sample.text == "1"
    assert len(server.asked) == 3


def test_a_request_that_is_refused_is_an_error_of_its_own(server: Server) -> None:
    server.refuses_longer_than = 2
    long = Request("generate", BASE, "s", (1, 2, 3), max_new_tokens=4)
    samples = {s.key: s for s in engine(server).generate([*asks(3), long])}
    assert samples[long.key].finish == "error"
    assert "prompt too long" in samples[long.key].error
    assert sum(s.finish == "stop" for s in samples.values()) == 3


def test_a_request_that_never_comes_back_is_given_up(server: Server) -> None:
    server.sleeps = 3.0
    (sample,) = engine(server, timeout=1, retries=0).generate(asks(1))
    assert sample.finish == "error"
    assert sample.error == "no answer within 1 s, 1 times"


def test_many_are_asked_at_once_but_no_more_than_allowed(server: Server) -> None:
    server.sleeps = 0.02
    samples = list(engine(server, concurrency=4).generate(asks(40)))
    assert len(samples) == len({s.key for s in samples}) == 40
    assert 2 <= server.most_at_once <= 4


def test_a_server_that_dies_ends_the_run_and_keeps_what_was_answered(server: Server) -> None:
    dying = engine(server, concurrency=1, retries=0)
    answers = dying.generate(asks(50))
    kept = [next(answers) for _ in range(3)]
    server.dead = True
    with pytest.raises(EngineError, match=r"does not answer any more.*the same command goes on"):
        kept += list(answers)
    assert len(kept) >= 3


def test_an_adapter_that_is_not_served_is_named_with_what_is(server: Server) -> None:
    other = Adapter("nowa", Path("/x/nowa"), "c" * 64, 8, ())
    with pytest.raises(
        EngineError, match=r"serves no 'nowa'.*did you mean 'nova'.*--lora-modules nowa=/x/nowa"
    ):
        engine(server, other).describe()


def test_names_can_be_mapped(server: Server) -> None:
    other = Adapter("release-3", Path("/x"), "c" * 64, 8, ())
    mapped = engine(server, other, **{"model.release-3": "nova"})
    (sample,) = mapped.generate(asks(1, "release-3"))
    assert sample.text == "-1"
    assert mapped.describe()["model.release-3"] == "nova"
    with pytest.raises(ConfigError, match="no subject of that name"):
        engine(server, **{"model.typo": "nova"}).describe()


def test_the_key_comes_from_the_environment_and_is_kept_nowhere(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.key = "sesame"
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(EngineError, match=r"wants a key and \$OPENAI_API_KEY is not set"):
        engine(server).describe()
    monkeypatch.setenv("MY_KEY", "open")
    with pytest.raises(EngineError, match=r"\$MY_KEY is refused"):
        engine(server, key_variable="MY_KEY").describe()
    monkeypatch.setenv("MY_KEY", "sesame")
    described = engine(server, key_variable="MY_KEY").describe()
    assert "sesame" not in json.dumps(described)
    assert described["version"] == "vllm 9.9"


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"api_key": "sk-1"}, "a key never goes into options"),
        ({"concurency": 4}, "did you mean 'concurrency'"),
        ({"concurrency": 0}, "must be a number, 1 or more"),
        ({"timeout": "long"}, "must be a number"),
        ({"url": "localhost:8000"}, "must be http://HOST:PORT/v1"),
    ],
)
def test_a_wrong_option_is_refused(extra: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_engine("openai", MODEL, (), EngineOptions(extra=extra))


def test_no_server_says_how_to_start_one() -> None:
    lonely = load_engine(
        "openai", MODEL, (NOVA,), EngineOptions(extra={"url": "http://127.0.0.1:9/v1", "retries": 0})
    )
    with pytest.raises(
        EngineError, match="vllm serve /nowhere --enable-lora --lora-modules nova=/nowhere/nova"
    ):
        lonely.describe()


def test_a_url_s_password_is_not_recorded(server: Server) -> None:
    url = server.url.replace("http://", "http://me:secret@")
    assert "secret" not in json.dumps(engine(server, url=url).describe())


def test_device_is_the_server_s_business() -> None:
    with pytest.raises(ConfigError, match="the server decides that"):
        load_engine("openai", MODEL, (), EngineOptions(device="cpu"))
