"""TTML as hostile or broken XML -> the small tree that ttconv needs: text and its timing, nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from xml.etree.ElementTree import Element, ParseError, SubElement

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

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
    """The tree; each paragraph begins with the number of its entry in `told`, between two marks. Spans without
    times are gone, and breaks are characters, for speed.

    `agents` are names by their ids, `mended` odd times: line, as they were, as they are read. `has_pictures` where
    subtitles are pictures.
    """

    root: Element | None = None
    told: list[Paragraph] = field(default_factory=list)
    mended: list[tuple[int, str, str]] = field(default_factory=list)
    agents: dict[str, str] = field(default_factory=dict)
    has_pictures: bool = False


class TooManyError(Exception):
    """Raised inside the parser to stop it."""


class Builder:
    """The target of an XML parser: what is neither timing nor text never gets into its tree."""

    def __init__(self) -> None:
        self.document = TtmlTree()
        self.line: Callable[[], int] = int
        self.elements = 0
        self.is_apple = False
        self._open: list[Element] = []
        self._chain: list[Element] = []
        self._resumed = False
        self._ways: list[str] = []
        self._agent = ""
        self._space = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = self._tag(name)
        self.document.has_pictures |= tag == f"{TT}image" or any("backgroundImage" in key for key in attributes)
        if tag == f"{METADATA}agent":
            self._agent = attributes.get(f"{XML}id", "")
        if tag == f"{TT}br" and self._is_mixed():
            self._add(BREAK)
        way = self._way(tag, attributes)
        self._ways.append(way)
        if way == "enter":
            self._enter(tag, attributes)

    def _tag(self, name: str) -> str:
        """The element's name; whatever namespace the root has is taken for TTML's."""
        space, _, local = name.rpartition("}")
        if local == "tt" and self.document.root is None:
            self._space = space
        return TT + local if space in ("", self._space) else name

    def _way(self, tag: str, attributes: dict[str, str]) -> str:
        """What is done with an element: enter it, skip it with all below, or (flat) take its text for the parent's."""
        if (self._ways and self._ways[-1] == "skip") or tag in NOT_TEXT or tag.startswith(METADATA):
            return "skip"
        if attributes.get(f"{STYLING}ruby") in READINGS:
            return "skip"
        if tag not in KEPT:  # <i>, <font> and the like hold words
            return "flat"
        untimed = tag == f"{TT}span" and not TIMING & attributes.keys()
        deep = len(self._open) >= DEEPEST and tag in (f"{TT}div", f"{TT}span")
        return "flat" if untimed or deep else "enter"

    def _enter(self, tag: str, attributes: dict[str, str]) -> None:
        mine = self._attributes(tag, attributes)
        if self.elements > MOST_ELEMENTS:
            raise TooManyError
        if self._open:
            self._open.append(SubElement(self._parent(tag), tag, mine))
        else:
            self.document.root = self._open_root(tag, mine)
        self.elements += 1
        if tag == f"{TT}p":
            self._add(f"{MARK}{len(self.document.told)}{MARK}")
            agents = tuple(attributes.get(f"{METADATA}agent", "").split())
            self.document.told.append(Paragraph(self.line(), agents, attributes.get(f"{METADATA}role", "")))

    def _parent(self, tag: str) -> Element:
        """What an element is put into: a paragraph into a division, wherever it stands."""
        if tag != f"{TT}p" or self._open[-1].tag == f"{TT}div":
            return self._open[-1]
        division = next((element for element in reversed(self._open) if element.tag == f"{TT}div"), None)
        return SubElement(self._open[-1], f"{TT}div") if division is None else division

    def _attributes(self, tag: str, attributes: dict[str, str]) -> dict[str, str]:
        if tag == f"{TT}tt":
            self.is_apple = any(name.startswith(APPLE) for name in attributes)
            return {name: value for name, value in attributes.items() if name in TIMING | CLOCK_PARAMETERS}
        if self.is_apple and tag != f"{TT}p":
            return {}
        mine = {name: value for name, value in attributes.items() if name in TIMING}
        for name, value in list(mine.items()):
            if name in TIMES and (mended := _time_expression(value)) != value:
                mine[name] = mended
                self.document.mended.append((self.line(), value, mended))
        return mine

    def end(self, _: str) -> None:
        self._agent = ""
        if self._ways and self._ways.pop() == "enter" and self._open:
            self._open.pop()

    def data(self, text: str) -> None:
        if self._agent and text.strip():
            self.document.agents[self._agent] = text.strip()
        if self._is_mixed():
            self._add(text.replace(MARK, "").replace(BREAK, ""))

    def _is_mixed(self) -> bool:
        """Whether text is read where the parser is."""
        return bool(self._ways and self._ways[-1] != "skip" and self._open and self._open[-1].tag in MIXED)

    def _add(self, text: str) -> None:
        element = self._open[-1]
        if len(element):
            element[-1].tail = (element[-1].tail or "") + text
        else:
            element.text = (element.text or "") + text

    def interrupt(self) -> None:
        """The parser broke off. The next one begins with a root; what follows it goes where the last paragraph went."""
        self._chain = [element for element in self._open if element.tag not in MIXED] or self._chain
        self._open, self._ways, self._agent = [], [], ""
        self._resumed = True

    def _open_root(self, tag: str, attributes: dict[str, str]) -> Element:
        """The root, opened; after a break with all that was open there, at least a body and a division."""
        root = Element(tag, attributes) if self.document.root is None else self.document.root
        self._open = list(self._chain) if self._resumed and self._chain else [root]
        for name in ("body", "div")[len(self._open) - 1 :] if self._resumed else ():
            found = self._open[-1].find(f"{TT}{name}")
            self._open.append(SubElement(self._open[-1], f"{TT}{name}") if found is None else found)
        return root


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
ROOT = re.compile(rb"<(?:[\w.-]{1,64}:)?tt\b[^<>]{0,20000}>")
PARAGRAPH = re.compile(rb"<([\w.-]{1,64}:)?p[\s/>]")
ATTRIBUTE = re.compile(rb"\s([\w.:-]{1,64})\s*=\s*(\"[^\"<>&]{0,999}\"|'[^'<>&]{0,999}')")
PREFIX = re.compile(rb"[\s<]([A-Za-z_][\w.-]{0,31}):[A-Za-z]")
UNREAD = (("<!--", "-->"), ("<![CDATA[", "]]>"))
"""Would hide all behind them where nothing closes them."""

