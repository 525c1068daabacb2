"""YAML files: all faults at once, each with file, line, value and the likely intention."""

from pathlib import Path

import pytest
from pydantic import Field

from harness.config import Record, load, parse, read_value, read_yaml
from harness.errors import ConfigError


class Wheel(Record):
    size: int = Field(ge=1)
    material: str = "rubber"


class Car(Record):
    name: str
    wheels: list[Wheel] = Field(default_factory=list)
    spare: Wheel | None = None
    named: dict[str, Wheel] = Field(default_factory=dict)
    axles: tuple[Wheel, ...] = ()
    load: int | list[int] = 0


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "car.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def fault_of(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text), Car)
    return str(caught.value).replace(str(folder) + "/", "")


def test_a_right_file_is_read(tmp_path: Path) -> None:
    car = load(write(tmp_path, "name: A\nwheels: [{size: 3}]\nspare: {size: 2}\n"), Car)
    assert (car.name, car.wheels[0].size, car.spare) == ("A", 3, Wheel(size=2))


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    told = fault_of(tmp_path, "wheels:\n  - {size: 0}\n  - {size: two}\ncolour: red\n").splitlines()
    assert told == [
        "car.yaml:1: 'name' is missing; add it.",
        "car.yaml:2: 'wheels.0.size': Input should be greater than or equal to 1 (got 0).",
        (
            "car.yaml:3: 'wheels.1.size': Input should be a valid integer, unable to parse string as an integer "
            "(got 'two')."
        ),
        "car.yaml:4: unknown key 'colour'; known here: name, wheels, spare, named, axles, load.",
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("name: A\nspair: {size: 1}\n", "'spair': did you mean 'spare'?"),
        ("name: A\nwheels: [{size: 1, materail: x}]\n", "'wheels.0.materail': did you mean 'material'?"),
        ("name: A\nspare: {size: 1, sise: 2}\n", "'spare.sise': did you mean 'size'?"),
        ("name: A\nnamed: {left: {size: 1, siz: 2}}\n", "'named.left.siz': did you mean 'size'?"),
        ("name: A\naxles: [{size: 1, siz: 2}]\n", "'axles.0.siz': did you mean 'size'?"),
    ],
)
def test_an_unknown_key_gets_a_suggestion_wherever_it_stands(tmp_path: Path, text: str, key: str) -> None:
    assert fault_of(tmp_path, text) == f"car.yaml:2: unknown key {key}"


def test_a_value_of_no_allowed_type_is_one_fault(tmp_path: Path) -> None:
    told = fault_of(tmp_path, "name: A\nload: x\n")
    assert told.startswith("car.yaml:2: 'load': Input should be a valid integer")
    assert told.count("\n") == 0
    assert "valid list (got 'x')" in told


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    assert fault_of(tmp_path, f"name: [{', '.join(['word'] * 50)}]\n").endswith("...).")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "car.yaml: the file is empty; `harness init` copies examples to start from."),
        ("# only a remark\n", "car.yaml: the file is empty; `harness init` copies examples to start from."),
        ("name: A\nname: B\n", "car.yaml:2: key 'name' stands twice; keep one."),
        ("name: [A\n", "car.yaml:2: not valid YAML: did not find expected ',' or ']'."),
        ("name: a: b\n", "car.yaml:1: not valid YAML: mapping values are not allowed in this context."),
        ("name: *a\n", "car.yaml:1: not valid YAML: found undefined alias."),
        ("a: 1\n---\nb: 2\n", "car.yaml:2: not valid YAML: but found another document."),
        ("name: 2024-13-45\n", "car.yaml: not valid YAML: month must be in 1..12."),
        ("name: &a [*a]\n", "car.yaml: an alias (*name) holds itself; write its value out."),
        ("- 1\n", "car.yaml:1: 'the file': needs `key: value` lines (got [1])."),
        (b"name: \xff\n", "car.yaml: not UTF-8 at byte 6; save it as UTF-8."),
        ("name: \x01\n", None),
        ("name: !!python/object:os.system x\n", None),
        ("name: " + "[" * 3000, None),
    ],
)
def test_what_is_no_yaml_has_one_line_for_it(tmp_path: Path, text: str | bytes, told: str | None) -> None:
    said = fault_of(tmp_path, text)
    assert told is None or said == told
    assert said.startswith("car.yaml")
    assert "\n" not in said


def test_a_missing_file_and_a_folder_are_told_apart_from_bad_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.yaml: cannot be read \(No such file"):
        read_yaml(tmp_path / "no.yaml")
    with pytest.raises(ConfigError, match=r"cannot be read \(Is a directory\)"):
        read_yaml(tmp_path)


def test_places_name_the_innermost_part_that_the_file_has(tmp_path: Path) -> None:
    document = read_yaml(write(tmp_path, "name: A\nwheels:\n  - size: 1\n  - size: 2\n"))
    assert document.place("wheels", 1, "size").endswith(":4")
    assert document.place("wheels", 1, "material").endswith(":4")
    assert document.place("nothing").endswith(":1")
    assert parse(document, Car).wheels[1].size == 2


def test_values_of_flags_are_yaml(tmp_path: Path) -> None:
    assert [read_value(text, "x") for text in ("1", "a b", "[1, b]", "true", "")] == [
        1,
        "a b",
        [1, "b"],
        True,
        None,
    ]
    with pytest.raises(ConfigError, match=r"--set a=\[: '\[' is not a YAML value; put quotes"):
        read_value("[", "--set a=[")
    with pytest.raises(ConfigError, match="--set"):
        read_value("2024-13-45", "--set a")
