"""What is missing is named with the command that brings it; here, nothing is."""

from __future__ import annotations

import io
import sys
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from audiodesc import speak
from audiodesc.cli.listing import checkup, checkup_table
from audiodesc.core.environment import install_command, requirements
from audiodesc.describers import all_describers, choose, describer, models
from audiodesc.describers.base import DescriberOptions
from audiodesc.describers.models.hardware import Machine
from audiodesc.describers.models.profiles import shipped
from audiodesc.describers.models.weights import Weights
from audiodesc.errors import MissingToolError


@pytest.fixture(scope="module")
def here() -> dict[str, dict[str, Any]]:
    return named(checkup())


def named(checks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in checks}


def shown(checks: list[dict[str, Any]]) -> str:
    written = io.StringIO()
    console = Console(file=written, width=400)
    console.print(checkup_table(checks))
    return written.getvalue()


def test_all_that_is_needed_is_here(here: dict[str, dict[str, Any]]) -> None:
    needed = [check for check in here.values() if not check["optional"]]
    assert {"python", "voice", *requirements()} <= {check["name"] for check in needed}
    assert [check["name"] for check in needed if not check["ok"] or check["remedy"]] == []
    assert here["av"]["found"] == version("av")
    assert here["python"]["found"] == ".".join(map(str, sys.version_info[:3]))
    assert here["voice"]["found"].startswith("spoke for ")


def test_what_is_needed_is_what_the_distribution_requires(here: dict[str, dict[str, Any]]) -> None:
    needed, models = requirements(), requirements("models")
    assert {"av", "numpy", "typer"} <= set(needed)
    assert {"torch", "transformers"} <= set(models)
    assert not set(needed) & set(models)
    assert not {"pytest", "mypy"} & {*needed, *models}
    assert [here[name]["optional"] for name in (*needed, *models)] == [False] * len(needed) + [True] * len(models)


def test_every_check_can_be_written_and_says_what_it_is_for(here: dict[str, dict[str, Any]]) -> None:
    for check in here.values():
        assert {name: type(value) for name, value in check.items()} == {
            **dict.fromkeys(("name", "use", "found", "remedy"), str),
            **dict.fromkeys(("ok", "optional"), bool),
        }
        assert check["use"]


def test_a_package_that_is_missing_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_soxr(name: str) -> Any:
        if name == "soxr":
            raise PackageNotFoundError(name)
        return metadata(name)

    monkeypatch.setattr("importlib.metadata.metadata", without_soxr)
    check = named(checkup())["soxr"]
    assert (check["ok"], check["optional"], check["found"]) == (False, False, "nothing")
    assert check["remedy"] == install_command("soxr")


def test_a_package_without_its_module_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda module: None if module == "pydub" else object())
    assert not named(checkup())["pydub"]["ok"]


def test_a_python_that_is_too_new_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 99, 1))
    check = named(checkup())["python"]
    assert (check["ok"], check["found"]) == (False, "3.99.1")
    assert "3.11" in check["remedy"]


def test_a_voice_that_does_not_speak_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise MissingToolError("the speech library cannot be loaded", "install it")

    monkeypatch.setattr(speak, "voice", broken)
    check = named(checkup())["voice"]
    assert not check["ok"]
    assert "cannot be loaded" in check["found"]
    assert "espeakng-loader" in check["remedy"]


BEST_GB = next(iter(shipped().values())).download_gb


@pytest.mark.parametrize(
    ("gpu", "word"), [(90.0, f"give --yes to fetch {BEST_GB:.1f} GB"), (0.0, "torch finds no GPU")]
)
def test_the_describer_is_reasoned_about_as_in_a_run(monkeypatch: pytest.MonkeyPatch, gpu: float, word: str) -> None:
    monkeypatch.setattr(models, "this_machine", lambda: Machine("NVIDIA Z", gpu, 99.0, "cuda:0") if gpu else Machine())
    monkeypatch.setattr(models, "found", lambda profile: None)
    taken = describer(None, DescriberOptions())
    rows = named(checkup())
    assert f"{rows['auto']['found'].replace(': ', ' describes (', 1)})" == taken.why
    assert word in rows["auto"]["found"]
    considered = choose(all_describers(), DescriberOptions()).considered
    assert [(name, rows[name]["found"]) for name, _ in considered] == list(considered)
    assert [name for name, _ in considered] == ["server", *shipped()]
    assert not any(rows[name]["ok"] for name, _ in considered)


@pytest.mark.parametrize(
    ("takes_s", "there", "ok", "said"),
    [
        (1_800, False, True, "about 30 min for ten minutes of film (an estimate): --describer qwen3.5-2b fetches it"),
        (1_800, True, True, "it is on this disk"),
        (9_000, False, False, "2.5 h for ten minutes of film (an estimate), too long to wait for"),
    ],
)  # fmt: skip
def test_what_describes_without_a_gpu_is_said_with_its_time(
    monkeypatch: pytest.MonkeyPatch, takes_s: float, there: bool, ok: bool, said: str
) -> None:
    monkeypatch.setattr(models, "this_machine", Machine)
    monkeypatch.setattr(models, "found", lambda profile: Weights(Path(), "x", "1") if there else None)
    monkeypatch.setattr(models, "speed_here", lambda machine: None)
    monkeypatch.setattr(models, "film_s", lambda profile, length_s, speed: takes_s)
    row = named(checkup())["without a GPU"]
    assert (row["ok"], row["optional"]) == (ok, True)
    assert said in row["found"]


def test_with_a_gpu_nothing_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "this_machine", lambda: Machine("NVIDIA Z", 90.0, 99.0, "cuda:0"))
    monkeypatch.setattr(models, "speed_here", lambda machine: pytest.fail("it measured the processor"))
    assert "without a GPU" not in named(checkup())


CHECKS = [
    {"name": "av", "use": "opens films", "ok": True, "found": "18.1", "remedy": "", "optional": False},
    {"name": "soxr", "use": "resamples", "ok": False, "found": "nothing", "remedy": "pip install x", "optional": False},
    {"name": "ray", "use": "many films", "ok": False, "found": "nothing", "remedy": "pip install y", "optional": True},
]


def test_the_table_tells_what_is_missing_from_what_may_be() -> None:
    rows = {line.split()[1]: line.split()[0] for line in shown(CHECKS).splitlines()[1:]}
    assert rows == {"av": "ok", "soxr": "MISSING", "ray": "--"}
    assert "pip install x" in shown(CHECKS)


def test_a_command_with_brackets_is_shown_whole() -> None:
    command = "pip install 'audiodesc[models]'"
    assert command in shown([CHECKS[1] | {"remedy": command}])
