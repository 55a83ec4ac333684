"""Formats of one cue a line or block: SRT, MicroDVD, MPL2, TMPlayer and SAMI, by pysubs2."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from html import unescape

import pysubs2

from audiodesc.model import Note
from audiodesc.subtitles.arrows import ARROW, ARROW_TIMES, blocks, mended, unread
from audiodesc.subtitles.ending import lasting
from audiodesc.subtitles.kinds import Raw, Read, unless_all
from audiodesc.subtitles.pysubs import parsed, tame, wild
from audiodesc.subtitles.signs import at_top, unless_alike
from audiodesc.subtitles.source import Source

SRT_TIME = re.compile(r"\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}")
SRT_BEFORE_ZERO = re.compile(r"-\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}")
ASS_TAG = re.compile(r"\{\\[^{}]*\}")
FRAMES = re.compile(r"[ \t]*\{[ \t]*(\d{1,9})[ \t]*\}[ \t]*\{[ \t]*(\d{1,9})?[ \t]*\}(.*)")
FRAMES_ASIDE = re.compile(r"\{[A-Za-z]:[^{}]*\}")
TENTHS = re.compile(r"\[(\d{1,9})\]\[(\d{1,9})?\](.*)")
SECONDS = re.compile(r"(\d{1,2}:\d{2}:\d{2}):(.*)")
SYNC = re.compile(r"<sync\b[^<>]*>?", re.IGNORECASE)
START = re.compile(r"""start\s{0,9}=\s{0,9}["']?\d""", re.IGNORECASE)
SYNC_START = re.compile(
    r"""<sync\s+start\s{0,9}=\s{0,9}["']?\s{0,9}(\d{1,9})(?:ms)?\s{0,9}["']?\s{0,9}/?>""", re.IGNORECASE
)


def read_srt(source: Source) -> Read:
    text, notes = mended(replace(source, text=SRT_BEFORE_ZERO.sub("00:00:00,000", source.text)), SRT_TIME, ",")
    for number, block in blocks(source):
        is_timed = any("-->" in line or ARROW.match(line) for line in block)
        if len(block) > 1 and block[0].strip().isdigit() and not is_timed:
            notes.append(source.lost(number + 1, "no times above", block[1]))
    raw = [_srt(event) for event in parsed(source, tame(text), "srt")]
    return unless_all(unless_alike(raw)), [*notes, *unread(source, text, ARROW_TIMES, raw, frozenset(notes))]


def _srt(event: pysubs2.SSAEvent) -> Raw:
    """In SRT braces are characters, except for the tags of ASS that players understand."""
    tagged = wild(event.text)
    text = unescape(ASS_TAG.sub("", tagged).replace("\\N", "\n"))
    return Raw(event.start, event.end, text, kind=at_top(tagged, text))


def read_microdvd(source: Source) -> Read:
    """Times are frames: of the film's rate, else of the rate that the file's first line gives."""
    lines, notes = _picked(source, FRAMES, "no frames in")
    declared = _declared_rate(lines[0]) if lines else None
    if declared:
        lines = lines[1:]
    rate = source.rate() or declared
    if rate is None:
        raise source.refusal("counts frames and does not say how many there are a second", "give the film too")
    if declared and abs(declared / rate - 1) > Fraction(1, 2000):
        told = f"made for {float(declared):.3f} frames a second; the film's {float(rate):.3f} are taken"
        notes = [source.note(told), *notes]
    text = "".join(f"{{{a}}}{{{b or a}}}{tame(FRAMES_ASIDE.sub('', said))}\n" for a, b, said in lines)
    return _with_ends(parsed(source, text, "microdvd", fps=float(rate)), notes)


def _declared_rate(first: tuple[str, ...]) -> Fraction | None:
    start, end, said = first
    if int(start) > 1 or int(end or 0) > 1 or not re.fullmatch(r"\s*\d{2,3}(?:[.,]\d{1,6})?\s*", said):
        return None
    rate = Fraction(said.strip().replace(",", "."))
    near = next((whole for whole in (24, 30, 48, 60, 120) if abs(rate - Fraction(whole * 1000, 1001)) < 0.01), 0)
    return Fraction(near * 1000, 1001) if near else rate


def read_mpl2(source: Source) -> Read:
    """Times are tenths of a second."""
    lines, notes = _picked(source, TENTHS, "no times in")
    text = "".join(f"[{a}][{b or a}]{tame(said)}\n" for a, b, said in lines)
    return _with_ends(parsed(source, text, "mpl2"), notes)


def read_tmplayer(source: Source) -> Read:
    """Times are whole seconds; no cue has an end, and one without text is the end of the cue before it."""
    lines, notes = _picked(source, SECONDS, "no time in")
    text = "".join(f"{start}:{tame(said) or ' '}\n" for start, said in lines)
    return _with_ends((_endless(event) for event in parsed(source, text, "tmp")), notes)


def read_sami(source: Source) -> Read:
    """No cue has an end: a cue lasts until the next, which often is of nothing but a space."""
    notes = [
        source.lost(number, "no time in", tag)
        for number, line in source.lines()
        for tag in SYNC.findall(line)
        if not SYNC_START.fullmatch(tag)
    ]
    closed, end, rest = source.text.rpartition("-->")  # a comment that nothing closes would hide all behind it
    text = SYNC.sub(_clean_sync, closed + end + rest.replace("<!--", " "))
    events = parsed(source, tame(text) + "</BODY>", "sami")
    expected = len(SYNC_START.findall(source.text))
    if len(events) < expected:
        notes.append(source.note(f"{expected - len(events)} of its {expected} cues are inside a broken tag and lost"))
    notes += [
        source.lost(number, "a broken tag in", line)
        for number, line in source.lines()
        if len(START.findall(line)) > len(SYNC_START.findall(line))
    ]
    return _with_ends((_endless(event) for event in events), notes)


def _clean_sync(tag: re.Match[str]) -> str:
    start = SYNC_START.fullmatch(tag.group())
    return f"<SYNC Start={start.group(1)}>" if start else " "


def _picked(source: Source, cue: re.Pattern[str], fault: str) -> tuple[list[tuple[str, ...]], list[Note]]:
    """The groups of each line that is a cue, and a note for each that is not."""
    found, notes = [], []
    for number, line in source.lines():
        if match := cue.fullmatch(line.rstrip()):
            found.append(match.groups(""))
            if cue.search(match[match.re.groups]):
                notes.append(source.lost(number, "another cue's times in", line))
        elif line.strip():
            notes.append(source.lost(number, fault, line))
    return found, notes


def _endless(event: pysubs2.SSAEvent) -> pysubs2.SSAEvent:
    event.end = event.start  # pysubs2 guesses by the length of the text, and too short
    return event


def _with_ends(events: Iterable[pysubs2.SSAEvent], notes: list[Note]) -> Read:
    raw = [Raw(event.start, event.end, unescape(wild(event.plaintext))) for event in events]
    ended, told = lasting(raw)
    return ended, [*notes, *told]
