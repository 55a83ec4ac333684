"""Voices of single lines: what speaks a line that has a voice of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from audiodesc.core.cache import Store
from audiodesc.errors import AudiodescError
from audiodesc.model import Note
from audiodesc.narration.voice import Narrator, Speak, cached_voice
from audiodesc.speak import Voice

LineVoices = Callable[[str], Speak | None]
"""The name of a line's voice -> what speaks it; None for "", the narrator's own, and a voice that cannot be used."""


def no_voices(name: str) -> None:
    """Every line is the narrator's."""


def line_voices(narrator: Narrator, store: Store) -> LineVoices:
    """What speaks lines by the names of their voices, made once each, with the narrator's lexicon. For any thread."""

    @cache
    def of(name: str) -> Speak | None:
        if name in ("", narrator.profile.name):
            return None
        try:
            return cached_voice(_usable(narrator, name), narrator.lexicon, store)
        except AudiodescError:  # `voice_notes` says why
            return None

    return of


def voice_notes(narrator: Narrator, names: Iterable[str]) -> Iterator[Note]:
    """A note for each voice of lines that cannot be used, so that the narrator speaks them."""
    for name in sorted(set(names) - {"", narrator.profile.name}):
        try:
            _usable(narrator, name)
        except AudiodescError as error:
            yield Note("speak", f"the voice {name} cannot speak its lines, and {narrator.profile.name} does: {error}")


def _usable(narrator: Narrator, name: str) -> Voice:
    """Raises AudiodescError where it is not there, or cannot speak the lexicon."""
    voice = narrator.other(name)
    narrator.lexicon.check(voice.takes_ipa)
    return voice
