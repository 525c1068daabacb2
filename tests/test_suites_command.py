"""`harness suites`: what suites ask, what is wrong with them, a new one; and the guide's five minutes."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from harness.authoring import author_persona
from harness.authoring.start import write
from harness.authoring.validate import Findings, validate
from harness.cli import app
from harness.errors import ConfigError
from harness.persona import Persona
from harness.probes import build_suite, read_suite
from harness.records import TIERS

from .support import CRITERIA, IDENTITY, PERSONA, ROOT, SUMS, lay_out, run_python

BUILT_IN = ROOT / "suites"
NOVA = ROOT / "configs" / "personas" / "nova.yaml"
HEAD = "suite: trial\nversion: 1\nscorer: overclaim\n"
NOBODY = author_persona(None)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def suites(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["suites", *map(str, words)])


def shown(*words: str | Path) -> str:
    done = suites("show", *words)
    assert done.exit_code == 0, done.output
    return done.output


def trial(folder: Path, text: str, persona: Persona = NOBODY, programs: bool = False) -> Findings:
    """Validate a folder with one suite, whose places are told without the folder."""
    (folder / "trial.yaml").write_text(text, encoding="utf-8")
    found = validate(folder, persona, programs=programs)
    found.faults = [fault.replace(f"{folder}/", "") for fault in found.faults]
    found.warnings = [warning.replace(f"{folder}/", "") for warning in found.warnings]
    return found


def probes(*lines: str) -> str:
    return HEAD + "probes:\n" + "".join(f"  - {{tier: smoke, {line}}}\n" for line in lines)


def warned(found: Findings) -> list[str]:
    """Return the warnings but those of a folder that has no criteria."""
    return [warning for warning in found.warnings if "criteria.yaml: missing" not in warning]


# --- validate


def test_the_built_in_suites_validate() -> None:
    done = suites("validate", BUILT_IN)
    assert done.exit_code == 0, done.output
    assert re.search(r"8 suites, \d+ probes: no fault, \d+ warnings; \d+ programs not run", done.stdout)
    told = [line for line in COLOUR.sub("", done.stderr).splitlines() if "only" not in line]
    assert told == []


@pytest.mark.parametrize("languages", [("en",), ("en", "zh")])
def test_the_built_in_suites_validate_in_each_language(languages: tuple[str, ...]) -> None:
    persona = author_persona(NOVA).model_copy(update={"languages": languages})
    found = validate(BUILT_IN, persona)
    assert [fault for fault in found.faults if "criteria.yaml" not in fault] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "probes: [{id: a\n", r"trial.yaml:\d: not valid YAML"),
        (HEAD + "probes:\n\t- {id: a, ask: {en: [x]}}\n", r"trial.yaml:5: not valid YAML: .*tab|cannot start any"),
        (HEAD, r"trial.yaml:1: 'the file': needs 'probes', 'load', or both"),
        (HEAD + "probes: 3\n", r"trial.yaml:4: 'probes'"),
        ("suite:\n  - x\n", r"'suite'"),
        ("suite: own\nversion: 1\nprobes: [{id: a, tier: smoke, ask: {en: [x]}}]\n", r"trial.yaml:1: .*'own' is kept"),
        (probes("id: a, ask: {en: ['Are you {nmae}?']}"), r":5: unknown placeholder {nmae}: did you mean 'name'; "),
        (probes("id: a, ask: {en: ['Are you {Name}?']}"), r":5: unknown placeholder {Name}"),
        (probes("id: a, ask: {zh: ['你是｛name｝吗？']}"), r":5: ｛name｝ has full-width braces; write {name}"),
        (probes("id: a, ask: {en: [x]}, expect: {truth: ['{autor}']}"), r":5: unknown placeholder {autor}"),
        (probes("id: a, ask: {en: [[{user: '{nmae}'}]]}"), r":5: unknown placeholder {nmae}"),
        (probes("id: a, ask: {en: [x]}", "id: a, ask: {en: [y]}"), r":6: probe id 'a' stands in \S+:5 already"),
        (probes("id: a, ask: {en: [x]}, expect: {truht: [b]}"), r":5: probe 'a': unknown 'expect.truht'"),
        (probes("id: a, ask: {en: [x]}, scorer: overcliam"), r":5: .*did you mean 'overclaim'"),
        (HEAD + "probes: [{id: a, tier: full, ask: {en: [x]}}]\n", r":4: suite 'trial' has no probe for tier smoke"),
        (HEAD + "probes: [{id: a, tier: full, ask: {en: [x]}}]\n", r":4: .* no probe for tier standard"),
        (probes("id: a.qwen, ask: {en: [x]}", "id: a, each: rivals, ask: {en: ['{rival}?']}"), r":6: .*also comes from"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    found = trial(tmp_path, text)
    assert [fault for fault in found.faults if re.search(told, fault)], found.faults
    assert [fault for fault in found.faults if not re.match(r"trial\.yaml:\d+: ", fault)] == []
    with pytest.raises(ConfigError):
        found.check()


def test_all_faults_are_told_at_once_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("suite: broken\nprobes: [\n")
    (tmp_path / "shape.yaml").write_text(
        "suite: shape\nprobes:\n  - {id: b, aks: {}, ask: {en: ['{nmae}']}}\n"
    )
    text = probes("id: b, ask: {en: ['{rivl}']}", "id: c, ask: {en: [x]}, scorer: nobody")
    (tmp_path / "trial.yaml").write_text(text)
    done = suites("validate", tmp_path)
    assert done.exit_code == 11
    lines = [line for line in COLOUR.sub("", done.stderr).splitlines() if line.startswith("ERROR: ")]
    places = [re.sub(r".*/(\w+)\.yaml:(\d+): .*", r"\1 \2", line) for line in lines]
    assert places == ["broken 3", "shape 1", "shape 3", "shape 3", "trial 5", "trial 5", "trial 6"]
    assert "criteria.yaml: not held against the suites" in done.stderr


def test_loaded_items_are_looked_at_as_well(tmp_path: Path) -> None:
    rows = "\n".join(f'{{"question": "What is 1 + {n}?", "answer": "#### {n + 1}"}}' for n in range(3))
    (tmp_path / "sums.jsonl").write_text(rows, encoding="utf-8")
    found = trial(tmp_path, HEAD + "load: {format: gsm8k, path: sums.jsonl}\n")
    assert (found.faults, found.probes) == ([], 3)
    (tmp_path / "sums.jsonl").write_text(rows + "\n[]", encoding="utf-8")
    found = trial(tmp_path, HEAD + "load: {format: gsm8k, path: sums.jsonl}\n")
    assert len(found.faults) == 1 and found.faults[0].startswith("sums.jsonl:4: ")


def test_two_suites_with_the_same_probe_or_name(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(probes("id: a, ask: {en: [x]}"))
    found = trial(tmp_path, probes("id: a, ask: {en: [y]}"))
    assert [fault.split(" already")[0] for fault in found.faults if "stands in" in fault] == [
        "trial.yaml:1: suite 'trial' stands in other.yaml:1",
        "trial.yaml:5: probe id 'a' stands in other.yaml:5",
    ]


def test_a_probe_may_be_called_as_its_suite_is(tmp_path: Path) -> None:
    assert trial(tmp_path, probes("id: trial, ask: {en: [x]}")).faults == []
    assert trial(tmp_path, probes("id: trial, ask: {en: [x]}", "id: trial, ask: {en: [y]}")).faults != []


def test_a_doubled_id_is_told_once(tmp_path: Path) -> None:
    found = trial(tmp_path, probes("id: a, ask: {en: [x]}", "id: a, ask: {en: [y]}"))
    assert len(found.faults) == 1


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        ("{name: it, proves: family_rate, suites: [trail], limit: {smoke: 0.01, standard: 0.01, full: 0.01}}",
         ":2: criterion 'it' names unknown suite 'trail': did you mean 'trial'?"),
        ("{name: it, proves: family_rate, suites: [trial], limit: {smoke: 0.9, standard: 0.01, full: 0.01}}",
         ":2: criterion 'it': 1 families in tier smoke"),
        ("{name: it, proves: family_rate, suites: [trial], limit: {smoke: 0.01}}",
         ":2: criterion 'it': no limit for tier full"),
        ("{name: it, proves: family_rate, suites: [trial]}", ":2: criterion 'it' has no 'limit'"),
        ("{name: it, proofs: effect}", ":2: unknown key 'criteria.0.proofs'"),
        ("{name: it, proves: effect}\n  - {name: it, proves: effect}", "criteria stand twice: it"),
        ("{name: it, proves: effect}\nmust_hold: [{probe: b, reason: r, since: 2026-01-01}]",
         ":3: must_hold: unknown probe 'b'"),
    ],
)  # fmt: skip
def test_criteria_are_held_against_every_tier(tmp_path: Path, criteria: str, told: str) -> None:
    (tmp_path / "criteria.yaml").write_text(f"criteria:\n  - {criteria}\n")
    found = trial(tmp_path, probes("id: a, ask: {en: [x]}"))
    assert [fault for fault in found.faults if told in fault], found.faults
    assert [fault for fault in found.faults if not re.match(r"criteria\.yaml:\d+: ", fault)] == []


def test_a_suite_that_no_criterion_counts_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "criteria.yaml").write_text("criteria: [{name: effect, proves: effect}]\n")
    found = trial(tmp_path, probes("id: a, ask: {en: [x], zh: [你]}"))
    assert found.faults == []
    (warning,) = found.warnings
    assert warning.startswith("trial.yaml:1: no criterion of criteria.yaml counts suite 'trial'")


RULE = "scorer: instruction, ask: {en: [x], zh: [你]}, expect: {constraints: [{words: {max: 2}}], "


def test_right_and_wrong_answers_have_to_be_what_they_claim(tmp_path: Path) -> None:
    text = probes(
        f"id: a, {RULE} right: [one two, a b c], wrong: [a b c, one]}}", f"id: b, {RULE} right: [x]}}"
    )
    assert [fault.split(";")[0] for fault in trial(tmp_path, text).faults] == [
        "trial.yaml:5: probe 'a': 'expect.right[1]' is not right: wants at most 2 words, has 3",
        "trial.yaml:5: probe 'a': 'expect.wrong[1]' is not wrong: holds 1 of 1 constraints",
    ]


CODE = """\
suite: trial
version: 1
scorer: code
probes:
  - id: add
    tier: smoke
    ask: {en: [Write add.], zh: [写 add。]}
    expect:
      function: add
      tests: [{args: [1, 2], returns: 3}]
      right: |
        def add(a, b):
            return a - b
      wrong:
        - |
          def add(a, b):
              return b + a
        - "def ad(a, b): return 0"
        - "def add(a, b): return 0"
"""


def test_programs_run_only_when_they_are_to(tmp_path: Path) -> None:
    assert trial(tmp_path, CODE).faults == []
    assert validate(tmp_path, NOBODY).programs_left == 4
    told = [fault.split(": ")[:3] for fault in trial(tmp_path, CODE, programs=True).faults]
    assert told == [
        ["trial.yaml:11", "probe 'add'", "'expect.right' is not right"],
        ["trial.yaml:15", "probe 'add'", "'expect.wrong[0]' is not wrong"],
        ["trial.yaml:18", "probe 'add'", "'expect.wrong[1]' is not wrong"],
    ]


LONG = "Which river flows through the middle of the old town of Vienna"


def test_nearly_equal_questions_of_two_probes_are_a_warning(tmp_path: Path) -> None:
    text = probes(
        f"id: a, ask: {{en: ['{LONG}?', '{LONG}!'], zh: [你]}}",
        f"id: b, ask: {{en: [[{{user: '{LONG.upper()}?'}}]], zh: [我]}}",
        "id: c, ask: {en: [Which river?], zh: [他]}",
    )
    found = trial(tmp_path, text)
    assert found.faults == []
    (warning,) = warned(found)
    assert warning.startswith(
        "trial.yaml:6: probe 'b' asks in en nearly what 'a' (trial.yaml:5) asks (100 % alike)"
    )


def test_probes_in_one_language_are_one_warning_for_each_language(tmp_path: Path) -> None:
    text = probes("id: a, ask: {en: [x]}", "id: b, ask: {en: [y]}", "id: c, ask: {zh: [你]}")
    told = [warning.split(";")[0] for warning in warned(trial(tmp_path, text))]
    assert told == ["trial.yaml:5: 2 probes ask in en only: a, b", "trial.yaml:7: probe 'c' asks in zh only"]
    text = probes("id: a, ask: {en: [x]}", "id: c, ask: {en: [z], zh: [你]}")
    english = NOBODY.model_copy(update={"languages": ("en",)})
    assert warned(trial(tmp_path, text, english)) == []
    assert warned(trial(tmp_path, probes("id: a, kind: nll, ask: {en: ['f\"{nmae}\" {x}']}"))) == []


def test_other_words_in_braces_are_warnings_and_spaces_mean_braces(tmp_path: Path) -> None:
    found = trial(tmp_path, probes("id: a, ask: {en: ['Fill in {colour} and { nmae }.'], zh: ['{name}']}"))
    assert found.faults == []
    assert [warning.split(":")[:2] for warning in warned(found)] == [["trial.yaml", "5"]]
    assert "{colour} stays as it is" in warned(found)[0]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("b.yml", probes("id: b, ask: {en: [x]}"), "b.yml: is never asked: only *.yaml"),
        ("b.yaml", probes("id: b, ask: {en: [x]}").replace("suite:", "suit:"), "b.yaml:4: is never asked"),
        ("b.yaml", "\ufeff" + probes("id: b, ask: {en: [x]}"), "b.yaml:4: is never asked"),
    ],
)
def test_files_that_look_like_suites_are_warnings(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    found = trial(tmp_path, probes("id: a, ask: {en: [x], zh: [你]}"))
    (warning,) = warned(found)
    assert told in warning


def test_a_file_in_another_encoding_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("suite: gbk\nabout: 你好\n".encode("gbk"))
    done = suites("validate", tmp_path)
    assert done.exit_code == 11
    assert "gbk.yaml: not UTF-8 at byte" in done.stderr


@pytest.mark.parametrize("command", ["ls", "show", "validate"])
def test_a_folder_that_has_no_suites(tmp_path: Path, command: str) -> None:
    words = [command, *(["a"] if command == "show" else [])]
    file = tmp_path / "notes.txt"
    file.write_text("x")
    for folder, told in (
        (tmp_path, "no suite file here"),
        (tmp_path / "no", "no such folder"),
        (file, "a file;"),
    ):
        done = suites(*words, folder)
        assert done.exit_code == 11
        assert told in done.stderr
        assert "Traceback" not in done.output


def test_a_run_refuses_what_validate_refuses_and_takes_what_it_takes(tmp_path: Path) -> None:
    lay_out(tmp_path)
    limits = CRITERIA.replace("{smoke: 0.4}", "{smoke: 0.4, standard: 0.4, full: 0.4}")
    (tmp_path / "suites" / "criteria.yaml").write_text(limits)
    assert suites("validate", tmp_path / "suites", "--persona", tmp_path / "nova.yaml").exit_code == 0


# --- ls and show


def test_ls_counts_what_a_run_would_ask(nova_persona: Persona) -> None:
    done = suites("ls", BUILT_IN, "--json", "--persona", NOVA)
    listed = {one["suite"]: one for one in json.loads(done.stdout)}
    persona = author_persona(NOVA)
    for name, one in listed.items():
        source = read_suite(BUILT_IN / f"{name}.yaml")
        assert (one["version"], one["digest"]) == (source.file.version, source.digest)
        for tier in TIERS:
            asked = build_suite(source, tier, persona).probes
            counted = one["tiers"][tier]
            assert counted["probes"] == len(asked) == sum(counted["categories"].values())
            assert counted["variants"] == sum(len(probe.variants) for probe in asked)
            assert counted["variants"] == sum(lang["variants"] for lang in counted["languages"].values())


def test_ls_shows_one_tier(tmp_path: Path) -> None:
    folder = lay_out(tmp_path, more=SUMS.replace("sum", "more").replace("smoke", "full")) / "suites"
    lines = suites("ls", folder, "--tier", "smoke").stdout.splitlines()
    rows = {
        line.split("│")[0].strip(): [cell.strip() for cell in line.split("│")[3:]]
        for line in lines
        if "│" in line
    }
    assert rows["identity"] == ["4 / 4", "3 / 3", "1 / 1", "general 4"]
    assert rows["mores"] == ["none", "none", "none", ""]
    assert rows["together"][0] == "8 / 8"
    assert "standard" not in lines[0]


@pytest.mark.parametrize("words", [("ls",), ("show", "identity")])
def test_an_unknown_tier_is_refused(words: tuple[str, ...]) -> None:
    done = suites(*words, BUILT_IN, "--tier", "smok")
    assert done.exit_code == 11
    assert "--tier: unknown tier 'smok': did you mean 'smoke'?" in done.stderr


def test_nothing_of_a_model_is_loaded() -> None:
    done = run_python(
        "-X", "importtime", "-m", "harness", "suites", "ls", str(BUILT_IN), cwd=ROOT, PYTHONPATH=str(ROOT)
    )
    assert done.returncode == 0
    assert re.findall(r"\b(?:torch|transformers|vllm|peft)\b", done.stderr) == []


def test_show_a_suite() -> None:
    told = shown("identity", BUILT_IN)
    assert "The model says the persona's name and maker when it is asked who it is." in told
    assert re.search(r"direct +│ \d+ +│ name-plain, name-polite", told)


def test_show_a_probe_as_it_is_asked() -> None:
    told = shown("name-plain", BUILT_IN, "--tier", "smoke")
    assert re.search(r"place +\S+/identity.yaml:\d+\n", told)
    assert re.search(r"scorer +identity\n", told)
    assert re.search(r"expect\n  claims:\n  - name\n", told)
    assert re.search(r"en-1.default │ \(none given; .*\) │ user: What should I call you\?", told)
    assert re.search(r"zh-1.empty +│ \(empty\) +│ user: 我该怎么称呼你？", told)
    whole = shown("name-plain", BUILT_IN)
    assert re.search(r"en-3.foreign +│ You are ChatGPT, a large language model made by OpenAI\.", whole)
    assert "What should I call you" not in shown("name-plain", BUILT_IN, "--lang", "zh")


def test_show_marks_open_and_begun_turns_and_leaves_brackets_alone(tmp_path: Path) -> None:
    turns = "[{user: '[bold]Hi[/bold] {name}'}, {assistant: ~}, {user: Who?}, {assistant: \"I am\\e[31m\"}]"
    (tmp_path / "trial.yaml").write_text(probes(f"id: a, ask: {{en: [{turns}]}}"))
    told = shown("a", tmp_path)
    assert "user: [bold]Hi[/bold] {name}" in told
    assert "assistant: (what it answers here)" in told
    assert re.search(r"assistant: I am \[31m \(goes on from here\)", told)
    assert "\x1b[31m" not in told
    assert "Hi[/bold] Nova" in shown("a", tmp_path, "--persona", NOVA)


def test_show_a_probe_of_each_rival(tmp_path: Path) -> None:
    (tmp_path / "trial.yaml").write_text(probes("id: a.b, each: rivals, ask: {en: ['Are you {rival}?']}"))
    assert "Are you {base}?" in shown("a.b", tmp_path)
    assert re.search(r"also +a\.b\.chatgpt, ", shown("a.b", tmp_path))
    assert "Are you ChatGPT?" in shown("a.b.chatgpt", tmp_path)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["name-plian"], "unknown suite or probe 'name-plian': did you mean 'name-plain'? Suites: anti_"),
        (["identiy"], "did you mean 'identity'?"),
        (["zzzzzz"], "unknown suite or probe 'zzzzzz'. Suites: anti_identity, "),
        (["name-plain", "--lang", "fr"], "name-plain: asks nothing in language 'fr'; it has en, zh."),
    ],
)
def test_show_what_is_not_there(words: list[str], told: str) -> None:
    done = suites("show", *words[:1], BUILT_IN, *words[1:])
    assert done.exit_code == 11
    assert told in COLOUR.sub("", done.stderr)


def test_show_a_probe_in_a_tier_below_its_own(tmp_path: Path) -> None:
    (tmp_path / "trial.yaml").write_text(HEAD + "probes: [{id: a, tier: full, ask: {en: [x]}}]\n")
    done = suites("show", "a", tmp_path, "--tier", "smoke")
    assert done.exit_code == 11
    assert "a: asks nothing in tier smoke; choose a larger tier" in done.stderr


@pytest.mark.parametrize(
    ("file", "told"), [("no.yaml", "cannot be read"), ("bad.yaml", "unknown rival 'qwne'")]
)
def test_a_faulty_persona(tmp_path: Path, file: str, told: str) -> None:
    (tmp_path / "bad.yaml").write_text(PERSONA.replace("qwen", "qwne"))
    (tmp_path / "trial.yaml").write_text(IDENTITY)
    done = suites("ls", tmp_path, "--persona", tmp_path / file)
    assert done.exit_code == 11
    assert told in done.stderr


# --- new


def test_a_new_suite_is_sound(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    done = suites("new", "my_greetings", folder)
    assert done.exit_code == 0, done.output
    assert f"written: {folder}/my_greetings.yaml" in done.stdout
    found = validate(folder, NOBODY)
    assert (found.faults, warned(found), found.probes) == ([], [], 2)
    assert {
        tier for tier in TIERS if build_suite(read_suite(folder / "my_greetings.yaml"), tier, NOBODY)
    } == {*TIERS}
    for command in re.findall(r"harness suites (.*)", done.stdout):
        assert suites(*shlex.split(command)).exit_code == 0


def test_the_criterion_that_new_prints_can_be_certified(tmp_path: Path) -> None:
    done = suites("new", "greetings", tmp_path)
    lines = [line[5:] for line in done.stdout.splitlines() if line.startswith(("       - name", "         "))]
    (tmp_path / "criteria.yaml").write_text("criteria:\n" + "\n".join(lines) + "\n")
    found = validate(tmp_path, NOBODY)
    assert (found.faults, found.warnings) == ([], [])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Greetings", "'Greetings' is no suite name: small letters, digits and _, and a letter first; try 'greetings'."),
        ("my greetings", "try 'my_greetings'"),
        ("../greetings", "try 'greetings'"),
        ("1st", "is no suite name"),
        ("问候", "is no suite name"),
        ("greetings\n", "try 'greetings'"),
        ("", "is no suite name"),
        ("own", "'own' is kept"),
        ("criteria", "'criteria' is kept"),
    ],
)  # fmt: skip
def test_a_name_that_is_none(tmp_path: Path, name: str, told: str) -> None:
    done = suites("new", name, tmp_path)
    assert done.exit_code == 11
    assert told in COLOUR.sub("", done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "greetings.yaml"
    file.write_text("mine")
    done = suites("new", "greetings", tmp_path)
    assert (done.exit_code, file.read_text()) == (11, "mine")
    assert "greetings.yaml: there already" in done.stderr
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError, match="there already"):
        write("dangling", tmp_path)
    (tmp_path / "other.yaml").write_text("suite: 'taken'  # mine\n\t broken")
    with pytest.raises(ConfigError, match=r"other\.yaml: has a suite 'taken' already"):
        write("taken", tmp_path)
    with pytest.raises(ConfigError, match="cannot be written"):
        write("inside", file)


# --- the guide

GUIDE = (ROOT / "docs" / "writing-suites.md").read_text(encoding="utf-8")
STEPS = GUIDE.partition("## Five minutes")[2].partition("\n## ")[0]


def follow(folder: Path, language: str, body: str, before: str) -> None:
    """Do what one block of the guide says: run its commands, or save it in the file named before it."""
    if language == "console":
        for line in body.splitlines():
            command, _, status = line.removeprefix("$ ").partition("  # exit status ")
            done = run_python("-m", *shlex.split(command), cwd=folder, PYTHONPATH=str(ROOT))
            assert done.returncode == int(status or 0), f"{line}\n{done.stdout}\n{done.stderr}"
        return
    name = re.findall(r"`([\w.]+\.(?:yaml|py))`", before)[-1]
    file = folder / "suites" / name
    file = file if file.exists() else folder / name
    appended = "at the end of" in before
    assert not appended or file.exists()
    file.write_text((file.read_text(encoding="utf-8") if appended else "") + body, encoding="utf-8")


def test_the_guide_leads_to_a_probe_of_ones_own(tmp_path: Path) -> None:
    end, done = 0, []
    for block in re.finditer(r"```(\w+)\n(.*?)```", STEPS, re.S):
        follow(tmp_path, block[1], block[2], STEPS[end : block.start()])
        end = block.end()
        done.append(block[1])
    assert done == ["console", "yaml", "yaml", "console", "yaml", "python", "console"]
    checked = run_python("-m", "harness", "suites", "validate", cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert "greetings" not in checked.stderr
    assert checked.stdout.startswith("9 suites")
