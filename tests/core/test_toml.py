"""TOML files: what is wrong with one is one line that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audiodesc.core.toml import check_table, read_toml
from audiodesc.errors import InputError

TYPES = {"name": str, "count": int, "share": float, "on": bool, "rest": dict}


def test_a_file_is_its_tables(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf[one]\ntwo = 3\n")
    assert read_toml(tmp_path / "a.toml", "give one", "write one") == {"one": {"two": 3}}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "cannot be read: No such file or directory: give one"),
        (b"a = 1\nb = = 2\n", "not TOML: Invalid value (at line 2, column 5): write one"),
        (b"\xff", "not TOML: 'utf-8' codec"),
        (b"a = 1\nb" + b".b" * 20_000 + b" = 1\n", "not TOML: a key has more than 12 parts (at line 2): write one"),
        (b"[a" + b" .'b'" * 20_000 + b"]\n", "not TOML: a key has more than 12 parts (at line 1): write one"),
    ],
)
def test_a_fault_names_file_line_and_remedy(tmp_path: Path, content: bytes | None, fault: str) -> None:
    path = tmp_path / "a.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_toml(path, "give one", "write one")
    assert str(caught.value).startswith(f"{path}: {fault}")


def test_text_with_many_full_stops_is_no_deep_key(tmp_path: Path) -> None:
    text = "No. " * 5 + "It is 1.2.3 o'clock ... " * 100
    (tmp_path / "a.toml").write_text(f'a = "{text}"\n')
    assert read_toml(tmp_path / "a.toml", "give one", "write one") == {"a": text}


def test_a_table_of_the_right_types() -> None:
    check_table({"name": "a", "count": 1, "share": 2, "on": False, "rest": {}}, TYPES, ["name"])
    check_table({"share": 0.5}, TYPES)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"nmae": "a"}, "unknown key 'nmae'"),
        ({"name": 1}, "name must be text, not 1"),
        ({"count": True}, "count must be a whole number, not True"),
        ({"count": 1.0}, "count must be a whole number"),
        ({"share": True}, "share must be a number"),
        ({"on": 1}, "on must be true or false"),
        ({"rest": []}, "rest must be a table"),
    ],
)
def test_a_wrong_table_is_named_by_its_key(table: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        check_table(table, TYPES)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="count, name missing"):
        check_table({}, TYPES, ["name", "count"])
