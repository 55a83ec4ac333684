"""Text to sound with a loaded Coqui model: phonemes, sentence by sentence, with the model's noise fixed.

Coqui itself calls the program `espeak-ng` for phonemes, which few machines have and which differs from one to the next.
Here the eSpeak NG library of the built-in voice gives them, alike everywhere. Names given in IPA travel through Coqui's
cleaning of texts as made-up words, and come out as they were written.
"""

from __future__ import annotations

import random
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.languages import primary
from audiodesc.speak.espeak import plain_ipa
from audiodesc.speak.espeak.ipa import stress_at_vowel
from audiodesc.speak.lexicon import split_ipa

Sound = NDArray[np.float32]

SYNTHESIS = 1
"""The version of how a model is run, for fingerprints."""

PHONEMES = 1
"""The version of what `phonemes` gives, for fingerprints."""

CLIP_RATE_HZ = 22_050
"""The sampling rate of recordings whose voice XTTS takes on."""

PAUSE_S = 0.25
"""Between two sentences of a text, at the natural speed."""

_ALIASES = {"en": "en-us", "zh-cn": "cmn"}  # as Coqui has them
_LETTERS = "abcdefghijklmnop"  # of a made-up word: one for each half byte
_WORD = re.compile(rf"zqx([{_LETTERS}]+)xqz")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, in which language. `name` and `language` are None where the model has one.

    `clip` is a recording whose voice is taken on, shape (samples,), at `CLIP_RATE_HZ`, full scale ±1. `seed` fixes the
    noise that the model draws.
    """

    name: str | None
    language: str | None
    clip: NDArray[np.float32] | None
    seed: int


class SpeechModel:
    """A model in memory: Coqui's `Synthesizer` and who speaks with it.

    Only one thread may call it at a time. Raises whatever Coqui raises.
    """

    def __init__(self, synthesizer: Any, speaker: Speaker) -> None:
        self._synthesizer, self._speaker = synthesizer, speaker
        self._model = synthesizer.tts_model
        self._is_xtts = hasattr(self._model, "get_gpt_cond_latents")
        if self._is_xtts:
            self._model.gpt.gpt_inference.register_forward_pre_hook(_rename_cache_argument, with_kwargs=True)
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
            for sentence in self._synthesizer.split_into_sentences(text, self._speaker.language)
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
        with _fixed_noise(self._speaker.seed, next(self._model.parameters()).device), torch.inference_mode():
            if self._is_xtts:
                sound = self._xtts_sentence(sentence, rate)
            else:
                sound = self._synthesizer.tts(
                    sentence, self._speaker.name, self._speaker.language, split_sentences=False
                )
        return np.trim_zeros(np.asarray(sound, np.float32).reshape(-1), "b")  # it pads each sentence with 0.4 s

    def _xtts_voice(self) -> tuple[Any, Any]:
        """The two tensors that stand for a voice: of the recording, or of one of the model's own speakers."""
        import torch

        if self._speaker.clip is None:
            latents, embedding = self._model.speaker_manager.speakers[self._speaker.name].values()
            return latents, embedding
        config = self._model.config
        sound = torch.from_numpy(self._speaker.clip)[None].to(self._model.device)
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
        return self._model.inference(sentence, self._speaker.language, *voice, speed=rate, **settings)["wav"]

    def _short_enough(self, sentence: str) -> list[str]:
        """XTTS cannot speak more at once than it was trained on."""
        if not self._is_xtts:
            return [sentence]
        limits = self._model.tokenizer.char_limits
        return textwrap.wrap(sentence, limits.get(primary(self._speaker.language or ""), 250)) or [sentence]

    def _has_sound(self, sentence: str) -> bool:
        """Whether any letter is left of it: a model makes noises for bare punctuation."""
        tokenizer = self._model.tokenizer
        if not hasattr(tokenizer, "text_to_ids"):
            return any(map(str.isalnum, sentence))
        language = self._speaker.language or self._model.language_manager.language_names[0]
        ids = tokenizer.text_to_ids(sentence, language=language)
        signs = {tokenizer.characters.id_to_char(number) for number in ids}
        return any(len(sign) == 1 and sign.isalpha() for sign in signs)  # longer ones are "<BLNK>" and the like


def _rename_cache_argument(_: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
    """From 5.24 on transformers calls `cache` what Coqui's XTTS takes as `past_key_values`."""
    if "cache" in named:
        named["past_key_values"] = named.pop("cache")
    return arguments, named


@contextmanager
def _fixed_noise(seed: int, device: Any) -> Iterator[None]:
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


def as_words(text: str) -> str:
    """The text with each part in IPA as a made-up word of lower-case letters."""
    return "".join(_made_up_word(part) if is_ipa else part for part, is_ipa in split_ipa(text))


def _made_up_word(ipa: str) -> str:
    raw = stress_at_vowel(ipa).encode()
    return f"zqx{''.join(_LETTERS[byte >> 4] + _LETTERS[byte & 15] for byte in raw)}xqz"


def _ipa_of(letters: str) -> str:
    halves = [_LETTERS.index(letter) for letter in letters]
    return bytes(high << 4 | low for high, low in zip(halves[::2], halves[1::2], strict=True)).decode()


def in_vocabulary(ipa: str, vocabulary: str) -> bool:
    """Whether a model has a sign for each sound, as it is or taken apart (ã is a and a tilde)."""
    signs = unicodedata.normalize("NFD", ipa)
    return bool(ipa) and all(sign in vocabulary for sign in signs if sign != " ")


def phonemes(texts: Sequence[str], language: str) -> list[str]:
    """Each text in IPA, as eSpeak NG pronounces that language; made-up words as the IPA that they stand for."""
    parts = [_WORD.split(text) for text in texts]
    read = iter(plain_ipa(_ALIASES.get(language, language), tuple(part for split in parts for part in split[::2])))
    lines = []
    for split in parts:
        words = [_ipa_of(part) if number % 2 else next(read) for number, part in enumerate(split)]
        lines.append(" ".join(filter(None, words)))
    return lines


@cache
def _phonemizer_class() -> Any:
    """A class for Coqui: its own `espeak`, with the library in place of the program."""
    from TTS.tts.utils.text.phonemizers.base import BasePhonemizer

    class LibraryPhonemizer(BasePhonemizer):  # type: ignore[misc, unused-ignore]
        def __init__(self, language: str) -> None:
            super().__init__(language, keep_puncs=True)

        def phonemize(self, text: str, separator: str = "|", language: str | None = None) -> str:
            pieces, marks = self._phonemize_preprocess(text)
            restored: str = self._phonemize_postprocess(phonemes(pieces, self.language), marks)
            return restored

        def _phonemize(self, text: str, separator: str) -> str:
            return phonemes([text], self.language)[0]

        def _init_language(self, language: str) -> str:
            return language

        @staticmethod
        def name() -> str:
            return "espeak"

        @classmethod
        def is_available(cls) -> bool:
            return True

        def version(self) -> str:
            return str(PHONEMES)

        @staticmethod
        def supported_languages() -> dict[str, str]:
            return {}

    return LibraryPhonemizer


def use_espeak_library() -> None:
    """From now on, Coqui models that ask for `espeak` get it from the library."""
    from TTS.tts.utils.text import phonemizers

    known: Callable[[str], str] = phonemizers.get_default_phonemizer
    known("be")  # fills the table, which would else be filled over what is put there
    phonemizers.PHONEMIZERS["espeak"] = _phonemizer_class()
