"""A copy of the film that carries the mixed track as a tagged track of its own."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import av
from av.container import InputContainer, OutputContainer
from av.stream import Disposition, Stream

from audiodesc.core.stops import NO_STOPS, Stops
from audiodesc.errors import OutputError
from audiodesc.media.copy_losses import losses
from audiodesc.media.cutting import begun, later, part_chapters, part_packets
from audiodesc.media.discontinuities import from_zero, in_order, packets, ready
from audiodesc.media.encode import EXACT, NO_TAGS
from audiodesc.media.opening import film_errors, open_film
from audiodesc.media.packet_count import PacketCount
from audiodesc.media.remux import COPIED, UNOFFICIAL, Copies, add_copy, codec_of, is_cover, named, tried
from audiodesc.media.stopping import stopped_chapters, stopped_packets
from audiodesc.model import AudioTrack, Film, Span

T = TypeVar("T")
NOTHING_ANEW: Mapping[int, Path] = {}
DESCRIBED = -1
"""In the place of a track's index: the description."""

TITLE = "Audio description"
MP4 = {"mov", "mp4"}
UNWRITABLE = (
    av.error.InvalidDataError,
    av.error.EOFError,
    av.error.ArgumentError,
    av.error.DemuxerNotFoundError,
    av.error.MemoryError,
    av.error.PatchWelcomeError,
    av.error.UndefinedError,
)
"""What FFmpeg says of what it cannot write; errors of the system are reported as such."""

FINE = {"movie_timescale": "48000"}
"""MP4 writes a late start in ticks of the whole film: FFmpeg's own would round it to 1 ms."""

ANY_KEY = {"movflags": "use_metadata_tags"}
"""What phones note of place and camera has keys of its own, which MP4 else has no place for."""

NO_TIMECODE = {"write_tmcd": "0"}

PCM = {"ipcm", "fpcm"}
"""How MP4 names PCM. QuickTime does not play what FFmpeg makes so of a MOV: what had other names becomes MKV."""


def film_suffix(film: Film) -> str:
    """ ".mp4" for an MP4 whose tracks all go into MP4 again, ".mkv" for everything else."""
    return ".mp4" if _is_mp4(film) else ".mkv"


def check_copy(film: Film, anew: Collection[int] = ()) -> tuple[str, ...]:
    """A line for each track that cannot go along into the described film, of which the beginning is written on trial;
    not for those that will be written `anew`.

    Raises FilmError where that is the picture: then no described film can be written.
    """
    left_out = tried(film, film_container(film)).left_out
    return tuple(line for index, line in left_out.items() if index not in anew)


