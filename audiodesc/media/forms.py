"""The form of a sound track: its rate and layout for most of the film, not only at its first packet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

import av
from av.container import InputContainer

from audiodesc.media.demuxing import demuxed, go_to

PLACES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)
"""Where a film is looked into, as parts of its length: a logo or a break of advertisements may have another form."""

MOST_PACKETS = 400
"""Packets that are read at a place before it is given up."""

USUAL_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}


@dataclass(frozen=True, slots=True)
class Form:
    """Samples a second, FFmpeg's name of the layout, and whether no packet was found."""

    rate_hz: int
    layout: str
    empty: bool = False


def forms(container: InputContainer, start_s: Fraction, end_s: Fraction) -> Mapping[int, Form]:
    """The form of each sound track that can be decoded, by its index: the one seen most often over the film, and of
    two as frequent the one with more channels, in which the other is at home too. The film lasts from `start_s` to
    `end_s` of the file's time line. Moves the reading place."""
    streams = [stream for stream in container.streams.audio if stream.codec_context]
    seen: dict[int, Counter[Form]] = {stream.index: Counter() for stream in streams}
    packets: Counter[int] = Counter()
    for place in PLACES:
        with suppress(av.error.FFmpegError, ValueError):
            go_to(container, int((start_s + Fraction(place) * (end_s - start_s)) * av.time_base))
            for index, form in _seen_here(container, streams, packets).items():
                seen[index][form] += 1
    stated = {stream.index: _form(stream.codec_context) for stream in streams}
    empty = {index: replace(form, empty=True) for index, form in stated.items() if not packets[index]}
    return empty | {index: _commonest(counts) for index, counts in seen.items() if counts}


def _commonest(counts: Counter[Form]) -> Form:
    return max(counts, key=lambda form: (counts[form], av.AudioLayout(form.layout).nb_channels))


def _seen_here(
    container: InputContainer, streams: Sequence[av.AudioStream], packets: Counter[int]
) -> Mapping[int, Form]:
    """The form of the first frame of each track from here on; counts the packets of each."""
    found: dict[int, Form] = {}
    for number, packet in enumerate(demuxed(container, streams)):
        if len(found) == len(streams) or number == MOST_PACKETS:
            break
        packets[packet.stream_index] += packet.size > 0
        with suppress(av.error.FFmpegError):
            frames = packet.decode() if packet.stream_index not in found else []
            if frames and isinstance(frames[0], av.AudioFrame):
                found[packet.stream_index] = _form(frames[0])
    return found


def _form(sound: av.AudioFrame | av.AudioCodecContext) -> Form:
    return Form(sound.sample_rate, _layout(sound.layout))


def _layout(layout: av.AudioLayout) -> str:
    """FFmpeg's name; where the file gives only a number of channels, the usual layout of that many. One channel is mono
    whatever its label."""
    if layout.nb_channels == 1:
        return "mono"
    return USUAL_LAYOUTS.get(layout.nb_channels, layout.name) if layout.name.endswith("channels") else layout.name
