"""What an error of torch or transformers is about: they raise the same classes for many things."""

from __future__ import annotations

import re

_MEMORY = re.compile(r"out of memory|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED", re.IGNORECASE)
_GPU = re.compile(r"\b(?:CUDA|cuBLAS|cuDNN|NVIDIA|HIP|ROCm)\b|\bCU(?:BLAS|DNN)_", re.IGNORECASE)


def is_out_of_memory(error: Exception) -> bool:
    """Whether the GPU's memory was too small; torch's libraries say so in words alone."""
    if type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and bool(_MEMORY.search(str(error)))


def is_of_the_gpu(error: Exception) -> bool:
    """Whether the GPU or its driver failed."""
    return isinstance(error, RuntimeError) and bool(_GPU.search(first_line(error)))


def first_line(error: Exception) -> str:
    """What an error says, short enough for a message of one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
