"""All that a model is asked: the texts of `prompts.toml`, or of a person's own file, filled in."""

from __future__ import annotations

import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from audiodesc.core.files import read_whole
from audiodesc.core.languages import primary
from audiodesc.describers.base import LineRequest, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.line_language import language_name
from audiodesc.describers.people import ledger
from audiodesc.describers.rules import RECENT, BrokenRule
from audiodesc.describers.wishes import Wish, WishRequest
from audiodesc.errors import InputError
from audiodesc.model import Cue, Span, VideoClip


def _shipped() -> Mapping[str, Any]:
    return tomllib.loads(files("audiodesc.describers").joinpath("prompts.toml").read_text("utf-8"))


_TEXTS: Final = _shipped()

VERSION: Final[int] = _TEXTS["version"]
"""Part of every key: what was answered to another question is not used."""

LINE_PROMPTS: Final = tuple(f"write.{name}" for name in _TEXTS["write"] if name != "base")
"""The names of all that a model is asked that writes lines and is no base model."""

OBSERVE: Final[str] = _TEXTS["observe"]["plain"]
OBSERVE_NARRATOR: Final[str] = _TEXTS["observe"]["narrator"]
OBSERVE_FIELDS: Final[str] = _TEXTS["observe"]["fields"]
CONTINUE_NOTES: Final[str] = _TEXTS["observe"]["base"]
EXAMPLES: Final[Mapping[str, Sequence[str]]] = _TEXTS["examples"]
"""Lines without names, shortest first, by language."""

LARGEST = 100_000
"""Bytes of a person's own prompt."""

MOST_PEOPLE = 12
MOST_OFFERED = 20

NOW_MS = 4_000
"""What is seen from so long before a line on, or since the last cut, is NOW."""

NAMES_BY_CAST = """\
- Call somebody by name only if the cast below makes clear who it is. Anybody else is called by how they look.

Cast:
{cast}"""

NO_NAMES = "- Name nobody: say how they look."

FIELDS = ("seconds", "times", "shots", "now", "names")
"""What a person's own question about the pictures may have in braces."""


def prompt_texts() -> Mapping[str, str]:
    """Each prompt by its name, such as "observe.plain" or "write.line", as it stands in the file."""
    return {f"{part}.{name}": text for part in ("observe", "write") for name, text in _TEXTS[part].items()}


