"""Voices: what turns a line into sound.

A voice engine is one module and one row of `ENGINES`; a voice is a profile, data that names an engine
(`voices/*.toml`). `lexicon` changes how names are spoken before any engine sees them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol, cast

from audiodesc.errors import AudiodescError, InputError
from audiodesc.model import Take
from audiodesc.speak.coqui.files import on_disk
from audiodesc.speak.profiles import Profile, plain_tag, speaks
from audiodesc.speak.profiles import profiles as shipped

ENGINES = {
    "coqui": "audiodesc.speak.coqui:Coqui",
    "espeak": "audiodesc.speak.espeak:Espeak",
}
FETCHERS = {
    "coqui": "audiodesc.speak.coqui.fetch:fetch",
}
"""For engines whose models are downloads: a function of a `Profile` that gets what is missing."""


class Voice(Protocol):
    """How to write a voice engine: a class that is made with a `Profile`.

    It is made in a moment, and without the network; all that can be known to be wrong is raised then.
    """

    @property
    def fingerprint(self) -> str:
        """All that the sound depends on: engine and version, model, voice, settings."""

    def takes_ipa(self, ipa: str) -> bool:
        """Whether `say` can speak these sounds where they stand between the marks of `lexicon`."""

    def say(self, text: str, rate: float) -> Take:
        """Speak `text` at `rate` times the natural speed (1 = natural, 1.15 = faster).

        Gives 48 kHz mono, silence trimmed at both ends, at the clips' common loudness (−23 LUFS).
        The speed is the engine's own, never a time stretch: a voice without one speaks at its natural speed
        and says so in the utterance's `rate`. May be called from any thread.
        Raises ValueError when nothing can be heard of the text.
        """


def voice(profile: Profile, *, fetch: bool = False) -> Voice:
    """The voice that a profile describes.

    With `fetch`, a model that is not on this disk is downloaded; without it there is no use of the network.
    Raises InputError, which lists the known engines, and what the engine raises.
    """
    if profile.engine not in ENGINES:
        raise InputError(
            f"voice {profile.name}: there is no engine {profile.engine!r}",
            f"choose one of: {', '.join(sorted(ENGINES))}",
        )
    if fetch and profile.engine in FETCHERS:
        _load(FETCHERS[profile.engine])(profile)
    return cast(Voice, _load(ENGINES[profile.engine])(profile))


def neural_voice(language: str) -> tuple[Profile | None, str]:
    """The best neural voice for a language that can speak here, if there is one, and why it is this one or none."""
    against = "no neural voice's model for its language is on this disk"
    for profile in neural_profiles(language):
        try:
            voice(profile)
        except AudiodescError as error:
            against = str(error)
        else:
            return profile, "its model is on this disk"
    return None, against


def neural_profiles(language: str) -> list[Profile]:
    """The shipped Coqui voices that speak a language and whose models are on this disk, best first.

    The same region comes first; of equals, the shortest name wins, then the alphabet. A model whose licence
    bars some uses has to be asked for by name. Nothing heavy is imported.
    """
    wanted = plain_tag(language)
    candidates = [p for p in shipped() if p.engine == "coqui" and speaks(p, language) and _is_free(p) and on_disk(p)]
    return sorted(candidates, key=lambda p: (plain_tag(p.language) != wanted, len(p.name), p.name))


def _is_free(profile: Profile) -> bool:
    return "LicenseRef" not in profile.licence and "-NC" not in profile.licence


def _load(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)
