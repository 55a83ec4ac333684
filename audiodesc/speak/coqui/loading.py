"""A Coqui voice's profile -> what to load, checked as far as that goes without loading it, and its loading.

Models are loaded from files that were checked, as numbers only, and without a word on the screen.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from audiodesc.core.environment import install_command
from audiodesc.core.languages import primary
from audiodesc.errors import FilmError, InputError, MissingToolError
from audiodesc.media.opening import open_film
from audiodesc.speak.coqui.config import Config, architecture, languages, read_config, safe_config, speakers
from audiodesc.speak.coqui.files import (
    MORE_LANGUAGES,
    CoquiOptions,
    ModelFiles,
    coqui_options,
    model_files,
    no_speaker,
    quiet_import,
    vocoder_files,
)
from audiodesc.speak.coqui.synthesis import CLIP_RATE_HZ, Speaker, phonemes, use_espeak_library
from audiodesc.speak.profiles import Profile, plain_tag

SHORTEST_S, LONGEST_S = 2, 60
"""Of a recording whose voice is taken on."""

_FEW = 8
_MAKER = "get the model from its maker"


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What to load: files with their safe configs, whether a GPU may be used, and who speaks."""

    files: ModelFiles
    config: Config
    vocoder: tuple[ModelFiles, Config] | None
    speaker: Speaker
    gpu: bool

    @property
    def reads_espeak_phonemes(self) -> bool:
        """Whether the model reads what eSpeak NG calls phonemes."""
        return _reads_espeak_phonemes(self.config)

    @property
    def vocabulary(self) -> str:
        """The signs for sounds that the model knows."""
        listed = self.config.get("characters")
        if isinstance(listed, dict) and listed.get("phonemes"):
            return str(listed["phonemes"])
        from TTS.tts.utils.text.characters import parse_symbols

        return str(parse_symbols()["phonemes"])


def load_plan(profile: Profile) -> LoadPlan:
    """What a profile asks for. Raises InputError for what is wrong, MissingToolError for what is not installed."""
    options = coqui_options(profile)
    files, vocoder = model_files(profile), vocoder_files(profile)
    try:
        config = _config(files)
        is_xtts = architecture(config) == "xtts"
        names, tongues = speakers(config, files.folder), languages(config, files.folder)
        around = (vocoder, _config(vocoder)) if vocoder else None
    except (OSError, ValueError) as error:
        raise InputError(f"voice {profile.name}: {files.config} {error}", _MAKER) from error
    _check_phonemes(profile, config)
    if options.speaker_wav and not is_xtts:
        raise _fault(profile, "this model cannot take on the voice of a recording", "leave out speaker_wav")
    clip = read_clip(options.speaker_wav) if options.speaker_wav else None
    name = None if clip is not None else _speaker(profile, options.speaker, is_xtts, names)
    speaker = Speaker(name, _language(profile, options, tongues), clip, options.seed)
    return LoadPlan(files, config, around, speaker, options.gpu)


def _reads_espeak_phonemes(config: Config) -> bool:
    return bool(config.get("use_phonemes")) and config.get("phonemizer") == "espeak"


def _config(files: ModelFiles) -> Config:
    return safe_config(read_config(files.config), files.folder)


def _check_phonemes(profile: Profile, config: Config) -> None:
    """Each way to phonemes needs its own packages; eSpeak NG comes with the built-in voice."""
    way = config.get("phonemizer") if config.get("use_phonemes") else "none"
    if not way:
        raise _fault(profile, "its config.json does not say how its phonemes are made (phonemizer)", _MAKER)
    if way == "gruut" and find_spec("gruut") is None:
        raise MissingToolError(f"voice {profile.name}: gruut is not installed", install_command(MORE_LANGUAGES))
    if _reads_espeak_phonemes(config) and not _knows_language(str(config.get("phoneme_language"))):
        fault = f"eSpeak NG has no language {config.get('phoneme_language')!r}, which the model asks for"
        raise _fault(profile, fault, _MAKER)


def _knows_language(language: str) -> bool:
    try:
        return bool(phonemes(["a"], language))
    except (MissingToolError, ValueError):
        phonemes(["a"], "en")  # raises where the library itself is missing
        return False


def _speaker(profile: Profile, chosen: str | None, is_xtts: bool, names: list[str]) -> str | None:
    few = ", ".join(names[:_FEW]) + (f" … ({len(names)})" if len(names) > _FEW else "")
    if chosen is None and is_xtts:
        raise no_speaker(profile, few or "none")
    if chosen is None and len(names) > 1:
        raise _fault(profile, "it does not say which speaker", f"give speaker, one of: {few}")
    if chosen is not None and not names:
        raise _fault(profile, "this model has one speaker", "leave out speaker")
    if chosen is not None and chosen not in names:
        raise _fault(profile, f"there is no speaker {chosen!r}", f"choose one of: {few}")
    return chosen if len(names) > 1 or is_xtts else None


