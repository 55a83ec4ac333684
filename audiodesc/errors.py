"""Every failure that a user can act on.

    AudiodescError            1   anything below, for `except`
    ├── UsageError            2   an argument, option or name that does not exist
    ├── InputError            3   a file that was given cannot be used
    │   ├── FilmError
    │   ├── SubtitleError
    │   ├── ScriptError
    │   └── ProjectError
    ├── MissingToolError      4   something that must be installed first
    ├── OutputError           5   a result cannot be written, or would replace what is not ours
    ├── BusyError             6   another run works in the same folder
    ├── StrictError           7   `--strict` was given, and lines were left out or none is spoken
    └── ConflictError         9   an edit of a line that was changed meanwhile

The number is the exit code of the command line; 8 is that of a `check` that found errors, and of an `inspect --against`
that failed, which is a result and no failure. Each message is one line that says what is wrong with which
file, then what to do.
"""

from __future__ import annotations

import re
from typing import ClassVar

BREAKS = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")


class AudiodescError(Exception):
    """A failure with its remedy.

    `fault` names the file and what is wrong with it; `remedy` says what to do, as an imperative sentence.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, fault: str, remedy: str = "") -> None:
        super().__init__(fault, remedy)  # both in `args`, so that the error survives pickling
        self.fault = fault
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.fault}: {self.remedy}" if self.remedy else self.fault
        return BREAKS.sub(" ", text).strip()


class UsageError(AudiodescError):
    """An argument, an option's value or a name that does not exist."""

    exit_code = 2


class InputError(AudiodescError):
    """A file that was given cannot be used."""

    exit_code = 3


class FilmError(InputError):
    """Not a film, damaged, or without what the work needs."""


class SubtitleError(InputError):
    """Subtitles that are missing, empty or unreadable."""


class ScriptError(InputError):
    """A description script that is missing, empty or unreadable."""


class ProjectError(InputError):
    """The file of a person's work is damaged, or was written by a newer audiodesc."""


class MissingToolError(AudiodescError):
    """Something that must be installed first; the remedy gives the command."""

    exit_code = 4


class OutputError(AudiodescError):
    """A result cannot be written, or would replace a file that this program did not make."""

    exit_code = 5


class BusyError(AudiodescError):
    """Another run works in the same folder."""

    exit_code = 6


class StrictError(AudiodescError):
    """`--strict` was given, and lines were left out, or none is spoken, so that the film was not described."""

    exit_code = 7


class ConflictError(AudiodescError):
    """An edit was made on an older version of a line, which was changed meanwhile. Nothing was changed by it."""

    exit_code = 9
