"""The formats of subtitles, told apart by content."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from audiodesc.model import Note
from audiodesc.subtitles.kinds import Raw
from audiodesc.subtitles.source import Source
from audiodesc.subtitles.timecodes import CODE
from audiodesc.subtitles.timedlines import is_table, is_timed

Reader = Callable[[Source], tuple[list[Raw], list[Note]]]
STL_HEAD = re.compile(rb"[0-9 ]{3}STL\d\d\.\d\d")
XML = {"tt": "ttml", "sami": "sami"}
ROOT = re.compile(r"<(?![?!])(?:[\w.-]{1,64}:)?([\w.-]{1,64})")
TTML_NAMESPACE = re.compile(r"w3\.org/(?:ns/ttml|200[46]/\d\d/ttaf1)")
LOOKED_AT = 200
"""How many lines may come before the first cue."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format's name for people, and where its reader is ("module:function").

    Each cue has a `mark`, by which cues are counted before they are read; there may be `most` of them. `first` is
    what the first cue looks like, None for formats that are known by their head.
    """

    label: str
    place: str
    mark: str = "\n"
    most: int = 60_000
    first: re.Pattern[str] | None = None


def _line(form: str) -> re.Pattern[str]:
    return re.compile(form, re.IGNORECASE)


HERE = "audiodesc.subtitles"
FORMATS = {
    "webvtt": Format("WebVTT", f"{HERE}.vtt:read_webvtt", "-->", 20_000),
    "ass": Format(
        "ASS or SSA", f"{HERE}.substation:read_ass", "\nDialogue:", 50_000, _line(r"\[Script Info\]|\[V4\+? Styles")
    ),
    "ttml": Format("TTML, IMSC or EBU-TT", f"{HERE}.ttml:read_ttml", "<", 500_000),
    "sami": Format("SAMI", f"{HERE}.plain:read_sami", "<", 200_000),
    "scc": Format("SCC", f"{HERE}.scc:read_scc"),
    "stl": Format("EBU STL", f"{HERE}.stl:read_stl"),
    "srt": Format(
        "SRT",
        f"{HERE}.plain:read_srt",
        "-->",
        20_000,
        _line(r"-?(?:\d{1,3}:)?\d{1,2}:\d{1,2}(?:[.,:]\d{1,3})?\s*-{1,3}>"),
    ),
    "sbv": Format(
        "SBV",
        f"{HERE}.vtt:read_sbv",
        first=_line(r"\d{1,9}:\d{1,2}:\d{1,2}\.\d{2,3},\d{1,9}:\d{1,2}:\d{1,2}\.\d{2,3}(?![,;\t\d])"),
    ),
    "microdvd": Format(
        "MicroDVD",
        f"{HERE}.plain:read_microdvd",
        most=20_000,
        first=_line(r"\{[ \t]*\d{1,9}[ \t]*\}[ \t]*\{[ \t]*\d{0,9}[ \t]*\}"),
    ),
    "mpl2": Format("MPL2", f"{HERE}.plain:read_mpl2", most=20_000, first=_line(r"\[\d{1,9}\]\[\d{0,9}\]")),
    "table": Format(
        "CSV or TSV",
        f"{HERE}.timedlines:read_table",
        most=20_000,
        first=_line(rf"(?:[^,;|\t]{{0,80}}[,;|\t]){{0,9}}\"?{CODE}\"?\s{{0,9}}[,;|\t]"),
    ),
    "timed": Format(
        "text with time codes",
        f"{HERE}.timedlines:read_timed_lines",
        most=60_000,
        first=_line(rf"(?:\d{{1,6}}[.:)]?[ \t]{{1,9}})?[\[(<]?{CODE}[\])>]?(?=[\s,;|–—-]|$)"),
    ),
    "tmplayer": Format("TMPlayer", f"{HERE}.plain:read_tmplayer", most=20_000, first=_line(r"\d{1,2}:\d{2}:\d{2}:")),
}
"""In the order in which a line is tried."""

KNOWN = "SRT, WebVTT, ASS, TTML, EBU STL, SCC, SAMI, MicroDVD, MPL2, TMPlayer, SBV, or text with a time code a line"


def is_stl(raw: bytes) -> bool:
    """Whether this is EBU STL, the one format that is no text."""
    return bool(STL_HEAD.match(raw))


def reader(name: str) -> Reader:
    """What reads the format of that name. Its libraries are loaded now."""
    module, _, attribute = FORMATS[name].place.partition(":")
    return cast(Reader, getattr(import_module(module), attribute))


def told(source: Source) -> str:
    """The name of the format of a text. Raises the source's error for what is none."""
    text = source.text.lstrip()
    if text.startswith("WEBVTT"):
        return "webvtt"
    if text.startswith("Scenarist_SCC"):
        return "scc"
    if text.startswith("<"):
        return _told_xml(source, text)
    for line in text.split("\n", LOOKED_AT)[:LOOKED_AT]:
        for name, form in FORMATS.items():
            if form.first and form.first.match(line.strip()) and _is(name, source.text):
                return name
    number, first = next(((number, line.strip()) for number, line in source.lines() if line.strip()), (1, ""))
    raise source.refusal(f"is not subtitles in a known format (line {number} is {first[:40]!r})", f"give {KNOWN}")


def _is(name: str, text: str) -> bool:
    """Whether a text of which a line looks like that format is in it: a time code is more than a time and a number."""
    if name == "table":
        return is_table(text)
    return is_timed(text) if name == "timed" else True


def _told_xml(source: Source, text: str) -> str:
    root = ROOT.search(text)
    name = root.group(1).lower() if root else ""
    if name == "bdn":
        raise source.refusal("names pictures of subtitles (BDN)", "give subtitles as text")
    if name not in XML and TTML_NAMESPACE.search(text):
        return "ttml"
    if name not in XML:
        raise source.refusal(f"is XML or HTML (<{name or '?'}>), but not subtitles", f"give {KNOWN}")
    return XML[name]
