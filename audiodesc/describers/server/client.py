"""A describer that asks a model over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from threading import BoundedSemaphore
from typing import Final

from audiodesc.core import cache
from audiodesc.core.concurrency import SIDE_BY_SIDE, as_they_come
from audiodesc.describers.answers import facts_in
from audiodesc.describers.base import PARALLEL, Describer, Failure, LineRequest, NoAnswerError, StoryRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.models.generation import GREEDY
from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.describers.models.shot_facts import invalid_in, with_written_facts, written_facts
from audiodesc.describers.prompts import VERSION, observe_prompt
from audiodesc.describers.queries import AnswersQueries, Query, Reply, Said
from audiodesc.describers.server import ServerOptions
from audiodesc.describers.server.address import Connection, connection
from audiodesc.describers.server.chat import Chat, ServerModel
from audiodesc.describers.server.connection import portraits, text, video_part
from audiodesc.describers.server.faults import LONGEST_NAME, LimitError
from audiodesc.describers.server.limits import (
    BEGINNING,
    CONTEXT,
    CUTS_IN_SILENCE,
    NO_VIDEO,
    OWNERS,
    QUESTION,
    SMALL_PIXELS,
    Budget,
    Share,
    answer_within,
    found_in,
    knows_beginning,
    models_of,
    only_model,
    reply_within,
    says_red,
    trial_clip,
)
from audiodesc.describers.server.local import LocalServer
from audiodesc.describers.server.serve import ServedModel
from audiodesc.describers.server.writer import ITSELF, LINE_TOKENS, ServerWriter, WantedWriter, name_there, tokens_of
from audiodesc.describers.writing import LineWriter
from audiodesc.errors import AudiodescError, MissingToolError, UsageError
from audiodesc.model import FrameRequest, VideoClip

ANY_MODEL: Final = ModelProfile(
    name="server", repository="", fps=1.0, min_frames=4, max_frames=32, max_pixels=768 * 432, observe_tokens=2048
)
"""How a model without a profile is asked. The limit of tokens is for models in a loop: high enough for one that reasons
before it answers."""


class Server(Describer, AnswersQueries):
    """Asks a model over HTTP, up to `parallel` requests at a time; what is kept elsewhere is not asked again.

    It is asked as its `profile` says. Frames travel as JPEG pictures with their times or, with `video`, as one MP4 for
    servers that take `video_url`; with None as what the server is found to take (`session`). They go to that address
    and nowhere else: no redirect is followed. A proxy that the environment names is used, but not for a server on this
    machine. Neither the address nor its login nor the key is in anything that comes out, also where the server repeats
    them. A request that is too much for the server is made smaller, for all that follow too, and `notes` say so.

    `model` "" is the one that the server has. The model that `writer` names writes the lines: on a server of its
    own, on this one where it has that model, else here. `at` is the server's address; or one that was found on this
    machine, which nobody named: it is sent no key, and has to see; or one that is started for this run.

    Raises UsageError for a bad address, a key that is refused, a model that the server does not have and a request
    that it does not take; MissingToolError where no server answers; AudiodescError where it fails again and again.
    """

    def __init__(
        self,
        at: str | LocalServer | ServedModel,
        model: str,
        context: FilmContext,
        *,
        parallel: int = PARALLEL,
        video: bool | None = False,
        profile: ModelProfile = ANY_MODEL,
        own: ServerOptions = ServerOptions(),  # noqa: B008 — frozen
        writer: WantedWriter = ITSELF,
    ) -> None:
        if parallel < 1:
            raise UsageError(f"{parallel} requests in parallel", "give 1 or more")
        self._started = at if isinstance(at, ServedModel) else None
        self._unasked = isinstance(at, LocalServer)
        self._to = _connection(at)
        self._identity = self._started.identity if self._started else self._to.hash
        self._context, self._parallel, self._video = context, parallel, video
        self._profile, self._own = own.applied(profile), own
        start, kind = (self._started.start, self._started.kind) if self._started else (None, "")
        self._chat = self._chat_with(model, kind, start)
        self._portraits = list(portraits((one.name, one.portrait) for one in context.cast if one.portrait))
        self._budget = Budget(Share(self._profile.max_frames, self._profile.observe_tokens))
        self._frames, self._free = self._profile.frames, BoundedSemaphore(parallel)
        self._wanted_writer = writer
        self._writer: LineWriter = self._writer_of(self._chat)
        self._found: list[str] = []

    @property
    def fingerprint(self) -> str:
        sent, profile = "video" if self._video else "frames", self._profile
        sampled = f" {profile.sampling}" if profile.sampling != GREEDY else ""
        thinks = " thinking" if self._own.thinking else ""
        asked = f"{profile.asked} {profile.observe_tokens}{sampled}{thinks}"
        by = f"server {self._identity} {self._chat.named} {sent} {asked} {self._writer.fingerprint}"
        return f"{by} prompts/{VERSION} context/{self._context.fingerprint}"

    @property
    def label(self) -> str:
        return f"server, {self._chat.named[:LONGEST_NAME]}"

    @property
    def frames(self) -> FrameRequest:
        return self._frames

    @property
    def lines_at_once(self) -> int:
        return SIDE_BY_SIDE

    @property
    def tokens(self) -> int | None:
        return tokens_of(self._chat, self._writer)

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        """Each clip's number, from 0, with the facts, as answers arrive; a failure where there is no answer.

        Clips are taken as requests become free. After an error no more are taken, the answers under way are
        yielded, and then it is raised.
        """
        return as_they_come(self._facts, clips, self._parallel)

    @property
    def takes_wishes(self) -> bool:
        return self._writer.takes_wishes

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        request = with_written_facts(self._profile.prompt, request)
        return self._writer.write_lines(request)

    def summarise(self, request: StoryRequest) -> str:
        return self._writer.summarise(request)

    def doubts(self, facts: str) -> Sequence[str]:
        """What is not valid in an answer that should have been JSON."""
        return invalid_in(self._profile.prompt, facts)

    def evidence(self, facts: str) -> str:
        """What the writer is given of the facts."""
        return written_facts(self._profile.prompt, facts)

    def notes(self) -> Sequence[str]:
        return (*self._found, *self._budget.notes())

    @contextmanager
    def session(self, store: cache.Store) -> Iterator[None]:
        """The server is tried; what it takes is kept in `store`, and tried again only where that was less than was
        wanted. One that is started for the run is started by its first question, and ended."""
        with self._started.running(store.folder / "server.log") if self._started else nullcontext():
            self._choose_models(store)
            self._meet(store)
            yield

    def _meet(self, store: cache.Store) -> None:
        name = cache.key("server", 1, by=self.fingerprint, frames=self._frames, video=self._video)
        known = store.read_json(name, found_in)
        if known is None or known[2] or known[0] is None:
            try:
                self._try()
                known = (self._video, self._budget.share, self._budget.words)
                store.put_json(name, {"video": known[0], "share": asdict(known[1]), "words": known[2]})
            except AudiodescError:
                if known is None:  # all answers may be in the cache
                    raise
        self._video = bool(known[0])
        self._budget.restore(known[1], known[2])
        most = min(self._frames.max_frames, known[1].frames)
        self._frames = replace(self._frames, max_frames=most, min_frames=min(self._frames.min_frames, most))

    def _choose_models(self, store: cache.Store) -> None:
        """The model, where the user names none, and who writes."""
        writer = self._wanted_writer.name or self._profile.writer_model
        if there := self._wanted_writer.there:
            self._writer, writer = there, ""
            there.meet(store)
        if self._chat.model and not writer:
            return
        models = models_of(self._listed, self._to, self._identity, store, kept_first=self._started is not None)
        if not self._chat.model:
            repository = self._profile.repository
            self._chat.model = only_model(models, repository, self._to) if models or not repository else repository
        if writer:
            self._choose_writer(writer, {model.name for model in models})

    def _choose_writer(self, name: str, models: set[str]) -> None:
        there = name_there(name)
        if self._wanted_writer.is_served(name, models):
            self._writer = self._writer_of(self._chat_with(there, self._chat.kind))
        elif self._wanted_writer.name and self._wanted_writer.here:
            self._writer = self._wanted_writer.here(name)
        else:
            remedy = f"--writer-model {name} runs that one here"
            self._found.append(f"{self._chat.named} writes the lines itself: the server has no {there}; {remedy}")

    def _chat_with(self, model: str, kind: str = "", start: Callable[[], None] | None = None) -> Chat:
        own, sampling = self._own, self._profile.sampling
        return Chat(
            self._to, model, timeout_s=own.timeout_s, thinks=own.thinking, sampling=sampling, kind=kind, start=start
        )

    def _writer_of(self, chat: Chat) -> ServerWriter:
        return ServerWriter(chat, self._context, self._free, self._own.line_tokens or LINE_TOKENS)

    def _listed(self) -> Sequence[ServerModel]:
        """The server's models, by which its kind is known too."""
        models = self._chat.models()
        self._chat.kind = next((OWNERS[one.owner] for one in models if one.owner in OWNERS), self._chat.kind)
        return models

    def _try(self) -> None:
        """One small picture and one question; then a request that is as large as any will be."""
        self._listed()
        wanted = self._profile.frames
        small = trial_clip(1, SMALL_PIXELS, wanted.fps)
        if self._video is None:
            self._video = self._chat.kind not in NO_VIDEO and self._sees_video()
        try:
            answer = self._answer(small)
            if not says_red(answer):
                fault = f"of a red picture the server's model {self._chat.named} says: {self._to.hidden(answer[:80])!r}"
                if self._unasked:
                    raise UsageError(fault, "give --no-local-server, or a model that sees with --server and --model")
                self._found.append(f"{fault}: it may not see pictures")
            full = trial_clip(wanted.max_frames, wanted.max_pixels, wanted.fps)
            cuts = knows_beginning(answer) and self._chat.kind in CUTS_IN_SILENCE
            while not knows_beginning(self._answer(full)) and cuts and self._less():
                pass
        except NoAnswerError as error:
            fault = f"the server's model {self._chat.named} gives no answer about a plain picture"
            raise AudiodescError(f"{fault} ({error.failure}: {error.failure.words})", error.failure.remedy) from error

    def _less(self) -> bool:
        """Fewer frames for a server that left out the beginning of the question; False where one was too much."""
        share = self._budget.share
        limit = LimitError("size", f"it leaves out the beginning of what is longer than its context; {CONTEXT}")
        return self._budget.reduce(share, share.frames, len(self._portraits) // 2 * share.portraits, limit)

    def _sees_video(self) -> bool | None:
        """None where a fault that may pass leaves it open."""
        clip = trial_clip(4, SMALL_PIXELS, 1.0)
        try:
            asked = [video_part(clip.frames), text(QUESTION)]
            return says_red(self._chat.answer(asked, self._profile.observe_tokens, 0))
        except (UsageError, NoAnswerError):
            return False
        except MissingToolError:
            raise
        except AudiodescError:
            return None

    def _facts(self, clip: VideoClip) -> str | Failure:
        if not clip.frames:
            return ""
        try:
            return facts_in(self._answer(clip, self._profile.question))
        except NoAnswerError as error:
            return error.failure

    def answer_queries(self, queries: Iterable[Query]) -> Iterator[tuple[int, Reply | Failure]]:
        return as_they_come(self._reply, queries, self._parallel)

    def answer_aloud(self, query: Query, said: Said) -> Reply | Failure:
        return self._reply(query, said)

    def _reply(self, query: Query, said: Said | None = None) -> Reply | Failure:
        if query.clip is None:
            writer = self._writer if isinstance(self._writer, ServerWriter) else self._writer_of(self._chat)
            return writer.reply(query, said)
        return reply_within(self._budget, self._chat, query, video=bool(self._video), said=said)

    def _answer(self, clip: VideoClip, question: str = "") -> str:
        """The answer about a clip: to a describer's question, or to that of the trial."""

        def prompt(shown: VideoClip) -> str:
            return observe_prompt(shown, self._context, question) if question else QUESTION

        before = [] if question else [text(BEGINNING)]
        video = bool(self._video)
        return answer_within(self._budget, self._chat, clip, self._portraits, prompt, video=video, before=before)


def _connection(at: str | LocalServer | ServedModel) -> Connection:
    if isinstance(at, ServedModel):
        return at.connection
    return connection(at.url, keyless=True) if isinstance(at, LocalServer) else connection(at)
