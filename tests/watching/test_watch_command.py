"""The command `watch`, started as a person or a supervisor starts it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

RUN = [sys.executable, "-m", "audiodesc", "watch"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals, code: int) -> None:
    command = [*RUN, str(tmp_path), "--polling"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        killer = Timer(60, process.kill)
        killer.start()
        try:
            assert any("scanned every" in line for line in process.stderr)
            process.send_signal(number)
            said = process.stderr.read()
            process.wait()
        finally:
            killer.cancel()
            process.kill()
    assert process.returncode == code, said
    assert "Traceback" not in said


def test_once_ends_with_what_is_wrong_in_the_choices(tmp_path: Path) -> None:
    (tmp_path / "audiodesc.toml").write_text("[voice\n")
    done = subprocess.run([*RUN, str(tmp_path), "--once", "--json", "--settle", "0"], capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["event"] for one in events] == ["watches", "waits"]
    assert "audiodesc.toml" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--settle", "-1"], "--settle is -1"),
        (["--poll", "0"], "--poll is 0"),
        (["--done-marker", "done"], "--done-marker is 'done'"),
        (["--at-once", "0"], "--at-once is 0"),
        (["--outbox", ".."], "--outbox"),
        (["--choices", "audiodesc.toml"], "--choices"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path,
    arguments: list[str],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from audiodesc.cli import main

    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    monkeypatch.setattr(sys, "argv", ["audiodesc", "watch", str(tmp_path / "in"), *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert named in capsys.readouterr().err
