"""The deliverables that are heard: mixed track, narration, ducked film; all are written by one pass of the mix."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from av import AudioLayout

from audiodesc.core.cache import Store
from audiodesc.core.languages import iso_639
from audiodesc.core.progress import Progress
from audiodesc.core.provenance import Content
from audiodesc.core.stops import in_extended
from audiodesc.core.track_titles import track_title
from audiodesc.deliver.base import BuiltIn, Deliverable, Delivery
from audiodesc.deliver.extended_tracks import extended_feed, extended_places
from audiodesc.deliver.marking import mark, tags_of
from audiodesc.errors import FilmError
from audiodesc.media.encode import FORMATS, SoundFile, check_layout
from audiodesc.media.sound import RATE_HZ
from audiodesc.mix import Mix, plan_mix
from audiodesc.mix.excerpt import excerpt, excerpt_places
from audiodesc.mix.levels import loudness_profile, share, target
from audiodesc.mix.measure import Metered, measure
from audiodesc.mix.outputs import Outputs, Sink
from audiodesc.mix.streaming import Measured, Places, stream
from audiodesc.model import AudioTrack, Film, Note
from audiodesc.settings import DeliverSettings, Settings, SoundSettings

FILM_SOUND = "aac"
"""The key in `files` of the AAC that the film takes, which is no deliverable."""


@dataclass(frozen=True, slots=True)
class SoundOrder:
    """What one pass of the mix is to write: `files` are the paths of all, by deliverable, `kind` is that of the mixed
    track, `options` are those of each deliverable by its name. What is encoded as AAC is kept in the `store`.
    `delivery` is what they are of, for those that say so in the file."""

    files: Mapping[str, Path]
    kind: str
    store: Store | None = None
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    delivery: Delivery | None = None


class SoundDeliverable(BuiltIn, ABC):
    """A file that is written while the mix goes by."""

    name: str
    content: Content

    def check_layout(self, layout: str, settings: Settings) -> None:
        """Raises an AudiodescError where it cannot be made of a mix of that layout, FFmpeg's name."""

    @abstractmethod
    def sinks(self, mix: Mix, order: SoundOrder) -> Iterator[Sink]:
        """Its files for one pass of the mix, opened."""

    def write(self, delivery: Delivery, path: Path) -> tuple[Note, ...]:
        """The mix has written it: what it is made of is added as XMP, where the container takes that."""
        mark(delivery, path, self.content)
        return ()


class MixedTrack(SoundDeliverable):
    """The film's sound with the narrator in it; of the AAC for the film too, which it is itself where both are M4A."""

    name, content = "track", "mix"
    is_alignable = True
    summary = "the film's sound with the narrator in it: M4A, FLAC or WAV"

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ad{FORMATS[settings.track].suffix}"

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return pcm_bytes(film, settings, settings.deliver.bits) if settings.deliver.track == "wav" else 0

    def sinks(self, mix: Mix, order: SoundOrder) -> Iterator[Sink]:
        files, kind, store = order.files, order.kind, order.store
        twin = files.get(FILM_SOUND)
        if kind == "m4a":
            file = _tagged(mix, files["track"], "m4a", bits=mix.bits, twin=twin, store=store)
            yield Sink(file, lambda part: part.track)
            return
        yield Sink(_tagged(mix, files["track"], kind, bits=mix.bits), lambda part: part.track)
        if twin:
            yield Sink(_tagged(mix, twin.with_suffix(".m4a"), "m4a", twin=twin, store=store), lambda part: part.coded)


class NarrationTrack(SoundDeliverable):
    """The narrator alone, as long as the film, at the level of the mix."""

    name, content = "narration", "narration"
    summary = "the narrator alone, as long as the film: FLAC"

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.narration.flac"

    def sinks(self, mix: Mix, order: SoundOrder) -> Iterator[Sink]:
        tags = tags_of(mix.provenance, "narration") | {"language": mix.language}
        file = SoundFile(order.files["narration"], "flac", "mono", mix.source.rate_hz, tags=tags)
        yield Sink(file, lambda part: part.narration)


class DuckedStem(SoundDeliverable):
    """The film's sound as it lies under the narrator, before the limiter."""

    name, content = "ducked", "ducked"
    summary = "the film's sound as it lies under the narrator (--stems): WAV of 32-bit floats"

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return settings.stems

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.ducked.wav"

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        return pcm_bytes(film, settings, 32)

    def sinks(self, mix: Mix, order: SoundOrder) -> Iterator[Sink]:
        tags = tags_of(mix.provenance, "ducked") | {"language": mix.language}
        file = SoundFile(order.files["ducked"], "wav", mix.source.layout, mix.source.rate_hz, bits=32, tags=tags)
        yield Sink(file, lambda part: part.film)


