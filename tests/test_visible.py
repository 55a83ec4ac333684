"""Text from outside on its way to a terminal, a shell and other programs."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core.visible import UNSEEN, shell, visible, visible_json

NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – ünïcode 日本 \t\n", "plain – ünïcode 日本 \t\n"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b2J \x07 \x7f \r", "\\x9b2J \\x07 \\x7f \\x0d"),
        ("\u202egnp.exe\u202c", "\\u202egnp.exe\\u202c"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_a_terminal_obeys_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_unseen_is_left_and_json_stays_the_same(text: str) -> None:
    assert not UNSEEN.search(visible(text))
    written = visible_json(json.dumps([text], ensure_ascii=False))
    assert not UNSEEN.search(written)
    assert json.loads(written) == [text]


@given(NAMES)
def test_a_name_is_one_word_and_no_option(name: str) -> None:
    word = shell(name)
    assert not word.startswith("-")
    assert not UNSEEN.search(word)


@pytest.mark.parametrize(
    "name", ["a b;touch x", "$(id)`id`", "it's", "-rf", "a\nb\x1b[1m\tü'\\", "日本.mp4", "*?", "x\u202ey"]
)
def test_a_shell_takes_it_for_the_name(name: str) -> None:
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run([bash, "-c", f"printf %s {shell(name)}"], capture_output=True, check=True)
    assert done.stdout.decode() == (f"./{name}" if name.startswith("-") else name)
