"""An evaluation as a type: pairs of a human cue and what is said in its place, scores, and where they stand.

Field names are the keys of the JSON, in its order. Times are ms of the film.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

from annotated_types import Ge, Interval

from audiodesc.model import Span

SCHEMA_VERSION = 1
"""Of the evaluation's JSON. It is raised when a key goes or means something else, not when one is added."""

System = Literal["ours", "second", "neighbour", "chance", "itself"]
"""Whose texts are scored against those of the human script.

"ours": the script that is evaluated. "second": another human script. "neighbour": each human cue predicted by the human
cue before it. "chance": each by another cue of the human script, drawn at random. "itself": the human script, which is
the most that can be reached.
"""

SYSTEMS: Final[Mapping[System, str]] = {
    "ours": "this script",
    "second": "second human",
    "neighbour": "copied neighbour",
    "chance": "chance",
    "itself": "human itself",
}
"""How they are called for people, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a script is evaluated.

    `window_s`: a line that overlaps no human cue still counts for one that it is at most so many seconds away from.
    `resamples`: how often the cues are drawn anew for an interval; 0 for no intervals. `seed`: of these and of chance.
    `text_model`: a folder with the weights of a text encoder, for the measures that need one.
    """

    window_s: Annotated[float, Interval(ge=0, le=60)] = 3.0
    resamples: Annotated[int, Interval(ge=0, le=100_000)] = 1_000
    seed: Annotated[int, Ge(0)] = 0
    text_model: Path | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A human cue with what is said in its place: "" where nothing is.

    `film` tells films or clips apart where there are several; `span` is None where no time is known; `second` is None
    where there is no second human script.
    """

    human: str
    ours: str
    second: str | None = None
    span: Span | None = None
    film: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the human script has a line of ours, in time.

    Of the human `cues`, `overlapped` are those that a line overlaps, `near` further ones with a line inside the window,
    `empty` the rest. `human_ms` is the time of the human cues, of which ours speaks in `both_ms`; both are None where
    no times are known. `lines` are those of ours, of which `extra` belong to no human cue.
    """

    cues: int
    overlapped: int
    near: int
    empty: int
    lines: int
    extra: int
    human_ms: int | None = None
    both_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A score, and the interval that holds it with the stated level; None where no interval was asked for."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """What a measure gives, by system. Where it could not be measured, `values` is empty, `missing` says why, and
    `remedy` what would bring it. `how` says how it was computed: tokenizer, version, model."""

    measure: str
    title: str
    source: str
    how: str = ""
    values: Mapping[System, Value] | None = None
    missing: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A human cue, what is said in its place, and the scores of ours, by measure, of those that have one for a cue."""

    number: int
    human: str
    ours: str
    second: str | None
    span: Span | None
    film: str
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class JudgeRecord:
    """Who judged, and how: the model's `name`, the `prompts` that it was asked with, by name, and their `version`. Of
    `asked` judgements `failed` had no score, by system, and `failures` says why, with how often."""

    name: str
    prompts: Mapping[str, str]
    version: int
    asked: int = 0
    failed: Mapping[System, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What shows in a script by itself.

    `words_per_minute` counts in the time of the lines, None where they have none. `with_name`, `with_pronoun`,
    `repeating` and `with_action` are percentages of the lines, None where it cannot be counted: but for repetition, in
    other languages than English. `errors`, `warnings` and `hints` are `check`'s findings, None where it did not judge.
    """

    lines: int
    words: int
    words_per_line: float
    content_words_per_line: float
    words_per_minute: float | None
    with_name: float | None
    with_pronoun: float | None
    repeating: float
    with_action: float | None
    errors: int | None
    warnings: int | None
    hints: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What shows in a line: its names, pronouns and actions (verbs) as they stand, None where they cannot be counted;
    whether it `repeats` one of the lines before it, and which rules of `check` it breaks."""

    number: int
    text: str
    span: Span
    words: int
    content_words: int
    names: tuple[str, ...] | None
    pronouns: tuple[str, ...] | None
    repeats: bool
    actions: tuple[str, ...] | None
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All of it. `facts` are of each script by itself, `own` those of the lines of ours. `level` is that of the
    intervals, in percent; `notes` say what was read otherwise than it stands, and what was left out."""

    schema_version: int = SCHEMA_VERSION
    ours: str
    human: str = ""
    second: str = ""
    film: str = ""
    window_s: float = 0.0
    resamples: int = 0
    seed: int = 0
    level: float = 95.0
    coverage: Coverage | None = None
    scores: tuple[Score, ...] = ()
    lines: tuple[Line, ...] = ()
    facts: Mapping[System, Facts] = field(default_factory=dict)
    own: tuple[LineFacts, ...] = ()
    notes: tuple[str, ...] = ()
    judge: JudgeRecord | None = None
