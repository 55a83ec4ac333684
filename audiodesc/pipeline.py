"""The whole story: a film and its subtitles in, an audio description out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from audiodesc.core.downloads import Downloads
from audiodesc.core.languages import of_texts
from audiodesc.core.progress import Progress, Stopwatch, silent
from audiodesc.deliver import named_rows
from audiodesc.describers.base import Describer
from audiodesc.describers.chosen import ChooseDescriber, chosen_describer, film_context
from audiodesc.dialogue import FilmAnalysis, FilmSource, analyse, read_source
from audiodesc.errors import InputError, UsageError
from audiodesc.model import Gap, Note, Observation, Outcome, Segment
from audiodesc.narration.doubts import Doubter
from audiodesc.narration.observe import again_at, observe
from audiodesc.narration.outcomes import counted_from_hours, moved
from audiodesc.narration.story import describer_notes
from audiodesc.narration.voice import Narrator, choose_narrator
from audiodesc.narration.write import write_lines
from audiodesc.planning import plan
from audiodesc.planning.extend import longest_stop_ms, more_segments
from audiodesc.project import Result
from audiodesc.project.earlier_server import asks_for_address
from audiodesc.project.exporting import Exported, export_order, export_run, write_export
from audiodesc.project.parts import part_rows
from audiodesc.project.placing import placed_lines, stage
from audiodesc.project.renewing import check_renewal, described, renewed, with_ids
from audiodesc.project.run import More, Run, held_run, ordered, script_reader, wanted_part
from audiodesc.project.target import Target, target
from audiodesc.settings import Settings

Ask = Callable[[str], bool]
"""A question that is answered with yes or no."""


class Placed(NamedTuple):
    """The lines of a project as they stood at the change `number`, and where they may be spoken."""

    found: FilmAnalysis
    gaps: tuple[Gap, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...]
    number: int


def make(
    film: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
    *,
    recordings: str | Path | None = None,
    sound: bool = True,
    ask: Ask | None = None,
    choose: ChooseDescriber = chosen_describer,
) -> Result:
    """Describe a film: find the gaps, observe the picture, write a line for each, speak it, mix it under the sound.

    `subtitles` is a file, or None for the film's own (a text track, or closed captions); where there is none the
    dialogue is what is detected in the sound. Results go to `output`, by default the folder `<stem>.ad` beside the
    film. `recordings` are a person's, of lines (see `render`). With `sound=False` only the script and the report are
    written. `ask` puts a question to the user, such as
    whether a model may be fetched; None where there is nobody to answer. `choose` gives the describer, in a batch one
    that films share.

    `film` may be the folder of an earlier run: then film, subtitles and settings are those of that run where they are
    not given. What a person changed in its scripts is read first, and no line that a person touched is renewed.

    Raises an `AudiodescError` for everything that a user can act on.

    >>> from audiodesc import make
    >>> made = make("samples/sample.mp4", "samples/sample.srt", output=folder)
    >>> made.report.overlap_ms
    0
    >>> made.files["script"].name
    'sample.ad.vtt'
    """
    of, watch = target(film, subtitles, output, settings), Stopwatch(progress)
    settings = of.settings
    with watch("probe"):
        source = read_source(of.film, of.subtitles, settings)
        language = of_texts(cue.text for cue in source.subtitles.cues)
        narrator = _narrator(settings, source, ask, progress, subtitles=language)
        order = ordered(source, settings, sound=sound and settings.stops.extended_film)
    with watch("load"):
        known, film_s = film_context(settings), source.film.duration_ms / 1000
        with asks_for_address(of.output, settings.describer):
            chosen = choose(settings, known, _downloads(settings, ask), progress, film_s)
        observer, why = chosen.describer, (Note("describe", chosen.why),) if chosen.why else ()
    with held_run(source, order, of, watch) as run, observer.session(run.store):
        check_renewal(run.project, settings.run)
        found = analyse(run.source, settings, run.store, watch)
        texts, pace, failed = found.dialogue.texts, settings.plan, settings.describer.failed_share
        planned = plan(found.gaps, found.cuts, texts, pace.shortest_ms, pace.density, found.still)
        with watch("look"):
            observed = _observed(run, found, planned.segments, observer)
        with watch("describe"):
            on = stage(found, narrator, settings, run.store, run.recordings())
            doubter = Doubter(observer, known, narrator.language, settings.describer.doubt)
            drafts = write_lines(
                observed, doubter, on.speak, on.fastest, run.store, progress, failed, texts, on.most_ms
            )
            outcomes, number = renewed(run.project, drafts, found, on, settings.run, observer, order.part)
        fresh, facts = described(outcomes, observed)
        said = describer_notes(observer, fresh, facts, known, settings.describer.second_look)
        unused = run.read_recordings(recordings)
        if recordings is not None:
            on, snapshot = replace(on, recordings=run.recordings()), run.project.snapshot()
            outcomes, number = placed_lines(snapshot, found, on, progress), snapshot.number
        notes = (*why, *narrator.notes, *said, *moved(outcomes), *on.recordings.notes_on(outcomes), *unused)
        limits = f"{observer.label} {observer.limits}" if observer.limits else ""
        more = More(planned.verdicts, limits, doubter.doubts(fresh, facts))
        return run.publish(found, narrator, found.gaps, outcomes, notes, number, more)


def describe(
    film: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
    *,
    ask: Ask | None = None,
) -> Result:
    """Film -> script only. The voice is asked for each line's length, so that every line fits its gap."""
    return make(film, subtitles, output, settings, progress, sound=False, ask=ask)


