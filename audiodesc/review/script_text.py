"""The whole script as one WebVTT text, and what a person changes in it as edits of lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from audiodesc.core.timecode import Timecode
from audiodesc.errors import ScriptError
from audiodesc.model import Span
from audiodesc.project import Edit
from audiodesc.project.changes import Change, changes, line_ids
from audiodesc.project.comments import comment_facts, saved_comments
from audiodesc.project.lines import ProjectLine
from audiodesc.project.project import Facts
from audiodesc.project.script_reading import all_lines
from audiodesc.review.problems import More, ProblemError
from audiodesc.review.state import Review
from audiodesc.scripts import Fault, ScriptFile, read_script, write_script
from audiodesc.scripts.document import DocumentLine, ScriptDocument
from audiodesc.scripts.known_voices import with_known_voices

REFUSED: Final = frozenset({"unread", "empty"})
"""Faults of a text that would lose words or lines."""

NAME: Final = "script.vtt"


@dataclass(frozen=True, slots=True)
class TextRead:
    """What a text asks of the lines, what is wrong in which line of it, and what is kept with its edits: a person's own
    blocks."""

    changed: tuple[Change, ...]
    faults: tuple[Fault, ...]
    facts: Facts

    def edits(self, base: int) -> list[Edit]:
        """Its edits, of lines that were last seen at the change `base`."""
        return [one.edit(base) for one in self.changed]

    @property
    def messages(self) -> tuple[str, ...]:
        """Each change in one line."""
        return tuple(str(one) for one in self.changed)


def script_text(review: Review, lines: Sequence[ProjectLine]) -> str:
    """The script as it stands."""
    known = review.known
    document = ScriptDocument(
        title=review.folder.resolve().stem,
        language=known.narrator.language if known else "",
        duration_ms=known.film.duration_ms if known else 0,
        lines=tuple(_document_line(line, review) for line in lines),
        timecode=known.timecode if known else Timecode(),
        comments=saved_comments(review.project),
    )
    return write_script("webvtt", document).decode("utf-8")


def _document_line(line: ProjectLine, review: Review) -> DocumentLine:
    return DocumentLine(
        id=line.id,
        span=_span(line, review),
        text=line.text,
        author=line.author,
        state=line.state,
        own_voice=line.voice,
        note=line.note,
        recording=bool(line.recording),
    )


def _span(line: ProjectLine, review: Review) -> Span:
    """From where it is to begin; a line of no known length lasts as long as the voice takes, or a second."""
    end_ms = line.end_ms if line.end_ms > line.start_ms else line.start_ms + (review.line_length(line) or 1_000)
    return Span(line.start_ms, end_ms)


def read_text(review: Review, text: str, lines: Sequence[ProjectLine]) -> TextRead:
    """A text held against the lines as they stand. Raises ProblemError, with faults by line, for one that cannot be
    taken as it is."""
    before = _read(script_text(review, lines)) if lines else None
    ids = [line.id for line in sorted(lines, key=lambda one: (one.start_ms, one.id))]
    known = list(zip(ids, all_lines(before), strict=True)) if before else []
    if lines and "-->" not in text:
        fault, remedy = "the text holds no line", "delete lines in the list instead"
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, fault, remedy)
    script = _read(text) if "-->" in text else ScriptFile((), ())
    if bad := [one for one in script.faults if one.kind in REFUSED]:
        first = bad[0]
        fault = f"line {first.number}: {first.message}" if first.number else first.message
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, fault, "mend it", More(faults=script.faults))
    after = [replace(one, number=number) for number, one in enumerate(all_lines(script), 1)]
    made = changes(known, after)
    return TextRead(made, script.faults, comment_facts(script.comments, all_lines(script), line_ids(known, after)))


def _read(text: str) -> ScriptFile:
    with TemporaryDirectory(prefix="audiodesc-") as folder:
        path = Path(folder) / NAME
        path.write_text(text, "utf-8", "replace")
        try:
            return with_known_voices(read_script(path))
        except ScriptError as error:
            fault = error.fault.replace(str(path), "the text")
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, fault, error.remedy, More(faults=())) from error
