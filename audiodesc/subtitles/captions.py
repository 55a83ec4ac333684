"""Closed captions (CEA-608) inside a film's picture, or in a track of their own -> cues.

ttconv reads them as it reads SCC. Words take the place of frames in what it is given, and its times are mapped back to
the film's: so a caption is shown with the very picture that brings its last word, at any frame rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from audiodesc.errors import SubtitleError
from audiodesc.media.closed_captions import captions, glimpse, line_21
from audiodesc.model import Cue, Film, Note
from audiodesc.subtitles.cues import cues_of, with_ends
from audiodesc.subtitles.scc import FRAMES_A_SECOND, read_scc_lines, scc_line, ttconv_words
from audiodesc.subtitles.source import ReadResult, Source, limited_notes

REMEDY = "give the subtitles with --subs FILE"


def has_captions(film: Film) -> bool:
    """Whether closed captions are seen in the film, at its beginning or at places spread over it."""
    return bool(by_channel((0, triplet) for triplet in glimpse(film)))


def read_captions(film: Film) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The cues of the first channel that shows any, and notes, the first of which says which one that is.

    Raises SubtitleError where there are none, or they are broken.
    """
    for place, sent in captions(film).items():
        channel, cues, notes = first_channel(film, by_channel(sent))
        if cues:
            source = f"subtitles taken from the closed captions {place} (CEA-608, {channel})"
            return cues, (Note("dialogue", source), *notes)
    raise SubtitleError(f"{film.path}: its closed captions show nothing", REMEDY)


def first_channel(film: Film, channels: Mapping[str, Sequence[Word]]) -> tuple[str, tuple[Cue, ...], tuple[Note, ...]]:
    """The first channel that shows anything, its cues, and notes, also on the channels left out; none where none
    does.

    Raises SubtitleError where one is broken and no other shows anything.
    """
    broken: SubtitleError | None = None
    for name, words in channels.items():
        try:
            raw, notes = captions_in_film_time(film, words)
        except SubtitleError as error:
            broken = error
            continue
        ended, untold = with_ends(raw)
        cues, faults = cues_of(ended)
        if cues:
            left = [other for other in channels if other != name]
            others = [Note("dialogue", f"closed captions: {name} is read, not {', '.join(left)}")] if left else []
            return name, cues, tuple(limited_notes([*others, *notes, *untold, *faults]))
    if broken:
        raise broken
    return "", (), ()


def captions_in_film_time(film: Film, words: Sequence[Word]) -> ReadResult:
    """The captions of a channel, at the film's times; those that are never erased have no length."""

    def time_ms(number: int) -> int:
        return words[min(max(number, 1), len(words)) - 1].time_ms

    def moment(counted_ms: int) -> int:
        return time_ms(round(counted_ms * FRAMES_A_SECOND / 1000))

    source = Source(film.path, b"", place=lambda number: f"{time_ms(number) / 1000:.1f} s")
    raw, notes = read_scc_lines(source, dict(_word_lines(words)), REMEDY)
    return [replace(one, start_ms=moment(one.start_ms), end_ms=moment(one.end_ms)) for one in raw], notes


def _word_lines(words: Sequence[Word]) -> Iterator[tuple[int, str]]:
    """Lines of SCC in which words take the place of frames, by the number of their first word (1 is the channel's
    first). Each begins with a command, so that a broken one takes few captions with it."""
    shown, first = 0, 0
    for number in range(1, len(words) + 1):
        if number == len(words) or (words[number].is_command and words[number].value != words[number - 1].value):
            kept, shown = ttconv_words([f"{word.value:04x}" for word in words[first:number]], shown)
            yield first + 1, scc_line(first + 1, kept)
            first = number


def timed_triplets(samples: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The triplets of a track's samples, and when they are sent, in ms: those of one sample one after the other, as
    on line 21 (one in each frame)."""
    for start_ms, data in samples:
        sent = [0, 0]
        for triplet in line_21(data):
            yield start_ms + round(sent[triplet[0] & 1] * 1000 / FRAMES_A_SECOND), triplet
            sent[triplet[0] & 1] += 1


CHANNELS = ("CC1", "CC3", "CC2", "CC4")
"""In order of rank: the first of each field, then the second. Dialogue is in CC1, another language often in CC3."""

CAPTIONS = {0x20, 0x25, 0x26, 0x27, 0x29, 0x2F}
"""Resume caption loading, roll-up of two, three and four rows, resume direct captioning, end of caption."""

TEXT = {0x2A, 0x2B}
"""Text restart, resume text display: what follows is not of the film."""

ERASE = {0x2C, 0x2E}
"""Erase displayed memory, erase non-displayed memory: of captions, also in text mode."""


@dataclass(frozen=True, slots=True)
class Word:
    """Two bytes without parity, as the first channel would have them ("9420" is 0x1420), and when they are sent."""

    time_ms: int
    value: int

    @property
    def is_code(self) -> bool:
        return self.value < 0x2000

    @property
    def is_command(self) -> bool:
        """Whether it begins, shows, rolls or erases something."""
        return self.value & 0xFFF0 == 0x1420


@dataclass(slots=True)
class CaptionField:
    """The state of a field: its current channel, the channels in text mode, and whether other data are being sent."""

    channel: str = ""
    in_text: frozenset[str] = frozenset()
    in_data: bool = False


def by_channel(sent: Iterable[tuple[int, bytes]]) -> dict[str, list[Word]]:
    """The words of each channel that says anything, in order of rank.

    `sent` are triplets in order of time: which field, and two bytes with odd parity. Those that are damaged are left
    out, unless most are: then the sender knows no parity.
    """
    triplets = list(sent)
    has_parity = 2 * sum(_is_whole(triplet) for _, triplet in triplets) > len(triplets)
    words: dict[str, list[Word]] = {name: [] for name in CHANNELS}
    fields = (CaptionField(), CaptionField())
    for time_ms, triplet in triplets:
        if _is_whole(triplet) or not has_parity:
            second = triplet[0] & 1
            value = _value(fields[second], second, triplet[1] & 0x7F, triplet[2] & 0x7F)
            if value:
                words[fields[second].channel].append(Word(time_ms, value))
    return {name: found for name, found in words.items() if any(not word.is_code for word in found)}


def _is_whole(triplet: bytes) -> bool:
    return all(byte.bit_count() % 2 for byte in triplet[1:])


def _value(field: CaptionField, second: int, high: int, low: int) -> int:
    """The word as the first channel would have it, 0 for one that is of no caption; `field` is brought up to date."""
    if 0 < high < 0x10:  # other data begins, goes on or ends (CEA-608, extended data services)
        field.in_data = high != 0x0F
        return 0
    if 0x10 <= high < 0x20:
        field.in_data = False
        field.channel = CHANNELS[second + 2 * bool(high & 8)]
        high = 0x14 if 0x20 <= low < 0x30 and high & 0x17 in (0x14, 0x15) else high & 0x17
        if high == 0x14 and low in CAPTIONS | TEXT:
            field.in_text = field.in_text - {field.channel} if low in CAPTIONS else field.in_text | {field.channel}
    if not high or not field.channel or field.in_data:
        return 0
    is_caption = field.channel not in field.in_text or (high == 0x14 and low in ERASE)
    return high << 8 | low if is_caption else 0
