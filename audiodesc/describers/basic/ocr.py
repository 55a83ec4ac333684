"""The OCR models that come inside the rapidocr package: where letters are, and what they read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from audiodesc.core.installation import again_command
from audiodesc.errors import MissingToolError

if TYPE_CHECKING:
    from rapidocr import RapidOCR

BGR = NDArray[np.uint8]
"""As the models were trained: blue, green, red; shape (height, width, 3)."""

THREADS = 1
"""Other work runs on the other cores, and one thread gives the same sums every time."""

SURE_MEAN = 0.97
SURE_WORST = 0.8
"""A reading counts if its signs have at least these probabilities, on average and each. On real films the worst
sign of right readings had 0.84 and more, of wrong ones nearly always 0.7 and less. Spaces do not count: the
model is often unsure of them where they are plain."""

PRESSED = 0.6
"""A line is pressed to this share of its width: "S I N T E L", in letters 9 to 18 % of the picture's height, is read
so, at 0.9 and more a letter, and at its own width in no size (0.5 to 0.9)."""


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


@cache
def _engine() -> RapidOCR:
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


def find(image: BGR) -> tuple[Box, ...]:
    """Where lines of text may be, top to bottom."""
    found = _engine()(image, use_det=True, use_cls=False, use_rec=False)
    boxes = getattr(found, "boxes", None)
    return tuple(Box(np.asarray(box, np.float32)) for box in boxes) if boxes is not None else ()


def cut(image: BGR, box: Box) -> BGR:
    """The picture inside the box, made level."""
    part: BGR = _engine().crop_text_regions(image, box.corners[np.newaxis])[0]
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
    found: Any = _engine()(line, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
    if not found.txts or not found.txts[0].strip():
        return ""
    text, each = str(found.txts[0]), found.word_results[0].confs
    signs = [sure for sign, sure in zip(text, each, strict=True) if not sign.isspace()]
    return text if min(signs) >= SURE_WORST and sum(signs) >= SURE_MEAN * len(signs) else ""