def render(
    film: str | Path,
    script: str | Path | None = None,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
    *,
    recordings: str | Path | None = None,
    ask: Ask | None = None,
) -> Result:
    """Voice and mix the lines of a project as they stand; only what changed is voiced again.

    `film` is the folder of an earlier run, of which film, subtitles and settings are taken where they are not given. Or
    it is a film, with a `script` from anywhere, which is read into the project beside the film (or in `output`) and
    never written to. What a person changed in scripts in the folder is read first.

    `recordings` is a folder with a person's recordings of lines, or one long file: they are copied into the project and
    heard in the voice's place from then on.

    Each line is spoken where it stands, and none over the dialogue that is detected or in `subtitles` (a file, or None
    for the film's own, if it has any). What could not be spoken stands in `<stem>.ad.vtt` as a note. Raises an
    `AudiodescError` for everything that a user can act on.
    """
    of, watch, given = target(film, subtitles, output, settings), Stopwatch(progress), Path(script) if script else None
    settings = of.settings
    source, narrator = _for_lines(of, ask, watch, given)
    order = ordered(source, settings, sound=settings.stops.extended_film)
    with held_run(source, order, of, watch, given) as run:
        unused = run.read_recordings(recordings)
        at = _placed(run, narrator)
        return run.publish(at.found, narrator, at.gaps, at.outcomes, (*at.notes, *unused), at.number)


def export(
    folder: str | Path,
    names: Sequence[str],
    output: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
    *,
    moved: str | Path | None = None,
    ask: Ask | None = None,
) -> Exported:
    """Write these deliverables of a project as it stands, with edits that are not rendered yet, and nothing else.

    They go into the project's `folder`, where later runs write them too and what a person changes in scripts is read,
    or to `output`, also while another run holds `folder`. What is made of the mixed sound is made by a whole `render`,
    and goes into `folder` only. `moved` is where the film is now, where it is not to be found. Raises an
    `AudiodescError` for everything that a user can act on.
    """
    if not Path(folder).is_dir():
        raise InputError(f"{folder} is not a folder", "give the folder that `audiodesc make` wrote, such as film.ad")
    of, watch = target(folder, None, None, settings, moved), Stopwatch(progress)
    settings, place = of.settings, Path(output) if output else None
    into = None if place and place.exists() and place.samefile(of.output) else place
    rows = named_rows(names, settings)
    if mixed := [name for name, row in rows.items() if row.needs_sound or name == "report"]:
        if into:
            raise UsageError(f"{mixed[0]} is made with the mix, in {folder}", "leave out -o")
        also = tuple(dict.fromkeys((*settings.deliver.also, *rows)))
        settings = replace(settings, deliver=replace(settings.deliver, also=also))
        made = render(of.film, None, of.subtitles, of.output, settings, progress, ask=ask)
        return Exported({name: made.files[name] for name in rows if name in made.files}, made.changes)
    source, narrator = _for_lines(of, ask, watch)
    part = wanted_part(source, settings)
    rows = part_rows(rows, rows) if part else rows
    with export_run(source, export_order(source, rows, settings, into, part), of, watch, into) as run:
        at = _placed(run, narrator)
        described = run.described(at.found, at.gaps, at.outcomes, at.notes)
        return write_export(run, described, run.chosen(narrator, at.outcomes), rows, at.number, into)


