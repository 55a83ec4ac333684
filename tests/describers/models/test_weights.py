"""Where weights are, against a hub in this process; and what comes from there, which is data only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from describers.models.fakehub import COMMIT, Hub, served
from describers.models.modelfolders import INDEX, PARTS, model_folder, write_json, write_weights

from audiodesc.core.environment import models_command
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.describers.models.weights import Weights, check_weights, fetch_weights, found, size_to_fetch
from audiodesc.errors import InputError, MissingToolError, OutputError, UsageError

huggingface_hub = pytest.importorskip("huggingface_hub")
constants = pytest.importorskip("huggingface_hub.constants")

NAME = "somebody/film-model"
PROFILE = ModelProfile("mine", NAME)
LARGE = 3_000_000
WANTED = {
    "config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json",
    "chat_template.jinja", "merges.txt", "sentencepiece.bpe.model", "more.safetensors", INDEX, *PARTS,
}  # fmt: skip


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """What the hub has: a whole model, and beside it what must not come here."""
    folder = model_folder(tmp_path / "origin")
    (folder / "more.safetensors").write_bytes(os.urandom(LARGE))
    for name in ("merges.txt", "sentencepiece.bpe.model"):
        (folder / name).write_text(name)
    for name in (
        "evil.py", "modeling_evil.py", "pytorch_model.bin", "model.pt", "model.pth", "data.pkl", "README.md",
        "consolidated.safetensors", "consolidated.00.pth", "adapter_config.json", "adapter_model.safetensors",
        "original/params.json", "onnx/model.safetensors", "run.sh",
    ):  # fmt: skip
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("must not come")
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's local cache, empty; there is no network until there is a hub."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    set_address(monkeypatch, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "cache"


@pytest.fixture
def hub(origin: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with served(NAME, origin) as running:
        set_address(monkeypatch, running.url)
        yield running


def set_address(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """What HF_ENDPOINT does, which is read only once in a process."""
    monkeypatch.setattr(constants, "ENDPOINT", url)
    address = url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address)


def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*args: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", connect)


def test_what_is_fetched_is_data_and_is_found_again_without_the_network(
    hub: Hub, origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(PROFILE) is None
    weights = fetch_weights(PROFILE)
    assert weights == Weights(weights.folder, NAME, COMMIT)
    assert {path.name for path in weights.folder.iterdir()} == WANTED
    assert set(hub.got) <= WANTED
    for name in WANTED:
        assert (weights.folder / name).read_bytes() == (origin / name).read_bytes()
    no_network(monkeypatch)
    assert found(PROFILE) == weights


def test_a_commit_is_a_revision_too(hub: Hub) -> None:
    profile = ModelProfile("mine", NAME, revision=COMMIT)
    assert fetch_weights(profile) == found(profile)
    assert found(PROFILE) is None  # nobody said that this is the branch main


def test_the_size_is_of_what_would_come_and_has_not(hub: Hub, origin: Path) -> None:
    assert size_to_fetch(PROFILE) == sum((origin / name).stat().st_size for name in WANTED)
    assert hub.got == []
    weights = fetch_weights(PROFILE)
    assert size_to_fetch(PROFILE) == 0
    (weights.folder / "more.safetensors").unlink()
    assert size_to_fetch(PROFILE) == LARGE


def test_progress_is_in_megabytes_and_ends_at_all(hub: Hub) -> None:
    told: list[tuple[str, int, int]] = []
    fetch_weights(PROFILE, lambda *step: told.append(step))
    assert {(stage, total) for stage, _, total in told} == {("fetch", 3)}
    done = [step[1] for step in told]
    assert done == sorted(done)
    assert done[-1] == 3


def test_nothing_is_printed(hub: Hub, capfd: pytest.CaptureFixture[str]) -> None:
    fetch_weights(PROFILE)
    hub.status = 500
    with pytest.raises(MissingToolError):
        size_to_fetch(PROFILE)
    assert capfd.readouterr() == ("", "")


def test_a_download_that_breaks_off_is_not_found_and_goes_on(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # the client's, between its own tries
    hub.broken = {PARTS[1]}
    with pytest.raises(MissingToolError, match=NAME):
        fetch_weights(PROFILE)
    assert found(PROFILE) is None
    hub.broken = set()
    before = len(hub.got)
    weights = fetch_weights(PROFILE)
    assert found(PROFILE) == weights
    assert set(hub.got[before:]) < WANTED


@pytest.mark.parametrize("name", ["config.json", PARTS[1], INDEX, "tokenizer.json", "preprocessor_config.json"])
def test_an_incomplete_cache_is_not_found(hub: Hub, name: str) -> None:
    weights = fetch_weights(PROFILE)
    (weights.folder / name).unlink()
    assert found(PROFILE) is None
    assert fetch_weights(PROFILE) == weights
    assert found(PROFILE) == weights


def test_a_dangling_link_is_no_file(hub: Hub) -> None:
    weights = fetch_weights(PROFILE)
    (weights.folder / PARTS[0]).resolve().unlink()
    assert found(PROFILE) is None


def test_a_cache_that_another_program_filled_with_what_it_needs_is_found(hub: Hub) -> None:
    weights = fetch_weights(PROFILE)
    (weights.folder / "generation_config.json").unlink()
    shutil.rmtree(weights.folder.parent.parent / "trees")
    assert found(PROFILE) == weights


@pytest.mark.parametrize(
    ("status", "code", "error", "words"),
    [
        (401, "", UsageError, "hf auth login"),
        (403, "", UsageError, "hf auth login"),
        (401, "GatedRepo", UsageError, "accept them on"),
        (403, "GatedRepo", UsageError, "accept them on"),
        (404, "RepoNotFound", UsageError, "not on the hub"),
        (404, "RevisionNotFound", UsageError, "no revision 'main'"),
        (404, "", MissingToolError, "404"),
        (429, "", MissingToolError, "429"),
        (500, "", MissingToolError, "500"),
    ],
)
def test_a_hub_that_refuses(hub: Hub, status: int, code: str, error: type[Exception], words: str) -> None:
    hub.status, hub.code = status, code
    for work in (size_to_fetch, fetch_weights):
        with pytest.raises(error) as caught:
            work(PROFILE)
        assert words in str(caught.value)
        assert NAME in str(caught.value)
        assert "\n" not in str(caught.value)


def test_no_network(cache: Path) -> None:
    with pytest.raises(MissingToolError, match=f"{NAME} cannot be fetched from http://127.0.0.1:1 .*: check the net"):
        fetch_weights(PROFILE)
    assert not cache.exists()


def test_something_else_answers(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "answer", lambda path: (200, b"<html>Log in to this network</html>", {}))
    with pytest.raises(MissingToolError, match=f"{NAME} cannot be fetched"):
        fetch_weights(PROFILE)


def test_a_hub_that_is_forbidden(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MissingToolError, match="HF_HUB_OFFLINE"):
        fetch_weights(PROFILE)
    assert hub.requests == []


def test_a_model_of_pickles_is_refused_before_anything_comes(hub: Hub) -> None:
    hub.files = {name: content for name, content in hub.files.items() if "safetensors" not in name}
    del hub.files["adapter_config.json"]
    for work in (size_to_fetch, fetch_weights):
        with pytest.raises(InputError, match="a pickle can run any program"):
            work(PROFILE)
    assert hub.got == []


def test_a_full_disk_is_known_before_anything_comes(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=LARGE - 1))
    with pytest.raises(OutputError, match="HF_HOME"):
        fetch_weights(PROFILE)
    assert hub.got == []


def test_a_disk_that_fills_up(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", full)
    with pytest.raises(OutputError, match="no room left"):
        fetch_weights(PROFILE)


def test_a_folder_of_ones_own_is_found_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model_folder(tmp_path / "models" / "mine")
    (folder / PARTS[0]).unlink()
    no_network(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    revisions = set()
    for name in (str(folder), "models/mine", "./models/mine", "../" + tmp_path.name + "/models/mine", "~/models/mine"):
        weights = found(ModelProfile("mine", name))
        assert weights is not None
        assert weights.folder.samefile(folder)
        assert weights.repository == name
        revisions.add(weights.revision)
    assert len(revisions) == 1
    assert weights is not None
    with pytest.raises(InputError, match="1 of 2 files of weights are missing"):
        check_weights(weights)


def revision(folder: Path) -> str:
    weights = found(ModelProfile("mine", str(folder)))
    assert weights
    assert weights.revision.startswith("sha256:")
    return weights.revision


def test_the_revision_of_a_folder_stands_for_what_is_loaded(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "one")
    first = revision(folder)
    assert revision(Path(shutil.copytree(folder, tmp_path / "two"))) == first
    (folder / "README.md").write_text("not loaded")
    (folder / "evil.py").write_text("not loaded")
    assert revision(folder) == first
    seen = {first}
    for change in (
        lambda: write_weights(folder / PARTS[0], "layer.0", value=0.5),
        lambda: write_weights(folder / PARTS[0], "layer.x", value=0.5),
        lambda: write_json(folder / "preprocessor_config.json", {"do_resize": False}),
        lambda: (folder / "chat_template.jinja").write_text("{{ other }}"),
        lambda: (folder / "chat_template.jinja").rename(folder / "chat_template.json"),
    ):
        change()
        seen.add(revision(folder))
    assert len(seen) == 6


def test_large_weights_are_sampled_over_their_whole_length(tmp_path: Path) -> None:
    folder = model_folder(tmp_path)
    size = 20_000_000
    seen = set()
    for start in range(0, size, size // 5):
        content = bytearray(size)
        content[start : start + size // 10] = b"\1" * (size // 10)
        (folder / PARTS[0]).write_bytes(content)
        seen.add(revision(folder))
    assert len(seen) == 5


@pytest.mark.parametrize("name", ["/none", "./none", "../none", "~/none", "~nobody/none", ".none"])
def test_a_path_without_a_folder(cache: Path, name: str) -> None:
    with pytest.raises(InputError, match="there is no such folder"):
        found(ModelProfile("mine", name))


@pytest.mark.parametrize("name", ["a/b/c", "a b", "", "a\nb", "x" * 300, "a/../b", "https://host/a/b"])
def test_a_name_that_no_model_can_have(cache: Path, name: str) -> None:
    with pytest.raises(UsageError, match="neither a folder nor a model's name"):
        found(ModelProfile("mine", name))


def test_without_the_package_the_command_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for work in (found, size_to_fetch, fetch_weights):
        with pytest.raises(MissingToolError) as caught:
            work(PROFILE)
        assert caught.value.remedy == models_command()


def test_hf_home_says_where_the_cache_is_and_torch_is_not_loaded(tmp_path: Path, hub: Hub) -> None:
    weights = fetch_weights(PROFILE)
    shutil.copytree(weights.folder.parents[2], tmp_path / "home" / "hub", symlinks=True)
    code = (
        "import sys\n"
        "from audiodesc.describers.models.profiles import ModelProfile\n"
        "from audiodesc.describers.models.weights import found\n"
        "assert not {'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)\n"
        f"print(found(ModelProfile('mine', {NAME!r})).folder, 'torch' in sys.modules)"
    )
    home = {"HF_HOME": str(tmp_path / "home"), "HF_HUB_CACHE": ""}
    environment = {name: value for name, value in (os.environ | home).items() if value}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    place = tmp_path / "home" / "hub" / "models--somebody--film-model" / "snapshots" / COMMIT
    assert done.stdout.strip() == f"{place} False"
