"""The command line's options for the sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audiodesc.errors import UsageError

if TYPE_CHECKING:
    from audiodesc.settings import Depth


def _option(name: str, says: str, metavar: str | None = None) -> Any:
    return typer.Option(name, help=says, metavar=metavar)


Loudness = Annotated[
    str,
    _option(
        "--loudness",
        "How loud the mix is: as the film came in, -23 LUFS, -24 LKFS, or the dialogue at -27 LKFS.",
        "source|r128|a85|streaming",
    ),
]
Track = Annotated[str, _option("--track", "The mixed track; m4a is AAC.", "m4a|flac|wav")]
Bits = Annotated[int, _option("--bits", "Word length of flac and wav.", "24|16")]
Duck = Annotated[
    str | None,
    _option(
        "--duck",
        "How far the film goes down under a line; auto: as far as needed. Default: -9, and further where needed.",
        "DB|auto",
    ),
]
DuckRatio = Annotated[
    float, _option("--duck-ratio", "How far the narrator is to stand above the film, without a fixed --duck.", "LU")
]
DuckCap = Annotated[float, _option("--duck-cap", "The film goes down this far at most, without a fixed --duck.", "DB")]
DuckDown = Annotated[int, _option("--duck-down", "How long the film takes to go down.", "MS")]
DuckUp = Annotated[int, _option("--duck-up", "How long the film takes to come up.", "MS")]
DuckAhead = Annotated[int, _option("--duck-ahead", "The film is down so long before a line.", "MS")]
DuckHold = Annotated[int, _option("--duck-hold", "The film stays down between lines no further apart.", "MS")]
Pan = Annotated[float, _option("--pan", "The narrator's place, -1 to 1: -1 is left, 1 is right.", "PLACE")]
Downmix = Annotated[str | None, _option("--downmix", "Mix in stereo, whatever the film has.", "stereo")]
Stems = Annotated[bool, _option("--stems", "Write the ducked film without the narrator too.")]


def sound(
    duck: str | None = None,
    ratio_lu: float = 7.0,
    cap_db: float = -24.0,
    down_ms: int = 300,
    up_ms: int = 500,
    ahead_ms: int = 0,
    hold_ms: int = 1000,
    **chosen: Any,
) -> dict[str, Any]:
    """The settings that were chosen. Raises UsageError for a depth that is neither a number nor "auto"."""
    from audiodesc.settings import DeliverSettings, Ducking, SoundSettings

    try:
        depth_db: Depth = "usual" if duck is None else "auto" if duck == "auto" else float(duck)
    except ValueError:
        raise UsageError(f"a ducking of {duck!r}", "give a number of dB from -60 to 0, or auto") from None
    ducking = Ducking(depth_db, down_ms, up_ms, ahead_ms, hold_ms, ratio_lu, cap_db)
    deliver = DeliverSettings(**{name: chosen.pop(name) for name in ("track", "bits", "stems")})
    return {"sound": SoundSettings(ducking=ducking, **chosen), "deliver": deliver}
