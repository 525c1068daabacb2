"""`harness suites validate`: every fault of a folder of suites at once, before anything is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.authoring import check_folder, no_suite, probes_in, rules
from harness.config import Document, parse, read_yaml
from harness.criteria import MUST_HOLD, CriteriaFile, check_criteria, read_criteria
from harness.errors import ConfigError
from harness.persona import Persona
from harness.probes import SuiteSource, build_suite, is_suite, with_loaded
from harness.records import TIERS, Probe, Suite
from harness.scorers import check_scorers
from harness.suite_file import SuiteFile

CRITERIA = "criteria.yaml"
RESERVED = "own"
"""The name of the suite that users' own tests make up."""


@dataclass
class Findings:
    """What is wrong with a folder of suites, and what was looked at. Messages begin ``file:line:``."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    suites: int = 0
    probes: int = 0
    programs_left: int = 0

    def check(self) -> None:
        """Raise all faults as one `ConfigError`, in the order of files and lines."""
        if self.faults:
            raise ConfigError("\n".join(in_order(self.faults)))

    def summary(self) -> str:
        """Return one line that says what was found in order.

        >>> Findings(suites=1, probes=2).summary()
        '1 suite, 2 probes: no fault, no warning'
        """
        told = f"{_number(self.suites, 'suite')}, {_number(self.probes, 'probe')}: no fault, "
        told += _number(len(self.warnings), "warning")
        left = f"; {_number(self.programs_left, 'program')} not run, which --programs does"
        return told + (left if self.programs_left else "")


def _number(n: int, noun: str) -> str:
    return f"{n or 'no'} {noun}{'' if n < 2 else 's'}"


def in_order(messages: Iterable[str]) -> list[str]:
    """Return messages without repeats, by file and line.

    >>> in_order(["b.yaml: x.", "a.yaml:10: y.", "a.yaml:9: z.", "b.yaml: x."])
    ['a.yaml:9: z.', 'a.yaml:10: y.', 'b.yaml: x.']
    """

    def place(message: str) -> tuple[str, int]:
        file, line = re.match(r"(.*?)(?::(\d+))?: ", message + " : ").groups()  # type: ignore[union-attr]
        return file, int(line or 0)

    return sorted(dict.fromkeys(messages), key=place)


def faults_of(check: Callable[[], object]) -> list[str]:
    """Return the lines of the `ConfigError` that a check raises, or none."""
    try:
        check()
    except ConfigError as fault:
        return str(fault).splitlines()
    return []


def validate(folder: Path, persona: Persona, *, programs: bool = False) -> Findings:
    """Check the suites of a folder and its criteria.yaml by every rule there is.

    Args:
        persona: whose languages and rivals the tiers are built for.
        programs: also run the example programs of coding probes, which takes seconds.

    Raises:
        ConfigError: the folder is none, or holds no suite.
        SandboxError: programs are to run and cannot be run safely on this machine.
    """
    check_folder(folder)
    found = Findings()
    documents = list(_documents(folder, found))
    sources = [source for document in documents if (source := _source(document, found))]
    found.faults += rules.doubled_names(documents)
    for document in documents:
        for is_fault, message in rules.placeholder_messages(document):
            (found.faults if is_fault else found.warnings).append(message)
    for source in sources:
        _check_suite(source, persona, found, programs)
    if found.suites == 0:
        raise no_suite(folder)
    if len(sources) == found.suites:
        _check_together(sources, folder, persona, found)
    elif found.faults:
        found.warnings.append(
            f"{folder / CRITERIA}: not held against the suites, as some cannot be read; validate again then."
        )
    found.warnings = in_order(found.warnings)
    return found


def _documents(folder: Path, found: Findings) -> Iterator[Document]:
    """Yield the suite files that are YAML; count all, and note those that nobody would take for one."""
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and p.is_file()):
        if path.name == CRITERIA:
            continue
        if is_suite(path) and path.suffix == ".yml":
            found.warnings.append(f"{path}: is never asked: only *.yaml are suites; rename it.")
        elif is_suite(path) or _is_unreadable(path):
            found.suites += 1
            try:
                yield read_yaml(path)
            except ConfigError as fault:
                found.faults += str(fault).splitlines()
        elif line := _line_of_probes(path):
            found.warnings.append(
                f"{path}:{line}: is never asked: it has probes, but no line that begins with `suite:`."
            )


def _is_unreadable(path: Path) -> bool:
    try:
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return True
    return False


def _line_of_probes(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    begin = re.search(r"(?m)^[ \t]*probes[ \t]*:", text)
    return text.count("\n", 0, begin.start()) + 1 if begin else 0


def _source(document: Document, found: Findings) -> SuiteSource | None:
    """Return a document as a suite, or ``None`` with its faults noted."""
    try:
        file = parse(document, SuiteFile)
    except ConfigError as fault:
        found.faults += str(fault).splitlines()
        return None
    if file.suite == RESERVED:
        place = document.place("suite")
        found.faults.append(f"{place}: suite name {RESERVED!r} is kept for questions of tests; use another.")
    try:
        return with_loaded(document, file)
    except ConfigError as fault:
        found.faults += str(fault).splitlines()
        return None


def _check_suite(source: SuiteSource, persona: Persona, found: Findings, programs: bool) -> None:
    """Check one suite by itself. One rival is enough: it stands for all of them."""
    alone = persona.model_copy(update={"rivals": persona.rivals[:1]})
    found.probes += len(source.entries)
    sound: dict[int, Probe] = {}
    for index, probe in _probes_by_place(source, alone):
        faults = faults_of(lambda probe=probe: check_scorers([probe]))  # type: ignore[misc]
        found.faults += faults
        if not faults:
            sound[index] = probe
    found.faults += rules.false_examples(source, sound, alone)
    if programs:
        found.faults += rules.false_programs(source, sound)
    else:
        found.programs_left += rules.count_programs(sound)
    found.warnings += rules.nearly_equal_questions(source)
    found.warnings += rules.one_language_only(source, persona)


def _probes_by_place(source: SuiteSource, persona: Persona) -> Iterator[tuple[int, Probe]]:
    """Yield every probe as the largest tier asks it of one rival, with its place in the file's list."""
    entries = enumerate(source.entries)
    places = {f"{e.id}.{persona.rivals[0]}" if e.each else e.id: index for index, e in entries}
    for probe in probes_in(source, TIERS[-1], persona):
        yield places[probe.id], probe