def add_track(
    film: Film,
    track: Path,
    original: AudioTrack | None,
    place: Path,
    language: str = "",
    stops: Stops = NO_STOPS,
    tags: Mapping[str, str] = NO_TAGS,
    part: Span | None = None,
    anew: Mapping[int, Path] = NOTHING_ANEW,
) -> tuple[str, ...]:
    """Write the film to `place` with the sound of `track` added, tagged as description in `language` and not default.

    Picture, sound and subtitle tracks are copied packet by packet, with their timestamps on the film's clock; what
    `check_copy` names is left out, and of sound what overlaps or, in Matroska, lies before the film's zero. With
    `stops` in them the picture stands there, subtitles and chapters are where the film then is, and `track`, which has
    the stops, is the first sound and the default one. In the place of tracks of the film, by their indices, go those of
    the files `anew`, which have the stops; of its sound tracks no others. Gives a line for each thing else that the
    copy has lost. Raises FilmError for a film that cannot be read, OutputError where the container cannot be written.
    `tags` are added to the film's own, and in Matroska to the track's. Of a `part` of the film that is what is written,
    as long as `track`; all `stops` are in it, and the files `anew` are of it.
    """
    container = film_container(film)
    options = partial(_options, container=container, counts=not (stops or part))
    taken, counted = _taken(film, container, anew, stops=bool(stops)), PacketCount()
    with (
        open_film(film) as source,
        _written(place),
        _opened({**anew, DESCRIBED: track}) as files,
        av.open(f"file:{place}", "w", format=container, container_options=options(source)) as out,
    ):
        copies: dict[int, Stream] = {}
        for index in _order(source, taken.tagged, first=bool(stops)):
            if index == DESCRIBED:
                described = _describe(out, files[index].streams[0], language, container, tags)
            elif index in anew:
                copies[index] = _again(out, files[index].streams[0], source.streams[index])
            else:
                copies[index] = _copy(out, source.streams[index], film, original, taken.tagged[index])
        if stops:
            described.disposition = Disposition.visual_impaired | Disposition.default
        _attach(out, source, container)
        out.metadata.update(_movie_tags(source, tags))
        chapters, stops = source.chapters(), stops.after(part.start_ms) if part else stops
        timed = ready(source, {index: copy for index, copy in copies.items() if index not in anew}, film, container)
        early_s = Fraction(0)
        if part:
            chapters = part_chapters(chapters, part)
            early_s, timed = begun(_read(film.path, part_packets(timed, part)))
        chapters = stopped_chapters(chapters, stops) if stops else chapters
        out.set_chapters(later(chapters, early_s) if container == "matroska" else chapters)
        copied = counted.read(_read(film.path, stopped_packets(timed, stops) if stops else timed))
        added = [_packets(files[index], copies.get(index, described), container) for index in files]
        for packet in in_order(heapq.merge(copied, *added, key=lambda pair: pair[0]), container):
            counted.out(packet, refused=_refuses(out, packet))
    names = {copy: f"the film's track {index}" for index, copy in copies.items()} | {described: "the description"}
    return (
        *taken.left_out.values(),
        *counted.lines(names),
        *losses(film, place, sorted(taken.tagged), described.index, anew),
    )


def _order(source: InputContainer, indices: Iterable[int], *, first: bool) -> list[int]:
    """The film's tracks in order, and the description: the last one, or the `first` of the sounds, which browsers
    play."""
    order = sorted(indices)
    sounds = [place for place, index in enumerate(order) if source.streams[index].type == "audio"]
    order.insert(sounds[0] if first and sounds else len(order), DESCRIBED)
    return order


@contextmanager
def _opened(paths: Mapping[int, Path]) -> Iterator[Mapping[int, InputContainer]]:
    """Files of our own, by the same numbers."""
    with ExitStack() as open_files:
        only = {"protocol_whitelist": "file"}
        yield {n: open_files.enter_context(av.open(f"file:{path}", options=only)) for n, path in paths.items()}


def _packets(file: InputContainer, track: Stream, container: str) -> Iterator[tuple[float, av.Packet[Stream]]]:
    """The packets of a file's only track, for a track of the copy."""
    timed = packets(file, {0: track}, Fraction(0))
    return from_zero(timed) if track.type == "video" and container == "matroska" else timed


def _again(out: OutputContainer, encoded: Stream, source: Stream) -> Stream:
    """A track that was encoded again, called and marked as it was; it is not the default one where it is sound."""
    stream = out.add_stream_from_template(encoded, opaque=True)
    if out.format.name == "mp4" and stream.codec_context and encoded.codec_context and encoded.type == "video":
        stream.codec_context.codec_tag = encoded.codec_context.codec_tag
    stream.metadata.clear()
    stream.metadata.update(named(source))
    stream.disposition = source.disposition & ~(Disposition.default if source.type == "audio" else Disposition(0))
    return stream


def _taken(film: Film, container: str, anew: Mapping[int, Path], *, stops: bool) -> Copies:
    """What goes along, and what is left out beside what `check_copy` names: of a film that stops no sound but what is
    encoded `anew`, for nothing would be heard in it there; and beside a picture that is encoded anew no other, whose
    rate would not be that."""
    taken = tried(film, container)
    if not stops:
        return Copies({**taken.tagged, **dict.fromkeys(anew, False)}, {})
    kinds = ("audio", "video") if film.video.index in anew else ("audio",)
    with open_film(film) as source:
        fixed = [i for i in taken.tagged if source.streams[i].type in kinds and not is_cover(source.streams[i])]
        pictures = [i for i in fixed if source.streams[i].type == "video" and i not in anew]
    left = {i: f"track {i} (video) has no constant rate and is not in the extended film" for i in pictures}
    kept = {i: tagged for i, tagged in taken.tagged.items() if i in anew or i not in fixed}
    return Copies({**kept, **dict.fromkeys(anew, False)}, left)


