"""The `audiodesc.toml` of a watched folder: what a job file holds, a table [watch], and two keys of [batch]."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from audiodesc.batch.listing.values import as_json, check_choices, merged, with_whole_paths
from audiodesc.core.toml import FORM, job_values, read_toml
from audiodesc.errors import AudiodescError, InputError, UsageError
from audiodesc.settings import Settings

FILE: Final = "audiodesc.toml"
LONGEST_WAIT_S: Final = 7 * 86_400
STILL_S: Final = 1.0
"""A change of the file counts once it stood still for so long."""

After = Literal["keep", "move"]
WATCH: Final[Mapping[str, type]] = {"subtitles": str, "after": str}
BATCH: Final[Mapping[str, type]] = {"preset": str, "exclude": list}


@dataclass(frozen=True, slots=True)
class FolderChoices:
    """The choices for the films of a folder, as a job file has them, and those of its table [watch].

    `wait_s`: how long a film without subtitles waits for some, None for as long as it takes. `takes_subtitles`: those
    beside a film are used. `after`: the film stays, or is moved to its results. Films whose names fit a pattern of
    `exclude` are none.
    """

    choices: Mapping[str, Any] = field(default_factory=dict)
    wait_s: float | None = 0.0
    takes_subtitles: bool = True
    after: After = "keep"
    exclude: tuple[str, ...] = ()


def read_choices(path: Path) -> FolderChoices:
    """The choices in a file. Raises InputError and UsageError, which name it."""
    table = read_toml(path, "give a file that can be read", FORM)
    watch, batch = _table(table, "watch", WATCH, path), _table(table, "batch", BATCH, path)
    given = with_whole_paths(job_values(table, Settings, str(path)), path.parent)
    choices = as_json(_with_preset(batch.get("preset", ""), given, path))
    check_choices(choices, str(path))
    after = watch.get("after", "keep")
    if after not in ("keep", "move"):
        raise UsageError(f"{path}: watch.after is {after!r:.60}", "choose one of: keep, move")
    dialogue = choices.get("dialogue", {})
    of_film = dialogue.get("subs") is False or dialogue.get("subs_track") is not None
    wait_s, takes = _waiting(watch.get("subtitles", "beside"), path)
    exclude = tuple(batch.get("exclude", ()))
    return FolderChoices(choices, wait_s, takes and not of_film, "move" if after == "move" else "keep", exclude)


def _table(tables: dict[str, Any], name: str, types: Mapping[str, type], path: Path) -> dict[str, Any]:
    """A table that is no choices, taken out of those of the file."""
    table = tables.pop(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: {name} is {table!r:.60}", f"write it as a table: [{name}]")
    for key, value in table.items():
        if key not in types:
            remedy = "give the command --outbox" if key == "output" else f"there are: {', '.join(types)}"
            raise UsageError(f"{path}: there is no {name}.{key}", remedy)
        if type(value) is not types[key] or (
            isinstance(value, list) and not all(isinstance(one, str) for one in value)
        ):
            wanted = "text" if types[key] is str else "a list of texts"
            raise UsageError(f"{path}: {name}.{key} is {value!r:.60}", f"give {wanted}")
    return table


def _with_preset(preset: str, given: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    if not preset:
        return given
    from audiodesc.presets import layers

    try:
        under, over = layers(preset, [dict(given)])
    except UsageError as error:
        raise UsageError(f"{path}: {error.fault}", error.remedy) from error
    return merged(under, given, over)


def _waiting(value: Any, path: Path) -> tuple[float | None, bool]:
    """How long subtitles are waited for, and whether they count."""
    known: dict[Any, tuple[float | None, bool]] = {"beside": (0.0, True), "needed": (None, True), "no": (0.0, False)}
    if isinstance(value, str) and value in known:
        return known[value]
    word, _, number = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if word == "wait" and number.isascii() and number.isdigit() and int(number) <= LONGEST_WAIT_S:
        return float(number), True
    raise UsageError(
        f"{path}: watch.subtitles is {value!r:.60}", 'choose one of: "beside", "wait 60" (seconds), "needed", "no"'
    )


_Stamp = tuple[int, ...] | None
"""A file as it is: size, times, inodes, and the owners of the file and of a link to it; None where there is none, ()
where the disk does not say."""


class ChoicesFile:
    """The choices of a folder, read anew when the file changed and stands still.

    `path` is the folder's own file, which may be missing, and must be of this user or of root: who puts films into the
    folder does not choose how they are made. `instead` is a file elsewhere, which counts in its place.
    """

    def __init__(self, path: Path, instead: Path | None = None) -> None:
        self._path, self._is_own = instead or path, instead is None
        self._stamp: _Stamp | Literal["unread"] = "unread"
        self._next: tuple[_Stamp, float] | None = None
        self._found: FolderChoices | AudiodescError = FolderChoices()

    def now(self, now: float) -> tuple[FolderChoices | AudiodescError, bool]:
        """The choices as they are, or what is wrong with them; and whether they changed since they were read. `now` is
        in seconds of a clock that never goes back."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            self._next = None
            return self._found, False
        if self._stamp != "unread":
            if self._next is None or self._next[0] != stamp:
                self._next = stamp, now
            if now < self._next[1] + STILL_S:
                return self._found, False
        self._next, self._stamp = None, stamp
        try:
            self._found = self._read(stamp)
        except AudiodescError as error:
            self._found = error
            if isinstance(error.__cause__, OSError):
                self._stamp = "unread"
        return self._found, True

    @property
    def due(self) -> float | None:
        """When a change counts if there is no other, None where there is none."""
        return self._next[1] + STILL_S if self._next else None

    def _read(self, stamp: _Stamp) -> FolderChoices:
        if stamp is None and self._is_own:
            return FolderChoices()
        ours = {0, os.geteuid()} if hasattr(os, "geteuid") else None
        if stamp and self._is_own and ours and not ours.issuperset(stamp[-2:]):
            raise UsageError(
                f"{self._path} belongs to another user", "give it to the user who runs this, or give --choices FILE"
            )
        found = read_choices(self._path)
        if _stamp(self._path) != stamp:
            raise InputError(f"{self._path} changes", "wait until it is written") from OSError()
        return found


def _stamp(path: Path) -> _Stamp:
    try:
        own, at = path.lstat(), path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return ()
    return at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino, own.st_ino, at.st_uid, own.st_uid
