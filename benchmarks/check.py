"""How long `audiodesc check` takes for a long script, without the film's picture and sound.

python benchmarks/check.py [LINES]
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from audiodesc import check

FILM_MS = 3 * 3_600_000
WORDS = ("the", "man", "Anna", "walks", "opens", "door", "red", "coat", "car", "runs", "looks", "at", "and", "rain")


def long_script(folder: Path, lines: int) -> tuple[Path, Path]:
    """A script of that many lines for a film of 3 hours, and its subtitles; always the same."""
    pick = random.Random(5)
    starts = [FILM_MS * number // lines + 1_000 for number in range(lines)]
    room = FILM_MS // lines
    script, subtitles = folder / "long.ad.vtt", folder / "long.vtt"
    script.write_text(_vtt((ms, ms + room // 4, _sentence(pick, 9)) for ms in starts), "utf-8")
    subtitles.write_text(
        _vtt((ms + room // 3, ms + room // 2, f"Anna, {_sentence(pick, 7)}") for ms in starts), "utf-8"
    )
    return script, subtitles


def main() -> int:
    lines = int(sys.argv[1]) if sys.argv[1:] else 800
    with tempfile.TemporaryDirectory() as folder:
        script, subtitles = long_script(Path(folder), lines)
        started = process_time()
        judgement = check(script, None, subtitles, cuts=range(0, FILM_MS, 4_000))
        seconds = process_time() - started
    print(f"{judgement.pace.lines} lines for a film of 3 hours: {seconds:.2f} s (wanted: under 2 s for 800)")
    return 0


def _sentence(pick: random.Random, count: int) -> str:
    return " ".join(pick.choice(WORDS) for _ in range(count)).capitalize() + "."


def _vtt(cues: Iterator[tuple[int, int, str]]) -> str:
    blocks = [f"{_clock(start)} --> {_clock(end)}\n{text}\n" for start, end, text in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


if __name__ == "__main__":
    sys.exit(main())
