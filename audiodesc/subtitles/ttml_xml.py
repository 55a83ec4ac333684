"""TTML as hostile or broken XML -> the small tree that ttconv needs: text and its timing, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from xml.etree.ElementTree import Element, SubElement

from lxml import etree

from audiodesc.core.xml import DoctypeError, XmlFault, read_broken_xml
from audiodesc.core.xml import Element as XmlElement
from audiodesc.model import Note
from audiodesc.subtitles.source import Source

TT = "{http://www.w3.org/ns/ttml}"
PARAMETER = "{http://www.w3.org/ns/ttml#parameter}"
STYLING = "{http://www.w3.org/ns/ttml#styling}"
METADATA = "{http://www.w3.org/ns/ttml#metadata}"
XML = "{http://www.w3.org/XML/1998/namespace}"
MIXED = {f"{TT}p", f"{TT}span"}
KEPT = {f"{TT}{name}" for name in ("tt", "body", "div", "p", "span", "br")}
NOT_TEXT = {f"{TT}{name}" for name in ("br", "head", "metadata", "set", "animate")}
TIMES = {"begin", "end", "dur"}
TIMING = TIMES | {"timeContainer", f"{XML}space"}
CLOCK_PARAMETERS = {
    f"{PARAMETER}{name}" for name in ("timeBase", "frameRate", "frameRateMultiplier", "tickRate", "dropMode")
}
READINGS = {"text", "textContainer", "delimiter"}
APPLE = ("{http://music.apple.com/", "{http://itunes.apple.com/")
"""Lyrics of Apple's count the times of lines from the song's start, whatever they are in."""

SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
ODD_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?")
DEEPEST = 50
MOST_ELEMENTS = 20_000
MARK = "\ue000"
BREAK = "\ue001"
"""Stands in a text for the start of a new line."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What a paragraph says of itself: its line in the file, who speaks, what it is."""

    line: int
    agents: tuple[str, ...]
    role: str


@dataclass
class TtmlTree:
    """The tree; each paragraph begins with the number of its entry in `paragraphs`, between two marks. Spans without
    times are gone, and breaks are characters, for speed.

    `agents` are names by their ids, `mended` odd times: line, as they were, as they are read. `has_pictures` where
    subtitles are pictures.
    """

    root: Element | None = None
    paragraphs: list[Paragraph] = field(default_factory=list)
    mended: list[tuple[int, str, str]] = field(default_factory=list)
    agents: dict[str, str] = field(default_factory=dict)
    has_pictures: bool = False


class TooManyError(Exception):
    """More elements than any film has."""


class Builder:
    """Makes the tree from the elements of a document in turn: what is neither timing nor text never gets into it."""

    def __init__(self) -> None:
        self.document = TtmlTree()
        self.elements = 0
        self.is_apple = False
        self._open: list[Element] = []
        self._ways: list[str] = []
        self._agent = ""
        self._space = ""

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        tag = self._tag(name)
        self.document.has_pictures |= tag == f"{TT}image" or any("backgroundImage" in key for key in attributes)
        if tag == f"{METADATA}agent":
            self._agent = attributes.get(f"{XML}id", "")
        if tag == f"{TT}br" and self._is_mixed():
            self._add(BREAK)
        way = self._way(tag, attributes)
        self._ways.append(way)
        if way == "enter":
            self._enter(tag, attributes, line)

    def _tag(self, name: str) -> str:
        """The element's name; whatever namespace the root has, or none, is taken for TTML's."""
        space, _, local = name.rpartition("}")
        local = local.rpartition(":")[2]  # of a prefix that is not declared
        if local == "tt" and self.document.root is None:
            self._space = space
        return TT + local if space in ("", self._space) else name

    def _way(self, tag: str, attributes: dict[str, str]) -> str:
        """What is done with an element: enter it, skip it with all below, or (flat) take its text for the parent's."""
        if (self._ways and self._ways[-1] == "skip") or tag in NOT_TEXT or tag.startswith(METADATA):
            return "skip"
        if attributes.get(f"{STYLING}ruby") in READINGS:
            return "skip"
        if tag not in KEPT or (tag == f"{TT}tt" and self._open):  # <i>, <font> and the like hold words
            return "flat"
        return "flat" if tag == f"{TT}span" and not TIMING & attributes.keys() else "enter"

    def _enter(self, tag: str, attributes: dict[str, str], line: int) -> None:
        mine = self._attributes(tag, attributes, line)
        if self.elements > MOST_ELEMENTS:
            raise TooManyError
        if self.document.root is None:
            self.document.root = Element(f"{TT}tt", mine if tag == f"{TT}tt" else {})
        if not self._open:
            self._open.append(self.document.root)
        if tag != f"{TT}tt":
            self._open.append(SubElement(self._parent(tag), tag, mine))
        self.elements += 1
        if tag == f"{TT}p":
            self._add(f"{MARK}{len(self.document.paragraphs)}{MARK}")
            agents = tuple(attributes.get(f"{METADATA}agent", "").split())
            self.document.paragraphs.append(Paragraph(line, agents, attributes.get(f"{METADATA}role", "")))

    def _parent(self, tag: str) -> Element:
        """What an element is put into: a division into the body, a paragraph into a division, wherever they stand."""
        holder = self._open[-1]
        if holder.tag == f"{TT}tt" and tag in (f"{TT}div", f"{TT}p"):
            body = holder.find(f"{TT}body")
            holder = SubElement(holder, f"{TT}body") if body is None else body
        if tag != f"{TT}p" or holder.tag == f"{TT}div":
            return holder
        division = next((element for element in reversed(self._open) if element.tag == f"{TT}div"), None)
        return SubElement(holder, f"{TT}div") if division is None else division

    def _attributes(self, tag: str, attributes: dict[str, str], line: int) -> dict[str, str]:
        if tag == f"{TT}tt":
            self.is_apple = any(name.startswith(APPLE) for name in attributes)
            return {name: value for name, value in attributes.items() if name in TIMING | CLOCK_PARAMETERS}
        if self.is_apple and tag != f"{TT}p":
            return {}
        mine = {name: value for name, value in attributes.items() if name in TIMING}
        for name, value in list(mine.items()):
            if name in TIMES and (mended := _time_expression(value)) != value:
                mine[name] = mended
                self.document.mended.append((line, value, mended))
        return mine

    def end(self) -> None:
        self._agent = ""
        if self._ways.pop() == "enter" and len(self._open) > 1:
            self._open.pop()

    def data(self, text: str) -> None:
        if self._agent and text.strip():
            self.document.agents[self._agent] = text.strip()
        if self._is_mixed():
            self._add(text.replace(MARK, "").replace(BREAK, ""))

    def _is_mixed(self) -> bool:
        """Whether text is read where the reader is."""
        return bool(self._ways and self._ways[-1] != "skip" and self._open and self._open[-1].tag in MIXED)

    def _add(self, text: str) -> None:
        element = self._open[-1]
        if len(element):
            element[-1].tail = (element[-1].tail or "") + text
        else:
            element.text = (element.text or "") + text


