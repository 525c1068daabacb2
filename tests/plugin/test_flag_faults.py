"""A wrong flag: its own exit status, one message, no traceback, and nothing was asked."""

import pytest

from tests.plugin.conftest import Project, errors
from tests.support import FLAGS

NO_PERSONA = ("--adapter", "nova=nowhere", "--engine", "replay")
NO_FOLDER = ("--adapter", "nova=nowhere", "--persona", "nova.yaml", "--engine", "transformers")
ENGINES = "Engines: auto, openai, replay, transformers, vllm."
FAULTS = [
    ((*FLAGS, "--engine", "replai"), 11, f"unknown engine 'replai': did you mean 'replay'? {ENGINES}"),
    ((*FLAGS, "--engine", "zzz"), 11, f"unknown engine 'zzz'. {ENGINES}"),
    (
        (*FLAGS, "--tier", "smok"),
        11,
        "unknown tier 'smok': did you mean 'smoke'? Tiers: smoke, standard, full.",
    ),
    ((*FLAGS, "--persona", "novo.yaml"), 11, "novo.yaml: cannot be read (No such file *); check the path."),
    (NO_PERSONA, 11, "the persona is not known: *; pass --persona."),
    (
        (*FLAGS, "--criteria", "strict.yaml"),
        11,
        "strict.yaml: cannot be read (No such file *); check the path.",
    ),
    (
        (*FLAGS, "--engine-option", "cpu"),
        11,
        "--engine-option cpu: needs the form key=value, as in device=cpu.",
    ),
    (
        (*FLAGS, "--engine-option", "batch_size=0"),
        11,
        "--engine-option batch_size=0: needs a whole number above 0.",
    ),
    (
        (*FLAGS, "--engine-option", "seed=1"),
        11,
        "--engine-option seed: engine replay has no such option; leave it out.",
    ),
    ((*FLAGS, "--base", "./nowhere"), 12, "base ./nowhere: no such folder; *"),
    (
        (*FLAGS, "--adapter", "nova=elsewhere"),
        13,
        "--adapter: two adapters are called nova; name them apart: name=path.",
    ),
    ((*FLAGS, "--adapter", "=x"), 13, "--adapter =x: needs the form name=path."),
    (
        (*FLAGS, "--adapter", "base=x"),
        13,
        "--adapter base=x: 'base' is the name of the base model; use another.",
    ),
    (NO_FOLDER, 13, "adapter nova: no folder nowhere; pass the checkpoint's folder."),
]


@pytest.mark.parametrize(("flags", "status", "message"), FAULTS, ids=[case[2][:30] for case in FAULTS])
def test_a_wrong_flag(project: Project, flags: tuple[str, ...], status: int, message: str) -> None:
    result = project.run(flags=flags)
    assert len(errors(result)) == 1
    result.stdout.fnmatch_lines([f"ERROR: {message.replace('[', '[[]')}"])
    assert result.ret == status
    assert project.asked == 0
    assert not (project.folder / "reports").exists()


def test_the_last_line_says_that_nothing_was_decided(project: Project) -> None:
    result = project.run("--engine", "replai")
    result.stdout.fnmatch_lines(["*Exit: nothing was decided; see the error above*"])
    result.stdout.no_fnmatch_line("*adapters ==*")


def test_the_message_has_a_line_of_its_own_in_verbose_output(project: Project) -> None:
    assert len(errors(project.run("-v", "--engine", "replai"))) == 1
