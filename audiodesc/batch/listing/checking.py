"""The check of a whole list before the first second of work: every problem of every film."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audiodesc.batch.film_work import failed_film
from audiodesc.batch.listing.check_model import DiskNeed, ListCheck, ListFault, ToFetch
from audiodesc.batch.listing.choice_check import ChoiceCheck, check_settings
from audiodesc.batch.listing.lengths import FilmLength, Lengths
from audiodesc.batch.listing.model import Listing
from audiodesc.batch.listing.names import is_url
from audiodesc.batch.listing.outputs import check_output, disk_needs, same_folders
from audiodesc.batch.listing.pilot import Pilot, estimated_s
from audiodesc.batch.listing.values import choices_key, film_settings
from audiodesc.batch.model import FailedFilm, FilmJob
from audiodesc.core.downloads import shown_size
from audiodesc.core.files import opened
from audiodesc.errors import AudiodescError, SubtitleError
from audiodesc.settings import Settings


def check_list(
    listing: Listing,
    folder: Path | None = None,
    settings: Settings | None = None,
    *,
    pilot: Pilot | None = None,
    at_once: float = 1.0,
) -> ListCheck:
    """What would keep the films of a list from being made, and what they would take. No film is made and no network is
    used; films at URLs are not looked at.

    `folder` is that of the batch, in which the lengths of films are remembered until the next check; None: nowhere.
    `settings` are those of the whole batch: without its `run.yes` a note says what would be asked for. `pilot` is a
    film that was made, from which the time is estimated, with so many films `at_once`. Raises nothing for a film that
    cannot be used: that is a fault of it.
    """
    return _Check(listing.jobs, settings or Settings()).checked(listing.notes, folder, pilot, at_once)


@dataclass(slots=True)
class _Check:
    """A check under way: what was found of each film."""

    jobs: Sequence[FilmJob]
    settings: Settings
    faults: list[ListFault] = field(default_factory=list)
    unusable: dict[int, FailedFilm] = field(default_factory=dict)
    _chosen: dict[str, Settings | None] = field(default_factory=dict)
    _texts: dict[str, AudiodescError | None] = field(default_factory=dict)

    def checked(self, notes: Sequence[str], folder: Path | None, pilot: Pilot | None, at_once: float) -> ListCheck:
        chosen = [self._settings(job) for job in self.jobs]
        lengths = self._measure(chosen, folder)
        for number, job in enumerate(self.jobs):
            self._check_texts(number, job)
            self._check_output(number, job)
        longest_s = max((length.duration_ms for length in lengths.values()), default=0) / 1000
        total_s = sum(length.duration_ms for length in lengths.values()) / 1000
        of_choices = self._check_choices(chosen, longest_s)
        disks = disk_needs((self.jobs[number].output, length.needed_bytes) for number, length in lengths.items())
        blocking = (*same_folders(self.jobs), *_too_full(disks))
        fetch = tuple(dict.fromkeys(one for check in of_choices for one in check.fetch))
        said = dict.fromkeys(note for check in of_choices for note in check.notes)
        return ListCheck(
            faults=(*blocking, *self.faults),
            notes=(*notes, *said, *self._far(), *_unopened(lengths.values()), *self._to_fetch(fetch)),
            films=len(self.jobs),
            total_s=total_s,
            longest_s=longest_s,
            disks=disks,
            fetch=fetch,
            estimate_s=estimated_s(total_s, longest_s, pilot, at_once) if pilot and pilot.rate else None,
            unusable=tuple((self.jobs[number], failed) for number, failed in sorted(self.unusable.items())),
            blocking=blocking,
        )

    def _settings(self, job: FilmJob) -> Settings | None:
        key = choices_key(job.choices)
        if key not in self._chosen:
            try:
                self._chosen[key] = film_settings(job.choices, job.name)
            except AudiodescError as error:
                self._chosen[key] = None
                self.faults.append(ListFault(job.name, str(error)))
        return self._chosen[key]

    def _measure(self, chosen: Sequence[Settings | None], folder: Path | None) -> dict[int, FilmLength]:
        """What is known of each film that is on a disk and can be read."""
        here = [number for number, job in enumerate(self.jobs) if not is_url(job.film)]
        films = ((Path(self.jobs[number].film), chosen[number] or self.settings) for number in here)
        lengths = {}
        for number, found in zip(here, Lengths(folder).measure(films), strict=True):
            if isinstance(found, FilmLength):
                lengths[number] = found
            else:
                self._fault(number, found)
        return lengths

    def _check_texts(self, number: int, job: FilmJob) -> None:
        path = job.subtitles
        if not path or is_url(path):
            return
        if path not in self._texts:
            self._texts[path] = _text_fault(Path(path))
        if error := self._texts[path]:
            self._fault(number, error)

    def _check_output(self, number: int, job: FilmJob) -> None:
        if is_url(job.output):
            return
        try:
            check_output(job.output)
        except AudiodescError as error:
            self._fault(number, error)

    def _check_choices(self, chosen: Sequence[Settings | None], longest_s: float) -> list[ChoiceCheck]:
        """A check of each set of choices; a fault of one is said once, with the number of films that have it."""
        films: dict[str, list[int]] = defaultdict(list)
        for number, job in enumerate(self.jobs):
            films[choices_key(job.choices)].append(number)
        checks = []
        for numbers in films.values():
            settings = chosen[numbers[0]]
            check = check_settings(settings, longest_s) if settings else ChoiceCheck()
            for error in check.errors:
                first = self.jobs[numbers[0]].name
                name = first if len(numbers) == 1 else f"{first} and {len(numbers) - 1} more"
                self.faults.append(ListFault(name, str(error)))
                for number in numbers:
                    self.unusable.setdefault(number, failed_film(error))
            checks.append(check)
        return checks

    def _fault(self, number: int, error: AudiodescError) -> None:
        self.faults.append(ListFault(self.jobs[number].name, str(error)))
        self.unusable.setdefault(number, failed_film(error))

    def _far(self) -> list[str]:
        far = sum(is_url(job.film) for job in self.jobs)
        what = "1 film is at a URL" if far == 1 else f"{far:,} films are at URLs"
        return [f"{what} and not looked at: length and disk space are not counted"] if far else []

    def _to_fetch(self, fetch: Sequence[ToFetch]) -> list[str]:
        if not fetch or self.settings.run.yes:
            return []
        return [
            f"{', '.join(one.name for one in fetch)} is to be fetched: give --yes, since nobody is asked in a batch"
        ]


def _unopened(lengths: Iterable[FilmLength]) -> list[str]:
    count = sum(length.is_estimated for length in lengths)
    what = "1 film was not opened" if count == 1 else f"{count:,} films were not opened"
    return [f"{what}, since the check took long: length and disk space are estimated from the size"] if count else []


def _text_fault(path: Path) -> AudiodescError | None:
    """What is wrong with a file of subtitles; None where its format is known."""
    import os

    from audiodesc.subtitles import format_of

    try:
        os.close(opened(path))
        format_of(path)
    except AudiodescError as error:
        return error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        return SubtitleError(f"{path} cannot be read ({said})", "give a file of subtitles, or leave it out")
    return None


def _too_full(disks: Sequence[DiskNeed]) -> list[ListFault]:
    return [
        ListFault(
            disk.folder,
            f"{disk.folder}: about {shown_size(disk.needed_bytes)} are needed on this disk, and "
            f"{shown_size(disk.free_bytes)} are free: free some, or give a folder on a larger disk",
        )
        for disk in disks
        if not disk.is_enough
    ]
