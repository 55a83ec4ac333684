"""Standard streams that are closed, full or left: one line, the right code, and nothing of it in a result."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from films import write_srt

from audiodesc.cli.terminal import fault_of

SUBS = [(1_000, 2_000, "One."), (9_000, 10_000, "Two.")]
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")


def audiodesc(
    *arguments: str, stdout: int | None = None, stderr: int | None = None, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "audiodesc", *arguments],
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE if stderr is None else stderr,
        preexec_fn=before,
        text=True,
        check=False,
    )


@pytest.fixture
def subs(tmp_path: Path) -> str:
    return str(write_srt(tmp_path / "film.srt", SUBS))


@needs_full
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_full_standard_output_is_one_line(subs: str, more: tuple[str, ...]) -> None:
    with FULL.open("w") as full:
        done = audiodesc("gaps", subs, *more, stdout=full.fileno())
    assert done.returncode == 5
    assert done.stderr.splitlines() == [
        "audiodesc: standard output cannot be written (No space left on device): send it elsewhere"
    ]


@needs_full
def test_a_full_log_changes_nothing(subs: str) -> None:
    with FULL.open("w") as full:
        done = audiodesc("gaps", subs, stderr=full.fileno())
        missing = audiodesc("gaps", subs + ".none", stderr=full.fileno())
    assert done.returncode == 0
    assert done.stdout == audiodesc("gaps", subs).stdout
    assert missing.returncode == 3


def test_streams_that_are_closed_lead_nowhere(subs: str) -> None:
    def shut() -> None:
        for number in (0, 1, 2):
            os.close(number)

    assert audiodesc("gaps", subs, before=shut).returncode == 0
    assert audiodesc("gaps", subs + ".none", before=shut).returncode == 3


def test_a_file_of_ours_never_gets_the_number_of_a_closed_stream() -> None:
    code = (
        "import os, sys\n"
        "from audiodesc.cli.terminal import prepare\n"
        "prepare()\n"
        "sys.exit(os.open(os.devnull, os.O_RDONLY))"
    )
    done = subprocess.run([sys.executable, "-c", code], preexec_fn=lambda: os.closerange(0, 3), check=False)
    assert done.returncode > 2


def test_a_reader_that_has_left_is_no_failure_to_tell(subs: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = audiodesc("gaps", subs, stdout=writer)
    os.close(writer)
    assert done.stderr == ""


def test_a_folder_without_a_name_is_not_this_folder(tmp_path: Path) -> None:
    for command in (("make", "film.mp4"), ("render", "film.mp4", "--script", "a.vtt")):
        done = audiodesc(*command, "-o", "")
        assert done.returncode == 2
        assert done.stderr.startswith("audiodesc: -o has no name")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "not enough memory"),
        (OSError(12, "Cannot allocate memory"), "not enough memory"),
        (ImportError("cv2.abi3.so: failed to map segment from shared object"), "not enough memory"),
        (RuntimeError("Exception during initialization: std::bad_alloc"), "not enough memory"),
        (RuntimeError("can't start new thread"), "not enough memory"),
        (OSError(5, "Input/output error", "/a/b"), "/a/b cannot be read or written (Input/output error)"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (OSError("odd"), "OSError"),
        (OSError(5, "Input/output error", 7), "a file cannot be"),
    ],
)
def test_what_nobody_expected_of_the_system_is_one_line(error: Exception, told: str) -> None:
    fault = fault_of(error)
    assert fault
    assert told in str(fault)
    assert fault.remedy


def test_a_fault_of_the_program_stays_one() -> None:
    assert fault_of(ValueError("x")) is None
    assert fault_of(ImportError("no module x")) is None


def test_a_limit_in_which_libraries_crash_is_said_before_they_do() -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (700_000_000, resource.RLIM_INFINITY))

    done = audiodesc("make", "film.mp4", before=limit)
    assert done.returncode == 1
    assert done.stderr == "audiodesc: this process may use 0.7 GB of memory only: allow 2 GB (ulimit -v)\n"
