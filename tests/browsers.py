"""Chromium, for tests of pages and players."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

PROGRAMS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first that is there; the shell has no window, and takes a sixth less of the processor."""

CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)

PLAYS_UNASKED: Final = "--autoplay-policy=no-user-gesture-required"


@contextmanager
def chromium(*options: str) -> Iterator[Any]:
    """The browser, with more options of its command line; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        try:
            started = driver.chromium.launch(executable_path=CHROMIUM, args=[*as_root, *options])
        except playwright.Error as error:
            pytest.skip(f"no Chromium: {error.message.splitlines()[0]}")
        yield started
        started.close()
