"""Voice profiles: voices as data.

A profile is a TOML file; its file name is the voice's name. `voices/README.md` explains the keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from audiodesc.core.files import at_home, read_toml
from audiodesc.core.languages import tag
from audiodesc.errors import InputError, MissingToolError, UsageError

Setting = str | int | float | bool

_PACKAGE = Path(__file__).parent.parent
_README = "see voices/README.md for the keys of a voice profile"
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_REQUIRED: dict[str, type] = {"engine": str, "voice": str, "language": str, "licence": str}
_OPTIONAL: dict[str, type] = {"rate_wpm": int, "description": str, "settings": dict}
_TOML_NAMES = {str: "text", int: "a whole number", dict: "a table"}

_ALIASES = dict.fromkeys(("no", "nn"), "nb")
"""Norwegian has one shipped written form."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A voice. `rate_wpm` is how many words of `language` it speaks in a minute at its natural rate.

    `language` is a BCP 47 tag; `licence` an SPDX expression for what is heard; `settings` are the engine's
    own, as sorted pairs, so that a profile can be hashed and be part of a cache key. `folder` is where its file
    lies, from which paths in it are counted; the same voice elsewhere is the same voice.
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


def profile(name_or_path: str) -> Profile:
    """The shipped voice of that name, or the profile in that file (a path, or a name with `.toml`).

    Raises UsageError, which lists the known names, and InputError for a file that is missing or wrong.
    """
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        return _read(Path(name_or_path))
    known = {path.stem: path for path in _shipped()}
    if name_or_path not in known:
        raise UsageError(
            f"there is no voice {name_or_path!r}",
            f"choose one of: {', '.join(sorted(known))}; or give the path of a .toml file",
        )
    return _read(known[name_or_path])


def profiles() -> list[Profile]:
    """All shipped voices, by name."""
    return [_read(path) for path in _shipped()]


def default_profile(language: str) -> Profile:
    """The shipped eSpeak voice that speaks a language best, by BCP 47 tag or ISO 639-2 code.

    The same region comes first, then the same language ("en" itself is British), then English: ask
    `speaks` whether it came to that. Of equals, the shortest name wins, then the alphabet. Raises MissingToolError
    where no profile is installed.
    """
    espeak = [p for p in profiles() if p.engine == "espeak"]
    for spoken in (language, "en"):
        if candidates := [p for p in espeak if speaks(p, spoken)]:
            wanted = plain_tag(spoken)
            return min(candidates, key=lambda p: (plain_tag(p.language) != wanted, len(p.name), p.name))
    raise MissingToolError("the voice profiles that come with audiodesc are missing", "install audiodesc again")


def speaks(voice: Profile, language: str) -> bool:
    """Whether a voice's language is `language`, whatever the regions."""
    return _primary(voice.language) == _primary(language)


def _shipped() -> list[Path]:
    installed = _PACKAGE / "voices"
    folder = installed if installed.is_dir() else _PACKAGE.parent / "voices"
    return sorted(folder.glob("*.toml"))


def _primary(language: str) -> str:
    return plain_tag(language).partition("-")[0]


def plain_tag(language: str) -> str:
    """A language tag in the form "en" or "en-gb", of a tag, an ISO 639-2 code ("eng", "ger") or a name ("German"); ""
    where it says that it is not known ("und")."""
    primary, dash, rest = tag(language).lower().partition("-")
    return _ALIASES.get(primary, primary) + dash + rest


def _read(path: Path) -> Profile:
    table = read_toml(path, "give a voice profile", _README)
    try:
        return replace(_profile(path.stem, table), folder=str(path.absolute().parent))
    except ValueError as error:
        raise InputError(f"{path}: {error}", _README) from error


def _profile(name: str, table: dict[str, Any]) -> Profile:
    if missing := sorted(_REQUIRED.keys() - table.keys()):
        raise ValueError(f"{', '.join(missing)} missing")
    for key, value in table.items():
        _check(key, value)
    return Profile(**{**table, "name": name, "settings": _settings(table.get("settings", {}))})


def _check(key: str, value: Any) -> None:
    kinds = {**_REQUIRED, **_OPTIONAL}
    if key not in kinds:
        raise ValueError(f"unknown key {key!r}")
    if not _is_a(value, kinds[key]):
        raise ValueError(f"{key} must be {_TOML_NAMES[kinds[key]]}")
    if key in _REQUIRED and not value.strip():
        raise ValueError(f"{key} is empty")
    if key == "language" and not _TAG.fullmatch(value):
        raise ValueError(f"language {value!r} is not a BCP 47 tag")
    if key == "rate_wpm" and not 40 <= value <= 400:
        raise ValueError(f"rate_wpm {value} is not between 40 and 400 words a minute")


def _is_a(value: Any, kind: type) -> bool:
    return type(value) is kind  # a bool is an int to isinstance


def _settings(table: dict[str, Any]) -> tuple[tuple[str, Setting], ...]:
    for key, value in table.items():
        if not isinstance(value, str | int | float | bool):
            raise ValueError(f"settings.{key} must be text, a number, true or false")
    return tuple(sorted(table.items()))