def _language(profile: Profile, options: CoquiOptions, known: list[str]) -> str | None:
    """By its whole tag, or by the language alone: "pt-BR" is "pt-br", or "pt"."""
    if not known:
        if options.language:
            raise _fault(profile, "this model has one language", "leave out language")
        return None
    tag = plain_tag(options.language or profile.language)
    by_tag = {name.lower(): name for name in known}
    for name in (tag, primary(tag), {"zh": "zh-cn"}.get(primary(tag), "")):
        if name in by_tag:
            return by_tag[name]
    raise _fault(profile, f"the model does not speak {tag!r}", f"choose one of: {', '.join(known)}")


def _fault(profile: Profile, fault: str, remedy: str) -> InputError:
    return InputError(f"voice {profile.name}: {fault}", remedy)


def read_clip(path: Path) -> NDArray[np.float32]:
    """The first minute of a recording, of any format that a film may have: 22.05 kHz mono, full scale ±1.

    Raises InputError for what holds no sound, or less than two seconds of it.
    """
    remedy = "give 6 to 30 seconds of one person speaking clearly, such as a WAV file"
    try:
        with open_film(path) as container:
            if not container.streams.audio:
                raise InputError(f"{path} holds no sound", remedy)
            resampler = av.AudioResampler("flt", "mono", CLIP_RATE_HZ)
            blocks: list[NDArray[np.float32]] = []
            for frame in container.decode(audio=0):
                blocks += (block.to_ndarray()[0] for block in resampler.resample(frame))
                if sum(map(len, blocks)) > LONGEST_S * CLIP_RATE_HZ:
                    break
    except FilmError as error:
        raise InputError(f"{path} is not a recording that can be read, or it is missing", remedy) from error
    sound = np.concatenate(blocks or [np.zeros(0, np.float32)])[: LONGEST_S * CLIP_RATE_HZ]
    if len(sound) < SHORTEST_S * CLIP_RATE_HZ:
        raise InputError(f"{path} lasts {len(sound) / CLIP_RATE_HZ:.1f} s: too short to take on its voice", remedy)
    return sound


def load_synthesizer(plan: LoadPlan) -> Any:
    """Coqui's `Synthesizer`, on the GPU where there is one with room. Raises whatever Coqui and PyTorch raise."""
    with quiet_import():
        import torch
        from TTS.utils.synthesizer import Synthesizer
    use_espeak_library()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint, config = _staged(plan.files, plan.config, Path(folder, "model"))
        paths = {"tts_checkpoint": checkpoint, "tts_config_path": config}
        if plan.vocoder:
            checkpoint, config = _staged(*plan.vocoder, Path(folder, "vocoder"))
            paths |= {"vocoder_checkpoint": checkpoint, "vocoder_config": config}
        try:
            return Synthesizer(**paths, use_cuda=plan.gpu and torch.cuda.is_available())
        except torch.OutOfMemoryError:
            return Synthesizer(**paths, use_cuda=False)


def _staged(files: ModelFiles, config: Config, folder: Path) -> tuple[str, str]:
    """The model under plain names, with its safe config: Coqui looks beside the checkpoint for other files."""
    folder.mkdir()
    for path in files.folder.iterdir():
        if path.is_file() and path.name not in ("config.json", "model.pth"):
            (folder / path.name).symlink_to(path.absolute())
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    checkpoint = folder / "model.pth"
    if files.checkpoint.suffix == ".safetensors":
        import torch
        from safetensors.torch import load_file

        torch.save({"model": load_file(files.checkpoint)}, checkpoint)
    elif not (config.get("model") == "xtts" and _copied_legacy(files.checkpoint, checkpoint)):
        checkpoint.symlink_to(files.checkpoint.absolute())
    return str(checkpoint), str(folder / "config.json")


def _copied_legacy(path: Path, to: Path) -> bool:
    """The numbers of an XTTS checkpoint whose settings are pickled, as its makers published it; False for others.

    Coqui itself would replace such a checkpoint by one in another form.
    """
    import torch
    from TTS.tts.models.xtts import _legacy_safe_globals

    try:
        torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        return False
    except RuntimeError:  # a file in the form before that of zip
        return False
    except UnpicklingError:
        with _legacy_safe_globals():
            torch.save({"model": torch.load(path, map_location="cpu", weights_only=True)["model"]}, to)
    return True
