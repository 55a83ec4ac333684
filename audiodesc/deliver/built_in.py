"""The deliverables that are read: the script in each format, the page, and the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from audiodesc.core.plugins import Availability
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.extended import for_readers
from audiodesc.media.stills import Still, stills
from audiodesc.model import Film, Note
from audiodesc.report import numbers, to_json
from audiodesc.report.html import page
from audiodesc.scripts import writable_format, write_script
from audiodesc.scripts.transcript import Transcript
from audiodesc.settings import DeliverSettings

SCRIPT_FORMAT = "webvtt"


class Script(BuiltIn):
    """What is spoken and when."""

    name = "script"
    summary = "what is spoken and when: WebVTT"
    needs_sound = False
    is_alignable = True
    is_read = True

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.vtt"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        path.write_bytes(write_script(SCRIPT_FORMAT, delivery.document))
        return ()


class ExtraScript(BuiltIn):
    """The script in another format than WebVTT.

    Raises UsageError for a format that is not known, or that cannot be written.
    """

    needs_sound = False
    is_alignable = True

    def __init__(self, format_name: str) -> None:
        self._format = writable_format(format_name)
        self.name = format_name
        self.options = self._format.options
        self.is_read = self._format.read is not None
        self.summary = f"what is spoken and when: {self._format.summary}"

    def availability(self) -> Availability:
        return self._format.availability()

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad{self._format.suffixes[0]}"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        options = delivery.settings.options.get(self._format.name, {})
        is_transcript = isinstance(self._format, Transcript)
        document = for_readers(delivery) if is_transcript else delivery.document
        path.write_bytes(write_script(self._format.name, document, options))
        return ()


class Page(BuiltIn):
    """The report to look at, with a still of the film for each line."""

    name = "page"
    summary = "the report to look at and to listen with: one HTML file"

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.html"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        if not delivery.measured:
            raise ValueError("a page is made of the mixed sound")
        written = delivery.measured.written
        with delivery.watch("stills"):
            pictures = _stills(delivery)
        shown = page(delivery.report, written.mixed, written.narration, delivery.names, delivery.folder, pictures)
        path.write_text(shown, "utf-8")
        return ()


class ReportDocument(BuiltIn):
    """What was done and measured. It is written last: it holds the fingerprints of all other files."""

    name = "report"
    summary = "what was said where, what was left out and why, and all measurements: JSON"
    needs_sound = False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad.json"

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        path.write_text(to_json(delivery.report), "utf-8")
        return ()


SCRIPT, PAGE, REPORT = Script(), Page(), ReportDocument()


def _stills(delivery: Delivery) -> Mapping[int, Still]:
    """A picture for each line that is heard, by its number: of what was watched, or of when a person's is spoken."""
    numbered = zip(numbers(delivery.outcomes), delivery.outcomes, strict=True)
    heard = [(number, one) for number, one in numbered if number and one.speech]
    spans = [one.speech.span if one.segment.written and one.speech else one.segment.watch for _, one in heard]
    made = zip(heard, stills(delivery.film, spans, delivery.store), strict=True)
    return {number: still for (number, _), still in made if still}
