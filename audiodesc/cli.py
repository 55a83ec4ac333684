"""The command line: arguments -> one call. The only module that prints and exits."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audiodesc.errors import AudiodescError

if TYPE_CHECKING:
    from audiodesc.model import Made
    from audiodesc.pipeline import Ask
    from audiodesc.progress import Progress
    from audiodesc.settings import Settings

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

Film = Annotated[Path, typer.Argument(metavar="FILM", help="The film: MP4, MKV, WebM, MOV, AVI, TS, Ogg …")]
Subs = Annotated[
    Path | None,
    typer.Option("--subs", metavar="FILE", help="Subtitles (SRT, WebVTT, ASS). Default: the film's text track."),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="DIR", help="Where results go. Default: STEM.ad beside the film."),
]
Describer = Annotated[
    str | None,
    typer.Option("--describer", help="Who looks: a name (see `describers`) or a profile. Default: the best there is."),
]
Server = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="An OpenAI-compatible server (vLLM, Ollama, a cloud …).")
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME|FOLDER", help="The server's model; or one to run here, by name or folder."),
]
Teller = Annotated[
    str | None, typer.Option("--teller", metavar="NAME", help="Another model, which makes lines of what was seen.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Fetch a model that is not on this disk without asking.")]
Offline = Annotated[bool, typer.Option("--offline", help="Fetch nothing.")]
Parallel = Annotated[int, typer.Option("--parallel", metavar="N", help="Requests to the server at a time.")]
Video = Annotated[bool, typer.Option("--video", help="Send the server one video a clip, not pictures.")]
Cast = Annotated[
    str | None, typer.Option("--cast", metavar="FILE", help="TOML: the people's names, looks and portraits.")
]
Context = Annotated[str, typer.Option("--context", metavar="TEXT", help="Anything the describer should know.")]
Voice = Annotated[
    str | None,
    typer.Option(
        "--voice", metavar="NAME|FILE", help="Who speaks; see `voices`. Default, or auto: one for the language."
    ),
]
Lexicon = Annotated[
    str | None, typer.Option("--lexicon", metavar="FILE", help="TOML: how names are spoken (Siobhan = shiv-awn).")
]
Lang = Annotated[str | None, typer.Option("--lang", metavar="TAG", help="Language of the description: en, de, fr-CA …")]
AudioTrack = Annotated[
    int | None,
    typer.Option("--audio-track", metavar="N", help="Which sound track, from 1. Default: the default one."),
]
Loudness = Annotated[
    str, typer.Option("--loudness", help="source: as the film came in. r128: −23 LUFS, −1 dBTP at most.")
]
Track = Annotated[str, typer.Option("--track", help="The mixed track: m4a (AAC), flac or wav (24 bit); 48 kHz.")]
Margin = Annotated[int, typer.Option("--margin", metavar="MS", help="Silence kept before and after dialogue.")]
Shortest = Annotated[int, typer.Option("--shortest", metavar="MS", help="The shortest pause that is used.")]
Fastest = Annotated[float, typer.Option("--fastest", help="How much faster than natural the voice may speak.")]
Duck = Annotated[float, typer.Option("--duck", metavar="DB", help="How far the film goes down under a line.")]
Strict = Annotated[bool, typer.Option("--strict", help="End with code 7 if a line had to be left out.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files in DIR that audiodesc did not make.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Show no progress and no summary.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the program an error arose.")]


@app.command()
def make(
    film: Film,
    subs: Subs = None,
    output: Output = None,
    describer: Describer = None,
    server: Server = None,
    model: Model = None,
    parallel: Parallel = 4,
    video: Video = False,
    teller: Teller = None,
    yes: Yes = False,
    offline: Offline = False,
    cast: Cast = None,
    context: Context = "",
    voice: Voice = None,
    lexicon: Lexicon = None,
    lang: Lang = None,
    audio_track: AudioTrack = None,
    loudness: Loudness = "source",
    track: Track = "m4a",
    margin: Margin = 150,
    shortest: Shortest = 1200,
    fastest: Fastest = 1.15,
    duck: Duck = -9.0,
    strict: Strict = False,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Describe a film: the script, the mixed track, and the film with that track added.

    Running the same command again goes on where it was stopped, and changes nothing once all is made.
    """
    from audiodesc import pipeline

    settings = _settings(
        describer=describer, server=server, model=model, parallel=parallel, video=video, teller=teller, yes=yes,
        offline=offline, cast=cast, context=context, voice=voice, lexicon=lexicon, language=lang,
        audio_track=audio_track, loudness=loudness, track=track, margin_ms=margin, shortest_ms=shortest,
        fastest=fastest, duck=duck, strict=strict, force=force,
    )  # fmt: skip
    _run(lambda show, ask: pipeline.make(film, subs, output, settings, show, ask=ask), as_json, quiet)


