"""What is wrong with the description of a film, a sound or a playlist, how grave that is, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from audiodesc.core.languages import is_same
from audiodesc.inspection.dash import dash_findings
from audiodesc.inspection.hls import hls_findings
from audiodesc.inspection.model import Finding, Inspection, Kind, Severity, Track

FAR_MS: Final = 2_000
"""Amazon Prime Video takes a described track whose length is within 2.0 s of the picture's."""

NEAR_MS: Final = 100
"""Codecs fill their last packet; a larger difference is heard at the end, or is an offset."""

APART_MS: Final = 20
"""By so much two sounds may start apart and stay in sync for anybody who changes from one to the other."""

MOSTLY_SILENT: Final = 0.4
"""A described track that is silent for more of its time than that, while the film's is not, is the narrator alone."""

APART_LU: Final = 3.0
"""Three times what a listener just notices (EBU Tech 3341 counts 1 LU)."""

CEILING_DB: Final = -1.0
"""EBU R 128: the highest permitted true peak."""


def findings_of(of: Inspection) -> tuple[Finding, ...]:
    """All that is found, the gravest first."""
    ranks = {"error": 0, "warning": 1, "info": 2}
    found = [*of.findings, *(one for check in CHECKS.get(of.kind, ()) for one in check(of))]
    return tuple(sorted(found, key=lambda one: ranks[one.severity]))


def _name(track: Track) -> str:
    title = f" (“{track.title}”)" if track.title else ""
    return f"sound {track.number}{title}" if track.kind == "sound" else f"{track.kind} {track.number}{title}"


def _presence(of: Inspection) -> Iterator[Finding]:
    if of.format == "media":  # the playlist of a single rendition
        return
    if not of.descriptions and not any(one.is_description for one in of.of_kind("text")):
        possible = [one for one in of.of_kind("sound") if one.description]
        what = f"; {_name(possible[0])} may be one" if possible else ""
        yield Finding(
            "no-description", "info", f"nothing is marked or called description{what}", "mark it, where there is one"
        )
    for track in of.descriptions:
        if track.description and track.description.certainty == "likely":
            yield Finding(
                "no-mark",
                "warning",
                f"{_name(track)} is description by its title only",
                "mark it as such (disposition visual_impaired): players and shops do not read titles",
            )


def _order(of: Inspection) -> Iterator[Finding]:
    sounds, described = of.of_kind("sound"), of.descriptions
    takers = [view.player for view in of.players if view.default in {one.number for one in described}]
    if described and takers and of.main:
        yield Finding(
            "taken-by-default",
            "error",
            f"{', '.join(takers)} {'takes' if len(takers) == 1 else 'take'} the description unasked",
            "put it behind the film's own sound, and flag only that one as default",
        )
    if described and of.main and described[0].number < of.main.number and of.kind == "film":
        yield Finding(
            "before-main",
            "warning",
            f"{_name(described[0])} stands before the film's own sound, and browsers take the first",
            "put it last",
        )
    flagged = [one for one in sounds if one.default]
    if len(flagged) > 1:
        yield Finding(
            "two-defaults",
            "error",
            f"{len(flagged)} sounds are flagged as default ({', '.join(str(one.number) for one in flagged)})",
            "flag one alone: some players play both at once",
        )


NAMELESS: Final = {"aac", "ac3", "eac3", "mp2", "w64", "aiff"}
"""Formats that have no place for a title and a language."""


def _names(of: Inspection) -> Iterator[Finding]:
    main = of.main
    if of.format in NAMELESS:
        return
    for track in of.descriptions:
        if not track.title and of.format != "MPEG-TS":
            yield Finding("no-title", "warning", f"{_name(track)} has no title", "call it “Audio description”")
        if not track.language:
            yield Finding("no-language", "warning", f"{_name(track)} has no language", "set that of the narrator")
        elif main and main.language and not is_same(main.language, track.language):
            what = f"{_name(track)} is in {track.language}, the film's own sound in {main.language}"
            yield Finding("other-language", "info", what, "set the right one, if that is a mistake")


