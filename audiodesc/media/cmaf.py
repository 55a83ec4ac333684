"""A film -> CMAF (fMP4): an init segment a track, and media segments that all end where the picture's end.

`segment_film` copies the picture and the sounds packet by packet, and gives what a manifest or playlist says of each
track. The picture is cut at key frames from which it can be played alone, each nearest a wanted length after the one
before; sound at its frame nearest that. A segment begins where the one before ended, to the tick. No time is negative:
what a player decodes and does not show or play (an encoder's delay) is written down in a track's edit list, of sound;
pictures before the film's zero are over at once. Where the picture begins late, its first one stands from 0 on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Final, Literal

import av
from av.container import InputContainer
from av.stream import Stream

from audiodesc.core.stops import NO_STOPS, Stops
from audiodesc.errors import FilmError
from audiodesc.media.cmaf_boxes import codec_string, init_segment
from audiodesc.media.cmaf_tracks import PictureSegments, SoundSegments, segment_name
from audiodesc.media.cutting import part_packets
from audiodesc.media.discontinuities import in_order, ready
from audiodesc.media.mux import DESCRIBED, NOTHING_ANEW
from audiodesc.media.opening import demuxed, film_errors, open_film
from audiodesc.media.stopping import stopped_packets
from audiodesc.model import Film, Span

WANTED_S: Final = Fraction(6)
"""Seconds of a segment: Apple's authoring specification for HLS, 7.5."""

PICTURES: Final = {"h264", "hevc", "av1", "vp9"}
SOUNDS: Final = {"aac", "ac3", "eac3", "opus", "flac", "alac", "mp3"}
"""Codecs that CMAF and browsers know inside MP4, as FFmpeg names them."""

RANGES: Final = {16: "PQ", 18: "HLG"}
"""Transfer characteristics (ISO/IEC 23091-2) -> VIDEO-RANGE."""


@dataclass(frozen=True, slots=True)
class Segment:
    """`name` is its path below the folder; `start` and `duration` are in ticks of its track, on the film's clock, with
    what an edit list hides left out. `size` is in bytes."""

    name: str
    start: int
    duration: int
    size: int


@dataclass(frozen=True, slots=True)
class CmafTrack:
    """A track in segments. `index` is that of the film's track, -1 of the described sound. `init` is the path of its
    init segment below the folder; `timescale` ticks are a second; `codecs` is its codec string (RFC 6381). `language`
    and `title` are as the film has them. The fields from `width` to `video_range` (SDR, PQ or HLG) are those of the
    picture, 0 for sound; `rate_hz` and `channels` those of sound."""

    kind: Literal["video", "audio"]
    index: int
    init: str
    timescale: int
    codecs: str
    language: str
    title: str
    segments: tuple[Segment, ...]
    width: int = 0
    height: int = 0
    frame_rate: Fraction = Fraction(0)
    video_range: str = "SDR"
    rate_hz: int = 0
    channels: int = 0

    @property
    def average_bps(self) -> int:
        """Bits a second over all of it."""
        return _bps(self.segments, self.timescale)

    @property
    def peak_bps(self) -> int:
        """The largest of any segments in a row that last half as long as the longest to once and a half (RFC 8216bis,
        4.4.6.2)."""
        longest, found = max(one.duration for one in self.segments), self.average_bps
        for first in range(len(self.segments)):
            for count, total in enumerate(accumulate(one.duration for one in self.segments[first:]), 1):
                if 2 * total > 3 * longest:
                    break
                if 2 * total >= longest:
                    found = max(found, _bps(self.segments[first : first + count], self.timescale))
        return found


@dataclass(frozen=True, slots=True)
class Cmaf:
    """The tracks of a film in segments: its picture, its sounds in order, the described sound where one was given; and
    a line for each sound that CMAF does not hold."""

    tracks: tuple[CmafTrack, ...]
    left_out: tuple[str, ...]

    @property
    def picture(self) -> CmafTrack:
        return self.tracks[0]

    @property
    def described(self) -> CmafTrack | None:
        return next((track for track in self.tracks if track.index == DESCRIBED), None)


