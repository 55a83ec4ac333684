"""What a server takes: what one request may hold, less with each limit that is met; and the trial that meets them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, TypeVar

import numpy as np

from audiodesc.core import cache
from audiodesc.describers.base import Failure, NoAnswerError
from audiodesc.describers.queries import UNSEEN, Query, Reply, Said, chosen
from audiodesc.describers.server.address import Connection
from audiodesc.describers.server.chat import Chat, ServerModel
from audiodesc.describers.server.connection import Part, pictures, portraits, text, video_part
from audiodesc.describers.server.faults import LimitError, listed
from audiodesc.describers.server.local import may_see
from audiodesc.errors import AudiodescError, UsageError
from audiodesc.model import Frame, Span, VideoClip

FEWEST_TOKENS = 512
"""Of an answer: so much room is left for it where the context is short, before frames are left out."""

OWNERS: Final[Mapping[str, str]] = MappingProxyType(
    {"vllm": "vllm", "sglang": "sglang", "library": "ollama", "organization_owner": "lmstudio", "openai": "openai"}
)
"""The kind of a server, by what its list says of the owner of a model."""

NO_VIDEO = frozenset({"ollama", "lmstudio", "openai"})
"""Kinds of servers that take no `video_url`: not even tried."""

CUTS_IN_SILENCE = frozenset({"ollama", "lmstudio"})
"""Kinds of servers that answer what is longer than their context all the same."""

CONTEXT = "give it more with OLLAMA_CONTEXT_LENGTH=32768, or LM Studio's context length"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share:
    """How many frames of a clip one request holds at most, how many tokens its answer may have, and whether the cast's
    portraits are sent with it."""

    frames: int
    tokens: int
    portraits: bool = True


class Budget:
    """The share of a request that a server takes, as far as is known; asked from any thread."""

    def __init__(self, share: Share) -> None:
        self._share, self._lock = share, Lock()
        self._words: dict[str, str] = {}

    @property
    def share(self) -> Share:
        return self._share

    def notes(self) -> tuple[str, ...]:
        """What is sent less of, with the server's words."""
        made = []
        if "frames" in self._words:
            made.append(f"the server is sent at most {self._share.frames} frames of a clip: {self._words['frames']}")
        if "portraits" in self._words:
            made.append(f"the server is sent no portraits of the cast: {self._words['portraits']}")
        if "tokens" in self._words:
            made.append(f"the server's answers have at most {self._share.tokens} tokens: {self._words['tokens']}")
        return tuple(made)

    def restore(self, share: Share, words: dict[str, str]) -> None:
        """Begin with what was found before."""
        self._share, self._words = share, dict(words)

    @property
    def words(self) -> dict[str, str]:
        """What the server said of each thing that it is sent less of."""
        return dict(self._words)

    def reduce(self, used: Share, frames: int, portraits: int, error: LimitError) -> bool:
        """Take less from now on, after a request with `frames` frames and `portraits` portraits was too much.

        False where nothing can be left out any more.
        """
        with self._lock:
            now = self._share
            if now != used and (now.frames < frames or now.tokens < used.tokens or now.portraits != used.portraits):
                return True  # another thread has met the limit meanwhile
            kind, less = _less(now, frames, portraits if now.portraits else 0, error)
            if less == now:
                return False
            self._share, self._words[kind] = less, error.words
            return True


