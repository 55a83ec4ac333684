"""Broadcast WAV files that are written while the mix goes by: what they say of themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audiodesc.core.languages import iso_639
from audiodesc.core.part import part_label
from audiodesc.core.provenance import Content
from audiodesc.deliver.line_clips import time_reference
from audiodesc.deliver.sound import SoundOrder
from audiodesc.media.ixml import SoundScene, ixml
from audiodesc.media.sound import RATE_HZ, channel_names
from audiodesc.media.wav_chunks import ChunkLoudness, WavFile, WavMetadata, channel_mask
from audiodesc.media.xmp import xmp_packet
from audiodesc.mix import Mix
from audiodesc.mix.measure import Metered, lufs

HISTORY: Final = "A=PCM,F={},W={},M={},T={}\r\n"

SHORT_MS = 3_000
"""Shorter sound has no loudness of three seconds, and no range."""


@dataclass(frozen=True, slots=True)
class WavSound:
    """What a file holds, in words and for its provenance, None where nothing of it was made here; its layout, FFmpeg's
    name, and word length (32: floats)."""

    what: str
    content: Content | None
    layout: str
    bits: int


@dataclass(frozen=True, slots=True)
class WavTracks:
    """What a file of so many tracks holds, in words and for its provenance; `mode` as `bext` calls it, and the table
    `chna` of next-generation audio."""

    what: str
    content: Content
    count: int
    mode: str
    chna: bytes = b""


def broadcast_wav(path: Path, mix: Mix, order: SoundOrder, sound: WavSound) -> WavFile:
    """A Broadcast WAV at the rate of the mix, which says all that is known beforehand: the loudness in `bext` is set
    when it is measured."""
    path.unlink(missing_ok=True)  # of a pass that missed its level
    channels = channel_names(sound.layout)
    about, form = _about(mix, order, sound), {"rate_hz": mix.source.rate_hz, "bits": sound.bits}
    return WavFile(path, about, len(channels), **form, mask=channel_mask(channels))


def broadcast_tracks(path: Path, mix: Mix, order: SoundOrder, tracks: WavTracks) -> WavFile:
    """A Broadcast WAV of 24 bits at 48 kHz whose tracks are no loudspeakers' channels."""
    path.unlink(missing_ok=True)
    sound = WavSound(tracks.what, tracks.content, mix.source.layout, 24)
    about = _about(mix, order, sound, RATE_HZ)
    history = HISTORY.format(RATE_HZ, 24, tracks.mode, about.originator)
    return WavFile(path, replace(about, coding_history=history, ixml=b"", chna=tracks.chna), tracks.count)


def chunk_loudness(found: Metered, duration_ms: int) -> ChunkLoudness:
    """What was measured, for `bext`."""
    loudest_lufs, whole = lufs(float(found.energies.max(initial=0.0))), found.programme
    lasting = duration_ms >= SHORT_MS
    return ChunkLoudness(
        whole.integrated_lufs,
        whole.range_lu if lasting else None,
        whole.true_peak_db,
        loudest_lufs,
        whole.short_term_lufs if lasting else None,
    )


def _about(mix: Mix, order: SoundOrder, sound: WavSound, rate_hz: int | None = None) -> WavMetadata:
    """What a file says of itself; `rate_hz` is its rate, None for that of the mix."""
    if not (delivery := order.delivery):
        return WavMetadata(sound.what)
    document, rate_hz, layout = delivery.document, rate_hz or mix.source.rate_hz, sound.layout
    part = delivery.stops.around(delivery.part) if delivery.part else None
    first = time_reference(part.start_ms * rate_hz // 1000 if part else 0, delivery.timecode[0], rate_hz)
    form = {1: "mono", 2: "stereo"}.get(len(channel_names(layout)), "multichannel")
    scene = SoundScene(
        project=document.title,
        scene=part_label(part) if part else "whole film",
        source=delivery.film.path.name,
        note=sound.what,
        language=document.language,
        layout=layout,
        rate_hz=rate_hz,
        bits=sound.bits,
        first=first,
        timecode=delivery.timecode[0],
    )
    provenance = mix.provenance if sound.content else None
    return WavMetadata(
        description=f"{sound.what}; {document.title}; language {document.language}",
        originator=document.generator,
        time_reference=first,
        coding_history=HISTORY.format(rate_hz, sound.bits, form, document.generator),
        info={
            "INAM": sound.what,
            "IPRD": document.title,
            "ICMT": provenance.statement(sound.content) if provenance and sound.content else "",
            "ILNG": iso_639(delivery.language),
            "ISFT": document.generator,
        },
        xmp=xmp_packet(provenance, sound.content) if provenance and sound.content else b"",
        ixml=ixml(scene),
    )
