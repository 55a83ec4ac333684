"""Mono tracks that are channels of one programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from films import RATE, Sound, make_film, silence, tone
from numpy.typing import NDArray

from audiodesc.cli.tables import tracks_json
from audiodesc.core import cache
from audiodesc.errors import UsageError
from audiodesc.media.probe import probe
from audiodesc.media.programme import candidates, combined_track, name, programme
from audiodesc.media.sound import even, in_step, length, read_sound
from audiodesc.model import AudioTrack, Film, VideoTrack
from audiodesc.settings import DialogueSettings

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


def mono(channel: str = "NONE") -> AudioTrack:
    return AudioTrack(0, "pcm_s24le", RATE, "mono", "", "", False, channel=channel)


def film(*tracks: AudioTrack, container: str = "mxf") -> Film:
    numbered = tuple(replace(one, index=index) for index, one in enumerate(tracks, 1))
    picture = VideoTrack(0, "h264", 160, 120)
    return Film(Path(f"film.{container}"), "x", container, 1000, Fraction(0), picture, numbered, ())


def offered(*tracks: AudioTrack, container: str = "mxf") -> list[tuple[tuple[int, ...], str]]:
    return [(one.parts or (one.index,), one.layout) for one in candidates(film(*tracks, container=container))]


def master(path: Path, sounds: int, codec: str = "pcm_s16le", **more: object) -> Path:
    """A film with mono tracks, each of a steady level of its own."""
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
    assert [row["why"] for row in tracks_json(source.path, "")] == [
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
    tracks = film(mono(), mono()).audio_tracks
    keys = {cache.key("heard", 1, track=one) for one in (*tracks, combined_track(tracks), combined_track(tracks[::-1]))}
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("wanted", "fault"), [("1+1", "twice"), ("1+3", "it is stereo"), ("1+9", "3 sound tracks, not 9"), ("1+0", "not 0")]
)
def test_what_cannot_be_put_together_is_said(wanted: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        programme(
            film(mono(), mono(), replace(mono(), layout="stereo")),
            DialogueSettings(audio_track=wanted).audio_track,
        )


def test_that_one_of_several_is_heard_is_said() -> None:
    tracks = replace(mono(), codec="aac", default=True), replace(mono(), codec="aac")
    found = programme(film(*tracks, container="matroska,webm"))
    assert any("only 1 is heard" in note and "--audio-track 1+2" in note for note in found.notes)
    assert programme(film(mono(), replace(mono(), codec="ac3"))).notes == ()
    both = film(mono(), mono())
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
