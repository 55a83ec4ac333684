"""Options that several groups of commands take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from audiodesc.settings import Settings

Subs = Annotated[
    Path | None,
    typer.Option("--subs", metavar="FILE", help="Subtitles of any text format. Default: the film's own, or none."),
]
Lang = Annotated[str | None, typer.Option("--lang", metavar="TAG", help="Language of the description: en, de, fr-CA …")]
AudioTrack = Annotated[
    str | None,
    typer.Option(
        "--audio-track",
        metavar="N|N+N|LANG",
        help="Which sound track, see `tracks`; 1+2: two mono tracks as left and right. Default: the film's own.",
    ),
]
SubsTrack = Annotated[
    str | None,
    typer.Option(
        "--subs-track",
        metavar="N|LANG",
        help="Which subtitles inside the film, see `tracks`. Default: those in the language of its sound, or --lang.",
    ),
]
NoSubs = Annotated[bool, typer.Option("--no-subs", help="Use no subtitles: the dialogue is what is heard.")]
NoHear = Annotated[bool, typer.Option("--no-hear", help="Do not listen for speech: believe the subtitles alone.")]
Shift = Annotated[
    float, typer.Option("--shift", metavar="SECONDS", help="Move the subtitles by so much; -2.4 is earlier.")
]
Sync = Annotated[
    bool, typer.Option("--sync", help="Move subtitles that are late or early to the speech that is heard.")
]
TrustSubs = Annotated[
    bool, typer.Option("--trust-subs", help="Use subtitles that do not match the speech that is heard, as they are.")
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", metavar="NAME", help="Of subtitles or a script not in Unicode: cp1250, koi8-r … Default: a guess."
    ),
]
ProtectLyrics = Annotated[bool, typer.Option("--protect-lyrics", help="Never speak over songs that have subtitles.")]
ProtectSounds = Annotated[bool, typer.Option("--protect-sounds", help="Never speak over sounds that have subtitles.")]
Margin = Annotated[int, typer.Option("--margin", metavar="MS", help="Silence kept before and after dialogue.")]
Shortest = Annotated[int, typer.Option("--shortest", metavar="MS", help="The shortest pause that is used.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the program an error arose.")]


def chosen(**options: Any) -> Settings:
    """The settings, of the options that a command takes."""
    from audiodesc.core.choices import fields
    from audiodesc.settings import Settings

    given = dict(options)
    made = {}
    for one in fields(Settings):
        if one.group and one.name not in ("sound", "deliver"):
            names = {f.name: one.name if f.name == "name" else f.name for f in fields(one.group)}
            made[one.name] = one.group(**{f: given.pop(name) for f, name in names.items() if name in given})
    return Settings(**made, **given)
