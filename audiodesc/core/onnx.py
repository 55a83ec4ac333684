"""Small ONNX models on the processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def session(model: Path | bytes, threads: int = 1) -> Any:
    """An `onnxruntime.InferenceSession` of a file, or of what it holds, that computes on so many threads: one is the
    calling thread alone.

    Raises what onnxruntime raises, which for a damaged file is whatever protobuf does.
    """
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # it takes cores from other calls
    options.log_severity_level = 3  # exporters leave unused weights in models, of which each start would tell
    content = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
