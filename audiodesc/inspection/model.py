"""What an inspection gives: what is in a file or folder about description, what players make of it, and what is wrong.

Values are frozen; `to_json` has all of them, under a version of their form.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final, Literal

SCHEMA: Final = 1
"""The version of the form of `to_json`. It grows where a key changes its meaning or goes; keys may be added."""

Kind = Literal["film", "sound", "hls", "dash", "script", "subtitles", "project", "folder"]
TrackKind = Literal["picture", "sound", "text", "other"]
Certainty = Literal["certain", "likely", "possible"]
"""certain: a mark that was made for it says so; likely: its title does; possible: it may be one, nothing says so."""

Severity = Literal["error", "warning", "info"]
Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a file says of a track: where it is said, such as "kind" or "FlagVisualImpaired", and what.
    `describes`: it is a mark of description."""

    where: str
    value: str
    describes: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """The loudness of a track after EBU R 128: LUFS, LU and dBTP, None for silence. `silent` is the share of its time,
    0 to 1, in which it is below −60 LUFS."""

    integrated_lufs: float | None
    range_lu: float
    true_peak_db: float | None
    silent: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a track is description: how sure that is, and why."""

    certainty: Certainty
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """One track, rendition or adaptation set. `number` counts those of its kind from 1, in the order of the file.

    `language` is as written, "" where nothing is; `default` is None where the format has no such word. Times are in ms
    on the film's clock, None where not known. `source` is the file that a playlist names for it. `bits` is 0 where the
    codec has no word length, `rate_hz` and `channels` are 0 for what is no sound.
    """

    kind: TrackKind
    number: int
    codec: str = ""
    language: str = ""
    title: str = ""
    layout: str = ""
    channels: int = 0
    rate_hz: int = 0
    bits: int = 0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    default: bool | None = None
    forced: bool = False
    marks: tuple[Mark, ...] = ()
    start_ms: int | None = None
    end_ms: int | None = None
    source: str = ""
    level: Level | None = None
    description: Verdict | None = None

    @property
    def is_description(self) -> bool:
        """Whether it is surely or likely description."""
        return self.description is not None and self.description.certainty != "possible"

    def says(self, where: str) -> str:
        """What the first mark of that place says, "" where there is none."""
        return next((mark.value for mark in self.marks if mark.where == where), "")


@dataclass(frozen=True, slots=True)
class LongCue:
    """A cue that is too short for its words: when it begins (ms), its text, and what it would need (words a minute)."""

    start_ms: int
    text: str
    wpm: int


@dataclass(frozen=True, slots=True)
class TextFacts:
    """A script or subtitles: how many lines, words and minutes; words a minute inside the cues; cues that are too fast,
    and pairs that overlap. `first_ms` is where the first begins."""

    lines: int
    words: int
    first_ms: int
    end_ms: int
    wpm: int
    too_fast: tuple[LongCue, ...] = ()
    overlaps: int = 0
    faults: tuple[str, ...] = ()


ADM_DESCRIPTION: Final = "audio description"
"""The kind of dialogue 4 of ITU-R BS.2076."""


@dataclass(frozen=True, slots=True)
class AdmObject:
    """An audio object of ADM (ITU-R BS.2076): what it is called and what a listener may do with it. `gain_db` and
    `position` are the ranges of its interaction as text, "" for none; `alternatives` are its alternative value sets."""

    name: str
    dialogue: str = ""
    interact: bool = False
    on_off: bool = False
    gain_db: str = ""
    position: str = ""
    language: str = ""
    alternatives: int = 0
    tracks: int = 0


@dataclass(frozen=True, slots=True)
class AdmFacts:
    """What the `axml` chunk says: programmes by name and language, contents by name and kind of dialogue, and the
    objects."""

    programmes: tuple[tuple[str, str], ...]
    contents: tuple[tuple[str, str], ...]
    objects: tuple[AdmObject, ...]


@dataclass(frozen=True, slots=True)
class ReceiverFacts:
    """The control track of a receiver mix: descriptors that were read and were broken, the deepest fade in dB, and the
    share of its time in which the programme is faded, 0 to 1."""

    descriptors: int
    broken: int
    deepest_db: float
    faded: float


@dataclass(frozen=True, slots=True)
class PlayerView:
    """What one player makes of it.

    `default` is the number of the sound that it takes unasked, None where that is not known; `why` is the rule.
    `selectable`: a viewer can choose the description; `automatic`: it is taken for one who has asked for description in
    the player's or system's settings. `how` says the rule of both, `source` where the rules are written.
    """

    player: str
    default: int | None
    why: str
    selectable: Answer
    automatic: Answer
    how: str
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong or worth knowing: a name that stays, how grave it is, what it is, and what to do."""

    name: str
    severity: Severity
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is in a file or a folder about description.

    `format` is the container or the format of a text; `duration_ms` is the picture's length, or that of the whole where
    there is none. `said` are texts of the file itself, such as those of `bext`. `parts` are the members of a folder;
    `not_followed` are addresses and paths that were not read: the network is never asked, nor what is outside.
    """

    path: str
    kind: Kind
    format: str
    duration_ms: int = 0
    tracks: tuple[Track, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    text: TextFacts | None = None
    adm: AdmFacts | None = None
    receiver: ReceiverFacts | None = None
    players: tuple[PlayerView, ...] = ()
    findings: tuple[Finding, ...] = ()
    parts: tuple[Inspection, ...] = ()
    not_followed: tuple[str, ...] = ()
    schema: int = SCHEMA

    def of_kind(self, kind: TrackKind) -> tuple[Track, ...]:
        """Its tracks of one kind."""
        return tuple(track for track in self.tracks if track.kind == kind)

    @property
    def descriptions(self) -> tuple[Track, ...]:
        """The sounds that are surely or likely description."""
        return tuple(track for track in self.of_kind("sound") if track.is_description)

    @property
    def main(self) -> Track | None:
        """The film's own sound: the default of those that are no description, else the first of them."""
        others = [track for track in self.of_kind("sound") if not track.is_description]
        return next((track for track in others if track.default), others[0] if others else None)


def to_json(of: Any) -> str:
    """A value of this module as JSON; a number that is none, such as the level of silence, is null."""
    return json.dumps(_plain(of), ensure_ascii=False, indent=1)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def every(of: Inspection) -> Iterator[Inspection]:
    """It and all of its parts."""
    yield of
    for part in of.parts:
        yield from every(part)
