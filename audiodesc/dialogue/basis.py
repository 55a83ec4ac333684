"""How the dialogue is known: what the report tells of it, and the words for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audiodesc.core.formatting import clock, number_of
from audiodesc.model import Cue, Note, Span

if TYPE_CHECKING:
    from audiodesc.dialogue.combine import Dialogue
    from audiodesc.dialogue.merge import Spoken
    from audiodesc.dialogue.sync import Alignment, Correction
    from audiodesc.dialogue.vad.segments import Doubt

WHY: Mapping[Doubt, str] = {
    "loud": "sound as loud as speech, such as music",
    "faint": "sound that may be speech",
}
NAMED = 3
"""So many stretches are named; the report has all."""


def uncaptioned(spoken: Sequence[Spoken]) -> Iterator[Note]:
    """Notes on speech that no subtitle has."""
    without = [one.cue.span for one in spoken if one.stood is None]
    if len(without) == len(spoken):
        yield Note("dialogue", "no subtitles: the dialogue is what is heard in the film's sound")
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
            f"whether anybody speaks is not sure for {seconds:.1f} s ({_stretches(unsure)}): make and describe plan no "
            "line there without subtitles (--subs), but with --density full",
        )


def _stretches(unsure: Sequence[tuple[Span, Doubt]]) -> str:
    """The longest ones, in order of time."""
    named = sorted(sorted(unsure, key=lambda one: -one[0].duration_ms)[:NAMED])
    told = ", ".join(f"{clock(span.start_ms)}–{clock(span.end_ms)}: {WHY[why]}" for span, why in named)
    return f"{told}, and {len(unsure) - NAMED} more" if len(unsure) > NAMED else told


def basis(told: Mapping[str, Any]) -> str:
    """On what the proof that no line lies over dialogue rests, from the report's "dialogue"; "" where nothing does."""
    known = told.get("basis")
    if not known:
        return ""
    subtitles = number_of(known["subtitles"], "subtitle") if known["subtitles"] else ""
    parts = [part for part in (subtitles, "detected speech" if known["detection"] else "") if part]
    doubt = f"; detection is less sure at {doubts(told)}" if known["less_sure"] else ""
    return f"over {' and '.join(parts)}{doubt}" if parts else ""


def doubts(told: Mapping[str, Any]) -> str:
    """Where detection is less sure, and why, from the report's "dialogue"; "" where it is nowhere."""
    known = told.get("basis")
    unsure = [(Span(one["start_ms"], one["end_ms"]), one["why"]) for one in known["less_sure"]] if known else []
    return _stretches(unsure) if unsure else ""


def provenance(found: Dialogue) -> dict[str, Any]:
    """How the dialogue is known, for the report: what became of the subtitles, and which cues the sound changed."""
    sources = {"subtitles": any(one.stood for one in found.spoken), "sound": found.heard}
    return {
        "known_from": [name for name, is_used in sources.items() if is_used],
        "protected": list(found.protected),
        "subtitles": _aligned(found.alignment, found.moved) if found.alignment else None,
        "basis": {
            "subtitles": sum(cue.kind == "speech" for cue in found.texts),
            "detection": found.heard,
            "less_sure": [{"start_ms": span.start_ms, "end_ms": span.end_ms, "why": why} for span, why in found.unsure],
        },
        "changed_by_sound": [_changed(one.cue.span, one.stood) for one in found.spoken if one.cue.span != one.stood],
    }


def _aligned(found: Alignment, moved: Sequence[Correction]) -> dict[str, Any]:
    pieces = [{"from_ms": piece.start_ms, "rate": piece.rate, "shift_ms": piece.shift_ms} for piece in moved]
    return {
        "verdict": found.verdict,
        "score": round(found.score, 3),
        "beyond_chance": round(found.significance, 2),
        "moved": pieces,
    }


def _changed(span: Span, stood: Span | None) -> dict[str, int | None]:
    """By how many ms a subtitle was made longer (or, below 0, shorter) at both ends; None for one that is not there."""
    early = stood.start_ms - span.start_ms if stood else None
    late = span.end_ms - stood.end_ms if stood else None
    return {"start_ms": span.start_ms, "end_ms": span.end_ms, "earlier_ms": early, "later_ms": late}
