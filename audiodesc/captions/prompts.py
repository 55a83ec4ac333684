"""What a model is asked for a caption, and for a summary: the texts of `prompts.toml`, filled in."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import takewhile
from typing import Any, Final

from audiodesc.captions.entries import Entry
from audiodesc.captions.values import SHORT_WORDS, Fusion, Style, Wanted
from audiodesc.core.formatting import clock, shortest
from audiodesc.core.languages import is_same
from audiodesc.describers.context import FilmContext
from audiodesc.describers.line_language import language_name
from audiodesc.describers.models.shot_facts import ShotFacts
from audiodesc.describers.prompts import OBSERVE_FIELDS, filled, names_rule
from audiodesc.describers.queries import QueryKind
from audiodesc.model import Cue, Span


def _shipped() -> Mapping[str, Any]:
    return tomllib.loads(files("audiodesc.captions").joinpath("prompts.toml").read_text("utf-8"))


_TEXTS: Final = _shipped()

FIELDS_BEGIN: Final = _TEXTS["continue"]["fields"].rsplit("\n", 1)[1]
"""What a base model's answer with fields goes on from."""

MOST_SAID: Final = 2_000
"""Characters of dialogue in a question."""

WITH_EXPRESSION: Final = ("Human", "Animal")
"""Kinds of subjects whose expression counts; SkyCaptioner-V1's fusion drops that of all others."""


def caption_prompt(
    span: Span, style: Style, wanted: Wanted, context: FilmContext, cues: Sequence[Cue], kind: QueryKind = "chat"
) -> str:
    """The question about a stretch of a film; for a base model what it goes on with."""
    values = {
        "seconds": f"{span.duration_ms / 1000:.1f}",
        "words": SHORT_WORDS if style == "short" else wanted.words,
        "language": language_name(wanted.language),
    }
    if kind == "base":
        return filled(_TEXTS["continue"][style], **values)
    values["names"] = names_rule(context)
    parts, asked = _TEXTS["caption"], OBSERVE_FIELDS if style == "fields" else _TEXTS["caption"][style]
    text = filled(asked, **values)
    if style == "fields" and not is_same(wanted.language, "en"):
        text += filled(parts["language"], **values)
    if context.text:
        text += filled(parts["context"], context=context.text)
    return text + (filled(parts["said"], said=_said(cues)) if cues else "")


def _said(cues: Sequence[Cue]) -> str:
    length = 0

    def fits(text: str) -> bool:
        nonlocal length
        length += len(text)
        return length <= MOST_SAID

    spoken = (f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text for cue in cues)
    return json.dumps([*takewhile(fits, (" ".join(text.split()) for text in spoken))], ensure_ascii=False)


def fusion_prompt(facts: ShotFacts, fusion: Fusion, style: Style, language: str) -> str:
    """The question that makes a caption of fields; "" where the fields hold nothing that it would say."""
    fields = _to_fuse(facts, fusion)
    if not fields:
        return ""
    length = filled(_TEXTS["fuse"]["short" if style == "short" else "dense"], words=SHORT_WORDS)
    shown = json.dumps(fields, ensure_ascii=False, indent=1)
    return filled(_TEXTS["fuse"][fusion], fields=shown, length=length, language=language_name(language))


def _to_fuse(facts: ShotFacts, fusion: Fusion) -> dict[str, Any]:
    """The fields that count for a fusion, without empty ones; the camera's motion is added to the caption as it is."""
    is_whole = fusion == "t2v"
    subjects = []
    for one in facts.subjects:
        shows_it = one.kind in WITH_EXPRESSION and one.sub_kind != "Accessory"
        changes = {"action": one.action, "expression": one.expression if shows_it else ""}
        looks = {"appearance": one.appearance, "position": one.position} if is_whole else {}
        if said := {name: text for name, text in (changes | looks).items() if text}:
            subjects.append({"name": one.sub_kind or one.kind or "subject", **said})
    shot = {
        "shot_type": facts.shot_type,
        "shot_angle": facts.shot_angle,
        "shot_position": facts.shot_position,
        "environment": facts.environment,
        "lighting": facts.lighting,
    }
    return ({"subjects": subjects} if subjects else {}) | (
        {name: text.replace("_", " ") for name, text in shot.items() if text} if is_whole else {}
    )


def story_prompt(entries: Sequence[Entry], part: Span | None, words: int, language: str) -> str:
    """The question for the story of numbered entries, those of a part of the film or, for None, of all."""
    of_part = f", from {shortest(part.start_ms)} to {shortest(part.end_ms)} of it" if part else ""
    return filled(
        _TEXTS["summary"]["story"],
        part=of_part,
        entries=entries_text(entries),
        words=words,
        language=language_name(language),
    )


def scene_prompt(entries: Sequence[Entry], language: str) -> str:
    """The question for what a scene is to be called."""
    return filled(_TEXTS["summary"]["scene"], entries=entries_text(entries), language=language_name(language))


def entries_text(entries: Sequence[Entry]) -> str:
    """Entries as JSON, one a line."""
    return "[\n" + ",\n".join(map(entry_text, entries)) + "\n]"


def entry_text(entry: Entry) -> str:
    """An entry as JSON, with its number and time."""
    by = {"by": entry.speaker} if entry.speaker else {}
    shown = {"n": entry.number, "at": clock(entry.span.start_ms), entry.kind: entry.text, **by}
    return json.dumps(shown, ensure_ascii=False)
