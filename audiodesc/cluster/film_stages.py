"""What a task does on its node: one stage of a film, from paths or URLs to what came of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, Literal

from audiodesc.batch.film_work import failed_film, is_stopped, make_film, processor_now_s
from audiodesc.batch.model import FailedFilm, FilmJob, FilmResult, film_job
from audiodesc.cluster.actor_transport import ActorTransport
from audiodesc.cluster.reporter import Pulse
from audiodesc.cluster.staging import Staging, scratch_folder, staged, unstage
from audiodesc.errors import AudiodescError, BusyError

if TYPE_CHECKING:
    from audiodesc.core.progress import Progress
    from audiodesc.describers.base import Describer
    from audiodesc.describers.chosen import ChooseDescriber
    from audiodesc.settings import Settings

log = logging.getLogger(__name__)

Stage = Literal["prepare", "describe", "mix"]

BUSY_S: Final = 90.0
"""A task that was lost may hold the film's folder for a while yet: the next attempt waits so long for it. With `ray://`
a task outlives its batch by about 30 s, and its lease that by another 35."""


@dataclass(frozen=True, slots=True)
class StageTask:
    """One stage of a film: `name` is never used again, `run` is who makes the film, `actors` are those of its
    describer."""

    name: str
    stage: Stage
    job: str
    rank: int
    attempt: int
    run: str
    reporter: Any
    actors: tuple[Any, ...] = ()
    scratch: str = ""


@dataclass(frozen=True, slots=True)
class StageDone:
    """What came of it: a result of the last stage, a failure, or neither, with `stopped` where it was asked to end.
    `seconds` are by the names of `core.progress`, `asked` is about how many clips the describer was asked. `next` is
    the stage that follows, `node` is Ray's id of the node that made this one. `processor_s`, `describer_s` and `tokens`
    are as those of `FilmResult`."""

    result: FilmResult | None = None
    failed: FailedFilm | None = None
    stopped: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    asked: int = 0
    next: Stage | None = None
    processor_s: float = 0.0
    describer_s: float | None = None
    tokens: int | None = None
    node: str = ""


def run_stage(task: StageTask) -> StageDone:
    """Make a stage of a film. Whatever the film does, this returns; what ends the process is for its owner to see."""
    import ray

    from audiodesc.batch.sharing.proxy import choose_with

    node = ray.get_runtime_context().get_node_id()
    job, scratch, began_s = film_job(task.job), scratch_folder(task.scratch), processor_now_s()
    with Pulse(task.reporter, task.name, node, os.getpid()) as pulse:
        staging = Staging(job)

        def progress(stage: str, done: int, total: int) -> None:
            pulse.progress(stage, done, total)
            staging.check()

        transport = ActorTransport(task.actors, pulse.check)

        def make() -> StageDone:
            nonlocal staging
            staging = Staging(job)
            with staged(job, task.run, scratch, progress) as here:
                staging = here
                return _made(task.stage, here, choose_with(transport, task.rank), progress)

        try:
            done = _patiently(task.attempt, make, pulse.progress)
            if task.stage == "mix":
                unstage(job, scratch)
            return replace(done, processor_s=processor_now_s() - began_s, node=node)
        except Exception as error:
            if is_stopped(error):
                return StageDone(stopped=True)
            if not isinstance(error, AudiodescError):
                log.exception("%s failed", task.name)
            failed = failed_film(error)
            return StageDone(failed=replace(failed, message=staging.with_urls(failed.message)))


def _patiently(attempt: int, make: Callable[[], StageDone], progress: Progress) -> StageDone:
    """The stage; an attempt after the first waits for a folder that an earlier one still holds."""
    until = monotonic() + BUSY_S
    while True:
        try:
            return make()
        except BusyError:
            if attempt < 2 or monotonic() > until:
                raise
        progress("fetch", 0, 0)
        sleep(1.0)


def _made(stage: Stage, staging: Staging, choose: ChooseDescriber, progress: Progress) -> StageDone:
    if stage == "prepare":
        seconds = prepare(staging.job, progress)
        return StageDone(seconds=seconds, next="mix" if _has_report(staging.job) else "describe")
    if stage == "describe":
        return describe(staging.job, choose, progress)
    made = make_film(staging.job, choose, progress)
    files = {name: staging.url_of(path) for name, path in made.files.items()}
    findings = tuple(map(staging.with_urls, made.findings))
    result = replace(made, files=files, findings=findings)
    asked = made.clips - made.cached
    return StageDone(result, seconds=made.stages, asked=asked, describer_s=made.describer_s, tokens=made.tokens)


def prepare(job: FilmJob, progress: Progress) -> Mapping[str, float]:
    """Analyse a film into the cache of its folder: dialogue, gaps and cuts. Seconds by stage. Raises what `make`
    raises."""
    from audiodesc.core.progress import Stopwatch
    from audiodesc.dialogue import analyse, read_source
    from audiodesc.media.opening import with_content
    from audiodesc.project.folder import hold_folder
    from audiodesc.project.target import target

    of, watch = target(job.film, job.subtitles or None, job.output, settings_for(job)), Stopwatch(progress)
    with watch("probe"):
        source = read_source(of.film, of.subtitles, of.settings)
    with hold_folder(of.output) as folder:
        with watch("hash"):
            film = with_content(source.film, folder.store, watch.progress)
        analyse(replace(source, film=film), of.settings, folder.store, watch)
    return watch.seconds


def describe(job: FilmJob, choose: ChooseDescriber, progress: Progress) -> StageDone:
    """Write the script of a film, without sound. Raises what `make` raises, save that of `--strict`: it is raised by
    the last stage."""
    from audiodesc.batch.sharing.proxy import SharedDescriber
    from audiodesc.pipeline import make

    settings = settings_for(job)
    settings = replace(settings, run=replace(settings.run, strict=False))
    asked: list[None] = []
    chosen: list[Describer] = []
    counting = _counting(choose, asked, chosen)
    made = make(job.film, job.subtitles or None, job.output, settings, progress, sound=False, choose=counting)
    describer_s = chosen[0].spent_s if chosen and isinstance(chosen[0], SharedDescriber) else None
    tokens = getattr(chosen[0], "tokens", None) if chosen else None  # a stranger's class may lack it
    return StageDone(seconds=made.report.seconds, asked=len(asked), next="mix", describer_s=describer_s, tokens=tokens)


def _has_report(job: FilmJob) -> bool:
    """Whether a run was there before: a script alone would take the place of its report, and the sound, which may be as
    it is wanted, would be mixed again."""
    return any(Path(job.output).glob("*.ad.json"))


def settings_for(job: FilmJob) -> Settings:
    """The choices of a job. Raises UsageError."""
    from audiodesc.core.toml import job_values, settings_of
    from audiodesc.settings import Settings

    return settings_of(Settings, job_values(job.choices, Settings, job.name))


def _counting(choose: ChooseDescriber, asked: list[None], taken: list[Describer]) -> ChooseDescriber:
    from audiodesc.batch.sharing.delegating import Counted, CountedMomentary
    from audiodesc.describers import ChosenDescriber
    from audiodesc.describers.base import Momentary

    def counting(*given: Any) -> ChosenDescriber:
        chosen = choose(*given)
        taken.append(chosen.describer)
        kind = CountedMomentary if isinstance(chosen.describer, Momentary) else Counted
        return ChosenDescriber(kind(chosen.describer, lambda: asked.append(None)), chosen.why)

    return counting


def whole_result(done: list[StageDone]) -> FilmResult | None:
    """The result of a film whose stages these are: with the times of all, and the clips that were asked about."""
    result = done[-1].result
    if result is None:
        return None
    seconds: dict[str, float] = {}
    for one in done:
        for stage, taken in one.seconds.items():
            seconds[stage] = round(seconds.get(stage, 0.0) + taken, 3)
    asked = sum(one.asked for one in done)
    described = [one.describer_s for one in done if one.describer_s is not None]
    tokens = [one.tokens for one in done if one.tokens is not None]
    return replace(
        result,
        stages=seconds,
        cached=max(0, result.clips - asked),
        tokens=sum(tokens) if tokens else None,
        processor_s=round(sum(one.processor_s for one in done), 3),
        describer_s=round(sum(described), 3) if described else None,
    )
