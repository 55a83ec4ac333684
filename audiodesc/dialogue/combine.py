"""Subtitles against detected speech: used, moved or refused -> the dialogue, how it is known, and notes on that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from audiodesc.core.formatting import clock, number_of, seconds
from audiodesc.core.intervals import among
from audiodesc.core.speech_rate import usual_ms
from audiodesc.dialogue.merge import DialogueCue, merge_speech
from audiodesc.dialogue.subtitle_source import Subtitles
from audiodesc.dialogue.sync import Alignment, Correction, alignment, corrected, offset_text, refusal
from audiodesc.dialogue.vad.segments import Doubt, SpeechSegments
from audiodesc.media.sound_faults import Faults
from audiodesc.model import Cue, CueKind, Note, Span
from audiodesc.settings import Density, DialogueSettings
from audiodesc.subtitles.vocabulary import adverts

if TYPE_CHECKING:
    from audiodesc.dialogue.merge import DialogueCue
    from audiodesc.dialogue.vad.segments import Doubt


SMALL_MS = 450
"""Subtitles that are late or early by no more than this (0.4 s, and how exactly speech is heard) are moved unasked …"""

LEAST_MS = 100
"""… and those by less than this stay: it is how exactly speech is heard."""

LINGERS_MS = 500
"""So long a subtitle may stand beyond twice the time that its words take, before it seems to be late."""

UNHEARD = "{!r} looks like an advertisement: it is kept as dialogue, for nobody listens whether somebody speaks"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """When people speak, and how that is known.

    `protected` are the kinds of cues that nobody speaks over. `alignment` is what the sound says of the subtitles,
    None where one of the two is missing; `moved` is where they were put by it. `unsure` is where detection is less
    sure, and why; `faults` are those of the film's sound.
    """

    spoken: tuple[DialogueCue, ...]
    protected: tuple[CueKind, ...]
    detected: bool
    alignment: Alignment | None = None
    moved: tuple[Correction, ...] = ()
    notes: tuple[Note, ...] = ()
    faults: Faults = field(default_factory=Faults)
    unsure: tuple[tuple[Span, Doubt], ...] = ()

    @property
    def avoided(self) -> tuple[CueKind, ...]:
        """The kinds of cues over which no line is planned: the protected ones, and where speech may be undetected."""
        return (*self.protected, "unsure")

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
        return tuple(replace(one.cue, span=one.given) for one in self.spoken if one.given)

    @property
    def subtitles(self) -> tuple[Cue, ...]:
        """Those of speech."""
        return tuple(cue for cue in self.given if cue.kind == "speech")

    @property
    def voices(self) -> tuple[Span, ...]:
        """Where speech is heard that has no subtitle."""
        return tuple(one.cue.span for one in self.spoken if one.given is None and one.cue.kind == "speech")

    @property
    def is_known(self) -> bool:
        """Whether anything says when people speak."""
        return self.detected or bool(self.spoken)


def combine(
    given: Subtitles, sound: SpeechSegments, duration_ms: int, settings: DialogueSettings, density: Density
) -> Dialogue:
    """Subtitles held against detected speech; those that are late or early by less than SMALL_MS are moved.

    Raises SubtitleError for subtitles that are later or earlier, or of another film.
    """
    found = _alignment(given.cues, sound, duration_ms) if given.cues else None
    if found and given.optional and (why := _unfit(found, given.name, settings)):
        given, found = replace(given, cues=(), notes=(*given.notes, why)), None
    pieces, doubts = _moves(found, given.name, settings) if found else ((), ())
    placed = corrected(given.cues, pieces) if pieces else given.cues
    placed, unspoken = _without_adverts(placed, sound)
    doubts = (*doubts, *unspoken)
    spoken = merge_speech(placed, sound, trims=_are_in_time(found, pieces) and not settings.trust_subs)
    notes = (*given.notes, *doubts, *uncaptioned(spoken), *unsure_note(sound.unsure, given.cues, density))
    beside = _besides(given, found, sound, settings.trust_subs, density)
    spoken = tuple(sorted((*spoken, *beside), key=lambda one: one.cue.span))
    kinds = protected_kinds(settings, detected=True)
    return Dialogue(spoken, kinds, True, found, pieces, notes, unsure=sound.unsure)


def _alignment(cues: Sequence[Cue], sound: SpeechSegments, duration_ms: int) -> Alignment:
    """What the speech says of the cues; those that only seem late because they stand on after their words are not."""
    found = alignment(cues, sound.clear, duration_ms)
    if found.verdict not in ("off", "unknown"):
        return found
    said = alignment(_as_said(cues), sound.clear, duration_ms)
    return said if said.verdict == "in sync" else found


def _as_said(cues: Sequence[Cue]) -> list[Cue]:
    """The cues, none much longer than its words take: a line that stands on until it is pushed out is not late."""
    return [
        replace(cue, span=Span(cue.span.start_ms, min(cue.span.end_ms, cue.span.start_ms + _longest_ms(cue.text))))
        for cue in cues
    ]


def _longest_ms(text: str) -> int:
    return LINGERS_MS + 2 * usual_ms(text)


def _without_adverts(cues: tuple[Cue, ...], sound: SpeechSegments) -> tuple[tuple[Cue, ...], Iterator[Note]]:
    """The cues without advertisements under which nobody is heard, and a note on these."""
    silent = [cue for cue in adverts(cues) if not among(sound.speech, cue.span)]
    notes = (
        Note("dialogue", f"nobody is heard under {cue.text[:60]!r}: an advertisement is no dialogue", cue.span)
        for cue in silent
    )
    return tuple(cue for cue in cues if cue not in silent), notes


def _besides(
    given: Subtitles, found: Alignment | None, sound: SpeechSegments, trust_subs: bool, density: Density
) -> Iterator[DialogueCue]:
    """Where nobody is heard for sure, and no line is planned: where the sound puts trusted subtitles that are late or
    early, and, without subtitles, where detection is not sure."""
    if found and found.verdict == "off" and trust_subs:
        cues = corrected(given.cues, found.corrections)
        yield from (DialogueCue(Cue(cue.span, ""), None) for cue in cues if cue.kind == "speech")
    if not given.cues and density != "full":
        yield from (DialogueCue(Cue(span, "", "unsure"), None) for span, _ in sound.unsure)


def as_given(given: Subtitles, settings: DialogueSettings) -> Dialogue:
    """The subtitles as they are."""
    spoken = tuple(DialogueCue(cue, cue.span) for cue in given.cues)
    kept = [Note("dialogue", UNHEARD.format(cue.text[:60]), cue.span) for cue in adverts(given.cues)]
    return Dialogue(spoken, protected_kinds(settings, detected=False), False, notes=(*given.notes, *kept))


def protected_kinds(settings: DialogueSettings, *, detected: bool) -> tuple[CueKind, ...]:
    """What nobody speaks over. Text on screen is, where nothing but a subtitle says that it is not spoken too."""
    chosen: dict[CueKind, bool] = {
        "speech": True,
        "on_screen": not detected,
        "lyrics": settings.protect_lyrics,
        "sound": settings.protect_sounds,
    }
    return tuple(kind for kind, is_protected in chosen.items() if is_protected)


def _unfit(found: Alignment, name: str, settings: DialogueSettings) -> Note | None:
    """Why captions that nobody asked for are not used; None where they are. Those of live programmes are late, now
    more, now less."""
    refused = refusal(name, found, settings.shift_s)
    is_wanted = settings.trust_subs or (found.verdict == "off" and settings.sync)
    return (
        Note("dialogue", f"{refused.fault}: they are not used ({refused.remedy})")
        if refused and not is_wanted
        else None
    )


def _moves(found: Alignment, name: str, settings: DialogueSettings) -> tuple[tuple[Correction, ...], tuple[Note, ...]]:
    """How the cues are to be moved, and what is to be said of it. Raises SubtitleError where that is not allowed."""
    small = _small(found)
    if small and not settings.trust_subs:
        late = "late" if small.shift_ms < 0 else "early"
        why = f"the subtitles are {seconds(abs(small.shift_ms), 2)} s {late}: they are moved to their speech"
        return (small,), (Note("dialogue", why),)
    refused = refusal(name, found, settings.shift_s)
    if refused and found.verdict == "off" and settings.sync:
        why = f"the subtitles are {offset_text(found)}: they are moved to their speech"
        return found.corrections, (Note("dialogue", why),)
    if refused and not settings.trust_subs:
        raise refused
    if refused:
        return (), (Note("dialogue", f"{refused.fault}; they are used all the same"),)
    if found.verdict == "unknown":
        told_of = "the sound does not tell whether the subtitles are of this film, and in time: none is cut"
        return (), (Note("dialogue", told_of),)
    return (), ()


def _small(found: Alignment) -> Correction | None:
    """The shift of subtitles that are of this film, and nearly in time."""
    piece = found.corrections[0]
    is_small = LEAST_MS <= abs(piece.shift_ms) <= SMALL_MS and piece.rate == 1 and len(found.corrections) == 1
    return piece if found.verdict in ("in sync", "off") and is_small else None


def _are_in_time(found: Alignment | None, moved: Sequence[Correction]) -> bool:
    """Whether cues may be cut by the sound: of others nobody knows which speech is theirs."""
    return found is not None and (found.verdict == "in sync" or bool(moved))


WHY: Mapping[Doubt, str] = {
    "loud": "sound as loud as speech, such as music",
    "faint": "sound that may be speech",
}
NAMED = 3
"""So many stretches are named; the report has all."""


def uncaptioned(spoken: Sequence[DialogueCue]) -> Iterator[Note]:
    """Notes on speech that no subtitle has."""
    without = [one.cue.span for one in spoken if one.given is None]
    if len(without) == len(spoken):
        yield Note("dialogue", "no subtitles: the dialogue is the speech detected in the film's sound")
    elif without:
        seconds = sum(span.duration_ms for span in without) / 1000
        places = number_of(len(without), "place")
        yield Note(
            "dialogue", f"speech without a subtitle is heard for {seconds:.1f} s in {places}: it is dialogue too"
        )


def unsure_note(unsure: Sequence[tuple[Span, Doubt]], cues: Sequence[Cue], density: str) -> Iterator[Note]:
    """A note where no line is planned because speech may be there that is not detected."""
    if unsure and not cues and density != "full":
        seconds = sum(span.duration_ms for span, _ in unsure) / 1000
        yield Note(
            "dialogue",
            f"whether anybody speaks is not sure for {seconds:.1f} s ({unsure_stretches(unsure)}): make and describe "
            "plan no line there without subtitles (--subs), but with --density full",
        )


def unsure_stretches(unsure: Sequence[tuple[Span, Doubt]]) -> str:
    """The longest stretches in which detection is less sure, in order of time, each with why."""
    named = sorted(sorted(unsure, key=lambda one: -one[0].duration_ms)[:NAMED])
    told = ", ".join(f"{clock(span.start_ms)}–{clock(span.end_ms)}: {WHY[why]}" for span, why in named)
    return f"{told}, and {len(unsure) - NAMED} more" if len(unsure) > NAMED else told
