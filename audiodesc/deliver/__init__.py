"""What a user takes away: a table of deliverables, each a file or a folder, and all of them made in order.

Other packages add theirs as entry points of the group `audiodesc.deliverables` (see `audiodesc.deliver.base`).
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, get_args

from audiodesc.core.plugins import backend, own_options, with_plugins
from audiodesc.deliver.aaf import Aaf
from audiodesc.deliver.adm import Adm
from audiodesc.deliver.base import BuiltIn, Deliverable, Delivery
from audiodesc.deliver.built_in import (
    PAGE,
    REPORT,
    SCRIPT,
    SCRIPT_FORMAT,
    ExtraScript,
    Script,
)
from audiodesc.deliver.dash import Dash
from audiodesc.deliver.described_film import FILM, MKV, MP4
from audiodesc.deliver.edl import Edl
from audiodesc.deliver.extended import EXTENDED_ROWS, ExtendedScript, StopMap, StopTrack
from audiodesc.deliver.hls import Hls
from audiodesc.deliver.line_files import Lines, WavRegions
from audiodesc.deliver.markers import Audition, ProTools
from audiodesc.deliver.mix_files import MIX_FILES
from audiodesc.deliver.mix_mxf import MixMxf
from audiodesc.deliver.otio import Otio
from audiodesc.deliver.package import Package
from audiodesc.deliver.reaper import Reaper
from audiodesc.deliver.receiver_mix import ReceiverMix
from audiodesc.deliver.sound import NARRATION, STEM, TRACK
from audiodesc.deliver.stems import Stems
from audiodesc.deliver.web import WebSite
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.model import Film, Note
from audiodesc.report import noted
from audiodesc.scripts.formats import ALIASES, writable
from audiodesc.settings import DeliverSettings, Settings, TrackFormat

log = logging.getLogger(__name__)

GROUP = "audiodesc.deliverables"

DELIVERABLES: Final[Mapping[str, Deliverable]] = {
    "script": SCRIPT,
    "report": REPORT,
    "track": TRACK,
    "film": FILM,
    "narration": NARRATION,
    "page": PAGE,
    "ducked": STEM,
    "stems": Stems(),
    **{row.name: row for row in MIX_FILES},
    "mix-mxf": MixMxf(),
    "extended": ExtendedScript(),
    "stops": StopMap(),
    "stops-vtt": StopTrack(),
    "lines": Lines(),
    "wav-regions": WavRegions(),
    "edl": Edl(),
    "otio": Otio(),
    "aaf": Aaf(),
    "reaper": Reaper(),
    "audition": Audition(),
    "protools": ProTools(),
    "mp4": MP4,
    "mkv": MKV,
    "receiver-mix": ReceiverMix(),
    "adm": Adm(),
    "web": WebSite(),
    "hls": Hls(),
    "package": Package(),
    "dash": Dash(),
}
"""Those of this package, in the order in which they are named to a user and, the report aside, made."""

OWN_ALIASES: Final = {"mix": "mix-wav"}

Rows = Mapping[str, Deliverable]


def deliverables() -> Rows:
    """All that are known: those of this package and, after them, of others."""
    return with_plugins(DELIVERABLES, GROUP, Deliverable)


def wanted_rows(settings: Settings, *, sound: bool) -> Rows:
    """What these settings make; without `sound`, what needs none.

    Raises UsageError for a name that is not known, for what is asked for by name and cannot be made here, and for an
    option that it does not have.
    """
    settings = replace(settings, deliver=replace(settings.deliver, also=_own_names(settings.deliver.also)))
    formats = (ExtraScript(name) for name in writable() if name != SCRIPT_FORMAT)
    known = {**DELIVERABLES, **{row.name: row for row in formats}, **deliverables()}
    extended = EXTENDED_ROWS if settings.stops.extended else ()
    chosen = replace(settings.deliver, also=tuple(_with_beside((*settings.deliver.also, *extended), known)))
    for name in chosen.also:
        row = backend(known, name, "deliverable")
        if not (can := row.availability()).runs:
            raise UsageError(f"{name} cannot be made here: {can.reason}", can.remedy)
        if row.needs_sound and not sound:
            raise UsageError(f"{name} is made of the mixed sound, and none is mixed", "use make or render")
    made = {name: row for name, row in known.items() if name in chosen.also or _is_default(row, chosen)}
    made = {name: row for name, row in made.items() if sound or not row.needs_sound}
    for row in made.values():
        own_options(row, settings.options.get(row.name, {}))
    return _in_order(made)


def named_rows(names: Sequence[str], settings: Settings) -> Rows:
    """These deliverables alone, with what they refer to.

    Raises UsageError as `wanted_rows` does, and where none is named.
    """
    if not names:
        raise UsageError("no deliverable is named", "choose some with --as, such as docx, xlsx, lines, aaf")
    own = _own_names(names)
    rows = wanted_rows(replace(settings, deliver=replace(settings.deliver, also=own)), sound=True)
    return _in_order({name: rows[name] for name in _with_beside(own, rows)})


def _in_order(rows: Rows) -> Rows:
    """The same, last what is made of all others."""
    return dict(sorted(rows.items(), key=lambda entry: isinstance(entry[1], BuiltIn) and entry[1].is_last))


def is_script(row: Deliverable) -> bool:
    """Whether it is a script of which a person's changes are read."""
    return isinstance(row, Script | ExtraScript) and row.is_read


