"""The command that judges a script: `check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audiodesc.cli.options import (
    AsJson,
    AudioTrack,
    Debug,
    Encoding,
    Lang,
    Margin,
    NoSubs,
    ProtectLyrics,
    ProtectSounds,
    Shift,
    Subs,
    SubsTrack,
    Sync,
    TrustSubs,
    chosen,
)
from audiodesc.cli.screen import say, say_json, show
from audiodesc.cli.stopping import stoppable
from audiodesc.cli.usage import check_kinds
from audiodesc.errors import UsageError

Script = Annotated[
    Path, typer.Argument(metavar="SCRIPT", help="A description script, whoever wrote it: WebVTT, SRT, DAPT, ASS.")
]
Film = Annotated[
    Path | None,
    typer.Option("--film", metavar="FILM", help="For its length, its cuts, its own subtitles and its speech."),
]
NoHear = Annotated[
    bool,
    typer.Option("--no-hear", help="Do not listen: quicker. Subtitles count at their times as written."),
]
Profile = Annotated[str, typer.Option("--profile", metavar="plain|itc|dcmp|netflix", help="Rules of style.")]
Disable = Annotated[list[str] | None, typer.Option("--disable", metavar="RULE", help="Leave out a rule.")]
Enable = Annotated[list[str] | None, typer.Option("--enable", metavar="RULE", help="Judge by a rule.")]
FastestWpm = Annotated[
    int, typer.Option("--fastest-wpm", metavar="N", help="The most words a minute that a listener is asked to follow.")
]
Usable = Annotated[int, typer.Option("--usable", metavar="MS", help="The shortest pause that should not be empty.")]
Silent = Annotated[float, typer.Option("--silent", metavar="MINUTES", help="The longest time without a line.")]
Extended = Annotated[bool, typer.Option("--extended", help="The player stops the film while a line is spoken.")]
NoPicture = Annotated[
    bool, typer.Option("--no-picture", help="Do not look for the film's cuts: quicker, and empty pauses go unjudged.")
]
Strict = Annotated[bool, typer.Option("--strict", help="End with code 8 for warnings too.")]
AsSarif = Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0, for code hosts.")]
AsJunit = Annotated[bool, typer.Option("--junit", help="Print JUnit XML, for pipelines.")]


def check(
    script: Script,
    film: Film = None,
    subs: Subs = None,
    profile: Profile = "plain",
    disable: Disable = None,
    enable: Enable = None,
    lang: Lang = None,
    fastest_wpm: FastestWpm = 200,
    usable: Usable = 2000,
    silent: Silent = 2.0,
    audio_track: AudioTrack = None,
    subs_track: SubsTrack = None,
    no_subs: NoSubs = False,
    shift: Shift = 0.0,
    sync: Sync = False,
    trust_subs: TrustSubs = False,
    encoding: Encoding = None,
    protect_lyrics: ProtectLyrics = False,
    protect_sounds: ProtectSounds = False,
    margin: Margin = 150,
    extended: Extended = False,
    no_picture: NoPicture = False,
    no_hear: NoHear = False,
    strict: Strict = False,
    as_json: AsJson = False,
    as_sarif: AsSarif = False,
    as_junit: AsJunit = False,
    debug: Debug = False,
) -> None:
    """Judge a description script by the rules of the craft. Ends with code 8 where there are errors.

    Give the film and its subtitles too, with the options that `make` was given: what is not known is not judged, and
    the summary says so.
    """
    from audiodesc.cli.bars import progress_shown
    from audiodesc.judge import Criteria
    from audiodesc.judge import check as checking
    from audiodesc.judge.output import rendered, summary, table

    check_kinds("check {text} --film {film}", film, script)
    criteria = Criteria(
        profile=profile, disable=tuple(disable or ()), enable=tuple(enable or ()), language=lang or "",
        fastest_wpm=fastest_wpm, usable_ms=usable, silent_min=silent, margin_ms=margin, extended=extended,
    )  # fmt: skip
    settings = chosen(
        language=lang, audio_track=audio_track, subs=not no_subs, subs_track=subs_track,
        hear=not no_hear, shift_s=shift, sync=sync, trust_subs=trust_subs,
        encoding=encoding, protect_lyrics=protect_lyrics, protect_sounds=protect_sounds,
    )  # fmt: skip
    form = _form(json=as_json, sarif=as_sarif, junit=as_junit)
    with progress_shown(quiet=bool(form)) as screen, stoppable(screen.show) as shown:
        judgement = checking.check(script, film, subs, criteria, settings, picture=not no_picture, progress=shown)
    if form:
        (say if form == "junit" else say_json)(rendered(judgement, form).rstrip("\n"))
    else:
        if judgement.findings:
            show(table(judgement))
        say(summary(judgement))
    raise typer.Exit(judgement.exit_code(strict=strict))


def _form(**wanted: bool) -> str:
    """The form for other programs, "" for people."""
    forms = [form for form, is_wanted in wanted.items() if is_wanted]
    if len(forms) > 1:
        raise UsageError(f"--{' and --'.join(forms)} at once", "choose one of them")
    return forms[0] if forms else ""