def read_question(path: Path) -> str:
    """A person's own question about the pictures: a text file, in which {seconds}, {times}, {shots}, {now} and {names}
    are filled in. Raises InputError for one that cannot be read, is empty or asks for something else."""
    try:
        text = read_whole(path, LARGEST).decode("utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(f"{path}: the prompt cannot be read: {why}", "give a text file in UTF-8") from error
    if not text:
        raise InputError(f"{path}: the prompt is empty", "see `audiodesc describers --prompt observe.plain` for one")
    if unknown := [name for name in re.findall(r"\{([a-z_]+)\}", text) if name not in FIELDS]:
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise InputError(f"{path}: nothing fills in {{{unknown[0]}}}", f"use only {known}")
    return text


def filled(text: str, **values: object) -> str:
    """The text with each {name} that has a value; other braces stay, and nothing in a value is filled in."""
    return re.sub(r"\{([a-z_]+)\}", lambda found: str(values.get(found[1], found[0])), text)


def observe_prompt(clip: VideoClip, context: FilmContext, question: str = OBSERVE) -> str:
    """What is asked about the frames of a clip; `question` is OBSERVE, another of them, or a person's own."""
    span = clip.span
    times_ms = [frame.time_ms for frame in clip.frames]
    asked = filled(
        question,
        seconds=f"{span.duration_ms / 1000:.1f}",
        times=", ".join(clip_seconds(time_ms, span) for time_ms in times_ms),
        shots="\n".join(_shots(clip, times_ms)),
        now=clip_seconds(now_from_ms(clip), span),
        names=names_rule(context),
    )
    parts = [asked]
    if context.text:
        parts.append(f"About the film: {context.text}")
    if clip.cues:
        heard = "\n".join(f"at {clip_seconds(cue.span.start_ms, span)} s: {_spoken(cue)}" for cue in clip.cues)
        parts.append(f"What is said meanwhile, only to understand the pictures. Do not repeat it:\n{heard}")
    return "\n\n".join(parts)


def names_rule(context: FilmContext) -> str:
    """The rule of a question about pictures that says who may be called by name."""
    return filled(NAMES_BY_CAST, cast=_cast(context)) if context.cast else NO_NAMES


def now_from_ms(clip: VideoClip) -> int:
    """From when on a clip shows what is seen while the line is spoken: since the last cut before it, 4 s at most."""
    spoken_ms = clip.span.end_ms if clip.spoken_ms is None else clip.spoken_ms
    before = bisect_right(clip.cuts, spoken_ms)
    shot_ms = clip.cuts[before - 1] if before else clip.span.start_ms
    return max(clip.span.start_ms, min(spoken_ms, max(shot_ms, spoken_ms - NOW_MS)))


def _shots(clip: VideoClip, times_ms: Sequence[int]) -> Iterator[str]:
    """The times of the frames in each shot of a clip: "Shot 2, NOW: at 4.0, 5.0 seconds"."""
    now_ms = now_from_ms(clip)

    def shot(time_ms: int) -> tuple[int, bool]:
        return bisect_right(clip.cuts, time_ms), time_ms >= now_ms

    for (number, now), group in groupby(times_ms, key=shot):
        times = ", ".join(clip_seconds(time_ms, clip.span) for time_ms in group)
        yield f"Shot {number + 1}, {'NOW' if now else 'EARLIER'}: at {times} seconds"


def line_prompt(request: LineRequest, context: FilmContext) -> str:
    """What is asked to get lines, without the pictures; or shorter ones than `request.too_long`, or as a wish has
    them."""
    now = "" if request.now_s is None else f"; your line is spoken from {request.now_s:.1f} s on, which is NOW"
    asked = filled(
        _TEXTS["write"]["line"],
        language=language_name(request.language),
        max_words=request.max_words,
        facts=request.facts.strip(),
        context="\n".join(_story(request, context)),
        now=now,
        examples=_examples(request.max_words, request.language),
    )
    if isinstance(request, WishRequest):
        asked += "".join(_wish(request.wish))
    if not request.too_long:
        return asked
    over = f"{request.over_ms / 1000:.1f}"
    return asked + filled(_TEXTS["write"]["shorter"], line=request.too_long, over=over, max_words=request.max_words)


def _wish(wish: Wish) -> Iterator[str]:
    for name, lines in (("offered", wish.offered[-MOST_OFFERED:]), ("following", wish.following)):
        if lines:
            yield filled(_TEXTS["write"][name], lines="\n".join(lines))
    if wish.hint:
        yield filled(_TEXTS["write"]["hint"], hint=json.dumps(wish.hint, ensure_ascii=False))


def continuation_prompt(request: LineRequest) -> str:
    """The beginning of a text whose next line is the line: for models that only go on with a text."""
    facts = " ".join(request.facts.split())
    language = language_name(request.language)
    return filled(_TEXTS["write"]["base"], language=language, facts=facts, max_words=request.max_words)


def retry_prompt(request: LineRequest, context: FilmContext, line: str, broken_rules: Sequence[BrokenRule]) -> str:
    """The question of `line_prompt` with a first answer and what is wrong with it."""
    faults = "\n".join(f"- {finding.rule}: {finding.why}" for finding in broken_rules)
    return line_prompt(request, context) + filled(_TEXTS["write"]["again"], line=line, faults=faults)


def story_prompt(request: StoryRequest, context: FilmContext) -> str:
    """What is asked to get the story so far."""
    sections = (
        ("About the film:", [context.text] if context.text else []),
        ("The story so far:", [request.summary] if request.summary else []),
        ("What was said since:", [_spoken(cue) for cue in request.dialogue]),
        ("What the listener was told since:", request.lines),
    )
    told = "\n".join(line for title, lines in sections if lines for line in ("", title, *lines))
    return filled(_TEXTS["write"]["story"], language=language_name(request.language), context=told)


def clip_seconds(time_ms: int, span: Span) -> str:
    """A time on the film's clock as seconds from the span's start: "3.5"."""
    return f"{max(0, time_ms - span.start_ms) / 1000:.1f}"


def _story(request: LineRequest, context: FilmContext) -> Iterator[str]:
    sections = (
        ("About the film:", [context.text] if context.text else []),
        ("Cast:", [_cast(context)] if context.cast else []),
        ("The story so far:", [request.summary] if request.summary else []),
        ("People so far:", [str(one) for one in ledger(request.previous_lines, context)[-MOST_PEOPLE:]]),
        (
            "Speakers so far, whom the film has named by now:",
            [", ".join(request.known_speakers)] if request.known_speakers else [],
        ),
        ("The listener was told, the latest last:", request.previous_lines[-RECENT:]),
        ("Dialogue before the pause:", [_spoken(cue) for cue in request.dialogue_before]),
        ("Dialogue after the pause, which gives no names yet:", [_spoken(cue) for cue in request.dialogue_after]),
    )
    for title, lines in sections:
        if lines:
            yield "\n".join(["", title, *lines])
    yield ""


def _examples(max_words: int, language: str) -> str:
    """The longest that the pause has room for, in the language of the lines: a model keeps to a length that it sees."""
    of_language = EXAMPLES.get(primary(language), ())
    fitting = [line for line in of_language if len(line.split()) <= max_words][-4:]
    return "\n".join(["Lines of that length, from other films:", *fitting, "", ""]) if fitting else ""


def _cast(context: FilmContext) -> str:
    return "\n".join(f"- {one.name}: {one.looks}" if one.looks else f"- {one.name}" for one in context.cast)


def _spoken(cue: Cue) -> str:
    text = " ".join(cue.text.split())
    if cue.kind != "speech":
        return f"[{text}]"
    return f"{cue.speaker}: {text}" if cue.speaker else text
