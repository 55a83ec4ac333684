"""The describer `auto`: what hardware there is, which model it can run, and whether its weights may be downloaded."""

from __future__ import annotations

import ctypes
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from audiodesc.core.installation import models_command
from audiodesc.core.progress import Progress, silent
from audiodesc.describers.models.profiles import ModelProfile, shipped
from audiodesc.describers.models.weights import Weights, check, fetch, found, size_to_fetch
from audiodesc.errors import AudiodescError, MissingToolError, UsageError

ASK_ABOVE = 1_000_000_000
"""Bytes. A smaller download needs no word from the user."""

Refusal = Callable[[ModelProfile], str]
"""Why a model may not be fetched, as what to do about it; "" where it may be. Raises what `size_to_fetch` raises."""

_NEEDED = ("torch", "transformers", "accelerate", "huggingface_hub", "safetensors")


@dataclass(frozen=True, slots=True)
class Permission:
    """What the command line said of downloads: `yes` to all, or none at all."""

    yes: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The describer to use: "server", "basic" or a profile's name; `fetched` if its weights must come first.

    `considered` holds each profile with what speaks for or against it.
    """

    name: str
    why: str
    considered: tuple[tuple[str, str], ...] = ()
    fetched: bool = False


def pick(server: bool, refusal: Refusal) -> Choice:
    """What `auto` stands for on this computer, now: see `choose`."""
    return choose(server, Machine() if server else this_machine(), lambda profile: found(profile) is not None, refusal)


def choose(server: bool, machine: Machine, found: Callable[[ModelProfile], bool], refusal: Refusal) -> Choice:
    """The best describer: a server if there is one, else the first shipped profile that can be had, else basic.

    Weights on this disk win over a better model that is refused. Without a GPU nothing is fetched, and `refusal`
    is not asked.
    """
    if server:
        return Choice("server", "a server is given")
    unfit = {name: _unfit(profile, machine) for name, profile in shipped().items()}
    tried: dict[str, str] = {}
    taken, fetched = "basic", False
    for name in (name for name, against in unfit.items() if not against):
        here = found(shipped()[name])
        against = "" if here else _refused(shipped()[name], machine, refusal)
        tried[name] = against or ("on this disk" if here else "to be fetched")
        if not against:
            taken, fetched = name, not here
            break
    considered = tuple((name, unfit[name] or tried.get(name, f"{taken} comes first")) for name in unfit)
    return Choice(taken, _why(machine, tried, taken), considered, fetched)


def refusals(
    permission: Permission,
    ask: Callable[[str], bool] | None = None,
    size: Callable[[ModelProfile], int] = size_to_fetch,
) -> Refusal:
    """How a run lets models be fetched; `ask` puts a question to the user, None where there is nobody to answer.

    A no, and a hub that cannot be reached, hold for every model after it: nobody is asked twice.
    """
    final: list[str] = []

    def refusal(profile: ModelProfile) -> str:
        if permission.offline:
            return "leave --offline out to fetch it"
        if final:
            return final[0]
        if ask is None and not permission.yes and profile.download_gb * 1e9 > ASK_ABOVE:  # the hub need not be asked
            return f"give --yes to fetch {profile.download_gb:.1f} GB"
        try:
            fetched = size(profile)
        except MissingToolError as error:
            final.append(str(error))
            raise
        if permission.yes or fetched <= ASK_ABOVE:
            return ""
        if ask is None:
            return f"give --yes to fetch {fetched / 1e9:.1f} GB"
        if ask(f"fetch {fetched / 1e9:.1f} GB from {profile.repository} (licence: {profile.licence})?"):
            return ""
        final.append("you did not want it fetched")
        return final[0]

    return refusal


def obtain(profile: ModelProfile, refusal: Refusal, progress: Progress = silent) -> Weights:
    """The weights of a model, from this disk or, where that is not refused, from the hub; checked.

    Raises UsageError where it is refused, and what `found`, `fetch` and `check` raise.
    """
    weights = found(profile)
    if weights is None:
        if against := refusal(profile):
            raise UsageError(f"the weights of {profile.repository} are not on this disk", against)
        weights = fetch(profile, progress)
    check(weights, chat=profile.chat, sees=profile.prompt != "none")
    return weights


def _unfit(profile: ModelProfile, machine: Machine) -> str:
    if not profile.auto or profile.prompt == "none":
        return "taken only when it is named"
    if machine.fault:
        return machine.fault
    if profile.memory_gb > machine.free_gb:
        return f"needs {profile.memory_gb:g} GB of GPU memory"
    return ""


def _refused(profile: ModelProfile, machine: Machine, refusal: Refusal) -> str:
    if not machine.gpu:
        return f"not on this disk: give --describer {profile.name} to fetch it"
    try:
        against = refusal(profile)
    except AudiodescError as error:
        against = str(error)
    return against and f"not on this disk: {against}"


def _why(machine: Machine, tried: dict[str, str], taken: str) -> str:
    """The computer, the model that is taken and, if that is another, the one that should have been."""
    if machine.fault:
        return machine.fault
    gpu = f"{machine.gpu} with {machine.total_gb:.0f} GB" if machine.gpu else "torch finds no GPU"
    told = dict.fromkeys(name for name in (taken, *list(tried)[:1]) if name in tried)
    return "; ".join([gpu, *(f"{name} is {tried[name]}" for name in told)])


@dataclass(frozen=True, slots=True)
class Machine:
    """What this computer gives a model: of its GPUs the one with most free memory, in 10⁹ bytes.

    `gpu` is "" and `device` "cpu" without one. `numbers` is torch's name for what a model reckons in here. `fault`
    says why no model can run here at all.
    """

    gpu: str = ""
    free_gb: float = 0.0
    total_gb: float = 0.0
    device: str = "cpu"
    numbers: str = "float32"
    fault: str = ""

    @property
    def remark(self) -> str:
        """What a person should know of the answers that are made here; mostly ""."""
        return f"{self.gpu} has no bfloat16: the model runs in float16" if self.numbers == "float16" else ""


def this_machine() -> Machine:
    """This computer. torch, which takes seconds, is loaded only where the models extra and a driver are installed."""
    if lacking := [name for name in _NEEDED if find_spec(name) is None]:
        return Machine(fault=f"no model can run without {lacking[0]}: {models_command()}")
    if not has_driver():
        return Machine()
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: one of its libraries
        return Machine(fault=f"torch cannot be loaded ({error}): {models_command()}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a driver that is too old, it warns and then says that there is no GPU
        return _largest(torch.cuda) if torch.cuda.is_available() else Machine()


def has_driver() -> bool:
    """Whether this system can have a GPU for torch at all: NVIDIA's library, or AMD's device."""
    if sys.platform != "linux" or Path("/dev/kfd").exists():
        return True
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def _largest(cuda: Any) -> Machine:
    best = Machine()
    for index in range(cuda.device_count()):
        with suppress(RuntimeError):  # a GPU that is lost, or that another program holds alone
            free, total = cuda.mem_get_info(index)
            name = str(cuda.get_device_properties(index).name)
            here = Machine(name, free / 1e9, total / 1e9, f"cuda:{index}", _numbers(cuda, index))
            best = max(best, here, key=lambda one: one.free_gb)
    return best


def _numbers(cuda: Any, index: int) -> str:
    """A GPU older than Ampere has bfloat16 only in name, and is slow with it."""
    with cuda.device(index):
        return "bfloat16" if cuda.is_bf16_supported(including_emulation=False) else "float16"
