"""Options for the engine from a file: the same keys as the flag's, which goes before it."""

from pathlib import Path

import pytest

from harness.engine_options import engine_options
from harness.errors import ConfigError
from tests.plugin.conftest import Project, errors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("device: cpu\nbatch_size: 0\n", "options.yaml:2: batch_size: 0: needs a whole number above 0."),
        ("max_model_len: long\n", "options.yaml:1: max_model_len: long: needs a whole number above 0."),
        ("- device\n", "options.yaml: needs `key: value` lines, as in `device: cpu`."),
        ("1: 2\n", "options.yaml: needs `key: value` lines, as in `device: cpu`."),
        ("device: cpu\ndevice: cuda\n", "options.yaml:2: key 'device' stands twice; keep one."),
        ("seed: 1\n", "--engine-option seed: engine replay has no such option; leave it out."),
    ],
)
def test_a_faulty_file(project: Project, text: str, message: str) -> None:
    project.write("options.yaml", text)
    result = project.run("--engine-options", "options.yaml")
    assert len(errors(result)) == 1
    result.stdout.fnmatch_lines([f"ERROR: {message}"])
    assert result.ret == 11
    assert project.asked == 0


def test_a_flag_goes_before_the_file(project: Project) -> None:
    project.write("options.yaml", "batch_size: 0\n")
    result = project.run("--engine-options", "options.yaml", "--engine-option", "batch_size=4")
    assert errors(result) == []
    assert project.verdicts


def test_values_of_a_file_keep_their_form(tmp_path: Path) -> None:
    file = tmp_path / "o.yaml"
    file.write_text(
        "dtype: float16\nmax_model_len: 512\ncompilation_config: {mode: 3, cudagraph_mode: FULL}\n"
    )
    read = engine_options(["order=mixed", "max_model_len=64"], None, str(file))
    assert (read.dtype, read.max_model_len) == ("float16", 64)
    nested = {"compilation_config": {"mode": 3, "cudagraph_mode": "FULL"}, "order": "mixed"}
    assert dict(read.extra) == nested


def test_a_file_that_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"^nowhere\.yaml: cannot be read"):
        engine_options([], None, "nowhere.yaml")