def _check_together(sources: Sequence[SuiteSource], folder: Path, persona: Persona, found: Findings) -> None:
    """Check what rests on all suites: that each tier asks something, ids apart, and the criteria."""
    built = {tier: [_suite(source, tier, persona, found) for source in sources] for tier in TIERS}
    found.faults += _doubled_families(built[TIERS[-1]], found)
    path = folder / CRITERIA
    if not path.exists():
        found.warnings.append(f"{path}: missing; write what adapters have to prove, or pass --criteria FILE.")
        return
    try:
        file = read_criteria(path)
    except ConfigError as fault:
        found.faults += _with_lines(path, str(fault).splitlines())
        return
    for tier, suites in built.items():
        rules_here = file.for_tier(tier)
        faults = faults_of(lambda f=rules_here, s=suites, t=tier: check_criteria(f, path, s, t))  # type: ignore[misc]
        found.faults += _with_lines(path, faults)
    found.warnings += _uncounted(sources, built[TIERS[-1]], file, path)


def _suite(source: SuiteSource, tier: str, persona: Persona, found: Findings) -> Suite:
    """Return the suite of one tier; one that asks nothing there is a fault, and empty."""
    try:
        return build_suite(source, tier, persona)
    except ConfigError as fault:
        line = source.document.place("probes")
        found.faults.append(str(fault).replace(f"{source.path}: ", f"{line}: ", 1))
        ids = tuple(probe.id for probe in probes_in(source, TIERS[-1], persona))
        file = source.file
        return Suite(file.suite, file.version, file.about, source.path, source.digest, (), ids)


def _doubled_families(suites: Sequence[Suite], found: Findings) -> Iterator[str]:
    """Yield a fault for each id that two probes share only once ``each: rivals`` has multiplied them."""
    first: dict[str, Probe] = {}
    for probe in (probe for suite in suites for probe in suite.probes):
        other = first.setdefault(probe.id, probe)
        told = any(f"{probe.place}: probe id" in fault for fault in found.faults)
        if other is not probe and not told:
            yield f"{probe.place}: probe id {probe.id!r} also comes from {other.place}; rename one."


_SUBJECT = re.compile(
    r"criterion '([^']+)'|unknown probe '([^']+)'|twice: ([^;]+);|lists (\S+) twice|^(\S+) is in"
)


def _with_lines(path: Path, messages: Iterable[str]) -> Iterator[str]:
    """Add the line of the criterion, or of the listed probe, that a message about a criteria file names."""
    try:
        document = read_yaml(path)
    except ConfigError:
        yield from messages
        return
    places = dict(_places_of_names(document))
    for message in messages:
        text = message.removeprefix(f"{path}: ")
        subject = _SUBJECT.search(text)
        name = next(filter(None, subject.groups()), "") if subject else ""
        yield f"{places[name]}: {text}" if text != message and name in places else message


def _places_of_names(document: Document) -> Iterator[tuple[str, str]]:
    if not isinstance(document.data, dict):
        return
    for part, key in (("must_hold", "probe"), ("quarantine", "probe"), ("criteria", "name")):
        if part == MUST_HOLD and part in document.data:
            yield MUST_HOLD, document.place(part)
        for index, entry in enumerate(document.data.get(part) or []):
            if isinstance(entry, dict) and key in entry:
                yield str(entry[key]), document.place(part, index)


def _uncounted(
    sources: Sequence[SuiteSource], suites: Sequence[Suite], file: CriteriaFile, path: Path
) -> Iterator[str]:
    """Yield a warning for each suite that decides nothing."""
    for source, suite in zip(sources, suites, strict=True):
        if not any(c.proves != "effect" and file.counts(c, p) for c in file.criteria for p in suite.probes):
            place = source.document.place("suite")
            yield (
                f"{place}: no criterion of {path} counts suite {suite.name!r}, so that it decides nothing; "
                "add one."
            )
