"""DASH manifests (ISO/IEC 23009-1): adaptation sets with their roles and accessibility, how long each is, and which of
their segments are missing. XML as hostile; segments are those on this disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Final

from audiodesc.core.files import read_whole
from audiodesc.core.progress import Progress
from audiodesc.core.xml import DoctypeError, Element, read_xml
from audiodesc.errors import FilmError
from audiodesc.inspection.media_file import ROLE_SCHEME
from audiodesc.inspection.model import Finding, Inspection, Mark, Track, TrackKind
from audiodesc.inspection.named_files import NamedFiles, level_of, looked_into

LARGEST: Final = 4_000_000
MOST_SETS: Final = 500
MOST_SEGMENTS: Final = 100_000
PURPOSE_SCHEME: Final = "urn:tva:metadata:cs:AudioPurposeCS:2007"
"""Of which 1 is for the visually impaired: what televisions look for (ETSI TS 103 285, 6.1.2)."""

KINDS: Final[dict[str, TrackKind]] = {"video": "picture", "audio": "sound", "text": "text"}
LENGTH: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
NUMBERED: Final = re.compile(r"\$(RepresentationID|Number|Time|Bandwidth)?(?:%0(\d{1,2})d)?\$")


@dataclass(frozen=True, slots=True)
class _Listed:
    """The segments of a representation: their names in order with the header first, how long they are together (None:
    not said), and where the first begins in the presentation, both in ms."""

    uris: tuple[str, ...] = ()
    duration_ms: int | None = None
    start_ms: int | None = None


def is_dash(head: bytes) -> bool:
    """Whether a file that begins so is a manifest."""
    return re.search(rb"<(?:\w+:)?MPD[\s>]", head) is not None


def inspect_dash(path: Path, *, loudness: bool, progress: Progress) -> Inspection:
    """What is in a manifest. Raises FilmError for one that cannot be read."""
    root, named = _read(path), NamedFiles(path.parent)
    whole_ms = _length_ms(root.get("mediaPresentationDuration", ""))
    tracks: list[Track] = []
    counts: dict[TrackKind, int] = {}
    for period in _children(root, "Period"):
        length_ms = _length_ms(period.get("duration", "")) or whole_ms
        for one in _children(period, "AdaptationSet"):
            track = _of_set(one, _base(root, period), length_ms, path, named, progress if loudness else None)
            counts[track.kind] = counts.get(track.kind, 0) + 1
            tracks.append(replace(track, number=counts[track.kind]))
            if len(tracks) >= MOST_SETS:
                break
    pictures = [one.end_ms for one in tracks if one.kind == "picture" and one.end_ms]
    findings = []
    if named.missing:
        shown = ", ".join(list(named.missing)[:3])
        what = f"{len(named.missing)} files are not there ({shown})"
        findings.append(Finding("missing-files", "error", what, "copy them too"))
    return Inspection(
        path=str(path),
        kind="dash",
        format=root.get("type", "static"),
        duration_ms=max(pictures, default=whole_ms),
        tracks=tuple(tracks),
        said={"profiles": root.get("profiles", "")} if root.get("profiles") else {},
        findings=tuple(findings),
        not_followed=tuple(named.not_followed),
    )


def _read(path: Path) -> Element:
    try:
        root, faults = read_xml(read_whole(path, LARGEST).decode("utf-8-sig", "replace"))
    except OSError as error:
        raise FilmError(f"{path} cannot be read ({error.strerror})", "give a manifest that can") from error
    except DoctypeError as error:
        raise FilmError(f"{path} has {error}", "leave it out") from error
    if root is None:
        fault = f"line {faults[0].line}: {faults[0].message}" if faults else "it is empty"
        raise FilmError(f"{path} is no XML ({fault})", "write it again")
    return root


def _name(one: Element) -> str:
    return one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""


def _children(one: Element, name: str) -> Iterator[Element]:
    return (child for child in one if _name(child) == name)


def _first(name: str, *inner_first: Element) -> Element | None:
    """The first child of that name, of the inner element before the outer ones, which it stands in for."""
    return next((child for one in inner_first for child in _children(one, name)), None)


def _base(*outer_first: Element) -> str:
    """What the names of segments are appended to."""
    return "".join((child.text or "").strip() for one in outer_first for child in islice(_children(one, "BaseURL"), 1))


def _length_ms(text: str) -> int:
    """A duration of XML Schema in ms; 0 for what is none."""
    found = LENGTH.fullmatch(text.strip())
    if not found:
        return 0
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return round(min(1e6, days * 86_400 + hours * 3600 + minutes * 60 + seconds) * 1000)


def _of_set(one: Element, base: str, length_ms: int, path: Path, named: NamedFiles, progress: Progress | None) -> Track:
    """`progress` is None where no level is wanted."""
    representations = list(_children(one, "Representation"))
    best = max(representations, key=lambda each: _whole(each.get("bandwidth", "")), default=one)
    said = one.get("contentType") or (best.get("mimeType") or one.get("mimeType") or "").partition("/")[0]
    listed = _listed(one, best, length_ms)
    start = base + _base(one, best)
    files = [found for uri in listed.uris if (found := named.find(path, start + uri))]
    inner = next(iter(looked_into(files)), Track("other", 0))
    kind = KINDS.get({"application": "text"}.get(said, said), inner.kind)
    is_whole = bool(files) and len(files) == len(listed.uris)
    marks = tuple(_marks(one, best))
    label = _first("Label", one, best)
    return Track(
        kind=kind,
        number=0,
        codec=inner.codec or best.get("codecs") or one.get("codecs") or "",
        language=one.get("lang") or best.get("lang") or "",
        title=((label.text or "").strip() if label is not None else "") or one.get("label", ""),
        layout=inner.layout if kind == "sound" else "",
        channels=inner.channels if kind == "sound" else 0,
        rate_hz=inner.rate_hz or _whole(best.get("audioSamplingRate") or one.get("audioSamplingRate") or ""),
        width=_whole(best.get("width") or one.get("width") or "") if kind == "picture" else 0,
        height=_whole(best.get("height") or one.get("height") or "") if kind == "picture" else 0,
        default=any(mark.value == f"{ROLE_SCHEME} main" for mark in marks if mark.where == "Role"),
        forced=any(mark.value.endswith(" forced-subtitle") for mark in marks),
        marks=marks,
        start_ms=listed.start_ms,
        end_ms=listed.duration_ms,
        source=start + listed.uris[0] if listed.uris else "",
        level=level_of(files, progress) if progress and kind == "sound" and is_whole else None,
    )


def _marks(one: Element, best: Element) -> Iterator[Mark]:
    for name in ("Role", "Accessibility", "EssentialProperty", "SupplementalProperty"):
        for child in _children(one, name):
            scheme, value = child.get("schemeIdUri", ""), child.get("value", "")
            describes = (name == "Role" and (scheme, value) == (ROLE_SCHEME, "description")) or (
                name == "Accessibility" and (scheme, value) in ((PURPOSE_SCHEME, "1"), (ROLE_SCHEME, "description"))
            )
            yield Mark(name, f"{scheme} {value}".strip(), describes)
    for name in ("selectionPriority", "dependencyId", "bandwidth"):
        if value := one.get(name) or best.get(name) or "":
            yield Mark(name, value)


def _listed(one: Element, best: Element, length_ms: int) -> _Listed:
    if (template := _first("SegmentTemplate", best, one)) is not None:
        return _of_template(template, best, length_ms)
    if (listed := _first("SegmentList", best, one)) is not None:
        header = _first("Initialization", listed)
        names = [header.get("sourceURL", "")] if header is not None else []
        names += [child.get("media", "") for child in islice(_children(listed, "SegmentURL"), MOST_SEGMENTS)]
        return _Listed(tuple(filter(None, names)), length_ms or None, 0)
    return _Listed(("",), length_ms or None, 0) if _base(one, best) else _Listed()


def _of_template(template: Element, best: Element, length_ms: int) -> _Listed:
    """The segments of a template with a timeline, or numbered ones of one length."""
    scale = max(1, _whole(template.get("timescale", "1")))
    number = _whole(template.get("startNumber", "1"))
    zero = _whole(template.get("presentationTimeOffset", "0"))
    timeline = next(_children(template, "SegmentTimeline"), None)
    times: list[int] = []
    at = end = zero
    if timeline is not None:
        for entry in _children(timeline, "S"):
            at, lasts = _whole(entry.get("t", str(at))), _whole(entry.get("d", "0"))
            for _ in range(min(max(0, _whole(entry.get("r", "0"))) + 1, MOST_SEGMENTS - len(times))):
                times.append(at)
                at += lasts
        end = at
    elif lasts := _whole(template.get("duration", "0")):
        count = min(MOST_SEGMENTS, ceil(length_ms * scale / 1000 / lasts))
        times = [zero + i * lasts for i in range(count)]
        end = zero + length_ms * scale // 1000
    media, header = template.get("media", ""), template.get("initialization", "")
    names = [_filled(header, best, 0, 0)] if header else []
    names += [_filled(media, best, number + i, time) for i, time in enumerate(times)] if media else []
    start = round((times[0] - zero) * 1000 / scale) if times else None
    return _Listed(tuple(names), round((end - zero) * 1000 / scale) if times else None, start)


def _filled(template: str, best: Element, number: int, time: int) -> str:
    def value(found: re.Match[str]) -> str:
        if not found[1]:
            return "$"
        known = {"Number": number, "Time": time, "Bandwidth": _whole(best.get("bandwidth", ""))}
        return f"{known[found[1]]:0{int(found[2] or 1)}d}" if found[1] in known else best.get("id", "")

    return NUMBERED.sub(value, template)


def _whole(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,15}", text.strip()) else 0


def dash_findings(of: Inspection) -> Iterator[Finding]:
    """What is wrong with how description is signalled in a manifest."""
    for track in of.descriptions:
        name = f"the adaptation set of sound {track.number}"
        describing = {mark.where for mark in track.marks if mark.describes}
        if "Role" in describing and "Accessibility" not in describing:
            what = f"{name} has Role description and no Accessibility {PURPOSE_SCHEME} 1"
            yield Finding("no-accessibility", "warning", what, "add it: televisions look for it alone")
        is_broadcast_mix = f"{ROLE_SCHEME} alternate" in {mark.value for mark in track.marks}  # TS 103 285, table 4
        if "Accessibility" in describing and "Role" not in describing and not is_broadcast_mix:
            what = f"{name} has Accessibility and no Role description"
            yield Finding("no-role", "warning", what, "add it: players of the web look for it")
        if track.default:
            what = f"{name} has Role main beside that of description"
            yield Finding("role-main", "error", what, "take Role main away")