def _observed(
    run: Run, found: FilmAnalysis, planned: Sequence[Segment], observer: Describer
) -> tuple[Observation, ...]:
    """What the describer sees for each segment, also for those that only a film that stops has; some a second time."""
    settings, texts, progress = run.of.settings, found.dialogue.texts, run.watch.progress
    chosen, pace, film = settings.describer, settings.plan, run.source.film
    gaps, most_ms = found.gaps_for_script(pace), longest_stop_ms(settings.stops)
    segments = more_segments(planned, gaps, found.cuts, texts, pace.density, most_ms)
    seen = observe(film, found, segments, observer, run.store, progress, chosen.failed_share, run.order.part)
    return again_at(film, with_ids(seen), observer, chosen.second_look, run.store, progress, texts, found.cuts)


def _for_lines(
    of: Target, ask: Ask | None, watch: Stopwatch, script: Path | None = None
) -> tuple[FilmSource, Narrator]:
    """What is read, and who speaks the lines of a project, or of a script that is to be read into it."""
    with watch("probe"):
        source = read_source(of.film, of.subtitles, of.settings, optional=True)
        read = script_reader(source, of.settings)
        texts = [line.text for line in read(script).lines] if script else of.texts()
        if texts is None:
            raise UsageError(f"there are no lines in {of.output}", "give a script with --script, or use `make`")
        return source, _narrator(of.settings, source, ask, watch.progress, script=of_texts(texts))


def _placed(run: Run, narrator: Narrator) -> Placed:
    """The lines of the project, each spoken where it stands or next to it."""
    settings = run.of.settings
    found = analyse(run.source, settings, run.store, run.watch)
    with run.watch("speak"):
        on = stage(found, narrator, settings, run.store, run.recordings())
        snapshot = run.project.snapshot()
        outcomes = placed_lines(snapshot, found, on, run.watch.progress)
    recorded = on.recordings.notes_on(outcomes)
    late = counted_from_hours(outcomes, found.duration_ms)
    notes = (*run.faults, *_unknown(found), *narrator.notes, *moved(outcomes), *late, *recorded)
    usable = tuple(gap for gap in on.gaps if gap.span.duration_ms >= settings.plan.shortest_ms)
    return Placed(found, usable, outcomes, notes, snapshot.number)


def _downloads(settings: Settings, ask: Ask | None) -> Downloads:
    return Downloads(settings.run.yes, settings.run.offline, ask)


def _narrator(
    settings: Settings,
    source: FilmSource,
    ask: Ask | None,
    progress: Progress,
    *,
    subtitles: str = "",
    script: str = "",
) -> Narrator:
    """Who speaks; `subtitles` and `script` are the languages of their texts."""
    known, downloads = {"subtitles": subtitles, "script": script}, _downloads(settings, ask)
    own, voice = settings.options, settings.voice
    return choose_narrator(voice, source.track, **known, own=own, downloads=downloads, progress=progress)


def _unknown(found: FilmAnalysis) -> Iterator[Note]:
    if found.source and found.source.track and not found.dialogue.is_known:
        yield Note("dialogue", "nothing tells when people speak: a line may lie over dialogue")
