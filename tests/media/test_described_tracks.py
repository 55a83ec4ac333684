"""What FFmpeg does not write of a track is written afterwards; pictures keep what is known of their light."""

from __future__ import annotations

import struct
import subprocess
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
from deliver.containers import boxes, ffmpeg, mediainfo, mkvmerge, packets
from films import Sound, make_film, silence
from media.test_mux import DOLBY_VISION, with_dolby_vision

from audiodesc.core.track_titles import TITLES, track_title
from audiodesc.media.containers import not_held
from audiodesc.media.described_tracks import Description
from audiodesc.media.encode import SoundFile
from audiodesc.media.matroska_flags import matroska_tracks, tracks_element
from audiodesc.media.matroska_marking import both_languages, with_tags
from audiodesc.media.mp4_marking import Marks, add_marks, track_marks
from audiodesc.media.mux import add_track
from audiodesc.media.probe import probe


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of silence as AAC, beside it in Matroska."""
    path = tmp_path_factory.mktemp("sound") / "t.m4a"
    with SoundFile(path, "m4a", "mono", matroska=path.with_suffix(".mka")) as file:
        file.push(np.zeros((1, 48_000), np.float32))
    return path


def copied(source: Path, sound: Path, suffix: str, language: str = "de") -> tuple[Path, tuple[str, ...]]:
    film, out = probe(source), source.with_name(f"out{suffix}")
    added = Description(sound if suffix == ".mp4" else sound.with_suffix(".mka"), language)
    return out, add_track(film, added, film.audio_tracks[0] if film.audio_tracks else None, out)


@pytest.mark.parametrize("language", ["de-CH", "zh-Hant-TW", "yue", "de", ""])
def test_a_language_is_written_as_a_tag(tmp_path: Path, sound: Path, language: str) -> None:
    source = make_film(tmp_path / "film.mp4", 1, sounds=[Sound(silence(1), "mono", codec="aac", language="pol")])
    out, lost = copied(source, sound, ".mp4", language)
    assert lost == ()
    described = list(boxes(out.read_bytes(), "moov", "trak"))[-1]
    wanted = [b"\0\0\0\0" + language.encode() + b"\0"] if "-" in language else []
    assert list(boxes(described, "mdia", "elng")) == wanted
    out, lost = copied(source, sound, ".mkv", language)
    assert lost == ()
    said = mkvmerge(out)["tracks"][-1]["properties"]
    three = {"de-CH": "ger", "zh-Hant-TW": "chi", "yue": "chi", "de": "ger", "": "und"}
    if language != "yue":  # mkvmerge knows a code of its macrolanguage, we of its own
        assert said["language"] == three[language]
    assert said.get("language_ietf", "") == language
    with av.open(str(out)) as film:
        assert sum(1 for _ in film.decode(video=0)) == 10


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_tags_of_the_films_own_tracks_go_along(tmp_path: Path, sound: Path, suffix: str) -> None:
    source = make_film(tmp_path / "film.mp4", 1, sounds=[Sound(silence(1), "mono", codec="aac", language="por")])
    add_marks(source, {1: Marks("pt-BR", ("public.main-program-content",))})
    assert track_marks(source)[2] == Marks("pt-BR", ("public.main-program-content",))
    assert copied(source, sound, ".mp4")[1] == ()
    own = list(boxes(source.with_name("out.mp4").read_bytes(), "moov", "trak"))[1]
    assert list(boxes(own, "mdia", "elng")) == [b"\0\0\0\0pt-BR\0"]
    assert list(boxes(own, "udta", "tagc")) == [b"public.main-program-content"]
    out, _ = copied(source, sound, ".mkv")
    assert mkvmerge(out)["tracks"][1]["properties"]["language_ietf"] == "pt-BR"
    again = out.rename(tmp_path / "again.mkv")
    out, _ = copied(again, sound, suffix)
    assert {".mp4": track_marks, ".mkv": matroska_tracks}[suffix](out)
    if suffix == ".mkv":
        assert matroska_tracks(out)[1].language == "pt-BR"
    else:
        assert track_marks(out)[2].language == "pt-BR"


def test_hostile_marks_of_a_film_are_not_copied(tmp_path: Path, sound: Path) -> None:
    source = make_film(tmp_path / "film.mp4", 1, sounds=[Sound(silence(1), "mono", codec="aac")])
    add_marks(source, {1: Marks("no language", ("a" * 101, "two\nlines", "good"))})
    assert track_marks(source)[2] == Marks("", ("good",))
    out, _ = copied(source, sound, ".mp4")
    assert list(boxes(list(boxes(out.read_bytes(), "moov", "trak"))[1], "udta", "tagc")) == [b"good"]


def test_marks_are_added_behind_media_of_any_length(tmp_path: Path) -> None:
    """A file of six GB, of which nearly all is a hole: sizes and places of 64 bits stay as they are."""
    media, large = struct.pack(">I4sQ", 1, b"mdat", 6 << 30), tmp_path / "large.mp4"
    track = b"".join(_box(kind, bytes(20)) for kind in (b"tkhd", b"edts")) + _box(b"mdia", _box(b"mdhd", bytes(24)))
    header = _box(b"moov", _box(b"mvhd", bytes(100)) + _box(b"trak", track) + _box(b"trak", track))
    with large.open("wb") as file:
        file.write(_box(b"ftyp", b"isom") + media)
        file.seek(12 + (6 << 30))
        file.write(header + _box(b"uuid", b"behind"))
    add_marks(large, {1: Marks("de-CH", ("one", "two"), (("scheme", "value"),), disabled=True)})
    with large.open("rb") as file:
        file.seek(12 + (6 << 30))
        end = file.read()
    first, second = boxes(end, "moov", "trak")
    assert first == track
    assert list(boxes(second, "udta", "tagc")) == [b"one", b"two"]
    assert list(boxes(second, "udta", "kind")) == [b"\0\0\0\0scheme\0value\0"]
    assert list(boxes(second, "mdia", "elng")) == [b"\0\0\0\0de-CH\0"]
    assert list(boxes(end, "uuid")) == [b"behind"]
    assert large.stat().st_size == 12 + (6 << 30) + len(end)


def test_a_header_before_the_media_is_not_touched(tmp_path: Path) -> None:
    plain, fast = make_film(tmp_path / "film.mp4", 1), tmp_path / "fast.mp4"
    ffmpeg("-i", plain, "-c", "copy", "-movflags", "faststart", fast)
    before = fast.read_bytes()
    with pytest.raises(ValueError, match="its header is before its media"):
        add_marks(fast, {0: Marks("de")})
    assert fast.read_bytes() == before


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def test_the_checksum_of_matroska_is_that_of_what_is_written(tmp_path: Path, sound: Path) -> None:
    source = make_film(tmp_path / "film.mkv", 1, sounds=[Sound(silence(1), "mono", language="deu")])
    out, _ = copied(source, sound, ".mkv", "de-CH")
    with out.open("rb") as file:
        start, end = tracks_element(file, out.stat().st_size)
        file.seek(start)
        said = file.read(end - start)
    assert said[:2] == b"\xbf\x84"
    assert said[2:6] == struct.pack("<I", zlib.crc32(said[6:]))
    assert b"[ger|" not in said


def test_what_only_looks_like_two_languages_stays(tmp_path: Path) -> None:
    text = both_languages("ger", "de-CH").encode()
    entry = b"\x22\xb5\x9c" + bytes([0x80 | len(text) + 1]) + text + b"x"
    tracks = b"\x16\x54\xae\x6b" + bytes([0x80 | len(entry)]) + entry
    path = tmp_path / "strange.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67" + bytes([0x80 | len(tracks)]) + tracks)
    before = path.read_bytes()
    with_tags(path)
    assert path.read_bytes() == before


def test_a_described_track_is_called_so_in_its_language() -> None:
    assert track_title("de-CH") == track_title("ger") == track_title("deu") == "Audiodeskription"
    assert track_title("pt-BR") == "Audiodescrição"
    assert [track_title(language) for language in ("", "und", "tlh", "en-GB")] == ["Audio description"] * 4
    assert set(TITLES) >= {
        *["cs", "da", "de", "en", "es", "fi", "fr", "it", "ja", "ko", "nb", "nl", "pl", "pt", "sv", "zh"]
    }


HDR10 = (
    "hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:log-level=none:"
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
)
HLG = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc:log-level=none"
PICTURES = {
    "hdr10.mkv": f"-c:v libx265 -pix_fmt yuv420p10le -x265-params {HDR10}",
    "hdr10.mp4": f"-c:v libx265 -pix_fmt yuv420p10le -tag:v hvc1 -x265-params {HDR10}",
    "hlg.mp4": f"-c:v libx265 -pix_fmt yuv420p10le -tag:v hvc1 -x265-params {HLG}",
    "av1.mkv": "-c:v libsvtav1 -preset 12",
    "prores.mov": "-c:v prores_ks -timecode 01:00:00:00",
}


@pytest.fixture(scope="module", params=PICTURES)
def pictures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("pictures") / request.param
    try:
        ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x64:d=1:r=10", *PICTURES[request.param].split(), path)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this ffmpeg cannot make {request.param}: {error.stderr[-200:]!r}")
    return path


LIGHT = ("transfer_characteristics", "colour_primaries", "MasteringDisplay_Luminance", "MaxCLL", "MaxFALL")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_pictures_of_light_and_of_other_codecs(pictures: Path, sound: Path, suffix: str) -> None:
    if suffix == ".mp4" and pictures.suffix == ".mov":
        assert not_held(probe(pictures), "mp4") == {0: ("video", "prores")}
        return
    out, lost = copied(pictures, sound, suffix)
    assert lost == ()
    assert packets(out)[0] == packets(pictures)[0]
    said = [[next(t for t in mediainfo(p) if t["@type"] == "Video").get(key) for key in LIGHT] for p in (pictures, out)]
    assert said[0] == said[1]
    if suffix == ".mp4":
        with av.open(str(out)) as film:
            assert film.streams[0].codec_context.codec_tag == ("av01" if "av1" in pictures.name else "hvc1")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_configuration_of_dolby_vision_is_in_both(tmp_path: Path, sound: Path, suffix: str) -> None:
    plain = tmp_path / "plain.mp4"
    ffmpeg("-i", make_film(tmp_path / "h264.mp4", 1), "-c:v", "libx265", "-tag:v", "hvc1", plain)
    source = with_dolby_vision(plain, tmp_path / "film.mp4")
    out, lost = copied(source, sound, suffix)
    assert lost == ()
    assert DOLBY_VISION[8:13] in out.read_bytes()
    assert "dvhe.08" in next(t for t in mediainfo(out) if t["@type"] == "Video")["HDR_Format_Profile"]
