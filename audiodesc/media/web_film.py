"""A film as browsers play it: one picture, copied packet by packet, and one sound, in an MP4 that begins to play before
all of it is there."""

from __future__ import annotations

import heapq
from contextlib import ExitStack
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.stream import Disposition, Stream

from audiodesc.core.stops import NO_STOPS, Stops
from audiodesc.errors import FilmError
from audiodesc.media.cutting import part_chapters, part_packets
from audiodesc.media.discontinuities import in_order, packets, ready
from audiodesc.media.encode import EXACT
from audiodesc.media.mux import FINE, NO_TIMECODE
from audiodesc.media.opening import open_film
from audiodesc.media.remux import UNOFFICIAL, add_copy, codec_of
from audiodesc.media.stopping import stopped_packets
from audiodesc.model import AudioTrack, Film, Span

PICTURES: Final = {"h264", "vp9", "av1"}
"""FFmpeg's names of the pictures that Chromium, Firefox and Safari of today play in an MP4."""

SOME_PLAY: Final = {"hevc"}
"""Those that a browser plays only on some machines."""

SOUNDS: Final = {"aac", "mp3"}
"""The sounds that all of them play in an MP4. Opus and FLAC came late to Safari; AC-3 is played by few."""

EVEN: Final = {"yuv420p", "yuvj420p"}
"""The only sampling at 8 bits in which every browser plays H.264."""

REMEDY: Final = "describe a copy of it in H.264 (ffmpeg -i FILM -c:v libx264 -pix_fmt yuv420p -c:a aac COPY.mp4)"
FAST_START: Final = {"movflags": "+faststart"}


def check_web_picture(film: Film) -> str:
    """What is to be said of the browsers that play a film's picture; "" for all. Raises FilmError where none does."""
    codec = film.video.codec
    if codec in SOME_PLAY:
        return f"the picture is {codec.upper()}, which browsers play on some machines only"
    if codec not in PICTURES:
        raise FilmError(f"{film.path}: no browser plays its picture ({codec or 'unknown'}) in an MP4", REMEDY)
    with open_film(film) as source:
        context = source.streams[film.video.index].codec_context
        form = context.pix_fmt if isinstance(context, av.VideoCodecContext) else None
    if codec == "h264" and form not in EVEN:
        return f"the picture is H.264 in {form or 'an unknown form'}, which only some browsers play"
    return ""


def is_web_sound(track: AudioTrack) -> bool:
    """Whether a sound track goes to browsers as it is."""
    return track.codec in SOUNDS and not track.parts and not track.turns


def write_web_film(
    film: Film,
    sound: AudioTrack | Path | None,
    place: Path,
    language: str = "",
    *,
    title: str = "",
    stops: Stops = NO_STOPS,
    part: Span | None = None,
) -> None:
    """Write the picture, with one sound, to `place`.

    `sound` is a track of the film, which is copied too, or a file with the sound as it is to be, with `stops` and of
    the `part`, or None. With `stops` in it the picture stands there. Of the film's metadata nothing goes along: it may
    say where somebody lives. `language` (ISO 639-2) is that of the sound, and `title` what it is called where it is a
    description, which it then is marked as.

    Raises FilmError for a film that cannot be read.
    """
    options = EXACT | UNOFFICIAL | FINE | NO_TIMECODE | FAST_START
    with ExitStack() as stack:
        source = stack.enter_context(open_film(film))
        out = stack.enter_context(av.open(f"file:{place}", "w", format="mp4", container_options=options))
        add = partial(_add, out, source, film)
        copies = {film.video.index: add(film.video.index, "")}
        added = None
        if isinstance(sound, AudioTrack):
            copies[sound.index] = add(sound.index, language)
        elif sound:
            file = stack.enter_context(av.open(f"file:{sound}", options={"protocol_whitelist": "file"}))
            stream = out.add_stream_from_template(file.streams[0], opaque=True)
            added = packets(file, {0: _called(stream, language, title)}, Fraction(0))
        timed = ready(source, copies, film, "mp4")
        timed = part_packets(timed, part) if part else timed
        later = stops.after(part.start_ms) if part else stops
        timed = stopped_packets(timed, later) if later else timed
        every = heapq.merge(timed, added, key=lambda pair: pair[0]) if added else timed
        for packet in in_order(every, "mp4"):
            out.mux_one(packet)


def _add(out: av.container.OutputContainer, source: InputContainer, film: Film, index: int, language: str) -> Stream:
    from_mp4 = "mov" in film.container.split(",")
    stream = add_copy(out, source.streams[index], film, tagged=from_mp4)
    if codec_of(source.streams[index]) == "hevc" and stream.codec_context:
        stream.codec_context.codec_tag = "hvc1"  # Safari plays no other
    return _called(stream, language)


def _called(stream: Stream, language: str, title: str = "") -> Stream:
    """Nothing else is said of it; it is played. With a title it is marked as a description."""
    stream.metadata.clear()
    stream.metadata.update({name: text for name, text in (("language", language), ("handler_name", title)) if text})
    stream.disposition = Disposition.default | (Disposition.visual_impaired if title else Disposition(0))
    return stream


def film_chapters(film: Film, part: Span | None = None) -> list[tuple[Span, str]]:
    """The chapters of the film, or of the part on its clock: when each is, and its title."""
    with open_film(film) as source:
        chapters = source.chapters()
    chapters = part_chapters(chapters, part) if part else chapters
    return [(_span(one["start"], one["end"], one["time_base"]), one["metadata"].get("title", "")) for one in chapters]


def _span(start: int, end: int, base: Fraction | None) -> Span:
    first, last = (max(0, round(ticks * (base or Fraction(1, av.time_base)) * 1000)) for ticks in (start, end))
    return Span(first, max(first, last))
