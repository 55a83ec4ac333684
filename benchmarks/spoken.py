"""Sound in which each moment of speech is known: the built-in voices' own words, placed in noise and music."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.sound import BLOCK, RATE_HZ, read_sound
from audiodesc.model import Cue, Span
from audiodesc.speak import all_profiles, voice
from audiodesc.speak.profiles import Profile

sys.path.append(str(Path(__file__).parent.parent / "samples"))

Mono = NDArray[np.float32]
PER_MS = RATE_HZ // 1000
FRAME = RATE_HZ // 100
QUIET_DB = -40
"""Speech is where 10 ms of a clean line are louder than this, against its loudest 10 ms …"""

CLOSED_MS = 300
"""… and between, where no more than this is not."""

LINES = (
    "The last ferry leaves at six, Dad.", "Take the lantern.", "Keep it. Put it in the window for me.", "No.",
    "I have been alone for as long as I can remember.", "Who is there?", "A dangerous quest for a lone hunter.",
    "It's seven fifty-six thirty-five.", "Stop! Wait for me!", "You fool, sometimes you just don't see.", "Yes, sir.",
    "Hmm, are you sure?",
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """Mono sound at 48 kHz, and when somebody speaks in it."""

    samples: Mono
    speech: tuple[Span, ...]

    @property
    def duration_ms(self) -> int:
        return len(self.samples) // PER_MS


def lines_and_pauses(seed: int = 0) -> Known:
    """All LINES in each English voice, with pauses of 0.3 to 5 s."""
    random = np.random.default_rng(seed)
    parts, speech, at = [np.zeros(3 * RATE_HZ, np.float32)], [], 3 * RATE_HZ
    for profile in english():
        for text in LINES:
            samples = voice(profile).say(text, 1.0).samples
            speech += _moved(speech_in(samples), at // PER_MS)
            pause = np.zeros(round(random.uniform(0.3, 5) * 1000) * PER_MS, np.float32)
            parts += [samples, pause]
            at += len(samples) + len(pause)
    return Known(np.concatenate(parts), tuple(speech))


def captions_spoken(cues: Sequence[Cue], seed: int = 7) -> Known:
    """The text of captions, each beginning up to 150 ms after its cue and fast enough to end in it, over soft noise."""
    random = np.random.default_rng(seed)
    sound = np.zeros((cues[-1].span.end_ms + 8000) * PER_MS, np.float32)
    speech: list[Span] = []
    voices = english()
    for number, cue in enumerate(cues):
        start = cue.span.start_ms + int(random.uniform(0, 150))
        samples = _said(voices[number // 2 % len(voices)], cue)[: len(sound) - start * PER_MS]
        sound[start * PER_MS :][: len(samples)] += samples
        speech += _moved(speech_in(samples), start)
    return Known(sound + pink(len(sound)) * np.float32(10 ** (-38 / 20)), tuple(speech))


def _said(profile: Profile, cue: Cue) -> Mono:
    text, wanted = " ".join(cue.text.split()), cue.span.duration_ms * PER_MS
    try:
        samples = voice(profile).say(text, 1.15).samples
        return samples if len(samples) <= wanted else voice(profile).say(text, min(2, len(samples) / wanted)).samples
    except ValueError:  # nothing that can be spoken
        return np.zeros(0, np.float32)


def english() -> list[Profile]:
    """The built-in voices of English, which need no model."""
    return [one for one in all_profiles() if one.language.startswith("en") and one.engine == "espeak"]


def speech_in(samples: Mono, quiet_db: float = QUIET_DB, closed_ms: int = CLOSED_MS) -> list[Span]:
    """Where a clean line is loud."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    if not len(frames):
        return []
    powers = np.square(frames).mean(axis=1)
    spans: list[Span] = []
    for place in np.flatnonzero(powers > powers.max() * 10 ** (quiet_db / 10)) * 10:
        if spans and place - spans[-1].end_ms <= closed_ms:
            spans[-1] = Span(spans[-1].start_ms, int(place) + 10)
        else:
            spans.append(Span(int(place), int(place) + 10))
    return spans


def _moved(spans: list[Span], by_ms: int) -> list[Span]:
    return [Span(span.start_ms + by_ms, span.end_ms + by_ms) for span in spans]


def mixed(known: Known, background: Mono, over_db: float, level_db: float = -23) -> Mono:
    """The speech so many dB above a background (both as RMS, the speech where it is), itself at `level_db`."""
    spoken = np.concatenate([known.samples[s.start_ms * PER_MS : s.end_ms * PER_MS] for s in known.speech])
    speech_rms = np.sqrt(np.square(spoken).mean())
    behind = np.resize(background, len(known.samples))
    behind *= speech_rms / np.sqrt(np.square(behind).mean()) * 10 ** (-over_db / 20)
    return np.asarray((known.samples + behind) * (10 ** (level_db / 20) / speech_rms), np.float32)


def pink(count: int, seed: int = 0) -> Mono:
    """Noise whose power falls by 3 dB an octave; RMS 1."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, count)
    return np.asarray(noise / noise.std(), np.float32)


def backgrounds(media: Path) -> Iterator[tuple[str, Mono]]:
    """Noise, the sample film's music, and, where they are there, music and noises of films without speech."""
    import sounds  # of the sample film

    yield "pink noise", pink(60 * RATE_HZ)
    yield "soft chords", np.asarray(sounds.music(60.0)[:, 0], np.float32)
    for name, path, start_s, end_s in (
        ("cartoon music", "bbb-moviepy/big_buck_bunny_0_30.webm", 2, 30),
        ("pop music", "googlework/googlework_short.mp4", 3, 20),
    ):
        if (media / path).is_file():
            yield name, film_sound(media / path)[start_s * RATE_HZ : end_s * RATE_HZ]


def film_sound(path: Path) -> Mono:
    """All channels of a film's sound as one."""
    film = probe(path)
    track = programme(film).track
    assert track
    return np.concatenate([block.mean(axis=0) for block in read_sound(film, track)])


def blocks(sound: Mono) -> Iterator[NDArray[np.float32]]:
    """As `read_sound` gives a film's sound: seconds of shape (1, samples)."""
    return (sound[np.newaxis, at : at + BLOCK] for at in range(0, len(sound), BLOCK))
