"""The options of `batch` and of its own commands, and those of `watch` and `serve` that are the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from audiodesc.cli.options import Command, Commands, first_sentence, option

RUN: Final = "make"
"""The name under which the group has the command that is `audiodesc batch LIST`; nobody types it."""

LOCAL: Final = "local"
ADDRESS = re.compile(r"auto|local|ray://.+|(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d+")
"""What may follow `--ray`; anything else is the next argument."""

BatchList = Annotated[
    Path,
    typer.Argument(
        metavar="LIST", help="CSV with a column film; a folder of films; a job file with [[film]]; or a NAME.batch."
    ),
]
Batch = Annotated[
    Path, typer.Argument(metavar="LIST|DIR", help="The list, folder or job file of a batch, or its folder NAME.batch.")
]
Films = Annotated[
    list[str], typer.Argument(metavar="FILM", help="Names or paths of films; patterns such as 's01*' too.")
]
SomeFilms = Annotated[
    list[str] | None,
    option("--film", metavar="NAME", help="Only this film, or these: 's01*'. Can be repeated.", panel="Films"),
]
Kinds = Annotated[
    list[str] | None,
    option(
        "--kind",
        metavar="CAUSE",
        help="Only films that failed so: input, server, lost, output, missing … Can be repeated. Default: all.",
        panel="Films",
    ),
]
Release = Annotated[bool, option("--release", help="Queue held films again instead.", panel="Films")]
Folder = Annotated[
    Path | None,
    option(
        *("-o", "--output"),
        metavar="DIR",
        help="Where each film has its folder STEM.ad. Default: what the list says, or beside the film.",
        panel="Results",
    ),
]
StateFolder = Annotated[
    Path | None,
    option(
        "--batch",
        metavar="DIR",
        help="Where the batch keeps its state, its page and its table. Default: NAME.batch beside the list.",
        panel="Results",
    ),
]
Metrics = Annotated[
    Path | None,
    option(
        "--metrics",
        metavar="FILE",
        help="Keep metrics there in Prometheus' text form, for a node exporter.",
        panel="Results",
    ),
]
DryRun = Annotated[bool, option("--dry-run", help="Check the list, say what it would take, and stop.", panel="Batch")]
Pilot = Annotated[
    bool,
    option(
        "--pilot",
        help="Make the first film before the others, and estimate the time from it; with --dry-run stop there.",
        panel="Batch",
    ),
]
AtOnce = Annotated[
    int | None,
    option(
        "--at-once", metavar="N", help="Films at a time. Default: by the cores and the memory there are.", panel="Batch"
    ),
]
FailAfter = Annotated[
    int | None, option("--fail-after", metavar="N", help="End once so many films have failed.", panel="Batch")
]
Ray = Annotated[
    str | None,
    option(
        "--ray",
        metavar="ADDRESS",
        help="Make films on a Ray cluster; --ray without an address starts one on this machine.",
        panel="Batch",
    ),
]
JsonEvents = Annotated[bool, option("--json", help="Print a line of JSON for each thing that happens, only that.")]
AsJson = Annotated[bool, option("--json", help="Print a line of JSON for each film.", panel="Results")]
AsCsv = Annotated[bool, option("--csv", help="Print a table for spreadsheets.", panel="Results")]
Gpus = Annotated[int, option("--gpus", metavar="N", help="GPUs of all machines together.", panel="Machines")]
Cores = Annotated[int, option("--cores", metavar="N", help="Cores of all machines together.", panel="Machines")]
Nodes = Annotated[int, option("--nodes", metavar="N", help="Machines that share them.", panel="Machines")]
GpuPrice = Annotated[
    float | None, option("--gpu-price", metavar="X", help="What an hour of a GPU costs.", panel="Machines")
]
CorePrice = Annotated[
    float | None, option("--core-price", metavar="X", help="What an hour of a core costs.", panel="Machines")
]
PlanAsJson = Annotated[bool, option("--json", help="Print the plan as JSON.", panel="Results")]
AsLog = Annotated[bool, option("--log", help="Print the log, a line of JSON for each entry.", panel="Results")]


@dataclass(frozen=True, slots=True)
class Places:
    """Where results, the state and metrics go."""

    output: Folder = None
    batch: StateFolder = None
    metrics: Metrics = None


@dataclass(frozen=True, slots=True)
class Work:
    """How films are made."""

    dry_run: DryRun = False
    pilot: Pilot = False
    at_once: AtOnce = None
    fail_after: FailAfter = None
    ray: Ray = None


class BatchCommand(Command):
    """`audiodesc batch LIST`, whose help names the commands beside it."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from audiodesc.cli.batching import app

        with formatter.section("Commands for a batch, each with its own --help"):
            formatter.write_dl(
                [
                    (f"batch {one.callback.__name__}", first_sentence(one.callback.__doc__ or ""))
                    for one in app.registered_commands
                    if one.callback and one.name != RUN
                ]
            )


class BatchCommands(Commands):
    """The commands of a batch. What is none of them is the list that `audiodesc batch LIST` makes."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        if args and args[0] != RUN and args[0] in self.commands:
            return super().make_context(info_name, args, parent, **extra)
        return self.commands[RUN].make_context(info_name, args, parent, **extra)


def with_ray_address(arguments: Sequence[str]) -> list[str]:
    """The arguments, `--ray` without an address having the one that stands for a cluster on this machine."""
    found: list[str] = []
    for place, one in enumerate(arguments):
        found.append(one)
        if one == "--ray" and not ADDRESS.fullmatch("".join(arguments[place + 1 : place + 2])):
            found.append(LOCAL)
    return found
