"""Who speaks, and in which language."""

from __future__ import annotations

from collections.abc import Iterator

from audiodesc.errors import UsageError
from audiodesc.model import AudioTrack, Note
from audiodesc.settings import Settings
from audiodesc.speak import neural_voice
from audiodesc.speak.profiles import Profile, default_profile, plain_tag, profile, profiles, speaks


def narrator(settings: Settings, track: AudioTrack | None) -> tuple[Profile, str, tuple[Note, ...]]:
    """The voice's profile, the language of the description (BCP 47), and what is to be said of the choice.

    A voice that was asked for speaks its own language; otherwise the film's language is taken, or English where it
    is not known or no voice speaks it. Of the voices that speak it a neural one is taken if its model is on this
    disk and can be used. Raises UsageError where a language is asked for that no voice speaks.
    """
    if settings.voice not in (None, "auto"):
        chosen = profile(settings.voice)
        return chosen, plain_tag(settings.language or chosen.language), tuple(_foreign(chosen, settings.language))
    wanted = plain_tag(settings.language or (track.language if track else "") or "en")
    neural, why = neural_voice(wanted)
    chosen = neural or default_profile(wanted)
    taken = Note("speak", f"the voice {chosen.name} speaks: {why}")
    if speaks(chosen, wanted):
        return chosen, wanted, (taken,)
    if settings.language:
        known = ", ".join(sorted({one.language for one in profiles()}))
        raise UsageError(f"no voice speaks {settings.language!r}", f"choose one of: {known}; or give --voice")
    return (
        chosen,
        chosen.language,
        (Note("speak", f"no voice speaks the film's language ({wanted}): English is spoken"), taken),
    )


def _foreign(chosen: Profile, language: str | None) -> Iterator[Note]:
    if language and not speaks(chosen, language):
        yield Note(
            "speak",
            f"the voice {chosen.name} speaks {chosen.language}, and the description is in {plain_tag(language)}: its "
            "words will sound wrong; choose another --voice (see `audiodesc voices`), or leave out --voice or --lang",
        )
