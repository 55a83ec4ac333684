"""An aligned track -> the files that a user takes away: the deliverables that need no line and no narrator alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from audiodesc.alignment.feed import AlignedFeed, output_layout
from audiodesc.alignment.model import Alignment
from audiodesc.alignment.sources import Sound
from audiodesc.core import cache
from audiodesc.core.choices import reported
from audiodesc.core.languages import iso_639
from audiodesc.core.progress import Stopwatch
from audiodesc.deliver import Rows, deliver, named_rows
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.built_in import SCRIPT, ExtraScript
from audiodesc.deliver.described_film import FILM
from audiodesc.deliver.sound import FILM_SOUND, TRACK, SoundDeliverable, SoundOrder, check_sound, write_sound
from audiodesc.dialogue.combine import as_given
from audiodesc.dialogue.subtitle_source import Subtitles
from audiodesc.errors import UsageError
from audiodesc.media.loudness import STEPS_HZ
from audiodesc.mix import plan_mix
from audiodesc.mix.levels import loudness_profile, target
from audiodesc.mix.measure import SILENT, feed, measure, metered
from audiodesc.mix.streaming import Measured, Places
from audiodesc.model import Note, Outcome
from audiodesc.project import Described, delivery_of, report_of
from audiodesc.project.folder import ProjectFolder
from audiodesc.scripts.lines import Comment
from audiodesc.settings import Settings

DEFAULT = (SCRIPT.name, TRACK.name, FILM.name)


def aligned_rows(settings: Settings, *, has_words: bool) -> Rows:
    """The deliverables that are asked for, with those that are made anyhow.

    Raises UsageError for one that needs lines, or the narrator alone, which an aligned track does not have.
    """
    rows = named_rows([*DEFAULT, *settings.deliver.also], settings)
    for name, row in rows.items():
        if not (isinstance(row, BuiltIn) and row.is_alignable):
            raise UsageError(f"{name} needs the narrator alone, and an existing mix has none", "leave it out")
        if isinstance(row, ExtraScript) and not has_words:
            raise UsageError(
                f"{name} is made of words, and nothing here recognises speech", "name a Whisper model with --asr"
            )
    return rows


def aligned_feed(ours: Sound, theirs: Sound, alignment: Alignment, gain_db: float, settings: Settings) -> AlignedFeed:
    """The described sound on the film's clock, as a mix takes it."""
    profile, downmix = loudness_profile(settings.sound.loudness), settings.sound.downmix
    plain = feed(ours.film, ours.track, profile.rate_hz, downmix)
    layout = downmix or output_layout(ours.track.layout, theirs.track.layout)
    gain_db = gain_db if math.isfinite(gain_db) else 0.0
    of = {"film": ours.film.fingerprint, "described": theirs.film.fingerprint, "track": theirs.track}
    made = cache.key("aligned", 1, **of, pieces=alignment.pieces, gain_db=gain_db)
    view = replace(ours.film, fingerprint=made, identity=None)
    sounds = (ours, theirs, alignment, gain_db)
    return AlignedFeed(view, ours.track, layout, plain.rate_hz, (), "silence", 0, *sounds)


def as_described(
    ours: Sound, outcomes: Sequence[Outcome], comments: tuple[Comment, ...], notes: Sequence[Note], settings: Settings
) -> Described:
    """What the deliverables tell of the film: the narration that was transcribed, as lines, and no dialogue."""
    dialogue = as_given(Subtitles(), settings.dialogue)
    seen = (ours.film, ours.track, dialogue, (), tuple(outcomes), tuple(notes), ())
    return Described(*seen, comments=comments)


def delivered(
    described: Described,
    aligned: AlignedFeed,
    language: str,
    settings: Settings,
    rows: Rows,
    names: Mapping[str, str],
    place: ProjectFolder,
    watch: Stopwatch,
) -> Delivery:
    """All the files, where they lie until they are published."""
    used = reported(settings) | {"describer": "", "voice": "", "language": language}
    drafted = replace(report_of(described, settings, used), provenance=None)
    delivery = delivery_of(described, settings, drafted, names, place, watch)
    paths = {kind: place.partial(name) for kind, name in names.items()}
    mixed = _mixed(delivery, aligned, rows, paths, place.store)
    return deliver(rows, replace(delivery, measured=mixed), paths)


def _mixed(
    delivery: Delivery, aligned: AlignedFeed, rows: Rows, paths: Mapping[str, Path], store: cache.Store
) -> Measured:
    """The aligned sound through the mix, which has no line to put in: to the loudness that is asked for, under its
    ceiling, and into all files at once."""
    settings, watch = delivery.settings, delivery.watch
    profile = loudness_profile(settings.sound.loudness)
    goal = target(profile, 0.0)
    with watch("listen"):
        if goal.lufs is None:  # it stays as loud as it is: nothing depends on how loud
            before = metered(SILENT, [-120.0] * (aligned.duration_ms * STEPS_HZ // 1000), ())
        else:
            before = measure(aligned, (), store, watch.progress)
    with watch("mix"):
        mix = plan_mix(aligned, before, (), (), goal, settings.sound, settings.deliver)
        mix = replace(mix, language=iso_639(delivery.language))
        files = {**paths, FILM_SOUND: delivery.film_sound}
        order = SoundOrder(files, settings.deliver.track, store, settings.options, delivery)
        sounds = [row for row in rows.values() if isinstance(row, SoundDeliverable)]
        return write_sound(mix, before, profile.ceiling_db, Places(), order, watch.progress, sounds)


def check_sounds(rows: Rows, ours: Sound, theirs: Sound, settings: Settings) -> None:
    """Raises an AudiodescError where one of them cannot be written in the channels of the result."""
    layout = output_layout(ours.track.layout, theirs.track.layout)
    check_sound(rows.values(), replace(ours.track, layout=layout), settings)
