"""The environment of this program: variables set for other libraries before any is imported; and how it was installed,
and so the commands that install more of it, or install something again.

Some libraries phone home, or keep files of their own, unless a variable forbids it. onnxruntime 1.32 keeps a device id
and a database of events under `~/.cache/Microsoft`, and looks up a telemetry host in every process that imports it.
`silence` runs when `audiodesc` is imported, so it holds for the command line, for the library and for every process
that either starts.
"""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

    from packaging.requirements import Requirement

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


NAME = "audiodesc"


def requirements(extra: str = "") -> tuple[str, ...]:
    """The packages that this program needs in this Python, or those that an extra adds, by name; () where it runs from
    a folder that is not installed."""
    from importlib.metadata import PackageNotFoundError, requires

    from packaging.requirements import Requirement

    try:
        declared = [Requirement(one) for one in requires(NAME) or ()]
    except PackageNotFoundError:
        return ()
    return tuple(one.name for one in declared if _is_of(one, extra))


def _is_of(one: Requirement, extra: str) -> bool:
    marker = one.marker
    if marker is None:
        return not extra
    return marker.evaluate({"extra": extra}) and not (extra and marker.evaluate({"extra": ""}))


def models_command() -> str:
    """The command that brings all that models and neural voices need."""
    return install_command(*_origin("[models]"))


def again_command(package: str = NAME) -> str:
    """The command that installs a package that is here, but damaged, once more; this program, where none is named."""
    return install_command("--force-reinstall", *(_origin("") if package == NAME else (package,)))


def install_command(*arguments: str) -> str:
    """pip's `install` for the environment that this program runs in, as a shell takes it."""
    import shlex

    return shlex.join([*_installer(), *arguments])


def _installer() -> list[str]:
    """Of pip, or of what stands for it: pipx and uv make environments that have none of their own."""
    import shutil
    from importlib.util import find_spec

    if Path(sys.prefix, "pipx_metadata.json").is_file():
        return ["pipx", "runpip", NAME, "install"]
    if find_spec("pip") is None:
        return ["uv", "pip", "install", "--python", sys.executable]
    on_path = shutil.which("pip")
    here = on_path is not None and Path(on_path).parent == Path(sys.executable).parent
    return [*(["pip"] if here else [sys.executable, "-m", "pip"]), "install"]


def _origin(extra: str) -> tuple[str, ...]:
    """What `install` takes to bring this program from where it came, with an extra such as "[models]".

    A name alone says little: an index may have no package `audiodesc`, or somebody else's. What was noted when this one
    was installed (PEP 610, `direct_url.json`) says where it came from: a clone, a wheel, a repository, an index.
    """
    import json
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        installed = distribution(NAME)
    except PackageNotFoundError:  # it runs from a folder that is only on the path
        return ("-e", f"{Path(__file__).parents[2]}{extra}")
    noted: dict[str, Any] = json.loads(installed.read_text("direct_url.json") or "{}")
    url = str(noted.get("url", ""))
    if vcs := noted.get("vcs_info"):
        return (f"{NAME}{extra} @ {vcs['vcs']}+{url}@{vcs['commit_id']}",)
    if urlsplit(url).scheme == "file":
        path = f"{url2pathname(urlsplit(url).path)}{extra}"
        return ("-e", path) if noted.get("dir_info", {}).get("editable") else (path,)
    return (f"{NAME}{extra} @ {url}",) if url else (f"{NAME}{extra}=={installed.version}",)
