"""When people speak in a film: what its subtitles say, what is heard, and the one held against the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from audiodesc import cache
from audiodesc.errors import SubtitleError, UsageError
from audiodesc.hearing import VERSION, Heard, Spoken, dialogue_heard, heard, listen, packed, unpacked
from audiodesc.languages import tag
from audiodesc.media.faults import Faults, sound_faults, told_faults
from audiodesc.media.unchanged import of_unchanged
from audiodesc.model import AudioTrack, Cue, CueKind, Film, Note, Span
from audiodesc.plurals import number_of
from audiodesc.progress import Progress, Stopwatch
from audiodesc.settings import Settings
from audiodesc.subtitles import Hint, has_text, read_file
from audiodesc.subtitles import dialogue as read_dialogue
from audiodesc.subtitles.tracks import text_track
from audiodesc.sync import Alignment, Piece, alignment, moved_by, refusal, shifted, told


@dataclass(frozen=True, slots=True)
class Subtitles:
    """What is given as text. `name` is what messages call it; without subtitles there is no cue.

    Closed captions that nobody asked for are `optional`: left aside where they do not fit what is heard.
    """

    cues: tuple[Cue, ...] = ()
    name: str = ""
    notes: tuple[Note, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Dialogue:
    """When people speak, and how that is known.

    `protected` are the kinds of cues that nobody speaks over. `alignment` is what the sound says of the subtitles,
    None where one of the two is missing; `moved` is where they were put by it. `faults` are those of the film's sound.
    """

    spoken: tuple[Spoken, ...]
    protected: tuple[CueKind, ...]
    heard: bool
    alignment: Alignment | None = None
    moved: tuple[Piece, ...] = ()
    notes: tuple[Note, ...] = ()
    faults: Faults = field(default_factory=Faults)

    @property
    def cues(self) -> tuple[Cue, ...]:
        """All that is spoken, sung or shown; speech that has no subtitle has no text."""
        return tuple(one.cue for one in self.spoken)

    @property
    def texts(self) -> tuple[Cue, ...]:
        """The cues that have a text."""
        return tuple(cue for cue in self.cues if cue.text)

    @property
    def given(self) -> tuple[Cue, ...]:
        """The cues as they were given, though moved with all others: before the sound changed them."""
        return tuple(replace(one.cue, span=one.stood) for one in self.spoken if one.stood)

    @property
    def subtitles(self) -> tuple[Cue, ...]:
        """Those of speech."""
        return tuple(cue for cue in self.given if cue.kind == "speech")

    @property
    def voices(self) -> tuple[Span, ...]:
        """Where speech is heard that has no subtitle."""
        return tuple(one.cue.span for one in self.spoken if one.stood is None)

    @property
    def is_known(self) -> bool:
        """Whether anything says when people speak."""
        return self.heard or bool(self.spoken)


def read_subtitles(film: Film, track: AudioTrack | None, path: Path | None, settings: Settings) -> Subtitles:
    """The subtitles of a file, or the film's own; none where the film has none and its sound is heard.

    Raises SubtitleError for those that cannot be read. The film's own that nobody asked for are left aside then, with a
    note, where the film is heard. Raises UsageError where settings and `path` ask for different subtitles.
    """
    _check_choice(path, settings)
    asked = path is not None or settings.subs_track is not None
    if not settings.subs or (not asked and (settings.hear or not track) and _has_none(film)):
        return Subtitles()
    languages = (track.language if track else "", settings.language or "")
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


def _check_choice(path: Path | None, settings: Settings) -> None:
    if path and not settings.subs:
        raise UsageError(f"subtitles are given ({path}), and none are to be used", "leave out --no-subs or --subs")
    if path and settings.subs_track is not None:
        raise UsageError(
            f"subtitles are given ({path}), and those inside the film are chosen", "leave out --subs-track or --subs"
        )


def subtitles_if_any(film: Film, track: AudioTrack | None, path: Path | None, settings: Settings) -> Subtitles:
    """The same for a person's lines, which need none: where the film's own cannot be read a note says so."""
    try:
        return read_subtitles(film, track, path, settings)
    except SubtitleError as error:
        if path:
            raise
        return Subtitles(notes=(Note("dialogue", f"no subtitles are used: {error.fault}"),))


def hint(settings: Settings, track: AudioTrack | None = None) -> Hint:
    """What is known of the encoding of a text that is given with a film, or alone."""
    return Hint(settings.encoding or "", tag(track.language) if track else "")


def _has_none(film: Film) -> bool:
    return all(track.is_text for track in film.subtitle_tracks) and not has_text(film)


def dialogue(
    film: Film, track: AudioTrack | None, given: Subtitles, settings: Settings, store: cache.Store, watch: Stopwatch
) -> Dialogue:
    """Subtitles and what is heard as one. Without `settings.hear`, or without sound, the subtitles as they are. Where
    the sound cannot be decoded somebody may speak: that is dialogue too.

    Raises SubtitleError for subtitles that are late, early, or of another film, and where none is left in the film.
    """
    faults = Faults()
    if track:
        with watch("hear"):
            faults = sound_faults(film, track, store)
    given = moved(given, settings.shift_s, film.duration_ms)
    return _with_faults(_subtitled_or_heard(film, track, given, settings, store, watch), faults)


def _with_faults(found: Dialogue, faults: Faults) -> Dialogue:
    if faults == Faults():
        return found
    unheard = [Spoken(Cue(span, ""), None) for span in faults.unheard]
    spoken = sorted((*found.spoken, *unheard), key=lambda one: one.cue.span) if unheard else found.spoken
    return replace(found, spoken=tuple(spoken), notes=(*found.notes, *told_faults(faults)), faults=faults)


def _subtitled_or_heard(
    film: Film, track: AudioTrack | None, given: Subtitles, settings: Settings, store: cache.Store, watch: Stopwatch
) -> Dialogue:
    if not (settings.hear and track):
        _check_reach(given, film)
        return unheard(given, settings)
    with watch("hear"):
        sound = _heard(film, track, store, watch.progress)
    found = alignment(given.cues, sound.speech, film.duration_ms) if given.cues else None
    if found and given.optional and (why := _unfit(found, given.name, settings)):
        given, found = replace(given, cues=(), notes=(*given.notes, why)), None
    pieces, doubts = _moves(found, given.name, settings) if found else ((), ())
    placed = shifted(given.cues, pieces) if pieces else given.cues
    spoken = dialogue_heard(placed, sound, cuts=_are_in_time(found, pieces) and not settings.trust_subs)
    notes = (*given.notes, *doubts, *_uncaptioned(spoken))
    return Dialogue(spoken, protected_kinds(settings, heard=True), True, found, pieces, notes)


def of_file(path: Path | None, settings: Settings) -> Dialogue:
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
    return unheard(moved(Subtitles(cues, str(path or ""), notes), settings.shift_s), settings)


def unheard(given: Subtitles, settings: Settings) -> Dialogue:
    """The subtitles as they are."""
    spoken = tuple(Spoken(cue, cue.span) for cue in given.cues)
    return Dialogue(spoken, protected_kinds(settings, heard=False), False, notes=given.notes)


def moved(given: Subtitles, shift_s: float, duration_ms: float = math.inf) -> Subtitles:
    """The subtitles later by so many seconds, with a note on those that are then outside the film.

    Raises SubtitleError where all of them are.
    """
    if not (shift_s and given.cues):
        return given
    cues = moved_by(given.cues, shift_s)
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


def _check_reach(given: Subtitles, film: Film) -> None:
    if given.cues and not _before(given.cues, film.duration_ms):
        raise SubtitleError(
            f"{given.name}: no subtitle lies in the film", "give the film's own, or move them by --shift"
        )


def _before(cues: Sequence[Cue], end_ms: float) -> int:
    """How many of the cues begin before the film's end."""
    return sum(cue.span.start_ms < end_ms for cue in cues)


