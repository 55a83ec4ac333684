"""What the report says of the film's dialogue and sound: how it is known when people speak, and what is in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Le

from audiodesc.core.formatting import number_of
from audiodesc.core.intervals import joined
from audiodesc.dialogue.combine import unsure_stretches
from audiodesc.model import Cue, CueKind, Outcome, Span

if TYPE_CHECKING:
    from audiodesc.dialogue.combine import Dialogue
    from audiodesc.dialogue.merge import DialogueCue
    from audiodesc.dialogue.sync import Alignment, Correction
    from audiodesc.media.sound_faults import Faults

LONGEST_MS = 10**10
"""Four months: no film is longer."""

Ms = Annotated[int, Ge(0), Le(LONGEST_MS)]
Count = Annotated[int, Ge(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPiece:
    """Subtitles from a time on were moved: time × rate + shift."""

    from_ms: int
    rate: float
    shift_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleSync:
    """What the sound says of the subtitles' times: `score` is a correlation up to 1, `beyond_chance` by how much it
    beats those of wrong subtitles; `moved` is where they were put by it."""

    verdict: Literal["in sync", "off", "foreign", "unknown"]
    score: float
    beyond_chance: float
    moved: tuple[MovedPiece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """Where voice activity detection is less sure, and why."""

    start_ms: Ms
    end_ms: Ms
    why: Literal["loud", "faint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the proof that no line lies over dialogue rests on: so many subtitles, and voice activity detection."""

    subtitles: Count
    detection: bool
    less_sure: tuple[Unsure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CueChange:
    """By how many ms a cue was made longer (below 0: shorter) at both ends; None for speech without a subtitle."""

    start_ms: Ms
    end_ms: Ms
    earlier_ms: int | None
    later_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderSubtitles:
    """A spoken line that lies under subtitles in which nobody is heard: for how long, and what they say."""

    start_ms: Ms
    end_ms: Ms
    line: str
    under_ms: Ms
    subtitles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverLyrics:
    """A spoken line that lies over songs: for how long, and what is sung."""

    start_ms: Ms
    end_ms: Ms
    line: str
    over_ms: Ms
    lyrics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDialogue:
    """How it is known when people speak, what the sound changed of it, and what is spoken near it."""

    known_from: tuple[Literal["subtitles", "sound"], ...]
    protected: tuple[CueKind, ...]
    subtitles: SubtitleSync | None
    basis: Basis
    changed_by_sound: tuple[CueChange, ...]
    lines_under_subtitles: tuple[UnderSubtitles, ...]
    lines_over_lyrics: tuple[OverLyrics, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSplice:
    """Where the film's sound has a hole, for which so much silence is put in, or (below 0) so much is left out."""

    at_ms: Ms
    silence_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFaults:
    """What is wrong with the film's sound in its file: packets that cannot be decoded, and splices."""

    undecoded_packets: Count
    undecoded: tuple[Span, ...]
    splices: tuple[ReportSplice, ...]
    spliced: Count
    silence_ms: float
    cut_ms: float


def dialogue_report(found: Dialogue, outcomes: Sequence[Outcome]) -> ReportDialogue:
    """How the dialogue is known, what became of the subtitles, and which lines lie under them or over songs."""
    sources: dict[Literal["subtitles", "sound"], bool] = {
        "subtitles": any(one.given for one in found.spoken),
        "sound": found.detected,
    }
    songs = [cue for cue in found.given if cue.kind == "lyrics"]
    return ReportDialogue(
        known_from=tuple(name for name, is_used in sources.items() if is_used),
        protected=tuple(found.protected),
        subtitles=_sync(found.alignment, found.moved) if found.alignment else None,
        basis=Basis(
            subtitles=sum(cue.kind == "speech" for cue in found.texts),
            detection=found.detected,
            less_sure=tuple(Unsure(start_ms=span.start_ms, end_ms=span.end_ms, why=why) for span, why in found.unsure),
        ),
        changed_by_sound=tuple(_changed(one) for one in found.spoken if one.cue.span != one.given),
        lines_under_subtitles=tuple(
            UnderSubtitles(start_ms=span.start_ms, end_ms=span.end_ms, line=line, under_ms=ms, subtitles=texts)
            for span, line, ms, texts in _over(found.subtitles, outcomes)
        ),
        lines_over_lyrics=tuple(
            OverLyrics(start_ms=span.start_ms, end_ms=span.end_ms, line=line, over_ms=ms, lyrics=texts)
            for span, line, ms, texts in _over(songs, outcomes)
        ),
    )


def _sync(found: Alignment, moved: Sequence[Correction]) -> SubtitleSync:
    return SubtitleSync(
        verdict=found.verdict,
        score=round(found.score, 3),
        beyond_chance=round(found.significance, 2),
        moved=tuple(MovedPiece(from_ms=one.start_ms, rate=one.rate, shift_ms=one.shift_ms) for one in moved),
    )


def _changed(one: DialogueCue) -> CueChange:
    span, stood = one.cue.span, one.given
    early = stood.start_ms - span.start_ms if stood else None
    late = span.end_ms - stood.end_ms if stood else None
    return CueChange(start_ms=span.start_ms, end_ms=span.end_ms, earlier_ms=early, later_ms=late)


def _over(cues: Sequence[Cue], outcomes: Sequence[Outcome]) -> Iterator[tuple[Span, str, int, tuple[str, ...]]]:
    """When and what each line is that overlaps the cues, for how many ms, and what these cues say."""
    whole = joined(cue.span for cue in cues)
    for speech in (outcome.speech for outcome in outcomes if outcome.speech):
        if overlap_ms := sum(span.overlap_ms(speech.span) for span in whole):
            texts = tuple(cue.text for cue in cues if cue.span.overlap_ms(speech.span))
            yield speech.span, speech.line.text, overlap_ms, texts


def faults_report(found: Faults) -> SoundFaults:
    """The faults of the film's sound, as they stand in the report."""
    return SoundFaults(
        undecoded_packets=found.packets,
        undecoded=found.unheard,
        splices=tuple(ReportSplice(at_ms=one.at_ms, silence_ms=one.ms) for one in found.splices),
        spliced=found.spliced,
        silence_ms=found.silence_ms,
        cut_ms=found.cut_ms,
    )


def proof(known: ReportDialogue) -> str:
    """On what the proof that no line lies over dialogue rests; "" where nothing is known."""
    subtitles = number_of(known.basis.subtitles, "subtitle") if known.basis.subtitles else ""
    parts = [part for part in (subtitles, "detected speech" if known.basis.detection else "") if part]
    doubt = f"; detection is less sure at {doubts(known)}" if known.basis.less_sure else ""
    return f"over {' and '.join(parts)}{doubt}" if parts else ""


def doubts(known: ReportDialogue) -> str:
    """Where detection is less sure, and why; "" where it is nowhere."""
    unsure = [(Span(one.start_ms, one.end_ms), one.why) for one in known.basis.less_sure]
    return unsure_stretches(unsure) if unsure else ""
