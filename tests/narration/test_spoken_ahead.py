"""Lines of a script are spoken side by side, each once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from audiodesc.narration.voice import spoken_ahead


def test_two_lines_are_spoken_at_once_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    both, asked = threading.Barrier(2, timeout=20), []

    def speak(text: str, rate: float) -> Path:
        asked.append((text, rate))
        if rate == 1.0:
            both.wait()
        return Path(f"{text} {rate}")

    with spoken_ahead(["one", "two", "one"], speak) as quick:
        assert [quick(text, 1.0) for text in ("two", "one", "two")] == [
            Path("two 1.0"),
            Path("one 1.0"),
            Path("two 1.0"),
        ]
        assert quick("one", 1.15) == Path("one 1.15")
    assert sorted(asked) == [("one", 1.0), ("one", 1.15), ("two", 1.0)]


def test_what_cannot_be_spoken_is_raised_where_it_is_asked_for() -> None:
    def speak(text: str, rate: float) -> Path:
        if text == "…":
            raise ValueError("nothing can be heard of it")
        return Path(text)

    with spoken_ahead(["…", "one"], speak) as quick:
        assert quick("one", 1.0) == Path("one")
        with pytest.raises(ValueError, match="nothing can be heard"):
            quick("…", 1.0)


def test_leaving_early_speaks_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    begun, go, asked = threading.Event(), threading.Event(), []

    def speak(text: str, rate: float) -> Path:
        asked.append(text)
        begun.set()
        go.wait(20)
        return Path(text)

    def leave() -> None:
        with spoken_ahead(["one", "two", "three"], speak):
            begun.wait(20)
            threading.Timer(0.2, go.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert asked == ["one"]
