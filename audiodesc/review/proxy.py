"""What a browser plays: whether it can play a film, and a small copy for it where it cannot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import OutputContainer
from av.video.frame import PictureType

from audiodesc.core import cache
from audiodesc.core.progress import Progress
from audiodesc.media.decoding import frames_from, picture_stream
from audiodesc.media.opening import open_film
from audiodesc.media.sound import RATE_HZ, to_frame
from audiodesc.mix.measure import feed
from audiodesc.mix.mixer import to_stereo
from audiodesc.model import AudioTrack, Film

VERSION: Final = 1
HEIGHT: Final = 540
PICTURES: Final = frozenset({"h264", "vp8", "vp9", "av1"})
SOUNDS: Final = frozenset({"aac", "mp3", "opus", "vorbis", "flac"})
FILES: Final = ("mov", "mp4", "matroska", "webm")
"""What Chromium, Firefox and Safari play, as far as all of them do. WebM is Matroska with the codecs of the web."""

PIXELS: Final = frozenset({"yuv420p", "yuvj420p"})
QUALITY: Final = {"preset": "veryfast", "crf": "26", "forced-idr": "1"}
MOST_FPS: Final = 30


def unplayable(film: Film, track: AudioTrack | None) -> str:
    """Why a browser does not play the film, "" where it does."""
    names = film.container.split(",")
    if not set(names) & set(FILES) or ("matroska" in names and film.path.suffix.lower() != ".webm"):
        return f"browsers do not play {film.path.suffix.lstrip('.') or names[0]} files"
    if film.video.codec not in PICTURES:
        return f"browsers do not play {film.video.codec}"
    if track and track.codec not in SOUNDS:
        return f"browsers do not play {track.codec} sound"
    if film.zero_s or film.discontinuities:
        return "its timestamps are not those of the film's clock"
    with open_film(film) as container:
        stream = container.streams[film.video.index]
        form = stream.codec_context.format if isinstance(stream, av.VideoStream) else None
        if form is None or form.name not in PIXELS:
            return f"browsers do not play pictures of the form {form.name if form else 'unknown'}"
    return ""


def proxy_path(film: Film, track: AudioTrack | None, store: cache.Store) -> Path:
    """Where the copy lies, or is to."""
    return store.path(cache.key("proxy", VERSION, film=film.fingerprint, track=track, height=HEIGHT), ".mp4")


def make_proxy(film: Film, track: AudioTrack | None, store: cache.Store, progress: Progress) -> Path:
    """The copy, made where it is missing: H.264 with a key frame each second, AAC in stereo, on the film's clock."""
    path = proxy_path(film, track, store)
    if path.is_file():
        return path
    store.folder.mkdir(parents=True, exist_ok=True)
    partial = store.folder / f".partial-{os.getpid()}-proxy.mp4"
    try:
        _write(film, track, partial, progress)
        cache.synced(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _write(film: Film, track: AudioTrack | None, path: Path, progress: Progress) -> None:
    options = {"movflags": "+faststart"}
    with av.open(f"file:{path}", "w", format="mp4", container_options=options) as out:
        picture = _picture_stream(film, out)
        sound = _SoundTrack(film, track, out) if track else None
        second = -1
        for time_ms, frame in _frames(film):
            if sound:
                sound.write_until(time_ms)
            scaled = frame.reformat(picture.width, picture.height, "yuv420p")
            scaled.pts, scaled.time_base = time_ms, Fraction(1, 1000)
            scaled.pict_type = PictureType.I if time_ms // 1000 > second else PictureType.NONE
            second = time_ms // 1000
            out.mux(picture.encode(scaled))
            progress("proxy", time_ms // 1000, film.duration_ms // 1000)
        out.mux(picture.encode(None))
        if sound:
            sound.write_until(film.duration_ms)
            sound.finish()


class _SoundTrack:
    """The film's sound, written as far as the picture is."""

    def __init__(self, film: Film, track: AudioTrack, out: OutputContainer) -> None:
        self._out, self._blocks, self._done = out, _sound(film, track), 0
        stream = out.add_stream("aac", rate=RATE_HZ, layout="stereo")
        assert isinstance(stream, av.AudioStream)  # noqa: S101 — for the type checker
        self._stream = stream

    def write_until(self, time_ms: int) -> None:
        while self._done * 1000 <= time_ms * RATE_HZ and (block := next(self._blocks, None)) is not None:
            block.pts, block.time_base = self._done, Fraction(1, RATE_HZ)
            self._done += block.samples
            self._out.mux(self._stream.encode(block))

    def finish(self) -> None:
        self._out.mux(self._stream.encode(None))


def _picture_stream(film: Film, out: OutputContainer) -> av.VideoStream:
    height = min(HEIGHT, film.video.height) // 2 * 2
    width = round(height * film.video.width * film.video.pixel_aspect / film.video.height / 2) * 2
    stream = out.add_stream("libx264", rate=MOST_FPS, options=QUALITY)
    assert isinstance(stream, av.VideoStream)  # noqa: S101 — for the type checker
    stream.width, stream.height, stream.pix_fmt = max(2, width), max(2, height), "yuv420p"
    stream.codec_context.time_base = Fraction(1, 1000)
    stream.codec_context.gop_size = MOST_FPS
    return stream


def _frames(film: Film) -> Iterator[tuple[int, av.VideoFrame]]:
    """At most MOST_FPS a second, each later than the one before."""
    last_ms = -1000
    with open_film(film) as container:
        stream = picture_stream(container, film)
        for time_ms, frame in frames_from(container, stream, film, 0):
            if time_ms >= 0 and time_ms - last_ms >= 1000 // MOST_FPS:
                last_ms = time_ms
                yield time_ms, frame


def _sound(film: Film, track: AudioTrack) -> Iterator[av.AudioFrame]:
    source = feed(film, track, RATE_HZ, None)
    for block in source.blocks():
        stereo = block if source.layout == "stereo" else to_stereo(source.layout) @ block
        yield to_frame(stereo.astype("float32", copy=False), "stereo", RATE_HZ)
