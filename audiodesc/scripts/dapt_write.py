"""A script as W3C DAPT: a script event a line, the film's gain under it as it is mixed, and recordings.

After Dubbing and Audio description Profiles of TTML2, W3C Candidate Recommendation Draft, and its examples of audio
description. Times are media times from the film's first frame.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np
from lxml import etree

from audiodesc.core.timecode import NTSC, Timecode
from audiodesc.core.xml import Element
from audiodesc.scripts.dapt import DAPTM, LANGUAGE, PARAMETER, PREFIX, PROFILE, TT, TTM, XML_ID
from audiodesc.scripts.document import DocumentLine, ScriptDocument
from audiodesc.scripts.lines import writable_text

TTA = "{http://www.w3.org/ns/ttml#audio}"

REPRESENTS, NO_LANGUAGE, UNKNOWN_LANGUAGE = "visual.nonText", "zxx", "und"
STEP_DB = 1.0
"""TTML's gain is linear between two values: with one a dB it is within 0.02 dB of a ramp that is straight in dB."""

NAMESPACES = {
    None: TT[1:-1],
    "ttm": TTM[1:-1],
    "ttp": PARAMETER[1:-1],
    "tta": TTA[1:-1],
    "daptm": DAPTM[1:-1],
}

Curve = Sequence[tuple[float, float]]
"""(ms, dB) of the corners of a gain, straight between two of them and 0 dB outside."""


@dataclass(frozen=True, slots=True)
class Event:
    """A line with the stretch of film (ms) that is its own: where the film's gain is changed for it."""

    line: DocumentLine
    start_ms: float
    end_ms: float


