"""Lines of text by OCR: the models inside the rapidocr package find and read them; lines are joined to blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.environment import again_command
from audiodesc.describers.basic.texts import TextPosition
from audiodesc.errors import MissingToolError

if TYPE_CHECKING:
    from rapidocr import RapidOCR

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3), or grey, shape (height, width)."""

BGR = NDArray[np.uint8]
"""As the models were trained: blue, green, red; shape (height, width, 3)."""

THREADS = 1
"""Other clips are read on the other cores, and one thread gives the same sums every time."""

MEAN_CONFIDENCE = 0.97
MIN_CONFIDENCE = 0.8
"""A reading counts if its signs have at least these probabilities, on average and each. On real films the worst
sign of right readings had 0.84 and more, of wrong ones nearly always 0.7 and less. Spaces do not count: the
model is often unsure of them where they are plain."""

PRESSED = 0.6
"""A line is pressed to this share of its width: "S I N T E L", in letters 9 to 18 % of the picture's height, is read
so, at 0.9 and more a letter, and at its own width in no size (0.5 to 0.9)."""

Block = tuple["TextLine", ...]

LOW = 0.7
LOW_OFF_CENTRE = 0.12
LOW_HEIGHT = 0.1
"""Subtitles stand below this share of the height, about centred, in letters no higher than that."""

CORNER_MARGIN = 0.09
CORNER_WIDTH = 0.25
CORNER_HEIGHT = 0.15
"""A logo is nearer than this to two edges, and no larger than that."""

SMALLER = 0.7
"""Letters below this share of the line above say something else: what the person is after the name."""

MOST_LINES = 8
STANDS_OUT = 1.4
"""Of a crowded picture only lines are read whose letters are so many times higher than the usual ones."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a line of text is: corners clockwise from the upper left, in pixels, shape (4, 2), float32."""

    corners: NDArray[np.float32]

    @property
    def left(self) -> float:
        return float(self.corners[:, 0].min())

    @property
    def right(self) -> float:
        return float(self.corners[:, 0].max())

    @property
    def top(self) -> float:
        return float(self.corners[:, 1].min())

    @property
    def bottom(self) -> float:
        return float(self.corners[:, 1].max())

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    def parted(self, share: float) -> tuple[Box, Box]:
        """Its upper and its lower part, one above the other; `share` of the height is the upper one's."""
        upper, lower = self.corners[:2], self.corners[[3, 2]]
        middle = upper + np.float32(share) * (lower - upper)
        return (
            Box(np.concatenate([upper, middle[::-1]]).astype(np.float32)),
            Box(np.concatenate([middle, lower[::-1]]).astype(np.float32)),
        )

    @property
    def slope(self) -> float:
        """How much the line rises or falls over its length, as a share of it, never negative."""
        along = self.corners[1] - self.corners[0]
        return float(abs(along[1]) / max(1.0, abs(along[0])))


def model_names() -> str:
    """The package's version and its models, for a fingerprint. Raises MissingToolError."""
    return " ".join([f"rapidocr/{version('rapidocr')}", _model("det").stem, _model("rec").stem])


def _model(task: str) -> Path:
    spec = find_spec("rapidocr")
    folders = spec.submodule_search_locations if spec else None
    found = sorted(path for folder in folders or () for path in Path(folder, "models").glob(f"*{task}*.onnx"))
    if not found:
        raise MissingToolError(f"rapidocr has no {task} model", f"install it again: {again_command('rapidocr')}")
    return found[0]


_free: LifoQueue[RapidOCR] = LifoQueue()


@contextmanager
def _engine() -> Iterator[RapidOCR]:
    """An engine for one call: each keeps what it was asked for in itself, so that no two threads may share one. There
    are as many as are in use at a time, and they stay open."""
    try:
        engine = _free.get_nowait()
    except Empty:
        engine = _opened()
    try:
        yield engine
    finally:
        _free.put(engine)


def _opened() -> RapidOCR:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": THREADS,
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
            "Det.limit_type": "max",  # pictures come in the size in which they are to be searched
            "Det.limit_side_len": 2000,
            "Det.model_path": str(_model("det")),
            "Rec.model_path": str(_model("rec")),
        }
    )


def bgr(image: Picture) -> BGR:
    import cv2

    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)


