"""What is in a film: its clock, its length, its tracks."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from audiodesc.content import identity, unread
from audiodesc.errors import FilmError
from audiodesc.media.clock import can_restart, lasting, restarts, stretches
from audiodesc.media.demuxing import demuxed
from audiodesc.media.edits import check_edits
from audiodesc.media.forms import Form, forms
from audiodesc.media.opening import check_file, open_film
from audiodesc.media.roles import role
from audiodesc.media.unchanged import check_unchanged
from audiodesc.model import AudioTrack, Film, Identity, Restart, SubtitleTrack, VideoTrack

COUNT_FROM_ZERO = {"mov", "matroska"}
PICTURE_SUBTITLES = {
    "hdmv_pgs_subtitle",
    "pgssub",
    "dvd_subtitle",
    "dvdsub",
    "dvb_subtitle",
    "dvbsub",
    "xsub",
}
LONGEST_MS = 24 * 3600 * 1000


def probe(path: Path) -> Film:
    """Read what a film holds.

    Raises FilmError for what is not a film, has no picture, is cut short, lasts over 24 hours, has a gap that is
    not played right, or changes meanwhile.
    """
    film = _read(path, identity(check_file(path)))
    check_unchanged(film)
    return film


def _read(path: Path, seen: Identity) -> Film:
    with open_film(path) as container:
        if "mov" in container.format.name:
            check_edits(path)
        picture = _picture(container, path)
        zero = _zero(container)
        begun, end = _clock(container, picture, path, zero)
        known = forms(container)
        return Film(
            path=path,
            fingerprint=unread(seen),
            container=container.format.name,
            duration_ms=_duration_ms(end - zero, path),
            zero_s=zero,
            video=_video_track(picture),
            audio_tracks=tuple(_audio_track(s, known.get(s.index)) for s in container.streams.audio),
            subtitle_tracks=tuple(_subtitle_track(s) for s in container.streams.subtitles),
            restarts=begun,
            identity=seen,
        )


def _picture(container: InputContainer, path: Path) -> av.VideoStream:
    pictures = [s for s in container.streams.video if s.codec_context and not s.disposition & Disposition.attached_pic]
    best = container.streams.best("video")
    stream = best if best in pictures else next(iter(pictures), None)
    if not isinstance(stream, av.VideoStream) or not stream.width:
        raise FilmError(f"{path} has no picture to describe", "give a film with a video track")
    return stream


def _zero(container: InputContainer) -> Fraction:
    if COUNT_FROM_ZERO & set(container.format.name.split(",")):
        return Fraction(0)
    return Fraction(container.start_time or 0, av.time_base)


def _clock(
    container: InputContainer, picture: Stream, path: Path, zero: Fraction
) -> tuple[tuple[Restart, ...], Fraction]:
    """Where the clock begins anew, and where the picture ends on the clock that goes on."""
    found = stretches(container) if can_restart(container) else []
    begun = restarts(found, picture.index, zero)
    if not begun:
        return (), _end(container, picture, path)
    return begun, found[-1].end(picture.index) + begun[-1].shift_s


def _end(container: InputContainer, picture: Stream, path: Path) -> Fraction:
    """Where the picture ends on the file's time line, read from its last packets and not from its header."""
    promised = Fraction(container.duration or 0, av.time_base)
    if "matroska" not in container.format.name:  # there the header counts from 0
        promised += Fraction(container.start_time or 0, av.time_base)
    if container.duration:
        with suppress(av.error.FFmpegError):  # without an index all of it is read
            container.seek(max(0, int((promised - 10) * av.time_base)))
    ends: dict[int, Fraction] = {}
    try:
        for packet in demuxed(container):
            if packet.pts is not None and packet.time_base:
                end = packet.pts * packet.time_base + lasting(packet)
                ends[packet.stream_index] = max(end, ends.get(packet.stream_index, end))
    except av.error.FFmpegError:
        pass  # a file that is cut short ends like this; told apart below
    reached = max(ends.values(), default=Fraction(0))
    if promised - reached > 2:
        raise FilmError(
            f"{path} is cut short: its index promises {float(promised):.0f} s, "
            f"but the data ends {f'at {float(reached):.0f} s' if ends else 'long before'}",
            "copy it again",
        )
    if picture.index in ends:
        return ends[picture.index]
    return _stated_end(picture) or promised


def _stated_end(picture: Stream) -> Fraction | None:
    if picture.duration and picture.time_base:
        return (picture.duration + (picture.start_time or 0)) * picture.time_base
    return None


def _duration_ms(length: Fraction, path: Path) -> int:
    duration_ms = round(length * 1000)
    if not 0 < duration_ms <= LONGEST_MS:
        raise FilmError(
            f"{path} has a picture of {float(length):.0f} s",
            "give a film of more than nothing and at most 24 hours",
        )
    return duration_ms


def _video_track(stream: av.VideoStream) -> VideoTrack:
    aspect = float(stream.sample_aspect_ratio or 1)
    if not 0.1 <= aspect <= 10:
        aspect = 1.0
    return VideoTrack(stream.index, stream.codec_context.codec.canonical_name, stream.width, stream.height, aspect)


def _audio_track(stream: av.AudioStream, form: Form | None) -> AudioTrack:
    """`form` is None for sound that nothing here can decode."""
    flags = {str(flag.name) for flag in Disposition if stream.disposition & flag}
    return AudioTrack(
        index=stream.index,
        codec=stream.codec_context.codec.canonical_name if form else "",
        rate_hz=form.rate_hz if form else 0,
        layout=form.layout if form else "mono",
        language=_language(stream),
        title=_title(stream),
        default=bool(stream.disposition & Disposition.default),
        role=role(flags, f"{_title(stream)} {stream.metadata.get('handler_name', '')}"),
        original=bool(stream.disposition & Disposition.original),
        empty=form.empty if form else False,
        channel=_channel(stream) if form and form.layout == "mono" else "",
    )


def _channel(stream: av.AudioStream) -> str:
    channels = stream.codec_context.layout.channels
    return channels[0].name if len(channels) == 1 else ""


def _subtitle_track(stream: Stream) -> SubtitleTrack:
    codec = stream.codec_context.codec.canonical_name if stream.codec_context else ""
    flags = stream.disposition
    aside = Disposition.forced | Disposition.descriptions | Disposition.comment | Disposition.visual_impaired
    return SubtitleTrack(
        index=stream.index,
        codec=codec,
        language=_language(stream),
        is_text=codec != "" and codec not in PICTURE_SUBTITLES,
        is_whole=not flags & aside,
        default=bool(flags & Disposition.default),
    )


def _language(stream: Stream) -> str:
    language = stream.metadata.get("language", "")
    return "" if language == "und" else language


def _title(stream: Stream) -> str:
    return stream.metadata.get("title", "")