def protected_kinds(settings: Settings, *, heard: bool) -> tuple[CueKind, ...]:
    """What nobody speaks over. Text on screen is, where nothing but a subtitle says that it is not spoken too."""
    chosen: dict[CueKind, bool] = {
        "speech": True,
        "on_screen": not heard,
        "lyrics": settings.protect_lyrics,
        "sound": settings.protect_sounds,
    }
    return tuple(kind for kind, is_protected in chosen.items() if is_protected)


def _heard(film: Film, track: AudioTrack, store: cache.Store, show: Progress) -> Heard:
    name = cache.key("heard", VERSION, film=film.fingerprint, track=track)
    chances = store.made(name, unpacked, lambda: packed(of_unchanged(film, listen(film, track, show))))
    return heard(chances, film.duration_ms)


def _unfit(found: Alignment, name: str, settings: Settings) -> Note | None:
    """Why captions that nobody asked for are not used; None where they are. Those of live programmes are late, now
    more, now less."""
    refused = refusal(name, found, settings.shift_s)
    is_wanted = settings.trust_subs or (found.verdict == "off" and settings.sync)
    return (
        Note("dialogue", f"{refused.fault}: they are not used ({refused.remedy})")
        if refused and not is_wanted
        else None
    )


def _moves(found: Alignment, name: str, settings: Settings) -> tuple[tuple[Piece, ...], tuple[Note, ...]]:
    """How the cues are to be moved, and what is to be said of it. Raises SubtitleError where that is not allowed."""
    refused = refusal(name, found, settings.shift_s)
    if refused and found.verdict == "off" and settings.sync:
        return found.pieces, (Note("dialogue", f"the subtitles are {told(found)}: they are moved to their speech"),)
    if refused and not settings.trust_subs:
        raise refused
    if refused:
        return (), (Note("dialogue", f"{refused.fault}; they are used all the same"),)
    if found.verdict == "unknown":
        told_of = "the sound does not tell whether the subtitles are of this film, and in time: none is cut"
        return (), (Note("dialogue", told_of),)
    return (), ()


