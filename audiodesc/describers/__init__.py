"""Describers: what looks at the picture and writes the lines.

A describer is one module and one row of `DESCRIBERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Protocol, cast, runtime_checkable

from audiodesc.core.progress import Progress, silent
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.auto import Permission, pick, refusals, this_machine
from audiodesc.describers.models.profiles import ModelProfile, shipped
from audiodesc.errors import UsageError
from audiodesc.model import FrameRequest, LineRequest, Span, VideoClip


@dataclass(frozen=True, slots=True)
class Row:
    """Where a describer is made ("module:function of DescriberOptions"), what it needs, and what it says."""

    place: str
    needs: str
    says: str


@dataclass(frozen=True, slots=True)
class DescriberOptions:
    """What a user says to whichever describer is used.

    `name` is the describer's own: several share a module. `server` is the address of an OpenAI-compatible server,
    `model` the name of a model there, or on the model hub, or a folder; `parallel` how many requests a server is
    sent at a time; `video` asks it for one video a clip in place of pictures. `writer_model` names the model that makes
    lines of what another saw. `permission` and `ask` say whether weights may be fetched; `progress` is told of it.
    """

    name: str = ""
    server: str = ""
    model: str = ""
    parallel: int = 4
    video: bool = False
    context: FilmContext = field(default_factory=FilmContext)
    writer_model: str = ""
    permission: Permission = field(default_factory=Permission)
    ask: Callable[[str], bool] | None = None
    progress: Progress = silent


@dataclass(frozen=True, slots=True)
class ChosenDescriber:
    """The describer that is used, and why it is this one, where nobody named it, or what should be known of it."""

    describer: Describer
    why: str = ""


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

    @property
    def lines_at_once(self) -> int:
        """From how many threads it gains to be asked for lines; 1 where that is quick anyway."""

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str]]:
        """(number of a clip, facts about it) for each clip, the first being 0; "" where nothing is sure.

        Batching is the describer's own affair: it may take several clips before it yields, and yield in any
        order. What it has yielded is kept, whatever happens later: an answer that was paid for should be
        yielded before an error is raised.
        """

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        """Candidate lines, richest first, none longer than `request.max_words` words; () for silence."""

    def doubts(self, facts: str) -> Sequence[str]:
        """What a person should know about facts that `look` gave, such as a form that is broken; mostly ()."""


@runtime_checkable
class Momentary(Protocol):
    """A describer whose facts are seen for a while only, and are to be told while they are."""

    def moments(self, facts: str) -> Sequence[tuple[Span, str]]:
        """The facts apart by when they are seen, in order; the spans do not overlap."""


def _needs(profile: ModelProfile) -> str:
    room = f"a GPU with {profile.memory_gb:g} GB" if profile.memory_gb else "a GPU, or patience"
    return f"the extra models; {room}; {profile.download_gb:g} GB of weights"


_MODELS = "audiodesc.describers.models.video_model:make"

DESCRIBERS = {
    "basic": Row(
        "audiodesc.describers.basic:make",
        "nothing: no model, no GPU, no network",
        "the text on the screen, while it stands there, and nothing else: a draft to write on",
    ),
    "server": Row(
        "audiodesc.describers.server.client:make",
        "a server that speaks OpenAI's protocol: --server URL --model NAME",
        "what its video-language model sees: people, what they do, places, text",
    ),
    **{
        name: Row(_MODELS, _needs(profile), f"{profile.summary} ({profile.repository})")
        for name, profile in shipped().items()
    },
    "model": Row(
        _MODELS,
        "the extra models; --model REPOSITORY|FOLDER",
        "what any video-text-to-text model that transformers knows sees; base models too",
    ),
}


def describer(name: str | None, options: DescriberOptions) -> ChosenDescriber:
    """The describer of that name, or the one in that file; without one (or "auto"), the best that can be had.

    That is the server or the model that is named, else what `auto.choose` finds. Raises UsageError, which lists the
    known ones.
    """
    why = ""
    if name in (None, "auto"):
        name = "server" if options.server else "model" if options.model else ""
    if not name:
        choice = pick(False, refusals(options.permission, options.ask))
        name, why = choice.name, f"{choice.name} describes ({choice.why})"
        if choice.fetched:  # the user has just said so
            options = replace(options, permission=Permission(yes=True))
    row = DESCRIBERS.get("model" if name.endswith(".toml") else name)
    if row is None:
        raise UsageError(
            f"there is no describer {name!r}",
            f"choose one of: {', '.join(sorted(DESCRIBERS))}; or give the path of a .toml file",
        )
    module, _, attribute = row.place.partition(":")
    make = getattr(import_module(module), attribute)
    remark = this_machine().remark if row.place == _MODELS else _unused(name, options.context)
    return ChosenDescriber(cast(Describer, make(replace(options, name=name))), "; ".join(filter(None, (why, remark))))


def _unused(name: str, context: FilmContext) -> str:
    """What was said of the film that the describer has no use for."""
    options = {"--cast": context.cast, "--context": context.text}
    given = " and ".join(option for option, value in options.items() if value)
    return f"of no use to basic, which knows no people and no story: {given}" if name == "basic" and given else ""
