"""Options come from the choices, one by one; a job file gives the same, and the command line wins."""

from __future__ import annotations

import inspect
import logging
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from test_imports import HEAVY
from typer.main import get_command

from audiodesc import cli
from audiodesc.cli import batching
from audiodesc.cli.batch_options import RUN
from audiodesc.core.choices import choices
from audiodesc.core.toml import read_job, settings_of
from audiodesc.settings import Settings

OWN = {
    "make": {"--subs", "--output", "--film", "--recordings"},
    "describe": {"--subs", "--output", "--film"},
    "render": {"--subs", "--output", "--script", "--film", "--recordings"},
    "recordings": {"--drop", "--keep", "--author"},
    "edit": {"--text", "--start", "--note", "--voice", "--approve", "--lock", "--delete", "--author"},
    "candidates": {"--another", "--shorter", "--most", "--hint", "--look-again", "--take"},
    "undo": {"--to", "--author"},
    "check": {"--subs", "--film", "--recordings", "--asr", "--strict", "--sarif", "--junit"},
    "evaluate": {
        *("--second", "--subs", "--window", "--text-model", "--resamples", "--seed", "--html", "--force"),
        *("--judge", "--judge-model", "--model", "--questions", "--from", "--of", "--keep-order", "--human"),
        *("--output", "--vote", "--most-votes", "--port", "--no-browser", "--author"),
    },
    "gaps": {"--film"},
    "summary": {"--words", "--subs"},
    "caption": {"--output", "--as", "--style", "--every", "--words", "--fuse", "--subs"},
    "ask": {
        *("--at", "--from", "--to", "--spoilers", "--short", "--detail", "--choices", "--speak", "--chat", "--list"),
        *("--conversation", "--show", "--export", "--delete", "--image", "--output", "--subs"),
    },
    "find": {
        "--film",
        "--from",
        "--to",
        "--limit",
        "--in",
        "--look",
        "--like",
        "--first",
        "--embedding",
        "--html",
        "--force",
        "--play",
    },
    "index": {"--anew", "--to"},
    "review": {"--port", "--no-browser", "--lan", "--password-file", "--cert", "--key", "--author"},
    "export": {"--as", "--output", "--film", "--force"},
    "listen": {"--line", "--seconds", "--output", "--force"},
    "config": {"--schema"},
    "batch": {"--output", "--batch", "--metrics", "--dry-run", "--pilot", "--at-once", "--fail-after", "--ray"},
    "batch status": {"--csv", "--log"},
    "batch retry": {"--kind", "--film"},
    "batch hold": {"--release"},
    "batch plan": {"--gpus", "--cores", "--nodes", "--gpu-price", "--core-price"},
    "watch": {
        *("--outbox", "--quarantine", "--batch", "--metrics", "--done-marker", "--settle", "--poll", "--polling"),
        *("--at-once", "--ray", "--once", "--choices"),
    },
    "serve": {"--host", "--port", "--at-once", "--ray", "--new-key", "--new-secret"},
    "inspect": {"--no-loudness", "--against", "--film"},
    "align": {"--subs", "--output", "--asr", "--described-track"},
    "describers": {"--prompt"},
    "voices": {"--get", "--sample", "--output", "--force"},
}
"""What a command takes that is no choice: the files it reads and writes, and how it says what it found."""

OTHERWISE = {("check", "--no-hear")} | {("caption", name) for name in ("--lang", "--yes", "--force", "--from", "--to")}
OTHERWISE |= {("align", name) for name in ("--lang", "--downmix", "--deliver")}
OTHERWISE |= {("summary", "--lang"), ("summary", "--yes"), ("find", "--yes")}
OTHERWISE |= {("batch", name) for name in ("--strict", "--yes", "--force")}
OTHERWISE |= {("ask", name) for name in ("--voice", "--author", "--force")}
"""Choices whose help says what they mean for that command."""

COMMON = {"--json", "--quiet", "--debug", "--config", "--option", "--deliver-for", "--help"}
CHOICES = {
    field.choice.option: ("_".join(path), title, field) for path, title, field in choices(Settings) if field.choice
}


