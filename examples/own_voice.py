"""A voice engine that speaks each word as a tone, for testing places and levels without any words.

As a script: `python own_voice.py TEXT OUT.wav` writes how a text sounds.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Interval

from audiodesc.core.downloads import Downloads
from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.core.progress import Progress
from audiodesc.model import Take
from audiodesc.speak.finish import finish_clip
from audiodesc.speak.profiles import Profile, checked_settings

RATE_HZ = 22_050
WORD_S, PAUSE_S = 0.25, 0.1


@dataclass(frozen=True)
class Options:
    """`--option tones.pitch_hz=220`, or `pitch_hz = 220` in the table [settings] of a profile."""

    pitch_hz: Annotated[int, Interval(ge=80, le=2000)] = 440


class Tones:
    """A voice: the engine with a profile."""

    def __init__(self, pitch_hz: int) -> None:
        self._pitch_hz = pitch_hz

    @property
    def fingerprint(self) -> str:
        """Clips are cached under it, so all that the sound depends on has to be in it."""
        return f"tones 1 pitch_hz={self._pitch_hz}"

    def takes_ipa(self, ipa: str) -> bool:
        return True

    def say(self, text: str, rate: float) -> Take:
        words = text.split()
        if not words:
            raise ValueError("there is no word in it")
        word_s, pause_s = WORD_S / rate, PAUSE_S / rate
        times = np.arange(int(word_s * RATE_HZ)) / RATE_HZ
        tone = 0.3 * np.sin(2 * np.pi * self._pitch_hz * times) * np.hanning(len(times))
        word = np.concatenate([tone, np.zeros(int(pause_s * RATE_HZ))]).astype(np.float32)
        return Take(finish_clip(np.tile(word, len(words)), RATE_HZ), rate)


class Engine:
    """Its entry in the table of voice engines."""

    name = "tones"
    summary = "a tone for each word"
    needs = "nothing"
    install = ""
    options = Options
    auto_rank = -1  # only where it is asked for by name

    def availability(self) -> Availability:
        return AVAILABLE

    def profiles(self) -> Sequence[Profile]:
        return [
            Profile("tones-en", "tones", "tones", "en", "CC0-1.0", rate_wpm=170, description="a tone for each word")
        ]

    def on_disk(self, profile: Profile) -> bool:
        return True

    def fetch(self, profile: Profile, downloads: Downloads, progress: Progress) -> None:
        """Nothing has to be downloaded."""

    def create(self, profile: Profile) -> Tones:
        return Tones(checked_settings(profile, Options).pitch_hz)


ENGINE = Engine()


def main() -> None:
    from audiodesc.media.clips import wav_bytes

    text, path = sys.argv[1:]
    Path(path).write_bytes(wav_bytes(ENGINE.create(ENGINE.profiles()[0]).say(text, 1.0).samples))


if __name__ == "__main__":
    main()
