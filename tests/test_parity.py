"""Parity without a model: engines that are made up, each with one fault, and what is said of it."""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from harness import parity as package
from harness.cli import app
from harness.engines import EngineOptions
from harness.errors import AdapterError, ConfigError, EngineError
from harness.parity import Parity, check_parity, choose_engines, show
from harness.parity import worker as process
from harness.parity.compare import LIMITS, Comparison, limits_for, relative_difference
from harness.parity.questions import QUESTIONS, TEXTS, items
from harness.parity.worker import Answers, Job
from harness.prompts import PlainText
from harness.records import BASE, Adapter, Request, Sample, digest_of
from tests.support import run_python, write_adapter, write_base
from tests.tiny import write_tiny_adapter, write_tiny_model

NOVA = Adapter("nova", Path("/nowhere/nova"), digest_of("nova"), 8, ("q_proj",))
OLD = Adapter("old", Path("/nowhere/old"), digest_of("old"), 8, ("q_proj",))
Fault = Callable[[Job, str, Request, Sample], Sample | None]


def said(request: Request) -> Sample:
    """Make an answer up: it hangs on subject and prompt alone, as it should."""
    seed = int(digest_of([request.subject, request.token_ids, request.target_ids])[:8], 16)
    if request.kind == "score":
        logprobs = tuple(-1.0 - (seed + n) % 7 / 7 for n in range(len(request.target_ids)))
        return Sample(request.key, logprobs=logprobs, finish="score")
    ids = tuple(97 + (seed + n * n) % 26 for n in range(request.max_new_tokens))
    return Sample(request.key, text="".join(map(chr, ids)), token_ids=ids, finish="length")


@dataclass
class Engines:
    """Stands in for the processes: answers jobs, with a fault where a test puts one."""

    fault: Fault = lambda job, call, request, sample: sample
    dtype: str = "float32"
    jobs: list[Job] = field(default_factory=list)

    def __call__(self, job: Job) -> Answers:
        self.jobs.append(job)
        calls: dict[str, dict[str, Sample]] = {}
        for call, requests in job.calls.items():
            found = [self.fault(job, call, request, said(request)) for request in requests]
            calls[call] = {sample.key: sample for sample in found if sample}
        return Answers({"name": job.engine, "dtype": self.dtype, "version": "1"}, calls)


def checked(
    engines: Engines,
    *adapters: Adapter,
    names: tuple[str, ...] = ("transformers", "vllm"),
    limit: int | None = 3,
) -> Parity:
    return check_parity(
        "base", adapters, names, EngineOptions(), limit=limit, ask=engines, renderer=PlainText()
    )


def different(parity: Parity) -> set[tuple[str, str, str]]:
    return {(one.subject, str(one.one), str(one.other)) for one in parity.comparisons if not one.same}


def other_token(sample: Sample, at: int) -> Sample:
    ids = (*sample.token_ids[:at], 65, *sample.token_ids[at + 1 :])
    return replace(sample, token_ids=ids, text="".join(map(chr, ids)))


BETWEEN = {
    (BASE, "transformers, mixed batch", "vllm, mixed batch"),
    ("nova", "transformers, mixed batch", "vllm, mixed batch"),
}
WITHIN = {
    (subject, f"{engine}, {words}", f"{engine}, mixed batch")
    for engine in ("transformers", "vllm")
    for subject, words in ((BASE, "no LoRA"), ("nova", "alone"))
}


