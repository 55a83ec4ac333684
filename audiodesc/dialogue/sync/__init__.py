"""Are these subtitles of this film, and of this cut of it? Cue times against the speech that is detected.

`alignment` finds out, `refusal` says it to the user, and `corrected` puts the cues where they belong.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from audiodesc.core.formatting import clock, seconds
from audiodesc.dialogue.sync.correlate import (
    FARTHEST_MS,
    INSIDE,
    BestShift,
    Match,
    Spans,
    Speech,
    as_array,
    best_shift,
    chance,
    fisher_z,
    onset_share,
    refined,
    score,
    separated,
    starts_match_speech,
    total_ms,
)
from audiodesc.dialogue.sync.split import best_break, most_held
from audiodesc.errors import SubtitleError
from audiodesc.model import Cue, Span

Verdict = Literal["in sync", "off", "foreign", "unknown"]

FRAME_RATES = (25.0, 24.0, 24 / 1.001)
"""The fps that films and their subtitles are timed for."""

RATES = tuple(sorted({a / b for a, b in product(FRAME_RATES, FRAME_RATES)}, key=lambda rate: abs(rate - 1)))

TOLERANCE_MS = 300
"""Cues are in sync where a shift no greater than this is as good as any."""

SIGNIFICANT = 2.0
SIGNIFICANT_BREAK = 3.0
"""A match counts if it beats chance by this much (`Chance.beaten_by`). Right subtitles reach 2.4 to 18, with a break
3.7 and more; wrong ones, at their best rate and shift, up to 1.5, with a break 2.2 (benchmarks/gaps.py)."""

BETTER = 0.03
"""By how much a less simple match must be better, as Fisher's z; with a break, by one cue's share more."""

MANY = 8
LEAST_SHARE = 0.2
"""On each side of a break lie so many cues, or this share of all: fewer may find a better place by chance."""

FEWEST = 4
"""Of fewer cues, or fewer stretches of speech, nothing can be known."""

FULLEST = 0.9
"""Nor where speech is heard, or cues stand, for more than this share of the film."""

ALIKE = 3.0
"""Subtitles that stand so many times as long as speech is heard, or so many times shorter, are not refused: they hold
only a part of the dialogue, or only a part of it is heard."""

RECOGNISED = 0.8
"""Nor are they where even this score, a usual one for right subtitles, would not beat chance."""

PASSABLE = 0.4
"""Nor where they score this as they stand. Right ones score 0.65 and more."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Cues that start at `start_ms` of the subtitles' own time or later belong at `rate` times their time, plus
    `shift_ms`."""

    start_ms: int
    rate: float
    shift_ms: int


@dataclass(frozen=True, slots=True)
class Alignment:
    """What is known of subtitles.

    "in sync"; "off": they belong where `corrections` say, one, or two with a break between them; "foreign": they match
    nowhere, and are of another film; "unknown": film or subtitles are too short, or too full of speech, to tell, or
    they hold only a part of the dialogue.

    `corrections` is the best match in any case, `score` its correlation with the speech (1 at best, 0 by chance), and
    `significance` how far it beats chance, to be compared with SIGNIFICANT.
    """

    verdict: Verdict
    corrections: tuple[Correction, ...] = (Correction(0, 1.0, 0),)
    score: float = 0.0
    significance: float = 0.0


def alignment(cues: Iterable[Cue], speech: Iterable[Span], duration_ms: int) -> Alignment:
    """Hold the cues of speech against the speech that is heard, given in order and apart, in a film of that length.

    Tried are shifts of up to 10 minutes, the ratios of the usual frame rates, and one break. Cues past the film's end,
    where it is an excerpt, are let be.
    """
    heard = Speech(as_array(speech), duration_ms)
    reach_ms = (duration_ms + FARTHEST_MS) * max(RATES)  # no rate and shift bring later cues into the film
    stands = separated((cue.span for cue in cues if cue.kind == "speech"), reach_ms)
    found = _aligned(stands, heard)
    past_ms = total_ms(stands) - total_ms(np.clip(stands, 0, duration_ms))
    if found.significance < SIGNIFICANT and past_ms > (1 - INSIDE) * total_ms(stands):
        return _aligned(stands[stands[:, 0] < duration_ms], heard)
    return found


def _aligned(stands: Spans, heard: Speech) -> Alignment:
    if not _is_enough(stands, heard):
        return Alignment("unknown")
    rate, match = _checked_by_onsets(stands, heard, *_rate_and_shift(stands, heard))
    by_chance = chance(stands, lambda drawn: _rate_and_shift(drawn, heard)[1])
    significance = by_chance.beaten_by(match.score)
    if broken := _rate_and_break(stands, heard, rate, match):
        rate, match, significance = broken
    places = _places(stands, heard, rate, match)
    corrections = tuple(Correction(start, rate, round(place.shift_ms)) for start, place in places)
    plain = score(stands, heard)
    if significance < SIGNIFICANT:
        recognisable = by_chance.beaten_by(RECOGNISED) >= SIGNIFICANT and _alike(stands, heard)
        refused = recognisable and plain < PASSABLE and not starts_match_speech(stands, heard)
        return Alignment("foreign" if refused else "unknown", corrections, match.score, significance)
    near = not match.border and places[0][1].least_move_ms(stands * (rate - 1)) <= TOLERANCE_MS
    useless = fisher_z(match.score) <= fisher_z(plain) + BETTER
    return Alignment("in sync" if near or useless else "off", corrections, match.score, significance)


def _rate_and_shift(cues: Spans, heard: Speech) -> tuple[float, Match]:
    """The best rate and shift; no other rate than 1 unless it is better by BETTER."""
    found = [(rate, best_shift(cues * rate, heard)) for rate in RATES]
    best = max(found, key=lambda one: one[1].score)
    return best if fisher_z(best[1].score) > fisher_z(found[0][1].score) + BETTER else found[0]


def _checked_by_onsets(cues: Spans, heard: Speech, rate: float, match: Match) -> tuple[float, Match]:
    """The same, or the best shift alone where more cues begin with speech at it: cues that stay long after their speech
    hold more of it where they are pressed together."""
    plain = best_shift(cues, heard)
    moved = [
        cues * one + refined(cues * one, heard, found.late_ms).shift_ms for one, found in ((rate, match), (1.0, plain))
    ]
    return (rate, match) if onset_share(moved[0], heard) >= onset_share(moved[1], heard) else (1.0, plain)


def _rate_and_break(cues: Spans, heard: Speech, rate: float, whole: Match) -> tuple[float, Match, float] | None:
    """The best match with a break, and how far it beats chance; None where the one without, at `rate`, is as good."""
    found = []
    for one in dict.fromkeys((1.0, rate)):
        match = best_break(cues * one, heard)
        needed = BETTER + (1 / len(cues) if one == rate else 0)  # a break instead of a rate, or beside it
        is_better = fisher_z(match.score) > fisher_z(whole.score) + needed
        if is_better and abs(match.late_ms - match.early_ms) > TOLERANCE_MS and _divides(match, len(cues)):
            found.append((one, match))
    if not found:
        return None
    rate, match = max(found, key=lambda one: one[1].score)
    if onset_share(_refined(cues, heard, rate, match), heard) < onset_share(cues, heard):
        return None  # longer cues can be put where they hold more speech, but they begin with it where they stand
    significance = chance(cues * rate, lambda drawn: most_held(drawn, heard)).beaten_by(match.score)
    return (rate, match, significance) if significance >= SIGNIFICANT_BREAK else None


def _divides(match: Match, count: int) -> bool:
    fewer = min(match.border, count - match.border)
    return fewer >= min(MANY, LEAST_SHARE * count)


def _refined(cues: Spans, heard: Speech, rate: float, match: Match) -> Spans:
    (_, early), (_, late) = _places(cues, heard, rate, match)
    return replace(match, early_ms=early.shift_ms, late_ms=late.shift_ms).moved(cues * rate)


def _places(cues: Spans, heard: Speech, rate: float, match: Match) -> list[tuple[int, BestShift]]:
    """Where each side of a match begins, in the subtitles' own time, and where exactly it belongs."""
    if not match.border:
        return [(0, refined(cues * rate, heard, match.late_ms))]
    early, late = cues[: match.border], cues[match.border :]
    return [
        (0, refined(early * rate, heard, match.early_ms)),
        (round(late[0, 0]), refined(late * rate, heard, match.late_ms)),
    ]


