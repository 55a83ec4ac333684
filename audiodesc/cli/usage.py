"""Help in groups, and what is wrong with the arguments, in one line as every other fault."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from audiodesc.core.formatting import shell
from audiodesc.errors import InputError, UsageError

OTHER = "Other options"


class Command(TyperCommand):
    """A command whose help has the options in their groups."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if record := param.get_help_record(ctx):
                groups.setdefault(group_of(param), []).append(record)
        for name in sorted(groups, key=lambda name: (name != "Arguments", name == OTHER)):  # else as they come
            with formatter.section(name):
                formatter.write_dl(groups[name], col_max=26)


class Commands(TyperGroup):
    """The list of commands, each with its whole first sentence."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, first_sentence(command.help or "")) for name, command in commands if command])


def group_of(param: Any) -> str:
    """The name of the group that an argument or option stands in."""
    return "Arguments" if param.param_type_name == "argument" else param.rich_help_panel or OTHER


def first_sentence(text: str) -> str:
    """The first paragraph's."""
    paragraph = " ".join(text.partition("\n\n")[0].split())
    head, dot, _ = paragraph.partition(". ")
    return head + dot.strip()


MINUS = "−–—‐‑‒﹣－"
"""What programs that set text write for a minus sign."""

NEGATIVE = re.compile(rf"(--[\w-]+=)?[{MINUS}](\d+(?:[.,]\d*)?|[.,]\d+)")

TEXTS = {
    ".ass", ".cap", ".dfxp", ".itt", ".lrc", ".mpl", ".sami", ".sbv", ".scc", ".smi", ".srt", ".ssa", ".stl", ".sub",
    ".tsv", ".ttml", ".txt", ".usf", ".vtt", ".xml",
}  # fmt: skip
FILMS = {
    ".3gp", ".asf", ".avi", ".dv", ".f4v", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts",
    ".mxf", ".ogg", ".ogm", ".ogv", ".rm", ".ts", ".vob", ".webm", ".wmv",
}  # fmt: skip

GUESSES = re.compile(r"\s*(?:\(Possible options: (.*)\)|\(?Did you mean (?:one of: )?(.*?)\??\)?)$")
"""What typer thinks was meant."""

ClickError: Any = typer.BadParameter.__mro__[2]
"""The base of all that typer finds wrong with arguments; it has no public name."""


def plain_numbers(arguments: Iterable[str]) -> list[str]:
    """The arguments, numbers with any minus sign having the plain one."""
    return [NEGATIVE.sub(r"\1-\2", one) if NEGATIVE.fullmatch(one) else one for one in arguments]


def usage_error(error: Any, arguments: Sequence[str], commands: Collection[str]) -> UsageError:
    """What typer finds wrong, in the form of the others."""
    first = next((one for one in arguments if not one.startswith("-")), "")
    if first not in commands and (Path(first).suffix.lower() in FILMS or Path(first).is_file()):
        meant = [shell(first), *map(shlex.quote, arguments[arguments.index(first) + 1 :])]
        return UsageError(f"{first} is no command", f"did you mean `audiodesc make {' '.join(meant)}`?")
    remedy = f"see `audiodesc {first} --help`" if first in commands else "see `audiodesc --help`"
    said = " ".join(str(error.format_message()).split())
    if guess := GUESSES.search(said):
        said, remedy = said[: guess.start()], f"did you mean {(guess[1] or guess[2]).replace(chr(39), '')}?"
    said = said.replace(": Input should be a valid", ": it is not a valid").partition(", unable to")[0]
    said = said.replace("a valid integer", "a whole number").replace("a valid number", "a number").rstrip(" .")
    return UsageError(said[:1].lower() + said[1:], remedy)


def check_kinds(command: str, film: Path | None, text: Path | None = None) -> None:
    """Raises InputError where the film is a file of text, or the text is a film that was meant for the other.

    `command` is how it is right, with {film} and {text} in their places.
    """
    no_film = film is not None and film.suffix.lower() in TEXTS
    no_text = text is not None and text.suffix.lower() in FILMS
    if not no_film and not (no_text and film is None):
        return
    meant_film = shell(str(text)) if no_text else "FILM"
    meant_text = shell(str(film)) if no_film else "FILE"
    what = f"{film} is a file of text, not a film" if no_film else f"{text} is a film, not a file of text"
    raise InputError(what, f"did you mean `audiodesc {command.format(film=meant_film, text=meant_text)}`?")
