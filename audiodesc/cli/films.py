"""The commands that make something of a film: `make`, `describe`, `render`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audiodesc.cli import sound_options as options
from audiodesc.cli.describer_options import (
    Cast,
    Context,
    Describer,
    Model,
    Offline,
    Parallel,
    Server,
    Teller,
    Video,
    Yes,
)
from audiodesc.cli.options import (
    AsJson,
    AudioTrack,
    Debug,
    Encoding,
    Lang,
    Margin,
    NoHear,
    NoSubs,
    ProtectLyrics,
    ProtectSounds,
    Shift,
    Shortest,
    Subs,
    SubsTrack,
    Sync,
    TrustSubs,
    chosen,
)
from audiodesc.cli.screen import say, say_json
from audiodesc.cli.stopping import stoppable
from audiodesc.cli.usage import check_kinds
from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.core.progress import Progress
    from audiodesc.pipeline import Ask
    from audiodesc.project.publish import Result

Film = Annotated[Path, typer.Argument(metavar="FILM", help="The film: MP4, MKV, WebM, MOV, AVI, TS, Ogg …")]


def _folder(name: str) -> Path:
    if not name.strip():
        raise UsageError("-o has no name", "give the name of a folder, or leave it out")
    return Path(name)


Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="DIR", parser=_folder, help="Where results go. Default: STEM.ad beside the film."
    ),
]
Voice = Annotated[
    str | None,
    typer.Option(
        "--voice", metavar="NAME|FILE", help="Who speaks; see `voices`. Default, or auto: one for the language."
    ),
]
Lexicon = Annotated[
    str | None, typer.Option("--lexicon", metavar="FILE", help="TOML: how names are spoken (Siobhan = shiv-awn).")
]
Density = Annotated[
    str,
    typer.Option(
        "--density",
        metavar="sparse|normal|full",
        help="How often the narrator speaks; normal is 3 to 7 lines a minute, full speaks also where without subtitles "
        "it is not sure that nobody else does.",
    ),
]
Fastest = Annotated[
    float,
    typer.Option("--fastest", metavar="TIMES", help="How much faster than natural the voice may speak, 1 to 2 times."),
]
Strict = Annotated[bool, typer.Option("--strict", help="End with code 7 if a line is left out, or none is spoken.")]
Force = Annotated[
    bool,
    typer.Option("--force", help="Replace files in DIR that are not audiodesc's or were changed; copies are kept."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Show no progress and no summary.")]


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
    subs_track: SubsTrack = None,
    no_subs: NoSubs = False,
    no_hear: NoHear = False,
    shift: Shift = 0.0,
    sync: Sync = False,
    trust_subs: TrustSubs = False,
    encoding: Encoding = None,
    protect_lyrics: ProtectLyrics = False,
    protect_sounds: ProtectSounds = False,
    margin: Margin = 150,
    shortest: Shortest = 1200,
    density: Density = "normal",
    fastest: Fastest = 1.15,
    loudness: options.Loudness = "source",
    track: options.Track = "m4a",
    bits: options.Bits = 24,
    duck: options.Duck = None,
    duck_ratio: options.DuckRatio = 7.0,
    duck_cap: options.DuckCap = -24.0,
    duck_down: options.DuckDown = 300,
    duck_up: options.DuckUp = 500,
    duck_ahead: options.DuckAhead = 0,
    duck_hold: options.DuckHold = 1000,
    pan: options.Pan = 0.0,
    downmix: options.Downmix = None,
    stems: options.Stems = False,
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

    check_kinds("make {film} --subs {text}", film, subs)
    settings = chosen(
        describer=describer, server=server, model=model, parallel=parallel, video=video, writer_model=teller, yes=yes,
        offline=offline, cast=cast, context=context, voice=voice, lexicon=lexicon, language=lang,
        audio_track=audio_track, subs=not no_subs, subs_track=subs_track,
        margin_ms=margin, shortest_ms=shortest, density=density, fastest=fastest,
        strict=strict, force=force,
        hear=not no_hear, shift_s=shift, sync=sync, trust_subs=trust_subs, encoding=encoding,
        protect_lyrics=protect_lyrics, protect_sounds=protect_sounds,
        **options.sound(
            duck, duck_ratio, duck_cap, duck_down, duck_up, duck_ahead, duck_hold,
            loudness=loudness, track=track, bits=bits, pan=pan, downmix=downmix, stems=stems,
        ),
    )  # fmt: skip
    _run(lambda show, ask: pipeline.make(film, subs, output, settings, show, ask=ask), as_json, quiet)


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
    audio_track: AudioTrack = None,
    subs_track: SubsTrack = None,
    no_subs: NoSubs = False,
    no_hear: NoHear = False,
    shift: Shift = 0.0,
    sync: Sync = False,
    trust_subs: TrustSubs = False,
    encoding: Encoding = None,
    protect_lyrics: ProtectLyrics = False,
    protect_sounds: ProtectSounds = False,
    margin: Margin = 150,
    shortest: Shortest = 1200,
    density: Density = "normal",
    fastest: Fastest = 1.15,
    strict: Strict = False,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write the script only: a WebVTT file to read, edit and give to `render`."""
    from audiodesc import pipeline

    check_kinds("describe {film} --subs {text}", film, subs)
    settings = chosen(
        describer=describer, server=server, model=model, parallel=parallel, video=video, writer_model=teller, yes=yes,
        offline=offline, cast=cast, context=context, voice=voice, lexicon=lexicon, language=lang,
        audio_track=audio_track, subs=not no_subs, subs_track=subs_track,
        margin_ms=margin, shortest_ms=shortest, density=density, fastest=fastest,
        strict=strict, force=force,
        hear=not no_hear, shift_s=shift, sync=sync, trust_subs=trust_subs, encoding=encoding,
        protect_lyrics=protect_lyrics, protect_sounds=protect_sounds,
    )  # fmt: skip
    _run(lambda show, ask: pipeline.describe(film, subs, output, settings, show, ask=ask), as_json, quiet)


