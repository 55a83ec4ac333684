"""What a job may choose: the choices of every run, less what reads files of this machine, asks addresses, fetches,
or spends more than its operator allows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from audiodesc.core.toml import job_values, read_toml, schema, settings_of
from audiodesc.review.problems import ProblemError
from audiodesc.service.config import Server, ServiceConfig
from audiodesc.service.refusals import unusable
from audiodesc.settings import Settings

FREE: Final[Mapping[str, tuple[str, ...]]] = {
    "dialogue": (
        *("subs", "subs_track", "encoding", "audio_track", "hear", "shift_s", "sync", "trust_subs"),
        *("protect_lyrics", "protect_sounds"),
    ),
    "plan": ("margin_ms", "shortest_ms", "density"),
    "describer": ("failed_share", "doubt", "second_look", "video", "context"),
    "voice": ("language", "fastest"),
    "sound": ("loudness", "ducking", "pan", "downmix"),
    "deliver": ("also", "track", "bits", "credit", "stems", "timecode_start", "timecode_rate"),
    "stops": ("extended", "extended_most_s", "extended_sound", "extended_form", "extended_film"),
    "run": ("strict", "part_from", "part_to"),
}
"""Choices that say nothing but how the description is to be."""

LISTED: Final[Mapping[str, tuple[str, ...]]] = {
    "describer": ("name", "model", "server", "writer_model", "writer_server"),
    "voice": ("name",),
}
"""Choices that may be one of what is installed, or of what the config lists."""

UPLOADED: Final[Mapping[str, tuple[str, ...]]] = {"describer": ("cast",), "voice": ("lexicon",)}
"""Choices that name files: an upload of the tenant's own."""

REFUSED: Final[Mapping[str, tuple[str, ...]]] = {
    "describer": ("parallel", "serve", "local_server"),
    "run": ("yes", "offline", "force", "author", "keep_all", "renew", "merge", "replace"),
    "check": (*("profile", "disable", "enable", "fastest_wpm", "usable_ms", "silent_min", "picture"),),
}
"""What the operator says, in [choices]; or what concerns lines that a person edited, which a new job has none of."""

LONGEST_TEXT: Final = 10_000
LARGEST_FILE: Final = 200_000
"""Bytes of a cast or a lexicon: it is read while its tenant, and others, wait."""

MOST: Final = 100
"""Entries of a list."""

Place = Callable[[str], Path]
"""The path of an upload of the tenant's by its id. Raises ProblemError."""


def wished(asked: Mapping[str, Any], config: ServiceConfig, tenant: str, place: Place) -> dict[str, Any]:
    """The choices of a job: what the tenant asked for over those of the config, in JSON types, with uploads' paths.

    Raises ProblemError for what a job may not choose, UsageError or InputError for what is wrong.
    """
    for group, table in asked.items():
        for name in table if isinstance(table, Mapping) else ():
            if not is_free(group, str(name), table[name], config.server):
                raise unusable(f"{_said(group)}.{_said(name)} cannot be chosen by a job", "leave it out")
    chosen = job_values(asked, Settings, "choices")
    _check_sizes(chosen)
    for group, names in UPLOADED.items():
        for name in names:
            if (given := chosen.get(group, {}).get(name)) is not None:
                chosen[group] |= {name: str(_checked_file(name, place(given)))}
    made = laid_over(config.choices, chosen, {"run": {"author": tenant}})
    settings = settings_of(Settings, made)
    _check_names(settings)
    values: dict[str, Any] = json.loads(json.dumps(made))
    return values


def is_free(group: str, name: str, value: Any, server: Server) -> bool:
    """Whether a job may choose it; what does not exist is refused later, with a better reason."""
    if name in REFUSED.get(group, ()):
        return False
    if group == "options":
        return isinstance(value, Mapping) and all(f"{name}.{one}" in server.options for one in value)
    if name not in LISTED.get(group, ()) or value is None:
        return True
    if name in ("server", "writer_server"):
        return value in server.servers
    if name in ("model", "writer_model"):
        return value in server.models
    if group == "describer" and server.describers and value not in server.describers:
        return False
    return isinstance(value, str) and not is_file_name(value)


def is_file_name(name: str) -> bool:
    """Whether a describer or voice of that name is a profile in a file."""
    return name.lower().endswith(".toml") or "/" in name or "\\" in name


def laid_over(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Tables, each over those before it."""
    made: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            under = made.get(name)
            is_table = isinstance(value, Mapping) and isinstance(under, Mapping)
            made[name] = laid_over(under, value) if is_table and under is not None else value
    return made


def choices_schema() -> dict[str, Any]:
    """The JSON schema of what a job may choose. Whether a listed name is allowed, it does not say."""
    whole = schema(Settings)
    made = whole["$defs"]
    names = {one: ref["$ref"].rpartition("/")[2] for one, ref in whole["properties"].items() if "$ref" in ref}
    ducking = made["Ducking"]
    groups: dict[str, Any] = {}
    for group, name in names.items():
        free = [*FREE.get(group, ()), *LISTED.get(group, ()), *UPLOADED.get(group, ())]
        known = made[name]["properties"]
        values = {one: ducking if one == "ducking" else known[one] for one in free}
        if values:
            groups[group] = {"type": "object", "properties": values, "additionalProperties": False}
    options = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}}}
    return {"type": "object", "properties": {**groups, "options": options}, "additionalProperties": False}


def _said(name: Any) -> str:
    return f"{name!s:.60}"


def _check_sizes(values: Any) -> None:
    """Texts and lists have bounds."""
    if isinstance(values, Mapping):
        for one in values.values():
            _check_sizes(one)
    elif isinstance(values, tuple) and len(values) > MOST:
        raise unusable(f"a list of choices has more than {MOST} entries", "shorten it")
    elif isinstance(values, tuple):
        for one in values:
            _check_sizes(one)
    elif isinstance(values, str) and (len(values) > LONGEST_TEXT or "\0" in values or not _is_text(values)):
        raise unusable(f"a text of the choices is longer than {LONGEST_TEXT:,} characters, or no text", "change it")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _checked_file(name: str, path: Path) -> Path:
    """A cast without portraits (which would be read from paths in it), or a lexicon."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise unusable(f"{name}: the upload is larger than {LARGEST_FILE // 1000} kB", "upload a smaller file")
        if name == "cast":
            people = read_toml(path, "upload a cast file", "upload a TOML file").get("person")
            if isinstance(people, list) and any("portrait" in one for one in people if isinstance(one, Mapping)):
                raise unusable("a cast that names portraits cannot be used here", "leave the portraits out")
            from audiodesc.describers.context import read_cast

            read_cast(path)
        else:
            from audiodesc.speak.lexicon import read_lexicon

            read_lexicon(path)
    except OSError as error:
        raise unusable(f"{name}: the upload cannot be read", "upload it again") from error
    return path


def _check_names(settings: Settings) -> None:
    """Raise UsageError for a describer, voice or deliverable that there is not."""
    from audiodesc.deliver import named_rows
    from audiodesc.describers import is_describer
    from audiodesc.speak import named_profile

    name, voice = settings.describer.name, settings.voice.name
    if not is_describer(name):
        raise _unknown(f"there is no describer {name!r:.60}")
    if voice not in (None, "", "auto") and not is_file_name(voice):
        named_profile(voice)
    if settings.deliver.also:
        named_rows(settings.deliver.also, settings)


def _unknown(fault: str) -> ProblemError:
    return unusable(fault, "see `audiodesc describers`")
