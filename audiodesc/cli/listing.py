"""The commands that list what is there, `gaps`, `tracks`, `voices` and `describers`; and `doctor`: what is installed,
what can run here, and the command that brings what is missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audiodesc.cli.options import AsJson, Film, check_kinds, option, with_choices
from audiodesc.cli.own_options import without_choices
from audiodesc.cli.terminal import say, say_json, show
from audiodesc.core.environment import install_command, models_command, requirements
from audiodesc.errors import UsageError
from audiodesc.settings import Settings

if TYPE_CHECKING:
    from rich.table import Table

    from audiodesc.speak import Voice

Subtitles = Annotated[Path | None, typer.Argument(metavar="SUBS", help="Subtitles. Default: the film's own.")]
SampleText = Annotated[str | None, typer.Argument(metavar="TEXT", help="What --sample is to speak.")]
Get = Annotated[
    str | None, option("--get", metavar="NAME", help="Fetch this voice, once: its size is asked for.", panel="Voice")
]
Sample = Annotated[
    str | None,
    option(
        "--sample", metavar="NAME", help="Write TEXT as this voice speaks it (NAME.wav), and play it.", panel="Voice"
    ),
]
SampleFile = Annotated[
    Path | None, option("-o", "--output", metavar="FILE", help="Another file for the sample.", panel="Results")
]
ForceSample = Annotated[bool, option("--force", help="Replace the file.", panel="Results")]
FilmOption = Annotated[
    Path | None, option("--film", metavar="FILM", help="Its speech counts, and its length.", panel="Input")
]


@with_choices("dialogue", "plan", "voice.language")
def gaps(settings: Settings, subs: Subtitles = None, film: FilmOption = None, as_json: AsJson = False) -> None:
    """Show the pauses in which a narrator may speak, by subtitles, by the speech in a film, or by both."""
    from audiodesc.cli.progress import progress_shown, stoppable
    from audiodesc.cli.tables import gaps_json, gaps_table

    check_kinds("gaps {text} --film {film}" if film or not subs else "gaps --film {film}", film, subs)
    with progress_shown(as_json) as screen, stoppable(screen.show) as shown:
        content = gaps_json(subs, film, settings, shown)
    for note in content["notes"]:
        say(f"Note: {note['message']}", error=True)
    say_json(json.dumps(content, ensure_ascii=False, indent=1)) if as_json else show(gaps_table(content))


@with_choices("voice.language")
def tracks(film: Film, settings: Settings, as_json: AsJson = False) -> None:
    """List a film's tracks of sound and of subtitles, which are described and read, and why; and its timecode."""
    from audiodesc.cli.tables import subtitles_table, tracks_json, tracks_table

    check_kinds("tracks {film}", film)
    content = tracks_json(film, settings)
    if as_json:
        say_json(json.dumps(content, ensure_ascii=False, indent=1))
        return
    sound, subtitles = ([row for row in content if row["kind"] == kind] for kind in ("sound", "subtitles"))
    if sound:
        show(tracks_table(sound))
    else:
        say(f"{film} has no sound track: what `make` writes has the narrator alone.")
    if subtitles:
        show(subtitles_table(subtitles))
    for row in content:
        if row["kind"] == "timecode":
            say(f"Its timecode starts at {row['start']}, at {row['rate']} frames a second.")


@with_choices("run.yes", "run.offline", "options")
def voices(
    settings: Settings,
    text: SampleText = None,
    get: Get = None,
    sample: Sample = None,
    output: SampleFile = None,
    force: ForceSample = False,
) -> None:
    """List the voices that `--voice` knows, and which of their models are on this disk; get one, or let it be heard."""
    from audiodesc.cli.tables import VOICES_NOTE, voices_table

    if text is not None and sample is None:
        raise UsageError("a text is given, and no voice that is to speak it", "give --sample NAME too")
    if not (get or sample):
        show(voices_table())
        say(VOICES_NOTE)
    if get:
        _ready_voice(get, settings)
        say(f"{get} can speak: `audiodesc make FILM --voice {get}`.")
    if sample:
        _hear(sample, text or "", settings, output, force)


def _hear(name: str, text: str, settings: Settings, output: Path | None, force: bool) -> None:
    """Write a sample, and play it where something can."""
    from audiodesc.cli import playback

    if not text.strip():
        raise UsageError("there is no text to speak", "give it after the name, in quotes")
    spoken = _ready_voice(name, settings)
    try:
        take = spoken.say(text, 1.0)
    except ValueError as error:
        raise UsageError(f"{name} cannot speak “{text}” ({error})", "give another text") from error
    path = playback.write_take(take, output or Path(f"{Path(name).stem}.wav"), force)
    say(f"Written to {path}")
    if not playback.play_file(path, take.duration_ms / 1000):
        say(playback.UNHEARD)


def _ready_voice(name: str, settings: Settings) -> Voice:
    """The voice of that name; what it needs is fetched, if that is allowed."""
    from audiodesc.cli.progress import progress_shown, stoppable
    from audiodesc.core.downloads import Downloads
    from audiodesc.speak import profile, voice

    chosen = profile(name)
    with progress_shown(quiet=False) as screen, stoppable(screen.show) as shown:
        downloads = Downloads(settings.run.yes, settings.run.offline, screen.ask)
        return voice(chosen, settings.options.get(chosen.engine), downloads=downloads, progress=shown)


Prompt = Annotated[
    str,
    option(
        "--prompt",
        metavar="NAME",
        help="Print what a describer's model is asked, or one text of it.",
        panel="Describer",
    ),
]


