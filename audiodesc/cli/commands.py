"""The commands that work on a film or a script: `make`, `describe`, `render`, `check`, `export`, `config`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiodesc.cli.options import AsJson, Output, Quiet, Subs, check_kinds, option, with_choices
from audiodesc.cli.preset_option import DeliverFor, preset_deliverables
from audiodesc.cli.recordings import Asr, Recordings, compared_recordings, recordings_shown, with_recordings
from audiodesc.cli.terminal import say, say_json, say_toml, show
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.core.progress import Progress
    from audiodesc.pipeline import Ask
    from audiodesc.project import Result

EVERY_CHOICE = ("dialogue", "plan", "describer", "voice", "sound", "deliver", "stops", "run", "check", "options")

ScriptOption = Annotated[
    Path | None,
    option(
        *("--script",),
        metavar="FILE",
        help="A script from anywhere, to be read into the project: WebVTT, Word, Excel, DAPT …",
        panel="Input",
    ),
]
FilmOrFolder = Annotated[
    Path,
    typer.Argument(metavar="FILM", help="The film: MP4, MKV, WebM, MOV, AVI, TS …; or the folder of one, FILM.ad."),
]
Moved = Annotated[
    Path | None,
    option("--film", metavar="PATH", help="Where the film of the folder FILM.ad is now.", panel="Input"),
]
Script = Annotated[
    Path, typer.Argument(metavar="SCRIPT", help="A description script: WebVTT, SRT, Word, Excel, DAPT …")
]
FilmOption = Annotated[
    Path | None,
    option("--film", metavar="FILM", help="For its length, its cuts, its own subtitles and its speech.", panel="Input"),
]
StrictCheck = Annotated[bool, option("--strict", help="End with code 8 for warnings too.", panel="Results")]
CheckAsJson = Annotated[bool, option("--json", help="Print the result as JSON.", panel="Results")]
AsSarif = Annotated[bool, option("--sarif", help="Print SARIF 2.1.0, for code hosts.", panel="Results")]
AsJunit = Annotated[bool, option("--junit", help="Print JUnit XML, for pipelines.", panel="Results")]
Folder = Annotated[Path, typer.Argument(metavar="FILM.ad", help="The folder that `make` or `render` wrote.")]
Formats = Annotated[
    list[str] | None,
    option(
        "--as",
        metavar="NAME",
        help="docx, xlsx, csv, dapt, srt, rtf, transcript, lines, edl, otio, aaf …; can be repeated.",
        panel="Results",
    ),
]
ExportFolder = Annotated[
    Path | None,
    option("-o", "--output", metavar="DIR", help="Where files go. Default: FILM.ad itself.", panel="Results"),
]
AsSchema = Annotated[
    bool, option("--schema", help="Print the JSON schema of what a file for --config may hold.", panel="Results")
]


RUN = tuple(f"run.{name}" for name in ("yes", "offline", "strict", "force", "author", "part_from", "part_to"))
RENEWAL = ("run.keep_all", "run.renew")


@with_choices("dialogue", "plan", "describer", "voice", "sound", "deliver", "stops", *RUN, *RENEWAL, "options")
def make(
    film: FilmOrFolder,
    settings: Settings,
    subs: Subs = None,
    output: Output = None,
    recordings: Recordings = None,
    moved: Moved = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Describe a film: the script, the mixed track, and the film with that track added.

    Running the same command again goes on where it was stopped, and changes nothing once all is made. FILM may be a
    folder that it wrote: then all that is not given is as it was. No line that a person touched is renewed.
    """
    from audiodesc import pipeline

    check_kinds("make {film} --subs {text}", film, subs)
    of = on_target(film, subs, output, settings, moved)
    _run(lambda show, ask: pipeline.make(*of, show, recordings=recordings, ask=ask), as_json, quiet)


