"""The film as MXF OP1a: its picture with the programme's sound and, on further tracks, the described mix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from audiodesc.core.track_titles import track_title
from audiodesc.deliver.base import Delivery
from audiodesc.deliver.marking import tags_of
from audiodesc.deliver.sinks import Beside
from audiodesc.deliver.sound import SoundDeliverable, SoundOrder, pcm_bytes
from audiodesc.errors import UsageError
from audiodesc.media.ixml import NAMES
from audiodesc.media.mxf import MxfFile, check_mxf
from audiodesc.media.sound import channel_names
from audiodesc.mix import Mix
from audiodesc.mix.levels import loudness_profile
from audiodesc.mix.mixer import Limiter, Mixed
from audiodesc.mix.outputs import Sink
from audiodesc.model import Film, Note, Samples
from audiodesc.settings import DeliverSettings, Settings

BITS = 24


class MixMxf(SoundDeliverable):
    """The film's picture, copied, its programme sound at the level of the mix, and the mix: each channel a track of its
    own, the programme's first. Of a whole film that does not stop for lines."""

    name, content = "mix-mxf", "mix"
    summary = "MXF OP1a: picture, programme sound and the mix on tracks of their own (48 kHz, 24 bits)"

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.mix.mxf"

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return film.path.stat().st_size + 2 * pcm_bytes(film, settings, BITS)

    def check(self, film: Film, settings: Settings) -> tuple[Note, ...]:
        """Raises UsageError for a part or a film that stops, FilmError for a picture that MXF does not take."""
        if settings.run.part_from or settings.run.part_to:
            raise UsageError(f"{self.name} is made of a whole film", "leave out --from and --to")
        if settings.stops.extended and settings.stops.extended_film:
            raise UsageError(f"{self.name} holds no film that stops for lines", f"leave out --extended or {self.name}")
        check_mxf(film)
        if more := len(film.audio_tracks) + len(film.subtitle_tracks) - 1:
            return (Note("deliver", f"{self.name}: {more} other tracks of sound and subtitles are not in it"),)
        return ()

    def sinks(self, mix: Mix, order: SoundOrder) -> Iterator[Sink]:
        channels = channel_names(mix.source.layout)
        ceiling_db = loudness_profile(order.delivery.settings.sound.loudness).ceiling_db if order.delivery else 0.0
        limiter = Limiter(len(channels), ceiling_db)

        def both(part: Mixed) -> Samples:
            """Programme and mix: both have been through a limiter, which holds back as much of either."""
            sound = limiter.push(part.unducked) if part.narration.shape[1] else limiter.flush()
            return np.concatenate([sound, part.track])

        file = MxfFile(order.files[self.name], mix.source.film, 2 * len(channels), _tags(mix, order, channels))
        yield Sink(Beside(file, self.name, mix.source.rate_hz), both)

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        """The mix has written it: a note where it is not as long as the film."""
        with av.open(f"file:{path}", options={"protocol_whitelist": "file"}) as file:
            picture = file.streams.video[0]
            lasts_s = float((picture.duration or 0) * (picture.time_base or 0))
            frame_s = 1 / float(picture.average_rate or 25)
        if abs(lasts_s - delivery.film.duration_ms / 1000) <= frame_s + 0.001:
            return ()
        film_s = delivery.film.duration_ms / 1000
        return (Note("deliver", f"{self.name} has the picture's {lasts_s:.2f} s, of a film of {film_s:.2f} s"),)


def _tags(mix: Mix, order: SoundOrder, channels: list[str]) -> dict[str, str]:
    """The timecode, and as comments what MXF, as FFmpeg writes it, has no other place for."""
    tracks = [f"{what} {NAMES.get(name, name)}" for what in ("programme", "description") for name in channels]
    said = {"title": track_title(mix.language), "language": mix.language, **tags_of(mix.provenance, "mix")}
    said["tracks"] = ", ".join(f"{number} {track}" for number, track in enumerate(tracks, 1))
    tags = {f"comment_{name}": text for name, text in said.items() if text}
    return tags | ({"timecode": order.delivery.timecode[0].start_code} if order.delivery else {})
