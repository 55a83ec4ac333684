"""The whole story: a film and its subtitles in, an audio description out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.core.languages import of_texts
from audiodesc.core.progress import Progress, Stopwatch, counted, silent
from audiodesc.deliver import Rows, file_names, wanted_rows
from audiodesc.deliver.built_in import check_sound
from audiodesc.describers import describer
from audiodesc.describers.base import Describer, DescriberOptions
from audiodesc.describers.context import FilmContext, read_cast
from audiodesc.dialogue import FilmAnalysis, FilmSource, analyse, read_source
from audiodesc.dialogue.subtitle_source import hint
from audiodesc.media.mux import check_copy
from audiodesc.media.opening import with_content
from audiodesc.media.own_timecode import count_of
from audiodesc.media.programme import name
from audiodesc.model import Gap, Note, Outcome
from audiodesc.narration.ahead import spoken_ahead
from audiodesc.narration.doubts import Doubt, Doubter
from audiodesc.narration.observe import again_at, observe
from audiodesc.narration.story import describer_notes
from audiodesc.narration.voice import Narrator, cached_voice, choose_narrator, noise_notes
from audiodesc.narration.write import place_lines, place_script_lines, write_lines
from audiodesc.planning import Verdict, plan, script_segments
from audiodesc.project import Described, Result, finish, moved, outdated, script_name
from audiodesc.project.folder import ProjectFolder, check_film, hold_folder
from audiodesc.scripts import notes as script_notes
from audiodesc.scripts import read_script, to_speak
from audiodesc.settings import Settings
from audiodesc.subtitles import frame_rate

DEFAULT = Settings()

Ask = Callable[[str], bool]
"""A question that is answered with yes or no."""


def make(
    film: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings = DEFAULT,
    progress: Progress = silent,
    *,
    sound: bool = True,
    ask: Ask | None = None,
) -> Result:
    """Describe a film: find the gaps, observe the picture, write a line for each, speak it, mix it under the sound.

    `subtitles` is a file, or None for the film's own (a text track, or closed captions); where there is none the
    dialogue is what is detected in the sound. Results go to `output`, by default the folder `<stem>.ad` beside the
    film. With `sound=False` only the script and the report are written. `ask` puts a question to the user, such as
    whether a model may be fetched; None where there is nobody to answer.

    Raises an `AudiodescError` for everything that a user can act on.

    >>> from audiodesc import make
    >>> made = make("samples/sample.mp4", "samples/sample.srt", output=folder)
    >>> made.report.overlap_ms
    0
    >>> made.files["script"].name
    'sample.ad.vtt'
    """
    watch = Stopwatch(progress)
    with watch("probe"):
        source = read_source(Path(film), _path(subtitles), settings)
        language = of_texts(cue.text for cue in source.subtitles.cues)
        narrator = _narrator(settings, source, ask, progress, subtitles=language)
        order = _order(source, settings, sound=sound)
    with watch("load"):
        known = _context(settings)
        observer, why = _describer(settings, known, ask, progress, source.film.duration_ms / 1000)
    with _run(source, narrator, order, settings, watch, output) as run, observer.session(run.store):
        found = analyse(run.source, settings, run.store, watch)
        texts, pace, failed = found.dialogue.texts, settings.plan, settings.describer.failed_share
        planned = plan(found.gaps, found.cuts, texts, pace.shortest_ms, pace.density, found.still)
        with watch("look"):
            seen = run.source.film
            observed = observe(seen, found, planned.segments, observer, run.store, progress, failed)
            every = settings.describer.second_look
            observed = again_at(seen, observed, observer, every, run.store, progress, texts, found.cuts)
        with watch("describe"):
            speak = cached_voice(narrator.voice, narrator.lexicon, run.store)
            tag, fastest = narrator.language, settings.voice.fastest
            doubter = Doubter(observer, known, tag, settings.describer.doubt)
            drafts = write_lines(observed, doubter, speak, fastest, run.store, progress, failed, texts)
            outcomes = tuple(place_lines(drafts, found.gaps, found.cuts, speak, fastest))
        notes = (*why, *narrator.notes, *describer_notes(observer, outcomes, observed, known))
        doubts = doubter.doubts(outcomes, observed)
        return run.publish(found, found.gaps, outcomes, notes, observer, planned.verdicts, doubts)


def describe(
    film: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings = DEFAULT,
    progress: Progress = silent,
    *,
    ask: Ask | None = None,
) -> Result:
    """Film -> script only. The voice is asked for each line's length, so that every line fits its gap."""
    return make(film, subtitles, output, settings, progress, sound=False, ask=ask)


