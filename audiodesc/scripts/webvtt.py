"""The script as WebVTT descriptions."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import webvtt

from audiodesc.model import SpokenLine


def webvtt_text(spoken: Iterable[SpokenLine]) -> str:
    """A cue for each line, from its first to its last sound."""
    captions = [
        webvtt.Caption(_time(s.span.start_ms), _time(s.span.end_ms), escape(" ".join(s.line.text.split()), quote=False))
        for s in spoken
    ]
    return str(webvtt.WebVTT(captions=captions).content) + "\n"


def _time(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"
