"""Servers that already run on this machine, at the ports that they take by default.

Only 127.0.0.1 is asked, which is no network: `--offline` does not forbid it. No key of the user's is sent.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any

PORTS = {"vLLM": 8000, "SGLang": 30_000, "Ollama": 11_434, "LM Studio": 1234}

SEARCH_S = 0.3
"""In all: the ports are asked at the same time, and one where nothing runs refuses at once."""

FRESH_S = 10.0
"""What was found holds so long: it is asked for several times while a describer is chosen."""

MOST_BYTES, MOST_MODELS, LONGEST_NAME = 1 << 20, 200, 100

_SEES = re.compile(
    r"vl\b|vl[-_.:\d]|vision|llava|gemma-?[34]|minicpm-?[vo]|moondream|pixtral|smolvlm|internvl|molmo|omni|narrator|"
    r"captioner|glm-?4\.\dv|mistral-small-?3\.[1-9]|qwen-?3\.5|llama-?4|phi.*multimodal|idefics|ernie.*vl|videollama",
    re.IGNORECASE,
)
"""Families of models that see, as servers list them: no list says so itself."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server at its address, with the first of its models that is of a family that sees."""

    name: str
    url: str
    model: str

    def __str__(self) -> str:
        return f"{self.model} on the {self.name} server that runs on this machine ({self.url})"


_found: tuple[float, LocalServer | None] = (-FRESH_S, None)
_searching = Lock()


def local_server() -> LocalServer | None:
    """The first server here that has a model that sees, in the order of `PORTS`; None where there is none."""
    global _found
    with _searching:
        if monotonic() - _found[0] >= FRESH_S:
            _found = (monotonic(), _search())
        return _found[1]


def forget() -> None:
    """Search anew at the next call."""
    global _found
    _found = (-FRESH_S, None)


def _search() -> LocalServer | None:
    answers: SimpleQueue[tuple[str, list[str]]] = SimpleQueue()
    for name, port in PORTS.items():
        Thread(target=lambda at=port, of=name: answers.put((of, models_at(at))), daemon=True).start()
    lists: dict[str, list[str]] = {}
    until = monotonic() + SEARCH_S
    try:
        while len(lists) < len(PORTS):
            name, models = answers.get(timeout=max(0.001, until - monotonic()))
            lists[name] = models
    except Empty:
        pass
    for name, port in PORTS.items():
        if model := next(filter(may_see, lists.get(name, [])), ""):
            return LocalServer(name, f"http://127.0.0.1:{port}/v1", model)
    return None


def models_at(port: int, key: str = "", timeout_s: float = SEARCH_S) -> list[str]:
    """The names of the models of a server at a port of this machine; [] where there is none that lists any."""
    server = HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        server.request("GET", "/v1/models", headers={"Authorization": f"Bearer {key}"} if key else {})
        answer = server.getresponse()
        content = answer.read(MOST_BYTES) if answer.status == 200 else b""
        return _names(json.loads(content)) if content else []
    except (OSError, HTTPException, ValueError, RecursionError):
        return []
    finally:
        server.close()


def _names(listed: Any) -> list[str]:
    models = listed.get("data") if isinstance(listed, dict) else None
    known = models[:MOST_MODELS] if isinstance(models, list) else []
    names = [model.get("id") for model in known if isinstance(model, dict)]
    return [name for name in names if isinstance(name, str) and name.isprintable() and len(name) <= LONGEST_NAME]


def may_see(name: str) -> bool:
    """Whether a model of that name is of a family that sees pictures."""
    return bool(_SEES.search(name))
