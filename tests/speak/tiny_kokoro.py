"""A tiny ONNX model with the inputs and outputs of Kokoro's, and an archive of voices of its form.

It is a tone that lasts 50 ms for each token, divided by the speed; its height follows the tokens and the voice. Its
energy, for each 12.5 ms, is that of speech 30 ms longer than the tone, as what `finish_clip` leaves of Kokoro's sound
is shorter. The file is written as the protocol buffer that it is (onnx.proto), so that no library is needed for it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

MODEL, VOICES = "kokoro-v1.0.int8.onnx", "voices-v1.0.bin"
TOKEN_S = 0.05
ENERGY = "/encoder/Reshape_1_output_0"
INT64, FLOAT = 7, 1
NAMES = ("af_heart", "bm_george", "ff_siwis", "zf_xiaoni")


def make_kokoro(folder: Path, *, inputs: Mapping[str, int] | None = None, loose: bool = False) -> Path:
    """The folder, with a model and its voices; `loose`: one file a voice. `inputs` are the names of others."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_bytes(_model(inputs or {"tokens": INT64, "style": FLOAT, "speed": FLOAT}))
    styles = {name: np.full((510, 1, 256), nth, np.float32) for nth, name in enumerate(NAMES)}
    if loose:
        (folder / "voices").mkdir()
        for name, style in styles.items():
            (folder / "voices" / f"{name}.bin").write_bytes(style.tobytes())
    else:
        with (folder / VOICES).open("wb") as file:
            np.savez(file, **styles)  # type: ignore[arg-type]
    return folder


def _model(inputs: Mapping[str, int]) -> bytes:
    tokens, style, speed = inputs
    nodes = [
        _node("Shape", [tokens], "shape"),
        _node("Gather", ["shape", "one"], "count"),
        _cast("count", "tokens_n", FLOAT),
        _node("Gather", [speed, "zero"], "rate"),
        _node("Mul", ["tokens_n", "samples_each"], "natural"),
        _node("Div", ["natural", "rate"], "length"),
        _node("Range", ["none", "length", "step"], "time"),
        _cast(tokens, "numbers", FLOAT),
        _node("ReduceMean", ["numbers"], "mean", _int("keepdims", 0)),
        _node("ReduceMean", [style], "voice", _int("keepdims", 0)),
        _node("Mul", ["voice", "hundred"], "height"),
        _node("Add", ["mean", "height"], "raised"),
        _node("Add", ["raised", "hundred"], "hertz"),
        _node("Mul", ["hertz", "turn"], "angle"),
        _node("Mul", ["time", "angle"], "phase"),
        _node("Sin", ["phase"], "wave"),
        _node("Mul", ["wave", "half"], "audio"),
        _node("Add", ["length", "ends"], "loud"),
        _node("Range", ["none", "loud", "hop"], "frames"),
        _node("Mul", ["frames", "none"], ENERGY),
    ]
    numbers = {
        "samples_each": 24_000 * TOKEN_S, "none": 0.0, "step": 1.0, "hundred": 100.0, "half": 0.5,
        "turn": 2 * np.pi / 24_000,
        "hop": 300.0,
        "ends": 720.0,
    }  # fmt: skip
    constants = [_tensor(name, FLOAT, struct.pack("<f", value)) for name, value in numbers.items()]
    constants += [_tensor(name, INT64, struct.pack("<q", value)) for name, value in (("zero", 0), ("one", 1))]
    sizes: tuple[tuple[int | str, ...], ...] = ((1, "n"), (1, 256), (1,))
    shapes = dict(zip(inputs, sizes, strict=True))
    graph = b"".join(
        [
            *(_field(1, node) for node in nodes),
            _field(2, b"tiny"),
            *(_field(5, constant) for constant in constants),
            *(_field(11, _value(name, kind, shapes[name])) for name, kind in inputs.items()),
            _field(12, _value("audio", FLOAT, ("m",))),
        ]
    )
    return _varint(1 << 3) + _varint(8) + _field(7, graph) + _field(8, _varint(2 << 3) + _varint(13))


def _node(kind: str, inputs: Iterable[str], output: str, attribute: bytes = b"") -> bytes:
    content = b"".join(_field(1, name.encode()) for name in inputs)
    content += _field(2, output.encode()) + _field(4, kind.encode())
    return content + (_field(5, attribute) if attribute else b"")


def _cast(source: str, output: str, kind: int) -> bytes:
    return _node("Cast", [source], output, _int("to", kind))


def _int(name: str, value: int) -> bytes:
    return _field(1, name.encode()) + _varint(3 << 3) + _varint(value) + _varint(20 << 3) + _varint(2)


def _tensor(name: str, kind: int, raw: bytes) -> bytes:
    return _varint(2 << 3) + _varint(kind) + _field(8, name.encode()) + _field(9, raw)


def _value(name: str, kind: int, shape: tuple[int | str, ...]) -> bytes:
    dims = b"".join(
        _field(1, _field(2, one.encode()) if isinstance(one, str) else _varint(1 << 3) + _varint(one)) for one in shape
    )
    tensor = _varint(1 << 3) + _varint(kind) + _field(2, dims)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
