"""Lines in their places -> the mixed track, the narration, the tagged film, and what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from audiodesc import cache
from audiodesc.gaps import protected
from audiodesc.media.encode import FORMATS, SoundFile
from audiodesc.media.loudness import Meter
from audiodesc.media.mux import TITLE, add_track, film_suffix
from audiodesc.media.sound import BLOCK, RATE_HZ, length, read_sound
from audiodesc.mix.ducking import Ducking
from audiodesc.mix.levels import LoudnessProfile, narrator_db, programme_db
from audiodesc.mix.mixer import Levels, Mixed, mix
from audiodesc.mix.narration import Narration
from audiodesc.mix.overlap import Overlap
from audiodesc.model import AudioTrack, Cue, Film, Loudness, Samples, Span, Speech
from audiodesc.progress import Progress
from audiodesc.threads import Worker, ahead

SILENT = Loudness(-math.inf, 0.0, -math.inf)


@dataclass(frozen=True, slots=True)
class Heard:
    """The film's sound before anything is done to it; `dialogue_lufs` is that of its speech alone."""

    programme: Loudness
    dialogue_lufs: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What the result is, from its samples: `heard_ms` of narration, `overlap_ms` of it over dialogue."""

    before: Heard
    after: Loudness
    narrator_db: float
    programme_db: float
    heard_ms: int
    overlap_ms: int


@dataclass(frozen=True, slots=True)
class Mix:
    """All that the mix depends on; calling it again gives the same sound again."""

    film: Film
    track: AudioTrack | None
    spoken: Sequence[Speech]
    ducking: Ducking
    ceiling_db: float
    narrator_db: float

    @property
    def layout(self) -> str:
        """Channels of the result: the film's, or mono where the narrator is alone."""
        return self.track.layout if self.track else "mono"

    def __call__(self, gain_db: float) -> Iterator[Mixed]:
        narration = Narration(self.spoken, self.narrator_db, self.ceiling_db - gain_db)
        blocks = ahead(film_sound(self.film, self.track), 4)
        return mix(blocks, self.layout, narration, self.ducking, Levels(gain_db, self.ceiling_db))


def film_sound(film: Film, track: AudioTrack | None) -> Iterator[Samples]:
    """The track's sound, or for a film without any, silence (mono) as long as the film."""
    if track:
        yield from read_sound(film, track)
        return
    for start in range(0, length(film), BLOCK):
        yield np.zeros((1, min(BLOCK, length(film) - start)), np.float32)


def listen(film: Film, track: AudioTrack | None, cues: Sequence[Cue], store: cache.Store, show: Progress) -> Heard:
    """Measure the film as a whole and its dialogue alone, in one pass; found again in the store."""
    if track is None:
        return Heard(SILENT, -math.inf)
    speech = tuple(protected([cue for cue in cues if cue.kind == "speech"], film.duration_ms, 0))
    name = cache.key("listen", 1, film=film.fingerprint, track=track, speech=speech)
    found = store.read_json(name)
    if found is None:
        heard = _listen(film, track, speech, show)
        store.add_json(name, asdict(heard))
        return heard
    return Heard(Loudness(**found["programme"]), found["dialogue_lufs"])


def _listen(film: Film, track: AudioTrack, speech: Sequence[Span], show: Progress) -> Heard:
    programme, dialogue = Meter(track.layout), Meter(track.layout, peaks=False)
    at = passed = 0
    with Worker("measure", programme.push) as beside:
        for block in ahead(read_sound(film, track), 4):
            beside.push(block)
            while passed < len(speech) and speech[passed].end_ms * RATE_HZ // 1000 <= at:
                passed += 1
            for span in speech[passed:]:
                start, end = span.start_ms * RATE_HZ // 1000 - at, span.end_ms * RATE_HZ // 1000 - at
                if start >= block.shape[1]:
                    break
                dialogue.push(block[:, max(0, start) : end])
            at += block.shape[1]
            show("listen", at // RATE_HZ, film.duration_ms // 1000)
    return Heard(programme.result(), dialogue.result().integrated_lufs)


def write_sound(
    sound: Mix,
    heard: Heard,
    loudness: LoudnessProfile,
    dialogue: Sequence[Span],
    files: Mapping[str, Path],
    kind: str,
    show: Progress,
) -> Measured:
    """Mix, and write `files["track"]` (of that `kind`), `["narration"]` and `["aac"]`, the film's copy, if named."""
    gain = programme_db(
        loudness.target_lufs, heard.programme.integrated_lufs, lambda db: _loudness(sound(db), sound.layout)
    )
    proof, meter = Overlap(dialogue), Meter(sound.layout)
    language = sound.track.language if sound.track else ""
    done = 0
    with ExitStack() as stack:
        tracks = [
            stack.enter_context(SoundFile(path, form, sound.layout, title=TITLE, language=language, matroska=twin))
            for path, form, twin in _tracks(files, kind)
        ]
        beside = stack.enter_context(Worker("measure", meter.push))
        narration = stack.enter_context(SoundFile(files["narration"], "flac", "mono", language=language))
        for part in sound(gain):
            for track in tracks:
                track.push(part.track)
            if part.track.shape[1]:
                beside.push(part.track)
            narration.push(part.narration)
            proof.push(part.narration)
            done += part.narration.shape[1]
            show("mix", done // RATE_HZ, sound.film.duration_ms // 1000)
        proof.finish()
    return Measured(heard, meter.result(), sound.narrator_db, gain, proof.heard_ms, proof.overlap_ms)


def _tracks(files: Mapping[str, Path], kind: str) -> Iterator[tuple[Path, str, Path | None]]:
    """(path, kind, twin in Matroska) of each file that carries the mix.

    The film's copy is AAC; without `files["aac"]` there is none. An MP4 film takes it from the track's own M4A
    where that is what is asked for.
    """
    copy = files.get("aac")
    twin = copy if copy and copy.suffix == ".mka" else None
    if kind == "m4a":
        yield files["track"], "m4a", twin
        return
    yield files["track"], kind, None
    if copy:
        yield copy.with_suffix(".m4a"), "m4a", twin


def _loudness(mixed: Iterable[Mixed], layout: str) -> float:
    meter = Meter(layout, peaks=False)
    for part in mixed:
        if part.track.shape[1]:
            meter.push(part.track)
    return meter.result().integrated_lufs


def copy_name(film: Film, kind: str, stem: str) -> str:
    """What the AAC that goes into the film is called: for an MP4 it is the track itself where that is M4A."""
    if film_suffix(film) == ".mkv":
        return f"{stem}.mka"
    return f"{stem}.ad.m4a" if kind == "m4a" else f"{stem}.copy.m4a"


def write_film(film: Film, track: AudioTrack | None, files: Mapping[str, Path]) -> None:
    """The tagged film at `files["film"]`."""
    add_track(film, files["aac"], track, files["film"])


def track_suffix(kind: str) -> str:
    """The file name's ending for a kind of track."""
    return FORMATS[kind].suffix


def narrator_gain(heard: Heard) -> float:
    """How far clips are raised to stand beside the film's dialogue, in dB."""
    return narrator_db(heard.dialogue_lufs, heard.programme.integrated_lufs)
