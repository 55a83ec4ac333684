"""The command `align`: a described track that is there already is put onto a film."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audiodesc.cli.options import Output, Quiet, check_kinds, option, with_choices
from audiodesc.cli.progress import progress_shown, stoppable
from audiodesc.cli.terminal import say, say_json
from audiodesc.settings import Settings

Described = Annotated[
    Path,
    typer.Argument(metavar="AD", help="The described track, a full mix: MP3, M4A, WAV, FLAC …, or a film with it."),
]
Film = Annotated[Path, typer.Argument(metavar="FILM", help="The film that it is to go with.")]
DescribedTrack = Annotated[
    str | None,
    option(
        "--described-track",
        metavar="N|LANG",
        help="Which track of AD. Default: the one marked as description, else its programme.",
        panel="Input",
    ),
]
Asr = Annotated[
    str | None,
    option(
        "--asr",
        metavar="DIR|NAME",
        help="A Whisper model on this disk, for the narrator's words. Default: one in the cache, if any.",
        panel="Input",
    ),
]
AsJson = Annotated[bool, option("--json", help="Print what was found as JSON.")]


@with_choices(
    *("dialogue.audio_track", "voice.language", "sound.loudness", "sound.downmix"),
    *("deliver.also", "deliver.track", "deliver.bits", "run.force", "options"),
    helps={
        "deliver.also": "Make this too, of what is sound or carries it; with --asr a script format: docx, dapt …",
        "sound.downmix": "In stereo, whatever the film has.",
        "voice.language": "Language of the narration. Default: that of the track.",
    },
)
def align(
    described: Described,
    film: Film,
    settings: Settings,
    output: Output = None,
    described_track: DescribedTrack = None,
    asr: Asr = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Put an existing described track onto this film, though it is of another cut, speed, offset or level.

    The track is found in the film by its sound and brought onto the film's clock; the film's own sound stays as it is,
    and is heard where the track has no part of the film. Written are the track, the film with it, and where the
    narrator speaks; into STEM.aligned beside the film, or to -o.
    """
    from audiodesc.alignment import align as aligned
    from audiodesc.alignment.output import summary

    check_kinds("align AD {film}", film)
    check_kinds("render {film} --script {text}", described)
    with progress_shown(quiet) as screen, stoppable(screen.show) as shown:
        made = aligned(described, film, output, settings, shown, track=described_track, asr=asr)
    if as_json:
        say_json(made.files["alignment"].read_text("utf-8"))
    elif not quiet:
        for row in summary(made.alignment, made.narrated):
            say(row)
        for kind, path in made.files.items():
            say(f"{kind}: {path}")
        for note in made.notes:
            say(f"Note: {note}")
