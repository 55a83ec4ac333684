"""W3C DAPT scripts (a profile of TTML2) -> lines, with the line of the file in which each event begins.

Read by expat, and by nothing that resolves anything: a document type declaration, with which XML can be made to read
files and to fill memory, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from xml.parsers import expat

from audiodesc.errors import ScriptError
from audiodesc.judge.findings import Finding, ScriptLine
from audiodesc.judge.rules import found
from audiodesc.judge.timing import Rates, rates, seconds_of

TT = "http://www.w3.org/ns/ttml "
LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"
REPRESENTS = "http://www.w3.org/ns/ttml/profile/dapt#metadata represents"
SPOKEN = {f"{TT}{name}" for name in ("p", "span")}
TIMED = {f"{TT}{name}" for name in ("body", "div", "p", "span")}
PROFILE = "http://www.w3.org/ns/ttml/profile/dapt"
DEEPEST = 100


def is_dapt(text: str) -> bool:
    """Whether this is XML that names DAPT; other TTML is left to the readers of subtitles."""
    return text.lstrip().startswith("<") and PROFILE in text[:20_000]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands: its name, its time, what it inherits."""

    name: str
    start: Fraction
    end: Fraction | None
    language: str
    represents: str


@dataclass(slots=True)
class Paragraph:
    """A text of an event, in one language, while it is read: each piece with the place that it stands in."""

    place: Place
    number: int
    said: list[tuple[Place, str]] = field(default_factory=list)

    def line(self) -> ScriptLine:
        """From the first piece that is heard to the last: a span may be shorter than its event."""
        places = [place for place, text in self.said if text.strip()] or [self.place]
        start = min(place.start for place in places)
        end = max(start if place.end is None else place.end for place in places)
        text = " ".join("".join(text for _, text in self.said).split())
        return ScriptLine(round(start * 1000), round(end * 1000), text, self.number)


def read_dapt(text: str, path: Path) -> Sequence[ScriptLine | Finding]:
    """The descriptions in the script's own language, and times that cannot be read. What represents sound only, such
    as a transcript of dialogue, is left out.

    Raises ScriptError for XML that is broken or has a document type.
    """
    reader = Reader(path)
    reader.parse(text)
    seen = [one for one in reader.paragraphs if _is_seen(one.place.represents)]
    if reader.paragraphs and not seen:
        raise ScriptError(f"{path} holds only what is heard, no description", "give the script of the description")
    languages = [_language(one.place.language) for one in seen]
    own = _language(reader.language)
    wanted = own if own in languages else next(iter(languages), "")
    lines = [one.line() for one, language in zip(seen, languages, strict=True) if language == wanted]
    return [*sorted(lines, key=lambda line: line.start_ms), *reader.faults]


def _language(tag: str) -> str:
    return tag.split("-")[0].lower()


def _is_seen(represents: str) -> bool:
    return not represents or any(one.startswith("visual") for one in represents.split())


class Reader:
    """The handlers of an XML parser. `language` is the root's; `paragraphs` in the order of the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.language = ""
        self.paragraphs: list[Paragraph] = []
        self.faults: list[Finding] = []
        self._rates = Rates()
        self._open: list[Place] = []
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._said

    def parse(self, text: str) -> None:
        try:
            self._parser.Parse(text.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            why = expat.ErrorString(error.code)
            raise ScriptError(
                f"{self.path}, line {error.lineno}: broken XML ({why})", "mend it, or export it anew"
            ) from error

    def _doctype(self, *_: object) -> None:
        number = self._parser.CurrentLineNumber
        raise ScriptError(f"{self.path}, line {number}: a document type declaration", "remove it: scripts need none")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) >= DEEPEST:
            raise ScriptError(f"{self.path}, line {self._parser.CurrentLineNumber}: nested too deep", "export it anew")
        if not self._open:
            self.language = attributes.get(LANGUAGE, "")
            self._rates = rates(attributes)
        place = self._place(name, attributes)
        self._open.append(place)
        if name == f"{TT}p":
            self.paragraphs.append(Paragraph(place, self._parser.CurrentLineNumber))
        elif name == f"{TT}br":
            self._said(" ")

    def _end(self, _: str) -> None:
        self._open.pop()

    def _said(self, text: str) -> None:
        places = [place for place in self._open if place.name != f"{TT}br"]
        if places and places[-1].name in SPOKEN and any(place.name == f"{TT}p" for place in places):
            self.paragraphs[-1].said.append((places[-1], text))

    def _place(self, name: str, attributes: Mapping[str, str]) -> Place:
        above = self._open[-1] if self._open else Place("", Fraction(0), None, "", "")
        own = attributes if name in TIMED else {}
        start = above.start + (self._time(own.get("begin")) or 0)
        ends = [above.end] if above.end is not None else []
        ends += [above.start + end for end in [self._time(own.get("end"))] if end is not None]
        ends += [start + length for length in [self._time(own.get("dur"))] if length is not None]
        language = attributes.get(LANGUAGE, above.language)
        return Place(name, start, min(ends, default=None), language, attributes.get(REPRESENTS, above.represents))

    def _time(self, value: str | None) -> Fraction | None:
        """Seconds. A fault, and None, for what is no time."""
        if value is None:
            return None
        seconds = seconds_of(value.strip(), self._rates)
        if seconds is None:
            number = self._parser.CurrentLineNumber
            self.faults.append(found("unreadable", f"{value[:40]!r} is no time", number=number))
        return seconds
