"""What dash.js and shaka-player make of the deliverable `dash` in Chromium: listed, not played unasked, in sync."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from browsers import PLAYS_UNASKED, chromium
from dash_films import CLICKS, SPOKEN, clicking_film, described
from npm_files import DASH_JS, SHAKA, npm_file
from playing import heard, listen, page_with, served

from audiodesc.settings import DeliverSettings, Settings

IN_SYNC_S = 0.04
"""A picture of 25 a second."""

BOTH = sorted([*CLICKS, *SPOKEN])
FORMS = {"plain": "description", "broadcast-mix": "alternate"}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same film in each form, in folders of its name, and with AC-3."""
    folder = tmp_path_factory.mktemp("films")
    film = clicking_film(folder / "Ö & 100 %.mp4")
    for form in FORMS:
        settings = Settings(deliver=DeliverSettings(also=("dash",)), options={"dash": {"form": form}})
        described(film, folder / form, settings)
    other = clicking_film(folder / "Ö & 100 %.mkv", codec="ac3")
    described(other, folder / "ac3", Settings(deliver=DeliverSettings(also=("dash",))))
    return folder


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
def address(films: Path) -> Iterator[str]:
    with served(films) as found:
        yield found


def manifest(address: str, form: str = "plain") -> str:
    return f"{address}/{form}/{quote('Ö & 100 %.dash')}/manifest.mpd"


def loaded(browser: Any, address: str, player: str, form: str = "plain", preference: str = "") -> Any:
    """A page in which the player has the film; `preference` is JavaScript that is run before it is loaded."""
    tab = page_with(browser, address, npm_file(*{"shaka": SHAKA, "dash.js": DASH_JS}[player]))
    start = START[player].replace("PREFERENCE", preference)
    tab.evaluate(
        f"address => Promise.race([({start})(address), new Promise((_, no) => setTimeout(no, 20000))])",
        manifest(address, form),
    )
    return tab


START = {
    "shaka": """async address => {
      window.player = new shaka.Player();
      await player.attach(video);
      PREFERENCE;
      await player.load(address);
    }""",
    "dash.js": """address => new Promise(done => {
      window.player = dashjs.MediaPlayer().create();
      player.initialize(video, null, false);
      PREFERENCE;
      player.on('streamInitialized', done);
      player.attachSource(address);
    })""",
}
LIST = {
    "shaka": """player.getAudioTracks().map(
      one => [one.label, one.language, one.roles.join(), one.accessibilityPurpose, one.active])""",
    "dash.js": """player.getTracksFor('audio').map(one => [
      one.labels.map(label => label.text).join() || null, one.lang, one.roles.map(role => role.value).join(),
      one.accessibility.map(of => of.schemeIdUri + '=' + of.value).join() || null,
      one.id === player.getCurrentTrackFor('audio').id])""",
}
PURPOSE = {"shaka": "visually impaired", "dash.js": "urn:tva:metadata:cs:AudioPurposeCS:2007=1"}
SWITCH = {
    "shaka": "player.selectAudioTrack(player.getAudioTracks()[ROW])",
    "dash.js": "player.setCurrentTrack(player.getTracksFor('audio')[ROW])",
}
PREFERENCES = {
    "shaka": "player.configure('preferredAudio', [{language: 'en', role: 'ROLE'}])",
    "dash.js": """player.setInitialMediaSettingsFor('audio', {
      accessibility: {schemeIdUri: 'urn:tva:metadata:cs:AudioPurposeCS:2007', value: '1'}, role: 'ROLE'})""",
}


def in_sync(found: Sequence[float], known: Sequence[float], sure: Sequence[float]) -> bool:
    """Whether each click that was heard is a known one, heard when it is seen, and these were heard for sure."""
    near = [min(abs(at - one) for one in known) < IN_SYNC_S for at in found]
    return all(near) and all(any(abs(at - one) < IN_SYNC_S for at in found) for one in sure)


