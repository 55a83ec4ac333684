"""Conversations as a library object and at the command line, kept in the project; pictures; answers that are spoken."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from answering import Answering, Replying
from commandline import audiodesc
from PIL import Image
from stories import SCRIPT, make_story, write_script

import audiodesc as library
from audiodesc.cli.talking import Streamed
from audiodesc.describers import ChosenDescriber
from audiodesc.describers.base import Describer
from audiodesc.describers.queries import Query, Reply
from audiodesc.errors import InputError, MissingToolError, UsageError
from audiodesc.model import FrameRequest, Span
from audiodesc.project import open_project
from audiodesc.project.conversations import conversation, conversations
from audiodesc.questions.pictures import MOST_PIXELS, read_picture
from audiodesc.settings import DialogueSettings, Settings, VoiceSettings

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
FRAMES = FrameRequest(1, 1, 8, 160 * 120)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story, described by a person."""
    folder = tmp_path_factory.mktemp("story")
    film = make_story(folder)
    library.render(film, write_script(folder / "mine.vtt", SCRIPT), folder / "story.srt", settings=QUICK)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "work")
    return tmp_path / "work"


def brightness(query: Query) -> str:
    if query.choices:
        return query.choices[0]
    assert query.clip
    return "It is bright." if query.clip.frames[-1].image.mean() > 100 else "It is dark. [0:12]"


@pytest.fixture
def by(monkeypatch: pytest.MonkeyPatch) -> Replying:
    made = Replying(brightness)
    _choose(monkeypatch, made)
    return made


def _choose(monkeypatch: pytest.MonkeyPatch, describer: Describer) -> None:
    monkeypatch.setattr("audiodesc.footage.chosen_describer", lambda *_, **__: ChosenDescriber(describer))


def test_one_question_and_its_answer(folder: Path, by: Replying) -> None:
    found = library.ask(folder / "story.ad", "How bright is it?", at="0:06")
    assert (found.text, found.by, found.is_seen) == ("It is bright.", "answering", True)
    assert library.ask(folder / "story.mp4", "How bright is it?", at=12.5).times_ms == (12_000,)
    assert library.ask(folder / "story.ad", "Which?", start=4, end="0:07", choices=("day", "night")).letter == "A"
    with library.Conversation(folder / "story.ad") as talk:
        talk.ask("Which?", at=6, choices=("day", "night"))
        assert talk.turns[0].question == "Which? (A) day (B) night"


def test_lines_and_people_count_up_to_the_moment(tmp_path: Path, by: Replying) -> None:
    film = make_story(tmp_path)
    lines = [
        ("00:00.500", "00:03.000", "Tom, a bearded man in a blue coat, waits."),
        ("00:13.300", "00:15.500", "Ida, a tall woman in a red hat, leaves."),
    ]
    library.render(film, write_script(tmp_path / "mine.vtt", lines), tmp_path / "story.srt", settings=QUICK)
    for spoilers in (False, True):
        library.ask(tmp_path / "story.ad", "Who is it?", at="0:06", spoilers=spoilers)
    plain, spoilt = (query.text for query in by.queries)
    assert '"Tom: the bearded man in a blue coat"' in plain
    assert '{"at": "0:01", "text": "Tom, a bearded man in a blue coat, waits."}' in plain
    assert "Ida" not in plain
    assert "Ida, a tall woman" in spoilt
    assert "What brings you here?" in plain
    assert "searching" not in plain
    assert "searching" in spoilt


