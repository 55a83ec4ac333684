"""A film is a file on this disk, whatever its name looks like; anything else is one line that says so. The film that
is described is the one that was probed: nothing of another is kept, and nothing published. Encrypted films are
refused with one line: their samples are noise. Packets of films that grow a stream on the way."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest
from clicking import clicking, ffmpeg
from films import Sound, make_film, plain, silence, tone
from numpy.typing import NDArray
from stories import make_story

import audiodesc
from audiodesc import make
from audiodesc.core.cache import Store
from audiodesc.core.files import UNREAD
from audiodesc.errors import FilmError
from audiodesc.media.frames import key_frames
from audiodesc.media.opening import check_unchanged, demuxed, film_errors, open_film, with_content
from audiodesc.media.probe import probe
from audiodesc.model import Film


def refusal(path: Path) -> str:
    with pytest.raises(FilmError) as caught, open_film(path):
        pass
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value.fault


@pytest.mark.parametrize(
    "name", ["film.mp4", "100%25 #1?.mp4", "concat:a|b.mkv", "-i.mov", "été ☕.mkv", "pipe:0.mp4", "a b.ts"]
)
def test_a_name_is_only_a_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = make_film(tmp_path / f"made{Path(name).suffix}", 1)
    path = made.rename(tmp_path / name)
    for way in (path, Path(name)):
        with open_film(way) as film:
            assert film.streams.video[0].codec_context.name == "h264"


def test_it_is_shut_afterwards(tmp_path: Path) -> None:
    with open_film(make_film(tmp_path / "film.mp4", 1)) as film:
        pass
    with pytest.raises(AssertionError):
        next(film.demux())


def test_what_is_no_file_is_said_to_be_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mp4")
    (tmp_path / "empty.mp4").touch()
    assert refusal(tmp_path / "none.mp4").endswith("does not exist")
    assert refusal(tmp_path).endswith("is a folder")
    assert refusal(tmp_path / "fifo.mp4").endswith("is not a file")
    assert refusal(tmp_path / "empty.mp4").endswith("is empty (0 bytes)")
    assert "cannot be opened" in refusal(tmp_path / ("x" * 300 + ".mp4"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("film.mp4", "not a film"),
        ("list.txt", "ffconcat version 1.0\nfile film.ts\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile film.ts\n"),
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfilm.ts\n#EXT-X-ENDLIST\n"),
        ("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"),
        ("subs.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n"),
        ("film.mpd", '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>'),
    ],
)
def test_what_only_names_a_film_or_holds_none_is_refused(tmp_path: Path, name: str, content: str) -> None:
    make_film(tmp_path / "film.ts", 1)
    (tmp_path / name).write_text(content, "utf-8")
    assert "is not a film that can be read" in refusal(tmp_path / name)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (av.error.InvalidDataError, "is damaged (No such luck)"),
        (av.error.EOFError, "is damaged (No such luck)"),
        (av.error.MemoryError, "is damaged (No such luck)"),
        (av.error.UndefinedError, "is damaged (No such luck)"),
        (av.error.BlockingIOError, "is damaged (No such luck)"),
        (av.error.OSError, "is damaged (No such luck)"),
        (av.error.PermissionError, "cannot be read (No such luck)"),
    ],
)
@pytest.mark.parametrize("name", ["file:film.mp4", "avcodec_send_packet()"])
def test_what_goes_wrong_later_is_one_line_too(kind: type[av.error.FFmpegError], fault: str, name: str) -> None:
    error = kind(1, "No such luck", name)
    with pytest.raises(FilmError) as caught, film_errors(Path("film.mp4")):
        raise error
    assert caught.value.fault.replace("it ", "").endswith(fault)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("name", ["file:out.mkv", "avcodec_send_frame()", None])
def test_an_error_of_what_is_written_meanwhile_is_no_damage_of_the_film(name: str | None) -> None:
    error = av.error.OSError(28, "No space left on device", name)
    with pytest.raises(av.error.OSError) as caught, film_errors(Path("film.mp4")):
        raise error
    assert caught.value is error


def test_a_full_disk_is_not_the_films_fault(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv", 1)
    with pytest.raises(av.error.FFmpegError):
        _copied(film, Path("/dev/full"))


def _copied(film: Path, place: Path) -> None:
    with open_film(film) as source, av.open(str(place), "w", "matroska") as out:
        copy = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux():
            packet.stream = copy
            out.mux(packet)


def test_another_fault_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), film_errors(Path("film.mp4")):
        1 / 0  # noqa: B018


ROOT = Path(audiodesc.__file__).parent


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return probe(make_film(tmp_path / "film.mkv", 2, sounds=[Sound(tone(2), "mono")]))


def other(path: Path) -> Path:
    return make_film(path.with_name("other.mkv"), 2, plain((200, 10, 10)), [Sound(tone(2, 300), "mono")])


def rename(film: Path) -> None:
    other(film).replace(film)


def write(film: Path) -> None:
    with film.open("r+b") as file:
        file.seek(-100, os.SEEK_END)
        file.write(bytes(100))


def remove(film: Path) -> None:
    film.unlink()


WAYS: list[Callable[[Path], None]] = [rename, write, remove]


@pytest.mark.parametrize("change", WAYS)
def test_another_film_in_its_place_is_not_opened(film: Film, change: Callable[[Path], None]) -> None:
    change(film.path)
    with pytest.raises(FilmError) as caught, open_film(film):
        pass
    assert str(film.path) in caught.value.fault
    assert caught.value.remedy


@pytest.mark.parametrize("change", WAYS)
def test_one_that_comes_while_it_is_read_is_no_end_of_it(film: Film, change: Callable[[Path], None]) -> None:
    frames = key_frames(film, 90)
    next(frames)
    change(film.path)
    with pytest.raises(FilmError):
        list(frames)


def test_the_content_is_read_and_remembered(film: Film, tmp_path: Path) -> None:
    assert film.fingerprint.startswith(UNREAD)
    told: list[tuple[str, int, int]] = []
    store = Store(tmp_path / "store")
    known = with_content(film, store, lambda *now: told.append(now))
    assert not known.fingerprint.startswith(UNREAD)
    assert told[-1][0] == "hash"
    assert told[-1][1] <= told[-1][2] > 0
    copy = probe(Path(shutil.copy(film.path, tmp_path / "copy.mkv")))
    assert copy.fingerprint != film.fingerprint
    assert with_content(copy, store).fingerprint == known.fingerprint


@pytest.mark.parametrize("change", WAYS)
def test_what_changed_since_the_probe_is_not_read(film: Film, tmp_path: Path, change: Callable[[Path], None]) -> None:
    change(film.path)
    with pytest.raises(FilmError):
        with_content(film, Store(tmp_path / "store"))
    assert not (tmp_path / "store").exists()


def test_a_moved_or_linked_film_is_still_the_same(film: Film, tmp_path: Path) -> None:
    known = with_content(film, Store(tmp_path / "store"))
    film.path.chmod(0o600)
    os.link(film.path, tmp_path / "link.mkv")
    for one in (film, known, replace(known, path=tmp_path / "link.mkv")):
        check_unchanged(one)


def test_a_copy_as_long_and_as_old_is_told_by_its_content(film: Film, tmp_path: Path) -> None:
    known, seen = with_content(film, Store(tmp_path / "store")), film.path.stat()
    content = bytearray(film.path.read_bytes())
    for changes in (False, True):
        if changes:
            content[-200] ^= 255
        (tmp_path / "new").write_bytes(content)
        os.utime(tmp_path / "new", ns=(seen.st_atime_ns, seen.st_mtime_ns))
        (tmp_path / "new").replace(film.path)
        if changes:
            with pytest.raises(FilmError, match="changed while"):
                check_unchanged(known)
        else:
            check_unchanged(known)


PARTS = ("cues", "gaps", "segments", "loudness")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A folder with a film, and what its description has in it."""
    folder = tmp_path_factory.mktemp("story")
    report = make(make_story(folder), folder / "story.srt").report
    return folder, [getattr(report, part) for part in PARTS]


