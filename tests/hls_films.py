"""Films described for HLS by a voice that clicks, whose right answers are known by construction."""

from __future__ import annotations

from pathlib import Path

import pytest
from clicking import ClickingVoice
from films import Sound, clicks, make_film, write_srt
from stories import write_script

from audiodesc import pipeline
from audiodesc.project import Result
from audiodesc.settings import DeliverSettings, RunSettings, Settings, StopSettings

HLS_JS = (
    "hls.js@1.7.4",
    "sha512-3GlxGdPvT2YHvQYOt+yOzT/DEior/qJVNIylHA77kgeoBTdQQqi70GwefNEUmHQeNGyjC8U62+bruqW/Tpm+tg==",
    "dist/hls.min.js",
)
SECONDS = 20
LINES = [("00:01.100", "00:01.500", "One & two."), ("00:13.100", "00:13.500", "Three.")]
SPOKEN = [1.2, 13.2]
"""When the voice clicks, in seconds; the film does at each half second past a whole one."""

CUES = [(5_000, 7_000, "Hello <b>you</b>."), (11_000, 13_000, "[A door slams]")]


def clicking_film(folder: Path, name: str = "film.mp4", codec: str = "aac", **more: object) -> Path:
    """20 s with a key frame every 2 s, B-frames, and clicks in English."""
    sound = Sound(clicks(SECONDS, 2), "stereo", codec=codec, language="eng")
    return make_film(folder / name, SECONDS, sounds=[sound], gop=20, b_frames=2, **more)  # type: ignore[arg-type]


def described(
    film: Path,
    also: tuple[str, ...] = ("hls",),
    *,
    lines: list[tuple[str, str, str]] = LINES,
    extended: bool = False,
    part: tuple[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> Result:
    """The film with clicks of a narrator, as WAV (so that the described sound for films is a file of its own)."""
    folder = film.parent
    settings = Settings(
        deliver=DeliverSettings(track="wav", also=also),
        stops=StopSettings(extended=extended),
        run=RunSettings(part_from=part[0], part_to=part[1]) if part else RunSettings(),
        options={"hls": options or {}},
    )
    subtitles = write_srt(folder / f"{film.stem}.srt", CUES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audiodesc.narration.voice.voice", lambda *profile, **options: ClickingVoice())
        script = write_script(folder / "script.vtt", lines)
        return pipeline.render(film, script, subtitles=subtitles, settings=settings)
