"""Ray itself: started here or found at an address, its nodes, and what it says. Imported on first use."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import current_thread, main_thread
from typing import Any, Final

from audiodesc.cluster.options import ClusterOptions
from audiodesc.core.environment import install_command
from audiodesc.errors import MissingToolError, UsageError

REACH_S: Final = 5.0
"""An address that does not answer for so long is wrong."""

KEPT: Final = {"RAY_idle_worker_killing_time_threshold_ms": "300000"}
"""Of a Ray that is started here: a process that has loaded what films need is kept for the next stage, and not ended
when it is idle for a second."""

_ADDRESS = re.compile(r"(?:ray://)?(\[[^\]]+\]|[^:/\[\]]+):(\d{1,5})")
_PID = re.compile(r"Worker PID: (\d+)")
_DETAIL = re.compile(r"Worker exit detail: (.+?)(?: Some common causes|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Node:
    """A node that takes work, or that is being drained and takes none."""

    id: str
    cpus: float
    gpus: float
    memory: float
    is_drained: bool = False


class RaySession:
    """Ray, which this process is connected to until `close`. What is shut down then is what was started here.
    `dashboard` is the address of its page, "" where it has none.

    Raises MissingToolError where Ray is not installed, or is another release than the cluster's, UsageError where
    nothing is at the address.
    """

    def __init__(self, address: str | None, options: ClusterOptions) -> None:
        try:
            import ray
        except ImportError as error:
            raise MissingToolError("Ray is not installed", install_command("audiodesc[cluster]")) from error
        self.ray: Any = ray
        self._words: deque[str] = deque(maxlen=200)
        self.is_own = address is None and not ray.is_initialized()
        self._is_joined = ray.is_initialized()
        logging.getLogger("ray").setLevel(logging.ERROR)
        self.dashboard = ""
        if address is not None:
            _check_reachable(address)
        if not self._is_joined:
            with _same_signals():
                self._start(address, options)
        self._listen()

    def nodes(self) -> list[Node]:
        """All that are alive."""
        drained = self._drained()
        return [
            Node(
                one["NodeID"],
                float(one["Resources"].get("CPU", 0)),
                float(one["Resources"].get("GPU", 0)),
                float(one["Resources"].get("memory", 0)),
                one["NodeID"] in drained,
            )
            for one in self.ray.nodes()
            if one["Alive"]
        ]

    def free(self) -> Mapping[str, float]:
        """What nobody uses now, by Ray's names (CPU, GPU, memory)."""
        found: Mapping[str, float] = self.ray.available_resources()
        return found

    def last_words(self, pid: int) -> str:
        """What Ray said of a worker that died; "" where it said nothing (yet)."""
        for text in reversed(self._words):
            found, detail = _PID.search(text), _DETAIL.search(text)
            if found and int(found[1]) == pid:
                return " ".join((detail[1] if detail else text).split())[:300]
        return ""

    def close(self) -> None:
        """Leave Ray; shut it down where it was started here."""
        if not self._is_joined:
            with suppress(Exception):  # it may be gone already
                self.ray.shutdown()

    def _start(self, address: str | None, options: ClusterOptions) -> None:
        quiet = {"log_to_driver": False, "configure_logging": False}
        try:
            if address is None:
                for name, value in KEPT.items():
                    os.environ.setdefault(name, value)
                own = {"num_cpus": options.cpus, "object_store_memory": options.object_store_bytes}
                made = self.ray.init(address="local", include_dashboard=options.dashboard, **own, **quiet)
            else:
                made = self.ray.init(address=address, **quiet)
            self.dashboard = f"http://{made.dashboard_url}" if getattr(made, "dashboard_url", "") else ""
        except ConnectionError as error:
            raise _unreachable(address or "this machine") from error
        except (RuntimeError, ValueError, OSError) as error:
            first = next(iter(str(error).splitlines()), type(error).__name__)
            if "mismatch" in str(error).lower():
                remedy = "install the same releases of Python and Ray on all nodes"
                raise MissingToolError(f"the Ray at {address} is of another release", remedy) from error
            raise UsageError(f"Ray does not start ({first:.200})", "see its logs in /tmp/ray") from error

    def _listen(self) -> None:
        """Keep what Ray says of workers that died, which it would print on standard output."""
        from ray._private import worker

        if hasattr(worker, "print_to_stdstream"):
            worker.print_to_stdstream = self._keep

    def _keep(self, data: Mapping[str, Any], *_: Any, **__: Any) -> None:
        with suppress(Exception):  # it is another thread's, which has to go on
            self._words.extend(str(line) for line in data.get("lines", ()))

    def _drained(self) -> Mapping[str, int]:
        with suppress(Exception):  # no release promises it, and `ray://` has none
            from ray._private.state import state

            found: Mapping[str, int] = state.get_draining_nodes()
            return found
        return {}


@contextmanager
def _same_signals() -> Iterator[None]:
    """Ray sets a handler of SIGTERM of its own, which ends the process at once: what was there stays."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if current_thread() is main_thread():
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _check_reachable(address: str) -> None:
    """Raise UsageError for what is no address, and where nothing listens: Ray would wait for minutes."""
    if address == "auto":
        return
    found = _ADDRESS.fullmatch(address)
    if not found or int(found[2]) > 65_535:
        raise UsageError(f"{address!r:.80} is no address of Ray", "give auto, HOST:6379 or ray://HOST:10001")
    try:
        socket.create_connection((found[1].strip("[]"), int(found[2])), REACH_S).close()
    except OSError as error:
        raise _unreachable(address) from error


def _unreachable(address: str) -> UsageError:
    remedy = "start Ray there with `ray start --head`, or give --ray without an address"
    return UsageError(f"there is no Ray at {address}", remedy)
