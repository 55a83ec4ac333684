"""The command line: arguments -> one call. The only package that prints and exits."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from audiodesc.cli import films, judging, listening, lists
from audiodesc.errors import AudiodescError

app = typer.Typer(
    name="audiodesc",
    help="Audio description for films: find the pauses in the dialogue, describe the picture, speak the lines "
    "and mix them under the sound.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: tuple[Callable[..., None], ...] = (
    films.make,
    films.describe,
    films.render,
    judging.check,
    listening.listen,
    lists.gaps,
    lists.tracks,
    lists.voices,
    lists.describers,
    lists.doctor,
)
for command in COMMANDS:
    app.command()(command)


@app.callback(invoke_without_command=True)
def top(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        from importlib.metadata import version as installed

        print(f"audiodesc {installed('audiodesc')}")
        raise typer.Exit


def main() -> None:
    """Run the command line; turn every failure that a user can act on into one line and an exit code."""
    debug = "--debug" in sys.argv[1:]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # file names and subtitles may hold anything
    try:
        app()
    except AudiodescError as error:
        if debug:
            raise
        print(f"audiodesc: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
