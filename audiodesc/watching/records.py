"""What was made of the films of a watched folder, kept over restarts: which film, as it was then, became which job."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from audiodesc.core.files import read_whole
from audiodesc.errors import ProjectError
from audiodesc.watching.arrivals import Seen, Whole
from audiodesc.watching.moving import written_whole

FILE: Final = "watch.json"
LARGEST: Final = 200_000_000
FORM: Final = 1
GONE_KEPT: Final = 2_000
"""Of films that are not there any more, the last so many are known when they come back."""

Outcome = Literal["", "made", "same", "cancelled", "quarantined"]
"""What came of a film: nothing so far; it is made; its content is that of another, which is made; a person cancelled
it; it failed and lies in the quarantine."""


@dataclass(frozen=True, slots=True)
class Record:
    """A film by its path in the folder, as it and its subtitles were when its job was put, and the job: its number in
    the batch's state, the folder in which its results are made, and the one in which they are then."""

    film: str
    seen: Seen
    subtitles: Mapping[str, Seen] = field(default_factory=dict)
    id: int = 0
    output: str = ""
    outcome: Outcome = ""
    published: str = ""

    def is_of(self, whole: Whole) -> bool:
        """Whether film and subtitles are as they were."""
        return whole.is_as(self.seen, self.subtitles)


class Records:
    """The records of a folder, in the folder of its batch. Raises ProjectError for a file that is damaged or newer."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._records: dict[str, Record] = {}
        self._open: dict[str, None] = {}
        self._sizes: dict[int, dict[str, None]] = {}
        self._outputs: dict[str, dict[str, None]] = {}
        with suppress(FileNotFoundError):
            for record in _read(self._path):
                self.put(record)
        self._is_changed = False

    def open(self) -> list[Record]:
        """Those of films that are not seen to."""
        return [self._records[film] for film in list(self._open)]

    def of_size(self, size: int) -> list[Record]:
        """Those of films of so many bytes."""
        return [self._records[film] for film in self._sizes.get(size, ())]

    def at(self, output: str) -> list[Record]:
        """Those of films whose results are made in this folder."""
        return [self._records[film] for film in self._outputs.get(output, ())]

    def get(self, film: str) -> Record | None:
        """That of a film by its path in the folder."""
        return self._records.get(film)

    def put(self, record: Record) -> None:
        """Keep it in the place of the film's last one."""
        self.drop(record.film)  # the last that changed is last
        self._records[record.film] = record
        self._sizes.setdefault(record.seen.size, {})[record.film] = None
        if record.outcome in ("", "made"):
            self._outputs.setdefault(record.output, {})[record.film] = None
        if not record.outcome:
            self._open[record.film] = None
        self._is_changed = True

    def drop(self, film: str) -> None:
        """Forget a film."""
        if record := self._records.pop(film, None):
            self._sizes.get(record.seen.size, {}).pop(film, None)
            self._outputs.get(record.output, {}).pop(film, None)
            self._open.pop(film, None)
            self._is_changed = True

    def save(self, there: Collection[str]) -> list[Record]:
        """Write what changed; of films that are not `there` only the last ones. Those that were dropped, and whose jobs
        no other record has. Raises OSError."""
        if not self._is_changed:
            return []
        gone = [one for one in self._records.values() if one.film not in there and one.outcome]
        dropped = gone[: max(0, len(gone) - GONE_KEPT)]
        for one in dropped:
            self.drop(one.film)
        text = json.dumps({"form": FORM, "films": [asdict(one) for one in self._records.values()]})
        written_whole(self._path, text)
        self._is_changed = False
        kept = {one.id for one in self._records.values()} if dropped else set()
        return [one for one in dropped if one.id not in kept]


def _read(path: Path) -> list[Record]:
    try:
        found = json.loads(read_whole(path, LARGEST))
        if found["form"] > FORM:
            raise ProjectError(f"{path} was written by a newer audiodesc", "use that one")
        return [_record(one) for one in found["films"]]
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ProjectError(
            f"{path} cannot be read ({type(error).__name__})", "move it away: all films are looked at anew"
        ) from error


def _record(values: Mapping[str, Any]) -> Record:
    if values["outcome"] not in get_args(Outcome):
        raise ValueError(values["outcome"])
    subtitles = {name: Seen(**seen) for name, seen in values["subtitles"].items()}
    return Record(**{**values, "seen": Seen(**values["seen"]), "subtitles": subtitles})
