"""What is known around a moment of a film, and nothing of what comes later, unless that is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from audiodesc.describers.basic.texts import parse_facts
from audiodesc.describers.people import ledger
from audiodesc.footage import Footage
from audiodesc.media.frames import frame_times
from audiodesc.model import Cue, FrameRequest, Span
from audiodesc.project.lines import ProjectLine

DIALOGUE_MS: Final = 60_000
"""So long before the moment, and after it where that is wanted, dialogue is taken."""

TEXTS_MS: Final = 10_000
"""So long before the moment, texts on the screen."""

MOST_CUES, MOST_LINES, MOST_TEXTS, MOST_PEOPLE, MOST_SHOTS = 24, 12, 12, 12, 40


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around a moment, each in order of time.

    `at_ms` is the time that is asked about, None where the whole moment is. `shots` are those of the moment, as far as
    they are in it, `pictures_ms` when the pictures are that a model is shown. `texts` are on the screen, with when they
    are seen. `lines` are what the description says up to the moment, `people` those whom these mention and the cast, as
    "Ilsa: a woman in a white dress", `speakers` all who are named as speakers by then.
    """

    moment: Span
    shots: tuple[Span, ...]
    at_ms: int | None = None
    pictures_ms: tuple[int, ...] = ()
    dialogue: tuple[Cue, ...] = ()
    texts: tuple[tuple[Span, str], ...] = ()
    lines: tuple[ProjectLine, ...] = ()
    people: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


def around(
    footage: Footage,
    moment: Span,
    at_ms: int | None = None,
    frames: FrameRequest | None = None,
    *,
    spoilers: bool = False,
) -> Around:
    """What is known around a moment, or a time in it, of which a model is shown `frames`. Without `spoilers` all of it
    begins before the moment ends."""
    ends_ms = moment.end_ms + (DIALOGUE_MS if spoilers else 0)
    cues = [cue for cue in footage.cues if cue.text and cue.span.start_ms < ends_ms]
    near = [cue for cue in cues if cue.span.end_ms > moment.start_ms - DIALOGUE_MS]
    lines = [line for line in footage.lines if line.text and line.start_ms < ends_ms]
    people = [str(one).removeprefix("- ") for one in ledger([line.text for line in lines], footage.context)]
    return Around(
        moment,
        tuple(_inside(footage, moment)),
        at_ms,
        tuple(frame_times(moment, frames)) if frames else (),
        tuple(cue for cue in near if cue.kind != "on_screen")[-MOST_CUES:],
        tuple(_texts(footage, near, moment, ends_ms))[-MOST_TEXTS:],
        tuple(lines[-MOST_LINES:]),
        tuple(people[-MOST_PEOPLE:]),
        tuple(dict.fromkeys(who for cue in cues for who in (cue.speakers or (cue.speaker,)) if who))[-MOST_PEOPLE:],
    )


def _inside(footage: Footage, moment: Span) -> list[Span]:
    first, last = footage.shot_at(moment.start_ms), footage.shot_at(max(moment.start_ms, moment.end_ms - 1))
    return [
        Span(max(shot.start_ms, moment.start_ms), max(shot.start_ms, min(shot.end_ms, moment.end_ms)))
        for shot in footage.shots[first : last + 1]
    ]


def _texts(footage: Footage, cues: list[Cue], moment: Span, ends_ms: int) -> list[tuple[Span, str]]:
    """From subtitles, and as a describer read them in the picture."""
    read = [(text.span, text.text) for draft in footage.drafts for text in parse_facts(draft.facts).texts]
    found = [(cue.span, cue.text) for cue in cues if cue.kind == "on_screen"]
    near = [
        (span, text)
        for span, text in (*found, *read)
        if span.start_ms < ends_ms and span.end_ms > moment.start_ms - TEXTS_MS
    ]
    return sorted(dict.fromkeys(near))
