"""Tables of backends: those of other packages join, broken ones cost a warning, options are checked."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge
from site_folders import plugins_of

from audiodesc.core.plugins import AVAILABLE, Availability, backend, options_of, own_options, with_plugins
from audiodesc.errors import UsageError


@dataclass(frozen=True)
class Options:
    style: Literal["brief", "rich"] = "brief"
    count: Annotated[int, Ge(1)] = 3


class Entry:
    name = "own"
    summary = "does it"
    needs = "nothing"
    options = Options

    def availability(self) -> Availability:
        return AVAILABLE


OWN = Entry()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A folder of installed packages."""
    with plugins_of(tmp_path):
        yield tmp_path


def install(site: Path, package: str, code: str, point: str = "acme") -> None:
    (site / f"{package}.py").write_text(code)
    info = site / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[audiodesc.tests]\n{point} = {package}:entry\n")
    sys.modules.pop(package, None)


GOOD = """
from audiodesc.core.plugins import AVAILABLE
class entry:
    name, summary, needs, options = "acme", "does more", "nothing", None
    def availability(self): return AVAILABLE
"""


def test_an_installed_package_adds_an_entry_after_the_tables_own(site: Path) -> None:
    install(site, "acme_plugin", GOOD)
    assert list(with_plugins({"own": OWN}, "audiodesc.tests")) == ["own", "acme"]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("raise RuntimeError('no licence\\nat all')", "RuntimeError: no licence"),
        ("import nothing_of_this_name", "nothing_of_this_name"),
        ("class entry:\n    name = summary = 'acme'", "has no availability and no needs and no options"),
        (GOOD.replace("entry", "other"), "entry"),
        (GOOD.replace('"acme", ', '"other", '), "calls itself 'other'"),
        (GOOD.replace('"nothing", None', "5, None"), "summary or needs that are no text"),
        (GOOD.replace('"nothing", None', '"nothing", {}'), "options that are no dataclass"),
        (
            GOOD.replace("def availability(self): return AVAILABLE", "availability = 5"),
            "availability that cannot be called",
        ),
        (GOOD + "    @property\n    def summary(self): raise OSError('no key')\n", "OSError: no key"),
    ],
)
def test_a_broken_package_costs_one_line(site: Path, caplog: pytest.LogCaptureFixture, code: str, fault: str) -> None:
    install(site, "broken_plugin", code)
    with caplog.at_level(logging.WARNING, "audiodesc"):
        assert list(with_plugins({"own": OWN}, "audiodesc.tests")) == ["own"]
        assert list(with_plugins({"own": OWN}, "audiodesc.tests")) == ["own"]
    (line,) = caplog.messages
    assert fault in line
    assert "broken_plugin" in line
    assert "\n" not in line


def test_an_entry_of_a_name_that_stands_already_is_ignored(site: Path, caplog: pytest.LogCaptureFixture) -> None:
    install(site, "acme_plugin", GOOD.replace('"acme"', '"own"'), point="own")
    assert with_plugins({"own": OWN}, "audiodesc.tests") == {"own": OWN}
    assert "'own' is ignored" in caplog.text


def test_an_unknown_name_lists_the_known_ones() -> None:
    assert backend({"own": OWN}, "own", "voice") is OWN
    with pytest.raises(UsageError, match=r"there is no voice 'any': choose one of: own"):
        backend({"own": OWN}, "any", "voice")


def test_options_of_an_entry_without_any_are_refused() -> None:
    class Plain(Entry):
        options = None  # type: ignore[assignment]

    assert own_options(Plain(), {}) is None
    assert own_options(OWN, {"count": "5"}) == Options("brief", 5)
    with pytest.raises(UsageError, match=r"own has no options of its own: leave out own\.count"):
        own_options(Plain(), {"count": "5"})


def test_text_is_read_as_what_the_option_is() -> None:
    assert options_of(OWN, Options, {"count": "5", "style": "rich"}) == Options("rich", 5)
    assert options_of(OWN, Options, {}) == Options()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"cuont": "5"}, "own has no option 'cuont': did you mean count?"),
        ({"colour": "5"}, "own has no option 'colour': it has: style, count"),
        ({"count": "many"}, "own.count is 'many'"),
        ({"count": "0"}, "own.count is '0': input should be greater than or equal to 1"),
        ({"style": "loud"}, "own.style is 'loud'"),
    ],
)
def test_a_wrong_option_is_named(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(UsageError) as caught:
        options_of(OWN, Options, given)
    assert fault in str(caught.value)
