"""One packet of a text track -> cues."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import av
from av.subtitles.subtitle import AssSubtitle
from pysubs2 import SSAEvent

from audiodesc.errors import InputError
from audiodesc.subtitles.decoding import decoded
from audiodesc.subtitles.kinds import Raw, Read
from audiodesc.subtitles.signs import at_top
from audiodesc.subtitles.source import Source
from audiodesc.subtitles.substation import event_raw, shown
from audiodesc.subtitles.ttml import read_ttml
from audiodesc.subtitles.vtt import voiced


def form_of(data: bytes) -> str:
    """What a packet of a track without a name holds: "ttml", "wvtt" or ""."""
    if data[:3] == b"\xef\xbb\xbf" or data.lstrip()[:1] == b"<":
        return "ttml" if b"tt" in data[:400] else ""
    return "wvtt" if data[4:8] in (b"vttc", b"vtte") else ""


def packet_cues(source: Source, codec: str, packet: av.Packet[Any], start_ms: int, end_ms: int) -> Read:
    """The cues of a packet that is shown in that time. A damaged packet is not worth the film: it is a note."""
    data = bytes(packet)
    try:
        if codec == "ttml":
            return _ttml(source, data, start_ms)
        if codec == "wvtt":
            return [voiced(start_ms, end_ms, text.split("\n")) for text in _wvtt(data)], []
        if codec == "webvtt":
            return [voiced(start_ms, end_ms, data.decode("utf-8", "replace").split("\n"))], []
        return [_event(codec, line, start_ms, end_ms) for line in _decoded(packet)], []
    except (av.error.FFmpegError, InputError) as fault:
        told = f"a damaged subtitle at {start_ms} ms ({fault}): what is said is not protected"
        return [], [source.note(told)]


def _decoded(packet: av.Packet[Any]) -> list[str]:
    return [rect.ass.decode("utf-8", "replace") for rect in packet.decode() if isinstance(rect, AssSubtitle)]


def _event(codec: str, line: str, start_ms: int, end_ms: int) -> Raw:
    """ASS as FFmpeg hands it on: ReadOrder, Layer, Style, Name, three margins, Effect, Text."""
    parts = line.split(",", 8)
    style, name, effect, text = (parts[i] if len(parts) == 9 else "" for i in (2, 3, 7, 8))
    raw = event_raw(SSAEvent(start=start_ms, end=end_ms, style=style, name=name, effect=effect, text=text))
    return raw if codec in ("ass", "ssa") else replace(raw, kind=at_top(text, shown(text)))


def _wvtt(data: bytes) -> Iterator[str]:
    """The texts of the cue boxes of a sample (ISO/IEC 14496-30)."""
    for name, content in _boxes(data):
        if name == b"vttc":
            for inner, text in _boxes(content):
                if inner == b"payl":
                    yield text.decode("utf-8", "replace")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _ttml(source: Source, data: bytes, start_ms: int) -> Read:
    """The cues of a whole document; some packagers count its times from the sample's start."""
    text, _ = decoded(data, source.path, source.error)
    raw, notes = read_ttml(replace(source, text=text))
    if raw and start_ms >= max(one.end_ms for one in raw):
        raw = [replace(one, start_ms=one.start_ms + start_ms, end_ms=one.end_ms + start_ms) for one in raw]
    return raw, notes


def joined(raw: Sequence[Raw]) -> list[Raw]:
    """The cues in order of time, where one that goes on, or is told again, in the next packet is one."""
    kept: list[Raw] = []
    places: dict[tuple[str, str], int] = {}
    for one in sorted(raw, key=lambda one: one.start_ms):
        place = places.get((one.text, one.speaker))
        if place is not None and one.start_ms <= kept[place].end_ms:
            kept[place] = replace(kept[place], end_ms=max(one.end_ms, kept[place].end_ms))
        else:
            places[one.text, one.speaker] = len(kept)
            kept.append(one)
    return kept
