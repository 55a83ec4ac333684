"""A caption of a stretch of a film: what it says and where it is from; its form as JSON, and the fields' as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast, get_args

from audiodesc.describers.models.shot_facts import ShotFacts, Subject
from audiodesc.errors import UsageError
from audiodesc.model import Cue, Span

Style = Literal["dense", "fields", "short", "line"]
"""What is asked for: a paragraph, the structured fields, one or two sentences, one line."""

CaptionStyle = Literal["dense", "fields", "short", "line", "texts"]
"""What a caption is; "texts": no model was there, so that it holds the text on screen alone."""

Fusion = Literal["t2v", "i2v"]
"""How fields become a caption: one from which a video could be made of text alone, or one that says only what the first
picture does not show."""

VERSION: Final = 1
"""Of the form of a caption as JSON."""

SHORT_WORDS: Final = 40
"""Of a caption of the style "short", at most."""

FEWEST_WORDS, MOST_WORDS = 4, 60
"""That can be asked for in a line."""

SHORTEST_MS, LONGEST_MS = 500, 60_000
"""Of a stretch. A longer shot is split in equal parts: descriptions of more than a minute get worse, says the card of
Qwen-VL-Narrator (https://huggingface.co/xiaosu-zhu/Qwen-VL-Narrator)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What captions are to be like.

    `every_ms`: one for each stretch of that length (500 to 60,000), None: one for each shot. `fusion`: the fields are
    asked for, and a text model makes a dense or short caption of them. `words` bounds a line, 4 to 60. `language` is a
    BCP 47 tag. Raises UsageError for anything else.
    """

    style: Style = "dense"
    every_ms: int | None = None
    fusion: Fusion | None = None
    words: int = 12
    language: str = "en"

    def __post_init__(self) -> None:
        _known(self.style, get_args(Style), "style")
        _known(self.fusion or "t2v", get_args(Fusion), "fusion")
        if self.fusion and self.style not in ("dense", "short"):
            raise UsageError(f"fields are made a caption, and the style is {self.style}", "give --style dense or short")
        if self.every_ms is not None and not SHORTEST_MS <= self.every_ms <= LONGEST_MS:
            raise UsageError(f"--every is {self.every_ms / 1000:g}", "give 0.5 to 60 seconds")
        if not FEWEST_WORDS <= self.words <= MOST_WORDS:
            raise UsageError(f"--words is {self.words}", f"give {FEWEST_WORDS} to {MOST_WORDS}")


@dataclass(frozen=True, slots=True)
class Caption:
    """What is seen in `span` of a film; `shot` is the number of the shot that it begins in, the first being 1.

    `film` is the path as it was given. `text` is "" in the style "fields", and where `failure` says why no answer came;
    `fields` are those that were asked for, None where none were. `model` is who looked. `doubts` are what is not as it
    was asked for. `dialogue` is what is said meanwhile. `cells` are further columns of the table that it was asked in.
    """

    film: str
    span: Span
    shot: int
    style: CaptionStyle
    text: str
    model: str
    fields: ShotFacts | None = None
    fusion: Fusion | None = None
    language: str = ""
    doubts: tuple[str, ...] = ()
    failure: str = ""
    dialogue: tuple[Cue, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)


def style_of(name: str) -> Style:
    """The style of that name. Raises UsageError for none."""
    return cast(Style, _known(name, get_args(Style), "style"))


def fusion_of(name: str | None) -> Fusion | None:
    """The fusion of that name. Raises UsageError for none."""
    return cast(Fusion, _known(name, get_args(Fusion), "fusion")) if name else None


def _known(name: str, names: tuple[str, ...], what: str) -> str:
    if name not in names:
        raise UsageError(f"there is no {what} {name!r:.40}", f"choose one of: {', '.join(names)}")
    return name


def as_json(caption: Caption) -> dict[str, Any]:
    """A caption for a line of JSON; `caption_in` reads it back."""
    return {
        "version": VERSION,
        "film": caption.film,
        "start_ms": caption.span.start_ms,
        "end_ms": caption.span.end_ms,
        "shot": caption.shot,
        "style": caption.style,
        "fusion": caption.fusion,
        "language": caption.language,
        "text": caption.text,
        "fields": fields_as_json(caption.fields) if caption.fields else None,
        "dialogue": [_cue_as_json(cue) for cue in caption.dialogue],
        "model": caption.model,
        "doubts": list(caption.doubts),
        "failure": caption.failure,
        **({"cells": dict(caption.cells)} if caption.cells else {}),
    }


def caption_in(value: Mapping[str, Any]) -> Caption:
    """The caption in such a value. Raises ValueError, TypeError or LookupError for a value of another form."""
    if value["version"] != VERSION:
        raise ValueError(f"version {value['version']!r:.20} of a caption")
    return Caption(
        film=value["film"],
        span=Span(value["start_ms"], value["end_ms"]),
        shot=value["shot"],
        style=value["style"],
        text=value["text"],
        model=value["model"],
        fields=_fields_in(value["fields"]) if value["fields"] is not None else None,
        fusion=value["fusion"],
        language=value["language"],
        doubts=tuple(value["doubts"]),
        failure=value["failure"],
        dialogue=tuple(_cue_in(one) for one in value["dialogue"]),
        cells=value.get("cells", {}),
    )


def fields_as_json(facts: ShotFacts) -> dict[str, Any]:
    """The fields under SkyCaptioner-V1's names, in its order."""
    return {
        "subjects": [_subject_as_json(one) for one in facts.subjects],
        "shot_type": facts.shot_type,
        "shot_angle": facts.shot_angle,
        "shot_position": facts.shot_position,
        "camera_motion": facts.camera_motion,
        "environment": facts.environment,
        "lighting": facts.lighting,
    }


def fields_text(facts: ShotFacts) -> str:
    """The fields as the text of a cell, as `structural_caption` has them."""
    return json.dumps(fields_as_json(facts), ensure_ascii=False)


def _subject_as_json(one: Subject) -> dict[str, Any]:
    return {
        "appearance": one.appearance,
        "action": one.action,
        "expression": one.expression,
        "position": one.position,
        "TYPES": {"type": one.kind, "sub_type": one.sub_kind},
        "is_main_subject": one.main,
    }


def _fields_in(value: Mapping[str, Any]) -> ShotFacts:
    rest = {name: value[name] for name in fields_as_json(ShotFacts()) if name != "subjects"}
    return ShotFacts(tuple(map(_subject_in, value["subjects"])), **rest)


def _subject_in(value: Mapping[str, Any]) -> Subject:
    kinds, rest = value["TYPES"], {name: value[name] for name in ("appearance", "action", "expression", "position")}
    return Subject(kinds["type"], kinds["sub_type"], **rest, main=value["is_main_subject"])


def _cue_as_json(cue: Cue) -> dict[str, Any]:
    span = {"start_ms": cue.span.start_ms, "end_ms": cue.span.end_ms}
    return {**span, "kind": cue.kind, "speaker": cue.speaker, "text": cue.text}


def _cue_in(value: Mapping[str, Any]) -> Cue:
    return Cue(Span(value["start_ms"], value["end_ms"]), value["text"], value["kind"], value["speaker"])
