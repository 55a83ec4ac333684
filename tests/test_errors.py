"""The error tree: exit codes, messages of one line, pickling."""

from __future__ import annotations

import copy
import pickle

import pytest

from audiodesc import errors
from audiodesc.describers.base import Failure, NoAnswerError
from audiodesc.describers.server.faults import LimitError
from audiodesc.errors import AudiodescError, InputError


def kinds(top: type[AudiodescError]) -> list[type[AudiodescError]]:
    """The kinds right below one, of those that a user meets; what a describer raises for its caller is not one."""
    return [child for child in top.__subclasses__() if child.__module__ == errors.__name__]


def tree(top: type[AudiodescError]) -> list[type[AudiodescError]]:
    return [top] + [below for child in kinds(top) for below in tree(child)]


ALL = tree(AudiodescError)
KINDS: list[type[AudiodescError]] = kinds(AudiodescError)
RAISED_TO_THE_CALLER = [
    NoAnswerError(Failure("empty", words="the model\nsaid nothing", remedy="ask again")),
    LimitError("pictures", "at most 1 image(s)\nmay be given", 1),
]


@pytest.mark.parametrize("error", RAISED_TO_THE_CALLER, ids=lambda error: type(error).__name__)
def test_what_a_describer_raises_is_one_line_too_and_survives_pickling(error: AudiodescError) -> None:
    assert len(str(error).splitlines()) == 1
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 — our own
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_the_tree_is_the_documented_one() -> None:
    assert {kind.__name__ for kind in ALL} == {
        "AudiodescError",
        "UsageError",
        "InputError",
        "FilmError",
        "SubtitleError",
        "ScriptError",
        "ProjectError",
        "MissingToolError",
        "OutputError",
        "BusyError",
        "StrictError",
        "ConflictError",
    }
    assert {kind.__name__ for kind in InputError.__subclasses__()} == {
        "FilmError",
        "SubtitleError",
        "ScriptError",
        "ProjectError",
    }


def test_each_kind_has_an_exit_code_of_its_own() -> None:
    kinds: list[type[AudiodescError]] = [AudiodescError, *KINDS]
    codes = [kind.exit_code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert all(0 < code < 126 for code in codes)  # 0 is success; shells use 126 and up


def test_faults_of_any_given_file_share_a_code() -> None:
    assert {kind.exit_code for kind in tree(InputError)} == {InputError.exit_code}


def test_the_exit_codes_are_those_of_the_manual() -> None:
    assert {kind.__name__: kind.exit_code for kind in KINDS} == {
        "UsageError": 2,
        "InputError": 3,
        "MissingToolError": 4,
        "OutputError": 5,
        "BusyError": 6,
        "StrictError": 7,
        "ConflictError": 9,
    }


@pytest.mark.parametrize("kind", ALL)
def test_a_message_is_the_fault_then_the_remedy(kind: type[AudiodescError]) -> None:
    assert str(kind("film.mp4 is cut short", "copy it again")) == "film.mp4 is cut short: copy it again"
    assert str(kind("film.mp4 is cut short")) == "film.mp4 is cut short"


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\n\n\t"])
def test_a_message_is_one_line_whatever_is_quoted_in_it(kind: type[AudiodescError], break_: str) -> None:
    message = str(kind(f"broken SRT (expected{break_}a number){break_}", f"mend{break_}it"))
    assert len(message.splitlines()) == 1
    words = " ".join(message.split()).replace(" :", ":")
    assert words == "broken SRT (expected a number): mend it"


def test_a_message_names_the_file_as_it_is_called() -> None:
    name = "/films/The  Third Man.mp4"  # two spaces: a shell needs both to find the file
    assert name in str(errors.FilmError(f"{name} has no picture", "give another"))


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("remedy", ["", "mend it"])
def test_every_error_survives_pickling(kind: type[AudiodescError], remedy: str) -> None:
    error = kind("film.mp4\nis broken", remedy)
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):  # noqa: S301
        assert type(again) is kind
        assert (again.fault, again.remedy) == (error.fault, error.remedy)
        assert (str(again), again.exit_code) == (str(error), error.exit_code)
