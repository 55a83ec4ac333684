"""What is wrong with a film's sound as it stands in the file: what cannot be decoded, and where it is spliced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from audiodesc.core import cache
from audiodesc.core.formatting import number_of
from audiodesc.core.intervals import joined
from audiodesc.media.gap_fill import gap_filled
from audiodesc.media.opening import of_unchanged
from audiodesc.media.sound import decoded
from audiodesc.model import AudioTrack, Film, Note, Span

VERSION = 1

APART_MS = 150
"""Damaged packets that are no further apart are one damaged place: what is whole between them holds no word."""

WORD_MS = 100
"""What is shorter holds no word."""

MOST_NOTES = 5
MOST_SPLICES = 1_000


@dataclass(frozen=True, slots=True)
class Splice:
    """Where timestamps leave a hole, for which `ms` of silence are put in, or overlap: `ms` below 0 are left out."""

    at_ms: int
    ms: float


@dataclass(frozen=True, slots=True)
class Faults:
    """How many packets of sound cannot be decoded, and the stretches where they lie, in which somebody may speak; the
    first thousand splices, of how many, and the milliseconds put in and left out by all."""

    packets: int = 0
    unheard: tuple[Span, ...] = ()
    splices: tuple[Splice, ...] = ()
    spliced: int = 0
    silence_ms: float = 0.0
    cut_ms: float = 0.0


def sound_faults(film: Film, track: AudioTrack, store: cache.Store) -> Faults:
    """The faults of a track, or of its parts, over the whole film; found again in the store.

    Decodes all of it. Raises FilmError for a film that cannot be read.
    """
    name = cache.key("sound-faults", VERSION, film=film.fingerprint, track=track)
    return store.made(name, _as_faults, lambda: asdict(of_unchanged(film, _found(film, track))))


def _as_faults(kept: Any) -> Faults:
    if any(type(kept[count]) not in (int, float) for count in ("packets", "spliced", "silence_ms", "cut_ms")):
        raise TypeError("a count that is no number")
    lists = {"unheard": tuple(Span(**one) for one in kept["unheard"])}
    return Faults(**{**kept, **lists, "splices": tuple(Splice(**one) for one in kept["splices"])})


def _found(film: Film, track: AudioTrack) -> Faults:
    failed: list[Span] = []
    splices: list[Splice] = []
    end_ms = film.duration_ms

    def fail(at_s: Fraction, seconds: Fraction) -> None:
        start = min(end_ms, max(0, round(at_s * 1000)))
        failed.append(Span(start, max(start, min(end_ms, round((at_s + seconds) * 1000)))))

    def splice(at_s: Fraction, seconds: Fraction) -> None:
        at_ms, ms = round(at_s * 1000), float(seconds * 1000)
        if splices and splices[-1].at_ms == at_ms and (splices[-1].ms < 0) == (ms < 0):
            splices[-1] = Splice(at_ms, splices[-1].ms + ms)
        else:
            splices.append(Splice(at_ms, ms))

    for index in track.parts or (track.index,):
        one = replace(track, index=index, parts=(), turns=() if track.parts else track.turns)
        for _ in gap_filled(decoded(film, one, fail), film.zero_s, end_ms, splice):
            pass
    unheard = [span for span in joined(failed, APART_MS) if span.duration_ms >= WORD_MS]
    kept = tuple(Splice(one.at_ms, round(one.ms, 2)) for one in splices[:MOST_SPLICES])
    put_in, left_out = (sum(abs(one.ms) for one in splices if (one.ms > 0) is sign) for sign in (True, False))
    return Faults(len(failed), tuple(unheard), kept, len(splices), round(put_in, 2), round(left_out, 2))


def fault_notes(found: Faults) -> Iterator[Note]:
    """A note for each place, of many for the first, where sound cannot be decoded; and one of all splices."""
    if found.unheard:
        packets = number_of(found.packets, "packet")
        for span in found.unheard[:MOST_NOTES]:
            seconds = f"{span.start_ms / 1000:.1f} s to {span.end_ms / 1000:.1f} s"
            message = f"the film's sound cannot be decoded from {seconds}: somebody may speak there, and no line does"
            yield Note("hear", message, span)
        more = len(found.unheard) - MOST_NOTES
        places = f", and in {number_of(more, 'more place')}" if more > 0 else ""
        yield Note("hear", f"{packets} of the film's sound cannot be decoded{places}: copy the film again")
    if found.spliced:
        times = number_of(found.spliced, "time")
        yield Note(
            "hear",
            f"the timestamps of the film's sound leave holes or overlap {times}: {found.silence_ms / 1000:.2f} s of "
            f"silence are put in, {found.cut_ms / 1000:.2f} s left out",
        )
