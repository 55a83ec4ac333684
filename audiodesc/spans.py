"""Rows of spans."""

from __future__ import annotations

from collections.abc import Iterable

from audiodesc.model import Span


def joined(spans: Iterable[Span], apart_ms: int = 0) -> list[Span]:
    """The spans in order, those that meet or are no more than so far apart as one."""
    whole: list[Span] = []
    for span in sorted(spans):
        if whole and span.start_ms - whole[-1].end_ms <= apart_ms:
            whole[-1] = Span(whole[-1].start_ms, max(whole[-1].end_ms, span.end_ms))
        else:
            whole.append(span)
    return whole
