"""An alignment as JSON, and as a table for people."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from audiodesc.alignment.model import Alignment, rate_name
from audiodesc.alignment.narration import Narrated
from audiodesc.core.formatting import clock, number_of
from audiodesc.model import Span

FORM = 1
"""Version of the JSON."""


def as_json(alignment: Alignment, narrated: Narrated, about: Mapping[str, Any]) -> str:
    """All that was found. Times are seconds, those of `pieces` to the microsecond."""
    found = {
        "form": FORM,
        **about,
        "rate": rate_name(alignment.rate),
        "similarity": round(alignment.similarity, 3),
        "matched_s": round(alignment.matched_s, 3),
        "gain_db": None if math.isnan(narrated.gain_db) else round(narrated.gain_db, 2),
        "pieces": [
            {
                "film_start_s": round(one.start_s, 6),
                "film_end_s": round(one.end_s, 6),
                "described_start_s": round(one.described_s, 6),
                "offset_s": round(one.offset_s, 6),
                "rate": rate_name(one.rate),
                "similarity": round(one.similarity, 3),
            }
            for one in alignment.pieces
        ],
        "film_without_description": [_times(one) for one in alignment.undescribed],
        "described_without_place": [_times(one) for one in alignment.unplaced],
        "narration": [_times(one) for one in narrated.spans],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _times(span: Span) -> dict[str, float]:
    return {"start_s": span.start_ms / 1000, "end_s": span.end_ms / 1000}


def summary(alignment: Alignment, narrated: Narrated) -> Iterator[str]:
    """What was found, in rows."""
    first = alignment.pieces[0]
    count = number_of(len(alignment.pieces), "piece")
    yield f"Rate {rate_name(alignment.rate)}, offset {first.offset_s:+.3f} s, {count}"
    if len(alignment.pieces) > 1:
        for piece in alignment.pieces:
            where = f"{clock(piece.start_s * 1000, 1)} to {clock(piece.end_s * 1000, 1)}"
            yield f"  {where}: from {clock(piece.described_s * 1000, 1)} of the described track"
    for label, spans in (("No description for", alignment.undescribed), ("No place for", alignment.unplaced)):
        for one in spans:
            of = "" if label.startswith("No description") else " of the described track"
            yield f"{label} {clock(one.start_ms, 1)} to {clock(one.end_ms, 1)}{of}"
    spoken_s = sum(one.duration_ms for one in narrated.spans) / 1000
    level = "" if math.isnan(narrated.gain_db) else f"; level {narrated.gain_db:+.1f} dB"
    yield f"Narration: {number_of(len(narrated.spans), 'span')}, {spoken_s:.0f} s in all{level}"
