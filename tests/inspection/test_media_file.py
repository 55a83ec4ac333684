"""What an inspection says of films and sounds whose marks, levels and lengths are known by construction."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from clicking import ffmpeg
from commandline import audiodesc
from inspection.described_films import DESCRIPTION_HZ, OWN_HZ, SECONDS, Given, arranged, tone, tones_film

import audiodesc as library
from audiodesc.errors import FilmError
from audiodesc.inspection import inspect
from audiodesc.inspection.model import Inspection, to_json
from audiodesc.media.wav_chunks import ChunkLoudness, WavFile, WavMetadata

OWN = Given(OWN_HZ, "default")
DESCRIPTION = Given(DESCRIPTION_HZ, "visual_impaired", "eng", "Audio description")


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tones_film(tmp_path_factory.mktemp("tones"))


def quick(path: Path) -> Inspection:
    return inspect(path, loudness=False)


def named(of: Inspection) -> dict[str, str]:
    return {one.name: one.severity for one in of.findings}


@pytest.mark.parametrize(
    ("suffix", "format", "where"),
    [
        (".mp4", "MP4/MOV", "kind"),
        (".mkv", "Matroska/WebM", "FlagVisualImpaired"),
        (".ts", "MPEG-TS", "audio_type"),
    ],
)
def test_the_marked_sound_is_certainly_the_description(
    tones: Path, tmp_path: Path, suffix: str, format: str, where: str
) -> None:
    found = quick(arranged(tones, tmp_path / f"film{suffix}", [OWN, DESCRIPTION]))
    own, described = found.of_kind("sound")
    assert (found.kind, found.format) == ("film", format)
    assert abs(found.duration_ms - SECONDS * 1000) <= 100
    assert own.description is None
    assert described.description is not None
    assert described.description.certainty == "certain"
    assert any(reason.startswith(f"{where} says ") for reason in described.description.reasons)
    assert (described.codec, described.layout, described.language) == ("aac", "mono", "eng")
    assert found.main == own
    assert not {"error", "warning"} & set(named(found).values())


def test_a_title_alone_makes_it_likely_and_is_said(tones: Path, tmp_path: Path) -> None:
    called = Given(DESCRIPTION_HZ, title="Audio description")
    found = quick(arranged(tones, tmp_path / "film.mkv", [OWN, called]))
    assert [one.number for one in found.descriptions] == [2]
    assert found.descriptions[0].description
    assert found.descriptions[0].description.certainty == "likely"
    assert named(found)["no-mark"] == "warning"


def test_a_second_sound_of_that_language_may_be_one(tones: Path, tmp_path: Path) -> None:
    found = quick(arranged(tones, tmp_path / "film.mkv", [OWN, Given(DESCRIPTION_HZ)]))
    verdict = found.of_kind("sound")[1].description
    assert verdict
    assert verdict.certainty == "possible"
    assert found.descriptions == ()
    assert "no-description" in named(found)


@pytest.mark.parametrize("other", [Given(DESCRIPTION_HZ, language="fra"), Given(DESCRIPTION_HZ, "comment")])
def test_a_dub_or_a_commentary_is_none(tones: Path, tmp_path: Path, other: Given) -> None:
    found = quick(arranged(tones, tmp_path / "film.mkv", [OWN, other]))
    assert all(one.description is None for one in found.tracks)


@pytest.mark.parametrize(
    ("suffix", "sounds", "expected"),
    [
        (".mkv", [DESCRIPTION, OWN], {"taken-by-default": "error", "before-main": "warning"}),
        (".mkv", [OWN, Given(DESCRIPTION_HZ, "default+visual_impaired", "eng", "AD")], {"two-defaults": "error"}),
        (".mkv", [OWN, Given(DESCRIPTION_HZ, "visual_impaired")], {"no-title": "warning"}),
        (".mkv", [OWN, Given(DESCRIPTION_HZ, "visual_impaired", "und", "AD")], {"no-language": "warning"}),
        (".mkv", [OWN, Given(DESCRIPTION_HZ, "visual_impaired", "fra", "AD")], {"other-language": "info"}),
        (".mp4", [OWN, DESCRIPTION], {"no-tagc": "info"}),
    ],
)
def test_what_is_wrong_is_found(
    tones: Path, tmp_path: Path, suffix: str, sounds: list[Given], expected: dict[str, str]
) -> None:
    assert named(quick(arranged(tones, tmp_path / f"film{suffix}", sounds))) == expected


def test_a_description_that_ends_before_the_picture_and_starts_late(tones: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.mkv"
    marks = ["-map", "0:v", "-map", "0:a:0", "-map", "1:a:1", "-c", "copy", "-metadata:s:a:1", "title=AD"]
    ffmpeg("-i", tones, "-itsoffset", 0.5, "-t", 1.5, "-i", tones, *marks, "-disposition:a:1", "visual_impaired", late)
    found = quick(late)
    described = found.descriptions[0]
    assert described.start_ms is not None
    assert described.end_ms is not None
    assert abs(described.start_ms - 500) <= 25
    assert abs(described.end_ms - 1_500) <= 60
    assert named(found)["length"] == "warning"
    assert named(found)["start"] == "warning"


def test_a_text_track_of_descriptions_that_everybody_would_see(tones: Path, tmp_path: Path) -> None:
    cues = tmp_path / "cues.srt"
    cues.write_text("1\n00:00:01,000 --> 00:00:02,000\nA door opens.\n")
    place = tmp_path / "film.mkv"
    copied = ["-map", "0:v", "-map", "0:a:0", "-map", "1", "-c", "copy", "-c:s", "srt"]
    ffmpeg("-i", tones, "-i", cues, *copied, "-disposition:s:0", "descriptions+forced", place)
    found = quick(place)
    (text,) = found.of_kind("text")
    assert text.description
    assert text.description.certainty == "certain"
    assert named(found)["text-shown"] == "warning"


BOX = struct.Struct(">I4s")


def with_tagc(film: Path, value: bytes) -> None:
    """Put `tagc` into the last track of an MP4 whose `moov` is at its end."""
    raw = film.read_bytes()
    moov = raw.index(b"moov") - 4
    trak = raw.rindex(b"trak") - 4
    size = int.from_bytes(raw[trak : trak + 4])
    udta = raw.index(b"udta", trak) - 4
    assert udta < trak + size
    box = BOX.pack(8 + len(value), b"tagc") + value
    grown = bytearray(raw[: udta + 8] + box + raw[udta + 8 :])
    for at in (moov, trak, udta):
        grown[at : at + 4] = (int.from_bytes(raw[at : at + 4]) + len(box)).to_bytes(4)
    film.write_bytes(grown)


def test_apples_tag_is_read(tones: Path, tmp_path: Path) -> None:
    film = arranged(tones, tmp_path / "film.mp4", [OWN, DESCRIPTION])
    views = {one.player: one for one in quick(film).players}
    assert views["Apple"].automatic == "no"
    with_tagc(film, b"public.accessibility.describes-video")
    found = quick(film)
    views = {one.player: one for one in found.players}
    assert found.descriptions[0].says("tagc") == "public.accessibility.describes-video"
    assert views["Apple"].automatic == "yes"
    assert named(found) == {}


@pytest.fixture(scope="module")
def levelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tone of 1 kHz in two channels that peaks at −23 dBFS, which is −23 LUFS (EBU Tech 3341, case 1)."""
    place = tmp_path_factory.mktemp("levelled") / "film.ad.wav"
    loud = 10 ** (-23 / 20)
    about = WavMetadata(
        description="Film, described", time_reference=48_000, loudness=ChunkLoudness(integrated_lufs=-20.0)
    )
    with WavFile(place, about, 2) as file:
        file.push(tone(1_000, 10, loud, 2))
    return place


