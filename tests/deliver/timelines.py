"""Deliveries of lines whose places, sounds and texts are known by construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import reports
from numpy.typing import NDArray

from audiodesc.core.progress import Stopwatch, silent
from audiodesc.core.timecode import timecode
from audiodesc.deliver import DELIVERABLES
from audiodesc.deliver.base import Delivery
from audiodesc.media.clips import wav_bytes
from audiodesc.model import Film, Gap, Line, Outcome, Segment, Span, SpokenLine, VideoTrack
from audiodesc.settings import Settings

RATE = 48_000
HOSTILE = (
    "She said \"no\" — `and` 'left'; =1+1 --> \\ | {x} <b>&amp;</b>",
    "Zażółć gęślą jaźń. Ärger, ça! 彼女は窓を閉める。",
    "\u202eهو يفتح الباب\u200f, ויוצא",
    "one\r\ntwo\tthree\u2028four\x07five",
    "word " * 400,
    "* FROM CLIP NAME: other.wav",
    ">",
    "|pipe",
    "=1+1",
    "half a pair \ud83d",
)
"""What somebody may write, or a model."""


def seen(text: str) -> str:
    """A text as a timeline has it: in one line, without control characters."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(" " if ord(c) < 32 or c in "\u2028\u2029" else c for c in text).split())


@dataclass(frozen=True)
class Spoken:
    """A line: when it begins, how long it lasts in samples, what it says."""

    start_ms: int
    samples: int = 48_000
    text: str = "A line."


def clicks(samples: int) -> NDArray[np.float32]:
    """A click at the first sample and one at the last."""
    sound = np.zeros(samples, np.float32)
    sound[[0, -1]] = 0.5
    return sound


def delivery(
    folder: Path,
    lines: Sequence[Spoken],
    rate: str = "25",
    start: str = "01:00:00:00",
    duration_ms: int | None = None,
    stem: str = "story",
    **more: Any,
) -> Delivery:
    """All that was described of a film named `story.mp4`: `more` is of the report."""
    count = timecode(rate, start)
    last = max((line.start_ms + line.samples // 48 + 1 for line in lines), default=0)
    duration_ms = duration_ms or last + 1_000
    film = Film(
        folder / f"{stem}.mp4", "f" * 32, "mov", duration_ms, Fraction(0), VideoTrack(0, "h264", 64, 48), (), ()
    )
    outcomes = tuple(_outcome(folder, line) for line in lines)
    segments = [
        replace(
            reports.segment((line.start_ms, line.start_ms + 1), line.text, _span(line), number=n), id=one.segment.id
        )
        for n, (line, one) in enumerate(zip(lines, outcomes, strict=True), 1)
    ]
    more = {"made_by": "audiodesc 0.1", "settings": {"language": "en", "voice": "Anna"}, **more}
    made = reports.report(duration_ms, segments, **more)
    rows = {name: row for name, row in DELIVERABLES.items() if name != "film"}  # which looks into the file
    names = {name: row.file_name(film, Settings().deliver) for name, row in rows.items()} | {"film": f"{stem}.ad.mp4"}
    return Delivery(
        film=film,
        track=None,
        outcomes=outcomes,
        language="en",
        settings=Settings(),
        names=names,
        folder="story.ad",
        film_sound=folder / "none",
        watch=Stopwatch(silent),
        report=made,
        timecode=(count, True),
    )


def write(name: str, made: Delivery, folder: Path) -> Path:
    """One deliverable as it comes out, in a folder."""
    folder.mkdir(exist_ok=True)
    path = folder / made.names[name]
    DELIVERABLES[name].write(made, path)
    return path


def _span(line: Spoken) -> tuple[int, int]:
    return line.start_ms, line.start_ms - (-line.samples // 48)


def _outcome(folder: Path, line: Spoken) -> Outcome:
    clip = folder / f"clip-{line.samples}.wav"
    clip.write_bytes(wav_bytes(clicks(line.samples)))
    span = Span(*_span(line))
    segment = Segment(Gap(span), span, line.start_ms, 9)
    speech = SpokenLine(Line(segment, line.text, "model"), clip, span, 1.0)
    return Outcome(segment, "", line.text, "model", speech)
