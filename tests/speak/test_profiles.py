"""Voice profiles: what is shipped, what a file may say, and what is said about a wrong one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from audiodesc.core import cache
from audiodesc.errors import InputError, MissingToolError, UsageError
from audiodesc.speak import ENGINES, all_profiles, default_profile, profile
from audiodesc.speak import profiles as module
from audiodesc.speak.profiles import Profile, speaks

Write = Callable[[str | bytes], str]

GOOD = """
engine = "espeak"
voice = "gmw/en"
language = "en-GB"
licence = "GPL-3.0-or-later"
rate_wpm = 160
description = "low"
[settings]
pitch = 40
calibration = 0.8
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str | bytes) -> str:
        path = tmp_path / "mine.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def test_a_file_says_it_all(write: Write) -> None:
    assert profile(write(GOOD)) == Profile(
        name="mine",
        engine="espeak",
        voice="gmw/en",
        language="en-GB",
        licence="GPL-3.0-or-later",
        rate_wpm=160,
        description="low",
        settings=(("calibration", 0.8), ("pitch", 40)),
    )


def test_what_may_be_left_out(write: Write) -> None:
    short = profile(write('engine="x"\nvoice="v"\nlanguage="de"\nlicence="MIT"'))
    assert (short.rate_wpm, short.description, short.settings) == (170, "", ())


def test_paths_are_counted_from_the_profiles_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = profile(write(GOOD))
    assert read.path("clips/anna.wav") == tmp_path / "clips/anna.wav"
    assert read.path("/voices/anna.wav") == Path("/voices/anna.wav")
    monkeypatch.setenv("HOME", "/home/anna")
    assert read.path("~/anna.wav") == Path("/home/anna/anna.wav")
    monkeypatch.chdir(tmp_path)
    assert profile("./mine.toml").path("anna.wav") == tmp_path / "anna.wav"


def test_a_profile_elsewhere_is_the_same_voice(write: Write) -> None:
    read = profile(write(GOOD))
    assert read == dataclasses.replace(read, folder="/elsewhere")
    assert hash(read) == hash(dataclasses.replace(read, folder="/elsewhere"))


def test_a_profile_can_be_hashed_and_be_in_a_cache_key(write: Write) -> None:
    one = profile(write(GOOD))
    other = profile(write(GOOD.replace("40", "41")))
    assert len({one, other, dataclasses.replace(one)}) == 2
    assert cache.key("speech", 1, voice=one) != cache.key("speech", 1, voice=other)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('licence = "GPL-3.0-or-later"', "", "licence missing"),
        ('engine = "espeak"\nvoice = "gmw/en"', "", "engine, voice missing"),
        ('description = "low"', 'descripton = "low"', "unknown key 'descripton'"),
        ('description = "low"', 'name = "low"', "unknown key 'name'"),
        ('"gmw/en"', "7", "voice must be text"),
        ('"gmw/en"', '" "', "voice is empty"),
        ("160", "true", "rate_wpm must be a whole number"),
        ("160", "160.5", "rate_wpm must be a whole number"),
        ("160", "4000", "rate_wpm 4000 is not between"),
        ('"en-GB"', '"English, British"', "is not a BCP 47 tag"),
        ("[settings]", "[[settings]]", "settings must be a table"),
        ("pitch = 40", "pitch = [40]", "settings.pitch must be"),
        ("[settings]", "[settings", "not TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(write: Write, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    path = write(GOOD.replace(old, new))
    with pytest.raises(InputError) as caught:
        profile(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "voices/README.md" in caught.value.remedy


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00", b"<?xml version='1.0'?>"])
def test_a_file_that_is_no_text_at_all(write: Write, content: bytes) -> None:
    with pytest.raises(InputError, match="not TOML"):
        profile(write(content))


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        profile(str(tmp_path / "none.toml"))
    with pytest.raises(InputError, match="directory"):
        profile(f"{tmp_path}/")


@pytest.mark.parametrize(("name", "like"), [("hal", ""), ("coqui-dee", "coqui-de"), ("kokoro-en", "kokoro-en-gb")])
def test_an_unknown_name_is_told_with_the_names_that_are_like_it(name: str, like: str) -> None:
    with pytest.raises(UsageError) as caught:
        profile(name)
    assert repr(name) in caught.value.fault
    assert like in caught.value.remedy
    assert "`audiodesc voices`" in caught.value.remedy


def test_shipped_voices() -> None:
    shipped = all_profiles()
    assert len(shipped) >= 12
    assert {p.language.partition("-")[0] for p in shipped} >= {
        "en",
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "sv",
        "pl",
    }
    assert {p.engine for p in shipped} == set(ENGINES)
    for p in shipped:
        assert profile(p.name) == p
        assert p.name.startswith(f"{p.engine}-")
        assert p.description
        assert p.licence


def test_installed_voices_come_before_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    package = tmp_path / "audiodesc"
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "source.toml").write_text(GOOD)
    monkeypatch.setattr(module, "_PACKAGE", package)
    assert [p.name for p in all_profiles()] == ["source"]
    (package / "voices").mkdir(parents=True)
    (package / "voices" / "wheel.toml").write_text(GOOD)
    assert [p.name for p in all_profiles()] == ["wheel"]


@pytest.mark.parametrize("language", ["en", "de", ""])
def test_an_installation_without_voices_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setattr(module, "_PACKAGE", tmp_path / "audiodesc")
    with pytest.raises(MissingToolError, match="install audiodesc again"):
        default_profile(language)


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "espeak-en-gb"),
        ("en-US", "espeak-en-us"),
        ("en_us", "espeak-en-us"),
        ("en-AU", "espeak-en-gb"),
        ("eng", "espeak-en-gb"),
        ("de", "espeak-de"),
        ("de-AT", "espeak-de"),
        ("ger", "espeak-de"),
        ("es", "espeak-es"),
        ("es-419", "espeak-es-419"),
        ("pt", "espeak-pt"),
        ("pt-BR", "espeak-pt-br"),
        ("no", "espeak-nb"),
    ],
)
def test_the_default_voice_speaks_the_language(language: str, name: str) -> None:
    chosen = default_profile(language)
    assert chosen.name == name
    assert speaks(chosen, language)


def test_a_neural_voice_is_never_the_default() -> None:
    assert {default_profile(p.language).engine for p in all_profiles()} == {"espeak"}


@pytest.mark.parametrize("language", ["ja", "zxx", ""])
def test_the_default_voice_of_a_language_without_one_is_english_and_one_can_tell(language: str) -> None:
    chosen = default_profile(language)
    assert chosen == default_profile("en")
    assert not speaks(chosen, language)
