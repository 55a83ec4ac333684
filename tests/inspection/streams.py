"""HLS and DASH of a film with two tones, in segments of a second, whose playlists are written here."""

from __future__ import annotations

from pathlib import Path

from clicking import ffmpeg

OWN = 'TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="sound0.m3u8"'
DESCRIPTION = (
    'TYPE=AUDIO,GROUP-ID="a",NAME="English (Audio description)",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,'
    'CHARACTERISTICS="public.accessibility.describes-video",URI="sound1.m3u8"'
)
ROLE = '<Role schemeIdUri="urn:mpeg:dash:role:2011" value="{}"/>'
PURPOSE = '<Accessibility schemeIdUri="urn:tva:metadata:cs:AudioPurposeCS:2007" value="1"/>'


def segments(film: Path, folder: Path) -> None:
    """`picture`, `sound0` and `sound1`: each with a header, segments `NAME.N.m4s` from 0 on, and a media playlist."""
    for name, track in (("picture", "0:v"), ("sound0", "0:a:0"), ("sound1", "0:a:1")):
        form = ["-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", 1, "-hls_playlist_type", "vod"]
        named = ["-hls_fmp4_init_filename", f"{name}.mp4", "-hls_segment_filename", folder / f"{name}.%d.m4s"]
        ffmpeg("-i", film, "-map", track, "-c", "copy", *form, *named, folder / f"{name}.m3u8")


def master(folder: Path, *media: str, name: str = "master.m3u8") -> Path:
    place = folder / name
    place.write_text(
        "#EXTM3U\n#EXT-X-VERSION:7\n"
        + "".join(f"#EXT-X-MEDIA:{one}\n" for one in media)
        + '#EXT-X-STREAM-INF:BANDWIDTH=200000,CODECS="avc1.64000a,mp4a.40.2",RESOLUTION=160x120,AUDIO="a"\n'
        "picture.m3u8\n"
    )
    return place


def adaptation_set(
    name: str, kind: str, inner: str = "", count: int = 3, more: str = "", bandwidth: int = 100_000
) -> str:
    """Segments of a second each."""
    return (
        f'<AdaptationSet contentType="{kind}" mimeType="{kind}/mp4" {more}>{inner}'
        f'<SegmentTemplate timescale="1000" initialization="$RepresentationID$.mp4" '
        f'media="$RepresentationID$.$Number$.m4s" startNumber="0"><SegmentTimeline>'
        f'<S t="0" d="1000" r="{count - 1}"/></SegmentTimeline></SegmentTemplate>'
        f'<Representation id="{name}" bandwidth="{bandwidth}" codecs="x"/></AdaptationSet>'
    )


def mpd(folder: Path, *sets: str, name: str = "film.mpd", before: str = "") -> Path:
    place = folder / name
    place.write_text(
        f'<?xml version="1.0"?>\n{before}<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" minBufferTime="PT1S" '
        'profiles="urn:mpeg:dash:profile:isoff-live:2011" '
        f'mediaPresentationDuration="PT3S"><Period>{"".join(sets)}</Period></MPD>'
    )
    return place
