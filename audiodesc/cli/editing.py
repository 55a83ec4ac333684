"""The commands that work on a project: `status`, `history`, `edit`, `undo`, `listen`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audiodesc.cli.options import AsJson, option
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import say, say_json
from audiodesc.core.formatting import clock, number_of
from audiodesc.core.part import clock_ms
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.project.history import Entry

MOST_SHOWN = 20
MADE = {"none": "the script was written", "older": "it was rendered", "current": "it was rendered"}

Folder = Annotated[Path, typer.Argument(metavar="FILM.ad", help="The folder that `make` or `render` wrote.")]
OneLine = Annotated[str | None, typer.Argument(metavar="[ID]", help="Of this line only.")]
LineId = Annotated[str, typer.Argument(metavar="ID", help="Which line, as the script names it; new: a new one.")]
Author = Annotated[str, option("--author", metavar="NAME", help="Who edits. Default: your login name.", panel="Edit")]
To = Annotated[
    int | None, option("--to", metavar="N", help="Undo all edits after this one, see `history`.", panel="Edit")
]
Text = Annotated[str | None, option("--text", metavar="TEXT", help="What is said.", panel="Edit")]
Start = Annotated[
    str | None, option("--start", metavar="TIME", help="When it begins: 1:02:03.4, or seconds.", panel="Edit")
]
Remark = Annotated[str | None, option("--note", metavar="TEXT", help="A remark on the line.", panel="Edit")]
OwnVoice = Annotated[
    str | None,
    option("--voice", metavar="NAME|-", help="Who speaks this line, see `voices`; -: the film's voice.", panel="Edit"),
]
Approve = Annotated[bool, option("--approve", help="Agree to it as it is.", panel="Edit")]
Lock = Annotated[
    bool | None,
    typer.Option(
        "--lock/--unlock", help="Let no run renew it, and nobody change its words or times.", rich_help_panel="Edit"
    ),
]
Delete = Annotated[
    bool | None, typer.Option("--delete/--restore", help="Take it out, or back.", rich_help_panel="Edit")
]
Number = Annotated[
    int, option("--line", metavar="N", help="Which line, from 1, as the page counts them.", panel="Line")
]
Seconds = Annotated[float, option("--seconds", metavar="S", help="How much is heard before and after.", panel="Line")]
Wav = Annotated[
    Path | None,
    option("-o", "--output", metavar="FILE", help="Write a WAV file instead of playing.", panel="Results"),
]
ForceWav = Annotated[bool, option("--force", help="Replace FILE.", panel="Results")]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a line is to say, when and in which voice, and a remark on it; None leaves it as it is."""

    text: Text = None
    start: Start = None
    note: Remark = None
    voice: OwnVoice = None


@without_choices
def status(folder: Folder, as_json: AsJson = False) -> None:
    """Say how a project stands: its lines by state, what was found in them, and what `render` would make anew."""
    from audiodesc.project import open_project
    from audiodesc.project.status import status as stands

    with open_project(folder) as project:
        found, lines = stands(project), project.lines()
    if as_json:
        _say_json(asdict(found) | {"lines": [asdict(line) for line in lines]})
        return
    counts = ", ".join(f"{count} {state}" for state, count in found.states.items() if count)
    say(f"{folder}: {number_of(len(lines), 'line')}{f' ({counts})' if counts else ''}")
    say(f"Film: {found.film or 'not found; say where it is with --film'}")
    for count, what in ((found.locked, "locked"), (found.recorded, "recorded by a person")):
        if count:
            say(f"{number_of(count, 'line')} {what}")
    if found.findings is not None:
        from audiodesc.judge.output import severity_counts

        say(f"Check, of the last run: {severity_counts(found.findings)}")
    for one in found.unspoken[:MOST_SHOWN]:
        say(f"Not spoken: {one.id} at {clock(one.start_ms, 1)}: {one.reason}. “{one.text}”")
    for name in found.changed_files:
        say(f"Changed and not yet read: {name}")
    for name in found.changed_elsewhere[:MOST_SHOWN]:
        say(f"Changed and not yet read, unless you give it to `audiodesc render --script`: {name}")
    if found.mix == "none":
        say("Not rendered yet: there is no sound of these lines.")
    elif found.mix == "older":
        say("The sound is of an earlier run than the script: `audiodesc render` makes it anew.")
    if found.edited_since:
        say(f"Edited since {MADE[found.mix]}: {', '.join(found.edited_since[:MOST_SHOWN])}")
    if not found.is_outdated:
        say("No line and no script was changed since it was rendered.")


