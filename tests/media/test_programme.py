from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from films import FFMPEG, Sound, make_film, silence

from audiodesc.errors import FilmError, UsageError
from audiodesc.media.probe import probe
from audiodesc.media.programme import name, programme
from audiodesc.model import AudioTrack, Film, VideoTrack


def track(language: str = "eng", default: bool = False, **more: object) -> AudioTrack:
    return AudioTrack(0, "aac", 48_000, "stereo", language, "", default, **more)  # type: ignore[arg-type]


def film(*tracks: AudioTrack) -> Film:
    numbered = tuple(replace(one, index=index) for index, one in enumerate(tracks, 1))
    picture = VideoTrack(0, "h264", 160, 120)
    return Film(Path("film.mkv"), "x", "matroska,webm", 1000, Fraction(0), picture, numbered, ())


def taken(*tracks: AudioTrack, wanted: int | str | None = None, **known: str) -> tuple[int, str]:
    """The number of the track that is taken, and why."""
    source = film(*tracks)
    found = programme(source, wanted, **known)
    assert found.track is not None
    return source.audio_tracks.index(found.track) + 1, found.why


def test_no_sound() -> None:
    assert programme(film()).track is None


def test_the_only_one() -> None:
    assert taken(track()) == (1, "it is the only one")


def test_neither_a_description_nor_a_commentary_though_they_are_default() -> None:
    others = [track(role="description", default=True), track(role="commentary", default=True), track(role="effects")]
    assert taken(*others, track("deu")) == (4, "the others are none of the film's own sound")


def test_the_default_one() -> None:
    assert taken(track("deu"), track("eng", default=True)) == (2, "it is the default one")


def test_where_all_are_default_the_original_then_the_subtitles_language_then_the_first() -> None:
    two = track("deu", default=True), track("eng", default=True)
    assert taken(two[0], replace(two[1], original=True)) == (2, "it is the original")
    assert taken(*two, subtitles="en") == (2, "its language is the subtitles'")
    assert taken(*two) == (1, "it comes first")


def test_the_language_of_the_description_goes_before_the_default() -> None:
    tracks = track("eng", default=True), track("ger"), track("fre")
    assert taken(*tracks, language="de-AT") == (2, "its language is the description's")
    assert taken(*tracks, language="ja")[0] == 1


def test_one_that_can_be_decoded() -> None:
    assert taken(replace(track(default=True), codec=""), track()) == (2, "the others cannot be decoded")


@pytest.mark.parametrize(
    ("wanted", "number"), [(1, 1), (3, 3), ("2", 2), ("de", 2), ("ger", 2), ("deu", 2), ("fr-CA", 3), ("en", 1)]
)
def test_the_one_asked_for(wanted: int | str, number: int) -> None:
    tracks = track("eng", default=True), track("deu"), track("fra", role="commentary"), track("eng")
    assert taken(*tracks, wanted=wanted) == (number, "it was asked for")


def test_of_a_language_asked_for_the_films_own_sound() -> None:
    assert taken(track(role="description"), track("deu"), track("eng"), wanted="en")[0] == 3


@pytest.mark.parametrize("wanted", [0, 3, -1, "ja", "Japanese", "", "😀"])
def test_one_that_is_not_there_lists_those_that_are(wanted: int | str) -> None:
    with pytest.raises(UsageError) as caught:
        programme(film(track("eng", default=True), track("deu", role="description")), wanted)
    assert "1 (eng, stereo, default), 2 (deu, stereo, description)" in str(caught.value)


def test_a_description_that_is_there_is_named() -> None:
    source = film(track(default=True), track("eng", role="description"))
    assert programme(source).notes == (
        "this film already carries a description: sound track 2 (eng, stereo, description)",
    )
    assert programme(film(track(), track("deu"))).notes == ()


def test_a_film_that_has_only_a_description() -> None:
    found = programme(film(track(role="description")))
    assert found.track is not None
    assert any("not the film's own sound" in note for note in found.notes)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"codec": ""}, "nothing here can decode it"),
        ({"layout": "2 channels (FL+TC)"}, "2 channels (FL+TC)"),
        ({"layout": "ambisonic 1"}, "ambisonic 1"),
        ({"layout": "22.2"}, "22.2"),
    ],
)
def test_sound_that_cannot_be_mixed_is_refused(changed: dict[str, str], fault: str) -> None:
    with pytest.raises(FilmError) as caught:
        programme(film(replace(track(), **changed)))
    assert fault in str(caught.value)
    assert "--audio-track" in str(caught.value)


def test_names() -> None:
    source = film(replace(track("", default=True), title="Stereo"), track("deu", role="hearing"))
    assert name(source, source.audio_tracks[0]) == "1 (language not known, stereo, “Stereo”, default)"
    assert name(source, source.audio_tracks[1]) == "2 (deu, stereo, for the hard of hearing)"


FLAGS = ["-disposition:a:0", "visual_impaired", "-disposition:a:1", "comment", "-disposition:a:2", "0"]
TITLES = ["-metadata:s:a:3", "title=Hörfilm", "-metadata:s:a:3", "handler_name=Hörfilm"]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_flags_and_names_are_read_from_files(tmp_path: Path, suffix: str) -> None:
    tracks = [Sound(silence(1), "mono", codec="aac", language="eng") for _ in range(4)]
    plain = make_film(tmp_path / f"plain{suffix}", 1, sounds=tracks)
    path = tmp_path / f"film{suffix}"
    command = [FFMPEG, "-loglevel", "error", "-i", plain, "-map", "0", "-c", "copy", *FLAGS, *TITLES]
    subprocess.run([*command, "-disposition:a:3", "default", path], check=True)
    source = probe(path)
    assert [one.role for one in source.audio_tracks] == ["description", "commentary", "", "description"]
    assert programme(source).track == source.audio_tracks[2]


def test_the_films_own_result_is_known_again(sample: tuple[Path, Path], tmp_path: Path) -> None:
    from audiodesc.pipeline import render

    script = tmp_path / "s.vtt"
    script.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nA line.\n", "utf-8")
    made = render(sample[0], script, output=tmp_path / "out")
    again = probe(made.files["film"])
    assert [one.role for one in again.audio_tracks] == ["", "description"]
    assert programme(again).track == again.audio_tracks[0]
