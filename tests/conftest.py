from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# No test is timed: a machine under load is no fault of the code.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")

# The same on every machine: no GPU, no model and no voice that somebody has fetched.
_NOWHERE = str(Path(tempfile.gettempdir()) / "audiodesc-tests-fetch-nothing")
os.environ |= {"CUDA_VISIBLE_DEVICES": "", "HF_HOME": _NOWHERE, "TTS_HOME": _NOWHERE, "XDG_CACHE_HOME": _NOWHERE}

# Ctrl-C too: a shell script starts what it runs in the background with Ctrl-C ignored, and so would every program be
# that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder of real films. Tests that use it are skipped, and say so, where none is named."""
    named = os.environ.get("AUDIODESC_MEDIA")
    if not named or not Path(named).is_dir():
        pytest.skip("AUDIODESC_MEDIA names no folder of films")
    return Path(named)


@pytest.fixture(scope="session")
def sample() -> tuple[Path, Path]:
    """The sample film and its subtitles."""
    return SAMPLES / "sample.mp4", SAMPLES / "sample.srt"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "models: runs on the real models in the folder that AUDIODESC_MODELS names")


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """What is written is not forced onto the disk, which takes several ms each time: no test cuts the power. Processes
    that tests start do force it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)
        patch.setattr("audiodesc.project.store.SYNCHRONOUS", "OFF")
        patch.setattr("audiodesc.batch.state_file.SYNCHRONOUS", "OFF")
        yield


@pytest.fixture(autouse=True)
def _no_realtime() -> Iterator[None]:
    """SVT-AV1, by which tests encode, gives the whole process real-time priority where it runs as root: every browser
    that a later test starts had it too, and took the machine."""
    yield
    if hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@pytest.fixture(autouse=True)
def _no_local_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same on every machine: no model that somebody serves there."""
    monkeypatch.setattr("audiodesc.describers.server.local.PORTS", {})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first: those on whole films and real media come last."""
    slow = {
        "test_agreement",
        "test_circles",
        "test_pipeline_voices",
        "test_pipeline_models",
        "test_benchmarks",
        "test_pipeline",
        "test_commands",
        "test_cli_subtitles",
        "test_pipeline_server",
        "test_server_faults",
        "test_kill",
        "test_bad_input",
        "test_real_films",
        "test_catalogue",
        "test_chaos",
    }
    items.sort(key=lambda item: item.path.stem in slow)
