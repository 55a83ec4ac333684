"""A run that holds its folder: what was changed there is read first, what is made is published at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from audiodesc.core.cache import Store
from audiodesc.core.part import part_name, part_of
from audiodesc.core.progress import Stopwatch
from audiodesc.deliver import Rows, file_names, wanted_rows
from audiodesc.deliver.checks import check_rows, check_space
from audiodesc.deliver.sound import check_sound
from audiodesc.dialogue import FilmAnalysis, FilmSource
from audiodesc.dialogue.subtitle_source import hint
from audiodesc.errors import StrictError, UsageError
from audiodesc.media.constant_rate import constant_rate
from audiodesc.media.opening import with_content
from audiodesc.media.own_timecode import count_of
from audiodesc.media.programme import name
from audiodesc.model import Gap, Note, Outcome, Span
from audiodesc.narration.doubts import Doubt
from audiodesc.narration.line_voices import voice_notes
from audiodesc.narration.voice import Narrator, noise_notes
from audiodesc.planning import Verdict
from audiodesc.planning.extend import in_whole_frames
from audiodesc.project import Described, Result, finish
from audiodesc.project.comments import saved_comments
from audiodesc.project.credit import credit_id, update_credit, with_credit
from audiodesc.project.folder import ProjectFolder, check_film, hold_folder, read_folder
from audiodesc.project.lines import HUMAN
from audiodesc.project.parts import part_gaps, part_note, part_outcomes, part_rows, part_verdicts
from audiodesc.project.placing import stage
from audiodesc.project.project import Project, made_project
from audiodesc.project.recorded import Recordings, read_recordings, recordings_of
from audiodesc.project.saved import RENDERED, UNMIXED, save_run, saved_describer
from audiodesc.project.script_files import as_written, published_scripts, read_persons_work, written_scripts
from audiodesc.project.script_reading import Read
from audiodesc.project.target import Target
from audiodesc.project.timeline import save_timeline
from audiodesc.scripts import ScriptFile, read_script
from audiodesc.scripts.known_voices import with_known_voices
from audiodesc.settings import Settings
from audiodesc.subtitles import frame_rate


@dataclass(frozen=True, slots=True)
class Order:
    """The deliverables, what the film's copy loses, and the part of the film that they are of (None: all of it)."""

    rows: Rows
    notes: tuple[Note, ...] = ()
    part: Span | None = None


@dataclass(frozen=True, slots=True)
class More:
    """What only a run that describes knows: why each gap was planned to be used or not, what the describer cannot do by
    its nature, and the doubts about its lines."""

    verdicts: tuple[Verdict, ...] = ()
    limits: str = ""
    doubts: tuple[Doubt, ...] | None = None


NO_MORE = More()


def ordered(source: FilmSource, settings: Settings, *, sound: bool) -> Order:
    """What is to be written. Raises an AudiodescError where it cannot be made."""
    rows, part = wanted_rows(settings, sound=sound), wanted_part(source, settings)
    if part:
        rows = part_rows(rows, settings.deliver.also)
    lost = check_rows(rows.values(), source.film, settings)
    if not sound:
        return Order(rows, lost, part)
    check_sound(rows.values(), source.track, settings)
    return Order(rows, lost, part)


def wanted_part(source: FilmSource, settings: Settings) -> Span | None:
    """The part of the film that is asked for; None for all of it. Raises UsageError for what is none."""
    run, code = settings.run, count_of(source.film, settings.deliver)
    part = part_of(run.part_from, run.part_to, source.film.duration_ms, code)
    if part and settings.stops.extended and settings.stops.extended_form == "cfr":
        remedy = "give --extended-form vfr, or leave out --from and --to"
        raise UsageError("--extended-form cfr is of a whole film", remedy)
    return part


