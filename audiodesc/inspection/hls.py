"""HLS playlists (RFC 8216 and its successor, draft-pantos-hls-rfc8216bis): renditions with all that is said of them,
and how long each is. Read by m3u8; segments are those on this disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from audiodesc.core.files import read_whole
from audiodesc.core.progress import Progress
from audiodesc.errors import FilmError
from audiodesc.inspection.media_file import DESCRIBES_VIDEO
from audiodesc.inspection.model import Finding, Inspection, Mark, Track, TrackKind
from audiodesc.inspection.named_files import NamedFiles, level_of, looked_into

LARGEST: Final = 16_000_000
"""Bytes of a playlist: a day of segments of a second, with long names."""

MOST_RENDITIONS: Final = 500
TYPES: Final[dict[str, TrackKind]] = {
    "AUDIO": "sound",
    "SUBTITLES": "text",
    "CLOSED-CAPTIONS": "text",
    "VIDEO": "picture",
}
SAID: Final = ("AUTOSELECT", "CHARACTERISTICS", "GROUP-ID", "ASSOC-LANGUAGE", "CHANNELS", "INSTREAM-ID")
SHORT_MS: Final = 100


@dataclass(frozen=True, slots=True)
class _Media:
    """A media playlist: how long its segments are together, its files in order with the header first, and whether all
    of them are files of their own."""

    duration_ms: int
    files: tuple[Path, ...]
    is_whole: bool
    is_encrypted: bool
    findings: tuple[Finding, ...] = ()


NOTHING: Final = _Media(0, (), False, False)


def is_hls(head: bytes) -> bool:
    """Whether a file that begins so is a playlist."""
    return head.lstrip(b"\xef\xbb\xbf").startswith(b"#EXTM3U")


def inspect_hls(path: Path, *, loudness: bool, progress: Progress) -> Inspection:
    """What is in a master or media playlist. Raises FilmError for one that cannot be read."""
    playlist, named = _read(path), NamedFiles(path.parent)
    if playlist.is_variant:
        tracks, findings = _of_master(playlist, path, named, loudness=loudness, progress=progress)
    else:
        media = _media(playlist, path, named)
        inner = looked_into(media.files)
        level = level_of(media.files, progress) if loudness and media.is_whole and _is_sound(inner) else None
        tracks = [replace(one, end_ms=media.duration_ms, level=level) for one in inner]
        findings = list(media.findings)
    findings += _missing(named)
    pictures = [one.end_ms for one in tracks if one.kind == "picture" and one.end_ms]
    whole = max(pictures or [one.end_ms for one in tracks if one.end_ms], default=0)
    return Inspection(
        path=str(path),
        kind="hls",
        format="master" if playlist.is_variant else "media",
        duration_ms=whole,
        tracks=tuple(tracks),
        findings=tuple(findings),
        not_followed=tuple(named.not_followed),
    )


def _missing(named: NamedFiles) -> Iterator[Finding]:
    if named.missing:
        shown = ", ".join(list(named.missing)[:3])
        yield Finding("missing-files", "error", f"{len(named.missing)} files are not there ({shown})", "copy them too")


def _is_sound(tracks: tuple[Track, ...]) -> bool:
    return [one.kind for one in tracks] == ["sound"]


def _read(path: Path) -> Any:
    import m3u8  # type: ignore[import-untyped]

    try:
        return m3u8.loads(read_whole(path, LARGEST).decode("utf-8-sig", "replace"))
    except OSError as error:
        raise FilmError(f"{path} cannot be read ({error.strerror})", "give a playlist that can") from error
    except Exception as error:  # the library raises whatever a broken tag leads to
        fault = f"{path} is a broken playlist ({type(error).__name__}: {error})"
        raise FilmError(fault.splitlines()[0][:300], "write it again") from error


def _of_master(
    playlist: Any, path: Path, named: NamedFiles, *, loudness: bool, progress: Progress
) -> tuple[list[Track], list[Finding]]:
    tracks: list[Track] = []
    findings: list[Finding] = []
    counts: dict[TrackKind, int] = {}

    def add(track: Track) -> None:
        counts[track.kind] = counts.get(track.kind, 0) + 1
        tracks.append(replace(track, number=counts[track.kind]))

    for variant in playlist.playlists[:MOST_RENDITIONS]:
        media = _rendition(variant.uri, path, named)
        findings += media.findings
        add(_variant(variant, media))
    for said in playlist.media[:MOST_RENDITIONS]:
        media = _rendition(said.uri, path, named) if said.uri else NOTHING
        findings += media.findings
        track = _of_media(said, media)
        if loudness and track.kind == "sound" and media.is_whole and not media.is_encrypted:
            track = replace(track, level=level_of(media.files, progress))
        add(track)
    if not any(one.kind == "sound" for one in tracks):
        for one in [one for one in tracks if one.kind == "picture"][:1]:
            for inner in looked_into(_rendition(one.source, path, named).files):
                if inner.kind == "sound":
                    add(replace(inner, source=one.source, end_ms=one.end_ms))
    return tracks, [*findings, *_of_names(tracks)]


def _rendition(uri: str | None, master: Path, named: NamedFiles) -> _Media:
    place = named.find(master, uri) if uri else None
    if place is None:
        return NOTHING
    try:
        return _media(_read(place), place, named)
    except FilmError as error:
        return replace(NOTHING, findings=(Finding("broken-playlist", "error", error.fault, error.remedy),))


def _media(playlist: Any, path: Path, named: NamedFiles) -> _Media:
    files: dict[Path, None] = {}
    is_whole = True
    length = 0.0
    findings: list[Finding] = []
    for segment in playlist.segments:
        for uri in (segment.init_section.uri if segment.init_section else None, segment.uri):
            found = named.find(path, uri) if uri else None
            if found:
                files.setdefault(found)
            elif uri:
                is_whole = False
        duration = segment.duration or 0.0
        length += duration if 0 <= duration < 86_400 else 0.0
        is_whole = is_whole and not segment.discontinuity
    is_encrypted = any(key and key.method not in (None, "NONE") for key in playlist.keys)
    if not playlist.is_endlist:
        what = f"{path.name} has no EXT-X-ENDLIST, so that players take it for a live stream"
        findings.append(Finding("no-endlist", "warning", what, "end it, if it is not live"))
    if not playlist.segments:
        findings.append(Finding("no-segments", "error", f"{path.name} lists no segment", "write it again"))
    return _Media(round(length * 1000), tuple(files), is_whole and bool(files), is_encrypted, tuple(findings))


def _variant(variant: Any, media: _Media) -> Track:
    about = variant.stream_info
    width, height = about.resolution or (0, 0)
    groups = [Mark(name, group) for name, group in (("AUDIO", about.audio), ("SUBTITLES", about.subtitles)) if group]
    return Track(
        kind="picture",
        number=0,
        codec=about.codecs or "",
        width=width,
        height=height,
        fps=about.frame_rate or 0.0,
        marks=tuple(groups),
        start_ms=0 if media.files else None,
        end_ms=media.duration_ms or None,
        source=variant.uri or "",
    )


def _of_media(said: Any, media: _Media) -> Track:
    values = {
        "AUTOSELECT": said.autoselect, "CHARACTERISTICS": said.characteristics, "GROUP-ID": said.group_id,
        "ASSOC-LANGUAGE": said.assoc_language, "CHANNELS": said.channels, "INSTREAM-ID": said.instream_id,
    }  # fmt: skip
    marks = tuple(
        Mark(name, value, name == "CHARACTERISTICS" and DESCRIBES_VIDEO in value.split(","))
        for name in SAID
        if (value := values[name])
    )
    inner = next((one for one in looked_into(media.files) if one.kind == "sound"), None)
    if inner and inner.default:
        marks += (Mark("track header", "enabled"),)
    track = Track(
        kind=TYPES.get(said.type or "", "other"),
        number=0,
        language=said.language or "",
        title=said.name or "",
        default=said.default == "YES",
        forced=said.forced == "YES",
        marks=marks,
        start_ms=0 if media.files else None,
        end_ms=media.duration_ms or None,
        source=said.uri or "",
    )
    if track.kind == "sound" and inner:
        form = {"codec": inner.codec, "layout": inner.layout, "channels": inner.channels, "rate_hz": inner.rate_hz}
        return replace(track, **form)  # type: ignore[arg-type]
    return replace(track, codec="webvtt") if track.kind == "text" and said.type == "SUBTITLES" else track


def _of_names(tracks: list[Track]) -> Iterator[Finding]:
    """Of two renditions of a group that have one name, a player lists one (RFC 8216, 4.3.4.1.1)."""
    seen: set[tuple[str, str, str]] = set()
    for one in tracks:
        key = (one.kind, one.says("GROUP-ID"), one.title)
        if one.kind in ("sound", "text") and one.title and key in seen:
            what = f"two renditions of the group {key[1]} are called “{one.title}”"
            yield Finding("same-name", "error", what, "give each a NAME of its own")
        seen.add(key)


def hls_findings(of: Inspection) -> Iterator[Finding]:
    """What is wrong with the description in a master playlist (Apple, HLS Authoring Specification, 2.12 to 2.15)."""
    if of.format != "master":
        return
    if of.of_kind("sound") and not any(one.default for one in of.of_kind("sound")):
        yield Finding(
            "no-default", "warning", "no sound has DEFAULT=YES: some players take the first, VLC the last", "set one"
        )
    for track in of.descriptions:
        name = f"the rendition “{track.title}”"
        if not any(mark.where == "CHARACTERISTICS" and mark.describes for mark in track.marks):
            what = f"{name} has no CHARACTERISTICS with {DESCRIBES_VIDEO}"
            yield Finding("no-characteristics", "warning", what, "add them: players read no names")
        if track.says("AUTOSELECT") != "YES":
            what = f"{name} has not AUTOSELECT=YES, so that no player takes it by itself"
            yield Finding("no-autoselect", "error", what, "add it")
        if track.default:
            yield Finding("default-yes", "error", f"{name} has DEFAULT=YES", "set DEFAULT=NO")
    for track in of.of_kind("text"):
        if track.is_description and track.forced:
            what = f"the rendition “{track.title}” of descriptions has FORCED=YES, so that everybody sees it"
            yield Finding("text-shown", "error", what, "set FORCED=NO")
    own = of.main
    for track in of.descriptions:
        if own and own.end_ms and track.end_ms and abs(track.end_ms - own.end_ms) > SHORT_MS:
            what = f"the rendition “{track.title}” lasts {track.end_ms:,} ms, the film's own sound {own.end_ms:,} ms"
            yield Finding("rendition-length", "warning", what, "make both as long")