@without_choices
def history(folder: Folder, line: OneLine = None, as_json: AsJson = False) -> None:
    """List what was changed, when, by whom and where: of all lines, or of one."""
    from audiodesc.project import open_project

    with open_project(folder) as project:
        entries = project.history(line)
    if line and not entries:
        raise UsageError(f"{folder} knows no change of a line {line}", "see `audiodesc history` without a line")
    show_changes(entries, as_json)


@without_choices
def edit(
    folder: Folder,
    line: LineId,
    wanted: Wanted,
    approve: Approve = False,
    lock: Lock = None,
    delete: Delete = None,
    author: Author = "",
    as_json: AsJson = False,
) -> None:
    """Change a line, or add one (`edit film.ad new --start 1:02.5 --text TEXT`); `render` then speaks it."""
    from audiodesc.project import Edit, open_project

    made = Edit(
        id="" if line == "new" else line,
        text=wanted.text,
        start_ms=None if wanted.start is None else moment_ms(wanted.start),
        state="approved" if approve else None,
        locked=lock,
        note=wanted.note,
        voice="" if wanted.voice == "-" else wanted.voice,
        deleted=delete,
    )
    if made == Edit(id=made.id):
        raise UsageError(f"nothing of line {line} is to be changed", "give --text, --start, --voice or another option")
    with open_project(folder) as project:
        entries = project.edit([made], author, "command line")
    if not entries and not as_json:
        say("Nothing was changed: the line is so already.")
    show_changes(entries, as_json)


@without_choices
def undo(folder: Folder, to: To = None, author: Author = "", as_json: AsJson = False) -> None:
    """Undo the last edit, or all after one."""
    from audiodesc.project import open_project

    with open_project(folder) as project:
        entries = project.undo(to, author, "command line")
    show_changes(entries, as_json)


def show_changes(entries: Iterable[Entry], as_json: bool) -> None:
    """Changes, one a row, or as JSON."""
    if as_json:
        _say_json([asdict(entry) for entry in entries])
        return
    from audiodesc.project.history import change_text

    for one in entries:
        undoes = f"undoes {one.undoes}: " if one.undoes else ""
        when = one.at[:16].replace("T", " ")
        where = f" ({one.place})" if one.place else ""
        id = f"{one.id}  " if one.id else ""
        say(f"{one.number}  {when}  {one.author}{where}  {id}{undoes}{change_text(one)}")


def _say_json(content: Any) -> None:
    say_json(json.dumps(content, ensure_ascii=False, indent=1))


def moment_ms(text: str) -> int:
    """A time such as 1:02:03.4, 2:03 or 123.4 (seconds) in ms. Raises UsageError for none."""
    try:
        return clock_ms(text)
    except ValueError as error:
        raise UsageError(str(error), "give it as 1:02:03.4, or in seconds") from error


@without_choices
def listen(folder: Folder, line: Number, seconds: Seconds = 3.0, output: Wav = None, force: ForceWav = False) -> None:
    """Play a line in the mix, with what is around it; where nothing can play, write it as a WAV file."""
    from audiodesc.cli import playback

    excerpt = playback.find_line(folder, line, seconds)
    say(playback.line_text(excerpt.line))
    try:
        written = playback.write(excerpt, output, force) if output else playback.play(excerpt)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if written and not output:
        say(playback.UNHEARD)
        say("To write the line to a file of your choice, give -o FILE.wav.")
    if written:
        say(f"Written to {written}")
