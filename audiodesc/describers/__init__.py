"""Describers: what observes the picture and writes the lines.

A describer is one module or package and one row of `DESCRIBERS`, or an entry point of the group
"audiodesc.describers" in another package; `base` says how to write one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audiodesc.core.downloads import Downloads
from audiodesc.core.plugins import own_options, with_plugins
from audiodesc.describers.base import Describer, DescriberBackend, DescriberOptions, Readiness
from audiodesc.describers.basic import BASIC
from audiodesc.describers.models import ANY_MODEL, EXAMPLE_S, MODELS
from audiodesc.describers.models.cpu_time import LONGEST_OFFERED, shown_time
from audiodesc.describers.server import SERVER
from audiodesc.errors import AudiodescError, UsageError

GROUP: Final = "audiodesc.describers"
"""The group of entry points by which other packages add describers."""

DESCRIBERS: Final[Mapping[str, DescriberBackend]] = {
    "basic": BASIC,
    "server": SERVER,
    **MODELS,
    "model": ANY_MODEL,
}

FALLBACK: Final[DescriberBackend] = BASIC
"""Describes where nothing else can: it needs no download and no GPU."""

READS_PROFILES: Final[DescriberBackend] = ANY_MODEL
"""Is meant where the path of a profile (.toml) is given in place of a name."""


@dataclass(frozen=True, slots=True)
class ChosenDescriber:
    """The describer that is used; `why` it is this one, where nobody named it, and what should be known of it."""

    describer: Describer
    why: str = ""


@dataclass(frozen=True, slots=True)
class AutoChoice:
    """The describer that `auto` takes, and why; `download` if what it needs has to be downloaded first.

    `considered` holds the name of each other describer with a rank, best first, with the reason for or against it.
    """

    name: str
    why: str
    considered: tuple[tuple[str, str], ...] = ()
    download: bool = False


def all_describers() -> Mapping[str, DescriberBackend]:
    """The describers of this package, and those that other packages register."""
    return with_plugins(DESCRIBERS, GROUP, DescriberBackend)


def is_describer(name: str | None) -> bool:
    """Whether `describer` knows the name, or has a profile at that path; None and "auto" ask for the best."""
    if name in (None, "", "auto"):
        return True
    return Path(name).is_file() if name.endswith(".toml") else name in all_describers()


def describer(name: str | None, options: DescriberOptions) -> ChosenDescriber:
    """The describer of that name, or with the profile at that path; for None or "auto" the best that can be had.

    That is the one for which the options ask (a server's address, a model), else what `choose` finds. Raises
    UsageError, which lists the known names, for another name and for a wrong option, and what `create` raises.
    """
    table, why = all_describers(), ""
    if name in (None, "", "auto"):
        name = next((entry.name for entry in table.values() if entry.requested(options)), "")
        if not name:
            choice = choose(table, options)
            name, why = choice.name, f"{choice.name} describes ({choice.why})"
            if choice.download:  # the user has just allowed it
                options = replace(options, downloads=Downloads(yes=True))
    entry = READS_PROFILES if name.endswith(".toml") else table.get(name)
    if entry is None:
        raise UsageError(
            f"there is no describer {name!r}",
            f"choose one of: {', '.join(sorted(table))}; or give the path of a .toml file",
        )
    if name.endswith(".toml"):
        options = replace(options, profile=name)
    served = entry.behind_server(options) if options.server or options.serve else None
    if served:
        entry, options = SERVER, served
    remarks = entry.remarks(options)
    return ChosenDescriber(
        entry.create(options, own_options(entry, options.own.get(entry.name, {}))),
        "; ".join(filter(None, (why, *remarks))),
    )


def choose(table: Mapping[str, DescriberBackend], options: DescriberOptions) -> AutoChoice:
    """The best describer with a rank that can run on this machine and whose offer is ready, else the fallback."""
    ranked = sorted((entry for entry in table.values() if entry is not FALLBACK), key=_rank, reverse=True)
    candidates = [entry for entry in ranked if entry.auto_rank is not None]
    unfit = {entry.name: entry.unfit(options) for entry in candidates}
    tried: dict[str, Readiness] = {}
    chosen = FALLBACK
    for entry in candidates:
        if not unfit[entry.name]:
            tried[entry.name] = _readiness(entry, options)
            if tried[entry.name].ready:
                chosen = entry
                break
    reasons = {name: offer.reason for name, offer in tried.items()}
    considered = tuple((name, unfit[name] or reasons.get(name, f"{chosen.name} comes first")) for name in unfit)
    download = chosen.name in tried and tried[chosen.name].download
    return AutoChoice(chosen.name, _why(candidates, reasons, chosen.name), considered, download)


@dataclass(frozen=True, slots=True)
class BestHere:
    """Of the describers that run on this machine's processor, the best that takes no longer than is offered, else the
    quickest: estimated seconds for ten minutes of film; `lasts` where it is that short."""

    name: str
    takes_s: float
    lasts: bool
    on_disk: bool

    def __str__(self) -> str:
        takes = f"{self.name} takes about {shown_time(self.takes_s)} for ten minutes of film (an estimate)"
        how = "it is on this disk" if self.on_disk else f"--describer {self.name} fetches it"
        return f"{takes}: {how}" if self.lasts else f"{takes}, too long to wait for: describe it on a GPU or a server"


def best_here() -> BestHere | None:
    """What `auto` would offer for ten minutes of film where there is no GPU; None where nothing is estimated."""
    entries = sorted((entry for entry in all_describers().values() if entry.auto_rank), key=_rank, reverse=True)
    estimated = [
        BestHere(entry.name, takes_s, takes_s <= LONGEST_OFFERED * EXAMPLE_S, bool(entry.on_disk()))
        for entry in entries
        if not entry.unfit(DescriberOptions()) and (takes_s := entry.film_takes_s(EXAMPLE_S)) is not None
    ]
    return next((one for one in estimated if one.lasts), min(estimated, key=lambda one: one.takes_s, default=None))


def _rank(entry: DescriberBackend) -> int:
    return entry.auto_rank or 0


def _readiness(entry: DescriberBackend, options: DescriberOptions) -> Readiness:
    try:
        return entry.readiness(options)
    except AudiodescError as error:
        return Readiness(ready=False, reason=str(error))


def _why(candidates: list[DescriberBackend], reasons: Mapping[str, str], chosen: str) -> str:
    """The hardware, the one that is taken and, if that is another, the first that was tried."""
    named = dict.fromkeys(name for name in (chosen, *list(reasons)[:1]) if name in reasons)
    hardware = dict.fromkeys(entry.hardware() for entry in candidates)
    return "; ".join(filter(None, [*hardware, *(f"{name} is {reasons[name]}" for name in named)]))
