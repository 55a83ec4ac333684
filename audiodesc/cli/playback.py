"""A line as it is heard in the mix, with what is around it: cut out, and played with a program that is here already.

A library that plays would be sounddevice; on Linux it needs PortAudio from the system, where a computer with
loudspeakers has one of these programs anyway.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from json import loads
from os import getpid
from pathlib import Path
from tempfile import TemporaryDirectory

from audiodesc.core.files import read_whole
from audiodesc.core.formatting import number_of
from audiodesc.errors import InputError, OutputError, UsageError
from audiodesc.media.clips import Excerpt, cut, write_excerpt
from audiodesc.project.folder import output_errors, workplace
from audiodesc.report.html.facts import Spoken, spoken

REPORT = ".ad.json"
LARGEST_REPORT = 100_000_000
LONGEST_S = 60.0
AGAIN = "make it again with `audiodesc make` or `render`"


@dataclass(frozen=True, slots=True)
class Heard:
    """A line and the sound around it; `stem` is the film's name without its ending."""

    folder: Path
    stem: str
    line: Spoken
    sound: Excerpt


def find_line(folder: Path, number: int, seconds: float = 3.0) -> Heard:
    """The `number`-th line (1 is the first) of the folder's report, with `seconds` of the mix before and after it.

    Raises UsageError where there is no such line, InputError where the folder holds no report or no mix.
    """
    if not 0 <= seconds <= LONGEST_S:
        raise UsageError(f"{seconds:g} seconds before and after the line", f"give 0 to {LONGEST_S:g}")
    report = _report(folder)
    lines, track = _read(report)
    found = [line for line in lines if line.number == number]
    if not found:
        raise UsageError(f"{folder} has no spoken line {number}, of {number_of(len(lines), 'line')}", _known(lines))
    if not (folder / track).is_file():
        raise InputError(f"{folder / track} does not exist", AGAIN)
    line, around = found[0], round(seconds * 1000)
    sound = cut(folder / track, max(0, line.start_ms - around), line.end_ms + around)
    return Heard(folder, report.name.removesuffix(REPORT), line, sound)


def _known(lines: Sequence[Spoken]) -> str:
    if not lines:
        return "there is nothing to hear"
    first, last = lines[0].number, lines[-1].number
    return f"give --line a number from {first} to {last}, as the page has them"


def play(heard: Heard) -> Path | None:
    """Play it; where nothing can, write it into the folder and give back where."""
    with TemporaryDirectory(prefix="audiodesc-") as place:
        path = Path(place) / "line.wav"
        write_excerpt(heard.sound, path)
        if play_file(path, heard.sound.seconds):
            return None
    name = f"{heard.stem}.line-{heard.line.number}.wav"
    with workplace(heard.folder) as work:
        work.claim([name], force=False)
        write_excerpt(heard.sound, work.partial(name))
        work.publish({name: work.partial(name)})
    return heard.folder / name


def write(heard: Heard, output: Path, force: bool = False) -> Path:
    """Write it as a WAV file, whole or not at all. Raises OutputError for a file that is there, unless `force`."""
    if output.suffix.lower() != ".wav":
        raise UsageError(f"{output} is not the name of a WAV file", "give a name that ends in .wav")
    if output.is_dir() or not output.parent.is_dir():
        raise OutputError(f"{output} cannot be written", "give the name of a file in a folder that exists")
    if output.exists() and not force:
        raise OutputError(f"{output} is there already", "give another name, or --force to replace it")
    partial = output.with_name(f".{output.stem}.{getpid()}.partial")
    with output_errors(output.parent):
        try:
            write_excerpt(heard.sound, partial)
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)
    return output


def _report(folder: Path) -> Path:
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder", "give the folder that `audiodesc make` wrote, such as film.ad")
    reports = sorted(folder.glob(f"*{REPORT}"))
    if len(reports) != 1:
        raise InputError(f"{folder} holds {len(reports)} reports ({REPORT}), not one", "give the folder of one film")
    return reports[0]


def _read(report: Path) -> tuple[list[Spoken], str]:
    """The report's lines and the name of its mix. It may have been changed, or come from somewhere else."""
    try:
        content = loads(read_whole(report, LARGEST_REPORT).decode("utf-8"))
        lines = spoken(content)
        track = content["files"].get("track", {}).get("name", "")
        sane = all(_sane(line) for line in lines) and isinstance(track, str)
    except OSError as error:
        raise InputError(f"{report} cannot be read ({error.strerror})", "allow yourself to read it") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_report(report) from error
    if not sane:
        raise _no_report(report)
    if not track and not lines:
        raise InputError(f"no line is spoken, as {report} says", "see there why; there is nothing to hear")
    if not track:
        raise InputError(f"{report} is of a script alone", "make the sound with `audiodesc make` or `render`")
    if Path(track).name != track:
        raise _no_report(report)
    return lines, track


def _no_report(report: Path) -> InputError:
    return InputError(f"{report} is not a report of audiodesc, or it is damaged", AGAIN)


def _sane(line: Spoken) -> bool:
    times = isinstance(line.start_ms, int) and isinstance(line.end_ms, int)
    return times and 0 <= line.start_ms <= line.end_ms and isinstance(line.text, str)


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