@with_choices(
    *("dialogue", "plan", "describer", "voice", "stops.extended", "stops.extended_most_s"),
    *(*RUN, *RENEWAL, "options"),
    *("deliver.also", "deliver.credit", "deliver.timecode_start", "deliver.timecode_rate"),
)
def describe(
    film: FilmOrFolder,
    settings: Settings,
    subs: Subs = None,
    output: Output = None,
    moved: Moved = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the script only, to read and edit; `render` on its folder speaks it."""
    from audiodesc import pipeline

    check_kinds("describe {film} --subs {text}", film, subs)
    of = on_target(film, subs, output, settings, moved)
    _run(lambda show, ask: pipeline.describe(*of, show, ask=ask), as_json, quiet)


@with_choices(
    *("dialogue", "plan.margin_ms", "voice", "sound", "deliver", "stops", "options"),
    *RUN,
    *("run.merge", "run.replace"),
)
def render(
    film: FilmOrFolder,
    settings: Settings,
    script: ScriptOption = None,
    subs: Subs = None,
    output: Output = None,
    recordings: Recordings = None,
    moved: Moved = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Voice and mix the lines as they stand, with what a person changed; only that is voiced again.

    `render film.ad` takes film, subtitles and options of the last run. What was changed in film.ad/film.ad.vtt, or in a
    script of another format there, is read first; then the file is written as it is spoken, and what could not be
    spoken stands in it as a note. A script from elsewhere is read with --script, and never written to. What is found in
    --recordings is copied into the folder, and heard in the voice's place from then on.
    """
    from audiodesc import pipeline

    check_kinds("render {film} --script {text}", film, script)
    path, subs, output, settings = on_target(film, subs, output, settings, moved)
    of = (path, script, subs, output, settings)
    _run(lambda show, ask: pipeline.render(*of, show, recordings=recordings, ask=ask), as_json, quiet)


def on_target(
    film: Path, subs: Path | None, output: Path | None, settings: Settings, moved: Path | None
) -> tuple[Path, Path | None, Path | None, Settings]:
    """What a run is given: for a folder that was described, what that knows."""
    if not film.is_dir() and moved is None:
        return film, subs, output, settings
    from audiodesc.project.target import target

    of = target(film, subs, output, settings, moved)
    return of.film, of.subtitles, of.output, of.settings


def _run(work: Callable[[Progress, Ask | None], Result], as_json: bool, quiet: bool) -> None:
    from audiodesc.cli.progress import progress_shown, stoppable
    from audiodesc.cli.tables import run_summary

    try:
        with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
            made = work(shown, screen.ask)
    except KeyboardInterrupt:
        say("audiodesc: stopped; the same command goes on from here", error=True)
        raise typer.Exit(130) from None
    for change in () if quiet else made.changes:
        say(f"Read from {change}", error=as_json)
    if as_json:
        from audiodesc.report import to_json

        say_json(to_json(made.report))
    elif not quiet:
        say(run_summary(made))


@with_choices(
    *("check", "dialogue", "plan.margin_ms", "voice.language", "options"),
    *("deliver.timecode_start", "deliver.timecode_rate"),
    helps={"dialogue.hear": "Do not listen: quicker. Subtitles count at their times as written."},
)
def check(
    script: Script,
    settings: Settings,
    film: FilmOption = None,
    subs: Subs = None,
    recordings: Recordings = None,
    asr: Asr = None,
    strict: StrictCheck = False,
    as_json: CheckAsJson = False,
    as_sarif: AsSarif = False,
    as_junit: AsJunit = False,
) -> None:
    """Judge a description script by the rules of the craft. Ends with code 8 where there are errors.

    Give the film and its subtitles too, with the options that `make` was given: what is not known is not judged, and
    the summary says so. Recordings are held against the script by their length, their sound and, where a Whisper model
    is on this disk, by their words.
    """
    from audiodesc.cli.progress import progress_shown, stoppable
    from audiodesc.judge import check as judged
    from audiodesc.judge.output import judgement_summary, rendered, table

    check_kinds("check {text} --film {film}", film, script)
    form = _form(json=as_json, sarif=as_sarif, junit=as_junit)
    with progress_shown(quiet=bool(form)) as screen, stoppable(screen.show) as shown:
        judgement = judged(script, film, subs, settings=settings, progress=shown)
        heard = compared_recordings(script, recordings, film, asr, settings, form, shown)
    if form:
        (say if form == "junit" else say_json)(with_recordings(rendered(judgement, form), heard).rstrip("\n"))
    else:
        if judgement.findings:
            show(table(judgement))
        say(judgement_summary(judgement))
        for row in recordings_shown(heard) if heard else ():
            say(row)
    raise typer.Exit(max(one.exit_code(strict=strict) for one in (judgement, heard) if one))


def _form(**wanted: bool) -> str:
    """The form for other programs, "" for people."""
    forms = [form for form, is_wanted in wanted.items() if is_wanted]
    if len(forms) > 1:
        raise UsageError(f"--{' and --'.join(forms)} at once", "choose one of them")
    return forms[0] if forms else ""


@with_choices(
    *("deliver.timecode_start", "deliver.timecode_rate", "run.force", "run.part_from", "run.part_to", "options"),
)
def export(
    film: Folder,
    settings: Settings,
    formats: Formats = None,
    deliver_for: DeliverFor = None,
    output: ExportFolder = None,
    moved: Moved = None,
    quiet: Quiet = False,
) -> None:
    """Write lines as they stand for others: Word, Excel, DAPT, a transcript; WAV files, EDL, OTIO, AAF, markers.

    Edits that are not rendered yet count. Nothing is mixed, but for what is made of the mix, such as reaper: then all
    is rendered. What is changed in a script in FILM.ad is read by `render FILM.ad`.
    """
    from audiodesc import pipeline
    from audiodesc.cli.progress import progress_shown, stoppable

    names = tuple(dict.fromkeys((*preset_deliverables(deliver_for), *(formats or ()))))
    with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
        made = pipeline.export(film, names, output, settings, shown, moved=moved, ask=screen.ask)
    if quiet:
        return
    for change in made.changes:
        say(f"Read from {change}")
    for name, path in made.files.items():
        say(f"{name}: {path}")
    for note in made.notes:
        say(f"Note: {note}")


@with_choices(*EVERY_CHOICE)
def config(settings: Settings, schema: AsSchema = False) -> None:
    """Print all choices as a TOML file for --config, or the JSON schema of one.

    They are those of the options given here, then of the file given with --config, else the defaults.
    """
    from audiodesc.core import toml

    if schema:
        say_json(json.dumps(toml.schema(Settings), ensure_ascii=False, indent=1))
    else:
        say_toml(toml.as_toml(settings))
