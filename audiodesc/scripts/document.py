"""A script as it is written: its lines with all that is known of each, the dialogue around them, and the timecode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from audiodesc.core.provenance import Content, Provenance
from audiodesc.core.timecode import Timecode
from audiodesc.model import Cue, LineState, Span
from audiodesc.scripts.lines import Comment, ScriptLine, writable_text

SCRIPT: Content = "script"


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a script.

    `span` is when it is heard or, where it is not spoken, when it was to be, with the time that its words take at an
    ordinary pace where nobody wrote its end; `reason` then says why it is not, and is "" for a line that is. `gap` is
    the pause that it lies in, None where that is not known, and `before` the dialogue that leads in. `author` is
    "human" or the fingerprint of what wrote it. `voice` is the label of the synthetic voice, "" where a person recorded
    it (`recording`); `own_voice` its name where it is the voice of this line and not of the film, else "". `clip` is
    its sound, a WAV file (48 kHz, mono), None where none is made; `rate` is how much faster than natural the voice
    speaks in it.
    """

    id: str
    span: Span
    text: str
    gap: Span | None = None
    before: Cue | None = None
    author: str = ""
    state: LineState = "draft"
    reason: str = ""
    voice: str = ""
    own_voice: str = ""
    recording: bool = False
    clip: Path | None = None
    rate: float = 1.0
    note: str = ""

    @property
    def is_spoken(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class ScriptDocument:
    """A film's script, for what writes it in any format.

    `language` is that of the lines and `film_language` that of the dialogue (BCP 47; "" where not known). `lines` are
    in order of time, those that are not spoken among them. `cues` are the dialogue of the whole film. `in_timecode`
    says that times for people are written as `timecode`, which a user asked for or the film has; else as a clock's.

    Of the mix: `film_gain` has (ms, dB) of each corner of the film's gain, which is straight in dB between two of them
    and 0 dB outside; `line_gain_db` is what each clip is raised by. Empty and 0 where nothing is mixed. `generator` is
    the program that wrote the document, with its version; `describer` is what wrote the lines, for people.
    `provenance` is who wrote and who speaks them, where that is known. `comments` are a person's own blocks of a WebVTT
    file, to stand where they stood.
    """

    title: str
    language: str
    duration_ms: int
    lines: tuple[DocumentLine, ...]
    cues: tuple[Cue, ...] = ()
    timecode: Timecode = field(default_factory=Timecode)
    in_timecode: bool = False
    film_language: str = ""
    film_gain: tuple[tuple[float, float], ...] = ()
    line_gain_db: float = 0.0
    generator: str = ""
    describer: str = ""
    provenance: Provenance | None = None
    comments: tuple[Comment, ...] = ()

    @property
    def spoken(self) -> tuple[DocumentLine, ...]:
        """The lines that are heard."""
        return tuple(line for line in self.lines if line.is_spoken)

    @property
    def statement(self) -> str:
        """Who wrote the lines, for people; "" where that is not known."""
        return writable_text(self.provenance.statement(SCRIPT)) if self.provenance else ""

    @property
    def facts(self) -> Mapping[str, str]:
        """The same for machines, by name."""
        known = self.provenance.facts(SCRIPT) if self.provenance else {}
        return {name: writable_text(text) for name, text in known.items()}

    @property
    def keywords(self) -> str:
        """The facts as one text, for documents that have a place for no more."""
        return "; ".join(f"{name}={text.replace(';', ',')}" for name, text in self.facts.items())


def document_of(lines: Iterable[ScriptLine], title: str = "", language: str = "") -> ScriptDocument:
    """A document of lines of which no more is known than what a file says."""
    known = tuple(
        DocumentLine(
            *(line.id, line.span, line.text),
            author=line.author,
            state=line.state or "draft",
            own_voice=line.voice,
            note=line.note,
        )
        for line in lines
    )
    return ScriptDocument(title, language, max((line.span.end_ms for line in known), default=0), known)
