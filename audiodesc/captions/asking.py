"""Stretches of a film -> their captions: asked of a model, fields perhaps made a caption by a text model; without a
model, the text on screen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from audiodesc.captions.prompts import FIELDS_BEGIN, caption_prompt, fusion_prompt
from audiodesc.captions.units import Unit
from audiodesc.captions.values import SHORT_WORDS, Caption, CaptionStyle, Style, Wanted
from audiodesc.captions.writing import NO_FRAMES
from audiodesc.core.formatting import number_of
from audiodesc.core.progress import Progress, counted, silent
from audiodesc.describers.answers import lines_in, paragraph_in
from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.basic.texts import parse_facts
from audiodesc.describers.faulty_answers import WORDS_SHOWN, failure_in
from audiodesc.describers.line_language import in_language
from audiodesc.describers.models.shot_facts import ShotFacts, read_shot_facts
from audiodesc.describers.queries import AnswersQueries, QueryKind, Reply
from audiodesc.footage import Footage
from audiodesc.footage.answers import Cost, SpanQuery, answers, cost
from audiodesc.model import Cue, Gap, Segment
from audiodesc.narration.failures import Tally
from audiodesc.narration.observe import observations

TOKENS: Final = {"dense": 1536, "fields": 2048, "short": 160, "line": 120}
"""Of an answer: those that the examples of Qwen-VL-Narrator and SkyCaptioner-V1 allow theirs."""

FUSED_TOKENS: Final = 512
"""Of a caption that is made of fields, as SkyCaptioner-V1's fusion allows."""

LONGEST_TEXT: Final = 8_000
"""Characters of a caption: 1,536 tokens of English come to about 7,000."""


def query_kind(describer: Describer) -> QueryKind:
    """How a describer's model is asked; "" for one that has none."""
    return describer.query_kind if isinstance(describer, AnswersQueries) else ""


def captions_cost(
    footage: Footage,
    units: Sequence[Unit],
    wanted: Wanted,
    describer: Describer,
    known: Sequence[ShotFacts | None] = (),
) -> Cost:
    """What `captions` would ask now. Where fields are still to be asked for, a text is counted for each of them."""
    if not query_kind(describer):
        return Cost(0, 0, None)
    have = list(known) or [None] * len(units)
    asked = [unit for unit, fields in zip(units, have, strict=True) if fields is None]
    queries = [_query(footage, unit, wanted, describer) for unit in asked]
    looks = cost(footage, queries, describer) if queries else Cost(0, 0, 0.0)
    if not wanted.fusion:
        return looks
    if queries and not looks.queries:
        have = [one.fields for one in captions(footage, units, replace(wanted, style="fields", fusion=None), describer)]
    texts = cost(footage, _fusions(have, wanted), describer, NO_FRAMES)
    return replace(looks, queries=looks.queries + texts.queries + (len(asked) if looks.queries else 0))


def captions(
    footage: Footage,
    units: Sequence[Unit],
    wanted: Wanted,
    describer: Describer,
    progress: Progress = silent,
    known: Sequence[ShotFacts | None] = (),
) -> tuple[Caption, ...]:
    """The captions of stretches, in order. Answers are kept as they come, so that only what is missing is asked for.

    `known` are fields that are there already, for each unit, which are not asked for again. A describer without a model
    gives the text on screen. Raises AudiodescError above the describer's share of failures, and as `answers` does.
    """
    if not query_kind(describer):
        return _texts(footage, units, describer, progress)
    have = list(known) or [None] * len(units)
    asked = [unit for unit, fields in zip(units, have, strict=True) if fields is None]
    queries = [_query(footage, unit, wanted, describer) for unit in asked]
    replies = answers(footage, queries, describer, progress=progress)
    failed = Tally("caption", len(units), footage.settings.describer.failed_share)
    made = []
    for unit, fields in zip(units, have, strict=True):
        base = _base(footage, unit, describer, wanted)
        if fields is not None:
            made.append(replace(base, fields=fields))
            continue
        found = _caption_in(base, next(replies), wanted, query_kind(describer))
        made.append(_counted(base, found, failed))
    return _fused(footage, made, wanted, describer, progress) if wanted.fusion else tuple(made)


def _query(footage: Footage, unit: Unit, wanted: Wanted, describer: Describer) -> SpanQuery:
    style, kind = _asked_style(wanted), query_kind(describer)
    text = caption_prompt(unit.span, style, wanted, footage.context, _cues(footage, unit), kind)
    portraits = tuple((one.name, one.portrait) for one in footage.context.cast if one.portrait)
    return SpanQuery(text, unit.span, portraits if kind == "chat" else (), longest_tokens=TOKENS[style])


def _asked_style(wanted: Wanted) -> Style:
    return "fields" if wanted.fusion else wanted.style


def _base(footage: Footage, unit: Unit, describer: Describer, wanted: Wanted | None = None) -> Caption:
    style: CaptionStyle = _asked_style(wanted) if wanted else "texts"
    language, said = wanted.language if wanted else "", tuple(_cues(footage, unit))
    film = str(footage.film.path)
    return Caption(film, unit.span, unit.shot, style, "", describer.label, language=language, dialogue=said)


def _cues(footage: Footage, unit: Unit) -> Sequence[Cue]:
    cues = footage.cues
    before = cues[: bisect_left(cues, unit.span.end_ms, key=lambda cue: cue.span.start_ms)]
    return [cue for cue in before if cue.span.overlap_ms(unit.span)]


