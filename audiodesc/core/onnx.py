"""Small ONNX models on the processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def session(model: Path) -> Any:
    """An `onnxruntime.InferenceSession` that computes on the calling thread alone.

    Raises what onnxruntime raises, which for a damaged file is whatever protobuf does.
    """
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # exporters leave unused weights in models, of which each start would tell
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
