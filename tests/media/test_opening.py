"""A film is a file on this disk, whatever its name looks like; anything else is one line that says so."""

from __future__ import annotations

import os
from pathlib import Path

import av
import pytest
from films import make_film

from audiodesc.errors import FilmError
from audiodesc.media.opening import film_errors, open_film


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
