"""A describer that asks a model over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from audiodesc.core.concurrency import SIDE_BY_SIDE, as_they_come
from audiodesc.core.environment import install_command
from audiodesc.describers.answers import facts_in
from audiodesc.describers.base import PARALLEL, Describer, Failure, LineRequest
from audiodesc.describers.context import FilmContext
from audiodesc.describers.prompts import VERSION, observe_prompt
from audiodesc.describers.server.connection import KEY, Connection, Part, connection, pictures, portraits, text, video
from audiodesc.describers.writing import write_line
from audiodesc.errors import AudiodescError, MissingToolError, UsageError
from audiodesc.model import FrameRequest, VideoClip

if TYPE_CHECKING:
    import openai

RETRIES = 4
TIMEOUT_S = 120.0
CONNECT_S = 10.0
LONGEST_TOKENS = 2048
"""A limit for models in a loop, high enough for one that reasons before it answers."""

LONGEST_LETTERS = 500_000
"""Of an answer with its reasoning; a longer one comes from a model in a loop."""

MOST_MODELS = 20
"""Are named where the server does not have the one that was wanted."""

_START = (
    "start it (vLLM: `vllm serve MODEL`; Ollama: `ollama serve`) and check the address after --server, "
    "which mostly ends in /v1"
)


class Server(Describer):
    """Asks a model over HTTP, up to `parallel` requests at a time; what is kept elsewhere is not asked again.

    Frames travel as JPEG pictures with their times or, with `video`, as one MP4 for servers that take `video_url`.
    They go to that address and nowhere else: no redirect is followed. A proxy that the environment names is used,
    but not for a server on this machine. Neither the address nor its login nor the key is in anything that comes out,
    also where the server repeats them.

    Raises UsageError for a bad address, a key that is refused, a model that the server does not have and a request
    that it does not take; MissingToolError where no server answers; AudiodescError where it fails again and again.
    """

    def __init__(
        self, url: str, model: str, context: FilmContext, *, parallel: int = PARALLEL, video: bool = False
    ) -> None:
        if parallel < 1:
            raise UsageError(f"{parallel} requests in parallel", "give 1 or more")
        self._model, self._context, self._parallel, self._video = model, context, parallel, video
        self._to = connection(url)
        self._client = _client(self._to)
        self._settings: dict[str, Any] = {"temperature": 0.0, "max_tokens": LONGEST_TOKENS}
        self._portraits = list(portraits(context))
        self._free = BoundedSemaphore(parallel)

    @property
    def fingerprint(self) -> str:
        sent = "video" if self._video else "frames"
        address = sha256(self._to.url.encode()).hexdigest()[:12]
        return f"server {address} {self._model} {sent} prompts/{VERSION} context/{self._context.fingerprint}"

    @property
    def label(self) -> str:
        return f"server, {self._model}"

    @property
    def frames(self) -> FrameRequest:
        return FrameRequest(fps=1.0, min_frames=4, max_frames=32, max_pixels=768 * 432)

    @property
    def lines_at_once(self) -> int:
        return SIDE_BY_SIDE

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        """Each clip's number, from 0, with the facts, as answers arrive, or why there are none.

        Clips are taken as requests become free. After a failure no more are taken, the answers under way are
        yielded, and then it is raised.
        """
        return as_they_come(self._facts, clips, self._parallel)

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        def ask(prompt: str) -> str:
            with self._free:
                return self._ask([text(prompt)])

        return write_line(ask, request, self._context)

    def _facts(self, clip: VideoClip) -> str | Failure:
        if not clip.frames:
            return ""
        prompt = observe_prompt(clip.span, [frame.time_ms for frame in clip.frames], clip.cues, self._context)
        shown = [video(clip.frames)] if self._video else list(pictures(clip))
        return facts_in(self._ask([*self._portraits, *shown, text(prompt)]))

    def _ask(self, content: list[Part]) -> str:
        """The answer as text, "" for none."""
        import openai

        messages: Any = [{"role": "user", "content": content}]
        settings = self._settings
        try:
            answer = _answer(self._client.chat.completions.create(model=self._model, messages=messages, **settings))
        except openai.BadRequestError as error:
            if error.code == "content_filter":
                return ""
            if str(error.param) not in settings:
                raise self._fault(error) from error
            self._settings = {}  # models that reason take neither
            return self._ask(content)
        except openai.OpenAIError as error:
            raise self._fault(error) from error
        except (ValueError, AttributeError, TypeError, LookupError, RecursionError, MemoryError) as error:
            raise UsageError("the server does not speak OpenAI's protocol", _START) from error
        return self._to.hidden(answer) if len(answer) <= LONGEST_LETTERS else ""

    def _fault(self, error: openai.OpenAIError) -> AudiodescError:
        import openai

        from audiodesc.describers.server.connection import Refused, TooLate

        match error:
            case TooLate():
                return AudiodescError(f"the server {error}", "send it fewer requests at a time, with --parallel")
            case Refused():
                fault, _, remedy = str(error).partition(": ")
                return UsageError(f"the server {fault}", remedy or _START)
            case openai.APITimeoutError() | openai.APIConnectionError():
                why = self._to.hidden(str(error.__cause__ or error))[:300]
                return MissingToolError(f"the server cannot be reached ({why})", _START)
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                fault = "the server refuses the key" if self._to.key else "the server asks for a key"
                return UsageError(fault, f"set the environment variable {KEY} to a key that it accepts")
            case openai.NotFoundError():
                return self._not_found()
            case openai.APIStatusError(status_code=429):
                return AudiodescError(
                    f"the server allows no more requests: {self._words(error)}", "wait, then run again"
                )
            case openai.APIStatusError(status_code=status) if status < 500:
                fault = f"the server does not take the request: {self._words(error)}"
                return UsageError(fault, "choose another model")
        return AudiodescError(f"the server fails: {self._words(error)}", "look at its log, then run again")

    def _not_found(self) -> UsageError:
        """What the server has, if it says so; else the address is likely wrong."""
        import openai

        try:
            listed = self._client.with_options(max_retries=0, timeout=CONNECT_S).models.list().data
            models = [self._to.hidden(model.id[:100]) for model in listed if isinstance(model.id, str)]
        except (openai.OpenAIError, ValueError, AttributeError, TypeError, LookupError, RecursionError, MemoryError):
            models = []
        if self._model in models or not models:
            return UsageError(f"the server has no model {self._model!r}, or the address is wrong", _START)
        more = ", …" if len(models) > MOST_MODELS else ""
        some = ", ".join(models[:MOST_MODELS])
        return UsageError(f"the server has no model {self._model!r}", f"choose one of: {some}{more}")

    def _words(self, error: openai.OpenAIError) -> str:
        """What the server said, without what opens it."""
        body = getattr(error, "body", None)
        said = body["message"] if isinstance(body, dict) and "message" in body else body or error
        try:
            return self._to.hidden(str(said)[: LONGEST_LETTERS // 10])[:300]
        except RecursionError:
            return "words that cannot be read"


def _answer(completion: Any) -> str:
    if not completion.choices:
        return ""
    choice = completion.choices[0]
    refused = choice.finish_reason == "content_filter" or getattr(choice.message, "refusal", None)
    content = choice.message.content
    return content if isinstance(content, str) and not refused else ""


def _client(to: Connection) -> openai.OpenAI:
    try:
        import openai

        from audiodesc.describers.server.connection import Bounded
    except ImportError as error:
        raise MissingToolError("a server is asked through the package openai", install_command("openai")) from error
    timeout = openai.Timeout(TIMEOUT_S, connect=CONNECT_S)
    try:
        return openai.OpenAI(
            base_url=to.url,
            api_key=to.key or "none",
            timeout=timeout,
            max_retries=RETRIES,
            default_headers=to.headers,
            http_client=Bounded(timeout=timeout, trust_env=not to.is_local),
        )
    except (ValueError, ImportError) as error:
        raise UsageError(
            "the proxy that the environment names cannot be used", "mend or unset HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"
        ) from error
