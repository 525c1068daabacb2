"""Everything a user can reach keeps its contract: docstrings, doctests, help texts, a line in the docs."""

import ast
import doctest
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from harness import plugin
from harness.cli import app
from harness.criteria import MUST_HOLD, CriteriaFile, Criterion, Method, check_criteria, read_criteria
from harness.engines import Engine, engine_names
from harness.persona import Persona
from harness.probes import build_suite, is_suite, read_suite, read_suites
from harness.records import TIERS, Kind, Score
from harness.scorers import _BUILT_IN, Reply, check_scorers, find_scorer, scorer_version

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "harness").rglob("*.py"))
PROGRAMS = {"harness/__main__.py"}
"""Files that do their work when they are imported."""
SUITES = sorted(filter(is_suite, (ROOT / "suites").glob("*.yaml")))
CRITERIA = read_criteria(ROOT / "suites" / "criteria.yaml")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DOCS = "\n".join(
    page.read_text(encoding="utf-8") for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
)


def commands(group: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command below a group, with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *words, name)
        else:
            yield (*words, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))


def name_of(source: Path) -> str:
    return str(source.relative_to(ROOT))


def documented(word: str) -> bool:
    """Say whether README or docs show a word as code: alone, or in a longer piece of code."""
    code = re.findall(r"```.*?```|`[^`\n]+`", DOCS, re.S)
    return any(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", piece) for piece in code)


def public(body: list[ast.stmt]) -> list[ast.FunctionDef | ast.ClassDef]:
    return [
        node
        for node in body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_a_module_and_what_is_public_in_it_have_docstrings(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    bare = [node.name for node in public(tree.body) if not ast.get_docstring(node)]
    assert ast.get_docstring(tree)
    assert bare == []


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_doctests_run(source: Path) -> None:
    written = len(re.findall(r"^\s*>>> ", source.read_text(encoding="utf-8"), re.M))
    if name_of(source) in PROGRAMS:
        assert written == 0
        return
    parts = source.relative_to(ROOT).with_suffix("").parts
    done = doctest.testmod(import_module(".".join(parts).removesuffix(".__init__")))
    assert (done.failed, done.attempted) == (0, written)


def test_there_are_doctests() -> None:
    assert sum(">>> " in source.read_text(encoding="utf-8") for source in SOURCES) >= 10


@pytest.mark.parametrize("name", engine_names())
def test_an_engine(name: str) -> None:
    engine = import_module(f"harness.engines.{name}").Engine
    assert engine.__doc__
    assert len(inspect.signature(engine).parameters) == 3  # base, adapters, options
    for method in ("describe", "generate", "score", "close"):
        ours, protocol = (inspect.signature(getattr(kind, method)) for kind in (engine, Engine))
        assert ours == protocol, method
    assert documented(name)


@pytest.mark.parametrize("name", sorted(_BUILT_IN))
def test_a_scorer(name: str) -> None:
    scorer = find_scorer(name)
    hints = get_type_hints(scorer)
    reply, *options = inspect.signature(scorer).parameters.values()
    assert scorer.__doc__
    assert (hints[reply.name], hints["return"]) == (Reply, Score)
    assert [option.name for option in options if option.kind is not option.KEYWORD_ONLY] == []
    assert [option.name for option in options if option.name not in hints] == []
    assert re.fullmatch(rf"{name}@[1-9]\d*", scorer_version(name))
    assert documented(name)
    assert [option.name for option in options if not documented(option.name)] == []


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_kind_is_documented(kind: str) -> None:
    assert documented(kind)


@pytest.mark.parametrize("path", SUITES, ids=name_of)
def test_a_suite(path: Path, nova_persona: Persona) -> None:
    source = read_suite(path)
    for tier in TIERS:
        check_scorers(build_suite(source, tier, nova_persona).probes)
    assert source.name == path.stem
    assert source.file.about.endswith(".")
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert [one.name for one in CRITERIA.criteria if path.stem in one.suites], "no criterion counts it"
    assert documented(source.name)


@pytest.mark.parametrize("criterion", CRITERIA.criteria, ids=lambda one: one.name)
def test_a_criterion(criterion: Criterion) -> None:
    assert criterion.why.endswith(".")
    assert criterion.proves == "effect" or set(criterion.limit) == set(criterion.tiers)


@pytest.mark.parametrize("languages", [("en",), ("zh",), ("en", "zh")], ids="+".join)
@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_can_certify_the_criteria(
    tier: str, languages: tuple[str, ...], nova_persona: Persona
) -> None:
    speaker = nova_persona.model_copy(update={"languages": languages})
    suites = [build_suite(source, tier, speaker) for source in read_suites(SUITES)]
    check_criteria(CRITERIA.for_tier(tier), ROOT / "suites" / "criteria.yaml", suites, tier)
    assert documented(tier)


@pytest.mark.parametrize("method", get_args(Method))
def test_a_method_of_proof_is_documented_and_used(method: str) -> None:
    assert documented(method)
    used = {criterion.proves for criterion in CRITERIA.criteria}
    assert method in used or method == MUST_HOLD  # which a list makes


@pytest.mark.parametrize("key", [*CriteriaFile.model_fields, "extends", "drop"])
def test_a_key_of_the_criteria_file_is_documented(key: str) -> None:
    assert documented(key)


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_a_command(words: tuple[str, ...]) -> None:
    command = COMMANDS[words]
    shown = CliRunner().invoke(app, [*words, "--help"], env={"TERMINAL_WIDTH": "200", "NO_COLOR": "1"})
    assert shown.exit_code == 0, shown.output
    assert command.help
    assert command.help.splitlines()[0][:40] in " ".join(shown.output.split())
    assert [parameter.name for parameter in command.params if not parameter.help] == []
    options = [flag for one in command.params for flag in one.opts if flag.startswith("--")]
    assert [flag for flag in options if flag not in shown.output] == []
    assert documented(" ".join(["harness", *words]))


class Options:
    """Stands in for pytest's parser and records what the plugin adds."""

    def __init__(self) -> None:
        self.help: dict[str, str] = {}

    def getgroup(self, *_: str) -> "Options":
        return self

    def addoption(self, name: str, **settings: Any) -> None:
        self.help[name] = settings.get("help", "")


def test_every_option_of_pytest_has_help_and_is_documented() -> None:
    added = Options()
    plugin.pytest_addoption(added)  # type: ignore[arg-type]
    assert len(added.help) >= 10
    assert [name for name, text in added.help.items() if not text] == []
    assert [name for name in added.help if not documented(name)] == []


@pytest.mark.parametrize("marker", [name.partition("(")[0] for name in plugin.SUITE_MARKERS])
def test_a_marker_is_documented(marker: str) -> None:
    assert re.search(rf"`?-m {marker}\b|mark\.{marker}\b", DOCS)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_names_tests_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(rf"# {int(page.name[:3])}\. ", text)
    assert all(f"**{part}" in text for part in ("Problem", "Choice", "Costs", "Guarded by"))
    guards = re.findall(r"`(tests/[\w./:-]+)`", text.partition("**Guarded by**")[2])
    assert guards
    for guard in guards:
        path, _, test = guard.partition("::")
        place = ROOT / path
        assert list(place.glob("test_*.py")) if place.is_dir() else place.is_file(), guard
        assert not test or f"def {test}(" in place.read_text(encoding="utf-8"), guard
