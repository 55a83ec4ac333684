"""What an aligned track's narrator says: each span is cut out and transcribed, and is a draft of a line; without a
recogniser, the spans alone, as comments of a script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import soxr

from audiodesc.alignment.model import Alignment, Piece
from audiodesc.alignment.sources import Sound
from audiodesc.core.progress import Progress
from audiodesc.media.clips import wav_bytes
from audiodesc.media.sound import RATE_HZ, read_sound
from audiodesc.mix.mixer import to_stereo
from audiodesc.model import Gap, Line, Outcome, Samples, Segment, Span, SpokenLine
from audiodesc.recordings.transcribing import Transcribe
from audiodesc.scripts.lines import Comment, writable_text

LONGEST_MS = 28_000
"""A longer span is several: recognisers hear 30 s at once."""

AUTHOR = "transcribed"
NOTE = "transcribed from the described track"


def comments(spans: Sequence[Span]) -> tuple[Comment, ...]:
    """A comment for each span of narration, for a script without words."""
    return tuple(
        Comment(f"NOTE\nNarration, not transcribed: {_time(one.start_ms)} to {_time(one.end_ms)}") for one in spans
    )


def _time(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def transcribed(
    sound: Sound, alignment: Alignment, spans: Sequence[Span], transcribe: Transcribe, folder: Path, show: Progress
) -> tuple[Outcome, ...]:
    """Lines with the words that are heard in each span, by `transcribe`; none where it hears none. Their clips are
    written to `folder`."""
    parts = [part for span in spans for part in _parts(span)]
    made = []
    for done, (span, samples) in enumerate(_cuts(sound, alignment, parts), 1):
        clip = folder / f"{span.start_ms:09d}.wav"
        clip.write_bytes(wav_bytes(samples))
        if text := writable_text(transcribe(clip)):
            made.append(_outcome(span, text, clip))
        show("transcribe", done, len(parts))
    return tuple(made)


def _parts(span: Span) -> Iterator[Span]:
    count = -(-span.duration_ms // LONGEST_MS)
    edges = [span.start_ms + span.duration_ms * i // count for i in range(count + 1)]
    yield from (Span(a, b) for a, b in pairwise(edges))


def _outcome(span: Span, text: str, clip: Path) -> Outcome:
    segment = Segment(Gap(span, "sound"), span, span.start_ms, len(text.split()))
    speech = SpokenLine(Line(segment, text, AUTHOR), clip, span, 1.0)
    return Outcome(segment, "", text, AUTHOR, speech, note=NOTE)


def _cuts(sound: Sound, alignment: Alignment, spans: Sequence[Span]) -> Iterator[tuple[Span, Samples]]:
    """The described sound of each span as mono at 48 kHz, on the film's clock, shape (samples,)."""
    matrix = to_stereo(sound.track.layout).mean(axis=0) if sound.track.layout != "mono" else None
    blocks = read_sound(sound.film, sound.track, RATE_HZ)
    held, first = np.zeros(0, np.float32), 0
    for span in spans:
        piece = _piece_at(alignment, span)
        a, b = (round(_described_s(piece, ms) * RATE_HZ) for ms in (span.start_ms, span.end_ms))
        while first + len(held) < b and (block := next(blocks, None)) is not None:
            held = np.append(held, block[0] if matrix is None else matrix @ block)
            drop = max(0, min(a - first, len(held)))
            held, first = held[drop:], first + drop
        part = held[max(0, a - first) : max(0, b - first)]
        if len(part) > RATE_HZ // 20:
            yield span, part if abs(piece.rate - 1) < 0.002 else soxr.resample(part, RATE_HZ, RATE_HZ * piece.rate)


def _piece_at(alignment: Alignment, span: Span) -> Piece:
    """The piece that most of a span lies in."""
    return max(
        alignment.pieces, key=lambda one: min(one.end_s, span.end_ms / 1000) - max(one.start_s, span.start_ms / 1000)
    )


def _described_s(piece: Piece, film_ms: int) -> float:
    film_s = min(max(film_ms / 1000, piece.start_s), piece.end_s)
    return max(0.0, (film_s - piece.offset_s) / piece.rate)
