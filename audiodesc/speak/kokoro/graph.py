"""The part of an ONNX model that one of its tensors needs, as a model of its own.

onnxruntime computes a whole graph, whatever is asked of it. The file is read as the protocol buffer that it is
(onnx.proto), so that no library is needed for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

GRAPH: Final = 7
"""Of ModelProto."""

NODE, INITIALIZER, OUTPUT, VALUE_INFO = 1, 5, 12, 13
"""Of GraphProto."""

NODE_INPUT, NODE_OUTPUT, TENSOR_NAME, VALUE_NAME = 1, 2, 8, 1

_NUMBER, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


def part_for(model: memoryview, tensor: str) -> bytes:
    """The model with `tensor` as its only output, and no node or constant that it does not depend on.

    Raises ValueError where it has no such tensor, or is no model.
    """
    name = tensor.encode()
    return b"".join(_message(GRAPH, _cut(body, name)) if at == GRAPH else whole for at, whole, body in _of(model))


def _cut(graph: memoryview, tensor: bytes) -> bytes:
    fields = list(_of(graph))
    made_by = {name: body for at, _, body in fields if at == NODE for name in _texts(body, NODE_OUTPUT)}
    if tensor not in made_by:
        raise ValueError("the model has no such tensor")
    needed, left = {tensor}, [tensor]
    while left:
        node = made_by.get(left.pop())
        names = _texts(node, NODE_INPUT) if node is not None else []
        left += (new := [name for name in names if name not in needed])
        needed.update(new)

    def is_kept(at: int, body: memoryview) -> bool:
        if at in (NODE, INITIALIZER):
            return not needed.isdisjoint(_texts(body, NODE_OUTPUT if at == NODE else TENSOR_NAME))
        return at not in (OUTPUT, VALUE_INFO)

    kept = [whole for at, whole, body in fields if is_kept(at, body)]
    return b"".join([*kept, _message(OUTPUT, _message(VALUE_NAME, tensor))])


def _texts(message: memoryview, field: int) -> list[bytes]:
    return [bytes(body) for at, _, body in _of(message) if at == field]


def _of(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """(its number, all of it, its content) of each field, in order."""
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        kind, size = key & 7, 0
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if kind == _EIGHT_BYTES else 4
        elif kind == _NUMBER:
            _, size = _varint(message, at)
            size -= at
        if at + size > len(message) or kind not in (_NUMBER, _EIGHT_BYTES, _BYTES, _FOUR_BYTES):
            raise ValueError("it is no ONNX model")
        yield key >> 3, message[start : at + size], message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """The number that begins there, and where it ends."""
    for end in range(at, min(at + 10, len(message))):
        if message[end] < 128:
            return sum((message[place] & 127) << 7 * (place - at) for place in range(at, end + 1)), end + 1
    raise ValueError("it is no ONNX model")


def _message(field: int, content: bytes) -> bytes:
    size, length = bytearray(), len(content)
    while length > 127:
        size.append(length & 127 | 128)
        length >>= 7
    return bytes([field << 3 | _BYTES, *size, length]) + content
