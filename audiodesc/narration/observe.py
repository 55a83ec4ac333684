"""Segments of a film -> what a describer sees in each, batched and ahead.

Facts that are seen for a while only ("momentary") have a segment of their own, so that a line tells them while they are
seen.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any

from audiodesc.core import cache
from audiodesc.core.progress import Progress, counted, silent
from audiodesc.describers.base import Describer, Failure, Momentary
from audiodesc.dialogue import FilmAnalysis
from audiodesc.media import bars
from audiodesc.media.frames import clips_ahead
from audiodesc.media.opening import check_unchanged, of_unchanged
from audiodesc.media.picture import Bars
from audiodesc.model import Cue, Film, FrameRequest, Gap, Observation, Segment, Span, VideoClip
from audiodesc.narration.failures import FAILED_SHARE, Tally, observed_by
from audiodesc.planning import segment_at, words_in
from audiodesc.planning.costs import LONGEST_WORDS, WATCH_MS

LEAST_MS = 500
"""A line that begins so shortly before its gap ends is none."""

ENOUGH_MS = 2_500
"""Where a moment reaches into several gaps, the first in which there is so much room is used."""

CLOSE_MS = 2_000
"""What is seen so shortly after another moment needs no line of its own: it is often the same, seen on."""

UNTOLD = "seen while nobody may speak: "
"""Before facts that no line can tell in time: no describer reads them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Facts of an observation and when they are seen; a line may begin from `start_ms` on, in `gap`."""

    observation: Observation
    span: Span
    facts: str
    start_ms: int
    gap: Gap


def observe(
    film: Film,
    found: FilmAnalysis,
    segments: Sequence[Segment],
    describer: Describer,
    store: cache.Store,
    progress: Progress,
    failed_share: float,
    part: Span | None = None,
) -> tuple[Observation, ...]:
    """All that the describer sees of a film, in the order of time; momentary facts have segments of their own. With a
    `part` only what is for lines that begin in it: the same as of the whole film, so that the answers that are kept are
    those of the whole.

    Raises AudiodescError where more than `failed_share` of the segments get no answer.
    """
    watched = with_unwatched(segments, film.duration_ms, describer)
    if part:
        far_ms = WATCH_MS if isinstance(describer, Momentary) else 0
        watched = tuple(one for one in watched if _is_for(one, part, far_ms))
    cues = found.dialogue.texts
    observed = observations(film, watched, describer, cues, store, failed_share, found.cuts)
    split = split_moments(counted(observed, len(watched), "look", progress), found.gaps, cues, describer)
    return tuple(one for one in split if part is None or part.start_ms <= one.segment.wanted_ms < part.end_ms)


def _is_for(segment: Segment, part: Span, far_ms: int) -> bool:
    """Whether a line about what is watched may begin in a part: of momentary facts, up to so long after it."""
    if not far_ms:
        return part.start_ms <= segment.wanted_ms < part.end_ms
    return segment.watch.start_ms < part.end_ms and segment.watch.end_ms + far_ms > part.start_ms


def observations(
    film: Film,
    segments: Sequence[Segment],
    describer: Describer,
    cues: Sequence[Cue],
    store: cache.Store,
    failed_share: float = FAILED_SHARE,
    cuts: Sequence[int] = (),
    frames: FrameRequest | None = None,
) -> Iterator[Observation]:
    """What the describer sees in each segment, in the segments' order, in the frames that it wants or in `frames`. Only
    clips that are not in the cache are decoded; each observation is cached as it comes, in whatever order. A failure is
    not cached.

    Raises FilmError where the film was changed meanwhile, AudiodescError above the share of failures.
    """
    frames = frames or describer.frames
    shown = [_known_of(segment, cues, cuts) for segment in segments]
    names = [
        cache.key(
            "look",
            4,
            film=film.fingerprint,
            by=describer.fingerprint,
            watch=segment.watch,
            frames=frames,
            bars=0 if frames.bars else bars.VERSION,
            shown=known,
        )
        for segment, known in zip(segments, shown, strict=True)
    ]
    answers: dict[int, str | Failure] = {
        i: found for i, name in enumerate(names) if (found := store.read_json(name, as_text)) is not None
    }
    missing = [i for i in range(len(segments)) if i not in answers]
    cropped = None if frames.bars or not missing else bars_of(film, store)
    ready = _clips(film, [segments[i] for i in missing], [shown[i] for i in missing], frames, cropped)
    observed = observed_by(describer, ready, len(missing))
    failed = Tally("look", len(segments), failed_share)
    for i, segment in enumerate(segments):
        while i not in answers:
            number, facts = next(observed)
            check_unchanged(film)
            answers[missing[number]] = facts
            if isinstance(facts, Failure):
                failed.add(facts)
            else:
                store.put_json(names[missing[number]], facts)
        answer = answers.pop(i)
        yield Observation(segment, "", str(answer)) if isinstance(answer, Failure) else Observation(segment, answer)


def again_at(
    film: Film,
    observed: Sequence[Observation],
    describer: Describer,
    every: int,
    store: cache.Store,
    progress: Progress = silent,
    cues: Sequence[Cue] = (),
    cuts: Sequence[int] = (),
) -> tuple[Observation, ...]:
    """The observations, one in `every` of those that lines are held against with what is seen at half as many frames,
    at other times; 0: none. A second look that gives no answer is not kept, and ends no run."""
    held = [number for number, one in enumerate(observed) if one.facts and describer.evidence(one.facts)]
    chosen = held[::every] if every else []
    if not chosen:
        return tuple(observed)
    segments, wanted = [observed[number].segment for number in chosen], describer.frames
    fewer = replace(
        wanted,
        fps=wanted.fps / 2,
        min_frames=max(1, wanted.min_frames // 2),
        max_frames=max(1, wanted.max_frames // 2),
    )
    second = observations(film, segments, describer, cues, store, 1.0, cuts, fewer)
    again = dict(zip(chosen, counted(second, len(chosen), "again", progress), strict=True))
    return tuple(
        replace(one, again=again[number].facts, missed=again[number].failure) if number in again else one
        for number, one in enumerate(observed)
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What a describer is given with the frames of a segment."""

    cues: tuple[Cue, ...]
    cuts: tuple[int, ...]
    spoken_ms: int


