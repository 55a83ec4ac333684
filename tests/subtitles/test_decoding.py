"""Bytes -> text: marks, guesses, newlines, and what is no text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.errors import InputError, ScriptError, SubtitleError
from audiodesc.subtitles.encodings import read_text

ASCII = "1\n00:00:01,000 --> 00:00:02,000\nHello there.\n"
WESTERN = {
    "French": "Où étais-tu, mon frère ? Ça va être la fête à l'hôtel, près du château. Voilà le problème.\n",
    "German": "Schöne Grüße aus Köln. Ich weiß nicht, was soll es bedeuten, daß ich so traurig bin. Über dir!\n",
    "Spanish": "¿Dónde está el niño? ¡Qué pena! Mañana será otro día, señor Núñez. ¿Cómo está usted?\n",
    "Italian": "Perché non è più qui? Così è la vita, però si può fare. La città è già lì, sarà felicità.\n",
    "Portuguese": "Não sei, amanhã é outro dia. Você está aí? A situação é difícil, irmão. Três corações.\n",
    "Swedish": "Jag är på väg hem till dig. Är du där? Öppna dörren åt mig, så får du äpplen på köpet.\n",
    "Danish": "Jeg er på vej hjem. Er du der? Åbn døren, så får du æbler og rødgrød med fløde på bordet.\n",
}
CHINESE = "你好，你今天过得怎么样？我很好，谢谢。我们去吃饭吧，时间不早了。\n"
RUSSIAN = "Привет, как дела? Всё хорошо, спасибо. Пойдём обедать, уже поздно.\n"
JAPANESE = "こんにちは、お元気ですか。今日はいい天気ですね。一緒に行きましょう。\n"


def written(folder: Path, content: bytes, name: str = "film.srt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(folder: Path, content: bytes) -> tuple[str, str]:
    return read_text(written(folder, content), SubtitleError)


def cues(text: str) -> str:
    """The text as a few subtitles, as it would stand in a file."""
    return "".join(f"{i}\n00:00:{i:02},000 --> 00:00:{i:02},900\n{text}\n" for i in range(1, 6))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [ASCII, CHINESE, RUSSIAN, *WESTERN.values()])
def test_unicode_is_read_without_a_guess(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, text.encode(encoding)) == (text, "")


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le")])
def test_both_orders_of_bytes_are_read(tmp_path: Path, mark: bytes, encoding: str) -> None:
    assert read(tmp_path, mark + CHINESE.encode(encoding)) == (CHINESE, "")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [ASCII, cues(WESTERN["French"])], ids=["ascii", "french"])
def test_utf_16_without_a_mark_is_read(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, text.encode(encoding))[0] == text


@pytest.mark.parametrize("language", WESTERN)
def test_western_text_of_windows_is_read(tmp_path: Path, language: str) -> None:
    text = cues(WESTERN[language])
    assert read(tmp_path, text.encode("cp1252"))[0] == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(CHINESE, "gb2312"), (CHINESE, "gb18030"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "shift_jis")],
)
def test_other_scripts_are_guessed(tmp_path: Path, text: str, encoding: str) -> None:
    read_as, guessed = read(tmp_path, cues(text).encode(encoding))
    assert read_as == cues(text)
    assert guessed


def test_a_guess_is_named_and_what_is_sure_is_not(tmp_path: Path) -> None:
    assert read(tmp_path, CHINESE.encode("gb2312"))[1] != ""
    assert read(tmp_path, CHINESE.encode())[1] == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_newlines_are_one(tmp_path: Path, encoding: str, newline: str) -> None:
    assert read(tmp_path, f"a{newline}{newline}b{newline}".encode(encoding)) == ("a\n\nb\n", "")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"), min_size=1))
def test_any_text_in_utf_8_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    if text.encode().strip():
        assert read(tmp_path_factory.mktemp("text"), text.encode()) == (text, "")


def refusal(path: Path) -> str:
    """What is said of a file that is refused, "" for one that is read."""
    try:
        text, _ = read_text(path, SubtitleError)
    except SubtitleError as error:
        return str(error)
    return "" if "\r" not in text else "its newlines were left"


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_are_text_or_an_error_of_ours(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = written(tmp_path_factory.mktemp("bytes"), content)
    said = refusal(path)
    assert said == "" or said.startswith(str(path))
    assert len(said.splitlines()) <= 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10" * 9, "is not a text file"),
        (b"\0" * 4_000, "is not a text file"),
        (bytes(range(256)) * 8, "is not a text file"),
    ],
)
@pytest.mark.parametrize("kind", [SubtitleError, ScriptError])
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes, fault: str, kind: type[InputError]) -> None:
    path = written(tmp_path, content)
    with pytest.raises(kind) as caught:
        read_text(path, kind)
    assert caught.value.fault == f"{path} {fault}"
    assert caught.value.remedy


def test_a_missing_file_a_folder_and_a_dead_link_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "link.srt").symlink_to(tmp_path / "none.srt")
    for name, fault in (("none.srt", "does not exist"), ("link.srt", "does not exist"), ("", "is a folder")):
        with pytest.raises(SubtitleError) as caught:
            read_text(tmp_path / name, SubtitleError)
        assert str(caught.value).startswith(f"{tmp_path / name} {fault}")


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.srt"
    with path.open("wb") as file:
        file.truncate(60_000_000_000)
    with pytest.raises(SubtitleError, match="larger than 10 MB"):
        read_text(path, SubtitleError)


def test_a_path_that_the_system_refuses_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 300}.srt"  # longer than a name can be
    with pytest.raises(SubtitleError) as caught:
        read_text(path, SubtitleError)
    assert path.name in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, ASCII.encode())
    if os.geteuid():
        path.chmod(0)
    else:  # root may read everything

        def refuse(path: Path, largest: int) -> bytes:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr("audiodesc.subtitles.encodings.read_whole", refuse)
    with pytest.raises(SubtitleError) as caught:
        read_text(path, SubtitleError)
    assert str(path) in str(caught.value)
