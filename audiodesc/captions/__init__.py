"""Captions of shots as data, and summaries: for archives, search, and the makers of data sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from audiodesc.captions.asking import captions
from audiodesc.captions.summaries import Summary
from audiodesc.captions.summing import WORDS, check_words, summary_of
from audiodesc.captions.units import units
from audiodesc.captions.values import Caption, Wanted
from audiodesc.captions.writing import writer_of
from audiodesc.core.downloads import Downloads
from audiodesc.core.part import part_of
from audiodesc.core.progress import Progress, silent
from audiodesc.footage import describer_of, open_footage
from audiodesc.media.own_timecode import count_of
from audiodesc.settings import Settings


def caption(
    film: str | Path,
    wanted: Wanted | None = None,
    subtitles: str | Path | None = None,
    *,
    settings: Settings | None = None,
    progress: Progress = silent,
    ask: Callable[[str], bool] | None = None,
) -> tuple[Caption, ...]:
    """The captions of a film, or of the folder of one: of each shot, or as `wanted` says. Nothing is written but the
    answers, in the cache, so that what was asked is not asked again.

    `settings` None: those of the project's last run. `ask` is asked whether a model may be fetched. Raises an
    AudiodescError for what cannot be used; without a model the captions hold the text on screen (style "texts").
    """
    with open_footage(film, settings, progress, subtitles=subtitles) as footage:
        run = footage.settings.run
        count = count_of(footage.film, footage.settings.deliver)
        part = part_of(run.part_from, run.part_to, footage.film.duration_ms, count)
        chosen = wanted or Wanted()
        with describer_of(footage, Downloads(run.yes, run.offline, ask), progress) as describer:
            return captions(footage, units(footage, chosen.every_ms, part), chosen, describer, progress)


def summary(
    film: str | Path,
    words: int = WORDS,
    subtitles: str | Path | None = None,
    *,
    settings: Settings | None = None,
    progress: Progress = silent,
    ask: Callable[[str], bool] | None = None,
) -> Summary:
    """The story of a film, or of the folder of one, in about so many words (20 to 800), with its scenes: made of the
    dialogue and of the description's lines. Each sentence names the times that it rests on.

    `settings` and `ask` are as for `caption`. Raises InputError for a film of which neither is known, and other
    AudiodescErrors for what cannot be used; without a model there are only scenes, with what is said first.
    """
    check_words(words)
    with open_footage(film, settings, progress, subtitles=subtitles) as footage:
        run = footage.settings.run
        with writer_of(footage, Downloads(run.yes, run.offline, ask), progress) as describer:
            return summary_of(footage, words, describer, progress)
