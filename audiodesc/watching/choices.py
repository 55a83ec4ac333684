"""The `audiodesc.toml` of a watched folder: what a job file holds, a table [watch], and two keys of [batch]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from audiodesc.batch.listing.values import as_json, check_choices, merged, with_whole_paths
from audiodesc.core.toml import FORM, job_values, read_toml
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.settings import Settings

FILE: Final = "audiodesc.toml"
LONGEST_WAIT_S: Final = 7 * 86_400

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
    """The choices in a file; the defaults where there is none. Raises InputError and UsageError, which name it."""
    if not path.exists():
        return FolderChoices()
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


class ChoicesFile:
    """The file of a folder, read anew when it changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | Literal["unread"] | None = "unread"
        self._found: FolderChoices | AudiodescError = FolderChoices()

    def now(self) -> tuple[FolderChoices | AudiodescError, bool]:
        """The choices as they are, or what is wrong with them; and whether they changed since they were read."""
        stamp = self._stamped()
        if stamp == self._stamp:
            return self._found, False
        try:
            self._found = read_choices(self._path)
        except AudiodescError as error:
            self._found = error
        self._stamp = stamp
        return self._found, True

    def _stamped(self) -> tuple[int, int, int] | None:
        try:
            at = self._path.stat()
        except OSError:
            return None
        return at.st_size, at.st_mtime_ns, at.st_ino
