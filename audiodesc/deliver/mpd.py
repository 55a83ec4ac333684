"""Media Presentation Description (MPD): what a DASH player reads first (ISO/IEC 23009-1), made from plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Final, Literal

from lxml import etree

from audiodesc.core.xml import Element
from audiodesc.scripts.lines import writable_text

NAMESPACE: Final = "urn:mpeg:dash:schema:mpd:2011"
ISOFF_LIVE: Final = "urn:mpeg:dash:profile:isoff-live:2011"
ROLE: Final = "urn:mpeg:dash:role:2011"
AUDIO_PURPOSE: Final = "urn:tva:metadata:cs:AudioPurposeCS:2007"
"""TV-Anytime's classification, ETSI TS 102 822-3-1, A.15: 1 is for the visually impaired, 2 for the hard of hearing."""

CHANNEL_CONFIGURATION: Final = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
DOLBY_CHANNELS: Final = "tag:dolby.com,2014:dash:audio_channel_configuration:2011"

LEAST_S: Final = Fraction(1)
"""Seconds that a segment counts as at least, where the highest data rate is looked for: the last one may be a frame."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A value of a scheme."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The segments of a representation, without a gap: `durations` in ticks of 1/`timescale` s, the first one from tick
    `start` on. The presentation begins at tick `offset`. `initialization` and `media` are the files' names,
    with `$Number$` in place of a segment's number; the first one is 1."""

    timescale: int
    durations: tuple[int, ...]
    initialization: str
    media: str
    start: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """Width and height in pixels, `fps`, 0 where that is not known, and the shape of a pixel."""

    width: int
    height: int
    fps: Fraction = Fraction(0)
    pixel: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Sound:
    """The sample rate, and which channels these are."""

    rate_hz: int
    channels: Descriptor | None = None


@dataclass(frozen=True, slots=True)
class AdaptationSet:
    """One track, in one representation, whose id is `name`. `bandwidth` is in bits a second, `language` a BCP 47 tag,
    "" where none is known. Of those of one kind, a player that has no other reason takes the one of the highest
    `priority`. The `profiles` are those of the MPD where none are given."""

    kind: Literal["video", "audio", "text"]
    name: str
    mime_type: str
    codecs: str
    bandwidth: int
    segments: Timeline
    language: str = ""
    label: str = ""
    roles: tuple[str, ...] = ()
    accessibility: tuple[Descriptor, ...] = ()
    priority: int = 1
    picture: Picture | None = None
    sound: Sound | None = None
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Presentation:
    """A film as a static presentation of one period, as long as `duration_s`."""

    title: str
    duration_s: Fraction
    sets: tuple[AdaptationSet, ...]
    profiles: tuple[str, ...] = (ISOFF_LIVE,)


def to_mpd(presentation: Presentation) -> bytes:
    """The MPD as XML in UTF-8."""
    longest = max((longest_s(one.segments) for one in presentation.sets), default=Fraction(1))
    root = etree.Element(
        f"{{{NAMESPACE}}}MPD",
        {
            "profiles": ",".join(presentation.profiles),
            "type": "static",
            "mediaPresentationDuration": duration(presentation.duration_s),
            "maxSegmentDuration": duration(longest),
            "minBufferTime": duration(longest),
        },
        nsmap={None: NAMESPACE},
    )
    if presentation.title:
        _add(_add(root, "ProgramInformation"), "Title").text = writable_text(presentation.title)
    period = _add(root, "Period", id="1", start="PT0S")
    for number, one in enumerate(presentation.sets, 1):
        _add_set(period, number, one)
    etree.indent(root, " ")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8")) + b"\n"


def highest_rate(sizes: Iterable[int], durations: Iterable[int], timescale: int) -> int:
    """The data rate of the largest segment for its duration, in bits a second: at that rate, each segment arrives while
    the one before it is played. `sizes` are in bytes."""
    pairs = zip(sizes, durations, strict=True)
    rates = (size * 8 / max(Fraction(ticks, timescale), LEAST_S) for size, ticks in pairs)
    return max(1, round(max(rates, default=Fraction(1))))


def channels(layout: Sequence[str], codec: str) -> Descriptor | None:
    """How a manifest names these channels, None where the schemes have no value for them. They have FFmpeg's
    names; `codec` is as MP4 names it. AC-3 and E-AC-3 take Dolby's scheme, as ETSI TS 103 285 asks for, others that
    of ISO/IEC 23091-3."""
    known = frozenset(name.replace("S", "B") if name in ("SL", "SR") else name for name in layout)
    if codec in ("ac-3", "ec-3"):
        mask = sum(DOLBY_BITS[name] for name in known) if known <= DOLBY_BITS.keys() else 0
        return Descriptor(DOLBY_CHANNELS, f"{mask:04X}") if mask else None
    value = CONFIGURATIONS.get(known if len(layout) < 8 else frozenset(layout))
    return Descriptor(CHANNEL_CONFIGURATION, str(value)) if value else None


