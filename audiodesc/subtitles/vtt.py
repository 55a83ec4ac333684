"""WebVTT and SBV, by webvtt-py."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from audiodesc.subtitles.arrows import ARROW_TIMES, closed_up, mended, unread, untimed
from audiodesc.subtitles.kinds import Raw, Read
from audiodesc.subtitles.marks import visible
from audiodesc.subtitles.source import Source

WEBVTT_TIME = re.compile(r"(?<!\d)(?:\d{1,10}:)?[0-5]?\d:[0-5]?\d\.\d{1,3}(?!\d)")
SBV_TIME = r"\d{1,9}:\d{1,2}:\d{1,2}\.\d{3}"
SBV_CUE = re.compile(rf"^[ \t]{{0,9}}(?P<start>{SBV_TIME}),{SBV_TIME}(?P<rest>.*)", re.MULTILINE)
SBV_ODD = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}\.")
ARROW = re.compile("-->")
VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]([^<>\n]+)>")


def read_webvtt(source: Source) -> Read:
    source = replace(source, text=closed_up(source.text, ARROW))
    text, notes = mended(source, WEBVTT_TIME, ".")
    raw = _cues(source, text, "vtt")
    told = frozenset(notes)
    return raw, [*notes, *untimed(source, ARROW, told), *unread(source, text, ARROW_TIMES, raw, told)]


def read_sbv(source: Source) -> Read:
    raw = _cues(source, SBV_CUE.sub(lambda times: f"\n{times.group()}", source.text), "sbv")
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
    tagged = visible("\n".join(lines))
    names = tuple(dict.fromkeys(unescape(name).strip() for name in VOICE.findall(tagged)))
    if len(names) > 1:
        tagged = VOICE.sub(lambda voice: f"\n{voice.group(1)}: ", tagged)
    caption = webvtt.Caption(text=tagged)
    text = "\n".join(filter(None, (line.strip() for line in unescape(caption.text).split("\n"))))
    return Raw(start_ms, end_ms, text, names[0] if len(names) == 1 else "", names=names)


def _ms(time: webvtt.models.Timestamp) -> int:
    return ((time.hours * 60 + time.minutes) * 60 + time.seconds) * 1000 + time.milliseconds
