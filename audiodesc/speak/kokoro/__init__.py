"""Kokoro: voices near to a person's, without a GPU and without torch.

One ONNX model of 82 million parameters speaks with all voices, through onnxruntime. The library `kokoro-onnx` is not
used: it loads eSpeak NG into this process, where that library's state would pass from one text to the next, and what is
left of it is the table of signs and one call of the model. Calls from several threads run side by side, a core each:
`sessions` says how.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from audiodesc.core.downloads import Downloads
from audiodesc.core.environment import again_command
from audiodesc.core.files import sampled_hash
from audiodesc.core.plugins import AVAILABLE, Availability
from audiodesc.core.progress import Progress, silent
from audiodesc.errors import InputError
from audiodesc.model import Take
from audiodesc.speak.kokoro import files
from audiodesc.speak.kokoro.files import KokoroOptions
from audiodesc.speak.kokoro.phonemes import LANGUAGES, PHONEMES, in_vocabulary, phonemes, sentences, tokens
from audiodesc.speak.kokoro.sessions import sessions_of
from audiodesc.speak.profiles import Profile, checked_settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_HZ: Final = 24_000
"""Of the model's sound."""

SYNTHESIS: Final = 2
"""The version of how the model is run, for fingerprints."""

PAUSE_S: Final = 0.25
"""Between two parts of a text that is spoken in parts, at the natural speed."""

_INPUTS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15)
_SPEEDS = (0.679, 0.713, 0.798, 0.895, 0.948, 0.975, 1.0, 1.027, 1.074, 1.121)
"""What the model's input is, and how fast it then speaks: it rounds the length of each sound to whole frames. Measured
on three lines of af_heart and bf_isabella, which differ by 0.03 at most; beyond the table the two are in proportion."""

_SPOKEN, _ENDS_MS = -2.0, 30
"""The encoder's energy at both ends of what `finish_clip` leaves of the sound, and what that is shorter;
`benchmarks/voices.py --estimates` prints how near the estimates come."""

_ENERGY_MS = 12.5
"""Of sound for each number of the encoder's."""

_QUIET = 0.01
"""Of the peak: what is below it at both ends of a part is no speech."""


class Kokoro:
    """A `Voice`. Its profile's `voice` is one of Kokoro's names, such as "af_heart"; its settings are `KokoroOptions`.

    Raises InputError for a voice or a setting that does not exist, and MissingToolError where the model is not here.
    """

    def __init__(self, profile: Profile) -> None:
        self._name = f"voice {profile.name}"
        self._language = profile.voice[:1]
        if self._language not in LANGUAGES:
            raise InputError(
                f"{self._name}: no voice {profile.voice!r} of Kokoro can be spoken",
                f"choose one whose name begins with {', '.join(LANGUAGES)}",
            )
        self._speed = checked_settings(profile, KokoroOptions).speed
        self._model_file = files.model_file(profile)
        self._styles = files.read_styles(profile, self._model_file.parent)

    @property
    def fingerprint(self) -> str:
        """The place of the files is no part of it: they are the same voice everywhere."""
        from audiodesc.speak.finish import FINISHING

        versions = [version("espeakng-loader"), PHONEMES, SYNTHESIS, FINISHING]
        style = sha256(self._styles.tobytes()).hexdigest()[:32]
        return f"kokoro {json.dumps([self._language, style, self._speed, _hash(self._model_file), versions])}"

    def takes_ipa(self, ipa: str) -> bool:
        """See `Voice.takes_ipa`."""
        return in_vocabulary(ipa, self._language)

    def say(self, text: str, rate: float) -> Take:
        """See `Voice.say`. The speed is the model's own."""
        import numpy as np

        from audiodesc.speak.finish import finish_clip

        parts = self._parts(text)
        if not parts:
            raise ValueError("nothing can be heard of it")
        sounds = [self._sound(numbers, rate) for numbers in parts]
        if len(sounds) == 1:
            return Take(finish_clip(sounds[0], RATE_HZ), rate)
        pause = np.zeros(round(PAUSE_S / rate * RATE_HZ), np.float32)
        joined = [piece for sound in sounds for piece in (_without_silence(sound), pause)]
        return Take(finish_clip(np.concatenate(joined[:-1]), RATE_HZ), rate)

    def _parts(self, text: str) -> list[list[int]]:
        """The tokens of each part that is spoken at once."""
        return [numbers for part in sentences(phonemes(text, self._language)) if (numbers := tokens(part))]

    def estimate_ms(self, text: str, rate: float) -> int | None:
        """See `EstimatingVoice`: by how loud the model's encoder says that the sound will be."""
        import numpy as np

        parts = self._parts(text)
        if len(parts) != 1:
            return None
        energy = sessions_of(self._model_file).energy(self._inputs(parts[0], rate))
        if energy is None or not len(loud := np.flatnonzero(energy > _SPOKEN)):
            return None
        return max(0, round((int(loud[-1]) + 1 - int(loud[0])) * _ENERGY_MS) - _ENDS_MS)

    def _inputs(self, numbers: Sequence[int], rate: float) -> dict[str, NDArray[Any]]:
        import numpy as np

        return {
            "tokens": np.array([[0, *numbers, 0]], np.int64),
            "style": self._styles[len(numbers) - 1][np.newaxis],
            "speed": np.array([_input(self._speed * rate)], np.float32),
        }

    def _sound(self, numbers: Sequence[int], rate: float) -> NDArray[np.float32]:
        import numpy as np

        opened = sessions_of(self._model_file)
        try:
            sound = opened.sound(self._inputs(numbers, rate))
        except Exception as error:  # onnxruntime has no class of its own for what a model fails at
            reason = str(error).strip().partition("\n")[0][:200]
            raise ValueError(f"the model cannot speak this text ({reason})") from error
        return np.asarray(sound, np.float32).reshape(-1)


def _input(speed: float) -> float:
    """What the model is given so that it speaks at this speed."""
    import numpy as np

    nearest = min(max(speed, _SPEEDS[0]), _SPEEDS[-1])
    return float(np.interp(nearest, _SPEEDS, _INPUTS)) * speed / nearest


def _without_silence(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    loud = np.flatnonzero(np.abs(sound) > _QUIET * np.max(np.abs(sound), initial=0.0))
    return sound[loud[0] : loud[-1] + 1] if len(loud) else sound[:0]


@cache
def _hash(path: Path) -> str:
    return sampled_hash(path)


class KokoroEngine:
    """The row of `audiodesc.speak.ENGINES`."""

    name = "kokoro"
    summary = "natural voices (Kokoro), quick without a GPU"
    needs = "a download of 121 MB, once for all its voices"
    options = KokoroOptions
    auto_rank = 20

    @property
    def install(self) -> str:
        return again_command("onnxruntime")

    def availability(self) -> Availability:
        for package, module in (("onnxruntime", "onnxruntime"), ("espeakng-loader", "espeakng_loader")):
            if find_spec(module) is None:
                return Availability(False, f"{package} is not installed", again_command(package))
        return AVAILABLE

    def profiles(self) -> Sequence[Profile]:
        return ()

    def on_disk(self, profile: Profile) -> bool:
        return files.on_disk(profile)

    def fetch(self, profile: Profile, downloads: Downloads, progress: Progress = silent) -> None:
        files.fetch_voice(profile, downloads, progress)

    def create(self, profile: Profile) -> Kokoro:
        return Kokoro(profile)


KOKORO = KokoroEngine()
