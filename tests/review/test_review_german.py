"""The page in German: what the server says has German words too, and no state of the page shows English ones."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from review.browsing import Server, opened, rows, served, until

import audiodesc
from audiodesc.deliver import deliverables
from audiodesc.judge.rules import RULES
from audiodesc.model import Span
from audiodesc.project import Edit
from audiodesc.project.conversations import Turn, begin
from audiodesc.review.app import PAGE
from audiodesc.scripts.formats import writable, writable_format

HERE = Path(audiodesc.__file__).parent
SAYS = (
    "judge/timing_rules.py",
    "judge/language_rules.py",
    "project/editing.py",
    "project/lines.py",
    "narration/place.py",
    "project/conversations.py",
)
ERRORS = frozenset({"finding", "UsageError", "ConflictError", "ProblemError", "NotReadyError", "not_found"})
EXAMPLES = {
    "line at 0:07.4 moved to 0:08, “A cat.” is now “A cat, a dog.”, approved": (
        "Zeile bei 0:07.4 verschoben nach 0:08, „A cat.“ ist jetzt „A cat, a dog.“, freigegeben"
    ),
    "line at 0:07.4: note: “see, and say”": "Zeile bei 0:07.4: Notiz: „see, and say“",
    "line at 0:07.4: “See.” is now “Look at it: see.”": "Zeile bei 0:07.4: „See.“ ist jetzt „Look at it: see.“",
    "line at 0:22.7 locked": "Zeile bei 0:22.7 gesperrt",
    "line at 0:22.7 locked, note: “why: x”": "Zeile bei 0:22.7 gesperrt, Notiz: „why: x“",
    "line 000007400 at 0:07.400: the film's voice": "Zeile 000007400 bei 0:07.400: die Stimme des Films",
    "a pause of 5.4 s has no line, and the picture changes twice in it with no line within 2 s": (
        "eine Pause von 5,4 s hat keine Zeile, und darin ändert sich das Bild zweimal, ohne dass innerhalb von 2 s "
        "eine Zeile steht"
    ),
    "12 words in 2.5 s: more than 180 words a minute": "12 Wörter in 2,5 s: mehr als 180 Wörter in der Minute",
    "'She' begins the first line for 40 s": "„She“ beginnt die erste Zeile seit 40 s",
    "it takes 3.2 s and after the line before it the pause has 1.0 s": (
        "sie braucht 3,2 s, und nach der Zeile davor hat die Pause 1,0 s"
    ),
    "there is no voice 'espeak-dee': did you mean espeak-de, espeak-el? `audiodesc voices` lists all": (
        "es gibt keine Stimme „espeak-dee“: meinten Sie espeak-de, espeak-el? `audiodesc voices` zählt alle auf"
    ),
    "libfoo: error 7 (no such thing)": "libfoo: error 7 (no such thing)",
    "": "",
}


@pytest.fixture(scope="module")
def server(rendered: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(rendered, tmp_path_factory.mktemp("review-german") / "films") as made:
        yield made


def said_in(path: Path) -> Iterator[str]:
    """What a module's errors and findings say, with a figure in each hole; without what is only a hole."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS:
            for text in map(_text, node.args):
                if " " in text and len(re.findall(r"[a-z]", text)) > 4:
                    yield text


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(_text(one) if isinstance(one, ast.Constant) else "7" for one in node.values)


def translated(tab: Any, texts: list[str]) -> list[str]:
    """Each as the page shows it."""
    module = "const { translated } = await import('/page/translate.js');"
    run = f"async (texts) => {{ {module} return texts.map(translated); }}"

    return list(tab.evaluate(run, texts))


def test_what_the_server_says_has_german_words(browser: Any, server: Server) -> None:
    modules = [*(HERE / name for name in SAYS), *(HERE / "review").glob("*.py")]
    texts = [text for path in modules for text in said_in(path) if path.name != "server.py"]
    texts += [rule.advice for rule in RULES.values()]
    texts += [one.summary for one in deliverables().values()] + [writable_format(name).summary for name in writable()]
    assert len(texts) > 130
    tab = opened(browser, server, locale="de-DE")
    after = translated(tab, texts)
    assert [one for one, german in zip(texts, after, strict=True) if one == german] == []
    assert translated(tab, list(EXAMPLES)) == list(EXAMPLES.values())
    tab.context.close()
    english = opened(browser, server)
    assert translated(english, texts) == texts
    english.context.close()


def test_both_languages_have_the_same_words() -> None:
    words = {name: json.loads((PAGE / f"{name}.json").read_text("utf-8")) for name in ("en", "de")}
    server_words = words["de"].pop("server")
    assert set(words["en"]) <= set(words["de"])
    assert all(key.startswith("key.") for key in set(words["de"]) - set(words["en"]))
    for said in (words["en"], words["de"]):
        assert all(value if isinstance(value, str) else set(value) >= {"one", "other"} for value in said.values())
    for key in words["en"]:
        assert holes(words["en"][key]) == holes(words["de"][key]), key
    for english, german in server_words.items():
        assert {one.rstrip("*") for one in holes(english)} >= holes(german), english


def holes(value: Any) -> set[str]:
    return set(re.findall(r"\{(\w+\*?)\}", value if isinstance(value, str) else value["other"]))


def words_of(texts: Any) -> set[str]:
    """Without the names of holes, and commands."""
    plain = re.sub(r"\{\w+\*?\}|`[^`]*`|--\w+", " ", " ".join(map(str, texts)).lower())
    return set(re.findall(r"[a-zäöüß]{3,}", plain))


def english_words() -> set[str]:
    """Those that the English page and server say and the German ones do not."""
    english, german = (json.loads((PAGE / f"{name}.json").read_text("utf-8")) for name in ("en", "de"))
    both = german.pop("server")
    return words_of([*english.values(), *both]) - words_of([*german.values(), *both.values()])


