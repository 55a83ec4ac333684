"""What errors are about, in the words that torch and its libraries use."""

from __future__ import annotations

import pytest

from audiodesc.describers.models.loading import first_line, is_of_the_gpu, is_out_of_memory


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


@pytest.mark.parametrize(
    "error",
    [
        OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    ],
)
def test_a_memory_that_is_too_small_is_known_by_class_or_words(error: Exception) -> None:
    assert is_out_of_memory(error)


def test_other_errors_are_not_of_the_memory() -> None:
    assert not is_out_of_memory(RuntimeError("CUDA error: device-side assert triggered"))
    assert not is_out_of_memory(ValueError("out of memory"))


def test_an_error_of_the_gpu_is_told_from_one_of_the_files() -> None:
    assert is_of_the_gpu(RuntimeError("CUDA error: device-side assert triggered"))
    assert is_of_the_gpu(RuntimeError("Found no NVIDIA driver on your system"))
    assert not is_of_the_gpu(RuntimeError("Error(s) in loading state_dict: size mismatch"))
    assert not is_of_the_gpu(OSError("CUDA_notes.json: no such file"))


def test_a_message_is_one_line() -> None:
    assert first_line(RuntimeError("one\ntwo")) == "one"
    assert first_line(KeyError()) == "KeyError"
    assert len(first_line(RuntimeError("x" * 1000))) == 300
