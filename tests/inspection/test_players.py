"""The rules of players, held against the programs: each plays films and playlists whose sounds are told apart by their
tones, and what is heard is the sound that `inspect` says it takes."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from browsers import PLAYS_UNASKED, chromium
from inspection.described_films import DESCRIPTION_HZ, OWN_HZ, Given, arranged, heard_hz, tones_film
from inspection.streams import DESCRIPTION, OWN, PURPOSE, ROLE, adaptation_set, master, mpd, segments

from audiodesc.inspection import inspect

SOUNDS = {
    "own first": [Given(OWN_HZ, "default"), Given(DESCRIPTION_HZ, "visual_impaired")],
    "description first": [Given(DESCRIPTION_HZ, "visual_impaired"), Given(OWN_HZ, "default")],
    "two defaults": [Given(OWN_HZ, "default"), Given(DESCRIPTION_HZ, "default+visual_impaired")],
    "no default": [Given(DESCRIPTION_HZ, "visual_impaired"), Given(OWN_HZ)],
}
SUFFIXES = (".mp4", ".mkv", ".ts")
FILES = [f"{name}{suffix}" for name in SOUNDS for suffix in SUFFIXES]
PLAIN = DESCRIPTION.replace('CHARACTERISTICS="public.accessibility.describes-video",', "")
MASTERS = {
    "own first.m3u8": (OWN, DESCRIPTION),
    "description first.m3u8": (DESCRIPTION, OWN),
    "no default.m3u8": (DESCRIPTION, OWN.replace("DEFAULT=YES", "DEFAULT=NO")),
    "no default, own first.m3u8": (OWN.replace("DEFAULT=YES", "DEFAULT=NO"), PLAIN),
}
MAIN, DESCRIBES = ROLE.format("main"), ROLE.format("description") + PURPOSE
ROLES = {
    "own first.mpd": (("sound0", MAIN, 100_000), ("sound1", DESCRIBES, 100_000)),
    "description first.mpd": (("sound1", DESCRIBES, 100_000), ("sound0", MAIN, 100_000)),
    "description larger.mpd": (("sound0", MAIN, 100_000), ("sound1", DESCRIBES, 200_000)),
}
"""Adaptation sets: which sound, what is said of it, and the bandwidth."""


@pytest.fixture(scope="module")
def public() -> Iterator[Path]:
    """A folder that another user's program can read: VLC refuses to run as root, and pytest's own are closed."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def films(public: Path) -> Path:
    folder = public / "films"
    folder.mkdir()
    tones = tones_film(folder)
    for name, sounds in SOUNDS.items():
        for suffix in SUFFIXES:
            arranged(tones, folder / f"{name}{suffix}", sounds)
    segments(tones, folder)
    for name, media in MASTERS.items():
        master(folder, *media, name=name)
    picture = adaptation_set("picture", "video")
    for name, sets in ROLES.items():
        inner = (adaptation_set(one, "audio", said, bandwidth=bits) for one, said, bits in sets)
        mpd(folder, picture, *inner, name=name)
    return folder


def expected_hz(films: Path, name: str, player: str) -> int:
    """The tone of the sound that is said to be taken."""
    found = inspect(films / name, loudness=False)
    taken = next(one.default for one in found.players if one.player == player)
    assert taken
    if name in MASTERS:
        return OWN_HZ if found.of_kind("sound")[taken - 1].source == "sound0.m3u8" else DESCRIPTION_HZ
    if name in ROLES:
        return OWN_HZ if ROLES[name][taken - 1][0] == "sound0" else DESCRIPTION_HZ
    return SOUNDS[Path(name).stem][taken - 1].hz


def played(names: list[str], play: Callable[[str, Path], object], folder: Path) -> dict[str, int]:
    """The tone that is heard of each file; four at a time, for players take the time that the film takes."""
    places = {name: folder / f"{number}.wav" for number, name in enumerate(names)}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: play(name, places[name]), names))
    return {name: heard_hz(place) if place.exists() else 0 for name, place in places.items()}


