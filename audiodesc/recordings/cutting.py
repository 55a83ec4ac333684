"""One long file with many lines: cut by its own regions, or by an edit decision list (CMX3600) beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

from audiodesc.core.files import read_whole
from audiodesc.core.timecode import Timecode
from audiodesc.media.wav_metadata import WavAbout
from audiodesc.recordings.naming import id_in, read_name
from audiodesc.recordings.sound import Cut
from audiodesc.recordings.wanted import Wanted, same_words

LARGEST_EDL = 5_000_000
TIME = r"(\d{2}[:;.]\d{2}[:;.]\d{2}[:;.]\d{2,3})"
EVENT = re.compile(rf"\s*(\d{{1,6}})\s+(\S+)\s+(\S+)\s+(\S+)(?:\s+\d+)?\s+{TIME}\s+{TIME}\s+{TIME}\s+{TIME}\s*$")
SPEED = re.compile(r"\s*M2\s+(?:\S+\s+)?(-?\d+(?:\.\d+)?)")
COMMENT = re.compile(r"\s*\*\s*([A-Z ]+?)\s*:\s*(.*)$", re.I)
LOCATOR = re.compile(r"[\d:;.]+\s+\S+\s+(.*)$")


@dataclass(frozen=True, slots=True)
class Event:
    """An event of an EDL: the names by which it calls its file, where it takes its sound from (timecodes) and where in
    the film that goes; `texts` are what its comments say. `number` is that of the event."""

    number: int
    names: tuple[str, ...]
    source_in: str
    source_out: str
    record_in: str
    texts: tuple[str, ...] = ()
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class EditList:
    """An EDL: its events of sound, whether it counts in drop-frame (None: it does not say), and what was not read."""

    events: tuple[Event, ...]
    drops: bool | None
    faults: tuple[str, ...]


def read_edl(path: Path) -> EditList:
    """The events of a CMX3600 file. Raises OSError for what cannot be read."""
    text = read_whole(path, LARGEST_EDL).decode("utf-8", "replace")
    events: list[Event] = []
    drops, faults = None, []
    for number, row in enumerate(text.splitlines(), 1):
        if row.upper().startswith("FCM:"):
            drops = "NON" not in row.upper()
        elif found := EVENT.match(row):
            n, reel, channel, kind, *times = found.groups()
            if channel.upper().startswith("V") and "A" not in channel.upper():
                continue
            if kind.upper() != "C":
                faults.append(f"line {number}: an event of the kind {kind} (only cuts, C, are read)")
                continue
            events.append(Event(int(n), (reel,), times[0], times[1], times[2]))
        elif events and (speed := SPEED.match(row)):
            events[-1] = replace(events[-1], speed=float(speed[1]))
        elif events and (said := COMMENT.match(row)):
            events[-1] = _commented(events[-1], said[1].upper(), said[2].strip())
        elif re.match(r"\s*\d{3,6}\s+\S+\s+\S+\s+C\b", row):
            faults.append(f"line {number} is no event that can be read")
    return EditList(tuple(events), drops, tuple(faults))


def _commented(event: Event, name: str, value: str) -> Event:
    if name in ("FROM CLIP NAME", "SOURCE FILE", "FROM CLIP", "CLIP NAME"):
        return replace(event, names=(*event.names, Path(value.replace("\\", "/")).name))
    located = LOCATOR.match(value) if name == "LOC" else None
    return replace(event, texts=(*event.texts, located[1] if located else value))


def event_cut(event: Event, edl: EditList, count: Timecode, rate_hz: int, about: WavAbout | None, length: int) -> Cut:
    """The samples of a file, which has `length` of them at `rate_hz`, that an event takes.

    The file's timecode is that of its `bext`; where it has none its first sample is at 00:00:00:00 or, where that
    leaves the event outside of the file, at the film's start. Raises ValueError for an event that cannot be cut.
    """
    drops = count.drops if edl.drops is None else edl.drops
    form = Timecode(count.fps, drops)
    if drops and round(count.fps) not in (30, 60):
        raise ValueError(f"it counts in drop-frame, and the film has {form.rate_name} fps")
    if event.speed is not None and abs(event.speed - count.fps) > 0.01:
        raise ValueError(f"event {event.number} is played at another speed")
    first, end = (_sample(one, form, rate_hz) for one in (event.source_in, event.source_out))
    day = ceil(form.day * rate_hz / form.fps)
    starts = [about.metadata.time_reference] if about and about.metadata.time_reference else []
    for start in [*starts, 0, ceil(count.start * rate_hz / count.fps)]:
        at, size = (first - start) % day, (end - first) % day
        if size and at < length:
            return Cut(at, min(size, length - at))
    raise ValueError(f"event {event.number} lies outside of the file ({event.source_in} to {event.source_out})")


def _sample(code: str, form: Timecode, rate_hz: int) -> int:
    """The first sample of a frame, from midnight."""
    head, mark, frames = code[:-3], code[-3], code[-2:]
    if len(code) > 11:
        head, mark, frames = code[:8], code[8], code[9:]
    plain = f"{head.replace(';', ':').replace('.', ':')}{';' if form.drops else ':'}{frames}"
    if mark == ";" and not form.drops:
        raise ValueError(f"{code} counts in drop-frame, and the film does not")
    return ceil(form.frames(plain) * rate_hz / form.fps)


def event_line(event: Event, wanted: Wanted) -> tuple[str, str]:
    """(id of the line that an event is, "") or ("", why it is none): by an id in its comments, by where it goes in the
    film, by its text."""
    for text in event.texts:
        if id := id_in(text, wanted.ids):
            return id, ""
    if id := wanted.at_code(event.record_in.replace(";", ":").replace(".", ":")):
        return id, ""
    for text in event.texts:
        same = wanted.by_text.get(same_words(text), [])
        if len(same) == 1:
            return same[0].id, ""
    return "", f"no line begins at {event.record_in}"


def region_lines(about: WavAbout, wanted: Wanted) -> Iterator[tuple[Cut, str, str, str]]:
    """(samples, its label, id of the line, why it is none) of each region of a WAV file: by its label, as a file's name
    or as the text; of lines that say the same, by when it is in the film."""
    for region in about.metadata.regions:
        if region.count:
            cut, label = Cut(region.first, region.count), region.text.strip()
            yield cut, label, *_region_line(region.first, label, about, wanted)


def _region_line(first: int, label: str, about: WavAbout, wanted: Wanted) -> tuple[str, str]:
    same = wanted.by_text.get(same_words(label), []) if label else []
    if len(same) == 1:
        return same[0].id, ""
    timed = wanted.at(_film_ms(first, about, wanted.count))
    if same:
        return (timed, "") if timed in {line.id for line in same} else ("", f"{len(same)} lines have its text")
    id, why = wanted.by_name(read_name(label)) if label else ("", "has no label")
    if id or not timed or label:
        return id, why
    return timed, ""


def _film_ms(first: int, about: WavAbout, count: Timecode) -> float:
    """When in the film a sample is, by the file's timecode."""
    reference = about.metadata.time_reference
    origin = count.start / count.fps if reference else 0
    return float((reference + first) / about.rate_hz - origin) * 1000
