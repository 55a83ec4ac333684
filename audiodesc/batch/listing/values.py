"""Choices of a row: columns and keys -> values of `Settings` by groups and names, checked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final, get_origin

from audiodesc.batch.listing.names import expanded, is_url
from audiodesc.core.choices import Field, choices, fault
from audiodesc.core.toml import job_values, settings_of
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

FILM, SUBTITLES, OUTPUT, SERIES, EPISODE, PRESET = "film", "subtitles", "output", "series", "episode", "preset"
OWN: Final = (FILM, SUBTITLES, OUTPUT, SERIES, EPISODE, PRESET)
"""What a row says besides choices."""

OTHER_NAMES: Final[Mapping[str, str]] = {
    "subs": SUBTITLES, "profile": PRESET, "deliver_for": PRESET, "lang": "language", "folder": OUTPUT,
}  # fmt: skip

SHORT: Final[Mapping[str, str]] = {
    "language": "voice.language", "describer": "describer.name", "voice": "voice.name", "loudness": "sound.loudness",
    "deliver": "deliver.also", "cast": "describer.cast", "context": "describer.context", "lexicon": "voice.lexicon",
}  # fmt: skip
"""Columns that stand for a key."""

YES, NO = {"true", "yes", "on", "1", "x"}, {"false", "no", "off", "0"}
MINUS = str.maketrans(dict.fromkeys("−–﹣－", "-"))
FILES: Final = (("describer", "cast"), ("voice", "lexicon"))
"""Choices that name a file."""

NAMES_OR_FILES: Final = (("voice", "name"), ("describer", "name"))
"""Choices that name a file where they end with .toml."""


@cache
def known_keys() -> Mapping[str, Field]:
    """Each key of a job file, such as "voice.fastest", with its field."""
    return {".".join(path): field for path, _, field in choices(Settings)}


def column(head: str) -> str:
    """What a column is called here; "" for one that is not known."""
    name = "_".join(head.strip().casefold().replace("-", "_").split())
    name = OTHER_NAMES.get(name, name)
    if name in OWN or name in SHORT or name in known_keys():
        return name
    parts = head.strip().split(".")
    is_option = len(parts) == 3 and parts[0].casefold() == "options" and all(parts)
    return f"options.{parts[1]}.{parts[2]}" if is_option else ""


def nearest(name: str, also: Iterable[str] = ()) -> str:
    """The remedy for a column or key that is not known."""
    folded = name.strip().casefold().replace("-", "_").replace(" ", "_")
    known = {one.casefold(): one for one in (*OWN, *SHORT, *also, *OTHER_NAMES, *known_keys())}
    own = [key for key in known_keys() if key.rpartition(".")[2] == folded]
    near = own or [known[one] for one in get_close_matches(folded, known, n=1)]
    return f"did you mean {near[0]}?" if near else "name it film, subtitles, language …, or a key such as voice.fastest"


def cell_choice(name: str, text: str, where: str) -> dict[str, Any]:
    """The choice of a cell that is not empty, as tables. Raises UsageError, which names the row and the column."""
    key = SHORT.get(name, name)
    field = known_keys().get(key)
    value = read_value(field, text) if field else text
    if field and (remedy := fault(field, value)):
        raise UsageError(f"{where}: {name} is {text!r:.60}", remedy)
    return table_of(key.split("."), value)


def table_of(path: Iterable[str], value: Any) -> dict[str, Any]:
    """A value in tables of these names."""
    for name in reversed(list(path)):
        value = {name: value}
    return dict(value)


def read_value(field: Field, text: str) -> Any:
    """A text as the type that its choice has; as it is where it is none."""
    folded = text.strip().casefold()
    if bool in field.kinds and folded in YES | NO:
        return folded in YES
    if named := [one for one in field.names if str(one).casefold() == folded]:
        return named[0]
    if isinstance(field.default, tuple) or any(get_origin(kind) is tuple for kind in field.kinds):
        return tuple(one for one in re.split(r"[\s;,]+", text) if one)
    number = folded.translate(MINUS)
    if int in field.kinds and re.fullmatch(r"[+-]?[0-9]{1,18}", number):
        return int(number)
    if float in field.kinds and re.fullmatch(r"[+-]?(?:[0-9]{1,18}(?:[.,][0-9]{0,18})?|[.,][0-9]{1,18})", number):
        return float(number.replace(",", "."))
    return text.strip()


def read_episode(value: Any, where: str) -> float:
    """The number of an episode. Raises UsageError."""
    text = str(value).strip().translate(MINUS).replace(",", ".")
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?", text):
        raise UsageError(f"{where}: episode is {value!r:.60}", "give a number, such as 3 or 3.5")
    return float(text)


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of choices laid over each other, the later over the earlier."""
    found: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            before = found.get(name)
            both = isinstance(value, Mapping) and isinstance(before, Mapping)
            found[name] = merged(before, value) if both else value  # type: ignore[arg-type]
    return found


def as_json(value: Any) -> Any:
    """Choices in types of JSON alone: a tuple is a list, a path is text."""
    if isinstance(value, Mapping):
        return {str(name): as_json(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def with_whole_paths(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Choices whose files are named by whole paths, as seen from `folder`."""
    found = merged(values)
    for group, name in (*FILES, *NAMES_OR_FILES):
        value = found.get(group, {}).get(name) if isinstance(found.get(group, {}), Mapping) else None
        if not isinstance(value, str | Path) or not str(value) or is_url(str(value)) or "\0" in str(value):
            continue
        if (group, name) in FILES or str(value).endswith(".toml"):
            found[group] = {**found[group], name: str(folder / expanded(str(value)))}
    return found


def film_settings(choices: Mapping[str, Any], name: str) -> Settings:
    """The settings that choices of a job ask for; errors call them `name`. Raises UsageError."""
    return settings_of(Settings, job_values(choices, Settings, name))


def check_choices(choices: Mapping[str, Any], where: str) -> None:
    """Raise UsageError, which names the row, where values do not go together."""
    try:
        film_settings(choices, where)
    except UsageError as error:
        if error.fault.startswith(where):
            raise
        raise UsageError(f"{where}: {error.fault}", error.remedy) from error


def choices_key(choices: Mapping[str, Any]) -> str:
    """The same for choices that are the same."""
    return json.dumps(choices, sort_keys=True, default=str)