def test_the_level_of_a_sound(levelled: Path) -> None:
    found = inspect(levelled)
    (sound,) = found.tracks
    assert (found.kind, found.format, found.duration_ms) == ("sound", "WAV", 10_000)
    assert (sound.codec, sound.layout, sound.rate_hz, sound.bits) == ("pcm_s24le", "stereo", 48_000, 24)
    assert sound.level
    assert sound.level.integrated_lufs == pytest.approx(-23, abs=0.1)
    assert sound.level.true_peak_db == pytest.approx(-23, abs=0.1)
    assert sound.level.silent == 0
    assert found.said["bext description"] == "Film, described"
    assert found.said["bext time reference"] == "48000 samples"
    assert sound.description
    assert sound.description.certainty == "likely"
    assert named(found)["bext-loudness"] == "warning"


def test_a_narrator_alone_is_found_by_its_silence(tmp_path: Path) -> None:
    place = tmp_path / "film.ad.wav"
    spoken = np.concatenate([tone(300, 2, 0.1), np.zeros((1, 8 * 48_000), np.float32)], axis=1)
    with WavFile(place, WavMetadata()) as file:
        file.push(spoken)
    found = inspect(place)
    assert named(found)["narrator-alone"] == "warning"
    assert found.tracks[0].level
    assert found.tracks[0].level.silent == pytest.approx(0.77, abs=0.05)


