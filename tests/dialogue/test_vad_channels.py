"""Speech that is not in the middle, soft speech, and where detection is not sure: scenes made of known speech."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import pytest
from films import RATE
from numpy.typing import NDArray

from audiodesc.dialogue.combine import Dialogue, combine
from audiodesc.dialogue.subtitle_source import Subtitles
from audiodesc.dialogue.vad import activity
from audiodesc.dialogue.vad.segments import Activity, SpeechSegments, as_levels, speech_segments
from audiodesc.dialogue.vad.silero import CHUNK, channel_mixes, screened
from audiodesc.model import Cue, Span
from audiodesc.planning.gaps import gaps
from audiodesc.settings import Density, DialogueSettings
from audiodesc.speak import profile, voice

Mono = NDArray[np.float32]
FRAME_MS = 32
TEXTS = ("The last ferry leaves at six, Dad.", "Take the lantern.", "Keep it. Put it in the window for me.")
STARTS_S = (3.0, 8.0, 12.5)
SECONDS = 18.0
TOLERATED_MS = 20


@functools.cache
def said(number: int) -> Mono:
    """A line at 48 kHz, at about -23 dBFS."""
    return voice(profile("espeak-en-gb-f")).say(TEXTS[number], 1.0).samples


def speech(gains_db: tuple[float, ...] = (0, 0, 0)) -> Mono:
    out = np.zeros(round(SECONDS * RATE), np.float32)
    for number, (at_s, gain_db) in enumerate(zip(STARTS_S, gains_db, strict=True)):
        samples = said(number)
        out[round(at_s * RATE) :][: len(samples)] = samples * np.float32(10 ** (gain_db / 20))
    return out


def lines() -> list[Span]:
    starts = [round(at_s * 1000) for at_s in STARTS_S]
    return [Span(at, at + len(said(number)) * 1000 // RATE) for number, at in enumerate(starts)]


def music(level_db: float, seed: int = 0) -> Mono:
    """Chords that swell and fade every two seconds, with noise in them; RMS in dBFS."""
    random = np.random.default_rng(seed)
    times = np.arange(round(SECONDS * RATE)) / RATE
    out = 0.1 * random.normal(size=len(times))
    for second in range(0, int(SECONDS), 2):
        here = slice(second * RATE, (second + 2) * RATE)
        for hz in random.choice((131, 165, 196, 247, 294, 330, 392), 4, replace=False):
            out[here] += np.sin(2 * np.pi * hz * times[here]) * np.sin(np.pi * (times[here] - second) / 2) ** 2
    return np.asarray(out / out.std() * 10 ** (level_db / 20), np.float32)


def pauses(found: SpeechSegments, cues: tuple[Cue, ...] = (), density: Density = "normal") -> list[Span]:
    known = combine(Subtitles(cues, "mine.srt"), found, round(SECONDS * 1000), DialogueSettings(), density)
    return [gap.span for gap in gaps(known.cues, round(SECONDS * 1000), kinds=known.avoided)]


def hear(samples: NDArray[np.float32], layout: str) -> SpeechSegments:
    duration_ms = samples.shape[1] * 1000 // RATE
    return speech_segments(activity([samples], layout, -(-duration_ms // FRAME_MS)), duration_ms)


def over_ms(found: list[Span], spoken: list[Span] | None = None) -> int:
    return sum(one.overlap_ms(pause) for one in spoken or lines() for pause in found)


HALF = np.float32(0.5)
Place = Callable[[Mono, Mono, Mono], list[Mono]]
STEREO: dict[str, Place] = {
    "one channel inverted": lambda v, a, b: [v + a, a - v],
    "the sides alone": lambda v, a, b: [v + 2 * a, 2 * a - v],
    "the left alone": lambda v, a, b: [v + a, b],
    "the right alone": lambda v, a, b: [b, v + a],
}
SURROUND: dict[str, Place] = {
    "front left": lambda v, a, b: [v + a, b, a, 0 * a, a, b],
    "low frequencies": lambda v, a, b: [a, b, a, v, a, b],
    "one surround": lambda v, a, b: [a, b, a, 0 * a, v + b * HALF, a * HALF],
    "surrounds, one inverted": lambda v, a, b: [a, b, a, 0 * a, v + a * HALF, a * HALF - v],
    "the centre": lambda v, a, b: [a, b, v, 0 * a, a, b],
}


@pytest.mark.parametrize("place", [*STEREO, *SURROUND])
def test_speech_is_detected_wherever_it_is_mixed(place: str) -> None:
    """Under music that is as loud in the other channels, less 4 dB: nothing of it lies in a pause."""
    made = (STEREO | SURROUND)[place](speech(), music(-27), music(-27, 1))
    found = pauses(hear(np.stack(made), "stereo" if len(made) == 2 else "5.1"))
    assert over_ms(found) <= TOLERATED_MS
    assert sum(pause.duration_ms for pause in found) >= 0.6 * (SECONDS * 1000 - sum(s.duration_ms for s in lines()))


def test_a_soft_line_beside_loud_ones_is_detected_though_its_subtitle_is_missing() -> None:
    found = hear((speech((0, -24, 0)) + music(-75))[np.newaxis], "mono")
    cues = tuple(Cue(span, text) for number, (span, text) in enumerate(zip(lines(), TEXTS, strict=True)) if number != 1)
    assert over_ms(pauses(found, cues)) <= TOLERATED_MS


def rows(*parts: tuple[float, int]) -> bytes:
    return b"".join(bytes([round(value * 255)]) * frames for value, frames in parts)


def test_whispers_count_where_nothing_else_raises_the_probability_and_not_in_music() -> None:
    quiet = (0.01, 300)
    found = Activity(rows(quiet, (0.2, 30), quiet, (0.2, 30), quiet))
    whispers = speech_segments(found, 960 * FRAME_MS)
    assert [span.duration_ms for span in whispers.speech] == [30 * FRAME_MS, 30 * FRAME_MS]
    assert whispers.clear == ()
    music = speech_segments(Activity(rows((0.05, 300), (0.2, 30), (0.05, 300), (0.2, 30), (0.05, 300))), 960 * FRAME_MS)
    assert music.speech == ()


def test_a_probability_that_stays_in_between_is_no_ground_to_speak() -> None:
    """8 s; without subtitles nothing is said there, with `full` it is, and with subtitles these tell."""
    values = rows((0.05, 200), (0.3, 4), (0.2, 246), (0.05, 200))
    found = speech_segments(Activity(values), 650 * FRAME_MS)
    [(span, why)] = found.unsure
    assert (span.start_ms // FRAME_MS, span.end_ms // FRAME_MS, why) == (200, 450, "faint")
    known = combine(Subtitles(), found, 650 * FRAME_MS, DialogueSettings(), "normal")
    assert [cue.kind for cue in known.cues] == ["unsure"]
    assert known.voices == ()
    assert "whether anybody speaks is not sure for 8.0 s (0:06–0:14: sound that may be speech)" in told(known)
    assert "make and describe plan no line there without subtitles (--subs), but with --density full" in told(known)
    assert combine(Subtitles(), found, 650 * FRAME_MS, DialogueSettings(), "full").cues == ()
    subtitles = (Cue(Span(1_000, 2_000), "Yes."),)
    assert combine(Subtitles(subtitles), found, 650 * FRAME_MS, DialogueSettings(), "normal").cues == subtitles


def told(known: Dialogue) -> str:
    return " / ".join(note.message for note in known.notes)


@pytest.mark.parametrize(("level_db", "is_sure"), [(-24.5, False), (-21, False), (-40, True), (-8, True)])
def test_sound_as_loud_as_speech_may_hide_some(level_db: float, is_sure: bool) -> None:
    """What is much louder hides nothing: nobody could be heard in it."""
    spoken, after = 320, 480
    values = rows((0.9, spoken), (0.01, after))
    levels = as_levels(np.array([10 ** (-23 / 10)] * (spoken // 16) + [10 ** (level_db / 10)] * (after // 16)))
    found = speech_segments(Activity(values, bytes(levels)), 800 * FRAME_MS)
    assert [(span.start_ms // FRAME_MS, why) for span, why in found.unsure] == ([] if is_sure else [(spoken, "loud")])


def test_copies_and_silent_channels_are_not_asked() -> None:
    spoken = np.resize(speech(), CHUNK)
    other = np.resize(music(-20), CHUNK)

    def asked(channels: list[Mono], layout: str) -> int:
        return len(screened(channel_mixes(layout).weights @ np.stack(channels)).mixes)

    assert asked([spoken, spoken], "stereo") == 1
    assert asked([spoken, -spoken], "stereo") == 1
    assert asked([spoken, 0 * spoken], "stereo") == 1
    assert asked([0 * spoken, 0 * spoken], "stereo") == 0
    assert asked([spoken, other], "stereo") >= 3
    assert asked([0 * spoken, 0 * spoken, spoken, 0 * spoken, 0 * spoken, 0 * spoken], "5.1") == 1
