"""Voices: what turns a line into sound.

A voice engine is one module and one row of `ENGINES`; a voice is a profile, data that names an engine
(`voices/*.toml`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from audiodesc.errors import InputError
from audiodesc.model import Utterance
from audiodesc.speak.profiles import Profile

ENGINES = {
    "espeak": "audiodesc.speak.espeak:Espeak",
}


class Voice(Protocol):
    """How to write a voice engine: a class that is made with a `Profile`."""

    @property
    def fingerprint(self) -> str:
        """All that the sound depends on: engine and version, model, voice, settings."""

    def say(self, text: str, rate: float) -> Utterance:
        """Speak `text` at `rate` times the natural speed (1 = natural, 1.15 = faster).

        Gives 48 kHz mono, silence trimmed at both ends, at the clips' common loudness (−23 LUFS).
        The speed is the engine's own, never a time stretch. May be called from any thread.
        Raises ValueError when nothing can be heard of the text.
        """


def voice(profile: Profile) -> Voice:
    """The voice that a profile describes. Raises InputError, which lists the known engines."""
    if profile.engine not in ENGINES:
        raise InputError(
            f"voice {profile.name}: there is no engine {profile.engine!r}",
            f"choose one of: {', '.join(sorted(ENGINES))}",
        )
    module, _, attribute = ENGINES[profile.engine].partition(":")
    return cast(Voice, getattr(import_module(module), attribute)(profile))