def _marks(of: Inspection) -> Iterator[Finding]:
    """Marks that one kind of player reads and another does not."""
    for track in of.descriptions:
        places = {mark.where for mark in track.marks if mark.describes}
        if of.format == "MP4/MOV" and "kind" in places and "tagc" not in places:
            yield Finding(
                "no-tagc", "info", f"{_name(track)} has no tagged characteristic, by which Apple's players choose it",
                "add tagc public.accessibility.describes-video",
            )  # fmt: skip
        if of.format == "MP4/MOV" and "tagc" in places and "kind" not in places:
            yield Finding(
                "no-kind", "info", f"{_name(track)} has no kind box, by which FFmpeg and packagers know it",
                "add kind urn:mpeg:dash:role:2011 description",
            )  # fmt: skip
    groups = {one.says("alternate group") for one in of.of_kind("sound")}
    if of.format == "MP4/MOV" and len(of.of_kind("sound")) > 1 and (len(groups) > 1 or groups == {"0"}):
        yield Finding(
            "no-group",
            "warning",
            "the sounds are not in one alternate group: QuickTime may play them together",
            "put all of them in one",
        )


def _text_tracks(of: Inspection) -> Iterator[Finding]:
    for track in of.of_kind("text"):
        if track.is_description and (track.forced or track.default is True) and of.format != "MP4/MOV":
            how = "forced" if track.forced else "the default"
            yield Finding(
                "text-shown",
                "warning",
                f"{_name(track)} holds descriptions and is {how}, so that players show it to everybody",
                "take the flag away",
            )


def _times(of: Inspection) -> Iterator[Finding]:
    main, whole = of.main, of.duration_ms
    for track in of.descriptions:
        if track.end_ms is not None and whole and of.kind != "sound":
            late = track.end_ms - whole
            severity: Severity = "error" if abs(late) > FAR_MS else "warning"
            if abs(late) > NEAR_MS:
                how = f"{abs(late):,} ms {'after' if late > 0 else 'before'} the picture"
                yield Finding("length", severity, f"{_name(track)} ends {how}", "make it as long as the film")
        if main and track.start_ms is not None and main.start_ms is not None:
            apart = track.start_ms - main.start_ms
            if abs(apart) > APART_MS:
                how = f"{abs(apart):,} ms {'after' if apart > 0 else 'before'} the film's own sound"
                yield Finding("start", "warning", f"{_name(track)} starts {how}", "start both together")


def _levels(of: Inspection) -> Iterator[Finding]:
    main = of.main
    for track in of.descriptions:
        if not track.level:
            continue
        peak, own = track.level.true_peak_db, track.level.integrated_lufs
        if own is None:
            yield Finding("silent", "error", f"{_name(track)} is silent", "write it again")
        if peak is not None and peak > CEILING_DB:
            what = f"{_name(track)} peaks at {peak:.1f} dBTP, above {CEILING_DB:g}"
            yield Finding("peak", "info", what, "limit it, where EBU R 128 counts")
        is_quiet = track.level.silent > MOSTLY_SILENT and (
            not main or not main.level or main.level.silent < track.level.silent / 2
        )
        if is_quiet and own is not None:
            what = (
                f"{_name(track)} is silent for {track.level.silent:.0%} of its time: it is the narrator alone, it seems"
            )
            yield Finding("narrator-alone", "warning", what, "deliver the film's sound with the narrator in it")
        elif main and main.level and own is not None and main.level.integrated_lufs is not None:
            apart = own - main.level.integrated_lufs
            if abs(apart) > APART_LU:
                what = (
                    f"{_name(track)} is {abs(apart):.1f} LU {'louder' if apart > 0 else 'quieter'} than the film's own"
                )
                yield Finding("loudness", "info", what, "level it to the film")


def _bext(of: Inspection) -> Iterator[Finding]:
    stated, sounds = of.said.get("bext loudness"), of.of_kind("sound")
    level = sounds[0].level if sounds else None
    if stated and level and level.integrated_lufs is not None and abs(float(stated) - level.integrated_lufs) > 0.5:
        what = f"bext says {float(stated):.1f} LUFS, and it has {level.integrated_lufs:.1f}"
        yield Finding("bext-loudness", "warning", what, "write bext again")


Check = Callable[[Inspection], Iterator[Finding]]
CHECKS: Final[Mapping[Kind, tuple[Check, ...]]] = {
    "film": (_presence, _order, _names, _marks, _text_tracks, _times, _levels),
    "sound": (_names, _levels, _bext),
    "hls": (_presence, _order, _names, _times, _levels, hls_findings),
    "dash": (_presence, _order, _names, _times, _levels, dash_findings),
}
