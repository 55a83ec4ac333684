"""Whatever stands where a file is to be read: the file, or one line, never a wait and never all memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from project.tricks import NO_FILE, Trick, zeros

from audiodesc.core.files import read_whole
from audiodesc.core.toml import LARGEST
from audiodesc.describers.context import read_cast
from audiodesc.describers.models.profiles import read_profile
from audiodesc.errors import InputError
from audiodesc.speak import profile
from audiodesc.speak.lexicon import read_lexicon

READERS: dict[str, Callable[[Path], object]] = {
    "lexicon": read_lexicon,
    "cast": read_cast,
    "voice": lambda path: profile(str(path)),
    "describer": read_profile,
}


TRICKS: dict[str, Trick] = NO_FILE | {
    "nothing": lambda path: None,
    "a link to a terminal": lambda path: path.symlink_to("/dev/ptmx"),
    "a tebibyte of zeros": zeros,
    "a MB and a byte": lambda path: path.write_bytes(b"#" * (LARGEST + 1)),
    "zeros": lambda path: path.write_bytes(bytes(1000)),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\xfa"),
    "no TOML": lambda path: path.write_text("= = ="),
    "half": lambda path: path.write_text('"Siobhan" = "sh'),
    "nested": lambda path: path.write_text("a = " + "[" * 5000 + "]" * 5000),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("trick", TRICKS)
def test_what_is_no_file_of_its_kind_is_one_line(tmp_path: Path, trick: str, reader: str) -> None:
    path = tmp_path / "given.toml"
    TRICKS[trick](path)
    with pytest.raises(InputError) as caught:
        READERS[reader](path)
    assert str(path) in caught.value.fault
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_a_file_up_to_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "some"
    for size in (0, 1, 2_000_000):
        path.write_bytes(b"x" * size)
        assert read_whole(path, 2_000_000) == b"x" * size
    with pytest.raises(OSError, match="larger than 1 MB"):
        read_whole(path, 1_999_999)


def test_a_link_to_a_file_is_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('"Siobhan" = "shiv-awn"', "utf-8")
    (tmp_path / "link.toml").symlink_to("mine.toml")
    assert read_lexicon(tmp_path / "link.toml").spoken("Siobhan") == "shiv-awn"