@pytest.mark.parametrize("stage", ["hash", "hear", "look", "mix", "mux"])
def test_a_film_that_is_replaced_meanwhile_leaves_nothing_of_itself(
    tmp_path: Path, stage: str, story: tuple[Path, list[Any]]
) -> None:
    """With the first film back the same command gives what it gives without all this."""
    folder, truth = story
    film, out, subs = tmp_path / "story.mp4", tmp_path / "out", folder / "story.srt"
    shutil.copy2(folder / "story.mp4", film)
    replaced = False

    def swap(now: str, done: int, total: int) -> None:
        nonlocal replaced
        if now == stage and not replaced:
            replaced = True
            fake = make_film(tmp_path / "fake.mp4", 20, plain((5, 200, 5)), [Sound(tone(20, 200), "mono", codec="aac")])
            fake.replace(film)

    with pytest.raises(FilmError, match="changed while"):
        make(film, subs, out, progress=swap)
    assert replaced
    assert {path.name for path in out.iterdir()} == {".audiodesc"}
    shutil.copy2(folder / "story.mp4", film)
    report = make(film, subs, out).report
    assert [getattr(report, part) for part in PARTS] == truth


def test_no_module_opens_a_probed_film_by_its_path() -> None:
    """That would not look whether it is still the same."""
    by_path = [
        f"{path.name}:{call.lineno}"
        for path in ROOT.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "open_film"
        if isinstance(call.args[0], ast.Attribute)
    ]
    assert by_path == []


