"""Queries about spans of a film -> answers: from the cache, or of the describer, batched and decoded ahead.

Each answer is kept as it comes, so that what was asked before a kill is not asked again.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any

from audiodesc.core import cache
from audiodesc.core.formatting import number_of
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.base import Describer, Failure
from audiodesc.describers.models.cpu_time import shown_time
from audiodesc.describers.queries import ANSWER_TOKENS, AnswersQueries, FollowUp, Query, Reply, Said, check_answers
from audiodesc.errors import AudiodescError
from audiodesc.footage import Footage
from audiodesc.media import bars
from audiodesc.media.frames import clips, clips_ahead, frame_times
from audiodesc.media.opening import check_unchanged
from audiodesc.media.picture import Bars
from audiodesc.model import FrameRequest, Span, VideoClip
from audiodesc.narration.failures import in_one_line
from audiodesc.narration.observe import bars_of


@dataclass(frozen=True, slots=True)
class SpanQuery:
    """A query about what is seen in a span of the film; `span` None: about nothing that is seen. See `Query`."""

    text: str
    span: Span | None = None
    portraits: tuple[tuple[str, bytes], ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    choices: str = ""
    longest_tokens: int = ANSWER_TOKENS


def answers(
    footage: Footage,
    queries: Sequence[SpanQuery],
    describer: Describer,
    frames: FrameRequest | None = None,
    progress: Progress = silent,
) -> Iterator[Reply | Failure]:
    """An answer to each query, in order, from the frames that the describer wants or from `frames`. Only clips whose
    answers are not in the cache are decoded. A failure is not kept. `progress` is given the stage "ask".

    Raises UsageError for a describer that has no model to be asked, FilmError where the film was changed meanwhile, and
    AudiodescError where the model fails.
    """
    by, wanted = check_answers(describer, describer.label), frames or describer.frames
    names = [_key(footage, query, describer, wanted) for query in queries]
    known = [footage.store.read_json(name, _reply_in) for name in names]
    found: dict[int, Reply | Failure] = {number: one for number, one in enumerate(known) if one is not None}
    missing = [number for number in range(len(queries)) if number not in found]
    asked = by.answer_queries(_with_clips(footage, [queries[number] for number in missing], wanted))
    progress("ask", len(found), len(queries))
    for number in range(len(queries)):
        while number not in found:
            place, answer = next(asked, (-1, None))
            if not (0 <= place < len(missing) and isinstance(answer, Reply | Failure)):
                raise AudiodescError(
                    f"the describer {describer.label}: answer_queries() does not answer each of {len(missing)} queries",
                    "choose another (--describer), and tell those who made this one",
                )
            found[missing[place]] = answer if isinstance(answer, Failure) else replace(answer, text=clean(answer.text))
            progress("ask", len(found), len(queries))
            _keep(footage, names[missing[place]], found[missing[place]])
        yield found[number]


class _EnoughError(Exception):
    """Ends an answer that is being written, at the text that it has."""


def answer_aloud(
    footage: Footage,
    query: SpanQuery,
    describer: Describer,
    said: Said,
    frames: FrameRequest | None = None,
    is_enough: Callable[[str], bool] = lambda text: False,
) -> Reply | Failure:
    """The answer to one query, given to `said` while it is written, or at once where it is kept. It ends where what is
    written is enough: a base model goes on without end. Raises as `answers` does."""
    by, wanted = check_answers(describer, describer.label), frames or describer.frames
    name = _key(footage, query, describer, wanted)
    if kept := footage.store.read_json(name, _reply_in):
        said(kept.text)
        return kept
    (asked,) = _with_clips(footage, [query], wanted)
    answer = said_while_written(by, asked, said, is_enough)
    if isinstance(answer, Reply):
        _keep(footage, name, answer)
    return answer


def said_while_written(
    by: AnswersQueries, query: Query, said: Said, is_enough: Callable[[str], bool] = lambda text: False
) -> Reply | Failure:
    """The same of a query that nothing is kept of."""

    def passed(text: str) -> None:
        said(clean(text))
        if is_enough(clean(text)):
            raise _EnoughError(text)

    answer: Reply | Failure
    try:
        answer = by.answer_aloud(query, passed)
    except _EnoughError as ended:
        answer = Reply(str(ended))
    return answer if isinstance(answer, Failure) else replace(answer, text=clean(answer.text))


@dataclass(frozen=True, slots=True)
class Cost:
    """What is still to be asked: so many `queries`, about at most so many `pictures`; `seconds` as far as they can be
    estimated, None on a GPU and on a server."""

    queries: int
    pictures: int
    seconds: float | None

    def __str__(self) -> str:
        if not self.queries:
            return "nothing has to be asked: all answers are kept"
        about = f" about {number_of(self.pictures, 'picture')}" if self.pictures else ""
        takes = f", about {shown_time(self.seconds)} here" if self.seconds is not None else ""
        return f"{number_of(self.queries, 'question')}{about}{takes}"


def cost(
    footage: Footage, queries: Sequence[SpanQuery], describer: Describer, frames: FrameRequest | None = None
) -> Cost:
    """What `answers` would ask now. Raises UsageError for a describer that has no model to be asked."""
    by, wanted = check_answers(describer, describer.label), frames or describer.frames
    kept = (footage.store.read_json(_key(footage, one, describer, wanted), _reply_in) for one in queries)
    missing = [one for one, known in zip(queries, kept, strict=True) if known is None]
    pictures = sum(len(frame_times(one.span, wanted)) for one in missing if one.span)
    return Cost(len(missing), pictures, by.queries_take_s(len(missing)))


def clean(text: str) -> str:
    """A model's words line by line, without control characters and halves of characters: they may be shown anywhere."""
    return "\n".join(filter(None, map(in_one_line, text.splitlines())))


