"""The examples run, alone and as a package that is installed beside the program in a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
FILM, SUBTITLES = ROOT / "samples" / "sample.mp4", ROOT / "samples" / "sample.srt"

BROKEN = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "broken-example"
version = "1.0"
[project.entry-points."audiodesc.describers"]
broken = "broken_example:BACKEND"
[tool.hatch.build.targets.wheel]
only-include = ["broken_example.py"]
"""


def run(environment: Path, *arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """The command line, in an environment."""
    done = subprocess.run(
        [environment / "bin" / "python", "-m", "audiodesc", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=environment,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def install(environment: Path, package: Path) -> None:
    """Without the network: what builds it is here already."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "--quiet"),
            *("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", package),
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip


def new_environment(folder: Path) -> Path:
    """An environment with this program and what it needs, and nothing of another package."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    paths = [str(ROOT), *dict.fromkeys([sysconfig.get_path("purelib"), *filter(None, sys.path)])]
    (site / "here.pth").write_text("\n".join(path for path in paths if Path(path).is_dir()), "utf-8")
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = new_environment(tmp_path_factory.mktemp("clean") / "venv")
    install(folder, EXAMPLES)
    return folder


@pytest.fixture(scope="module")
def made(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All four at once, each with an option of its own."""
    out = tmp_path_factory.mktemp("made")
    run(
        environment, "make", FILM, "--subs", SUBTITLES, "-o", out, "--describer", "brightness", "--voice", "tones-en",
        "--deliver", "tabs", "--deliver", "reading", "--option", "brightness.dark_below=255",
        "--option", "tones.pitch_hz=220", "--option", "tabs.mark=,", "--option", "reading.numbered=true",
    )  # fmt: skip
    return out


def test_the_describer_writes_the_lines(made: Path) -> None:
    report = json.loads((made / "sample.ad.json").read_text("utf-8"))
    lines = [one["line"] for one in report["segments"] if one["placed"]]
    assert lines
    assert all("dark" in line.lower() for line in lines)
    assert report["settings"]["describer_label"] == "brightness"


def test_the_voice_speaks_with_its_option(made: Path, tmp_path: Path) -> None:
    """What is loudest in the narration is the tone that was asked for."""
    import av
    import numpy as np

    with av.open(str(made / "sample.narration.flac")) as container:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]).astype(float)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * 48_000 / len(samples) == pytest.approx(220, abs=8)


def test_the_script_is_written_in_the_format_and_read_again(environment: Path, made: Path, tmp_path: Path) -> None:
    script = made / "sample.ad.tabs"
    rows = script.read_text("utf-8").splitlines()
    assert rows[0] == "#tabs"
    assert all("," in row.split("\t")[0] for row in rows[1:])
    run(environment, "render", FILM, "--script", script, "--subs", SUBTITLES, "-o", tmp_path, "--voice", "tones-en")
    assert (tmp_path / "sample.ad.m4a").stat().st_size > 0
    judged = json.loads(run(environment, "check", script, "--json").stdout)
    assert judged["pace"]["lines"] == len(rows) - 1


def test_the_deliverable_is_made_and_listed(made: Path) -> None:
    lines = (made / "sample.reading.txt").read_text("utf-8").splitlines()
    assert lines[0].startswith("1. ")
    report = json.loads((made / "sample.ad.json").read_text("utf-8"))
    assert report["files"]["reading"]["name"] == "sample.reading.txt"


@pytest.mark.parametrize(("command", "name"), [("describers", "brightness"), ("voices", "tones-en")])
def test_what_a_package_adds_is_listed(environment: Path, command: str, name: str) -> None:
    assert name in run(environment, command).stdout


def test_a_wrong_option_is_one_line(environment: Path, tmp_path: Path) -> None:
    wrong = ("--describer", "brightness", "--option", "brightness.darkbelow=80")
    done = run(environment, "make", FILM, "--subs", SUBTITLES, "-o", tmp_path / "out", *wrong, code=2)
    assert done.stderr.splitlines()[-1] == "audiodesc: brightness has no option 'darkbelow': did you mean dark_below?"
    assert not (tmp_path / "out").exists()


def test_a_package_that_cannot_be_imported_costs_one_line_of_warning(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "pyproject.toml").write_text(BROKEN, "utf-8")
    (package / "broken_example.py").write_text("raise OSError('its licence has expired')\n", "utf-8")
    environment = new_environment(tmp_path / "venv")
    install(environment, package)
    done = run(environment, "describers")
    assert "basic" in done.stdout
    (warning,) = done.stderr.splitlines()
    assert "broken" in warning
    assert "its licence has expired" in warning


def test_every_example_is_on_the_page() -> None:
    page = (ROOT / "docs" / "extending.md").read_text("utf-8")
    names = {path.name for path in EXAMPLES.glob("own_*.py")}
    points = tomllib.loads((EXAMPLES / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    assert {f"{value.partition(':')[0]}.py" for group in points.values() for value in group.values()} == names
    assert all(f"../examples/{name}" in page for name in names)
    assert all(group in page for group in points)


@pytest.mark.parametrize(
    ("script", "arguments", "printed"),
    [
        ("own_describer.py", [FILM], "bright"),
        ("own_voice.py", ["one two", "OUT"], ""),
        ("own_script_format.py", ["TABS"], "1.500 A door."),
        ("library_use.py", [FILM, SUBTITLES, "FOLDER"], "0 ms of narration over dialogue"),
    ],
)
def test_each_example_runs_as_a_script(script: str, arguments: list[str | Path], printed: str, tmp_path: Path) -> None:
    (tmp_path / "x.tabs").write_text("#tabs\n1.500\t2.500\tA door.\n", "utf-8")
    places = {"OUT": tmp_path / "out.wav", "TABS": tmp_path / "x.tabs", "FOLDER": tmp_path / "made"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, *(places.get(str(one), one) for one in arguments)],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert printed in done.stdout
    assert "OUT" not in arguments or places["OUT"].stat().st_size > 10_000