class TestWhatIsAsked:
    def test_engines_that_agree(self) -> None:
        engines = Engines()
        parity = checked(engines, NOVA)
        assert parity.same
        pairs = {(one.subject, str(one.one), str(one.other)) for one in parity.comparisons}
        assert pairs == BETWEEN | WITHIN
        assert [(job.engine, bool(job.adapters)) for job in engines.jobs] == [
            ("transformers", True),
            ("transformers", False),
            ("vllm", True),
            ("vllm", False),
        ]

    def test_mixed_holds_everyone_and_alone_nobody_else(self) -> None:
        engines = Engines()
        checked(engines, NOVA, OLD, names=("vllm",))
        lora, plain = engines.jobs
        subjects = {call: {request.subject for request in asked} for call, asked in lora.calls.items()}
        assert subjects == {
            "mixed base": {BASE, "nova", "old"},
            "alone nova": {"nova"},
            "alone old": {"old"},
        }
        assert {request.subject for request in plain.calls["plain base"]} == {BASE}

    def test_one_engine_is_held_against_itself(self) -> None:
        parity = checked(Engines(), NOVA, names=("vllm",))
        pairs = {(one.subject, str(one.one), str(one.other)) for one in parity.comparisons}
        assert pairs == {pair for pair in WITHIN if pair[1].startswith("vllm")}

    def test_base_alone_is_held_between_engines(self) -> None:
        engines = Engines()
        parity = checked(engines)
        (one,) = parity.comparisons
        assert (str(one.one), str(one.other)) == ("transformers, no LoRA", "vllm, no LoRA")
        assert [job.adapters for job in engines.jobs] == [(), ()]

    def test_the_set_has_three_languages_of_each_kind(self) -> None:
        for asked in (QUESTIONS, TEXTS):
            languages = [name.partition("-")[0] for name, _ in asked]
            assert sorted(languages) == ["code"] * 4 + ["en"] * 4 + ["zh"] * 4
            assert len({name for name, _ in asked}) == len({text for _, text in asked}) == 12

    def test_a_text_leaves_no_token_but_the_first_unscored(self) -> None:
        for item in items(PlainText(), [BASE]):
            if item.kind == "score":
                text = dict(TEXTS)[item.id]
                assert "".join(map(chr, item.request.token_ids + item.request.target_ids)) == text
                assert len(item.request.token_ids) == 1