def _is_enough(cues: Spans, heard: Speech) -> bool:
    if min(len(cues), len(heard.spans)) < FEWEST:
        return False
    return max(heard.total_ms, total_ms(np.clip(cues, 0, heard.duration_ms))) <= FULLEST * heard.duration_ms


def _alike(cues: Spans, heard: Speech) -> bool:
    return 1 / ALIKE <= total_ms(cues) / heard.total_ms <= ALIKE


def corrected(cues: Iterable[Cue], corrections: Sequence[Correction]) -> tuple[Cue, ...]:
    """The cues at their new times, in order; what then ends before the film begins is left out."""
    return tuple(sorted((moved for cue in cues if (moved := _moved(cue, corrections))), key=lambda cue: cue.span))


def shifted_by(cues: tuple[Cue, ...], seconds: float) -> tuple[Cue, ...]:
    """All cues later, or, for fewer than 0 seconds, earlier."""
    return corrected(cues, [Correction(0, 1.0, round(seconds * 1000))]) if seconds else cues


def _moved(cue: Cue, corrections: Sequence[Correction]) -> Cue | None:
    number = bisect_right(corrections, cue.span.start_ms, key=lambda one: one.start_ms)
    correction = corrections[max(0, number - 1)]
    start, end = (round(time * correction.rate) + correction.shift_ms for time in (cue.span.start_ms, cue.span.end_ms))
    return replace(cue, span=Span(max(0, start), end)) if end > 0 else None


