"""Recordings held against a script: which lines are recorded, how long they take, what is wrong with their sound, and,
with a speech recogniser, whether the words are the line's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from audiodesc.core.cache import Store
from audiodesc.core.formatting import seconds
from audiodesc.core.languages import of_texts
from audiodesc.core.progress import Progress, silent
from audiodesc.core.timecode import Timecode
from audiodesc.dialogue import read_source
from audiodesc.dialogue.subtitle_source import hint
from audiodesc.errors import InputError
from audiodesc.judge.rules import Severity, exit_code, severities
from audiodesc.media.clips import wav_length
from audiodesc.media.own_timecode import count_of
from audiodesc.media.sound import RATE_HZ
from audiodesc.planning.extend import longest_stop_ms
from audiodesc.recordings.hearing import Comparison, compared
from audiodesc.recordings.kept import Kept, keep_all
from audiodesc.recordings.matching import matches
from audiodesc.recordings.takes import FASTEST
from audiodesc.recordings.transcribing import Transcribe, transcriber
from audiodesc.recordings.wanted import Wanted, WantedLine, same_words
from audiodesc.scripts import ScriptLine, read_script
from audiodesc.settings import Settings
from audiodesc.subtitles import frame_rate
from audiodesc.subtitles.source import no_rate

DEFAULT = Settings()

Kind = Literal["unused", "missing", "sound", "long", "text", "words", "line"]


@dataclass(frozen=True, slots=True)
class RecordingFinding:
    """What was found of a line's recording, or of a file that is none: then `line` is empty."""

    kind: Kind
    severity: Severity
    message: str
    line: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class RecordingsCheck:
    """Of so many lines so many are recorded; where words were compared, how many of how many were wrong in so many
    recordings (`compared`, 0 where nothing listened)."""

    lines: int
    recorded: int
    findings: tuple[RecordingFinding, ...]
    compared: int = 0
    words: int = 0
    wrong_words: int = 0

    def count(self, severity: Severity) -> int:
        return severities(self.findings)[severity]

    def exit_code(self, *, strict: bool = False) -> int:
        return exit_code(self.findings, strict=strict)


def check_recordings(
    script: str | Path,
    recordings: str | Path,
    film: str | Path | None = None,
    asr: str | None = None,
    settings: Settings = DEFAULT,
    *,
    progress: Progress = silent,
) -> RecordingsCheck:
    """Hold recordings, in a folder or in one long file, against a script.

    `film` says how frames are numbered: without it timecodes say nothing. `asr` is the folder of a model of speech
    recognition on this disk, or its name in the user's cache; where it is None the first Whisper that is there is
    taken, if any, and nothing is fetched. Raises an InputError for what cannot be read at all.
    """
    source = read_source(Path(film), None, settings, mixed=False, optional=True) if film else None
    rate = (lambda: frame_rate(source.film)) if source else no_rate
    code = partial(count_of, source.film, settings.deliver) if source else None
    encoding = hint(settings.dialogue, source.track if source else None)
    read = read_script(Path(script), rate, encoding, settings.options, code)
    language = settings.voice.language or of_texts(line.text for line in read.lines)
    known = (code() if code else None, transcriber(asr, language), progress, longest_stop_ms(settings.stops))
    return held_against(read.lines, Path(recordings), *known)


def held_against(
    lines: Sequence[ScriptLine],
    place: Path,
    count: Timecode | None = None,
    transcribe: Transcribe | None = None,
    progress: Progress = silent,
    most_ms: int = 0,
) -> RecordingsCheck:
    """Hold the recordings at `place`, a folder or one long file, against the lines of a script.

    `count` is how the film's frames are numbered, None where the film is not known: then timecodes in names say
    nothing. The film stops for a line for `most_ms` at most. Raises InputError where there is nothing at `place`.
    """
    if not place.exists():
        raise InputError(f"{place} does not exist", "give a folder with recordings, or one long file")
    wanted = tuple(_wanted(lines))
    known = Wanted(wanted, count or Timecode(), has_codes=count is not None)
    found = matches(place, known)
    findings = [RecordingFinding("unused", "warning", message) for message in found.messages]
    recorded = 0
    comparisons: list[Comparison] = []
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "clips")
        for done, (id, one, why) in enumerate(keep_all(found.takes, known.by_id, Path(folder)), 1):
            progress("listen", done, len(found.takes))
            if one is None:
                findings.append(RecordingFinding("sound", "error", why, id))
                continue
            recorded += 1
            clip = one.clip(1.0, store)
            findings += _sound(known.by_id[id], one)
            findings += _length(known.by_id[id], lines, wanted, wav_length(clip) * 1000 // RATE_HZ, most_ms)
            if transcribe:
                comparisons.append(compared(known.by_id[id], transcribe(clip), wanted))
                findings += _words(id, comparisons[-1])
    left = [id for id in known.by_id if id not in found.takes]
    findings += [RecordingFinding("missing", "info", "it is not recorded", id) for id in left]
    of = {line.id: n for n, line in enumerate(wanted)}
    findings.sort(key=lambda one: of.get(one.line, -1))
    return RecordingsCheck(
        len(wanted),
        recorded,
        tuple(findings),
        len(comparisons),
        sum(one.words for one in comparisons),
        sum(one.errors for one in comparisons),
    )


def _wanted(lines: Sequence[ScriptLine]) -> Iterator[WantedLine]:
    """The lines with ids: their own or, where the script gives none, their numbers."""
    for number, line in enumerate(lines, 1):
        yield WantedLine(line.id or str(number), number, line.start_ms, line.text)


def _sound(line: WantedLine, one: Kept) -> Iterator[RecordingFinding]:
    for fault in one.faults:
        yield RecordingFinding("sound", "warning", f"its recording {fault}", line.id, one.file)
    if same_words(one.text) != same_words(line.text):
        yield RecordingFinding("text", "warning", f"it was recorded for another text: “{one.text}”", line.id, one.file)


def _length(
    line: WantedLine, lines: Sequence[ScriptLine], wanted: Sequence[WantedLine], takes_ms: int, most_ms: int
) -> Iterator[RecordingFinding]:
    """A recording that is longer than its cue by more than it can be made faster; an error where it goes into the next
    line. In a film that stops, one that is longer by more than the longest stop."""
    cue = lines[line.number - 1]
    after = min((one.start_ms for one in wanted if one.start_ms > line.start_ms), default=None)
    if most_ms:
        if takes_ms > (lasts_ms := cue.span.duration_ms) + most_ms:
            has = f"the script has {seconds(lasts_ms)} s for it and the film stops for {seconds(most_ms)} s at most"
            yield RecordingFinding("long", "error", f"its recording takes {seconds(takes_ms)} s, {has}", line.id)
        return
    fastest_ms = takes_ms / FASTEST
    if after is not None and fastest_ms > after - line.start_ms:
        over = seconds(fastest_ms - (after - line.start_ms))
        yield RecordingFinding("long", "error", f"its recording goes {over} s into the next line", line.id)
    elif cue.span.duration_ms and fastest_ms > cue.span.duration_ms + 100:
        what = f"its recording takes {seconds(takes_ms)} s, and the script has {seconds(cue.span.duration_ms)} s for it"
        yield RecordingFinding("long", "warning", what, line.id)


def _words(id: str, one: Comparison) -> Iterator[RecordingFinding]:
    if one.other:
        yield RecordingFinding("line", "error", f"its recording is of line {one.other}: “{one.heard}” is heard", id)
    elif one.differs:
        what = f"{one.errors} of its {one.words} words are not as written: “{one.heard}” is heard"
        yield RecordingFinding("words", "warning", what, id)