@pytest.fixture(scope="module")
def by_mpv(films: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    if not shutil.which("mpv"):
        pytest.skip("mpv is not installed")
    quiet = ["mpv", "--no-config", "--really-quiet", "--no-video", "--ao=pcm"]

    def play(name: str, place: Path) -> None:
        subprocess.run([*quiet, f"--ao-pcm-file={place}", str(films / name)], timeout=60)

    return played([*FILES, *MASTERS, *ROLES], play, tmp_path_factory.mktemp("mpv"))


@pytest.mark.parametrize("name", [*FILES, *MASTERS, *ROLES])
def test_mpv_takes_the_sound_that_is_said(films: Path, by_mpv: dict[str, int], name: str) -> None:
    assert abs(by_mpv[name] - expected_hz(films, name, "mpv")) < 20


@pytest.fixture(scope="module")
def by_vlc(films: Path, public: Path) -> dict[str, int]:
    if not shutil.which("cvlc"):
        pytest.skip("VLC is not installed")
    folder = public / "vlc"
    folder.mkdir()
    other: dict[str, Any] = {}
    if os.geteuid() == 0:  # VLC refuses to run as root
        nobody = pwd.getpwnam("nobody")
        other = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    home = os.environ | {"HOME": str(folder)}
    quiet = ["cvlc", "-q", "--no-video", "--play-and-exit", "--aout=afile", "--run-time=1"]

    def play(name: str, place: Path) -> None:
        command = [*quiet, f"--audiofile-file={place}", str(films / name)]
        subprocess.run(command, capture_output=True, timeout=60, env=home, **other)

    return played([*FILES, *MASTERS, *ROLES], play, folder)


@pytest.mark.parametrize("name", [*FILES, *MASTERS, *ROLES])
def test_vlc_takes_the_sound_that_is_said(films: Path, by_vlc: dict[str, int], name: str) -> None:
    assert abs(by_vlc[name] - expected_hz(films, name, "VLC")) < 20


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests are silent."""


@pytest.fixture(scope="module")
def page(films: Path) -> Iterator[Any]:
    """A page of a browser, in the folder of the films."""
    (films / "page.html").write_text("<!doctype html><title>films</title>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(films)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with chromium(PLAYS_UNASKED) as started:
        opened = started.new_page()
        opened.goto(f"http://127.0.0.1:{server.server_address[1]}/page.html")
        yield opened
    server.shutdown()
    thread.join()
    server.server_close()


HEARD = """async name => {
  const context = new AudioContext({sampleRate: 48000}), film = document.createElement("video");
  film.src = encodeURIComponent(name);
  const analyser = new AnalyserNode(context, {fftSize: 8192, smoothingTimeConstant: 0});
  context.createMediaElementSource(film).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  try { await film.play(); } catch (fault) { return fault.name; }
  for (let tries = 0; tries < 100; tries++) {
    await new Promise(done => setTimeout(done, 50));
    analyser.getFloatFrequencyData(bins);
    const highest = bins.reduce((best, level, at) => level > bins[best] ? at : best, 0);
    if (bins[highest] > -60) { film.pause(); await context.close(); return highest * 48000 / 8192; }
  }
  return "nothing is heard";
}"""


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".ts")])
def test_chromium_takes_the_sound_that_is_said(films: Path, page: Any, name: str) -> None:
    heard = page.evaluate(HEARD, name)
    assert not isinstance(heard, str), heard
    assert abs(heard - expected_hz(films, name, "Chromium")) < 20


def test_chromium_plays_no_transport_stream(films: Path, page: Any) -> None:
    assert page.evaluate(HEARD, "own first.ts") == "NotSupportedError"
    view = next(one for one in inspect(films / "own first.ts", loudness=False).players if one.player == "Chromium")
    assert view.default is None