def test_a_conversation_is_kept_turn_by_turn(folder: Path, by: Replying) -> None:
    with library.Conversation(folder / "story.ad") as talk:
        talk.ask("How bright is it?", at="0:06")
        with open_project(folder / "story.ad") as project:  # what a kill would leave
            assert [turn.question for turn in conversation(project, 1).turns] == ["How bright is it?"]
        with pytest.raises(UsageError, match="beyond"):
            talk.ask("And there?", at="9:00")
        talk.ask("and the man beside her?")
        assert by.queries[-1].follow_ups[0].answer == "It is bright."
        assert talk.number == 1
    with library.Conversation(folder / "story.ad", number=1) as talk:
        assert [turn.answer for turn in talk.turns] == ["It is bright."] * 2
        assert talk.ask("Now? at 0:12").moment == Span(8_000, 14_000)
    with open_project(folder / "story.ad") as project:
        (head,) = conversations(project)
        assert head.turns == 3
    with pytest.raises(UsageError, match="no conversation 7"), library.Conversation(folder / "story.ad", number=7):
        pass


def test_a_bare_film_keeps_none(tmp_path: Path, by: Replying) -> None:
    with library.Conversation(make_story(tmp_path)) as talk:
        talk.ask("How bright is it?", at=6)
        assert not talk.is_kept
        assert talk.number is None
        assert len(talk.turns) == 1


def test_a_model_that_is_not_installed_is_no_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> ChosenDescriber:
        raise MissingToolError("torch is not installed", "pip install 'audiodesc[models]'")

    monkeypatch.setattr("audiodesc.footage.chosen_describer", missing)
    done = audiodesc("ask", folder / "story.ad", "What is seen?", "--at", "0:08")
    assert done.returncode == 0
    assert done.stdout.startswith("No model was asked. What is known around 0:08 to 0:10:")
    assert "The description says: “Night falls.” (0:07)." in done.stdout
    assert "no model is asked: torch is not installed" in done.stderr


def test_the_answer_at_the_command_line(folder: Path, by: Replying) -> None:
    done = audiodesc("ask", folder / "story.ad", "How bright is it?", "--at", "0:12", "-q")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "It is dark.\n(rests on 0:12; answered by answering)\n"
    found = audiodesc("ask", folder / "story.ad", "Where is the ferry?", "-q")
    assert "(moment: 0:00 to 0:05; what the description says, at 0:00.5: “A ferry waits at the pier.”)" in found.stdout
    (values,) = map(
        json.loads, audiodesc("ask", folder / "story.ad", "Why?", "--at", "6", "--json", "-q").stdout.splitlines()
    )
    assert values["text"] == "It is bright."
    assert values["moment"] == [4_000, 8_000]
    assert conversations_of(folder) == []


def conversations_of(folder: Path) -> list[int]:
    with open_project(folder / "story.ad") as project:
        return [one.number for one in conversations(project)]


def test_a_choice_says_how_sure_it_is(folder: Path, by: Replying) -> None:
    asked = ("ask", folder / "story.ad", "Is it day or night?", "--at", "0:06", "--choices", "day|night", "-q")
    assert audiodesc(*asked).stdout.splitlines()[:2] == ["(A) day", "How sure it is, is not known of this model."]
    by.reply = lambda _: Reply("B", (0.25, 0.75))
    sure = audiodesc(*asked[:2], "Which? (A) day (B) dusk", "--at", "0:06", "-q")
    assert sure.stdout.splitlines()[:2] == ["(B) dusk", "How sure: A 25%, B 75%."]


def test_several_films_are_each_answered_by_one_describer(folder: Path, tmp_path: Path, by: Replying) -> None:
    other = make_story(tmp_path, "other.mp4")
    done = audiodesc("ask", folder / "story.ad", other, "How bright is it?", "--at", "0:06", "-q")
    assert done.returncode == 0, done.stderr
    names = [line for line in done.stdout.splitlines() if line.endswith(":")]
    assert names == [f"{folder / 'story.ad'}:", f"{other}:"]
    assert done.stdout.count("It is bright.") == 2
    failed = audiodesc("ask", folder / "story.ad", tmp_path / "none.mp4", "How bright is it?", "--at", "6", "-q")
    assert failed.returncode == 3
    assert "It is bright." in failed.stdout
    assert "none.mp4" in failed.stderr


