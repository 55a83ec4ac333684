"""A part of a mix: planned in the whole film, at its levels, and mixed alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from audiodesc.core.part import part_label
from audiodesc.media.loudness import STEPS_HZ
from audiodesc.mix import Mix
from audiodesc.mix.levels import Target
from audiodesc.mix.measure import Metered
from audiodesc.mix.streaming import Places
from audiodesc.model import Span, SpokenLine


def excerpt(mix: Mix, part: Span, longer_ms: int = 0) -> Mix:
    """The part of a mix as one of its own, on a clock that begins with it: the same samples as the whole has there.

    Levels and ducking are those of the whole, as far as its lines are known. `mix.spoken` must lie inside the part. All
    stops of the film are in the part, which is `longer_ms` longer with them.
    """
    source, rate_hz = mix.source, mix.source.rate_hz
    first = part.start_ms * rate_hz // 1000
    view = replace(
        source.film,
        duration_ms=part.duration_ms - longer_ms,
        fingerprint=f"{source.film.fingerprint} {part_label(part)}",
    )
    ducks = tuple(replace(one, first=one.first - first, end=one.end - first) for one in mix.setup.ducks)
    return replace(
        mix,
        source=replace(source, film=view, skipped_ms=part.start_ms),
        before=excerpt_measured(mix.before, part),
        spoken=tuple(_moved(one, part) for one in mix.spoken),
        speech=shifted(mix.speech, part),
        lines=tuple(replace(one, first=one.first - first, end=one.end - first) for one in mix.lines),
        setup=replace(mix.setup, ducks=ducks),
        target=Target(None, mix.target.gate),
    )


def excerpt_measured(before: Metered, part: Span) -> Metered:
    """What was measured of the whole film, with the blocks of the part alone."""
    steps = slice(part.start_ms * STEPS_HZ // 1000, -(-part.end_ms * STEPS_HZ // 1000))
    count = part.duration_ms * STEPS_HZ // 1000
    return replace(before, energies=before.energies[steps][:count])


def excerpt_places(places: Places, part: Span) -> Places:
    """The places of the part, on its clock."""
    return Places(*(shifted(spans, part) for spans in (places.dialogue, places.speech, places.subtitles)))


def shifted(spans: Sequence[Span], part: Span) -> tuple[Span, ...]:
    """What of the spans lies in the part, on its clock."""
    return tuple(
        Span(max(0, one.start_ms - part.start_ms), min(part.end_ms, one.end_ms) - part.start_ms)
        for one in spans
        if one.overlap_ms(part)
    )


def _moved(speech: SpokenLine, part: Span) -> SpokenLine:
    span = speech.span
    return replace(speech, span=Span(span.start_ms - part.start_ms, span.end_ms - part.start_ms))
