"""Kokoro's files: fetched when that is allowed, found in the cache or in a folder, and read with care."""

from __future__ import annotations

import functools
import hashlib
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from speak.tiny_kokoro import MODEL, VOICES, make_kokoro

from audiodesc.core.downloads import Downloads
from audiodesc.core.fetching import PinnedFile
from audiodesc.errors import InputError, MissingToolError
from audiodesc.speak import profile, voice
from audiodesc.speak.kokoro import files
from audiodesc.speak.profiles import Profile

HEART = profile("kokoro-en-us")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def release(kokoro: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The tiny model on a server, in the place of the makers' release; gives the user's cache."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(kokoro)))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    contents = {name: (kokoro / name).read_bytes() for name in (MODEL, VOICES)}
    pinned = tuple(
        PinnedFile(f"{base}/{name}", len(content), hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    )
    monkeypatch.setattr(files, "FILES", pinned)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    yield tmp_path / "audiodesc" / "kokoro"
    server.shutdown()
    server.server_close()


def test_a_named_voice_is_fetched_after_a_question_once(release: Path) -> None:
    questions: list[str] = []

    def yes(question: str) -> bool:
        questions.append(question)
        return True

    shown: list[tuple[str, int, int]] = []
    for _ in range(2):
        speaker = voice(HEART, downloads=Downloads(ask=yes), progress=lambda *progress: shown.append(progress))
    assert speaker.say("He waits.", 1.0).duration_ms > 300
    assert questions == ["fetch 2 MB from github.com/thewh1teagle/kokoro-onnx (licence: Apache-2.0)?"]
    assert {path.name for path in release.iterdir()} == {MODEL, VOICES, ".lock"}
    assert shown[-1] == ("fetch", 2, 2)
    assert voice(profile("kokoro-fr")).say("Elle attend.", 1.0).duration_ms > 300  # one download for all voices


@pytest.mark.parametrize(
    ("downloads", "remedy"),
    [
        (Downloads(), "give --yes to fetch 2 MB"),
        (Downloads(offline=True), "leave --offline out to fetch it"),
        (Downloads(ask=lambda _: False), "you did not want it fetched"),
        (None, "allow it to be downloaded: --yes"),
    ],
)
def test_without_a_word_nothing_is_fetched(release: Path, downloads: Downloads | None, remedy: str) -> None:
    with pytest.raises(MissingToolError) as caught:
        voice(HEART, downloads=downloads)
    assert caught.value.remedy == remedy
    assert "voice kokoro-en-us: its model is not on this disk (2 MB, Apache-2.0" in caught.value.fault
    assert not release.exists()


def test_what_comes_from_elsewhere_is_refused(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, voices = files.FILES
    monkeypatch.setattr(files, "FILES", (PinnedFile(model.url, model.size_bytes, "0" * 64), voices))
    with pytest.raises(MissingToolError, match="is not the file that is wanted"):
        voice(HEART, downloads=Downloads(yes=True))
    assert not files.on_disk(HEART)


def test_a_folder_of_ones_own_is_never_fetched_into(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no model of Kokoro: name a folder with kokoro-v1.0.int8.onnx"):
        voice(HEART, {"folder": str(tmp_path)}, downloads=Downloads(yes=True))
    assert list(tmp_path.iterdir()) == []


def test_another_model_in_the_folder_is_taken_where_it_is_the_only_one(kokoro: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(kokoro, tmp_path / "own")
    (folder / MODEL).rename(folder / "kokoro-v1.0.fp16.onnx")
    assert voice(HEART, {"folder": str(folder)}).say("He waits.", 1.0).duration_ms > 300
    (folder / "other.onnx").write_bytes(b"")
    with pytest.raises(InputError, match="holds 2 models of Kokoro"):
        voice(HEART, {"folder": str(folder)})


def styles(folder: Path) -> None:
    files.read_styles(Profile("mine", "kokoro", "af_heart", "en-US", "Apache-2.0"), folder)


def archive(folder: Path, array: np.ndarray) -> None:
    with (folder / VOICES).open("wb") as file:
        np.savez(file, af_heart=array)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((510, 256), np.float32),
        np.zeros((510, 1, 256), np.float64),
        np.zeros((600, 1, 256), np.float32),
        np.full((510, 1, 256), np.nan, np.float32),
        np.array([{"a": "pickle"}], object),
    ],
)
def test_an_archive_with_anything_else_is_refused(array: np.ndarray, tmp_path: Path) -> None:
    archive(tmp_path, array)
    with pytest.raises(InputError, match=r"the voice af_heart in .* cannot be read .*: get the file again"):
        styles(tmp_path)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / VOICES).write_bytes(b"no archive")
    with pytest.raises(InputError, match="cannot be read"):
        styles(tmp_path)


def test_no_more_is_read_than_a_voice_takes(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / VOICES, "w", zipfile.ZIP_DEFLATED) as held:
        held.writestr("af_heart.npy", b"\x93NUMPY" + bytes(50_000_000))
    with pytest.raises(InputError, match="cannot be read"):
        styles(tmp_path)


@pytest.mark.parametrize("size", [0, 1000, 522_244])
def test_a_single_voice_of_another_length_is_refused(size: int, tmp_path: Path) -> None:
    make_kokoro(tmp_path, loose=True)
    (tmp_path / "voices" / "af_heart.bin").write_bytes(bytes(size))
    with pytest.raises(InputError, match="it does not have 522,240 bytes"):
        styles(tmp_path)


def test_the_pins_are_those_of_the_release() -> None:
    model, voices = files.MODEL, files.VOICES
    assert (model.name, model.sha256[:8], model.sha256[-4:]) == (MODEL, "6e742170", "06cb")
    assert voices.name == VOICES
    assert {len(file.sha256) for file in (model, voices)} == {64}
    assert all(file.url.startswith("https://github.com/thewh1teagle/kokoro-onnx/releases/") for file in (model, voices))
    assert files.size_bytes() == 120_575_669


@pytest.mark.parametrize("name", [MODEL, VOICES])
def test_a_fetched_file_of_the_right_size_that_is_damaged_is_deleted_and_fetched_anew(release: Path, name: str) -> None:
    voice(HEART, downloads=Downloads(yes=True))
    whole = (release / name).read_bytes()
    (release / name).write_bytes(bytes(len(whole)))
    with pytest.raises(InputError, match=r"run the same command again: .* was damaged, is deleted"):
        voice(HEART, downloads=Downloads(yes=True)).say("He waits.", 1.0)
    voice(HEART, downloads=Downloads(yes=True)).say("He waits.", 1.0)
    assert (release / name).read_bytes() == whole
