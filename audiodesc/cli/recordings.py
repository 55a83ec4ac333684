"""Recordings on the command line: the option that names them, and the command that lists, keeps and drops them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiodesc.cli.editing import Author
from audiodesc.cli.options import AsJson, option
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import say, say_json
from audiodesc.core.formatting import clock, number_of
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.core.progress import Progress
    from audiodesc.judge.recorded import RecordingsCheck
    from audiodesc.project.recorded import RecordedLine
    from audiodesc.settings import Settings

Recordings = Annotated[
    Path | None,
    option(
        "--recordings",
        metavar="DIR|FILE",
        help="A person's recordings of lines, a file each, or one long file: heard in the voice's place.",
        panel="Input",
    ),
]
Asr = Annotated[
    str | None,
    option(
        "--asr",
        metavar="DIR|NAME",
        help="A Whisper model on this disk: the words of --recordings are compared. Default: one in the cache, if any.",
        panel="Input",
    ),
]
Folder = Annotated[Path, typer.Argument(metavar="FILM.ad", help="The folder that `make` or `render` wrote.")]
OneLine = Annotated[str | None, typer.Argument(metavar="[ID]", help="This line only.")]
Drop = Annotated[
    bool, option("--drop", help="Let the voice speak the line; its recording stays in the project.", panel="Edit")
]
Keep = Annotated[bool, option("--keep", help="The recording is right for the line's text as it is now.", panel="Edit")]


@without_choices
def recordings(
    folder: Folder,
    line: OneLine = None,
    drop: Drop = False,
    keep: Keep = False,
    author: Author = "",
    as_json: AsJson = False,
) -> None:
    """List the lines that a person speaks, and what was found in their recordings; or drop or keep one of them."""
    from audiodesc.project import Edit, open_project
    from audiodesc.project.recorded import kept_for_text, recorded_lines

    if drop and keep:
        raise UsageError("--drop and --keep at once", "choose one of them")
    if (drop or keep) and line is None:
        raise UsageError("it is not said which line", "give its id, as the list shows it")
    with open_project(folder) as project:
        found = [one for one in recorded_lines(project) if line in (None, one.id)]
        if line and not found:
            raise UsageError(f"line {line} has no recording", "see `audiodesc recordings FILM.ad`")
        if line and (drop or keep):
            name = kept_for_text(project, line) if keep else ""
            project.edit([Edit(line, recording=name)], author, "command line")
            found = [one for one in recorded_lines(project) if one.id == line]
    if as_json:
        say_json(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
    else:
        say("\n".join(map(_row, found)) or ("The voice speaks it." if line else "No line has a recording."))


def compared_recordings(
    script: Path,
    recordings: Path | None,
    film: Path | None,
    asr: str | None,
    settings: Settings,
    form: str,
    progress: Progress,
) -> RecordingsCheck | None:
    """What `check` finds in recordings; None where none are given. Raises UsageError for what does not go together."""
    if recordings is None:
        if asr is not None:
            raise UsageError("--asr without --recordings", "give the recordings too, or leave it out")
        return None
    if form in ("sarif", "junit"):
        raise UsageError(f"--{form} has no recordings", "leave out --recordings, or give --json")
    from audiodesc.judge.recorded import check_recordings

    return check_recordings(script, recordings, film, asr, settings, progress=progress)


def with_recordings(content: str, check: RecordingsCheck | None) -> str:
    """The judgement's JSON with what was found in recordings."""
    if check is None:
        return content
    return json.dumps(json.loads(content) | {"recordings": asdict(check)}, ensure_ascii=False, indent=1)


def recordings_shown(check: RecordingsCheck) -> Iterator[str]:
    """What was found in recordings, for a person: a row for each finding, and the counts."""
    for one in check.findings:
        where = f"line {one.line}" if one.line else ""
        file = f" ({one.file})" if one.file else ""
        yield f"{one.severity}: {where}{file}{': ' if where else ''}{one.message}"
    counts = ", ".join(number_of(check.count(severity), severity) for severity in ("error", "warning"))
    yield f"Recordings: {check.recorded} of {number_of(check.lines, 'line')}; {counts}."
    if check.compared:
        share = check.wrong_words / max(1, check.words)
        yield f"Words heard: {check.wrong_words} of {check.words} not as written ({share:.0%})."
    else:
        yield "Words were not compared: nothing that recognises speech was named (--asr) or found in the cache."


def _row(one: RecordedLine) -> str:
    at = f"{one.id}  {clock(one.start_ms, 1)}  {one.file or 'its file is gone'}"
    other = "" if one.is_spoken or not one.file else f"  for another text: “{one.recorded_text}”"
    return f"{at}{other}{''.join(f'; {fault}' for fault in one.faults)}"
