"""What may be downloaded, and who is asked."""

from __future__ import annotations

import pytest

from audiodesc.describers.base import Downloads
from audiodesc.errors import MissingToolError


def refusal(downloads: Downloads, size_bytes: int, estimated: float = 0.0) -> str:
    return downloads.refusal("somebody/small", "MIT", lambda: size_bytes, estimated)


def test_a_small_download_needs_no_word() -> None:
    assert refusal(Downloads(), 1_000_000_000) == ""
    assert "--offline" in refusal(Downloads(offline=True), 1)


def test_the_hosts_size_counts_and_not_the_estimate() -> None:
    assert refusal(Downloads(), 1_000_000_001) == "give --yes to fetch 1.0 GB"
    assert refusal(Downloads(yes=True), 1_000_000_001) == ""


def test_a_host_is_not_asked_for_what_is_refused_anyway() -> None:
    assert Downloads().refusal("a", "MIT", lambda: pytest.fail("asked"), 3e9) == "give --yes to fetch 3.0 GB"
    assert Downloads(offline=True).refusal("a", "MIT", lambda: pytest.fail("asked")).startswith("leave --offline out")


def test_a_no_holds_for_all_that_follow() -> None:
    questions: list[str] = []

    def no(question: str) -> bool:
        questions.append(question)
        return False

    downloads = Downloads(ask=no)
    assert refusal(downloads, 2_000_000_000) == refusal(downloads, 3_000_000_000) == "you did not want it fetched"
    assert questions == ["fetch 2.0 GB from somebody/small (licence: MIT)?"]


def test_a_host_that_cannot_be_reached_is_tried_once() -> None:
    def unreachable() -> int:
        raise MissingToolError("the hub cannot be reached", "check the network")

    downloads = Downloads(yes=True)
    with pytest.raises(MissingToolError):
        downloads.refusal("a", "MIT", unreachable)
    assert "cannot be reached" in refusal(downloads, 1)
