"""TTML, IMSC and EBU-TT, by ttconv; and the cues of any of ttconv's documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element, ElementTree, SubElement

from audiodesc.model import CueKind, Note
from audiodesc.subtitles.cues import with_ends
from audiodesc.subtitles.source import RawCue, ReadResult, Source, captured_log
from audiodesc.subtitles.ttml_xml import BREAK, PARAMETER, TIMES, TT, Paragraph, TtmlTree, read_tree

MARKED = re.compile("\ue000([0-9]{1,9})\ue000")
ROLES: dict[str, CueKind] = {"sound": "sound", "music": "sound", "lyrics": "lyrics", "title": "on_screen"}
TTCONV_ERRORS = (ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError, AssertionError)
TTCONV_FAULTS = {
    "Bad begin": "an unreadable begin",
    "Bad end": "an unreadable end",
    "Bad dur": "an unreadable duration",
    "bad timeContainer": "an unknown time container",
    "Frame count": "more frames than a second has",
}


def read_ttml(source: Source) -> ReadResult:
    """Times as the file's own clock, rates and containers give them; who speaks by `ttm:agent`.

    Styles and regions are ignored: dialogue may be hidden, and is spoken all the same.
    """
    document, notes = read_tree(source)
    if document.root is None or (notes and not len(document.root)):
        raise source.refusal("is TTML without a body", "export it anew")
    refuse_zero_rates(source, document.root)
    if document.root.get(f"{PARAMETER}timeBase") == "clock":  # which ttconv refuses
        document.root.set(f"{PARAMETER}timeBase", "media")
        notes.append(source.note("its times are of a clock: they are read as times of day, and count from 0:00"))
    set_container_ends(document.root)
    model, said = _model(source, document.root)
    raw: list[RawCue] = []
    unseen = dict(enumerate(document.paragraphs))
    for pieces in paragraphs(model):
        raw += _paragraph_cues(document, pieces, unseen)
    if document.has_pictures:
        if not any(one.text.strip() for one in raw):
            raise source.refusal("is TTML whose subtitles are pictures", "give its text profile, or SRT or WebVTT")
        notes.append(source.note("it holds pictures too: what is said in them is not protected"))
    notes += [source.note(f"odd time {was!r} is read as {now!r}", line) for line, was, now in document.mended]
    notes += [
        source.note("a paragraph that is never shown: it is not protected", paragraph.line)
        for paragraph in unseen.values()
    ]
    ended, untold = with_ends(raw)
    return ended, notes + said + untold


def _model(source: Source, root: Element) -> tuple[Any, list[Note]]:
    from ttconv.imsc.reader import to_model

    try:
        with captured_log("ttconv") as said:
            model = to_model(ElementTree(root))
    except TTCONV_ERRORS as error:
        raise source.refusal(f"is broken TTML ({error})", "mend it, or export it anew") from error
    if model is None:
        raise source.refusal("is no TTML that can be read", "mend it, or export it anew")
    return model, [note for text in said if (note := _ttconv_note(source, text))]


def _ttconv_note(source: Source, said: str) -> Note | None:
    """What ttconv says about a time; its other remarks are on styles."""
    fault = next((fault for start, fault in TTCONV_FAULTS.items() if said.startswith(start)), "")
    value = said.partition("value: ")[2]
    line = source.line_of(f'"{value}"') if value else 0
    return source.note(f"{fault} {value[:40]!r}" if value else fault, line) if fault else None


def _paragraph_cues(document: TtmlTree, pieces: list[TextRun], unseen: dict[int, Paragraph]) -> list[RawCue]:
    """The cues of a paragraph, with what it says of itself; one that has cues, or no text, is taken out of `unseen`."""
    mark = next((match for piece in pieces if (match := MARKED.search(piece.text))), None)
    bare = [replace(piece, text=MARKED.sub("", piece.text)) for piece in pieces]
    found = text_cues(bare)
    if not mark:
        return found
    paragraph = document.paragraphs[int(mark.group(1))]
    if found or not any(piece.text.strip() for piece in bare):
        del unseen[int(mark.group(1))]
    names = tuple(document.agents[agent] for agent in paragraph.agents if agent in document.agents)
    kind = next((ROLES[role] for role in paragraph.role.split() if role in ROLES), None)
    speaker = names[0] if len(names) == 1 else ""
    return [replace(cue, speaker=speaker, names=names, kind=kind) for cue in found]


CONTAINERS = {f"{TT}body", f"{TT}div"}
MOST_MEASURED = 100
MOST_READ = 25_000
"""Of containers in sequence, and of the elements in them: each costs a reading of what is in it, and they may nest."""

RATES = {
    "frameRate": ("a frame rate", re.compile(r"f\s*$|:\d+:\d+:\d+")),
    "frameRateMultiplier": ("a frame rate", re.compile("")),
    "tickRate": ("a tick rate", re.compile(r"t\s*$")),
}
"""What each is for people, and the times that count by it; ttconv computes with the multiplier in any case."""

ZERO = re.compile(r"(?<![\d.])0+(?:\.0*)?(?![\d.])")


def refuse_zero_rates(source: Source, root: Element) -> None:
    """Raises the source's error for a rate of 0 by which times count; one that none counts by is forgotten."""
    times = [value for element in root.iter() for name in TIMES if (value := element.get(name))]
    for name, (rate, counts) in RATES.items():
        value = root.get(f"{PARAMETER}{name}", "")
        if not ZERO.search(value):
            continue
        if any(map(counts.search, times)):
            line = source.line_of(f"{name}=") or source.line_of(name)
            raise source.refusal(f"has {rate} of 0 (line {line}: {name} is {value[:40]!r})", "give its true rate there")
        del root.attrib[f"{PARAMETER}{name}"]