def test_the_command_shows_a_table_and_json(tones: Path, tmp_path: Path) -> None:
    film = arranged(tones, tmp_path / "film.mkv", [OWN, DESCRIPTION])
    shown = audiodesc("inspect", film, "--no-loudness")
    assert shown.returncode == 0, shown.stderr
    assert "sound 2 is description: FlagVisualImpaired says 1" in shown.stdout
    assert "VLC" in shown.stdout
    told = json.loads(audiodesc("inspect", film, "--no-loudness", "--json").stdout)
    assert told == json.loads(to_json(library.inspect(film, loudness=False)))
    assert told["schema"] == 1
    assert [one["number"] for one in told["tracks"] if one["kind"] == "sound"] == [1, 2]


def test_a_folder_has_the_inspection_of_each_file(tones: Path, tmp_path: Path) -> None:
    arranged(tones, tmp_path / "film.mkv", [OWN, DESCRIPTION])
    (tmp_path / "film.ad.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nA door opens.\n")
    (tmp_path / "broken.mp4").write_bytes(b"\0" * 1_000)
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    found = inspect(tmp_path, loudness=False)
    assert {Path(one.path).name: one.kind for one in found.parts} == {
        "broken.mp4": "film",
        "film.ad.srt": "script",
        "film.mkv": "film",
    }
    assert named(found.parts[0]) == {"unreadable": "error"}


def test_a_script_is_counted(tmp_path: Path) -> None:
    script = tmp_path / "film.ad.vtt"
    script.write_text(
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nA door opens slowly now.\n\n"
        "00:00:01.500 --> 00:00:02.500\none two three four five six seven eight nine ten\n"
    )
    found = inspect(script)
    assert found.kind == "script"
    assert found.text
    assert (found.text.lines, found.text.words, found.text.end_ms, found.text.overlaps) == (2, 15, 2_500, 1)
    assert found.text.wpm == 300  # 15 words in 3 s
    assert [cue.wpm for cue in found.text.too_fast] == [600]
    assert named(found) == {"too-fast": "warning", "overlap": "warning", "cue-at-zero": "info"}


def bad_files(folder: Path) -> Iterator[Path]:
    for name, content in {
        "zeros.mp4": b"\0" * 5_000,
        "empty.wav": b"",
        "noise.mkv": b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 8,
        "cut.wav": b"RIFF\xff\xff\xff\x7fWAVEfmt ",
        "no.vtt": b"WEBVTT\n\n",
        "some.bin": b"\xff\xfe\0\1" * 300,
    }.items():
        place = folder / name
        place.write_bytes(content)
        yield place


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for bad in [*bad_files(tmp_path), tmp_path / "missing.mp4"]:
        done = audiodesc("inspect", bad)
        assert done.returncode == 3, (bad, done.stdout)
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert bad.name in done.stderr


def test_names_of_tracks_cannot_command_the_terminal(tones: Path, tmp_path: Path) -> None:
    film = arranged(tones, tmp_path / "film.mkv", [OWN, Given(DESCRIPTION_HZ, "0", "eng", "AD \x1b[31m[red]")])
    shown = audiodesc("inspect", film, "--no-loudness").stdout
    assert "\x1b" not in shown
    assert "[red]" in shown


def test_an_encrypted_film_is_refused(tones: Path, tmp_path: Path) -> None:
    film = arranged(tones, tmp_path / "film.mp4", [OWN])
    film.write_bytes(film.read_bytes().replace(b"mp4a", b"enca"))
    with pytest.raises(FilmError, match="encrypted"):
        inspect(film)