def _known_of(segment: Segment, cues: Sequence[Cue], cuts: Sequence[int]) -> Shown:
    watch = segment.watch
    inside = cuts[bisect_right(cuts, watch.start_ms) : bisect_left(cuts, watch.end_ms)]
    subtitled = tuple(cue for cue in cues if cue.span.overlap_ms(watch))
    return Shown(subtitled, tuple(inside), min(segment.wanted_ms, watch.end_ms))


def _clips(
    film: Film, segments: Sequence[Segment], shown: Sequence[Shown], request: FrameRequest, cropped: Bars | None
) -> Iterator[VideoClip]:
    with closing(clips_ahead(film, [segment.watch for segment in segments], request, cropped)) as decoded:
        for clip, known in zip(decoded, shown, strict=True):
            yield replace(clip, cues=known.cues, cuts=known.cuts, spoken_ms=known.spoken_ms)


def bars_of(film: Film, store: cache.Store) -> Bars:
    """The film's black bars, measured once and kept."""
    name = cache.key("bars", bars.VERSION, film=film.fingerprint)
    return store.made(name, bars.as_bars, lambda: asdict(of_unchanged(film, bars.bars(film))))


def as_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def split_moments(
    observed: Sequence[Observation], gaps: Sequence[Gap], cues: Sequence[Cue], describer: Describer
) -> tuple[Observation, ...]:
    """The observations of a describer whose facts are momentary: one for each moment, with the part of a gap in which a
    line may begin while it lasts. Those of other describers are as they were."""
    if not isinstance(describer, Momentary):
        return tuple(observed)
    made: list[Observation] = []
    for observation in observed:
        moments = list(_moments(observation, describer.moments(observation.facts), gaps))
        ends = [*(moment.start_ms for moment in moments[1:]), None]
        made += [_segment_for(moment, end, cues) for moment, end in zip(moments, ends, strict=False)]
        if not moments and observation.segment.until_ms is None:
            made.append(
                replace(observation, facts="\n".join(f"{UNTOLD}{line}" for line in observation.facts.splitlines()))
            )
    return tuple(made)


def with_unwatched(segments: Sequence[Segment], end_ms: int, describer: Describer) -> tuple[Segment, ...]:
    """The segments, and, for a describer whose facts are momentary, more that watch what none of them does."""
    if not isinstance(describer, Momentary):
        return tuple(segments)
    made, seen_ms = list(segments), 0
    for start, end in [*((one.watch.start_ms, one.watch.end_ms) for one in segments), (end_ms, end_ms)]:
        for first in range(seen_ms, start, WATCH_MS):
            watch = Span(first, min(start, first + WATCH_MS))
            made.append(Segment(Gap(Span(first, first)), watch, first, 1, until_ms=first))
        seen_ms = max(seen_ms, end)
    return tuple(sorted(made, key=lambda one: one.watch))


def _moments(observation: Observation, parts: Sequence[tuple[Span, str]], gaps: Sequence[Gap]) -> Iterator[Moment]:
    """Those in which a narrator may speak."""
    for span, facts in parts:
        starts = [(max(span.start_ms, gap.span.start_ms), gap) for gap in gaps]
        rooms = [(gap.span.end_ms - start, start, gap) for start, gap in starts if start < span.end_ms]
        if usable := [room for room in rooms if room[0] >= LEAST_MS]:
            enough = [room for room in usable if room[0] >= ENOUGH_MS]
            _, start, gap = enough[0] if enough else max(usable, key=lambda room: room[0])
            yield Moment(observation, span, facts, start, gap)


def _segment_for(moment: Moment, following_ms: int | None, cues: Sequence[Cue]) -> Observation:
    """With the room up to the next moment, where that is in the same gap and not close."""
    start, end = moment.start_ms, moment.gap.span.end_ms
    if following_ms is not None and following_ms - start >= CLOSE_MS:
        end = min(end, following_ms)
    words = min(LONGEST_WORDS, words_in(end - start))
    segment = segment_at(Gap(Span(start, end), moment.gap.kind), moment.observation.segment.watch, start, words, cues)
    return Observation(replace(segment, until_ms=moment.span.end_ms), moment.facts)
