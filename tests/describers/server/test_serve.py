"""A model behind a server that is started for the run: here a program named vllm that says what it was told."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from audiodesc.describers.models.profiles import shipped
from audiodesc.describers.server import serve as serving
from audiodesc.describers.server.serve import ServedModel, server_tool
from audiodesc.errors import AudiodescError, MissingToolError

FAKE = """\
import json, os, signal, subprocess, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
here = os.path.dirname(os.path.abspath(__file__))
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # as vLLM has its engine
with open(os.path.join(here, "started.json"), "w") as file:
    json.dump({"arguments": sys.argv[1:], "pids": [os.getpid(), worker.pid], "environment": dict(os.environ)}, file)
if "STUBBORN" in os.environ:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "BROKEN" in os.environ:
    sys.exit("ValueError: no room for the keys and values")
port = int(sys.argv[sys.argv.index("--port") + 1])
name = sys.argv[sys.argv.index("--served-model-name") + 1]

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        known = "Bearer " + os.environ.get("VLLM_API_KEY", "")
        self.say(200 if self.headers["Authorization"] == known else 401, {"data": [{"id": name, "owned_by": "vllm"}]})
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = request["messages"][0]["content"][-1]["text"]
        said = "Red." if "colour" in text else "1. WHO: a man" if "stretch of a film" in text else "A man waits."
        message = {"role": "assistant", "content": said}
        self.say(200, {"id": "1", "object": "chat.completion", "created": 1, "model": name,
                       "choices": [{"index": 0, "finish_reason": "stop", "message": message}]})
    def log_message(self, *args):
        pass
    def say(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

print("loading", flush=True)
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the fake, which is on the PATH."""
    return fake_tool(tmp_path / "bin", monkeypatch)


def fake_tool(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "vllm") -> Path:
    folder.mkdir()
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{FAKE}", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def started(folder: Path) -> Any:
    return json.loads((folder / "started.json").read_text("utf-8"))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def all_end(pids: list[int], within_s: float = 15) -> bool:
    until = monotonic() + within_s
    while any(map(alive, pids)) and monotonic() < until:
        sleep(0.05)
    return not any(map(alive, pids))


def served(gpu_gb: float = 48, start_s: float = 30) -> ServedModel:
    profile = shipped()["qwen3-vl-8b"]
    return ServedModel(profile, Path("/weights"), profile.repository, 4, gpu_gb, start_s)


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
    assert told["--gpu-memory-utilization"] == "0.58"  # (22 + 3 · 2) of 48 GB
    assert int(told["--max-model-len"]) >= 64 * 441
    assert json.loads(told["--limit-mm-per-prompt"]) == {"image": 80, "video": 1}
    assert told["--load-format"] == "safetensors"
    assert "--trust-remote-code" not in arguments
    assert (tmp_path / "cache" / "server.log").read_text("utf-8") == "loading\n"


def test_its_key_is_its_own_and_no_other_secret_reaches_it(
    vllm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIODESC_API_KEY", "sk-mine")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine-too")
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

    shorter = tmp_path / "guard.py"
    shorter.write_text(Path(guard.__file__).read_text("utf-8").replace("GRACE_S = 10.0", "GRACE_S = 0.2"), "utf-8")
    monkeypatch.setattr(guard, "__file__", str(shorter))
    model = served()
    with model.running(tmp_path / "server.log"):
        model.start()
    assert all_end(started(vllm)["pids"])


def test_it_ends_when_this_program_is_killed(vllm: Path, tmp_path: Path) -> None:
    code = textwrap.dedent(f"""
        from pathlib import Path
        from audiodesc.describers.models.profiles import shipped
        from audiodesc.describers.server.serve import ServedModel
        model = ServedModel(shipped()["qwen3-vl-8b"], Path("/weights"), "m", 4, 0, 30)
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
    monkeypatch.setattr(serving, "models_at", lambda *_, **__: [])
    model = served(start_s=1)
    with model.running(tmp_path / "server.log"), pytest.raises(AudiodescError, match="not ready within 1 s"):
        model.start()
    assert all_end(started(folder)["pids"])


def test_sglang_is_told_the_same_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "TOOLS", ("sglang",))
    folder = fake_tool(tmp_path / "bin", monkeypatch, "sglang")
    monkeypatch.setattr(serving, "models_at", lambda *_, **__: ["m"])
    model = served(gpu_gb=0)
    with model.running(tmp_path / "server.log"):
        model.start()
        until = monotonic() + 20
        while not (folder / "started.json").is_file() and monotonic() < until:
            sleep(0.05)
        sleep(0.1)
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