class TestFaults:
    """Each is seen in the comparisons that it spoils, and in no other."""

    def test_an_adapter_that_one_engine_leaves_out(self) -> None:
        def as_base(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            if job.engine != "vllm" or request.subject != "nova":
                return sample
            return replace(said(replace(request, subject=BASE)), key=request.key)

        parity = checked(Engines(as_base), NOVA)
        assert different(parity) == {one for one in BETWEEN if one[0] == "nova"}

    def test_base_that_answers_as_the_last_adapter_beside_it(self) -> None:
        """What vLLM does on a CPU when every slot is taken."""

        def leaks(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            if (job.engine, call, request.subject) != ("vllm", "mixed base", BASE):
                return sample
            return replace(said(replace(request, subject="nova")), key=request.key)

        parity = checked(Engines(leaks), NOVA)
        assert different(parity) == {
            (BASE, "transformers, mixed batch", "vllm, mixed batch"),
            (BASE, "vllm, no LoRA", "vllm, mixed batch"),
        }

    def test_an_adapter_that_hangs_on_its_company(self) -> None:
        def company(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            if call == "alone nova" and request.kind == "score" and job.engine == "transformers":
                return replace(sample, logprobs=tuple(value * 1.01 for value in sample.logprobs))
            return sample

        parity = checked(Engines(company), NOVA)
        assert different(parity) == {("nova", "transformers, alone", "transformers, mixed batch")}

    @pytest.mark.parametrize(("factor", "same"), [(1.00005, True), (1.0002, False)])
    def test_the_limit_on_likelihoods(self, factor: float, same: bool) -> None:
        def drifts(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            moved = job.engine == "vllm" and request.kind == "score"
            return replace(sample, logprobs=tuple(v * factor for v in sample.logprobs)) if moved else sample

        assert checked(Engines(drifts)).same == same

    def test_sixteen_bits_have_wider_limits_and_are_told_by_the_engine(self) -> None:
        def drifts(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            moved = job.engine == "vllm" and request.kind == "score"
            return replace(sample, logprobs=tuple(v * 1.002 for v in sample.logprobs)) if moved else sample

        assert checked(Engines(drifts, dtype="bfloat16")).same
        assert not checked(Engines(drifts, dtype="float32")).same
        assert LIMITS["float32"].nll < LIMITS["float16"].nll < LIMITS["bfloat16"].nll
        assert limits_for("bfloat16", "float16") == LIMITS["bfloat16"]

    @pytest.mark.parametrize("value", [math.nan, -math.inf])
    def test_a_likelihood_that_is_no_number_is_different(self, value: float) -> None:
        def broken(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            moved = job.engine == "vllm" and request.kind == "score" and len(sample.logprobs) > 1
            return replace(sample, logprobs=(value, *sample.logprobs[1:])) if moved else sample

        parity = checked(Engines(broken))
        assert not parity.same
        assert json.loads(show.to_json(parity))["same"] is False

    def test_both_no_number_is_different_too(self) -> None:
        def broken(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            return replace(sample, logprobs=(math.nan,) * len(sample.logprobs))

        assert not checked(Engines(broken)).same

    def test_a_missing_answer_is_no_agreement(self) -> None:
        def drops(job: Job, call: str, request: Request, sample: Sample) -> Sample | None:
            return None if job.engine == "vllm" and request.kind == "generate" else sample

        (one,) = checked(Engines(drops)).comparisons
        assert (one.same, one.answers, len(one.missing)) == (False, 0, 3)
        assert one.missing[0] == "en-who, vllm, no LoRA: no answer"

    def test_an_error_on_both_sides_is_no_agreement(self) -> None:
        def fails(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            return Sample(request.key, finish="error", error="no memory")

        parity = checked(Engines(fails))
        assert not parity.same
        assert any(
            "no comparison: en-who, vllm, no LoRA: no memory" in line for line in show.detail_lines(parity)
        )

    def test_the_same_tokens_with_another_text(self) -> None:
        def garbles(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            garbled = job.engine == "vllm" and request.kind == "generate"
            return replace(sample, text=sample.text + "�") if garbled else sample

        parity = checked(Engines(garbles))
        assert not parity.same
        assert any("the same tokens, and another text" in line for line in show.detail_lines(parity))
        assert [one.near_tie for one in parity.comparisons[0].divergences] == [False] * 3


@dataclass
class Parted:
    """vLLM's answers leave the others at one token; scoring it gives numbers of the test's choice."""

    at: int
    numbers: Mapping[tuple[str, bool], float]
    """(engine, whether it is the token that transformers chose) -> log-probability."""

    def __call__(self, job: Job, call: str, request: Request, sample: Sample) -> Sample:
        if request.kind == "generate":
            return other_token(sample, self.at) if job.engine == "vllm" else sample
        if len(request.target_ids) == 1 and len(request.token_ids) > 1:
            chosen = request.target_ids != (65,)
            return replace(sample, logprobs=(self.numbers[job.engine, chosen],))
        return sample


def parted(transformers: tuple[float, float], vllm: tuple[float, float], at: int = 5) -> Parted:
    return Parted(
        at,
        {
            ("transformers", True): transformers[0],
            ("transformers", False): transformers[1],
            ("vllm", True): vllm[0],
            ("vllm", False): vllm[1],
        },
    )


def only(parity: Parity) -> Comparison:
    (one,) = parity.comparisons
    return one


class TestDivergences:
    def test_a_near_tie_is_explained_and_no_difference(self) -> None:
        engines = Engines(parted((-1.0, -1.0004), (-1.0003, -1.0001)))
        parity = checked(engines)
        one = only(parity)
        assert parity.same
        assert [d.position for d in one.divergences] == [5, 5, 5]
        assert one.divergences[0].logprobs == ((-1.0, -1.0004), (-1.0003, -1.0001))
        assert one.divergences[0].gaps == pytest.approx((0.0004, -0.0002))
        line = next(line for line in show.detail_lines(parity) if "en-who" in line)
        assert "token 6 is" in line
        assert "transformers gives them -1.0000 and -1.0004 (gap 0.0004)" in line
        assert line.endswith("near tie, the limit is 0.001 nats")

    @pytest.mark.parametrize(
        ("transformers", "vllm"),
        [((-1.0, -3.0), (-3.0, -1.0)), ((-1.0, -1.0001), (-4.0, -1.0)), ((-1.0, -3.0), (-1.0001, -1.0))],
        ids=["in both", "in vllm", "in transformers"],
    )
    def test_a_gap_in_one_engine_is_a_difference(self, transformers, vllm) -> None:
        parity = checked(Engines(parted(transformers, vllm)))
        assert not parity.same
        assert len(only(parity).real) == 3
        assert any("a real difference, the limit is" in line for line in show.detail_lines(parity))

    def test_a_number_that_is_none_is_no_near_tie(self) -> None:
        parity = checked(Engines(parted((math.nan, -1.0), (-1.0, -1.0))))
        assert not parity.same
        value = json.loads(show.to_json(parity), parse_constant=pytest.fail)
        assert value["comparisons"][0]["divergences"][0]["logprobs"] == [[None, -1.0], [-1.0, -1.0]]

    def test_both_tokens_are_scored_after_the_common_beginning_in_both_engines(self) -> None:
        engines = Engines(parted((-1.0, -1.0), (-1.0, -1.0), at=4))
        parity = checked(engines, limit=1)
        assert [job.engine for job in engines.jobs] == ["transformers", "vllm", "transformers", "vllm"]
        item = next(item for item in parity.items if item.kind == "generate")
        common = said(item.request).token_ids[:4]
        for job in engines.jobs[2:]:
            (requests,) = job.calls.values()
            assert {request.token_ids for request in requests} == {item.request.token_ids + common}
            assert {request.target_ids for request in requests} == {(said(item.request).token_ids[4],), (65,)}

    def test_an_engine_that_parts_from_nobody_is_not_started_again(self) -> None:
        engines = Engines()
        checked(engines, NOVA)
        assert len(engines.jobs) == 4

    def test_the_first_token_may_be_the_one(self) -> None:
        one = only(checked(Engines(parted((-1, -1), (-1, -1), at=0))))
        assert {d.position for d in one.divergences} == {0}
        assert all(d.near_tie for d in one.divergences)

    def test_an_answer_that_ends_early_is_a_difference(self) -> None:
        def short(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            cut = job.engine == "vllm" and request.kind == "generate"
            return replace(sample, token_ids=sample.token_ids[:7]) if cut else sample

        parity = checked(Engines(short))
        one = only(parity)
        assert not parity.same
        assert {(d.position, d.token_ids[1]) for d in one.divergences} == {(7, None)}
        assert any("and the end: a real difference" in line for line in show.detail_lines(parity))

    def test_a_scored_token_that_fails_leaves_it_unexplained(self) -> None:
        def fails(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            found = parted((-1, -1), (-1, -1))(job, call, request, sample)
            scored = len(request.target_ids) == 1 and len(request.token_ids) > 1
            return (
                Sample(request.key, finish="error", error="x") if scored and job.engine == "vllm" else found
            )

        parity = checked(Engines(fails))
        assert not parity.same
        assert only(parity).divergences[0].logprobs is None

    def test_base_beside_adapters_is_explained_with_and_without_lora(self) -> None:
        def leaks(job: Job, call: str, request: Request, sample: Sample) -> Sample:
            if request.kind == "generate" and call == "mixed base" and request.subject == BASE:
                return other_token(sample, 2)
            if len(request.target_ids) == 1 and len(request.token_ids) > 1:
                return replace(sample, logprobs=(-2.0 if job.adapters else -7.0,))
            return sample

        engines = Engines(leaks)
        parity = checked(engines, NOVA, names=("vllm",))
        one = next(one for one in parity.comparisons if one.subject == BASE)
        assert one.divergences[0].logprobs == ((-7.0, -7.0), (-2.0, -2.0))
        assert [bool(job.adapters) for job in engines.jobs] == [True, False, False, True]


class TestShown:
    def test_the_table_names_every_comparison(self) -> None:
        from rich.console import Console

        console = Console(width=200, record=True, file=StringIO())
        console.print(show.parity_table(checked(Engines(), NOVA)))
        text = console.export_text()
        assert text.count("same") == 6
        assert "vllm, no LoRA | vllm, mixed batch" in text
        assert "3 of 3" in text

    def test_json_has_what_the_table_has(self) -> None:
        parity = checked(Engines(parted((-1.0, -1.0004), (-1.0003, -1.0001))), limit=2)
        value = json.loads(show.to_json(parity))
        assert value["same"] is True
        assert value["engines"]["vllm"]["dtype"] == "float32"
        (one,) = value["comparisons"]
        assert one["settings"] == [
            {"engine": "transformers", "call": "plain"},
            {"engine": "vllm", "call": "plain"},
        ]
        assert one["answers"] == {"compared": 2, "equal": 0}
        assert set(one["nll"]["texts"]) == {"en-ferry", "zh-letter"}
        assert one["divergences"][0]["near_tie"] is True
        assert one["divergences"][0]["position"] == 5
        assert one["divergences"][0]["tokens"][1] == "A"


numbers = st.floats(min_value=0, max_value=1e6)


@given(numbers, numbers)
def test_the_relative_difference_is_symmetric_and_bounded(one: float, other: float) -> None:
    assert relative_difference(one, other) == relative_difference(other, one)
    assert 0 <= relative_difference(one, other) <= 1
    assert relative_difference(one, one) == 0


class TestFlags:
    @pytest.mark.parametrize(
        ("flag", "names"), [("vllm,transformers", ("vllm", "transformers")), (" vllm ", ("vllm",))]
    )
    def test_engines(self, flag: str, names: tuple[str, ...]) -> None:
        assert choose_engines(flag) == names

    @pytest.mark.parametrize(
        ("flag", "message"),
        [
            ("vlm,transformers", "no engine 'vlm' here: did you mean 'vllm'?"),
            ("openai", "no engine 'openai' here"),
            ("vllm,vllm", "stands there twice"),
            ("", "no engine '' here"),
        ],
    )
    def test_wrong_engines(self, flag: str, message: str) -> None:
        with pytest.raises(ConfigError, match=message.replace("?", r"\?")):
            choose_engines(flag)

    def test_all_that_are_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(package, "find_spec", lambda name: name == "vllm")
        assert choose_engines(None) == ("vllm",)

    def command(self, monkeypatch: pytest.MonkeyPatch, fault: Fault, *flags: str):
        def compared(base: str, adapters, engines, options, *, say) -> Parity:
            found = Engines(fault)
            return check_parity(
                base, (NOVA,), engines, options, limit=2, ask=found, renderer=PlainText(), say=say
            )

        monkeypatch.setattr("harness.parity.ask.check_parity", compared)
        return CliRunner().invoke(app, ["doctor", "--parity", "--base", "b", *flags])

    def test_the_command_ends_with_0_where_they_agree(self, monkeypatch) -> None:
        done = self.command(monkeypatch, Engines().fault, "--engines", "transformers,vllm")
        assert done.exit_code == 0, done.output
        assert "same" in done.stdout
        assert "DIFFERENT" not in done.stdout

    def test_the_command_ends_with_1_where_they_differ(self, monkeypatch) -> None:
        fault = parted((-1, -3), (-3, -1))
        done = self.command(monkeypatch, fault, "--engines", "transformers,vllm", "--json")
        assert done.exit_code == 1
        assert json.loads(done.stdout)["same"] is False

    def test_a_base_that_is_not_known(self) -> None:
        done = CliRunner().invoke(app, ["doctor", "--parity"])
        assert done.exit_code == ConfigError.exit_status
        assert "pass --base" in done.output

    def test_a_wrong_option(self) -> None:
        flags = ["doctor", "--parity", "--base", "b", "--engines", "vllm", "--engine-option", "dtype"]
        done = CliRunner().invoke(app, flags)
        assert done.exit_code == ConfigError.exit_status
        assert "key=value" in done.output

    def test_an_adapter_of_another_base_is_refused_before_an_engine_starts(self, tmp_path: Path) -> None:
        base = write_base(tmp_path / "base", {"model.layers.0.self_attn.q_proj": (60, 80)})
        adapter = write_adapter(tmp_path / "adapter")
        done = CliRunner().invoke(app, ["doctor", str(adapter), "--parity", "--base", str(base)])
        assert done.exit_code == AdapterError.exit_status


JOB = Job("transformers", "base", (), EngineOptions(device="cpu", extra={"a": 1}), {})


class TestProcess:
    """The process itself: what it is told, what it says, and how it may end."""

    def test_a_job_comes_through_whole(self) -> None:
        request = Request("score", "nova", "s", (1, 2), (3,), 4, ("x",))
        job = replace(JOB, adapters=(f"nova={Path.cwd()}",), calls={"mixed": (request,)})
        back = process._job_from_json(json.loads(json.dumps(process._job_to_json(job))))
        assert back == job
        assert back.calls["mixed"][0].key == request.key

    def started(self, monkeypatch: pytest.MonkeyPatch, program: str) -> Answers:
        def run(command: list[str], folder: Path, log) -> int:
            arguments = [sys.executable, "-c", program, *command[-2:]]
            return real([*arguments], folder, log)

        real = process._run
        monkeypatch.setattr(process, "_run", run)
        return process.ask_in_process(replace(JOB, calls={"mixed": ()}))

    def test_a_process_that_the_kernel_ends_says_so(self, monkeypatch) -> None:
        program = "import os; print('loading', flush=True); os.kill(os.getpid(), 9)"
        with pytest.raises(
            EngineError, match=r"(?s)by signal SIGKILL \(.* memory .*\); its last lines:\nloading"
        ):
            self.started(monkeypatch, program)

    def test_a_process_that_ends_without_a_word(self, monkeypatch) -> None:
        with pytest.raises(EngineError, match="exit status 0, without a word"):
            self.started(monkeypatch, "")

    def test_a_line_that_was_cut_off_is_not_read(self, monkeypatch) -> None:
        program = "import sys; open(sys.argv[2], 'w').write('{\"engine\": {}}\\n{\"cal'); sys.exit(3)"
        with pytest.raises(EngineError, match="exit status 3"):
            self.started(monkeypatch, program)

    def test_nothing_that_it_started_outlives_it(self, monkeypatch, tmp_path: Path) -> None:
        """vLLM starts processes of its own, which would keep the GPU."""
        file = tmp_path / "pid"
        program = (
            "import subprocess, sys, pathlib;"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
            f"pathlib.Path({str(file)!r}).write_text(str(child.pid))"
        )
        with pytest.raises(EngineError):
            self.started(monkeypatch, program)
        child = int(file.read_text())
        for _ in range(50):
            if not _runs(child):
                return
            time.sleep(0.1)
        os.kill(child, signal.SIGKILL)
        pytest.fail("the child was left running")

    def test_a_fault_of_ours_keeps_its_class(self, tmp_path: Path) -> None:
        job = replace(JOB, base=str(tmp_path / "no" / "model"), options=EngineOptions())
        with pytest.raises(package_error("ModelError"), match="no such folder"):
            process.ask_in_process(job)

    def test_a_real_engine_in_real_processes(self, tmp_path: Path) -> None:
        """The whole way, on a model of a few kilobytes; what it says of a real one is in tests/real."""
        pytest.importorskip("peft")
        model = write_tiny_model(tmp_path / "base")
        adapter = write_tiny_adapter(tmp_path / "nova", model, "nova", 1)
        told: list[str] = []
        options = EngineOptions(device="cpu")
        parity = check_parity(str(model.path), [adapter], ["transformers"], options, limit=2, say=told.append)
        assert parity.same, "\n".join(show.detail_lines(parity))
        assert {one.subject: (len(one.nlls), one.answers) for one in parity.comparisons} == {
            BASE: (2, 2),
            "nova": (2, 2),
        }
        base, nova = (one.nlls["en-ferry"][0] for one in parity.comparisons)
        assert base != pytest.approx(nova, rel=1e-3)
        assert parity.engines["transformers"]["dtype"] == "float32"
        assert told == [
            "parity: transformers with the adapters, 12 requests",
            "parity: transformers without LoRA, 4 requests",
        ]

    def test_parity_is_imported_without_torch(self, tmp_path: Path) -> None:
        heavy = "[name for name in ('torch', 'transformers', 'vllm', 'peft') if name in sys.modules]"
        program = f"import sys, harness.parity, harness.parity.ask, harness.parity.show; print({heavy})"
        assert run_python("-c", program, cwd=tmp_path).stdout == "[]\n"


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def package_error(name: str) -> type[Exception]:
    from harness import errors

    return getattr(errors, name)