def _counted(base: Caption, found: Caption | Failure, failed: Tally) -> Caption:
    """What was found, or the caption that says why there is nothing."""
    if isinstance(found, Caption):
        return found
    failed.add(found)
    return replace(base, failure=_why(found))


def _caption_in(base: Caption, reply: Reply | Failure, wanted: Wanted, kind: QueryKind) -> Caption | Failure:
    if isinstance(reply, Failure):
        return reply
    if base.style == "fields":
        return _with_fields(base, FIELDS_BEGIN + reply.text if kind == "base" else reply.text)
    found = _text_in(reply.text, wanted.style, kind)
    if isinstance(found, Failure):
        return found
    return replace(base, text=found, doubts=tuple(_doubts(found, wanted)))


def _text_in(answer: str, style: Style, kind: QueryKind) -> str | Failure:
    """The caption in an answer; of a base model's, the line that it goes on with."""
    if kind == "base":
        answer = answer.strip().split("\n", 1)[0]
    try:
        found = paragraph_in(answer)
        if style == "line" and isinstance(found, str):
            parts = [answer] if answer.lstrip().startswith(("{", "[")) else answer.splitlines()
            lines = (line for part in parts for line in lines_in(part))
            found = next(lines, None) or Failure("unreadable", words=found[:WORDS_SHOWN])
    except ImportError:  # broken JSON, which only [models] mends
        return Failure("unreadable", words=answer[:WORDS_SHOWN])
    return found if isinstance(found, Failure) or len(found) <= LONGEST_TEXT else Failure("loop", words=found[:200])


def _with_fields(base: Caption, answer: str) -> Caption | Failure:
    try:
        facts, wrong = read_shot_facts(answer)
    except ImportError:
        return Failure("unreadable", words="broken JSON, which is mended where audiodesc[models] is installed")
    if facts == ShotFacts():
        return failure_in(answer) or Failure("unreadable", words=answer[:WORDS_SHOWN])
    return replace(base, fields=facts, doubts=wrong)


def _doubts(text: str, wanted: Wanted) -> Iterator[str]:
    most = {"line": wanted.words, "short": SHORT_WORDS}.get(wanted.style)
    if most and (count := len(text.split())) > most:
        yield f"{number_of(count, 'word')}, {most} were asked for"
    if in_language(text, wanted.language) is False:
        yield f"not in the language that was asked for ({wanted.language})"


def _why(failure: Failure) -> str:
    words = " ".join(failure.words.split())
    return f"{failure}: {words[:WORDS_SHOWN]}" if words else str(failure)


def _fused(
    footage: Footage, made: Sequence[Caption], wanted: Wanted, describer: Describer, progress: Progress
) -> tuple[Caption, ...]:
    """The captions with a text made of their fields; where nothing but the camera moves, that is the text."""
    prompts = [_fusion(one.fields, wanted) for one in made]
    asked = _fusions([one.fields for one in made], wanted)
    replies = iter(answers(footage, asked, describer, NO_FRAMES, progress)) if asked else iter(())
    failed = Tally("caption", len(made), footage.settings.describer.failed_share)
    done = []
    for one, prompt in zip(made, prompts, strict=True):
        base = replace(one, style=wanted.style, fusion=wanted.fusion)
        reply = next(replies) if prompt else None
        fused = _with_text(base, reply, one.fields, wanted) if one.fields else base
        done.append(_counted(base, fused, failed))
    return tuple(done)


def _fusion(fields: ShotFacts | None, wanted: Wanted) -> str:
    """What is asked to make a caption of fields; "" where there is nothing to ask."""
    return fusion_prompt(fields, wanted.fusion, wanted.style, wanted.language) if fields and wanted.fusion else ""


def _fusions(fields: Sequence[ShotFacts | None], wanted: Wanted) -> list[SpanQuery]:
    prompts = (_fusion(one, wanted) for one in fields)
    return [SpanQuery(prompt, longest_tokens=FUSED_TOKENS) for prompt in prompts if prompt]


def _with_text(base: Caption, reply: Reply | Failure | None, fields: ShotFacts, wanted: Wanted) -> Caption | Failure:
    found = _text_in(reply.text, wanted.style, "chat") if isinstance(reply, Reply) else reply
    if isinstance(found, Failure):
        return found
    motion = fields.camera_motion
    camera = f"{motion[:1].upper()}{motion[1:].rstrip('.')}." if motion else ""
    doubts = _doubts(found, wanted) if found else ()
    return replace(base, text=" ".join(filter(None, (found, camera))), doubts=(*base.doubts, *doubts))


def _texts(footage: Footage, units: Sequence[Unit], describer: Describer, progress: Progress) -> tuple[Caption, ...]:
    """What a describer without a model reads on the screen, or what one of another package's says of each stretch."""
    segments = [Segment(Gap(unit.span), unit.span, unit.span.end_ms, 1) for unit in units]
    share = footage.settings.describer.failed_share
    seen = observations(footage.film, segments, describer, footage.cues, footage.store, share, footage.found.cuts)
    made = []
    for unit, one in zip(units, counted(seen, len(units), "look", progress), strict=True):
        shown = dict.fromkeys(text.text for text in parse_facts(one.facts).texts)
        text = " · ".join(shown) if shown else describer.evidence(one.facts)
        made.append(replace(_base(footage, unit, describer), text=text, failure=one.failure))
    return tuple(made)
