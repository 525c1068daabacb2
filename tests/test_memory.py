"""Free memory as the kernel writes it, and the faults that mean there was too little."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.memory import RowCost, free_main_memory, free_swap, is_out_of_memory, weight_bytes

MIB = 2**20
MEMINFO = "MemTotal: 8388608 kB\nMemFree: 100 kB\nMemAvailable: 4194304 kB\nSwapFree: 2048 kB\n"


def machine(folder: Path, cgroup: str, limits: dict[str, dict[str, str]], meminfo: str = MEMINFO) -> int:
    """Lay out /proc and /sys/fs/cgroup, and ask what is free."""
    (folder / "proc" / "self").mkdir(parents=True)
    (folder / "proc" / "meminfo").write_text(meminfo)
    (folder / "proc" / "self" / "cgroup").write_text(cgroup)
    for place, files in limits.items():
        (folder / "cgroup" / place).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / "cgroup" / place / name).write_text(text)
    return free_main_memory(folder / "proc", folder / "cgroup")


def version_2(limit: str, used: int, cached: int) -> dict[str, str]:
    stat = f"anon 1\ninactive_file {cached}\n"
    return {"memory.max": f"{limit}\n", "memory.current": f"{used}\n", "memory.stat": stat}


def version_1(limit: int, used: int, cached: int) -> dict[str, str]:
    return {
        "memory.limit_in_bytes": f"{limit}\n",
        "memory.usage_in_bytes": f"{used}\n",
        "memory.stat": f"inactive_file 7\ntotal_inactive_file {cached}\n",
    }


def test_without_a_limit_it_is_what_the_machine_has_left(tmp_path: Path) -> None:
    assert machine(tmp_path, "0::/\n", {".": version_2("max", 5, 5)}) == 4096 * MIB
    assert free_swap(tmp_path / "proc") == 2 * MIB


def test_a_limit_counts_files_that_the_kernel_may_drop_as_free(tmp_path: Path) -> None:
    limits = {"pod": version_2(str(1000 * MIB), 900 * MIB, 300 * MIB)}
    assert machine(tmp_path, "0::/pod\n", limits) == 400 * MIB


def test_the_tightest_limit_above_decides(tmp_path: Path) -> None:
    limits = {
        "pod": version_2(str(500 * MIB), 450 * MIB, 0),
        "pod/box": version_2(str(900 * MIB), 10 * MIB, 0),
    }
    assert machine(tmp_path, "0::/pod/box\n", limits) == 50 * MIB


def test_a_container_sees_the_limit_at_its_root(tmp_path: Path) -> None:
    """Without a namespace of its own, /proc names the host's path, which is not mounted inside."""
    limits = {".": version_2(str(700 * MIB), 100 * MIB, 0)}
    assert machine(tmp_path, "0::/docker/abc\n", limits) == 600 * MIB


def test_version_1(tmp_path: Path) -> None:
    lines = "9:name=systemd:/\n4:cpu,memory:/job\n0::/\n"
    assert machine(tmp_path, lines, {"memory/job": version_1(300 * MIB, 200 * MIB, 50 * MIB)}) == 150 * MIB


def test_use_above_the_limit_is_nothing_free_and_not_less(tmp_path: Path) -> None:
    assert machine(tmp_path, "0::/\n", {".": version_2("1000", 5000, 0)}) == 0


@pytest.mark.parametrize("text", ["", "what?\n"])
def test_an_unreadable_limit_is_no_limit(tmp_path: Path, text: str) -> None:
    broken = {**version_2("1000", 10, 0), "memory.current": text}
    assert machine(tmp_path, "0::/\n", {".": broken}) == 4096 * MIB


def test_without_proc_half_of_the_machine_is_taken(tmp_path: Path) -> None:
    assert free_main_memory(tmp_path / "no", tmp_path / "none") > 0
    assert free_swap(tmp_path / "no") == 0


def test_this_machine_says_something_believable() -> None:
    assert 16 * MIB < free_main_memory() < 2**50


@pytest.mark.parametrize(
    "fault",
    [
        MemoryError(),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried "
            "to allocate 4000000 bytes. Error code 12 (Cannot allocate memory)"
        ),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
    ids=lambda fault: str(fault)[:20],
)
def test_faults_for_want_of_memory(fault: BaseException) -> None:
    assert is_out_of_memory(fault)


@pytest.mark.parametrize(
    "fault",
    [RuntimeError("The size of tensor a (3) must match"), ValueError("out of memory"), KeyError("memory")],
    ids=repr,
)
def test_other_faults_are_none(fault: BaseException) -> None:
    assert not is_out_of_memory(fault)


@pytest.mark.parametrize(
    ("stored", "item", "expected"), [("bfloat16", 4, 2000), ("float32", 2, 500), (None, 4, 1000)]
)
def test_weights_take_the_type_they_are_loaded_in(
    tmp_path: Path, stored: str | None, item: int, expected: int
) -> None:
    (tmp_path / "config.json").write_text(f'{{"dtype": "{stored}"}}' if stored else "{}")
    (tmp_path / "model-1.safetensors").write_bytes(b"x" * 600)
    (tmp_path / "model-2.safetensors").write_bytes(b"x" * 400)
    (tmp_path / "pytorch_model.bin").write_bytes(b"x" * 999)
    assert weight_bytes(tmp_path, item) == expected


class Config:
    """Qwen2.5-7B, with keys that other families leave out."""

    hidden_size, num_hidden_layers, num_attention_heads, num_key_value_heads = 3584, 28, 28, 4
    intermediate_size, vocab_size = 18944, 152064


def test_keys_and_values_of_grouped_heads() -> None:
    cost = RowCost.of(Config(), item=2)
    one, two = cost.generated(100, 0), cost.generated(100, 1000)
    # 57,344 bytes a token by hand: 28 layers, keys and values, 4 heads of 128 numbers, 2 bytes.
    assert 57_344 <= (two - one) / 1000 <= 57_344 * 1.1


def test_a_configuration_in_a_configuration_is_found() -> None:
    class Outer:
        def get_text_config(self) -> Config:
            return Config()

    assert RowCost.of(Outer(), 2) == RowCost.of(Config(), 2)


sizes = st.integers(min_value=1, max_value=4000)


@given(sizes, sizes, sizes)
def test_more_tokens_never_cost_less(prompt: int, new: int, more: int) -> None:
    cost = RowCost.of(Config(), item=2)
    assert cost.generated(prompt + more, new) > cost.generated(prompt, new)
    assert cost.generated(prompt, new + more) > cost.generated(prompt, new)
    assert cost.scored(prompt + new, min(prompt + new, more)) >= cost.scored(prompt + new, 1)
