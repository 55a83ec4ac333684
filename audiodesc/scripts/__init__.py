"""Description scripts: one reader and one writer for each format, used by `render`, `check`, `describe` and `make`."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiodesc.core.plugins import own_options
from audiodesc.errors import AudiodescError, ScriptError
from audiodesc.scripts.document import DocumentLine, ScriptDocument, document_of
from audiodesc.scripts.formats import FORMATS, ScriptFormat, script_formats, writable, writable_format
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine, fault_in, first, notes, spoken_lines

if TYPE_CHECKING:
    from audiodesc.core.timecode import Timecode
    from audiodesc.subtitles.encodings import Hint
    from audiodesc.subtitles.source import Rate, Source

__all__ = [
    "FORMATS", "DocumentLine", "Fault", "LineState", "ScriptDocument", "ScriptFile", "ScriptFormat", "ScriptLine",
    "check_new_lines", "document_of", "notes", "read_script", "script_formats", "spoken_lines", "writable",
    "writable_format", "write_script",
]  # fmt: skip

log = logging.getLogger(__name__)

MOST_LINES = 50_000
ZIPPED = (".docx", ".xlsx")
NO_OPTIONS: Mapping[str, Mapping[str, Any]] = {}


def read_script(
    path: Path,
    rate: Rate | None = None,
    hint: Hint | None = None,
    options: Mapping[str, Mapping[str, Any]] = NO_OPTIONS,
    timecode: Callable[[], Timecode | None] | None = None,
) -> ScriptFile:
    """The lines of a script of any format, each with its text on one line, and the faults of the file.

    `rate` gives the film's fps, for formats that count frames; it is only asked where it is needed. `hint` is for text
    that is not Unicode. `options` has the formats' own options, by the format's name. `timecode` gives the film's, for
    files that count from its start without saying so. A line may be of no length.
    Raises ScriptError for what cannot be read at all or holds no line.
    """
    source, taken, remarks = _recognised(path, rate, hint, timecode)
    script = _read(source, taken, own_options(taken, options.get(taken.name, {})))
    data = {line for line in script.lines if _is_data(line.text)}
    unread = (fault_in(line, "unread", "the cue holds data, not words") for line in script.lines if line in data)
    faults = (*script.faults, *unread)
    lines = tuple(
        replace(line, start_ms=max(0, line.start_ms), end_ms=max(0, line.end_ms))
        for line in script.lines
        if line not in data
    )
    if len(lines) > MOST_LINES:
        raise ScriptError(f"{path} holds {len(lines)} lines, more than any film", f"give at most {MOST_LINES}")
    if not lines and not script.noted:
        why = first(faults)
        raise ScriptError(f"{path} holds no line that can be read{why}", "give a script with at least one cue")
    return replace(script, lines=lines, faults=(*remarks, *faults))


def _read(source: Source, taken: ScriptFormat, options: Any) -> ScriptFile:
    assert taken.read is not None  # noqa: S101 — for the type checker: only such are recognised
    try:
        return taken.read(source, options)
    except AudiodescError:
        raise
    except Exception as error:  # whatever a stranger's module raises is a fault of the file, in one line
        if taken.name in FORMATS:
            raise
        fault = f"{type(error).__name__}: {error}".splitlines()[0]
        raise source.refusal(f"cannot be read as {taken.name} ({fault})", "give it in another format") from error


def check_new_lines(lines: Iterable[ScriptLine], path: Path) -> None:
    """Raise ScriptError for a line that would be spoken with a time code in it, which is left of its times; of a line
    that has an id they are known."""
    from audiodesc.subtitles.timecodes import TIME_IN_TEXT

    for line in lines:
        if not line.id and TIME_IN_TEXT.search(line.text):
            fault = f"{path}: the line at {line.start_ms / 1000:.1f} s would be spoken with a time code"
            raise ScriptError(f"{fault} ({line.text[:60]!r})", "take it out of the text")


def write_script(name: str, document: ScriptDocument, options: Mapping[str, Any] = NO_OPTIONS) -> bytes:
    """The content of a script file in the format of that name; `options` are the format's own.

    Raises UsageError for a format that there is not, that cannot be written, or that has no such option.
    """
    taken = writable_format(name)
    assert taken.write is not None  # noqa: S101 — for the type checker: only such are writable
    written = taken.write(document, own_options(taken, options))
    return written.encode("utf-8") if isinstance(written, str) else written


def _recognised(
    path: Path, rate: Rate | None, hint: Hint | None, timecode: Callable[[], Timecode | None] | None
) -> tuple[Source, ScriptFormat, tuple[Fault, ...]]:
    """The file, with its text where it is text, its format, and a fault where its encoding was guessed.

    Formats of other packages are asked first, also for what is known to be no text.
    """
    from audiodesc.subtitles import open_text
    from audiodesc.subtitles.encodings import NO_HINT, read_bytes
    from audiodesc.subtitles.source import Source, no_rate, no_timecode

    formats, fps, count = script_formats(), rate or no_rate, timecode or no_timecode
    try:
        raw, text, guessed = open_text(path, ScriptError, hint or NO_HINT)
    except ScriptError:
        source = Source(path, read_bytes(path, ScriptError), "", fps, ScriptError, timecode=count)
        if (taken := _sniffed(source, formats)) is None:
            if (ending := path.suffix.lower()) in ZIPPED:
                fault = f"{path} is no {ending} file, or its end is missing"
                raise ScriptError(fault, f"save it as {ending} once more, or export it again") from None
            raise
        return source, taken, ()
    source = Source(path, raw, text, fps, ScriptError, timecode=count)
    remarks = (Fault("remark", f"encoding taken to be {guessed}"),) if guessed else ()
    return source, _sniffed(source, formats) or formats[_known_by_subtitles(source)], remarks


def _sniffed(source: Source, formats: Mapping[str, ScriptFormat]) -> ScriptFormat | None:
    return next((one for one in formats.values() if _is_in(source, one)), None)


def _is_in(source: Source, taken: ScriptFormat) -> bool:
    if taken.read is None or taken.sniff is None:
        return False
    try:
        return taken.sniff(source)
    except Exception as error:  # a stranger's, see `_read`
        if taken.name in FORMATS:
            raise
        log.warning("the script format %r is not tried (%s: %s)", taken.name, type(error).__name__, error)
        return False


def _known_by_subtitles(source: Source) -> str:
    """The name of a format of subtitles; bare cues without WebVTT's head are SRT to them. Raises ScriptError."""
    from audiodesc.subtitles.formats import detected

    name = detected(source) if source.text else "stl"
    if name == "srt" and source.path.suffix.lower() == ".vtt":
        return "webvtt"
    return {"table": "csv", "timed": "txt"}.get(name, name)


def _is_data(text: str) -> bool:
    """Whether a cue holds JSON, as tracks of metadata do: no prose, and nothing to be spoken."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(text), (dict, list))
    except (ValueError, RecursionError):
        return re.match(r"\s*[{\[]\s*[{\[]*\s*\"", text) is not None
