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
    ("error", "fault"),
    [
        (av.error.InvalidDataError(1, "Invalid data"), "is damaged (Invalid data)"),
        (av.error.EOFError(1, "End of file"), "is damaged (End of file)"),
        (av.error.MemoryError(1, "Cannot allocate memory"), "is damaged (Cannot allocate memory)"),
        (av.error.UndefinedError(1, "Error number 7 occurred"), "is damaged (Error number 7 occurred)"),
        (av.error.PermissionError(1, "Permission denied"), "cannot be read (Permission denied)"),
    ],
)
def test_what_goes_wrong_later_is_one_line_too(error: Exception, fault: str) -> None:
    with pytest.raises(FilmError) as caught, film_errors(Path("film.mp4")):
        raise error
    assert caught.value.fault.replace("it ", "").endswith(fault)
    assert caught.value.__cause__ is error


def test_another_fault_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), film_errors(Path("film.mp4")):
        1 / 0  # noqa: B018