def set_container_ends(root: Element) -> None:
    """Give an end to each container without one.

    ttconv 1.2 takes the ends of what is in a container for times of the container's parent, and cuts all that is
    later. In parallel no end is needed: nothing is shown longer than it lasts itself. In sequence the next one
    begins there, and it is measured.
    """
    measured = read = 0
    for parent in reversed(list(root.iter())):
        in_sequence = parent.get("timeContainer") == "seq"
        for child in parent:
            if child.tag not in CONTAINERS or child.attrib.keys() & {"end", "dur"}:
                continue
            if not in_sequence:
                child.set("end", f"{FOREVER}s")
            elif measured < MOST_MEASURED and read + (inside := sum(1 for _ in child.iter())) < MOST_READ:
                measured, read = measured + 1, read + inside
                _set_duration(root, child)


def _set_duration(root: Element, container: Element) -> None:
    from ttconv.imsc.reader import to_model

    alone = Element(root.tag, root.attrib)
    copy = SubElement(SubElement(alone, f"{TT}body", {"end": f"{FOREVER}s"}), f"{TT}div", dict(container.attrib))
    copy.attrib.pop("begin", None)
    copy.set("end", f"{FOREVER}s")
    copy.extend(container)
    with captured_log("ttconv"):
        pieces = [piece for found in paragraphs(to_model(ElementTree(alone))) for piece in found]
    ends = [piece.end for piece in pieces]
    if ends and all(end is not None and end < FOREVER for end in ends):
        container.set("dur", f"{float(max(end for end in ends if end is not None))}s")


Interval = tuple[Fraction, Fraction | None]
FOREVER = 10**9
"""In seconds: what ends then does not end."""


@dataclass(frozen=True, slots=True)
class TextRun:
    """A run of text and when it is shown, in seconds; None is until the end of the document."""

    start: Fraction
    end: Fraction | None
    text: str


def paragraphs(document: Any) -> Iterator[list[TextRun]]:
    """The pieces of each paragraph of a document, in order. Styles and regions are not asked whether they show it."""
    from ttconv.model import P

    body = document.get_body()
    todo: list[tuple[Any, Fraction, Fraction | None]] = [(body, Fraction(0), None)] if body is not None else []
    while todo:
        element, start, end = todo.pop()
        start, end = _active(element, start, end)
        if isinstance(element, P):
            yield list(_runs(element, start, end))
        else:
            todo += [(child, start, end) for child in reversed(list(element))]


def text_cues(pieces: list[TextRun], stretch: Fraction = Fraction(1)) -> list[RawCue]:
    """One cue for each stretch of time in which the paragraph's text is shown without a break.

    A cue that does not say when it ends has no length. `stretch` multiplies all times.
    """
    shown = [n for n, one in enumerate(pieces) if one.text.strip() and (one.end is None or one.end > one.start)]
    spans: list[tuple[Fraction, Fraction]] = []
    places: dict[int, int] = {}
    for n in sorted(shown, key=lambda n: pieces[n].start):
        start, end = pieces[n].start, pieces[n].end or Fraction(FOREVER)
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
        places[n] = len(spans) - 1
    texts = _texts(pieces, places, len(spans))
    return [_text_cue(start, end, text, stretch) for (start, end), text in zip(spans, texts, strict=True)]


def _texts(pieces: list[TextRun], places: dict[int, int], count: int) -> list[str]:
    """The text of each of so many cues, given in which cue a piece is. What is in none, blanks mostly, goes with the
    piece behind it. In one pass: a paragraph may hold 20,000 spans."""
    parts: list[list[str]] = [[] for _ in range(count)]
    between: list[str] = []
    last = -1
    for n, piece in enumerate(pieces):
        between.append(piece.text)
        if n in places:
            parts[places[n]] += between if places[n] == last else ["\n", *between]
            between, last = [], places[n]
    if count:
        parts[last] += between
    return ["".join(words) for words in parts]


def _text_cue(start: Fraction, end: Fraction, text: str, stretch: Fraction) -> RawCue:
    begins = _ms(start * stretch)
    return RawCue(begins, begins if end == FOREVER else max(_ms(end * stretch), begins), tidy(text))


def tidy(text: str) -> str:
    """Lines without blanks around them, and without empty ones."""
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _ms(seconds: Fraction) -> int:
    return round(seconds * 1000)


def _active(element: Any, start: Fraction, end: Fraction | None) -> Interval:
    """When an element is shown, given when its parent is. Sums of fractions are slow: none is made for nothing."""
    own_start, own_end = element.get_begin(), element.get_end()
    begins = start + own_start if own_start else start
    if own_end is None:
        return begins, end
    ends = start + own_end
    soonest: Fraction = ends if end is None else min(ends, end)
    return begins, soonest if soonest < FOREVER else None


def _runs(element: Any, start: Fraction, end: Fraction | None) -> Iterator[TextRun]:
    """The text below an element that is shown in that time."""
    from ttconv.model import Br, Text, WhiteSpaceHandling

    for child in element:
        if isinstance(child, Br):
            yield TextRun(start, end, "\n")
        elif isinstance(child, Text):
            kept = element.get_space() is WhiteSpaceHandling.PRESERVE
            text = child.get_text() if kept else child.get_text().replace("\n", " ")
            yield TextRun(start, end, text.replace(BREAK, "\n"))
        else:
            yield from _runs(child, *_active(child, start, end))
