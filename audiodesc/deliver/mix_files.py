"""The mix as a file of one's own: Broadcast WAV, FLAC, AAC, AC-3, E-AC-3, Opus and MP2, all written by one pass."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from annotated_types import Interval

from audiodesc.core.plugins import own_options
from audiodesc.core.track_titles import track_title
from audiodesc.deliver.base import Delivery
from audiodesc.deliver.broadcast_wav import WavSound, broadcast_wav, chunk_loudness
from audiodesc.deliver.marking import mark, tags_of
from audiodesc.deliver.sinks import Beside
from audiodesc.deliver.sound import SoundDeliverable, SoundOrder, described_m4a, pcm_bytes
from audiodesc.errors import FilmError, UsageError
from audiodesc.media.encode import SoundFile, check_layout
from audiodesc.media.lossy import LOSSY, LossyFile, LossyFormat
from audiodesc.media.sound import channel_names
from audiodesc.media.wav_chunks import write_loudness
from audiodesc.mix import Mix, expected_lufs
from audiodesc.mix.measure import Metered
from audiodesc.mix.mixer import Mixed
from audiodesc.mix.outputs import Sink
from audiodesc.model import Film, Note, Samples
from audiodesc.settings import DeliverSettings, Settings

WHAT: Final = "Audio description, full mix"
QUIETEST, LOUDEST = -31, -1
"""Of dialnorm, in dB (ATSC A/52)."""

FAR_LU = 1.0
"""A dialnorm that is further from the loudness that was measured is reported."""


@dataclass(frozen=True)
class LossyOptions:
    """`kbps` is the bit rate in kb/s, 0 for the usual one of so many channels."""

    kbps: Annotated[int, Interval(ge=0, le=2048)] = 0


class MixFile(SoundDeliverable):
    """The film's sound with the narrator in it, as one kind of file; as long as the film, or the part of it."""

    content = "mix"
    is_alignable = True

    def __init__(self, name: str, summary: str, suffix: str, lossy: LossyFormat | None = None) -> None:
        self.name, self.summary, self._suffix, self._lossy = name, summary, suffix, lossy
        self.options = LossyOptions if lossy else None

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.mix{self._suffix}"

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return pcm_bytes(film, settings, settings.deliver.bits) if self._suffix == ".wav" else 0

    def check_layout(self, layout: str, settings: Settings) -> None:
        """Raises FilmError for channels that the file cannot hold, UsageError for a bit rate that it cannot have."""
        if why := _layout_fault(self._suffix, self._lossy, layout):
            raise FilmError(f"{self.name} cannot be made: {why}", "give --downmix stereo, or leave it out")
        if self._lossy and (why := self._lossy.fault(layout, self._kbps(layout, settings.options.get(self.name, {})))):
            raise UsageError(f"{self.name}.kbps: {why}", f"choose one of: {self._lossy.choices(layout)}")

    def sinks(self, mix: Mix, order: SoundOrder) -> Iterator[Sink]:
        if (path := order.files[self.name]).suffix == ".m4a":
            return  # a copy of the one that is written anyhow
        layout, rate_hz = mix.source.layout, mix.source.rate_hz
        tags = tags_of(mix.provenance, "mix") | {"title": track_title(mix.language), "language": mix.language}
        if self._lossy is None and path.suffix == ".wav":
            file = broadcast_wav(path, mix, order, WavSound(WHAT, "mix", layout, mix.bits))
            yield Sink(Beside(file, path.name), _track)
        elif self._lossy is None:
            yield Sink(SoundFile(path, "flac", layout, rate_hz, bits=mix.bits, tags=tags), _track)
        else:
            kbps, options = self._kbps(layout, order.options.get(self.name, {})), self._encoder(mix)
            coded = LossyFile(path, self._lossy, layout, kbps, options=options, tags=tags)
            yield Sink(Beside(coded, path.name, rate_hz), _coded, self._suffix[1:].upper())

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        if not (measured := delivery.measured):
            raise ValueError("a mix is measured while it is written")
        if path.suffix == ".m4a":
            shutil.copyfile(described_m4a(delivery), path)
        elif path.suffix == ".wav":
            write_loudness(path, chunk_loudness(measured.written.after, measured.mix.source.duration_ms))
        if path.suffix != ".wav" and not (path.suffix == ".m4a" and delivery.settings.deliver.track == "m4a"):
            mark(delivery, path, "mix")
        return tuple(self._off(measured.mix, measured.written.after))

    def _kbps(self, layout: str, given: Any) -> int:
        chosen: LossyOptions = own_options(self, given)
        channels = len(channel_names(layout))
        return chosen.kbps or (self._lossy.kbps[channels] if self._lossy else 0)

    def _encoder(self, mix: Mix) -> dict[str, str]:
        if self._suffix not in (".ac3", ".ec3"):
            return {}
        return AC3_SERVICE | {"dialnorm": str(dialnorm(mix))}

    def _off(self, mix: Mix, after: Metered) -> Iterator[Note]:
        """A note where the loudness that was written before it was measured is not what was measured."""
        found = after.dialogue_lufs if mix.target.gate == "dialogue" else after.programme.integrated_lufs
        if self._suffix in (".ac3", ".ec3") and math.isfinite(found):
            said = dialnorm(mix)
            if abs(min(max(found, QUIETEST), LOUDEST) - said) > FAR_LU:
                message = f"{self.name} says a dialnorm of {said} dB, and the mix was measured at {found:.1f} LUFS"
                yield Note("deliver", message)


AC3_SERVICE: Final = {"audio_service_type": "vi", "center_mixlev": "0.707", "surround_mixlev": "0.707"}
"""ATSC A/52's associated service for the visually impaired; downmixed as `to_stereo` does."""


def dialnorm(mix: Mix) -> int:
    """The dialogue level that AC-3 says in every frame (dB): the loudness of the mix, as it is known beforehand."""
    expected = expected_lufs(mix)
    return round(min(max(expected, QUIETEST), LOUDEST)) if math.isfinite(expected) else QUIETEST


def _track(part: Mixed) -> Samples:
    return part.track


def _coded(part: Mixed) -> Samples:
    return part.track if part.coded is None else part.coded


def _layout_fault(suffix: str, lossy: LossyFormat | None, layout: str) -> str:
    """Why a file cannot hold these channels; "" where it can."""
    if lossy:
        return "" if layout in lossy.layouts else f"{suffix[1:].upper()} holds no sound of the layout {layout}"
    return check_layout(layout, suffix[1:])


MIX_FILES: Final = tuple(
    MixFile(f"mix-{name}", f"the mix as {about}", suffix, lossy)
    for name, suffix, about, lossy in (
        ("wav", ".wav", "Broadcast WAV (bext, iXML; RF64 past 4 GiB)", None),
        ("flac", ".flac", "FLAC", None),
        ("aac", ".m4a", "AAC in MP4 (M4A)", None),
        ("ac3", ".ac3", "AC-3, marked as a service for the visually impaired", LOSSY["ac3"]),
        ("eac3", ".ec3", "E-AC-3, marked as a service for the visually impaired", LOSSY["eac3"]),
        ("opus", ".opus", "Opus in Ogg", LOSSY["opus"]),
        ("mp2", ".mp2", "MPEG-1 Layer II, 48 kHz", LOSSY["mp2"]),
    )
)
"""In each the n-th sample, as it is decoded, is the n-th of the film."""
