"""A line as it is heard in the mix, with what is around it: cut out, and played with a program that is here already.

A library that plays would be sounddevice; on Linux it needs PortAudio from the system, where a computer with
loudspeakers has one of these programs anyway.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from audiodesc.core.formatting import clock, number_of, plain
from audiodesc.errors import InputError, UsageError
from audiodesc.media.clips import Excerpt, cut, wav_bytes, write_excerpt
from audiodesc.model import Take
from audiodesc.project.folder import hold_folder
from audiodesc.project.output_file import check_free, write_whole
from audiodesc.project.project import open_project
from audiodesc.project.saved import saved_film
from audiodesc.report import AGAIN, ENDING, read_report, report_in
from audiodesc.report.model import Report, ReportSegment

LONGEST_S = 60.0
UNHEARD = "No sound can be played here: there is no sound device, or no program for it, such as aplay or ffplay."


@dataclass(frozen=True, slots=True)
class LineExcerpt:
    """A line and the sound around it; `stem` is the film's name without its ending."""

    folder: Path
    stem: str
    line: ReportSegment
    sound: Excerpt


def find_line(folder: Path, number: int, seconds: float = 3.0) -> LineExcerpt:
    """The `number`-th line (1 is the first) of the folder's report, with `seconds` of the mix before and after it.

    Raises UsageError where there is no such line, InputError where the folder holds no report or no mix.
    """
    if not 0 <= seconds <= LONGEST_S:
        raise UsageError(f"{seconds:g} seconds before and after the line", f"give 0 to {LONGEST_S:g}")
    path = report_in(folder)
    report = read_report(path)
    track = _track(report, path)
    lines = report.spoken
    found = [(line, line.heard or line.placed) for line in lines if line.number == number and line.placed]
    if not found:
        raise UsageError(f"{folder} has no spoken line {number}, of {number_of(len(lines), 'line')}", _known(lines))
    if not (folder / track).is_file():
        raise InputError(f"{folder / track} does not exist", AGAIN)
    (line, placed), around = found[0], round(seconds * 1000)
    sound = cut(folder / track, max(0, placed.start_ms - around), placed.end_ms + around)
    return LineExcerpt(folder, path.name.removesuffix(ENDING), line, sound)


def line_text(line: ReportSegment) -> str:
    """A line with its number and times, for a person."""
    words = " ".join(plain(line.line).split())
    times = f"{clock(line.placed.start_ms, 1)} to {clock(line.placed.end_ms, 1)}" if line.placed else ""
    who = " (a person's voice)" if line.recording else f" (voice {line.voice})" if line.voice else ""
    return f"Line {line.number}, {times}{who}: {words}"


def _known(lines: Sequence[ReportSegment]) -> str:
    if not lines:
        return "there is nothing to hear"
    first, last = lines[0].number, lines[-1].number
    return f"give --line a number from {first} to {last}, as the page has them"


def play(excerpt: LineExcerpt) -> Path | None:
    """Play it; where nothing can, write it into the folder and give back where."""
    with TemporaryDirectory(prefix="audiodesc-") as place:
        path = Path(place) / "line.wav"
        write_excerpt(excerpt.sound, path)
        if play_file(path, excerpt.sound.seconds):
            return None
    name = f"{excerpt.stem}.line-{excerpt.line.number}.wav"
    with hold_folder(excerpt.folder) as work:
        work.claim([name], force=False)
        write_excerpt(excerpt.sound, work.partial(name))
        work.publish({name: work.partial(name)})
    return excerpt.folder / name


def play_moment(project: Path, start_ms: int, end_ms: int) -> bool:
    """Play a moment of a described film: its mix where there is one, else the film's own sound. False where nothing can
    play here. Raises InputError where there is neither."""
    sound = cut(_sound_of(project), start_ms, end_ms)
    with TemporaryDirectory(prefix="audiodesc-") as place:
        path = Path(place) / "moment.wav"
        write_excerpt(sound, path)
        return play_file(path, sound.seconds)


def _sound_of(project: Path) -> Path:
    if project.is_file():  # a film that nobody described
        return project
    with suppress(InputError):
        path = report_in(project)
        mixed = project / _track(read_report(path), path)
        if mixed.is_file():
            return mixed
    with open_project(project) as opened:
        return saved_film(opened)


def write(excerpt: LineExcerpt, output: Path, force: bool = False) -> Path:
    """Write it as a WAV file, whole or not at all. Raises OutputError for a file that is there, unless `force`."""
    return _written(output, force, lambda partial: write_excerpt(excerpt.sound, partial))


def write_take(take: Take, output: Path, force: bool = False) -> Path:
    """Write a take as `write` does an excerpt."""
    return _written(output, force, lambda partial: partial.write_bytes(wav_bytes(take.samples)))


def check_wav(output: Path, force: bool = False) -> None:
    """Raises what `write` would of this name, before there is anything to write."""
    if output.suffix.lower() != ".wav":
        raise UsageError(f"{output} is not the name of a WAV file", "give a name that ends in .wav")
    check_free(output, force=force)


def _written(output: Path, force: bool, write_to: Callable[[Path], object]) -> Path:
    check_wav(output, force)
    return write_whole(output, write_to, force=force)


def _track(report: Report, path: Path) -> str:
    """The name of the report's mix. It may have been changed, or come from somewhere else."""
    made = report.files.get("track")
    if not made and not report.spoken:
        raise InputError(f"no line is spoken, as {path} says", "see there why; there is nothing to hear")
    if not made:
        raise InputError(f"{path} is of a script alone", "make the sound with `audiodesc make` or `render`")
    if Path(made.name).name != made.name:
        raise InputError(
            f"{path} is not a report of audiodesc, or it is damaged (its track is in another folder)", AGAIN
        )
    return made.name


PLAYERS = (
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("afplay",),
)
PATIENCE_S = 10
"""How much longer than the sound a player may take before it is taken to hang."""


def play_file(path: Path, seconds: float) -> bool:
    """Play a file of that length to its end; False where no program can, for lack of one or of a loudspeaker."""
    return any(_runs([shutil.which(name), *options, str(path.resolve())], seconds) for name, *options in PLAYERS)


def _runs(command: list[str | None], seconds: float) -> bool:
    program, *arguments = command
    if program is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603 — a program of the table, with a path of our own
            [program, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds + PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
