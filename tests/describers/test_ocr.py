from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from drawn import BLACK, plain, written

from audiodesc.describers.basic import ocr
from audiodesc.describers.basic.textboxes import bgr
from audiodesc.errors import MissingToolError


def test_finds_and_reads_a_line() -> None:
    image = bgr(written(plain(BLACK), "THE LAST FERRY", (0.5, 0.25), 60))
    (box,) = ocr.find(image)
    assert box.left < 854 / 2 < box.right
    assert box.top < 120 < box.bottom
    assert box.slope < 0.05
    assert 1 < box.width / (box.right - box.left + 1) + box.height / (box.bottom - box.top + 1) < 2.1
    assert ocr.read(ocr.cut(image, box)) == "THE LAST FERRY"


def test_an_empty_line_reads_as_nothing() -> None:
    assert ocr.read(bgr(plain(BLACK)[:40, :200])) == ""


@pytest.mark.parametrize(
    ("text", "sure", "read"),
    [
        ("THE", [0.99, 0.99, 0.99], "THE"),
        ("A B", [0.99, 0.55, 0.99], "A B"),
        ("ARRIVALS NORTH", [1.0] * 3 + [0.75] + [1.0] * 10, ""),
        ("THE", [0.96, 0.96, 0.96], ""),
        (" ", [0.99], ""),
    ],
    ids=["sure", "a space unsure", "a letter unsure", "all a little unsure", "blank"],
)
def test_every_letter_must_be_sure(monkeypatch: pytest.MonkeyPatch, text: str, sure: list[float], read: str) -> None:
    found = SimpleNamespace(txts=[text], word_results=[SimpleNamespace(confs=sure)])
    monkeypatch.setattr(ocr, "_engine", lambda: lambda *args, **options: found)
    assert ocr.read(bgr(plain(BLACK))) == read


def test_the_models_are_named_without_loading_them() -> None:
    code = (
        "import sys\n"
        "from audiodesc.describers.basic.ocr import model_names\nprint(model_names(), 'rapidocr' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *names, loaded = done.stdout.split()
    assert loaded == "False"
    assert names[0].startswith("rapidocr/")
    assert ["det" in names[1], "rec" in names[2]] == [True, True]


def test_a_package_without_its_models_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Spec:
        submodule_search_locations = (str(tmp_path),)

    monkeypatch.setattr(ocr, "find_spec", lambda name: Spec)
    with pytest.raises(MissingToolError, match=r"has no det model.*pip install"):
        ocr.model_names()