def render(
    film: str | Path,
    script: str | Path,
    subtitles: str | Path | None = None,
    output: str | Path | None = None,
    settings: Settings = DEFAULT,
    progress: Progress = silent,
    *,
    ask: Ask | None = None,
) -> Result:
    """Voice and mix a script that a person wrote or changed. Only changed lines are voiced again.

    Each line is spoken where it stands, and none over the dialogue that is detected or in `subtitles` (a file, or None
    for the film's own, if it has any). The script itself is never written to: as it is spoken it stands in
    `<stem>.ad.vtt` or, where that is the script that was given, in `<stem>.ad.spoken.vtt`. Raises an
    `AudiodescError` for everything that a user can act on.
    """
    watch, given = Stopwatch(progress), Path(script)
    with watch("probe"):
        source = read_source(Path(film), _path(subtitles), settings, optional=True)
        fps, code = partial(frame_rate, source.film), partial(count_of, source.film, settings.deliver)
        read = read_script(given, fps, hint(settings.dialogue, source.track), settings.options, code)
        written = to_speak(read, given)
        language = of_texts(line.text for line in written)
        narrator = _narrator(settings, source, ask, progress, script=language)
        order = _order(source, settings, sound=True)
    with _run(source, narrator, order, settings, watch, output, given) as run:
        found = analyse(run.source, settings, run.store, watch)
        gaps = found.gaps_for_script(settings.plan)
        segments = script_segments([line.span for line in written], gaps, found.dialogue.texts)
        with watch("speak"):
            speak = cached_voice(narrator.voice, narrator.lexicon, run.store)
            lines = list(zip(written, segments, strict=True))
            with spoken_ahead((line.text for line in written), speak) as quick:
                placed = place_script_lines(lines, quick, settings.voice.fastest, gaps, found.duration_ms)
                outcomes = counted(placed, len(lines), "speak", progress)
        faults = (*script_notes(read.faults, given), *_unknown(found))
        notes = (*faults, *narrator.notes, *moved(outcomes, run.names["script"]))
        usable = tuple(gap for gap in gaps if gap.span.duration_ms >= settings.plan.shortest_ms)
        return run.publish(found, usable, outcomes, notes)


@dataclass(frozen=True, slots=True)
class _Order:
    """The deliverables, whether any is made of the sound, and what the film's copy loses."""

    rows: Rows
    sound: bool
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that holds its folder: what it reads, who speaks, and the files that it writes."""

    source: FilmSource
    narrator: Narrator
    order: _Order
    names: Mapping[str, str]
    settings: Settings
    folder: ProjectFolder
    watch: Stopwatch
    script: Path | None

    @property
    def store(self) -> Store:
        return self.folder.store

    def publish(
        self,
        found: FilmAnalysis,
        gaps: Sequence[Gap],
        outcomes: tuple[Outcome, ...],
        notes: Iterable[Note],
        observer: Describer | None = None,
        verdicts: tuple[Verdict, ...] = (),
        doubts: tuple[Doubt, ...] | None = None,
    ) -> Result:
        """Mix and write what is described, by `observer` or, where it is None, by a person."""
        source = self.source
        every = (*source.notes, *found.dialogue.notes, *notes, *noise_notes(outcomes), *self.order.notes)
        limits = f"{observer.label} {observer.limits}" if observer and observer.limits else ""
        known, cuts = found.dialogue, found.cuts
        described = Described(
            source.film, source.track, known, tuple(gaps), outcomes, every, cuts, verdicts, limits, doubts
        )
        stem, script = source.film.path.stem, self.names["script"]
        old = outdated(self.folder.folder, stem, script, self.script) if self.order.sound else ()
        taken = {"track": name(source.film, source.track), "why": source.programme.why} if source.track else None
        author = {"describer": "human"}
        if observer:
            author = {"describer": observer.fingerprint, "describer_label": observer.label}
        chosen = {**author, "programme": taken, **self.narrator.reported()}
        return finish(described, self.settings, chosen, self.order.rows, self.names, self.folder, self.watch, old)


@contextmanager
def _run(
    source: FilmSource,
    narrator: Narrator,
    order: _Order,
    settings: Settings,
    watch: Stopwatch,
    output: str | Path | None,
    script: Path | None = None,
) -> Iterator[_Run]:
    """Hold the folder, with names that can be written, for this film as it is now."""
    film = source.film
    with hold_folder(Path(output) if output else film.path.with_name(f"{film.path.stem}.ad")) as folder:
        names = file_names(order.rows, film, settings.deliver, script_name(folder.folder, film.path.stem, script))
        folder.claim(list(names.values()), settings.run.force)
        with watch("hash"):
            film = with_content(film, folder.store, watch.progress)
        if not settings.run.force:
            check_film(folder.folder / names["report"], film)
        yield _Run(replace(source, film=film), narrator, order, names, settings, folder, watch, script)


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


def _order(source: FilmSource, settings: Settings, *, sound: bool) -> _Order:
    """What is to be written. Raises an AudiodescError where it cannot be made."""
    rows = wanted_rows(settings, sound=sound)
    if not sound:
        return _Order(rows, sound)
    lost = tuple(Note("mux", message) for message in check_copy(source.film))
    check_sound(source.track, settings.sound, settings.deliver.track)
    return _Order(rows, sound, lost)


def _unknown(found: FilmAnalysis) -> Iterator[Note]:
    if found.source and found.source.track and not found.dialogue.is_known:
        yield Note("dialogue", "nothing tells when people speak: a line may lie over dialogue")


def _path(path: str | Path | None) -> Path | None:
    return Path(path) if path else None


def _context(settings: Settings) -> FilmContext:
    """What the user says of the film, read once: its files may change during a run."""
    chosen = settings.describer
    return FilmContext(chosen.context, read_cast(Path(chosen.cast)) if chosen.cast else ())


def _describer(
    settings: Settings, known: FilmContext, ask: Ask | None, progress: Progress, film_s: float
) -> tuple[Describer, tuple[Note, ...]]:
    """Who looks, and, where nobody named it, why it is this one."""
    chosen = settings.describer
    options = DescriberOptions(
        server=chosen.server or "",
        model=chosen.model or "",
        parallel=chosen.parallel,
        video={"auto": None, "yes": True, "no": False}[chosen.video],
        serve=chosen.serve,
        local_server=chosen.local_server,
        context=known,
        writer_model=chosen.writer_model or "",
        writer_server=chosen.writer_server or "",
        film_s=film_s,
        downloads=_downloads(settings, ask),
        own=settings.options,
        progress=progress,
    )
    taken = describer(chosen.name, options)
    return taken.describer, (Note("describe", taken.why),) if taken.why else ()