def commands() -> dict[str, Any]:
    """All commands by what is typed; those of a batch, and `batch` itself, too."""
    found = dict(get_command(cli.app).commands)  # type: ignore[attr-defined]
    own = dict(found.pop("batch").commands)
    return found | {"batch": own.pop(RUN)} | {f"batch {name}": command for name, command in own.items()}


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["audiodesc", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_each_choice_has_an_option_of_its_own() -> None:
    counts = Counter(field.choice.option for _, _, field in choices(Settings) if field.choice)
    assert [option for option, count in counts.items() if count > 1] == []
    offered = {option for param in commands()["config"].params for option in param.opts}
    assert set(CHOICES) <= offered


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_is_a_choice_written_once_or_the_commands_own(name: str) -> None:
    """An option that is written beside the choices, or has a default of its own, is named here."""
    for param in commands()[name].params:
        if param.param_type_name == "argument":
            continue
        option = next(one for one in param.opts if one.startswith("--"))
        if option in COMMON | OWN.get(name, set()):
            continue
        key, title, field = CHOICES[option]
        assert (param.name, param.rich_help_panel, param.default) == (key, title, None)
        assert (param.metavar or "") == field.metavar
        assert field.choice
        assert param.help.startswith(field.choice.help) or (name, option) in OTHERWISE


def test_no_command_has_many_parameters() -> None:
    """Of the function as it is written: the options of the choices are not counted, which come as one."""
    registered = [*cli.app.registered_commands, *batching.app.registered_commands]
    written = [inspect.unwrap(command.callback) for command in registered if command.callback]
    assert len(written) > 8
    assert {function.__module__ for function in written} == {
        f"audiodesc.cli.{name}"
        for name in (
            "aligning",
            "asking",
            "batch_commands",
            "batching",
            "captioning",
            "commands",
            "editing",
            "evaluating",
            "finding",
            "indexing",
            "inspecting",
            "listing",
            "questioning",
            "recordings",
            "reviewing",
            "serving",
            "watching",
        )
    }
    counts = {function.__name__: len(inspect.signature(function).parameters) for function in written}
    assert {name: count for name, count in counts.items() if count > 10} == {}


def test_the_command_line_wins_over_the_job_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job = tmp_path / "job.toml"
    job.write_text('[plan]\nmargin_ms = 200\nshortest_ms = 900\n[check]\ndisable = ["there-is"]\n', "utf-8")
    options = [
        "--margin",
        "300",
        "--no-hear",
        "--duck",
        "auto",
        "--bits",
        "16",
        "--option",
        "coqui.speaker_wav=c=d",
        "--enable",
        "x",
    ]
    code, out, err = run(capsys, monkeypatch, "config", "--config", str(job), *options)
    assert (code, err) == (0, "")
    job.write_text(out, "utf-8")
    chosen = settings_of(Settings, read_job(job, Settings))
    assert (chosen.plan.margin_ms, chosen.plan.shortest_ms, chosen.dialogue.hear) == (300, 900, False)
    assert (chosen.sound.ducking.depth_db, chosen.deliver.bits) == ("auto", 16)
    assert (chosen.check.disable, chosen.check.enable, chosen.options) == (
        ("there-is",),
        ("x",),
        {"coqui": {"speaker_wav": "c=d"}},
    )
    assert run(capsys, monkeypatch, "config", "--config", str(job))[1] == out


SWITCHES = [(path, field) for path, _, field in choices(Settings) if set(field.kinds) == {bool} and path[0] != "run"]


@pytest.mark.parametrize(("path", "field"), SWITCHES, ids=[".".join(path) for path, _ in SWITCHES])
def test_what_a_project_or_a_job_file_switches_on_or_off_can_be_taken_back(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    path: tuple[str, ...],
    field: Any,
) -> None:
    group, name = path
    if group == "dialogue" and name == "subs":
        pytest.skip("subtitles are used again where they are given with --subs FILE")
    job = tmp_path / "job.toml"
    for value in (True, False):
        job.write_text(f"[{group}]\n{name} = {str(not value).lower()}\n", "utf-8")
        is_off = field.choice.option.startswith("--no-")
        given = field.choice.option if value != is_off else field.choice.opposite
        code, out, _ = run(capsys, monkeypatch, "config", "--config", str(job), given)
        assert code == 0
        job.write_text(out, "utf-8")
        assert getattr(getattr(settings_of(Settings, read_job(job, Settings)), group), name) is value


@pytest.mark.parametrize("option", ["--extended-form=cfr", "--extended-sound=hold", "--extended-most=3"])
def test_a_choice_that_has_no_effect_without_another_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str
) -> None:
    code, _, said = run(capsys, monkeypatch, "make", str(tmp_path / "film.mp4"), option)
    name = option.partition("=")[0]
    assert (code, said) == (2, f"audiodesc: {name} without --extended: give --extended too, or leave it out\n")
    job = tmp_path / "job.toml"
    job.write_text("[stops]\nextended = true\n", "utf-8")
    assert run(capsys, monkeypatch, "config", "--config", str(job), option)[0] == 0
    assert run(capsys, monkeypatch, "config", "--config", str(job), option, "--no-extended")[0] == 2


