"""TTML as hostile or broken XML, read as far as it makes sense."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from audiodesc.model import Note
from audiodesc.subtitles.source import Source
from audiodesc.subtitles.xmltree import MOST_ELEMENTS, TT, Builder, Document, TooManyError

OLD = re.compile(r"http://www\.w3\.org/200[46]/(?:04|10|11)/ttaf1")
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


def read_tree(source: Source) -> tuple[Document, list[Note]]:
    """The document, and a note on where it is broken; what stands behind a break is read too.

    Raises the source's error for a document type declaration, which nothing good needs, and for what is no TTML.
    """
    text = BARE.sub("&amp;", OLD.sub(TT[1:-1], source.text))
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
    return builder.document, _told_breaks(source, breaks)


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


def _told_breaks(source: Source, breaks: list[Break]) -> list[Note]:
    if not breaks:
        return []
    more = f", and {len(breaks) - 1} more faults behind it" if len(breaks) > 1 else ""
    fault = f"broken XML ({breaks[0].fault}){more}: what is said there may not be protected"
    return [source.note(fault, breaks[0].line)]
