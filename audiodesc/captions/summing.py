"""A film -> its summary: of a model, or, without one, its scenes with who speaks in them and what is said first."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from audiodesc.captions.asking import query_kind
from audiodesc.captions.entries import Entry, entries_of
from audiodesc.captions.scenes import scenes
from audiodesc.captions.story import CHUNK_LETTERS, chunks, named_scenes, scene_of, scene_queries, story, story_queries
from audiodesc.captions.summaries import Summary
from audiodesc.captions.writing import NO_FRAMES
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import Describer
from audiodesc.errors import InputError, UsageError
from audiodesc.footage import Footage
from audiodesc.footage.answers import Cost, cost

WORDS: Final = 150
FEWEST, MOST = 20, 800
"""Words that can be asked for."""

EXTRACT: Final = (
    "{label} has no model that could write the story: these are the scenes, with what is said first (give --describer "
    "or --server, see `audiodesc describers`)"
)


def check_words(words: int) -> int:
    """The number of words, which can be asked for. Raises UsageError for another."""
    if not FEWEST <= words <= MOST:
        raise UsageError(f"--words is {words}", f"give {FEWEST} to {MOST}, such as 50, 150 or 500")
    return words


def language_of(footage: Footage) -> str:
    """That of a summary: the one that is asked for, else that of the lines and the dialogue, else English."""
    return footage.language or "en"


def summary_cost(footage: Footage, words: int, describer: Describer) -> Cost:
    """What `summary_of` would ask now; at most, where some of it is kept."""
    if query_kind(describer) != "chat":
        return Cost(0, 0, None)
    entries, language = _entries(footage), language_of(footage)
    named = [query for query in scene_queries(entries, scenes(footage), language) if query]
    first = story_queries(entries, words, language)
    found = cost(footage, [*first, *named], describer, NO_FRAMES)
    last = 1 if len(first) > 1 and found.queries else 0
    return replace(found, queries=found.queries + last, seconds=None)


def summary_of(footage: Footage, words: int, describer: Describer, progress: Progress = silent) -> Summary:
    """The story in about so many words, and the scenes. Raises InputError for a film without known dialogue and lines,
    and what `story` raises."""
    entries, language, spans = _entries(footage), language_of(footage), scenes(footage)
    film = str(footage.film.path)
    if query_kind(describer) != "chat":
        found = tuple(scene_of(entries, span) for span in spans)
        return Summary(film, language, words, "", (), found, (EXTRACT.format(label=describer.label),))
    sentences, notes = story(footage, entries, words, language, describer, progress)
    named = named_scenes(footage, entries, spans, language, describer, progress)
    parts = len(list(chunks(entries)))
    if parts > 1:
        notes = (*notes, f"made of notes on {parts} parts of at most {CHUNK_LETTERS:,} characters each")
    return Summary(film, language, words, describer.label, sentences, named, notes)


def _entries(footage: Footage) -> tuple[Entry, ...]:
    found = entries_of(footage)
    if not found:
        raise InputError(
            f"{footage.folder}: neither dialogue nor lines are known",
            "give its subtitles with --subs, or describe it first with `audiodesc describe`",
        )
    return found
