"""The page of a web site in a browser: by keyboard, without JavaScript, by itself; and who speaks, and when.

Without Chromium these tests are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsers import chromium
from deliver.web_sites import CUES, EVIL, EXTENDED, LONG, served, site
from review.waiting import wait_for

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

TITLE = EVIL.replace("\u202e", "").strip()
WIDE, NARROW = (1280, 900), (320, 640)
BEYOND_S = 2.5
"""How far a film may have played on before the page has its turn on a busy machine. Where the film would have begun
anew, or gone on without waiting, it is further off."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SPEECH = """
window.spoken = [];
window.takes = 300;
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, "speechSynthesis", { configurable: true, value: {
  speak(words) {
    const film = document.getElementById("film");
    const described = document.getElementById("described");
    window.spoken.push({ text: words.text, lang: words.lang, at: film.currentTime, alone: described.paused });
    this.words = words;
    this.timer = setTimeout(() => { this.words = null; words.onend(); }, window.takes);
  },
  cancel() {
    clearTimeout(this.timer);
    if (this.words) this.words.onerror();
    this.words = null;
  },
} });
"""
"""In the place of the browser's voice: what it is to say, when, and whether it is alone."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site of a film with a hostile name and hostile texts, in a folder of a hostile name."""
    made = site(tmp_path_factory.mktemp("site"), "a#b?c %20 ä.mp4", chapters=True)
    with served(made.files["web"].parent) as root:
        yield f"{root}/a%23b%3Fc%20%2520%20%C3%A4.web/"


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site of a film that stops at 2.85 s for a long line."""
    made = site(tmp_path_factory.mktemp("extended"), settings=EXTENDED, lines=[(1_000, LONG), (6_000, "Gone.")])
    with served(made.files["web"]) as root:
        yield f"{root}/"


def opened(browser: Any, address: str, size: tuple[int, int] = WIDE, scheme: str = "light", **more: Any) -> Any:
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, **more)
    tab.faults, tab.asked = [], []
    tab.on("console", lambda message: tab.faults.append(message.text))
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.add_init_script(SPEECH)
    tab.goto(address)
    wait(tab, "document.getElementById('film').readyState >= 2")
    return tab


def wait(tab: Any, expression: str) -> None:
    """Until it is true; the page's policy lets no test wait inside of it."""
    wait_for(lambda: bool(tab.evaluate(expression)), 15)


def reach(tab: Any, video: str, seconds: float) -> None:
    wait(tab, f"document.getElementById('{video}').currentTime >= {seconds}")


def at_speed(tab: Any, video: str, rate: int) -> None:
    """What comes between two stretches is played fast. Where a time is looked at, it plays as it is: at eight times
    the speed, the page's turn on a busy machine is seconds of film."""
    tab.evaluate(f"document.getElementById('{video}').playbackRate = {rate}")


def state(tab: Any, video: str) -> dict[str, Any]:
    found: dict[str, Any] = tab.evaluate(
        "id => { const one = document.getElementById(id); return { time: one.currentTime, paused: one.paused, "
        "hidden: one.closest('section').hidden, volume: one.volume }; }",
        video,
    )
    return found


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Any, address: str, size: tuple[int, int], scheme: str
) -> None:
    tab = opened(browser, address, size, scheme)
    for choice in ("reader", "narrator"):
        tab.check(f"input[value={choice}]")
        found = axe.Axe().run(tab, options={"runOnly": {"type": "tag", "values": TAGS}})
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
        assert len(found.response["passes"]) > 20
    assert tab.evaluate("document.documentElement.scrollWidth") == size[0]
    tab.close()


def test_the_page_alone_is_enough_and_its_policy_is_kept(browser: Any, address: str) -> None:
    """All that it asks for lies beside it; no text of anybody is a mark of the page."""
    tab = opened(browser, address)
    tab.check("input[value=narrator]")
    tab.select_option("#captions", "0")
    tab.check("input[value=voice]")
    wait(tab, "document.getElementById('film').textTracks[1].cues?.length")
    assert tab.faults == []
    assert all(url.startswith(address) for url in tab.asked)
    assert {"index.html" if url == address else url.removeprefix(address) for url in tab.asked} >= {
        "index.html", "style.css", "player.js", "film.mp4", "captions.en.vtt", "descriptions.en-gb.vtt",
    }  # fmt: skip
    assert tab.title() == TITLE
    assert tab.locator("h1").inner_text() == TITLE
    assert tab.locator("img, iframe, style, script:not([src])").count() == 0
    said = tab.locator(".transcript p[class] > span").all_inner_texts()
    assert said == [
        "Description: A red wall.",
        "Hello there, my friend.",
        "Description: </script><b>gone",
        "Anna: a < b & c",
        "[door slams]",
    ]
    tab.close()