def _are_in_time(found: Alignment | None, moved: Sequence[Piece]) -> bool:
    """Whether cues may be cut by the sound: of others nobody knows which speech is theirs."""
    return found is not None and (found.verdict == "in sync" or bool(moved))


def _uncaptioned(spoken: Sequence[Spoken]) -> Iterator[Note]:
    without = [one.cue.span for one in spoken if one.stood is None]
    if len(without) == len(spoken):
        yield Note("dialogue", "no subtitles: the dialogue is what is heard in the film's sound")
    elif without:
        seconds = sum(span.duration_ms for span in without) / 1000
        places = number_of(len(without), "place")
        yield Note(
            "dialogue", f"speech without a subtitle is heard for {seconds:.1f} s in {places}: it is dialogue too"
        )


def provenance(found: Dialogue) -> dict[str, Any]:
    """How the dialogue is known, for the report: what became of the subtitles, and which cues the sound changed."""
    sources = {"subtitles": any(one.stood for one in found.spoken), "sound": found.heard}
    return {
        "known_from": [name for name, is_used in sources.items() if is_used],
        "protected": list(found.protected),
        "subtitles": _aligned(found.alignment, found.moved) if found.alignment else None,
        "changed_by_sound": [_changed(one.cue.span, one.stood) for one in found.spoken if one.cue.span != one.stood],
    }


def _aligned(found: Alignment, moved: Sequence[Piece]) -> dict[str, Any]:
    pieces = [{"from_ms": piece.start_ms, "rate": piece.rate, "shift_ms": piece.shift_ms} for piece in moved]
    return {
        "verdict": found.verdict,
        "score": round(found.score, 3),
        "beyond_chance": round(found.sure, 2),
        "moved": pieces,
    }


def _changed(span: Span, stood: Span | None) -> dict[str, int | None]:
    """By how many ms a subtitle was made longer (or, below 0, shorter) at both ends; None for one that is not there."""
    early = stood.start_ms - span.start_ms if stood else None
    late = span.end_ms - stood.end_ms if stood else None
    return {"start_ms": span.start_ms, "end_ms": span.end_ms, "earlier_ms": early, "later_ms": late}
