"""What was described -> the files that a user gets, or what is there already."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from audiodesc.core import cache
from audiodesc.core.choices import reported
from audiodesc.core.formatting import number_of
from audiodesc.core.part import part_name
from audiodesc.core.progress import Stopwatch
from audiodesc.deliver import Rows, deliver, is_script, names_with_sound
from audiodesc.deliver.base import Delivery
from audiodesc.deliver.built_in import REPORT
from audiodesc.deliver.checks import check_space
from audiodesc.deliver.extended import extended_names
from audiodesc.deliver.sound import film_sound_name, mix_sound
from audiodesc.dialogue.combine import Dialogue
from audiodesc.errors import InputError, StrictError
from audiodesc.judge import Criteria, judged, with_reasons
from audiodesc.media.opening import check_unchanged
from audiodesc.media.own_timecode import film_timecode
from audiodesc.mix.streaming import Measured, Places
from audiodesc.model import AudioTrack, Cue, Film, Gap, Note, Outcome, Span, SpokenLine
from audiodesc.narration.doubts import Doubt
from audiodesc.planning import Verdict
from audiodesc.planning.gaps import protected
from audiodesc.project.editing import Edit
from audiodesc.project.folder import ProjectFolder, film_at
from audiodesc.project.lines import ProjectLine
from audiodesc.project.parts import part_judgement
from audiodesc.project.project import Project, open_project
from audiodesc.recordings.kept import recording_handles
from audiodesc.report import as_plain, noted, read_report, report
from audiodesc.report.model import Report, ReportFile
from audiodesc.report.reasons import not_described, silence_reason, unspoken
from audiodesc.report.sound import shortfalls, with_sound
from audiodesc.scripts import spoken_lines
from audiodesc.scripts.lines import Comment
from audiodesc.settings import Settings

__all__ = ["Described", "Edit", "Project", "ProjectLine", "Result", "finish", "open_project"]

Keep = Callable[[Mapping[str, Path]], None]
"""Called with the script files that are written, by name, where they lie until they are published."""

RESULT = 14
"""Version of what is written: raise it when the same lines give another mix, film, report or page."""


@dataclass(frozen=True, slots=True)
class Described:
    """A film with its lines in place, before any sound is made of it. What a person wrote has no verdicts."""

    film: Film
    track: AudioTrack | None
    dialogue: Dialogue
    gaps: tuple[Gap, ...]
    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...]
    cuts: tuple[int, ...]
    verdicts: tuple[Verdict, ...] = ()
    limits: str = ""
    doubts: tuple[Doubt, ...] | None = None
    comments: tuple[Comment, ...] = ()
    part: Span | None = None
    credit: str = ""

    @property
    def cues(self) -> tuple[Cue, ...]:
        return self.dialogue.cues

    @property
    def spoken(self) -> list[SpokenLine]:
        return [outcome.speech for outcome in self.outcomes if outcome.speech]


@dataclass(frozen=True, slots=True)
class Result:
    """What `make`, `describe` and `render` give back.

    `outcomes` holds every segment, in order; `files` maps a kind ("script", "track", "film", "narration",
    "ducked", "page", "report") to its path; `report` is what the report file holds. `changes` has each change that was
    read of a script that a person changed, in one line.
    """

    film: Film
    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...]
    files: Mapping[str, Path]
    report: Report
    changes: tuple[str, ...] = ()

    @property
    def spoken(self) -> tuple[SpokenLine, ...]:
        """The lines that are heard, in order."""
        return tuple(outcome.speech for outcome in self.outcomes if outcome.speech)

    @property
    def left_out(self) -> tuple[Outcome, ...]:
        """Lines that were written and are not spoken: those that did not fit or could not be voiced."""
        return tuple(outcome for outcome in self.outcomes if outcome.text and not outcome.speech)


def finish(
    described: Described,
    settings: Settings,
    chosen: Mapping[str, Any],
    rows: Rows,
    names: Mapping[str, str],
    place: ProjectFolder,
    watch: Stopwatch,
    keep: Keep,
) -> Result:
    """Make these deliverables under these names, the report last; or, where they are all there from before, nothing.

    `chosen` goes into the report's settings. `keep` is called with the scripts that are written, before these have
    their names. Raises StrictError at the end where lines were left out, or none is spoken, and the settings are
    strict.

    Of a film in which no line is spoken only what needs no sound is written: a track or a film that is called a
    description and has none would mislead people who choose it. Those of an earlier run are removed.
    """
    used = reported(settings) | dict(chosen)
    chosen_how = settings.plan, settings.dialogue, described.limits, settings.stops
    why = list(unspoken(described.gaps, described.outcomes, *chosen_how))
    outdated = set(_older_scripts(place.folder, described.film.path.stem))
    if why:
        outdated |= _misleading(rows, names, described, settings)
        rows = {kind: row for kind, row in rows.items() if not row.needs_sound}
        names = {kind: names[kind] for kind in rows}
        uncopied = [note for note in described.notes if note.stage != "mux"]  # no film is written
        described = replace(described, notes=(*(Note("speak", message) for message in why), *uncopied))
    extended = {part_name(name, described.part) for name in extended_names(described.film)}
    outdated |= extended.difference(names.values())
    drafted = report_of(described, settings, used)
    check_unchanged(described.film)
    key = cache.key(
        "result", RESULT, content=as_plain(drafted), names=names, options=settings.options, comments=described.comments
    )
    made = _already(described, names, key, place)
    made = made or _write(described, settings, drafted, rows, names, key, place, watch, keep)
    place.withdraw(outdated)
    if settings.run.strict and why:
        raise StrictError(not_described(str(described.film.path), why[0]), f"see {made.files['report']}")
    if left_out := settings.run.strict and len(made.left_out):
        raise StrictError(
            f"{described.film.path}: {number_of(left_out, 'line')} {'was' if left_out == 1 else 'were'} left out",
            f"see the reasons in {made.files['report']}",
        )
    return made


def _older_scripts(folder: Path, stem: str) -> Iterator[str]:
    """Names of scripts that an older version wrote beside one that a person had changed."""
    return (path.name for path in folder.iterdir() if path.name.startswith(f"{stem}.ad.spoken."))


def _misleading(rows: Rows, names: Mapping[str, str], described: Described, settings: Settings) -> set[str]:
    """The names of what an earlier run may have made with lines; none where no sound was asked for."""
    with_sound = {names[kind] for kind, row in rows.items() if row.needs_sound}
    known = names_with_sound(described.film, settings.deliver) if with_sound else set()
    return with_sound | {part_name(name, described.part) for name in known}


def report_of(described: Described, settings: Settings, used: Mapping[str, Any]) -> Report:
    """The report before any sound is made, with what `check` finds in the lines."""
    film, outcomes = described.film, described.outcomes
    lines = spoken_lines(one for one in described.spoken if one.line.segment.id != (described.credit or None))
    stops = any(speech.stop_ms for speech in described.spoken)
    criteria = Criteria(extended=stops, language=used["language"], margin_ms=settings.plan.margin_ms)
    judgement = judged(lines, described.dialogue, criteria, duration_ms=film.duration_ms, cuts=described.cuts)
    if described.part:
        judgement = part_judgement(judgement, described.part)
    judgement = with_reasons(judgement, lambda span: silence_reason(span, outcomes))
    known = (described.dialogue, described.gaps, outcomes, described.notes)
    return report(film, used, *known, judgement, described.verdicts, described.doubts, described.part)


def _already(described: Described, names: Mapping[str, str], key: str, place: ProjectFolder) -> Result | None:
    if not all(place.is_ours(name) for name in names.values()):
        return None
    try:
        before = read_report(place.folder / names["report"])
    except InputError:  # of another version
        return None
    if before.key != key:
        return None
    if any(place.hash(names[kind]) != made.fingerprint for kind, made in before.files.items()):
        return None  # a run was stopped between two renames
    files = {kind: place.folder / name for kind, name in names.items()}
    return Result(described.film, described.outcomes, described.notes, files, before)


def _write(
    described: Described,
    settings: Settings,
    made: Report,
    rows: Rows,
    names: Mapping[str, str],
    key: str,
    place: ProjectFolder,
    watch: Stopwatch,
    keep: Keep,
) -> Result:
    paths = {kind: place.partial(name) for kind, name in names.items()}
    film = described.film
    check_space(rows.values(), film, settings, place.folder, described.part)
    delivery = delivery_of(described, settings, made, names, place, watch)
    if any(row.needs_sound for row in rows.values()):
        measured = mix_sound(delivery, rows.values(), _places(described), paths, place.store)
        delivery = replace(delivery, measured=measured, report=_with_sound(described, made, measured, settings))
    delivery = deliver(rows, delivery, paths)
    written = {"report": paths["report"], **delivery.files}
    made = replace(
        noted(delivery.report, _kept(place.kept(names[kind] for kind in written))),
        seconds={stage: round(seconds, 2) for stage, seconds in watch.seconds.items()},
        files={
            kind: ReportFile(name=names[kind], fingerprint=place.written_hash(path))
            for kind, path in delivery.files.items()
        },
        film_at=film_at(film),
        key=key,
    )
    REPORT.write(replace(delivery, report=made), paths["report"])
    place.claim([names[kind] for kind in written], settings.run.force)  # again: somebody may have edited one meanwhile
    check_unchanged(film)
    scripts = {kind for kind, row in rows.items() if is_script(row)}
    keep({names[kind]: path for kind, path in written.items() if kind in scripts})
    order = sorted(written, key=lambda kind: kind == "report")  # it vouches for the others
    place.publish({names[kind]: paths[kind] for kind in order})
    files = {kind: place.folder / names[kind] for kind in names if kind in written}
    return Result(film, described.outcomes, described.notes, files, made)


def delivery_of(
    described: Described,
    settings: Settings,
    made: Report,
    names: Mapping[str, str],
    place: ProjectFolder,
    watch: Stopwatch,
) -> Delivery:
    """What deliverables of these names are made from, before any is written."""
    return Delivery(
        film=described.film,
        track=described.track,
        outcomes=described.outcomes,
        language=made.language,
        settings=settings,
        names=names,
        folder=place.folder.resolve().name,
        film_sound=place.partial(part_name(film_sound_name(described.film), described.part)),
        watch=watch,
        report=made,
        timecode=film_timecode(described.film, settings.deliver),
        comments=described.comments,
        store=place.store,
        part=described.part,
        handles=partial(recording_handles, place.hidden, place.store),
    )


def _places(described: Described) -> Places:
    """Where nobody may speak, where the film's dialogue is, and where subtitles stood."""
    known, duration_ms = described.dialogue, described.film.duration_ms
    return Places(
        protected(known.cues, duration_ms, 0, known.protected),
        protected([cue for cue in known.cues if cue.kind == "speech"], duration_ms, 0),
        protected(known.subtitles, duration_ms, 0),
    )


def _with_sound(described: Described, made: Report, measured: Measured, settings: Settings) -> Report:
    """The report with what was measured of the sound, and with what is not as it was to be."""
    notes = [Note("mix", message) for message in shortfalls(measured, settings.sound)]
    if described.track and measured.before.programme.integrated_lufs == -math.inf:
        notes.insert(0, Note("listen", "the film's sound is silent from beginning to end"))
    lossless, known = settings.deliver.track != "m4a", described.dialogue.is_known
    begins_ms = described.part.start_ms if described.part else 0
    heard = with_sound(made, measured, settings.sound, begins_ms, lossless=lossless, dialogue_known=known)
    return noted(heard, notes)


def _kept(kept: Mapping[str, str]) -> Iterator[Note]:
    for name, other in kept.items():
        if other:
            yield Note("mux", f"{name} was changed, or made by someone else: it is kept as {other}")
