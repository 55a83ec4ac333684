"""What this computer gives a model to run on."""

from __future__ import annotations

import ctypes
import re
import sys
import warnings
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiodesc.core.environment import models_command

if TYPE_CHECKING:
    from audiodesc.describers.models.profiles import ModelProfile

_CPU_INFO, _MEMORY_INFO = Path("/proc/cpuinfo"), Path("/proc/meminfo")
_BF16 = re.compile(r"^(?:flags|Features)\b.*\b(?:amx_bf16|avx512_bf16|bf16)\b", re.MULTILINE)

_NEEDED = ("torch", "transformers", "accelerate", "huggingface_hub", "safetensors")


@dataclass(frozen=True, slots=True)
class Machine:
    """What this computer gives a model: of its GPUs the one with most free memory, in 10⁹ bytes.

    `gpu` is "" and `device` "cpu" without one; `ram_gb` is the memory that is free then, and
    `bf16` says whether the processor computes with bfloat16. `dtype` is torch's name for the data type of the
    weights. `fault` says why no model can run here at all.
    """

    gpu: str = ""
    free_gb: float = 0.0
    total_gb: float = 0.0
    device: str = "cpu"
    dtype: str = "float32"
    fault: str = ""
    ram_gb: float = 0.0
    bf16: bool = False

    @property
    def remark(self) -> str:
        """What a person should know of answers computed on this GPU; mostly ""."""
        return f"{self.gpu} has no bfloat16: the model runs in float16" if self.dtype == "float16" else ""

    def holds(self, profile: ModelProfile) -> bool:
        """Whether the memory that is free now is as large as a model needs; true where either is not known. Without a
        GPU the weights take twice their download, in 32 bits."""
        free_gb = self.free_gb if self.gpu else self.ram_gb
        needed_gb = profile.memory_gb if self.gpu else profile.ram_gb or 2 * profile.download_gb
        return not free_gb or needed_gb <= free_gb

    def __str__(self) -> str:
        """As a reason for what `auto` takes."""
        if self.fault:
            return self.fault
        return f"{self.gpu} with {self.total_gb:.0f} GB" if self.gpu else "torch finds no GPU"


def this_machine() -> Machine:
    """This computer. torch, which takes seconds, is loaded only where the models extra and a driver are installed."""
    if missing := missing_package():
        return Machine(fault=f"no model can run without {missing}: {models_command()}")
    if not has_driver():
        return _without_gpu()
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: one of its libraries
        return Machine(fault=f"torch cannot be loaded ({error}): {models_command()}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a driver that is too old, it warns and then says that there is no GPU
        return _largest(torch.cuda) if torch.cuda.is_available() else _without_gpu()


def _without_gpu() -> Machine:
    flags = ""
    with suppress(OSError):
        flags = _CPU_INFO.read_text("utf-8", errors="replace")
    return Machine(ram_gb=_free_ram_gb(), bf16=bool(_BF16.search(flags)))


def _free_ram_gb() -> float:
    """Of this computer's memory, in 10⁹ bytes; 0 where the system does not say."""
    with suppress(OSError):
        if found := re.search(r"^MemAvailable:\s*(\d+) kB", _MEMORY_INFO.read_text("utf-8"), re.MULTILINE):
            return int(found[1]) * 1024 / 1e9
    return 0.0


def missing_package() -> str:
    """The first package of the models extra that is not installed; "" where all are."""
    return next((name for name in _NEEDED if find_spec(name) is None), "")


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
            here = Machine(name, free / 1e9, total / 1e9, f"cuda:{index}", _dtype(cuda, index))
            best = max(best, here, key=lambda one: one.free_gb)
    return best


def _dtype(cuda: Any, index: int) -> str:
    """A GPU older than Ampere has bfloat16 only in name, and is slow with it."""
    with cuda.device(index):
        return "bfloat16" if cuda.is_bf16_supported(including_emulation=False) else "float16"
