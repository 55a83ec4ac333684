"""LibreOffice opens Word and Excel files of ours and saves them, and nothing is lost. Skipped where it is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from documents import document

from audiodesc.core.timecode import timecode
from audiodesc.scripts import ScriptDocument, read_script, write_script

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
MADE = (document(), document(count=timecode("29.97df", "10:00:00;00")))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of files as LibreOffice saved them."""
    if OFFICE is None:
        pytest.skip("there is no LibreOffice: `apt-get install libreoffice-writer-nogui libreoffice-calc-nogui`")
    folder = tmp_path_factory.mktemp("office")
    for suffix in ("docx", "xlsx"):
        (folder / "out").mkdir(exist_ok=True)
        files = [folder / f"{number}.{suffix}" for number in range(len(MADE))]
        for file, made in zip(files, MADE, strict=True):
            file.write_bytes(write_script(suffix, made))
        profile = f"-env:UserInstallation=file://{folder / 'profile'}"
        command = [OFFICE, profile, "--headless", "--convert-to", suffix, "--outdir", folder / "out", *files]
        subprocess.run(command, capture_output=True, timeout=180, check=True)
    return folder / "out"


@pytest.mark.parametrize("name", ["docx", "xlsx"])
@pytest.mark.parametrize("number", range(len(MADE)))
def test_what_it_saves_says_the_same(saved: Path, name: str, number: int, tmp_path: Path) -> None:
    made: ScriptDocument = MADE[number]
    before = tmp_path / f"a.{name}"
    before.write_bytes(write_script(name, made))
    after = read_script(saved / f"{number}.{name}")
    assert [(one.id, one.start_ms, one.end_ms, one.text, one.note) for one in after.lines] == [
        (one.id, one.start_ms, one.end_ms, one.text, one.note) for one in read_script(before).lines
    ]
    assert [one.text for one in after.lines] == [one.text for one in made.lines]


def test_it_makes_a_csv_of_a_workbook_that_is_read(saved: Path) -> None:
    assert OFFICE
    command = [OFFICE, f"-env:UserInstallation=file://{saved.parent / 'profile'}", "--headless", "--convert-to"]
    subprocess.run(
        [*command, "csv:Text - txt - csv (StarCalc):59,34,76", "--outdir", saved, saved.parent / "0.xlsx"],
        capture_output=True, timeout=180, check=True,
    )  # fmt: skip
    read = [(one.id, one.start_ms, one.text) for one in read_script(saved / "0.csv").lines]
    meant = [(one.id, one.span.start_ms, one.text) for one in MADE[0].lines]
    quoted = [one for one in meant if one[2].startswith("'")]  # LibreOffice does not part it from our own quotes
    assert len(quoted) == 1
    assert [one for one in read if one[0] != quoted[0][0]] == [one for one in meant if one not in quoted]