def _bps(segments: Sequence[Segment], timescale: int) -> int:
    ticks = sum(one.duration for one in segments)
    return -(-sum(one.size for one in segments) * 8 * timescale // max(1, ticks))


def check_cmaf(film: Film, anew: Iterable[int] = ()) -> tuple[str, ...]:
    """A line for each sound that cannot go into CMAF as it is, but for those that are encoded `anew`.

    Raises FilmError where that is the picture.
    """
    if film.video.codec not in PICTURES:
        raise FilmError(
            f"{film.path}: its picture is {film.video.codec}, which is not played from CMAF segments (HLS, DASH)",
            "convert the film to H.264, HEVC, VP9 or AV1",
        )
    wrong = [one for one in film.audio_tracks if one.codec not in SOUNDS and one.index not in set(anew)]
    return tuple(
        f"track {one.index} ({one.codec or 'unknown'}) is not played from CMAF segments: left out" for one in wrong
    )


def segment_film(
    film: Film,
    folder: Path,
    anew: Mapping[int, Path] = NOTHING_ANEW,
    *,
    stops: Stops = NO_STOPS,
    part: Span | None = None,
    wanted_s: Fraction = WANTED_S,
) -> Cmaf:
    """Write a film's picture and sounds as segments into subfolders of a folder that is there.

    `anew` are sound files (M4A) in the place of tracks of the film, by their indices, and the described sound
    (`DESCRIBED`); they have the film's `stops` and are of its `part`. With stops, sounds that are not in it are left
    out. Memory is that of a segment of each track. Raises FilmError for a film that cannot be read, whose picture does
    not go into CMAF, or has hundreds of megabytes without a key frame.
    """
    left_out = check_cmaf(film, anew)
    copied = [one.index for one in film.audio_tracks if one.codec in SOUNDS and not stops and one.index not in anew]
    with open_film(film) as source, film_errors(film.path):
        picture = PictureSegments(source.streams[film.video.index], folder / "video", wanted_s)
        sounds = {index: SoundSegments(source.streams[index], folder / f"audio-{index}") for index in copied}
        cuts = list(_copied(film, source, picture, sounds, stops, part))
        end_s = Fraction(picture.ends, picture.scale)
        for sound in sounds.values():
            sound.finish(end_s, wanted_s)
        first = _picture(film, source, picture, folder)
        made = {
            i: _sound(film, i, source.streams[i], one, folder / f"audio-{i}") for i, one in sounds.items() if one.rows
        }
    for index, path in anew.items():
        name = "description" if index == DESCRIBED else f"audio-{index}"
        made[index] = segment_sound(film, path, folder / name, [*cuts, end_s], index=index, wanted_s=wanted_s)
    order = sorted(made, key=lambda index: (index == DESCRIBED, index))
    return Cmaf((first, *(made[index] for index in order)), left_out)


def segment_sound(
    film: Film,
    path: Path,
    folder: Path,
    cuts: Sequence[Fraction],
    *,
    index: int = DESCRIBED,
    begin_s: Fraction = Fraction(0),
    wanted_s: Fraction = WANTED_S,
) -> CmafTrack:
    """Write a sound file of our own (M4A) as segments into a new folder, cut at the frames nearest to `cuts`, in
    seconds; behind the last of these, where the picture ends, each `wanted_s` seconds. `begin_s` is at what time of the
    segments the film begins; the result's times are those of the film. Raises FilmError as `segment_film` does."""
    with av.open(f"file:{path}", options={"protocol_whitelist": "file"}) as file:
        stream = file.streams.audio[0]
        sound = SoundSegments(stream, folder, begin_s)
        for time_s in cuts[:-1]:
            sound.cut_at(time_s)
        for packet in demuxed(file, [stream]):
            if packet.size:
                sound.add(packet)
        sound.finish(cuts[-1], wanted_s)
        return _sound(film, index, stream, sound, folder)


def _copied(
    film: Film,
    source: InputContainer,
    picture: PictureSegments,
    sounds: Mapping[int, SoundSegments],
    stops: Stops,
    part: Span | None,
) -> Iterator[Fraction]:
    """Read the film once; give the times at which its picture is cut."""
    tracks: dict[int, PictureSegments | SoundSegments] = {film.video.index: picture, **sounds}
    timed = ready(source, {index: source.streams[index] for index in tracks}, film, "mp4")
    timed = part_packets(timed, part) if part else timed
    stops = stops.after(part.start_ms) if part else stops
    timed = stopped_packets(timed, stops) if stops else timed
    for packet in in_order(timed, "mp4"):
        for time_s in tracks[packet.stream_index].add(packet):
            yield from _noted(time_s, sounds)
    for time_s in picture.finish():
        yield from _noted(time_s, sounds)


def _noted(time_s: Fraction, sounds: Mapping[int, SoundSegments]) -> Iterator[Fraction]:
    for sound in sounds.values():
        sound.cut_at(time_s)
    yield time_s


def _picture(film: Film, source: InputContainer, made: PictureSegments, folder: Path) -> CmafTrack:
    stream = source.streams[film.video.index]
    folder /= "video"
    init = _init(film, stream, made, folder, is_described=False)
    context = stream.codec_context
    assert isinstance(stream, av.VideoStream)  # noqa: S101 — it was probed
    assert isinstance(context, av.VideoCodecContext)  # noqa: S101
    return CmafTrack(
        "video",
        stream.index,
        f"{folder.name}/init.mp4",
        made.scale,
        codec_string(init),
        stream.metadata.get("language", ""),
        "",
        _segments(folder.name, made),
        stream.width,
        stream.height,
        stream.average_rate or stream.guessed_rate or Fraction(0),
        RANGES.get(int(context.color_trc or 0), "SDR"),
    )


def _sound(film: Film, index: int, stream: Stream, made: SoundSegments, folder: Path) -> CmafTrack:
    init = _init(film, stream, made, folder, is_described=index == DESCRIBED)
    known = next((one for one in film.audio_tracks if one.index == index), None)
    context = stream.codec_context
    assert isinstance(context, av.AudioCodecContext)  # noqa: S101
    return CmafTrack(
        "audio",
        index,
        f"{folder.name}/init.mp4",
        made.scale,
        codec_string(init),
        known.language if known else stream.metadata.get("language", ""),
        known.title if known else "",
        _segments(folder.name, made),
        rate_hz=context.sample_rate,
        channels=context.layout.nb_channels,
    )


def _init(
    film: Film, stream: Stream, made: PictureSegments | SoundSegments, folder: Path, *, is_described: bool
) -> bytes:
    """Write the init segment of a track."""
    ends = made.begins + made.ends
    try:
        init = init_segment(film, stream, made.head, made.scale, made.begins, ends, is_described=is_described)
    except (ValueError, av.error.FFmpegError) as error:
        raise FilmError(
            f"{film.path}: track {stream.index} does not go into CMAF segments ({error})", "convert it to AAC or H.264"
        ) from error
    (folder / "init.mp4").write_bytes(init)
    return init


def _segments(folder: str, made: PictureSegments | SoundSegments) -> tuple[Segment, ...]:
    return tuple(Segment(f"{folder}/{segment_name(n)}", *row) for n, row in enumerate(made.rows, 1))