DOLBY_BITS: Final = {"FL": 0x8000, "FC": 0x4000, "FR": 0x2000, "BL": 0x1000, "BR": 0x0800, "BC": 0x0100, "LFE": 0x0001}
"""Of the channel map of E-AC-3 (ETSI TS 102 366, E.1.3.1.8), the highest bit first."""

_FIVE = ("FL", "FR", "FC", "BL", "BR")
CONFIGURATIONS: Final = {
    frozenset(("FC",)): 1,
    frozenset(("FL", "FR")): 2,
    frozenset(("FL", "FR", "FC")): 3,
    frozenset(("FL", "FR", "FC", "BC")): 4,
    frozenset(_FIVE): 5,
    frozenset((*_FIVE, "LFE")): 6,
    frozenset((*_FIVE, "LFE", "FLC", "FRC")): 7,
    frozenset((*_FIVE, "LFE", "SL", "SR")): 12,
}
"""ISO/IEC 23091-3, table 8. Sound behind and sound at the sides are one, as long as there is only one of them."""


def duration(seconds: Fraction) -> str:
    """An XML duration, to the microsecond, never shorter than it is."""
    micros = -(-seconds * 1_000_000 // 1)
    return f"PT{micros // 1_000_000}.{micros % 1_000_000:06}".rstrip("0").rstrip(".") + "S"


def longest_s(segments: Timeline) -> Fraction:
    """Seconds that the longest segment lasts."""
    return Fraction(max(segments.durations, default=0), segments.timescale)


def _add_set(period: Element, number: int, one: AdaptationSet) -> None:
    """An adaptation set, its elements in the order of the schema."""
    of_set = {
        "id": str(number),
        "contentType": one.kind,
        "mimeType": one.mime_type,
        "lang": one.language,
        "selectionPriority": str(one.priority),
        "segmentAlignment": "true",
        "startWithSAP": "1",
        "profiles": ",".join(one.profiles),
        **(_picture(one.picture) if one.picture else {}),
    }
    place = _add(period, "AdaptationSet", **of_set)
    if one.sound and one.sound.channels:
        _describe(place, "AudioChannelConfiguration", one.sound.channels)
    if one.label:
        _add(place, "Label").text = writable_text(one.label)
    for descriptor in one.accessibility:
        _describe(place, "Accessibility", descriptor)
    for role in one.roles:
        _describe(place, "Role", Descriptor(ROLE, role))
    rate = str(one.sound.rate_hz) if one.sound else ""
    given = {"id": one.name, "bandwidth": str(one.bandwidth), "codecs": one.codecs, "audioSamplingRate": rate}
    representation = _add(place, "Representation", **given)
    _add_timeline(representation, one.segments)


def _picture(picture: Picture) -> dict[str, str]:
    width, height, pixel = picture.width, picture.height, picture.pixel
    shape = Fraction(width, height) * pixel
    return {
        "width": str(width),
        "height": str(height),
        "sar": f"{pixel.numerator}:{pixel.denominator}",
        "par": f"{shape.numerator}:{shape.denominator}",
        "frameRate": str(picture.fps) if picture.fps else "",
    }


def _add_timeline(representation: Element, segments: Timeline) -> None:
    template = _add(
        representation,
        "SegmentTemplate",
        timescale=str(segments.timescale),
        presentationTimeOffset=str(segments.offset) if segments.offset else "",
        initialization=segments.initialization,
        media=segments.media,
        startNumber="1",
    )
    timeline = _add(template, "SegmentTimeline")
    for number, (ticks, times) in enumerate(_runs(segments.durations)):
        _add(
            timeline,
            "S",
            t="" if number else str(segments.start),
            d=str(ticks),
            r=str(times - 1) if times > 1 else "",
        )


def _runs(durations: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each duration, and how many segments one after the other have it."""
    return ((ticks, len(list(same))) for ticks, same in groupby(durations))


def _describe(place: Element, name: str, descriptor: Descriptor) -> None:
    _add(place, name, schemeIdUri=descriptor.scheme, value=descriptor.value)


def _add(place: Element, name: str, **attributes: str) -> Element:
    """A new element at the end, with those attributes that say something."""
    given = {key: value for key, value in attributes.items() if value}
    made: Element = etree.SubElement(place, f"{{{NAMESPACE}}}{name}", given)
    return made
