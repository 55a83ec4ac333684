"""Scripts as WebVTT and SRT: read with all faults in their places, and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape, unescape
from itertools import pairwise
from typing import TYPE_CHECKING

from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.scripts.document import DocumentLine, ScriptDocument
from audiodesc.scripts.lines import Fault, ScriptFile, ScriptLine, backwards, fault_in, writable_text
from audiodesc.scripts.webvtt_notes import NO_CUE, Row, blocks_of, comments_of, mended, note_of, noted_lines

if TYPE_CHECKING:
    from audiodesc.subtitles.source import Source

NEARLY_TIMES = re.compile(r"\s*-?(?:\d{1,9}:){1,2}\d{1,9}(?:[.,]\d{1,9})?\s*[-–—=]{1,9}>")
ARROW = re.compile(r"[-–—=]{1,9}>")
TIME = re.compile(r"(-?)(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})(?:[.,:;](\d{1,3}))?")
WEBVTT_TIME = re.compile(r"(?:\d{2,6}:)?[0-5]\d:[0-5]\d\.\d{3}")
WEBVTT_HEAD = re.compile(r"WEBVTT(?:[ \t\n]|$)")
SRT_TIME = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}")
TAGS = re.compile(r"\{[^{}]*\}|<[^<>]*>")
SRT_MARKS = re.compile(r"<[^<>]*>|\{\\[^{}]*\}|\\[Nnh]")
"""What players, and readers, take for tags and breaks."""

ID_DIGITS = 9
"""So many digits has an id of ours; other programs number cues with fewer."""

MOST_AHEAD = 50
"""So many lines of times are looked through for that of a cue."""


class WebVtt:
    """WebVTT, and SRT in a file that is called .vtt."""

    name = "webvtt"
    summary = "WebVTT descriptions"
    needs = "nothing"
    options = None
    suffixes = (".vtt",)
    sniff = None

    def availability(self) -> Availability:
        return AVAILABLE

    def read(self, source: Source, options: None = None) -> ScriptFile:
        """A cue is a line. Times that are odd are read where they can be, with a fault; `number` is the line in which
        the times stand."""
        from audiodesc.subtitles.srt_webvtt import is_webvtt

        name = "webvtt" if is_webvtt(source.text) else "srt"
        source = mended(source)
        rows = dict(source.lines())
        lines = tuple(replace(cue, id=_id(rows, cue.number)) for cue in _cues(source, name) if cue.text)
        noted = tuple(noted_lines(source))
        faults = (*_webvtt_faults(source, lines), *backwards(lines))
        return ScriptFile(lines, faults, noted=noted, comments=comments_of(source, (*lines, *noted)))

    def write(self, document: ScriptDocument, options: None = None) -> str:
        """A cue for each spoken line, from its first to its last sound, named by the line's id, in a voice span where
        the line has a voice of its own; a note for each that is not spoken, with its words and the reason."""
        return "\n\n".join(blocks_of(document, map(_webvtt_block, document.lines))) + "\n"


class Srt:
    """SubRip. The number above its times is a counter, which every editor counts anew: it holds no id, and lines that
    come back are known by time and text."""

    name = "srt"
    summary = "SRT, for players and editors that do not read WebVTT"
    needs = "nothing"
    options = None
    suffixes = (".srt",)
    sniff = None

    def availability(self) -> Availability:
        return AVAILABLE

    def read(self, source: Source, options: None = None) -> ScriptFile:
        """As WebVTT is read."""
        cues = [replace(cue, voice="") for cue in _cues(source, "srt")]
        lines = tuple(cue for cue in cues if cue.text)
        empty = (fault_in(cue, "empty", "a cue without words") for cue in cues if not cue.text)
        return ScriptFile(lines, (*_srt_faults(list(source.lines()), cues), *empty, *backwards(lines)))

    def write(self, document: ScriptDocument, options: None = None) -> str:
        """A cue for each spoken line. SRT has no marks that stand for "<" and "&": these are escaped only where a
        reader would take them for a tag or an escape."""
        return "".join(
            f"{n}\n{cue_time(line.span.start_ms, ',')} --> {cue_time(line.span.end_ms, ',')}\n{_plain(line.text)}\n\n"
            for n, line in enumerate(document.spoken, 1)
        )


def _webvtt_block(line: DocumentLine) -> str:
    said = _escaped(line.text)
    text = f"<v {_escaped(line.own_voice)}>{said}" if line.own_voice and not line.reason else said
    start, end = cue_time(line.span.start_ms), cue_time(line.span.end_ms)
    if line.reason:
        return note_of(line, start, end, text)
    id = writable_text(line.id)
    heads = [id] if id and "-->" not in id and not NO_CUE.match(id) else []
    return "\n".join([*heads, f"{start} --> {end}", text])


def _escaped(text: str) -> str:
    return escape(writable_text(text), quote=False)


def _cues(source: Source, name: str) -> list[ScriptLine]:
    """All cues in the order of the file, those without words too."""
    from audiodesc.subtitles import read_raw

    raw, _ = read_raw(source, name)
    places = _timing_places([(one.start_ms, one.end_ms) for one in raw], list(source.lines()))
    return [
        ScriptLine(one.start_ms, one.end_ms, " ".join(one.text.split()), place, voice=one.speaker)
        for one, place in zip(raw, places, strict=True)
    ]


def _id(rows: Mapping[int, str], number: int) -> str:
    """What stands alone above a line of times, and is no number as programs count cues; "" for nothing."""
    above = rows.get(number - 1, "").strip()
    alone = not rows.get(number - 2, "").strip()
    counted = above.isdigit() and len(above) < ID_DIGITS
    return above if number > 2 and alone and not counted and not NO_CUE.match(above) else ""


def _webvtt_faults(source: Source, lines: Iterable[ScriptLine]) -> Iterator[Fault]:
    """What players leave out of a file, or read otherwise than it is read here."""
    if not WEBVTT_HEAD.match(source.text):
        yield Fault("malformed", "the file does not begin with WEBVTT", 1)
    read = {line.number: line for line in lines}
    late = False  # the words of the cue before stand behind an empty line
    for block in _blocks(list(source.lines())):
        starts = [n for n, (_, row) in enumerate(block) if _is_timing(row)]
        if not starts and not late and not NO_CUE.match(block[0][1]):
            yield Fault("unread", "text outside of any cue is never spoken", block[0][0], block[0][1].strip())
        late = late and not starts and bool(NO_CUE.match(block[0][1]))
        for timing, said in _parted(block, starts):
            words = _webvtt_words(said)
            late = not words and timing[0] in read
            yield from _webvtt_cue_faults(timing, words, read)


def _webvtt_cue_faults(timing: Row, words: str, read: Mapping[int, ScriptLine]) -> Iterator[Fault]:
    number, row = timing
    line = read.get(number)
    start, _, rest = row.partition("-->")
    times = [WEBVTT_TIME.fullmatch(time) for time in (start.strip(), *rest.split()[:1])]
    if len(times) != 2 or None in times:
        yield _no_times(timing, words, line)
    elif line and not words:
        yield fault_in(line, "malformed", "an empty line parts the cue from its words")
    elif not line and words:
        yield Fault("unread", "a cue that cannot be read", number, words)
    elif not line:
        start_ms, end_ms = _span_ms(row) or (0, 0)
        yield fault_in(ScriptLine(start_ms, end_ms, "", number), "empty", "a cue without words")


def _webvtt_words(said: list[str]) -> str:
    import webvtt

    return " ".join(unescape(webvtt.Caption(text=said).text).split())


def _srt_faults(rows: list[Row], cues: Iterable[ScriptLine]) -> Iterator[Fault]:
    """What players leave out of a file, or read otherwise than it is read here."""
    read = {cue.number: cue for cue in cues}
    starts = [n for n, (_, row) in enumerate(rows) if _is_timing(row)]
    for timing, said in _parted(rows, starts):
        number, row = timing
        words = _srt_words(said)
        if "-->" not in row or row.lstrip().startswith("-") or len(SRT_TIME.findall(row)) != 2:
            yield _no_times(timing, words, read.get(number))
        elif number not in read:
            yield Fault("unread", "a cue that cannot be read", number, words)
    for block in _blocks(rows):
        if len(block) > 1 and block[0][1].strip().isdigit() and not any(_is_timing(row) for _, row in block):
            yield Fault("malformed", f"no times above {block[1][1].strip()[:60]!r}", *block[1])


def _srt_words(said: list[str]) -> str:
    """Without the number of the next cue."""
    kept = list(said)
    while kept and (not kept[-1].strip() or kept[-1].strip().isdigit()):
        kept.pop()
    return " ".join(unescape(TAGS.sub("", " ".join(kept))).split())


def _plain(text: str) -> str:
    text = writable_text(text)
    if not SRT_MARKS.search(text) and "-->" not in text and unescape(text) == text:
        return text
    return escape(text, quote=False).replace("\\", "&#92;").replace("{", "&#123;")


def cue_time(ms: int, point: str = ".") -> str:
    """A time as WebVTT has it, and with a comma SRT: 00:04:05.300."""
    seconds, ms = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{ms:03}"


def _no_times(timing: Row, words: str, line: ScriptLine | None) -> Fault:
    """The fault of a line of times that is not written as it should be; `line` is what was read of it all the same."""
    number, row = timing
    shown = f"no times in {row.strip()[:60]!r}"
    if line is None:
        return Fault("unread", shown, number, words)
    return Fault(
        "malformed", f"{shown}, which is read as {cue_time(line.start_ms)} --> {cue_time(line.end_ms)}", number, words
    )


def _is_timing(row: str) -> bool:
    """Whether a line of WebVTT or SRT says when, or is meant to."""
    return "-->" in row or bool(NEARLY_TIMES.match(row))


def _timing_places(spans_ms: Sequence[tuple[int, int]], rows: Sequence[Row]) -> Iterator[int]:
    """For each cue, by its start and end, the number of the line that has its times; 0 where none is found.

    Both are in the order of the file. Where each line of times has its cue, no times are compared: those in the file
    may count frames, or from another zero.
    """
    timed = [(number, _span_ms(row)) for number, row in rows if _is_timing(row)]
    if len(timed) == len(spans_ms):
        yield from (number for number, _ in timed)
        return
    at = 0
    for span_ms in spans_ms:
        near = range(at, min(at + MOST_AHEAD, len(timed)))
        found = next((n for n in near if timed[n][1] == span_ms), None)
        yield timed[found][0] if found is not None else 0
        at = found + 1 if found is not None else at


def _span_ms(row: str) -> tuple[int, int] | None:
    """Start and end by a line of times, None where it has none."""
    start, *rest = ARROW.split(row, maxsplit=1)
    times = [TIME.fullmatch(time) for time in (start.strip(), *(rest[0].split()[:1] if rest else ()))]
    found = [_ms(time) for time in times if time]
    return (found[0], found[1]) if len(found) == 2 else None


def _ms(time: re.Match[str]) -> int:
    """A time before the film's start counts as 0."""
    before, hours, minutes, seconds, fraction = (part or "" for part in time.groups())
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return 0 if before else whole * 1000 + int(f"{fraction}000"[:3])


def _parted(rows: Sequence[Row], starts: Sequence[int]) -> Iterator[tuple[Row, list[str]]]:
    """Lines of times, given their positions in `rows`, each with what stands below it up to the next one."""
    for start, following in pairwise([*starts, len(rows)]):
        yield rows[start], [row for _, row in rows[start + 1 : following]]


def _blocks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """What stands between two empty lines."""
    block: list[Row] = []
    for number, row in [*rows, (len(rows) + 1, "")]:
        if row:
            block.append((number, row))
        elif block:
            yield block
            block = []
