"""An inspection held against a preset: each check passed, failed, or not checkable, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, Literal

from audiodesc.core.files import content_hash
from audiodesc.core.formatting import signed
from audiodesc.errors import InputError
from audiodesc.inspection.model import Inspection, Track, every
from audiodesc.media.probe import probe
from audiodesc.mix.levels import LEAST_DIALOGUE
from audiodesc.presets import Checks, preset
from audiodesc.report.measured import ReportLoudness
from audiodesc.report.reading import read_report, report_in

Outcome = Literal["pass", "fail", "not checkable"]

UNMEASURED: Final = "the sound was not measured"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one file: its name, how it came out, what is wanted and what was found."""

    path: str
    name: str
    outcome: Outcome
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class QcReport:
    """All checks of a preset, with its sources, the day on which they were read, and what it cannot promise."""

    preset: str
    title: str
    read: str
    sources: tuple[str, ...]
    checks: tuple[Check, ...]
    cannot_promise: tuple[str, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that were not passed."""
        return tuple(one for one in self.checks if one.outcome == "fail")

    @property
    def exit_code(self) -> int:
        """8 where a check failed, as `check` has it for errors; else 0."""
        return 8 if self.failed else 0


def against(of: Inspection, name: str, film: Path | None = None) -> QcReport:
    """The checks of the preset `name` on each film, sound or stream with a description, in a folder on those that the
    preset hands over; `film` gives the length that a sound by itself is held against.

    Raises UsageError for a preset that there is not, FilmError for a film that cannot be read.
    """
    chosen = preset(name)
    length_ms = _picture_ms(film) if film else None
    found: list[Check] = []
    for part in _handed_over(of, chosen.files):
        if judged := _judged(part):
            found += _checks(part, judged, chosen.checks, length_ms)
    if not found:
        found = [Check(of.path, "description", "fail", "a sound that is description", "none")]
    return QcReport(chosen.name, chosen.title, str(chosen.read), chosen.sources, tuple(found), chosen.cannot_promise)


def _handed_over(of: Inspection, patterns: Sequence[str]) -> list[Inspection]:
    """Of a folder the files that are called as a run calls what a preset hands over; all where none is."""
    parts = list(every(of))
    named = [one for one in parts if any(fnmatch(Path(one.path).name, pattern) for pattern in patterns)]
    return named if of.parts and named else parts


def _picture_ms(film: Path) -> int:
    probed = probe(film)
    return probed.video.end_ms or probed.duration_ms


def _judged(part: Inspection) -> Track | None:
    """The sound that is held against the preset: the first that is description; of a file with one sound, this."""
    sounds = part.of_kind("sound")
    alone = sounds[0] if part.kind == "sound" and len(sounds) == 1 else None
    return next(iter(part.descriptions), alone)


Answer = tuple[Outcome, str, str]
"""How a check came out, what was wanted and what was found."""


def _checks(part: Inspection, track: Track, wanted: Checks, length_ms: int | None) -> Iterator[Check]:
    answers: dict[str, Answer | None] = {
        "loudness": _loudness(part, track, wanted),
        "dialogue loudness": _dialogue(part, track, wanted),
        "true peak": _peak(part, track, wanted),
        "length": _length(part, track, wanted, length_ms),
        "container": _one_of(part.format, wanted.containers),
        "sample rate": _one_of(track.rate_hz, wanted.rates_hz, " Hz"),
        "word length": _one_of(track.bits, wanted.bits, " bit") if track.bits else None,
        "channels": _one_of(track.channels, wanted.channels),
        "sounds": _one_of(len(part.of_kind("sound")), (wanted.sounds,) if wanted.sounds is not None else ()),
        "language": _there(track.language, "language", wanted.language),
        "title": _there(track.title, "title", wanted.title),
        "default": _not_default(part, track, wanted),
        "marks": _marked(part, track, wanted),
    }
    for name, answer in answers.items():
        if answer:
            yield Check(part.path, name, *answer)


def _passed(is_right: bool) -> Outcome:
    return "pass" if is_right else "fail"


def _why_unmeasured(part: Inspection) -> str:
    return "narrator and control track are no mix" if part.receiver else UNMEASURED


def _loudness(part: Inspection, track: Track, wanted: Checks) -> Answer | None:
    if wanted.loudness_lufs is None:
        return None
    low, high = wanted.loudness_lufs
    text = f"{signed(low)} to {signed(high)} LUFS"
    if track.level is None:
        return "not checkable", text, _why_unmeasured(part)
    value = track.level.integrated_lufs
    if value is None:
        return "fail", text, "silence"
    return _passed(low <= round(value, 1) <= high), text, f"{signed(value)} LUFS"


def _dialogue(part: Inspection, track: Track, wanted: Checks) -> Answer | None:
    """A file does not say when people speak; the report of the run that made it, which lies beside it, does."""
    if wanted.dialogue_lufs is None:
        return None
    low, high = wanted.dialogue_lufs
    if made := _loudness_of_run(Path(part.path)):
        text, value = f"dialogue at {signed(low)} to {signed(high)} LKFS", made.after.dialogue_lufs
        if wanted.little_dialogue_lufs is not None and made.dialogue_share < LEAST_DIALOGUE:
            (low, high), value = wanted.little_dialogue_lufs, made.after.integrated_lufs
            text = f"{signed(low)} to {signed(high)} LKFS, for there is little dialogue"
        if value is None:
            return "fail", text, "silence"
        return _passed(low <= round(value, 1) <= high), text, f"{signed(value)} LKFS by the run's report"
    level = track.level.integrated_lufs if track.level else None
    whole = f"; the whole is at {signed(level)} LUFS" if level is not None else ""
    why = f"nothing in the file says when people speak, and no report of its run lies beside it{whole}"
    return "not checkable", f"dialogue at {signed(low)} to {signed(high)} LKFS", why


def _loudness_of_run(path: Path) -> ReportLoudness | None:
    """What the run that made a file measured; None where no report beside it names the file as it is."""
    with suppress(InputError, OSError):
        report = read_report(report_in(path.parent))
        named = next((one for one in report.files.values() if one.name == path.name), None)
        if named and named.fingerprint == content_hash(path)[0]:
            return report.loudness
    return None


def _peak(part: Inspection, track: Track, wanted: Checks) -> Answer | None:
    if wanted.true_peak_db is None:
        return None
    text = f"at most {signed(wanted.true_peak_db)} dBTP"
    if track.level is None:
        return "not checkable", text, _why_unmeasured(part)
    peak = track.level.true_peak_db
    return _passed(peak is None or round(peak, 1) <= wanted.true_peak_db), text, f"{signed(peak)} dBTP"


def _length(part: Inspection, track: Track, wanted: Checks, length_ms: int | None) -> Answer | None:
    if wanted.length_ms is None:
        return None
    text = f"within {wanted.length_ms / 1000:g} s of the film"
    own = track.end_ms if track.end_ms is not None else part.duration_ms or None
    whole = part.duration_ms if part.kind != "sound" else length_ms
    if not whole or own is None:
        return "not checkable", text, "the film was not given: give it with --film"
    return _passed(abs(own - whole) <= wanted.length_ms), text, f"{abs(own - whole):,} ms apart"


def _one_of(value: object, wanted: Sequence[object], unit: str = "") -> Answer | None:
    if not wanted:
        return None
    text = f"{' or '.join(map(str, wanted))}{unit}"
    if value in ("", 0):
        return "not checkable", text, "the file does not say"
    return _passed(value in wanted), text, f"{value}{unit}"


def _there(value: str, what: str, is_wanted: bool) -> Answer | None:
    return (_passed(bool(value)), f"a {what}", value or "none") if is_wanted else None


def _not_default(part: Inspection, track: Track, wanted: Checks) -> Answer | None:
    if not wanted.not_default or len(part.of_kind("sound")) < 2:
        return None
    takers = [view.player for view in part.players if view.default == track.number]
    found = f"taken unasked by {', '.join(takers)}" if takers else "flagged as default" if track.default else "another"
    return _passed(not takers and not track.default), "another sound is taken unasked", found


def _marked(part: Inspection, track: Track, wanted: Checks) -> Answer | None:
    places = wanted.marks.get(part.format, ())
    if not places or part.kind == "sound":
        return None
    there = dict.fromkeys(mark.where for mark in track.marks if mark.describes)
    return _passed(set(places) <= there.keys()), ", ".join(places), ", ".join(there) or "none"
