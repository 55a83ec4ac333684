"""Questions whose answers are known by construction are answered by them, whatever they look like."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from search.filmstock import SHOT_MS, draft, forty_shots, hundred_questions, made, write

import audiodesc
from audiodesc.errors import InputError, UsageError
from audiodesc.search.finding import EVERYWHERE, Where, answer, find
from audiodesc.search.questions import LONGEST, question_of
from audiodesc.search.words import words_of


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return forty_shots(tmp_path_factory.mktemp("forty") / "forty.ad")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("films")
    write(place / "pier.ad", "A woman in a red coat runs.", "The coat hangs in a red room.", film="pier.mp4")
    write(place / "deep/er/Straße.ad", "Émile überquert die STRASSE.", "红色的外套挂在墙上。", film="strasse.mp4")
    write(place / "thai.ad", "ผู้หญิงสวมเสื้อแดง", "It's 12:30 o'clock, well-known.", film="ไทย.mkv")
    return place


def lines(question: str, *places: Path, where: Where = EVERYWHERE) -> list[str]:
    return [hit.line for hit in find(question, *places, where=where)]


def test_a_hundred_questions_are_answered_by_the_shots_that_hold_the_words(film: Path) -> None:
    asked = hundred_questions()
    assert len(asked) == len({question for question, _ in asked}) == 100
    for question, shot in asked:
        assert [hit.span.start_ms // SHOT_MS for hit in audiodesc.find(question, film)] == [shot], question


def test_words_are_found_together_wherever_in_the_moment_they_stand(tmp_path: Path) -> None:
    with made(tmp_path / "film.ad", [draft(3_000, "She waits.", "a coat on a chair"), draft(60_000, "A red door.")]):
        pass
    assert lines("waits chair", tmp_path) == ["She waits."]
    assert lines("coat door", tmp_path) == []
    assert lines("coat OR door", tmp_path) == ["A red door.", "She waits."]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("red coat", {"A woman in a red coat runs.", "The coat hangs in a red room."}),
        ('"red coat"', {"A woman in a red coat runs."}),
        ("red coat -room", {"A woman in a red coat runs."}),
        ('red -"red coat"', {"The coat hangs in a red room."}),
        ("wom* OR hangs", {"A woman in a red coat runs.", "The coat hangs in a red room."}),
        ("line:hangs", {"The coat hangs in a red room."}),
        ("said:hangs", set()),
        ("RED RUNS", {"A woman in a red coat runs."}),
        ("straße", {"Émile überquert die STRASSE."}),
        ("emile uberquert", {"Émile überquert die STRASSE."}),
        ("外套", {"红色的外套挂在墙上。"}),
        ("外墙", set()),
        ("เสื้อ", {"ผู้หญิงสวมเสื้อแดง"}),
        ("12:30", {"It's 12:30 o'clock, well-known."}),
        ("it's well-known", {"It's 12:30 o'clock, well-known."}),
    ],
)
def test_a_question_finds_what_it_says(folder: Path, question: str, found: set[str]) -> None:
    assert set(lines(question, folder)) == found


def test_what_stands_beside_each_other_and_in_the_line_comes_first(folder: Path) -> None:
    assert lines("red coat", folder)[0] == "A woman in a red coat runs."


def test_films_and_times_narrow_it(folder: Path) -> None:
    assert lines("strasse OR coat", folder, where=Where("STRASSE")) == ["Émile überquert die STRASSE."]
    assert lines("coat", folder, where=Where("ไทย")) == []
    assert lines("coat", folder, where=Where(start_ms=40_000)) == ["The coat hangs in a red room."]
    assert lines("coat", folder, where=Where("pier", end_ms=40_000)) == ["A woman in a red coat runs."]


def test_a_hit_says_where_and_why(folder: Path) -> None:
    (hit,) = find("runs red", folder)
    assert (hit.project, hit.film, hit.span.start_ms) == (folder / "pier.ad", "pier.mp4", 30_000)
    (reason, *_) = hit.reasons
    assert (reason.field, [reason.text[a:b] for a, b in reason.marks]) == ("line", ["red", "runs"])


def test_marks_are_where_the_words_are_in_whatever_form(folder: Path) -> None:
    (hit,) = find("strasse uberquert OR emile", folder)
    assert [hit.reasons[0].text[a:b] for a, b in hit.reasons[0].marks] == ["Émile", "überquert", "STRASSE"]


def test_a_long_text_is_shown_around_what_was_found(tmp_path: Path) -> None:
    with made(tmp_path / "film.ad", [draft(3_000, "Night.", "so " * 400 + "a lighthouse" + " and" * 400)]):
        pass
    (hit,) = find("lighthouse", tmp_path)
    (reason,) = hit.reasons
    assert len(reason.text) <= 202
    assert [reason.text[a:b] for a, b in reason.marks] == ["lighthouse"]


def test_a_moment_is_listed_once(tmp_path: Path) -> None:
    with made(tmp_path / "film.ad", [draft(3_000, "A red coat.", "a red coat"), draft(3_500, "", "a red coat")]):
        pass
    assert len(find("red", tmp_path)) == 2
    assert len(find("red coat", tmp_path, limit=1)) == 1


def test_several_places_are_asked_and_a_film_stands_for_its_project(folder: Path, film: Path, tmp_path: Path) -> None:
    (folder / "pier.mp4").write_bytes(b"")
    assert len(find("coat", folder / "pier.mp4", film)) == 2
    assert lines("coat OR lanternzeroone", folder, film)
    (tmp_path / "new.mp4").write_bytes(b"")
    with pytest.raises(InputError, match="was not described"):
        find("coat", tmp_path / "new.mp4")


@pytest.mark.parametrize("question", ["", "   ", '"', "-coat", "*", "()", "-", "\0", "x" * (LONGEST + 1), "a " * 99])
def test_a_question_without_a_word_or_too_long_is_refused_in_one_line(folder: Path, question: str) -> None:
    with pytest.raises(UsageError) as refused:
        find(question, folder)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


HOSTILE = (
    *("NEAR(a b, 5)", "{line seen} : a", "^red", "red AND NOT coat", '"red" NEAR "coat"', "red' OR 1=1 --"),
    *("words MATCH x", "red\0coat", 'a"b"c"', "-a -b c", "OR OR red", "red OR", "col:umn", "line:line:red", 'who:"'),
    *("a*b*c*", "\x1b]0;x\x07red", "%s {0} $1 red", "🎬 red", "\ud800 red", "ſ", "ﬁlm", "İ", "12:30:00"),
    *("a" * LONGEST, "外 套 " * 10, 'who:"red coat"*'),
)


@pytest.mark.parametrize("question", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_questions_are_only_words(folder: Path, question: str) -> None:
    for hit in find(question, folder):
        assert hit.reasons or hit.line


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("texts")
    return write(
        place / "texts.ad", *(one for one in HOSTILE if one.isprintable()), "Bobby'); DROP TABLE words;--", "a OR b"
    )


@given(st.text(max_size=60))
@example('a" OR "b')
def test_any_question_is_answered_or_refused(texts: Path, question: str) -> None:
    try:
        wanted = question_of(question)
    except UsageError:
        return
    for hit in find(question, texts):
        assert wanted.wanted
        assert hit.project == texts / "."


@settings(max_examples=40)
@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=4))
def test_each_word_of_any_text_is_found(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> None:
    place = tmp_path_factory.mktemp("any")
    project = write(place / "any.ad", *said)
    for line in lines_in(project):
        words = words_of(line)[:10]
        if words:
            assert line in lines(" ".join(f'"{word}"' for word in words), project)


def lines_in(project: Path) -> list[str]:
    from audiodesc.project.project import open_project
    from audiodesc.search.documents import documents

    with open_project(project) as opened:
        return [one.texts["line"] for one in documents(opened) if "line" in one.texts]


def test_what_is_not_there_or_not_described_is_said(tmp_path: Path) -> None:
    first = answer("coat", [tmp_path]).notes[0]
    assert first == f"{tmp_path} holds no described film: `audiodesc make FILM` makes one"
    with pytest.raises(InputError, match="is not there"):
        find("coat", tmp_path / "nowhere")


def test_many_matches_are_said_to_be_more(tmp_path: Path) -> None:
    drafts = [draft(30_000 * at, "A man waits.") for at in range(1, 501)]
    made(tmp_path / "long.ad", drafts).close()
    found = answer("man", [tmp_path], limit=3)
    assert len(found.hits) == 3
    assert "not all of them were ranked" in found.notes[0]


def test_no_question_takes_long(film: Path) -> None:
    """A search goes over the question once: 1,000 characters of anything take no second."""
    began = perf_counter()
    for question in ("*" * LONGEST, '"' * LONGEST, "a " * 30, '"a ' * 20, "-" * LONGEST, "line:" * 200):
        with suppress(UsageError):
            find(question, film)
    assert perf_counter() - began < 20
