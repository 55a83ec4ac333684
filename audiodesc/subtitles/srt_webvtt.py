"""SRT, WebVTT and SBV: blocks of text, each below a line with its times."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from html import unescape
from itertools import pairwise

import pysubs2
import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from audiodesc.core.timecode import Timecode
from audiodesc.model import Note
from audiodesc.subtitles.cues import without_uniform_kinds
from audiodesc.subtitles.kinds import top_kind, without_doubtful_signs
from audiodesc.subtitles.pysubs2_formats import parse_events, protect, unprotect
from audiodesc.subtitles.source import RawCue, ReadResult, Source, without_invisible
from audiodesc.subtitles.timecodes import code_ms, frame_count

NO_TIMES = "no times in"
FILL = "\u2060"
MOST_EMPTY = 9
TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:([.,:;])(\d{1,3}))?"
LOOSE = re.compile(rf"\s*{TIME}\s*(?:-{{1,3}}|–|—)\s?>\s*{TIME}(?=\s|$)")
FRAME_CODE = r"(\d{1,2}:\d{2}:\d{2}[:;]\d{2})"
FRAME_TIMES = re.compile(rf"{FRAME_CODE}\s{{0,9}}(?:-{{1,3}}|–|—)\s?>\s{{0,9}}{FRAME_CODE}(?=\s|$)")
ARROW_LINE = re.compile(r"\s*(?:\d{1,9}:)?\d{1,9}:\d{1,9}(?:[.,]\d{1,9})?\s*[-–—]{1,3}>")
ARROW_TIMES = re.compile(r"\s{0,9}(?P<start>[\d:.,]{4,20})\s{0,9}--+>\s{0,9}[\d:.,]{4,20}(?P<rest>.*)")
SETTING = re.compile(r"\w{1,20}:\S{1,60}|-->")
HEADER = re.compile(r"NOTE\b|STYLE\b|REGION\b|WEBVTT|X-TIMESTAMP-MAP|(?:Kind|Language|Region):|.*[;{}]\s*$")


def repair_times(source: Source, good: re.Pattern[str], point: str) -> tuple[str, list[Note]]:
    """The text with odd times ("00:03,5 -> 00:04") as WebVTT or SRT write them, and a note for each line that was
    changed, or that should hold two times and does not.

    `good` finds a time that can be read as it is; `point` stands before the ms.
    """
    count, notes = _frame_count(source)
    lines = []
    for number, line in source.lines():
        if _is_good(line, good) if "-->" in line else not ARROW_LINE.match(line):
            lines.append(line)
        elif (loose := LOOSE.match(line)) and (times := _times(loose.groups(), point, count)):
            lines.append(times + line[loose.end() :])
            if not count or not FRAME_TIMES.match(line.strip()):
                notes.append(source.note(f"odd times {line.strip()[:60]!r} are read as {times!r}", number))
        else:
            lines.append(line)
            notes.append(source.lost(number, NO_TIMES, line))
    return "\n".join(lines), notes


def _is_noted(source: Source, number: int, line: str, noted: Collection[Note]) -> bool:
    return source.lost(number, NO_TIMES, line) in noted


def _is_good(line: str, good: re.Pattern[str]) -> bool:
    start, _, end = line.partition("-->")
    return bool(good.fullmatch(start.strip()) and good.match(end.lstrip()))


def _frame_count(source: Source) -> tuple[Timecode | None, list[Note]]:
    """How frames are counted where times end in them, and a note that says so."""
    found = [match for _, line in source.lines() if (match := FRAME_TIMES.match(line.strip()))]
    if not found:
        return None, []
    count, noted = frame_count(source, [code for match in found for code in match.groups()])
    return count, noted or [source.note(f"its times end in frames, of which {count.nominal} are a second")]


def _times(parts: tuple[str | None, ...], point: str, count: Timecode | None) -> str:
    """Both times as text, "" where they are none."""
    start, end = _time(parts[:5], point, count), _time(parts[5:], point, count)
    return f"{start} --> {end}" if start and end else ""


def _time(parts: tuple[str | None, ...], point: str, count: Timecode | None) -> str:
    hours, minutes, seconds, sign, fraction = (part or "0" for part in parts)
    if int(hours) > 99 or int(minutes) > 59 or int(seconds) > 59:
        return ""
    if count and sign in ":;" and len(fraction) == 2:
        whole, ms = divmod(code_ms(f"{int(hours):02}:{int(minutes):02}:{int(seconds):02}{sign}{fraction}", count), 1000)
        return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{ms:03}"
    return f"{int(hours):02}:{int(minutes):02}:{int(seconds):02}{point}{fraction.ljust(3, '0')}"


def blocks_without_times(source: Source, timed: re.Pattern[str], noted: Collection[Note] = ()) -> list[Note]:
    """A note for each block of text without a line that says when, the file's head aside; none where `noted`, the notes
    of `mended`, has one."""
    return [
        source.lost(number, "no times above", block[0])
        for number, block in blocks(source, blanks_end=False)
        if not HEADER.match(block[0])
        and not any(timed.search(line) for line in block)
        and not any(_is_noted(source, at, line, noted) for at, line in enumerate(block, number))
    ]


def cues_not_read(
    source: Source, text: str, times: re.Pattern[str], raw: Sequence[RawCue], noted: Collection[Note] = ()
) -> list[Note]:
    """A note for each line of `times` whose words are in none of the cues that were read: no cue starts there, or
    they stand on the line itself; none where `noted`, the notes of `repair_times`, has one.

    `text` is what was read, line by line the source's.
    """
    starts, notes = {one.start_ms for one in raw}, []
    for number, (line, below) in enumerate(pairwise([*text.split("\n"), ""]), 1):
        found = times.match(line)
        if not found or _is_noted(source, number, line, noted):
            continue
        beside = not all(SETTING.fullmatch(word) for word in found["rest"].split())
        if below.strip() and _start_ms(found["start"]) not in starts:
            notes.append(source.lost(number, "a subtitle that is not read:", line))
        elif beside and not below.strip():
            notes.append(source.lost(number, "words beside the times in", line))
    return notes


def _start_ms(time: str) -> int:
    whole, _, fraction = time.replace(",", ".").partition(".")
    seconds = 0
    for part in whole.split(":"):
        seconds = seconds * 60 + int(part or 0)
    return seconds * 1000 + int(f"{fraction.replace('.', '').replace(':', '')}000"[:3])


def fill_empty_lines(text: str, timed: re.Pattern[str]) -> str:
    """The text, where a cue begins with empty lines, with invisible marks in these: else its words were lost."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if not timed.search(line) or not lines[at + 1 : at + 2] or lines[at + 1].strip():
            continue
        first = next((n for n in range(at + 1, min(at + MOST_EMPTY, len(lines))) if lines[n].strip()), 0)
        is_cue = any(timed.search(later) for later in lines[first : first + 2])
        if first and not is_cue and not HEADER.match(lines[first]):
            lines[at + 1 : first] = [FILL] * (first - at - 1)
    return "\n".join(lines)


