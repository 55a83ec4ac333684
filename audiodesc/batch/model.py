"""What a batch is made of: the job of one film, the state of it, and what came of it. All values are frozen and plain,
so that they can be kept as JSON and sent to another process or machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, get_args

FilmState = Literal["queued", "running", "done", "failed", "skipped", "held"]
STATES: Final[tuple[FilmState, ...]] = get_args(FilmState)

FailureCause = Literal["usage", "input", "missing", "output", "busy", "strict", "server", "lost", "cancelled", "other"]
"""The kind of a failure: usage (a wrong option), input (film or subtitles cannot be used), missing (something is to be
installed), output (disk full, or files of somebody else's), busy (another run holds the folder), strict (`--strict`),
server (a describer's server did not answer), lost (its process or node died), cancelled (a person ended it), other."""

CAUSES: Final[tuple[FailureCause, ...]] = get_args(FailureCause)


@dataclass(frozen=True, slots=True)
class FilmJob:
    """What `make` is given for one film of a batch.

    `film`, `subtitles` ("": the film's own) and `output` are whole paths, or URLs of a store ("s3://…"). `choices` are
    the values of `Settings` that were given, by group and name, as a job file has them (JSON types alone); all others
    have their defaults. Films of one `series` share what is known of its people, in the order of `episode`.
    """

    film: str
    output: str
    subtitles: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)
    series: str = ""
    episode: float = 0.0

    @property
    def name(self) -> str:
        """What people call the film in lists: the last part of its path or URL."""
        return self.film.rstrip("/").replace("\\", "/").rpartition("/")[2]

    @property
    def key(self) -> str:
        """Stands for all that was asked for: 32 hexadecimal digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """As text, which `film_job` reads."""
        return json.dumps(asdict(self), sort_keys=True)


def film_job(text: str) -> FilmJob:
    """The job that `FilmJob.to_json` wrote. Raises ValueError or TypeError for anything else."""
    return FilmJob(**json.loads(text))


@dataclass(frozen=True, slots=True)
class FilmResult:
    """What came of a film, as lists and pages of a batch show it.

    `overlap_ms`: speech over dialogue (0 is right). `loudness_lufs` and `peak_dbtp` are of the mix, None where none was
    made. `findings` are the report's notes and findings, one line each. `clips` were shown to the describer, of which
    `cached` were known already; `tokens` is None where nobody counted. `stages` holds seconds by stage, by the clock.
    `processor_s` is the film's processor time on all cores, `describer_s` the time in which a describer that films
    share worked for it; None where nobody measured it. `files` holds paths or URLs by the name of the deliverable.
    `content` stands for the content of film and subtitles.
    """

    duration_ms: int = 0
    lines: int = 0
    overlap_ms: int = 0
    loudness_lufs: float | None = None
    peak_dbtp: float | None = None
    findings: tuple[str, ...] = ()
    clips: int = 0
    cached: int = 0
    tokens: int | None = None
    stages: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    processor_s: float | None = None
    describer_s: float | None = None

    def to_json(self) -> str:
        """As text, which `film_result` reads."""
        return json.dumps(asdict(self))


def film_result(text: str) -> FilmResult:
    """The result that `FilmResult.to_json` wrote. Raises ValueError or TypeError for anything else."""
    values = json.loads(text)
    return FilmResult(**{**values, "findings": tuple(values.get("findings", ()))})


@dataclass(frozen=True, slots=True)
class FailedFilm:
    """Why a film failed: the cause, and one line that names the file, the fault and the remedy."""

    cause: FailureCause
    message: str


@dataclass(frozen=True, slots=True)
class FilmRow:
    """A film of a batch as its state has it. Times are seconds since the epoch, None where it is not so far.

    `stage`, `done` and `total` say how far a running film is (see `core.progress`). `attempts` counts how often it was
    begun, `losses` how often the process or node that made it died. `owner` is the tenant of a service, "" elsewhere.
    """

    id: int
    job: FilmJob
    state: FilmState
    stage: str = ""
    done: int = 0
    total: int = 0
    attempts: int = 0
    losses: int = 0
    failed: FailedFilm | None = None
    result: FilmResult | None = None
    queued_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    owner: str = ""
