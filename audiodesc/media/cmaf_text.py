"""Texts with times -> CMAF segments with WebVTT in them (ISO/IEC 14496-30), for players that take no file of text."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

from audiodesc.core.languages import iso_639
from audiodesc.media.cmaf_boxes import BRANDS, box, full, sound_head
from audiodesc.media.cmaf_tracks import Row, segment_name
from audiodesc.media.text_track import Text
from audiodesc.model import Span

SCALE: Final = 1_000
"""Ticks a second."""

UNIT: Final = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000)
"""The matrix that moves and turns nothing."""

SHOWN, IN_MOVIE = 1, 2
NO_CUE: Final = box(b"vtte")


def write_text_segments(texts: Sequence[Text], folder: Path, cuts: Sequence[int], language: str) -> tuple[Row, ...]:
    """Write an init segment and media segments into `folder`, which is made; give the row of each: start, duration in
    ms, and bytes. The segments go from one of `cuts` (ms) to the next, from 0 on; what is shown over a cut is in both
    of them, as the same cue. `language` is a BCP 47 tag."""
    folder.mkdir()
    (folder / "init.mp4").write_bytes(_init(language))
    segments = groupby(_samples(texts, cuts), lambda sample: bisect_right(cuts, sample[0].start_ms))
    rows: list[Row] = []
    for number, inside in segments:
        spans, data = zip(*inside, strict=True)
        start, end = cuts[number - 1], cuts[number]
        head = sound_head(number, start, [span.duration_ms for span in spans], [len(one) for one in data])
        content = head + b"".join(data)
        (folder / segment_name(number)).write_bytes(content)
        rows.append((start, end - start, len(content)))
    return tuple(rows)


def _samples(texts: Sequence[Text], cuts: Sequence[int]) -> Iterator[tuple[Span, bytes]]:
    """A sample for each stretch in which the same cues are shown, without a gap."""
    first, last = cuts[0], cuts[-1]
    clipped = [(Span(max(first, s.start_ms), min(last, s.end_ms)), text) for s, text in texts if s.start_ms < last]
    cues = [(span, _cue(number, text)) for number, (span, text) in enumerate(clipped) if span.duration_ms > 0]
    edges = {*cuts, *(ms for span, _ in cues for ms in (span.start_ms, span.end_ms))}
    begun, at = sorted(cues, key=lambda cue: cue[0].start_ms), 0
    shown: list[tuple[Span, bytes]] = []
    for start, end in pairwise(sorted(edges)):
        while at < len(begun) and begun[at][0].start_ms <= start:
            shown.append(begun[at])
            at += 1
        shown = [cue for cue in shown if cue[0].end_ms > start]
        yield Span(start, end), b"".join(data for _, data in shown) or NO_CUE


def _cue(number: int, text: str) -> bytes:
    said = escape("\n".join(row for row in text.split("\n") if row.strip()), quote=False)
    return box(b"vttc", box(b"vsid", struct.pack(">i", number)), box(b"payl", said.encode("utf-8", "replace")))


def _init(language: str) -> bytes:
    """The header: a track of text that lasts as long as its segments."""
    letters = (iso_639(language) or "und")[:3]
    packed = sum((ord(letter) - 0x60) << shift for letter, shift in zip(letters, (10, 5, 0), strict=True))
    begin, pace = struct.pack(">4I", 0, 0, SCALE, 0), struct.pack(">IH10x", 0x10000, 0x100)
    movie = full(b"mvhd", 0, 0, begin, pace, UNIT, struct.pack(">24xI", 2))
    track = full(b"tkhd", 0, SHOWN | IN_MOVIE, struct.pack(">5I", 0, 0, 1, 0, 0), bytes(16), UNIT, bytes(8))
    media = full(b"mdhd", 0, 0, struct.pack(">4IHH", 0, 0, SCALE, 0, packed, 0))
    handler = full(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"text"), b"WebVTT\0")
    entry = box(b"wvtt", struct.pack(">6xH", 1), box(b"vttC", b"WEBVTT"))
    tables = (
        full(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        *(full(kind, 0, 0, bytes(4)) for kind in (b"stts", b"stsc")),
        full(b"stsz", 0, 0, bytes(8)),
        full(b"stco", 0, 0, bytes(4)),
    )
    here = full(b"dref", 0, 0, struct.pack(">I", 1), full(b"url ", 0, 1))
    content = box(b"minf", full(b"nmhd", 0, 0), box(b"dinf", here), box(b"stbl", *tables))
    extends = box(b"mvex", full(b"trex", 0, 0, struct.pack(">5I", 1, 1, 0, 0, 0)))
    whole = box(b"trak", track, box(b"mdia", media, handler, content))
    return box(b"ftyp", BRANDS) + box(b"moov", movie, whole, extends)
