"""Cache keys that change with anything that was read, and a store of whole entries."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.core import cache
from audiodesc.core.cache import Store
from audiodesc.model import Span

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def same(a: Any, b: Any) -> bool:
    """Equal, and of the same types all the way down: 1, 1.0 and True are three values."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    return repr(a) == repr(b)


@dataclass(frozen=True)
class Settings:
    rate: float
    name: str


@dataclass(frozen=True)
class OtherSettings:
    rate: float
    name: str


@dataclass(frozen=True)
class Nested:
    settings: Settings
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class WithPath:
    film: Path


@given(PLAIN, PLAIN)
def test_two_keys_are_equal_exactly_where_the_values_are(one: Any, other: Any) -> None:
    assert (cache.key("look", 1, x=one) == cache.key("look", 1, x=other)) == same(one, other)


@given(st.dictionaries(st.sampled_from("abcdefgh"), PLAIN, min_size=2), st.randoms())
def test_the_order_of_arguments_and_of_mappings_does_not_matter(read: dict[str, Any], random: Random) -> None:
    shuffled = list(read.items())
    random.shuffle(shuffled)
    assert cache.key("look", 1, **read) == cache.key("look", 1, **dict(shuffled))
    assert cache.key("look", 1, all=read) == cache.key("look", 1, all=dict(shuffled))


def test_the_order_of_a_sequence_matters() -> None:
    assert cache.key("look", 1, x=[1, 2]) != cache.key("look", 1, x=[2, 1])


def test_what_an_argument_is_called_matters() -> None:
    assert cache.key("look", 1, a=1, b=2) != cache.key("look", 1, a=2, b=1)
    assert cache.key("look", 1, a=None) != cache.key("look", 1)


def test_stage_and_version_matter() -> None:
    keys = {cache.key(stage, version, x=1) for stage in ("look", "tell") for version in (1, 2, 11)}
    assert len(keys) == 6


@pytest.mark.parametrize(
    "changed",
    [
        Nested(Settings(1.0, "a"), (Span(0, 1), Span(2, 4))),
        Nested(Settings(1.0, "a"), (Span(0, 1),)),
        Nested(Settings(1.0000000000000002, "a"), (Span(0, 1), Span(2, 3))),
        Nested(Settings(1.0, "b"), (Span(0, 1), Span(2, 3))),
    ],
)
def test_any_change_inside_dataclasses_matters(changed: Nested) -> None:
    first = Nested(Settings(1.0, "a"), (Span(0, 1), Span(2, 3)))
    assert cache.key("x", 1, v=first) == cache.key("x", 1, v=Nested(Settings(1.0, "a"), (Span(0, 1), Span(2, 3))))
    assert cache.key("x", 1, v=first) != cache.key("x", 1, v=changed)


def test_a_renamed_class_keeps_its_entries() -> None:
    assert cache.key("look", 1, x=Settings(1.0, "a")) == cache.key("look", 1, x=OtherSettings(1.0, "a"))
    assert cache.key("look", 1, x=Settings(1.0, "a")) != cache.key("look", 1, x={"rate": 1.0, "name": "a"})


def test_a_key_stays_the_same_over_versions() -> None:
    known = cache.key("look", 1, watch=Span(0, 1_000))
    assert known == "look.1-330d62862eee9140f9460be58f52cdf6"


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_floats_are_told_apart_to_the_last_bit(one: float, other: float) -> None:
    assert (cache.key("x", 1, v=one) == cache.key("x", 1, v=other)) == (one.hex() == other.hex())


def test_fractions_are_exact() -> None:
    assert cache.key("x", 1, v=Fraction(1, 3)) == cache.key("x", 1, v=Fraction(2, 6))
    assert cache.key("x", 1, v=Fraction(1, 3)) != cache.key("x", 1, v=Fraction(333333333, 1000000000))


def test_a_tuple_and_a_list_are_the_same_sequence() -> None:
    assert cache.key("x", 1, v=("a", "b")) == cache.key("x", 1, v=["a", "b"])


