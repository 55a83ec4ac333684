"""WebVTT and SBV, by webvtt-py."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from audiodesc.subtitles.arrows import ARROW_TIMES, FILL, closed_up, mended, unread, untimed
from audiodesc.subtitles.kinds import Raw, Read
from audiodesc.subtitles.marks import without_invisible
from audiodesc.subtitles.source import Source

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


def read_webvtt(source: Source) -> Read:
    source = replace(source, text=closed_up(_on_one_clock(source.text), ARROW))
    text, notes = mended(source, WEBVTT_TIME, ".")
    raw = _cues(source, text, "vtt")
    told = frozenset(notes)
    return raw, [*notes, *untimed(source, ARROW, told), *unread(source, text, ARROW_TIMES, raw, told)]


def _on_one_clock(text: str) -> str:
    """The text of HLS segments, one or several, with the times of the film: each segment's header says which of its own
    times is which of the stream's, and the film begins where the first one does (RFC 8216, 3.5)."""
    maps = [found for found in MAP.finditer(text) if WEBVTT_TIME.fullmatch(found["local"])]
    if not maps:
        return text
    parts = [text[: maps[0].start()]]
    for found, end in zip(maps, [*(one.start() for one in maps[1:]), len(text)], strict=True):
        late_ms = (int(found["ticks"]) - int(maps[0]["ticks"])) // TICKS_PER_MS - _clock_ms(found["local"])
        lines = text[found.start() : end].split("\n")
        parts.append("\n".join(_later(line, late_ms) if late_ms and "-->" in line else line for line in lines))
    return "".join(parts)


def _later(line: str, late_ms: int) -> str:
    return WEBVTT_TIME.sub(lambda time: _clock(max(0, _clock_ms(time[0]) + late_ms)), line, count=2)


def _clock_ms(time: str) -> int:
    whole, _, part = time.partition(".")
    seconds = 0
    for number in whole.split(":"):
        seconds = 60 * seconds + int(number)
    return 1000 * seconds + int(part.ljust(3, "0"))


def _clock(time_ms: int) -> str:
    return f"{time_ms // 3_600_000:02}:{time_ms // 60_000 % 60:02}:{time_ms // 1000 % 60:02}.{time_ms % 1000:03}"


def read_sbv(source: Source) -> Read:
    """YouTube's SBV, and SubViewer 2, of which it is made: with a head, hundredths, and [br] for a new line."""
    text = SUBVIEWER.sub(r"\g<1>0,\g<2>0", HEAD.sub(lambda head: "\n" * head[0].count("\n"), source.text, count=1))
    lines = (FILL if line and not line.strip() else line for line in text.split("\n"))
    source = replace(source, text=closed_up("\n".join(lines), SBV_CUE))
    broken = replace(source, text=BREAK.sub("\n", source.text))
    raw = _cues(source, SBV_CUE.sub(lambda times: f"\n{times.group()}", broken.text), "sbv")
    odd = [(number, line) for number, line in source.lines() if SBV_ODD.search(line) and not SBV_CUE.match(line)]
    notes = [source.lost(number, "no times in", line) for number, line in odd]
    return raw, [*notes, *untimed(source, SBV_ODD), *unread(source, source.text, SBV_CUE, raw)]


def _cues(source: Source, text: str, form: str) -> list[Raw]:
    try:
        captions = webvtt.from_buffer(io.StringIO(text.lstrip().replace("\0", "\ufffd")), format=form).captions
    except (MalformedFileError, MalformedCaptionError, ValueError) as error:
        raise source.refusal(f"is broken {form} ({error})", "mend it, or save it anew") from error
    return [voiced(_ms(caption.start_time), _ms(caption.end_time), caption.lines) for caption in captions]


def voiced(start_ms: int, end_ms: int, lines: Iterable[str]) -> Raw:
    """A cue from the lines of WebVTT's cue text; also for tracks in films.

    Where several speak, each one's words begin a line that says whose they are.
    """
    tagged = without_invisible("\n".join(lines))
    names = tuple(dict.fromkeys(unescape(name).strip() for name in VOICE.findall(tagged)))
    if len(names) > 1:
        tagged = VOICE.sub(lambda voice: f"\n{voice.group(1)}: ", tagged)
    caption = webvtt.Caption(text=tagged)
    text = "\n".join(filter(None, (line.strip() for line in unescape(caption.text).split("\n"))))
    return Raw(start_ms, end_ms, text, names[0] if len(names) == 1 else "", names=names)


def _ms(time: webvtt.models.Timestamp) -> int:
    return ((time.hours * 60 + time.minutes) * 60 + time.seconds) * 1000 + time.milliseconds
