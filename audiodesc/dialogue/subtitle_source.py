"""Which subtitles are used, as they are given: those of a file, or the film's own; shifted as asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audiodesc.core.formatting import clock
from audiodesc.core.languages import tag
from audiodesc.dialogue.sync import shifted_by
from audiodesc.dialogue.sync.correlate import FARTHEST_MS
from audiodesc.errors import SubtitleError, UsageError
from audiodesc.model import AudioTrack, Cue, Film, Note
from audiodesc.settings import DialogueSettings
from audiodesc.subtitles import film_cues, has_text, read_file
from audiodesc.subtitles.encodings import Hint
from audiodesc.subtitles.timecodes import from_programme_start, overlaps_film, shifted, without_subtitle_zero
from audiodesc.subtitles.tracks import text_track


@dataclass(frozen=True, slots=True)
class Subtitles:
    """What is given as text. `name` is what messages call it; without subtitles there is no cue.

    Closed captions that nobody asked for are `optional`: left aside where they do not fit the detected speech.
    """

    cues: tuple[Cue, ...] = ()
    name: str = ""
    notes: tuple[Note, ...] = ()
    optional: bool = False


def read_subtitles(
    film: Film,
    track: AudioTrack | None,
    path: Path | None,
    settings: DialogueSettings,
    language: str = "",
    *,
    optional: bool = False,
) -> Subtitles:
    """The subtitles of a file, or the film's own; none where the film has none and speech is detected in its sound.

    `language` is that of the description (BCP 47): the film's own are in that of its sound, or else in this one. The
    film's own that cannot be read are left aside with a note where they are `optional`, or where nobody asked for them
    and speech is detected. Raises SubtitleError for others that cannot be read, UsageError where settings and `path`
    ask for different subtitles.
    """
    _check_choice(path, settings)
    asked = path is not None or settings.subs_track is not None
    if not settings.subs or (not asked and (settings.hear or not track) and _has_none(film)):
        return Subtitles()
    languages = (track.language if track else "", language)
    captions = path is None and text_track(film, settings.subs_track) is None
    try:
        cues, notes = film_cues(film, path, hint(settings, track), settings.subs_track, languages)
    except SubtitleError as error:
        if not asked and settings.hear and track:
            why = f"{error.fault}: they are not used, and dialogue is detected in the sound; give text with --subs FILE"
            return Subtitles(notes=(Note("dialogue", why),))
        if path:
            raise
        if optional:
            return Subtitles(notes=(Note("dialogue", f"no subtitles are used: {error.fault}"),))
        way = "leave them aside with --no-subs" if settings.hear else "leave out --no-hear"
        raise SubtitleError(error.fault, f"{error.remedy}, or {way}") from error
    own = f"{film.path} (its {'closed captions' if captions else 'text track'})"
    return Subtitles(cues, str(path or own), notes, captions)


def _check_choice(path: Path | None, settings: DialogueSettings) -> None:
    if path and not settings.subs:
        raise UsageError(f"subtitles are given ({path}), and none are to be used", "leave out --no-subs or --subs")
    if path and settings.subs_track is not None:
        raise UsageError(
            f"subtitles are given ({path}), and those inside the film are chosen", "leave out --subs-track or --subs"
        )


def hint(settings: DialogueSettings, track: AudioTrack | None = None) -> Hint:
    """What is known of the encoding of a text that is given with a film, or alone."""
    return Hint(settings.encoding or "", tag(track.language) if track else "")


def _has_none(film: Film) -> bool:
    return all(track.is_text for track in film.subtitle_tracks) and not has_text(film)


def of_file(path: Path | None, settings: DialogueSettings) -> Subtitles:
    """The subtitles of a file for which there is no film; none without one.

    Raises UsageError where settings ask for what only a film's sound can tell.
    """
    _check_choice(path, settings)
    if settings.subs_track is not None:
        raise UsageError("--subs-track is about subtitles inside a film, and there is none", "give it with --film")
    for name, is_asked in (("--sync", settings.sync), ("--trust-subs", settings.trust_subs)):
        if is_asked:
            raise UsageError(f"{name} is about the sound of a film, and there is none", "give it with --film")
    cues, notes = read_file(path, hint=hint(settings)) if path else ((), ())
    if cues and not settings.shift_s:
        cues, more = from_programme_start(cues, None)
        notes = (*notes, *more)
    return shifted_subtitles(Subtitles(cues, str(path or ""), notes), settings.shift_s)


def shifted_subtitles(given: Subtitles, shift_s: float, duration_ms: float = math.inf) -> Subtitles:
    """The subtitles later by so many seconds, with a note on those that are then outside the film.

    Raises SubtitleError where all of them are.
    """
    if not (shift_s and given.cues):
        return given
    cues = shifted_by(given.cues, shift_s)
    left = _before(cues, duration_ms)
    if not left:
        raise SubtitleError(
            f"{given.name}: a shift of {shift_s:+g} s puts all subtitles outside the film",
            "give --shift in seconds, not in milliseconds",
        )
    lost = _before(given.cues, duration_ms) - left
    are = "is" if lost == 1 else "are"
    notes = [Note("dialogue", f"{lost} of the subtitles {are} outside the film after a shift of {shift_s:+g} s")]
    return replace(given, cues=cues, notes=(*given.notes, *(notes if lost > 0 else ())))


def in_reach(given: Subtitles, film: Film, settings: DialogueSettings, *, detected: bool) -> tuple[Subtitles, bool]:
    """The subtitles, and whether none of them lies in the film: those that are too far away to be held against its
    speech are put at its start first.

    Raises SubtitleError where nobody asked for that, or no speech is detected: the film would be free for the narrator.
    """
    if not given.cues or overlaps_film(given.cues, film.duration_ms):
        return given, False
    cues = without_subtitle_zero(given.cues)
    first_ms, last_ms = cues[0].span.start_ms, max(cue.span.end_ms for cue in cues)
    if detected and first_ms < film.duration_ms + FARTHEST_MS:
        return given, True
    if not (settings.sync and detected):
        ask = "move them by --shift, or let --sync find their place" if detected else "move them by --shift"
        lie = f"they run from {clock(first_ms)} to {clock(last_ms)}, and the film ends at {clock(film.duration_ms)}"
        raise SubtitleError(f"{given.name}: no subtitle lies in the film: {lie}", ask)
    why = f"no subtitle lies in the film: they are {clock(first_ms)} earlier, and their place is looked for from there"
    return replace(given, cues=shifted(cues, first_ms), notes=(*given.notes, Note("dialogue", why))), True


def _before(cues: Sequence[Cue], end_ms: float) -> int:
    """How many of the cues begin before the film's end."""
    return sum(cue.span.start_ms < end_ms for cue in cues)
