"""Presets: what a platform or a broadcaster asks for in public, as deliverables, choices and checks.

Each is a TOML file here with its sources and the day on which they were read. No house's private list is guessed: what
no public page says is in `cannot_promise`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

from audiodesc.core.toml import job_values
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

PRESETS: Final = ("netflix", "amazon", "apple", "bbc", "ard", "youtube", "web")


@dataclass(frozen=True, slots=True)
class Checks:
    """What a file is held against; None and () are not asked for.

    `loudness_lufs` is the range of the integrated loudness, `dialogue_lufs` of that of dialogue, in whose place
    `little_dialogue_lufs` is that of the whole where there is little dialogue; `true_peak_db` the
    highest in dBTP, `length_ms` the largest difference from the film. `sounds` is how many sounds the file has; `marks`
    are the places of marks of description that one of a format needs, by the format. `language` and `title` have to be
    there; `not_default`: the description is not the sound that is flagged as default.
    """

    loudness_lufs: tuple[float, float] | None = None
    dialogue_lufs: tuple[float, float] | None = None
    little_dialogue_lufs: tuple[float, float] | None = None
    true_peak_db: float | None = None
    length_ms: int | None = None
    containers: tuple[str, ...] = ()
    rates_hz: tuple[int, ...] = ()
    bits: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    sounds: int | None = None
    language: bool = False
    title: bool = False
    not_default: bool = False
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preset:
    """One preset. `files` are patterns for the names of what is handed over, of all that a run makes; `choices` are
    values of `Settings` by the names of groups and keys, as a job file has them."""

    name: str
    title: str
    read: date
    sources: tuple[str, ...]
    cannot_promise: tuple[str, ...]
    files: tuple[str, ...]
    choices: Mapping[str, Any]
    checks: Checks

    @property
    def deliverables(self) -> tuple[str, ...]:
        """The names of what is made."""
        return tuple(self.choices.get("deliver", {}).get("also", ()))


@cache
def preset(name: str) -> Preset:
    """The preset of that name. Raises UsageError for one that there is not."""
    if name not in PRESETS:
        raise UsageError(f"there is no preset {name!r}", f"choose one of: {', '.join(PRESETS)}")
    table = tomllib.loads((files(__package__) / f"{name}.toml").read_text("utf-8"))
    checks = {key: _frozen(value) for key, value in table["checks"].items()}
    return Preset(
        name=name,
        title=table["title"],
        read=table["read"],
        sources=tuple(table["sources"]),
        cannot_promise=tuple(table["cannot_promise"]),
        files=tuple(table["files"]),
        choices=job_values(table["choices"], Settings, f"the preset {name}"),
        checks=Checks(**checks),
    )


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _frozen(one) for key, one in value.items()}
    return tuple(value) if isinstance(value, list) else value


def layers(name: str, given: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The values of a preset to lie under what a user gave, and those to lie over it: deliverables are added to those
    that were asked for, and any other value that was given stands. Raises UsageError."""
    chosen = preset(name)
    asked = [one for values in given for one in values.get("deliver", {}).get("also", ())]
    return chosen.choices, {"deliver": {"also": tuple(dict.fromkeys((*chosen.deliverables, *asked)))}}
