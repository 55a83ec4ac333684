"""Texts with times -> WebVTT in segments, as HLS takes them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from audiodesc.deliver.web.tracks import Text, as_webvtt

TIMES = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"
"""Times of the texts are those of picture and sound (RFC 8216, 3.5)."""


def write_segments(texts: Sequence[Text], ends: Sequence[Fraction], folder: Path) -> list[tuple[str, Fraction]]:
    """Write a file into a new folder for each stretch that ends at one of `ends` (seconds), with every text that is
    shown in it; give names and ends."""
    folder.mkdir()
    rows, begin = [], Fraction(0)
    for number, end in enumerate(ends, 1):
        shown = [one for one in texts if one[0].start_ms < end * 1000 and one[0].end_ms > begin * 1000]
        name = f"{number:05}.vtt"
        (folder / name).write_text(as_webvtt(shown).replace("WEBVTT", TIMES, 1), "utf-8")
        rows.append((name, end))
        begin = end
    return rows
