"""Notes on how the dialogue is known, and where detection is less sure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from audiodesc.core.formatting import clock, number_of
from audiodesc.model import Cue, Note, Span

if TYPE_CHECKING:
    from audiodesc.dialogue.merge import Spoken
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
            f"whether anybody speaks is not sure for {seconds:.1f} s ({stretches(unsure)}): make and describe plan no "
            "line there without subtitles (--subs), but with --density full",
        )


def stretches(unsure: Sequence[tuple[Span, Doubt]]) -> str:
    """The longest stretches in which detection is less sure, in order of time, each with why."""
    named = sorted(sorted(unsure, key=lambda one: -one[0].duration_ms)[:NAMED])
    told = ", ".join(f"{clock(span.start_ms)}–{clock(span.end_ms)}: {WHY[why]}" for span, why in named)
    return f"{told}, and {len(unsure) - NAMED} more" if len(unsure) > NAMED else told