def switch(tab: Any, player: str, row: int) -> None:
    """Play another sound. A seek in the same moment would leave shaka without any."""
    tab.evaluate(SWITCH[player].replace("ROW", str(row)))
    tab.wait_for_timeout(500)


@pytest.mark.parametrize("player", ["shaka", "dash.js"])
def test_it_is_listed_and_not_played_unasked_and_in_sync_after_a_switch(
    browser: Any, address: str, player: str
) -> None:
    tab = loaded(browser, address, player)
    assert tab.evaluate(LIST[player]) == [
        [None, "en", "main", None, True],
        ["Audio description", "en", "description", PURPOSE[player], False],
    ]
    listen(tab)
    assert in_sync(heard(tab, 0.2, 1.6), CLICKS, [0.5, 1.5])
    switch(tab, player, 1)
    assert in_sync(heard(tab, None, 1.9), BOTH, [2.5, 3.5])
    assert in_sync(heard(tab, 7.7, 1.1), BOTH, [8.2, 8.5])
    switch(tab, player, 0)
    assert in_sync(heard(tab, 0.2, 1.6), CLICKS, [0.5, 1.5])
    assert tab.faults == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("player", ["shaka", "dash.js"])
def test_it_is_played_where_it_is_preferred(browser: Any, address: str, player: str, form: str) -> None:
    tab = loaded(browser, address, player, form, PREFERENCES[player].replace("ROLE", FORMS[form]))
    main, description = tab.evaluate(LIST[player])
    assert (main[4], description[4]) == (False, True)
    assert description[2] == FORMS[form]
    assert tab.faults == []


@pytest.mark.parametrize("player", ["shaka", "dash.js"])
def test_a_browser_that_knows_no_ac3_plays_the_main_sound_as_aac(browser: Any, address: str, player: str) -> None:
    tab = loaded(browser, address, player, "ac3")
    assert [row[2:] for row in tab.evaluate(LIST[player])] == [
        ["main", None, True],
        ["description", PURPOSE[player], False],
    ]
    assert tab.faults == []


@pytest.mark.parametrize("player", ["shaka", "dash.js"])
def test_its_text_is_a_track_that_is_not_shown_unasked(browser: Any, address: str, player: str) -> None:
    tab = loaded(browser, address, player)
    if player == "shaka":
        assert tab.evaluate("player.getTextTracks().filter(one => one.active).length") == 0
        tab.evaluate("player.selectTextTrack(player.getTextTracks()[0])")
    else:
        tab.evaluate("player.setTextTrack(0)")
    tab.evaluate("video.play()")
    cues = """() => [...video.textTracks].flatMap(one => [...(one.cues || [])])
      .map(cue => [cue.startTime, cue.endTime, cue.text])"""
    tab.wait_for_function(f"() => ({cues})().length > 0", timeout=10_000)
    first = tab.evaluate(cues)[0]
    assert first[0] == pytest.approx(1.1, abs=0.001)
    assert "One." in first[2]
    assert tab.faults == []


FLASHES = """async seconds => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 8, height: 8});
  const paper = canvas.getContext('2d', {willReadFrequently: true}), bright = [];
  let goes_on = true;
  const seen = (now, frame) => {
    paper.drawImage(video, 0, 0, 8, 8);
    if (paper.getImageData(4, 4, 1, 1).data[0] > 128) bright.push(frame.mediaTime);
    if (goes_on) video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
  await video.play();
  await new Promise(done => setTimeout(done, 1000 * seconds));
  goes_on = false;
  video.pause();
  return bright;
}"""


def test_pictures_are_shown_when_the_clicks_are_heard(browser: Any, address: str) -> None:
    tab = loaded(browser, address, "shaka")
    tab.wait_for_function("video.readyState > 2", timeout=20_000)
    assert tab.evaluate("player.getBufferedInfo().video[0].start") == 0
    shown = tab.evaluate(FLASHES, 2)
    assert shown
    assert all(any(abs(at - click - half / 50) < 0.001 for click in CLICKS for half in (-1, 1)) for at in shown)
