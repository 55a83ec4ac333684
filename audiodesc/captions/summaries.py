"""A summary of a film: its story in sentences that name the times they rest on, and its scenes; as JSON and text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from audiodesc.core.formatting import clock
from audiodesc.model import Span

VERSION: Final = 1
"""Of the form of a summary as JSON."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the story; `times` are those of the dialogue and lines that it rests on, at least one; `doubts` are
    about names and words that are not known from there."""

    text: str
    times: tuple[Span, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene; `title` and `place` are the model's, "" where it gave none. `people` are those whom the dialogue or the
    lines of the scene name. `first` is the first thing that is said in it, else its first line."""

    span: Span
    title: str = ""
    place: str = ""
    people: tuple[str, ...] = ()
    first: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """A film's story in about `words` words of `language` (BCP 47), () where no model was there to write it; its
    scenes; and what should be known of both. `model` is "" without one."""

    film: str
    language: str
    words: int
    model: str
    sentences: tuple[Sentence, ...]
    scenes: tuple[Scene, ...]
    notes: tuple[str, ...] = ()


def as_json(summary: Summary) -> dict[str, Any]:
    """A summary as JSON has it; times are in ms."""
    return {
        "version": VERSION,
        "film": summary.film,
        "language": summary.language,
        "words": summary.words,
        "model": summary.model,
        "sentences": [
            {"text": one.text, "times": [_times(span) for span in one.times], "doubts": list(one.doubts)}
            for one in summary.sentences
        ],
        "scenes": [
            {
                **_times(one.span),
                "title": one.title,
                "place": one.place,
                "people": list(one.people),
                "first": one.first,
            }
            for one in summary.scenes
        ],
        "notes": list(summary.notes),
    }


def as_text(summary: Summary) -> str:
    """A summary for a person; each sentence with its times."""
    return "\n".join(_lines(summary))


def _lines(summary: Summary) -> Iterator[str]:
    for one in summary.sentences:
        times = ", ".join(dict.fromkeys(clock(span.start_ms) for span in one.times))
        doubt = f" [in doubt: {'; '.join(one.doubts)}]" if one.doubts else ""
        yield f"{one.text} ({times}){doubt}"
    if summary.sentences:
        yield ""
    for number, scene in enumerate(summary.scenes, 1):
        what = scene.title or (f"“{scene.first}”" if scene.first else "nothing is said or described")
        where = f", {scene.place}" if scene.place else ""
        who = f" ({', '.join(scene.people)})" if scene.people else ""
        yield f"{number}  {clock(scene.span.start_ms)} – {clock(scene.span.end_ms)}  {what}{where}{who}"
    yield from (f"Note: {note}" for note in summary.notes)


def _times(span: Span) -> dict[str, int]:
    return {"start_ms": span.start_ms, "end_ms": span.end_ms}
