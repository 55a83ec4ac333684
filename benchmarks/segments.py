"""How long a film takes to be cut into segments with a described sound beside it, against FFmpeg's own segmenting.

    python benchmarks/segments.py                  # 90 minutes, the sample repeated
    python benchmarks/segments.py --minutes 5 --film other.mp4
    python benchmarks/segments.py --form dash      # against `ffmpeg -f dash`

Both sides write the same: picture, each sound and the described one as fMP4 segments of about 6 s, all of it copied.
FFmpeg is `ffmpeg -f hls` with one stream a playlist. They run in turn, three rounds, in processes of their own, with
the page cache warm and disks synced; the best round of each counts, with the start of both programs in it.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROUNDS = 3
OURS = """
import sys
from pathlib import Path
from audiodesc.media.cmaf import segment_film
from audiodesc.media.mux import DESCRIBED
from audiodesc.media.probe import probe
segment_film(probe(Path(sys.argv[1])), Path(sys.argv[3]), {DESCRIBED: Path(sys.argv[2])})
"""


def repeated(sample: Path, minutes: int, folder: Path) -> tuple[Path, Path]:
    """The sample, as often as it takes; and its first sound alone, in the place of a described one."""
    film, sound = folder / "film.mp4", folder / "described.m4a"
    often = ["-stream_loop", "-1", "-i", str(sample), "-t", str(60 * minutes), "-c", "copy"]
    _ffmpeg(*often, "-map", "0:v:0", "-map", "0:a", str(film))
    _ffmpeg("-i", str(film), "-map", "0:a:0", "-c", "copy", str(sound))
    return film, sound


def ffmpeg_s(film: Path, sound: Path, folder: Path, sounds: int) -> tuple[float, float]:
    """What FFmpeg takes for the same segments."""
    streams = " ".join(["v:0,agroup:a", *(f"a:{n},agroup:a" for n in range(sounds + 1))])
    maps = ["-map", "0:v:0", "-map", "0:a", "-map", "1:a:0", "-c", "copy", "-b:v", "1M"]
    hls = ["-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    names = ["-master_pl_name", "master.m3u8", "-var_stream_map", streams, str(folder / "s%v/index.m3u8")]
    return _timed(lambda: _ffmpeg("-i", str(film), "-i", str(sound), *maps, *hls, *names))


def ffmpeg_dash_s(film: Path, sound: Path, folder: Path, sounds: int) -> tuple[float, float]:
    """What FFmpeg takes for the same tracks as DASH, which it cuts by itself, however many `sounds` there are."""
    folder.mkdir()
    maps = ["-map", "0:v:0", "-map", "0:a", "-map", "1:a:0", "-c", "copy"]
    dash = ["-f", "dash", "-seg_duration", "6", str(folder / "manifest.mpd")]
    return _timed(lambda: _ffmpeg("-i", str(film), "-i", str(sound), *maps, *dash))


def ours_s(film: Path, sound: Path, folder: Path) -> tuple[float, float]:
    folder.mkdir()
    command = [sys.executable, "-c", OURS, str(film), str(sound), str(folder)]
    return _timed(lambda: subprocess.run(command, check=True))


FORMS = {"hls": ffmpeg_s, "dash": ffmpeg_dash_s}


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and those that the processor was busy for it."""
    os.sync()
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begin, busy_s


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-y", "-loglevel", "error", *arguments], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=90)
    parser.add_argument("--film", type=Path, default=Path(__file__).parent.parent / "samples/sample.mp4")
    parser.add_argument("--form", choices=FORMS, default="hls", help="what FFmpeg makes")
    chosen = parser.parse_args()
    from audiodesc.media.probe import probe

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        film, sound = repeated(chosen.film, chosen.minutes, folder)
        sounds = len(probe(film).audio_tracks)
        theirs, ours = [], []
        print(f"{film.stat().st_size / 1e6:.0f} MB, {chosen.minutes} minutes; load {os.getloadavg()[0]:.1f}")
        for _ in range(ROUNDS):
            theirs.append(FORMS[chosen.form](film, sound, folder / "theirs", sounds))
            ours.append(ours_s(film, sound, folder / "ours"))
            for name in ("theirs", "ours"):
                shutil.rmtree(folder / name)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        for n, name in enumerate(("seconds", "seconds of processor")):
            mine, other = min(one[n] for one in ours), min(one[n] for one in theirs)
            print(f"{name}: ours {mine:.2f}, ffmpeg {other:.2f}: {mine / other:.2f}x (wanted: at most 1.3x)")
        print(f"peak memory of the larger of both: {peak:.0f} MB")


if __name__ == "__main__":
    main()
