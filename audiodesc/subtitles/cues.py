"""Raw cues -> cues in order of time: missing ends estimated, repeated lines joined, broken times repaired."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from audiodesc.core.speech_rate import SYLLABLES, slowest_ms, subtitle_ms
from audiodesc.model import Cue, Note, Span
from audiodesc.subtitles.kinds import kind, split_speaker
from audiodesc.subtitles.source import RawCue, without_invisible

LAST_MS = 1000 * 3_600_000
NEAR_MS = 10_000
"""A start and an end this near may have been swapped."""

FEWEST_SUNG, MOST_SUNG = 4, 0.7
"""The mark of a song is ignored where a file has at least so many, and they take more than this share of the time of
all songs and speech."""

LONGEST = 10_000
"""Letters of a cue that are read; no screen holds a tenth of them."""


def cues_of(raw: Iterable[RawCue]) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """Cues in order of time, without those that have no text; a note for each that is not shown, or whose end had to
    be guessed."""
    cues, notes = [], []
    for one in without_repeats(list(raw)):
        text = without_invisible(one.text).strip()[:LONGEST]
        if not text:
            continue
        mended, fault = _with_valid_times(replace(one, text=text))
        if fault:
            notes.append(Note("dialogue", f"a subtitle at {min(one.start_ms, LAST_MS)} ms {fault}: {text[:40]!r}"))
        if mended:
            cues.append(_cue(mended))
    kept, marked = _without_doubtful_songs(cues)
    return tuple(sorted(kept, key=lambda cue: cue.span)), (*notes, *marked)


def _without_doubtful_songs(cues: Sequence[Cue]) -> tuple[list[Cue], list[Note]]:
    """The cues, where music notes mark everything: songs are speech where they would be most of the dialogue."""
    sung = [cue for cue in cues if cue.kind == "lyrics"]
    sung_ms = sum(cue.span.duration_ms for cue in sung)
    speech_ms = sum(cue.span.duration_ms for cue in cues if cue.kind == "speech")
    if len(sung) < FEWEST_SUNG or sung_ms <= MOST_SUNG * (sung_ms + speech_ms):
        return list(cues), []
    message = f"{len(sung)} of {len(cues)} subtitles are marked as songs: the mark is ignored, they are speech"
    return [replace(cue, kind="speech") if cue.kind == "lyrics" else cue for cue in cues], [Note("dialogue", message)]


def _with_valid_times(one: RawCue) -> tuple[RawCue | None, str]:
    """The cue with an end behind its start, None where it is never shown, and what was wrong.

    One that ends before it begins may be said all the same: from its start for as long as that takes, or, where both
    times are near, from its end on.
    """
    if one.start_ms >= LAST_MS:
        return None, "begins after a thousand hours"
    if max(one.start_ms, one.end_ms) < 0 or one.start_ms < one.end_ms <= 0:
        return None, "is over before the film begins"
    if one.end_ms > one.start_ms:
        return one, ""
    begins = one.end_ms if one.start_ms - one.end_ms <= NEAR_MS else one.start_ms
    ends = one.start_ms + slowest_ms(one.text)
    return replace(
        one, start_ms=begins, end_ms=ends
    ), f"ends before it begins: {(ends - begins) / 1000:g} s are kept free"


def _cue(one: RawCue) -> Cue:
    text, speaker, names = split_speaker(one.text, one.speaker.strip(), one.names)
    span = Span(max(0, one.start_ms), min(one.end_ms, LAST_MS))
    found = kind(text)
    if one.kind == "speech" or (one.kind and found == "speech" and not names):
        found = one.kind
    if found == "speech":
        span = Span(span.start_ms, span.start_ms + subtitle_ms(text, span.duration_ms))
    return Cue(span, text, found, speaker, names)


def without_uniform_kinds(raw: Sequence[RawCue]) -> list[RawCue]:
    """The cues without what the format says of their kinds, where it says so of every one: some file's only style
    is called "Title"."""
    if all(one.kind for one in raw if one.text.strip()):
        return [replace(one, kind=None) for one in raw]
    return list(raw)


NO_END = Note(
    "dialogue", "some subtitles do not say how long they last: up to 5 s is taken, more for those that take long to say"
)


def with_ends(raw: Sequence[RawCue]) -> tuple[list[RawCue], list[Note]]:
    """The cues in order of time; those of no length last until the next, or as long as their text takes to say,
    with a note.

    A cue without text ends the one before it, however far away it is. One that ends before it begins is left as it is.
    """
    ordered = sorted(raw, key=lambda one: one.start_ms)
    starts = [one.start_ms for one in ordered]
    ended: list[RawCue] = []
    notes: list[Note] = []
    for one in ordered:
        if one.end_ms != one.start_ms or not one.text.strip():
            ended.append(one)
            continue
        said = one.start_ms + slowest_ms(one.text)
        at = bisect_right(starts, one.start_ms)
        end_ms = next((later.start_ms for later in ordered[at : at + 1] if _ends_previous(later, said)), None)
        notes = [NO_END] if end_ms is None else notes
        ended.append(replace(one, end_ms=max(one.start_ms + 1000, said if end_ms is None else end_ms)))
    return ended, notes


def _ends_previous(later: RawCue, said: int) -> bool:
    """Whether the next cue ends the one before: it begins before that is spoken, or has no text."""
    return later.start_ms <= said or not later.text.strip()


ADJACENT_MS = 250
"""Cues no further apart than this are shown without a break."""

FEWEST_ROLLING, LEAST_ROLLING = 3, 1 / 4
"""How many cues begin with lines of the one before, and what share of all, where captions roll."""

MOST_SIGNS = 4
"""Characters of Chinese, Japanese or Korean: so few may well be spoken twice."""

MOST_STAGGERED = 1 / 2
"""Share of cues that overlap the next. More: captions, each line of which is shown until the next but one begins."""


def without_repeats(raw: Sequence[RawCue]) -> list[RawCue]:
    """The cues in order of time, each line once; as they are where lines are not shown again.

    Cues with one text that follow each other are one (of players that mark the word that is said). Where lines roll or
    grow, each is kept where it is new. Where each cue stands until the next but one begins, it ends where the next one
    begins. So no time is lost in which a cue is shown. Cues that end before they begin are left as they are.
    """
    odd = [one for one in raw if one.end_ms <= one.start_ms or one.start_ms < 0]
    if odd:
        return [*without_repeats([one for one in raw if 0 <= one.start_ms < one.end_ms]), *odd]
    ordered = _merged_repeats(sorted(raw, key=lambda one: one.start_ms))
    again = sum(_rolls(before, one) or _grows(before, one) for before, one in pairwise(ordered))
    if again >= max(FEWEST_ROLLING, LEAST_ROLLING * len(ordered)):
        ordered = _merged_repeats(_new_lines_only(ordered))
    return _until_next(ordered)


def _merged_repeats(ordered: Sequence[RawCue]) -> list[RawCue]:
    """The cues; those that are repeated without a break are merged."""
    kept: list[RawCue] = []
    for one in ordered:
        last = kept[-1] if kept else None
        if (
            last
            and _is_sentence(one.text)
            and _same(last, one)
            and -ADJACENT_MS <= one.start_ms - last.end_ms <= ADJACENT_MS
        ):
            kept[-1] = replace(last, end_ms=max(last.end_ms, one.end_ms))
        else:
            kept.append(one)
    return kept


def _is_sentence(text: str) -> bool:
    """Whether it has several words: a single word may well be spoken twice."""
    return len(text.split()) > 2 or len(SYLLABLES.findall(text)) > MOST_SIGNS


def _same(last: RawCue, one: RawCue) -> bool:
    return _lines(last) == _lines(one) and (last.speaker, last.kind) == (one.speaker, one.kind)


def _lines(one: RawCue) -> list[str]:
    return [" ".join(line.split()) for line in one.text.split("\n") if line.strip()]


def _repeated_lines(before: RawCue, one: RawCue) -> int:
    """How many lines the cue begins with that the one before ends with."""
    old, new = _lines(before), _lines(one)
    return next((n for n in range(min(len(old), len(new)), 0, -1) if old[-n:] == new[:n]), 0)


def _rolls(before: RawCue, one: RawCue) -> bool:
    """Whether the cue shows a line of the one before again, and is not the same."""
    return bool(_repeated_lines(before, one)) and _lines(before) != _lines(one)


def _grows(before: RawCue, one: RawCue) -> bool:
    """Whether the cue is the one before with more words."""
    old, new = " ".join(_lines(before)), " ".join(_lines(one))
    return bool(old) and new.startswith(f"{old} ") and one.start_ms - before.end_ms <= ADJACENT_MS


def _new_lines_only(ordered: Sequence[RawCue]) -> list[RawCue]:
    kept: list[RawCue] = []
    for before, one in zip([None, *ordered], ordered, strict=False):
        lines = _lines(one)
        if before and kept and _grows(before, one) and not _repeated_lines(before, one):
            kept[-1] = _grown(kept[-1], before, one)
            continue
        fresh = "\n".join(lines[_repeated_lines(before, one) if before else 0 :])
        if not fresh and kept and lines and one.start_ms - kept[-1].end_ms <= ADJACENT_MS:
            kept[-1] = replace(kept[-1], end_ms=max(kept[-1].end_ms, one.end_ms))
        else:
            kept.append(replace(one, text=fresh or one.text))
    return kept


def _grown(last: RawCue, before: RawCue, one: RawCue) -> RawCue:
    """The last cue that was kept, with the words that the cue has more than the one before."""
    more = " ".join(_lines(one))[len(" ".join(_lines(before))) :]
    return replace(last, text=last.text + more, end_ms=max(last.end_ms, one.end_ms))


def _until_next(ordered: Sequence[RawCue]) -> list[RawCue]:
    """The cues, none longer than until the next begins, where most overlap the next."""
    worded = [one for one in ordered if one.text.strip()]
    pairs = list(pairwise(worded))
    near = [(one, later) for one, later in pairs if later.start_ms - one.end_ms <= ADJACENT_MS]
    staggered = {
        id(one): later.start_ms
        for one, later in near
        if one.start_ms + ADJACENT_MS < later.start_ms < one.end_ms - ADJACENT_MS and one.end_ms <= later.end_ms
    }
    if len(staggered) < FEWEST_ROLLING or len(staggered) <= MOST_STAGGERED * len(near):
        return list(ordered)
    return [replace(one, end_ms=staggered.get(id(one), one.end_ms)) for one in ordered]
