"""Votes on the lines of describers: blind, in a drawn order, kept one by one, counted at the end."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiodesc.errors import InputError, OutputError, UsageError
from audiodesc.evaluation.comparing import Comparison, Described, Moment
from audiodesc.evaluation.votes import Poll, ballots
from audiodesc.model import Span

GOOD, BAD = "good", "bad"


def comparison(moments: int, names: tuple[str, ...] = (GOOD, BAD)) -> Comparison:
    """Each describer's line says who wrote it and when."""
    return Comparison(
        film="film.mp4",
        models=tuple(Described(name, name, f"{name}.ad", moments, None) for name in names),
        moments=tuple(
            Moment(Span(5000 * n, 5000 * n + 2000), tuple(f"{name} {n}" for name in names)) for n in range(moments)
        ),
    )


def poll(folder: Path, moments: int = 10, **more: int) -> Poll:
    return Poll(comparison(moments), folder, **{"seed": 3, "most": 40, **more})


def vote_for(made: Poll, voter: str, name: str, numbers: range | None = None) -> None:
    """The lines of one describer, wherever they are shown."""
    for number in numbers or range(len(made.ballots(voter))):
        left, _ = made.ballots(voter)[number].shown
        made.vote(voter, number, "left" if left.startswith(name) else "right")


def test_who_always_takes_one_describers_lines_has_voted_for_it(tmp_path: Path) -> None:
    made = poll(tmp_path)
    vote_for(made, "ann", GOOD)
    (found,) = made.outcomes()
    assert (found.first, found.second, found.voters) == (GOOD, BAD, 1)
    assert (found.tally.first, found.tally.second, found.tally.equal) == (10, 0, 0)
    assert found.tally.share is not None
    assert found.tally.share.value == 100
    assert found.tally.share.low == pytest.approx(72.2467, abs=1e-3)  # Wilson, 10 of 10


def test_ties_count_for_nobody(tmp_path: Path) -> None:
    made = poll(tmp_path)
    for number in range(10):
        made.vote("ann", number, "equal")
    (found,) = made.outcomes()
    assert (found.tally.equal, found.tally.share) == (10, None)


def test_sides_and_order_are_drawn_and_stay(tmp_path: Path) -> None:
    made = poll(tmp_path, moments=200, most=200)
    ann, ben = made.ballots("ann"), made.ballots("ben")
    assert ann == poll(tmp_path, moments=200, most=200).ballots("ann")
    assert {one.key for one in ann} == {one.key for one in ben}
    assert [one.key for one in ann] != [one.key for one in ben]
    assert [one.span for one in ann] != sorted(one.span for one in ann)
    assert 70 < sum(one.swapped for one in ann) < 130
    assert poll(tmp_path, moments=200, most=200, seed=4).ballots("ann") != ann
    fewer = poll(tmp_path, moments=200, most=7)
    assert {one.key for one in fewer.ballots("ann")} == {one.key for one in fewer.ballots("ben")}
    assert len(fewer.ballots("ann")) == 7


def test_equal_lines_are_not_asked_about_and_silence_is(tmp_path: Path) -> None:
    made = comparison(3)
    moments = (Moment(Span(0, 1), ("Same.", "Same. ")), Moment(Span(5, 6), ("", "Only one.")))
    found = ballots(Comparison(film="", models=made.models, moments=moments), "ann", 0, 10)
    assert [sorted(one.shown) for one in found] == [["", "Only one."]]
    with pytest.raises(UsageError, match=r"all lines in .* are the same"):
        Poll(Comparison(film="", models=made.models, moments=moments[:1]), tmp_path, 0, 10)


def test_three_describers_are_asked_about_two_by_two(tmp_path: Path) -> None:
    made = Poll(comparison(4, ("a", "b", "c")), tmp_path, 0, 40)
    assert Counter((one.first, one.second) for one in made.ballots("ann")) == {(0, 1): 4, (0, 2): 4, (1, 2): 4}
    for number, one in enumerate(made.ballots("ann")):
        made.vote("ann", number, "left" if one.shown[0] < one.shown[1] else "right")
    assert [(one.first, one.second, one.tally.first) for one in made.outcomes()] == [
        ("a", "b", 4),
        ("a", "c", 4),
        ("b", "c", 4),
    ]


