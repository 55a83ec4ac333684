"""What a deliverable is, and what it is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from audiodesc.core.cache import Store
from audiodesc.core.plugins import AVAILABLE, Availability, Backend
from audiodesc.core.progress import Stopwatch
from audiodesc.core.provenance import Content, Provenance
from audiodesc.core.stops import Stops, of_lines
from audiodesc.core.timecode import Timecode
from audiodesc.deliver.document import script_document
from audiodesc.mix.streaming import Measured
from audiodesc.model import AudioTrack, Film, Note, Outcome, Span, SpokenLine
from audiodesc.report import extended_lines
from audiodesc.report.extended import in_extended
from audiodesc.report.model import Report
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import Comment, writable_text
from audiodesc.settings import DeliverSettings, Settings


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that a deliverable may need.

    `track` is the programme, None for a film without sound; `language` (BCP 47) is what the narrator speaks. `names`
    are the file names of all that this run makes, by deliverable, and `folder` is the name of the folder they go to;
    `files` are those that are written already, where they lie until all are published; `rows` says what each is.
    `report` is what is known so far. `measured` is the mix as it was written, None where none is made. `film_sound` is
    the AAC that goes into a Matroska. `timecode` is how the film's frames are numbered, and whether times for people
    are written so. `comments` are a person's own blocks of the WebVTT script. `options` are the deliverable's own, of
    its `options` class, None where it has none. `store` keeps what takes time to make. `part` is the part of the film
    that sound is made of, None for all of it. `is_extended`: all times are those of the film that stops for lines.
    `handles` gives the sound of a person's recording of that name before and after its clip, as two WAV files (48 kHz,
    mono), None where that is not known.
    """

    film: Film
    track: AudioTrack | None
    outcomes: tuple[Outcome, ...]
    language: str
    settings: Settings
    names: Mapping[str, str]
    folder: str
    film_sound: Path
    watch: Stopwatch
    report: Report
    timecode: tuple[Timecode, bool]
    files: Mapping[str, Path] = field(default_factory=dict)
    rows: Mapping[str, Deliverable] = field(default_factory=dict)
    measured: Measured | None = None
    comments: tuple[Comment, ...] = ()
    store: Store | None = None
    part: Span | None = None
    is_extended: bool = False
    options: Any = None
    handles: Callable[[str], tuple[Path, Path] | None] = lambda name: None

    @property
    def spoken(self) -> tuple[SpokenLine, ...]:
        """The lines that are heard, in order."""
        return tuple(outcome.speech for outcome in self.outcomes if outcome.speech)

    @property
    def provenance(self) -> Provenance | None:
        """Who wrote and who speaks the lines."""
        return self.report.provenance.of if self.report.provenance else None

    def said(self, content: Content) -> Mapping[str, str]:
        """Who wrote and who speaks the lines of a file of this content: "comment" is for people, the others are facts
        for machines. Each in one line; none where it is not known."""
        if not (known := self.provenance):
            return {}
        facts = {"comment": known.statement(content), **known.facts(content)}
        return {name: writable_text(text) for name, text in facts.items()}

    @property
    def made(self) -> Span:
        """The part of the film that sound is made of, or all of it."""
        return self.part or Span(0, self.film.duration_ms)

    @property
    def stops(self) -> Stops:
        """Where the film stops for lines."""
        return of_lines(self.spoken)

    def in_extended(self) -> Delivery:
        """The same with all times as they are in the film that stops for lines, in which nothing stops any more; itself
        where none does."""
        if not self.stops:
            return self
        outcomes = zip(self.outcomes, extended_lines(self.outcomes), strict=True)
        longer = replace(self.film, duration_ms=self.film.duration_ms + self.stops.total_ms)
        there = tuple(replace(one, speech=speech) for one, speech in outcomes)
        report = replace(in_extended(self.report), stops=None)
        part = self.stops.around(self.part) if self.part else None
        return replace(self, film=longer, outcomes=there, report=report, part=part, is_extended=True)

    @property
    def document(self) -> ScriptDocument:
        """The script, for what writes it."""
        clips = {one.segment.id: one.speech.clip for one in self.outcomes if one.speech}
        language = self.track.language if self.track else ""
        return replace(script_document(self.report, self.timecode, language, clips), comments=self.comments)


@runtime_checkable
class Deliverable(Backend, Protocol):
    """One file or folder that a user takes away. `name` is also its key in `Result.files` and in the report's "files".

    A deliverable of another package is made after those of this package except the report: the script, the mixed track,
    the narration, the film and the page are in `Delivery.files` by then. What it writes
    appears with all others when every one of them is written, and belongs to the folder as they do.
    """

    @property
    def needs_sound(self) -> bool:
        """Whether it is made of the mixed sound: `describe` makes none of those, nor does a film without a line."""

    def is_wanted(self, settings: DeliverSettings) -> bool:
        """Whether it is made though nobody asks for it by name (`--deliver`)."""

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        """The name of its file or folder, without one above it; by custom `film.path.stem`, a dot, and what it is."""

    def write(self, delivery: Delivery, path: Path) -> Iterable[Note]:
        """Write the whole file at `path`, or make a folder there and all that is in it, at any depth; give a note for
        each thing that a user should know of it.

        A folder of an earlier run is replaced when all is written. It is its user's as soon as a file in it is changed
        or added, but for what editors and systems leave in any folder.

        Raises an `AudiodescError` where the run cannot go on without it.
        """


class BuiltIn:
    """What all deliverables of this package have in common."""

    needs = "nothing"
    options: type[Any] | None = None
    needs_sound = True
    is_extended = False
    """Whether its times are those of the extended film, where there is one, and not those of the film."""
    is_alignable = False
    """Whether `align` can make it of a described track that is there already: without the lines' clips, and without the
    narrator alone."""
    is_last = False
    """Whether it is made of the files of all others, and so after them."""
    beside: tuple[str, ...] = ()
    """The names of others that it refers to, which are made with it."""

    def availability(self) -> Availability:
        return AVAILABLE

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return True

    def check(self, film: Film, settings: Settings) -> Iterable[Note]:
        """What of the film it will not have, before any work; nothing is written. Raises an AudiodescError where it
        cannot be made of this film."""
        return ()

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        """About how much room it takes on the disk, of the whole film; 0 where that is little."""
        return 0
