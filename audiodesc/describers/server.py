"""The describer `server`: a model behind any server that speaks OpenAI's protocol."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator, Sequence
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from audiodesc.describers.about import About
from audiodesc.describers.answers import seen
from audiodesc.describers.messages import Part, pictures, portraits, text, video
from audiodesc.describers.prompts import VERSION, look_prompt
from audiodesc.describers.writer import write_line
from audiodesc.errors import AudiodescError, MissingToolError, UsageError
from audiodesc.model import Brief, Clip, FrameRequest
from audiodesc.stretches import SIDE_BY_SIDE
from audiodesc.threads import as_they_come

if TYPE_CHECKING:
    import openai

    from audiodesc.describers import Wishes

KEY = "AUDIODESC_API_KEY"
OPENAI_KEY, OPENAI_HOST = "OPENAI_API_KEY", "api.openai.com"
"""The key that other programs use too goes to that host alone."""

RETRIES = 4
TIMEOUT_S = 120.0
CONNECT_S = 10.0
LONGEST_TOKENS = 2048
"""A bound for models that fall into a loop, with room for one that thinks before it answers."""

_START = "start it (vLLM: `vllm serve MODEL`; Ollama: `ollama serve`) and check its address, which mostly ends in /v1"


class Server:
    """Asks a model over HTTP, up to `parallel` requests at a time; what is kept elsewhere is not asked again.

    The key is read from the environment: AUDIODESC_API_KEY, else, for OpenAI's own, OPENAI_API_KEY. Frames
    travel as JPEG pictures with their times or, with `video`, as one MP4 for servers that take `video_url`.

    Raises UsageError for a bad address, a key that is refused, a model that the server does not have and a request
    that it does not take; MissingToolError where no server answers; AudiodescError where it fails again and again.
    """

    def __init__(self, url: str, model: str, about: About, *, parallel: int = 4, video: bool = False) -> None:
        if parallel < 1:
            raise UsageError(f"{parallel} requests in parallel", "give 1 or more")
        self._url, headers = _address(url)
        self._model, self._about, self._parallel, self._video = model, about, parallel, video
        self._key = _key(self._url)
        self._client = _client(self._url, self._key, headers)
        self._settings: dict[str, Any] = {"temperature": 0.0, "max_tokens": LONGEST_TOKENS}
        self._portraits = list(portraits(about))
        self._free = BoundedSemaphore(parallel)

    @property
    def fingerprint(self) -> str:
        sent = "video" if self._video else "frames"
        return f"server {self._url} {self._model} {sent} prompts/{VERSION} about/{self._about.fingerprint}"

    @property
    def frames(self) -> FrameRequest:
        return FrameRequest(fps=1.0, min_frames=4, max_frames=32, max_pixels=768 * 432)

    @property
    def tells_at_once(self) -> int:
        return SIDE_BY_SIDE

    def look(self, clips: Iterable[Clip]) -> Iterator[tuple[int, str]]:
        """Each clip's number, from 0, with the facts, as answers arrive; "" for one that is empty or refused.

        Clips are taken as requests become free. After a failure no more are taken, the answers under way are
        yielded, and then it is raised.
        """
        return as_they_come(self._facts, clips, self._parallel)

    def tell(self, brief: Brief) -> Sequence[str]:
        def ask(prompt: str) -> str:
            with self._free:
                return self._ask([text(prompt)])

        return write_line(ask, brief, self._about)

    def doubts(self, facts: str) -> Sequence[str]:
        return ()

    def _facts(self, clip: Clip) -> str:
        if not clip.frames:
            return ""
        prompt = look_prompt(clip.span, [frame.time_ms for frame in clip.frames], clip.said, self._about)
        shown = [video(clip.frames)] if self._video else list(pictures(clip))
        return seen(self._ask([*self._portraits, *shown, text(prompt)]))

    def _ask(self, content: list[Part]) -> str:
        """The answer as text, "" for none."""
        import openai

        messages: Any = [{"role": "user", "content": content}]
        settings = self._settings
        try:
            return _answer(self._client.chat.completions.create(model=self._model, messages=messages, **settings))
        except openai.BadRequestError as error:
            if error.code == "content_filter":
                return ""
            if str(error.param) not in settings:
                raise self._fault(error) from error
            self._settings = {}  # models that reason take neither
            return self._ask(content)
        except openai.OpenAIError as error:
            raise self._fault(error) from error
        except (ValueError, AttributeError, TypeError) as error:
            raise UsageError(f"the server {self._url} does not speak OpenAI's protocol", _START) from error

    def _fault(self, error: openai.OpenAIError) -> AudiodescError:
        import openai

        name = f"the server {self._url}"
        match error:
            case openai.APITimeoutError():
                return AudiodescError(
                    f"{name} gave no answer within {TIMEOUT_S:g} s", "send it fewer requests at a time"
                )
            case openai.APIConnectionError():
                return MissingToolError(f"{name} cannot be reached ({error.__cause__ or error})", _START)
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                fault = f"{name} refuses the key" if self._key else f"{name} asks for a key"
                return UsageError(fault, f"set the environment variable {KEY} to a key that it accepts")
            case openai.NotFoundError():
                return self._not_found(name)
            case openai.APIStatusError(status_code=429):
                return AudiodescError(f"{name} allows no more requests: {self._words(error)}", "wait, then run again")
            case openai.APIStatusError(status_code=status) if status < 500:
                return UsageError(f"{name} does not take the request: {self._words(error)}", "choose another model")
        return AudiodescError(f"{name} fails: {self._words(error)}", "look at its log, then run again")

    def _not_found(self, name: str) -> UsageError:
        """What the server has, if it says so; else the address is likely wrong."""
        import openai

        try:
            models = [
                model.id for model in self._client.with_options(max_retries=0, timeout=CONNECT_S).models.list().data
            ]
        except (openai.OpenAIError, ValueError, AttributeError, TypeError):
            models = []
        if self._model in models or not models:
            return UsageError(f"{name} has no model {self._model!r}, or the address is wrong", _START)
        more = ", …" if len(models) > 20 else ""
        return UsageError(f"{name} has no model {self._model!r}", f"choose one of: {', '.join(models[:20])}{more}")

    def _words(self, error: openai.OpenAIError) -> str:
        """What the server said, without the key."""
        body = getattr(error, "body", None)
        said = str(body["message"] if isinstance(body, dict) and "message" in body else body or error)[:300]
        return said.replace(self._key, "…") if self._key else said


def make(wishes: Wishes) -> Server:
    """The describer for a user's wishes. Raises UsageError where the address or the model is missing."""
    if not wishes.server or not wishes.model:
        raise UsageError("the describer server needs an address and a model", "give --server URL and --model NAME")
    return Server(wishes.server, wishes.model, wishes.about, parallel=wishes.parallel, video=wishes.video)


