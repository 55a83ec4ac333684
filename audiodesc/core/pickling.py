"""Whether a value of this process reaches another one."""

from __future__ import annotations

import pickle
from typing import Any


def can_be_pickled(value: Any) -> bool:
    """Whether a value survives pickling and unpickling: exceptions and describers of other packages may not."""
    try:
        pickle.loads(pickle.dumps(value))  # noqa: S301 — written by this process
    except Exception:  # whatever a stranger's class raises
        return False
    return True
