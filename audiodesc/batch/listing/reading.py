"""A list of films read: a table, a job file or a folder -> jobs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audiodesc.batch.listing.beside import SubtitleFinder
from audiodesc.batch.listing.folder import read_folder
from audiodesc.batch.listing.job_file import read_job_file
from audiodesc.batch.listing.model import MOST_FILMS, FilmList, Listing, ListRow
from audiodesc.batch.listing.names import FILMS, is_url, normal, output_of, whole
from audiodesc.batch.listing.patterns import is_excluded, is_pattern, matching
from audiodesc.batch.listing.table import read_table
from audiodesc.batch.listing.values import as_json, check_choices, choices_key, merged, with_whole_paths
from audiodesc.batch.model import FilmJob
from audiodesc.core.formatting import shell
from audiodesc.errors import InputError, UsageError

NO_SUBTITLES = "none"
BATCH = ".batch"
ONE_SLASH = re.compile(r"^([a-z][a-z0-9+.-]+):/(?=[^/])", re.IGNORECASE)
"""What a `Path` leaves of the slashes in "s3://bucket"."""


def read_list(path: Path, settings_values: Mapping[str, Any], output: Path | None) -> Listing:
    """The films of a table (`JOB.csv`), of a job file (`job.toml`), or of a folder.

    Of a choice counts what the film's row says, then `settings_values` (by groups and keys, such as the options of a
    command; files in them as seen from here), then what the list says for all films, then a preset. `output` is the
    folder in which each film has one of its own, None for the one that the list names, else beside each film.

    Raises InputError for a list that cannot be read or names no film, and UsageError, which names the file, the row
    and the key, for what is wrong in it. Whether the films are there, `check_list` says.
    """
    try:
        place = Path(normal(path))
        found = _read(path)
        is_folder = path.is_dir()
    except (ValueError, OSError) as error:  # a NUL byte, or too long
        raise InputError(f"{str(path)!r:.200} is no path", "give a list of films, or a folder") from error
    folder = place if is_folder else place.parent
    maker = _Maker(found, folder, with_whole_paths(settings_values, Path.cwd()), _output(found, folder, output))
    jobs = tuple(maker.jobs())
    if not jobs:
        raise InputError(f"{path}: all its films are excluded", "exclude fewer")
    state = place / f"audiodesc{BATCH}" if is_folder else place.with_suffix(BATCH)
    return Listing(jobs, (*found.notes, *maker.notes), state, place)


def _read(path: Path) -> FilmList:
    if path.is_dir():
        return read_folder(path)
    if not os.path.lexists(path):
        raise InputError(f"there is no {path}", "give a list of films (CSV or TOML), or a folder")
    if path.suffix.lower() in FILMS:
        raise UsageError(f"{path} is a film", f"did you mean `audiodesc make {shell(str(path))}`?")
    return read_job_file(path) if path.suffix.lower() == ".toml" else read_table(path)


def _output(found: FilmList, folder: Path, given: Path | None) -> str:
    if given is not None:
        text = ONE_SLASH.sub(r"\1://", str(given))
        return text if is_url(text) else normal(given)
    return whole(found.output, folder, "batch", "output") if found.output else ""


@dataclass(slots=True)
class _Maker:
    """Makes the jobs of a list: `given` are choices for all films, `output` is the folder for all their results."""

    found: FilmList
    folder: Path
    given: Mapping[str, Any]
    output: str
    notes: list[str] = field(default_factory=list)
    _finder: SubtitleFinder = field(default_factory=SubtitleFinder)
    _known: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def jobs(self) -> Iterator[FilmJob]:
        """A job for each film. One that a row names is not named again by a pattern."""
        taken: set[str] = set()
        rows = [(row, is_pattern(row.film, self.folder)) for row in self.found.rows]
        single = {whole(row.film, self.folder, row.where, "film") for row, several in rows if not several}
        for row, several in rows:
            films = matching(row.film, self.folder, row.where) if several else [self._film(row)]
            if several and row.subtitles and row.subtitles.casefold() != NO_SUBTITLES and len(films) > 1:
                fault = f"{row.where}: {row.subtitles!r:.60} are subtitles of {len(films)} films"
                raise UsageError(fault, "give each film a row, or leave the subtitles out")
            for film in films:
                if (several and film in taken | single) or is_excluded(film, self.found.exclude, self.folder):
                    continue
                taken.add(film)
                if len(taken) > MOST_FILMS:
                    raise InputError(f"{row.where}: lists more than {MOST_FILMS:,} films", "give them in parts")
                yield self._job(row, film, several)

    def _film(self, row: ListRow) -> str:
        return whole(row.film, self.folder, row.where, "film")

    def _job(self, row: ListRow, film: str, several: bool) -> FilmJob:
        choices = self._choices(row)
        return FilmJob(
            film=film,
            output=self._place(row, film, several),
            subtitles=self._subtitles(row, film, choices),
            choices=choices,
            series=row.series,
            episode=row.episode,
        )

    def _place(self, row: ListRow, film: str, several: bool) -> str:
        own = whole(row.output, self.folder, row.where, "output") if row.output else ""
        if own and not several:
            return own
        return output_of(film, own or self.output, row.below, self.folder)

    def _choices(self, row: ListRow) -> Mapping[str, Any]:
        """The choices of a row in types of JSON; the same value for all rows that ask for the same."""
        preset = row.preset or self.found.preset
        key = choices_key({"row": row.choices, "preset": preset})
        if key not in self._known:
            common = with_whole_paths(self.found.choices, self.folder)
            layers = (common, self.given, with_whole_paths(row.choices, self.folder))
            made = as_json(_with_preset(preset, layers, row.where))
            check_choices(made, row.where)
            self._known[key] = made
        return self._known[key]

    def _subtitles(self, row: ListRow, film: str, choices: Mapping[str, Any]) -> str:
        if row.subtitles.casefold() == NO_SUBTITLES:
            return ""
        if row.subtitles:
            return whole(row.subtitles, self.folder, row.where, "subtitles")
        dialogue = choices.get("dialogue", {})
        if is_url(film) or not dialogue.get("subs", True) or dialogue.get("subs_track") is not None:
            return ""
        found = self._finder.find(Path(film), choices.get("voice", {}).get("language") or "")
        if found.note:
            self.notes.append(found.note)
        return found.path


def _with_preset(preset: str, given: tuple[Mapping[str, Any], ...], where: str) -> dict[str, Any]:
    if not preset:
        return merged(*given)
    from audiodesc.presets import layers

    try:
        under, over = layers(preset, [merged(*given)])
    except UsageError as error:
        raise UsageError(f"{where}: {error.fault}", error.remedy) from error
    return merged(under, *given, over)
