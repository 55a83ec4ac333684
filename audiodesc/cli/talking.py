"""A conversation at the terminal, line by line, with answers that are printed while they are written, and spoken."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import typer

from audiodesc.cli.progress import stoppable
from audiodesc.cli.terminal import say, say_part
from audiodesc.core.progress import silent
from audiodesc.errors import AudiodescError, UsageError

if TYPE_CHECKING:
    from audiodesc.cli.questioning_options import Asking
    from audiodesc.questions.talk import Conversation

PROMPT: Final = "> "
HELP: Final = (
    "Ask in your own words; “at 14:02 …” or /at 14:02 goes to another moment. Ctrl-C ends an answer, Ctrl-D or /quit "
    "the conversation."
)
LONGEST_LINE: Final = 10_000
"""Characters of a line that is read."""

_AT: Final = re.compile(r"/at(?:\s+(\S+)\s*(.*))?", re.DOTALL)
_COMMAND: Final = re.compile(r"/[\w?-]*(?=\s|$)")


def chat(talk: Conversation, asking: Asking, first: str = "") -> None:
    """Ask what is typed, or stands on standard input, until it ends. Where questions of a file fail, the exit code is
    that of the last fault."""
    from audiodesc.cli.questioning_options import Moment

    code, spoken, is_typed = 0, 0, sys.stdin.isatty()
    if is_typed and not asking.as_json:
        say(HELP)
    if not talk.is_kept and not asking.quiet:
        say("audiodesc: this conversation is not kept: only that about a described film (FILM.ad) is", error=True)
    moment, force = asking.moment, bool(asking.settings and asking.settings.run.force)
    for line in _lines(first, is_typed):
        if line in ("/quit", "/exit"):
            break
        if line in ("/help", "/?"):
            say(HELP)
            continue
        try:
            at, question = _moved(line, talk)
            moment = Moment(at, spoilers=moment.spoilers) if at else moment
            if question:
                output = numbered(asking.output, spoken, force) if asking.output else None
                now, moment = moment, Moment(spoilers=moment.spoilers)  # the next is about the same, unless it says not
                _answer(talk, question, replace(asking, moment=now, output=output))
                spoken += 1
        except KeyboardInterrupt:
            say("\n(stopped)")
        except AudiodescError as error:
            say(f"audiodesc: {error}", error=True)
            code = error.exit_code
    if talk.is_kept and talk.number is not None and not asking.quiet:
        say(f"audiodesc: kept as conversation {talk.number} of {talk.film}", error=True)
    if code and not is_typed:
        raise typer.Exit(code)


def _lines(first: str, is_typed: bool) -> Iterator[str]:
    if first:
        yield first
    if is_typed:
        with suppress(ImportError):
            import readline  # noqa: F401 — gives `input` keys for editing, and what was typed before
    else:
        _tolerant(sys.stdin)
    while True:
        try:
            line = input(PROMPT) if is_typed else sys.stdin.readline(LONGEST_LINE)
        except KeyboardInterrupt:
            say("")
            continue
        except EOFError:
            say("")
            return
        if not is_typed and not line:
            return
        if line.strip():
            yield line.strip()


def _tolerant(stream: Any) -> None:
    """A file of questions in another encoding is read as far as it can be."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


def _moved(line: str, talk: Conversation) -> tuple[str, str]:
    """The time of "/at TIME", if the line begins with one, and the question. Raises UsageError for a time that the film
    does not have, and for another command."""
    found = _AT.fullmatch(line)
    if found and found[1]:
        talk.check_time(found[1])
        return found[1], found[2]
    if found:
        raise UsageError("/at has no time", "give one, as /at 14:02")
    if command := _COMMAND.match(line):
        raise UsageError(f"there is no command {command[0]}", "there are /at TIME, /help and /quit")
    return "", line


def numbered(output: Path, before: int, force: bool) -> Path:
    """The file of an answer, so many answers being written already: a.wav, a-2.wav … The next one that is free, unless
    files are replaced (`force`)."""
    number, path = before + 1, output if not before else output.with_stem(f"{output.stem}-{before + 1}")
    while before and path.exists() and not force:
        number += 1
        path = output.with_stem(f"{output.stem}-{number}")
    return path


def _answer(talk: Conversation, question: str, asking: Asking) -> None:
    from audiodesc.cli.questioning import print_answer

    streamed = Streamed()
    is_shown = sys.stdout.isatty() and not asking.as_json
    with stoppable(silent):
        found = talk.ask(question, **asking.times, **asking.options, said=streamed.said if is_shown else None)
    is_said = is_shown and streamed.finish(found.text)
    print_answer(talk, question, found, asking, is_said=is_said)


class Streamed:
    """Prints a text as it grows."""

    def __init__(self) -> None:
        self._shown = ""

    def said(self, text: str) -> None:
        if text.startswith(self._shown):
            say_part(text[len(self._shown) :])
            self._shown = text

    def finish(self, text: str) -> bool:
        """Print the rest of the whole text; False where it is another one than was shown, after a new line."""
        if not self._shown:
            return False
        goes_on = text.startswith(self._shown)
        say_part(f"{text[len(self._shown) :]}\n" if goes_on else "\n")
        return goes_on


def speak(talk: Conversation, text: str, asking: Asking) -> None:
    """Say an answer in the film's voice, or write it to the WAV file that was given. Raises what `spoken` raises."""
    from audiodesc.cli import playback
    from audiodesc.media.clips import wav_bytes
    from audiodesc.questions.aloud import spoken

    footage = talk.footage
    settings = asking.settings or (footage.settings if footage else None)
    if settings is None:
        raise UsageError("nothing says which voice speaks", "give --voice")
    take = spoken(text, settings, footage.language if footage else "")
    if asking.output:
        say(f"Written to {playback.write_take(take, asking.output, settings.run.force)}")
        return
    with TemporaryDirectory(prefix="audiodesc-") as folder:
        path = Path(folder) / "answer.wav"
        path.write_bytes(wav_bytes(take.samples))
        if not playback.play_file(path, take.duration_ms / 1000):
            say(playback.UNHEARD, error=True)
            say("To write the answer to a file, give -o FILE.wav.", error=True)