def _typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_chat_of_lines_is_kept_shown_exported_and_deleted(
    folder: Path, tmp_path: Path, by: Replying, monkeypatch: pytest.MonkeyPatch
) -> None:
    _typed(
        monkeypatch,
        "/at 0:06 How bright is it?",
        "",
        "and the man beside her?",
        "/at 0:12",
        "And now?",
        "/at 99:00 Then?",
    )
    done = audiodesc("ask", folder / "story.ad", "--chat", "--author", "Ana <b>")
    assert done.returncode == 2
    assert "beyond the film's end" in done.stderr
    assert "kept as conversation 1" in done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("It is")] == [
        *["It is bright."] * 2,
        "It is dark.",
    ]
    listed = audiodesc("ask", folder / "story.ad", "--list")
    assert "How bright is it?" in listed.stdout
    assert "3" in listed.stdout
    assert json.loads(audiodesc("ask", folder / "story.ad", "--list", "--json").stdout)[0]["turns"] == 3
    shown = audiodesc("ask", folder / "story.mp4", "--show", 1).stdout
    assert "Ana <b> (0:08 to 0:14): And now?" in shown
    for name in ("talk.md", "talk.json"):
        assert audiodesc("ask", folder / "story.ad", "--export", 1, "-o", tmp_path / name).returncode == 0
    assert "Ana \\<b\\>" in (tmp_path / "talk.md").read_text("utf-8")
    assert len(json.loads((tmp_path / "talk.json").read_text("utf-8"))["turns"]) == 3
    assert audiodesc("ask", folder / "story.ad", "--export", 1, "-o", tmp_path / "talk.md").returncode == 5
    other = audiodesc("ask", folder / "story.ad", "--export", 1, "-o", tmp_path / "talk.txt")
    assert other.returncode == 2
    assert "talk.txt is neither Markdown nor JSON" in other.stderr
    _typed(monkeypatch, "Still?")
    assert audiodesc("ask", folder / "story.ad", "--chat", "--conversation", 1, "-q").returncode == 0
    assert by.queries[-1].follow_ups
    assert audiodesc("ask", folder / "story.ad", "--delete", 1).returncode == 0
    assert conversations_of(folder) == []
    assert audiodesc("ask", folder / "story.ad", "--show", 1).returncode == 2


def test_one_question_may_go_on_with_a_conversation(folder: Path, by: Replying) -> None:
    with library.Conversation(folder / "story.ad") as talk:
        talk.ask("How bright is it?", at=6)
    done = audiodesc("ask", folder / "story.ad", "And in the corner?", "--conversation", 1, "-q")
    assert done.returncode == 0, done.stderr
    with open_project(folder / "story.ad") as project:
        assert len(conversation(project, 1).turns) == 2


