"""What a deliverable of sound takes beyond the mix, beside its encoder alone; five at once; and memory in 5.1.

    python benchmarks/deliverables.py [--minutes 20] [--rounds 3] [--surround] [--memory 20 60] [--workdir FOLDER]

The film is the sample, repeated; each run is a process of its own on the same two cores, timed from its first block to
its last file. "Beyond" is what it takes longer than the mix that writes no file. The encoder alone is the `ffmpeg`
program that makes a file of the same codec and bit rate out of the mix as a WAV. Times are the best of the rounds; the
processor time beside them hardly depends on what else the machine does. `--memory` measures only the peak memory of
five at once in 5.1, for two lengths.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from imageio_ffmpeg import get_ffmpeg_exe
from rows import SURROUND
from timing import pin, ran

SAMPLE = Path(__file__).parent.parent / "samples" / "sample.mp4"
HERE = Path(__file__)
LINES_A_MINUTE = 4

ENCODERS: Final[Mapping[str, Sequence[str]]] = {
    "mix-wav": ("-c:a", "pcm_s24le", "x.wav"),
    "mix-flac": ("-c:a", "flac", "x.flac"),
    "track": ("-c:a", "aac", "-b:a", "{aac}", "x.m4a"),
    "mix-ac3": ("-c:a", "ac3", "-b:a", "{ac3}", "x.ac3"),
    "mix-eac3": ("-c:a", "eac3", "-b:a", "{ac3}", "x.eac3"),
    "mix-opus": ("-c:a", "libopus", "-mapping_family", "{family}", "-b:a", "{opus}", "x.opus"),
    "mix-mp2": ("-c:a", "mp2", "-b:a", "256k", "x.mp2"),
    "stems": [part for n in "123" for part in ("-c:a", "pcm_f32le", "-f", "wav", f"x{n}")],
}
"""What ffmpeg is given for the same; the track is the AAC that each run writes, of which `mix-aac` is a copy."""

RATES: Final = {False: {"aac": "240k", "ac3": "256k", "opus": "160k", "family": "0"}}
RATES[True] = {"aac": "640k", "ac3": "640k", "opus": "384k", "family": "1"}

FIVE: Final = ("mix-wav", "mix-flac", "track", "mix-ac3", "mix-opus")
HEAD: Final = (
    "| deliverable | with the mix, s | beyond | encoder alone | ratio | processor beyond | encoder's | ratio |"
)
MOST_MB: Final = 250
HOURS: Final = 4


@dataclass(frozen=True)
class Took:
    """Wall time and processor time in seconds, and peak memory."""

    seconds: float
    cpu_s: float
    peak_mb: float


def job(film: str, subtitles: str, script: str, folder: str, names: str) -> dict[str, float]:
    """Mix into these deliverables, or into none."""
    from jobs import _told

    from audiodesc.core.cache import Store
    from audiodesc.core.progress import silent
    from audiodesc.deliver import DELIVERABLES
    from audiodesc.deliver.sound import SoundDeliverable, SoundOrder, write_sound
    from audiodesc.mix import plan_mix
    from audiodesc.mix.levels import Target
    from audiodesc.mix.measure import feed, measure
    from audiodesc.mix.streaming import Places
    from audiodesc.settings import DeliverSettings, SoundSettings

    told, store = _told(film, subtitles, script, f"{folder}/clips"), Store(Path(folder, "measured"))
    source = feed(told.film, told.track, None, None)
    heard = measure(source, (), store, silent)
    wanted = names.split(",") if names else []
    chosen = DeliverSettings(track="m4a" if "track" in wanted else "wav")
    sound = plan_mix(source, heard, told.spoken, (), Target(None), SoundSettings(), chosen)
    rows = [row for name, row in DELIVERABLES.items() if name in wanted and isinstance(row, SoundDeliverable)]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        files = {row.name: Path(place, row.file_name(told.film, chosen)) for row in rows}
        started, used = perf_counter(), process_time()
        write_sound(sound, heard, -1.0, Places(), SoundOrder(files, chosen.track), silent, rows)
        took = Took(perf_counter() - started, process_time() - used, 0.0)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {"seconds": took.seconds, "cpu_s": took.cpu_s, "peak_mb": peak_mb}


def ours(made: Mapping[str, Any], folder: Path, names: Iterable[str], rounds: int) -> Took:
    """The best of the rounds."""
    given = [made["film"], made["subtitles"], made["script"], folder, ",".join(names)]
    told = [json.loads(ran([sys.executable, HERE, "--job", *given]).output) for _ in range(rounds)]
    return Took(*(min(one[name] for one in told) for name in ("seconds", "cpu_s", "peak_mb")))


def theirs(wav: Path, name: str, folder: Path, rounds: int, *, surround: bool) -> Took:
    """ffmpeg's encoder alone."""
    options = [one.format(**RATES[surround]) for one in ENCODERS[name]]
    options = [str(folder / one) if one[0] == "x" else one for one in options]
    runs = [ran([get_ffmpeg_exe(), "-y", "-nostdin", "-v", "error", "-i", wav, *options]) for _ in range(rounds)]
    return Took(*(min(getattr(one, name) for one in runs) for name in ("seconds", "cpu_seconds", "peak_mb")))


