"""The formats of scripts: one row each, with what reads it and what writes it."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from audiodesc.core.plugins import AVAILABLE, Availability, Backend, backend, with_plugins
from audiodesc.errors import UsageError
from audiodesc.scripts.csv_sheet import Csv
from audiodesc.scripts.dapt_format import Dapt
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.docx import Docx
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine
from audiodesc.scripts.rtf import Rtf
from audiodesc.scripts.srt_webvtt import TAGS, Srt, WebVtt
from audiodesc.scripts.transcript import TRANSCRIPTS
from audiodesc.scripts.txt import Txt
from audiodesc.scripts.xlsx import Xlsx

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

TAILS = (12, 6, 3, 1)
"""So many letters at the end of a line are its key; then whole lines are compared."""


MOST_ALIKE = 50

Reader = Callable[["Source", Any], ScriptFile]
Writer = Callable[[ScriptDocument, Any], "str | bytes"]


@runtime_checkable
class ScriptFormat(Backend, Protocol):
    """How to write a script format: a module-level object, or a class without arguments, with these members.

    One that only reads has `write = None`, one that only writes `read = None` and `sniff = None`. A package registers
    its own as an entry point of the group "audiodesc.scripts".
    """

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What its files' names end with, in small letters, such as (".vtt",). Files are written with the first."""

    @property
    def sniff(self) -> Callable[[Source], bool] | None:
        """Whether a file is in this format: by `source.raw` (bytes), `source.text` ("" where it is no text) and
        `source.path`. Quick; raises nothing. None for formats that are recognised by `audiodesc.subtitles`."""

    @property
    def read(self) -> Reader | None:
        """Reads `(source, options)`: the lines with their text on one line, and the faults, each with the number of its
        line in the file. Words that cannot be used are a fault, not an error.

        `source.rate()` gives the film's fps, None where no film is given; `source.refusal(fault, remedy)` makes the
        error that is raised for a file that cannot be read at all. `options` is an instance of the format's own
        options, or None.
        """

    @property
    def write(self) -> Writer | None:
        """Makes the whole file from `(document, options)`; a str is encoded as UTF-8. What it writes of the lines that
        are spoken, `read` reads back: the same texts at the same times."""


@dataclass(frozen=True, slots=True)
class SubtitleFormat:
    """A format of subtitles: `name` is its key in `audiodesc.subtitles.formats`, unless `subtitles` is."""

    name: str
    summary: str
    suffixes: tuple[str, ...]
    subtitles: str = ""
    needs: str = "nothing"
    options: None = None
    sniff: None = None
    write: Writer | None = None

    def availability(self) -> Availability:
        return AVAILABLE

    def read(self, source: Source, options: None = None) -> ScriptFile:
        """In order of time: in many of these formats the order in the file has no meaning."""
        from audiodesc.subtitles import read_raw

        raw, notes = read_raw(source, self.subtitles or self.name)
        texts = [" ".join(one.text.split()) for one in raw]
        places = _text_places(texts, list(source.lines()))
        early_ms = _start_ms(source) if (self.subtitles or self.name) in COUNTED else 0
        if any(one.start_ms < early_ms for one in raw):
            early_ms = 0
        lines = [
            ScriptLine(one.start_ms - early_ms, one.end_ms - early_ms, text, place)
            for one, text, place in zip(raw, texts, places, strict=True)
            if text
        ]
        faults = tuple(_remark(note.message, source.path) for note in notes)
        return ScriptFile(tuple(sorted(lines, key=lambda line: line.start_ms)), faults)


COUNTED = ("table", "timed")
"""Formats whose times may be timecode, which begins with that of the film where all of them lie behind it."""


def _start_ms(source: Source) -> int:
    count = source.timecode()
    return round(count.start * 1000 / count.fps) if count else 0


def _text_places(texts: Sequence[str], rows: Sequence[tuple[int, str]]) -> Iterator[int]:
    """For each text the number of the line that ends with it, each line once; 0 where none does. In one pass: a file
    may hold 50,000 lines."""
    ends: dict[str, deque[tuple[int, str]]] = defaultdict(deque)
    for number, row in rows:
        letters = _letters(row)
        for tail in TAILS:
            if len(letters) >= tail:
                ends[letters[-tail:]].append((number, letters))
    used = set()
    for text in texts:
        letters = _letters(text)
        same = ends[letters[-next((tail for tail in TAILS if tail <= len(letters)), 1) :]]
        while same and same[0][0] in used:
            same.popleft()
        near = islice(same, MOST_ALIKE)
        number = next((number for number, row in near if number not in used and row.endswith(letters)), 0)
        used.add(number)
        yield number


def _letters(row: str) -> str:
    """The letters and digits of what is read of a line: no tags, no breaks."""
    return "".join(filter(str.isalnum, TAGS.sub("", row.replace("\\N", " ").replace("\\n", " ").replace("\\h", " "))))


def _remark(message: str, path: Path) -> Fault:
    """What a reader of subtitles notes, apart from the file and the line that it names."""
    place = re.match(rf"{re.escape(path.name)}(?:, line (\d+))?: ", message)
    return Fault("remark", message[place.end() :], int(place[1] or 0)) if place else Fault("remark", message)


FORMATS: Final[Mapping[str, ScriptFormat]] = {
    "webvtt": WebVtt(),
    "srt": Srt(),
    "dapt": Dapt(),
    "docx": Docx(),
    "xlsx": Xlsx(),
    "csv": Csv(),
    "txt": Txt(),
    "rtf": Rtf(),
    **{one.name: one for one in TRANSCRIPTS},
    "ass": SubtitleFormat("ass", "ASS or SSA", (".ass", ".ssa")),
    "ttml": SubtitleFormat("ttml", "TTML, IMSC or EBU-TT", (".ttml", ".xml")),
    "sami": SubtitleFormat("sami", "SAMI", (".smi", ".sami")),
    "scc": SubtitleFormat("scc", "SCC", (".scc",)),
    "stl": SubtitleFormat("stl", "EBU STL", (".stl",)),
    "sbv": SubtitleFormat("sbv", "SBV", (".sbv",)),
    "microdvd": SubtitleFormat("microdvd", "MicroDVD", (".sub",)),
    "mpl2": SubtitleFormat("mpl2", "MPL2", (".mpl",)),
    "tmplayer": SubtitleFormat("tmplayer", "TMPlayer", (".txt",)),
}
ALIASES: Final[Mapping[str, str]] = {"vtt": "webvtt"}
"""Other names for some of these."""

GROUP = "audiodesc.scripts"


def script_formats() -> Mapping[str, ScriptFormat]:
    """All formats by name, those of other packages after ours."""
    return with_plugins(FORMATS, GROUP, ScriptFormat)


def writable() -> tuple[str, ...]:
    """The names of the formats that can be written."""
    return tuple(name for name, one in script_formats().items() if one.write is not None)


def writable_format(name: str) -> ScriptFormat:
    """The format of that name. Raises UsageError where there is none, or it cannot be written."""
    formats, name = script_formats(), ALIASES.get(name, name)
    if name in formats and formats[name].write is None:
        raise UsageError(f"scripts are not written as {name}", f"choose one of: {', '.join(writable())}")
    return backend({one: formats[one] for one in writable()}, name, "script format")
