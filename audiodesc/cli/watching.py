"""The command `watch`: films that come into a folder are made."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from audiodesc.cli.batch_options import AtOnce, JsonEvents, Metrics, Ray
from audiodesc.cli.options import Quiet, option
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import say, say_json
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.batch.model import FilmRow
    from audiodesc.watching.events import WatchEvent
    from audiodesc.watching.running import WatchOrder

NO_MARKER: Final = "none"
LONGEST_S: Final = 86_400.0

Watched = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder that films come into.")]
Outbox = Annotated[
    Path | None,
    option(
        "--outbox", metavar="DIR", help="Where results appear whole. Default: STEM.ad beside the film.", panel="Results"
    ),
]
Quarantine = Annotated[
    Path | None,
    option(
        "--quarantine",
        metavar="DIR",
        help="Where films go that failed, with the reason. Default: audiodesc.quarantine in FOLDER.",
        panel="Results",
    ),
]
Batch = Annotated[
    Path | None,
    option(
        "--batch",
        metavar="DIR",
        help="Where the batch keeps its state, its page and its table. Default: audiodesc.batch in FOLDER.",
        panel="Results",
    ),
]
Marker = Annotated[
    str,
    option(
        "--done-marker",
        metavar="SUFFIX|none",
        help="A film is whole once this is beside it too: with .done, film.mp4.done or film.done.",
        panel="Arrival",
    ),
]
Settle = Annotated[
    float,
    option("--settle", metavar="SECONDS", help="A film is whole once it did not change for so long.", panel="Arrival"),
]
Poll = Annotated[
    float,
    option("--poll", metavar="SECONDS", help="The longest time between two looks at the folder.", panel="Arrival"),
]
Polling = Annotated[
    bool,
    option(
        "--polling",
        help="Take no events from the system, as on a network disk that is not found to be one.",
        panel="Arrival",
    ),
]
Choices = Annotated[
    Path | None,
    option(
        "--choices",
        metavar="FILE",
        help="Make films by this file, outside FOLDER, instead of the audiodesc.toml in it.",
        panel="Batch",
    ),
]
Once = Annotated[bool, option("--once", help="Make what is there, and end.", panel="Batch")]


@dataclass(frozen=True, slots=True)
class Results:
    """Where results, failures and the batch go."""

    outbox: Outbox = None
    quarantine: Quarantine = None
    batch: Batch = None
    metrics: Metrics = None


@dataclass(frozen=True, slots=True)
class Arriving:
    """When a film has arrived."""

    done_marker: Marker = NO_MARKER
    settle: Settle = 10.0
    poll: Poll = 30.0
    polling: Polling = False


@dataclass(frozen=True, slots=True)
class Making:
    """How films are made."""

    at_once: AtOnce = None
    ray: Ray = None
    once: Once = False
    choices: Choices = None


@without_choices
def watch(
    folder: Watched,
    results: Results,
    arriving: Arriving,
    making: Making,
    as_json: JsonEvents = False,
    quiet: Quiet = False,
) -> None:
    """Make each film that comes into a folder, until it is stopped: `watch incoming --outbox ready`.

    The choices are those of audiodesc.toml in FOLDER, which is read anew when it changes. Subtitles beside a film are
    used. A film that failed is moved to the quarantine with the reason; moved back, it is tried again. What was made is
    known after a restart. Ctrl+C or SIGTERM ends it after the lines in hand.
    """
    from audiodesc.cli.film_runners import film_runner
    from audiodesc.watching.running import watch_folder

    order, shown = _order(folder, results, arriving, making), _Shown(as_json, quiet)
    with _signals() as (stop, is_interrupted):
        done = watch_folder(
            order,
            lambda: film_runner(making.at_once, making.ray, order.places.batch / "logs"),
            shown.event,
            shown.row,
            stop,
        )
    if is_interrupted():
        say("audiodesc: stopped; the same command goes on from here", error=True)
        raise typer.Exit(130)
    if making.once and done.fault:
        raise done.fault
    if making.once and shown.has_failed:
        raise typer.Exit(1)


def _order(folder: Path, results: Results, arriving: Arriving, making: Making) -> WatchOrder:
    from audiodesc.watching.arrivals import Manner
    from audiodesc.watching.places import places_of
    from audiodesc.watching.running import WatchOrder

    for name, value, least in (("--settle", arriving.settle, 0.0), ("--poll", arriving.poll, 0.1)):
        if not least <= value <= LONGEST_S:
            raise UsageError(f"{name} is {value:g}", f"give {least:g} to {LONGEST_S:,.0f} seconds")
    marker = "" if arriving.done_marker == NO_MARKER else arriving.done_marker
    if marker and (not marker.startswith(".") or "/" in marker or len(marker) < 2):
        raise UsageError(f"--done-marker is {marker!r:.60}", "give a suffix such as .done, or none")
    places = places_of(folder, results.outbox, results.quarantine, results.batch)
    manner = Manner(arriving.settle, marker)
    choices = making.choices.absolute() if making.choices else None  # a link to it may lead elsewhere later
    if choices and choices.resolve().is_relative_to(places.folder):
        raise UsageError(f"--choices {choices} is in the folder that is watched", "give a file outside it")
    return WatchOrder(places, manner, arriving.poll, arriving.polling, making.once, results.metrics, choices)


class _Shown:
    """Prints what happens, from two threads: a line each, or a line of JSON each."""

    def __init__(self, as_json: bool, quiet: bool) -> None:
        self._as_json, self._quiet, self._lock = as_json, quiet, Lock()
        self._seen: dict[int, tuple[str, str]] = {}
        self.has_failed = False

    def event(self, event: WatchEvent) -> None:
        """What happened in the folder."""
        self.has_failed |= event.what == "quarantined"
        with self._lock:
            if self._as_json:
                self._line({"event": event.what, "film": event.film, "text": event.text})
            elif not self._quiet or event.what in ("quarantined", "waits"):
                say(f"{event.film}: {event.what}: {event.text}" if event.film else event.text, error=True)

    def row(self, row: FilmRow) -> None:
        """A film whose state or stage changed."""
        before = self._seen.get(row.id)
        self._seen[row.id] = (row.state, row.stage)
        with self._lock:
            if self._as_json and before != (row.state, row.stage):
                from audiodesc.batch.output.json_lines import film_values

                self._line({"event": "film", **film_values(row)})
            elif not self._quiet and row.state == "running" and (before is None or before[0] != "running"):
                say(f"{row.job.name}: begun", error=True)
        if row.state != "running":
            self._seen.pop(row.id, None)

    def _line(self, values: dict[str, Any]) -> None:
        import sys

        from audiodesc.batch.output.json_lines import as_line

        say_json(as_line(values))
        sys.stdout.flush()


@contextmanager
def _signals() -> Iterator[tuple[Event, Callable[[], bool]]]:
    """What Ctrl+C and SIGTERM set, and whether it was Ctrl+C; a second Ctrl+C raises KeyboardInterrupt."""
    stop, interrupts = Event(), 0

    def handle(number: int, frame: Any) -> None:
        nonlocal interrupts
        interrupts += number == signal.SIGINT
        if interrupts > 1:
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop, lambda: interrupts > 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
