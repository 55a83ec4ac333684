"""Which films of a folder have arrived, told from what scans saw and when: no disk, no clock, no waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.watching.arrivals import Arrivals, Manner, Seen, Whole
from audiodesc.watching.names import is_passing, subtitles_of

SETTLE = Manner(settle_s=10)


def seen(size: int = 100, mtime_ns: int = 1) -> Seen:
    return Seen(size, mtime_ns)


def names(found: list[Whole]) -> list[str]:
    return [one.film for one in found]


def test_a_film_is_whole_once_it_did_not_change_for_the_settling_time() -> None:
    arrivals, there = Arrivals(SETTLE), {"film.mp4": seen()}
    assert names(arrivals.update(there, 100)) == []
    assert arrivals.due == 110
    assert names(arrivals.update(there, 109.9)) == []
    assert names(arrivals.update(there, 110)) == ["film.mp4"]


def test_a_film_that_grows_is_not_whole() -> None:
    arrivals = Arrivals(SETTLE)
    for second in range(0, 60, 5):
        assert names(arrivals.update({"film.mp4": seen(100 + second, second)}, second)) == []
    assert arrivals.changed == {"film.mp4"}
    assert names(arrivals.update({"film.mp4": seen(155, 55)}, 65)) == ["film.mp4"]


def test_a_film_of_which_only_the_time_changes_is_not_whole() -> None:
    """Copied into a file that has its whole length from the beginning."""
    arrivals = Arrivals(SETTLE)
    for second in range(0, 60, 5):
        assert names(arrivals.update({"film.mp4": seen(100, second)}, second)) == []


def test_an_empty_film_is_never_whole() -> None:
    arrivals = Arrivals(SETTLE)
    arrivals.update({"film.mp4": seen(0)}, 0)
    assert names(arrivals.update({"film.mp4": seen(0)}, 1000)) == []
    assert arrivals.due is None


def test_a_film_that_was_taken_is_named_again_only_after_a_change() -> None:
    arrivals, there = Arrivals(SETTLE), {"film.mp4": seen()}
    arrivals.update(there, 0)
    arrivals.take(arrivals.update(there, 10)[0])
    assert names(arrivals.update(there, 1000)) == []
    assert names(arrivals.update({"film.mp4": seen(200, 2)}, 1001)) == []
    assert names(arrivals.update({"film.mp4": seen(200, 2)}, 1011)) == ["film.mp4"]


def test_a_film_that_was_away_is_named_again() -> None:
    arrivals, there = Arrivals(SETTLE), {"film.mp4": seen()}
    arrivals.update(there, 0)
    arrivals.take(arrivals.update(there, 10)[0])
    arrivals.update({}, 20)
    arrivals.update(there, 30)
    assert names(arrivals.update(there, 40)) == ["film.mp4"]


def test_another_inode_is_no_change_for_network_disks_give_others() -> None:
    arrivals = Arrivals(SETTLE)
    arrivals.update({"film.mp4": replace(seen(), inode=1)}, 0)
    assert names(arrivals.update({"film.mp4": replace(seen(), inode=2)}, 10)) == ["film.mp4"]


def test_subtitles_that_grow_hold_their_film() -> None:
    arrivals = Arrivals(SETTLE)
    arrivals.update({"film.mp4": seen(), "film.srt": seen(10, 1)}, 0)
    arrivals.update({"film.mp4": seen(), "film.srt": seen(20, 2)}, 9)
    assert names(arrivals.update({"film.mp4": seen(), "film.srt": seen(20, 2)}, 10)) == []
    found = arrivals.update({"film.mp4": seen(), "film.srt": seen(20, 2)}, 19)
    assert [(one.film, list(one.subtitles)) for one in found] == [("film.mp4", ["film.srt"])]


def test_a_film_waits_so_long_for_subtitles_and_goes_without() -> None:
    arrivals = Arrivals(Manner(10, wait_s=60))
    arrivals.update({"film.mp4": seen()}, 0)
    assert names(arrivals.update({"film.mp4": seen()}, 59)) == []
    assert names(arrivals.update({"film.mp4": seen()}, 60)) == ["film.mp4"]


def test_subtitles_that_come_in_time_end_the_waiting() -> None:
    arrivals = Arrivals(Manner(10, wait_s=60))
    arrivals.update({"film.mp4": seen()}, 0)
    both = {"film.mp4": seen(), "film.de.srt": seen()}
    assert names(arrivals.update(both, 30)) == []
    assert [list(one.subtitles) for one in arrivals.update(both, 40)] == [["film.de.srt"]]


def test_a_film_that_needs_subtitles_waits_for_ever() -> None:
    arrivals = Arrivals(Manner(10, wait_s=None))
    arrivals.update({"film.mp4": seen()}, 0)
    assert names(arrivals.update({"film.mp4": seen()}, 1e9)) == []
    assert arrivals.due is None


def test_subtitles_that_come_after_the_film_was_taken_name_it_again() -> None:
    arrivals, there = Arrivals(SETTLE), {"film.mp4": seen()}
    arrivals.update(there, 0)
    arrivals.take(arrivals.update(there, 10)[0])
    both = {**there, "film.srt": seen()}
    arrivals.update(both, 20)
    assert names(arrivals.update(both, 30)) == ["film.mp4"]


def test_where_subtitles_do_not_count_none_is_waited_for() -> None:
    arrivals, both = Arrivals(Manner(10, wait_s=None, takes_subtitles=False)), {"film.mp4": seen(), "film.srt": seen(0)}
    arrivals.update(both, 0)
    assert [list(one.subtitles) for one in arrivals.update(both, 10)] == [[]]


@pytest.mark.parametrize("marker", ["film.mp4.done", "film.done"])
def test_a_done_marker_is_waited_for(marker: str) -> None:
    arrivals = Arrivals(Manner(10, marker=".done"))
    arrivals.update({"film.mp4": seen()}, 0)
    assert names(arrivals.update({"film.mp4": seen()}, 1000)) == []
    assert names(arrivals.update({"film.mp4": seen(), marker: seen(0)}, 1001)) == ["film.mp4"]


def test_a_done_marker_of_an_earlier_film_does_not_count() -> None:
    arrivals = Arrivals(Manner(10, marker=".done"))
    both = {"film.mp4": seen(mtime_ns=7), "film.mp4.done": seen(0, mtime_ns=6)}
    arrivals.update(both, 0)
    assert names(arrivals.update(both, 1000)) == []
    assert names(arrivals.update({**both, "film.mp4.done": seen(0, mtime_ns=7)}, 1001)) == ["film.mp4"]


def test_subtitles_are_of_the_film_with_the_longest_name() -> None:
    films = ["a/film.mp4", "a/film.2.mp4", "film.mp4", "Film.mkv", "b/one.mov"]
    texts = ["a/film.srt", "a/film.2.srt", "a/film.2.de.vtt", "a/film_en.sdh.vtt", "a/film2.srt", "film.ad.vtt"]
    within = ["a/Subs/film.srt", "a/Subs/film.2/2_English.srt", "a/Subs/3_French.srt", "b/Subs/English.srt"]
    assert subtitles_of(films, [*films, *texts, *within]) == {
        "a/film.mp4": ("a/Subs/film.srt", "a/film.srt", "a/film_en.sdh.vtt"),
        "a/film.2.mp4": ("a/Subs/film.2/2_English.srt", "a/film.2.de.vtt", "a/film.2.srt"),
        "film.mp4": (),
        "Film.mkv": (),
        "b/one.mov": ("b/Subs/English.srt",),
    }


@pytest.mark.parametrize(
    "name",
    [".film.mp4", ".film.mp4.aB3xYz", "film.mp4.part", "film.mp4.tmp", "film.mp4.crdownload", "film.mp4.FILEPART",
     "film.mp4~", "~$film.mp4", "._film.mp4", "@eaDir"],
)  # fmt: skip
def test_temporary_names_are_passed_by(name: str) -> None:
    assert is_passing(name)


@pytest.mark.parametrize("name", ["film.mp4", "_film.mp4", "film part.mp4", "part.mp4", "film\n.mp4"])
def test_other_names_are_not(name: str) -> None:
    assert not is_passing(name)


FILES = st.dictionaries(
    st.sampled_from(["a.mp4", "b.mkv", "a.srt", "a.de.srt", "b.vtt"]),
    st.builds(Seen, st.integers(0, 3), st.integers(0, 2)),
)
SCANS = st.lists(st.tuples(FILES, st.floats(0.1, 20), st.booleans()), max_size=12)


@given(SCANS, st.sampled_from([0.0, 15.0, None]))
def test_whatever_happens_only_what_stood_still_is_named(
    scans: list[tuple[Mapping[str, Seen], float, bool]], wait_s: float | None
) -> None:
    arrivals, now = Arrivals(Manner(10, wait_s=wait_s)), 0.0
    past: list[tuple[Mapping[str, Seen], float]] = [({}, -1.0)]
    taken: dict[str, Whole] = {}
    for files, seconds, takes in scans:
        now += seconds
        past.append((files, now))
        taken = {name: one for name, one in taken.items() if files.get(name, seen(0)).size}
        for whole in arrivals.update(files, now):
            for name in (whole.film, *whole.subtitles):
                assert now - _held_since(name, past) >= 10
                assert files[name].size
            assert taken.get(whole.film) != whole
            assert whole.subtitles or wait_s is not None
            if takes:
                arrivals.take(whole)
                taken[whole.film] = whole


def _held_since(name: str, past: list[tuple[Mapping[str, Seen], float]]) -> float:
    """Since when the file is as it is in the last scan."""
    since = past[-1][1]
    for files, at in reversed(past):
        if files.get(name) != past[-1][0][name]:
            break
        since = at
    return since


@given(SCANS, FILES)
def test_whatever_was_before_a_film_that_stands_still_is_named_once(
    scans: list[tuple[Mapping[str, Seen], float, bool]], last: Mapping[str, Seen]
) -> None:
    arrivals, now = Arrivals(Manner(10, wait_s=15)), 0.0
    for files, seconds, takes in scans:
        now += seconds
        for whole in arrivals.update(files, now):
            if takes:
                arrivals.take(whole)
    named = []
    for _ in range(4):
        now += 15
        for whole in arrivals.update(last, now):
            arrivals.take(whole)
            named.append(whole.film)
    assert len(named) == len(set(named))
    again = Arrivals(arrivals.manner)
    for second in (0, 15):
        ready = again.update(last, second)
    assert set(named) <= set(names(ready))
