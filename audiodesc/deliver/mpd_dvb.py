"""DVB's profile of DASH (ETSI TS 103 285): whether a presentation is within it, and the manifest that says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final

from audiodesc.deliver.mpd import ISOFF_LIVE, AdaptationSet, Presentation, longest_s, to_mpd

PROFILES: Final = ("urn:dvb:dash:profile:dvb-dash:2014", "urn:dvb:dash:profile:dvb-dash:isoff-ext-live:2014")

MOST_BYTES: Final = 256 << 10
"""Of an MPD, and the most adaptation sets of a period: clause 4.5."""

MOST_SETS: Final = 16
LONGEST_S: Final = Fraction(15)
"""Seconds of a segment: clause 4.3."""

PICTURES: Final = ("avc1", "avc3", "hvc1", "hev1")
SOUNDS: Final = ("mp4a.40.2", "mp4a.40.5", "mp4a.40.29", "ac-3", "ec-3")
HIGHEST_AVC: Final = 40
"""Ten times the level of H.264 that players of the profile of 2014 have to know: clause 5.1.1."""


def as_dvb(presentation: Presentation) -> tuple[Presentation, list[str]]:
    """The presentation with DVB's profiles, or as it is with a line that says why it is not within them. Texts as
    WebVTT are not, and are left aside: they keep profiles of their own."""
    made = replace(presentation, profiles=(*PROFILES, ISOFF_LIVE))
    if reasons := list(_reasons(made)):
        return presentation, [f"the manifest names no profile of DVB: {'; '.join(reasons)}"]
    return made, []


def _reasons(presentation: Presentation) -> Iterator[str]:
    sets = presentation.sets
    yield from _of_coding(sets)
    if (longest := max(longest_s(one.segments) for one in sets)) > LONGEST_S:
        yield f"a segment of {float(longest):.1f} s is longer than {LONGEST_S} s"
    if len(sets) > MOST_SETS:
        yield f"there are {len(sets)} tracks, more than {MOST_SETS}"
    if (size := len(to_mpd(presentation))) > MOST_BYTES:
        yield f"it has {size >> 10} KiB, more than {MOST_BYTES >> 10}"


def _of_coding(sets: Iterable[AdaptationSet]) -> Iterator[str]:
    for one in sets:
        known = PICTURES if one.kind == "video" else SOUNDS
        if one.kind != "text" and not one.codecs.startswith(known):
            yield f"{one.name} is {one.codecs}"
        elif one.codecs.startswith("avc") and int(one.codecs[-2:], 16) > HIGHEST_AVC:
            yield f"{one.name} is H.264 of level {int(one.codecs[-2:], 16) / 10}"
        if one.kind == "audio" and one.sound and not one.sound.channels:
            yield f"{one.name} has channels without a name"
