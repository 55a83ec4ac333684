"""A server for one run: `vllm serve` or `sglang serve`, in a process of its own that ends with the run."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any, Final
from weakref import WeakValueDictionary

from audiodesc.describers.models.profiles import ModelProfile
from audiodesc.describers.models.weights import Weights
from audiodesc.describers.server import guard
from audiodesc.describers.server.address import KEYS, Connection
from audiodesc.describers.server.local import models_at
from audiodesc.errors import AudiodescError, MissingToolError, OutputError

TOOLS: Final = ("vllm", "sglang")

GAIN: Final = "2 to 4 times"
"""As fast as `generate`, estimated, not measured: it batches as answers end, and keeps what prompts have in common."""

POLL_S = 0.25

TOKEN_PIXELS = 28 * 28
"""Of one token, for a Qwen2.5-VL as a single picture; other families take fewer tokens for as many pixels."""

WORDS_TOKENS = 4096
"""Of a question's words, about, with portraits."""

CLIP_GB = 2.0
"""Of GPU memory for each clip that is answered beside the first, about: the keys and values of 12,000 tokens of an 8B
model (36 layers of 8 heads of 128, twice, in bf16) are 1.8 GB."""

MOST_SHARE, USUAL_SHARE = 0.92, 0.85
"""Of the GPU's memory: with room for CUDA's own; and where the profile does not say what is needed."""

ENVIRONMENT: Final[Mapping[str, str]] = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
}
"""The weights are on this disk; nothing is fetched, and nothing is reported to anybody."""


def server_tool() -> Path | None:
    """The program that can serve a model: on the PATH, or beside this Python; None where there is none."""
    beside = str(Path(sys.executable).parent)
    found = (shutil.which(name) or shutil.which(name, path=beside) for name in TOOLS)
    return next((Path(path) for path in found if path), None)


@dataclass(slots=True, weakref_slot=True, eq=False)
class ServedModel:
    """A model whose `weights` are on this disk, served on this machine while anybody holds `running`, from the first
    `start` on.

    `parallel` clips are answered at a time; `gpu_gb` is the memory of the GPU in 10⁹ bytes, 0 where it has none. Raises
    MissingToolError where nothing is installed that could serve it.
    """

    profile: ModelProfile
    weights: Weights
    parallel: int
    gpu_gb: float
    start_s: float
    connection: Connection = field(init=False)
    _tool: Path = field(init=False)
    _port: int = field(init=False)
    _log: Path | None = None
    _users: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _starting: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        tool = server_tool()
        if tool is None:
            remedy = "install vllm in an environment of its own and put it on the PATH, or leave out --serve"
            raise MissingToolError("neither vllm nor sglang is installed here", remedy)
        self._tool, self._port = tool, _free_port()
        # sglang takes a key only where every user of this machine could read it
        key = secrets.token_urlsafe(24) if tool.stem == "vllm" else ""
        self.connection = Connection(f"http://127.0.0.1:{self._port}/v1", key, secrets=(key,) if key else ())

    @property
    def kind(self) -> str:
        """ "vllm" or "sglang"."""
        return self._tool.stem

    @property
    def identity(self) -> str:
        """What answers: not where, for the port is another in each run."""
        return f"{self.kind} {self.weights.repository}@{self.weights.revision}"

    @contextmanager
    def running(self, log: Path) -> Iterator[None]:
        """While anybody holds it, it may be started; its output goes to the `log` of the first holder. The last one to
        leave ends it."""
        with self._starting:
            self._log, self._users = self._log or log, self._users + 1
        try:
            yield
        finally:
            with self._starting:
                self._users -= 1
                if not self._users:
                    self._log = None
                    if self._process:
                        _end(self._process)
                        self._process = None

    def start(self) -> None:
        """Start it, unless it runs already, and wait until it has loaded the model.

        Raises AudiodescError, with the last of what it said, where it ends or takes longer than `start_s` seconds.
        """
        with self._starting:
            if self._process and self._process.poll() is None:
                return
            if self._log is None:
                raise AudiodescError("the model's server is not running any more", "run again")
            self._process = _started(self._command(), self.connection.key, self._log)
            self._wait(self._process, self._log)

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        until = monotonic() + self.start_s
        while not models_at(self._port, self.connection.key, timeout_s=2.0):
            code = process.poll()
            if code is not None or monotonic() > until:
                why = f"ended with code {code}" if code is not None else f"was not ready within {self.start_s:g} s"
                last = f": {said}" if (said := _last_line(log)) else ""
                raise AudiodescError(f"{self.kind} {why}{last}", f"see {log}, or leave out --serve")
            sleep(POLL_S)

    def _command(self) -> list[str]:
        profile = self.profile
        named = ["--served-model-name", self.weights.repository, "--host", "127.0.0.1", "--port", str(self._port)]
        if self.kind == "sglang":
            limits = ["--context-length", str(self._tokens()), "--mem-fraction-static", f"{self._share():.2f}"]
            return [str(self._tool), "serve", "--model-path", str(self.weights.folder), *named, *limits]
        return [
            str(self._tool), "serve", str(self.weights.folder), *named,
            "--load-format", "safetensors",
            "--max-model-len", str(self._tokens()),
            "--gpu-memory-utilization", f"{self._share():.2f}",
            "--limit-mm-per-prompt", json.dumps({"image": profile.max_frames + 16, "video": 1}),
            "--media-io-kwargs", json.dumps({"video": {"num_frames": -1}}),
        ]  # fmt: skip

    def _tokens(self) -> int:
        """Of the longest request and its answer, at the second attempt; no more than the model has."""
        frames = self.profile.max_frames * self.profile.max_pixels // TOKEN_PIXELS
        tokens = frames + WORDS_TOKENS + 2 * self.profile.observe_tokens
        return min(tokens, self.profile.context or tokens)

    def _share(self) -> float:
        if not (self.profile.memory_gb and self.gpu_gb):
            return USUAL_SHARE
        return min(MOST_SHARE, (self.profile.memory_gb + CLIP_GB * (self.parallel - 1)) / self.gpu_gb)


_door: Final = Lock()
_served: Final[WeakValueDictionary[Any, ServedModel]] = WeakValueDictionary()


def served_model(profile: ModelProfile, weights: Weights, parallel: int, gpu_gb: float, start_s: float) -> ServedModel:
    """The server of a model, one for each model and process: describers of films with different contexts share it, as
    the GPU's memory holds no second one. Raises as `ServedModel` does."""
    key = profile, weights, parallel, gpu_gb, start_s
    with _door:
        found = _served.get(key)
        if found is None:
            found = _served[key] = ServedModel(profile, weights, parallel, gpu_gb, start_s)
        return found


def _started(command: list[str], key: str, log: Path) -> subprocess.Popen[bytes]:
    """The command under the guard, which ends it when this process closes the pipe or dies."""
    environment = {name: value for name, value in os.environ.items() if name not in KEYS}
    environment |= {**ENVIRONMENT, **({"VLLM_API_KEY": key} if key else {})}
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 — the user asked for it
                [sys.executable, "-I", guard.__file__, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
    except OSError as error:
        fault = f"{log} cannot be written: {error.strerror}"
        raise OutputError(fault, "free some space, or give another folder with -o") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(guard.GRACE_S + 5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(log: Path) -> str:
    """The last line of its output that says something."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4_000))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((" ".join(line.split())[:300] for line in reversed(lines) if line.strip()), "")
