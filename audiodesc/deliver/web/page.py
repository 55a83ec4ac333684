"""The page of a film on a web site: the film with and without description, their tracks, and the transcript."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment

from audiodesc.core.formatting import address, clock
from audiodesc.core.languages import is_tag, primary, tag
from audiodesc.core.pages import environment
from audiodesc.core.stops import Stops
from audiodesc.deliver.web.tracks import Text, WebTrack
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.transcript import UNKNOWN, Entry, parts_of, shown

OTHERWISE: Final = "en"
"""The page's own language where it has no words in that of the description."""


@dataclass(frozen=True, slots=True)
class PageTrack:
    """A track as the page names it; `file` is its name."""

    kind: str
    language: str
    label: str
    file: str


@dataclass(frozen=True, slots=True)
class FilmTracks:
    """The tracks of one of the films; `chapters` is a file's name, "" where there are none."""

    captions: Sequence[PageTrack] = ()
    chapters: str = ""


@dataclass(frozen=True, slots=True)
class PageContent:
    """What the page shows: the `document` with its title, the tracks of the film and of the `described` one, in the
    same order, and chapters with their titles. All times are those of the film, and so are its `stops`. `descriptions`
    is a file's name, `size` the picture's in square pixels (width, height)."""

    document: ScriptDocument
    film: FilmTracks
    described: FilmTracks
    chapters: Sequence[Text]
    descriptions: str
    stops: Stops
    size: tuple[int, int]


def page_language(language: str) -> str:
    """The language that the page's own words are in, for a description in `language`."""
    return own if (own := primary(language)) in _every() else OTHERWISE


def page_words(language: str) -> Mapping[str, str]:
    """The page's own words, for a description in that language."""
    return _every()[page_language(language)]


def as_page(content: PageContent) -> str:
    """HTML, without a script or a style in it."""
    document, says = content.document, page_words(content.document.language)
    language = tag(document.language) if is_tag(tag(document.language)) else ""
    length = clock(document.duration_ms + content.stops.total_ms)
    shown_parts = [(head, [_entry(one, document, says) for one in those]) for head, those in parts_of(document)]
    return _environment().get_template("index.html").render(
        title=document.title,
        says=says,
        page_language=page_language(document.language),
        language=language,
        facts=document.facts,
        statement=document.statement,
        stops=json.dumps([[stop.at_ms, stop.length_ms] for stop in content.stops.stops]),
        longer=says["longer"].format(length=length) if content.stops else "",
        size=content.size,
        film=content.film,
        described=content.described,
        descriptions=content.descriptions,
        chapters=[{"start_ms": span.start_ms, "title": title} for span, title in content.chapters],
        parts=shown_parts,
    )  # fmt: skip


def page_files() -> Mapping[str, str]:
    """What the page loads: its style and its script, by their names."""
    style = str(_environment().globals["style"])
    return {"style.css": f"{style}\n", "player.js": _own("templates/player.js")}


def page_tracks(tracks: Iterable[WebTrack], unnamed: str, infix: str = "") -> list[PageTrack]:
    """The tracks with names of files, no two of which are the same: captions.en.vtt, subtitles.2.de.vtt. `unnamed`
    stands in the label where the language is not known."""
    made, listed = [], list(tracks)
    several = sum(not one.language for one in listed) > 1
    for number, one in enumerate(listed, 1):
        parts = (one.kind, str(number) if number > 1 else "", one.language.lower(), infix, "vtt")
        label = one.label if one.language else f"{unnamed} {one.label}" if several else unnamed
        made.append(PageTrack(one.kind, one.language, label, ".".join(filter(None, parts))))
    return made


def _entry(entry: Entry, document: ScriptDocument, says: Mapping[str, str]) -> dict[str, Any]:
    """A paragraph: `lead` is who speaks, `language` that of its words, "" where it is the page's."""
    is_unknown, is_line = entry.text == UNKNOWN, entry.kind == "description"
    spoken = tag(document.language if is_line else document.film_language)
    return {
        "kind": entry.kind,
        "start_ms": entry.start_ms,
        "lead": says["label"] if is_line else entry.speaker,
        "language": spoken if is_tag(spoken) and not is_unknown else "",
        "text": f"[{says['unknown']}]" if is_unknown else shown(entry),
    }


@cache
def _every() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_own("texts.toml"))


def _own(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


@cache
def _environment() -> Environment:
    return environment(__package__, "style.css", address=address, clock=clock)
