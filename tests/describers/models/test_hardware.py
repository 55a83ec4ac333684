"""What a computer gives a model, with a torch that is made up."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from audiodesc.core.environment import models_command
from audiodesc.describers.models import hardware
from audiodesc.describers.models.hardware import Machine, this_machine

GB = 10**9
Install = Callable[..., None]


class Cuda:
    """GPUs as (name, free, total) in bytes; None for one that another program holds."""

    def __init__(self, *gpus: tuple[str, int, int] | None) -> None:
        self.gpus, self.current = gpus, 0

    @contextmanager
    def device(self, index: int) -> Iterator[None]:
        before, self.current = self.current, index
        yield
        self.current = before

    def is_bf16_supported(self, including_emulation: bool = True) -> bool:
        gpu = self.gpus[self.current]
        return including_emulation or bool(gpu and gpu[0] != "Tesla T4")

    def is_available(self) -> bool:
        if not self.gpus:
            warnings.warn("CUDA initialization: the driver is too old", UserWarning, stacklevel=2)
        return bool(self.gpus)

    def device_count(self) -> int:
        return len(self.gpus)

    def mem_get_info(self, index: int) -> tuple[int, int]:
        if (gpu := self.gpus[index]) is None:
            raise RuntimeError("CUDA error: all CUDA-capable devices are busy or unavailable")
        return gpu[1:]

    def get_device_properties(self, index: int) -> Any:
        gpu = self.gpus[index]
        assert gpu
        return SimpleNamespace(name=gpu[0], total_memory=gpu[2])


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    def install(*gpus: tuple[str, int, int] | None) -> None:
        monkeypatch.setattr(hardware, "find_spec", lambda name: object())
        monkeypatch.setattr(hardware, "has_driver", lambda: True)
        monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=Cuda(*gpus)))

    return install


def test_one_gpu(install: Install) -> None:
    install(("NVIDIA L4", 23 * GB, 24 * GB))
    assert this_machine() == Machine("NVIDIA L4", 23.0, 24.0, "cuda:0", "bfloat16")


def test_of_several_the_one_with_most_free_memory(install: Install) -> None:
    install(("A", 3 * GB, 80 * GB), ("B", 40 * GB, 48 * GB), ("C", 20 * GB, 96 * GB))
    assert this_machine() == Machine("B", 40.0, 48.0, "cuda:1", "bfloat16")


def test_one_that_is_held_by_another_program_is_passed_over(install: Install) -> None:
    install(None, ("B", 10 * GB, 12 * GB))
    assert this_machine() == Machine("B", 10.0, 12.0, "cuda:1", "bfloat16")
    install(None)
    assert (this_machine().gpu, this_machine().device) == ("", "cpu")


def test_an_old_gpu_reckons_in_float16_and_that_is_said(install: Install) -> None:
    install(("NVIDIA L4", 3 * GB, 24 * GB), ("Tesla T4", 15 * GB, 16 * GB))
    old = this_machine()
    assert (old.gpu, old.dtype) == ("Tesla T4", "float16")
    assert "float16" in old.remark
    install(("NVIDIA L4", 23 * GB, 24 * GB))
    assert this_machine().remark == Machine().remark == ""


def test_no_gpu_and_an_old_driver(install: Install) -> None:
    install()
    machine = this_machine()
    assert (machine.gpu, machine.free_gb, machine.total_gb, machine.device, machine.fault) == ("", 0.0, 0.0, "cpu", "")


@pytest.mark.parametrize("missing", ["torch", "transformers", "accelerate", "huggingface_hub", "safetensors"])
def test_without_the_extra_torch_is_not_loaded_and_the_command_is_given(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(hardware, "find_spec", lambda name: None if name == missing else object())
    monkeypatch.setitem(sys.modules, "torch", None)
    fault = this_machine().fault
    assert missing in fault
    assert fault.endswith(models_command())


def test_a_torch_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "find_spec", lambda name: object())
    monkeypatch.setattr(hardware, "has_driver", lambda: True)
    monkeypatch.setitem(sys.modules, "torch", None)  # import torch raises ImportError
    assert this_machine().fault.startswith("torch cannot be loaded")


def test_looking_at_this_computer_loads_no_transformers() -> None:
    code = (
        "import sys\n"
        "from audiodesc.describers import all_describers\n"
        "print({'torch', 'transformers', 'huggingface_hub', 'openai', 'cv2', 'rapidocr'} & set(sys.modules))\n"
        "assert all(entry.availability() for entry in all_describers().values())\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "False"]


def test_without_a_gpu_the_free_memory_and_bfloat16_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("MemTotal: 8000000 kB\nMemAvailable:  5000000 kB\n", "utf-8")
    (tmp_path / "cpu").write_text("processor: 0\nflags\t\t: fpu sse avx512_bf16 amx_tile\n", "utf-8")
    monkeypatch.setattr(hardware, "_MEMORY_INFO", tmp_path / "memory")
    monkeypatch.setattr(hardware, "_CPU_INFO", tmp_path / "cpu")
    assert hardware._without_gpu() == Machine(ram_gb=5.12, bf16=True)
    (tmp_path / "cpu").write_text("flags\t\t: fpu sse avx2\n", "utf-8")
    monkeypatch.setattr(hardware, "_MEMORY_INFO", tmp_path / "none")
    assert hardware._without_gpu() == Machine()
