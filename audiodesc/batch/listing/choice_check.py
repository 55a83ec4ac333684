"""What is wrong with the choices of films before any film is opened: names, files, and what has to be fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiodesc.batch.listing.check_model import ToFetch
from audiodesc.core.downloads import Downloads
from audiodesc.errors import AudiodescError, MissingToolError
from audiodesc.settings import Settings


@dataclass(frozen=True, slots=True)
class ChoiceCheck:
    """What was found of some choices: errors, each of which keeps the films from being made; what has to be fetched;
    and notes."""

    errors: tuple[AudiodescError, ...] = ()
    fetch: tuple[ToFetch, ...] = ()
    notes: tuple[str, ...] = ()


def check_settings(settings: Settings, longest_s: float = 0.0) -> ChoiceCheck:
    """Everything that is wrong with the choices of films, of which the longest lasts so long. No network is used."""
    errors = [
        error
        for check in (_check_deliverables, _check_options, _check_cast, _check_lexicon)
        if (error := _error(check, settings))
    ]
    fetch: list[ToFetch] = []
    notes: list[str] = []
    for find in (_describer, _voice):
        try:
            for found in find(settings, longest_s):
                (fetch if isinstance(found, ToFetch) else notes).append(found)  # type: ignore[arg-type]
        except AudiodescError as error:
            errors.append(error)
    if fetch and settings.run.offline:
        names = ", ".join(one.name for one in fetch)
        errors.append(MissingToolError(f"{names} is not on this disk", "leave --offline out to fetch it"))
    return ChoiceCheck(tuple(errors), tuple(fetch), tuple(notes))


def _error(check: Callable[[Settings], None], settings: Settings) -> AudiodescError | None:
    try:
        check(settings)
    except AudiodescError as error:
        return error
    return None


def _check_deliverables(settings: Settings) -> None:
    from audiodesc.deliver import wanted_rows

    wanted_rows(settings, sound=True)


def _check_options(settings: Settings) -> None:
    """Raise UsageError for options that no backend has, as the commands do: they would count for nothing."""
    if not settings.options:
        return
    from audiodesc.core.plugins import Backend, backend, own_options
    from audiodesc.deliver import deliverables
    from audiodesc.describers import all_describers
    from audiodesc.scripts.formats import script_formats
    from audiodesc.speak import all_engines

    known: dict[str, Backend] = {**deliverables(), **script_formats(), **all_engines(), **all_describers()}
    for name, given in settings.options.items():
        own_options(backend(known, name, "backend"), given)


def _check_cast(settings: Settings) -> None:
    from audiodesc.describers.context import read_cast

    if settings.describer.cast:
        read_cast(Path(settings.describer.cast))


def _check_lexicon(settings: Settings) -> None:
    from audiodesc.speak.lexicon import read_lexicon

    if settings.voice.lexicon:
        read_lexicon(Path(settings.voice.lexicon))


def _describer(settings: Settings, longest_s: float) -> Iterator[ToFetch | str]:
    """What the describer has to fetch, or which one is taken where none is named. Raises UsageError for a name that is
    not known, MissingToolError where it cannot run here."""
    from audiodesc.core.plugins import backend
    from audiodesc.describers import READS_PROFILES, all_describers, choose
    from audiodesc.describers.base import DescriberOptions

    chosen, table = settings.describer, all_describers()
    name = chosen.name or "auto"
    options = DescriberOptions(
        server=chosen.server or "", model=chosen.model or "", serve=chosen.serve, local_server=chosen.local_server,
        writer_model=chosen.writer_model or "", writer_server=chosen.writer_server or "", film_s=longest_s,
        downloads=Downloads(offline=True), own=settings.options,
    )  # fmt: skip
    if name == "auto":
        asked = next((entry.name for entry in table.values() if entry.requested(options)), "")
        if not asked:
            taken = choose(table, options)
            yield f"{taken.name} describes ({taken.why})" if taken.why else f"{taken.name} describes"
            return
        name = asked
    if name.endswith(".toml"):
        from audiodesc.describers.models.profiles import read_profile

        read_profile(Path(name))
        entry = READS_PROFILES
    else:
        entry = backend(table, name, "describer")
    if chosen.server or chosen.serve:
        return
    if not (can := entry.availability()).runs:
        raise MissingToolError(f"{entry.name} cannot run here: {can.reason}", can.remedy)
    if entry.on_disk() is False:
        profile: Any = getattr(entry, "profile", None)
        yield ToFetch(entry.name, getattr(profile, "download_gb", 0.0) or None, entry.needs)


def _voice(settings: Settings, longest_s: float) -> Iterator[ToFetch | str]:
    """What the voice has to fetch. Raises UsageError for a name that is not known, and for a language that no voice
    speaks."""
    from audiodesc.narration.voice import choose_voice
    from audiodesc.speak import engine, profile

    chosen = settings.voice
    if chosen.name in (None, "auto"):
        if chosen.language:
            choose_voice(chosen, None)
        return
    found = profile(chosen.name)
    maker = engine(found)
    if not (can := maker.availability()).runs:
        raise MissingToolError(f"the voice {found.name} cannot speak here: {can.reason}", can.remedy)
    if not maker.on_disk(found):
        yield ToFetch(found.name, None, maker.needs)
