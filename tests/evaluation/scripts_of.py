"""Small scripts for evaluations, written where a test wants them."""

from __future__ import annotations

from pathlib import Path

HUMAN = (
    (1.0, 3.0, "A grey cat crosses the empty street."),
    (8.0, 10.0, "Anna opens the red door and looks inside."),
    (15.0, 17.5, "She picks up a letter from the floor."),
    (24.0, 26.0, "Outside, rain falls on parked cars."),
    (33.0, 36.0, "Tom runs up the stairs with a lantern."),
    (44.0, 46.0, "The two of them stare at the broken clock."),
)

Line = tuple[float, float, str]


def webvtt(path: Path, lines: tuple[Line, ...] | list[Line]) -> Path:
    """A WebVTT file of these lines, times in s."""
    cues = "\n\n".join(f"{_time(start)} --> {_time(end)}\n{text}" for start, end, text in lines)
    path.write_text(f"WEBVTT\n\n{cues}\n", "utf-8")
    return path


def _time(seconds: float) -> str:
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{ms:03}"
