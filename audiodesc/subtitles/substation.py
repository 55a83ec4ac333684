"""ASS and SSA, by pysubs2."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pysubs2

from audiodesc.model import Note
from audiodesc.subtitles.kinds import Raw, Read, unless_all
from audiodesc.subtitles.pysubs import parsed
from audiodesc.subtitles.signs import is_sign, styled
from audiodesc.subtitles.source import Source

USUAL = ("start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
UNSAID = {"Format", "Comment", "Picture", "Sound", "Movie", "Command"}
TIME = re.compile(r"\s*-?\d{1,4}:\d{1,2}:\d{1,2}(?:[.:]\d{1,3})?\s*")
OVERRIDE = re.compile(r"\{([^{}]*)\}")
DRAWING = re.compile(r"\\p(\d{1,3})")


def read_ass(source: Source) -> Read:
    """Events in the order of the file; drawings are no text, and styles for signs and songs tell the kind."""
    notes: list[Note] = []
    form = "ass" if re.search(r"v4(?:\.00)?\+", source.text[:4000], re.IGNORECASE) else "ssa"
    text = "\n".join(_usable(source, form, notes))
    return unless_all([event_raw(event) for event in parsed(source, text, form)]), notes


def event_raw(event: pysubs2.SSAEvent) -> Raw:
    """A cue from an event of ASS; also for tracks in films."""
    speaker = "" if is_sign(event.name) else event.name
    kind = styled(event.style, event.name, event.effect, event.text)
    return Raw(event.start, event.end, shown(event.text), speaker, kind)


def shown(text: str) -> str:
    """What is read: no overrides, no drawings."""
    if "}" not in text:
        return _breaks(text)
    parts = OVERRIDE.split(text)
    drawing, kept = False, [parts[0]]
    for tags, words in zip(parts[1::2], parts[2::2], strict=True):
        if scales := DRAWING.findall(tags):
            drawing = int(scales[-1]) > 0
        if not drawing:
            kept.append(words)
    return _breaks("".join(kept))


def _breaks(text: str) -> str:
    return text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")


def _usable(source: Source, form: str, notes: list[Note]) -> Iterator[str]:
    """The lines that pysubs2 can read: styles as bare names, events in the usual order of fields."""
    first = "layer" if form == "ass" else "marked"
    fields: tuple[str, ...] = (first, *USUAL)
    in_events = False
    for number, line in source.lines():
        word, _, rest = line.strip().partition(":")
        if word == "Style":
            yield f"Style: {rest.split(',')[0].strip()}"
        elif word == "Format" and "text" in rest.lower():
            fields = tuple(field.strip().lower() for field in rest.split(","))
        elif word == "Dialogue":
            event = _event(rest, fields)
            if event is None:
                notes.append(source.lost(number, "a broken event", line))
            else:
                if "Dialogue:" in rest:
                    notes.append(source.lost(number, "another event in", line))
                yield f"Dialogue: {'Marked=0' if form == 'ssa' else '0'},{event}"
        elif line.startswith("["):
            in_events = line.strip().lower() == "[events]"
            yield line
        elif in_events and word not in UNSAID and line.strip() and not line.startswith((";", "!")):
            notes.append(source.lost(number, "no event:", line))


def _event(rest: str, fields: tuple[str, ...]) -> str | None:
    """The fields in the usual order, from the start on; None where times or text are missing."""
    parts = rest.split(",", len(fields) - 1)
    values = dict(zip(fields, parts, strict=False))
    if "text" not in values or not TIME.fullmatch(values.get("start", "")) or not TIME.fullmatch(values.get("end", "")):
        return None
    return ",".join(values.get(field, "0" if field.startswith("margin") else "").strip() for field in USUAL)
