"""A ladder that is there already (HLS playlists and segments on this disk), which gets the described sound as a
rendition and stays as it is in all else: what is read of it, and what is made for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import av

from audiodesc.core.files import at_home, read_whole
from audiodesc.deliver.hls_playlists import INDEX, Rendition, track_playlist
from audiodesc.errors import InputError, UsageError
from audiodesc.media.cmaf import segment_sound
from audiodesc.media.opening import OPTIONS
from audiodesc.model import Film
from audiodesc.settings import Settings

MOST_PLAYLIST: Final = 4 << 20
MOST_SEGMENT: Final = 256 << 20
MOST_VARIANTS: Final = 200
FOLDER: Final = "description"

OFF_S: Final = Fraction(1, 10)
"""By so much may a segment of one variant be longer than that of another (RFC 8216 has no number: "matching")."""

LONGEST_S: Final = 24 * 3600
"""Of a segment: no film is longer."""

LONGER_S: Final = 1
"""By so much may the ladder be longer or shorter than the film."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """A master playlist, as it stands; the names in each of its groups of sounds; when each segment ends, in seconds
    from the beginning; and at what time of the segments that is."""

    path: Path
    text: str
    groups: Mapping[str, tuple[str, ...]]
    codecs: tuple[str, ...]
    ends: tuple[Fraction, ...]
    begin_s: Fraction


def read_ladder(path: Path, film: Film, settings: Settings) -> Ladder:
    """The ladder of a film. Nothing outside of the folder of its master playlist is read.

    Raises InputError for one that cannot be read, is live, encrypted or of another length than the film, whose variants
    differ in their segments, or that has sound inside of its picture; UsageError for a film that stops, or a part.
    """
    if settings.stops.extended_film and settings.stops.extended:
        raise UsageError("a ladder does not stop for lines", "leave out --extended, or hls.ladder")
    if settings.run.part_from or settings.run.part_to:
        raise UsageError("a ladder is of a whole film", "leave out --from and --to, or hls.ladder")
    path = at_home(path)
    text, master = _playlist(path)
    if not master.is_variant:
        raise InputError(f"{path} lists segments and not variants", "give the master playlist that names it")
    if master.session_keys:
        raise _encrypted(path)
    variants = master.playlists[: MOST_VARIANTS + 1]
    if len(variants) > MOST_VARIANTS:
        raise InputError(f"{path} has more than {MOST_VARIANTS} variants", "give a master playlist with fewer")
    groups = _groups(path, master, variants)
    ends, first = _segments(path, [one.uri for one in variants])
    _check_length(path, ends[-1], film)
    for rendition in master.media:
        if rendition.type == "AUDIO" and rendition.uri:
            _media(path, rendition.uri)
    codecs = tuple(one.stream_info.codecs or "" for one in variants)
    return Ladder(path, text, groups, codecs, ends, first)


def describe_ladder(
    ladder: Ladder, sound: Path, film: Film, folder: Path, rendition: Callable[[str, str, int], Rendition]
) -> list[str]:
    """Write into a folder the master playlist with the described sound (M4A) in each group, all its other lines as they
    are, and the rendition; give a line for what is to be done with it. `rendition` makes that of a group, a path and a
    number of channels."""
    name = _free(ladder.path.parent, FOLDER)
    track = segment_sound(film, sound, folder / name, ladder.ends, begin_s=ladder.begin_s)
    (folder / name / INDEX).write_text(track_playlist(track), "utf-8")
    made = [rendition(group, f"{name}/{INDEX}", track.channels) for group in ladder.groups]
    tags = [_named(one, ladder.groups[one.group]).tag() for one in made]
    master = _free(ladder.path.parent, f"{ladder.path.stem}.ad", ".m3u8")
    (folder / master).write_bytes(_with(ladder.text, tags).encode("utf-8"))
    lines = [f"copy {master} and the folder {name} into {ladder.path.parent}; nothing there is replaced"]
    if any(codecs and track.codecs not in codecs.split(",") for codecs in ladder.codecs):
        lines.append(f"the CODECS of {ladder.path.name} do not name {track.codecs}: some players want it there")
    return lines


def _named(one: Rendition, taken: Sequence[str]) -> Rendition:
    """The same with a name that its group does not have."""
    name, count = one.name, 1
    while name in taken:
        count += 1
        name = f"{one.name} {count}"
    return replace(one, name=name)


def _free(folder: Path, stem: str, suffix: str = "") -> str:
    """A name that nothing in a folder has."""
    name, count = f"{stem}{suffix}", 1
    while (folder / name).exists():
        count += 1
        name = f"{stem}-{count}{suffix}"
    return name


def _with(text: str, tags: Sequence[str]) -> str:
    """A master playlist with more renditions, behind its own: mpv takes the first of those that its MP4s call enabled.
    Lines end as its own do."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    own = [n + 1 for n, line in enumerate(lines) if line.startswith("#EXT-X-MEDIA:")]
    first = next(n for n, line in enumerate(lines) if line.startswith("#EXT-X-STREAM-INF"))
    place = max(own, default=first)
    before = lines[:place]
    if before and not before[-1].endswith(("\r", "\n")):
        before.append(end)
    return "".join((*before, *(tag + end for tag in tags), *lines[place:]))