@dataclass(frozen=True, slots=True)
class Run:
    """A run that holds its folder: what it reads, the project, the files that it writes, and what was read of scripts
    that a person changed: `changes` has the changes, `faults` what could not be read."""

    source: FilmSource
    order: Order
    names: Mapping[str, str]
    of: Target
    folder: ProjectFolder
    project: Project
    watch: Stopwatch
    changes: tuple[str, ...]
    faults: tuple[Note, ...]

    @property
    def store(self) -> Store:
        return self.folder.store

    def recordings(self) -> Recordings:
        """The recordings of the project that are spoken."""
        return recordings_of(self.project.lines(), self.folder.folder)

    def read_recordings(self, place: str | Path | None) -> tuple[Note, ...]:
        """Copy recordings from a folder or a long file into the project; give back what is not used of them."""
        if place is None:
            return ()
        count = count_of(self.source.film, self.of.settings.deliver)
        report = self.folder.folder / self.names["report"]
        return read_recordings(self.project, Path(place), count, report, self.of.settings.run.author or "")

    def publish(
        self,
        found: FilmAnalysis,
        narrator: Narrator,
        gaps: Sequence[Gap],
        outcomes: tuple[Outcome, ...],
        notes: Iterable[Note],
        number: int,
        more: More = NO_MORE,
    ) -> Result:
        """Mix and write what comes of the lines as they stood at the change of that number; keep in the project what
        was made of what."""
        source, settings, part = self.source, self.of.settings, self.order.part
        if settings.deliver.credit and not part:
            on, credit = stage(found, narrator, settings, self.store), settings.deliver.credit
            author = settings.run.author or ""
            outcomes, said, number = with_credit(self.project, outcomes, on, credit, author, number)
            notes = (*notes, *said)
        save_run(self.project, source.film, self.of.subtitles, settings)
        save_timeline(self.project, found, narrator.language)
        unusable = voice_notes(narrator, (line.voice for line in self.project.lines()))
        result = self.described(found, gaps, outcomes, (*notes, *unusable, *self.order.notes), more)
        outcomes = result.outcomes
        keep = partial(written_scripts, self.project, number, as_written(outcomes), script_reader(source, settings))
        chosen, rows = self.chosen(narrator, outcomes), self.order.rows
        try:
            made = finish(result, settings, chosen, rows, self.names, self.folder, self.watch, keep)
        except StrictError:  # all is in place
            self._keep_rendered(number)
            raise
        published_scripts(self.project, self.names.values())
        self._keep_rendered(number)
        return replace(made, changes=self.changes)

    def _keep_rendered(self, number: int) -> None:
        """Keep of which moment the results with sound are, or that this run made none."""
        if self.order.part:
            return
        is_mixed = any(row.needs_sound for row in self.order.rows.values())
        self.project.put_facts({RENDERED: number, UNMIXED: False} if is_mixed else {UNMIXED: True})

    def described(
        self,
        found: FilmAnalysis,
        gaps: Sequence[Gap],
        outcomes: tuple[Outcome, ...],
        notes: Iterable[Note],
        more: More = NO_MORE,
    ) -> Described:
        """What there is to write of these lines, or of those in the part that is asked for."""
        source, part, stops = self.source, self.order.part, self.of.settings.stops
        if stops.extended and stops.extended_form == "cfr":
            outcomes = in_whole_frames(outcomes, constant_rate(source.film))
        if part:
            outcomes, gaps = part_outcomes(outcomes, part), part_gaps(gaps, part)
            more = replace(more, verdicts=part_verdicts(more.verdicts, outcomes, part), doubts=_own(more, outcomes))
            notes = (part_note(part), *notes)
        every = (*source.notes, *found.dialogue.notes, *notes, *noise_notes(outcomes))
        seen, about = (source.film, source.track, found.dialogue), (more.verdicts, more.limits, more.doubts)
        comments = () if part else saved_comments(self.project)
        last = (comments, part, credit_id(self.project))
        return Described(*seen, tuple(gaps), outcomes, every, found.cuts, *about, *last)

    def chosen(self, narrator: Narrator, outcomes: Sequence[Outcome]) -> dict[str, object]:
        """What the report says of the choices that were left open: programme, voice, describer."""
        source = self.source
        taken = {"track": name(source.film, source.track), "why": source.programme.why} if source.track else None
        others = {one.speech.voice for one in outcomes if one.speech} - {""}
        return {**self._author(outcomes), "programme": taken, **narrator.reported(others)}

    def _author(self, outcomes: Sequence[Outcome]) -> dict[str, str]:
        """Who described, for the report: a describer of which a line is left, else a person."""
        fingerprint, label = saved_describer(self.project)
        if fingerprint and (not outcomes or any(outcome.author != HUMAN for outcome in outcomes)):
            return {"describer": fingerprint, "describer_label": label}
        return {"describer": HUMAN}


def _own(more: More, outcomes: Iterable[Outcome]) -> tuple[Doubt, ...] | None:
    """The doubts about these."""
    ids = {one.segment.id for one in outcomes}
    return None if more.doubts is None else tuple(one for one in more.doubts if one.segment.id in ids)


@contextmanager
def held_run(
    source: FilmSource, order: Order, of: Target, watch: Stopwatch, script: Path | None = None
) -> Iterator[Run]:
    """Hold the folder, with names that can be written, for this film as it is now; read what a person changed in its
    scripts, and the `script` that is given."""
    film, settings = source.film, of.settings
    with hold_folder(of.output) as folder:
        whole = file_names(order.rows, film, settings.deliver)
        names = {kind: part_name(name, order.part) for kind, name in whole.items()}
        new = [row for kind, row in order.rows.items() if not (folder.folder / names[kind]).exists()]
        check_space(new, film, settings, folder.folder, order.part)
        with watch("hash"):
            film = with_content(film, folder.store, watch.progress)
        if not settings.run.force:
            check_film(folder.folder / whole["report"], film)
        with made_project(folder.folder) as project:
            changes, faults = read_persons_work(folder, project, script, script_reader(source, settings), settings.run)
            update_credit(project, settings.deliver.credit, settings.run.author or "")
            folder.claim(list(names.values()), settings.run.force)
            yield Run(replace(source, film=film), order, names, of, folder, project, watch, changes, faults)


@contextmanager
def read_run(source: FilmSource, order: Order, of: Target, watch: Stopwatch) -> Iterator[Run]:
    """Read the project as it stands beside a run that holds its folder: that run reads what a person changes in its
    scripts. Nothing can be published there."""
    with read_folder(of.output) as folder:
        whole = file_names(order.rows, source.film, of.settings.deliver)
        names = {kind: part_name(name, order.part) for kind, name in whole.items()}
        film = with_content(source.film, folder.store, watch.progress)
        with made_project(folder.folder) as project:
            yield Run(replace(source, film=film), order, names, of, folder, project, watch, (), ())


def script_reader(source: FilmSource, settings: Settings) -> Read:
    """Reads scripts of this film, their lines in order of time."""

    def read(path: Path) -> ScriptFile:
        fps, code = partial(frame_rate, source.film), partial(count_of, source.film, settings.deliver)
        found = read_script(path, fps, hint(settings.dialogue, source.track), settings.options, code)
        return with_known_voices(replace(found, lines=tuple(sorted(found.lines, key=lambda line: line.start_ms))))

    return read
