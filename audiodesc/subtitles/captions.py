"""Closed captions (CEA-608) inside a film's picture, or in a track of their own -> cues.

ttconv reads them as it reads SCC. What it is given counts words, not time, and what it says is laid on the film's own
clock again: so a caption is shown with the very picture that brings its last word, at any frame rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from audiodesc.errors import SubtitleError
from audiodesc.media.closed_captions import captions, glimpse, line_21
from audiodesc.model import Cue, Film, Note
from audiodesc.subtitles.channels import Word, by_channel
from audiodesc.subtitles.ending import lasting
from audiodesc.subtitles.kinds import Read, cues_of
from audiodesc.subtitles.scc import read_lines
from audiodesc.subtitles.sccwords import FRAMES_A_SECOND, line, ready
from audiodesc.subtitles.source import Source, bounded

REMEDY = "give the subtitles with --subs FILE"


def has_captions(film: Film) -> bool:
    """Whether closed captions are seen in the film, at its beginning or at places spread over it."""
    return bool(by_channel((0, triplet) for triplet in glimpse(film)))


def read_captions(film: Film) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The cues of the first channel that shows any, and notes, the first of which says which one that is.

    Raises SubtitleError where there are none, or they are broken.
    """
    for place, sent in captions(film).items():
        channel, cues, notes = first_shown(film, by_channel(sent))
        if cues:
            told = f"subtitles taken from the closed captions {place} (CEA-608, {channel})"
            return cues, (Note("dialogue", told), *notes)
    raise SubtitleError(f"{film.path}: its closed captions show nothing", REMEDY)


def first_shown(film: Film, channels: Mapping[str, Sequence[Word]]) -> tuple[str, tuple[Cue, ...], tuple[Note, ...]]:
    """The first channel that shows anything, its cues, and notes, also on the channels left out; none where none
    does.

    Raises SubtitleError where one is broken and no other shows anything.
    """
    broken: SubtitleError | None = None
    for name, words in channels.items():
        try:
            raw, notes = on_the_clock(film, words)
        except SubtitleError as error:
            broken = error
            continue
        ended, untold = lasting(raw)
        cues, faults = cues_of(ended)
        if cues:
            left = [other for other in channels if other != name]
            others = [Note("dialogue", f"closed captions: {name} is read, not {', '.join(left)}")] if left else []
            return name, cues, tuple(bounded([*others, *notes, *untold, *faults]))
    if broken:
        raise broken
    return "", (), ()


def on_the_clock(film: Film, words: Sequence[Word]) -> Read:
    """The captions of a channel, at the film's times; those that are never erased have no length."""

    def time_ms(number: int) -> int:
        return words[min(max(number, 1), len(words)) - 1].time_ms

    def moment(counted_ms: int) -> int:
        return time_ms(round(counted_ms * FRAMES_A_SECOND / 1000))

    source = Source(film.path, b"", place=lambda number: f"{time_ms(number) / 1000:.1f} s")
    raw, notes = read_lines(source, dict(_lines(words)), REMEDY)
    return [replace(one, start_ms=moment(one.start_ms), end_ms=moment(one.end_ms)) for one in raw], notes


def _lines(words: Sequence[Word]) -> Iterator[tuple[int, str]]:
    """Lines of SCC in which words take the place of frames, by the number of their first word (1 is the channel's
    first). Each begins with a command, so that a broken one takes few captions with it."""
    shown, first = 0, 0
    for number in range(1, len(words) + 1):
        if number == len(words) or (words[number].is_command and words[number].value != words[number - 1].value):
            kept, shown = ready([f"{word.value:04x}" for word in words[first:number]], shown)
            yield first + 1, line(first + 1, kept)
            first = number


def in_samples(samples: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The triplets of a track's samples, and when they are sent, in ms: those of one sample one after the other, as
    on line 21 (one in each frame)."""
    for start_ms, data in samples:
        sent = [0, 0]
        for triplet in line_21(data):
            yield start_ms + round(sent[triplet[0] & 1] * 1000 / FRAMES_A_SECOND), triplet
            sent[triplet[0] & 1] += 1
