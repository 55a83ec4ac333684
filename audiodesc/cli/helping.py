"""Help in groups, each option in one, and what each command does as a whole sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from typer.core import TyperCommand, TyperGroup

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Input": ("--subs", "--subs-track", "--no-subs", "--encoding", "--audio-track", "--lang", "--script", "--film"),
    "Results": ("--output", "--stems", "--track", "--bits", "--strict", "--force", "--json", "--sarif", "--junit"),
    "Describer": (
        *("--describer", "--server", "--model", "--parallel", "--video", "--teller", "--yes", "--offline"),
        *("--cast", "--context", "--density"),
    ),
    "Voice": ("--voice", "--lexicon", "--fastest"),
    "Dialogue and pauses": (
        *("--no-hear", "--shift", "--sync", "--trust-subs", "--protect-lyrics", "--protect-sounds"),
        *("--margin", "--shortest"),
    ),
    "Sound": (
        *("--loudness", "--duck", "--duck-ratio", "--duck-cap", "--duck-down", "--duck-up", "--duck-ahead"),
        *("--duck-hold", "--pan", "--downmix"),
    ),
    "Rules": (
        *("--profile", "--disable", "--enable", "--fastest-wpm", "--usable", "--silent", "--extended", "--no-picture"),
    ),
    "Line": ("--line", "--seconds"),
}
"""Which group an option stands in; one that is in none is among "Other options", at the end."""

OTHER = "Other options"


class Command(TyperCommand):
    """A command whose help has the options in their groups."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        groups: dict[str, list[tuple[str, str]]] = {name: [] for name in ("Arguments", *GROUPS, OTHER)}
        for param in self.get_params(ctx):
            if record := param.get_help_record(ctx):
                groups[group_of(param)].append(record)
        for name, records in groups.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records, col_max=26)


class Commands(TyperGroup):
    """The list of commands, each with its whole first sentence."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, first_sentence(command.help or "")) for name, command in commands if command])


def group_of(param: Any) -> str:
    """The name of the group that an argument or option stands in."""
    if param.param_type_name == "argument":
        return "Arguments"
    return next((name for name, options in GROUPS.items() if set(options) & set(param.opts)), OTHER)


def first_sentence(text: str) -> str:
    """The first paragraph's."""
    paragraph = " ".join(text.partition("\n\n")[0].split())
    head, dot, _ = paragraph.partition(". ")
    return head + dot.strip()
