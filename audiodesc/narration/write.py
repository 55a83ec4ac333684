"""Segments -> what is said in each: look, tell, say, fit; every answer of an engine is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audiodesc.core import cache
from audiodesc.core.chunks import stretches
from audiodesc.core.concurrency import ahead, side_by_side
from audiodesc.core.formatting import clock
from audiodesc.core.style import says
from audiodesc.describers import Describer
from audiodesc.describers.rules import RECENT
from audiodesc.media.clips import is_clip, read_wav, wav_bytes, wav_length
from audiodesc.media.frames import clips
from audiodesc.media.sound import RATE_HZ
from audiodesc.media.unchanged import check_unchanged
from audiodesc.model import (
    Cue,
    Film,
    Gap,
    Line,
    LineRequest,
    Note,
    Observation,
    Outcome,
    Segment,
    Span,
    SpokenLine,
    VideoClip,
)
from audiodesc.planning.assign import assign
from audiodesc.planning.fit import SEPARATION_MS, TAKEN, Fitted, Length, Misfit, fit
from audiodesc.planning.gaps import SHORTEST_MS
from audiodesc.planning.offers import Leaned, Offer, measured
from audiodesc.speak import Voice
from audiodesc.speak.checking import fault, is_noise
from audiodesc.speak.lexicon import Lexicon
from audiodesc.subtitles.kinds import Raw

LONGEST_TEXT = 3000
"""Characters of one line, as it is spoken: three minutes."""

CLIPS_AHEAD = 1
"""Clips that are decoded while the describer looks at another."""

Say = Callable[[str, float], Path]
"""A text at a rate -> its clip, made or found. Raises ValueError where nothing is heard of it."""

Tell = Callable[[Segment, str, int, Sequence[str]], Sequence[str]]
"""A segment, facts about it, a number of words and the lines so far -> candidates, made or found."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What came of a sight by itself, in its own room, and all that might be said of it instead."""

    outcome: Outcome
    offer: Offer


def sights(
    film: Film, segments: Sequence[Segment], describer: Describer, cues: Sequence[Cue], store: cache.Store
) -> Iterator[Observation]:
    """What the describer saw in each segment, in order. Only what it has not looked at yet is decoded.

    Each answer is kept as it comes, in whatever order that is. Raises FilmError where the film was changed meanwhile.
    """
    said = [tuple(cue for cue in cues if cue.span.overlap_ms(segment.watch)) for segment in segments]
    names = [
        cache.key(
            "look",
            2,
            film=film.fingerprint,
            by=describer.fingerprint,
            watch=segment.watch,
            frames=describer.frames,
            said=heard,
        )
        for segment, heard in zip(segments, said, strict=True)
    ]
    known = {i: facts for i, name in enumerate(names) if (facts := store.read_json(name, _text)) is not None}
    missing = [i for i in range(len(segments)) if i not in known]
    ready = ahead(_clips(film, [segments[i] for i in missing], [said[i] for i in missing], describer), CLIPS_AHEAD)
    looked = describer.observe(ready) if missing else iter(())
    for i, segment in enumerate(segments):
        while i not in known:
            number, facts = next(looked)
            check_unchanged(film)
            known[missing[number]] = facts
            store.put_json(names[missing[number]], facts)
        yield Observation(segment, known.pop(i))


def _clips(
    film: Film, segments: Sequence[Segment], said: Sequence[tuple[Cue, ...]], describer: Describer
) -> Iterator[VideoClip]:
    seen = clips(film, [segment.watch for segment in segments], describer.frames)
    for clip, heard in zip(seen, said, strict=True):
        yield replace(clip, cues=heard)


def sayer(voice: Voice, lexicon: Lexicon, store: cache.Store) -> Say:
    """The voice, with a memory; it is given names as the lexicon says that they are spoken."""

    def say(text: str, rate: float) -> Path:
        if len(text) > LONGEST_TEXT or len(text := lexicon.spoken(text)) > LONGEST_TEXT:
            raise ValueError(f"it has {len(text):,} characters, and a line has {LONGEST_TEXT:,} at most")
        name = cache.key("say", 1, by=voice.fingerprint, text=text, rate=rate)
        place = store.path(name, ".wav")
        if is_clip(place):
            return place
        samples = voice.say(text, rate).samples
        if why := fault(samples, text):
            raise ValueError(why)
        return store.put(name, ".wav", wav_bytes(samples))

    return say


