"""ASS, SSA, MicroDVD, MPL2, TMPlayer and SAMI, by pysubs2."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from fractions import Fraction
from html import unescape

import pysubs2
from pysubs2.exceptions import Pysubs2Error

from audiodesc.model import Note
from audiodesc.subtitles.cues import with_ends, without_uniform_kinds
from audiodesc.subtitles.kinds import ass_kind, is_sign
from audiodesc.subtitles.source import RawCue, ReadResult, Source

ASS_FIELDS = ("start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
NOT_DIALOGUE = {"Format", "Comment", "Picture", "Sound", "Movie", "Command"}
ASS_TIME = re.compile(r"\s*-?\d{1,4}:\d{1,2}:\d{1,2}(?:[.:]\d{1,3})?\s*")
OVERRIDE = re.compile(r"\{([^{}]*)\}")
DRAWING = re.compile(r"\\p(\d{1,3})")


def read_ass(source: Source) -> ReadResult:
    """Events in the order of the file; drawings are no text, and styles for signs and songs tell the kind."""
    notes: list[Note] = []
    form = "ass" if re.search(r"v4(?:\.00)?\+", source.text[:4000], re.IGNORECASE) else "ssa"
    text = "\n".join(_cleaned_ass(source, form, notes))
    return without_uniform_kinds([event_raw(event) for event in parse_events(source, text, form)]), notes


def event_raw(event: pysubs2.SSAEvent) -> RawCue:
    """A cue from an event of ASS; also for tracks in films."""
    speaker = "" if is_sign(event.name) else event.name
    kind = ass_kind(event.style, event.name, event.effect, event.text)
    return RawCue(event.start, event.end, shown(event.text), speaker, kind)


def shown(text: str) -> str:
    """What is read: no overrides, no drawings."""
    if "}" not in text:
        return _line_breaks(text)
    parts = OVERRIDE.split(text)
    drawing, kept = False, [parts[0]]
    for tags, words in zip(parts[1::2], parts[2::2], strict=True):
        if scales := DRAWING.findall(tags):
            drawing = int(scales[-1]) > 0
        if not drawing:
            kept.append(words)
    return _line_breaks("".join(kept))


def _line_breaks(text: str) -> str:
    return text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")


def _cleaned_ass(source: Source, form: str, notes: list[Note]) -> Iterator[str]:
    """The lines that pysubs2 can read: styles as bare names, events in the usual order of fields."""
    first = "layer" if form == "ass" else "marked"
    fields: tuple[str, ...] = (first, *ASS_FIELDS)
    in_events = False
    for number, line in source.lines():
        word, _, rest = line.strip().partition(":")
        if word == "Style":
            yield f"Style: {rest.split(',')[0].strip()}"
        elif word == "Format" and "text" in rest.lower():
            fields = tuple(field.strip().lower() for field in rest.split(","))
        elif word == "Dialogue":
            event = _ass_fields(rest, fields)
            if event is None:
                notes.append(source.lost(number, "a broken event", line))
            else:
                if "Dialogue:" in rest:
                    notes.append(source.lost(number, "another event in", line))
                yield f"Dialogue: {'Marked=0' if form == 'ssa' else '0'},{event}"
        elif line.startswith("["):
            in_events = line.strip().lower() == "[events]"
            yield line
        elif in_events and word not in NOT_DIALOGUE and line.strip() and not line.startswith((";", "!")):
            notes.append(source.lost(number, "no event:", line))


def _ass_fields(rest: str, fields: tuple[str, ...]) -> str | None:
    """The fields in the usual order, from the start on; None where times or text are missing."""
    parts = rest.split(",", len(fields) - 1)
    values = dict(zip(fields, parts, strict=False))
    if (
        "text" not in values
        or not ASS_TIME.fullmatch(values.get("start", ""))
        or not ASS_TIME.fullmatch(values.get("end", ""))
    ):
        return None
    return ",".join(values.get(field, "0" if field.startswith("margin") else "").strip() for field in ASS_FIELDS)


MICRODVD = re.compile(r"[ \t]*\{[ \t]*(\d{1,9})[ \t]*\}[ \t]*\{[ \t]*(\d{1,9})?[ \t]*\}(.*)")
MICRODVD_TAG = re.compile(r"\{[A-Za-z]:[^{}]*\}")
MPL2 = re.compile(r"\[(\d{1,9})\]\[(\d{1,9})?\](.*)")
TMPLAYER = re.compile(r"(\d{1,2}:\d{2}:\d{2}):(.*)")
SYNC = re.compile(r"<sync\b[^<>]*>?", re.IGNORECASE)
SYNC_HAS_START = re.compile(r"""start\s{0,9}=\s{0,9}["']?\d""", re.IGNORECASE)
SYNC_START = re.compile(
    r"""<sync\s+start\s{0,9}=\s{0,9}["']?\s{0,9}(\d{1,9})(?:ms)?\s{0,9}["']?\s{0,9}/?>""", re.IGNORECASE
)