@app.command()
def describe(
    film: Film,
    subs: Subs = None,
    output: Output = None,
    describer: Describer = None,
    server: Server = None,
    model: Model = None,
    parallel: Parallel = 4,
    video: Video = False,
    teller: Teller = None,
    yes: Yes = False,
    offline: Offline = False,
    cast: Cast = None,
    context: Context = "",
    voice: Voice = None,
    lexicon: Lexicon = None,
    lang: Lang = None,
    margin: Margin = 150,
    shortest: Shortest = 1200,
    fastest: Fastest = 1.15,
    strict: Strict = False,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the script only: a WebVTT file to read, edit and give to `render`."""
    from audiodesc import pipeline

    settings = _settings(
        describer=describer, server=server, model=model, parallel=parallel, video=video, teller=teller, yes=yes,
        offline=offline, cast=cast, context=context, voice=voice, lexicon=lexicon, language=lang,
        margin_ms=margin, shortest_ms=shortest, fastest=fastest, strict=strict, force=force,
    )  # fmt: skip
    _run(lambda show, ask: pipeline.describe(film, subs, output, settings, show, ask=ask), as_json, quiet)


@app.command()
def render(
    film: Film,
    script: Annotated[Path, typer.Option("--script", metavar="FILE", help="The script: WebVTT, SRT or ASS.")],
    subs: Subs = None,
    output: Output = None,
    voice: Voice = None,
    lexicon: Lexicon = None,
    yes: Yes = False,
    lang: Lang = None,
    audio_track: AudioTrack = None,
    loudness: Loudness = "source",
    track: Track = "m4a",
    margin: Margin = 150,
    fastest: Fastest = 1.15,
    duck: Duck = -9.0,
    strict: Strict = False,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Voice and mix a script that a person wrote or changed; only changed lines are voiced again.

    Give the subtitles too: then no line is spoken over dialogue. The script itself is never written to.
    """
    from audiodesc import pipeline

    settings = _settings(
        voice=voice, lexicon=lexicon, yes=yes, language=lang, audio_track=audio_track, loudness=loudness, track=track,
        margin_ms=margin, fastest=fastest, duck=duck, strict=strict, force=force,
    )  # fmt: skip
    _run(lambda show, ask: pipeline.render(film, script, subs, output, settings, show), as_json, quiet)


@app.command()
def gaps(
    subs: Annotated[Path, typer.Argument(metavar="SUBS", help="Subtitles: SRT, WebVTT, ASS.")],
    film: Annotated[
        Path | None, typer.Option("--film", metavar="FILM", help="For the pause after the last subtitle.")
    ] = None,
    margin: Margin = 150,
    shortest: Shortest = 1200,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show the pauses in which a narrator may speak; needs no film."""
    from audiodesc.tables import gaps_json, gaps_table

    content = gaps_json(subs, film, margin, shortest)
    print(json.dumps(content, ensure_ascii=False, indent=1)) if as_json else _show(gaps_table(content))


@app.command()
def voices() -> None:
    """List the voices that `--voice` knows."""
    from audiodesc.tables import voices_table

    _show(voices_table())


@app.command()
def describers() -> None:
    """List the describers that `--describer` knows."""
    from audiodesc.tables import describers_table

    _show(describers_table())


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, what can run here, and how to get what is missing."""
    from audiodesc.doctor import checkup, checkup_table

    checks = checkup()
    print(json.dumps(checks, indent=1)) if as_json else _show(checkup_table(checks))
    if not all(check["ok"] or check["optional"] for check in checks):
        raise typer.Exit(4)


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


def _settings(duck: float = -9.0, **chosen: Any) -> Settings:
    from audiodesc.mix.ducking import Ducking
    from audiodesc.settings import Settings

    return Settings(ducking=Ducking(depth_db=duck), **chosen)


def _run(work: Callable[[Progress, Ask | None], Made], as_json: bool, quiet: bool) -> None:
    from audiodesc.tables import progress_shown, summary

    try:
        with progress_shown(quiet) as screen:
            made = work(screen.show, screen.ask)
    except KeyboardInterrupt:
        print("audiodesc: stopped; the same command goes on from here", file=sys.stderr)
        raise typer.Exit(130) from None
    if as_json:
        from audiodesc.report import to_json

        print(to_json(made.report), end="")
    elif not quiet:
        print(summary(made))


def _show(table: Any) -> None:
    from rich.console import Console

    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False).print(table)