def _with_beside(names: Iterable[str], known: Rows) -> Iterator[str]:
    """These, and what they refer to."""
    for name in dict.fromkeys(names):
        yield name
        if isinstance(row := known.get(name), BuiltIn):
            yield from _with_beside(row.beside, known)


def _own_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names as these tables have them; the script is written as WebVTT anyhow."""
    own = (OWN_ALIASES.get(name, ALIASES.get(name, name)) for name in names)
    return tuple(SCRIPT.name if name == SCRIPT_FORMAT else name for name in own)


def _is_default(row: Deliverable, settings: DeliverSettings) -> bool:
    """Whether a deliverable is made unasked; one that cannot be made here, or fails at the question, is not."""
    try:
        return row.is_wanted(settings) and row.availability().runs
    except Exception as error:  # a stranger's code must not stop the run
        log.warning("the deliverable %s is left out (%s: %s)", row.name, type(error).__name__, error)
        return False


def file_names(rows: Rows, film: Film, settings: DeliverSettings) -> dict[str, str]:
    """The name of each file.

    Raises UsageError where a deliverable names no file of its own.
    """
    names: dict[str, str] = {}
    for kind, row in rows.items():
        name = row.file_name(film, settings)
        if Path(name).name != name or name.casefold() in map(str.casefold, names.values()):
            raise UsageError(f"the deliverable {kind} would be written to {name!r}", "leave out --deliver for it")
        names[kind] = name
    return names


def names_with_sound(film: Film, settings: DeliverSettings) -> set[str]:
    """The names of all files that this package makes of the mixed sound, whatever kind the track is of."""
    kinds = [replace(settings, track=kind) for kind in get_args(TrackFormat)]
    return {row.file_name(film, one) for row in DELIVERABLES.values() if row.needs_sound for one in kinds}


def deliver(rows: Rows, delivery: Delivery, paths: Mapping[str, Path]) -> Delivery:
    """Write all but the report at their `paths`; the mix has written what is sound.

    What the deliverables note is in the report that comes back, and what is written in `files`. One of another package
    that fails is left out, with a note.
    """
    delivery = replace(delivery, rows=rows)
    for name, row in rows.items():
        if name == REPORT.name:
            continue
        own = own_options(row, delivery.settings.options.get(name, {}))
        try:
            is_extended = isinstance(row, BuiltIn) and row.is_extended
            given = delivery.in_extended() if is_extended else delivery
            notes = list(row.write(replace(given, options=own), paths[name]))
        except Exception as error:
            if name in DELIVERABLES or isinstance(row, ExtraScript) or isinstance(error, AudiodescError):
                raise
            log.debug("the deliverable %s", name, exc_info=True)
            fault = f"{type(error).__name__}: {error}".splitlines()[0]
            notes = [Note("deliver", f"{name} could not be made ({fault})")]
            _discard(paths[name])
        delivery = replace(delivery, report=noted(delivery.report, notes))
        if paths[name].exists():
            delivery = replace(delivery, files={**delivery.files, name: paths[name]})
    return delivery


def _discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