def find(image: BGR) -> tuple[Box, ...]:
    """Where lines of text may be, top to bottom."""
    with _engine() as engine:
        found = engine(image, use_det=True, use_cls=False, use_rec=False)
    boxes = getattr(found, "boxes", None)
    return tuple(Box(np.asarray(box, np.float32)) for box in boxes) if boxes is not None else ()


def uncrowded(boxes: Sequence[Box]) -> list[Box]:
    """All boxes if they are few; of many, those that stand out; none if those are many too."""
    if len(boxes) <= MOST_LINES:
        return list(boxes)
    usual = float(np.median([box.height for box in boxes]))
    outstanding = [box for box in boxes if box.height >= STANDS_OUT * usual]
    return outstanding if len(outstanding) <= MOST_LINES else []


def crop(image: BGR, box: Box) -> BGR:
    """The picture inside the box, made level."""
    with _engine() as engine:
        part: BGR = engine.crop_text_regions(image, box.corners[np.newaxis])[0]
    return part


def read(line: BGR) -> str:
    """What a picture of one line of text says; "" where the model is not sure.

    Letters far apart, as titles have them, make it unsure: then it is asked again with the line pressed together.
    """
    return _read(line) or read_pressed(line)


def read_pressed(line: BGR) -> str:
    """What it says when it is pressed together, so that gaps between letters and words are smaller and stand out."""
    import cv2

    narrow = max(1, round(PRESSED * line.shape[1]))
    return _read(np.asarray(cv2.resize(line, (narrow, line.shape[0]), interpolation=cv2.INTER_AREA), np.uint8))


def _read(line: BGR) -> str:
    with _engine() as engine:
        found: Any = engine(line, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
    if not found.txts or not found.txts[0].strip():
        return ""
    text, each = str(found.txts[0]), found.word_results[0].confs
    signs = [sure for sign, sure in zip(text, each, strict=True) if not sign.isspace()]
    return text if min(signs) >= MIN_CONFIDENCE and sum(signs) >= MEAN_CONFIDENCE * len(signs) else ""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text and its place, in shares of the picture's width and height."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


def text_blocks(lines: Iterable[TextLine]) -> list[tuple[Block, TextPosition]]:
    """Lines that belong together, in reading order, with where they stand.

    A block whose first lines are followed only by clearly smaller ones, or whose capitals are followed by
    mixed letters, is two, unless a small initial shows that the sentence goes on.
    """
    found: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom, line.left)):
        near = next((block for block in reversed(found) if _follows(block[-1], line)), None)
        if near is None:
            found.append([line])
        else:
            near.append(line)
    return [(part, place(block)) for block in found for part in _parts(block)]


def _follows(above: TextLine, below: TextLine) -> bool:
    """Whether a reader goes on from the one to the other: just under it, or right beside it."""
    higher = max(above.height, below.height)
    lower = min(above.height, below.height)
    if abs(above.top + above.bottom - below.top - below.bottom) < lower:
        return 0 <= below.left - above.right < 1.5 * higher
    under = below.top - above.bottom < 0.8 * higher
    return under and min(above.right, below.right) > max(above.left, below.left)


def _parts(block: Sequence[TextLine]) -> list[Block]:
    for i in range(1, len(block)):
        first, rest = block[:i], block[i:]
        smaller = max(line.height for line in rest) < SMALLER * min(line.height for line in first)
        capitals = all(line.text.isupper() for line in first)
        mixed = not any(line.text.isupper() for line in rest)
        if (smaller or (capitals and mixed)) and not rest[0].text[:1].islower():
            return [tuple(first), *_parts(rest)]
    return [tuple(block)]


def place(block: Sequence[TextLine]) -> TextPosition:
    """Where the block stands: like a subtitle, like a logo, or in the open."""
    left, right = min(line.left for line in block), max(line.right for line in block)
    top, bottom = min(line.top for line in block), max(line.bottom for line in block)
    beside = min(left, 1 - right) < CORNER_MARGIN and right - left < CORNER_WIDTH
    if beside and min(top, 1 - bottom) < CORNER_MARGIN and bottom - top < CORNER_HEIGHT:
        return "corner"
    centred = all(abs(line.centre - 0.5) < LOW_OFF_CENTRE for line in block)
    small = max(line.height for line in block) < LOW_HEIGHT
    return "low" if centred and small and top > LOW else "open"