def _playlist(path: Path) -> tuple[str, Any]:
    """A playlist, as text and as the library has it."""
    import m3u8  # type: ignore[import-untyped]

    if not path.is_file():
        raise InputError(f"{path} is not there", "give a master playlist on this disk, with all that it names")
    try:
        text = read_whole(path, MOST_PLAYLIST).decode("utf-8-sig")
        if not text.startswith("#EXTM3U"):
            raise ValueError("it does not begin with #EXTM3U")
        return text, m3u8.loads(text)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", "allow yourself to read it") from error
    except Exception as error:  # the library has no error of its own for what it cannot read
        fault = f"{error}".splitlines()[0][:200] if f"{error}" else type(error).__name__
        raise InputError(f"{path} is not an HLS playlist ({fault})", "give an .m3u8 with #EXTM3U in front") from error


def _inside(playlist: Path, uri: str | None, master: Path) -> Path:
    """A file that a playlist names, in the folder of the master playlist or below."""
    from urllib.parse import unquote, urlsplit

    try:
        parts = urlsplit(uri or "")
        named = unquote(parts.path)
        place = (playlist.parent / named).resolve()
        is_elsewhere = bool(parts.scheme or parts.netloc) or named.startswith("/") or not named
        is_elsewhere = is_elsewhere or not place.is_relative_to(master.parent.resolve())
    except (OSError, RuntimeError, ValueError):
        is_elsewhere = True
    if is_elsewhere:
        fault = f"{playlist} names {(uri or '')[:100]!r}, which is not in its folder"
        raise InputError(fault, "copy the whole ladder to this disk")
    return place


def _media(master: Path, uri: str | None) -> tuple[Path, Any]:
    """A media playlist of a master playlist, which is not live and not encrypted."""
    path = _inside(master, uri, master)
    _, found = _playlist(path)
    if any(key and key.method not in (None, "NONE") for key in found.keys):
        raise _encrypted(path)
    if not found.is_endlist:
        raise InputError(f"{path} is a live playlist (it has no EXT-X-ENDLIST)", "give the ladder of a whole film")
    if any(not 0 <= (one.duration or 0) < LONGEST_S for one in found.segments):
        raise InputError(f"{path} is not an HLS playlist (a segment has no length)", "make the ladder again")
    if not found.segments:
        raise InputError(f"{path} names no segments", "give the ladder of a whole film")
    return path, found


def _encrypted(path: Path) -> InputError:
    return InputError(f"{path} is encrypted, and the description would not be", "give the ladder as it was before")


def _groups(path: Path, master: Any, variants: Sequence[Any]) -> dict[str, tuple[str, ...]]:
    """The groups of sounds that its variants name, with the names in each."""
    wanted = dict.fromkeys(one.stream_info.audio for one in variants)
    if None in wanted or "" in wanted:
        raise InputError(
            f"{path} has sound inside of its variants, and no rendition can be beside it (no AUDIO group)",
            "make the ladder with its sound as a rendition (EXT-X-MEDIA), or leave out hls.ladder",
        )
    found: dict[str, list[str]] = {group: [] for group in wanted}
    for one in master.media:
        if one.type == "AUDIO" and one.group_id in found:
            found[one.group_id].append(one.name or "")
    return {group: tuple(names) for group, names in found.items()}


def _segments(path: Path, uris: Sequence[str | None]) -> tuple[tuple[Fraction, ...], Fraction]:
    """When each segment of the variants ends, and what time its pictures have at the beginning."""
    first: tuple[Fraction, ...] = ()
    begin_s = Fraction(0)
    for uri in dict.fromkeys(uris):
        place, found = _media(path, uri)
        if any(one.discontinuity for one in found.segments):
            raise InputError(
                f"{place} has discontinuities, over which no sound can go on", "make the ladder in one piece"
            )
        ends = tuple(accumulate(Fraction(one.duration or 0).limit_denominator(100_000) for one in found.segments))
        if not first:
            first, begin_s = ends, _begin_s(place, found.segments[0], path)
        elif len(ends) != len(first) or any(abs(a - b) > OFF_S for a, b in zip(first, ends, strict=True)):
            raise InputError(
                f"{path} has variants of other segment lengths ({place.name})",
                "make them with key frames at the same times",
            )
    return first, begin_s


def _begin_s(playlist: Path, segment: Any, master: Path) -> Fraction:
    """When the first picture of a segment is shown, in seconds of its own timestamps; its first sound where it has
    none."""
    content = b""
    if segment.init_section:
        content = _bytes(playlist, segment.init_section.uri, segment.init_section.byterange, master)
    content += _bytes(playlist, segment.uri, segment.byterange, master)
    try:
        options = {**OPTIONS, "protocol_whitelist": ""}
        with av.open(BytesIO(content), "r", options=options) as file:
            stream = next(iter([*file.streams.video, *file.streams.audio]))
            times = [one.pts for one in file.demux(stream) if one.pts is not None]
            return min(times) * Fraction(stream.time_base or 0)
    except (av.error.FFmpegError, StopIteration, ValueError) as error:
        raise InputError(f"{playlist}: its first segment cannot be read ({error})", "make the ladder again") from error


def _bytes(playlist: Path, uri: str | None, byterange: str | None, master: Path) -> bytes:
    """A segment, or the part of a file that one is."""
    place = _inside(playlist, uri, master)
    try:
        if not byterange:
            return read_whole(place, MOST_SEGMENT)
        count, _, at = byterange.partition("@")
        with place.open("rb") as file:
            file.seek(int(at or 0))
            return file.read(min(int(count), MOST_SEGMENT))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{place}, which {playlist.name} names, cannot be read ({error})", "copy the whole ladder"
        ) from error


def _check_length(path: Path, end_s: Fraction, film: Film) -> None:
    length_s = Fraction(film.duration_ms, 1000)
    if abs(end_s - length_s) > LONGER_S:
        raise InputError(
            f"{path} lasts {float(end_s):.1f} s, and the film {float(length_s):.1f} s", "give the ladder of this film"
        )
