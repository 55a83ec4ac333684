"""Speech on several sound tracks: which is the programme, and which count beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dialogue.test_vad_channels import SECONDS, lines, music, over_ms, speech
from films import RATE, Sound, make_film
from numpy.typing import NDArray
from sources import dialogue_of

from audiodesc.core.cache import Store
from audiodesc.dialogue import SPOKEN, spoken_programme
from audiodesc.dialogue.combine import Dialogue
from audiodesc.dialogue.subtitle_source import read_subtitles
from audiodesc.dialogue.vad.segments import Activity, together
from audiodesc.media.probe import probe
from audiodesc.model import AudioTrack
from audiodesc.planning.gaps import gaps
from audiodesc.settings import DialogueSettings

FRAME_MS = 32
TRACK = AudioTrack(1, "flac", RATE, "stereo", "", "", False)


def stereo(samples: NDArray[np.float32], language: str = "", *, default: bool = False) -> Sound:
    return Sound(np.stack([samples, 0.9 * samples]), "stereo", language=language, default=default)


def known(path: Path, folder: Path, settings: DialogueSettings | None = None) -> tuple[Dialogue, int]:
    film, chosen = probe(path), settings or DialogueSettings()
    track = spoken_programme(film, chosen.audio_track).track
    given = read_subtitles(film, track, None, chosen)
    assert track
    return dialogue_of(film, track, given, chosen, Store(folder / "store")), track.index


def left(found: Dialogue) -> int:
    """How much of the lines lies in a pause."""
    return over_ms([gap.span for gap in gaps(found.cues, round(SECONDS * 1000), kinds=found.avoided)])


def messages(found: Dialogue) -> str:
    return " / ".join(note.message for note in found.notes)


def test_the_track_in_which_people_speak_is_the_programme(tmp_path: Path) -> None:
    """The first is the default one, and holds music."""
    sounds = [stereo(music(-27), default=True), stereo(speech() + music(-40, 1))]
    path = make_film(tmp_path / "film.mkv", SECONDS, sounds=sounds, fps=2)
    found, index = known(path, tmp_path)
    assert index == 2
    assert spoken_programme(probe(path)).why == SPOKEN
    assert left(found) == 0
    assert known(path, tmp_path, DialogueSettings(audio_track=1))[1] == 1


@pytest.mark.parametrize("language", ["", "de"])
def test_speech_on_a_track_beside_the_programme_is_dialogue_unless_it_is_a_dub(tmp_path: Path, language: str) -> None:
    """The second line is spoken on the second track alone."""
    first, second = speech((0, -200, 0)), speech((-200, 0, -200))
    sounds = [stereo(first + music(-50), default=True), stereo(second + music(-50, 1), language)]
    found, index = known(make_film(tmp_path / "film.mkv", SECONDS, sounds=sounds, fps=2), tmp_path)
    assert index == 1
    spoken = lines()[1].duration_ms
    assert left(found) == pytest.approx(0 if not language else spoken, abs=20)
    assert ("speech on sound track 2" in messages(found)) == (not language)


def rows(*parts: tuple[float, int]) -> Activity:
    """Probability and frames, all of it as loud as speech."""
    values = b"".join(bytes([round(value * 255)]) * frames for value, frames in parts)
    return Activity(values, bytes([200]) * (-(-len(values) // 16)))


def test_the_same_film_with_a_voice_more_keeps_no_pause_free() -> None:
    own = rows((0.9, 200), (0.0, 200), (0.9, 200), (0.0, 200))
    described = rows((0.9, 200), (0.0, 50), (0.9, 120), (0.0, 30), (0.9, 200), (0.0, 200))
    found = together(own, [(TRACK, described)], 800 * FRAME_MS)
    assert (found.activity, found.counted, found.aside) == (own, (), (TRACK,))


def test_a_track_that_goes_on_where_the_programme_is_silent_counts() -> None:
    values = b"".join((bytes([230]) * 400, bytes(400)))
    own = Activity(values, bytes([200]) * 25 + bytes(25))
    other = rows((0.9, 200), (0.0, 200), (0.9, 400))
    found = together(own, [(TRACK, rows((0.9, 800)))], 800 * FRAME_MS)
    assert found.activity.probabilities == bytes([230]) * 800
    assert together(own, [(TRACK, other)], 800 * FRAME_MS).activity.probabilities[400:] == bytes([230]) * 400


def test_a_copy_of_the_programme_changes_nothing() -> None:
    own = rows((0.9, 200), (0.0, 200))
    assert together(own, [(TRACK, own)], 400 * FRAME_MS).activity == own
    assert together(own, [], 400 * FRAME_MS).counted == ()
