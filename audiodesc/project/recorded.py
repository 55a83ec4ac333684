"""A person's recordings in a project: read into it from anywhere, tied to lines and texts, and what is to be said of
them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from audiodesc.core.cache import Store
from audiodesc.core.formatting import clock, seconds
from audiodesc.core.timecode import Timecode
from audiodesc.errors import InputError, UsageError
from audiodesc.media.clips import wav_length
from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Gap, Note, Outcome
from audiodesc.narration.voice import Speak
from audiodesc.project.editing import Edit
from audiodesc.project.folder import HIDDEN
from audiodesc.project.lines import ProjectLine
from audiodesc.project.project import Project
from audiodesc.recordings.kept import Kept, keep_all, kept, retied
from audiodesc.recordings.matching import matches
from audiodesc.recordings.takes import FASTEST
from audiodesc.recordings.wanted import Wanted, WantedLine, same_words
from audiodesc.report import read_report
from audiodesc.report.model import ReportSegment
from audiodesc.settings import StopSettings

SOURCE = "recordings"
STAGE = "record"


@dataclass(frozen=True, slots=True)
class Recordings:
    """The recordings that are spoken, by the ids of their lines; and notes on those that are not, though a line has
    them."""

    of: Mapping[str, Kept]
    notes: tuple[Note, ...] = ()

    def voices(self, store: Store) -> dict[str, tuple[Speak, float]]:
        """What speaks each line, and how much faster at most."""
        return {id: (partial(_clip, one, store), FASTEST) for id, one in self.of.items()}

    def said(
        self, outcomes: Iterable[Outcome], gaps: Sequence[Gap], store: Store, most_ms: int = 0
    ) -> tuple[Outcome, ...]:
        """The outcomes with the names of their recordings; with remedies, of recordings that are too long. The film
        stops for a line for `most_ms` at most, 0: it does not."""
        return tuple(self._said(one, gaps, store, most_ms) for one in outcomes)

    def _said(self, outcome: Outcome, gaps: Sequence[Gap], store: Store, most_ms: int) -> Outcome:
        one = self.of.get(outcome.segment.id)
        if one is None:
            return outcome
        if outcome.speech:
            return replace(outcome, speech=replace(outcome.speech, recording=one.name))
        helps = _remedies(one, gaps, outcome, store, most_ms)
        return replace(outcome, reason=f"its recording does not fit: {outcome.reason}{helps}")

    def notes_on(self, outcomes: Iterable[Outcome]) -> Iterator[Note]:
        """What is wrong with recordings that are heard, a note for each; then those that are not."""
        for outcome in outcomes:
            one, speech = self.of.get(outcome.segment.id), outcome.speech
            if one is None or speech is None:
                continue
            at = f"line {outcome.segment.id} at {clock(speech.span.start_ms, 1)}"
            for fault in one.faults:
                yield Note(STAGE, f"{at}: its recording ({one.file}) {fault}", speech.span)
            for remark in one.remarks:
                yield Note(STAGE, f"{at}: of its recording ({one.file}), {remark}", speech.span)
        yield from self.notes


NO_RECORDINGS = Recordings({})


def _clip(one: Kept, store: Store, text: str, rate: float) -> Path:
    return one.clip(rate, store)


def recordings_of(lines: Iterable[ProjectLine], folder: Path) -> Recordings:
    """The recordings of lines of the project in a folder that are spoken: those that are there, and for the text as it
    stands."""
    of: dict[str, Kept] = {}
    notes = []
    for line in lines:
        if not line.recording:
            continue
        one, at = kept(folder / HIDDEN, line.recording), f"line {line.id} at {clock(line.start_ms, 1)}"
        if one is None:
            notes.append(
                Note(STAGE, f"{at}: its recording is gone, and the voice speaks it: record it again", line.span)
            )
        elif same_words(one.text) != same_words(line.text):
            message = (
                f"{at} was recorded for another text (“{one.text}”), and the voice speaks it: record it again, or say "
                f"that the recording is right with `audiodesc recordings FILM.ad {line.id} --keep`"
            )
            notes.append(Note(STAGE, message, line.span))
        else:
            of[line.id] = one
    return Recordings(of, tuple(notes))


def read_recordings(project: Project, place: Path, count: Timecode, report: Path, author: str) -> tuple[Note, ...]:
    """Copy recordings from a folder, or from one long file, into the project, each tied to its line; give back a note
    on each file that is not used.

    `report` is that of the last run, if there was one: it has the numbers that were given to lines. Raises InputError
    where there is nothing at `place`.
    """
    if not place.exists():
        raise InputError(f"{place} does not exist", "give a folder with recordings, or one long file")
    wanted = Wanted(tuple(_wanted(project.lines(), _reported(report))), count)
    found = matches(place, wanted)
    edits, messages = [], list(found.messages)
    for id, one, why in keep_all(found.takes, wanted.by_id, project.folder / HIDDEN):
        messages += [why] if why else []
        edits += [Edit(id, recording=one.name)] if one else []
    project.edit(edits, author, SOURCE)
    if not edits:
        messages.insert(0, f"{place} holds no recording of any line")
    return tuple(Note(STAGE, message) for message in messages)


def _wanted(lines: Sequence[ProjectLine], reported: Mapping[str, ReportSegment]) -> Iterator[WantedLine]:
    for place, line in enumerate(lines, 1):
        one = reported.get(line.id)
        number = (one.number or 0 if one else 0) if reported else place
        heard_ms = one.heard.start_ms if one and one.heard else None
        yield WantedLine(line.id, number, line.start_ms, line.text, heard_ms)


def _reported(report: Path) -> Mapping[str, ReportSegment]:
    """The lines that the last run numbered; none where there was none."""
    try:
        return {one.id: one for one in read_report(report).segments if one.number}
    except InputError:
        return {}


def _remedies(one: Kept, gaps: Sequence[Gap], outcome: Outcome, store: Store, most_ms: int) -> str:
    """What helps, the nearest first: another pause, a quicker reading, a film that stops (longer), the voice."""
    try:
        takes_ms = -(-wav_length(one.clip(FASTEST, store)) * 1000 // RATE_HZ)
    except ValueError:
        return ""
    wanted_ms = outcome.segment.wanted_ms
    holds = [gap.span for gap in gaps if gap.span.duration_ms >= takes_ms]
    near = min(holds, key=lambda span: max(span.start_ms - wanted_ms, wanted_ms - span.end_ms), default=None)
    helps = [f"begin it in the pause from {clock(near.start_ms, 1)} to {clock(near.end_ms, 1)}"] if near else []
    room_ms = outcome.segment.gap.span.duration_ms
    helps += [f"record it in {seconds(room_ms + most_ms)} s"] if room_ms + most_ms else []
    missing_ms = round(takes_ms * FASTEST) - room_ms
    helps += [f"let the film stop for it: {way}"] if (way := _stopping(missing_ms, most_ms)) else []
    helps.append(f"let the voice speak it: `audiodesc recordings FILM.ad {outcome.segment.id} --drop`")
    return f"; {', '.join(helps[:-1])}{', or ' if helps[:-1] else ''}{helps[-1]}"


def _stopping(missing_ms: int, most_ms: int) -> str:
    """The options with which the film stops for so long; "" where it never does."""
    most_s = -(-missing_ms // 1000)
    try:
        StopSettings(extended_most_s=most_s)
    except UsageError:
        return ""
    longer = f"--extended-most {most_s}" if most_ms or most_s > StopSettings().extended_most_s else ""
    return longer if most_ms else f"--extended {longer}".strip()


def kept_for_text(project: Project, id: str) -> str:
    """The name of a line's recording, tied to the text as it stands. Raises UsageError where there is none."""
    line = next((one for one in project.lines() if one.id == id), None)
    one = kept(project.folder / HIDDEN, line.recording) if line and line.recording else None
    if line is None or one is None:
        raise UsageError(f"line {id} has no recording", "give one with `audiodesc render FILM.ad --recordings FOLDER`")
    return retied(one, id, line.text, project.folder / HIDDEN).name


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A line that has a recording: the file that it came in, "" where it is gone; the text that it was recorded for;
    what is wrong with it."""

    id: str
    start_ms: int
    text: str
    file: str = ""
    recorded_text: str = ""
    faults: tuple[str, ...] = ()

    @property
    def is_spoken(self) -> bool:
        """Whether it is heard in the voice's place."""
        return bool(self.file) and same_words(self.text) == same_words(self.recorded_text)


def recorded_lines(project: Project) -> Iterator[RecordedLine]:
    """The lines that have a recording, in order of time."""
    for line in project.lines():
        if not line.recording:
            continue
        one = kept(project.folder / HIDDEN, line.recording)
        about = (one.file, one.text, (*one.faults, *one.remarks)) if one else ()
        yield RecordedLine(line.id, line.start_ms, line.text, *about)
