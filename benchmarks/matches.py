"""Are right subtitles told from shifted ones, and from those of other films?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from spoken import blocks, captions_spoken

from audiodesc.dialogue.sync import Alignment, alignment, corrected
from audiodesc.dialogue.vad import detect, probabilities
from audiodesc.dialogue.vad.segments import Activity, speech_segments
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.model import Cue, Span
from audiodesc.subtitles import read_file

HEAD = (
    "| captions | cues | as they are | score | beyond chance | 2.4 s late | 90 s late | timed for 25, shown at 23.976 "
    "| 5 s late from the middle on | others: beyond chance at most | refused | not told |"
)
SPOKEN = {
    "elephantsdream": "elephantsdream-videojs/captions.en.vtt",
    "deadline": "ableplayer-deadline/deadline_captions_en.vtt",
    "blocks4all": "ableplayer-blocks4all/blocks4all_captions_en.vtt",
    "wwa": "ableplayer-wwa/wwa_captions_en.vtt",
    **{
        name: f"wai-perspectives/{name}/{name}_ad.en.vtt"
        for name in ("captions", "contrast", "controls", "customizable", "layout")
    },
}
FILMED = {
    "sintel": ("sintel-trailer/sintel.vtt", "sintel-trailer/sintel_trailer_854x480.mp4"),
    "plan 9": ("enable-a11y-plan9/plan-9-trailer.en.vtt", "enable-a11y-plan9/plan-9-trailer-enscribe--av1.mp4"),
    "his girl friday": ("his-girl-friday/friday.vtt", "his-girl-friday/friday.mp4"),
}
SAMPLE = Path(__file__).parent.parent / "samples" / "sample"


@dataclass(frozen=True)
class Case:
    """A film's captions, and when it is heard to speak."""

    cues: tuple[Cue, ...]
    speech: tuple[Span, ...]
    duration_ms: int


def matches(media: Path) -> Iterator[str]:
    """The table's lines. Films of which there is text only are spoken by the built-in voices, over soft noise."""
    cases = dict(_cases(media))
    yield f"{HEAD}\n|{' --- |' * 12}"
    for name, case in cases.items():
        right = _aligned(case.cues, case)
        others = [_aligned(other.cues, case) for key, other in cases.items() if key != name]
        errors = [_error(case, move) for move in (_late, _later, _stretched, _broken)]
        cells = (
            name,
            len(case.cues),
            right.verdict,
            f"{right.score:.2f}",
            f"{right.significance:.1f}",
            *errors,
            f"{max(other.significance for other in others):.1f}",
            sum(other.verdict == "foreign" for other in others),
            sum(other.verdict == "unknown" for other in others),
        )
        yield f"| {' | '.join(map(str, cells))} |"
    yield "\n- in ms: how far the worst of the repaired cues lies from where it stood before it was moved."


def _cases(media: Path) -> Iterator[tuple[str, Case]]:
    yield "sample", _filmed(SAMPLE.with_suffix(".srt"), SAMPLE.with_suffix(".mp4"))
    for name, (subtitles, film) in FILMED.items():
        yield name, _filmed(media / subtitles, media / film)
    for name, subtitles in SPOKEN.items():
        cues = read_file(media / subtitles)[0]
        known = captions_spoken([cue for cue in cues if cue.kind == "speech"])
        values = np.rint(probabilities(blocks(known.samples), "mono") * 255).astype(np.uint8)
        yield (
            f"{name} (spoken)",
            Case(cues, speech_segments(Activity(bytes(values)), known.duration_ms).clear, known.duration_ms),
        )


def _filmed(subtitles: Path, path: Path) -> Case:
    film = probe(path)
    track = programme(film).track
    assert track
    found = speech_segments(detect(film, track), film.duration_ms)
    return Case(read_file(subtitles)[0], found.clear, film.duration_ms)


def _aligned(cues: Sequence[Cue], case: Case) -> Alignment:
    return alignment(cues, case.speech, case.duration_ms)


def _error(case: Case, move: Callable[[Span, int], tuple[float, float]]) -> str:
    """How far the worst cue is from its place after moved subtitles were found to be off, and repaired."""
    middle = sorted(cue.span.start_ms for cue in case.cues)[len(case.cues) // 2]
    pairs = [(cue, move(cue.span, middle)) for cue in case.cues if cue.kind == "speech"]
    kept = [
        (replace(cue, span=Span(round(start), round(end))), cue.span.start_ms)
        for cue, (start, end) in pairs
        if round(start) >= 0
    ]
    found = _aligned([cue for cue, _ in kept], case)
    if found.verdict != "off":
        return found.verdict
    repaired = corrected([cue for cue, _ in kept], found.corrections)
    wanted = sorted(place for _, place in kept)
    return str(max(abs(cue.span.start_ms - place) for cue, place in zip(repaired, wanted, strict=True)))


def _late(span: Span, middle_ms: int) -> tuple[float, float]:
    return span.start_ms + 2400, span.end_ms + 2400


def _later(span: Span, middle_ms: int) -> tuple[float, float]:
    return span.start_ms + 90_000, span.end_ms + 90_000


def _stretched(span: Span, middle_ms: int) -> tuple[float, float]:
    return span.start_ms * 24 / 1.001 / 25, span.end_ms * 24 / 1.001 / 25


def _broken(span: Span, middle_ms: int) -> tuple[float, float]:
    late_ms = 5000 if span.start_ms >= middle_ms else 0
    return span.start_ms + late_ms, span.end_ms + late_ms
