"""Segments as they lie on disk: put together to a file, and read box by box."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from clicking import ffmpeg

from audiodesc.media.cmaf import Cmaf, CmafTrack
from audiodesc.media.mp4 import boxes, inside


def film_of(folder: Path, made: Cmaf, number: int = 1) -> Path:
    """The picture and one of the sounds, by its number, as one film with their own times."""
    (folder / "film").mkdir()
    place = folder / "film/film.mp4"
    inputs = ["-copyts", "-i", whole(folder, made.picture), "-i", whole(folder, made.tracks[number])]
    ffmpeg(*inputs, "-map", "0:v", "-map", "1:a", "-c", "copy", place)
    return place


@dataclass(frozen=True)
class Fragment:
    """Of one segment: its number, the decoding time of its first sample, and of each sample its duration, size, flags
    and composition offset."""

    number: int
    start: int
    samples: tuple[tuple[int, int, int, int], ...]
    kinds: tuple[bytes, ...]

    @property
    def end(self) -> int:
        return self.start + sum(sample[0] for sample in self.samples)


def whole(folder: Path, track: CmafTrack) -> Path:
    """The init segment and all segments of a track in one file."""
    place = folder / f"{Path(track.init).parent}.whole.mp4"
    names = (track.init, *(one.name for one in track.segments))
    place.write_bytes(b"".join((folder / name).read_bytes() for name in names))
    return place


def fragments(folder: Path, track: CmafTrack) -> list[Fragment]:
    return [fragment((folder / one.name).read_bytes()) for one in track.segments]


def fragment(content: bytes) -> Fragment:
    file, all_ = BytesIO(content), [(b"", 0, len(content))]

    def found(*path: bytes) -> bytes:
        ((_, start, end),) = inside(file, all_, *path)
        return content[start:end]

    flags, default = struct.unpack_from(">I4xI", found(b"moof", b"traf", b"tfhd"))[0], 0
    head = found(b"moof", b"traf", b"tfhd")
    default = struct.unpack_from(">I", head, 8)[0] if flags & 0x08 else 0
    run = found(b"moof", b"traf", b"trun")
    said, count, offset = struct.unpack_from(">III", run)
    rows = struct.unpack_from(f">{(len(run) - 12) // 4}I", run, 12)
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if said & bit]
    samples = []
    for at in range(0, len(rows), len(fields)):
        row = dict(zip(fields, rows[at : at + len(fields)], strict=True))
        late = row.get(0x800, 0)
        shift = late - (1 << 32) if late >> 31 else late
        samples.append((row.get(0x100, default), row[0x200], row.get(0x400, 0), shift))
    assert len(samples) == count
    kinds = tuple(kind for kind, _, _ in boxes(file, 0, len(content)))
    ((_, begin, end),) = inside(file, all_, b"mdat")
    ((_, moof, _),) = inside(file, all_, b"moof")
    assert moof - 8 + offset == begin
    assert sum(sample[1] for sample in samples) == end - begin
    (start,) = struct.unpack_from(">Q", found(b"moof", b"traf", b"tfdt"), 4)
    (number,) = struct.unpack_from(">I", found(b"moof", b"mfhd"), 4)
    return Fragment(number, start, tuple(samples), kinds)


def edit(folder: Path, track: CmafTrack) -> int:
    """Where in its media a track begins to be played, in ticks."""
    init = (folder / track.init).read_bytes()
    found = inside(BytesIO(init), [(b"", 0, len(init))], b"moov", b"trak", b"edts", b"elst")
    return struct.unpack_from(">q", init, found[0][1] + 16)[0] if found else 0


def check_whole(folder: Path, made: Cmaf) -> None:
    """Every boundary of every track: no gap, no overlap, the picture's key frames, the sounds' frames next to them."""
    picture = made.picture
    for track in made.tracks:
        parts, at = fragments(folder, track), 0
        assert [one.number for one in parts] == list(range(1, len(parts) + 1))
        for one, part in zip(track.segments, parts, strict=True):
            assert part.kinds == (b"styp", b"moof", b"mdat")
            assert one.size == (folder / one.name).stat().st_size
            assert one.duration > 0
        for before, after in itertools.pairwise(parts):
            assert before.end == after.start
        for one, other in zip(track.segments, track.segments[1:], strict=False):
            assert one.start + one.duration == other.start
        at = track.segments[0].start
        begins = edit(folder, track)
        assert at == max(0, parts[0].start - (begins if track.kind == "audio" else 0))
        total = sum(one.duration for one in track.segments)
        if track.kind == "audio":
            assert parts[-1].end - begins == at + total
            frame = max(sample[0] for sample in parts[0].samples)
            for one, seen in zip(track.segments[1:], picture.segments[1:], strict=False):
                assert (
                    abs(one.start / track.timescale - seen.start / picture.timescale) <= 0.51 * frame / track.timescale
                )
        else:
            assert all(part.samples[0][2] == 0x0200_0000 for part in parts)