SHOWN = """() => {
  const skipped = 'html > :not(body), [lang]:not(html), code, kbd, textarea, script, style';
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walk.nextNode()) {
    const one = walk.currentNode;
    const element = one.nodeType === 3 ? one.parentElement : one;
    if (element.closest(skipped) || !element.checkVisibility()) continue;
    if (one.nodeType === 3) found.push(one.data);
    else for (const name of ['aria-label', 'title', 'placeholder', 'alt']) found.push(one.getAttribute(name) ?? '');
  }
  return found.filter((text) => text.trim());
}"""
QUOTED = re.compile(r"„[^“]*“|`[^`]*`|\S*\w[./_-]\w\S*")
"""What is quoted, commands, and names of files and voices."""


def test_no_state_of_the_page_shows_english_words(browser: Any, server: Server) -> None:
    english, seen, names = english_words(), set[str](), {*deliverables(), *writable()}
    assert {"line", "history", "shortcuts", "the", "with", "voice"} <= english

    def check(state: str) -> None:
        texts = [str(text) for text in tab.evaluate(SHOWN)]
        seen.update(texts)
        sentences = [text for text in texts if text.strip() not in names]
        found = {text: sorted(bad) for text in sentences if (bad := words_of([QUOTED.sub(" ", text)]) & english)}
        assert (state, found) == (state, {})

    first, second, third, *_ = server.lines()
    server.project.edit([Edit(first.id, text="We see the camera pan to a gull.", locked=True)], "ann", "command line")
    server.project.edit([Edit(second.id, note="Ask Kim", state="approved", voice="espeak-de")], "ann", "page")
    server.project.edit([Edit(third.id, start_ms=third.start_ms + 3_000, text=LONG)], "ann", "script.vtt")
    server.project.edit([Edit(server.lines()[5].id, deleted=True)], "ann", "page")
    server.project.undo(author="ann", source="page")
    tab = opened(browser, server, locale="de-DE")
    check("lines")
    for number in (0, 1, 2):
        rows(tab).nth(number).click()
        tab.click("#line-history summary")
        tab.wait_for_selector("#line-history li")
        until(tab, "document.querySelectorAll('#problems li').length || document.querySelector('#fit').textContent")
        check(f"line {number}")
    tab.click("#candidates summary")
    tab.click("#candidates [data-action=ask-another]")
    until(tab, "(said => said && !said.includes('gefragt'))(document.querySelector('#asking').textContent)")
    check("candidates")
    tab.click("#table-part summary")
    check("table")
    tab.fill("#line-text", f"{LONG} {LONG}")
    until(tab, "document.querySelector('#fit').className === 'bad' && document.querySelector('#fit').textContent")
    check("too long")
    server.project.edit([Edit(third.id, text="A ship comes in.")], "kim", "page")
    tab.press("#line-text", "Control+s")
    tab.wait_for_selector("dialog.conflict")
    check("conflict")
    tab.keyboard.press("Escape")
    for action in ("shortcuts", "settings"):
        tab.click(f".tools button[data-action={action}]")
        check(action)
        tab.keyboard.press("Escape")
    tab.click("#filters button[data-action=replace]")
    check("replace")
    tab.keyboard.press("Escape")
    begin(server.project, Turn("What?", "A ship.", Span(3_000, 5_000), (4_000,), "tiny", found_by=FOUND_BY))
    tab.click("#views a[data-view=ask]")
    tab.select_option("#conversation", "1")
    tab.wait_for_selector(".turns li")
    tab.fill("#question", "Was hält sie?")
    tab.press("#question", "Enter")
    until(tab, "document.querySelectorAll('.turns li').length === 2")
    check("conversation")
    tab.click("#delete-conversation")
    check("deletion of a conversation")
    tab.keyboard.press("Escape")
    tab.select_option("#conversation", "")
    for view in ("ask", "text", "record", "history", "render"):
        tab.click(f"#views a[data-view={view}]")
        tab.wait_for_selector(f"#view-{view} .place :nth-child(1)")
        tab.wait_for_timeout(300)
        check(view)
    tab.click("#views a[data-view=text]")
    tab.fill("#script-text", "WEBVTT\n\nwords of no cue\n\n00:01.000 --> 00:02.000\nA cat.\n\n0:05 -> 0:06\nA dog.\n")
    tab.wait_for_selector("#script-faults li")
    check("faults of the text")
    answers = tab.evaluate(REFUSED, [first.id, second.id])
    assert [one for one in answers if words_of([QUOTED.sub(" ", one)]) & english or one == "answered"] == []
    assert any(text.startswith("Rückgängig: Zeile bei ") for text in seen)
    assert any("ann, Befehlszeile" in text for text in seen)
    assert [one for one in tab.faults if "Failed to load resource" not in one] == []  # refusals are among the states
    tab.context.close()


FOUND_BY = "at 0:03 the description says: “A ship comes in.”"
LONG = "A ship comes in from the sea and lies down at the pier where many people wait for it with flags and with bread."
REFUSED = """async ([locked, other]) => {
  const { patch, post, get, idPath } = await import('/page/api.js');
  const wrong = [
    () => patch(idPath(locked), { text: 'A cat.' }), () => patch(idPath('000'), { text: 'A cat.' }),
    () => patch(idPath(other), { text: ' ' }), () => patch(idPath(other), { voice: 'espeak-dee' }),
    () => post(`${idPath(other)}/split`, { at: 0 }), () => post('/redo'), () => get('/files/none'),
    () => post(`${idPath(other)}/join`, { other }), () => post('/replace', { find: '' }),
  ];
  return Promise.all(wrong.map((run) => run().then(() => 'answered', (error) => error.message)));
}"""