def read_microdvd(source: Source) -> ReadResult:
    """Times are frames: of the film's rate, else of the rate that the file's first line gives."""
    lines, notes = _matching_lines(source, MICRODVD, "no frames in")
    declared = _declared_rate(lines[0]) if lines else None
    if declared:
        lines = lines[1:]
    rate = source.rate() or declared
    if rate is None:
        raise source.refusal("counts frames and does not say how many there are a second", "give the film too")
    if declared and abs(declared / rate - 1) > Fraction(1, 2000):
        message = f"made for {float(declared):.3f} fps; the film's {float(rate):.3f} are taken"
        notes = [source.note(message), *notes]
    text = "".join(f"{{{a}}}{{{b or a}}}{protect(MICRODVD_TAG.sub('', said))}\n" for a, b, said in lines)
    return _result(parse_events(source, text, "microdvd", fps=float(rate)), notes)


def _declared_rate(first: tuple[str, ...]) -> Fraction | None:
    start, end, said = first
    if int(start) > 1 or int(end or 0) > 1 or not re.fullmatch(r"\s*\d{2,3}(?:[.,]\d{1,6})?\s*", said):
        return None
    rate = Fraction(said.strip().replace(",", "."))
    near = next((whole for whole in (24, 30, 48, 60, 120) if abs(rate - Fraction(whole * 1000, 1001)) < 0.01), 0)
    return Fraction(near * 1000, 1001) if near else rate


def read_mpl2(source: Source) -> ReadResult:
    """Times are tenths of a second."""
    lines, notes = _matching_lines(source, MPL2, "no times in")
    text = "".join(f"[{a}][{b or a}]{protect(said)}\n" for a, b, said in lines)
    return _result(parse_events(source, text, "mpl2"), notes)


def read_tmplayer(source: Source) -> ReadResult:
    """Times are whole seconds; no cue has an end, and one without text is the end of the cue before it."""
    lines, notes = _matching_lines(source, TMPLAYER, "no time in")
    text = "".join(f"{start}:{protect(said) or ' '}\n" for start, said in lines)
    return _result((_without_end(event) for event in parse_events(source, text, "tmp")), notes)


def read_sami(source: Source) -> ReadResult:
    """No cue has an end: a cue lasts until the next, which often is of nothing but a space."""
    notes = [
        source.lost(number, "no time in", tag)
        for number, line in source.lines()
        for tag in SYNC.findall(line)
        if not SYNC_START.fullmatch(tag)
    ]
    closed, end, rest = source.text.rpartition("-->")  # a comment that nothing closes would hide all behind it
    text = SYNC.sub(_clean_sync, closed + end + rest.replace("<!--", " "))
    events = parse_events(source, protect(text) + "</BODY>", "sami")
    expected = len(SYNC_START.findall(source.text))
    if len(events) < expected:
        notes.append(source.note(f"{expected - len(events)} of its {expected} cues are inside a broken tag and lost"))
    notes += [
        source.lost(number, "a broken tag in", line)
        for number, line in source.lines()
        if len(SYNC_HAS_START.findall(line)) > len(SYNC_START.findall(line))
    ]
    return _result((_without_end(event) for event in events), notes)


def _clean_sync(tag: re.Match[str]) -> str:
    start = SYNC_START.fullmatch(tag.group())
    return f"<SYNC Start={start.group(1)}>" if start else " "


def _matching_lines(source: Source, cue: re.Pattern[str], fault: str) -> tuple[list[tuple[str, ...]], list[Note]]:
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


def _without_end(event: pysubs2.SSAEvent) -> pysubs2.SSAEvent:
    event.end = event.start  # pysubs2 guesses by the length of the text, and too short
    return event


def _result(events: Iterable[pysubs2.SSAEvent], notes: list[Note]) -> ReadResult:
    raw = [RawCue(event.start, event.end, unescape(unprotect(event.plaintext))) for event in events]
    ended, untold = with_ends(raw)
    return ended, [*notes, *untold]


PYSUBS2_ERRORS = (Pysubs2Error, ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError)
MARKS = {"\ue010": "<", "\ue011": "{"}
UNCLOSED = {"\ue010": re.compile("<(?!!--|[^<>]*>)"), "\ue011": re.compile("{(?![^{}]*})")}
"""A bracket that nothing closes before the next one opens; comments are none."""


def parse_events(source: Source, text: str, form: str, fps: float | None = None) -> list[pysubs2.SSAEvent]:
    """The events that pysubs2 finds, without comments. Its faults become a refusal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # odd styles, which do not matter here
            subs = pysubs2.SSAFile.from_string(text, format_=form, fps=fps)
    except PYSUBS2_ERRORS as error:
        raise source.refusal(f"is broken {form} ({error})", "mend it, or save it anew") from error
    return [event for event in subs if not event.is_comment]


def protect(text: str) -> str:
    """The text without what makes regular expressions slow: long runs of blanks, and unclosed brackets, which are
    replaced by marks that `unprotect` turns back."""
    text = re.sub(r"\n{4,}", "\n\n\n", re.sub(r"[ \t]{9,}", " ", text))
    for mark, bracket in UNCLOSED.items():
        text = bracket.sub(mark, text)
    return text


def unprotect(text: str) -> str:
    """The text before `protect`."""
    for mark, bracket in MARKS.items():
        text = text.replace(mark, bracket)
    return text
