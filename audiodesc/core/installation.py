"""How this program was installed, and so the commands that install more of it, or install something again.

A name alone says little: an index may have no package `audiodesc`, or somebody else's. What was noted when this one
was installed (PEP 610, `direct_url.json`) says where it came from: a clone, a wheel, a repository, an index.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution, requires
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.requirements import Requirement

NAME = "audiodesc"


def requirements(extra: str = "") -> tuple[str, ...]:
    """The packages that this program needs in this Python, or those that an extra adds, by name; () where it runs from
    a folder that is not installed."""
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
    return shlex.join([*_installer(), *arguments])


def _installer() -> list[str]:
    """Of pip, or of what stands for it: pipx and uv make environments that have none of their own."""
    if Path(sys.prefix, "pipx_metadata.json").is_file():
        return ["pipx", "runpip", NAME, "install"]
    if find_spec("pip") is None:
        return ["uv", "pip", "install", "--python", sys.executable]
    on_path = shutil.which("pip")
    here = on_path is not None and Path(on_path).parent == Path(sys.executable).parent
    return [*(["pip"] if here else [sys.executable, "-m", "pip"]), "install"]


def _origin(extra: str) -> tuple[str, ...]:
    """What `install` takes to bring this program from where it came, with an extra such as "[models]"."""
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
