"""Finding models on this disk, and downloading them, but only when asked: from a server in this process."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from audiodesc.core.downloads import Downloads
from audiodesc.errors import InputError, MissingToolError, UsageError
from audiodesc.speak import auto_profiles, profile
from audiodesc.speak.coqui import files as coqui_files
from audiodesc.speak.coqui.fetching import fetch_model, fetch_voice
from audiodesc.speak.coqui.files import model_files, on_disk, vocoder_files
from audiodesc.speak.profiles import Profile

VCTK = "tts_models/en/vctk/vits"
ME = Profile("me", "coqui", VCTK, "en", "MIT")


def model(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text("{}")
    return folder


def download(name: str) -> Path:
    """As Coqui leaves a model."""
    return model(coqui_files.download_folder(name), "config.json", "model_file.pth")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TTS_HOME", str(tmp_path / "coqui"))
    monkeypatch.delenv(coqui_files.AGREED, raising=False)
    return tmp_path / "coqui" / "tts"


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"TTS_HOME": "/a", "XDG_DATA_HOME": "/b"}, "/a/tts"),
        ({"XDG_DATA_HOME": "/b"}, "/b/tts"),
        ({"TTS_HOME": "~/a"}, "/home/me/a/tts"),
        ({}, "/home/me/.local/share/tts"),
    ],
)
def test_coquis_folder_is_where_coqui_says(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str
) -> None:
    for name in ("TTS_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/me", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", "linux")
    assert str(coqui_files.home()) == folder
    io_of_coqui = pytest.importorskip("trainer.io")
    assert io_of_coqui.get_user_data_dir("tts") == Path(folder)


def test_a_download_is_found_by_its_name(home: Path) -> None:
    assert not on_disk(ME)
    folder = model(home / "tts_models--en--vctk--vits", "config.json", "model_file.pth", "speaker_ids.pth")
    found = model_files(ME)
    assert (found.folder, found.checkpoint.name) == (folder, "model_file.pth")
    pytest.importorskip("TTS")
    assert on_disk(ME)


@pytest.mark.parametrize("left", [(), ("config.json",), ("model_file.pth",), ("config.json", "vits.zip")])
def test_a_broken_download_is_none(home: Path, left: tuple[str, ...]) -> None:
    model(home / "tts_models--en--vctk--vits", *left)
    assert not on_disk(ME)
    with pytest.raises(MissingToolError, match="is not on this disk"):
        model_files(ME)


def test_a_download_of_the_hub_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("TTS")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    xtts = dataclasses.replace(ME, voice="tts_models/multilingual/multi-dataset/xtts_v2", settings=(("speaker", "A"),))
    assert not on_disk(xtts)
    repository = tmp_path / "hub" / "models--tts-hub--XTTS-v2"
    commit = "0123456789abcdef0123456789abcdef01234567"
    model(repository / "refs").joinpath("main").write_text(commit)
    snapshot = model(repository / "snapshots" / commit, "config.json", "model.pth", "speakers_xtts.pth", "dvae.pth")
    assert model_files(xtts).checkpoint == snapshot / "model.pth"
    assert on_disk(xtts)


def test_a_model_needs_its_vocoder() -> None:
    pytest.importorskip("TTS")
    glow = profile("coqui-glow-ljspeech")
    download(glow.voice)
    assert not on_disk(glow)
    with pytest.raises(MissingToolError, match="multiband-melgan is not on this disk"):
        vocoder_files(glow)
    download("vocoder_models/en/ljspeech/multiband-melgan")
    assert on_disk(glow)


def test_the_names_of_shipped_models_are_coquis() -> None:
    pytest.importorskip("TTS")
    for name in (
        "coqui-vctk-p225",
        "coqui-glow-ljspeech",
        "coqui-xtts",
        "coqui-de",
        "coqui-fr",
        "coqui-it",
        "coqui-pl",
    ):
        assert profile(name).voice in coqui_files.catalogue()


def test_a_name_that_coqui_does_not_know() -> None:
    pytest.importorskip("TTS")
    with pytest.raises(InputError, match=r"no model 'tts_models/en/vctk/vitz'.*tts_models/en/vctk/vits"):
        model_files(dataclasses.replace(ME, voice="tts_models/en/vctk/vitz"))


@pytest.mark.parametrize(
    "wrong", ["tts_models/../../etc", "tts_models/en/vctk", "tts_models/en/vctk/../vits", "nothing"]
)
def test_what_is_no_name_is_a_path(wrong: str) -> None:
    with pytest.raises(InputError, match="there is no model folder"):
        model_files(dataclasses.replace(ME, voice=wrong))


@pytest.mark.parametrize(
    ("names", "checkpoint", "found"),
    [
        (("config.json", "model.pth"), "", "model.pth"),
        (("config.json", "my.pth"), "", "my.pth"),
        (("config.json", "my.safetensors"), "", "my.safetensors"),
        (("config.json", "model_file.pth.tar", "speakers.pth", "model_se.pth"), "", "model_file.pth.tar"),
        (("config.json", "best_model.pth", "checkpoint_1000.pth"), "", "best_model.pth"),
        (("config.json", "best_model.pth", "checkpoint_1000.pth"), "checkpoint_1000.pth", "checkpoint_1000.pth"),
        (("config.json", "checkpoint_1.pth", "checkpoint_2.pth"), "", "holds 2 checkpoints"),
        (("config.json", "model.pth"), "other.pth", "holds no checkpoint 'other.pth'"),
        (("config.json", "model.pth"), "../model.pth", r"holds no checkpoint '../model.pth'"),
        (("config.json", "speakers.pth"), "", "holds no checkpoint"),
        (("model.pth",), "", r"holds no config\.json"),
    ],
)
def test_the_checkpoint_of_a_folder(tmp_path: Path, names: tuple[str, ...], checkpoint: str, found: str) -> None:
    model(tmp_path / "my model", *names)
    settings = (("checkpoint", checkpoint),) if checkpoint else ()
    mine = dataclasses.replace(ME, voice="my model", settings=settings, folder=str(tmp_path))
    if " " in found:
        with pytest.raises(InputError, match=found):
            model_files(mine)
    else:
        assert model_files(mine).checkpoint == tmp_path / "my model" / found


def test_the_best_neural_voice_that_is_there() -> None:
    pytest.importorskip("TTS")
    assert auto_profiles("en") == []
    download(VCTK)
    assert [auto_profiles(tag)[0].name for tag in ("en", "en-GB", "en-US")] == [
        "coqui-vctk-p225", "coqui-vctk-p225", "coqui-vctk-p225",
    ]  # fmt: skip
    download("tts_models/en/ljspeech/vits")
    assert [auto_profiles(tag)[0].name for tag in ("eng", "en-GB", "en-US")] == [
        "coqui-ljspeech", "coqui-vctk-p225", "coqui-ljspeech",
    ]  # fmt: skip
    assert auto_profiles("de") == []
    assert auto_profiles("ja") == []


def test_a_voice_with_a_hard_licence_has_to_be_asked_for() -> None:
    pytest.importorskip("TTS")
    download(profile("coqui-xtts").voice)
    assert on_disk(profile("coqui-xtts"))
    assert auto_profiles("en") == []


def test_no_voice_is_there_without_coqui(monkeypatch: pytest.MonkeyPatch) -> None:
    download(VCTK)
    monkeypatch.setitem(__import__("sys").modules, "TTS", None)
    assert not on_disk(ME)
    assert auto_profiles("en") == []


# -- downloads --------------------------------------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """Coqui's downloads, by path; `asked` is what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Answers(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self.send_response(200 if self.path in self.server.files else 404)
        if content := self.server.files.get(self.path):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path, b"not found")
        self.send_response(200 if self.path in self.server.files else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """Coqui's own code downloads from it: only its list of models is another."""
    pytest.importorskip("TTS")
    from audiodesc.speak.coqui.files import quiet_import

    with quiet_import():
        from TTS.utils import manage
    with Server() as server:
        items: dict[str, Any] = {
            "vits": {"github_rls_url": server.address("/vits.zip"), "license": "MIT"},
            "glow": {"github_rls_url": server.address("/glow.zip"), "default_vocoder": "vocoder_models/en/vctk/gan"},
            "xtts": {"repo_id": "nobody/xtts", "tos_required": True},
        }
        listed = {"tts_models": {"en": {"vctk": items}}}
        listed["vocoder_models"] = {"en": {"vctk": {"gan": {"github_rls_url": server.address("/gan.zip")}}}}
        catalogue = {f"tts_models/en/vctk/{name}": about for name, about in items.items()}
        catalogue["vocoder_models/en/vctk/gan"] = listed["vocoder_models"]["en"]["vctk"]["gan"]
        (tmp_path / "models.json").write_text(json.dumps(listed))
        original = manage.ModelManager.__init__
        monkeypatch.setattr(
            manage.ModelManager,
            "__init__",
            lambda self, **kwargs: original(self, models_file=tmp_path / "models.json", **kwargs),
        )
        monkeypatch.setattr(coqui_files, "catalogue", lambda: catalogue)
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def archive(folder: str, kind: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr(f"{folder}/", "")
        packed.writestr(f"{folder}/config.json", json.dumps({"model": kind}))
        packed.writestr(f"{folder}/model_file.pth", "weights")
    return content.getvalue()


def test_a_model_is_downloaded_when_asked_for(server: Server, home: Path) -> None:
    server.files["/vits.zip"] = archive("tts_models--en--vctk--vits", "vits")
    with pytest.raises(MissingToolError, match="--yes"):
        model_files(ME)
    assert server.asked == []
    fetch_model(ME)
    assert model_files(ME).checkpoint.read_text() == "weights"
    fetch_model(ME)
    assert server.asked == ["/vits.zip"]
    assert [path.name for path in home.iterdir()] == ["tts_models--en--vctk--vits"]


def test_its_vocoder_comes_too(server: Server) -> None:
    server.files |= {"/glow.zip": archive("x", "glow_tts"), "/gan.zip": archive("y", "hifigan")}
    glow = dataclasses.replace(ME, voice="tts_models/en/vctk/glow")
    fetch_model(glow)
    assert server.asked == ["/glow.zip", "/gan.zip"]
    assert on_disk(glow)


@pytest.mark.parametrize("sent", [None, b"", archive("x", "vits")[:200]])
def test_a_download_that_fails_leaves_nothing(server: Server, home: Path, sent: bytes | None) -> None:
    if sent is not None:
        server.files["/vits.zip"] = sent
    with pytest.raises(InputError, match=r"voice me: its model tts_models/en/vctk/vits cannot be downloaded"):
        fetch_model(ME)
    assert list(home.iterdir()) == []
    server.files["/vits.zip"] = archive("x", "vits")
    fetch_model(ME)
    assert on_disk(ME)


def test_a_host_that_cannot_be_reached_is_one_line(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Coqui logs the failure with everything that led to it, which Python prints where nobody set up logging."""
    for handler in (root := logging.getLogger()).handlers[:]:
        monkeypatch.setattr(root, "handlers", [one for one in root.handlers if one is not handler])
    for name in ("TTS", "TTS.utils.manage"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
    server.shutdown()
    server.server_close()
    with pytest.raises(InputError, match="cannot be downloaded") as caught:
        fetch_model(ME)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_broken_download_is_made_again(server: Server, home: Path) -> None:
    model(home / "tts_models--en--vctk--vits", "vits.zip")
    server.files["/vits.zip"] = archive("x", "vits")
    fetch_model(ME)
    assert on_disk(ME)


def test_a_licence_is_agreed_to_by_the_user(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("it asked on the terminal"))
    xtts = dataclasses.replace(ME, voice="tts_models/en/vctk/xtts", settings=(("speaker", "Ann"),))
    with pytest.raises(UsageError, match=r"must be agreed to.*https://tts-hub.github.io/cpml.*COQUI_TOS_AGREED=1"):
        fetch_model(xtts)
    monkeypatch.setenv("COQUI_TOS_AGREED", "1")
    asked: list[str] = []

    def hub(repository: str, **_: Any) -> str:
        asked.append(repository)
        folder = model(coqui_files.home() / "hub", "config.json", "model.pth")
        (folder / "config.json").write_text('{"model": "xtts"}')
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", hub)
    fetch_model(xtts)
    assert asked == ["nobody/xtts"]


def test_what_is_wrong_is_said_before_the_download(server: Server) -> None:
    xtts = dataclasses.replace(ME, voice="tts_models/en/vctk/xtts")
    with pytest.raises(InputError, match="whose voice"):
        fetch_model(xtts)
    with pytest.raises(InputError, match="unknown setting 'speker'"):
        fetch_model(dataclasses.replace(ME, settings=(("speker", "p225"),)))
    assert server.asked == []


def test_a_model_is_asked_for_with_its_size_and_licence(server: Server) -> None:
    server.files |= {"/glow.zip": bytes(2_000_000), "/gan.zip": bytes(1_000_000)}
    glow = dataclasses.replace(ME, voice="tts_models/en/vctk/glow")
    questions: list[str] = []

    def no(question: str) -> bool:
        questions.append(question)
        return False

    downloads = Downloads(ask=no)
    with pytest.raises(MissingToolError, match="glow is not on this disk: you did not want it fetched"):
        fetch_voice(glow, downloads)
    (question,) = questions
    assert question.startswith("fetch 3 MB from tts_models/en/vctk/glow (127.0.0.1")
    assert "vocoder_models/en/vctk/gan" in question
    assert "(licence: see its card)" in question
    server.files["/vits.zip"] = archive("x", "vits")
    fetch_voice(ME, Downloads(ask=lambda question: "(licence: MIT)" in question))
    assert on_disk(ME)
    assert server.asked == ["/vits.zip"]


def test_with_nobody_to_ask_no_host_is_asked_either(server: Server, no_network: None) -> None:
    fetch_voice(ME, Downloads())
    assert not on_disk(ME)


@pytest.mark.parametrize("ask", [None, lambda _: True])
def test_offline_fetches_nothing_whatever_is_answered(
    server: Server, no_network: None, ask: Callable[[str], bool] | None
) -> None:
    with pytest.raises(MissingToolError, match="leave --offline out"):
        fetch_voice(ME, Downloads(offline=True, ask=ask))
    assert not on_disk(ME)


@pytest.mark.parametrize(("sent", "fault"), [(None, "it answers 404"), (b"", "does not say how large vits.zip is")])
def test_a_host_that_does_not_say_how_large_a_model_is(server: Server, sent: bytes | None, fault: str) -> None:
    if sent is not None:
        server.files["/vits.zip"] = sent
    with pytest.raises(MissingToolError, match=fault):
        fetch_voice(ME, Downloads(ask=lambda _: True))
    assert server.asked == []