TRACKS = b"\x16\x54\xae\x6b"
KEY = ["-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid", "a7e61c373e219033c21091fa607bf3b8"]


def check_refused(film: Path) -> None:
    with pytest.raises(FilmError, match="is encrypted") as caught:
        probe(film)
    assert str(film) in caught.value.fault
    assert caught.value.remedy


def test_mp4_of_common_encryption(tmp_path: Path) -> None:
    source, film = clicking(tmp_path, ".mp4", "aac"), tmp_path / "film.mp4"
    ffmpeg("-i", source, "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", *KEY, film)
    check_refused(film)


@pytest.mark.parametrize(("clear", "protected"), [(b"avc1", b"encv"), (b"mp4a", b"enca"), (b"mp4a", b"drms")])
def test_a_sample_entry_that_says_so(tmp_path: Path, clear: bytes, protected: bytes) -> None:
    film = clicking(tmp_path, ".mp4", "aac")
    content = film.read_bytes()
    at = content.rindex(b"stsd", 0, content.rindex(clear))
    entry = content.index(clear, at)
    film.write_bytes(content[:entry] + protected + content[entry + 4 :])
    check_refused(film)


def test_a_transport_stream_that_is_scrambled(tmp_path: Path) -> None:
    film = clicking(tmp_path, ".ts", "ac3")
    assert probe(film).audio_tracks
    content = bytearray(film.read_bytes())
    for at in range(0, len(content), 188):
        if content[at + 1] & 0x1F or content[at + 2] > 0x1F:  # not the tables
            content[at + 3] |= 0x80
    film.write_bytes(content)
    with pytest.raises(FilmError):
        probe(film)


def element(name: bytes, content: bytes) -> bytes:
    """Of EBML, with a size of eight bytes."""
    return name + b"\x01" + len(content).to_bytes(7) + content


def content_of(content: bytes, name: bytes, start: int) -> tuple[int, int, int]:
    """Where the first element of a name lies, where its content begins, and where that ends."""
    at = content.index(name, start)
    size_at = at + len(name)
    length = 9 - content[size_at].bit_length()
    size = int.from_bytes(content[size_at : size_at + length]) & ((1 << 7 * length) - 1)
    return at, size_at + length, size_at + length + size


