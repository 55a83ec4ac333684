"""A package for hand-over: one ZIP file with all else that a run made, with checksums and a manifest."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from audiodesc.core.formatting import exact
from audiodesc.core.languages import tag
from audiodesc.deliver.base import BuiltIn, Delivery
from audiodesc.deliver.package.archive import Archive, sums_file
from audiodesc.deliver.package.manifest import Packed, as_json, as_table, as_text, media_facts
from audiodesc.deliver.package.names import check_template, filled, is_legal
from audiodesc.errors import OutputError
from audiodesc.model import Film, Note
from audiodesc.settings import DeliverSettings, Settings
from audiodesc.subtitles import frame_rate

LEFT_OUT: Final = {"page", "report"}
"""What is for those who made it: the page plays files of the project, and the report holds a hash of the package."""

MANIFEST, TABLE, README, SUMS = "manifest.json", "manifest.csv", "README.txt", "SHA256SUMS"
OWN: Final = {name.casefold() for name in (MANIFEST, TABLE, README, SUMS)}


@dataclass(frozen=True)
class PackageOptions:
    """`name` is the template of the folder's and the files' names (see `names`)."""

    name: str = "{title}_{lang}_AD_{rate}"

    def __post_init__(self) -> None:
        check_template(self.name)


class Package(BuiltIn):
    """Its files are in one folder. Those that the run names after the film are named by the template instead; where
    timelines are among them, which find other files by their names, all keep the names of the run."""

    name = "package"
    summary = "all else that is made, in one ZIP file with checksums and a manifest"
    options = PackageOptions
    is_last = True

    def is_wanted(self, settings: DeliverSettings) -> bool:
        return False

    def file_name(self, film: Film, settings: DeliverSettings) -> str:
        return f"{film.path.stem}.package.zip"

    def needed_bytes(self, film: Film, settings: Settings) -> int:
        """At least the described film is in it."""
        return film.path.stat().st_size

    def write(self, delivery: Delivery, path: Path) -> Iterator[Note]:
        files = {kind: place for kind, place in delivery.files.items() if kind not in LEFT_OUT}
        _check_space(files.values(), path)
        values, template = _values(delivery), delivery.options.name
        folder = filled(template, values | {"kind": "package"})
        keeps = any(isinstance(row, BuiltIn) and row.beside for row in delivery.rows.values())
        show, packed = delivery.watch.progress, list[Packed]()
        with delivery.watch("package"), Archive(path, folder) as archive:
            for kind, place in files.items():
                own = filled(template, values | {"kind": kind})
                name = _free(place.name if keeps else _renamed(place.name, delivery.film.path.stem, own), kind)
                if not is_legal(name):
                    yield Note("package", f"{name} is no name on Windows: rename the film, or leave out the timelines")
                what = delivery.rows[kind].summary
                for file, inside in _every(place, name):
                    media = media_facts(file, show) if file == place else None
                    size = archive.add(inside, file)
                    packed.append(Packed(inside, kind, what, size, archive.sums[inside], media))
            facts = _facts(delivery)
            archive.add(MANIFEST, as_json(facts, packed).encode())
            archive.add(TABLE, as_table(packed))
            archive.add(README, as_text(facts["title"], _said(facts), packed).encode())
            archive.add(SUMS, sums_file(archive.sums).encode())
        yield Note("package", f"the folder in {delivery.names[self.name]} is called {folder}")


def _check_space(places: Iterable[Path], path: Path) -> None:
    """Raises OutputError where the disk has less space than all of it takes: nothing is written then."""
    if (needed := _size(places)) > (free := shutil.disk_usage(path.parent).free):
        fault = f"{path.name}: {needed / 1e6:.0f} MB are needed, and {free / 1e6:.0f} MB are free"
        raise OutputError(fault, "make room, or leave out --deliver package")


def _size(places: Iterable[Path]) -> int:
    return sum(file.stat().st_size for place in places for file, _ in _every(place, ""))


def _every(place: Path, name: str) -> Iterator[tuple[Path, str]]:
    """The files of a result, in order, each with its name in the package."""
    if not place.is_dir():
        yield place, name
        return
    for file in sorted(one for one in place.rglob("*") if one.is_file()):
        yield file, f"{name}/{file.relative_to(place).as_posix()}"


def _renamed(name: str, stem: str, own: str) -> str:
    return own + name.removeprefix(stem) if name.startswith(f"{stem}.") else name


def _free(name: str, kind: str) -> str:
    """Not one of the package's own."""
    return f"{kind}.{name}" if name.casefold() in OWN else name


def _values(delivery: Delivery) -> dict[str, str]:
    """What the fields of a template stand for, but for `kind`."""
    rate, measured = frame_rate(delivery.film), delivery.measured
    level = measured.written.after.programme.integrated_lufs if measured else 0.0
    return {
        "title": delivery.film.path.stem,
        "lang": tag(delivery.language) or "und",
        "rate": f"{float(rate):.3f}".rstrip("0").rstrip(".") if rate else "vfr",
        "layout": measured.mix.source.layout.partition("(")[0] if measured else "",
        "loudness": f"{level:.0f}LUFS" if math.isfinite(level) else "silent",
    }


def _said(facts: Mapping[str, Any]) -> list[str]:
    """The same for people."""
    named = (f"film: {facts['film']}, {exact(facts['film_duration_ms'])}", f"language: {facts['language']}")
    return [*named, f"made by: {facts['made_by']}", str(facts["provenance"])]


def _facts(delivery: Delivery) -> dict[str, Any]:
    """What is said of the whole."""
    rate, film = frame_rate(delivery.film), delivery.film
    known = delivery.provenance
    return {
        "title": film.path.stem,
        "film": film.path.name,
        "film_duration_ms": film.duration_ms,
        "fps": round(float(rate), 3) if rate else None,
        "language": tag(delivery.language) or "und",
        "made_by": delivery.report.made_by,
        "provenance": known.statement("mix") if known else "",
    }
