"""XML from strangers, by lxml: nothing is fetched from outside, no entity is expanded, document types are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

DOCTYPE = re.compile(r"(?>[\s\ufeff]+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE\b", re.DOTALL)
MARKUP = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<[?][^<>]*+>|<![A-Z][^<>]*+>"
    r"|<(?P<end>/?)(?P<name>[\w.:-]{1,64})(?P<rest>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+(?=>)|[^<>]*+)(?P<close>>|(?=<))",
    re.DOTALL,
)
WELL_FORMED = re.compile(r"(?:\s++[\w.:-]++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+\s*+/?")
ATTRIBUTE = re.compile(r"[\w.:-]{1,64}\s{0,9}=\s{0,9}(?:\"[^\"<]*\"|'[^'<]*')")


@dataclass(frozen=True, slots=True)
class XmlFault:
    """What is wrong in line `line` of a document, the first being 1."""

    line: int
    message: str


class DoctypeError(ValueError):
    """A document type declaration, with which XML can be made to read files and to fill memory. `line` is where."""

    def __init__(self, line: int) -> None:
        super().__init__(f"a document type declaration in line {line}")
        self.line = line


def read_xml(text: str) -> tuple[Element | None, list[XmlFault]]:
    """The root element, without comments and processing instructions, None where there is any fault; and the faults.

    libxml2 reads no element that is nested deeper than 256, which is a fault. Raises DoctypeError.
    """
    return _read(text, recover=False)


def read_broken_xml(text: str, deepest: int) -> tuple[Element | None, list[XmlFault]]:
    """As `read_xml`, with all that can be read in spite of the faults; None where there is no element.

    Tags of elements that are nested more than `deepest` deep are left out, so that what is in them is in the element
    around them.
    """
    _refuse_doctype(text)
    repair = _Repair(text, deepest)
    root, faults = _read(repair.text(), recover=True)
    return root, sorted([*repair.faults, *faults], key=lambda fault: fault.line)


def _refuse_doctype(text: str) -> None:
    if found := DOCTYPE.match(text):
        raise DoctypeError(text.count("\n", 0, found.end()) + 1)


def _read(text: str, *, recover: bool) -> tuple[Element | None, list[XmlFault]]:
    _refuse_doctype(text)
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        return None, _faults(parser) or [XmlFault(error.lineno or 1, error.msg or "not XML")]
    if root is not None and root.getroottree().docinfo.internalDTD is not None:  # behind something unforeseen
        raise DoctypeError(text.count("\n", 0, text.find("<!DOCTYPE")) + 1)
    return root, _faults(parser)


def _faults(parser: etree.XMLParser) -> list[XmlFault]:
    return [
        XmlFault(entry.line, entry.message.strip().partition(", line")[0])
        for entry in parser.error_log
        if entry.level_name != "WARNING"
    ]


@dataclass
class _Repair:
    """Makes start and end tags match, which libxml2 does not: for it, any end tag ends the element that is open."""

    source: str
    deepest: int
    faults: list[XmlFault] = field(default_factory=list)
    _open: list[tuple[str, bool]] = field(default_factory=list)
    """Elements that are open: their names, and whether their tags are kept."""

    _at: int = 0
    _line: int = 1
    _depth: int = 0
    _last_end: int = 0

    def text(self) -> str:
        """The text with an end tag for each start tag, and without those that end nothing; line by line the same."""
        self._last_end = self.source.rfind("</")
        body = MARKUP.sub(self._markup, self.source)
        if self._open:
            message = f"it ends before </{self._open[-1][0]}>"
            self.faults.append(XmlFault(self.source.count("\n") + 1, message))
        return body + self._closed(0)

    def _markup(self, found: re.Match[str]) -> str:
        name, rest = found["name"], found["rest"]
        if name is None:
            return self._fault(found, "a declaration inside an element") if found[0].startswith("<!D") else found[0]
        if found["end"]:
            return self._end(found, name)
        text = ""
        if not (found["close"] and WELL_FORMED.fullmatch(rest)):
            kept = list(ATTRIBUTE.finditer(rest))
            lines = self._fault(found, f"a broken start tag <{name}>")
            if not kept and not found["close"]:
                return lines
            text = "" if found["close"] else rest[kept[-1].end() :]
            rest = "".join(f" {one[0]}" for one in kept) + ("/" if found["close"] and rest.endswith("/") else "")
            text += "\n" * (lines.count("\n") - rest.count("\n") - text.count("\n"))
        return self._start(name, rest) + text

    def _start(self, name: str, rest: str) -> str:
        if rest.endswith("/"):
            return f"<{name}{rest}>"
        is_kept = self._depth < self.deepest * (2 if name.rpartition(":")[2] == "p" else 1)
        self._open.append((name, is_kept))
        self._depth += is_kept
        return f"<{name}{rest}>" if is_kept else "\n" * rest.count("\n")

    def _end(self, found: re.Match[str], name: str) -> str:
        first = max(0, len(self._open) - self.deepest)
        at = next((n for n in range(len(self._open) - 1, first - 1, -1) if self._open[n][0] == name), -1)
        if at < 0 or (at == 0 and found.start() < self._last_end):
            return self._fault(found, f"</{name}> ends nothing")
        if at < len(self._open) - 1:
            self._fault(found, f"</{name}> before </{self._open[-1][0]}>")
        return self._closed(at) + "\n" * found["rest"].count("\n")

    def _closed(self, at: int) -> str:
        """The end tags of all elements that are open, up to that one."""
        ended, self._open[at:] = self._open[at:], []
        kept = [name for name, is_kept in reversed(ended) if is_kept]
        self._depth -= len(kept)
        return "".join(f"</{name}>" for name in kept)

    def _fault(self, found: re.Match[str], message: str) -> str:
        """Note a fault; the line breaks of what is left out for it."""
        self._line += self.source.count("\n", self._at, found.start())
        self._at = found.start()
        self.faults.append(XmlFault(self._line, message))
        return "\n" * found[0].count("\n")