def script_as_dapt(document: ScriptDocument, audio: Literal["recorded", "all", "none"]) -> bytes:
    """The XML in UTF-8; `audio` says which lines have their sound in it."""
    lines = sorted(document.spoken, key=lambda line: line.span)
    wanted = [line for line in lines if audio == "all" or (audio == "recorded" and line.recording)]
    with_sound = {line.id for line in wanted if line.clip}
    root = etree.Element(f"{TT}tt", nsmap=NAMESPACES)
    _set_root(root, document, recorded=bool(with_sound))
    voices = sorted({line.voice for line in lines if line.voice})
    _add_head(root, document, voices)
    body = etree.SubElement(root, f"{TT}body")
    for number, event in enumerate(_events(lines, document.film_gain), 1):
        div = etree.SubElement(body, f"{TT}div", begin=_s(event.start_ms), end=_s(event.end_ms))
        div.set(XML_ID, xml_id(event.line.id) if event.line.id else f"event-{number}")
        _fill(div, event, document, voices, has_sound=event.line.id in with_sound)
    etree.indent(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8")) + b"\n"


def _set_root(root: Element, document: ScriptDocument, *, recorded: bool) -> None:
    root.set(LANGUAGE, document.language or UNKNOWN_LANGUAGE)
    root.set(f"{PARAMETER}contentProfiles", f"{PROFILE}1.0/content")
    count = document.timecode
    root.set(f"{PARAMETER}frameRate", str(count.nominal))
    if count.fps != count.nominal:
        root.set(f"{PARAMETER}frameRateMultiplier", _multiplier(count))
    root.set(f"{DAPTM}scriptType", "asRecorded" if recorded else "preRecording")
    root.set(f"{DAPTM}scriptRepresents", REPRESENTS)
    root.set(f"{DAPTM}represents", REPRESENTS)
    root.set(f"{DAPTM}langSrc", NO_LANGUAGE)


def _multiplier(count: Timecode) -> str:
    share = count.fps / count.nominal
    return f"{NTSC.numerator} {NTSC.denominator}" if share == NTSC else f"{share.numerator} {share.denominator}"


def _add_head(root: Element, document: ScriptDocument, voices: Sequence[str]) -> None:
    metadata = etree.SubElement(etree.SubElement(root, f"{TT}head"), f"{TT}metadata")
    if title := writable_text(document.title):
        _text(metadata, f"{TTM}title", title)
    made = ", ".join(filter(None, (document.generator, document.describer and f"lines by {document.describer}")))
    if made := writable_text(made):
        _text(metadata, f"{TTM}desc", f"Written by {made}")
    if document.statement:
        _text(metadata, f"{TTM}desc", document.statement)
    for name, text in document.facts.items():
        _text(metadata, f"{TTM}desc", text, **{f"{DAPTM}descType": f"x-{name.replace('_', '-')}"})
    for number, voice in enumerate(voices, 1):
        agent = etree.SubElement(metadata, f"{TTM}agent", {XML_ID: f"voice-{number}", "type": "other"})
        name = etree.SubElement(agent, f"{TTM}name", type="full")
        name.text = writable_text(f"{voice} (synthetic voice)")
    if document.in_timecode and document.timecode.drops:  # DAPT forbids ttp:dropMode
        _text(metadata, f"{TTM}desc", "The origin timecode is drop-frame")
    if document.in_timecode:
        _text(metadata, f"{DAPTM}daptOriginTimecode", document.timecode.start_code.replace(";", ":"))


def _text(above: Element, tag: str, text: str, **attributes: str) -> Element:
    made = etree.SubElement(above, tag, attributes)
    made.text = text
    return made


def _fill(div: Element, event: Event, document: ScriptDocument, voices: Sequence[str], *, has_sound: bool) -> None:
    line = event.line
    if line.voice:
        div.set(f"{TTM}agent", f"voice-{voices.index(line.voice) + 1}")
    for kind, value in (
        ("note", line.note),
        ("state", line.state),
        ("author", line.author),
        ("voice", line.own_voice),
    ):
        if text := writable_text(value):
            _text(div, f"{TTM}desc", text, **{f"{DAPTM}descType": f"x-{kind}"})
    p = etree.SubElement(div, f"{TT}p")
    _animate(p, event, document.film_gain)
    span = etree.SubElement(p, f"{TT}span")
    span.set("begin", _s(line.span.start_ms - event.start_ms))
    span.set("end", _s(line.span.end_ms - event.start_ms))
    words = writable_text(line.text)
    if has_sound and line.clip:
        if document.line_gain_db:
            span.set(f"{TTA}gain", _linear(document.line_gain_db))
        data = etree.SubElement(etree.SubElement(etree.SubElement(span, f"{TT}audio"), f"{TT}source"), f"{TT}data")
        data.set("type", "audio/wave")
        data.text = base64.b64encode(line.clip.read_bytes()).decode("ascii")
        span[-1].tail = words
    else:
        span.text = words


def _events(lines: Sequence[DocumentLine], curve: Curve) -> Iterator[Event]:
    """Each line with its own stretch: from where the film goes down for it to where it is up again; between lines
    that it stays down for, up to the beginning of the next. No two lie over each other."""
    down = _stretches(curve)
    begin_ms = 0.0
    for line, following in pairwise([*lines, None]):
        assert line is not None  # noqa: S101 — only the last is
        first, end = line.span.start_ms, max(line.span.end_ms, line.span.start_ms + 1)
        near = [(a, b) for a, b in down if a < end and b > first]
        start_ms = max(begin_ms, min([float(first), *(a for a, _ in near)]))
        end_ms = max([float(end), *(b for _, b in near)])
        if following is not None:
            end_ms = max(min(end_ms, following.span.start_ms), end)
        yield Event(line, min(start_ms, first), end_ms)
        begin_ms = end_ms


def _stretches(curve: Curve) -> list[tuple[float, float]]:
    """Where the film is not at 0 dB: (from, to) in ms, in order."""
    found: list[tuple[float, float]] = []
    for (start_ms, one), (end_ms, other) in pairwise(curve):
        if one or other:
            if found and found[-1][1] == start_ms:
                found[-1] = (found[-1][0], end_ms)
            else:
                found.append((max(0.0, start_ms), end_ms))
    return found


def _animate(p: Element, event: Event, curve: Curve) -> None:
    """The film's gain while the event lasts, as it is mixed."""
    if not curve:
        return
    at = np.array([ms for ms, _ in curve])
    depths = np.array([depth for _, depth in curve])
    inner = [float(ms) for ms in at if event.start_ms < ms < event.end_ms]
    places = [event.start_ms, *inner, event.end_ms]
    values = np.interp(places, at, depths, 0.0, 0.0)
    if not values.any():
        return
    p.set(f"{TTA}gain", _linear(values[0]))
    for (start_ms, end_ms), (first, last) in zip(pairwise(places), pairwise(values), strict=True):
        if first == last or end_ms - start_ms < 1:
            continue
        steps = np.linspace(first, last, max(2, round(abs(last - first) / STEP_DB) + 1))
        made = etree.SubElement(p, f"{TT}animate")
        made.set("begin", _s(start_ms - event.start_ms))
        made.set("end", _s(end_ms - event.start_ms))
        made.set(f"{TTA}gain", ";".join(map(_linear, steps)))
        made.set("fill", "freeze")


def _linear(db: float) -> str:
    return f"{10 ** (db / 20):.4f}".rstrip("0").rstrip(".")


def _s(ms: float) -> str:
    return f"{float(Fraction(round(ms * 1000), 1_000_000)):.6f}".rstrip("0").rstrip(".") + "s"


def xml_id(id: str) -> str:
    """An id as XML takes it; `dapt.line_id` gives it back."""
    return PREFIX + re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", id)
