"""The commands that work on a film or a script: `make`, `describe`, `render`, `check`, `listen`, `config`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiodesc.cli.options import AsJson, Film, Output, Quiet, Subs, check_kinds, option, with_choices, without_choices
from audiodesc.cli.terminal import say, say_json, say_toml, show
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.core.progress import Progress
    from audiodesc.pipeline import Ask
    from audiodesc.project import Result

EVERY_CHOICE = ("dialogue", "plan", "describer", "voice", "sound", "deliver", "run", "check", "options")

ScriptOption = Annotated[
    Path, option("--script", metavar="FILE", help="The script: WebVTT, SRT, Word, Excel, CSV, DAPT …", panel="Input")
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
Number = Annotated[
    int, option("--line", metavar="N", help="Which line, from 1, as the page counts them.", panel="Line")
]
Seconds = Annotated[float, option("--seconds", metavar="S", help="How much is heard before and after.", panel="Line")]
Wav = Annotated[
    Path | None,
    option("-o", "--output", metavar="FILE", help="Write a WAV file instead of playing.", panel="Results"),
]
ForceWav = Annotated[bool, option("--force", help="Replace FILE.", panel="Results")]
Formats = Annotated[
    list[str],
    option(
        "--as",
        metavar="NAME",
        help="The format: docx, xlsx, csv, dapt, vtt, srt, txt, rtf, transcript …; can be repeated.",
        panel="Results",
    ),
]
ExportFolder = Annotated[
    Path | None,
    option("-o", "--output", metavar="DIR", help="Where files go. Default: FILM.ad itself.", panel="Results"),
]
ForceExport = Annotated[bool, option("--force", help="Replace files that are there.", panel="Results")]
AsSchema = Annotated[
    bool, option("--schema", help="Print the JSON schema of what a file for --config may hold.", panel="Results")
]


@with_choices("dialogue", "plan", "describer", "voice", "sound", "deliver", "run", "options")
def make(
    film: Film,
    settings: Settings,
    subs: Subs = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Describe a film: the script, the mixed track, and the film with that track added.

    Running the same command again goes on where it was stopped, and changes nothing once all is made.
    """
    from audiodesc import pipeline

    check_kinds("make {film} --subs {text}", film, subs)
    _run(lambda show, ask: pipeline.make(film, subs, output, settings, show, ask=ask), as_json, quiet)


@with_choices(
    *("dialogue", "plan", "describer", "voice", "run", "options"),
    *("deliver.also", "deliver.timecode_start", "deliver.timecode_rate"),
)
def describe(
    film: Film,
    settings: Settings,
    subs: Subs = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the script only: a WebVTT file to read, edit and give to `render`."""
    from audiodesc import pipeline

    check_kinds("describe {film} --subs {text}", film, subs)
    _run(lambda show, ask: pipeline.describe(film, subs, output, settings, show, ask=ask), as_json, quiet)


@with_choices(
    *("dialogue", "plan.margin_ms", "voice", "sound", "deliver", "options"),
    *("run.yes", "run.offline", "run.strict", "run.force"),
)
def render(
    film: Film,
    script: ScriptOption,
    settings: Settings,
    subs: Subs = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Voice and mix a script that a person wrote or changed; only changed lines are voiced again.

    Give the subtitles too: then no line is spoken over dialogue. The script itself is never written to: what is spoken
    of DIR/STEM.ad.vtt, with its times, stands in DIR/STEM.ad.spoken.vtt, of any other script in DIR/STEM.ad.vtt.
    """
    from audiodesc import pipeline

    check_kinds("render {film} --script {text}", film, script)
    _run(lambda show, ask: pipeline.render(film, script, subs, output, settings, show, ask=ask), as_json, quiet)


def _run(work: Callable[[Progress, Ask | None], Result], as_json: bool, quiet: bool) -> None:
    from audiodesc.cli.tables import run_summary
    from audiodesc.cli.terminal import progress_shown, stoppable

    try:
        with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
            made = work(shown, screen.ask)
    except KeyboardInterrupt:
        say("audiodesc: stopped; the same command goes on from here", error=True)
        raise typer.Exit(130) from None
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
    strict: StrictCheck = False,
    as_json: CheckAsJson = False,
    as_sarif: AsSarif = False,
    as_junit: AsJunit = False,
) -> None:
    """Judge a description script by the rules of the craft. Ends with code 8 where there are errors.

    Give the film and its subtitles too, with the options that `make` was given: what is not known is not judged, and
    the summary says so.
    """
    from audiodesc.cli.terminal import progress_shown, stoppable
    from audiodesc.judge import check as judged
    from audiodesc.judge.output import judgement_summary, rendered, table

    check_kinds("check {text} --film {film}", film, script)
    form = _form(json=as_json, sarif=as_sarif, junit=as_junit)
    with progress_shown(quiet=bool(form)) as screen, stoppable(screen.show) as shown:
        judgement = judged(script, film, subs, settings=settings, progress=shown)
    if form:
        (say if form == "junit" else say_json)(rendered(judgement, form).rstrip("\n"))
    else:
        if judgement.findings:
            show(table(judgement))
        say(judgement_summary(judgement))
    raise typer.Exit(judgement.exit_code(strict=strict))


def _form(**wanted: bool) -> str:
    """The form for other programs, "" for people."""
    forms = [form for form, is_wanted in wanted.items() if is_wanted]
    if len(forms) > 1:
        raise UsageError(f"--{' and --'.join(forms)} at once", "choose one of them")
    return forms[0] if forms else ""


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


@with_choices("deliver.timecode_start", "deliver.timecode_rate", "options")
def export(
    folder: Folder,
    formats: Formats,
    settings: Settings,
    output: ExportFolder = None,
    force: ForceExport = False,
    quiet: Quiet = False,
) -> None:
    """Write a film's script in other formats, such as Word, Excel, DAPT or a transcript to read.

    Nothing is described, spoken or mixed anew: it is the script as the last run spoke it.
    """
    from audiodesc.project.export import export as exported

    for name, path in exported(folder, formats, output, settings, force=force).items():
        if not quiet:
            say(f"{name}: {path}")


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
