"""What is in a film: its clock, its length, its tracks."""

from __future__ import annotations

import re
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from audiodesc.core.files import identity, unread
from audiodesc.errors import FilmError
from audiodesc.media.discontinuities import find_discontinuities, may_be_discontinuous, stretches
from audiodesc.media.mp4 import check_edits
from audiodesc.media.opening import MOST_PIXELS, check_file, check_not_encrypted, check_unchanged, open_film
from audiodesc.media.track_extents import (
    Extent,
    Form,
    forms,
    in_turns,
    restarted,
    stream_reach,
    track_ends,
    track_starts,
)
from audiodesc.model import AudioTrack, Discontinuity, Film, Identity, SubtitleTrack, TrackRole, VideoTrack

COUNT_FROM_ZERO = {"mov", "matroska"}
LATE_S = 2
"""What begins later than this was cut out of a longer stream, whose timestamps it keeps, and begins at zero."""

PICTURE_SUBTITLES = {
    "hdmv_pgs_subtitle",
    "pgssub",
    "dvd_subtitle",
    "dvdsub",
    "dvb_subtitle",
    "dvbsub",
    "xsub",
}
HOUR_MS = 3600 * 1000
LONGEST_MS = 24 * HOUR_MS
LEAST_BYTES = 10
"""Bytes a second that a film of hours has at least: a picture and silence have more."""


def probe(path: Path) -> Film:
    """Read what a film holds.

    Raises FilmError for what is not a film, has no picture, is cut short, lasts over 24 hours, has a gap that is
    not played right, is encrypted, or changes meanwhile.
    """
    seen = identity(check_file(path))
    check_edits(path)
    film = _read(path, seen)
    check_unchanged(film)
    return film


def _read(path: Path, seen: Identity) -> Film:
    with open_film(path) as container:
        check_not_encrypted(path, container)
        picture = _picture(container, path)
        zero = _zero(container)
        breaks, far = _clock(container, picture, path, zero)
        known = forms(container, zero, far.end)
        duration_ms = _duration_ms(far.end - zero, path)
        tracks = [_audio_track(s, known.get(s.index), far, zero) for s in container.streams.audio]
        return Film(
            path=path,
            fingerprint=unread(seen),
            container=container.format.name,
            duration_ms=duration_ms,
            zero_s=zero,
            video=_video_track(picture, _ms(far.picture - zero)),
            audio_tracks=in_turns(tracks, duration_ms),
            subtitle_tracks=tuple(_subtitle_track(s) for s in container.streams.subtitles),
            discontinuities=breaks,
            identity=seen,
        )


def _picture(container: InputContainer, path: Path) -> av.VideoStream:
    pictures = [s for s in container.streams.video if s.codec_context and not s.disposition & Disposition.attached_pic]
    best = container.streams.best("video")
    stream = best if best in pictures else next(iter(pictures), None)
    if not isinstance(stream, av.VideoStream):
        raise FilmError(f"{path} has no picture to describe", "give a film with a video track")
    if not 0 < stream.width * stream.height <= MOST_PIXELS:
        raise FilmError(
            f"{path} has a picture of unknown size, or of more pixels than 8192 × 4320", "convert it to a smaller one"
        )
    return stream


def _zero(container: InputContainer) -> Fraction:
    """Where the film begins, as players show it."""
    start = Fraction(container.start_time or 0, av.time_base)
    return Fraction(0) if COUNT_FROM_ZERO & set(container.format.name.split(",")) and start <= LATE_S else start


def _clock(
    container: InputContainer, picture: Stream, path: Path, zero: Fraction
) -> tuple[tuple[Discontinuity, ...], Extent]:
    """The timestamp discontinuities, and how far the film goes on the clock that goes on."""
    if not (found := stretches(container) if may_be_discontinuous(container) else []):
        return (), stream_reach(container, picture, track_starts(container), track_ends(container, picture, path))
    breaks = find_discontinuities(found, picture.index, zero)
    return breaks, stream_reach(container, picture, *restarted(found, breaks, picture.index))


def _ms(time_s: Fraction) -> int:
    return max(0, round(time_s * 1000))


