"""One of a thing has no s."""

from __future__ import annotations

import pytest

from audiodesc.core.plurals import number_of


@pytest.mark.parametrize(("count", "text"), [(0, "0 lines"), (1, "1 line"), (2, "2 lines"), (21, "21 lines")])
def test_one_has_no_s(count: int, text: str) -> None:
    assert number_of(count, "line") == text
