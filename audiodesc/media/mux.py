"""A copy of the film that carries the mixed track as a tagged track of its own."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TypeVar

import av
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from audiodesc.core.stops import NO_STOPS, Stops
from audiodesc.errors import OutputError
from audiodesc.media.containers import container_of
from audiodesc.media.copy_losses import losses
from audiodesc.media.covers import cover_files, is_cover
from audiodesc.media.cutting import begun, later, part_chapters, part_packets
from audiodesc.media.described_tracks import (
    Description,
    add_again,
    add_described,
    add_film_track,
    add_texts,
    copied_marks,
    described_marks,
    film_marks,
    finish_tracks,
    place_of,
    text_marks,
)
from audiodesc.media.discontinuities import from_zero, in_order, packets, ready
from audiodesc.media.encode import EXACT
from audiodesc.media.mp4_marking import NO_MARKS, Marks
from audiodesc.media.opening import film_errors, open_film
from audiodesc.media.packet_count import PacketCount
from audiodesc.media.remux import UNOFFICIAL, Copies, tried
from audiodesc.media.stopping import stopped_chapters, stopped_packets
from audiodesc.model import AudioTrack, Film, Span

T = TypeVar("T")
NOTHING_ANEW: Mapping[int, Path] = {}
DESCRIBED = -1
TEXTS = -2
"""In the place of a track's index: the description, and the script as a text track."""

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
FASTEST = 255
"""Frames a second that a track of timecode can count."""


def add_track(
    film: Film,
    added: Description,
    original: AudioTrack | None,
    place: Path,
    stops: Stops = NO_STOPS,
    part: Span | None = None,
    anew: Mapping[int, Path] = NOTHING_ANEW,
) -> tuple[str, ...]:
    """Write the film to `place`, an MP4 or a Matroska by its name, with the sound of `added` as its last track, marked
    as description and not default.

    Picture, sound and subtitle tracks are copied packet by packet, with their timestamps on the film's clock; what
    `check_copy` names is left out, and of sound what overlaps or, in Matroska, lies before the film's zero. With
    `stops` in them the picture stands there, subtitles and chapters are where the film then is, and the sound that is
    added, which has the stops, is the first sound and the default one. In the place of tracks of the film, by their
    indices, go those of the files `anew`, which have the stops; of its sound tracks no others. Gives a line for each
    thing else that the copy has lost. Raises FilmError for a film that cannot be read, OutputError where the container
    cannot be written. Of a `part` of the film that is what is written, as long as the added sound; all `stops` are in
    it, and the files `anew` are of it.
    """
    container, counted = container_of(place), PacketCount()
    options = partial(_options, film=film, container=container, counts=not (stops or part))
    taken = _taken(film, container, anew, stops=bool(stops), only=added.only)
    anew = {index: path for index, path in anew.items() if index in taken.tagged}
    new = {DESCRIBED: added.sound} | ({TEXTS: added.texts} if added.texts else {})
    with (
        open_film(film) as source,
        _written(place),
        _opened({**anew, **new}) as files,
        av.open(f"file:{place}", "w", format=container, container_options=options(source)) as out,
    ):
        tracks: dict[int, Stream] = {}
        known = film_marks(film, source)
        for index in _order(source, taken.tagged, added, first=bool(stops)):
            of = known.get(index, NO_MARKS)
            if index == DESCRIBED:
                sound = files[index].streams[0]
                tracks[index] = add_described(out, sound, added, default=added.only or bool(stops))
            elif index == TEXTS:
                tracks[index] = add_texts(out, files[index].streams[0], added)
            elif index in anew:
                tracks[index] = add_again(out, files[index].streams[0], source.streams[index], of)
            else:
                tagged = taken.tagged[index]
                tracks[index] = add_film_track(out, source.streams[index], film, original, of, tagged=tagged)
        marks = {}
        for index, track in tracks.items():
            if not is_cover(track):
                marks[place_of(out, track)] = _marks(added, known.get(index, NO_MARKS), index, track)
        places = [place_of(out, tracks[index]) for index in new]
        _attach(out, source, film, container)
        out.metadata.update(_movie_tags(source, added.tags))
        chapters, stops = source.chapters(), stops.after(part.start_ms) if part else stops
        copies = {index: copy for index, copy in tracks.items() if index >= 0}
        timed = ready(source, {index: copy for index, copy in copies.items() if index not in anew}, film, container)
        early_s = Fraction(0)
        if part:
            chapters = part_chapters(chapters, part)
            early_s, timed = begun(_read(film.path, part_packets(timed, part)))
        chapters = stopped_chapters(chapters, stops) if stops else chapters
        out.set_chapters(later(chapters, early_s) if container == "matroska" else chapters)
        copied = counted.read(_read(film.path, stopped_packets(timed, stops) if stops else timed))
        more = [_packets(files[index], tracks[index], container) for index in files]
        for packet in in_order(heapq.merge(copied, *more, key=lambda pair: pair[0]), container):
            counted.out(packet, refused=_refuses(out, packet))
    finish_tracks(place, container, marks)
    names = {copy: f"the film's track {index}" for index, copy in copies.items()} | {
        tracks[DESCRIBED]: "the description"
    }
    return (
        *taken.left_out.values(),
        *counted.lines(names),
        *losses(film, place, sorted(taken.tagged), places, anew),
    )