def _answer(completion: Any) -> str:
    if not completion.choices:
        return ""
    choice = completion.choices[0]
    refused = choice.finish_reason == "content_filter" or getattr(choice.message, "refusal", None)
    content = choice.message.content
    return content if isinstance(content, str) and not refused else ""


def _address(url: str) -> tuple[str, dict[str, str]]:
    """The address without credentials, and the header that carries them."""
    shown = url.rpartition("@")[2]
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment:
        raise UsageError(
            f"{shown.partition('?')[0]!r} is no address of a server", "give one like http://127.0.0.1:8000/v1"
        )
    plain = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    if parts.username is None:
        return plain, {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return plain, {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}


def _key(url: str) -> str:
    own = os.environ.get(OPENAI_KEY, "") if urlsplit(url).hostname == OPENAI_HOST else ""
    return os.environ.get(KEY, "").strip() or own.strip()


def _client(url: str, key: str, headers: dict[str, str]) -> openai.OpenAI:
    try:
        import openai
    except ImportError as error:
        raise MissingToolError("a server is asked through the package openai", "pip install openai") from error
    timeout = openai.Timeout(TIMEOUT_S, connect=CONNECT_S)
    return openai.OpenAI(
        base_url=url, api_key=key or "none", timeout=timeout, max_retries=RETRIES, default_headers=headers
    )
