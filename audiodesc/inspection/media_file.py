"""A file of film or sound: its tracks, with all that the container says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from audiodesc.core.progress import Progress
from audiodesc.errors import FilmError
from audiodesc.inspection.levels import levels_of
from audiodesc.inspection.model import ADM_DESCRIPTION, Finding, Inspection, Level, Mark, Track, TrackKind
from audiodesc.inspection.receiver import receiver_facts
from audiodesc.inspection.wav_file import wav_facts
from audiodesc.media.matroska_flags import MatroskaTrack, matroska_tracks
from audiodesc.media.mp4_marks import Mp4Track, mp4_tracks
from audiodesc.media.opening import check_not_encrypted, open_film
from audiodesc.media.probe import probe
from audiodesc.media.track_extents import USUAL_LAYOUTS
from audiodesc.media.ts_descriptors import AUDIO_TYPES, CLASSES, TsAudio, ts_audio
from audiodesc.model import Film

KINDS: Final[Mapping[str, TrackKind]] = {"video": "picture", "audio": "sound", "subtitle": "text"}
FORMATS: Final = {"mov": "MP4/MOV", "matroska": "Matroska/WebM", "mpegts": "MPEG-TS", "mxf": "MXF", "wav": "WAV"}
"""FFmpeg's names of containers, as people call them; others are named as FFmpeg does."""

DESCRIBING: Final = {"visual_impaired", "descriptions"}
"""FFmpeg's dispositions that mark description."""

ROLE_SCHEME: Final = "urn:mpeg:dash:role:2011"
DESCRIBING_KINDS: Final = {(ROLE_SCHEME, "description"), ("about:html-kind", "descriptions")}
DESCRIBES_VIDEO: Final = "public.accessibility.describes-video"
NAMELESS: Final = re.compile(
    r"(?:sound|video|subtitle|text|time\s?code|iso media|data|core media|gpac|mainconcept|apple|vide|soun)\b.*handler.*"
    r"|(?:sound|video|subtitle)handler|core media (?:audio|video|text).*|stereo|mono|surround",
    re.IGNORECASE,
)
"""Names of handlers that programs write by themselves."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a container says of one track beside FFmpeg: marks, a title, a language, and whether it is the default."""

    marks: tuple[Mark, ...] = ()
    title: str = ""
    language: str = ""
    default: bool | None = None


NOTHING: Final = _Said()


def inspect_media(path: Path, *, loudness: bool, progress: Progress) -> Inspection:
    """What is in the file. Raises FilmError for what is no film or sound, is damaged or encrypted."""
    with open_film(path) as container:
        check_not_encrypted(path, container)
        has_picture = any(_kind(stream) == "picture" for stream in container.streams)
    film, faults = _probed(path) if has_picture else (None, ())
    levels = levels_of(path, progress) if loudness else {}
    with open_film(path) as container:
        tracks = tuple(_tracks(container, path, film, levels))
        names, about = container.format.name, container.metadata
        duration_ms = round((container.duration or 0) / 1000)
    length = film.video.end_ms or film.duration_ms if film else duration_ms
    said, adm, notes = wav_facts(path) if "wav" in names else ({}, None, ())
    receiver = receiver_facts(path) if "wav" in names and [one.channels for one in tracks] == [2] else None
    if adm:
        kinds = [Mark("ADM content", kind, kind == ADM_DESCRIPTION) for _, kind in adm.contents if kind]
        tracks = tuple(  # its channels are of several programmes: together they have no level
            replace(one, marks=(*one.marks, *kinds), layout=f"{one.channels} channels", level=None) for one in tracks
        )
    if not has_picture and len(tracks) == 1:  # what is said of the file is said of its sound
        title, language = about.get("title", ""), about.get("language", "")
        tracks = tuple(replace(one, title=one.title or title, language=one.language or language) for one in tracks)
    if receiver:  # a level of narrator and data together is none
        mark = Mark("control track", "descriptors of BBC WHP 198", describes=True)
        tracks = tuple(replace(one, marks=(*one.marks, mark), level=None) for one in tracks)
    return Inspection(
        path=str(path),
        kind="film" if has_picture else "sound",
        format=next((name for key, name in FORMATS.items() if key in names.split(",")), names),
        duration_ms=length,
        tracks=tracks,
        said=said,
        adm=adm,
        receiver=receiver,
        findings=(*faults, *notes),
    )


def tracks_of(path: Path) -> tuple[Track, ...]:
    """The tracks alone, with the times of the file's header. Raises FilmError."""
    with open_film(path) as container:
        return tuple(_tracks(container, path, None, {}))


def _probed(path: Path) -> tuple[Film | None, tuple[Finding, ...]]:
    try:
        return probe(path), ()
    except FilmError as error:
        return None, (Finding("not-usable", "error", error.fault, error.remedy),)


def _kind(stream: Stream) -> TrackKind:
    return "other" if stream.disposition & Disposition.attached_pic else KINDS.get(stream.type, "other")


def _tracks(container: InputContainer, path: Path, film: Film | None, levels: Mapping[int, Level]) -> Iterator[Track]:
    said = _said_by_container(container, path)
    times = _times(container, film)
    counts: dict[TrackKind, int] = {}
    for stream in container.streams:
        kind = _kind(stream)
        counts[kind] = counts.get(kind, 0) + 1
        own = said.get(stream.index, NOTHING)
        start, end = times.get(stream.index, (None, None))
        codec = stream.codec_context
        track = Track(
            kind=kind,
            number=counts[kind],
            codec=codec.codec.canonical_name if codec else "",
            language=own.language or _language(stream),
            title=own.title or stream.metadata.get("title", ""),
            default=own.default,
            forced=bool(stream.disposition & Disposition.forced),
            marks=(*own.marks, *_dispositions(stream)),
            start_ms=start,
            end_ms=end,
            level=levels.get(stream.index),
        )
        yield _in_form(track, stream)