def render(
    film: Film,
    script: Annotated[Path, typer.Option("--script", metavar="FILE", help="The script: WebVTT, SRT, ASS, DAPT, CSV …")],
    subs: Subs = None,
    output: Output = None,
    voice: Voice = None,
    lexicon: Lexicon = None,
    yes: Yes = False,
    lang: Lang = None,
    audio_track: AudioTrack = None,
    subs_track: SubsTrack = None,
    no_subs: NoSubs = False,
    no_hear: NoHear = False,
    shift: Shift = 0.0,
    sync: Sync = False,
    trust_subs: TrustSubs = False,
    encoding: Encoding = None,
    protect_lyrics: ProtectLyrics = False,
    protect_sounds: ProtectSounds = False,
    margin: Margin = 150,
    fastest: Fastest = 1.15,
    loudness: options.Loudness = "source",
    track: options.Track = "m4a",
    bits: options.Bits = 24,
    duck: options.Duck = None,
    duck_ratio: options.DuckRatio = 7.0,
    duck_cap: options.DuckCap = -24.0,
    duck_down: options.DuckDown = 300,
    duck_up: options.DuckUp = 500,
    duck_ahead: options.DuckAhead = 0,
    duck_hold: options.DuckHold = 1000,
    pan: options.Pan = 0.0,
    downmix: options.Downmix = None,
    stems: options.Stems = False,
    strict: Strict = False,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Voice and mix a script that a person wrote or changed; only changed lines are voiced again.

    Give the subtitles too: then no line is spoken over dialogue. The script itself is never written to: what is spoken
    of DIR/STEM.ad.vtt, with its times, stands in DIR/STEM.ad.spoken.vtt, of any other script in DIR/STEM.ad.vtt.
    """
    from audiodesc import pipeline

    check_kinds("render {film} --script {text}", film, script)
    settings = chosen(
        voice=voice, lexicon=lexicon, yes=yes, language=lang, audio_track=audio_track,
        subs=not no_subs, subs_track=subs_track, margin_ms=margin, fastest=fastest, strict=strict, force=force,
        hear=not no_hear, shift_s=shift, sync=sync, trust_subs=trust_subs, encoding=encoding,
        protect_lyrics=protect_lyrics, protect_sounds=protect_sounds,
        **options.sound(
            duck, duck_ratio, duck_cap, duck_down, duck_up, duck_ahead, duck_hold,
            loudness=loudness, track=track, bits=bits, pan=pan, downmix=downmix, stems=stems,
        ),
    )  # fmt: skip
    _run(lambda show, ask: pipeline.render(film, script, subs, output, settings, show), as_json, quiet)


def _run(work: Callable[[Progress, Ask | None], Result], as_json: bool, quiet: bool) -> None:
    from audiodesc.cli.bars import progress_shown
    from audiodesc.cli.tables import summary

    try:
        with progress_shown(quiet) as screen, stoppable(screen.show) as show:
            made = work(show, screen.ask)
    except KeyboardInterrupt:
        say("audiodesc: stopped; the same command goes on from here", error=True)
        raise typer.Exit(130) from None
    if as_json:
        from audiodesc.report import to_json

        say_json(to_json(made.report))
    elif not quiet:
        say(summary(made))
