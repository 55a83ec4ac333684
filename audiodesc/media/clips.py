"""Spoken clips as WAV files: 48 kHz, mono, 16 bit."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from audiodesc.media.sound import RATE_HZ
from audiodesc.model import Samples


def wav_bytes(samples: Samples) -> bytes:
    """A clip, float32 of shape (samples,) within ±1, as a WAV file's content."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def read_wav(path: Path) -> Samples:
    """The clip as float32, shape (samples,). Raises wave.Error for another kind of file, and for one cut short."""
    with _opened(path) as file:
        count = file.getnframes()
        raw = file.readframes(count)
    if len(raw) != 2 * count:
        raise wave.Error(f"{path} is cut short")
    return np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(32767)


def wav_length(path: Path) -> int:
    """The clip's length in samples, from its header. Raises wave.Error as `read_wav` does."""
    with _opened(path) as file:
        return file.getnframes()


def is_clip(path: Path) -> bool:
    """Whether there is a clip, and all of it."""
    try:
        if not path.is_file():
            return False
        return 44 + 2 * wav_length(path) == path.stat().st_size > 44
    except (OSError, wave.Error):
        return False


@contextmanager
def _opened(path: Path) -> Iterator[wave.Wave_read]:
    try:
        with wave.open(str(path), "rb") as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, RATE_HZ):
                raise wave.Error(f"{path} is no 48 kHz, mono, 16-bit clip")
            yield file
    except EOFError as error:
        raise wave.Error(f"{path} is cut short") from error