def test_votes_are_on_the_disk_as_they_are_given_and_go_on(tmp_path: Path) -> None:
    vote_for(poll(tmp_path), "ann", GOOD, range(4))
    again = poll(tmp_path)  # after a kill
    assert len(again.given("ann")) == 4
    assert again.outcomes() == ()
    again.vote("ann", 0, "equal")
    assert Counter(again.given("ann").values()) == {"first": 3, "equal": 1}
    vote_for(again, "ann", GOOD, range(4, 10))
    assert poll(tmp_path).outcomes()[0].tally.first == 9
    assert {path.name for path in tmp_path.iterdir()} == {"votes.json"}


def test_after_the_last_no_vote_is_changed(tmp_path: Path) -> None:
    made = poll(tmp_path)
    vote_for(made, "ann", GOOD)
    before = (tmp_path / "votes.json").read_bytes()
    with pytest.raises(UsageError, match="all votes are given"):
        made.vote("ann", 0, "equal")
    assert (tmp_path / "votes.json").read_bytes() == before
    vote_for(made, "ben", BAD)
    (found,) = made.outcomes()
    assert (found.voters, found.tally.first, found.tally.second) == (2, 10, 10)


def test_who_is_not_done_does_not_count(tmp_path: Path) -> None:
    made = poll(tmp_path)
    vote_for(made, "ann", GOOD)
    vote_for(made, "ben", BAD, range(9))
    assert made.outcomes()[0].tally.second == 0


def test_votes_on_lines_that_are_others_now_do_not_count(tmp_path: Path) -> None:
    vote_for(poll(tmp_path), "ann", GOOD)
    renewed = comparison(10, (GOOD, BAD))
    moments = (*renewed.moments[:9], Moment(renewed.moments[9].span, ("other", "bad 9")))
    made = Poll(Comparison(film="", models=renewed.models, moments=moments), tmp_path, 3, 40)
    assert (len(made.given("ann")), made.is_done("ann"), made.outcomes()) == (9, False, ())
    kept = json.loads((tmp_path / "votes.json").read_text("utf-8"))
    assert len(kept["votes"]["ann"]) == 10


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"votes": {"ann": {"x": "third"}}}', '{"votes": 1}', "[" * 99_999, "\x00\xff"]
)
def test_a_damaged_file_of_votes_is_never_written_over(tmp_path: Path, content: str) -> None:
    path = tmp_path / "votes.json"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"votes\.json cannot be read as votes"):
        poll(tmp_path)
    assert path.read_text("utf-8") == content


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="needs a folder that is none")
def test_a_vote_that_cannot_be_kept_does_not_count(tmp_path: Path) -> None:
    made = poll(tmp_path / "gone")
    (tmp_path / "gone").write_text("a file", "utf-8")
    with pytest.raises(OutputError, match="cannot be kept"):
        made.vote("ann", 0, "left")
    assert made.given("ann") == {}


@pytest.mark.parametrize("voter", ["", "  ", "x" * 81])
def test_a_voter_has_a_name(tmp_path: Path, voter: str) -> None:
    with pytest.raises(UsageError, match="no voter"):
        poll(tmp_path).vote(voter, 0, "left")


@given(st.text(max_size=80), st.integers(0, 10_000))
def test_a_side_means_its_line_whatever_the_order(voter: str, seed: int) -> None:
    for one in ballots(comparison(5), voter, seed, 5):
        for side in ("left", "right", "equal"):
            verdict = one.verdict_of(side)
            assert one.side_of(verdict) == side
            if side != "equal":
                chosen = one.shown[0 if side == "left" else 1]
                assert chosen.startswith(GOOD if verdict == "first" else BAD)
