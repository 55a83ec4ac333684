"""The commands `caption` and `summary`: captions of shots as data; the story of a film, and its scenes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiodesc.cli.options import AsJson, Quiet, Subs, option, with_choices
from audiodesc.cli.progress import progress_shown, stoppable
from audiodesc.cli.terminal import say, say_json
from audiodesc.core.formatting import number_of
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from audiodesc.captions.films import Captioned
    from audiodesc.captions.output import Form
    from audiodesc.captions.sheet import Listed
    from audiodesc.captions.values import Wanted
    from audiodesc.describers.base import Describer
    from audiodesc.footage.answers import Cost

Films = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILM", help="Films, folders FILM.ad, or lists of films: CSV with a column path, row by row."
    ),
]
File = Annotated[
    Path | None,
    option(
        *("-o", "--output"),
        metavar="FILE",
        help="Where the captions go: .jsonl, .csv, or .html, a shot list with thumbnails. Default: printed as JSON "
        "Lines.",
        panel="Results",
    ),
]
As = Annotated[str, option("--as", metavar="FORM", help="jsonl, csv or html, whatever the suffix is.", panel="Results")]
StyleOption = Annotated[
    str,
    option(
        "--style",
        metavar="NAME",
        help="dense: a paragraph. fields: subjects, shot, camera, environment, light. short: one or two sentences. "
        "line: one sentence.",
        panel="Captions",
    ),
]
Every = Annotated[
    float | None,
    option(
        "--every",
        metavar="SECONDS",
        help="A caption for each stretch of 0.5 to 60 seconds. Default: for each shot, one of over a minute in parts.",
        panel="Captions",
    ),
]
Words = Annotated[int, option("--words", metavar="N", help="Of --style line, at most: 4 to 60.", panel="Captions")]
Fuse = Annotated[
    str | None,
    option(
        "--fuse",
        metavar="TASK",
        help="Ask for the fields, and have the model that writes make a dense or short caption of them. t2v: of all. "
        "i2v: of what the first picture does not show.",
        panel="Captions",
    ),
]

FilmOrFolder = Annotated[Path, typer.Argument(metavar="FILM", help="The film, or the folder of one, FILM.ad.")]
StoryWords = Annotated[int, option("--words", metavar="N", help="Of the story, about: 20 to 800.", panel="Summary")]

DESCRIBER = tuple(
    f"describer.{name}"
    for name in (
        *("name", "server", "model", "writer_model", "writer_server", "parallel", "failed_share", "video", "serve"),
        *("local_server", "cast", "context"),
    )
)
RUN = ("run.yes", "run.offline", "run.force", "run.part_from", "run.part_to")
HELPS = {
    "voice.language": "Language of the captions: en, de, fr-CA … Default: en.",
    "run.yes": "Fetch a model that is not on this disk, and ask it any number of questions, without asking first.",
    "run.force": "Replace the file.",
    "run.part_from": "Only what is seen in the part from here on: 10:00, 1:02:03.5, or timecode 01:10:00:00.",
    "run.part_to": "Only what is seen in the part up to here.",
}


@with_choices(
    *("dialogue", *DESCRIBER, "voice.language", *RUN, "deliver.timecode_start", "deliver.timecode_rate", "options"),
    helps=HELPS,
)
def caption(
    films: Films,
    settings: Settings,
    output: File = None,
    form: As = "",
    style: StyleOption = "dense",
    every: Every = None,
    words: Words = 12,
    fuse: Fuse = None,
    subs: Subs = None,
    quiet: Quiet = False,
) -> None:
    """Write what is seen in each shot as data: JSON Lines, CSV, or a shot list with thumbnails.

    What it costs is said before it begins. Stopped, or run again, the same command asks only for what is missing; the
    file appears whole at the end. Without a model, captions hold the text on screen and the dialogue alone.
    """
    from audiodesc.captions.output import form_of
    from audiodesc.captions.values import Wanted, fusion_of, style_of
    from audiodesc.project.output_file import check_free

    language = settings.voice.language or "en"
    wanted = Wanted(style_of(style), round(every * 1000) if every else None, fusion_of(fuse), words, language)
    chosen = form_of(output, form)
    if output is None and chosen != "jsonl":
        raise UsageError(f"{chosen} is not printed", "give -o FILE")
    if output:
        check_free(output, force=settings.run.force)
    listed = _listed(films)
    if subs and len(listed) > 1:
        raise UsageError("--subs is of one film, and there are several", "leave it out, or give one film at a time")
    try:
        made = _made(listed, wanted, settings, subs, chosen, output, quiet)
    except KeyboardInterrupt:
        say("audiodesc: stopped; the same command goes on from here", error=True)
        raise typer.Exit(130) from None
    _finish(made, output, chosen, force=settings.run.force, quiet=quiet)


@with_choices(
    *("dialogue", *DESCRIBER, "voice.language", "run.yes", "run.offline", "options"),
    helps={
        "voice.language": "Language of the summary. Default: that of the description, else of the dialogue.",
        "run.yes": HELPS["run.yes"],
    },
)
def summary(
    film: FilmOrFolder,
    settings: Settings,
    words: StoryWords = 150,
    subs: Subs = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Print a film's story in 50, 150 or 500 words, and its scenes with times, places and people.

    It is made of the dialogue and of the description's lines; each sentence names the times that it rests on. Without a
    model that writes, there are only the scenes, with what is said first in each.
    """
    from audiodesc.captions.summaries import as_json as plain
    from audiodesc.captions.summaries import as_text
    from audiodesc.captions.summing import check_words, summary_cost, summary_of
    from audiodesc.captions.writing import writer_of
    from audiodesc.core.downloads import Downloads
    from audiodesc.footage import open_footage

    check_words(words)
    try:
        with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
            downloads = Downloads(settings.run.yes, settings.run.offline, screen.ask)
            with (
                open_footage(film, settings, shown, subtitles=subs) as footage,
                writer_of(footage, downloads, shown) as by,
            ):
                cost = summary_cost(footage, words, by)
                if cost.queries:
                    _agreed(settings.run.yes, screen.ask, quiet)(cost, by)
                made = summary_of(footage, words, by, shown)
    except KeyboardInterrupt:
        say("audiodesc: stopped; the same command goes on from here", error=True)
        raise typer.Exit(130) from None
    say_json(json.dumps(plain(made), ensure_ascii=False, indent=1)) if as_json else say(as_text(made))


