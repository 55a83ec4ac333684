"""How long a model takes for a film on this processor, estimated from a short measurement of matrix products; and the
precision in which it is quickest here."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, Literal, get_args

from audiodesc.describers.models import user_cache
from audiodesc.describers.models.hardware import Machine
from audiodesc.describers.models.profiles import ModelProfile

Precision = Literal["float32", "bfloat16", "int8"]
"""Of a model's weights while it runs: int8 those of its linear layers alone, dynamically quantised."""

LONGEST_OFFERED: Final = 4.5
"""Of what `auto` offers, in times of the film's length: ten minutes of film in 45."""

LOOKS_A_MIN: Final = 5.0
"""Of film; each is followed by a line. A film without dialogue has 6 to 7, one with much of it 3."""

LOOK_TOKENS, LOOK_ANSWER_TOKENS = 400, 120
LINE_TOKENS, LINE_ANSWER_TOKENS = 700, 80
"""Of a question without its frames, and of its answer, about."""

OVERHEAD: Final = 1.3
"""For what is no product of weights: attention, the choice of tokens, preparing frames. Assumed, not measured."""

STEP_S: Final = 0.03
"""Python's own time for a token that is written: about a millisecond a layer. Assumed, not measured."""

_WIDE, _HIGH, _LAYERS, _ROWS = 2048, 4096, 8, 256
_MEASURED_S = 0.4


@dataclass(frozen=True, slots=True)
class Speed:
    """`read`: multiplications of a weight by a number in a second where a question is read, hundreds of tokens at a
    time; `write`: the same where an answer is written, token by token, which is bound by the memory."""

    read: float
    write: float

    def seconds(self, parameters: float, read_tokens: float, written_tokens: float) -> float:
        """For a model of so many parameters."""
        return parameters * (read_tokens / self.read + written_tokens / self.write)


def film_s(profile: ModelProfile, length_s: float, speed: Speed) -> float | None:
    """Seconds for a film of that length; None for a profile that does not say how much there is to compute."""
    if not profile.active_parameters:
        return None
    parameters = profile.active_parameters * 1e9
    line_s = speed.seconds(parameters, LINE_TOKENS, LINE_ANSWER_TOKENS) + STEP_S * LINE_ANSWER_TOKENS
    return (observe_s(profile, speed) + OVERHEAD * line_s) * LOOKS_A_MIN * length_s / 60


def pace_by(profile: ModelProfile, look_s: float, speed: Speed) -> float | None:
    """Seconds for a second of film, where a look took `look_s`: lines are taken to differ from what is estimated as
    looks do. None as for `film_s`."""
    estimated = film_s(profile, 1.0, speed)
    return estimated * look_s / observe_s(profile, speed) if estimated else None


def observe_s(profile: ModelProfile, speed: Speed) -> float:
    """Seconds for one look at a clip, of a profile that says how much there is to compute."""
    parameters, frames = profile.active_parameters * 1e9, profile.max_frames
    look_s = speed.seconds(parameters, LOOK_TOKENS + frames * profile.frame_tokens, LOOK_ANSWER_TOKENS)
    return OVERHEAD * (look_s + frames * profile.frame_gmacs * 1e9 / speed.read + STEP_S * LOOK_ANSWER_TOKENS)


def precision_here(machine: Machine) -> Precision:
    """That in which a model is loaded on this processor: the quickest when one first was, for the answers that are
    kept depend on it."""
    if known := _known_precision():
        return known
    precision, _ = quickest(machine)
    user_cache.keep_precision(precision)
    return precision


def speed_here(machine: Machine) -> Speed:
    """As measured, in the precision in which models run here, or would: nothing is kept of an estimate."""
    known = _known_precision()
    return measured_speed(known) if known else quickest(machine)[1]


def _known_precision() -> Precision | None:
    kept: dict[str, Precision] = {name: name for name in get_args(Precision)}
    return kept.get(user_cache.precision())


def quickest(machine: Machine) -> tuple[Precision, Speed]:
    """The precision in which a look and its line take least here, as measured: float32, bfloat16 where the processor
    computes with it, int8 where torch can."""
    speeds = {precision: measured_speed(precision) for precision in possible(machine)}
    return min(
        speeds.items(),
        key=lambda one: one[1].seconds(1e9, LOOK_TOKENS + LINE_TOKENS, LOOK_ANSWER_TOKENS + LINE_ANSWER_TOKENS),
    )


def possible(machine: Machine) -> list[Precision]:
    """What a model may run in on this processor."""
    import torch

    engines = [name for name in torch.backends.quantized.supported_engines if name != "none"]
    return ["float32", *(["bfloat16"] if machine.bf16 else []), *(["int8"] if engines else [])]  # type: ignore[list-item]


@functools.cache
def measured_speed(precision: Precision) -> Speed:
    """Of layers as large as those of a model of 2 billion parameters, more than the processor's caches hold."""
    import torch

    layers: Any = torch.nn.Sequential(*(torch.nn.Linear(_WIDE, _HIGH, bias=False) for _ in range(_LAYERS)))
    kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
    layers = quantised(layers) if precision == "int8" else layers.to(kind)
    many, one = torch.zeros(_ROWS, _WIDE, dtype=kind), torch.zeros(1, _WIDE, dtype=kind)
    with torch.inference_mode():
        read_s = _seconds(lambda: layers[0](many))
        write_s = _seconds(lambda: [layer(one) for layer in layers])
    return Speed(_ROWS * _WIDE * _HIGH / read_s, _LAYERS * _WIDE * _HIGH / write_s)


def quantised(model: Any) -> Any:
    """A model whose linear layers hold 8-bit weights, in place; what goes into them is scaled as it comes."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces that this will move to another package
        return torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)


def _seconds(work: Callable[[], Any]) -> float:
    """Of one time, the best of many: another program may be at work."""
    work()
    begun, best = perf_counter(), float("inf")
    while perf_counter() - begun < _MEASURED_S:
        started = perf_counter()
        work()
        best = min(best, perf_counter() - started)
    return best


def shown_time(seconds: float) -> str:
    """A time for a person, as coarse as an estimate is: "1 min", "35 min", "2.5 h"."""
    minutes = max(1, round(seconds / 60))
    if minutes > 20:
        minutes = 5 * round(minutes / 5)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
