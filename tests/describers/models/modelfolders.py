"""Model folders with a few numbers for weights: whole, and then spoiled by the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

PARTS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
INDEX = "model.safetensors.index.json"
QWEN: dict[str, Any] = {"model_type": "qwen2_5_vl", "architectures": ["Qwen2_5_VLForConditionalGeneration"]}


def write_json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


def write_weights(path: Path, *names: str, value: float = 0.0) -> Path:
    """Tensors of those names, all of one value."""
    from safetensors.numpy import save_file

    save_file({name: np.full((4, 4), value, np.float32) for name in names}, path)
    return path


def model_folder(folder: Path, **config: Any) -> Path:
    """A folder with two files of weights and all that stands around them; `config` is laid over that of a Qwen."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", QWEN | config)
    for name in ("preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        write_json(folder / name, {})
    (folder / "chat_template.jinja").write_text("{{ messages }}", "utf-8")
    for number, name in enumerate(PARTS):
        write_weights(folder / name, f"layer.{number}")
    write_json(folder / INDEX, {"weight_map": {f"layer.{number}": name for number, name in enumerate(PARTS)}})
    return folder
