"""A long film out of a short one, with its subtitles and a description script."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import imageio_ffmpeg
import pysubs2

from audiodesc.media.probe import probe
from audiodesc.planning.gaps import gaps
from audiodesc.subtitles import read_file

SLOT_MS = 4_000
"""A long pause is given a line for each so many milliseconds."""

SHORTEST_MS = 1_700
LONG_MS = 3_300

WHO = (
    "A woman", "A man", "A child", "A soldier", "A dancer", "A dog", "A rider", "A nurse", "A guard", "A sailor",
    "A clown", "A horse", "A boy", "A girl", "A priest", "A cook", "A bear", "A painter", "A farmer", "A thief",
)  # fmt: skip
DOES = (
    "smiles", "waits", "turns", "runs", "sleeps", "nods", "falls", "jumps", "stops", "listens",
    "kneels", "waves", "looks up", "sits down", "steps back", "walks off", "stands up", "looks away", "drinks", "cries",
)  # fmt: skip
WHERE = ("by the river", "in the rain", "at the window", "on the stairs")


@dataclass(frozen=True, slots=True)
class Material:
    """A film, its subtitles, and a script of `lines` lines."""

    film: Path
    subtitles: Path
    script: Path
    lines: int


def make_material(sample: Path, minutes: int, lines: int, folder: Path) -> Material:
    """The sample, which has its subtitles beside it, repeated to that length, with that many lines at most."""
    folder.mkdir(parents=True)
    film, subtitles, script = folder / "film.mp4", folder / "film.srt", folder / "script.vtt"
    length_ms = _duration_ms(sample)
    repeats = -(-minutes * 60_000 // length_ms)
    _repeat_film(sample, repeats, length_ms, minutes, film)
    _repeat_subtitles(sample.with_suffix(".srt"), repeats, length_ms, minutes * 60_000, subtitles)
    told = list(_script(film, subtitles, lines))
    script.write_text("\n\n".join(["WEBVTT", *told]) + "\n", "utf-8")
    return Material(film, subtitles, script, len(told))


def _duration_ms(film: Path) -> int:
    import av

    with av.open(str(film)) as container:
        return -(-(container.duration or 0) // 1000)  # of microseconds


def _repeat_film(sample: Path, repeats: int, length_ms: int, minutes: int, film: Path) -> None:
    entry = f"file '{sample.resolve()}'\nduration {length_ms / 1000:.3f}\n"
    listed = film.with_suffix(".txt")
    listed.write_text("ffconcat version 1.0\n" + entry * repeats)
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-f", "concat", "-safe", "0"]
    chosen = ["-map", "0:v:0", "-map", "0:a:0", "-c", "copy", "-metadata:s:a:0", "language=eng"]
    subprocess.run([*ffmpeg, "-i", listed, *chosen, "-t", str(minutes * 60), film], check=True)


def _repeat_subtitles(sample: Path, repeats: int, length_ms: int, end_ms: int, place: Path) -> None:
    once, whole = pysubs2.load(str(sample)), pysubs2.SSAFile()
    for i in range(repeats):
        for event in once:
            again = event.copy()
            again.shift(ms=i * length_ms)
            if again.end < end_ms:
                whole.append(again)
    whole.save(str(place))


def _script(film: Path, subtitles: Path, lines: int) -> Iterator[str]:
    """WebVTT cues in pauses of the dialogue, evenly over the film, no two with the same text."""
    slots = _slots(film, subtitles)
    count = min(lines, len(slots), len(WHO) * len(DOES))
    texts = [f"{who} {does}" for does, who in product(DOES, WHO)]
    for i in range(count):
        start, end = slots[i * len(slots) // count]
        where = f" {WHERE[i % len(WHERE)]}" if end - start >= LONG_MS else ""
        yield f"{_time(start)} --> {_time(end)}\n{texts[i]}{where}."


def _slots(film: Path, subtitles: Path) -> list[tuple[int, int]]:
    slots: list[tuple[int, int]] = []
    for gap in gaps(read_file(subtitles)[0], probe(film).duration_ms, shortest_ms=SHORTEST_MS):
        count = max(1, gap.span.duration_ms // SLOT_MS)
        edges = [gap.span.start_ms + gap.span.duration_ms * i // count for i in range(count + 1)]
        slots += pairwise(edges)
    return slots


def _time(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
