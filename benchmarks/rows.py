"""The rows of the table: for each, what is run on both sides and what is wanted."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from imageio_ffmpeg import get_ffmpeg_exe
from timing import Ran, best, ran

JOBS = Path(__file__).with_name("jobs.py")
ROUNDS = 3
SHORTER = 9
"""Memory is compared with that for a film of a ninth of the length: 10 minutes for 90."""

DUCKING = "sidechaincompress=threshold=0.01:ratio=4:attack=50:release=500"
MIXING = f"[1:a]asplit[key][voice];[0:a:0][key]{DUCKING}[low];[low][voice]amix=duration=first:normalize=0[out]"
LOUDNORM = "loudnorm=I=-23:TP=-1:LRA=20"
SECOND_PASS = f"{LOUDNORM}:measured_I=-20:measured_TP=-3:measured_LRA=8:measured_thresh=-31:linear=true"
"""The numbers of the first pass change what the second makes, and not how long it takes."""

SURROUND = "pan=5.1|FL=c0|FR=c1|FC=0.5*c0+0.5*c1|LFE=0.1*c0|BL=0.3*c0|BR=0.3*c1"
PROFILES = ("source", "r128", "a85", "streaming")
LONG_MIN = 240
"""Minutes: 4 hours, for a film of 90 minutes in the other rows."""

NEW_LINES = ("Snow falls.", "Fog rises.", "Rain stops.")
"""What a line is changed to, in each round another."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table, as text; `notes` stand below the table."""

    work: str
    ours: str
    against: str
    theirs: str
    ratio: str
    wanted: str
    met: bool
    notes: tuple[str, ...] = ()


