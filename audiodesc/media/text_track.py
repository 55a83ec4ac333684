"""Texts with times -> a file with one track of them, as plain text, for a film's container."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Final

import av
from av.subtitles.stream import SubtitleStream

from audiodesc.media.encode import EXACT
from audiodesc.model import Span

CODECS: Final = {"mp4": "mov_text", "matroska": "subrip"}
"""FFmpeg's names of the containers, and of the plain text that each has."""

STYLE: Final = (
    b"[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, BackColour, Alignment\n"
    b"Style: Default,Arial,16,&Hffffff,&H0,2\n\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
)
"""How all is shown: FFmpeg's encoders ask for it as ASS."""

MOST_BYTES = 0xFFFF
"""Of one text in MP4, whose length has two bytes."""

MOST_AT_ONCE = 8
"""Texts: no screen shows more."""

Text = tuple[Span, str]
"""When a text is shown, on the film's clock, and what it says, in lines."""


def write_text_track(texts: Sequence[Text], path: Path, container: str) -> None:
    """Write the texts to `path`. Where several are shown at once, they are below one another."""
    with av.open(f"file:{path}", "w", format=container, container_options=EXACT) as out:
        stream = out.add_stream(CODECS[container])
        assert isinstance(stream, SubtitleStream)  # noqa: S101 — both are codecs of subtitles
        stream.codec_context.subtitle_header = STYLE
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        out.start_encoding()
        for span, text in one_at_a_time(texts):
            data = text.encode("utf-8", "replace")[:MOST_BYTES]
            packet = av.Packet(len(data).to_bytes(2, "big") + data if container == "mp4" else data)
            packet.pts = packet.dts = span.start_ms
            packet.duration, packet.time_base = span.duration_ms, Fraction(1, 1000)
            packet.is_keyframe, packet.stream = True, stream
            out.mux_one(packet)


def one_at_a_time(texts: Sequence[Text]) -> list[Text]:
    """The same, so that no two are shown at once: what several show together is one text, of eight at most."""
    edges: dict[int, tuple[list[int], list[int]]] = {}
    for number, (span, _) in enumerate(texts):
        edges.setdefault(span.start_ms, ([], []))[0].append(number)
        edges.setdefault(span.end_ms, ([], []))[1].append(number)
    made: list[Text] = []
    shown: dict[int, str] = {}
    for start_ms, end_ms in pairwise(sorted(edges)):
        begun, ended = edges[start_ms]
        for number in ended:
            shown.pop(number, None)
        shown |= {number: texts[number][1] for number in begun if texts[number][0].duration_ms}
        text = "\n".join(islice(shown.values(), MOST_AT_ONCE))
        if made and made[-1] == (Span(made[-1][0].start_ms, start_ms), text):
            made[-1] = (Span(made[-1][0].start_ms, end_ms), text)
        elif text:
            made.append((Span(start_ms, end_ms), text))
    return made
