"""The two sounds that are compared: a described track, of a film or of a file of sound alone, and the film's own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition

from audiodesc.alignment.features import RATE_HZ, Mono
from audiodesc.core.files import identity, unread
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import FilmError, InputError
from audiodesc.media.opening import DECODER, FORMATS, check_file, check_not_encrypted, demuxed, film_errors
from audiodesc.media.probe import probe
from audiodesc.media.programme import programme
from audiodesc.media.sound import read_sound
from audiodesc.media.track_extents import forms
from audiodesc.mix.mixer import to_stereo
from audiodesc.model import AudioTrack, Film, VideoTrack

LONGEST_MS = 24 * 3600 * 1000
NO_PICTURE = VideoTrack(-1, "", 0, 0)
REMEDY = "give a file of sound with the film and its narrator in it: MP3, M4A, WAV, FLAC …"


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound track of a file. Of a file of sound alone `film` has no picture (index −1)."""

    film: Film
    track: AudioTrack

    @property
    def seconds(self) -> float:
        return self.film.duration_ms / 1000


def described_sound(path: Path, wanted: int | str | None = None) -> Sound:
    """The described track of a file: the `wanted` one (see `media.programme`); of a film the one that is marked as
    description, else its programme.

    Raises InputError for what holds no sound that can be read, UsageError for a track that is not there.
    """
    check_file(path)
    try:
        film = _sound_alone(path) or probe(path)
    except FilmError as error:
        raise InputError(error.fault, REMEDY) from error
    marked = next((one for one in film.audio_tracks if one.role == "description" and one.codec), None)
    if wanted is None and marked:
        return Sound(film, marked)
    found = programme(film, wanted).track
    if found is None or found.empty:
        raise InputError(f"{path} holds no sound", REMEDY)
    return Sound(film, found)


def _sound_alone(path: Path) -> Film | None:
    """A file of sound as a film without a picture; None where there is one."""
    seen = identity(check_file(path))
    options = {"protocol_whitelist": "file", "format_whitelist": f"{FORMATS},caf,amr,wv,tta,ape", **DECODER}
    with film_errors(path), av.open(f"file:{path}", options=options, metadata_errors="replace") as container:
        if any(not one.disposition & Disposition.attached_pic for one in container.streams.video):
            return None
        if not container.streams.audio:
            raise InputError(f"{path} holds no sound", REMEDY)
        check_not_encrypted(path, container)
        zero = Fraction(container.start_time or 0, av.time_base)
        end = _end(container)
        duration_ms = round((end - zero) * 1000)
        if not 0 < duration_ms <= LONGEST_MS:
            raise InputError(
                f"{path} holds {float(end - zero):.0f} s of sound", "give more than nothing, and a day at most"
            )
        known = forms(container, zero, end)
        tracks = []
        for stream in container.streams.audio:
            form, codec = known.get(stream.index), stream.codec_context
            layout, rate_hz = (form.layout, form.rate_hz) if form else ("mono", 0)
            name, default = codec.codec.canonical_name if form else "", bool(stream.disposition & Disposition.default)
            language, title = stream.metadata.get("language", ""), stream.metadata.get("title", "")
            empty = form.empty if form else True
            tracks.append(AudioTrack(stream.index, name, rate_hz, layout, language, title, default, empty=empty))
        made = (path, unread(seen), container.format.name, duration_ms, zero, NO_PICTURE)
        return Film(*made, audio_tracks=tuple(tracks), subtitle_tracks=(), identity=seen)


def _end(container: InputContainer) -> Fraction:
    """Where the sound ends, by its packets: of many an MP3 the header only guesses."""
    end = Fraction(0)
    for packet in demuxed(container, list(container.streams.audio)):
        if packet.pts is not None and packet.time_base:
            end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
    return end


@contextmanager
def listened(one: Sound, other: Sound, progress: Progress = silent) -> Iterator[tuple[Mono, Mono]]:
    """Both sounds as they are compared: mono, at `RATE_HZ`, on the clocks of their files. They lie in files without a
    name on the disk of temporary files, 16 kB a second, and not in memory."""
    with tempfile.TemporaryFile(prefix="audiodesc-") as own, tempfile.TemporaryFile(prefix="audiodesc-") as others:
        with ThreadPoolExecutor(1) as beside:
            second = beside.submit(_write, other, others)
            _write(one, own, progress)
            second.result()
        yield _mapped(own), _mapped(others)


def _write(sound: Sound, file: IO[bytes], progress: Progress = silent) -> None:
    film, track = sound.film, sound.track
    matrix = to_stereo(track.layout).mean(axis=0) if track.layout != "mono" else None
    done = 0
    for block in read_sound(film, track, RATE_HZ):
        mono = block[0] if matrix is None else matrix @ block
        file.write(np.clip(np.rint(mono * 16_384), -32_768, 32_767).astype("<i2").tobytes())
        done += block.shape[1]
        progress("hear", done // RATE_HZ, film.duration_ms // 1000)
    file.flush()


def _mapped(file: IO[bytes]) -> Mono:
    size = file.seek(0, 2) // 2
    return np.memmap(file, "<i2", "r", shape=(size,)) if size else np.zeros(0, np.int16)


def check_audible(film: Mono, described: Mono, names: tuple[Path, Path]) -> None:
    """Raises InputError where one of the two is silent, or too short to be compared."""
    for mono, path in zip((film, described), names, strict=True):
        if len(mono) < LEAST_S * RATE_HZ:
            raise InputError(f"{path} has {len(mono) / RATE_HZ:.1f} s of sound", f"give at least {LEAST_S} s of it")
        if not any(np.abs(mono[at : at + 60 * RATE_HZ]).max() > QUIET for at in range(0, len(mono), 60 * RATE_HZ)):
            raise InputError(f"{path} is silent from beginning to end", "choose another track, or give another file")


LEAST_S = 10
QUIET = 16
"""−60 dBFS, of the 16 384 that stand for full scale."""
