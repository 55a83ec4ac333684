"""Stills that are kept: the same as new ones, and only those of new places are made."""

from __future__ import annotations

from pathlib import Path

import pytest
from films import make_film

from audiodesc.core.cache import Store
from audiodesc.media import stills as module
from audiodesc.media.probe import probe
from audiodesc.media.stills import Still, stills
from audiodesc.model import Film, Span

SPANS = [Span(0, 900), Span(1_000, 1_800), Span(60_000, 61_000), Span(2_000, 2_500)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return probe(make_film(tmp_path_factory.mktemp("film") / "film.mp4", 4, fps=10))


def test_kept_stills_are_those_that_would_be_made(film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, new = Store(tmp_path), stills(film, SPANS)
    assert [bool(still) for still in new] == [True, True, False, True]
    assert stills(film, SPANS, store) == new
    made: list[Span] = []
    real = module._stills

    def counted(film: Film, spans: list[Span], size: tuple[int, int, int]) -> list[Still | None]:
        made.extend(spans)
        return list(real(film, spans, size))

    monkeypatch.setattr(module, "_stills", counted)
    assert stills(film, SPANS, store) == new
    assert not made
    changed = [SPANS[0], Span(3_000, 3_500), *SPANS[2:]]
    assert stills(film, changed, store) == stills(film, changed)
    assert made == [changed[1], *changed]


def test_what_is_damaged_is_made_anew(film: Film, tmp_path: Path) -> None:
    store = Store(tmp_path)
    made = stills(film, SPANS, store)
    (kept,) = tmp_path.glob("*.json")
    for content in ('{"value": {"0-900": [1]}}', '{"value": 3}', "", '{"value": {"0-900": [0, "?", 1, 1]}}'):
        kept.write_text(content)
        assert stills(film, SPANS, store) == made