@without_choices
def describers(prompt: Prompt = "") -> None:
    """List the describers that `--describer` knows, and which of their weights are on this disk."""
    from audiodesc.cli.tables import DESCRIBERS_NOTE, describers_table, prompt_shown

    if prompt:
        say_json(prompt_shown(prompt))
        return

    show(describers_table())
    say(DESCRIBERS_NOTE)


@without_choices
def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, what can run here, and how to get what is missing."""
    checks = checkup()
    say_json(json.dumps(checks, indent=1)) if as_json else show(checkup_table(checks))
    if not all(check["ok"] or check["optional"] for check in checks):
        raise typer.Exit(4)


def checkup() -> list[dict[str, Any]]:
    """One entry for each thing that is needed: `name`, `ok`, `optional`, `found` and `remedy` as texts."""
    modules = _modules()
    needed = [_python(), *(_package(name, modules) for name in requirements()), _voice()]
    for_models = (_package(name, modules, optional=True) for name in requirements("models"))
    return [*needed, *for_models, *_describers(), *_without_gpu(), _server_tool(), *_engines()]


def checkup_table(checks: list[dict[str, Any]]) -> Table:
    """The checks for a person."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("", "what", "for", "found", "to get it"):
        table.add_column(column, overflow="fold")
    for check in checks:
        state = "ok" if check["ok"] else "--" if check["optional"] else "MISSING"
        table.add_row(state, *(escape(check[column]) for column in ("name", "use", "found", "remedy")))
    return table


def _check(name: str, use: str, ok: bool, found: str, remedy: str, optional: bool = False) -> dict[str, Any]:
    return {
        "name": name, "use": use, "ok": ok, "found": found, "remedy": "" if ok else remedy, "optional": optional
    }  # fmt: skip


def _python() -> dict[str, Any]:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info < (3, 14)
    return _check("python", "runs audiodesc", ok, found, "install Python 3.11, 3.12 or 3.13")


def _modules() -> dict[str, list[str]]:
    """The names under which each installed package is imported."""
    from importlib.metadata import packages_distributions

    from packaging.utils import canonicalize_name

    found: dict[str, list[str]] = {}
    for module, packages in packages_distributions().items():
        for package in packages:
            found.setdefault(canonicalize_name(package), []).append(module)
    return found


def _package(name: str, modules: Mapping[str, list[str]], optional: bool = False) -> dict[str, Any]:
    from importlib.metadata import PackageNotFoundError, metadata
    from importlib.util import find_spec

    from packaging.utils import canonicalize_name

    try:
        about = metadata(name)
        found, use = str(about["Version"]), " ".join(str(about["Summary"] or "").split())
    except PackageNotFoundError:
        found, use = "", ""
    here = modules.get(canonicalize_name(name), ())
    ok = bool(found) and any(find_spec(module) for module in here)
    remedy = models_command() if optional else install_command(name)
    what = use or ("for models and neural voices" if optional else "needed by audiodesc")
    return _check(name, what, ok, found or "nothing", remedy, optional)


def _describers() -> Iterator[dict[str, Any]]:
    """What `make` would take and why, model by model, if nothing is said of downloads and nobody is asked."""
    from audiodesc.describers import all_describers, choose
    from audiodesc.describers.base import DescriberOptions

    table = all_describers()
    choice = choose(table, DescriberOptions())
    yield _check("auto", "the describer that is used where none is named", True, f"{choice.name}: {choice.why}", "")
    kinds = ((name, table[name].attention()) for name in (choice.name, *(name for name, _ in choice.considered)))
    for name, attention in list(filter(lambda kind: kind[1], kinds))[:1]:
        yield _check("attention", f"what {name} computes with", True, attention, "", optional=True)
    for name, reason in choice.considered:
        yield _check(name, "a describer", name == choice.name, reason, "", optional=True)


def _without_gpu() -> Iterator[dict[str, Any]]:
    """What a describer would take here for ten minutes of film, where that is estimated; nothing with a GPU."""
    from audiodesc.describers import best_here

    if found := best_here():
        yield _check("without a GPU", "what describes here, and how long it takes", found.lasts, str(found), "", True)


def _server_tool() -> dict[str, Any]:
    """Whether `--serve` can start a server for a model."""
    from audiodesc.describers.server.serve import GAIN, server_tool

    tool = server_tool()
    found = f"{tool}: --serve runs a model behind it, estimated {GAIN} as fast" if tool else "neither vllm nor sglang"
    remedy = "install vllm in an environment of its own, and put it on the PATH"
    return _check("serve", "runs models on a GPU faster", tool is not None, found, remedy, optional=True)


def _engines() -> Iterator[dict[str, Any]]:
    """Whether the voice engines but the built-in one can run here."""
    from audiodesc.speak import FALLBACK, all_engines

    for name, engine in all_engines().items():
        here = engine.availability()
        if engine is not FALLBACK:
            found = "can run here: see `audiodesc voices`" if here.runs else here.reason
            yield _check(name, engine.summary, here.runs, found, here.remedy or engine.install, optional=True)


def _voice() -> dict[str, Any]:
    from audiodesc.errors import AudiodescError
    from audiodesc.speak import FALLBACK, default_profile, voice

    try:
        take = voice(default_profile("en")).say("The voice works.", 1.0)
    except (AudiodescError, ImportError, OSError, ValueError) as error:
        return _check("voice", "speaks", False, str(error), FALLBACK.install)
    return _check("voice", "speaks", True, f"spoke for {take.duration_ms / 1000:.1f} s", "")