def test_ctrl_c_ends_an_answer_and_not_the_conversation(
    folder: Path, by: Replying, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(_: Query) -> str:
        if len(by.queries) == 1:
            raise KeyboardInterrupt
        return "It is fine."

    by.reply = reply
    _typed(monkeypatch, "/at 0:06 First?", "/at 0:06 Second?")
    done = audiodesc("ask", folder / "story.ad", "--chat", "-q")
    assert done.returncode == 0
    assert "(stopped)" in done.stdout
    assert "It is fine." in done.stdout
    with open_project(folder / "story.ad") as project:
        assert [turn.question for turn in conversation(project, 1).turns] == ["Second?"]


def test_a_text_is_printed_as_it_grows(capsys: pytest.CaptureFixture[str]) -> None:
    streamed = Streamed()
    for text in ("A", "A red", "A red \x1b[31mcoat"):
        streamed.said(text)
    assert streamed.finish("A red \x1b[31mcoat.")
    assert capsys.readouterr().out == "A red \\x1b[31mcoat.\n"
    other = Streamed()
    other.said("A red")
    assert not other.finish("Blue.")


@pytest.mark.parametrize(
    "given",
    [
        ("What?", "--short", "--detail"),
        ("What?", "--at", "6", "--from", "4"),
        ("What?", "--at", "noon"),
        ("What?", "--from", "0:07", "--to", "0:05"),
        ("What?", "--choices", "one"),
        ("What?", "-o", "x.wav"),
        ("x" * 3_000, "--at", "6"),
        (" ", "--at", "6"),
        (),
        ("story.mp4",),
        ("story.mp4", "--chat"),
        ("--show", 1, "--delete", 1),
        ("--export", 1),
        ("What?", "--image", "story.mp4", "x"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(folder: Path, by: Replying, given: tuple[Any, ...]) -> None:
    done = audiodesc("ask", folder / "story.ad", *given, "-q", cwd=folder)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("audiodesc: ")
    assert done.stderr.count("\n") == 1


def test_an_answer_is_spoken_into_a_file(folder: Path, tmp_path: Path, by: Replying) -> None:
    out = tmp_path / "answer.wav"
    asked = ("ask", folder / "story.ad", "How bright is it?", "--at", "6", "--speak", "-o", out, "-q")
    done = audiodesc(*asked)
    assert done.returncode == 0, done.stderr
    assert out.stat().st_size > 48_000
    assert audiodesc(*asked).returncode == 5
    assert audiodesc(*asked, "--force").returncode == 0


def test_each_answer_of_a_chat_is_spoken_into_a_file_of_its_own(
    folder: Path, tmp_path: Path, by: Replying, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a-2.wav").write_bytes(b"mine")
    _typed(monkeypatch, "/at 0:06 How bright is it?", "/at 99:00 Then?", "And in the corner?")
    done = audiodesc("ask", folder / "story.ad", "--chat", "--speak", "-o", tmp_path / "a.wav", "-q")
    assert done.stderr.count("\n") == 1, done.stderr
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["a-2.wav", "a-3.wav", "a.wav"]
    assert (tmp_path / "a-2.wav").read_bytes() == b"mine"
    _typed(monkeypatch, "/at 0:06 How bright is it?", "And in the corner?")
    done = audiodesc("ask", folder / "story.ad", "--chat", "--speak", "-o", tmp_path / "a.wav", "-q", "--force")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a-2.wav").read_bytes()[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/at 99:00", "1:39:00 lies beyond the film's end"),
        ("/at", "/at has no time"),
        ("/at noon What?", "noon"),
        ("/list", "there is no command /list: there are /at TIME, /help and /quit"),
        ("/bye now", "there is no command /bye"),
    ],
)
def test_a_command_of_a_chat_that_is_none_is_told_at_once_and_not_asked(
    folder: Path, by: Replying, monkeypatch: pytest.MonkeyPatch, line: str, said: str
) -> None:
    _typed(monkeypatch, "/at 0:06", line, "How bright is it?")
    done = audiodesc("ask", folder / "story.ad", "--chat", "-q")
    assert done.returncode == 2
    assert said in done.stderr
    (query,) = by.queries
    assert query.clip
    assert query.clip.span.start_ms <= 6_000 <= query.clip.span.end_ms  # where the chat was before


def _picture(path: Path, colour: str = "red", size: tuple[int, int] = (64, 48)) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def test_a_picture_is_asked_about(tmp_path: Path, by: Replying, monkeypatch: pytest.MonkeyPatch) -> None:
    by.reply = lambda query: query.choices[:1] or f"{len(query.clip.frames) if query.clip else 0} frame. [0:01]"
    for suffix in ("png", "jpg"):
        path = _picture(tmp_path / f"frame.{suffix}")
        done = audiodesc("ask", "What colour is it?", "--image", path, "-q")
        assert done.returncode == 0, done.stderr
        assert done.stdout == "1 frame.\n(answered by answering)\n"
    assert library.ask(path, "Which?", choices=("red", "blue")).text == "(A) red"
    with library.Conversation(path) as talk:
        talk.ask("What is it?")
        talk.ask("and beside it?")
        with pytest.raises(UsageError, match="no times"):
            talk.ask("And?", at=1)
    assert by.queries[-1].follow_ups
    _choose(monkeypatch, Answering("x", facts="text from 0.000 to 1.000 s, 9 % high: EXIT"))
    assert "On the picture stands “EXIT”." in audiodesc("ask", "What?", "--image", path, "-q").stdout


def _bomb(path: Path, side: int) -> Path:
    """The header of a PNG with so many pixels, and next to nothing in it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))
    return path


def test_pictures_that_are_none_are_refused(tmp_path: Path, by: Replying) -> None:
    (tmp_path / "cut.jpg").write_bytes(_picture(tmp_path / "whole.jpg", size=(640, 480)).read_bytes()[:300])
    (tmp_path / "text.png").write_text("<svg/>", "utf-8")
    for side in (9_000, 12_000, 60_000):
        assert side * side > MOST_PIXELS
        with pytest.raises(InputError, match="too many pixels"):
            read_picture(_bomb(tmp_path / f"{side}.png", side), FRAMES)
    for name in ("cut.jpg", "text.png", "none.png"):
        with pytest.raises(InputError):
            read_picture(tmp_path / name, FRAMES)
        done = audiodesc("ask", "What?", "--image", tmp_path / name, "-q")
        assert done.returncode == 3, done.stderr
        assert done.stderr.count("\n") == 1


def test_a_picture_is_upright_and_no_larger_than_frames(tmp_path: Path) -> None:
    picture = Image.new("RGB", (800, 400), "blue")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned
    picture.save(tmp_path / "turned.jpg", exif=exif)
    (frame,) = read_picture(tmp_path / "turned.jpg", FRAMES).frames
    height, width, _ = frame.image.shape
    assert height > width
    assert height * width <= FRAMES.max_pixels
    assert np.abs(frame.image.mean(axis=(0, 1)) - (0, 0, 255)).max() < 5


def test_what_was_answered_before_a_kill_is_kept(folder: Path) -> None:
    program = "from audiodesc.cli import main; main()"
    command = [sys.executable, "-c", program, "ask", str(folder / "story.ad"), "--chat", "--describer", "basic", "-q"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin
        assert running.stdout
        running.stdin.write("/at 0:06 What is here?\nand the man beside her?\nAnd?\n")
        running.stdin.flush()
        answers = (line for line in running.stdout if line.startswith("No model was asked."))
        next(answers), next(answers)  # an answer is kept before it is printed
        running.kill()
    with open_project(folder / "story.ad") as project:
        kept = [turn.question for turn in conversation(project, 1).turns]
    assert kept[:2] == ["What is here?", "and the man beside her?"]


def test_what_cannot_be_done_with_an_answer_is_said_before_anything_is_asked(
    folder: Path, tmp_path: Path, by: Replying
) -> None:
    there = tmp_path / "there.wav"
    there.write_bytes(b"mine")
    asked = ("ask", folder / "story.ad", "How bright is it?", "--at", "6", "-q")
    for more, code, fault in (
        (("--speak", "-o", there), 5, "there.wav is there already"),
        (("--speak", "-o", tmp_path / "a.mp3"), 2, "a.mp3 is not the name of a WAV file"),
        (("--speak", "-o", tmp_path / "none" / "a.wav"), 5, "a.wav cannot be written"),
        (("--choices", "||"), 2, "--choices is '||': give 2 to 10"),
    ):
        done = audiodesc(*asked, *more)
        assert (done.returncode, done.stdout) == (code, "")
        assert fault in done.stderr
    assert not by.queries
    assert there.read_bytes() == b"mine"


def test_a_question_without_words_names_the_film(folder: Path) -> None:
    done = audiodesc("ask", folder / "story.ad", "")
    assert done.returncode == 2
    assert f"there is no question about {folder / 'story.ad'}: give one" in done.stderr
