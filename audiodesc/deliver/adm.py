"""Next-generation audio: the film, ducked and as it is, and the narrator as objects of the Audio Definition Model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.languages import iso_639
from audiodesc.deliver.base import Delivery
from audiodesc.deliver.broadcast_wav import WavTracks, broadcast_tracks
from audiodesc.deliver.sinks import Beside, Derived
from audiodesc.deliver.sound import SoundDeliverable, SoundOrder, pcm_bytes
from audiodesc.errors import FilmError
from audiodesc.media.adm import DESCRIBED, PACKS, PLAIN, AdmScene, ProgrammeLoudness, axml, chna
from audiodesc.media.sound import RATE_HZ, channel_names
from audiodesc.media.wav_chunks import WavFile, append_chunk
from audiodesc.mix import Mix
from audiodesc.mix.levels import loudness_profile
from audiodesc.mix.measure import Metered, integrated_lufs
from audiodesc.mix.mixer import Limiter, Mixed, narrator_channels
from audiodesc.mix.outputs import Sink
from audiodesc.mix.streaming import Measured
from audiodesc.model import Film, Note, Samples
from audiodesc.settings import DeliverSettings, Settings

WHAT: Final = "Audio description as objects: film ducked, film as it is, narrator (ADM)"


class Adm(SoundDeliverable):
    """A BW64 file of 24 bits at 48 kHz with the film's channels as they lie under the narrator, the same as they are,
    and the narrator; `axml` and `chna` say what they are."""

    name, content = "adm", "mix"
    summary = "next-generation audio: film, ducked film and narrator as objects: BW64 with ADM"

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.adm.wav"

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return 2 * pcm_bytes(film, settings, 24) + film.duration_ms * RATE_HZ // 1000 * 3

    def check_layout(self, layout: str, settings: Settings) -> None:
        """Raises FilmError for channels that the renderers of BS.2127 have no rules for."""
        if layout not in PACKS:
            raise FilmError(
                f"{self.name} cannot be made: ITU-R BS.2094 has no pack for {layout} that renderers share",
                "give --downmix stereo, or leave it out",
            )

    def sinks(self, mix: Mix, order: SoundOrder) -> Iterator[Sink]:
        if not (delivery := order.delivery):
            raise ValueError("next-generation audio is made of a delivery")
        path, scene = order.files[self.name], _scene(delivery, mix)
        tracks = WavTracks(WHAT, self.content, 2 * scene.channels + 1, "multichannel", chna(scene))
        ceiling_db = loudness_profile(delivery.settings.sound.loudness).ceiling_db
        file = AdmFile(broadcast_tracks(path, mix, order, tracks), scene.layout, scene.pan, ceiling_db)
        yield Sink(Beside(file, path.name, mix.source.rate_hz), _film_and_narrator)

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        """The mix has written the sound: what was measured is said of it."""
        if not (measured := delivery.measured):
            raise ValueError("next-generation audio is made of the mix")
        append_chunk(path, b"axml", axml(_scene(delivery, measured.mix, measured)))
        return ()


def _film_and_narrator(part: Mixed) -> Samples | None:
    """The film's channels, ducked, those of the film as it is, and the narrator."""
    return np.concatenate([part.film, part.unducked, part.narration]) if part.film.shape[1] else None


class AdmFile(Derived):
    """The tracks of a BW64 file, which grows block by block: the film ducked, the film as it is, and the narrator, who
    stands at `pan`. No true peak of the film alone, nor of the ducked film and the narrator together, goes above
    `ceiling_db` (dBTP): what takes the mix down takes its parts down, so that their sum is the mix."""

    def __init__(self, file: WavFile, layout: str, pan: float, ceiling_db: float) -> None:
        names = channel_names(layout)
        shares = narrator_channels(names, pan)
        super().__init__(file)
        self._count = len(names)
        self._shares: NDArray[np.float32] = np.array([[shares.get(name, 0.0)] for name in names], np.float32)
        self._together = Limiter(self._count, ceiling_db, carried=self._count + 1)
        self._alone = Limiter(self._count, ceiling_db)

    def push(self, samples: Samples) -> None:
        """Add a block, float32 of shape (2 × channels + 1, samples)."""
        ducked, film, narrator = samples[: self._count], samples[self._count : -1], samples[-1:]
        together = np.concatenate([ducked + self._shares * narrator, ducked, narrator])
        self._write(self._together.push(together), self._alone.push(film))

    def _finish(self) -> None:
        self._write(self._together.flush(), self._alone.flush())

    def _write(self, together: Samples, film: Samples) -> None:
        self._file.push(np.concatenate([together[self._count : -1], film, together[-1:]]))


def _scene(delivery: Delivery, mix: Mix, measured: Measured | None = None) -> AdmScene:
    """What the tracks are, with what was `measured` of them."""
    source, film = mix.source, delivery.track.language if delivery.track else ""
    return AdmScene(
        title=delivery.document.title,
        layout=source.layout,
        rate_hz=RATE_HZ,
        samples=round(source.samples * RATE_HZ / source.rate_hz),
        pan=mix.setup.pan,
        languages=(mix.language, iso_639(film) if film else ""),
        loudness=_loudness(delivery, measured) if measured else {},
        narration_lufs=integrated_lufs(measured.written.spoken) if measured else None,
    )


def _loudness(delivery: Delivery, measured: Measured) -> Mapping[str, ProgrammeLoudness]:
    """Of both programmes; of a part of a film, of the one with description alone: the other was measured as a whole."""
    known = {DESCRIBED: _measured(measured.written.after)}
    if not delivery.part:
        known[PLAIN] = _measured(measured.before, measured.written.levels.programme_db)
    return known


def _measured(found: Metered, raised_db: float = 0.0) -> ProgrammeLoudness:
    whole = found.programme
    return ProgrammeLoudness(
        integrated_lufs=whole.integrated_lufs + raised_db,
        range_lu=whole.range_lu,
        true_peak_db=whole.true_peak_db + raised_db,
        short_term_lufs=whole.short_term_lufs + raised_db,
        dialogue_lufs=found.dialogue_lufs + raised_db,
    )
