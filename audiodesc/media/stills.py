"""A JPEG still for each line of a film."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import av

from audiodesc.core.cache import Store, key
from audiodesc.media.decoding import frames_from, may_skip, picture_stream
from audiodesc.media.opening import of_unchanged, open_film
from audiodesc.media.picture import Converter
from audiodesc.model import Film, Span

SIZES = ((200, 240, 70), (800, 160, 60), (3_000, 120, 50))
"""Up to so many pictures each is so wide, in pixels, and so good: all together come to 3 to 6 MB of text on a page."""

MOST_FRAMES = 600
"""Are decoded for a picture: where key frames are rarer than that, it has none."""

SOON_MS = 400
"""After the start of a span where no key frame lies in its first half: what follows a cut may be half of a fade."""


@dataclass(frozen=True, slots=True)
class Still:
    """A small picture of the film, as the content of a JPEG file, with its size in pixels."""

    time_ms: int
    jpeg: bytes
    width: int
    height: int


Size = tuple[int, int, int]

STILLS = 1
"""Version of the pictures that are kept."""


def stills(film: Film, spans: Sequence[Span], store: Store | None = None) -> list[Still | None]:
    """A picture for each span, in order: its middle, or what of it costs less to decode; None where there is no frame.

    The last key frame before the middle is taken if it lies in the span; else it is decoded up to soon after its
    start. Of more than 3,000 spans the later ones get none, nor does one that the picture does not reach. Those of the
    last time are in the `store`, and are not made again.
    """
    size = next((size for size in SIZES if len(spans) <= size[0]), SIZES[-1])
    shown = spans[: size[0]]
    name = key("stills", STILLS, film=film.fingerprint, size=size)
    known = (store and store.read_json(name, _as_stills)) or {}
    if missing := [span for span in dict.fromkeys(shown) if _place(span) not in known]:
        made = of_unchanged(film, dict(zip(map(_place, missing), _stills(film, missing, size), strict=True)))
        known = {place: (known | made)[place] for place in map(_place, shown)}
        if store:
            store.put_json(name, {place: _as_json(still) for place, still in known.items()})
    return [known[_place(span)] for span in shown] + [None] * (len(spans) - len(shown))


def _place(span: Span) -> str:
    return f"{span.start_ms}-{span.end_ms}"


def _as_json(still: Still | None) -> list[Any] | None:
    return [still.time_ms, b64encode(still.jpeg).decode(), still.width, still.height] if still else None


def _as_stills(kept: Any) -> dict[str, Still | None]:
    return {
        str(place): still and Still(int(still[0]), b64decode(still[1], validate=True), int(still[2]), int(still[3]))
        for place, still in kept.items()
    }


def _stills(film: Film, spans: Sequence[Span], size: Size) -> Iterator[Still | None]:
    _, width, quality = size
    with open_film(film) as container:
        stream = picture_stream(container, film)
        if may_skip(stream, film):
            stream.codec_context.skip_frame = "NONREF"
        converter = Converter(film, width * width * 9 // 16)
        for span in spans:
            shown = _shown(frames_from(container, stream, film, _middle(span)), span)
            yield _still(*shown, converter, quality) if shown else None


def _middle(span: Span) -> int:
    return (span.start_ms + span.end_ms) // 2


def _shown(frames: Iterator[tuple[int, av.VideoFrame]], span: Span) -> tuple[int, av.VideoFrame] | None:
    soon_ms = min(span.start_ms + SOON_MS, _middle(span))
    shown: tuple[int, av.VideoFrame] | None = None
    for time_ms, frame in islice(frames, MOST_FRAMES):
        if shown and time_ms > _middle(span):
            return shown
        shown = time_ms, frame
        if time_ms >= soon_ms:
            return shown
    return shown if shown and shown[0] >= span.start_ms else None


def _still(time_ms: int, frame: av.VideoFrame, converter: Converter, quality: int) -> Still | None:
    import cv2

    image = converter.picture(frame)
    done, content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return Still(time_ms, content.tobytes(), image.shape[1], image.shape[0]) if done else None
