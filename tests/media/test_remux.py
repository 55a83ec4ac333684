"""What a copy has lost is found in the files themselves."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import av
import pytest
from films import FFMPEG, Sound, make_film, silence
from PIL import Image

from audiodesc.media.containers import check_copy
from audiodesc.media.copy_losses import MOST_LOSSES, losses
from audiodesc.media.mp4 import configurations
from audiodesc.media.probe import probe

CHAPTERS = ";FFMETADATA1\ntitle=A film\n" + "".join(
    f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={n * 500}\nEND={n * 500 + 500}\ntitle=Part {n}\n" for n in range(3)
)


def film(path: Path) -> Path:
    """Two tracks with languages, marks and a name; three chapters; turned by a quarter."""
    tracks = [Sound(silence(2), "mono", codec="aac", language="deu", default=default) for default in (True, False)]
    plain = make_film(path.with_name("plain.mp4"), 2, sounds=tracks)
    chapters = path.with_name("chapters.txt")
    chapters.write_text(CHAPTERS, "utf-8")
    marks = [
        "-disposition:a:1",
        "hearing_impaired",
        "-metadata:s:a:1",
        "handler_name=Klar",
        "-metadata:s:a:1",
        "title=Klar",
    ]
    inputs: list[str | Path] = ["-display_rotation", "90", "-i", plain, "-i", chapters]
    command = [*inputs, "-map", "0", "-map_metadata", "1", "-c", "copy"]
    subprocess.run([FFMPEG, "-loglevel", "error", *command, *marks, path], check=True)
    return path


def copied(source: Path, *options: str, suffix: str = "") -> tuple[str, ...]:
    """What is found of a copy that FFmpeg made with these options, beside the track that a description adds."""
    copy = source.with_name(f"copy{suffix or source.suffix}")
    command: list[str | Path] = ["-i", source, "-map", "0:V", "-map", "0:a", "-map", "0:a:0"]
    command += ["-c", "copy", "-strict", "unofficial"]
    subprocess.run([FFMPEG, "-loglevel", "error", "-y", *command, *options, copy], check=True)
    found = probe(source)
    return losses(found, copy, [found.video.index, *(track.index for track in found.audio_tracks)])


def test_what_an_encoder_says_of_itself_with_the_first_picture_is_no_loss(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mp4", 2, sounds=[Sound(silence(2), "mono", codec="aac")])
    assert b"x264 - core" in source.read_bytes()
    assert copied(source, "-bsf:v", "filter_units=remove_types=6") == ()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_whole_copy_has_lost_nothing(tmp_path: Path, suffix: str) -> None:
    assert copied(film(tmp_path / f"film{suffix}")) == ()


@pytest.mark.parametrize(
    ("options", "loss"),
    [
        (["-map_chapters", "-1"], "3 of 3 chapters"),
        (["-metadata:s:a:1", "language=und"], "track 2 (audio): its language deu"),
        (["-disposition:a:1", "0"], "track 2 (audio): its marks hearing_impaired"),
        (["-metadata:s:a:1", "handler_name=", "-metadata:s:a:1", "title="], "track 2 (audio): its name “Klar”"),
        (["-metadata", "title="], "what the file says of title"),
        (["-c:a:0", "libmp3lame"], "track 1 (audio): aac is read as mp3"),
    ],
)
def test_each_thing_lost_is_told(tmp_path: Path, options: list[str], loss: str) -> None:
    found = copied(film(tmp_path / "film.mp4"), *options)
    assert [line for line in found if loss in line], found


def test_the_titles_of_chapters_are_no_track_that_is_left_out(tmp_path: Path) -> None:
    """In an MP4 they are a track of text, here beside one of timecode, which the picture has too."""
    source, coded = film(tmp_path / "film.mp4"), tmp_path / "coded.mp4"
    command: list[str | Path] = ["-i", source, "-map", "0:v", "-map", "0:a", "-c", "copy", "-timecode", "01:00:00:00"]
    subprocess.run([FFMPEG, "-loglevel", "error", *command, "-strict", "unofficial", coded], check=True)
    with av.open(str(coded)) as opened:
        assert [stream.type for stream in opened.streams].count("data") == 2
    assert check_copy(probe(source)) == ()
    assert check_copy(probe(coded)) == ()


def test_a_picture_that_is_no_longer_turned(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mp4")
    turned = probe(source)
    straight = tmp_path / "plain.mp4"
    found = losses(turned, straight, [0, 1])
    assert any("it was turned by" in line for line in found), found


def test_another_sample_entry(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mp4", 1, sounds=[Sound(silence(1), "mono", codec="aac")])
    assert "its sample entry avc1 became avc3" in copied(source, "-tag:v", "avc3")[0]


def test_many_losses_are_counted(tmp_path: Path) -> None:
    tracks = [Sound(silence(1), "mono", codec="aac", language="deu")] * (MOST_LOSSES + 5)
    source = make_film(tmp_path / "film.mp4", 1, sounds=tracks)
    undone = [part for n in range(len(tracks)) for part in (f"-metadata:s:a:{n}", "language=und")]
    found = copied(source, *undone)
    assert len(found) == MOST_LOSSES + 1
    assert found[-1] == "and 5 more such losses"


def test_a_cover_is_read_after_all_tracks(tmp_path: Path) -> None:
    source, cover = film(tmp_path / "plain2.mp4"), tmp_path / "cover.png"
    Image.new("RGB", (64, 64), "red").save(cover)
    covered = tmp_path / "film.mp4"
    command: list[str | Path] = ["-i", source, "-i", cover, "-map", "0:v", "-map", "0:a", "-map", "1", "-c", "copy"]
    subprocess.run([FFMPEG, "-loglevel", "error", *command, "-disposition:v:1", "attached_pic", covered], check=True)
    with av.open(str(covered)) as opened:
        tracks = [stream.index for stream in opened.streams if stream.type in ("video", "audio")]
    assert losses(probe(covered), covered, tracks[:-1]) == ()
    assert any("its cover" in line for line in losses(probe(covered), source, tracks))


def test_a_file_inside_that_is_lost(tmp_path: Path) -> None:
    font, plain = tmp_path / "font.ttf", make_film(tmp_path / "plain.mkv", 1)
    font.write_bytes(b"a font")
    source = tmp_path / "film.mkv"
    command: list[str | Path] = ["-i", plain, "-c", "copy", "-attach", font]
    command += ["-metadata:s:t", "mimetype=font/ttf", source]
    subprocess.run([FFMPEG, "-loglevel", "error", *command], check=True)
    assert any("“font.ttf”" in line for line in losses(probe(source), plain, [0]))


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def with_box(path: Path, kind: bytes) -> Path:
    """An MP4 whose header is as that of a film with a sample entry that holds such a box."""
    entry = box(b"hvc1", bytes(78) + box(b"hvcC", bytes(20)) + box(kind, bytes(24)))
    table = box(b"minf", box(b"stbl", box(b"stsd", bytes(8) + entry)))
    path.write_bytes(box(b"moov", box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"vide" + bytes(13)) + table))))
    return path


def test_what_ffmpeg_does_not_tell_is_read_from_the_header(tmp_path: Path) -> None:
    assert configurations(with_box(tmp_path / "a.mp4", b"dvvC")) == {"dvvC": 1}
    assert configurations(with_box(tmp_path / "a.mp4", b"free")) == {}
    (tmp_path / "a.mkv").write_bytes(b"\x1a\x45\xdf\xa3" + b"dvcC")
    assert configurations(tmp_path / "a.mkv")["dvcC"] == 1


@pytest.mark.parametrize("size", [0, 1, 7, 2**31])
def test_a_damaged_header_ends_it(tmp_path: Path, size: int) -> None:
    whole = with_box(tmp_path / "a.mp4", b"dvvC").read_bytes()
    for at in range(0, len(whole) - 4, 7):
        (tmp_path / "b.mp4").write_bytes(whole[:at] + struct.pack(">I", size) + whole[at + 4 :])
        assert set(configurations(tmp_path / "b.mp4")) <= {"dvvC"}