def material(minutes: int, folder: Path, *, surround: bool) -> dict[str, Any]:
    from material import make_material

    made = make_material(SAMPLE, minutes, LINES_A_MINUTE * minutes, folder / f"{minutes}")
    film = made.film
    if surround:
        film = made.film.with_name("surround.mkv")
        again = ["-i", made.film, "-map", "0", "-c:v", "copy", "-af", SURROUND, "-c:a", "ac3", film]
        subprocess.run([get_ffmpeg_exe(), "-nostdin", "-v", "error", *map(str, again)], check=True)
    return {"film": film, "subtitles": made.subtitles, "script": made.script}


def table(minutes: int, rounds: int, folder: Path, *, surround: bool) -> Iterator[str]:
    """Each deliverable alone, and five at once."""
    made, layout = material(minutes, folder, surround=surround), "5.1" if surround else "stereo"
    wav = folder / "mix.wav"
    decoded = [get_ffmpeg_exe(), "-y", "-nostdin", "-v", "error", "-i", made["film"], "-c:a", "pcm_s24le", wav]
    subprocess.run(decoded, check=True)
    ours(made, folder, (), 1)  # voices the lines, and measures the film
    mix = ours(made, folder, (), rounds)
    yield f"{minutes} min, {layout}: the mix alone {mix.seconds:.1f} s ({mix.cpu_s:.1f} s of processor)"
    yield f"{HEAD}\n|{' --- |' * 8}"
    alone: dict[str, float] = {}
    for name in ENCODERS:
        if surround and name == "mix-mp2":
            continue
        one, other = ours(made, folder, [name], rounds), theirs(wav, name, folder, rounds, surround=surround)
        alone[name] = one.seconds
        beyond, cpu = one.seconds - mix.seconds, one.cpu_s - mix.cpu_s
        cells = (f"{one.seconds:.1f}", f"{beyond:.1f}", f"{other.seconds:.1f}", f"{beyond / other.seconds:.2f}")
        yield f"| {name} | {' | '.join(cells)} | {cpu:.1f} | {other.cpu_s:.1f} | {cpu / other.cpu_s:.2f} |"
    five, longest = ours(made, folder, FIVE, rounds), max(alone[name] for name in FIVE)
    ratio = five.seconds / longest
    met = "met" if ratio <= 1.5 else "not met"
    said = f"{five.seconds:.1f} s, the longest alone {longest:.1f} s: {ratio:.2f}× ({met}: 1.5×)"
    yield f"five at once ({', '.join(FIVE)}): {said}"


def memory(lengths: Sequence[int], folder: Path) -> Iterator[str]:
    """Peak memory of all in 5.1 for two lengths, and what four hours would take if it goes on so."""
    found: dict[int, float] = {}
    for minutes in lengths:
        made = material(minutes, folder, surround=True)
        ours(made, folder, (), 1)
        found[minutes] = ours(made, folder, FIVE, 1).peak_mb
        yield f"five at once in 5.1, {minutes} min: {found[minutes]:.0f} MB"
    short, long = lengths
    more = found[long] + (found[long] - found[short]) * (HOURS * 60 - long) / (long - short)
    yield f"extrapolated to {HOURS} hours: {more:.0f} MB ({'met' if more <= MOST_MB else 'not met'}: {MOST_MB} MB)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--surround", action="store_true", help="the film's sound in 5.1")
    parser.add_argument("--memory", type=int, nargs=2, metavar="MINUTES", help="two lengths, such as 20 60")
    parser.add_argument("--workdir", type=Path)
    given = parser.parse_args()
    cores = pin()
    print(f"on cores {cores}; load before the start {os.getloadavg()[0]:.1f}, and it should be 0")
    with tempfile.TemporaryDirectory(dir=given.workdir) as folder:
        place = Path(folder)
        lines = (
            memory(given.memory, place)
            if given.memory
            else table(given.minutes, given.rounds, place, surround=given.surround)
        )
        for line in lines:
            print(line, flush=True)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        print(json.dumps(job(*sys.argv[2:])))
    else:
        main()