LEAST_SHIFT_S = 0.05
"""A shift is given in tenths of a second."""


def refusal(name: str, alignment: Alignment, shifted_s: float = 0.0) -> SubtitleError | None:
    """Why subtitles called `name`, which a user has shifted so far, cannot be used as they are, with the remedy; None
    where they can."""
    if alignment.verdict == "foreign":
        return SubtitleError(
            f"{name}: these subtitles are not of this film, or of quite another cut, or hold only part of its dialogue "
            "(they match its speech by chance)",
            "give the right ones with --subs, or use these with --trust-subs",
        )
    if alignment.verdict != "off":
        return None
    first = alignment.corrections[0]
    simple = len(alignment.corrections) == 1 and first.rate == 1
    total_s = shifted_s + first.shift_ms / 1000
    shift = f"use --shift {total_s:+.1f} or" if abs(total_s) >= LEAST_SHIFT_S else "leave out --shift, or use"
    remedy = f"{shift} --sync" if simple else "use --sync"
    return SubtitleError(f"{name}: these subtitles are {offset_text(alignment)}", remedy)


def offset_text(alignment: Alignment) -> str:
    """How far subtitles that are off are off: "2.4 s late", "right at first, 5.0 s early from 31:05 on"."""
    first, *later = alignment.corrections
    parts = [_speed(first.rate)] if first.rate != 1 else []
    if later:
        parts += [f"{_late(first)} at first", *(f"{_late(one)} from {clock(one.start_ms)} on" for one in later)]
    elif first.rate == 1 or abs(first.shift_ms) > TOLERANCE_MS:
        parts.append(_late(first))
    return ", ".join(parts)


def _late(correction: Correction) -> str:
    if abs(correction.shift_ms) <= TOLERANCE_MS:
        return "right"
    return f"{seconds(abs(correction.shift_ms))} s {'late' if correction.shift_ms < 0 else 'early'}"


def _speed(rate: float) -> str:
    timed, shown = next((a, b) for a, b in product(FRAME_RATES, FRAME_RATES) if a / b == rate)
    return f"timed for {timed:.5g} fps instead of {shown:.5g}"