def _less(now: Share, frames: int, portraits: int, error: LimitError) -> tuple[str, Share]:
    if error.limit == "context" and now.tokens > FEWEST_TOKENS:
        return "tokens", replace(now, tokens=FEWEST_TOKENS)
    room = error.count - portraits if error.limit == "pictures" and error.count else frames // 2
    if 0 < room < frames:
        return "frames", replace(now, frames=room)
    if portraits:
        return "portraits", replace(now, portraits=False)
    if frames > 1:
        return "frames", replace(now, frames=max(1, min(frames - 1, error.count or frames // 2)))
    return "", now


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, evenly, with the first and the last."""
    if len(items) <= most:
        return list(items)
    if most == 1:
        return [items[len(items) // 2]]
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def answer_within(
    budget: Budget,
    chat: Chat,
    clip: VideoClip,
    cast: Sequence[Part],
    prompt: Callable[[VideoClip], str],
    *,
    video: bool,
    before: Sequence[Part] = (),
    **more: Any,
) -> str:
    """The answer to a prompt about a clip, with the portraits of a cast, sent as a video or as pictures; made smaller
    where that is too much for the server. `more` is for `Chat.answer`, which says what is raised."""
    while True:
        share = budget.share
        shown = replace(clip, frames=tuple(evenly(clip.frames, share.frames)))
        people = cast if share.portraits else []
        seen = [video_part(shown.frames)] if video else list(pictures(shown))
        try:
            return chat.answer([*before, *people, *seen, text(prompt(shown))], share.tokens, **more)
        except LimitError as error:
            if not budget.reduce(share, len(shown.frames), len(people) // 2, error):
                raise


UNSHOWN: Final = Failure(
    "refused", words="it takes no portraits", remedy="choose another model, or say in words how the person looks"
)
"""About a portrait that the server was not sent, or may not have been."""


def reply_within(budget: Budget, chat: Chat, query: Query, *, video: bool, said: Said | None) -> Reply | Failure:
    """The answer to a query about a clip, in the same way."""
    clip = query.clip
    if clip is None or not clip.frames:
        return UNSEEN
    cast = list(portraits(query.portraits))
    more: dict[str, Any] = {"follow_ups": query.follow_ups, "said": said}
    try:
        answer = answer_within(budget, chat, clip, cast, lambda _: query.text, video=video, **more)
        return UNSHOWN if cast and not budget.share.portraits else chosen(answer, query)
    except NoAnswerError as error:
        return error.failure


def found_in(value: Any) -> tuple[bool | None, Share, dict[str, str]]:
    """What a trial found, as it was kept: whether video is taken, None where that is still to be found, and the share
    of a request."""
    if not isinstance(value["video"], bool | None):
        raise TypeError
    return value["video"], *share_in(value)


def share_in(value: Any) -> tuple[Share, dict[str, str]]:
    """What was kept of a budget. Raises TypeError or ValueError for anything else."""
    share = Share(**value["share"])
    if not (isinstance(share.frames, int) and isinstance(share.tokens, int) and share.frames > 0 and share.tokens > 0):
        raise ValueError("no share")
    return share, {str(kind): str(words) for kind, words in value["words"].items()}


CODE_WORD: Final = "birch"

BEGINNING: Final = f"The code word is {CODE_WORD}."
"""Stands before the pictures: a server that leaves out the beginning of what is too long leaves this out."""

QUESTION: Final = "Which colour fills the picture, and what is the code word? Answer with these two words."

SMALL_PIXELS = 224 * 224

_RED = (220, 20, 20)
_SAYS_RED = re.compile(r"\b(?:red|crimson|scarlet)\b", re.IGNORECASE)


def trial_clip(frames: int, pixels: int, fps: float) -> VideoClip:
    """A clip of red frames, each of about so many pixels in the shape of a film."""
    width = max(32, int(sqrt(pixels * 16 / 9)) // 2 * 2)
    height = max(32, int(width * 9 / 16) // 2 * 2)
    image = np.full((height, width, 3), _RED, np.uint8)
    times = [round(1000 * number / fps) for number in range(frames)]
    return VideoClip(Span(0, times[-1] + 1000), tuple(Frame(time, image) for time in times))


def says_red(answer: str) -> bool:
    """Whether an answer names the colour of the trial's clip."""
    return bool(_SAYS_RED.search(answer))


def knows_beginning(answer: str) -> bool:
    """Whether an answer has the code word."""
    return CODE_WORD in answer.casefold()


def models_in(value: Any) -> tuple[ServerModel, ...]:
    """The models of a server as they were kept. Raises TypeError for anything else."""
    models = tuple(ServerModel(**one) for one in value)
    if not all(isinstance(one.name, str) and isinstance(one.owner, str) for one in models):
        raise TypeError
    return models


def models_of(
    ask: Callable[[], Sequence[ServerModel]],
    to: Connection,
    identity: str,
    store: cache.Store,
    *,
    kept_first: bool = False,
) -> Sequence[ServerModel]:
    """The server's models, as it lists them when it is asked; else those of an earlier run, which `store` keeps: a run
    that asks nothing else needs neither server nor key. With `kept_first` it is asked only where none are kept. Raises
    what `ask` raises where there are none."""
    name = cache.key("models", 1, server=identity)
    kept = store.read_json(name, models_in) or ()
    if kept and kept_first:
        return kept
    try:
        models = ask()
    except AudiodescError:
        if not kept:
            raise
        return kept
    if public := [asdict(one) for one in models if to.hidden_in_answer(one.name) == one.name]:
        store.put_json(name, public)
    return models or kept


def only_model(models: Sequence[ServerModel], wanted: str, to: Connection, option: str = "--model") -> str:
    """The model to ask where the user names none with `option`: `wanted` if the server has it, its only one, or the
    only one that sees. Raises UsageError, which lists them, for none and for several."""
    names = [model.name for model in models]
    seeing = [name for name in names if may_see(name)]
    for some in ([name for name in names if name == wanted and wanted], names, seeing):
        if len(some) == 1:
            return some[0]
    if not names:
        raise UsageError("the server does not say which models it has", f"give {option} NAME")
    raise UsageError(
        f"the server has {len(names)} models", f"give {option} NAME; one of: {listed(seeing or names, to)}"
    )
