"""A person changes the script, and the folder is rendered: what was changed is an edit, and nothing is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from stories import SCRIPT, make_story, write_script

from audiodesc import make, render
from audiodesc.errors import ConflictError, InputError, OutputError, ScriptError, UsageError
from audiodesc.pipeline import describe, export
from audiodesc.project import Edit, Result, open_project
from audiodesc.project.folder import hold_folder
from audiodesc.scripts import ScriptFile, read_script
from audiodesc.settings import DeliverSettings, DialogueSettings, PlanSettings, RunSettings, Settings, VoiceSettings

QUICK = Settings(dialogue=DialogueSettings(hear=False), voice=VoiceSettings(name="espeak-en-gb"))
FERRY, NIGHT, WALK = "000000500", "000007400", "000013300"
OVER = "Over dialogue that goes on."


def chosen(**run: object) -> Settings:
    return Settings(dialogue=QUICK.dialogue, voice=QUICK.voice, run=RunSettings(**run))  # type: ignore[arg-type]


@pytest.fixture
def place(three_lines: Path, tmp_path: Path) -> Path:
    """A copy of it, moved to another place: the film is found beside the folder."""
    shutil.copytree(three_lines, tmp_path / "moved")
    return tmp_path / "moved"


def changed(place: Path, change: Callable[[str], str]) -> Result:
    script = place / "story.ad/story.ad.vtt"
    script.write_text(change(script.read_text("utf-8")), "utf-8")
    return render(place / "story.ad")


def lines_of(place: Path) -> list[tuple[int, str]]:
    return [(line.start_ms, line.text) for line in script_of(place).lines]


def script_of(place: Path) -> ScriptFile:
    return read_script(place / "story.ad/story.ad.vtt")


AS_WRITTEN = [(500, SCRIPT[0][2]), (7_400, SCRIPT[1][2]), (13_300, SCRIPT[2][2])]


def test_the_ids_of_the_lines_are_their_times(place: Path) -> None:
    assert [line.id for line in script_of(place).lines] == [FERRY, NIGHT, WALK]


def test_a_folder_that_nobody_changed_is_left_as_it_is(place: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (place / "story.ad").glob("story.*")}
    result = render(place / "story.ad")
    assert result.changes == ()
    assert {path: path.stat().st_mtime_ns for path in (place / "story.ad").glob("story.*")} == before


def test_words_that_are_changed_are_an_edit_and_are_spoken(place: Path) -> None:
    result = changed(place, lambda text: text.replace("Night falls.", "Dusk."))
    assert result.changes == ("story.ad.vtt: line 000007400 at 0:07.400: “Night falls.” is now “Dusk.”",)
    assert [speech.line.text for speech in result.spoken] == [SCRIPT[0][2], "Dusk.", SCRIPT[2][2]]
    assert lines_of(place)[1] == (7_400, "Dusk.")
    with open_project(place / "story.ad") as project:
        entry = project.history(NIGHT)[-1]
        assert entry.before
        assert (entry.source, entry.before.text) == ("story.ad.vtt", "Night falls.")
    assert render(place / "story.ad").changes == ()


def test_a_line_that_is_moved_deleted_or_new(place: Path) -> None:
    new = "\n\n00:09.500 --> 00:10.500\nRain.\n"
    result = changed(
        place,
        lambda text: text.split(f"{WALK}\n")[0].rstrip().replace("00:00:07.400", "00:00:07.900") + new,
    )
    assert lines_of(place) == [(500, SCRIPT[0][2]), (7_900, "Night falls."), (9_500, "Rain.")]
    assert len(result.changes) == 3
    with open_project(place / "story.ad") as project:
        assert [line.id for line in project.lines()] == [FERRY, NIGHT, "000009500"]
        project.undo()
        assert WALK in {line.id for line in project.lines()}
    render(place / "story.ad")
    assert lines_of(place)[-1] == AS_WRITTEN[-1]


def noted(place: Path) -> list[tuple[int, str, str]]:
    return [(line.start_ms, line.text, line.id) for line in script_of(place).noted]


def over_dialogue(place: Path) -> Result:
    return changed(place, lambda text: text + f"\n00:05.200 --> 00:06.900\n{OVER}\n")


def test_what_cannot_be_spoken_stays_as_a_note_with_its_words_time_and_reason(place: Path) -> None:
    result = over_dialogue(place)
    assert [outcome.text for outcome in result.left_out] == [OVER]
    assert lines_of(place) == AS_WRITTEN
    assert noted(place) == [(5_200, OVER, "000005200")]
    text = (place / "story.ad/story.ad.vtt").read_text("utf-8")
    assert "NOTE\nNot spoken: dialogue there; the nearest pause is from " in text
    assert text.count("-->") == 3
    before = (place / "story.ad/story.ad.vtt").stat().st_mtime_ns
    assert render(place / "story.ad").changes == ()
    assert (place / "story.ad/story.ad.vtt").stat().st_mtime_ns == before


OUT: dict[str, Callable[[str], str]] = {
    "without its first two rows": lambda block: "\n".join(block.split("\n")[2:]),
    "without the word NOTE": lambda block: "\n".join(block.split("\n")[1:]),
    "with an arrow": lambda block: "\n".join(block.replace(" to ", " --> ").split("\n")[2:]),
    "with an arrow, all else left": lambda block: block.replace(" to ", " --> "),
    "without its id": lambda block: "\n".join(block.replace(" to ", " --> ").split("\n")[3:]),
    "as a note, its words changed": lambda block: block,
}


@pytest.mark.parametrize("way", OUT)
def test_taken_out_of_the_note_it_is_tried_again(place: Path, way: str) -> None:
    over_dialogue(place)

    def out(text: str) -> str:
        start = text.index("NOTE\nNot spoken")
        end = text.index("\n\n", start)
        block = OUT[way](text[start:end]).replace(OVER, "Short.").replace("00:00:05.200", "00:00:09.200")
        return text[:start] + block.replace("00:00:06.900", "00:00:10.000") + text[end:]

    result = changed(place, out)
    spoken = {speech.line.text: speech.line.segment.id for speech in result.spoken}
    known = "000005200" if "its id" not in way else "000009200"  # other words at another time are another line
    assert spoken.get("Short.") == known, result.changes
    assert noted(place) == []


def test_a_note_that_is_deleted_is_a_line_that_is_deleted(place: Path) -> None:
    over_dialogue(place)
    result = changed(place, lambda text: text[: text.index("NOTE\nNot spoken")] + text[text.index(f"{NIGHT}\n") :])
    assert result.changes == (f"story.ad.vtt: line 000005200 was deleted: “{OVER}”",)
    with open_project(place / "story.ad") as project:
        assert "000005200" not in {line.id for line in project.lines()}


def test_a_persons_own_comments_and_styles_survive(place: Path) -> None:
    head = "WEBVTT - the ferry\nKind: descriptions\n\nSTYLE\n::cue { color: red }\n\nNOTE for the mixer:\nsoftly\n\n"
    end = "\nNOTE the end\n"
    changed(place, lambda text: text.replace("WEBVTT\n\n", head).replace("Night falls.", "Dusk.") + end)
    changed(place, lambda text: text.replace("Dusk.", "Evening."))
    text = (place / "story.ad/story.ad.vtt").read_text("utf-8")
    assert text.startswith(head)
    assert text.endswith(end)
    assert lines_of(place)[1] == (7_400, "Evening.")
    changed(place, lambda text: text.replace("NOTE the end\n", ""))
    assert "the end" not in (place / "story.ad/story.ad.vtt").read_text("utf-8")


def test_words_outside_of_any_cue_do_not_vanish(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    result = changed(place, lambda text: text + "\nA thought of mine\n")
    assert "NOTE\nA thought of mine" in (place / "story.ad/story.ad.vtt").read_text("utf-8")
    assert "text outside of any cue" in caplog.text
    before = {path: path.stat().st_mtime_ns for path in result.files.values()}
    render(place / "story.ad")
    assert {path: path.stat().st_mtime_ns for path in result.files.values()} == before


def test_a_file_that_cannot_be_read_is_named_and_nothing_is_touched(place: Path) -> None:
    script = place / "story.ad/story.ad.vtt"
    with open_project(place / "story.ad") as project:
        before = project.lines()
    for content in (b"\x00\x01\x02 no script", b"WEBVTT\n\nNo cue at all\n"):
        script.write_bytes(content)
        with pytest.raises(ScriptError, match=r"story\.ad\.vtt"):
            render(place / "story.ad")
        assert script.read_bytes() == content
        with open_project(place / "story.ad") as project:
            assert project.lines() == before


def test_two_files_that_were_changed_are_each_held_against_what_was_written(place: Path) -> None:
    srt = Settings(dialogue=QUICK.dialogue, voice=QUICK.voice, deliver=DeliverSettings(also=("srt",)))
    render(place / "story.ad", settings=srt)
    for name, old, new in (("srt", SCRIPT[0][2], "A boat."), ("vtt", "Night falls.", "Dusk.")):
        path = place / f"story.ad/story.ad.{name}"
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    result = render(place / "story.ad")
    assert [speech.line.text for speech in result.spoken] == ["A boat.", "Dusk.", SCRIPT[2][2]]
    assert len(result.changes) == 2
    assert "A boat." in (place / "story.ad/story.ad.vtt").read_text("utf-8")
    assert "Dusk." in (place / "story.ad/story.ad.srt").read_text("utf-8")


def test_one_line_that_was_changed_in_two_files_is_refused_with_both_texts(place: Path) -> None:
    srt = Settings(dialogue=QUICK.dialogue, voice=QUICK.voice, deliver=DeliverSettings(also=("srt",)))
    render(place / "story.ad", settings=srt)
    contents = {}
    for name, new in (("srt", "Dawn."), ("vtt", "Dusk.")):
        path = place / f"story.ad/story.ad.{name}"
        path.write_text(path.read_text("utf-8").replace("Night falls.", new), "utf-8")
        contents[path] = path.read_bytes()
    with pytest.raises(ConflictError, match=r"000007400 .*“Dawn\.”.*“Dusk\.”|000007400 .*“Dusk\.”.*“Dawn\.”"):
        render(place / "story.ad")
    assert {path: path.read_bytes() for path in contents} == contents
    with open_project(place / "story.ad") as project:
        assert [line.text for line in project.lines()] == [text for _, text in AS_WRITTEN]


def test_a_line_that_was_edited_elsewhere_since_the_file_was_written_is_refused_with_both(place: Path) -> None:
    with open_project(place / "story.ad") as project:
        project.edit([Edit(NIGHT, text="Dawn.")], source="page")
    with pytest.raises(ConflictError, match=r"now “Dawn\.”.*“Dusk\.”"):
        changed(place, lambda text: text.replace("Night falls.", "Dusk."))
    result = changed(place, lambda text: text.replace("Dusk.", "Night falls.").replace(SCRIPT[0][2], "A boat."))
    assert [speech.line.text for speech in result.spoken] == ["A boat.", "Dawn.", SCRIPT[2][2]]


def test_deleting_the_cache_loses_nothing(place: Path) -> None:
    changed(place, lambda text: text.replace("Night falls.", "Dusk."))
    before = (place / "story.ad/story.ad.vtt").read_bytes()
    shutil.rmtree(place / "story.ad/.audiodesc/cache")
    result = changed(place, lambda text: text.replace(SCRIPT[0][2], "A boat."))
    assert result.changes == (f"story.ad.vtt: line {FERRY} at 0:00.500: “{SCRIPT[0][2]}” is now “A boat.”",)
    assert (place / "story.ad/story.ad.vtt").read_bytes() != before
    assert [speech.line.text for speech in result.spoken] == ["A boat.", "Dusk.", SCRIPT[2][2]]


def test_another_script_is_merged_or_takes_the_place_of_all_after_a_copy(place: Path) -> None:
    film, other = place / "story.mp4", write_script(place / "other.vtt", [("00:09.000", "00:10.000", "Rain.")])
    with pytest.raises(UsageError, match="lines that a person edited") as caught:
        render(film, other, settings=QUICK)
    assert "--merge" in caught.value.remedy
    merged = render(film, other, settings=chosen(merge=True))
    assert {speech.line.text for speech in merged.spoken} == {"Rain.", *(text for _, text in AS_WRITTEN)}
    replaced = render(film, other, settings=chosen(replace=True))
    assert [speech.line.text for speech in replaced.spoken] == ["Rain."]
    shutil.copy(place / "story.ad/.audiodesc/project.kept-1.sqlite", place / "story.ad/.audiodesc/project.sqlite")
    with open_project(place / "story.ad") as project:
        assert len(project.lines()) == 4


def test_a_script_that_was_read_before_is_held_against_what_it_was(place: Path) -> None:
    """A person who keeps the script elsewhere changes it there, and has it read again."""
    with open_project(place / "story.ad") as project:
        project.edit([Edit(WALK, text="She runs.")])
    mine = place.parent / "mine.vtt"
    shutil.copy(place / "mine.vtt", mine)
    render(place / "story.mp4", mine, settings=chosen(merge=True))
    write_script(mine, [SCRIPT[0], (SCRIPT[1][0], SCRIPT[1][1], "Dusk."), SCRIPT[2]])
    result = render(place / "story.mp4", mine, settings=QUICK)
    assert result.changes == (f"mine.vtt: line {NIGHT} at 0:07.400: “Night falls.” is now “Dusk.”",)


def test_a_moved_film_is_found_by_its_content_or_asked_for(place: Path) -> None:
    changed(place, lambda text: text.replace("Night falls.", "Dusk."))
    (place / "story.mp4").rename(place / "renamed.mp4")
    assert render(place / "story.ad").film.path.name == "renamed.mp4"
    (place / "renamed.mp4").rename(place.parent / "elsewhere.mp4")
    with pytest.raises(InputError, match=r"story\.mp4.*--film|renamed\.mp4.*--film"):
        render(place / "story.ad")


def test_what_no_person_touched_is_renewed_and_the_rest_stays(tmp_path: Path) -> None:
    film, subs = make_story(tmp_path), tmp_path / "story.srt"
    first = make(film, subs, settings=QUICK)
    (title, later) = first.spoken
    script = first.files["script"]
    script.write_text(script.read_text("utf-8").replace(title.line.text, "The title says: The Last Ferry."), "utf-8")
    again = make(tmp_path / "story.ad")
    assert [speech.line.text for speech in again.spoken] == ["The title says: The Last Ferry.", later.line.text]
    id = title.line.segment.id
    kept = make(tmp_path / "story.ad", settings=chosen(renew=(id,)))
    assert [speech.line.text for speech in kept.spoken] == [title.line.text, later.line.text]
    with open_project(tmp_path / "story.ad") as project:
        project.undo()
        assert project.lines()[0].text == "The title says: The Last Ferry."
        project.edit([Edit(id, locked=True)])
    with pytest.raises(UsageError, match="is locked"):
        make(tmp_path / "story.ad", settings=chosen(renew=(id,)))


def test_a_line_that_is_locked_while_it_is_written_anew_stays(tmp_path: Path) -> None:
    film, subs = make_story(tmp_path), tmp_path / "story.srt"
    id = describe(film, subs, settings=QUICK).spoken[0].line.segment.id
    with open_project(tmp_path / "story.ad") as project:
        project.edit([Edit(id, text="The Last Ferry.")])

    def lock(stage: str, done: int, total: int) -> None:
        if stage == "describe" and not done:
            with open_project(tmp_path / "story.ad") as project:
                project.edit([Edit(id, locked=True)])

    again = describe(tmp_path / "story.ad", settings=chosen(renew=(id,)), progress=lock)
    assert again.spoken[0].line.text == "The Last Ferry."
    with open_project(tmp_path / "story.ad") as project:
        assert project.lines()[0].locked


def test_a_locked_line_that_was_changed_in_a_script_is_told_and_nothing_is_lost(place: Path) -> None:
    with open_project(place / "story.ad") as project:
        project.edit([Edit(NIGHT, locked=True)])
    script = place / "story.ad/story.ad.vtt"
    mine = script.read_text("utf-8").replace("Night falls.", "Dusk.")
    script.write_text(mine, "utf-8")
    with pytest.raises(UsageError, match=f"line {NIGHT} is locked: “Night falls.”"):
        render(place / "story.ad")
    assert script.read_text("utf-8") == mine
    with open_project(place / "story.ad") as project:
        project.edit([Edit(NIGHT, locked=False)])
    assert render(place / "story.ad").changes == (
        f"story.ad.vtt: line {NIGHT} at 0:07.400: “Night falls.” is now “Dusk.”",
    )


def test_render_of_a_draft_speaks_the_same_where_it_was(tmp_path: Path) -> None:
    film, subs = make_story(tmp_path), tmp_path / "story.srt"
    first = make(film, subs, settings=QUICK)
    shutil.rmtree(tmp_path / "story.ad/.audiodesc/cache")
    again = render(tmp_path / "story.ad")
    told = [[(one.line.text, one.span, one.rate, one.line.segment.id) for one in run.spoken] for run in (first, again)]
    assert told[0] == told[1]
    assert again.report.describer == first.report.describer


def test_a_persons_new_line_keeps_the_describers_away(tmp_path: Path) -> None:
    film, subs = make_story(tmp_path), tmp_path / "story.srt"
    script = describe(film, subs, settings=QUICK).files["script"]
    mine = "A long line of a person's about the ferry and the pier."
    script.write_text(script.read_text("utf-8") + f"\n00:00.400 --> 00:03.000\n{mine}\n", "utf-8")
    for result in (render(tmp_path / "story.ad"), make(tmp_path / "story.ad")):
        spans = [speech.span for speech in result.spoken]
        assert any(speech.line.text == mine and speech.span.start_ms == 400 for speech in result.spoken)
        assert all(one.end_ms + 250 <= after.start_ms for one, after in pairwise(spans))


def test_a_folder_of_before_there_were_projects_says_what_to_do(tmp_path: Path) -> None:
    film, subs = make_story(tmp_path), tmp_path / "story.srt"
    script = describe(film, subs, settings=QUICK).files["script"]
    (tmp_path / "story.ad/.audiodesc/project.sqlite").unlink()
    with pytest.raises(InputError, match="holds no project"):
        render(tmp_path / "story.ad")
    script.write_text(script.read_text("utf-8").replace("Three days later", "Three days pass"), "utf-8")
    with pytest.raises(OutputError, match="was changed") as caught:
        make(film, subs, settings=QUICK)
    assert "--script" in caught.value.remedy
    result = render(film, script, subs, settings=QUICK)
    assert any("Three days pass" in speech.line.text for speech in result.spoken)


def test_a_document_that_was_exported_and_changed_is_read_and_written_as_spoken(place: Path) -> None:
    """As CSV, which can be changed as a text."""
    sheet = export(place / "story.ad", ["csv"]).files["csv"]
    sheet.write_text(sheet.read_text("utf-8-sig").replace("Night falls.", "Dusk."), "utf-8")
    result = render(place / "story.ad")
    assert result.changes == (f"{sheet.name}: line {NIGHT} at 0:07.400: “Night falls.” is now “Dusk.”",)
    assert lines_of(place)[1] == (7_400, "Dusk.")
    (line,) = (line for line in read_script(sheet).lines if line.id == NIGHT)
    assert line.text == "Dusk."
    assert render(place / "story.ad").changes == ()


def test_a_slip_in_a_row_of_times_deletes_no_line(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    result = changed(place, lambda text: text.replace("00:00:07.400 -->", "00:00:0x.400 -->"))
    assert result.changes == ()
    (warning,) = caplog.messages
    assert "no times in '00:00:0x.400 --> " in warning
    assert lines_of(place) == AS_WRITTEN
    with open_project(place / "story.ad") as project:
        assert len(project.lines()) == 3
    assert render(place / "story.ad").changes == ()


def test_what_an_older_version_wrote_beside_a_changed_script_goes_unless_somebody_changed_it(place: Path) -> None:
    folder = place / "story.ad"
    with hold_folder(folder) as held:
        for name in ("story.ad.spoken.vtt", "story.ad.spoken.spoken.vtt"):
            held.partial(name).write_text(f"WEBVTT {name}", "utf-8")
            held.publish({name: held.partial(name)})
    (folder / "story.ad.spoken.vtt").write_text("WEBVTT a person's", "utf-8")
    render(folder)
    assert [path.name for path in folder.glob("*spoken*")] == ["story.ad.spoken.vtt"]


def test_an_edit_during_a_render_is_kept_and_spoken_by_the_next(place: Path) -> None:
    def edit(stage: str, done: int, total: int) -> None:
        if stage == "mix" and not done:
            with open_project(place / "story.ad") as project:
                project.edit([Edit(NIGHT, text="Dusk.")], source="page")

    script = place / "story.ad/story.ad.vtt"
    script.write_text(script.read_text("utf-8").replace(SCRIPT[0][2], "A boat."), "utf-8")
    first = render(place / "story.ad", progress=edit)
    assert [speech.line.text for speech in first.spoken] == ["A boat.", "Night falls.", SCRIPT[2][2]]
    with pytest.raises(ConflictError, match=r"now “Dusk\.”.*“Dawn\.”"):
        changed(place, lambda text: text.replace("Night falls.", "Dawn."))
    result = changed(place, lambda text: text.replace("Dawn.", "Night falls."))
    assert [speech.line.text for speech in result.spoken] == ["A boat.", "Dusk.", SCRIPT[2][2]]


def test_keep_all_renews_nothing_and_adds_where_nothing_is(tmp_path: Path) -> None:
    film, subs = make_story(tmp_path), tmp_path / "story.srt"
    first = describe(film, subs, settings=QUICK)
    kept = {(one.line.segment.id, one.line.text, one.span) for one in first.spoken}
    more = Settings(
        dialogue=QUICK.dialogue, voice=QUICK.voice, plan=PlanSettings(density="full"), run=RunSettings(keep_all=True)
    )
    again = describe(tmp_path / "story.ad", settings=more)
    assert kept <= {(one.line.segment.id, one.line.text, one.span) for one in again.spoken}
