"""Mono tracks that are channels of one programme."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from films import FFMPEG, RATE, Sound, make_film, silence, tone
from numpy.typing import NDArray

from audiodesc.cli.tables import tracks_json
from audiodesc.core import cache
from audiodesc.errors import FilmError, UsageError
from audiodesc.media.probe import probe
from audiodesc.media.programme import candidates, combined_track, name, programme
from audiodesc.media.sound import even, in_step, length, read_sound
from audiodesc.model import AudioTrack, Film, VideoTrack
from audiodesc.settings import DialogueSettings, Settings


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
def test_sound_that_cannot_be_mixed_is_refused(changed: dict[str, Any], fault: str) -> None:
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


LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


def mono(channel: str = "NONE") -> AudioTrack:
    return AudioTrack(0, "pcm_s24le", RATE, "mono", "", "", False, channel=channel)


def mono_film(*tracks: AudioTrack, container: str = "mxf") -> Film:
    numbered = tuple(replace(one, index=index) for index, one in enumerate(tracks, 1))
    picture = VideoTrack(0, "h264", 160, 120)
    return Film(Path(f"film.{container}"), "x", container, 1000, Fraction(0), picture, numbered, ())


def offered(*tracks: AudioTrack, container: str = "mxf") -> list[tuple[tuple[int, ...], str]]:
    return [(one.parts or (one.index,), one.layout) for one in candidates(mono_film(*tracks, container=container))]


def master(path: Path, sounds: int, codec: str = "pcm_s16le", **more: object) -> Path:
    """A mono_film with mono tracks, each of a steady level of its own."""
    tracks = [Sound(np.full((1, 2 * RATE), LEVELS[i], np.float32), "mono", codec=codec) for i in range(sounds)]
    return make_film(path, 2, sounds=[replace(one, **more) for one in tracks])  # type: ignore[arg-type]


def levels(source: Film, wanted: str | None = None) -> list[float]:
    track = programme(source, wanted).track
    assert track is not None
    sound = np.concatenate(list(read_sound(source, track)), axis=1)
    assert sound.shape[1] == length(source)
    return [round(float(channel[RATE]), 2) for channel in sound]


def test_two_are_left_and_right_and_so_are_each_two_of_eight() -> None:
    assert offered(mono(), mono()) == [((1, 2), "stereo")]
    assert offered(*[mono()] * 8) == [((n, n + 1), "stereo") for n in (1, 3, 5, 7)]


def test_six_are_a_surround_sound() -> None:
    assert offered(*[mono()] * 6) == [((1, 2, 3, 4, 5, 6), "5.1")]


def test_a_track_too_many_stands_alone() -> None:
    assert offered(*[mono()] * 3) == [((1, 2), "stereo"), ((3,), "mono")]


@pytest.mark.parametrize(
    "other",
    [
        replace(mono(), title="Director"),
        replace(mono(), role="commentary"),
        replace(mono(), language="deu"),
        replace(mono(), rate_hz=44_100),
        replace(mono(), codec="aac"),
        replace(mono(), codec=""),
        replace(mono(), layout="stereo"),
    ],
)
def test_another_form_a_title_or_a_role_is_a_programme_of_its_own(other: AudioTrack) -> None:
    assert len(offered(mono(), other)) == 2


@pytest.mark.parametrize(
    "titles", [("Left", "Right"), ("A1", "A2"), ("Audio 1", "Audio 2"), ("ch1", "CH 2"), ("Mono", "")]
)
def test_titles_of_channels_are_none(titles: tuple[str, str]) -> None:
    assert offered(*(replace(mono(), title=title) for title in titles)) == [((1, 2), "stereo")]


@pytest.mark.parametrize("title", ["Kommentar", "M&E", "Isolated score", "Deutsch", "Left for dead", "International"])
def test_titles_that_say_more_are_programmes(title: str) -> None:
    assert len(offered(mono(), replace(mono(), title=title))) == 2


def test_a_default_track_among_others_is_one_of_its_own_except_for_masters() -> None:
    tracks = replace(mono(), codec="aac", default=True), replace(mono(), codec="aac")
    assert len(offered(*tracks, container="matroska,webm")) == 2
    assert len(offered(*tracks, container="mov,mp4")) == 2
    switched_on = replace(mono(), default=True), mono()
    assert offered(*switched_on, container="mov,mp4") == [((1, 2), "stereo")]


def test_labels_say_which_channel_is_which_whatever_the_order() -> None:
    assert offered(mono("FR"), mono("FL")) == [((2, 1), "stereo")]
    surround = [mono(channel) for channel in ("FL", "FR", "FC", "LFE", "BL", "BR")]
    pair = mono("DL"), mono("DR")
    assert offered(*surround, *pair) == [((1, 2, 3, 4, 5, 6), "5.1"), ((7, 8), "stereo")]
    assert offered(mono("FL"), mono("FL")) == [((1,), "mono"), ((2,), "mono")]


@pytest.mark.parametrize("suffix", [".mkv", ".mov", ".avi"])
def test_left_and_right_of_a_file_are_heard_as_they_are(tmp_path: Path, suffix: str) -> None:
    source = probe(master(tmp_path / f"film{suffix}", 2))
    assert levels(source) == [0.1, 0.2]
    assert levels(source, "2+1") == [0.2, 0.1]
    assert levels(source, "2") == [0.2]
    assert [row["why"] for row in tracks_json(source.path, Settings())] == [
        "as 1+2 (stereo): they are mono tracks of one form"
    ] * 2


def test_six_of_a_file_are_in_the_order_of_the_layout(tmp_path: Path) -> None:
    assert levels(probe(master(tmp_path / "film.mkv", 6))) == list(LEVELS)


def test_another_number_is_mixed_with_all_as_loud(tmp_path: Path) -> None:
    source = probe(master(tmp_path / "film.mkv", 4))
    assert levels(source, "2+3+4") == [0.3]


@pytest.mark.parametrize("layout", ["FL", "FR", "LFE"])
def test_a_channel_with_a_label_is_one_channel_at_its_level(tmp_path: Path, layout: str) -> None:
    sound = Sound(np.full((1, 2 * RATE), 0.25, np.float32), layout, codec="pcm_s16le")
    source = probe(make_film(tmp_path / "film.mov", 2, sounds=[sound]))
    assert (source.audio_tracks[0].layout, source.audio_tracks[0].channel) == ("mono", layout)
    assert levels(source) == [0.25]


def test_labels_of_a_file_are_read(tmp_path: Path) -> None:
    sounds = [
        Sound(np.full((1, 2 * RATE), level, np.float32), layout, codec="pcm_s16le")
        for level, layout in ((0.3, "FR"), (0.5, "FL"))
    ]
    assert levels(probe(make_film(tmp_path / "film.mov", 2, sounds=sounds))) == [0.5, 0.3]


def test_a_late_track_keeps_step_with_the_other(tmp_path: Path) -> None:
    early = Sound(tone(4), "mono", codec="pcm_s16le")
    late = replace(early, samples=np.concatenate([silence(1), tone(2)], axis=1), start_s=1.0)
    source = probe(make_film(tmp_path / "film.mov", 4, sounds=[early, late]))
    track = programme(source).track
    assert track is not None
    assert track.parts == (1, 2)
    left, right = np.concatenate(list(read_sound(source, track)), axis=1)
    assert np.abs(left[: 2 * RATE]).max() > 0.05
    assert not right[: 2 * RATE - RATE // 1000].any()
    assert np.allclose(left[3 * RATE :], right[3 * RATE :], atol=1e-3)


def test_what_is_kept_of_the_one_is_not_taken_for_both(tmp_path: Path) -> None:
    tracks = mono_film(mono(), mono()).audio_tracks
    keys = {cache.key("heard", 1, track=one) for one in (*tracks, combined_track(tracks), combined_track(tracks[::-1]))}
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("wanted", "fault"), [("1+1", "twice"), ("1+3", "it is stereo"), ("1+9", "3 sound tracks, not 9"), ("1+0", "not 0")]
)
def test_what_cannot_be_put_together_is_said(wanted: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        programme(
            mono_film(mono(), mono(), replace(mono(), layout="stereo")),
            DialogueSettings(audio_track=wanted).audio_track,
        )


def test_that_one_of_several_is_heard_is_said() -> None:
    tracks = replace(mono(), codec="aac", default=True), replace(mono(), codec="aac")
    found = programme(mono_film(*tracks, container="matroska,webm"))
    assert any("only 1 is heard" in note and "--audio-track 1+2" in note for note in found.notes)
    assert programme(mono_film(mono(), replace(mono(), codec="ac3"))).notes == ()
    both = mono_film(mono(), mono())
    found = programme(both)
    assert found.track is not None
    assert name(both, found.track) == "1+2 (language not known, stereo)"
    assert any("1+2" in note for note in found.notes)


def test_blocks_are_evened_to_the_sample() -> None:
    whole = np.arange(100, dtype=np.float32).reshape(1, 100)

    def parts(sizes: Sequence[int]) -> list[NDArray[np.float32]]:
        return np.split(whole, np.cumsum(sizes)[:-1], axis=1)

    assert [block.shape[1] for block in even(parts([5, 60, 1, 34]), 16)] == [16] * 6 + [4]
    together = np.concatenate(list(in_step([iter(parts([50, 50])), iter(parts([7, 93]))], 16)), axis=1)
    assert np.array_equal(together, np.concatenate([whole, whole]))