def told(
    seen: Sequence[Observation], describer: Describer, say: Say, language: str, fastest: float, store: cache.Store
) -> Iterator[tuple[int, Draft]]:
    """(number of a sight, a line for it that is short enough in the real voice, or why there is none), in any order.

    Each is told on the lines before it as they stand then; `settled` has the last word. Several stretches of the film
    are told side by side where the describer gains from that; a line that says again what was told just before its
    stretch is told anew.
    """
    tell = _teller(describer, language, store)
    parts = stretches([sight.segment for sight in seen], describer.lines_at_once)
    drafts: dict[int, Draft] = {}
    left = [iter(part) for part in parts]
    for part, draft in side_by_side(
        [_in_turn([seen[i] for i in part], tell, describer, say, fastest) for part in parts]
    ):
        number = next(left[part])
        drafts[number] = draft
        if not part or number - parts[part].start >= RECENT:
            yield number, draft
    for later in parts[1:]:
        for number in later[:RECENT]:
            before = [drafts[i].outcome for i in range(number)]
            heard = [outcome.text for outcome in before if outcome.speech]
            draft = drafts[number]
            if draft.outcome.speech and any(says(one, draft.outcome.text) for one in heard[-RECENT:]):
                (draft,) = _in_turn([seen[number]], tell, describer, say, fastest, heard, max(map(_free_ms, before)))
                drafts[number] = draft
            yield number, draft


def _teller(describer: Describer, language: str, store: cache.Store) -> Tell:
    """The describer, with a memory."""

    def tell(segment: Segment, facts: str, max_words: int, lines: Sequence[str]) -> Sequence[str]:
        around = (segment.dialogue_before, segment.dialogue_after, segment.known_speakers)
        request = LineRequest(facts, max_words, language, tuple(lines), *around)
        name = cache.key("tell", 1, by=describer.fingerprint, request=request)
        return store.made(name, _texts, lambda: [str(text) for text in describer.write_lines(request)])

    return tell


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return [_text(one) for one in value]


def _in_turn(
    seen: Sequence[Observation],
    tell: Tell,
    describer: Describer,
    say: Say,
    fastest: float,
    heard: Sequence[str] = (),
    free_ms: int = 0,
) -> Iterator[Draft]:
    """One line after the other; `heard` are those before the first, and until `free_ms` the narrator speaks."""
    lines = list(heard)
    for sight in seen:
        segment, facts = sight.segment, sight.facts
        candidates = list(tell(segment, facts, segment.max_words, lines))
        room = _room(segment.gap.span, free_ms, segment.until_ms)

        def shorter(words: int, sight: Observation = sight, known: list[str] = candidates) -> Sequence[str]:
            answer = tell(sight.segment, sight.facts, words, lines)
            known += answer
            return answer

        has = _has(segment.gap.span, room)
        fitted = fit(
            tuple(candidates), room, segment.wanted_ms, _length(say), fastest=fastest, shorter=shorter, has=has
        )
        outcome = _outcome(segment, facts, fitted, candidates, describer.fingerprint, say)
        leaned = Leaned("", segment.wanted_ms)
        if outcome.speech:
            lines.append(outcome.text)
            free_ms = _free_ms(outcome)
            leaned = Leaned(outcome.text, outcome.speech.span.start_ms)
        yield Draft(outcome, Offer(segment, measured(candidates, room.duration_ms, _length(say), fastest), leaned))


def _free_ms(outcome: Outcome) -> int:
    """When the next line may begin, as far as this one is concerned."""
    return outcome.speech.span.end_ms + SEPARATION_MS if outcome.speech else 0


