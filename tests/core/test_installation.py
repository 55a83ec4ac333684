"""The command in a remedy is one that works: it names where this program came from, and the Python that runs it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from audiodesc.core.environment import again_command, install_command, models_command

ROOT = Path(__file__).parents[2]

ORIGINS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "clone": ({"url": "file:///home/a%20b/audiodesc", "dir_info": {"editable": True}},
              ["-e", "/home/a b/audiodesc[models]"]),
    "folder": ({"url": "file:///src/audiodesc", "dir_info": {}}, ["/src/audiodesc[models]"]),
    "wheel": ({"url": "file:///wheels/audiodesc-0.1.0-py3-none-any.whl", "archive_info": {}},
              ["/wheels/audiodesc-0.1.0-py3-none-any.whl[models]"]),
    "repository": ({"url": "https://example.org/audiodesc.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}},
                   ["audiodesc[models] @ git+https://example.org/audiodesc.git@c0ffee"]),
    "address": ({"url": "https://example.org/audiodesc.whl", "archive_info": {}},
                ["audiodesc[models] @ https://example.org/audiodesc.whl"]),
    "index": ({}, ["audiodesc[models]==0.9"]),
}  # fmt: skip


@pytest.fixture
def came_from(monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_origin(noted: dict[str, Any]) -> None:
        text = json.dumps(noted) if noted else None
        monkeypatch.setattr(
            "importlib.metadata.distribution", lambda name: SimpleNamespace(version="0.9", read_text=lambda file: text)
        )

    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("shutil.which", lambda name: str(Path(sys.executable).with_name(name)))
    return set_origin


@pytest.mark.parametrize("origin", ORIGINS)
def test_models_come_from_where_the_program_came(origin: str, came_from: Any) -> None:
    noted, words = ORIGINS[origin]
    came_from(noted)
    assert shlex.split(models_command()) == ["pip", "install", *words]
    plain = [word.replace("[models]", "") for word in words]
    assert shlex.split(again_command()) == ["pip", "install", "--force-reinstall", *plain]


def test_what_is_not_installed_at_all_runs_from_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.distribution", missing)
    assert shlex.split(models_command())[-2:] == ["-e", f"{ROOT}[models]"]


def test_a_package_is_named_by_itself(came_from: Any) -> None:
    came_from({})
    assert again_command("rapidocr") == "pip install --force-reinstall rapidocr"
    assert install_command("coqui-tts[languages]") == "pip install 'coqui-tts[languages]'"


def test_another_pip_on_the_path_is_not_taken(came_from: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    came_from({})
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/pip")
    assert install_command("soxr") == shlex.join([sys.executable, "-m", "pip", "install", "soxr"])


def test_an_environment_without_pip_is_uvs(came_from: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    came_from({})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert install_command("soxr") == shlex.join(["uv", "pip", "install", "--python", sys.executable, "soxr"])


def test_an_environment_of_pipx(came_from: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    came_from(ORIGINS["folder"][0])
    (tmp_path / "pipx_metadata.json").write_text("{}")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert models_command() == "pipx runpip audiodesc install '/src/audiodesc[models]'"


def test_the_command_here_is_one_that_works() -> None:
    command = shlex.split(install_command(f"typer=={version('typer')}"))
    done = subprocess.run([*command, "--no-deps", "--no-index"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