def _in_form(track: Track, stream: Stream) -> Track:
    """With the form of its sound or picture."""
    if isinstance(stream, av.AudioStream) and (sound := stream.codec_context):
        count, name = sound.layout.nb_channels, sound.layout.name
        layout = USUAL_LAYOUTS.get(count, name) if name.endswith("channels") else name
        return replace(track, layout=layout, channels=count, rate_hz=sound.sample_rate or 0, bits=_bits(sound))
    if isinstance(stream, av.VideoStream) and (picture := stream.codec_context):
        fps = float(stream.average_rate or 0)
        return replace(track, width=picture.width, height=picture.height, fps=fps)
    return track


def _language(stream: Stream) -> str:
    language = stream.metadata.get("language", "")
    return "" if language == "und" else language


def _bits(codec: av.AudioCodecContext) -> int:
    """The word length of PCM and FLAC; 0 for what has none."""
    if found := re.fullmatch(r"pcm_[suf](\d+)(?:le|be)?", codec.name):
        return int(found[1])
    about = codec.extradata or b""
    return ((about[12] & 1) << 4 | about[13] >> 4) + 1 if codec.name == "flac" and len(about) >= 34 else 0


def _dispositions(stream: Stream) -> Iterator[Mark]:
    for flag in Disposition:
        if stream.disposition & flag and flag not in (Disposition.default, Disposition.forced):
            yield Mark("disposition", str(flag.name), flag.name in DESCRIBING)


def _times(container: InputContainer, film: Film | None) -> dict[int, tuple[int | None, int | None]]:
    """Where tracks begin and end on the film's clock, in ms."""
    zero = film.zero_s if film else 0
    stated = {
        stream.index: (
            round((stream.start_time * stream.time_base - zero) * 1000) if stream.start_time is not None else None,
            round(((stream.start_time or 0) + stream.duration) * stream.time_base * 1000 - zero * 1000)
            if stream.duration
            else None,
        )
        for stream in container.streams
        if stream.time_base
    }
    if film:
        stated |= {one.index: (one.start_ms, one.end_ms) for one in film.audio_tracks}
        stated[film.video.index] = (stated.get(film.video.index, (None, None))[0], film.video.end_ms)
    return stated


def _said_by_container(container: InputContainer, path: Path) -> dict[int, _Said]:
    names = container.format.name.split(",")
    if "mov" in names:
        by_id = {track.id: _of_mp4(track) for track in mp4_tracks(path)}
        return {stream.index: by_id[stream.id] for stream in container.streams if stream.id in by_id}
    if "matroska" in names:
        return dict(_in_order(container, matroska_tracks(path)))
    if "mpegts" in names:
        by_pid = {one.pid: _of_ts(one) for one in ts_audio(path)}
        return {stream.index: by_pid[stream.id] for stream in container.streams if stream.id in by_pid}
    return {}


def _in_order(container: InputContainer, tracks: Iterable[MatroskaTrack]) -> Iterator[tuple[int, _Said]]:
    """FFmpeg numbers the tracks of a kind in the order of the file, and hands on no number of Matroska's."""
    waiting: dict[str, list[MatroskaTrack]] = {}
    for track in tracks:
        waiting.setdefault(track.kind, []).append(track)
    for stream in container.streams:
        if (own := waiting.get(KINDS.get(stream.type, ""))) and not stream.disposition & Disposition.attached_pic:
            yield stream.index, _of_matroska(own.pop(0))


def _of_mp4(track: Mp4Track) -> _Said:
    marks = [Mark("kind", " ".join(kind), kind in DESCRIBING_KINDS) for kind in track.kinds]
    marks += [Mark("tagc", text, text == DESCRIBES_VIDEO) for text in track.characteristics]
    marks.append(Mark("alternate group", str(track.alternate_group)))
    handler = "" if NAMELESS.fullmatch(track.handler) else track.handler
    return _Said(tuple(marks), track.name or handler, track.language, track.is_enabled)


def _of_matroska(track: MatroskaTrack) -> _Said:
    plain = ("FlagDefault", "FlagForced")
    marks = [
        Mark(name, "1" if is_set else "0", is_set and name in ("FlagVisualImpaired", "FlagTextDescriptions"))
        for name, is_set in track.flags.items()
        if name not in plain and not (name == "FlagEnabled" and is_set)
    ]
    language = "" if track.language == "und" else track.language
    return _Said(tuple(marks), track.name, language, track.flags["FlagDefault"])


def _of_ts(audio: TsAudio) -> _Said:
    marks = []
    if audio.audio_type is not None:
        name = AUDIO_TYPES.get(audio.audio_type, "reserved")
        marks.append(Mark("audio_type", f"0x{audio.audio_type:02x} {name}", audio.audio_type == 3))
    if audio.classification is not None:
        name = CLASSES.get(audio.classification, "reserved")
        mixed = "complete" if audio.is_complete else "to be mixed by the receiver"
        marks.append(Mark("supplementary audio", f"{name}, {mixed}", audio.classification == 1))
    return _Said(tuple(marks), language=audio.language)
