"""The report: what was said where, what was left out and why, and the proof of the first rule."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from audiodesc.core.intervals import joined
from audiodesc.model import Cue, Film, Gap, Note, Outcome, Span

LIBRARIES = (
    "av",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pysubs2",
    "webvtt-py",
    "pydub",
    "rapidocr",
    "soxr",
    "espeakng-loader",
)


def report(
    film: Film,
    settings: Mapping[str, Any],
    cues: Sequence[Cue],
    gaps: Sequence[Gap],
    outcomes: Sequence[Outcome],
    notes: Sequence[Note],
) -> dict[str, Any]:
    """Everything that is known before the sound is made; only facts that the same command gives again."""
    return {
        "made_by": f"audiodesc {version('audiodesc')}",
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
        "film": {
            "name": film.path.name,
            "fingerprint": film.fingerprint,
            "duration_ms": film.duration_ms,
            "container": film.container,
            "video": asdict(film.video),
            "audio_tracks": [
                asdict(track) | {"parts": list(track.parts), "turns": list(track.turns)} for track in film.audio_tracks
            ],
            "subtitle_tracks": [asdict(track) for track in film.subtitle_tracks],
        },
        "settings": dict(settings),
        "totals": totals(film, gaps, outcomes),
        "notes": [as_row(note) for note in notes],
        "cues": [_span(c.span) | {"kind": c.kind, "speaker": c.speaker, "text": c.text} for c in cues],
        "gaps": [_span(gap.span) | {"kind": gap.kind} for gap in gaps],
        "segments": [_segment(outcome, number) for outcome, number in zip(outcomes, numbers(outcomes), strict=True)],
    }


def as_row(note: Note) -> dict[str, Any]:
    """A note as it stands in the report."""
    return {"stage": note.stage, "message": note.message} | _span(note.span)


def totals(film: Film, gaps: Sequence[Gap], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The counts that the summary shows."""
    spoken = [outcome.speech for outcome in outcomes if outcome.speech]
    words = sum(len(speech.line.text.split()) for speech in spoken)
    spoken_ms = sum(speech.span.duration_ms for speech in spoken)
    empty = [gap for gap in gaps if not any(gap.span.overlap_ms(speech.span) for speech in spoken)]
    return {
        "lines": len(spoken),
        "left_out": sum(1 for outcome in outcomes if outcome.text and not outcome.speech),
        "words": words,
        "words_per_minute": round(words / spoken_ms * 60_000) if spoken_ms else 0,
        "seconds_spoken": round(spoken_ms / 1000, 2),
        "lines_per_minute_of_film": round(len(spoken) / film.duration_ms * 60_000, 2),
        "usable_pauses": len(gaps),
        "usable_pauses_left_empty": len(empty),
    }


def under_subtitles(subtitles: Sequence[Cue], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The lines that lie under subtitles, with how much of each, and what these say."""
    return _over(subtitles, outcomes, "under_ms", "subtitles")


def over_lyrics(cues: Sequence[Cue], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The lines that are spoken over songs, with how much of each, and what is sung."""
    return _over([cue for cue in cues if cue.kind == "lyrics"], outcomes, "over_ms", "lyrics")


def _over(cues: Sequence[Cue], outcomes: Sequence[Outcome], measure: str, said: str) -> list[dict[str, Any]]:
    """The lines that overlap the cues, with how many ms of each (`measure`) and what the cues say (`said`)."""
    whole = joined(cue.span for cue in cues)
    spoken = [outcome.speech for outcome in outcomes if outcome.speech]
    return [
        _span(speech.span)
        | {
            "line": speech.line.text,
            measure: overlap_ms,
            said: [cue.text for cue in cues if cue.span.overlap_ms(speech.span)],
        }
        for speech in spoken
        if (overlap_ms := sum(span.overlap_ms(speech.span) for span in whole))
    ]


def numbers(outcomes: Sequence[Outcome]) -> list[int | None]:
    """The number of each line in its script: in the one that a person gave, which has those that are left out too, or
    in the one that is written, which has only what is spoken."""
    made: list[int | None] = []
    spoken = 0
    for place, outcome in enumerate(outcomes, 1):
        spoken += outcome.speech is not None
        made.append(place if outcome.segment.written else spoken if outcome.speech else None)
    return made


def _segment(outcome: Outcome, number: int | None) -> dict[str, Any]:
    segment = outcome.segment
    placed: dict[str, Any] = {"placed": None, "rate": None, "reason": outcome.reason}
    if outcome.speech:
        placed = {"placed": _span(outcome.speech.span), "rate": outcome.speech.rate, "reason": ""}
    return {
        "id": segment.id,
        "number": number,
        **_span(segment.gap.span),
        "kind": segment.gap.kind,
        "watch": _span(segment.watch),
        "wanted_ms": segment.wanted_ms,
        "written": _span(segment.written) or None,
        "max_words": segment.max_words,
        "facts": outcome.facts,
        "line": outcome.text,
        "author": outcome.author,
        **placed,
    }


def _span(span: Span | None) -> dict[str, int]:
    return {"start_ms": span.start_ms, "end_ms": span.end_ms} if span else {}


def to_json(content: Mapping[str, Any]) -> str:
    """The report as text; what is not a number (the loudness of silence) is null."""
    text = json.dumps(_finite(content), ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "replace").decode()  # file names may hold bytes that are no text


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