@pytest.mark.parametrize(
    "value",
    [
        Path("film.mp4"),
        [Path("film.mp4")],
        {"film": Path("film.mp4")},
        {"deep": [{"film": (Path("film.mp4"),)}]},
        WithPath(Path("film.mp4")),
        b"bytes",
        {1, 2},
        object(),
        Span,
        1j,
    ],
)
def test_what_has_no_lasting_value_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        cache.key("x", 1, v=value)


def test_a_path_is_refused_as_the_name_in_a_mapping_too() -> None:
    with pytest.raises(TypeError):
        cache.key("x", 1, v={Path("film.mp4"): 1})


def test_a_number_and_its_digits_are_two_names_in_a_mapping() -> None:
    try:
        number = cache.key("x", 1, v={1: "a"})
    except TypeError:
        return  # refused is as good
    assert number != cache.key("x", 1, v={"1": "a"})


def test_a_file_name_that_is_not_utf_8_can_be_part_of_a_key() -> None:
    name, other = (raw.decode("utf-8", "surrogateescape") for raw in (b"caf\xe9.mp4", b"caf\xe8.mp4"))
    assert cache.key("x", 1, v=name) != cache.key("x", 1, v=other)


@given(PLAIN)
def test_a_key_is_a_plain_file_name(value: Any) -> None:
    name = cache.key("look", 3, x=value)
    assert name.startswith("look.3-")
    assert name.isascii()
    assert Path(name).name == name


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "deep" / "store")


def names(store: Store) -> set[str]:
    return {path.name for path in store.folder.iterdir()}


def test_an_entry_is_found_again(store: Store) -> None:
    assert store.add("a", ".wav", b"sound") == store.path("a", ".wav")
    assert store.path("a", ".wav").read_bytes() == b"sound"
    assert names(store) == {"a.wav"}


def test_an_entry_is_never_updated(store: Store) -> None:
    store.add("a", ".wav", b"first")
    store.add("a", ".wav", b"second")
    assert store.path("a", ".wav").read_bytes() == b"first"


def test_a_value_that_can_be_read_is_not_made_again(store: Store) -> None:
    assert store.made("a", str, lambda: "first") == "first"
    assert store.made("a", str, lambda: "second") == "first"
    assert store.read_json("a") == "first"


def test_an_entry_that_cannot_be_written_whole_is_not_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        store.add("a", ".wav", b"sound")
    assert names(store) == set()


def test_a_value_that_is_not_json_leaves_nothing(store: Store) -> None:
    store.put_json("b", 1)
    with pytest.raises(TypeError):
        store.put_json("a", object())
    assert store.read_json("a") is None
    assert names(store) == {"b.json"}


def test_nobody_sees_half_an_entry(store: Store) -> None:
    content = bytes(3_000_000)
    seen: set[int] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set() or not seen:
            seen.update(path.stat().st_size for path in store.folder.glob("[0-9]*.wav"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for i in range(30):
        store.add(f"{i}", ".wav", content)
    done.set()
    watcher.join()
    assert seen == {len(content)}


@given(PLAIN)
def test_a_value_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    store.put_json("a", value)
    assert same(store.read_json("a"), value)


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.read_json("a") is None


@pytest.mark.parametrize(
    "broken", [b"", b"{", b'{"value": [1, 2', b"null", b"[]", b'"text"', b"5", b"{}", b"\xff\xfe\x00", b"\0" * 64]
)
def test_a_broken_value_counts_as_absent_and_can_be_made_again(store: Store, broken: bytes) -> None:
    store.add("a", ".json", broken)
    assert store.read_json("a") is None
    store.put_json("a", [1, "two"])
    assert store.read_json("a") == [1, "two"]


def test_a_value_is_kept_as_json(store: Store) -> None:
    store.put_json("a", "Où es-tu ?")
    assert json.loads(store.path("a", ".json").read_text("utf-8")) == {"value": "Où es-tu ?"}