TRACK, NARRATION, STEM = MixedTrack(), NarrationTrack(), DuckedStem()
SOUNDS: Final[tuple[SoundDeliverable, ...]] = (TRACK, NARRATION, STEM)
"""Those that are made of the mix where nothing else is said."""


def pcm_bytes(film: Film, settings: Settings, bits: int) -> int:
    """Of uncompressed sound as long as the film, in the channels of its track that has most."""
    channels = [2 if settings.sound.downmix else AudioLayout(track.layout).nb_channels for track in film.audio_tracks]
    return film.duration_ms * RATE_HZ * max(channels, default=1) * bits // 8_000


def film_sound_name(film: Film) -> str:
    """What the AAC that goes into a Matroska is called; beside it is that for MP4, where the track is none."""
    return f"{film.path.stem}.copy.mka"


def described_m4a(delivery: Delivery) -> Path:
    """The mixed sound as M4A, which the mix has written, whatever kind the track is of."""
    if delivery.settings.deliver.track == "m4a":
        return delivery.files[TRACK.name]
    return delivery.film_sound.with_suffix(".m4a")


def mix_layout(track: AudioTrack | None, sound: SoundSettings) -> str:
    """FFmpeg's name of the channels that the mix will have."""
    return ("stereo" if sound.downmix else track.layout) if track else "mono"


def check_sound(rows: Iterable[Deliverable], track: AudioTrack | None, settings: Settings) -> None:
    """Before any work: raises an AudiodescError where one of them cannot be written in the channels of the mix."""
    layout = mix_layout(track, settings.sound)
    for kind in dict.fromkeys(("m4a", settings.deliver.track)):
        if why := check_layout(layout, kind):
            raise FilmError(f"the described track cannot be written: {why}", "give --downmix stereo")
    for row in rows:
        if isinstance(row, SoundDeliverable):
            row.check_layout(layout, settings)


def mix_sound(
    delivery: Delivery, rows: Iterable[Deliverable], places: Places, paths: Mapping[str, Path], store: Store
) -> Measured:
    """Mix the spoken lines into the film's sound, write those of the rows that are sound at `paths`, and measure it."""
    sounds = [row for row in rows if isinstance(row, SoundDeliverable)]
    chosen, written, watch = delivery.settings.sound, delivery.settings.deliver, delivery.watch
    profile = loudness_profile(chosen.loudness)
    source = extended_feed(delivery, profile.rate_hz)
    places, spoken = extended_places(places, delivery.stops), in_extended(delivery.spoken)
    with watch("listen"):
        before = measure(source, places.speech, store, watch.progress)
    with watch("mix"):
        goal = target(profile, share(places.speech, source.duration_ms))
        mix = plan_mix(source, before, spoken, places.speech, goal, chosen, written)
        mix = replace(mix, language=iso_639(delivery.language), provenance=delivery.provenance)
        if delivery.part:
            part = delivery.stops.around(delivery.part)
            mix, places = excerpt(mix, part, delivery.stops.total_ms), excerpt_places(places, part)
            before = mix.before
        files = {**paths, FILM_SOUND: delivery.film_sound}
        order = SoundOrder(files, written.track, store, delivery.settings.options, delivery)
        return write_sound(mix, before, profile.ceiling_db, places, order, watch.progress, sounds)


def write_sound(
    mix: Mix,
    before: Metered,
    ceiling_db: float,
    places: Places,
    order: SoundOrder,
    show: Progress,
    rows: Iterable[SoundDeliverable] = SOUNDS,
) -> Measured:
    """Write those of the rows that are in the order's `files`, and at `files["aac"]`, where it is named, the AAC that
    the film takes: that of the track where it is one, else of its own, whose true peaks stay under `ceiling_db` (dBTP)
    too."""

    def sinks(mix: Mix) -> Iterator[Sink]:
        for row in rows:
            if row.name in order.files:
                yield from row.sinks(mix, order)

    outputs = Outputs(sinks, order.kind == "m4a", FILM_SOUND in order.files)
    return stream(mix, before, ceiling_db, places, outputs, show)


def _tagged(
    mix: Mix, path: Path, kind: str, *, bits: int | None = None, twin: Path | None = None, store: Store | None = None
) -> SoundFile:
    """A file of the mix that says in its tags what it is."""
    form = (mix.source.layout, mix.source.rate_hz)
    tags = tags_of(mix.provenance, "mix") | {"title": track_title(mix.language), "language": mix.language}
    return SoundFile(path, kind, *form, bits=bits, matroska=twin, store=store, tags=tags)
