"""Options of commands: those that choices give, and the few others; help in groups; and what is wrong with them."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from audiodesc.cli.backend_options import backend_options, check_backends
from audiodesc.cli.preset_option import DeliverFor, preset_layers
from audiodesc.cli.projects import saved_choices
from audiodesc.core.choices import Field, check_needed, choices, fault
from audiodesc.core.formatting import shell
from audiodesc.core.toml import laid_over, read_job, settings_of
from audiodesc.errors import InputError, UsageError
from audiodesc.settings import RunSettings, Settings

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
    ".ass", ".cap", ".csv", ".dfxp", ".docx", ".itt", ".lrc", ".mpl", ".sami", ".sbv", ".scc", ".smi", ".srt", ".ssa",
    ".stl", ".sub", ".tsv", ".ttml", ".txt", ".usf", ".vtt", ".xlsx", ".xml",
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


def _folder(name: str) -> Path:
    if not name.strip():
        raise UsageError("-o has no name", "give the name of a folder, or leave it out")
    return Path(name)


def option(*names: str, metavar: str = "", help: str, panel: str = "", parser: Any = None) -> Any:
    """An option that is no choice; `panel` is the group of the help that it stands in."""
    return typer.Option(*names, metavar=metavar or None, help=help, rich_help_panel=panel or None, parser=parser)


Film = Annotated[Path, typer.Argument(metavar="FILM", help="The film: MP4, MKV, WebM, MOV, AVI, TS, Ogg …")]
Subs = Annotated[
    Path | None,
    option(
        "--subs", metavar="FILE", help="Subtitles of any text format. Default: the film's own, or none.", panel="Input"
    ),
]
Output = Annotated[
    Path | None,
    option(
        *("-o", "--output"),
        metavar="DIR",
        help="Where results go. Default: STEM.ad beside the film.",
        panel="Results",
        parser=_folder,
    ),
]
AsJson = Annotated[bool, option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, option("-q", "--quiet", help="Show no progress and no summary.")]
Debug = Annotated[bool, option("--debug", help="Show where in the program an error arose.")]
Config = Annotated[
    Path | None,
    option("--config", metavar="FILE", help="TOML with choices, see `config`; options win over it.", panel="Input"),
]
BackendOptions = Annotated[
    list[str] | None,
    option(
        "--option",
        metavar="NAME.KEY=VALUE",
        help="An option of a describer, voice, deliverable or script format; may be given several times.",
        panel="Run",
    ),
]


def with_choices(
    *taken: str, helps: Mapping[str, str] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command with the options of the choices that it takes: names of groups ("plan") and of choices in them
    ("plan.margin_ms"), and "options" for those of backends. Its `settings` are what the user chose; `helps` says of a
    choice what it means for this command, where that is something else. A parameter `values` is given what the user
    chose by groups and names, without what has its default."""

    def made(command: Callable[..., None]) -> Callable[..., None]:
        offered = {
            "_".join(path): (path, title, field)
            for one in taken
            for path, title, field in choices(Settings)
            if f"{'.'.join(path)}.".startswith(f"{one}.")
        }
        own = dict(inspect.signature(command, eval_str=True).parameters)
        del own["settings"]
        takes_values = own.pop("values", None) is not None
        shown = [
            _parameter(name, title, field, (helps or {}).get(".".join(path)))
            for name, (path, title, field) in offered.items()
        ]
        more = [keyword("option", BackendOptions)] if "options" in taken else []
        more += [keyword("deliver_for", DeliverFor)] if "deliver" in taken else []
        own_preset = "deliver_for" in own

        def run(
            config: Path | None = None,
            option: list[str] | None = None,
            deliver_for: str | None = None,
            debug: bool = False,
            **given: Any,
        ) -> None:
            saved, job = saved_choices(_project(given)), read_job(config, Settings) if config else {}
            chosen = {(path, field): given.pop(name) for name, (path, _, field) in offered.items()}
            tables = _tables(chosen)
            under, over = preset_layers(deliver_for, job, tables)
            if own_preset:
                given["deliver_for"] = deliver_for
            layers = (saved, under, job, tables, over, backend_options(option or ()))
            settings = settings_of(Settings, *layers)
            check_needed(settings, tables)
            if settings.options:
                check_backends(settings.options)
            if takes_values:
                given["values"] = laid_over(*layers)
            command(settings=settings, **given)

        return as_command(
            run, command, [*own.values(), keyword("config", Config), *shown, *more, keyword("debug", Debug, False)]
        )

    return made


def _project(given: Mapping[str, Any]) -> Path | None:
    """The film whose project the choices are of: the only one."""
    film, films = given.get("film"), given.get("films") or []
    return films[0] if len(films) == 1 else film


def as_command(run: Any, command: Any, parameters: list[inspect.Parameter]) -> Callable[..., None]:
    """`run` with the name and the help of the command, and these parameters for typer to read."""
    run.__name__, run.__doc__, run.__annotations__ = command.__name__, command.__doc__, {}
    keywords = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    run.__signature__, run.__wrapped__ = inspect.Signature(keywords), command
    return run  # type: ignore[no-any-return]


def keyword(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    """An option of a command."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


OF_FILES = {"--subs"}
"""What takes a choice back where it is given with a file."""


def _parameter(name: str, title: str, field: Field, help: str | None) -> inspect.Parameter:
    """The option of a choice. What is not given is None: the default is that of the choice, or of a job file."""
    assert field.choice  # noqa: S101 — the fields are those with a choice
    says = help or field.choice.help
    is_told = field.default in (None, "", ()) or isinstance(field.default, bool) or "efault" in says
    says += "" if is_told else f"  [default: {field.default}]"
    names = field.choice.option
    if _type(field) is bool and title != RunSettings.title and field.choice.opposite not in OF_FILES:
        names += f"/{field.choice.opposite}"
    offered = option(names, metavar=field.metavar, help=says, panel=title)
    return keyword(name, Annotated[_type(field) | None, offered])


def _type(field: Field) -> Any:
    """What typer reads the option's value as: a number where it is nothing else, one of several, or text."""
    kinds = set(field.kinds) - {type(None)}
    if kinds in ({bool}, {int}, {float}):
        return next(iter(kinds))
    if field.names and all(isinstance(one, int) for one in field.names):
        return int
    return list[str] if isinstance(field.default, tuple) else str


def _tables(chosen: Mapping[tuple[tuple[str, ...], Field], Any]) -> dict[str, Any]:
    """The options that were given, by the names of groups and fields. Raises UsageError, which names the option."""
    tables: dict[str, Any] = {}
    for (path, field), text in chosen.items():
        if text is None or text == []:
            continue
        value, name = _value(field, text), field.choice.option if field.choice else ""
        if remedy := fault(field, value):
            raise UsageError(f"{name} is {text}", remedy)
        table = tables
        for one in path[:-1]:
            table = table.setdefault(one, {})
        table[path[-1]] = value
    return tables


def _value(field: Field, text: Any) -> Any:
    """An option's value as the choice has it."""
    if isinstance(text, bool):
        return text != bool(field.choice and field.choice.option.startswith("--no-"))
    if isinstance(text, list):
        return tuple(text)
    if isinstance(text, str) and float in field.kinds:
        try:
            return float(text)
        except ValueError:
            return text
    return text