@dataclass
class Bench:
    """A folder to work in, and what was made in it so far."""

    folder: Path
    sample: Path
    minutes: int
    lines: int
    materials: dict[int, dict[str, Any]] = field(default_factory=dict)
    mixed_s: list[float] = field(default_factory=list)

    @property
    def store(self) -> Path:
        return self.folder / "clips"

    def material(self, minutes: int) -> dict[str, Any]:
        """A film of that length, its subtitles, its script, and its lines voiced; made once."""
        if minutes not in self.materials:
            lines, folder = max(1, self.lines * minutes // self.minutes), self.folder / f"{minutes}-minutes"
            made = job("material", self.sample, minutes, lines, folder)
            voiced = job("voice", *_parts(made), self.store)
            (folder / "clips.json").write_text(json.dumps(voiced["clips"]), "utf-8")
            self.materials[minutes] = made | {
                "clips": folder / "clips.json",
                "voiced": len(voiced["clips"]),
                "voiced_s": voiced["seconds"],
            }
        return self.materials[minutes]

    @property
    def film(self) -> Path:
        return Path(self.material(self.minutes)["film"])

    def mix(self, minutes: int) -> dict[str, Any]:
        """Our mix of the film of that length; only the narration is kept."""
        done = self.mixed(self.material(minutes), "source")
        if minutes == self.minutes:
            self.mixed_s.append(done["seconds"])
        return done

    def mixed(self, made: dict[str, Any], loudness: str) -> dict[str, Any]:
        """A mix of ours of any film, at that loudness."""
        done = job("mix", *_parts(made), self.store, self.folder, loudness)
        (self.folder / "ours.wav").unlink()
        return done

    def surround(self, minutes: int) -> dict[str, Any]:
        """The film of that length with sound in 5.1, as AC-3."""
        made = self.material(minutes)
        film = Path(made["film"]).with_name("surround.mkv")
        if not film.exists():
            ffmpeg(
                "-i",
                made["film"],
                "-map",
                "0:v:0",
                "-map",
                "0:a:0",
                "-c:v",
                "copy",
                "-af",
                SURROUND,
                "-c:a",
                "ac3",
                film,
            )
        return made | {"film": str(film)}


def job(name: str, *arguments: str | int | Path) -> dict[str, Any]:
    """What a job of ours answers, which runs in a process of its own."""
    answer: dict[str, Any] = json.loads(ran([sys.executable, JOBS, name, *map(str, arguments)]).output)
    return answer


def ffmpeg(*arguments: str | Path) -> Ran:
    return ran([get_ffmpeg_exe(), "-y", "-nostdin", "-nostats", "-v", "error", *arguments])


def audiodesc(*arguments: str | Path) -> Ran:
    return ran([sys.executable, "-m", "audiodesc", *arguments])


def mix(bench: Bench) -> Row:
    """Loudness and mix against two passes of ffmpeg."""
    ours_mb = bench.mix(bench.minutes)["track_mb"]  # makes the narration for the other side too
    narration = bench.folder / "narration.wav"
    ffmpeg("-i", bench.folder / "narration.flac", "-c:a", "pcm_s16le", narration)
    out = bench.folder / "theirs.wav"

    def theirs() -> float:
        heard = ffmpeg("-i", bench.film, "-map", "0:a:0", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-")
        graph = ["-filter_complex", MIXING, "-map", "[out]", "-c:a", "pcm_s24le", "-rf64", "auto"]
        return heard.seconds + ffmpeg("-i", bench.film, "-i", narration, *graph, out).seconds

    ours_s, theirs_s = best(ROUNDS, lambda: float(bench.mix(bench.minutes)["seconds"]), theirs)
    theirs_mb = out.stat().st_size / 1e6
    if abs(ours_mb / theirs_mb - 1) > 0.01:
        raise RuntimeError(f"ours is a WAV of {ours_mb:.0f} MB, theirs one of {theirs_mb:.0f} MB")
    narration.unlink()
    out.unlink()
    return Row(
        f"loudness and mix of {bench.minutes} min with {_voiced(bench)} lines, to a 24-bit WAV",
        _s(ours_s),
        "ffmpeg: `ebur128=peak=true`, then `sidechaincompress` and `amix`, narration ready",
        _s(theirs_s),
        *_at_most(ours_s / theirs_s, 0.9),
        (f"mix: the best of {ROUNDS} rounds; a WAV of {ours_mb:.0f} MB on both sides.",),
    )


def memory(bench: Bench) -> Row:
    """Peak memory of the mix, for a long film and for a short one."""
    shorter = max(1, bench.minutes // SHORTER)
    long_mb, short_mb = (bench.mix(minutes)["peak_mb"] for minutes in (bench.minutes, shorter))
    ratio, wanted, same = _at_most(long_mb / short_mb, 1.05)
    return Row(
        f"peak memory of that, {bench.minutes} min",
        f"{long_mb:.0f} MB",
        f"the same for {shorter} min",
        f"{short_mb:.0f} MB",
        ratio,
        f"≤ 200 MB, {wanted}",
        same and long_mb <= 200,
    )


def loudnorm(bench: Bench) -> Row:
    """Our mix to R128 against ffmpeg's: side chain, mix and `loudnorm`, in its two passes."""
    made, narration, out = bench.material(bench.minutes), bench.folder / "narration.wav", bench.folder / "theirs.wav"
    bench.mixed(made, "r128")  # makes the narration for the other side too
    ffmpeg("-i", bench.folder / "narration.flac", "-c:a", "pcm_s16le", narration)

    def run(normal: str, *to: str | Path) -> float:
        graph = ["-filter_complex", MIXING.replace("[out]", f"[mixed];[mixed]{normal}[out]"), "-map", "[out]"]
        return ffmpeg("-i", bench.film, "-i", narration, *graph, *to).seconds

    def theirs() -> float:
        wav = ("-ar", "48000", "-c:a", "pcm_s24le", "-rf64", "auto", out)
        return run(LOUDNORM, "-f", "null", "-") + run(SECOND_PASS, *wav)

    ours_s, theirs_s = best(ROUNDS, lambda: float(bench.mixed(made, "r128")["seconds"]), theirs)
    narration.unlink()
    out.unlink()
    return Row(
        f"loudness and mix of {bench.minutes} min to R128, to a 24-bit WAV",
        _s(ours_s),
        "ffmpeg: `sidechaincompress`, `amix` and `loudnorm` in two passes, narration ready",
        _s(theirs_s),
        *_at_most(ours_s / theirs_s, 0.7),
    )


def surround(bench: Bench) -> Row:
    """Every profile in 5.1 against the film's length."""
    made = bench.surround(bench.minutes)
    seconds = {loudness: float(bench.mixed(made, loudness)["seconds"]) for loudness in PROFILES}
    film_s, slowest = bench.minutes * 60, max(seconds.values())
    return Row(
        f"loudness and mix of {bench.minutes} min in 5.1, the slowest of {len(PROFILES)} profiles",
        _s(slowest),
        "the film's length",
        _s(film_s),
        *_faster(film_s / slowest, 20),
        (f"surround: {', '.join(f'{name} {spent:.1f} s' for name, spent in seconds.items())}.",),
    )


def long(bench: Bench) -> Row:
    """Peak memory of a film of 4 hours in 5.1 (shorter where the other rows are)."""
    minutes = max(1, LONG_MIN * bench.minutes // 90)
    done = bench.mixed(bench.surround(minutes), "streaming")
    return Row(
        f"peak memory of {minutes} min in 5.1, loudness for streaming",
        f"{done['peak_mb']:.0f} MB",
        "—",
        "—",
        "—",
        "≤ 250 MB",
        done["peak_mb"] <= 250,
        (f"long: {done['seconds']:.1f} s, a WAV of {done['track_mb']:.0f} MB.",),
    )


def pydub(bench: Bench) -> Row:
    """The same mix against an overlay for each line."""
    if not bench.mixed_s:
        bench.mix(bench.minutes)
    decoded, out = bench.folder / "decoded.wav", bench.folder / "pydub.wav"
    ffmpeg("-i", bench.film, "-map", "0:a:0", "-c:a", "pcm_s16le", decoded)
    done = job("pydub", decoded, bench.material(bench.minutes)["clips"], out)
    decoded.unlink()
    out.unlink()
    ours_s = min(bench.mixed_s)
    return Row(
        f"loudness and mix of {bench.minutes} min with {_voiced(bench)} lines",
        _s(ours_s),
        f"pydub: decoded WAV, `overlay` for each line (estimated from {done['overlaid']})",
        _s(done["seconds"]),
        *_faster(done["seconds"] / ours_s, 50),
        (
            f"pydub: {done['each']:.2f} s for each line, {done['once']:.1f} s to read and write once, "
            f"{done['peak_mb'] / 1000:.1f} GB of memory.",
        ),
    )


def cuts(bench: Bench) -> Row:
    """Key frames and cuts against decoding the key frames."""
    decode = ("-skip_frame", "nokey", "-i", bench.film, "-map", "0:v:0", "-fps_mode", "passthrough")
    ours_s, theirs_s = best(
        ROUNDS,
        lambda: float(job("cuts", bench.film)["seconds"]),
        lambda: ffmpeg(*decode, "-f", "null", "-").seconds,
    )
    against = "ffmpeg: `-skip_frame nokey`, decoding to null"
    work = f"cuts from the key frames of {bench.minutes} min"
    return Row(work, _s(ours_s), against, _s(theirs_s), *_at_most(ours_s / theirs_s, 1.3))


def make(bench: Bench) -> Row:
    """The whole program against the film's length."""
    made, folder = bench.material(bench.minutes), bench.folder / "make"
    done = audiodesc("make", made["film"], "--subs", made["subtitles"], "-o", folder, "-q")
    report = json.loads((folder / "film.ad.json").read_text("utf-8"))
    shutil.rmtree(folder)
    film_s, totals = report["film"]["duration_ms"] / 1000, report["totals"]
    voiced_s = made["voiced_s"]
    return Row(
        f"`audiodesc make`, {bench.minutes} min, {len(report['segments'])} places to speak",
        _s(done.seconds),
        "the film's length",
        _s(film_s),
        *_faster(film_s / done.seconds, 30),
        (
            f"make: {done.peak_mb:.0f} MB of memory at its peak; {_stages(report)}.",
            f"make: the film repeats itself, and what was told once is not told again: {totals['lines']} lines are "
            f"spoken. To voice the {made['voiced']} lines of the script took {voiced_s:.1f} s; with that added it "
            f"would be {film_s / (done.seconds + voiced_s):.0f}× faster.",
        ),
    )


def render(bench: Bench) -> Row:
    """Rendering after one line was changed against a stream copy and an encode."""
    return _rendered(bench, "render", "after one of its lines was changed", 0.35, forget=False)


def first(bench: Bench) -> Row:
    """The same with nothing kept of the encoded sound: the first mix of a film that is analysed and voiced."""
    return _rendered(bench, "first", "for the first time, voiced beforehand", 1.0, forget=True)


def _rendered(bench: Bench, name: str, work: str, wanted: float, *, forget: bool) -> Row:
    """Rendering with one line changed, where `forget` with all parts of the AAC to be encoded."""
    made, folder, out = bench.material(bench.minutes), bench.folder / name, bench.folder / "copied.mp4"
    script = bench.folder / "edited.vtt"
    blocks = Path(made["script"]).read_text("utf-8").split("\n\n")

    def ours(blocks: list[str]) -> float:
        script.write_text("\n\n".join(blocks), "utf-8")
        done = audiodesc("render", made["film"], "--script", script, "--subs", made["subtitles"], "-o", folder, "-q")
        return done.seconds

    def ours_changed() -> float:
        before, number = _clips(folder), (len(blocks) + 1) // 2
        blocks[number] = f"{blocks[number].splitlines()[0]}\n{new_lines.pop()}"
        for part in folder.rglob("*.aac") if forget else ():
            part.unlink()
        seconds = ours(blocks)
        if _clips(folder) != before + 1:
            raise RuntimeError(f"one line was changed, and {_clips(folder) - before} were voiced")
        return seconds

    copy = ("-map", "0:v:0", "-map", "0:a:0", "-map", "0:a:0", "-c", "copy", "-c:a:1", "aac", "-b:a:1", "192k")
    new_lines = list(NEW_LINES)
    ours(blocks)
    ours_s, theirs_s = best(ROUNDS, ours_changed, lambda: ffmpeg("-i", made["film"], *copy, out).seconds)
    stages = _stages(json.loads((folder / "film.ad.json").read_text("utf-8")))
    shutil.rmtree(folder)
    out.unlink()
    return Row(
        f"`audiodesc render` of {bench.minutes} min with {made['lines']} lines {work}",
        _s(ours_s),
        "ffmpeg: stream copy and one AAC encode (192 kb/s)",
        _s(theirs_s),
        *_at_most(ours_s / theirs_s, wanted),
        (f"{name}: the best of {ROUNDS} rounds; the last one: {stages}.",),
    )


def help_(bench: Bench) -> Row:
    """How long the program takes to say what it can do."""
    ours_s = median(audiodesc("--help").cpu_seconds for _ in range(5))
    theirs_s = median(ran([sys.executable, "-c", "pass"]).cpu_seconds for _ in range(5))
    work, against = "`audiodesc --help`, processor time", "`python -c pass`"
    ratio = f"{ours_s / theirs_s:.1f}×"
    return Row(work, f"{ours_s:.2f} s", against, f"{theirs_s:.2f} s", ratio, "< 0.3 s", ours_s < 0.3)


def _parts(made: dict[str, Any]) -> tuple[str, str, str]:
    return made["film"], made["subtitles"], made["script"]


def _voiced(bench: Bench) -> int:
    return int(bench.material(bench.minutes)["voiced"])


def _stages(report: dict[str, Any]) -> str:
    return ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in report["seconds"].items())


def _clips(folder: Path) -> int:
    return len(list(folder.glob(".audiodesc/cache/say.*.wav")))


def _s(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _at_most(ratio: float, limit: float) -> tuple[str, str, bool]:
    return f"{ratio:.2f}×", f"≤ {limit:.2f}×", ratio <= limit


def _faster(ratio: float, least: float) -> tuple[str, str, bool]:
    return f"{ratio:.0f}× faster", f"≥ {least:.0f}× faster", ratio >= least


ROWS: dict[str, Callable[[Bench], Row]] = {
    "mix": mix, "memory": memory, "loudnorm": loudnorm, "surround": surround, "long": long, "pydub": pydub,
    "cuts": cuts, "make": make, "render": render, "first": first, "help": help_,
}  # fmt: skip