def _order(source: InputContainer, indices: Iterable[int], added: Description, *, first: bool) -> list[int]:
    """The film's tracks in order, the script, and the sound that is added: the last track, or the `first` of the
    sounds, which browsers play."""
    order = [*sorted(indices), *([TEXTS] if added.texts else [])]
    sounds = [place for place, index in enumerate(order) if index >= 0 and source.streams[index].type == "audio"]
    order.insert(sounds[0] if first and sounds else len(order), DESCRIBED)
    return order


def _marks(added: Description, of: Marks, index: int, track: Stream) -> Marks:
    if index < 0:
        return described_marks(added) if index == DESCRIBED else text_marks(added)
    return copied_marks(of, track)


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


def _taken(film: Film, container: str, anew: Mapping[int, Path], *, stops: bool, only: bool) -> Copies:
    """What goes along, and what is left out beside what `check_copy` names: where the description is the `only` sound,
    no other does; of a film that stops no sound but what is encoded `anew`, for nothing would be heard in it there; and
    beside a picture that is encoded anew no other, whose rate would not be that."""
    wanted = {**tried(film, container).tagged, **dict.fromkeys(anew, False)}
    with open_film(film) as source:
        kinds = {i: stream.type for i, stream in enumerate(source.streams) if not is_cover(stream)}
    if only:
        wanted = {i: tagged for i, tagged in wanted.items() if kinds.get(i) != "audio"}
    if not stops:
        return Copies(wanted, {})
    fixed = ("audio", "video") if film.video.index in anew else ("audio",)
    others = {i: kinds[i] for i in wanted if kinds.get(i) in fixed and i not in anew}
    left = {i: f"track {i} (video) has no constant rate and is not in the extended film" for i in others}
    left = {i: line for i, line in left.items() if others[i] == "video"}
    return Copies({i: tagged for i, tagged in wanted.items() if i not in others}, left)


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


def _options(source: InputContainer, film: Film, container: str, *, counts: bool) -> dict[str, str]:
    """`counts`: the frames are those of the film, so that its timecode is that of the copy, where it has a rate."""
    picture = source.streams[film.video.index]
    rate = picture.average_rate if isinstance(picture, av.VideoStream) else None
    counts = counts and rate is not None and 1 <= rate <= FASTEST
    is_apple = any(name.startswith("com.apple.quicktime.") for name in source.metadata)
    of_mp4 = FINE | (ANY_KEY if is_apple else {}) | ({} if counts else NO_TIMECODE)
    return EXACT | UNOFFICIAL | (of_mp4 if container == "mp4" else {})


def _attach(out: OutputContainer, source: InputContainer, film: Film, container: str) -> None:
    """The film's cover, the fonts of its subtitles, and other files inside a Matroska."""
    if container != "matroska":
        return
    files = [(file.name, file.mimetype, file.data) for file in source.streams.attachments]
    for name, kind, content in (*files, *cover_files(film)):
        if name and kind and content:
            out.add_attachment(name, kind, content)


def _movie_tags(source: InputContainer, tags: Mapping[str, str]) -> dict[str, str]:
    """The film's own, and of `tags` those whose names it does not have."""
    brands = {"major_brand", "minor_version", "compatible_brands", "encoder", "duration"}
    own = {name: value for name, value in source.metadata.items() if name.lower() not in brands}
    taken = {name.lower() for name in own}
    return {name: value for name, value in tags.items() if name not in taken} | own
