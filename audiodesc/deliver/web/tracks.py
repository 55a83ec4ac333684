"""The text tracks of a film on a web site, as WebVTT: captions, descriptions and chapters, in the times of the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Final, Literal

from audiodesc.core.languages import is_same, is_tag, of_texts, own_name, tag
from audiodesc.core.stops import Stops
from audiodesc.deliver.base import Delivery
from audiodesc.deliver.extended import for_players
from audiodesc.errors import SubtitleError
from audiodesc.model import Cue, Film, Span
from audiodesc.scripts import write_script
from audiodesc.scripts.document import ScriptDocument
from audiodesc.scripts.lines import writable_text
from audiodesc.scripts.srt_webvtt import cue_time
from audiodesc.subtitles.tracks import texts_of

Text = tuple[Span, str]
"""When a text is shown, in ms of the film as the page has it, and what it says, in lines."""

FIRST_MS: Final = 1
"""No description begins before: a player speaks one that begins at 0 when the page is opened."""


@dataclass(frozen=True, slots=True)
class WebTrack:
    """A track of captions or subtitles; `language` is its BCP 47 tag, "" where that is not known, and `label` what a
    menu calls it."""

    kind: Literal["captions", "subtitles"]
    language: str
    label: str
    texts: tuple[Text, ...]


def on_page(document: ScriptDocument, part: Span | None) -> ScriptDocument:
    """The script on the clock of the page's film: of a part of the film only what lies in it, counted from there."""
    if not part:
        return document
    lines = (replace(line, span=span) for line in document.lines if (span := _inside(line.span, part)))
    cues = (replace(cue, span=span) for cue in document.cues if (span := _inside(cue.span, part)))
    return replace(document, lines=tuple(lines), cues=tuple(cues), duration_ms=part.duration_ms)


def _inside(span: Span, part: Span) -> Span | None:
    start, end = (min(max(ms, part.start_ms), part.end_ms) - part.start_ms for ms in (span.start_ms, span.end_ms))
    return Span(start, end) if start < end else None


def caption_tracks(delivery: Delivery, document: ScriptDocument) -> tuple[list[WebTrack], list[str]]:
    """Captions of the dialogue as it was read, then every other text track of the film; and why one is not there. The
    `document` has the times of the page."""
    others, lines, part = list[WebTrack](), list[str](), delivery.part
    language, words = tag(document.film_language), {_words(cue.text) for cue in document.cues}
    for track in (track for track in delivery.film.subtitle_tracks if track.is_text):
        try:
            found = texts_of(delivery.film, track)
        except SubtitleError as error:
            lines.append(f"subtitle track {track.index} is left out: {error.fault}")
            continue
        there = [(span if part is None else _inside(span, part), text) for span, text in found]
        shown = [(span, text) for span, text in there if span]
        if 2 * sum(_words(text) in words for _, text in shown) > len(shown):
            language = track.language  # the dialogue was read of it, perhaps at other times
        else:
            others.append(_track("subtitles", track.language, shown))
    texts = [(cue.span, text) for cue in document.cues if (text := _caption(cue))]
    if not texts:
        return _labelled(others), lines
    language = of_texts(text for _, text in texts) or language
    of_the_film = not document.film_language or is_same(language, document.film_language)
    return _labelled([_track("captions" if of_the_film else "subtitles", language, texts), *others]), lines


def _words(text: str) -> str:
    """The letters and digits alone, without who speaks: what is left when a subtitle was read."""
    return "".join(filter(str.isalnum, re.sub(r"^[^:\n]{1,30}:", "", text).casefold()))


def picture_subtitles(film: Film) -> list[str]:
    """A line for each subtitle track that no page can show."""
    lost = (track for track in film.subtitle_tracks if not track.is_text)
    return [f"subtitle track {one.index} ({one.codec}) holds pictures, and is not on the page" for one in lost]


def _track(kind: Literal["captions", "subtitles"], language: str, texts: Iterable[Text]) -> WebTrack:
    known = tag(language) if is_tag(tag(language)) else ""
    return WebTrack(kind, known, own_name(known), tuple(texts))


def _labelled(tracks: Iterable[WebTrack]) -> list[WebTrack]:
    """Each with a label of its own."""
    made: list[WebTrack] = []
    for number, one in enumerate(tracks, 1):
        taken = not one.label or one.label in {other.label for other in made}
        made.append(replace(one, label=f"{one.label} {number}".strip()) if taken else one)
    return made


def _caption(cue: Cue) -> str:
    """The words as captions have them: who speaks, where that is known, and sounds in brackets."""
    words = "\n".join(filter(None, map(writable_text, cue.text.split("\n"))))
    if cue.kind in ("sound", "lyrics") and words:
        mark = "[{}]" if cue.kind == "sound" else "♪ {} ♪"
        return mark.format(bare) if (bare := words.strip("♪[]() \n")) else words
    return f"{writable_text(cue.speaker)}: {words}" if words and cue.speaker else words


def with_stops(texts: Iterable[Text], stops: Stops) -> list[Text]:
    """The same in the extended film."""
    return [(stops.extended(span), text) for span, text in texts]


def as_webvtt(texts: Iterable[Text]) -> str:
    """A cue for each text that lasts."""
    return "\n".join(["WEBVTT\n", *_cues(texts)])


def _cues(texts: Iterable[Text]) -> Iterator[str]:
    for span, text in texts:
        if span.duration_ms and (rows := [writable_text(row) for row in text.split("\n") if writable_text(row)]):
            said = escape("\n".join(rows), quote=False)
            yield f"{cue_time(span.start_ms)} --> {cue_time(span.end_ms)}\n{said}\n"


def descriptions(document: ScriptDocument) -> bytes:
    """What is spoken, for players that speak it themselves: none begins with the film."""
    late = (replace(line, span=_later(line.span)) for line in for_players(document).lines)
    made: bytes = write_script("webvtt", replace(document, lines=tuple(late), comments=()))
    return made


def _later(span: Span) -> Span:
    return Span(max(FIRST_MS, span.start_ms), max(FIRST_MS + 1, span.end_ms))
