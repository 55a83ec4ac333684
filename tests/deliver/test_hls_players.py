"""The folder for HLS as hls.js plays it in Chromium: what is listed, what is chosen, what is heard and when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browsers import PLAYS_UNASKED, chromium
from films import RATE
from hls_films import HLS_JS, SPOKEN, clicking_film, described
from npm_files import npm_file
from playing import heard, listen, page_with, served

NEAR_S = 0.06
"""A page knows the film's time no better."""

OPEN = """
async ([address, options]) => {
  window.hls = new Hls(options);
  window.broken = [];
  hls.on(Hls.Events.ERROR, (event, data) => data.fatal && broken.push(data.details));
  hls.loadSource(address);
  hls.attachMedia(video);
  await new Promise(done => video.readyState > 2 ? done() : video.oncanplay = done);
}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    film = clicking_film(tmp_path_factory.mktemp("hls"))
    with served(described(film).files["hls"]) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium(PLAYS_UNASKED) as started:
        yield started


@pytest.fixture(autouse=True)
def _no_tab_plays_on(browser: Any) -> Iterator[None]:
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture(scope="module")
def player() -> Path:
    return npm_file(*HLS_JS)


def opened(browser: Any, address: str, player: Path, **options: object) -> Any:
    tab = page_with(browser, address, player)
    tab.evaluate(OPEN, [f"{address}/master.m3u8", options])
    return tab


def clicks_of(tab: Any, from_s: float, seconds: float) -> list[float]:
    """The clicks of these seconds of the film: a busy machine plays a little more, and hears one twice."""
    times = sorted(time for time in heard(tab, from_s, seconds) if from_s <= time < from_s + seconds)
    return [time for before, time in pairwise([-1.0, *times]) if time - before > 0.1]


def test_the_description_is_listed_and_heard_where_it_is_chosen(browser: Any, address: str, player: Path) -> None:
    tab = opened(browser, address, player)
    tracks = tab.evaluate("hls.audioTracks.map(one => [one.name, one.lang, one.default, one.characteristics || ''])")
    assert tracks == [
        ["English", "en", True, ""],
        ["Audio description", "en", False, "public.accessibility.describes-video"],
    ]
    assert tab.evaluate("hls.audioTrack") == 0
    listen(tab)
    assert clicks_of(tab, 0, 3) == pytest.approx([0.5, 1.5, 2.5], abs=NEAR_S)
    tab.evaluate("hls.audioTrack = 1")
    tab.wait_for_function("hls.audioTrack == 1")
    assert clicks_of(tab, 12.2, 1.6) == pytest.approx([12.5, SPOKEN[1], 13.5], abs=NEAR_S)
    assert clicks_of(tab, 0.2, 1.6) == pytest.approx([0.5, SPOKEN[0], 1.5], abs=NEAR_S)
    assert clicks_of(tab, 17.8, 1.9) == pytest.approx([18.5, 19.5], abs=NEAR_S)
    assert tab.evaluate("video.duration") == pytest.approx(20, abs=0.03)
    assert tab.evaluate("broken") == []


def test_it_is_chosen_where_a_user_prefers_it(browser: Any, address: str, player: Path) -> None:
    wanted = {"lang": "en", "characteristics": "public.accessibility.describes-video"}
    tab = opened(browser, address, player, audioPreference=wanted)
    assert tab.evaluate("hls.audioTracks[hls.audioTrack].name") == "Audio description"
    listen(tab)
    assert clicks_of(tab, 12.2, 1.6) == pytest.approx([12.5, SPOKEN[1], 13.5], abs=NEAR_S)


def test_texts_are_shown_when_they_are_due_and_no_descriptions_unasked(
    browser: Any, address: str, player: Path
) -> None:
    tab = opened(browser, address, player)
    listed = tab.evaluate("hls.subtitleTracks.map(one => [one.name, one.default, one.autoselect, one.forced])")
    assert listed == [["English", False, True, False], ["Audio description", False, False, False]]
    assert tab.evaluate("hls.subtitleTrack") == -1
    for number, expected in enumerate([[[5, "Hello you."], [11, "[A door slams]"]], [[1.1, "One &amp; two."]]]):
        tab.evaluate("number => hls.subtitleTrack = number", number)
        count = len(expected)
        tab.wait_for_function(
            "([number, count]) => (video.textTracks[number]?.cues || []).length >= count", arg=[number, count]
        )
        cues = tab.evaluate("n => [...video.textTracks[n].cues].map(one => [one.startTime, one.text])", number)
        assert cues[:count] == [[pytest.approx(start_s, abs=0.001), text] for start_s, text in expected]


def test_what_a_browser_decodes_is_exact_to_the_sample(browser: Any, address: str, player: Path) -> None:
    tab = page_with(browser, address, player)
    places = [round(time * RATE) for time in (*SPOKEN, *(second + 0.5 for second in range(20)))]
    found = tab.evaluate(
        """async ([address, places]) => {
          const names = ['init.mp4', '00001.m4s', '00002.m4s', '00003.m4s', '00004.m4s'];
          const parts = await Promise.all(names.map(async name => (await fetch(address + name)).blob()));
          const sound = await new Blob(parts).arrayBuffer();
          const heard = (await new OfflineAudioContext(2, 1, 48000).decodeAudioData(sound)).getChannelData(0);
          const loudest = place => {
            let best = place - 4000;
            for (let n = best; n < place + 4000; n++) if (Math.abs(heard[n]) > Math.abs(heard[best])) best = n;
            return best;
          };
          return [heard.length, places.map(loudest)];
        }""",
        [f"{address}/description/", places],
    )
    assert found == [20 * RATE, places]


def test_pictures_are_shown_at_their_times(browser: Any, address: str, player: Path) -> None:
    tab = opened(browser, address, player)
    for wanted_s in (7.05, 18.05, 0.05, 12.15):
        shown_s = tab.evaluate(
            """at => new Promise(done => {
              video.requestVideoFrameCallback((now, seen) => done(seen.mediaTime));
              video.currentTime = at;
            })""",
            wanted_s,
        )
        assert shown_s == pytest.approx(wanted_s - 0.05, abs=0.002)
