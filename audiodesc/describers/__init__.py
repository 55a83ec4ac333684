"""Describers: what looks at the picture and writes the lines.

A describer is one module and one row of `DESCRIBERS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, cast

from audiodesc.describers.about import About
from audiodesc.errors import UsageError
from audiodesc.model import Brief, Clip, FrameRequest


@dataclass(frozen=True, slots=True)
class Row:
    """Where a describer is made ("module:function of Wishes"), what it needs, and what it says."""

    place: str
    needs: str
    says: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a user says to whichever describer is used.

    `server` is the address of an OpenAI-compatible server, `model` the name of a model there, `parallel` how many
    requests it is sent at a time; `video` asks for one video a clip in place of pictures.
    """

    server: str = ""
    model: str = ""
    parallel: int = 4
    video: bool = False
    about: About = field(default_factory=About)


DESCRIBERS = {
    "basic": Row(
        "audiodesc.describers.basic:make",
        "nothing: no model, no GPU, no network",
        "text on screen, changes of light and colour, faces, stillness and movement: a draft to write on",
    ),
    "server": Row(
        "audiodesc.describers.server:make",
        "a server that speaks OpenAI's protocol: --server URL --model NAME",
        "what its video-language model sees: people, what they do, places, text",
    ),
}


class Describer(Protocol):
    """How to write a describer.

    The work is split in two. `look` knows the picture and not the story, so that it can be batched and run
    ahead; `tell` knows the story and not the pixels, so that it is cheap to ask again with fewer words.
    """

    @property
    def fingerprint(self) -> str:
        """All that the answers depend on: weights and revision, version of the prompt, sampling settings."""

    @property
    def frames(self) -> FrameRequest:
        """Which frames of each segment `look` is given."""

    def look(self, clips: Iterable[Clip]) -> Iterator[tuple[int, str]]:
        """(number of a clip, facts about it) for each clip, the first being 0; "" where nothing is sure.

        Batching is the describer's own affair: it may take several clips before it yields, and yield in any
        order. What it has yielded is kept, whatever happens later: an answer that was paid for should be
        yielded before an error is raised.
        """

    def tell(self, brief: Brief) -> Sequence[str]:
        """Candidate lines, richest first, none longer than `brief.max_words` words; () for silence."""


def describer(name: str | None, wishes: Wishes) -> Describer:
    """The describer of that name; without one, `server` where a server is named, else `basic`.

    Raises UsageError, which lists the known ones.
    """
    name = name or ("server" if wishes.server else "basic")
    if name not in DESCRIBERS:
        raise UsageError(f"there is no describer {name!r}", f"choose one of: {', '.join(sorted(DESCRIBERS))}")
    module, _, attribute = DESCRIBERS[name].place.partition(":")
    return cast(Describer, getattr(import_module(module), attribute)(wishes))
