"""What the user's cache keeps of earlier runs on this computer: how long a model takes, the precision that is quickest,
and that the offer to fetch a model was refused. It can be deleted, and then it is measured and asked for anew."""

from __future__ import annotations

import os
import platform
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from audiodesc.core.cache import Store, key
from audiodesc.core.fetching import cache_folder
from audiodesc.errors import AudiodescError

_CPU_INFO = Path("/proc/cpuinfo")
_NAME: Final = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def pace(model: str) -> float | None:
    """Seconds that a model took here for a second of film, as its last run measured it; None where it never ran."""
    found: float | None = _read(_pace_key(model), _positive)
    return found


def keep_pace(model: str, seconds: float) -> None:
    """`model` is its repository with the revision."""
    _keep(_pace_key(model), seconds)


def precision() -> str:
    """That in which models run on this processor; "" where it was not measured yet."""
    return _read(_precision_key(), str) or ""


def keep_precision(name: str) -> None:
    """For good: what a model answered in another would be asked for anew."""
    _keep(_precision_key(), name)


def is_refused(name: str) -> bool:
    """Whether the user did not want a describer fetched that was offered."""
    return _read(_refusal_key(name), bool) is True


def keep_refusal(name: str) -> None:
    """Not to ask again: it is fetched where it is named."""
    _keep(_refusal_key(name), True)


def _pace_key(model: str) -> str:
    return key("pace", 1, model=model, processor=_processor(), cores=os.cpu_count())


def _precision_key() -> str:
    return key("precision", 1, processor=_processor(), cores=os.cpu_count())


def _refusal_key(name: str) -> str:
    return key("refused", 1, describer=name, computer=platform.node())


def _processor() -> str:
    with suppress(OSError):
        if found := _NAME.search(_CPU_INFO.read_text("utf-8", errors="replace")):
            return found[1].strip()
    return platform.processor() or platform.machine()


def _positive(value: Any) -> float:
    if not isinstance(value, float) or not 0 < value < 1e6:
        raise ValueError("no pace")
    return value


def _read(name: str, form: Any) -> Any:
    """None for a user without a folder of their own, too."""
    with suppress(AudiodescError):
        return Store(cache_folder("describers")).read_json(name, form)
    return None


def _keep(name: str, value: Any) -> None:
    """A folder that cannot be written to costs the next run a measurement or a question, and nothing else."""
    with suppress(AudiodescError, OSError):
        Store(cache_folder("describers")).put_json(name, value)