def _time_expression(time: str) -> str:
    """A time as TTML writes it, from what people write: "19.764", "3:58.640", "00:00:01,5"."""
    time = time.strip()
    if SECONDS.fullmatch(time):
        return f"{time}s"
    odd = ODD_CLOCK.fullmatch(time)
    if not odd:
        return time
    hours, minutes, seconds, fraction = odd.groups()
    return f"{int(hours or 0):02}:{int(minutes):02}:{int(seconds):02}{f'.{fraction}' if fraction else ''}"


OLD_NAMESPACE = re.compile(r"http://www\.w3\.org/200[46]/(?:04|10|11)/ttaf1")
BARE = re.compile(r"&(?!#?\w{1,32};)")
ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]{2,10};")
UNREAD = (("<!--", "-->"), ("<![CDATA[", "]]>"))
"""Would hide all behind them where nothing closes them."""


def read_tree(source: Source) -> tuple[TtmlTree, list[Note]]:
    """The document, and a note on where it is broken; what stands behind a fault is read too.

    Raises the source's error for a document type declaration, which nothing good needs, and for what is no TTML.
    """
    try:
        root, faults = read_broken_xml(_prepared(source.text), DEEPEST)
    except DoctypeError as error:
        raise source.refusal(
            f"has a document type declaration (line {error.line}), which can be made to read files and fill memory",
            "remove it",
        ) from error
    builder = Builder()
    try:
        for event, element in etree.iterwalk(root, events=("start", "end")) if root is not None else ():
            _build(builder, event, element)
    except TooManyError:
        fault = f"has more than {MOST_ELEMENTS} elements with times, more than any film"
        raise source.refusal(fault, "give one film's subtitles") from None
    return builder.document, _fault_notes(source, faults)


def _build(builder: Builder, event: str, element: XmlElement) -> None:
    is_element = isinstance(element.tag, str)  # not an entity that is not known
    if event == "start":
        if is_element:
            builder.start(element.tag, dict(element.attrib), element.sourceline or 0)
            builder.data(element.text or "")
        return
    if is_element:
        builder.end()
    builder.data(element.tail or "")


def _prepared(text: str) -> str:
    """The text as lxml reads most of it, line by line the same."""
    text = BARE.sub("&amp;", OLD_NAMESPACE.sub(TT[1:-1], text.replace("\0", "\ufffd")))
    for opening, closing in UNREAD:
        whole, end, rest = text.rpartition(closing)
        text = whole + end + rest.replace(opening, "")
    return ENTITY.sub(lambda name: unescape(name.group()), text)


def _fault_notes(source: Source, faults: list[XmlFault]) -> list[Note]:
    if not faults:
        return []
    more = f", and {len(faults) - 1} more faults behind it" if len(faults) > 1 else ""
    fault = f"broken XML ({faults[0].message}){more}: what is said there may not be protected"
    return [source.note(fault, faults[0].line)]
