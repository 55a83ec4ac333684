"""What the command line makes of arguments that are not as they should be, and of text that no terminal should obey."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from audiodesc import cli
from audiodesc.cli.options import MINUS, OTHER, first_sentence, group_of, plain_numbers

NO_FILM, NO_TEXT = "is a file of text, not a film: did you mean", "is a film, not a file of text: did you mean"
SEE = "see `audiodesc make --help`"
ESCAPE = "\x1b]0;owned\x07\u202e"


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    monkeypatch.setattr(sys, "argv", ["audiodesc", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("film.mp4", 2, "film.mp4 is no command: did you mean `audiodesc make film.mp4`?"),
        ("film.mkv --subs a.srt", 2, "film.mkv is no command: did you mean `audiodesc make film.mkv --subs a.srt`?"),
        ("mak film.mp4", 2, "no such command 'mak': did you mean make, ask?"),
        ("make", 2, "missing argument 'FILM': see `audiodesc make --help`"),
        ("make --subs", 2, "option '--subs' requires an argument: see `audiodesc make --help`"),
        ("make --densty full f.mp4", 2, "no such option: --densty: did you mean --density?"),
        ("make f.mp4 --margin x", 2, f"invalid value for '--margin': it is not a whole number: {SEE}"),
        ("make f.mp4 --pan x", 2, "invalid value for '--pan': it is not a number: see `audiodesc make --help`"),
        ("listen a.ad", 2, "missing option '--line': see `audiodesc listen --help`"),
        ("make a.srt --subs f.mp4", 3, f"a.srt {NO_FILM} `audiodesc make f.mp4 --subs a.srt`?"),
        ("make a.srt", 3, f"a.srt {NO_FILM} `audiodesc make FILM --subs a.srt`?"),
        ("describe a.vtt --subs f.mov", 3, f"a.vtt {NO_FILM} `audiodesc describe f.mov --subs a.vtt`?"),
        ("render a.vtt --script f.webm", 3, f"a.vtt {NO_FILM} `audiodesc render f.webm --script a.vtt`?"),
        ("check f.mp4 --film a.srt", 3, f"a.srt {NO_FILM} `audiodesc check a.srt --film f.mp4`?"),
        ("check f.mp4", 3, f"f.mp4 {NO_TEXT} `audiodesc check FILE --film f.mp4`?"),
        ("gaps f.mp4", 3, f"f.mp4 {NO_TEXT} `audiodesc gaps --film f.mp4`?"),
        ("gaps f.mp4 --film a.srt", 3, f"a.srt {NO_FILM} `audiodesc gaps a.srt --film f.mp4`?"),
        ("tracks a.srt", 3, f"a.srt {NO_FILM} `audiodesc tracks FILM`?"),
        ("align a.vtt f.mp4", 3, f"a.vtt {NO_FILM} `audiodesc render FILM --script a.vtt`?"),
        ("align ad.mp3 a.vtt", 3, f"a.vtt {NO_FILM} `audiodesc align AD FILM`?"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_says_what_was_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: str, code: int, said: str
) -> None:
    assert run(monkeypatch, capsys, *arguments.split()) == (code, "", f"audiodesc: {said}\n")


def test_names_in_what_was_meant_are_quoted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, said = run(monkeypatch, capsys, "My Film;id.mp4", "--context", "a b")
    assert said.endswith("did you mean `audiodesc make 'My Film;id.mp4' --context 'a b'`?\n")
    _, _, said = run(monkeypatch, capsys, "make", "a b.srt", "--subs", "$x.mp4")
    assert said.endswith("did you mean `audiodesc make '$x.mp4' --subs 'a b.srt'`?\n")


@pytest.mark.parametrize("minus", MINUS)
def test_a_number_may_have_any_minus_sign(minus: str) -> None:
    given = [f"{minus}2.4", f"--shift={minus}2", f"{minus}.5", f"{minus}5 degrees.mp4", f"{minus}x", f"a{minus}1"]
    assert plain_numbers(given) == ["-2.4", "--shift=-2", "-.5", *given[3:]]


def test_without_arguments_there_is_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = run(monkeypatch, capsys)
    assert code == 0
    assert said.startswith("Usage: audiodesc ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["make", f"{ESCAPE}.mp4"],
        [f"{ESCAPE}.mp4"],
        ["make", "f.mp4", f"--{ESCAPE}"],
        [f"make{ESCAPE}"],
        ["check", f"{ESCAPE}.vtt"],
        ["make", f"{ESCAPE}.srt"],
        ["listen", f"{ESCAPE}.ad", "--line", "1"],
        ["gaps", f"{ESCAPE}.srt"],
    ],
)
def test_no_name_reaches_the_terminal_as_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    _, out, err = run(monkeypatch, capsys, *arguments)
    assert not set(ESCAPE[:1] + ESCAPE[-2:]) & set(out + err)
    assert "\\x1b]0;owned" in err


def script(tmp_path: Path) -> Path:
    path = tmp_path / "mine.vtt"
    path.write_text(f"WEBVTT\n\n00:01.000 --> 00:03.000\nWe see {ESCAPE}a boat\n", "utf-8")
    return path


def test_no_line_of_a_script_reaches_the_terminal_as_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _, out, _ = run(monkeypatch, capsys, "check", str(script(tmp_path)))
    assert "\\x1b]0;owned" in out
    assert not set("\x1b\x07\u202e") & set(out)


def test_json_stays_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, out, _ = run(monkeypatch, capsys, "check", str(script(tmp_path)), "--json")
    assert not set("\x1b\x07\u202e") & set(out)
    written = ESCAPE.removesuffix("\u202e")  # a mark that cannot be seen is no part of a cue's text
    assert any(written in one["words"] for one in json.loads(out)["findings"])
    subs = tmp_path / "a.srt"
    subs.write_text(f"1\n00:00:01,000 --> 00:00:03,000\nBo{ESCAPE}at\n", "utf-8")
    _, out, _ = run(monkeypatch, capsys, "gaps", str(subs), "--json")
    assert not set("\x1b\x07\u202e") & set(out)
    json.loads(out)


def test_only_one_module_prints_what_comes_from_outside() -> None:
    """The bars print the names of stages and numbers alone."""
    folder = Path(cli.__file__).parent
    printing = [
        path.name for path in folder.glob("*.py") if "print(" in path.read_text() or "echo(" in path.read_text()
    ]
    assert printing == ["terminal.py"]


def test_a_table_keeps_its_own_colours_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console
    from rich.text import Text

    from audiodesc.cli.terminal import _Visible

    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system="standard").print(_Visible(Text(f"a{ESCAPE}b", style="red")))
    assert out.getvalue() == "\x1b[31ma\\x1b]0;owned\\u202eb\x1b[0m\n"  # rich drops the bell


def commands() -> dict[str, Any]:
    return dict(get_command(cli.app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(commands()))
def test_each_option_stands_in_a_group_and_says_what_it_takes(name: str) -> None:
    for param in commands()[name].params:
        if param.param_type_name == "option":
            assert group_of(param) != OTHER or {"--quiet", "--debug", "--json", "--help"} & set(param.opts), param.opts
            assert param.is_flag or param.metavar, param.opts


@pytest.mark.parametrize(
    ("option", "choices"),
    [
        ("--density", "sparse|normal|full"),
        ("--loudness", "source|r128|a85|streaming"),
        ("--track", "m4a|flac|wav"),
        ("--bits", "24|16"),
        ("--duck", "DB|auto"),
        ("--downmix", "stereo"),
    ],
)
def test_every_choice_is_spelled_out(option: str, choices: str) -> None:
    (found,) = (param for param in commands()["make"].params if option in param.opts)
    assert found.metavar == choices


def test_help_is_in_groups_with_plain_numbers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, said, _ = run(monkeypatch, capsys, "make", "--help")
    heads = [line.rstrip(":") for line in said.splitlines() if line.endswith(":") and line[0] != " "]
    assert heads == [
        *("Arguments", "Input", "Results", "Dialogue", "Pauses", "Describer", "Voice", "Sound"),
        *("Extended description", "Run", "Other options"),
    ]
    for name in commands():
        _, said, _ = run(monkeypatch, capsys, name, "--help")
        assert not re.search(rf"[{MINUS}]\d", said)


def test_what_each_command_does_is_a_whole_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    _, said, _ = run(monkeypatch, capsys, "--help")
    whole = " ".join(said.split())
    for name, command in commands().items():
        sentence = first_sentence(command.help)
        assert sentence.endswith(".")
        assert f"{name} {sentence}" in whole