def clip_of(footage: Footage, span: Span, frames: FrameRequest) -> VideoClip:
    """The frames of a span, with its dialogue and cuts."""
    (clip,) = clips(footage.film, [span], frames, _bars(footage, frames))
    return _known(footage, clip)


def _with_clips(footage: Footage, queries: Sequence[SpanQuery], frames: FrameRequest) -> Iterator[Query]:
    spans = [query.span for query in queries if query.span is not None]
    if not spans:
        yield from (_query(query, None) for query in queries)
        return
    with closing(clips_ahead(footage.film, spans, frames, _bars(footage, frames))) as decoded:
        for query in queries:
            yield _query(query, _known(footage, next(decoded)) if query.span is not None else None)


def _query(query: SpanQuery, clip: VideoClip | None) -> Query:
    return Query(query.text, clip, query.portraits, query.follow_ups, query.choices, query.longest_tokens)


def _known(footage: Footage, clip: VideoClip) -> VideoClip:
    cuts, span = footage.found.cuts, clip.span
    inside = tuple(cuts[bisect_right(cuts, span.start_ms) : bisect_left(cuts, span.end_ms)])
    return replace(clip, cues=tuple(cue for cue in footage.cues if cue.span.overlap_ms(span)), cuts=inside)


def _bars(footage: Footage, frames: FrameRequest) -> Bars | None:
    return None if frames.bars else bars_of(footage.film, footage.store)


def _key(footage: Footage, query: SpanQuery, describer: Describer, frames: FrameRequest) -> str:
    values: dict[str, Any] = asdict(query)
    values["portraits"] = [[name, hashlib.sha256(content).hexdigest()] for name, content in query.portraits]
    seen = {"frames": frames, "bars": 0 if frames.bars else bars.VERSION} if query.span else {}
    return cache.key("answer", 1, film=footage.film.fingerprint, by=describer.fingerprint, query=values, **seen)


def _keep(footage: Footage, name: str, answer: Reply | Failure) -> None:
    if isinstance(answer, Reply):
        check_unchanged(footage.film)
        footage.store.put_json(name, asdict(answer))


def _reply_in(value: Mapping[str, Any]) -> Reply:
    text, shares = value["text"], tuple(map(float, value["shares"]))
    if not isinstance(text, str):
        raise TypeError("an answer without text")
    return Reply(text, shares)
