"""An existing described track, put onto a film: found in it, brought onto its clock, and written as deliverables."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from audiodesc.alignment.aligning import aligned
from audiodesc.alignment.delivering import aligned_feed, aligned_rows, as_described, check_sounds, delivered
from audiodesc.alignment.model import Alignment, Piece
from audiodesc.alignment.narration import Narrated, narrated
from audiodesc.alignment.output import as_json
from audiodesc.alignment.sources import Sound, check_audible, described_sound, listened
from audiodesc.alignment.transcript import comments, transcribed
from audiodesc.core.languages import tag
from audiodesc.core.progress import Progress, Stopwatch, silent
from audiodesc.deliver import file_names
from audiodesc.deliver.checks import check_rows, check_space
from audiodesc.errors import InputError, UsageError
from audiodesc.media.opening import check_unchanged, with_content
from audiodesc.media.probe import probe
from audiodesc.media.programme import name, programme
from audiodesc.model import Outcome
from audiodesc.project.folder import HIDDEN, ProjectFolder, hold_folder
from audiodesc.project.store import open_store
from audiodesc.recordings.transcribing import Transcribe, transcriber
from audiodesc.settings import Settings

__all__ = ["Aligned", "Alignment", "Narrated", "Piece", "align"]

DEFAULT = Settings()
LEAST_SHARE = 0.25
"""Where less than this share of the shorter one of the two is in the other, it is of another film."""

LEAST_SIMILARITY = 0.12
"""A choice, between what was seen of the same film under noise and as MP3 (from 0.25) and of another (under 0.05)."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """What `align` gives back: how the track lies on the film, where it narrates and at which level it came, the files
    by deliverable ("alignment" is the JSON), and notes on what was written."""

    alignment: Alignment
    narrated: Narrated
    files: Mapping[str, Path]
    notes: tuple[str, ...] = ()


def align(
    described: str | Path,
    film: str | Path,
    output: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
    *,
    track: int | str | None = None,
    asr: str | None = None,
) -> Aligned:
    """Put a described track, a full mix of another copy of the film, onto this film, and write it as deliverables.

    `described` is a file of sound or a film, of which `track` is used: None for the one that is marked as description,
    or else its programme. Files go to `output`, by default the folder `<stem>.aligned` beside the film. The film's own
    sound stays as it is and is heard where the track has no part of the film. `asr` is the folder or the name of a
    Whisper model on this disk, None for one in the user's cache, if any.

    Raises an `AudiodescError` for everything that a user can act on: InputError for a track of another film.
    """
    settings, watch = settings or DEFAULT, Stopwatch(progress)
    with watch("probe"):
        theirs, ours = described_sound(Path(described), track), _film_sound(Path(film), settings)
        language = settings.voice.language or tag(theirs.track.language) or tag(ours.track.language)
        hears = transcriber(asr, language)
        rows = aligned_rows(settings, has_words=hears is not None)
        check_sounds(rows, ours, theirs, settings)
        lost = check_rows(rows.values(), ours.film, settings)
    names = file_names(rows, ours.film, settings.deliver)
    folder = Path(output) if output else ours.film.path.with_name(f"{ours.film.path.stem}.aligned")
    with _held(folder) as place:
        names_all = {**names, "alignment": f"{ours.film.path.stem}.align.json"}
        place.claim(names_all.values(), settings.run.force)
        check_space(rows.values(), ours.film, settings, folder)
        with watch("hash"):
            ours = replace(ours, film=with_content(ours.film, place.store, progress))
        alignment, found = _found(ours, theirs, watch)
        with TemporaryDirectory(prefix="audiodesc-") as clips:
            outcomes = _lines(theirs, alignment, found, hears, Path(clips), watch) if hears else ()
            about = () if hears else comments(found.spans)
            feed = aligned_feed(ours, theirs, alignment, found.gain_db, settings)
            described_film = as_described(ours, outcomes, about, lost, settings)
            written = delivered(described_film, feed, language, settings, rows, names, place, watch)
        json_path = place.partial(names_all["alignment"])
        json_path.write_text(as_json(alignment, found, _about(ours, theirs)), "utf-8")
        files = {**written.files, "alignment": json_path}
        check_unchanged(ours.film)
        check_unchanged(theirs.film)
        place.claim([names_all[kind] for kind in files], settings.run.force)
        place.publish({names_all[kind]: path for kind, path in files.items()})
    notes = tuple(note.message for note in written.report.notes)
    return Aligned(alignment, found, {kind: folder / names_all[kind] for kind in files}, notes)


def _film_sound(path: Path, settings: Settings) -> Sound:
    film = probe(path)
    found = programme(film, settings.dialogue.audio_track).track
    if found is None or found.empty:
        raise InputError(f"{path} has no sound with which a track could be aligned", "give a film with its sound")
    return Sound(film, found)


def _found(ours: Sound, theirs: Sound, watch: Stopwatch) -> tuple[Alignment, Narrated]:
    """How the track lies on the film, and where it narrates. Raises InputError for one of another film."""
    with watch("hear"), listened(ours, theirs, watch.progress) as (own, other):
        check_audible(own, other, (ours.film.path, theirs.film.path))
        with watch("align"):
            found = aligned(own, other)
            _check(found, ours, theirs)
            return found, narrated(own, other, found)


def _check(found: Alignment, ours: Sound, theirs: Sound) -> None:
    share = found.matched_s / max(1e-9, min(found.film_s, found.described_s)) if found.pieces else 0.0
    if share < LEAST_SHARE or found.similarity < LEAST_SIMILARITY:
        how = f"{share:.0%} of it is found in the film" if share else "nothing of it is found in the film"
        alike = f", {found.similarity:.2f} alike where {LEAST_SIMILARITY} is the least" if share >= LEAST_SHARE else ""
        raise InputError(
            f"{theirs.film.path} is not a described track of {ours.film.path.name} ({how}{alike})",
            "give the track of this film, or choose another with --described-track",
        )


def _lines(
    theirs: Sound, alignment: Alignment, found: Narrated, hears: Transcribe, folder: Path, watch: Stopwatch
) -> tuple[Outcome, ...]:
    with watch("transcribe"):
        return transcribed(theirs, alignment, found.spans, hears, folder, watch.progress)


def _about(ours: Sound, theirs: Sound) -> dict[str, object]:
    def of(sound: Sound) -> dict[str, object]:
        film = sound.film
        return {"name": film.path.name, "duration_s": sound.seconds, "track": name(film, sound.track)}

    return {"film": of(ours), "described": of(theirs)}


@contextmanager
def _held(folder: Path) -> Iterator[ProjectFolder]:
    """The folder, held; one that was not there goes again where the work fails. Raises UsageError for the folder of a
    project, whose files its own runs write."""
    if folder.is_dir() and (store := open_store(folder / HIDDEN)):
        store.close()
        raise UsageError(f"{folder} is a project, whose files its own runs write", "give another folder with -o")
    is_new = not folder.exists()
    try:
        with hold_folder(folder) as place:
            yield place
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise
