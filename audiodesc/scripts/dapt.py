"""W3C DAPT scripts (a profile of TTML2) -> the lines of the description.

A document type declaration is refused; DAPT forbids entity declarations too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from lxml import etree

from audiodesc.core.formatting import UNWRITABLE
from audiodesc.core.languages import primary
from audiodesc.core.xml import DoctypeError, Element, read_xml
from audiodesc.errors import InputError
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine, backwards, fault_in

TT = "{http://www.w3.org/ns/ttml}"
PARAMETER = "{http://www.w3.org/ns/ttml#parameter}"
DAPTM = "{http://www.w3.org/ns/ttml/profile/dapt#metadata}"
TTM = "{http://www.w3.org/ns/ttml#metadata}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
PREFIX = "ad-"
"""Of the ids of events that this package writes: an id of XML does not begin with a digit."""

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
PROFILE = "http://www.w3.org/ns/ttml/profile/dapt"
DEEPEST = 100
TIMED = frozenset(f"{TT}{name}" for name in ("body", "div", "p", "span"))
CLOCK = re.compile(r"(\d{2,6}):([0-5]\d):([0-5]\d)(?:\.(\d{1,9})|:(\d{2,9}))?")
OFFSET = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s|f|t)")


@dataclass(frozen=True, slots=True)
class Rates:
    """Frames and ticks in a second, for times that count them."""

    frames: Fraction = Fraction(30)
    ticks: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Interval:
    """When an element is active, in seconds; `timed` where it or an element around it says so."""

    start: Fraction = Fraction(0)
    end: Fraction | None = None
    timed: bool = False


def is_dapt(text: str) -> bool:
    """Whether this is XML that names DAPT; other TTML is left to the reader of subtitles."""
    return text.lstrip("\ufeff \t\r\n").startswith("<") and PROFILE in text[:20_000]


def read_lines(root: Element) -> ScriptFile:
    """The description in the script's own language, in order of time; a text without a time is a fault, not a line.

    What represents sound only (a transcript of dialogue) is left out, and so are texts in other languages than the
    script's own, recordings and metadata.
    """
    of, faults = rates(root.attrib), list[Fault]()
    seen = [p for p in _texts(root) if _is_seen(represents(p))]
    languages = [primary(inherited(p, LANGUAGE)) for p in seen]
    own = primary(root.get(LANGUAGE, ""))
    wanted = own if own in languages else next(iter(languages), "")
    lines = []
    for p, language in zip(seen, languages, strict=True):
        if language == wanted and (line := _line(p, of, faults)):
            lines.append(line)
    empty = (fault_in(line, "empty", "a cue without words") for line in lines if not line.text)
    ordered = tuple(sorted((line for line in lines if line.text), key=lambda line: line.start_ms))
    return ScriptFile(ordered, (*faults, *empty, *backwards(ordered)))


def is_only_audio(root: Element) -> bool:
    """Whether all that is written represents sound: a transcript, no description."""
    texts = _texts(root)
    return bool(texts) and not any(_is_seen(represents(p)) for p in texts)


def _texts(root: Element) -> list[Element]:
    return [p for p in root.iter(f"{TT}p") if isinstance(p.tag, str)]


def parsed(text: str, path: Path, error: type[InputError]) -> Element:
    """The root of the XML. Raises `error` for what is broken, too deep, or has a document type."""
    try:
        root, faults = read_xml(text)
    except DoctypeError as declared:
        raise error(
            f"{path}, line {declared.line}: a document type declaration", "remove it: scripts need none"
        ) from declared
    if root is None:
        line, why = faults[0].line, faults[0].message
        if "depth" in why:
            raise error(f"{path}, line {line}: nested too deep", "export it anew")
        raise error(f"{path}, line {line}: broken XML ({why})", "mend it, or export it anew")
    depth = 0
    for event, one in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            raise error(f"{path}, line {one.sourceline}: nested too deep", "export it anew")
    return root


def inherited(element: Element, attribute: str) -> str:
    """The value of an attribute on an element or the nearest element around it; "" where none has it."""
    for one in (element, *element.iterancestors()):
        if (value := one.get(attribute)) is not None:
            return str(value)
    return ""


def represents(element: Element) -> str:
    """What a text represents, such as "visual.nonText"; "" where nothing says so."""
    return inherited(element, f"{DAPTM}represents")


def _is_seen(descriptor: str) -> bool:
    return not descriptor or any(one.startswith("visual") for one in descriptor.split())


def _line(p: Element, of: Rates, faults: list[Fault]) -> ScriptLine | None:
    """A text from its first spoken piece to the last: a span may be shorter than its event. None without a time."""
    pieces = list(_pieces(p))
    text = " ".join("".join(text for _, text in pieces).split())
    spoken = [holder for holder, piece in pieces if piece.strip()] or [p]
    found = [_interval(holder, of, faults) for holder in dict.fromkeys(spoken)]
    if text and not all(one.timed for one in found):
        faults.append(Fault("unread", f"no time tells when to speak {text[:60]!r}", _number(p), text))
        return None
    start = min(one.start for one in found)
    end = max(one.start if one.end is None else one.end for one in found)
    line = ScriptLine(round(start * 1000), round(end * 1000), text, _number(p))
    return replace(line, **_known(p))


def _known(p: Element) -> dict[str, Any]:
    """What the event says of its line beside its words. An id goes to its first text."""
    event = next(p.iterancestors(f"{TT}div"), None)
    if event is None:
        return {}
    descriptions = {
        one.get(f"{DAPTM}descType", ""): " ".join((one.text or "").split()) for one in event.iterchildren(f"{TTM}desc")
    }
    id = line_id(event.get(XML_ID, "")) if next(event.iter(f"{TT}p"), None) is p else ""
    state = descriptions.get("x-state", "")
    return {
        "id": id,
        "note": descriptions.get("x-note", ""),
        "author": descriptions.get("x-author", ""),
        "voice": descriptions.get("x-voice", ""),
        "state": state if state in ("draft", "edited", "approved") else "",
    }


def line_id(xml_id: str) -> str:
    """The id of a line by that of its event: what `dapt_write.xml_id` was given, else as it stands."""
    if not xml_id.startswith(PREFIX):
        return xml_id
    id = re.sub(r"_([0-9a-f]{1,5})_", lambda found: chr(int(found[1], 16)), xml_id.removeprefix(PREFIX))
    return UNWRITABLE.sub("", id)


def _pieces(element: Element) -> Iterator[tuple[Element, str]]:
    """The words in a paragraph or span, each with the element that times them; what is not words is passed over."""
    yield element, element.text or ""
    for child in element:
        if child.tag == f"{TT}span":
            yield from _pieces(child)
        elif child.tag == f"{TT}br":
            yield element, " "
        yield element, child.tail or ""


def _number(element: Element) -> int:
    return element.sourceline or 0


def _interval(element: Element, of: Rates, faults: list[Fault]) -> Interval:
    within = Interval()
    for one in reversed([element, *element.iterancestors()]):
        if one.tag in TIMED:
            within = _inner(one, within, of, faults)
    return within


def _inner(element: Element, outer: Interval, of: Rates, faults: list[Fault]) -> Interval:
    begin, end, length = (_time(element, name, of, faults) for name in ("begin", "end", "dur"))
    start = outer.start + (begin or 0)
    ends = [outer.end] if outer.end is not None else []
    ends += [outer.start + end] if end is not None else []
    ends += [start + length] if length is not None else []
    named = any(element.get(name) is not None for name in ("begin", "end", "dur"))
    return Interval(start, min(ends, default=None), outer.timed or named)


def _time(element: Element, name: str, of: Rates, faults: list[Fault]) -> Fraction | None:
    """Seconds; for what is no time None, and one fault."""
    value = element.get(name)
    if value is None:
        return None
    seconds = seconds_of(value.strip(), of)
    if seconds is None:
        fault = Fault("malformed", f"{value[:40]!r} is no time", _number(element))
        if fault not in faults:
            faults.append(fault)
    return seconds


def rates(root: Mapping[str, str]) -> Rates:
    """As the root element's attributes say; a rate that is no number is TTML's own default."""
    frames = _rate(root.get(f"{PARAMETER}frameRate"), 30)
    above, below = [*root.get(f"{PARAMETER}frameRateMultiplier", "1 1").split(), "1", "1"][:2]
    rate = frames * _rate(above, 1) / _rate(below, 1)
    default = rate if f"{PARAMETER}frameRate" in root else Fraction(1)
    return Rates(rate, _rate(root.get(f"{PARAMETER}tickRate"), default))


def _rate(text: str | None, default: int | Fraction) -> Fraction:
    return Fraction(int(text)) if text and re.fullmatch(r"[1-9]\d{0,8}", text.strip()) else Fraction(default)


def seconds_of(value: str, of: Rates) -> Fraction | None:
    """A time expression of TTML in seconds; None for what is none."""
    if clock := CLOCK.fullmatch(value):
        hours, minutes, seconds, part, frames = clock.groups()
        whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
        return whole + Fraction(f"0.{part or 0}") + int(frames or 0) / of.frames
    if offset := OFFSET.fullmatch(value):
        lengths = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
        units = lengths | {"f": 1 / of.frames, "t": 1 / of.ticks}
        return Fraction(offset[1]) * units[offset[2]]
    return None
