"""The project's own copies of recordings: WAV files of 24 bits at 48 kHz that are never changed and never deleted, each
named by a hash of what it holds, with the line and the text that it was recorded for, and what is wrong with it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import get_ident
from typing import Any, Final

import numpy as np

from audiodesc.core.cache import Store, synced
from audiodesc.core.files import content_hash
from audiodesc.errors import InputError
from audiodesc.media.sound import RATE_HZ
from audiodesc.media.wav_chunks import Region, WavFile, WavMetadata
from audiodesc.media.wav_metadata import WavAbout, read_metadata
from audiodesc.model import Samples
from audiodesc.recordings.faults import is_silent, recording_faults
from audiodesc.recordings.matching import Take
from audiodesc.recordings.sound import Cut, Recording, read_cuts, read_recording
from audiodesc.recordings.takes import DARK, handles, recorded_clip, recorded_handles
from audiodesc.recordings.wanted import WantedLine
from audiodesc.speak.finish import trimmed_clip

FOLDER: Final = "recordings"
NAME: Final = re.compile(r"[0-9a-f]{32}\.wav")
SOFTER, EDGE = 0.1, 1e-4
"""What an exported line has around its words is softer by 20 dB (breaths and the room), and where they meet both come
down below −80 dBFS."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording of the project: the text it was recorded for, the name of the file that it came in, which take, and
    what was found wrong with it, in clauses after "its recording"."""

    path: Path
    text: str
    file: str
    take: int
    faults: tuple[str, ...]
    remarks: tuple[str, ...]
    is_cut: bool

    @property
    def name(self) -> str:
        return self.path.name

    def clip(self, rate: float, store: Store) -> Path:
        """It as a clip, at a rate. Raises ValueError where nothing can be heard of it."""

        def read() -> tuple[Samples, bool]:
            samples, words = self._read()
            return (samples[slice(*words)], True) if words else (samples, False)

        return recorded_clip(self.name, read, rate, store)

    def handles(self, store: Store) -> tuple[Path, Path]:
        """Its sound before and after its clip. Raises ValueError where nothing can be heard of it."""
        return recorded_handles(self.name, lambda: handles(*self._read()), store)

    def _read(self) -> tuple[Samples, tuple[int, int] | None]:
        """Its sound and, where it came cut, (first sample, sample after the last) of the words."""
        try:
            samples = read_recording(self.path).samples
        except InputError as error:
            raise ValueError(str(error)) from error
        if not self.is_cut:
            return samples, None
        region = read_metadata(self.path).metadata.regions[0]
        return samples, (region.first, region.first + region.count)


def kept(folder: Path, name: str) -> Kept | None:
    """The recording of that name in the hidden folder of a project; None where it is not there, or damaged."""
    path = folder / FOLDER / name
    if not NAME.fullmatch(name):
        return None
    try:
        about = read_metadata(path)
        said: Any = json.loads(about.metadata.info["ICMT"])
        faults, remarks = (tuple(map(str, said[key])) for key in ("faults", "remarks"))
        is_cut = len(about.metadata.regions) == 1
        return Kept(path, str(said["text"]), str(said["file"]), int(said["take"]), faults, remarks, is_cut)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def recording_handles(folder: Path, store: Store, name: str) -> tuple[Path, Path] | None:
    """The sound before and after the clip of the recording of that name in the hidden folder of a project, as two
    WAV files; None where it is not there any more."""
    one = kept(folder, name)
    with suppress(ValueError):
        return one.handles(store) if one else None
    return None


def keep_all(
    takes: Mapping[str, Take], lines: Mapping[str, WantedLine], folder: Path
) -> Iterator[tuple[str, Kept | None, str]]:
    """Copy takes into the hidden folder of a project: (id of the line, its recording, "") for each, or (id, None, why
    it cannot be used, with the file's name)."""
    long: dict[Path, list[Take]] = {}
    for line, take in takes.items():
        if take.cut:
            long.setdefault(take.path, []).append(take)
            continue
        try:
            yield line, _keep(take, read_recording(take.path), lines[line], folder), ""
        except (InputError, ValueError) as error:
            yield line, None, _why(take, error)
    for path, cuts in long.items():
        yield from _keep_cuts(path, cuts, lines, folder)


def _keep_cuts(
    path: Path, takes: list[Take], lines: Mapping[str, WantedLine], folder: Path
) -> Iterator[tuple[str, Kept | None, str]]:
    left = {take.line: take for take in takes}
    try:
        for number, recording in read_cuts(path, [take.cut for take in takes if take.cut]):
            take = left.pop(takes[number].line)
            try:
                yield take.line, _keep(take, recording, lines[take.line], folder), ""
            except ValueError as error:
                yield take.line, None, _why(take, error)
    except InputError as error:
        for take in left.values():
            yield take.line, None, _why(take, error)
        return
    for take in left.values():
        yield take.line, None, f"{take.label} begins after the end of its file: it is not used"


def _why(take: Take, error: Exception) -> str:
    return f"{error}: it is not used" if isinstance(error, InputError) else f"{take.label}: {error}: it is not used"


def _keep(take: Take, recording: Recording, line: WantedLine, folder: Path) -> Kept:
    """Raises ValueError where nothing can be heard."""
    if is_silent(recording):
        raise ValueError("nothing can be heard of it")
    region = None if take.cut else _own_region(take, recording)
    own = recording.samples[region.first : region.first + region.count] if region else recording.samples
    spoken = own if region else trimmed_clip(own, RATE_HZ)
    text = take.text or line.text
    faults = tuple(fault.message for fault in recording_faults(recording, text, len(spoken) / RATE_HZ))
    about = Kept(folder / FOLDER, text, take.label, take.number, faults, recording.remarks, region is not None)
    return _written(recording.samples, about, line.id, region)


def retied(one: Kept, line: str, text: str, folder: Path) -> Kept:
    """The same recording, kept for another text. Raises InputError where it cannot be read."""
    region = read_metadata(one.path).metadata.regions[0] if one.is_cut else None
    cut = Cut(region.first, region.count) if region else None
    about = replace(one, path=folder / FOLDER, text=text)
    return _written(read_recording(one.path).samples, about, line, cut)


def _own_region(take: Take, recording: Recording) -> Cut | None:
    """Where the line is in a file that was exported with silence or handles around it, and came back so."""
    about = _about(take.path)
    if about is None or recording.rate_hz != RATE_HZ or len(about.metadata.regions) != 1:
        return None
    first, count = about.metadata.regions[0].first, about.metadata.regions[0].count
    level = np.abs(recording.samples)
    if not 0 < count <= len(level) - first:
        return None
    end = first + count
    around, words = np.append(level[:first], level[end:]), level[first:end]
    edges = level[[n for n in (first - 1, first, end - 1, end) if 0 <= n < len(level)]]
    are_handles = edges.max() <= EDGE and around.max(initial=0.0) <= SOFTER * words.max()
    return Cut(first, count) if around.max(initial=0.0) <= DARK or are_handles else None


def _about(path: Path) -> WavAbout | None:
    try:
        return read_metadata(path)
    except (OSError, ValueError):
        return None


def _written(samples: Samples, about: Kept, line: str, region: Cut | None) -> Kept:
    """Write the file into the folder that is `about.path`, under the hash of its content; one that is there already is
    the same."""
    said = {
        "text": about.text,
        "file": about.file,
        "take": about.take,
        "faults": about.faults,
        "remarks": about.remarks,
    }
    metadata = WavMetadata(
        description=f"Recording of line {line}",
        originator="audiodesc",
        originator_reference=f"line {line}",
        info={"INAM": about.text, "ICMT": json.dumps(said, ensure_ascii=True)},
        regions=(Region(region.first, region.count, ""),) if region else (),
    )
    about.path.mkdir(parents=True, exist_ok=True)
    partial = about.path / f".partial-{os.getpid()}-{get_ident()}.wav"
    partial.unlink(missing_ok=True)
    try:
        peak = np.abs(samples).max(initial=0.0)
        with WavFile(partial, metadata) as file:
            file.push((samples / max(peak, np.float32(1)))[None])
        synced(partial)
        path = about.path / f"{content_hash(partial)[0]}.wav"
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return replace(about, path=path)
