"""eSpeak NG: the built-in voice. Small, quick, in a hundred languages, and plainly a machine.

The library and its data come with the package `espeakng-loader`. Each text is spoken by a process of its own
(about 20 ms), for two reasons. The library carries its pitch flutter, gain and random numbers over from one
text to the next and nothing resets them: the same text would never sound the same twice. And some texts
crash it (four emoji in a row, in German): that must cost one line and not the film.
"""

from __future__ import annotations

import functools
import importlib.metadata
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NoReturn

from annotated_types import Ge, Le

from audiodesc.core.downloads import Downloads
from audiodesc.core.environment import again_command
from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import InputError, MissingToolError
from audiodesc.model import Take
from audiodesc.speak.espeak import worker
from audiodesc.speak.espeak.ipa import mnemonic_table, mnemonics
from audiodesc.speak.lexicon import has_ipa, split_ipa
from audiodesc.speak.profiles import Profile, checked_settings

_CLEANING = 1  # the version of `_literal`, for fingerprints
_LIBRARY = "espeakng-loader"
_MISSING = "the speech library eSpeak NG is not installed"
_TIMEOUT_S = 120
_LONGEST_S = 400  # of sound, and so of memory
_BRACKET = re.compile(r"\[(?=\[)")
_LANGUAGE_MARKS = re.compile(r"\([a-z-]+\)")  # (en) … (de), around foreign words
_APART = re.compile(r"\]\] (?=[^\w\s])")
_RATE = 1  # the library's numbers for its parameters, from speak_lib.h
_SLOWEST, _FASTEST = 80, 450
_PARAMETERS = {"pitch": 3, "range": 4, "word_gap": 7}


@dataclass(frozen=True, slots=True)
class EspeakOptions:
    """`calibration`: the library's nominal words a minute for each real one (measured; 0.82 in English). `pitch` and
    `range` of the melody: 50 is neutral. `word_gap`: a pause between words in units of 10 ms."""

    calibration: Annotated[float, Ge(0.3), Le(3.0)] = 0.82
    pitch: Annotated[float, Ge(0), Le(99)] = 50
    range: Annotated[float, Ge(0), Le(99)] = 50
    word_gap: Annotated[float, Ge(0), Le(50)] = 0


class Espeak:
    """A `Voice`. Its profile's `voice` is a path in the library's `lang` folder, perhaps with a variant, such as
    "gmw/en-US" or "gmw/en+f2"; its settings are `EspeakOptions`.

    Raises InputError for a voice or a setting that does not exist and MissingToolError where the library is missing or
    broken.
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._options = checked_settings(profile, EspeakOptions)
        _check_voice(profile)

    @property
    def fingerprint(self) -> str:
        from audiodesc.speak.finish import FINISHING

        options = asdict(self._options) | {name: int(getattr(self._options, name)) for name in _PARAMETERS}
        parts = [self._profile.voice, self._profile.rate_wpm, options, _CLEANING, FINISHING]
        return f"espeak {_version()} {json.dumps(parts, sort_keys=True)}"

    def say(self, text: str, rate: float) -> Take:
        """See `Voice.say`. The library's own limits bound the rate: 80–450 nominal words a minute."""
        import numpy as np

        from audiodesc.speak.finish import finish_clip

        nominal = round(self._profile.rate_wpm * rate * self._options.calibration)
        parameters = {_RATE: min(max(nominal, _SLOWEST), _FASTEST)}
        parameters |= {number: int(getattr(self._options, name)) for name, number in _PARAMETERS.items()}
        options = [f"{number}={value}" for number, value in parameters.items()]
        if has_ipa(text):
            options.append("mnemonics")
            text = self._with_mnemonics(text)
        else:
            text = _literal(text)
        header, _, samples = _speak(self._profile.voice, text.encode(), options).partition(b"\n")
        return Take(finish_clip(np.frombuffer(samples, np.int16), int(header.split()[0])), rate)

    def takes_ipa(self, ipa: str) -> bool:
        """See `Voice.takes_ipa`."""
        try:
            return bool(mnemonics(ipa, _sounds(self._profile.voice)))
        except ValueError:
            return False

    def _with_mnemonics(self, text: str) -> str:
        """Only what is IPA stands in double square brackets, which the library takes for phonemes."""
        sounds = _sounds(self._profile.voice)
        parts = (
            mnemonics(part, sounds) if is_ipa else _BRACKET.sub("[ ", _literal(part))
            for part, is_ipa in split_ipa(text)
        )
        return _APART.sub("]]", " ".join(parts))


