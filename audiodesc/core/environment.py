"""Environment variables for other libraries, set before any of them is imported.

Some phone home, or keep files of their own, unless a variable forbids it. onnxruntime 1.32 keeps a device id and a
database of events under `~/.cache/Microsoft`, and looks up a telemetry host in every process that imports it. `silence`
runs when `audiodesc` is imported, so it holds for the command line, for the library and for every process that either
starts.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

SILENT = {
    "DO_NOT_TRACK": "1",  # donottrack.sh: heeded by huggingface_hub, and by others than are listed here
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, and transformers through it
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "USE_HUB_KERNELS": "NO",  # transformers fetches program code for a model whose config names some
    "DISABLE_SAFETENSORS_CONVERSION": "1",  # transformers asks the hub to convert weights of other formats
    "TRAINER_TELEMETRY": "0",  # earlier releases of Coqui's trainer, which its voices import
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""Set whatever they were before: each is the strictest value that there is."""

FOLDERS = ("MPLCONFIGDIR", "NUMBA_CACHE_DIR")
"""Where matplotlib and numba, which Coqui may import, keep caches: in HOME, or beside their own code."""


def silence() -> None:
    """Turn off the telemetry of every library that is used, before it is imported, and give them what they need."""
    os.environ.update(SILENT)
    os.environ.setdefault("PATH", os.defpath)  # pydub fails at its import without one, as a service may start us
    if loaded := sys.modules.get("onnxruntime"):  # a program that uses this package imported it first
        loaded.disable_telemetry_events()


@functools.cache
def use_temporary_caches() -> TemporaryDirectory[str]:
    """Give the caches in `FOLDERS` that the user has not placed a folder that is removed when the process ends."""
    from tempfile import TemporaryDirectory  # not for --help

    folder = TemporaryDirectory(prefix="audiodesc-", ignore_cleanup_errors=True)
    for name in FOLDERS:
        os.environ.setdefault(name, str(Path(folder.name, name.lower())))
    return folder
