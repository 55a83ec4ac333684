"""What a describer is: the protocol of what observes and writes, and that of its entry in the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from audiodesc.core.cache import Store
from audiodesc.core.downloads import Downloads
from audiodesc.core.plugins import AVAILABLE, Availability, Backend
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.context import FilmContext
from audiodesc.describers.failures import FAILURES as FAILURES
from audiodesc.describers.failures import Failure as Failure
from audiodesc.describers.failures import FailureKind as FailureKind
from audiodesc.describers.failures import NoAnswerError as NoAnswerError
from audiodesc.model import Cue, FrameRequest, Span, VideoClip
from audiodesc.settings import DescriberSettings

PARALLEL = DescriberSettings().parallel


@dataclass(frozen=True, slots=True)
class DescriberOptions:
    """What a user chooses for whichever describer is used.

    `profile` is the name of a model's profile, or the path of one (.toml). `server` is the address of an
    OpenAI-compatible server; `serve` starts one here, for this run; `local_server`: `auto` may take one that already
    runs on this machine. `model` is the name of a model there, or on the model hub, or a folder; `parallel` the number
    of requests that a server is sent at a time; `video` sends it one video per clip, or pictures, or, for None, what it
    takes. `context` is what is known of the film. `writer_model` names the model that writes lines from what another
    observed, `writer_server` is the address of a server that has it. `film_s` is the film's length in seconds, 0 where
    it is not known. `downloads` says whether weights may be fetched; `progress` is given the stage "fetch" in
    megabytes. `own` holds the options of single describers, by their name.
    """

    profile: str = ""
    server: str = ""
    model: str = ""
    parallel: int = PARALLEL
    video: bool | None = None
    serve: bool = False
    local_server: bool = True
    context: FilmContext = field(default_factory=FilmContext)
    writer_model: str = ""
    writer_server: str = ""
    film_s: float = 0.0
    downloads: Downloads = field(default_factory=Downloads)
    progress: Progress = silent
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineRequest:
    """All that a describer may know when it writes a line. `previous_lines` are those spoken so far, oldest first;
    `language` is a BCP 47 tag; `known_speakers` are the speakers whom the film has named by now.

    Where a shorter line is asked for, `too_long` is the one that takes `over_ms` more, in the narrator's voice at its
    fastest, than the pause has; `max_words` is then what the voice has time for, as measured.

    The line is spoken `now_s` seconds after the start of what the facts are about. `summary` is the story so far, ""
    where nobody wrote it.
    """

    facts: str
    max_words: int
    language: str
    previous_lines: tuple[str, ...] = ()
    dialogue_before: tuple[Cue, ...] = ()
    dialogue_after: tuple[Cue, ...] = ()
    known_speakers: tuple[str, ...] = ()
    too_long: str = ""
    over_ms: int = 0
    now_s: float | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class StoryRequest:
    """What the story so far is summed up from: the summary before, and the dialogue and the lines since."""

    language: str
    summary: str = ""
    dialogue: tuple[Cue, ...] = ()
    lines: tuple[str, ...] = ()


class Describer(Protocol):
    """How to write a describer. One that inherits from this class takes over its defaults.

    The work is split in two. `observe` knows the picture and not the story, so that it can be batched and run ahead of
    the rest. `write_lines` knows the story and not the pixels, so that asking again with fewer words costs little.
    What both answer is kept in the cache and not asked for again.
    """

    @property
    def fingerprint(self) -> str:
        """All that the answers depend on: weights and revision, version of the prompt, sampling settings."""

    @property
    def label(self) -> str:
        """What people read in the report and on the page: the name, perhaps with the model; no versions."""

    @property
    def limits(self) -> str:
        """What it cannot do by its nature, as the rest of a sentence that begins with its label; "" for none."""
        return ""

    @property
    def frames(self) -> FrameRequest:
        """Which frames of each segment `observe` is given."""

    @property
    def lines_at_once(self) -> int:
        """The number of threads from which `write_lines` gains to be called; 1 where it is quick anyway."""
        return 1

    @property
    def asked_ahead(self) -> bool:
        """Whether `write_lines` takes no time, costs nothing and asks nobody, so that it may be asked for lines before
        those before them are known: their clips are then made ahead, on cores that are idle."""
        return False

    @property
    def shared(self) -> bool:
        """Whether the films of a batch share one, since it holds a model or a connection; False where each film makes
        its own, so that it runs on all cores."""
        return True

    @property
    def tokens(self) -> int | None:
        """Tokens of all questions and answers since it was made; None where nobody counts them."""
        return None

    def observe(self, clips: Iterable[VideoClip]) -> Iterator[tuple[int, str | Failure]]:
        """(number of a clip, facts about it) for each clip, the first being 0; "" where nothing is sure.

        An answer that is none (cut off, empty, a loop …) is a `Failure`: it is counted and not kept, so that the next
        run asks anew. What fails for good, such as a key that is refused, is raised.

        A describer may take several clips before it yields, and yield in any order. What it has yielded is kept even
        if it fails later, so answers that have arrived should be yielded before an error is raised.
        """

    def write_lines(self, request: LineRequest) -> Sequence[str]:
        """Candidate lines, best first; () for silence. What is longer than `request.max_words` words is a candidate
        too: the voice decides, and a shorter one is asked for with the number of words that it has time for.

        Raises NoAnswerError for an answer that is none.
        """

    def session(self, store: Store) -> AbstractContextManager[None]:
        """Held while a film is analysed and described: what the describer needs for that is tried before, so that a
        fault is met before the work, and is ended after. What it finds may be kept in `store`.

        `fingerprint` and `frames` are asked for within it.
        """
        return nullcontext()

    def notes(self) -> Sequence[str]:
        """What a person should know of this run, asked for at its end; mostly ()."""
        return ()

    def summarise(self, request: StoryRequest) -> str:
        """The story so far in at most 80 words; "" where it writes none."""
        return ""

    def doubts(self, facts: str) -> Sequence[str]:
        """What a person should know about facts that `observe` gave, such as invalid JSON; mostly ()."""
        return ()

    def evidence(self, facts: str) -> str:
        """The facts as the text that the lines are written from, and held against; "" (the default) where lines are
        not held against them, and no second look is taken: they say nothing else than the facts do."""
        return ""


@runtime_checkable
class Momentary(Protocol):
    """A describer whose facts are visible only for a while, and whose lines must begin in that time."""

    def moments(self, facts: str) -> Sequence[tuple[Span, str]]:
        """The facts split by when they are visible, in order; the spans do not overlap."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether `auto` may take a describer, and why, as the rest of a sentence that begins with "NAME is".

    `download`: what it needs has to be downloaded first, which is allowed.
    """

    ready: bool = True
    reason: str = ""
    download: bool = False


@runtime_checkable
class DescriberBackend(Backend, Protocol):
    """How to add a describer: an entry of `DESCRIBERS`, or of the entry-point group "audiodesc.describers".

    An entry is a module-level object, or a class that is made without arguments. One that inherits from this class has
    to give `name`, `summary`, `needs`, `install`, `options` and `create`, and takes over the rest. It is imported by
    every run, so what is heavy is imported in `create` or later.

    `auto` takes the entry for which the user's options ask (`requested`); else, of those with a rank, the best that is
    not `unfit` for this machine and is ready (`readiness`).
    """

    @property
    def install(self) -> str:
        """The shell command that installs what it needs, or installs it once more; "" where nothing has to be."""

    @property
    def auto_rank(self) -> int | None:
        """Its quality for `auto`, more is better: 0 for `basic`, 1 to 50 for the models; None: used only when named."""
        return None

    def behind_server(self, options: DescriberOptions) -> DescriberOptions | None:
        """The options with which `server` asks its model, where that is to run on one; None where it runs none."""
        return None

    @property
    def prompts(self) -> Sequence[str]:
        """The texts that its model is asked with, by their names in `describers.prompts`; () where none is asked."""
        return ()

    def hardware(self) -> str:
        """What it would run on here, as a reason for what `auto` takes; "" where that does not matter."""
        return ""

    def attention(self) -> str:
        """The kind of attention that its model computes with here, and why, for `doctor`; "" where it runs none."""
        return ""

    def availability(self) -> Availability:
        """Whether it can run here. Quick, without network, and imports nothing heavy."""
        return AVAILABLE

    def on_disk(self) -> bool | None:
        """Whether all that it runs is on this disk; None where the user says what it is to run.

        The network is not used. Raises an AudiodescError where the package that finds it is not installed.
        """
        return True

    def film_takes_s(self, length_s: float) -> float | None:
        """Seconds that it takes here for a film of that length, estimated by a short measurement; None where it is not
        estimated, such as on a GPU."""
        return None

    def requested(self, options: DescriberOptions) -> bool:
        """Whether the user's options ask for this describer without naming it."""
        return False

    def unfit(self, options: DescriberOptions) -> str:
        """Why `auto` does not take it on this machine; "" where it may. Uses no network and asks nobody."""
        return ""

    def readiness(self, options: DescriberOptions) -> Readiness:
        """Whether it can be used now; asked after all better ones were not. May use the network and ask the user."""
        return Readiness()

    def remarks(self, options: DescriberOptions) -> Sequence[str]:
        """What the user should know before it runs: options that it ignores, limits of this machine."""
        return ()

    def create(self, options: DescriberOptions, own: Any) -> Describer:
        """The describer, ready to observe; `own` is a checked value of the class `options`, None where there is none.

        Raises UsageError for wrong options, MissingToolError for what is not installed or cannot be reached.
        """
