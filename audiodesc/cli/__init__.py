"""The command line: arguments -> one call. The only package that prints and exits."""

from __future__ import annotations

import sys
from collections.abc import Callable
from traceback import clear_frames
from typing import Annotated

import typer

from audiodesc.cli import (
    aligning,
    asking,
    batch_commands,
    batching,
    captioning,
    commands,
    editing,
    evaluating,
    finding,
    indexing,
    inspecting,
    listing,
    questioning,
    recordings,
    reviewing,
    serving,
    watching,
)
from audiodesc.cli.batch_options import with_ray_address
from audiodesc.cli.options import ClickError, Command, Commands, plain_numbers, usage_error
from audiodesc.cli.terminal import check_memory, fault_of, prepare, say, show_warnings
from audiodesc.errors import AudiodescError

app = typer.Typer(
    name="audiodesc",
    cls=Commands,
    help="Audio description for films: find the pauses in the dialogue, describe the picture, speak the lines "
    "and mix them under the sound.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: tuple[Callable[..., None], ...] = (
    commands.make,
    commands.describe,
    commands.render,
    editing.status,
    editing.edit,
    asking.candidates,
    editing.history,
    editing.undo,
    recordings.recordings,
    commands.check,
    inspecting.inspect,
    evaluating.evaluate,
    commands.export,
    aligning.align,
    captioning.caption,
    captioning.summary,
    editing.listen,
    reviewing.review,
    questioning.ask,
    finding.find,
    indexing.index,
    listing.gaps,
    listing.tracks,
    listing.voices,
    listing.describers,
    listing.doctor,
    commands.config,
    watching.watch,
    serving.serve,
)
for command in COMMANDS:
    app.command(cls=Command)(command)
BATCH_COMMANDS: tuple[Callable[..., None], ...] = (
    batch_commands.status,
    batch_commands.retry,
    batch_commands.stop,
    batch_commands.hold,
    batch_commands.plan,
)
for command in BATCH_COMMANDS:
    batching.app.command(cls=Command)(command)
app.add_typer(batching.app, name="batch")
ON_RAY = {"batch", "watch", "serve"}
"""Commands that take `--ray`, whose address may be left out."""

NAMES = {*(command.__name__ for command in COMMANDS), "batch"}


@app.callback(invoke_without_command=True)
def top(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from importlib.metadata import version as installed

        say(f"audiodesc {installed('audiodesc')}")
        raise typer.Exit


def main() -> None:
    """Run the command line; turn every failure that a user can act on into one line and an exit code."""
    arguments = plain_numbers(sys.argv[1:])
    if arguments[:1] and arguments[0] in ON_RAY:
        arguments = with_ray_address(arguments)
    debug = "--debug" in arguments
    prepare()
    show_warnings()
    try:
        if {"make", "describe", "render"} & set(arguments[:1]):
            check_memory()
        code = app(arguments or ["--help"], prog_name="audiodesc", standalone_mode=False)
        sys.stdout.flush()
    except AudiodescError as error:
        if debug:
            raise
        say(f"audiodesc: {error}", error=True)
        clear_frames(error.__traceback__)  # ends what still decodes and asks, before Python ends
        sys.exit(error.exit_code)
    except ClickError as error:
        fault = usage_error(error, arguments, NAMES)
        say(f"audiodesc: {fault}", error=True)
        sys.exit(fault.exit_code)
    except BrokenPipeError:
        sys.exit(1)  # to a reader who is gone there is nothing to say
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except Exception as error:
        known = fault_of(error)
        if debug or known is None:
            raise
        say(f"audiodesc: {known}", error=True)
        clear_frames(error.__traceback__)
        sys.exit(known.exit_code)
    sys.exit(code if isinstance(code, int) else 0)
