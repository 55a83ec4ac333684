"""What is installed, what can run here, and the command that brings what is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions
from importlib.util import find_spec
from typing import Any

from packaging.utils import canonicalize_name
from rich.markup import escape
from rich.table import Table

from audiodesc.core.environment import install_command, models_command, requirements
from audiodesc.describers import all_describers, choose
from audiodesc.describers.base import DescriberOptions


def checkup() -> list[dict[str, Any]]:
    """One entry for each thing that is needed: `name`, `ok`, `optional`, `found` and `remedy` as texts."""
    modules = _modules()
    needed = [_python(), *(_package(name, modules) for name in requirements()), _voice()]
    for_models = (_package(name, modules, optional=True) for name in requirements("models"))
    return [*needed, *for_models, *_describers(), *_engines()]


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


def _modules() -> dict[str, list[str]]:
    """The names under which each installed package is imported."""
    found: dict[str, list[str]] = {}
    for module, packages in packages_distributions().items():
        for package in packages:
            found.setdefault(canonicalize_name(package), []).append(module)
    return found


def _package(name: str, modules: Mapping[str, list[str]], optional: bool = False) -> dict[str, Any]:
    try:
        about = metadata(name)
        found, use = str(about["Version"]), " ".join(str(about["Summary"] or "").split())
    except PackageNotFoundError:
        found, use = "", ""
    here = modules.get(canonicalize_name(name), ())
    ok = bool(found) and any(find_spec(module) for module in here)
    remedy = models_command() if optional else install_command(name)
    what = use or ("for models and neural voices" if optional else "needed by audiodesc")
    return _check(name, what, ok, found or "nothing", remedy, optional)


def _describers() -> Iterator[dict[str, Any]]:
    """What `make` would take and why, model by model, if nothing is said of downloads and nobody is asked."""
    choice = choose(all_describers(), DescriberOptions())
    yield _check("auto", "the describer that is used where none is named", True, f"{choice.name}: {choice.why}", "")
    for name, reason in choice.considered:
        yield _check(name, "a describer", name == choice.name, reason, "", optional=True)


def _engines() -> Iterator[dict[str, Any]]:
    """Whether the voice engines but the built-in one can run here."""
    from audiodesc.speak import FALLBACK, all_engines

    for name, engine in all_engines().items():
        here = engine.availability()
        if engine is not FALLBACK:
            found = "can run here: see `audiodesc voices`" if here.runs else here.reason
            yield _check(name, engine.summary, here.runs, found, here.remedy or engine.install, optional=True)


def _voice() -> dict[str, Any]:
    from audiodesc.errors import AudiodescError
    from audiodesc.speak import FALLBACK, default_profile, voice

    try:
        take = voice(default_profile("en")).say("The voice works.", 1.0)
    except (AudiodescError, ImportError, OSError, ValueError) as error:
        return _check("voice", "speaks", False, str(error), FALLBACK.install)
    return _check("voice", "speaks", True, f"spoke for {take.duration_ms / 1000:.1f} s", "")