def _listed(films: Sequence[Path]) -> list[Listed]:
    from audiodesc.captions.sheet import Listed, read_list

    found: list[Listed] = []
    for film in films:
        found += read_list(film) if film.suffix.lower() in (".csv", ".tsv") else [Listed(str(film), film)]
    return found


def _made(
    films: Sequence[Listed],
    wanted: Wanted,
    settings: Settings,
    subs: Path | None,
    form: Form,
    output: Path | None,
    quiet: bool,
) -> list[Captioned]:
    """What came of each film. Faults are said as they come, and captions that go to no file are printed."""
    from audiodesc.captions.films import Work, captioned
    from audiodesc.captions.output import json_line
    from audiodesc.core.downloads import Downloads

    made = []
    with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
        downloads = Downloads(settings.run.yes, settings.run.offline, screen.ask)
        agreed = _agreed(settings.run.yes, screen.ask, quiet)
        for one in captioned(films, Work(wanted, settings, subs, form == "html", downloads, shown, agreed)):
            made.append(one)
            if one.fault:
                say(f"audiodesc: {one.fault}", error=True)
            for caption in () if output else one.captions:
                say_json(json_line(caption))
    return made


def _agreed(yes: bool, ask: Callable[[str], bool] | None, quiet: bool) -> Callable[[Cost, Describer], None]:
    """Says what it costs, and asks the user where that is much."""
    from audiodesc.captions.films import has_model, is_large

    def agreed(cost: Cost, by: Describer) -> None:
        if not has_model(by):
            if not quiet:
                say(f"{by.label} {WITHOUT_MODEL}", error=True)
            return
        if not quiet:
            say(f"{by.label}: {cost}", error=True)
        if yes or not is_large(cost):
            return
        if ask is None:
            raise UsageError(f"{by.label} would be asked {cost}", "give --yes, or a part with --from and --to")
        if not ask(f"ask {by.label} {cost}?"):
            say("Nothing is asked.", error=True)
            raise typer.Exit(1)

    return agreed


WITHOUT_MODEL = (
    "has no model that could be asked: captions hold the text on screen and the dialogue alone (give --describer or "
    "--server, see `audiodesc describers`)"
)


def _finish(made: Sequence[Captioned], output: Path | None, form: Form, *, force: bool, quiet: bool) -> None:
    """Write the file, say what is in it, and end with the code of the first fault."""
    from audiodesc.captions.output import rendered
    from audiodesc.project.output_file import write_whole

    captions = [caption for one in made for caption in one.captions]
    if output and captions:
        stills = {(one.name, span): still for one in made for span, still in one.stills.items()}
        content = rendered(captions, form, stills).encode("utf-8", "surrogateescape")
        write_whole(output, lambda partial: partial.write_bytes(content), force=force)
    if not quiet:
        failed, doubted = sum(1 for one in captions if one.failure), sum(1 for one in captions if one.doubts)
        films = number_of(sum(1 for one in made if not one.fault), "film")
        rest = (f", {doubted} in doubt" if doubted else "") + (f", {failed} without an answer" if failed else "")
        where = f" in {output}" if output and captions else ""
        say(f"{number_of(len(captions), 'caption')} of {films}{where}{rest}", error=True)
    if fault := next((one.fault for one in made if one.fault), None):
        raise typer.Exit(fault.exit_code)