def test_the_policy_stops_what_somebody_writes_into_the_page(browser: Any, address: str, tmp_path: Any) -> None:
    tab = browser.new_page()
    faults: list[str] = []
    tab.on("console", lambda message: faults.append(message.text))
    evil = "<main><script>document.title='owned'</script><img src='//evil.example/x.png'>"
    tab.route(
        "**/", lambda route: route.fulfill(response=(got := route.fetch()), body=got.text().replace("<main>", evil))
    )
    tab.goto(address)
    assert tab.title() == TITLE
    assert sum("Content Security Policy" in fault for fault in faults) >= 2
    tab.close()


def test_it_is_used_by_keyboard_and_the_focus_is_seen(browser: Any, address: str) -> None:
    tab = opened(browser, address)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "film"
    tab.keyboard.press("Space")
    reach(tab, "film", 0.2)
    tab.keyboard.press("Space")
    assert state(tab, "film")["paused"]
    for _ in range(12):
        if tab.evaluate("document.activeElement.name") == "description":
            break
        tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.value") == "off"
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.value") == "narrator"
    assert state(tab, "film")["hidden"]
    assert not state(tab, "described")["hidden"]
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "captions"
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.getElementById('described').textTracks[0].mode") == "showing"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "0:00"  # the first chapter
    tab.locator("nav a").nth(1).focus()
    tab.keyboard.press("Enter")
    reach(tab, "described", 5.0)
    assert state(tab, "film")["paused"]
    tab.close()


def test_a_screen_reader_is_told_what_there_is(browser: Any, address: str) -> None:
    tab = opened(browser, address)
    assert tab.locator("html").get_attribute("lang") == "en"
    for role, name in (
        ("heading", TITLE),
        ("group", "Audio description"),
        ("radio", "Spoken by the narrator"),
        ("combobox", "Captions"),
        ("navigation", "Chapters"),
        ("heading", "Transcript"),
        ("region", "The film"),
    ):
        assert tab.get_by_role(role, name=name, exact=True).count() == 1, (role, name)
    assert tab.locator(".description > span").first.get_attribute("lang") == "en-GB"
    tab.close()


def test_without_javascript_all_is_there(browser: Any, address: str) -> None:
    tab = browser.new_page(java_script_enabled=False)
    tab.goto(address)
    for heading in ("The film", "The film with audio description", "Chapters", "Transcript"):
        assert tab.get_by_role("heading", name=heading, exact=True).is_visible()
    assert not tab.locator("form").is_visible()
    for name in ("film", "described"):
        assert tab.locator(f"#{name}").get_attribute("controls") == ""
        assert tab.locator(f"#{name} track[kind=captions]").count() == 1
    assert tab.locator("#film track[kind=descriptions]").count() == 1
    assert tab.locator("#described track[kind=descriptions]").count() == 0
    assert tab.locator(".transcript p[class]").count() == len(CUES) + 2
    assert tab.locator("nav a").nth(1).get_attribute("href") == "film.mp4#t=5"
    tab.close()


def test_nothing_is_said_before_it_plays_nor_unasked(browser: Any, address: str) -> None:
    tab = opened(browser, address)
    tab.check("input[value=voice]")
    wait(tab, "document.getElementById('film').textTracks[1].cues?.length")
    tab.wait_for_timeout(400)
    assert tab.evaluate("spoken") == []
    tab.check("input[value=off]")
    at_speed(tab, "film", 8)
    tab.evaluate("document.getElementById('film').play()")
    reach(tab, "film", 7.5)
    assert tab.evaluate("spoken") == []
    assert tab.locator("#said").inner_text() == ""
    tab.close()


def read_out(browser: Any, address: str, takes_ms: int) -> Any:
    """The page as it reads out its first description, for which the voice takes so long."""
    tab = opened(browser, address)
    tab.evaluate(f"takes = {takes_ms}")
    tab.check("input[value=voice]")
    tab.evaluate("document.getElementById('film').play()")
    wait(tab, "spoken.length === 1")
    return tab


def test_descriptions_are_read_out_and_the_film_waits_for_them(browser: Any, address: str) -> None:
    """Each where its cue begins, in its language; the film is turned down meanwhile, and stands until it is said."""
    tab = read_out(browser, address, 1300)
    assert state(tab, "film")["volume"] == pytest.approx(0.4)
    assert tab.locator("#said").inner_text() == "A red wall."
    assert tab.locator("#said").get_attribute("aria-live") == "off"
    wait(tab, "document.getElementById('film').paused")
    stood = state(tab, "film")["time"]
    assert 0.8 < stood < BEYOND_S  # the cue ends with the narrator's line, after about a second
    wait(tab, "!document.getElementById('film').paused")
    assert stood <= state(tab, "film")["time"] < stood + BEYOND_S
    assert state(tab, "film")["volume"] == 1.0
    tab.locator("nav a").nth(1).click()
    wait(tab, "spoken.length === 2")
    first, second = tab.evaluate("spoken")
    assert first["text"] == "A red wall."
    assert first["lang"] == "en-GB"
    assert second["text"] == "</script><b>gone"
    assert 5.0 <= second["at"] < 5.0 + BEYOND_S
    tab.close()


