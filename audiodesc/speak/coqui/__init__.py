"""Coqui TTS: neural voices, from models on this disk.

Everything that can be known to be wrong with a voice is found when it is made; the model itself is loaded once,
when the first text is spoken.
"""

from __future__ import annotations

import json
from functools import cached_property
from importlib.metadata import version
from pickle import UnpicklingError
from threading import Lock

from audiodesc.core.content import sampled_hash
from audiodesc.core.installation import install_command
from audiodesc.errors import AudiodescError, InputError, MissingToolError
from audiodesc.model import Take
from audiodesc.speak.coqui.config import parts
from audiodesc.speak.coqui.files import installed_version
from audiodesc.speak.coqui.phonemes import PHONEMES, as_words, in_vocabulary
from audiodesc.speak.coqui.synthesis import SPEAKING, Model, Sound
from audiodesc.speak.coqui.wanted import MORE_LANGUAGES, Wanted, clip_path, uses_library, vocabulary, wanted
from audiodesc.speak.finish import FINISHING, finish
from audiodesc.speak.lexicon import has_ipa
from audiodesc.speak.profiles import Profile

_ONE_AT_A_TIME = Lock()  # PyTorch's random numbers are one row for the whole process


class Coqui:
    """A `Voice`. Its profile's `voice` is the name of a Coqui model, or the path of a model's folder.

    `voices/README.md` lists the settings. Raises MissingToolError for what has to be installed or downloaded, and
    InputError for all else that is wrong.
    """

    def __init__(self, profile: Profile) -> None:
        self._name = f"voice {profile.name}"
        self._version = installed_version()
        self._wanted = wanted(profile)
        self._hashes = _hashes(profile, self._wanted)

    @property
    def fingerprint(self) -> str:
        """The place of the files and the GPU are no part of it: they are the same voice everywhere."""
        chosen = [self._wanted.speaker, self._wanted.language, self._wanted.seed]
        library = version("espeakng-loader") if uses_library(self._wanted.config) else ""
        versions = [library, PHONEMES, SPEAKING, FINISHING]
        return f"coqui {self._version} {json.dumps([chosen, self._hashes, versions])}"

    def takes_ipa(self, ipa: str) -> bool:
        """See `Voice.takes_ipa`. Only of a model that reads eSpeak NG's phonemes is it known which it can speak."""
        return uses_library(self._wanted.config) and in_vocabulary(ipa, vocabulary(self._wanted.config))

    def say(self, text: str, rate: float) -> Take:
        """See `Voice.say`."""
        if has_ipa(text):
            if not uses_library(self._wanted.config):
                raise ValueError("this model cannot be told sounds")
            text = as_words(text)
        with _ONE_AT_A_TIME:
            sound = self._spoken(" ".join(text.split()), rate)
        return Take(finish(sound, self._model.rate_hz), rate if self._model.has_speed else 1.0)

    def _spoken(self, text: str, rate: float) -> Sound:
        """A text that breaks the model costs itself and not the film."""
        try:
            return self._model.speak(text, rate)
        except ImportError as error:
            raise MissingToolError(
                f"{self._name} cannot read this language: {error}", install_command(MORE_LANGUAGES)
            ) from error
        except (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError) as error:
            raise ValueError(f"the model cannot speak this text ({error})") from error

    @cached_property
    def _model(self) -> Model:
        folder = self._wanted.files.folder
        try:
            return Model(self._wanted)
        except AudiodescError:
            raise
        except ImportError as error:
            raise MissingToolError(
                f"{self._name} cannot be loaded: {error}", install_command(MORE_LANGUAGES)
            ) from error
        except UnpicklingError as error:
            raise InputError(
                f"{self._name}: a file in {folder} holds more than numbers and is not opened: it could run code",
                "get the model from its maker",
            ) from error
        except Exception as error:  # whatever is raised for files that are damaged or do not belong together
            reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
            raise InputError(
                f"{self._name}: the model in {folder} cannot be loaded ({reason})",
                "download it again, or name the checkpoint that belongs to its config.json",
            ) from error


def _hashes(profile: Profile, wanted: Wanted) -> list[str]:
    files = wanted.files
    paths = [files.checkpoint, *parts(wanted.config, files.folder)]
    if wanted.vocoder:
        paths += [wanted.vocoder[0].checkpoint, wanted.vocoder[0].config]
    if wanted.clip is not None:
        paths.append(clip_path(profile))
    return [sampled_hash(path) for path in paths]
