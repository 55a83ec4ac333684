"""Doubts through the whole of `make`: in the report, on the page, in the summary; and second looks that are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from describers.server.fake import Fake, answer
from stories import make_story
from test_server_faults import LINES, Model, described, is_look, is_trial

from audiodesc.cli.tables import run_summary
from audiodesc.describers.server import chat
from audiodesc.pipeline import make
from audiodesc.project import Result
from audiodesc.report import read_report
from audiodesc.settings import DescriberSettings, Settings


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    monkeypatch.setattr(chat, "RETRIES", 1)
    made = Model()
    made.server = Fake(made.reply)
    yield made
    made.server.close()


def run(folder: Path, model: Model, **choices: object) -> Result:
    assert model.server
    chosen = DescriberSettings(server=model.server.url, model="m", parallel=1, video="no", **choices)  # type: ignore[arg-type]
    film = folder / "story.mp4" if (folder / "story.mp4").is_file() else make_story(folder)
    return make(film, folder / "story.srt", settings=Settings(describer=chosen))


def test_a_line_in_doubt_is_in_the_report_on_the_page_and_in_the_summary(tmp_path: Path, model: Model) -> None:
    """The model sees a ferry; of its lines only the first is about one."""
    made = described(tmp_path, model)
    spoken = [one.line.text for one in made.spoken]
    wrong = [line for line in spoken if line != LINES[0]]
    assert wrong
    found = read_report(made.files["report"]).doubts
    assert found is not None
    assert [one.line for one in found] == wrong
    assert {one.kind for one in found} == {"not_in_facts"}
    numbers = {one.number: one.line for one in made.report.spoken}
    page = made.files["page"].read_text("utf-8")
    first, lines = page.index('id="doubts"'), page.index('id="lines"')
    assert first < lines
    for one in found:
        assert numbers[one.number] == one.line
        assert re.search(rf'<a href="#line-{one.number}">{one.number}</a>.*{re.escape(one.message)}', page[first:lines])
    summary = run_summary(made)
    assert f"In doubt: {len(wrong)} line" in summary
    assert found[0].message in summary


def test_strict_leaves_out_a_line_with_nothing_else_and_says_so(tmp_path: Path, model: Model) -> None:
    made = run(tmp_path, model, doubt="strict")
    assert {one.line.text for one in made.spoken} <= {LINES[0]}
    assert made.left_out
    for one in made.left_out:
        assert one.reason.startswith("in doubt (")
        assert one.reason in run_summary(made)
    if not made.spoken:
        assert "left out (in doubt); give --doubt mark to speak them all the same" in run_summary(made)


def test_without_doubts_nothing_is_said_of_them(tmp_path: Path, model: Model) -> None:
    made = run(tmp_path, model, doubt="off")
    assert made.report.doubts == ()
    assert "In doubt" not in run_summary(made)
    assert 'id="doubts"' not in made.files["page"].read_text("utf-8")


def test_second_looks_cost_one_answer_each_once(tmp_path: Path, model: Model) -> None:
    run(tmp_path, model)
    looks, lines = len(model.looks), len(model.lines)
    run(tmp_path, model, second_look=1)
    assert len(model.looks) == 2 * looks
    run(tmp_path, model, second_look=1)
    run(tmp_path, model, second_look=2)
    assert len(model.looks) == 2 * looks
    assert len(model.lines) == lines


def test_a_run_in_which_nothing_can_be_looked_at_again_says_so(tmp_path: Path, model: Model) -> None:
    model.wrong = lambda request: answer(None) if is_look(request) and not is_trial(request) else None
    made = run(tmp_path, model, second_look=1, failed_share=1.0)
    assert any(note.message.startswith("--second-look: nothing was looked at again") for note in made.report.notes)
