"""What it costs to listen to a film of 90 minutes: `python cost.py FILM SUBTITLES` is what is measured."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from imageio_ffmpeg import get_ffmpeg_exe
from material import make_material
from timing import pin, ran

SAMPLE = Path(__file__).parent.parent / "samples" / "sample.mp4"
MINUTES = 90
AROUND = "pan=5.1|FL=0.7*FL|FR=0.7*FR|FC=0.5*FL+0.5*FR|LFE=0.1*FL|BL=0.3*FL|BR=0.3*FR"
HEAD = "| 90 minutes of | seconds | share of the film | peak memory | subtitles held against it, s |"


def cost(media: Path) -> Iterator[str]:
    """The table's lines, measured on two cores, each in a process of its own."""
    pin()
    yield f"{HEAD}\n|{' --- |' * 5}"
    with tempfile.TemporaryDirectory() as folder:
        made = make_material(SAMPLE, MINUTES, 1, Path(folder, "long"))
        around = Path(folder, "around.mkv")
        ffmpeg = [get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", made.film, "-c:v", "copy"]
        subprocess.run([*ffmpeg, "-af", AROUND, "-c:a", "ac3", "-b:a", "448k", around], check=True)
        for name, film in (("AAC, stereo", made.film), ("AC-3, 5.1", around)):
            done = ran([sys.executable, __file__, film, made.subtitles])
            took = json.loads(done.output)
            share = took["listening"] / (MINUTES * 60)
            cells = (name, f"{took['listening']:.1f}", f"1/{1 / share:.0f}", f"{done.peak_mb:.0f} MB")
            yield f"| {' | '.join(cells)} | {took['aligning']:.1f} |"


def main(path: str, subtitles: str) -> None:
    from audiodesc.dialogue.sync import alignment
    from audiodesc.dialogue.vad import detect
    from audiodesc.dialogue.vad.segments import speech_segments
    from audiodesc.media.probe import probe
    from audiodesc.media.programme import programme
    from audiodesc.subtitles import read_file

    film = probe(Path(path))
    track = programme(film).track
    assert track
    started = perf_counter()
    found = speech_segments(detect(film, track), film.duration_ms)
    listening = perf_counter() - started
    verdict = alignment(read_file(Path(subtitles))[0], found.speech, film.duration_ms).verdict
    aligning = perf_counter() - started - listening
    print(json.dumps({"listening": listening, "aligning": aligning, "verdict": verdict}))


if __name__ == "__main__":
    main(*sys.argv[1:])
