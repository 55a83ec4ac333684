"""The trial of a server before the film is analysed: which model it has, and a picture of which the answer is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import sqrt
from typing import Final

import numpy as np

from audiodesc.describers.server.chat import ServerModel
from audiodesc.describers.server.families import may_see
from audiodesc.describers.server.faults import MOST_MODELS
from audiodesc.errors import UsageError
from audiodesc.model import Frame, Span, VideoClip

CODE_WORD: Final = "birch"

BEGINNING: Final = f"The code word is {CODE_WORD}."
"""Stands before the pictures: a server that leaves out the beginning of what is too long leaves this out."""

QUESTION: Final = "Which colour fills the picture, and what is the code word? Answer with these two words."

SMALL_PIXELS = 224 * 224

_RED = (220, 20, 20)
_SAYS_RED = re.compile(r"\b(?:red|crimson|scarlet)\b", re.IGNORECASE)


def trial_clip(frames: int, pixels: int, fps: float) -> VideoClip:
    """A clip of red frames, each of about so many pixels in the shape of a film."""
    width = max(32, int(sqrt(pixels * 16 / 9)) // 2 * 2)
    height = max(32, int(width * 9 / 16) // 2 * 2)
    image = np.full((height, width, 3), _RED, np.uint8)
    times = [round(1000 * number / fps) for number in range(frames)]
    return VideoClip(Span(0, times[-1] + 1000), tuple(Frame(time, image) for time in times))


def says_red(answer: str) -> bool:
    """Whether an answer names the colour of the trial's clip."""
    return bool(_SAYS_RED.search(answer))


def knows_beginning(answer: str) -> bool:
    """Whether an answer has the code word."""
    return CODE_WORD in answer.casefold()


def only_model(models: Sequence[ServerModel], wanted: str = "") -> str:
    """The model to ask where the user names none: `wanted` if the server has it, its only one, or the only one that
    sees. Raises UsageError, which lists them, for none and for several."""
    names = [model.name for model in models]
    seeing = [name for name in names if may_see(name)]
    for some in ([name for name in names if name == wanted and wanted], names, seeing):
        if len(some) == 1:
            return some[0]
    if not names:
        raise UsageError("the server does not say which models it has", "give --model NAME")
    listed = ", ".join((seeing or names)[:MOST_MODELS])
    raise UsageError(f"the server has {len(names)} models", f"give --model NAME; one of: {listed}")
