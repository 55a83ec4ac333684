"""The part of an ONNX model that one of its tensors needs, of a tiny model whose tensors are known."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speak.tiny_kokoro import ENERGY, MODEL, TOKEN_S

from audiodesc.speak.kokoro.graph import part_for


def test_a_part_gives_its_tensor_alone_and_is_smaller(kokoro: Path) -> None:
    whole = (kokoro / MODEL).read_bytes()
    part = part_for(memoryview(whole), ENERGY)
    session = onnxruntime.InferenceSession(part, providers=["CPUExecutionProvider"])
    inputs = {
        "tokens": np.zeros((1, 6), np.int64),
        "style": np.zeros((1, 256), np.float32),
        "speed": np.ones(1, np.float32),
    }
    assert [one.name for one in session.get_outputs()] == [ENERGY]
    (energy,) = session.run(None, inputs)
    assert energy.shape == (-(-(6 * TOKEN_S + 0.03) // 0.0125),)
    assert b"Sin" in whole
    assert b"Sin" not in part


def test_a_tensor_that_is_not_there_is_an_error(kokoro: Path) -> None:
    with pytest.raises(ValueError, match="no such tensor"):
        part_for(memoryview((kokoro / MODEL).read_bytes()), "/decoder/elsewhere")


@given(st.data())
def test_a_damaged_file_is_an_error_or_another_model(kokoro: Path, data: st.DataObject) -> None:
    """Nothing but ValueError is raised, and it comes to an end."""
    whole = bytearray((kokoro / MODEL).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    with suppress(ValueError):
        assert isinstance(part_for(memoryview(bytes(cut)), ENERGY), bytes)
