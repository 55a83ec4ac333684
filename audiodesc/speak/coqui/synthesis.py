"""A loaded Coqui model, and how it is run: sentence by sentence, with its noise fixed."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiodesc.speak.coqui.clip import RATE_HZ as CLIP_RATE_HZ
from audiodesc.speak.coqui.loading import load
from audiodesc.speak.coqui.wanted import Wanted

Sound = NDArray[np.float32]

SPEAKING = 1
"""The version of how a model is run, for fingerprints."""

PAUSE_S = 0.25
"""Between two sentences of a text, at the natural speed."""


class Model:
    """A model in memory. Only one thread may call it at a time. Raises whatever Coqui raises."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._synthesizer = load(wanted)
        self._model = self._synthesizer.tts_model
        self._is_xtts = hasattr(self._model, "get_gpt_cond_latents")
        if self._is_xtts:
            self._model.gpt.gpt_inference.register_forward_pre_hook(_cache_by_its_old_name, with_kwargs=True)
        self._natural_scale = float(getattr(self._model, "length_scale", 1.0))
        self._voice = self._xtts_voice() if self._is_xtts else None

    @property
    def rate_hz(self) -> int:
        """Of the sound that `speak` gives."""
        return int(self._synthesizer.output_sample_rate)

    @property
    def has_speed(self) -> bool:
        """Whether the model itself can speak faster."""
        return self._is_xtts or hasattr(self._model, "length_scale")

    def speak(self, text: str, rate: float) -> Sound:
        """The text, sentence by sentence, shape (samples,). Raises ValueError where it holds nothing to say.

        Where the GPU has no memory left, the CPU speaks from then on.
        """
        import torch

        try:
            return self._speak(text, rate)
        except torch.OutOfMemoryError:
            self._synthesizer.use_cuda = False
            self._synthesizer.cpu()
            torch.cuda.empty_cache()
            return self._speak(text, rate)

    def _speak(self, text: str, rate: float) -> Sound:
        sentences = [
            part
            for sentence in self._synthesizer.split_into_sentences(text, self._wanted.language)
            for part in self._short_enough(sentence)
            if self._has_sound(part)
        ]
        if not sentences:
            raise ValueError("nothing can be heard of it")
        pause = np.zeros(round(PAUSE_S / rate * self.rate_hz), np.float32)
        pieces: list[Sound] = []
        for sentence in sentences:
            pieces += [pause] if pieces else []
            pieces.append(self._sentence(sentence, rate))
        return np.concatenate(pieces)

    def _sentence(self, sentence: str, rate: float) -> Sound:
        import torch

        if not self._is_xtts and self.has_speed:
            self._model.length_scale = self._natural_scale / rate
        with _noise_fixed(self._wanted.seed, next(self._model.parameters()).device), torch.inference_mode():
            if self._is_xtts:
                heard = self._xtts_sentence(sentence, rate)
            else:
                heard = self._synthesizer.tts(
                    sentence, self._wanted.speaker, self._wanted.language, split_sentences=False
                )
        return np.trim_zeros(np.asarray(heard, np.float32).reshape(-1), "b")  # it pads each sentence with 0.4 s

    def _xtts_voice(self) -> tuple[Any, Any]:
        """The two tensors that stand for a voice: of the recording, or of one of the model's own speakers."""
        import torch

        if self._wanted.clip is None:
            latents, embedding = self._model.speaker_manager.speakers[self._wanted.speaker].values()
            return latents, embedding
        config = self._model.config
        sound = torch.from_numpy(self._wanted.clip)[None].to(self._model.device)
        with torch.inference_mode():
            latents = self._model.get_gpt_cond_latents(
                sound, CLIP_RATE_HZ, length=config.gpt_cond_len, chunk_length=config.gpt_cond_chunk_len
            )
            longest = CLIP_RATE_HZ * config.max_ref_len
            return latents, self._model.get_speaker_embedding(sound[:, :longest], CLIP_RATE_HZ)

    def _xtts_sentence(self, sentence: str, rate: float) -> Any:
        chosen = ("temperature", "length_penalty", "repetition_penalty", "top_k", "top_p")
        settings = {name: self._model.config[name] for name in chosen}
        voice = self._voice or ()
        return self._model.inference(sentence, self._wanted.language, *voice, speed=rate, **settings)["wav"]

    def _short_enough(self, sentence: str) -> list[str]:
        """XTTS cannot speak more at once than it was trained on."""
        if not self._is_xtts:
            return [sentence]
        limits = self._model.tokenizer.char_limits
        return textwrap.wrap(sentence, limits.get((self._wanted.language or "").partition("-")[0], 250)) or [sentence]

    def _has_sound(self, sentence: str) -> bool:
        """Whether any letter is left of it: a model makes noises for bare punctuation."""
        tokenizer = self._model.tokenizer
        if not hasattr(tokenizer, "text_to_ids"):
            return any(map(str.isalnum, sentence))
        language = self._wanted.language or self._model.language_manager.language_names[0]
        ids = tokenizer.text_to_ids(sentence, language=language)
        signs = {tokenizer.characters.id_to_char(number) for number in ids}
        return any(len(sign) == 1 and sign.isalpha() for sign in signs)  # longer ones are "<BLNK>" and the like


def _cache_by_its_old_name(_: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
    """From 5.24 on transformers calls `cache` what Coqui's XTTS takes as `past_key_values`."""
    if "cache" in named:
        named["past_key_values"] = named.pop("cache")
    return arguments, named


@contextmanager
def _noise_fixed(seed: int, device: Any) -> Iterator[None]:
    """The models draw noise: from one seed for each sentence, so that the same text is the same sound.

    Of the GPUs only the model's own is touched: others may be at work, or full.
    """
    import torch

    others = random.getstate(), np.random.get_state()
    cuda = device.type == "cuda"
    with torch.random.fork_rng(devices=[device] if cuda else []):
        torch.default_generator.manual_seed(seed)
        if cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            random.setstate(others[0])
            np.random.set_state(others[1])