def to_ipa(voice: str, texts: Sequence[str], *, mnemonics: bool = False) -> list[str]:
    """How the library's voice pronounces each text, in IPA; with `mnemonics`, texts may hold phonemes in [[ ]].

    Raises MissingToolError where the library is missing or has no such voice, ValueError for texts that break it.
    """
    lines = "\n".join(text.replace("\n", " ") if mnemonics else _literal(text) for text in texts)
    answer = _speak(voice, lines.encode(), ["ipa", "mnemonics"] if mnemonics else ["ipa"])
    return answer.decode(errors="replace").split("\n")[1:]


@functools.lru_cache(maxsize=64)
def plain_ipa(voice: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    """The same, without the marks that the library sets around words of another language."""
    return tuple(_LANGUAGE_MARKS.sub("", line).strip() for line in to_ipa(voice, texts))


@functools.cache
def _sounds(voice: str) -> dict[str, str]:
    return mnemonic_table(lambda texts: to_ipa(voice, texts, mnemonics=True))


def _speak(voice: str, text: bytes, options: Sequence[str]) -> bytes:
    place, data = _places()
    options = [*options, f"most={_LONGEST_S}"]
    command = [sys.executable, "-I", "-S", worker.__file__, place, voice, *options]
    try:
        done = subprocess.run(  # noqa: S603 (no shell; the text goes through a pipe)
            command, input=text, cwd=data.parent, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError("eSpeak NG does not come to an end with this text") from error
    if done.returncode:
        _fail(done.returncode, voice, done.stderr.decode(errors="replace"))
    return done.stdout


def _fail(code: int, voice: str, message: str) -> NoReturn:
    if code == worker.NO_LIBRARY:
        raise MissingToolError(f"the speech library eSpeak NG cannot be loaded ({message})", again_command(_LIBRARY))
    if code == worker.NO_DATA:
        raise MissingToolError("the speech library eSpeak NG cannot read its data", again_command(_LIBRARY))
    if code == worker.TOO_LONG:
        raise ValueError(f"it takes more than {_LONGEST_S} s")
    if code == worker.NO_VOICE:
        raise MissingToolError(f"the speech library eSpeak NG cannot read its voice {voice}", again_command(_LIBRARY))
    raise ValueError("eSpeak NG crashes with this text")


def _literal(text: str) -> str:
    """The text in characters of which the library reads every one as text."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(map(_literal_character, composed)).split())


def _literal_character(character: str) -> str:
    """Control characters are the library's commands and private ones its escapes.

    Symbols in a row, such as emoji, overrun its word buffer. Joiners shape the letters of some scripts; the
    other format characters are never heard.
    """
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Co", "Cn"):
        return " "
    if category in ("So", "Sk"):
        return f" {character} "
    return "" if category == "Cf" and character not in "\u200c\u200d" else character


@functools.cache
def _places() -> tuple[str, Path]:
    """The library and its data."""
    try:
        import espeakng_loader

        return espeakng_loader.get_library_path(), Path(espeakng_loader.get_data_path())
    except (ImportError, RuntimeError) as error:
        raise MissingToolError(_MISSING, again_command(_LIBRARY)) from error


@functools.cache
def _version() -> str:
    """Of the library, and of the package that brings the rules of pronunciation."""
    header = _speak("gmw/en", b"", ()).partition(b"\n")[0].decode()
    return f"{header.split()[1]}/{importlib.metadata.version('espeakng-loader')}"


def _check_voice(profile: Profile) -> None:
    """The library takes an unknown variant for none, and a folder for a broken voice: so ask first."""
    language, plus, variant = profile.voice.partition("+")
    _, data = _places()
    there = (data / "lang" / language).is_file() and (data / "voices/!v" / variant).is_file() is bool(plus)
    if not there or ".." in profile.voice or profile.voice.startswith("/"):
        raise InputError(
            f"voice {profile.name}: eSpeak NG has no voice {profile.voice!r}",
            "name a file of its lang folder, such as 'gmw/en-US', perhaps with a variant: 'gmw/en-US+f3'",
        )


class EspeakEngine:
    """The row of `audiodesc.speak.ENGINES`."""

    name = "espeak"
    summary = "the built-in voice (eSpeak NG): small, quick, and plainly a machine"
    needs = "nothing"
    options = EspeakOptions
    auto_rank = 0

    @property
    def install(self) -> str:
        return again_command(_LIBRARY)

    def availability(self) -> Availability:
        if find_spec("espeakng_loader") is None:
            return Availability(False, _MISSING, self.install)
        return AVAILABLE

    def profiles(self) -> Sequence[Profile]:
        return ()

    def on_disk(self, profile: Profile) -> bool:
        return True

    def fetch(self, profile: Profile, downloads: Downloads, progress: Progress = silent) -> None:
        """The library has its voices with it."""

    def create(self, profile: Profile) -> Espeak:
        return Espeak(profile)


ESPEAK = EspeakEngine()
