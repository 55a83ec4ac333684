"""When people speak in a film: what its subtitles say, what is heard, and the one held against the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from audiodesc.core import cache
from audiodesc.core.formatting import clock
from audiodesc.core.languages import tag
from audiodesc.core.progress import Progress, Stopwatch
from audiodesc.dialogue.combine import Dialogue, Subtitles, combined, protected_kinds, unheard
from audiodesc.dialogue.merge import Spoken
from audiodesc.dialogue.sync import shifted_by
from audiodesc.dialogue.sync.correlate import FARTHEST_MS
from audiodesc.dialogue.vad import VERSION, detect, packed, unpacked
from audiodesc.dialogue.vad.segments import Activity, SpeechSegments, speech_segments
from audiodesc.dialogue.vad.tracks import Together, together
from audiodesc.errors import SubtitleError, UsageError
from audiodesc.media import programme
from audiodesc.media.opening import of_unchanged
from audiodesc.media.sound_faults import Faults, fault_notes, sound_faults
from audiodesc.model import AudioTrack, Cue, Film, Note
from audiodesc.settings import Density, DialogueSettings
from audiodesc.subtitles import Hint, has_text, read_file
from audiodesc.subtitles import dialogue as read_dialogue
from audiodesc.subtitles.timecodes import from_programme_start, overlaps_film, shifted, without_subtitle_zero
from audiodesc.subtitles.tracks import text_track

__all__ = ["Dialogue", "Subtitles", "combined", "dialogue", "of_file", "protected_kinds", "read_subtitles"]

MOST_PEERS = 7
"""Other sound tracks that are listened to: each costs as much as the first."""


def read_subtitles(
    film: Film, track: AudioTrack | None, path: Path | None, settings: DialogueSettings, language: str = ""
) -> Subtitles:
    """The subtitles of a file, or the film's own; none where the film has none and its sound is heard.

    `language` is that of the description (BCP 47): the film's own are in that of its sound, or else in this one.

    Raises SubtitleError for those that cannot be read. The film's own that nobody asked for are left aside then, with a
    note, where the film is heard. Raises UsageError where settings and `path` ask for different subtitles.
    """
    _check_choice(path, settings)
    asked = path is not None or settings.subs_track is not None
    if not settings.subs or (not asked and (settings.hear or not track) and _has_none(film)):
        return Subtitles()
    languages = (track.language if track else "", language)
    optional = path is None and text_track(film, settings.subs_track) is None
    try:
        cues, notes = read_dialogue(film, path, hint(settings, track), settings.subs_track, languages)
    except SubtitleError as error:
        if not asked and settings.hear and track:
            told = (
                f"{error.fault}: they are not used, and the dialogue is what is heard; text is given with --subs FILE"
            )
            return Subtitles(notes=(Note("dialogue", told),))
        if path:
            raise
        way = "leave them aside with --no-subs" if settings.hear else "leave out --no-hear"
        raise SubtitleError(error.fault, f"{error.remedy}, or {way}") from error
    own = f"{film.path} (its {'closed captions' if optional else 'text track'})"
    return Subtitles(cues, str(path or own), notes, optional)


def _check_choice(path: Path | None, settings: DialogueSettings) -> None:
    if path and not settings.subs:
        raise UsageError(f"subtitles are given ({path}), and none are to be used", "leave out --no-subs or --subs")
    if path and settings.subs_track is not None:
        raise UsageError(
            f"subtitles are given ({path}), and those inside the film are chosen", "leave out --subs-track or --subs"
        )


def subtitles_if_any(
    film: Film, track: AudioTrack | None, path: Path | None, settings: DialogueSettings, language: str = ""
) -> Subtitles:
    """The same for a person's lines, which need none: where the film's own cannot be read a note says so."""
    try:
        return read_subtitles(film, track, path, settings, language)
    except SubtitleError as error:
        if path:
            raise
        return Subtitles(notes=(Note("dialogue", f"no subtitles are used: {error.fault}"),))


def hint(settings: DialogueSettings, track: AudioTrack | None = None) -> Hint:
    """What is known of the encoding of a text that is given with a film, or alone."""
    return Hint(settings.encoding or "", tag(track.language) if track else "")


def _has_none(film: Film) -> bool:
    return all(track.is_text for track in film.subtitle_tracks) and not has_text(film)


def dialogue(
    film: Film,
    track: AudioTrack | None,
    given: Subtitles,
    settings: DialogueSettings,
    density: Density,
    store: cache.Store,
    watch: Stopwatch,
) -> Dialogue:
    """Subtitles and what is heard as one. Without `settings.hear`, or without sound, the subtitles as they are. Where
    the sound cannot be decoded somebody may speak: that is dialogue too. With the
    density "full" what may be speech is none.

    Raises SubtitleError for subtitles that are late, early, or of another film, and where none is left in the film.
    """
    faults = Faults()
    if track:
        with watch("hear"):
            faults = sound_faults(film, track, store)
    given = moved(given, settings.shift_s, film.duration_ms)
    return _with_faults(_subtitled_or_heard(film, track, given, settings, density, store, watch), faults)


def _with_faults(found: Dialogue, faults: Faults) -> Dialogue:
    if faults == Faults():
        return found
    unheard = [Spoken(Cue(span, ""), None) for span in faults.unheard]
    spoken = sorted((*found.spoken, *unheard), key=lambda one: one.cue.span) if unheard else found.spoken
    return replace(found, spoken=tuple(spoken), notes=(*found.notes, *fault_notes(faults)), faults=faults)


def _subtitled_or_heard(
    film: Film,
    track: AudioTrack | None,
    given: Subtitles,
    settings: DialogueSettings,
    density: Density,
    store: cache.Store,
    watch: Stopwatch,
) -> Dialogue:
    given, is_outside = _in_reach(given, film, settings, heard=bool(settings.hear and track))
    if not (settings.hear and track):
        return unheard(given, settings)
    with watch("hear"):
        sound, notes = _all_heard(film, track, settings, store, watch.progress)
    given = replace(given, notes=(*given.notes, *notes))
    found = combined(given, sound, film.duration_ms, settings, density)
    told = found.alignment
    if is_outside and told and not (found.moved or told.verdict == "in sync"):
        fault = f"{given.name}: no subtitle lies in the film, and the speech that is heard does not tell their place"
        raise SubtitleError(fault, "move them by --shift")
    return found


def _all_heard(
    film: Film, track: AudioTrack, settings: DialogueSettings, store: cache.Store, show: Progress
) -> tuple[SpeechSegments, tuple[Note, ...]]:
    """What is heard on the programme, and on tracks of equal standing unless it was asked for."""
    others = programme.peers(film, track)[:MOST_PEERS] if settings.audio_track is None else ()
    besides = [(one, _heard(film, one, store, show)) for one in others]
    found = together(_heard(film, track, store, show), besides, film.duration_ms)
    return speech_segments(found.activity, film.duration_ms), tuple(_of_tracks(film, found))


def _of_tracks(film: Film, found: Together) -> Iterator[Note]:
    for track in found.counted:
        which = programme.name(film, track)
        yield Note("dialogue", f"speech on sound track {which} is dialogue too: it may be heard with the first")
    for track in found.aside:
        which = programme.name(film, track)
        yield Note("dialogue", f"sound track {which} has the same dialogue and a voice more: that voice is not counted")


def of_file(path: Path | None, settings: DialogueSettings) -> Dialogue:
    """The dialogue by a subtitle file alone, nothing being known where there is none.

    Raises UsageError where settings ask for what only a film's sound can tell.
    """
    _check_choice(path, settings)
    if settings.subs_track is not None:
        raise UsageError("--subs-track is about subtitles inside a film, and there is none", "give it with --film")
    for name, is_asked in (("--sync", settings.sync), ("--trust-subs", settings.trust_subs)):
        if is_asked:
            raise UsageError(f"{name} is about what is heard in a film, and there is none", "give it with --film")
    cues, notes = read_file(path, hint=hint(settings)) if path else ((), ())
    if cues and not settings.shift_s:
        cues, told = from_programme_start(cues, None)
        notes = (*notes, *told)
    return unheard(moved(Subtitles(cues, str(path or ""), notes), settings.shift_s), settings)


def moved(given: Subtitles, shift_s: float, duration_ms: float = math.inf) -> Subtitles:
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


def _in_reach(given: Subtitles, film: Film, settings: DialogueSettings, *, heard: bool) -> tuple[Subtitles, bool]:
    """The subtitles, and whether nothing of them lies in the film: those that are too far away to be held against its
    speech are put at its start first.

    Raises SubtitleError where nobody asked for that, or nobody listens: the film would be free for the narrator.
    """
    if not given.cues or overlaps_film(given.cues, film.duration_ms):
        return given, False
    cues = without_subtitle_zero(given.cues)
    first_ms, last_ms = cues[0].span.start_ms, max(cue.span.end_ms for cue in cues)
    if heard and first_ms < film.duration_ms + FARTHEST_MS:
        return given, True
    if not (settings.sync and heard):
        ask = "move them by --shift, or let --sync find their place" if heard else "move them by --shift"
        lie = f"they run from {clock(first_ms)} to {clock(last_ms)}, and the film ends at {clock(film.duration_ms)}"
        raise SubtitleError(f"{given.name}: no subtitle lies in the film: {lie}", ask)
    told = f"no subtitle lies in the film: they are {clock(first_ms)} earlier, and their place is looked for from there"
    return replace(given, cues=shifted(cues, first_ms), notes=(*given.notes, Note("dialogue", told))), True


def _before(cues: Sequence[Cue], end_ms: float) -> int:
    """How many of the cues begin before the film's end."""
    return sum(cue.span.start_ms < end_ms for cue in cues)


def _heard(film: Film, track: AudioTrack, store: cache.Store, show: Progress) -> Activity:
    key = cache.key("heard", VERSION, film=film.fingerprint, track=track)
    return store.made(
        key,
        lambda kept: unpacked(kept, film.duration_ms),
        lambda: packed(of_unchanged(film, detect(film, track, show))),
    )
