"""Which films of a folder have arrived whole: a function of what each scan of the folder saw and of when that was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from audiodesc.batch.listing.names import is_film_name
from audiodesc.watching.names import marker_of, subtitles_of


@dataclass(frozen=True, slots=True)
class Seen:
    """A regular file as a scan saw it: its size in bytes, when its content changed last, and which file it is."""

    size: int
    mtime_ns: int
    device: int = 0
    inode: int = 0

    def has_content_of(self, other: Seen | None) -> bool:
        """Whether it is unchanged: network disks give another inode to the same file."""
        return other is not None and (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


Snapshot = Mapping[str, Seen]
"""The files of a folder by their paths in it, with "/"."""


@dataclass(frozen=True, slots=True)
class Manner:
    """When a film counts as whole: unchanged, with its subtitles, for `settle_s`; and with a done-marker of this suffix
    beside it, where one is asked for ("" for none).

    `wait_s`: how long a film without subtitles waits for some, None for as long as it takes. `takes_subtitles`: files
    beside the film count; else it never waits for them.
    """

    settle_s: float = 10.0
    marker: str = ""
    wait_s: float | None = 0.0
    takes_subtitles: bool = True


@dataclass(frozen=True, slots=True)
class Whole:
    """A film that has arrived, as it was seen, and what may be its subtitles."""

    film: str
    seen: Seen
    subtitles: Mapping[str, Seen] = field(default_factory=dict)

    def is_as(self, seen: Seen, subtitles: Mapping[str, Seen]) -> bool:
        """Whether film and subtitles are unchanged since they were seen so."""
        return (
            self.seen.has_content_of(seen)
            and self.subtitles.keys() == subtitles.keys()
            and all(one.has_content_of(subtitles[name]) for name, one in self.subtitles.items())
        )


@dataclass(frozen=True, slots=True)
class _Track:
    """A file since when it is as it is, on the monotonic clock in seconds."""

    seen: Seen
    since: float


class Arrivals:
    """The films of a folder that have arrived. It reads no clock and no disk."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self._tracks: dict[str, _Track] = {}
        self._taken: dict[str, Whole] = {}
        self._due: float | None = None
        self._due_unchanged: float | None = None
        self.seen: Snapshot = {}
        """The last that was seen of the folder."""
        self.changed: set[str] = set()
        """Files that changed after they were first seen."""

    def update(self, snapshot: Snapshot, now: float) -> list[Whole]:
        """The films that are whole and were not taken as they are now, in the order of their names.

        `now` is in seconds of a clock that never goes back.
        """
        self._follow(snapshot, now)
        self.seen, dues = snapshot, []
        films = {name for name, seen in snapshot.items() if seen.size and is_film_name(PurePosixPath(name).name)}
        self._taken = {name: one for name, one in self._taken.items() if name in films}
        beside = subtitles_of(films, snapshot) if self.manner.takes_subtitles else {}
        found = []
        for film in sorted(films):
            whole = Whole(film, snapshot[film], {name: snapshot[name] for name in beside.get(film, ())})
            taken = self._taken.get(film)
            if taken and whole.is_as(taken.seen, taken.subtitles):
                continue
            at = self._whole_at(whole, snapshot)
            if at is not None and at <= now:
                found.append(whole)
            elif at is not None:
                dues.append((at, self.changed.isdisjoint((film, *whole.subtitles))))
        self._due = min((at for at, _ in dues), default=None)
        self._due_unchanged = min((at for at, is_still in dues if is_still), default=None)
        return found

    def take(self, whole: Whole) -> None:
        """This film is seen to: it is not named again unless it, or its subtitles, change."""
        self._taken[whole.film] = whole

    def forget(self, film: str) -> None:
        """Name this film again."""
        self._taken.pop(film, None)

    def forget_all(self) -> None:
        """Name all films again."""
        self._taken.clear()

    @property
    def due(self) -> float | None:
        """When the next film will be whole if nothing changes, None where none will."""
        return self._due

    @property
    def due_unchanged(self) -> float | None:
        """The same among films that did not change since they were first seen."""
        return self._due_unchanged

    def _follow(self, snapshot: Snapshot, now: float) -> None:
        before, self._tracks = self._tracks, {}
        for name, seen in snapshot.items():
            known = before.get(name)
            if known and seen.has_content_of(known.seen):
                self._tracks[name] = known
                continue
            self._tracks[name] = _Track(seen, now)
            if known:
                self.changed.add(name)

    def _is_marked(self, whole: Whole, snapshot: Snapshot) -> bool:
        """Whether a done-marker is there that is no older than the film: one of an earlier film does not count."""
        marker = marker_of(whole.film, self.manner.marker, snapshot)
        return bool(marker) and snapshot[marker].mtime_ns >= whole.seen.mtime_ns

    def _whole_at(self, whole: Whole, snapshot: Snapshot) -> float | None:
        """When a film is whole if nothing changes; None where something must come first."""
        manner, since = self.manner, self._tracks[whole.film].since
        if manner.marker and not self._is_marked(whole, snapshot):
            return None
        if any(not seen.size for seen in whole.subtitles.values()):
            return None  # a file that is written has no content at first
        if whole.subtitles or not manner.takes_subtitles:
            return max([since, *(self._tracks[name].since for name in whole.subtitles)]) + manner.settle_s
        return None if manner.wait_s is None else since + max(manner.settle_s, manner.wait_s)
