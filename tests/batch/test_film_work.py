"""Why a film of a batch failed, by what was raised."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from audiodesc.batch.film_work import FilmStopped, failed_film, is_stopped, make_film
from audiodesc.batch.model import FilmJob
from audiodesc.batch.sharing.calls import LostError
from audiodesc.core.progress import silent
from audiodesc.describers.chosen import chosen_describer
from audiodesc.describers.server.faults import LimitError
from audiodesc.errors import (
    AudiodescError,
    BusyError,
    FilmError,
    InputError,
    MissingToolError,
    OutputError,
    StrictError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (UsageError("no voice is called x", "choose another"), "usage"),
        (FilmError("a.mp4: no film", "give one"), "input"),
        (MissingToolError("ffmpeg is not there", "install it"), "missing"),
        (OutputError("a.ad: cannot be written", "free some space"), "output"),
        (BusyError("a.ad: another run", "wait"), "busy"),
        (StrictError("2 lines were left out"), "strict"),
        (LimitError("pictures", "at most 4 images"), "server"),
        (MissingToolError("the server cannot be reached (refused)", "start it"), "server"),
        (LostError("the describer's process died 4 times"), "lost"),
        (OSError(errno.ENOSPC, "No space left on device", "a.ad/x"), "output"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), "other"),
        (AudiodescError("something else"), "other"),
        (RuntimeError("first\nsecond"), "other"),
        (MemoryError(), "other"),
    ],
)
def test_the_cause_of_a_failure_and_its_one_line(error: BaseException, cause: str) -> None:
    failed = failed_film(error)
    assert failed.cause == cause
    assert failed.message
    assert "\n" not in failed.message


def test_the_line_of_an_unknown_error_is_its_first() -> None:
    assert failed_film(RuntimeError("first\nsecond")).message == "RuntimeError: first"
    assert failed_film(OSError(errno.ENOSPC, "No space left on device", "x")).message.startswith("x: No space left")


def test_a_stop_is_known_also_where_an_error_came_of_it() -> None:
    error = OutputError("a deliverable failed", "run again")
    error.__cause__ = FilmStopped()
    assert is_stopped(error)
    assert not is_stopped(OutputError("the disk is full"))
    assert not is_stopped(None)


def test_what_progress_raises_ends_a_film(sample: tuple[Path, Path], tmp_path: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        raise FilmStopped

    job = FilmJob(str(sample[0]), str(tmp_path / "out"), choices={"describer": {"name": "basic"}})
    with pytest.raises(FilmStopped):
        make_film(job, chosen_describer, stop)


def test_a_job_with_choices_that_do_not_exist_is_refused(sample: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"sample\.mp4: there is no voice\.nmae"):
        make_film(FilmJob(str(sample[0]), str(tmp_path), choices={"voice": {"nmae": "x"}}), chosen_describer, silent)
    with pytest.raises(InputError):
        make_film(FilmJob(str(tmp_path / "none.mp4"), str(tmp_path / "out")), chosen_describer, silent)