def test_a_track_of_matroska_with_a_key(tmp_path: Path) -> None:
    source, film = clicking(tmp_path, ".mkv", "aac"), tmp_path / "film.mkv"
    ffmpeg("-i", source, "-c", "copy", "-live", 1, "-write_crc32", 0, film)
    assert probe(film).audio_tracks
    encryption = element(b"\x50\x35", element(b"\x47\xe1", b"\x05") + element(b"\x47\xe2", b"0123456789abcdef"))
    kind = element(b"\x50\x33", b"\x01")
    encodings = element(b"\x6d\x80", element(b"\x62\x40", kind + encryption))
    content = film.read_bytes()
    tracks, inner, tracks_end = content_of(content, TRACKS, content.index(TRACKS) + 4)  # the first is a reference
    entry, entry_inner, entry_end = content_of(content, b"\xae", inner)
    longer = element(b"\xae", content[entry_inner:entry_end] + encodings)
    listed = element(TRACKS, content[inner:entry] + longer + content[entry_end:tracks_end])
    film.write_bytes(content[:tracks] + listed + content[tracks_end:])
    check_refused(film)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transport stream whose programme has sound from 10 s to 14 s, away from the 5 MB at its start and the 250 kB at
    its end in which FFmpeg looks for streams."""
    folder = tmp_path_factory.mktemp("grown")
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), np.uint8)
    rolling = partial(_rolled, noise)
    first = make_film(folder / "first.ts", 10, rolling)
    assert first.stat().st_size > 5_500_000
    sound = Sound(silence(4), "mono", codec="aac", start_s=10)
    second = make_film(folder / "second.ts", 4, plain(size=(320, 240)), sounds=[sound], video_start_s=10)
    third = make_film(folder / "third.ts", 2, rolling, video_start_s=14)
    film = folder / "film.ts"
    film.write_bytes(first.read_bytes() + second.read_bytes() + third.read_bytes())
    return film


def _rolled(noise: NDArray[np.uint8], time: float) -> NDArray[np.uint8]:
    return np.roll(noise, round(time * 1000), axis=1)


def test_all_pictures_are_given(grown: Path) -> None:
    with open_film(grown) as container:
        assert len(container.streams) == 1
        assert sum(packet.size > 0 for packet in demuxed(container)) == 160
    with open_film(grown) as container:
        assert sum(packet.size > 0 for packet in demuxed(container, container.streams.video)) == 160


def test_the_film_is_whole(grown: Path) -> None:
    assert probe(grown).duration_ms == 16_000


def test_it_may_end_before_its_streams_do(grown: Path) -> None:
    with open_film(grown) as container:
        assert next(demuxed(container)).is_keyframe


def test_a_stamp_before_zero_is_not_one_of_26_hours(tmp_path: Path) -> None:
    """Sound that begins 21 ms before the picture's 0 is stamped at the end of the clock's 33 bits."""
    sound = Sound(silence(4), "mono", codec="aac")
    source, film = make_film(tmp_path / "source.ts", 4, sounds=[sound]), tmp_path / "film.ts"
    ffmpeg("-i", source, "-c", "copy", "-muxdelay", 0, "-muxpreload", 0, "-output_ts_offset", -0.021, film)
    with open_film(film) as container:
        times = [float(p.pts * p.time_base) for p in demuxed(container) if p.pts is not None]
    assert -0.2 <= min(times) <= max(times) <= 4.1
    assert abs(probe(film).duration_ms - 4_000) <= 50


class Stuttering:
    """A film whose reading is to be tried again at each other packet, and in the end for ever."""

    format = SimpleNamespace(name="mpegts")
    start_time = 0

    def __init__(self, *, ends: bool) -> None:
        self.at, self.ends = 0, ends

    def demux(self) -> Iterator[Any]:
        while self.at < 10:
            self.at += 1
            if self.at % 2:
                raise av.error.BlockingIOError(11, "Resource temporarily unavailable", "file:film.ts")
            yield SimpleNamespace(pts=self.at, dts=self.at)
        if not self.ends:
            raise av.error.BlockingIOError(11, "Resource temporarily unavailable", "file:film.ts")


def test_reading_is_tried_again_but_not_for_ever() -> None:
    container: Any = Stuttering(ends=True)
    assert [packet.pts for packet in demuxed(container)] == [2, 4, 6, 8, 10]
    with pytest.raises(av.error.BlockingIOError):
        list(demuxed(cast(Any, Stuttering(ends=False))))
