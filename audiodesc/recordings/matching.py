"""A folder of recordings, or one long file -> which stretch of which file is which line, and a line on what is none.

The rules are those of `docs/recordings.md`: the table beside the files, the id in a name, number and timecode, what an
exported file says of itself; and of several takes the one with the highest number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audiodesc.core.formatting import number_of
from audiodesc.errors import AudiodescError, InputError
from audiodesc.media.wav_metadata import WavAbout, read_metadata
from audiodesc.recordings.cutting import Event, event_cut, event_line, read_edl, region_lines
from audiodesc.recordings.naming import read_name
from audiodesc.recordings.sound import Cut, check_is_file, sound_length
from audiodesc.recordings.table import TableRow, read_table
from audiodesc.recordings.wanted import Wanted

NO_SOUND = {
    ".aaf", ".ass", ".csv", ".doc", ".docx", ".edl", ".htm", ".html", ".ini", ".jpeg", ".jpg", ".json", ".log", ".md",
    ".otio", ".pdf", ".png", ".ptx", ".rpp", ".rpp-bak", ".rtf", ".ses", ".sesx", ".srt", ".tsv", ".ttml", ".txt",
    ".vtt", ".xls", ".xlsx", ".xml",
}  # fmt: skip
"""Suffixes of what studios send along."""

LEFT_BEHIND = {".reapeaks", ".pkf", ".pek", ".cfa", ".gpk", ".sfk", ".asd", ".wfm"}
"""Drawings of waveforms, which editors leave."""

WAVS = {".wav", ".wave", ".bwf", ".bw64", ".rf64"}
MOST_FILES = 20_000
OURS = "audiodesc"


@dataclass(frozen=True, slots=True)
class Take:
    """A recording of a line, as it lies there: a file or a stretch of one. `text` is what it was recorded for, "" where
    nothing says it; `label` names it for people."""

    line: str
    path: Path
    number: int
    label: str
    cut: Cut | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Matches:
    """The take of each line that has one, by its id; and a line on each file, region and event that is not used."""

    takes: Mapping[str, Take]
    messages: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """What is found so far."""

    takes: list[Take] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def add(self, take: Take, why: str) -> None:
        if take.line:
            self.takes.append(take)
        else:
            self.messages.append(f"{take.label} {why}: it is not used")


def matches(place: Path, wanted: Wanted) -> Matches:
    """What is recorded of the lines in a folder, or in one long file with regions or an EDL of its name beside it.

    Raises InputError where there is neither.
    """
    found = _Found()
    sounds, tables, lists = _files(place, found)
    left = {path: _about(path) for path in sounds}
    for edl_path in lists:
        for path in set(_by_edl(edl_path, left, wanted, found)):
            left.pop(path, None)
    for path, about in left.items():
        regions = list(region_lines(about, wanted)) if about else []
        if regions and (not place.is_dir() or sum(bool(id) for _, _, id, _ in regions) > 1):
            for number, (cut, label, id, why) in enumerate(regions, 1):
                take = read_name(label).take if label else 1
                name = f"{path.name}, region {number}" + (f" (“{label[:60]}”)" if label else "")
                found.add(Take(id, path, take, name, cut), why)
        else:
            _by_name(path, about, tables, wanted, found)
    return _latest(found)


def _files(place: Path, found: _Found) -> tuple[list[Path], Mapping[str, TableRow], list[Path]]:
    """The files of sound, the rows of the tables and the EDLs; of the others a message says that they are not read."""
    if not place.is_dir():
        check_is_file(place)
        edl = place.with_suffix(".edl")
        return [place], {}, [edl] if edl.is_file() else []
    try:
        entries = sorted(one for one in place.iterdir() if not _is_left_behind(one))
    except OSError as error:
        raise InputError(f"{place} cannot be read ({error.strerror})", "allow yourself to read it") from error
    if len(entries) > MOST_FILES:
        raise InputError(f"{place} holds more than {MOST_FILES:,} files", "give the folder of the recordings alone")
    tables: dict[str, TableRow] = {}
    sounds, lists, others = [], [], []
    for path in entries:
        try:
            if path.suffix.lower() in (".csv", ".tsv"):
                tables |= (rows := read_table(path))
                others += [] if rows else [path.name]
            elif path.suffix.lower() == ".edl":
                lists.append(path)
            elif path.is_dir() and not path.is_symlink():
                found.messages.append(f"{path.name} is a folder: what lies in it is not read")
            elif path.suffix.lower() in NO_SOUND:
                others.append(path.name)
            else:
                sounds.append(path)
        except OSError as error:
            found.messages.append(f"{path.name} cannot be read ({error.strerror})")
    if others:
        are = "is no recording" if len(others) == 1 else "are no recordings"
        found.messages.append(f"{number_of(len(others), 'file')} {are}: {', '.join(others)}")
    return sounds, tables, lists


def _is_left_behind(path: Path) -> bool:
    """What systems and editors leave in any folder."""
    known = path.name.lower() in ("thumbs.db", "desktop.ini")
    return path.name.startswith(".") or known or path.suffix.lower() in LEFT_BEHIND


def _about(path: Path) -> WavAbout | None:
    """What a WAV file says of itself; None for others, and where it is broken."""
    if path.suffix.lower() not in WAVS or path.is_symlink():
        return None
    try:
        return read_metadata(path)
    except (OSError, ValueError):
        return None


def _by_name(path: Path, about: WavAbout | None, tables: Mapping[str, TableRow], wanted: Wanted, found: _Found) -> None:
    name = read_name(path.stem)
    row = tables.get(path.stem.casefold()) or tables.get(name.rest.casefold())
    said, text = _said(about)
    if row:
        id = wanted.ids.get(row.id.casefold(), "") if row.id else wanted.by_number.get(row.number, "")
        why = "" if id else f"is line {row.id or row.number} by its table, which the script has no more"
        found.add(Take(id, path, name.take, path.name, text=row.text or text), why)
        return
    id, why = wanted.by_name(name, said)
    found.add(Take(id, path, name.take, path.name, text=text if id == said else ""), why)


def _said(about: WavAbout | None) -> tuple[str, str]:
    """The id and the text of the line that an exported file says it is."""
    known = about.metadata if about else None
    if known is None or not known.originator.startswith(OURS) or not known.originator_reference.startswith("line "):
        return "", ""
    return known.originator_reference.removeprefix("line "), known.info.get("INAM", "")


def _by_edl(path: Path, sounds: Mapping[Path, WavAbout | None], wanted: Wanted, found: _Found) -> Iterator[Path]:
    """Add what an EDL cuts out of the files; gives each file that it names."""
    try:
        edl = read_edl(path)
    except OSError as error:
        found.messages.append(f"{path.name} cannot be read ({error.strerror})")
        return
    found.messages += [f"{path.name}: {fault}" for fault in edl.faults]
    known: dict[Path, tuple[int, float]] = {}
    for event in edl.events:
        file, label = _file_of(event, sounds), f"{path.name}, event {event.number}"
        if file is None:
            found.messages.append(f"{label} names no file that is there ({', '.join(event.names)}): it is not used")
            continue
        yield file
        id, why = event_line(event, wanted)
        try:
            rate_hz, seconds = known[file] = known.get(file) or sound_length(file)
            length = round(seconds * rate_hz)
            cut: Cut | None = event_cut(event, edl, wanted.count, rate_hz, sounds[file], length)
        except (ValueError, AudiodescError) as error:
            found.messages.append(f"{label}: {error}: it is not used")
            continue
        if cut == Cut(0, length):
            cut = None
        found.add(Take(id, file, read_name(file.stem).take if cut is None else 1, f"{label} ({file.name})", cut), why)


def _file_of(event: Event, sounds: Iterable[Path]) -> Path | None:
    names = {Path(name).stem.casefold() for name in event.names} | {name.casefold() for name in event.names}
    by_name = [path for path in sounds if path.name.casefold() in names or path.stem.casefold() in names]
    every = list(sounds)
    return by_name[0] if by_name else every[0] if len(every) == 1 else None


def _latest(found: _Found) -> Matches:
    """Of each line the take with the highest number; none where two have it."""
    by_line: dict[str, list[Take]] = defaultdict(list)
    for take in found.takes:
        by_line[take.line].append(take)
    chosen: dict[str, Take] = {}
    messages = list(found.messages)
    for line, takes in by_line.items():
        highest = max(take.number for take in takes)
        best = [take for take in takes if take.number == highest]
        if len(best) > 1:
            messages.append(
                f"line {line} has {len(best)} recordings, and nothing says which is the later: {_names(best)}"
            )
            continue
        chosen[line] = best[0]
        older = [take for take in takes if take is not best[0]]
        messages += [f"{take.label} is take {take.number} of line {line}: take {highest} is used" for take in older]
    return Matches(chosen, tuple(messages))


def _names(takes: Sequence[Take]) -> str:
    return ", ".join(take.label for take in takes)
