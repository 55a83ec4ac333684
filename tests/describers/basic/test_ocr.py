"""Lines of text: reading them, and which belong together."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from queue import LifoQueue
from threading import Barrier
from types import SimpleNamespace

import pytest
from describers.basic.drawn import BLACK, plain, written

from audiodesc.describers.basic import ocr
from audiodesc.describers.basic.ocr import TextLine, bgr, text_blocks
from audiodesc.errors import MissingToolError


def test_finds_and_reads_a_line() -> None:
    image = bgr(written(plain(BLACK), "THE LAST FERRY", (0.5, 0.25), 60))
    (box,) = ocr.find(image)
    assert box.left < 854 / 2 < box.right
    assert box.top < 120 < box.bottom
    assert box.slope < 0.05
    assert 1 < box.width / (box.right - box.left + 1) + box.height / (box.bottom - box.top + 1) < 2.1
    assert ocr.read(ocr.crop(image, box)) == "THE LAST FERRY"


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
    monkeypatch.setattr(ocr, "_engine", lambda: nullcontext(lambda *args, **options: found))
    assert ocr.read(bgr(plain(BLACK))) == read


def test_threads_share_no_engine_and_leave_theirs_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_free", LifoQueue())
    opened: list[object] = []

    def read(*image: object, **options: object) -> SimpleNamespace:
        both.wait(30)  # each thread is inside its engine
        return SimpleNamespace(txts=None)

    monkeypatch.setattr(ocr, "_opened", lambda: opened.append(read) or read)  # type: ignore[func-returns-value]
    for _ in range(2):
        both = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(ocr.read_pressed, [bgr(plain(BLACK))] * 2)) == ["", ""]
    assert len(opened) == 2


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


def line(text: str, centre: tuple[float, float], width: float = 0.3, height: float = 0.06) -> TextLine:
    x, y = centre
    return TextLine(text, x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def texts(*lines: TextLine) -> list[list[str]]:
    return [[line.text for line in block] for block, _ in text_blocks(lines)]


def place(*lines: TextLine) -> str:
    ((_, place),) = text_blocks(lines)
    return place


def test_lines_under_each_other_are_read_from_the_top() -> None:
    assert texts(line("C", (0.5, 0.64)), line("A", (0.5, 0.5)), line("B", (0.5, 0.57))) == [["A", "B", "C"]]


def test_parts_of_a_line_are_read_from_the_left() -> None:
    assert texts(line("B", (0.6, 0.51), 0.2), line("A", (0.35, 0.5), 0.2)) == [["A", "B"]]


def test_what_is_apart_is_apart() -> None:
    assert texts(line("A", (0.3, 0.2)), line("B", (0.3, 0.5)), line("C", (0.8, 0.2))) == [["A"], ["C"], ["B"]]


def test_a_small_line_between_large_ones_belongs_to_them() -> None:
    lines = line("PLAN 9", (0.5, 0.3), height=0.2), line("FROM", (0.5, 0.45)), line("SPACE", (0.5, 0.6), height=0.2)
    assert texts(*lines) == [["PLAN 9", "FROM", "SPACE"]]


def test_smaller_lines_at_the_end_say_something_else() -> None:
    assert texts(line("ANNA", (0.5, 0.5), height=0.1), line("DOCTOR", (0.5, 0.6))) == [["ANNA"], ["DOCTOR"]]


def test_a_name_in_capitals_is_apart_from_what_the_person_is() -> None:
    assert texts(line("OMAR", (0.3, 0.8)), line("Software Engineer", (0.3, 0.86))) == [["OMAR"], ["Software Engineer"]]


def test_a_small_initial_goes_on() -> None:
    assert texts(line("BLUE FILMS", (0.5, 0.5)), line("presents", (0.5, 0.55), height=0.03)) == [
        ["BLUE FILMS", "presents"]
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("Title", (0.5, 0.5))], "open"),
        ([line("Come in.", (0.5, 0.9))], "low"),
        ([line("Come in.", (0.5, 0.84)), line("Sit down.", (0.53, 0.91), 0.2)], "low"),
        ([line("Huge", (0.5, 0.85), height=0.15)], "open"),
        ([line("Paris", (0.25, 0.85))], "open"),
        ([line("Anna", (0.18, 0.8), 0.1), line("doctor of the town", (0.45, 0.86), 0.64)], "open"),
        ([line("NEWS", (0.08, 0.07), 0.1)], "corner"),
        ([line("LIVE", (0.93, 0.94), 0.08)], "corner"),
        ([line("NEWS", (0.08, 0.5), 0.1)], "open"),
        ([line("A long line at the top", (0.4, 0.07), 0.7)], "open"),
    ],
)
def test_place(lines: list[TextLine], expected: str) -> None:
    assert place(*lines) == expected


def test_no_lines_are_no_blocks() -> None:
    assert text_blocks([]) == []