def test_a_user_who_stops_or_moves_the_film_stops_the_voice(browser: Any, address: str) -> None:
    tab = read_out(browser, address, 5000)
    tab.evaluate("document.getElementById('film').pause()")
    wait(tab, "!speechSynthesis.words")
    tab.evaluate("document.getElementById('film').play()")
    wait(tab, "spoken.length === 2")  # from its beginning, as its cue is still there
    tab.evaluate("document.getElementById('film').currentTime = 4")
    wait(tab, "!speechSynthesis.words")
    assert state(tab, "film")["volume"] == 1.0
    reach(tab, "film", 4.3)
    assert tab.evaluate("spoken.length") == 2
    tab.close()


def test_a_screen_reader_gets_them_as_text(browser: Any, address: str) -> None:
    tab = opened(browser, address)
    tab.check("input[value=reader]")
    tab.check("#stop")
    assert tab.locator("#said").get_attribute("aria-live") == "assertive"
    tab.evaluate("document.getElementById('film').play()")
    wait(tab, "document.getElementById('said').textContent === 'A red wall.'")
    wait(tab, "document.getElementById('film').paused")
    assert state(tab, "film")["time"] < BEYOND_S
    tab.evaluate("document.getElementById('film').play()")
    wait(tab, "document.getElementById('said').textContent === ''")
    tab.locator(".description a").nth(1).click()  # to where a description begins
    wait(tab, "document.getElementById('said').textContent === '</script><b>gone'")
    wait(tab, "document.getElementById('film').paused")
    assert 5.0 <= state(tab, "film")["time"] < 5.0 + BEYOND_S
    assert tab.evaluate("spoken") == []
    tab.close()


def test_the_described_film_and_the_descriptions_never_speak_at_once(browser: Any, address: str) -> None:
    """Whatever is chosen while it plays, one film plays; where it is the described one, nothing is said as text."""
    tab = opened(browser, address)
    tab.evaluate("takes = 3000")
    tab.check("input[value=voice]")
    tab.evaluate("document.getElementById('film').play()")
    wait(tab, "spoken.length === 1")
    tab.check("input[value=narrator]")
    assert tab.evaluate("!speechSynthesis.words")
    reach(tab, "described", 1.0)
    assert state(tab, "film")["paused"]
    at_speed(tab, "described", 4)
    tab.evaluate("new MutationObserver(() => { window.wrote = true; }).observe(document.getElementById('said'), "
                 "{ childList: true, characterData: true, subtree: true })")  # fmt: skip
    reach(tab, "described", 6.5)
    assert tab.evaluate("spoken.length") == 1
    assert not tab.evaluate("window.wrote")
    at_speed(tab, "described", 1)
    before = state(tab, "described")["time"]
    tab.check("input[value=voice]")
    reach(tab, "film", before)
    assert state(tab, "film")["time"] < before + BEYOND_S
    assert state(tab, "described")["paused"]
    assert all(one["alone"] for one in tab.evaluate("spoken"))
    tab.close()


def test_a_choice_is_kept_for_the_next_visit(browser: Any, address: str) -> None:
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(address)
        assert tab.is_checked("input[value=off]")
        assert state(tab, "described")["hidden"]
        tab.check("input[value=narrator]")
        tab.reload()
        wait(tab, "document.getElementById('film').closest('section').hidden")
        assert tab.is_checked("input[value=narrator]")


def test_an_extended_film_is_entered_where_the_film_was(browser: Any, extended: str) -> None:
    """It stops at 2.85 s for as long as the line is too long: what comes after is so much later in it."""
    tab = opened(browser, extended)
    (stop,) = tab.evaluate("JSON.parse(document.body.dataset.stops)")
    assert stop[0] == 2_850
    assert stop[1] > 1_000
    tab.evaluate("document.getElementById('film').currentTime = 5")
    tab.check("input[value=narrator]")
    wait(tab, "document.getElementById('described').readyState >= 2")
    assert state(tab, "described")["time"] == pytest.approx(5 + stop[1] / 1000, abs=0.01)
    tab.evaluate("document.getElementById('described').currentTime = 3")
    tab.check("input[value=off]")
    assert state(tab, "film")["time"] == pytest.approx(2.85, abs=0.01)
    tab.check("input[value=voice]")
    assert tab.is_checked("#stop")
    tab.close()