def blocks(source: Source, *, blanks_end: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Lines up to the next empty one, with the number of the first; up to one of blanks too where these end a block."""
    block: list[str] = []
    for number, line in [*source.lines(), (0, "")]:
        if line.strip() or (line and block and not blanks_end):
            block.append(line)
        elif block:
            yield (number or source.text.count("\n") + 2) - len(block), block
            block = []


WEBVTT_TIME = re.compile(r"(?<!\d)(?:\d{1,10}:)?[0-5]?\d:[0-5]?\d\.\d{1,3}(?!\d)")
SBV_TIME = r"\d{1,9}:\d{1,2}:\d{1,2}\.\d{3}"
SBV_CUE = re.compile(rf"^[ \t]{{0,9}}(?P<start>{SBV_TIME}),{SBV_TIME}(?P<rest>.*)", re.MULTILINE)
HEAD = re.compile(r"\A(?:[ \t]{0,9}(?:\[[^\[\]\n]{1,40}\][^\n]{0,200})?\n)+(?=[ \t]{0,9}\d)")
SUBVIEWER = re.compile(r"^(\d{1,2}:\d\d:\d\d\.\d\d),(\d{1,2}:\d\d:\d\d\.\d\d)(?=\s|$)", re.MULTILINE)
BREAK = re.compile(r"<br\s{0,9}/?>|\[br\]", re.IGNORECASE)
SBV_ODD = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}\.")
ARROW = re.compile("-->")
VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]([^<>\n]+)>")

MAP = re.compile(
    r"^X-TIMESTAMP-MAP=(?=.*MPEGTS:(?P<ticks>\d{1,12}))(?=.*LOCAL:(?P<local>[\d:.]{1,20})).*$", re.MULTILINE
)
TICKS_PER_MS = 90

WEBVTT_ONLY = re.compile(
    r"(?:\A|\n)[ \t]*\n(?:(?:NOTE(?:[ \t][^\n]*)?|STYLE[ \t]*|REGION[ \t]*)(?:\n|\Z)"
    r"|(?=[^\n]*[^\d\s])[^\n]*\n(?:\d{2,6}:)?[0-5]\d:[0-5]\d\.\d{3}[ \t]+-->)"
)
"""What SRT has not: a block that is no cue, or a cue with a name that is no number."""
COMMA_TIMES = re.compile(r"^[ \t]*[\d:]{1,15},\d{1,3}[ \t]*-->", re.MULTILINE)


def is_webvtt(text: str) -> bool:
    """Whether this is WebVTT, also where its first line was lost: as SRT its comments, and the names of its cues, would
    be read as words of the cue before."""
    return text.lstrip().startswith("WEBVTT") or bool(WEBVTT_ONLY.search("\n" + text) and not COMMA_TIMES.search(text))


def read_webvtt(source: Source) -> ReadResult:
    source = replace(source, text=fill_empty_lines(_hls_times(source.text), ARROW))
    text, notes = repair_times(source, WEBVTT_TIME, ".")
    raw = _webvtt_cues(source, text, "vtt")
    noted = frozenset(notes)
    return raw, [
        *notes,
        *blocks_without_times(source, ARROW, noted),
        *cues_not_read(source, text, ARROW_TIMES, raw, noted),
    ]


def _hls_times(text: str) -> str:
    """The text of HLS segments, one or several, with the times of the film: each segment's header says which of its own
    times is which of the stream's, and the film begins where the first one does (RFC 8216, 3.5)."""
    maps = [found for found in MAP.finditer(text) if WEBVTT_TIME.fullmatch(found["local"])]
    if not maps:
        return text
    parts = [text[: maps[0].start()]]
    for found, end in zip(maps, [*(one.start() for one in maps[1:]), len(text)], strict=True):
        late_ms = (int(found["ticks"]) - int(maps[0]["ticks"])) // TICKS_PER_MS - _webvtt_ms(found["local"])
        lines = text[found.start() : end].split("\n")
        parts.append("\n".join(_shifted(line, late_ms) if late_ms and "-->" in line else line for line in lines))
    return "".join(parts)


def _shifted(line: str, late_ms: int) -> str:
    return WEBVTT_TIME.sub(lambda time: _webvtt_time(max(0, _webvtt_ms(time[0]) + late_ms)), line, count=2)


def _webvtt_ms(time: str) -> int:
    whole, _, part = time.partition(".")
    seconds = 0
    for number in whole.split(":"):
        seconds = 60 * seconds + int(number)
    return 1000 * seconds + int(part.ljust(3, "0"))


def _webvtt_time(time_ms: int) -> str:
    return f"{time_ms // 3_600_000:02}:{time_ms // 60_000 % 60:02}:{time_ms // 1000 % 60:02}.{time_ms % 1000:03}"


def read_sbv(source: Source) -> ReadResult:
    """YouTube's SBV, and SubViewer 2, of which it is made: with a head, hundredths, and [br] for a new line."""
    text = SUBVIEWER.sub(r"\g<1>0,\g<2>0", HEAD.sub(lambda head: "\n" * head[0].count("\n"), source.text, count=1))
    lines = (FILL if line and not line.strip() else line for line in text.split("\n"))
    source = replace(source, text=fill_empty_lines("\n".join(lines), SBV_CUE))
    broken = replace(source, text=BREAK.sub("\n", source.text))
    raw = _webvtt_cues(source, SBV_CUE.sub(lambda times: f"\n{times.group()}", broken.text), "sbv")
    odd = [(number, line) for number, line in source.lines() if SBV_ODD.search(line) and not SBV_CUE.match(line)]
    notes = [source.lost(number, "no times in", line) for number, line in odd]
    return raw, [*notes, *blocks_without_times(source, SBV_ODD), *cues_not_read(source, source.text, SBV_CUE, raw)]


def _webvtt_cues(source: Source, text: str, form: str) -> list[RawCue]:
    text = text.lstrip().replace("\0", "\ufffd")
    if form == "vtt" and not text.startswith("WEBVTT"):
        text = f"WEBVTT\n\n{text}"
    try:
        captions = webvtt.from_buffer(io.StringIO(text), format=form).captions
    except (MalformedFileError, MalformedCaptionError, ValueError) as error:
        raise source.refusal(f"is broken {form} ({error})", "mend it, or save it anew") from error
    return [webvtt_cue(_ms(caption.start_time), _ms(caption.end_time), caption.lines) for caption in captions]


def webvtt_cue(start_ms: int, end_ms: int, lines: Iterable[str]) -> RawCue:
    """A cue from the lines of WebVTT's cue text; also for tracks in films.

    Where several speak, each one's words begin a line that says whose they are.
    """
    tagged = without_invisible("\n".join(lines))
    names = tuple(dict.fromkeys(unescape(name).strip() for name in VOICE.findall(tagged)))
    if len(names) > 1:
        tagged = VOICE.sub(lambda voice: f"\n{voice.group(1)}: ", tagged)
    caption = webvtt.Caption(text=tagged)
    text = "\n".join(filter(None, (line.strip() for line in unescape(caption.text).split("\n"))))
    return RawCue(start_ms, end_ms, text, names[0] if len(names) == 1 else "", names=names)


def _ms(time: webvtt.models.Timestamp) -> int:
    return ((time.hours * 60 + time.minutes) * 60 + time.seconds) * 1000 + time.milliseconds


SRT_TIME = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}")
SRT_BEFORE_ZERO = re.compile(r"-\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}")
ASS_TAG = re.compile(r"\{\\[^{}]*\}")


def read_srt(source: Source) -> ReadResult:
    text, notes = repair_times(replace(source, text=SRT_BEFORE_ZERO.sub("00:00:00,000", source.text)), SRT_TIME, ",")
    for number, block in blocks(source):
        is_timed = any("-->" in line or ARROW_LINE.match(line) for line in block)
        if len(block) > 1 and block[0].strip().isdigit() and not is_timed:
            notes.append(source.lost(number + 1, "no times above", block[1]))
    raw = [_srt(event) for event in parse_events(source, protect(text), "srt")]
    return without_uniform_kinds(without_doubtful_signs(raw)), [
        *notes,
        *cues_not_read(source, text, ARROW_TIMES, raw, frozenset(notes)),
    ]


def _srt(event: pysubs2.SSAEvent) -> RawCue:
    """In SRT braces are characters, except for the tags of ASS that players understand."""
    tagged = unprotect(event.text)
    text = unescape(ASS_TAG.sub("", tagged).replace("\\N", "\n"))
    return RawCue(event.start, event.end, text, kind=top_kind(tagged, text))
