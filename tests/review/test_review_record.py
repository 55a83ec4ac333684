"""Recording with a microphone whose sound is known: level, room noise and clipping; a run of lines; a take that is
recorded again from a place in it, joined in a silence; what the page keeps is what the project has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from review.browsing import Server, browser_with_microphone, findings, focus, key_of, opened, rows, served, until
from review.waiting import wait_for

from audiodesc.media.clips import wav_bytes
from audiodesc.model import Samples

RATE = 48_000
NOISE_DB, TONE_DB = -60, -12
TURN_S = 0.5
"""Of tone, then of the noise of the room alone; in the end something short clips."""

TURNS = 8


def tone(seconds: float, hz: float, peak: float = 0.25) -> Samples:
    return (peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """With a microphone that hears the file again and again."""
    turns = [silence(TURN_S) if i % 2 else tone(TURN_S, 220, 10 ** (TONE_DB / 20)) for i in range(2 * TURNS)]
    loud = np.sign(tone(0.3, 220)).astype(np.float32)
    sound = np.concatenate([*turns, loud, silence(TURN_S)])
    noise = np.random.default_rng(1).normal(0, 10 ** (NOISE_DB / 20), len(sound)).astype(np.float32)
    path = tmp_path_factory.mktemp("microphone") / "heard.wav"
    path.write_bytes(wav_bytes(np.clip(sound + noise, -1, 1)))
    with browser_with_microphone(f"--use-file-for-fake-audio-capture={path}") as started:
        yield started


@pytest.fixture(scope="module")
def server(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(rendered, tmp_path_factory.mktemp("review-record") / "films") as made:
        yield made


@pytest.fixture
def tab(browser: Any, server: Server) -> Iterator[Any]:
    made = opened(browser, server)
    yield made
    assert made.faults == []
    made.context.close()


def at_microphone(tab: Any, number: int) -> str:
    """The view to record a line, with the microphone open; the line's id."""
    rows(tab).nth(number).click()
    id = key_of(tab)
    tab.click("#views a[data-view=record]")
    tab.uncheck("#view-record label:has-text('film') input")
    tab.click("#view-record .bar .main")
    until(tab, "document.activeElement.id === 'take'")
    return id


def record(tab: Any, ms: int = 1500) -> None:
    """A take, by keys."""
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#view-record .count:has-text('Speak now')")
    tab.wait_for_timeout(ms)
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#view-record .count:has-text('Taken')")


def sound_of(tab: Any, id: str) -> Samples:
    """The samples of a line's newest take."""
    script = """async (id) => {
      const { takesOf } = await import('/page/takes.js');
      return [...takesOf(id).at(-1).samples];
    }"""
    return np.array(tab.evaluate(script, id), np.float32)


def test_level_room_noise_and_clipping_are_shown(tab: Any) -> None:
    at_microphone(tab, 3)
    level = "document.querySelector('#view-record meter').nextElementSibling.textContent"
    until(tab, f"/room noise -(59|60|61) dB/.test({level})")  # after it heard the room between two tones
    until(tab, f"/peak -(11|12) dB/.test({level})")
    assert "the room is loud" not in tab.evaluate(level)
    until(tab, f"{level}.includes('clipping')")
    assert findings(tab) == []


def test_a_run_of_lines_by_keys_alone(tab: Any, server: Server) -> None:
    first = at_microphone(tab, 4)
    tab.check("#view-record label:has-text('not approved') input")
    tab.focus("#take")
    record(tab, 800)
    tab.keyboard.press("Tab")
    assert focus(tab) == "keep"
    tab.keyboard.press("Enter")
    wait_for(lambda: server.line(first).recording)
    until(tab, "document.activeElement.id === 'take'")
    tab.wait_for_selector("#view-record .count:has-text('Kept')")
    next_text = next(line.text for line in server.lines() if line.start_ms > server.line(first).start_ms)
    assert tab.inner_text("#view-record .read") == next_text
    assert tab.locator(".takes audio").count() == 0


def test_a_take_is_recorded_again_from_a_place_in_it(tab: Any, server: Server) -> None:
    id = at_microphone(tab, 1)
    record(tab, 2200)
    before = sound_of(tab, id)
    place_s = 1.2
    tab.evaluate(f"document.querySelector('.takes audio').currentTime = {place_s}")
    tab.click(".takes button:has-text('from here')")
    assert focus(tab) == "take"
    tab.wait_for_selector("#view-record .count:has-text('Speak now')")
    tab.wait_for_timeout(1200)
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".takes .take:nth-child(2)")
    after = sound_of(tab, id)
    assert len(after) >= round((place_s + 0.3) * RATE)
    same = int(np.argmax(before[: len(after)] != after[: len(before)]))
    assert abs(same / RATE - place_s) <= 0.43  # up to the silence that is nearest, and the fade before it
    beside = before[same - RATE // 100 : same + RATE // 50]
    assert 20 * np.log10(np.abs(beside).max()) < NOISE_DB + 20  # there is nothing but the noise of the room
    tab.click(".takes .take:nth-child(2) button.main")
    wait_for(lambda: server.line(id).recording)
    tab.wait_for_selector(".takes .take:has-text('recording')")
    until(tab, "document.querySelector('.takes audio').readyState > 0")
    kept_s = tab.evaluate("document.querySelector('.takes audio').duration")
    assert kept_s == pytest.approx(len(after) / RATE, abs=0.001)
    assert findings(tab) == []
    tab.select_option(".takes select", index=2)  # a word of the recording that is kept
    assert tab.evaluate("document.querySelector('.takes audio').currentTime") > 0.2


def joined(tab: Any, before: Samples, after: Samples, at_s: float) -> Samples:
    """What the page makes of two takes."""
    script = """async ([before, after, at]) => {
      const { joined } = await import('/page/punch.js');
      return [...joined(new Float32Array(before), new Float32Array(after), at, 48000)];
    }"""
    return np.array(tab.evaluate(script, [before.tolist(), after.tolist(), round(at_s * RATE)]), np.float32)


@pytest.mark.parametrize("place_s", [0.9, 1.1, 1.45])
def test_a_new_word_comes_where_the_old_one_came(tab: Any, place_s: float) -> None:
    before = np.concatenate([silence(0.2), tone(0.8, 200), silence(0.3), tone(0.7, 300)])
    after = np.concatenate([silence(0.5), tone(0.6, 400)])
    made = joined(tab, before, after, place_s)
    assert (made[: round(1.0 * RATE)] == before[: round(1.0 * RATE)]).all()
    onset_s = (round(1.05 * RATE) + np.argmax(np.abs(made[round(1.05 * RATE) :]) > 0.02)) / RATE
    assert onset_s == pytest.approx(1.3, abs=0.011)
    assert len(made) / RATE == pytest.approx(1.3 + 0.6, abs=0.011)
    assert np.abs(np.diff(made)).max() < 0.25 * 2 * np.pi * 400 / RATE * 1.1  # no click: no step beyond a tone's own


def test_without_any_silence_the_take_goes_over_without_a_click(tab: Any) -> None:
    made = joined(tab, tone(1, 200), tone(1, 200), 0.5)
    assert np.abs(np.diff(made)).max() < 0.25 * 2 * np.pi * 200 / RATE * 2.1
    assert np.abs(made).max() <= 0.25 * np.sqrt(2) + 0.001
