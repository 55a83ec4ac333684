"""Coqui models of a few hundred kilobytes, with random weights and with speech rates that are known.

Each sign of a text takes `FRAMES` frames: the layer that predicts durations has no weights, only a bias.
"""

from __future__ import annotations

import json
import math
import shutil
import wave
from pathlib import Path
from typing import Any

import numpy as np

from audiodesc.speak.coqui.files import quiet_import
from audiodesc.speak.coqui.synthesis import use_espeak_library
from audiodesc.speak.profiles import Profile, Setting

FRAMES = 20
HOP = 256
RATE_HZ = 22_050
GRAPHEMES = "abcdefghijklmnopqrstuvwxyz"


def make_vits(folder: Path, *, speakers: tuple[str, ...] = (), phonemes: bool = False, seed: int = 0) -> Path:
    """A VITS model's folder: letters, or the phonemes that eSpeak NG gives for American English."""
    with quiet_import():
        import torch
        from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
        from TTS.tts.models.vits import Vits
    use_espeak_library()
    torch.manual_seed(seed)
    small = VitsArgs(
        hidden_channels=16, hidden_channels_ffn_text_encoder=16, num_heads_text_encoder=2, num_layers_text_encoder=1,
        num_layers_posterior_encoder=1, num_layers_flow=1, init_discriminator=False, use_sdp=False,
        upsample_initial_channel_decoder=32, resblock_dilation_sizes_decoder=[[1, 3, 5]],
        resblock_kernel_sizes_decoder=[3],
    )  # fmt: skip
    config = VitsConfig(model_args=small, add_blank=False, **_reading(phonemes))
    if speakers:
        small.use_speaker_embedding, small.num_speakers, small.speaker_embedding_channels = True, len(speakers), 8
        config.speakers = list(speakers)
    model = Vits(config)
    _fix_durations(model.duration_predictor.proj)
    return _saved(folder, model, config)


def make_glow(folder: Path, seed: int = 0) -> Path:
    """A Glow-TTS model's folder. It makes no sound of its own: it needs a vocoder."""
    with quiet_import():
        import torch
        from TTS.tts.configs.glow_tts_config import GlowTTSConfig
        from TTS.tts.models.glow_tts import GlowTTS

    torch.manual_seed(seed)
    config = GlowTTSConfig(
        hidden_channels_enc=16, hidden_channels_dec=16, hidden_channels_dp=16, num_flow_blocks_dec=2,
        encoder_params={"kernel_size": 3, "dropout_p": 0.1, "num_layers": 1, "num_heads": 2, "hidden_channels_ffn": 16},
        add_blank=False, **_reading(phonemes=False),
    )  # fmt: skip
    model = GlowTTS(config)
    _fix_durations(model.encoder.duration_predictor.proj, FRAMES + 1)  # it takes one off
    return _saved(folder, model, config)


def make_vocoder(folder: Path, seed: int = 0) -> Path:
    """A HiFi-GAN vocoder's folder."""
    with quiet_import():
        import torch
        from TTS.vocoder.configs.hifigan_config import HifiganConfig
        from TTS.vocoder.models.gan import GAN

    torch.manual_seed(seed)
    config = HifiganConfig(
        generator_model_params={
            "upsample_factors": [8, 8, 2, 2], "upsample_kernel_sizes": [16, 16, 4, 4], "upsample_initial_channel": 32,
            "resblock_kernel_sizes": [3], "resblock_dilation_sizes": [[1, 3, 5]], "resblock_type": "1",
        }
    )  # fmt: skip
    model = GAN(config)
    return _saved(folder, model, config)


def make_xtts(folder: Path, speaker: str = "", seed: int = 1) -> Path:
    """An XTTS model's folder (its parts of fixed size make it 90 MB), with one speaker of its own if named."""
    with quiet_import():
        import torch
        from tokenizers import Tokenizer, models
        from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
        from TTS.tts.models.xtts import Xtts

        torch.manual_seed(seed)
        special = ["[STOP]", "[UNK]", "[SPACE]", "[START]", "[en]", "[de]"]
        signs = [*special, *GRAPHEMES, *".,!?'"]
        small = XttsArgs(
            gpt_layers=1, gpt_n_model_channels=64, gpt_n_heads=2, gpt_num_audio_tokens=34, gpt_start_audio_token=32,
            gpt_stop_audio_token=33, gpt_max_audio_tokens=12, gpt_use_perceiver_resampler=True, decoder_input_dim=64,
            gpt_number_text_tokens=len(signs), gpt_start_text_token=3, gpt_stop_text_token=0,
        )  # fmt: skip
        config = XttsConfig(model_args=small, languages=["en", "de"])
        model = Xtts(config)
    words = Tokenizer(models.BPE({sign: i for i, sign in enumerate(signs)}, [], unk_token="[UNK]"))
    words.add_special_tokens(special)
    _saved(folder, model, config)
    words.save(str(folder / "vocab.json"))
    if speaker:
        voice = {"gpt_cond_latent": torch.randn(1, 32, 64), "speaker_embedding": torch.randn(1, 512, 1)}
        torch.save({speaker: voice}, folder / "speakers_xtts.pth")
    return folder


def _reading(phonemes: bool) -> dict[str, Any]:
    if phonemes:
        return {
            "use_phonemes": True,
            "phonemizer": "espeak",
            "phoneme_language": "en-us",
            "text_cleaner": "english_cleaners",
        }
    return {"use_phonemes": False, "text_cleaner": "basic_cleaners"}


def _fix_durations(layer: Any, frames: int = FRAMES) -> None:
    layer.weight.data.zero_()
    layer.bias.data.fill_(math.log(frames - 0.01))  # it is rounded up


def _saved(folder: Path, model: Any, config: Any) -> Path:
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))
    return folder


def mine(folder: Path, **settings: Setting) -> Profile:
    return Profile("mine", "coqui", str(folder), "en-US", "MIT", settings=tuple(sorted(settings.items())))


def copied(folder: Path, to: Path, **changes: Any) -> Path:
    """A model with another config."""
    shutil.copytree(folder, to)
    config = json.loads((to / "config.json").read_text())
    (to / "config.json").write_text(json.dumps(config | changes))
    return to


def recording(path: Path, seconds: float) -> Path:
    sound = 8000 * np.sin(np.arange(round(16_000 * seconds)) / 9) * np.linspace(0.2, 1, round(16_000 * seconds))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(sound.astype("<i2").tobytes())
    return path


class Harm:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)
