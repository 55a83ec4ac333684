"""What is installed, what can run here, and the command that brings what is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from rich.markup import escape
from rich.table import Table

from audiodesc.core.installation import install_command, models_command
from audiodesc.describers import all_describers, choose
from audiodesc.describers.base import DescriberOptions

MODELS = (
    ("torch", "torch", "runs models"),
    ("transformers", "transformers", "loads video-language models"),
    ("qwen_vl_utils", "qwen-vl-utils", "prepares pictures for them"),
    ("TTS", "coqui-tts", "neural voices"),
)

PACKAGES = (
    ("av", "av", "opens and writes films"),
    ("pysubs2", "pysubs2", "reads subtitles"),
    ("webvtt", "webvtt-py", "reads and writes WebVTT"),
    ("cv2", "opencv-python-headless", "finds cuts and faces"),
    ("rapidocr", "rapidocr", "reads text on screen"),
    ("onnxruntime", "onnxruntime", "runs the text reader"),
    ("openai", "openai", "asks a server's model"),
    ("espeakng_loader", "espeakng-loader", "the built-in voice"),
    ("pydub", "pydub", "trims spoken clips"),
    ("soxr", "soxr", "resamples spoken clips"),
)


def checkup() -> list[dict[str, Any]]:
    """One entry for each thing that is needed: `name`, `ok`, `optional`, `found` and `remedy` as texts."""
    needed = [_python(), *(_package(*row) for row in PACKAGES), _voice()]
    return [*needed, *(_package(*row, optional=True) for row in MODELS), *_describers()]


def checkup_table(checks: list[dict[str, Any]]) -> Table:
    """The checks for a person."""
    table = Table(box=None, pad_edge=False)
    for column in ("", "what", "for", "found", "to get it"):
        table.add_column(column, overflow="fold")
    for check in checks:
        state = "ok" if check["ok"] else "--" if check["optional"] else "MISSING"
        table.add_row(state, *(escape(check[column]) for column in ("name", "use", "found", "remedy")))
    return table


def _check(name: str, use: str, ok: bool, found: str, remedy: str, optional: bool = False) -> dict[str, Any]:
    return {
        "name": name, "use": use, "ok": ok, "found": found, "remedy": "" if ok else remedy, "optional": optional
    }  # fmt: skip


def _python() -> dict[str, Any]:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info < (3, 14)
    return _check("python", "runs audiodesc", ok, found, "install Python 3.11, 3.12 or 3.13")


def _package(module: str, name: str, use: str, optional: bool = False) -> dict[str, Any]:
    try:
        found = version(name)
    except PackageNotFoundError:
        found = ""
    ok = bool(found) and find_spec(module) is not None
    remedy = models_command() if optional else install_command(name)
    return _check(name, use, ok, found or "nothing", remedy, optional)


def _describers() -> Iterator[dict[str, Any]]:
    """What `make` would take and why, model by model, if nothing is said of downloads and nobody is asked."""
    choice = choose(all_describers(), DescriberOptions())
    yield _check("auto", "the describer that is used where none is named", True, f"{choice.name}: {choice.why}", "")
    for name, reason in choice.considered:
        yield _check(name, "a describer", name == choice.name, reason, "", optional=True)


def _voice() -> dict[str, Any]:
    from audiodesc.errors import AudiodescError
    from audiodesc.speak import FALLBACK, default_profile, voice

    try:
        take = voice(default_profile("en")).say("The voice works.", 1.0)
    except (AudiodescError, ImportError, OSError, ValueError) as error:
        return _check("voice", "speaks", False, str(error), FALLBACK.install)
    return _check("voice", "speaks", True, f"spoke for {take.duration_ms / 1000:.1f} s", "")
