"""The vLLM engine's own parts, without vLLM: options, slots, order, shares, causes, workers."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engines import EngineOptions
from harness.engines.vllm import Engine, set_environment
from harness.engines_vllm import pool as pools
from harness.engines_vllm.advice import advise
from harness.engines_vllm.options import described, read_options, set_deterministic
from harness.engines_vllm.order import ORDERS, arrange, cost, share
from harness.engines_vllm.pool import Pool, places_for
from harness.engines_vllm.slots import choose_slots, slot_bytes, slot_rank, weight_bytes
from harness.engines_vllm.start import Log, redirected, root_cause
from harness.errors import AdapterError, ConfigError, EngineError
from harness.records import Adapter, Model, Request


def adapter(rank: int, *modules: str) -> Adapter:
    return Adapter(f"r{rank}", Path("nowhere"), "0" * 64, rank, modules)


# --- options


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"deterministic": "yes please"}, "deterministic=yes please: needs true or false."),
        ({"deterministic": 1}, "deterministic=1: needs true or false."),
        (
            {"order": "groupd"},
            "order=groupd: unknown order: did you mean 'grouped'? Orders: grouped, mixed, long_first.",
        ),
        ({"data_parallel": 0}, "data_parallel=0: needs a whole number above 0."),
        ({"data_parallel": True}, "data_parallel=True: needs a whole number above 0."),
        ({"tensor_parallel_size": "two"}, "tensor_parallel_size=two: needs a whole number above 0."),
        ({"max_loras": 1.5}, "max_loras=1.5: needs a whole number above 0."),
        ({"gpu_memory_utilization": 90}, "gpu_memory_utilization=90: needs a number above 0, up to 1."),
        ({"model": "other"}, "model: --base names the model."),
        ({"data_parallel_size": 2}, "data_parallel_size: vLLM cannot do that offline; write data_parallel."),
    ],
)
def test_an_option_that_cannot_be(extra: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as told:
        read_options(extra)
    assert str(told.value) == f"--engine-option {message}"


def test_all_faulty_options_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        read_options({"order": "x", "data_parallel": -1, "max_loras": 0})
    assert len(str(told.value).splitlines()) == 3


def test_what_only_lays_out_work_is_no_part_of_an_answers_address() -> None:
    quiet = {"order": "mixed", "data_parallel": 2, "max_loras": 3, "gpu_memory_utilization": 0.5}
    assert described(read_options(quiet)) == {}
    loud = {"quantization": "fp8", "deterministic": True, "tensor_parallel_size": 2}
    assert described(read_options(loud)) == {
        "quantization": "fp8",
        "deterministic": "true",
        "tensor_parallel_size": "2",
    }


def test_a_batch_invariant_environment_is_recorded_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_BATCH_INVARIANT", "1")
    assert described(read_options({})) == {"deterministic": "true"}
    assert described(read_options({"deterministic": False})) == {}


def test_deterministic_is_refused_on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_BATCH_INVARIANT", raising=False)
    with pytest.raises(EngineError, match="GPUs only, and this is a CPU; leave the option out"):
        set_deterministic(wanted=True, device="cpu")
    assert "VLLM_BATCH_INVARIANT" not in os.environ


# --- slots


def test_a_slot_has_room_for_every_module_that_vllm_computes_with_a_wrapped_one() -> None:
    shapes = {
        "layers.0.q_proj": (3584, 3584),
        "layers.0.k_proj": (512, 3584),
        "layers.0.v_proj": (512, 3584),
        "layers.0.gate_proj": (18944, 3584),
        "lm_head": (152064, 3584),
    }
    qkv = (3584 + 3584 + 2 * (512 + 3584)) * 16 * 2
    assert slot_bytes(shapes, ["q_proj"], 16, "bfloat16") == qkv
    assert slot_bytes(shapes, ["q_proj", "v_proj"], 16, "float32") == 2 * qkv
    assert slot_bytes(shapes, ["up_proj"], 16, "bfloat16") == (18944 + 3584) * 16 * 2
    assert slot_bytes(shapes, ["o_proj"], 16, "bfloat16") == 0
    assert weight_bytes({"a": (3, 5)}, "float16") == 30


def test_the_slots_rank_is_one_that_vllm_takes() -> None:
    assert slot_rank([adapter(9), adapter(3)]) == 16
    assert [slot_rank([adapter(rank)]) for rank in (1, 2, 64, 65, 320)] == [1, 8, 64, 128, 320]


def test_an_adapter_of_too_high_a_rank_is_named() -> None:
    with pytest.raises(AdapterError, match="adapter r513: rank 513, and vLLM takes 512 at most"):
        slot_rank([adapter(8), adapter(513)])


@pytest.mark.parametrize(
    ("wanted", "slot", "weights", "memory", "slots"),
    [
        (4, 10, 100, 1000, 4),
        (64, 10, 100, 1000, 22),
        (64, 10, 990, 1000, 1),
        (64, 10, 5000, 1000, 1),  # it will not start, but that is for vLLM to say
        (64, 0, 0, 1000, 64),
        (64, 10, 100, None, 64),
    ],
)
def test_slots_by_memory(wanted: int, slot: int, weights: int, memory: int | None, slots: int) -> None:
    assert choose_slots(wanted, slot=slot, weights=weights, memory=memory) == slots


# --- order and shares


def requests(*specs: tuple[str, tuple[int, ...], int]) -> list[Request]:
    return [Request("generate", who, "", ids, max_new_tokens=most) for who, ids, most in specs]


def test_the_three_orders() -> None:
    asked = requests(("b", (1, 2), 9), ("a", (1, 3), 2), ("b", (1, 1), 2), ("a", (1, 2), 9))
    places = {order: [asked.index(one) for one in arrange(asked, order)] for order in ORDERS}
    assert places == {"grouped": [3, 1, 2, 0], "mixed": [2, 3, 0, 1], "long_first": [3, 0, 1, 2]}


prompts = st.lists(
    st.tuples(
        st.sampled_from(["base", "one", "two"]),
        st.lists(st.integers(0, 2), max_size=6).map(tuple),
        st.integers(0, 64),
    ),
    max_size=40,
)


@given(prompts, st.integers(1, 6))
def test_shares_are_the_whole_and_nothing_twice(
    specs: list[tuple[str, tuple[int, ...], int]], n: int
) -> None:
    asked = requests(*specs)
    parts = share(asked, n)
    assert len(parts) == n
    assert Counter(one for part in parts for one in part) == Counter(asked)
    if asked:
        largest = max(map(cost, asked))
        even = sum(map(cost, asked)) / n
        assert max(sum(map(cost, part)) for part in parts) <= even * 1.2 + largest


def test_a_common_beginning_is_not_cut_where_a_neighbouring_place_will_do() -> None:
    system = tuple(range(50))
    asked = [
        Request("generate", "base", "", (head, *system, n), max_new_tokens=16)
        for head, count in ((0, 11), (1, 9))
        for n in range(count)
    ]
    random.Random(0).shuffle(asked)
    first, second = share(asked, 2)
    assert {one.token_ids[0] for one in first} == {0}
    assert {one.token_ids[0] for one in second} == {1}


# --- causes


WORKER = "(Worker pid=7) ERROR 11-26 18:46:22 [multiproc_executor.py:953] "
CORE = "(EngineCore pid=6) ERROR 11-26 18:46:27 [core.py:1510] "
POINTS = RuntimeError(
    "Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': 1}"
)


def record(prefix: str, *lines: str) -> str:
    return "".join(f"{prefix}{line}\n" for line in lines)


def test_the_cause_is_what_the_first_process_raised_last() -> None:
    log = "Triton is installed, but doesn't include CPU backend.\n"
    log += record("ERROR 11-26 18:46:20 [x.py:1] ", "Failed to load plugin a", "ImportError: not this one")
    worker = record(
        WORKER,
        "WorkerProc failed to start.",
        "Traceback (most recent call last):",
        "KeyError: 'found on the way'",
        "During handling of the above exception, another exception occurred:",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.07 GiB. GPU 0 has",
        "a total capacity of 79.19 GiB.",
    ).splitlines(keepends=True)
    core = record(
        CORE, "EngineCore failed to start.", "Exception: WorkerProc initialization failed due to"
    ).splitlines(keepends=True)
    log += "".join(worker[:3] + core[:1] + worker[3:] + core[1:])  # two processes write at once
    log += "Process EngineCore:\nTraceback (most recent call last):\nException: WorkerProc initialization failed\n"
    cause = root_cause(POINTS, log)
    assert cause == (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.07 GiB. GPU 0 has a total capacity "
        "of 79.19 GiB."
    )
    assert "enforce_eager=true" in advise(cause, log, "cuda")


def test_a_fault_of_our_own_process_is_its_own_cause() -> None:
    assert (
        root_cause(ValueError("World size (4) is larger"), "KeyError: 'old'\n") == "World size (4) is larger"
    )


def test_a_process_that_was_killed_left_no_traceback() -> None:
    fault = RuntimeError("Engine core initialization failed. Failed core proc(s): {'EngineCore': -9}")
    cause = root_cause(fault, "Loading safetensors checkpoint shards: 50%\n")
    assert cause == "EngineCore was killed by signal 9"
    assert "memory ran out" in advise(cause, "", "cpu")


def test_without_a_cause_the_fault_stands_as_it_is() -> None:
    assert root_cause(POINTS, "").startswith("Engine core initialization failed.")
    assert advise("something never seen", "", "cuda") == ""


def test_a_cause_is_one_line_of_bounded_length() -> None:
    cause = root_cause(ValueError("x\n" * 5000), "")
    assert "\n" not in cause
    assert len(cause) < 500


SERVE_ONE = (
    "To serve at least one request with the model's max seq len (131072), (7.0 GiB KV cache is needed, which "
    "is larger than the available KV cache memory (2.1 GiB). Based on the available memory, the estimated "
    "maximum model length is 38912."
)


@pytest.mark.parametrize(
    ("cause", "device", "advice"),
    [
        (
            "ValueError: Free memory on device cuda:0 (31.2/79.19 GiB) on startup is less than desired GPU",
            "cuda",
            "pass --engine-option gpu_memory_utilization=0.37.",
        ),
        (
            SERVE_ONE,
            "cuda",
            "pass --engine-option max_model_len=38912, or give the KV cache more: raise --engine-option gpu",
        ),
        ("No available memory for the cache blocks.", "cpu", "set VLLM_CPU_KVCACHE_SPACE"),
        ("No available memory for the cache blocks.", "cuda", "lower --engine-option max_loras"),
        (
            "Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your Tesla T4 GPU has 7.5.",
            "cuda",
            "pass --engine-option dtype=float16.",
        ),
        ("The model type 'gemma3' does not support float16. Reason: NaN", "cuda", "dtype=bfloat16"),
        ("RuntimeError: Failed to infer device type", "cuda", "vLLM sees no GPU"),
        (
            "Total number of attention heads (9) must be divisible by tensor parallel size (7).",
            "cuda",
            "lower --engine-option tensor_parallel_size",
        ),
        ("Couldn't instantiate the backend tokenizer from one of:", "cpu", "needs its tokenizer's files"),
    ],
)
def test_advice(cause: str, device: str, advice: str) -> None:
    assert advice in advise(cause, "", device)


def test_a_plugin_that_fails_is_found_in_the_log() -> None:
    log = '  File "/x/vllm/plugins/__init__.py", line 90, in load_general_plugins\n    func()\n'
    assert "VLLM_PLUGINS=''" in advise("ModuleNotFoundError: No module named 'torchvision'", log, "cuda")


def test_a_log_takes_what_children_write_and_gives_the_streams_back(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log"
    os.write(2, b"before\n")
    with redirected(file):
        os.system("echo from a child; echo its fault >&2")
    os.write(2, b"after\n")
    assert file.read_text().split("\n") == ["from a child", "its fault", ""]
    assert capfd.readouterr() == ("", "before\nafter\n")


def test_the_streams_come_back_after_a_fault(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), redirected(tmp_path / "log"):
        raise KeyboardInterrupt
    os.write(1, b"here\n")
    assert capfd.readouterr().out == "here\n"


def test_a_log_is_kept_only_after_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_LOGGING_LEVEL", "ERROR")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for failed in (False, True):
        log = Log()
        with log.taking():
            os.write(1, b"words\n")
        path = log.path
        assert path is not None
        assert log.text() == "words\n"
        if failed:
            assert str(path) in log.keep()
        log.close()
        assert path.exists() is failed


def test_whoever_reads_along_sees_vllms_own_log(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VLLM_LOGGING_LEVEL", "INFO")
    log = Log()
    with log.taking():
        os.write(1, b"words\n")
    assert capfd.readouterr().out == "words\n"
    assert log.keep() == "see vLLM's log above"


# --- places and workers


def test_every_worker_has_its_own_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "visible_gpus", lambda: ["4", "5", "GPU-a", "7"])
    assert places_for(2, "cuda", 2) == [{"CUDA_VISIBLE_DEVICES": "4,5"}, {"CUDA_VISIBLE_DEVICES": "GPU-a,7"}]
    with pytest.raises(EngineError, match=r"data_parallel=3: needs 6 GPUs, and there are 4; lower it\."):
        places_for(3, "cuda", 2)


def test_every_worker_has_its_own_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 8})
    places = places_for(2, "cpu", 1)
    assert [place["VLLM_CPU_OMP_THREADS_BIND"] for place in places] == ["3", "5,8"]
    with pytest.raises(EngineError, match="data_parallel=4: needs 4 cores, and there are 3"):
        places_for(4, "cpu", 1)


def test_the_parts_of_a_model_share_their_workers_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 8, 9, 11})
    assert places_for(1, "cpu", 2) == [{"VLLM_CPU_OMP_THREADS_BIND": "3,5|8,9,11"}]
    assert places_for(2, "cpu", 2) == [
        {"VLLM_CPU_OMP_THREADS_BIND": "3|5"},
        {"VLLM_CPU_OMP_THREADS_BIND": "8|9,11"},
    ]
    with pytest.raises(EngineError, match="tensor_parallel_size=6: needs 6 cores, and there are 5"):
        places_for(1, "cpu", 6)


ENGINE = '''\
"""Stands in for the engine vllm: answers at once, dies or refuses when told to."""
import os, time
from harness import engines
from harness.errors import ConfigError, EngineError
from harness.records import Sample


class Echo:
    def __init__(self, *inputs):
        self.extra = inputs[-1].extra
        assert "data_parallel" not in self.extra
        if "typo" in self.extra:
            raise ConfigError("--engine-option typo: no such option")

    def generate(self, requests):
        if "no_start" in self.extra and os.environ["PLACE"] == "2":
            raise EngineError("engine vllm cannot start")
        for request in requests:
            if request.token_ids == (66,):
                time.sleep(0.3)
                print("a word before the end", flush=True)
                os._exit(3)
            if request.token_ids == (67,):
                raise EngineError("out of breath")
            if request.token_ids == (68,):
                time.sleep(600)
            yield Sample(request.key, text=os.environ["PLACE"])

    score = generate

    def close(self):
        open(os.environ["CLOSED"] + os.environ["PLACE"], "w").close()


def load_engine(name, *inputs):
    assert name == "vllm"
    return Echo(*inputs)


engines.load_engine = load_engine
'''


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make a pool of two real workers whose engine is `ENGINE`."""
    (tmp_path / "sitecustomize.py").write_text(ENGINE)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("CLOSED", str(tmp_path / "closed-"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("VLLM_LOGGING_LEVEL", "ERROR")
    made = []

    def make(**extra: object) -> Pool:
        options = EngineOptions(extra={"data_parallel": 2, **extra})
        model = Model("m", Path("nowhere"), "0")
        made.append(Pool(model, (), options, [{"PLACE": "1"}, {"PLACE": "2"}]))
        return made[-1]

    yield make
    for one in made:
        one.kill()


def asked(*ids: int) -> list[Request]:
    return requests(*(("base", (number,), 8) for number in ids))


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_workers_share_and_close(pool, tmp_path: Path) -> None:
    two = pool()
    everything = asked(*range(40))
    for verb in ("generate", "score"):
        samples = list(two.ask(verb, everything))
        assert Counter(sample.key for sample in samples) == Counter(one.key for one in everything)
        assert Counter(sample.text for sample in samples) == {"1": 20, "2": 20}
    assert list(two.ask("generate", [])) == []
    assert [sample.key for sample in two.ask("generate", everything[:1])] == [everything[0].key]
    pids = [worker.process.pid for worker in two._workers]
    two.close()
    assert alive(pids) == []
    assert list(tmp_path.glob("*.log")) == []
    assert sorted(path.name for path in tmp_path.glob("closed-*")) == ["closed-1", "closed-2"]


def test_a_worker_that_dies_takes_nothing_of_the_others_with_it(pool, tmp_path: Path) -> None:
    two = pool()
    two.load()
    pids = [worker.process.pid for worker in two._workers]
    kept = []
    with pytest.raises(EngineError) as told:
        kept.extend(two.ask("generate", asked(*range(20), 66, *range(70, 90))))
    assert "worker 2 of 2 died (exit status 3) with 21 answers outstanding" in str(told.value)
    assert {sample.text for sample in kept} == {"1"}
    assert len(kept) == 20
    log = Path(str(told.value).split("vLLM's log: ")[1].split(". What")[0])
    assert "a word before the end" in log.read_text()
    assert list(tmp_path.glob("*.log")) == [log]
    assert alive(pids) == []


def test_a_fault_of_one_worker_names_it(pool) -> None:
    two = pool()
    with pytest.raises(EngineError, match=r"^worker 1 of 2: out of breath$"):
        list(two.ask("generate", asked(67, 80, 90)))
    assert two._workers == []


def test_a_worker_that_cannot_start_leaves_no_other_behind(pool) -> None:
    two = pool(no_start=True)
    with pytest.raises(EngineError, match=r"^worker 2 of 2: engine vllm cannot start$"):
        two.ask("generate", asked(1, 2)).__next__()
    assert two._workers == []


def test_a_wrong_option_is_told_as_one(pool) -> None:
    with pytest.raises(ConfigError, match=r"^--engine-option typo: no such option$"):
        pool(typo=1).load()


@pytest.mark.parametrize("how", ["break", "interrupt"])
def test_whoever_stops_waiting_leaves_no_worker_behind(pool, how: str) -> None:
    two = pool()
    two.load()
    pids = [worker.process.pid for worker in two._workers]
    answers = two.ask("generate", asked(1, 2, 3, 68))
    next(answers)
    if how == "break":
        answers.close()
    else:
        with pytest.raises(KeyboardInterrupt):
            answers.throw(KeyboardInterrupt)
    assert alive(pids) == []


def test_a_worker_whose_parent_is_killed_ends_itself(tmp_path: Path, pool) -> None:
    import subprocess
    import time

    script = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from harness.engines import EngineOptions
from harness.engines_vllm.pool import Pool
from harness.records import Model, Request
pool = Pool(Model("m", Path("x"), "0"), (), EngineOptions(), [{{"PLACE": "1"}}, {{"PLACE": "2"}}])
pool.load()
print(*[worker.process.pid for worker in pool._workers], flush=True)
busy = [Request("generate", "base", "", (68,), max_new_tokens=8) for _ in range(2)]
pool._send([("generate", busy), ("generate", busy)])
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2, done.stderr
    for _ in range(50):
        if not alive(pids):
            break
        time.sleep(0.1)
    assert alive(pids) == []


# --- the engine, before vLLM is loaded


def test_arguments_for_vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_BATCH_INVARIANT", raising=False)
    model, two = Model("m", Path("/base"), "0"), (adapter(9, "q_proj"), adapter(4, "v_proj"))
    plain = Engine(model, (), EngineOptions(device="cpu"))._arguments()
    assert not {"enable_lora", "max_loras"} & set(plain)
    assert (plain["generation_config"], plain["dtype"], plain["enforce_eager"]) == ("vllm", "float32", True)
    given = Engine(model, two, EngineOptions(device="cpu", batch_size=7))._arguments()
    assert given["lora_target_modules"] == ["q_proj", "v_proj"]
    chosen = {key: given[key] for key in ("max_loras", "max_cpu_loras", "max_lora_rank", "max_num_seqs")}
    assert chosen == {"max_loras": 3, "max_cpu_loras": 3, "max_lora_rank": 16, "max_num_seqs": 7}


def test_an_environment_that_a_cpu_ignores_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model("m", Path("/base"), "0")
    monkeypatch.setenv("VLLM_BATCH_INVARIANT", "1")
    assert "deterministic" not in Engine(model, (), EngineOptions(device="cpu")).describe()
    asked = EngineOptions(device="cpu", extra={"deterministic": True})
    with pytest.raises(EngineError, match="this is a CPU"):
        Engine(model, (), asked)


def test_base_is_asked_apart_where_every_slot_is_taken_on_a_cpu() -> None:
    model, two = Model("m", Path("/base"), "0"), (adapter(9, "q_proj"), adapter(4, "v_proj"))
    engine = Engine(model, two, EngineOptions(device="cpu"))
    ordered = requests(("base", (1,), 1), ("r9", (1,), 1), ("r4", (1,), 1))
    assert engine._phases(ordered) == [ordered]
    engine._own = read_options({"max_loras": 2})
    assert engine._phases(ordered) == [ordered[:1], ordered[1:]]
    engine._device = "cuda"
    assert engine._phases(ordered) == [ordered]


@pytest.mark.parametrize(("cores", "given", "kept"), [(2, None, "0"), (8, None, None), (2, "1", "1")])
def test_of_two_cores_the_model_gets_both(
    monkeypatch: pytest.MonkeyPatch, cores: int, given: str | None, kept: str | None
) -> None:
    name = "VLLM_CPU_NUM_OF_RESERVED_CPU"
    monkeypatch.setattr(os, "environ", {name: given} if given else {})
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    set_environment()
    assert os.environ.get(name) == kept


def test_what_may_write_most_goes_first_when_nothing_is_said() -> None:
    assert read_options({}).order == "long_first"
