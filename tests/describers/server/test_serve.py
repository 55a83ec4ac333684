"""A model behind a server that is started for the run: here a program named vllm that says what it was told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from describers.server.fakevllm import alive, all_end, fake_tool, started

from audiodesc.describers.models.profiles import shipped
from audiodesc.describers.models.weights import Weights
from audiodesc.describers.server import serve as serving
from audiodesc.describers.server.serve import ServedModel, served_model, server_tool
from audiodesc.errors import AudiodescError, MissingToolError


@pytest.fixture
def vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the fake, which is on the PATH."""
    return fake_tool(tmp_path / "bin", monkeypatch)


def served(gpu_gb: float = 48, start_s: float = 30) -> ServedModel:
    profile = shipped()["qwen3-vl-8b"]
    return ServedModel(profile, Weights(Path("/weights"), profile.repository, "main"), 4, gpu_gb, start_s)


def test_it_is_told_what_the_profile_says_and_listens_on_this_machine_alone(vllm: Path, tmp_path: Path) -> None:
    model = served()
    with model.running(tmp_path / "cache" / "server.log"):
        model.start()
        model.start()
    arguments = started(vllm)["arguments"]
    assert arguments[:2] == ["serve", "/weights"]
    told = dict(zip(arguments[2::2], arguments[3::2], strict=True))
    assert told["--host"] == "127.0.0.1"
    assert told["--served-model-name"] == "Qwen/Qwen3-VL-8B-Instruct"
    assert told["--gpu-memory-utilization"] == "0.56"  # (21 + 3 · 2) of 48 GB
    assert int(told["--max-model-len"]) >= 64 * 441
    assert json.loads(told["--limit-mm-per-prompt"]) == {"image": 80, "video": 1}
    assert told["--load-format"] == "safetensors"
    assert "--trust-remote-code" not in arguments
    assert (tmp_path / "cache" / "server.log").read_text("utf-8") == "loading\n"


@pytest.mark.parametrize("context", [0, 4096])
def test_it_is_told_of_no_longer_context_than_the_model_has(vllm: Path, tmp_path: Path, context: int) -> None:
    profile = replace(shipped()["llava-next-video"], context=context)
    model = ServedModel(profile, Weights(Path("/weights"), profile.repository, "main"), 1, 24, 30)
    with model.running(tmp_path / "server.log"):
        model.start()
    arguments = started(vllm)["arguments"]
    told = int(arguments[arguments.index("--max-model-len") + 1])
    assert told == 4096 if context else told > 4096


def test_its_key_is_its_own_and_no_other_secret_reaches_it(
    vllm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIODESC_API_KEY", "sk-mine")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine-too")
    monkeypatch.setenv("AUDIODESC_WRITER_API_KEY", "sk-mine-as-well")
    model = served()
    with model.running(tmp_path / "server.log"):
        model.start()
    environment = started(vllm)["environment"]
    assert environment["VLLM_API_KEY"] == model.connection.key
    assert len(model.connection.key) > 20
    assert "sk-mine" not in str(environment)
    assert (environment["HF_HUB_OFFLINE"], environment["VLLM_NO_USAGE_STATS"]) == ("1", "1")
    assert model.connection.key not in str(started(vllm)["arguments"]) + repr(model)


def test_it_ends_with_the_run(vllm: Path, tmp_path: Path) -> None:
    model = served()
    with model.running(tmp_path / "server.log"):
        model.start()
        pids = started(vllm)["pids"]
        assert all(map(alive, pids))
    assert all_end(pids)
    with pytest.raises(AudiodescError, match="not running any more"):
        model.start()


def test_describers_of_this_process_share_it_and_it_ends_with_the_last(vllm: Path, tmp_path: Path) -> None:
    profile = shipped()["qwen3-vl-8b"]
    weights = Weights(Path("/weights"), profile.repository, "main")
    first, second = (served_model(profile, weights, 4, 48, 30) for _ in range(2))
    assert second is first
    assert served_model(profile, weights, 2, 48, 30) is not first
    with first.running(tmp_path / "first.log"):
        first.start()
        with second.running(tmp_path / "second.log"):
            second.start()
            pids = started(vllm)["pids"]
        first.start()
        assert started(vllm)["pids"] == pids
        assert all(map(alive, pids))
    assert all_end(pids)
    assert not (tmp_path / "second.log").exists()


def test_it_ends_with_a_run_that_fails(vllm: Path, tmp_path: Path) -> None:
    model = served()

    def run() -> None:
        with model.running(tmp_path / "server.log"):
            model.start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert all_end(started(vllm)["pids"])


def test_one_that_does_not_want_to_end_is_ended(vllm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUBBORN", "1")
    from audiodesc.describers.server import guard

    shorter, own = tmp_path / "guard.py", Path(guard.__file__).read_text("utf-8")
    text = own.replace("GRACE_S = 10.0", "GRACE_S = 0.2")
    assert text != own
    shorter.write_text(text, "utf-8")
    monkeypatch.setattr(guard, "__file__", str(shorter))
    model = served()
    with model.running(tmp_path / "server.log"):
        model.start()
    assert all_end(started(vllm)["pids"])


def test_it_ends_when_this_program_is_killed(vllm: Path, tmp_path: Path) -> None:
    code = textwrap.dedent(f"""
        from pathlib import Path
        from audiodesc.describers.models.profiles import shipped
        from audiodesc.describers.models.weights import Weights
        from audiodesc.describers.server.serve import ServedModel
        model = ServedModel(shipped()["qwen3-vl-8b"], Weights(Path("/weights"), "m", "main"), 4, 0, 30)
        with model.running(Path({str(tmp_path / "server.log")!r})):
            model.start()
            print("ready", flush=True)
            input()
    """)
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"ready\n"
        pids = started(vllm)["pids"]
        run.send_signal(signal.SIGKILL)
    assert all_end(pids)


def test_one_that_does_not_start_says_why_and_where_to_look(
    vllm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "1")
    model = served()
    with (
        model.running(tmp_path / "server.log"),
        pytest.raises(AudiodescError, match=r"vllm ended with code 1: ValueError: no room for the keys.*server\.log"),
    ):
        model.start()
    assert all_end(started(vllm)["pids"])


def test_one_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fake_tool(tmp_path / "bin", monkeypatch)
    monkeypatch.setattr(serving, "models_at", lambda *_, **__: started(folder) and [])
    model = served(start_s=1)
    with model.running(tmp_path / "server.log"), pytest.raises(AudiodescError, match="not ready within 1 s"):
        model.start()
    assert all_end(started(folder)["pids"])


def test_sglang_is_told_the_same_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "TOOLS", ("sglang",))
    folder = fake_tool(tmp_path / "bin", monkeypatch, "sglang")
    monkeypatch.setattr(serving, "models_at", lambda *_, **__: started(folder) and ["m"])
    model = served(gpu_gb=0)
    with model.running(tmp_path / "server.log"):
        model.start()
    arguments = started(folder)["arguments"]
    assert arguments[:3] == ["serve", "--model-path", "/weights"]
    assert "127.0.0.1" in arguments
    assert model.connection.key == ""


def test_without_a_program_that_serves_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "TOOLS", ("no-such-program",))
    assert server_tool() is None
    with pytest.raises(MissingToolError, match=r"vllm.*--serve"):
        served()
