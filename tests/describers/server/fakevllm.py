"""A program named vllm that says what it was told, and serves a model that sees red and tells of a man."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

FAKE = """\
import json, os, signal, subprocess, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
here = os.path.dirname(os.path.abspath(__file__))
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # as vLLM has its engine
told = os.path.join(here, "started.json")
with open(told + ".part", "w") as file:
    json.dump({"arguments": sys.argv[1:], "pids": [os.getpid(), worker.pid], "environment": dict(os.environ)}, file)
os.replace(told + ".part", told)  # whole or not at all
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


def fake_tool(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "vllm") -> Path:
    folder.mkdir()
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{FAKE}", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def started(folder: Path, within_s: float = 30) -> Any:
    """What the fake was told; it is waited for."""
    told, until = folder / "started.json", monotonic() + within_s
    while not told.is_file() and monotonic() < until:
        sleep(0.05)
    return json.loads(told.read_text("utf-8"))


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