def _refuses(out: OutputContainer, packet: av.Packet[Stream]) -> bool:
    """Whether a packet, which may be damaged in the film, could not be written."""
    try:
        out.mux_one(packet)
    except (av.error.InvalidDataError, av.error.ArgumentError):
        return True
    return False


@contextmanager
def _written(place: Path) -> Iterator[None]:
    """FFmpeg's errors of the file that is written are not errors of the film."""
    try:
        yield
    except UNWRITABLE as error:
        raise OutputError(
            f"{place.name} cannot be written ({error.strerror})", "convert the film to MKV, and describe that"
        ) from error
    except av.error.PermissionError as error:
        raise PermissionError(error.errno, error.strerror, str(place)) from error


def _read(path: Path, timed: Iterator[T]) -> Iterator[T]:
    """What is read from a film; FFmpeg's errors become errors of the film."""
    with film_errors(path):
        yield from timed


def film_container(film: Film) -> str:
    """FFmpeg's name of the container that the described film is written in."""
    return "mp4" if film_suffix(film) == ".mp4" else "matroska"


def _options(source: InputContainer, container: str, *, counts: bool) -> dict[str, str]:
    """`counts`: the frames are those of the film, so that its timecode is that of the copy."""
    is_apple = any(name.startswith("com.apple.quicktime.") for name in source.metadata)
    of_mp4 = FINE | (ANY_KEY if is_apple else {}) | ({} if counts else NO_TIMECODE)
    return EXACT | UNOFFICIAL | (of_mp4 if container == "mp4" else {})


def _is_mp4(film: Film) -> bool:
    if not MP4 & set(film.container.split(",")):
        return False
    with open_film(film) as source, av.open(BytesIO(), "w", format="mp4") as out:
        copied = [stream for stream in source.streams if stream.type in COPIED and not _is_rewritten(stream)]
        return all(_in_mp4(out, stream) for stream in copied)


def _is_rewritten(stream: Stream) -> bool:
    """Whether these are subtitles that go into no container as they are: TTML, which has no name, and CEA-608."""
    return stream.type == "subtitle" and codec_of(stream) in ("", "eia_608", "cc_dec")


def _in_mp4(out: OutputContainer, stream: Stream) -> bool:
    codec = codec_of(stream)
    if codec.startswith("pcm_") and stream.codec_context and stream.codec_context.codec_tag not in PCM:
        return False
    return codec in out.supported_codecs


def _copy(out: OutputContainer, source: Stream, film: Film, original: AudioTrack | None, tagged: bool) -> Stream:
    stream = add_copy(out, source, film, tagged=tagged)
    if source.type == "audio" and original and source.index != original.index and out.format.name == "matroska":
        stream.disposition = source.disposition & ~Disposition.default  # two default tracks made players play both
    return stream


def _describe(out: OutputContainer, mixed: Stream, language: str, container: str, tags: Mapping[str, str]) -> Stream:
    stream = out.add_stream_from_template(mixed, opaque=True)
    stream.metadata.clear()
    known = {"language": language} if language else {}
    said = dict(tags) if container == "matroska" else {}
    stream.metadata.update(said | {"handler_name" if container == "mp4" else "title": TITLE} | known)
    stream.disposition = Disposition.visual_impaired
    return stream


def _attach(out: OutputContainer, source: InputContainer, container: str) -> None:
    """The fonts of the subtitles, and other files inside a Matroska."""
    for file in source.streams.attachments if container == "matroska" else ():
        if file.name and file.mimetype and file.data:
            out.add_attachment(file.name, file.mimetype, file.data)


def _movie_tags(source: InputContainer, tags: Mapping[str, str]) -> dict[str, str]:
    """The film's own, and of `tags` those whose names it does not have."""
    brands = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}
    own = {name: value for name, value in source.metadata.items() if name.lower() not in brands}
    taken = {name.lower() for name in own}
    return {name: value for name, value in tags.items() if name not in taken} | own
