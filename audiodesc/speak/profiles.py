"""Voice profiles: voices as data.

A profile is a TOML file, whose name is the voice's name, or comes from a voice engine. `voices/README.md` explains the
keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, Final, TypeVar, get_args, get_type_hints

from audiodesc.core.files import at_home
from audiodesc.core.languages import primary, tag
from audiodesc.core.toml import TYPE_NAMES, check_table, read_toml
from audiodesc.errors import InputError

Setting = str | int | float | bool
Options = TypeVar("Options")

RATES_WPM: Final = (40, 400)
"""The slowest and the fastest natural rate that a profile may have."""

_PACKAGE = Path(__file__).parent.parent
_README = "see voices/README.md for the keys of a voice profile"
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_REQUIRED: Mapping[str, type] = {"engine": str, "voice": str, "language": str, "licence": str}
_OPTIONAL: Mapping[str, type] = {"rate_wpm": int, "description": str, "settings": dict}

_ALIASES = dict.fromkeys(("no", "nn"), "nb")
"""Norwegian has one shipped written form."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A voice. `rate_wpm` is how many words of `language` it speaks in a minute at its natural rate.

    `engine` is the name of a row of `audiodesc.speak.ENGINES`, and `voice` that engine's own name for the voice.
    `language` is a BCP 47 tag; `licence` an SPDX expression for the sound; `settings` are the engine's own, as sorted
    pairs, so that a profile can be hashed and be part of a cache key. `folder` is the folder of its file, to which
    paths in it are relative; the same voice elsewhere is the same voice.
    """

    name: str
    engine: str
    voice: str
    language: str
    licence: str
    rate_wpm: int = 170
    description: str = ""
    settings: tuple[tuple[str, Setting], ...] = ()
    folder: str = field(default="", compare=False)

    def path(self, name: str) -> Path:
        """What a path in the profile's file means."""
        return Path(self.folder) / at_home(name)

    def with_settings(self, changes: Mapping[str, Any]) -> Profile:
        """The same voice with other settings laid over its own. A relative path among them is one from here."""
        plain = {key: str(value.absolute()) if isinstance(value, Path) else value for key, value in changes.items()}
        return replace(self, settings=tuple(sorted({**dict(self.settings), **plain}.items())))


def read_profile(path: Path) -> Profile:
    """The profile in a TOML file. Raises InputError, which names the file, the fault and the remedy."""
    table = read_toml(path, "give a voice profile", _README)
    try:
        check_table(table, {**_REQUIRED, **_OPTIONAL}, _REQUIRED)
        _check_values(table)
        settings = tuple(sorted(table.get("settings", {}).items()))
        return Profile(**{**table, "name": path.stem, "settings": settings, "folder": str(path.absolute().parent)})
    except ValueError as error:
        raise InputError(f"{path}: {error}", _README) from error


def shipped_profiles() -> tuple[Profile, ...]:
    """The voices that come with this package, by name. Read once a process."""
    installed = _PACKAGE / "voices"
    return _profiles_in(installed if installed.is_dir() else _PACKAGE.parent / "voices")


@cache
def _profiles_in(folder: Path) -> tuple[Profile, ...]:
    return tuple(read_profile(path) for path in sorted(folder.glob("*.toml")))


def speaks(voice: Profile, language: str) -> bool:
    """Whether a voice's language is `language`, whatever the regions."""
    return _primary(voice.language) == _primary(language)


def plain_tag(language: str) -> str:
    """A language tag in the form "en" or "en-gb", of a tag, an ISO 639-2 code ("eng", "ger") or a name ("German"); ""
    where it says that it is not known ("und")."""
    own = primary(language)
    return _ALIASES.get(own, own) + tag(language).lower().removeprefix(own)


def checked_settings(profile: Profile, options: type[Options]) -> Options:
    """A profile's settings as an engine's options: a frozen dataclass whose fields have defaults.

    A field's type may be annotated with bounds (`Annotated[float, Ge(0), Le(99)]`); one of type `Path` takes text, a
    path relative to the profile's file. Raises InputError for a setting that is unknown, of another type or out of
    bounds.
    """
    from pydantic import TypeAdapter, ValidationError

    types = get_type_hints(options, include_extras=True)
    known = [field.name for field in fields(options)]  # type: ignore[arg-type]
    values = {}
    for name, value in profile.settings:
        if name not in known:
            raise InputError(f"voice {profile.name}: unknown setting {name!r}", f"choose from: {', '.join(known)}")
        is_path = Path in (types[name], *get_args(types[name])) and isinstance(value, str) and value
        try:
            values[name] = TypeAdapter(types[name]).validate_python(
                profile.path(str(value)) if is_path else value, strict=True
            )
        except ValidationError as error:
            fault = f"voice {profile.name}: setting {name} is {value!r}"
            raise InputError(fault, f"give {_expected(types[name])}") from error
    return options(**values)


def _expected(hint: Any) -> str:
    """What a setting may be, for a message: "0–99", or "text"."""
    inner = next((one for one in get_args(hint) if one is not NoneType), hint) if NoneType in get_args(hint) else hint
    bounds = getattr(inner, "__metadata__", ())
    least = next((bound.ge for bound in bounds if hasattr(bound, "ge")), None)
    most = next((bound.le for bound in bounds if hasattr(bound, "le")), None)
    if least is not None and most is not None:
        return f"{least}–{most}"
    kind = getattr(inner, "__origin__", inner)
    return "the path of a file" if kind is Path else TYPE_NAMES.get(kind, str(inner))


def _primary(language: str) -> str:
    return _ALIASES.get(primary(language), primary(language))


def _check_values(table: Mapping[str, Any]) -> None:
    if empty := next((key for key in _REQUIRED if not table[key].strip()), ""):
        raise ValueError(f"{empty} is empty")
    if not _TAG.fullmatch(table["language"]):
        raise ValueError(f"language {table['language']!r} is not a BCP 47 tag")
    least, most = RATES_WPM
    if not least <= table.get("rate_wpm", least) <= most:
        raise ValueError(f"rate_wpm {table['rate_wpm']} is not between {least} and {most} words a minute")
    for key, value in table.get("settings", {}).items():
        if not isinstance(value, Setting):
            raise ValueError(f"settings.{key} must be text, a number, true or false")
