"""HLS playlists (RFC 8216; Apple's authoring specification) of tracks in segments: the text of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from audiodesc.media.cmaf import CmafTrack

DESCRIBES_VIDEO: Final = "public.accessibility.describes-video"
SPEECH_CLEAR: Final = "public.accessibility.enhances-speech-intelligibility"
SPOKEN: Final = "public.accessibility.transcribes-spoken-dialog"
SOUNDS: Final = "public.accessibility.describes-music-and-sound"

MASTER: Final = "master.m3u8"
INDEX: Final = "index.m3u8"
"""The playlist of a track, in its folder."""

VERSION: Final = 7
"""The first in which fMP4 may have the name of a renditions' group."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """An EXT-X-MEDIA: `language` is a BCP 47 tag or "", `channels` 0 for texts. No other of its group has its name."""

    kind: Literal["AUDIO", "SUBTITLES"]
    group: str
    name: str
    language: str
    uri: str
    is_default: bool = False
    is_automatic: bool = True
    characteristics: tuple[str, ...] = ()
    channels: int = 0

    def tag(self) -> str:
        """The line of a master playlist."""
        said = {
            "TYPE": self.kind,
            "GROUP-ID": _quoted(self.group),
            "LANGUAGE": _quoted(self.language) if self.language else "",
            "NAME": _quoted(self.name),
            "DEFAULT": "YES" if self.is_default else "NO",
            "AUTOSELECT": "YES" if self.is_automatic or self.is_default else "NO",
            "FORCED": "NO" if self.kind == "SUBTITLES" else "",
            "CHARACTERISTICS": _quoted(",".join(self.characteristics)) if self.characteristics else "",
            "CHANNELS": _quoted(str(self.channels)) if self.channels else "",
            "URI": _quoted(self.uri),
        }
        return f"#EXT-X-MEDIA:{','.join(f'{name}={value}' for name, value in said.items() if value)}"


def distinct(renditions: Iterable[Rendition]) -> Iterator[Rendition]:
    """The same with names that differ, and so that no two of a group that are chosen by themselves are alike to a
    player (RFC 8216, 4.3.4.1): the later ones are not."""
    names: set[tuple[str, str]] = set()
    alike: set[tuple[str, str, tuple[str, ...]]] = set()
    for one in renditions:
        name, count = one.name, 1
        while (one.group, name) in names:
            count += 1
            name = f"{one.name} {count}"
        names.add((one.group, name))
        kind = (one.group, one.language, one.characteristics)
        is_first = kind not in alike
        if one.is_automatic:
            alike.add(kind)
        yield Rendition(
            one.kind,
            one.group,
            name,
            one.language,
            one.uri,
            one.is_default,
            one.is_automatic and is_first,
            one.characteristics,
            one.channels,
        )


def media_playlist(rows: Sequence[tuple[str, Fraction]], init: str = "") -> str:
    """The playlist of a track: the names of its segments and where each ends, in seconds; `init` is the name of its
    init segment, "" for texts. Lengths add up to those times, which are rounded to 10 µs."""
    ends = [round(end_s, 5) for _, end_s in rows]
    lengths = [end - begin for begin, end in zip((Fraction(0), *ends), ends, strict=False)]
    return _lines(
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max(1, *(int(length + Fraction(1, 2)) for length in lengths))}",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *([f'#EXT-X-MAP:URI="{init}"'] if init else []),
        *(
            line
            for (name, _), length in zip(rows, lengths, strict=True)
            for line in (f"#EXTINF:{float(length):.5f},", name)
        ),
        "#EXT-X-ENDLIST",
    )


def track_playlist(track: CmafTrack) -> str:
    """The playlist of a picture or a sound."""
    names = [one.name.rpartition("/")[2] for one in track.segments]
    ends = [Fraction(one.start + one.duration, track.timescale) for one in track.segments]
    return media_playlist(list(zip(names, ends, strict=True)), track.init.rpartition("/")[2])


def master_playlist(
    picture: CmafTrack, pixel_aspect: float, sounds: Mapping[str, Sequence[CmafTrack]], renditions: Sequence[Rendition]
) -> str:
    """The playlist of all: a variant for each group of sounds, and the renditions that go with them."""
    texts = {one.group: True for one in renditions if one.kind == "SUBTITLES"}
    return _lines(
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *(one.tag() for one in renditions),
        *(
            line
            for group, inside in sounds.items()
            for line in _variant(picture, pixel_aspect, group, inside, next(iter(texts), ""))
        ),
    )


def _variant(
    picture: CmafTrack, pixel_aspect: float, group: str, sounds: Sequence[CmafTrack], texts: str
) -> tuple[str, str]:
    codecs = dict.fromkeys((picture.codecs, *(one.codecs for one in sounds)))
    said = {
        "BANDWIDTH": str(picture.peak_bps + max(one.peak_bps for one in sounds)),
        "AVERAGE-BANDWIDTH": str(picture.average_bps + max(one.average_bps for one in sounds)),
        "CODECS": _quoted(",".join(codecs)),
        "RESOLUTION": f"{round(picture.width * pixel_aspect)}x{picture.height}",
        "FRAME-RATE": f"{float(picture.frame_rate):.3f}" if picture.frame_rate else "",
        "VIDEO-RANGE": picture.video_range,
        "AUDIO": _quoted(group),
        "SUBTITLES": _quoted(texts) if texts else "",
        "CLOSED-CAPTIONS": "NONE",
    }
    line = f"#EXT-X-STREAM-INF:{','.join(f'{name}={value}' for name, value in said.items() if value)}"
    return line, f"{picture.init.rpartition('/')[0]}/{INDEX}"


def _quoted(text: str) -> str:
    """A quoted-string, which has no place for quotes and line breaks."""
    return '"' + " ".join(text.replace('"', "”").split()) + '"'


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
