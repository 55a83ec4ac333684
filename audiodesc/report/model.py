"""The report as a type: what was done with a film, and what was measured of it.

Field names are the keys of the JSON, in its order. Times are ms of the film. A level is None where it is that of
silence (−inf), which JSON cannot hold. Fields that end in `_lufs`, `_lu` and `_db` are after ITU-R BS.1770 and EBU
Tech 3341 and 3342.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Le

from audiodesc.judge.rules import Pace, Severity
from audiodesc.model import AudioTrack, CueKind, GapKind, LineState, Span, SubtitleTrack, VideoTrack
from audiodesc.report.dialogue import Count, Ms, ReportDialogue, SoundFaults
from audiodesc.report.doubts import ReportDoubt
from audiodesc.report.measured import Level, MixSound, ReportLoudness
from audiodesc.report.provenance import ReportProvenance
from audiodesc.report.stops import ReportStop

SCHEMA_VERSION = 1
"""Of the report's JSON. It is raised when a key goes or means something else, not when one is added. What was written
before there was a version counts as 0, and has the keys of 1."""

ABSENT = {"absent": "where None"}
"""Of a field that is left out of the JSON where it is None."""

MEASURED = {"absent": "where unmeasured"}
"""Of a field that is left out of the JSON where no sound was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilm:
    """The film that was described; `name` is its file's, `fingerprint` stands for its content."""

    name: str
    fingerprint: str
    duration_ms: Ms
    container: str
    video: VideoTrack
    audio_tracks: tuple[AudioTrack, ...]
    subtitle_tracks: tuple[SubtitleTrack, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts of lines, words and pauses."""

    lines: Count
    left_out: Count
    words: Count
    words_per_minute: Count
    seconds_spoken: float
    lines_per_minute_of_film: float
    usable_pauses: Count
    usable_pauses_left_empty: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNote:
    """What went wrong, or was left out, without stopping the film: in which stage, and when, if at a time."""

    stage: str
    message: str
    start_ms: Ms | None = field(default=None, metadata=ABSENT)
    end_ms: Ms | None = field(default=None, metadata=ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCue:
    """A subtitle at the time at which it is spoken; detected speech without a subtitle has no text."""

    start_ms: Ms
    end_ms: Ms
    kind: CueKind
    speaker: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportGap:
    """A pause in which a narrator may speak: when lines were planned and are spoken in it, and why it is used or not.

    Where a person placed the lines nothing was planned, and the last three are None.
    """

    start_ms: Ms
    end_ms: Ms
    kind: GapKind
    planned_ms: tuple[Ms, ...] | None = field(default=None, metadata=ABSENT)
    spoken_ms: tuple[Ms, ...] | None = field(default=None, metadata=ABSENT)
    why: str | None = field(default=None, metadata=ABSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDuck:
    """When the film's sound is lowered for a line, and raised again; below 0 before the film begins."""

    down_from_ms: float
    down_ms: float
    up_from_ms: float
    up_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSound:
    """What was measured of a line: its loudness, that of the film under it before and after ducking, and how far it
    stands above that (`ratio_lu`)."""

    start_ms: float
    end_ms: float
    depth_db: float
    level_lufs: Level
    film_lufs: Level
    ducked_lufs: Level
    ratio_lu: Level
    duck: ReportDuck


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSegment:
    """A pause's part for a line, and what came of it.

    `number` is the line's in its script, None where it is in none. `written` is where a person's script has the line,
    `placed` where it is spoken; where it is not, `reason` says why. `state` is what a person has done with the line
    (None: nothing), `note` what one remarked on it, `origin` what wrote the text that a person edited, None for others;
    `recording` is the name of a person's recording, None where a synthetic voice speaks; `voice` the name of the voice
    that speaks this line, None where it is the film's. `sound` is None where nothing
    was measured. At the end of `placed` the film stops for `stop_ms`; `heard` is where the line is in the extended
    film. Both are None where the film stops nowhere.
    """

    id: str
    number: int | None
    start_ms: Ms
    end_ms: Ms
    kind: GapKind
    watch: Span
    wanted_ms: Ms
    written: Span | None
    max_words: int
    facts: str
    line: str
    author: str
    placed: Span | None
    rate: float | None
    reason: str
    state: LineState | None = field(default=None, metadata=ABSENT)
    note: str | None = field(default=None, metadata=ABSENT)
    origin: str | None = field(default=None, metadata=ABSENT)
    recording: str | None = field(default=None, metadata=ABSENT)
    voice: str | None = field(default=None, metadata=ABSENT)
    stop_ms: Ms | None = field(default=None, metadata=ABSENT)
    heard: Span | None = field(default=None, metadata=ABSENT)
    sound: LineSound | None = field(default=None, metadata=MEASURED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFinding:
    """A rule of the craft that is broken: `line` is the script file's line, None where that is not known."""

    rule: str
    severity: Severity
    line: int | None
    start_ms: Ms | None = field(default=None, metadata=ABSENT)
    end_ms: Ms | None = field(default=None, metadata=ABSENT)
    words: str
    message: str
    advice: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What `check` finds in the lines; see `audiodesc.judge.rules.Judgement`."""

    script: str
    profile: str
    language: str
    counts: Mapping[Severity, Count]
    pace: Pace
    findings: tuple[ReportFinding, ...]
    judged: tuple[str, ...]
    not_judged: Mapping[str, str]
    notes: tuple[str, ...]
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A result: its name in the folder, and a hash of its content."""

    name: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is known of one run.

    `settings` are the choices as they were made, with what stood behind them (`voice_fingerprint`). Where no sound was
    made, the fields from `overlap_ms` to `gain_curve` are None; where it was, `overlap_ms` is None if nothing says when
    people speak. `gain_curve` has [ms, dB] of each corner of the film's gain. `seconds` is how long each stage took.
    `film_at` stands for the film's place on the disk; `key` for all that went into the results.
    `stops` are where the film stops for lines, None where nowhere: what is measured of the sound then has times of the
    extended film. `part` is what was described and mixed, None for all of the film.
    """

    __pydantic_config__: ClassVar[Any] = {"strict": True, "allow_inf_nan": False}

    schema_version: Annotated[int, Ge(0), Le(SCHEMA_VERSION)] = 0
    made_by: str
    versions: Mapping[str, str]
    film: ReportFilm
    settings: Mapping[str, Any]
    totals: Totals
    notes: tuple[ReportNote, ...]
    cues: tuple[ReportCue, ...]
    gaps: tuple[ReportGap, ...]
    segments: tuple[ReportSegment, ...]
    dialogue: ReportDialogue
    sound_faults: SoundFaults
    check: Check
    overlap_ms: Count | None = field(default=None, metadata=MEASURED)
    under_subtitles_ms: Count | None = field(default=None, metadata=MEASURED)
    narration_heard_ms: Count | None = field(default=None, metadata=MEASURED)
    loudness: ReportLoudness | None = field(default=None, metadata=MEASURED)
    sound: MixSound | None = field(default=None, metadata=MEASURED)
    gain_curve: tuple[tuple[float, float], ...] | None = field(default=None, metadata=MEASURED)
    doubts: tuple[ReportDoubt, ...] | None = field(default=None, metadata=ABSENT)
    stops: tuple[ReportStop, ...] | None = field(default=None, metadata=ABSENT)
    provenance: ReportProvenance | None = field(default=None, metadata=ABSENT)
    part: Span | None = field(default=None, metadata=ABSENT)
    seconds: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, ReportFile] = field(default_factory=dict)
    film_at: str = ""
    key: str = ""

    @property
    def is_measured(self) -> bool:
        """Whether sound was made."""
        return self.loudness is not None

    @property
    def language(self) -> str:
        """BCP 47 tag of the narrator's language; "" where the settings have none."""
        return str(self.settings.get("language") or "")

    @property
    def voice(self) -> str:
        """The voice's name."""
        return str(self.settings.get("voice") or "")

    @property
    def describer(self) -> str:
        """The fingerprint of the describer, or "human"."""
        return str(self.settings.get("describer") or "")

    @property
    def describer_label(self) -> str:
        """The describer's name for people; "" in older reports."""
        return str(self.settings.get("describer_label") or "")

    @property
    def spoken(self) -> tuple[ReportSegment, ...]:
        """The segments whose line is heard, in order."""
        return tuple(segment for segment in self.segments if segment.placed)

    @property
    def left_out(self) -> tuple[ReportSegment, ...]:
        """Those that have a line which is not heard, in order."""
        return tuple(segment for segment in self.segments if segment.line and not segment.placed)