def _duration_ms(length: Fraction, path: Path) -> int:
    duration_ms = round(length * 1000)
    if not 0 < duration_ms <= LONGEST_MS:
        raise FilmError(
            f"{path} has a picture of {float(length):.0f} s",
            "give a film of more than nothing and at most 24 hours",
        )
    size = path.stat().st_size
    if duration_ms > HOUR_MS and size * 1000 < LEAST_BYTES * duration_ms:
        raise FilmError(
            f"{path} is damaged: its timestamps make {size / 1000:.0f} kB last {duration_ms / HOUR_MS:.1f} hours",
            "copy it again",
        )
    return duration_ms


def _video_track(stream: av.VideoStream, end_ms: int) -> VideoTrack:
    aspect = float(stream.sample_aspect_ratio or 1)
    if not 0.1 <= aspect <= 10:
        aspect = 1.0
    codec = stream.codec_context.codec.canonical_name
    return VideoTrack(stream.index, codec, stream.width, stream.height, aspect, end_ms)


def _audio_track(stream: av.AudioStream, form: Form | None, far: Extent, zero: Fraction) -> AudioTrack:
    """`form` is None for sound that nothing here can decode."""
    start, end = far.starts.get(stream.index), far.ends.get(stream.index)
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
        start_ms=None if start is None else _ms(start - zero),
        end_ms=None if end is None else _ms(end - zero),
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
    return stream.metadata.get("title", "") or stream.metadata.get("name", "")


DESCRIPTION = re.compile(
    r"\b(?-i:AD|DVS|DVI)\b|audio[\s_-]?d[ei]s[ck]ri|descri(?:bed|ptive)\b|beschreibung"
    r"|\bdescriptions?\b(?!\s+(?!audio|sonore|track|mix|for|stereo)[^\W\d])"  # "Description music" is music
    r"|h(?:ö|oe)rfilm|audio[\s_-]?vision|sehbehindert|visual(?:ly)?[\s_-]impair|malvoyant|aveugle|invidente"
    r"|for (?:the )?blind\b|\bblind\W*$|\(blind\b|\bblind\s*(?:and|&|/)\s*(?:visual|partial|low)|\bblinde(?:n\w*)?\b"
    r"|ciegos|non vedenti|não vidente"
    r"|synstolk|syntolk|kuvailutulk|audiodeskryp|niewidom|nevidom|zvukový popis|аудиодескрип|тифлоком|незряч"
    r"|音声ガイド|音声解説|화면\s?해설|口述影像",
    re.IGNORECASE,
)
COMMENTARY = re.compile(
    r"\b[ck]omm?ent|комментари|コメンタリー|코멘터리|评论|評論",
    re.IGNORECASE,
)
EFFECTS = re.compile(
    r"\bM\s?(?:&|and|\+)\s?E\b|music (?:and|&) effects|clean effects"
    r"|(?:isolated|music)[\s-](?:score|only|track)|score only",
    re.IGNORECASE,
)
HEARING = re.compile(
    r"hearing[\s_-]impair|hard of hearing|\bSDH\b|hörgeschädigt|malentendant|dialog(?:ue)? (?:boost|enhanc)",
    re.IGNORECASE,
)

FLAGS: dict[TrackRole, Collection[str]] = {
    "description": {"visual_impaired", "descriptions"},
    "commentary": {"comment"},
    "effects": {"clean_effects", "karaoke"},
    "hearing": {"hearing_impaired"},
}
TITLES: dict[TrackRole, re.Pattern[str]] = {
    "description": DESCRIPTION,  # first: "commentary for the blind"
    "commentary": COMMENTARY,
    "effects": EFFECTS,
    "hearing": HEARING,
}


def role(flags: Collection[str], title: str) -> TrackRole:
    """What a track is, from FFmpeg's names of its dispositions, or else from what it is called."""
    for kind, names in FLAGS.items():
        if not set(names).isdisjoint(flags):
            return kind
    return next((kind for kind, words in TITLES.items() if words.search(title)), "")


def start_code(film: Film) -> str:
    """The time code as it is written ("00:59:50:00"), "" where the film has none."""
    with open_film(film) as container:
        sources = [container.metadata, *(stream.metadata for stream in container.streams)]
        return next((code for data in sources for key, code in data.items() if key.lower() == "timecode" and code), "")