def settled(
    drafts: Sequence[Draft], gaps: Sequence[Gap], cuts: Sequence[int], say: Say, fastest: float
) -> Iterator[Outcome]:
    """What is spoken where, over the whole film: a line may go to a later pause, or give way to another."""
    choices = assign([draft.offer for draft in drafts], gaps, cuts)
    for draft, choice in zip(drafts, choices, strict=True):
        before = draft.outcome
        if choice.candidate is None:
            reason = choice.reason if choice.offer.candidates else before.reason
            yield replace(before, speech=None, reason=reason)
            continue
        text = choice.candidate.text
        fitted = fit([text], choice.room, choice.room.start_ms, _length(say), fastest=fastest)
        yield _outcome(before.segment, before.facts, fitted, [text], before.author, say)


def read_out(
    script: Sequence[tuple[Raw, Segment]],
    say: Say,
    fastest: float,
    pauses: Sequence[Gap] = (),
    end_ms: int | None = None,
) -> Iterator[Outcome]:
    """A person's lines, each where it was written, moved only as far as its pause asks.

    A line that stands in no pause is left out; the reason names the nearest of `pauses`, or the film's end, `end_ms`.
    """
    free_ms = 0
    for raw, segment in script:
        room = _room(segment.gap.span, free_ms)
        nowhere = TAKEN if segment.gap.span.duration_ms else _nowhere(segment.wanted_ms, pauses, end_ms)
        pause = next((gap.span for gap in pauses if gap.span.overlap_ms(segment.gap.span)), segment.gap.span)
        has = _has(pause, room)
        fitted = fit([raw.text], room, segment.wanted_ms, _length(say), fastest=fastest, nowhere=nowhere, has=has)
        outcome = _outcome(segment, "", fitted, [raw.text], "human", say)
        free_ms = max(free_ms, _free_ms(outcome))
        yield outcome


def _nowhere(start_ms: int, pauses: Sequence[Gap], end_ms: int | None) -> str:
    """Why there is no room for a line that begins at this moment."""
    if end_ms is not None and start_ms >= end_ms:
        return f"past the film's end ({clock(end_ms, 1)})"
    usable = [gap.span for gap in pauses if gap.span.duration_ms >= SHORTEST_MS]
    if not usable:
        return "dialogue there, and no pause anywhere"
    near = min(usable, key=lambda span: max(span.start_ms - start_ms, start_ms - span.end_ms))
    return f"dialogue there; the nearest pause is from {clock(near.start_ms, 1)} to {clock(near.end_ms, 1)}"


def noise(outcomes: Iterable[Outcome]) -> tuple[Note, ...]:
    """What is to be said where lines are spoken as noise: a voice's model may be broken without saying so."""
    spoken = (outcome.speech for outcome in outcomes if outcome.speech)
    noisy = [speech for speech in spoken if is_noise(read_wav(speech.clip))]
    if not noisy:
        return ()
    lines = "1 line sounds" if len(noisy) == 1 else f"{len(noisy)} lines sound"
    first = f"{lines} like noise, not speech; the first is “{noisy[0].line.text}”"
    return (Note("speak", f"{first}: try another voice", noisy[0].span),)


def _room(gap: Span, free_ms: int, until_ms: int | None = None) -> Span:
    """What is left of a gap for a line that must begin by `until_ms`."""
    start = min(gap.end_ms, max(gap.start_ms, free_ms))
    return Span(start, gap.end_ms if until_ms is None or start <= until_ms else start)


def _has(pause: Span, room: Span) -> str:
    """What it is that has the room's length: the pause, or what the lines around leave of it."""
    after, before = room.start_ms > pause.start_ms, room.end_ms < pause.end_ms
    if after and before:
        return "between the lines around it the pause has"
    return f"{'after the line before it ' if after else 'before the next line ' if before else ''}the pause has"


def _length(say: Say) -> Length:
    return lambda text, rate: -(-wav_length(say(text, rate)) * 1000 // RATE_HZ)


def _outcome(
    segment: Segment, facts: str, fitted: Fitted | Misfit, candidates: Sequence[str], author: str, say: Say
) -> Outcome:
    if isinstance(fitted, Misfit):
        return Outcome(segment, facts, candidates[-1] if candidates else "", author, reason=fitted.reason)
    line = Line(segment, fitted.text, author)
    speech = SpokenLine(line, say(fitted.text, fitted.rate), fitted.span, fitted.rate)
    return Outcome(segment, facts, fitted.text, author, speech)
