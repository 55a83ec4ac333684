"""Dialogue and lines -> the story of a film, each sentence with what it rests on, and what its scenes are called.

A film that is longer than a model's context is asked about in parts; the story is then made of what was written of
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from audiodesc.captions.entries import Entry, in_span
from audiodesc.captions.prompts import entry_text, scene_prompt, story_prompt
from audiodesc.captions.summaries import Scene, Sentence
from audiodesc.captions.writing import NO_FRAMES
from audiodesc.core.formatting import clock, number_of
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.answers import paragraph_in
from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.faulty_answers import WORDS_SHOWN, failure_in
from audiodesc.describers.json_answers import json_objects
from audiodesc.describers.queries import Reply
from audiodesc.footage import Footage
from audiodesc.footage.answers import SpanQuery, answers
from audiodesc.model import Span
from audiodesc.narration.claims import missing, nothing_carried
from audiodesc.narration.failures import Tally

CHUNK_LETTERS: Final = 12_000
"""Characters of entries in a question: some 4,000 tokens of English, which every profile's context has room for."""

NOTES_WORDS: Final = 120
"""Of the notes on a part of a film."""

MOST_SENTENCES, LONGEST_SENTENCE = 12, 300
"""Of notes that are made a story, and characters of one of them: they come to less than half a question."""

MOST_RESTS: Final = 8
"""Entries that a sentence rests on, at most, evenly out of more."""

LONGEST_TITLE: Final = 100
"""Characters."""

MOST_PEOPLE: Final = 8
_TOKENS_A_WORD: Final = 6
"""What a word of the answer takes, with the JSON around it, in languages that tokenizers cut small."""


def chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The entries in order, in parts of at most `CHUNK_LETTERS`."""
    chunk: list[Entry] = []
    length = 0
    for one in entries:
        letters = len(entry_text(one)) + 2
        if chunk and length + letters > CHUNK_LETTERS:
            yield chunk
            chunk, length = [], 0
        chunk.append(one)
        length += letters
    if chunk:
        yield chunk


def story_queries(entries: Sequence[Entry], words: int, language: str) -> list[SpanQuery]:
    """What is asked first: for the story, or for notes on each part where there are several."""
    parts = list(chunks(entries))
    if len(parts) == 1:
        return [_query(parts[0], None, words, language)]
    return [_query(part, _span(part), NOTES_WORDS, language) for part in parts]


def story(
    footage: Footage,
    entries: Sequence[Entry],
    words: int,
    language: str,
    describer: Describer,
    progress: Progress = silent,
) -> tuple[tuple[Sentence, ...], tuple[str, ...]]:
    """The story of at least one entry in at most about so many words, and what should be known of it.

    A sentence that rests on no entry is left out. Raises AudiodescError where there is no answer, or for more parts
    than the share of failures allows.
    """
    notes: list[str] = []
    material, by_number = list(entries), {one.number: one for one in entries}
    while len(list(chunks(material))) > 1:
        material = _notes(footage, material, language, describer, notes, progress)
    if not material:
        return (), tuple(notes)
    (query,) = story_queries(material, words, language)
    failed = Tally("summary", 1, 0.0)
    (reply,) = answers(footage, [query], describer, NO_FRAMES, progress)
    found = _sentences(reply, material, notes)
    if isinstance(found, Failure):
        failed.add(found)
        return (), tuple(notes)
    made = tuple(_sentence(text, rests_on, by_number, language) for text, rests_on in found)
    count = sum(len(one.text.split()) for one in made)
    if count > words * 5 // 4:
        notes.append(f"the story has {count} words, {words} were asked for")
    return made, tuple(dict.fromkeys(notes))


def _notes(
    footage: Footage,
    material: Sequence[Entry],
    language: str,
    describer: Describer,
    notes: list[str],
    progress: Progress,
) -> list[Entry]:
    """Sentences about each part of the material, as entries; they rest on what the material rests on."""
    parts = list(chunks(material))
    failed = Tally("part", len(parts), footage.settings.describer.failed_share)
    made: list[Entry] = []
    replies = answers(footage, story_queries(material, NOTES_WORDS, language), describer, NO_FRAMES, progress)
    for part, reply in zip(parts, replies, strict=True):
        found = _sentences(reply, part, notes)
        if isinstance(found, Failure):
            failed.add(found)
            notes.append(f"nothing is known of the part from {clock(_span(part).start_ms)}: {found}")
            continue
        for text, rests_on in found[:MOST_SENTENCES]:
            start_ms = next((one.span.start_ms for one in part if set(one.rests_on) & set(rests_on)), 0)
            made.append(Entry(len(made) + 1, Span(start_ms, start_ms), "note", text[:LONGEST_SENTENCE], "", rests_on))
    return made


def _query(part: Sequence[Entry], of_part: Span | None, words: int, language: str) -> SpanQuery:
    return SpanQuery(story_prompt(part, of_part, words, language), longest_tokens=_TOKENS_A_WORD * words + 200)


def _span(part: Sequence[Entry]) -> Span:
    return Span(part[0].span.start_ms, max(one.span.end_ms for one in part))


def _sentences(
    reply: Reply | Failure, material: Sequence[Entry], notes: list[str]
) -> list[tuple[str, tuple[int, ...]]] | Failure:
    """Each sentence of an answer, with the numbers of the dialogue and lines that it rests on; those that rest on
    nothing are left out, which is noted."""
    if isinstance(reply, Failure):
        return reply
    try:
        found, _ = json_objects(reply.text, frozenset({"sentences"}))
    except ImportError:
        return Failure("unreadable", words="broken JSON, which is mended where audiodesc[models] is installed")
    listed = found[0].fields["sentences"] if found else None
    given = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    made, lost = [], 0
    for one in given:
        text, rests_on = _clean(one.get("text")), _rests_on(one.get("from"), material)
        if text and rests_on:
            made.append((text, rests_on))
        else:
            lost += bool(text)
    if lost:
        notes.append(f"{number_of(lost, 'sentence')} left out: what they rest on is not in the film")
    return made or failure_in(reply.text) or Failure("unreadable", words=reply.text[:WORDS_SHOWN])


def _clean(value: Any) -> str:
    """A text of an answer in one line without marks; "" for what is none."""
    found = paragraph_in(value) if isinstance(value, str) and not value.lstrip().startswith(("{", "[")) else None
    return found if isinstance(found, str) else ""


def _rests_on(value: Any, material: Sequence[Entry]) -> tuple[int, ...]:
    """The numbers of dialogue and lines, from those of entries or from times such as "1:04"."""
    numbers = {one.number: one for one in material}
    times: dict[str, Entry] = {}
    for one in material:
        times.setdefault(clock(one.span.start_ms), one)
    named: list[Entry] = []
    for given in value if isinstance(value, list) else [value]:
        if type(given) is int and given in numbers:
            named.append(numbers[given])
        elif isinstance(given, str) and (text := given.strip(" []n#")):
            number = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else -1
            if found := numbers.get(number) or times.get(text):
                named.append(found)
    rests = sorted({number for one in named for number in one.rests_on})
    count = min(MOST_RESTS, len(rests))
    return tuple(rests[len(rests) * place // count] for place in range(count))


def _sentence(text: str, rests_on: Sequence[int], entries: Mapping[int, Entry], language: str) -> Sentence:
    shown = [entries[number] for number in rests_on]
    support = "\n".join(f"{one.speaker} {one.text}" for one in shown)
    everything = "\n".join(f"{one.speaker} {one.text}" for one in entries.values())
    unknown = missing(text, everything, everything, language)
    doubts = [f"{', '.join(unknown)}: not in the dialogue or the lines"] if unknown else []
    if not doubts and nothing_carried(text, support, everything, language):
        doubts.append("no word of it is said or described at these times")
    return Sentence(text, tuple(one.span for one in shown), tuple(doubts))


def scene_queries(entries: Sequence[Entry], spans: Sequence[Span], language: str) -> list[SpanQuery | None]:
    """What is asked about each scene; None for one of which nothing is known."""
    inside = [next(chunks(in_span(entries, span)), []) for span in spans]
    return [SpanQuery(scene_prompt(some, language), longest_tokens=300) if some else None for some in inside]


def scene_of(entries: Sequence[Entry], span: Span) -> Scene:
    """A scene without a name: who speaks in it, and what is said first."""
    inside = in_span(entries, span)
    speakers = dict.fromkeys(one.speaker for one in inside if one.speaker)
    first = next((one for one in inside if one.kind == "said"), next(iter(inside), None))
    return Scene(span, people=tuple(speakers)[:MOST_PEOPLE], first=first.text if first else "")


def named_scenes(
    footage: Footage,
    entries: Sequence[Entry],
    spans: Sequence[Span],
    language: str,
    describer: Describer,
    progress: Progress = silent,
) -> tuple[Scene, ...]:
    """The scenes, called as the model calls them. People whom no dialogue and no line of a scene names are left out; a
    scene about which there is no answer stands without a name."""
    queries = scene_queries(entries, spans, language)
    asked = [query for query in queries if query]
    replies = answers(footage, asked, describer, NO_FRAMES, progress) if asked else iter(())
    return tuple(
        _named(scene_of(entries, span), next(replies), in_span(entries, span)) if query else scene_of(entries, span)
        for span, query in zip(spans, queries, strict=True)
    )


def _named(scene: Scene, reply: Reply | Failure, entries: Sequence[Entry]) -> Scene:
    try:
        known = frozenset({"title", "place", "people"})
        found = json_objects(reply.text, known)[0] if isinstance(reply, Reply) else ()
    except ImportError:  # broken JSON, which only [models] mends
        found = ()
    fields = found[0].fields if found else {}
    words = " ".join(f"{one.speaker} {one.text}" for one in entries).casefold()
    given = fields.get("people")
    people = [_clean(one)[:LONGEST_TITLE] for one in given if isinstance(one, str)] if isinstance(given, list) else []
    named = dict.fromkeys([*scene.people, *(one for one in people if one and one.casefold() in words)])
    title, place = (_clean(fields.get(name))[:LONGEST_TITLE] for name in ("title", "place"))
    return replace(scene, title=title.rstrip("."), place=place.rstrip("."), people=tuple(named)[:MOST_PEOPLE])