MOST_PREFIXES = 50
MOST_BREAKS = 200


def read_tree(source: Source) -> tuple[TtmlTree, list[Note]]:
    """The document, and a note on where it is broken; what stands behind a break is read too.

    Raises the source's error for a document type declaration, which nothing good needs, and for what is no TTML.
    """
    text = BARE.sub("&amp;", OLD_NAMESPACE.sub(TT[1:-1], source.text))
    for opening, closing in UNREAD:
        whole, end, rest = text.rpartition(closing)
        text = whole + end + rest.replace(opening, "")
    data = ENTITY.sub(lambda name: unescape(name.group()), text).encode("utf-8", "replace")
    head = _head(data)
    builder, breaks, at = Builder(), [], 0
    for _ in range(MOST_BREAKS):
        before = data.count(b"\n", 0, at)
        fault = _feed(source, builder, data[at:], head if at else b"", before)
        if not fault:
            break
        breaks.append(fault)
        builder.interrupt()
        following = PARAGRAPH.search(data, at + max(1, fault.offset))
        if not following:
            break
        at = following.start()
    return builder.document, _break_notes(source, breaks)


def _head(data: bytes) -> bytes:
    """A root to put before what stands behind a break: the file's own, as far as it can be read, with every prefix
    declared."""
    found, paragraph = ROOT.search(data), PARAGRAPH.search(data)
    attributes = {
        name: value
        for name, value in (ATTRIBUTE.findall(found.group()) if found else [])
        if name.startswith((b"xmlns", b"ttp:"))
    }
    for prefix in sorted(set(PREFIX.findall(data)) - {b"xml", b"xmlns"})[:MOST_PREFIXES]:
        attributes.setdefault(b"xmlns:" + prefix, b"'urn:unknown:" + prefix + b"'")
    prefix = (paragraph.group(1) or b"") if paragraph else b""
    attributes[b"xmlns:" + prefix[:-1] if prefix else b"xmlns"] = b"'" + TT[1:-1].encode() + b"'"
    told = b" ".join(name + b"=" + value for name, value in attributes.items())
    return b"<" + prefix + b"tt " + told + b">"


@dataclass(frozen=True, slots=True)
class Break:
    """Where a parser gave up, counted from where it began, and why."""

    offset: int
    line: int
    fault: str


def _feed(source: Source, builder: Builder, data: bytes, head: bytes, lines_before: int) -> Break | None:
    parser = DefusedXMLParser(target=builder, encoding="utf-8", forbid_dtd=True)
    base = lines_before - head.count(b"\n")
    builder.line = lambda: base + int(parser.parser.CurrentLineNumber)
    try:
        parser.feed(head)
        parser.feed(data)
        parser.close()
    except DefusedXmlException as error:
        raise source.refusal(
            f"has a document type declaration (line {builder.line()}), which can be made to read files and fill memory",
            "remove it",
        ) from error
    except TooManyError:
        fault = f"has more than {MOST_ELEMENTS} elements with times, more than any film"
        raise source.refusal(fault, "give one film's subtitles") from None
    except ParseError as error:
        parser.parser.buffer_text = False  # hands over the words before the break
        fault = str(error).partition(":")[0]
        return Break(parser.parser.ErrorByteIndex - len(head), base + int(parser.parser.ErrorLineNumber), fault)
    return None


def _break_notes(source: Source, breaks: list[Break]) -> list[Note]:
    if not breaks:
        return []
    more = f", and {len(breaks) - 1} more faults behind it" if len(breaks) > 1 else ""
    fault = f"broken XML ({breaks[0].fault}){more}: what is said there may not be protected"
    return [source.note(fault, breaks[0].line)]
