"""A Coqui voice's profile -> what to load, with everything checked that can be known without loading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.installation import install_command
from audiodesc.errors import InputError, MissingToolError
from audiodesc.speak.coqui import config as coqui_config
from audiodesc.speak.coqui.clip import read_clip
from audiodesc.speak.coqui.config import Config
from audiodesc.speak.coqui.files import Files, is_name, model_files, vocoder_files
from audiodesc.speak.coqui.phonemes import phonemes
from audiodesc.speak.profiles import Profile, Setting, plain_tag

Settings = Mapping[str, Setting]

_KINDS = {
    "speaker": str, "speaker_wav": str, "language": str, "gpu": bool, "seed": int, "checkpoint": str, "vocoder": str,
}  # fmt: skip
_TOML_NAMES = {str: "text", bool: "true or false", int: "a whole number"}
_FEW = 8
MORE_LANGUAGES = "coqui-tts[languages]"
"""The package, for `install_command`, with what Japanese, Chinese and Korean need."""

_MAKER = "get the model from its maker"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to load: files with their safe configs, whether a GPU may be used, and who speaks in which language.

    `speaker` and `language` are None where the model has one; `clip` is a recording, 22.05 kHz mono. `seed` fixes
    the noise that the model draws.
    """

    files: Files
    config: Config
    vocoder: tuple[Files, Config] | None
    speaker: str | None
    language: str | None
    clip: NDArray[np.float32] | None
    gpu: bool
    seed: int


def wanted(profile: Profile) -> Wanted:
    """Raises InputError and MissingToolError."""
    settings = checked_settings(profile)
    files = model_files(profile)
    vocoder = vocoder_files(profile)
    try:
        config = _config(files)
        kind = coqui_config.kind(config)
        speakers = coqui_config.speakers(config, files.folder)
        languages = coqui_config.languages(config, files.folder)
        around = (vocoder, _config(vocoder)) if vocoder else None
    except (OSError, ValueError) as error:
        raise InputError(f"voice {profile.name}: {files.config} {error}", _MAKER) from error
    _check_phonemes(profile, config)
    clip = None
    if "speaker_wav" in settings:
        if kind != "xtts":
            raise _fault(profile, "this model cannot take on the voice of a recording", "leave out speaker_wav")
        clip = read_clip(clip_path(profile))
    speaker = None if clip is not None else _speaker(profile, settings, kind, speakers)
    language = _language(profile, settings, languages)
    gpu, seed = bool(settings.get("gpu", True)), int(settings.get("seed", 1))
    return Wanted(files, config, around, speaker, language, clip, gpu, seed)


def clip_path(profile: Profile) -> Path:
    """The recording that the profile names."""
    return profile.path(str(dict(profile.settings)["speaker_wav"]))


def uses_library(config: Config) -> bool:
    """Whether the model reads what eSpeak NG calls phonemes."""
    return bool(config.get("use_phonemes")) and config.get("phonemizer") == "espeak"


def vocabulary(config: Config) -> str:
    """The signs for sounds that the model knows."""
    listed = config.get("characters")
    if isinstance(listed, dict) and listed.get("phonemes"):
        return str(listed["phonemes"])
    from TTS.tts.utils.text.characters import parse_symbols

    return str(parse_symbols()["phonemes"])


def _config(files: Files) -> Config:
    return coqui_config.safe_config(coqui_config.read_config(files.config), files.folder)


def checked_settings(profile: Profile) -> Settings:
    """The profile's settings. Raises InputError."""
    settings = dict(profile.settings)
    for name, value in settings.items():
        if name not in _KINDS:
            raise _fault(profile, f"unknown setting {name!r}", f"choose from: {', '.join(_KINDS)}")
        if type(value) is not _KINDS[name] or value == "":
            raise _fault(profile, f"setting {name} is {value!r}", f"give {_TOML_NAMES[_KINDS[name]]}")
    if "speaker" in settings and "speaker_wav" in settings:
        raise _fault(profile, "speaker and speaker_wav are two voices", "leave one out")
    if is_name(profile.voice) and "xtts" in profile.voice and not settings.keys() & {"speaker", "speaker_wav"}:
        raise _no_one(profile, "see voices/README.md")
    return settings


def _check_phonemes(profile: Profile, config: Config) -> None:
    """Each way to phonemes needs its own packages; eSpeak NG comes with the built-in voice."""
    way = config.get("phonemizer") if config.get("use_phonemes") else "none"
    if not way:
        raise _fault(profile, "its config.json does not say how its phonemes are made (phonemizer)", _MAKER)
    if way == "gruut" and find_spec("gruut") is None:
        raise MissingToolError(f"voice {profile.name}: gruut is not installed", install_command(MORE_LANGUAGES))
    if uses_library(config) and not _knows_language(str(config.get("phoneme_language"))):
        fault = f"eSpeak NG has no language {config.get('phoneme_language')!r}, which the model asks for"
        raise _fault(profile, fault, _MAKER)


def _knows_language(language: str) -> bool:
    try:
        return bool(phonemes(["a"], language))
    except (MissingToolError, ValueError):
        phonemes(["a"], "en")  # raises where the library itself is missing
        return False


def _speaker(profile: Profile, settings: Settings, kind: str, speakers: list[str]) -> str | None:
    chosen = settings.get("speaker")
    few = ", ".join(speakers[:_FEW]) + (f" … ({len(speakers)})" if len(speakers) > _FEW else "")
    if chosen is None and kind == "xtts":
        raise _no_one(profile, few or "none")
    if chosen is None and len(speakers) > 1:
        raise _fault(profile, "it does not say which speaker", f"give speaker, one of: {few}")
    if chosen is not None and not speakers:
        raise _fault(profile, "this model has one speaker", "leave out speaker")
    if chosen is not None and chosen not in speakers:
        raise _fault(profile, f"there is no speaker {chosen!r}", f"choose one of: {few}")
    return str(chosen) if len(speakers) > 1 or kind == "xtts" else None


def _language(profile: Profile, settings: Settings, languages: list[str]) -> str | None:
    """By its whole tag, or by the language alone: "pt-BR" is "pt-br", or "pt"."""
    if not languages:
        if "language" in settings:
            raise _fault(profile, "this model has one language", "leave out language")
        return None
    tag = plain_tag(str(settings.get("language", profile.language)))
    known = {name.lower(): name for name in languages}
    primary = tag.partition("-")[0]
    for name in (tag, primary, {"zh": "zh-cn"}.get(primary, "")):
        if name in known:
            return known[name]
    raise _fault(profile, f"the model does not speak {tag!r}", f"choose one of: {', '.join(languages)}")


def _no_one(profile: Profile, speakers: str) -> InputError:
    fault = "it does not say whose voice to take on"
    return _fault(profile, fault, f"give speaker_wav, a recording of someone who agrees to it, or speaker ({speakers})")


def _fault(profile: Profile, fault: str, remedy: str) -> InputError:
    return InputError(f"voice {profile.name}: {fault}", remedy)
