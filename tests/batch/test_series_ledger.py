"""The ledger of a series: what episodes tell is added once, and a person's work stays."""

from __future__ import annotations

import multiprocessing
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import cue, report, segment

from audiodesc.batch.model import FilmJob, FilmResult
from audiodesc.batch.series import after_film, before_film
from audiodesc.batch.series.extend import Learned, LearnedPerson, extend
from audiodesc.batch.series.learn import is_name, learned_of
from audiodesc.batch.series.ledger import is_listed, ledger_path, read_ledger
from audiodesc.batch.series.prepare import MOST_STORY, with_ledger
from audiodesc.describers.context import FilmContext, read_cast
from audiodesc.errors import InputError
from audiodesc.report.model import Report
from audiodesc.speak.lexicon import Entry, Lexicon, read_lexicon

SERIES = "Harbour Lights"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def job(number: float, **choices: Any) -> FilmJob:
    return FilmJob(f"/films/e{number:g}.mp4", f"/out/e{number:g}.ad", series=SERIES, episode=number, choices=choices)


def learned(number: float, *people: LearnedPerson, terms: Sequence[Entry] = (), **more: Any) -> Learned:
    of = job(number)
    return Learned(number, of.name, of.output, people=people, terms=tuple(terms), **more)


def told(lines: Sequence[str], speakers: Sequence[str] = ()) -> Report:
    """A report with these lines, 10 s each, and a cue by each speaker."""
    places = [
        segment((i * 10_000, i * 10_000 + 5_000), line, (i * 10_000, i * 10_000 + 4_000))
        for i, line in enumerate(lines)
    ]
    made = report(max(1, len(lines)) * 10_000, places)
    cues = [replace(cue(i * 1000, i * 1000 + 900, "Words."), speaker=name) for i, name in enumerate(speakers)]
    return replace(made, cues=tuple(cues), settings={**made.settings, "voice": "espeak-en-gb", "language": "en-GB"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return ledger_path(tmp_path, SERIES)


def tables(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def cast_of(of: FilmJob) -> dict[str, str]:
    named = of.choices.get("describer", {}).get("cast")
    return {one.name: one.looks for one in read_cast(Path(named))} if named else {}


def said(of: FilmJob, text: str) -> str:
    named = of.choices.get("voice", {}).get("lexicon")
    return (read_lexicon(Path(named)) if named else Lexicon()).spoken(text)


@given(st.text(), st.text())
def test_each_series_has_a_file_of_its_own_in_the_folder(one: str, other: str) -> None:
    folder = Path("/batch")
    first, second = ledger_path(folder, one), ledger_path(folder, other)
    assert first.parent == folder / "series"
    assert first.name not in (".", "..")
    assert len(first.name.encode()) < 255
    assert (one == other) == (first.name.casefold() == second.name.casefold())


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs", "con", "a\x00b", "..", "", "x" * 5000, "C:\\x", "\ud800"])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    place = ledger_path(tmp_path, name)
    assert place.resolve().parent == (tmp_path / "series").resolve()
    assert place.suffix == ".toml"


def test_what_an_episode_tells_the_next_is_given(path: Path) -> None:
    extend(
        path,
        SERIES,
        learned(
            1,
            LearnedPerson("Anna Berg", "grey plait"),
            summary="Anna comes home.",
            voice="v1",
            language="en-GB",
            terms=[Entry("Siobhan", "shiv-awn")],
        ),
    )
    second = with_ledger(job(2), read_ledger(path))
    assert cast_of(second) == {"Anna Berg": "grey plait"}
    assert "Anna comes home." in second.choices["describer"]["context"]
    assert second.choices["voice"] | {"lexicon": ""} == {"name": "v1", "language": "en-GB", "lexicon": ""}
    assert said(second, "Siobhan waves.") == "shiv-awn waves."
    assert tables(path)["person"][0]["first_episode"] == 1


def test_an_episode_is_given_what_earlier_ones_told_and_no_later_one(path: Path) -> None:
    for number in (3, 1, 2):
        extend(
            path,
            SERIES,
            learned(
                number, LearnedPerson(f"Person{number}"), summary=f"Story{number}.", terms=[Entry(f"Term{number}", "x")]
            ),
        )
    known = read_ledger(path)
    assert with_ledger(job(1), known).choices.get("describer") is None
    second = with_ledger(job(2), known)
    assert set(cast_of(second)) == {"Person1"}
    assert "Story1" in second.choices["describer"]["context"]
    assert "Story2" not in second.choices["describer"]["context"]
    assert said(second, "Term1 Term2 Term3") == "x Term2 Term3"
    assert set(cast_of(with_ledger(job(4), known))) == {"Person1", "Person2", "Person3"}


def test_the_same_episode_again_changes_nothing(path: Path) -> None:
    one = learned(
        1, LearnedPerson("Anna", "grey plait", PNG), summary="A.", voice="v", language="en", terms=[Entry("Ny", "nee")]
    )
    extend(path, SERIES, one)
    before, at = path.read_bytes(), path.stat().st_mtime_ns
    extend(path, SERIES, one)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, at)


def test_a_person_is_given_from_the_first_episode_on_that_a_person_names(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("[[person]]\nname = 'Anna'\nfirst_episode = 3\naliases = ['Annie']\nage = nan\n", "utf-8")
    known = read_ledger(path)
    assert with_ledger(job(2), known) == job(2)
    assert set(cast_of(with_ledger(job(3), known))) == {"Anna"}
    extend(path, SERIES, learned(2, LearnedPerson("Tom")))
    assert set(cast_of(with_ledger(job(3), read_ledger(path)))) == {"Anna", "Tom"}


def test_films_without_a_number_are_in_the_order_in_which_they_were_made(path: Path) -> None:
    jobs = [replace(job(0), film=f"/films/{name}.mp4", output=f"/out/{name}.ad") for name in "abc"]
    for of in jobs:
        extend(
            path,
            SERIES,
            Learned(0, of.name, of.output, people=(LearnedPerson(of.name.removesuffix(".mp4").upper() * 2),)),
        )
    known = read_ledger(path)
    assert [set(cast_of(with_ledger(of, known))) for of in jobs] == [set(), {"AA"}, {"AA", "BB"}]
    before = path.read_bytes()
    extend(path, SERIES, Learned(0, jobs[1].name, jobs[1].output, people=(LearnedPerson("BB"),)))
    assert path.read_bytes() == before


def test_a_person_who_edits_the_ledger_wins(path: Path) -> None:
    extend(
        path,
        SERIES,
        learned(
            1,
            LearnedPerson("Anna", "grey plait"),
            LearnedPerson("Tom"),
            LearnedPerson("Rex"),
            summary="Wrong.",
            voice="v",
            language="en",
        ),
    )
    text = path.read_text("utf-8")
    text = text.replace('looks = "grey plait"', 'looks = "red wig"  # since 1.3\nactor = "N. N."').replace(
        "Wrong.", "Right."
    )
    text = text.replace('name = "Rex"', 'name = "Rex"\nignore = true').replace('voice = "v"', 'voice = "w"')
    path.write_text(f"{text}# the end\n", "utf-8")
    extend(
        path,
        SERIES,
        learned(
            1,
            LearnedPerson("Anna", "blond plait"),
            LearnedPerson("Tom", "beard"),
            LearnedPerson("Rex", "a dog"),
            summary="Wrong again.",
            voice="v2",
            language="de",
        ),
    )
    extend(path, SERIES, learned(2, LearnedPerson("Anna", "black hair"), LearnedPerson("Rex", "a dog"), voice="v3"))
    after = path.read_text("utf-8")
    assert 'looks = "red wig"  # since 1.3\nactor = "N. N."' in after
    assert "# the end" in after
    found = tables(path)
    assert [(one["name"], one.get("looks")) for one in found["person"]] == [
        ("Anna", "red wig"),
        ("Tom", "beard"),
        ("Rex", None),
    ]
    assert found["episode"][0]["summary"] == "Right."
    assert found["series"]["voice"] == "w"
    third = with_ledger(job(3), read_ledger(path))
    assert cast_of(third) == {"Anna": "red wig", "Tom": "beard"}
    assert third.choices["voice"]["name"] == "w"
    assert cast_of(with_ledger(job(1), read_ledger(path))) == {"Anna": "red wig"}, (
        "a person's entry is for all episodes"
    )


def test_what_a_person_wrote_by_hand_stays_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    hand = """# mine
[series]   # of 1987
name = "Harbour Lights"
broadcaster = { name = "B", since = 1987-01-01 }

[[person]]
name = 'Anna Berg'   # the elder
aliases = [
    "Annie",  # to friends
]

[[term]]
text = "the Beacon"
note = "a lighthouse"

[[person]]
name = "Ole"

[other]
key = [1, 2.5]
"""
    path.write_text(hand, "utf-8")
    people = [
        LearnedPerson("ANNIE", "x"),
        LearnedPerson("Berg"),
        LearnedPerson("ole", "y"),
        LearnedPerson("Kim", "tall"),
    ]
    extend(path, SERIES, learned(2, *people, summary="S.", terms=[Entry("Kim", "keem"), Entry("the beacon", "z")]))
    after, found = path.read_text("utf-8"), tables(path)
    assert [one["name"] for one in found["person"]] == ["Anna Berg", "Ole", "Kim"]
    assert [one["text"] for one in found["term"]] == ["the Beacon", "Kim"]
    before = tomllib.loads(hand)
    assert found["other"] == before["other"]
    assert found["series"]["broadcaster"] == before["series"]["broadcaster"]
    assert found["person"][:2] == before["person"]
    assert all(line in after.splitlines() for line in hand.splitlines() if line.strip())
    third = with_ledger(job(3), read_ledger(path)).choices["describer"]["context"]
    assert "the Beacon: a lighthouse." in third
    assert "Anna Berg is also called Annie." in third


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[series]\nname = "H"\n[[person]\nname = "A"\n', "line 3"),
        ("[[person]]\nlooks = 'x'\n", "person 1 has no name"),
        ("[[person]]\nname = 3\n", "person 1: name is 3"),
        ("[[person]]\nname = 'A'\naliases = [1]\n", "aliases"),
        ("person = 'Anna'\n", "person is no list"),
        ("[[episode]]\nnumber = 'one'\n", "episode 1: number"),
        ("[[term]]\ntext = 'a'\nsay = 'b'\nipa = 'c'\n", '"a"'),
        ("series = 1\n", "[series] is no table"),
        ("\xff", "TOML"),
    ],
)
def test_a_broken_ledger_is_named_and_left_as_it_is(path: Path, text: str, fault: str) -> None:
    path.parent.mkdir()
    content = text.encode("latin-1")
    path.write_bytes(content)
    for work in (lambda: before_film(job(2), path.parent.parent), lambda: extend(path, SERIES, learned(1))):
        with pytest.raises(InputError) as error:
            work()
        assert str(path) in str(error.value)
        assert fault in str(error.value)
    assert path.read_bytes() == content


def test_tables_in_one_list_are_not_added_to(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("person = [{ name = 'Anna' }]\n", "utf-8")
    with pytest.raises(InputError, match=r"write each as \[\[person\]\]"):
        extend(path, SERIES, learned(1, LearnedPerson("Tom")))


def test_a_film_without_a_series_is_left_alone(tmp_path: Path) -> None:
    plain = FilmJob("/films/a.mp4", "/out/a.ad")
    assert before_film(plain, tmp_path) is plain
    after_film(plain, tmp_path, FilmResult())
    assert list(tmp_path.iterdir()) == []
    assert before_film(job(1), tmp_path) == job(1)


def test_the_job_s_own_choices_stand_first(path: Path, tmp_path: Path) -> None:
    extend(
        path,
        SERIES,
        learned(
            1,
            LearnedPerson("Anna", "grey plait"),
            LearnedPerson("Tom", "beard"),
            voice="v",
            language="en",
            terms=[Entry("Ny", "nee"), Entry("Ole", "oo-leh")],
        ),
    )
    (tmp_path / "cast.toml").write_text('[[person]]\nname = "Anna"\nlooks = "wig"\n[[person]]\nname = "Kim"\n', "utf-8")
    (tmp_path / "lexicon.toml").write_text('ny = "new"\n', "utf-8")
    own = job(
        2,
        describer={"cast": str(tmp_path / "cast.toml"), "context": "A thriller.", "model": "m"},
        voice={"name": "w", "lexicon": str(tmp_path / "lexicon.toml"), "fastest": 1.1},
        plan={"margin_ms": 200},
    )
    made = with_ledger(own, read_ledger(path))
    assert cast_of(made) == {"Anna": "wig", "Kim": "", "Tom": "beard"}
    assert said(made, "Ny Ole") == "new oo-leh"
    assert made.choices["voice"]["name"] == "w"
    assert "language" not in made.choices["voice"], "another voice speaks its own language"
    assert made.choices["voice"]["fastest"] == 1.1
    assert made.choices["plan"] == {"margin_ms": 200}
    assert made.choices["describer"]["model"] == "m"
    assert "language" not in with_ledger(job(2, voice={"name": "auto"}), read_ledger(path)).choices["describer"]


def test_a_voice_for_another_language_is_not_the_series(path: Path) -> None:
    extend(path, SERIES, learned(1, voice="v", language="en", terms=[Entry("Ny", ipa="ˈny"), Entry("Ole", "oo-leh")]))
    german = with_ledger(job(2, voice={"language": "de"}), read_ledger(path))
    assert "name" not in german.choices["voice"]
    assert said(german, "Ny Ole") == "Ny oo-leh", "a voice that may take no IPA is given none"
    assert said(with_ledger(job(2), read_ledger(path)), "Ny") != "Ny"


def test_equal_knowledge_has_equal_files_and_fingerprints(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        path = ledger_path(tmp_path / name, SERIES)
        extend(path, SERIES, learned(1, LearnedPerson("Anna", "grey plait", PNG), terms=[Entry("Ny", "nee")]))
        first = with_ledger(job(2), read_ledger(path))
        assert with_ledger(job(2), read_ledger(path)) == first
        cast = Path(first.choices["describer"]["cast"])
        lexicon = read_lexicon(Path(first.choices["voice"]["lexicon"]))
        found.append(
            (cast.name, FilmContext("", read_cast(cast)).fingerprint, lexicon.fingerprint, read_cast(cast)[0].portrait)
        )
    assert found[0] == found[1]
    assert found[0][3] == PNG


def test_the_story_is_bounded_and_the_latest_episodes_count(path: Path) -> None:
    for number in range(1, 41):
        extend(path, SERIES, learned(number, summary=f"Story of {number}. " + "x" * 150))
    context = with_ledger(job(41), read_ledger(path)).choices["describer"]["context"]
    assert len(context) < MOST_STORY + 200
    assert "Story of 40." in context
    assert "Story of 1." not in context
    assert context.index("Story of 39.") < context.index("Story of 40.")


def test_people_are_learned_from_lines_and_from_those_who_speak(path: Path) -> None:
    lines = ["Tom, a bearded man in a blue coat, waits.", "A tall woman with red hair enters.", "Rain."]
    speakers = ["Anna Berg", "Man 2", "Radio", "Anna", "Tom", "", "All", "Dr. Weiss"]
    made = learned_of(job(1), told(lines, speakers), read_ledger_or_none(path))
    assert [(one.name, one.looks) for one in made.people] == [
        ("Tom", "bearded man in a blue coat"),
        ("Anna Berg", ""),
        ("Dr. Weiss", ""),
    ]
    assert made.summary == " ".join(lines)
    assert (made.voice, made.language) == ("espeak-en-gb", "en-GB")


def read_ledger_or_none(path: Path) -> Any:
    from audiodesc.batch.series.ledger import ledger_of

    return read_ledger(path) if path.exists() else ledger_of(path, {})


def test_looks_that_a_later_episode_gives_are_for_those_after_it(path: Path) -> None:
    extend(path, SERIES, learned(1, LearnedPerson("Tom")))
    extend(path, SERIES, learned(3, LearnedPerson("Tom", "beard")))
    extend(path, SERIES, learned(3, LearnedPerson("Tom", "long beard")))
    extend(path, SERIES, learned(4, LearnedPerson("Tom", "no beard")))
    known = read_ledger(path)
    assert cast_of(with_ledger(job(3), known)) == {"Tom": ""}
    assert cast_of(with_ledger(job(4), known)) == {"Tom": "long beard"}


def test_a_summary_is_cut_between_sentences_and_holds_no_control_characters(path: Path) -> None:
    made = learned_of(
        job(1), told(["Line."]), read_ledger_or_none(path), "First.\n\x1b[31mSecond. " + "Word " * 200 + "."
    )
    assert made.summary == "First. [31mSecond."
    assert len(learned_of(job(1), told([]), read_ledger_or_none(path), "x" * 5000).summary) <= 600


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Anna", True),
        ("Man", False),
        ("Woman 2", False),
        ("Tv Announcer", False),
        ("Mrs. Dalloway", True),
        ("", False),
        ("Frau", False),
        ("J", False),
    ],
)
def test_labels_that_name_nobody_are_no_people(label: str, expected: bool) -> None:
    assert is_name(label) is expected


def test_a_first_name_stands_for_one_person_alone() -> None:
    known: list[tuple[str, Sequence[str]]] = [("Anna Berg", ()), ("Tom Berg", ("Tommy",))]
    assert is_listed("ANNA", known)
    assert is_listed("tommy", known)
    assert not is_listed("Berg", known), "two are called so"
    assert not is_listed("Anna Weiss", known)


def _extend_many(path: Path, first: int) -> None:
    for number in range(first, first + 8):
        extend(path, SERIES, learned(number, LearnedPerson(f"Person{number}")))


def test_processes_that_write_at_once_lose_nothing(path: Path) -> None:
    context = multiprocessing.get_context("fork")
    others = [context.Process(target=_extend_many, args=(path, first)) for first in (1, 101, 201)]
    for one in others:
        one.start()
    for one in others:
        one.join(60)
    assert [one.exitcode for one in others] == [0, 0, 0]
    assert len(tables(path)["person"]) == 24
    assert not [one for one in path.parent.iterdir() if one.name.startswith(".harbour")]
