"""A batch in the text form of Prometheus, for /metrics and for the textfile collector of a node exporter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from audiodesc.batch.model import CAUSES, STATES
from audiodesc.batch.output.sums import BatchSums

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from audiodesc.batch.sharing.calls import Usage

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def metrics_text(sums: BatchSums, usage: Usage | None = None) -> bytes:
    """The metrics. `usage` is what describers that films share did, where a runner measures it; else the seconds in
    which films waited for them count as their work, which overlap where they are asked by several at a time.

    What is counted up may fall where films are made anew or taken out of a list; `rate()` takes that for a restart.
    """
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.registry import Collector

    class Batch(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from _metrics(sums, sums.observation_s if usage is None else usage.busy_s)
            if usage is not None:
                waiting = "Clips that wait for a describer that films share."
                yield GaugeMetricFamily("audiodesc_clips_waiting", waiting, value=usage.waiting)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Batch())
    return generate_latest(registry)


def write_metrics(path: Path, sums: BatchSums, usage: Usage | None = None) -> None:
    """Write them whole, so that a collector never reads a part. Raises OutputError."""
    from audiodesc.project.output_file import write_whole

    content = metrics_text(sums, usage)
    write_whole(path, lambda partial: partial.write_bytes(content), force=True)


def _metrics(sums: BatchSums, busy_s: float) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily as Counts
    from prometheus_client.core import GaugeMetricFamily as Gauge

    films = Gauge("audiodesc_films", "Films of the batch by state.", labels=["state"])
    for state in STATES:
        films.add_metric([state], sums.counts.get(state, 0))
    yield films
    yield Gauge("audiodesc_queue_length", "Films that wait to be begun.", value=sums.counts.get("queued", 0))
    failed = Gauge("audiodesc_films_failed", "Failed films by the kind of the failure.", labels=["cause"])
    for cause in CAUSES:
        failed.add_metric([cause], sums.causes.get(cause, 0))
    yield failed
    stages = Counts("audiodesc_stage_seconds", "Work on films that ended, by stage.", labels=["stage"])
    for stage, seconds in sorted(sums.stages.items()):
        stages.add_metric([stage], seconds)
    yield stages
    for name, help, value in (
        ("film_seconds", "Length of the films that are done.", sums.duration_ms / 1000),
        ("lines", "Lines of the films that are done.", sums.lines),
        ("clips", "Clips that the describer looked at, or knew already.", sums.clips),
        ("clips_cached", "Clips of these that were known already.", sums.cached),
        ("tokens", "Tokens of answers and questions, where they are counted.", sums.tokens),
        ("overlap_seconds", "Narration over dialogue, measured in the sound.", sums.overlap_ms / 1000),
        ("attempts", "How often films were begun.", sums.attempts),
        ("losses", "How often the process or node that made a film died.", sums.losses),
        ("describer_busy_seconds", "Seconds in which the describer looked at clips.", busy_s),
    ):
        yield Counts(f"audiodesc_{name}", help, value=value)
    per_second = sums.clips / sums.span_s if sums.span_s > 0 else 0.0
    yield Gauge("audiodesc_clips_per_second", "Clips a second, from the first begin to the last end.", value=per_second)