def test_a_job_file_counts_in_every_command_that_takes_choices(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    subs, job = tmp_path / "a.srt", tmp_path / "job.toml"
    subs.write_text("1\n00:00:05,000 --> 00:00:06,000\nHello.\n", "utf-8")
    job.write_text("[plan]\nmargin_ms = 1_000\n", "utf-8")
    assert '"end_ms": 4850' in run(capsys, monkeypatch, "gaps", str(subs), "--json")[1]
    assert '"end_ms": 4000' in run(capsys, monkeypatch, "gaps", str(subs), "--json", "--config", str(job))[1]
    script = tmp_path / "a.vtt"
    script.write_text("WEBVTT\n\n00:01.000 --> 00:03.000\nThere is a dog on the stairs.\n", "utf-8")
    assert "there-is" in run(capsys, monkeypatch, "check", str(script))[1]
    job.write_text('[check]\ndisable = ["there-is"]\n', "utf-8")
    assert "there-is" not in run(capsys, monkeypatch, "check", str(script), "--config", str(job))[1]
    taking = {name for name, command in commands().items() if any("--config" in param.opts for param in command.params)}
    runs = {"make", "describe", "render", "align", "check", "export", "candidates", "review", "batch"}
    assert taking == runs | {"ask", "caption", "summary", "evaluate", "find", "gaps", "tracks", "config", "voices"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--margin", "-3"], "--margin is -3: give 0 to 10,000 ms; did you mean 3?"),
        (["--duck", "x"], "--duck is x: give -60 to 0 dB, or choose one of: usual, auto"),
        (["--bits", "20"], "--bits is 20: choose one of: 24, 16"),
        (["--option", "x"], "--option is 'x': give it as NAME.KEY=VALUE, NAME being that of the backend"),
        (["--option", "webvtt.x=1"], "webvtt has no options of its own: leave out webvtt.x"),
        (["--option", "espeak.x=1"], "espeak has no option 'x'"),
        (["--option", "espek.x=1"], "there is no backend 'espek' to give options to: did you mean espeak?"),
        (["--config", "none.toml"], "none.toml: cannot be read: No such file or directory: give a file"),
        (["--yes", "--offline"], "models are to be fetched, and nothing is: leave out --yes or --offline"),
    ],
)
def test_a_wrong_value_is_named_by_its_option(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    code, out, err = run(capsys, monkeypatch, "config", *arguments)
    assert (code, out) == (3 if "none.toml" in said else 2, "")
    assert err.startswith(f"audiodesc: {said}")
    assert err.count("\n") == 1


def test_a_warning_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    run(capsys, monkeypatch, "config")
    logging.getLogger("audiodesc.core.plugins").warning("the plug-in %r\nis ignored", "x")
    assert capsys.readouterr().err == "audiodesc: warning: the plug-in 'x' is ignored\n"


def test_help_is_quick() -> None:
    """It loads the command line, the choices and what they stand on, and nothing of what does the work."""
    code = "import atexit, runpy, sys\natexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    code += "sys.argv = ['audiodesc', '--help']\nrunpy.run_module('audiodesc', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: audiodesc")
    loaded = set(done.stderr.split())
    assert "audiodesc.cli.commands" in loaded
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    own = {name.split(".")[1] for name in loaded if name.startswith("audiodesc.")}
    assert own <= {"__main__", "cli", "core", "errors", "settings"}
