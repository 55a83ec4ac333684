"""Coqui TTS: neural voices, from models on this disk.

Everything that can be known to be wrong with a voice is found when it is made; the model itself is loaded once,
when the first text is spoken.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from pickle import UnpicklingError
from threading import Lock
from typing import TYPE_CHECKING

from audiodesc.core.downloads import Downloads
from audiodesc.core.environment import install_command, models_command
from audiodesc.core.files import sampled_hash
from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import AudiodescError, InputError, MissingToolError
from audiodesc.model import Take
from audiodesc.speak.coqui import files
from audiodesc.speak.coqui.files import CoquiOptions, coqui_options, installed_version
from audiodesc.speak.lexicon import has_ipa
from audiodesc.speak.profiles import Profile

if TYPE_CHECKING:
    from audiodesc.speak.coqui.loading import LoadPlan
    from audiodesc.speak.coqui.synthesis import Sound, SpeechModel

_ONE_AT_A_TIME = Lock()  # PyTorch's random numbers are one row for the whole process


class Coqui:
    """A `Voice`. Its profile's `voice` is the name of a Coqui model, or the path of a model's folder.

    `voices/README.md` lists the settings. Raises MissingToolError for what has to be installed or downloaded, and
    InputError for all else that is wrong.
    """

    def __init__(self, profile: Profile) -> None:
        from audiodesc.speak.coqui.loading import load_plan

        self._name = f"voice {profile.name}"
        self._version = installed_version()
        self._plan = load_plan(profile)
        self._hashes = _hashes(self._plan, coqui_options(profile).speaker_wav)

    @property
    def fingerprint(self) -> str:
        """The place of the files and the GPU are no part of it: they are the same voice everywhere."""
        from audiodesc.speak.coqui.synthesis import PHONEMES, SYNTHESIS
        from audiodesc.speak.finish import FINISHING

        speaker = self._plan.speaker
        library = version("espeakng-loader") if self._plan.reads_espeak_phonemes else ""
        versions = [library, PHONEMES, SYNTHESIS, FINISHING]
        parts = [[speaker.name, speaker.language, speaker.seed], self._hashes, versions]
        return f"coqui {self._version} {json.dumps(parts)}"

    def takes_ipa(self, ipa: str) -> bool:
        """See `Voice.takes_ipa`. Only of a model that reads eSpeak NG's phonemes is it known which it can speak."""
        from audiodesc.speak.coqui.synthesis import in_vocabulary

        return self._plan.reads_espeak_phonemes and in_vocabulary(ipa, self._plan.vocabulary)

    def say(self, text: str, rate: float) -> Take:
        """See `Voice.say`."""
        from audiodesc.speak.coqui.synthesis import as_words
        from audiodesc.speak.finish import finish_clip

        if has_ipa(text):
            if not self._plan.reads_espeak_phonemes:
                raise ValueError("this model takes no IPA")
            text = as_words(text)
        with _ONE_AT_A_TIME:
            sound = self._spoken(" ".join(text.split()), rate)
        return Take(finish_clip(sound, self._model.rate_hz), rate if self._model.has_speed else 1.0)

    def _spoken(self, text: str, rate: float) -> Sound:
        """A text that breaks the model costs itself and not the film."""
        try:
            return self._model.speak(text, rate)
        except ImportError as error:
            raise MissingToolError(
                f"{self._name} cannot read this language: {error}", install_command(files.MORE_LANGUAGES)
            ) from error
        except (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError) as error:
            raise ValueError(f"the model cannot speak this text ({error})") from error

    @cached_property
    def _model(self) -> SpeechModel:
        from audiodesc.speak.coqui.loading import load_synthesizer
        from audiodesc.speak.coqui.synthesis import SpeechModel

        folder = self._plan.files.folder
        try:
            return SpeechModel(load_synthesizer(self._plan), self._plan.speaker)
        except AudiodescError:
            raise
        except ImportError as error:
            raise MissingToolError(
                f"{self._name} cannot be loaded: {error}", install_command(files.MORE_LANGUAGES)
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


def _hashes(plan: LoadPlan, clip: Path | None) -> list[str]:
    from audiodesc.speak.coqui.config import companion_files

    paths = [plan.files.checkpoint, *companion_files(plan.config, plan.files.folder)]
    if plan.vocoder:
        paths += [plan.vocoder[0].checkpoint, plan.vocoder[0].config]
    return [sampled_hash(path) for path in (*paths, *([clip] if clip else []))]


class CoquiEngine:
    """The row of `audiodesc.speak.ENGINES`."""

    name = "coqui"
    summary = "neural voices (Coqui TTS)"
    needs = "the extra models; a download for each voice; quick with a GPU"
    options = CoquiOptions
    auto_rank = 10

    @property
    def install(self) -> str:
        return models_command()

    def availability(self) -> Availability:
        try:
            installed_version()
        except MissingToolError as error:
            return Availability(False, error.fault, error.remedy)
        return AVAILABLE

    def profiles(self) -> Sequence[Profile]:
        return ()

    def on_disk(self, profile: Profile) -> bool:
        return files.on_disk(profile)

    def fetch(self, profile: Profile, downloads: Downloads, progress: Progress = silent) -> None:
        from audiodesc.speak.coqui.fetching import fetch_voice

        fetch_voice(profile, downloads)

    def create(self, profile: Profile) -> Coqui:
        return Coqui(profile)


COQUI = CoquiEngine()
